//! Files that systems and programs leave beside documents: views of folders, small pictures, notes of who has a
//! document open. They are committed like everything else, but counted apart from documents that could not be read.
//!
//! The name alone makes nothing clutter: the content has to be what the name says.

/// What the file is and holds, for the person who looks; `None`: it is no clutter.
pub(crate) fn clutter(bytes: &[u8], name: &str) -> Option<&'static str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let lower = name.to_ascii_lowercase();
    const COMPOUND: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    if lower == ".ds_store" && bytes.starts_with(b"\0\0\0\x01Bud1") {
        return Some(
            "a view of a folder that macOS leaves behind (.DS_Store): names of files, and no document; nothing to do",
        );
    }
    if matches!(
        lower.as_str(),
        "thumbs.db" | "ehthumbs.db" | "ehthumbs_vista.db"
    ) && bytes.starts_with(COMPOUND)
    {
        return Some(
            "small pictures of the files of a folder that Windows leaves behind (Thumbs.db); look into it only where pictures are missing",
        );
    }
    // Marks of which the name is all. (Finder ends the name of a folder's icon with a carriage return.)
    if bytes.is_empty()
        && matches!(
            lower.as_str(),
            ".localized"
                | "icon\r"
                | ".nomedia"
                | ".gitkeep"
                | ".keep"
                | ".metadata_never_index"
                | ".trackerignore"
        )
    {
        return Some(
            "an empty file whose name is a mark for a program, and no document; nothing to do",
        );
    }
    // What Windows keeps on a drive: a number of its own, and twelve or more bytes of settings.
    let number =
        |bytes: &[u8]| bytes.len() == 76 && bytes.starts_with(b"{\0") && bytes.ends_with(b"}\0");
    if (lower == "indexervolumeguid" && number(bytes))
        || (lower == "wpsettings.dat" && bytes.len() == 12 && bytes.starts_with(&[12, 0, 0, 0]))
    {
        return Some("a mark that Windows leaves on a drive, and no document; nothing to do");
    }
    // Whoever opens a document of Office leaves a name of 52 letters, twice at most, and nothing else.
    if lower.starts_with("~$") && (54..=200).contains(&bytes.len()) && is_owner(bytes) {
        return Some(
            "a mark of a document that was open (~$): the name of who had it open, and no document; nothing to do",
        );
    }
    // macOS keeps beside a file what other file systems have no place for.
    if name.starts_with("._") && bytes.starts_with(&[0, 5, 0x16, 7]) {
        return Some(
            "what macOS keeps beside a file (._): colours, origins, positions, and no document; nothing to do",
        );
    }
    None
}

/// A length, a name in one byte a letter filled up with blanks or zeros, then a length and the name in two bytes.
fn is_owner(bytes: &[u8]) -> bool {
    let length = usize::from(bytes[0]);
    (1..=54).contains(&length)
        && bytes
            .get(1..=length)
            .is_some_and(|name| !name.contains(&0) && !name.iter().any(u8::is_ascii_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_alone_makes_no_clutter() {
        let owner = |len: usize| {
            let mut bytes = vec![b' '; len];
            bytes[..4].copy_from_slice(b"\x03Ann");
            bytes
        };
        let compound = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        let guid: Vec<u8> = "{00000000-0000-0000-0000-000000000000}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (name, bytes) in [
            (".localized", &b""[..]),
            ("Icon\r", b""),
            ("IndexerVolumeGuid", &guid),
            (
                "WPSettings.dat",
                b"\x0c\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08",
            ),
            (".DS_Store", b"\0\0\0\x01Bud1 and more"),
            ("Thumbs.db", &compound),
            ("~$dger.docx", &owner(162)),
            ("~$ook.xlsx", &owner(165)),
            ("._scan.pdf", &[0, 5, 0x16, 7, 0, 2, 0, 0]),
        ] {
            assert!(clutter(bytes, name).is_some(), "{name}");
            assert!(clutter(bytes, "report.doc").is_none(), "{name}");
            assert!(
                clutter(
                    b"the kingfisher ledger was moved to the cellar, and nobody knows who did that",
                    name
                )
                .is_none(),
                "{name}"
            );
        }
    }
}
