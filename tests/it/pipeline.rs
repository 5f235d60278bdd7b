//! The main job on real mail with real proofs: commit, prove, verify; then every way to cheat that a
//! responder has, each caught by the check that is there for it.

use crate::common::copy_dir;
use candor::bundle::{Batch, Bundle, Disposition, Manifest, Reason, bag, layout};
use candor::classify::Classifier;
use candor::commit::vault::{self, SecretKind};
use candor::commit::{CommitOptions, Commitment, Vault, commit_folder};
use candor::ingest::IngestOptions;
use candor::item::Form;
use candor::progress::Silent;
use candor::prove::{PlanOptions, ProveOptions, WithholdEntry, WithholdList, prove_case};
use candor::verify::{Report, Status, verify};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn classifier() -> Classifier {
    Classifier::load(&root().join("classifiers/unsolicited-commercial-email.clf")).unwrap()
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
        forms: vec![Form::TextHash4080V1],
        ingest: IngestOptions::default(),
        selection: Default::default(),
    };
    commit_folder(corpus, &options, &Silent).unwrap();
    Vault::open(&case).unwrap()
}

fn options(withhold: WithholdList) -> ProveOptions {
    ProveOptions {
        plan: PlanOptions {
            memory: 4 << 30,
            max_items: Some(16),
        },
        withhold,
    }
}

/// One case with one bundle, made once; tests copy the bundle and tamper with the copy.
struct Matter {
    _dir: TempDir,
    vault: Vault,
    bundle: PathBuf,
    other_bundle: PathBuf,
    other_commitment: Commitment,
}

fn matter() -> &'static Matter {
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
        let summary = prove_case(&vault, &classifier(), &bundle, &options(list), &Silent).unwrap();
        assert!(
            summary.batches >= 2,
            "several proofs are needed to swap them"
        );
        // The same documents committed again: other blinds, other root.
        let again = commit(dir.path(), &corpus, "again");
        let other_bundle = dir.path().join("other");
        prove_case(
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

fn first_match(vault: &Vault) -> u32 {
    let classifier = classifier();
    (0..vault.len())
        .find(|&i| {
            let item = vault.item(i).unwrap();
            item.vector(classifier.form())
                .is_some_and(|v| classifier.evaluate(v).matches)
        })
        .unwrap()
}

/// Copies the bundle, lets `f` change it, seals the bag again as a cheat would, and verifies.
fn tampered(f: impl FnOnce(&Path)) -> Report {
    tampered_and(f, true)
}

fn tampered_and(f: impl FnOnce(&Path), seal: bool) -> Report {
    let m = matter();
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("bundle");
    copy_dir(&m.bundle, &copy);
    f(&copy);
    if seal {
        bag::unseal(&copy).unwrap();
        bag::seal(&copy, "2026-01-01", &[]).unwrap();
    }
    verify(&copy, m.vault.commitment(), &classifier(), &Silent)
}

fn failed(report: &Report) -> Vec<&'static str> {
    assert!(!report.verified());
    report
        .checks
        .iter()
        .filter(|c| c.status == Status::Failed)
        .map(|c| c.name)
        .collect()
}

fn edit_manifest(bundle: &Path, f: impl FnOnce(&mut Manifest)) {
    let path = bundle.join(layout::MANIFEST);
    let mut manifest = Manifest::from_json(&fs::read(&path).unwrap()).unwrap();
    f(&mut manifest);
    fs::write(path, manifest.to_json()).unwrap();
}

/// The native file of a produced item.
fn native(bundle: &Path, index: u32) -> PathBuf {
    fs::read_dir(bundle.join(layout::item_dir(index)))
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.file_stem().unwrap() == "native")
        .unwrap()
}

