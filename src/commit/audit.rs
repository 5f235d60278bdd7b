//! Checks a whole case: do the leaves have the published root, and does the vault still open every
//! one of them? What fails here could not be produced or proved later.

use super::commitment::Tally;
use super::pedersen;
use super::vault::{Vault, VaultError, VaultItem};
use crate::progress::{Progress, Unit};
use rayon::prelude::*;
use serde::Serialize;

/// Items checked at once.
const CHUNK: u32 = 256;
/// Most problems that are listed one by one.
pub const PROBLEMS_LISTED: usize = 100;

/// Something that is wrong with one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The item.
    pub item: u32,
    /// What is wrong, and with which file.
    pub problem: String,
}

/// The result of an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Items in the commitment.
    pub items: u32,
    /// Whether the leaves have the published root and counts.
    pub root_matches: bool,
    /// Number of items with a problem.
    pub damaged: u32,
    /// The first [`PROBLEMS_LISTED`] of them.
    pub problems: Vec<Problem>,
}

impl Audit {
    /// Whether everything is as it was committed.
    pub fn is_sound(&self) -> bool {
        self.root_matches && self.damaged == 0
    }
}

/// Reads everything in the vault and recomputes every digest and commitment.
pub fn audit(vault: &Vault, progress: &dyn Progress) -> Audit {
    let len = vault.len();
    let mut tally = Tally::default();
    let mut audit = Audit {
        items: len,
        root_matches: false,
        damaged: 0,
        problems: Vec::new(),
    };
    progress.begin("checking", Some(u64::from(len)), Unit::Items);
    for start in (0..len).step_by(CHUNK as usize) {
        let end = start.saturating_add(CHUNK).min(len);
        let checked: Vec<_> = (start..end)
            .into_par_iter()
            .map(|index| (index, vault.item(index)))
            .map(|(index, item)| match item {
                Ok(item) => (index, item_problem(vault, &item), Some(item)),
                Err(error) => (index, Some(error.to_string()), None),
            })
            .collect();
        for (item, problem, read) in checked {
            if let Some(read) = read {
                tally.add(read.leaf());
            }
            if let Some(problem) = problem {
                audit.damaged += 1;
                if audit.problems.len() < PROBLEMS_LISTED {
                    audit.problems.push(Problem { item, problem });
                }
            }
        }
        progress.advance(u64::from(end - start));
    }
    progress.end();
    audit.root_matches = tally.matches(vault.commitment());
    audit
}

fn item_problem(vault: &Vault, item: &VaultItem) -> Option<String> {
    let read = || -> Result<(), VaultError> {
        vault.native_of(item)?;
        vault.text_of(item)?;
        Ok(())
    };
    if let Err(error) = read() {
        return Some(error.to_string());
    }
    let opened = vault.disclosed(item);
    let parts = [
        opened.check_root(item.leaf().d()),
        opened.check_meta(item.meta()),
        opened.check_native(item.sha256()),
    ];
    if let Some(wrong) = parts.into_iter().find_map(Result::err) {
        return Some(wrong.to_string());
    }
    if item.text.is_none() && opened.check_text("").is_err() {
        return Some("its text is not the committed one".to_owned());
    }
    for commitment in item.leaf().forms() {
        let form = commitment.form();
        let opened = item
            .vector(form)
            .zip(vault.blinds(item, form))
            .map(|(x, blinds)| pedersen::commit(&form, x.bytes(), &blinds.to_scalars()));
        match opened {
            Some(Ok(points)) if points == commitment.strips() => {}
            Some(Err(error)) => return Some(error.to_string()),
            _ => {
                return Some(format!(
                    "the vector of form {form} is not what was committed"
                ));
            }
        }
    }
    None
}
