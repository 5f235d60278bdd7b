//! A case: its items with a preview, and what lies around it.

use super::pane::Pane;
use super::{Bundle, Keys, Request, View};
use crate::tui::canvas::{Canvas, Hit};
use crate::tui::cursor::Cursor;
use crate::tui::engine::{CaseData, ItemRow};
use crate::tui::event::{Effect, Ended, Event, Job, JobId, Outcome, Snapshot, Subject};
use crate::tui::input::Input;
use crate::tui::overlay::{Answer, Overlay, PickFor, Picker};
use crate::tui::recent::{Kind, Recent};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Number,
    Path,
    Size,
    Date,
    Type,
}

const SORTS: [(Sort, &str); 5] = [
    (Sort::Number, "number"),
    (Sort::Path, "path"),
    (Sort::Size, "size"),
    (Sort::Date, "date"),
    (Sort::Type, "type"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    All,
    Committed,
    Exceptions,
    Duplicates,
}

const STATUSES: [(Status, &str); 4] = [
    (Status::All, "all"),
    (Status::Committed, "with a vector"),
    (Status::Exceptions, "exceptions"),
    (Status::Duplicates, "duplicates"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Items,
    Preview,
    Around,
}

/// The screen.
#[derive(Debug)]
pub struct Case {
    path: PathBuf,
    data: Option<Box<CaseData>>,
    error: Option<String>,
    job: Option<JobId>,
    at: Snapshot,
    focus: Focus,
    searching: bool,
    search: Input,
    sort: usize,
    status: usize,
    /// 0 is every type.
    kind: usize,
    kinds: Vec<String>,
    visible: Vec<usize>,
    cursor: Cursor,
    around: Cursor,
    pane: Pane,
}

impl Case {
    /// For a case's folder.
    pub fn new(path: PathBuf) -> Self {
        Case {
            path,
            data: None,
            error: None,
            job: None,
            at: Snapshot::default(),
            focus: Focus::Items,
            searching: false,
            search: Input::default(),
            sort: 0,
            status: 0,
            kind: 0,
            kinds: Vec::new(),
            visible: Vec::new(),
            cursor: Cursor::default(),
            around: Cursor::default(),
            pane: Pane::default(),
        }
    }

    fn item(&self) -> Option<&ItemRow> {
        let row = self.visible.get(self.cursor.get(self.visible.len()))?;
        self.data.as_ref()?.items.get(*row)
    }

    /// Applies search, filters and order.
    fn refresh(&mut self, out: &mut Out) {
        let Some(data) = &self.data else { return };
        let typed = self.search.text().to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let kind = self.kind.checked_sub(1).and_then(|k| self.kinds.get(k));
        let fits = |item: &ItemRow| {
            let status = match STATUSES[self.status].0 {
                Status::All => true,
                Status::Committed => item.exception.is_none(),
                Status::Exceptions => item.exception.is_some(),
                Status::Duplicates => item.duplicate_of.is_some(),
            };
            let text = || format!("{} {}", item.path, item.subject).to_lowercase();
            status
                && kind.is_none_or(|k| *k == item.media_type)
                && (words.is_empty() || {
                    let text = text();
                    words.iter().all(|w| text.contains(w))
                })
        };
        let mut visible: Vec<usize> = (0..data.items.len())
            .filter(|i| fits(&data.items[*i]))
            .collect();
        let item = |i: &usize| &data.items[*i];
        match SORTS[self.sort].0 {
            Sort::Number => {}
            Sort::Path => visible.sort_by_key(|i| &item(i).path),
            Sort::Size => visible.sort_by_key(|i| std::cmp::Reverse(item(i).size)),
            Sort::Date => visible.sort_by_key(|i| &item(i).date),
            Sort::Type => visible.sort_by_key(|i| &item(i).media_type),
        }
        self.visible = visible;
        self.preview(out);
    }

    fn preview(&mut self, out: &mut Out) {
        let subject = self
            .item()
            .map(|item| Subject::Case(self.path.clone(), item.index));
        self.pane.show(subject, out);
    }

    /// What can be opened from the list of what lies around: classifiers, then bundles.
    fn around_len(&self) -> usize {
        let near = self.data.as_ref().map(|d| &d.nearby);
        near.map_or(0, |n| n.classifiers.len() + n.bundles.len())
    }

    fn open_around(&self, out: &mut Out) {
        let Some(data) = &self.data else { return };
        let near = &data.nearby;
        let row = self.around.get(self.around_len());
        if let Some(found) = near.classifiers.get(row) {
            out.push(Request::new(found.path.clone(), Some(self.path.clone())));
        } else if let Some(found) = near.bundles.get(row - near.classifiers.len()) {
            out.push(Bundle::new(found.path.clone()));
        }
    }

    fn search_key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        match key.code {
            KeyCode::Enter => self.searching = false,
            KeyCode::Esc => {
                self.searching = false;
                self.search = Input::default();
            }
            KeyCode::Up | KeyCode::Down => {
                self.cursor.key(key, self.visible.len());
                self.preview(out);
                return true;
            }
            _ => {
                self.search.key(key);
                self.cursor.set(0);
            }
        }
        self.refresh(out);
        true
    }

    fn draw_head(&self, data: &CaseData, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        let custodian = data.custodian.as_deref().unwrap_or("no custodian named");
        let exceptions = data.items.iter().filter(|i| i.exception.is_some()).count();
        let forms: Vec<String> = data
            .forms
            .iter()
            .map(|(form, n)| format!("{} with {form}", text::count(u64::from(*n))))
            .collect();
        let facts = vec![
            Line::from(vec![
                Span::styled(format!(" {}", text::clean(&data.name)), theme.strong()),
                Span::styled(format!("  {}", text::clean(custodian)), theme.plain()),
                Span::styled(
                    format!("  committed {}", text::clean(&data.created)),
                    theme.dim(),
                ),
            ]),
            Line::from(vec![
                Span::styled(" root ", theme.dim()),
                Span::styled(text::clean(&data.root), theme.accent()),
            ]),
            Line::from(format!(
                " {}: {}, {}",
                text::plural(data.items.len() as u64, "item"),
                forms.join(", "),
                text::plural(exceptions as u64, "exception"),
            )),
        ];
        canvas.text(area, facts);
    }

    fn draw_items(&self, data: &CaseData, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let kind = self.kind.checked_sub(1).and_then(|k| self.kinds.get(k));
        let title = format!(
            "{} of {} · {} · {} · by {}",
            text::count(self.visible.len() as u64),
            text::count(data.items.len() as u64),
            STATUSES[self.status].1,
            kind.map_or("every type".to_owned(), |k| text::clean(k)),
            SORTS[self.sort].1,
        );
        let inner = canvas.block(area, &title, self.focus == Focus::Items);
        let searched = self.searching || !self.search.text().is_empty();
        let [search, list] =
            Layout::vertical([Constraint::Length(u16::from(searched)), Constraint::Min(0)])
                .areas(inner);
        if searched {
            let [label, typed] =
                Layout::horizontal([Constraint::Length(2), Constraint::Min(1)]).areas(search);
            canvas.text(label, Line::styled("/", canvas.theme.accent()));
            canvas.input(typed, &self.search, self.searching);
        }
        let theme = canvas.theme;
        let at = self.cursor.get(self.visible.len());
        let focused = self.focus == Focus::Items;
        let selected = (!self.visible.is_empty()).then_some(at);
        canvas.rows(list, self.visible.len(), selected, focused, |row, width| {
            let item = &data.items[self.visible[row]];
            let mark = match (&item.exception, item.duplicate_of) {
                (Some(_), _) => Span::styled("! ", theme.warn()),
                (_, Some(_)) => Span::styled("= ", theme.dim()),
                _ if item.parent.is_some() => Span::styled("└ ", theme.dim()),
                _ => Span::raw("  "),
            };
            let size = text::bytes(item.size);
            let room = width.saturating_sub(31);
            let title = match &item.exception {
                Some(reason) => {
                    let path = text::clean(&item.path);
                    let room = room.saturating_sub(reason.len() + 2);
                    format!("{}: {}", text::clean(reason), text::fit_end(&path, room))
                }
                None if item.subject.is_empty() => text::fit_end(&text::clean(&item.path), room),
                None => text::clean(item.title()),
            };
            Line::from(vec![
                Span::styled(format!("{:>6} ", item.index), theme.dim()),
                mark,
                Span::raw(text::pad(&title, room)),
                Span::styled(format!(" {:>10}", text::pad(&item.date, 10)), theme.dim()),
                Span::styled(format!("{:>11}", text::fit(&size, 11)), theme.dim()),
            ])
        });
    }

    fn draw_around(&self, data: &CaseData, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let focused = self.focus == Focus::Around;
        let inner = canvas.block(area, "Classifiers at hand and productions so far", focused);
        let near = &data.nearby;
        let len = self.around_len();
        let theme = canvas.theme;
        if len == 0 {
            let say = "None beside the case yet. r loads a classifier and starts a request.";
            return canvas.wrapped(inner, Line::styled(say, theme.dim()), 0);
        }
        let selected = focused.then_some(self.around.get(len));
        let line = |row: usize, width: usize| {
            let (label, say) = match near.classifiers.get(row) {
                Some(c) => (
                    "request ",
                    format!("{}  {}", text::clean(&c.name), text::short(&c.hash)),
                ),
                None => {
                    let b = &near.bundles[row - near.classifiers.len()];
                    let say = format!(
                        "{}  {} matching, {} withheld  {}  {}",
                        text::clean(&b.classifier),
                        text::count(b.matches as u64),
                        text::count(b.withheld as u64),
                        text::clean(&b.created),
                        text::path(&b.path),
                    );
                    ("produced", say)
                }
            };
            Line::from(vec![
                Span::styled(format!(" {label} "), theme.dim()),
                Span::raw(text::pad(&say, width.saturating_sub(10))),
            ])
        };
        if focused {
            canvas.rows(inner, len, selected, true, line);
        } else {
            // Rows can be clicked only where the focus is.
            let lines: Vec<Line<'_>> = (0..len.min(usize::from(inner.height)))
                .map(|row| line(row, usize::from(inner.width)))
                .collect();
            canvas.text(inner, lines);
            canvas.hit(inner, Hit::Key(KeyCode::Char('a')));
        }
    }
}

impl View for Case {
    fn title(&self) -> String {
        match &self.data {
            Some(data) => format!("Case {}", text::clean(&data.name)),
            None => format!("Case {}", text::path(&self.path)),
        }
    }

    fn start(&mut self, out: &mut Out) {
        self.job = Some(out.start(Job::OpenCase(self.path.clone())));
    }

    fn shown(&mut self, _: &[Recent], out: &mut Out) {
        // A production may have been made meanwhile.
        out.effects.push(Effect::Locate(self.path.clone()));
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if self.data.is_none() {
            return false;
        }
        if self.searching {
            return self.search_key(key, out);
        }
        match (self.focus, key.code) {
            (
                Focus::Preview,
                KeyCode::Esc | KeyCode::Char('q') | KeyCode::Left | KeyCode::Enter,
            ) => {
                self.focus = Focus::Items;
                return true;
            }
            (Focus::Preview, _) if self.pane.key(key) => return true,
            (Focus::Around, KeyCode::Esc | KeyCode::Char('q')) => {
                self.focus = Focus::Items;
                return true;
            }
            (Focus::Around, KeyCode::Enter) => {
                self.open_around(out);
                return true;
            }
            (Focus::Around, _) if self.around.key(key, self.around_len()) => return true,
            (Focus::Items, KeyCode::Enter | KeyCode::Right) => {
                self.focus = Focus::Preview;
                return true;
            }
            (Focus::Items, _) if self.cursor.key(key, self.visible.len()) => {
                self.preview(out);
                return true;
            }
            _ => {}
        }
        match key.code {
            KeyCode::Tab => {
                self.focus = match self.focus {
                    Focus::Items => Focus::Preview,
                    Focus::Preview if self.around_len() > 0 => Focus::Around,
                    Focus::Preview | Focus::Around => Focus::Items,
                }
            }
            KeyCode::Char('a') if self.around_len() > 0 => self.focus = Focus::Around,
            KeyCode::Char('/') => {
                self.focus = Focus::Items;
                self.searching = true;
            }
            KeyCode::Char('s') => self.sort = (self.sort + 1) % SORTS.len(),
            KeyCode::Char('x') => self.status = (self.status + 1) % STATUSES.len(),
            KeyCode::Char('t') => self.kind = (self.kind + 1) % (self.kinds.len() + 1),
            KeyCode::Char('y') => {
                let root = self.data.as_ref().map(|d| d.root.clone());
                out.effects.extend(root.map(Effect::Copy));
                out.toast("the root is on the clipboard, if this terminal allows it");
            }
            KeyCode::Char('r') => {
                let picker = Picker::new(PickFor::Classifier, out.cwd.clone());
                out.ask(Overlay::Picker(picker));
            }
            _ => return false,
        }
        if matches!(key.code, KeyCode::Char('s' | 'x' | 't')) {
            self.cursor.set(0);
            self.refresh(out);
        }
        true
    }

    fn paste(&mut self, text: &str, out: &mut Out) {
        if self.searching {
            self.search.paste(text);
            self.refresh(out);
        }
    }

    fn event(&mut self, event: Event, out: &mut Out) -> Option<Event> {
        match event {
            Event::Progress(id, at) if Some(id) == self.job => self.at = at,
            Event::Done(id, ended) if Some(id) == self.job => {
                self.job = None;
                match ended {
                    Ended::Ok(Outcome::Case(data)) => {
                        let mut kinds: Vec<String> =
                            data.items.iter().map(|i| i.media_type.clone()).collect();
                        kinds.sort();
                        kinds.dedup();
                        self.kinds = kinds;
                        self.data = Some(data);
                        out.opened(Kind::Case, &self.path);
                        self.refresh(out);
                    }
                    Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
                    Ended::Ok(_) => {}
                }
            }
            Event::Located(path, nearby) if path == self.path => {
                if let Some(data) = &mut self.data {
                    data.nearby = nearby;
                }
            }
            other => return self.pane.event(other),
        }
        None
    }

    fn select(&mut self, row: usize, out: &mut Out) -> bool {
        if self.focus == Focus::Around {
            let again = self.around.get(self.around_len()) == row;
            self.around.set(row);
            return again;
        }
        let again = self.cursor.get(self.visible.len()) == row;
        self.cursor.set(row);
        self.preview(out);
        again
    }

    fn answer(&mut self, answer: Answer, out: &mut Out) {
        if let Answer::Picked(PickFor::Classifier, path) = answer {
            out.push(Request::new(path, Some(self.path.clone())));
        }
    }

    fn busy(&self) -> Option<(JobId, &'static str)> {
        None
    }

    fn typing(&self) -> bool {
        self.searching
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        if self.searching {
            return vec![(KeyCode::Enter, "keep"), (KeyCode::Esc, "clear")];
        }
        let mut keys = vec![(KeyCode::Char('r'), "request")];
        match self.focus {
            Focus::Items => keys.extend([
                (KeyCode::Enter, "read"),
                (KeyCode::Char('/'), "search"),
                (KeyCode::Char('s'), "sort"),
                (KeyCode::Char('t'), "type"),
                (KeyCode::Char('x'), "status"),
            ]),
            Focus::Preview => keys.push((KeyCode::Enter, "to the list")),
            Focus::Around => keys.push((KeyCode::Enter, "open")),
        }
        if self.around_len() > 0 {
            keys.push((KeyCode::Tab, "next part"));
        }
        keys
    }

    fn help(&self) -> Keys {
        &[
            ("r", "load a classifier and run it over this case"),
            ("⏎", "read the item; again: back to the list"),
            ("/", "search in paths and subjects"),
            ("s t x", "sort; filter by type; by status"),
            ("a", "classifiers at hand and productions so far"),
            ("y", "copy the root"),
            (
                "! = └",
                "an exception; same bytes as an earlier item; part of another item",
            ),
        ]
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let Some(data) = &self.data else {
            return super::opening(canvas, area, self.error.as_deref(), &self.at);
        };
        let around = (self.around_len() as u16).clamp(1, 6) + 2;
        let [head, body, foot] = Layout::vertical([
            Constraint::Length(3),
            Constraint::Min(6),
            Constraint::Length(if area.height > 30 || self.focus == Focus::Around {
                around
            } else {
                0
            }),
        ])
        .areas(area);
        self.draw_head(data, canvas, head);
        let split = if area.width >= 110 {
            Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)])
        } else if self.focus == Focus::Preview {
            Layout::vertical([Constraint::Length(5), Constraint::Min(0)])
        } else {
            Layout::vertical([Constraint::Percentage(45), Constraint::Percentage(55)])
        };
        let [items, preview] = split.areas(body);
        self.draw_items(data, canvas, items);
        let focused = self.focus == Focus::Preview;
        self.pane.draw(canvas, preview, "Preview", focused);
        if foot.height > 0 {
            self.draw_around(data, canvas, foot);
        }
    }
}
