//! Writing compound files, so that what lies in one (an attached message, an embedded document) becomes a file
//! that programs open. The same streams give the same bytes: there are no dates in it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Compound, SIGNATURE, SMALL};

const SECTOR: usize = 512;
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;
const TABLE: u32 = 0xFFFF_FFFD;
const TABLE_OF_TABLES: u32 = 0xFFFF_FFFC;
/// Numbers in a sector.
const NUMBERS: usize = SECTOR / 4;
/// Longest name, in units of UTF-16.
const MAX_NAME: usize = 31;

/// A node of the directory.
struct Node {
    name: Vec<u16>,
    /// 1 storage, 2 stream, 5 root.
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    red: bool,
    start: u32,
    size: u64,
}

impl Node {
    fn new(name: &str, kind: u8) -> Self {
        Node {
            name: name.encode_utf16().take(MAX_NAME).collect(),
            kind,
            left: FREE,
            right: FREE,
            child: FREE,
            red: false,
            start: if kind == 1 { 0 } else { END },
            size: 0,
        }
    }
}

impl Compound<'_> {
    /// A storage as a compound file of its own.
    pub fn extract(&self, storage: &str) -> Vec<u8> {
        write(&self.streams(storage))
    }
}

/// Writes streams by path (`/storage/stream`) as a compound file.
pub(in crate::readers) fn write(streams: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut nodes = vec![Node::new("Root Entry", 5)];
    let mut children: Vec<Vec<usize>> = vec![Vec::new()];
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut writer = Writer::default();
    let mut small = Vec::new();
    let mut small_table: Vec<u32> = Vec::new();
    for (path, content) in streams {
        let at = node(path, 2, &mut nodes, &mut children, &mut known);
        nodes[at].size = content.len() as u64;
        if content.is_empty() {
            continue;
        }
        if (content.len() as u64) < SMALL {
            nodes[at].start = small_table.len() as u32;
            let count = content.len().div_ceil(64);
            chain(&mut small_table, count);
            small.extend_from_slice(content);
            small.resize(small.len().next_multiple_of(64), 0);
        } else {
            nodes[at].start = writer.add(content);
        }
    }
    nodes[0].size = small.len() as u64;
    nodes[0].start = writer.add(&small);
    let listed: Vec<u8> = small_table
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let small_start = writer.add_filled(&listed, 0xFF);
    for (at, mut members) in children.into_iter().enumerate() {
        members.sort_by(|a, b| order(&nodes[*a].name, &nodes[*b].name));
        let depth = (members.len() as u32).checked_ilog2().unwrap_or(0);
        nodes[at].child = tree(&members, depth, &mut nodes, false);
    }
    let directory = directory(&nodes);
    let directory_start = writer.add(&directory);
    writer.finish(
        directory_start,
        small_start,
        small_table.len().div_ceil(NUMBERS) as u32,
    )
}

/// The node at a path, made together with the storages around it.
fn node(
    path: &str,
    kind: u8,
    nodes: &mut Vec<Node>,
    children: &mut Vec<Vec<usize>>,
    known: &mut BTreeMap<String, usize>,
) -> usize {
    let mut at = 0;
    let mut so_far = String::new();
    let mut steps = path.split('/').filter(|step| !step.is_empty()).peekable();
    while let Some(step) = steps.next() {
        so_far.push('/');
        so_far.push_str(step);
        let kind = if steps.peek().is_some() { 1 } else { kind };
        at = match known.get(&so_far) {
            Some(found) => *found,
            None => {
                nodes.push(Node::new(step, kind));
                children.push(Vec::new());
                let new = nodes.len() - 1;
                children[at].push(new);
                known.insert(so_far.clone(), new);
                new
            }
        };
    }
    at
}

/// The order of names within a storage: by length, then by capital letters.
fn order(a: &[u16], b: &[u16]) -> Ordering {
    let upper = |name: &[u16]| -> Vec<u16> {
        let capital = |unit: &u16| match char::from_u32(u32::from(*unit)) {
            Some(c) if c.is_ascii_lowercase() => *unit - 32,
            _ => *unit,
        };
        name.iter().map(capital).collect()
    };
    a.len().cmp(&b.len()).then_with(|| upper(a).cmp(&upper(b)))
}

