//! A responder who commits to something else than its documents: for tests of what has to notice.

use super::chain;
use super::commitment::{Commitment, Numbering, Stated};
use super::leaf::FormCommitment;
use super::prepare::prepare;
use super::scope::ScopeRule;
use super::vault::keys::{self, Keys};
use super::vault::record::NativePlace;
use super::vault::writer::VaultWriter;
use super::vault::{Manifest, VaultSecret};
use crate::ingest::RawItem;
use crate::item::{CanonicalVector, Form};
use std::path::Path;
use time::macros::datetime;

/// What is committed: an item with whatever text and facts it is given, and perhaps another vector.
pub(crate) struct Lie {
    pub raw: RawItem,
    pub vector: Option<CanonicalVector>,
    /// What it is said to lie in, one of those before it.
    pub parent: Option<u32>,
}

impl From<RawItem> for Lie {
    fn from(raw: RawItem) -> Self {
        Lie {
            raw,
            vector: None,
            parent: None,
        }
    }
}

/// Commits to them in `form`, in a case that is otherwise as it should be.
pub(crate) fn commit(case: &Path, form: Form, scope: Vec<ScopeRule>, lies: Vec<Lie>) -> Commitment {
    let mut writer = VaultWriter::create(case).unwrap();
    let keys = Keys::random().unwrap();
    let count = lies.len() as u32;
    for (number, lie) in (0..).zip(lies) {
        let Lie {
            raw,
            vector,
            parent,
        } = lie;
        let mut item = prepare(raw, number, parent, &[form], None, &keys).unwrap();
        if let Some(vector) = vector {
            let points = keys::commit(&keys, number, &vector).unwrap();
            item.forms = vec![FormCommitment::new(form, points).unwrap()];
            item.vectors = vec![vector];
        }
        let native = writer.put_native(&item.bytes).unwrap();
        let text = item
            .text
            .as_ref()
            .map(|text| writer.put_text(text).unwrap());
        let item = item
            .into_item(None, NativePlace::Vault(native), text)
            .unwrap();
        writer.put_item(&item).unwrap();
    }
    let order: Vec<u32> = (0..count).collect();
    let tally = writer.settle(&order, &keys).unwrap();
    let secret = VaultSecret::random().unwrap();
    let stated = Stated {
        case: "acme",
        custodian: None,
        created: datetime!(2026-03-01 12:00 UTC),
        id: *keys.id(),
        numbering: Numbering::AsRead,
        forms: &[form],
        unread: Default::default(),
        scope,
        audit_anchor: chain::anchor(secret.as_bytes()),
        supplements: None,
    };
    let commitment = Commitment::new(stated, &tally).unwrap();
    let manifest = Manifest::new(case.to_owned(), false, secret, keys.secret().clone());
    writer.finish(&manifest, &commitment).unwrap();
    commitment
}
