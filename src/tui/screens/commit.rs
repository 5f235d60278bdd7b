//! From a folder to a root: look, name, confirm, commit, and what to do with the result.

use super::commit_scope::Scope;
use super::form::Pressed;
use super::{Keys, View};
use crate::commit::scope::ScopeRule;
use crate::commit::{CommitOptions, CommitReport};
use crate::item::Form;
use crate::tui::engine::{Found, default_forms};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot};
use crate::tui::input::Input;
use crate::tui::nav::Nav;
use crate::tui::overlay::{Answer, Confirm, Overlay, PickFor, Picker, Question};
use crate::tui::recent::Kind;
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use std::path::PathBuf;

/// The rows of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Custodian,
    Folder,
    Copy,
    Scope,
    /// One of [`Form::CURRENT`].
    Form(usize),
    /// The case that is supplemented.
    Supplements,
    Start,
}

pub(super) const FIELDS: [Field; 11] = [
    Field::Name,
    Field::Custodian,
    Field::Folder,
    Field::Copy,
    Field::Scope,
    Field::Form(0),
    Field::Form(1),
    Field::Form(2),
    Field::Form(3),
    Field::Supplements,
    Field::Start,
];

/// Where in the fields the forms begin.
const FORMS_AT: usize = 5;

/// The screen.
#[derive(Debug)]
pub struct Commit {
    pub(super) corpus: PathBuf,
    pub(super) found: Found,
    pub(super) scan: Option<JobId>,
    pub(super) at: Snapshot,
    pub(super) name: Input,
    pub(super) custodian: Input,
    pub(super) folder: Input,
    pub(super) reference: bool,
    pub(super) scope: Scope,
    /// The custodian that rules were applied with.
    looked_for: String,
    /// What was chosen by hand; until then, what fits what was found.
    chosen: Option<Vec<Form>>,
    /// The first line of the list of what was found.
    pub(super) scroll: Scroll,
    pub(super) focus: usize,
    pub(super) job: Option<JobId>,
    pub(super) paused: bool,
    pub(super) stopping: bool,
    pub(super) report: Option<Box<CommitReport>>,
    pub(super) error: Option<String>,
    /// Makes the screen of the case that was made.
    opened: fn(PathBuf) -> Box<dyn View>,
}

impl Commit {
    /// For a folder of documents.
    pub fn new(corpus: PathBuf, opened: fn(PathBuf) -> Box<dyn View>) -> Self {
        let name = corpus.file_name().unwrap_or_default().to_string_lossy();
        Commit {
            name: Input::new(name.clone()),
            folder: Input::default(),
            corpus,
            found: Found::default(),
            scan: None,
            at: Snapshot::default(),
            custodian: Input::default(),
            reference: false,
            scope: Scope::new(),
            looked_for: String::new(),
            chosen: None,
            scroll: Scroll::default(),
            focus: 0,
            job: None,
            paused: false,
            stopping: false,
            report: None,
            error: None,
            opened,
        }
    }

    /// For what a case could not read, which its vault still has.
    pub fn again(case: PathBuf, name: &str, opened: fn(PathBuf) -> Box<dyn View>) -> Self {
        let mut screen = Commit::new(case.clone(), opened);
        screen.name = Input::new(name);
        screen.scope = Scope::again(case);
        screen
    }

    pub(super) fn field(&self) -> Field {
        FIELDS[self.focus.min(FIELDS.len() - 1)]
    }

    fn editing(&self) -> bool {
        self.job.is_none() && self.report.is_none()
    }

    fn input(&mut self) -> Option<&mut Input> {
        match self.field() {
            Field::Name => Some(&mut self.name),
            Field::Custodian => Some(&mut self.custodian),
            Field::Folder => Some(&mut self.folder),
            Field::Copy | Field::Scope | Field::Form(_) | Field::Supplements | Field::Start => None,
        }
    }

