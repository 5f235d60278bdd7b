//! From a folder to a commitment: read, prepare in parallel, write in order, then number.
//!
//! Memory holds one batch of items at a time (see `source.rs`), and for every item of the
//! corpus a leaf hash, a record offset, its parent, its index and the SHA-256 that finds duplicates: about
//! 130 bytes.

use super::chain;
use super::commitment::{self, Commitment, Numbering, Stated};
use super::copies::Copies;
use super::earlier::{Answers, Candidate, Earlier, EarlierError, Supplementing};
use super::error::CommitError;
use super::leaf::LeafStatus;
use super::ocr;
use super::prepare::{Prepared, prepare};
use super::report::{CommitReport, EXCEPTIONS_SHOWN, ExceptionLine, Supplemented, TypeCount};
use super::rules;
use super::source::{Batch, Batches, Found};
use super::supplement::Resolved;
use super::tree::Hash;
use super::vault::record::{Extent, NativePlace};
use super::vault::writer::VaultWriter;
use super::vault::{Keys, Manifest, VaultSecret, layout};
use crate::Surroundings;
use crate::ingest::corpus::{self, Corpus, LoadFileFacts};
use crate::ingest::selection::{Selection, Selector};
use crate::ingest::{self, IngestOptions, Source};
use crate::item::Form;
use crate::progress::{Progress, Unit};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, hash_map};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How to commit.
#[derive(Clone, Debug)]
pub struct CommitOptions {
    /// The case's folder: created, or empty of an earlier commitment.
    pub case: PathBuf,
    /// The name of the case, which is published.
    pub name: String,
    /// Whose documents these are, published if given.
    pub custodian: Option<String>,
    /// Leave whole files where they are instead of copying them into the vault.
    pub reference: bool,
    /// The canonical forms that items are committed in. None named: every item in every form that it has,
    /// and the commitment states the forms that occur.
    pub forms: Vec<Form>,
    /// Limits of reading.
    pub ingest: IngestOptions,
    /// Which documents.
    pub selection: Selection,
    /// In which order items are numbered.
    pub numbering: Numbering,
    /// Which commitment this one supplements, if it does.
    pub supplements: Option<Supplementing>,
}

/// Commits to every file below `corpus`, creating the case's commitment file and vault.
pub fn commit_folder(
    around: &Surroundings,
    corpus: &Path,
    options: &CommitOptions,
    progress: &dyn Progress,
) -> Result<CommitReport, CommitError> {
    let started = Instant::now();
    let earlier = options.supplements.as_ref().map(Earlier::open);
    let earlier = earlier.transpose()?;
    progress.begin("listing files", None, Unit::Items);
    let selection = Selection {
        custodian: options.custodian.clone(),
        ..options.selection.clone()
    };
    let found = corpus::open(corpus, &selection, &options.ingest)?;
    progress.end();
    if found.sources.is_empty() {
        return Err(CommitError::Nothing(corpus.to_owned()));
    }
    let corpus = corpus.canonicalize().unwrap_or_else(|_| corpus.to_owned());
    refuse_overlap(&corpus, &options.case)?;
    commit_found(
        around, found, &corpus, earlier, false, options, started, progress,
    )
}

/// Commits to what an earlier case has in its vault and could not read, as far as it can be read now.
pub fn commit_again(
    around: &Surroundings,
    supplements: &Supplementing,
    options: &CommitOptions,
    progress: &dyn Progress,
) -> Result<CommitReport, CommitError> {
    let started = Instant::now();
    let earlier = Earlier::open(supplements)?;
    if earlier.unresolved().is_empty() {
        return Err(EarlierError::NothingOpen(supplements.case.clone()).into());
    }
    let sources = earlier.sources();
    let found = Corpus {
        files: sources.len() as u64,
        sources,
        load_file: None,
        selector: Selector::new(&Selection::default(), Vec::new()),
    };
    let corpus = earlier.case();
    commit_found(
        around,
        found,
        &corpus,
        Some(earlier),
        true,
        options,
        started,
        progress,
    )
}

