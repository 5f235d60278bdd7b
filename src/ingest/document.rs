//! Documents: PDF, Office old and new, OpenDocument, rich text.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::isolate::{self, Failure};
use super::item::{Exception, ExceptionReason};
use super::limits::IngestOptions;
use super::reader::{Answer, Task};
use super::{archive, opendocument, rtf};

/// The formats read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Format {
    Pdf,
    /// Word, Excel and PowerPoint, in the formats of 1997 and of 2007.
    Office,
    OpenDocument,
    RichText,
}

impl Format {
    /// The reader, with its version.
    pub fn extractor(self) -> &'static str {
        match self {
            Self::Pdf => "pdf-extract/0.12.1",
            Self::Office => "undoc/0.27.1",
            Self::OpenDocument => "candor-odf/1 quick-xml/0.42.0",
            Self::RichText => "candor-rtf/1",
        }
    }
}

/// What a document says, and what it says about itself.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extracted {
    pub text: String,
    pub metadata: BTreeMap<String, String>,
}

/// Why a reader gave up.
#[derive(Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub(crate) enum ReadError {
    #[error("protected by a password")]
    Encrypted,
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Corrupt(String),
}

/// Reads the document in `bytes`, isolated and within the limits.
pub(crate) fn read(
    format: Format,
    bytes: &Arc<Vec<u8>>,
    options: &IngestOptions,
) -> Result<Extracted, Exception> {
    let task = Task::Document(format);
    let result = task.run(bytes, options).map(|answer| match answer {
        Answer::Document(result) => result,
        Answer::Outlook(_) => Err(ReadError::Corrupt(
            "the reader answered for another format".to_owned(),
        )),
    });
    let problem = match result {
        Ok(Ok(extracted)) if extracted.text.trim().is_empty() => Exception {
            reason: ExceptionReason::NoText,
            detail: "it holds no text, only pictures or nothing at all; run text recognition, or review it by hand".to_owned(),
        },
        Ok(Ok(extracted)) => return Ok(extracted),
        Ok(Err(ReadError::Encrypted)) => encrypted(),
        Ok(Err(ReadError::Unsupported(what))) => Exception {
            reason: ExceptionReason::Unsupported,
            detail: format!("{what}; convert it to a supported format, or review it by hand"),
        },
        Ok(Err(ReadError::Corrupt(what))) if declares_encryption(format, bytes) => {
            let mut problem = encrypted();
            problem.detail = format!("{} ({what})", problem.detail);
            problem
        }
        Ok(Err(ReadError::Corrupt(what))) => Exception {
            reason: ExceptionReason::Corrupt,
            detail: format!("{what}; open it with the program that made it, save it anew, or review it by hand"),
        },
        Err(Failure::Panic(_)) if declares_encryption(format, bytes) => encrypted(),
        Err(Failure::Panic(message)) => Exception {
            reason: ExceptionReason::ReaderFailed,
            detail: format!("the reader {} failed on it ({message}); review it by hand", task.reader()),
        },
        Err(Failure::Crash(what)) => Exception {
            reason: ExceptionReason::ReaderFailed,
            detail: format!("the reader {} did not survive it ({what}); review it by hand", task.reader()),
        },
        Err(Failure::Time) => Exception {
            reason: ExceptionReason::TimeLimit,
            detail: format!("not read within {} s; raise the limit or review it by hand", options.max_time.as_secs()),
        },
    };
    Err(problem)
}

/// Reads the document in `bytes` here and now.
pub(crate) fn extract(format: Format, bytes: &[u8], unpacked: u64) -> Result<Extracted, ReadError> {
    match format {
        Format::Pdf => pdf(bytes),
        Format::Office => office(bytes, unpacked),
        Format::OpenDocument => opendocument::read(bytes, unpacked),
        Format::RichText => rtf::read(bytes),
    }
}

fn encrypted() -> Exception {
    Exception {
        reason: ExceptionReason::Encrypted,
        detail: "it is protected by a password; ask for the password or an unprotected copy"
            .to_owned(),
    }
}

/// PDF readers report a password in too many ways to tell them apart by their messages.
fn declares_encryption(format: Format, bytes: &[u8]) -> bool {
    let marker = b"/Encrypt";
    format == Format::Pdf && bytes.windows(marker.len()).any(|window| window == marker)
}

fn pdf(bytes: &[u8]) -> Result<Extracted, ReadError> {
    let text = pdf_extract::extract_text_from_mem(bytes)
        .map_err(|error| ReadError::Corrupt(format!("not a readable PDF: {error}")))?;
    Ok(Extracted {
        text,
        ..Extracted::default()
    })
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

fn office(bytes: &[u8], unpacked: u64) -> Result<Extracted, ReadError> {
    if bytes.starts_with(b"PK") {
        archive::check_size(bytes, unpacked)?;
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
    let text = undoc::render::to_text(&document, &options)
        .map_err(|error| ReadError::Corrupt(format!("not a readable Office document: {error}")))?;
    let about = &document.metadata;
    let facts = [
        ("title", &about.title),
        ("author", &about.author),
        ("created", &about.created),
        ("modified", &about.modified),
    ];
    Ok(Extracted {
        text,
        metadata: facts
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
            .collect(),
    })
}
