//! How the bundle screen looks.

use super::bundle::{Bundle, TABS};
use crate::bundle::Disposition;
use crate::tui::canvas::Canvas;
use crate::tui::engine::BundleData;
use crate::tui::nav::Draw;
use crate::tui::text;
use group::GroupEncoding;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

impl Draw for Bundle {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let screen = self;
        let Some(data) = &screen.data else {
            let error = screen.error.as_deref().map(|e| (e, &screen.scroll));
            return super::waiting::opening(canvas, area, error, &screen.at);
        };
        let [head, tabs, body] = Layout::vertical([
            Constraint::Length(5),
            Constraint::Length(1),
            Constraint::Min(0),
        ])
        .areas(area);
        identity(screen, data, canvas, head);
        let c = &data.counts;
        let numbers = [
            c.produced,
            c.withheld,
            c.not_responsive,
            c.exceptions,
            c.outside_form,
            c.committed,
        ];
        let labels: Vec<(char, String)> = TABS
            .iter()
            .zip('1'..)
            .map(|((_, label), key)| (key, (*label).to_owned()))
            .collect();
        canvas.tabs(tabs, &labels, screen.tab);
        let split = if area.width >= 110 {
            Layout::horizontal([Constraint::Percentage(45), Constraint::Percentage(55)])
        } else if screen.reading {
            Layout::vertical([Constraint::Length(4), Constraint::Min(0)])
        } else {
            Layout::vertical([Constraint::Percentage(35), Constraint::Percentage(65)])
        };
        let [left, right] = split.areas(body);
        let title = format!(
            "{} {}",
            text::count(numbers[screen.tab].into()),
            TABS[screen.tab].1
        );
        let inner = canvas.block(left, &title, !screen.reading);
        let inner = screen.search.draw(canvas, inner);
        list(screen, data, canvas, inner);
        match screen.selected() {
            Some((_, Disposition::Produced)) => {
                screen.pane.draw(canvas, right, "Produced", screen.reading);
            }
            Some((index, disposition)) => {
                let title = format!("Item {index}: {}", disposition.label());
                let inner = canvas.block(right, &title, screen.reading);
                explain(screen, data, index, disposition, canvas, inner);
            }
            None => {
                canvas.block(right, "", false);
            }
        }
    }
}

fn identity(screen: &Bundle, data: &BundleData, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let c = &data.counts;
    let theme = canvas.theme;
    let mut line = vec![Span::raw(" ")];
    let mut part = |sign: &'static str, n: u32, what: &'static str, style| {
        line.push(Span::styled(sign, theme.dim()));
        line.push(Span::styled(text::count(n.into()), style));
        line.push(Span::raw(format!(" {what}")));
    };
    part("", c.committed, "committed", theme.strong());
    part(" = ", c.produced, "produced", theme.accent());
    part(" + ", c.withheld, "withheld", theme.accent());
    part(" + ", c.not_responsive, "not responsive", theme.accent());
    part(" + ", c.exceptions, "exceptions", theme.accent());
    if c.outside_form > 0 {
        part(" + ", c.outside_form, "other form", theme.accent());
    }
    let m = &data.manifest;
    let mut last = vec![Span::styled(
        format!(
            " {}, {}",
            text::plural(m.batches.len() as u64, "proof"),
            text::bytes(data.proof_bytes)
        ),
        theme.dim(),
    )];
    let mut signs = signs(screen, canvas);
    // In a narrow terminal the most important one, where there is room.
    let narrow = area.width < 130 && !signs.is_empty();
    let first = narrow.then(|| {
        let bad = signs.iter().position(|s| s.style == theme.bad());
        let sign = signs.swap_remove(bad.unwrap_or(0));
        Span::styled(sign.content.into_owned(), sign.style)
    });
    // The name gives way to the sign.
    let taken = first.as_ref().map_or(0, Span::width) + 58;
    let name = text::fit(
        &text::clean(&m.classifier_name),
        usize::from(area.width).saturating_sub(taken),
    );
    if !narrow {
        last.extend(signs);
    }
    let lines = vec![
        Line::styled(
            format!(" NOT VERIFIED HERE: {}", data.not_searched.sentence()),
            theme.warn(),
        ),
        Line::from(line),
        Line::from(vec![
            Span::styled(" request ", theme.dim()),
            Span::raw(name),
            Span::styled(
                format!(
                    "  {}  made {}, as it says",
                    text::short(&m.classifier),
                    text::date(&m.created)
                ),
                theme.dim(),
            ),
            first.unwrap_or_default(),
        ]),
        Line::from(vec![
            Span::styled(" root    ", theme.dim()),
            Span::raw(text::clean(&m.root)),
        ]),
        Line::from(last),
    ];
    canvas.text(area, lines);
}

