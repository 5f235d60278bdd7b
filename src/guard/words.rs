//! Texts as sequences of words, so that line ends, quotation marks, case and spelling of characters do not hide
//! that two of them say the same.

use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// Consecutive words of a shingle.
pub(crate) const SHINGLE: usize = 4;

/// The words of a text, as hashes.
pub(crate) fn words(text: &str) -> Vec<u64> {
    let mut out = Vec::with_capacity(text.len() / 6);
    if text.is_ascii() {
        split(text.chars().map(|c| c.to_ascii_lowercase()), &mut out);
    } else {
        split(text.nfkc().flat_map(char::to_lowercase), &mut out);
    }
    out
}

fn split(chars: impl Iterator<Item = char>, out: &mut Vec<u64>) {
    let mut hash = None;
    for c in chars {
        if invisible(c) {
            // Where a word may be broken is no end of it.
        } else if !c.is_alphanumeric() {
            out.extend(hash.take().map(mix));
        } else if unspaced(c) {
            out.extend(hash.take().map(mix));
            out.push(mix(fnv(OFFSET, c)));
        } else {
            hash = Some(fnv(hash.unwrap_or(OFFSET), c));
        }
    }
    out.extend(hash.map(mix));
}

/// Soft hyphens, joiners, marks of direction: a page or a message has them where its layout wanted them.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Scripts that put no spaces between words: there a character counts as a word.
fn unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF
        | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(hash: u64, c: char) -> u64 {
    (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3)
}

/// The finaliser of SplitMix64: neighbouring values end far apart.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn fold(words: &[u64]) -> u64 {
    words.iter().fold(OFFSET, |hash, word| {
        mix(hash.rotate_left(23) ^ word.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    })
}

/// A hash of the whole sequence.
pub(crate) fn whole(words: &[u64]) -> u64 {
    fold(words) ^ words.len() as u64
}

/// The shingles of a sequence, in order, repeated where they repeat.
pub(crate) fn shingles(words: &[u64]) -> impl Iterator<Item = u64> + '_ {
    words.windows(SHINGLE).map(fold)
}

/// The distinct shingles of a text.
pub(crate) fn distinct(text: &str) -> HashSet<u64> {
    shingles(&words(text)).collect()
}

/// Words of a text, around the longest of its stretches that is made of these shingles.
pub(crate) fn excerpt(text: &str, runs: &HashSet<u64>) -> String {
    // Pieces between spaces: with the words in each, and where they end.
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let mut all = Vec::new();
    for piece in text.split_whitespace() {
        let at = piece.as_ptr() as usize - text.as_ptr() as usize;
        for word in words(piece) {
            all.push(word);
            pieces.push((at, at + piece.len()));
        }
    }
    let (mut best, mut from) = (0..0, None);
    let shared = shingles(&all).map(|hash| runs.contains(&hash));
    for (i, shared) in shared.chain([false]).enumerate() {
        match (shared, from) {
            (true, None) => from = Some(i),
            (false, Some(start)) => {
                if i - start > best.len() {
                    best = start..i;
                }
                from = None;
            }
            _ => {}
        }
    }
    if best.is_empty() {
        return String::new();
    }
    let last = best.end + SHINGLE - 2;
    let said = &text[pieces[best.start].0..pieces[last].1];
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    match said.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}...", &said[..end]),
        None => said,
    }
}

/// Most characters of an excerpt.
const EXCERPT: usize = 120;

/// A message without the header lines that its text begins with: up to the first empty line.
pub(crate) fn body(text: &str) -> &str {
    text.split_once("\n\n").map_or(text, |(_, body)| body)
}

/// What a message says itself: without what it quotes of others.
pub(crate) fn own(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    for line in body.lines() {
        let line = line.trim_start();
        if line.starts_with('>') || line.starts_with('|') {
            continue;
        }
        if line.starts_with("--") && line.to_ascii_lowercase().contains("original message") {
            break;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_case_and_spelling_do_not_matter() {
        let plain = words("The memo of Mr. Caf\u{e9}, on \u{fb01}ling fees");
        for other in [
            "> the memo of\n> mr caf\u{e9} on filing fees\n",
            "THE MEMO\u{a0}OF MR CAFE\u{301} ON FILING FEES",
            "The \u{201c}memo\u{201d} of Mr. Caf\u{e9} \u{2014} on filing fees.",
            "The me\u{ad}mo of Mr. Ca\u{200b}f\u{e9}, on \u{202a}filing\u{202c} fe\u{2060}es",
        ] {
            assert_eq!(words(other), plain, "{other}");
        }
        assert_ne!(words("the memos of mr cafe on filing fees"), plain);
        assert_eq!(words("\u{6cd5}\u{52a1}\u{8bae}\u{89c1}").len(), 4);
        assert_eq!(words("  \n--").len(), 0);
    }

    #[test]
    fn order_counts() {
        assert_ne!(whole(&words("a b c")), whole(&words("a c b")));
        assert_eq!(distinct("one two three four five").len(), 2);
        assert!(distinct("one two three").is_empty());
    }

    #[test]
    fn an_excerpt_is_the_longest_shared_stretch() {
        let runs = distinct("six fine cats sat on THE mat");
        let text = "one cats sat on the two, three: six FINE\ncats sat; on the mat and four";
        assert_eq!(excerpt(text, &runs), "six FINE cats sat; on the mat");
        assert_eq!(excerpt("nothing of it", &runs), "");
    }

    #[test]
    fn quotations_are_not_a_message_s_own_words() {
        let text = "Subject: x\nFrom: a@b\n\nI agree.\n> Shall we settle?\n\n-----Original Message-----\nFrom: c\n";
        assert_eq!(own(body(text)), "I agree.\n\n");
    }
}
