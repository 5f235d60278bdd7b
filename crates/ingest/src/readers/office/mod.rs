//! Word, Excel and PowerPoint since 2007, drawings of Visio since 2013, XPS: packages of XML parts.
//!
//! Parts are read as relationships lead to them, beginning with the main one, and then **every part that no
//! relationship reaches**: that is what makes it whole. Files inside that are not XML become children.

mod flow;
mod objects;
mod package;
mod sheets;

use std::collections::{HashMap, HashSet};

use flow::Manner;
use package::{Package, Relationship};

use super::out::Out;
use crate::ledger::Unread;
use crate::reading::{Given, ReadError, Reader, Reading};

pub(super) use flow::page_line;
pub(super) use objects::{extract, file, native, picture};
pub(super) use package::unpack;

pub(crate) struct Office;

impl Reader for Office {
    fn name(&self) -> &'static str {
        "candor-ooxml/3 quick-xml/0.42.0"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let mut out = Out::default();
        let package = Package::open(bytes, given.unpacked, &mut out)?;
        let Some(main) = package.main() else {
            return Err(ReadError::Corrupt("it has no main part".to_owned()));
        };
        if package.type_of(&main).contains("sheet.binary") {
            return Err(ReadError::Unsupported(
                "a binary workbook (.xlsb)".to_owned(),
            ));
        }
        let mut walk = Walk {
            package: &package,
            done: HashSet::from(["[Content_Types].xml".to_owned()]),
            addresses: HashSet::new(),
            nested: 0,
            out: &mut out,
        };
        walk.from(main);
        let parts = package.parts.keys().filter(|part| !part.ends_with(".rels"));
        for part in parts {
            walk.from(part.clone());
        }
        super::pictures::judge(&mut out);
        Ok(out.finish())
    }
}

/// The media type of an Office package; nothing if these bytes are none.
pub(crate) fn office_type(bytes: &[u8]) -> Option<&'static str> {
    let kind = package::main_type(bytes)?.to_ascii_lowercase();
    Some(if kind.contains("sheet.binary") {
        "application/vnd.ms-excel.sheet.binary.macroenabled.12"
    } else if kind.contains("wordprocessingml") || kind.contains("ms-word") {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    } else if kind.contains("spreadsheetml") || kind.contains("ms-excel") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else if kind.contains("presentationml") || kind.contains("ms-powerpoint") {
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    } else if kind.contains("visio") {
        "application/vnd.ms-visio.drawing"
    } else if kind.contains("fixedrepresentation") || kind.contains("fixeddocument") {
        "application/vnd.ms-xpsdocument"
    } else {
        return None;
    })
}

/// Parts that say nothing: looks, positions, what is computed from other parts.
const SILENT: [&str; 23] = [
    "theme",
    "fonttable",
    "styles+xml",
    "settings+xml",
    "websettings",
    "presprops",
    "viewprops",
    "tablestyles",
    "sharedstrings",
    "calcchain",
    "colors+xml",
    "style+xml",
    "styles.xml",
    "diagramlayout",
    "diagramstyle",
    "diagramcolors",
    "diagramquickstyle",
    "chartstyle",
    "chartcolorstyle",
    "diagramdrawing",
    "digital-signature",
    "visio.windows",
    "printsettings",
];

/// How many workbooks may lead to each other within a package.
const MAX_NESTED: usize = 4;

/// A walk over the parts of a package.
struct Walk<'a> {
    package: &'a Package,
    done: HashSet<String>,
    /// Addresses outside that have been said.
    addresses: HashSet<String>,
    /// Workbooks being read: one that leads to another is nobody's file.
    nested: usize,
    out: &'a mut Out,
}

