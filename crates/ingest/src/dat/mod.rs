//! Load files: Concordance DAT as it is written, byte for byte, and what other programs make of it.
//!
//! ```text
//! row = þ field þ (DC4 þ field þ)* CR LF        þ quotes, DC4 separates, ® is a line break in a field
//! ```
//!
//! | | þ | DC4 | ® | end of row |
//! |---|---|---|---|---|
//! | UTF-8 | C3 BE | 14 | C2 AE | 0D 0A |
//! | Windows-1252 | FE | 14 | AE | 0D 0A |
//! | UTF-16LE | FE 00 | 14 00 | AE 00 | 0D 00 0A 00 |

mod delimiters;
mod encoding;
mod read;
mod write;

pub use delimiters::Delimiters;
pub use encoding::{Encoding, cp1252};
pub use read::{Dat, DatError};
pub use write::{DatWriter, Substitution};
