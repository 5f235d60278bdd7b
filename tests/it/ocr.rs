//! Text recognition: scans made from text are read where it is asked for, and said to be unread elsewhere.
#![cfg(unix)]

use crate::common::{candor, classifier, json, output, tool};
use candor::ingest::ocr::sample;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A scan between two pages of text, and a picture of a memo.
fn corpus() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let scan = sample::pdf_with_a_scan(&["before the scan"], &["after the scan"]);
    fs::write(dir.path().join("scan.pdf"), scan).unwrap();
    save(
        &dir.path().join("memo.png"),
        &["you have won the lottery", "send the fee today"],
    );
    dir
}

fn save(path: &Path, lines: &[&str]) {
    let (width, height, pixels) = sample::picture(lines);
    let picture = image::GrayImage::from_raw(width as u32, height as u32, pixels).unwrap();
    picture.save(path).unwrap();
}

pub fn tesseract() -> bool {
    let there = std::process::Command::new("tesseract")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    tool(there, "Tesseract", "apt-get install tesseract-ocr")
}

struct Committed {
    dir: TempDir,
    report: Value,
}

impl Committed {
    fn of(corpus: &Path, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = candor();
        command.args(["commit", "-q", "--json"]).arg(corpus);
        command.arg("--case").arg(dir.path().join("case"));
        let report = json(command.args(more), 0);
        Committed { dir, report }
    }

    fn case(&self) -> PathBuf {
        self.dir.path().join("case")
    }

    fn item(&self, path: &str) -> Value {
        let mut command = candor();
        command.args(["case", "items", "-q", "--json", "--text", "--path", path]);
        let out = output(command.arg("--case").arg(self.case()), 0).stdout;
        let line = String::from_utf8(out).unwrap();
        serde_json::from_str(line.lines().next().unwrap()).unwrap()
    }
}

#[test]
fn without_recognition_a_scan_says_what_is_missing_and_what_helps() {
    let corpus = corpus();
    let committed = Committed::of(corpus.path(), &[]);
    let scan = committed.item("scan.pdf");
    assert_eq!(scan["status"], "partly read", "{scan}");
    assert_eq!(scan["reasons"][0], "picture_page");
    let details = scan["details"].as_str().unwrap();
    assert!(details.contains("page 2; commit with --ocr"), "{details}");
    assert_eq!(committed.report["ocr"], Value::Null);
}

#[test]
fn scans_and_pictures_are_recognised_in_their_place() {
    if !tesseract() {
        return;
    }
    let corpus = corpus();
    let committed = Committed::of(corpus.path(), &["--ocr"]);
    let scan = committed.item("scan.pdf");
    let text = scan["text"].as_str().unwrap().to_uppercase();
    let places: Vec<usize> = [
        "BEFORE THE SCAN",
        "KINGFISHER LEDGER",
        "THE CELLAR",
        "AFTER THE SCAN",
    ]
    .iter()
    .map(|words| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words} in {text}"))
    })
    .collect();
    assert!(places.is_sorted(), "{text}");
    let reasons = scan["reasons"].to_string();
    assert!(!reasons.contains("picture_page"), "{reasons}");
    let extractor = scan["extractor"].as_str().unwrap();
    assert!(
        extractor.starts_with("hayro/") && extractor.contains(" tesseract/"),
        "{extractor}"
    );
    assert!(extractor.contains(" candor-ocr-eng/"), "{extractor}");
    assert!(scan["facts"]["ocr"].as_str().unwrap().contains("by OCR"));
    // A picture keeps its forms, and gets one for its text.
    let memo = committed.item("memo.png");
    let text = memo["text"].as_str().unwrap().to_uppercase();
    assert!(text.contains("LOTTERY"), "{text}");
    let forms = memo["forms"].to_string();
    assert!(
        forms.contains("text/") && forms.contains("image/"),
        "{forms}"
    );
    assert_eq!(committed.report["ocr"]["pages"], 2, "{}", committed.report);
    // What was kept for an interrupted run is gone.
    assert!(!committed.case().join(".recognised").exists());
}

