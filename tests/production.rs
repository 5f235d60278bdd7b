//! What comes after the proof, as a person runs it: productions, batches, reports, signatures, time-
//! stamps, the custody log and the random audit, over one small case with a family and a withheld item.

use assert_cmd::Command;
use candor::classify::{
    Card, Classifier, Decision, Labels, Layer, Linear, Network, TensorRef, Term,
};
use candor::item::{Form, text_vector};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use tempfile::TempDir;

fn candor() -> Command {
    Command::cargo_bin("candor").unwrap()
}

/// Matches texts that contain the word "lottery".
fn classifier(path: &Path) {
    let word = text_vector("lottery");
    let weights = word.bytes().iter().map(|&x| if x > 0 { 40 } else { 0 });
    let layer = Layer {
        name: "word".into(),
        out: [1, 1, 1],
        terms: vec![Term {
            input: TensorRef::Input,
            op: Linear::Dense {
                weights: weights.collect(),
            },
            zero_point: 0,
        }],
        bias: vec![0],
    };
    let network = Network::with_miss(Form::TextHash4080V1, 8, vec![layer]).unwrap();
    let card = Card {
        name: "lottery".into(),
        description: String::new(),
        author: String::new(),
        labels: Labels {
            matching: "lottery".into(),
            other: "other".into(),
        },
        decision: Decision {
            rule: "contains the word".into(),
            score_unit: None,
        },
        evaluations: vec![],
        facts: Default::default(),
    };
    Classifier::new(card, network).unwrap().save(path).unwrap();
}

const FAMILY: &str = "From: \"Doe, Jane\" <jane@acme.example>\r\nTo: a@x.example, b@y.example\r\n\
    Subject: The lottery \u{fe} draw \u{ae}\r\nDate: Wed, 31 Jul 2002 23:30:05 -0500\r\n\
    Message-ID: <m1@acme.example>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
    Results attached.\r\n--b\r\nContent-Type: text/plain; name=\"results.txt\"\r\n\
    Content-Disposition: attachment; filename=\"results.txt\"\r\n\r\n\
    lottery numbers 1 2 3\r\n--b--\r\n";

/// A case, a bundle with two documents of one family produced, one document produced alone and one
/// withheld, and everything needed to check it.
struct Matter {
    dir: TempDir,
}

impl Matter {
    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The arguments that say which bundle.
    fn files(&self) -> [std::ffi::OsString; 4] {
        [
            "--commitment".into(),
            self.at("case/commitment.json").into(),
            "--classifier".into(),
            self.at("r.clf").into(),
        ]
    }

    fn bundle_command(&self, command: &[&str]) -> Command {
        let mut run = candor();
        run.args(command).arg(self.at("bundle")).args(self.files());
        run
    }
}

fn matter() -> &'static Matter {
    static MATTER: OnceLock<Matter> = OnceLock::new();
    MATTER.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let matter = Matter { dir };
        let corpus = matter.at("corpus");
        fs::create_dir(&corpus).unwrap();
        fs::write(corpus.join("a.eml"), FAMILY).unwrap();
        fs::write(corpus.join("b.txt"), "=lottery won, says counsel").unwrap();
        fs::write(corpus.join("c.txt"), "another lottery").unwrap();
        fs::write(corpus.join("d.txt"), "").unwrap();
        for i in 0..6 {
            let text = format!("Cheese order number {i}: two wheels of gruyere");
            fs::write(corpus.join(format!("e{i}.txt")), text).unwrap();
        }
        classifier(&matter.at("r.clf"));
        fs::write(
            matter.at("withhold.csv"),
            "item,reason,description\nb.txt,b3,\"26 U.S.C. 6103; advice of counsel\"\n",
        )
        .unwrap();
        candor()
            .arg("commit")
            .arg(&corpus)
            .arg("--case")
            .arg(matter.at("case"))
            .args(["--custodian", "Jane Roe", "-q"])
            .assert()
            .success();
        candor()
            .args(["prove", "-q", "--case"])
            .arg(matter.at("case"))
            .arg("--classifier")
            .arg(matter.at("r.clf"))
            .arg("--withhold")
            .arg(matter.at("withhold.csv"))
            .arg("-o")
            .arg(matter.at("bundle"))
            .assert()
            .success();
        matter
    })
}

fn output(command: &mut Command, code: i32) -> Output {
    command.assert().code(code).get_output().clone()
}

