//! What the tests of the program share: running it, one small classifier, folders, and tools that a
//! machine may lack.

use assert_cmd::Command;
use candor::classify::{Card, Classifier, Layer, Linear, Network, TensorRef, Term};
use candor::item::{Form, text_vector};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// The program.
pub fn candor() -> Command {
    let mut command = Command::cargo_bin("candor").expect("the binary is built with the tests");
    // Tests that name items by number; those of the order itself ask for it.
    command.env("CANDOR_NUMBERING", "as-read");
    command
}

/// Runs a command that must end with this exit code.
#[track_caller]
pub fn output(command: &mut Command, code: i32) -> Output {
    command.assert().code(code).get_output().clone()
}

/// Runs a command that must end with this exit code, and reads what it prints.
#[track_caller]
pub fn json(command: &mut Command, code: i32) -> Value {
    serde_json::from_slice(&output(command, code).stdout).expect("JSON on standard output")
}

/// Reads a text file, or says which one is not there.
#[track_caller]
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder, relative and `/`-separated.
pub fn walk(dir: &Path) -> Vec<String> {
    walkdir::WalkDir::new(dir)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(dir).unwrap();
            name.to_str().unwrap().replace('\\', "/")
        })
        .collect()
}

/// Copies a folder with everything in it.
pub fn copy_dir(from: &Path, to: &Path) {
    for file in walk(from) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join(file), target).unwrap();
    }
}

/// Writes a classifier that matches texts which contain the word "lottery".
pub fn lottery(path: &Path) {
    let word = text_vector(Form::TextWordsV3, "lottery");
    let weights = word.bytes().iter().map(|&x| if x > 0 { 40 } else { 0 });
    linear(path, "lottery", Form::TextWordsV3, weights.collect(), 0);
}

/// The same under another name: another request, with the same matches.
pub fn raffle(path: &Path) {
    let word = text_vector(Form::TextWordsV3, "lottery");
    let weights = word.bytes().iter().map(|&x| if x > 0 { 40 } else { 0 });
    linear(path, "raffle", Form::TextWordsV3, weights.collect(), 0);
}

/// A classifier that every text matches.
pub fn everything(path: &Path) {
    let form = Form::TextWordsV3;
    linear(path, "everything", form, vec![0; form.len()], 1 << 10);
}

/// [`lottery`] in a folder.
pub fn classifier(dir: &Path) -> PathBuf {
    let path = dir.join("lottery.clf");
    lottery(&path);
    path
}

/// Writes a classifier that matches pictures brighter than half on average.
pub fn bright(path: &Path) {
    let form = Form::ImageRgb32V1;
    let half = 128 * form.len() as i64;
    linear(path, "bright pictures", form, vec![1; form.len()], -half);
}

fn linear(path: &Path, name: &str, form: Form, weights: Vec<i32>, bias: i64) {
    weighted_sum(path, Card::named(name), form, 8, weights, bias);
}

/// Writes a classifier of one weighted sum under a card; a match is `1 << shift` and more, with the bias.
pub fn weighted_sum(path: &Path, card: Card, form: Form, shift: u32, weights: Vec<i32>, bias: i64) {
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
    let network = Network::with_miss(form, shift, vec![layer]).unwrap();
    std::fs::write(path, Classifier::new(card, network).unwrap().to_bytes()).unwrap();
}

/// Whether a program can be run here.
pub fn runs(program: &str, version: &str) -> bool {
    std::process::Command::new(program)
        .arg(version)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The Python of tests that need one of its packages: `CANDOR_PYTHON`, or the usual one.
pub fn python() -> String {
    std::env::var("CANDOR_PYTHON").unwrap_or("python3".to_owned())
}

/// Whether a test that needs a tool of somebody else's can go on. Where `CANDOR_REQUIRE_TOOLS` is set, as
/// in `.ci/run`, a missing tool is a failure; elsewhere the test says that it is skipped.
#[track_caller]
pub fn tool(there: bool, name: &str, remedy: &str) -> bool {
    if !there {
        let required = std::env::var_os("CANDOR_REQUIRE_TOOLS").is_some_and(|value| value != "0");
        assert!(
            !required,
            "{name} is not on this machine, and CANDOR_REQUIRE_TOOLS is set: {remedy}"
        );
        eprintln!("skipped: {name} is not on this machine ({remedy})");
    }
    there
}
