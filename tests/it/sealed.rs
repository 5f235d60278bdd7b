//! Sealed classifiers from end to end: sealed, run, proved, resumed, verified with the public file alone, audited,
//! exported; and what must not work.

use crate::common::{candor, copy_dir, json, lottery, output, text, walk};
use crate::pipeline::{
    classifier, edit_manifest, failed, kept_back, matter, options, seal_again, sealed_matter,
    tampered_copy,
};
use assert_cmd::Command;
use candor::bundle::{Bundle, layout};
use candor::progress::{Progress, Silent, Unit};
use candor::prove::{ProveError, WithholdList, prove_case};
use candor::sealed::{Opening, SealedClassifier};
use candor::verify::verify;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

fn everything_below(dir: &Path) -> Vec<u8> {
    let files = walk(dir).into_iter();
    files
        .flat_map(|name| fs::read(dir.join(name)).unwrap())
        .collect()
}

#[test]
fn a_bundle_verifies_with_the_public_file_alone_and_says_that_it_is_sealed() {
    let (m, sealed) = (matter(), sealed_matter());
    // What everybody has, and nothing else.
    let public = SealedClassifier::from_bytes(&sealed.opening.sealed().to_bytes()).unwrap();
    let report = verify(&sealed.bundle, m.vault.commitment(), &public, &Silent);
    assert!(report.verified(), "{:?}", report.failures());
    assert_eq!(report.classifier, hex::encode(public.hash()));
    let facts = report.sealed.clone().unwrap();
    assert_eq!((facts.parameters, facts.commitments), (16_377, 1));
    let said = report.to_text();
    for words in [
        "THE CLASSIFIER IS SEALED",
        &facts.claimed_by(),
        "what the classifier looks for",
        "is known from its proof alone",
    ] {
        assert!(said.contains(words), "{words} is not said: {said}");
    }
    assert!(
        report
            .checks
            .iter()
            .any(|check| check.name == "sealed" && check.ok)
    );
    // The same verdicts as the public classifier's, item by item; and that one's report says nothing of seals.
    let open = verify(&m.bundle, m.vault.commitment(), &classifier(), &Silent);
    assert_eq!(report.counts(), open.counts());
    let manifest = |bundle: &Path| Bundle::open(bundle).unwrap().manifest().clone();
    assert_eq!(
        manifest(&sealed.bundle).matches,
        manifest(&m.bundle).matches
    );
    assert!(open.sealed.is_none() && !open.to_text().to_lowercase().contains("sealed"));
    assert!(open.checks.iter().all(|check| check.name != "sealed"));
    assert!(report.not_proved.len() > open.not_proved.len());
}

