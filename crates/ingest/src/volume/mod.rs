//! Corpora that come with a load file: a Concordance DAT, a table with other delimiters or an Opticon list of pages,
//! with native files, and text files or text in the load file itself.
//!
//! Every row is one document and one item, under the control number that the parties already know
//! it by. Text that is supplied is taken as the item's text, and the item's extractor says so.
//!
//! | in the load file | becomes |
//! |---|---|
//! | a row | an item, with its number, custodian, people, subject and dates as metadata |
//! | NATIVELINK, TEXTLINK | the item's bytes and text; a link to nothing makes it an exception |
//! | only TEXTLINK | a text document, whose bytes are the text file's |
//! | EXTRACTEDTEXT, TEXT | the text itself, or where it is |
//! | only NATIVELINK | a document read as one in a folder |
//! | attachments of a native | items of their own, unless they have rows |
//! | pages of an Opticon list | the first is the item, with the text beside it; the others are attached to it |
//! | dates | by one rule that fits all rows; where none decides, [`VolumeError::DateOrder`] asks |
//! | PARENTID, else BEGATTACH | the item it is attached to |
//!
//! A path that leads out of the volume, rows without or with equal numbers, and rows that are each
//! other's parents make the whole load file an error: nobody can say what was meant.

mod columns;
mod dates;
mod document;
mod find;
mod opticon;
mod resolve;

use super::file::SourceFile;
use crate::charset;
use crate::dat::{Dat, DatError};
use candor_edge::input;
pub use columns::may_state;
use columns::{Column, Header};
pub use dates::DateOrder;
use dates::Unclear;
pub use document::{GIVEN_TEXT, ListedFamily};
use document::{Link, ListedDocument};
pub use find::{Detected, detect};
pub use opticon::OpticonError;
use opticon::Pages;
pub use resolve::PathError;
use resolve::{Files, components};
use std::collections::HashMap;
use std::path::Path;

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
    /// Not a list of pages, or a damaged one.
    #[error(transparent)]
    Opticon(#[from] OpticonError),
    /// Dates that can be two days each, and none that decides.
    #[error(
        "row {row}: the date '{written}' can be two days, and no other row decides; say which with \
         --date-order month-first (as in America) or --date-order day-first"
    )]
    DateOrder {
        /// The first row with such a date.
        row: usize,
        /// The date.
        written: String,
    },
    /// Dates that no one rule fits.
    #[error(
        "its dates follow no one rule: row {month_first} has the month first, row {day_first} the day; correct one, or \
         say with --date-order month-first or --date-order day-first which holds (the others are then said not to be \
         understood)"
    )]
    MixedDates {
        /// A row with the month first.
        month_first: usize,
        /// A row with the day first.
        day_first: usize,
    },
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
    /// Files of the volume that it does not name, the first of them.
    pub unnamed: Vec<String>,
    /// How it was read, where that had to be found out.
    pub notes: Vec<String>,
}

/// Most files that are named to people.
const UNNAMED: usize = 20;

/// Reads the load file at `path` and finds its documents among `files`, those of the volume.
/// `own` is the load file's own place among them, if it is there.
pub fn open(
    path: &Path,
    files: &[SourceFile],
    own: Option<&str>,
    folder: &Path,
    order: Option<DateOrder>,
) -> Result<Volume, VolumeError> {
    let bytes = input::read(path, MAX_LOAD_FILE).map_err(|error| match error.kind() {
        std::io::ErrorKind::FileTooLarge => VolumeError::TooLarge,
        _ => error.into(),
    })?;
    let name = folder.file_name().and_then(|name| name.to_str());
    let lookup = Files::new(files, own, name);
    let mut list = List::default();
    let mut notes = Vec::new();
    let mut ignored = Vec::new();
    if is_opticon(path) {
        for pages in opticon::parse(&charset::decode(&bytes, None).text)? {
            list.add_pages(&pages, Facts::default(), &lookup)?;
        }
    } else {
        let dat = Dat::parse(&bytes)?;
        let rows: Vec<(usize, Vec<String>)> = dat.rows().collect::<Result<_, _>>()?;
        let header = Header::new(dat.columns(), &rows);
        if !header.has(Column::Control) {
            return Err(VolumeError::NoColumn(
                "control numbers (BEGBATES, DOCID, CONTROLNUMBER)",
            ));
        }
        notes = self::notes(&dat);
        let order = match order {
            Some(order) => Some(order),
            None => match header.order(&rows).rule() {
                Ok(order) => order,
                Err(Unclear::Either(row, written)) => {
                    return Err(VolumeError::DateOrder { row, written });
                }
                Err(Unclear::Both(month_first, day_first)) => {
                    return Err(VolumeError::MixedDates {
                        month_first,
                        day_first,
                    });
                }
            },
        };
        if let Some(order) = order {
            let which = match order {
                DateOrder::MonthFirst => "the month",
                DateOrder::DayFirst => "the day",
            };
            notes.push(format!("dates are read with {which} first"));
        }
        let listed = [Column::Native, Column::Text, Column::Body];
        if listed.into_iter().any(|column| header.has(column)) {
            let inline = inline(&header, &rows, &lookup);
            for (row, values) in &rows {
                list.add(*row, values, &header, &lookup, order, inline)?;
            }
        } else {
            let mut pages = pages_beside(files)?;
            for (row, values) in &rows {
                let number = header.get(values, Column::Control);
                let of = pages.remove(number).unwrap_or_default();
                let pages = Pages {
                    row: *row,
                    number: number.to_owned(),
                    pages: of,
                };
                list.add_pages(&pages, Facts::of(&header, values, order), &lookup)?;
            }
        }
        ignored = header.ignored;
    }
    if list.documents.is_empty() {
        return Err(VolumeError::Empty);
    }
    let mut named = vec![false; files.len()];
    list.named.iter().for_each(|at| named[*at] = true);
    let others = files
        .iter()
        .zip(&named)
        .filter(|(file, named)| !**named && Some(file.rel.as_str()) != own);
    let unnamed = others
        .map(|(file, _)| file.rel.clone())
        .take(UNNAMED)
        .collect();
    let documents = list.documents.iter().filter(|(row, _)| *row > 0).count();
    Ok(Volume {
        families: list.families()?,
        documents,
        named: named.into_iter().filter(|named| *named).count(),
        ignored,
        unnamed,
        notes,
    })
}