fn produced() -> Vec<u32> {
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
    assert!(report.counts.balance());
    assert_eq!(report.counts.committed, m.vault.len());
    assert_eq!(report.counts.withheld, 1);
    assert!(report.counts.produced >= 3);
    assert!(report.counts.not_responsive >= 10);
    assert!(report.counts.exceptions >= 1);
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
                SecretKind::NativeSalt
                | SecretKind::TextSalt
                | SecretKind::MetaSalt
                | SecretKind::Blind(..) => {
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
                    let parent = m.vault.leaf(secret.index).unwrap().parent();
                    let with_parent = parent.is_some_and(|p| {
                        verified.dispositions().get(p) == Some(Disposition::Produced)
                    });
                    // A produced attachment's path begins with that of its message; SECURITY.md says so.
                    let names_parent = secret.kind == SecretKind::Path
                        && verified
                            .dispositions()
                            .with(Disposition::Produced)
                            .any(|child| {
                                m.vault.leaf(child).unwrap().parent() == Some(secret.index)
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
fn a_matching_mail_that_is_dropped_is_missed() {
    let index = produced()[0];
    // The files are gone, the manifest still claims them.
    let report = tampered(|b| fs::remove_dir_all(b.join(layout::item_dir(index))).unwrap());
    assert_eq!(failed(&report), ["dispositions"]);
    // The claim is gone too: the mail is passed off as not responsive.
    let report = tampered(|b| {
        fs::remove_dir_all(b.join(layout::item_dir(index))).unwrap();
        edit_manifest(b, |m| m.matches.retain(|i| *i != index));
    });
    assert_eq!(failed(&report), ["proofs"]);
    assert!(
        report.failures()[0].contains("link check failed"),
        "{:?}",
        report.failures()
    );
}

#[test]
fn a_miss_that_is_passed_off_as_a_withheld_match_is_caught() {
    let m = matter();
    let verified =
        candor::verify::verify_into(&m.bundle, m.vault.commitment(), &classifier(), &Silent)
            .unwrap();
    let miss = verified
        .dispositions()
        .with(Disposition::NotResponsive)
        .next()
        .unwrap();
    let report = tampered(|b| {
        edit_manifest(b, |m| {
            m.matches.push(miss);
            m.matches.sort_unstable();
            let mut entry = m.withheld[0].clone();
            entry.index = miss;
            m.withheld.push(entry);
            m.withheld.sort_by_key(|w| w.index);
        });
    });
    assert_eq!(failed(&report), ["proofs"]);
}

#[test]
fn a_changed_document_is_caught_with_and_without_resealing() {
    let index = produced()[0];
    let change = |b: &Path| {
        let path = native(b, index);
        let mut bytes = fs::read(&path).unwrap();
        bytes[10] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let report = tampered_and(change, false);
    assert_eq!(failed(&report), ["bundle"]);
    let report = tampered(change);
    assert_eq!(failed(&report), ["produced"]);
    assert!(report.failures()[0].contains("its bytes are not the committed ones"));
}

#[test]
fn changed_text_metadata_salts_and_blinds_are_caught() {
    let index = produced()[0];
    let replace = |name: String, from: &str, to: &str| {
        let report = tampered(|b| {
            let path = b.join(name);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{text}");
            fs::write(path, text.replacen(from, to, 1)).unwrap();
        });
        assert_eq!(failed(&report), ["produced"]);
        report.failures().remove(0)
    };
    assert!(replace(layout::text(index), "e", "E").contains("its text is not the committed one"));
    assert!(
        replace(layout::meta(index), "\"size\":", "\"size\":1")
            .contains("its metadata is not the committed one")
    );
    assert!(
        replace(
            layout::opening(index),
            &format!("\"index\": {index}"),
            "\"index\": 77777"
        )
        .contains("opening is for item")
    );
    // A blind: the vector no longer opens its commitment.
    let report = tampered(|b| {
        let path = b.join(layout::opening(index));
        let text = fs::read_to_string(&path).unwrap();
        let at = text.find("\"blinds\"").unwrap() + 20;
        let digit = if &text[at..=at] == "0" { "1" } else { "0" };
        fs::write(path, format!("{}{digit}{}", &text[..at], &text[at + 1..])).unwrap();
    });
    assert_eq!(failed(&report), ["produced"]);
    assert!(
        report.failures()[0].contains("vector is not the committed one"),
        "{:?}",
        report.failures()
    );
}

#[test]
fn swapped_replayed_padded_and_truncated_proofs_are_caught() {
    let swap = |b: &Path| {
        let (one, two) = (b.join(layout::proof(0)), b.join(layout::proof(1)));
        let bytes = fs::read(&one).unwrap();
        fs::copy(&two, &one).unwrap();
        fs::write(&two, bytes).unwrap();
    };
    assert_eq!(failed(&tampered(swap)), ["proofs"]);
    let replay = |b: &Path| {
        fs::copy(
            matter().other_bundle.join(layout::proof(0)),
            b.join(layout::proof(0)),
        )
        .unwrap();
    };
    assert_eq!(failed(&tampered(replay)), ["proofs"]);
    let edit = |f: &dyn Fn(&mut Vec<u8>)| {
        let report = tampered(|b| {
            let path = b.join(layout::proof(0));
            let mut bytes = fs::read(&path).unwrap();
            f(&mut bytes);
            fs::write(path, bytes).unwrap();
        });
        assert_eq!(failed(&report), ["proofs"]);
        report.failures().remove(0)
    };
    edit(&|p| p.truncate(p.len() - 32));
    assert!(edit(&|p| p.truncate(100)).contains("truncated"));
    edit(&|p| p.push(0));
    let at = |p: &Vec<u8>| p.len() - candor::circuit::link::LINK_BYTES;
    assert!(
        edit(&|p| {
            let i = at(p);
            p.splice(i..i, [0; 32]);
        })
        .contains("32 trailing bytes")
    );
    // A wrong scalar near the end of the halo2 proof is only seen by the final equation.
    let report = tampered(|b| {
        let path = b.join(layout::proof(0));
        let mut bytes = fs::read(&path).unwrap();
        let i = at(&bytes) - 32;
        bytes[i] ^= 1;
        fs::write(path, bytes).unwrap();
    });
    assert_eq!(failed(&report), ["openings"]);
}

#[test]
fn leaves_cannot_be_dropped_reordered_or_exchanged() {
    let edit = |f: &dyn Fn(&mut Vec<u8>)| {
        let report = tampered(|b| {
            let path = b.join(layout::LEAVES);
            let mut bytes = fs::read(&path).unwrap();
            f(&mut bytes);
            fs::write(path, bytes).unwrap();
        });
        assert_eq!(failed(&report), ["leaves"]);
    };
    edit(&|l| l.truncate(l.len() - 1));
    edit(&|l| l.push(0));
    edit(&|l| l[16] -= 1);
    // One bit of the first leaf's native digest.
    edit(&|l| l[40] ^= 1);
    let other = fs::read(matter().other_bundle.join(layout::LEAVES)).unwrap();
    edit(&|l| l.clone_from(&other));
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
    // Claiming the other classifier does not help: its hash is in every proof.
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("bundle");
    copy_dir(&m.bundle, &copy);
    edit_manifest(&copy, |m| m.classifier = hex::encode(other.hash()));
    bag::unseal(&copy).unwrap();
    bag::seal(&copy, "2026-01-01", &[]).unwrap();
    let report = verify(&copy, m.vault.commitment(), &other, &Silent);
    assert_eq!(failed(&report), ["proofs"]);
}

#[test]
fn items_are_counted_once_and_only_where_they_can_be() {
    let double = tampered(|b| edit_manifest(b, |m| m.matches.push(m.matches[0])));
    assert_eq!(failed(&double), ["bundle"]);
    let uncovered = tampered(|b| edit_manifest(b, |m| m.batches[0].items -= 1));
    assert_eq!(failed(&uncovered), ["proofs"]);
    let empty = tampered(|b| edit_manifest(b, |m| m.batches[0].lanes = 0));
    assert_eq!(failed(&empty), ["bundle"]);
    let wide = tampered(|b| edit_manifest(b, |m| m.batches[0].lanes = 2));
    assert_eq!(failed(&wide), ["proofs"]);
    assert!(wide.failures()[0].contains("2 lanes where 1 are needed"));
    let absurd = tampered(|b| edit_manifest(b, |m| m.batches[0].lanes = u32::MAX));
    assert_eq!(failed(&absurd), ["proofs"]);
    let shifted = tampered(|b| {
        edit_manifest(b, |m| {
            m.batches[0].items -= 1;
            m.batches[1].items += 1;
        });
    });
    assert_eq!(failed(&shifted), ["proofs"]);
    let beyond = tampered(|b| edit_manifest(b, |m| m.matches.push(100_000)));
    assert_eq!(failed(&beyond), ["dispositions"]);
    let exception = matter()
        .vault
        .leaves()
        .map(|l| l.unwrap())
        .find(|l| l.exception().is_some())
        .unwrap()
        .index();
    let impossible = tampered(|b| {
        edit_manifest(b, |m| {
            m.matches.push(exception);
            m.matches.sort_unstable();
        });
    });
    assert_eq!(failed(&impossible), ["dispositions"]);
    assert!(
        impossible.failures()[0].contains("is exception"),
        "{:?}",
        impossible.failures()
    );
}

#[test]
fn stray_files_and_loose_spellings_are_refused() {
    let stray = tampered(|b| fs::write(b.join("data/proofs/notes.txt"), "x").unwrap());
    assert_eq!(failed(&stray), ["dispositions"]);
    assert!(stray.failures()[0].contains("does not belong in a bundle"));
    let spelled = tampered(|b| {
        let path = b.join(layout::MANIFEST);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen(": ", ":", 1)).unwrap();
    });
    assert_eq!(failed(&spelled), ["bundle"]);
    let outside = tampered(|b| {
        let index = produced()[0];
        fs::create_dir_all(b.join(layout::item_dir(index)).join("native.d")).unwrap();
        fs::write(b.join(layout::item_dir(index)).join("native.d/x"), "x").unwrap();
    });
    assert_eq!(failed(&outside), ["dispositions"]);
    // A second native file, and one under another extension than its own.
    let second = tampered(|b| {
        let native = native(b, produced()[0]);
        fs::copy(&native, native.with_extension("exe")).unwrap();
    });
    assert_eq!(failed(&second), ["dispositions"]);
    let renamed = tampered(|b| {
        let native = native(b, produced()[0]);
        fs::rename(&native, native.with_extension("exe")).unwrap();
    });
    assert_eq!(failed(&renamed), ["produced"]);
    assert!(renamed.failures()[0].contains("is missing"));
}

/// The withheld log is judged by itself: whatever is wrong with it fails there and nowhere else.
#[test]
fn a_poor_withheld_log_fails_the_check_of_that_name() {
    let m = matter();
    let refused = |f: &dyn Fn(&mut Manifest)| {
        let report = tampered(|b| edit_manifest(b, f));
        assert_eq!(failed(&report), ["withheld"], "{:?}", report.failures());
        report.failures().remove(0)
    };
    let index = first_match(&m.vault);
    assert_eq!(
        refused(&|m| m.withheld[0].description = " ".into()),
        format!("withheld: item {index} is withheld without a description")
    );
    assert!(
        refused(&|m| m.withheld[0].description = "x".repeat(4001)).contains("longer than 4000")
    );
    assert!(refused(&|m| m.withheld.push(m.withheld[0].clone())).contains("counted twice"));
    let no_match = |index: u32| {
        refused(&move |m: &mut Manifest| {
            let mut entry = m.withheld[0].clone();
            entry.index = index;
            m.withheld.push(entry);
            m.withheld.sort_by_key(|w| w.index);
        })
    };
    let manifest = Bundle::open(&m.bundle).unwrap().manifest().clone();
    let miss = (0..m.vault.len())
        .find(|i| !manifest.matches.contains(i) && m.vault.leaf(*i).unwrap().exception().is_none())
        .unwrap();
    assert_eq!(
        no_match(miss),
        format!("withheld: item {miss} is withheld but is not among the matches")
    );
    // An item that does not exist.
    assert!(no_match(1_000_000).contains("item 1000000 is withheld but is not among"));
}

/// All proofs that are there hold; that some are not, only counting shows.
#[test]
fn items_that_no_proof_is_about_fail_the_count_identity() {
    let last = |b: &Path| {
        let mut batches = 0;
        edit_manifest(b, |m| {
            m.batches.pop();
            batches = m.batches.len();
        });
        fs::remove_file(b.join(layout::proof(batches))).unwrap();
    };
    let report = tampered(last);
    assert_eq!(
        failed(&report),
        ["count identity"],
        "{:?}",
        report.failures()
    );
    let all = matter().vault.commitment().committed();
    let failure = report.failures().remove(0);
    assert!(
        failure.contains(&format!("but {all} items have the form")),
        "{failure}"
    );
    // The last proof claims more items than there are.
    let padded = tampered(|b| edit_manifest(b, |m| m.batches.last_mut().unwrap().items += 3));
    assert_eq!(
        failed(&padded),
        ["count identity"],
        "{:?}",
        padded.failures()
    );
    assert!(padded.failures()[0].contains(&format!("the proofs cover {} items", all + 3)));
    // A proof about nothing.
    let empty = tampered(|b| {
        edit_manifest(b, |m| m.batches.push(Batch { items: 1, lanes: 1 }));
        let batches = Bundle::open(&matter().bundle)
            .unwrap()
            .manifest()
            .batches
            .len();
        fs::copy(b.join(layout::proof(0)), b.join(layout::proof(batches))).unwrap();
    });
    assert_eq!(failed(&empty), ["proofs"]);
    assert!(empty.failures()[0].contains("it is about no item"));
}

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
    let mut child = run(&["--batch", "6"]).spawn().unwrap();
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
    // Whatever the planner would choose today, the run goes on as it began.
    let output = run(&[]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A proof made again would differ: its randomness is fresh.
    assert_eq!(fs::read(out.join(layout::proof(0))).unwrap(), before);
    assert!(!dir.path().join("bundle.partial").exists());
    let commitment = vault::open_commitment(&dir.path().join("case/commitment.json")).unwrap();
    assert!(verify(&out, &commitment, &classifier(), &Silent).verified());
    // And a bundle is never overwritten.
    let output = run(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not overwrite"));
}
