//! How the request screen looks.

use super::plot;
use super::request::{Request, TABS, Tab};
use super::request_proofs::PROVING;
use crate::sealed::{AnyClassifier, Published};
use crate::tui::canvas::Canvas;
use crate::tui::cursor::window;
use crate::tui::nav::Draw;
use crate::tui::scroll::Scroll;
use crate::tui::text;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use std::time::Duration;

impl Draw for Request {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let screen = self;
        let Some(classifier) = &screen.classifier else {
            let error = screen.error.as_deref().map(|e| (e, &screen.scroll));
            return super::waiting::opening(canvas, area, error, &screen.at);
        };
        let Some(data) = &screen.data else {
            let lines = match (&screen.error, &screen.case) {
                (Some(_), _) => 6,
                (None, Some(_)) => 3,
                (None, None) => 1,
            };
            let [body, foot] =
                Layout::vertical([Constraint::Min(0), Constraint::Length(lines)]).areas(area);
            facts(screen, classifier, canvas, body);
            match (&screen.error, &screen.case) {
                (Some(error), _) => super::waiting::failure(canvas, foot, error, &screen.said),
                (None, Some(_)) => canvas.progress(foot, &screen.at, false),
                (None, None) => {
                    let say = " o runs it over a case, without proving anything";
                    canvas.text(foot, Line::styled(say, canvas.theme.dim()));
                }
            }
            return;
        };
        let [tabs, body] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
        let labels: Vec<(char, String)> = TABS
            .iter()
            .zip('1'..)
            .map(|((tab, label), key)| {
                let label = match tab {
                    Tab::Matches => format!("{label} {}", data.counts.matches),
                    _ => (*label).to_owned(),
                };
                (key, label)
            })
            .collect();
        canvas.tabs(tabs, &labels, screen.tab);
        match screen.tab() {
            Tab::Classifier => facts(screen, classifier, canvas, body),
            Tab::Scores => scores(screen, classifier, canvas, body),
            Tab::Matches | Tab::Borderline => list(screen, canvas, body),
            Tab::Prove => prove(screen, canvas, body),
        }
    }
}

fn facts(screen: &Request, classifier: &AnyClassifier, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let inner = canvas.block(area, "Claimed by its author, checked by nobody", false);
    let published = classifier.published();
    let card = published.card();
    let author = if card.author.is_empty() {
        "not named"
    } else {
        &card.author
    };
    let warnings = match &screen.data {
        Some(data) => &data.warnings,
        None => &screen.warnings,
    };
    let mut rows: Vec<(&str, String)> = warnings
        .iter()
        .map(|w| ("WARNING", text::clean(w)))
        .collect();
    if published.sealed().is_some() {
        let say = match classifier.held() {
            Some(_) => {
                "its weights are a secret, and this is their owner's view: others see the public file only"
            }
            None => {
                "its weights are a secret of its owner: what it looks for, nobody else can tell"
            }
        };
        rows.push(("SEALED", say.to_owned()));
    }
    rows.extend([
        ("name", text::clean(&card.name)),
        ("author", text::clean(author)),
        ("sha-256", hex::encode(classifier.hash())),
        (
            "answers",
            format!(
                "{} / {}",
                text::clean(&card.labels.matching),
                text::clean(&card.labels.other)
            ),
        ),
        ("rule", text::clean(&card.decision.rule)),
        ("network", network(published)),
    ]);
    let percent = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{:.1} %", 100.0 * x));
    for e in &card.evaluations {
        rows.push((
            "claimed",
            format!(
                "{}: {}, accuracy {}, precision {}, recall {}",
                text::clean(&e.set),
                text::plural(e.items(), "item"),
                percent(e.accuracy()),
                percent(e.precision()),
                percent(e.recall())
            ),
        ));
    }
    for (key, value) in &card.facts {
        rows.push((
            "",
            format!("{}: {}", text::clean(key), text::lines(value).join(" ")),
        ));
    }
    if !card.description.is_empty() {
        rows.push(("about", text::lines(&card.description).join("\n")));
    }
    canvas.facts(inner, &rows, &screen.scroll);
}

/// What a network is made of, as everybody knows it.
fn network(published: Published<'_>) -> String {
    match published {
        Published::Whole(classifier) => {
            let network = classifier.network();
            format!(
                "reads {}; {} layers, {} weights, {} neurons per item, shift {}",
                classifier.form(),
                network.layers().len(),
                text::count(network.weight_count() as u64),
                text::count(network.neurons() as u64),
                network.shift()
            )
        }
        Published::Sealed(sealed) => {
            let plan = sealed.plan();
            format!(
                "reads {}; {} sealed layers, {} secret weights and biases in {} commitments, {} neurons per item, shift {}",
                sealed.form(),
                plan.layers().len(),
                text::count(plan.parameters() as u64),
                text::count(sealed.commitments().len() as u64),
                text::count(plan.neurons() as u64),
                plan.shift()
            )
        }
    }
}

