//! Comparing everything withheld with everything that goes out.

use super::error::GuardError;
use super::finding::{Finding, Findings, Ground, Level};
use super::index::{FEWEST_WORDS, Likeness, Texts};
use super::names::Names;
use super::passage::{Mark, Passages, Shared};
use super::picture::Picture;
use crate::commit::kin::Kinship;
use crate::commit::vault::VaultItem;
use crate::commit::{UNREAD, Vault, VaultError};
use crate::ingest::{ExceptionReason, ItemKind, Ledger, Unread};
use crate::item::Form;
use crate::progress::{Progress, Unit};
use rayon::prelude::*;
use sha2::Digest;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Items compared at once.
const CHUNK: usize = 1024;
/// Withheld items, the gravest first, that are named beside one item that goes out: of a newsletter that was withheld
/// a hundred times and goes out a thousand times, a hundred thousand pairs would say no more.
const MOST: usize = 8;
/// Texts among which what stands in every document is looked for.
const SAMPLE: usize = 2_000;

/// Pictures inside of withheld items with fewer bytes are logos and icons, which lie in everybody's messages.
const LOGO: u64 = 16 << 10;
/// Files with more bytes than this are looked at one at a time.
const LARGE: u64 = 16 << 20;

/// An item and everything inside, except what `stop` says and what lies inside of that.
pub(super) fn inside(families: &Kinship, item: u32, stop: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut out = vec![item];
    // Numbers are drawn at random, so nothing but this says that a walk ends.
    let mut seen = BTreeSet::from([item]);
    let mut next = 0;
    while next < out.len() {
        for child in families.inside(out[next]) {
            if !stop(*child) && seen.insert(*child) {
                out.push(*child);
            }
        }
        next += 1;
    }
    out
}

/// Everything inside of these items, themselves included.
pub(super) fn contained(families: &Kinship, items: &BTreeSet<u32>) -> Vec<u32> {
    let mut all = BTreeSet::new();
    for &item in items {
        all.extend(inside(families, item, |_| false));
    }
    all.into_iter().collect()
}

/// The items that leave with `at` in them: itself, and those around it.
pub(super) fn holders(at: u32, around: &[u32], leaves: impl Fn(u32) -> bool) -> Vec<u32> {
    let all = std::iter::once(at).chain(around.iter().copied());
    all.filter(|item| leaves(*item)).collect()
}

/// Does the same with every item, many at once, until the watcher asks to stop.
pub(super) fn in_chunks<T: Send>(
    what: &str,
    items: &[u32],
    progress: &dyn Progress,
    one: impl Fn(u32) -> Result<T, VaultError> + Sync,
) -> Result<Vec<T>, GuardError> {
    progress.begin(what, Some(items.len() as u64), Unit::Items);
    let mut out = Vec::with_capacity(items.len());
    for chunk in items.chunks(CHUNK) {
        if progress.cancelled() {
            return Err(GuardError::Cancelled);
        }
        let done = chunk.par_iter().map(|&item| one(item));
        out.extend(done.collect::<Result<Vec<_>, _>>()?);
        progress.advance(chunk.len() as u64);
    }
    progress.end();
    Ok(out)
}

/// The paths of items, each looked up once. The record of a container names all that lies inside of it: to parse it
/// for every finding inside would be quadratic.
pub(super) struct Paths<'v> {
    vault: &'v Vault,
    known: Mutex<HashMap<u32, Arc<str>>>,
}

impl<'v> Paths<'v> {
    pub fn new(vault: &'v Vault) -> Self {
        let known = Mutex::default();
        Paths { vault, known }
    }

    pub fn get(&self, item: u32) -> Result<String, VaultError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let path = known().get(&item).cloned();
        if let Some(path) = path {
            return Ok(path.to_string());
        }
        let path: Arc<str> = self.vault.item(item)?.path().into();
        known().insert(item, path.clone());
        Ok(path.to_string())
    }
}

/// Something to protect: a withheld item, or what lies inside of one.
pub(super) struct Protected {
    pub item: u32,
    /// The withheld item.
    pub of: u32,
    pub path: String,
}