/// Whatever stands in a later frame, page or picture is recognised there, and photographs of telephones are.
#[test]
fn every_page_and_frame_is_recognised() {
    if !tesseract() {
        return;
    }
    let corpus = tempfile::tempdir().unwrap();
    let frame = |lines: &[&str]| {
        let (width, height, pixels) = sample::picture(lines);
        let grey = image::GrayImage::from_raw(width as u32, height as u32, pixels).unwrap();
        image::Frame::new(image::DynamicImage::ImageLuma8(grey).into_rgba8())
    };
    let mut gif = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut gif);
    for lines in [
        ["nothing of interest", "in this frame"],
        ["you have won the lottery", "send the fee today"],
    ] {
        encoder.encode_frame(frame(&lines)).unwrap();
    }
    drop(encoder);
    fs::write(corpus.path().join("memo.gif"), gif).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures");
    fs::copy(
        format!("{folder}/grid.heic"),
        corpus.path().join("grid.heic"),
    )
    .unwrap();
    let committed = Committed::of(corpus.path(), &["--ocr"]);
    for (path, words) in [
        ("memo.gif", "NOTHING OF INTEREST"),
        ("memo.gif!/frame-2.png", "LOTTERY"),
        ("grid.heic", "KINGFISHER"),
        ("grid.heic!/picture-3.png", "OTTER"),
    ] {
        let item = committed.item(path);
        let text = item["text"].as_str().unwrap_or_default().to_uppercase();
        assert!(text.contains(words), "{path}: {item}");
        assert_eq!(item["path"], path);
        let extractor = item["extractor"].as_str().unwrap();
        assert!(extractor.starts_with("candor-picture/"), "{extractor}");
        assert!(item["forms"].to_string().contains("image/"), "{item}");
    }
}

#[test]
fn recognised_text_is_proved_and_verified_and_never_made_again() {
    if !tesseract() {
        return;
    }
    let corpus = corpus();
    let committed = Committed::of(corpus.path(), &["--ocr"]);
    let classifier = classifier(committed.dir.path());
    let bundle = committed.dir.path().join("bundle");
    let mut prove = candor();
    prove.args(["prove", "-q", "--case"]).arg(committed.case());
    prove
        .arg("--classifier")
        .arg(&classifier)
        .arg("-o")
        .arg(&bundle);
    prove.assert().success();
    let commitment = committed.case().join("commitment.json");
    let with = |command: &[&str]| {
        let mut out = candor();
        out.args(command).arg(&bundle);
        out.arg("--commitment").arg(&commitment);
        out.arg("--classifier").arg(&classifier);
        out
    };
    // Without Tesseract, as an opponent's machine may be.
    let mut verify = with(&["verify-bundle", "-q", "--json"]);
    let verdict = json(verify.env("PATH", ""), 0);
    assert_eq!(verdict["produced"], 1, "{verdict}");
    let mut reread = with(&["audit", "reread", "-q", "--json"]);
    let read = json(reread.env("PATH", ""), 4);
    assert_eq!(read["compare"], 1, "{read}");
    let detail = read["items"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("recognised in a picture"), "{detail}");
}

#[test]
fn what_is_missing_is_named_with_what_to_install() {
    let corpus = corpus();
    let case = corpus.path().join("../case-that-is-not-made");
    let mut command = candor();
    command
        .arg("commit")
        .arg(corpus.path())
        .arg("--case")
        .arg(&case);
    let ended = output(command.arg("--ocr").env("PATH", ""), 2);
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("apt install tesseract-ocr"), "{said}");
    assert!(!case.exists());
    if !tesseract() {
        return;
    }
    let mut command = candor();
    command
        .arg("commit")
        .arg(corpus.path())
        .arg("--case")
        .arg(&case);
    let ended = output(command.args(["--ocr", "--ocr-language", "eng+xyz"]), 2);
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("no model for the language 'xyz'"), "{said}");
}