    /// The forms that will be in the commitment, as far as can be told.
    pub(super) fn forms(&self) -> Vec<Form> {
        let fitting = || default_forms(&self.found);
        self.chosen.clone().unwrap_or_else(fitting)
    }

    fn toggle(&mut self, form: Form) {
        let mut forms = self.forms();
        match forms.iter().position(|f| *f == form) {
            Some(at) => drop(forms.remove(at)),
            None => forms.push(form),
        }
        forms.sort_unstable();
        self.chosen = Some(forms);
    }

    /// Items that were read and would have no form all the same.
    pub(super) fn without_form(&self) -> u64 {
        let forms = self.forms();
        let text = forms.iter().any(Form::is_text);
        let picture = forms.iter().any(|f| !f.is_text());
        let lost = |n: u64, kept: bool| if kept { 0 } else { n };
        self.found.neither + lost(self.found.texts, text) + lost(self.found.pictures, picture)
    }

    fn rescan(&mut self, out: &mut Out) {
        let (mut selection, options) = match self.scope.rules() {
            Ok(rules) => rules,
            Err(why) => return out.toast(text::message(&why)),
        };
        if self.scope.is_again() {
            // Its vault is read when it is committed.
            return;
        }
        out.effects.extend(self.scan.map(Effect::Cancel));
        self.error = None;
        self.scroll.home();
        self.found = Found::default();
        self.looked_for = self.custodian.text().trim().to_owned();
        selection.custodian = Some(self.looked_for.clone()).filter(|name| !name.is_empty());
        let what = Box::new((selection, options));
        self.scan = Some(out.start(Job::Scan(self.corpus.clone(), what)));
    }

    /// Whose documents these are decides what a rule about custodians leaves out.
    fn look_again(&mut self, out: &mut Out) {
        let rule = self
            .scope
            .rules()
            .is_ok_and(|(s, _)| !s.custodians.is_empty());
        if rule
            && self.field() != Field::Custodian
            && self.looked_for != self.custodian.text().trim()
        {
            self.rescan(out);
        }
    }

    fn confirm(&mut self, out: &mut Out) {
        let missing = match () {
            () if !crate::clean::is_visible(self.name.text()) => Some("the case needs a name"),
            () if self.folder.text().trim().is_empty() => Some("the case needs a folder"),
            () if self.forms().is_empty() => Some("choose at least one form"),
            () if self.scope.is_again() => None,
            () if self.scan.is_none() && self.error.is_none() && self.found.items == 0 => {
                Some("there is no document to commit to: choose another folder or other rules")
            }
            () => None,
        };
        if let Some(missing) = missing {
            return out.toast(missing);
        }
        let case = out.resolve(self.folder.text());
        let mut lines = vec![
            format!(
                "{} {} becomes the case",
                self.how_much(),
                out.path(&self.corpus)
            ),
            format!("{}.", out.path(&case)),
            String::new(),
            self.forms_in_words(),
            String::new(),
        ];
        lines.extend(self.rules_in_words());
        if let Some(earlier) = self.scope.supplements() {
            lines.push(format!(
                "It supplements {}, whose root it names, and the earlier items that it resolves, one by one. Both are \
                 verified together.",
                out.path(earlier)
            ));
            lines.push(String::new());
        }
        lines.push(
            "What is committed cannot be changed afterwards: every document is part of it, including \
             those that cannot be read. Name and custodian are published."
                .to_owned(),
        );
        out.ask(Overlay::Confirm(Confirm::new(
            Question::Commit,
            "Commit to these documents?",
            lines,
            "commit",
        )));
    }

    fn forms_in_words(&self) -> String {
        let forms = self.forms();
        let ids: Vec<&str> = forms.iter().map(Form::id).collect();
        let mut say = format!("Forms: {}.", ids.join(", "));
        let lost = self.without_form();
        if lost > 0 {
            say += &format!(
                " {} will be exceptions, because they have none of these.",
                text::plural(lost, "item")
            );
        }
        say
    }

