//! Reading real, malformed and hostile mail.

use std::fs;
use std::path::{Path, PathBuf};

use candor::ingest::{
    ExceptionReason, Family, IngestOptions, ItemKind, RawItem, SourceFile, names, read_source, walk,
};
use proptest::prelude::*;

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read_with(name: &str, bytes: &[u8], options: &IngestOptions) -> Vec<Family> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, bytes).unwrap();
    let file = SourceFile::regular(name, path, bytes.len() as u64);
    let families: Vec<Family> = read_source(&file, options).collect();
    check(name, &families);
    families
}

fn read(name: &str, bytes: &[u8]) -> Vec<Family> {
    read_with(name, bytes, &IngestOptions::default())
}

fn read_one(name: &str, bytes: &[u8]) -> Family {
    let mut families = read(name, bytes);
    assert_eq!(families.len(), 1);
    families.remove(0)
}

/// What holds for everything that is ever read.
fn check(name: &str, families: &[Family]) {
    assert!(!families.is_empty(), "{name}: no family");
    let mut paths = std::collections::HashSet::new();
    for family in families {
        assert!(!family.is_empty(), "{name}: empty family");
        for (index, item) in family.iter().enumerate() {
            assert!(paths.insert(item.path.clone()), "{}: not unique", item.path);
            assert!(names::is_safe_relative(&item.path), "{:?}", item.path);
            assert!(item.parent.is_none_or(|parent| parent < index));
            assert_eq!(item.parent.is_none(), index == 0, "{}", item.path);
            if let Some(exception) = &item.exception {
                assert_eq!(item.text, None, "{}", item.path);
                assert!(exception.detail.len() > 20, "{exception}");
            } else if item.kind != ItemKind::Image {
                assert!(item.text.is_some(), "{} has no text", item.path);
                assert!(item.extractor.contains('/'), "{}", item.path);
            }
        }
    }
}

fn text(item: &RawItem) -> &str {
    item.text.as_deref().unwrap_or_default()
}

fn reason(item: &RawItem) -> Option<ExceptionReason> {
    item.exception.as_ref().map(|exception| exception.reason)
}

fn fixture(path: &str) -> Family {
    let bytes = fs::read(data("tests/data/mail").join(path)).unwrap();
    read_one(path, &bytes)
}

#[test]
fn every_fixture_is_read() {
    let options = IngestOptions::default();
    let files = walk(&data("tests/data/mail"), &options).unwrap();
    let mut messages = 0;
    let mut wordless = Vec::new();
    for file in &files {
        let families: Vec<Family> = read_source(file, &options).collect();
        check(&file.rel, &families);
        if file.rel.ends_with(".eml") {
            messages += 1;
            assert_eq!(families[0][0].kind, ItemKind::Mail, "{}", file.rel);
            if reason(&families[0][0]).is_some() {
                assert_eq!(reason(&families[0][0]), Some(ExceptionReason::NoText));
                wordless.push(file.rel.clone());
            }
        }
    }
    assert_eq!(messages, 43);
    // No body at all, or of one letter.
    let wanted = ["000", "001", "007", "010", "012"].map(|n| format!("malformed/{n}.eml"));
    assert_eq!(wordless, wanted);
}

#[test]
fn malformed_messages_keep_their_content() {
    for (path, words) in [
        ("malformed/002.eml", vec!["body"]),
        ("malformed/012.eml", vec!["22", "333"]),
        ("malformed/008.eml", vec!["body", "body2"]),
        ("malformed/009.eml", vec!["1", "22", "333"]),
        (
            "malformed/015.eml",
            vec!["a happy day", "invalid", "Subject: Hello world"],
        ),
        ("malformed/018.eml", vec!["BlackBerry® de Vodafone"]),
        ("malformed/021.eml", vec!["áóúäöüß"]),
        (
            "malformed/022.eml",
            vec!["hello", "not a valid eml, sorry!"],
        ),
        ("thirdparty/005.eml", vec!["Test message"]),
    ] {
        let family = fixture(path);
        let all: Vec<&str> = family.iter().map(text).collect();
        let all = all.join("\n");
        for word in words {
            assert!(all.contains(word), "{path}: {word:?} missing in {all:?}");
        }
    }
}