#[test]
fn no_byte_of_the_weights_is_in_a_bundle_or_in_the_public_file() {
    let sealed = sealed_matter();
    let secret = sealed.opening.to_bytes();
    let whole = classifier().to_bytes();
    let at = secret
        .windows(whole.len())
        .position(|window| window == whole)
        .expect("the secret part holds the classifier");
    let weights = &whole[whole.len() - 2 * 16_376 - 8 - (2 + 8)..];
    let mut public = everything_below(&sealed.bundle);
    public.extend(sealed.opening.sealed().to_bytes());
    // Weights side by side, as they stand in the classifier's file, in binary and in hexadecimal.
    const LONG: usize = 16;
    let there: HashSet<&[u8]> = public.windows(LONG).collect();
    let telling = |window: &&[u8]| window.iter().filter(|byte| **byte != 0).count() >= LONG / 2;
    let mut looked_for = 0;
    for window in weights.windows(LONG).filter(telling) {
        assert!(!there.contains(window), "{window:02x?}");
        looked_for += 1;
    }
    assert!(looked_for > 1000, "{looked_for}");
    let hexadecimal: HashSet<&[u8]> = public.windows(2 * LONG).collect();
    for window in weights.windows(LONG).filter(telling) {
        assert!(!hexadecimal.contains(hex::encode(window).as_bytes()));
    }
    // Each by itself, as a number of the field; and the blinding factors.
    // Documents have such bytes by chance: looked for in proofs and in the public file.
    let mut proofs = sealed.opening.sealed().to_bytes();
    proofs.extend(everything_below(&sealed.bundle.join(layout::PROOFS)));
    let scalars: HashSet<&[u8]> = proofs.windows(32).collect();
    for weight in weights.as_chunks::<2>().0 {
        let weight = i16::from_le_bytes(*weight);
        // Small ones are indices and lengths in zeros as well.
        if weight > 255 {
            let mut scalar = [0; 32];
            scalar[..2].copy_from_slice(&weight.to_le_bytes());
            assert!(!scalars.contains(&scalar[..]), "{weight}");
        }
    }
    let blinds = &secret[at + whole.len()..];
    assert_eq!(blinds.len(), 32);
    assert!(!scalars.contains(blinds));
    // What the classifier was called by before, and what its card said.
    let named = hex::encode(classifier().hash());
    let contains = |needle: &[u8]| public.windows(needle.len()).any(|window| window == needle);
    assert!(!contains(named.as_bytes()) && !contains(&classifier().hash()));
    assert!(!contains(classifier().card().description.as_bytes()));
    for (key, value) in &classifier().card().facts {
        // The version of this program is in every bundle.
        assert!(
            key == "trainer" || value.len() < 12 || !contains(value.as_bytes()),
            "{key}"
        );
    }
}

#[test]
fn another_seal_of_the_same_classifier_is_another_classifier() {
    let (m, sealed) = (matter(), sealed_matter());
    let other = seal_again();
    let report = verify(
        &sealed.bundle,
        m.vault.commitment(),
        other.sealed(),
        &Silent,
    );
    assert_eq!(failed(&report), ["classifier"]);
    // The manifest names the other seal, as a responder would who exchanged models: proofs know better.
    let report = tampered_copy(
        &sealed.bundle,
        |bundle| {
            edit_manifest(bundle, |m| {
                m.classifier = hex::encode(other.sealed().hash())
            })
        },
        true,
        |bundle| verify(bundle, m.vault.commitment(), other.sealed(), &Silent),
    );
    assert_eq!(failed(&report), ["proofs"]);
    // A public file whose commitment was exchanged, under a manifest that follows it.
    let mut bytes = sealed.opening.sealed().to_bytes();
    let at = bytes.len() - 32;
    let commitments = other.sealed().to_bytes();
    bytes[at..].copy_from_slice(&commitments[commitments.len() - 32..]);
    let swapped = SealedClassifier::from_bytes(&bytes).unwrap();
    let report = tampered_copy(
        &sealed.bundle,
        |bundle| edit_manifest(bundle, |m| m.classifier = hex::encode(swapped.hash())),
        true,
        |bundle| verify(bundle, m.vault.commitment(), &swapped, &Silent),
    );
    assert_eq!(failed(&report), ["proofs"]);
    // Nor does the public classifier verify it, although it has the same weights.
    let report = verify(&sealed.bundle, m.vault.commitment(), &classifier(), &Silent);
    assert_eq!(failed(&report), ["classifier"]);
}

#[test]
fn what_states_more_than_a_verdict_is_no_classifier_of_a_bundle() {
    let (m, sealed) = (matter(), sealed_matter());
    let card = classifier().card().published();
    let opening: Opening = candor::sealed::seal(classifier(), card, vec![0]).unwrap();
    let report = tampered_copy(
        &sealed.bundle,
        |bundle| {
            edit_manifest(bundle, |m| {
                m.classifier = hex::encode(opening.sealed().hash())
            })
        },
        true,
        |bundle| verify(bundle, m.vault.commitment(), opening.sealed(), &Silent),
    );
    assert!(failed(&report).contains(&"classifier"));
    assert!(report.failures()[0].contains("states the activations of 1 neurons"));
    let dir = tempfile::tempdir().unwrap();
    let refused = prove_case(
        &candor::Surroundings::system(),
        &m.vault,
        &opening,
        &dir.path().join("bundle"),
        &options(WithholdList::default()),
        &Silent,
    );
    assert!(
        matches!(refused, Err(ProveError::Discloses(1))),
        "{refused:?}"
    );
}

