//! A responder who commits to something else than its documents: for tests of what has to notice.

use super::chain::AuditSecret;
use super::commitment::{Commitment, Tally};
use super::leaf::{FormCommitment, LeafStatus, PublicLeaf};
use super::pedersen;
use super::prepare::prepare;
use super::vault::record::NativePlace;
use super::vault::writer::VaultWriter;
use super::vault::{Blinds, Manifest, VaultItem};
use crate::ingest::RawItem;
use crate::item::{CanonicalVector, Form};
use std::path::Path;
use time::macros::datetime;

/// What is committed: an item with whatever text and facts it is given, and perhaps another vector.
pub(crate) struct Lie {
    pub raw: RawItem,
    pub vector: Option<CanonicalVector>,
}

/// Commits to them in `form`, in a case that is otherwise as it should be.
pub(crate) fn commit(case: &Path, form: Form, lies: Vec<Lie>) -> Commitment {
    let mut writer = VaultWriter::create(case).unwrap();
    let mut tally = Tally::default();
    for (index, Lie { raw, vector }) in (0..).zip(lies) {
        let mut item = prepare(raw, index, None, &[form], None).unwrap();
        if let Some(vector) = vector {
            let scalars: Vec<_> = (0..form.strips())
                .map(|_| pedersen::random_blind().unwrap())
                .collect();
            let points = pedersen::commit(&form, vector.bytes(), &scalars).unwrap();
            let forms = vec![FormCommitment::new(form, points).unwrap()];
            let digests = *item.leaf.digests();
            item.leaf =
                PublicLeaf::new(index, None, LeafStatus::Committed, digests, forms).unwrap();
            item.blinds = vec![Blinds::new(&scalars)];
            item.vectors = vec![vector];
        }
        tally.add(&item.leaf);
        let native = writer.put_native(&item.bytes).unwrap();
        let text = item.text.map(|text| writer.put_text(&text).unwrap());
        let item = VaultItem {
            leaf: item.leaf,
            salts: item.salts,
            blinds: item.blinds,
            vectors: item.vectors,
            sha256: item.sha256,
            duplicate_of: None,
            native: NativePlace::Vault(native),
            text,
            meta: item.meta,
        };
        writer.put_item(&item).unwrap();
    }
    let secret = AuditSecret::random().unwrap();
    let created = datetime!(2026-03-01 12:00 UTC);
    let anchor = secret.anchor();
    let commitment =
        Commitment::new("acme", None, created, &[form], &tally, Vec::new(), anchor).unwrap();
    let manifest = Manifest::new(case.to_owned(), false, secret);
    writer.finish(&manifest, &commitment).unwrap();
    commitment
}
