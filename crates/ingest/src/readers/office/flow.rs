//! The text of one part: runs, deleted and inserted ones alike, hidden ones, comments, formulas, what pictures
//! are said to show.

use std::collections::BTreeSet;

use quick_xml::events::BytesStart;

use super::super::field;
use super::super::out::Out;
use super::super::xml::{self, Step, attribute};
use crate::ledger::Unread;

/// What of a part is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// What the formats of Office mark as text.
    Marked,
    /// As `Marked`, without what fills the places of a template ("Click to edit").
    Template,
    /// All character data: custom data, properties, drawings.
    Everything,
    /// All character data within text boxes: the drawings of older versions.
    Boxes,
    /// As `Marked`, with the values that a pivot table keeps.
    Cache,
}

/// Reads a part into `out`; returns the relationships that it names, in order.
pub(super) fn read(xml: &[u8], part: &str, manner: Manner, out: &mut Out) -> Vec<String> {
    let mut flow = Flow {
        manner,
        text: 0,
        skip: 0,
        boxes: 0,
        runs: 0,
        choices: Vec::new(),
        paragraphs: 0,
        boxed: Vec::new(),
        shapes: Vec::new(),
        buffers: Vec::new(),
        instruction: String::new(),
        instructing: 0,
        authors: BTreeSet::new(),
        named: Vec::new(),
        out,
    };
    let result = xml::walk(xml, |step| match step {
        Step::Start(name, tag) => flow.start(name, tag),
        Step::End(name) => flow.end(name),
        Step::Text(text) => flow.text(text),
    });
    flow.instruction();
    flow.paragraphs = 0;
    flow.out.end_paragraph();
    let (authors, named) = (flow.authors, flow.named);
    if let Err(error) = result {
        out.unread(Unread::Undecodable, format!("{part}: {error}"));
    }
    if !authors.is_empty() {
        out.line();
        let authors: Vec<String> = authors.into_iter().collect();
        out.push_line(&authors.join("; "));
    }
    named
}

struct Flow<'o> {
    manner: Manner,
    /// Open elements whose character data is text.
    text: usize,
    /// Open elements within something that is left out.
    skip: usize,
    /// Open text boxes of older drawings.
    boxes: usize,
    /// Open runs: tabs outside of them are tab stops.
    runs: usize,
    /// Where the text of each alternative, and what stands beside it, began.
    choices: Vec<(usize, usize)>,
    /// Open paragraphs.
    paragraphs: usize,
    /// Where the text of each box within a paragraph began.
    boxed: Vec<usize>,
    /// Where the text of each shape began, and whether it only fills a place of a template.
    shapes: Vec<(usize, bool)>,
    /// Where the text began of elements that are judged when they end.
    buffers: Vec<usize>,
    instruction: String,
    /// Open elements whose character data is an instruction.
    instructing: usize,
    /// Who changed what stands here.
    authors: BTreeSet<String>,
    named: Vec<String>,
    out: &'o mut Out,
}

/// Elements whose character data is text.
fn is_text(name: &str) -> bool {
    matches!(name, "t" | "delText" | "v" | "text" | "Text" | "author") || is_buffered(name)
}

/// Elements whose text is judged when they end.
fn is_buffered(name: &str) -> bool {
    is_page_line(name) || matches!(name, "formula" | "formula1" | "formula2" | "definedName")
}

/// Headers and footers of sheets.
fn is_page_line(name: &str) -> bool {
    matches!(
        name,
        "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter"
    )
}

