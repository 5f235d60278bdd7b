//! What a judge sees: checks, one by one, and a verdict.

use super::export::{Chosen, Known};
use super::{Audit, Export, Keys, View};
use crate::sign::Beside;
use crate::tui::cursor::Cursor;
use crate::tui::engine::{ChainTarget, ExportTask, Nearby, Target, What};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot, Vouching};
use crate::tui::overlay::{Answer, Overlay, PickFor, Picker, Prompt, PromptFor};
use crate::tui::recent::{Kind, Recent};
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crate::tui::text;
use crate::verify::{Check, Report};
use crossterm::event::{KeyCode, KeyEvent};
use std::path::{Path, PathBuf};

/// The screen.
#[derive(Debug)]
pub struct Verify {
    pub(super) bundle: PathBuf,
    pub(super) commitment: Option<PathBuf>,
    pub(super) classifier: Option<PathBuf>,
    /// Which of the two somebody chose; the others were found.
    pub(super) chosen: Chosen,
    /// Supplements of the commitment, in their order: verified together with it.
    pub(super) supplements: Vec<Supplement>,
    /// The supplement whose file is being chosen; none: a further one.
    picking: Option<usize>,
    nearby: Option<Nearby>,
    pub(super) cursor: Cursor,
    pub(super) job: Option<JobId>,
    /// The job that writes the report or the certificate.
    writing: Option<JobId>,
    pub(super) at: Snapshot,
    pub(super) running: Option<&'static str>,
    pub(super) checks: Vec<Check>,
    pub(super) report: Option<Box<Report>>,
    verified: bool,
    keys: Vec<PathBuf>,
    authorities: Vec<PathBuf>,
    pub(super) vouched: Vec<Beside>,
    pub(super) error: Option<String>,
    pub(super) scroll: Scroll,
}

/// A supplement to be verified with what it supplements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Supplement {
    pub bundle: PathBuf,
    pub commitment: Option<PathBuf>,
    /// Whether somebody chose the commitment file; otherwise it was found.
    pub chosen: bool,
}

/// A row of what is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Bundle,
    Commitment,
    Classifier,
    /// The bundle of a supplement.
    Supplement(usize),
    /// Its commitment file.
    Supplementary(usize),
    /// A further supplement.
    Add,
    Start,
}

impl Verify {
    /// For a bundle, with the other two files if they are known.
    pub fn new(bundle: PathBuf, commitment: Option<PathBuf>, classifier: Option<PathBuf>) -> Self {
        Verify {
            bundle,
            commitment,
            classifier,
            chosen: Chosen::default(),
            supplements: Vec::new(),
            picking: None,
            nearby: None,
            cursor: Cursor::default(),
            job: None,
            writing: None,
            at: Snapshot::default(),
            running: None,
            checks: Vec::new(),
            report: None,
            verified: false,
            keys: Vec::new(),
            authorities: Vec::new(),
            vouched: Vec::new(),
            error: None,
            scroll: Scroll::default(),
        }
    }

    /// Both other files are those that somebody works with.
    pub(super) fn with_chosen_files(mut self) -> Self {
        self.chosen = Chosen {
            commitment: self.commitment.is_some(),
            classifier: self.classifier.is_some(),
        };
        self
    }

    pub(super) fn choosing(&self) -> bool {
        self.job.is_none() && self.report.is_none()
    }

