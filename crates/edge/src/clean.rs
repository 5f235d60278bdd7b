//! Strings that others chose, on their way out: to a terminal, a log line, a CSV cell, a page, JSON.
//!
//! | way out | function | what it does |
//! |---|---|---|
//! | a terminal or log line, a field of a table | [`line()`] | every character that could deceive is written as `\u{1b}` |
//! | a text of several lines | [`lines`], [`block`] | the same, line by line |
//! | a CSV cell | [`cell`] | as `line`, and formulas are defused |
//! | a page | [`html`] | as `line`, and markup is escaped |
//! | JSON that is printed | [`json`], [`to_json`] | the same characters as `\u001b`, so that it parses to the same value |
//!
//! The program's own `println!` and its sisters are shadowed by macros of this module: whatever is printed
//! goes through [`stdout`] or [`stderr`], which clean it once more. So a place that forgets to clean a string can
//! lose the layout of a line, but cannot paint a screen.
//!
//! # What passes and what is escaped
//!
//! Letters, digits, marks, punctuation, symbols and spaces of every script pass. Escaped are:
//!
//! - control characters (C0, DEL, C1), line and paragraph separators;
//! - format characters: bidirectional embeddings, overrides, isolates and marks, zero-width ones, soft hyphens,
//!   invisible operators, interlinear annotation, tags (so the three flags that are spelled with tags show their
//!   spelling). The visible Arabic and Syriac number signs pass;
//! - everything else that is drawn as nothing: fillers, grapheme joiners, Mongolian and ideographic variation
//!   selectors, the blank Braille pattern;
//! - private use and unassigned characters: nobody knows what they look like;
//! - more than [`MAX_MARKS`] combining marks in a row: they are drawn over other lines.
//!
//! Three exceptions keep ordinary writing readable: one variation selector 15 or 16 behind an emoji (or in a
//! keycap); a zero-width joiner between two emoji; one joiner or non-joiner between two letters of the scripts from
//! Arabic to Mongolian, which are spelled with them.
//!
//! The escape is for eyes, not for programs: a text that contains `\u{1b}` in letters looks the same.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

/// Combining marks in a row that are drawn.
pub const MAX_MARKS: usize = 8;

const ZWNJ: char = '\u{200C}';
const ZWJ: char = '\u{200D}';
const TEXT_STYLE: char = '\u{FE0E}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';

/// What the characters before this one were.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    /// The last one that was not a variation selector, a joiner, or the tone of a skin.
    base: Option<char>,
    /// The last one.
    last: Option<char>,
    /// Combining marks since the last other character.
    marks: usize,
}

/// Emoji beyond ASCII: `1`, `#` and `*` count as emoji in the tables because of keycaps.
fn is_emoji(c: char) -> bool {
    !c.is_ascii() && c.is_emoji_char()
}

/// Letters and marks of scripts that are spelled with joiners.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{0DFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{18AF}' | '\u{A8E0}'..='\u{A8FF}'
        | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
        && (c.is_alphabetic() || is_mark(c))
}

fn is_mark(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
    )
}

/// Characters that must not reach an eye as they are, wherever they stand.
fn deceives(c: char) -> bool {
    match c {
        ' '..='~' => false,
        // Visible signs in front of numbers and of abbreviations.
        '\u{0600}'..='\u{0605}'
        | '\u{06DD}'
        | '\u{070F}'
        | '\u{0890}'
        | '\u{0891}'
        | '\u{08E2}'
        | '\u{110BD}'
        | '\u{110CD}' => false,
        // Drawn as nothing, though letters, marks or symbols by their category.
        '\u{034F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FFA0}'
        | '\u{E0100}'..='\u{E01EF}' => true,
        c => matches!(
            c.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
                | GeneralCategory::Unassigned
        ),
    }
}

/// Whether there is something to see in a text: a name or a reason of nothing but spaces, zero-width characters or marks
/// is none.
pub fn is_visible(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_whitespace() && !deceives(c) && !is_mark(c))
}

