//! Rows to fill in: text, choices, files, and buttons that do something.

use crate::tui::canvas::{Canvas, Hit};
use crate::tui::cursor::window;
use crate::tui::input::{Input, Secret};
use crate::tui::overlay::PickFor;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a row holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text to type.
    Text(Input),
    /// One of several.
    Choice(Vec<&'static str>, usize),
    /// Text to type that nobody may see.
    Secret(Secret),
    /// A file or folder, by the picker.
    File(PickFor, Option<PathBuf>),
    /// Several files, each by the picker.
    Files(PickFor, Vec<PathBuf>),
    /// Does something.
    Button,
}

#[derive(Clone, Debug)]
struct Row {
    id: &'static str,
    label: &'static str,
    value: Value,
    /// What it means to leave it empty.
    hint: &'static str,
    shown: bool,
    /// The file was found by the program and not chosen by anybody.
    found: bool,
}

/// What a key came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Nothing here.
    Nothing,
    /// The form changed or moved.
    Moved,
    /// The row with this id wants a file.
    Pick(PickFor),
    /// The button with this id.
    Button(&'static str),
}

/// The rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    rows: Vec<Row>,
    at: usize,
}

impl Form {
    /// Adds a row.
    pub fn with(mut self, id: &'static str, label: &'static str, value: Value) -> Self {
        self.rows.push(Row {
            id,
            label,
            value,
            hint: "",
            shown: true,
            found: false,
        });
        self
    }

