//! Checks the answer to a challenge, item by item.

use super::challenge::{Challenge, ChallengeError, Population, Stratum};
use super::estimate::{Elusion, Labels, LabelsError};
use super::item::{ItemResult, ItemStatus};
use super::open::{self, CHALLENGE};
use super::reread::{Reread, reread, reread_unsearched};
use crate::bundle::Disposition;
use crate::bundle::bag::{self, BagError};
use crate::bundle::opening::{self, Opening};
use crate::classify::Classifier;
use crate::commit::digest::Part;
use crate::commit::meta::{ItemMeta, MAX_META_BYTES};
use crate::item::{CanonicalVector, Form};
use crate::progress::{Progress, Unit};
use crate::verify::{VerifiedBundle, check_vector};
use rayon::prelude::*;
use serde::Serialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

const MAX_NATIVE: u64 = 4 << 30;

/// The outcome of an audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditReport {
    /// Root of the corpus.
    pub root: String,
    /// The nonce that the sample was drawn with.
    pub nonce: String,
    /// What was drawn from.
    pub stratum: Stratum,
    /// Items opened.
    pub sampled: u32,
    /// Items they were drawn from.
    pub population: u32,
    /// Items that are as committed.
    pub ok: u32,
    /// Items that a person must compare.
    pub compare: u32,
    /// Items that failed.
    pub failed: u32,
    /// Each item.
    pub items: Vec<ItemResult>,
    /// What the labels say, if there are labels.
    pub elusion: Option<Elusion>,
}

/// Why an answer cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The challenge.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// The answer's packaging.
    #[error(transparent)]
    Bag(#[from] BagError),
    /// The answer is to another challenge.
    #[error("the openings answer another challenge than the one given")]
    OtherChallenge,
    /// The labels.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// The bundle was given with another classifier.
    #[error("the classifier file is not the one of the bundle")]
    OtherClassifier,
}

/// Checks that `openings` answers `challenge` to the verified bundle, and each item in it. `forms` are
/// those of the commitment.
pub fn verify_openings(
    verified: &VerifiedBundle,
    classifier: &Classifier,
    challenge: &Challenge,
    openings: &Path,
    forms: &[Form],
    labels: Option<&Labels>,
    progress: &dyn Progress,
) -> Result<AuditReport, AuditError> {
    if hex::encode(classifier.hash()) != verified.report().classifier {
        return Err(AuditError::OtherClassifier);
    }
    let population = Population::of(verified.bundle().dir(), challenge.population)?;
    challenge.check(&population)?;
    bag::check(openings)?;
    let answered = Challenge::load(&openings.join(CHALLENGE))?;
    if answered != *challenge {
        return Err(AuditError::OtherChallenge);
    }
    let hits = labels
        .map(|labels| labels.hits(&challenge.items))
        .transpose()?;
    progress.begin("auditing", Some(challenge.items.len() as u64), Unit::Items);
    let items: Vec<ItemResult> = challenge
        .items
        .par_iter()
        .map(|&index| {
            let result = item(openings, verified, index, classifier, forms);
            progress.advance(1);
            result
        })
        .collect();
    progress.end();
    let count = |status| items.iter().filter(|item| item.status == status).count() as u32;
    let sampled = challenge.items.len() as u32;
    Ok(AuditReport {
        root: challenge.root.clone(),
        nonce: challenge.nonce.clone(),
        stratum: challenge.population,
        sampled,
        population: challenge.population_count,
        ok: count(ItemStatus::Ok),
        compare: count(ItemStatus::Compare),
        failed: count(ItemStatus::Failed),
        elusion: hits.map(|hits| {
            let (all, matches) = (challenge.population_count, population.matches);
            let stratum = challenge.population;
            Elusion::new(stratum, hits, sampled, all, matches, challenge.confidence)
        }),
        items,
    })
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let name = path.display();
    let file = File::open(path).map_err(|error| format!("{name}: {error}"))?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{name}: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("{name} is larger than {limit} bytes"));
    }
    Ok(bytes)
}

fn item(
    openings: &Path,
    verified: &VerifiedBundle,
    index: u32,
    classifier: &Classifier,
    forms: &[Form],
) -> ItemResult {
    let mut path = String::new();
    let outcome = check(openings, verified, index, classifier, forms, &mut path);
    let reread = outcome.unwrap_or_else(Reread::Differs);
    reread.into_result(index, path)
}

/// Checks one opened item; tells its `path` as soon as that is known.
fn check(
    openings: &Path,
    verified: &VerifiedBundle,
    index: u32,
    classifier: &Classifier,
    forms: &[Form],
    path: &mut String,
) -> Result<Reread, String> {
    let (leaf, disposition) = verified
        .leaves()
        .get(index as usize)
        .zip(verified.dispositions().get(index))
        .ok_or("it is not in the corpus")?;
    let dir = openings.join(open::item_dir(index));
    let bytes = read(&dir.join("opening.json"), opening::MAX_BYTES)?;
    let opening = Opening::from_json(&bytes).map_err(|error| error.to_string())?;
    if opening.index != index {
        return Err(format!("its opening is for item {}", opening.index));
    }
    let meta_bytes = read(&dir.join("meta.json"), MAX_META_BYTES as u64)?;
    let meta = ItemMeta::from_canonical(&meta_bytes).map_err(|error| error.to_string())?;
    path.clone_from(&meta.path);
    let native = read(&openings.join(open::native(index, &meta)), MAX_NATIVE)?;
    let text = read(&dir.join("text.txt"), MAX_NATIVE)?;
    let digests = leaf.digests();
    for (what, part, salt, data, wanted) in [
        (
            "metadata",
            Part::Meta,
            &opening.meta,
            &meta_bytes,
            digests.meta,
        ),
        (
            "file",
            Part::Native,
            &opening.native,
            &native,
            digests.native,
        ),
        ("text", Part::Text, &opening.text, &text, digests.text),
    ] {
        if part.digest(salt, data) != wanted {
            return Err(format!("its {what} is not the committed one"));
        }
    }
    let text = String::from_utf8(text).map_err(|_| "its text is not UTF-8".to_owned())?;
    let form = classifier.form();
    let matches = match disposition {
        Disposition::Exception => {
            let reason = leaf.exception().map(|reason| reason.as_str());
            return Ok(reread_unsearched(&meta, &native, reason, forms));
        }
        Disposition::OutsideForm => {
            let could: &[Form] = if forms.contains(&form) { &[form] } else { &[] };
            return Ok(reread_unsearched(&meta, &native, None, could));
        }
        Disposition::NotResponsive => false,
        Disposition::Produced | Disposition::Withheld => true,
    };
    let stored = || {
        let bytes = read(&openings.join(open::vector(index)), form.len() as u64)?;
        CanonicalVector::new(form, bytes).map_err(|error| error.to_string())
    };
    let (vector, _) = check_vector(leaf, form, &opening.blinds, &text, &native, stored)
        .map_err(|why| format!("{why}: it was searched as something else"))?;
    if classifier.evaluate(&vector).matches != matches {
        return Err(match matches {
            true => "it does not match the classifier".to_owned(),
            false => "it matches the classifier".to_owned(),
        });
    }
    Ok(reread(&meta, &native, &text))
}
