//! Opening a bundle: complete, unaltered, every file within its cap.

use super::bag::{self, BagError, MAX_NATIVE};
use super::layout;
use super::leaves::{self, LeavesError};
use super::manifest::{Manifest, ManifestError};
use super::opening::{self, Opening, OpeningError};
use crate::input::{self, Folder};
use crate::item::{CanonicalVector, Form, VectorError};
use crate::record::commitment::Tally;
use crate::record::leaf::MAX_LEAF_BYTES;
use crate::record::meta::{ItemMeta, MAX_META_BYTES, MetaError};
use crate::record::{Commitment, PublicLeaf, commitment};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Longest proof that is read.
const MAX_PROOF: u64 = 64 << 20;
/// Longest text that is read: four times what `commit` keeps of a document.
const MAX_TEXT: u64 = 64 << 20;
/// Longest leaf in the list of leaves, with its length before it.
const MAX_LISTED_LEAF: u64 = MAX_LEAF_BYTES as u64 + 2;

/// Native files that are larger are hashed only if the commitment says that they are so large.
const UNASKED: u64 = 1 << 20;

/// How large a payload file of a bundle about that many items may be. What no rule of the format asks for is refused
/// later; here it may be as large as a small file. Of native files it says nothing.
fn allowed(name: &str, items: u32) -> Option<u64> {
    let items = u64::from(items);
    Some(match name {
        layout::MANIFEST => Manifest::max_bytes(items as u32),
        layout::LEAVES => 64 + items.saturating_mul(MAX_LISTED_LEAF),
        _ if name.starts_with(&format!("{}/", layout::PROOFS)) => MAX_PROOF,
        _ => match name.rsplit('/').next().unwrap_or_default() {
            "text.txt" => MAX_TEXT,
            "meta.json" => MAX_META_BYTES as u64,
            "opening.json" => opening::MAX_BYTES,
            "vector.bin" => Form::ALL
                .iter()
                .map(|form| form.len() as u64)
                .max()
                .unwrap_or(0),
            native if native.starts_with("native.") => return None,
            _ => 1 << 20,
        },
    })
}

/// What a commitment says of the sizes of native files. A file with a hole costs its sender nothing, and whoever hashes
/// it a second for each gigabyte: so a large one is not touched before the metadata beside it, shown to be under the
/// item's leaf, says how large it is.
struct Committed<'c> {
    commitment: &'c Commitment,
    leaves: OnceLock<Option<Vec<PublicLeaf>>>,
}

impl Committed<'_> {
    /// What this native file may have.
    fn allowed(&self, folder: &Folder, name: &str) -> u64 {
        let length = open(folder, name)
            .ok()
            .and_then(|file| file.metadata().ok());
        match length.is_some_and(|found| found.len() > UNASKED) {
            true => self.size(folder, name).unwrap_or(0).max(UNASKED),
            false => UNASKED,
        }
    }

    fn size(&self, folder: &Folder, name: &str) -> Option<u64> {
        let rest = name.strip_prefix(layout::PRODUCED)?.strip_prefix('/')?;
        let index: u32 = rest.split('/').next()?.parse().ok()?;
        let leaves = self.leaves.get_or_init(|| self.read(folder)).as_ref()?;
        let leaf = leaves.get(index as usize)?;
        let bytes = read(folder, &layout::opening(index), opening::MAX_BYTES).ok()?;
        let opened = Opening::from_json(&bytes).ok()?.disclosed;
        let bytes = read(folder, &layout::meta(index), MAX_META_BYTES as u64).ok()?;
        let meta = ItemMeta::from_canonical(&bytes).ok()?;
        opened.check_root(leaf.d()).ok()?;
        opened.check_meta(&meta).ok()?;
        Some(meta.size.min(MAX_NATIVE))
    }

    fn read(&self, folder: &Folder) -> Option<Vec<PublicLeaf>> {
        let contained = folder.file(Path::new(layout::LEAVES)).is_ok();
        let leaves = leaves_of(folder, contained, self.commitment).ok()?;
        let mut tally = Tally::default();
        leaves.iter().for_each(|leaf| tally.add(leaf));
        tally.matches(self.commitment).then_some(leaves)
    }
}