impl Walk<'_> {
    /// Reads a part and what it leads to. Without recursion: chains of parts may be long.
    fn from(&mut self, part: String) {
        let mut next = vec![part];
        while let Some(part) = next.pop() {
            if self.out.is_full() || !self.done.insert(part.clone()) {
                continue;
            }
            let Some(bytes) = self.package.parts.get(&part) else {
                self.out
                    .unread(Unread::Damaged, format!("the part {part} is missing"));
                continue;
            };
            let relationships = self.package.relationships(&part);
            let named = self.part(&part, bytes, &relationships);
            let targets = self.targets(relationships, named);
            next.extend(targets.into_iter().rev());
        }
    }

    /// Where a part leads, in the order in which it says so; addresses outside are written down.
    fn targets(&mut self, relationships: Vec<Relationship>, named: Vec<String>) -> Vec<String> {
        let mut order: HashMap<&str, usize> = HashMap::new();
        for (at, id) in named.iter().enumerate() {
            order.entry(id).or_insert(at);
        }
        let mut relationships = relationships;
        relationships.sort_by_key(|relationship| {
            order
                .get(relationship.id.as_str())
                .copied()
                .unwrap_or(usize::MAX)
        });
        let mut targets = Vec::new();
        for relationship in relationships {
            if !relationship.external {
                targets.push(relationship.target);
                continue;
            }
            let kind = relationship.kind.as_str();
            if self.addresses.insert(relationship.target.clone()) {
                self.out.push_line(&relationship.target);
                if [
                    "image",
                    "oleObject",
                    "package",
                    "subDocument",
                    "aFChunk",
                    "video",
                    "audio",
                    "media",
                ]
                .contains(&kind)
                {
                    self.out.unread(Unread::External, &relationship.target);
                }
            }
        }
        targets
    }

    /// One part; returns the relationships that it names.
    fn part(&mut self, part: &str, bytes: &[u8], relationships: &[Relationship]) -> Vec<String> {
        let kind = self.package.type_of(part).to_ascii_lowercase();
        let lower = part.to_ascii_lowercase();
        let page = kind.contains("html") || kind.starts_with("image/") || kind.contains("rfc822");
        let xml = kind.ends_with("xml") || lower.ends_with(".xml") || lower.ends_with(".vml");
        let xml = xml
            || lower.ends_with(".fpage")
            || lower.ends_with(".fdoc")
            || lower.ends_with(".fdseq");
        if page || !xml {
            self.file(part, &kind, bytes);
            return Vec::new();
        }
        let workbook = kind.contains("spreadsheetml") || kind.contains("ms-excel");
        if workbook && kind.contains("main+xml") && self.nested < MAX_NESTED {
            self.nested += 1;
            let named = self.workbook(part, bytes, relationships);
            self.nested -= 1;
            return named;
        }
        let properties = lower == "docprops/core.xml" || lower == "docprops/app.xml";
        if properties || kind.contains("core-properties") || kind.contains("extended-properties") {
            flow::properties(bytes, self.out);
            return Vec::new();
        }
        if kind.contains("numbering") {
            // "Exhibit %1:" stands before paragraphs and in none of them.
            flow::numbering(bytes, self.out);
            return Vec::new();
        }
        if SILENT.iter().any(|silent| kind.contains(silent)) {
            return Vec::new();
        }
        self.out.line();
        flow::read(bytes, part, manner(&lower), self.out)
    }

    /// A part that is a file of its own.
    fn file(&mut self, part: &str, kind: &str, bytes: &[u8]) {
        let lower = part.to_ascii_lowercase();
        let name = part.rsplit('/').next().unwrap_or(part);
        let silent = bytes.is_empty()
            || kind.contains("relationships")
            || lower.contains("printersettings")
            || lower.starts_with("docprops/thumbnail")
            || kind.contains("obfuscatedfont")
            || kind.contains("fontdata")
            || lower.ends_with(".odttf")
            || lower.ends_with(".fntdata")
            || lower.ends_with("mimetype");
        if silent {
            return;
        }
        if lower.contains("vbaproject") || kind.contains("vbaproject") {
            super::macros::read(bytes, self.out);
        } else if lower.contains("activex") || kind.contains("activex") {
            self.out.unread(Unread::Form, name);
        } else {
            objects::file(name, bytes, self.out);
        }
    }

    fn workbook(
        &mut self,
        part: &str,
        bytes: &[u8],
        relationships: &[Relationship],
    ) -> Vec<String> {
        let mut shared = sheets::Shared::default();
        for relationship in relationships
            .iter()
            .filter(|relationship| !relationship.external)
        {
            let Some(content) = self.package.parts.get(&relationship.target) else {
                continue;
            };
            match relationship.kind.as_str() {
                "sharedStrings" => shared.read_strings(&relationship.target, content, self.out),
                "styles" => shared.read_styles(content),
                _ => {}
            }
        }
        for listed in sheets::list(bytes, &mut shared) {
            self.out.push_line(&listed.name);
            let relationship = relationships
                .iter()
                .find(|relationship| relationship.id == listed.relationship);
            let target = relationship.map(|relationship| relationship.target.as_str());
            let content = target.and_then(|target| Some((target, self.package.parts.get(target)?)));
            let Some((target, content)) = content else {
                self.out.unread(
                    Unread::Damaged,
                    format!("the sheet {} is missing", listed.name),
                );
                continue;
            };
            let kind = self.package.type_of(target);
            let sheet = kind.contains("worksheet")
                || kind.contains("macrosheet")
                || relationship.is_some_and(|relationship| relationship.kind == "worksheet");
            if !sheet || !self.done.insert(target.to_owned()) {
                // A sheet that is a chart is a part like others.
                continue;
            }
            let named = sheets::read(content, target, &shared, self.out);
            let targets = self.targets(self.package.relationships(target), named);
            for target in targets {
                self.from(target);
            }
        }
        for words in &shared.words {
            self.out.push_line(words);
        }
        flow::read(bytes, part, Manner::Marked, self.out)
    }
}

