//! The disclosure guard on real mail: whatever is withheld does not leave by another way, or a person is asked.

use crate::common::{candor, classifier, copy_dir, json, output, raffle};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A real message, which the classifier of these tests does not match.
fn real() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("corpus-examples/mail/2002-07/012.eml")).unwrap();
    assert!(!text.contains("lottery"));
    text.replace("\r\n", "\n")
}

/// Its body.
fn body() -> String {
    real().split_once("\n\n").unwrap().1.to_owned()
}

/// The message with a sentence that the classifier matches.
fn matching() -> String {
    format!("{}\nThis is about the lottery.\n", real())
}

/// A message with attachments, each with its header lines.
fn message(subject: &str, text: &str, attached: &[(&str, String)]) -> String {
    let mut out = format!(
        "From: Jo <jo@example.org>\nTo: Al <al@example.org>\nSubject: {subject}\n\
         Message-ID: <{}@example.org>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"=-b\"\n\n--=-b\nContent-Type: text/plain\n\n{text}\n",
        subject.replace(' ', "-")
    );
    for (header, content) in attached {
        out += &format!("--=-b\n{header}\n\n{content}\n");
    }
    out + "--=-b--\n"
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    let all = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<&str> = all
        .as_bytes()
        .chunks(76)
        .map(|l| std::str::from_utf8(l).unwrap())
        .collect();
    lines.join("\n")
}

struct Case {
    dir: TempDir,
    clf: PathBuf,
}

impl Case {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = dir.path().join("corpus").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let clf = classifier(dir.path());
        let mut commit = candor();
        commit.arg("commit").arg(dir.path().join("corpus"));
        commit
            .arg("--case")
            .arg(dir.path().join("case"))
            .arg("--quiet");
        output(&mut commit, 0);
        Case { dir, clf }
    }

    /// `prove` with a list of these items.
    fn run(&self, withheld: &[&str], more: &[&str], code: i32) -> Value {
        let list = self.dir.path().join("list.csv");
        let rows: String = withheld
            .iter()
            .map(|w| format!("\"{w}\",AC,advice\n"))
            .collect();
        fs::write(&list, format!("item,reason,description\n{rows}")).unwrap();
        let mut prove = candor();
        prove
            .args(["prove", "--json", "--case"])
            .arg(self.dir.path().join("case"));
        prove
            .arg("--classifier")
            .arg(&self.clf)
            .arg("--withhold")
            .arg(&list)
            .args(more);
        json(&mut prove, code)
    }

    fn plan(&self, withheld: &[&str], code: i32) -> Value {
        self.run(withheld, &["--plan"], code)
    }
}

/// The one finding of a level, with its grounds and the place inside.
#[track_caller]
fn one(told: &Value, level: &str) -> (Vec<String>, String, String) {
    let found = told["refusal"][level].as_array().unwrap();
    assert_eq!(found.len(), 1, "{told:#}");
    let other = if level == "exact" { "near" } else { "exact" };
    assert_eq!(
        told["refusal"][other].as_array().unwrap().len(),
        0,
        "{told:#}"
    );
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let grounds = found[0]["grounds"].as_array().unwrap();
    let grounds = grounds.iter().map(|g| text(&g["ground"])).collect();
    (
        grounds,
        text(&found[0]["outgoing_path"]),
        text(&found[0]["inside"]),
    )
}

