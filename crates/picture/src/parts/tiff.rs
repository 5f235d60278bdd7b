//! TIFF: its directories, one for each page, and pages as files of their own.
//!
//! A page is cut out: its fields and the stretches of the file that they name are copied, nothing is decoded.

use super::alike;
use super::found::{Limits, Main, Parts, Unseen};
use crate::bytes::Order;
use crate::limits::MAX_PAGES;
use crate::picture::Picture;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How a page is packed.
pub(super) const COMPRESSION: u16 = 259;
/// Bit 0: a smaller copy of another page.
const SUBFILE: u16 = 254;
/// Directories below this one.
const BELOW: u16 = 330;
/// EXIF, GPS and interoperability: directories of fields.
const FIELDS: [u16; 3] = [34_665, 34_853, 40_965];
/// Where data lies, and how long it is.
const DATA: [(u16, u16); 3] = [(273, 279), (324, 325), (513, 514)];
/// Most entries of a directory, and most values of one that are looked at.
const MAX_ENTRIES: u64 = 4_096;
const MAX_VALUES: usize = 4_000_000;

/// A field of a directory.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: u16,
    count: u64,
    /// Where the value stands.
    at: usize,
    size: usize,
}

/// One page, or a small copy of one.
#[derive(Debug, Default)]
pub(super) struct Directory {
    entries: BTreeMap<u16, Entry>,
}

/// The structure of a file.
pub(super) struct File<'b> {
    bytes: &'b [u8],
    order: Order,
    big: bool,
    /// In order: the chain, and below each page its own.
    pub directories: Vec<Directory>,
    /// Behind everything that is named.
    pub end: usize,
    /// The chain is longer than what was followed.
    pub more: bool,
    /// It leads to where no directory is: what comes next is lost.
    pub broken: bool,
}

impl<'b> File<'b> {
    /// Follows the directories.
    pub fn open(bytes: &'b [u8]) -> Option<Self> {
        let order = match bytes.get(..2)? {
            b"II" => Order::Little,
            b"MM" => Order::Big,
            _ => return None,
        };
        let (big, first) = match order.u16(bytes, 2)? {
            42 => (false, u64::from(order.u32(bytes, 4)?)),
            43 => (true, order.u64(bytes, 8)?),
            _ => return None,
        };
        let mut file = File {
            bytes,
            order,
            big,
            directories: Vec::new(),
            end: if big { 16 } else { 8 },
            more: false,
            broken: false,
        };
        let mut seen = HashSet::new();
        let mut next = first;
        while next != 0 && seen.insert(next) {
            if file.directories.len() > MAX_PAGES {
                file.more = true;
                break;
            }
            let Some((directory, behind)) = file.read(next) else {
                file.broken = true;
                break;
            };
            let below = file.numbers(&directory, BELOW);
            for tag in FIELDS {
                for place in file.numbers(&directory, tag) {
                    // Only for where the file ends.
                    file.read(place);
                }
            }
            file.directories.push(directory);
            for place in below.into_iter().take(64) {
                if !seen.insert(place) {
                    continue;
                }
                match file.read(place) {
                    Some((directory, _)) => file.directories.push(directory),
                    None => file.broken = true,
                }
            }
            file.broken |= behind.is_none();
            next = behind.unwrap_or(0);
        }
        Some(file)
    }

