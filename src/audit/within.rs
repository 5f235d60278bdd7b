//! The bytes of what lies in an opened item, opened with it: by their SHA-256 and nothing else of them.
//!
//! The judge has these bytes already, in the file of the item; that the corpus has the same ones under the numbers
//! that the item names is what a line shows. A line a part, in the order in which the item names them:
//!
//! ```text
//! {"item":7,"sha256":HEX,"sections":[HEX x 5],"seed":HEX}      the seed is that of the native section
//! ```
//!
//! What a load file lists as a part does not lie in the file, so of such items there is no such list.

use crate::commit::opening::disclosed::DisclosedNative;
use crate::commit::opening::{Sections, Seed, WrongSection};
use crate::commit::{Hash, PublicLeaf, Vault, VaultItem};
use serde::{Deserialize, Serialize};

/// Longest list that is read.
pub const MAX_BYTES: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    item: u32,
    sha256: String,
    sections: [String; 5],
    seed: String,
}

/// Why a list is refused.
#[derive(Debug, thiserror::Error)]
pub enum WithinError {
    /// A line that is none.
    #[error("line {line} of parts.jsonl: {what}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Other items than are named.
    #[error("parts.jsonl does not open the parts that it names, each once and in order")]
    Others,
    /// An opening that is none of its leaf.
    #[error("item {item}, which lies in it: {wrong}")]
    Wrong {
        /// The part.
        item: u32,
        /// What is wrong.
        wrong: WrongSection,
    },
}

/// The line of a part.
pub fn line(vault: &Vault, part: &VaultItem) -> String {
    let opened = DisclosedNative::new(&vault.seed(part), *part.sections());
    let line = Line {
        item: part.index(),
        sha256: hex::encode(part.sha256()),
        sections: opened.sections.0.map(hex::encode),
        seed: hex::encode(opened.seed.as_bytes()),
    };
    let mut line = serde_json::to_string(&line).unwrap_or_default();
    line.push('\n');
    line
}

/// The SHA-256 of each part, if the list opens exactly `parts`.
pub fn check(list: &str, parts: &[u32], leaves: &[PublicLeaf]) -> Result<Vec<Hash>, WithinError> {
    let mut found = Vec::with_capacity(parts.len());
    let mut lines = list.split_terminator('\n');
    for (number, &part) in (1..).zip(parts) {
        let bad = |what: String| WithinError::Line { line: number, what };
        let text = lines.next().ok_or(WithinError::Others)?;
        let line: Line = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        if serde_json::to_string(&line).ok().as_deref() != Some(text) {
            return Err(bad("it is not written as candor writes it".to_owned()));
        }
        let leaf = leaves.get(part as usize).filter(|_| line.item == part);
        let leaf = leaf.ok_or(WithinError::Others)?;
        let bytes = |text: &str| -> Result<Hash, WithinError> {
            let mut out = [0; 32];
            hex::decode_to_slice(text, &mut out).map_err(|error| bad(error.to_string()))?;
            Ok(out)
        };
        let mut sections = [[0; 32]; 5];
        for (section, text) in sections.iter_mut().zip(&line.sections) {
            *section = bytes(text)?;
        }
        let opened = DisclosedNative {
            sections: Sections(sections),
            seed: Seed::from_bytes(bytes(&line.seed)?),
        };
        let sha256 = bytes(&line.sha256)?;
        opened
            .check(leaf.d(), &sha256)
            .map_err(|wrong| WithinError::Wrong { item: part, wrong })?;
        found.push(sha256);
    }
    match lines.next() {
        None => Ok(found),
        Some(_) => Err(WithinError::Others),
    }
}
