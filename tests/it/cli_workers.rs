//! Documents that take their reader down cost one document each, never the program.
#![cfg(unix)]

use crate::common::{candor, json};
use candor::commit::Vault;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A PDF of these objects, the first being the catalogue.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let objects: Vec<Vec<u8>> = objects
        .iter()
        .map(|object| object.as_bytes().to_vec())
        .collect();
    pdf_of(&objects)
}

fn pdf_of(objects: &[Vec<u8>]) -> Vec<u8> {
    let (mut out, mut places) = (b"%PDF-1.4\n".to_vec(), Vec::new());
    for (number, object) in (1..).zip(objects) {
        places.push(out.len());
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let table = out.len();
    let size = objects.len() + 1;
    out.extend_from_slice(format!("xref\n0 {size}\n0000000000 65535 f \n").as_bytes());
    for place in places {
        out.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let end = format!("trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    out.extend_from_slice(end.as_bytes());
    out
}

fn stream(dictionary: &str, content: &str) -> String {
    let len = content.len();
    format!("<< {dictionary} /Length {len} >>\nstream\n{content}\nendstream")
}

/// A page whose content unpacks to 16 GiB: three times a run of one byte that means a run.
fn unpacks_without_end() -> Vec<u8> {
    let packed = runs(64 << 10);
    let filters = "/Filter [/RunLengthDecode /RunLengthDecode /RunLengthDecode]";
    let mut content = format!("<< {filters} /Length {} >>\nstream\n", packed.len()).into_bytes();
    content.extend_from_slice(&packed);
    content.extend_from_slice(b"\nendstream");
    pdf_of(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>".to_vec(),
        content,
    ])
}

/// The byte 129 says that the next one, which is 129 again, comes 128 times. The end of each of the three
/// is marked by the one around it.
fn runs(len: usize) -> Vec<u8> {
    let mut out = vec![129; len];
    out.extend([2, 0, 128, 128, 128]);
    out
}

/// Forms that draw the next one ten times each: the reader is at it for years.
pub fn never_ends() -> Vec<u8> {
    let draws = |next: usize| {
        let resources = format!("/Resources << /XObject << /X {next} 0 R >> >>");
        let form = format!("/Type /XObject /Subtype /Form /BBox [0 0 9 9] {resources}");
        stream(&form, &"/X Do ".repeat(10))
    };
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R \
         /Resources << /XObject << /X 5 0 R >> >> >>"
            .to_owned(),
        stream("", "/X Do"),
    ];
    objects.extend((6..26).map(draws));
    objects.push(stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9]",
        "0 0 1 1 re f",
    ));
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    pdf(&objects)
}

fn commit(corpus: &Path, more: &[&str]) -> (TempDir, Value) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = candor();
    command
        .arg("commit")
        .arg(corpus)
        .arg("--case")
        .arg(dir.path().join("case"));
    let report = json(command.args(more).arg("--json"), 0);
    (dir, report)
}

#[test]
fn a_reader_that_crashes_costs_one_document() {
    let corpus = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/documents");
    for name in [
        "crazyones.pdf",
        "par-hyperlinks.docx",
        "ledger.xlsx",
        "attachment.msg",
    ] {
        fs::copy(shipped.join(name), corpus.path().join(name)).unwrap();
    }
    for number in 0..3 {
        fs::write(
            corpus.path().join(format!("b{number}.pdf")),
            unpacks_without_end(),
        )
        .unwrap();
    }
    let (dir, report) = commit(corpus.path(), &["--reader-memory", "512"]);
    assert_eq!(report["exceptions"]["reader_failed"], 3, "{report}");
    let vault = Vault::open(&dir.path().join("case")).unwrap();
    let items: Vec<_> = vault.items().map(Result::unwrap).collect();
    let of = |name: &str| items.iter().find(|item| item.path() == name).unwrap();
    let why = of("b0.pdf").meta().exception.clone().unwrap();
    assert!(
        why.contains("hayro/") && why.contains("did not survive it") && why.contains("signal"),
        "{why}"
    );
    for name in [
        "crazyones.pdf",
        "par-hyperlinks.docx",
        "ledger.xlsx",
        "attachment.msg",
    ] {
        assert_eq!(of(name).meta().exception, None, "{name}");
        assert!(
            vault
                .text(of(name).index())
                .unwrap()
                .is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
    let attached = items
        .iter()
        .filter(|item| item.path().starts_with("attachment.msg!/"));
    assert!(
        attached.count() > 0,
        "attachments come back from the worker"
    );
}

#[test]
fn a_reader_that_hangs_is_stopped() {
    let corpus = tempfile::tempdir().unwrap();
    fs::write(corpus.path().join("a.pdf"), never_ends()).unwrap();
    fs::write(corpus.path().join("b.txt"), "still read").unwrap();
    let begun = Instant::now();
    let (_dir, report) = commit(corpus.path(), &["--reader-seconds", "2"]);
    assert!(
        begun.elapsed() < Duration::from_secs(50),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(report["exceptions"]["time_limit"], 1);
    assert_eq!(report["committed"], 1);
}
