//! Choosing a file or folder, with a filter as one types.

use super::answer::{Answer, Asker, PickFor};
use crate::tui::canvas::Canvas;
use crate::tui::cursor::Cursor;
use crate::tui::engine::{Entry, EntryKind};
use crate::tui::input::Input;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout};
use ratatui::text::{Line, Span};
use std::path::{Path, PathBuf};

impl PickFor {
    fn title(self) -> &'static str {
        match self {
            PickFor::Corpus => "Choose a folder of documents",
            PickFor::Case => "Choose a case",
            PickFor::Bundle | PickFor::VerifyBundle => "Choose a disclosure bundle",
            PickFor::Classifier => "Choose a classifier file",
            PickFor::SealSecret => "Choose the secret part of the sealed classifier (.secret)",
            PickFor::Commitment => "Choose a commitment file",
            PickFor::Key => "Choose a public key (minisign)",
            PickFor::Authority => "Choose the authority's root certificate (PEM or DER)",
            PickFor::WithholdList => "Choose a list of items to withhold (CSV)",
            PickFor::Challenge => "Choose the challenge",
            PickFor::Openings => "Choose the folder with the opened items",
            PickFor::Labels => "Choose the labels (CSV with the columns item, responsive)",
            PickFor::LoadFile => "Choose the load file (Concordance DAT)",
            PickFor::Passwords => "Choose the list of passwords (text, one a line)",
            PickFor::Resolves => {
                "Choose the list of what is resolved (CSV with the columns item, path)"
            }
            PickFor::SupplementBundle => "Choose the bundle of the supplement",
            PickFor::SupplementCommitment => "Choose the commitment file of the supplement",
            PickFor::Subject => "Choose what to sign or time-stamp: a case, a bundle, any file",
            PickFor::SecretKey => "Choose your secret key (minisign)",
            PickFor::Signature => "Choose the signature (.minisig)",
            PickFor::StampRequest => "Choose the request that was sent (.tsq)",
            PickFor::Reply => "Choose the authority's answer (.tsr)",
            PickFor::Token => "Choose the time-stamp (.tsr)",
            PickFor::Helper => "Choose a certificate between the authority and its root",
        }
    }

    /// Whether any folder will do: one is entered first, then chosen.
    fn folder(self) -> bool {
        matches!(self, PickFor::Corpus | PickFor::Openings)
    }

    /// Whether an entry is what is looked for.
    fn wants(self, kind: EntryKind) -> bool {
        match self {
            PickFor::Corpus | PickFor::Openings => kind == EntryKind::Folder,
            PickFor::Case => matches!(kind, EntryKind::Case | EntryKind::Locked),
            PickFor::Bundle | PickFor::VerifyBundle | PickFor::SupplementBundle => {
                kind == EntryKind::Bundle
            }
            PickFor::Classifier => matches!(kind, EntryKind::Classifier | EntryKind::File),
            PickFor::Commitment | PickFor::SupplementCommitment => {
                matches!(kind, EntryKind::Commitment | EntryKind::File)
            }
            PickFor::Subject => kind != EntryKind::Folder,
            PickFor::Key
            | PickFor::SealSecret
            | PickFor::Authority
            | PickFor::WithholdList
            | PickFor::Challenge
            | PickFor::Labels
            | PickFor::LoadFile
            | PickFor::Passwords
            | PickFor::Resolves
            | PickFor::SecretKey
            | PickFor::Signature
            | PickFor::StampRequest
            | PickFor::Reply
            | PickFor::Token
            | PickFor::Helper => kind == EntryKind::File,
        }
    }

    /// Whether an entry is shown: what can be chosen or entered.
    fn shows(self, kind: EntryKind) -> bool {
        match self {
            PickFor::Corpus
            | PickFor::Openings
            | PickFor::Case
            | PickFor::Bundle
            | PickFor::SupplementBundle
            | PickFor::VerifyBundle => kind <= EntryKind::Bundle,
            _ => true,
        }
    }
}

/// The picker.
#[derive(Clone, Debug)]
pub struct Picker {
    what: PickFor,
    folder: PathBuf,
    entries: Option<Result<Vec<Entry>, String>>,
    filter: Input,
    cursor: Cursor,
}

impl Picker {
    /// Starts in a folder.
    pub fn new(what: PickFor, folder: PathBuf) -> Self {
        Picker {
            what,
            folder,
            entries: None,
            filter: Input::default(),
            cursor: Cursor::default(),
        }
    }

    pub(super) fn start(&mut self, out: &mut dyn Asker) {
        out.list(self.folder.clone());
    }