/// Everything to protect, by what it can be recognised by.
#[derive(Default)]
pub(super) struct Index {
    protected: Vec<Protected>,
    /// The number of each item in it.
    of_item: HashMap<u32, u32>,
    bytes: HashMap<[u8; 32], Vec<u32>>,
    messages: HashMap<String, Vec<u32>>,
    texts: Texts,
    /// Number of the protected item of each text.
    of_text: Vec<u32>,
    pictures: HashMap<Form, Vec<(u32, Picture)>>,
    names: Names,
}

/// SHA-256 of no bytes, which is nobody's copy.
fn is_nothing(hash: &[u8; 32]) -> bool {
    hash[..] == sha2::Sha256::digest(b"")[..]
}

/// The hash of an item's bytes, also where they were too large to be kept.
fn hash_of(item: &VaultItem) -> [u8; 32] {
    let mut hash = *item.sha256();
    if let Some(stated) = item.meta().metadata.get("sha256") {
        let mut bytes = [0; 32];
        if hex::decode_to_slice(stated, &mut bytes).is_ok() {
            hash = bytes;
        }
    }
    hash
}

fn pictures(item: &VaultItem) -> impl Iterator<Item = Picture> + '_ {
    Form::ALL
        .into_iter()
        .filter_map(|form| item.vector(form))
        .filter_map(Picture::new)
}

impl Index {
    fn add(&mut self, vault: &Vault, index: u32, of: u32) -> Result<(), VaultError> {
        let item = vault.item(index)?;
        let meta = item.meta();
        let number = self.protected.len() as u32;
        let part = index != of;
        if part && meta.kind == ItemKind::Image.id() && meta.size < LOGO {
            return Ok(());
        }
        let hash = hash_of(&item);
        if !is_nothing(&hash) {
            self.bytes.entry(hash).or_default().push(number);
        }
        if let Some(mih) = meta.metadata.get("edrm_mih") {
            self.messages.entry(mih.clone()).or_default().push(number);
        }
        if let Some(text) = vault.text_of(&item)? {
            self.texts.add(&text, meta.kind == ItemKind::Mail.id());
            self.of_text.push(number);
        }
        for picture in pictures(&item) {
            let list = self.pictures.entry(picture.form()).or_default();
            list.push((number, picture));
        }
        if !part {
            self.names.add(number, meta);
        }
        self.of_item.insert(index, number);
        self.protected.push(Protected {
            item: index,
            of,
            path: meta.path.clone(),
        });
        Ok(())
    }

    /// What a number of [`Index::compare`] stands for.
    pub fn protected(&self, number: u32) -> &Protected {
        &self.protected[number as usize]
    }

    /// Takes out what stands in many of these texts and in many that leave, of another vault: how many runs of words.
    pub fn set_aside_of(&mut self, vault: &Vault, leaving: &[u32]) -> Result<usize, VaultError> {
        set_aside(vault, self, &BTreeSet::new(), leaving)
    }

    /// In what way an item gives away something protected, what no reader shows of its file included. Runs of words
    /// that it shares are added to `runs`.
    pub fn compare_whole(
        &self,
        vault: &Vault,
        item: &VaultItem,
        leaves: bool,
        runs: &mut Runs,
    ) -> Result<Found, VaultError> {
        static LARGE_ONE: Mutex<()> = Mutex::new(());
        let text = vault.text_of(item)?;
        let mut found = self.compare(item, text.as_deref(), leaves, runs);
        if self.texts.has_any() {
            // Memory does not grow with the number of cores.
            let alone = (item.meta().size > LARGE)
                .then(|| LARGE_ONE.lock().unwrap_or_else(PoisonError::into_inner));
            self.compare_bytes(&vault.native_of(item)?, &mut found, runs);
            drop(alone);
        }
        Ok(found)
    }