#[test]
fn the_same_message_at_another_custodian_does_not_leave() {
    let other = format!(
        "Received: from mx by mail.example.org; Mon, 22 Jul 2002 18:12:26 +0100\n{}",
        matching()
    );
    let case = Case::new(&[
        ("ann/1.eml", matching().as_bytes()),
        ("bob/7.eml", other.as_bytes()),
    ]);
    let (grounds, path, inside) = one(&case.plan(&["ann/1.eml"], 1), "exact");
    assert!(grounds.contains(&"same_message".into()), "{grounds:?}");
    assert!(grounds.contains(&"same_text".into()), "{grounds:?}");
    assert_eq!((&*path, &*inside), ("bob/7.eml", ""));
    // The run itself refuses too, and leaves no bundle.
    let bundle = case.dir.path().join("bundle");
    case.run(&["ann/1.eml"], &["-o", bundle.to_str().unwrap()], 1);
    assert!(!bundle.exists());
    // What is exact cannot be allowed; withholding both is the remedy.
    case.run(
        &["ann/1.eml"],
        &["--plan", "--allow", "bob/7.eml=it is all right"],
        1,
    );
    let plan = case.plan(&["ann/1.eml", "bob/7.eml"], 0);
    assert_eq!(plan["withheld"].as_array().unwrap().len(), 2);
}

#[test]
fn a_memo_with_one_more_newline_does_not_leave() {
    let memo = format!("About the lottery.\n\n{}", body());
    let other = memo.replacen("\n\n", "\n\n\n", 1);
    let case = Case::new(&[
        ("memo.txt", memo.as_bytes()),
        ("old/memo.txt", other.as_bytes()),
    ]);
    let (grounds, path, _) = one(&case.plan(&["memo.txt"], 1), "exact");
    assert_eq!(
        (grounds, &*path),
        (vec!["same_text".to_owned()], "old/memo.txt")
    );
}

#[test]
fn bytes_inside_of_a_produced_message_do_not_leave_whatever_their_verdict() {
    // Attached as a message, its first line passes for a header that nobody reads and is gone, so that the copy
    // does not match; its bytes are the same.
    let notes = format!("Received: on the lottery.\n\n{}", body().trim());
    let mail = message(
        "holiday",
        "Win the lottery!",
        &[("Content-Type: message/rfc822", notes.clone())],
    );
    let case = Case::new(&[("m.eml", mail.as_bytes()), ("notes.txt", notes.as_bytes())]);
    let (grounds, path, inside) = one(&case.plan(&["notes.txt"], 1), "exact");
    assert!(grounds.contains(&"same_bytes".into()), "{grounds:?}");
    assert_eq!(
        (&*path, &*inside),
        ("m.eml", "m.eml!/attachments/1-message.eml")
    );
}

