//! The whole picture: header, screen, footer, and what lies over them.

use super::canvas::{Canvas, Hit, Hits};
use super::state::State;
use super::text;
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Smallest terminal that makes sense.
const LEAST: (u16, u16) = (60, 16);

/// Whether a terminal is too small to show anything.
pub fn too_small((width, height): (u16, u16)) -> bool {
    width < LEAST.0 || height < LEAST.1
}

/// Draws the state; returns what is where.
pub fn draw(state: &State, frame: &mut Frame<'_>) -> Hits {
    let mut canvas = Canvas {
        frame,
        theme: state.theme,
        tick: state.tick,
        hits: Hits::default(),
        home: state.home.as_deref(),
    };
    let area = canvas.frame.area();
    if too_small((area.width, area.height)) {
        let leaving = if state.busy() {
            "What is running goes on."
        } else {
            "Ctrl-C leaves."
        };
        let say = format!(
            "candor needs {} columns and {} rows. {leaving}",
            LEAST.0, LEAST.1
        );
        canvas.wrapped(area, say);
        return canvas.hits;
    }
    let [head, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(area);
    header(state, &mut canvas, head);
    state.screen().draw(&mut canvas, body);
    footer(state, &mut canvas, foot);
    for overlay in &state.overlays {
        overlay.draw(&mut canvas);
    }
    canvas.hits
}

fn header(state: &State, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let mut spans = vec![Span::styled(" candor ", canvas.theme.accent())];
    let titles: Vec<String> = state.screens.iter().skip(1).map(|s| s.title()).collect();
    // Work that goes on elsewhere: what it is and how far.
    let away = state.parked.last().map(|screen| {
        let done = screen.progress().and_then(|at| {
            let total = at.total.filter(|t| *t > 0)?;
            Some(format!(" {} %", 100 * at.done / total))
        });
        let mark = if screen.busy().is_some() {
            canvas.spinner()
        } else {
            '✔'
        };
        let title = text::fit(&screen.title(), 24);
        format!("{mark} {title}{} F2 ", done.unwrap_or_default())
    });
    let taken = away.as_ref().map_or(0, |a| text::width(a) + 1);
    let room = usize::from(area.width).saturating_sub(20 + taken);
    let trail = text::fit_end(&titles.join(" › "), room);
    if !trail.is_empty() {
        spans.push(Span::styled("› ", canvas.theme.dim()));
        spans.push(Span::styled(trail, canvas.theme.strong()));
    }
    canvas.text(area, Line::from(spans));
    let help = Rect {
        x: area.right().saturating_sub(8),
        width: 8,
        ..area
    };
    canvas.text(
        help,
        Line::from(vec![
            Span::styled(
                if state.typing() { "F1" } else { "?" },
                canvas.theme.accent(),
            ),
            Span::raw(" help "),
        ])
        .alignment(Alignment::Right),
    );
    canvas.hit(help, Hit::Key(KeyCode::F(1)));
    if let Some(away) = away {
        let width = text::width(&away) as u16;
        let at = Rect {
            x: help.x.saturating_sub(width),
            width,
            ..area
        };
        canvas.text(at, Line::styled(away, canvas.theme.warn()));
        canvas.hit(at, Hit::Key(KeyCode::F(2)));
    }
}

fn footer(state: &State, canvas: &mut Canvas<'_, '_>, area: Rect) {
    if let Some(toast) = &state.toast {
        let line = format!(" {}", text::fit(toast, usize::from(area.width) - 2));
        return canvas.text(area, Line::styled(line, canvas.theme.warn()));
    }
    let mut keys = state.screen().keys();
    if state.screen().typing() {
        keys.insert(keys.len().saturating_sub(1), (KeyCode::F(1), "help"));
    } else {
        let back = if state.screens.len() > 1 {
            "back"
        } else {
            "quit"
        };
        keys.push((KeyCode::Char('q'), back));
    }
    canvas.keys(area, &keys);
}
