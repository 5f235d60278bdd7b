//! What style sheets put on a page: words before and after elements, values of attributes, numbers.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::quoted::quoted;
use crate::ledger::{Ledger, Unread};

/// Most attributes of one page that its style sheets show.
const MAX_ATTRIBUTES: usize = 1_000;

/// Properties whose strings a reader sees; beside them, those that authors give a name for use elsewhere (`--name`).
const SEEN: [&str; 14] = [
    "content",
    "quotes",
    "list-style",
    "list-style-type",
    "text-overflow",
    "hyphenate-character",
    "string-set",
    "symbols",
    "additive-symbols",
    "prefix",
    "suffix",
    "pad",
    "text-emphasis",
    "text-emphasis-style",
];

/// Names of the attributes whose values the style sheets of a page show, in small letters.
pub(super) fn shown_attributes(html: &str) -> HashSet<String> {
    static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)attr\(\s*([a-z_][a-z0-9_:-]{0,99})").expect("the expression is a constant")
    });
    ATTRIBUTE
        .captures_iter(html)
        .take(MAX_ATTRIBUTES)
        .map(|found| found[1].to_ascii_lowercase())
        .collect()
}

/// Writes down what style sheets make and this reader does not: numbers that they count.
pub(crate) fn tell(html: &str, ledger: &mut Ledger) {
    static COUNTER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:content|string-set|--[a-z0-9_-]{1,60})\s*:[^;{}]{0,300}\bcounters?\(")
            .expect("the expression is a constant")
    });
    if COUNTER.is_match(html) {
        ledger.add(
            Unread::Unknown,
            "numbers that its style sheet counts; open it in a browser to see them",
        );
    }
}

/// The strings in a style sheet that a reader sees: one text a declaration.
pub(super) fn generated(style: &str) -> Vec<String> {
    let mut out = Vec::new();
    // From the last mark on to here; the property, once its colon has been seen; what its strings say.
    let (mut from, mut property, mut said) = (0, None::<String>, String::new());
    let mut at = 0;
    let bytes = style.as_bytes();
    let mut end = |property: &mut Option<String>, said: &mut String| {
        if property.take().is_some_and(|name| is_seen(&name))
            && said.contains(char::is_alphanumeric)
        {
            out.push(std::mem::take(said));
        }
        said.clear();
    };
    // A string without an end is looked for once.
    let mut endless = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let close = style[at + 2..].find("*/");
                at = close.map_or(bytes.len(), |close| at + 2 + close + 2);
                continue;
            }
            b'{' | b'}' | b';' => {
                end(&mut property, &mut said);
                from = at + 1;
            }
            b':' if property.is_none() => property = Some(name(&style[from..at])),
            b'"' | b'\'' if !endless => match quoted(&style[at..]) {
                Some((text, rest)) => {
                    said.push_str(&text);
                    at = bytes.len() - rest.len();
                    continue;
                }
                None => endless = true,
            },
            b'a'..=b'z' | b'A'..=b'Z' if !said.is_empty() && !said.ends_with(' ') => said.push(' '),
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    end(&mut property, &mut said);
    out
}

fn is_seen(name: &str) -> bool {
    name.starts_with("--") || SEEN.contains(&name)
}

/// The name of a property: without remarks, escapes undone.
fn name(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next().filter(|_| out.len() < 100) {
        if let Some(remark) = rest.strip_prefix("/*") {
            rest = remark.split_once("*/").map_or("", |(_, after)| after);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            out.push(c.to_ascii_lowercase());
            continue;
        }
        let digits = rest
            .bytes()
            .take(6)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let code = u32::from_str_radix(&rest[..digits], 16)
            .ok()
            .and_then(char::from_u32);
        if let Some(code) = code {
            out.push(code.to_ascii_lowercase());
            rest = &rest[digits..];
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_that_are_seen() {
        for (style, said) in [
            ("p::before{content:\"velvet\"}", &["velvet"][..]),
            ("p::before { content /* x */ : 'vel' 'vet' }", &["velvet"]),
            ("p::after{color:red;content:\"a\" attr(x) \"b\"}", &["a b"]),
            ("p{c\\6fntent:\"velvet\"}", &["velvet"]),
            (
                ":root{--word:\"velvet\"} p::before{content:var(--word)}",
                &["velvet"],
            ),
            ("li{list-style-type:\"Clause \"}", &["Clause "]),
            (
                "@counter-style a{symbols:'otter' 'heron';suffix:': '}",
                &["otterheron"],
            ),
            ("/* { content:\"no\" } */p{}", &[]),
            (
                "a[title=\"no\"]:hover{font-family:\"Times New Roman\"}",
                &[],
            ),
            (
                "@import \"no.css\"; @font-face{src:url(x) format(\"woff2\")}",
                &[],
            ),
            ("content:\"velvet\"", &["velvet"]),
            ("p{content:\"never closed", &[]),
        ] {
            assert_eq!(generated(style), said, "{style}");
        }
        generated(&"p{content:\"".repeat(50_000));
        generated(&"/*".repeat(50_000));
        generated("\\");
        generated("a\\ä:\"x");
    }

    #[test]
    fn attributes_and_counters() {
        let page = "<style>p::before{content:attr( data-X )} h1::before{content: \"Section \" counter(s)}</style>";
        assert!(shown_attributes(page).contains("data-x"));
        let mut ledger = Ledger::default();
        tell(page, &mut ledger);
        assert!(ledger.has(Unread::Unknown));
        let mut ledger = Ledger::default();
        tell(
            "<p>the counter(x)</p><style>p{content:none}</style>",
            &mut ledger,
        );
        assert!(ledger.is_empty());
    }
}