    /// Says that the file in the row that was added last, if there is one, was found and not chosen.
    pub fn found(mut self) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.found = matches!(row.value, Value::File(_, Some(_)));
        }
        self
    }

    /// Says what it means to leave the row that was added last empty.
    pub fn or(mut self, hint: &'static str) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.hint = hint;
        }
        self
    }

    fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    fn row_mut(&mut self, id: &str) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.id == id)
    }

    /// What was typed, without spaces around it.
    pub fn text(&self, id: &str) -> &str {
        match self.row(id).map(|row| &row.value) {
            Some(Value::Text(input)) => input.text().trim(),
            _ => "",
        }
    }

    /// What was typed where nobody sees it.
    pub fn secret(&self, id: &str) -> Zeroizing<String> {
        match self.row(id).map(|row| &row.value) {
            Some(Value::Secret(secret)) => secret.reveal(),
            _ => Zeroizing::default(),
        }
    }

    /// Forgets everything that was typed where nobody sees it.
    pub fn forget(&mut self) {
        for row in &mut self.rows {
            if let Value::Secret(secret) = &mut row.value {
                *secret = Secret::default();
            }
        }
    }

    /// Puts text into a row.
    pub fn set_text(&mut self, id: &str, text: impl Into<String>) {
        if let Some(row) = self.row_mut(id) {
            row.value = Value::Text(Input::new(text));
        }
    }

    /// Calls a row something else.
    pub fn set_label(&mut self, id: &str, label: &'static str) {
        if let Some(row) = self.row_mut(id) {
            row.label = label;
        }
    }

    /// Which of several was chosen.
    pub fn choice(&self, id: &str) -> usize {
        match self.row(id).map(|row| &row.value) {
            Some(Value::Choice(_, at)) => *at,
            _ => 0,
        }
    }

    /// The file that was chosen.
    pub fn file(&self, id: &str) -> Option<&Path> {
        match self.row(id).map(|row| &row.value) {
            Some(Value::File(_, path)) => path.as_deref(),
            _ => None,
        }
    }

    /// The files that were chosen.
    pub fn files(&self, id: &str) -> &[PathBuf] {
        match self.row(id).map(|row| &row.value) {
            Some(Value::Files(_, paths)) => paths,
            _ => &[],
        }
    }

    /// Puts a file into the row that asks for such a one; `over` also replaces one.
    pub fn set_file(&mut self, what: PickFor, path: PathBuf, over: bool) {
        for row in &mut self.rows {
            if let Value::File(wanted, now) = &mut row.value
                && *wanted == what
                && (over || now.is_none())
            {
                *now = Some(path.clone());
                row.found = false;
            }
            if let Value::Files(wanted, now) = &mut row.value
                && *wanted == what
                && !now.contains(&path)
            {
                now.push(path.clone());
            }
        }
    }

    /// Goes to a row, if it is shown.
    pub fn go(&mut self, id: &str) {
        let visible = self.visible();
        if let Some(at) = visible.iter().position(|n| self.rows[*n].id == id) {
            self.at = at;
        }
    }

    /// Shows exactly the rows that the test accepts.
    pub fn show(&mut self, test: impl Fn(&str) -> bool) {
        for row in &mut self.rows {
            row.shown = test(row.id);
        }
    }

    fn visible(&self) -> Vec<usize> {
        (0..self.rows.len())
            .filter(|i| self.rows[*i].shown)
            .collect()
    }

    fn current(&mut self) -> Option<&mut Row> {
        let visible = self.visible();
        let at = *visible.get(self.at.min(visible.len().saturating_sub(1)))?;
        self.rows.get_mut(at)
    }

    /// Whether letters are text in the current row.
    pub fn typing(&self) -> bool {
        matches!(self.here(), Some(Value::Text(_) | Value::Secret(_)))
    }

    /// Whether the current row is one of several choices.
    pub fn choosing(&self) -> bool {
        matches!(self.here(), Some(Value::Choice(..)))
    }

    /// Whether the current row holds a file that can be taken out again.
    pub fn chosen(&self) -> bool {
        match self.here() {
            Some(Value::File(_, path)) => path.is_some(),
            Some(Value::Files(_, paths)) => !paths.is_empty(),
            _ => false,
        }
    }

    fn here(&self) -> Option<&Value> {
        self.at_row().map(|row| &row.value)
    }

    fn at_row(&self) -> Option<&Row> {
        let visible = self.visible();
        let at = visible.get(self.at.min(visible.len().saturating_sub(1)))?;
        Some(&self.rows[*at])
    }

    /// The current row.
    pub fn id(&self) -> Option<&'static str> {
        self.at_row().map(|row| row.id)
    }

    /// What Enter does in the current row.
    pub fn enter(&self) -> &'static str {
        match self.here() {
            Some(Value::Choice(..)) => "change",
            Some(Value::File(..)) => "choose",
            Some(Value::Files(..)) => "add",
            Some(Value::Button) => "go",
            _ => "next",
        }
    }

    /// A row was clicked; true if a click alone should act.
    pub fn select(&mut self, row: usize) -> bool {
        self.at = row;
        self.current()
            .is_some_and(|row| !matches!(row.value, Value::Text(_) | Value::Secret(_)))
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        match self.current().map(|row| &mut row.value) {
            Some(Value::Text(input)) => input.paste(text),
            Some(Value::Secret(secret)) => secret.input().paste(text),
            _ => {}
        }
    }

    fn step(&mut self, by: isize) {
        let last = self.visible().len().saturating_sub(1);
        self.at = self.at.min(last).saturating_add_signed(by).min(last);
    }

    /// A key.
    pub fn key(&mut self, key: KeyEvent) -> Pressed {
        let typing = self.typing();
        match key.code {
            KeyCode::Up | KeyCode::BackTab => self.step(-1),
            KeyCode::Down | KeyCode::Tab => self.step(1),
            KeyCode::Char('k') if !typing => self.step(-1),
            KeyCode::Char('j') if !typing => self.step(1),
            _ => return self.edit(key),
        }
        Pressed::Moved
    }

    fn edit(&mut self, key: KeyEvent) -> Pressed {
        let Some(row) = self.current() else {
            return Pressed::Nothing;
        };
        match (&mut row.value, key.code) {
            (Value::Text(_) | Value::Secret(_), KeyCode::Enter) => self.step(1),
            (Value::Secret(secret), _) => {
                if !secret.input().key(key) {
                    return Pressed::Nothing;
                }
            }
            (Value::Text(input), _) => {
                if !input.key(key) {
                    return Pressed::Nothing;
                }
            }
            (Value::Choice(options, at), KeyCode::Left) => {
                *at = (*at + options.len() - 1) % options.len().max(1);
            }
            (Value::Choice(options, at), KeyCode::Enter | KeyCode::Right | KeyCode::Char(' ')) => {
                *at = (*at + 1) % options.len().max(1)
            }
            (Value::File(what, _) | Value::Files(what, _), KeyCode::Enter | KeyCode::Char(' ')) => {
                return Pressed::Pick(*what);
            }
            (Value::File(_, path), KeyCode::Delete) => *path = None,
            (Value::Files(_, paths), KeyCode::Delete) => drop(paths.pop()),
            (Value::Button, KeyCode::Enter | KeyCode::Char(' ')) => {
                return Pressed::Button(row.id);
            }
            _ => return Pressed::Nothing,
        }
        Pressed::Moved
    }

    /// How many rows are shown.
    pub fn len(&self) -> usize {
        self.visible().len()
    }

    /// Draws the rows; they can be clicked.
    pub fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect, focused: bool) {
        let visible = self.visible();
        let at = self.at.min(visible.len().saturating_sub(1));
        let labels = visible
            .iter()
            .filter(|i| !matches!(self.rows[**i].value, Value::Button))
            .map(|i| self.rows[*i].label.chars().count());
        let width = labels.max().unwrap_or(0) as u16 + 2;
        let shown = window(at, visible.len(), usize::from(area.height));
        for (y, n) in shown.enumerate() {
            let row = &self.rows[visible[n]];
            let line = Rect::new(area.x, area.y + y as u16, area.width, 1);
            canvas.hit(line, Hit::Row(n));
            let here = focused && n == at;
            let style = if here {
                canvas.theme.accent()
            } else {
                canvas.theme.dim()
            };
            canvas.text(line, Line::styled(row.label, style));
            let value = Rect {
                x: line.x + width.min(line.width),
                width: line.width.saturating_sub(width),
                ..line
            };
            let chosen = if here {
                canvas.theme.selected(true)
            } else {
                canvas.theme.plain()
            };
            let room = usize::from(value.width);
            let inside = Rect {
                x: value.x + 1,
                width: value.width.saturating_sub(1),
                ..value
            };
            match &row.value {
                Value::Text(input) if input.text().is_empty() && !here => {
                    let say = text::fit(&format!(" {}", row.hint), room);
                    canvas.text(value, Line::styled(say, canvas.theme.dim()));
                }
                Value::Text(input) => {
                    canvas.input(inside, input, here);
                    if input.text().is_empty() {
                        // Beside the cursor.
                        let beside = Rect {
                            x: inside.x + 2,
                            width: inside.width.saturating_sub(2),
                            ..inside
                        };
                        let say = text::fit(row.hint, usize::from(beside.width));
                        canvas.text(beside, Line::styled(say, canvas.theme.dim()));
                    }
                }
                Value::Secret(secret) => {
                    canvas.input(inside, &secret.dots(), here);
                }
                Value::Choice(options, at) => {
                    let say = format!(" {} ", options.get(*at).unwrap_or(&""));
                    let mut spans = vec![Span::styled(text::fit(&say, room), chosen)];
                    if here {
                        spans.push(Span::styled(" ←→", canvas.theme.dim()));
                    }
                    canvas.text(value, Line::from(spans));
                }
                Value::File(_, path) => {
                    let say = match path {
                        Some(path) if row.found => {
                            format!("{} (found nearby, not chosen)", canvas.path(path))
                        }
                        Some(path) => canvas.path(path),
                        None if row.hint.is_empty() => "choose …".to_owned(),
                        None => format!("{} …", row.hint),
                    };
                    let say = format!(" {} ", text::fit_end(&say, room.saturating_sub(2)));
                    canvas.text(value, Line::styled(say, chosen));
                }
                Value::Files(_, paths) => {
                    let say = match &paths[..] {
                        [] if row.hint.is_empty() => "choose …".to_owned(),
                        [] => format!("{} …", row.hint),
                        [path] => canvas.path(path),
                        [.., last] => format!("{} and {} more", canvas.path(last), paths.len() - 1),
                    };
                    let say = format!(" {} ", text::fit_end(&say, room.saturating_sub(2)));
                    canvas.text(value, Line::styled(say, chosen));
                }
                Value::Button => {
                    let style = if here { chosen } else { canvas.theme.accent() };
                    let say = format!(" {} … ", row.label);
                    let whole = Rect { ..line };
                    canvas.text(
                        whole,
                        Line::styled(text::pad(&say, room.min(say.len())), style),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        Form::default()
            .with("name", "Name", Value::Text(Input::new("a")))
            .with("kind", "Kind", Value::Choice(vec!["one", "two"], 0))
            .with("file", "File", Value::File(PickFor::Classifier, None))
            .with("go", "Go", Value::Button)
    }

    #[test]
    fn rows_are_filled_in_by_keys() {
        let mut form = form();
        form.key(KeyCode::Char('j').into());
        assert_eq!(form.text("name"), "aj");
        form.key(KeyCode::Enter.into());
        assert_eq!(form.key(KeyCode::Char(' ').into()), Pressed::Moved);
        assert_eq!(form.choice("kind"), 1);
        form.key(KeyCode::Right.into());
        assert_eq!(form.choice("kind"), 0);
        form.key(KeyCode::Char('j').into());
        assert_eq!(
            form.key(KeyCode::Enter.into()),
            Pressed::Pick(PickFor::Classifier)
        );
        form.set_file(PickFor::Classifier, "/x".into(), true);
        assert_eq!(form.file("file"), Some(Path::new("/x")));
        form.key(KeyCode::Tab.into());
        assert_eq!(form.key(KeyCode::Enter.into()), Pressed::Button("go"));
        assert_eq!(form.key(KeyCode::Char('q').into()), Pressed::Nothing);
    }

    #[test]
    fn hidden_rows_are_skipped() {
        let mut form = form();
        form.show(|id| id == "name" || id == "go");
        assert_eq!(form.len(), 2);
        form.key(KeyCode::Down.into());
        assert_eq!(form.key(KeyCode::Enter.into()), Pressed::Button("go"));
    }
}
