//! Whole audits of responders who lie: committed, proved, verified, challenged, opened, checked.

use super::challenge::Size;
use super::log::{PROVE, SEAL};
use super::verify::{Answered, AuditError};
use super::*;
use crate::bundle::bag;
use crate::classify::{Card, Classifier, Layer, Linear, Network, TensorRef, Term};
use crate::commit::liar::{self, Lie};
use crate::commit::scope::ScopeRule;
use crate::commit::{Commitment, Vault};
use crate::custody;
use crate::ingest::again::{self, Outside};
use crate::ingest::{IngestOptions, RawItem};
use crate::item::{CanonicalVector, Form, image_vector, text_vector};
use crate::progress::Silent;
use crate::prove::{ProveOptions, prove_case};
use crate::verify::{VerifiedBundle, verify_into};
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;
use std::path::PathBuf;

fn linear(form: Form, weights: Vec<i32>, bias: i64) -> Classifier {
    let layer = Layer {
        name: "sum".into(),
        out: [1, 1, 1],
        terms: vec![Term {
            input: TensorRef::Input,
            op: Linear::Dense { weights },
            zero_point: 0,
        }],
        bias: vec![bias],
    };
    let network = Network::with_miss(form, 8, vec![layer]).unwrap();
    Classifier::new(Card::named("test"), network).unwrap()
}

/// Matches texts with the word "lottery".
fn lottery() -> Classifier {
    let word = text_vector(Form::TextWordsV3, "lottery");
    let weights = word.bytes().iter().map(|&x| if x > 0 { 40 } else { 0 });
    linear(Form::TextWordsV3, weights.collect(), 0)
}

/// What an honest responder would commit of a file.
fn read(path: &str, bytes: &[u8]) -> RawItem {
    let outside = Outside {
        name: path,
        ..Outside::default()
    };
    let mut raw = again::read(bytes, &outside, &IngestOptions::default()).remove(0);
    raw.path = path.to_owned();
    raw
}

struct Matter {
    dir: tempfile::TempDir,
    commitment: Commitment,
    classifier: Classifier,
}

impl Matter {
    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Commits and proves; the bundle verifies, for the proofs cannot see the lie.
    fn new(classifier: Classifier, lies: Vec<Lie>) -> (Self, VerifiedBundle) {
        Self::within(classifier, Vec::new(), lies)
    }

    /// As [`Matter::new`], with rules that the commitment states.
    fn within(
        classifier: Classifier,
        scope: Vec<ScopeRule>,
        lies: Vec<Lie>,
    ) -> (Self, VerifiedBundle) {
        let dir = tempfile::tempdir().unwrap();
        let case = dir.path().join("case");
        let commitment = liar::commit(&case, classifier.form(), scope, lies);
        let matter = Matter {
            dir,
            commitment,
            classifier,
        };
        let vault = Vault::open(&case).unwrap();
        let bundle = matter.at("bundle");
        let (classifier, options) = (&matter.classifier, ProveOptions::default());
        let made = prove_case(
            &crate::Surroundings::system(),
            &vault,
            classifier,
            &bundle,
            &options,
            &Silent,
        )
        .unwrap();
        custody::record(
            &crate::Surroundings::system(),
            &case,
            PROVE,
            [(SEAL, made.seal)],
        )
        .unwrap();
        let verified = verify_into(&bundle, &matter.commitment, classifier, &Silent).unwrap();
        (matter, verified)
    }

    /// Opens everything that did not match.
    fn open(&self, verified: &VerifiedBundle) -> Challenge {
        self.open_from(verified, Stratum::NotResponsive)
    }

    /// Opens all of a population.
    fn open_from(&self, verified: &VerifiedBundle, stratum: Stratum) -> Challenge {
        let population = Population::of(verified, stratum);
        let terms = Terms {
            confidence: 95.0,
            size: Size::Items(u32::MAX),
            number: 1,
            deadline: None,
        };
        let challenge = Challenge::draw(&population, &terms, [7; 32]).unwrap();
        let vault = Vault::open(&self.at("case")).unwrap();
        let (bundle, openings) = (self.at("bundle"), self.at("in-camera"));
        let classifier = &self.classifier;
        open_sample(
            &crate::Surroundings::system(),
            &vault,
            &bundle,
            classifier,
            &challenge,
            None,
            &openings,
            &Silent,
        )
        .unwrap();
        challenge
    }

