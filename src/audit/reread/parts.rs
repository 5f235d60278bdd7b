//! Whether the corpus has of an item what lies in it: as many parts, which were read as far as they can be.

use super::committed::{Committed, Made, Part, Public};
use super::compared::{Compared, What};
use crate::commit::Hash;
use crate::ingest::again;
use crate::ingest::{ExceptionReason, RawItem, Unread};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Compares the leaves of the items that lie in an item with what reading it finds in it.
pub(super) fn compare(made: &Made, item: &Committed<'_>, family: &[RawItem], out: &mut Compared) {
    let found: Vec<&RawItem> = family
        .iter()
        .filter(|part| part.parent == Some(0))
        .collect();
    let (here, stated) = (found.len(), item.parts.len());
    if made.lists(item.meta) {
        return listed(item, &found, out);
    }
    if here != stated {
        let why =
            format!("the file contains {here} parts, and the corpus has {stated} items of it");
        // What an earlier commitment has already is not committed again; a family may have been too large.
        let cut = |part: &Part| {
            part.public
                .reason
                .as_deref()
                .is_some_and(|reason| matches!(reason, "too_many" | "too_large"))
        };
        let before = made.supplements && stated < here;
        if before || item.parts.iter().any(cut) {
            return out.unclear(
                What::Parts,
                format!(
                    "{why}, which an earlier commitment or a limit may explain: look for the others"
                ),
            );
        }
        return out.differs(What::Parts, why);
    }
    match_up(made, item, &found, out);
}

/// As many: are they the same?
fn match_up(made: &Made, item: &Committed<'_>, found: &[&RawItem], out: &mut Compared) {
    let mut left: Vec<&Part> = item.parts.iter().collect();
    let mut open: Vec<(&RawItem, Hash, Vec<Public>)> = Vec::new();
    for part in found {
        let sha256 = Sha256::digest(&part.bytes).into();
        let may: Vec<Public> = made.outcomes(part).iter().map(Public::from).collect();
        let same = |known: &&Part| known.has(&sha256) && may.contains(&known.public);
        match left.iter().position(same) {
            Some(at) => drop(left.swap_remove(at)),
            None => open.push((part, sha256, may)),
        }
    }
    // Recognised text, which is not made again here, makes more of a picture.
    open.retain(|(part, sha256, may)| {
        let more = |known: &&Part| {
            let searched = |form| known.public.forms.contains(form);
            known.public.reason.is_none()
                && known.has(sha256)
                && may.iter().all(|may| may.forms.iter().all(searched))
        };
        match left.iter().position(more).filter(|_| ocr_may_add(part)) {
            Some(at) => {
                left.swap_remove(at);
                false
            }
            None => true,
        }
    });
    if open.is_empty() {
        return;
    }
    // A password opens a part, or less of it was read within other limits.
    let mut unexplained = Vec::new();
    for (part, sha256, may) in &open {
        let locked = part.ledger.has(Unread::Encrypted)
            || part
                .exception
                .as_ref()
                .is_some_and(|e| e.reason == ExceptionReason::Encrypted);
        let here = part
            .exception
            .as_ref()
            .is_some_and(|e| is_limit(e.reason.id()));
        let explains = |known: &&Part| {
            let reason = known.public.reason.as_deref();
            // What is not taken out for want of a password or room has no bytes to be compared.
            let bytes = part.bytes.is_empty() || known.has(sha256);
            ((locked && reason.is_none()) || here) && bytes || reason.is_some_and(is_limit)
        };
        match left.iter().position(explains) {
            Some(at) => drop(left.swap_remove(at)),
            None => unexplained.push((sha256, may)),
        }
    }
    let Some((sha256, may)) = unexplained.first() else {
        let why = "what lies in it was read otherwise than here, which a password or limits of reading may explain: \
                   compare them by eye";
        return out.unclear(What::Parts, why.to_owned());
    };
    let here = may.first().map(Public::shown).unwrap_or_default();
    let with_its_bytes = left
        .iter()
        .find(|known| known.sha256.is_some() && known.has(sha256));
    let instead = match (with_its_bytes, left.first()) {
        (Some(known), _) => format!("{} in the corpus", known.public.shown()),
        (None, Some(known)) if known.sha256.is_none() => {
            format!("{} in the corpus", known.public.shown())
        }
        _ => "the corpus has nothing with its bytes there".to_owned(),
    };
    let why = format!(
        "of the parts of it {} are not committed as they are read here: one is {here} here and {instead}",
        unexplained.len(),
    );
    match made.here {
        true => out.differs(What::Parts, why),
        false => out.unclear(What::Parts, format!("{why}: compare them by eye")),
    }
}

/// Under a load file the parts are its rows, and what lies in the file without one. So there may be more than in the
/// file, and fewer only where one row stands for several parts that are called alike or are the same bytes.
fn listed(item: &Committed<'_>, found: &[&RawItem], out: &mut Compared) {
    let stated = item.parts.len();
    if stated > found.len() {
        out.taken
            .insert("parts that the load file lists".to_owned());
    }
    // Of a page or a text, whose text came with it, nothing is looked for inside.
    let looked = !item.is_given() || matches!(&*item.meta.kind, "mail" | "document" | "archive");
    let least = distinct(found);
    if looked && stated < least {
        out.differs(
            What::Parts,
            format!("the file contains {least} parts, and the corpus has {stated} items of it, rows of the load file included"),
        );
    }
}

/// How many rows the parts need at least.
fn distinct(parts: &[&RawItem]) -> usize {
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut by_bytes: HashMap<[u8; 32], usize> = HashMap::new();
    let mut groups: Vec<usize> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        groups.push(at);
        let name = part
            .metadata
            .get("file_name")
            .map(|name| name.to_lowercase());
        let known = name.map(|name| *by_name.entry(name).or_insert(at));
        let bytes = (!part.bytes.is_empty()).then(|| Sha256::digest(&part.bytes).into());
        let same = bytes.map(|bytes| *by_bytes.entry(bytes).or_insert(at));
        for other in known.into_iter().chain(same) {
            let (from, to) = (groups[at], groups[other]);
            groups
                .iter_mut()
                .filter(|group| **group == from)
                .for_each(|group| *group = to);
        }
    }
    groups.into_iter().collect::<HashSet<_>>().len()
}

/// Whether text recognition, which is not done again here, may have made more of a part.
fn ocr_may_add(part: &RawItem) -> bool {
    again::may_be_recognised(part)
}

/// Whether an exception depends on limits and machines, which may be others here.
pub(super) fn is_limit(reason: &str) -> bool {
    matches!(
        reason,
        "too_large" | "too_deep" | "too_many" | "time_limit" | "reader_failed"
    )
}
