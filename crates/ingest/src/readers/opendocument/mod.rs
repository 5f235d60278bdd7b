//! OpenDocument: text, spreadsheets, presentations, drawings; as packages and as single XML files.

mod flow;

use super::office;
use super::out::Out;
use super::xml::{self, Step};
use crate::reading::{Given, ReadError, Reader, Reading};

pub(crate) struct OpenDocument;

impl Reader for OpenDocument {
    fn name(&self) -> &'static str {
        "candor-odf/3 quick-xml/0.42.0"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let mut out = Out::default();
        if !bytes.starts_with(b"PK") {
            flow::read(bytes, "the document", &mut out);
            facts(bytes, &mut out);
            super::pictures::judge(&mut out);
            return Ok(out.finish());
        }
        let parts = office::unpack(bytes, given.unpacked, &mut out)?;
        let manifest = parts.get("META-INF/manifest.xml");
        if manifest.is_some_and(|manifest| {
            manifest
                .windows(15)
                .any(|window| window == b"encryption-data")
        }) {
            return Err(ReadError::Encrypted);
        }
        let Some(content) = parts.get("content.xml") else {
            return Err(ReadError::Corrupt("it has no content".to_owned()));
        };
        flow::read(content, "content.xml", &mut out);
        for (part, bytes) in &parts {
            other(part, bytes, &mut out);
        }
        if let Some(meta) = parts.get("meta.xml") {
            facts(meta, &mut out);
        }
        super::pictures::judge(&mut out);
        Ok(out.finish())
    }
}

/// A part beside the content.
fn other(part: &str, bytes: &[u8], out: &mut Out) {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let silent = [
        "META-INF",
        "Thumbnails",
        "Configurations2",
        "ObjectReplacements",
        "Fonts",
    ];
    if bytes.is_empty()
        || silent
            .iter()
            .any(|silent| folder.split('/').any(|step| step == *silent))
        || matches!(
            name,
            "mimetype" | "settings.xml" | "meta.xml" | "layout-cache" | "VersionList.xml"
        )
        || name.ends_with(".rdf")
        || matches!(
            name,
            "script-lb.xml" | "script-lc.xml" | "dialog-lb.xml" | "dialog-lc.xml"
        )
        || part == "content.xml"
    {
        return;
    }
    if name.ends_with(".xml") {
        // Styles with headers and footers, embedded charts and formulas, macros.
        out.line();
        flow::read(bytes, part, out);
    } else {
        office::file(name, bytes, out);
    }
}

/// What the document says about itself; what people wrote there is text as well.
fn facts(xml: &[u8], out: &mut Out) {
    let mut within = 0usize;
    let mut element = String::new();
    let mut value = String::new();
    let (mut author, mut last) = (String::new(), String::new());
    let _ = xml::walk(xml, |step| match step {
        Step::Start("meta", _) => within += 1,
        Step::End("meta") => within = within.saturating_sub(1),
        Step::Start("document-statistic", tag) if within > 0 => {
            if let Some(pages) = xml::attribute(tag, "page-count") {
                out.fact("pages", &pages);
            }
        }
        Step::Start(name, _) if within > 0 => {
            element = name.to_owned();
            value.clear();
        }
        Step::Text(text) if within > 0 => value.push_str(text),
        Step::End(name) if within > 0 && name == element => {
            match name {
                "title" => out.fact("title", &value),
                "initial-creator" => author = value.trim().to_owned(),
                "creator" => last = value.trim().to_owned(),
                "creation-date" => out.fact("created", &value),
                "date" => out.fact("modified", &value),
                _ => {}
            }
            if matches!(
                name,
                "title"
                    | "subject"
                    | "description"
                    | "keyword"
                    | "initial-creator"
                    | "creator"
                    | "user-defined"
            ) {
                out.push_line(&value);
            }
            element.clear();
        }
        _ => {}
    });
    out.fact("last_author", &last);
    out.fact("author", if author.is_empty() { &last } else { &author });
}

