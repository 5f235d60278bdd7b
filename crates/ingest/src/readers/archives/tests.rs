//! Archives of every kind, whole, locked, damaged and made to deceive.

use std::io::Write as _;

use crate::ledger::{Ledger, Unread};
use crate::limits::Passwords;
use crate::{ExceptionReason, IngestOptions, ItemKind, RawItem, again};

const WORDS: &str = "the kingfisher ledger was moved to the cellar";

fn read(name: &str, bytes: &[u8]) -> Vec<RawItem> {
    read_with(name, bytes, &IngestOptions::default())
}

fn read_with(name: &str, bytes: &[u8], options: &IngestOptions) -> Vec<RawItem> {
    let outside = again::Outside {
        name,
        ..again::Outside::default()
    };
    again::read(bytes, &outside, options)
}

fn with_passwords(list: &str) -> IngestOptions {
    IngestOptions {
        passwords: Passwords::from_list(list),
        ..IngestOptions::default()
    }
}

fn texts(items: &[RawItem]) -> Vec<(String, String)> {
    items
        .iter()
        .map(|item| {
            let said = match &item.exception {
                Some(exception) => exception.to_string(),
                None => item.text.clone().unwrap_or_default(),
            };
            (item.path.clone(), said)
        })
        .collect()
}

fn text_of<'i>(items: &'i [RawItem], path: &str) -> &'i str {
    let item = items.iter().find(|item| item.path == path);
    let item = item.unwrap_or_else(|| panic!("{path} is not in {:?}", texts(items)));
    item.text
        .as_deref()
        .unwrap_or_else(|| panic!("{path}: {:?}", item.exception))
}

fn reason(items: &[RawItem], path: &str) -> ExceptionReason {
    let item = items.iter().find(|item| item.path == path);
    let item = item.unwrap_or_else(|| panic!("{path} is not in {:?}", texts(items)));
    item.exception.as_ref().unwrap().reason
}

fn count(ledger: &Ledger, code: Unread) -> u32 {
    ledger
        .entries()
        .find(|(c, _)| *c == code)
        .map_or(0, |(_, entry)| entry.count)
}

/// A stored member as it stands in a zip file, and its directory record.
fn member(name: &[u8], content: &[u8], flags: u16, at: usize) -> (Vec<u8>, Vec<u8>) {
    let crc = rawzip::crc32(content).to_le_bytes();
    let size = (content.len() as u32).to_le_bytes();
    let streamed = flags & 8 != 0;
    let zero = [0u8; 4];
    let mut local = b"PK\x03\x04\x14\0".to_vec();
    local.extend(flags.to_le_bytes());
    local.extend([0, 0, 0, 0, 0x6c, 0x2c]);
    local.extend(if streamed { zero } else { crc });
    local.extend(if streamed { zero } else { size });
    local.extend(if streamed { zero } else { size });
    local.extend((name.len() as u16).to_le_bytes());
    local.extend([0, 0]);
    local.extend(name);
    local.extend(content);
    if streamed {
        local.extend(b"PK\x07\x08");
        local.extend(crc);
        local.extend(size);
        local.extend(size);
    }
    let mut central = b"PK\x01\x02\x14\0\x14\0".to_vec();
    central.extend(flags.to_le_bytes());
    central.extend([0, 0, 0, 0, 0x6c, 0x2c]);
    central.extend(crc);
    central.extend(size);
    central.extend(size);
    central.extend((name.len() as u16).to_le_bytes());
    central.extend([0; 12]);
    central.extend((at as u32).to_le_bytes());
    central.extend(name);
    (local, central)
}

