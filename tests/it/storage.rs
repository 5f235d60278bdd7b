//! What comes from a vault is its owner's alone, is swept when a run was killed, and is recorded.
#![cfg(unix)]

use crate::common::{candor, classifier, output, text, walk};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A case of documents that match and that do not, and the classifier.
struct Matter {
    dir: TempDir,
}

impl Matter {
    fn new(matching: usize, other: usize) -> Matter {
        let matter = Matter {
            dir: tempfile::tempdir().unwrap(),
        };
        let corpus = matter.at("corpus");
        fs::create_dir(&corpus).unwrap();
        for n in 0..matching {
            let words = format!("lottery results of week {n}, secret-{n}-");
            fs::write(corpus.join(format!("m{n:03}.txt")), words).unwrap();
        }
        for n in 0..other {
            let words = format!("cheese order {n}, private-{n}-");
            fs::write(corpus.join(format!("o{n:03}.txt")), words).unwrap();
        }
        classifier(matter.dir.path());
        matter
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command line in the folder, under a umask.
    fn run(&self, umask: &str, line: &str, code: i32) {
        let program = env!("CARGO_BIN_EXE_candor");
        let ended = Command::new("sh")
            .args(["-c", &format!("umask {umask}; exec {program} {line}")])
            .current_dir(self.dir.path())
            .env("CANDOR_KEY_PASSWORD", "x")
            .env("CANDOR_NUMBERING", "as-read")
            .output()
            .unwrap();
        assert_eq!(
            ended.status.code(),
            Some(code),
            "{line}\n{}{}",
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        );
    }

    fn commit(&self) {
        self.run("022", "commit corpus --case case -q", 0);
    }

    fn prove(&self, more: &str) {
        let line = format!("prove -q --case case --classifier lottery.clf {more}");
        self.run("022", &line, 0);
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        command.env("CANDOR_NUMBERING", "as-read");
        command.args(line.split(' ')).current_dir(self.dir.path());
        command
    }

    fn actions(&self) -> Vec<String> {
        let chain = candor::custody::read(&self.at("case")).unwrap();
        assert_eq!(chain.fault, None);
        let entries = chain.entries.into_iter();
        entries.map(|entry| entry.action).collect()
    }

    /// Files below the folder, apart from the corpus and the vault, that contain these bytes.
    fn containing(&self, bytes: &str) -> Vec<String> {
        let mut found = walk(self.dir.path());
        found.retain(|name| !name.starts_with("corpus/") && !name.starts_with("case/vault/"));
        found.retain(|name| {
            let content = fs::read(self.at(name)).unwrap();
            content.windows(bytes.len()).any(|w| w == bytes.as_bytes())
        });
        found
    }

    fn hidden(&self) -> Vec<String> {
        let walk = walkdir::WalkDir::new(self.dir.path()).into_iter().flatten();
        let names = walk.map(|entry| {
            entry
                .path()
                .strip_prefix(self.dir.path())
                .unwrap()
                .to_owned()
        });
        let names = names.map(|path| path.to_str().unwrap().to_owned());
        names
            .filter(|name| name.contains("candor-") || name.contains(".partial"))
            .collect()
    }
}

const FILES: &str = "--commitment case/commitment.json --classifier lottery.clf";

/// What is meant for others: published, or not from a vault.
const PUBLIC: [&str; 7] = [
    "case/leaves",
    ".clf",
    "commitment.json",
    ".minisig",
    ".tsq",
    ".pub",
    "withhold.csv",
];

#[test]
fn everything_that_commands_write_is_the_owners() {
    for umask in ["022", "000"] {
        let matter = Matter::new(4, 6);
        fs::write(
            matter.at("withhold.csv"),
            "item,reason,description\nm001.txt,AC,x\n",
        )
        .unwrap();
        fs::write(matter.at("review.csv"), "was there, for everybody").unwrap();
        let run = |line: &str, code| matter.run(umask, line, code);
        run("commit corpus --case new/case -q", 0);
        fs::rename(matter.at("new/case"), matter.at("case")).unwrap();
        run(
            "classify --case case --classifier lottery.clf --csv review.csv --force",
            0,
        );
        run(
            "prove -q --case case --classifier lottery.clf --withhold withhold.csv -o bundles/one",
            0,
        );
        run(
            &format!(
                "verify-bundle bundles/one {FILES} --report report.html --certificate certificate.html"
            ),
            0,
        );
        run(
            &format!(
                "export bundles/one {FILES} --profile csv --case case --slip-sheets -q -o production"
            ),
            0,
        );
        run(
            &format!("audit challenge bundles/one {FILES} --nonce words -o challenge.json"),
            0,
        );
        run(
            "audit open --case case --bundle bundles/one --classifier lottery.clf --challenge challenge.json \
             -o incam",
            0,
        );
        run(
            &format!("foia export bundles {FILES} --case case -q -o batch/of/requests"),
            0,
        );
        run("features corpus -o vectors.npy", 0);
        run("keygen key", 0);
        run("sign bundles/one --key key.key --case case", 0);
        run("timestamp request case/commitment.json", 0);
        let mut looked_at = 0;
        for entry in walkdir::WalkDir::new(matter.dir.path()).min_depth(1) {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(matter.dir.path()).unwrap();
            let name = path.to_str().unwrap();
            if path.starts_with("corpus") || PUBLIC.iter().any(|public| name.ends_with(public)) {
                continue;
            }
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            let wanted = if entry.file_type().is_dir() {
                0o700
            } else {
                0o600
            };
            assert_eq!(mode, wanted, "{name} has mode {mode:o} under umask {umask}");
            looked_at += 1;
        }
        assert!(looked_at > 60, "{looked_at}");
        let mode = |name: &str| fs::metadata(matter.at(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("case/commitment.json"), 0o644);
        assert_eq!(mode("bundles/one/tagmanifest-sha256.txt.minisig"), 0o644);
        assert_eq!(mode("key.pub"), 0o644);
        assert_eq!(matter.hidden(), Vec::<String>::new());
    }
}

/// Runs a command and kills it once `when` holds. Whether it was killed in the middle.
fn killed(command: &mut Command, when: impl Fn() -> bool) -> bool {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !when() {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(300),
            "it never got there"
        );
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

#[test]
fn a_killed_opening_leaves_nothing_behind_the_next_command() {
    let matter = Matter::new(1, 150);
    matter.commit();
    matter.prove("-o bundle");
    let line = format!("audit challenge bundle {FILES} --size 150 -o challenge.json -q");
    matter.run("022", &line, 0);
    let open = "audit open --case case --bundle bundle --classifier lottery.clf --challenge challenge.json -o \
                incam";
    let items = matter.at(".incam.candor-work/content/data/items");
    let mut attempts = 0;
    while !killed(&mut matter.command(open), || items.join("000020").exists()) {
        attempts += 1;
        assert!(attempts < 20, "it was always faster");
        let _ = fs::remove_dir_all(matter.at("incam"));
    }
    assert!(
        !matter.containing("private-1-").is_empty(),
        "a test of nothing"
    );
    // While somebody is at it, nobody sweeps it: any command on the case is the next one.
    matter.run("022", "classify --case case --classifier lottery.clf", 0);
    assert_eq!(matter.containing("private-1-"), Vec::<String>::new());
    assert_eq!(matter.hidden(), Vec::<String>::new());
    assert_eq!(matter.actions().last().unwrap(), "interrupted");
    matter.run("022", open, 0);
    assert!(matter.at("incam/data/items").exists());
    // It was done in the end, and that is the log's last word.
    assert_ne!(matter.actions().last().unwrap(), "interrupted");
    assert_eq!(matter.hidden(), Vec::<String>::new());
}

#[test]
fn what_is_being_written_is_not_swept() {
    let matter = Matter::new(1, 150);
    matter.commit();
    matter.prove("-o bundle");
    matter.run(
        "022",
        &format!("audit challenge bundle {FILES} --size 150 -o challenge.json -q"),
        0,
    );
    let open = "audit open -q --case case --bundle bundle --classifier lottery.clf --challenge \
                challenge.json -o incam";
    let mut living = matter.command(open).stdout(Stdio::null()).spawn().unwrap();
    // Meanwhile others write beside it, on the same case.
    let mut others = 0;
    while living.try_wait().unwrap().is_none() {
        let line =
            format!("classify -q --case case --classifier lottery.clf --csv review{others}.csv");
        matter.run("022", &line, 0);
        others += 1;
    }
    assert!(living.wait().unwrap().success());
    assert_eq!(walk(&matter.at("incam/data/items")).len(), 150 * 4);
    assert!(!matter.actions().contains(&"interrupted".to_owned()));
}

#[test]
fn a_killed_batch_and_a_proof_with_more_withheld_leave_no_withheld_words() {
    let matter = Matter::new(120, 2);
    matter.commit();
    fs::create_dir(matter.at("bundles")).unwrap();
    matter.prove("-o bundles/r1");
    let export = format!("foia export bundles {FILES} --case case -o batch");
    let documents = matter.at("batch/requests/.r1.candor-work/content/serve/documents");
    let mut attempts = 0;
    while !killed(&mut matter.command(&export), || {
        documents.join("0020.txt").exists()
    }) {
        attempts += 1;
        assert!(attempts < 20, "it was always faster");
        let _ = fs::remove_dir_all(matter.at("batch"));
    }
    // Privileged, after all.
    fs::remove_dir_all(matter.at("bundles/r1")).unwrap();
    let list: String = (0..4).map(|n| format!("m{n:03}.txt,AC,advice\n")).collect();
    fs::write(
        matter.at("withhold.csv"),
        format!("item,reason,description\n{list}"),
    )
    .unwrap();
    matter.prove("--withhold withhold.csv -o bundles/r1");
    matter.run("022", &export, 0);
    for n in 0..4 {
        assert_eq!(
            matter.containing(&format!("secret-{n}-")),
            Vec::<String>::new()
        );
    }
    assert!(!matter.containing("secret-4-").is_empty());
    assert_eq!(matter.hidden(), Vec::<String>::new());
}

#[test]
fn a_proof_killed_while_writing_documents_leaves_proofs_only() {
    let matter = Matter::new(150, 2);
    matter.commit();
    let prove = "prove -q --case case --classifier lottery.clf -o bundle";
    let produced = matter.at("bundle.partial/bag/data/produced");
    let mut attempts = 0;
    while !killed(&mut matter.command(prove), || produced.exists()) {
        attempts += 1;
        assert!(attempts < 20, "it was always faster");
        fs::remove_dir_all(matter.at("bundle")).unwrap();
    }
    matter.run("022", "case check case", 0);
    assert!(
        matter.at("bundle.partial/bag/data/proofs").exists(),
        "they are kept"
    );
    for n in 0..150 {
        assert_eq!(
            matter.containing(&format!("secret-{n}-")),
            Vec::<String>::new()
        );
    }
    matter.run("022", prove, 0);
    let actions = matter.actions();
    assert_eq!(actions[actions.len() - 2..], ["interrupted", "prove"]);
}

#[test]
fn a_commit_killed_before_it_was_complete_leaves_no_documents() {
    let matter = Matter::new(0, 400);
    let commit = "commit corpus --case case -q";
    let natives = matter.at("case/.commit-in-progress/natives.bin");
    let mut attempts = 0;
    while !killed(&mut matter.command(commit), || natives.exists()) {
        attempts += 1;
        assert!(attempts < 20, "it was always faster");
        fs::remove_dir_all(matter.at("case")).unwrap();
    }
    // It is not a case yet; asking about it is the next command.
    matter.run("022", "case check case", 3);
    assert!(!matter.at("case/.commit-in-progress").exists());
    matter.commit();
    assert_eq!(matter.actions(), ["interrupted", "commit"]);
}

/// What a process leaves that is killed after its last step and before its line.
fn unrecorded(matter: &Matter, action: &str, doing: &str, facts: &str) {
    let log = text(&matter.at("case/custody.log"));
    let lines: Vec<&str> = log.lines().collect();
    assert!(
        lines
            .last()
            .unwrap()
            .contains(&format!("\"action\":\"{action}\""))
    );
    let kept: String = lines[..lines.len() - 1]
        .iter()
        .map(|l| format!("{l}\n"))
        .collect();
    fs::write(matter.at("case/custody.log"), kept).unwrap();
    fs::create_dir(matter.at("case/.custody")).unwrap();
    let announced = format!(
        "{{\"action\":\"{action}\",\"time\":\"2026-01-01T00:00:00Z\",\"facts\":{facts},\"doing\":{doing},\
         \"before\":null}}"
    );
    fs::write(matter.at(&format!("case/.custody/{action}.act")), announced).unwrap();
    fs::write(matter.at(&format!("case/.custody/{action}.lock")), "").unwrap();
}

#[test]
fn acts_killed_before_their_line_get_it() {
    let matter = Matter::new(3, 3);
    matter.commit();
    let vault = matter.at("case/vault/commitment.json");
    let doing = |witness: &Path, lock: &str, leftover: &str| {
        format!(
            "{{\"witness\":\"{}\",\"lock\":{lock},\"scrub\":[],\"leftover\":{leftover}}}",
            witness.display()
        )
    };
    unrecorded(&matter, "commit", &doing(&vault, "null", "null"), "{}");
    // The public copy had not been written either.
    fs::remove_file(matter.at("case/commitment.json")).unwrap();
    matter.run("022", "commit corpus --case case", 0);
    assert!(matter.at("case/commitment.json").exists());
    let chain = candor::custody::read(&matter.at("case")).unwrap();
    assert_eq!(chain.entries.len(), 1);
    assert_eq!(chain.entries[0].action, "commit");
    assert_eq!(chain.entries[0].facts["items"], "6");

    matter.prove("-o bundle");
    let seal = matter.at("bundle/tagmanifest-sha256.txt");
    let partial = matter.at("bundle.partial");
    fs::create_dir_all(partial.join("bag")).unwrap();
    fs::write(partial.join("resume.lock"), "").unwrap();
    let lock = format!("\"{}/resume.lock\"", partial.display());
    let leftover = format!("\"{}\"", partial.display());
    unrecorded(
        &matter,
        "prove",
        &doing(&seal, &lock, &leftover),
        "{\"bundle\":\"bundle\"}",
    );
    let ended = matter
        .command("classify --case case --classifier lottery.clf")
        .output()
        .unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("an earlier 'prove' was killed after its last step: it is done"),
        "{said}"
    );
    assert_eq!(matter.actions(), ["commit", "prove"]);
    assert!(!partial.exists());
    matter.run("022", "custody verify case", 0);
}

#[test]
fn a_torn_line_stops_nobody() {
    let matter = Matter::new(3, 3);
    matter.commit();
    matter.prove("-o bundle");
    let log = matter.at("case/custody.log");
    let whole = fs::read(&log).unwrap();
    let torn = &whole[..whole.len() - 40];
    fs::write(&log, torn).unwrap();
    matter.run("022", "custody verify case", 1);
    matter.run("022", "custody repair case", 0);
    matter.run("022", "custody repair case", 0);
    matter.run("022", "custody verify case", 0);
    assert_eq!(matter.actions(), ["commit", "repair"]);
    let kept = fs::read(matter.at("case/custody.log.torn-2")).unwrap();
    assert!(torn.ends_with(&kept) && !kept.is_empty());
    // Whoever writes next repairs by themselves, before the work.
    fs::write(&log, torn).unwrap();
    matter.prove("-o second");
    assert_eq!(matter.actions(), ["commit", "repair", "prove"]);
    // What somebody changed is said before the work, not after it.
    let text = String::from_utf8(whole)
        .unwrap()
        .replace("commit", "common");
    fs::write(&log, text).unwrap();
    matter.run(
        "022",
        "prove -q --case case --classifier lottery.clf -o third",
        3,
    );
    assert!(!matter.at("third").exists() && !matter.at("third.partial").exists());
    matter.run("022", "custody repair case", 3);
}

#[test]
fn a_second_batch_into_a_folder_keeps_the_log_of_the_first() {
    let matter = Matter::new(3, 3);
    matter.commit();
    matter.prove("-o bundle");
    let list = |numbers: &[&str]| {
        let rows: String = numbers.iter().map(|n| format!("{n},bundle\n")).collect();
        fs::write(matter.at("list.csv"), format!("request,bundle\n{rows}")).unwrap();
    };
    let export = format!("foia export list.csv {FILES} -q -o batch");
    list(&["2026-1", "2026-2", "2026-3"]);
    fs::write(
        matter.at("list.csv"),
        "request,bundle\n2026-1,bundle\n2026-2,bundle\n2026-3,bundle\n2026-4,nowhere\n",
    )
    .unwrap();
    matter.run("022", &export, 1);
    list(&["2026-5"]);
    matter.run("022", &export, 0);
    let log = text(&matter.at("batch/internal/request-log.csv"));
    for number in ["2026-1", "2026-2", "2026-3", "2026-5"] {
        assert_eq!(log.matches(number).count(), 1, "{log}");
    }
    assert!(text(&matter.at("batch/internal/failures.csv")).contains("2026-4"));
    let summary: serde_json::Value =
        serde_json::from_str(&text(&matter.at("batch/internal/summary.json"))).unwrap();
    assert_eq!(
        (&summary["requests"], &summary["earlier"]),
        (&1.into(), &3.into())
    );
    assert_eq!(summary["dispositions"]["Full Grant"], 4);
    // Mended, a request is no failure any more.
    list(&["2026-4"]);
    matter.run("022", &export, 0);
    assert!(!text(&matter.at("batch/internal/failures.csv")).contains("2026-4"));
    assert_eq!(
        text(&matter.at("batch/internal/request-log.csv"))
            .lines()
            .count(),
        6
    );
    // A row that cannot be made again does not vanish: nothing is written.
    fs::write(
        matter.at("batch/requests/2026-2/internal/determination.json"),
        "{",
    )
    .unwrap();
    matter.run("022", &export, 3);
    assert_eq!(
        text(&matter.at("batch/internal/request-log.csv"))
            .lines()
            .count(),
        6
    );
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let matter = Matter::new(40, 3);
    matter.commit();
    matter.prove("-o bundle");
    let verify = format!("verify-bundle bundle {FILES}");
    for line in [
        "classify --case case --classifier lottery.clf",
        "classify --case case --classifier lottery.clf --json",
        "custody show case",
        "custody show case --json",
        "case check case",
        "classifier inspect lottery.clf",
        "prove --case case --classifier lottery.clf --plan",
        "params",
        "completions bash",
        "--help",
        &verify,
    ] {
        let whole = matter.command(line).output().unwrap().status.code();
        let mut child = matter
            .command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take()); // as `head -0` does
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!said.contains("panicked"), "{line}: {said}");
        assert_eq!(ended.status.code(), whole, "{line}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn readers_have_no_passwords_and_nobody_dumps_core() {
    let matter = Matter::new(0, 1);
    // Forms that draw forms: the reader is at it for years.
    let pdf = crate::cli_workers::never_ends();
    fs::write(matter.at("corpus/endless.pdf"), pdf).unwrap();
    let mut commit = matter
        .command("commit corpus --case case -q --reader-seconds 60")
        .env("CANDOR_KEY_PASSWORD", "hunter2")
        .spawn()
        .unwrap();
    let of = |pid: u32, what: &str| fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
    let begun = Instant::now();
    let worker = loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "no worker");
        let found = fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let status = String::from_utf8(of(pid, "status")).ok()?;
            let ours = status.contains(&format!("PPid:\t{}\n", commit.id()));
            let line = of(pid, "cmdline");
            (ours && line.ends_with(b"read-one\0")).then_some(pid)
        });
        if let Some(pid) = found
            && String::from_utf8_lossy(&of(pid, "limits")).contains("Max core file size        0 ")
        {
            break pid;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let environment = of(worker, "environ");
    assert!(!String::from_utf8_lossy(&environment).contains("hunter2"));
    let limits = String::from_utf8(of(commit.id(), "limits")).unwrap();
    assert!(
        limits.contains("Max core file size        0                    0 "),
        "{limits}"
    );
    commit.kill().unwrap();
    commit.wait().unwrap();
}