    /// As [`Index::compare_whole`], by what was read of the item.
    fn compare(
        &self,
        item: &VaultItem,
        text: Option<&str>,
        leaves: bool,
        runs: &mut Runs,
    ) -> Found {
        let mut out = Found::new();
        let mut found = |number: u32, level, ground| {
            out.entry(number).or_default().push((level, ground));
        };
        for &number in self.bytes.get(&hash_of(item)).into_iter().flatten() {
            found(number, Level::Exact, Ground::SameBytes);
        }
        let mih = item.meta().metadata.get("edrm_mih");
        let same = mih.and_then(|mih| self.messages.get(mih));
        for &number in same.into_iter().flatten() {
            found(number, Level::Exact, Ground::SameMessage);
        }
        for (text, likeness) in text.map(|t| self.texts.compare(t)).unwrap_or_default() {
            let number = self.of_text[text as usize];
            match likeness {
                Likeness::Same(words) => {
                    let level = match words {
                        FEWEST_WORDS.. => Level::Exact,
                        _ => Level::Near,
                    };
                    found(number, level, Ground::SameText { words });
                }
                Likeness::Contains {
                    shared,
                    of,
                    runs: its,
                } => {
                    runs.insert(number, its);
                    found(number, Level::Near, Ground::Quotes { shared, of });
                }
            }
        }
        // A picture is committed in several sizes; it is the same picture once.
        let mut like: BTreeMap<u32, u32> = BTreeMap::new();
        for picture in pictures(item) {
            let known = self.pictures.get(&picture.form());
            for (number, other) in known.into_iter().flatten() {
                if let Some(difference) = picture.likeness(other) {
                    let least = like.entry(*number).or_insert(difference);
                    *least = difference.min(*least);
                }
            }
        }
        for (number, difference) in like {
            found(number, Level::Near, Ground::SamePicture { difference });
        }
        if leaves {
            for (number, ground) in self.names.find(item.meta()) {
                found(number, Level::Told, ground);
            }
        }
        out
    }

    /// Adds what the bytes of an item say by themselves about what nothing was found about.
    fn compare_bytes(&self, bytes: &[u8], found: &mut Found, runs: &mut Runs) {
        for (text, likeness) in self.texts.compare_bytes(bytes) {
            let number = self.of_text[text as usize];
            let known = found.get(&number).into_iter().flatten();
            if let Likeness::Contains {
                shared,
                of,
                runs: its,
            } = likeness
                && known.clone().all(|(level, _)| *level == Level::Told)
            {
                runs.insert(number, its);
                let ground = Ground::InBytes { shared, of };
                found.entry(number).or_default().push((Level::Near, ground));
            }
        }
    }
}

/// In what ways an item gives away what, by the number of what is protected.
pub(super) type Found = BTreeMap<u32, Vec<(Level, Ground)>>;
/// Runs of words that an item shares with what is protected, by its number.
pub(super) type Runs = BTreeMap<u32, Vec<u64>>;

/// What an item shares: runs of words, or whole things.
fn shared(at: u32, index: &Index, found: &Found, mut runs: Runs) -> Shared {
    let mut out = Shared {
        places: [at].into(),
        ..Shared::default()
    };
    for (number, grounds) in found {
        let protected = &index.protected[*number as usize];
        for (level, ground) in grounds.iter().filter(|(level, _)| *level > Level::Told) {
            let mark = |kind: u8| -> Mark { (kind, protected.item) };
            match ground {
                Ground::Quotes { .. } | Ground::InBytes { .. } => {
                    out.runs.extend(runs.remove(number).unwrap_or_default());
                }
                // A part of something withheld that is not withheld by itself; what is withheld never leaves.
                _ if *level == Level::Exact && protected.item == protected.of => out.alone = true,
                Ground::SameBytes | Ground::SameMessage => drop(out.marks.insert(mark(0))),
                Ground::SameText { .. } => drop(out.marks.insert(mark(1))),
                Ground::SamePicture { .. } => drop(out.marks.insert(mark(2))),
                _ => out.alone = true,
            }
            out.withheld.insert(protected.of);
        }
    }
    out
}

/// Compares everything withheld with everything inside of the items that go out.
pub fn inspect(
    vault: &Vault,
    withheld: &BTreeSet<u32>,
    outgoing: &BTreeSet<u32>,
    progress: &dyn Progress,
) -> Result<Findings, GuardError> {
    let (mut findings, shared) = inspect_items(vault, withheld, outgoing, progress)?;
    findings.passages = Passages::of(&shared, Some(vault))?;
    Ok(findings)
}