    fn check(
        &self,
        verified: &VerifiedBundle,
        challenge: &Challenge,
    ) -> Result<AuditReport, AuditError> {
        self.check_labelled(verified, challenge, None)
    }

    fn check_labelled(
        &self,
        verified: &VerifiedBundle,
        challenge: &Challenge,
        labels: Option<&Labels>,
    ) -> Result<AuditReport, AuditError> {
        let openings = self.at("in-camera");
        let answered = Answered {
            openings: Some(&openings),
            received: None,
        };
        let (commitment, silent) = (&self.commitment, &Silent);
        let classifier = &self.classifier;
        verify_openings(
            verified, commitment, classifier, challenge, answered, labels, silent,
        )
    }

    /// Opens everything that did not match, and checks it.
    fn audit(&self, verified: &VerifiedBundle) -> AuditReport {
        let challenge = self.open(verified);
        self.check(verified, &challenge).unwrap()
    }
}

/// A message with two notes, one of which is about what is asked for, and what reading it gives.
fn message(subject: &str) -> Vec<RawItem> {
    let mail = format!(
        "From: a@acme.example\r\nSubject: {subject}\r\nDate: Wed, 31 Jul 2002 23:30:05 -0500\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--b\r\n\
         Content-Type: text/plain; name=n.txt\r\nContent-Disposition: attachment; filename=n.txt\r\n\r\n\
         the lottery of {subject}\r\n--b\r\nContent-Type: text/plain; name=m.txt\r\n\
         Content-Disposition: attachment; filename=m.txt\r\n\r\nthe gouda of {subject}\r\n--b--\r\n"
    );
    let outside = Outside {
        name: "m.eml",
        ..Outside::default()
    };
    let path = format!("{subject}.eml");
    let family = again::read_at(&path, mail.as_bytes(), &outside, &IngestOptions::default());
    assert_eq!(family.len(), 3, "{family:?}");
    family
}

/// What becomes of what lies in a message: of one attachment nothing is committed; it is committed as empty, as if it
/// were damaged, with other bytes; or all of it, as it should be.
#[test]
fn what_lies_in_a_message_cannot_be_left_out_or_changed() {
    let within = |head: u32, raw: RawItem| Lie {
        parent: Some(head),
        ..Lie::from(raw)
    };
    type Change = fn(&mut Vec<RawItem>);
    let cases: [(&str, Change); 5] = [
        ("", |_| {}),
        ("contains 2 parts, and the corpus has 1", |family| {
            family.remove(1);
        }),
        ("the corpus has nothing with its bytes", |family| {
            family[1] = RawItem {
                path: family[1].path.clone(),
                ..again::read(b"", &Outside::default(), &IngestOptions::default()).remove(0)
            };
        }),
        ("not searched (corrupt) in the corpus", |family| {
            family[1].text = None;
            family[1].exception = Some(crate::ingest::Exception {
                reason: crate::ingest::ExceptionReason::Corrupt,
                detail: "it is damaged".into(),
            });
        }),
        ("the corpus has nothing with its bytes", |family| {
            family[1] = RawItem {
                path: family[1].path.clone(),
                metadata: family[2].metadata.clone(),
                ..read("n.txt", b"the cheddar")
            };
        }),
    ];
    for (wrong, change) in cases {
        let mut family = message("a");
        change(&mut family);
        let mut parts = family.into_iter();
        let mut lies = vec![Lie::from(parts.next().unwrap())];
        lies.extend(parts.map(|part| within(0, part)));
        let (matter, verified) = Matter::new(lottery(), lies);
        let challenge = matter.open_from(&verified, Stratum::All);
        let report = matter.check(&verified, &challenge).unwrap();
        let headline = report.headline();
        if wrong.is_empty() {
            assert!(
                headline.starts_with("AUDIT PASSED"),
                "{headline} {report:?}"
            );
            assert_eq!(report.ok, 2);
            assert_eq!(report.not_derived["file_name"], 1);
            continue;
        }
        assert!(headline.starts_with("AUDIT FAILED"), "{wrong}: {report:?}");
        let mut items = report.items.iter();
        assert!(
            items.any(|item| item.detail.contains(wrong)),
            "{wrong}: {report:?}"
        );
    }
}

