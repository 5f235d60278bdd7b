//! What a judge sees: checks, one by one, and a verdict.

use super::{Keys, View};
use crate::tui::canvas::{Canvas, Hit, wrap};
use crate::tui::cursor::Cursor;
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot};
use crate::tui::overlay::{Answer, Overlay, PickFor, Picker, Prompt, PromptFor};
use crate::tui::recent::Kind;
use crate::tui::state::Out;
use crate::tui::text;
use crate::verify::{Check, Report, Status};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use std::path::PathBuf;

/// The screen.
#[derive(Debug)]
pub struct Verify {
    bundle: PathBuf,
    commitment: Option<PathBuf>,
    classifier: Option<PathBuf>,
    cursor: Cursor,
    job: Option<JobId>,
    at: Snapshot,
    running: Option<&'static str>,
    checks: Vec<Check>,
    report: Option<Box<Report>>,
    error: Option<String>,
    scroll: u16,
}

const INPUTS: usize = 4;

impl Verify {
    /// For a bundle, with the other two files if they are known.
    pub fn new(bundle: PathBuf, commitment: Option<PathBuf>, classifier: Option<PathBuf>) -> Self {
        Verify {
            bundle,
            commitment,
            classifier,
            cursor: Cursor::default(),
            job: None,
            at: Snapshot::default(),
            running: None,
            checks: Vec::new(),
            report: None,
            error: None,
            scroll: 0,
        }
    }

    fn choosing(&self) -> bool {
        self.job.is_none() && self.report.is_none()
    }

    fn begin(&mut self, out: &mut Out) {
        let (Some(commitment), Some(classifier)) = (&self.commitment, &self.classifier) else {
            return out.toast("choose the commitment file and the classifier file first");
        };
        let job = Job::Verify(self.bundle.clone(), commitment.clone(), classifier.clone());
        self.job = Some(out.start(job));
        self.checks.clear();
        self.error = None;
        self.scroll = 0;
    }

    fn pick(&self, row: usize, out: &mut Out) {
        let what = [
            PickFor::VerifyBundle,
            PickFor::Commitment,
            PickFor::Classifier,
        ][row.min(2)];
        let start = self.bundle.parent().map_or(out.cwd.clone(), PathBuf::from);
        out.ask(Overlay::Picker(Picker::new(what, start)));
    }

    fn locate(&self, out: &mut Out) {
        if self.commitment.is_none() || self.classifier.is_none() {
            out.effects.push(Effect::Locate(self.bundle.clone()));
        }
    }

    fn draw_inputs(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let inner = canvas.block(area, "What is verified", self.choosing());
        let width = usize::from(inner.width).saturating_sub(26);
        let show = |path: &Option<PathBuf>| match path {
            Some(path) => text::fit_end(&text::path(path), width),
            None => "choose …".to_owned(),
        };
        let bundle = Some(self.bundle.clone());
        let rows = [
            ("the bundle", show(&bundle)),
            ("the commitment file", show(&self.commitment)),
            ("the classifier file", show(&self.classifier)),
        ];
        let theme = canvas.theme;
        let len = if self.choosing() { INPUTS } else { 3 };
        let selected = self.choosing().then(|| self.cursor.get(INPUTS));
        canvas.rows(inner, len, selected, true, |row, width| {
            match rows.get(row) {
                Some((name, path)) => Line::from(vec![
                    Span::styled(format!(" {name:<22}"), theme.dim()),
                    Span::raw(text::pad(path, width.saturating_sub(23))),
                ]),
                None => Line::styled(text::pad(" Verify …", width), theme.accent()),
            }
        });
    }

    fn draw_checks(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        let width = usize::from(area.width);
        let mut lines = Vec::new();
        let checks = match &self.report {
            Some(report) => &report.checks,
            None => &self.checks,
        };
        for check in checks {
            let (mark, style) = match check.status {
                Status::Ok => ("✔ ", theme.ok()),
                Status::Failed => ("✘ ", theme.bad()),
                Status::NotRun => ("- ", theme.dim()),
            };
            let time = match check.status {
                Status::NotRun => String::new(),
                _ => format!("{:.1} s", check.milliseconds as f64 / 1000.0),
            };
            let detail = text::clean(&check.detail);
            let room = width.saturating_sub(28).max(10);
            let detail = if check.status == Status::Failed {
                wrap(&detail, room)
            } else {
                vec![text::fit(&detail, room)]
            };
            for (i, part) in detail.into_iter().enumerate() {
                let (mark, name, time) = if i == 0 {
                    (mark, check.name, time.as_str())
                } else {
                    ("  ", "", "")
                };
                lines.push(Line::from(vec![
                    Span::styled(format!(" {mark}"), style),
                    Span::styled(format!("{name:<15}"), theme.strong()),
                    Span::styled(format!("{time:>7}  "), theme.dim()),
                    Span::raw(part),
                ]));
            }
        }
        let used = lines.len() as u16;
        canvas.text(area, lines);
        if let (Some(name), Some(_)) = (self.running, self.job) {
            let at = Rect {
                y: area.y + used.min(area.height.saturating_sub(4)) + 1,
                height: 3,
                ..area
            };
            let mut now = self.at.clone();
            if now.label.is_empty() {
                name.clone_into(&mut now.label);
            }
            now.note = format!("check: {name}");
            canvas.progress(at.intersection(area), &now, false);
        }
    }