/// A zip file of stored members; those that are not `listed` are missing in its directory.
fn zip(members: &[(&[u8], &[u8], u16, bool)]) -> Vec<u8> {
    let (mut out, mut directory, mut listed) = (Vec::new(), Vec::new(), 0u16);
    for (name, content, flags, is_listed) in members {
        let (local, central) = member(name, content, *flags, out.len());
        out.extend(local);
        if *is_listed {
            directory.extend(central);
            listed += 1;
        }
    }
    let at = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(listed.to_le_bytes());
    out.extend(listed.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

#[test]
fn names_that_lead_out_or_are_equal_stay_inside_and_apart() {
    let bytes = zip(&[
        (b"/etc/l.txt", b"absolute", 0, true),
        (b"..\\..\\l.txt", b"upward", 0, true),
        (b"same.txt", b"first", 0, true),
        (b"same.txt", b"second", 0, true),
        (b"C:\\x\\l.txt", b"drive", 0, true),
        (b"folder/", b"", 0, true),
    ]);
    let items = read("a.zip", &bytes);
    assert_eq!(items.len(), 6);
    assert_eq!(
        (items[0].kind, &*items[0].media_type),
        (ItemKind::Archive, "application/zip")
    );
    assert!(items[0].ledger.is_empty(), "{}", items[0].ledger.line());
    for (path, text) in [
        ("item!/etc/l.txt", "absolute"),
        ("item!/__/__/l.txt", "upward"),
        ("item!/same.txt", "first"),
        ("item!/same.txt~2", "second"),
        ("item!/C_/x/l.txt", "drive"),
    ] {
        assert_eq!(text_of(&items, path), text);
    }
    assert_eq!(items[1].metadata["file_name"], "/etc/l.txt");
}

#[test]
fn names_in_a_code_page_are_guessed_and_the_guess_is_said() {
    let bytes = zip(&[
        (b"Gespr\x84ch M\x81ller.txt", b"one", 0, true),
        ("Gespr\u{e4}ch.txt".as_bytes(), b"two", 1 << 11, true),
    ]);
    let items = read("a.zip", &bytes);
    assert_eq!(items[1].path, "item!/Gespr\u{e4}ch M\u{fc}ller.txt");
    assert_eq!(items[2].path, "item!/Gespr\u{e4}ch.txt");
    assert_eq!(count(&items[0].ledger, Unread::Guessed), 1);
    assert!(
        items[0].ledger.line().contains("IBM 437"),
        "{}",
        items[0].ledger.line()
    );
}

#[test]
fn members_that_the_directory_does_not_list_are_read_and_said() {
    for streamed in [0, 8] {
        let bytes = zip(&[
            (b"hidden-first.txt", b"hidden heron", streamed, false),
            (b"a.txt", b"listed", 0, true),
            (b"hidden.txt", WORDS.as_bytes(), streamed, false),
            (b"b.txt", b"listed too", 8, true),
            (b"last.txt", b"hidden osprey", streamed, false),
        ]);
        let items = read("a.zip", &bytes);
        assert_eq!(items.len(), 6, "{:?}", texts(&items));
        assert_eq!(text_of(&items, "item!/hidden.txt"), WORDS);
        assert_eq!(text_of(&items, "item!/last.txt"), "hidden osprey");
        assert_eq!(
            count(&items[0].ledger, Unread::Fact),
            3,
            "{}",
            items[0].ledger.line()
        );
        assert!(
            !items[0].ledger.has(Unread::Unknown),
            "{}",
            items[0].ledger.line()
        );
    }
}

#[test]
fn what_stands_in_front_and_behind_is_counted() {
    let plain = zip(&[(b"l.txt", WORDS.as_bytes(), 0, true)]);
    let program = [&b"MZ\x90\0"[..], &[0x90; 700], &plain].concat();
    let download = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &plain].concat();
    let trailing = [&plain[..], b"<!-- something else -->"].concat();
    for (bytes, said) in [
        (program, "in front of the archive"),
        (download, "in front of the archive"),
        (trailing, "behind the archive"),
    ] {
        let items = read("a.zip", &bytes);
        assert_eq!(text_of(&items, "item!/l.txt"), WORDS);
        let line = items[0].ledger.line();
        assert!(line.contains(said), "{line}");
    }
    let program = read(
        "setup.exe",
        b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0 no archive in it",
    );
    assert_eq!(
        program[0].exception.as_ref().unwrap().reason,
        ExceptionReason::Unsupported
    );
}

#[test]
fn without_its_end_an_archive_gives_what_is_there() {
    let whole = zip(&[
        (b"a.txt", WORDS.as_bytes(), 0, true),
        (b"b.txt", b"the rest of it", 0, true),
    ]);
    let second = 30 + 5 + WORDS.len();
    let items = read("a.zip", &whole[..second + 38]);
    assert_eq!(text_of(&items, "item!/a.txt"), WORDS);
    assert_eq!(reason(&items, "item!/b.txt"), ExceptionReason::Corrupt);
    assert!(items[0].ledger.has(Unread::Truncated));
    // The last volume of three, and the first.
    let mut last = whole.clone();
    let end = last.len() - 22;
    last[end + 4] = 2;
    last[end + 6] = 2;
    let items = read("a.zip", &last);
    assert!(
        items[0].ledger.line().contains("volume 3 of 3"),
        "{}",
        items[0].ledger.line()
    );
    assert_eq!(text_of(&items, "item!/a.txt"), WORDS);
    let first = [b"PK\x07\x08", &whole[..second + 38]].concat();
    let items = read("a.z01", &first);
    assert!(
        items[0].ledger.line().contains("in several"),
        "{}",
        items[0].ledger.line()
    );
    assert_eq!(text_of(&items, "item!/a.txt"), WORDS);
}

#[test]
fn passwords_open_zip_and_7z_and_without_them_the_option_is_named() {
    let locked: [(&str, &[u8], &str); 4] = [
        ("aes.zip", include_bytes!("testdata/aes.zip"), "item!/a.txt"),
        (
            "crypto.zip",
            include_bytes!("testdata/crypto.zip"),
            "item!/a.txt",
        ),
        (
            "infozip.zip",
            include_bytes!("testdata/infozip.zip"),
            "item!/a.txt",
        ),
        (
            "locked.7z",
            include_bytes!("testdata/locked.7z"),
            "item!/a.txt",
        ),
    ];
    for (name, bytes, path) in locked {
        for list in ["", "wrong\nalso wrong"] {
            let items = read_with(name, bytes, &with_passwords(list));
            assert_eq!(reason(&items, path), ExceptionReason::Encrypted, "{name}");
            let detail = &items[1].exception.as_ref().unwrap().detail;
            assert!(detail.contains("--passwords"), "{detail}");
            assert!(items[0].text.as_ref().unwrap().contains("a.txt"));
        }
        let items = read_with(name, bytes, &with_passwords("wrong\ngeheim\nother"));
        assert_eq!(
            text_of(&items, path).trim(),
            "the kingfisher ledger",
            "{name}"
        );
        assert_eq!(
            items[0].metadata["opened_with"], "password 2 of the list",
            "{name}"
        );
    }
    let sealed = include_bytes!("testdata/sealed.7z");
    let items = read("sealed.7z", sealed);
    assert_eq!(reason(&items, "item"), ExceptionReason::Encrypted);
    let items = read_with("sealed.7z", sealed, &with_passwords("wrong\ngeheim"));
    assert_eq!(
        text_of(&items, "item!/a.txt").trim(),
        "the kingfisher ledger"
    );
}

#[test]
fn every_method_of_zip_is_unpacked() {
    let archives: [(&str, &[u8]); 5] = [
        ("Deflate64", include_bytes!("testdata/d64.zip")),
        ("LZMA", include_bytes!("testdata/lzma.zip")),
        ("PPMd", include_bytes!("testdata/ppmd.zip")),
        ("BZip2", include_bytes!("testdata/bz.zip")),
        ("xz", include_bytes!("testdata/xz.zip")),
    ];
    for (method, bytes) in archives {
        let items = read("a.zip", bytes);
        let text = text_of(&items, "item!/long.txt");
        assert!(
            text.starts_with("line 1 of") && text.contains("line 200 of"),
            "{method}"
        );
    }
}

#[test]
fn seven_zip_is_read_with_its_empty_files_and_links() {
    let items = read("plain.7z", include_bytes!("testdata/plain.7z"));
    assert_eq!(items[0].media_type, "application/x-7z-compressed");
    assert_eq!(
        text_of(&items, "item!/a.txt").trim(),
        "the kingfisher ledger"
    );
    assert_eq!(
        text_of(&items, "item!/M\u{fc}ller.txt").trim(),
        "second osprey"
    );
    assert_eq!(reason(&items, "item!/empty.txt"), ExceptionReason::Empty);
    assert_eq!(reason(&items, "item!/link.txt"), ExceptionReason::Link);
    let items = read("ppmd.7z", include_bytes!("testdata/ppmd.7z"));
    assert!(text_of(&items, "item!/long.txt").contains("line 200 of"));
    // A program in front, and a volume that ends too early.
    let sfx = [
        &b"MZ"[..],
        &[0x90; 3_000],
        include_bytes!("testdata/plain.7z"),
    ]
    .concat();
    let items = read("setup.exe", &sfx);
    assert_eq!(
        text_of(&items, "item!/a.txt").trim(),
        "the kingfisher ledger"
    );
    assert!(items[0].ledger.line().contains("in front of the archive"));
    let cut = &include_bytes!("testdata/plain.7z")[..100];
    let items = read("a.7z.001", cut);
    assert!(
        items[0]
            .exception
            .as_ref()
            .unwrap()
            .detail
            .contains("join them")
    );
}

#[test]
fn bombs_are_cut_and_the_limit_is_named() {
    let zeros = vec![0u8; 20_000_000];
    let gz = {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(&zeros).unwrap();
        out.finish().unwrap()
    };
    let items = read("zeros.gz", &gz);
    assert_eq!(reason(&items, "item!/zeros"), ExceptionReason::TooLarge);
    let items = read("bomb.7z", include_bytes!("testdata/bomb.7z"));
    assert_eq!(reason(&items, "item!/zeros"), ExceptionReason::TooLarge);
    assert_eq!(
        items.len(),
        3,
        "every member is accounted for: {:?}",
        texts(&items)
    );
    let small = IngestOptions {
        max_item_bytes: 1_000,
        ..IngestOptions::default()
    };
    let items = read_with("a.zip", &zip(&[(b"a", &[b'x'; 2_000], 0, true)]), &small);
    let detail = items[1].exception.as_ref().unwrap().detail.clone();
    assert!(detail.contains("--max-item-size"), "{detail}");
    let tight = IngestOptions {
        max_family_bytes: 3_000,
        ..IngestOptions::default()
    };
    let many = zip(&[
        (b"a", &[b'x'; 1_000], 0, true),
        (b"b", &[b'y'; 2_500], 0, true),
    ]);
    let items = read_with("a.zip", &many, &tight);
    let detail = &items.last().unwrap().exception.as_ref().unwrap().detail;
    assert!(detail.contains("--max-family-size"), "{detail}");
    let few = IngestOptions {
        max_family_items: 3,
        ..IngestOptions::default()
    };
    let names: Vec<Vec<u8>> = (0..9).map(|n| format!("{n}.txt").into_bytes()).collect();
    let members: Vec<_> = names
        .iter()
        .map(|name| (&name[..], &b"x"[..], 0, true))
        .collect();
    let items = read_with("a.zip", &zip(&members), &few);
    assert!(items.iter().any(|item| {
        item.exception
            .as_ref()
            .is_some_and(|e| e.reason == ExceptionReason::TooMany)
    }));
    assert!(
        items[0].ledger.line().contains("--max-family-items"),
        "{}",
        items[0].ledger.line()
    );
}

#[test]
fn single_files_are_unpacked_and_tar_inside_of_them() {
    let mut header = tar::Header::new_gnu();
    header.set_size(WORDS.len() as u64);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder
        .append_data(&mut header, "folder/l.txt", WORDS.as_bytes())
        .unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, "to.txt", "/etc/passwd")
        .unwrap();
    let tar = builder.into_inner().unwrap();
    let items = read("a.tar", &tar);
    assert_eq!(text_of(&items, "item!/folder/l.txt"), WORDS);
    assert_eq!(reason(&items, "item!/to.txt"), ExceptionReason::Link);
    assert!(items[0].ledger.is_empty(), "{}", items[0].ledger.line());

    let mut gz = flate2::GzBuilder::new()
        .filename("inner.tar")
        .write(Vec::new(), flate2::Compression::best());
    gz.write_all(&tar).unwrap();
    let gz = gz.finish().unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bz.write_all(&tar).unwrap();
    let bz = bz.finish().unwrap();
    for (name, bytes, path) in [
        ("b.tgz", &gz, "item!/inner.tar!/folder/l.txt"),
        ("b.tar.bz2", &bz, "item!/b.tar!/folder/l.txt"),
        ("b.tbz2", &bz, "item!/b.tar!/folder/l.txt"),
    ] {
        assert_eq!(text_of(&read(name, bytes), path), WORDS, "{name}");
    }
    // Cut off: what there is, and that there was more.
    let items = read("b.tgz", &gz[..gz.len() - 12]);
    assert!(
        items[0].ledger.has(Unread::Truncated),
        "{}",
        items[0].ledger.line()
    );
    let items = read("a.tar", &tar[..1_100]);
    assert_eq!(text_of(&items, "item!/folder/l.txt"), WORDS);
    assert!(
        items[0].ledger.has(Unread::Truncated),
        "{}",
        items[0].ledger.line()
    );
    // Two files behind one another are one, as gzip itself has it.
    let part = |text: &str| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let both = [part("first heron "), part("second gannet")].concat();
    assert_eq!(
        text_of(&read("a.txt.gz", &both), "item!/a.txt"),
        "first heron second gannet"
    );
}

