//! The two trees of a store: nodes (folders, messages) and blocks (where their data lies).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;

use super::super::super::compound::{u16_at, u32_at};
use super::Place;
use super::tables::{FIRST, SECOND, THIRD};

/// What every store begins with.
const SIGNATURE: &[u8] = b"!BDN";
/// Most nodes and blocks that are kept in memory.
const MAX_ENTRIES: usize = 40_000_000;
/// How deep the trees may be.
const MAX_DEPTH: usize = 12;
/// How much of a file is searched at a time.
const STRIDE: usize = 1 << 20;

/// The three forms of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Until 2002: places of four bytes, texts of one byte a character.
    Narrow,
    /// Since 2003.
    Wide,
    /// Since 2013, for copies of what a server has: larger pages, compressed blocks.
    Large,
}

/// A node: its data, and what lies below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub data: u64,
    pub below: u64,
    pub parent: u32,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    at: u64,
    size: u16,
    /// Size once it is unpacked.
    full: u16,
}

/// A store with its index.
pub(super) struct Tree<P> {
    place: P,
    pub form: Form,
    disguise: u8,
    pub nodes: BTreeMap<u32, Node>,
    blocks: HashMap<u64, Block>,
    /// Whether the trees led everywhere; else their leaves were searched for.
    pub whole: bool,
    /// Whether the header says that the file is longer than it is.
    pub cut: bool,
}

/// A number of four or eight bytes.
pub(super) fn word(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    match width {
        4 => u32_at(bytes, at).map(u64::from),
        _ => Some(u64::from_le_bytes(
            bytes.get(at..at.checked_add(8)?)?.try_into().ok()?,
        )),
    }
}

impl<P: Place> Tree<P> {
    /// Reads the index of a store.
    pub fn open(place: P) -> Result<Self, String> {
        let head = place.bytes(0, 564).ok_or("it ends within its header")?;
        if !head.starts_with(SIGNATURE) {
            return Err("not an Outlook store".to_owned());
        }
        let form = match u16_at(&head, 10) {
            Some(14 | 15) => Form::Narrow,
            Some(36..) => Form::Large,
            Some(23..) => Form::Wide,
            version => return Err(format!("a store of the unknown version {version:?}")),
        };
        let narrow = form == Form::Narrow;
        let disguise = head
            .get(if narrow { 461 } else { 513 })
            .copied()
            .unwrap_or(0);
        let width = if narrow { 4 } else { 8 };
        let field = |at| word(&head, at, width).unwrap_or(u64::MAX);
        let (nodes, blocks, size) = match narrow {
            true => (field(188), field(196), field(168)),
            false => (field(224), field(240), field(184)),
        };
        let mut tree = Self {
            cut: size > place.len(),
            place,
            form,
            disguise,
            nodes: BTreeMap::new(),
            blocks: HashMap::new(),
            whole: true,
        };
        for (root, of_nodes) in [(nodes, true), (blocks, false)] {
            tree.whole &= tree.walk(root, of_nodes);
        }
        if !tree.whole {
            tree.search();
        }
        Ok(tree)
    }

    /// Where the store lies.
    pub fn into_place(self) -> P {
        self.place
    }

    pub fn width(&self) -> usize {
        if self.form == Form::Narrow { 4 } else { 8 }
    }

    fn page(&self) -> usize {
        if self.form == Form::Large { 4096 } else { 512 }
    }

    /// Where a page has its number of entries, its level and its type.
    fn layout(&self) -> (usize, usize, usize) {
        match self.form {
            Form::Narrow => (496, 499, 500),
            Form::Wide => (488, 491, 496),
            Form::Large => (4056, 4061, 4072),
        }
    }

    fn count(&self, page: &[u8]) -> usize {
        let (count, _, _) = self.layout();
        match self.form {
            Form::Large => usize::from(u16_at(page, count).unwrap_or(0)),
            _ => usize::from(page[count]),
        }
    }