fn json(command: &mut Command, code: i32) -> Value {
    serde_json::from_slice(&output(command, code).stdout).unwrap()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of a DAT in UTF-8, as maps by header.
fn dat(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = text(path);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let rows: Vec<Vec<String>> = text
        .strip_suffix("\r\n")
        .unwrap()
        .split("\r\n")
        .map(|row| {
            let row = row.strip_prefix('\u{fe}').unwrap();
            let row = row.strip_suffix('\u{fe}').unwrap();
            row.split("\u{fe}\u{14}\u{fe}").map(str::to_owned).collect()
        })
        .collect();
    rows[1..]
        .iter()
        .map(|row| {
            assert_eq!(row.len(), rows[0].len());
            rows[0].iter().cloned().zip(row.iter().cloned()).collect()
        })
        .collect()
}

#[test]
fn a_production_for_relativity() {
    let matter = matter();
    let target = matter.at("relativity");
    let mut export = matter.bundle_command(&["export", "-q", "--json"]);
    export
        .args([
            "--profile",
            "relativity",
            "--prefix",
            "ACME-",
            "--start",
            "5",
        ])
        .args([
            "--slip-sheets",
            "--confidentiality",
            "CONFIDENTIAL",
            "--case",
        ])
        .arg(matter.at("case"))
        .arg("-o")
        .arg(&target);
    // 4: the corpus has an exception.
    let facts = json(&mut export, 4);
    assert_eq!(facts["documents"], 4);
    assert_eq!(facts["slip_sheets"], 1);
    assert_eq!(
        (&facts["first"], &facts["last"]),
        (&"ACME-0000005".into(), &"ACME-0000008".into())
    );

    let load = target.join("VOL001/DATA/VOL001.dat");
    assert!(
        fs::read(&load)
            .unwrap()
            .starts_with(b"\xef\xbb\xbf\xc3\xbeBEGBATES\xc3\xbe\x14\xc3\xbe")
    );
    let rows = dat(&load);
    let mail = &rows[0];
    assert_eq!(mail["BEGBATES"], "ACME-0000005");
    assert_eq!(
        (&*mail["BEGATTACH"], &*mail["ENDATTACH"]),
        ("ACME-0000005", "ACME-0000006")
    );
    assert_eq!(mail["FROM"], "Doe, Jane <jane@acme.example>");
    assert_eq!(mail["TO"], "a@x.example;b@y.example");
    assert_eq!(mail["SUBJECT"], "The lottery th draw (R)");
    assert_eq!(mail["DATESENT"], "08/01/2002 04:30:05");
    assert!(!mail.contains_key("TIMESENT"));
    assert_eq!(mail["CUSTODIAN"], "Jane Roe");
    assert_eq!(mail["CONFIDENTIALITY"], "CONFIDENTIAL");
    assert_eq!(mail["NATIVELINK"], r".\VOL001\NATIVES\001\ACME-0000005.eml");
    assert_eq!(mail["ZK_PROOFID"], "000000.proof");
    assert_eq!(mail["ZK_LEAF"].len(), 64);
    let attachment = &rows[1];
    assert_eq!(attachment["PARENTID"], "ACME-0000005");
    assert_eq!(attachment["FILENAME"], "results.txt");
    let slip = &rows[2];
    assert_eq!(slip["NATIVELINK"], r".\VOL001\NATIVES\001\ACME-0000007.pdf");
    assert_eq!((&*slip["SUBJECT"], &*slip["FILEPATH"]), ("", ""));
    assert!(text(&target.join("VOL001/TEXT/001/ACME-0000007.txt")).contains("(b)(3)"));

    // Natives are the committed bytes, and every file is in the hash manifest.
    let native = fs::read(target.join("VOL001/NATIVES/001/ACME-0000005.eml")).unwrap();
    assert_eq!(native, FAMILY.as_bytes());
    let hashes = text(&target.join("hashes.csv"));
    let files = walk(&target);
    assert_eq!(hashes.lines().count(), files.len());
    for file in files.iter().filter(|file| *file != "hashes.csv") {
        assert!(hashes.contains(&format!("{file},")), "{file}");
    }

    let exceptions = text(&target.join("exceptions.csv"));
    assert!(
        exceptions.contains("substitution,ACME-0000005"),
        "{exceptions}"
    );
    assert!(exceptions.contains("unprocessed") && exceptions.contains("d.txt"));
    let log = text(&target.join("privilege-log.csv"));
    let line = log.lines().nth(1).unwrap();
    assert!(line.starts_with("PRIV000001,ACME-0000007,text,"), "{line}");
    assert!(line.contains("(b)(3)") && line.contains("b.txt"), "{line}");
    assert!(
        fs::read(target.join("privilege-log.xlsx"))
            .unwrap()
            .starts_with(b"PK")
    );

    // Never over an existing folder.
    output(&mut export, 3);
}

fn walk(dir: &Path) -> Vec<String> {
    let mut out = Vec::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap();
                out.push(name.replace('\\', "/"));
            }
        }
    }
    out
}

