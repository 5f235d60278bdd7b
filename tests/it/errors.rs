//! Errors name the file, its line where there is one, what is wrong and what to do; and one rule for exit codes: what is
//! wrong with an argument is 2, what is wrong with the content of a file that it names is 3.

#![cfg(unix)]

use crate::common::{candor, output};
use crate::supplements::Matter;
use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

static MATTER: LazyLock<Matter> = LazyLock::new(|| {
    let matter = Matter::new();
    matter.prove("acme", "bundle");
    let keygen = "keygen me --no-password -q";
    matter.run(keygen, 0);
    let challenge = "audit challenge bundle --commitment acme/commitment.json --classifier lottery.clf --size 1 -o \
                     challenge.json -q";
    matter.run(challenge, 0);
    let mark = b"\xef\xbb\xbf";
    for name in ["acme/commitment.json", "challenge.json", "lottery.clf"] {
        let bytes = [&mark[..], &fs::read(matter.at(name)).unwrap()].concat();
        fs::write(
            matter.at(&format!("marked-{}", name.replace('/', "-"))),
            bytes,
        )
        .unwrap();
    }
    matter
});

/// Runs a command that must end by itself, with this code, and say all of this.
#[track_caller]
fn said(line: &str, code: i32, parts: &[&str]) {
    let mut command = candor();
    command
        .current_dir(MATTER.0.path())
        .timeout(Duration::from_secs(120));
    let ended = output(command.args(line.split(' ')), code);
    let said = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
    for part in parts {
        assert!(said.contains(part), "{line}: '{part}' is not in\n{said}");
    }
}

#[test]
fn a_malformed_argument_names_its_option() {
    let files = "--commitment acme/commitment.json --classifier lottery.clf";
    let challenge = format!("audit challenge bundle {files} -o new.json");
    let verify = format!("audit verify x --challenge challenge.json --bundle bundle {files}");
    let export = format!("export bundle {files} --profile csv -o new");
    let train = "classifier train --positive corpus --negative corpus -o new.clf";
    let import = "classifier import lottery.clf --form image/rgb32-v1 -o new.clf";
    let short = "ab".repeat(31);
    let long = "ab".repeat(33);
    for (command, option, values) in [
        (
            "custody verify acme",
            "--head",
            vec!["zz", "", &short, &long, "0x"],
        ),
        (
            "commit --supplements acme --case new",
            "--instead-of",
            vec!["zz", &short],
        ),
        (
            "commit corpus --case new",
            "--from",
            vec!["yesterday", "2001-13-01", "01.02.2001"],
        ),
        ("commit corpus --case new", "--to", vec!["2001-02-30"]),
        (
            "commit corpus --case new",
            "--max-depth",
            vec!["0", "x", "-1", "300"],
        ),
        ("commit corpus --case new", "--forms", vec!["text-v9", ","]),
        ("commit corpus --case new", "--include", vec!["[", "a***"]),
        ("commit corpus --case new", "--numbering", vec!["x"]),
        (&challenge, "--confidence", vec!["x", "NaN", "100", "0"]),
        (&challenge, "--margin", vec!["x", "inf", "99", "-1"]),
        (&challenge, "--size", vec!["0", "x", "4294967296"]),
        (&challenge, "--number", vec!["0", "1025", "x"]),
        (
            &challenge,
            "--deadline",
            vec!["soon", "2026-02-30", "2026-05-03 17:00"],
        ),
        (&challenge, "--nonce", vec!["", &short, &long]),
        (&verify, "--received", vec!["soon", "2026-05-03"]),
        (&export, "--prefix", vec!["1", "a/b"]),
        (&export, "--start", vec!["x", "-1"]),
        (&export, "--width", vec!["0", "99", "x"]),
        (&export, "--volume", vec!["V", "../1"]),
        (train, "--seed", vec!["x", "-1", "1.5"]),
        (train, "--holdout", vec!["x", "NaN", "0", "1"]),
        (train, "--target-recall", vec!["x", "NaN", "0", "2"]),
        (train, "--l2", vec!["x", "NaN", "0"]),
        (train, "--form", vec!["x"]),
        (import, "--scale", vec!["x", "NaN", "inf"]),
        (import, "--mean", vec!["1,2", "1,2,x", "1,2,inf"]),
        (import, "--std", vec!["0,1,1", "NaN,1,1"]),
        (
            import,
            "--decision",
            vec!["x", "score>=", "score>=x", "score>=NaN"],
        ),
        (import, "--shift", vec!["x", "-1"]),
        (import, "--least-agreement", vec!["x", "NaN", "101"]),
        (import, "--preset", vec!["x"]),
        (
            "prove --case acme --classifier lottery.clf --plan",
            "--memory",
            vec!["x", "-1", "0", "NaN"],
        ),
        (
            "prove --case acme --classifier lottery.clf --plan",
            "--batch",
            vec!["0", "x"],
        ),
        (
            "prove --case acme --classifier lottery.clf --plan",
            "--allow",
            vec!["x", "1=", "99=why", "passage:x"],
        ),
        (
            "prove --case acme --classifier lottery.clf --plan",
            "--over-budget",
            vec!["", "\u{200b}"],
        ),
        ("case budget acme", "--bits", vec!["x", "-1"]),
        ("params", "-k", vec!["x", "13"]),
        (
            "verify-signature acme",
            "--key",
            vec!["RWnonsense", "nowhere.pub"],
        ),
    ] {
        for value in values {
            let mut run = candor();
            run.current_dir(MATTER.0.path())
                .timeout(Duration::from_secs(120));
            run.args(command.split(' '))
                .arg(format!("{option}={value}").replacen("-k=", "-k", 1));
            let ended = output(&mut run, 2);
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(said.contains(option), "{command} {option}={value}: {said}");
            assert!(
                ended.stdout.is_empty(),
                "{command}: {}",
                String::from_utf8_lossy(&ended.stdout)
            );
        }
    }
    for made in ["new", "new.json", "new.clf"] {
        assert!(!MATTER.at(made).exists(), "{made}");
    }
}

