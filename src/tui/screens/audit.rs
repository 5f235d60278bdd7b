//! The random audit of a bundle, before the judge: draw, open, check.

use super::Keys;
use super::desk::{About, Desk};
use super::export::Known;
use super::form::{Form, Value};
use super::request_guard::Questions;
use crate::audit::challenge::Size;
use crate::audit::{AuditReport, Challenge, Rereading, Stratum};
use crate::tui::engine::{AuditTask, Nearby, Target};
use crate::tui::event::{Ended, Job, Outcome};
use crate::tui::input::Input;
use crate::tui::overlay::{Confirm, Overlay, PickFor, Question};
use crate::tui::state::Out;
use crate::tui::text;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const STEPS: [&str; 4] = [
    "requester: draw a sample",
    "responder: open it in camera",
    "judge: check what was opened",
    "anybody: read what was produced again",
];
const STRATA: [(Stratum, &str); 5] = [
    (Stratum::NotResponsive, "items that do not match"),
    (Stratum::Exceptions, "items that could not be searched"),
    (Stratum::All, "all that the search did not find"),
    (Stratum::Withheld, "withheld items"),
    (Stratum::Partly, "items that were read in part"),
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
    pub(super) known: Known,
    pub(super) desk: Desk,
    pub(super) done: Option<Done>,
    guard: Questions,
    /// The case and the challenge that what was asked is about.
    guarded: Asked,
}

/// A case and a challenge.
type Asked = (Option<PathBuf>, Option<PathBuf>);

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
            .with("items", "Items", text(""))
            .or("as many as the margin needs; or a number")
            .with("nonce", "Nonce", text(""))
            .or("words spoken in court; empty: from this machine")
            .with("number", "Number", text(""))
            .or("after the audits that the bundle states; or a number")
            .with("deadline", "Answer due by", text(""))
            .or("no deadline; or a date, or a time such as 2026-05-03T17:00:00Z")
            // One that was found is not taken: whose documents are opened, a person says.
            .with("case", "Case", Value::File(PickFor::Case, None))
            .or("the case that the bundle was made in")
            .with(
                "challenge",
                "Challenge",
                Value::File(PickFor::Challenge, challenge),
            )
            .found()
            .with(
                "openings",
                "Opened items",
                Value::File(PickFor::Openings, openings),
            )
            .found()
            .with("labels", "Labels", Value::File(PickFor::Labels, None))
            .or("none yet")
            .with("received", "Received", text(""))
            .or("not stated; or when the answer came, such as 2026-05-03T17:00:00Z")
            .with("again", "Once more because", text(""))
            .or("these items were not sampled before; or why they are again")
            .with("allow", "Allow", text(""))
            .or("nothing; or 12=REASON; 14=REASON for what contains something withheld")
            .with("draw-to", "Write to", beside("challenge.json"))
            .with("open-to", "Write to", beside("in-camera"))
            .with("go", "Go on", Value::Button);
        let mut screen = Audit {
            bundle,
            known,
            desk: Desk::new(form),
            done: None,
            guard: Questions::default(),
            guarded: Asked::default(),
        };
        screen.settle();
        screen
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
            let path = self.desk.form.file(id).map(Path::to_owned);
            path.ok_or_else(|| format!("choose {what} first"))
        };
        let number = |id: &str, what: &str| {
            let typed = self.desk.form.text(id);
            let number = typed.replace(',', ".").parse::<f64>();
            number.map_err(|_| format!("{what} is a number, not '{typed}'"))
        };
        let typed = |id: &str| Some(self.desk.form.text(id).to_owned()).filter(|t| !t.is_empty());
        let target = self.target()?;
        Ok(match self.desk.form.choice("step") {
            DRAW => AuditTask::Draw {
                target,
                stratum: STRATA[self.desk.form.choice("stratum").min(STRATA.len() - 1)].0,
                confidence: number("confidence", "the confidence")?,
                size: match self.desk.form.text("items") {
                    "" => Size::Margin(number("margin", "the margin of error")?),
                    typed => Size::Items(
                        typed
                            .parse()
                            .map_err(|_| format!("the items are a number, not '{typed}'"))?,
                    ),
                },
                nonce: typed("nonce"),
                number: typed("number")
                    .map(|typed| {
                        (typed.parse().ok().filter(|n| *n > 0)).ok_or_else(|| {
                            format!("the audit's number is a number from 1, not '{typed}'")
                        })
                    })
                    .transpose()?,
                deadline: typed("deadline"),
                output: out.resolve(self.desk.form.text("draw-to")),
            },
            OPEN => AuditTask::Open {
                target,
                case: file("case", "the case")?,
                challenge: file("challenge", "the challenge")?,
                again: typed("again"),
                allow: typed("allow").map_or_else(
                    || self.guard.allowances(),
                    |list| {
                        let parts = list.split(';').map(str::trim);
                        let parts = parts.filter(|p| !p.is_empty()).map(str::to_owned);
                        parts.chain(self.guard.allowances()).collect()
                    },
                ),
                output: out.resolve(self.desk.form.text("open-to")),
            },
            CHECK => AuditTask::Check {
                target,
                challenge: file("challenge", "the challenge")?,
                openings: file("openings", "the folder with the opened items")?,
                labels: self.desk.form.file("labels").map(Path::to_owned),
                received: typed("received")
                    .map(|typed| {
                        OffsetDateTime::parse(&typed, &Rfc3339).map_err(|_| {
                            format!("'{typed}' is not a time such as 2026-05-03T17:00:00Z")
                        })
                    })
                    .transpose()?,
            },
            _ => AuditTask::Reread { target },
        })
    }

    fn asked(&self) -> Asked {
        let file = |id: &str| self.desk.form.file(id).map(Path::to_owned);
        (file("case"), file("challenge"))
    }

    fn begin(&mut self, out: &mut Out) {
        match self.task(out) {
            Err(why) => out.toast(text::message(&why)),
            Ok(task) => {
                self.done = None;
                self.desk.begin(Job::Audit(Box::new(task)), out);
            }
        }
    }
}

