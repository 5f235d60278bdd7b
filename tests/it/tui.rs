//! The real program in a pseudo-terminal: a whole case by keys alone, as people press them.

#![cfg(unix)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ROWS: u16 = 40;
const COLUMNS: u16 = 120;
/// A proof of this size takes seconds; a busy machine may be much slower.
const PATIENCE: Duration = Duration::from_secs(300);

struct Screen {
    parser: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    keys: Arc<Mutex<Box<dyn Write + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Screen {
    fn start(dir: &Path, args: &[&str]) -> Self {
        Screen::on(true, dir, args)
    }

    /// On a terminal that answers questions, or on one that never does.
    fn on(answering: bool, dir: &Path, args: &[&str]) -> Self {
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_candor"));
        command.args(args);
        command.cwd(dir);
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", dir.join("state"));
        command.env_remove("NO_COLOR");
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(
            NonZero::new(ROWS).unwrap(),
            NonZero::new(COLUMNS).unwrap(),
            0,
        )));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pty.master.try_clone_reader().unwrap();
        let keys = Arc::new(Mutex::new(pty.master.take_writer().unwrap()));
        let (seen, all, answers) = (parser.clone(), raw.clone(), keys.clone());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                seen.lock().unwrap().process(&buffer[..n]);
                all.lock().unwrap().extend_from_slice(&buffer[..n]);
                // A terminal answers when it is asked where the cursor is.
                if answering && buffer[..n].windows(4).any(|w| w == b"\x1b[6n") {
                    let mut answers = answers.lock().unwrap();
                    let _ = answers
                        .write_all(b"\x1b[1;1R")
                        .and_then(|()| answers.flush());
                }
            }
        });
        Screen {
            parser,
            raw,
            keys,
            child,
            _master: pty.master,
        }
    }

    fn text(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    /// Waits until the screen shows something.
    fn wait(&mut self, wanted: &str) {
        let start = Instant::now();
        while !self.text().contains(wanted) {
            let gone = self.child.try_wait().unwrap();
            assert!(
                start.elapsed() < PATIENCE && gone.is_none(),
                "'{wanted}' does not appear ({gone:?}); the screen shows:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// Presses keys, then waits for what they lead to.
    fn press(&mut self, keys: &str, wanted: &str) {
        let before = self.text();
        {
            let mut pty = self.keys.lock().unwrap();
            pty.write_all(keys.as_bytes()).unwrap();
            pty.flush().unwrap();
        }
        // What is wanted may show beside what Esc closes. Nothing may be pressed before that is gone: Esc and a
        // letter at once are the letter with Alt.
        let start = Instant::now();
        while keys.ends_with('\u{1b}') && self.text() == before {
            assert!(start.elapsed() < PATIENCE, "Esc changes nothing:\n{before}");
            thread::sleep(Duration::from_millis(10));
        }
        self.wait(wanted);
    }

    /// Waits for the end; returns whether it was a good one.
    fn ended(&mut self) -> bool {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it does not end:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// Whether the last order to the terminal was to leave the alternate screen.
    fn restored(&self) -> bool {
        thread::sleep(Duration::from_millis(300));
        let raw = self.raw.lock().unwrap();
        let at = |what: &[u8]| raw.windows(what.len()).rposition(|w| w == what);
        let (left, entered) = (at(b"\x1b[?1049l"), at(b"\x1b[?1049h"));
        let mouse_off = at(b"\x1b[?1000l") > at(b"\x1b[?1000h");
        left.is_some() && left > entered && mouse_off
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Only this program's own child.
        let _ = self.child.kill();
    }
}

/// The text of some produced document.
fn find_text(bundle: &Path) -> std::path::PathBuf {
    let mut folders = vec![bundle.join("data")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "txt") {
                return path;
            }
        }
    }
    panic!("no text was produced");
}

/// Some mail of the example corpus, a file that is nothing, and the example classifier.
fn desk() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    let mail = dir.path().join("mail");
    for month in ["2002-07", "2002-05"] {
        fs::create_dir_all(mail.join(month)).unwrap();
        let from = root.join("corpus-examples/mail").join(month);
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_owned();
            fs::copy(&path, mail.join(month).join(name)).unwrap();
        }
    }
    fs::write(mail.join("\u{1b}[31mempty.txt"), "").unwrap();
    fs::copy(
        root.join("classifiers/unsolicited-commercial-email.clf"),
        dir.path().join("request.clf"),
    )
    .unwrap();
    dir
}

