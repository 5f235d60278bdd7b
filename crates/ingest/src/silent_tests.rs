//! Documents that lost text without a word: each of them either gives its words now, or says what it could not read.

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

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for at in 0..4 {
            match at <= three.len() {
                true => out.push(char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63])),
                false => out.push('='),
            }
        }
    }
    let lines: Vec<&str> = (0..out.len())
        .step_by(76)
        .map(|at| &out[at..out.len().min(at + 76)])
        .collect();
    lines.join("\n")
}

fn mail(fields: &str, body: &[u8]) -> Vec<RawItem> {
    let head = format!(
        "From: a@acme.example\nTo: b@acme.example\nSubject: x\nDate: Tue, 3 Apr 2001 10:00:00 +0000\nMIME-Version: 1.0\n{fields}\n\n"
    );
    read("m.eml", &[head.as_bytes(), body].concat())
}

#[track_caller]
fn says(items: &[RawItem], words: &str) {
    let texts: Vec<&str> = items
        .iter()
        .filter_map(|item| item.text.as_deref())
        .collect();
    assert!(
        texts.iter().any(|text| text.contains(words)),
        "{words:?} in {texts:?}"
    );
}

#[track_caller]
fn tells(items: &[RawItem], code: Unread) {
    let told: Vec<String> = items.iter().map(|item| item.ledger.line()).collect();
    assert!(
        items.iter().any(|item| item.ledger.has(code)),
        "{code} in {told:?}"
    );
}

const WORDS: &str = "the velvet otter moved to the cellar";

#[test]
fn transfer_encodings_with_remarks_and_those_that_nobody_knows() {
    let coded = base64(WORDS.as_bytes());
    for field in ["(as ever) base64", "base64 (as ever)", "BASE64;"] {
        let items = mail(
            &format!("Content-Type: text/plain\nContent-Transfer-Encoding: {field}"),
            coded.as_bytes(),
        );
        says(&items, WORDS);
    }
    let items = mail(
        "Content-Type: text/plain\nContent-Transfer-Encoding: x-gzip64",
        coded.as_bytes(),
    );
    tells(&items, Unread::Undecodable);
    for field in [
        "7bit",
        "8-bit",
        "8bits",
        "binary",
        "us-ascii",
        "(none) 7bit",
    ] {
        let items = mail(
            &format!("Content-Type: text/plain\nContent-Transfer-Encoding: {field}"),
            WORDS.as_bytes(),
        );
        says(&items, WORDS);
        assert!(
            items[0].ledger.is_empty(),
            "{field}: {}",
            items[0].ledger.line()
        );
    }
}

#[test]
fn a_body_that_is_a_file_is_one() {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(WORDS.as_bytes()).unwrap();
    let packed = gz.finish().unwrap();
    let field = "Content-Type: text/plain; charset=utf-8\nContent-Encoding: gzip\nContent-Transfer-Encoding: base64";
    says(&mail(field, base64(&packed).as_bytes()), WORDS);
    // An attachment whose encoding is not declared any more.
    let parts = format!(
        "--d\nContent-Type: text/plain\n\nsee below\n--d\nContent-Type: application/gzip; name=a.gz\n\n{}\n--d--\n",
        base64(&packed)
    );
    says(
        &mail(
            "Content-Type: multipart/mixed; boundary=d",
            parts.as_bytes(),
        ),
        WORDS,
    );
}

#[test]
fn files_of_news_programs_are_bytes_and_no_text() {
    let coded: Vec<u8> = WORDS.bytes().map(|byte| byte.wrapping_add(42)).collect();
    let body = [
        &b"see file\n=ybegin line=128 size=36 name=a.txt\n"[..],
        &coded,
        b"\n=yend size=36\nand more\n",
    ]
    .concat();
    for field in [
        "Content-Type: text/plain",
        "Content-Type: text/plain; charset=iso-8859-1",
    ] {
        let items = mail(field, &body);
        says(&items, WORDS);
        says(&items, "see file");
        says(&items, "and more");
    }
}

#[test]
fn texts_with_marks_and_flowed_texts_have_whole_words() {
    let items = mail(
        "Content-Type: text/enriched",
        b"the <bold>vel</bold>vet <italic>otter</italic> moved",
    );
    says(&items, "the velvet otter moved");
    let items = mail(
        "Content-Type: text/plain; format=flowed; delsp=yes",
        b"the vel \nvet otter moved\n",
    );
    says(&items, "the velvet otter moved");
}

#[test]
fn charsets_that_nobody_knows_are_told() {
    // EBCDIC.
    let items = mail(
        "Content-Type: text/plain; charset=ibm037\nContent-Transfer-Encoding: 8bit",
        b"\xa5\x85\x93\xa5\x85\xa3\x40\x96\xa3\xa3\x85\x99 text",
    );
    tells(&items, Unread::Guessed);
}

#[test]
fn encoded_text_in_a_plain_file_is_read() {
    let text = format!(
        "see below\n{}\n",
        base64(format!("{WORDS} {WORDS} {WORDS} {WORDS} {WORDS} {WORDS}").as_bytes())
    );
    says(&read("note.txt", text.as_bytes()), WORDS);
}

#[test]
fn files_in_the_addresses_of_a_page_are_items() {
    let page = format!(
        "<html><body><p>a page</p><iframe src=\"data:text/plain;base64,{}\"></iframe></body></html>",
        base64(WORDS.as_bytes()).replace('\n', "")
    );
    says(&read("p.html", page.as_bytes()), WORDS);
    says(&mail("Content-Type: text/html", page.as_bytes()), WORDS);
}

