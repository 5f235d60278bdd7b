//! Words in which letters of two scripts that look alike are mixed.
//!
//! `pаyment` with a Cyrillic `а` is another word than `payment`, for this program as for every search. It is not made the same
//! silently: in names and part numbers both may be meant. It is counted, so that a person looks.

use crate::ledger::{Ledger, Unread};

/// Fewer letters than this are symbols and units (`kΩ`, `μm`).
const LEAST_LETTERS: u32 = 3;
/// Words that are named in the detail.
const NAMED: usize = 5;
/// Characters of a word that are shown.
const SHOWN: usize = 40;

/// Latin letters that look like Cyrillic or Greek ones.
const LATIN: &str = "ABCEHKMOPTXYaceiopxy";
/// Cyrillic letters that look like Latin ones.
const CYRILLIC: &str = "АВЕЅІЈКМНОРСТУХҮҺԚԜаеѕіјорсухүһԛԝ";
/// Greek letters that look like Latin ones.
const GREEK: &str = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο";

#[derive(Default)]
struct Letters {
    all: u32,
    latin: u32,
    latin_alike: u32,
    cyrillic: u32,
    cyrillic_alike: u32,
    greek: u32,
    greek_alike: u32,
}

impl Letters {
    fn add(&mut self, c: char) {
        self.all += 1;
        let (script, alike, table) = match c {
            'A'..='Z' | 'a'..='z' => (&mut self.latin, &mut self.latin_alike, LATIN),
            '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
                self.latin += 1;
                return;
            }
            '\u{400}'..='\u{52F}' => (&mut self.cyrillic, &mut self.cyrillic_alike, CYRILLIC),
            '\u{370}'..='\u{3FF}' => (&mut self.greek, &mut self.greek_alike, GREEK),
            _ => return,
        };
        *script += 1;
        *alike += u32::from(table.contains(c));
    }

    /// Two scripts, and every letter of one of them passes for one of the other.
    fn are_mixed(&self) -> bool {
        let cyrillic = self.cyrillic > 0
            && (self.cyrillic == self.cyrillic_alike || self.latin == self.latin_alike);
        let greek = self.greek > 0 && self.greek == self.greek_alike;
        self.all >= LEAST_LETTERS && self.latin > 0 && (cyrillic || greek)
    }
}

/// Counts such words.
pub(crate) fn count(text: &str, ledger: &mut Ledger) {
    // Every letter of the two scripts begins with one of these bytes.
    if !text.bytes().any(|byte| (0xCD..=0xD4).contains(&byte)) {
        return;
    }
    let mut found = 0u32;
    let mut named: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if word.is_ascii() {
            continue;
        }
        let mut letters = Letters::default();
        word.chars()
            .filter(|c| c.is_alphabetic())
            .for_each(|c| letters.add(c));
        if letters.are_mixed() {
            found = found.saturating_add(1);
            let shown: String = word.chars().take(SHOWN).collect();
            if named.len() < NAMED && !named.contains(&shown) {
                named.push(shown);
            }
        }
    }
    ledger.add_many(Unread::Lookalike, found, named.join(", "));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> Option<(u32, String)> {
        let mut ledger = Ledger::default();
        count(text, &mut ledger);
        ledger
            .entries()
            .next()
            .map(|(_, entry)| (entry.count, entry.detail.clone()))
    }

    #[test]
    fn words_of_two_scripts_that_look_alike_are_counted() {
        let text = "A p\u{430}yment, the p\u{430}yment and \u{39F}tter. \u{43F}\u{440}o\u{442}\u{43E}\u{43A}\u{43E}\u{43B}";
        let (count, detail) = counted(text).unwrap();
        assert_eq!(count, 4);
        assert_eq!(
            detail,
            "p\u{430}yment, \u{39F}tter, \u{43F}\u{440}o\u{442}\u{43E}\u{43A}\u{43E}\u{43B}"
        );
    }

    #[test]
    fn words_of_one_script_and_units_are_not() {
        for text in [
            "plain words",
            "протокол заседания",
            "Αθήνα και",
            "5 kΩ and 3 μm, β2 Δt x̄",
            "na\u{ef}ve Größe",
            "SMS-сообщение, PDFка, SMSка",
            "ο, а, and I",
        ] {
            assert_eq!(counted(text), None, "{text}");
        }
    }
}
