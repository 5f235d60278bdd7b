//! `bundle.json`: what the bundle claims, and the disposition of every item that follows from it.

use super::withheld::{Withheld, WithheldError};
use crate::item::Form;
use crate::record::PublicLeaf;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const FORMAT: &str = "candor-bundle-1";
/// Longest manifest that is read.
pub const MAX_BYTES: u64 = 256 << 20;

const MAX_SOFTWARE: usize = 64;
const MAX_CREATED: usize = 40;
/// 200 characters, as in a classifier's card.
const MAX_CLASSIFIER_NAME: usize = 800;

/// One batch of consecutive items that have the classifier's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Items the batch covers.
    pub items: u32,
    /// Lanes of its circuit.
    pub lanes: u32,
}

/// What the bundle claims. Everything else follows from the leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    /// Version of the program that made it.
    pub software: String,
    /// When it was finished (RFC 3339, UTC), by the responder's clock.
    pub created: String,
    /// Root of the corpus, in hexadecimal.
    pub root: String,
    /// SHA-256 of the classifier file, in hexadecimal.
    pub classifier: String,
    /// The classifier's name.
    pub classifier_name: String,
    /// The form that the classifier reads.
    pub form: Form,
    /// Indices of the matching items, ascending.
    pub matches: Vec<u32>,
    /// The matching items that are kept back, ascending.
    pub withheld: Vec<Withheld>,
    /// The batches, in index order.
    pub batches: Vec<Batch>,
}

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It matches and is handed over.
    Produced,
    /// It matches, is kept back and logged.
    Withheld,
    /// It provably does not match.
    NotResponsive,
    /// It could not be processed.
    Exception,
    /// The classifier does not read its form, so nothing is claimed about it.
    OutsideForm,
}

impl Disposition {
    /// The disposition in words.
    pub fn label(self) -> &'static str {
        match self {
            Disposition::Produced => "produced",
            Disposition::Withheld => "withheld",
            Disposition::NotResponsive => "not responsive",
            Disposition::Exception => "exception",
            Disposition::OutsideForm => "outside the classifier's form",
        }
    }
}

/// Why a manifest is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not the expected JSON.
    #[error("it is not a bundle manifest: {0}")]
    Json(#[from] serde_json::Error),
    /// Another format.
    #[error("it has format '{0}'; this version of candor reads '{FORMAT}'")]
    Format(String),
    /// Not written the one way candor writes it.
    #[error("it is not in canonical form")]
    NotCanonical,
    /// A list that is not strictly ascending.
    #[error(
        "the list of {0} items is not strictly ascending: an item is counted twice or out of order"
    )]
    Order(&'static str),
    /// An item that is withheld but does not match.
    #[error("item {0} is withheld but is not among the matches")]
    WithheldNoMatch(u32),
    /// A poor withheld entry.
    #[error(transparent)]
    Withheld(#[from] WithheldError),
    /// A match that the classifier cannot have made.
    #[error("item {index} is claimed to match, but it is {what}")]
    ImpossibleMatch {
        /// The item.
        index: u32,
        /// What it is instead.
        what: &'static str,
    },
    /// A statement that is not written as candor writes it.
    #[error("field '{field}' is wrong: {why}")]
    Stated {
        /// The field.
        field: &'static str,
        /// What is wrong.
        why: &'static str,
    },
    /// A batch without items or lanes.
    #[error("batch {0} is empty")]
    EmptyBatch(usize),
}

impl Manifest {
    /// A manifest of this format.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        created: String,
        root: [u8; 32],
        classifier: [u8; 32],
        classifier_name: String,
        form: Form,
        matches: Vec<u32>,
        withheld: Vec<Withheld>,
        batches: Vec<Batch>,
    ) -> Self {
        Manifest {
            format: FORMAT.to_owned(),
            software: concat!("candor ", env!("CARGO_PKG_VERSION")).to_owned(),
            created,
            root: hex::encode(root),
            classifier: hex::encode(classifier),
            classifier_name,
            form,
            matches,
            withheld,
            batches,
        }
    }

    /// The canonical bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("plain data always serialises");
        json.push(b'\n');
        json
    }

    /// Parses canonical bytes and checks what can be checked without the leaves, except the withheld log:
    /// see [`Manifest::check_withheld`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Manifest = crate::input::json(bytes)?;
        if manifest.format != FORMAT {
            return Err(ManifestError::Format(manifest.format));
        }
        if manifest.to_json() != bytes {
            return Err(ManifestError::NotCanonical);
        }
        manifest.check_stated()?;
        if !manifest.matches.is_sorted_by(|a, b| a < b) {
            return Err(ManifestError::Order("matching"));
        }
        for (i, batch) in manifest.batches.iter().enumerate() {
            if batch.items == 0 || batch.lanes == 0 {
                return Err(ManifestError::EmptyBatch(i));
            }
        }
        Ok(manifest)
    }

    /// What the manifest says about its making is the responder's word. It has the shape of such a word and
    /// nothing else: no room for sentences, for control characters, for megabytes.
    fn check_stated(&self) -> Result<(), ManifestError> {
        let short = |field, text: &str, most: usize| {
            let why = if text.is_empty() {
                "it is empty"
            } else if text.len() > most {
                "it is too long"
            } else if crate::clean::line(text) != text {
                "it contains characters that are not shown"
            } else {
                return Ok(());
            };
            Err(ManifestError::Stated { field, why })
        };
        short("software", &self.software, MAX_SOFTWARE)?;
        short("created", &self.created, MAX_CREATED)?;
        short("root", &self.root, 64)?;
        short("classifier", &self.classifier, 64)?;
        if self.classifier_name.len() > MAX_CLASSIFIER_NAME {
            return Err(ManifestError::Stated {
                field: "classifier_name",
                why: "it is too long",
            });
        }
        let version = self.software.strip_prefix("candor ").unwrap_or_default();
        let is_version = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        if version.is_empty() || !version.chars().all(is_version) {
            return Err(ManifestError::Stated {
                field: "software",
                why: "it is not 'candor' and a version",
            });
        }
        let time = OffsetDateTime::parse(&self.created, &Rfc3339);
        if time
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok())
            .as_ref()
            != Some(&self.created)
        {
            return Err(ManifestError::Stated {
                field: "created",
                why: "it is not a time as RFC 3339 has it",
            });
        }
        Ok(())
    }

    /// What `bag-info.txt` says the bundle is.
    pub fn description(&self) -> String {
        let produced = self.matches.len().saturating_sub(self.withheld.len());
        format!(
            "Disclosure bundle: {produced} {}, {} withheld",
            Disposition::Produced.label(),
            self.withheld.len()
        )
    }

    /// Longest manifest about that many items: matches, batches and withheld entries are at most one each.
    pub fn max_bytes(items: u32) -> u64 {
        const AN_ITEM: u64 = 6 * super::withheld::MAX_DESCRIPTION as u64 + 512;
        ((64 << 10) + u64::from(items) * AN_ITEM).min(MAX_BYTES)
    }

    /// Checks the withheld log by itself: each item once, in order, among the matches, with a description.
    pub fn check_withheld(&self) -> Result<(), ManifestError> {
        if !self.withheld.is_sorted_by(|a, b| a.index < b.index) {
            return Err(ManifestError::Order("withheld"));
        }
        for withheld in &self.withheld {
            withheld.check()?;
            if self.matches.binary_search(&withheld.index).is_err() {
                return Err(ManifestError::WithheldNoMatch(withheld.index));
            }
        }
        Ok(())
    }
}

