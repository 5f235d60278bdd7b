//! Words and parameters of a header in a charset of their own (RFC 2047, RFC 2231), decoded before the fields are read:
//! by the same decoders as every other text, and what could not be decoded is written down.
//!
//! Words are decoded where programs do so, not only where the standard allows it: also within quotes.

use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};

use super::transfer;
use crate::charset;
use crate::ledger::{Ledger, Unread};

/// One encoded word.
const WORD: &str = r"=\?[^?\s]{1,70}\?[BbQq]\?[^?]*(?:\?[^=?][^?]*)*\?=";

/// A header in UTF-8 whose words and parameters are decoded.
pub(crate) fn decoded(header: &str, ledger: &mut Ledger, wanted: fn(&str) -> bool) -> String {
    if !header.contains("=?") && !header.contains("*=") {
        return header.to_owned();
    }
    let mut out = String::with_capacity(header.len());
    let mut field = String::new();
    let mut end = |field: &mut String, out: &mut String| {
        let mut silent = Ledger::default();
        let name = field
            .split(':')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let told = if wanted(&name) {
            &mut *ledger
        } else {
            &mut silent
        };
        out.push_str(&one(field, &name, told));
        field.clear();
    };
    for line in header.split_inclusive('\n') {
        if !field.is_empty() && !line.starts_with([' ', '\t']) {
            end(&mut field, &mut out);
        }
        field.push_str(line);
    }
    end(&mut field, &mut out);
    out
}

/// One field with its lines.
fn one(field: &str, name: &str, ledger: &mut Ledger) -> String {
    let has_parameters = matches!(name, "content-type" | "content-disposition");
    let mut field = match field.contains("=?") {
        true => words(field, has_parameters || has_addresses(name), ledger),
        false => field.to_owned(),
    };
    if has_parameters && field.contains("*=") {
        field = parameters(&field, ledger);
    }
    field
}

fn has_addresses(name: &str) -> bool {
    let end = name.rsplit('-').next().unwrap_or(name);
    matches!(end, "from" | "to" | "cc" | "bcc" | "sender")
}

fn words(field: &str, structured: bool, ledger: &mut Ledger) -> String {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"{WORD}(?:\s*{WORD})*")).expect("the expression is a constant")
    });
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"=\?[^?\s]{1,70}\?[^?\s]{1,10}\?[^?]*\?=")
            .expect("the expression is a constant")
    });
    let mut out = String::with_capacity(field.len());
    let mut at = 0;
    let (mut quoted, mut depth, mut escaped) = (false, 0usize, false);
    for group in WORDS.find_iter(field) {
        let before = &field[at..group.start()];
        at = group.end();
        for c in before.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        out.push_str(before);
        let Some(text) = said(group.as_str(), ledger) else {
            ledger.add(Unread::Undecodable, "an encoded word of its header");
            out.push_str(group.as_str());
            continue;
        };
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        match () {
            () if !structured => out.push_str(&text),
            () if quoted => out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\"")),
            () if depth > 0 => out.push_str(&text.replace(['(', ')', '\\'], " ")),
            () => {
                out.push('"');
                out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
                out.push('"');
            }
        }
    }
    let rest = &field[at..];
    if OTHER.is_match(rest) {
        ledger.add(Unread::Undecodable, "an encoded word of its header");
    }
    out.push_str(rest);
    out
}

/// What words that follow each other say. `None`: they are none.
fn said(group: &str, ledger: &mut Ledger) -> Option<String> {
    static ONE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"=\?([^?\s]{1,70})\?([BbQq])\?((?:[^?]|\?[^=?])*)\?=")
            .expect("the expression is a constant")
    });
    // Words of one charset: bytes of each.
    let mut runs: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
    for word in ONE.captures_iter(group) {
        let label = word[1]
            .split('*')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let bytes = bytes(&word, ledger);
        match runs.last_mut() {
            Some((last, words)) if *last == label => words.push(bytes),
            _ => runs.push((label, vec![bytes])),
        }
    }
    if runs.is_empty() {
        return None;
    }
    let mut out = String::new();
    for (label, words) in runs {
        let decode = |bytes: &[u8]| charset::decode(bytes, Some(&label));
        let each: Vec<_> = words.iter().map(|word| decode(word)).collect();
        let sure = each
            .iter()
            .all(|word| word.lossy.is_none() && word.doubt.is_none());
        // Programs cut a character in two between words.
        let whole = decode(&words.concat());
        if sure
            || words.len() == 1
            || whole.lossy.is_some() && each.iter().all(|word| word.lossy.is_none())
        {
            for word in each {
                out.push_str(&word.told(ledger));
            }
        } else {
            out.push_str(&whole.told(ledger));
        }
    }
    Some(out)
}

