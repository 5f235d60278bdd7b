//! Checks the answer to a challenge, item by item.

use super::answer::{self, Answer, AnswerError};
use super::challenge::{Challenge, ChallengeError, Population, Stratum};
use super::estimate::{Elusion, Hits, Labels, LabelsError};
use super::history::History;
use super::item::{ItemResult, ItemStatus};
use super::log::Logged;
use super::open::{self, CHALLENGE};
use super::reread::{Committed, Made, Part, Public, Read, Reread, otherwise_rounded, reread};
use super::within;
use crate::bundle::Disposition;
use crate::bundle::bag::{self, BagError};
use crate::bundle::opening::{self, Opening};
use crate::commit::families;
use crate::commit::kin::Kinship;
use crate::commit::meta::{ItemMeta, MAX_META_BYTES};
use crate::commit::opening::WrongSection;
use crate::commit::{Commitment, PublicLeaf, UNREAD};
use crate::item::{Agreement, CanonicalVector, Form};
use crate::progress::{Progress, Unit};
use crate::sealed::Published;
use crate::statistics::hypergeometric;
use crate::verify::{VerifiedBundle, check_facts, check_vector};
use rayon::prelude::*;
use serde::Serialize;
use sha2::Digest as _;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Items that were opened and are not as committed.
    pub failed: u32,
    /// Items that were not opened, or not so that they can be read, or not in time.
    pub unopened: u32,
    /// Lossy pictures that decode here with other rounding.
    pub roundings: u32,
    /// Until when an answer was expected.
    pub deadline: Option<String>,
    /// Another deadline that the answer states, if it does.
    pub other_deadline: Option<String>,
    /// When it came, as stated to this check.
    pub received: Option<String>,
    /// The answer came after the deadline, or did not come.
    pub late: bool,
    /// Confidence of the intervals, in per cent.
    pub confidence: f64,
    /// At most so many items of the population are not as committed, at the challenge's confidence, if
    /// those to compare are not.
    pub defects_high: u64,
    /// What stands as the responder stated it, since neither a file nor its bytes say it, with the number of items.
    pub not_derived: BTreeMap<String, u32>,
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
        let verdict = match (self.failed + self.unopened, self.compare) {
            (0, 0) => "AUDIT PASSED",
            (0, _) => "AUDIT NOT SETTLED",
            _ => "AUDIT FAILED",
        };
        let mut line = format!(
            "{verdict}: of {} drawn from {} {}, {} failed, ",
            self.sampled,
            self.population,
            self.stratum.items(),
            self.failed,
        );
        if self.unopened > 0 {
            line += &format!("{} were not opened", self.unopened);
            line += if self.late {
                " by the deadline, "
            } else {
                ", "
            };
        }
        line += &format!(
            "{} are to be compared by hand, {} are as committed",
            self.compare, self.ok
        );
        if self.roundings > 0 {
            line += &format!(
                "; {} pictures decode here with other rounding",
                self.roundings
            );
        }
        line
    }

    /// What the sample says about all items it was drawn from, and what the answer says about itself.
    pub fn remarks(&self) -> Vec<String> {
        let unsettled = match self.compare {
            0 => "",
            _ => ", counting those to compare as such",
        };
        let mut lines = vec![format!(
            "With {} % confidence at most {} of the {} items are not as committed{unsettled}.",
            self.confidence, self.defects_high, self.population
        )];
        if !self.not_derived.is_empty() {
            let each: Vec<String> = self
                .not_derived
                .iter()
                .map(|(what, items)| format!("{what} ({items})"))
                .collect();
            lines.push(format!(
                "Not derived again, since a load file, a container or the run states it and no file does (items): {}.",
                each.join(", ")
            ));
        }
        if let Some(other) = &self.other_deadline {
            lines.push(format!(
                "The answer states another deadline than the challenge, {other}; the challenge's counts."
            ));
        }
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
    /// The answer states another challenge.
    #[error(
        "the answer's {CHALLENGE} states another {what} than the challenge given ({stated}, not {given}): it answers \
         another challenge"
    )]
    OtherChallenge {
        /// What is another.
        what: &'static str,
        /// In the challenge that was given.
        given: String,
        /// In the answer.
        stated: String,
    },
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
pub fn verify_openings<'c>(
    verified: &VerifiedBundle,
    commitment: &Commitment,
    classifier: impl Into<Published<'c>>,
    challenge: &Challenge,
    answered: Answered<'_>,
    labels: Option<&Labels>,
    progress: &dyn Progress,
) -> Result<AuditReport, AuditError> {
    let classifier = classifier.into();
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
    let stated = Challenge::load(&openings.join(CHALLENGE))?;
    if let Some((what, given, stated)) = challenge.contradicted(&stated) {
        return Err(AuditError::OtherChallenge {
            what,
            given,
            stated,
        });
    }
    let history = History::of_bundle(verified.bundle().dir())?;
    answer.check(challenge, &population, commitment, &history)?;
    let (form, made) = (classifier.form(), Made::of(commitment));
    let leaves = verified.leaves();
    if let Some(stray) = stray(openings, &answer.items, form, &made, leaves, &sealed.files) {
        return Err(AuditError::Stray(stray.to_owned()));
    }
    progress.begin("auditing", Some(answer.items.len() as u64), Unit::Items);
    let check = Check {
        openings,
        verified,
        classifier,
        made,
    };
    let mut checked: Vec<Checked> = answer
        .items
        .par_iter()
        .map(|&index| {
            let result = check.item(index, late);
            progress.advance(1);
            result
        })
        .collect();
    progress.end();
    compare_kin(&mut checked);
    let roundings = checked.iter().filter(|item| item.rounded).count() as u32;
    let mut not_derived: BTreeMap<String, u32> = BTreeMap::new();
    for what in checked.iter().flat_map(|item| &item.taken) {
        *not_derived.entry(what.clone()).or_default() += 1;
    }
    let items: Vec<ItemResult> = checked.into_iter().map(|item| item.result).collect();
    // What was not opened as committed says nothing good, whatever a person made of it.
    let bad =
        |item: &&ItemResult| matches!(item.status, ItemStatus::Failed | ItemStatus::NotOpened);
    let bad: Vec<u32> = items.iter().filter(bad).map(|item| item.item).collect();
    let hits = labels
        .map(|labels| labels.hits(&answer.items, &bad))
        .transpose()?;
    let mut report = report(challenge, &population, items, hits, answered.received);
    report.roundings = roundings;
    report.not_derived = not_derived;
    report.late = late;
    report.earlier = answer.earlier;
    report.other_deadline = (stated.deadline != challenge.deadline)
        .then(|| stated.deadline.unwrap_or_else(|| "none".to_owned()));
    Ok(report)
}

