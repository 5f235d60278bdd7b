//! Files inside of documents: packages, OLE objects, pictures.

use super::super::compound::{Compound, SIGNATURE, u16_at, u32_at};
use super::super::metafile;
use super::super::out::Out;
use crate::ledger::Unread;
use crate::reading::Child;

/// Streams that make a storage a document.
const DOCUMENTS: [(&str, &str); 5] = [
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
];

/// A file that lies in a document under `name`. Objects are unwrapped; drawings of Windows are read on the spot.
pub(in crate::readers) fn file(name: &str, bytes: &[u8], out: &mut Out) {
    if bytes.starts_with(&SIGNATURE) {
        object(name, bytes, out);
    } else if metafile::is_metafile(bytes) {
        metafile::read(name, bytes, out);
    } else {
        out.child(name, bytes.to_vec());
    }
}

/// A compound file in a document: what it wraps, or itself if it is a document.
fn object(name: &str, bytes: &[u8], out: &mut Out) {
    let Ok(file) = Compound::open(bytes) else {
        out.child(name, bytes.to_vec());
        return;
    };
    let before = out.children.len();
    if let Some((_, extension)) = DOCUMENTS
        .iter()
        .find(|(stream, _)| file.has_stream(&format!("/{stream}")))
    {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        out.child(&format!("{stem}.{extension}"), bytes.to_vec());
        return;
    }
    extract(&file, "", out);
    if out.children.len() > before {
        return;
    }
    // An equation, a form, an object of a program that is not known: what it says is not.
    match file.stream("/Equation Native") {
        Some(_) => out.unread(
            Unread::Embedded,
            format!("{name}: an equation of an older editor"),
        ),
        None => out.unread(
            Unread::Embedded,
            format!("{name}: an object of an unknown kind"),
        ),
    }
}

/// Takes the files out of a compound file: packages, OLE 1.0 packages, and storages below `root` that are documents.
pub(in crate::readers) fn extract(file: &Compound<'_>, root: &str, out: &mut Out) {
    let mut documents: Vec<String> = Vec::new();
    let entries: Vec<_> = file.entries().cloned().collect();
    let lower = root.to_lowercase();
    for entry in entries {
        let key = entry.path.to_lowercase();
        // What lies in a document that was taken out whole is its own.
        if !key.starts_with(&lower) || documents.iter().any(|taken| key.starts_with(taken)) {
            continue;
        }
        let name = entry.name();
        if entry.storage && entry.path != "/" {
            let found = DOCUMENTS
                .iter()
                .find(|(stream, _)| file.has_stream(&format!("{}/{stream}", entry.path)));
            if let Some((_, extension)) = found {
                documents.push(format!("{key}/"));
                let content = file.extract(&entry.path);
                out.child(
                    &format!("{}.{extension}", name.trim_start_matches('_')),
                    content,
                );
            }
        } else if name.eq_ignore_ascii_case("\u{1}Ole10Native") {
            match file.stream(&entry.path) {
                Some(content) => native(&content, out),
                None => out.unread(Unread::Embedded, "an object"),
            }
        } else if ["package", "contents", "embeddedodf"]
            .contains(&name.to_ascii_lowercase().as_str())
            && let Some(content) = file
                .stream(&entry.path)
                .filter(|content| !content.is_empty())
        {
            let parent = entry.path.trim_end_matches(name).trim_matches('/');
            let parent = parent
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_start_matches('_');
            let name = if parent.is_empty() { "object" } else { parent };
            self::file(name, &content, out);
        }
    }
}

/// The content of an `Ole10Native` stream: a file with its name, or the data of some program.
pub(in crate::readers) fn native(bytes: &[u8], out: &mut Out) {
    match package(bytes) {
        Some((name, content)) => out.child(&name, content.to_vec()),
        None => {
            let content = bytes.get(4..).unwrap_or_default();
            if content.is_empty() {
                out.unread(Unread::Embedded, "an empty object");
            } else {
                file("object", content, out);
            }
        }
    }
}

/// The name and content of a packaged file.
fn package(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = |from: usize| Some(from + bytes.get(from..)?.iter().position(|byte| *byte == 0)?);
    if u16_at(bytes, 4)? != 2 {
        return None;
    }
    let label = end(6)?;
    let source = end(label + 1)?;
    let path = source + 9;
    let length = u32_at(bytes, source + 5)? as usize;
    let size_at = path.checked_add(length)?;
    let size = u32_at(bytes, size_at)? as usize;
    let content = bytes.get(size_at + 4..(size_at + 4).checked_add(size)?)?;
    // The name is written again as UTF-16 behind the content, where it is not plain.
    let after = size_at + 4 + size;
    let wide = |at: usize| {
        let length = u32_at(bytes, at)? as usize;
        let text = bytes.get(at + 4..(at + 4).checked_add(length.checked_mul(2)?)?)?;
        Some((super::super::compound::utf16(text), at + 4 + 2 * length))
    };
    let wide = wide(after)
        .and_then(|(_, next)| wide(next))
        .map(|(name, _)| name);
    let plain = || crate::charset::decode(&bytes[6..label], None).text;
    Some((
        wide.filter(|name| !name.is_empty()).unwrap_or_else(plain),
        content,
    ))
}

/// A picture as a child.
pub(in crate::readers) fn picture(name: String, media_type: &str, bytes: Vec<u8>, out: &mut Out) {
    out.attach(Child {
        name,
        declared_type: media_type.to_owned(),
        bytes,
        ..Child::default()
    });
}
