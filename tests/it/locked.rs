//! A vault at rest: what was locked is opened by the age program and by nobody without the passphrase, is named
//! as locked everywhere, and a kill at any moment loses nothing.
#![cfg(unix)]

use crate::common::{candor, classifier, json, output, runs, tool, walk};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const WORDS: &str = "correct horse battery staple";
const NAME: &str = "CANDOR_VAULT_PASSWORD";

/// A case, and what its vault holds.
fn case(large: usize) -> (TempDir, BTreeMap<String, Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    let corpus = dir.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    for n in 0..3 {
        let text = format!("lottery results of week {n}");
        fs::write(corpus.join(format!("m{n}.txt")), text).unwrap();
    }
    fs::write(corpus.join("o.txt"), "cheese order").unwrap();
    // Nothing that a reader would linger over, and nothing that two encryptions share.
    let mut noise = 1u64;
    let noise = (0..large).map(|_| {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        noise as u8 | 0x80
    });
    if large > 0 {
        fs::write(corpus.join("noise.bin"), noise.collect::<Vec<u8>>()).unwrap();
    }
    classifier(dir.path());
    run(dir.path(), "commit corpus --case case -q", 0);
    let vault = content(&dir.path().join("case/vault"));
    (dir, vault)
}

fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| {
        let bytes = fs::read(folder.join(&name)).unwrap();
        (name, bytes)
    };
    walk(folder).into_iter().map(read).collect()
}

#[track_caller]
fn run(dir: &Path, line: &str, code: i32) -> String {
    let mut command = candor();
    command.current_dir(dir).args(line.split(' '));
    let ended = output(command.env(NAME, WORDS), code);
    let said = [ended.stdout, ended.stderr].concat();
    String::from_utf8(said).unwrap()
}

/// What is in a case besides its log and what is public.
fn state(dir: &Path) -> Vec<String> {
    let besides = [
        "commitment.json",
        "leaves",
        "custody.log",
        ".lock",
        "requests",
    ];
    let entries = fs::read_dir(dir.join("case")).unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| !besides.contains(&&**name))
        .collect();
    names.sort();
    names
}