/// Compares opened items with each other: who says that it lies in another one is named by that.
fn compare_kin(checked: &mut [Checked]) {
    let opened: BTreeMap<u32, Vec<u32>> = checked
        .iter()
        .filter_map(|item| Some((item.result.item, item.kin.as_ref()?.children.clone())))
        .collect();
    for item in checked {
        let index = item.result.item;
        let Some(parent) = item.kin.as_ref().and_then(|kin| kin.parent) else {
            continue;
        };
        let names = |children: &Vec<u32>| children.contains(&index);
        if opened.get(&parent).is_none_or(names) {
            continue;
        }
        let why = format!("it says that it lies in item {parent}, which does not name it");
        item.result.detail = match item.result.status {
            ItemStatus::Failed => format!("{}; {why}", item.result.detail),
            _ => why,
        };
        item.result.status = ItemStatus::Failed;
    }
}

/// A file that is none of those that an answer for these items has. Of an item that cannot be checked, which fails
/// by itself, everything in its folder is let be.
fn stray<'f>(
    openings: &Path,
    items: &[u32],
    form: Form,
    made: &Made,
    leaves: &[PublicLeaf],
    files: &'f [String],
) -> Option<&'f str> {
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
        let leaf = leaves.get(index as usize);
        if !form.is_text() && leaf.is_some_and(|leaf| leaf.form(form).is_some()) {
            known.insert(open::vector(index));
        }
        if !meta.children.is_empty() {
            known.insert(open::family(index));
            if !made.lists(&meta) {
                known.insert(open::parts(index));
            }
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
    let hits = Hits {
        said: 0,
        assumed: n,
    };
    let mut report = report(challenge, population, Vec::new(), Some(hits), received);
    (report.unopened, report.late) = (n, true);
    report.defects_high =
        hypergeometric::bounds(n, n, report.population, challenge.confidence / 100.0).1;
    report
}

