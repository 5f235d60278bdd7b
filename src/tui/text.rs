//! Text on its way to the terminal. Names, subjects and contents are chosen by others: nothing is drawn
//! that did not pass through here.

use std::path::Path;
use std::time::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Most bytes of a text that are shown at once; the rest follows page by page.
const PAGE: usize = 64 << 10;

/// Where the first page of a text ends: behind a line if there is one of usual length, else behind a character.
pub fn page_end(text: &str) -> usize {
    if text.len() <= PAGE {
        return text.len();
    }
    let end = text.floor_char_boundary(PAGE);
    match text[..end].rfind('\n') {
        Some(at) if at >= end / 2 => at + 1,
        _ => end,
    }
}

/// One line: control and direction-changing characters are escaped.
pub fn clean(text: &str) -> String {
    crate::clean::line(text)
}

/// The lines of a longer text, each clean, tabs as spaces.
pub fn lines(text: &str) -> Vec<String> {
    crate::clean::lines(text)
}

/// A message of one or more lines, each clean.
pub fn message(text: &str) -> String {
    lines(text).join("\n")
}

/// A clean path; the home folder is written `~`.
pub fn path(home: Option<&Path>, path: &Path) -> String {
    let home = home.filter(|home| home.as_os_str().len() > 1);
    if let Some(home) = home
        && let Ok(rest) = path.strip_prefix(home)
    {
        return clean(&Path::new("~").join(rest).to_string_lossy());
    }
    clean(&path.to_string_lossy())
}

/// The columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The last part of a path, clean: how screens are called.
pub fn name(path: &Path) -> String {
    match path.file_name() {
        Some(name) => clean(&name.to_string_lossy()),
        None => self::path(None, path),
    }
}

/// At most `width` columns of a text, with an ellipsis where something is missing.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// As [`fit`], but keeps the end.
pub fn fit_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = Vec::new();
    let mut used = 1;
    for c in text.chars().rev() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    let end: String = out.into_iter().rev().collect();
    if width > 0 { format!("…{end}") } else { end }
}

/// Exactly `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let text = fit(text, width);
    let missing = width.saturating_sub(text.width());
    text + &" ".repeat(missing)
}

/// "1,204".
pub fn count(n: u64) -> String {
    indicatif::HumanCount(n).to_string()
}

/// "3.20 MiB".
pub fn bytes(n: u64) -> String {
    indicatif::HumanBytes(n).to_string()
}

/// "4 s", "1 m 20 s", "2 h 5 m".
pub fn duration(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} m {} s", s / 60, s % 60),
        _ => format!("{} h {} m", s / 3600, s % 3600 / 60),
    }
}

/// The beginning of a hash.
pub fn short(hash: &str) -> String {
    let hash = clean(hash);
    match hash.char_indices().nth(16) {
        Some((at, _)) => format!("{}…", &hash[..at]),
        None => hash,
    }
}

/// The day of a time stamp.
pub fn date(stamp: &str) -> String {
    clean(&stamp.chars().take(10).collect::<String>())
}

/// "1 item", "2 items".
pub fn plural(n: u64, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_passes() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}"), "a\\u{1b}[2Jb\\u{202e}");
        assert_eq!(lines("a\tb\r\nc\u{7}"), ["a    b", "c\\u{7}"]);
    }

    #[test]
    fn texts_fit_by_columns_not_by_characters() {
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(fit_end("in/box/1.eml", 7), "…/1.eml");
        assert_eq!(pad("日", 4), "日  ");
    }

    #[test]
    fn durations_read_naturally() {
        assert_eq!(duration(Duration::from_secs(80)), "1 m 20 s");
        assert_eq!(duration(Duration::from_secs(7500)), "2 h 5 m");
    }
}
