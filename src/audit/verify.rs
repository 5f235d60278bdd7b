//! Checks the answer to a challenge, item by item.

use super::answer::{self, Answer, AnswerError};
use super::challenge::{Challenge, ChallengeError, Population, Stratum};
use super::estimate::{self, Elusion, Labels, LabelsError};
use super::item::{ItemResult, ItemStatus};
use super::log::Logged;
use super::open::{self, CHALLENGE};
use super::reread::{Made, Reread, other_verdict, reread, reread_unsearched};
use crate::bundle::Disposition;
use crate::bundle::bag::{self, BagError};
use crate::bundle::opening::{self, Opening};
use crate::classify::Classifier;
use crate::commit::families;
use crate::commit::kin::Kinship;
use crate::commit::meta::{ItemMeta, MAX_META_BYTES};
use crate::commit::opening::WrongSection;
use crate::commit::{Commitment, UNREAD};
use crate::ingest::ItemKind;
use crate::item::{Agreement, CanonicalVector, Form};
use crate::progress::{Progress, Unit};
use crate::verify::{VerifiedBundle, check_facts, check_vector};
use rayon::prelude::*;
use serde::Serialize;
use sha2::Digest as _;
use std::collections::BTreeSet;
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Longest text that is read.
const MAX_TEXT: u64 = 64 << 20;
const MAX_FAMILY: u64 = 512 << 20;

/// The outcome of an audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditReport {
    /// Root of the corpus.
    pub root: String,
    /// The audit's number.
    pub number: u32,
    /// Digest of the challenge.
    pub challenge: String,
    /// The nonce of the challenge.
    pub nonce: String,
    /// Seal of the bundle.
    pub bundle: String,
    /// What was drawn from.
    pub stratum: Stratum,
    /// Items that were to be opened.
    pub sampled: u32,
    /// Items they were drawn from.
    pub population: u32,
    /// Items that are as committed.
    pub ok: u32,
    /// Items that a person must compare.
    pub compare: u32,
    /// Items that failed, those that were not opened included.
    pub failed: u32,
    /// Items that were not opened in time.
    pub unopened: u32,
    /// Lossy pictures that decode here with other rounding.
    pub roundings: u32,
    /// Until when an answer was expected.
    pub deadline: Option<String>,
    /// When it came, as stated to this check.
    pub received: Option<String>,
    /// The answer came after the deadline, or did not come.
    pub late: bool,
    /// At most so many items of the population are not as committed, at the challenge's confidence, if
    /// those to compare are not.
    pub defects_high: u64,
    /// Each item.
    pub items: Vec<ItemResult>,
    /// The audits over this commitment before this one, as the responder states.
    pub earlier: Vec<Logged>,
    /// What the labels say, if there are labels.
    pub elusion: Option<Elusion>,
}

impl AuditReport {
    /// The outcome in a sentence that begins with what matters most.
    pub fn headline(&self) -> String {
        let verdict = match (self.failed, self.compare) {
            (0, 0) => "AUDIT PASSED",
            (0, _) => "AUDIT NOT SETTLED",
            _ => "AUDIT FAILED",
        };
        let mut line = format!(
            "{verdict}: of {} drawn from {} {}, {} failed, {} are to be compared by hand, {} are as committed",
            self.sampled,
            self.population,
            self.stratum.items(),
            self.failed,
            self.compare,
            self.ok
        );
        if self.unopened > 0 {
            line += &format!("; {} of the failed were not opened", self.unopened);
        }
        if self.late {
            line += " by the deadline";
        }
        if self.roundings > 0 {
            line += &format!(
                "; {} pictures decode here with other rounding",
                self.roundings
            );
        }
        line
    }

    /// What the sample says about all items it was drawn from, and what the answer says about itself.
    pub fn remarks(&self, confidence: f64) -> Vec<String> {
        let unsettled = match self.compare {
            0 => "",
            _ => ", counting those to compare as such",
        };
        let mut lines = vec![format!(
            "With {confidence} % confidence at most {} of the {} items are not as committed{unsettled}.",
            self.defects_high, self.population
        )];
        match (&self.deadline, &self.received) {
            (Some(deadline), None) => lines.push(format!(
                "An answer was due by {deadline}. When it came was not stated here (--received)."
            )),
            (Some(deadline), Some(received)) => lines.push(format!(
                "An answer was due by {deadline}; by what was stated here it came at {received}."
            )),
            _ => {}
        }
        for audit in &self.earlier {
            let mut line = format!(
                "Before it, as the responder states: audit {} of {}, {} items of {}, challenge {}",
                audit.number, audit.time, audit.items, audit.population, audit.challenge
            );
            if let Some(reason) = &audit.reason {
                line += &format!(", once more because: {reason}");
            }
            lines.push(line);
        }
        lines
    }
}

