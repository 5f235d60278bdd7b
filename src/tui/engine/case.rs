//! A case as the screen needs it.

use super::find::{self, Nearby};
use crate::Surroundings;
use crate::commit::earlier::place;
use crate::commit::{Vault, VaultError, VaultItem};
use crate::progress::{Progress, Unit};
use std::path::{Path, PathBuf};

/// An open case.
#[derive(Clone, Debug, Default)]
pub struct CaseData {
    /// Its folder.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Whose documents.
    pub custodian: Option<String>,
    /// When it was committed.
    pub created: String,
    /// The root, in hexadecimal.
    pub root: String,
    /// The folder that was committed.
    pub source: PathBuf,
    /// Forms and how many items have each.
    pub forms: Vec<(String, u32)>,
    /// What it supplements, in words.
    pub supplement: Option<String>,
    /// All items in order.
    pub items: Vec<ItemRow>,
    /// What killed runs had left, and what became of it.
    pub recovered: Vec<String>,
    /// What lies around it.
    pub nearby: Nearby,
}

/// One item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemRow {
    /// Its number.
    pub index: u32,
    /// The item it is attached to.
    pub parent: Option<u32>,
    /// Whether it was read in part only.
    pub partly: bool,
    /// Its path.
    pub path: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub size: u64,
    /// The reason, if it is an exception.
    pub exception: Option<String>,
    /// The first item with these bytes.
    pub duplicate_of: Option<u32>,
    /// Subject of a mail.
    pub subject: String,
    /// Date of a mail.
    pub date: String,
}

impl ItemRow {
    /// One line that tells the item: the subject, or the path.
    pub fn title(&self) -> &str {
        if self.subject.is_empty() {
            &self.path
        } else {
            &self.subject
        }
    }

    fn of(item: &VaultItem) -> Self {
        let meta = item.meta();
        let get = |key: &str| meta.metadata.get(key).cloned().unwrap_or_default();
        ItemRow {
            index: item.index(),
            parent: item.parent(),
            partly: item.leaf().is_partly_read(),
            path: meta.path.clone(),
            media_type: meta.media_type.clone(),
            size: meta.size,
            exception: item.leaf().exception().map(ToString::to_string),
            duplicate_of: item.duplicate_of(),
            subject: get("subject"),
            date: get("date").chars().take(10).collect(),
        }
    }
}

/// What a case supplements, and what supplements it, in words.
fn place_in_chain(vault: &Vault) -> Option<String> {
    let own = vault.commitment().supplements().map(|supplement| {
        format!(
            "supplement {} to {}, answers {}",
            supplement.number,
            &supplement.root[..8],
            supplement.resolves.len()
        )
    });
    // A log that cannot be read is the error of whatever is done next.
    let later = place::after(vault.case()).unwrap_or_default();
    let later = later.iter().filter(|later| later.replaced_by.is_none());
    let later = later.map(|later| {
        let name = later.case.file_name().unwrap_or_default().to_string_lossy();
        format!("supplemented by {name}")
    });
    let said: Vec<String> = own.into_iter().chain(later).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Opens a case; `None` if asked to stop.
pub(super) fn open(
    around: &Surroundings,
    case: &Path,
    progress: &dyn Progress,
) -> Result<Option<CaseData>, VaultError> {
    // What cannot be put right now is the error of whatever is done next.
    let recovered = crate::custody::recover(around, case).unwrap_or_default();
    let vault = Vault::open(case)?;
    let commitment = vault.commitment();
    progress.begin("Reading items", Some(u64::from(vault.len())), Unit::Items);
    let mut items = Vec::with_capacity(vault.len() as usize);
    for index in vault.in_reading_order() {
        let item = vault.item(index);
        if items.len() % 256 == 0 && progress.cancelled() {
            return Ok(None);
        }
        items.push(ItemRow::of(&item?));
        progress.advance(1);
    }
    let forms = commitment.forms().iter();
    Ok(Some(CaseData {
        path: case.to_owned(),
        name: commitment.case().to_owned(),
        custodian: commitment.custodian().map(str::to_owned),
        created: commitment.created().to_owned(),
        root: commitment.root_hex().to_owned(),
        source: vault.source().to_owned(),
        forms: forms.map(|(f, n)| (f.id().to_owned(), *n)).collect(),
        supplement: place_in_chain(&vault),
        items,
        recovered: recovered.iter().map(ToString::to_string).collect(),
        nearby: find::around(case),
    }))
}
