//! Text that others chose, in a page.

pub use crate::clean::html as escape;

/// A list.
pub(super) fn list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let mut out = String::from("<ul>\n");
    for item in items {
        out += &format!("<li>{}</li>\n", escape(item.as_ref()));
    }
    out + "</ul>\n"
}

/// A row of facts: name and value.
pub(super) fn fact(name: &str, value: &str) -> String {
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
        escape(name),
        escape(value)
    )
}

/// A row of facts whose value is a hash: on one line, whatever the paper.
pub(super) fn hash(name: &str, value: &str) -> String {
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"hash\">{}</td></tr>\n",
        escape(name),
        escape(value)
    )
}

/// A whole page.
pub(super) fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\"/>\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}\
         </body>\n</html>\n",
        escape(title)
    )
}

const STYLE: &str = "\
@page { margin: 14mm 18mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.45 Georgia, 'Times New Roman', serif; color: #1b1b1b; background: #fff;
  max-width: 178mm; margin: 8mm auto; padding: 0 4mm; }
h1 { font-size: 18pt; margin: 0 0 2mm; }
h2 { font-size: 12.5pt; margin: 7mm 0 2mm; border-bottom: 0.3mm solid #999; padding-bottom: 1mm; }
section.summary { break-after: page; page-break-after: always; font-size: 9.5pt; line-height: 1.35; }
section.summary h2 { margin-top: 3.5mm; font-size: 11.5pt; }
section.summary td, section.summary th { padding-top: 0.5mm; padding-bottom: 0.5mm; }
p { margin: 1.5mm 0; }
ul { margin: 1mm 0 1mm 5mm; padding: 0; }
li { margin: 0.4mm 0; }
table { border-collapse: collapse; width: 100%; margin: 1.5mm 0; }
th, td { text-align: left; vertical-align: top; padding: 0.8mm 2mm 0.8mm 0;
  border-bottom: 0.2mm solid #ddd; overflow-wrap: anywhere; }
th[scope=row] { width: 42mm; font-weight: normal; color: #555; }
thead th { border-bottom: 0.4mm solid #888; overflow-wrap: normal; }
td:first-child, td:nth-child(2) { overflow-wrap: break-word; }
th[scope=row] + td { overflow-wrap: anywhere; }
tr { break-inside: avoid; }
.verdict { font-size: 12pt; font-weight: bold; padding: 2mm 3mm; margin: 2.5mm 0; border: 0.7mm solid; }
.verified { border-color: #1d6b35; color: #1d6b35; }
.failed { border-color: #a11616; color: #a11616; }
.nothing { border-color: #8a5a00; color: #8a5a00; }
.identity td, .identity th { text-align: right; padding: 1mm 2mm; font-variant-numeric: tabular-nums; }
.identity th { font-weight: normal; color: #555; width: auto; overflow-wrap: normal; font-size: 8.5pt; }
.identity th:first-child { overflow-wrap: normal; }
.identity .sum { font-weight: bold; }
code, pre, .hash { font-family: 'DejaVu Sans Mono', Consolas, monospace; font-size: 8.5pt; }
section.summary td.hash { font-size: 8pt; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f2; padding: 2mm 3mm; }
.note { color: #555; font-size: 9pt; }
.draft { border: 0.5mm dashed #a11616; padding: 3mm 4mm; margin: 3mm 0; }
.line { border-bottom: 0.3mm solid #1b1b1b; height: 9mm; }
@media print { body { margin: 0; padding: 0; max-width: none; } a { color: inherit; } }
";

/// Checks that every element is closed in order, every attribute quoted and every ampersand an
/// entity: what a strict parser would. Tests use it where no browser is at hand.
#[cfg(test)]
pub(super) fn check(page: &str) -> Result<usize, String> {
    const VOID: [&str; 4] = ["meta", "br", "hr", "img"];
    let mut open: Vec<String> = Vec::new();
    let mut elements = 0;
    let mut rest = page
        .strip_prefix("<!DOCTYPE html>")
        .ok_or("no document type")?;
    while let Some(start) = rest.find('<') {
        text(&rest[..start])?;
        let end = rest[start..].find('>').ok_or("a tag is not closed")? + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                return Err(format!("</{name}> closes nothing that is open: {open:?}"));
            }
            continue;
        }
        elements += 1;
        let (tag, closed) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name = tag.split_whitespace().next().unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(format!("<{tag}> is no element"));
        }
        if tag.matches('"').count() % 2 != 0 {
            return Err(format!("<{tag}> has an open quote"));
        }
        if VOID.contains(&name) != closed {
            return Err(format!("<{tag}> is closed wrongly"));
        }
        if !closed {
            open.push(name.to_owned());
        }
        if name == "style" {
            let at = rest.find("</style>").ok_or("the style is not closed")?;
            rest = &rest[at..];
        }
    }
    text(rest)?;
    match open.pop() {
        Some(name) => Err(format!("<{name}> is never closed")),
        None => Ok(elements),
    }
}

#[cfg(test)]
fn text(text: &str) -> Result<(), String> {
    for (at, _) in text.match_indices('&') {
        let entity: String = text[at..]
            .chars()
            .take_while(|c| *c != ';')
            .take(8)
            .collect();
        if !["&amp", "&lt", "&gt", "&quot", "&#39"].contains(&&*entity) {
            return Err(format!("{entity} is no entity"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_become_markup() {
        let hostile = "<script>alert('x')</script> & \" \u{202e}gpj.exe \u{1b}[31m";
        let safe = escape(hostile);
        assert!(
            !safe.contains(['<', '>', '"', '\u{202e}', '\u{1b}']),
            "{safe}"
        );
        assert_eq!(check(&document(hostile, &list([hostile]))).unwrap(), 10);
    }

    #[test]
    fn the_checker_notices_what_is_malformed() {
        for bad in ["<p>", "<p></b>", "<p a=\"x></p>", "a & b", "<meta>", "<p/>"] {
            assert!(check(&format!("<!DOCTYPE html>{bad}")).is_err(), "{bad}");
        }
    }
}
