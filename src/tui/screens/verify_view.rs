//! How the verification looks.

use super::verify::{Row, Verify};
use crate::sign::Beside;
use crate::tui::canvas::{Canvas, Hit, wrap};
use crate::tui::nav::Draw;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::verify::{Report, Status};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::path::Path;
use std::path::PathBuf;

impl Draw for Verify {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let screen = self;
        let theme = canvas.theme;
        let Some(report) = &screen.report else {
            let rows = match screen.choosing() {
                true => screen.rows().len() as u16 + 2,
                false => screen.rows().len() as u16,
            };
            let [head, body] =
                Layout::vertical([Constraint::Length(rows), Constraint::Min(0)]).areas(area);
            inputs(screen, canvas, head);
            let inner = canvas.block(body, "Checks", screen.job.is_some());
            match &screen.error {
                Some(error) => {
                    super::waiting::failure(canvas, inner, error, &screen.scroll);
                }
                None if screen.job.is_none() => {
                    let say = "The bundle is checked against the commitment file that was published \
                                   before the request, and against the requester's classifier file. \
                                   Nothing else is needed: no network, no trust in anybody.";
                    let mut lines: Vec<Line<'_>> = (screen.found(canvas.home).into_iter())
                        .map(|found| Line::styled(found, theme.warn()))
                        .collect();
                    lines.push(Line::styled(say, theme.dim()));
                    canvas.scrolled(inner, lines, &screen.scroll);
                }
                None => draw_checks(screen, canvas, inner),
            }
            return;
        };
        let (word, style) = badge(report, theme);
        let checks = report.checks.len() as u16 + 2;
        let [head, top, bottom] = Layout::vertical([
            Constraint::Length(3),
            // All of them, whatever the size: the last one is the one that counts.
            Constraint::Length(checks.min(area.height.saturating_sub(3))),
            Constraint::Min(0),
        ])
        .areas(area);
        canvas.text(
            head,
            vec![
                Line::from(vec![
                    Span::raw(" "),
                    Span::styled(word, style.add_modifier(ratatui::style::Modifier::REVERSED)),
                    Span::styled(format!("  {}", text::clean(&report.case)), theme.strong()),
                    Span::raw(match &report.custodian {
                        Some(name) => format!(", {}", text::clean(name)),
                        None => String::new(),
                    }),
                    Span::styled(
                        format!(
                            "  committed {}, as the responder states",
                            text::clean(&report.committed_at)
                        ),
                        theme.dim(),
                    ),
                ]),
                Line::styled(format!(" root {}", text::clean(&report.root)), theme.dim()),
                Line::styled(
                    format!(
                        " request {}{} (its author's name for it) {}",
                        match &report.sealed {
                            Some(_) => "SEALED ",
                            None => "",
                        },
                        text::clean(&report.classifier_name),
                        text::short(&report.classifier)
                    ),
                    theme.dim(),
                ),
            ],
        );
        let inner = canvas.block(top, "Checks", false);
        draw_checks(screen, canvas, inner);
        let inner = canvas.block(bottom, "Verdict", true);
        canvas.hit(inner, Hit::Nothing);
        verdict(screen, report, canvas, inner);
    }
}

