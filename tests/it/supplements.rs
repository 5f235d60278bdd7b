//! Supplementary commitments: what came later is committed by itself, and verified with what came before.

use crate::common::{candor, classifier, everything, json, output, text};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub fn data(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/documents");
    folder.join(name)
}

pub struct Matter(pub TempDir);

impl Matter {
    /// Three texts of which one matches, two workbooks with a password, and one empty file: items 2, 3 and 0 could not
    /// be read.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let matter = Matter(dir);
        let write = |name: &str, text: &str| fs::write(matter.at(name), text).unwrap();
        fs::create_dir(matter.at("corpus")).unwrap();
        write("corpus/a-empty.txt", "");
        write("corpus/b.txt", "you have won the lottery");
        write("corpus/z.txt", "two wheels of gruyere");
        for name in ["locked.xlsx", "locked2007.xlsx"] {
            fs::copy(data(name), matter.at(&format!("corpus/{name}"))).unwrap();
        }
        write("passwords.txt", "wrong\nGespräch 7\n");
        classifier(matter.0.path());
        matter.run("commit corpus --case acme -q", 0);
        matter
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, line: &str) -> assert_cmd::Command {
        let mut command = candor();
        command.current_dir(self.0.path()).args(line.split(' '));
        command
    }

    #[track_caller]
    pub fn run(&self, line: &str, code: i32) -> String {
        let ended = output(&mut self.command(line), code);
        String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap()
    }

    #[track_caller]
    pub fn json(&self, line: &str, code: i32) -> Value {
        json(&mut self.command(line), code)
    }

    pub fn prove(&self, case: &str, bundle: &str) {
        let line = format!("prove --case {case} --classifier lottery.clf -o {bundle} -q");
        self.run(&line, 0);
    }

    pub fn root(&self, case: &str) -> String {
        let file: Value =
            serde_json::from_str(&text(&self.at(case).join("commitment.json"))).unwrap();
        file["root"].as_str().unwrap().to_owned()
    }
}

pub fn verify(bundles: &[&str], cases: &[&str]) -> String {
    let commitments = cases
        .iter()
        .map(|case| format!(" --commitment {case}/commitment.json"));
    let commitments: String = commitments.collect();
    format!(
        "verify-bundle {}{commitments} --classifier lottery.clf",
        bundles.join(" ")
    )
}