    /// Walks a tree; whether it led everywhere.
    fn walk(&mut self, root: u64, of_nodes: bool) -> bool {
        let (_, level_at, kind_at) = self.layout();
        let kind = if of_nodes { 0x81 } else { 0x80 };
        let width = self.width();
        let (mut next, mut seen) = (vec![(root, 0)], HashSet::new());
        let mut whole = true;
        while let Some((at, depth)) = next.pop() {
            let page = self.place.bytes(at, self.page());
            let page = page.filter(|page| page[kind_at] == kind && depth <= MAX_DEPTH);
            let (Some(page), true) = (page, seen.insert(at)) else {
                whole = false;
                continue;
            };
            if page[level_at] == 0 {
                whole &= self.leaf(&page, of_nodes, false);
                continue;
            }
            let count = self.count(&page).min(self.page() / (3 * width));
            let children = (0..count).filter_map(|i| word(&page, (3 * i + 2) * width, width));
            next.extend(children.map(|child| (child, depth + 1)));
        }
        whole
    }

    /// Takes over the entries of a leaf. `keep`: what is known stays.
    fn leaf(&mut self, page: &[u8], of_nodes: bool, keep: bool) -> bool {
        let width = self.width();
        let size = match (of_nodes, self.form) {
            (true, Form::Narrow) => 16,
            (true, _) => 32,
            (false, Form::Narrow) => 12,
            (false, _) => 24,
        };
        if self.nodes.len() + self.blocks.len() > MAX_ENTRIES {
            return false;
        }
        for i in 0..self.count(page).min(self.page() / size) {
            let at = i * size;
            let field = |number: usize| word(page, at + number * width, width).unwrap_or(0);
            let key = field(0);
            if of_nodes {
                let node = Node {
                    data: field(1),
                    below: field(2),
                    parent: u32_at(page, at + 3 * width).unwrap_or(0),
                };
                match keep {
                    true => *self.nodes.entry(key as u32).or_insert(node),
                    false => self.nodes.insert(key as u32, node).unwrap_or(node),
                };
            } else {
                let size = u16_at(page, at + 2 * width).unwrap_or(0);
                let full = match self.form {
                    Form::Large => u16_at(page, at + 2 * width + 2).unwrap_or(0),
                    _ => size,
                };
                let block = Block {
                    at: field(1),
                    size,
                    full,
                };
                match keep {
                    true => *self.blocks.entry(key & !1).or_insert(block),
                    false => self.blocks.insert(key & !1, block).unwrap_or(block),
                };
            }
        }
        true
    }

    /// Searches the whole file for leaves: a damaged tree does not reach all of them.
    fn search(&mut self) {
        let (_, level_at, kind_at) = self.layout();
        let page = self.page();
        let mut from = 0;
        while from < self.place.len() {
            let length = (self.place.len() - from).min((STRIDE + page) as u64) as usize;
            let Some(bytes) = self.place.bytes(from, length) else {
                break;
            };
            for at in (0..STRIDE.min(bytes.len())).step_by(512) {
                let Some(page) = bytes.get(at..at + page) else {
                    break;
                };
                let kind = (page[kind_at], page[kind_at + 1]);
                if matches!(kind, (0x80, 0x80) | (0x81, 0x81)) && page[level_at] == 0 {
                    self.leaf(page, kind.0 == 0x81, true);
                }
            }
            from += STRIDE as u64;
        }
    }

    /// The content of a block.
    fn block(&self, id: u64) -> Option<Vec<u8>> {
        let block = self.blocks.get(&(id & !1))?;
        let mut bytes = self.place.bytes(block.at, usize::from(block.size))?;
        if block.full != block.size {
            let mut unpacked = Vec::new();
            let packed = flate2::read::ZlibDecoder::new(&bytes[..]);
            packed
                .take(u64::from(block.full))
                .read_to_end(&mut unpacked)
                .ok()?;
            bytes = unpacked;
        }
        if id & 2 == 0 {
            match self.disguise {
                1 => bytes
                    .iter_mut()
                    .for_each(|byte| *byte = THIRD[usize::from(*byte)]),
                2 => turn(&mut bytes, id as u32),
                _ => {}
            }
        }
        Some(bytes)
    }