    /// The rows that there are.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::Bundle, Row::Commitment, Row::Classifier];
        for at in 0..self.supplements.len() {
            rows.extend([Row::Supplement(at), Row::Supplementary(at)]);
        }
        rows.extend([Row::Add, Row::Start]);
        rows
    }

    /// The row where the cursor is.
    fn row(&self) -> Row {
        let rows = self.rows();
        rows[self.cursor.get(rows.len())]
    }

    /// The chain that is verified, if there are supplements and all files are known.
    fn chain(&self) -> Option<ChainTarget> {
        let target = self.target()?;
        let rest = self.supplements.iter();
        let commitments: Option<Vec<PathBuf>> =
            rest.clone().map(|s| s.commitment.clone()).collect();
        let mut chain = ChainTarget {
            bundles: vec![target.bundle],
            commitments: vec![target.commitment],
            classifier: target.classifier,
        };
        chain.bundles.extend(rest.map(|s| s.bundle.clone()));
        chain.commitments.extend(commitments?);
        Some(chain)
    }

    fn target(&self) -> Option<Target> {
        Some(Target {
            bundle: self.bundle.clone(),
            commitment: self.commitment.clone()?,
            classifier: self.classifier.clone()?,
        })
    }

    fn begin(&mut self, out: &mut Out) {
        let Some(target) = self.target() else {
            return out.toast("choose the commitment file and the classifier file first");
        };
        self.job = Some(
            out.start(match (self.supplements.is_empty(), self.chain()) {
                (true, _) => Job::Verify(target),
                (false, Some(chain)) => Job::VerifyChain(Box::new(chain)),
                (false, None) => {
                    return out.toast("choose the commitment file of every supplement first");
                }
            }),
        );
        self.checks.clear();
        self.at = Snapshot::default();
        self.report = None;
        self.verified = false;
        self.error = None;
        self.scroll.home();
        self.vouch(out);
    }

    /// Which files were found and not chosen, in sentences.
    pub(super) fn found(&self, home: Option<&Path>) -> Vec<String> {
        let mut said = self.known().found(home);
        for supplement in self.supplements.iter().filter(|s| !s.chosen) {
            if let Some(path) = &supplement.commitment {
                said.push(format!(
                    "The commitment file of a supplement was found nearby and not chosen: {}.",
                    text::path(home, path)
                ));
            }
        }
        let later = self.nearby.iter().flat_map(|near| &near.supplemented_by);
        let missing: Vec<String> = later.map(|case| text::path(home, case)).collect();
        if self.supplements.is_empty() && !missing.is_empty() {
            said.push(format!(
                "This commitment is supplemented, by {}: add the bundle of each supplement, or the verdict is about a \
                 part.",
                missing.join(", ")
            ));
        }
        said
    }

    /// The commitment file beside a supplement's bundle.
    fn located(&mut self, bundle: &Path, nearby: &Nearby) -> bool {
        let mut known = self.supplements.iter_mut().filter(|s| s.bundle == bundle);
        let Some(supplement) = known.next() else {
            return false;
        };
        if supplement.commitment.is_none() {
            supplement.commitment.clone_from(&nearby.commitment);
        }
        true
    }

    /// Looks for signatures and time-stamps.
    fn vouch(&self, out: &mut Out) {
        let keys = self.keys.clone();
        let authorities = self.authorities.clone();
        let more = self.supplements.iter();
        let more = more.flat_map(|supplement| {
            let commitment = supplement.commitment.clone();
            let commitment = commitment.map(|path| ("The commitment of a supplement", path));
            let bundle = ("The bundle of a supplement", supplement.bundle.clone());
            commitment.into_iter().chain([bundle])
        });
        let more: Vec<(&'static str, PathBuf)> = more.collect();
        let vouch = |target: Target| {
            let mut files = vec![
                ("The commitment", target.commitment),
                ("The bundle", target.bundle.clone()),
            ];
            files.extend(more);
            Effect::Vouch(Vouching {
                about: target.bundle,
                files,
                keys,
                authorities,
            })
        };
        out.effects.extend(self.target().map(vouch));
    }

    /// What other screens can start from.
    fn known(&self) -> Known {
        Known {
            commitment: self.commitment.clone(),
            classifier: self.classifier.clone(),
            case: self.nearby.as_ref().and_then(|n| n.case.clone()),
            verified: self.verified,
            chosen: self.chosen,
        }
    }

    fn ask_where(&self, what: PromptFor, ending: &str, title: &str, hint: &str, out: &mut Out) {
        let name = self.bundle.file_name().unwrap_or_default();
        let name = format!("{}-{ending}", name.to_string_lossy());
        let path = self.bundle.with_file_name(name);
        let path = path.to_string_lossy().into_owned();
        out.ask(Overlay::Prompt(Prompt::new(what, title, hint, path)));
    }

    /// Writes the report or the certificate, of whatever the outcome was.
    fn write(&mut self, certificate: bool, path: &str, out: &mut Out) {
        let (Some(target), Some(report)) = (self.target(), &self.report) else {
            return;
        };
        let output = out.resolve(path);
        if output.starts_with(&self.bundle) {
            return out.toast("not inside the bundle: an added file would break its seal");
        }
        let given = (!self.verified).then(|| report.clone());
        let what = if certificate {
            What::Certificate(given)
        } else {
            What::Report(given)
        };
        let task = ExportTask {
            target,
            what,
            case: None,
            output,
        };
        self.writing = Some(out.start(Job::Export(Box::new(task))));
    }

    fn wrote(&mut self, ended: Ended, out: &mut Out) {
        self.writing = None;
        out.toast(match ended {
            Ended::Ok(Outcome::Exported(_, path)) => format!("saved {}", out.path(&path)),
            Ended::Failed(why) | Ended::Cancelled(why) => text::message(&why),
            Ended::Ok(_) => "the bundle was changed meanwhile: verify it again".to_owned(),
        });
    }

    fn report_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        let Some(report) = &self.report else {
            return false;
        };
        match key.code {
            _ if self.scroll.key(key) => {}
            KeyCode::Char('s') => self.ask_where(
                PromptFor::Report,
                "report.html",
                "Save the report",
                "A new file: a page to print (.html), data (.json), or text (.txt).",
                out,
            ),
            KeyCode::Char('d') => self.ask_where(
                PromptFor::Certificate,
                "certificate-draft.txt",
                "Save the draft of a certificate",
                "FRE 902(13)/(14), unsigned. A new file: .txt or .html.",
                out,
            ),
            KeyCode::Char('x' | 'u') if !report.verified() => {
                out.toast("this bundle does not verify: nothing is exported or audited from it");
            }
            KeyCode::Char('x' | 'u') if !self.supplements.is_empty() => {
                out.toast(
                    "exports and audits are of one bundle each: leave, and verify it without the others; the report (s) \
                     is about all of them",
                );
            }
            KeyCode::Char('x') => out.push(Export::new(self.bundle.clone(), self.known())),
            KeyCode::Char('u') => {
                let nearby = self.nearby.as_ref();
                out.push(Audit::new(self.bundle.clone(), self.known(), nearby));
            }
            KeyCode::Char('p') => self.pick_file(PickFor::Key, out),
            KeyCode::Char('t') => self.pick_file(PickFor::Authority, out),
            KeyCode::Char('a') => self.begin(out),
            _ => return false,
        }
        true
    }

    fn pick_file(&self, what: PickFor, out: &mut Out) {
        let start = self.bundle.parent().map_or(out.cwd.clone(), PathBuf::from);
        out.ask(Overlay::Picker(Picker::new(what, start)));
    }

    fn pick(&mut self, row: Row, out: &mut Out) {
        let (what, picking) = match row {
            Row::Bundle => (PickFor::VerifyBundle, None),
            Row::Commitment => (PickFor::Commitment, None),
            Row::Classifier | Row::Start => (PickFor::Classifier, None),
            Row::Supplement(at) => (PickFor::SupplementBundle, Some(at)),
            Row::Supplementary(at) => (PickFor::SupplementCommitment, Some(at)),
            Row::Add => (PickFor::SupplementBundle, None),
        };
        self.picking = picking;
        self.pick_file(what, out);
    }

    fn locate(&self, out: &mut Out) {
        out.effects.push(Effect::Locate(self.bundle.clone()));
    }
}

