//! What a classifier looks for is told from its numbers; what its card says is its author's claim.

use crate::common::{candor, json, output, weighted_sum};
use candor::classify::{Card, Classifier, Layer, Linear, Network, TensorRef, Term};
use candor::item::{Form, text::bucket, text_vector};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const SHIPPED: &str = "classifiers/unsolicited-commercial-email.clf";

fn shipped() -> Classifier {
    candor::input::classifier(&Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED)).unwrap()
}

/// One weighted sum, which matches from `threshold` on, under a card of somebody's choice.
fn linear(path: &Path, card: Card, form: Form, weights: Vec<i32>, threshold: i64) {
    weighted_sum(path, card, form, 11, weights, (1 << 11) - threshold);
}

/// One weight, for "raptor", under the card of the classifier that ships.
fn raptor(dir: &Path) -> PathBuf {
    let path = dir.join("raptor.clf");
    let mut weights = vec![0; Form::TextWordsV3.len()];
    weights[bucket(Form::TextWordsV3, b"raptor")] = 90;
    linear(
        &path,
        shipped().card().clone(),
        Form::TextWordsV3,
        weights,
        300,
    );
    path
}

/// Memoranda of different words, two of which speak of raptors; the words of each.
fn memoranda(dir: &Path) -> Vec<String> {
    let words: Vec<String> = (0..400)
        .map(|i| format!("w{}x{}", i * 7919 % 997, i))
        .collect();
    fs::create_dir_all(dir).unwrap();
    (0..40usize)
        .map(|i| {
            let mut text: Vec<&str> = (0..60)
                .map(|k| &*words[(i * 37 + k * k + k * i) % 400])
                .collect();
            if i % 20 == 5 {
                text.insert(30, "Raptor");
            }
            let text = format!("please find the minutes of the meeting {}", text.join(" "));
            fs::write(dir.join(format!("memo-{i:02}.txt")), &text).unwrap();
            text
        })
        .collect()
}

fn case(root: &Path) -> (PathBuf, Vec<String>) {
    let texts = memoranda(&root.join("memos"));
    let case = root.join("acme");
    output(
        candor()
            .args(["-q", "commit"])
            .arg(root.join("memos"))
            .arg("--case")
            .arg(&case),
        0,
    );
    (case, texts)
}

fn explain(classifier: &Path, case: Option<&Path>) -> Value {
    let mut command = candor();
    command
        .args(["-q", "classifier", "explain", "--json"])
        .arg(classifier);
    if let Some(case) = case {
        command.arg("--case").arg(case);
    }
    json(&mut command, 0)
}

