//! Which item of a supplement is which earlier exception: the responder's list first, then the bytes, then, where the
//! documents are those of the earlier vault, the place. That another file has the same name says nothing.

use super::improved::improves;
use super::{Earlier, ListError, Rows};
use crate::ingest::Ledger;
use std::collections::{BTreeSet, HashMap};

/// An item that was read, as far as it may be an earlier exception.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub path: &'a str,
    /// SHA-256 and path of the item and of what it lies in, the innermost first, as far as their bytes are known.
    pub around: &'a [(String, String)],
    /// What of it was not read.
    pub unread: &'a Ledger,
}

/// What is looked for, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// By SHA-256 of the nearest known bytes, and the place in them: positions in the list of open exceptions.
    by_bytes: HashMap<(String, String), Vec<usize>>,
    by_path: HashMap<String, Vec<usize>>,
    by_list: HashMap<String, (usize, u64)>,
    /// What the list gives to a file: nothing else may take it.
    listed: BTreeSet<usize>,
    paths: Vec<String>,
    places: Vec<(u32, u32)>,
    /// What of it was not read, where the rest was.
    partly: Vec<Option<Ledger>>,
    taken: BTreeSet<usize>,
}

impl Answers {
    /// For everything that is open. `again` if the documents are those of the earlier vault: then their places are
    /// the same.
    pub fn new(earlier: &Earlier, rows: &Rows, again: bool) -> Result<Self, ListError> {
        let mut answers = Answers::default();
        for (at, open) in earlier.unresolved().iter().enumerate() {
            answers.paths.push(open.path.clone());
            answers.partly.push(open.partly.clone());
            answers.places.push((open.commitment, open.item));
            if let Some(anchor) = &open.anchor {
                let key = (anchor.sha256.clone(), anchor.rest.clone());
                answers.by_bytes.entry(key).or_default().push(at);
            }
            if again {
                answers
                    .by_path
                    .entry(open.path.clone())
                    .or_default()
                    .push(at);
            }
        }
        let last = earlier.number() - 1;
        let places = answers.places.iter().copied().zip(0usize..);
        let places: HashMap<(u32, u32), usize> = places.collect();
        for row in rows.iter() {
            let place = (row.commitment.unwrap_or(last), row.item);
            let at = *places.get(&place).ok_or_else(|| ListError::NotOpen {
                file: rows.file().to_owned(),
                line: row.line,
                item: row.item,
                commitment: place.0,
                unsaid: row.commitment.is_none().then(|| {
                    let elsewhere = answers.places.iter().filter(|(_, item)| *item == row.item);
                    elsewhere.map(|(commitment, _)| *commitment).collect()
                }),
            })?;
            if let Some((_, line)) = answers.by_list.get(&row.path) {
                return Err(ListError::Path {
                    file: rows.file().to_owned(),
                    line: row.line,
                    other: *line,
                });
            }
            if !answers.listed.insert(at) {
                return Err(ListError::Item {
                    file: rows.file().to_owned(),
                    line: row.line,
                    item: row.item,
                });
            }
            answers.by_list.insert(row.path.clone(), (at, row.line));
        }
        Ok(answers)
    }

    /// The earlier exception that this item is; each is found once.
    pub fn find(&mut self, candidate: Candidate<'_>) -> Option<(u32, u32)> {
        let listed = self.by_list.get(candidate.path).map(|(at, _)| *at);
        // The same bytes with as much unread as before are no answer to what was read in part.
        let better = |at: &usize| match &self.partly[*at] {
            None => true,
            Some(before) => improves(before, candidate.unread),
        };
        let free = |at: &usize| !self.taken.contains(at) && !self.listed.contains(at) && better(at);
        let same_place = |at: &&usize| self.paths[**at] == candidate.path;
        let mut found = listed.filter(|at| !self.taken.contains(at));
        for (sha256, path) in candidate.around {
            if found.is_some() {
                break;
            }
            let Some(rest) = candidate.path.strip_prefix(path.as_str()) else {
                continue;
            };
            let key = (sha256.clone(), rest.to_owned());
            let all = self.by_bytes.get(&key).into_iter().flatten();
            let all: Vec<&usize> = all.filter(|at| free(at)).collect();
            // Of several copies, the one that lay in the same place.
            let best = all.iter().copied().find(same_place);
            found = best.or(all.first().copied()).copied();
        }
        let found = found.or_else(|| {
            let all = self.by_path.get(candidate.path).into_iter().flatten();
            all.copied().find(|at| free(at))
        })?;
        self.taken.insert(found);
        Some(self.places[found])
    }

    /// The first line of the list that names a file which was not read.
    pub fn missed(&self, rows: &Rows) -> Result<(), ListError> {
        for row in rows.iter() {
            let found = self.by_list.get(&row.path);
            if found.is_none_or(|(at, _)| !self.taken.contains(at)) {
                return Err(ListError::NotRead {
                    file: rows.file().to_owned(),
                    line: row.line,
                    path: row.path.clone(),
                });
            }
        }
        Ok(())
    }

    /// Positions of the exceptions that nothing answered.
    pub fn left(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.places.len()).filter(|at| !self.taken.contains(at))
    }
}
