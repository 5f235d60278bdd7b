//! The readers of documents, one file each, and the table of them: a new reader is a file and a line.
//!
//! On documents with headers, comments, tracked changes, text boxes, embedded files and the like no library found
//! everything that people search for. What they have in common:
//!
//! - what stands beside a sentence (notes, addresses of links, text boxes, what was struck out) comes behind its
//!   paragraph, so that no phrase is torn;
//! - numbers in cells are shown in their formats, dates as `2002-03-12`; nothing stands for empty cells, so that a value
//!   in the last cell of a sheet costs nothing;
//! - files inside become items; metafiles and macros are read where they lie;
//! - there is no reader for binary workbooks (xlsb), OneNote, old Visio, Publisher: exceptions that name what it is;
//! - encrypted packages are opened with passwords (`office97/encrypted.rs`: the one Rust crate for it takes a wrong
//!   password for a right one and returns noise); encrypted doc, xls and ppt files are exceptions.

mod archives;
mod code_pages;
mod compound;
mod field;
mod frames;
mod macros;
mod metafile;
mod numbers;
mod office;
mod office97;
mod opendocument;
mod out;
mod outlook;
mod pdf;
mod pictures;
mod rtf;
#[cfg(test)]
mod testing;
mod xml;

use serde::{Deserialize, Serialize};

use super::reading::Reader;

pub(crate) use archives::{foreign_members, is_tar, program_with_archive};
pub(crate) use frames::EXTRACTOR as PICTURE;
pub(crate) use office::office_type;
pub(crate) use office97::compound_type;
pub(crate) use opendocument::{flat_type, opendocument_type};
pub(crate) use outlook::{is_message, store};
pub(crate) use pdf::{hyphens, page::ranges};

macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident => $reader:expr,)+) => {
        /// The formats that have a reader here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Format { $($(#[$doc])* $format,)+ }

        impl Format {
            /// All of them.
            pub const ALL: &'static [Format] = &[$(Format::$format,)+];

            /// Who reads it.
            pub fn reader(self) -> &'static dyn Reader {
                match self { $(Format::$format => &$reader,)+ }
            }
        }
    };
}

impl Format {
    /// Who paints the pages of such a document for text recognition.
    pub fn painter(self) -> Option<Format> {
        (self == Format::Pdf).then_some(Format::PdfPages)
    }
}

formats! {
    Pdf => pdf::Pdf,
    /// Pages of a PDF, to be painted.
    PdfPages => pdf::render::Painter,
    /// What a picture holds beside its first frame.
    Frames => frames::Frames,
    /// A picture whose text is to be recognised.
    Recognition => crate::ocr::Recognition,
    /// Word, Excel and PowerPoint since 2007.
    Office => office::Office,
    /// Word, Excel and PowerPoint before.
    OldOffice => office97::OldOffice,
    OpenDocument => opendocument::OpenDocument,
    RichText => rtf::RichText,
    /// An Outlook message (`.msg`).
    Outlook => outlook::OutlookMessage,
    Zip => archives::Zip,
    /// Files that lie beside the parts of a document which is a zip file inside.
    Beside => archives::Beside,
    SevenZip => archives::SevenZip,
    Tar => archives::Tar,
    Gzip => archives::Gzip,
    Bzip2 => archives::Bzip2,
    Xz => archives::Xz,
    Rar => archives::Rar,
    /// What Outlook sends beside a mail (`winmail.dat`).
    Tnef => outlook::Tnef,
}