fn inputs(screen: &Verify, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let inner = canvas.block(area, "What is verified", screen.choosing());
    let width = usize::from(inner.width).saturating_sub(26);
    let show = |path: &Option<PathBuf>, chosen: bool| match path {
        Some(path) if chosen => text::fit_end(&canvas.path(path), width),
        Some(path) => {
            let say = " (found nearby, not chosen)";
            let room = width.saturating_sub(say.len());
            format!("{}{say}", text::fit_end(&canvas.path(path), room))
        }
        None => "choose …".to_owned(),
    };
    let theme = canvas.theme;
    let file = |row: &Row| -> Option<(String, String)> {
        Some(match row {
            Row::Bundle => (
                "the bundle".to_owned(),
                show(&Some(screen.bundle.clone()), true),
            ),
            Row::Commitment => (
                "the commitment file".to_owned(),
                show(&screen.commitment, screen.chosen.commitment),
            ),
            Row::Classifier => (
                "the classifier file".to_owned(),
                show(&screen.classifier, screen.chosen.classifier),
            ),
            Row::Supplement(at) => (
                format!("supplement {}, bundle", at + 1),
                show(&Some(screen.supplements[*at].bundle.clone()), true),
            ),
            Row::Supplementary(at) => {
                let supplement = &screen.supplements[*at];
                (
                    "  its commitment file".to_owned(),
                    show(&supplement.commitment, supplement.chosen),
                )
            }
            Row::Add | Row::Start => return None,
        })
    };
    let rows: Vec<(Row, Option<(String, String)>)> = screen
        .rows()
        .into_iter()
        .filter(|row| screen.choosing() || !matches!(row, Row::Add | Row::Start))
        .map(|row| (row, file(&row)))
        .collect();
    let selected = screen.choosing().then(|| screen.cursor.get(rows.len()));
    canvas.rows(
        inner,
        rows.len(),
        selected,
        true,
        |row, width| match &rows[row] {
            (_, Some((name, path))) => Line::from(vec![
                Span::styled(format!(" {name:<22}"), theme.dim()),
                Span::raw(text::pad(path, width.saturating_sub(23))),
            ]),
            (Row::Add, None) => Line::styled(
                text::pad(" + the bundle of a supplement …", width),
                theme.dim(),
            ),
            (_, None) => Line::styled(text::pad(" Verify …", width), theme.accent()),
        },
    );
}

fn draw_checks(screen: &Verify, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    let checks = match &screen.report {
        Some(report) => &report.checks,
        None => &screen.checks,
    };
    for check in checks {
        let (mark, style) = match check.status {
            Status::Ok => ("✔ ", theme.ok()),
            Status::Failed => ("✘ ", theme.bad()),
            Status::NotRun => ("- ", theme.dim()),
        };
        let time = match check.status {
            Status::NotRun => String::new(),
            _ => format!("{:.1} s", check.milliseconds as f64 / 1000.0),
        };
        let detail = text::clean(&check.detail);
        let room = width.saturating_sub(28).max(10);
        // At the end, the verdict has the failures in full.
        let detail = if check.status == Status::Failed && screen.report.is_none() {
            wrap(&detail, room)
        } else {
            vec![text::fit(&detail, room)]
        };
        for (i, part) in detail.into_iter().enumerate() {
            let (mark, name, time) = if i == 0 {
                (mark, check.name, time.as_str())
            } else {
                ("  ", "", "")
            };
            lines.push(Line::from(vec![
                Span::styled(format!(" {mark}"), style),
                Span::styled(format!("{name:<15}"), theme.strong()),
                Span::styled(format!("{time:>7}  "), theme.dim()),
                Span::raw(part),
            ]));
        }
    }
    let used = lines.len() as u16;
    canvas.text(area, lines);
    if let (Some(name), Some(_)) = (screen.running, screen.job) {
        let at = Rect {
            y: area.y + used.min(area.height.saturating_sub(4)) + 1,
            height: 3,
            ..area
        };
        let mut now = screen.at.clone();
        if now.label.is_empty() {
            name.clone_into(&mut now.label);
        }
        now.note = format!("check: {name}");
        canvas.progress(at.intersection(area), &now, false);
    }
}

fn verdict(screen: &Verify, report: &Report, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (home, theme) = (canvas.home, canvas.theme);
    canvas.scrolled_rows(area, &screen.scroll, |width| {
        sentences(screen, report, home, theme, width)
    });
}

/// The verdict in a few words. What was not searched at all, or is a part of a chain, does not look like a search that
/// verified.
fn badge(report: &Report, theme: Theme) -> (String, Style) {
    let alone = report.not_searched().and_then(|not| not.alone);
    match (report.verified(), alone) {
        (false, _) => (" VERIFICATION FAILED ".to_owned(), theme.bad()),
        (true, _) if report.nothing_searched() => {
            (" NOTHING WAS SEARCHED ".to_owned(), theme.warn())
        }
        (true, Some(number)) => (
            format!(" SUPPLEMENT {number} ALONE, VERIFIED "),
            theme.warn(),
        ),
        (true, None) => match report.commitments.len() {
            0 | 1 => (" VERIFIED ".to_owned(), theme.ok()),
            n => (format!(" {n} COMMITMENTS VERIFIED "), theme.ok()),
        },
    }
}

