//! What the columns of a load file mean.
//!
//! Programs name them differently. Only what is listed here becomes part of an item's metadata:
//! a load file may carry reviewers' notes and codings, which must not leave with a production.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Control,
    ControlEnd,
    FamilyBegin,
    Parent,
    Native,
    Text,
    DateSent,
    TimeSent,
    DateReceived,
    TimeReceived,
    TimeZone,
    Md5,
    Sha256,
    /// A fact taken over as it is, under this key.
    Fact(&'static str),
}

/// Names, reduced to letters and digits in upper case. Of several columns with one meaning the
/// first in this list counts; of those for control numbers, the first that every row fills in.
const NAMES: [(&str, Column); 63] = [
    ("BEGBATES", Column::Control),
    ("DOCID", Column::Control),
    ("BEGDOC", Column::Control),
    ("BEGCONTROL", Column::Control),
    ("BEGNO", Column::Control),
    ("BATESBEG", Column::Control),
    ("BEGINBATES", Column::Control),
    ("PRODBEG", Column::Control),
    ("CONTROLNUMBER", Column::Control),
    ("ENDBATES", Column::ControlEnd),
    ("ENDDOC", Column::ControlEnd),
    ("ENDCONTROL", Column::ControlEnd),
    ("ENDNO", Column::ControlEnd),
    ("BATESEND", Column::ControlEnd),
    ("PRODEND", Column::ControlEnd),
    ("PARENTID", Column::Parent),
    ("PARENTDOCID", Column::Parent),
    ("PARENTBATES", Column::Parent),
    ("BEGATTACH", Column::FamilyBegin),
    ("BEGFAMILY", Column::FamilyBegin),
    ("PRODBEGATTACH", Column::FamilyBegin),
    ("ATTACHBEG", Column::FamilyBegin),
    ("NATIVELINK", Column::Native),
    ("NATIVEPATH", Column::Native),
    ("NATIVEFILE", Column::Native),
    ("NATIVEFILEPATH", Column::Native),
    ("FILELINK", Column::Native),
    ("ITEMPATH", Column::Native),
    ("DOCLINK", Column::Native),
    ("TEXTLINK", Column::Text),
    ("TEXTPATH", Column::Text),
    ("TEXTFILE", Column::Text),
    ("TEXTFILEPATH", Column::Text),
    ("EXTRACTEDTEXT", Column::Text),
    ("FULLTEXTPATH", Column::Text),
    ("OCRPATH", Column::Text),
    ("DATESENT", Column::DateSent),
    ("SENTDATE", Column::DateSent),
    ("TIMESENT", Column::TimeSent),
    ("SENTTIME", Column::TimeSent),
    ("DATERECEIVED", Column::DateReceived),
    ("DATERCVD", Column::DateReceived),
    ("TIMERECEIVED", Column::TimeReceived),
    ("TIMERCVD", Column::TimeReceived),
    ("TIMEZONE", Column::TimeZone),
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
];

/// For every meaning its column; and the names of the columns that have none.
#[derive(Debug)]
pub(super) struct Header {
    found: Vec<(Column, usize)>,
    pub ignored: Vec<String>,
}