/// Why an answer cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The challenge.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// The answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// A file of the answer.
    #[error("{0}")]
    File(String),
    /// The answer's packaging.
    #[error(transparent)]
    Bag(#[from] BagError),
    /// Something that a person in camera would read, and nothing here checks.
    #[error(
        "the answer holds {0}, which belongs to no opened item: remove it, or ask for an intact answer"
    )]
    Stray(String),
    /// The answer is to another challenge.
    #[error("the openings answer another challenge than the one given")]
    OtherChallenge,
    /// The labels.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// The bundle was given with another classifier or commitment.
    #[error("the {0} file is not the one of the bundle")]
    OtherFile(&'static str),
    /// Nobody is late yet.
    #[error("the deadline, {0}, is not over: there may still be an answer")]
    Early(String),
    /// Nothing to be late for.
    #[error(
        "the challenge states no deadline, so that there is no answer cannot be held against anybody yet"
    )]
    NoDeadline,
}

/// What is given of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The folder with the openings; `None` if there is no answer.
    pub openings: Option<&'a Path>,
    /// When it came; without an answer, now.
    pub received: Option<OffsetDateTime>,
}

/// Checks an answer to a `challenge` to the verified bundle: that the sample is the one both halves of the
/// seed give, and each item in it. What was not opened by the deadline is a defect.
pub fn verify_openings(
    verified: &VerifiedBundle,
    commitment: &Commitment,
    classifier: &Classifier,
    challenge: &Challenge,
    answered: Answered<'_>,
    labels: Option<&Labels>,
    progress: &dyn Progress,
) -> Result<AuditReport, AuditError> {
    if hex::encode(classifier.hash()) != verified.report().classifier {
        return Err(AuditError::OtherFile("classifier"));
    }
    if commitment.root_hex() != verified.report().root {
        return Err(AuditError::OtherFile("commitment"));
    }
    let population = Population::of(verified, challenge.population);
    challenge.check(&population)?;
    let deadline = challenge.deadline_time();
    let late = match (deadline, answered.received) {
        (Some(deadline), Some(received)) => received > deadline,
        _ => false,
    };
    let Some(openings) = answered.openings else {
        let stated = challenge.deadline.clone().ok_or(AuditError::NoDeadline)?;
        return match late {
            true => Ok(unanswered(challenge, &population, answered.received)),
            false => Err(AuditError::Early(stated)),
        };
    };
    let sealed = bag::check(openings)?;
    let bytes = read(&openings.join(open::ANSWER), answer::MAX_BYTES).map_err(AuditError::File)?;
    let answer = Answer::from_json(&bytes)?;
    answer.check(challenge, &population, commitment)?;
    // The deadline may have been put off since; the rest is bound by the digest.
    if Challenge::load(&openings.join(CHALLENGE))?.digest()? != challenge.digest()? {
        return Err(AuditError::OtherChallenge);
    }
    if let Some(stray) = stray(openings, &answer.items, classifier.form(), &sealed.files) {
        return Err(AuditError::Stray(stray.to_owned()));
    }
    progress.begin("auditing", Some(answer.items.len() as u64), Unit::Items);
    let check = Check {
        openings,
        verified,
        classifier,
        made: Made::of(commitment),
        forms: commitment.forms().keys().copied().collect(),
    };
    let checked: Vec<Checked> = answer
        .items
        .par_iter()
        .map(|&index| {
            let result = check.item(index, late);
            progress.advance(1);
            result
        })
        .collect();
    progress.end();
    let roundings = checked.iter().filter(|item| item.rounded).count() as u32;
    let unopened: Vec<u32> = checked
        .iter()
        .filter(|item| item.unopened)
        .map(|item| item.result.item)
        .collect();
    let hits = labels
        .map(|labels| labels.hits(&answer.items, &unopened))
        .transpose()?;
    let items = checked.into_iter().map(|item| item.result).collect();
    let mut report = report(challenge, &population, items, hits, answered.received);
    report.unopened = unopened.len() as u32;
    report.roundings = roundings;
    report.late = late;
    report.earlier = answer.earlier;
    Ok(report)
}