/// What opens the parts is exactly what opens them: a line left out, doubled, of another item or with other bytes is
/// noticed.
#[test]
fn parts_are_opened_one_by_one() {
    let mut family = message("a").into_iter();
    let mut lies = vec![Lie::from(family.next().unwrap())];
    lies.extend(family.map(|part| Lie {
        parent: Some(0),
        ..Lie::from(part)
    }));
    let (matter, verified) = Matter::new(lottery(), lies);
    let challenge = matter.open_from(&verified, Stratum::All);
    let dir = matter.at("in-camera");
    let file = dir.join(open::parts(0));
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let hash = hex::encode([7; 32]);
    let sha256 = lines[0].split('"').nth(5).unwrap();
    let seed = lines[0].rsplit('"').nth(1).unwrap();
    for (list, why) in [
        (format!("{}\n", lines[0]), "each once and in order"),
        (
            format!("{}\n{}\n", lines[1], lines[0]),
            "each once and in order",
        ),
        (format!("{whole}{}\n", lines[0]), "each once and in order"),
        (
            whole.replacen(sha256, &hash, 1),
            "are not the committed ones",
        ),
        (whole.replacen(seed, &hash, 1), "are not the committed ones"),
        (
            whole.replacen("\"sections\":[\"", "\"sections\":[\"00", 1),
            "line 1",
        ),
        (whole.replacen(',', ", ", 1), "as candor writes it"),
    ] {
        assert_ne!(list, whole);
        std::fs::write(&file, list).unwrap();
        seal_again(&dir);
        let report = matter.check(&verified, &challenge).unwrap();
        let head = report.items.iter().find(|item| item.item == 0).unwrap();
        assert_eq!(head.status, ItemStatus::Failed, "{why}");
        assert!(head.detail.contains(why), "{why}: {}", head.detail);
    }
    std::fs::remove_file(&file).unwrap();
    seal_again(&dir);
    let report = matter.check(&verified, &challenge).unwrap();
    assert_eq!((report.unopened, report.failed), (1, 0));
}

/// The attack: papers that can be read are committed as not searched, for a reason that looks harmless; nothing
/// of what is not searched was compared.
#[test]
fn a_false_reason_fails_in_a_whole_audit() {
    let lie = |i: u32, reason: &str| {
        let note = format!("lottery {i}");
        let mut raw = read(&format!("{i}.txt"), note.as_bytes());
        raw.text = None;
        raw.exception = Some(crate::ingest::Exception {
            reason: crate::ingest::ExceptionReason::from_id(reason).unwrap(),
            detail: "nothing to be done".into(),
        });
        Lie::from(raw)
    };
    let reasons = ["corrupt", "encrypted", "clutter", "time_limit", "no_text"];
    let mut lies: Vec<Lie> = (0..)
        .zip(reasons)
        .map(|(i, reason)| lie(i, reason))
        .collect();
    lies.push(Lie::from(read("other.txt", b"the gouda")));
    let (matter, verified) = Matter::new(lottery(), lies);
    let challenge = matter.open_from(&verified, Stratum::Exceptions);
    let report = matter.check(&verified, &challenge).unwrap();
    assert_eq!(
        (report.failed, report.ok, report.compare),
        (5, 0, 0),
        "{report:?}"
    );
}