fn scores(screen: &Request, classifier: &AnyClassifier, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let Some(data) = &screen.data else { return };
    let [head, chart] = Layout::vertical([Constraint::Length(5), Constraint::Min(5)]).areas(area);
    let c = &data.counts;
    let theme = canvas.theme;
    let row = |n: u32, what: &str, style| {
        Line::from(vec![
            Span::styled(format!(" {:>9}", text::count(n.into())), style),
            Span::raw(format!("  {what}")),
        ])
    };
    let duplicates = match c.duplicate_matches {
        0 => String::new(),
        n => format!(" ({n} with the same bytes as an earlier item)"),
    };
    let mut lines = vec![
        row(c.committed, "committed items", theme.strong()),
        row(c.matches, &format!("match{duplicates}"), theme.accent()),
        row(c.no_matches, "do not match", theme.plain()),
        row(
            c.exceptions,
            "exceptions: nothing is known about them",
            theme.warn(),
        ),
    ];
    if c.other_form > 0 {
        lines.push(row(
            c.other_form,
            "of another form, which this classifier does not read",
            theme.warn(),
        ));
    }
    canvas.text(head, lines);
    let inner = canvas.block(chart, "Scores, heights as square roots", false);
    let scores: Vec<i64> = data.items.iter().filter_map(|i| i.score).collect();
    let unit = classifier.published().card().decision.score_unit;
    plot::draw(canvas, inner, &scores, unit);
}

fn list(screen: &Request, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (Some(data), Some((rows, cursor))) = (&screen.data, screen.list()) else {
        return;
    };
    let split = if area.width >= 110 {
        Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)])
    } else if screen.reading {
        Layout::vertical([Constraint::Length(5), Constraint::Min(0)])
    } else {
        Layout::vertical([Constraint::Percentage(45), Constraint::Percentage(55)])
    };
    let [left, right] = split.areas(area);
    let title = match screen.tab() {
        Tab::Matches => format!(
            "{} to be produced, {} withheld",
            screen.matches.len().saturating_sub(screen.withheld.len()),
            screen.withheld.len()
        ),
        _ => "Nearest to the line: read these to judge the request".to_owned(),
    };
    let inner = canvas.block(left, &title, !screen.reading);
    let inner = screen.search.draw(canvas, inner);
    let theme = canvas.theme;
    let unit = screen
        .classifier
        .as_ref()
        .and_then(|c| c.published().card().decision.score_unit);
    let selected = (!rows.is_empty()).then(|| screen.cursors[cursor].get(rows.len()));
    if rows.is_empty() {
        canvas.text(inner, Line::styled("no item", theme.dim()));
    }
    canvas.rows(
        inner,
        rows.len(),
        selected,
        !screen.reading,
        |row, width| {
            let item = &data.items[rows[row]];
            let withheld = screen.withheld.get(&item.facts.index);
            let (mark, style) = match (item.facts.matches(), withheld) {
                (_, Some(w)) => (w.reason.code(), theme.warn()),
                (true, None) => ("match", theme.accent()),
                (false, None) => ("", theme.dim()),
            };
            let same = match item.duplicate_of {
                Some(first) => format!(" (= {first})"),
                None => String::new(),
            };
            let title = format!("{}{same}", text::clean(&item.title));
            Line::from(vec![
                Span::styled(format!("{:>6} ", item.facts.index), theme.dim()),
                Span::styled(format!("{mark:<10} "), style),
                Span::styled(
                    format!(
                        "{:>9}  ",
                        item.score.map_or(String::new(), |s| plot::score(s, unit))
                    ),
                    theme.dim(),
                ),
                Span::raw(text::pad(&title, width.saturating_sub(29))),
            ])
        },
    );
    screen.pane.draw(canvas, right, "Preview", screen.reading);
}