impl Before {
    /// Whether `c` passes here, with `next` behind it.
    fn lets(&self, c: char, next: Option<char>) -> bool {
        match c {
            TEXT_STYLE | EMOJI_STYLE => match self.last {
                Some(last) if last.is_ascii() => {
                    last.is_emoji_char() && c == EMOJI_STYLE && next == Some(KEYCAP)
                }
                Some(last) => last.is_emoji_char(),
                None => false,
            },
            ZWJ if self.last.is_some_and(|last| last != ZWJ)
                && self.base.is_some_and(is_emoji)
                && next.is_some_and(is_emoji) =>
            {
                true
            }
            ZWJ | ZWNJ => self.last.is_some_and(is_joining) && next.is_some_and(is_joining),
            c if is_mark(c) && self.marks >= MAX_MARKS => false,
            c => !deceives(c),
        }
    }

    fn add(&mut self, c: char) {
        let attached = matches!(
            c,
            TEXT_STYLE | EMOJI_STYLE | ZWJ | '\u{1F3FB}'..='\u{1F3FF}'
        );
        self.marks = if is_mark(c) { self.marks + 1 } else { 0 };
        self.last = Some(c);
        if !attached {
            self.base = Some(c);
        }
    }
}

/// Passes on what may pass; `escape` writes the others.
fn walk(text: &str, out: &mut String, keep: &[char], escape: impl Fn(&mut String, char)) {
    let mut before = Before::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if keep.contains(&c) || before.lets(c, chars.peek().copied()) {
            out.push(c);
        } else {
            escape(out, c);
        }
        before.add(c);
    }
}

fn visibly(out: &mut String, c: char) {
    // Writing into a string cannot fail.
    let _ = write!(out, "{}", c.escape_unicode());
}

/// Whether nothing in a text needs escaping.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
}

/// One line: for a terminal, a log, a field of a table. Line ends are escaped too.
pub fn line(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    walk(text, &mut out, &[], visibly);
    out
}

/// As [`line()`], of whatever can be displayed: a path, an error, a number.
pub fn show(value: impl fmt::Display) -> String {
    line(&value.to_string())
}

/// A path, as [`line()`] does it. Bytes that are no UTF-8 become U+FFFD.
pub fn path(path: &std::path::Path) -> String {
    line(&path.to_string_lossy())
}

/// The lines of a text, each clean, tabs as spaces.
pub fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|one| line(&one.trim_end_matches('\r').replace('\t', "    ")))
        .collect()
}

/// A text that may have several lines, which stay lines: what the program prints as a whole.
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    walk(text, &mut out, &['\n'], visibly);
    out
}

/// A message in which others may have had a hand, at the place of one line: its later lines are indented behind
/// a bar, so that none of them can pass for a line of the program.
pub fn message(text: &str) -> String {
    lines(text.trim_end()).join("\n  | ")
}

/// A cell of a CSV file with text that somebody else chose. A spreadsheet takes a cell that begins with one of a
/// few characters for a formula and runs it; an apostrophe in front prevents that. Where the list separator is a
/// semicolon, spreadsheets split at it, so what stands behind one begins a cell as well.
pub fn cell(text: &str) -> String {
    let clean = line(text);
    let mut out = String::with_capacity(clean.len() + 2);
    for (i, part) in clean.split_inclusive(';').enumerate() {
        let begins = part.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
        let formula = begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
        // A dash in running text is a dash: "see a; - b".
        let prose = i > 0 && begins.starts_with(['-', '+']) && begins[1..].starts_with(' ');
        // A tab or a line end in front is escaped by now and begins no formula.
        if formula && !prose {
            out.push('\'');
        }
        out.push_str(part);
    }
    out
}

/// As [`cell`], for a text of several lines that another program reads again: its line ends stay.
pub fn cells_by_line(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(cell).collect();
    lines.join("\n")
}

