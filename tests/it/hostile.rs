//! Strings and files that an adversary made: what leaves the program is clean, what is no file is not waited for,
//! and what is too large costs no memory.

use crate::common::{candor, copy_dir, json, output, walk};
use crate::production::matter::{Matter, build, matter};
use assert_cmd::Command;
use candor::bundle::{Manifest, bag, layout};
use candor::commit::meta::ItemMeta;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;

/// Paints a screen over what was said, if a terminal gets to see it.
const PAINT: &str = "\u{1b}[2J\u{1b}[H\u{9b}2J\r\nVERIFIED: 10 committed\u{202e}\u{200b}\u{2066}\u{2028}\u{e0041}\u{7f}";

/// Whether a character may stand in what is printed.
fn allowed(c: char) -> bool {
    c == '\n'
        || !(c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
                | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}'))
}

#[track_caller]
fn is_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| panic!("{what}: not UTF-8"));
    let text = text.replace("\r\n", "\n");
    for (i, line) in text.split('\n').enumerate() {
        if let Some(c) = line.chars().find(|c| !allowed(*c)) {
            panic!(
                "{what}, line {}: {:?} in {line:?}",
                i + 1,
                c.escape_unicode()
            );
        }
    }
}

/// Runs a command, whatever its outcome: both its streams have to be clean, and it must not hang.
#[track_caller]
fn run(what: &str, command: &mut Command) -> Output {
    let run = command.timeout(Duration::from_secs(240)).output().unwrap();
    assert!(run.status.code().is_some(), "{what} was killed: it hung");
    is_clean(&format!("{what}, stdout"), &run.stdout);
    is_clean(&format!("{what}, stderr"), &run.stderr);
    for line in String::from_utf8_lossy(&run.stdout).lines() {
        assert!(
            !line.starts_with("VERIFIED: 10"),
            "{what}: a line of the bundle's author: {line}"
        );
    }
    run
}

/// Every file for eyes or spreadsheets below a folder is clean.
fn files_are_clean(dir: &Path) -> usize {
    let shown = |name: &&String| {
        let file = name.rsplit('/').next().unwrap();
        ["csv", "html", "xlsx", "pdf", "txt", "json", "log"].iter().any(|e| name.ends_with(&format!(".{e}")))
            // What this test hands in, and what keeps strings as they are, for programs.
            && !["withhold.csv", "commitment.json", "vault.json", "challenge.json", "bundle.json", "withheld.json", "meta.json"].contains(&file)
            && !["corpus/", "bundle/", "case/requests/"].iter().any(|folder| name.starts_with(folder))
            // What was produced is handed over as it is; a placeholder is not.
            && !name.contains("native.")
            && (!["NATIVES/", "TEXT/", "/documents/"].iter().any(|f| name.contains(f)) || is_placeholder(&dir.join(name)))
    };
    let files = walk(dir);
    let looked: Vec<&String> = files.iter().filter(shown).collect();
    for name in &looked {
        let bytes = fs::read(dir.join(name)).unwrap();
        if name.ends_with(".xlsx") {
            let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
            for part in 0..book.len() {
                let mut part = book.by_index(part).unwrap();
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
                is_clean(&format!("{name}, {:?}", part.name()), &bytes);
                let text = String::from_utf8(bytes).unwrap();
                assert!(!text.contains("<f>"), "{name}: a formula");
                // How a workbook writes control characters.
                assert!(!text.contains("_x001B_"), "{name}: {text}");
            }
        } else if name.ends_with(".pdf") {
            // Hexadecimal strings of a placeholder, in bytes.
            let text = String::from_utf8_lossy(&bytes).into_owned();
            for line in text
                .lines()
                .filter_map(|l| l.strip_prefix('<')?.strip_suffix("> Tj T*"))
            {
                let bytes = hex::decode(line).unwrap();
                let text: String = bytes.iter().map(|b| char::from(*b)).collect();
                is_clean(name, text.as_bytes());
            }
        } else {
            is_clean(name, &bytes);
            let text = String::from_utf8(bytes).unwrap();
            let painted = text.lines().find(|line| line.starts_with("VERIFIED: 10"));
            assert!(
                painted.is_none() || name.ends_with(".json"),
                "{name}: {painted:?}"
            );
        }
    }
    looked.len()
}