#[test]
fn passwords_that_came_later_resolve_exceptions_by_name() {
    let m = Matter::new();
    let report = {
        let line = "commit --supplements acme --case acme-2 --passwords passwords.txt --json --why";
        let mut command = m.command(line);
        json(command.arg("passwords received on 3 March"), 0)
    };
    assert_eq!(report["count"], 2);
    assert_eq!(report["case"], "acme");
    let supplement = &report["supplements"];
    assert_eq!(supplement["root"], m.root("acme"));
    assert_eq!(
        (&supplement["resolved"], &supplement["left"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(supplement["first_left"][0]["path"], "a-empty.txt");
    let file: Value = serde_json::from_str(&text(&m.at("acme-2/commitment.json"))).unwrap();
    assert_eq!(file["format"], "candor-commitment-4");
    let named = json!([
        {"commitment": 0, "item": 2, "by": 0}, {"commitment": 0, "item": 3, "by": 1}
    ]);
    assert_eq!(file["supplements"]["resolves"], named);
    let items = m.run("case items --case acme-2 --json", 0);
    let first: Value = serde_json::from_str(items.lines().next().unwrap()).unwrap();
    assert_eq!(first["path"], "locked.xlsx");
    assert_eq!(first["resolves"], json!({"commitment": 0, "item": 2}));
    // Both logs know of it.
    let log = text(&m.at("acme/custody.log"));
    assert!(
        log.contains("\"supplement\"") && log.contains(&m.root("acme-2")),
        "{log}"
    );
    assert!(text(&m.at("acme-2/custody.log")).contains(&m.root("acme")));

    m.prove("acme", "b1");
    m.prove("acme-2", "b2");
    let both = verify(&["b1", "b2"], &["acme", "acme-2"]);
    let said = m.run(&both, 4);
    assert_eq!(
        said.lines().next().unwrap(),
        "VERIFIED: 7 items committed in 2 commitments, 4 searched, 2 resolved by a supplement (as the \
         responder states), 1 could not be searched (1 empty)"
    );
    for part in [
        "its item 2 (encrypted) is resolved by item 0 of supplement 1, not responsive",
        "as the responder states: passwords received on 3 March",
        "that a supplement was made before the request",
        "7 committed = 1 produced + 0 withheld + 3 not responsive + 1 exceptions + 2 resolved by a supplement",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("was not given"), "{said}");
    // The order of bundles does not matter, that of commitments does.
    let swapped = verify(&["b2", "b1"], &["acme", "acme-2"]);
    assert_eq!(m.run(&swapped, 4).lines().next(), said.lines().next());
    let report = m.json(&format!("{both} --json"), 4);
    assert_eq!(report["verdict"], "verified");
    assert_eq!(
        (&report["committed"], &report["resolved"]),
        (&json!(7), &json!(2))
    );
    assert_eq!(
        report["not_searched"]["over"],
        json!({"commitments": 2, "resolved": 2, "completed": 0})
    );
    let resolved = &report["commitments"][0]["resolved"][1];
    assert_eq!(
        resolved,
        &json!({
            "item": 3, "reason": "encrypted", "supplement": 1, "by": 1, "disposition": "not_responsive",
            "outcome": "resolved"
        })
    );
    m.run(
        &format!("{both} --report report.html --certificate c.txt"),
        4,
    );
    for (file, part) in [
        ("report.html", "2 resolved by a supplement"),
        (
            "report.html",
            "its item 2 (encrypted) is resolved by item 0 of supplement 1",
        ),
        ("report.html", "acme-2/commitment.json"),
        ("c.txt", "2 resolved by a supplement"),
    ] {
        assert!(text(&m.at(file)).contains(part), "{file}: {part}");
    }
    // The small verifier says the same.
    let path = |name: &str| m.at(name).into_os_string();
    let small = candor_verify::program::run([
        path("b1"),
        path("b2"),
        "--commitment".into(),
        path("acme/commitment.json"),
        "--commitment".into(),
        path("acme-2/commitment.json"),
        "--classifier".into(),
        path("lottery.clf"),
    ]);
    assert_eq!(
        (small.code, small.out.lines().next()),
        (4, said.lines().next())
    );

    // Alone, a supplement says in its first line that it is one.
    let alone = m.run(&verify(&["b2"], &["acme-2"]), 4);
    let first = alone.lines().next().unwrap();
    assert_eq!(
        first,
        "VERIFIED: all 2 items were searched; this is supplement 1, and what it supplements was not given"
    );
    // And what is written from it says so as well.
    let export = "export b2 --commitment acme-2/commitment.json --classifier lottery.clf --profile csv -o out";
    let said = m.run(export, 4);
    assert!(said.contains("this is supplement 1"), "{said}");

    // One path twice is a slip of the command line; the same thing under two names is a chain that does not hold.
    let said = m.run(&verify(&["b1", "b1"], &["acme", "acme-2"]), 2);
    assert!(said.contains("b1 is named twice"), "{said}");
    crate::common::copy_dir(&m.at("b1"), &m.at("b1-again"));
    fs::create_dir(m.at("again")).unwrap();
    for name in ["commitment.json", "leaves"] {
        fs::copy(m.at("acme").join(name), m.at("again").join(name)).unwrap();
    }
    for (line, part) in [
        (verify(&["b1", "b2"], &["acme-2", "acme"]), "wrong order"),
        (
            verify(&["b1", "b1-again"], &["acme", "again"]),
            "given twice",
        ),
        (
            verify(&["b2"], &["acme", "acme-2"]),
            "no bundle is given for the first commitment",
        ),
        (
            verify(&["b1", "b1-again"], &["acme", "acme-2"]),
            "two bundles are about the first commitment",
        ),
    ] {
        let said = m.run(&line, 1);
        assert!(
            said.starts_with("VERIFICATION FAILED") && said.contains(part),
            "{part}: {said}"
        );
    }
    let said = m.run(&verify(&["b1", "b2"], &["acme"]), 2);
    assert!(said.contains("name the commitment file of each"), "{said}");
    // A changed document fails the whole.
    let produced = m.at("b1/data/produced/000001/text.txt");
    fs::write(&produced, "you have won nothing").unwrap();
    let said = m.run(&both, 1);
    assert!(said.contains("the first commitment: bundle:"), "{said}");
}

/// What was found late, what was repaired, a second supplement, and a fork.
#[test]
fn supplements_follow_each_other_and_never_fork() {
    let m = Matter::new();
    fs::create_dir(m.at("late")).unwrap();
    fs::write(m.at("late/copy.txt"), "what the workbook says: lottery").unwrap();
    fs::write(m.at("late/new.txt"), "of another custodian").unwrap();
    fs::copy(data("locked2007.xlsx"), m.at("late/again.xlsx")).unwrap();
    let commit =
        "commit late --supplements acme --case s1 --resolves list.csv --passwords passwords.txt";
    let refused = |list: &str, part: &str| {
        fs::write(m.at("list.csv"), list).unwrap();
        let said = m.run(commit, 3);
        assert!(said.contains(part), "{part}: {said}");
        assert!(!m.at("s1/commitment.json").exists());
    };
    refused(
        "item,path\n1,copy.txt\n",
        "line 2: item 1 of commitment 0 is no exception and no partly read item that is still unresolved (without",
    );
    refused(
        "item,path\n2,copy.txt\n2,new.txt\n",
        "line 3: item 2 is resolved by another line",
    );
    refused(
        "item,path\n2,copy.txt\n3,copy.txt\n",
        "line 3: its path stands in line 2",
    );
    refused(
        "item,path\n2,none.txt\n",
        "there is no 'none.txt' in the folder",
    );
    refused("item;name\n2;copy.txt\n", "the columns are item,path");
    fs::write(m.at("list.csv"), "item,path\n2,copy.txt\n").unwrap();
    let report = m.json(&format!("{commit} --json"), 0);
    // One by the list, one by its bytes under another name; one file is new.
    assert_eq!(
        (&report["count"], &report["supplements"]["resolved"]),
        (&json!(3), &json!(2))
    );

    // A second one beside it would be a fork.
    let said = m.run("commit late --supplements acme --case s2", 2);
    assert!(
        said.contains("was supplemented before") && said.contains(&m.root("s1")),
        "{said}"
    );
    let said = m.run("commit --supplements s1 --case s2 --include *.txt", 2);
    assert!(
        said.contains("--include is about the files of a folder"),
        "{said}"
    );
    let said = m.run("commit --supplements s1 --case s2", 3);
    assert!(
        said.contains(
            "of the 1 items that could not be read, or not wholly, nothing more can be read now"
        ),
        "{said}"
    );
    assert!(!m.at("s2/commitment.json").exists());
    // The empty file, found after all: an exception of the first commitment, resolved by the second supplement.
    fs::create_dir(m.at("full")).unwrap();
    fs::write(m.at("full/a.txt"), "not empty at all").unwrap();
    fs::write(m.at("list.csv"), "item,path,commitment\n0,a.txt,0\n").unwrap();
    let report = m.json(
        "commit full --supplements s1 --case s2 --resolves list.csv --json",
        0,
    );
    assert_eq!(report["supplements"]["number"], 2);
    let said = m.run("commit --supplements s2 --case s3", 2);
    assert!(said.contains("nothing to read again"), "{said}");

    for (case, bundle) in [("acme", "b0"), ("s1", "b1"), ("s2", "b2")] {
        m.prove(case, bundle);
    }
    // Nothing is left unsearched if the responder is right about what resolves what: never a plain 0.
    let said = m.run(&verify(&["b0", "b1", "b2"], &["acme", "s1", "s2"]), 4);
    assert_eq!(
        said.lines().next().unwrap(),
        "VERIFIED: 9 items committed in 3 commitments, 6 searched, 3 resolved by a supplement (as the \
         responder states), none that could not be searched"
    );
    let said = m.run(&verify(&["b0", "b2", "b1"], &["acme", "s2", "s1"]), 1);
    assert!(said.contains("wrong order"), "{said}");
    let said = m.run(&verify(&["b0", "b2"], &["acme", "s2"]), 1);
    assert!(
        said.contains("which is not given; the one before it is"),
        "{said}"
    );
    let said = m.run(&verify(&["b1", "b2"], &["s1", "s2"]), 1);
    assert!(said.contains("give that one as well, before it"), "{said}");

    // Somebody who says that the first was never published makes a fork, and a verifier who has both sees it.
    let fork = format!(
        "commit full --supplements acme --case fork -q --instead-of {}",
        m.root("s1")
    );
    m.run(&fork, 0);
    m.prove("fork", "bf");
    let said = m.run(&verify(&["b0", "b1", "bf"], &["acme", "s1", "fork"]), 1);
    assert!(said.contains("a fork: both"), "{said}");
    // A case in the middle that is gone is named, with what it is needed for.
    fs::rename(m.at("s1"), m.at("moved")).unwrap();
    let said = m.run("commit full --supplements s2 --case s3", 3);
    assert!(said.contains("s2 supplements another case"), "{said}");
}

/// Archives are exceptions by their members, and attachments by themselves: what was read before is not committed
/// again.
#[test]
fn what_is_read_again_is_what_could_not_be_read() {
    let m = Matter::new();
    fs::create_dir(m.at("mail")).unwrap();
    let workbook = fs::read(data("locked.xlsx")).unwrap();
    let encoded = data_encoding(&workbook);
    let mail = format!(
        "From: a@example.org\r\nSubject: the figures\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; \
         boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nattached\r\n--b\r\nContent-Type: \
         application/octet-stream; name=figures.xlsx\r\nContent-Disposition: attachment; \
         filename=figures.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--\r\n"
    );
    fs::write(m.at("mail/1.eml"), mail).unwrap();
    let mut commit = m.command("commit mail --case mail-case -q --custodian");
    output(commit.arg("Jane Roe"), 0);
    m.run(
        "commit --supplements mail-case --case later --passwords passwords.txt -q",
        0,
    );
    let items = m.run("case items --case later --json", 0);
    let items: Vec<Value> = items
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0]["path"], "1.eml!/attachments/1-figures.xlsx");
    assert_eq!(items[0]["facts"]["file_name"], "figures.xlsx");
    assert_eq!(items[0]["custodian"], "Jane Roe");
    assert_eq!(items[0]["parent"], Value::Null);
    assert_eq!(items[0]["resolves"], json!({"commitment": 0, "item": 1}));
}

/// Base64 in lines.
fn data_encoding(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, part) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out += "\r\n";
        }
        let word = (0..3).fold(0u32, |word, at| {
            word << 8 | u32::from(*part.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= part.len() { digit as char } else { '=' });
        }
    }
    out
}

