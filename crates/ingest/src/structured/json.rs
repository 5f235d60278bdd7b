//! JSON as readable text: strings with their escapes undone, one value a line below its name. Messages of
//! exported chats (Slack, Teams and what looks alike) become "time sender: text".

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::html;

/// JSON with its members in the order of the file, none of them dropped.
#[derive(Debug)]
enum Json {
    Plain(String),
    Text(String),
    List(Vec<Json>),
    Members(Vec<(String, Json)>),
}

/// The text of `source`; `None`: it is no JSON.
pub(crate) fn tell(source: &str) -> Option<String> {
    let mut out = String::new();
    let values = serde_json::Deserializer::from_str(source).into_iter::<Json>();
    let mut any = false;
    // One value, or one a line.
    for value in values {
        match value {
            Ok(value) => {
                any |= matches!(value, Json::List(_) | Json::Members(_));
                show(&value, "", 0, &mut out);
            }
            Err(_) => return escapes_only(source),
        }
    }
    any.then_some(out)
}

impl Json {
    fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Members(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    fn find(&self, path: &[&str]) -> Option<&str> {
        path.iter()
            .try_fold(self, |value, name| value.get(name))?
            .text()
    }
}

fn show(value: &Json, name: &str, depth: usize, out: &mut String) {
    let mut line = |text: &str| {
        if !name.is_empty() {
            out.push_str(name);
            out.push_str(": ");
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    match value {
        Json::Plain(text) => line(text),
        Json::Text(text) => line(&readable(text)),
        Json::List(values) => {
            for value in values {
                show(value, name, depth + 1, out);
            }
        }
        Json::Members(members) => {
            let said = message(value);
            if let Some((line, _)) = &said {
                out.push_str(line);
                out.push('\n');
            }
            for (key, value) in members {
                let skip = said
                    .as_ref()
                    .is_some_and(|(_, told)| told.contains(&key.as_str()));
                if !skip {
                    show(value, key, depth + 1, out);
                }
            }
            if said.is_some() || depth <= 1 {
                out.push('\n');
            }
        }
    }
}

/// A message of a chat, and which of its members its line tells.
fn message(value: &Json) -> Option<(String, Vec<&'static str>)> {
    let slack = value.get("ts").and(value.find(&["text"]));
    if let Some(text) = slack {
        let sender = [
            &["user_profile", "real_name"][..],
            &["user_profile", "display_name"],
            &["username"],
            &["user"],
            &["bot_id"],
        ];
        let sender = sender
            .iter()
            .find_map(|path| value.find(path))
            .unwrap_or_default();
        let at = value.find(&["ts"]).map(instant).unwrap_or_default();
        return Some((format!("{at} {sender}: {}", slack_text(text)), vec!["text"]));
    }
    // Teams (Graph): body.content, from.user.displayName, createdDateTime.
    let body = value.find(&["body", "content"])?;
    let sender = [
        &["from", "user", "displayName"][..],
        &["from", "application", "displayName"],
        &["from", "emailAddress", "name"],
        &["from", "emailAddress", "address"],
        &["from"],
        &["imdisplayname"],
    ];
    let sender = sender
        .iter()
        .find_map(|path| value.find(path))
        .unwrap_or_default();
    let at = ["createdDateTime", "sentDateTime", "composetime"];
    let at = at
        .iter()
        .find_map(|name| value.find(&[name]))
        .unwrap_or_default();
    Some((
        format!("{at} {sender}: {}", readable(body).trim()),
        vec!["body"],
    ))
}

/// "1015923600.000200" as a point in time.
fn instant(ts: &str) -> String {
    use time::format_description::well_known::Rfc3339;
    let seconds = ts
        .split('.')
        .next()
        .and_then(|seconds| seconds.parse().ok());
    seconds
        .and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| ts.to_owned())
}

/// Slack's own markup: `<http://x|label>`, `<@U1|name>`, and three references.
fn slack_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('>') else {
            break;
        };
        let inner = &rest[at + 1..at + end];
        match inner.split_once('|') {
            Some((target, label)) => out.push_str(&format!(
                "{label} ({})",
                target.trim_start_matches(['@', '#', '!'])
            )),
            None => out.push_str(inner),
        }
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A string, as text where it is a web page.
fn readable(text: &str) -> String {
    let page = text.contains("</") || text.contains("/>") || text.contains("<br>");
    if page && text.contains('<') {
        html::to_text(text)
    } else {
        text.to_owned()
    }
}

/// Text that only looks like JSON, or is cut off: its escapes are undone where they stand.
fn escapes_only(source: &str) -> Option<String> {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    let mut any = false;
    while let Some(at) = rest.find("\\u") {
        out.push_str(&rest[..at]);
        let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
        let (first, second) = (unit(&rest[at..]), rest.get(at + 6..).and_then(unit));
        let (units, len): (Vec<u16>, usize) = match (first, second) {
            (Some(first), Some(second)) if (0xD800..0xDC00).contains(&first) => {
                (vec![first, second], 12)
            }
            (Some(first), _) => (vec![first], 6),
            (None, _) => (Vec::new(), 2),
        };
        match String::from_utf16(&units) {
            Ok(text) if !text.is_empty() => {
                any = true;
                out.push_str(&text);
            }
            _ => out.push_str(&rest[at..at + len]),
        }
        rest = &rest[at + len..];
    }
    out.push_str(rest);
    any.then_some(out)
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Plain(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Plain(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Plain(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Plain(value.to_string()))
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Plain("null".to_owned()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
                let mut out = Vec::new();
                while let Some(value) = values.next_element()? {
                    out.push(value);
                }
                Ok(Json::List(out))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
                let mut out = Vec::new();
                while let Some(member) = members.next_entry()? {
                    out.push(member);
                }
                Ok(Json::Members(out))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_in_order_with_escapes_undone() {
        let text = tell(r#"{"z":"Gespr\u00e4ch","a":[1,true,null,"x\ny"],"z":"again"}"#).unwrap();
        assert_eq!(
            text,
            "z: Gespräch\na: 1\na: true\na: null\na: x\ny\nz: again\n\n"
        );
        assert_eq!(
            tell("{\"a\":1}\n{\"b\":\"c\"}\n").unwrap(),
            "a: 1\n\nb: c\n\n"
        );
        assert_eq!(tell("just words"), None);
        assert_eq!(tell("12"), None);
        assert_eq!(
            tell(r#"{"cut":"Gespr\u00e4ch und \ud83d\ude00"#).unwrap(),
            "{\"cut\":\"Gespräch und 😀"
        );
        assert!(tell(&"[".repeat(100_000)).is_none());
    }

    #[test]
    fn chats() {
        let slack = r#"[{"type":"message","user":"U1","user_profile":{"real_name":"Ann Sample"},
            "text":"see <https:\/\/x.example|the ledger> &amp; <@U2>","ts":"1015923600.000200"}]"#;
        let text = tell(slack).unwrap();
        assert!(
            text.starts_with(
                "2002-03-12T09:00:00Z Ann Sample: see the ledger (https://x.example) & @U2\n"
            ),
            "{text}"
        );
        let teams = r#"{"value":[{"createdDateTime":"2020-01-02T03:04:05Z","from":{"user":{"displayName":"Bob"}},
            "body":{"contentType":"html","content":"<div>king<b>fisher<\/b> ledger<\/div>"}}]}"#;
        let text = tell(teams).unwrap();
        assert!(
            text.starts_with("2020-01-02T03:04:05Z Bob: kingfisher ledger\n"),
            "{text}"
        );
    }
}