#[test]
fn a_whole_case_from_commitment_to_verdict() {
    let dir = desk();
    let mut screen = Screen::start(dir.path(), &[]);
    screen.wait("Productions that prove");

    // Commit.
    screen.press("c", "Choose a folder");
    screen.press("mail", "mail/");
    screen.press("\r", "[ choose this folder ]");
    screen.wait("/mail");
    screen.press("\r", "The case");
    screen.wait("empty");
    screen.press("\x1b[B", "Custodian");
    screen.press("Jane Roe", "Jane Roe");
    screen.press("\x1b[B\x1b[B\x1b[B", "[x] text");
    screen.press("\x1b[B\x1b[B\x1b[B\r", "Commit to these documents?");
    screen.press("y", "Publish now");
    assert!(dir.path().join("mail-case/commitment.json").is_file());

    // The case, and a request.
    screen.press("o", "committed 2");
    screen.wait("Preview");
    screen.press("r", "Choose a classifier");
    screen.press("request", "request.clf");
    screen.press("\r", "2 Scores");
    screen.press("2", "committed items");
    screen.press("3", "to be produced, 0 withheld");
    screen.press("w", "attorney-client");
    screen.press("\r", "What the log tells");
    screen.press("Letter to counsel\r", "1 withheld");

    // Prove, browse, verify.
    screen.press("5", "The production");
    screen.press("\r", "Prove and produce?");
    screen.press("y", " items could not be searched (");
    let bundle = dir.path().join("mail-case-request-bundle");
    assert!(bundle.join("data/bundle.json").is_file());
    screen.press("\r", "NOT VERIFIED HERE");
    screen.press("2", "Letter to counsel");
    screen.press("3", "nothing else:");
    screen.press("v", "What is verified");
    screen.wait("commitment.json");
    screen.wait("request.clf");
    screen.press("\r", "VERIFIED");
    screen.wait("1 withheld");
    screen.press("s", "Save the report");
    screen.press("\r", "saved");
    let report = dir.path().join("mail-case-request-bundle-report.html");
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains("VERIFIED"), "{report}");

    // A production for a review platform, from what was just verified.
    screen.press("x", "From a verified bundle");
    screen.wait("was verified in this program");
    screen.press("\t\t", "Prefix");
    screen.press("\x15ACME-", "ACME-");
    screen.press(&"\t".repeat(12), "Write …");
    screen.press("\r", "Write this production?");
    screen.press("y", "ACME-0000001 to");
    // The verdict is about bytes: a bundle that was changed since is verified again, and refused.
    let text = find_text(&bundle);
    let before = fs::read(&text).unwrap();
    fs::write(&text, "something else").unwrap();
    screen.press("\x1b[A\x15mail-again\t\r", "Write this production?");
    screen.press("y", "does not verify, so nothing was written");
    fs::write(&text, before).unwrap();
    let made = dir
        .path()
        .join("mail-case-request-bundle-production-relativity");
    assert!(made.join("serve/VOL001/DATA/VOL001.dat").is_file());
    assert!(made.join("serve/privilege-log.csv").is_file());
    // The case lies beside the bundle, but nobody chose it.
    assert!(!made.join("internal").exists());

    // The case remembers what was done with it: commit, prove.
    screen.press("\x1b", "VERIFIED");
    screen.press("q", "NOT VERIFIED HERE");
    screen.press("q", "Hand over the bundle.");
    screen.press("q", "Found beside the case");
    screen.press("l", "intact: 2 entries");

    // And out, with the terminal as it was.
    screen.press("\x03", "Leave candor?");
    screen.keys.lock().unwrap().write_all(b"y").unwrap();
    assert!(screen.ended());
    assert!(screen.restored());
    let recent = fs::read_to_string(dir.path().join("state/candor/recent.json")).unwrap();
    assert!(recent.contains("mail-case-request-bundle"), "{recent}");

    // What was made by keys verifies on the command line.
    assert_cmd::Command::cargo_bin("candor")
        .unwrap()
        .current_dir(dir.path())
        .args(["verify-bundle", "mail-case-request-bundle"])
        .args(["--commitment", "mail-case/commitment.json"])
        .args(["--classifier", "request.clf"])
        .assert()
        .code(4)
        .stdout(predicates::str::contains("1 withheld"));
}

