//! From a folder of documents to a commitment and a vault, through the library.

use candor::commit::audit::audit;
use candor::commit::vault::{SecretKind, recover};
use candor::commit::{
    CommitError, CommitOptions, CommitReport, Vault, VaultError, commit_folder, pedersen,
};
use candor::ingest::IngestOptions;
use candor::item::{Form, text_vector};
use candor::progress::{Progress, Silent, Unit};
use sha2::Digest;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FORM: Form = Form::TextWordsV3;
const MAIL: &str = "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: The plan\r\n\
Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
Please read the attached note about the merger.\r\n--b\r\n\
Content-Type: text/plain; name=note.txt\r\n\
Content-Disposition: attachment; filename=note.txt\r\n\r\nThe merger closes in May.\r\n--b--\r\n";

/// A folder with a mail and its attachment, texts, a duplicate, an empty file and binary junk.
fn corpus() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("a/plan.eml", MAIL.as_bytes());
    write(
        "b/minutes.txt",
        b"Minutes of the board meeting, nothing decided.",
    );
    write(
        "b/minutes-copy.txt",
        b"Minutes of the board meeting, nothing decided.",
    );
    write("c/empty.txt", b"");
    write(
        "c/junk.bin",
        &[0, 159, 146, 150, 0, 1, 2, 3, 255, 254, 7, 7],
    );
    write(
        "d/recipe.txt",
        "Two eggs, flour and a little cr\u{e8}me.".as_bytes(),
    );
    dir
}

fn options(case: &Path) -> CommitOptions {
    CommitOptions {
        case: case.to_owned(),
        name: "Doe v. Acme".into(),
        custodian: Some("Jane Roe".into()),
        reference: false,
        forms: vec![FORM],
        ingest: IngestOptions::default(),
        selection: Default::default(),
        numbering: candor::commit::Numbering::AsRead,
        supplements: None,
    }
}

fn commit(corpus: &Path, case: &Path) -> CommitReport {
    commit_folder(
        &candor::Surroundings::system(),
        corpus,
        &options(case),
        &Silent,
    )
    .unwrap()
}

/// A corpus, its case and the report.
fn committed() -> (TempDir, TempDir, PathBuf, CommitReport) {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    let report = commit(corpus.path(), &case);
    (corpus, dir, case, report)
}

#[test]
fn everything_in_the_vault_opens_its_leaf() {
    let (_corpus, _dir, case, report) = committed();
    let vault = Vault::open(&case).unwrap();
    vault.check().unwrap();
    assert_eq!(vault.commitment(), &report.commitment);
    assert_eq!(vault.commitment().custodian(), Some("Jane Roe"));
    let paths: Vec<String> = vault
        .items()
        .map(|item| item.unwrap().path().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "a/plan.eml",
            "a/plan.eml!/attachments/1-note.txt",
            "b/minutes-copy.txt",
            "b/minutes.txt",
            "c/empty.txt",
            "c/junk.bin",
            "d/recipe.txt",
        ]
    );
    for index in 0..vault.len() {
        let item = vault.item(index).unwrap();
        let leaf = vault.leaf(index).unwrap();
        assert_eq!(item.leaf(), &leaf);
        let (native, text) = (vault.native(index).unwrap(), vault.text(index).unwrap());
        let opened = vault.disclosed(&item);
        let sha256 = sha2::Sha256::digest(&native).into();
        let shown = text.as_deref().unwrap_or_default();
        assert_eq!(
            opened.check_all(leaf.d(), item.meta(), &sha256, shown),
            Ok(())
        );
        assert_eq!(item.meta().size, native.len() as u64);
        match leaf.form(FORM) {
            Some(points) => {
                let vector = item.vector(FORM).unwrap();
                assert_eq!(
                    vector,
                    &text_vector(Form::TextWordsV3, text.as_deref().unwrap())
                );
                let blinds = vault.blinds(&item, FORM).unwrap().to_scalars();
                let again = pedersen::commit(&FORM, vector.bytes(), &blinds).unwrap();
                assert_eq!(points, again);
                assert_eq!(item.meta().exception, None);
            }
            None => {
                assert!(leaf.exception().is_some());
                assert!(item.meta().exception.is_some());
                assert_eq!(text, None);
            }
        }
    }
    assert!(matches!(
        vault.item(7),
        Err(VaultError::NoSuchItem { index: 7, count: 7 })
    ));
}

