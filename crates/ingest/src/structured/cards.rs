//! Calendars (iCalendar) and contacts (vCard): lines unfolded, escapes undone, what is attached taken out.

use super::Told;
use crate::charset;
use crate::html;
use crate::ledger::{Ledger, Unread};
use crate::mail::transfer;
use crate::reading::Child;

/// Properties that are there for programs only.
const SILENT: [&str; 4] = ["PRODID", "DTSTAMP", "SEQUENCE", "METHOD"];

/// Tells a calendar or contacts.
pub(crate) fn tell(text: &str) -> Told {
    let mut out = Told::default();
    for line in unfolded(text) {
        property(&line, &mut out);
    }
    out
}

/// Lines put together again: a line that begins with a blank goes on with the one before; so does one that
/// ends with `=` where that is the encoding (vCard 2.1).
fn unfolded(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut soft = false;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match out.last_mut() {
            Some(last) if soft => last.push_str(line),
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(&line[1..]),
            _ => out.push(line.to_owned()),
        }
        let last = out.last_mut().expect("one was pushed");
        soft = last.ends_with('=') && {
            let head = last.split(':').next().unwrap_or_default();
            head.to_ascii_uppercase().contains("QUOTED-PRINTABLE")
        };
        if soft {
            last.pop();
        }
    }
    out
}

/// Where the value begins: at the first colon that is not quoted.
fn colon(line: &str) -> Option<usize> {
    let mut quoted = false;
    line.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b':' && !quoted
    })
}

fn property(line: &str, out: &mut Told) {
    let Some(at) = colon(line) else {
        push(out, line, "");
        return;
    };
    let (head, value) = (&line[..at], &line[at + 1..]);
    let mut parts = head.split(';');
    let name = parts.next().unwrap_or_default();
    let name = name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let mut encoding = String::new();
    let mut charset_name = None;
    let mut file = String::new();
    let mut media = String::new();
    let mut shown = Vec::new();
    for parameter in parts {
        let (key, setting) = parameter.split_once('=').unwrap_or(("", parameter));
        let setting = setting.trim_matches('"');
        match key.to_ascii_uppercase().as_str() {
            "ENCODING" => encoding = setting.to_ascii_lowercase(),
            "" if ["BASE64", "QUOTED-PRINTABLE", "B"]
                .iter()
                .any(|known| setting.eq_ignore_ascii_case(known)) =>
            {
                encoding = setting.to_ascii_lowercase();
            }
            "CHARSET" => charset_name = Some(setting.to_owned()),
            "FMTTYPE" | "MEDIATYPE" => media = setting.to_ascii_lowercase(),
            "FILENAME" | "X-FILENAME" | "X-APPLE-FILENAME" | "X-ORACLE-FILENAME" => {
                file = setting.to_owned()
            }
            "CN" | "SENT-BY" | "MEMBER" | "DELEGATED-FROM" | "DELEGATED-TO" | "X-CN" => {
                shown.push(setting.trim_start_matches("mailto:").to_owned());
            }
            "ALTREP" if setting.starts_with("data:") => {
                shown.push(data_url(setting, &mut out.ledger).unwrap_or_default())
            }
            _ => {}
        }
    }
    let holds_file = matches!(
        name.as_str(),
        "ATTACH" | "PHOTO" | "LOGO" | "SOUND" | "KEY" | "IMAGE"
    );
    let based = matches!(encoding.as_str(), "base64" | "b");
    let embedded = value
        .strip_prefix("data:")
        .and_then(|data| data.split_once(";base64,"));
    if based || embedded.is_some() {
        let (kind, coded) = embedded.unwrap_or((media.as_str(), value));
        let content = transfer::base64(coded.as_bytes());
        if let Some((code, what)) = content.damage {
            out.ledger.add(code, format!("{name}: {what}"));
        }
        if !file.is_empty() {
            push(out, &name, &file);
        }
        if !content.bytes.is_empty() {
            out.children.push(Child {
                name: file,
                declared_type: kind.to_owned(),
                bytes: content.bytes.into_owned(),
                ..Child::default()
            });
        }
        return;
    }
    if SILENT.contains(&name.as_str()) || name == "BEGIN" || name == "END" {
        return;
    }
    if holds_file && !value.is_empty() {
        out.ledger.add(Unread::External, format!("{name}: {value}"));
    }
    let value = match encoding.as_str() {
        "quoted-printable" => {
            let bytes = transfer::quoted_printable(value.as_bytes());
            charset::decode(&bytes, charset_name.as_deref()).told(&mut out.ledger)
        }
        _ => value.to_owned(),
    };
    let mut value = unescaped(&value);
    if name == "X-ALT-DESC" || value.starts_with("<html") || value.starts_with("<!DOCTYPE") {
        value = html::to_text(&value);
    }
    if !shown.is_empty() {
        value = format!("{} {value}", shown.join(" "));
    }
    push(out, &name, value.trim());
}

fn data_url(url: &str, ledger: &mut Ledger) -> Option<String> {
    let (kind, value) = url.strip_prefix("data:")?.split_once(',')?;
    let plain = kind.starts_with("text/") && !kind.ends_with("base64");
    plain.then(|| {
        let bytes = transfer::quoted_printable(value.replace('%', "=").as_bytes());
        let declared = kind
            .split(';')
            .find_map(|part| part.trim().strip_prefix("charset="));
        html::to_text(&charset::decode(&bytes, declared).told(ledger))
    })
}

fn push(out: &mut Told, name: &str, value: &str) {
    if !name.trim().is_empty() && value.is_empty() {
        out.text.push_str(name);
        out.text.push('\n');
    } else if !value.is_empty() {
        out.text.push_str(name);
        out.text.push_str(": ");
        out.text.push_str(value);
        out.text.push('\n');
    }
}

/// `\n`, `\,`, `\;` and `\\`.
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(c @ (',' | ';' | '\\' | ':' | '"')) => out.push(c),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push('\\'),
            },
            ';' => out.push_str("; "),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendars() {
        let told = tell(
            "BEGIN:VCALENDAR\r\nPRODID:x\r\nBEGIN:VEVENT\r\nSUMMARY:acquisi\r\n tion of North\r\n\twind\r\n\
             DESCRIPTION;ALTREP=\"cid:a:b\":one\\, two\\nthree\\;\r\n\
             ATTENDEE;CN=\"Sample, Ann\";ROLE=REQ-PARTICIPANT:mailto:ann@example.com\r\n\
             ATTACH:https://example.com/ledger.pdf\r\n\
             ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;FILENAME=a.txt:aGVsb\r\n G8=\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n",
        );
        assert_eq!(
            told.text,
            "SUMMARY: acquisition of Northwind\nDESCRIPTION: one, two\nthree;\n\
             ATTENDEE: Sample, Ann mailto:ann@example.com\nATTACH: https://example.com/ledger.pdf\nATTACH: a.txt\n"
        );
        assert_eq!(
            (&*told.children[0].name, &*told.children[0].bytes),
            ("a.txt", &b"hello"[..])
        );
        assert!(told.ledger.has(Unread::External));
    }

    #[test]
    fn contacts() {
        let told = tell(
            "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BC=\nller;J\n\
             item1.EMAIL;TYPE=work:j@example.com\nPHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=\nNOTE:long\n  note\nEND:VCARD\n",
        );
        assert!(told.text.contains("N: Müller; J\n"), "{}", told.text);
        assert!(told.text.contains("EMAIL: j@example.com\n"));
        assert!(told.text.contains("NOTE: long note\n"));
        assert_eq!(told.children[0].bytes, b"\x89PNG\r\n\x1a\n");
    }
}
