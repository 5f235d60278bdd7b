//! Text with a little mark-up of its own, as plain text.

/// Enriched text without its marks: `<bold>`, `<param>...</param>`, `<<` for `<`.
pub(super) fn unmarked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('<') {
            out.push('<');
            rest = tail;
            continue;
        }
        let end = rest
            .find(['>', '<', '\n'])
            .filter(|&end| rest[end..].starts_with('>'));
        let Some(end) = end.filter(|&end| end <= 60) else {
            out.push('<');
            continue;
        };
        let name = rest[..end].to_ascii_lowercase();
        rest = &rest[end + 1..];
        match name.as_str() {
            // How the text looks: colours, fonts.
            "param" => {
                if let Some(end) = rest.find("</param>") {
                    rest = &rest[end + "</param>".len()..];
                }
            }
            "nl" | "np" | "paragraph" | "/paragraph" => out.push('\n'),
            "lt" => out.push('<'),
            _ => {}
        }
    }
    out.push_str(rest);
    out
}

/// Flowed text of which the blank at a soft line end is not part of the text (RFC 3676, `delsp=yes`).
pub(super) fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let shown = line.trim_end_matches(['\n', '\r']);
        let said = shown.trim_start_matches('>');
        let quotes = &shown[..shown.len() - said.len()];
        let said = said.strip_prefix(' ').unwrap_or(said);
        let goes_on = open.is_some_and(|before| before == quotes) && said != "-- ";
        match (open.is_some(), goes_on) {
            (_, true) => {}
            (true, false) => {
                out.push('\n');
                out.push_str(&shown[..shown.len() - said.len()]);
            }
            (false, false) => out.push_str(&shown[..shown.len() - said.len()]),
        }
        let soft = said.ends_with(' ') && said != "-- ";
        if soft {
            out.push_str(&said[..said.len() - 1]);
            open = Some(quotes);
        } else {
            out.push_str(said);
            out.push_str(&line[shown.len()..]);
            open = None;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_no_part_of_words() {
        let text = "a <bold>vel</bold>vet <color><param>red,0,0</param>ot<italic>ter</italic></color> 1 << 2 < 3";
        assert_eq!(unmarked(text), "a velvet otter 1 < 2 < 3");
        assert_eq!(unmarked("<bold"), "<bold");
        assert_eq!(unmarked("<<<bold>x<nl>y"), "<x\ny");
    }

    #[test]
    fn words_across_soft_line_ends_are_whole() {
        assert_eq!(
            joined("hello vel \nvet otter\nnext \n line\n"),
            "hello velvet otter\nnextline\n"
        );
        assert_eq!(
            joined("> vel \n> vet \nmine\n-- \nJane\n"),
            "> velvet\nmine\n-- \nJane\n"
        );
        assert_eq!(joined(""), "");
    }
}