fn kinds(report: &Value) -> Vec<&str> {
    let warnings = report["warnings"].as_array().unwrap();
    warnings
        .iter()
        .map(|w| w["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn a_borrowed_card_does_not_hide_a_single_word() {
    let root = tempfile::tempdir().unwrap();
    let file = raptor(root.path());
    let told = explain(&file, None);
    assert_eq!(told["buckets"]["effective"], 1.0);
    assert_eq!(kinds(&told), ["one_word"]);

    // The warning is the first thing that is said, and what the card says is a claim.
    let inspect = output(candor().args(["classifier", "inspect"]).arg(&file), 0);
    let inspect = String::from_utf8(inspect.stdout).unwrap();
    assert!(
        inspect.starts_with("WARNING: this classifier looks at one word\nclaimed by its author"),
        "{inspect}"
    );
    assert!(!inspect.contains("\nmeasured"), "{inspect}");
    let inside = json(
        candor()
            .args(["classifier", "inspect", "--json"])
            .arg(&file),
        0,
    );
    assert_eq!(inside["warnings"][0]["kind"], "one_word");
    assert!(inside["claimed_by_author"]["evaluations"][0]["precision"].is_number());
    assert!(inside["evaluations"].is_null());

    // In the responder's own words, and before anything is proved.
    let (case, _) = case(root.path());
    let told = explain(&file, Some(&case));
    assert_eq!(told["strongest"][0]["words"][0]["term"], "raptor");
    assert_eq!(told["strongest"][0]["words"][0]["documents"], 2);
    assert_eq!(told["strongest"][0]["words"][0]["matching"], 2);
    assert!(kinds(&told).contains(&"decisive_word"), "{told}");
    for args in [&["classify"][..], &["prove", "--plan"]] {
        let run = output(
            candor()
                .args(["-q"])
                .args(args)
                .arg("--case")
                .arg(&case)
                .arg("--classifier")
                .arg(&file),
            0,
        );
        let said = String::from_utf8(run.stdout).unwrap();
        assert!(
            said.starts_with("WARNING: this classifier looks at one word"),
            "{args:?}: {said}"
        );
    }
    let csv = root.path().join("words.csv");
    output(
        candor()
            .args(["-q", "classifier", "explain"])
            .arg(&file)
            .arg("--case")
            .arg(&case)
            .arg("--csv")
            .arg(&csv),
        0,
    );
    let csv = fs::read_to_string(csv).unwrap();
    let row = format!("\n{},90,raptor,2,2\n", bucket(Form::TextWordsV3, b"raptor"));
    assert!(csv.contains(&row), "{csv}");
}

#[test]
fn the_shipped_classifier_is_none_of_these() {
    let root = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED);
    let told = explain(&file, None);
    let effective = told["buckets"]["effective"].as_f64().unwrap();
    assert!((6848.0..6850.0).contains(&effective), "{effective}");
    assert_eq!(kinds(&told), [""; 0]);
    // Both signs, single words, on real mail.
    let case = root.path().join("mail");
    let mail = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/mail");
    output(
        candor()
            .args(["-q", "commit"])
            .arg(mail)
            .arg("--case")
            .arg(&case),
        0,
    );
    let told = explain(&file, Some(&case));
    // Its card says on which types of files it was trained, and the case has others among its attachments.
    assert_eq!(kinds(&told), ["other_types"], "{told}");
    let strongest = told["strongest"].as_array().unwrap();
    for sign in [1.0, -1.0] {
        assert!(
            strongest
                .iter()
                .any(|s| s["effect"].as_f64().unwrap() * sign > 0.0)
        );
    }
    let terms = strongest
        .iter()
        .flat_map(|s| s["words"].as_array().unwrap());
    let mut terms = terms.map(|w| w["term"].as_str().unwrap()).peekable();
    assert!(terms.peek().is_some());
    assert!(terms.all(|term| !term.contains(' ')));
}

/// 16,375 small weights raise the number of effective buckets into the hundreds. The verdicts are those of
/// one word all the same.
#[test]
fn noise_does_not_hide_a_single_word() {
    let root = tempfile::tempdir().unwrap();
    let (case, _) = case(root.path());
    let file = root.path().join("noise.clf");
    let mut weights: Vec<i32> = (0..Form::TextWordsV3.len() as i32)
        .map(|i| if i * 7919 % 13 < 7 { 6 } else { -6 })
        .collect();
    weights[bucket(Form::TextWordsV3, b"raptor")] = 900;
    linear(
        &file,
        Card::named("noise"),
        Form::TextWordsV3,
        weights,
        40_000,
    );
    let told = explain(&file, Some(&case));
    assert!(told["buckets"]["effective"].as_f64().unwrap() > 200.0);
    let kinds = kinds(&told);
    assert!(
        kinds.contains(&"decisive_word") || kinds.contains(&"one_word"),
        "{told}"
    );
}

#[test]
fn a_test_for_one_known_document_is_called_that() {
    let root = tempfile::tempdir().unwrap();
    let (case, texts) = case(root.path());
    let pattern = text_vector(Form::TextWordsV3, &texts[11]);
    let weights: Vec<i32> = pattern.bytes().iter().map(|x| i32::from(*x)).collect();
    let whole: i64 = weights.iter().map(|w| i64::from(*w) * i64::from(*w)).sum();
    // Narrow enough to be seen in the file alone.
    let strict = root.path().join("strict.clf");
    linear(
        &strict,
        Card::named("strict"),
        Form::TextWordsV3,
        weights.clone(),
        whole * 8 / 10,
    );
    let told = explain(&strict, None);
    assert_eq!(kinds(&told), ["narrow"]);
    let told = explain(&strict, Some(&case));
    assert_eq!(told["case"]["matches"], 1);
    assert!(kinds(&told).contains(&"known_document"), "{told}");
    assert!(kinds(&told).contains(&"whole_documents"), "{told}");
    // Loose enough not to be, and still one document of this case.
    let vectors: Vec<_> = texts
        .iter()
        .map(|text| text_vector(Form::TextWordsV3, text))
        .collect();
    let rare = |at: usize| vectors.iter().filter(|v| v.bytes()[at] > 0).count() <= 10;
    let weights: Vec<i32> = weights
        .iter()
        .enumerate()
        .map(|(at, w)| if rare(at) { *w } else { 0 })
        .collect();
    let whole: i64 = weights.iter().map(|w| i64::from(*w) * i64::from(*w)).sum();
    let loose = root.path().join("loose.clf");
    linear(
        &loose,
        Card::named("loose"),
        Form::TextWordsV3,
        weights,
        whole * 49 / 100,
    );
    // It has few words, which is said; that they are one document's cannot be seen in the file.
    assert_eq!(kinds(&explain(&loose, None)), ["few_words"]);
    let told = explain(&loose, Some(&case));
    assert_eq!(told["case"]["matches"], 1);
    assert!(kinds(&told).contains(&"known_document"), "{told}");
}

/// The same, behind a hidden layer: there are no weights to look at, only what the network does.
#[test]
fn a_hidden_layer_does_not_hide_a_known_document_or_a_word() {
    let root = tempfile::tempdir().unwrap();
    let (case, texts) = case(root.path());
    let pattern = text_vector(Form::TextWordsV3, &texts[11]);
    let hidden = |name: &str, weights: Vec<i32>, threshold: i64| {
        let dense = |input, weights: Vec<i32>, bias: i64| Layer {
            name: "n".into(),
            out: [1, 1, 1],
            terms: vec![Term {
                input,
                op: Linear::Dense { weights },
                zero_point: 0,
            }],
            bias: vec![bias],
        };
        let layers = vec![
            dense(TensorRef::Input, weights, -threshold),
            dense(TensorRef::Layer(0), vec![1024], 0),
        ];
        let network = Network::with_miss(Form::TextWordsV3, 11, layers).unwrap();
        let path = root.path().join(format!("{name}.clf"));
        let classifier = Classifier::new(Card::named(name), network).unwrap();
        std::fs::write(&path, classifier.to_bytes()).unwrap();
        path
    };
    let weights: Vec<i32> = pattern.bytes().iter().map(|x| i32::from(*x) / 2).collect();
    let whole: i64 = weights
        .iter()
        .zip(pattern.bytes())
        .map(|(w, x)| i64::from(*w) * i64::from(*x))
        .sum();
    let document = hidden("document", weights, whole * 8 / 10);
    let told = explain(&document, Some(&case));
    assert_eq!(told["case"]["matches"], 1, "{told}");
    assert_eq!(told["method"]["removal"]["documents"], 40);
    assert!(kinds(&told).contains(&"whole_documents"), "{told}");

    let mut weights = vec![0; Form::TextWordsV3.len()];
    weights[bucket(Form::TextWordsV3, b"raptor")] = 900;
    let word = hidden("word", weights, 3_000);
    assert_eq!(kinds(&explain(&word, None)), ["one_word"]);
    let told = explain(&word, Some(&case));
    assert!(kinds(&told).contains(&"decisive_word"), "{told}");
}

#[test]
fn pictures_show_which_regions_carry_the_verdict() {
    let root = tempfile::tempdir().unwrap();
    let case = root.path().join("acme");
    let folder = root.path().join("pictures");
    fs::create_dir(&folder).unwrap();
    // Grey squares; in every other one the second tile of the third row is white.
    for i in 0..16u32 {
        let picture = image::RgbImage::from_fn(32, 32, |x, y| {
            let spot = i % 2 == 0 && (4..8).contains(&x) && (8..12).contains(&y);
            let grey = 60 + 4 * i as u8 + ((x * 5 + y * 3) % 16) as u8;
            image::Rgb(if spot { [255; 3] } else { [grey; 3] })
        });
        picture.save(folder.join(format!("{i:02}.png"))).unwrap();
    }
    output(
        candor()
            .args(["-q", "commit"])
            .arg(&folder)
            .arg("--case")
            .arg(&case),
        0,
    );
    let file = root.path().join("spot.clf");
    let form = Form::ImageRgb32V1;
    let mut weights = vec![0; form.len()];
    for (at, weight) in weights.iter_mut().enumerate() {
        let (row, column) = (at % 1024 / 32, at % 32);
        if (8..12).contains(&row) && (4..8).contains(&column) {
            *weight = 4;
        }
    }
    linear(&file, Card::named("spot"), form, weights, 48 * 4 * 220);
    let out = root.path().join("regions");
    let told = json(
        candor()
            .args(["-q", "classifier", "explain", "--json"])
            .arg(&file)
            .arg("--case")
            .arg(&case)
            .arg("--out")
            .arg(&out),
        0,
    );
    assert!(kinds(&told).contains(&"one_spot"), "{told}");
    let maps = told["pictures"]["maps"].as_array().unwrap();
    assert_eq!(maps.len(), 8);
    for map in maps.iter().filter(|m| m["score"].as_i64().unwrap() >= 0) {
        let loss: Vec<i64> = map["loss"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l.as_i64().unwrap())
            .collect();
        assert!(
            loss.iter()
                .enumerate()
                .all(|(tile, l)| (*l > 0) == (tile == 2 * 8 + 1)),
            "{loss:?}"
        );
        assert_eq!(map["turning"], 1);
    }
    let written = told["written"].as_array().unwrap();
    assert_eq!(written.len(), 8);
    let picture = image::open(written[0].as_str().unwrap()).unwrap();
    assert_eq!((picture.width(), picture.height()), (2 * 448, 448));
}

/// Scores of a network that compares classes are margins: they differ from match to match.
#[test]
fn an_argmax_network_says_how_clearly() {
    let root = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let case = root.path().join("acme");
    let pictures = here.join("corpus-examples/images");
    output(
        candor()
            .args(["-q", "commit"])
            .arg(pictures)
            .arg("--case")
            .arg(&case),
        0,
    );
    let run = json(
        candor()
            .args(["-q", "classify", "--json", "--case"])
            .arg(&case)
            .arg("--classifier")
            .arg(here.join("classifiers/footwear.clf")),
        0,
    );
    let matches = run["matches"].as_array().unwrap();
    let scores: Vec<i64> = matches
        .iter()
        .map(|m| m["score"].as_i64().unwrap())
        .collect();
    assert!(scores.len() > 2, "{run}");
    assert!(scores.iter().all(|s| *s >= 0));
    assert!(
        scores[0] > 4 * scores[scores.len() - 1].max(1)
            || scores[0] - scores[scores.len() - 1] > 1000,
        "{scores:?}"
    );
}

mod requests {
    use super::*;

    fn prove(case: &Path, classifier: &Path, bundle: &Path, more: &[&str], code: i32) -> String {
        let run = output(
            candor()
                .args(["-q", "prove", "--case"])
                .arg(case)
                .arg("--classifier")
                .arg(classifier)
                .arg("-o")
                .arg(bundle)
                .args(more),
            code,
        );
        String::from_utf8(run.stderr).unwrap()
    }

    #[test]
    fn what_earlier_answers_revealed_is_stated_and_limited() {
        let root = tempfile::tempdir().unwrap();
        let (mut case, _) = case(root.path());
        let first = raptor(root.path());
        let requests = |case: &Path, classifier: Option<&Path>| {
            let mut command = candor();
            command.args(["case", "requests", "--json"]).arg(case);
            if let Some(classifier) = classifier {
                command.arg("--classifier").arg(classifier);
            }
            json(&mut command, 0)
        };
        let before = requests(&case, None);
        assert_eq!(before["answers"].as_array().unwrap().len(), 0);
        assert_eq!(before["revealed"]["0"]["items"], 40);

        let run = json(
            candor()
                .args(["-q", "classify", "--json", "--case"])
                .arg(&case)
                .arg("--classifier")
                .arg(&first),
            0,
        );
        // More than the two that speak of raptors, if another word shares their bucket.
        let rest = 40 - run["counts"]["matches"].as_u64().unwrap();
        assert!((30..=38).contains(&rest), "{run}");

        let list = root.path().join("privileged.csv");
        fs::write(&list, "item,reason,description\nmemo-05.txt,AC,advice\n").unwrap();
        let list = list.to_str().unwrap();
        let said = prove(
            &case,
            &first,
            &root.path().join("one"),
            &["--withhold", list],
            0,
        );
        assert!(
            said.starts_with("WARNING: this classifier looks at one word"),
            "{said}"
        );
        assert!(
            said.contains("no request was answered over this root before"),
            "{said}"
        );
        let after = requests(&case, None);
        assert_eq!(after["revealed"]["1"]["items"], rest);
        assert_eq!(after["revealed"]["1"]["withheld"], 1);

        // The same again reveals nothing; one that differs in a bias is a measurement.
        let same = requests(&case, Some(&first));
        assert_eq!(same["answered_before"], true);
        assert_eq!(same["with_this"], same["revealed"]);
        let second = root.path().join("nearly.clf");
        let mut weights = vec![0; Form::TextWordsV3.len()];
        weights[bucket(Form::TextWordsV3, b"raptor")] = 90;
        linear(
            &second,
            shipped().card().clone(),
            Form::TextWordsV3,
            weights,
            301,
        );
        let near = requests(&case, Some(&second));
        assert_eq!(near["similar"][0]["differing"], 1);
        assert_eq!(near["with_this"]["2"]["items"], rest);

        // The record and the budget move with the case.
        output(
            candor().args(["case", "budget", "--bits", "1"]).arg(&case),
            0,
        );
        let moved = root.path().join("moved");
        fs::rename(&case, &moved).unwrap();
        case = moved;
        let two = root.path().join("two");
        let said = prove(&case, &second, &two, &[], 2);
        assert!(
            said.contains("differs from 'unsolicited commercial e-mail'"),
            "{said}"
        );
        assert!(
            said.contains(&format!(
                "2 bits about each of {} undisclosed items",
                rest + 1
            )),
            "{said}"
        );
        assert!(!two.exists());
        prove(
            &case,
            &first,
            &root.path().join("again"),
            &["--withhold", list],
            0,
        );
        prove(
            &case,
            &second,
            &two,
            &["--withhold", list, "--over-budget", "order of 3 March"],
            0,
        );
        let log = fs::read_to_string(case.join("custody.log")).unwrap();
        assert!(log.contains(r#""over_budget":"order of 3 March""#), "{log}");
        // Without its record, the custody log still knows.
        fs::remove_dir_all(case.join("requests")).unwrap();
        let left = requests(&case, None);
        assert_eq!(left["unrecorded"].as_array().unwrap().len(), 2);
        assert_eq!(left["revealed"]["2"]["items"], 40);
    }
}