impl View for Verify {
    fn title(&self) -> String {
        format!("Verify {}", text::name(&self.bundle))
    }

    fn start(&mut self, out: &mut Out) {
        self.cursor.set(self.rows().len() - 1);
        self.locate(out);
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.choosing() {
            // What was found, and why it was not verified, may be longer than the screen.
            if matches!(key.code, KeyCode::PageUp | KeyCode::PageDown) {
                return self.scroll.key(key);
            }
            if self.cursor.key(key, self.rows().len()) {
                return true;
            }
            match (key.code, self.row()) {
                (KeyCode::Enter, Row::Start) => self.begin(out),
                (KeyCode::Enter, row) => self.pick(row, out),
                (KeyCode::Char('v'), _) => self.begin(out),
                (KeyCode::Delete, Row::Supplement(at) | Row::Supplementary(at)) => {
                    self.supplements.remove(at);
                    self.cursor.set(self.rows().len() - 1);
                }
                _ => return false,
            }
            return true;
        }
        if self.job.is_some() {
            if key.code == KeyCode::Char('c') {
                out.effects.extend(self.job.map(Effect::Cancel));
                out.toast("stopping after the check that runs");
                return true;
            }
            return false;
        }
        self.report_key(key, out)
    }

    fn event(&mut self, event: Event, out: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.job => self.at = at,
            Event::Checking(id, name) if Some(id) == self.job => {
                self.running = Some(name);
                self.at = Snapshot::default();
            }
            Event::Checked(id, check) if Some(id) == self.job => {
                self.running = None;
                self.checks.push(check);
            }
            Event::Done(id, ended) if Some(id) == self.writing => self.wrote(ended, out),
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                self.running = None;
                match ended {
                    Ended::Ok(Outcome::Verified(report, verified)) => {
                        self.report = Some(report);
                        self.verified = verified.is_some();
                        out.opened(Kind::Bundle, &self.bundle);
                    }
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            Event::Located(path, nearby) if path == self.bundle => {
                if self.commitment.is_none() {
                    self.commitment.clone_from(&nearby.commitment);
                }
                if self.classifier.is_none() {
                    let hash = nearby.bundles.iter().find(|b| b.path == path);
                    let found = hash.and_then(|b| nearby.classifier(&b.classifier_hash));
                    self.classifier = found.map(PathBuf::from);
                }
                for key in &nearby.keys {
                    if !self.keys.contains(key) {
                        self.keys.push(key.clone());
                    }
                }
                self.nearby = Some(nearby);
                self.vouch(out);
            }
            Event::Located(path, nearby) if self.located(&path, &nearby) => self.vouch(out),
            Event::Vouched(path, found) if path == self.bundle => self.vouched = found,
            other => return Some(other),
        }
        None
    }

