//! Folders and what is in them: for the file picker, and to find what belongs together.

use crate::audit::challenge::Challenge;
use crate::audit::open::CHALLENGE;
use crate::bundle::{Manifest, bag, layout};
use crate::commit::commitment;
use crate::commit::earlier::place;
use crate::commit::{open_commitment, vault};
use crate::guard::Allowance;
use crate::review::{self, Review};
use std::fs;
use std::path::{Path, PathBuf};

/// Most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;
/// Largest manifest that is read just to list it.
const MAX_MANIFEST: u64 = 64 << 20;

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A case.
    Case,
    /// A case whose vault is locked with a passphrase.
    Locked,
    /// A disclosure bundle.
    Bundle,
    /// A classifier file, public or sealed.
    Classifier,
    /// A commitment file.
    Commitment,
    /// Any other file.
    File,
}

impl EntryKind {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            EntryKind::Folder => "folder",
            EntryKind::Case => "case",
            EntryKind::Locked => "locked case",
            EntryKind::Bundle => "bundle",
            EntryKind::Classifier => "classifier",
            EntryKind::Commitment => "commitment",
            EntryKind::File => "",
        }
    }
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: EntryKind,
}

/// What a path leads to, judged by names alone.
pub fn kind_of(path: &Path) -> EntryKind {
    if path.is_dir() {
        if vault::layout::dir(path).is_dir() {
            EntryKind::Case
        } else if vault::locked::is_locked(path) {
            EntryKind::Locked
        } else if path.join(bag::MANIFEST).is_file() && path.join(layout::MANIFEST).is_file() {
            EntryKind::Bundle
        } else {
            EntryKind::Folder
        }
    } else if has_extension(path, "clf") || has_extension(path, crate::seal::EXTENSION) {
        EntryKind::Classifier
    } else if path.extension().is_some_and(|e| e == "json")
        && path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().contains("commitment"))
    {
        EntryKind::Commitment
    } else {
        EntryKind::File
    }
}

/// The entries of a folder, folders first, by name.
pub fn list(folder: &Path) -> Result<Vec<Entry>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut out: Vec<Entry> = entries
        .flatten()
        .take(MAX_ENTRIES)
        .map(|entry| Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            kind: kind_of(&entry.path()),
            path: entry.path(),
        })
        .collect();
    let files_last = |e: &Entry| e.kind >= EntryKind::Classifier;
    out.sort_by(|a, b| (files_last(a), &a.name).cmp(&(files_last(b), &b.name)));
    Ok(out)
}

/// What lies around a case or a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nearby {
    /// Classifier files.
    pub classifiers: Vec<FoundClassifier>,
    /// Bundles about the same corpus.
    pub bundles: Vec<FoundBundle>,
    /// Productions over the same corpus that were begun and not finished.
    pub unfinished: Vec<Unfinished>,
    /// Decisions on requests that are recorded in this case.
    pub reviewed: Vec<Reviewed>,
    /// The commitment file of the same corpus.
    pub commitment: Option<PathBuf>,
    /// The case of the same corpus, where its responder works.
    pub case: Option<PathBuf>,
    /// The cases that supplement it, as its custody log has them.
    pub supplemented_by: Vec<PathBuf>,
    /// Files with public keys.
    pub keys: Vec<PathBuf>,
    /// Challenges of a random audit of the same corpus.
    pub challenges: Vec<PathBuf>,
    /// Folders with what such a challenge opened.
    pub openings: Vec<PathBuf>,
}

/// A classifier file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundClassifier {
    /// Where.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Its SHA-256.
    pub hash: String,
}

/// A bundle, by what its manifest claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundBundle {
    /// Where.
    pub path: PathBuf,
    /// The classifier's name.
    pub classifier: String,
    /// The classifier's SHA-256.
    pub classifier_hash: String,
    /// When it was made.
    pub created: String,
    /// Matching items.
    pub matches: usize,
    /// Of these, kept back.
    pub withheld: usize,
}

/// A production that was begun and not finished, by what its work folder says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The bundle that it becomes.
    pub output: PathBuf,
    /// The classifier's SHA-256.
    pub classifier_hash: String,
    /// Proofs that are finished.
    pub finished: usize,
    /// Proofs in all.
    pub proofs: usize,
    /// Items that it was begun to withhold; `None` if it does not say so.
    pub withheld: Option<Vec<u32>>,
    /// Near copies that it was begun to let leave, and why.
    pub allowed: Vec<(u32, String)>,
}