impl Flow<'_> {
    fn start(&mut self, name: &str, tag: &BytesStart<'_>) {
        if self.skip > 0 {
            self.skip += 1;
            return;
        }
        for attribute in tag.attributes().with_checks(false).flatten() {
            let key = attribute.key.local_name().into_inner();
            if matches!(key, "id" | "embed" | "link" | "pict" | "dm")
                && attribute.value.starts_with(['r', 'R'])
                && self.named.len() < 100_000
            {
                self.named.push(attribute.value.to_string());
            }
        }
        if is_text(name) {
            self.text += 1;
        }
        self.element(name, tag);
        // What attributes say stays, whatever is judged of the content.
        if is_buffered(name) {
            self.buffers.push(self.out.text.len());
        }
    }

    fn element(&mut self, name: &str, tag: &BytesStart<'_>) {
        match name {
            "AlternateContent" => self
                .choices
                .push((self.out.text.len(), self.out.beside().len())),
            "Fallback" => {
                let (text, beside) = self
                    .choices
                    .last()
                    .copied()
                    .unwrap_or((usize::MAX, usize::MAX));
                let said =
                    |text: &str, from| text.get(from..).is_some_and(|said| !said.trim().is_empty());
                // What the alternative already said is not said twice; what it did not is.
                self.skip =
                    usize::from(said(&self.out.text, text) || said(self.out.beside(), beside));
            }
            "p" => self.paragraphs += 1,
            "txbxContent" => {
                self.boxed.push(self.out.text.len());
                self.out.push("\n");
            }
            "sp" => self.shapes.push((self.out.text.len(), false)),
            "ph" => {
                if let Some(shape) = self.shapes.last_mut() {
                    shape.1 = true;
                }
            }
            "instrText" | "delInstrText" => self.instructing += 1,
            "r" => self.runs += 1,
            "textbox" => self.boxes += 1,
            "tab" | "ptab" if self.runs > 0 => self.out.push("\t"),
            "br" | "cr" => self.out.push("\n"),
            "noBreakHyphen" => self.out.push("-"),
            "footnoteReference" | "endnoteReference" | "commentReference" => self.out.space(),
            "sym" => self.symbol(tag),
            "fldChar" => {
                if attribute(tag, "fldCharType").is_some_and(|kind| kind != "begin") {
                    self.instruction();
                }
            }
            "fldSimple" => {
                self.instruction = attribute(tag, "instr").unwrap_or_default();
                self.instruction();
            }
            _ => self.attributes(name, tag),
        }
    }

    /// Text that stands in attributes.
    fn attributes(&mut self, name: &str, tag: &BytesStart<'_>) {
        let template = self.manner == Manner::Template;
        let keys: &[&str] = match name {
            "docPr" | "cNvPr" if !template => &["title", "descr"],
            "shape" | "imagedata" | "textpath" => &["alt", "string"],
            "definedName" => &["name", "comment", "description"],
            "dataValidation" => &["promptTitle", "prompt", "errorTitle", "error"],
            "tableColumn" | "cacheField" => &["name"],
            "hlinkClick" | "hyperlink" => &["display", "tooltip"],
            "Glyphs" => &["UnicodeString"],
            "listItem" => &["displayText"],
            "listEntry" | "statusText" | "helpText" => &["val"],
            "dbPr" => &["connection", "command"],
            "webPr" => &["url"],
            "person" => &["displayName"],
            "s" | "d" | "n" if self.manner == Manner::Cache => &["v"],
            "property" if self.manner == Manner::Everything => &["name"],
            "comment" | "cmAuthor" => {
                let mut authors = ["author", "name"]
                    .iter()
                    .filter_map(|key| attribute(tag, key));
                if let Some(author) = authors.next().filter(|author| !author.is_empty()) {
                    self.out.line();
                    self.out.push(&author);
                    self.out.push(": ");
                }
                return;
            }
            "ins" | "del" | "moveFrom" | "moveTo" => {
                if matches!(name, "del" | "moveFrom") {
                    self.boxed.push(self.out.text.len());
                }
                let author = attribute(tag, "author").filter(|author| !author.trim().is_empty());
                if let Some(author) = author.filter(|_| self.authors.len() < 1000) {
                    self.authors.insert(author.trim().to_owned());
                }
                return;
            }
            _ => return,
        };
        for key in keys {
            // Names that the program gave itself: areas to print, filters.
            let own = |value: &String| name == "definedName" && value.starts_with("_xlnm.");
            if let Some(value) = attribute(tag, key).filter(|value| !own(value)) {
                self.out.push_beside(&value, self.paragraphs > 0);
            }
        }
    }

    /// A character of a symbol font.
    fn symbol(&mut self, tag: &BytesStart<'_>) {
        let code = attribute(tag, "char").and_then(|code| u32::from_str_radix(&code, 16).ok());
        let plain = code.map(|code| match code {
            0xF000..0xF100 => code - 0xF000,
            code => code,
        });
        if let Some(c) = plain.and_then(char::from_u32) {
            self.out.push_char(c);
        }
    }

    fn instruction(&mut self) {
        let instruction = std::mem::take(&mut self.instruction);
        if let Some(said) = field::arguments(&instruction) {
            self.out.push_beside(&said, self.paragraphs > 0);
        }
    }

    fn end(&mut self, name: &str) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if is_text(name) {
            self.text = self.text.saturating_sub(1);
            if !matches!(name, "t" | "delText") {
                self.out.line();
            }
        }
        if is_buffered(name) {
            self.judge(name);
        }
        match name {
            "instrText" | "delInstrText" => self.instructing = self.instructing.saturating_sub(1),
            "r" => self.runs = self.runs.saturating_sub(1),
            "textbox" => {
                self.boxes = self.boxes.saturating_sub(1);
                self.out.line();
            }
            "p" => {
                self.paragraphs = self.paragraphs.saturating_sub(1);
                self.out.line();
                if self.paragraphs == 0 {
                    self.out.end_paragraph();
                }
            }
            "txbxContent" | "del" | "moveFrom" => self.unbox(),
            "si" | "pt" | "div" | "comment" | "cm" | "property" => self.out.line(),
            "tr" => self.out.row(),
            "rt" => self.out.push(" "),
            "tc" => self.out.cell(),
            "AlternateContent" => {
                self.choices.pop();
            }
            "sp" => {
                if let Some((began, true)) = self.shapes.pop()
                    && self.manner == Manner::Template
                {
                    self.out.text.truncate(began);
                }
            }
            _ if self.manner == Manner::Everything && !self.out.text.ends_with(['\n', ' ']) => {
                self.out.push(" ");
            }
            _ => {}
        }
    }

    /// The text of a box, and what was struck out, goes behind the paragraph that it hangs on: the sentence around
    /// reads as it does now.
    fn unbox(&mut self) {
        let Some(began) = self.boxed.pop() else {
            return;
        };
        if self.paragraphs == 0 || began > self.out.text.len() {
            return;
        }
        let text = self.out.text.split_off(began);
        self.out.push_beside(&text, self.paragraphs > 0);
    }

    /// Of formulas only those count that hold texts; lines of pages lose their codes.
    fn judge(&mut self, name: &str) {
        let began = self.buffers.pop().unwrap_or_default();
        let Some(text) = self.out.text.get(began..) else {
            return;
        };
        let kept = match name {
            name if is_page_line(name) => page_line(text),
            _ if text.contains('"') => text.to_owned(),
            _ => String::new(),
        };
        self.out.text.truncate(began);
        self.out.push_line(&kept);
    }

    fn text(&mut self, text: &str) {
        if self.skip > 0 {
            return;
        }
        if self.instructing > 0 {
            if self.instruction.len() < 64 << 10 {
                self.instruction.push_str(text);
            }
            return;
        }
        // Line breaks between elements are for people who read XML.
        let blank = text.contains('\n') && text.trim().is_empty();
        let wanted = self.text > 0
            || self.manner == Manner::Everything
            || self.manner == Manner::Boxes && self.boxes > 0;
        if wanted && !blank {
            self.out.push(text);
        }
    }
}