    fn select(&mut self, row: usize, _: &mut Out) -> bool {
        self.cursor.set(row);
        self.choosing()
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        match answer {
            Answer::Picked(PickFor::VerifyBundle, path) => {
                self.bundle = path;
                // What was found beside another bundle says nothing about this one.
                self.commitment.take_if(|_| !self.chosen.commitment);
                self.classifier.take_if(|_| !self.chosen.classifier);
                self.locate(out);
            }
            Answer::Picked(PickFor::Commitment, path) => {
                self.commitment = Some(path);
                self.chosen.commitment = true;
            }
            Answer::Picked(PickFor::Classifier, path) => {
                self.classifier = Some(path);
                self.chosen.classifier = true;
            }
            Answer::Picked(PickFor::SupplementBundle, path) => {
                let supplement = Supplement {
                    bundle: path.clone(),
                    commitment: None,
                    chosen: false,
                };
                match self.picking.and_then(|at| self.supplements.get_mut(at)) {
                    Some(known) => *known = supplement,
                    None => self.supplements.push(supplement),
                }
                self.cursor.set(self.rows().len() - 1);
                out.effects.push(Effect::Locate(path));
            }
            Answer::Picked(PickFor::SupplementCommitment, path) => {
                let known = self.picking.and_then(|at| self.supplements.get_mut(at));
                known.into_iter().for_each(|known| {
                    known.commitment = Some(path.clone());
                    known.chosen = true;
                });
            }
            Answer::Picked(PickFor::Key, path) => {
                self.keys.insert(0, path);
                self.vouch(out);
            }
            Answer::Picked(PickFor::Authority, path) => {
                self.authorities.insert(0, path);
                self.vouch(out);
            }
            Answer::Typed(PromptFor::Report, path) => self.write(false, &path, out),
            Answer::Typed(PromptFor::Certificate, path) => self.write(true, &path, out),
            _ => {}
        }
    }

    fn shown(&mut self, _: &[Recent], out: &mut Out) {
        // A challenge may have been drawn or opened meanwhile.
        self.locate(out);
    }

    fn progress(&self) -> Option<&Snapshot> {
        Some(&self.at)
    }

    fn jobs(&self) -> Vec<JobId> {
        self.job.into_iter().chain(self.writing).collect()
    }

    fn busy(&self) -> Option<(JobId, &'static str)> {
        self.job.map(|id| (id, "The verification"))
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if self.choosing() {
            let mut keys = vec![(
                KeyCode::Enter,
                match self.row() {
                    Row::Start => "verify",
                    Row::Add => "add",
                    _ => "choose",
                },
            )];
            if matches!(self.row(), Row::Supplement(_) | Row::Supplementary(_)) {
                keys.push((KeyCode::Delete, "take it out"));
            }
            keys
        } else if self.report.is_some() {
            vec![
                (KeyCode::Char('s'), "report"),
                (KeyCode::Char('d'), "certificate"),
                (KeyCode::Char('x'), "export"),
                (KeyCode::Char('u'), "audit"),
                (KeyCode::Char('p'), "key"),
                (KeyCode::Char('a'), "again"),
                (KeyCode::Down, "more"),
            ]
        } else {
            vec![(KeyCode::Char('c'), "cancel")]
        }
    }

    fn help(&self) -> Keys {
        &[
            ("⏎", "choose a file; on the last row: verify"),
            (
                "⏎ Del",
                "add the bundle of a supplement, to verify the chain of commitments; take it out",
            ),
            ("v c", "verify; while it runs: cancel"),
            (
                "s d",
                "afterwards: save the report; the draft of a certificate",
            ),
            ("x", "afterwards: export a production, logs, the report"),
            ("u", "afterwards: a random audit of what was not produced"),
            (
                "p t",
                "check signatures with a key, time-stamps with a certificate",
            ),
            ("a", "afterwards: verify again"),
            ("↑ ↓", "read on in the verdict"),
        ]
    }
}