    fn how_much(&self) -> &'static str {
        if self.scope.is_again() {
            "What can be read now of"
        } else if self.scope.any() || !self.found.rules.is_empty() {
            "What the rules leave of"
        } else if self.unseen() {
            "What is found in"
        } else {
            "All of"
        }
    }

    /// Whether it is not even known yet if a load file lists the documents.
    fn unseen(&self) -> bool {
        self.scan.is_some() && self.found.files == 0
    }

    /// What is left out, as far as it is known, for the question before the commitment.
    fn rules_in_words(&self) -> Vec<String> {
        const SHOWN: usize = 3;
        let rules = &self.found.rules;
        if rules.is_empty() && (self.unseen() || self.scan.is_some() && self.scope.any()) {
            let say = "The folder is still being looked at. What is left out of it, the commitment file \
                       will state.";
            return vec![say.to_owned(), String::new()];
        }
        if rules.is_empty() {
            return Vec::new();
        }
        let so_far = if self.scan.is_some() { " so far" } else { "" };
        let mut out = vec![format!("Left out{so_far}, and published as such:")];
        let line = |rule: &ScopeRule| format!("- {}", text::clean(&rule.to_string()));
        out.extend(rules.iter().take(SHOWN).map(line));
        if rules.len() > SHOWN {
            out.push(format!(
                "- and by {}, listed on the screen",
                text::plural((rules.len() - SHOWN) as u64, "more rule")
            ));
        }
        out.push(String::new());
        out
    }

    fn commit(&mut self, out: &mut Out) {
        let (selection, ingest) = match self.scope.rules() {
            Ok(rules) => rules,
            Err(why) => return out.toast(text::message(&why)),
        };
        out.effects.extend(self.scan.take().map(Effect::Cancel));
        let custodian = self.custodian.text().trim();
        let options = CommitOptions {
            case: out.resolve(self.folder.text()),
            name: self.name.text().trim().to_owned(),
            custodian: (!custodian.is_empty()).then(|| custodian.to_owned()),
            reference: self.reference,
            // None named: every form that an item has, as the command line does it.
            forms: self.chosen.clone().unwrap_or_default(),
            ingest,
            selection,
            numbering: Default::default(),
            supplements: self.scope.supplementing(),
        };
        self.stopping = false;
        self.error = None;
        self.at = Snapshot::default();
        self.job = Some(out.start(Job::Commit(
            self.corpus.clone(),
            Box::new(options),
            self.scope.helpers(),
        )));
    }

    fn case(&self) -> Option<PathBuf> {
        let file = &self.report.as_ref()?.commitment_file;
        file.parent().map(PathBuf::from)
    }

    fn form_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        let last = FIELDS.len() - 1;
        match key.code {
            KeyCode::PageDown | KeyCode::PageUp => return self.scroll.key(key),
            KeyCode::Left if matches!(self.field(), Field::Form(1..)) => self.focus -= 1,
            KeyCode::Right if matches!(self.field(), Field::Form(_)) => {
                self.focus = (self.focus + 1).min(last);
            }
            KeyCode::Enter | KeyCode::Char(' ') if matches!(self.field(), Field::Form(_)) => {
                if let Field::Form(at) = self.field() {
                    self.toggle(Form::CURRENT[at]);
                }
            }
            // The forms are in one line.
            KeyCode::Up if matches!(self.field(), Field::Form(_)) => self.focus = FORMS_AT - 1,
            KeyCode::Down if matches!(self.field(), Field::Form(_)) => self.focus = last - 1,
            KeyCode::Up if self.field() == Field::Supplements => self.focus = FORMS_AT,
            KeyCode::Up | KeyCode::BackTab => self.focus = self.focus.saturating_sub(1),
            KeyCode::Down | KeyCode::Tab => self.focus = (self.focus + 1).min(FIELDS.len() - 1),
            KeyCode::Enter if self.field() == Field::Start => self.confirm(out),
            KeyCode::Enter | KeyCode::Char(' ') if self.field() == Field::Copy => {
                self.reference = !self.reference;
            }
            KeyCode::Enter | KeyCode::Char(' ') if self.field() == Field::Scope => {
                self.scope.open();
            }
            KeyCode::Enter | KeyCode::Char(' ') if self.field() == Field::Supplements => {
                self.scope.open_at_supplement();
            }
            KeyCode::Enter => self.focus += 1,
            KeyCode::Esc => return false,
            _ => return self.input().is_some_and(|input| input.key(key)),
        }
        self.look_again(out);
        true
    }

    /// A key while the rules are open.
    fn scope_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        match self.scope.key(key) {
            Pressed::Moved => {}
            Pressed::Pick(what) => {
                out.ask(Overlay::Picker(Picker::new(what, self.corpus.clone())));
            }
            Pressed::Button(_) => match self.scope.rules() {
                Ok(_) => {
                    self.scope.close(true);
                    self.rescan(out);
                }
                Err(why) => out.toast(text::message(&why)),
            },
            Pressed::Nothing => match key.code {
                KeyCode::Esc | KeyCode::Char('q') | KeyCode::Backspace => self.scope.close(false),
                _ => return false,
            },
        }
        true
    }
}