#[test]
fn messages_in_messages_are_children() {
    let inner = "From: i\nTo: j\nSubject: inner\nContent-Type: multipart/mixed; boundary=in\n\n\
        --in\n\nsee the table\n--in\nContent-Type: text/csv; name=t.csv\n\na,b\n--in--";
    let outer = format!(
        "From: a\nTo: b\nContent-Type: multipart/mixed; boundary=out\n\n--out\n\nforwarded\n\
         --out\nContent-Type: message/rfc822; name=fwd.eml\n\n{inner}\n\
         --out\nContent-Type: text/plain; name=last.txt\n\nlast\n--out--\n"
    );
    let family = read_one("m.eml", outer.as_bytes());
    let shape: Vec<_> = family
        .iter()
        .map(|item| (item.path.as_str(), item.parent, item.kind))
        .collect();
    assert_eq!(
        shape,
        [
            ("m.eml", None, ItemKind::Mail),
            ("m.eml!/attachments/1-fwd.eml", Some(0), ItemKind::Mail),
            (
                "m.eml!/attachments/1-fwd.eml!/attachments/1-t.csv",
                Some(1),
                ItemKind::Text
            ),
            ("m.eml!/attachments/2-last.txt", Some(0), ItemKind::Text),
        ]
    );
    assert_eq!(family[1].bytes, inner.as_bytes());
    assert_eq!(
        text(&family[1]),
        "Subject: inner\nFrom: i\nTo: j\n\nsee the table\n"
    );
    assert_eq!(family[2].media_type, "text/csv");
}

const FULL: &str = "Received: from a by b; Tue, 3 Sep 2002 10:00:05 +0200\r\n\
    From: =?utf-8?B?SsO8cmdlbiBHcsO8bg==?= <jg@example.org>\r\n\
    To: b@example.org, \"C, D\" <c@example.org>\r\nCc: e@example.org\r\n\
    Subject: Contract =?iso-8859-1?Q?f=FCr?= 2002\r\n\tand beyond\r\n\
    Date: Tue, 3 Sep 2002 10:00:00 +0200\r\nMessage-ID: <1@example.org>\r\n\
    In-Reply-To: <0@example.org>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b1\r\n\r\npreamble\r\n\
    --b1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n\
    --b2\r\nContent-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    =F0=D2=C9=D7=C5=D4, world\r\n\
    --b2\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
    <p>&#1055;&#1088;&#1080;&#1074;&#1077;&#1090;, <b>world</b></p>\r\n--b2--\r\n\
    --b1\r\nContent-Type: application/octet-stream; name=\"../../etc/passwd\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nYWEsYgoxLDIK\r\n\
    --b1\r\nContent-Type: image/png; name=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    iVBORw0KGgoAAAANSUhEUg==\r\n\
    --b1\r\nContent-Type: application/msword; name=x.doc\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    AAECAwQF\r\n--b1--\r\n";

