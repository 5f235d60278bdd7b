//! The messages of a store, one after the other, each as a file of its own.

use std::collections::HashMap;

use super::super::message::{Attachment, Content, Message};
use super::super::properties::{Names, Properties, Value, names};
use super::super::write;
use super::Place;
use super::heap::Heap;
use super::tree::{Node, Tree};
use crate::isolate;
use crate::ledger::{Ledger, Unread};
use crate::names as paths;
use crate::readers::compound::u32_at;

/// The node that lists the names of properties.
const NAME_LIST: u32 = 0x61;
/// The node of a message's recipients.
const RECIPIENTS: u32 = 0x692;
/// How deep messages are followed into each other.
const MAX_DEPTH: usize = 8;
/// How deep folders are followed upwards.
const MAX_FOLDERS: usize = 64;
/// How many items are named of those that could not be read.
const MAX_NAMED: usize = 5;

/// What kind of thing a node is: the lower bits of its number.
const FOLDER: u32 = 2;
const ITEM: u32 = 4;
const ATTACHMENT: u32 = 5;

/// A message taken out.
pub(crate) struct StoredItem {
    /// Its place below the store: folders and a number.
    pub place: String,
    /// The folders as they are called, from the top.
    pub folder: String,
    /// It as a `.msg` file.
    pub bytes: Vec<u8>,
    /// What of it could not be read in the store.
    pub ledger: Ledger,
}

/// The items of a store, in the order of their numbers.
pub(crate) struct Items<P> {
    tree: Tree<P>,
    names: Names,
    folders: HashMap<u32, String>,
    next: u32,
    taken: usize,
    limit: usize,
    lost: Vec<u32>,
}

impl<P: Place> Items<P> {
    /// Opens a store; the data of one item may have `limit` bytes.
    pub fn open(place: P, limit: u64) -> Result<Self, String> {
        let tree = isolate::catch(|| Tree::open(place)).unwrap_or_else(Err)?;
        let mut items = Self {
            tree,
            names: Names::new(),
            folders: HashMap::new(),
            next: 0,
            taken: 0,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            lost: Vec::new(),
        };
        items.names = items.read_names().unwrap_or_default();
        let folders = items
            .tree
            .nodes
            .iter()
            .filter(|(id, _)| *id & 0x1F == FOLDER);
        let folders: Vec<(u32, Node)> = folders.map(|(id, node)| (*id, *node)).collect();
        for (id, node) in folders {
            if let Some(properties) = items.properties(node) {
                items.folders.insert(id, properties.text(0x3001).to_owned());
            }
        }
        Ok(items)
    }

    fn properties(&self, node: Node) -> Option<Properties> {
        let mut left = self.limit;
        Heap::open(&self.tree, node, &mut left)?.properties(None, &mut left)
    }

    fn read_names(&self) -> Option<Names> {
        let properties = self.properties(*self.tree.nodes.get(&NAME_LIST)?)?;
        let stream = |id| properties.bytes(id).unwrap_or_default();
        Some(names(stream(2), stream(3), stream(4)))
    }

    /// The names of the folders that a node lies in, from the top.
    fn folder(&self, node: Node) -> Vec<&str> {
        let mut folders = Vec::new();
        let mut at = node.parent;
        for _ in 0..MAX_FOLDERS {
            let Some(parent) = self.tree.nodes.get(&at) else {
                break;
            };
            folders.extend(
                self.folders
                    .get(&at)
                    .map(String::as_str)
                    .filter(|name| !name.is_empty()),
            );
            if parent.parent == at {
                break;
            }
            at = parent.parent;
        }
        folders.reverse();
        folders
    }

    fn take(&mut self, id: u32, node: Node) -> Option<StoredItem> {
        let mut ledger = Ledger::default();
        let mut left = self.limit;
        let message = isolate::catch(|| self.message(node, None, 0, &mut left, &mut ledger));
        let Ok(Some(message)) = message else {
            self.lost.push(id);
            return None;
        };
        self.taken += 1;
        let folders = self.folder(node);
        let mut place: Vec<String> = folders.iter().map(|name| paths::attachment(name)).collect();
        place.push(format!("{}.msg", self.taken));
        Some(StoredItem {
            place: place.join("/"),
            folder: folders.join("/"),
            bytes: write::write(&message),
            ledger,
        })
    }