/// A file that is none of those that an answer for these items has. Of an item that cannot be checked, which fails
/// by itself, everything in its folder is let be.
fn stray<'f>(openings: &Path, items: &[u32], form: Form, files: &'f [String]) -> Option<&'f str> {
    let mut known: BTreeSet<String> = [CHALLENGE, open::ANSWER].map(str::to_owned).into();
    let mut unclear = Vec::new();
    for &index in items {
        let dir = open::item_dir(index);
        let bytes = read(
            &openings.join(&dir).join("meta.json"),
            MAX_META_BYTES as u64,
        );
        let meta = bytes
            .ok()
            .and_then(|bytes| ItemMeta::from_canonical(&bytes).ok());
        let Some(meta) = meta else {
            unclear.push(format!("{dir}/"));
            continue;
        };
        known.extend(["opening.json", "meta.json", "text.txt"].map(|name| format!("{dir}/{name}")));
        known.insert(open::native(index, &meta));
        if !form.is_text() && meta.kind == ItemKind::Image.id() {
            known.insert(open::vector(index));
        }
        if !meta.children.is_empty() {
            known.insert(open::family(index));
        }
    }
    let belongs =
        |name: &&String| known.contains(*name) || unclear.iter().any(|dir| name.starts_with(dir));
    files.iter().find(|name| !belongs(name)).map(String::as_str)
}

/// Without an answer by the deadline every item is a defect, whichever they would have been.
fn unanswered(
    challenge: &Challenge,
    population: &Population,
    received: Option<OffsetDateTime>,
) -> AuditReport {
    let n = challenge.sample;
    let mut report = report(challenge, population, Vec::new(), Some(n), received);
    (report.failed, report.unopened, report.late) = (n, n, true);
    report.defects_high = estimate::bounds(n, n, report.population, challenge.confidence / 100.0).1;
    report
}

fn report(
    challenge: &Challenge,
    population: &Population,
    items: Vec<ItemResult>,
    hits: Option<u32>,
    received: Option<OffsetDateTime>,
) -> AuditReport {
    let count = |status| items.iter().filter(|item| item.status == status).count() as u32;
    let (ok, compare, failed) = (
        count(ItemStatus::Ok),
        count(ItemStatus::Compare),
        count(ItemStatus::Failed),
    );
    let (sampled, all) = (challenge.sample, challenge.population_count);
    let confidence = challenge.confidence;
    let (stratum, matches) = (challenge.population, population.matches);
    AuditReport {
        root: challenge.root.clone(),
        number: challenge.number,
        challenge: challenge.digest().map(hex::encode).unwrap_or_default(),
        nonce: challenge.nonce.clone(),
        bundle: challenge.bundle.clone(),
        stratum,
        sampled,
        population: all,
        ok,
        compare,
        failed,
        unopened: 0,
        roundings: 0,
        deadline: challenge.deadline.clone(),
        received: received.and_then(|time| time.format(&Rfc3339).ok()),
        late: false,
        defects_high: estimate::bounds(failed + compare, sampled, all, confidence / 100.0).1,
        items,
        earlier: Vec::new(),
        elusion: hits.map(|hits| Elusion::new(stratum, hits, sampled, all, matches, confidence)),
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let name = path.display();
    crate::input::read(path, limit).map_err(|error| format!("{name}: {error}"))
}

/// What all items are checked against.
struct Check<'a> {
    openings: &'a Path,
    verified: &'a VerifiedBundle,
    classifier: &'a Classifier,
    made: Made,
    /// The forms of the commitment.
    forms: Vec<Form>,
}

/// One item.
struct Checked {
    result: ItemResult,
    unopened: bool,
    rounded: bool,
}