#[test]
fn the_lock_of_a_case_cannot_be_held_by_others() {
    let matter = Matter::new(1, 1);
    fs::create_dir(matter.at("case")).unwrap();
    // As an earlier version made it: whoever can open it can hold it.
    let lock = matter.at("case/.lock");
    fs::write(&lock, "").unwrap();
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o666)).unwrap();
    matter.commit();
    assert_eq!(
        fs::metadata(&lock).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let said = output(candor().args(["case", "check"]).arg(matter.at("case")), 0);
    assert!(String::from_utf8(said.stdout).unwrap().contains("intact"));
}

/// Runs a command and kills it after this time; whether it was killed in the middle.
fn killed_after(command: &mut Command, delay: Duration) -> bool {
    let begun = Instant::now();
    killed(command, || begun.elapsed() >= delay)
}

/// Kills at moments over the whole run of a command, and then the same command again: what it records is there once and
/// whole, whatever was killed before.
#[test]
fn commands_that_are_killed_at_any_moment_leave_no_half_records() {
    const MOMENTS: u32 = 8;
    let matter = Matter::new(40, 60);
    matter.commit();
    matter.prove("-o bundles/one");
    let rows: String = (0..30)
        .map(|n| format!("m{n:03}.txt,AC,advice {n}\n"))
        .collect();
    fs::write(
        matter.at("list.csv"),
        format!("item,reason,description\n{rows}"),
    )
    .unwrap();
    matter.run(
        "022",
        &format!("audit challenge bundles/one {FILES} --size 50 -o challenge.json -q"),
        0,
    );
    let decided = |case: &str| -> usize {
        let mut list = candor();
        list.current_dir(matter.dir.path())
            .args(["review", "list", "--json", "--case", case]);
        let told = crate::common::json(list.args(["--classifier", "lottery.clf"]), 0);
        told.as_array()
            .or(told["decisions"].as_array())
            .unwrap()
            .len()
    };
    let timed = |line: &str| {
        let begun = Instant::now();
        matter.run("022", line, 0);
        begun.elapsed()
    };
    let mut cut = [0; 3];
    let copied = |name: &str| {
        crate::common::copy_dir(&matter.at("case"), &matter.at(name));
        name.to_owned()
    };
    let whole = copied("whole");
    let import =
        |case: &str| format!("review import list.csv --case {case} --classifier lottery.clf -q");
    let took = timed(&import(&whole));
    for moment in 1..=MOMENTS {
        let case = copied(&format!("import{moment}"));
        cut[0] += u32::from(killed_after(
            &mut matter.command(&import(&case)),
            took * moment / MOMENTS,
        ));
        let found = decided(&case);
        assert!(found == 0 || found == 30, "{found} of 30 decisions");
        matter.run("022", &import(&case), 0);
        assert_eq!(decided(&case), 30);
    }
    let export =
        |case: &str, out: &str| format!("foia export bundles {FILES} --case {case} -q -o {out}");
    let took = timed(&export(&whole, "answers"));
    let names = |out: &str| walk(&matter.at(out));
    for moment in 1..=MOMENTS {
        let case = copied(&format!("export{moment}"));
        let out = format!("answers{moment}");
        let mut command = matter.command(&export(&case, &out));
        cut[1] += u32::from(killed_after(&mut command, took * moment / MOMENTS));
        matter.run("022", &export(&case, &out), 0);
        assert_eq!(names(&out), names("answers"), "moment {moment}");
        let log = |out: &str| text(&matter.at(out).join("internal/request-log.csv"));
        assert_eq!(log(&out), log("answers"));
        let chain = candor::custody::read(&matter.at(&case)).unwrap();
        assert_eq!(chain.fault, None);
        assert_eq!(chain.entries.last().unwrap().action, "foia export");
    }
    let open = |case: &str, out: &str| {
        format!(
            "audit open -q --case {case} --bundle bundles/one --classifier lottery.clf --challenge challenge.json -o {out}"
        )
    };
    let took = timed(&open(&whole, "incam"));
    for moment in 1..=MOMENTS {
        let case = copied(&format!("open{moment}"));
        let out = format!("incam{moment}");
        let was_cut = killed_after(
            &mut matter.command(&open(&case, &out)),
            took * moment / MOMENTS,
        );
        cut[2] += u32::from(was_cut);
        if was_cut && !matter.at(&out).exists() {
            matter.run("022", &open(&case, &out), 0);
        } else {
            matter.run("022", &format!("custody verify {case}"), 0);
            matter.run(
                "022",
                &format!("classify --case {case} --classifier lottery.clf"),
                0,
            );
        }
        assert_eq!(names(&out), names("incam"), "moment {moment}");
        let chain = candor::custody::read(&matter.at(&case)).unwrap();
        assert_eq!(chain.fault, None);
        let audits = chain
            .entries
            .iter()
            .filter(|entry| entry.action == "audit")
            .count();
        assert_eq!(audits, 1, "a number is given once");
        assert_ne!(chain.entries.last().unwrap().action, "interrupted");
    }
    assert!(
        cut.iter().all(|cut| *cut > 0),
        "nothing was killed: {cut:?}"
    );
    assert_eq!(matter.hidden(), Vec::<String>::new());
}