#[test]
fn members_of_an_archive_in_a_message_do_not_leave() {
    use std::io::Write;
    let notes = format!("Notes on the lottery.\n{}", body());
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default();
    zip.start_file("deep/notes.txt", stored).unwrap();
    zip.write_all(notes.as_bytes()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let attached = "Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64";
    let mail = message("archive", "Win the lottery!", &[(attached, base64(&zip))]);
    let case = Case::new(&[("m.eml", mail.as_bytes()), ("notes.txt", notes.as_bytes())]);
    let told = case.plan(&["notes.txt"], 1);
    let exact = told["refusal"]["exact"].as_array().unwrap();
    assert!(
        exact.iter().any(
            |f| f["inside"] == "m.eml!/attachments/1-a.zip!/deep/notes.txt"
                && f["outgoing_path"] == "m.eml"
                && f["grounds"][0]["ground"] == "same_bytes"
        ),
        "{told:#}"
    );
}

#[test]
fn an_attachment_whose_path_names_its_withheld_message_is_asked_about() {
    let attached = "Content-Type: text/plain; name=terms.txt\nContent-Disposition: attachment; filename=terms.txt";
    let mail = message(
        "advice",
        "My advice on the lottery.",
        &[(attached, format!("Terms of the lottery.\n{}", body()))],
    );
    let case = Case::new(&[("legal/advice on the merger.eml", mail.as_bytes())]);
    let item = "legal/advice on the merger.eml";
    let child = "legal/advice on the merger.eml!/attachments/1-terms.txt";
    let (grounds, path, _) = one(&case.plan(&[item], 1), "near");
    assert_eq!((grounds, &*path), (vec!["path_names".to_owned()], child));
    // A reason lets it go out; it is bound to the run and recorded.
    let bundle = case.dir.path().join("bundle");
    let allow = format!("{child}=the message is on the log, its terms are public");
    case.run(&[item], &["--plan", "--allow", &format!("{child}= ")], 2);
    let report = case.run(
        &[item],
        &["--allow", &allow, "-o", bundle.to_str().unwrap()],
        0,
    );
    assert_eq!(report["withheld"], 1);
    let log = fs::read_to_string(case.dir.path().join("case/custody.log")).unwrap();
    assert!(log.contains("its terms are public"), "{log}");
    // An allowance of what nothing was found about is taken for the mistake it is.
    let other = case.run(&[item, child], &["--plan", "--allow", &allow], 2);
    assert_eq!(other["error"], "disclosure", "{other:#}");
}

#[test]
fn a_text_that_another_message_quotes_is_asked_about() {
    let quoted: String = matching()
        .split_once("\n\n")
        .unwrap()
        .1
        .lines()
        .map(|l| format!("> {l}\n"))
        .collect();
    let reply = format!(
        "From: Cy <cy@example.org>\nTo: Di <di@example.org>\nSubject: other things\n\n\
         I have a question about the lottery, and about what our friend wrote:\n\n{quoted}\nWhat do you say?\n"
    );
    let case = Case::new(&[
        ("1.eml", matching().as_bytes()),
        ("2.eml", reply.as_bytes()),
    ]);
    let (grounds, path, _) = one(&case.plan(&["1.eml"], 1), "near");
    assert_eq!((grounds, &*path), (vec!["quotes".to_owned()], "2.eml"));
}

#[test]
fn the_same_text_in_another_format_inside_of_a_message_does_not_leave() {
    let memo = format!("Notes on the lottery.\n\n{}", body());
    let html = format!(
        "<html><body><p>{}</p></body></html>",
        memo.replace('&', "&amp;").replace('<', "&lt;")
    );
    let attached = "Content-Type: text/html; name=memo.html\nContent-Disposition: attachment; filename=memo.html";
    let mail = message("format", "Win the lottery!", &[(attached, html)]);
    let case = Case::new(&[("m.eml", mail.as_bytes()), ("memo.txt", memo.as_bytes())]);
    let told = case.plan(&["memo.txt"], 1);
    let all = ["exact", "near"]
        .map(|level| told["refusal"][level].as_array().unwrap().clone())
        .concat();
    assert!(
        all.iter()
            .any(|f| f["outgoing_path"] == "m.eml"
                && f["inside"] == "m.eml!/attachments/1-memo.html"),
        "{told:#}"
    );
}

#[test]
fn unrelated_mail_is_not_asked_about() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/mail/2002-07");
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for name in ["010.eml", "013.eml", "015.eml"] {
        let mut bytes = fs::read(root.join(name)).unwrap();
        bytes.extend_from_slice(b"\nThis is about the lottery.\n");
        files.push((name.to_owned(), bytes));
    }
    files.push(("012.eml".to_owned(), matching().into_bytes()));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (&**n, &**b)).collect();
    let plan = Case::new(&files).plan(&["012.eml"], 0);
    assert_eq!(plan["guard"]["compared"], 3);
    assert_eq!(plan["guard"]["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn every_mistake_of_a_list_is_told_at_once() {
    let case = Case::new(&[
        ("1.eml", matching().as_bytes()),
        ("2.eml", real().as_bytes()),
    ]);
    let list = case.dir.path().join("bad.csv");
    fs::write(
        &list,
        "item;reason;description\n2.eml;AC;x\nnope;AC;x\n1.eml;AC;\n",
    )
    .unwrap();
    let mut plan = candor();
    plan.args(["prove", "--plan", "--json", "--case"])
        .arg(case.dir.path().join("case"));
    plan.arg("--classifier")
        .arg(&case.clf)
        .arg("--withhold")
        .arg(&list);
    let told = json(&mut plan, 3);
    let lines: Vec<_> = told["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["line"].clone())
        .collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn what_was_decided_in_the_review_is_the_list() {
    let case = Case::new(&[
        ("1.eml", matching().as_bytes()),
        ("2.eml", real().as_bytes()),
    ]);
    let clf = candor::input::classifier(&case.clf).unwrap();
    let folder = case.dir.path().join("case");
    let vault = candor::commit::Vault::open(&folder).unwrap();
    let index = vault
        .items()
        .map(Result::unwrap)
        .find(|i| i.path() == "1.eml")
        .unwrap()
        .index();
    let mut review = candor::review::Review::open(&folder, &clf.hash()).unwrap();
    let reason = candor::bundle::Reason::parse("WP").unwrap();
    review
        .withhold(
            &candor::Surroundings::system(),
            index,
            reason,
            "notes for trial",
        )
        .unwrap();
    let mut plan = candor();
    plan.args(["prove", "--plan", "--json", "--case"])
        .arg(&folder)
        .arg("--classifier")
        .arg(&case.clf);
    let told = json(&mut plan, 0);
    assert_eq!(told["withheld"][0]["index"], index);
    assert_eq!(told["withheld"][0]["reason"], "WP");
    // Another list is not taken silently.
    let told = case.plan(&["1.eml"], 2);
    assert_eq!(told["error"], "other_decisions");
    assert_eq!(told["differences"][0]["difference"], "changed");
}

#[test]
fn what_was_withheld_from_an_earlier_request_does_not_leave_with_the_next_unasked() {
    let case = Case::new(&[
        ("memo.txt", b"counsel on the lottery, page one"),
        ("again.txt", b"counsel on the lottery, page one"),
        ("ad.txt", b"play the lottery"),
        ("other.txt", b"cheese"),
    ]);
    let dir = case.dir.path();
    let first = dir.join("first");
    let first = ["-o", first.to_str().unwrap()];
    case.run(&["memo.txt", "again.txt"], &first, 0);
    let other = dir.join("raffle.clf");
    raffle(&other);
    let prove = |more: &[&str], code| {
        let mut command = candor();
        command.current_dir(dir).args(["prove", "--case", "case"]);
        command.arg("--classifier").arg(&other).args(more);
        json(command.args(["--json", "-q"]), code)
    };
    let paths = |told: &Value| -> Vec<String> {
        let near = told["refusal"]["near"].as_array().unwrap().iter();
        near.map(|f| f["outgoing_path"].as_str().unwrap().to_owned())
            .collect()
    };
    for more in [&["--plan"][..], &["-o", "second"]] {
        let told = prove(more, 1);
        assert_eq!(told["error"], "disclosure", "{told}");
        assert_eq!(paths(&told), ["again.txt", "memo.txt"]);
        assert_eq!(
            told["refusal"]["near"][0]["grounds"][0]["ground"],
            "earlier"
        );
    }
    assert!(!dir.join("second").exists());
    // One is withheld again: the other, a copy, does not leave even if allowed.
    fs::write(
        dir.join("one.csv"),
        "item,reason,description\nmemo.txt,AC,x\n",
    )
    .unwrap();
    let more = [
        "--withhold",
        "one.csv",
        "--allow",
        "again.txt=public since",
        "-o",
        "second",
    ];
    let told = prove(&more, 1);
    assert_eq!(told["refusal"]["exact"][0]["outgoing_path"], "again.txt");
    let waived = [
        "--allow",
        "memo.txt=privilege waived",
        "--allow",
        "again.txt=as memo.txt",
        "-o",
        "second",
    ];
    let told = prove(&waived, 0);
    assert_eq!(told["allowed"].as_array().unwrap().len(), 2);
    assert_eq!(told["guard"]["earlier"], 2);
    // What was allowed then needs no second word; from a case that knows nothing of it, it does.
    let export = |out: &str, more: &[&str], code| {
        let mut command = candor();
        command
            .current_dir(dir)
            .args(["export", "second", "--case", "case"]);
        command.args([
            "--commitment",
            "case/commitment.json",
            "--profile",
            "csv",
            "-o",
            out,
        ]);
        output(command.arg("--classifier").arg(&other).args(more), code)
    };
    export("production", &[], 0);
    fs::remove_file(dir.join("case/custody.log")).unwrap();
    let refused = export("once-more", &[], 1);
    let refused = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.contains("was withheld from an earlier request"),
        "{refused}"
    );
    let mut foia = candor();
    fs::create_dir(dir.join("requests")).unwrap();
    copy_dir(&dir.join("second"), &dir.join("requests/second"));
    foia.current_dir(dir).args([
        "foia", "export", "requests", "--case", "case", "-o", "answers",
    ]);
    foia.args(["--commitment", "case/commitment.json"]);
    let refused = output(foia.arg("--classifier").arg(&other), 1);
    let refused = String::from_utf8(refused.stdout).unwrap();
    assert!(
        refused.contains("was withheld from an earlier request"),
        "{refused}"
    );
    assert!(!dir.join("answers/requests/second").exists());
    // With a reason for each it goes out, and the custody log has them.
    let foia = |allow: &[&str], code| {
        let mut foia = candor();
        foia.current_dir(dir)
            .args(["foia", "export", "requests", "--case", "case"]);
        foia.args([
            "-o",
            "answers",
            "--commitment",
            "case/commitment.json",
            "--json",
        ]);
        foia.arg("--classifier").arg(&other).args(allow);
        output(&mut foia, code)
    };
    foia(&["--allow", "memo.txt="], 2);
    foia(&["--allow", "nobody.txt=why not"], 2);
    let one = foia(&["--allow", "memo.txt=waived by the client"], 1);
    assert!(String::from_utf8(one.stdout).unwrap().contains("allow it"));
    let both = [
        "--allow",
        "memo.txt=waived by the client",
        "--allow",
        "again.txt=a copy of it",
    ];
    let told: Value = serde_json::from_slice(&foia(&both, 0).stdout).unwrap();
    assert_eq!(told["allowed"].as_array().unwrap().len(), 2, "{told:#}");
    assert!(dir.join("answers/requests/second/serve").is_dir());
    let log = fs::read_to_string(dir.join("case/custody.log")).unwrap();
    assert!(log.contains("waived by the client"), "{log}");
    export(
        "once-more",
        &["--allow", "memo.txt=waived", "--allow", "again.txt=waived"],
        0,
    );
    let log = fs::read_to_string(dir.join("case/custody.log")).unwrap();
    assert!(log.contains("allowed") && log.contains("waived"), "{log}");
}

/// Words that stand in no other document.
fn words(seed: u32, count: u32) -> String {
    let one = |i: u32| {
        let mut n = u64::from(seed * 1000 + i).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let syllables = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "do", "gu"];
        let mut word = String::new();
        for _ in 0..5 {
            word += syllables[(n % 10) as usize];
            n /= 10;
        }
        word
    };
    (0..count).map(one).collect::<Vec<_>>().join(" ")
}

fn packed(parts: &[(&str, String)]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Whatever a reader does not show lies in the file all the same, and the file is what is handed over.
#[test]
fn what_no_reader_shows_of_a_file_is_compared() {
    let secret = |seed| words(seed, 60);
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" \
        ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let rels = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" \
        Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
        Target=\"word/document.xml\"/></Relationships>";
    let page = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><!-- {} --><w:body><w:p><w:r>\
         <w:t>the lottery</w:t></w:r></w:p></w:body></w:document>",
        secret(3)
    );
    let docx = packed(&[
        ("[Content_Types].xml", types.into()),
        ("_rels/.rels", rels.into()),
        ("word/document.xml", page),
    ]);
    let png = first_png();
    // A chunk of text behind the header, as programs that write pictures put it there.
    let said = [b"tEXtComment\0", secret(4).as_bytes()].concat();
    let chunk = [&(said.len() as u32 - 4).to_be_bytes()[..], &said, &[0; 4]].concat();
    let png = [&png[..33], &chunk, &png[33..]].concat();
    let wide: Vec<u8> = secret(5)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let attached = |name: &str, bytes: &[u8]| {
        let header = format!(
            "Content-Type: application/octet-stream; name={name}\nContent-Disposition: attachment; filename={name}\n\
             Content-Transfer-Encoding: base64"
        );
        message(name, "About the lottery.", &[(&header, base64(bytes))])
    };
    let files: Vec<(String, Vec<u8>)> = vec![
        (
            "1.html".into(),
            format!("<p>the lottery</p><script>x = '{}'</script>", secret(1)).into(),
        ),
        (
            "2.eml".into(),
            format!(
                "From: a@x.example\nX-Note: {}\nSubject: y\n\nthe lottery\n",
                secret(2)
            )
            .into(),
        ),
        ("3.docx".into(), docx),
        ("4.eml".into(), attached("a.png", &png).into()),
        (
            "5.eml".into(),
            attached(
                "b.bin",
                &[b"\x07\x00\x01\xff\x00WPC\x00", &wide[..]].concat(),
            )
            .into(),
        ),
        (
            "6.rtf".into(),
            format!("{{\\rtf1 the lottery {{\\*\\private {}}}}}", secret(6)).into(),
        ),
        (
            "7.eml".into(),
            attached(
                "c.zip",
                &[packed(&[("n.txt", "cheese".into())]), secret(7).into()].concat(),
            )
            .into(),
        ),
    ];
    let count = files.len();
    let mut all: Vec<(String, Vec<u8>)> = (1..=count)
        .map(|n| {
            (
                format!("secret/{n}.txt"),
                format!("lottery {}", secret(n as u32)).into(),
            )
        })
        .collect();
    all.extend(files);
    let all: Vec<(&str, &[u8])> = all
        .iter()
        .map(|(name, bytes)| (&**name, &**bytes))
        .collect();
    let withheld: Vec<String> = (1..=count).map(|n| format!("secret/{n}.txt")).collect();
    let withheld: Vec<&str> = withheld.iter().map(|name| &**name).collect();
    let told = Case::new(&all).plan(&withheld, 1);
    let near = told["refusal"]["near"].as_array().unwrap();
    for n in 1..=count {
        let found = near
            .iter()
            .find(|f| f["withheld_path"] == format!("secret/{n}.txt"));
        let found = found.unwrap_or_else(|| panic!("{n}: {told:#}"));
        assert_eq!(found["grounds"][0]["ground"], "in_bytes", "{found:#}");
        assert!(
            found["outgoing_path"]
                .as_str()
                .unwrap()
                .starts_with(&n.to_string()),
            "{found:#}"
        );
    }
    assert_eq!(near.len(), count, "{told:#}");
}

fn first_png() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus-examples/images");
    let name = crate::common::walk(&root)
        .into_iter()
        .find(|name| name.ends_with(".png"));
    fs::read(root.join(name.unwrap())).unwrap()
}

