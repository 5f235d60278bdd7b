//! Families that were opened beside a bundle, checked against its leaves.

use super::{Report, VerifiedBundle};
use crate::bundle::Disposition;
use crate::record::families::{self, MAX_BYTES, Whole};
use std::io;
use std::path::Path;

/// Checks a file of opened families and adds the check to the report of the verification. An error is about the file
/// system.
pub fn verify_families(
    outcome: &Result<VerifiedBundle, Report>,
    file: &Path,
    report: &mut Report,
) -> io::Result<()> {
    let found = outcome.as_ref().ok().map(|verified| check(verified, file));
    report.with_families(found.transpose()?);
    Ok(())
}

/// Whether a file can be one of opened families at all: another file that somebody named by mistake is no finding about
/// the production.
pub fn check_families_input(file: &Path) -> io::Result<()> {
    use std::io::Read;
    let mut head = Vec::new();
    let begins = families::BEGINNING.as_bytes();
    crate::input::open(file)?
        .take(begins.len() as u64)
        .read_to_end(&mut head)?;
    if head.is_empty() || head == begins {
        return Ok(());
    }
    let what = format!(
        "it is not a file of opened families: that is {} in the folder serve/ of a production that was made with \
         --families open",
        families::NAME
    );
    Err(io::Error::new(io::ErrorKind::InvalidData, what))
}

/// Checks a file of opened families: that every opening is of its leaf, that all of them agree with each other and with
/// the produced documents, and that of every produced item's family no member is left out. An error of the outer kind is
/// about the file system.
fn check(verified: &VerifiedBundle, file: &Path) -> io::Result<Result<Whole, String>> {
    let bytes = crate::input::read(file, MAX_BYTES)?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(Err("the file is not UTF-8".to_owned()));
    };
    let produced = verified.dispositions().with(Disposition::Produced);
    let opened = families::check(&text, verified.leaves(), verified.kinship());
    let whole = opened.and_then(|opened| opened.whole(produced));
    Ok(whole.map_err(|error| error.to_string()))
}
