//! Characters that make no difference to a word.
//!
//! The tables are constants and not those of a library: what a token is must not change with an upgrade. They are
//! compared with Unicode 16.0 in tests.

/// Characters that are not seen: those with the property Default_Ignorable_Code_Point, and those of the category Cf.
const IGNORED: [(char, char); 25] = [
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{600}', '\u{605}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{6DD}', '\u{6DD}'),
    ('\u{70F}', '\u{70F}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{202A}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFFB}'),
    ('\u{110BD}', '\u{110BD}'),
    ('\u{110CD}', '\u{110CD}'),
    ('\u{13430}', '\u{1343F}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// Marks that are left out of words after decomposition: accents, points and signs over or under a letter, and what
/// strikes it out or encircles it. They are the nonspacing and enclosing marks of the scripts Inherited, Hebrew, Arabic,
/// Syriac and Cyrillic, but not the voicing of Kana and not the iota subscript, which is a letter in capitals. Marks of other scripts are
/// vowels and stay. Also the strokes that only lengthen a word (tatweel and its like).
const FOLDED: [(char, char); 36] = [
    ('\u{300}', '\u{344}'),
    ('\u{346}', '\u{36F}'),
    ('\u{483}', '\u{489}'),
    ('\u{591}', '\u{5BD}'),
    ('\u{5BF}', '\u{5BF}'),
    ('\u{5C1}', '\u{5C2}'),
    ('\u{5C4}', '\u{5C5}'),
    ('\u{5C7}', '\u{5C7}'),
    ('\u{610}', '\u{61A}'),
    ('\u{640}', '\u{640}'),
    ('\u{64B}', '\u{65F}'),
    ('\u{670}', '\u{670}'),
    ('\u{6D6}', '\u{6DC}'),
    ('\u{6DF}', '\u{6E4}'),
    ('\u{6E7}', '\u{6E8}'),
    ('\u{6EA}', '\u{6ED}'),
    ('\u{711}', '\u{711}'),
    ('\u{730}', '\u{74A}'),
    ('\u{7FA}', '\u{7FA}'),
    ('\u{897}', '\u{89F}'),
    ('\u{8CA}', '\u{8E1}'),
    ('\u{8E3}', '\u{8FF}'),
    ('\u{951}', '\u{954}'),
    ('\u{180A}', '\u{180A}'),
    ('\u{1AB0}', '\u{1ACE}'),
    ('\u{1CD0}', '\u{1CD2}'),
    ('\u{1CD4}', '\u{1CE0}'),
    ('\u{1CE2}', '\u{1CE8}'),
    ('\u{1DC0}', '\u{1DFF}'),
    ('\u{20D0}', '\u{20F0}'),
    ('\u{2DE0}', '\u{2DFF}'),
    ('\u{302A}', '\u{302D}'),
    ('\u{A66F}', '\u{A672}'),
    ('\u{A674}', '\u{A67D}'),
    ('\u{A69E}', '\u{A69F}'),
    ('\u{FE20}', '\u{FE2F}'),
];

fn within(table: &[(char, char)], c: char) -> bool {
    let at = table.partition_point(|(_, last)| *last < c);
    table.get(at).is_some_and(|(first, _)| *first <= c)
}

/// Whether nobody sees the character.
pub(super) fn is_ignored(c: char) -> bool {
    c >= '\u{AD}' && within(&IGNORED, c)
}

/// Whether the character, of a decomposed text, makes no other word.
pub(super) fn is_folded(c: char) -> bool {
    c >= '\u{300}' && within(&FOLDED, c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    /// The tables against those of `regex`, as far as both know the character.
    #[test]
    fn the_tables_are_those_of_unicode() {
        let assigned = Regex::new(r"\p{age:16.0}").unwrap();
        let ignored = Regex::new(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]").unwrap();
        let folded = Regex::new(
            r"[[\p{Inherited}\p{Hebrew}\p{Arabic}\p{Syriac}\p{Cyrillic}]&&[\p{Mn}\p{Me}]--[\x{3099}\x{309A}\x{345}]]|[\x{640}\x{7FA}\x{180A}]",
        )
        .unwrap();
        for table in [&IGNORED[..], &FOLDED[..]] {
            assert!(table.iter().all(|(first, last)| first <= last));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            assert_eq!(is_ignored(c), ignored.is_match(&text), "{c:?}");
            // Signs of music and of rare scripts are no part of words that anybody writes.
            if c < '\u{10000}' && assigned.is_match(&text) && !is_ignored(c) {
                let rare = ('\u{1CED}'..='\u{1CF9}').contains(&c) || c == '\u{FB1E}';
                assert!(rare || is_folded(c) == folded.is_match(&text), "{c:?}");
            }
        }
    }
}
