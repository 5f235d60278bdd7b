//! Mail as gateways, lists, old programs and accidents leave it: what a searcher needs is in a text, and what
//! could not be read is said.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};
use candor::ingest::{
    ExceptionReason, Family, IngestOptions, ItemKind, RawItem, SourceFile, Unread, read_source,
};

const WORDS: &str = "the kingfisher ledger was moved to the cellar";
const HEAD: &str = "From: Ann Sample <ann@example.com>\nTo: Bob Sample <bob@example.com>\n\
    Subject: quarterly schedule\nDate: Tue, 12 Mar 2002 09:00:00 -0600\nMessage-ID: <m1@example.com>\n\
    MIME-Version: 1.0\n";

fn read(name: &str, bytes: impl AsRef<[u8]>) -> Vec<Family> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, bytes.as_ref()).unwrap();
    let file = SourceFile::regular(name, path, bytes.as_ref().len() as u64);
    read_source(&file, &IngestOptions::default()).collect()
}

/// The only family.
fn one(name: &str, bytes: impl AsRef<[u8]>) -> Family {
    let mut families = read(name, bytes);
    assert_eq!(families.len(), 1, "{name}");
    families.remove(0)
}

fn text(item: &RawItem) -> &str {
    item.text.as_deref().unwrap_or_default()
}