/// The production that a work folder belongs to, if it is one over a root.
fn unfinished(work: &Path, root: &str) -> Option<Unfinished> {
    let name = work.file_name()?.to_str()?;
    let output = work.with_file_name(name.strip_suffix(".partial")?);
    let file = work.join("resume.json");
    let small = fs::metadata(&file).is_ok_and(|m| m.is_file() && m.len() <= MAX_MANIFEST);
    let told: serde_json::Value =
        serde_json::from_slice(&small.then(|| fs::read(&file))?.ok()?).ok()?;
    if told["root"] != root {
        return None;
    }
    let proofs = told["batches"].as_array()?.len();
    let bag = work.join("bag");
    let finished = (0..proofs).filter(|n| bag.join(layout::proof(*n)).is_file());
    let withheld = [&told["terms"]["withheld"], &told["withheld"]];
    let index = |w: &serde_json::Value| w["index"].as_u64().and_then(|n| u32::try_from(n).ok());
    let withheld = withheld.iter().find_map(|list| list.as_array());
    let allowed = serde_json::from_value::<Vec<Allowance>>(told["terms"]["allowed"].clone());
    let allowed = allowed.unwrap_or_default().into_iter();
    Some(Unfinished {
        output,
        classifier_hash: told["classifier"].as_str()?.to_owned(),
        finished: finished.count(),
        proofs,
        withheld: withheld.map(|list| list.iter().filter_map(index).collect()),
        allowed: allowed.map(|a| (a.item, a.reason)).collect(),
    })
}

/// Decisions on a request that are recorded in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// The classifier's SHA-256.
    pub classifier_hash: String,
    /// Items that are withheld, or why that cannot be read.
    pub withheld: Result<usize, String>,
}

/// What was decided in a case, request by request.
pub(super) fn reviewed(case: &Path) -> Vec<Reviewed> {
    let Ok(requests) = review::requests(case) else {
        return Vec::new();
    };
    let read = |hash: String| {
        let mut bytes = [0; 32];
        let decoded = hex::decode_to_slice(&hash, &mut bytes).map_err(|e| e.to_string());
        let withheld = decoded.and_then(|()| {
            let review = Review::open(case, &bytes).map_err(|e| e.to_string())?;
            Ok(review.decisions().len())
        });
        Reviewed {
            classifier_hash: hash,
            withheld,
        }
    };
    requests.into_keys().map(read).collect()
}

impl Nearby {
    /// The classifier with a hash.
    pub fn classifier(&self, hash: &str) -> Option<&Path> {
        let found = self.classifiers.iter().find(|c| c.hash == hash);
        found.map(|c| c.path.as_path())
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e == extension)
}

/// The challenge in a file, if it is one and not larger than one is.
fn challenge(path: &Path) -> Option<Challenge> {
    Challenge::load(path).ok()
}

fn manifest(bundle: &Path) -> Option<Manifest> {
    let path = bundle.join(layout::MANIFEST);
    Manifest::from_json(&crate::input::read(&path, MAX_MANIFEST).ok()?).ok()
}

/// The folders worth looking into: this one, the one it is in, and that one's folders.
fn neighbourhood(at: &Path) -> Vec<Entry> {
    let at = std::path::absolute(at).unwrap_or_else(|_| at.to_owned());
    let mut out = list(&at).unwrap_or_default();
    let beside = at.parent().and_then(|p| list(p).ok()).unwrap_or_default();
    for entry in &beside {
        let plain = matches!(
            entry.kind,
            EntryKind::Folder | EntryKind::Case | EntryKind::Locked
        );
        if plain && entry.path != at && !entry.name.starts_with('.') {
            out.extend(list(&entry.path).unwrap_or_default());
        }
        if out.len() > MAX_ENTRIES {
            break;
        }
    }
    out.extend(beside);
    out
}

