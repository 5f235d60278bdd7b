//! The main job on real mail with real proofs: commit, prove, verify; then every way to cheat that a
//! responder has, each caught by the check that is there for it.

use crate::common::copy_dir;
use candor::bundle::{Bundle, Disposition, Manifest, Reason, bag, layout};
use candor::classify::Classifier;
use candor::commit::vault::SecretKind;
use candor::commit::{CommitOptions, Commitment, Vault, commit_folder};
use candor::ingest::IngestOptions;
use candor::item::Form;
use candor::progress::Silent;
use candor::prove::{PlanOptions, ProveOptions, WithholdEntry, WithholdList, prove_case};
use candor::sealed::Opening;
use candor::verify::{Report, Status, verify};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn classifier() -> Classifier {
    candor::input::classifier(&root().join("classifiers/unsolicited-commercial-email.clf")).unwrap()
}

/// Some thirty of the example mails with their attachments and the unprocessable ones.
fn corpus(dir: &Path) -> PathBuf {
    let corpus = dir.join("corpus");
    for folder in ["2001-07", "2002-02", "2002-06", "2002-10"] {
        let from = root().join("corpus-examples/mail").join(folder);
        let to = corpus.join(folder);
        fs::create_dir_all(&to).unwrap();
        let mut names: Vec<_> = fs::read_dir(from)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        names.sort();
        for path in names.iter().filter(|p| p.is_file()).take(10) {
            fs::copy(path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
    fs::write(corpus.join("empty.txt"), "").unwrap();
    corpus
}

fn commit(dir: &Path, corpus: &Path, name: &str) -> Vault {
    let case = dir.join(name);
    let options = CommitOptions {
        case: case.clone(),
        name: name.to_owned(),
        custodian: None,
        reference: false,
        forms: vec![Form::TextWordsV3],
        ingest: IngestOptions::default(),
        selection: Default::default(),
        numbering: candor::commit::Numbering::AsRead,
        supplements: None,
    };
    commit_folder(&candor::Surroundings::system(), corpus, &options, &Silent).unwrap();
    Vault::open(&case).unwrap()
}

pub(crate) fn options(withhold: WithholdList) -> ProveOptions {
    ProveOptions {
        plan: PlanOptions {
            memory: 4 << 30,
            max_items: Some(16),
        },
        withhold,
        ..ProveOptions::default()
    }
}

/// One case with one bundle, made once; tests copy the bundle and tamper with the copy.
pub(crate) struct Matter {
    _dir: TempDir,
    pub vault: Vault,
    pub bundle: PathBuf,
    pub other_bundle: PathBuf,
    pub other_commitment: Commitment,
}

pub(crate) fn matter() -> &'static Matter {
    static MATTER: OnceLock<Matter> = OnceLock::new();
    MATTER.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let corpus = corpus(dir.path());
        let vault = commit(dir.path(), &corpus, "matter");
        let bundle = dir.path().join("bundle");
        let entry = WithholdEntry {
            item: first_match(&vault).to_string(),
            reason: Reason::parse("AC").unwrap(),
            description: "letter to counsel".to_owned(),
        };
        let list = WithholdList::new(vec![entry]);
        let summary = prove_case(
            &candor::Surroundings::system(),
            &vault,
            &classifier(),
            &bundle,
            &options(list),
            &Silent,
        )
        .unwrap();
        assert!(
            summary.batches >= 2,
            "several proofs are needed to swap them"
        );
        // The same documents committed again: other blinds, other root.
        let again = commit(dir.path(), &corpus, "again");
        let other_bundle = dir.path().join("other");
        prove_case(
            &candor::Surroundings::system(),
            &again,
            &classifier(),
            &other_bundle,
            &options(WithholdList::default()),
            &Silent,
        )
        .unwrap();
        Matter {
            vault,
            bundle,
            other_bundle,
            other_commitment: again.commitment().clone(),
            _dir: dir,
        }
    })
}

/// The same corpus searched with the same classifier, sealed: its public file, and bundles proved with two seals of it.
pub(crate) struct SealedMatter {
    _dir: TempDir,
    pub opening: Opening,
    pub bundle: PathBuf,
}

