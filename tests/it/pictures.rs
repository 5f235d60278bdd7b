//! Pictures end to end, with real proofs: a mixed corpus of mail, attached pictures and picture files, one
//! commitment, a request about its texts and one about its pictures; and what must not pass.

use crate::common::copy_dir;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candor::bundle::{Bundle, Disposition, Dispositions, bag, layout};
use candor::circuit::prover::{BatchInput, Prover};
use candor::circuit::verifier::verify_batch;
use candor::circuit::{Shape, Statement, StatementItem, VerifyError};
use candor::classify::{Classifier, evaluate};
use candor::commit::{CommitOptions, Vault, commit_folder, pedersen};
use candor::ingest::IngestOptions;
use candor::item::{Form, image_vector};
use candor::progress::Silent;
use candor::prove::{PlanOptions, ProveOptions, prove_case};
use candor::verify::{Report, Status, verify};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn classifier(name: &str) -> Classifier {
    candor::input::classifier(&root().join("classifiers").join(name)).unwrap()
}

fn picture(number: usize) -> Vec<u8> {
    fs::read(root().join(format!("corpus-examples/images/item-{number:02}.png"))).unwrap()
}

fn as_jpeg(png: &[u8]) -> Vec<u8> {
    let mut jpeg = Cursor::new(Vec::new());
    image::load_from_memory(png)
        .unwrap()
        .to_rgb8()
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .unwrap();
    jpeg.into_inner()
}

/// A mail with a picture attached, as base64.
fn mail_with(attachment: &[u8], name: &str, kind: &str) -> String {
    let body = STANDARD.encode(attachment);
    format!(
        "From: warehouse@example.org\r\nTo: sales@example.org\r\nSubject: the goods we spoke of\r\n\
         Date: Mon, 7 Oct 2002 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         Here is the picture.\r\n--b\r\nContent-Type: {kind}; name={name}\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename={name}\r\n\r\n\
         {body}\r\n--b--\r\n"
    )
}

struct Matter {
    dir: TempDir,
    vault: Vault,
    /// The request about pictures of footwear.
    bundle: PathBuf,
}

fn matter() -> &'static Matter {
    static MATTER: OnceLock<Matter> = OnceLock::new();
    MATTER.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let corpus = dir.path().join("corpus");
        fs::create_dir(&corpus).unwrap();
        for number in 1..=8 {
            fs::write(corpus.join(format!("photo-{number}.png")), picture(number)).unwrap();
        }
        fs::write(corpus.join("shoe.jpeg"), as_jpeg(&picture(1))).unwrap();
        fs::write(corpus.join("broken.png"), &picture(2)[..120]).unwrap();
        fs::write(
            corpus.join("offer.eml"),
            mail_with(&picture(9), "goods.png", "image/png"),
        )
        .unwrap();
        fs::write(corpus.join("note.txt"), "Lunch at noon?").unwrap();
        let options = CommitOptions {
            case: dir.path().join("case"),
            name: "mixed".to_owned(),
            custodian: None,
            reference: false,
            forms: Vec::new(),
            ingest: IngestOptions::default(),
            selection: Default::default(),
            numbering: candor::commit::Numbering::AsRead,
            supplements: None,
        };
        commit_folder(&candor::Surroundings::system(), &corpus, &options, &Silent).unwrap();
        let vault = Vault::open(&options.case).unwrap();
        let bundle = dir.path().join("bundle");
        prove(&vault, "footwear.clf", &bundle);
        Matter { dir, vault, bundle }
    })
}

fn prove(vault: &Vault, name: &str, bundle: &Path) {
    let options = ProveOptions {
        plan: PlanOptions {
            memory: 4 << 30,
            max_items: None,
        },
        ..ProveOptions::default()
    };
    prove_case(
        &candor::Surroundings::system(),
        vault,
        &classifier(name),
        bundle,
        &options,
        &Silent,
    )
    .unwrap();
}

fn check(bundle: &Path, classifier: &Classifier) -> Report {
    verify(bundle, matter().vault.commitment(), classifier, &Silent)
}

/// The dispositions of a bundle by path.
fn dispositions(bundle: &Path) -> Vec<(String, Disposition)> {
    let m = matter();
    let leaves: Vec<_> = m.vault.leaves().collect::<Result<_, _>>().unwrap();
    let manifest = Bundle::open(bundle).unwrap().manifest().clone();
    let dispositions = Dispositions::derive(&manifest, &leaves).unwrap();
    (0..m.vault.len())
        .map(|i| {
            let path = m.vault.item(i).unwrap().path().to_owned();
            (path, dispositions.get(i).unwrap())
        })
        .collect()
}

fn of<'a>(all: &'a [(String, Disposition)], name: &str) -> &'a Disposition {
    &all.iter().find(|(path, _)| path.ends_with(name)).unwrap().1
}

#[test]
fn a_mixed_corpus_is_committed_in_every_form_that_occurs() {
    let forms = matter().vault.commitment().forms();
    assert_eq!(forms[&Form::ImageRgb32V1], 10);
    assert_eq!(forms[&Form::ImageRgb96V1], 10);
    assert_eq!(forms[&Form::ImageRgb224V1], 10);
    assert_eq!(forms[&Form::TextWordsV3], 2);
    assert_eq!(matter().vault.commitment().exceptions(), 1);
}