/// What was opened with a password is read again with it, by the judge.
#[test]
fn documents_are_read_again_with_passwords() {
    let m = Matter::new();
    fs::write(m.at("all.txt"), "Gespräch 7\n").unwrap();
    m.run("commit corpus --case open -q --passwords all.txt", 0);
    everything(&m.at("all.clf"));
    m.run("prove --case open --classifier all.clf -o bundle -q", 0);
    let line = "audit reread bundle --commitment open/commitment.json --classifier all.clf --json";
    let without = m.json(line, 4);
    assert_eq!(
        (&without["ok"], &without["compare"]),
        (&json!(2), &json!(2)),
        "{without}"
    );
    let with = m.json(&format!("{line} --passwords all.txt"), 0);
    assert_eq!(
        (&with["ok"], &with["compare"]),
        (&json!(4), &json!(0)),
        "{with}"
    );
    let wrong = m.run(&format!("{line} --passwords none.txt"), 3);
    assert!(wrong.contains("the passwords in none.txt"), "{wrong}");
}

/// A document that was withheld from the first commitment, found again: it does not leave by the supplement, alone or
/// inside of something.
#[test]
fn what_was_withheld_before_does_not_leave_by_a_supplement() {
    let m = Matter::new();
    fs::write(
        m.at("list.csv"),
        "item,reason,description\n1,AC,advice of counsel\n",
    )
    .unwrap();
    m.run(
        "prove --case acme --classifier lottery.clf -o b1 -q --withhold list.csv",
        0,
    );
    fs::create_dir(m.at("late")).unwrap();
    fs::copy(m.at("corpus/b.txt"), m.at("late/found.txt")).unwrap();
    // Another document by the name of an exception is not that exception.
    fs::write(m.at("late/a-empty.txt"), "the lottery of another year").unwrap();
    let report = m.json("commit late --supplements acme --case acme-2 --json", 0);
    assert_eq!(report["supplements"]["resolved"], 0);
    let prove = "prove --case acme-2 --classifier lottery.clf -o b2 -q";
    let said = m.run(prove, 1);
    for part in [
        "withheld item 1 (b.txt) of ",
        "acme, which this case supplements: item ",
        "(found.txt) has the same bytes",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!m.at("b2").exists());
    let mut allowed = m.command(prove);
    allowed.args(["--allow", "found.txt=privilege was waived on 3 March"]);
    output(&mut allowed, 0);
    // Without the earlier case nobody can say so.
    fs::rename(m.at("acme"), m.at("elsewhere")).unwrap();
    let said = m.run(&prove.replace("b2", "b3"), 3);
    assert!(
        said.contains("candor case chain acme-2 --moved DIR"),
        "{said}"
    );
}

