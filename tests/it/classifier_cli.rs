//! The classifier commands as a requester uses them: train, inspect, measure, features, scikit-learn.

use crate::common::{candor, json, python, tool};
use assert_cmd::Command;
use std::path::Path;

/// Two folders of small mails that differ in a few words.
fn labelled(root: &Path) {
    for i in 0..160usize {
        let positive = i % 2 == 0;
        let label = if positive { "spam" } else { "ham" };
        let (subject, closing) = match positive {
            true => ("Exclusive offer", "Click here to win free money"),
            false => ("Minutes", "See you on Monday"),
        };
        // No two are near copies of each other, which would stay on one side of the split.
        let body: Vec<String> = (0..9)
            .map(|k| format!("word{}", (i * 7919 + k * 104_729 + i * k * 31) % 211))
            .collect();
        let folder = root.join(label);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "From: Someone <a{i}@example.com>\r\nTo: b@example.org\r\nSubject: {subject}\r\n\
             Date: Mon, 3 Jun 2024 10:{:02}:00 +0000\r\n\r\n{}. {closing}.\r\n",
            i % 60,
            body.join(" ")
        );
        std::fs::write(folder.join(format!("{i:03}.eml")), text).unwrap();
    }
}

#[test]
fn train_inspect_and_measure() {
    let root = tempfile::tempdir().unwrap();
    labelled(root.path());
    let (spam, ham) = (root.path().join("spam"), root.path().join("ham"));
    let file = root.path().join("offers.clf");
    for hidden in ["0", "4"] {
        let report = json(
            candor()
                .args(["-q", "classifier", "train", "--json", "--hidden", hidden])
                .args(["--target-recall", "0.95", "--author", "tests"])
                .arg("--positive")
                .arg(&spam)
                .arg("--negative")
                .arg(&ham)
                .arg("-o")
                .arg(&file),
            0,
        );
        assert_eq!(report["report"]["held_out"], 32);
        assert!(report["report"]["agreement"].as_f64().unwrap() > 0.9);

        let inside = json(
            candor()
                .args(["classifier", "inspect", "--json"])
                .arg(&file),
            0,
        );
        assert_eq!(inside["sha256"], report["sha256"]);
        assert_eq!(inside["name"], "offers");
        assert_eq!(inside["form"], "text/words16376-v3");
        let layers = inside["layers"].as_array().unwrap();
        assert_eq!(layers.len(), if hidden == "0" { 2 } else { 3 });
        assert!(
            layers
                .iter()
                .all(|l| l["range_used"].as_f64().unwrap() <= 1.0)
        );
        candor()
            .args(["classifier", "inspect"])
            .arg(&file)
            .assert()
            .success()
            .stdout(predicates::str::contains("miss"));

        let measured = json(
            candor()
                .args(["-q", "classifier", "eval", "--json", "--mistakes", "-c"])
                .arg(&file)
                .arg("--positive")
                .arg(&spam)
                .arg("--negative")
                .arg(&ham),
            0,
        );
        assert_eq!(measured["items"], 160);
        assert!(measured["f1"].as_f64().unwrap() > 0.95, "{measured}");
        let mistakes = measured["mistakes"].as_array().unwrap().len() as u64;
        let wrong = ["false_positives", "false_negatives"].map(|k| measured[k].as_u64().unwrap());
        assert_eq!(mistakes, wrong[0] + wrong[1]);
    }
}

#[test]
fn exit_codes_tell_usage_from_bad_files() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("bad.clf");
    std::fs::write(&file, b"candor-clf-1\nxx").unwrap();
    candor()
        .args(["classifier", "inspect"])
        .arg(&file)
        .assert()
        .code(3)
        .stderr(predicates::str::contains("bad.clf"));
    candor()
        .args(["features", ".", "-o", "x.parquet"])
        .assert()
        .code(2)
        .stderr(predicates::str::contains(".npy or .csv"));
    candor()
        .args(["classifier", "train", "--form", "text/hash9-v1"])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("text/words16376-v3"));
    for empty in ["empty", "empty too"] {
        std::fs::create_dir(root.path().join(empty)).unwrap();
    }
    candor()
        .args(["-q", "classifier", "train", "--positive"])
        .arg(root.path().join("empty"))
        .arg("--negative")
        .arg(root.path().join("empty too"))
        .arg("-o")
        .arg(root.path().join("none.clf"))
        .assert()
        .code(3)
        .stderr(predicates::str::contains("only 0 positive items"));
}

/// The shipped classifier is readable, and finds what it is for in the shipped mail.
#[test]
fn the_shipped_classifier_measures_as_documented() {
    let root = tempfile::tempdir().unwrap();
    let base = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut labels = csv::Reader::from_path(base.join("corpus-examples/mail-labels.csv")).unwrap();
    for record in labels.records() {
        let record = record.unwrap();
        let folder = root.path().join(&record[1]);
        std::fs::create_dir_all(&folder).unwrap();
        let from = base.join("corpus-examples/mail").join(&record[0]);
        std::fs::copy(from, folder.join(record[0].replace('/', "-"))).unwrap();
    }
    let measured = json(
        candor()
            .args(["-q", "classifier", "eval", "--json", "-c"])
            .arg(base.join("classifiers/unsolicited-commercial-email.clf"))
            .arg("--positive")
            .arg(root.path().join("positive"))
            .arg("--negative")
            .arg(root.path().join("negative")),
        0,
    );
    // The figures of classifiers/README.md.
    assert_eq!(measured["items"], 151);
    assert_eq!(measured["true_positives"], 41);
    assert_eq!(measured["false_positives"], 4);
}

/// Python trains on the features and writes a file that candor accepts. Skipped without scikit-learn.
#[test]
fn scikit_learn_writes_a_classifier() {
    let python = python();
    let present = std::process::Command::new(&python)
        .args(["-c", "import sklearn, numpy"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !tool(
        present,
        "scikit-learn",
        "pip install scikit-learn, and set CANDOR_PYTHON to the Python that has it",
    ) {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let corpus = root.path().join("labelled");
    labelled(&corpus);
    let features = root.path().join("x.npy");
    candor()
        .args(["-q", "features"])
        .arg(&corpus)
        .arg("-o")
        .arg(&features)
        .assert()
        .success();
    let file = root.path().join("python.clf");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("classifiers/train_sklearn.py");
    Command::new(&python)
        .arg(script)
        .arg(&features)
        .args(["--match", "spam", "--name", "Angebote für Müller", "-o"])
        .arg(&file)
        .assert()
        .success()
        .stdout(predicates::str::contains("decide alike on 100.00 %"));
    let measured = json(
        candor()
            .args(["-q", "classifier", "eval", "--json", "-c"])
            .arg(&file)
            .arg("--positive")
            .arg(corpus.join("spam"))
            .arg("--negative")
            .arg(corpus.join("ham")),
        0,
    );
    assert!(measured["accuracy"].as_f64().unwrap() > 0.95, "{measured}");
    let inside = json(
        candor()
            .args(["classifier", "inspect", "--json"])
            .arg(&file),
        0,
    );
    assert_eq!(inside["name"], "Angebote für Müller");
}