#[test]
fn letters_that_one_font_shows_are_told() {
    let hidden: String = "otter"
        .chars()
        .map(|c| char::from_u32(0xF000 + u32::from(c)).unwrap())
        .collect();
    tells(
        &read("a.txt", format!("seen {hidden}").as_bytes()),
        Unread::NoUnicode,
    );
}

#[test]
fn stores_that_nobody_reads_here_are_no_text() {
    let words = WORDS.repeat(50);
    for begin in [
        &b"\xcf\xad\x12\xfe\xc5\xfd\x74\x6f"[..],
        b"\x1a\0\0\x04\0\0",
        b"(This file must be converted with BinHex 4.0)\n\n:",
    ] {
        let items = read("a.bin", &[begin, words.as_bytes()].concat());
        assert!(items[0].exception.is_some(), "{:?}", items[0].text);
    }
}

#[test]
fn what_stands_behind_the_end_of_a_file_is_read_or_told() {
    let archive = |name: &str, words: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_size(words.len() as u64);
        let mut builder = tar::Builder::new(Vec::new());
        builder
            .append_data(&mut header, name, words.as_bytes())
            .unwrap();
        builder.into_inner().unwrap()
    };
    let joined = [archive("a.txt", "the first one"), archive("b.txt", WORDS)].concat();
    let items = read("a.tar", &joined);
    says(&items, WORDS);
    assert!(items[0].ledger.is_empty(), "{}", items[0].ledger.line());
    let more = [archive("a.txt", "the first one"), WORDS.as_bytes().to_vec()].concat();
    tells(&read("a.tar", &more), Unread::Unknown);
    tells(
        &read("a.rtf", b"{\\rtf1 the first one} the velvet otter"),
        Unread::Unknown,
    );
    assert!(
        read("a.rtf", b"{\\rtf1 the first one}\r\n\0")[0]
            .ledger
            .is_empty()
    );
}

#[test]
fn what_scripts_styles_and_addresses_of_a_page_say() {
    for page in [
        "<style>p:before{content:\"the velvet otter moved\"}</style><p>a page</p>",
        "<p>a page</p><script>document.write('<b>the velvet</b> otter ' + \"moved\");</script>",
        "<p>a page</p><a href='mailto:a@b.example?subject=the%20velvet%20otter%20moved&amp;body=x'>w</a>",
    ] {
        let page = format!("<html><body>{page}</body></html>");
        says(&read("p.html", page.as_bytes()), "the velvet otter moved");
        says(
            &mail("Content-Type: text/html", page.as_bytes()),
            "the velvet otter moved",
        );
    }
    let silent = "<html><script>var a = 'nothing said';</script><style>p{color:red}</style><p>the velvet otter</p></html>";
    assert!(
        !read("p.html", silent.as_bytes())[0]
            .text
            .as_ref()
            .unwrap()
            .contains("nothing")
    );
}

#[test]
fn base64_within_notations() {
    let coded = base64(format!("{WORDS}, {WORDS} 2001").as_bytes()).replace('\n', "");
    says(
        &read("a.json", format!("{{\"file\":\"{coded}\"}}").as_bytes()),
        WORDS,
    );
    let sms = format!(
        "<?xml version='1.0'?><smses><mms><part ct=\"text/plain\" data=\"{coded}\"/></mms></smses>"
    );
    says(&read("sms.xml", sms.as_bytes()), WORDS);
    let folded = format!(
        "dn: cn=a\ndescription:: {}\n {}\n",
        &coded[..40],
        &coded[40..]
    );
    says(&read("a.ldif", folded.as_bytes()), WORDS);
    let phone = "BEGIN:VMSG\r\nBEGIN:VBODY\r\nSUBJECT;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:the v=\r\nelvet=20otter\r\nEND:VBODY\r\nEND:VMSG\r\n";
    says(&read("1.vmg", phone.as_bytes()), "the velvet otter");
    says(&read("1.bin", phone.as_bytes()), "the velvet otter");
}

#[test]
fn seven_bits_that_say_nothing_of_themselves() {
    says(
        &read("a.txt", b"Hej, v+AOQ-lkommen till k+APY-ket"),
        "v\u{e4}lkommen till k\u{f6}ket",
    );
    for plain in ["a+bcd-e", "1+111-2 and C+++aaa-", "x +ABCD-EF+GHIJ- y"] {
        says(&read("a.txt", plain.as_bytes()), plain);
    }
}

#[test]
fn who_changed_rich_text_is_said() {
    says(
        &read(
            "a.rtf",
            b"{\\rtf1{\\*\\revtbl{Unknown;}{Velvet Otter;}}the first one}",
        ),
        "Velvet Otter",
    );
}

#[test]
fn pictures_that_are_not_decoded_name_their_format() {
    let items = read(
        "a.avif",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0\0\x10meta",
    );
    let exception = items[0].exception.as_ref().unwrap();
    assert!(
        exception.detail.contains("AVIF") && exception.detail.contains("JPEG"),
        "{exception}"
    );
    // Those of telephones are pictures like others.
    let items = read("a.heic", include_bytes!("../../../tests/data/blocks.heic"));
    assert_eq!(items[0].exception, None);
    assert_eq!(items[0].kind, super::ItemKind::Image);
}

#[test]
fn what_systems_leave_behind_is_counted_apart() {
    let items = read(".DS_Store", b"\0\0\0\x01Bud1\0\0\x10\0\0\0\x08\0");
    assert_eq!(
        items[0].exception.as_ref().unwrap().reason,
        super::ExceptionReason::Clutter
    );
    assert!(!items[0].bytes.is_empty());
}
