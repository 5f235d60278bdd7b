//! One reading of an item against what is committed of it.

use super::committed::{Committed, Made, Public};
use super::compared::{Compared, What};
use super::{facts, parts};
use crate::ingest::RawItem;
use crate::item::text_vector;
use std::borrow::Cow;

/// Compares everything that is committed of an item with one reading of it, the head of `family`.
pub(super) fn compare(made: &Made, item: &Committed<'_>, family: &[RawItem]) -> Compared {
    let mut out = Compared::default();
    let Some(found) = family.first() else {
        out.unclear(What::Reading, "nothing was found in it".to_owned());
        return out;
    };
    let given = item.is_given() && made.lists(item.meta);
    if found.kind.id() != item.meta.kind {
        out.differs(
            What::Reading,
            format!(
                "it was committed as {}, and its file is {}",
                item.meta.kind, found.kind
            ),
        );
    }
    // What came with a load file in place of the file's text has that text's forms.
    let read = match given && item.public.reason.is_none() {
        false => Cow::Borrowed(found),
        true => {
            let text = found.text.as_deref().unwrap_or_default();
            let mut forms = made.forms.iter().filter(|form| form.is_text()).peekable();
            let same = text == item.text
                || (!text.is_empty()
                    && forms.peek().is_some()
                    && forms.all(|&form| text_vector(form, text) == text_vector(form, item.text)));
            match same {
                true => drop(out.taken.insert("text that came with the load file".to_owned())),
                false => out.unclear(
                    What::Reading,
                    "its text came with a load file and is not what reading the document gives: compare the two by eye"
                        .to_owned(),
                ),
            }
            Cow::Owned(RawItem {
                text: Some(item.text.to_owned()),
                exception: None,
                ..found.clone()
            })
        }
    };
    let text = read.text.as_deref().unwrap_or_default();
    if text != item.text {
        out.differs(
            What::Reading,
            format!(
                "reading the file again gives a text of {} characters that is not the committed one of {}",
                text.chars().count(),
                item.text.chars().count()
            ),
        );
    }
    let outcomes = made.outcomes(&read);
    let reason = item.public.reason.as_deref();
    let same = outcomes.iter().find(|outcome| {
        outcome.exception.as_ref().map(|(reason, _)| *reason) == reason
            && outcome.forms == item.public.forms
    });
    match same {
        None => {
            let here = outcomes
                .first()
                .map(|o| Public::from(o).shown())
                .unwrap_or_default();
            let why = match reason {
                Some(reason) => {
                    format!("it was committed as not searched ({reason}), and is {here} here")
                }
                None => format!(
                    "it was committed as {}, and is {here} here",
                    item.public.shown()
                ),
            };
            out.differs(What::Reading, why);
        }
        Some(outcome) => {
            let sentence = outcome.exception.as_ref().map(|(_, detail)| detail);
            if sentence.is_some() != item.meta.exception.is_some() {
                let why = "its leaf and its metadata do not agree on whether it could be processed";
                out.differs(What::Sentence, why.to_owned());
            } else if sentence != item.meta.exception.as_ref() {
                let why = "why it was not searched is said in other words than here: compare the two by eye";
                out.unclear(What::Sentence, why.to_owned());
            }
        }
    }
    if found.media_type != item.meta.media_type {
        out.differs(
            What::MediaType,
            format!(
                "it was committed as {}, and its file is {}",
                item.meta.media_type, found.media_type
            ),
        );
    }
    facts::compare(made, item, found, &mut out);
    let ledger = outcomes
        .first()
        .map(|outcome| outcome.ledger.clone())
        .unwrap_or_default();
    facts::compare_unread(made, item, &ledger, &mut out);
    parts::compare(made, item, family, &mut out);
    out
}