/// A bundle on disk whose files are all there, unaltered, and listed.
#[derive(Clone, Debug)]
pub struct Bundle {
    folder: Arc<Folder>,
    files: Vec<String>,
    lengths: Vec<u64>,
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
    /// The leaves that were published beside the commitment.
    #[error("{}: {source}", path.display())]
    Published {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: LeavesError,
    },
    /// Leaves are nowhere.
    #[error(
        "the bundle has no leaves of its own and {} is not there: put the file 'leaves' that was published with the \
         commitment beside it, or ask for a bundle that contains them", .0.display()
    )]
    NoLeaves(PathBuf),
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
    /// `bag-info.txt` states something else than the manifest.
    #[error("bag-info.txt: its {0} is not what the manifest says")]
    Info(&'static str),
    /// A file that no rule of the format asks for.
    #[error("{0} does not belong in a bundle")]
    Stray(String),
}

impl Bundle {
    /// Checks the packaging and reads the manifest.
    pub fn open(dir: &Path) -> Result<Self, BundleError> {
        Self::open_with(dir, u32::MAX, &|_, _| MAX_NATIVE)
    }

    /// As [`Bundle::open`], of a bundle about a commitment: nothing in it may be larger than its items need.
    pub fn open_for(dir: &Path, commitment: &Commitment) -> Result<Self, BundleError> {
        let committed = Committed {
            commitment,
            leaves: OnceLock::new(),
        };
        let native = |folder: &Folder, name: &str| committed.allowed(folder, name);
        Self::open_with(dir, commitment.count(), &native)
    }

    fn open_with(
        dir: &Path,
        items: u32,
        native: &(dyn Fn(&Folder, &str) -> u64 + Sync),
    ) -> Result<Self, BundleError> {
        let folder = Folder::open(dir).map_err(|source| BundleError::Io {
            path: dir.to_owned(),
            source,
        })?;
        // The manifest, the leaves; a proof and five files of each item at most.
        let most = 2 + 6 * u64::from(items);
        let sealed = bag::check_within(&folder, most, &|name| {
            allowed(name, items).unwrap_or_else(|| native(&folder, name))
        })?;
        let bytes = read(&folder, layout::MANIFEST, Manifest::max_bytes(items))?;
        let manifest = Manifest::from_json(&bytes)?;
        for (fact, is) in [
            ("External-Identifier", manifest.root.clone()),
            ("External-Description", manifest.description()),
        ] {
            if sealed
                .info
                .iter()
                .any(|(name, stated)| name == fact && *stated != is)
            {
                return Err(BundleError::Info(fact));
            }
        }
        Ok(Bundle {
            folder: Arc::new(folder),
            files: sealed.files,
            lengths: sealed.lengths,
            seal: sealed.seal,
            manifest,
        })
    }