    pub(super) fn listed(&mut self, path: &Path, entries: &Result<Vec<Entry>, String>) {
        if path == self.folder {
            self.entries = Some(entries.clone());
        }
    }

    /// The entries that are shown: kind fits, and every typed word is in the name.
    fn shown(&self) -> Vec<&Entry> {
        let Some(Ok(entries)) = &self.entries else {
            return Vec::new();
        };
        let typed = self.filter.text().to_lowercase();
        let hidden = typed.starts_with('.');
        let shown = |e: &&Entry| {
            let name = e.name.to_lowercase();
            self.what.shows(e.kind)
                && (hidden || !name.starts_with('.'))
                && typed.split_whitespace().all(|word| name.contains(word))
        };
        let mut shown: Vec<&Entry> = entries.iter().filter(shown).collect();
        // What can be chosen comes first, unless everything can be entered anyway.
        if !self.what.folder() {
            let exact = |e: &&Entry| !self.what.wants(e.kind) || e.kind == EntryKind::File;
            shown.sort_by_key(exact);
        }
        shown
    }

    /// Row 0 chooses this very folder where a folder is wanted.
    fn here(&self) -> usize {
        usize::from(self.what.folder())
    }

    fn go(&mut self, folder: PathBuf, out: &mut dyn Asker) {
        self.folder = folder;
        self.filter = Input::default();
        self.cursor = Cursor::default();
        self.entries = None;
        self.start(out);
    }

    fn up(&mut self, out: &mut dyn Asker) {
        if let Some(parent) = self.folder.parent() {
            self.go(parent.to_owned(), out);
        }
    }

    fn choose(&self, path: PathBuf, out: &mut dyn Asker) -> bool {
        out.answer(Answer::Picked(self.what, path));
        true
    }

    fn typed_path(&self) -> bool {
        self.filter.text().starts_with(['/', '~'])
    }

    pub(super) fn select(&mut self, row: usize) -> bool {
        let again = self.cursor.get(usize::MAX) == row;
        self.cursor.set(row);
        again
    }

    pub(super) fn paste(&mut self, pasted: &str, out: &mut dyn Asker) {
        let path = pasted.trim().trim_matches(['\'', '"']);
        if let Some(path) = path.strip_prefix("file://").or(Some(path)) {
            self.filter.paste(path);
        }
        let _ = out;
    }

    pub(super) fn key(&mut self, key: KeyEvent, out: &mut dyn Asker) -> bool {
        let len = self.shown().len() + self.here();
        let at = self.cursor.get(len);
        match key.code {
            KeyCode::Esc => return true,
            KeyCode::Enter if self.typed_path() => {
                let path = out.place(self.filter.text());
                if self.what.folder() {
                    self.go(path, out);
                } else {
                    return self.choose(path, out);
                }
            }
            KeyCode::Enter if self.here() == 1 && at == 0 => {
                return self.choose(self.folder.clone(), out);
            }
            KeyCode::Enter | KeyCode::Right => {
                let entry = self
                    .shown()
                    .get(at.wrapping_sub(self.here()))
                    .copied()
                    .cloned();
                match entry {
                    Some(e)
                        if key.code == KeyCode::Enter
                            && !self.what.folder()
                            && self.what.wants(e.kind) =>
                    {
                        return self.choose(e.path, out);
                    }
                    Some(e) if e.kind <= EntryKind::Bundle => self.go(e.path, out),
                    _ => {}
                }
            }
            KeyCode::Left => self.up(out),
            KeyCode::Backspace if self.filter.text().is_empty() => self.up(out),
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => {
                self.cursor.key(key, len);
            }
            _ => {
                if self.filter.key(key) {
                    // The best match, not the row that chooses this folder.
                    let found = !self.filter.text().is_empty() && !self.shown().is_empty();
                    self.cursor.set(if found { self.here() } else { 0 });
                }
            }
        }
        false
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        let inner = canvas.dialog(self.what.title(), 90, 30);
        let [folder, filter, _, list, keys] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        let width = usize::from(folder.width);
        let path = text::fit_end(&canvas.path(&self.folder), width);
        canvas.text(folder, Line::styled(path, canvas.theme.strong()));
        let [label, typed] =
            Layout::horizontal([Constraint::Length(8), Constraint::Min(1)]).areas(filter);
        canvas.text(label, Line::styled("filter", canvas.theme.dim()));
        canvas.input(typed, &self.filter, true);
        match &self.entries {
            None => canvas.text(list, Line::styled("…", canvas.theme.dim())),
            Some(Err(error)) => {
                canvas.wrapped(list, Line::styled(text::clean(error), canvas.theme.bad()))
            }
            Some(Ok(_)) => self.draw_list(canvas, list),
        }
        let enter = if self.what.folder() {
            "enter folder, or choose the first row"
        } else {
            "choose"
        };
        canvas.keys(
            keys,
            &[
                (KeyCode::Enter, enter),
                (KeyCode::Left, "up"),
                (KeyCode::Right, "into"),
                (KeyCode::Esc, "cancel"),
            ],
        );
    }