fn whole(family: &[RawItem]) -> String {
    let texts: Vec<String> = family
        .iter()
        .map(|item| text(item).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    texts.join("\n")
}

fn reason(item: &RawItem) -> Option<ExceptionReason> {
    item.exception.as_ref().map(|exception| exception.reason)
}

fn coded() -> String {
    STANDARD.encode(WORDS)
}

/// A message with a letter and an attachment, its parts divided by `boundary`.
fn with_attachment(boundary: &str) -> String {
    format!(
        "Content-Type: multipart/mixed; boundary=\"bb\"\n\n--{boundary}\nContent-Type: text/plain\n\nbody words\n\
         --{boundary}\nContent-Type: text/plain; name=\"ledger.txt\"\n\
         Content-Disposition: attachment; filename=\"ledger.txt\"\nContent-Transfer-Encoding: base64\n\n{}\n\
         --{boundary}--\n",
        coded()
    )
}

fn mail() -> String {
    format!("{HEAD}{}", with_attachment("bb"))
}

/// The letter and its attachment, read in full.
fn check_family(family: &[RawItem], what: &str) {
    assert_eq!(family.len(), 2, "{what}");
    assert_eq!(family[0].kind, ItemKind::Mail, "{what}");
    assert!(text(&family[0]).contains("body words"), "{what}");
    assert!(text(&family[0]).contains("quarterly schedule"), "{what}");
    assert_eq!(text(&family[1]).trim_end(), WORDS, "{what}");
}

#[test]
fn whatever_is_wrapped_around_it_a_message_is_one() {
    let mail = mail();
    let list =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict/></plist>\n";
    let wide: Vec<u8> = mail.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (what, name, bytes) in [
        ("blank line", "a.eml", format!("\n{mail}").into_bytes()),
        ("mark", "287079.", format!("\u{feff}{mail}").into_bytes()),
        (
            "banner",
            "a.eml",
            format!("Microsoft Mail Internet Headers Version 2.0\r\n{mail}").into_bytes(),
        ),
        (
            "Apple",
            "1.emlx",
            format!("{}\n{mail}{list}", mail.len()).into_bytes(),
        ),
        ("old Mac", "letter", mail.replace('\n', "\r").into_bytes()),
        (
            "twice converted",
            "a.eml",
            mail.replace('\n', "\r\r\n").into_bytes(),
        ),
        ("UTF-16", "a.eml", wide),
        ("no name", "287079.", mail.clone().into_bytes()),
    ] {
        check_family(&one(name, bytes), what);
    }
}

#[test]
fn damaged_headers_are_mended_and_it_is_said() {
    let mail = mail();
    for (what, name, bytes) in [
        (
            "stray line",
            "287079.",
            mail.replace("MIME-V", "this line was torn\nMIME-V"),
        ),
        (
            "blank line",
            "a.eml",
            mail.replace("1.0\nContent-Type", "1.0\n\nContent-Type"),
        ),
        (
            "torn parameter",
            "a.eml",
            mail.replacen("mixed; ", "mixed;\n", 1),
        ),
        (
            "no blank line",
            "a.eml",
            mail.replacen("\n\n--bb", "\n--bb", 1),
        ),
        (
            "in a part",
            "a.eml",
            mail.replacen("--bb\nContent", "--bb\n\nContent", 1),
        ),
    ] {
        let family = one(name, bytes);
        check_family(&family, what);
        assert!(family[0].ledger.has(Unread::Damaged), "{what}");
        assert_eq!(
            text(&family[0]).contains("this line was torn"),
            what == "stray line"
        );
    }
}

#[test]
fn wrong_and_lost_boundaries_do_not_lose_parts() {
    let header = "Content-Type: multipart/mixed; boundary=\"bb\"\n\n";
    for (what, mail) in [
        ("another one", format!("{HEAD}{}", with_attachment("zz"))),
        ("none", mail().replace("; boundary=\"bb\"", "")),
        ("not in the header", mail().replace(header, "\n")),
    ] {
        let family = one("a.eml", &mail);
        check_family(&family, what);
        assert_eq!(
            family[0].ledger.has(Unread::Damaged),
            what != "not in the header"
        );
    }
    // A boundary within a line, or as the beginning of another one, is none.
    let mail = mail().replace("body words", "body words\nas --bb said\n--bbb\nmore");
    let family = one("a.eml", mail);
    assert!(text(&family[0]).contains("as --bb said\n--bbb\nmore"));
    assert_eq!(family.len(), 2);
}

#[test]
fn text_around_the_parts_is_text() {
    let mail = mail().replacen(
        "\n\n--bb",
        "\n\nThis is a multi-part message in MIME format.\n\n--bb",
        1,
    ) + "\nthe heron account is closed\n";
    let family = one("a.eml", &mail);
    assert!(text(&family[0]).contains("heron account"));
    assert!(!text(&family[0]).contains("MIME format"));
    let told = mail.replace("MIME format.", "MIME format. Ask for the osprey.");
    assert!(text(&one("a.eml", told)[0]).contains("Ask for the osprey"));
}

#[test]
fn files_in_the_text_are_children() {
    let uu = "begin 644 ledger.txt\n#0V%T\n`\nend\n";
    let family = one("a.eml", format!("{HEAD}\nSee the file.\n\n{uu}\nRegards\n"));
    assert_eq!(family.len(), 2);
    assert_eq!(family[1].bytes, b"Cat");
    assert_eq!(family[1].path, "a.eml!/attachments/1-ledger.txt");
    assert!(
        text(&family[0]).contains("begin 644 ledger.txt\n") && text(&family[0]).contains("Regards")
    );
    assert!(!text(&family[0]).contains("#0V%T"));
    // Declared as an encoding, in a file of its own, and without an end.
    let declared = format!(
        "{HEAD}Content-Type: text/plain; name=l.txt\nContent-Disposition: attachment\n\
        Content-Transfer-Encoding: x-uuencode\n\n{uu}"
    );
    assert_eq!(one("a.eml", declared)[1].bytes, b"Cat");
    let file = one("ledger.uue", format!("a file follows\n{uu}"));
    assert_eq!((file.len(), &*file[1].bytes), (2, &b"Cat"[..]));
    let cut = one("a.eml", format!("{HEAD}\nbegin 644 ledger.txt\n#0V%T\n"));
    assert!(cut[0].ledger.has(Unread::Truncated));
    assert_eq!(cut[1].bytes, b"Cat");
}

#[test]
fn base64_is_read_as_far_as_it_goes() {
    let text_of = |body: &str| {
        let family = one(
            "a.eml",
            format!("{HEAD}Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{body}"),
        );
        (whole(&family), family[0].ledger.clone())
    };
    // The footer of a list, in the clear.
    let (told, ledger) = text_of(&format!(
        "{}\n\n_____\nto unsubscribe from the albatross list\n",
        coded()
    ));
    assert!(told.contains(WORDS) && told.contains("unsubscribe from the albatross"));
    assert!(ledger.is_empty());
    // Cut within the attachment of a message.
    let mail = mail();
    let cut = &mail[..mail.find(&coded()).unwrap() + 29];
    let family = one("a.eml", cut);
    assert_eq!(text(&family[1]), "the kingfisher ledger");
    assert!(family[0].ledger.has(Unread::Truncated) && family[1].ledger.has(Unread::Truncated));
    // A damaged character costs itself.
    let (told, ledger) = text_of(&format!("{}\n{}\u{1}\n", coded(), coded()));
    assert!(told.contains(WORDS) && ledger.has(Unread::Undecodable));
    // Lines of it that nothing announces.
    let long = STANDARD.encode(WORDS.repeat(6));
    let lines: Vec<&str> = long
        .as_bytes()
        .chunks(76)
        .map(|c| std::str::from_utf8(c).unwrap())
        .collect();
    let family = one(
        "a.eml",
        format!("{HEAD}\nforwarded:\n\n{}\n", lines.join("\n")),
    );
    assert!(whole(&family).contains(WORDS));
}

#[test]
fn what_lies_elsewhere_is_said() {
    let stub = mail().replace(
        "Content-Transfer-Encoding",
        "X-Mozilla-Altered: AttachmentDetached; date=\"x\"\n\
         X-Mozilla-External-Attachment-URL: file:///c:/ledger.pdf\nContent-Transfer-Encoding",
    );
    let partial = format!(
        "{HEAD}Content-Type: message/partial; id=\"x@y\"; number=2; total=3\n\nthe middle\n"
    );
    let external = format!(
        "{HEAD}Content-Type: message/external-body; access-type=URL; \
        URL=\"https://example.com/ledger.pdf\"\n\nContent-Type: application/pdf\n\n"
    );
    let cloud = format!("{HEAD}\nsee https://drive.google.com/file/d/1abc/view?usp=sharing.\n");
    let linked = format!(
        "{HEAD}Content-Type: text/html\n\n<a href=\"https://contoso.sharepoint.com/:x:/s/a\">the file</a>"
    );
    let named = format!("{HEAD}\nsee below\n\n << File: ledger.xls >>\n");
    let scrubbed = format!("{HEAD}\nA non-text attachment was scrubbed...\nName: ledger.pdf\n");
    for (what, mail, code) in [
        ("stub", &stub, Unread::External),
        ("partial", &partial, Unread::Truncated),
        ("external", &external, Unread::External),
        ("cloud", &cloud, Unread::External),
        ("link", &linked, Unread::External),
        ("placeholder", &named, Unread::External),
        ("scrubbed", &scrubbed, Unread::External),
    ] {
        let family = one("a.eml", mail);
        assert!(family[0].ledger.has(code), "{what}: {:?}", family[0].ledger);
    }
    assert!(whole(&one("a.eml", partial)).contains("the middle"));
    let there = mail().replace("body words", "see <<ledger.txt>>");
    assert!(one("a.eml", there)[0].ledger.is_empty());
    let ordinary =
        format!("{HEAD}\nsee https://www.google.com/search and https://dropbox.com/about\n");
    assert!(one("a.eml", ordinary)[0].ledger.is_empty());
}

#[test]
fn headers_that_people_search_are_in_the_text() {
    let mail = format!(
        "{HEAD}Bcc: carol.hidden@example.com\nReply-To: dropbox.kingfisher@example.com\n\
         Sender: secretary.smith@example.com\nKeywords: cormorant project\nComments: =?utf-8?q?held_f=C3=BCr_falcon?=\n\
         Resent-To: heron@example.com\nX-Internal: nothing of this\n\nwords\n"
    );
    let family = one("a.eml", &mail);
    for wanted in [
        "carol.hidden",
        "dropbox.kingfisher",
        "secretary.smith",
        "cormorant project",
        "held für falcon",
        "heron@",
    ] {
        assert!(text(&family[0]).contains(wanted), "{wanted}");
    }
    assert!(!text(&family[0]).contains("nothing of this"));
    // What only repeats the author is not said twice.
    let same = format!("{HEAD}Sender: ann@example.com\n\nwords\n");
    assert!(!text(&one("a.eml", same)[0]).contains("Sender"));
}

#[test]
fn a_page_that_says_one_word_more_is_text() {
    let plain = "the agreement between the parties is as follows and it has many words in common with the other";
    let mail = format!(
        "{HEAD}Content-Type: multipart/alternative; boundary=aa\n\n--aa\nContent-Type: text/plain\n\n{plain}\n\
         --aa\nContent-Type: text/html\n\n<p>{plain}</p><p>kingfisher</p>\n--aa--\n"
    );
    let family = one("a.eml", mail);
    assert!(text(&family[0]).contains("kingfisher"));
    assert_eq!(text(&family[0]).matches("agreement").count(), 1);
}

#[test]
fn encryption_and_signatures() {
    let pgp = "-----BEGIN PGP MESSAGE-----\n\nhQ==\n=AbCd\n-----END PGP MESSAGE-----\n";
    let family = one("a.eml", format!("{HEAD}\nHi Bob,\n\n{pgp}"));
    assert_eq!(reason(&family[0]), None);
    assert!(family[0].ledger.has(Unread::Encrypted) && text(&family[0]).contains("Hi Bob"));
    assert_eq!(
        reason(&one("a.eml", format!("{HEAD}\n{pgp}"))[0]),
        Some(ExceptionReason::Encrypted)
    );
    assert!(
        one("note.txt", format!("Hi,\n{pgp}"))[0]
            .ledger
            .has(Unread::Encrypted)
    );

    // An opaque signature is opened, as the whole message and as an attachment.
    let inner = format!("Content-Type: text/plain\r\n\r\n{WORDS}\r\n");
    let p7m = STANDARD.encode(signed(Some(inner.as_bytes())));
    let kind = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64";
    let family = one("a.eml", format!("{HEAD}Content-Type: {kind}\n\n{p7m}\n"));
    assert_eq!((family.len(), reason(&family[0])), (1, None));
    assert!(whole(&family).contains(WORDS) && family[0].ledger.is_empty());
    let below = mail()
        .replace("text/plain; name=\"ledger.txt\"\nContent-Disposition: attachment; filename=\"ledger.txt\"\n\
             Content-Transfer-Encoding: base64", kind)
        .replace(&coded(), &p7m);
    let family = one("a.eml", below);
    assert_eq!(family.len(), 2);
    assert!(text(&family[1]).contains(WORDS));
    // A detached one is no exception, and says by whom.
    let p7s = one("smime.p7s", signed(None));
    assert_eq!(reason(&p7s[0]), None);
    assert!(text(&p7s[0]).contains("Ann Sample"));
}

/// CMS signed data, with a certificate that is only a name.
fn signed(content: Option<&[u8]>) -> Vec<u8> {
    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, 0x82];
        out.extend((content.len() as u16).to_be_bytes());
        out.extend(content);
        out
    }
    let oid = |last| {
        [
            &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7][..],
            &[last],
        ]
        .concat()
    };
    let held = content
        .map(|c| value(0xA0, &value(4, c)))
        .unwrap_or_default();
    let data = [
        value(2, &[1]),
        value(0x31, &[]),
        value(0x30, &[oid(1), held].concat()),
        value(0xA0, &value(0x13, b"Ann Sample")),
    ];
    value(
        0x30,
        &[oid(2), value(0xA0, &value(0x30, &data.concat()))].concat(),
    )
}

