//! What may be handed over tells of undisclosed documents nothing that the bundle does not tell.
//!
//! Every path, name, party, subject, Message-ID, hash and reader's detail of every item that was not produced
//! is searched for in every file of every `serve/`, in whatever encoding it is written there.

use super::matter::{Matter, build_with};
use crate::common::{bright, candor, lottery, output, walk};
use candor::bundle::{Bundle, Disposition, Dispositions};
use candor::commit::Vault;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

/// A mail whose every header is its own, and whose text resembles no other.
fn mail(who: &str, body: &str, annex: &str) -> String {
    let words: Vec<String> = (0..30).map(|n| format!("{who}{n}")).collect();
    let (first, second) = (words[..15].join(" "), words[15..].join(" "));
    format!(
        "From: \"{who}, Zzsender\" <{who}.from@agency.example>\r\n\
         To: \"{who} Zzreader\" <{who}.to@agency.example>\r\n\
         Cc: {who}.cc@agency.example\r\nBcc: {who}.bcc@agency.example\r\n\
         Subject: Concerning {who} & others\r\n\
         Date: Wed, 31 Jul 2002 23:30:05 -0500\r\nMessage-ID: <{who}.id@agency.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\n{first} {body}\r\n--b\r\n\
         Content-Type: text/plain; name=\"{who}-annex.txt\"\r\n\
         Content-Disposition: attachment; filename=\"{who}-annex.txt\"\r\n\r\n\
         {second} {annex}\r\n--b--\r\n"
    )
}

/// Grounds, each for one mail with its attachment.
const GROUNDS: [(&str, &str); 5] = [
    ("wolcott", "AC"),
    ("pemberton", "b6"),
    ("quillfeather", "b7c"),
    ("ravenscroft", "b7d"),
    ("thistlewood", "b7f"),
];

fn files() -> Vec<(String, Vec<u8>)> {
    let (lottery, gruyere) = ("we won the lottery", "two wheels of gruyere");
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("closed/plans-to-dismiss-dunstable.txt".into(), Vec::new()),
        (
            "closed/merger-with-eaglesham.docx".into(),
            b"PK\x03\x04 and no more".to_vec(),
        ),
        (
            "closed/fotheringay.pst".into(),
            b"!BDN\x00 an Outlook store".to_vec(),
        ),
    ];
    let mut add = |folder: &str, who: &str, body: &str, annex: &str| {
        let path = format!("{folder}/{who}.eml");
        files.push((path, mail(who, body, annex).into()));
    };
    add("open", "abernathy", lottery, lottery);
    // Families that are produced in part, either way round.
    add("open", "birdsong", lottery, gruyere);
    add("closed", "hollingberry", gruyere, lottery);
    add("closed", "casterbridge", gruyere, gruyere);
    for (who, _) in GROUNDS {
        add("closed", who, lottery, lottery);
    }
    files
}

fn texts() -> &'static Matter {
    static MATTER: OnceLock<Matter> = OnceLock::new();
    MATTER.get_or_init(|| {
        let rows: Vec<String> = GROUNDS
            .iter()
            .flat_map(|(who, ground)| {
                [
                    format!("closed/{who}.eml,{ground},one letter"),
                    format!("closed/{who}.eml!/attachments/1-{who}-annex.txt,{ground},its annex"),
                ]
            })
            .collect();
        build_with(lottery, &files(), &rows.join("\n"), &[])
    })
}

/// A request about pictures: everything else is outside the classifier's form.
pub fn pictures() -> &'static Matter {
    static MATTER: OnceLock<Matter> = OnceLock::new();
    MATTER.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/images");
        let mut all = files();
        for (n, name) in walk(&root).into_iter().take(8).enumerate() {
            let bytes = fs::read(root.join(&name)).unwrap();
            let ending = name.rsplit('.').next().unwrap();
            all.push((format!("pictures/glossop-estate-{n}.{ending}"), bytes));
        }
        build_with(bright, &all, "", &["--forms", "text,rgb32"])
    })
}

