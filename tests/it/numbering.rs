//! Items in random order, from the commitment to the production: nothing may lean on an order of paths, on parents
//! before children, or on leaves inside the bundle.

use crate::common::{candor, classifier, copy_dir, json, output, text};
use candor::commit::opening::{ItemOpening, OpenSection};
use candor::commit::{Vault, families};
use candor::verify::{in_words, verify_files};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A message with an attachment; both texts are given.
fn mail(subject: &str, body: &str, attachment: &str) -> String {
    format!(
        "From: Jane <jane@acme.example>\r\nTo: a@acme.example, b@acme.example\r\nSubject: {subject}\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\n{body}\r\n\
         --b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"note.txt\"\r\n\r\n{attachment}\r\n--b--\r\n"
    )
}

struct Matter {
    dir: TempDir,
    classifier: PathBuf,
}

impl Matter {
    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str], code: i32) -> String {
        let mut command = candor();
        command.current_dir(self.dir.path());
        command.env_remove("CANDOR_NUMBERING");
        let output = output(command.args(args), code);
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    fn items(&self) -> Vec<Value> {
        let listed = self.run(&["case", "items", "--case", "case", "--json"], 0);
        let lines = listed.lines().filter(|line| line.starts_with('{'));
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Sixteen families of which message or attachment are about a lottery, and eight files that were read in part.
fn matter() -> Matter {
    let dir = tempfile::tempdir().unwrap();
    let corpus = dir.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    for n in 0..16 {
        let (body, note) = match n % 4 {
            0 => ("The lottery of this year.", "Nothing much."),
            1 => ("Nothing much.", "The lottery of last year."),
            2 => ("A lottery.", "Another lottery."),
            _ => ("Nothing at all.", "Nothing either."),
        };
        let mail = mail(&format!("subject {n}"), body, note);
        fs::write(corpus.join(format!("{n}.eml")), mail).unwrap();
    }
    for n in 0..8 {
        // Said to be UTF-8 by what it begins with, and not wholly UTF-8.
        let head = format!("\u{feff}broken {n} ").into_bytes();
        let bytes = [&head[..], b"caf\xff\xfe end"].concat();
        fs::write(corpus.join(format!("part{n}.txt")), bytes).unwrap();
    }
    fs::write(corpus.join("empty.txt"), "").unwrap();
    let classifier = classifier(dir.path());
    Matter { dir, classifier }
}

fn committed() -> Matter {
    let m = matter();
    m.run(&["commit", "corpus", "--case", "case"], 0);
    m
}

#[test]
fn a_search_over_shuffled_items_is_proved_exported_and_audited() {
    let m = committed();
    let clf = m.classifier.to_str().unwrap().to_owned();
    let items = m.items();
    assert_eq!(items.len(), 16 * 2 + 8 + 1);
    // People are shown them by path, their numbers are in no order.
    let indices: Vec<u64> = items
        .iter()
        .map(|item| item["index"].as_u64().unwrap())
        .collect();
    assert_eq!(indices.iter().collect::<BTreeSet<_>>().len(), items.len());
    assert!(!indices.is_sorted());
    let backwards = items
        .iter()
        .filter(|item| item["parent"].as_u64() > item["index"].as_u64())
        .count();
    assert!(backwards > 0, "no child was numbered before its parent");
    let vault = Vault::open(&m.at("case")).unwrap();
    assert_eq!(vault.commitment().partly_read(), 8);
    assert_eq!(vault.commitment().unread()["replaced"], 8);

    m.run(
        &[
            "prove",
            "--case",
            "case",
            "--classifier",
            &clf,
            "-o",
            "bundle",
        ],
        0,
    );
    let verify = |bundle: &str, commitment: &str, code| {
        m.run(
            &[
                "verify-bundle",
                bundle,
                "--commitment",
                commitment,
                "--classifier",
                &clf,
            ],
            code,
        )
    };
    let said = verify("bundle", "case/commitment.json", 4);
    assert!(said.contains("8 were read in part only"), "{said}");
    assert!(said.contains(&format!("1 {}", in_words("empty"))), "{said}");

    // Later bundles may do without the leaves, which were published with the commitment.
    let other = [
        "prove",
        "--case",
        "case",
        "--classifier",
        &clf,
        "-o",
        "later",
        "--leaves",
        "omit",
    ];
    m.run(&other, 0);
    assert!(!m.at("later/data/leaves.bin").exists());
    verify("later", "case/commitment.json", 4);
    fs::create_dir(m.at("alone")).unwrap();
    fs::copy(m.at("case/commitment.json"), m.at("alone/commitment.json")).unwrap();
    let said = verify("later", "alone/commitment.json", 3);
    assert!(said.contains("put the file 'leaves'"), "{said}");
    verify("bundle", "alone/commitment.json", 4);
    // Another file in its place is refused.
    let mut leaves = fs::read(m.at("case/leaves")).unwrap();
    leaves[60] ^= 1;
    fs::write(m.at("alone/leaves"), leaves).unwrap();
    let said = verify("later", "alone/commitment.json", 1);
    assert!(
        said.contains("committed Merkle root") || said.contains("leaf"),
        "{said}"
    );

    broken_families(&m, &clf);
    partly(&m, &clf);
}

fn verified(m: &Matter, clf: &str) -> candor::verify::VerifiedBundle {
    let silent = candor::progress::Silent;
    verify_files(
        &m.at("bundle"),
        &m.at("case/commitment.json"),
        Path::new(clf),
        &silent,
    )
    .unwrap()
    .unwrap()
}

/// Families that are produced in part are listed as far as documents tell, and whole if they are opened.
fn broken_families(m: &Matter, clf: &str) {
    let export = |output: &str, more: &[&str]| {
        let mut args = vec![
            "export",
            "bundle",
            "--commitment",
            "case/commitment.json",
            "--classifier",
            clf,
            "--profile",
            "csv",
            "-o",
            output,
        ];
        args.extend(more);
        m.run(&args, 4);
        let rows = text(&m.at(output).join("serve/families.csv"));
        rows.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    // Of four of sixteen families the message alone is produced, of four the attachment alone.
    let known = export("production", &[]);
    assert_eq!(known.len(), 4 * 2 + 4 * 2, "{known:?}");
    assert_eq!(
        known
            .iter()
            .filter(|row| row.contains("not opened"))
            .count(),
        4,
        "{known:?}"
    );
    let opened = export("families", &["--case", "case", "--families", "open"]);
    assert_eq!(opened.len(), 16);
    let custody = text(&m.at("case/custody.log"));
    assert!(custody.contains(r#""families":"open""#), "{custody}");
    assert!(
        !opened.iter().any(|row| row.contains("not opened")),
        "{opened:?}"
    );
    let file = text(&m.at("families/serve/family-openings.jsonl"));
    assert_eq!(file.lines().count(), 12 * 2);
    let verified = verified(m, clf);
    let kin = families::check(&file, verified.leaves(), verified.kinship())
        .unwrap()
        .kinship;
    for item in m.items() {
        let index = item["index"].as_u64().unwrap() as u32;
        if kin.knows(index) {
            assert_eq!(kin.parent(index).map(u64::from), item["parent"].as_u64());
        }
    }
    // Nothing but parent and children is in such an opening, and it opens its own leaf only.
    for line in file.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let opening = hex::decode(line["opening"].as_str().unwrap()).unwrap();
        let opening = ItemOpening::parse(&opening).unwrap();
        let [OpenSection::Part(facts), rest @ ..] = opening.sections() else {
            panic!("the facts are closed");
        };
        assert_eq!(facts.values().count(), 2);
        assert!(
            rest.iter()
                .all(|section| matches!(section, OpenSection::Closed(_)))
        );
        let index = line["item"].as_u64().unwrap();
        let other = (index as usize + 1) % verified.leaves().len();
        assert!(opening.check(verified.leaves()[other].d()).is_err());
    }
    recipient(m, clf, &file);
    // The numbers of the production follow the paths, not the items' numbers.
    let load = text(&m.at("production/serve/VOL001/DATA/VOL001.csv"));
    let place = |subject: &str| {
        load.find(&format!("{subject},"))
            .unwrap_or_else(|| panic!("{load}"))
    };
    assert!(place("subject 2") < place("subject 10") && place("subject 10") < place("subject 12"));
}

/// Who receives the opened families checks them, with either program.
fn recipient(m: &Matter, clf: &str, file: &str) {
    let verify = |bundle: &str, file: &str, code| {
        fs::write(m.at("families.jsonl"), file).unwrap();
        let mut args = vec![bundle, "--commitment", "case/commitment.json"];
        args.extend(["--classifier", clf, "--families", "families.jsonl"]);
        let said = m.run(&[&["verify-bundle"], &args[..]].concat(), code);
        let files = args.iter().map(|arg| match m.at(arg).exists() {
            true => m.at(arg).into_os_string(),
            false => arg.into(),
        });
        let alone = candor_verify::program::run(files);
        assert_eq!((i32::from(alone.code), alone.out), (code, said.clone()));
        said
    };
    let said = verify("bundle", file, 4);
    let whole = "ok      families        12 families with 24 members are opened wholly, 0 produced items have none";
    assert!(said.contains(whole), "{said}");
    let refused = |file: &str, why: &str| {
        let said = verify("bundle", file, 1);
        assert!(
            said.contains("FAILED  families") && said.contains(why),
            "{why}: {said}"
        );
    };
    let lines: Vec<&str> = file.lines().collect();
    let first: Value = serde_json::from_str(lines[0]).unwrap();
    // Exactly one thing is wrong each time.
    let item = first["item"].as_u64().unwrap();
    let swapped = file.replacen(&format!("\"item\":{item},"), "\"item\":40,", 1);
    refused(&swapped, "does not open its leaf");
    let lied = file.replacen("\"parent\":null", "\"parent\":1", 1);
    refused(&lied, "opens another parent than it states");
    let message = lines.iter().find(|line| line.contains("\"parent\":null"));
    let message: Value = serde_json::from_str(message.unwrap()).unwrap();
    let attachment = format!("{{\"item\":{},", message["children"][0]);
    let without: Vec<&str> = lines
        .iter()
        .filter(|line| !line.starts_with(&attachment))
        .copied()
        .collect();
    assert_eq!(without.len(), lines.len() - 1);
    refused(&(without.join("\n") + "\n"), "is not opened");
    refused("", "is produced, and its family is not opened");
    refused(&(file.to_owned() + lines[0]), "has a line already");
    // Nothing to check against: said, and nothing is crossed out as if it had been looked at.
    copy_dir(&m.at("bundle"), &m.at("broken"));
    fs::remove_file(m.at("broken/data/bundle.json")).unwrap();
    let said = verify("broken", file, 1);
    assert!(said.contains("-       families"), "{said}");
}

/// An audit of what was read in part.
fn partly(m: &Matter, clf: &str) {
    m.run(
        &[
            "audit",
            "challenge",
            "bundle",
            "--commitment",
            "case/commitment.json",
            "--classifier",
            clf,
            "--population",
            "partly",
            "--size",
            "3",
            "--nonce",
            "spoken in court",
            "-o",
            "challenge.json",
        ],
        0,
    );
    m.run(
        &[
            "audit",
            "open",
            "--case",
            "case",
            "--bundle",
            "bundle",
            "--classifier",
            clf,
            "--challenge",
            "challenge.json",
            "-o",
            "in-camera",
        ],
        0,
    );
    let mut command = candor();
    command.current_dir(m.dir.path()).args([
        "audit",
        "verify",
        "in-camera",
        "--challenge",
        "challenge.json",
        "--bundle",
        "bundle",
        "--commitment",
        "case/commitment.json",
        "--classifier",
        clf,
        "--json",
    ]);
    // A text with replacement characters is for a person to compare.
    let report = json(&mut command, 4);
    assert_eq!(report["population"], 8, "{report}");
    assert_eq!(report["failed"], 0, "{report}");
}

#[test]
fn the_order_that_was_asked_for_is_stated() {
    let m = matter();
    m.run(
        &[
            "commit",
            "corpus",
            "--case",
            "case",
            "--numbering",
            "as-read",
        ],
        0,
    );
    let indices: Vec<u64> = m
        .items()
        .iter()
        .map(|item| item["index"].as_u64().unwrap())
        .collect();
    assert!(indices.is_sorted());
    let stated: Value = serde_json::from_str(&text(&m.at("case/commitment.json"))).unwrap();
    assert_eq!(stated["numbering"], "as_read");
    // One byte of the published leaves a leaf, about 90 each.
    let leaves = fs::metadata(m.at("case/leaves")).unwrap().len();
    assert!(leaves / m.items().len() as u64 <= 90, "{leaves}");
}

/// Who has an older case is told what to do.
#[test]
fn older_cases_are_refused_with_the_remedy() {
    let m = committed();
    copy_dir(&m.at("case"), &m.at("old"));
    for file in ["old/commitment.json", "old/vault/commitment.json"] {
        let json = text(&m.at(file)).replace("candor-commitment-4", "candor-commitment-3");
        fs::write(m.at(file), json).unwrap();
    }
    let clf = m.classifier.to_str().unwrap().to_owned();
    let said = m.run(&["classify", "--case", "old", "--classifier", &clf], 3);
    assert!(said.contains("commit to the documents anew"), "{said}");
}