#[test]
fn mailboxes_without_what_separates_messages() {
    let mail = mail();
    for (what, from) in [
        ("bare", "From \n"),
        ("dash", "From -\n"),
        ("Eudora", "From ???@??? Tue Mar 12 09:00:00 2002\n"),
        ("dated", "From ann@example.com Tue Mar 12 09:00:00 2002\n"),
    ] {
        let mailbox = format!("{from}{mail}").repeat(3);
        let families = read("inbox", &mailbox);
        assert_eq!(families.len(), 3, "{what}");
        for (number, family) in (1..).zip(&families) {
            check_family(family, what);
            assert_eq!(family[0].path, format!("inbox!/{number}"));
            assert_eq!(family[0].bytes, mail.as_bytes(), "{what}");
        }
    }
    // Quoting is undone in what is handed out.
    let quoted = format!("From a@b.c Tue Mar 12 09:00:00 2002\n{HEAD}\n>From here\n>>From there\n")
        .repeat(2);
    let families = read("x.mbox", quoted);
    assert!(
        families[0][0]
            .bytes
            .ends_with(b"\n\nFrom here\n>From there\n")
    );
}

#[test]
fn dates_are_understood_or_told() {
    let date = |written: &str| {
        let family = one(
            "a.eml",
            format!("From: a@example.com\nTo: b@example.com\nDate: {written}\n\nwords\n"),
        );
        let told = family[0].ledger.has(Unread::Fact);
        (family[0].metadata.get("date").cloned(), told)
    };
    for (written, wanted) in [
        (
            "Tue, 12 Mar 2002 10:00:00 GMT+0200",
            "2002-03-12T10:00:00+02:00",
        ),
        ("12 Mar 02 10:00 EST", "2002-03-12T10:00:00-05:00"),
        ("2002-03-12 10:00:00", "2002-03-12T10:00:00-00:00"),
    ] {
        assert_eq!(date(written), (Some(wanted.to_owned()), false), "{written}");
    }
    for written in ["some day in May", "3/4/2002", "99 Foo 2002"] {
        assert_eq!(date(written), (None, true), "{written}");
    }
}

