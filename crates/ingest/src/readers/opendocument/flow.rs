//! The text of one XML part: body, headers and footers, notes, comments, changes, cells.

use mail_parser::decoders::base64::base64_decode;
use quick_xml::events::BytesStart;

use super::super::office;
use super::super::out::Out;
use super::super::xml::{self, Step, attribute};
use crate::ledger::Unread;

/// Reads a part into `out`.
pub(super) fn read(xml: &[u8], part: &str, out: &mut Out) {
    let mut flow = Flow {
        inside: 0,
        paragraphs: 0,
        nested: Vec::new(),
        skip: 0,
        said: 0,
        creator: 0,
        cells: Vec::new(),
        data: None,
        format: None,
        out,
    };
    let result = xml::walk(xml, |step| match step {
        Step::Start(name, tag) => flow.start(name, tag),
        Step::End(name) => flow.end(name),
        Step::Text(text) => flow.text(text),
    });
    flow.paragraphs = 0;
    flow.out.end_paragraph();
    if let Err(error) = result {
        out.unread(Unread::Undecodable, format!("{part}: {error}"));
    }
}

/// A cell that is open: where its text began, and what stands for it if it has none.
struct Cell {
    began: usize,
    value: String,
    formula: String,
}

struct Flow<'o> {
    /// Open elements that hold text of the document, as opposed to styles and settings.
    inside: usize,
    paragraphs: usize,
    /// Where the text of each paragraph within a paragraph began: notes, comments, boxes.
    nested: Vec<usize>,
    /// Open elements within something left out.
    skip: usize,
    /// Open elements that are text without a paragraph.
    said: usize,
    /// Open names of authors.
    creator: usize,
    cells: Vec<Cell>,
    /// A file within the XML, in base64.
    data: Option<String>,
    /// Words of a number's format.
    format: Option<String>,
    out: &'o mut Out,
}

/// Elements whose character data is text without a paragraph: descriptions, formulas, macros.
fn is_said(name: &str) -> bool {
    matches!(
        name,
        "title" | "desc" | "mi" | "mn" | "mo" | "mtext" | "module" | "script"
    )
}