#[test]
fn other_platforms_get_what_they_want() {
    let matter = matter();
    let export = |profile: &str, more: &[&str]| {
        let target = matter.at(&format!("out-{profile}"));
        let mut export = matter.bundle_command(&["export", "-q", "--profile", profile]);
        output(export.args(more).arg("-o").arg(&target), 4);
        target
    };
    let nuix = export("nuix", &[]);
    let bytes = fs::read(nuix.join("VOL001.dat")).unwrap();
    assert!(bytes.starts_with("\u{fe}DOCID\u{fe}\u{14}\u{fe}BEGBATES\u{fe}".as_bytes()));
    let rows = dat(&nuix.join("VOL001.dat"));
    assert_eq!(rows[0]["ITEMPATH"], r"VOL001\NATIVES\001\PROD0000001.eml");
    assert_eq!(rows.len(), 3);
    let logikcull = export("logikcull", &["--encoding", "cp1252"]);
    let bytes = fs::read(logikcull.join("VOL001/DATA/VOL001.dat")).unwrap();
    assert!(bytes.starts_with(b"\xfeBegBates\xfe\x14\xfeEndBates\xfe"));
    let csv = export("csv", &["--volume-documents", "1"]);
    let first = text(&csv.join("VOL001/DATA/VOL001.csv"));
    assert!(first.starts_with("BEGBATES,ENDBATES,"), "{first}");
    // The family stays together in the first volume, the other document is in the second.
    assert_eq!(first.lines().count(), 3);
    assert_eq!(text(&csv.join("VOL002/DATA/VOL002.csv")).lines().count(), 2);
    let mut bad = matter.bundle_command(&["export", "-q", "--profile", "everlaw"]);
    output(
        bad.args(["--prefix", "ACME2", "-o"]).arg(matter.at("none")),
        2,
    );
}

fn copy(from: &Path, to: &Path) {
    for file in walk(from) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join(file), target).unwrap();
    }
}

#[test]
fn nothing_leaves_a_bundle_that_does_not_verify() {
    let matter = matter();
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("bundle");
    copy(&matter.at("bundle"), &bundle);
    let proof = bundle.join("data/proofs/000000.proof");
    let mut bytes = fs::read(&proof).unwrap();
    bytes[100] ^= 1;
    fs::write(&proof, bytes).unwrap();
    let mut export = candor();
    export.args(["export", "-q", "--profile", "csv", "-o"]);
    export
        .arg(dir.path().join("out"))
        .arg(&bundle)
        .args(matter.files());
    output(&mut export, 1);
    assert!(!dir.path().join("out").exists());
}

#[test]
fn a_batch_of_requests_goes_on_after_failures_and_resumes() {
    let matter = matter();
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("requests.csv");
    let bundle = matter.at("bundle");
    let write = |third: &Path| {
        fs::write(
            &list,
            format!(
                "request,bundle,requester,track,received,closed\n\
                 2026-1,{bundle},A. Citizen,simple,2026-01-05,2026-02-01\n\
                 2026-2,{bundle},\"=B\",complex,2026-01-06,\n\
                 2026-3,{third},C,simple,2026-01-07,\n",
                bundle = bundle.display(),
                third = third.display()
            ),
        )
        .unwrap();
    };
    write(Path::new("nowhere"));
    let target = dir.path().join("batch");
    let run = |code| {
        let mut run = candor();
        run.args(["foia", "export", "-q", "--json", "--case"]);
        run.arg(matter.at("case")).arg(&list).args(matter.files());
        json(run.arg("-o").arg(&target), code)
    };
    let first = run(1);
    assert_eq!((&first["exported"], &first["kept"]), (&2.into(), &0.into()));
    assert_eq!(first["failures"][0]["request"], "2026-3");
    assert!(text(&target.join("failures.csv")).contains("2026-3"));
    // Once per request, however many documents.
    assert_eq!(first["exemptions"]["(b)(3)"], 2);
    write(&bundle);
    let second = run(4);
    assert_eq!(
        (&second["exported"], &second["kept"]),
        (&3.into(), &2.into())
    );
    assert_eq!(second["failures"], Value::Array(vec![]));

    let folder = target.join("requests/2026-1");
    assert_eq!(
        fs::read(folder.join("documents/0001.eml")).unwrap(),
        FAMILY.as_bytes()
    );
    let vaughn = text(&folder.join("vaughn-index.csv"));
    let line = vaughn.lines().nth(1).unwrap();
    assert!(line.starts_with("0003,2026-1-0003,"), "{line}");
    assert!(line.contains("(b)(3),26 U.S.C. 6103,"), "{line}");
    let facts: Value = serde_json::from_str(&text(&folder.join("determination.json"))).unwrap();
    assert_eq!(facts["final_disposition"], "Partial Grant/Partial Denial");
    let log = text(&target.join("request-log.csv"));
    assert!(
        log.contains("2026-1,A. Citizen,simple,Closed,2026-01-05,,2026-02-01"),
        "{log}"
    );
    assert!(log.contains("2026-2,'=B,complex,Open"), "{log}");
    assert_eq!(log.lines().count(), 4);
}