/// What of a part is text, by where it lies.
fn manner(part: &str) -> Manner {
    let within = |folders: &[&str]| folders.iter().any(|folder| part.contains(folder));
    if within(&["slidemaster", "slidelayout", "notesmaster", "handoutmaster"]) {
        Manner::Template
    } else if within(&["pivotcache"]) {
        Manner::Cache
    } else if part.ends_with(".vml") {
        Manner::Boxes
    } else if within(&["customxml/item", "docprops/custom"]) && !part.contains("itemprops") {
        Manner::Everything
    } else {
        Manner::Marked
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::package;
    use super::*;

    const TYPES: &str = r#"<Types><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
        <Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>
        <Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
        <Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
        <Override PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
        <Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#;

    fn root(part: &str) -> String {
        format!(
            r#"<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="{part}"/></Relationships>"#
        )
    }

    fn text(text: &str) -> String {
        format!("<w:x xmlns:w='a'><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:x>")
    }

    #[test]
    fn every_part_of_a_document_is_read() {
        let document = r#"<w:document><w:body><w:p><w:r><w:t>body words</w:t></w:r></w:p><w:sectPr>
            <w:headerReference w:type="even" r:id="rId9"/><w:headerReference w:type="first" r:id="rId2"/></w:sectPr></w:body></w:document>"#;
        let relationships = r#"<Relationships><Relationship Id="rId2" Type="http://x/header" Target="header1.xml"/>
            <Relationship Id="rId9" Type="http://x/header" Target="header2.xml"/>
            <Relationship Id="rId3" Type="http://x/package" Target="embeddings/book.xlsx"/>
            <Relationship Id="rId4" Type="http://x/image" Target="media/image1.png"/>
            <Relationship Id="rId5" Type="http://x/image" TargetMode="External" Target="file:///c:/heron.png"/>
            <Relationship Id="rId6" Type="http://x/aFChunk" Target="chunk.htm"/>
            <Relationship Id="rId7" Type="http://x/header" Target="gone.xml"/></Relationships>"#;
        let bytes = package(&[
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("_rels/.rels", root("/word/document.xml").as_bytes()),
            ("word/document.xml", document.as_bytes()),
            ("word/_rels/document.xml.rels", relationships.as_bytes()),
            ("word/header1.xml", text("first header").as_bytes()),
            ("word/header2.xml", text("even header").as_bytes()),
            ("word/orphan.xml", text("words that nothing leads to").as_bytes()),
            ("word/embeddings/book.xlsx", b"PK a workbook"),
            ("word/media/image1.png", b"\x89PNG a picture"),
            ("word/chunk.htm", b"<p>a page</p>"),
            ("word/fonts/font1.odttf", b"a font"),
            ("docProps/core.xml", b"<c><dc:title>The title</dc:title><dc:creator>A. Clerk</dc:creator><dcterms:created>2002-03-12T00:00:00Z</dcterms:created></c>"),
        ]);
        assert_eq!(
            office_type(&bytes),
            Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
        );
        let reading = Office.read(&bytes, &Given::within(1 << 20)).unwrap();
        let lines: Vec<&str> = reading.text.lines().collect();
        assert_eq!(
            lines,
            [
                "body words",
                "file:///c:/heron.png",
                "even header",
                "first header",
                "The title",
                "A. Clerk",
                "words that nothing leads to"
            ]
        );
        let children: Vec<_> = reading
            .children
            .iter()
            .map(|child| child.name.as_str())
            .collect();
        assert_eq!(children, ["book.xlsx", "image1.png", "chunk.htm"]);
        assert!(reading.ledger.has(Unread::External) && reading.ledger.has(Unread::Damaged));
        assert_eq!(reading.facts["author"], "A. Clerk");
        assert_eq!(reading.facts["created"], "2002-03-12T00:00:00Z");
        let refused = Office.read(&bytes, &Given::within(1000)).unwrap_err();
        assert!(
            refused.to_string().contains("unpacks to more than"),
            "{refused}"
        );
    }

    /// Words that a program puts before paragraphs, and no paragraph holds.
    #[test]
    fn words_of_numbered_lists_are_read() {
        let relationships = r#"<Relationships><Relationship Id="rId2" Type="http://x/numbering" Target="numbering.xml"/></Relationships>"#;
        let numbering = r#"<w:numbering><w:abstractNum><w:lvl><w:lvlText w:val="Heron clause %1."/></w:lvl><w:lvl><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum></w:numbering>"#;
        let types = TYPES.replace(
            "</Types>",
            r#"<Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/></Types>"#,
        );
        let bytes = package(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", root("word/document.xml").as_bytes()),
            ("word/document.xml", text("body words").as_bytes()),
            ("word/_rels/document.xml.rels", relationships.as_bytes()),
            ("word/numbering.xml", numbering.as_bytes()),
        ]);
        let reading = Office.read(&bytes, &Given::within(1 << 20)).unwrap();
        assert!(reading.text.contains("Heron clause"), "{}", reading.text);
        assert!(!reading.text.contains('%'), "{}", reading.text);
    }

    /// What a workbook holds beside its cells: names, rules for what may be typed, headings of tables.
    #[test]
    fn names_prompts_and_tables_of_workbooks_are_read() {
        let book = r#"<workbook><sheets><sheet name="Open" sheetId="1" r:id="rId1"/></sheets><definedNames>
            <definedName name="heron_fund" comment="held for the gannet">Open!$A$1</definedName>
            <definedName name="_xlnm.Print_Area" localSheetId="0">Open!$A$1:$B$2</definedName>
            <definedName name="tern_rule">IF(A1=1,"paid to Roe","kept")</definedName></definedNames></workbook>"#;
        let sheet = r#"<worksheet><sheetData><row><c r="A1" t="inlineStr"><is><t>near</t></is></c></row></sheetData>
            <dataValidations><dataValidation promptTitle="plover title" prompt="dunlin prompt" errorTitle="knot title" error="auk error"><formula1>"skua,puffin"</formula1></dataValidation></dataValidations>
            <hyperlinks><hyperlink ref="A1" display="stork link" tooltip="crane tip"/></hyperlinks></worksheet>"#;
        let table = r#"<table><tableColumns><tableColumn id="1" name="ibis column"/></tableColumns></table>"#;
        let relationships = r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
        let bytes = package(&[
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("_rels/.rels", root("xl/workbook.xml").as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relationships.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            ("xl/tables/table1.xml", table.as_bytes()),
        ]);
        let reading = Office.read(&bytes, &Given::within(1 << 20)).unwrap();
        for words in [
            "heron_fund",
            "held for the gannet",
            "tern_rule",
            "\"paid to Roe\"",
            "plover title",
            "dunlin prompt",
            "knot title",
            "auk error",
            "\"skua,puffin\"",
            "stork link",
            "crane tip",
            "ibis column",
        ] {
            assert!(reading.text.contains(words), "{words}: {}", reading.text);
        }
        // Where a name points to says nothing, nor what the program calls its own.
        for words in ["$A$1", "_xlnm"] {
            assert!(!reading.text.contains(words), "{}", reading.text);
        }
    }

    #[test]
    fn hidden_sheets_and_far_cells() {
        let book = r#"<x:workbook><x:workbookPr date1904="1"/><x:sheets><x:sheet name="Open" sheetId="1" r:id="rId1"/>
            <x:sheet name="Secret" sheetId="2" state="hidden" r:id="rId2"/></x:sheets></x:workbook>"#;
        let relationships = r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
            <Relationship Id="rId2" Type="http://x/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#;
        let sheet = |cell: &str, text: &str| {
            format!(
                "<x:worksheet><x:dimension ref='A1:XFD1048576'/><x:sheetData><x:row><x:c r='{cell}' t='inlineStr'><x:is><x:t>{text}</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>"
            )
        };
        let bytes = package(&[
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("_rels/.rels", root("xl/workbook.xml").as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relationships.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet("A1", "near").as_bytes()),
            (
                "xl/worksheets/sheet2.xml",
                sheet("XFD1048576", "far").as_bytes(),
            ),
        ]);
        let reading = Office.read(&bytes, &Given::within(1 << 20)).unwrap();
        assert_eq!(reading.text, "Open\nnear\nSecret\nfar\n");
        assert!(reading.ledger.is_empty());
    }

    #[test]
    fn what_has_no_reader_or_is_damaged_is_told() {
        let binary = package(&[
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("_rels/.rels", root("xl/workbook.bin").as_bytes()),
            ("xl/workbook.bin", b"records"),
        ]);
        assert!(office_type(&binary).unwrap().contains("sheet.binary"));
        assert!(matches!(
            Office.read(&binary, &Given::within(1 << 20)),
            Err(ReadError::Unsupported(_))
        ));
        let words = text(&"words that come before the damage ".repeat(50));
        let mut bytes = package(&[
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("_rels/.rels", root("word/document.xml").as_bytes()),
            ("word/document.xml", words.as_bytes()),
        ]);
        // The checksum of the last part, where the archive lists it.
        let listed = bytes
            .windows(4)
            .rposition(|window| window == b"PK\x01\x02")
            .unwrap();
        bytes[listed + 16] ^= 0xFF;
        let reading = Office.read(&bytes, &Given::within(1 << 20)).unwrap();
        assert!(reading.text.starts_with("words that come before"));
        assert!(reading.ledger.has(Unread::Undecodable));
    }
}