/// Asks to stop as soon as the first proof is finished.
#[derive(Default)]
struct AfterOne {
    proving: AtomicBool,
    stop: AtomicBool,
}

impl Progress for AfterOne {
    fn begin(&self, label: &str, _: Option<u64>, _: Unit) {
        self.proving.store(label == "Proving", Ordering::Relaxed);
    }
    fn advance(&self, _: u64) {
        if self.proving.load(Ordering::Relaxed) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
    fn note(&self, _: &str) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

#[test]
fn a_stopped_run_goes_on_with_its_own_seal_and_no_other() {
    let m = matter();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("bundle");
    let opening = &sealed_matter().opening;
    let around = candor::Surroundings::system();
    let run = |opening: &Opening, progress: &dyn Progress| {
        let options = options(kept_back());
        prove_case(&around, &m.vault, opening, &out, &options, progress)
    };
    let stopped = run(opening, &AfterOne::default());
    assert!(matches!(stopped, Err(ProveError::Cancelled)), "{stopped:?}");
    let other = run(&seal_again(), &Silent);
    assert!(matches!(other, Err(ProveError::OtherRun(_))), "{other:?}");
    let summary = run(opening, &Silent).unwrap();
    assert_eq!(summary.proved_now, summary.batches - 1);
    assert!(summary.report.verified());
    assert!(!out.with_file_name("bundle.partial").exists());
}

/// A case and a sealed classifier in two files, for the command line.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Desk {
            dir: tempfile::tempdir().unwrap(),
        };
        let corpus = desk.at("corpus");
        fs::create_dir(&corpus).unwrap();
        for (name, content) in [
            ("a.txt", "the lottery was won"),
            ("b.txt", "lottery, says counsel"),
            ("c.txt", "an order of cheese"),
            ("d.txt", "two wheels of gruyere"),
            ("e.txt", "nothing of note"),
        ] {
            fs::write(corpus.join(name), content).unwrap();
        }
        lottery(&desk.at("model.clf"));
        let mut commit = candor();
        commit.args(["commit", "-q"]).arg(&corpus);
        output(commit.arg("--case").arg(desk.at("case")), 0);
        let mut seal = desk.command(&["classifier", "seal", "model.clf", "-o", "model.sealed"]);
        seal.args([
            "--name", "model 3", "--author", "Roe LLP", "--labels", "yes,no",
        ]);
        output(&mut seal, 0);
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = candor();
        command.current_dir(self.dir.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str], code: i32) -> (String, String) {
        let done = output(&mut self.command(arguments), code);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(done.stdout), text(done.stderr))
    }
}

const GIVEN: [&str; 4] = ["--case", "case", "--classifier", "model.sealed"];
const FILES: [&str; 4] = [
    "--commitment",
    "case/commitment.json",
    "--classifier",
    "model.sealed",
];

