//! Corpora that come with a load file: a Concordance DAT, native files, and text files.
//!
//! Every row is one document and one item, under the control number that the parties already know
//! it by. Text that is supplied is taken as the item's text, and the item's extractor says so.
//!
//! | in the load file | becomes |
//! |---|---|
//! | a row | an item, with its number, custodian, people, subject and dates as metadata |
//! | NATIVELINK, TEXTLINK | the item's bytes and text; a link to nothing makes it an exception |
//! | only TEXTLINK | a text document, whose bytes are the text file's |
//! | only NATIVELINK | a document read as one in a folder, attachments included unless they have rows |
//! | PARENTID, else BEGATTACH | the item it is attached to |
//!
//! A path that leads out of the volume, rows without or with equal numbers, and rows that are each
//! other's parents make the whole load file an error: nobody can say what was meant.

mod columns;
mod document;
mod resolve;

use super::walk::SourceFile;
use crate::dat::{Dat, DatError};
use candor_edge::input;
use columns::{Column, Header};
pub use document::ListedFamily;
use document::{Link, ListedDocument};
pub use resolve::PathError;
use resolve::{Files, components};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Recorded as the extractor of text that came with a load file.
pub const GIVEN_TEXT: &str = "candor-given-text/1 encoding_rs/0.8.44";

/// Largest load file that is read.
const MAX_LOAD_FILE: u64 = 1 << 30;