/// Its line stands in the earlier case's log once the supplement is there, not before: who is killed in between leaves
/// no supplement that nobody has.
#[cfg(unix)]
#[test]
fn a_killed_supplement_leaves_no_line_of_one_that_is_not_there() {
    use std::process::{Command, Stdio};
    let matter = Matter::new();
    let log = matter.at("acme/custody.log");
    let (whole, announced) = (text(&log), matter.at("acme/.custody"));
    let supplement = |case: &str| {
        format!("commit --supplements acme --case {case} --passwords passwords.txt -q")
    };
    let said = || text(&log).matches("\"action\":\"supplement\"").count();
    let mut killed = 0;
    for n in 0..12 {
        let case = format!("acme-{n}");
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("candor"))
            .current_dir(matter.0.path())
            .args(supplement(&case).split(' '))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The first sign of it in the earlier case, of either kind.
        while child.try_wait().unwrap().is_none() {
            let there = fs::read_dir(&announced).is_ok_and(|mut found| {
                found.any(|name| {
                    name.is_ok_and(|name| name.path().extension().is_some_and(|e| e == "act"))
                })
            });
            if there || said() > 0 {
                break;
            }
        }
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        let there = matter.at(&case).join("vault/commitment.json").exists();
        assert!(said() == 0 || there, "a line without a supplement");
        killed += u32::from(!ended.success());
        // The next command, on either case, says what became of it.
        let told = matter.run("case chain acme", 0);
        assert_eq!(said(), usize::from(there), "{told}");
        let members = told
            .lines()
            .filter(|line| line.contains(" root ") && !line.starts_with("an earlier"));
        assert_eq!(members.count(), 1 + usize::from(there), "{told}");
        assert!(!announced.exists());
        if !there {
            // And it can be made: it is not in its own way.
            matter.run(&supplement(&case), 0);
            assert_eq!(said(), 1);
        }
        matter.run("custody verify acme", 0);
        fs::remove_dir_all(matter.at(&case)).unwrap();
        fs::write(&log, &whole).unwrap();
    }
    assert!(killed > 0, "nothing was killed");
}

