//! Drawings within drawings: the interpreter follows them to a depth, and stops there in silence.

use std::collections::HashMap;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Dict, Stream};

use crate::ledger::{Ledger, Unread};

/// How deep the interpreter goes.
const FOLLOWED: usize = 50;
/// Most drawings that are looked at.
const MAX_LOOKED: usize = 200_000;

/// Tells of pages on which something lies deeper than the interpreter goes.
pub(super) fn tell(pdf: &Pdf, ledger: &mut Ledger) {
    let mut pages = Vec::new();
    let mut looked = 0;
    for (number, page) in (1u32..).zip(pdf.pages().iter()) {
        let Some(resources) = inherited(page.raw()) else {
            continue;
        };
        if is_too_deep(resources, &mut looked) {
            pages.push(number);
        }
        if looked >= MAX_LOOKED {
            break;
        }
    }
    if !pages.is_empty() {
        let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
        let where_to = super::page::ranges(&pages);
        ledger.add_many(
            Unread::Undecodable,
            count,
            format!("drawings within more than {FOLLOWED} others on {where_to}"),
        );
    }
}

fn inherited<'a>(page: &Dict<'a>) -> Option<Dict<'a>> {
    let mut at = page.clone();
    for _ in 0..64 {
        if let Some(found) = at.get::<Dict<'_>>("Resources") {
            return Some(found);
        }
        at = at.get::<Dict<'_>>("Parent")?;
    }
    None
}

/// Whether drawings lead to each other more often than is followed. Each is looked at once at its deepest: what
/// leads to itself ends at the limit as well, and is as little read there.
fn is_too_deep(resources: Dict<'_>, looked: &mut usize) -> bool {
    let mut deepest: HashMap<usize, usize> = HashMap::new();
    let mut open = vec![(resources, 0)];
    while let Some((resources, depth)) = open.pop() {
        let Some(drawings) = resources.get::<Dict<'_>>("XObject") else {
            continue;
        };
        for key in drawings.keys() {
            *looked += 1;
            if *looked >= MAX_LOOKED {
                return false;
            }
            let Some(drawing) = drawings.get::<Stream<'_>>(key.as_ref()) else {
                continue;
            };
            let dict = drawing.dict();
            if !dict.contains_key("BBox") {
                continue;
            }
            let place = dict.data().as_ptr() as usize;
            let known = deepest.entry(place).or_insert(0);
            if depth < *known {
                continue;
            }
            *known = depth + 1;
            if depth + 1 > FOLLOWED {
                return true;
            }
            if let Some(inner) = dict.get::<Dict<'_>>("Resources") {
                open.push((inner, depth + 1));
            }
        }
    }
    false
}