impl Header {
    pub fn new(names: &[String], rows: &[(usize, Vec<String>)]) -> Self {
        let plain = |name: &String| -> String {
            let kept = name.chars().filter(|c| c.is_alphanumeric());
            kept.flat_map(char::to_uppercase).collect()
        };
        let plain: Vec<String> = names.iter().map(plain).collect();
        let mut found: Vec<(Column, usize)> = Vec::new();
        for (name, column) in NAMES {
            let Some(at) = plain.iter().position(|have| have == name) else {
                continue;
            };
            let full = |at: usize| rows.iter().all(|(_, row)| !row[at].trim().is_empty());
            match found.iter_mut().find(|(known, _)| *known == column) {
                None => found.push((column, at)),
                Some((Column::Control, chosen)) if !full(*chosen) && full(at) => *chosen = at,
                Some(_) => {}
            }
        }
        let used = |at: usize| found.iter().any(|(_, used)| *used == at);
        let ignored = names.iter().enumerate().filter(|(at, _)| !used(*at));
        let ignored = ignored.map(|(_, name)| name.clone()).collect();
        Header { found, ignored }
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

    /// The facts of a row: keys and values, dates in RFC 3339; and what a reviewer should know.
    pub fn facts(&self, row: &[String]) -> (Vec<(&'static str, String)>, Vec<String>) {
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
        for (key, date, hour) in [
            ("date", Column::DateSent, Column::TimeSent),
            ("date_received", Column::DateReceived, Column::TimeReceived),
        ] {
            let written = format!("{} {}", self.get(row, date), self.get(row, hour));
            let written = written.trim();
            if written.is_empty() || self.get(row, date).is_empty() {
                continue;
            }
            match moment(written) {
                Some(moment) => facts.push((key, moment)),
                None => warnings.push(format!(
                    "the date '{written}' of the load file is not understood"
                )),
            }
        }
        let zone = self.get(row, Column::TimeZone);
        if !matches!(zone.to_ascii_uppercase().as_str(), "" | "UTC" | "GMT" | "Z") {
            warnings.push(format!(
                "the load file's times are in {zone}; they were taken as UTC"
            ));
        }
        (facts, warnings)
    }
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

const DATES: [&[BorrowedFormatItem<'_>]; 4] = [
    format_description!("[month padding:none]/[day padding:none]/[year]"),
    format_description!("[year]-[month]-[day]"),
    format_description!("[year]/[month]/[day]"),
    format_description!("[year][month][day]"),
];

const TIMES: [&[BorrowedFormatItem<'_>]; 4] = [
    format_description!("[hour padding:none]:[minute]:[second]"),
    format_description!("[hour padding:none]:[minute]"),
    format_description!(
        "[hour padding:none repr:12]:[minute]:[second] [period case_sensitive:false]"
    ),
    format_description!("[hour padding:none repr:12]:[minute] [period case_sensitive:false]"),
];

/// A date, with or without a time, as RFC 3339; taken as UTC unless it says otherwise.
fn moment(written: &str) -> Option<String> {
    if let Ok(moment) = OffsetDateTime::parse(written, &Rfc3339) {
        return moment.format(&Rfc3339).ok();
    }
    let (date, time) = written.split_once([' ', 'T']).unwrap_or((written, ""));
    let date = DATES
        .iter()
        .find_map(|format| Date::parse(date, format).ok())?;
    let time = match time.trim() {
        "" => Time::MIDNIGHT,
        time => TIMES
            .iter()
            .find_map(|format| Time::parse(time, format).ok())?,
    };
    PrimitiveDateTime::new(date, time)
        .assume_utc()
        .format(&Rfc3339)
        .ok()
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
        let (facts, warnings) = header.facts(&row);
        assert_eq!(
            facts,
            [
                ("control_number", "D1".to_owned()),
                ("custodian", "Jane".to_owned())
            ]
        );
        assert_eq!(warnings, Vec::<String>::new());
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
    fn dates_are_read_as_load_files_write_them() {
        for (written, want) in [
            ("7/4/2001", "2001-07-04T00:00:00Z"),
            ("07/04/2001 13:05:09", "2001-07-04T13:05:09Z"),
            ("07/04/2001 1:05 PM", "2001-07-04T13:05:00Z"),
            ("2001-07-04 13:05", "2001-07-04T13:05:00Z"),
            ("20010704", "2001-07-04T00:00:00Z"),
            ("2001-07-04T13:05:09+02:00", "2001-07-04T13:05:09+02:00"),
        ] {
            assert_eq!(moment(written).as_deref(), Some(want), "{written}");
        }
        for wrong in ["", "31/12/2001", "2001", "soon", "2001-07-04 25:00"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_and_zones_that_are_not_understood_are_reported() {
        let header = Header::new(
            &["DOCID", "DATESENT", "TIMESENT", "TIMEZONE", "TO"].map(str::to_owned),
            &[],
        );
        let row = ["1", "31/12/2001", "10:00", "PST", "a@x; b@y;"].map(str::to_owned);
        let (facts, warnings) = header.facts(&row);
        assert_eq!(facts[1], ("to", "a@x, b@y".to_owned()));
        assert_eq!(facts.len(), 2);
        assert!(warnings[0].contains("31/12/2001 10:00") && warnings[1].contains("PST"));
    }
}