/// What a case could not read is read again and committed by keys, and the chain is verified by keys.
#[test]
fn a_supplement_is_made_and_a_chain_is_verified() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let candor = |line: &str| {
        let mut command = assert_cmd::Command::cargo_bin("candor").unwrap();
        command
            .current_dir(dir.path())
            .args(line.split(' '))
            .assert()
            .success();
    };
    fs::create_dir(at("corpus")).unwrap();
    fs::write(at("corpus/b.txt"), "you have won the lottery").unwrap();
    let locked = crate::supplements::data("locked.xlsx");
    fs::copy(locked, at("corpus/locked.xlsx")).unwrap();
    fs::write(at("passwords.txt"), "Gespräch 7\n").unwrap();
    crate::common::classifier(dir.path());
    candor("commit corpus --case acme -q");
    candor("prove --case acme --classifier lottery.clf -o b1 -q");

    let mut screen = Screen::start(dir.path(), &["tui", "acme"]);
    screen.wait("Preview");
    screen.press("m", "is read again from its vault");
    let down = "\x1b[B";
    screen.press(&down.repeat(6), "Supplements");
    screen.press("\r", "why it comes later");
    screen.press("passwords received", "passwords received");
    screen.press(
        &format!("{}\r", "\x1b[A".repeat(3)),
        "Choose the list of passwords",
    );
    // The list lies beside the case, not in it: its whole path.
    screen.press(&at("passwords.txt").display().to_string(), "passwords.txt");
    screen.press("\r", "passwords.txt");
    screen.press(&format!("{}\r", down.repeat(5)), "with passwords");
    screen.press(&format!("{down}\r"), "Commit to these documents?");
    assert!(
        screen.text().contains("It supplements"),
        "{}",
        screen.text()
    );
    screen.press("y", "Publish now");
    screen.press("\x03", "Leave candor?");
    screen.keys.lock().unwrap().write_all(b"y").unwrap();
    assert!(screen.ended());
    let made = fs::read_to_string(at("acme-again/commitment.json")).unwrap();
    assert!(
        made.contains("passwords received") && made.contains("\"resolves\""),
        "{made}"
    );
    candor("prove --case acme-again --classifier lottery.clf -o b2 -q");

    let mut screen = Screen::start(dir.path(), &["tui", "b1"]);
    screen.wait("NOT VERIFIED HERE");
    screen.press("v", "This commitment is supplemented, by");
    screen.press("\x1b[A\r", "Choose the bundle of the supplement");
    screen.press("b2", "b2");
    screen.press("\r", "supplement 1, bundle");
    screen.wait("acme-again/commitment.json");
    screen.press("\r", " 2 COMMITMENTS VERIFIED ");
    screen.wait("3 items committed in 2 commitments, 2 searched, 1 resolved by a supplement");
    screen.press("x", "exports and audits are of one bundle each");
    screen.press("\x03", "Leave candor?");
    screen.keys.lock().unwrap().write_all(b"y").unwrap();
    assert!(screen.ended());

    // A supplement alone, and one in which nothing is searched, do not look like a search that verified.
    let mut screen = Screen::start(dir.path(), &["tui", "b2"]);
    screen.wait("NOT VERIFIED HERE");
    screen.press("v", "What is verified");
    screen.wait("acme-again/commitment.json");
    screen.wait("lottery.clf");
    screen.press("\r", " SUPPLEMENT 1 ALONE, VERIFIED ");
    screen.press("\x03", "Leave candor?");
    screen.keys.lock().unwrap().write_all(b"y").unwrap();
    assert!(screen.ended());
}