    fn verdict(&self, report: &Report, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        let width = usize::from(area.width).saturating_sub(3);
        let mut lines = Vec::new();
        let mut say = |style, indent: &str, what: &str| {
            let parts = wrap(&text::clean(what), width.saturating_sub(indent.len()));
            for (i, part) in parts.into_iter().enumerate() {
                let lead = if i == 0 {
                    indent.to_owned()
                } else {
                    " ".repeat(indent.len())
                };
                lines.push(Line::styled(format!(" {lead}{part}"), style));
            }
        };
        if report.verified() {
            say(theme.strong(), "", &report.counts.to_string());
            say(theme.plain(), "", "");
            say(theme.ok(), "", "Proved");
            report
                .proved
                .iter()
                .for_each(|p| say(theme.plain(), "- ", p));
        } else {
            say(theme.bad(), "", "What failed");
            report
                .failures()
                .iter()
                .for_each(|p| say(theme.plain(), "- ", p));
        }
        say(theme.plain(), "", "");
        say(theme.warn(), "", "Not proved, by any such bundle");
        report
            .not_proved
            .iter()
            .for_each(|p| say(theme.plain(), "- ", p));
        let hidden = lines.len().saturating_sub(usize::from(area.height));
        let lines = lines.split_off(usize::from(self.scroll).min(hidden));
        canvas.text(area, lines);
    }
}

impl View for Verify {
    fn title(&self) -> String {
        format!("Verify {}", text::path(&self.bundle))
    }

    fn start(&mut self, out: &mut Out) {
        self.cursor.set(INPUTS - 1);
        self.locate(out);
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.choosing() {
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
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.scroll = (self.scroll + 1).min(100),
            KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::Char('s') if self.report.is_some() => {
                let path = self.bundle.with_file_name("verification-report.txt");
                out.ask(Overlay::Prompt(Prompt::new(
                    PromptFor::Report,
                    "Save the report",
                    "A new file: text, or JSON if the name ends in .json.",
                    path.to_string_lossy().into_owned(),
                )));
            }
            KeyCode::Char('a') if self.report.is_some() => {
                self.report = None;
                self.begin(out);
            }
            _ => return false,
        }
        true
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
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                self.running = None;
                match ended {
                    Ended::Ok(Outcome::Verified(report)) => {
                        self.report = Some(report);
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
            }
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
                self.locate(out);
            }
            Answer::Picked(PickFor::Commitment, path) => self.commitment = Some(path),
            Answer::Picked(PickFor::Classifier, path) => self.classifier = Some(path),
            Answer::Typed(PromptFor::Report, path) => {
                let Some(report) = &self.report else { return };
                let path = out.resolve(&path);
                if path.starts_with(&self.bundle) {
                    return out.toast("not inside the bundle: an added file would break its seal");
                }
                let bytes = if path.extension().is_some_and(|e| e == "json") {
                    serde_json::to_vec_pretty(report).unwrap_or_default()
                } else {
                    report.to_text().into_bytes()
                };
                out.effects.push(Effect::Save(path, bytes));
            }
            _ => {}
        }
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
                (KeyCode::Char('s'), "save the report"),
                (KeyCode::Char('a'), "again"),
                (KeyCode::Down, "more"),
            ]
        } else {
            Vec::new()
        }
    }

    fn help(&self) -> Keys {
        &[
            ("⏎", "choose a file; on the last row: verify"),
            ("v", "verify"),
            ("s", "afterwards: save the report as text or JSON"),
            ("a", "afterwards: verify again"),
            ("↑ ↓", "read on in the verdict"),
        ]
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        let Some(report) = &self.report else {
            let [head, body] =
                Layout::vertical([Constraint::Length(6), Constraint::Min(0)]).areas(area);
            self.draw_inputs(canvas, head);
            let inner = canvas.block(body, "Checks", self.job.is_some());
            match &self.error {
                Some(error) => {
                    canvas.wrapped(inner, Line::styled(text::clean(error), theme.bad()), 0);
                }
                None if self.job.is_none() => {
                    let say = "The bundle is checked against the commitment file that was published \
                               before the request, and against the requester's classifier file. \
                               Nothing else is needed: no network, no trust in anybody.";
                    canvas.wrapped(inner, Line::styled(say, theme.dim()), 0);
                }
                None => self.draw_checks(canvas, inner),
            }
            return;
        };
        let (word, style) = if report.verified() {
            (" VERIFIED ", theme.ok())
        } else {
            (" VERIFICATION FAILED ", theme.bad())
        };
        let checks = report.checks.len() as u16 + 2;
        let [head, top, bottom] = Layout::vertical([
            Constraint::Length(3),
            Constraint::Length(checks.min(area.height / 2)),
            Constraint::Min(0),
        ])
        .areas(area);
        canvas.text(
            head,
            vec![
                Line::from(vec![
                    Span::raw(" "),
                    Span::styled(word, style.add_modifier(ratatui::style::Modifier::REVERSED)),
                    Span::styled(format!("  {}", text::clean(&report.case)), theme.strong()),
                    Span::raw(match &report.custodian {
                        Some(name) => format!(", {}", text::clean(name)),
                        None => String::new(),
                    }),
                    Span::styled(
                        format!("  committed {}", text::clean(&report.committed_at)),
                        theme.dim(),
                    ),
                ]),
                Line::styled(format!(" root {}", text::clean(&report.root)), theme.dim()),
                Line::styled(
                    format!(
                        " request {} {}",
                        text::clean(&report.classifier_name),
                        text::short(&report.classifier)
                    ),
                    theme.dim(),
                ),
            ],
        );
        let inner = canvas.block(top, "Checks", false);
        self.draw_checks(canvas, inner);
        let inner = canvas.block(bottom, "Verdict", true);
        canvas.hit(inner, Hit::Nothing);
        self.verdict(report, canvas, inner);
    }
}