fn look(at: &Path, root: &str) -> Nearby {
    let mut found = Nearby::default();
    for entry in neighbourhood(at) {
        match entry.kind {
            EntryKind::Classifier => {
                if let Ok(classifier) = crate::input::any_classifier(&entry.path) {
                    found.classifiers.push(FoundClassifier {
                        name: classifier.name().to_owned(),
                        hash: hex::encode(classifier.hash()),
                        path: entry.path,
                    });
                }
            }
            EntryKind::Commitment if found.commitment.is_none() => {
                let same = open_commitment(&entry.path).is_ok_and(|c| c.root_hex() == root);
                found.commitment = same.then_some(entry.path);
            }
            EntryKind::Bundle => {
                if let Some(manifest) = manifest(&entry.path).filter(|m| m.root == root) {
                    found.bundles.push(FoundBundle {
                        classifier: manifest.classifier_name,
                        classifier_hash: manifest.classifier,
                        created: manifest.created,
                        matches: manifest.matches.len(),
                        withheld: manifest.withheld.len(),
                        path: entry.path,
                    });
                }
            }
            EntryKind::Case => {
                let path = entry.path.join(commitment::FILE_NAME);
                if open_commitment(&path).is_ok_and(|c| c.root_hex() == root) {
                    found.commitment.get_or_insert(path);
                    found.case.get_or_insert(entry.path);
                }
            }
            EntryKind::File if has_extension(&entry.path, "pub") => found.keys.push(entry.path),
            EntryKind::File
                if entry.name.contains("challenge")
                    && challenge(&entry.path).is_some_and(|c| c.root == root) =>
            {
                found.challenges.push(entry.path);
            }
            EntryKind::Folder if entry.name.ends_with(".partial") => {
                found.unfinished.extend(unfinished(&entry.path, root));
            }
            EntryKind::Folder
                if challenge(&entry.path.join(CHALLENGE)).is_some_and(|c| c.root == root) =>
            {
                found.openings.push(entry.path);
            }
            _ => {}
        }
    }
    for list in [&mut found.keys, &mut found.challenges, &mut found.openings] {
        list.sort();
        list.dedup();
    }
    found.unfinished.sort_by(|a, b| a.output.cmp(&b.output));
    found.unfinished.dedup();
    found.classifiers.sort_by(|a, b| a.path.cmp(&b.path));
    found.classifiers.dedup_by(|a, b| a.hash == b.hash);
    found.bundles.sort_by(|a, b| a.created.cmp(&b.created));
    found
}

/// What lies around a corpus's case or bundle and belongs to it.
pub(super) fn around(path: &Path) -> Nearby {
    let root = match kind_of(path) {
        EntryKind::Case | EntryKind::Locked => open_commitment(&path.join(commitment::FILE_NAME))
            .ok()
            .map(|c| c.root_hex().to_owned()),
        _ => manifest(path).map(|m| m.root),
    };
    let mut found = root.map(|root| look(path, &root)).unwrap_or_default();
    if kind_of(path) == EntryKind::Case {
        found.reviewed = reviewed(path);
    }
    if let Some(case) = &found.case {
        let later = place::after(case).unwrap_or_default().into_iter();
        let stands = later.filter(|later| later.replaced_by.is_none());
        found.supplemented_by = stands.map(|later| later.case).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_by_what_they_hold() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("acme/vault")).unwrap();
        fs::create_dir_all(at("closed")).unwrap();
        fs::write(at("closed").join(vault::locked::LOCKED), "").unwrap();
        fs::create_dir_all(at("mail")).unwrap();
        fs::create_dir_all(at("b/data")).unwrap();
        fs::write(at("b").join(bag::MANIFEST), "").unwrap();
        fs::write(at("b").join(layout::MANIFEST), "").unwrap();
        fs::write(at("a.clf"), "").unwrap();
        fs::write(at("acme-commitment.json"), "").unwrap();
        fs::write(at("x.txt"), "").unwrap();
        let kinds: Vec<_> = list(dir.path())
            .unwrap()
            .into_iter()
            .map(|e| (e.name, e.kind.label()))
            .collect();
        let kinds: Vec<_> = kinds.iter().map(|(n, k)| (n.as_str(), *k)).collect();
        assert_eq!(
            kinds,
            [
                ("acme", "case"),
                ("b", "bundle"),
                ("closed", "locked case"),
                ("mail", "folder"),
                ("a.clf", "classifier"),
                ("acme-commitment.json", "commitment"),
                ("x.txt", ""),
            ]
        );
        assert!(list(&at("nowhere")).is_err());
    }
}
