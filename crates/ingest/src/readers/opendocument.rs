//! OpenDocument text, spreadsheets and presentations: the words of `content.xml`.

use quick_xml::events::{BytesStart, Event};

use crate::reading::{ReadError, Reader, Reading};
use crate::zipped;

pub(crate) struct OpenDocument;

impl Reader for OpenDocument {
    fn name(&self) -> &'static str {
        "candor-odf/1 quick-xml/0.42.0"
    }

    fn read(&self, bytes: &[u8], unpacked: u64) -> Result<Reading, ReadError> {
        if let Ok(manifest) = zipped::part(bytes, "META-INF/manifest.xml", unpacked)
            && manifest
                .windows(15)
                .any(|window| window == b"encryption-data")
        {
            return Err(ReadError::Encrypted);
        }
        let content = zipped::part(bytes, "content.xml", unpacked)?;
        let mut reading = Reading {
            text: words(&content)?,
            ..Reading::default()
        };
        if let Ok(meta) = zipped::part(bytes, "meta.xml", unpacked) {
            for (key, element) in [
                ("title", "title"),
                ("author", "creator"),
                ("created", "creation-date"),
                ("modified", "date"),
            ] {
                if let Some(value) = element_text(&meta, element) {
                    reading.facts.insert(key.to_owned(), value);
                }
            }
        }
        Ok(reading)
    }
}

fn words(xml: &[u8]) -> Result<String, ReadError> {
    let mut out = String::new();
    let mut in_text = 0usize;
    walk(xml, |step| match step {
        Step::Start(name, tag) => match name {
            "p" | "h" => in_text += 1,
            "tab" => out.push('\t'),
            "line-break" => out.push('\n'),
            "s" => {
                let count = attribute(tag, "c")
                    .and_then(|c| c.parse().ok())
                    .unwrap_or(1);
                out.push_str(&" ".repeat(usize::min(count, 100)));
            }
            _ => {}
        },
        Step::End(name) => match name {
            "p" | "h" => {
                in_text = in_text.saturating_sub(1);
                out.push('\n');
            }
            "table-cell" => {
                if out.ends_with('\n') {
                    out.pop();
                }
                out.push('\t');
            }
            "table-row" => out.push('\n'),
            "page" => out.push_str("\n\n"),
            _ => {}
        },
        Step::Text(text) if in_text > 0 => out.push_str(text),
        Step::Text(_) => {}
    })?;
    Ok(out)
}

fn element_text(xml: &[u8], wanted: &str) -> Option<String> {
    let mut inside = false;
    let mut text = String::new();
    walk(xml, |step| match step {
        Step::Start(name, _) => inside = name == wanted,
        Step::End(_) => inside = false,
        Step::Text(more) if inside => text.push_str(more),
        Step::Text(_) => {}
    })
    .ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

enum Step<'a, 'x> {
    Start(&'a str, &'a BytesStart<'x>),
    End(&'a str),
    Text(&'a str),
}

/// Walks the elements by their local names. Entities are resolved as far as XML defines them;
/// document type definitions are ignored, so that nothing can expand.
fn walk(xml: &[u8], mut step: impl FnMut(Step<'_, '_>)) -> Result<(), ReadError> {
    let corrupt = |error: String| ReadError::Corrupt(format!("not a readable document: {error}"));
    let xml = String::from_utf8_lossy(xml);
    let mut reader = quick_xml::Reader::from_str(&xml);
    reader.config_mut().check_end_names = false;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| corrupt(error.to_string()))?;
        match &event {
            Event::Start(tag) => step(Step::Start(local(tag.name().into_inner()), tag)),
            Event::Empty(tag) => {
                let name = tag.name();
                step(Step::Start(local(name.into_inner()), tag));
                step(Step::End(local(name.into_inner())));
            }
            Event::End(tag) => step(Step::End(local(tag.name().into_inner()))),
            Event::Text(text) => step(Step::Text(&text.xml10_content())),
            Event::CData(text) => step(Step::Text(&text.xml10_content())),
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                match reference.resolve_char_ref() {
                    Ok(Some(c)) => step(Step::Text(c.encode_utf8(&mut [0; 4]))),
                    _ => step(Step::Text(match &*name {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "apos" => "'",
                        _ => "",
                    })),
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    tag.attributes()
        .flatten()
        .find(|attribute| local(attribute.key.into_inner()) == wanted)
        .map(|attribute| attribute.value.to_string())
}
