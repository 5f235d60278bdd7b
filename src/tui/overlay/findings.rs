//! What was found before something leaves, one by one: each is allowed with a reason, or nothing leaves.

use super::answer::{Answer, Asker};
use crate::tui::canvas::{Canvas, wrap};
use crate::tui::cursor::Cursor;
use crate::tui::input::Input;
use crate::tui::scroll::Scroll;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout};
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The items that it is about: what many share is asked once.
    pub items: Vec<u32>,
    /// The name of what they share.
    pub passage: Option<String>,
    /// What was found: as it is, one or more lines.
    pub what: String,
    /// Whether a person may allow it; what must not leave in any case is refused.
    pub allowable: bool,
    /// Why it is allowed.
    pub reason: Option<String>,
}

impl Finding {
    /// The item's number, or how many there are.
    fn about(&self) -> String {
        match self.items[..] {
            [item] => item.to_string(),
            _ => format!("{}x", self.items.len()),
        }
    }
}

/// The list, and a line for a reason.
#[derive(Clone, Debug)]
pub struct Findings {
    title: String,
    list: Vec<Finding>,
    cursor: Cursor,
    scroll: Scroll,
    input: Input,
    typing: bool,
}

impl Findings {
    /// Shows a list that is not empty; the title must be clean.
    pub fn new(title: &str, list: Vec<Finding>) -> Self {
        Findings {
            title: title.to_owned(),
            list,
            cursor: Cursor::default(),
            scroll: Scroll::default(),
            input: Input::default(),
            typing: false,
        }
    }

    /// How many nobody has allowed.
    fn open(&self) -> usize {
        self.list.iter().filter(|f| f.reason.is_none()).count()
    }

    /// What was allowed, by item: whatever several answers about it say.
    fn allowed(&self) -> Vec<(u32, String)> {
        let mut allowed: BTreeMap<u32, String> = BTreeMap::new();
        for (finding, reason) in self
            .list
            .iter()
            .filter_map(|f| Some((f, f.reason.as_ref()?)))
        {
            for item in &finding.items {
                let said = allowed.entry(*item).or_default();
                if !said.is_empty() {
                    said.push_str("; ");
                }
                said.push_str(reason);
                if let Some(passage) = &finding.passage {
                    said.push_str(&format!(" (passage {passage})"));
                }
            }
        }
        allowed.into_iter().collect()
    }

    fn refused(&self) -> bool {
        self.list.iter().any(|f| !f.allowable)
    }

    pub(super) fn typing(&self) -> bool {
        self.typing
    }

    pub(super) fn paste(&mut self, text: &str, out: &mut dyn Asker) {
        if self.typing {
            self.input.paste(text);
        } else {
            out.remark("nothing to paste into here: a takes a reason".to_owned());
        }
    }

    pub(super) fn select(&mut self, row: usize) -> bool {
        let again = self.cursor.get(self.list.len()) == row;
        self.cursor.set(row);
        self.scroll.home();
        self.typing = false;
        again
    }

