//! Instructions of fields: what a document looks up, computes or links to.

/// Fields whose result says all there is: page numbers, dates, references.
const MECHANICAL: [&str; 36] = [
    "PAGE",
    "NUMPAGES",
    "SECTIONPAGES",
    "SECTION",
    "DATE",
    "TIME",
    "CREATEDATE",
    "SAVEDATE",
    "PRINTDATE",
    "EDITTIME",
    "TOC",
    "INDEX",
    "PAGEREF",
    "REF",
    "NOTEREF",
    "STYLEREF",
    "SEQ",
    "FILENAME",
    "FILESIZE",
    "AUTHOR",
    "TITLE",
    "SUBJECT",
    "KEYWORDS",
    "LASTSAVEDBY",
    "NUMWORDS",
    "NUMCHARS",
    "REVNUM",
    "TEMPLATE",
    "USERNAME",
    "FORMTEXT",
    "FORMCHECKBOX",
    "FORMDROPDOWN",
    "LISTNUM",
    "AUTONUM",
    "SYMBOL",
    "SHAPE",
];

/// What a field's instruction says beyond the name of the field: an address, a question, the texts that a
/// condition chooses between, a formula. Switches and formats are left out.
pub(super) fn arguments(instruction: &str) -> Option<String> {
    let instruction = instruction.trim();
    let (name, rest) = match instruction.split_once(char::is_whitespace) {
        Some((name, rest)) => (name, rest),
        None => (instruction, ""),
    };
    if MECHANICAL
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    {
        return None;
    }
    if let Some(formula) = name.strip_prefix('=') {
        // "=" itself is not said twice where it stands apart.
        let formula = format!("{formula} {}", without_switches(rest));
        return Some(formula.trim().to_owned()).filter(|formula| !formula.is_empty());
    }
    Some(without_switches(rest)).filter(|rest| !rest.is_empty())
}

/// The words that are no switches: `\h`, `\o`, `\* MERGEFORMAT`, `\@ "d MMMM"`, ...
fn without_switches(text: &str) -> String {
    let mut out = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match word {
            "\\*" | "\\#" | "\\@" => {
                // The format follows, quoted or as one word.
                let mut next = words.next().unwrap_or_default();
                if next.starts_with('"') && (next.len() == 1 || !next.ends_with('"')) {
                    while !next.is_empty() && (!next.ends_with('"') || next.len() <= 1) {
                        next = words.next().unwrap_or_default();
                        if next == "\"" {
                            break;
                        }
                    }
                }
            }
            switch if switch.starts_with('\\') && switch.chars().count() == 2 => {}
            word => out.push(word),
        }
    }
    out.join(" ").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_kept_and_mechanics_go() {
        let said = |text| arguments(text);
        assert_eq!(said(" PAGE \\* MERGEFORMAT "), None);
        assert_eq!(
            said(" HYPERLINK \"http://kingfisher.example/\" \\o \"the tip\" "),
            Some("\"http://kingfisher.example/\" \"the tip\"".into())
        );
        assert_eq!(
            said("IF a = \"b c\" \"first words\" \"others\" \\* MERGEFORMAT"),
            Some("a = \"b c\" \"first words\" \"others\"".into())
        );
        assert_eq!(
            said("MERGEFIELD Name \\@ \"d MMMM yyyy\" \\* Upper"),
            Some("Name".into())
        );
        assert_eq!(said("=SUM(ABOVE) \\# \"0.00\""), Some("SUM(ABOVE)".into()));
        assert_eq!(said(""), None);
    }
}
