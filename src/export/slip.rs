//! Placeholders for withheld documents: a page that says what is missing and why, as text and as PDF.

use crate::clean;
use crate::dat::cp1252;

const WIDTH: usize = 78;

/// What the page says.
#[derive(Clone, Debug)]
pub struct Slip<'a> {
    /// The placeholder's number.
    pub bates: &'a str,
    /// Code and name of the ground.
    pub ground: String,
    /// Description from the withheld log.
    pub description: &'a str,
    /// Hash of the committed leaf.
    pub leaf: &'a str,
    /// The proof that the document matches the request.
    pub proof: &'a str,
}

impl Slip<'_> {
    /// The lines of the page.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            "DOCUMENT WITHHELD".to_owned(),
            String::new(),
            self.bates.to_owned(),
            String::new(),
        ];
        wrap(&format!("Ground: {}", self.ground), &mut lines);
        wrap(&format!("Description: {}", self.description), &mut lines);
        lines.push(String::new());
        wrap(
            &format!(
                "The committed document with leaf {} matches the request, as proof {} shows.",
                self.leaf, self.proof
            ),
            &mut lines,
        );
        lines
    }

    /// The page as text.
    pub fn text(&self) -> String {
        let mut text = self.lines().join("\r\n");
        text.push_str("\r\n");
        text
    }

    /// The page as PDF.
    pub fn pdf(&self) -> Vec<u8> {
        pdf(&self.lines())
    }
}

fn wrap(text: &str, lines: &mut Vec<String>) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        for piece in pieces(&clean::line(word)) {
            if !line.is_empty() && line.chars().count() + 1 + piece.chars().count() > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&piece);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
}

/// A word in parts that fit on a line.
fn pieces(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars
        .chunks(WIDTH)
        .map(|part| part.iter().collect())
        .collect()
}

/// One PDF page with these lines in a font that every reader has. Lines beyond the page are cut off
/// with a note; the text file has them all.
pub fn pdf(lines: &[String]) -> Vec<u8> {
    const ON_PAGE: usize = 48;
    let mut content = b"BT /F1 11 Tf 14 TL 60 730 Td\n".to_vec();
    let shown = lines.len().min(ON_PAGE);
    let more = "(continued in the text file)".to_owned();
    let rest = (lines.len() > shown).then_some(&more);
    for line in lines[..shown].iter().chain(rest) {
        content.push(b'<');
        content.extend_from_slice(hex::encode(cp1252(line).0).as_bytes());
        content.extend_from_slice(b"> Tj T*\n");
    }
    content.extend_from_slice(b"ET");
    let stream = [
        format!("<< /Length {} >>\nstream\n", content.len()).as_bytes(),
        &content,
        b"\nendstream",
    ]
    .concat();
    let objects: [&[u8]; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R \
          /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        &stream,
    ];
    let mut out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(objects) {
        offsets.push(out.len());
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    out.extend_from_slice(b"xref\n0 6\n0000000000 65535 f \n");
    for offset in offsets {
        out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    out.extend_from_slice(
        format!("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").as_bytes(),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slip() -> Slip<'static> {
        Slip {
            bates: "ABC0000002",
            ground: "AC, attorney-client privilege".into(),
            description: "Letter (draft) from counsel \\ caf\u{e9}",
            leaf: "aa11",
            proof: "000000.proof",
        }
    }

    #[test]
    fn the_page_says_what_is_missing_and_why() {
        let text = slip().text();
        assert!(text.starts_with("DOCUMENT WITHHELD\r\n\r\nABC0000002\r\n"));
        assert!(text.contains("attorney-client privilege") && text.contains("aa11"));
    }

    #[test]
    fn long_words_are_broken() {
        let mut lines = Vec::new();
        wrap(&format!("a {} b", "x".repeat(200)), &mut lines);
        assert!(
            lines.iter().all(|l| l.chars().count() <= WIDTH),
            "{lines:?}"
        );
        assert_eq!(lines.concat().matches('x').count(), 200);
    }

    /// Every offset of the cross-reference table points at its object, so that strict readers open it.
    #[test]
    fn the_pdf_is_consistent() {
        let pdf = slip().pdf();
        let text = String::from_utf8_lossy(&pdf).into_owned();
        let start: usize = text
            .lines()
            .skip_while(|l| *l != "startxref")
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        assert!(pdf[start..].starts_with(b"xref\n0 6\n"));
        let table = std::str::from_utf8(&pdf[start..]).unwrap();
        for (number, line) in (1..).zip(table.lines().skip(3).take(5)) {
            let offset: usize = line[..10].parse().unwrap();
            assert!(pdf[offset..].starts_with(format!("{number} 0 obj").as_bytes()));
        }
        let hidden = hex::encode(cp1252("caf\u{e9}").0);
        assert!(text.contains(&hidden));
    }
}