    fn message(
        &self,
        node: Node,
        inherited: Option<i64>,
        depth: usize,
        left: &mut usize,
        ledger: &mut Ledger,
    ) -> Option<Message> {
        let heap = Heap::open(&self.tree, node, left)?;
        let properties = heap.properties(inherited, left)?;
        let code_page = properties.code_page().or(inherited);
        lost(&properties, "the message", ledger);
        let mut message = Message {
            properties,
            names: self.names.clone(),
            ..Message::default()
        };
        if let Some(table) = heap.below.get(&RECIPIENTS) {
            let rows =
                Heap::open(&self.tree, *table, left).and_then(|heap| heap.table(code_page, left));
            match rows {
                Some(rows) => {
                    rows.iter().for_each(|row| lost(row, "a recipient", ledger));
                    message.recipients = rows;
                }
                None => ledger.add(Unread::Damaged, "the list of recipients"),
            }
        }
        for (_, node) in heap.below.iter().filter(|(id, _)| *id & 0x1F == ATTACHMENT) {
            match self.attachment(*node, code_page, depth, left, ledger) {
                Some(attachment) => message.attachments.push(attachment),
                None => ledger.add(Unread::Embedded, "an attachment that cannot be read"),
            }
        }
        Some(message)
    }

    fn attachment(
        &self,
        node: Node,
        code_page: Option<i64>,
        depth: usize,
        left: &mut usize,
        ledger: &mut Ledger,
    ) -> Option<Attachment> {
        let heap = Heap::open(&self.tree, node, left)?;
        let mut properties = heap.properties(code_page, left)?;
        lost(&properties, "an attachment", ledger);
        let content = match properties.values.remove(&0x3701) {
            Some(Value::Bytes(bytes)) if properties.number(0x3705) == Some(5) => {
                let node = u32_at(&bytes, 0).and_then(|id| heap.below.get(&id));
                let inner = node.filter(|_| depth < MAX_DEPTH);
                let inner =
                    inner.and_then(|node| self.message(*node, code_page, depth + 1, left, ledger));
                match inner {
                    Some(message) => Content::Message(write::write(&message)),
                    None => Content::Missing,
                }
            }
            Some(Value::Bytes(bytes)) => Content::Bytes(bytes),
            _ => Content::Missing,
        };
        Some(Attachment {
            properties,
            content,
        })
    }

    /// What is to be said of the store once its items are taken: nothing if all of it was read.
    pub fn trouble(&self) -> Option<String> {
        let mut said = Vec::new();
        if self.tree.cut {
            said.push("the file is shorter than it says".to_owned());
        }
        if !self.tree.whole {
            said.push("its index is damaged, so it was searched for what is left of it".to_owned());
        }
        if !self.lost.is_empty() {
            let named: Vec<String> = self
                .lost
                .iter()
                .take(MAX_NAMED)
                .map(|id| format!("{id:#x}"))
                .collect();
            let more = if self.lost.len() > MAX_NAMED {
                ", ..."
            } else {
                ""
            };
            said.push(format!(
                "{} of its items could not be read (nodes {}{more})",
                self.lost.len(),
                named.join(", ")
            ));
        }
        if said.is_empty() && self.taken > 0 {
            return None;
        }
        if said.is_empty() {
            return Some("it holds no items".to_owned());
        }
        Some(format!(
            "{}; {} items were read",
            said.join("; "),
            self.taken
        ))
    }

    /// Where the store lies, again.
    pub fn into_place(self) -> P {
        self.tree.into_place()
    }

    /// Whether nothing is wrong with the store but that nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.taken == 0 && self.lost.is_empty() && self.tree.whole && !self.tree.cut
    }
}

fn lost(properties: &Properties, of: &str, ledger: &mut Ledger) {
    let detail = format!("properties of {of} that cannot be read in the store");
    ledger.add_many(Unread::Damaged, properties.lost, detail);
    ledger.append(properties.ledger.clone());
}

impl<P: Place> Iterator for Items<P> {
    type Item = StoredItem;

    fn next(&mut self) -> Option<StoredItem> {
        loop {
            let from = self.next..;
            let found = self
                .tree
                .nodes
                .range(from)
                .find(|(id, _)| *id & 0x1F == ITEM);
            let (id, node) = found.map(|(id, node)| (*id, *node))?;
            self.next = id.checked_add(1)?;
            if let Some(item) = self.take(id, node) {
                return Some(item);
            }
        }
    }
}