impl View for Commit {
    fn title(&self) -> String {
        format!("Commit {}", text::name(&self.corpus))
    }

    fn start(&mut self, out: &mut Out) {
        let base = if out.cwd.starts_with(&self.corpus) {
            self.corpus.parent().unwrap_or(&out.cwd).to_owned()
        } else {
            out.cwd.clone()
        };
        let case = match self.scope.is_again() {
            true => {
                let name = self.corpus.file_name().unwrap_or_default();
                let base = self.corpus.parent().unwrap_or(&out.cwd);
                base.join(format!("{}-again", name.to_string_lossy()))
            }
            false => base.join(format!("{}-case", self.name.text())),
        };
        self.folder = Input::new(case.to_string_lossy());
        self.rescan(out);
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.report.is_some() {
            match key.code {
                KeyCode::Char('y') => {
                    let root = self
                        .report
                        .as_ref()
                        .map(|r| r.commitment.root_hex().to_owned());
                    out.effects.extend(root.map(Effect::Copy));
                    out.toast("the root is on the clipboard, if this terminal allows it");
                }
                _ if self.scroll.key(key) => {}
                KeyCode::Enter | KeyCode::Char('o') => {
                    out.nav.push(Nav::Back);
                    self.case()
                        .into_iter()
                        .for_each(|case| out.nav.push(Nav::Push((self.opened)(case))));
                }
                _ => return false,
            }
            return true;
        }
        if let Some(job) = self.job {
            match key.code {
                KeyCode::Char('p' | 'c') if self.stopping => out.toast("it is stopping"),
                KeyCode::Char('p') => {
                    self.paused = !self.paused;
                    out.effects.push(Effect::Pause(job, self.paused));
                }
                KeyCode::Char('c') => out.ask(Overlay::Confirm(Confirm::new(
                    Question::Stop,
                    "Stop committing?",
                    vec!["Nothing remains of it: no case, no root.".to_owned()],
                    "stop",
                ))),
                _ => return false,
            }
            return true;
        }
        if self.scope.is_open() {
            return self.scope_key(key, out);
        }
        self.form_key(key, out)
    }

    fn paste(&mut self, text: &str, _: &mut Out) {
        if !self.editing() {
            return;
        }
        if self.scope.is_open() {
            self.scope.form.paste(text);
        } else if let Some(input) = self.input() {
            input.paste(text);
        }
    }

