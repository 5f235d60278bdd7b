//! Finding the load file of a folder, and noticing one that cannot be used.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::file::{SourceFile, SourceStatus};
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
/// table with the same list, and both before a list of pages. What has the name of a load file and cannot be looked into
/// (a pipe, a link, a folder, a file without the right to read it) may be the list of all others: it is said, never taken
/// for one document among many. `folders` are the places of the folders below `root`.
pub fn detect(files: &[SourceFile], root: &Path, folders: &[String]) -> Detected {
    let mut found: Vec<(Class, PathBuf)> = Vec::new();
    let mut unusable: Vec<(Class, PathBuf, String)> = Vec::new();
    for file in files.iter().filter(|file| in_place(&file.rel)) {
        match judge(file, files) {
            Some(Ok(class)) => found.push((class, file.path.clone())),
            Some(Err((class, why))) => unusable.push((class, file.path.clone(), why)),
            None => {}
        }
    }
    for folder in folders.iter().filter(|folder| in_place(folder)) {
        if let Some(class) = class_of(folder) {
            let why = "it is a folder, where its name says a load file".to_owned();
            unusable.push((class, root.join(folder), why));
        }
    }
    let best = found.iter().map(|(class, _)| *class).min();
    let usable: Vec<PathBuf> = found
        .into_iter()
        .filter(|(class, _)| Some(*class) == best)
        .map(|(_, path)| path)
        .collect();
    // One that would have come after the best is not missed.
    let missed =
        |class: Class| best.is_none_or(|best| class < best || class == best && class == Class::Dat);
    let unusable = unusable.into_iter().find(|(class, ..)| missed(*class));
    Detected {
        usable,
        unusable: unusable.map(|(_, path, why)| (path, why)),
    }
}

fn in_place(rel: &str) -> bool {
    let rel = rel.to_lowercase();
    match rel.rsplit_once('/') {
        None => true,
        Some((around, _)) => around
            .rsplit('/')
            .next()
            .is_some_and(|last| PLACES.contains(&last)),
    }
}

/// What a name alone says that a file is: a Concordance or Opticon load file, or one of another program.
fn class_of(rel: &str) -> Option<Class> {
    match rel.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "dat" => Some(Class::Dat),
        "opt" | "lfp" | "dii" => Some(Class::Opticon),
        _ => None,
    }
}

/// Why a file that has the name of a load file, or a folder that may hold one, cannot be looked into.
fn out_of_reach(file: &SourceFile) -> Option<(Class, String)> {
    let name = file.rel.rsplit('/').next().unwrap_or_default();
    let may_hold = PLACES.contains(&&*name.to_lowercase());
    let class = class_of(&file.rel);
    let why = match &file.status {
        SourceStatus::Regular => {
            let error = file.open().err()?;
            error.to_string()
        }
        SourceStatus::Link => "it is a link, and links are not followed".to_owned(),
        SourceStatus::Special => "it is a named pipe, a socket or a device".to_owned(),
        SourceStatus::Unreadable(why) if may_hold => {
            return Some((Class::Dat, format!("it may hold the load file: {why}")));
        }
        SourceStatus::Unreadable(why) => why.clone(),
    };
    class.map(|class| (class, why))
}

type Unusable = (Class, String);

/// Whether a file is a load file, is meant to be one and cannot be used, or is something else.
fn judge(file: &SourceFile, files: &[SourceFile]) -> Option<Result<Class, Unusable>> {
    if let Some(unusable) = out_of_reach(file) {
        return Some(Err(unusable));
    }
    if file.status != SourceStatus::Regular {
        return None;
    }
    let ending = file.rel.rsplit_once('.')?.1.to_ascii_lowercase();
    match ending.as_str() {
        "dat" => table(file, files, true),
        "csv" | "txt" | "tsv" | "tab" | "del" => table(file, files, false),
        "opt" => {
            let text = charset::decode(&head(file)?, None).text;
            let first: String = text.lines().take(1).collect();
            if first.matches(',').count() < 3 {
                return None;
            }
            Some(match opticon::parse(&first) {
                Ok(_) => Ok(Class::Opticon),
                Err(error) => Err((Class::Opticon, error.to_string())),
            })
        }
        "lfp" | "dii" => {
            let text = charset::decode(&head(file)?, None).text;
            let is_it = text
                .lines()
                .any(|line| line.starts_with("IM,") || line.starts_with("@T "));
            let why = "IPRO's and Summation's load files are not read; export it as Concordance DAT or Opticon";
            is_it.then(|| Err((Class::Opticon, why.to_owned())))
        }
        _ => None,
    }
}

fn head(file: &SourceFile) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let opened = file.open().ok()?;
    opened.file.take(HEAD).read_to_end(&mut head).ok()?;
    Some(head)
}

/// A table with a header. One that is not called a load file (`.csv`, `.txt`) has to name a file that is there.
fn table(file: &SourceFile, files: &[SourceFile], named: bool) -> Option<Result<Class, Unusable>> {
    let class = if named { Class::Dat } else { Class::Table };
    let mut first = head(file)?;
    if first.len() as u64 == HEAD {
        first.truncate(first.len() & !1);
    }
    if !names_documents(&first) {
        return None;
    }
    let bytes = match file
        .open()
        .and_then(|opened| input::read_file(opened.file, MAX_LOAD_FILE))
    {
        Ok(bytes) => bytes,
        // A table of that size that is not called a load file is a document.
        Err(error) => return named.then(|| Err((class, error.to_string()))),
    };
    let dat = match Dat::parse(&bytes) {
        Ok(dat) => dat,
        Err(error) => return Some(Err((class, error.to_string()))),
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
