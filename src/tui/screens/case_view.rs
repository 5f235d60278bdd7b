//! How the case screen looks.

use super::case::{Case, Focus, SORTS, STATUSES};
use crate::tui::canvas::{Canvas, Hit};
use crate::tui::engine::{CaseData, Nearby};
use crate::tui::nav::Draw;
use crate::tui::text;
use crossterm::event::KeyCode;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

impl Draw for Case {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let screen = self;
        let Some(data) = &screen.data else {
            let error = screen.error.as_deref().map(|e| (e, &screen.scroll));
            return super::waiting::opening(canvas, area, error, &screen.at);
        };
        let around = (screen.around_len() as u16).clamp(1, 6) + 2;
        let [head, body, foot] = Layout::vertical([
            Constraint::Length(3),
            Constraint::Min(6),
            Constraint::Length(if area.height > 30 || screen.focus == Focus::Around {
                around
            } else {
                0
            }),
        ])
        .areas(area);
        draw_head(screen, data, canvas, head);
        let split = if area.width >= 110 {
            Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)])
        } else if screen.focus == Focus::Preview {
            Layout::vertical([Constraint::Length(5), Constraint::Min(0)])
        } else {
            Layout::vertical([Constraint::Percentage(45), Constraint::Percentage(55)])
        };
        let [items, preview] = split.areas(body);
        draw_items(screen, data, canvas, items);
        let focused = screen.focus == Focus::Preview;
        screen.pane.draw(canvas, preview, "Preview", focused);
        if foot.height > 0 {
            draw_around(screen, data, canvas, foot);
        }
    }
}

fn draw_head(screen: &Case, data: &CaseData, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let theme = canvas.theme;
    let custodian = data.custodian.as_deref().unwrap_or("no custodian named");
    let exceptions = data.items.iter().filter(|i| i.exception.is_some()).count();
    let partly = match data.items.iter().filter(|i| i.partly).count() {
        0 => String::new(),
        n => format!(", {n} read in part"),
    };
    let supplement = data.supplement.as_deref();
    let supplement = supplement
        .map(|said| format!("; {said}"))
        .unwrap_or_default();
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
        Line::from(vec![
            Span::raw(format!(
                " {}: {}, {}{partly}{supplement}",
                text::plural(data.items.len() as u64, "item"),
                forms.join(", "),
                text::plural(exceptions as u64, "exception"),
            )),
            intact(screen, canvas),
        ]),
    ];
    canvas.text(area, facts);
}

fn draw_items(screen: &Case, data: &CaseData, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let kind = screen.kind.checked_sub(1).and_then(|k| screen.kinds.get(k));
    let title = format!(
        "{} of {} · {} · {} · by {}",
        text::count(screen.visible.len() as u64),
        text::count(data.items.len() as u64),
        STATUSES[screen.status].1,
        kind.map_or("every type".to_owned(), |k| text::clean(k)),
        SORTS[screen.sort].1,
    );
    let inner = canvas.block(area, &title, screen.focus == Focus::Items);
    let list = screen.search.draw(canvas, inner);
    let theme = canvas.theme;
    let at = screen.cursor.get(screen.visible.len());
    let focused = screen.focus == Focus::Items;
    let selected = (!screen.visible.is_empty()).then_some(at);
    canvas.rows(
        list,
        screen.visible.len(),
        selected,
        focused,
        |row, width| {
            let item = &data.items[screen.visible[row]];
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
        },
    );
}

/// How much is withheld from a request, as far as that is recorded.
fn withheld(near: &Nearby, hash: &str) -> String {
    let found = near.reviewed.iter().find(|r| r.classifier_hash == hash);
    match found.map(|review| &review.withheld) {
        Some(Ok(n)) if *n > 0 => format!("  {} withheld", text::count(*n as u64)),
        Some(Err(_)) => "  what is withheld cannot be read".to_owned(),
        _ => String::new(),
    }
}

fn draw_around(screen: &Case, data: &CaseData, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let home = canvas.home;
    let focused = screen.focus == Focus::Around;
    let inner = canvas.block(
        area,
        "Found beside the case: productions not finished, classifiers, bundles",
        focused,
    );
    let near = &data.nearby;
    let len = screen.around_len();
    let theme = canvas.theme;
    if len == 0 {
        let say = "None beside the case yet. r loads a classifier and starts a request.";
        return canvas.wrapped(inner, Line::styled(say, theme.dim()));
    }
    let selected = focused.then_some(screen.around.get(len));
    let line = |row: usize, width: usize| {
        let begun = near.unfinished.get(row);
        let row = row.saturating_sub(near.unfinished.len());
        let (label, say) = match (begun, near.classifiers.get(row)) {
            (Some(begun), _) => (
                "begun   ",
                format!(
                    "not finished: {} of {}  {}",
                    text::count(begun.finished as u64),
                    text::plural(begun.proofs as u64, "proof"),
                    text::path(home, &begun.output)
                ),
            ),
            (None, Some(c)) => (
                "request ",
                format!(
                    "{}  {}{}",
                    text::clean(&c.name),
                    text::short(&c.hash),
                    withheld(near, &c.hash)
                ),
            ),
            (None, None) => {
                let b = &near.bundles[row - near.classifiers.len()];
                let say = format!(
                    "{}  {} matching, {} withheld  {}  {}",
                    text::clean(&b.classifier),
                    text::count(b.matches as u64),
                    text::count(b.withheld as u64),
                    text::clean(&b.created),
                    text::path(home, &b.path),
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

/// Whether the case was checked, and what that gave.
fn intact(screen: &Case, canvas: &Canvas<'_, '_>) -> Span<'static> {
    let theme = canvas.theme;
    if screen.checking.is_some() {
        let done = match screen.at.total {
            Some(total) => 100 * screen.at.done / total.max(1),
            None => 0,
        };
        return Span::styled(
            format!("  {} checking, {done} %", canvas.spinner()),
            theme.warn(),
        );
    }
    match &screen.checked {
        None => Span::raw(""),
        Some(audit) if audit.is_sound() => Span::styled("  ✔ intact, checked just now", theme.ok()),
        Some(audit) => {
            let first = audit.problems.first();
            let say = match first {
                Some(p) => format!("item {}: {}", p.item, text::clean(&p.problem)),
                None => "the leaves do not have the published root".to_owned(),
            };
            Span::styled(
                format!("  ✘ DAMAGED, {} items: {say}", audit.damaged),
                theme.bad(),
            )
        }
    }
}