/// What is missing or cannot be read is told apart from what is not as committed, and neither is a good sample,
/// whatever a label says.
#[test]
fn an_answer_that_is_none_is_no_good_sample() {
    let honest = |i: u32| Lie::from(read(&format!("{i}.txt"), format!("gouda {i}").as_bytes()));
    let (matter, verified) = Matter::new(lottery(), (0..7).map(honest).collect());
    let challenge = matter.open(&verified);
    let dir = matter.at("in-camera");
    let file = |item: u32, name: &str| dir.join(open::item_dir(item)).join(name);
    for name in ["native.txt", "text.txt", "meta.json", "opening.json"] {
        std::fs::remove_file(file(0, name)).unwrap();
    }
    std::fs::remove_file(file(1, "text.txt")).unwrap();
    std::fs::write(file(2, "opening.json"), b"{\"index\": 2}").unwrap();
    std::fs::write(file(3, "meta.json"), b"{}").unwrap();
    std::fs::write(file(4, "text.txt"), b"nothing to see").unwrap();
    std::fs::copy(file(6, "opening.json"), file(5, "opening.json")).unwrap();
    seal_again(&dir);
    let labels = matter.at("labels.csv");
    let rows: String = (0..7).map(|item| format!("{item},no\n")).collect();
    std::fs::write(&labels, format!("item,responsive\n{rows}")).unwrap();
    let labels = Labels::read(&labels, Stratum::NotResponsive).unwrap();
    let report = matter
        .check_labelled(&verified, &challenge, Some(&labels))
        .unwrap();
    let status: Vec<ItemStatus> = report.items.iter().map(|item| item.status).collect();
    use ItemStatus::{Failed, NotOpened, Ok};
    assert_eq!(
        status,
        [
            NotOpened, NotOpened, NotOpened, NotOpened, Failed, Failed, Ok
        ],
        "{report:?}"
    );
    assert_eq!((report.unopened, report.failed, report.ok), (4, 2, 1));
    assert_eq!(report.defects_high, 6);
    let elusion = report.elusion.as_ref().unwrap();
    assert_eq!(
        (elusion.hits, elusion.assumed, elusion.missed_high),
        (6, 6, 6)
    );
    let headline = report.headline();
    assert!(
        headline.starts_with("AUDIT FAILED: of 7")
            && headline.contains("2 failed, 4 were not opened"),
        "{headline}"
    );
}

/// The answer brings a challenge with other terms along than the one that was given.
#[test]
fn an_answer_cannot_state_another_challenge() {
    let honest = |i: u32| Lie::from(read(&format!("{i}.txt"), format!("gouda {i}").as_bytes()));
    let (matter, verified) = Matter::new(lottery(), (0..3).map(honest).collect());
    let challenge = matter.open(&verified);
    let file = matter.at("in-camera").join(open::CHALLENGE);
    type Change = fn(&mut Challenge);
    let changes: [(&str, Change); 4] = [
        ("confidence", |c| c.confidence = 50.0),
        ("margin", |c| c.margin = Some(50.0)),
        ("number of samples", |c| c.sample = 1),
        ("number of the audit", |c| c.number = 2),
    ];
    for (other, change) in changes {
        let mut stated = challenge.clone();
        change(&mut stated);
        std::fs::write(&file, stated.to_json()).unwrap();
        seal_again(&matter.at("in-camera"));
        match matter.check(&verified, &challenge) {
            Err(AuditError::OtherChallenge { what, .. }) => assert_eq!(what, other),
            found => panic!("{other}: {found:?}"),
        }
    }
    // A deadline may have been put off; that is said.
    let mut later = challenge.clone();
    later.deadline = Some("2099-01-01T00:00:00Z".into());
    std::fs::write(&file, later.to_json()).unwrap();
    seal_again(&matter.at("in-camera"));
    let report = matter.check(&verified, &challenge).unwrap();
    assert!(
        report
            .remarks()
            .iter()
            .any(|line| line.contains("another deadline"))
    );
}

/// A rule that says that there was a load file is no excuse for items that it does not list.
#[test]
fn a_load_file_excuses_nothing_that_it_does_not_list() {
    let rule = ScopeRule {
        rule: "load_file".into(),
        words: "only files that the load file loadfile.dat names, which lists 1 documents".into(),
        unit: crate::commit::scope::Unit::Files,
        considered: 2,
        left_out: 0,
    };
    let mut family = message("a");
    family.truncate(1);
    let mut listed = read("B1.txt", b"the gouda");
    for (key, value) in [("control_number", "B1"), ("custodian", "Roe")] {
        listed.metadata.insert(key.into(), value.into());
    }
    let lies = vec![Lie::from(family.remove(0)), Lie::from(listed)];
    let (matter, verified) = Matter::within(lottery(), vec![rule], lies);
    let report = matter.audit(&verified);
    assert_eq!((report.ok, report.failed), (1, 1), "{report:?}");
    assert_eq!(report.items[1].status, ItemStatus::Ok);
    assert_eq!(report.not_derived["control_number"], 1);
    assert!(report.remarks()[1].contains("control_number (1)"));
}