#[test]
fn pictures_are_committed_in_their_forms_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    fs::create_dir(&photos).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/images");
    for name in ["item-01.png", "item-02.png", "item-03.png"] {
        fs::copy(root.join(name), photos.join(name)).unwrap();
    }
    let mut screen = Screen::start(dir.path(), &["tui", "photos"]);
    screen.wait("[x] rgb224");
    assert!(screen.text().contains("[ ] text"), "{}", screen.text());
    let down = "\x1b[B".repeat(7);
    screen.press(&down, "Commit");
    screen.press("\r", "image/rgb32-v1, image/rgb96-v1,");
    screen.press("y", "3 items from 3 files, 0 with exceptions");
    screen.press("o", "28 x 28 pixels");
    // Half blocks in as many colours as a picture has.
    let blocks = screen.text().matches(['▀', '▄']).count();
    assert!(blocks > 100, "{}", screen.text());
    screen.press("\x03", "Leave candor?");
    screen.keys.lock().unwrap().write_all(b"y").unwrap();
    assert!(screen.ended());
    let commitment = fs::read_to_string(dir.path().join("photos-case/commitment.json")).unwrap();
    assert!(commitment.contains("image/rgb224-v1"), "{commitment}");
}

#[test]
fn it_starts_on_a_terminal_that_never_answers() {
    let dir = tempfile::tempdir().unwrap();
    let mut screen = Screen::on(false, dir.path(), &[]);
    screen.wait("Productions that prove");
    screen.press("?", "Everywhere");
    screen.press("\x1b", "Start");
    // Another size is drawn anew without asking either.
    let size = PtySize {
        rows: 30,
        cols: 90,
        ..PtySize::default()
    };
    screen._master.resize(size).unwrap();
    screen.press("c", "Choose a folder");
    screen.press("\x1b", "Start");
    {
        let mut keys = screen.keys.lock().unwrap();
        keys.write_all(b"q").unwrap();
    }
    assert!(screen.ended());
    assert!(screen.restored());
}

#[test]
fn decisions_outlive_a_program_that_is_killed() {
    let dir = desk();
    let run = |args: &[&str]| {
        let mut command = crate::common::candor();
        let output = crate::common::output(command.current_dir(dir.path()).args(args), 0);
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["commit", "mail", "--case", "acme", "-q"]);
    let listed = || {
        run(&[
            "review",
            "list",
            "--case",
            "acme",
            "--classifier",
            "request.clf",
            "-q",
        ])
    };
    let mut screen = Screen::start(dir.path(), &["tui", "acme"]);
    screen.wait("committed 2");
    screen.press("r", "Choose a classifier");
    screen.press("request.clf", "request.clf");
    screen.press("\r", "Matches");
    screen.press("3", "to be produced, 0 withheld");
    screen.press("w", "What the log tells");
    // Pasted text with a key in it is text.
    screen.press(
        "\r\x1b[200~Notes\nof counsel?\x1b[201~",
        "Notes of counsel?",
    );
    screen.press("\r", "1 withheld");
    // Nobody is asked, nothing is tidied up.
    screen.child.kill().unwrap();
    let said = listed();
    assert!(
        said.contains("Notes of counsel?") && said.ends_with("1 withheld\n"),
        "{said}"
    );
    let mut screen = Screen::start(dir.path(), &["tui", "acme"]);
    screen.wait("Withheld from the request");
    screen.press("\r", "45 items");
    screen.press("r", "Choose a classifier");
    screen.press("request.clf", "request.clf");
    screen.press("\r", "1 item withheld, as recorded");
    // With a modifier it is another key.
    screen.press("3", "1 withheld");
    screen.press("\x1bu\x1bWg", "1 withheld");
    screen.press("u", "taken back");
    screen.child.kill().unwrap();
    assert!(listed().ends_with("0 withheld\n"));
}

