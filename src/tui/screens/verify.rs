//! What a judge sees: checks, one by one, and a verdict.

use super::export::{Chosen, Known};
use super::{Audit, Export, Keys, View};
use crate::sign::Beside;
use crate::tui::cursor::Cursor;
use crate::tui::engine::{ExportTask, Nearby, Target, What};
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

/// The rows: three files, and the start.
pub(super) const INPUTS: usize = 4;

impl Verify {
    /// For a bundle, with the other two files if they are known.
    pub fn new(bundle: PathBuf, commitment: Option<PathBuf>, classifier: Option<PathBuf>) -> Self {
        Verify {
            bundle,
            commitment,
            classifier,
            chosen: Chosen::default(),
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
        self.job = Some(out.start(Job::Verify(target)));
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
        self.known().found(home)
    }

    /// Looks for signatures and time-stamps.
    fn vouch(&self, out: &mut Out) {
        let keys = self.keys.clone();
        let authorities = self.authorities.clone();
        let vouch = |target: Target| {
            Effect::Vouch(Vouching {
                about: target.bundle.clone(),
                files: vec![
                    ("The commitment", target.commitment),
                    ("The bundle", target.bundle),
                ],
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

    fn pick(&self, row: usize, out: &mut Out) {
        let what = [
            PickFor::VerifyBundle,
            PickFor::Commitment,
            PickFor::Classifier,
        ][row.min(2)];
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
        self.cursor.set(INPUTS - 1);
        self.locate(out);
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.choosing() {
            // What was found, and why it was not verified, may be longer than the screen.
            if matches!(key.code, KeyCode::PageUp | KeyCode::PageDown) {
                return self.scroll.key(key);
            }
            if self.cursor.key(key, INPUTS) {
                return true;
            }
            match key.code {
                KeyCode::Enter if self.cursor.get(INPUTS) == INPUTS - 1 => self.begin(out),
                KeyCode::Enter => self.pick(self.cursor.get(INPUTS), out),
                KeyCode::Char('v') => self.begin(out),
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
            let enter = if self.cursor.get(INPUTS) == INPUTS - 1 {
                "verify"
            } else {
                "choose"
            };
            vec![(KeyCode::Enter, enter)]
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
