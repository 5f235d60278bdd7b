//! What the columns of a load file mean.
//!
//! Programs name them differently. Only what is listed here becomes part of an item's metadata:
//! a load file may carry reviewers' notes and codings, which must not leave with a production.

use time::UtcOffset;

use super::dates::{self, DateOrder, Order};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Control,
    ControlEnd,
    FamilyBegin,
    Parent,
    Native,
    /// Where the text is.
    Text,
    /// The text itself, or where it is.
    Body,
    DateSent,
    TimeSent,
    DateReceived,
    TimeReceived,
    TimeZone,
    Created,
    Modified,
    Md5,
    Sha256,
    /// A fact taken over as it is, under this key.
    Fact(&'static str),
}

/// Names, reduced to letters and digits in upper case. Of several columns with one meaning the
/// first in this list counts; of those for control numbers, the first that every row fills in.
const NAMES: &[(&str, Column)] = &[
    ("BEGBATES", Column::Control),
    ("DOCID", Column::Control),
    ("BEGDOC", Column::Control),
    ("BEGCONTROL", Column::Control),
    ("BEGNO", Column::Control),
    ("BATESBEG", Column::Control),
    ("BEGINBATES", Column::Control),
    ("PRODBEG", Column::Control),
    ("CONTROLNUMBER", Column::Control),
    ("BEGINNINGBATES", Column::Control),
    ("BATESBEGIN", Column::Control),
    ("BATESSTART", Column::Control),
    ("STARTBATES", Column::Control),
    ("FIRSTBATES", Column::Control),
    ("PRODBEGBATES", Column::Control),
    ("PRODUCTIONBEGBATES", Column::Control),
    ("BEGPROD", Column::Control),
    ("BEGINDOC", Column::Control),
    ("BEGDOCNO", Column::Control),
    ("BEGDOCNUM", Column::Control),
    ("BATESNUMBER", Column::Control),
    ("BATESNO", Column::Control),
    ("BATES", Column::Control),
    ("DOCUMENTID", Column::Control),
    ("DOCNO", Column::Control),
    ("ENDBATES", Column::ControlEnd),
    ("ENDDOC", Column::ControlEnd),
    ("ENDCONTROL", Column::ControlEnd),
    ("ENDNO", Column::ControlEnd),
    ("BATESEND", Column::ControlEnd),
    ("PRODEND", Column::ControlEnd),
    ("ENDINGBATES", Column::ControlEnd),
    ("LASTBATES", Column::ControlEnd),
    ("PRODENDBATES", Column::ControlEnd),
    ("ENDPROD", Column::ControlEnd),
    ("ENDDOCNO", Column::ControlEnd),
    ("PARENTID", Column::Parent),
    ("PARENTDOCID", Column::Parent),
    ("PARENTBATES", Column::Parent),
    ("BEGATTACH", Column::FamilyBegin),
    ("BEGFAMILY", Column::FamilyBegin),
    ("PRODBEGATTACH", Column::FamilyBegin),
    ("ATTACHBEG", Column::FamilyBegin),
    ("BEGINATTACH", Column::FamilyBegin),
    ("ATTACHBEGIN", Column::FamilyBegin),
    ("BEGATT", Column::FamilyBegin),
    ("ATTBEG", Column::FamilyBegin),
    ("NATIVELINK", Column::Native),
    ("NATIVEPATH", Column::Native),
    ("NATIVEFILE", Column::Native),
    ("NATIVEFILEPATH", Column::Native),
    ("FILELINK", Column::Native),
    ("ITEMPATH", Column::Native),
    ("DOCLINK", Column::Native),
    ("NATIVE", Column::Native),
    ("NATIVEFILELINK", Column::Native),
    ("LINKTONATIVE", Column::Native),
    ("EDOCPATH", Column::Native),
    ("TEXTLINK", Column::Text),
    ("TEXTPATH", Column::Text),
    ("TEXTFILE", Column::Text),
    ("TEXTFILEPATH", Column::Text),
    ("EXTRACTEDTEXTPATH", Column::Text),
    ("FULLTEXTPATH", Column::Text),
    ("OCRPATH", Column::Text),
    ("OCRTEXTPATH", Column::Text),
    ("OCRLINK", Column::Text),
    ("LINKTOTEXT", Column::Text),
    ("EXTRACTEDTEXT", Column::Body),
    ("FULLTEXT", Column::Body),
    ("OCRTEXT", Column::Body),
    ("DOCTEXT", Column::Body),
    ("BODYTEXT", Column::Body),
    ("TEXT", Column::Body),
    ("OCR", Column::Body),
    ("OCR1", Column::Body),
    ("DATESENT", Column::DateSent),
    ("SENTDATE", Column::DateSent),
    ("TIMESENT", Column::TimeSent),
    ("SENTTIME", Column::TimeSent),
    ("DATERECEIVED", Column::DateReceived),
    ("DATERCVD", Column::DateReceived),
    ("TIMERECEIVED", Column::TimeReceived),
    ("TIMERCVD", Column::TimeReceived),
    ("TIMEZONE", Column::TimeZone),
    ("DATECREATED", Column::Created),
    ("CREATEDATE", Column::Created),
    ("CREATEDDATE", Column::Created),
    ("DATELASTMOD", Column::Modified),
    ("LASTMODDATE", Column::Modified),
    ("DATEMODIFIED", Column::Modified),
    ("MODIFIEDDATE", Column::Modified),
    ("MD5HASH", Column::Md5),
    ("MD5", Column::Md5),
    ("SHA256HASH", Column::Sha256),
    ("SHA256", Column::Sha256),
    ("CUSTODIAN", Column::Fact("custodian")),
    ("ALLCUSTODIANS", Column::Fact("all_custodians")),
    ("ALLCUSTODIAN", Column::Fact("all_custodians")),
    ("FROM", Column::Fact("from")),
    ("TO", Column::Fact("to")),
    ("CC", Column::Fact("cc")),
    ("BCC", Column::Fact("bcc")),
    ("SUBJECT", Column::Fact("subject")),
    ("EMAILSUBJECT", Column::Fact("subject")),
    ("AUTHOR", Column::Fact("author")),
    ("TITLE", Column::Fact("title")),
    ("FILENAME", Column::Fact("file_name")),
    ("FILEPATH", Column::Fact("original_path")),
    ("MESSAGEID", Column::Fact("message_id")),
    ("PGCOUNT", Column::Fact("pages")),
    ("PAGECOUNT", Column::Fact("pages")),
];