/// A header or footer of a sheet without its codes: `&L&"Arial,Bold"&12Draft &P` says "Draft".
pub(in crate::readers) fn page_line(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '&' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('&') => out.push('&'),
            Some('L' | 'C' | 'R') => out.push('\n'),
            Some('"') => {
                chars.by_ref().find(|c| *c == '"');
            }
            Some('K') => {
                for _ in 0..6 {
                    if chars
                        .next_if(|c| c.is_ascii_hexdigit() || *c == '+')
                        .is_none()
                    {
                        break;
                    }
                }
            }
            Some(c) if c.is_ascii_digit() => while chars.next_if(char::is_ascii_digit).is_some() {},
            _ => out.push(' '),
        }
    }
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// What the numbers of lists say beside the number.
pub(super) fn numbering(xml: &[u8], out: &mut Out) {
    let mut said = BTreeSet::new();
    let _ = xml::walk(xml, |step| {
        if let Step::Start("lvlText", tag) = step
            && let Some(value) = attribute(tag, "val")
            && said.len() < 10_000
        {
            said.extend(list_words(&value));
        }
    });
    for words in said {
        out.push_line(&words);
    }
}

/// The words of a list's format, if there are any: "o" and "%1.%2" are none.
fn list_words(format: &str) -> Option<String> {
    let mut words = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => {
                chars.next();
                words.push(' ');
            }
            c => words.push(c),
        }
    }
    let letters = words.chars().filter(|c| c.is_alphabetic()).count();
    (letters > 1).then(|| words.trim().to_owned())
}

