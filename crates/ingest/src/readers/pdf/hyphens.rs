//! Words that are broken at the end of a line.
//!
//! Whether the hyphen belongs to the word ("well-known") or to the line ("know-ledge") only the document
//! can tell, where it has the word a second time. If it does not, both are in the text: the joined word in
//! its place, and the other below the page, so that who searches either finds it.

use std::collections::HashSet;

/// Joins words over the ends of lines. `known` are the words of the whole document.
pub(crate) fn join(lines: Vec<String>, known: &HashSet<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(lines.len());
    let mut either: Vec<String> = Vec::new();
    for line in lines {
        let Some(before) = out.last_mut() else {
            out.push(line);
            continue;
        };
        match broken(before, &line) {
            None => out.push(line),
            Some(Break { hyphen, start, end }) => {
                let (first, second) = (before[start..].trim_end_matches(hyphen), &line[..end]);
                let (joined, kept) = (format!("{first}{second}"), format!("{first}-{second}"));
                let capital = second.chars().next().is_some_and(|c| !c.is_lowercase());
                let keep = hyphen != SOFT
                    && (capital || known.contains(&word(&kept)) && !known.contains(&word(&joined)));
                let sure = hyphen == SOFT || keep || known.contains(&word(&joined));
                before.truncate(start);
                before.push_str(if keep { &kept } else { &joined });
                before.push_str(&line[end..]);
                if !sure {
                    either.push(kept);
                }
            }
        }
    }
    out.extend((!either.is_empty()).then(|| either.join(" ")));
    out
}

const SOFT: char = '\u{AD}';

struct Break {
    hyphen: char,
    /// Where the first half of the word begins in its line.
    start: usize,
    /// Where the second half ends in its line.
    end: usize,
}

fn broken(before: &str, line: &str) -> Option<Break> {
    let hyphen = before.chars().next_back()?;
    if !matches!(hyphen, '-' | '\u{2010}' | SOFT) {
        return None;
    }
    let start = before
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace())
        .map_or(0, |(at, c)| at + c.len_utf8());
    let first = &before[start..before.len() - hyphen.len_utf8()];
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (last, next) = (first.chars().next_back()?, line.chars().next()?);
    let fits = last.is_alphabetic() && next.is_alphabetic()
        || last.is_numeric() && next.is_numeric() && hyphen != SOFT;
    fits.then_some(Break { hyphen, start, end })
}

/// A word as it is looked up: without the punctuation around it, in small letters.
fn word(text: &str) -> String {
    text.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

/// The words within the lines of a text: those that no end of a line breaks.
pub(crate) fn words<'t>(lines: impl Iterator<Item = &'t String>) -> HashSet<String> {
    let mut out = HashSet::new();
    for line in lines {
        out.extend(line.split_whitespace().map(word));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(lines: &[&str], elsewhere: &[&str]) -> Vec<String> {
        let owned = |lines: &[&str]| lines.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        join(owned(lines), &words(owned(elsewhere).iter()))
    }

    #[test]
    fn a_word_that_the_document_has_elsewhere_decides() {
        let lines = ["the king-", "fisher, and a well-", "known heron"];
        assert_eq!(
            joined(&lines, &["a Kingfisher.", "(well-known)"]),
            ["the kingfisher, and a well-known heron"]
        );
    }

    #[test]
    fn otherwise_both_are_in_the_text() {
        assert_eq!(
            joined(&["the king-", "fisher ledger"], &[]),
            ["the kingfisher ledger", "king-fisher"]
        );
    }

    #[test]
    fn hyphens_that_belong_to_the_word_stay() {
        assert_eq!(joined(&["Anglo-", "Saxon law"], &[]), ["Anglo-Saxon law"]);
        assert_eq!(joined(&["in 2001-", "2002 it"], &[]), ["in 2001-2002 it"]);
        assert_eq!(joined(&["a list -", "of things"], &[]).len(), 2);
        assert_eq!(joined(&["king\u{ad}", "fisher"], &[]), ["kingfisher"]);
    }
}
