//! The other commitments of a chain: what was withheld from one of them does not leave by another, in either direction.
//!
//! Two vaults have no item in common, so everything is compared that is compared within one case: bytes, messages,
//! words, pictures, and paths that lead through what was withheld. What is found is a question, never a refusal, as with
//! what was withheld from an earlier request: a privilege may have been waived. What another commitment has handed over
//! already, or will with the same request, cannot be kept back here any more; that is told, in so many words.

use super::error::GuardError;
use super::finding::{Elsewhere, Finding, Findings, Ground, Handed, Level};
use super::inspect::{
    Paths, Runs, contained, holders, in_chunks, index_of, inspect_items, keep_gravest,
};
use super::passage::Passages;
use crate::commit::earlier::place;
use crate::commit::kin::Kinship;
use crate::commit::vault::VaultItem;
use crate::commit::{Vault, VaultError};
use crate::progress::Progress;
use crate::requests;
use crate::review::{self, Review};
use crate::sealed::Held;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What is being done.
const WHAT: &str = "Comparing with the other commitments of the chain";

/// Another commitment of the chain.
struct Other {
    vault: Vault,
    /// What it is to the case at hand.
    is: Elsewhere,
    /// What was withheld from it, in an answer or by a decision that stands.
    withheld: BTreeSet<u32>,
    /// What was handed over.
    produced: BTreeSet<u32>,
    /// What the request at hand selects there, if it was not answered there yet.
    pending: BTreeSet<u32>,
}

/// Compares what goes out with what was withheld from the other commitments of the chain, and what is withheld with what
/// those handed over. `request` is the one that is answered, where it is at hand.
fn look_around(
    vault: &Vault,
    withheld: &BTreeSet<u32>,
    outgoing: &BTreeSet<u32>,
    request: Option<Held<'_>>,
    findings: &mut Findings,
    progress: &dyn Progress,
) -> Result<(), GuardError> {
    let others = others(vault, request, findings)?;
    if others.is_empty() {
        return Ok(());
    }
    let families = vault.kinship()?;
    for other in &others {
        findings.withheld_elsewhere += other.withheld.len();
        if !other.withheld.is_empty() && !outgoing.is_empty() {
            leaves_here(vault, &families, other, outgoing, findings, progress)?;
        }
        if !withheld.is_empty() {
            left_there(vault, &families, other, withheld, findings, progress)?;
        }
    }
    Ok(())
}

/// The other cases of the chain: those before, which have to be there, and those after, as far as they can be opened.
fn others(
    vault: &Vault,
    request: Option<Held<'_>>,
    findings: &mut Findings,
) -> Result<Vec<Other>, GuardError> {
    let mut out = Vec::new();
    for before in place::all_before(vault)? {
        let case = before.case().display().to_string();
        out.push(Other::of(
            before,
            Elsewhere { case, later: false },
            request,
        )?);
    }
    let mut next: Vec<place::Later> = place::after(vault.case())?;
    let mut seen = BTreeSet::new();
    while let Some(later) = next.pop() {
        if later.replaced_by.is_some() || !seen.insert(later.root.clone()) {
            continue;
        }
        let case = later.case.display().to_string();
        let found = match later.open() {
            Ok(found) => found,
            Err(why) => {
                findings.unreachable.insert(case, why);
                continue;
            }
        };
        next.extend(place::after(&later.case)?);
        out.push(Other::of(found, Elsewhere { case, later: true }, request)?);
    }
    Ok(out)
}

impl Other {
    fn of(vault: Vault, is: Elsewhere, request: Option<Held<'_>>) -> Result<Self, GuardError> {
        let here = |item: &u32| *item < vault.len();
        let answers = requests::answers(vault.case(), vault.commitment().root_hex())?;
        let mut withheld: BTreeSet<u32> = BTreeSet::new();
        let mut produced: BTreeSet<u32> = BTreeSet::new();
        for answer in &answers {
            withheld.extend(answer.withheld.iter().filter(here));
            produced.extend(answer.produced.iter().filter(here));
        }
        let mut pending = BTreeSet::new();
        let hash = request.map(|request| hex::encode(request.hash()));
        let answered = |hash: &String| answers.iter().any(|answer| answer.classifier == *hash);
        if let (Some(request), false) = (request, hash.as_ref().is_none_or(answered)) {
            pending = matches(&vault, request)?;
        }
        for known in review::requests(vault.case())?.into_keys() {
            let mut bytes = [0; 32];
            if hex::decode_to_slice(&known, &mut bytes).is_ok() {
                let decided = Review::open(vault.case(), &bytes)?.withheld();
                withheld.extend(decided.iter().map(|item| item.index).filter(here));
            }
        }
        pending.retain(|item| !withheld.contains(item) && !produced.contains(item));
        Ok(Other {
            vault,
            is,
            withheld,
            produced,
            pending,
        })
    }
}