pub(crate) fn sealed_matter() -> &'static SealedMatter {
    static MATTER: OnceLock<SealedMatter> = OnceLock::new();
    MATTER.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let bundle = dir.path().join("bundle");
        let opening = seal_again();
        let summary = prove_case(
            &candor::Surroundings::system(),
            &matter().vault,
            &opening,
            &bundle,
            &options(kept_back()),
            &Silent,
        )
        .unwrap();
        assert!(summary.batches >= 2);
        SealedMatter {
            _dir: dir,
            opening,
            bundle,
        }
    })
}

/// The list with which both bundles were made.
pub(crate) fn kept_back() -> WithholdList {
    WithholdList::new(vec![WithholdEntry {
        item: first_match(&matter().vault).to_string(),
        reason: Reason::parse("AC").unwrap(),
        description: "letter to counsel".to_owned(),
    }])
}

/// Another seal of the shipped classifier.
pub(crate) fn seal_again() -> Opening {
    let classifier = classifier();
    let card = classifier.card().published();
    candor::sealed::seal(classifier, card, Vec::new()).unwrap()
}

pub(crate) fn first_match(vault: &Vault) -> u32 {
    let classifier = classifier();
    (0..vault.len())
        .find(|&i| {
            let item = vault.item(i).unwrap();
            item.vector(classifier.form())
                .is_some_and(|v| classifier.evaluate(v).matches)
        })
        .unwrap()
}

/// Copies the bundle, lets `f` change it, seals the bag again if told to, as a cheat would, and verifies.
pub(crate) fn tampered(f: impl FnOnce(&Path), seal: bool) -> Report {
    let verify =
        |bundle: &Path| verify(bundle, matter().vault.commitment(), &classifier(), &Silent);
    tampered_and(f, seal, verify)
}

/// As [`tampered`]; `verify` makes the report.
pub(crate) fn tampered_and(
    f: impl FnOnce(&Path),
    seal: bool,
    verify: impl FnOnce(&Path) -> Report,
) -> Report {
    tampered_copy(&matter().bundle, f, seal, verify)
}

/// As [`tampered_and`], of any bundle.
pub(crate) fn tampered_copy(
    bundle: &Path,
    f: impl FnOnce(&Path),
    seal: bool,
    verify: impl FnOnce(&Path) -> Report,
) -> Report {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("bundle");
    copy_dir(bundle, &copy);
    f(&copy);
    if seal {
        bag::unseal(&copy).unwrap();
        bag::seal(&copy, "2026-01-01", &[]).unwrap();
    }
    verify(&copy)
}

pub(crate) fn failed(report: &Report) -> Vec<&'static str> {
    assert!(!report.verified());
    report
        .checks
        .iter()
        .filter(|c| c.status == Status::Failed)
        .map(|c| c.name)
        .collect()
}

pub(crate) fn edit_manifest(bundle: &Path, f: impl FnOnce(&mut Manifest)) {
    let path = bundle.join(layout::MANIFEST);
    let mut manifest = Manifest::from_json(&fs::read(&path).unwrap()).unwrap();
    f(&mut manifest);
    fs::write(path, manifest.to_json()).unwrap();
}

/// The native file of a produced item.
pub(crate) fn native(bundle: &Path, index: u32) -> PathBuf {
    fs::read_dir(bundle.join(layout::item_dir(index)))
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.file_stem().unwrap() == "native")
        .unwrap()
}

pub(crate) fn produced() -> Vec<u32> {
    let manifest = Bundle::open(&matter().bundle).unwrap().manifest().clone();
    let withheld: Vec<u32> = manifest.withheld.iter().map(|w| w.index).collect();
    manifest
        .matches
        .into_iter()
        .filter(|i| !withheld.contains(i))
        .collect()
}

#[test]
fn an_honest_bundle_verifies_and_the_counts_balance() {
    let m = matter();
    let report = verify(&m.bundle, m.vault.commitment(), &classifier(), &Silent);
    assert!(report.verified(), "{:?}", report.failures());
    assert!(report.counts().unwrap().balance());
    assert_eq!(report.counts().unwrap().committed, m.vault.len());
    assert_eq!(report.counts().unwrap().withheld, 1);
    assert!(report.counts().unwrap().produced >= 3);
    assert!(report.counts().unwrap().not_responsive >= 10);
    assert!(report.counts().unwrap().exceptions >= 1);
    assert!(report.checks.iter().all(|c| c.ok));
}

