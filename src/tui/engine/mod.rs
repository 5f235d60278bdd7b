//! The part that works: runs effects on threads and answers with events.
//!
//! Jobs (scan, commit, dry run, prove, verify) have a thread each, report through [`progress::Channel`]
//! and can be paused and stopped. Small reads (listings, previews) go through one thread in turn, which
//! skips previews that nobody waits for any more.

mod asked;
mod audit;
mod bundle;
mod case;
mod export;
mod find;
mod jobs;
mod preview;
pub mod progress;
pub mod review;
mod scan;
mod sign;
mod told;
mod verify;

pub use asked::{AuditTask, ChainTarget, ExportTask, Helpers, SignTask, Target, What};
pub use bundle::{BundleData, Place};
pub use case::{CaseData, ItemRow};
pub use find::{
    Entry, EntryKind, FoundBundle, FoundClassifier, Nearby, Reviewed, Unfinished, kind_of, list,
};
#[cfg(test)]
pub(in crate::tui) use preview::Shelf;
pub use preview::{Body, Page, Preview, Subject};
pub use review::{Decide, Matter, Recorded, Reviews};
pub use scan::default_forms;
pub use told::{DryRunData, Fact, Found, FoundException, PlanFacts, Signed};

use super::event::{Effect, Ended, Event, JobId, Vouching};
use super::recent;
use crate::Surroundings;
use crate::custody;
use crate::output::{self, Kind};
use crate::prove::WithholdList;
use crate::sign::beside;
use progress::{Channel, Control};
use ratatui_image::picker::Picker;
use std::collections::HashMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long the end of the program waits for jobs.
const MOMENT: Duration = Duration::from_secs(3);

/// Runs effects.
pub struct Engine {
    around: Surroundings,
    events: Sender<Event>,
    jobs: HashMap<JobId, Arc<Control>>,
    reader: Sender<Read>,
    /// Takes decisions, one after the other; `None` once the program ends.
    reviews: Option<Sender<(Matter, Decide)>>,
    reviewer: Option<thread::JoinHandle<()>>,
    session: Arc<verify::Session>,
}

enum Read {
    List(PathBuf),
    Preview(Subject, (u16, u16), usize),
    Locate(PathBuf),
    Custody(PathBuf),
    Vouch(Vouching),
    Withhold(PathBuf),
}

/// How often a job that has nothing new to tell shows that it is alive.
const BEAT: Duration = Duration::from_millis(500);

impl Engine {
    /// An engine that answers into `events`; pictures are made for the terminal that `picker` found.
    pub fn new(around: &Surroundings, events: Sender<Event>, picker: Option<Picker>) -> Self {
        let (reader, reads) = channel();
        let answers = events.clone();
        thread::spawn(move || read_all(&reads, &answers, picker.as_ref()));
        let (reviews, asked) = channel();
        let answers = events.clone();
        let clock = around.clone();
        let reviewer = thread::spawn(move || decide_all(&clock, &asked, &answers));
        Engine {
            around: around.clone(),
            events,
            jobs: HashMap::new(),
            reader,
            reviews: Some(reviews),
            reviewer: Some(reviewer),
            session: Arc::default(),
        }
    }

    /// Runs one effect; returns at once.
    pub fn run(&mut self, effect: Effect) {
        // A reader that is gone answers nothing; there is nobody to tell.
        match effect {
            Effect::Start(id, job) => {
                let control = Arc::new(Control::default());
                self.jobs.retain(|_, c| Arc::strong_count(c) > 1);
                self.jobs.insert(id, control.clone());
                let events = self.events.clone();
                let progress = Arc::new(Channel::new(id, control, events.clone()));
                let alive = Arc::downgrade(&progress);
                let session = self.session.clone();
                let around = self.around.clone();
                thread::spawn(move || {
                    while let Some(progress) = alive.upgrade() {
                        progress.beat();
                        drop(progress);
                        thread::sleep(BEAT);
                    }
                });
                thread::spawn(move || {
                    let ended = catch_unwind(AssertUnwindSafe(|| {
                        jobs::run(&around, job, &session, &progress)
                    }))
                    .unwrap_or_else(|_| {
                        Ended::Failed("candor met an error in itself; please report it".into())
                    });
                    // Nothing is told of a job after its end.
                    progress.finish(|id| Event::Done(id, ended));
                });
            }
            Effect::Cancel(id) => {
                if let Some(control) = self.jobs.get(&id) {
                    control.cancel();
                }
            }
            Effect::Pause(id, on) => {
                if let Some(control) = self.jobs.get(&id) {
                    control.pause(on);
                }
            }
            Effect::List(path) => drop(self.reader.send(Read::List(path))),
            Effect::Preview(subject, size, page) => {
                drop(self.reader.send(Read::Preview(subject, size, page)));
            }
            Effect::Locate(path) => drop(self.reader.send(Read::Locate(path))),
            Effect::ReadCustody(path) => drop(self.reader.send(Read::Custody(path))),
            Effect::Vouch(what) => drop(self.reader.send(Read::Vouch(what))),
            Effect::ReadWithhold(path) => drop(self.reader.send(Read::Withhold(path))),
            Effect::Save(path, bytes) => {
                let result = save(&path, &bytes).map(|()| path);
                let _ = self.events.send(Event::Saved(result));
            }
            Effect::Review(matter, what) => {
                if let Some(reviews) = &self.reviews {
                    drop(reviews.send((matter, what)));
                }
            }
            Effect::Remember(list) => recent::store(&self.around, &list),
            Effect::Copy(text) => copy(&text),
        }
    }

