//! What was done with a case, when: the custody log and whether its chain holds.

use super::{Keys, View};
use crate::custody::Chain;
use crate::tui::canvas::Canvas;
use crate::tui::cursor::Cursor;
use crate::tui::event::{Effect, Event};
use crate::tui::nav::Draw;
use crate::tui::overlay::{Answer, Overlay, Prompt, PromptFor};
use crate::tui::recent::Recent;
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use std::path::PathBuf;

/// The screen.
#[derive(Debug)]
pub struct Custody {
    case: PathBuf,
    chain: Option<Result<Chain, String>>,
    cursor: Cursor,
    /// A hash that was noted earlier: the log must still hold it.
    noted: Option<String>,
    /// Of the selected entry.
    scroll: Scroll,
}

impl Custody {
    /// For a case.
    pub fn new(case: PathBuf) -> Self {
        Custody {
            case,
            chain: None,
            cursor: Cursor::default(),
            noted: None,
            scroll: Scroll::default(),
        }
    }

    fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()?.as_ref().ok()
    }

    fn verdict(&self, chain: &Chain, canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
        let theme = canvas.theme;
        let place = |noted: &String| chain.entries.iter().position(|e| e.hash == *noted);
        let noted = self.noted.as_ref().map(place);
        let mut lines = vec![match &chain.fault {
            None => Line::styled(
                format!(
                    " ✔ intact: {}, each names the hash of the one before",
                    match chain.entries.len() {
                        1 => "1 entry".to_owned(),
                        n => format!("{} entries", text::count(n as u64)),
                    }
                ),
                theme.ok(),
            ),
            Some(fault) => Line::styled(
                format!(" ✘ BROKEN: {}", text::clean(&fault.to_string())),
                theme.bad(),
            ),
        }];
        lines.push(Line::from(vec![
            Span::styled(" head ", theme.dim()),
            Span::raw(text::clean(chain.head())),
        ]));
        lines.push(match (noted, chain.remarks.first()) {
            (Some(Some(entry)), _) => Line::styled(
                format!(
                    " ✔ the noted hash is that of entry {entry}: nothing before it was cut off"
                ),
                theme.ok(),
            ),
            (Some(None), _) => Line::styled(
                " ✘ CUT OR REWRITTEN: the noted hash is not in the log",
                theme.bad(),
            ),
            (None, Some(remark)) => Line::styled(format!(" {}", text::clean(remark)), theme.warn()),
            (None, None) => Line::styled(
                " Note the head elsewhere, or sign it, so that nobody can cut the log short.",
                theme.dim(),
            ),
        });
        lines
    }
}

impl View for Custody {
    fn title(&self) -> String {
        format!("Custody {}", text::name(&self.case))
    }

    fn start(&mut self, out: &mut Out) {
        out.effects.push(Effect::ReadCustody(self.case.clone()));
    }

    fn shown(&mut self, _: &[Recent], out: &mut Out) {
        self.start(out);
    }

    fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        if let Some(Err(_)) = &self.chain
            && self.scroll.key(key)
        {
            return true;
        }
        let len = self.chain().map_or(0, |c| c.entries.len());
        if self.cursor.key(key, len) {
            self.scroll.home();
            return true;
        }
        if key.code == KeyCode::Char(' ') {
            // Round and round: the keys that go back move in the list.
            if self.scroll.at_end() {
                self.scroll.home();
            } else {
                self.scroll.key(key);
            }
            return true;
        }
        if key.code == KeyCode::Char('h') {
            let hint = "The log must still hold it: so an end that was cut off is noticed.";
            out.ask(Overlay::Prompt(Prompt::new(
                PromptFor::Head,
                "A hash that was noted earlier",
                hint,
                String::new(),
            )));
            return true;
        }
        if key.code == KeyCode::Char('y') {
            let head = self.chain().map(|c| c.head().to_owned());
            out.effects.extend(head.map(Effect::Copy));
            out.toast("the head is on the clipboard, if this terminal allows it");
            return true;
        }
        false
    }

    fn event(&mut self, event: Event, _: &mut Out) -> Option<Event> {
        match event {
            Event::Custody(case, chain) if case == self.case => {
                let len = chain.as_ref().map_or(0, |c| c.entries.len());
                if self.chain.is_none() {
                    self.cursor.set(len.saturating_sub(1));
                }
                self.chain = Some(chain);
                None
            }
            other => Some(other),
        }
    }

    fn answer(&mut self, answer: Answer, _: &mut Out) {
        if let Answer::Typed(PromptFor::Head, hash) = answer {
            self.noted = Some(hash.to_ascii_lowercase());
        }
    }

    fn select(&mut self, row: usize, _: &mut Out) -> bool {
        self.cursor.set(row);
        self.scroll.home();
        false
    }

    fn keys(&self) -> Vec<(KeyCode, &'static str)> {
        vec![
            (KeyCode::Down, "next"),
            (KeyCode::Char('y'), "copy the head"),
            (KeyCode::Char('h'), "look for a noted hash"),
        ]
    }

    fn help(&self) -> Keys {
        &[
            (
                "y",
                "copy the hash of the last entry, to be noted elsewhere",
            ),
            (
                "h",
                "whether the log still holds a hash that was noted earlier",
            ),
        ]
    }
}

impl Draw for Custody {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let chain = match &self.chain {
            None => return,
            Some(Err(error)) => {
                return super::waiting::opening(
                    canvas,
                    area,
                    Some((error, &self.scroll)),
                    &Default::default(),
                );
            }
            Some(Ok(chain)) => chain,
        };
        let details = (area.height / 3).clamp(5, 12);
        let [head, list, below] = Layout::vertical([
            Constraint::Length(3),
            Constraint::Min(3),
            Constraint::Length(details),
        ])
        .areas(area);
        canvas.text(head, self.verdict(chain, canvas));
        let inner = canvas.block(list, "What was done", true);
        let len = chain.entries.len();
        if len == 0 {
            let say = "Nothing was recorded yet.";
            return canvas.text(inner, Line::styled(say, canvas.theme.dim()));
        }
        let at = self.cursor.get(len);
        let theme = canvas.theme;
        canvas.rows(inner, len, Some(at), true, |row, width| {
            let entry = &chain.entries[row];
            let facts: Vec<String> = entry
                .facts
                .iter()
                .map(|(key, value)| format!("{}={}", text::clean(key), text::clean(value)))
                .collect();
            let facts = text::pad(&facts.join(" "), width.saturating_sub(38));
            Line::from(vec![
                Span::styled(format!("{:>4}  ", entry.seq), theme.dim()),
                Span::raw(text::pad(&text::clean(&entry.time), 22)),
                Span::styled(text::pad(&text::clean(&entry.action), 10), theme.accent()),
                Span::styled(facts, theme.dim()),
            ])
        });
        let entry = &chain.entries[at];
        let title = format!("Entry {}: {}", entry.seq, text::clean(&entry.action));
        let inner = canvas.block(below, &title, false);
        let names: Vec<String> = entry.facts.keys().map(|k| text::clean(k)).collect();
        let values = entry.facts.values().map(|v| text::clean(v));
        let mut facts: Vec<(&str, String)> = names.iter().map(String::as_str).zip(values).collect();
        facts.push(("hash", text::clean(&entry.hash)));
        facts.push(("before it", text::clean(&entry.previous)));
        canvas.facts(inner, &facts, &self.scroll);
    }
}