/// The attack: beside what is checked lies what is read, another native or a note for the judge.
#[test]
fn nothing_lies_in_an_answer_that_is_not_checked() {
    let honest = |i: u32| {
        let mail = format!("From: a@acme.example\r\nSubject: cheese {i}\r\n\r\nGouda {i}.\r\n");
        let raw = read(&format!("{i}.eml"), mail.as_bytes());
        Lie::from(raw)
    };
    let (matter, verified) = Matter::new(lottery(), (0..3).map(honest).collect());
    let challenge = matter.open(&verified);
    let report = matter.check(&verified, &challenge).unwrap();
    assert_eq!((report.ok + report.compare, report.failed), (3, 0));
    let dir = matter.at("in-camera");
    for name in [
        "data/items/000000/native.txt",
        "data/items/000000/Native.eml",
        "data/items/000000/vector.bin",
        "data/items/000000/family.jsonl",
        "data/items/000000/parts.jsonl",
        "data/items/000007/native.eml",
        "data/README-JUDGE.html",
    ] {
        let file = dir.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "Nothing to see.").unwrap();
        seal_again(&dir);
        match matter.check(&verified, &challenge) {
            Err(AuditError::Stray(found)) => assert_eq!(found, name),
            other => panic!("{name}: {other:?}"),
        }
        std::fs::remove_file(&file).unwrap();
    }
}

/// Packs a changed folder as if it had been made so.
fn seal_again(dir: &std::path::Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    bag::seal(dir, "2026-03-01", &[]).unwrap();
}

/// The attack that an audit of 165 items passed: every mail is committed with a charset under which its text is
/// noise, so that nothing matches. (Without a word it would be an exception.)
#[test]
fn a_charset_label_that_garbles_every_mail_fails_everywhere() {
    let mail = |i: u32| {
        format!(
            "From: a@acme.example\r\nTo: b@acme.example\r\nSubject: lottery {i}\r\n\
             Message-ID: <{i}@acme.example>\r\n\r\nThe lottery numbers are {i}.\r\n"
        )
    };
    let lies = (0..12)
        .map(|i| {
            let mut raw = read(&format!("{i}.eml"), mail(i).as_bytes());
            assert!(raw.text.as_deref().unwrap().contains("lottery"));
            raw.text = Some("\u{fffd}尀尀".to_owned());
            raw.metadata.insert("charset".into(), "hz-gb-2312".into());
            Lie::from(raw)
        })
        .collect();
    let (matter, verified) = Matter::new(lottery(), lies);
    assert_eq!(verified.counts().produced, 0);
    assert_eq!(verified.counts().not_responsive, 12);
    let report = matter.audit(&verified);
    assert_eq!((report.ok, report.compare, report.failed), (0, 0, 12));
    let headline = report.headline();
    assert!(headline.starts_with("AUDIT FAILED: of 12"), "{headline}");
}

/// As attachments the label could be their message's: then nothing is settled, and the first line says so.
#[test]
fn what_a_container_may_explain_is_counted_first() {
    let lies = (0..3)
        .map(|i| {
            let note = format!("caf\u{e9} lottery {i}");
            let bytes = encoding_rs::WINDOWS_1252.encode(&note).0.into_owned();
            let path = format!("{i}.eml!/attachments/1-note.txt");
            let mut raw = read("note.txt", &bytes);
            raw.path = path;
            let label = encoding_rs::UTF_16LE;
            let (text, broken) = label.decode_without_bom_handling(&bytes);
            raw.text = Some(text.into_owned());
            raw.metadata.insert("charset".into(), label.name().into());
            assert_eq!(broken, bytes.len() % 2 == 1);
            Lie::from(raw)
        })
        .collect();
    let (matter, verified) = Matter::new(lottery(), lies);
    let report = matter.audit(&verified);
    assert_eq!(report.ok, 0);
    assert_eq!(report.compare + report.failed, 3);
    assert!(!report.headline().starts_with("AUDIT PASSED"));
    assert!(report.defects_high >= 3);
}

