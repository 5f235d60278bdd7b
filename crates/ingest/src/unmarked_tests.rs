//! Texts whose charset, header or style sheet says something else than their bytes, or nothing: each is read rightly, or
//! it is said that it may not be. None is "wholly read" and wrong.

use super::again::{self, Outside};
use super::item::RawItem;
use super::ledger::Unread;
use super::limits::IngestOptions;

fn read(name: &str, bytes: &[u8]) -> Vec<RawItem> {
    let outside = Outside {
        name,
        ..Outside::default()
    };
    again::read(bytes, &outside, &IngestOptions::default())
}

fn mail(fields: &str, body: &[u8]) -> Vec<RawItem> {
    let head = format!(
        "From: a@acme.example\nTo: b@acme.example\nDate: Tue, 3 Apr 2001 10:00:00 +0000\nMIME-Version: 1.0\n{fields}\n\n"
    );
    read("m.eml", &[head.as_bytes(), body].concat())
}

fn all_text(items: &[RawItem]) -> String {
    let texts = items.iter().filter_map(|item| item.text.as_deref());
    texts.collect::<Vec<_>>().join("\n")
}

/// The words are there, and nothing is doubtful.
#[track_caller]
fn says(items: &[RawItem], words: &str) {
    assert!(
        all_text(items).contains(words),
        "{words:?} in {:?}",
        all_text(items)
    );
    for item in items {
        assert!(item.ledger.is_empty(), "{}", item.ledger.line());
    }
}

/// It is written down that something was not read, or that it is a guess; what was found is text.
#[track_caller]
fn tells(items: &[RawItem], code: Unread, words: &[&str]) {
    let told: Vec<String> = items.iter().map(|item| item.ledger.line()).collect();
    assert!(
        items.iter().any(|item| item.ledger.has(code)),
        "{code} in {told:?}"
    );
    for words in words {
        assert!(
            all_text(items).contains(words),
            "{words:?} in {:?}",
            all_text(items)
        );
    }
}

/// The same text in every charset: bytes as Python and iconv write them.
const BODIES: [(&str, &[u8], &str); 22] = [
    ("utf-7", b"caf+AOk- +ZeVnLIqe-", "café 日本語"),
    ("unicode-1-1-utf-7", b"caf+AOk-", "café"),
    ("utf7", b"caf+AOk-", "café"),
    ("cp65000", b"caf+AOk-", "café"),
    ("x-unicode-2-0-utf-7", b"caf+AOk-", "café"),
    ("csUTF7", b"caf+AOk-", "café"),
    ("iso-2022-jp", b"\x1b$B$3$l\x1b(B ok", "これ ok"),
    (
        "iso-2022-jp-2",
        b"\x1b$A<:Ky\x1b(B \x1b$(C0!3*\x1b(B",
        "己所 가나",
    ),
    ("iso-2022-jp-1", b"\x1b$(D0!\x1b(B", "丂"),
    ("iso-2022-jp-ext", b"\x1b(I6@\x1b(B", "ｶﾀ"),
    ("us-ascii", b"\x1b$B$3$l\x1b(B ok", "これ ok"),
    ("iso-2022-kr", b"\x1b$)C\n\x0e0!3*\x0f ok", "가나 ok"),
    ("iso-2022-cn", b"\x1b$)A\x0eVPND\x0f ok", "中文 ok"),
    ("hz-gb-2312", b"see ~{<:Ky2;~} ok", "see 己所不 ok"),
    (
        "ibm037",
        b"\xa5\x85\x93\xa5\x85\xa3\x40\x96\xa3\xa3\x85\x99",
        "velvet otter",
    ),
    ("cp437", b"M\x81ller", "Müller"),
    ("viscii", b"Vi\xaet Nam", "Việt Nam"),
    ("tis-620", b"\xa1\xd2\xc3", "การ"),
    ("x-mac-ce", b"P\xdaet", "Pŕet"),
    ("koi8-t", b"\xd4\xcf\xde\xc9\xcb", "точик"),
    ("utf-32be", b"\0\0\0c\0\0\0a\0\0\0f\0\0\0\xe9", "café"),
    ("big5-hkscs", b"\xa7A\xa6n \xf9\xd6", "你好 碁"),
];

#[test]
fn bodies_in_charsets_that_the_web_has_forgotten() {
    for (label, bytes, words) in BODIES {
        let items = mail(
            &format!("Subject: x\nContent-Type: text/plain; charset={label}"),
            bytes,
        );
        says(&items, words);
    }
}

fn quoted(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("={byte:02X}")).collect()
}