#[allow(clippy::too_many_arguments)] // each is a thing of its own that the two callers have
fn commit_found(
    around: &Surroundings,
    found: Corpus,
    corpus: &Path,
    earlier: Option<Earlier>,
    again: bool,
    options: &CommitOptions,
    started: Instant,
    progress: &dyn Progress,
) -> Result<CommitReport, CommitError> {
    commitment::check_names(&options.name, options.custodian.as_deref())?;
    let rows = options.supplements.as_ref().map(|s| &s.rows);
    let answers = match (&earlier, rows) {
        (Some(earlier), Some(rows)) => {
            Answers::new(earlier, rows, again).map_err(EarlierError::from)?
        }
        _ => Answers::default(),
    };
    let (files, bytes) = (found.files, found.bytes());
    let forms = match (&options.forms[..], &earlier) {
        ([], Some(earlier)) => match earlier.older_forms() {
            older if older.is_empty() => older,
            older => Form::CURRENT.into_iter().chain(older).collect(),
        },
        (chosen, _) => chosen.to_vec(),
    };
    let mut state = State {
        writer: VaultWriter::create(&options.case)?,
        keys: Keys::random().map_err(CommitError::randomness)?,
        options,
        corpus,
        earlier,
        answers,
        resolved: Vec::new(),
        count: 0,
        exceptions: 0,
        partly: 0,
        unread: BTreeMap::new(),
        seen: HashMap::new(),
        types: BTreeMap::new(),
        copies: Copies::default(),
        first_exceptions: Vec::new(),
        first_partly: Vec::new(),
        selector: found.selector,
        load_file: found.load_file,
        forms,
    };
    progress.begin("committing", Some(bytes), Unit::Bytes);
    let ingest = ocr::kept(&options.ingest, &options.case);
    let mut batches = Batches::new(&found.sources, &ingest);
    while let Some(batch) = ocr::watched(ingest.ocr.as_ref(), progress, || batches.next()) {
        if progress.cancelled() {
            return Err(CommitError::Cancelled);
        }
        let read = batch.read;
        state.take(batch)?;
        progress.advance(read);
        progress.note(&format!(
            "{} items, {} exceptions",
            state.count, state.exceptions
        ));
    }
    progress.end();
    if state.count == 0 {
        return Err(match &state.earlier {
            Some(earlier) if again => nothing_read(earlier).into(),
            _ => CommitError::Nothing(corpus.to_owned()),
        });
    }
    let recognised = ingest.ocr.as_ref().map(ocr::Recognised::of);
    state.finish(around, started, files, bytes, recognised)
}

fn nothing_read(earlier: &Earlier) -> EarlierError {
    let open = earlier.unresolved();
    let line = |first: &super::earlier::Open| {
        format!("{}: {}", crate::clean::line(&first.path), first.detail)
    };
    EarlierError::NothingRead {
        open: open.len(),
        first: open.first().map(line).unwrap_or_default(),
    }
}

struct State<'a> {
    writer: VaultWriter,
    keys: Keys,
    options: &'a CommitOptions,
    corpus: &'a Path,
    /// What is supplemented.
    earlier: Option<Earlier>,
    answers: Answers,
    /// Exceptions of earlier commitments (commitment and item), and the numbers of the items that answer them.
    resolved: Vec<((u32, u32), u32)>,
    /// Items so far, and those of them that were not read, or not wholly.
    count: u32,
    exceptions: u32,
    partly: u32,
    /// Of the partly read items, how many have something of a code.
    unread: BTreeMap<String, u32>,
    /// First item of each content, and where its bytes are.
    seen: HashMap<Hash, (u32, Option<Extent>)>,
    types: BTreeMap<String, TypeCount>,
    copies: Copies,
    first_exceptions: Vec<ExceptionLine>,
    first_partly: Vec<ExceptionLine>,
    selector: Selector,
    load_file: Option<LoadFileFacts>,
    /// The forms that items are committed in; none: all current ones that occur.
    forms: Vec<Form>,
}