#[test]
fn families_duplicates_and_exceptions_are_recorded() {
    let (_corpus, _dir, case, report) = committed();
    let vault = Vault::open(&case).unwrap();
    assert_eq!(vault.item(1).unwrap().parent(), Some(0));
    assert_eq!(vault.item(2).unwrap().parent(), None);
    assert_eq!(vault.item(2).unwrap().duplicate_of(), None);
    assert_eq!(vault.item(3).unwrap().duplicate_of(), Some(2));
    assert_eq!(
        vault.item(2).unwrap().sha256(),
        vault.item(3).unwrap().sha256()
    );
    let reason = |i| vault.leaf(i).unwrap().exception().map(ToString::to_string);
    assert_eq!(reason(4).as_deref(), Some("empty"));
    assert_eq!(reason(5).as_deref(), Some("unsupported"));
    assert_eq!(report.duplicates, 1);
    assert_eq!((report.files, report.commitment.count()), (6, 7));
    assert_eq!(
        (
            report.commitment.committed(),
            report.commitment.exceptions()
        ),
        (5, 2)
    );
    assert_eq!(report.types["text/plain"].items, 4);
    let list = fs::read_to_string(&report.exceptions_file).unwrap();
    assert!(
        list.lines()
            .any(|line| line.starts_with("4,c/empty.txt,empty,")),
        "{list}"
    );
    assert_eq!(list.lines().count(), 3);
}

#[test]
fn committing_twice_shows_no_resemblance() {
    let corpus = corpus();
    let dir = tempfile::tempdir().unwrap();
    let [once, again] = ["one", "two"].map(|name| {
        let case = dir.path().join(name);
        commit(corpus.path(), &case);
        Vault::open(&case).unwrap()
    });
    assert_ne!(once.commitment().root(), again.commitment().root());
    let mut seen = std::collections::HashSet::new();
    for leaf in once.leaves().chain(again.leaves()) {
        let leaf = leaf.unwrap();
        assert!(seen.insert(leaf.d().to_vec()), "a root occurs twice");
        for point in leaf.forms().iter().flat_map(|form| form.strips()) {
            assert!(
                seen.insert(format!("{point:?}").into_bytes()),
                "a commitment occurs twice"
            );
        }
    }
}

#[test]
fn the_public_file_contains_no_secret() {
    let (_corpus, _dir, case, _) = committed();
    let public = fs::read(case.join("commitment.json")).unwrap();
    let vault = Vault::open(&case).unwrap();
    let contains = |needle: &[u8]| public.windows(needle.len()).any(|window| window == needle);
    assert!(contains(b"Jane Roe"));
    let mut kinds = Vec::new();
    for secret in vault.secrets().flat_map(Result::unwrap) {
        assert!(!contains(&secret.bytes), "{secret:?}");
        let as_hex = hex::encode(&secret.bytes[..]);
        assert!(!contains(as_hex.as_bytes()), "{secret:?} in hexadecimal");
        kinds.push(secret.kind);
    }
    for (kind, count) in [
        (SecretKind::VaultSecret, 7),
        (SecretKind::Seed, 7),
        (SecretKind::DisclosingSeed, 7),
        (SecretKind::Blind(FORM, 0), 5),
        (SecretKind::Vector(FORM), 5),
        (SecretKind::Native, 6),
        (SecretKind::Text, 5),
        (SecretKind::Path, 7),
    ] {
        assert_eq!(
            kinds.iter().filter(|k| **k == kind).count(),
            count,
            "{kind:?}"
        );
    }
}

