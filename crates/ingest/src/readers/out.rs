//! What a reader of an office format collects: text, facts, parts, and what it could not read, within limits.

use std::collections::BTreeMap;

use crate::ledger::{Ledger, Unread};
use crate::reading::{Child, Reading};

/// Longest text that is collected, in bytes. Far above what an item may have: it bounds memory.
const MAX_TEXT: usize = 128 << 20;
/// Longest text beside one paragraph, in bytes.
const MAX_BESIDE: usize = 16 << 20;
/// Most parts of one document that become items.
const MAX_CHILDREN: usize = 20_000;

/// Text and parts found so far.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub text: String,
    pub ledger: Ledger,
    pub children: Vec<Child>,
    pub facts: BTreeMap<String, String>,
    /// Lines that wait for the end of the paragraph they stand beside.
    beside: String,
    full: bool,
}

impl Out {
    /// Adds text.
    pub fn push(&mut self, text: &str) {
        if self.full {
            return;
        }
        if self.text.len() + text.len() > MAX_TEXT {
            self.full = true;
            self.unread(Unread::TextCut, "the text behind its first 128 MiB");
            return;
        }
        self.text.push_str(text);
    }

    /// Adds one character.
    pub fn push_char(&mut self, c: char) {
        self.push(c.encode_utf8(&mut [0; 4]));
    }

    /// Begins a new line, unless one has just begun.
    pub fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push("\n");
        }
    }

    /// Adds a line of its own, if there is anything on it.
    pub fn push_line(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.line();
            self.push(text.trim());
            self.push("\n");
        }
    }

    /// Adds a line of its own; within a paragraph, behind it: the sentence around is not torn.
    pub fn push_beside(&mut self, text: &str, in_paragraph: bool) {
        if !in_paragraph {
            self.push_line(text);
        } else if !text.trim().is_empty() && self.beside.len() < MAX_BESIDE {
            self.beside.push_str(text.trim());
            self.beside.push('\n');
        }
    }

    /// What waits for the end of the paragraph.
    pub fn beside(&self) -> &str {
        &self.beside
    }

    /// A paragraph has ended: what stood beside it follows.
    pub fn end_paragraph(&mut self) {
        if !self.beside.is_empty() {
            let beside = std::mem::take(&mut self.beside);
            self.push_line(&beside);
        }
    }

    /// Keeps what follows apart from the word before it.
    pub fn space(&mut self) {
        if self.text.ends_with(char::is_alphanumeric) {
            self.push(" ");
        }
    }

    /// Ends a cell: its last line end becomes a tab.
    pub fn cell(&mut self) {
        if self.text.ends_with('\n') {
            self.text.pop();
        }
        self.push("\t");
    }

    /// Ends a row: tabs behind its last cell go.
    pub fn row(&mut self) {
        let kept = self.text.trim_end_matches('\t').len();
        self.text.truncate(kept);
        self.line();
    }

    /// Whether there is no room for more text.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Writes down that something was not read.
    pub fn unread(&mut self, code: Unread, detail: impl AsRef<str>) {
        self.ledger.add(code, detail);
    }

    /// Records a fact, unless it is empty or known.
    pub fn fact(&mut self, key: &str, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            let entry = self.facts.entry(key.to_owned());
            entry.or_insert_with(|| value.to_owned());
        }
    }

    /// Adds a file that lies inside.
    pub fn child(&mut self, name: &str, bytes: Vec<u8>) {
        self.attach(Child {
            name: name.to_owned(),
            bytes,
            ..Child::default()
        });
    }

    /// Adds a file that lies inside, with what is known about it.
    pub fn attach(&mut self, child: Child) {
        if self.children.len() >= MAX_CHILDREN {
            self.unread(Unread::Embedded, "more files inside than are taken out");
            return;
        }
        self.children.push(child);
    }

    /// The result.
    pub fn finish(self) -> Reading {
        Reading {
            text: self.text,
            facts: self.facts,
            children: self.children,
            ledger: self.ledger,
            ..Reading::default()
        }
    }
}
