//! What can be written from a bundle: productions for review platforms, logs, reports. Nothing is
//! written from a bundle that does not verify.

use super::form::{Form, Pressed, Value};
use super::{Keys, View};
use crate::export::{Bates, ExportOptions, Profile, bates};
use crate::tui::canvas::Canvas;
use crate::tui::engine::{ExportTask, Target, What};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot};
use crate::tui::input::Input;
use crate::tui::overlay::{Answer, Confirm, Overlay, PickFor, Picker, Question};
use crate::tui::state::Out;
use crate::tui::text;
use crate::verify::{Report, VerifiedBundle};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const KINDS: [&str; 5] = [
    "production for a review platform",
    "privilege log",
    "exceptions log",
    "report to read and print",
    "draft of a certificate",
];
const PROFILES: [&str; 5] = ["Relativity", "Nuix", "Everlaw", "Logikcull", "CSV"];

/// What is known about the bundle when the screen opens.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The commitment file.
    pub commitment: Option<PathBuf>,
    /// The classifier file.
    pub classifier: Option<PathBuf>,
    /// The responder's case.
    pub case: Option<PathBuf>,
    /// The bundle, if it was verified in this program.
    pub verified: Option<Arc<VerifiedBundle>>,
}

/// The screen.
#[derive(Debug)]
pub struct Export {
    bundle: PathBuf,
    known: Known,
    form: Form,
    /// The suggestion for the name, replaced as long as nobody changed it.
    suggested: String,
    job: Option<JobId>,
    checking: Option<&'static str>,
    at: Snapshot,
    done: Option<(Vec<String>, PathBuf)>,
    refused: Option<Box<Report>>,
    error: Option<String>,
}

impl Export {
    /// For a bundle.
    pub fn new(bundle: PathBuf, known: Known) -> Self {
        let yes_no = || Value::Choice(vec!["no", "yes"], 0);
        let form = Form::default()
            .with("kind", "What", Value::Choice(KINDS.to_vec(), 0))
            .with("profile", "Platform", Value::Choice(PROFILES.to_vec(), 0))
            .with("prefix", "Prefix", Value::Text(Input::new("PROD")))
            .with("start", "First number", Value::Text(Input::new("1")))
            .with("slips", "Placeholders for withheld", yes_no())
            .with(
                "subjects",
                "Subjects in the log",
                Value::Choice(vec!["shown", "left out"], 0),
            )
            .with("designation", "Designation", Value::Text(Input::default()))
            .with("format", "Format", Value::Choice(vec!["CSV", "XLSX"], 0))
            .with(
                "case",
                "Case",
                Value::File(PickFor::Case, known.case.clone()),
            )
            .with("output", "Write to", Value::Text(Input::default()))
            .with("go", "Write", Value::Button);
        let mut screen = Export {
            bundle,
            known,
            form,
            suggested: String::new(),
            job: None,
            checking: None,
            at: Snapshot::default(),
            done: None,
            refused: None,
            error: None,
        };
        screen.settle();
        screen
    }

    /// Shows the rows that the kind needs, and suggests a name.
    fn settle(&mut self) {
        let kind = self.form.choice("kind");
        self.form.show(|id| match id {
            "kind" | "output" | "go" => true,
            "profile" | "prefix" | "start" | "slips" | "designation" => kind == 0,
            "subjects" => kind <= 1,
            "case" => kind <= 2,
            "format" => kind == 1 || kind == 2,
            _ => false,
        });
        let sheet = ["csv", "xlsx"][self.form.choice("format").min(1)];
        let ending = match kind {
            0 => format!("production-{}", self.profile().id()),
            1 => format!("privilege-log.{sheet}"),
            2 => format!("exceptions.{sheet}"),
            3 => "report.html".to_owned(),
            _ => "certificate-draft.txt".to_owned(),
        };
        let name = self.bundle.file_name().unwrap_or_default();
        let name = format!("{}-{ending}", name.to_string_lossy());
        let path = self.bundle.with_file_name(name);
        let path = path.to_string_lossy().into_owned();
        if self.form.text("output") == self.suggested {
            self.form.set_text("output", path.clone());
            self.suggested = path;
        }
    }