#[test]
fn referenced_files_stay_where_they_are_and_are_checked() {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    let by_reference = CommitOptions {
        reference: true,
        ..options(&case)
    };
    commit_folder(
        &candor::Surroundings::system(),
        corpus.path(),
        &by_reference,
        &Silent,
    )
    .unwrap();
    let vault = Vault::open(&case).unwrap();
    assert_eq!(vault.native(0).unwrap(), MAIL.as_bytes());
    // The attachment is no file of its own, so it was copied.
    assert!(vault.native(1).unwrap().starts_with(b"The merger closes"));
    let stored = fs::metadata(case.join("vault/natives.bin")).unwrap().len();
    assert!(stored < 100, "{stored} bytes were copied");
    fs::write(corpus.path().join("d/recipe.txt"), "Three eggs").unwrap();
    assert!(matches!(
        vault.native(6),
        Err(VaultError::Changed { index: 6, .. })
    ));
    fs::remove_file(corpus.path().join("d/recipe.txt")).unwrap();
    let error = vault.native(6).unwrap_err();
    assert!(error.to_string().contains("recipe.txt"), "{error}");
    assert_eq!(
        vault.text(6).unwrap().unwrap(),
        "Two eggs, flour and a little cr\u{e8}me."
    );
}

#[test]
fn a_commitment_is_never_overwritten() {
    let (corpus, _dir, case, report) = committed();
    let records = fs::read(case.join("vault/records.bin")).unwrap();
    let again = commit_folder(
        &candor::Surroundings::system(),
        corpus.path(),
        &options(&case),
        &Silent,
    );
    assert!(matches!(
        again,
        Err(CommitError::Vault(VaultError::Exists { .. }))
    ));
    assert_eq!(fs::read(case.join("vault/records.bin")).unwrap(), records);
    assert_eq!(Vault::open(&case).unwrap().commitment(), &report.commitment);
    // Nor where only the published file is left.
    fs::remove_dir_all(case.join("vault")).unwrap();
    let again = commit_folder(
        &candor::Surroundings::system(),
        corpus.path(),
        &options(&case),
        &Silent,
    );
    assert!(matches!(
        again,
        Err(CommitError::Vault(VaultError::Exists { .. }))
    ));
}

#[test]
fn what_an_interrupted_commit_leaves_is_no_vault() {
    let (corpus, _dir, case, _) = committed();
    fs::remove_file(case.join("commitment.json")).unwrap();
    fs::rename(case.join("vault"), case.join(".commit-in-progress")).unwrap();
    assert!(matches!(
        Vault::open(&case),
        Err(VaultError::Interrupted { .. })
    ));
    assert_eq!(recover(&case).unwrap(), None);
    commit(corpus.path(), &case);
    Vault::open(&case).unwrap().check().unwrap();
    assert!(!case.join(".commit-in-progress").exists());
}

#[test]
fn an_interruption_in_the_last_step_is_repaired() {
    let (_corpus, _dir, case, report) = committed();
    fs::remove_file(case.join("commitment.json")).unwrap();
    assert_eq!(recover(&case).unwrap(), Some(report.commitment));
    assert_eq!(
        fs::read(case.join("commitment.json")).unwrap(),
        fs::read(case.join("vault/commitment.json")).unwrap()
    );
    assert_eq!(recover(&case).unwrap(), None);
}

/// Asks to stop as soon as something has been committed.
struct Impatient;

