//! Finds the files of a corpus.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use walkdir::WalkDir;

use candor_edge::input::{Folder, Stamp};

use super::error::IngestError;
use super::file::{Place, SourceFile, SourceStatus};
use super::limits::IngestOptions;
use super::names;

/// Lists every file below `root`, hidden ones included, sorted by path, so that the same corpus
/// gives the same list on every machine. Links are not followed.
///
/// With [`IngestOptions::skip_hidden`], entries whose name begins with a dot are left out.
pub fn walk(root: &Path, options: &IngestOptions) -> Result<Vec<SourceFile>, IngestError> {
    let (mut found, _) = walk_entries(root)?;
    if options.skip_hidden {
        found.retain(|file| !file.is_hidden());
    }
    Ok(found)
}

/// As [`walk`], and nothing is left out.
#[cfg(test)]
pub(super) fn walk_all(root: &Path) -> Result<Vec<SourceFile>, IngestError> {
    Ok(walk_entries(root)?.0)
}

/// Every file, and the places of all folders: those are no items, but their names may mean something.
pub(super) fn walk_entries(root: &Path) -> Result<(Vec<SourceFile>, Vec<String>), IngestError> {
    let folder = |source| IngestError::Folder {
        path: root.to_owned(),
        source,
    };
    if !std::fs::metadata(root).map_err(folder)?.is_dir() {
        return Err(IngestError::NotAFolder {
            path: root.to_owned(),
        });
    }
    std::fs::read_dir(root).map_err(folder)?;
    let held = Arc::new(Folder::open(root).map_err(folder)?);

    let (mut found, mut folders) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(root).min_depth(1).follow_links(false) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => folders.push(relative(root, entry.path())),
            Ok(entry) => found.push(from_entry(&held, root, &entry)),
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                found.push(SourceFile {
                    rel: relative(root, &path),
                    path,
                    len: 0,
                    status: SourceStatus::Unreadable(error.to_string()),
                    place: None,
                });
            }
        }
    }
    super::vaults::refuse(root, &found)?;
    found.sort_by(|a, b| a.rel.cmp(&b.rel).then_with(|| a.path.cmp(&b.path)));
    make_unique(&mut found);
    folders.sort();
    Ok((found, folders))
}

fn from_entry(held: &Arc<Folder>, root: &Path, entry: &walkdir::DirEntry) -> SourceFile {
    let mut place = None;
    let kind = entry.file_type();
    let (len, status) = if kind.is_symlink() {
        (0, SourceStatus::Link)
    } else if !kind.is_file() {
        (0, SourceStatus::Special)
    } else {
        match entry.metadata() {
            Ok(meta) => {
                place = entry.path().strip_prefix(root).ok().map(|inside| Place {
                    folder: Arc::clone(held),
                    inside: inside.to_owned(),
                    stamp: Stamp::of(&meta),
                });
                (meta.len(), SourceStatus::Regular)
            }
            Err(error) => (0, SourceStatus::Unreadable(error.to_string())),
        }
    };
    SourceFile {
        rel: relative(root, entry.path()),
        path: entry.path().to_owned(),
        len,
        status,
        place,
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = inside
        .components()
        .filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(names::component(name)),
            _ => None,
        })
        .collect();
    if parts.is_empty() {
        "unnamed".to_owned()
    } else {
        parts.join("/")
    }
}

