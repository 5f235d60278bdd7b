//! A bundle as the screen needs it.

use super::find::{self, Nearby};
use crate::bundle::{Bundle, BundleError, Disposition, Dispositions, Manifest, ManifestError};
use crate::commit::PublicLeaf;
use crate::progress::{Progress, Unit};
use crate::verify::{Counts, NotSearched};
use std::path::{Path, PathBuf};

/// An open bundle: well-formed, but not verified.
#[derive(Clone, Debug)]
pub struct BundleData {
    /// Its folder.
    pub path: PathBuf,
    /// What it claims.
    pub manifest: Manifest,
    /// The public leaves.
    pub leaves: Vec<PublicLeaf>,
    /// What became of every item.
    pub dispositions: Dispositions,
    /// The same in numbers.
    pub counts: Counts,
    /// The items that were not searched, as the bundle has it.
    pub not_searched: NotSearched,
    /// Titles of produced items: path, subject.
    pub titles: Vec<(u32, String, String)>,
    /// Items in one lane of a proof, if the classifier is at hand.
    pub slots: Option<usize>,
    /// Bytes of all proofs.
    pub proof_bytes: u64,
    /// What lies around it.
    pub nearby: Nearby,
}

/// Why a bundle cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Commitment(#[from] crate::commit::OpenError),
}

/// Opens a bundle; `None` if asked to stop.
pub(super) fn open(dir: &Path, progress: &dyn Progress) -> Result<Option<BundleData>, OpenError> {
    progress.begin("Checking that every file is unaltered", None, Unit::Items);
    let bundle = Bundle::open(dir)?;
    let manifest = bundle.manifest().clone();
    let nearby = find::around(dir);
    let leaves = match &nearby.commitment {
        Some(path) if !bundle.is_self_contained() => {
            bundle.leaves(&crate::commit::open_commitment(path)?)?
        }
        _ => bundle.own_leaves()?,
    };
    let dispositions = Dispositions::derive(&manifest, &leaves)?;
    let count = |d| dispositions.count(d);
    let counts = Counts {
        committed: leaves.len() as u32,
        produced: count(Disposition::Produced),
        withheld: count(Disposition::Withheld),
        not_responsive: count(Disposition::NotResponsive),
        exceptions: count(Disposition::Exception),
        outside_form: count(Disposition::OutsideForm),
        resolved: 0,
    };
    progress.begin(
        "Reading titles",
        Some(u64::from(counts.produced)),
        Unit::Items,
    );
    let mut titles = Vec::new();
    for index in dispositions.with(Disposition::Produced) {
        if progress.cancelled() {
            return Ok(None);
        }
        let (meta, _) = bundle.meta(index)?;
        let subject = meta.metadata.get("subject").cloned().unwrap_or_default();
        titles.push((index, meta.path, subject));
        progress.advance(1);
    }
    let slots = nearby
        .classifier(&manifest.classifier)
        .and_then(|path| crate::input::any_classifier(path).ok())
        .and_then(|classifier| classifier.published().shape(1).ok())
        .map(|shape| shape.slots());
    let proof_bytes = (0..manifest.batches.len())
        .map(|batch| bundle.proof(batch).map(|proof| proof.len() as u64))
        .sum::<Result<u64, _>>()?;
    Ok(Some(BundleData {
        path: dir.to_owned(),
        not_searched: NotSearched::count(&leaves, &dispositions),
        leaves,
        dispositions,
        counts,
        titles,
        slots,
        proof_bytes,
        nearby,
        manifest,
    }))
}

/// Where in the proofs an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The proof.
    pub batch: usize,
    /// Items it covers.
    pub items: u32,
    /// Its lanes.
    pub lanes: u32,
    /// The item's position among them.
    pub position: usize,
    /// Lane and place in the lane, if the classifier is at hand.
    pub lane: Option<(usize, usize)>,
}

impl BundleData {
    /// The path and subject of a produced item.
    pub fn title(&self, index: u32) -> Option<(&str, &str)> {
        let at = self.titles.binary_search_by_key(&index, |t| t.0).ok()?;
        Some((&self.titles[at].1, &self.titles[at].2))
    }

    /// The log entry of a withheld item.
    pub fn withheld(&self, index: u32) -> Option<&crate::bundle::Withheld> {
        let list = &self.manifest.withheld;
        let at = list.binary_search_by_key(&index, |w| w.index).ok()?;
        Some(&list[at])
    }

    /// Where the proofs speak about an item.
    pub fn place(&self, index: u32) -> Option<Place> {
        let mut position = self.dispositions.proved().position(|(i, _)| i == index)?;
        for (batch, b) in self.manifest.batches.iter().enumerate() {
            if position < b.items as usize {
                return Some(Place {
                    batch,
                    items: b.items,
                    lanes: b.lanes,
                    position,
                    lane: self
                        .slots
                        .map(|s| (position / s.max(1), position % s.max(1))),
                });
            }
            position -= b.items as usize;
        }
        None
    }
}