    fn profile(&self) -> Profile {
        Profile::ALL[self.form.choice("profile").min(Profile::ALL.len() - 1)]
    }

    fn options(&self) -> Result<ExportOptions, String> {
        let start = self.form.text("start");
        let start = start
            .parse()
            .map_err(|_| format!("the first number is a number, not '{start}'"))?;
        let prefix = self.form.text("prefix");
        let bates = Bates::new(prefix, start, bates::DEFAULT_WIDTH).map_err(|e| e.to_string())?;
        let profile = self.profile();
        profile.check(&bates).map_err(|e| e.to_string())?;
        Ok(ExportOptions {
            confidentiality: self.form.text("designation").to_owned(),
            slip_sheets: self.form.choice("slips") == 1,
            log_subjects: self.form.choice("subjects") == 0,
            ..ExportOptions::new(profile, bates)
        })
    }

    fn what(&self) -> Result<What, String> {
        Ok(match self.form.choice("kind") {
            0 => What::Production(Box::new(self.options()?)),
            1 => What::PrivilegeLog(self.form.choice("subjects") == 0),
            2 => What::Exceptions,
            3 => What::Report(None),
            _ => What::Certificate(None),
        })
    }

    fn target(&self) -> Result<Target, String> {
        let need = |path: &Option<PathBuf>, what: &str| {
            path.clone()
                .ok_or_else(|| format!("{what} is not at hand: verify the bundle first, with v"))
        };
        Ok(Target {
            bundle: self.bundle.clone(),
            commitment: need(&self.known.commitment, "the commitment file")?,
            classifier: need(&self.known.classifier, "the classifier file")?,
        })
    }

    fn task(&self, out: &Out) -> Result<ExportTask, String> {
        let output = self.form.text("output");
        if output.is_empty() {
            return Err("say where to write".to_owned());
        }
        let case = self.form.file("case").map(Path::to_owned);
        Ok(ExportTask {
            target: self.target()?,
            verified: self.known.verified.clone(),
            what: self.what()?,
            case: case.filter(|_| self.form.choice("kind") <= 2),
            output: out.resolve(output),
        })
    }

    fn ask(&mut self, out: &mut Out) {
        match self.task(out) {
            Err(why) => out.toast(text::clean(&why)),
            Ok(task) if matches!(task.what, What::Production(_)) => {
                let from = if self.known.verified.is_some() {
                    "The bundle was verified here."
                } else {
                    "The bundle is verified first; nothing is written if it fails."
                };
                out.ask(Overlay::Confirm(Confirm::new(
                    Question::Export,
                    "Write this production?",
                    vec![
                        format!(
                            "For {}, numbered from {}{}, into {}",
                            PROFILES[self.form.choice("profile").min(4)],
                            self.form.text("prefix"),
                            self.form.text("start"),
                            text::path(&task.output),
                        ),
                        String::new(),
                        from.to_owned(),
                        "What is in it, its receiver can read.".to_owned(),
                    ],
                    "write",
                )));
            }
            Ok(_) => self.begin(out),
        }
    }

    fn begin(&mut self, out: &mut Out) {
        match self.task(out) {
            Err(why) => out.toast(text::clean(&why)),
            Ok(task) => {
                self.error = None;
                self.refused = None;
                self.done = None;
                self.at = Snapshot::default();
                self.job = Some(out.start(Job::Export(Box::new(task))));
            }
        }
    }