/// The disposition of every item, each item exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispositions {
    of: Vec<Disposition>,
}

impl Dispositions {
    /// Derives them from the manifest and the leaves, which must be all leaves in order. Whether the
    /// batches cover what they must is not asked here: the count identity of a verification is about that.
    pub fn derive(manifest: &Manifest, leaves: &[PublicLeaf]) -> Result<Self, ManifestError> {
        let mut of: Vec<Disposition> = leaves
            .iter()
            .map(|leaf| {
                if leaf.exception().is_some() {
                    Disposition::Exception
                } else if leaf.form(manifest.form).is_some() {
                    Disposition::NotResponsive
                } else {
                    Disposition::OutsideForm
                }
            })
            .collect();
        for &index in &manifest.matches {
            let what = match of.get_mut(index as usize) {
                Some(d @ Disposition::NotResponsive) => {
                    *d = Disposition::Produced;
                    continue;
                }
                Some(d) => d.label(),
                None => "not in the corpus",
            };
            return Err(ManifestError::ImpossibleMatch { index, what });
        }
        for withheld in &manifest.withheld {
            // An entry that is not among the matches changes nothing here; the withheld log is refused.
            if let Some(d @ Disposition::Produced) = of.get_mut(withheld.index as usize) {
                *d = Disposition::Withheld;
            }
        }
        Ok(Dispositions { of })
    }

    /// The disposition of an item.
    pub fn get(&self, index: u32) -> Option<Disposition> {
        self.of.get(index as usize).copied()
    }

    /// Every item's disposition, in index order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Disposition)> + '_ {
        self.of.iter().enumerate().map(|(i, d)| (i as u32, *d))
    }

    /// The items with a disposition.
    pub fn with(&self, wanted: Disposition) -> impl Iterator<Item = u32> + '_ {
        self.iter()
            .filter(move |(_, d)| *d == wanted)
            .map(|(i, _)| i)
    }

    /// How many items have a disposition.
    pub fn count(&self, wanted: Disposition) -> u32 {
        self.with(wanted).count() as u32
    }

    /// The items that the proofs speak about, in batch order, with their `miss` bit.
    pub fn proved(&self) -> impl Iterator<Item = (u32, bool)> + '_ {
        self.iter().filter_map(|(i, d)| match d {
            Disposition::NotResponsive => Some((i, true)),
            Disposition::Produced | Disposition::Withheld => Some((i, false)),
            Disposition::Exception | Disposition::OutsideForm => None,
        })
    }
}