/// What the properties of a document say: facts, and those that people write also as text.
pub(super) fn properties(xml: &[u8], out: &mut Out) {
    let mut element = String::new();
    let mut value = String::new();
    let _ = xml::walk(xml, |step| match step {
        Step::Start(name, _) => {
            element = name.to_owned();
            value.clear();
        }
        Step::Text(text) => value.push_str(text),
        Step::End(name) if name == element => {
            let fact = match name {
                "title" => "title",
                "creator" => "author",
                "lastModifiedBy" => "last_author",
                "created" => "created",
                "modified" => "modified",
                "Pages" | "Slides" => "pages",
                "Company" => "company",
                _ => "",
            };
            if !fact.is_empty() && (fact != "pages" || value.trim() != "0") {
                out.fact(fact, &value);
            }
            let said = matches!(
                name,
                "title"
                    | "subject"
                    | "creator"
                    | "lastModifiedBy"
                    | "keywords"
                    | "description"
                    | "category"
                    | "contentStatus"
                    | "Company"
                    | "Manager"
                    | "HyperlinkBase"
            );
            if said {
                out.push_line(&value);
            }
            element.clear();
        }
        Step::End(_) => {}
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(xml: &str, manner: Manner) -> (String, Vec<String>) {
        let mut out = Out::default();
        let named = read(xml.as_bytes(), "part", manner, &mut out);
        assert!(out.ledger.is_empty(), "{}", out.ledger.line());
        (out.text, named)
    }

    #[test]
    fn everything_that_says_something() {
        let xml = r#"<d><p><r><t>The </t></r><ins author="Ann"><r><t>new</t></r></ins><del author="Bob"><r><delText>old</delText></r></del>
            <r><t>ledger</t><footnoteReference id="1"/><t>was</t></r></p>
            <p><pPr><tabs><tab/></tabs></pPr><r><t>the </t><fldChar fldCharType="begin"/><instrText>HYPERLINK "http://heron.example"</instrText>
            <fldChar fldCharType="separate"/><t>link</t><fldChar fldCharType="end"/></r>
            <r><txbxContent><p><r><t>box</t></r></p></txbxContent><t xml:space="preserve"> here</t></r></p>
            <tbl><tr><tc><p><r><t>left</t></r></p></tc><tc><tbl><tr><tc><p><r><t>nested</t></r></p></tc></tr></tbl></tc></tr></tbl>
            <AlternateContent><Choice><drawing id="rId3"><docPr descr="a heron"/><t>box</t></drawing></Choice><Fallback><t>box</t></Fallback></AlternateContent></d>"#;
        let (text, named) = said(xml, Manner::Marked);
        assert_eq!(
            text,
            "The newledger was\nold\nthe link here\n\"http://heron.example\"\nbox\nleft\tnested\na heron\nbox\nAnn; Bob\n"
        );
        assert_eq!(named, ["rId3"]);
    }

    #[test]
    fn nothing_is_too_deep() {
        let deep = format!(
            "{}<t>core</t>{}",
            "<a>".repeat(200_000),
            "</a>".repeat(200_000)
        );
        assert_eq!(said(&deep, Manner::Marked).0, "core");
    }

    #[test]
    fn places_of_templates_are_no_text() {
        let xml =
            "<a><sp><nvPr><ph/></nvPr><t>Click to edit</t></sp><sp><t>Confidential</t></sp></a>";
        assert_eq!(said(xml, Manner::Template).0, "Confidential");
        assert_eq!(said(xml, Manner::Marked).0, "Click to editConfidential");
    }

    #[test]
    fn codes_of_page_lines_go() {
        assert_eq!(
            page_line("&L&\"Arial,Bold\"&12header cormorant&K01+000 line&RPage &P of &N &&c"),
            "header cormorant line\nPage   of   &c"
        );
        let xml = "<a><oddHeader>&amp;Cheader cormorant</oddHeader><formula>A1&gt;2</formula><formula1>\"yes,no\"</formula1></a>";
        assert_eq!(
            said(xml, Manner::Marked).0,
            "header cormorant\n\"yes,no\"\n"
        );
    }
}