/// The items that a request selects.
fn matches(vault: &Vault, request: Held<'_>) -> Result<BTreeSet<u32>, VaultError> {
    let one = |index: u32| -> Result<Option<u32>, VaultError> {
        let item = vault.item(index)?;
        let matches = item
            .vector(request.form())
            .is_some_and(|vector| request.evaluate(vector).matches);
        Ok(matches.then_some(index))
    };
    let found = (0..vault.len()).into_par_iter().map(one);
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// What goes out here, by itself or inside of something, and was withheld there.
fn leaves_here(
    vault: &Vault,
    families: &Kinship,
    other: &Other,
    outgoing: &BTreeSet<u32>,
    findings: &mut Findings,
    progress: &dyn Progress,
) -> Result<(), GuardError> {
    let there = other.vault.kinship()?;
    let mut index = index_of(&other.vault, &there, &other.withheld, &BTreeSet::new())?;
    let names = paths(&other.vault, &other.withheld)?;
    let all = contained(families, outgoing);
    findings.compared = findings.compared.max(all.len());
    findings.set_aside += index.set_aside_of(vault, &all)?;
    let (paths_here, paths_there) = (Paths::new(vault), Paths::new(&other.vault));
    let compare = |at: u32| -> Result<(Vec<Finding>, usize), VaultError> {
        let item = vault.item(at)?;
        let leaves = outgoing.contains(&at);
        let mut found = index.compare_whole(vault, &item, leaves, &mut Runs::new())?;
        let more = keep_gravest(&mut found);
        let mut out = Vec::new();
        let through = match leaves {
            true => leads_through(&item, &names),
            false => Vec::new(),
        };
        if found.is_empty() && through.is_empty() {
            return Ok((out, more));
        }
        for holder in holders(at, &families.around(at), |item| outgoing.contains(&item)) {
            let holder_path = paths_here.get(holder)?;
            let inside = (holder != at).then(|| item.path().to_owned());
            let finding = |withheld: u32, path: String, part: Option<String>, grounds| Finding {
                withheld,
                withheld_path: path,
                part,
                outgoing: holder,
                outgoing_path: holder_path.clone(),
                inside: inside.clone(),
                level: Level::Near,
                grounds,
                elsewhere: Some(other.is.clone()),
            };
            for (number, grounds) in &found {
                let protected = index.protected(*number);
                let grounds = grounds.iter().map(|(_, ground)| ground.clone()).collect();
                let path = paths_there.get(protected.of)?;
                let part = (protected.item != protected.of).then(|| protected.path.clone());
                out.push(finding(protected.of, path, part, grounds));
            }
            for (path, withheld) in &through {
                out.push(finding(
                    *withheld,
                    path.clone(),
                    None,
                    vec![Ground::PathNames],
                ));
            }
        }
        Ok((out, more))
    };
    for (found, more) in in_chunks(WHAT, &all, progress, compare)? {
        findings.findings.extend(found);
        findings.more += more;
    }
    Ok(())
}

/// What is withheld here and was handed over there, or will be with the same request.
fn left_there(
    vault: &Vault,
    families: &Kinship,
    other: &Other,
    withheld: &BTreeSet<u32>,
    findings: &mut Findings,
    progress: &dyn Progress,
) -> Result<(), GuardError> {
    let leaving: BTreeSet<u32> = other.produced.union(&other.pending).copied().collect();
    if leaving.is_empty() {
        return Ok(());
    }
    let there = other.vault.kinship()?;
    let mut index = index_of(vault, families, withheld, &BTreeSet::new())?;
    let all = contained(&there, &leaving);
    index.set_aside_of(&other.vault, &all)?;
    let (paths_here, paths_there) = (Paths::new(vault), Paths::new(&other.vault));
    let compare = |at: u32| -> Result<Vec<Handed>, VaultError> {
        let item = other.vault.item(at)?;
        let mut found = index.compare_whole(&other.vault, &item, false, &mut Runs::new())?;
        keep_gravest(&mut found);
        let mut out = Vec::new();
        if found.is_empty() {
            return Ok(out);
        }
        for holder in holders(at, &there.around(at), |item| leaving.contains(&item)) {
            for (number, grounds) in &found {
                let protected = index.protected(*number);
                out.push(Handed {
                    withheld: protected.of,
                    withheld_path: paths_here.get(protected.of)?,
                    elsewhere: other.is.clone(),
                    item: holder,
                    path: paths_there.get(holder)?,
                    already: other.produced.contains(&holder),
                    grounds: grounds.iter().map(|(_, ground)| ground.clone()).collect(),
                });
            }
        }
        Ok(out)
    };
    let found = in_chunks(WHAT, &all, progress, compare)?;
    findings.handed_over.extend(found.into_iter().flatten());
    Ok(())
}

/// The paths of withheld items.
fn paths(vault: &Vault, items: &BTreeSet<u32>) -> Result<BTreeMap<String, u32>, VaultError> {
    let one = |&item: &u32| Ok((vault.item(item)?.path().to_owned(), item));
    items.iter().map(one).collect()
}

/// The withheld items that the path of an item leads through.
fn leads_through(item: &VaultItem, names: &BTreeMap<String, u32>) -> Vec<(String, u32)> {
    let path = item.path();
    let ends = path.match_indices("!/").map(|(at, _)| &path[..at]);
    ends.filter_map(|outer| Some((outer.to_owned(), *names.get(outer)?)))
        .collect()
}

/// As [`super::inspect`], and what was withheld when other requests over this root were answered counts as well, and what was
/// withheld from other commitments of the same chain: that it leaves with this one is for a person to decide, never a
/// matter of course. `request` is the one that is answered, where it is at hand.
pub fn inspect_with_earlier(
    vault: &Vault,
    withheld: &BTreeSet<u32>,
    outgoing: &BTreeSet<u32>,
    request: Option<Held<'_>>,
    progress: &dyn Progress,
) -> Result<Findings, GuardError> {
    let (mut findings, mut shared) = inspect_items(vault, withheld, outgoing, progress)?;
    let own = findings.findings.len();
    look_around(vault, withheld, outgoing, request, &mut findings, progress)?;
    for finding in &findings.findings[own..] {
        shared.entry(finding.outgoing).or_default().alone = true;
    }
    let answers = requests::answers(vault.case(), vault.commitment().root_hex())?;
    let earlier = answers.iter().flat_map(|answer| answer.withheld.iter());
    let earlier: BTreeSet<u32> = earlier
        .filter(|item| *item < vault.len() && !withheld.contains(item))
        .collect();
    if !earlier.is_empty() {
        findings.earlier = earlier.len();
        for &item in earlier.intersection(outgoing) {
            shared.entry(item).or_default().alone = true;
            let path = vault.item(item)?.path().to_owned();
            findings.findings.push(Finding {
                withheld: item,
                withheld_path: path.clone(),
                part: None,
                outgoing: item,
                outgoing_path: path,
                inside: None,
                level: Level::Near,
                grounds: vec![Ground::Earlier],
                elsewhere: None,
            });
        }
        let others: BTreeSet<u32> = earlier.difference(outgoing).copied().collect();
        let (more, more_shared) = inspect_items(vault, &others, outgoing, progress)?;
        for (item, its) in more_shared {
            shared.entry(item).or_default().add(its);
        }
        let more_found = more.findings.into_iter().filter(|f| f.level > Level::Told);
        findings.findings.extend(more_found.map(|finding| Finding {
            level: Level::Near,
            grounds: [vec![Ground::Earlier], finding.grounds].concat(),
            ..finding
        }));
        findings.compared = findings.compared.max(more.compared);
        findings.unseen.extend(more.unseen);
        findings.more += more.more;
        findings.set_aside += more.set_aside;
    }
    findings.put_in_order();
    findings.passages = Passages::of(&shared, Some(vault))?;
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::measure::{Sizes, made};
    use super::*;
    use crate::progress::Silent;

    /// As within one case: no record of either vault is read more often because there are more findings.
    #[test]
    fn no_record_is_read_for_every_finding() {
        let sizes = Sizes {
            withheld: 3,
            produced: 40,
            archives: 2,
            members: 150,
        };
        let dirs = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let (here, kept, leaving) = made(dirs[0].path(), &sizes);
        let (there, _, _) = made(dirs[1].path(), &sizes);
        // The same documents, withheld or handed over there.
        let other = Other {
            is: Elsewhere {
                case: "there".into(),
                later: false,
            },
            withheld: kept.clone(),
            produced: leaving.clone(),
            pending: BTreeSet::new(),
            vault: there,
        };
        let families = here.kinship().unwrap();
        let mut findings = Findings::default();
        let forget = || {
            for vault in [&here, &other.vault] {
                vault.read.lock().unwrap().clear();
            }
        };
        let often = |found: usize| {
            assert!(found >= 45, "{found}");
            for vault in [&here, &other.vault] {
                let read = vault.read.lock().unwrap();
                let often: Vec<_> = read.iter().filter(|(_, times)| **times > 8).collect();
                assert!(often.is_empty(), "{often:?} of {found} findings");
            }
        };
        forget();
        leaves_here(&here, &families, &other, &leaving, &mut findings, &Silent).unwrap();
        often(findings.findings.len());
        forget();
        left_there(&here, &families, &other, &kept, &mut findings, &Silent).unwrap();
        often(findings.handed_over.len());
    }
}