/// The verdict as rows of a width.
fn sentences(
    screen: &Verify,
    report: &Report,
    home: Option<&Path>,
    theme: Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let width = width.saturating_sub(3);
    let mut lines = Vec::new();
    let mut say = |style, indent: &str, what: &str| {
        let parts = wrap(&text::clean(what), width.saturating_sub(indent.len()));
        for (i, part) in parts.into_iter().enumerate() {
            let lead = if i == 0 {
                indent.to_owned()
            } else {
                " ".repeat(indent.len())
            };
            lines.push(Line::styled(format!(" {lead}{part}"), style));
        }
    };
    let style = match report.not_searched() {
        Some(not) if !not.any() => theme.ok(),
        Some(_) => theme.warn(),
        None => theme.bad(),
    };
    say(style, "", report.headline());
    say(theme.strong(), "", &report.identity());
    if let Some(sealed) = &report.sealed {
        say(theme.warn(), "", &sealed.sentence());
    }
    if report.verified() {
        let found = screen.found(home);
        found.iter().for_each(|f| say(theme.warn(), "", f));
        say(theme.plain(), "", "");
        say(theme.ok(), "", "Proved");
        report
            .proved
            .iter()
            .for_each(|p| say(theme.plain(), "- ", p));
    } else {
        say(theme.bad(), "", "What failed");
        report
            .failures()
            .iter()
            .for_each(|p| say(theme.plain(), "- ", p));
        let found = screen.found(home);
        found.iter().for_each(|f| say(theme.warn(), "", f));
    }
    for link in &report.commitments {
        say(theme.plain(), "", "");
        say(theme.strong(), "", &link.title());
        let sentences = link.sentences();
        sentences.iter().for_each(|p| say(theme.plain(), "- ", p));
    }
    if !report.scope.is_empty() {
        say(theme.plain(), "", "");
        let what = "Left out before the commitment, as the responder states in it";
        say(theme.warn(), "", what);
        let rules = report.scope.iter();
        rules.for_each(|rule| say(theme.plain(), "- ", &rule.to_string()));
    }
    if !screen.vouched.is_empty() {
        say(theme.plain(), "", "");
        say(theme.strong(), "", "Who vouches for the files");
        let found = vouched(&screen.vouched, theme);
        if found.is_empty() {
            say(
                theme.plain(),
                "- ",
                "neither a signature nor a time-stamp lies beside them",
            );
        }
        found.iter().for_each(|(style, p)| say(*style, "- ", p));
    }
    say(theme.plain(), "", "");
    say(theme.warn(), "", "Not proved, by any such bundle");
    report
        .not_proved
        .iter()
        .for_each(|p| say(theme.plain(), "- ", p));
    lines
}

/// Signatures and time-stamps, each as a sentence with how far it can be relied on.
pub(super) fn vouched(found: &[Beside], theme: Theme) -> Vec<(Style, String)> {
    let style = |b: &Beside| {
        let signed = match &b.signature {
            None => None,
            Some(Ok(signed)) => match &signed.checked {
                Some(Ok(_)) => Some(true),
                Some(Err(_)) => Some(false),
                None => None,
            },
            Some(Err(_)) => Some(false),
        };
        let stamped = match &b.stamp {
            None => None,
            Some(Ok(stamp)) => stamp.trusted.then_some(true),
            Some(Err(_)) => Some(false),
        };
        match (signed, stamped) {
            (Some(false), _) | (_, Some(false)) => theme.bad(),
            (Some(true), _) | (_, Some(true)) => theme.ok(),
            _ => theme.plain(),
        }
    };
    let sentences = |b: &Beside| {
        let style = style(b);
        b.sentences()
            .into_iter()
            .map(move |s| (style, s))
            .collect::<Vec<_>>()
    };
    found.iter().flat_map(sentences).collect()
}
