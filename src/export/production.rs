//! Writes a production: documents, load files, logs and hashes, in two halves.
//!
//! ```text
//! DIR/serve/      VOL001/...  privilege-log.csv .xlsx  exceptions.csv  families.csv  production.json  hashes.csv
//!                 (and family-openings.jsonl, if families are opened)
//! DIR/internal/   privilege-log.csv .xlsx  exceptions.csv  hashes.csv      only with the responder's case
//! ```

use super::bates::{Bates, BatesError};
use super::families;
use super::fields::{self, Facts, Field};
use super::images;
use super::log::{self, Departures};
use super::named::Named;
use super::numbering::{self, Numbered, NumberingError};
use super::opticon;
use super::output::{OutputError, Stream};
use super::profile::{Folder, Profile};
use super::sides::{Side, Sides};
use super::slip::Slip;
use super::source::{self, Insider, SourceError};
use crate::bundle::Disposition;
use crate::clean;
use crate::commit::Vault;
use crate::commit::kin::Kinship;
use crate::dat::{DatWriter, Encoding};
use crate::guard;
use crate::progress::{Progress, Unit};
use crate::verify::VerifiedBundle;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// Files in one numbered folder.
const PER_FOLDER: usize = 1000;

/// What a production looks like.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The platform.
    pub profile: Profile,
    /// The numbers.
    pub bates: Bates,
    /// Name of the first volume, ending in a number: "VOL001".
    pub volume: String,
    /// Documents after which a new volume begins; families are never split.
    pub volume_documents: usize,
    /// Encoding of the DAT, if not the profile's own.
    pub encoding: Option<Encoding>,
    /// Designation under a protective order, for every document.
    pub confidentiality: String,
    /// Whether withheld documents get numbered placeholders.
    pub slip_sheets: bool,
    /// Whether the parents of the members of produced families are opened; needs the case.
    pub open_families: bool,
    /// What the privilege log that is handed over names of withheld documents; the one that stays with the
    /// responder names everything.
    pub named: Named,
    /// `ITEM=REASON`: what may leave although it resembles something withheld, besides what was allowed when the
    /// bundle was made.
    pub allow: Vec<String>,
}

impl ExportOptions {
    /// The usual production on a platform.
    pub fn new(profile: Profile, bates: Bates) -> Self {
        ExportOptions {
            profile,
            bates,
            volume: "VOL001".to_owned(),
            volume_documents: usize::MAX,
            encoding: None,
            confidentiality: String::new(),
            slip_sheets: false,
            open_families: false,
            named: Named::default(),
            allow: Vec::new(),
        }
    }
}

/// What was written, for people and for programs; also stored as `serve/production.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Production {
    /// The first line of the verdict on the bundle: how many items were not searched, and why.
    pub headline: String,
    /// What wrote it.
    pub software: String,
    /// The platform.
    pub profile: Profile,
    /// Documents, placeholders included.
    pub documents: usize,
    /// Placeholders among them.
    pub slip_sheets: usize,
    /// Pages in the OPT.
    pub images: usize,
    /// Lines of the privilege log.
    pub withheld: usize,
    /// Items that could not be processed.
    pub unprocessed: u32,
    /// Replacements that the load files needed.
    pub substitutions: usize,
    /// Documents whose parent is not in the production.
    pub broken_families: usize,
    /// Families of which some members are produced and some are not; `families.csv` lists them.
    pub incomplete_families: usize,
    /// First number.
    pub first: Option<String>,
    /// Last number.
    pub last: Option<String>,
    /// The volumes.
    pub volumes: Vec<String>,
    /// The case.
    pub case: String,
    /// Root of the corpus.
    pub root: String,
    /// SHA-256 of the classifier file.
    pub classifier: String,
    /// What is known of the classifier if it is sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<crate::verify::SealedFacts>,
    /// The count identity.
    pub counts: crate::verify::Counts,
    /// The items that were not searched, by reason.
    pub not_searched: crate::verify::NotSearched,
    /// What may leave although it resembles something withheld, and why: the responder's own.
    #[serde(skip)]
    pub allowed: Vec<guard::Allowance>,
}

/// Why a production cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Something withheld would go out.
    #[error(transparent)]
    Guard(#[from] guard::CheckError),
    /// The numbers.
    #[error(transparent)]
    Bates(#[from] BatesError),
    /// The families.
    #[error("families: {0}")]
    Families(#[from] families::FamilyError),
    /// The volume's name.
    #[error(
        "'{0}' cannot name a volume: use up to 20 letters, digits, '-' and '_' that end in a digit, such as VOL001"
    )]
    Volume(String),
    /// The folder.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The documents.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A load file or log.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A workbook.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The watcher asked to stop.
    #[error("stopped as asked; nothing was left behind")]
    Cancelled,
}