#[test]
fn a_signal_ends_it_with_the_terminal_restored() {
    let dir = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT", "-HUP"] {
        let mut screen = Screen::start(dir.path(), &["tui"]);
        screen.wait("Productions that prove");
        let id = screen.child.process_id().unwrap();
        let killed = std::process::Command::new("kill")
            .args([signal, &id.to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        screen.ended();
        assert!(screen.restored(), "{signal}");
    }
}

#[test]
fn rules_signatures_and_a_time_stamp_request_by_keys() {
    let dir = desk();
    let mut screen = Screen::start(dir.path(), &["tui", "mail"]);
    screen.wait("The case");
    screen.wait("empty");
    // Only July, and nothing that is empty: the counts of what is left out come at once.
    screen.press("\t\t\t\t", "everything in the folder");
    screen.press("\r", "Only paths");
    screen.press("\t\t\t2002-07/**", "2002-07/**");
    screen.press("\t\t\t\t\t\t\t\t\t\t\t\t", "What rules leave out");
    screen.press("\r", "only paths that match");
    screen.press("\x1b[B\x1b[B\x1b[B\r", "published as such:");
    screen.press("y", "as the commitment file states");
    let commitment = dir.path().join("mail-case/commitment.json");
    let published = fs::read_to_string(&commitment).unwrap();
    assert!(published.contains("2002-07/**"), "{published}");

    // A key pair, a signature, and its check.
    screen.press("o", "committed 2");
    screen.press("n", "Signatures and time-stamps");
    screen.press("\x1b[D", "make a key pair");
    screen.press("\t\x15ours", "ours");
    screen.press("\t ", "nothing: who has it can sign");
    screen.press("\t\r", "A key pair was made.");
    screen.press("\x1b[A\x1b[A\x1b[A ", "ours.key");
    screen.press("\t\t\t\t\t\r", "Sign this?");
    screen.press("y", "Signed.");
    screen.press("\r", "Sign this?");
    screen.press("y", "Replace it?");
    screen.press("n", "Signatures and time-stamps");
    screen.press("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A ", "check a signature");
    screen.wait("good signature by key");
    screen.press("\t\t\t\t\t\r", "The signature is good.");
    screen.press("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A ", "write a request");
    screen.press("\t\t\t\r", "The request is written");
    assert!(commitment.with_file_name("commitment.json.tsq").is_file());
    screen.press("\x1b", "Preview");
    screen.press("l", "intact: 2 entries");
    screen.press("\x03", "Leave candor?");
    screen.keys.lock().unwrap().write_all(b"y").unwrap();
    assert!(screen.ended());

    // The command line finds the same signature good.
    assert_cmd::Command::cargo_bin("candor")
        .unwrap()
        .current_dir(dir.path())
        .args(["verify-signature", "mail-case", "--key", "ours.pub"])
        .assert()
        .success();
}

#[test]
fn what_cannot_be_opened_is_said_on_the_ordinary_screen() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x.txt"), "x").unwrap();
    let mut screen = Screen::start(dir.path(), &["tui", "x.txt"]);
    assert!(!screen.ended());
    let start = Instant::now();
    while !screen.text().contains("neither a case") {
        assert!(start.elapsed() < PATIENCE, "{}", screen.text());
        thread::sleep(Duration::from_millis(30));
    }
}
