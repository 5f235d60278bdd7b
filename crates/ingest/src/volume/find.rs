//! Finding the load file of a folder, and noticing one that cannot be used.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::file::SourceFile;
use super::columns::{Column, Header};
use super::resolve::{Files, components};
use super::{MAX_LOAD_FILE, opticon};
use crate::charset;
use crate::dat::Dat;
use candor_edge::input;

/// How much of a file is looked at before it is read.
const HEAD: u64 = 64 << 10;

/// Folders that load files lie in, besides the volume's own.
const PLACES: [&str; 6] = ["data", "dat", "load", "loadfile", "loadfiles", "load files"];

/// What was found.
#[derive(Debug, Default)]
pub struct Detected {
    /// Load files that can be used: all of one kind, the best there is.
    pub usable: Vec<PathBuf>,
    /// One that looks like a load file and cannot be used, if none can; and why.
    pub unusable: Option<(PathBuf, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Dat,
    Table,
    Opticon,
}

/// The load files of a folder: by header, in the folder itself or in a folder DATA. A Concordance file comes before a
/// table with the same list, and both before a list of pages.
pub fn detect(files: &[SourceFile]) -> Detected {
    let mut found: Vec<(Class, PathBuf)> = Vec::new();
    let mut unusable = None;
    for file in files
        .iter()
        .filter(|file| in_place(file) && file.len <= MAX_LOAD_FILE)
    {
        match judge(file, files) {
            Some(Ok(class)) => found.push((class, file.path.clone())),
            Some(Err(why)) => unusable = unusable.or(Some((file.path.clone(), why))),
            None => {}
        }
    }
    let best = found.iter().map(|(class, _)| *class).min();
    let usable: Vec<PathBuf> = found
        .into_iter()
        .filter(|(class, _)| Some(*class) == best)
        .map(|(_, path)| path)
        .collect();
    let unusable = unusable.filter(|_| usable.is_empty());
    Detected { usable, unusable }
}

fn in_place(file: &&SourceFile) -> bool {
    let rel = file.rel.to_lowercase();
    match rel.rsplit_once('/') {
        None => true,
        Some((around, _)) => around
            .rsplit('/')
            .next()
            .is_some_and(|last| PLACES.contains(&last)),
    }
}

/// Whether a file is a load file, is meant to be one and cannot be used, or is something else.
fn judge(file: &SourceFile, files: &[SourceFile]) -> Option<Result<Class, String>> {
    let ending = file.rel.rsplit_once('.')?.1.to_ascii_lowercase();
    match ending.as_str() {
        "dat" => table(file, files, true),
        "csv" | "txt" | "tsv" | "tab" | "del" => table(file, files, false),
        "opt" => {
            let text = charset::decode(&head(&file.path)?, None).text;
            let first: String = text.lines().take(1).collect();
            if first.matches(',').count() < 3 {
                return None;
            }
            Some(match opticon::parse(&first) {
                Ok(_) => Ok(Class::Opticon),
                Err(error) => Err(error.to_string()),
            })
        }
        "lfp" | "dii" => {
            let text = charset::decode(&head(&file.path)?, None).text;
            let is_it = text
                .lines()
                .any(|line| line.starts_with("IM,") || line.starts_with("@T "));
            is_it.then(|| Err("IPRO's and Summation's load files are not read; export it as Concordance DAT or Opticon".to_owned()))
        }
        _ => None,
    }
}

fn head(path: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let file = input::open(path).ok()?;
    file.take(HEAD).read_to_end(&mut head).ok()?;
    Some(head)
}

/// A table with a header. One that is not called a load file (`.csv`, `.txt`) has to name a file that is there.
fn table(file: &SourceFile, files: &[SourceFile], named: bool) -> Option<Result<Class, String>> {
    let mut first = head(&file.path)?;
    if first.len() as u64 == HEAD {
        first.truncate(first.len() & !1);
    }
    if !names_documents(&first) {
        return None;
    }
    let bytes = input::read(&file.path, MAX_LOAD_FILE).ok()?;
    let dat = match Dat::parse(&bytes) {
        Ok(dat) => dat,
        Err(error) => return Some(Err(error.to_string())),
    };
    let header = Header::new(dat.columns(), &[]);
    let listed = [Column::Native, Column::Text, Column::Body]
        .into_iter()
        .any(|column| header.has(column));
    if !header.has(Column::Control) || !listed {
        // Facts alone, with the pages in a list of their own.
        let pages = files
            .iter()
            .any(|file| file.rel.to_ascii_lowercase().ends_with(".opt"));
        return (named && header.has(Column::Control) && pages).then_some(Ok(Class::Dat));
    }
    if named {
        return Some(Ok(Class::Dat));
    }
    let lookup = Files::new(files, Some(&file.rel), None);
    let rows = dat.rows().take(1_000).map_while(Result::ok);
    let leads = rows.into_iter().any(|(_, row)| {
        [Column::Native, Column::Text].into_iter().any(|column| {
            components(header.get(&row, column))
                .is_ok_and(|parts| !parts.is_empty() && lookup.find(&parts).is_some())
        })
    });
    leads.then_some(Ok(Class::Table))
}

/// Whether the first line names a number and a document, whatever stands between the names.
fn names_documents(first: &[u8]) -> bool {
    let plain: Vec<u8> = first
        .iter()
        .copied()
        .filter(|byte| *byte != 0)
        .take(16 << 10)
        .collect();
    let line = plain
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .next()
        .unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let words = |also: &str| -> Vec<String> {
        let inside = |c: char| c != '\u{fe}' && (c.is_alphanumeric() || also.contains(c));
        let split = text.split(|c: char| !inside(c));
        split
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    // Names hold blanks and other signs, or are separated by them.
    let mut names = words(" _-");
    names.extend(words(""));
    names
        .iter()
        .any(|name| Header::means(name) == Some(Column::Control))
}