#[test]
fn subjects_names_and_file_names_in_them() {
    for (label, bytes, words) in BODIES {
        if bytes.contains(&b'\n') || label == "us-ascii" {
            continue;
        }
        let word = format!("=?{label}?Q?{}?=", quoted(bytes));
        says(
            &mail(&format!("Subject: {word}"), b"x"),
            &format!("Subject: {words}"),
        );
        says(
            &mail(&format!("Cc: {word} <c@acme.example>"), b"x"),
            &format!("Cc: {words} <c@acme.example>"),
        );
        let percent = quoted(bytes).replace('=', "%");
        let items = mail(
            &format!(
                "Content-Type: text/plain\nContent-Disposition: attachment;\n filename*={label}''{percent}"
            ),
            b"words of the otter",
        );
        let name = items.iter().find_map(|item| item.metadata.get("file_name"));
        assert!(
            name.is_some_and(|name| name.contains(words)),
            "{label} {name:?}"
        );
        let told: Vec<String> = items.iter().map(|item| item.ledger.line()).collect();
        assert!(told.iter().all(String::is_empty), "{label} {told:?}");
    }
}

#[test]
fn headers_that_cannot_be_decoded_are_told() {
    for (subject, code) in [
        ("=?x-nobody?Q?=E1=E2=E3?=", Unread::Guessed),
        ("=?x-user-defined?Q?=E1=E2=E3?=", Unread::Guessed),
        ("=?iso-8859-1?Q?M=81ller?=", Unread::Guessed),
        ("=?utf-7?Q?+AOl-?=", Unread::Replaced),
        ("=?utf-8?X?abc?=", Unread::Undecodable),
        ("caf\u{e9} =?hz?Q?~{<:K~}?=", Unread::Replaced),
    ] {
        tells(&mail(&format!("Subject: {subject}"), b"x"), code, &[]);
    }
    let raw = [b"From: a@acme.example\nTo: b@acme.example\nDate: Tue, 3 Apr 2001 10:00:00 +0000\nSubject: M".as_slice(), b"\x81ller\n\nx"].concat();
    tells(&read("m.eml", &raw), Unread::Guessed, &[]);
    tells(
        &mail(
            "Content-Type: text/plain\nContent-Disposition: attachment; filename*=x-nobody''%E1%E2.txt",
            b"words",
        ),
        Unread::Guessed,
        &[],
    );
}

#[test]
fn ascii_that_looks_like_something_else_keeps_its_words() {
    for code in [
        "if (a) ~{ velvet otter ~}",
        "~{otter ledger~}",
        "a+b-c and c+d-e",
    ] {
        says(
            &mail("Subject: x\nContent-Type: text/plain", code.as_bytes()),
            code,
        );
        says(&read("a.txt", code.as_bytes()), code);
    }
    for label in ["chinese", "us-ascii", "gb2312", "utf-8"] {
        let items = mail(
            &format!("Subject: x\nContent-Type: text/plain; charset={label}"),
            b"see ~{<:Ky2;~}",
        );
        tells(&items, Unread::Guessed, &["~{<:Ky2;~}", "己所不"]);
    }
}

#[test]
fn two_fields_that_contradict_each_other() {
    let coded = b"dGhlIHZlbHZldCBvdHRlcg==";
    for fields in [
        "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit",
        "Content-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: base64",
    ] {
        let items = mail(
            &format!("Subject: x\nContent-Type: text/plain\n{fields}"),
            coded,
        );
        tells(&items, Unread::Damaged, &["the velvet otter"]);
    }
    let items = mail(
        "Subject: x\nContent-Transfer-Encoding: base64\nContent-Transfer-Encoding: quoted-printable",
        b"the velv=65t otter moved",
    );
    tells(&items, Unread::Damaged, &["the velvet otter moved"]);
    let parts = b"--b\nContent-Transfer-Encoding: base64\n\ndGhlIHZlbHZldCBvdHRlcg==\n--b--\n";
    for fields in [
        "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b",
        "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/plain",
        "Content-Type: multipart/mixed; boundary=a\nContent-Type: multipart/mixed; boundary=b",
        "Content-Type: multipart/mixed; boundary=a; boundary=b",
    ] {
        tells(
            &mail(&format!("Subject: x\n{fields}"), parts),
            Unread::Damaged,
            &["the velvet otter"],
        );
    }
    for fields in [
        "Content-Type: text/plain\nContent-Type: text/html",
        "Content-Type: text/html\nContent-Type: text/plain",
    ] {
        let items = mail(
            &format!("Subject: x\n{fields}"),
            b"<p>the vel<b>vet</b> otter</p>",
        );
        tells(&items, Unread::Damaged, &["the velvet otter"]);
    }
    let koi8 = encoding_rs::KOI8_R.encode("ключ выдры").0.into_owned();
    for fields in [
        "Content-Type: text/plain; charset=windows-1252\nContent-Type: text/plain; charset=koi8-r",
        "Content-Type: text/plain; charset=koi8-r\nContent-Type: text/plain; charset=windows-1252",
        "Content-Type: text/plain; charset=windows-1252; charset=koi8-r",
    ] {
        let items = mail(&format!("Subject: x\n{fields}"), &koi8);
        assert!(
            all_text(&items).contains("ключ выдры"),
            "{fields}: {}",
            all_text(&items)
        );
        assert!(!items[0].ledger.is_empty(), "{fields}");
    }
    // The same twice is no contradiction.
    says(
        &mail(
            "Subject: x\nContent-Type: text/plain\nContent-Type:  text/plain",
            b"the velvet otter",
        ),
        "the velvet otter",
    );
}

