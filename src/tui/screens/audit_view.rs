//! How the audit screen looks.

use super::audit::{Audit, CHECK, DRAW, Done, OPEN};
use crate::audit::{AuditReport, ItemResult, ItemStatus, Rereading};
use crate::tui::canvas::Canvas;
use crate::tui::nav::Draw;
use crate::tui::text;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

impl Draw for Audit {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let screen = self;
        let title = "A random sample of what was not produced";
        let below = screen.desk.draw(title, canvas, area);
        draw_below(screen, canvas, below);
    }
}

fn draw_below(screen: &Audit, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let theme = canvas.theme;
    let title = match &screen.done {
        Some(Done::Audited(_) | Done::Reread(_)) => "The audit",
        _ => "",
    };
    let inner = canvas.block(
        area,
        title,
        screen.desk.job.is_some() || screen.done.is_some(),
    );
    if screen.desk.job.is_some() {
        return screen.desk.draw_progress(canvas, inner);
    }
    let lines = match &screen.done {
        Some(Done::Drawn(challenge, path)) => vec![
            Line::styled(
                format!(
                    "{} of the {} {} are to be opened, as audit {}.",
                    challenge.sample,
                    challenge.population_count,
                    challenge.population.items(),
                    challenge.number
                ),
                theme.ok(),
            ),
            Line::from(format!("nonce {}", text::clean(&challenge.nonce))),
            Line::default(),
            Line::styled(canvas.path(path), theme.strong()),
            Line::styled(
                "Sign it, and send it to the responder: which items these are, its half of the seed decides.",
                theme.dim(),
            ),
        ],
        Some(Done::Opened(items, path)) => vec![
            Line::styled(
                format!("{} opened.", text::plural(*items as u64, "item")),
                theme.ok(),
            ),
            Line::styled(canvas.path(path), theme.strong()),
            Line::default(),
            Line::styled(
                "IN CAMERA: these documents were not produced. Hand them to the judge only.",
                theme.bad(),
            ),
        ],
        Some(Done::Audited(report)) => audited(report, canvas),
        Some(Done::Reread(report)) => reread(report, canvas),
        Some(Done::Refused(failures)) => {
            let say = "The bundle does not verify, so there is nothing to audit.";
            let mut lines = vec![Line::styled(say, theme.bad())];
            lines.extend(failures.iter().map(|f| Line::from(text::clean(f))));
            lines
        }
        Some(Done::Failed(why)) => {
            let lines = text::lines(why).into_iter();
            lines.map(|l| Line::styled(l, theme.bad())).collect()
        }
        None => {
            let say = match screen.desk.form.choice("step") {
                DRAW => {
                    "The proofs show that no undisclosed item matches. Whether the items were \
                     honestly read into what was searched, only documents can show: so a random \
                     sample is opened in camera. The nonce must be chosen after the bundle was \
                     handed over, by somebody else than the responder: words spoken in court, \
                     dice. Empty: from this machine."
                }
                OPEN => {
                    "Opens exactly the sampled items, for the judge: those that the challenge's nonce and \
                     the secret of this case give, for a bundle that verifies and was proved here. The \
                     custody log numbers each audit, so nobody can choose what to see."
                }
                CHECK => {
                    "Each opened item's file, text and vector must be the committed ones. With the \
                     labels of a person who read them, it says how many responsive documents the \
                     search may have missed."
                }
                _ => {
                    "The verification shows that file and text of every produced document are the \
                     committed ones. This reads the files once more: is each text what its file says?"
                }
            };
            let found = screen.known.found(canvas.home).into_iter();
            let found = found.map(|said| Line::styled(said, theme.warn()));
            found.chain([Line::styled(say, theme.dim())]).collect()
        }
    };
    canvas.scrolled(inner, lines, &screen.desk.scroll);
}

fn audited(report: &AuditReport, canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
    let theme = canvas.theme;
    let style = match (report.failed + report.unopened, report.compare) {
        (0, 0) => theme.ok(),
        (0, _) => theme.warn(),
        _ => theme.bad(),
    };
    let mut lines = vec![Line::styled(report.headline(), style)];
    lines.extend(
        report
            .remarks()
            .iter()
            .map(|line| Line::from(text::clean(line))),
    );
    match &report.elusion {
        Some(elusion) => lines.extend(elusion.plain.iter().map(|l| Line::from(text::clean(l)))),
        None => lines.push(Line::styled(
            "No labels were given, so nothing is said about what a person would find: have one read the \
             opened items, and give a CSV file with the columns item, responsive (of withheld items: \
             item, justified).",
            theme.dim(),
        )),
    }
    lines.push(Line::default());
    lines.extend(items(&report.items, canvas));
    lines
}

fn reread(report: &Rereading, canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
    let theme = canvas.theme;
    let style = match (report.failed, report.compare) {
        (0, 0) => theme.ok(),
        (0, _) => theme.warn(),
        _ => theme.bad(),
    };
    let mut lines = vec![Line::styled(report.headline(), style), Line::default()];
    lines.extend(items(&report.items, canvas));
    lines
}

fn items(items: &[ItemResult], canvas: &Canvas<'_, '_>) -> Vec<Line<'static>> {
    let theme = canvas.theme;
    let line = |item: &ItemResult| {
        let (mark, style) = match item.status {
            ItemStatus::Ok => ("✔", theme.ok()),
            ItemStatus::Compare => ("?", theme.warn()),
            ItemStatus::Failed | ItemStatus::NotOpened => ("✘", theme.bad()),
        };
        let detail = match item.detail.as_str() {
            "" => String::new(),
            detail => format!(": {}", text::clean(detail)),
        };
        Line::from(vec![
            Span::styled(format!("{mark} "), style),
            Span::styled(format!("{:>6}  ", item.item), theme.dim()),
            Span::raw(format!("{}{detail}", text::clean(&item.path))),
        ])
    };
    items.iter().map(line).collect()
}