    /// One directory, and where the next one is, if the file says.
    fn read(&mut self, place: u64) -> Option<(Directory, Option<u64>)> {
        let (bytes, order) = (self.bytes, self.order);
        let at = usize::try_from(place).ok()?;
        let (count, mut at) = match self.big {
            true => (order.u64(bytes, at)?, at.checked_add(8)?),
            false => (u64::from(order.u16(bytes, at)?), at.checked_add(2)?),
        };
        if count > MAX_ENTRIES {
            return None;
        }
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let (tag, kind) = (order.u16(bytes, at)?, order.u16(bytes, at + 2)?);
            let (count, value, room, step) = match self.big {
                true => (order.u64(bytes, at + 4)?, at + 12, 8, 20),
                false => (u64::from(order.u32(bytes, at + 4)?), at + 8, 4, 12),
            };
            let size = usize::try_from(count)
                .ok()
                .and_then(|n| n.checked_mul(width(kind)));
            if let Some(size) = size {
                let from = match (size > room, self.big) {
                    (false, _) => Some(value),
                    (true, true) => order
                        .u64(bytes, value)
                        .and_then(|v| usize::try_from(v).ok()),
                    (true, false) => order.u32(bytes, value).map(|v| v as usize),
                };
                let to = from.and_then(|from| from.checked_add(size));
                if let (Some(from), Some(to)) = (from, to.filter(|to| *to <= bytes.len())) {
                    self.end = self.end.max(to);
                    let entry = Entry {
                        kind,
                        count,
                        at: from,
                        size,
                    };
                    entries.entry(tag).or_insert(entry);
                }
            }
            at = at.checked_add(step)?;
        }
        let (next, width) = match self.big {
            true => (order.u64(bytes, at), 8),
            false => (order.u32(bytes, at).map(u64::from), 4),
        };
        self.end = self.end.max((at + width).min(bytes.len()));
        let directory = Directory { entries };
        for (from, size) in DATA {
            let places = self.numbers(&directory, from);
            let sizes = self.numbers(&directory, size);
            for (place, size) in places.iter().zip(&sizes) {
                let to = place.saturating_add(*size);
                self.end = self
                    .end
                    .max(usize::try_from(to).unwrap_or(usize::MAX).min(bytes.len()));
            }
            if sizes.is_empty() && !places.is_empty() {
                // Its length is not stated.
                self.end = bytes.len();
            }
        }
        Some((directory, next))
    }

    /// The values of a field.
    fn numbers(&self, directory: &Directory, tag: u16) -> Vec<u64> {
        let Some(entry) = directory.entries.get(&tag) else {
            return Vec::new();
        };
        let one = |index: usize| {
            let at = entry.at + index * width(entry.kind);
            match entry.kind {
                1 | 7 => self.bytes.get(at).map(|v| u64::from(*v)),
                3 => self.order.u16(self.bytes, at).map(u64::from),
                4 | 13 => self.order.u32(self.bytes, at).map(u64::from),
                16 | 18 => self.order.u64(self.bytes, at),
                _ => None,
            }
        };
        let count = usize::try_from(entry.count)
            .unwrap_or(usize::MAX)
            .min(MAX_VALUES);
        (0..count).map_while(one).collect()
    }

    /// The first value of a field.
    pub fn number(&self, directory: &Directory, tag: u16) -> Option<u64> {
        self.numbers(directory, tag).first().copied()
    }

    /// A file with one page. What does not fit into a plain TIFF file is not cut out.
    pub fn cut(&self, directory: &Directory) -> Option<Vec<u8>> {
        let mut out = match self.order {
            Order::Little => b"II*\0\0\0\0\0".to_vec(),
            Order::Big => b"MM\0*\0\0\0\0".to_vec(),
        };
        let u16s = |v: u16| match self.order {
            Order::Little => v.to_le_bytes(),
            Order::Big => v.to_be_bytes(),
        };
        let u32s = |v: u32| match self.order {
            Order::Little => v.to_le_bytes(),
            Order::Big => v.to_be_bytes(),
        };
        // Strips may share their bytes.
        let mut copied: HashMap<(u64, u64), u32> = HashMap::new();
        let mut fields: BTreeMap<u16, (u16, u64, Vec<u8>)> = BTreeMap::new();
        for (tag, entry) in &directory.entries {
            if FIELDS.contains(tag) || *tag == BELOW {
                continue;
            }
            let value = self.bytes.get(entry.at..entry.at + entry.size)?;
            fields.insert(*tag, (entry.kind, entry.count, value.to_vec()));
        }
        for (from, size) in DATA {
            let places = self.numbers(directory, from);
            let mut sizes = self.numbers(directory, size);
            if places.is_empty() {
                continue;
            }
            if sizes.is_empty() && places.len() == 1 {
                sizes = vec![(self.bytes.len() as u64).saturating_sub(places[0])];
            }
            let mut moved = Vec::with_capacity(4 * places.len());
            for (place, size) in places.iter().zip(&sizes) {
                let at = match copied.get(&(*place, *size)) {
                    Some(at) => *at,
                    None => {
                        let start = usize::try_from(*place).ok()?;
                        let data = start
                            .checked_add(usize::try_from(*size).ok()?)
                            .and_then(|end| self.bytes.get(start..end));
                        let at = u32::try_from(out.len()).ok()?;
                        // Overlapping stretches could grow without end.
                        let data = data
                            .filter(|data| out.len() + data.len() <= 2 * self.bytes.len() + 4096)?;
                        out.extend_from_slice(data);
                        if out.len() % 2 == 1 {
                            out.push(0);
                        }
                        copied.insert((*place, *size), at);
                        at
                    }
                };
                moved.extend(u32s(at));
            }
            fields.insert(from, (4, (moved.len() / 4) as u64, moved));
            let lengths: Option<Vec<u8>> = sizes
                .iter()
                .map(|size| u32::try_from(*size).ok().map(u32s))
                .collect::<Option<Vec<_>>>()
                .map(|all| all.concat());
            fields.insert(size, (4, sizes.len() as u64, lengths?));
        }
        let mut table = u16s(u16::try_from(fields.len()).ok()?).to_vec();
        for (tag, (mut kind, count, mut value)) in fields {
            if matches!(kind, 16..=18) {
                // Numbers of eight bytes are BigTIFF's.
                let numbers = self.numbers(directory, tag);
                let small = numbers.iter().map(|v| u32::try_from(*v).ok().map(u32s));
                value = small.collect::<Option<Vec<_>>>()?.concat();
                kind = 4;
            }
            table.extend(u16s(tag));
            table.extend(u16s(kind));
            table.extend(u32s(u32::try_from(count).ok()?));
            if value.len() <= 4 {
                value.resize(4, 0);
                table.extend(value);
            } else {
                table.extend(u32s(u32::try_from(out.len()).ok()?));
                out.extend(value);
                if out.len() % 2 == 1 {
                    out.push(0);
                }
            }
        }
        table.extend([0; 4]);
        let at = u32s(u32::try_from(out.len()).ok()?);
        out[4..8].copy_from_slice(&at);
        out.extend(table);
        Some(out)
    }
}

/// Bytes of one value.
fn width(kind: u16) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

pub(super) fn parts(bytes: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    let Some(file) = File::open(bytes) else {
        return;
    };
    // What has no page is no picture, and an exception.
    if file.directories.is_empty() {
        return;
    }
    out.beside(file.end..bytes.len());
    if file.more {
        out.unseen(
            Unseen::Frames,
            1,
            format!("those behind the first {MAX_PAGES}"),
        );
    }
    if file.broken {
        let pages = file.directories.len();
        let why = format!("those behind the first {pages}, to which its chain does not lead");
        out.unseen(Unseen::Frames, 1, why);
    }
    for (number, directory) in (2..).zip(file.directories.iter().skip(1)) {
        let Some(page) = file.cut(directory) else {
            out.unseen(Unseen::Frames, 1, format!("page {number} is damaged"));
            continue;
        };
        let small = file
            .number(directory, SUBFILE)
            .is_some_and(|kind| kind & 1 == 1);
        let shown = small
            && Picture::decode(&page).is_ok_and(|small| {
                main.picture()
                    .is_some_and(|main| alike::alike(main, &small))
            });
        if !shown {
            out.push(limits, format!("page-{number}.tif"), page);
        }
    }
}