fn bytes(word: &Captures<'_>, ledger: &mut Ledger) -> Vec<u8> {
    let coded = &word[3];
    if word[2].eq_ignore_ascii_case("b") {
        let coded: Vec<u8> = coded
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let content = transfer::base64(&coded);
        if let Some((code, what)) = content.damage {
            ledger.add(code, format!("an encoded word of its header: {what}"));
        }
        return content.bytes.into_owned();
    }
    // A word that was broken into lines is one.
    let mut coded = coded
        .replace("\r\n", "\n")
        .replace("\n ", "")
        .replace("\n\t", "");
    coded = coded.replace('\n', "").replace('_', " ");
    // A `=` at the end is no break of a line here.
    let mut bytes = transfer::quoted_printable(format!("{coded}.").as_bytes());
    bytes.pop();
    bytes
}

/// One parameter of each name: the pieces put together and decoded.
fn parameters(field: &str, ledger: &mut Ledger) -> String {
    static PIECE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?s)[;\s]\s*([A-Za-z0-9_.-]{1,60})\*(?:([0-9]{1,3})(\*)?)?[ \t]*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)"#)
            .expect("the expression is a constant")
    });
    struct Parameter {
        name: String,
        pieces: Vec<(u32, bool, String)>,
    }
    let mut all: Vec<Parameter> = Vec::new();
    let mut rest = String::with_capacity(field.len());
    let mut at = 0;
    for piece in PIECE.captures_iter(field) {
        let whole = piece.get(0).map_or(0..0, |all| all.range());
        rest.push_str(&field[at..whole.start]);
        rest.push(';');
        at = whole.end;
        let name = piece[1].to_ascii_lowercase();
        let number = piece.get(2).map(|number| number.as_str());
        let extended = number.is_none() || piece.get(3).is_some();
        let number = number.and_then(|number| number.parse().ok()).unwrap_or(0);
        let value = &piece[4];
        let value = match value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
        {
            Some(value) => value.replace("\\\"", "\"").replace("\\\\", "\\"),
            None => value.to_owned(),
        };
        let known = all.iter().position(|known| known.name == name);
        match known {
            Some(at) => all[at].pieces.push((number, extended, value)),
            None if all.len() < 100 => all.push(Parameter {
                name,
                pieces: vec![(number, extended, value)],
            }),
            None => {}
        }
    }
    if all.is_empty() {
        return field.to_owned();
    }
    let tail = field[at..].trim_end();
    rest.push_str(tail);
    for mut parameter in all {
        parameter.pieces.sort_by_key(|(number, ..)| *number);
        let mut label = None;
        let mut text = String::new();
        // Coded pieces that follow each other are decoded together: a character may be cut in two.
        let mut coded = Vec::new();
        for (place, (_, extended, value)) in parameter.pieces.iter().enumerate() {
            let mut value = value.as_str();
            if place == 0
                && *extended
                && let Some((charset, rest)) = value.split_once('\'')
                && let Some((_, rest)) = rest.split_once('\'')
            {
                label = Some(charset.to_owned());
                value = rest;
            }
            if *extended {
                coded.extend(percent_decode_str(value));
                continue;
            }
            text.push_str(&charset::decode(&coded, label.as_deref()).told(ledger));
            coded.clear();
            text.push_str(value);
        }
        text.push_str(&charset::decode(&coded, label.as_deref()).told(ledger));
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        rest.push_str(&format!("; {}=\"{}\"", parameter.name, text.trim_end()));
    }
    rest.push('\n');
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> (String, Ledger) {
        let mut ledger = Ledger::default();
        let text = decoded(header, &mut ledger, |_| true);
        (text, ledger)
    }

    #[test]
    fn words_in_every_charset() {
        for (word, text) in [
            ("=?utf-8?Q?caf=C3=A9_x?=", "café x"),
            ("=?hz-gb-2312?Q?see_~{<:Ky2;~}?=", "see 己所不"),
            ("=?iso-2022-kr?B?GyQpQw4wITMqDw==?=", "가나"),
            ("=?iso-2022-cn?B?GyQpQQ5WUE5EDw==?=", "中文"),
            ("=?ISO-2022-JP-2?B?GyRCJDMkbBsoQg==?=", "これ"),
            ("=?utf-16?B?/v8EOgQ7BE4ERw==?=", "ключ"),
            ("=?utf-16be?Q?=00v=00e=00l=00v=00e=00t?=", "velvet"),
            (
                "=?ibm037?Q?=A5=85=93=A5=85=A3@=96=A3=A3=85=99?=",
                "velvet otter",
            ),
            ("=?cp850?Q?M=81ller?=", "Müller"),
            ("=?unicode-1-1-utf-7?Q?caf+AOk-?=", "café"),
            // Cut within a character, and folded.
            ("=?utf-8?Q?caf=C3?=\n =?utf-8?Q?=A9?=", "café"),
            ("=?utf-8?B?Y2Fmww==?= =?UTF-8?B?qQ==?= b", "café b"),
            ("=?utf-8*en?Q?a_=?= b", "a = b"),
            ("a =?utf-8?Q?why=3F_=C3=A9?x?= b", "a why? é?x b"),
            ("=?iso-8859-1?Q?=E9?= =?koi8-r?Q?=CB?=", "éк"),
        ] {
            let (found, ledger) = read(&format!("Subject: {word}\n"));
            assert_eq!(found, format!("Subject: {text}\n"), "{word}");
            assert!(ledger.is_empty(), "{word}: {}", ledger.line());
        }
        for word in [
            "=?x-nobody?Q?=E1=E2=E3?=",
            "=?utf-8?B?wyg=?=",
            "=?us-ascii?Q?=E9?=",
            "=?utf-8?X?abc?=",
            "=?koi8-r?B?y**y?=",
        ] {
            let (_, ledger) = read(&format!("Subject: {word}\n"));
            assert!(!ledger.is_empty(), "{word}");
        }
    }

    #[test]
    fn words_among_addresses() {
        let (found, ledger) = read(
            "From: =?utf-8?Q?J=C3=B6rg=2C_\"x\"?= <a@b>, \"=?utf-8?Q?=C3=A9?= y\" <c@d> (=?utf-8?Q?=C3=A8=28?=)\nX: y\n",
        );
        assert_eq!(
            found,
            "From: \"Jörg, \\\"x\\\"\" <a@b>, \"é y\" <c@d> (è )\nX: y\n"
        );
        assert!(ledger.is_empty());
    }

    #[test]
    fn parameters_in_every_charset() {
        let (found, ledger) = read(
            "Content-Type: text/plain; charset=utf-8;\n name*0*=ibm037'en'%A5%85%93;\n name*1*=%A5%85%A3; name*2=\".txt\"\n",
        );
        assert!(
            found.contains("charset=utf-8") && ledger.is_empty(),
            "{found}"
        );
        assert!(found.contains("name=\"velvet.txt\""), "{found}");
        let (found, _) =
            read("Content-Disposition: attachment; filename*=hz-gb-2312''~%7B<:Ky2%3B~%7D.txt\n");
        assert!(found.contains("filename=\"己所不.txt\""), "{found}");
        let (_, ledger) = read("Content-Disposition: attachment; filename*=x-nobody''%E1%E2%E3\n");
        assert!(ledger.has(Unread::Guessed));
    }

    #[test]
    fn broken_headers_are_left() {
        for header in [
            "=?",
            "Subject: =?a?",
            "Subject: =?utf-8?Q?x",
            "Content-Type: a; b*=",
            "Content-Type: a; b*0*='",
            "",
        ] {
            read(header);
        }
        read(&format!("Subject: {}", "=?utf-8?Q?".repeat(20_000)));
        read(&format!("Content-Type: a{}", "; b*0*=x".repeat(20_000)));
    }
}
