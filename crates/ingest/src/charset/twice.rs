//! Text that was encoded twice: UTF-8 taken for a western charset, and written as UTF-8 again.

use std::sync::LazyLock;

use encoding_rs::WINDOWS_1252;

/// What the bytes from 0x80 on are in Windows 1252.
static HIGH: LazyLock<Vec<char>> = LazyLock::new(|| {
    let all: Vec<u8> = (0x80..=0xff).collect();
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(&all);
    text.chars().collect()
});

fn byte(c: char) -> Option<u8> {
    match c {
        '\u{80}'..='\u{ff}' => Some(u32::from(c) as u8),
        '\u{152}'..='\u{2122}' => {
            let at = HIGH[..0x20].iter().position(|high| *high == c)?;
            u8::try_from(0x80 + at).ok()
        }
        _ => None,
    }
}

/// What a text says where it was encoded twice; nothing if it was not.
pub(crate) fn undone(text: &str) -> Option<String> {
    // The first byte of two is an accented capital then, of three and four a small letter.
    if !text.chars().any(|c| matches!(c, '\u{c2}'..='\u{f4}')) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<u8> = Vec::new();
    let mut start = 0;
    let mut found = false;
    let mut end_run = |run: &mut Vec<u8>, as_it_is: &str, out: &mut String| {
        match std::str::from_utf8(run) {
            Ok(better) if !run.is_empty() && !better.contains(char::is_control) => {
                found = true;
                out.push_str(better);
            }
            _ => out.push_str(as_it_is),
        }
        run.clear();
    };
    for (at, c) in text.char_indices() {
        match byte(c) {
            Some(byte) => {
                if run.is_empty() {
                    start = at;
                }
                run.push(byte);
            }
            None => {
                if !run.is_empty() {
                    end_run(&mut run, &text[start..at], &mut out);
                }
                out.push(c);
            }
        }
    }
    if !run.is_empty() {
        end_run(&mut run, &text[start..], &mut out);
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_encoded_twice() {
        for text in [
            "naïve café",
            "Müller",
            "ключ",
            "„Größe“ – ÄÖÜ",
            "日本語",
            "plain",
            "ÇA VA",
            "10 °C à 5 €",
        ] {
            assert_eq!(undone(text), None, "{text}");
            let (wrong, _) = WINDOWS_1252.decode_without_bom_handling(text.as_bytes());
            if !text.is_ascii() {
                assert_eq!(undone(&wrong).as_deref(), Some(text));
            }
        }
    }
}