    /// Asks every job to stop, and gives them a moment to clean up after themselves. Decisions that were taken
    /// are recorded, however long that takes.
    pub fn stop(&mut self) {
        drop(self.reviews.take());
        if let Some(reviewer) = self.reviewer.take() {
            // A thread that panicked has nothing left to record.
            let _ = reviewer.join();
        }
        self.jobs.values().for_each(|control| control.cancel());
        let start = Instant::now();
        let busy = || {
            self.jobs
                .values()
                .any(|control| Arc::strong_count(control) > 1)
        };
        while busy() && start.elapsed() < MOMENT {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let target = output::Target::new(path, Kind::unique("a list"), None, &[]);
    let written = target.and_then(|target| target.write(bytes));
    written.map_err(|error| error.to_string())
}

/// OSC 52: the terminal puts it on the clipboard, also over ssh; others ignore it. The text is encoded,
/// so it cannot say anything else to the terminal.
fn copy(text: &str) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let mut bytes = [0; 3];
        bytes[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i)) as usize & 63] as char;
            encoded.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    let mut out = std::io::stdout();
    let _ = write!(out, "\x1b]52;c;{encoded}\x07").and_then(|()| out.flush());
}

/// Takes decisions until nobody can send any more.
fn decide_all(around: &Surroundings, asked: &Receiver<(Matter, Decide)>, events: &Sender<Event>) {
    let mut reviews = Reviews::new(around);
    while let Ok((matter, what)) = asked.recv() {
        let (result, recorded) = reviews.decide(&matter, what.clone());
        // That nobody listens any more is no reason not to record what comes after.
        let _ = events.send(Event::Reviewed {
            matter,
            what,
            result,
            recorded,
        });
    }
}

fn read_all(reads: &Receiver<Read>, events: &Sender<Event>, picker: Option<&Picker>) {
    let mut shelf = preview::Shelf::new(picker.cloned());
    while let Ok(first) = reads.recv() {
        let mut waiting = vec![first];
        waiting.extend(reads.try_iter());
        let last_preview = waiting.iter().rposition(|r| matches!(r, Read::Preview(..)));
        for (i, read) in waiting.into_iter().enumerate() {
            let event = match read {
                Read::Preview(..) if Some(i) != last_preview => continue,
                Read::Preview(subject, size, page) => {
                    let show = AssertUnwindSafe(|| shelf.preview(&subject, size, page));
                    let result = catch_unwind(show)
                        .unwrap_or_else(|_| Err("this item cannot be shown".to_owned()));
                    Event::Previewed(subject, result)
                }
                Read::List(path) => {
                    let entries = find::list(&path);
                    Event::Listed(path, entries)
                }
                Read::Locate(path) => {
                    let nearby = find::around(&path);
                    Event::Located(path, nearby)
                }
                Read::Custody(case) => {
                    let chain = custody::read(&case).map_err(|e| e.to_string());
                    Event::Custody(case, chain)
                }
                Read::Vouch(what) => {
                    let look = |(name, path): &(&'static str, PathBuf)| {
                        beside::look(name, path, &what.keys, &what.authorities)
                    };
                    let found = what.files.iter().map(look).collect();
                    Event::Vouched(what.about, found)
                }
                Read::Withhold(path) => {
                    let list = WithholdList::read(&path).map(|l| l.entries().to_vec());
                    let list = list.map_err(|e| format!("{}: {e}", path.display()));
                    Event::WithholdRead(path, list)
                }
            };
            if events.send(event).is_err() {
                return;
            }
        }
    }
}