    fn draw_list(&self, canvas: &mut Canvas<'_, '_>, list: ratatui::layout::Rect) {
        let shown = self.shown();
        let here = self.here();
        let len = shown.len() + here;
        if len == 0 {
            let say = "nothing here that fits; ← leads up, or type a path beginning with / or ~";
            return canvas.wrapped(list, Line::styled(say, canvas.theme.dim()));
        }
        let theme = canvas.theme;
        canvas.rows(list, len, Some(self.cursor.get(len)), true, |row, width| {
            if row < here {
                return Line::from(text::pad("  [ choose this folder ]", width));
            }
            let entry = shown[row - here];
            let folder = entry.kind <= EntryKind::Bundle;
            let slash = if folder { "/" } else { "" };
            let name = format!("  {}{slash}", text::clean(&entry.name));
            let label = entry.kind.label();
            let wanted = self.what.wants(entry.kind) && entry.kind != EntryKind::File;
            let style = if wanted {
                theme.accent()
            } else {
                theme.plain()
            };
            Line::from(vec![
                Span::styled(text::pad(&name, width.saturating_sub(12)), style),
                Span::styled(text::pad(label, 12.min(width)), theme.dim()),
            ])
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::state::{Nav, Out, State};
    use crate::tui::theme::Theme;

    fn picker(what: PickFor) -> Picker {
        let mut picker = Picker::new(what, "/w".into());
        let entry = |name: &str, kind| Entry {
            name: name.into(),
            path: Path::new("/w").join(name),
            kind,
        };
        let entries = vec![
            entry(".hidden", EntryKind::Folder),
            entry("acme", EntryKind::Case),
            entry("mail", EntryKind::Folder),
            entry("mail-old", EntryKind::Folder),
            entry("a.clf", EntryKind::Classifier),
            entry("x.txt", EntryKind::File),
        ];
        picker.listed(Path::new("/w"), &Ok(entries));
        picker
    }

    fn names(picker: &Picker) -> Vec<&str> {
        picker.shown().iter().map(|e| e.name.as_str()).collect()
    }

    fn out() -> Out {
        State::new("/w".into(), Vec::new(), Theme::new(false)).out()
    }

    #[test]
    fn what_fits_is_shown_and_the_filter_narrows_it() {
        let mut corpus = picker(PickFor::Corpus);
        assert_eq!(names(&corpus), ["acme", "mail", "mail-old"]);
        for c in "mail o".chars() {
            corpus.key(KeyCode::Char(c).into(), &mut out());
        }
        assert_eq!(names(&corpus), ["mail-old"]);
        assert_eq!(names(&picker(PickFor::Classifier))[0], "a.clf");
        assert_eq!(names(&picker(PickFor::Case))[0], "acme");
    }

    #[test]
    fn enter_chooses_or_enters() {
        let mut out = out();
        let mut case = picker(PickFor::Case);
        assert!(case.key(KeyCode::Enter.into(), &mut out));
        let Some(Nav::Answer(answer)) = out.nav.pop() else {
            panic!("no answer")
        };
        assert_eq!(answer, Answer::Picked(PickFor::Case, "/w/acme".into()));

        let mut corpus = picker(PickFor::Corpus);
        for c in "mail".chars() {
            corpus.key(KeyCode::Char(c).into(), &mut out);
        }
        assert!(!corpus.key(KeyCode::Enter.into(), &mut out));
        assert_eq!(corpus.folder, Path::new("/w/mail"));
        assert!(corpus.key(KeyCode::Enter.into(), &mut out));
        let Some(Nav::Answer(answer)) = out.nav.pop() else {
            panic!("no answer")
        };
        assert_eq!(answer, Answer::Picked(PickFor::Corpus, "/w/mail".into()));
    }

    #[test]
    fn a_typed_path_is_taken_as_it_is() {
        let mut out = out();
        let mut bundle = picker(PickFor::Bundle);
        bundle.paste("'/srv/out'\n", &mut out);
        assert!(bundle.key(KeyCode::Enter.into(), &mut out));
        assert!(matches!(
            out.nav.pop(),
            Some(Nav::Answer(Answer::Picked(PickFor::Bundle, p))) if p == Path::new("/srv/out")
        ));
    }
}