#[test]
fn the_report_opens_in_a_browser_and_prints() {
    let matter = matter();
    let (page, certificate) = (matter.at("report.html"), matter.at("certificate.html"));
    let mut verify = matter.bundle_command(&["verify-bundle", "-q"]);
    verify.arg("--report").arg(&page);
    verify.arg("--certificate").arg(&certificate);
    output(&mut verify, 4);
    let html = text(&page);
    assert!(
        html.contains("VERIFIED") && html.contains("26 U.S.C. 6103"),
        "{html}"
    );
    assert!(html.contains("candor verify-bundle bundle --commitment commitment.json"));
    assert!(text(&certificate).contains("UNSIGNED"));

    let Some(browser) = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| found(name))
    else {
        eprintln!("skipped: no Chromium on this machine");
        return;
    };
    let pdf = matter.at("report.pdf");
    let profile = tempfile::tempdir().unwrap();
    let run = |more: &[String]| {
        std::process::Command::new(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(more)
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap()
    };
    let dom = String::from_utf8(run(&["--dump-dom".into()]).stdout).unwrap();
    // A browser that had to repair the page would have another tree than the file.
    for element in ["<section", "<table", "<tr", "<td", "<li", "<p"] {
        assert_eq!(
            dom.matches(element).count(),
            html.matches(element).count(),
            "{element}"
        );
    }
    run(&[
        format!("--print-to-pdf={}", pdf.display()),
        "--no-pdf-header-footer".into(),
    ]);
    let pages = fs::read(&pdf).unwrap();
    let pages = String::from_utf8_lossy(&pages);
    let count = pages.matches("/Type /Page").count() - pages.matches("/Type /Pages").count();
    // The summary is one page; the details follow on the next.
    assert!((2..=3).contains(&count), "{count} pages");
}