    fn event(&mut self, event: Event, out: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.job => self.at = at,
            Event::Progress(id, at) if Some(id) == self.scan => {
                if self.job.is_none() {
                    self.at = at;
                }
            }
            Event::Found(id, found) if Some(id) == self.scan => self.found = *found,
            Event::Done(id, ended) if Some(id) == self.scan => {
                self.scan = None;
                match ended {
                    Ended::Ok(Outcome::Scanned(found)) => self.found = *found,
                    Ended::Failed(error) => self.error = Some(error),
                    _ => {}
                }
            }
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                self.paused = false;
                self.stopping = false;
                match ended {
                    Ended::Ok(Outcome::Committed(report)) => {
                        self.scroll.home();
                        self.report = Some(report);
                        self.case().iter().for_each(|c| out.opened(Kind::Case, c));
                    }
                    Ended::Cancelled(said) => {
                        self.error = Some(said);
                        out.toast("stopped");
                    }
                    Ended::Failed(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            other => return Some(other),
        }
        None
    }

    fn select(&mut self, row: usize, _: &mut Out) -> bool {
        if self.scope.is_open() {
            return self.scope.form.select(row);
        }
        let field = FIELDS.get(row).copied();
        self.focus = row.min(FIELDS.len() - 1);
        !matches!(
            field,
            Some(Field::Name | Field::Custodian | Field::Folder) | None
        )
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        match answer {
            Answer::Yes(Question::Commit) => self.commit(out),
            Answer::Picked(
                what @ (PickFor::LoadFile | PickFor::Passwords | PickFor::Case | PickFor::Resolves),
                path,
            ) => {
                self.scope.picked(what, path);
            }
            Answer::Yes(Question::Stop) => {
                out.effects.extend(self.job.map(Effect::Cancel));
                self.paused = false;
                self.stopping = self.job.is_some();
            }
            _ => {}
        }
    }

    fn jobs(&self) -> Vec<JobId> {
        self.job.into_iter().chain(self.scan).collect()
    }

    fn progress(&self) -> Option<&Snapshot> {
        Some(&self.at)
    }

    fn busy(&self) -> Option<(JobId, &'static str)> {
        self.job.map(|id| (id, "The commitment"))
    }

    fn typing(&self) -> bool {
        let text = match self.scope.is_open() {
            true => self.scope.form.typing(),
            false => matches!(self.field(), Field::Name | Field::Custodian | Field::Folder),
        };
        self.editing() && text
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if self.report.is_some() {
            vec![
                (KeyCode::Enter, "open the case"),
                (KeyCode::Char('y'), "copy the root"),
            ]
        } else if self.stopping {
            Vec::new()
        } else if self.job.is_some() {
            let pause = if self.paused { "go on" } else { "pause" };
            vec![(KeyCode::Char('p'), pause), (KeyCode::Char('c'), "cancel")]
        } else if self.scope.is_open() {
            vec![
                (KeyCode::Tab, "next row"),
                (KeyCode::Enter, self.scope.form.enter()),
                (KeyCode::Esc, "forget the changes"),
            ]
        } else {
            let enter = match self.field() {
                Field::Start => "commit",
                Field::Scope => "rules and limits",
                Field::Supplements => "which case, and why",
                Field::Copy | Field::Form(_) => "change",
                _ => "next",
            };
            let mut keys = vec![
                (KeyCode::Tab, "next field"),
                (KeyCode::Enter, enter),
                (KeyCode::PageDown, "more of what was found"),
            ];
            if self.typing() {
                keys.push((KeyCode::Esc, "back"));
            }
            keys
        }
    }

    fn help(&self) -> Keys {
        &[
            ("Tab ↑ ↓", "next field, previous field"),
            ("Space", "change a choice; switch a form on or off"),
            (
                "⏎",
                "on Scope: load file, paths, custodians, dates, limits of reading",
            ),
            (
                "⏎",
                "on Supplements: the case whose commitment this one supplements, why, what it resolves",
            ),
            ("PgDn PgUp", "read on in what was found"),
            ("⏎", "on the last row: commit, after a question"),
            ("p c", "while committing: pause, cancel"),
            ("y", "at the end: copy the root"),
            ("o ⏎", "at the end: open the case"),
        ]
    }
}