#[test]
fn a_whole_message() {
    let family = read_one("mail/1.eml", FULL.as_bytes());
    let message = &family[0];
    assert_eq!(
        text(message),
        "Subject: Contract für 2002 and beyond\nFrom: Jürgen Grün <jg@example.org>\n\
         To: b@example.org, C, D <c@example.org>\nCc: e@example.org\n\
         Date: Tue, 3 Sep 2002 10:00:00 +0200\n\npreamble\n\nПривет, world\n"
    );
    let fact = |key: &str| message.metadata.get(key).map(String::as_str);
    assert_eq!(fact("subject"), Some("Contract für 2002 and beyond"));
    assert_eq!(fact("date"), Some("2002-09-03T10:00:00+02:00"));
    assert_eq!(fact("date_received"), Some("2002-09-03T10:00:05+02:00"));
    assert_eq!(fact("message_id"), Some("1@example.org"));
    assert_eq!(fact("in_reply_to"), Some("0@example.org"));
    assert_eq!(fact("attachments"), Some("3"));
    assert_eq!(message.bytes, FULL.as_bytes());
    assert_eq!(
        message.extractor,
        "mail-parser/0.11.9 candor-mail/3 html2text/0.17.4"
    );

    assert_eq!(family.len(), 4);
    assert_eq!(family[1].path, "mail/1.eml!/attachments/1-passwd");
    assert_eq!(family[1].metadata["file_name"], "../../etc/passwd");
    assert_eq!(family[1].bytes, b"aa,b\n1,2\n");
    assert_eq!(text(&family[1]), "aa,b\n1,2\n");
    assert_eq!(family[2].kind, ItemKind::Image);
    assert_eq!(family[2].media_type, "image/png");
    assert_eq!(reason(&family[3]), Some(ExceptionReason::Unsupported));
    assert_eq!(family[3].bytes, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn html_alternatives_that_say_more_are_kept() {
    let mail = "From: a\nTo: b\nContent-Type: multipart/alternative; boundary=x\n\n\
        --x\nContent-Type: text/plain\n\nPlease use an HTML reader.\n\
        --x\nContent-Type: text/html\n\n<h1>Secret side letter</h1>\n--x--\n";
    let family = read_one("a.eml", mail.as_bytes());
    assert!(text(&family[0]).contains("Please use an HTML reader."));
    assert!(text(&family[0]).contains("Secret side letter"));
}

#[test]
fn raw_eight_bit_headers_and_bodies_are_decoded() {
    let (bytes, _, _) = encoding_rs::KOI8_R.encode(
        "From: Иван Петров <ip@example.org>\nTo: b@example.org\nSubject: Отчёт о продажах за квартал\n\n\
         Уважаемые коллеги, направляю вам отчёт о продажах.\n",
    );
    let family = read_one("a.eml", &bytes);
    assert_eq!(family[0].metadata["subject"], "Отчёт о продажах за квартал");
    assert_eq!(family[0].metadata["from"], "Иван Петров <ip@example.org>");
    assert!(text(&family[0]).contains("Уважаемые коллеги"));
}

#[test]
fn encryption_is_an_exception() {
    let pgp = fs::read(data("corpus-examples/mail/2002-10/encrypted.eml")).unwrap();
    let smime = b"From: a\nTo: b\nSubject: s\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\
        Content-Transfer-Encoding: base64\n\nMIIB\n";
    let inline =
        b"From: a\nTo: b\n\n-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n";
    for bytes in [pgp.as_slice(), smime, inline] {
        let family = read_one("a.eml", bytes);
        assert_eq!(family.len(), 1);
        assert_eq!(reason(&family[0]), Some(ExceptionReason::Encrypted));
        assert!(!family[0].metadata["from"].is_empty());
    }
    let file = read_one("a.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n");
    assert_eq!(reason(&file[0]), Some(ExceptionReason::Encrypted));
}

#[test]
fn damaged_transfer_encodings() {
    let body = "From: a\nTo: b\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n<p>In the clear, really.</p>\n";
    let family = read_one("a.eml", body.as_bytes());
    assert!(text(&family[0]).contains("In the clear, really."));
    assert!(family[0].ledger.line().contains("base64"));
    let attached = "From: a\nTo: b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n\
        --x\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBE\u{1}*Ri0xLjQK\n--x--\n";
    let family = read_one("a.eml", attached.as_bytes());
    assert_eq!(reason(&family[1]), Some(ExceptionReason::Corrupt));
}

#[test]
fn files_that_are_nothing() {
    assert_eq!(reason(&read_one("a", b"")[0]), Some(ExceptionReason::Empty));
    let junk: Vec<u8> = (0..5000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let family = read_one("a.txt", &junk);
    assert_eq!(reason(&family[0]), Some(ExceptionReason::Unsupported));
    assert_eq!(family[0].bytes, junk);
}

#[test]
fn limits_leave_exceptions_not_gaps() {
    let options = IngestOptions {
        max_item_bytes: 100_000,
        max_family_items: 4,
        max_family_bytes: 50_000,
        max_text_bytes: 1_000,
        max_depth: 2,
        ..IngestOptions::default()
    };
    let large = read_with("a.txt", &vec![b'a'; 200_000], &options);
    assert_eq!(reason(&large[0][0]), Some(ExceptionReason::TooLarge));
    assert_eq!(large[0][0].metadata["size"], "200000");
    assert_eq!(large[0][0].metadata["sha256"].len(), 64);

    let long = read_with("a.txt", &vec![b'a'; 2_000], &options);
    assert_eq!(reason(&long[0][0]), Some(ExceptionReason::TooLarge));
    assert_eq!(long[0][0].bytes.len(), 2_000);

    let mut many = "From: a\nTo: b\nContent-Type: multipart/mixed; boundary=x\n\n".to_owned();
    for i in 0..9 {
        many += &format!("--x\nContent-Type: text/plain; name={i}.txt\n\ncontent {i}\n");
    }
    let family = &read_with("a.eml", many.as_bytes(), &options)[0];
    assert_eq!(family.len(), 5);
    assert_eq!(reason(&family[4]), Some(ExceptionReason::TooMany));

    let mut fat = "From: a\nTo: b\nContent-Type: multipart/mixed; boundary=x\n\n".to_owned();
    for i in 0..3 {
        fat += &format!(
            "--x\nContent-Type: text/plain; name={i}.txt\n\n{}\n",
            "z ".repeat(10_000)
        );
    }
    let family = &read_with("a.eml", fat.as_bytes(), &options)[0];
    assert_eq!(
        reason(family.last().unwrap()),
        Some(ExceptionReason::TooLarge)
    );
    assert!(family.last().unwrap().bytes.is_empty());

    let mut nested = "Content-Type: text/plain\n\ninnermost".to_owned();
    for _ in 0..4 {
        nested = format!("From: a\nTo: b\nContent-Type: message/rfc822\n\n{nested}");
    }
    let family = &read_with("a.eml", nested.as_bytes(), &options)[0];
    assert_eq!(
        reason(family.last().unwrap()),
        Some(ExceptionReason::TooDeep)
    );
    assert_eq!(family.len(), 4);
}

#[test]
fn nesting_bombs_are_survived() {
    for repeat in [5_000, 60_000, 400_000] {
        let bomb = "Content-Type: message/rfc822\n\n".repeat(repeat);
        let family = read_one("bomb.eml", bomb.as_bytes());
        let last = family.last().unwrap();
        assert_eq!(reason(last), Some(ExceptionReason::TooDeep), "{repeat}");
    }
    let mut parts = "From: a\nTo: b\n".to_owned();
    for i in 0..50_000 {
        parts += &format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n");
    }
    let family = read_one("bomb.eml", parts.as_bytes());
    assert_eq!(reason(&family[0]), Some(ExceptionReason::TooDeep));
}

#[test]
fn mailboxes_are_read_message_by_message() {
    let one = "From a@b.c Thu Aug 22 13:17:22 2002\nFrom: a\nSubject: one\n\nfirst\n";
    let families = read("x.eml", one.as_bytes());
    assert_eq!(families.len(), 1);
    assert_eq!(families[0][0].path, "x.eml");
    assert_eq!(families[0][0].bytes, one.as_bytes());
    assert!(text(&families[0][0]).starts_with("Subject: one\n"));

    let mailbox = format!(
        "{one}\n{}\n{one}",
        FULL.replace("\r\n", "\n")
            .replace("Received", "From x Thu Aug 22 13:17:22 2002\nReceived")
    );
    let families = read("old/box", mailbox.as_bytes());
    let shape: Vec<_> = families
        .iter()
        .map(|f| (f[0].path.as_str(), f.len()))
        .collect();
    assert_eq!(
        shape,
        [("old/box!/1", 1), ("old/box!/2", 4), ("old/box!/3", 1)]
    );
    assert_eq!(families[0][0].bytes, b"From: a\nSubject: one\n\nfirst\n");
    assert_eq!(families[1][1].path, "old/box!/2!/attachments/1-passwd");

    let attached = format!(
        "From: a\nTo: b\nContent-Type: multipart/mixed; boundary=xx\n\n--xx\n\nsee box\n--xx\n\
         Content-Type: application/mbox; name=box.mbox\n\n{one}\n{one}\n--xx--\n"
    );
    let family = read_one("a.eml", attached.as_bytes());
    let paths: Vec<_> = family
        .iter()
        .map(|item| (item.path.as_str(), item.parent))
        .collect();
    assert_eq!(
        paths,
        [
            ("a.eml", None),
            ("a.eml!/attachments/1-box.mbox", Some(0)),
            ("a.eml!/attachments/1-box.mbox!/1", Some(1)),
            ("a.eml!/attachments/1-box.mbox!/2", Some(1)),
        ]
    );
}

#[test]
fn the_shipped_corpus() {
    let options = IngestOptions::default();
    let files = walk(&data("corpus-examples/mail"), &options).unwrap();
    let mut reasons = Vec::new();
    let (mut mails, mut children) = (0, 0);
    for file in &files {
        for family in read_source(file, &options) {
            check(&file.rel, std::slice::from_ref(&family));
            mails += usize::from(family[0].kind == ItemKind::Mail);
            children += family.len() - 1;
            reasons.extend(
                family
                    .iter()
                    .filter_map(|item| Some((item.path.clone(), reason(item)?.id()))),
            );
        }
    }
    assert_eq!((files.len(), mails), (154, 152));
    assert_eq!(children, 28);
    assert_eq!(
        reasons,
        [
            ("2002-06/003.eml!/attachments/1-MailXS_list.lst", "empty"),
            ("2002-08/037.eml!/attachments/1-1.txt", "empty"),
            (
                "2002-08/040.eml!/attachments/1-111111111111111111.txt",
                "empty"
            ),
            ("2002-09/untitled.eml", "empty"),
            ("2002-10/encrypted.eml", "encrypted"),
            ("2002-11/voicemail.wav", "unsupported"),
        ]
        .map(|(path, reason)| (path.to_owned(), reason))
    );
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_listed_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link")).unwrap();
    let pipe = dir.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let options = IngestOptions::default();
    let files = walk(dir.path(), &options).unwrap();
    let reasons: Vec<_> = files
        .iter()
        .flat_map(|file| read_source(file, &options))
        .map(|family| reason(&family[0]).unwrap().id())
        .collect();
    assert_eq!(reasons, ["link", "special_file"]);
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let seeds: Vec<Vec<u8>> = walk(&data("tests/data/mail"), &IngestOptions::default())
        .unwrap()
        .iter()
        .map(|file| fs::read(&file.path).unwrap())
        .chain([FULL.as_bytes().to_vec()])
        .collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 0..30);
    (prop::sample::select(seeds), changes).prop_map(|(mut bytes, changes)| {
        for (at, value, what) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = value,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, value),
                _ => {
                    let tail = bytes[at..].to_vec();
                    bytes.extend_from_slice(&tail[..tail.len().min(2_000)]);
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_messages_never_fail(bytes in mutated()) {
        read("m.eml", &bytes);
    }

    #[test]
    fn random_bytes_never_fail(bytes: Vec<u8>, name in "[a-z]{1,8}\\.(eml|txt|pdf|html|zip)") {
        read(&name, &bytes);
    }
}