impl Check<'_> {
    /// One item; `late` if the whole answer came too late for it to count.
    fn item(&self, index: u32, late: bool) -> Checked {
        let mut path = String::new();
        let mut rounded = false;
        let missing = !self.openings.join(open::item_dir(index)).exists();
        let reread = match (missing, late) {
            (true, _) => Reread::Differs("it was not opened".to_owned()),
            (_, true) => Reread::Differs("it was opened after the deadline".to_owned()),
            _ => self
                .check(index, &mut path, &mut rounded)
                .unwrap_or_else(Reread::Differs),
        };
        Checked {
            result: reread.into_result(index, path),
            unopened: missing || late,
            rounded,
        }
    }

    /// Whether what an item names as its parts names it in turn.
    fn check_children(&self, index: u32, children: &[u32]) -> Result<(), String> {
        if children.is_empty() {
            return Ok(());
        }
        let lines = read(&self.openings.join(open::family(index)), MAX_FAMILY)?;
        let lines = String::from_utf8(lines).map_err(|_| "its parts: not UTF-8".to_owned())?;
        let kin = families::check(&lines, self.verified.leaves(), &Kinship::default())
            .map_err(|error| format!("its parts: {error}"))?
            .kinship;
        match children
            .iter()
            .find(|child| kin.parent(**child) != Some(index))
        {
            Some(child) => Err(format!(
                "it names item {child} as its part, which does not lie in it"
            )),
            None => Ok(()),
        }
    }

    /// Checks one opened item; tells its `path` as soon as that is known, and whether it is a picture that
    /// is `rounded` in another way here.
    fn check(&self, index: u32, path: &mut String, rounded: &mut bool) -> Result<Reread, String> {
        let (openings, verified) = (self.openings, self.verified);
        let (classifier, forms) = (self.classifier, &self.forms[..]);
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
        let wrong = |wrong: WrongSection| wrong.to_string();
        opening.disclosed.check_root(leaf.d()).map_err(wrong)?;
        opening.disclosed.check_meta(&meta).map_err(wrong)?;
        // A file with a hole takes no more memory than the committed one.
        let name = openings.join(open::native(index, &meta));
        let native = crate::input::read(&name, meta.size).map_err(|error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => "its bytes are not the committed ones".to_owned(),
            _ => format!("{}: {error}", name.display()),
        })?;
        let text = read(&dir.join("text.txt"), MAX_TEXT)?;
        let text = String::from_utf8(text).map_err(|_| "its text is not UTF-8".to_owned())?;
        let sha256 = sha2::Sha256::digest(&native).into();
        opening
            .disclosed
            .check_all(leaf.d(), &meta, &sha256, &text)
            .map_err(wrong)?;
        self.check_children(index, &meta.children)?;
        if leaf.is_partly_read() != meta.metadata.contains_key(UNREAD) && leaf.exception().is_none()
        {
            return Err(
                "its leaf and its facts do not agree on whether it was read in part".to_owned(),
            );
        }
        let form = classifier.form();
        let matches = match disposition {
            Disposition::Exception => {
                let reason = leaf.exception().map(|reason| reason.as_str());
                return Ok(reread_unsearched(&self.made, &meta, &native, reason, forms));
            }
            Disposition::OutsideForm => {
                let could: &[Form] = if forms.contains(&form) { &[form] } else { &[] };
                return Ok(reread_unsearched(&self.made, &meta, &native, None, could));
            }
            Disposition::NotResponsive => false,
            Disposition::Produced | Disposition::Withheld => true,
        };
        // What a person in camera reads of size and hashes has to be true of the bytes that were opened.
        check_facts(&meta, &native)?;
        let stored = || {
            let bytes = read(&openings.join(open::vector(index)), form.len() as u64)?;
            CanonicalVector::new(form, bytes).map_err(|error| error.to_string())
        };
        let (vector, agreement) = check_vector(leaf, form, &opening.blinds, &text, &native, stored)
            .map_err(|why| format!("{why}: it was searched as something else"))?;
        if classifier.evaluate(&vector).matches != matches {
            return Err(match matches {
                true => "it does not match the classifier".to_owned(),
                false => "it matches the classifier".to_owned(),
            });
        }
        let found = reread(&self.made, &meta, &native, &text);
        if let Agreement::Rounding { largest, derived } = agreement {
            *rounded = true;
            if classifier.evaluate(&derived).matches != matches && found == Reread::Same {
                return Ok(Reread::Unclear(other_verdict(largest)));
            }
        }
        Ok(found)
    }
}