/// As [`inspect`], with what each item that goes out shares.
pub(super) fn inspect_items(
    vault: &Vault,
    withheld: &BTreeSet<u32>,
    outgoing: &BTreeSet<u32>,
    progress: &dyn Progress,
) -> Result<(Findings, BTreeMap<u32, Shared>), GuardError> {
    let mut findings = Findings {
        withheld: withheld.len(),
        outgoing: outgoing.len(),
        ..Findings::default()
    };
    if withheld.is_empty() {
        return Ok((findings, BTreeMap::new()));
    }
    let families = vault.kinship()?;
    let mut index = index_of(vault, &families, withheld, outgoing)?;
    let contained = contained(&families, outgoing);
    findings.compared = contained.len();
    findings.set_aside = set_aside(vault, &mut index, withheld, &contained)?;
    let paths = Paths::new(vault);
    let mut shared: BTreeMap<u32, Shared> = BTreeMap::new();
    let what = "Comparing with what is withheld";
    let one = |item| look(vault, &families, &index, &paths, withheld, outgoing, item);
    for seen in in_chunks(what, &contained, progress, one)? {
        findings.findings.extend(seen.findings);
        findings.unseen.extend(seen.unseen);
        findings.more += seen.more;
        for (holder, its) in seen.shared {
            shared.entry(holder).or_default().add(its);
        }
    }
    said_once(&mut findings.findings);
    findings.put_in_order();
    Ok((findings, shared))
}

/// The bytes of a message or an archive hold those of its parts: what was found in a part is not said of them as well.
fn said_once(findings: &mut Vec<Finding>) {
    let in_bytes = |f: &Finding| matches!(f.grounds[..], [Ground::InBytes { .. }]);
    let other = findings
        .iter()
        .filter(|f| f.level > Level::Told && !in_bytes(f));
    let known: BTreeSet<(u32, u32)> = other.map(|f| (f.withheld, f.outgoing)).collect();
    findings.retain(|f| !in_bytes(f) || !known.contains(&(f.withheld, f.outgoing)));
}

/// Takes out of the comparison what stands in many withheld texts and in many that go out: a footer is no passage.
fn set_aside(
    vault: &Vault,
    index: &mut Index,
    withheld: &BTreeSet<u32>,
    contained: &[u32],
) -> Result<usize, VaultError> {
    let widespread = index.texts.widespread();
    if widespread.is_empty() {
        return Ok(0);
    }
    let leaving: Vec<u32> = contained
        .iter()
        .copied()
        .filter(|item| !withheld.contains(item))
        .collect();
    let step = leaving.len().div_ceil(SAMPLE).max(1);
    let texts = leaving
        .par_iter()
        .step_by(step)
        .map(|&item| vault.text_of(&vault.item(item)?))
        .collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<String> = texts.into_iter().flatten().collect();
    Ok(index.texts.set_aside(&widespread, &texts))
}

/// Everything withheld and what lies inside of it, ready to be compared.
pub(super) fn index_of(
    vault: &Vault,
    families: &Kinship,
    withheld: &BTreeSet<u32>,
    outgoing: &BTreeSet<u32>,
) -> Result<Index, VaultError> {
    let mut index = Index::default();
    let mut taken = BTreeSet::new();
    for &item in withheld {
        // What lies inside and is withheld or goes out by itself was decided upon by itself.
        let decided = |part: u32| withheld.contains(&part) || outgoing.contains(&part);
        for part in inside(families, item, decided) {
            let mut around = families.around(part).into_iter();
            let around = around.any(|a| outgoing.contains(&a));
            if taken.insert(part) && (part == item || !around) {
                index.add(vault, part, item)?;
            }
        }
    }
    Ok(index)
}

/// What of an item was not read, and may be what is withheld: a page that is a picture, an attachment that could not
/// be opened, bytes behind the end of a file.
fn unread(item: &VaultItem) -> Option<String> {
    let fact = item.meta().metadata.get(UNREAD)?;
    let ledger = Ledger::from_fact(fact)?;
    let codes: Vec<&str> = ledger
        .entries()
        .map(|(code, _)| code)
        .filter(|code| code.is_lost())
        .map(Unread::id)
        .collect();
    (!codes.is_empty()).then(|| codes.join(", "))
}