/// A balanced tree over sorted members: only its deepest level is red. Returns its root.
fn tree(members: &[usize], depth: u32, nodes: &mut [Node], inner: bool) -> u32 {
    if members.is_empty() {
        return FREE;
    }
    let middle = members.len() / 2;
    let at = members[middle];
    let below = depth.saturating_sub(1);
    nodes[at].red = inner && depth == 0;
    nodes[at].left = tree(&members[..middle], below, nodes, true);
    nodes[at].right = tree(&members[middle + 1..], below, nodes, true);
    at as u32
}

fn directory(nodes: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    for node in nodes {
        let at = out.len();
        out.extend(node.name.iter().flat_map(|unit| unit.to_le_bytes()));
        out.resize(at + 64, 0);
        out.extend_from_slice(&(2 * (node.name.len() as u16 + 1)).to_le_bytes());
        out.push(node.kind);
        out.push(u8::from(!node.red));
        for number in [node.left, node.right, node.child] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        // Class, flags and dates are left empty.
        out.resize(at + 116, 0);
        out.extend_from_slice(&node.start.to_le_bytes());
        out.extend_from_slice(&node.size.to_le_bytes());
    }
    let mut unused = [0u8; 128];
    unused[68..80].fill(0xFF);
    while !out.len().is_multiple_of(SECTOR) {
        out.extend_from_slice(&unused);
    }
    out
}

/// Appends a chain of `count` to a table.
fn chain(table: &mut Vec<u32>, count: usize) {
    for i in 0..count {
        let next = table.len() as u32 + 1;
        table.push(if i + 1 == count { END } else { next });
    }
}

#[derive(Default)]
struct Writer {
    sectors: Vec<u8>,
    table: Vec<u32>,
}

impl Writer {
    fn add(&mut self, content: &[u8]) -> u32 {
        self.add_filled(content, 0)
    }

    fn add_filled(&mut self, content: &[u8], fill: u8) -> u32 {
        if content.is_empty() {
            return END;
        }
        let start = self.table.len() as u32;
        chain(&mut self.table, content.len().div_ceil(SECTOR));
        self.sectors.extend_from_slice(content);
        self.sectors.resize(self.table.len() * SECTOR, fill);
        start
    }

    fn finish(mut self, directory: u32, small: u32, small_sectors: u32) -> Vec<u8> {
        let data = self.table.len();
        // The table covers itself and the table of its own sectors.
        let (mut tables, mut lists) = (0, 0);
        loop {
            let needed = (data + tables + lists).div_ceil(NUMBERS);
            let needed_lists = needed.saturating_sub(109).div_ceil(NUMBERS - 1);
            if (needed, needed_lists) == (tables, lists) {
                break;
            }
            (tables, lists) = (needed, needed_lists);
        }
        self.table.extend(std::iter::repeat_n(TABLE, tables));
        self.table
            .extend(std::iter::repeat_n(TABLE_OF_TABLES, lists));
        self.table.resize(tables * NUMBERS, FREE);
        let first_list = (data + tables) as u32;

        let mut out = SIGNATURE.to_vec();
        out.resize(24, 0);
        for number in [0x003Eu16, 3, 0xFFFE, 9, 6] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.resize(44, 0);
        let small_count = small_sectors;
        for number in [
            tables as u32,
            directory,
            0,
            SMALL as u32,
            small,
            small_count,
            if lists == 0 { END } else { first_list },
            lists as u32,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let mut ids = (0..tables).map(|i| (data + i) as u32);
        for _ in 0..109 {
            out.extend_from_slice(&ids.next().unwrap_or(FREE).to_le_bytes());
        }
        out.extend_from_slice(&self.sectors);
        out.extend(self.table.iter().flat_map(|number| number.to_le_bytes()));
        for list in 0..lists {
            for _ in 0..NUMBERS - 1 {
                out.extend_from_slice(&ids.next().unwrap_or(FREE).to_le_bytes());
            }
            let next = if list + 1 == lists {
                END
            } else {
                first_list + list as u32 + 1
            };
            out.extend_from_slice(&next.to_le_bytes());
        }
        out
    }
}
