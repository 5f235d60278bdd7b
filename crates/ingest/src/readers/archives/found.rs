//! Archives in files that begin with something else: programs that unpack themselves, downloads with a header in
//! front.

use std::collections::HashSet;

use quick_xml::events::Event;
use rawzip::ZipLocator;

use crate::readers::Format;
use crate::zipped;

/// How far behind the end of an archive other bytes are looked through, as other programs do.
const TAIL: u64 = 1 << 20;
/// How far in front of an archive other bytes are looked through.
const FRONT: usize = 4 << 20;

const SEVEN_ZIP: &[u8] = &[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c];

/// What a file of no known kind, or a program, has inside: an archive, if there is one, with its media type.
pub(crate) fn program_with_archive(bytes: &[u8]) -> Option<(Format, &'static str)> {
    if has_zip_directory(bytes) {
        return Some((Format::Zip, "application/zip"));
    }
    let program = bytes.starts_with(b"MZ") || bytes.starts_with(b"\x7fELF");
    if !program {
        return None;
    }
    if seven_zip_at(bytes).is_some() {
        return Some((Format::SevenZip, "application/x-7z-compressed"));
    }
    rars::find_archive_start(bytes, FRONT)
        .is_some_and(|found| found.offset > 0 && found.length > 4)
        .then_some((Format::Rar, "application/vnd.rar"))
}

/// Whether there is the directory of a zip file at the end, with at least one member that is there.
fn has_zip_directory(bytes: &[u8]) -> bool {
    let locator = ZipLocator::new().max_search_space(TAIL.min(bytes.len() as u64));
    let Ok(archive) = locator.locate_in_slice(bytes) else {
        return false;
    };
    let mut entries = archive.entries();
    matches!(entries.next_entry(), Ok(Some(entry)) if archive.get_entry(entry.wayfinder()).is_ok())
}

/// Where a 7z archive begins: at its signature, with a header whose checksum is right.
pub(super) fn seven_zip_at(bytes: &[u8]) -> Option<usize> {
    let front = &bytes[..bytes.len().min(FRONT)];
    memchr::memmem::find_iter(front, SEVEN_ZIP).find(|at| {
        let Some(header) = bytes.get(at + 8..at + 32) else {
            return false;
        };
        let mut crc = flate2::Crc::new();
        crc.update(&header[4..]);
        *at == 0 || crc.sum().to_le_bytes() == header[..4]
    })
}

/// The parts that a package declares: by name, and by ending.
pub(super) struct Declared {
    names: HashSet<String>,
    endings: HashSet<String>,
}

/// Largest list of parts that is read.
const MAX_LIST: u64 = 16 << 20;

/// What an Office or OpenDocument package says that it has; nothing if it is none.
pub(super) fn declared_parts(bytes: &[u8]) -> Option<Declared> {
    let types = zipped::part(bytes, "[Content_Types].xml", MAX_LIST);
    let list = match types {
        Ok(list) => list,
        Err(_) => zipped::part(bytes, "META-INF/manifest.xml", MAX_LIST).ok()?,
    };
    let mut declared = Declared {
        names: HashSet::new(),
        endings: HashSet::new(),
    };
    let mut reader = quick_xml::Reader::from_reader(list.as_slice());
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let element = match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element) | Event::Empty(element)) => element,
            Ok(Event::Eof) => break,
            Ok(_) => continue,
            Err(_) => return None,
        };
        for attribute in element.attributes().with_checks(false).flatten() {
            let value = attribute.value.to_lowercase();
            match attribute.key.local_name().as_ref() {
                "PartName" | "full-path" => {
                    declared
                        .names
                        .insert(value.trim_start_matches('/').to_owned());
                }
                "Extension" => {
                    declared.endings.insert(value);
                }
                _ => {}
            }
        }
    }
    (!declared.names.is_empty() || !declared.endings.is_empty()).then_some(declared)
}

impl Declared {
    /// Whether a member is a part, or one of those that every package has.
    pub fn has(&self, name: &str) -> bool {
        let name = name.replace('\\', "/").to_lowercase();
        let ending = name
            .rsplit('/')
            .next()
            .and_then(|last| last.rsplit_once('.'));
        matches!(name.as_str(), "[content_types].xml" | "mimetype")
            || name.starts_with("meta-inf/")
            || self.names.contains(&name)
            || ending.is_some_and(|(_, ending)| self.endings.contains(ending))
    }
}