/// Signatures and time-stamps, in a few letters; the verify screen has them in sentences.
fn signs(screen: &Bundle, canvas: &Canvas<'_, '_>) -> Vec<Span<'static>> {
    let theme = canvas.theme;
    let mut out = Vec::new();
    for beside in &screen.vouched {
        let what = beside.what.trim_start_matches("The ");
        match &beside.signature {
            Some(Ok(signed)) => out.push(match &signed.checked {
                Some(Ok(_)) => Span::styled(format!("  ✔ {what} signed"), theme.ok()),
                Some(Err(_)) => Span::styled(format!("  ✘ {what}: bad signature"), theme.bad()),
                None => Span::styled(format!("  {what} signed, key unknown"), theme.warn()),
            }),
            Some(Err(_)) => {
                out.push(Span::styled(
                    format!("  ✘ {what}: bad signature"),
                    theme.bad(),
                ));
            }
            None => {}
        }
        match &beside.stamp {
            Some(Ok(stamp)) => out.push(Span::styled(
                format!("  {what} stamped {}", text::date(&stamp.time)),
                theme.plain(),
            )),
            Some(Err(_)) => {
                out.push(Span::styled(
                    format!("  ✘ {what}: bad time-stamp"),
                    theme.bad(),
                ));
            }
            None => {}
        }
    }
    out
}

fn list(screen: &Bundle, data: &BundleData, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let theme = canvas.theme;
    if screen.rows.is_empty() {
        return canvas.text(area, Line::styled("no item", theme.dim()));
    }
    let at = screen.cursor.get(screen.rows.len());
    canvas.rows(
        area,
        screen.rows.len(),
        Some(at),
        !screen.reading,
        |row, width| {
            let index = screen.rows[row];
            let say = match data.dispositions.get(index) {
                Some(Disposition::Produced) => match data.title(index) {
                    Some((path, "")) => text::clean(path),
                    Some((_, subject)) => text::clean(subject),
                    None => String::new(),
                },
                Some(Disposition::Withheld) => match data.withheld(index) {
                    Some(w) => format!("{:<9} {}", w.reason.code(), text::clean(&w.description)),
                    None => String::new(),
                },
                Some(Disposition::Exception) => {
                    let leaf = &data.leaves[index as usize];
                    leaf.exception()
                        .map_or(String::new(), |r| text::clean(r.as_str()))
                }
                _ => text::short(&hex::encode(data.leaves[index as usize].hash())),
            };
            let mut spans = vec![Span::styled(format!("{index:>7}  "), theme.dim())];
            let mut room = width.saturating_sub(9);
            if TABS[screen.tab].0.is_none() {
                let label = data.dispositions.get(index).map_or("", Disposition::label);
                spans.push(Span::styled(text::pad(label, 16), theme.dim()));
                room = room.saturating_sub(16);
            }
            spans.push(Span::raw(text::pad(&say, room)));
            Line::from(spans)
        },
    );
}

/// What is known about an item that is not in the bundle, in plain words.
fn explain(
    screen: &Bundle,
    data: &BundleData,
    index: u32,
    disposition: Disposition,
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
) {
    let leaf = &data.leaves[index as usize];
    let mut rows: Vec<(&str, String)> = Vec::new();
    let meaning = match disposition {
        Disposition::NotResponsive => {
            "This item was committed, was run through exactly this classifier, and does not match. The \
             proof shows that and nothing else: not its text, not its score, not how close it came."
        }
        Disposition::Withheld => {
            "This item matches the classifier, which the proof shows, and is kept back for the reason \
             below. Nothing of its content is revealed. Whether the reason is right is for the court."
        }
        Disposition::Exception => {
            "This item could not be processed when the corpus was committed. It is counted, and nothing \
             is claimed about its content: a person has to look."
        }
        _ => {
            "The classifier does not read items of this form, so nothing is claimed about this one: a \
             person has to look, or a classifier for its form is needed."
        }
    };
    rows.push(("meaning", meaning.to_owned()));
    if let Some(w) = data.withheld(index) {
        rows.push((
            "reason",
            format!("{}, {}", w.reason.code(), w.reason.title()),
        ));
        rows.push(("log", text::lines(&w.description).join("\n")));
    }
    if let Some(reason) = leaf.exception() {
        rows.push(("reason", text::clean(reason.as_str())));
    }
    if leaf.is_partly_read() {
        rows.push(("read", "in part only".to_owned()));
    }
    if let Some(place) = data.place(index) {
        let lane = match place.lane {
            Some((lane, slot)) => format!(", lane {lane}, place {slot}"),
            None => String::new(),
        };
        let lanes = text::plural(place.lanes.into(), "lane");
        rows.push((
            "proof",
            format!(
                "proof {}: item {} of {} in {lanes}{lane}",
                place.batch,
                place.position + 1,
                place.items
            ),
        ));
    }
    rows.push(("leaf", hex::encode(leaf.hash())));
    for commitment in leaf.forms() {
        for point in commitment.strips() {
            let point = hex::encode(point.to_bytes());
            rows.push(("vector", format!("{} hidden in {point}", commitment.form())));
        }
    }
    rows.push((
        "contents",
        format!("hidden under {}", hex::encode(leaf.d())),
    ));
    canvas.facts(area, &rows, &screen.scroll);
}