/// For every meaning its column; and the names of the columns that have none.
#[derive(Debug)]
pub(super) struct Header {
    found: Vec<(Column, usize)>,
    /// Second columns of texts.
    further: Vec<(Column, usize)>,
    pub ignored: Vec<String>,
}

/// A name reduced to what counts.
fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_uppercase).collect()
}

impl Header {
    /// What a name means.
    pub fn means(name: &str) -> Option<Column> {
        let name = plain(name);
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, column)| *column)
    }

    pub fn new(names: &[String], rows: &[(usize, Vec<String>)]) -> Self {
        let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let mut found: Vec<(Column, usize)> = Vec::new();
        let mut further: Vec<(Column, usize)> = Vec::new();
        for (name, column) in NAMES.iter().copied() {
            let Some(at) = plain.iter().position(|have| have == name) else {
                continue;
            };
            let full = |at: usize| rows.iter().all(|(_, row)| !row[at].trim().is_empty());
            match found.iter_mut().find(|(known, _)| *known == column) {
                None => found.push((column, at)),
                Some((Column::Control, chosen)) if !full(*chosen) && full(at) => *chosen = at,
                Some(_) if matches!(column, Column::Text | Column::Body) => {
                    further.push((column, at));
                }
                Some(_) => {}
            }
        }
        let used = |at: usize| found.iter().chain(&further).any(|(_, used)| *used == at);
        let ignored = names.iter().enumerate().filter(|(at, _)| !used(*at));
        let ignored = ignored
            .map(|(_, name)| name.clone())
            .filter(|name| !name.trim().is_empty())
            .collect();
        Header {
            found,
            further,
            ignored,
        }
    }

    pub fn has(&self, column: Column) -> bool {
        self.found.iter().any(|(known, _)| *known == column)
    }

    /// The value of a column in a row, trimmed; empty if there is none.
    pub fn get<'r>(&self, row: &'r [String], column: Column) -> &'r str {
        let found = self.found.iter().find(|(known, _)| *known == column);
        found
            .and_then(|(_, at)| row.get(*at))
            .map_or("", |value| value.trim())
    }

    /// Columns that may hold a text as well, in the order of the names, without the first of each.
    pub fn further(&self, column: Column) -> impl Iterator<Item = usize> + '_ {
        let further = self.further.iter();
        further
            .filter(move |(known, _)| *known == column)
            .map(|(_, at)| *at)
    }

    /// What the dates of all rows say about their order.
    pub fn order(&self, rows: &[(usize, Vec<String>)]) -> Order {
        let mut order = Order::default();
        for (number, row) in rows {
            for column in [
                Column::DateSent,
                Column::DateReceived,
                Column::Created,
                Column::Modified,
            ] {
                order.see(*number, self.get(row, column));
            }
        }
        order
    }

    /// The facts of a row: keys and values, dates in RFC 3339; and what a reviewer should know.
    pub fn facts(
        &self,
        row: &[String],
        order: Option<DateOrder>,
    ) -> (Vec<(&'static str, String)>, Vec<String>) {
        let (mut facts, mut warnings) = (Vec::new(), Vec::new());
        for (column, _) in &self.found {
            let value = self.get(row, *column);
            let key = match column {
                Column::Fact(key) => *key,
                Column::Control => "control_number",
                Column::ControlEnd => "control_number_end",
                Column::FamilyBegin => "family_begin",
                _ => continue,
            };
            if !value.is_empty() {
                facts.push((key, people(key, value)));
            }
        }
        let written = self.get(row, Column::TimeZone);
        let zone = dates::offset(written).or_else(|| dates::standard_offset(written));
        for (key, date, hour) in [
            ("date", Column::DateSent, Some(Column::TimeSent)),
            (
                "date_received",
                Column::DateReceived,
                Some(Column::TimeReceived),
            ),
            ("created", Column::Created, None),
            ("modified", Column::Modified, None),
        ] {
            let hour = hour.map_or("", |hour| self.get(row, hour));
            let written = format!("{} {hour}", self.get(row, date));
            let written = written.trim();
            if written.is_empty() || self.get(row, date).is_empty() {
                continue;
            }
            match dates::moment(written, order, zone.unwrap_or(UtcOffset::UTC)) {
                Some(moment) => facts.push((key, moment)),
                None => warnings.push(format!(
                    "the date '{written}' of the load file is not understood"
                )),
            }
        }
        match (dates::offset(written), zone) {
            (Some(_), _) => {}
            (None, Some(zone)) => warnings.push(format!(
                "the load file's times are in {written}; they were taken as {zone} all through the year"
            )),
            (None, None) => warnings.push(format!(
                "the load file's times are in {written}; they were taken as UTC"
            )),
        }
        (facts, warnings)
    }
}

