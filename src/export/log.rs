//! The privilege log (FRCP 26(b)(5)) and the log of departures, as tables.

use super::fields;
use super::named::{LogFact, Named};
use super::numbering::{self, Numbered};
use super::source::{Insider, SourceError};
use crate::bundle::{Disposition, Reason};
use crate::clean;
use crate::commit::kin::Kinship;
use crate::commit::meta::ItemMeta;
use crate::verify::VerifiedBundle;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use std::collections::BTreeMap;

/// A table of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Column names.
    pub header: Vec<&'static str>,
    /// Rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(header: &[&'static str]) -> Self {
        Table {
            header: header.to_vec(),
            rows: Vec::new(),
        }
    }

    /// As CSV (RFC 4180, CR LF); cells that a spreadsheet would run are disarmed.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| clean::cell(cell)))?;
        }
        writer.flush()?;
        writer
            .into_inner()
            .map_err(|error| std::io::Error::other(error.to_string()).into())
    }

    /// As a workbook with one sheet. Every cell is text, so nothing is run or reformatted.
    pub fn xlsx(&self, name: &str) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?;
        let head = Format::new().set_bold().set_text_wrap();
        let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        for (column, title) in (0..).zip(&self.header) {
            sheet.write_string_with_format(0, column, *title, &head)?;
            let longest = self.rows.iter().map(|row| {
                row.get(usize::from(column))
                    .map_or(0, |cell| cell.chars().count())
            });
            let width = longest.max().unwrap_or(0).max(title.len()).clamp(8, 60);
            sheet.set_column_width(column, width as f64 + 1.0)?;
        }
        for (row, cells) in (1..).zip(&self.rows) {
            for (column, cell) in (0..).zip(cells) {
                sheet.write_string_with_format(row, column, cut(cell), &body)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_landscape();
        sheet.set_repeat_rows(0, 0)?;
        workbook.save_to_buffer()
    }
}

/// A cell holds 32,767 characters, and nothing that hides or reorders others.
fn cut(cell: &str) -> String {
    const MAX: usize = 32_767;
    let cell = clean::block(cell);
    match cell.char_indices().nth(MAX - 1) {
        Some((at, _)) => format!("{}\u{2026}", &cell[..at]),
        None => cell,
    }
}

/// The columns of the privilege log.
pub const PRIVILEGE: [&str; 22] = [
    "LogID",
    "Bates/Placeholder",
    "DocType",
    "DateSent",
    "DateCreated",
    "DateLastMod",
    "Author",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Title",
    "Description",
    "PrivilegeType",
    "Reason",
    "Custodian",
    "FamilyID",
    "FileName",
    "Withheld/Redacted",
    "Item",
    "ZK_LEAF",
    "ZK_PROOFID",
];

/// The name of a family in logs.
pub fn family_id(head: u32) -> String {
    format!("FAM{head:06}")
}

/// The log of every withheld item. What the bundle keeps back (author, date, ...) is there as far as it is to
/// be named and the responder's own record is at hand; each such fact is the one that was committed.
pub fn privilege(
    verified: &VerifiedBundle,
    insider: Option<&Insider<'_>>,
    numbered: &[Numbered],
    named: &Named,
    kinship: &Kinship,
) -> Result<Table, SourceError> {
    let bates: BTreeMap<u32, &str> = numbered.iter().map(|n| (n.index, &*n.bates)).collect();
    let proofs = numbering::proofs(verified);
    let custodian = verified.report().custodian.clone().unwrap_or_default();
    let mut table = Table::new(&PRIVILEGE);
    for (n, entry) in (1..).zip(&verified.bundle().manifest().withheld) {
        let known = Withheld::look(verified, insider, entry.index, entry.reason, named)?;
        let leaves = verified.leaves();
        let id = format!("PRIV{n:06}");
        table.rows.push(vec![
            id.clone(),
            bates.get(&entry.index).map_or(id, |b| (*b).to_owned()),
            known.kind(),
            known.date(),
            known.made("created"),
            known.made("modified"),
            known.people(LogFact::Author),
            known.people(LogFact::To),
            known.people(LogFact::Cc),
            known.people(LogFact::Bcc),
            known.subject(),
            known.title(),
            entry.description.clone(),
            entry.reason.code().to_owned(),
            entry.reason.title().to_owned(),
            match known.custodian() {
                own if own.is_empty() => custodian.clone(),
                own => own,
            },
            family_id(kinship.head(entry.index)),
            known.file_name(),
            "Withheld".to_owned(),
            entry.index.to_string(),
            leaves
                .get(entry.index as usize)
                .map(|leaf| hex::encode(leaf.hash()))
                .unwrap_or_default(),
            proofs.get(&entry.index).cloned().unwrap_or_default(),
        ]);
    }
    Ok(table)
}