/// A JPEG, its vector, and the same with three of eight values one lower: within what decoders differ by.
fn jpeg() -> (RawItem, CanonicalVector, CanonicalVector) {
    let picture = RgbImage::from_fn(64, 64, |x, y| {
        image::Rgb([(x * 3) as u8, (y * 4) as u8, 60 + (x + y) as u8])
    });
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut file, ImageFormat::Jpeg)
        .unwrap();
    let file = file.into_inner();
    let vector = image_vector(Form::ImageRgb32V1, &file).unwrap();
    let lower = |(i, byte): (usize, &u8)| byte.saturating_sub(u8::from(i % 8 < 3));
    let near = vector.bytes().iter().enumerate().map(lower).collect();
    let near = CanonicalVector::new(Form::ImageRgb32V1, near).unwrap();
    (read("picture.jpg", &file), vector, near)
}

/// A classifier whose threshold lies between two vectors.
fn between(high: &CanonicalVector, low: &CanonicalVector) -> Classifier {
    let sum: i64 = high.bytes().iter().map(|&b| i64::from(b)).sum();
    let weights = || vec![1; high.bytes().len()];
    (-2_000..2_000)
        .step_by(100)
        .map(|shift| linear(high.form(), weights(), shift - sum))
        .find(|c| c.evaluate(high).matches && !c.evaluate(low).matches)
        .expect("the vectors are far enough apart for some threshold")
}

/// A matching picture whose committed vector was moved across the threshold by rounding: not settled; by
/// more than rounding: failed.
#[test]
fn a_picture_moved_across_the_threshold_is_not_settled() {
    let (raw, vector, near) = jpeg();
    let classifier = between(&vector, &near);
    let lie = Lie {
        raw: raw.clone(),
        vector: Some(near),
        parent: None,
    };
    let (matter, verified) = Matter::new(classifier, vec![lie]);
    assert_eq!(verified.counts().not_responsive, 1);
    let report = matter.audit(&verified);
    assert_eq!((report.compare, report.roundings), (1, 1));
    assert!(
        report.headline().starts_with("AUDIT NOT SETTLED"),
        "{report:?}"
    );
    assert!(report.items[0].detail.contains("the other verdict"));

    let far = |(i, byte): (usize, &u8)| byte.saturating_sub(if i % 17 == 0 { 16 } else { 0 });
    let far = vector.bytes().iter().enumerate().map(far).collect();
    let far = CanonicalVector::new(Form::ImageRgb32V1, far).unwrap();
    let classifier = between(&vector, &far);
    let lie = Lie {
        raw,
        vector: Some(far),
        parent: None,
    };
    let (matter, verified) = Matter::new(classifier, vec![lie]);
    let report = matter.audit(&verified);
    assert_eq!(report.failed, 1, "{report:?}");
}

/// The other way round: what is produced matches only as committed. The verification says so, and reading
/// again leaves it to a person.
#[test]
fn a_produced_picture_that_matches_by_rounding_only_is_named() {
    let (raw, vector, near) = jpeg();
    let mut raised = Vec::new();
    for (now, low) in vector.bytes().iter().zip(near.bytes()) {
        raised.push(now.saturating_add(now - low));
    }
    let raised = CanonicalVector::new(Form::ImageRgb32V1, raised).unwrap();
    let lie = Lie {
        raw,
        vector: Some(raised.clone()),
        parent: None,
    };
    let (matter, verified) = Matter::new(between(&raised, &vector), vec![lie]);
    assert_eq!(verified.counts().produced, 1);
    let checks = &verified.report().checks;
    let produced = checks
        .iter()
        .find(|check| check.name == "produced")
        .unwrap();
    assert!(
        produced.detail.contains("compare by eye item 0"),
        "{produced:?}"
    );
    let (commitment, classifier) = (&matter.commitment, &matter.classifier);
    let report = reread_produced(
        &verified,
        commitment,
        classifier,
        &Default::default(),
        &Silent,
    )
    .unwrap();
    assert_eq!((report.compare, report.roundings), (1, 1));
}