#[test]
fn rar_of_old_and_new_versions_is_read() {
    use rars::{ArchiveVersion, Builder};
    for version in [
        ArchiveVersion::Rar15,
        ArchiveVersion::Rar29,
        ArchiveVersion::Rar40,
        ArchiveVersion::Rar50,
    ] {
        for (solid, password) in [
            (false, None),
            (true, None),
            (false, Some(b"geheim".to_vec())),
        ] {
            let locked = password.is_some();
            let mut builder = Builder::new(version).solid(solid).password(password);
            let long = format!("{WORDS}\n").repeat(50);
            builder
                .add_bytes(b"one/a.txt".to_vec(), long.clone().into_bytes(), None, None)
                .unwrap();
            builder
                .add_bytes(b"b.txt".to_vec(), b"second osprey".to_vec(), None, None)
                .unwrap();
            let Ok(bytes) = builder.to_bytes() else {
                continue;
            };
            if locked {
                let items = read("a.rar", &bytes);
                assert_eq!(
                    reason(&items, "item!/b.txt"),
                    ExceptionReason::Encrypted,
                    "{version:?}"
                );
            }
            let items = read_with("a.rar", &bytes, &with_passwords("wrong\ngeheim"));
            assert_eq!(items[0].media_type, "application/vnd.rar");
            assert!(
                text_of(&items, "item!/one/a.txt").contains(WORDS),
                "{version:?} {solid}"
            );
            assert_eq!(
                text_of(&items, "item!/b.txt"),
                "second osprey",
                "{version:?} {solid}"
            );
            if locked {
                assert_eq!(
                    items[0].metadata["opened_with"], "password 2 of the list",
                    "{version:?}"
                );
            }
        }
    }
    let mut builder = Builder::new(ArchiveVersion::Rar50)
        .store(true)
        .volume_size(Some(4_000));
    let noise: Vec<u8> = (0..9_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    builder
        .add_bytes(b"a.bin".to_vec(), noise, None, None)
        .unwrap();
    let volumes = builder.build_volumes(None).unwrap();
    assert!(volumes.len() > 1);
    let items = read("a.part1.rar", &volumes[0]);
    let detail = &items[1].exception.as_ref().unwrap().detail;
    assert!(detail.contains("another volume"), "{detail}");
}

#[test]
fn a_document_with_files_beside_its_parts_is_an_archive_too() {
    let types = br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    let rels = br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let document = br#"<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>the letter itself</w:t></w:r></w:p></w:body></w:document>"#;
    let bytes = zip(&[
        (b"[Content_Types].xml", types, 0, true),
        (b"_rels/.rels", rels, 0, true),
        (b"word/document.xml", document, 0, true),
        (b"notes/beside.txt", WORDS.as_bytes(), 0, true),
    ]);
    let items = read("letter.docx", &bytes);
    assert!(text_of(&items, "item").contains("the letter itself"));
    assert!(
        items
            .iter()
            .skip(1)
            .any(|item| item.text.as_deref() == Some(WORDS)),
        "{:?}",
        texts(&items)
    );
    let alone = zip(&[
        (b"[Content_Types].xml", types, 0, true),
        (b"_rels/.rels", rels, 0, true),
        (b"word/document.xml", document, 0, true),
    ]);
    assert_eq!(read("letter.docx", &alone).len(), 1);
}

#[test]
fn damage_anywhere_is_no_panic_and_loses_no_item() {
    let seeds: [&[u8]; 5] = [
        include_bytes!("testdata/plain.7z"),
        include_bytes!("testdata/aes.zip"),
        include_bytes!("testdata/d64.zip"),
        include_bytes!("testdata/ppmd.7z"),
        include_bytes!("testdata/crypto.zip"),
    ];
    for seed in seeds {
        for at in 0..seed.len().min(300) {
            let mut bytes = seed.to_vec();
            bytes[at] = bytes[at].wrapping_add(0x55);
            let items = read_with("a", &bytes, &with_passwords("geheim"));
            assert!(!items.is_empty());
            let item = &items[0];
            assert!(item.exception.is_some() || item.text.is_some());
        }
    }
}
