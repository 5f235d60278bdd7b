//! The columns of a load file and their values for one document.

use super::numbering::Numbered;
use crate::commit::identity::{bare_id, message_hash};
use crate::commit::meta::ItemMeta;
use crate::ingest::facts;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field { $($(#[$doc])* $variant,)* }

        impl Field {
            /// All columns, in the order in which load files have them.
            pub const ALL: [Field; [$($name),*].len()] = [$(Field::$variant),*];

            /// The usual header.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)* }
            }
        }
    };
}

fields! {
    /// First number.
    BegBates = "BEGBATES",
    /// Last number: the same, as a native document has one.
    EndBates = "ENDBATES",
    /// First number of the family.
    BegAttach = "BEGATTACH",
    /// Last number of the family.
    EndAttach = "ENDATTACH",
    /// Pages of the document as far as they are known; else one, for what stands under the number.
    PgCount = "PGCOUNT",
    /// Whose document this is.
    Custodian = "CUSTODIAN",
    /// Everybody who had it.
    AllCustodians = "ALLCUSTODIANS",
    /// Sender.
    From = "FROM",
    /// Recipients.
    To = "TO",
    /// Copies.
    Cc = "CC",
    /// Blind copies.
    Bcc = "BCC",
    /// Subject.
    Subject = "SUBJECT",
    /// Who wrote it, as the document says.
    Author = "AUTHOR",
    /// Its title, as the document says.
    Title = "TITLE",
    /// Date of sending, UTC.
    DateSent = "DATESENT",
    /// Time of sending, UTC.
    TimeSent = "TIMESENT",
    /// Date and time of receipt, UTC.
    DateReceived = "DATERECEIVED",
    /// Date and time at which the document was made, as it says, UTC.
    DateCreated = "DATECREATED",
    /// Date and time of its last change, as it says, UTC.
    DateLastMod = "DATELASTMOD",
    /// The zone of the dates.
    TimeZone = "TIMEZONE",
    /// Name of the file.
    FileName = "FILENAME",
    /// Its extension.
    FileExt = "FILEEXT",
    /// Its size in bytes.
    FileSize = "FILESIZE",
    /// Its place in the corpus.
    FilePath = "FILEPATH",
    /// Message-ID.
    MessageId = "MESSAGEID",
    /// The message that the conversation began with.
    ThreadId = "THREADID",
    /// Number of the document this was attached to.
    ParentId = "PARENTID",
    /// MD5 of the native file.
    Md5Hash = "MD5HASH",
    /// SHA-256 of the native file.
    Sha256Hash = "SHA256HASH",
    /// EDRM message identification hash.
    EdrmMih = "EDRMMIH",
    /// Designation under a protective order.
    Confidentiality = "CONFIDENTIALITY",
    /// Whether anything was redacted.
    Redacted = "REDACTED",
    /// Place of the native file.
    NativeLink = "NATIVELINK",
    /// Place of the text.
    TextLink = "TEXTLINK",
    /// The number that the document had in the load file it came with.
    ControlNumber = "CONTROLNUMBER",
    /// Hash of the committed leaf.
    ZkLeaf = "ZK_LEAF",
    /// Root of the corpus.
    ZkRoot = "ZK_ROOT",
    /// The proof that covers the document.
    ZkProofId = "ZK_PROOFID",
}

/// What the values of a document come from.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Its place in the production.
    pub numbered: &'a Numbered,
    /// What is known of it; nothing of a withheld document.
    pub meta: Option<&'a ItemMeta>,
    /// Custodian of the commitment.
    pub custodian: &'a str,
    /// Designation under a protective order.
    pub confidentiality: &'a str,
    /// Bytes, MD5 and SHA-256 of the native file.
    pub native: &'a super::output::FileFact,
    /// Links as the load file has them.
    pub native_link: &'a str,
    /// As above.
    pub text_link: &'a str,
    /// Root of the corpus.
    pub root: &'a str,
    /// Whether date and time share a column.
    pub joined_dates: bool,
}

impl Facts<'_> {
    fn known(&self, key: &str) -> &str {
        self.meta
            .and_then(|meta| meta.metadata.get(key))
            .map_or("", String::as_str)
    }

    /// The value of a column.
    pub fn value(&self, field: Field) -> String {
        let numbered = self.numbered;
        let text = |value: &str| value.to_owned();
        match field {
            Field::BegBates | Field::EndBates => numbered.bates.clone(),
            Field::BegAttach => numbered.family.0.clone(),
            Field::EndAttach => numbered.family.1.clone(),
            Field::PgCount => match self.known("pages") {
                "" => text("1"),
                pages => text(pages),
            },
            Field::Custodian => text(self.custodian()),
            Field::AllCustodians => match self.known("all_custodians") {
                "" => text(self.custodian()),
                all => text(all),
            },
            Field::From => multiple(self.known("from")),
            Field::To => multiple(self.known("to")),
            Field::Cc => multiple(self.known("cc")),
            Field::Bcc => multiple(self.known("bcc")),
            Field::Subject => text(self.known("subject")),
            Field::Author => text(author(|key| self.known(key))),
            Field::Title => text(self.known("title")),
            Field::DateSent if self.joined_dates => date_time(self.known("date")),
            Field::DateSent => date(self.known("date")),
            Field::TimeSent => time(self.known("date")),
            Field::DateReceived => date_time(self.known("date_received")),
            Field::DateCreated => date_time(self.known("created")),
            Field::DateLastMod => date_time(self.known("modified")),
            Field::TimeZone => {
                let dated = facts::DATES.iter().any(|date| !self.known(date).is_empty());
                text(if dated { "UTC" } else { "" })
            }
            Field::FileName => self.meta.map(file_name).unwrap_or_default(),
            Field::FileExt => self.meta.map(extension).unwrap_or_default(),
            Field::FileSize => self.native.bytes.to_string(),
            Field::FilePath => self.meta.map(|meta| meta.path.clone()).unwrap_or_default(),
            Field::MessageId => text(bare_id(self.known("message_id"))),
            Field::ThreadId => text(bare_id(self.thread())),
            Field::ParentId => numbered.parent.clone().unwrap_or_default(),
            Field::Md5Hash => self.native.md5.clone(),
            Field::Sha256Hash => self.native.sha256.clone(),
            Field::EdrmMih => message_hash(self.known("message_id")),
            Field::Confidentiality => text(self.confidentiality),
            Field::Redacted => text("No"),
            Field::NativeLink => text(self.native_link),
            Field::TextLink => text(self.text_link),
            Field::ControlNumber => text(self.known("control_number")),
            Field::ZkLeaf => numbered.leaf.clone(),
            Field::ZkRoot => text(self.root),
            Field::ZkProofId => numbered.proof.clone(),
        }
    }

    fn custodian(&self) -> &str {
        match self.known("custodian") {
            "" => self.custodian,
            own => own,
        }
    }

    fn thread(&self) -> &str {
        let first = self.known("references").split_whitespace().next();
        let reply = self.known("in_reply_to").split_whitespace().next();
        first.or(reply).unwrap_or_else(|| self.known("message_id"))
    }
}