fn found(program: &str) -> bool {
    std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

#[test]
fn bundles_are_bags_for_an_independent_tool_too() {
    let python = |code: &str| {
        std::process::Command::new("python3")
            .args(["-c", code])
            .arg(matter().at("bundle"))
            .output()
    };
    if !python("import bagit").is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: Python's bagit is not installed");
        return;
    }
    let output = python("import bagit, sys; bagit.Bag(sys.argv[1]).validate()").unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn signatures_on_commitments_and_bundles() {
    let matter = matter();
    let dir = tempfile::tempdir().unwrap();
    let (bundle, key) = (dir.path().join("bundle"), dir.path().join("me"));
    copy(&matter.at("bundle"), &bundle);
    output(
        candor().args(["keygen", "-q", "--no-password"]).arg(&key),
        0,
    );
    let (secret, public) = (key.with_extension("key"), key.with_extension("pub"));
    let commitment = dir.path().join("commitment.json");
    fs::copy(matter.at("case/commitment.json"), &commitment).unwrap();
    for what in [&bundle, &commitment] {
        output(
            candor()
                .args(["sign", "-q", "--key"])
                .arg(&secret)
                .arg(what),
            0,
        );
        let mut verify = candor();
        verify
            .args(["verify-signature", "-q", "--json", "--key"])
            .arg(&public)
            .arg(what);
        let facts = json(&mut verify, 0);
        assert_eq!(facts["valid"], true);
    }
    // A signed bundle is still a bundle.
    let mut verify = candor();
    verify
        .args(["verify-bundle", "-q"])
        .arg(&bundle)
        .args(matter.files());
    output(&mut verify, 4);
    fs::write(
        &commitment,
        text(&commitment).replace("Jane Roe", "John Doe"),
    )
    .unwrap();
    let mut verify = candor();
    verify
        .args(["verify-signature", "-q", "--key"])
        .arg(&public)
        .arg(&commitment);
    output(&mut verify, 1);
    if found("minisign") {
        let mut check = std::process::Command::new("minisign");
        check
            .args(["-V", "-p"])
            .arg(&public)
            .arg("-m")
            .arg(bundle.join("tagmanifest-sha256.txt"));
        assert!(check.output().unwrap().status.success());
    }
}

/// A test authority made with OpenSSL.
fn authority(dir: &Path, algorithm: &[&str]) -> bool {
    fs::write(
        dir.join("tsa.cnf"),
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n\
         digests=sha256,sha512\ness_cert_id_alg=sha256\n\
         [req]\ndistinguished_name=dn\n[dn]\n\
         [ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n\
         [leaf]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=critical,timeStamping\n\
         [wrong]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=critical,serverAuth\n",
    )
    .unwrap();
    fs::write(dir.join("serial"), "01\n").unwrap();
    let openssl = |args: &[&str]| {
        std::process::Command::new("openssl")
            .args(args)
            .current_dir(dir)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let key = |name: &str| {
        let mut args = vec!["genpkey"];
        args.extend(algorithm);
        args.extend(["-out", name]);
        openssl(&args)
    };
    key("ca.key")
        && key("tsa.key")
        && openssl(&[
            "req",
            "-x509",
            "-new",
            "-key",
            "ca.key",
            "-subj",
            "/CN=Test root",
            "-days",
            "30",
            "-out",
            "ca.pem",
            "-config",
            "tsa.cnf",
            "-extensions",
            "ca",
        ])
        && openssl(&[
            "req",
            "-new",
            "-key",
            "tsa.key",
            "-subj",
            "/O=Test/CN=Time",
            "-out",
            "tsa.csr",
            "-config",
            "tsa.cnf",
        ])
        && openssl(&[
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "30",
            "-out",
            "tsa.pem",
            "-extfile",
            "tsa.cnf",
            "-extensions",
            "leaf",
        ])
}

#[test]
fn time_stamps_from_a_local_authority() {
    if !found("openssl")
        && std::process::Command::new("openssl")
            .arg("version")
            .output()
            .is_err()
    {
        eprintln!("skipped: no OpenSSL on this machine");
        return;
    }
    for algorithm in [
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"][..],
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert!(
            authority(dir.path(), algorithm),
            "the test authority could not be made"
        );
        fs::copy(matter().at("case/commitment.json"), at("c.json")).unwrap();
        output(
            candor()
                .args(["timestamp", "request", "-q"])
                .arg(at("c.json")),
            0,
        );
        let reply = std::process::Command::new("openssl")
            .args([
                "ts",
                "-reply",
                "-queryfile",
                "c.json.tsq",
                "-signer",
                "tsa.pem",
                "-inkey",
            ])
            .args(["tsa.key", "-out", "reply.tsr", "-config", "tsa.cnf"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(
            reply.status.success(),
            "{}",
            String::from_utf8_lossy(&reply.stderr)
        );
        let store = |reply: &str, code| {
            let mut store = candor();
            store
                .args(["timestamp", "store", "-q"])
                .arg(at("c.json"))
                .arg(at(reply));
            output(&mut store, code)
        };
        store("reply.tsr", 0);
        let verify = |file: &str, ca: &str, code| {
            let mut verify = candor();
            verify
                .args(["timestamp", "verify", "-q", "--json"])
                .arg(at(file));
            json(verify.arg("--ca").arg(at(ca)), code)
        };
        let facts = verify("c.json", "ca.pem", 0);
        assert_eq!(facts["trusted"], true);
        assert!(
            facts["authority"].as_str().unwrap().contains("CN=Time"),
            "{facts}"
        );
        // An authority that nobody trusts, another file, a bit changed in the signature.
        let other = tempfile::tempdir().unwrap();
        assert!(authority(other.path(), algorithm));
        fs::copy(other.path().join("ca.pem"), at("other.pem")).unwrap();
        verify("c.json", "other.pem", 1);
        let token = fs::read(at("c.json.tsr")).unwrap();
        fs::write(at("d.json"), "{}").unwrap();
        fs::write(at("d.json.tsr"), &token).unwrap();
        verify("d.json", "ca.pem", 1);
        let mut bent = token.clone();
        *bent.last_mut().unwrap() ^= 1;
        fs::write(at("c.json.tsr"), bent).unwrap();
        verify("c.json", "ca.pem", 1);
        // The answer to another request.
        output(
            candor()
                .args(["timestamp", "request", "-q"])
                .arg(at("c.json")),
            0,
        );
        store("reply.tsr", 1);
        fs::write(at("junk.tsr"), "junk").unwrap();
        store("junk.tsr", 3);
    }
}

#[test]
fn the_custody_log_tells_what_was_done() {
    let matter = matter();
    let verify = |code| {
        let mut verify = candor();
        verify
            .args(["custody", "verify", "-q", "--json"])
            .arg(matter.at("case"));
        json(&mut verify, code)
    };
    let facts = verify(0);
    assert!(facts["entries"].as_u64().unwrap() >= 2);
    let mut show = candor();
    show.args(["custody", "show", "-q"]).arg(matter.at("case"));
    let shown = String::from_utf8(output(&mut show, 0).stdout).unwrap();
    assert!(
        shown.contains("commit") && shown.contains("prove"),
        "{shown}"
    );
    let dir = tempfile::tempdir().unwrap();
    let log = text(&matter.at("case/custody.log"));
    fs::write(
        dir.path().join("custody.log"),
        log.replacen("commit", "comnit", 1),
    )
    .unwrap();
    let mut verify = candor();
    verify.args(["custody", "verify", "-q"]).arg(dir.path());
    output(&mut verify, 1);
}

#[test]
fn a_random_audit_from_challenge_to_estimate() {
    let matter = matter();
    let challenge = matter.at("challenge.json");
    let mut draw = matter.bundle_command(&["audit", "challenge", "-q", "--json"]);
    draw.args(["--size", "4", "--nonce", "spoken in court", "-o"])
        .arg(&challenge);
    let drawn = json(&mut draw, 0);
    assert_eq!(drawn["population_count"], 6);
    let items: Vec<u64> = drawn["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert_eq!(items.len(), 4);

    let open = |challenge: &Path, target: &str, code| {
        let mut open = candor();
        open.args(["audit", "open", "-q", "--case"])
            .arg(matter.at("case"));
        open.arg("--bundle")
            .arg(matter.at("bundle"))
            .arg("--classifier")
            .arg(matter.at("r.clf"));
        output(
            open.arg("--challenge")
                .arg(challenge)
                .arg("-o")
                .arg(matter.at(target)),
            code,
        )
    };
    // A requester who wants to see a certain item.
    let picked = matter.at("picked.json");
    let other = (0..12).find(|i| !items.contains(i)).unwrap();
    fs::write(
        &picked,
        text(&challenge).replacen(&format!("{}", items[0]), &format!("{other}"), 1),
    )
    .unwrap();
    open(&picked, "picked", 3);
    assert!(!matter.at("picked").exists());
    open(&challenge, "in-camera", 0);

    let labels = matter.at("labels.csv");
    let rows: String = items.iter().map(|i| format!("{i},no\n")).collect();
    fs::write(&labels, format!("item,responsive\n{rows}")).unwrap();
    let verify = |openings: &Path, code| {
        let mut verify = candor();
        verify
            .args(["audit", "verify", "-q", "--json"])
            .arg(openings)
            .arg("--challenge")
            .arg(&challenge);
        verify
            .arg("--bundle")
            .arg(matter.at("bundle"))
            .args(matter.files());
        json(verify.arg("--labels").arg(&labels), code)
    };
    let report = verify(&matter.at("in-camera"), 0);
    assert_eq!((&report["ok"], &report["failed"]), (&4.into(), &0.into()));
    assert_eq!(report["elusion"]["hits"], 0);
    assert_eq!(report["elusion"]["missed_high"], 2);

    // The judge is shown another text than the committed one, in a folder that is a sound bag.
    let dir = tempfile::tempdir().unwrap();
    let forged = dir.path().join("forged");
    copy(&matter.at("in-camera"), &forged);
    let file = forged.join(format!("data/items/{:06}/text.txt", items[0]));
    fs::write(&file, "nothing to see").unwrap();
    candor::bundle::bag::unseal(&forged).unwrap();
    candor::bundle::bag::seal(&forged, "2026-01-01", &[]).unwrap();
    let report = verify(&forged, 1);
    assert_eq!(report["failed"], 1);
    let bad = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["status"] == "failed")
        .unwrap();
    assert_eq!(bad["detail"], "its text is not the committed one");
}