#[test]
fn a_bundle_holds_no_secret_of_an_undisclosed_item() {
    let m = matter();
    let verified =
        candor::verify::verify_into(&m.bundle, m.vault.commitment(), &classifier(), &Silent)
            .unwrap();
    let mut bytes = Vec::new();
    for entry in walkdir::WalkDir::new(&m.bundle) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            bytes.extend(fs::read(entry.path()).unwrap());
        }
    }
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
    let (mut looked_for, mut disclosed) = (0, 0);
    for secrets in m.vault.secrets() {
        for secret in secrets.unwrap() {
            let produced = verified.dispositions().get(secret.index) == Some(Disposition::Produced);
            match secret.kind {
                SecretKind::VaultSecret | SecretKind::Seed => {
                    assert!(!contains(&secret.bytes), "{secret:?}");
                    let hex = hex::encode(&secret.bytes[..]);
                    assert!(!contains(hex.as_bytes()), "{secret:?} in hexadecimal");
                }
                SecretKind::DisclosingSeed | SecretKind::Blind(..) => {
                    assert!(!contains(&secret.bytes), "{secret:?}");
                    let hex = hex::encode(&secret.bytes[..]);
                    assert_eq!(
                        contains(hex.as_bytes()),
                        produced,
                        "{secret:?} in hexadecimal"
                    );
                }
                // Bytes of an attachment also occur in the message that carries it, short texts anywhere.
                SecretKind::Native | SecretKind::Text | SecretKind::Path
                    if secret.bytes.len() < 12 => {}
                SecretKind::Native | SecretKind::Text | SecretKind::Path => {
                    let parent = m.vault.item(secret.index).unwrap().parent();
                    let with_parent = parent.is_some_and(|p| {
                        verified.dispositions().get(p) == Some(Disposition::Produced)
                    });
                    // A produced attachment's path begins with that of its message; SECURITY.md says so.
                    let names_parent = secret.kind == SecretKind::Path
                        && verified
                            .dispositions()
                            .with(Disposition::Produced)
                            .any(|child| {
                                m.vault.item(child).unwrap().parent() == Some(secret.index)
                            });
                    if !produced && !with_parent && !names_parent {
                        assert!(!contains(&secret.bytes), "{secret:?}");
                    }
                }
                SecretKind::Vector(_) => {
                    assert!(!contains(&secret.bytes), "{secret:?}");
                }
            }
            looked_for += 1;
            disclosed += u32::from(produced);
        }
    }
    assert!(looked_for > 100 && disclosed > 10);
}

#[test]
fn the_bundle_belongs_to_one_commitment_and_one_classifier() {
    let m = matter();
    let report = verify(&m.bundle, &m.other_commitment, &classifier(), &Silent);
    assert_eq!(failed(&report), ["commitment", "leaves"]);
    let c = classifier();
    let mut card = c.card().clone();
    card.name.push('!');
    let other = Classifier::new(card, c.network().clone()).unwrap();
    let report = verify(&m.bundle, m.vault.commitment(), &other, &Silent);
    assert_eq!(failed(&report), ["classifier"]);
    // The right classifier under a name that promises something else.
    let report = tampered(
        |b| {
            edit_manifest(b, |m| {
                m.classifier_name = "privileged documents only".into()
            })
        },
        true,
    );
    assert_eq!(failed(&report), ["classifier"]);
    // Claiming the other classifier does not help: its hash is in every proof.
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("bundle");
    copy_dir(&m.bundle, &copy);
    edit_manifest(&copy, |m| {
        m.classifier = hex::encode(other.hash());
        m.classifier_name = other.name().to_owned();
    });
    bag::unseal(&copy).unwrap();
    bag::seal(&copy, "2026-01-01", &[]).unwrap();
    let report = verify(&copy, m.vault.commitment(), &other, &Silent);
    assert_eq!(failed(&report), ["proofs"]);
}