fn is_opticon(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("opt"))
}

/// What had to be found out to read it.
fn notes(dat: &Dat) -> Vec<String> {
    let mut notes = Vec::new();
    let delimiters = dat.delimiters();
    if delimiters.newline.is_none() {
        notes.push(format!("read with {}", delimiters.shown()));
    }
    if let Some(charset) = dat.guessed_charset() {
        notes.push(format!(
            "its charset is not stated; it was read as {charset}"
        ));
    }
    notes
}

/// The pages of each document, by its number, from the one list of pages in the volume.
fn pages_beside(
    files: &[SourceFile],
) -> Result<HashMap<String, Vec<(String, String)>>, VolumeError> {
    let mut lists = files.iter().filter(|file| is_opticon(&file.path));
    let (Some(list), None) = (lists.next(), lists.next()) else {
        return Err(VolumeError::NoColumn(
            "the documents (NATIVELINK, TEXTLINK, EXTRACTEDTEXT), nor one list of pages (.opt) beside it",
        ));
    };
    let bytes = input::read(&list.path, MAX_LOAD_FILE)?;
    let documents = opticon::parse(&charset::decode(&bytes, None).text)?;
    Ok(documents
        .into_iter()
        .map(|document| (document.number, document.pages))
        .collect())
}

/// Whether the column that may hold texts or paths holds texts: no value leads to a file, and not all look like paths.
fn inline(header: &Header, rows: &[(usize, Vec<String>)], files: &Files<'_>) -> bool {
    let values = rows
        .iter()
        .map(|(_, row)| header.get(row, Column::Body))
        .filter(|value| !value.is_empty());
    let mut all_paths = true;
    for value in values {
        let parts = components(value);
        if parts.is_ok_and(|parts| files.find(&parts).is_some()) {
            return false;
        }
        all_paths &= looks_like_path(value);
    }
    !all_paths
}

fn looks_like_path(value: &str) -> bool {
    let ending = value.rsplit_once('.').map(|(_, ending)| ending);
    value.len() < 1_000
        && !value.contains('\n')
        && ending.is_some_and(|e| {
            (1..=5).contains(&e.len()) && e.chars().all(|c| c.is_ascii_alphanumeric())
        })
        && (value.contains(['/', '\\']) || !value.contains(' '))
}

/// What a row says beside its links.
#[derive(Default)]
struct Facts {
    facts: Vec<(&'static str, String)>,
    warnings: Vec<String>,
    hashes: [String; 2],
    parent: Option<String>,
}

impl Facts {
    fn of(header: &Header, values: &[String], order: Option<DateOrder>) -> Self {
        let number = header.get(values, Column::Control);
        let (facts, warnings) = header.facts(values, order);
        let parent = [Column::Parent, Column::FamilyBegin]
            .map(|column| header.get(values, column))
            .into_iter()
            .find(|parent| !parent.is_empty() && *parent != number);
        Facts {
            facts,
            warnings,
            hashes: [Column::Md5, Column::Sha256]
                .map(|column| header.get(values, column).to_ascii_lowercase()),
            parent: parent.map(str::to_owned),
        }
    }
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
    /// Takes note of a document's number.
    fn number(&mut self, row: usize, number: &str) -> Result<(), VolumeError> {
        if number.is_empty() {
            return Err(VolumeError::NoNumber(row));
        }
        let known = self.numbers.insert(number.to_owned(), self.documents.len());
        if known.is_some() {
            return Err(VolumeError::Twice {
                row,
                number: number.to_owned(),
            });
        }
        Ok(())
    }

    /// Where a path of a row leads.
    fn link(&mut self, row: usize, written: &str, files: &Files<'_>) -> Result<Link, VolumeError> {
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
    }