/// The name of the `n`-th volume, counted from 0.
pub fn volume_name(first: &str, n: usize) -> Result<String, ExportError> {
    let bad = || ExportError::Volume(first.to_owned());
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &first[stem.len()..];
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if first.len() > 20 || digits.is_empty() || !first.bytes().all(allowed) {
        return Err(bad());
    }
    let number = digits.parse::<usize>().map_err(|_| bad())?;
    let number = number.checked_add(n).ok_or_else(bad)?;
    Ok(format!("{stem}{number:0width$}", width = digits.len()))
}

/// The documents of each volume: families stay together.
fn volumes(documents: &[Numbered], limit: usize) -> Vec<&[Numbered]> {
    let mut out = Vec::new();
    let mut start = 0;
    for at in 1..documents.len() {
        if at - start >= limit && documents[at].head != documents[at - 1].head {
            out.push(&documents[start..at]);
            start = at;
        }
    }
    if start < documents.len() || out.is_empty() {
        out.push(&documents[start..]);
    }
    out
}

/// Writes the production of a verified bundle into a folder that does not exist yet. `vault` is the
/// responder's own, for facts about withheld and unprocessed items that the bundle keeps back.
pub fn export(
    verified: &VerifiedBundle,
    vault: Option<&Vault>,
    target: &Path,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Production, ExportError> {
    options.profile.check(&options.bates)?;
    volume_name(&options.volume, 0)?;
    let insider = vault
        .map(|vault| Insider::new(vault, verified))
        .transpose()?;
    let mut allowed = Vec::new();
    if let Some(vault) = vault {
        let (found, all) = guard::check_bundle(vault, verified, &options.allow, progress)?;
        found.no_idle_passage().map_err(guard::CheckError::from)?;
        allowed = all;
    }
    let (kinship, opened) = match vault.filter(|_| options.open_families) {
        Some(vault) => {
            let (kinship, file) = families::open(vault, verified)?;
            (kinship, Some(file))
        }
        None => (verified.kinship().clone(), None),
    };
    let numbered = numbering::number(verified, &kinship, &options.bates, options.slip_sheets);
    let documents = numbered.map_err(|error| match error {
        NumberingError::Bates(error) => ExportError::Bates(error),
        NumberingError::Source(error) => ExportError::Source(error),
    })?;
    let mut run = Run {
        verified,
        options,
        output: Sides::create(target)?,
        departures: Departures::default(),
        images: 0,
        custodian: verified.report().custodian.clone().unwrap_or_default(),
    };
    progress.begin("exporting", Some(documents.len() as u64), Unit::Items);
    let mut names = Vec::new();
    for (n, part) in volumes(&documents, options.volume_documents.max(1))
        .into_iter()
        .enumerate()
    {
        let volume = volume_name(&options.volume, n)?;
        run.volume(&volume, part, progress)?;
        names.push(volume);
    }
    progress.end();
    for document in &documents {
        run.note_family(document);
    }
    run.internal(insider.as_ref(), &documents, &kinship)?;
    let unprocessed = run.departures.add_unprocessed(verified, None)?;
    let privilege = log::privilege(
        verified,
        insider.as_ref(),
        &documents,
        &options.named,
        &kinship,
    )?;
    if !privilege.rows.is_empty() {
        run.privilege_log(Side::Serve, &privilege)?;
    }
    if let Some(file) = opened {
        run.output
            .write(Side::Serve, families::OPENINGS, file.as_bytes())?;
    }
    let families = families::incomplete(verified, &kinship, &documents);
    if families.incomplete > 0 {
        run.table(Side::Serve, "families.csv", &families.table)?;
    }
    let departures = run.departures.table().clone();
    run.table(Side::Serve, "exceptions.csv", &departures)?;
    let report = verified.report();
    let production = Production {
        headline: report.headline().to_owned(),
        software: concat!("candor ", env!("CARGO_PKG_VERSION")).to_owned(),
        profile: options.profile,
        documents: documents.len(),
        slip_sheets: documents.iter().filter(|d| d.withheld.is_some()).count(),
        images: run.images,
        withheld: privilege.rows.len(),
        unprocessed,
        substitutions: run.departures.count("substitution"),
        broken_families: run.departures.count("family"),
        incomplete_families: families.incomplete,
        first: documents.first().map(|d| d.bates.clone()),
        last: documents.last().map(|d| d.bates.clone()),
        volumes: names,
        case: report.case.clone(),
        root: report.root.clone(),
        classifier: report.classifier.clone(),
        sealed: report.sealed.clone(),
        counts: verified.counts(),
        not_searched: verified.not_searched().clone(),
        allowed,
    };
    let json = clean::to_json(&production).unwrap_or_default() + "\n";
    (run.output).write(Side::Serve, "production.json", json.as_bytes())?;
    run.output.finish()?;
    Ok(production)
}

struct Run<'a> {
    verified: &'a VerifiedBundle,
    options: &'a ExportOptions,
    output: Sides,
    departures: Departures,
    images: usize,
    custodian: String,
}