/// Whether a load file may state this fact of a document, in place of the document or beside it.
pub fn may_state(key: &str) -> bool {
    let column = |column: &Column| matches!(column, Column::Fact(known) if *known == key);
    NAMES.iter().any(|(_, named)| column(named))
        || matches!(
            key,
            "control_number"
                | "control_number_end"
                | "family_begin"
                | "page"
                | "date"
                | "date_received"
                | "created"
                | "modified"
                | "text_charset"
        )
}

/// Lists of people are separated by commas here, by semicolons in load files.
fn people(key: &str, value: &str) -> String {
    if !matches!(key, "from" | "to" | "cc" | "bcc") {
        return value.to_owned();
    }
    let people = value.split(';').map(str::trim);
    people
        .filter(|one| !one.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_programs_are_understood() {
        let names = [
            "Bates Beg",
            "Native_File",
            "TextPath",
            "Custodian",
            "Privileged?",
            "DOCID",
            "Begin Bates",
        ];
        let row = ["B1", "n", "t", " Jane ", "yes", "D1", "X"].map(str::to_owned);
        let header = Header::new(&names.map(str::to_owned), &[(2, row.to_vec())]);
        assert_eq!(header.get(&row, Column::Control), "D1");
        assert_eq!(header.get(&row, Column::Native), "n");
        assert_eq!(header.get(&row, Column::Text), "t");
        assert_eq!(header.get(&row, Column::Parent), "");
        assert_eq!(header.ignored, ["Bates Beg", "Privileged?", "Begin Bates"]);
        let (facts, warnings) = header.facts(&row, None);
        assert_eq!(
            facts,
            [
                ("control_number", "D1".to_owned()),
                ("custodian", "Jane".to_owned())
            ]
        );
        assert_eq!(warnings, Vec::<String>::new());
    }

    /// Every name of every column: without its line in the table, its value is lost, and with a wrong one it is another fact.
    #[test]
    fn every_name_of_a_column_is_understood() {
        let named: &[(Column, &str)] = &[
            (
                Column::Control,
                "Beg Bates|DocID|BEGDOC|Beg_Control|BegNo|Bates Beg|Begin Bates|ProdBeg|Control Number|Beginning Bates|Bates Begin|Bates Start|Start Bates|First Bates|Prod Beg Bates|Production::Beg Bates|Beg Prod|Begin Doc|Beg Doc No|Beg Doc Num|Bates Number|Bates No|Bates|Document ID|Doc No",
            ),
            (
                Column::ControlEnd,
                "End Bates|EndDoc|End Control|EndNo|Bates End|Prod End|Ending Bates|Last Bates|Prod End Bates|End Prod|End Doc No",
            ),
            (Column::Parent, "Parent ID|Parent DocID|Parent Bates"),
            (
                Column::FamilyBegin,
                "Beg Attach|Beg Family|Prod Beg Attach|Attach Beg|Begin Attach|Attach Begin|Beg Att|Att Beg",
            ),
            (
                Column::Native,
                "Native Link|Native_Path|Native File|Native File Path|FileLink|ItemPath|DocLink|Native|Native File Link|Link to Native|EDoc Path",
            ),
            (
                Column::Text,
                "Text Link|TextPath|Text File|Text File Path|Extracted Text Path|Full Text Path|OCRPath|OCR Text Path|OCR Link|Link to Text",
            ),
            (
                Column::Body,
                "Extracted Text|Full Text|OCR Text|Doc Text|Body Text|Text|OCR|OCR1",
            ),
            (Column::DateSent, "Date Sent|Sent Date"),
            (Column::TimeSent, "Time Sent|Sent Time"),
            (Column::DateReceived, "Date Received|Date Rcvd"),
            (Column::TimeReceived, "Time Received|Time Rcvd"),
            (Column::TimeZone, "Time Zone"),
            (Column::Created, "Date Created|Create Date|Created Date"),
            (
                Column::Modified,
                "Date Last Mod|Last Mod Date|Date Modified|Modified Date",
            ),
            (Column::Md5, "MD5 Hash|MD5"),
            (Column::Sha256, "SHA-256 Hash|SHA256"),
            (Column::Fact("custodian"), "Custodian"),
            (
                Column::Fact("all_custodians"),
                "All Custodians|AllCustodian",
            ),
            (Column::Fact("from"), "From"),
            (Column::Fact("to"), "To"),
            (Column::Fact("cc"), "CC"),
            (Column::Fact("bcc"), "BCC"),
            (Column::Fact("subject"), "Subject|Email Subject"),
            (Column::Fact("author"), "Author"),
            (Column::Fact("title"), "Title"),
            (Column::Fact("file_name"), "File Name"),
            (Column::Fact("original_path"), "File Path"),
            (Column::Fact("message_id"), "Message-ID"),
            (Column::Fact("pages"), "PgCount|Page Count"),
        ];
        let mut count = 0;
        for (column, names) in named {
            for name in names.split('|') {
                assert_eq!(Header::means(name), Some(*column), "{name}");
                count += 1;
            }
        }
        // None is without a test.
        assert_eq!(count, NAMES.len());
        for name in ["Privilege", "Reviewer Note", "Tags", "Issue Codes"] {
            assert_eq!(Header::means(name), None, "{name}");
        }
    }

    /// From the row to the facts, each under its key.
    #[test]
    fn every_fact_of_a_row_is_taken_over() {
        let cells = [
            ("DOCID", "D1", "control_number", "D1"),
            ("ENDDOC", "D3", "control_number_end", "D3"),
            ("BEGATTACH", "D0", "family_begin", "D0"),
            ("CUSTODIAN", "Roe", "custodian", "Roe"),
            ("ALLCUSTODIANS", "Roe; Doe", "all_custodians", "Roe; Doe"),
            ("FROM", "a@x", "from", "a@x"),
            ("TO", "b@y; c@z", "to", "b@y, c@z"),
            ("CC", "d@x", "cc", "d@x"),
            ("BCC", "e@x", "bcc", "e@x"),
            ("SUBJECT", "heron", "subject", "heron"),
            ("AUTHOR", "Ann", "author", "Ann"),
            ("TITLE", "tern", "title", "tern"),
            ("FILENAME", "a.doc", "file_name", "a.doc"),
            ("FILEPATH", "C:\\x", "original_path", "C:\\x"),
            ("MESSAGEID", "<1@x>", "message_id", "<1@x>"),
            ("PGCOUNT", "3", "pages", "3"),
            ("DATESENT", "2001-10-22", "date", "2001-10-22T09:30:00Z"),
            (
                "DATERECEIVED",
                "2001-10-23",
                "date_received",
                "2001-10-23T10:31:00Z",
            ),
            (
                "DATECREATED",
                "2001-10-20",
                "created",
                "2001-10-20T00:00:00Z",
            ),
            (
                "DATELASTMOD",
                "2001-10-21",
                "modified",
                "2001-10-21T00:00:00Z",
            ),
        ];
        let more = [
            ("TIMESENT", "09:30"),
            ("TIMERECEIVED", "10:31"),
            ("TIMEZONE", "UTC"),
        ];
        let names = cells.iter().map(|c| c.0).chain(more.iter().map(|c| c.0));
        let row = cells.iter().map(|c| c.1).chain(more.iter().map(|c| c.1));
        let names: Vec<String> = names.map(str::to_owned).collect();
        let row: Vec<String> = row.map(str::to_owned).collect();
        let header = Header::new(&names, &[(2, row.clone())]);
        let (facts, warnings) = header.facts(&row, None);
        for (name, _, key, value) in cells {
            assert!(
                facts.contains(&(key, value.to_owned())),
                "{name}: {facts:?}"
            );
        }
        assert_eq!(facts.len(), cells.len());
        assert_eq!(warnings, Vec::<String>::new());
        assert!(header.ignored.is_empty());
    }

    #[test]
    fn the_number_is_one_that_every_row_has() {
        let names = ["BEGBATES", "CONTROLNUMBER", "DOCID"].map(str::to_owned);
        let chosen = |rows: &[[&str; 3]]| {
            let rows: Vec<_> = rows
                .iter()
                .map(|row| (2, row.map(str::to_owned).to_vec()))
                .collect();
            let header = Header::new(&names, &rows);
            header.get(&rows[0].1, Column::Control).to_owned()
        };
        assert_eq!(chosen(&[["B", "C", "D"], ["B", "C", "D"]]), "B");
        assert_eq!(chosen(&[["B", "C", "D"], ["", "C", "D"]]), "D");
        assert_eq!(chosen(&[["B", "C", "D"], ["", "C", " "]]), "C");
        assert_eq!(chosen(&[["B", "", ""], ["", "C", " "]]), "B");
    }

    #[test]
    fn dates_and_zones_that_are_not_understood_are_reported() {
        let header = Header::new(
            &["DOCID", "DATESENT", "TIMESENT", "TIMEZONE", "TO"].map(str::to_owned),
            &[],
        );
        let row = ["1", "31/13/2001", "10:00", "Pacific Time", "a@x; b@y;"].map(str::to_owned);
        let (facts, warnings) = header.facts(&row, None);
        assert_eq!(facts[1], ("to", "a@x, b@y".to_owned()));
        assert_eq!(facts.len(), 2);
        assert!(warnings[0].contains("31/13/2001 10:00") && warnings[1].contains("Pacific Time"));
    }
}