#[test]
fn from_seal_to_export_by_the_command_line() {
    let desk = Desk::new();
    let secret = ["--secret", "model.secret"];
    // What is known, and what is not.
    let (said, _) = desk.run(&["classifier", "inspect", "model.sealed"], 0);
    for words in [
        "SEALED",
        "model 3",
        "Roe LLP",
        "yes | no",
        "16377",
        "a yes or no, and nothing else",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("lottery"), "{said}");
    let (fits, _) = desk.run(
        &[&["classifier", "inspect", "model.sealed"], &secret[..]].concat(),
        0,
    );
    assert!(fits.contains("opens this seal"), "{fits}");
    // The public file can be signed and time-stamped under its name.
    output(
        &mut desk.command(&["timestamp", "request", "model.sealed"]),
        0,
    );
    assert!(desk.at("model.sealed.tsq").is_file());

    let told = json(
        desk.command(&["classify", "--json"])
            .args(GIVEN)
            .args(secret),
        0,
    );
    assert_eq!(told["counts"]["matches"], 2);
    let explained = desk.run(
        &[
            &["classifier", "explain", "model.sealed", "--case", "case"],
            &secret[..],
        ]
        .concat(),
        0,
    );
    assert!(explained.0.contains("lottery"), "{}", explained.0);
    fs::write(
        desk.at("w.csv"),
        "item,reason,description\nb.txt,AC,advice\n",
    )
    .unwrap();
    let import = ["review", "import", "w.csv"];
    desk.run(&[&import[..], &GIVEN, &secret].concat(), 0);
    let (listed, _) = desk.run(&[&["review", "list"], &GIVEN[..]].concat(), 0);
    assert!(listed.contains("1 withheld"), "{listed}");
    desk.run(
        &[&["prove", "-q", "-o", "bundle"], &GIVEN[..], &secret].concat(),
        0,
    );

    // Whoever verifies has neither secret nor case.
    let elsewhere = tempfile::tempdir().unwrap();
    copy_dir(&desk.at("bundle"), &elsewhere.path().join("bundle"));
    for name in ["model.sealed", "case/commitment.json"] {
        let to = elsewhere.path().join(Path::new(name).file_name().unwrap());
        fs::copy(desk.at(name), to).unwrap();
    }
    let report = json(
        candor()
            .current_dir(elsewhere.path())
            .args([
                "verify-bundle",
                "bundle",
                "--json",
                "--commitment",
                "commitment.json",
            ])
            .args([
                "--classifier",
                "model.sealed",
                "--report",
                "report.html",
                "--certificate",
                "c.txt",
            ]),
        0,
    );
    assert_eq!(report["verdict"], "verified");
    assert_eq!(report["sealed"]["author"], "Roe LLP");
    assert_eq!(report["produced"], 1);
    for name in ["report.html", "c.txt"] {
        let page = text(&elsewhere.path().join(name));
        assert!(page.contains("THE CLASSIFIER IS SEALED"), "{name}");
    }
    let arguments = [
        "bundle",
        "--commitment",
        "commitment.json",
        "--classifier",
        "model.sealed",
    ];
    let arguments = arguments.map(|name| match name {
        "bundle" | "commitment.json" | "model.sealed" => {
            elsewhere.path().join(name).into_os_string()
        }
        option => option.into(),
    });
    let said = candor_verify::program::run(arguments);
    assert_eq!(said.code, 0, "{}", said.error);
    assert!(
        said.out.contains("THE CLASSIFIER IS SEALED"),
        "{}",
        said.out
    );

    // What was answered is on record, with the public file only.
    let hash = report["classifier"].as_str().unwrap();
    let kept = desk.at("case/requests").join(format!("{hash}.sealed"));
    assert_eq!(
        fs::read(kept).unwrap(),
        fs::read(desk.at("model.sealed")).unwrap()
    );
    let (standing, _) = desk.run(&["case", "requests", "case"], 0);
    assert!(
        standing.contains("1 bit about each of 3 undisclosed items and of 1 withheld"),
        "{standing}"
    );

    // An audit, and a production, with the public file.
    let challenge = [
        "audit",
        "challenge",
        "bundle",
        "--size",
        "2",
        "--nonce",
        "spoken",
        "-o",
        "c.json",
    ];
    desk.run(&[&challenge[..], &FILES].concat(), 0);
    let open = [
        "audit",
        "open",
        "--bundle",
        "bundle",
        "--challenge",
        "c.json",
        "-o",
        "in-camera",
    ];
    desk.run(&[&open[..], &GIVEN].concat(), 0);
    let check = [
        "audit",
        "verify",
        "in-camera",
        "--bundle",
        "bundle",
        "--challenge",
        "c.json",
        "--json",
    ];
    let audited = json(desk.command(&check).args(FILES), 0);
    assert_eq!(audited["ok"], 2);
    desk.run(&[&["audit", "reread", "bundle"], &FILES[..]].concat(), 0);
    let export = [
        "export",
        "bundle",
        "--profile",
        "relativity",
        "--prefix",
        "X-",
        "-o",
        "production",
    ];
    desk.run(&[&export[..], &FILES].concat(), 0);
    let serve = everything_below(&desk.at("production/serve"));
    let serve = String::from_utf8_lossy(&serve).into_owned();
    assert!(serve.contains("Roe LLP") && serve.contains("\"parameters\""));

    // Sealed again, the same weights are another classifier, and it is said that nobody compared them.
    desk.run(
        &["classifier", "seal", "model.clf", "-o", "again.sealed"],
        0,
    );
    let (compared, _) = desk.run(
        &["case", "requests", "case", "--classifier", "again.sealed"],
        0,
    );
    assert!(compared.contains("was not compared"), "{compared}");
}