fn report(
    challenge: &Challenge,
    population: &Population,
    items: Vec<ItemResult>,
    hits: Option<Hits>,
    received: Option<OffsetDateTime>,
) -> AuditReport {
    let count = |status| items.iter().filter(|item| item.status == status).count() as u32;
    let (ok, compare, failed, unopened) = (
        count(ItemStatus::Ok),
        count(ItemStatus::Compare),
        count(ItemStatus::Failed),
        count(ItemStatus::NotOpened),
    );
    let (sampled, all) = (challenge.sample, challenge.population_count);
    let confidence = challenge.confidence;
    let (stratum, matches) = (challenge.population, population.matches);
    let defects = failed + unopened + compare;
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
        unopened,
        roundings: 0,
        deadline: challenge.deadline.clone(),
        other_deadline: None,
        received: received.and_then(|time| time.format(&Rfc3339).ok()),
        late: false,
        confidence,
        defects_high: hypergeometric::bounds(defects, sampled, all, confidence / 100.0).1,
        not_derived: BTreeMap::new(),
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
    classifier: Published<'a>,
    made: Made,
}

/// One item.
struct Checked {
    result: ItemResult,
    rounded: bool,
    /// What of it stands as it was stated.
    taken: BTreeSet<String>,
    kin: Option<Kin>,
}

/// What an opened item says of its family.
struct Kin {
    parent: Option<u32>,
    children: Vec<u32>,
}

/// Why an item is not as committed.
enum Wrong {
    /// There is nothing to be read where its opening should be.
    NotOpened(String),
    /// What is there is not what was committed, or not what it should be.
    Not(String),
}

impl Wrong {
    fn missing(name: &str, path: &Path, error: &std::io::Error) -> Self {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "it is not there".to_owned(),
            _ => format!("{}: {error}", path.display()),
        };
        Wrong::NotOpened(format!("it was not opened: {name} cannot be read ({why})"))
    }

    fn unreadable(name: &str, error: impl std::fmt::Display) -> Self {
        Wrong::NotOpened(format!(
            "it was not opened: {name} cannot be read ({error})"
        ))
    }
}

impl From<WrongSection> for Wrong {
    fn from(wrong: WrongSection) -> Self {
        Wrong::Not(wrong.to_string())
    }
}

impl From<String> for Wrong {
    fn from(why: String) -> Self {
        Wrong::Not(why)
    }
}

