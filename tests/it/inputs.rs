//! What an operator gets wrong is called so, with a remedy and exit code 3; what somebody did to a bundle stays a
//! failed verification.

use crate::common::{candor, classifier, copy_dir, output};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// Two cases of four texts each, with a bundle that has its leaves and one that has none.
struct Matter(TempDir);

static MATTER: LazyLock<Matter> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let clf = classifier(dir.path());
    for (case, more) in [
        ("acme", "cheese"),
        ("other", "a fifth that the first has not"),
    ] {
        let corpus = dir.path().join(format!("{case}-corpus"));
        fs::create_dir(&corpus).unwrap();
        for (name, text) in [
            ("1.txt", "play the lottery"),
            ("2.txt", "counsel on the lottery"),
            ("3.txt", "bread and wine"),
            ("4.txt", more),
        ] {
            fs::write(corpus.join(name), text).unwrap();
        }
        if case == "other" {
            fs::write(corpus.join("5.txt"), "one more").unwrap();
        }
        let mut commit = candor();
        commit.arg("commit").arg(&corpus).arg("--quiet");
        output(commit.arg("--case").arg(dir.path().join(case)), 0);
    }
    for (bundle, leaves) in [("bundle", "include"), ("omit", "omit")] {
        let mut prove = candor();
        prove
            .current_dir(dir.path())
            .args(["prove", "--case", "acme"]);
        prove
            .arg("--classifier")
            .arg(&clf)
            .args(["--leaves", leaves, "-o", bundle]);
        let out = output(&mut prove, 0);
        // Whoever leaves the leaves out is told to hand them over.
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(
            said.contains("acme/leaves as well"),
            leaves == "omit",
            "{said}"
        );
    }
    Matter(dir)
});

impl Matter {
    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `verify-bundle` by both programs, which say the same.
    #[track_caller]
    fn verify(&self, bundle: &str, commitment: &Path, more: &[&str], code: i32) -> String {
        let mut verify = candor();
        verify
            .current_dir(self.0.path())
            .args(["verify-bundle", bundle]);
        verify.arg("--commitment").arg(commitment);
        verify.args(["--classifier", "lottery.clf"]).args(more);
        let out = output(&mut verify, code);
        String::from_utf8([out.stdout, out.stderr].concat()).unwrap()
    }
}