/// A load file: a DAT, or a CSV for the `csv` profile.
enum LoadFile {
    Dat(Box<DatWriter<Stream>>),
    Csv(Box<csv::Writer<Stream>>),
}

impl Run<'_> {
    fn write_error(&self, path: &str) -> impl FnOnce(io::Error) -> ExportError + use<> {
        let path = self.output.place_of(Side::Serve, path);
        move |source| ExportError::Write { path, source }
    }

    fn table(&mut self, side: Side, path: &str, table: &log::Table) -> Result<(), ExportError> {
        let bytes = table.csv().map_err(|error| ExportError::Write {
            path: self.output.place_of(side, path),
            source: error.into(),
        })?;
        self.output.write(side, path, &bytes)?;
        Ok(())
    }

    fn privilege_log(&mut self, side: Side, log: &log::Table) -> Result<(), ExportError> {
        self.table(side, "privilege-log.csv", log)?;
        let workbook = log.xlsx("Privilege log")?;
        self.output.write(side, "privilege-log.xlsx", &workbook)?;
        Ok(())
    }

    /// What the responder keeps: the logs with everything that the case knows.
    fn internal(
        &mut self,
        insider: Option<&Insider<'_>>,
        documents: &[Numbered],
        kinship: &Kinship,
    ) -> Result<(), ExportError> {
        let Some(insider) = insider else {
            return Ok(());
        };
        let everything = Named::everything();
        let log = log::privilege(
            self.verified,
            Some(insider),
            documents,
            &everything,
            kinship,
        )?;
        self.privilege_log(Side::Internal, &log)?;
        let mut departures = self.departures.clone();
        departures.add_unprocessed(self.verified, Some(insider))?;
        self.table(Side::Internal, "exceptions.csv", departures.table())
    }

    fn volume(
        &mut self,
        volume: &str,
        documents: &[Numbered],
        progress: &dyn Progress,
    ) -> Result<(), ExportError> {
        let profile = self.options.profile;
        let columns = profile.columns();
        let stem = profile.load_file(volume);
        let extension = if profile == Profile::Csv {
            "csv"
        } else {
            "dat"
        };
        let path = format!("{stem}.{extension}");
        let stream = self.output.stream(Side::Serve, &path)?;
        let header = columns.iter().map(|(_, name)| *name);
        let mut load = if profile == Profile::Csv {
            let mut writer = csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .from_writer(stream);
            writer
                .write_record(header)
                .map_err(|error| self.write_error(&path)(error.into()))?;
            LoadFile::Csv(Box::new(writer))
        } else {
            let encoding = self.options.encoding.unwrap_or(profile.encoding());
            let writer = DatWriter::new(stream, encoding, header);
            LoadFile::Dat(Box::new(writer.map_err(self.write_error(&path))?))
        };
        let mut pages = String::new();
        for (n, document) in documents.iter().enumerate() {
            if progress.cancelled() {
                return Err(ExportError::Cancelled);
            }
            let values =
                self.document(volume, n / PER_FOLDER + 1, document, &columns, &mut pages)?;
            self.row(&mut load, &path, document, &columns, &values)?;
            progress.advance(1);
        }
        let stream = match load {
            LoadFile::Dat(writer) => writer.into_inner(),
            LoadFile::Csv(writer) => writer
                .into_inner()
                .map_err(|error| self.write_error(&path)(io::Error::other(error.to_string())))?,
        };
        self.output.close(Side::Serve, stream)?;
        if !pages.is_empty() {
            let path = format!("{stem}.opt");
            self.output.write(Side::Serve, &path, pages.as_bytes())?;
        }
        Ok(())
    }

    /// Writes the files of a document and returns its row.
    fn document(
        &mut self,
        volume: &str,
        batch: usize,
        document: &Numbered,
        columns: &[(Field, &str)],
        pages: &mut String,
    ) -> Result<Vec<String>, ExportError> {
        let profile = self.options.profile;
        let bates = &document.bates;
        let (meta, native, text, extension) = match &document.withheld {
            None => {
                let found = source::document(self.verified, document.index)?;
                let extension = fields::extension(&found.meta);
                (Some(found.meta), found.native, found.text, extension)
            }
            Some(entry) => {
                let slip = Slip {
                    bates,
                    ground: format!("{}, {}", entry.reason.code(), entry.reason.title()),
                    description: &entry.description,
                    leaf: &document.leaf,
                    proof: &document.proof,
                };
                (None, slip.pdf(), slip.text(), "pdf".to_owned())
            }
        };
        let place = |folder, extension: &str| {
            profile.place(volume, folder, batch, &format!("{bates}.{extension}"))
        };
        let native_place = place(Folder::Natives, &extension);
        let text_place = place(Folder::Text, "txt");
        let fact = self.output.write(Side::Serve, &native_place, &native)?;
        self.output
            .write(Side::Serve, &text_place, text.as_bytes())?;
        if meta.as_ref().is_some_and(|meta| meta.kind == "image") {
            match images::page(&native) {
                Ok(page) => {
                    let path = place(Folder::Images, page.extension);
                    self.output.write(Side::Serve, &path, &page.bytes)?;
                    let name = profile.opticon_volume(volume);
                    pages.push_str(&opticon::row(bates, name, &profile.link(&path), true, 1));
                    self.images += 1;
                    if page.converted {
                        let what = "converted to TIFF for display; the native is as committed";
                        self.note("image", document, "", what.to_owned());
                    }
                }
                Err(why) => self.note("image", document, "", format!("no page: {why}")),
            }
        }
        let facts = Facts {
            numbered: document,
            meta: meta.as_ref(),
            custodian: &self.custodian,
            confidentiality: &self.options.confidentiality,
            native: &fact,
            native_link: &profile.link(&native_place),
            text_link: &profile.link(&text_place),
            root: &self.verified.report().root,
            joined_dates: profile == Profile::Relativity,
        };
        Ok(columns
            .iter()
            .map(|(field, _)| facts.value(*field))
            .collect())
    }

    fn row(
        &mut self,
        load: &mut LoadFile,
        path: &str,
        document: &Numbered,
        columns: &[(Field, &str)],
        values: &[String],
    ) -> Result<(), ExportError> {
        match load {
            LoadFile::Dat(writer) => {
                let replaced = writer.row(values).map_err(self.write_error(path))?;
                for one in replaced {
                    let field = columns.get(one.column).map_or("", |(_, name)| name);
                    let what = format!("{} ({} times)", one.what, one.times);
                    self.note("substitution", document, field, what);
                }
            }
            LoadFile::Csv(writer) => {
                let cells: Vec<String> = values.iter().map(|value| clean::cell(value)).collect();
                for ((_, field), (cell, value)) in columns.iter().zip(cells.iter().zip(values)) {
                    if cell != value {
                        let what = "an apostrophe was put before what a spreadsheet would take for a \
                                    formula, and characters that hide or reorder text were made visible";
                        self.note("substitution", document, field, what.to_owned());
                    }
                }
                writer
                    .write_record(&cells)
                    .map_err(|error| self.write_error(path)(error.into()))?;
            }
        }
        Ok(())
    }

    fn note(&mut self, kind: &str, document: &Numbered, field: &str, what: String) {
        self.departures
            .add(kind, &document.bates, Some(document.index), field, what);
    }

    fn note_family(&mut self, document: &Numbered) {
        if let Some((parent, disposition)) = document.absent_parent {
            let why = match disposition {
                Disposition::Withheld => "is withheld: see the privilege log",
                Disposition::NotResponsive => "is not responsive",
                Disposition::Exception => "could not be processed",
                Disposition::OutsideForm => "is outside the classifier's form",
                Disposition::Produced => "is produced elsewhere",
            };
            let what = format!("it was attached to item {parent}, which {why}");
            self.note("family", document, "PARENTID", what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_count_on_and_never_split_a_family() {
        assert_eq!(volume_name("VOL009", 1).unwrap(), "VOL010");
        for bad in ["VOL", "../1", "V 1", "", "\u{e9}1"] {
            assert!(volume_name(bad, 0).is_err(), "{bad}");
        }
        let document = |index: u32, head: u32| Numbered {
            index,
            bates: format!("A{index}"),
            family: Default::default(),
            head,
            parent: None,
            absent_parent: None,
            leaf: String::new(),
            proof: String::new(),
            withheld: None,
        };
        let documents: Vec<Numbered> = [(0, 0), (1, 1), (2, 1), (3, 1), (4, 4)]
            .map(|(index, head)| document(index, head))
            .to_vec();
        let sizes =
            |limit| -> Vec<usize> { volumes(&documents, limit).iter().map(|v| v.len()).collect() };
        assert_eq!(sizes(1), [1, 3, 1]);
        assert_eq!(sizes(2), [4, 1]);
        assert_eq!(sizes(usize::MAX), [5]);
        assert_eq!(volumes(&[], 1).len(), 1);
    }
}
