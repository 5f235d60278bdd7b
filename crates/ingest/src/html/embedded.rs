//! Files that lie in a page as addresses of their own content: `data:image/png;base64,...`.

use std::collections::HashSet;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::Regex;
use sha2::{Digest, Sha256};

use crate::ledger::{Ledger, Unread};
use crate::mail::push_base64;
use crate::reading::Child;

/// Most files of one page.
const MAX_FILES: usize = 2_000;
/// What a page is drawn with, and nobody reads.
const SILENT: [&str; 5] = [
    "font/",
    "application/font",
    "application/x-font",
    "text/css",
    "javascript",
];

/// The files in a page, each of them once.
pub(crate) fn files(html: &str, ledger: &mut Ledger) -> Vec<Child> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)(["'(=\s])\s*data:([a-z]+/[a-z0-9.+-]+)?((?:;[a-z0-9_-]+=[^;,"'<>\s]{0,100}){0,5})(;\s*base64)?,"#,
        )
        .expect("the expression is a constant")
    });
    let mut out = Vec::new();
    let mut seen = HashSet::new();
    let mut left = 0;
    for found in ADDRESS.captures_iter(html) {
        let group = |n| found.get(n).map_or("", |text| text.as_str());
        let declared = group(2).to_ascii_lowercase();
        // Neither a type nor an encoding: words that look like it.
        if declared.is_empty() && group(4).is_empty() {
            continue;
        }
        if SILENT.iter().any(|silent| declared.contains(silent)) {
            continue;
        }
        let rest = &html[found.get(0).map_or(html.len(), |all| all.end())..];
        let end = match group(1) {
            quote @ ("\"" | "'") => rest.find(quote),
            "(" => rest.find([')', '"', '\'']),
            _ => rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '"' | '\'' | ')')),
        };
        let bytes = unescaped(&rest[..end.unwrap_or(rest.len())]);
        let bytes = if group(4).is_empty() {
            bytes
        } else {
            let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3);
            push_base64(&mut decoded, bytes.into_iter());
            decoded
        };
        if bytes.is_empty() || !seen.insert(Sha256::digest(&bytes)) {
            continue;
        }
        if out.len() == MAX_FILES {
            left += 1;
            continue;
        }
        let charset = group(3)
            .split(';')
            .find_map(|parameter| parameter.strip_prefix("charset="))
            .map(str::to_owned);
        out.push(Child {
            declared_type: declared,
            charset,
            bytes,
            ..Child::default()
        });
    }
    ledger.add_many(
        Unread::Embedded,
        left,
        format!("files within the page after {MAX_FILES}"),
    );
    out
}

/// The bytes behind `%41`, and behind the references that an attribute may have.
fn unescaped(text: &str) -> Vec<u8> {
    let text = match text.contains('&') {
        true => super::rest::unescaped(text),
        false => text.to_owned(),
    };
    percent_decode_str(&text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_addresses_are_taken_out_once() {
        let page = "<img src=\"data:image/png;base64,iVBORw0K\nGgo=\"><img src='data:image/png;base64,iVBORw0KGgo='>\
            <iframe src='data:text/html;charset=utf-8,%3Cp%3Evelvet otter&lt;/p&gt;'></iframe>\
            <object data=data:text/plain,velvet%20otter>x</object>\
            <style>@font-face{src:url(data:font/woff2;base64,AAAA)} p{background:url(data:image/gif;base64,R0lGODlh)}</style>\
            <p>the data:base, and \"data: of 2002\", were moved</p>";
        let mut ledger = Ledger::default();
        let found = files(page, &mut ledger);
        let found: Vec<_> = found
            .iter()
            .map(|child| (&*child.declared_type, &*child.bytes))
            .collect();
        assert_eq!(
            found,
            [
                ("image/png", &b"\x89PNG\r\n\x1a\n"[..]),
                ("text/html", b"<p>velvet otter</p>"),
                ("text/plain", b"velvet otter"),
                ("image/gif", b"GIF89a"),
            ]
        );
        assert!(ledger.is_empty());
    }

    #[test]
    fn a_page_of_addresses_is_bounded_and_said() {
        let page: String = (0..2_003)
            .map(|n| format!("<a href='data:text/plain,file {n}'>"))
            .collect();
        let mut ledger = Ledger::default();
        assert_eq!(files(&page, &mut ledger).len(), MAX_FILES);
        assert!(
            ledger.line().starts_with("3 embedded files"),
            "{}",
            ledger.line()
        );
        assert!(files("<img src=\"data:image/png;base64,", &mut ledger).is_empty());
    }
}
