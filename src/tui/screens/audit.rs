//! The random audit of a bundle, before the judge: draw, open, check.

use super::export::Known;
use super::form::{Form, Pressed, Value};
use super::{Keys, View, audit_view};
use crate::audit::challenge::Size;
use crate::audit::{AuditReport, Challenge, Rereading, Stratum};
use crate::tui::canvas::Canvas;
use crate::tui::engine::{AuditTask, Nearby, Target};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot};
use crate::tui::input::Input;
use crate::tui::overlay::{Answer, Confirm, Overlay, PickFor, Picker, Question};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use std::path::{Path, PathBuf};

const STEPS: [&str; 4] = [
    "requester: draw a sample",
    "responder: open it in camera",
    "judge: check what was opened",
    "anybody: read what was produced again",
];
const STRATA: [(Stratum, &str); 4] = [
    (Stratum::NotResponsive, "items that do not match"),
    (Stratum::Exceptions, "items that could not be searched"),
    (Stratum::All, "both"),
    (Stratum::Withheld, "withheld items"),
];
pub(super) const DRAW: usize = 0;
pub(super) const OPEN: usize = 1;
pub(super) const CHECK: usize = 2;

/// How the last step ended.
#[derive(Debug)]
pub(super) enum Done {
    Drawn(Box<Challenge>, PathBuf),
    Opened(usize, PathBuf),
    Audited(Box<AuditReport>),
    Reread(Box<Rereading>),
    Refused(Vec<String>),
    Failed(String),
}

/// The screen.
#[derive(Debug)]
pub struct Audit {
    bundle: PathBuf,
    known: Known,
    pub(super) form: Form,
    pub(super) job: Option<JobId>,
    pub(super) at: Snapshot,
    pub(super) done: Option<Done>,
    pub(super) scroll: usize,
}

impl Audit {
    /// For a bundle, and what lies around it.
    pub fn new(bundle: PathBuf, known: Known, nearby: Option<&Nearby>) -> Self {
        let first = |list: Option<&Vec<PathBuf>>| list.and_then(|l| l.first().cloned());
        let challenge = first(nearby.map(|n| &n.challenges));
        let openings = first(nearby.map(|n| &n.openings));
        // Whoever comes back finds the step that is next.
        let step = match (&challenge, &openings, &known.case) {
            (Some(_), Some(_), _) => CHECK,
            (Some(_), None, Some(_)) => OPEN,
            _ => DRAW,
        };
        let beside = |ending: &str| {
            let name = bundle.file_name().unwrap_or_default().to_string_lossy();
            let path = bundle.with_file_name(format!("{name}-{ending}"));
            Value::Text(Input::new(path.to_string_lossy()))
        };
        let text = |text: &str| Value::Text(Input::new(text));
        let form = Form::default()
            .with("step", "Step", Value::Choice(STEPS.to_vec(), step))
            .with(
                "stratum",
                "Drawn from",
                Value::Choice(STRATA.map(|(_, name)| name).to_vec(), 0),
            )
            .with("margin", "Margin of error, %", text("5"))
            .with("confidence", "Confidence, %", text("95"))
            .with("nonce", "Nonce", text(""))
            .with(
                "case",
                "Case",
                Value::File(PickFor::Case, known.case.clone()),
            )
            .with(
                "challenge",
                "Challenge",
                Value::File(PickFor::Challenge, challenge),
            )
            .with(
                "openings",
                "Opened items",
                Value::File(PickFor::Openings, openings),
            )
            .with("labels", "Labels", Value::File(PickFor::Labels, None))
            .with("draw-to", "Write to", beside("challenge.json"))
            .with("open-to", "Write to", beside("in-camera"))
            .with("go", "Go on", Value::Button);
        let mut screen = Audit {
            bundle,
            known,
            form,
            job: None,
            at: Snapshot::default(),
            done: None,
            scroll: 0,
        };
        screen.settle();
        screen
    }

    fn settle(&mut self) {
        let step = self.form.choice("step");
        self.form.show(|id| match id {
            "stratum" | "margin" | "confidence" | "nonce" | "draw-to" => step == DRAW,
            "case" | "open-to" => step == OPEN,
            "challenge" => step == OPEN || step == CHECK,
            "openings" | "labels" => step == CHECK,
            _ => true,
        });
    }

    fn target(&self) -> Result<Target, String> {
        match (&self.known.commitment, &self.known.classifier) {
            (Some(commitment), Some(classifier)) => Ok(Target {
                bundle: self.bundle.clone(),
                commitment: commitment.clone(),
                classifier: classifier.clone(),
            }),
            _ => Err(
                "commitment file or classifier file are not at hand: verify the bundle first, with v"
                    .to_owned(),
            ),
        }
    }

