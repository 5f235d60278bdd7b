//! Files and texts in base64 within a notation: pictures in backups of short messages, attachments in exports of
//! chats, values of directories (LDIF).

use super::Told;
use crate::ledger::Unread;
use crate::mail::transfer;
use crate::reading::Child;

/// Shorter runs are names, keys and check sums.
const MIN_LENGTH: usize = 64;
/// Most files that are taken out of one text.
const MAX_FILES: usize = 2_000;

/// A text, and what lies in it in base64.
pub(super) fn with_files(text: String) -> Told {
    let mut told = Told::default();
    let mut from = 0;
    let bytes = text.as_bytes();
    while from < bytes.len() {
        let start = match bytes[from..].iter().position(|byte| is_digit(*byte)) {
            Some(start) => from + start,
            None => break,
        };
        let end = run(bytes, start);
        if end - start >= MIN_LENGTH && mixed(&bytes[start..end.min(start + 4096)]) {
            take(&bytes[start..end], &mut told);
        }
        from = end.max(start + 1);
    }
    told.text = text;
    told
}

/// Where the base64 that begins at `start` ends. It may be broken into lines of one width.
fn run(bytes: &[u8], start: usize) -> usize {
    let line = |at: usize| {
        let digits = bytes[at..].iter().take_while(|byte| is_digit(**byte));
        at + digits.count()
    };
    let mut end = line(start);
    let width = end - start;
    // Nobody breaks what is shorter.
    let mut more = width >= 60;
    while more {
        let gap = bytes[end..]
            .iter()
            .take(40)
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let next = end + gap;
        if gap == 0 || next >= bytes.len() || !bytes[end..next].contains(&b'\n') {
            break;
        }
        let after = line(next);
        if after == next || after - next > width {
            break;
        }
        let full = after - next == width;
        // The last line is shorter; a word on the next line is none.
        if !full && (after - next) % 4 != 0 {
            break;
        }
        end = after;
        more = full;
    }
    let filled = bytes[end..]
        .iter()
        .take(2)
        .take_while(|byte| **byte == b'=');
    end + filled.count()
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Base64 of anything has capitals, small letters and digits; words and hexadecimals have not.
fn mixed(bytes: &[u8]) -> bool {
    let has = |wanted: fn(&u8) -> bool| bytes.iter().any(wanted);
    has(|b| matches!(b, b'G'..=b'Z'))
        && has(|b| matches!(b, b'g'..=b'z'))
        && has(u8::is_ascii_digit)
}

fn take(coded: &[u8], told: &mut Told) {
    let mut content = Vec::new();
    transfer::push_base64(&mut content, coded.iter().copied());
    let known = infer::get(&content);
    let text = readable(&content);
    // A signature or a key is bytes that mean nothing by themselves.
    if known.is_none() && text.is_none() && !content.starts_with(b"PK") {
        return;
    }
    if told.children.len() >= MAX_FILES {
        told.ledger.add(
            Unread::Embedded,
            format!("files in base64 behind the first {MAX_FILES}"),
        );
        return;
    }
    let number = told.children.len() + 1;
    let name = match known {
        Some(kind) => format!("file{number}.{}", kind.extension()),
        None => format!("text{number}.txt"),
    };
    told.children.push(Child {
        name,
        bytes: content,
        ..Child::default()
    });
}

/// Bytes that are a text.
fn readable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let odd = text
        .chars()
        .filter(|c| c.is_control() && !c.is_whitespace());
    let said = text.chars().any(char::is_alphabetic);
    (said && odd.count() == 0).then_some(text)
}

/// A directory (LDIF): values in base64 are read, `name:: value`; folded lines are whole.
pub(super) fn directory(text: &str) -> Told {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    let mut told = Told::default();
    for line in lines {
        let coded = line.split_once("::");
        let named = coded.filter(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b';' | b'.'))
        });
        let Some((name, value)) = named else {
            if let Some((name, address)) = line.split_once(":<") {
                told.ledger
                    .add(Unread::External, format!("{name}:{}", address.trim()));
            }
            told.text.push_str(&line);
            told.text.push('\n');
            continue;
        };
        let mut content = Vec::new();
        transfer::push_base64(&mut content, value.trim().bytes());
        told.text.push_str(name);
        told.text.push_str(": ");
        match readable(&content) {
            Some(value) => told.text.push_str(value),
            None => told.children.push(Child {
                name: name.split(';').next().unwrap_or(name).to_owned(),
                bytes: content,
                ..Child::default()
            }),
        }
        told.text.push('\n');
    }
    told
}