    fn draw_below(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        let mut lines = Vec::new();
        let title = if self.job.is_some() {
            "Writing"
        } else if self.done.is_some() {
            "Written"
        } else {
            ""
        };
        let inner = canvas.block(area, title, self.job.is_some());
        if self.job.is_some() {
            let mut now = self.at.clone();
            if let Some(name) = self.checking {
                now.note = format!("verifying first: {name}");
                if now.label.is_empty() {
                    name.clone_into(&mut now.label);
                }
            }
            return canvas.progress(inner, &now, false);
        }
        if let Some(error) = &self.error {
            lines.push(Line::styled(text::clean(error), theme.bad()));
        } else if let Some(report) = &self.refused {
            let say = "The bundle does not verify, so nothing was written.";
            lines.push(Line::styled(say, theme.bad()));
            let failures = report.failures();
            lines.extend(failures.iter().map(|f| Line::from(text::clean(f))));
        } else if let Some((what, path)) = &self.done {
            lines.extend(what.iter().map(|l| Line::from(text::clean(l))));
            lines.push(Line::default());
            lines.push(Line::styled(text::path(path), theme.strong()));
        } else {
            let verified = if self.known.verified.is_some() {
                "The bundle was verified in this program."
            } else {
                "The bundle is verified first."
            };
            let kind = match self.form.choice("kind") {
                0 => {
                    "A folder with the load file, natives, text, images, privilege log, log of \
                     departures and hashes. The case adds author, date and recipients to the logs."
                }
                1 => {
                    "Every withheld item with its ground (FRCP 26(b)(5)). The case adds author, date \
                      and recipients."
                }
                2 => "Every item that could not be processed, and why.",
                3 => {
                    "One page on top in plain words, then the details. The name's ending decides: \
                      .html, .json or .txt."
                }
                _ => {
                    "FRE 902(13) and (14), for a qualified person to complete and sign. The name's \
                      ending decides: .html or .txt."
                }
            };
            lines.push(Line::from(kind));
            lines.push(Line::styled(verified, theme.dim()));
        }
        canvas.wrapped(inner, lines, 0);
    }
}

impl View for Export {
    fn title(&self) -> String {
        format!("Export {}", text::name(&self.bundle))
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if let Some(job) = self.job {
            if key.code == KeyCode::Char('c') {
                out.effects.push(Effect::Cancel(job));
                return true;
            }
            return false;
        }
        match self.form.key(key) {
            Pressed::Nothing => return false,
            Pressed::Moved => self.settle(),
            Pressed::Pick(what) => {
                let start = self.bundle.parent().map_or(out.cwd.clone(), PathBuf::from);
                out.ask(Overlay::Picker(Picker::new(what, start)));
            }
            Pressed::Button(_) => self.ask(out),
        }
        true
    }

    fn paste(&mut self, text: &str, _: &mut Out) {
        self.form.paste(text);
    }

    fn event(&mut self, event: Event, _: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.job => self.at = at,
            Event::Checking(id, name) if Some(id) == self.job => {
                self.checking = Some(name);
                self.at = Snapshot::default();
            }
            Event::Checked(id, _) if Some(id) == self.job => self.checking = None,
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                self.checking = None;
                match ended {
                    Ended::Ok(Outcome::Exported(lines, path)) => self.done = Some((lines, path)),
                    Ended::Ok(Outcome::Verified(report, _)) => self.refused = Some(report),
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
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
            Answer::Yes(Question::Export) => self.begin(out),
            _ => {}
        }
    }

    fn busy(&self) -> Option<(JobId, &'static str)> {
        self.job.map(|id| (id, "The export"))
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
        if self.typing() {
            keys.push((KeyCode::Esc, "back"));
        } else {
            keys.push((KeyCode::Right, "other choice"));
        }
        keys
    }

    fn help(&self) -> Keys {
        &[
            ("Tab ↑ ↓", "next row, previous row"),
            ("← → Space", "another choice"),
            ("⏎", "on a file: choose; on the last row: write"),
            ("Del", "on a file: none"),
            ("c", "while writing: cancel; nothing is left behind"),
        ]
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let rows = self.form.len() as u16 + 2;
        let [head, below] = Layout::vertical([
            Constraint::Length(rows.min(area.height.saturating_sub(6))),
            Constraint::Min(0),
        ])
        .areas(area);
        let inner = canvas.block(head, "From a verified bundle", self.job.is_none());
        self.form.draw(canvas, inner, self.job.is_none());
        self.draw_below(canvas, below);
    }
}
