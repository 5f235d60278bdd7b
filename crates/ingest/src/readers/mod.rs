//! The readers of documents, one file each, and the table of them: a new reader is a file and a line.

mod archives;
mod office;
mod opendocument;
mod outlook;
mod pdf;
mod rtf;

use serde::{Deserialize, Serialize};

use super::reading::Reader;

pub(crate) use archives::{foreign_members, is_tar, program_with_archive};
pub(crate) use office::office_type;
pub(crate) use outlook::is_message;

macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident => $reader:expr,)+) => {
        /// The formats that have a reader here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Format { $($(#[$doc])* $format,)+ }

        impl Format {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &'static [Format] = &[$(Format::$format,)+];

            /// Who reads it.
            pub fn reader(self) -> &'static dyn Reader {
                match self { $(Format::$format => &$reader,)+ }
            }
        }
    };
}

formats! {
    Pdf => pdf::Pdf,
    /// Word, Excel and PowerPoint, in the formats of 1997 and of 2007.
    Office => office::Office,
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
}