/// Names made equal by the replacement of unprintable bytes (which takes a name that itself
/// contains a replacement character) are told apart by a number.
fn make_unique(found: &mut [SourceFile]) {
    let mut taken: HashSet<String> = HashSet::with_capacity(found.len());
    for file in found {
        let mut name = file.rel.clone();
        let mut number = 2;
        while taken.contains(&name) {
            name = format!("{}~{number}", file.rel);
            number += 1;
        }
        file.rel.clone_from(&name);
        taken.insert(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::WRITTEN;
    use std::fs;

    #[test]
    fn lists_everything_in_order() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("b/.hidden")).unwrap();
        fs::create_dir(dir.path().join("empty")).unwrap();
        for name in ["b/z.txt", "b/.hidden/x", "a.eml", ".dot", "b-1", "Ä"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        let files = walk(dir.path(), &IngestOptions::default()).unwrap();
        let rels: Vec<_> = files.iter().map(|f| f.rel.as_str()).collect();
        assert_eq!(
            rels,
            [".dot", "a.eml", "b-1", "b/.hidden/x", "b/z.txt", "Ä"]
        );
        assert!(files.iter().all(|f| f.status == SourceStatus::Regular));
        assert_eq!(files[1].len, 5);
        let options = IngestOptions {
            skip_hidden: true,
            ..IngestOptions::default()
        };
        assert_eq!(walk(dir.path(), &options).unwrap().len(), 4);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_odd_names_are_kept_apart() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(OsStr::from_bytes(b"n\xff")), "1").unwrap();
        fs::write(dir.path().join("n\u{FFFD}FF"), "2").unwrap();
        std::os::unix::fs::symlink("/", dir.path().join("out")).unwrap();
        let files = walk(dir.path(), &IngestOptions::default()).unwrap();
        let rels: HashSet<_> = files.iter().map(|f| f.rel.clone()).collect();
        assert_eq!(rels.len(), 3, "{rels:?}");
        assert_eq!(files[2].rel, "out");
        assert_eq!(files[2].status, SourceStatus::Link);
    }

    #[cfg(unix)]
    #[test]
    fn what_was_swapped_after_the_walk_is_not_read() {
        use crate::{ExceptionReason, Family, read_source};
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(outside.path().join("sub")).unwrap();
        let secret = outside.path().join("sub/b.txt");
        fs::write(&secret, "the secret of another folder").unwrap();
        type Swap<'a> = &'a dyn Fn(&Path);
        let swaps: [(&str, Swap<'_>); 5] = [
            ("a link", &|dir| {
                fs::remove_file(dir.join("sub/b.txt")).unwrap();
                symlink(&secret, dir.join("sub/b.txt")).unwrap();
            }),
            ("a folder above it is a link", &|dir| {
                fs::rename(dir.join("sub"), dir.join("moved")).unwrap();
                symlink(outside.path().join("sub"), dir.join("sub")).unwrap();
            }),
            ("a pipe", &|dir| {
                let path = dir.join("sub/b.txt");
                fs::remove_file(&path).unwrap();
                mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
            }),
            ("another file", &|dir| {
                fs::hard_link(&secret, dir.join("new")).unwrap();
                fs::rename(dir.join("new"), dir.join("sub/b.txt")).unwrap();
            }),
            ("a folder", &|dir| {
                fs::remove_file(dir.join("sub/b.txt")).unwrap();
                fs::create_dir(dir.join("sub/b.txt")).unwrap();
            }),
        ];
        for (what, swap) in swaps {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("sub")).unwrap();
            fs::write(dir.path().join("sub/b.txt"), "what was listed").unwrap();
            let files = walk(dir.path(), &IngestOptions::default()).unwrap();
            swap(dir.path());
            let options = IngestOptions::default();
            let read: Vec<Family> = read_source(&files[0], &options).collect();
            let item = &read[0][0];
            let reason = item.exception.as_ref().map(|e| e.reason);
            assert_eq!(reason, Some(ExceptionReason::Unreadable), "{what}");
            assert!(item.bytes.is_empty() && item.text.is_none(), "{what}");
        }
    }

    #[test]
    fn what_was_written_to_meanwhile_is_said() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.txt"), "what was listed").unwrap();
        let files = walk(dir.path(), &IngestOptions::default()).unwrap();
        let warnings = || {
            let options = IngestOptions::default();
            let family = crate::read_source(&files[0], &options).next().unwrap();
            family[0].ledger.line()
        };
        assert_eq!(warnings(), "");
        fs::write(dir.path().join("a.txt"), "something longer than that").unwrap();
        assert!(warnings().contains(WRITTEN));
    }

    #[test]
    fn errors_name_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("nowhere");
        let message = walk(&missing, &IngestOptions::default())
            .unwrap_err()
            .to_string();
        assert!(message.contains("nowhere"), "{message}");
        fs::write(&missing, "").unwrap();
        assert!(matches!(
            walk(&missing, &IngestOptions::default()),
            Err(IngestError::NotAFolder { .. })
        ));
    }
}