    /// The blocks of some data, of at most `left` bytes.
    pub fn data(&self, id: u64, left: &mut usize) -> Option<Vec<Vec<u8>>> {
        let mut out = Vec::new();
        self.add_data(id, 0, left, &mut out)?;
        Some(out)
    }

    fn add_data(
        &self,
        id: u64,
        depth: usize,
        left: &mut usize,
        out: &mut Vec<Vec<u8>>,
    ) -> Option<()> {
        if id == 0 {
            return Some(());
        }
        let bytes = self.block(id)?;
        if id & 2 == 0 {
            *left = left.checked_sub(bytes.len())?;
            out.push(bytes);
            return Some(());
        }
        // A list of blocks, or a list of such lists.
        if depth > 2 || bytes.first() != Some(&1) {
            return None;
        }
        let width = self.width();
        for i in 0..usize::from(u16_at(&bytes, 2)?) {
            self.add_data(word(&bytes, 8 + i * width, width)?, depth + 1, left, out)?;
        }
        Some(())
    }

    /// The nodes below a node, as far as they can be read; whether all of them were.
    pub fn below(&self, id: u64) -> (BTreeMap<u32, Node>, bool) {
        let mut out = BTreeMap::new();
        let whole = self.add_below(id, 0, &mut out).is_some();
        (out, whole)
    }

    fn add_below(&self, id: u64, depth: usize, out: &mut BTreeMap<u32, Node>) -> Option<()> {
        if id == 0 {
            return Some(());
        }
        let bytes = self.block(id | 2)?;
        if depth > 4 || bytes.first() != Some(&2) || out.len() > 1 << 20 {
            return None;
        }
        let width = self.width();
        let head = if self.form == Form::Narrow { 4 } else { 8 };
        let leaf = *bytes.get(1)? == 0;
        let mut whole = Some(());
        for i in 0..usize::from(u16_at(&bytes, 2)?) {
            if leaf {
                let at = head + 3 * i * width;
                let node = Node {
                    data: word(&bytes, at + width, width)?,
                    below: word(&bytes, at + 2 * width, width)?,
                    parent: 0,
                };
                out.insert(word(&bytes, at, width)? as u32, node);
            } else {
                let next = word(&bytes, head + (2 * i + 1) * width, width)?;
                whole = whole.and(self.add_below(next, depth + 1, out));
            }
        }
        whole
    }
}

/// The disguise of three wheels.
fn turn(bytes: &mut [u8], key: u32) {
    let mut key = (key ^ key >> 16) as u16;
    for byte in bytes {
        let [low, high] = key.to_le_bytes();
        *byte = FIRST[usize::from(byte.wrapping_add(low))];
        *byte = SECOND[usize::from(byte.wrapping_add(high))].wrapping_sub(high);
        *byte = THIRD[usize::from(*byte)].wrapping_sub(low);
        key = key.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheels_turn_back() {
        // Disguising and showing are the same turn.
        let mut bytes = b"the kingfisher ledger".to_vec();
        turn(&mut bytes, 0x1234_5678);
        assert_ne!(bytes, b"the kingfisher ledger");
        turn(&mut bytes, 0x1234_5678);
        assert_eq!(bytes, b"the kingfisher ledger");
    }

    #[test]
    fn what_is_no_store_is_refused() {
        assert!(Tree::open(vec![0; 600]).is_err());
        assert!(Tree::open(b"!BDN".to_vec()).is_err());
        let mut head = b"!BDN".to_vec();
        head.resize(600, 0xFF);
        head[10] = 23;
        head[11] = 0;
        let tree = Tree::open(head).unwrap();
        assert!(!tree.whole && tree.cut && tree.nodes.is_empty());
    }
}