/// What was found about one item inside of what goes out.
struct Seen {
    findings: Vec<Finding>,
    /// Pairs that are not among these.
    more: usize,
    unseen: Option<(u32, String)>,
    /// What is shared, by the items that go out.
    shared: Vec<(u32, Shared)>,
}

/// Keeps the gravest of what was found about one item; says how many others there were.
pub(super) fn keep_gravest(found: &mut Found) -> usize {
    let more = found.len().saturating_sub(MOST);
    if more > 0 {
        let level = |grounds: &[(Level, Ground)]| grounds.iter().map(|(level, _)| *level).max();
        let mut order: Vec<_> = found
            .iter()
            .map(|(number, grounds)| (Reverse(level(grounds)), *number))
            .collect();
        order.sort_unstable();
        order.truncate(MOST);
        let kept: BTreeSet<u32> = order.into_iter().map(|(_, number)| number).collect();
        found.retain(|number, _| kept.contains(number));
    }
    more
}

/// One item inside of what goes out.
fn look(
    vault: &Vault,
    families: &Kinship,
    index: &Index,
    paths: &Paths<'_>,
    withheld: &BTreeSet<u32>,
    outgoing: &BTreeSet<u32>,
    at: u32,
) -> Result<Seen, VaultError> {
    let item = vault.item(at)?;
    let leaves = outgoing.contains(&at);
    let exception = item.leaf().exception().map(|reason| reason.to_string());
    let harmless = [ExceptionReason::Empty.id(), "no_form"];
    let unseen = exception
        .filter(|reason| !harmless.contains(&&**reason))
        .or_else(|| unread(&item))
        .map(|reason| (at, reason));
    let mut found = Found::new();
    let mut runs = BTreeMap::new();
    if withheld.contains(&at) && !leaves {
        if let Some(number) = index.of_item.get(&at) {
            found.insert(*number, vec![(Level::Exact, Ground::Contains)]);
        }
    } else {
        found = index.compare_whole(vault, &item, leaves, &mut runs)?;
        // In camera, a withheld item may be what is opened; it is not a copy of itself.
        found.retain(|number, _| index.protected[*number as usize].item != at);
    }
    let its = shared(at, index, &found, runs);
    let more = keep_gravest(&mut found);
    let around = families.around(at);
    // In camera, withheld items are opened because they are withheld.
    let holds = |item| outgoing.contains(&item) && !withheld.contains(&item);
    let holders = holders(at, &around, holds);
    let mut findings = Vec::new();
    let mut shared: Vec<(u32, Shared)> = Vec::new();
    if its.alone || !its.withheld.is_empty() {
        shared.extend(holders.iter().map(|holder| (*holder, its.clone())));
    }
    for (number, grounds) in found {
        let protected = &index.protected[number as usize];
        let part = protected.item != protected.of;
        let level = grounds.iter().map(|(level, _)| *level).max();
        let level = level.unwrap_or(Level::Told);
        for &holder in &holders {
            findings.push(Finding {
                withheld: protected.of,
                withheld_path: paths.get(protected.of)?,
                part: part.then(|| protected.path.clone()),
                outgoing: holder,
                outgoing_path: paths.get(holder)?,
                inside: (holder != at).then(|| item.path().to_owned()),
                level: if part { level.min(Level::Near) } else { level },
                grounds: grounds.iter().map(|(_, ground)| ground.clone()).collect(),
                elsewhere: None,
            });
        }
    }
    if leaves && !withheld.contains(&at) {
        for above in around.into_iter().filter(|a| withheld.contains(a)) {
            let path = paths.get(above)?;
            let names = item.path().starts_with(&format!("{path}!/"));
            if names {
                let alone = Shared {
                    alone: true,
                    ..Shared::default()
                };
                shared.push((at, alone));
            }
            findings.push(Finding {
                withheld: above,
                withheld_path: path,
                part: None,
                outgoing: at,
                outgoing_path: item.path().to_owned(),
                inside: None,
                level: if names { Level::Near } else { Level::Told },
                grounds: vec![if names {
                    Ground::PathNames
                } else {
                    Ground::AttachedTo
                }],
                elsewhere: None,
            });
        }
    }
    Ok(Seen {
        findings,
        more,
        unseen,
        shared,
    })
}
