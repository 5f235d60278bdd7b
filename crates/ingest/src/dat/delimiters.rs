//! How a load file separates and quotes its values, found by reading its header.
//!
//! Concordance's own characters are a convention; exports come with pipes and carets, tabs, semicolons or commas
//! as well. A header that begins with something that is no letter or digit is quoted, and what stands between
//! the first two quoted names separates.

use super::encoding::{NEWLINE, QUOTE, SEPARATOR};

/// What separates where nothing is quoted, the rarest in names first.
const SEPARATORS: [char; 9] = [SEPARATOR, '\t', '|', '^', '\u{b6}', '~', '\u{a7}', ';', ','];

/// What else a value may be quoted with.
const QUOTES: [char; 5] = [QUOTE, '"', '^', '|', '~'];

/// Longest header that is looked at.
const MAX_HEADER: usize = 256 << 10;

/// The characters of a load file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// Stands around values; some have none.
    pub quote: char,
    /// Stands between values.
    pub separator: char,
    /// Stands for a line break in a value, if one does.
    pub newline: Option<char>,
}

impl Delimiters {
    /// Those of a file that begins with this text; nothing if its first line has none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let head = text.get(..MAX_HEADER.min(text.len())).unwrap_or(text);
        let mut lines = head.lines();
        let (first, second) = (lines.next()?, lines.next().unwrap_or_default());
        let begin = first.chars().next()?;
        let (quote, separator) = if is_mark(begin) {
            (begin, quoted(first, begin)?)
        } else {
            bare(first, second)?
        };
        let concordance = quote == QUOTE || separator == SEPARATOR;
        Some(Delimiters {
            quote,
            separator,
            newline: concordance.then_some(NEWLINE),
        })
    }

    /// In words, for people.
    pub fn shown(&self) -> String {
        let name = |c: char| match c {
            SEPARATOR => "DC4".to_owned(),
            '\t' => "tab".to_owned(),
            c => c.to_string(),
        };
        format!(
            "{} between values, {} around them",
            name(self.separator),
            name(self.quote)
        )
    }
}

fn is_mark(c: char) -> bool {
    c == QUOTE
        || !(c.is_alphanumeric() || c.is_whitespace() || c.is_control() || "_[({#<@%".contains(c))
}

/// The separator behind the first quoted name.
fn quoted(first: &str, quote: char) -> Option<char> {
    let mut chars = first.chars().skip(1).peekable();
    while let Some(c) = chars.next() {
        if c != quote {
            continue;
        }
        return match chars.next() {
            // One column: whatever it is, it separates nothing.
            None if quote == QUOTE => Some(SEPARATOR),
            None => Some(','),
            Some(next) if next == quote || next.is_alphanumeric() => None,
            Some(separator) => Some(separator),
        };
    }
    None
}

/// The separator that occurs most in a header without quotes.
fn bare(first: &str, second: &str) -> Option<(char, char)> {
    let count = |c: char| first.chars().filter(|have| *have == c).count();
    let separator = SEPARATORS.into_iter().rev().max_by_key(|c| count(*c))?;
    if count(separator) == 0 {
        return None;
    }
    let begin = second.chars().next();
    let quote = begin.filter(|c| QUOTES.contains(c) && *c != separator);
    Some((quote.unwrap_or('"'), separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_those_of_the_header() {
        for (header, quote, separator) in [
            (
                "\u{fe}DOCID\u{fe}\u{14}\u{fe}TEXT\u{fe}\r\n",
                QUOTE,
                SEPARATOR,
            ),
            ("\u{fe}DOCID\u{fe}\r\n", QUOTE, SEPARATOR),
            ("^DOCID^|^TEXT^\r\n", '^', '|'),
            ("|DOCID|^|TEXT|\n", '|', '^'),
            ("\"DOCID\",\"TEXT\"\n", '"', ','),
            ("\"DOCID\";\"TEXT\"\n", '"', ';'),
            ("DOCID\tTEXT\tNAME, FIRST\n", '"', '\t'),
            ("DOCID;TEXT\n\u{fe}1\u{fe};\u{fe}x\u{fe}\n", QUOTE, ';'),
            ("DOCID|TEXT\n^1^|^x^\n", '^', '|'),
            ("DOCID,TEXT,CUSTODIAN\n1,2,3\n", '"', ','),
        ] {
            let found = Delimiters::of(header).unwrap();
            assert_eq!(
                (found.quote, found.separator),
                (quote, separator),
                "{header}"
            );
        }
        for none in ["", "DOCID\n1\n", "\u{fe}DOCID", "one word after another\n"] {
            assert_eq!(Delimiters::of(none), None, "{none}");
        }
    }
}
