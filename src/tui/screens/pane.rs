//! The pane that shows one item.

use crate::tui::canvas::{Canvas, wrap};
use crate::tui::engine::{Body, Preview};
use crate::tui::event::{Effect, Event, Subject};
use crate::tui::state::Out;
use crate::tui::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui_image::Image;

/// What is shown, once it has been read.
#[derive(Debug, Default)]
pub struct Pane {
    subject: Option<Subject>,
    preview: Option<Result<Preview, String>>,
    scroll: usize,
}

impl Pane {
    /// Shows an item; reads it unless it is shown already.
    pub fn show(&mut self, subject: Option<Subject>, out: &mut Out) {
        if self.subject == subject {
            return;
        }
        self.scroll = 0;
        self.preview = None;
        self.subject.clone_from(&subject);
        self.ask(out);
    }

    /// Reads what is shown once more if it depends on the size of the pane.
    pub fn refit(&mut self, out: &mut Out) {
        if let Some(Ok(Preview {
            body: Body::Picture(_) | Body::Sketch(_),
            ..
        })) = &self.preview
        {
            self.ask(out);
        }
    }

    fn ask(&self, out: &mut Out) {
        if let Some(subject) = &self.subject {
            let (width, height) = out.size;
            let size = if width >= 110 {
                (width / 2 - 4, height.saturating_sub(16))
            } else {
                (width.saturating_sub(4), (height / 2).saturating_sub(5))
            };
            let size = (size.0.max(8), size.1.max(4));
            out.effects.push(Effect::Preview(subject.clone(), size));
        }
    }

    /// Takes the item that was asked for.
    pub fn event(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Previewed(subject, preview) if self.subject.as_ref() == Some(&subject) => {
                self.preview = Some(preview);
                None
            }
            other => Some(other),
        }
    }

    /// Scrolls.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let lines = match &self.preview {
            Some(Ok(Preview {
                body: Body::Text(lines),
                ..
            })) => lines.len() + 10,
            _ => 0,
        };
        self.scroll = match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.scroll + 1,
            KeyCode::Up | KeyCode::Char('k') => self.scroll.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll + 15,
            KeyCode::PageUp => self.scroll.saturating_sub(15),
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => lines,
            _ => return false,
        }
        .min(lines.saturating_sub(1));
        true
    }

    /// Draws it in a frame.
    pub fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect, title: &str, focused: bool) {
        let inner = canvas.block(area, title, focused);
        if inner.height == 0 {
            return;
        }
        let preview = match &self.preview {
            None => return,
            Some(Err(error)) => {
                let line = Line::styled(text::clean(error), canvas.theme.bad());
                return canvas.wrapped(inner, line, 0);
            }
            Some(Ok(preview)) => preview,
        };
        let theme = canvas.theme;
        let width = usize::from(inner.width);
        // Where there is little room, a picture tells more than what is said about it.
        let picture = matches!(preview.body, Body::Picture(_) | Body::Sketch(_));
        let short = picture && inner.height < 14;
        let head: Vec<Line<'_>> = preview
            .facts
            .iter()
            .filter(|(name, _)| !short || name == "path")
            .map(|(name, value)| {
                let value = text::fit(&text::clean(value), width.saturating_sub(9));
                Line::from(vec![
                    Span::styled(format!("{name:<8} "), theme.dim()),
                    Span::raw(value),
                ])
            })
            .collect();
        match &preview.body {
            Body::Sketch(lines) => {
                let art = lines.iter().map(|l| Line::from(text::fit(l, width)));
                let gap = (!short).then(Line::default);
                let all = head.into_iter().chain(gap).chain(art);
                canvas.text(inner, all.collect::<Vec<_>>());
            }
            Body::Text(content) => {
                let content = content
                    .iter()
                    .flat_map(|line| wrap(line, width.max(1)))
                    .map(Line::from);
                let all = head.into_iter().chain([Line::default()]).chain(content);
                let lines: Vec<Line<'_>> = all
                    .skip(self.scroll)
                    .take(usize::from(inner.height))
                    .collect();
                canvas.text(inner, lines);
            }
            Body::Nothing(why) => {
                let [top, rest] = Layout::vertical([
                    Constraint::Length(head.len() as u16 + 1),
                    Constraint::Min(0),
                ])
                .areas(inner);
                canvas.text(top, head);
                let why = Line::styled(text::clean(why), theme.warn());
                canvas.wrapped(rest, why, 0);
            }
            Body::Picture(picture) => {
                let [top, rest] = Layout::vertical([
                    Constraint::Length(head.len() as u16 + u16::from(!short)),
                    Constraint::Min(0),
                ])
                .areas(inner);
                canvas.text(top, head);
                canvas
                    .frame
                    .render_widget(Image::new(picture).allow_clipping(true), rest);
            }
        }
    }
}
