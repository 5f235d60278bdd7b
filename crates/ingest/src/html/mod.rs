//! Web pages and HTML mail to readable text.

pub(crate) mod embedded;
mod quoted;
mod rest;
pub(crate) mod style;

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex as TextRegex;
use regex::bytes::Regex;

use super::isolate;

/// What produced the text.
pub(crate) const EXTRACTOR: &str = "html2text/0.17.4 candor-html/3";
/// Lines are wrapped at this width.
const WIDTH: usize = 120;
/// Pages nested deeper than this are not laid out: building their tree takes quadratic time.
const MAX_NESTING: usize = 400;

/// The text of a page, with lists and tables laid out plainly. Pages that the renderer refuses,
/// and those nested too deeply for it, are read by a simpler one that only drops the tags.
pub(crate) fn to_text(html: &str) -> String {
    // Elements that the renderer sets without a gap: their words would be one.
    static GLUED: LazyLock<TextRegex> = LazyLock::new(|| {
        TextRegex::new(
            r"(?i)</?(?:option|optgroup|select|textarea|button|noscript|summary|details|legend|label|figcaption|caption|iframe|object|video|audio|th|td)\b",
        )
        .expect("the expression is a constant")
    });
    let html = &*GLUED.replace_all(html, " $0");
    let render = || {
        html2text::config::plain_no_decorate()
            .raw_mode(true)
            .no_table_borders()
            .allow_width_overflow()
            .no_link_wrapping()
            .link_footnotes(false)
            .string_from_read(html.as_bytes(), WIDTH)
            .map_err(|error| error.to_string())
    };
    let rendered = if nesting(html) > MAX_NESTING {
        Err("too deep".to_owned())
    } else {
        isolate::catch(render)
    };
    let mut text = match rendered {
        Ok(Ok(text)) => text,
        _ => isolate::catch(|| mail_parser::decoders::html::html_to_text(html)).unwrap_or_default(),
    };
    add_the_rest(html, &mut text);
    text
}

/// Adds the lines of the page with words that the renderer has left out.
fn add_the_rest(html: &str, text: &mut String) {
    let mut known: HashSet<String> = words(text).collect();
    let mut first = true;
    for line in rest::lines(html) {
        let new: Vec<String> = words(&line).filter(|word| !known.contains(word)).collect();
        if new.is_empty() {
            continue;
        }
        known.extend(new);
        if std::mem::take(&mut first) && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&line);
        text.push('\n');
    }
}

/// Words as they are compared, without what nobody sees in them.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// How deeply elements are nested at most, as far as counting tags tells. Elements that end by
/// themselves are not counted.
fn nesting(html: &str) -> usize {
    const OPEN_ENDED: [&str; 22] = [
        "p", "br", "li", "td", "tr", "th", "dd", "dt", "hr", "img", "input", "meta", "link",
        "area", "option", "tbody", "thead", "tfoot", "col", "colgroup", "base", "wbr",
    ];
    let (mut depth, mut deepest) = (0usize, 0);
    for tag in html.split('<').skip(1) {
        let (closing, tag) = match tag.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, tag),
        };
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
        let name = &tag[..end.unwrap_or(tag.len())];
        if name.is_empty()
            || OPEN_ENDED
                .iter()
                .any(|open| name.eq_ignore_ascii_case(open))
        {
            continue;
        }
        if closing {
            depth = depth.saturating_sub(1);
        } else {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// The charset a page declares in its first bytes.
pub(crate) fn declared_charset(html: &[u8]) -> Option<String> {
    static META: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})"#)
            .expect("the expression is a constant")
    });
    let head = &html[..html.len().min(4096)];
    let found = META.captures(head)?.get(1)?;
    String::from_utf8(found.as_bytes().to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_words_stay() {
        let text = to_text(
            "<html><head><title>T</title><style>p{color:red}</style></head><body>\
             <h1>Offer</h1><p>Buy <b>now</b> &amp; save 20&nbsp;%</p>\
             <table><tr><td>one</td><td>two</td></tr></table>\
             <script>alert(1)</script><a href='http://x.example'>link</a></body></html>",
        );
        for word in ["Offer", "Buy now & save", "one", "two", "link"] {
            assert!(text.contains(word), "{word} missing in {text:?}");
        }
        for word in ["alert", "color", "<"] {
            assert!(!text.contains(word), "{word} left in {text:?}");
        }
    }

    #[test]
    fn what_no_renderer_shows_is_text_as_well() {
        let text = to_text(
            "<title>osprey title</title><p style='display:none'>hidden heron<img alt='gannet picture'>\
             <select><option>dunlin option</select><textarea>skua area</textarea><noscript>plover</noscript>\
             <details><summary>sum</summary>knot detail</details><svg><text>tern</text></svg>\
             <input value='petrel'><!-- words of a cormorant -->",
        );
        for word in [
            "osprey",
            "heron",
            "gannet",
            "dunlin",
            "skua",
            "plover",
            "knot",
            "tern",
            "petrel",
            "cormorant",
        ] {
            assert!(text.contains(word), "{word} in {text:?}");
        }
    }

    #[test]
    fn deep_and_broken_pages_are_survived() {
        let deep = format!("{}end{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
        assert!(to_text(&deep).contains("end"));
        let open = format!("{}end", "<b><i><font>".repeat(100_000));
        assert!(to_text(&open).contains("end"));
        let limit = format!("{}end", "<div>".repeat(MAX_NESTING));
        assert!(to_text(&limit).contains("end"));
        let tables = format!("{}cell", "<table><tr><td>".repeat(3_000));
        assert!(to_text(&tables).contains("cell"));
        assert!(to_text("<p>a<b<c</p").contains('a'));
        assert_eq!(to_text("").trim(), "");
    }

    #[test]
    fn nesting_counts_open_elements() {
        assert_eq!(nesting("<div><p>a<p>b<br></div><DIV><b></b></DIV>"), 2);
        assert_eq!(nesting("a < b <!-- --> </div></div><i>"), 1);
    }

    #[test]
    fn charset_declarations_are_found() {
        let declared = |html: &[u8]| declared_charset(html);
        assert_eq!(
            declared(b"<META charset=\"koi8-r\">").as_deref(),
            Some("koi8-r")
        );
        assert_eq!(
            declared(b"<meta http-equiv=Content-Type content='text/html; charset=big5'>")
                .as_deref(),
            Some("big5")
        );
        assert_eq!(declared(b"<p>charset=none</p>"), None);
    }
}