/// What was done and not recorded, because its process was killed in between, counts from the first look.
#[test]
fn a_supplement_whose_line_is_missing_is_known() {
    let matter = Matter::new();
    let log = matter.at("acme/custody.log");
    let before = text(&log);
    matter.run(
        "commit --supplements acme --case acme-2 --passwords passwords.txt -q",
        0,
    );
    // As it was in the moment before its line was written.
    fs::write(&log, &before).unwrap();
    let announce = |root: &str| {
        let place = matter.at("acme/.custody");
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("x.lock"), "").unwrap();
        let doing = json!({
            "witness": matter.at("acme-2/vault/commitment.json"), "lock": null, "scrub": [], "leftover": null,
            "root": root,
        });
        let facts = json!({"root": root, "case": matter.at("acme-2"), "resolves": "2"});
        let act = json!({
            "action": "supplement", "time": "2026-03-01T12:00:00Z", "facts": facts, "doing": doing, "before": null,
        });
        fs::write(place.join("x.act"), act.to_string()).unwrap();
    };
    announce(&matter.root("acme-2"));
    let fork = "commit --supplements acme --case acme-3 --passwords passwords.txt";
    let said = matter.run(fork, 2);
    assert!(said.contains("was supplemented before"), "{said}");
    assert!(text(&log).contains("killed before this line was written"));
    // Another commitment in that place is no sign of it.
    fs::write(&log, &before).unwrap();
    announce(&"ab".repeat(32));
    matter.run(fork, 0);
    assert!(text(&log).contains("interrupted"));
}