/// Text in a page: no markup, nothing that hides or reorders.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Finished JSON, with everything that could deceive written as `\u001b`: the same value, in characters that a
/// terminal can show.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    walk(text, &mut out, &['\n', '\t', '\r'], |out, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    });
    out
}

/// A value as indented JSON that may be printed.
pub fn to_json(value: &(impl serde::Serialize + ?Sized)) -> Result<String, serde_json::Error> {
    Ok(json(&serde_json::to_string_pretty(value)?))
}

/// A value as JSON on one line that may be printed.
pub fn to_json_line(value: &(impl serde::Serialize + ?Sized)) -> Result<String, serde_json::Error> {
    Ok(json(&serde_json::to_string(value)?))
}

/// Prints a value as indented JSON on standard output.
pub fn print_json(value: &(impl serde::Serialize + ?Sized)) -> Result<(), serde_json::Error> {
    println!("{}", to_json(value)?);
    Ok(())
}

/// Writes to standard output, cleaned. What nobody reads any more (`| head`) is not written; the work goes on to
/// its end, and the exit code says how it went. An output that cannot be written otherwise (a full disk) ends
/// the program: one that is cut short must not look like a whole one.
pub fn stdout(args: fmt::Arguments<'_>, end: &str) {
    emit(&mut io::stdout().lock(), args, end);
}

/// Writes to standard error, cleaned.
pub fn stderr(args: fmt::Arguments<'_>, end: &str) {
    let text = block(&args.to_string());
    // Nothing useful can be done when the terminal is gone.
    let _ = write!(io::stderr().lock(), "{text}{end}");
}

fn emit(out: &mut impl Write, args: fmt::Arguments<'_>, end: &str) {
    let text = block(&args.to_string());
    if let Err(error) = write!(out, "{text}{end}") {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return;
        }
        stderr(format_args!("error: standard output: {error}"), "\n");
        std::process::exit(3);
    }
}

/// Standard output for code that wants a [`Write`], silent once its reader is gone.
#[derive(Clone, Copy, Debug)]
pub struct Out;

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        quiet(io::stdout().write_all(bytes)).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        quiet(io::stdout().flush())
    }
}