    pub(super) fn key(&mut self, key: KeyEvent, out: &mut dyn Asker) -> bool {
        let at = self.cursor.get(self.list.len());
        if self.typing {
            match key.code {
                KeyCode::Esc => self.typing = false,
                KeyCode::Enter => {
                    let reason = self.input.text().trim().to_owned();
                    if let Some(finding) = self
                        .list
                        .get_mut(at)
                        .filter(|_| crate::clean::is_visible(&reason))
                    {
                        finding.reason = Some(reason);
                        self.typing = false;
                        // On to the next that nobody has looked at.
                        let next = self
                            .list
                            .iter()
                            .position(|f| f.allowable && f.reason.is_none());
                        self.cursor.set(next.unwrap_or(at));
                        self.scroll.home();
                    }
                }
                _ => {
                    self.input.key(key);
                }
            }
            return false;
        }
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return true,
            KeyCode::Char('a') | KeyCode::Enter => match self.list.get(at) {
                Some(finding) if finding.allowable => {
                    self.input = Input::new(finding.reason.clone().unwrap_or_default());
                    self.typing = true;
                }
                _ => out.remark("this must not leave: withhold it too".to_owned()),
            },
            KeyCode::Delete => {
                if let Some(finding) = self.list.get_mut(at) {
                    finding.reason = None;
                }
            }
            KeyCode::Char('y') if self.refused() => {
                out.remark("some of these must not leave: withhold them too".to_owned());
            }
            KeyCode::Char('y') if self.open() > 0 => out.remark(format!(
                "{} not allowed yet: a takes a reason for each",
                text::plural(self.open() as u64, "finding")
            )),
            KeyCode::Char('y') => {
                out.answer(Answer::Allowed(self.allowed()));
                return true;
            }
            KeyCode::PageUp | KeyCode::PageDown | KeyCode::Char(' ') => {
                self.scroll.key(key);
            }
            _ => {
                if self.cursor.key(key, self.list.len()) {
                    self.scroll.home();
                }
            }
        }
        false
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        let inner = canvas.dialog(&self.title, 100, 40);
        let [list, _, detail, label, input, keys] = Layout::vertical([
            Constraint::Percentage(45),
            Constraint::Length(1),
            Constraint::Min(3),
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        let at = self.cursor.get(self.list.len());
        let theme = canvas.theme;
        canvas.rows(
            list,
            self.list.len(),
            Some(at),
            !self.typing,
            |row, width| {
                let finding = &self.list[row];
                let (mark, style) = match (&finding.reason, finding.allowable) {
                    (Some(_), _) => ("allowed ", theme.ok()),
                    (None, true) => ("open    ", theme.warn()),
                    (None, false) => ("refused ", theme.bad()),
                };
                let what = text::lines(&finding.what).join(" ");
                Line::from(vec![
                    Span::styled(format!("{:>7} ", finding.about()), theme.dim()),
                    Span::styled(mark, style),
                    Span::raw(text::pad(&what, width.saturating_sub(16))),
                ])
            },
        );
        if let Some(finding) = self.list.get(at) {
            let mut lines: Vec<Line<'_>> = text::lines(&finding.what)
                .into_iter()
                .map(Line::from)
                .collect();
            let reason = finding
                .reason
                .iter()
                .flat_map(|r| wrap(&text::clean(r), 90));
            lines.extend(reason.map(|r| Line::styled(format!("allowed: {r}"), theme.ok())));
            canvas.scrolled(detail, lines, &self.scroll);
        }
        if self.typing {
            let say = "Why it may leave all the same, for the custody log:";
            canvas.text(label, Line::styled(say, theme.dim()));
            canvas.input(input, &self.input, true);
            return canvas.keys(keys, &[(KeyCode::Enter, "allow"), (KeyCode::Esc, "not")]);
        }
        canvas.keys(
            keys,
            &[
                (KeyCode::Char('a'), "allow, with a reason"),
                (KeyCode::Delete, "take back"),
                (KeyCode::PageDown, "read on"),
                (KeyCode::Char('y'), "go on"),
                (KeyCode::Esc, "nothing leaves"),
            ],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::state::{Nav, State};
    use crate::tui::theme::Theme;

    fn finding(item: u32, allowable: bool) -> Finding {
        Finding {
            items: vec![item],
            passage: None,
            what: format!("item {item} is nearly a withheld one"),
            allowable,
            reason: None,
        }
    }

    fn press(overlay: &mut Findings, keys: &str) -> (bool, Vec<Nav>) {
        let mut out = State::new("/w".into(), Vec::new(), Theme::new(false)).out();
        let mut done = false;
        for c in keys.chars() {
            let code = match c {
                '\n' => KeyCode::Enter,
                c => KeyCode::Char(c),
            };
            done = overlay.key(code.into(), &mut out);
        }
        (done, out.nav)
    }

    #[test]
    fn nothing_goes_on_before_each_is_allowed_with_a_reason() {
        let mut overlay = Findings::new("Near copies", vec![finding(3, true), finding(8, true)]);
        assert!(!press(&mut overlay, "y").0);
        assert!(!press(&mut overlay, "a\ny").0, "an empty reason is none");
        press(&mut overlay, " why not?\n");
        assert!(!press(&mut overlay, "y").0);
        let (done, nav) = press(&mut overlay, "aq\ny");
        assert!(done);
        let Some(Nav::Answer(Answer::Allowed(allowed))) = nav.into_iter().next() else {
            panic!("no answer");
        };
        assert_eq!(allowed, [(3, "y why not?".to_owned()), (8, "q".to_owned())]);
    }

    #[test]
    fn one_answer_is_about_all_that_share_a_passage() {
        let mut common = finding(3, true);
        common.items = vec![3, 5, 8];
        common.passage = Some("3fa9c2d1".to_owned());
        let mut overlay = Findings::new("Near copies", vec![common, finding(8, true)]);
        press(&mut overlay, "aa footer\nab\n");
        let (_, nav) = press(&mut overlay, "y");
        let Some(Nav::Answer(Answer::Allowed(allowed))) = nav.into_iter().next() else {
            panic!("no answer");
        };
        let said: Vec<(u32, &str)> = allowed
            .iter()
            .map(|(item, said)| (*item, &**said))
            .collect();
        let footer = "a footer (passage 3fa9c2d1)";
        let both = format!("{footer}; b");
        assert_eq!(said, [(3, footer), (5, footer), (8, &*both)]);
    }

    #[test]
    fn what_must_not_leave_cannot_be_allowed() {
        let mut overlay = Findings::new("Copies", vec![finding(3, false)]);
        assert!(!press(&mut overlay, "abc\ny").0);
        assert_eq!(overlay.open(), 1);
    }
}
