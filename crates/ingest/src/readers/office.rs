//! Word, Excel and PowerPoint, old and new.

use crate::reading::{ReadError, Reader, Reading};
use crate::{isolate, zipped};

pub(crate) struct Office;

impl Reader for Office {
    fn name(&self) -> &'static str {
        "undoc/0.27.1"
    }

    fn read(&self, bytes: &[u8], unpacked: u64) -> Result<Reading, ReadError> {
        if bytes.starts_with(b"PK") {
            zipped::check_size(bytes, unpacked)?;
        }
        let document = undoc::parse_bytes(bytes).map_err(|error| match error.kind() {
            undoc::ErrorKind::Encrypted => ReadError::Encrypted,
            undoc::ErrorKind::UnknownFormat | undoc::ErrorKind::UnsupportedFormat => {
                ReadError::Unsupported("no reader for this compound document".to_owned())
            }
            _ => ReadError::Corrupt(format!("not a readable Office document: {error}")),
        })?;
        let options = undoc::render::RenderOptions {
            include_headers_footers: true,
            include_images: false,
            ..undoc::render::RenderOptions::default()
        };
        let text = undoc::render::to_text(&document, &options).map_err(|error| {
            ReadError::Corrupt(format!("not a readable Office document: {error}"))
        })?;
        let about = &document.metadata;
        let facts = [
            ("title", &about.title),
            ("author", &about.author),
            ("created", &about.created),
            ("modified", &about.modified),
        ];
        Ok(Reading {
            text,
            facts: facts
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
                .collect(),
            ..Reading::default()
        })
    }
}

/// The Office format of some bytes: its media type.
pub(crate) fn office_type(bytes: &[u8]) -> Option<&'static str> {
    use undoc::FormatType;
    let format = isolate::catch(|| undoc::detect_format_from_bytes(bytes));
    Some(match format.ok()?.ok()? {
        FormatType::Docx => {
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        }
        FormatType::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        FormatType::Pptx => {
            "application/vnd.openxmlformats-officedocument.presentationml.presentation"
        }
        FormatType::Doc => "application/msword",
        FormatType::Xls => "application/vnd.ms-excel",
        FormatType::Ppt => "application/vnd.ms-powerpoint",
    })
}
