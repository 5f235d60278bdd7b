//! The responder's answer to a challenge: the openings of exactly the sampled items, for the judge's
//! eyes, as a BagIt folder.
//!
//! ```text
//! data/challenge.json
//! data/answer.json       the responder's half of the seed, the items that follow, the audits before
//! data/items/000012/native.eml  text.txt  meta.json  opening.json  (and vector.bin of a picture; family.jsonl with
//!                   the opened parents of what lies in it, parts.jsonl with the hashes of its bytes)
//! ```

use super::answer::Answer;
use super::challenge::{Challenge, ChallengeError, Population};
use super::log::{self, LogError};
use super::reread::Made;
use super::within;
use crate::Surroundings;
use crate::bundle::Disposition;
use crate::bundle::bag::{self, BagError};
use crate::bundle::layout;
use crate::classify::ClassifierError;
use crate::commit::meta::ItemMeta;
use crate::commit::{Vault, VaultError, chain};
use crate::custody::{self, Act, CustodyError};
use crate::export::families::{self, FamilyError};
use crate::export::output::{Output, OutputError};
use crate::guard;
use crate::opening::{opening_of, opening_of_leaf};
use crate::progress::{Progress, Unit};
use crate::sealed::Published;
use crate::verify::verify_into;
use std::path::Path;

/// The challenge in the answer.
pub const CHALLENGE: &str = "data/challenge.json";
/// The answer to it.
pub const ANSWER: &str = "data/answer.json";

/// The folder of an item.
pub fn item_dir(index: u32) -> String {
    format!("data/items/{index:06}")
}

/// The native file of an item.
pub fn native(index: u32, meta: &ItemMeta) -> String {
    let name = layout::native(index, meta);
    let name = name.rsplit('/').next().unwrap_or("native.bin");
    format!("{}/{name}", item_dir(index))
}

/// The opened parents of what lies in an item.
pub fn family(index: u32) -> String {
    format!("{}/family.jsonl", item_dir(index))
}

/// The opened hashes of what lies in an item.
pub fn parts(index: u32) -> String {
    format!("{}/parts.jsonl", item_dir(index))
}

/// The committed vector of a picture.
pub fn vector(index: u32) -> String {
    format!("{}/vector.bin", item_dir(index))
}

/// Why a challenge is not answered.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The challenge or the bundle.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// A bundle that does not verify: what it says of an item is nothing to go by.
    #[error("the bundle does not verify, so nothing is opened for it: {0}")]
    NotVerified(String),
    /// The log of audits.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Something withheld would be opened with what was drawn.
    #[error(transparent)]
    Guard(#[from] guard::CheckError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What lies in an item.
    #[error(transparent)]
    Families(#[from] FamilyError),
    /// The classifier.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// The folder.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Its packaging.
    #[error(transparent)]
    Bag(#[from] BagError),
    /// Another case.
    #[error("the challenge is about the corpus with root {challenge}, the case has root {case}")]
    OtherCase {
        /// In the challenge.
        challenge: String,
        /// Of the case.
        case: String,
    },
    /// Another classifier.
    #[error("the classifier file is not the one of the bundle")]
    OtherClassifier,
    /// The watcher asked to stop.
    #[error("stopped as asked; nothing was left behind")]
    Cancelled,
}

/// Opens the items that both halves of the seed give, for a bundle that verifies and that was proved in
/// this case, under the number that is next. Anything else is refused, so that an audit cannot be used to
/// look at chosen documents. `again` is why the same items are sampled another time.
#[allow(clippy::too_many_arguments)] // each is a thing of its own that the caller has
pub fn open_sample<'c>(
    around: &Surroundings,
    vault: &Vault,
    bundle: &Path,
    classifier: impl Into<Published<'c>>,
    challenge: &Challenge,
    again: Option<&str>,
    target: &Path,
    progress: &dyn Progress,
) -> Result<usize, OpenError> {
    let opened = open_sample_allowing(
        around,
        vault,
        bundle,
        classifier,
        challenge,
        again,
        &[],
        target,
        progress,
    )?;
    Ok(opened.items)
}

/// What was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How many items.
    pub items: usize,
    /// What was allowed, although it contains or resembles something withheld.
    pub allowed: Vec<guard::Allowance>,
    /// The log had the number for this challenge already, so no line was written for it now.
    pub repeated: bool,
}