#[test]
fn notations_are_told_as_text() {
    let invitation = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:acquisi\r\n tion of Northwind\r\n\
        ATTACH;ENCODING=BASE64;FILENAME=l.txt:dGhlIGxlZGdlcg==\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let family = one("invite", invitation);
    assert!(text(&family[0]).contains("acquisition of Northwind"));
    assert_eq!(text(&family[1]), "the ledger");
    let chat =
        r#"[{"type":"message","user":"U1","text":"the kingfi\u0073her","ts":"1015923600.0002"}]"#;
    assert!(whole(&one("general.json", chat)).contains("U1: the kingfisher"));
    let xml = "<?xml version=\"1.0\"?><a>Gespr&#228;ch</a>";
    assert!(whole(&one("a.xml", xml)).contains("Gespräch"));
    let decomposed = "Mu\u{308}ller acqui\u{ad}sition North\u{200b}wind";
    assert_eq!(
        text(&one("a.txt", decomposed)[0]),
        "Müller acquisition Northwind"
    );
}

#[test]
fn without_a_word_there_is_no_text() {
    for (name, bytes) in [
        ("a.txt", "--- . ---\n\n"),
        ("a.html", "<p>&nbsp;</p>"),
        ("a.csv", ",;,\n"),
    ] {
        let family = one(name, bytes);
        assert_eq!(reason(&family[0]), Some(ExceptionReason::NoText), "{name}");
    }
    assert_eq!(reason(&one("a.txt", "字")[0]), None);
}