/// Runs a program on a terminal and types lines as it asks for them. How it ended, and what it showed.
fn typed(dir: &Path, program: &str, args: &[&str], lines: &[(&str, &str)]) -> (bool, String) {
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.cwd(dir);
    command.env_remove(NAME);
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut keys = pty.master.take_writer().unwrap();
    let (send, shown) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = reader.read(&mut buffer) {
            if send.send(buffer[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    let (mut text, mut seen) = (String::new(), 0);
    for (question, answer) in lines {
        while !text[seen..].contains(question) {
            let more = shown.recv_timeout(Duration::from_secs(120));
            let more = more.unwrap_or_else(|_| panic!("'{question}' is not asked:\n{text}"));
            text.push_str(&String::from_utf8_lossy(&more));
        }
        seen = text.len();
        // Nobody types before the terminal has stopped showing what is typed: bit 3 is ECHO.
        let shows = || {
            pty.master
                .get_termios()
                .is_none_or(|t| t.local_flags.bits() & 0o10 != 0)
        };
        let began = std::time::Instant::now();
        while shows() && began.elapsed() < Duration::from_secs(120) {
            std::thread::sleep(Duration::from_millis(5));
        }
        keys.write_all(format!("{answer}\n").as_bytes()).unwrap();
        keys.flush().unwrap();
    }
    let ended = child.wait().unwrap().success();
    while let Ok(more) = shown.recv_timeout(Duration::from_secs(2)) {
        text.push_str(&String::from_utf8_lossy(&more));
    }
    (ended, text)
}

#[test]
fn the_age_program_opens_a_locked_vault() {
    if !tool(runs("age", "--version"), "age", "install Debian's age") {
        return;
    }
    let (dir, vault) = case(300_000);
    let told = run(dir.path(), "case lock case", 0);
    assert!(told.contains("case: locked"), "{told}");
    assert_eq!(state(dir.path()), ["vault.tar.age"]);
    let args = ["-d", "-o", "plain.tar", "case/vault.tar.age"];
    let (ended, text) = typed(dir.path(), "age", &args, &[("passphrase", WORDS)]);
    assert!(ended, "{text}");
    let there = dir.path().join("there");
    fs::create_dir(&there).unwrap();
    let tar = Command::new("tar")
        .args(["-xf", "plain.tar", "-C", "there"])
        .current_dir(dir.path())
        .status();
    assert!(tar.unwrap().success());
    assert_eq!(content(&there.join("vault")), vault);
    // And the other way round: what age encrypts, candor opens.
    fs::remove_file(dir.path().join("case/vault.tar.age")).unwrap();
    let args = ["-p", "-o", "case/vault.tar.age", "plain.tar"];
    let lines = [("passphrase", WORDS), ("onfirm", WORDS)];
    let (ended, text) = typed(dir.path(), "age", &args, &lines);
    assert!(ended, "{text}");
    run(dir.path(), "case unlock case", 0);
    assert_eq!(content(&dir.path().join("case/vault")), vault);
}

#[test]
fn the_passphrase_is_asked_for_twice_and_never_shown() {
    let (dir, vault) = case(0);
    let program = env!("CARGO_BIN_EXE_candor");
    let lock = ["case", "lock", "case"];
    let first = "Passphrase of the vault";
    let ask = |lines: &[(&str, &str)]| typed(dir.path(), program, &lock, lines);
    let (ended, text) = ask(&[(first, "too short")]);
    assert!(!ended && text.contains("too weak"), "{text}");
    let (ended, text) = ask(&[(first, WORDS), ("The same again", "something else")]);
    assert!(!ended && text.contains("not the same"), "{text}");
    assert_eq!(state(dir.path()), ["vault"]);
    let (ended, text) = ask(&[(first, WORDS), ("The same again", WORDS)]);
    assert!(ended && text.contains("case: locked"), "{text}");
    assert!(!text.contains("horse"), "{text}");
    let unlock = ["case", "unlock", "case"];
    let (ended, text) = typed(
        dir.path(),
        program,
        &unlock,
        &[(first, "wrong words, though")],
    );
    assert!(
        !ended && text.contains("not opened by this passphrase"),
        "{text}"
    );
    let (ended, text) = typed(dir.path(), program, &unlock, &[(first, WORDS)]);
    assert!(ended && text.contains("case: unlocked"), "{text}");
    assert_eq!(content(&dir.path().join("case/vault")), vault);
    // For scripts: a file, and nothing where nobody can be asked.
    fs::write(dir.path().join("words"), format!("{WORDS}\n")).unwrap();
    let mut command = candor();
    command
        .current_dir(dir.path())
        .args(lock)
        .args(["--json", "--password-file", "words"]);
    let told = json(command.env_remove(NAME), 0);
    assert_eq!(told["state"], "locked");
    assert_eq!(told["files"], vault.len());
    let mut command = candor();
    command
        .current_dir(dir.path())
        .args(unlock)
        .env_remove(NAME);
    let ended = output(&mut command, 2);
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains(NAME), "{said}");
}

#[test]
fn a_locked_case_is_named_as_locked_by_every_command() {
    let (dir, _) = case(0);
    let dir = dir.path();
    let files = "--commitment case/commitment.json --classifier lottery.clf";
    run(
        dir,
        "prove -q --case case --classifier lottery.clf -o bundles/bundle",
        0,
    );
    let line = format!("audit challenge bundles/bundle {files} --nonce words -o challenge.json");
    run(dir, &line, 0);
    run(dir, "case lock case", 0);
    for line in [
        "case check case",
        "case lock case",
        "case items --case case",
        "case requests case",
        "case budget case",
        "case budget case --bits 3",
        "classify --case case --classifier lottery.clf",
        "classifier explain lottery.clf --case case",
        "prove --case case --classifier lottery.clf --plan",
        "prove --case case --classifier lottery.clf -o other",
        "review list --case case --classifier lottery.clf",
        "review export --case case --classifier lottery.clf -o decisions.csv",
        &format!("export bundles/bundle {files} --profile csv --case case -o production"),
        "audit open --case case --bundle bundles/bundle --classifier lottery.clf --challenge challenge.json -o incam",
    ] {
        let said = run(dir, line, 3);
        assert!(
            said.contains("locked with a passphrase") && said.contains("candor case unlock"),
            "{line}: {said}"
        );
    }
    // A batch goes on with requests of other cases.
    let line = format!("foia export bundles {files} --case case -o answers");
    let said = run(dir, &line, 1);
    assert!(said.contains("candor case unlock"), "{said}");
    for made in [
        "other",
        "decisions.csv",
        "production",
        "answers/requests/bundle",
        "incam",
    ] {
        assert!(!dir.join(made).exists(), "{made}");
    }
    let said = run(dir, "commit corpus --case case", 3);
    assert!(said.contains("locked with a passphrase"), "{said}");
    // Nor does it become part of another corpus.
    let said = run(dir, "commit case --case another", 3);
    assert!(said.contains("vault"), "{said}");
    assert_eq!(state(dir), ["vault.tar.age"]);
}

/// Starts a command.
fn started(dir: &Path, line: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(line.split(' '))
        .current_dir(dir)
        .env(NAME, WORDS)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Starts a command, kills it after a while; whether it was still running.
fn killed(dir: &Path, line: &str, after: Duration) -> bool {
    let mut child = started(dir, line);
    std::thread::sleep(after);
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// The same once something is on the disk.
fn killed_when(dir: &Path, line: &str, when: impl Fn() -> bool) -> bool {
    let mut child = started(dir, line);
    while !when() {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// After a kill: either the vault as it was, or the archive; the next command says which. Then it is `wanted`.
fn settle(dir: &Path, vault: &BTreeMap<String, Vec<u8>>, locked: bool) {
    let said = run(
        dir,
        "case budget case",
        if dir.join("case/vault").is_dir() {
            0
        } else {
            3
        },
    );
    let there = state(dir);
    if there == ["vault"] {
        assert_eq!(&content(&dir.join("case/vault")), vault, "{said}");
    } else {
        assert_eq!(there, ["vault.tar.age"], "{said}");
        assert!(said.contains("candor case unlock"), "{said}");
    }
    let is_locked = there == ["vault.tar.age"];
    if is_locked != locked {
        let act = if locked { "lock" } else { "unlock" };
        run(dir, &format!("case {act} case -q"), 0);
    }
}

#[test]
fn a_kill_at_any_moment_leaves_the_vault_or_the_archive() {
    let (dir, vault) = case(12 << 20);
    let dir = dir.path();
    let begun = Instant::now();
    run(dir, "case lock case -q", 0);
    let lock = begun.elapsed();
    let begun = Instant::now();
    run(dir, "case unlock case -q", 0);
    let unlock = begun.elapsed();
    // By the clock, all over the way of both.
    let mut cut = 0;
    for part in 1..4u32 {
        cut += usize::from(killed(dir, "case lock case", lock * part / 4));
        settle(dir, &vault, true);
        cut += usize::from(killed(dir, "case unlock case", unlock * part / 4));
        settle(dir, &vault, false);
    }
    assert!(cut > 0, "nothing was ever killed");
    // And where it matters, by what is on the disk.
    let at = |name: &str| -> PathBuf { dir.join("case").join(name) };
    let part = at(".vault.tar.age.candor-part");
    assert!(killed_when(dir, "case lock case", || part
        .metadata()
        .is_ok_and(|m| m.len() > 0)));
    settle(dir, &vault, false);
    // Between these moments it may be too fast to be met: then it ended, and that is fine as well.
    killed_when(dir, "case lock case", || at("vault.tar.age").exists());
    settle(dir, &vault, true);
    killed_when(dir, "case unlock case", || at("vault").exists());
    settle(dir, &vault, false);
    killed_when(dir, "case lock case", || at(".vault.candor-work").exists());
    settle(dir, &vault, true);
    killed_when(dir, "case unlock case", || {
        at(".vault.candor-work/content/natives.bin").exists()
    });
    settle(dir, &vault, false);
    let said = run(dir, "case check case", 0);
    assert!(said.contains("intact"), "{said}");
    let log = run(dir, "custody verify case", 0);
    assert!(log.contains("intact"), "{log}");
}
