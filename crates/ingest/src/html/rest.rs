//! Everything that a page says, tag by tag: also what no renderer shows. Titles, alternative texts, values in
//! forms, comments, text for browsers without scripts, pages within the page.

use std::collections::HashSet;

use mail_parser::decoders::html::html_to_text;
use percent_encoding::percent_decode_str;

use super::quoted::quoted;
use super::style;

/// How deep pages within attributes are read.
const MAX_DEPTH: usize = 3;
/// Elements whose content is not text.
const SILENT: [&str; 4] = ["script", "style", "xml", "template-data"];
/// Elements whose content is text without tags.
const RAW: [&str; 3] = ["textarea", "title", "xmp"];
/// Elements that do not end a line.
const INLINE: [&str; 31] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font",
    "i", "ins", "del", "kbd", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "sub",
    "sup", "tt", "u", "var", "wbr",
];
const META: [&str; 12] = [
    "description",
    "keywords",
    "author",
    "subject",
    "title",
    "abstract",
    "dc.title",
    "dc.subject",
    "dc.creator",
    "dc.description",
    "og:title",
    "og:description",
];

/// The lines of a page.
pub(super) fn lines(html: &str) -> Vec<String> {
    let mut out = Lines {
        shown: style::shown_attributes(html),
        ..Lines::default()
    };
    page(html, 0, &mut out);
    out.end();
    out.done
}

#[derive(Default)]
struct Lines {
    done: Vec<String>,
    line: String,
    /// Attributes whose values the style sheets show.
    shown: HashSet<String>,
    /// No comment from here on has an end.
    endless: bool,
}

impl Lines {
    fn end(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.push(&line);
    }

    /// What an address that begins a mail puts into it: its subject, its text.
    fn address(&mut self, address: &str) {
        let address = unescaped(address.trim());
        let begins = address
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
        let Some((_, fields)) = address.split_once('?').filter(|_| begins) else {
            return;
        };
        for (key, value) in fields.split('&').filter_map(|field| field.split_once('=')) {
            let key = key.to_ascii_lowercase();
            if matches!(key.as_str(), "subject" | "body" | "to" | "cc" | "bcc") {
                self.end();
                let shown = percent_decode_str(value).decode_utf8_lossy();
                self.push(&shown.replace('&', "&amp;"));
            }
        }
    }

    /// A line by itself, in which references are undone.
    fn push(&mut self, text: &str) {
        let text = if text.contains('&') {
            html_to_text(&text.replace('<', "&lt;"))
        } else {
            text.to_owned()
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.contains(char::is_alphanumeric) {
            self.done.push(text);
        }
    }
}

fn page(html: &str, depth: usize, out: &mut Lines) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.line.push_str(&rest[..at]);
        rest = &rest[at..];
        let tail = &rest[1..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            // What only some browsers show is text between two marks.
            if comment.starts_with("[if") {
                rest = after(comment, ">");
                continue;
            }
            // Without an end, it ends as a tag does: nothing of the page is swallowed. Looked for once.
            let end = match out.endless {
                true => None,
                false => comment.find("-->"),
            };
            out.endless |= end.is_none();
            let Some(end) = end else {
                rest = after(comment, ">");
                continue;
            };
            let inner = &comment[..end];
            if says_something(inner) {
                out.end();
                out.push(&html_to_text(inner));
            }
            rest = &comment[end + 3..];
        } else if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let end = data.find("]]>");
            out.line.push_str(&data[..end.unwrap_or(data.len())]);
            rest = end.map_or("", |end| &data[end + 3..]);
        } else if tail.starts_with(['!', '?']) {
            rest = after(tail, ">");
        } else if tail.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            rest = tag(tail, depth, out);
        } else {
            out.line.push('<');
            rest = tail;
        }
    }
    out.line.push_str(rest);
}

/// What follows after `mark`.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.find(mark).map_or("", |at| &text[at + mark.len()..])
}

/// Reads a tag, and the content of elements whose content is none; returns what follows.
fn tag<'a>(text: &'a str, depth: usize, out: &mut Lines) -> &'a str {
    let closing = text.starts_with('/');
    let text = text.strip_prefix('/').unwrap_or(text);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-')));
    let name = text[..end.unwrap_or(text.len())].to_ascii_lowercase();
    let (attributes, rest) = attributes(&text[name.len()..]);
    if !INLINE.contains(&name.as_str()) {
        out.end();
    }
    if closing {
        return rest;
    }
    let get = |wanted: &str| {
        attributes
            .iter()
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| *value)
    };
    let hidden = get("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"));
    for (key, value) in &attributes {
        let wanted = match key.as_str() {
            "alt" | "title" | "placeholder" | "label" | "aria-label" | "summary"
            | "aria-description" => true,
            "value" => matches!(name.as_str(), "input" | "button" | "param" | "data") && !hidden,
            "content" if name == "meta" => {
                let about = get("name")
                    .or(get("property"))
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                META.contains(&about.as_str())
            }
            _ => false,
        };
        if wanted || out.shown.contains(key) {
            out.end();
            out.push(value);
        }
        if key == "style" {
            generated(&unescaped(value), out);
        }
        if matches!(key.as_str(), "href" | "action" | "data-saferedirecturl") {
            out.address(value);
        }
        if key == "srcdoc" && depth < MAX_DEPTH {
            out.end();
            let within = unescaped(value);
            let mut inner = Lines {
                shown: style::shown_attributes(&within),
                ..Lines::default()
            };
            page(&within, depth + 1, &mut inner);
            inner.end();
            out.done.append(&mut inner.done);
        }
    }
    let silent = SILENT.contains(&name.as_str());
    if silent || RAW.contains(&name.as_str()) {
        let close = closing_tag(rest, &name);
        match name.as_str() {
            "script" => written(&rest[..close], depth, out),
            "style" => generated(&rest[..close], out),
            _ if !silent => out.push(&rest[..close]),
            _ => {}
        }
        return &rest[close..];
    }
    rest
}