impl Check<'_> {
    /// One item; `late` if the whole answer came too late for it to count.
    fn item(&self, index: u32, late: bool) -> Checked {
        let mut out = Checked {
            result: Reread::Same.into_result(index, String::new()),
            rounded: false,
            taken: BTreeSet::new(),
            kin: None,
        };
        let missing = !self.openings.join(open::item_dir(index)).exists();
        let found = match (missing, late) {
            (true, _) => Err(Wrong::NotOpened("it was not opened".to_owned())),
            (_, true) => Err(Wrong::NotOpened(
                "it was opened after the deadline".to_owned(),
            )),
            _ => self.check(index, &mut out),
        };
        let path = std::mem::take(&mut out.result.path);
        out.result = match found {
            Ok(verdict) => verdict.into_result(index, path),
            Err(Wrong::Not(why)) => Reread::Differs(why).into_result(index, path),
            Err(Wrong::NotOpened(detail)) => ItemResult {
                item: index,
                path,
                status: ItemStatus::NotOpened,
                detail,
            },
        };
        out
    }

    /// A file of an item's folder.
    fn read(&self, index: u32, name: &str, limit: u64) -> Result<Vec<u8>, Wrong> {
        let path = self.openings.join(open::item_dir(index)).join(name);
        crate::input::read(&path, limit).map_err(|error| Wrong::missing(name, &path, &error))
    }

    /// Whether what an item names as its parts names it in turn.
    fn check_children(&self, index: u32, children: &[u32]) -> Result<(), Wrong> {
        if children.is_empty() {
            return Ok(());
        }
        let lines = self.read(index, "family.jsonl", MAX_FAMILY)?;
        let lines = String::from_utf8(lines).map_err(|e| Wrong::unreadable("family.jsonl", e))?;
        if lines.split_terminator('\n').count() != children.len() {
            return Err(Wrong::Not(
                "family.jsonl opens something else than the parents of its parts".to_owned(),
            ));
        }
        let kin = families::check(&lines, self.verified.leaves(), &Kinship::default())
            .map_err(|error| format!("its parts: {error}"))?
            .kinship;
        match children
            .iter()
            .find(|child| kin.parent(**child) != Some(index))
        {
            Some(child) => Err(Wrong::Not(format!(
                "it names item {child} as its part, which does not lie in it"
            ))),
            None => Ok(()),
        }
    }

    /// Whether what produced documents say of this item is what it says.
    fn check_produced_kin(&self, index: u32, meta: &ItemMeta) -> Result<(), Wrong> {
        let count = self.verified.leaves().len();
        if let Some(parent) = meta.parent.filter(|parent| *parent as usize >= count) {
            return Err(Wrong::Not(format!(
                "it says that it lies in item {parent}, and there is no such item"
            )));
        }
        let known = self.verified.kinship();
        let produced = |item| self.verified.dispositions().get(item) == Some(Disposition::Produced);
        let named = known.parent(index).filter(|parent| produced(*parent));
        let stated = meta.parent.filter(|parent| produced(*parent));
        match named == stated {
            true => Ok(()),
            false => Err(Wrong::Not(format!(
                "it and item {}, which was produced, do not agree on whether one lies in the other",
                stated.or(named).unwrap_or(index)
            ))),
        }
    }

    /// Checks one opened item; tells its path as soon as that is known, and what else is found on the way.
    fn check(&self, index: u32, out: &mut Checked) -> Result<Reread, Wrong> {
        let (verified, classifier) = (self.verified, self.classifier);
        let leaves = verified.leaves();
        let (leaf, disposition) = leaves
            .get(index as usize)
            .zip(verified.dispositions().get(index))
            .ok_or_else(|| "it is not in the corpus".to_owned())?;
        let bytes = self.read(index, "opening.json", opening::MAX_BYTES)?;
        let opening =
            Opening::from_json(&bytes).map_err(|e| Wrong::unreadable("opening.json", e))?;
        if opening.index != index {
            return Err(format!("its opening is for item {}", opening.index).into());
        }
        let bytes = self.read(index, "meta.json", MAX_META_BYTES as u64)?;
        let meta =
            ItemMeta::from_canonical(&bytes).map_err(|e| Wrong::unreadable("meta.json", e))?;
        out.result.path.clone_from(&meta.path);
        opening.disclosed.check_root(leaf.d())?;
        opening.disclosed.check_meta(&meta)?;
        // A file with a hole takes no more memory than the committed one.
        let path = self.openings.join(open::native(index, &meta));
        let native = crate::input::read(&path, meta.size).map_err(|error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => {
                Wrong::Not("its bytes are not the committed ones".to_owned())
            }
            _ => Wrong::missing("its file", &path, &error),
        })?;
        let text = self.read(index, "text.txt", MAX_TEXT)?;
        let text = String::from_utf8(text).map_err(|_| "its text is not UTF-8".to_owned())?;
        let sha256 = sha2::Sha256::digest(&native).into();
        opening
            .disclosed
            .check_all(leaf.d(), &meta, &sha256, &text)?;
        self.check_children(index, &meta.children)?;
        self.check_produced_kin(index, &meta)?;
        out.kin = Some(Kin {
            parent: meta.parent,
            children: meta.children.clone(),
        });
        if leaf.is_partly_read() != meta.metadata.contains_key(UNREAD) && leaf.exception().is_none()
        {
            return Err(Wrong::Not(
                "its leaf and its facts do not agree on whether it was read in part".to_owned(),
            ));
        }
        let matches = match disposition {
            Disposition::Exception | Disposition::OutsideForm => None,
            Disposition::NotResponsive => Some(false),
            Disposition::Produced | Disposition::Withheld => Some(true),
        };
        let agreement = match matches {
            None => Agreement::Exact,
            Some(matches) => self.check_searched(leaf, &opening, &meta, &native, &text, matches)?,
        };
        let hashes = match meta.children.is_empty() || self.made.lists(&meta) {
            true => vec![None; meta.children.len()],
            false => {
                let lines = self.read(index, "parts.jsonl", within::MAX_BYTES)?;
                let lines =
                    String::from_utf8(lines).map_err(|e| Wrong::unreadable("parts.jsonl", e))?;
                let found = within::check(&lines, &meta.children, leaves);
                let found = found.map_err(|error| error.to_string())?;
                found.into_iter().map(Some).collect()
            }
        };
        let parts = meta.children.iter().zip(hashes).map(|(child, sha256)| {
            let leaf = leaves.get(*child as usize)?;
            let public = Public::from(leaf);
            Some(Part { public, sha256 })
        });
        let parts: Option<Vec<Part>> = parts.collect();
        let item = Committed {
            meta: &meta,
            native: &native,
            text: &text,
            public: Public::from(leaf),
            parts: parts.ok_or_else(|| "it names a part that is not in the corpus".to_owned())?,
        };
        let Read { verdict, taken } = reread(&self.made, &item);
        out.taken = taken;
        if let Agreement::Rounding { largest, derived } = agreement {
            out.rounded = true;
            let why = matches
                .and_then(|matches| otherwise_rounded(classifier, &derived, matches, largest));
            if let (Some(why), Reread::Same) = (why, &verdict) {
                return Ok(Reread::Unclear(why));
            }
        }
        Ok(verdict)
    }

    /// Whether an item was searched as what it is, with the verdict that it has.
    fn check_searched(
        &self,
        leaf: &PublicLeaf,
        opening: &Opening,
        meta: &ItemMeta,
        native: &[u8],
        text: &str,
        matches: bool,
    ) -> Result<Agreement, Wrong> {
        // What a person in camera reads of size and hashes has to be true of the bytes that were opened.
        check_facts(meta, native)?;
        let form = self.classifier.form();
        let index = opening.index;
        let stored = match form.is_text() {
            true => None,
            false => Some(self.read(index, "vector.bin", form.len() as u64)?),
        };
        let stored = || {
            let bytes = stored.unwrap_or_default();
            CanonicalVector::new(form, bytes).map_err(|error| error.to_string())
        };
        let (vector, agreement) =
            check_vector(leaf, form, &opening.blinds, text, native, stored)
                .map_err(|why| format!("{why}: it was searched as something else"))?;
        // Of a sealed classifier the proof says it alone.
        let verdict = self.classifier.evaluate(&vector);
        match (verdict.map_or(matches, |verdict| verdict.matches), matches) {
            (false, true) => Err(Wrong::Not("it does not match the classifier".to_owned())),
            (true, false) => Err(Wrong::Not("it matches the classifier".to_owned())),
            _ => Ok(agreement),
        }
    }
}