#[test]
fn a_path_that_is_no_bundle_is_no_failed_verification() {
    let m = &*MATTER;
    let commitment = m.at("acme/commitment.json");
    fs::create_dir_all(m.at("outer")).unwrap();
    copy_dir(&m.at("bundle"), &m.at("outer/bundle"));
    fs::create_dir_all(m.at("empty")).unwrap();
    for (path, what) in [
        ("nowhere", "there is no such folder"),
        ("lottery.clf", "it is a file"),
        ("acme", "it is a case"),
        ("outer", "there is one inside"),
        ("empty", "none of a bundle's files"),
        ("acme-corpus", "none of a bundle's files"),
    ] {
        let said = m.verify(path, &commitment, &[], 3);
        assert!(said.contains(what), "{path}: {said}");
        assert!(!said.contains("FAILED"), "{path}: {said}");
    }
    m.verify("bundle", &commitment, &[], 0);
    // What somebody took out of a bundle is what its verification says.
    for gone in [
        "manifest-sha256.txt",
        "bagit.txt",
        "data/bundle.json",
        "data/leaves.bin",
    ] {
        let copy = format!("without-{}", gone.replace('/', "-"));
        copy_dir(&m.at("bundle"), &m.at(&copy));
        fs::remove_file(m.at(&copy).join(gone)).unwrap();
        let said = m.verify(&copy, &commitment, &[], 1);
        assert!(said.starts_with("VERIFICATION FAILED"), "{gone}: {said}");
    }
    // All tag files at once: the documents still say that it was a bundle.
    copy_dir(&m.at("bundle"), &m.at("bare"));
    for entry in fs::read_dir(m.at("bare")).unwrap().flatten() {
        if entry.path().is_file() {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    m.verify("bare", &commitment, &[], 1);
}

#[test]
fn leaves_that_are_not_given_are_asked_for_and_those_of_another_case_are_called_so() {
    let m = &*MATTER;
    m.verify("omit", &m.at("acme/commitment.json"), &[], 0);
    let moved = m.at("moved");
    fs::create_dir_all(&moved).unwrap();
    let commitment = moved.join("commitment.json");
    fs::copy(m.at("acme/commitment.json"), &commitment).unwrap();
    let said = m.verify("omit", &commitment, &[], 3);
    assert!(said.contains("put the file 'leaves'"), "{said}");
    // A bundle that has leaves needs none beside the commitment.
    m.verify("bundle", &commitment, &[], 0);
    fs::copy(m.at("other/leaves"), moved.join("leaves")).unwrap();
    let said = m.verify("omit", &commitment, &[], 1);
    assert!(
        said.contains("lists 5 items, where the commitment has 4"),
        "{said}"
    );
    assert!(!said.contains("the bundle lists"), "{said}");
    assert!(said.contains("moved/leaves"), "{said}");
    // As many, but not these.
    let mut bytes = fs::read(m.at("acme/leaves")).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    fs::write(moved.join("leaves"), bytes).unwrap();
    let said = m.verify("omit", &commitment, &[], 1);
    assert!(said.contains("moved/leaves"), "{said}");
}

#[test]
fn another_file_is_no_finding_about_families() {
    let m = &*MATTER;
    let commitment = m.at("acme/commitment.json");
    let named = |file: &str| m.at(file).display().to_string();
    for file in [
        "lottery.clf",
        "acme/commitment.json",
        "acme-corpus/1.txt",
        "nowhere.jsonl",
    ] {
        let said = m.verify("bundle", &commitment, &["--families", &named(file)], 3);
        assert!(said.contains(file) && !said.contains("FAILED"), "{said}");
    }
    // One that begins as such a file is one, and is wrong.
    fs::write(m.at("wrong.jsonl"), "{\"item\":0,\"parent\":").unwrap();
    let said = m.verify(
        "bundle",
        &commitment,
        &["--families", &named("wrong.jsonl")],
        1,
    );
    assert!(said.contains("families: line 1: "), "{said}");
}

#[test]
fn a_bundle_that_says_to_be_older_than_its_commitment_is_remarked() {
    use candor::bundle::bag;
    let m = &*MATTER;
    copy_dir(&m.at("bundle"), &m.at("older"));
    let path = m.at("older/data/bundle.json");
    let text = fs::read_to_string(&path).unwrap();
    let at = text.find("\"created\": \"").unwrap() + 12;
    fs::write(&path, format!("{}2001{}", &text[..at], &text[at + 4..])).unwrap();
    bag::unseal(&m.at("older")).unwrap();
    bag::seal(&m.at("older"), "2001-01-01", &[]).unwrap();
    let commitment = m.at("acme/commitment.json");
    let said = m.verify("older", &commitment, &[], 0);
    assert!(
        said.contains("STRANGE") && said.contains("before its commitment"),
        "{said}"
    );
    assert!(!m.verify("bundle", &commitment, &[], 0).contains("STRANGE"));
}

#[test]
fn names_and_reasons_of_invisible_characters_are_refused() {
    let m = &*MATTER;
    for (option, text) in [
        ("--custodian", "\u{200b}"),
        ("--custodian", "\u{3164}\u{feff}"),
    ] {
        let mut commit = candor();
        commit
            .arg("commit")
            .arg(m.at("acme-corpus"))
            .args([option, text, "--quiet"]);
        let out = commit.arg("--case").arg(m.at("unseen")).output().unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        assert!(matches!(out.status.code(), Some(2 | 3)), "{option}: {said}");
        assert!(said.contains("nothing in it to see"), "{option}: {said}");
    }
    fs::write(
        m.at("unseen.csv"),
        "item,reason,description\n2.txt,AC,\u{200b}\u{3164}\n",
    )
    .unwrap();
    let mut plan = candor();
    plan.current_dir(m.0.path())
        .args(["prove", "--plan", "--case", "acme"]);
    plan.args(["--classifier", "lottery.clf", "--withhold", "unseen.csv"]);
    let said = String::from_utf8(output(&mut plan, 3).stderr).unwrap();
    assert!(said.contains("description"), "{said}");
    let mut prove = candor();
    prove
        .current_dir(m.0.path())
        .args(["prove", "--plan", "--case", "acme"]);
    prove.args(["--classifier", "lottery.clf", "--allow", "1.txt=\u{200b}"]);
    let said = String::from_utf8(output(&mut prove, 2).stderr).unwrap();
    assert!(said.contains("gives no reason"), "{said}");
}

#[test]
fn a_case_is_no_folder_of_requests() {
    let m = &*MATTER;
    for (path, what) in [("acme", "is a case"), ("bundle", "is a bundle")] {
        let mut foia = candor();
        foia.current_dir(m.0.path())
            .args(["foia", "export", path, "-o", "answers"]);
        foia.args([
            "--commitment",
            "acme/commitment.json",
            "--classifier",
            "lottery.clf",
        ]);
        let said = String::from_utf8(output(&mut foia, 3).stderr).unwrap();
        assert!(said.contains(what), "{said}");
        assert!(!m.at("answers").exists());
    }
}

/// Where memory is used up that no file asked for, the program says so; it does not die with words for programmers.
#[cfg(target_os = "linux")]
#[test]
fn running_out_of_memory_ends_in_a_sentence() {
    let m = &*MATTER;
    let program = assert_cmd::cargo::cargo_bin("candor");
    let run = |kib: u32| {
        let line = format!(
            "ulimit -v {kib}; exec {} prove --case acme --classifier lottery.clf -o small-{kib} -q",
            program.display()
        );
        let mut shell = std::process::Command::new("/bin/sh");
        shell
            .current_dir(m.0.path())
            .env("RAYON_NUM_THREADS", "1")
            .args(["-c", &line]);
        let out = shell.output().unwrap();
        (
            out.status,
            String::from_utf8_lossy(&out.stderr).into_owned(),
        )
    };
    let mut sentences = 0;
    for kib in (60_000..600_000).step_by(4_000) {
        let (status, said) = run(kib);
        match status.code() {
            Some(3) if said.contains("not enough memory") => sentences += 1,
            Some(0) => break,
            // With less, the program is not even loaded, or has no memory for a thread.
            _ => {
                use std::os::unix::process::ExitStatusExt;
                assert_ne!(status.signal(), Some(6), "{kib}: {said}");
            }
        }
    }
    assert!(sentences > 0);
}
