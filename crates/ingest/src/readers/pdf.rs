//! PDF.

use crate::reading::{ReadError, Reader, Reading};

pub(crate) struct Pdf;

impl Reader for Pdf {
    fn name(&self) -> &'static str {
        "pdf-extract/0.12.1"
    }

    fn read(&self, bytes: &[u8], _unpacked: u64) -> Result<Reading, ReadError> {
        let text = pdf_extract::extract_text_from_mem(bytes)
            .map_err(|error| ReadError::Corrupt(format!("not a readable PDF: {error}")))?;
        Ok(Reading {
            text,
            ..Reading::default()
        })
    }

    /// PDF readers report a password in too many ways to tell them apart by their messages.
    fn declares_encryption(&self, bytes: &[u8]) -> bool {
        let marker = b"/Encrypt";
        bytes.windows(marker.len()).any(|window| window == marker)
    }
}