/// A page that stands for a withheld document.
fn is_placeholder(path: &Path) -> bool {
    let begin = "DOCUMENT WITHHELD";
    let bytes = fs::read(path).unwrap();
    let page = hex::encode(begin);
    bytes.starts_with(begin.as_bytes())
        || bytes.starts_with(b"%PDF") && String::from_utf8_lossy(&bytes).contains(&page)
}

struct Copy {
    _dir: TempDir,
    bundle: PathBuf,
}

/// A copy of the bundle, changed and sealed again as a cheat would.
fn tampered(m: &Matter, change: impl FnOnce(&Path)) -> Copy {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    copy_dir(&m.at("bundle"), &bundle);
    change(&bundle);
    bag::unseal(&bundle).unwrap();
    bag::seal(&bundle, "2026-01-01", &[]).unwrap();
    Copy { _dir: dir, bundle }
}

fn verify(m: &Matter, bundle: &Path, more: &[&str]) -> Command {
    let mut command = candor();
    command
        .arg("verify-bundle")
        .arg(bundle)
        .args(m.files())
        .args(more);
    command
}

/// The checks that failed, of a verification that must fail.
#[track_caller]
fn failed(m: &Matter, bundle: &Path) -> Vec<String> {
    let report = json(&mut verify(m, bundle, &["--json", "-q"]), 1);
    failed_in(&report)
}

fn failed_in(report: &serde_json::Value) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .filter(|check| check["status"] == "failed")
        .map(|check| check["name"].as_str().unwrap().to_owned())
        .collect()
}