#[test]
fn a_malformed_list_is_named_with_its_line() {
    let put = |name: &str, text: &str| fs::write(MATTER.at(name), text).unwrap();
    put("resolves.csv", "item,path\n2,locked.xlsx\nx,b\n");
    said(
        "commit corpus --supplements acme --case new --resolves resolves.csv",
        3,
        &["resolves.csv, line 3: 'x' is not the number"],
    );
    put("unknown.csv", "item;path\n2;locked.xlsx\n99;b.txt\n");
    said(
        "commit corpus --supplements acme --case new --resolves unknown.csv",
        3,
        &["unknown.csv, line 3: item 99"],
    );
    put("labels.csv", "item,responsive\n1,perhaps\n");
    let audit = "audit verify in-camera --challenge challenge.json --bundle bundle --commitment acme/commitment.json \
                 --classifier lottery.clf";
    said(
        &format!("{audit} --labels labels.csv"),
        3,
        &["labels.csv, line 2: item 1: 'perhaps'"],
    );
    put("requests.csv", "request,bundle,colour\n1,bundle,red\n");
    said(
        "foia export requests.csv -o batch",
        3,
        &["requests.csv, line 1: there is no column 'colour'"],
    );
    put(
        "withhold.csv",
        "item,reason,description\n1,AC,x\n1,nonsense,x\n",
    );
    let prove = "prove --case acme --classifier lottery.clf --plan --withhold withhold.csv";
    said(
        prove,
        3,
        &["withhold.csv", "line 3: 'nonsense' is not a known reason"],
    );
    said(
        "review import withhold.csv --case acme --classifier lottery.clf",
        3,
        &["withhold.csv", "line 3"],
    );
    put("none.txt", "\n");
    said(
        "commit corpus --case new --passwords none.txt",
        3,
        &["none.txt", "one a line"],
    );
    assert!(!MATTER.at("new/vault").exists());
    // A mark in front is no part of what a list says.
    put(
        "marked.csv",
        "\u{feff}item,reason,description\n1,AC,advice\n",
    );
    said(
        "prove --case acme --classifier lottery.clf --plan --withhold marked.csv",
        0,
        &[],
    );
    put("marked.txt", "\u{feff}Gespräch 7\r\n");
    said(
        "commit --supplements acme --case marked --passwords marked.txt -q",
        0,
        &["earlier exceptions resolved"],
    );
}

#[test]
fn a_file_in_another_ones_place_is_told() {
    let swapped = "--commitment lottery.clf --classifier acme/commitment.json";
    said(
        &format!("verify-bundle bundle {swapped}"),
        3,
        &[
            "lottery.clf: ",
            "this is a classifier: give it with --classifier",
        ],
    );
    said(
        "classifier seal lottery.clf -o lottery.sealed --secret lottery.secret -q",
        0,
        &[],
    );
    for (file, what) in [
        (
            "lottery.sealed",
            "this is a sealed classifier: give it with --classifier",
        ),
        (
            "lottery.secret",
            "this is the secret part of a sealed classifier",
        ),
    ] {
        let swapped = format!("--commitment {file} --classifier lottery.clf");
        said(&format!("verify-bundle bundle {swapped}"), 3, &[file, what]);
    }
    let verify = "verify-bundle bundle --commitment acme/commitment.json --classifier";
    said(
        &format!("{verify} acme/commitment.json"),
        3,
        &["this is a commitment file: give it with --commitment"],
    );
    said(
        &format!("{verify} challenge.json"),
        3,
        &["challenge.json", "--challenge"],
    );
    said(
        "verify-bundle bundle/data --commitment acme/commitment.json --classifier lottery.clf",
        3,
        &["it is a folder inside of one: name the bundle around it"],
    );
    said(
        "verify-bundle bundle/data/proofs --commitment acme/commitment.json --classifier lottery.clf",
        3,
        &["bundle around it"],
    );
    let audit = "audit verify x --bundle bundle --commitment acme/commitment.json --classifier lottery.clf --challenge";
    said(
        &format!("{audit} acme/commitment.json"),
        3,
        &["this is a commitment file"],
    );
    said(
        "sign acme --key me.pub",
        3,
        &["me.pub is no secret key: this is a public key", ".key"],
    );
    said(
        "verify-signature acme --key me.key",
        3,
        &["me.key is no public key: this is a secret key", ".pub"],
    );
    said(
        "sign acme --key acme/commitment.json",
        3,
        &["acme/commitment.json", "no secret key"],
    );
    said(
        "verify-signature acme --key RWnonsense",
        2,
        &["--key RWnonsense", "no such file", "no public key"],
    );
    // What an editor puts in front of JSON is named.
    said(
        "verify-bundle bundle --commitment marked-acme-commitment.json --classifier lottery.clf",
        3,
        &["marked-acme-commitment.json", "byte order mark"],
    );
    said(
        &format!("{audit} marked-challenge.json"),
        3,
        &["byte order mark"],
    );
    said(
        &format!("{verify} marked-lottery.clf"),
        3,
        &["marked-lottery.clf", "does not begin with"],
    );
}