/// An engine that is a shell script: `recognise` is what it does with a picture.
fn engine(dir: &Path, recognise: &str) -> PathBuf {
    let models = dir.join("models");
    fs::create_dir_all(&models).unwrap();
    fs::write(models.join("eng.traineddata"), "a model").unwrap();
    let script = format!(
        "#!/bin/sh\ncase $1 in\n--version) echo 'tesseract 9.9.9';;\n\
         --list-langs) echo 'List of available languages in \"{}\" (1):'; echo eng;;\n\
         *) {recognise};;\nesac\n",
        models.display()
    );
    let program = dir.join("tesseract");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    dir.to_owned()
}

#[test]
fn an_engine_that_hangs_or_fails_costs_its_pages_and_says_so() {
    for (does, seconds, says) in [
        ("exec sleep 600", "4", "took more than"),
        ("/bin/echo 'no good' >&2; exit 1", "60", "no good"),
    ] {
        let tools = tempfile::tempdir().unwrap();
        let path = engine(tools.path(), does);
        let corpus = corpus();
        let dir = tempfile::tempdir().unwrap();
        let case = dir.path().join("case");
        let mut command = candor();
        command.args([
            "commit",
            "-q",
            "--json",
            "--ocr",
            "--reader-seconds",
            seconds,
        ]);
        command.arg(corpus.path()).arg("--case").arg(&case);
        let path = format!("{}:/bin:/usr/bin", path.display());
        json(command.env("PATH", path), 0);
        let committed = Committed {
            dir,
            report: Value::Null,
        };
        let scan = committed.item("scan.pdf");
        assert_eq!(scan["reasons"][0], "picture_page", "{scan}");
        assert!(scan["details"].as_str().unwrap().contains(says), "{scan}");
        assert!(scan["text"].as_str().unwrap().contains("before the scan"));
        let memo = committed.item("memo.png");
        assert!(memo["details"].as_str().unwrap().contains(says), "{memo}");
    }
}

#[test]
fn a_run_that_was_killed_goes_on_from_the_pages_it_had() {
    let tools = tempfile::tempdir().unwrap();
    let count = tools.path().join("count");
    let row = r"5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t95\tkingfisher";
    // In the first run, the larger picture never ends.
    let does = format!(
        "n=$(/bin/cat | wc -c); echo x >> '{0}'; [ $n -gt 20000 ] && [ ! -e '{0}.go' ] && exec sleep 600; \
         printf 'level\\n{row}\\n'",
        count.display()
    );
    let path = format!("{}:/bin:/usr/bin", engine(tools.path(), &does).display());
    let corpus = tempfile::tempdir().unwrap();
    let words = "the kingfisher ledger was moved to the cellar";
    save(&corpus.path().join("a.png"), &["a"]);
    save(&corpus.path().join("b.png"), &[words; 20]);
    let size = |name: &str| fs::metadata(corpus.path().join(name)).unwrap().len();
    assert!(size("a.png") < 20_000 && size("b.png") > 20_000);
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case");
    let program = assert_cmd::cargo::cargo_bin("candor");
    let mut command = std::process::Command::new(&program);
    command.args(["commit", "-q", "--ocr"]);
    command.arg(corpus.path()).arg("--case").arg(&case);
    command.env("PATH", &path);
    let mut first = command.spawn().unwrap();
    let kept = || fs::read_dir(case.join(".recognised")).map_or(0, Iterator::count);
    let calls = || {
        fs::read_to_string(&count)
            .unwrap_or_default()
            .lines()
            .count()
    };
    while kept() < 1 || calls() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(first.try_wait().unwrap().is_none(), "it ended too early");
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let mode = fs::metadata(case.join(".recognised"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);
    fs::write(format!("{}.go", count.display()), "").unwrap();
    command.arg("--json");
    let ended = command.output().unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    // Two pictures, three calls: the one that was done was not done again.
    assert_eq!(calls(), 3);
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(report["ocr"]["pages"], 2, "{report}");
    assert!(!case.join(".recognised").exists());
}