    /// Whether the folder holds, byte for byte, what it held when it was opened. Reads all of it.
    pub fn is_unchanged(&self) -> bool {
        bag::check(self.dir()).is_ok_and(|now| now.seal == self.seal)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.folder.path()
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

    /// Whether the bundle has the leaves itself.
    pub fn is_self_contained(&self) -> bool {
        self.files.iter().any(|name| name == layout::LEAVES)
    }

    /// The bundle's own leaves, however many; where it has none, [`Bundle::leaves`] needs the commitment.
    pub fn own_leaves(&self) -> Result<Vec<PublicLeaf>, BundleError> {
        if !self.is_self_contained() {
            return Err(BundleError::NoLeaves(commitment::LEAVES_NAME.into()));
        }
        contained_leaves(&self.folder, None)
    }

    /// The public leaves of a commitment: the bundle's own, else those that were published beside the commitment
    /// file. There have to be as many as there are items.
    pub fn leaves(&self, commitment: &Commitment) -> Result<Vec<PublicLeaf>, BundleError> {
        leaves_of(&self.folder, self.is_self_contained(), commitment)
    }
    /// A proof.
    pub fn proof(&self, batch: usize) -> Result<Vec<u8>, BundleError> {
        read(&self.folder, &layout::proof(batch), MAX_PROOF)
    }

    /// The opening of a produced item.
    pub fn opening(&self, index: u32) -> Result<Opening, BundleError> {
        let bytes = read(&self.folder, &layout::opening(index), opening::MAX_BYTES)?;
        Opening::from_json(&bytes).map_err(|source| BundleError::Opening { index, source })
    }

    /// The metadata of a produced item, with its canonical bytes.
    pub fn meta(&self, index: u32) -> Result<(ItemMeta, Vec<u8>), BundleError> {
        let bytes = read(&self.folder, &layout::meta(index), MAX_META_BYTES as u64)?;
        let meta = ItemMeta::from_canonical(&bytes)
            .map_err(|source| BundleError::Meta { index, source })?;
        Ok((meta, bytes))
    }

    /// The extracted text of a produced item.
    pub fn text(&self, index: u32) -> Result<String, BundleError> {
        let bytes = read(&self.folder, &layout::text(index), MAX_TEXT)?;
        String::from_utf8(bytes).map_err(|_| BundleError::Text(index))
    }

    /// The native bytes of a produced item: as many as its metadata says, or it is refused.
    pub fn native(&self, index: u32, meta: &ItemMeta) -> Result<Vec<u8>, BundleError> {
        let limit = meta.size.min(MAX_NATIVE);
        read(&self.folder, &layout::native(index, meta), limit)
    }

    /// The native file of a produced item, to be read in pieces.
    pub fn native_file(&self, index: u32, meta: &ItemMeta) -> Result<File, BundleError> {
        open(&self.folder, &layout::native(index, meta))
    }

    /// Bytes of the files of a produced item. What is hashed in pieces (the native file, unless it is a picture)
    /// does not count.
    pub fn memory_of(&self, index: u32) -> u64 {
        let (dir, native) = (
            layout::item_dir(index) + "/",
            layout::native_stem(index) + ".",
        );
        let first = self.files.partition_point(|name| **name < *dir);
        self.files[first..]
            .iter()
            .zip(&self.lengths[first..])
            .take_while(|(name, _)| name.starts_with(&dir))
            .filter(|(name, _)| !self.manifest.form.is_text() || !name.starts_with(&native))
            .map(|(_, length)| length)
            .sum()
    }

    /// The committed vector of a produced picture, in the classifier's form.
    pub fn vector(&self, index: u32) -> Result<CanonicalVector, BundleError> {
        let name = layout::vector(index);
        let form = self.manifest.form;
        let bytes = read(&self.folder, &name, form.len() as u64)?;
        CanonicalVector::new(form, bytes).map_err(|source| BundleError::Vector { name, source })
    }

    /// Checks that exactly the files are there that the manifest, the proofs and the produced items need.
    /// Of a produced item's native file any extension will do here; reading it asks for the right one.
    pub fn check_files(&self, produced: impl Iterator<Item = u32>) -> Result<(), BundleError> {
        let mut needed: BTreeSet<String> = [layout::MANIFEST.to_owned()].into();
        needed.extend(self.is_self_contained().then(|| layout::LEAVES.to_owned()));
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

/// The root that a bundle names, of which nothing else is checked: to find the commitment that it is about.
pub fn stated_root(dir: &Path) -> Result<String, BundleError> {
    let folder = Folder::open(dir).map_err(|source| BundleError::Io {
        path: dir.to_owned(),
        source,
    })?;
    let bytes = read(&folder, layout::MANIFEST, Manifest::max_bytes(u32::MAX))?;
    Ok(Manifest::from_json(&bytes)?.root)
}

fn contained_leaves(folder: &Folder, count: Option<u32>) -> Result<Vec<PublicLeaf>, BundleError> {
    let file = open(folder, layout::LEAVES)?;
    Ok(leaves::decode(io::BufReader::new(file), count)?)
}

/// As many leaves as a commitment has items: those in the folder, or those beside the commitment file.
fn leaves_of(
    folder: &Folder,
    contained: bool,
    commitment: &Commitment,
) -> Result<Vec<PublicLeaf>, BundleError> {
    let count = Some(commitment.count());
    if contained {
        return contained_leaves(folder, count);
    }
    let beside = commitment.leaves_file();
    let path = beside.unwrap_or(Path::new(commitment::LEAVES_NAME));
    let file = match input::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BundleError::NoLeaves(path.to_owned()));
        }
        other => other.map_err(|source| BundleError::Io {
            path: path.to_owned(),
            source,
        })?,
    };
    leaves::decode(io::BufReader::new(file), count).map_err(|source| BundleError::Published {
        path: path.to_owned(),
        source,
    })
}

fn open(folder: &Folder, name: &str) -> Result<File, BundleError> {
    folder.file(Path::new(name)).map_err(|source| {
        if source.kind() == io::ErrorKind::NotFound {
            BundleError::Missing(name.to_owned())
        } else {
            BundleError::Io {
                path: folder.path().join(name),
                source,
            }
        }
    })
}

fn read(folder: &Folder, name: &str, limit: u64) -> Result<Vec<u8>, BundleError> {
    input::read_file(open(folder, name)?, limit).map_err(|source| {
        let path = folder.path().join(name);
        match source.kind() {
            io::ErrorKind::FileTooLarge => BundleError::TooLarge { path, limit },
            _ => BundleError::Io { path, source },
        }
    })
}
