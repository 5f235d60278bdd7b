//! Compound files (a file system in a file): old Office documents, Outlook messages, embedded objects.
//!
//! Read tolerantly: whatever chains lead to is taken. Loops and bounds are checked, and what comes out is bounded
//! by the size of the file.

pub(super) mod write;

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};

/// What every compound file begins with.
pub(super) const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// From here on, numbers of sectors mean something else: the end of a chain, a free sector, ...
const SPECIAL: u32 = 0xFFFF_FFFA;
/// How deep storages may be nested.
const MAX_DEPTH: usize = 64;
/// Streams below this size lie in the stream of small ones, by the format.
const SMALL: u64 = 4096;

/// A compound file. Paths begin with `/` and are compared without case, as the format has it.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small: Vec<u8>,
    small_table: Vec<u32>,
    /// Bytes that may still be handed out: entries may share chains.
    left: Cell<u64>,
    whole: Cell<bool>,
    entries: BTreeMap<String, Entry>,
}

/// A stream or a storage.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub path: String,
    pub storage: bool,
    start: u32,
    size: u64,
}

impl Entry {
    /// The last step of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// A little-endian number.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

/// A little-endian number.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// UTF-16, little-endian.
pub(super) fn utf16(bytes: &[u8]) -> String {
    encoding_rs::UTF_16LE
        .decode_without_bom_handling(bytes)
        .0
        .into_owned()
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

impl<'a> Compound<'a> {
    /// Opens one. An error says what is wrong with it.
    pub fn open(bytes: &'a [u8]) -> Result<Self, &'static str> {
        const DAMAGED: &str = "the compound file is damaged";
        if !bytes.starts_with(&SIGNATURE) {
            return Err("not a compound file");
        }
        let shift = match bytes.get(30) {
            Some(shift @ (9 | 12)) => *shift,
            _ => return Err(DAMAGED),
        };
        let mut file = Self {
            bytes,
            sector: 1 << shift,
            table: Vec::new(),
            small: Vec::new(),
            small_table: Vec::new(),
            left: Cell::new(4 * bytes.len() as u64 + (1 << 20)),
            whole: Cell::new(true),
            entries: BTreeMap::new(),
        };
        file.table = file.read_table();
        let number = |at| u32_at(bytes, at).unwrap_or(u32::MAX);
        let directory = file.chain(number(48), u64::MAX);
        file.small_table = numbers(&file.chain(number(60), u64::MAX)).collect();
        let root = directory.get(..128).ok_or(DAMAGED)?;
        let field = |at| u32_at(root, at).unwrap_or(u32::MAX);
        file.small = file.chain(field(116), u64::from(field(120)));
        file.read_directory(&directory, field(76));
        Ok(file)
    }

    /// The table that says which sector follows which.
    fn read_table(&self) -> Vec<u32> {
        let header = |at| u32_at(self.bytes, at).unwrap_or(u32::MAX);
        let mut sectors: Vec<u32> = (0..109).map(|at| header(76 + 4 * at)).collect();
        let (mut next, mut seen) = (header(68), HashSet::new());
        while next < SPECIAL && seen.insert(next) {
            let Some(sector) = self.sector(next) else {
                break;
            };
            let list: Vec<u32> = numbers(sector).collect();
            let Some((last, list)) = list.split_last() else {
                break;
            };
            sectors.extend(list);
            next = *last;
        }
        let mut table = Vec::new();
        for id in sectors.into_iter().filter(|id| *id < SPECIAL) {
            match self.sector(id) {
                Some(sector) => table.extend(numbers(sector)),
                None => table.extend(std::iter::repeat_n(u32::MAX, self.sector / 4)),
            }
            if table.len() > self.bytes.len() / self.sector + self.sector {
                break;
            }
        }
        table
    }

    fn read_directory(&mut self, directory: &[u8], first: u32) {
        let root = Entry {
            path: "/".to_owned(),
            storage: true,
            start: u32::MAX,
            size: 0,
        };
        self.entries.insert("/".to_owned(), root);
        let (mut stack, mut seen) = (vec![(first, String::new(), 0usize)], HashSet::new());
        while let Some((id, parent, depth)) = stack.pop() {
            if id == u32::MAX || !seen.insert(id) {
                continue;
            }
            let at = (id as usize).saturating_mul(128);
            let Some(entry) = directory.get(at..at.saturating_add(128)) else {
                self.whole.set(false);
                continue;
            };
            let field = |at| u32_at(entry, at).unwrap_or(u32::MAX);
            let length = usize::from(u16_at(entry, 64).unwrap_or(0)).clamp(2, 64) - 2;
            let name = utf16(&entry[..length]).replace('/', "_");
            let path = format!("{parent}/{name}");
            stack.push((field(68), parent.clone(), depth));
            stack.push((field(72), parent, depth));
            let storage = match entry[66] {
                1 => true,
                2 => false,
                _ => continue,
            };
            if storage && depth < MAX_DEPTH {
                stack.push((field(76), path.clone(), depth + 1));
            }
            let high = if self.sector == 4096 { field(124) } else { 0 };
            let found = Entry {
                path: path.clone(),
                storage,
                start: field(116),
                size: u64::from(field(120)) | u64::from(high) << 32,
            };
            self.entries.insert(path.to_lowercase(), found);
        }
    }

    fn sector(&self, id: u32) -> Option<&[u8]> {
        let start = (id as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = (start + self.sector).min(self.bytes.len());
        self.bytes
            .get(start..end)
            .filter(|sector| !sector.is_empty())
    }

    fn chain(&self, mut id: u32, size: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let mut left = self.table.len() + 1;
        while id < SPECIAL && left > 0 && (out.len() as u64) < size {
            let Some(sector) = self.sector(id) else { break };
            out.extend_from_slice(sector);
            id = self.table.get(id as usize).copied().unwrap_or(u32::MAX);
            left -= 1;
        }
        out.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        out
    }

    fn small_chain(&self, mut id: u32, size: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let mut left = self.small_table.len() + 1;
        while id < SPECIAL && left > 0 && (out.len() as u64) < size {
            let at = id as usize * 64;
            let Some(sector) = self.small.get(at..(at + 64).min(self.small.len())) else {
                break;
            };
            out.extend_from_slice(sector);
            id = self
                .small_table
                .get(id as usize)
                .copied()
                .unwrap_or(u32::MAX);
            left -= 1;
        }
        out.truncate(size as usize);
        out
    }

    /// A stream, as far as it is there.
    pub fn stream(&self, path: &str) -> Option<Vec<u8>> {
        let entry = self.entries.get(&path.to_lowercase());
        let entry = entry.filter(|entry| !entry.storage)?;
        let size = entry.size.min(self.bytes.len() as u64);
        let Some(left) = self.left.get().checked_sub(size) else {
            self.whole.set(false);
            return None;
        };
        self.left.set(left);
        let out = match entry.size {
            size @ ..SMALL => self.small_chain(entry.start, size),
            size => self.chain(entry.start, size),
        };
        if (out.len() as u64) < entry.size {
            self.whole.set(false);
        }
        Some(out)
    }

    /// Whether there is a stream of that path.
    pub fn has_stream(&self, path: &str) -> bool {
        let entry = self.entries.get(&path.to_lowercase());
        entry.is_some_and(|entry| !entry.storage)
    }

    /// Whether there is a storage of that path.
    pub fn has_storage(&self, path: &str) -> bool {
        let entry = self.entries.get(&path.to_lowercase());
        entry.is_some_and(|entry| entry.storage)
    }

    /// Everything in it, by path.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// What lies directly in a storage (`""` for the root), by path.
    pub fn within<'s>(&'s self, storage: &str) -> impl Iterator<Item = &'s Entry> {
        let prefix = format!("{}/", storage.to_lowercase());
        let length = prefix.len();
        self.entries
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter(move |(path, _)| path.len() > length && !path[length..].contains('/'))
            .map(|(_, entry)| entry)
    }

    /// Whether nothing was cut off so far.
    pub fn is_whole(&self) -> bool {
        self.whole.get()
    }

    /// The streams of a storage, by their paths within it.
    pub fn streams(&self, storage: &str) -> BTreeMap<String, Vec<u8>> {
        let prefix = format!("{}/", storage.to_lowercase());
        let mut streams = BTreeMap::new();
        for (key, entry) in self.entries.range(prefix.clone()..) {
            if !key.starts_with(&prefix) {
                break;
            }
            let path = entry.path.get(storage.len()..).unwrap_or_default();
            if !entry.storage && path.len() > 1 {
                let content = self.stream(&entry.path).unwrap_or_default();
                streams.insert(path.to_owned(), content);
            }
        }
        streams
    }
}

#[cfg(test)]
mod tests {
    use super::write::write;
    use super::*;
    use proptest::prelude::*;

    fn sample() -> BTreeMap<String, Vec<u8>> {
        let mut streams = BTreeMap::new();
        streams.insert("/small".to_owned(), b"a few bytes".to_vec());
        streams.insert("/empty".to_owned(), Vec::new());
        streams.insert(
            "/Large".to_owned(),
            (0..100_000u32).map(|i| i as u8).collect(),
        );
        for i in 0..40 {
            streams.insert(format!("/Storage/inner/{i}"), vec![i; usize::from(i) * 150]);
        }
        streams
    }

    #[test]
    fn what_is_written_is_read() {
        let streams = sample();
        let bytes = write(&streams);
        let file = Compound::open(&bytes).unwrap();
        for (path, content) in &streams {
            assert_eq!(file.stream(path).as_ref(), Some(content), "{path}");
        }
        assert!(file.has_storage("/storage") && file.has_stream("/LARGE"));
        assert!(file.is_whole());
        assert_eq!(file.within("/Storage/inner").count(), 40);
        assert_eq!(file.within("").count(), 4);
        let part = file.extract("/Storage");
        let part = Compound::open(&part).unwrap();
        assert_eq!(part.stream("/inner/39").unwrap().len(), 39 * 150);
    }

    #[test]
    fn large_files_have_a_table_of_tables() {
        let mut streams = BTreeMap::new();
        let content: Vec<u8> = (0..9 << 20).map(|i: u32| (i / 512) as u8).collect();
        streams.insert("/content".to_owned(), content);
        let bytes = write(&streams);
        let file = Compound::open(&bytes).unwrap();
        assert_eq!(file.stream("/content"), Some(streams["/content"].clone()));
        assert!(file.is_whole());
        let cut = Compound::open(&bytes[..1 << 20]);
        assert!(cut.is_err() || !cut.unwrap().is_whole());
    }

    proptest! {
        #[test]
        fn damage_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40), cut in any::<prop::sample::Index>()) {
            let mut bytes = write(&sample());
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            if let Ok(file) = Compound::open(&bytes) {
                let paths: Vec<String> = file.entries().map(|entry| entry.path.clone()).collect();
                for path in paths {
                    file.stream(&path);
                }
            }
        }
    }
}