impl Opened {
    /// Records what was done, whatever the log says of an earlier try: its last word must not be that it was
    /// interrupted.
    pub fn record(
        &self,
        around: &Surroundings,
        act: Act,
        case: &Path,
        challenge: &Challenge,
        target: &Path,
    ) -> Result<(), CustodyError> {
        if !self.allowed.is_empty() {
            let allowed = serde_json::to_string(&self.allowed).unwrap_or_default();
            custody::record(around, case, "audit allow", [("allowed", allowed)])?;
        }
        if self.repeated {
            act.done([
                ("number", challenge.number.to_string()),
                ("items", self.items.to_string()),
                ("opened", target.display().to_string()),
                (
                    "repeated",
                    "the same items as before, nothing new is revealed".to_owned(),
                ),
            ])?;
        } else {
            act.recorded();
        }
        Ok(())
    }
}

/// As [`open_sample`], where items that contain or resemble withheld ones are opened for the reasons given, as
/// ITEM=REASON: the judge may have to see them. Returns what was allowed as well.
#[allow(clippy::too_many_arguments)] // each is a thing of its own that the caller has
pub fn open_sample_allowing<'c>(
    around: &Surroundings,
    vault: &Vault,
    bundle: &Path,
    classifier: impl Into<Published<'c>>,
    challenge: &Challenge,
    again: Option<&str>,
    allow: &[String],
    target: &Path,
    progress: &dyn Progress,
) -> Result<Opened, OpenError> {
    let classifier = classifier.into();
    if vault.commitment().root_hex() != challenge.root {
        return Err(OpenError::OtherCase {
            challenge: challenge.root.clone(),
            case: vault.commitment().root_hex().to_owned(),
        });
    }
    if hex::encode(classifier.hash()) != challenge.classifier {
        return Err(OpenError::OtherClassifier);
    }
    let verified = verify_into(bundle, vault.commitment(), classifier, progress);
    if progress.cancelled() {
        return Err(OpenError::Cancelled);
    }
    let verified =
        verified.map_err(|report| OpenError::NotVerified(report.failures().join("; ")))?;
    let population = Population::of(&verified, challenge.population);
    challenge.check(&population)?;
    // A folder that cannot be written must not cost a number.
    let mut output = Output::create(target)?;
    let (earlier, repeated) = log::admit(around, vault.case(), challenge, again)?;
    let link = chain::link(vault.audit_secret().as_bytes(), challenge.number);
    let link = link.ok_or(ChallengeError::Number(challenge.number))?;
    let answer = Answer::new(challenge, &population, &link, earlier)?;
    let (found, allowed) = guard::check(
        vault,
        &challenge.classifier,
        &verified
            .dispositions()
            .with(Disposition::Withheld)
            .collect(),
        &answer.items.iter().copied().collect(),
        allow,
        guard::Reader::InCamera,
        progress,
    )?;
    found.no_idle_passage().map_err(guard::CheckError::from)?;
    output.write(CHALLENGE, &challenge.to_json())?;
    output.write(ANSWER, &answer.to_json())?;
    progress.begin("opening", Some(answer.items.len() as u64), Unit::Items);
    let made = Made::of(vault.commitment());
    for &index in &answer.items {
        if progress.cancelled() {
            return Err(OpenError::Cancelled);
        }
        let item = vault.item(index)?;
        let opening = opening_of(vault, &item, classifier.form())
            .unwrap_or_else(|| opening_of_leaf(vault, &item));
        let dir = item_dir(index);
        let text = vault.text_of(&item)?.unwrap_or_default();
        output.write(&native(index, item.meta()), &vault.native_of(&item)?)?;
        output.write(&format!("{dir}/text.txt"), text.as_bytes())?;
        output.write(&format!("{dir}/meta.json"), &item.meta().to_canonical())?;
        output.write(&format!("{dir}/opening.json"), &opening.to_json())?;
        // What lies in it is shown to lie in it: each part's parent is opened, and nothing else of it.
        if !item.children().is_empty() {
            let (mut lines, mut bytes) = (String::new(), String::new());
            for &child in item.children() {
                let child = vault.item(child)?;
                lines += &families::open_parent(vault, &child)?;
                bytes += &within::line(vault, &child);
            }
            output.write(&family(index), lines.as_bytes())?;
            // What a load file lists as a part does not lie in its file.
            if !made.lists(item.meta()) {
                output.write(&parts(index), bytes.as_bytes())?;
            }
        }
        if let Some(pixels) = item
            .vector(classifier.form())
            .filter(|v| !v.form().is_text())
        {
            output.write(&vector(index), pixels.bytes())?;
        }
        progress.advance(1);
    }
    progress.end();
    let today = around.now().date().to_string();
    let info = [
        ("External-Identifier", challenge.root.clone()),
        (
            "External-Description",
            "IN CAMERA: opened documents for a random audit, for the court only".to_owned(),
        ),
    ];
    bag::seal(output.dir(), &today, &info)?;
    output.place()?;
    Ok(Opened {
        items: answer.items.len(),
        allowed,
        repeated,
    })
}