impl About for Audit {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }

    fn name(&self) -> String {
        format!("Audit {}", text::name(&self.bundle))
    }

    fn work(&self) -> &'static str {
        "The audit"
    }

    fn near(&self) -> &Path {
        &self.bundle
    }

    fn settle(&mut self) {
        if self.asked() != self.guarded {
            self.guard.forget();
            self.guarded = self.asked();
        }
        let step = self.desk.form.choice("step");
        self.desk.form.show(|id| match id {
            "stratum" | "margin" | "confidence" | "items" | "nonce" | "number" | "deadline"
            | "draw-to" => step == DRAW,
            "case" | "again" | "allow" | "open-to" => step == OPEN,
            "challenge" => step == OPEN || step == CHECK,
            "openings" | "labels" | "received" => step == CHECK,
            _ => true,
        });
    }

    fn go(&mut self, out: &mut Out) {
        if self.desk.form.choice("step") == OPEN && self.guard.ask(out) {
            return;
        }
        match self.task(out) {
            Err(why) => out.toast(text::message(&why)),
            Ok(AuditTask::Open { output, .. }) => out.ask(Overlay::Confirm(Confirm::new(
                Question::OpenSample,
                "Open these documents?",
                vec![
                    "The sampled documents were not produced. They are written, readable, into"
                        .to_owned(),
                    out.path(&output),
                    String::new(),
                    "Hand them to the judge only. The custody log records it.".to_owned(),
                ],
                "open",
            ))),
            Ok(_) => self.begin(out),
        }
    }

    fn yes(&mut self, question: Question, out: &mut Out) {
        if question == Question::OpenSample {
            self.begin(out);
        }
    }

    fn allowed(&mut self, allowed: Vec<(u32, String)>, out: &mut Out) {
        if self.guard.answer(allowed) {
            self.begin(out);
        }
    }

    fn ended(&mut self, ended: Ended, _: &mut Out) {
        let form = &mut self.desk.form;
        self.done = match ended {
            Ended::Ok(Outcome::Drawn(challenge, path)) => {
                form.set_file(PickFor::Challenge, path.clone(), true);
                Some(Done::Drawn(challenge, path))
            }
            Ended::Ok(Outcome::Opened(items, path)) => {
                form.set_file(PickFor::Openings, path.clone(), true);
                Some(Done::Opened(items, path))
            }
            Ended::Ok(Outcome::Audited(report)) => Some(Done::Audited(report)),
            Ended::Ok(Outcome::Reread(report)) => Some(Done::Reread(report)),
            Ended::Ok(Outcome::Verified(report, _)) => Some(Done::Refused(report.failures())),
            Ended::Ok(Outcome::Guarded(refusal)) => Some(Done::Failed(self.guard.take(&refusal))),
            Ended::Failed(why) | Ended::Cancelled(why) => Some(Done::Failed(why)),
            Ended::Ok(_) => None,
        };
    }

    fn explain(&self) -> Keys {
        &[
            ("← → Space", "another step"),
            ("Tab ↑ ↓", "next row, previous row"),
            ("⏎", "on a file: choose; on the last row: go on"),
            ("Del", "on a file: none"),
            ("PgDn PgUp", "read on in the result"),
            ("c", "while it works: cancel"),
        ]
    }
}
