//! Two forms of texts: which one a request reads, what is said if a corpus has only the other, and texts without a word.

use crate::common::{candor, json, output, weighted_sum};
use candor::classify::Card;
use candor::item::{Form, text_vector};
use std::fs;
use std::path::{Path, PathBuf};

/// Matches texts with the word "lottery", in a form.
fn lottery(dir: &Path, form: Form) -> PathBuf {
    let word = text_vector(form, "lottery");
    let weights = word.bytes().iter().map(|&x| if x > 0 { 40 } else { 0 });
    let path = dir.join(format!("{}.clf", form.len()));
    let card = Card::named(&format!("lottery in {form}"));
    weighted_sum(&path, card, form, 8, weights.collect(), 0);
    path
}

fn corpus(dir: &Path) -> PathBuf {
    let corpus = dir.join("corpus");
    fs::create_dir(&corpus).unwrap();
    for (name, text) in [
        ("lottery.txt", "You have won the lottery of the year."),
        ("plan.txt", "The plan of the new building is in the annex."),
        ("split.txt", "Nobody said lot\u{ad}tery, or did they?"),
        ("marks.txt", "1 2 3 - a, b, c"),
    ] {
        fs::write(corpus.join(name), text).unwrap();
    }
    corpus
}

fn commit(dir: &Path, corpus: &Path, name: &str, forms: &[&str]) -> PathBuf {
    let case = dir.join(name);
    output(
        candor()
            .args(["-q", "commit"])
            .arg(corpus)
            .arg("--case")
            .arg(&case)
            .args(forms),
        0,
    );
    case
}

#[test]
fn a_request_reads_its_own_form_and_another_one_is_named() {
    let root = tempfile::tempdir().unwrap();
    let corpus = corpus(root.path());
    let [new, old] = [Form::TextWordsV3, Form::TextHash4080V1];
    let requests = [new, old].map(|form| lottery(root.path(), form));
    let both = commit(root.path(), &corpus, "both", &["--forms", "text,text-v1"]);
    let only = [
        (commit(root.path(), &corpus, "new", &[]), new, 1),
        (
            commit(root.path(), &corpus, "old", &["--forms", "text-v1"]),
            old,
            0,
        ),
    ];
    // The readers have taken out what is invisible, so a word is whole in either form.
    for (request, matches) in requests.iter().zip([2, 2]) {
        let found = json(
            candor()
                .args(["-q", "classify", "--json", "--classifier"])
                .arg(request)
                .arg("--case")
                .arg(&both),
            0,
        );
        assert_eq!(found["counts"]["matches"], matches, "{found}");
        assert_eq!(found["counts"]["exceptions"], 1, "{found}");
        // A request in either form is proved and verified over one commitment.
        let bundle = request.with_extension("bundle");
        output(
            candor()
                .args(["-q", "prove", "--classifier"])
                .arg(request)
                .arg("--case")
                .arg(&both)
                .arg("-o")
                .arg(&bundle),
            0,
        );
        let verdict = json(
            candor()
                .args(["verify-bundle", "--json", "--commitment"])
                .arg(both.join("commitment.json"))
                .arg("--classifier")
                .arg(request)
                .arg(&bundle),
            4,
        );
        assert_eq!(verdict["produced"], matches, "{verdict}");
    }
    for (case, there, wrong) in only {
        let request = &requests[wrong];
        // There is nothing to explain; the others say that nothing can be searched.
        for (command, code) in [
            (&["classify", "--classifier"][..], 0),
            (&["classifier", "explain"], 3),
            (&["prove", "--plan", "--classifier"], 0),
        ] {
            let said = output(
                candor()
                    .arg("-q")
                    .args(command)
                    .arg(request)
                    .arg("--case")
                    .arg(&case),
                code,
            );
            let said = [said.stdout, said.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            let remedy = format!("there is {there}: ask for a classifier that reads it");
            assert!(said.contains(&remedy), "{command:?}: {said}");
        }
    }
}

#[test]
fn what_has_no_word_is_an_exception_and_not_a_zero() {
    let root = tempfile::tempdir().unwrap();
    let corpus = corpus(root.path());
    let case = commit(root.path(), &corpus, "case", &[]);
    let said = output(
        candor()
            .args(["case", "items", "--json", "--case"])
            .arg(&case),
        0,
    );
    let said = String::from_utf8(said.stdout).unwrap();
    let marks: serde_json::Value = said
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .find(|item| item["path"].as_str().unwrap().ends_with("marks.txt"))
        .unwrap();
    assert_eq!(marks["status"], "exception", "{marks}");
    assert!(marks.to_string().contains("no_text"), "{marks}");
}