    fn add(
        &mut self,
        row: usize,
        values: &[String],
        header: &Header,
        files: &Files<'_>,
        order: Option<DateOrder>,
        inline: bool,
    ) -> Result<(), VolumeError> {
        let number = header.get(values, Column::Control).to_owned();
        self.number(row, &number)?;
        let native = self.link(row, header.get(values, Column::Native), files)?;
        let mut text = self.link(row, header.get(values, Column::Text), files)?;
        let body = header.get(values, Column::Body);
        if matches!(text, Link::None | Link::Missing(_)) && !body.is_empty() {
            let leads = !inline
                && !body.contains('\n')
                && components(body).is_ok_and(|parts| files.find(&parts).is_some());
            text = match inline || !(leads || looks_like_path(body)) {
                true => Link::Inline(body.to_owned()),
                false => self.link(row, body, files)?,
            };
        }
        // A second text (recognised beside extracted, say) may say what the first does not.
        let mut more = Vec::new();
        let taken = matches!(&text, Link::Inline(said) if said == body)
            || matches!(&text, Link::Found(_)) && header.get(values, Column::Text).is_empty();
        let value = |at: usize| values.get(at).map_or("", |value| value.trim());
        let bodies = (!taken).then_some(body).into_iter();
        let bodies = bodies.chain(header.further(Column::Body).map(value));
        for said in bodies.filter(|said| !said.is_empty()) {
            let leads = !inline
                && !said.contains('\n')
                && components(said).is_ok_and(|parts| files.find(&parts).is_some());
            more.push(match inline || !(leads || looks_like_path(said)) {
                true => Link::Inline(said.to_owned()),
                false => self.link(row, said, files)?,
            });
        }
        for said in header.further(Column::Text).map(value) {
            more.push(self.link(row, said, files)?);
        }
        more.retain(|link| *link != Link::None);
        if matches!(text, Link::None) && !more.is_empty() {
            text = more.remove(0);
        }
        let path = self.unique(native.path().or(text.path()).unwrap_or(&number));
        let facts = Facts::of(header, values, order);
        self.put(row, path, native, text, facts);
        if let Some((_, document)) = self.documents.last_mut() {
            document.more = more;
        }
        Ok(())
    }

    /// A document of which there are pages: the first is the item, the others are attached to it. A text file that
    /// is called as a page is, is its text.
    fn add_pages(
        &mut self,
        pages: &Pages,
        facts: Facts,
        files: &Files<'_>,
    ) -> Result<(), VolumeError> {
        self.number(pages.row, &pages.number)?;
        let mut facts = facts;
        if !facts.facts.iter().any(|(key, _)| *key == "control_number") {
            facts.facts.push(("control_number", pages.number.clone()));
        }
        if let (Some((last, _)), true) = (pages.pages.last(), pages.pages.len() > 1)
            && !facts
                .facts
                .iter()
                .any(|(key, _)| *key == "control_number_end")
        {
            facts.facts.push(("control_number_end", last.clone()));
        }
        if pages.pages.len() > 1 && !facts.facts.iter().any(|(key, _)| *key == "pages") {
            facts.facts.push(("pages", pages.pages.len().to_string()));
        }
        let mut pages_left = pages.pages.iter();
        let (native, text) = match pages_left.next() {
            Some((_, file)) => {
                let native = self.link(pages.row, file, files)?;
                (native, self.text_called(&pages.number, files))
            }
            None => (Link::None, self.text_called(&pages.number, files)),
        };
        let path = self.unique(native.path().or(text.path()).unwrap_or(&pages.number));
        self.put(pages.row, path, native, text, facts);
        for (at, (page, file)) in (2..).zip(pages_left) {
            let native = self.link(pages.row, file, files)?;
            let text = self.text_called(page, files);
            let path = self.unique(native.path().unwrap_or(page));
            let facts = Facts {
                facts: vec![("control_number", page.clone()), ("page", at.to_string())],
                parent: Some(pages.number.clone()),
                ..Facts::default()
            };
            // No row of its own: its number may be one that a later row has.
            self.put(0, path, native, text, facts);
        }
        Ok(())
    }

    fn text_called(&mut self, number: &str, files: &Files<'_>) -> Link {
        match files.text_called(number) {
            Some(at) => {
                self.named.push(at);
                Link::Found(files.file(at).clone())
            }
            None => Link::None,
        }
    }

    fn put(&mut self, row: usize, path: String, native: Link, text: Link, facts: Facts) {
        self.parents.push(facts.parent);
        self.documents.push((
            row,
            ListedDocument {
                path,
                parent: None,
                attachments: false,
                native,
                text,
                more: Vec::new(),
                facts: facts.facts,
                warnings: facts.warnings,
                hashes: facts.hashes,
            },
        ));
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

/// Whether a text is an Opticon load file; for fuzzers, which must get an answer whatever it is.
#[doc(hidden)]
pub fn opticon_reads(text: &str) -> bool {
    opticon::parse(text).is_ok_and(|documents| {
        let pages: usize = documents.iter().map(|document| document.pages.len()).sum();
        assert!(pages <= text.len(), "more pages than bytes");
        !documents.is_empty()
    })
}

#[cfg(test)]
mod tests;