#[test]
fn a_file_named_twice_is_said() {
    let twice = "--commitment acme/commitment.json --commitment acme/commitment.json --classifier lottery.clf";
    said(
        &format!("verify-bundle bundle bundle {twice}"),
        2,
        &["bundle", "named twice"],
    );
    let one = "--commitment acme/commitment.json --classifier lottery.clf --classifier lottery.clf";
    said(&format!("verify-bundle bundle {one}"), 2, &["--classifier"]);
    said(
        "classifier train --positive corpus --negative ./corpus -o new.clf",
        2,
        &["corpus", "--positive", "--negative"],
    );
}

/// One request that cannot be read is one failure.
#[test]
fn a_request_that_fails_does_not_stop_the_batch() {
    let matter = Matter::new();
    matter.prove("acme", "bundle");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, matter.at("pipe.clf"), fifo, mode, 0).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, matter.at("pipe.json"), fifo, mode, 0).unwrap();
    fs::write(matter.at("bad.clf"), "nonsense").unwrap();
    fs::create_dir(matter.at("broken")).unwrap();
    fs::write(matter.at("broken/custody.log"), "not a line\nof a log\n").unwrap();
    let rows = "request,bundle,commitment,classifier,case\n\
                1,bundle,acme/commitment.json,pipe.clf,\n\
                2,bundle,acme/commitment.json,bad.clf,\n\
                3,bundle,pipe.json,lottery.clf,\n\
                4,nowhere,acme/commitment.json,lottery.clf,\n\
                5,bundle,acme/commitment.json,lottery.clf,broken\n\
                6,bundle,acme/commitment.json,lottery.clf,\n\
                ,bundle,acme/commitment.json,lottery.clf,\n\
                7,bundle,acme/commitment.json,lottery.clf,acme\n";
    fs::write(matter.at("requests.csv"), rows).unwrap();
    let mut command = candor();
    command
        .current_dir(matter.0.path())
        .timeout(Duration::from_secs(120));
    let ended = output(
        command.args("foia export requests.csv -o batch".split(' ')),
        1,
    );
    let said = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
    assert!(said.contains("2 of 8 requests exported"), "{said}");
    let failed = fs::read_to_string(matter.at("batch/internal/failures.csv")).unwrap();
    assert_eq!(failed.lines().count(), 7, "{failed}");
    for (request, why) in [
        ("1", "pipe.clf: it is a named pipe"),
        ("2", "does not begin with 'candor-clf-1'"),
        ("3", "pipe.json: it is a named pipe"),
        ("5", "custody.log"),
        ("line 8", "it has no number"),
    ] {
        let line = failed
            .lines()
            .find(|line| line.starts_with(&format!("{request},")));
        assert!(
            line.is_some_and(|line| line.contains(why)),
            "{request}: {failed}"
        );
        assert!(said.contains(why), "{said}");
    }
    // The same with a folder: what has a name that means something is not passed over because it cannot be read.
    fs::create_dir_all(matter.at("folder/17")).unwrap();
    crate::common::copy_dir(&matter.at("bundle"), &matter.at("folder/17/bundle"));
    let name = matter.at("folder/17/request.json");
    rustix::fs::mknodat(rustix::fs::CWD, &name, fifo, mode, 0).unwrap();
    let line =
        "foia export folder --commitment acme/commitment.json --classifier lottery.clf -o other";
    let mut command = candor();
    command
        .current_dir(matter.0.path())
        .timeout(Duration::from_secs(120));
    let ended = output(command.args(line.split(' ')), 1);
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(
        said.contains("17: request.json: it is a named pipe"),
        "{said}"
    );
}
