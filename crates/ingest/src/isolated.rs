//! Reading a document within the limits, with the text of its scanned pages, and what a failure means for the
//! document.

use std::sync::Arc;

use super::isolate::Failure;
use super::item::{Exception, ExceptionReason};
use super::limited;
use super::limits::{self, IngestOptions};
use super::ocr;
use super::readers::Format;
use super::reading::{Given, ReadError, Reading, Scan};

/// Reads the document in `bytes`, which goes by `name`.
pub(crate) fn read(
    format: Format,
    name: &str,
    bytes: &Arc<Vec<u8>>,
    options: &IngestOptions,
) -> Result<Reading, Exception> {
    let reader = format.reader();
    let given = Given::new(name, options);
    let encrypted = |why: &str| {
        let detail = format!("{}{why}", limits::locked(&options.passwords));
        (ExceptionReason::Encrypted, detail)
    };
    let (name, remedy) = (reader.name(), reader.remedy());
    let mut result = limited::run(format, bytes, given, options);
    if let Ok(Ok(reading)) = &mut result {
        look(format, bytes, reading, options);
    }
    let (reason, detail) = match result {
        Ok(Ok(reading)) if says_nothing(&reading) => (
            ExceptionReason::NoText,
            match &options.ocr {
                None => "it holds no text, only pictures or nothing at all; commit with --ocr to recognise text in pictures, or review it by hand",
                Some(_) => "it holds no text, only pictures or nothing at all, and none was recognised in it; review it by hand",
            }
            .to_owned(),
        ),
        Ok(Ok(reading)) => return Ok(reading),
        Ok(Err(ReadError::Encrypted)) => encrypted(""),
        Ok(Err(ReadError::Locked(what))) => (ExceptionReason::Encrypted, what),
        Ok(Err(ReadError::Nothing(what))) => (ExceptionReason::Empty, what),
        Ok(Err(ReadError::Unsupported(what))) => (
            ExceptionReason::Unsupported,
            format!("{what}; convert it to a supported format, or review it by hand"),
        ),
        Ok(Err(ReadError::Corrupt(what))) if reader.declares_encryption(bytes) => {
            encrypted(&format!(" ({what})"))
        }
        Ok(Err(ReadError::Corrupt(what))) => (
            ExceptionReason::Corrupt,
            format!("{what}; {remedy}, or review it by hand"),
        ),
        Err(Failure::Panic(_)) if reader.declares_encryption(bytes) => encrypted(""),
        Err(Failure::Panic(message)) => (
            ExceptionReason::ReaderFailed,
            format!("the reader {name} failed on it ({message}); {remedy}, or review it by hand"),
        ),
        Err(Failure::Crash(what)) => (
            ExceptionReason::ReaderFailed,
            format!("the reader {name} did not survive it ({what}); {remedy}, or review it by hand"),
        ),
        Err(Failure::Time) => (
            ExceptionReason::TimeLimit,
            format!(
                "not read within {} s; raise --reader-seconds, or review it by hand",
                options.max_time.as_secs()
            ),
        ),
    };
    Err(Exception { reason, detail })
}

/// What a picture holds beside its first frame, or why that cannot be said.
pub(crate) fn picture(bytes: &Arc<Vec<u8>>, options: &IngestOptions) -> Result<Reading, String> {
    let given = Given::new("", options);
    ocr::answer(limited::run(Format::Frames, bytes, given, options), options)
}

/// Has the text of scanned pages recognised, or tells that they are left.
fn look(format: Format, bytes: &Arc<Vec<u8>>, reading: &mut Reading, options: &IngestOptions) {
    match &options.ocr {
        Some(ocr) if !reading.scans.is_empty() => {
            ocr::pages(ocr, format, bytes, reading, options);
        }
        _ => {
            let scans = std::mem::take(&mut reading.scans);
            let scans: Vec<&Scan> = scans.iter().collect();
            let remedy = "; commit with --ocr to recognise it";
            ocr::leave(&scans, remedy, &mut reading.ledger);
        }
    }
}

/// A message without a body has its headers, and what is attached to it, or lies in a document, is read by itself.
fn says_nothing(reading: &Reading) -> bool {
    reading.headers.is_none() && reading.text.trim().is_empty() && reading.children.is_empty()
}
