//! The version of a reader is committed. Whoever changes what a reader says has to raise it: this keeps a digest of
//! what each version makes of some small files, and fails when it changes under the same name.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::again::{self, Outside};
use super::limits::IngestOptions;

/// Where the digests are, a reader a line.
const RECORD: &str = "src/versions.txt";

/// What is small enough to be put down here: notations that no file of the tests has.
const SMALL: [(&str, &str); 10] = [
    (
        "a.html",
        "<title>T</title><style>p:before{content:'said'}</style><p>one <b>two</b><script>document.write('<i>three</i>')</script><a href='mailto:a@b?subject=four'>x</a>",
    ),
    (
        "a.eml",
        "From: Ann <ann@example.com>\nTo: b@example.com\nBcc: c@example.com\nSubject: s\nMessage-ID: <1@x>\nDate: Tue, 12 Mar 2002 10:00:00 +0100\nContent-Type: text/html\n\n<p>body</p>",
    ),
    (
        "b.eml",
        "From: ann@example.com\nTo: b@example.com\nSubject: s\nMessage-ID: <1@x>\nDate: Tue, 12 Mar 2002 10:00:00\n\nbegin 644 cat.txt\n#0V%T\n`\nend\nafter\n",
    ),
    (
        "a.ics",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:one\n two\nEND:VEVENT\nEND:VCALENDAR\n",
    ),
    (
        "a.json",
        "{\"ts\":\"1015923600.0002\",\"user\":\"U1\",\"text\":\"see <http://x|y>\"}",
    ),
    ("a.xml", "<?xml version='1.0'?><a b='x&amp;y'>&#228;</a>"),
    ("a.ldif", "dn: cn=a\ndescription:: b25lIHR3bw==\n"),
    ("a.txt", "v+AOQ-lkommen \u{feff}one two"),
    (
        "a.rtf",
        "{\\rtf1\\ansi{\\info{\\title T}{\\author A}}{\\*\\revtbl{Unknown;}{Ann;}}one \\'e4 \\u252?{\\footnote two}}",
    ),
    (
        "a.fodt",
        "<office:document office:mimetype=\"application/vnd.oasis.opendocument.text\"><office:body><office:text><text:p>one<text:tab/>two</text:p></office:text></office:body></office:document>",
    ),
];

/// By reader, what it makes of everything here.
fn digests() -> BTreeMap<String, String> {
    let mut files: Vec<(String, Vec<u8>)> = SMALL
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [
        "../../tests/data/documents",
        "../../tests/data/pictures",
        "src/readers/archives/testdata",
    ] {
        for entry in std::fs::read_dir(here.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    let mut readers: BTreeMap<String, Sha256> = BTreeMap::new();
    for (name, bytes) in &files {
        let outside = Outside {
            name,
            ..Outside::default()
        };
        for item in again::read(bytes, &outside, &IngestOptions::default()) {
            if item.extractor.is_empty() {
                continue;
            }
            let said = format!(
                "{}\n{}\n{:?}\n{:?}\n{}\n{:?}\n",
                item.path,
                item.media_type,
                item.text,
                item.metadata,
                item.ledger.to_fact(),
                item.exception,
            );
            readers.entry(item.extractor).or_default().update(said);
        }
    }
    let short = |hash: Sha256| hex::encode(&hash.finalize()[..12]);
    readers
        .into_iter()
        .map(|(name, hash)| (name, short(hash)))
        .collect()
}

/// To record a new version: raise it in the reader, then run this test once with `RECORD_VERSIONS=1`.
#[test]
fn a_reader_that_says_something_else_has_another_version() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORD);
    let record = std::fs::read_to_string(&path).unwrap_or_default();
    let recorded: BTreeMap<&str, &str> = record
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .collect();
    let found = digests();
    let changed: Vec<&String> = found
        .iter()
        .filter(|(name, digest)| {
            recorded
                .get(name.as_str())
                .is_some_and(|known| known != digest)
        })
        .map(|(name, _)| name)
        .collect();
    assert!(
        changed.is_empty(),
        "these readers say something else than before under the same version: {changed:?}. Raise the version in \
         their names, and record it with RECORD_VERSIONS=1"
    );
    let lines: String = found
        .iter()
        .map(|(name, digest)| format!("{name} {digest}\n"))
        .collect();
    if std::env::var_os("RECORD_VERSIONS").is_some() {
        std::fs::write(&path, &lines).unwrap();
        return;
    }
    assert_eq!(
        record, lines,
        "readers that are not recorded, or recorded and gone: RECORD_VERSIONS=1"
    );
}