impl State<'_> {
    fn take(&mut self, batch: Batch<'_>) -> Result<(), CommitError> {
        let mut numbered = Vec::with_capacity(batch.items);
        let mut next = self.count;
        u32::try_from(batch.items)
            .ok()
            .and_then(|items| next.checked_add(items))
            .ok_or(CommitError::TooMany)?;
        for Found { source, items } in batch.families {
            let Some(items) = self.selector.admit(source, items) else {
                continue;
            };
            let first = next;
            for raw in items {
                // Families list parents first, so this never points forward.
                let parent = raw.parent.map(|at| first + at as u32);
                let whole = self.whole_file(source, &raw);
                numbered.push((raw, next, parent, whole));
                next += 1;
            }
        }
        let forms = match &self.forms[..] {
            [] => &Form::CURRENT,
            chosen => chosen,
        };
        let keys = &self.keys;
        let prepared = numbered
            .into_par_iter()
            .map(|(raw, number, parent, whole)| prepare(raw, number, parent, forms, whole, keys))
            .collect::<Result<Vec<_>, _>>()?;
        if self.earlier.is_some() {
            self.answer(&prepared);
        }
        prepared.into_iter().try_for_each(|item| self.write(item))
    }

    /// Notes which of these items are earlier exceptions, read.
    fn answer(&mut self, items: &[Prepared]) {
        let first = items.first().map_or(0, |item| item.number);
        for item in items {
            if matches!(item.status, LeafStatus::Exception(_)) {
                continue;
            }
            let (mut around, mut at) = (Vec::new(), Some(item));
            while let Some(here) = at {
                let sha256 = here.meta.metadata.get("sha256");
                around.extend(sha256.map(|sha256| (sha256.clone(), here.meta.path.clone())));
                // Parents come first, in the same batch.
                let parent = here
                    .meta
                    .parent
                    .and_then(|parent| parent.checked_sub(first));
                at = parent.and_then(|parent| items.get(parent as usize));
            }
            let candidate = Candidate {
                path: &item.meta.path,
                around: &around,
                unread: &item.ledger,
            };
            let found = self.answers.find(candidate);
            self.resolved
                .extend(found.map(|found| (found, item.number)));
        }
    }

    /// The path of the file that holds exactly this item, if it is to be left where it is.
    fn whole_file(&self, source: &Source, raw: &ingest::RawItem) -> Option<String> {
        if !self.options.reference {
            return None;
        }
        let file = source.file(&raw.path)?;
        if file.len == 0 || raw.bytes.len() as u64 != file.len {
            return None;
        }
        let path = file.path.canonicalize().ok()?;
        Some(path.strip_prefix(self.corpus).ok()?.to_str()?.to_owned())
    }

    fn write(&mut self, item: Prepared) -> Result<(), CommitError> {
        let number = item.number;
        self.count += 1;
        let kind = self.types.entry(item.meta.media_type.clone()).or_default();
        kind.items += 1;
        kind.bytes += item.meta.size;
        let line = |reason: String, detail: String| ExceptionLine {
            item: number,
            path: item.meta.path.clone(),
            reason,
            detail,
        };
        match &item.status {
            LeafStatus::Read => {}
            LeafStatus::Partly => {
                self.partly += 1;
                let codes: Vec<String> = item
                    .ledger
                    .entries()
                    .map(|(code, _)| code.to_string())
                    .collect();
                if self.first_partly.len() < EXCEPTIONS_SHOWN {
                    self.first_partly
                        .push(line(codes.join(", "), item.ledger.line()));
                }
                for code in codes {
                    *self.unread.entry(code).or_default() += 1;
                }
            }
            LeafStatus::Exception(reason) => {
                self.exceptions += 1;
                if self.first_exceptions.len() < EXCEPTIONS_SHOWN {
                    let detail = item.meta.exception.clone().unwrap_or_default();
                    self.first_exceptions.push(line(reason.to_string(), detail));
                }
            }
        }
        let (duplicate_of, native) = self.place(number, &item)?;
        let custodian = self.options.custodian.as_deref();
        let copy = self
            .copies
            .add(number, &item.meta, item.sha256, duplicate_of, custodian);
        if let Some(copy) = copy {
            self.writer.put_copy(number, copy);
        }
        let text = match &item.text {
            Some(text) => Some(self.writer.put_text(text)?),
            None => None,
        };
        let item = item.into_item(duplicate_of, native, text)?;
        self.writer.put_item(&item)?;
        Ok(())
    }

    /// Stores the native bytes once per content. Items without bytes are duplicates of nothing.
    fn place(
        &mut self,
        index: u32,
        item: &Prepared,
    ) -> Result<(Option<u32>, NativePlace), CommitError> {
        if item.bytes.is_empty() {
            let nothing = Extent { offset: 0, len: 0 };
            return Ok((None, NativePlace::Vault(nothing)));
        }
        let entry = self.seen.entry(item.sha256);
        let known = match &entry {
            hash_map::Entry::Occupied(entry) => Some(*entry.get()),
            hash_map::Entry::Vacant(_) => None,
        };
        let duplicate_of = known.map(|(first, _)| first);
        if let Some(path) = &item.whole_file {
            entry.or_insert((index, None));
            return Ok((duplicate_of, NativePlace::Corpus(path.clone())));
        }
        let extent = match known {
            Some((_, Some(extent))) => extent,
            _ => self.writer.put_native(&item.bytes)?,
        };
        entry.or_insert((index, None)).1 = Some(extent);
        Ok((duplicate_of, NativePlace::Vault(extent)))
    }

    fn finish(
        mut self,
        around: &Surroundings,
        started: Instant,
        files: u64,
        bytes: u64,
        recognised: Option<ocr::Recognised>,
    ) -> Result<CommitReport, CommitError> {
        let options = self.options;
        let order = match options.numbering {
            Numbering::Shuffled => self.keys.shuffled(self.count),
            Numbering::AsRead => (0..self.count).collect(),
        };
        let tally = self.writer.settle(&order, &self.keys)?;
        let forms = match &self.forms[..] {
            [] => tally.forms(),
            chosen => chosen.to_vec(),
        };
        let secret = VaultSecret::random().map_err(CommitError::randomness)?;
        let resolves: Vec<Resolved> = self
            .resolved
            .iter()
            .map(|&((commitment, item), number)| Resolved {
                commitment,
                item,
                by: order[number as usize],
            })
            .collect();
        let supplementing = options.supplements.as_ref();
        if let Some(what) = supplementing {
            self.answers
                .missed(&what.rows)
                .map_err(EarlierError::from)?;
        }
        let why = supplementing.and_then(|what| what.why.clone());
        let earlier = self.earlier.as_ref();
        let stated = Stated {
            case: &options.name,
            custodian: options.custodian.as_deref(),
            created: around.now(),
            id: *self.keys.id(),
            numbering: options.numbering,
            forms: &forms,
            unread: self.unread.clone(),
            scope: rules::from_counts(self.selector.counts()),
            audit_anchor: chain::anchor(secret.as_bytes()),
            supplements: earlier.map(|earlier| earlier.supplement(why, resolves.clone())),
        };
        let commitment = Commitment::new(stated, &tally)?;
        let manifest = Manifest::new(
            self.corpus.to_owned(),
            options.reference,
            secret,
            self.keys.secret().clone(),
        )
        .supplementing(earlier.map(Earlier::case));
        let supplements = earlier.map(|earlier| supplemented(earlier, &resolves, &self.answers));
        let announced = match (earlier, supplementing) {
            (Some(earlier), Some(what)) => {
                let root = commitment.root_hex();
                Some(earlier.announce(around, what, &options.case, root, resolves.len())?)
            }
            _ => None,
        };
        self.writer.finish(&manifest, &commitment)?;
        if let Some(announced) = announced {
            announced.done()?;
        }
        ocr::forget(&options.case);
        let vault = layout::dir(&options.case);
        let (across, mut first_across) = self.copies.across();
        // Counted by number so far.
        let index = |number: &mut u32| *number = order[*number as usize];
        first_across
            .iter_mut()
            .for_each(|copy| index(&mut copy.item));
        let lists = [&mut self.first_exceptions, &mut self.first_partly];
        lists
            .into_iter()
            .flatten()
            .for_each(|line| index(&mut line.item));
        Ok(CommitReport {
            commitment,
            commitment_file: options.case.join(commitment::FILE_NAME),
            exceptions_file: vault.join(layout::EXCEPTIONS),
            files,
            bytes,
            types: self.types,
            duplicates: self.copies.same_bytes,
            same_message: self.copies.same_message,
            across_custodians: across,
            first_across_custodians: first_across,
            duplicates_file: vault.join(layout::DUPLICATES),
            custodians: self.copies.custodians(),
            dates: self.copies.dates(),
            undated: self.copies.undated,
            load_file: self.load_file,
            first_exceptions: self.first_exceptions,
            recognised,
            unread: self.unread,
            first_partly: self.first_partly,
            supplements,
            leaves_file: options.case.join(commitment::LEAVES_NAME),
            seconds: started.elapsed().as_secs_f64(),
        })
    }
}

