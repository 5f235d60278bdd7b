//! What is in a node: a heap of small pieces, and on it lists of properties and tables of them.

use std::collections::BTreeMap;

use super::super::super::compound::{u16_at, u32_at, utf16};
use super::super::properties::{Properties, Value, narrow, value};
use super::Place;
use super::tree::{Form, Node, Tree};
use crate::ledger::Ledger;

/// Most rows of a table, and most pieces of a list.
const MAX_ROWS: usize = 1 << 20;

/// The data of a node, and the nodes below it.
pub(super) struct Heap<'t, P> {
    tree: &'t Tree<P>,
    blocks: Vec<Vec<u8>>,
    pub below: BTreeMap<u32, Node>,
    /// Whether all nodes below could be listed.
    whole: bool,
}

impl<'t, P: Place> Heap<'t, P> {
    pub fn open(tree: &'t Tree<P>, node: Node, left: &mut usize) -> Option<Self> {
        let blocks = tree.data(node.data, left)?;
        let (below, whole) = tree.below(node.below);
        (blocks.first()?.get(2) == Some(&0xEC)).then_some(Self {
            tree,
            blocks,
            below,
            whole,
        })
    }

    /// The piece that the heap begins with.
    fn root(&self) -> Option<u32> {
        u32_at(self.blocks.first()?, 4)
    }

    fn piece(&self, id: u32) -> Option<&[u8]> {
        if id == 0 {
            return Some(&[]);
        }
        let (piece, block) = match self.tree.form {
            Form::Large => (id >> 5 & 0x3FFF, id >> 19),
            _ => (id >> 5 & 0x7FF, id >> 16),
        };
        let block = self.blocks.get(block as usize)?;
        let map = usize::from(u16_at(block, 0)?);
        let at = map + 4 + 2 * (piece as usize).checked_sub(1)?;
        block.get(usize::from(u16_at(block, at)?)..usize::from(u16_at(block, at + 2)?))
    }

    /// A piece, or the data of a node below.
    fn content(&self, id: u32, left: &mut usize) -> Option<Vec<u8>> {
        if id & 0x1F == 0 {
            let piece = self.piece(id)?;
            *left = left.checked_sub(piece.len())?;
            return Some(piece.to_vec());
        }
        Some(self.tree.data(self.below.get(&id)?.data, left)?.concat())
    }

    /// The records of a tree on the heap, with the sizes of their keys and of what belongs to them.
    fn records(&self, id: u32) -> Option<(usize, usize, Vec<u8>)> {
        let head = self.piece(id)?;
        let (key, rest) = (usize::from(*head.get(1)?), usize::from(*head.get(2)?));
        let levels = usize::from(*head.get(3)?);
        let mut ids = vec![u32_at(head, 4)?];
        for _ in 0..levels.min(6) {
            let mut next = Vec::new();
            for id in ids {
                for record in self.piece(id)?.chunks_exact(key + 4) {
                    next.push(u32_at(record, key)?);
                }
                if next.len() > MAX_ROWS {
                    return None;
                }
            }
            ids = next;
        }
        let mut records = Vec::new();
        for id in ids {
            records.extend_from_slice(self.piece(id)?);
            if records.len() > 64 << 20 {
                return None;
            }
        }
        Some((key, rest, records))
    }

    fn value(
        &self,
        kind: u16,
        id: u32,
        code_page: Option<i64>,
        left: &mut usize,
        ledger: &mut Ledger,
    ) -> Option<Value> {
        match kind {
            2 | 3 | 0x0A | 0x0B => value(kind, &id.to_le_bytes(), None, ledger),
            0x101E | 0x101F => texts(kind, &self.content(id, left)?, code_page, ledger),
            _ => value(kind, &self.content(id, left)?, code_page, ledger),
        }
    }

