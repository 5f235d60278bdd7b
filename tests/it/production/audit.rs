//! The random audit: drawn, opened and checked as a requester, a responder and a judge do it.

use super::matter::{Matter, build_with, matter};
use crate::common::{bright, candor, copy_dir, json, output, text, walk};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The files of one audit of a bundle.
struct Audit<'m> {
    matter: &'m Matter,
    dir: TempDir,
}

impl<'m> Audit<'m> {
    fn new(matter: &'m Matter) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Audit { matter, dir }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Draws a challenge and returns what it says.
    fn challenge(&self, arguments: &[&str], code: i32) -> Value {
        let mut draw = self.matter.bundle_command(&["audit", "challenge", "-q"]);
        draw.args(["--json", "--nonce", "spoken in court"]);
        // A bare name, as people write it.
        draw.current_dir(self.dir.path())
            .args(["-o", "challenge.json"]);
        let done = output(draw.args(arguments), code);
        match code {
            0 => serde_json::from_slice(&done.stdout).unwrap(),
            _ => Value::String(String::from_utf8(done.stderr).unwrap()),
        }
    }

    fn open(&self, challenge: &Path, target: &Path, code: i32) {
        let mut open = candor();
        open.args(["audit", "open", "-q", "--case"])
            .arg(self.matter.at("case"));
        open.arg("--bundle").arg(self.matter.at("bundle"));
        open.arg("--classifier").arg(self.matter.at("r.clf"));
        open.arg("--challenge").arg(challenge);
        output(open.arg("-o").arg(target), code);
    }

    fn verify(&self, openings: &Path, labels: Option<&str>, code: i32) -> Value {
        let mut verify = candor();
        verify
            .args(["audit", "verify", "-q", "--json"])
            .arg(openings);
        verify.arg("--challenge").arg(self.at("challenge.json"));
        verify.arg("--bundle").arg(self.matter.at("bundle"));
        verify.args(self.matter.files());
        if let Some(labels) = labels {
            fs::write(self.at("labels.csv"), labels).unwrap();
            verify.arg("--labels").arg(self.at("labels.csv"));
        }
        json(&mut verify, code)
    }

    /// Draws, opens and checks, all in one.
    fn whole(&self, arguments: &[&str], labels: Option<&str>, code: i32) -> Value {
        self.challenge(arguments, 0);
        self.open(&self.at("challenge.json"), &self.at("in-camera"), 0);
        self.verify(&self.at("in-camera"), labels, code)
    }

    /// The opened items with one file of one item replaced, in a folder that is a sound bag.
    fn forged(&self, file: &str, content: &[u8]) -> PathBuf {
        let forged = self.at("forged");
        copy_dir(&self.at("in-camera"), &forged);
        assert!(forged.join(file).exists(), "{:?}", walk(&forged));
        fs::write(forged.join(file), content).unwrap();
        candor::bundle::bag::unseal(&forged).unwrap();
        candor::bundle::bag::seal(&forged, "2026-01-01", &[]).unwrap();
        forged
    }
}

fn items(challenge: &Value) -> Vec<u64> {
    let items = challenge["items"].as_array().unwrap();
    items.iter().filter_map(Value::as_u64).collect()
}

/// The label "no" for each item.
fn no(column: &str, items: &[u64]) -> String {
    let rows: String = items.iter().map(|i| format!("{i},no\n")).collect();
    format!("item,{column}\n{rows}")
}

/// The details of items with a status.
fn with_status(report: &Value, status: &str) -> Vec<(u64, String)> {
    let items = report["items"].as_array().unwrap();
    items
        .iter()
        .filter(|item| item["status"] == status)
        .map(|item| {
            let detail = item["detail"].as_str().unwrap().to_owned();
            (item["item"].as_u64().unwrap(), detail)
        })
        .collect()
}

#[test]
fn a_random_audit_from_challenge_to_estimate() {
    let audit = Audit::new(matter());
    let drawn = audit.challenge(&["--size", "4"], 0);
    assert_eq!(drawn["population"], "not_responsive");
    assert_eq!(drawn["population_count"], 6);
    let items = items(&drawn);
    assert_eq!(items.len(), 4);

    // A requester who wants to see a certain item, or others than were drawn from.
    let challenge = audit.at("challenge.json");
    let other = (0..12).find(|i| !items.contains(i)).unwrap();
    for (from, to) in [
        (format!("{}", items[0]), format!("{other}")),
        ("not_responsive".to_owned(), "withheld".to_owned()),
    ] {
        let picked = audit.at("picked.json");
        fs::write(&picked, text(&challenge).replacen(&from, &to, 1)).unwrap();
        audit.open(&picked, &audit.at("picked"), 3);
        assert!(!audit.at("picked").exists());
    }
    audit.open(&challenge, &audit.at("in-camera"), 0);

    let labels = no("responsive", &items);
    let report = audit.verify(&audit.at("in-camera"), Some(&labels), 0);
    assert_eq!((&report["ok"], &report["failed"]), (&4.into(), &0.into()));
    assert_eq!(report["elusion"]["hits"], 0);
    assert_eq!(report["elusion"]["missed_high"], 2);

    // The judge is shown another text than the committed one.
    let file = format!("data/items/{:06}/text.txt", items[0]);
    let report = audit.verify(&audit.forged(&file, b"nothing to see"), Some(&labels), 1);
    assert_eq!(
        with_status(&report, "failed"),
        [(items[0], "its text is not the committed one".to_owned())]
    );
}

#[test]
fn what_was_withheld_can_be_looked_at_by_the_judge() {
    let audit = Audit::new(matter());
    let withheld = ["--population", "withheld"];
    let drawn = audit.challenge(&withheld, 0);
    let items = items(&drawn);
    assert_eq!(items.len(), 1);
    audit.open(&audit.at("challenge.json"), &audit.at("in-camera"), 0);
    let file = format!("data/items/{:06}/native.txt", items[0]);
    assert_eq!(
        text(&audit.at("in-camera").join(&file)),
        "=lottery won, says counsel"
    );
    let labels = no("justified", &items);
    let report = audit.verify(&audit.at("in-camera"), Some(&labels), 0);
    assert_eq!(
        (&report["ok"], &report["stratum"]),
        (&1.into(), &"withheld".into())
    );
    let plain = report["elusion"]["plain"].as_array().unwrap();
    assert_eq!(
        plain[0],
        "1 of the 1 withheld items were drawn at random and read; 1 of them is withheld without a good \
         ground (100.00 %)."
    );
    // Something harmless instead of what was withheld.
    let report = audit.verify(&audit.forged(&file, b"a lottery ticket"), Some(&labels), 1);
    assert_eq!(
        with_status(&report, "failed"),
        [(items[0], "its file is not the committed one".to_owned())]
    );
}

#[test]
fn there_must_be_something_to_draw_from() {
    let contents = [("a.txt", "a lottery"), ("b.txt", "cheese")];
    let matter = super::matter::build(&contents, "", &[]);
    let audit = Audit::new(&matter);
    for (population, none) in [
        ("exceptions", "no items that could not be searched"),
        ("withheld", "no withheld items"),
    ] {
        let error = audit.challenge(&["--population", population], 3);
        assert!(error.as_str().unwrap().contains(none), "{error}");
    }
    audit.challenge(&["--population", "produced"], 2);
}

/// The shipped mail with all that cannot be read in it, and the shipped classifier.
fn real_mail() -> Matter {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("corpus-examples/mail");
    let mut files: Vec<(String, Vec<u8>)> = walk(&corpus)
        .into_iter()
        .map(|name| {
            let bytes = fs::read(corpus.join(&name)).unwrap();
            (name, bytes)
        })
        .collect();
    files.push(("broken.docx".into(), b"PK\x03\x04 and no more".to_vec()));
    files.push(("nothing.txt".into(), Vec::new()));
    let shipped = root.join("classifiers/unsolicited-commercial-email.clf");
    let classifier = |path: &Path| {
        fs::copy(&shipped, path).unwrap();
    };
    build_with(classifier, &files, "", &[])
}

/// Every item of a real corpus that was not produced, and every produced document, read again: an honest
/// responder passes, and what an audit cannot settle by itself it says.
#[test]
fn an_honest_responder_passes_on_real_mail() {
    let matter = real_mail();
    let everything = |population: &str, labels: Option<&str>, code: i32| {
        let audit = Audit::new(&matter);
        audit.whole(
            &["--size", "9999", "--population", population],
            labels,
            code,
        )
    };
    let misses = everything("not-responsive", None, 0);
    let failed = with_status(&misses, "failed");
    assert!(failed.is_empty(), "{failed:?}");
    assert!(misses["ok"].as_u64().unwrap() > 100);

    let drawn = Audit::new(&matter).challenge(&["--size", "9999", "--population", "exceptions"], 0);
    let exceptions = items(&drawn);
    assert!(exceptions.len() >= 15);
    let yes = exceptions[0];
    let labels =
        no("responsive", &exceptions).replacen(&format!("{yes},no"), &format!("{yes},yes"), 1);
    let report = everything("exceptions", Some(&labels), 0);
    assert_eq!(report["failed"], 0, "{:?}", with_status(&report, "failed"));
    assert_eq!(report["sampled"], exceptions.len());
    let plain = report["elusion"]["plain"].as_array().unwrap();
    assert_eq!(plain.len(), 2);
    assert!(
        plain[0]
            .as_str()
            .unwrap()
            .contains("items that could not be searched")
    );
    assert!(
        plain[1]
            .as_str()
            .unwrap()
            .starts_with("That is all of them: exactly 1 is responsive")
    );

    let all = everything("all", None, 0);
    assert_eq!(
        all["sampled"].as_u64().unwrap(),
        misses["sampled"].as_u64().unwrap() + exceptions.len() as u64
    );

    let mut reread = matter.bundle_command(&["audit", "reread", "-q", "--json"]);
    let report = json(&mut reread, 0);
    assert!(report["produced"].as_u64().unwrap() > 50);
    assert_eq!(report["ok"], report["produced"], "{report}");
}

/// Pictures are searched by their pixels: their vectors come from the files, and documents without pixels
/// are outside the form.
#[test]
fn pictures_are_audited_from_their_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/images");
    let mut files: Vec<(String, Vec<u8>)> = walk(&root)
        .into_iter()
        .take(8)
        .map(|name| {
            let bytes = fs::read(root.join(&name)).unwrap();
            (name, bytes)
        })
        .collect();
    files.push(("z.txt".into(), b"two wheels of gruyere".to_vec()));
    let matter = build_with(bright, &files, "", &["--forms", "text,rgb32"]);
    let audit = Audit::new(&matter);
    let report = audit.whole(&["--size", "99", "--population", "all"], None, 0);
    let sampled = report["sampled"].as_u64().unwrap();
    assert!(
        (3..=8).contains(&sampled),
        "{sampled} of 8 pictures and a text"
    );
    assert_eq!(report["ok"], sampled);

