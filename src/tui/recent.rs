//! What was opened before, kept in the user's state folder.

use crate::Surroundings;
use crate::private;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Most entries that are kept.
const MAX: usize = 20;

/// What kind of thing it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A case.
    Case,
    /// A bundle.
    Bundle,
    /// A classifier file.
    Classifier,
}

impl Kind {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Case => "case",
            Kind::Bundle => "bundle",
            Kind::Classifier => "classifier",
        }
    }
}

/// One thing that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// What.
    pub kind: Kind,
    /// Where.
    pub path: PathBuf,
}

/// Puts an entry on top, once.
pub fn add(list: &mut Vec<Recent>, kind: Kind, path: &Path) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    list.retain(|r| r.path != path);
    list.insert(0, Recent { kind, path });
    list.truncate(MAX);
}

fn file(around: &Surroundings) -> Option<PathBuf> {
    let set = |name: &str| {
        around
            .variable(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    let folder = set("XDG_STATE_HOME")
        .filter(|p| p.is_absolute())
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| around.home().map(|home| home.join(".local/state")))?;
    Some(folder.join("candor/recent.json"))
}

/// The list as last written; empty if there is none or it cannot be read.
pub fn load(around: &Surroundings) -> Vec<Recent> {
    let read = || serde_json::from_slice(&fs::read(file(around)?).ok()?).ok();
    let mut list: Vec<Recent> = read().unwrap_or_default();
    list.retain(|r| r.path.exists());
    list
}

/// Writes the list. Failing to is harmless: the list is a convenience.
pub fn store(around: &Surroundings, list: &[Recent]) {
    let write = || -> Option<()> {
        let file = file(around)?;
        private::create_dir_all(file.parent()?).ok()?;
        private::write(&file, &serde_json::to_vec_pretty(list).ok()?).ok()
    };
    let _ = write();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_is_first_and_nothing_is_listed_twice() {
        let mut list = Vec::new();
        for name in ["/a", "/b", "/a"] {
            add(&mut list, Kind::Case, Path::new(name));
        }
        let paths: Vec<_> = list.iter().map(|r| r.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["/a", "/b"]);
        for i in 0..50 {
            add(&mut list, Kind::Bundle, Path::new(&format!("/{i}")));
        }
        assert_eq!(list.len(), MAX);
    }
}