/// A scanned letter that hangs on a withheld message hangs on another one as well; a logo does so everywhere.
#[test]
fn pictures_that_hang_on_a_withheld_message_are_asked_about() {
    let picture = |name: &str, bytes: &[u8]| {
        let header = format!(
            "Content-Type: image/png; name={name}\nContent-Disposition: attachment; filename={name}\n\
             Content-Transfer-Encoding: base64"
        );
        (header, base64(bytes))
    };
    let logo = first_png();
    assert!(logo.len() < 16 << 10);
    let mut noise: u32 = 1;
    let mut scan = image::GrayImage::new(400, 400);
    for pixel in scan.pixels_mut() {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        pixel.0 = [(noise >> 24) as u8];
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    scan.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let (scan, logo) = (
        picture("letter.png", &bytes.into_inner()),
        picture("logo.png", &logo),
    );
    let mail = |subject: &str, with: &[&(String, String)]| {
        let with: Vec<(&str, String)> = with.iter().map(|(h, b)| (&**h, b.clone())).collect();
        message(
            subject,
            &format!("About the lottery. {}", words(subject.len() as u32, 20)),
            &with,
        )
    };
    let case = Case::new(&[
        (
            "kept.eml",
            mail("advice of counsel", &[&scan, &logo]).as_bytes(),
        ),
        ("other.eml", mail("for your files", &[&scan]).as_bytes()),
        ("third.eml", mail("holidays", &[&logo]).as_bytes()),
    ]);
    let (grounds, path, inside) = one(&case.plan(&["kept.eml"], 1), "near");
    assert!(grounds.contains(&"same_bytes".to_owned()), "{grounds:?}");
    assert_eq!(
        (&*path, &*inside),
        ("other.eml", "other.eml!/attachments/1-letter.png")
    );
}

/// What many items share is asked once, and the answer is about that and nothing besides.
#[test]
fn a_passage_that_many_share_takes_one_answer() {
    let notice = words(1, 60);
    let kept = format!("lottery {} {notice}", words(2, 20));
    let letter =
        |n: u32, besides: &str| format!("lottery {} {notice} {besides}", words(10 + n, 30));
    let mut files: Vec<(String, String)> = (0..6)
        .map(|n| (format!("out/{n}.txt"), letter(n, "")))
        .collect();
    // One quotes what is secret besides.
    files.push(("out/6.txt".into(), letter(6, &words(2, 20))));
    files.push(("kept.txt".into(), kept));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (&**n, b.as_bytes())).collect();
    let case = Case::new(&files);
    let told = case.plan(&["kept.txt"], 1);
    let passages = told["refusal"]["passages"].as_array().unwrap();
    assert_eq!(passages.len(), 1, "{told:#}");
    assert_eq!(passages[0]["items"].as_array().unwrap().len(), 6);
    assert!(
        notice.starts_with(
            passages[0]["excerpt"]
                .as_str()
                .unwrap()
                .trim_end_matches('.')
        ),
        "{told:#}"
    );
    let id = passages[0]["id"].as_str().unwrap();
    let allow = format!("passage:{id}=a notice that everybody gets");
    let (_, path, _) = one(
        &case.run(&["kept.txt"], &["--plan", "--allow", &allow], 1),
        "near",
    );
    assert_eq!(path, "out/6.txt");
    // Another passage than there is, and one that is no more.
    let other = case.run(
        &["kept.txt"],
        &["--plan", "--allow", "passage:00000000=x"],
        2,
    );
    assert_eq!(other["error"], "allow", "{other:#}");
    let bundle = case.dir.path().join("bundle");
    let both = ["kept.txt", "out/6.txt"];
    let report = case.run(
        &both,
        &["--allow", &allow, "-o", bundle.to_str().unwrap()],
        0,
    );
    let allowed = report["allowed"].as_array().unwrap();
    assert_eq!(allowed.len(), 6, "{report:#}");
    let reason = format!("a notice that everybody gets (passage {id})");
    assert!(allowed.iter().all(|a| a["reason"] == reason), "{report:#}");
    let log = fs::read_to_string(case.dir.path().join("case/custody.log")).unwrap();
    assert!(log.contains(&reason), "{log}");
    // What was answered is not asked again when a production is made.
    let dir = case.dir.path();
    let mut export = candor();
    export
        .args(["export", "--profile", "csv", "--case"])
        .arg(dir.join("case"));
    export
        .arg(&bundle)
        .arg("--commitment")
        .arg(dir.join("case/commitment.json"));
    export
        .arg("--classifier")
        .arg(&case.clf)
        .arg("-o")
        .arg(dir.join("production"));
    output(&mut export, 0);
}
