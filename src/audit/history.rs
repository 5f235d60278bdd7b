//! What a bundle says of what was before it: earlier bundles for the same classifier, and all audits over
//! the same commitment.
//!
//! It stands in `bag-info.txt`, which the seal covers, so that bundles need no other format:
//!
//! ```text
//! Candor-Earlier-Bundle: SEAL
//! Candor-Earlier-Audit: NUMBER CHALLENGE-DIGEST SEAL
//! ```
//!
//! It is the responder's statement. Who proves again because of an audit that went badly, or leaves an
//! earlier challenge out, is contradicted by whoever holds the earlier bundle or the signed challenge.

use super::log;
use crate::bundle::bag::{self, BagError};
use crate::custody::{self, CustodyError};
use serde::Serialize;
use std::path::Path;

const BUNDLE: &str = "Candor-Earlier-Bundle";
const AUDIT: &str = "Candor-Earlier-Audit";

/// What a bundle says of what was before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// Seals of earlier bundles for the same commitment and classifier.
    pub bundles: Vec<String>,
    /// Earlier audits over the same commitment: number, digest of the challenge, seal of the bundle.
    pub audits: Vec<(u32, String, String)>,
}

/// The fields that a new bundle of a case gets.
pub fn of_case(case: &Path, classifier: &str) -> Result<Vec<(&'static str, String)>, CustodyError> {
    let chain = custody::read(case)?;
    let bundles = log::proved(&chain)
        .filter(|(_, of)| *of == classifier)
        .map(|(seal, _)| (BUNDLE, seal.to_owned()));
    let audits = log::audits(&chain);
    let audits = audits.iter().map(|audit| {
        let line = format!("{} {} {}", audit.number, audit.challenge, audit.bundle);
        (AUDIT, line)
    });
    Ok(bundles.chain(audits).collect())
}

impl History {
    /// As a bundle states it. Lines that are not as candor writes them are left out: nothing rests on them.
    pub fn of_bundle(dir: &Path) -> Result<Self, BagError> {
        let is_hash = |text: &&str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let bundles = bag::info(dir, BUNDLE)?;
        let audits = bag::info(dir, AUDIT)?;
        let audit = |line: &String| {
            let mut words = line.split(' ');
            let number: u32 = words.next()?.parse().ok()?;
            let challenge = words.next().filter(is_hash)?;
            let seal = words.next().filter(is_hash)?;
            Some((number, challenge.to_owned(), seal.to_owned()))
        };
        Ok(History {
            bundles: bundles
                .into_iter()
                .filter(|seal| is_hash(&&**seal))
                .collect(),
            audits: audits.iter().filter_map(audit).collect(),
        })
    }

    /// The number of the next audit, if there was none since the bundle was made.
    pub fn next(&self) -> u32 {
        let last = self.audits.iter().map(|(number, ..)| *number).max();
        last.unwrap_or(0).saturating_add(1)
    }

    /// Whether an audit with this number is after all that the bundle states. A number that was used before has a link
    /// that may be known.
    pub fn allows(&self, number: u32) -> bool {
        number >= self.next()
    }

    /// In words, a line each.
    pub fn words(&self) -> Vec<String> {
        let bundles = self.bundles.iter();
        let bundles = bundles.map(|seal| format!("earlier bundle for this classifier: {seal}"));
        let audits = self.audits.iter().map(|(number, challenge, seal)| {
            format!("earlier audit {number}: challenge {challenge}, of bundle {seal}")
        });
        bundles.chain(audits).collect()
    }
}