/// Why a load file cannot be used. Row 1 is the header.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// Not readable.
    #[error("cannot read it: {0}")]
    Io(#[from] std::io::Error),
    /// Too large to be one.
    #[error("it has more than 1 GiB; split the volume")]
    TooLarge,
    /// Not a DAT file, or a damaged one.
    #[error(transparent)]
    Dat(#[from] DatError),
    /// Columns without which nothing can be done.
    #[error("it has no column for {0}")]
    NoColumn(&'static str),
    /// No rows.
    #[error("it lists no documents")]
    Empty,
    /// A row without a number.
    #[error("row {0} has no control number")]
    NoNumber(usize),
    /// Two rows with the same number.
    #[error("row {row} has the control number '{number}' of an earlier row")]
    Twice {
        /// The later row.
        row: usize,
        /// The number.
        number: String,
    },
    /// A path that nobody should follow.
    #[error("row {row}: the path '{path}' is refused: {why}")]
    Path {
        /// The row.
        row: usize,
        /// The path.
        path: String,
        /// Why.
        why: PathError,
    },
    /// Rows that are each other's parents.
    #[error("row {0} is, through its parents, attached to itself")]
    Cycle(usize),
}

/// What a load file lists.
#[derive(Debug)]
pub struct Volume {
    /// The documents, families together, parents first.
    pub families: Vec<ListedFamily>,
    /// Number of documents.
    pub documents: usize,
    /// How many files of the volume it names.
    pub named: usize,
    /// Columns that were not taken over.
    pub ignored: Vec<String>,
}

/// Reads the load file at `path` and finds its documents among `files`, those of the volume.
/// `own` is the load file's own place among them, if it is there.
pub fn open(
    path: &Path,
    files: &[SourceFile],
    own: Option<&str>,
    folder: &Path,
) -> Result<Volume, VolumeError> {
    let bytes = input::read(path, MAX_LOAD_FILE).map_err(|error| match error.kind() {
        std::io::ErrorKind::FileTooLarge => VolumeError::TooLarge,
        _ => error.into(),
    })?;
    let dat = Dat::parse(&bytes)?;
    let rows: Vec<(usize, Vec<String>)> = dat.rows().collect::<Result<_, _>>()?;
    let header = Header::new(dat.columns(), &rows);
    if !header.has(Column::Control) {
        return Err(VolumeError::NoColumn(
            "control numbers (BEGBATES, DOCID, CONTROLNUMBER)",
        ));
    }
    if !header.has(Column::Native) && !header.has(Column::Text) {
        return Err(VolumeError::NoColumn(
            "the documents (NATIVELINK, TEXTLINK)",
        ));
    }
    let name = folder.file_name().and_then(|name| name.to_str());
    let lookup = Files::new(files, own, name);
    let mut list = List::default();
    for (row, values) in &rows {
        list.add(*row, values, &header, &lookup)?;
    }
    if list.documents.is_empty() {
        return Err(VolumeError::Empty);
    }
    let mut named = vec![false; files.len()];
    list.named.iter().for_each(|at| named[*at] = true);
    let documents = list.documents.len();
    Ok(Volume {
        families: list.families()?,
        documents,
        named: named.into_iter().filter(|named| *named).count(),
        ignored: header.ignored,
    })
}

/// Documents as they are found, not yet sorted into families.
#[derive(Default)]
struct List {
    documents: Vec<(usize, ListedDocument)>,
    /// What the row says its parent is.
    parents: Vec<Option<String>>,
    numbers: HashMap<String, usize>,
    paths: HashMap<String, u32>,
    named: Vec<usize>,
}

impl List {
    fn add(
        &mut self,
        row: usize,
        values: &[String],
        header: &Header,
        files: &Files<'_>,
    ) -> Result<(), VolumeError> {
        let number = header.get(values, Column::Control).to_owned();
        if number.is_empty() {
            return Err(VolumeError::NoNumber(row));
        }
        if self
            .numbers
            .insert(number.clone(), self.documents.len())
            .is_some()
        {
            return Err(VolumeError::Twice { row, number });
        }
        let mut link = |column| -> Result<Link, VolumeError> {
            let written = header.get(values, column);
            let parts = components(written).map_err(|why| VolumeError::Path {
                row,
                path: written.to_owned(),
                why,
            })?;
            if parts.is_empty() {
                return Ok(Link::None);
            }
            Ok(match files.find(&parts) {
                Some(at) => {
                    self.named.push(at);
                    Link::Found(files.file(at).clone())
                }
                None => Link::Missing(parts.join("/")),
            })
        };
        let (native, text) = (link(Column::Native)?, link(Column::Text)?);
        let path = self.unique(native.path().or(text.path()).unwrap_or(&number));
        let (facts, warnings) = header.facts(values);
        let parent = [Column::Parent, Column::FamilyBegin]
            .map(|column| header.get(values, column))
            .into_iter()
            .find(|parent| !parent.is_empty() && *parent != number);
        self.parents.push(parent.map(str::to_owned));
        let hashes = [Column::Md5, Column::Sha256]
            .map(|column| header.get(values, column).to_ascii_lowercase());
        self.documents.push((
            row,
            ListedDocument {
                path,
                parent: None,
                attachments: false,
                native,
                text,
                facts,
                warnings,
                hashes,
            },
        ));
        Ok(())
    }

    /// A path that no other document has; several may share one file.
    fn unique(&mut self, path: &str) -> String {
        let path = super::names::member(path);
        let times = self.paths.entry(path.clone()).or_default();
        *times += 1;
        match *times {
            1 => path,
            // An ordinary file may end in "~2" as well; "!/" leads into nothing but containers.
            n => format!("{path}!/~{n}"),
        }
    }

    /// Sorts the documents into families, in the order of their first rows.
    fn families(mut self) -> Result<Vec<ListedFamily>, VolumeError> {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.documents.len()];
        let mut heads = Vec::new();
        for (at, parent) in self.parents.iter().enumerate() {
            match parent
                .as_ref()
                .map(|parent| (parent, self.numbers.get(parent)))
            {
                Some((_, Some(&parent))) => children[parent].push(at),
                Some((absent, None)) => {
                    let warning =
                        format!("it is attached to {absent}, which the load file does not list");
                    self.documents[at].1.warnings.push(warning);
                    heads.push(at);
                }
                None => heads.push(at),
            }
        }
        let rows: Vec<usize> = self.documents.iter().map(|(row, _)| *row).collect();
        let mut waiting: Vec<Option<ListedDocument>> = self
            .documents
            .into_iter()
            .map(|(_, document)| Some(document))
            .collect();
        let mut families = Vec::with_capacity(heads.len());
        for head in heads {
            let mut family = Vec::new();
            let mut next = vec![(head, None)];
            while let Some((at, parent)) = next.pop() {
                let Some(mut document) = waiting[at].take() else {
                    continue;
                };
                document.parent = parent;
                document.attachments = !children[at].is_empty();
                family.push(document);
                let index = family.len() - 1;
                next.extend(children[at].iter().rev().map(|child| (*child, Some(index))));
            }
            families.push(ListedFamily::new(family));
        }
        match waiting.iter().position(Option::is_some) {
            Some(at) => Err(VolumeError::Cycle(rows[at])),
            None => Ok(families),
        }
    }
}

/// The load file of a folder, if there is one that can be nothing else: a file `*.dat` whose header
/// names numbers and documents, in the folder itself or in a folder DATA.
pub fn detect(files: &[SourceFile]) -> Vec<PathBuf> {
    let likely = |file: &&SourceFile| {
        let rel = file.rel.to_lowercase();
        let around = rel.rsplit_once('/').map_or("", |(around, _)| around);
        let place = around.is_empty() || around.rsplit('/').next() == Some("data");
        place && rel.ends_with(".dat") && file.len <= MAX_LOAD_FILE && is_load_file(&file.path)
    };
    files
        .iter()
        .filter(likely)
        .map(|file| file.path.clone())
        .collect()
}

fn is_load_file(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let read = input::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    if read.is_err() || !Dat::looks_like(&head) {
        return false;
    }
    let Ok(dat) = input::read(path, MAX_LOAD_FILE)
        .map_err(VolumeError::from)
        .and_then(|bytes| Ok(Dat::parse(&bytes)?))
    else {
        return false;
    };
    let header = Header::new(dat.columns(), &[]);
    header.has(Column::Control) && (header.has(Column::Native) || header.has(Column::Text))
}

#[cfg(test)]
mod tests;