/// A file as people and programs read it: its bytes as text, what is packed in it, what is encoded in it.
fn readings(name: &str, bytes: &[u8]) -> Vec<String> {
    let mut out = vec![name.to_owned(), String::from_utf8_lossy(bytes).into_owned()];
    if bytes.starts_with(b"\xff\xfe") {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        out.push(String::from_utf16_lossy(&units));
    }
    if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        for i in 0..archive.len() {
            let mut file = archive.by_index(i).unwrap();
            let mut text = Vec::new();
            file.read_to_end(&mut text).unwrap();
            out.push(String::from_utf8_lossy(&text).into_owned());
        }
    }
    if bytes.starts_with(b"%PDF") {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let strings = text.split('<').filter_map(|part| {
            let (hex, rest) = part.split_once('>')?;
            rest.starts_with(" Tj").then(|| hex::decode(hex).ok())?
        });
        out.push(
            strings
                .map(|s| String::from_utf8_lossy(&s).into_owned())
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    let plain = |text: String| {
        let text = text.replace("&amp;", "&").replace("&lt;", "<");
        text.replace("&gt;", ">")
            .replace("&quot;", "\"")
            .to_lowercase()
    };
    out.into_iter().map(plain).collect()
}

/// Everything below a folder, as one reads it.
fn everything(dir: &Path) -> Vec<(String, String)> {
    walk(dir)
        .into_iter()
        .flat_map(|name| {
            let bytes = fs::read(dir.join(&name)).unwrap();
            let all = readings(&name, &bytes);
            all.into_iter().map(move |text| (name.clone(), text))
        })
        .collect()
}

fn holds(all: &[(String, String)], secret: &str) -> Option<String> {
    let found = all.iter().find(|(_, text)| text.contains(secret));
    found.map(|(name, _)| name.clone())
}

/// What the vault knows of undisclosed items and the bundle does not tell.
fn secrets(matter: &Matter) -> BTreeSet<String> {
    let bundle = Bundle::open(&matter.at("bundle")).unwrap();
    let leaves = bundle.own_leaves().unwrap();
    let dispositions = Dispositions::derive(bundle.manifest(), &leaves).unwrap();
    let vault = Vault::open(&matter.at("case")).unwrap();
    let mut secrets = BTreeSet::new();
    for (index, disposition) in dispositions.iter() {
        if disposition == Disposition::Produced {
            continue;
        }
        let item = vault.item(index).unwrap();
        let meta = item.meta();
        secrets.insert(meta.path.clone());
        secrets.extend(meta.path.split("!/").map(str::to_owned));
        secrets.extend(meta.path.rsplit('/').next().map(str::to_owned));
        secrets.extend(meta.exception.clone());
        for (key, value) in &meta.metadata {
            match &**key {
                "from" | "to" | "cc" | "bcc" | "message_id" => {
                    let parts = value.split(['<', '>', '"', ',', ' ', '@', ';']);
                    secrets.extend(parts.map(str::to_owned));
                    secrets.insert(value.clone());
                }
                "author" | "last_author" | "title" | "company" | "subject" | "file_name"
                | "sha256" | "md5" | "edrm_mih" | "custodian" => {
                    secrets.insert(value.clone());
                }
                // What says nothing of this document: a charset, a number of pages.
                _ => {}
            }
        }
    }
    let told = everything(&matter.at("bundle"));
    secrets
        .into_iter()
        .map(|secret| secret.trim().to_lowercase())
        .filter(|secret| secret.chars().count() >= 5)
        .filter(|secret| holds(&told, secret).is_none())
        .collect()
}

#[track_caller]
fn nothing_of(secrets: &BTreeSet<String>, dir: &Path) {
    let all = everything(dir);
    assert!(all.len() > 4, "{} has {} files", dir.display(), all.len());
    for secret in secrets {
        if let Some(file) = holds(&all, secret) {
            panic!("{}: {file} tells '{secret}'", dir.display());
        }
    }
}

/// Every profile, with and without the case, with and without placeholders.
fn exports_are_silent(matter: &Matter, code: i32) {
    let secrets = secrets(matter);
    for profile in ["relativity", "nuix", "everlaw", "logikcull", "csv"] {
        for (n, case) in [false, true].into_iter().enumerate() {
            let target = matter.at(&format!("quiet-{profile}-{n}"));
            let mut export = matter.bundle_command(&["export", "-q", "--profile", profile]);
            if case {
                export
                    .arg("--slip-sheets")
                    .arg("--case")
                    .arg(matter.at("case"));
                if profile != "csv" {
                    export.args(["--encoding", "utf16"]);
                }
            }
            output(export.arg("-o").arg(&target), code);
            nothing_of(&secrets, &target.join("serve"));
            assert_eq!(target.join("internal").exists(), case);
            // The two folders are all there is.
            assert_eq!(
                fs::read_dir(&target).unwrap().count(),
                1 + usize::from(case)
            );
        }
    }
    // What may not be served is what the responder needs to know.
    let kept = everything(&matter.at("quiet-csv-1/internal"));
    for known in [
        "closed/plans-to-dismiss-dunstable.txt",
        "merger-with-eaglesham.docx",
    ] {
        assert!(secrets.contains(known), "{known} would not be looked for");
        assert!(holds(&kept, known).is_some(), "{known}");
    }
}

#[test]
fn a_served_production_tells_nothing_of_undisclosed_documents() {
    let matter = texts();
    let secrets = secrets(matter);
    // Parties, subject, Message-ID, hashes and names of every ground are looked for.
    for (who, _) in GROUNDS {
        for known in [
            format!("{who}.from"),
            format!("{who}.bcc"),
            format!("concerning {who} & others"),
            format!("{who}.id"),
            format!("{who}-annex.txt"),
        ] {
            assert!(secrets.contains(&known), "{known} would not be looked for");
        }
    }
    let hashes = secrets
        .iter()
        .filter(|s| s.len() == 64 && !s.contains(['/', ' ']));
    assert!(hashes.count() >= 10);
    exports_are_silent(matter, 4);
    let kept = everything(&matter.at("quiet-csv-1/internal"));
    for (who, _) in GROUNDS {
        assert!(holds(&kept, &format!("{who}.from")).is_some(), "{who}");
        assert!(
            holds(&kept, &format!("concerning {who}")).is_some(),
            "{who}"
        );
    }
}

#[test]
fn a_request_about_pictures_does_not_serve_the_paths_of_all_mail() {
    let matter = pictures();
    let secrets = secrets(matter);
    assert!(secrets.contains("closed/casterbridge.eml"));
    exports_are_silent(matter, 4);
}

#[test]
fn an_answer_to_a_request_for_records_tells_nothing_either() {
    for matter in [texts(), pictures()] {
        let secrets = secrets(matter);
        let list = matter.at("requests.csv");
        let bundle = matter.at("bundle");
        let case = matter.at("case");
        let rows = format!(
            "request,bundle,case,requester\n2026-1,{b},,A\n2026-2,{b},{c},B\n2026-3,nowhere,{c},C\n",
            b = bundle.display(),
            c = case.display()
        );
        fs::write(&list, rows).unwrap();
        let target = matter.at("answers");
        let mut run = candor();
        run.args(["foia", "export", "-q"])
            .arg(&list)
            .args(matter.files());
        output(run.arg("-o").arg(&target), 1);
        for request in ["2026-1", "2026-2"] {
            nothing_of(
                &secrets,
                &target.join("requests").join(request).join("serve"),
            );
        }
        // Of other requesters and failures, nobody who asked hears either.
        assert!(target.join("internal/failures.csv").exists());
        let mut top: Vec<String> = walk(&target)
            .into_iter()
            .filter(|name| !name.contains("/serve/") && !name.contains("internal/"))
            .collect();
        top.sort();
        assert_eq!(top, Vec::<String>::new());
        let kept = everything(&target.join("requests/2026-2/internal"));
        assert!(holds(&kept, "closed/plans-to-dismiss-dunstable.txt").is_some());
    }
}

#[test]
fn the_report_and_the_certificate_tell_nothing_either() {
    for matter in [texts(), pictures()] {
        let dir = matter.at("papers");
        fs::create_dir(&dir).unwrap();
        let mut verify = matter.bundle_command(&["verify-bundle", "-q"]);
        verify.arg("--report").arg(dir.join("report.html"));
        verify
            .arg("--certificate")
            .arg(dir.join("certificate.html"));
        let said = output(&mut verify, 4).stdout;
        fs::write(dir.join("said.txt"), said).unwrap();
        nothing_of(&secrets(matter), &dir);
    }
}

/// A second batch in the same folder adds to the logs of the first.
#[test]
fn a_batch_does_not_forget_the_requests_of_another() {
    let matter = texts();
    let list = matter.at("batches.csv");
    let target = matter.at("batches");
    let run = |numbers: &[&str], code: i32| {
        let bundle = matter.at("bundle");
        let rows: String = numbers
            .iter()
            .map(|n| format!("{n},{}\n", bundle.display()))
            .collect();
        fs::write(&list, format!("request,bundle\n{rows}")).unwrap();
        let mut run = candor();
        run.args(["foia", "export", "-q"])
            .arg(&list)
            .args(matter.files());
        output(run.arg("-o").arg(&target), code);
    };
    run(&["1", "2"], 4);
    let log = || fs::read_to_string(target.join("internal/request-log.csv")).unwrap();
    assert_eq!(log().lines().count(), 3);
    run(&["3"], 4);
    let after = log();
    for number in ["1", "2", "3"] {
        let row = format!("{number},");
        assert!(after.lines().any(|line| line.starts_with(&row)), "{after}");
    }
    assert_eq!(after.lines().count(), 4);
}

/// Facts are served one by one, when asked for, and never those of protected persons with the others.
#[test]
fn facts_are_served_only_if_named_and_persons_by_a_second_word() {
    let matter = texts();
    let export = |name: &str, arguments: &[&str]| {
        let target = matter.at(name);
        let mut export = matter.bundle_command(&["export", "-q", "--profile", "csv"]);
        export.arg("--case").arg(matter.at("case")).args(arguments);
        let done = output(export.arg("-o").arg(&target), 4);
        let log = everything(&target.join("serve"));
        (log, String::from_utf8(done.stderr).unwrap())
    };
    let (served, said) = export("facts", &["--log-facts", "date,author"]);
    assert!(holds(&served, "wolcott.from").is_some());
    for hidden in ["wolcott.to", "concerning wolcott", "wolcott-annex.txt"] {
        assert_eq!(holds(&served, hidden), None, "{hidden}");
    }
    for (who, _) in &GROUNDS[1..] {
        assert_eq!(holds(&served, &format!("{who}.from")), None, "{who}");
    }
    assert!(
        said.contains("date, author") && !said.contains("WARNING"),
        "{said}"
    );
    let (served, said) = export("personal", &["--personal-facts", "author"]);
    assert_eq!(holds(&served, "wolcott.from"), None);
    assert!(holds(&served, "ravenscroft.from").is_some());
    assert_eq!(holds(&served, "ravenscroft.to"), None);
    assert!(
        said.contains("WARNING") && said.contains("(b)(7)(D)"),
        "{said}"
    );
    // The custody log says what was let out.
    let custody = fs::read_to_string(matter.at("case/custody.log")).unwrap();
    assert!(custody.contains("personal:author"), "{custody}");
    // Names that do not exist, and facts without a case, are refused.
    for wrong in [
        &["--log-facts", "author"][..],
        &["--case", "x", "--log-facts", "names"],
    ] {
        let mut export = matter.bundle_command(&["export", "-q", "--profile", "csv"]);
        output(export.args(wrong).arg("-o").arg(matter.at("none")), 2);
    }
}