fn prove(screen: &Request, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let [plan, run] = Layout::vertical([Constraint::Length(13), Constraint::Min(0)]).areas(area);
    let inner = canvas.block(plan, "The production", screen.proving.is_none());
    let theme = canvas.theme;
    let produced = screen.matches.len().saturating_sub(screen.withheld.len());
    let mut rows = vec![(
        "items",
        format!(
            "{} to be produced, {} withheld and logged",
            text::count(produced as u64),
            text::count(screen.withheld.len() as u64)
        ),
    )];
    match screen.plan() {
        Some(Ok(plan)) => {
            rows.push((
                "proofs",
                format!(
                    "{} over {}, {}",
                    text::plural(plan.proofs.len() as u64, "proof"),
                    text::plural(plan.items as u64, "item"),
                    text::bytes(plan.bytes)
                ),
            ));
            rows.push((
                "takes",
                format!(
                    "about {} on this machine ({:.0} CPU seconds), {} of memory",
                    text::duration(seconds(plan.seconds.max(1.0))),
                    plan.cpu_seconds.max(1.0),
                    text::bytes(plan.memory)
                ),
            ));
            let most = match plan.most {
                Some(n) => format!("at most {}", text::plural(n as u64, "item")),
                None => "any number of items".to_owned(),
            };
            rows.push((
                "within",
                format!("{} of memory, {most} in a proof", text::bytes(plan.limit)),
            ));
        }
        Some(Err(error)) => rows.push(("no plan", format!("{} (here: m)", text::clean(error)))),
        None => {}
    }
    if let Some(data) = &screen.data {
        let said = |label, list: &[String]| -> Vec<(&str, String)> {
            list.iter().map(|l| (label, text::clean(l))).collect()
        };
        rows.extend(said("WARNING", &data.warnings));
        rows.extend(said("answered", &data.answered));
    }
    if let Some(output) = &screen.output {
        rows.push(("bundle", canvas.path(output)));
    }
    canvas.facts(inner, &rows, &Scroll::default());

    if screen.proving.is_some() {
        let inner = canvas.block(run, "Proving", true);
        proving(screen, canvas, inner);
    } else if let Some(report) = &screen.report {
        let inner = canvas.block(run, "Done", true);
        let lines = vec![
            Line::styled(report.headline().to_owned(), theme.ok()),
            Line::styled(report.identity(), theme.strong()),
            Line::default(),
            Line::from("Hand over the bundle. Anybody can verify it with the published commitment"),
            Line::from("file and the classifier file: v does it here, as the other side would."),
        ];
        canvas.scrolled(inner, lines, &screen.scroll);
    } else {
        let inner = canvas.block(run, "", false);
        let mut lines = Vec::new();
        if let Some(begun) = &screen.begun {
            lines.push(Line::styled(
                format!(
                    "This production was begun before: {} of {} are finished. ⏎ goes on with it.",
                    text::count(begun.finished as u64),
                    text::plural(begun.proofs as u64, "proof"),
                ),
                theme.strong(),
            ));
            let differs = screen.differs().filter(|_| screen.recording == 0);
            lines.extend(differs.map(|said| Line::styled(said, theme.bad())));
            lines.push(Line::default());
        }
        for (item, reason) in &screen.allowed {
            let said = format!(
                "item {item} may leave although it is a near copy: {}",
                text::clean(reason)
            );
            lines.push(Line::styled(said, theme.strong()));
        }
        for said in [&screen.objection, &screen.error].into_iter().flatten() {
            let said = text::lines(said).into_iter();
            lines.extend(said.map(|l| Line::styled(l, theme.warn())));
            lines.push(Line::default());
        }
        lines.push(Line::from(
            "⏎ proves the verdict on every item and writes the bundle. It can be paused and stopped; \
             finished proofs are kept.",
        ));
        canvas.scrolled(inner, lines, &screen.scroll);
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// How far proving is: the phase, and every proof.
fn proving(screen: &Request, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let [bar, list] = Layout::vertical([Constraint::Length(4), Constraint::Min(0)]).areas(area);
    let mut shown = screen.at.clone();
    if screen.stopping {
        "stopping when the proof that is being made is finished".clone_into(&mut shown.note);
    }
    canvas.progress(bar, &shown, screen.paused);
    let Some(Ok(plan)) = screen.plan() else {
        return;
    };
    let theme = canvas.theme;
    let now = screen.at.label == PROVING;
    if now && screen.at.done == 0 && !screen.paused {
        // Nothing is measured yet: the plan has to do.
        let left = seconds(plan.seconds).saturating_sub(screen.at.elapsed);
        let rest = if left.is_zero() {
            "longer than planned".to_owned()
        } else {
            format!("by the plan about {} left", text::duration(left))
        };
        let say = format!("{} so far; {rest}", text::duration(screen.at.elapsed));
        let line = Rect {
            y: bar.y + 2,
            height: 1,
            ..bar
        };
        canvas.text(
            line,
            Line::styled(text::pad(&say, line.width.into()), theme.dim()),
        );
    }
    let finished = screen.proofs.finished.len();
    let shown = window(finished, plan.proofs.len(), usize::from(list.height));
    let lines: Vec<Line<'_>> = shown
        .map(|proof| {
            let (mark, style) = match proof {
                p if p < finished => ("✔", theme.ok()),
                p if p == finished && now => ("▸", theme.accent()),
                _ => ("·", theme.dim()),
            };
            let took = match screen.proofs.took(proof) {
                Some(time) => format!("  {:.1} s", time.as_secs_f64()),
                None => String::new(),
            };
            Line::from(vec![
                Span::styled(format!("{mark} proof {}", proof + 1), style),
                Span::raw(format!("  {}", text::plural(plan.proofs[proof], "item"))),
                Span::styled(took, theme.dim()),
            ])
        })
        .collect();
    canvas.text(list, lines);
}
