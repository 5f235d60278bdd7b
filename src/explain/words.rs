//! The words of the committed texts behind buckets.

use super::ExplainError;
use crate::commit::Vault;
use crate::item::{Form, text};
use crate::progress::{Progress, Unit};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

const CHUNK: usize = 256;
/// Most distinct terms that are remembered for a bucket: a bucket of a large case has thousands.
const MOST_TERMS: usize = 16_384;

/// A word or a pair of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    /// As in the texts, in lower case. Consists of letters, numbers, `_` and one space.
    pub term: String,
    /// Documents that contain it.
    pub documents: u32,
    /// Of these, documents that match.
    pub matching: u32,
}

/// The words of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The most frequent first.
    pub words: Vec<Word>,
    /// How often a further word was met that is not listed, because there are too many.
    pub left_out: u64,
}

/// The words of each bucket.
pub type Vocabulary = BTreeMap<usize, Words>;

/// Reads the texts of `items` (index, and whether it matches) for the words that hash to `buckets` of the form.
pub fn of_buckets(
    vault: &Vault,
    form: Form,
    items: &[(u32, bool)],
    buckets: &[usize],
    progress: &dyn Progress,
) -> Result<Vocabulary, ExplainError> {
    let wanted: HashSet<usize> = buckets.iter().copied().collect();
    let mut counts: HashMap<usize, HashMap<String, (u32, u32)>> = HashMap::new();
    let mut left_out: HashMap<usize, u64> = HashMap::new();
    progress.begin("reading words", Some(items.len() as u64), Unit::Items);
    for chunk in items.chunks(CHUNK) {
        if progress.cancelled() {
            return Err(ExplainError::Cancelled);
        }
        let found: Vec<(bool, HashSet<String>)> = chunk
            .par_iter()
            .map(|(index, matching)| {
                let mut terms = HashSet::new();
                if let Some(text) = vault.text(*index)? {
                    text::for_each_term(form, &text, |term| {
                        if wanted.contains(&text::bucket(form, term.as_bytes()))
                            && !terms.contains(term)
                        {
                            terms.insert(term.to_owned());
                        }
                    });
                }
                Ok((*matching, terms))
            })
            .collect::<Result<_, ExplainError>>()?;
        for (matching, terms) in found {
            for term in terms {
                let bucket = text::bucket(form, term.as_bytes());
                let of = counts.entry(bucket).or_default();
                if of.len() < MOST_TERMS || of.contains_key(&term) {
                    let count = of.entry(term).or_default();
                    count.0 += 1;
                    count.1 += u32::from(matching);
                } else {
                    *left_out.entry(bucket).or_default() += 1;
                }
            }
        }
        progress.advance(chunk.len() as u64);
    }
    progress.end();
    Ok(counts
        .into_iter()
        .map(|(bucket, of)| {
            let mut words: Vec<Word> = of
                .into_iter()
                .map(|(term, (documents, matching))| Word {
                    term,
                    documents,
                    matching,
                })
                .collect();
            words.sort_by(|a, b| (b.documents, &a.term).cmp(&(a.documents, &b.term)));
            let left_out = left_out.get(&bucket).copied().unwrap_or_default();
            (bucket, Words { words, left_out })
        })
        .collect())
}