/// The facts of a withheld document that a log may name. All others are empty, so no log can name them by
/// mistake.
#[derive(Debug)]
pub struct Withheld<'a> {
    meta: Option<ItemMeta>,
    reason: Reason,
    named: &'a Named,
}

impl<'a> Withheld<'a> {
    /// Looks into the responder's own record, if it is at hand and anything of it may be named.
    pub fn look(
        verified: &VerifiedBundle,
        insider: Option<&Insider<'_>>,
        index: u32,
        reason: Reason,
        named: &'a Named,
    ) -> Result<Self, SourceError> {
        let any = LogFact::ALL.iter().any(|fact| named.names(*fact, reason));
        let meta = insider.filter(|_| any);
        let meta = meta.map(|insider| insider.meta(verified, index));
        Ok(Withheld {
            meta: meta.transpose()?,
            reason,
            named,
        })
    }

    fn fact(&self, fact: LogFact, of: impl FnOnce(&ItemMeta) -> String) -> String {
        let meta = self.meta.as_ref();
        let meta = meta.filter(|_| self.named.names(fact, self.reason));
        meta.map(of).unwrap_or_default()
    }

    fn known(&self, fact: LogFact, key: &str) -> String {
        self.fact(fact, |meta| {
            meta.metadata.get(key).cloned().unwrap_or_default()
        })
    }

    /// Mail, text, ...
    pub fn kind(&self) -> String {
        self.fact(LogFact::Type, |meta| meta.kind.clone())
    }

    /// The date of sending.
    pub fn date(&self) -> String {
        fields::date(&self.known(LogFact::Date, "date"))
    }

    /// When it was `created` or `modified`, as it says.
    fn made(&self, key: &str) -> String {
        fields::date(&self.known(LogFact::Date, key))
    }

    /// The date of sending; of what was not sent, that of its last change or of its making.
    pub fn any_date(&self) -> String {
        fields::any_date(|key| self.known(LogFact::Date, key))
    }

    /// Author or recipients. The author is the sender; of what was not sent, whom the document names.
    pub fn people(&self, fact: LogFact) -> String {
        let key = match fact {
            LogFact::Author if self.known(fact, "from").is_empty() => {
                return self.fact(fact, |meta| {
                    let known = |key: &str| meta.metadata.get(key).map_or("", String::as_str);
                    fields::author(known).to_owned()
                });
            }
            LogFact::Author => "from",
            LogFact::To => "to",
            LogFact::Cc => "cc",
            LogFact::Bcc => "bcc",
            _ => return String::new(),
        };
        fields::multiple(&self.known(fact, key))
    }

    /// The subject.
    pub fn subject(&self) -> String {
        self.known(LogFact::Subject, "subject")
    }

    /// The title that the document gives itself: named where the subject is.
    pub fn title(&self) -> String {
        self.known(LogFact::Subject, "title")
    }

    /// Name of the file.
    pub fn file_name(&self) -> String {
        self.fact(LogFact::FileName, fields::file_name)
    }

