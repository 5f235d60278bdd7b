//! Opening a bundle: complete, unaltered, every file within its cap.

use super::bag::{self, BagError};
use super::leaves::{self, LeavesError};
use super::manifest::{Manifest, ManifestError};
use super::opening::{self, Opening, OpeningError};
use super::{layout, manifest};
use crate::commit::PublicLeaf;
use crate::commit::meta::{ItemMeta, MAX_META_BYTES, MetaError};
use crate::item::{CanonicalVector, VectorError};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Longest proof that is read.
const MAX_PROOF: u64 = 64 << 20;
/// Largest produced document that is read.
const MAX_NATIVE: u64 = 4 << 30;

/// A bundle on disk whose files are all there, unaltered, and listed.
#[derive(Clone, Debug)]
pub struct Bundle {
    dir: PathBuf,
    files: Vec<String>,
    seal: [u8; 32],
    manifest: Manifest,
}

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The packaging.
    #[error(transparent)]
    Bag(#[from] BagError),
    /// A file that every bundle has is missing, or cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that the manifest needs.
    #[error("{0} is missing: the bundle claims it and does not contain it")]
    Missing(String),
    /// Larger than any such file.
    #[error("{} is larger than the {limit} bytes such a file may have", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The cap.
        limit: u64,
    },
    /// The manifest.
    #[error("{}: {source}", layout::MANIFEST)]
    Manifest {
        /// What is wrong.
        #[from]
        source: ManifestError,
    },
    /// The leaves.
    #[error("{}: {source}", layout::LEAVES)]
    Leaves {
        /// What is wrong.
        #[from]
        source: LeavesError,
    },
    /// The opening of a produced item.
    #[error("opening of item {index}: {source}")]
    Opening {
        /// The item.
        index: u32,
        /// What is wrong.
        source: OpeningError,
    },
    /// The metadata of a produced item.
    #[error("metadata of item {index}: {source}")]
    Meta {
        /// The item.
        index: u32,
        /// What is wrong.
        source: MetaError,
    },
    /// The vector of a produced picture.
    #[error("{name}: {source}")]
    Vector {
        /// The file.
        name: String,
        /// What is wrong.
        source: VectorError,
    },
    /// The text of a produced item.
    #[error("the text of item {0} is not UTF-8")]
    Text(u32),
    /// A file that no rule of the format asks for.
    #[error("{0} does not belong in a bundle")]
    Stray(String),
}

impl Bundle {
    /// Checks the packaging and reads the manifest.
    pub fn open(dir: &Path) -> Result<Self, BundleError> {
        let sealed = bag::check(dir)?;
        let bytes = read(&dir.join(layout::MANIFEST), manifest::MAX_BYTES)?;
        Ok(Bundle {
            dir: dir.to_owned(),
            files: sealed.files,
            seal: sealed.seal,
            manifest: Manifest::from_json(&bytes)?,
        })
    }

    /// Whether the folder holds, byte for byte, what it held when it was opened. Reads all of it.
    pub fn is_unchanged(&self) -> bool {
        bag::check(&self.dir).is_ok_and(|now| now.seal == self.seal)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// SHA-256 of the tag manifest: of every byte of the bundle, and the name of exactly this one.
    pub fn seal(&self) -> &[u8; 32] {
        &self.seal
    }

    /// What is claimed.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The payload files.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The public leaves.
    pub fn leaves(&self) -> Result<Vec<PublicLeaf>, BundleError> {
        Ok(leaves::decode(&read(
            &self.dir.join(layout::LEAVES),
            leaves::MAX_BYTES,
        )?)?)
    }

    /// A proof.
    pub fn proof(&self, batch: usize) -> Result<Vec<u8>, BundleError> {
        read(&self.dir.join(layout::proof(batch)), MAX_PROOF)
    }

    /// The opening of a produced item.
    pub fn opening(&self, index: u32) -> Result<Opening, BundleError> {
        let bytes = read(&self.dir.join(layout::opening(index)), opening::MAX_BYTES)?;
        Opening::from_json(&bytes).map_err(|source| BundleError::Opening { index, source })
    }

    /// The metadata of a produced item, with its canonical bytes.
    pub fn meta(&self, index: u32) -> Result<(ItemMeta, Vec<u8>), BundleError> {
        let bytes = read(&self.dir.join(layout::meta(index)), MAX_META_BYTES as u64)?;
        let meta = ItemMeta::from_canonical(&bytes)
            .map_err(|source| BundleError::Meta { index, source })?;
        Ok((meta, bytes))
    }

    /// The extracted text of a produced item.
    pub fn text(&self, index: u32) -> Result<String, BundleError> {
        let bytes = read(&self.dir.join(layout::text(index)), MAX_NATIVE)?;
        String::from_utf8(bytes).map_err(|_| BundleError::Text(index))
    }

    /// The native bytes of a produced item.
    pub fn native(&self, index: u32, meta: &ItemMeta) -> Result<Vec<u8>, BundleError> {
        read(&self.dir.join(layout::native(index, meta)), MAX_NATIVE)
    }

    /// The committed vector of a produced picture, in the classifier's form.
    pub fn vector(&self, index: u32) -> Result<CanonicalVector, BundleError> {
        let name = layout::vector(index);
        let form = self.manifest.form;
        let bytes = read(&self.dir.join(&name), form.len() as u64)?;
        CanonicalVector::new(form, bytes).map_err(|source| BundleError::Vector { name, source })
    }

    /// Checks that exactly the files are there that the manifest, the proofs and the produced items need.
    /// Of a produced item's native file any extension will do here; reading it asks for the right one.
    pub fn check_files(&self, produced: impl Iterator<Item = u32>) -> Result<(), BundleError> {
        let mut needed: BTreeSet<String> =
            [layout::MANIFEST.to_owned(), layout::LEAVES.to_owned()].into();
        needed.extend((0..self.manifest.batches.len()).map(layout::proof));
        for index in produced {
            needed.extend([
                layout::native_stem(index),
                layout::text(index),
                layout::meta(index),
                layout::opening(index),
            ]);
            if !self.manifest.form.is_text() {
                needed.insert(layout::vector(index));
            }
        }
        for name in &self.files {
            let native = || {
                let (stem, extension) = name.rsplit_once('.')?;
                (!extension.contains('/')).then_some(stem)
            };
            if !needed.remove(name) && !native().is_some_and(|stem| needed.remove(stem)) {
                return Err(BundleError::Stray(name.clone()));
            }
        }
        match needed.pop_first() {
            Some(missing) => Err(BundleError::Missing(missing)),
            None => Ok(()),
        }
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, BundleError> {
    let io = |source: io::Error| {
        if source.kind() == io::ErrorKind::NotFound {
            let name = path.to_string_lossy();
            let from = name.rfind("data/").unwrap_or(0);
            return BundleError::Missing(name[from..].to_owned());
        }
        BundleError::Io {
            path: path.to_owned(),
            source,
        }
    };
    let file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        return Err(BundleError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}