/// What a style sheet puts on the page.
fn generated(style: &str, out: &mut Lines) {
    for said in style::generated(style) {
        out.end();
        out.push(&said.replace('&', "&amp;"));
    }
}

/// What a script writes into the page: the strings that it hands over there.
fn written(script: &str, depth: usize, out: &mut Lines) {
    const WRITERS: [&str; 7] = [
        "document.write",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "innerText",
        "textContent",
        "document.title",
    ];
    if depth >= MAX_DEPTH {
        return;
    }
    for writer in WRITERS {
        // Where the last statement ended: every byte is looked at once for a writer, but for strings without an end.
        let (mut seen, mut endless) = (0, 0);
        for (at, _) in script.match_indices(writer) {
            if at < seen || endless > 100 {
                continue;
            }
            let rest = &script[at + writer.len()..];
            // As far as the statement goes, and no further than a page is long.
            let rest = &rest[..floor(rest, 256 << 10)];
            let mut left = rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '+');
            let mut page_of = String::new();
            while let Some(next) = left.find(['"', '\'', '`', ';']) {
                left = &left[next..];
                if left.starts_with(';') {
                    break;
                }
                let Some((said, tail)) = quoted(left) else {
                    endless += 1;
                    break;
                };
                page_of.push_str(&said);
                left = tail;
            }
            seen = at + writer.len() + (rest.len() - left.len());
            if !page_of.is_empty() {
                out.end();
                let mut inner = Lines::default();
                page(&page_of, depth + 1, &mut inner);
                inner.end();
                out.done.append(&mut inner.done);
            }
        }
    }
}

/// The last place not behind `at` at which a string can be cut.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Where the element ends. Without an end, it is not an element: nothing of the page is swallowed.
fn closing_tag(rest: &str, name: &str) -> usize {
    let mut at = 0;
    while let Some(found) = rest[at..].find("</") {
        at += found;
        let tail = rest.as_bytes().get(at + 2..at + 2 + name.len());
        if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name.as_bytes())) {
            return at;
        }
        at += 2;
    }
    0
}

/// Attributes of a tag, and what follows the tag.
fn attributes(text: &str) -> (Vec<(String, &str)>, &str) {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (out, "");
        }
        if let Some(tail) = rest.strip_prefix('>') {
            return (out, tail);
        }
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
            .map_or(rest.len(), |(at, _)| at);
        let key = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(tail) = rest.strip_prefix('=') {
            let tail = tail.trim_start();
            let quote = tail.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => match tail[1..].find(quote) {
                    Some(end) => (&tail[1..=end], &tail[end + 2..]),
                    None => ("", &tail[1..]),
                },
                None => {
                    let end = tail
                        .find(|c: char| c.is_whitespace() || c == '>')
                        .unwrap_or(tail.len());
                    (&tail[..end], &tail[end..])
                }
            };
        }
        out.push((key, value));
    }
}

/// References of an attribute that holds a page.
pub(super) fn unescaped(value: &str) -> String {
    value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Whether a comment is words, and not styles, scripts, or marks of a program.
fn says_something(comment: &str) -> bool {
    let words = comment
        .split_whitespace()
        .filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    words.count() >= 3 && !comment.contains(['{', '}', '[', ']', ';', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_said() {
        let page = "<!doctype html><title>the T &amp; x</title><meta name=Description content='about it'>\
            <meta name=viewport content=wide><p>king<b>fisher</b> one<br>two</p><img alt=\"a &lt; b\" src=x>\
            <input value=typed><input type=hidden value=secret><textarea>area <b></textarea>\
            <script>var x = '<p>no</p>';</script><style>p{}</style><!-- a comment of words -->\
            <!-- x{y} --><!--[if mso]><p>for some</p><![endif]--><iframe srcdoc=\"&lt;p&gt;framed\"></iframe>\
            <noscript>plain</noscript><svg><text>drawn</text></svg>1 < 2";
        assert_eq!(
            lines(page),
            [
                "the T & x",
                "about it",
                "kingfisher one",
                "two",
                "a < b",
                "typed",
                "area <b>",
                "a comment of words",
                "for some",
                "framed",
                "plain",
                "drawn",
                "1 < 2"
            ]
        );
    }

    #[test]
    fn broken_pages() {
        for page in [
            "<",
            "</",
            "<p",
            "<p a",
            "<p a=",
            "<p a='",
            "<!--",
            "<!",
            "<![CDATA[",
            "<ä>",
            "<p ä='ö' ü>x",
            "<title>",
        ] {
            lines(page);
        }
        assert_eq!(
            lines("<title>never closed <p>words"),
            ["never closed", "words"]
        );
        assert_eq!(lines("<script>lost? <p>words"), ["lost?", "words"]);
        assert_eq!(
            lines("a <!--#rotate> <b>velvet</b> otter"),
            ["a velvet otter"]
        );
        assert_eq!(
            lines("<!-- x --><!--#rotate> <b>velvet</b> otter<!-- y"),
            ["velvet otter"]
        );
        lines(&"<!--".repeat(200_000));
        let many = "<p a=\"".repeat(20_000);
        lines(&many);
    }
}