    /// The properties of the node.
    pub fn properties(&self, inherited: Option<i64>, left: &mut usize) -> Option<Properties> {
        let (key, rest, records) = self.records(self.root()?)?;
        if (key, rest) != (2, 6) {
            return None;
        }
        let rows = || {
            records
                .chunks_exact(8)
                .filter_map(|row| Some((u16_at(row, 0)?, u16_at(row, 2)?, u32_at(row, 4)?)))
        };
        let mut properties = Properties {
            lost: u32::from(!self.whole),
            ..Properties::default()
        };
        for (id, kind, content) in rows().filter(|row| matches!(row.1, 2 | 3 | 0x0A | 0x0B)) {
            let value = self.value(kind, content, None, left, &mut properties.ledger);
            properties.values.extend(value.map(|value| (id, value)));
        }
        let code_page = properties.code_page().or(inherited);
        for (id, kind, content) in rows() {
            if !matches!(
                kind,
                0x14 | 0x1E | 0x1F | 0x40 | 0x102 | 0x0D | 0x101E | 0x101F
            ) {
                continue;
            }
            match self.value(kind, content, code_page, left, &mut properties.ledger) {
                Some(value) => {
                    properties.values.insert(id, value);
                }
                None => properties.lost += 1,
            }
        }
        Some(properties)
    }

    /// The rows of the table that the node is.
    pub fn table(&self, code_page: Option<i64>, left: &mut usize) -> Option<Vec<Properties>> {
        let head = self.piece(self.root()?)?;
        if head.first() != Some(&0x7C) {
            return None;
        }
        let columns = usize::from(*head.get(1)?);
        let (flags, size) = (usize::from(u16_at(head, 6)?), usize::from(u16_at(head, 8)?));
        let rows = u32_at(head, 14)?;
        if size == 0 || rows == 0 {
            return Some(Vec::new());
        }
        let pages = match rows & 0x1F {
            0 => vec![self.piece(rows)?.to_vec()],
            _ => self.tree.data(self.below.get(&rows)?.data, left)?,
        };
        let mut out = Vec::new();
        // Rows do not go over the end of a block.
        for row in pages
            .iter()
            .flat_map(|page| page.chunks_exact(size))
            .take(MAX_ROWS)
        {
            let mut properties = Properties::default();
            for column in 0..columns {
                let at = 22 + 8 * column;
                let (kind, id) = (u16_at(head, at)?, u16_at(head, at + 2)?);
                let place = usize::from(u16_at(head, at + 4)?);
                let (length, bit) = (*head.get(at + 6)?, usize::from(*head.get(at + 7)?));
                let there = row
                    .get(flags + bit / 8)
                    .is_some_and(|byte| byte >> (7 - bit % 8) & 1 == 1);
                let content = match length {
                    4 => u32_at(row, place),
                    2 => u16_at(row, place).map(u32::from),
                    _ => None,
                };
                if let (true, Some(content)) = (there, content) {
                    match self.value(kind, content, code_page, left, &mut properties.ledger) {
                        Some(value) => {
                            properties.values.insert(id, value);
                        }
                        None if matches!(kind, 0x1E | 0x1F) => properties.lost += 1,
                        None => {}
                    }
                }
            }
            out.push(properties);
        }
        Some(out)
    }
}

/// Several texts: how many, where each begins, and they.
fn texts(kind: u16, bytes: &[u8], code_page: Option<i64>, ledger: &mut Ledger) -> Option<Value> {
    let count = (u32_at(bytes, 0)? as usize).min(1000);
    let mut texts = Vec::new();
    for number in 0..count {
        let from = u32_at(bytes, 4 + 4 * number)? as usize;
        let to = match number + 1 < count {
            true => u32_at(bytes, 8 + 4 * number)? as usize,
            false => bytes.len(),
        };
        let text = bytes.get(from..to)?;
        texts.push(match kind {
            0x101F => utf16(text),
            _ => narrow(text, code_page, ledger),
        });
    }
    Some(Value::Texts(texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_texts() {
        let mut bytes = Vec::new();
        for number in [2u32, 12, 14] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(b"a\0b\0c\0");
        assert_eq!(
            texts(0x101F, &bytes, None, &mut Ledger::default()),
            Some(Value::Texts(vec!["a".into(), "bc".into()]))
        );
        for cut in 0..bytes.len() {
            texts(0x101F, &bytes[..cut], None, &mut Ledger::default());
        }
    }
}