#[test]
fn bad_inputs_get_a_sentence_and_a_code() {
    let desk = Desk::new();
    desk.run(
        &["classifier", "seal", "model.clf", "-o", "other.sealed"],
        0,
    );
    let refused = |arguments: &[&str], words: &str, code: i32| {
        let (_, said) = desk.run(arguments, code);
        assert!(said.contains(words), "{arguments:?}: {said}");
    };
    let prove = [&["prove", "-o", "bundle"], &GIVEN[..]].concat();
    refused(
        &prove,
        "name the secret part of the seal as well (--secret FILE)",
        3,
    );
    refused(
        &[&prove[..], &["--secret", "other.secret"]].concat(),
        "the secret part of another seal",
        3,
    );
    refused(
        &[&prove[..], &["--secret", "model.clf"]].concat(),
        "does not begin with 'candor-seal-secret-1'",
        3,
    );
    let classify = ["classify", "--case", "case", "--classifier"];
    refused(
        &[&classify[..], &["model.secret"]].concat(),
        "secret part of a sealed classifier",
        3,
    );
    refused(
        &[&classify[..], &["model.clf", "--secret", "model.secret"]].concat(),
        "a public one",
        3,
    );
    // Sealed where a public one is needed.
    refused(
        &["classifier", "seal", "model.sealed", "-o", "twice.sealed"],
        "weights are a secret",
        3,
    );
    refused(
        &["bench", "--classifier", "model.sealed"],
        "weights are a secret",
        3,
    );
    refused(
        &["classifier", "seal", "model.clf", "-o", "model.sealed"],
        "exists already",
        3,
    );
    refused(
        &[
            "classifier",
            "seal",
            "model.clf",
            "-o",
            "x",
            "--labels",
            "a,b,c",
        ],
        "--labels takes two",
        2,
    );
    // Weights out of range: a seal of a network that no bound admits cannot be opened by this program.
    let mut secret = fs::read(desk.at("model.secret")).unwrap();
    let classifier = fs::read(desk.at("model.clf")).unwrap();
    let at = secret
        .windows(classifier.len())
        .position(|w| w == classifier)
        .unwrap();
    // The bias of the match layer, before the miss layer's weight and bias.
    let bias = at + classifier.len() - (2 + 8) - 8;
    secret[bias..bias + 8].copy_from_slice(&(1i64 << 40).to_le_bytes());
    fs::write(desk.at("wild.secret"), secret).unwrap();
    refused(
        &[&prove[..], &["--secret", "wild.secret"]].concat(),
        "Z can reach",
        3,
    );
    assert!(!desk.at("bundle").exists() && !desk.at("bundle.partial").exists());
    let report = json(
        &mut desk.command(&["classifier", "inspect", "model.sealed", "--json"]),
        0,
    );
    assert_eq!(
        (&report["sealed"], &report["opened"]),
        (&true.into(), &false.into())
    );
}