/// What a supplement resolves, and what it leaves.
fn supplemented(earlier: &Earlier, resolves: &[Resolved], answers: &Answers) -> Supplemented {
    let open = earlier.unresolved();
    let by_place: HashMap<(u32, u32), &super::earlier::Open> =
        open.iter().map(|o| ((o.commitment, o.item), o)).collect();
    let of = |resolved: &Resolved| by_place.get(&(resolved.commitment, resolved.item)).copied();
    let partly = |resolved: &&Resolved| of(resolved).is_some_and(|open| open.partly.is_some());
    let completed = resolves.iter().filter(partly).count() as u32;
    let left_partly = answers.left().filter(|at| open[*at].partly.is_some());
    let left_partly = left_partly.count() as u32;
    let answered = |resolved: &Resolved| {
        let open = of(resolved)?;
        Some(ExceptionLine {
            item: open.item,
            path: open.path.clone(),
            reason: open.reason.clone(),
            detail: format!("resolved by item {}", resolved.by),
        })
    };
    let left = |at: usize| ExceptionLine {
        item: open[at].item,
        path: open[at].path.clone(),
        reason: open[at].reason.clone(),
        detail: open[at].detail.clone(),
    };
    Supplemented {
        root: earlier.commitment().root_hex().to_owned(),
        number: earlier.number(),
        resolved: resolves.len() as u32 - completed,
        completed,
        left: answers.left().count() as u32 - left_partly,
        left_partly,
        first_resolved: resolves
            .iter()
            .take(EXCEPTIONS_SHOWN)
            .filter_map(answered)
            .collect(),
        first_left: answers.left().take(EXCEPTIONS_SHOWN).map(left).collect(),
    }
}

/// Refuses a case inside the corpus. The case may not exist yet: its nearest existing ancestor
/// tells where it will be.
fn refuse_overlap(corpus: &Path, case: &Path) -> Result<(), CommitError> {
    let absolute = std::path::absolute(case).unwrap_or_else(|_| case.to_owned());
    let real = absolute
        .ancestors()
        .find_map(|ancestor| ancestor.canonicalize().ok());
    match real {
        Some(real) if real.starts_with(corpus) => Err(CommitError::Overlap {
            case: case.to_owned(),
            corpus: corpus.to_owned(),
        }),
        _ => Ok(()),
    }
}