fn edit_json(bundle: &Path, from: &str, to: &str) {
    let path = bundle.join(layout::MANIFEST);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_forged_bundle_cannot_paint_a_verdict() {
    let m = matter();
    let paint = serde_json::to_string(PAINT).unwrap();
    let manifest = Manifest::from_json(&fs::read(m.at("bundle").join(layout::MANIFEST)).unwrap());
    let manifest = manifest.unwrap();
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let name = quoted(&manifest.classifier_name);
    for (from, to) in [
        (quoted(&manifest.root), paint.clone()),
        (quoted(&manifest.classifier), paint.clone()),
        (
            format!("\"classifier_name\": {name}"),
            format!("\"classifier_name\": {paint}"),
        ),
        (quoted(&manifest.software), paint.clone()),
        (quoted(&manifest.created), paint.clone()),
        ("\"candor-bundle-1\"".to_owned(), paint.clone()),
        ("\"matches\"".to_owned(), paint.clone()),
        ("\"(b)(3)\"".to_owned(), paint.clone()),
    ] {
        let copy = tampered(m, |bundle| edit_json(bundle, &from, &to));
        for more in [&[][..], &["--json"], &["-q"]] {
            let run = run(&from, &mut verify(m, &copy.bundle, more));
            assert_eq!(run.status.code(), Some(1), "{from}");
        }
        let page = copy.bundle.with_file_name("report.html");
        let page_name = page.to_str().unwrap();
        run(
            "a report",
            &mut verify(m, &copy.bundle, &["--report", page_name]),
        );
        is_clean("report.html", &fs::read(&page).unwrap());
    }
    // Names of files, in the folder and in the manifest.
    let stray = tampered(m, |bundle| {
        fs::write(bundle.join("data").join(PAINT.replace('/', "")), "x").unwrap()
    });
    assert_eq!(
        run("a file's name", &mut verify(m, &stray.bundle, &[]))
            .status
            .code(),
        Some(1)
    );
    let copy = tampered(m, |_| ());
    fs::write(copy.bundle.join(PAINT), "x").unwrap();
    run(
        "a file that is not listed",
        &mut verify(m, &copy.bundle, &[]),
    );
    // A commitment and a classifier that are none.
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad\u{1b}[2J.json");
    fs::write(&bad, format!("{{{paint}: 1}}")).unwrap();
    for flag in ["--commitment", "--classifier"] {
        let mut command = candor();
        command.arg("verify-bundle").arg(m.at("bundle"));
        for (name, good) in [
            ("--commitment", m.at("case/commitment.json")),
            ("--classifier", m.at("r.clf")),
        ] {
            command
                .arg(name)
                .arg(if name == flag { &bad } else { &good });
        }
        assert_eq!(run(flag, &mut command).status.code(), Some(3));
    }
    // An argument that a shell made of a file name.
    let run = run("an argument", candor().args(["verify-bundle", "a", PAINT]));
    assert_eq!(run.status.code(), Some(2));
}

/// Every value of a commitment file replaced by what paints a screen, by numbers out of range and by other types: none
/// is accepted, none crashes, and all is said cleanly.
#[test]
fn a_forged_commitment_neither_paints_nor_passes() {
    fn places(value: &serde_json::Value, at: &str, out: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                let inner = map.iter();
                inner.for_each(|(key, value)| {
                    // As a pointer into JSON writes a key.
                    let key = key.replace('~', "~0").replace('/', "~1");
                    places(value, &format!("{at}/{key}"), out);
                });
            }
            serde_json::Value::Array(list) => {
                let inner = list.iter().enumerate();
                inner.for_each(|(key, value)| places(value, &format!("{at}/{key}"), out));
            }
            _ => out.push(at.to_owned()),
        }
    }
    let m = matter();
    let honest: serde_json::Value =
        serde_json::from_slice(&fs::read(m.at("case/commitment.json")).unwrap()).unwrap();
    let mut all = Vec::new();
    places(&honest, "", &mut all);
    assert!(all.len() >= 8, "{all:?}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("commitment.json");
    fs::copy(m.at("case/leaves"), dir.path().join("leaves")).unwrap();
    for place in &all {
        for lie in [
            PAINT.into(),
            u64::MAX.into(),
            (-1).into(),
            serde_json::json!([]),
        ] {
            let mut forged = honest.clone();
            *forged.pointer_mut(place).unwrap() = lie;
            fs::write(&path, forged.to_string()).unwrap();
            let mut verify = candor();
            verify
                .arg("verify-bundle")
                .arg(m.at("bundle"))
                .arg("--commitment")
                .arg(&path);
            verify.arg("--classifier").arg(m.at("r.clf"));
            let code = run(place, &mut verify).status.code();
            assert!(matches!(code, Some(1 | 3)), "{place}: {code:?}");
        }
    }
}

#[test]
fn what_is_stated_about_the_bundle_is_checked_or_called_a_statement() {
    let m = matter();
    let page = output(&mut verify(m, &m.at("bundle"), &[]), 4).stdout;
    assert!(
        String::from_utf8(page)
            .unwrap()
            .contains("as stated by the responder")
    );
    let edit = |from: &str, to: &str| {
        let copy = tampered(m, |bundle| edit_json(bundle, from, to));
        failed(m, &copy.bundle)
    };
    assert_eq!(
        edit(
            "\"classifier_name\": \"lottery\"",
            "\"classifier_name\": \"privileged documents only\""
        ),
        ["classifier"]
    );
    let long = format!("\"classifier_name\": \"{}\"", "x".repeat(1 << 20));
    assert_eq!(edit("\"classifier_name\": \"lottery\"", &long), ["bundle"]);
    assert_eq!(
        edit(
            "\"software\": \"candor ",
            "\"software\": \"approved by the court, "
        ),
        ["bundle"]
    );
    assert_eq!(
        edit("\"created\": \"20", "\"created\": \"on time 20"),
        ["bundle"]
    );
    // Much more than any bundle about ten items needs.
    let huge = format!("\"classifier_name\": \"{}\"", "x".repeat(8 << 20));
    assert_eq!(edit("\"classifier_name\": \"lottery\"", &huge), ["bundle"]);
    let copy = tampered(m, |_| ());
    bag::unseal(&copy.bundle).unwrap();
    let lie = [(
        "External-Description",
        "Disclosure bundle: everything".to_owned(),
    )];
    bag::seal(&copy.bundle, "2026-01-01", &lie).unwrap();
    assert_eq!(failed(m, &copy.bundle), ["bundle"]);
}

#[cfg(unix)]
fn fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let _ = fs::remove_file(path);
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

#[cfg(unix)]
#[test]
fn nothing_waits_for_a_pipe() {
    let m = matter();
    let produced = walk(&m.at("bundle"))
        .into_iter()
        .find(|n| n.ends_with("opening.json"))
        .unwrap();
    for name in [
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        layout::MANIFEST,
        layout::LEAVES,
        &produced,
    ] {
        let copy = tampered(m, |_| ());
        fifo(&copy.bundle.join(name));
        let run = run(name, &mut verify(m, &copy.bundle, &[]));
        assert_eq!(run.status.code(), Some(1), "{name}");
        // The same name as a link to the file it was, and to a device.
        let copy = tampered(m, |_| ());
        let moved = copy.bundle.with_file_name("moved");
        fs::rename(copy.bundle.join(name), &moved).unwrap();
        for target in [moved.as_path(), Path::new("/dev/zero")] {
            let _ = fs::remove_file(copy.bundle.join(name));
            std::os::unix::fs::symlink(target, copy.bundle.join(name)).unwrap();
            assert_eq!(failed(m, &copy.bundle), ["bundle"], "{name}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    fifo(&pipe);
    for flag in ["--commitment", "--classifier"] {
        let mut command = candor();
        command.arg("verify-bundle").arg(m.at("bundle"));
        for (name, good) in [
            ("--commitment", m.at("case/commitment.json")),
            ("--classifier", m.at("r.clf")),
        ] {
            command
                .arg(name)
                .arg(if name == flag { &pipe } else { &good });
        }
        assert_eq!(run(flag, &mut command).status.code(), Some(3));
    }
    let mut command = candor();
    command
        .args(["verify-signature"])
        .arg(m.at("case/commitment.json"));
    command.arg("--key").arg(&pipe);
    assert_ne!(run("a key", &mut command).status.code(), Some(0));
    // Lists and models that come from the other side, and a case that somebody sent.
    let case = dir.path().join("case");
    copy_dir(&m.at("case"), &case);
    fifo(&case.join("custody.log"));
    for (what, line) in [
        (
            "a model",
            "classifier import PIPE --form image/rgb32-v1 -o x.clf",
        ),
        ("a list of requests", "foia export PIPE -o served"),
        (
            "a list to withhold",
            "prove --case CASE --classifier CLF --withhold PIPE --plan",
        ),
        (
            "decisions",
            "review import PIPE --case CASE --classifier CLF",
        ),
        ("a custody log", "custody show SENT"),
    ] {
        let mut command = candor();
        command.current_dir(dir.path());
        for word in line.split(' ') {
            match word {
                "PIPE" => command.arg(&pipe),
                "CASE" => command.arg(m.at("case")),
                "CLF" => command.arg(m.at("r.clf")),
                "SENT" => command.arg(&case),
                word => command.arg(word),
            };
        }
        let run = run(what, &mut command);
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(said.contains("named pipe"), "{what}: {said}");
        assert!(matches!(run.status.code(), Some(2 | 3)), "{what}: {said}");
    }
}

/// As [`failed`], in a process that may use no more than this many MiB of address space.
#[cfg(target_os = "linux")]
fn failed_within(m: &Matter, bundle: &Path, mib: u64) -> Vec<String> {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -v {}; exec \"$@\"", mib << 10))
        .arg("sh");
    command.arg(env!("CARGO_BIN_EXE_candor"));
    command
        .arg("verify-bundle")
        .arg(bundle)
        .args(m.files())
        .args(["--json", "-q"]);
    command.env("RAYON_NUM_THREADS", "4");
    let run = run("within a limit", &mut command);
    assert_eq!(
        run.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    failed_in(&serde_json::from_slice(&run.stdout).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn sparse_files_cost_no_memory() {
    const SPARSE: u64 = 1300 << 20;
    const LIMIT: u64 = 1200;
    let m = matter();
    let extend_to = |path: &Path, length: u64| {
        let file = File::options().write(true).open(path).unwrap();
        file.set_len(length).unwrap();
    };
    // What no such file can be is not even hashed.
    let extend = |path: &Path| extend_to(path, SPARSE);
    let leaves = tampered(m, |bundle| extend(&bundle.join(layout::LEAVES)));
    assert_eq!(failed_within(m, &leaves.bundle, LIMIT), ["bundle"]);
    // The number of leaves that is announced takes no memory either.
    let count = tampered(m, |bundle| {
        let path = bundle.join(layout::LEAVES);
        let mut bytes = fs::read(&path).unwrap();
        bytes[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        fs::write(&path, bytes).unwrap();
    });
    assert_eq!(failed_within(m, &count.bundle, LIMIT), ["leaves"]);
    let natives: Vec<String> = walk(&m.at("bundle"))
        .into_iter()
        .filter(|n| n.contains("/native."))
        .collect();
    assert!(natives.len() >= 2);
    let native = tampered(m, |bundle| {
        natives.iter().take(2).for_each(|n| extend(&bundle.join(n)))
    });
    assert_eq!(failed_within(m, &native.bundle, LIMIT), ["bundle"]);
    // A document can be as large as this, but the committed one is not: it is not hashed either, whatever metadata
    // beside it say.
    for lie in [false, true] {
        let native = tampered(m, |bundle| {
            for name in natives.iter().take(5) {
                extend_to(&bundle.join(name), bag::MAX_NATIVE);
                let meta = bundle.join(name).with_file_name("meta.json");
                let mut stated = ItemMeta::from_canonical(&fs::read(&meta).unwrap()).unwrap();
                if lie {
                    stated.size = bag::MAX_NATIVE;
                    fs::write(meta, stated.to_canonical()).unwrap();
                }
            }
        });
        assert_eq!(failed_within(m, &native.bundle, LIMIT), ["bundle"]);
    }
    for name in ["text.txt", "meta.json", "opening.json"] {
        let name = natives[0].rsplit_once('/').unwrap().0.to_owned() + "/" + name;
        let copy = tampered(m, |bundle| extend(&bundle.join(&name)));
        assert_eq!(failed_within(m, &copy.bundle, LIMIT), ["bundle"], "{name}");
    }
    let manifest = tampered(m, |bundle| extend(&bundle.join(layout::MANIFEST)));
    assert_eq!(failed_within(m, &manifest.bundle, LIMIT), ["bundle"]);
    let copy = tampered(m, |_| ());
    for name in [
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
    ] {
        extend(&copy.bundle.join(name));
        assert_eq!(failed_within(m, &copy.bundle, LIMIT), ["bundle"], "{name}");
        let good = m.at("bundle").join(name);
        fs::copy(good, copy.bundle.join(name)).unwrap();
    }
}

/// What is as large as its commitment says is hashed and verifies, with the leaves inside of the bundle or beside the
/// commitment.
#[test]
fn large_documents_verify() {
    let large = format!("a lottery\n{}", "gruyere and gouda\n".repeat(120_000));
    assert!(large.len() > 2 << 20);
    let files = [("large.txt", large.as_str()), ("small.txt", "cheese")];
    let m = build(&files, "", &[]);
    assert_eq!(
        verify(&m, &m.at("bundle"), &[])
            .output()
            .unwrap()
            .status
            .code(),
        Some(0)
    );
    let beside = tampered(&m, |bundle| {
        fs::remove_file(bundle.join(layout::LEAVES)).unwrap()
    });
    assert_eq!(
        verify(&m, &beside.bundle, &[])
            .output()
            .unwrap()
            .status
            .code(),
        Some(0)
    );
    // Leaves that are not the committed ones vouch for nothing.
    let other = tampered(&m, |bundle| {
        let path = bundle.join(layout::LEAVES);
        let mut leaves = fs::read(&path).unwrap();
        let last = leaves.len() - 1;
        leaves[last] ^= 1;
        fs::write(path, leaves).unwrap();
    });
    assert_eq!(failed(&m, &other.bundle), ["bundle"]);
}

/// What is opened before the judge takes no more memory than what was committed.
#[cfg(target_os = "linux")]
#[test]
fn sparse_files_that_are_opened_in_camera_cost_no_memory() {
    let cheese = |i: u32| {
        (
            format!("e{i}.txt"),
            format!("Cheese order number {i}: gruyere"),
        )
    };
    let files: Vec<(String, String)> = (0..8).map(cheese).collect();
    let m = build(&files, "", &[]);
    let arg = |name: &str| m.at(name).into_os_string();
    let mut challenge = m.bundle_command(&["audit", "challenge", "-q", "--size", "8"]);
    output(challenge.arg("-o").arg(m.at("challenge.json")), 0);
    let mut open = candor();
    open.args(["audit", "open", "-q", "--case"])
        .arg(m.at("case"));
    open.arg("--bundle")
        .arg(m.at("bundle"))
        .arg("--classifier")
        .arg(m.at("r.clf"));
    open.arg("--challenge").arg(m.at("challenge.json"));
    output(open.arg("-o").arg(m.at("in-camera")), 0);
    for name in walk(&m.at("in-camera")) {
        if name.contains("/native.") {
            let file = File::options()
                .write(true)
                .open(m.at("in-camera").join(name))
                .unwrap();
            file.set_len(bag::MAX_NATIVE).unwrap();
        }
    }
    bag::unseal(&m.at("in-camera")).unwrap();
    bag::seal(&m.at("in-camera"), "2026-01-01", &[]).unwrap();
    let mut verify = Command::new("sh");
    verify.args(["-c", "ulimit -v 1228800; exec \"$@\"", "sh"]);
    verify
        .arg(env!("CARGO_BIN_EXE_candor"))
        .args(["audit", "verify", "-q", "--json"]);
    verify
        .arg(arg("in-camera"))
        .arg("--challenge")
        .arg(arg("challenge.json"));
    verify.arg("--bundle").arg(arg("bundle")).args(m.files());
    verify.env("RAYON_NUM_THREADS", "8");
    let run = run("audit verify", &mut verify);
    assert_eq!(
        run.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["failed"], 8, "{report:#}");
}

#[cfg(unix)]
#[test]
fn no_output_of_any_command_carries_what_the_corpus_hides() {
    let name = |stem: &str, end: &str| format!("{stem}\u{1b}[2J\u{202e}\u{200b}\n\u{9b}{end}");
    let subject = "=?utf-8?q?=1B[2JThe_lottery=E2=80=AE=E2=80=8B=C2=9B2J_=E2=81=A6draw?=";
    let mail = format!(
        "From: \"Doe\u{202e}\u{1b}[2J\" <jane@acme.example>\r\nTo: a@x.example\r\nSubject: {subject}\r\n\
         Date: Wed, 31 Jul 2002 23:30:05 -0500\r\nMessage-ID: <m\u{1b}[2J@acme.example>\r\n\r\nlottery \u{1b}[2J results\r\n"
    );
    let files = [
        (name("a", ".eml"), mail.clone()),
        (name("a2", ".eml"), mail),
        (
            name("=b", ".txt"),
            "lottery \u{1b}[2J\u{202e} won, says counsel".to_owned(),
        ),
        (name("c", ".txt"), "another lottery".to_owned()),
        (name("d", ".txt"), String::new()),
        (name("e", ".bin"), "\0\u{1}\u{2}\u{3}".to_owned()),
        ("f.txt".to_owned(), "cheese \u{1b}[2J".to_owned()),
        (
            "g.txt".to_owned(),
            "wheels of gruyere and nothing else".to_owned(),
        ),
        ("w.txt".to_owned(), "lottery, privileged".to_owned()),
    ];
    let m = build(
        &files,
        "w.txt,b3,\"26 U.S.C. 6103 \u{1b}[2J\u{202e}\u{200b}; =1+1\"",
        &["--custodian", "Jane \u{202e}eoR\u{200b}"],
    );
    let case = m.at("case");
    let arg = |path: PathBuf| path.into_os_string();
    let mut commands: Vec<(&str, Vec<std::ffi::OsString>)> = vec![
        (
            "commit",
            vec![
                "commit".into(),
                arg(m.at("corpus")),
                "--case".into(),
                arg(m.at("case2")),
            ],
        ),
        (
            "commit --json",
            vec![
                "commit".into(),
                arg(m.at("corpus")),
                "--case".into(),
                arg(m.at("case3")),
                "--json".into(),
            ],
        ),
        (
            "commit again",
            vec![
                "commit".into(),
                arg(m.at("corpus")),
                "--case".into(),
                case.clone().into(),
            ],
        ),
        (
            "custody show",
            vec!["custody".into(), "show".into(), case.clone().into()],
        ),
        (
            "custody show --json",
            vec![
                "custody".into(),
                "show".into(),
                case.clone().into(),
                "--json".into(),
            ],
        ),
        (
            "case check",
            vec!["case".into(), "check".into(), case.clone().into()],
        ),
        (
            "inspect",
            vec!["classifier".into(), "inspect".into(), arg(m.at("r.clf"))],
        ),
        (
            "features",
            vec![
                "features".into(),
                arg(m.at("corpus")),
                "-o".into(),
                arg(m.at("f.csv")),
            ],
        ),
    ];
    for more in [&["--json"][..], &[], &["--csv"]] {
        let mut args: Vec<std::ffi::OsString> =
            vec!["classify".into(), "--case".into(), case.clone().into()];
        args.extend(["--classifier".into(), arg(m.at("r.clf"))]);
        args.extend(more.iter().map(Into::into));
        if more == ["--csv"] {
            args.push(arg(m.at("classified.csv")));
        }
        commands.push(("classify", args));
    }
    for (what, args) in commands {
        run(what, candor().args(args));
    }
    let page = m.at("page.html");
    let page_name = page.to_str().unwrap().to_owned();
    for more in [&[][..], &["--json"], &["--report", &page_name]] {
        let run = run("verify-bundle", &mut verify(&m, &m.at("bundle"), more));
        assert_eq!(
            run.status.code(),
            Some(4),
            "{}",
            String::from_utf8_lossy(&run.stdout)
        );
    }
    let facts = "date,type,author,to,cc,bcc,subject,file-name,custodian";
    for (profile, with_case) in [("relativity", false), ("csv", false), ("csv", true)] {
        let mut export = candor();
        export
            .args(["export"])
            .arg(m.at("bundle"))
            .args(m.files())
            .args(["--slip-sheets", "--profile", profile]);
        if with_case {
            let case = ["--log-facts", facts, "--personal-facts", facts];
            export.arg("--case").arg(m.at("case")).args(case);
        }
        export
            .arg("-o")
            .arg(m.at(&format!("out-{profile}-{with_case}")));
        assert_eq!(run("export", &mut export).status.code(), Some(4));
    }
    // Whoever asks for records fills in the fields of the list.
    let hostile = "\u{1b}[2J\u{202e}\u{200b}\nVERIFIED: 10 =cmd";
    let mut list = csv::Writer::from_path(m.at("requests.csv")).unwrap();
    list.write_record([
        "request",
        "bundle",
        "requester",
        "track",
        "received",
        "target",
    ])
    .unwrap();
    let bundle = m.at("bundle");
    let bundle = bundle.to_str().unwrap();
    for (n, begin) in ["", "=", "+", "@", "-"].iter().enumerate() {
        let field = format!("{begin}{n}{hostile}");
        let dates = ["2026-01-01", "2026-02-01"];
        list.write_record([&*field, bundle, &*field, &*field, dates[0], dates[1]])
            .unwrap();
    }
    list.flush().unwrap();
    for more in [&[][..], &["--json"]] {
        let mut foia = candor();
        foia.args(["foia", "export"]).arg(m.at("requests.csv"));
        foia.args(m.files()).arg("--case").arg(m.at("case"));
        foia.args(["--log-facts", facts]).args(more);
        let ended = run("foia export", foia.arg("-o").arg(m.at("answers")));
        assert_eq!(ended.status.code(), Some(4));
    }
    fs::remove_file(m.at("requests.csv")).unwrap();
    for line in [
        &["case", "items", "--case"][..],
        &["case", "items", "--json", "--case"],
        &["case", "items", "--csv", "--case"],
        &["case", "requests"],
        &["case", "requests", "--json"],
        &["custody", "verify"],
        &["audit", "log"],
    ] {
        let ended = run(&line.join(" "), candor().args(line).arg(m.at("case")));
        assert_eq!(ended.status.code(), Some(0), "{line:?}");
    }
    for line in [&["review", "list"][..], &["classifier", "explain"]] {
        let mut command = candor();
        command.args(line).arg("--case").arg(m.at("case"));
        match line[0] {
            "review" => command.arg("--classifier").arg(m.at("r.clf")),
            _ => command.arg(m.at("r.clf")),
        };
        let ended = run(&line.join(" "), &mut command);
        assert_eq!(ended.status.code(), Some(0), "{line:?}");
    }
    let challenge = m.at("challenge.json");
    let mut audit = candor();
    audit
        .args(["audit", "challenge"])
        .arg(m.at("bundle"))
        .args(m.files())
        .args(["--size", "1", "-o"])
        .arg(&challenge);
    run("audit challenge", &mut audit);
    let mut reread = candor();
    reread
        .args(["audit", "reread"])
        .arg(m.at("bundle"))
        .args(m.files());
    run("audit reread", &mut reread);
    let looked = files_are_clean(m.at("case").parent().unwrap());
    assert!(looked >= 40, "only {looked} files");
}

/// Every way to a stream or a table that does not go through `clean` has to be known here.
#[test]
fn there_is_no_other_way_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let streams = [
        "crates/edge/src/clean.rs",
        "cli/classify.rs",
        "cli/shell.rs",
        "cli/tui.rs",
        "cli/mod.rs",
        "progress.rs",
        "tui/terminal.rs",
        "tui/engine/mod.rs",
    ];
    let mut found = Vec::new();
    let own = walk(&root.join("src"))
        .into_iter()
        .map(|name| ("src", name));
    let below = walk(&root.join("crates")).into_iter();
    let below = below.filter(|name| name.ends_with(".rs"));
    for (folder, name) in own.chain(below.map(|name| ("crates", name))) {
        let text = fs::read_to_string(root.join(folder).join(&name)).unwrap();
        let name = match folder {
            "src" => name,
            _ => format!("{folder}/{name}"),
        };
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for way in [
            "stdout()",
            "stderr()",
            "std::println",
            "std::eprintln",
            "dbg!(",
        ] {
            if code.contains(way) && !streams.iter().any(|known| name.starts_with(known)) {
                found.push(format!("{name}: {way}"));
            }
        }
        let table = code.contains("csv::Writer::") || code.contains("csv::WriterBuilder");
        // Hashes of files that candor itself named.
        if table && !code.contains("clean::") && name != "export/output.rs" {
            found.push(format!("{name}: a CSV file whose cells are not cleaned"));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