    /// Whose document it is, where the document says so.
    pub fn custodian(&self) -> String {
        self.known(LogFact::Custodian, "custodian")
    }
}

/// Columns of the log of departures.
pub const DEPARTURES: [&str; 5] = ["Kind", "Bates", "Item", "Field", "What"];

/// Everything in which the production is not simply the documents: what was replaced in the load file,
/// families that are not whole, and items that could not be processed.
#[derive(Clone, Debug)]
pub struct Departures {
    table: Table,
}

impl Default for Departures {
    fn default() -> Self {
        Departures {
            table: Table::new(&DEPARTURES),
        }
    }
}

impl Departures {
    /// Adds a line.
    pub fn add(&mut self, kind: &str, bates: &str, item: Option<u32>, field: &str, what: String) {
        let item = item.map(|item| item.to_string()).unwrap_or_default();
        let row = [kind, bates, &item, field, &what];
        self.table.rows.push(row.map(str::to_owned).to_vec());
    }

    /// Adds the items that could not be processed, with what the responder knows of them: their paths and
    /// what the readers said belong into no log that is handed over, so there `insider` is `None`.
    pub fn add_unprocessed(
        &mut self,
        verified: &VerifiedBundle,
        insider: Option<&Insider<'_>>,
    ) -> Result<u32, SourceError> {
        let mut count = 0;
        for (index, disposition) in verified.dispositions().iter() {
            let what = match disposition {
                Disposition::Exception => {
                    let leaf = verified.leaves().get(index as usize);
                    let reason = leaf.and_then(|leaf| leaf.exception());
                    format!(
                        "could not be processed: {}",
                        reason.map_or("", |r| r.as_str())
                    )
                }
                Disposition::OutsideForm => "not of a form that the classifier reads".to_owned(),
                _ => continue,
            };
            let detail = match insider {
                Some(insider) => {
                    let meta = insider.meta(verified, index)?;
                    let detail = meta.exception.unwrap_or_default();
                    format!("; {}; {detail}", meta.path)
                }
                None => String::new(),
            };
            self.add("unprocessed", "", Some(index), "", what + &detail);
            count += 1;
        }
        Ok(count)
    }

    /// How many lines are of a kind.
    pub fn count(&self, kind: &str) -> usize {
        self.table.rows.iter().filter(|row| row[0] == kind).count()
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_written_as_text_that_spreadsheets_do_not_run() {
        let mut table = Table::new(&["A", "B"]);
        table.rows.push(vec!["=1+1".into(), "x, \"y\"".into()]);
        assert_eq!(table.csv().unwrap(), b"A,B\r\n'=1+1,\"x, \"\"y\"\"\"\r\n");
        let xlsx = table.xlsx("Log").unwrap();
        assert!(xlsx.starts_with(b"PK\x03\x04"));
        // The strings, and no formula.
        let parts = unzip(&xlsx);
        let strings = &parts["xl/sharedStrings.xml"];
        assert!(
            strings.contains("=1+1") && strings.contains("x, \"y\""),
            "{strings}"
        );
        assert!(!parts["xl/worksheets/sheet1.xml"].contains("<f>"));
    }

    fn unzip(bytes: &[u8]) -> BTreeMap<String, String> {
        use std::io::Read;
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        (0..archive.len())
            .map(|i| {
                let mut file = archive.by_index(i).unwrap();
                let mut text = String::new();
                file.read_to_string(&mut text).unwrap();
                (file.name().unwrap().into_owned(), text)
            })
            .collect()
    }

    #[test]
    fn cells_beyond_what_a_workbook_holds_are_cut() {
        assert_eq!(cut("abc"), "abc");
        let long = "\u{e9}".repeat(40_000);
        assert_eq!(cut(&long).chars().count(), 32_767);
        let mut table = Table::new(&["A"]);
        table.rows.push(vec![long]);
        assert!(table.xlsx("Log").is_ok());
    }
}