#[test]
fn a_request_about_pictures_speaks_of_pictures_only() {
    let m = matter();
    let report = check(&m.bundle, &classifier("footwear.clf"));
    assert!(report.verified(), "{:?}", report.failures());
    assert_eq!(
        report.counts().unwrap().outside_form,
        2,
        "the mail and the note"
    );
    assert_eq!(report.counts().unwrap().exceptions, 1, "the broken picture");
    let all = dispositions(&m.bundle);
    assert_eq!(*of(&all, "note.txt"), Disposition::OutsideForm);
    assert_eq!(*of(&all, "offer.eml"), Disposition::OutsideForm);
    assert_eq!(*of(&all, "broken.png"), Disposition::Exception);
    // What the labels of the example pictures say.
    let labels = fs::read_to_string(root().join("corpus-examples/images-labels.csv")).unwrap();
    let positive = |number: usize| {
        let line = labels.lines().nth(number).unwrap();
        assert!(line.starts_with(&format!("item-{number:02}.png")));
        line.contains(",positive,")
    };
    let expected = |number| {
        if positive(number) {
            Disposition::Produced
        } else {
            Disposition::NotResponsive
        }
    };
    for number in 1..=8 {
        assert_eq!(
            *of(&all, &format!("photo-{number}.png")),
            expected(number),
            "picture {number}"
        );
    }
    assert_eq!(*of(&all, "goods.png"), expected(9), "the attachment");
    assert_eq!(*of(&all, "shoe.jpeg"), expected(1), "the JPEG");
}

#[test]
fn a_request_about_texts_leaves_pictures_outside() {
    let m = matter();
    let bundle = m.dir.path().join("texts");
    let name = "unsolicited-commercial-email.clf";
    prove(&m.vault, name, &bundle);
    let report = check(&bundle, &classifier(name));
    assert!(report.verified(), "{:?}", report.failures());
    assert_eq!(report.counts().unwrap().outside_form, 10);
    assert_eq!(report.counts().unwrap().exceptions, 1);
}

/// Alters a produced picture's files in a copy, repairs the bag, and returns the verdict of `produced`.
fn tampered(index: u32, change: impl FnOnce(&Path)) -> String {
    let m = matter();
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    copy_dir(&m.bundle, &bundle);
    bag::unseal(&bundle).unwrap();
    change(&bundle.join(layout::item_dir(index)));
    bag::seal(&bundle, "2026-01-01", &[]).unwrap();
    let report = check(&bundle, &classifier("footwear.clf"));
    let failed: Vec<_> = report
        .checks
        .iter()
        .filter(|c| c.status == Status::Failed)
        .collect();
    assert_eq!(failed.len(), 1, "{:?}", report.failures());
    assert_eq!(failed[0].name, "produced");
    failed[0].detail.clone()
}

#[test]
fn produced_pictures_and_their_vectors_belong_together() {
    let m = matter();
    let produced = |name: &str| {
        let all = dispositions(&m.bundle);
        let at = all
            .iter()
            .position(|(path, _)| path.ends_with(name))
            .unwrap();
        assert_eq!(all[at].1, Disposition::Produced);
        at as u32
    };
    // A vector that is near the file's, but not the committed one: lossy or not.
    for name in ["shoe.jpeg", "goods.png"] {
        let why = tampered(produced(name), |item| {
            let path = item.join("vector.bin");
            let mut vector = fs::read(&path).unwrap();
            vector[100] ^= 1;
            fs::write(&path, vector).unwrap();
        });
        assert!(why.contains("vector is not the committed one"), "{why}");
    }
    // A vector of another length.
    let why = tampered(produced("goods.png"), |item| {
        fs::write(item.join("vector.bin"), [0; 3071]).unwrap();
    });
    assert!(why.contains("vector.bin"), "{why}");
    // Another picture.
    let why = tampered(produced("shoe.jpeg"), |item| {
        fs::write(item.join("native.jpeg"), as_jpeg(&picture(2))).unwrap();
    });
    assert!(
        why.contains("its bytes are not the committed ones"),
        "{why}"
    );
}

/// One proof by itself: what is proved is what the evaluator says, and a turned verdict is refused.
#[test]
fn a_turned_or_moved_verdict_is_refused() {
    let classifier = classifier("footwear.clf");
    let net = classifier.network();
    let form = net.form();
    let mut items = Vec::new();
    let mut secrets = Vec::new();
    for index in 0..4 {
        let vector = image_vector(form, &picture(index + 1)).unwrap();
        let blinds = vec![pedersen::random_blind().unwrap(); form.strips()];
        items.push(StatementItem {
            index: index as u32,
            commitments: pedersen::commit(&form, vector.bytes(), &blinds).unwrap(),
            miss: !evaluate(net, &vector).matches,
            outputs: Vec::new(),
        });
        secrets.push((vector, blinds));
    }
    let statement = Statement {
        root: [7; 32],
        classifier: classifier.hash(),
        form: form.id().to_owned(),
        items,
    };
    let inputs: Vec<BatchInput<'_>> = secrets
        .iter()
        .map(|(vector, blinds)| BatchInput {
            vector: vector.bytes(),
            blinds,
        })
        .collect();
    let shape = Shape::for_network(net, 1).unwrap();
    let proof = Prover::new(&shape)
        .unwrap()
        .prove(net, &statement, &inputs)
        .unwrap();
    let verify = |statement: &Statement| verify_batch(&shape, net, statement, &proof);
    verify(&statement).unwrap();
    let mut turned = statement.clone();
    turned.items[3].miss = !turned.items[3].miss;
    assert!(verify(&turned).is_err());
    let mut swapped = statement.clone();
    swapped.items.swap(0, 1);
    assert!(matches!(
        verify(&swapped),
        Err(VerifyError::Link | VerifyError::Halo2(_))
    ));
}