/// Media types by what a document's own says it is.
const TYPES: [&str; 16] = [
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.text-template",
    "application/vnd.oasis.opendocument.text-master",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.spreadsheet-template",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.presentation-template",
    "application/vnd.oasis.opendocument.graphics",
    "application/vnd.oasis.opendocument.graphics-template",
    "application/vnd.oasis.opendocument.chart",
    "application/vnd.oasis.opendocument.formula",
    "application/vnd.oasis.opendocument.image",
    "application/vnd.sun.xml.writer",
    "application/vnd.sun.xml.calc",
    "application/vnd.sun.xml.impress",
    "application/vnd.sun.xml.draw",
];

/// The media type that a document states; nothing if it is none of these.
pub(crate) fn opendocument_type(stated: &str) -> Option<&'static str> {
    TYPES.into_iter().find(|known| *known == stated.trim())
}

/// The media type of a document in a single XML file, by its beginning.
pub(crate) fn flat_type(head: &[u8]) -> Option<&'static str> {
    let head = String::from_utf8_lossy(head);
    let root = head.split_once("office:document")?.1;
    head.trim_start_matches('\u{feff}')
        .trim_start()
        .strip_prefix('<')?;
    let stated = root.split_once("office:mimetype")?.1;
    let stated = stated.trim_start().strip_prefix('=')?.trim_start();
    let stated = stated.get(1..)?.split(['"', '\'']).next()?;
    opendocument_type(stated)
}

#[cfg(test)]
mod tests {
    use super::super::testing::package;
    use super::*;

    const CONTENT: &str = "<office:document-content><office:body><office:text><text:p>body words</text:p></office:text></office:body></office:document-content>";

    #[test]
    fn every_part_of_a_document_is_read() {
        let styles = "<s><office:styles><style:p>not words</style:p></office:styles><office:master-styles><style:header><text:p>header words</text:p></style:header></office:master-styles></s>";
        let formula =
            "<math><semantics><mi>rate</mi><annotation>rate over x</annotation></semantics></math>";
        let meta = "<office:document-meta><office:meta><dc:title>The title</dc:title><meta:initial-creator>A. Clerk</meta:initial-creator><dc:creator>B. Clerk</dc:creator><meta:document-statistic meta:page-count=\"3\"/></office:meta></office:document-meta>";
        let bytes = package(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", CONTENT.as_bytes()),
            ("styles.xml", styles.as_bytes()),
            ("meta.xml", meta.as_bytes()),
            ("Object 1/content.xml", formula.as_bytes()),
            ("Pictures/1.png", b"\x89PNG a picture"),
            ("Thumbnails/thumbnail.png", b"\x89PNG"),
            ("Versions/Version1", b"PK an older version"),
        ]);
        let reading = OpenDocument.read(&bytes, &Given::within(1 << 20)).unwrap();
        let lines: Vec<&str> = reading.text.lines().collect();
        assert_eq!(
            lines,
            [
                "body words",
                "rate",
                "header words",
                "The title",
                "A. Clerk",
                "B. Clerk"
            ]
        );
        assert_eq!(reading.facts["author"], "A. Clerk");
        assert_eq!(reading.facts["pages"], "3");
        let children: Vec<_> = reading
            .children
            .iter()
            .map(|child| child.name.as_str())
            .collect();
        assert_eq!(children, ["1.png", "Version1"]);
        let locked = package(&[
            ("content.xml", b"noise"),
            (
                "META-INF/manifest.xml",
                b"<m><manifest:encryption-data/></m>",
            ),
        ]);
        assert!(matches!(
            OpenDocument.read(&locked, &Given::within(1 << 20)),
            Err(ReadError::Encrypted)
        ));
    }

    #[test]
    fn one_file_of_xml_is_a_document_too() {
        let flat = format!(
            "<?xml version='1.0'?>\n<office:document xmlns:office='x' office:mimetype=\"application/vnd.oasis.opendocument.text\">{CONTENT}</office:document>"
        );
        assert_eq!(
            flat_type(flat.as_bytes()),
            Some("application/vnd.oasis.opendocument.text")
        );
        assert_eq!(
            flat_type(
                b"office:document office:mimetype=\"application/vnd.oasis.opendocument.text\""
            ),
            None
        );
        assert_eq!(
            OpenDocument
                .read(flat.as_bytes(), &Given::within(1 << 20))
                .unwrap()
                .text,
            "body words\n"
        );
    }
}