    fn task(&self, out: &Out) -> Result<AuditTask, String> {
        let file = |id: &str, what: &str| {
            let path = self.form.file(id).map(Path::to_owned);
            path.ok_or_else(|| format!("choose {what} first"))
        };
        let number = |id: &str, what: &str| {
            let typed = self.form.text(id);
            let number = typed.replace(',', ".").parse::<f64>();
            number.map_err(|_| format!("{what} is a number, not '{typed}'"))
        };
        let target = self.target()?;
        Ok(match self.form.choice("step") {
            DRAW => AuditTask::Draw {
                target,
                verified: self.known.verified.clone(),
                stratum: STRATA[self.form.choice("stratum").min(STRATA.len() - 1)].0,
                confidence: number("confidence", "the confidence")?,
                size: Size::Margin(number("margin", "the margin of error")?),
                nonce: Some(self.form.text("nonce").to_owned()).filter(|n| !n.is_empty()),
                output: out.resolve(self.form.text("draw-to")),
            },
            OPEN => AuditTask::Open {
                target,
                case: file("case", "the case")?,
                challenge: file("challenge", "the challenge")?,
                output: out.resolve(self.form.text("open-to")),
            },
            CHECK => AuditTask::Check {
                target,
                verified: self.known.verified.clone(),
                challenge: file("challenge", "the challenge")?,
                openings: file("openings", "the folder with the opened items")?,
                labels: self.form.file("labels").map(Path::to_owned),
            },
            _ => AuditTask::Reread {
                target,
                verified: self.known.verified.clone(),
            },
        })
    }

    fn ask(&mut self, out: &mut Out) {
        match self.task(out) {
            Err(why) => out.toast(text::clean(&why)),
            Ok(AuditTask::Open { output, .. }) => out.ask(Overlay::Confirm(Confirm::new(
                Question::OpenSample,
                "Open these documents?",
                vec![
                    "The sampled documents were not produced. They are written, readable, into"
                        .to_owned(),
                    text::path(&output),
                    String::new(),
                    "Hand them to the judge only. The custody log records it.".to_owned(),
                ],
                "open",
            ))),
            Ok(_) => self.begin(out),
        }
    }

    fn begin(&mut self, out: &mut Out) {
        match self.task(out) {
            Err(why) => out.toast(text::clean(&why)),
            Ok(task) => {
                self.done = None;
                self.scroll = 0;
                self.at = Snapshot::default();
                self.job = Some(out.start(Job::Audit(Box::new(task))));
            }
        }
    }

    fn ended(&mut self, ended: Ended) {
        self.done = match ended {
            Ended::Ok(Outcome::Drawn(challenge, path)) => {
                self.form.set_file(PickFor::Challenge, path.clone(), true);
                Some(Done::Drawn(challenge, path))
            }
            Ended::Ok(Outcome::Opened(items, path)) => {
                self.form.set_file(PickFor::Openings, path.clone(), true);
                Some(Done::Opened(items, path))
            }
            Ended::Ok(Outcome::Audited(report)) => Some(Done::Audited(report)),
            Ended::Ok(Outcome::Reread(report)) => Some(Done::Reread(report)),
            Ended::Ok(Outcome::Verified(report, _)) => Some(Done::Refused(report.failures())),
            Ended::Failed(why) | Ended::Cancelled(why) => Some(Done::Failed(why)),
            Ended::Ok(_) => None,
        };
    }
}

impl View for Audit {
    fn title(&self) -> String {
        format!("Audit {}", text::name(&self.bundle))
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if let Some(job) = self.job {
            if key.code == KeyCode::Char('c') {
                out.effects.push(Effect::Cancel(job));
                return true;
            }
            return false;
        }
        match key.code {
            KeyCode::PageDown => self.scroll = (self.scroll + 5).min(100_000),
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(5),
            _ => match self.form.key(key) {
                Pressed::Nothing => return false,
                Pressed::Moved => self.settle(),
                Pressed::Pick(what) => {
                    let start = self.bundle.parent().map_or(out.cwd.clone(), PathBuf::from);
                    out.ask(Overlay::Picker(Picker::new(what, start)));
                }
                Pressed::Button(_) => self.ask(out),
            },
        }
        true
    }

    fn paste(&mut self, text: &str, _: &mut Out) {
        self.form.paste(text);
    }

    fn event(&mut self, event: Event, _: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.job => self.at = at,
            Event::Checking(id, _) | Event::Checked(id, _) if Some(id) == self.job => {}
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                self.ended(ended);
            }
            other => return Some(other),
        }
        None
    }

    fn select(&mut self, row: usize, _: &mut Out) -> bool {
        self.job.is_none() && self.form.select(row)
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        match answer {
            Answer::Picked(what, path) => self.form.set_file(what, path, true),
            Answer::Yes(Question::OpenSample) => self.begin(out),
            _ => {}
        }
    }

    fn busy(&self) -> Option<(JobId, &'static str)> {
        self.job.map(|id| (id, "The audit"))
    }

    fn progress(&self) -> Option<&Snapshot> {
        Some(&self.at)
    }

    fn typing(&self) -> bool {
        self.job.is_none() && self.form.typing()
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if self.job.is_some() {
            return vec![(KeyCode::Char('c'), "cancel")];
        }
        let mut keys = vec![
            (KeyCode::Tab, "next row"),
            (KeyCode::Enter, self.form.enter()),
        ];
        if matches!(self.done, Some(Done::Audited(_) | Done::Reread(_))) {
            keys.push((KeyCode::PageDown, "more"));
        }
        if self.typing() {
            keys.push((KeyCode::Esc, "back"));
        } else {
            keys.push((KeyCode::Right, "other choice"));
        }
        keys
    }

    fn help(&self) -> Keys {
        &[
            ("← → Space", "another step"),
            ("Tab ↑ ↓", "next row, previous row"),
            ("⏎", "on a file: choose; on the last row: go on"),
            ("Del", "on a file: none"),
            ("PgDn PgUp", "read on in the result"),
            ("c", "while it works: cancel"),
        ]
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        audit_view::draw(self, canvas, area);
    }
}