/// The date of sending or receipt; of what was not sent, that of its last change or of its making.
pub fn any_date(known: impl Fn(&str) -> String) -> String {
    let mut dates = facts::DATES.iter().map(|key| date(&known(key)));
    dates.find(|date| !date.is_empty()).unwrap_or_default()
}

/// Who wrote a document, as it says itself; where that is left empty, who changed it last.
pub fn author<'a>(known: impl Fn(&str) -> &'a str) -> &'a str {
    let mut stated = facts::AUTHORS.into_iter().map(known);
    stated.find(|name| !name.is_empty()).unwrap_or_default()
}

/// Name of the file, without the number that candor puts before attachments.
pub fn file_name(meta: &ItemMeta) -> String {
    match meta.metadata.get("file_name") {
        Some(name) if !name.is_empty() => name.clone(),
        _ => meta
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_start_matches('!')
            .to_owned(),
    }
}

/// The extension for the native's new name: from its own name where harmless, else from its type.
pub fn extension(meta: &ItemMeta) -> String {
    let name = file_name(meta);
    if let Some((_, ext)) = name.rsplit_once('.')
        && (1..=8).contains(&ext.len())
        && ext.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return ext.to_ascii_lowercase();
    }
    match &*meta.media_type {
        "message/rfc822" => "eml",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/csv" => "csv",
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/tiff" => "tif",
        "image/gif" => "gif",
        _ => "bin",
    }
    .to_owned()
}

/// Addresses separated by `;`, as load files have them. Within a name ("Doe, Jane <j@x>") commas stay.
pub fn multiple(addresses: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for piece in addresses.split(", ") {
        match out.last_mut() {
            Some(last) if open => {
                last.push_str(", ");
                last.push_str(piece);
            }
            _ => out.push(piece.to_owned()),
        }
        open = !piece.contains('@');
    }
    for one in &mut out {
        // The separator cannot occur in a value.
        *one = one.replace(';', ",");
    }
    out.join(";")
}

fn utc(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .map(|date| date.to_offset(time::UtcOffset::UTC))
}

fn show(text: &str, format: &[time::format_description::BorrowedFormatItem<'_>]) -> String {
    utc(text)
        .and_then(|date| date.format(format).ok())
        .unwrap_or_default()
}

/// The date, as `12/31/2002`.
pub fn date(text: &str) -> String {
    show(text, format_description!("[month]/[day]/[year]"))
}

fn time(text: &str) -> String {
    show(text, format_description!("[hour]:[minute]:[second]"))
}

/// Date and time, as `12/31/2002 23:59:00`.
pub fn date_time(text: &str) -> String {
    show(
        text,
        format_description!("[month]/[day]/[year] [hour]:[minute]:[second]"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_converted_to_utc() {
        let text = "2002-07-31T23:30:05-05:00";
        assert_eq!(date(text), "08/01/2002");
        assert_eq!(time(text), "04:30:05");
        assert_eq!(date_time(text), "08/01/2002 04:30:05");
        assert_eq!(date("yesterday"), "");
    }

    #[test]
    fn addresses_are_separated_by_semicolons() {
        for (text, want) in [
            ("a@x, b@y", "a@x;b@y"),
            ("Doe, Jane <j@x>, b@y", "Doe, Jane <j@x>;b@y"),
            ("undisclosed", "undisclosed"),
            ("", ""),
            ("A; B <a@x>", "A, B <a@x>"),
        ] {
            assert_eq!(multiple(text), want);
        }
    }

    #[test]
    fn extensions_come_from_the_name_or_the_type() {
        let mut meta = ItemMeta {
            children: Vec::new(),
            parent: None,
            exception: None,
            extractor: String::new(),
            kind: "mail".into(),
            media_type: "message/rfc822".into(),
            metadata: [("file_name".to_owned(), "R\u{e9}port.PDF".to_owned())].into(),
            path: "x.eml!/attachments/1-R".into(),
            size: 0,
        };
        assert_eq!(extension(&meta), "pdf");
        assert_eq!(file_name(&meta), "R\u{e9}port.PDF");
        meta.metadata.clear();
        meta.path = "box.mbox!/12".into();
        assert_eq!(extension(&meta), "eml");
        assert_eq!(file_name(&meta), "12");
    }
}
