//! The text of a message, from its pieces.

use std::collections::HashSet;

use super::mime::Section;

/// What a reader sees below the headers.
pub(crate) struct Body {
    pub text: String,
    pub used_html: bool,
}

/// Puts the pieces together, in order. Where the same is offered as plain text and as a web page, the plain
/// text is taken, and of the page what the plain text does not say.
pub(crate) fn assemble(sections: &[Section]) -> Body {
    let mut out = Body {
        text: String::new(),
        used_html: sections.iter().any(|section| section.html),
    };
    let mut done = HashSet::new();
    for section in sections {
        let Some(group) = section.group else {
            append(&mut out.text, &section.text);
            continue;
        };
        if !done.insert(group) {
            continue;
        }
        let of = |html| {
            let mut text = String::new();
            for section in sections
                .iter()
                .filter(|s| s.group == Some(group) && s.html == html)
            {
                append(&mut text, &section.text);
            }
            text
        };
        let (plain, page) = (of(false), of(true));
        append(&mut out.text, &plain);
        append(&mut out.text, &more(&page, &plain));
    }
    out
}

fn append(text: &mut String, more: &str) {
    if more.trim().is_empty() {
        return;
    }
    if !text.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push('\n');
    }
    let blank: usize = more
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty())
        .map(str::len)
        .sum();
    text.push_str(more[blank..].trim_end());
    text.push('\n');
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// What of `page` is not in `plain`: all of it if more than a tenth of its words are missing there, else the
/// lines with such words.
fn more(page: &str, plain: &str) -> String {
    let known: HashSet<String> = words(plain).collect();
    let all: HashSet<String> = words(page).collect();
    let new = all.difference(&known).count();
    if new == 0 {
        return String::new();
    }
    if new * 10 > all.len() {
        return page.to_owned();
    }
    let mut out = String::new();
    for line in page.lines() {
        if words(line).any(|word| !known.contains(&word)) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_only_what_is_new_is_taken() {
        assert_eq!(more("Hello, WORLD!", "hello world"), "");
        let page = "hello world and a real offer";
        assert_eq!(more(page, "please enable HTML"), page);
        assert_eq!(more("", ""), "");
        let plain = "one two three four five six seven eight nine ten eleven";
        assert_eq!(
            more(&format!("{plain}\n{plain} kingfisher\n"), plain),
            format!("{plain} kingfisher\n")
        );
    }
}