fn quiet(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// A writer that cleans what passes: for code that wants a [`Write`]. Lines stay lines.
#[derive(Debug)]
pub struct Cleaning<W: Write> {
    inner: W,
    /// Bytes since the last line end.
    pending: Vec<u8>,
}

impl<W: Write> Cleaning<W> {
    /// Cleans everything on its way to `inner`.
    pub fn new(inner: W) -> Self {
        Cleaning {
            inner,
            pending: Vec::new(),
        }
    }

    fn pass(&mut self, to: usize) -> io::Result<()> {
        let text = String::from_utf8_lossy(&self.pending[..to]);
        self.inner.write_all(block(&text).as_bytes())?;
        self.pending.drain(..to);
        Ok(())
    }
}

impl<W: Write> Write for Cleaning<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if let Some(end) = self.pending.iter().rposition(|b| *b == b'\n') {
            self.pass(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass(self.pending.len())?;
        self.inner.flush()
    }
}

impl<W: Write> Drop for Cleaning<W> {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One of each kind.
    pub(crate) const HOSTILE: [char; 32] = [
        '\0',
        '\u{7}',
        '\u{8}',
        '\t',
        '\n',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{180e}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{202e}',
        '\u{2028}',
        '\u{2029}',
        '\u{2060}',
        '\u{2066}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{fff9}',
        '\u{e000}',
        '\u{e0041}',
        '\u{e0100}',
        '\u{10ffff}',
    ];

    #[test]
    fn what_could_deceive_is_shown() {
        for c in HOSTILE {
            let text = format!("a{c}b");
            for clean in [line(&text), cell(&text), html(&text), show(&text)] {
                assert!(!clean.contains(c), "{:?} in {clean:?}", c.escape_unicode());
                assert!(clean.contains("\\u{"), "{clean}");
            }
            assert_eq!(block(&text).contains(c), c == '\n');
            let quoted = serde_json::to_string(&text).unwrap();
            assert_eq!(
                serde_json::from_str::<String>(&json(&quoted)).unwrap(),
                text
            );
            assert!(!json(&quoted).contains(c));
        }
        assert_eq!(line("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert_eq!(line("gpj\u{202e}exe.jpg"), "gpj\\u{202e}exe.jpg");
    }

    #[test]
    fn ordinary_writing_stays_readable() {
        for text in [
            "plain é ß ø",
            "Ελληνικά",
            "Русский",
            "עברית",
            "العربية ٣",
            "हिन्दी",
            "日本語（にほんご）",
            "한국어",
            "ไทย",
            "e\u{301}",
            "NBSP\u{a0}here",
            "👍",
            "👍🏽",
            "❤️",
            "☎︎",
            "1️⃣",
            "👩🏽‍💻",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            "🇩🇪",
            "می‌خواهم",
            "क्‍ष",
            "“quoted” – dash…",
        ] {
            assert_eq!(line(text), text);
        }
        // The same joiners and selectors where they say nothing.
        for (text, clean) in [
            ("inv\u{200c}oice", "inv\\u{200c}oice"),
            ("a\u{200d}👍", "a\\u{200d}👍"),
            ("👍\u{200d}\u{200d}👍", "👍\\u{200d}\\u{200d}👍"),
            ("👍\u{fe0f}\u{fe0f}", "👍\u{fe0f}\\u{fe0f}"),
            ("1\u{fe0f}2", "1\\u{fe0f}2"),
            ("葛\u{e0100}", "葛\\u{e0100}"),
        ] {
            assert_eq!(line(text), clean);
        }
        let tower = format!("o{}", "\u{301}".repeat(MAX_MARKS + 2));
        assert!(
            line(&tower).ends_with("\\u{301}\\u{301}") && line(&tower).matches('\\').count() == 2
        );
    }

    #[test]
    fn formulas_are_disarmed() {
        for (text, want) in [
            ("=cmd|x", "'=cmd|x"),
            ("in/=1.eml", "in/=1.eml"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("\t=1", "\\u{9}=1"),
            ("a;=1;\"@b", "a;'=1;'\"@b"),
            ("see a; - b", "see a; - b"),
            ("-1+cmd", "'-1+cmd"),
        ] {
            assert_eq!(cell(text), want);
        }
    }

    #[test]
    fn a_message_cannot_pretend_to_be_another_line() {
        assert_eq!(
            message("unknown field `x\nVERIFIED: 3 committed\u{1b}[2J`\n"),
            "unknown field `x\n  | VERIFIED: 3 committed\\u{1b}[2J`"
        );
    }

    #[test]
    fn the_writer_cleans_whatever_the_pieces() {
        let mut out = Vec::new();
        {
            let mut writer = Cleaning::new(&mut out);
            for byte in "é\u{1b}[2J\n👩‍💻 \u{202e}x".bytes() {
                writer.write_all(&[byte]).unwrap();
            }
        }
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, "é\\u{1b}[2J\n👩‍💻 \\u{202e}x");
    }

    #[test]
    fn a_text_of_nothing_to_see_is_no_text() {
        for nothing in [
            "",
            "  \t",
            "\u{200b}\u{feff}",
            "\u{3164}",
            "\u{ad}\u{2800}",
            "\u{e0041}",
            "\u{301}",
            "\u{115f} \u{202e}",
        ] {
            assert!(!is_visible(nothing), "{nothing:?}");
        }
        for something in ["a", "\u{200b}1", "\u{6cd5}", "\u{1f600}", "\u{644}"] {
            assert!(is_visible(something), "{something:?}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_is_idempotent_and_leaves_no_control(text in "\\PC*|[\\x00-\\u{ff}\\u{2000}-\\u{2070}\\u{fe00}-\\u{feff}👍ا]*") {
            let clean = line(&text);
            prop_assert_eq!(&line(&clean), &clean);
            prop_assert!(!clean.chars().any(char::is_control));
        }
    }
}