    // Another picture, and other pixels than the file's.
    let dark = items(&audit_challenge(&audit))[0];
    let native = format!("data/items/{dark:06}/native.png");
    let other = files.iter().find(|(name, _)| {
        fs::read(audit.at("in-camera").join(&native)).unwrap() != fs::read(root.join(name)).unwrap()
    });
    let report = audit.verify(&audit.forged(&native, &other.unwrap().1), None, 1);
    assert_eq!(
        with_status(&report, "failed"),
        [(dark, "its file is not the committed one".to_owned())]
    );
    let vector = format!("data/items/{dark:06}/vector.bin");
    fs::remove_dir_all(audit.at("forged")).unwrap();
    let report = audit.verify(&audit.forged(&vector, &[0; 3072]), None, 1);
    let why =
        "its image/rgb32-v1 vector is not the committed one: it was searched as something else";
    assert_eq!(with_status(&report, "failed"), [(dark, why.to_owned())]);
    // The produced ones were searched as what they are, too.
    let mut reread = matter.bundle_command(&["audit", "reread", "-q", "--json"]);
    let report = json(&mut reread, 0);
    assert_eq!(report["ok"].as_u64().unwrap(), 9 - sampled);
}

fn audit_challenge(audit: &Audit<'_>) -> Value {
    serde_json::from_str(&text(&audit.at("challenge.json"))).unwrap()
}