#[test]
fn text_that_style_sheets_make() {
    let page = |style: &str, body: &str| {
        format!("<html><head><style>{style}</style></head><body>{body}</body></html>")
    };
    for (style, body) in [
        (
            "p::before{content:attr(data-x)}",
            "<p data-x='velvet otter'></p>",
        ),
        ("p::before{content:\"velvet \" \"otter\"}", "<p></p>"),
        (
            ":root{--w:'velvet otter'} p::before{content:var(--w)}",
            "<p></p>",
        ),
        ("li{list-style-type:'velvet otter'}", "<li>x</li>"),
    ] {
        says(
            &read("a.html", page(style, body).as_bytes()),
            "velvet otter",
        );
        says(
            &mail(
                "Subject: x\nContent-Type: text/html",
                page(style, body).as_bytes(),
            ),
            "velvet otter",
        );
    }
    let counted = page("h1::before{content:\"Clause \" counter(c)}", "<h1>x</h1>");
    tells(
        &read("a.html", counted.as_bytes()),
        Unread::Unknown,
        &["Clause"],
    );
    tells(
        &mail("Subject: x\nContent-Type: text/html", counted.as_bytes()),
        Unread::Unknown,
        &["Clause"],
    );
}

#[test]
fn quoted_printable_that_nothing_declares() {
    let coded = "We sometimes approach our analysts for their thoughts on the velvet ot=\nter, and on certain occasions they come to us with the caf=C3=A9 in the cel=\nlar.\n";
    for body in [
        mail(
            "Subject: x\nContent-Type: text/plain; charset=utf-8",
            coded.as_bytes(),
        ),
        mail(
            "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
            coded.replace('=', "=3D").as_bytes(),
        ),
        mail(
            "Subject: x\nContent-Type: text/html; charset=utf-8",
            coded.as_bytes(),
        ),
    ] {
        tells(
            &body,
            Unread::Guessed,
            &["velvet otter", "café in the cellar"],
        );
    }
    let rulers = "some words over a line\n=================================================================\n".repeat(3);
    says(
        &mail("Subject: x\nContent-Type: text/plain", rulers.as_bytes()),
        "some words",
    );
}

#[test]
fn what_a_file_does_not_declare_is_a_guess() {
    tells(
        &read("a.txt", b"caf\xe9 au lait"),
        Unread::Guessed,
        &["café au lait"],
    );
    tells(
        &read("a.txt", b"M\x81ller und S\x94hne"),
        Unread::Guessed,
        &[],
    );
    tells(
        &read("a.txt", "naÃ¯ve".as_bytes()),
        Unread::Guessed,
        &["naïve", "naÃ¯ve"],
    );
    says(&read("a.txt", "naïve".as_bytes()), "naïve");
    says(&read("a.txt", b"\x1b$B$3$l\x1b(B ok"), "これ ok");
    let koi8 = encoding_rs::KOI8_R
        .encode("<?xml version='1.0' encoding='koi8-r'?><a>ключ</a>")
        .0
        .into_owned();
    says(&read("a.xml", &koi8), "ключ");
    let meta = encoding_rs::KOI8_R
        .encode("<html><meta charset=koi8-r><p>ключ")
        .0
        .into_owned();
    says(&read("a.html", &meta), "ключ");
    says(&mail("Subject: x\nContent-Type: text/html", &meta), "ключ");
}

#[test]
fn documents_in_code_pages() {
    for (rtf, words) in [
        (&b"{\\rtf1\\ansicpg437 M\\'81ller}"[..], "Müller"),
        (b"{\\rtf1\\pc M\\'81ller}", "Müller"),
        (b"{\\rtf1\\pca M\\'81ller}", "Müller"),
        (b"{\\rtf1\\ansicpg852 P\\'fd\\'a1li\\'e7}", "Příliš"),
        (b"{\\rtf1{\\fonttbl{\\f0\\fcharset255 x;}{\\f1\\fcharset88 y;}}\\f0 M\\'81ller \\f1 P\\'daet}", "Pŕet"),
    ] {
        says(&read("a.rtf", rtf), words);
    }
    tells(
        &read("a.rtf", b"{\\rtf1\\ansicpg1361 \\'88a}"),
        Unread::Guessed,
        &[],
    );
    tells(
        &read("a.rtf", b"{\\rtf1\\ansicpg1252 M\\'81ller}"),
        Unread::Replaced,
        &[],
    );
    says(
        &read("a.vcf", b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=CP850;ENCODING=QUOTED-PRINTABLE:M=81ller\nEND:VCARD\n"),
        "Müller",
    );
    tells(
        &read("a.vcf", b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=X-NOBODY;ENCODING=QUOTED-PRINTABLE:M=81ller\nEND:VCARD\n"),
        Unread::Guessed,
        &[],
    );
}