impl Flow<'_> {
    fn start(&mut self, name: &str, tag: &BytesStart<'_>) {
        if self.skip > 0 {
            self.skip += 1;
            return;
        }
        match name {
            "body" | "master-styles" | "math" | "module" => self.inside += 1,
            "binary-data" => self.data = Some(String::new()),
            // What stands beside the numbers of lists, and beside numbers in cells.
            "list-level-style-number" | "outline-level-style" | "notes-configuration" => {
                for key in ["num-prefix", "num-suffix"] {
                    let said = attribute(tag, key).unwrap_or_default();
                    if said.chars().filter(|c| c.is_alphabetic()).count() > 1 {
                        self.line(&said);
                    }
                }
            }
            "text" if tag.name().into_inner().starts_with("number:") => {
                self.format = Some(String::new())
            }
            "named-range" | "named-expression" | "database-range" if self.inside > 0 => {
                self.attributes(tag, &["name"]);
            }
            _ if self.inside == 0 => return,
            "p" | "h" => self.begin(),
            // The number of a note, and what only shows how a text would look.
            "note-citation" | "page-thumbnail" => self.skip = 1,
            "creator" => self.creator += 1,
            "tab" if self.paragraphs > 0 => self.out.push("\t"),
            "line-break" if self.paragraphs > 0 => self.out.push("\n"),
            "s" if self.paragraphs > 0 => self.out.push(" "),
            "table" => {
                let name = attribute(tag, "name").unwrap_or_default();
                self.line(&name);
            }
            "table-cell" | "covered-table-cell" => self.open_cell(tag),
            "frame" | "custom-shape" | "rect" | "text-box"
                if attribute(tag, "placeholder").as_deref() == Some("true") =>
            {
                self.skip = 1;
            }
            "note" | "annotation" => self.out.space(),
            "a" | "image" | "object" | "plugin" | "floating-frame" => self.address(name, tag),
            "hidden-text" => self.attributes(tag, &["string-value"]),
            "conditional-text" => {
                self.attributes(tag, &["string-value-if-true", "string-value-if-false"]);
            }
            "help-message" | "error-message" => self.attributes(tag, &["title"]),
            _ if tag.name().into_inner().starts_with("form:") => {
                self.attributes(tag, &["label", "title", "value", "current-value"]);
            }
            _ => {}
        }
        if is_said(name) && self.inside > 0 {
            self.said += 1;
            self.begin();
        }
    }

    fn end(&mut self, name: &str) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        match name {
            "binary-data" => self.take_data(),
            "text" if self.format.is_some() => {
                let said = self.format.take().unwrap_or_default();
                if said.chars().filter(|c| c.is_alphabetic()).count() > 2 {
                    self.line(&said);
                }
            }
            _ if self.inside == 0 => return,
            "p" | "h" => self.finish(),
            "creator" => {
                self.creator = self.creator.saturating_sub(1);
                self.out.push(if self.paragraphs > 0 { ": " } else { "\n" });
            }
            "table-cell" | "covered-table-cell" => self.close_cell(),
            "table-row" => self.out.row(),
            _ => {}
        }
        if is_said(name) && self.said > 0 {
            self.said -= 1;
            self.finish();
        }
        if matches!(name, "body" | "master-styles" | "math" | "module") {
            self.inside = self.inside.saturating_sub(1);
            self.out.line();
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(data) = &mut self.data {
            data.push_str(text);
            return;
        }
        if let Some(format) = self.format.as_mut().filter(|_| self.skip == 0) {
            format.push_str(text);
            return;
        }
        if self.skip > 0 || self.inside == 0 {
            return;
        }
        // White space of the file is none of the text; between words it is one blank.
        if self.paragraphs > 0 || self.creator > 0 {
            let blank = text.trim().is_empty() && text.contains('\n');
            if !blank {
                self.out.push(&text.replace('\n', " "));
            }
        }
    }

    /// Begins a paragraph; one within another is put behind that one.
    fn begin(&mut self) {
        if self.paragraphs > 0 {
            self.nested.push(self.out.text.len());
        }
        self.paragraphs += 1;
    }

    fn finish(&mut self) {
        self.paragraphs = self.paragraphs.saturating_sub(1);
        if self.paragraphs == 0 {
            self.out.push("\n");
            self.out.end_paragraph();
        } else if let Some(began) = self.nested.pop()
            && began <= self.out.text.len()
        {
            let text = self.out.text.split_off(began);
            self.line(&text);
        }
    }

    /// A line of its own: behind the paragraph, within one.
    fn line(&mut self, text: &str) {
        self.out.push_beside(text, self.paragraphs > 0);
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, keys: &[&str]) {
        for key in keys {
            if let Some(value) = attribute(tag, key) {
                self.line(&value);
            }
        }
    }

    /// Links; pictures that lie elsewhere.
    fn address(&mut self, name: &str, tag: &BytesStart<'_>) {
        let Some(address) = attribute(tag, "href").filter(|address| !address.starts_with('#'))
        else {
            return;
        };
        let elsewhere =
            address.contains("://") || address.starts_with("../") || address.starts_with('/');
        if name == "a" {
            self.line(&address);
        } else if elsewhere {
            self.line(&address);
            self.out.unread(Unread::External, &address);
        }
    }

    fn open_cell(&mut self, tag: &BytesStart<'_>) {
        let value = [
            "string-value",
            "date-value",
            "time-value",
            "boolean-value",
            "value",
        ]
        .iter()
        .find_map(|key| attribute(tag, key));
        let formula = attribute(tag, "formula").filter(|formula| formula.contains('"'));
        self.cells.push(Cell {
            began: self.out.text.len(),
            value: value.unwrap_or_default(),
            formula: formula.unwrap_or_default(),
        });
    }

    fn close_cell(&mut self) {
        let Some(cell) = self.cells.pop() else { return };
        let shown = self.out.text.get(cell.began..).unwrap_or_default();
        let empty = shown.trim().is_empty();
        if empty {
            if cell.value.is_empty() && cell.formula.is_empty() {
                // Cells between those that hold something: a tab would stand for each of many thousands.
                if !self.out.text.ends_with(['\t', '\n']) {
                    self.out.cell();
                }
                return;
            }
            self.out.push(&cell.value);
        }
        self.out.cell();
        if !cell.formula.is_empty() {
            self.out.push(&cell.formula);
            self.out.cell();
        }
    }

    fn take_data(&mut self) {
        let Some(data) = self.data.take() else { return };
        let data: String = data.split_whitespace().collect();
        let number = self.out.children.len() + 1;
        match base64_decode(data.as_bytes()) {
            Some(bytes) => {
                let name = match infer::get(&bytes) {
                    Some(kind) => format!("image{number}.{}", kind.extension()),
                    None => format!("object{number}"),
                };
                office::file(&name, &bytes, self.out);
            }
            None => self.out.unread(Unread::Embedded, "a file within the XML"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> Out {
        let xml = format!(
            "<office:document><office:styles><p>style</p></office:styles><office:body>{body}</office:body></office:document>"
        );
        let mut out = Out::default();
        read(xml.as_bytes(), "content.xml", &mut out);
        out
    }

    #[test]
    fn what_stands_beside_the_text_tears_nothing() {
        let out = said(
            "<text:p>the <text:a xlink:href=\"http://heron.example\">kingfisher</text:a> ledger<text:note><text:note-citation>1</text:note-citation>
            <text:note-body><text:p>note about heron</text:p></text:note-body></text:note> was<office:annotation><dc:creator>Ann</dc:creator>
            <text:p>reviewer says</text:p></office:annotation><text:s text:c=\"3\"/>moved</text:p><text:h>Head</text:h>",
        );
        assert!(
            out.text.starts_with("the kingfisher ledger "),
            "{}",
            out.text
        );
        for words in [
            "http://heron.example\n",
            "note about heron\n",
            "reviewer says\n",
            "Ann",
            "moved",
            "\nHead\n",
        ] {
            assert!(out.text.contains(words), "{words}: {}", out.text);
        }
        assert!(!out.text.contains("style"));
    }

    #[test]
    fn cells_are_shown_and_gaps_are_not() {
        let out = said(
            "<t:table table:name=\"Hidden\"><t:table-row><t:table-cell><text:p>1,234.50</text:p></t:table-cell>
            <t:table-cell t:number-columns-repeated=\"16000\"/><t:table-cell office:value=\"7\"/><t:table-cell t:formula=\"of:=IF([.A1];&quot;kept&quot;)\" office:value=\"1\"><text:p>1</text:p></t:table-cell></t:table-row>
            <t:table-row t:number-rows-repeated=\"1000000\"><t:table-cell/></t:table-row><t:table-row><t:table-cell office:date-value=\"2002-03-12\"/></t:table-row></t:table>",
        );
        assert_eq!(
            out.text.replace("\n\n", "\n"),
            "Hidden\n1,234.50\t7\t1\tof:=IF([.A1];\"kept\")\n2002-03-12\n"
        );
    }

    /// Words beside numbers of lists and notes, names of ranges, captions of forms, texts that a condition shows.
    #[test]
    fn words_outside_of_paragraphs_are_read() {
        let xml = "<office:document><office:automatic-styles><text:list-style><text:list-level-style-number style:num-prefix=\"Heron clause \" style:num-suffix=\".\"/></text:list-style>
            <text:outline-style><text:outline-level-style style:num-suffix=\" gannet\"/></text:outline-style><text:notes-configuration style:num-prefix=\"tern note \"/>
            <number:number-style><number:text> plovers owed</number:text></number:number-style></office:automatic-styles><office:body>
            <table:named-expressions><table:named-range table:name=\"dunlin_range\"/><table:named-expression table:name=\"knot_rule\"/></table:named-expressions>
            <table:database-ranges><table:database-range table:name=\"auk_base\"/></table:database-ranges>
            <table:help-message table:title=\"skua help\"/><table:error-message table:title=\"puffin error\"/>
            <form:button form:label=\"stork button\" form:title=\"crane title\"/><form:text form:current-value=\"ibis typed\" form:value=\"egret preset\"/>
            <text:p><text:conditional-text text:string-value-if-true=\"swift true\" text:string-value-if-false=\"finch false\"/><text:hidden-text text:string-value=\"wren hidden\"/></text:p>
            <draw:frame><svg:title>lark title</svg:title><svg:desc>robin shown</svg:desc></draw:frame></office:body></office:document>";
        let mut out = Out::default();
        read(xml.as_bytes(), "content.xml", &mut out);
        for words in [
            "Heron clause",
            "gannet",
            "tern note",
            "plovers owed",
            "dunlin_range",
            "knot_rule",
            "auk_base",
            "skua help",
            "puffin error",
            "stork button",
            "crane title",
            "ibis typed",
            "egret preset",
            "swift true",
            "finch false",
            "wren hidden",
            "lark title",
            "robin shown",
        ] {
            assert!(out.text.contains(words), "{words}: {}", out.text);
        }
    }

    #[test]
    fn files_within_the_document_are_taken_out() {
        let out = said(
            "<draw:image><office:binary-data>iVBORw0KGgo=\n</office:binary-data></draw:image><text:p>x</text:p>",
        );
        assert_eq!(out.children[0].name, "image1.png");
        assert_eq!(out.text, "x\n");
    }
}