impl Progress for Impatient {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn stopping_leaves_nothing_behind() {
    let (corpus, dir) = (corpus(), tempfile::tempdir().unwrap());
    let case = dir.path().join("case");
    let stopped = commit_folder(
        &candor::Surroundings::system(),
        corpus.path(),
        &options(&case),
        &Impatient,
    );
    assert!(matches!(stopped, Err(CommitError::Cancelled)));
    assert!(matches!(
        Vault::open(&case),
        Err(VaultError::Missing { .. })
    ));
    assert!(!case.join(".commit-in-progress").exists());
}

#[test]
fn senseless_folders_are_refused() {
    let corpus = corpus();
    let inside = corpus.path().join("d/case");
    let refused = commit_folder(
        &candor::Surroundings::system(),
        corpus.path(),
        &options(&inside),
        &Silent,
    );
    assert!(matches!(refused, Err(CommitError::Overlap { .. })));
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case");
    let empty = tempfile::tempdir().unwrap();
    let refused = commit_folder(
        &candor::Surroundings::system(),
        empty.path(),
        &options(&case),
        &Silent,
    );
    assert!(matches!(refused, Err(CommitError::Nothing(_))));
    let refused = commit_folder(
        &candor::Surroundings::system(),
        &empty.path().join("missing"),
        &options(&case),
        &Silent,
    );
    assert!(matches!(refused, Err(CommitError::Ingest(_))));
    let unnamed = CommitOptions {
        name: "two\nlines".into(),
        ..options(&case)
    };
    let refused = commit_folder(
        &candor::Surroundings::system(),
        corpus.path(),
        &unnamed,
        &Silent,
    );
    assert!(matches!(refused, Err(CommitError::Commitment(_))));
    assert!(!case.exists());
}

#[test]
fn damage_is_noticed_wherever_it_is() {
    let (_corpus, _dir, case, _) = committed();
    for name in [
        "records.bin",
        "index.bin",
        "natives.bin",
        "texts.bin",
        "vault.json",
    ] {
        let path = case.join("vault").join(name);
        let good = fs::read(&path).unwrap();
        for at in [0, good.len() / 3, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x15;
            fs::write(&path, &bad).unwrap();
            assert!(read_everything(&case).is_err(), "{name}, byte {at}");
        }
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(read_everything(&case).is_err(), "{name}, cut short");
        fs::write(&path, &good).unwrap();
        read_everything(&case).unwrap();
    }
    let other = tempfile::tempdir().unwrap();
    let other_case = other.path().join("case");
    commit(corpus().path(), &other_case);
    fs::copy(
        other_case.join("commitment.json"),
        case.join("commitment.json"),
    )
    .unwrap();
    assert!(matches!(
        Vault::open(&case),
        Err(VaultError::OtherCommitment { .. })
    ));
}

#[test]
fn an_audit_names_the_damaged_item() {
    let (_corpus, _dir, case, _) = committed();
    let sound = audit(&Vault::open(&case).unwrap(), &Silent);
    assert!(sound.is_sound(), "{sound:?}");
    assert_eq!(sound.items, 7);
    let path = case.join("vault/texts.bin");
    let mut texts = fs::read(&path).unwrap();
    *texts.last_mut().unwrap() ^= 1;
    fs::write(&path, texts).unwrap();
    let damaged = audit(&Vault::open(&case).unwrap(), &Silent);
    assert!(damaged.root_matches);
    assert_eq!((damaged.damaged, damaged.problems[0].item), (1, 6));
    // A record that cannot be read leaves a hole in the tree.
    let path = case.join("vault/records.bin");
    let mut records = fs::read(&path).unwrap();
    *records.last_mut().unwrap() ^= 1;
    fs::write(&path, records).unwrap();
    let damaged = audit(&Vault::open(&case).unwrap(), &Silent);
    assert!(!damaged.root_matches && !damaged.is_sound());
}

fn read_everything(case: &Path) -> Result<(), VaultError> {
    let vault = Vault::open(case)?;
    vault.check()?;
    vault.secrets().try_for_each(|secrets| secrets.map(drop))
}

#[cfg(unix)]
#[test]
fn the_vault_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (_corpus, _dir, case, _) = committed();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&case.join("vault")), 0o700);
    for entry in fs::read_dir(case.join("vault")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(mode(&case.join("commitment.json")), 0o644);
}