/// The withheld log is judged by itself: whatever is wrong with it fails there and nowhere else.
/// All proofs that are there hold; that some are not, only counting shows.
#[test]
fn a_killed_run_resumes_and_keeps_its_finished_proofs() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(dir.path());
    commit(dir.path(), &corpus, "case");
    let out = dir.path().join("bundle");
    let clf = root().join("classifiers/unsolicited-commercial-email.clf");
    let run = |batch: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_candor"));
        command
            .arg("prove")
            .args(batch)
            .args(["--quiet", "--case"])
            .arg(dir.path().join("case"))
            .arg("--classifier")
            .arg(&clf)
            .arg("-o")
            .arg(&out);
        command
    };
    let first = dir.path().join("bundle.partial/bag").join(layout::proof(0));
    let list = dir.path().join("list.csv");
    let match_of_it = first_match(&Vault::open(&dir.path().join("case")).unwrap());
    let row = format!("item;reason;description\n{match_of_it};AC;letter to counsel\n");
    fs::write(&list, &row).unwrap();
    let withhold = ["--withhold", list.to_str().unwrap()];
    let begin = ["--batch", "6", withhold[0], withhold[1]];
    let mut child = run(&begin).spawn().unwrap();
    let started = std::time::Instant::now();
    while !first.exists() {
        assert!(
            started.elapsed().as_secs() < 300,
            "no proof within five minutes"
        );
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before it could be killed"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!out.exists());
    let before = fs::read(&first).unwrap();
    // Without the list, or with another one, what it keeps back would go out: the run does not go on.
    let refused = |args: &[&str], difference: &str| {
        let output = run(args).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains(difference), "{words}");
        assert!(words.contains("give --withhold"), "{words}");
        assert!(!out.exists());
    };
    refused(&[], &format!("item {match_of_it} ("));
    refused(&[], "was withheld (AC) and would be produced now");
    let other = dir.path().join("other.csv");
    fs::write(&other, row.replace(";AC;", ";WP;")).unwrap();
    refused(
        &["--withhold", other.to_str().unwrap()],
        "was withheld as AC",
    );
    let output = run(&["--json"]).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["error"], "other_terms");
    assert_eq!(told["differences"][0]["difference"], "removed");
    assert_eq!(told["differences"][0]["item"], match_of_it);
    // Whatever the planner would choose today, the run goes on as it began.
    let kept = dir.path().join("bundle.partial/withheld.csv");
    let output = run(&["--withhold", kept.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A proof made again would differ: its randomness is fresh.
    assert_eq!(fs::read(out.join(layout::proof(0))).unwrap(), before);
    assert!(!dir.path().join("bundle.partial").exists());
    let commitment =
        candor::commit::open_commitment(&dir.path().join("case/commitment.json")).unwrap();
    let report = verify(&out, &commitment, &classifier(), &Silent);
    assert!(report.verified());
    assert_eq!(report.counts().unwrap().withheld, 1);
    // And a bundle is never overwritten.
    let output = run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not overwrite"));
}

/// The small verifier says what the large one says, word for word, with the same exit codes.
#[test]
fn the_small_verifier_agrees() {
    let m = matter();
    let dir = tempfile::tempdir().unwrap();
    let commitment = dir.path().join("commitment.json");
    fs::write(&commitment, m.vault.commitment().to_json()).unwrap();
    let request = root().join("classifiers/unsolicited-commercial-email.clf");
    let broken = dir.path().join("broken");
    copy_dir(&m.bundle, &broken);
    fs::remove_file(broken.join(layout::proof(0))).unwrap();
    let nowhere = dir.path().join("nowhere");
    for (bundle, code) in [(&m.bundle, 4), (&broken, 1), (&nowhere, 3)] {
        let files = [
            bundle.as_os_str(),
            "--commitment".as_ref(),
            commitment.as_os_str(),
            "--classifier".as_ref(),
            request.as_os_str(),
        ];
        for json in [None, Some("--json")] {
            let more = json.iter().map(std::ffi::OsStr::new);
            let arguments: Vec<_> = files.iter().copied().chain(more).collect();
            let small = candor_verify::program::run(arguments.iter().map(Into::into));
            assert_eq!(small.code, code, "{}{}", small.out, small.error);
            let mut large = std::process::Command::new(env!("CARGO_BIN_EXE_candor"));
            let large = large.args(["verify-bundle", "-q"]).args(&arguments);
            let large = large.output().unwrap();
            assert_eq!(large.status.code(), Some(i32::from(code)));
            // Times of the checks differ.
            if json.is_none() {
                assert_eq!(small.out, String::from_utf8(large.stdout).unwrap());
            }
        }
    }
    let run = |arguments: &[&str]| candor_verify::program::run(arguments.iter().map(Into::into));
    for wrong in [&[][..], &["bundle"], &["--nonsense"], &["a", "b"]] {
        assert_eq!(run(wrong).code, 2, "{wrong:?}");
    }
    let missing = run(&["b", "--commitment", "/nowhere", "--classifier", "/nowhere"]);
    assert_eq!(missing.code, 3);
    assert!(missing.error.contains("/nowhere"), "{}", missing.error);
    assert_eq!(run(&["--help"]).code, 0);
}
