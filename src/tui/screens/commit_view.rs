//! How the commit screen looks.

use super::commit::{Commit, FIELDS, Field};
use crate::commit::scope::ScopeRule;
use crate::commit::{CommitReport, NO_FORM, vault};
use crate::item::Form;
use crate::tui::canvas::{Canvas, Hit, wrap};
use crate::tui::nav::Draw;
use crate::tui::text;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

impl Draw for Commit {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let screen = self;
        if let Some(report) = &screen.report {
            return done(screen, report, canvas, area);
        }
        let split = if area.width >= 110 {
            Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)])
        } else {
            Layout::vertical([Constraint::Min(7), Constraint::Length(12)])
        };
        let [left, right] = split.areas(area);
        if screen.scope.is_open() && screen.job.is_none() {
            // In a narrow terminal the rules need all the room.
            if area.width < 110 {
                return scope(screen, canvas, area);
            }
            found(screen, canvas, left);
            return scope(screen, canvas, right);
        }
        found(screen, canvas, left);
        if screen.job.is_some() {
            let inner = canvas.block(right, "Committing", true);
            let mut now = screen.at.clone();
            if screen.stopping {
                "stopping".clone_into(&mut now.note);
            }
            canvas.progress(inner, &now, screen.paused);
        } else {
            form(screen, canvas, right);
        }
    }
}

/// The rules, and what the current one is about.
fn scope(screen: &Commit, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let inner = canvas.block(area, "Which documents", true);
    let rows = screen.scope.form.len() as u16;
    let [form, _, about] = Layout::vertical([
        Constraint::Length(rows.min(inner.height)),
        Constraint::Length(1),
        Constraint::Min(0),
    ])
    .areas(inner);
    screen.scope.form.draw(canvas, form, true);
    let say = Line::styled(screen.scope.about(), canvas.theme.dim());
    canvas.wrapped(about, say);
}

fn found(screen: &Commit, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let title = if screen.scan.is_some() {
        "Found so far"
    } else {
        "Found"
    };
    let inner = canvas.block(area, title, false);
    if screen.scope.is_again() {
        return again(screen, canvas, inner);
    }
    let scanning = screen.scan.is_some() && screen.job.is_none();
    let [bar, list] = Layout::vertical([
        Constraint::Length(if scanning { 3 } else { 0 }),
        Constraint::Min(0),
    ])
    .areas(inner);
    if scanning {
        canvas.progress(bar, &screen.at, false);
    }
    let found = &screen.found;
    let theme = canvas.theme;
    let mut lines = Vec::new();
    if let Some(error) = &screen.error {
        let error = text::clean(error);
        let parts = wrap(&error, usize::from(inner.width));
        lines.extend(parts.into_iter().map(|l| Line::styled(l, theme.bad())));
    }
    lines.push(Line::from(vec![
        Span::styled(text::plural(found.items, "item"), theme.strong()),
        Span::raw(format!(
            " in {}, {}",
            text::plural(found.files, "file"),
            text::bytes(found.bytes)
        )),
    ]));
    if let Some(facts) = &found.load_file {
        lines.push(Line::from(format!(
            "listed by {}: {}",
            text::name(&facts.path),
            text::plural(facts.documents as u64, "document")
        )));
    }
    for rule in &found.rules {
        let parts = wrap(&text::clean(&rule.to_string()), usize::from(inner.width));
        lines.extend(parts.into_iter().map(|l| Line::styled(l, theme.warn())));
    }
    let row = |name: &str, n: u64, more: String| {
        let name = text::pad(&text::clean(name), 30);
        Line::from(format!("  {name}{:>8}  {more}", text::count(n)))
    };
    for (kind, n) in &found.types {
        lines.push(row(kind, n.items.into(), text::bytes(n.bytes)));
    }
    lines.push(row("with text", found.texts, String::new()));
    lines.push(row("pictures", found.pictures, String::new()));
    lines.push(row(
        "same bytes as another",
        found.duplicates,
        String::new(),
    ));
    if found.custodians.len() > 1 {
        for (name, n) in &found.custodians {
            lines.push(row(&format!("of {name}"), *n, String::new()));
        }
    }
    if let Some((first, last)) = found.dates {
        lines.push(Line::from(format!("  dates from {first} to {last}")));
    }
    let lost = screen.without_form();
    let exceptions = found.reasons.values().sum::<u64>() + lost;
    let mut line = row("exceptions", exceptions, String::new());
    if exceptions > 0 {
        line = line.style(theme.warn());
    }
    lines.push(line);
    for (reason, n) in &found.reasons {
        lines.push(row(&format!("  {reason}"), *n, String::new()));
    }
    if lost > 0 {
        lines.push(row(
            &format!("  {NO_FORM}"),
            lost,
            "in the forms chosen".to_owned(),
        ));
    }
    for e in &found.exceptions {
        let (path, detail) = (text::clean(&e.path), text::clean(&e.detail));
        lines.push(Line::styled(format!("  {path}: {detail}"), theme.dim()));
    }
    canvas.scrolled(list, lines, &screen.scroll);
}

/// What is read again, instead of a list of what is in a folder.
fn again(screen: &Commit, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let case = canvas.path(&screen.corpus);
    let mut lines = Vec::new();
    let mut say = |style: Style, what: &str| {
        let parts = wrap(&text::clean(what), width);
        lines.extend(parts.into_iter().map(|part| Line::styled(part, style)));
        lines.push(Line::default());
    };
    if let Some(error) = &screen.error {
        say(theme.bad(), error);
    }
    say(
        theme.strong(),
        &format!("What {case} could not read, or not wholly, is read again from its vault."),
    );
    say(
        theme.plain(),
        "What can be read now is committed by itself, and names what it resolves; what was read before stays where it is \
         committed. Nothing is committed if nothing more can be read.",
    );
    say(
        theme.dim(),
        "Under Scope: a list of passwords, OCR for scans, larger limits. Under Supplements: why this comes later, which is \
         published.",
    );
    canvas.scrolled(area, lines, &screen.scroll);
}

fn form(screen: &Commit, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let inner = canvas.block(area, "The case", true);
    for (row, field) in FIELDS.iter().enumerate() {
        let y = match field {
            Field::Form(_) => 5,
            Field::Supplements => 7,
            Field::Start => 9,
            _ => row as u16,
        };
        if y >= inner.height {
            break;
        }
        if let Field::Form(at) = field {
            form_switch(
                screen,
                *at,
                row,
                canvas,
                Rect::new(inner.x, inner.y + y, inner.width, 1),
            );
            continue;
        }
        let line = Rect::new(inner.x, inner.y + y, inner.width, 1);
        canvas.hit(line, Hit::Row(row));
        let focused = screen.field() == *field;
        let [label, value] =
            Layout::horizontal([Constraint::Length(13), Constraint::Min(1)]).areas(line);
        let (name, input) = match field {
            Field::Name => ("Case name", Some(&screen.name)),
            Field::Custodian => ("Custodian", Some(&screen.custodian)),
            Field::Folder => ("Case folder", Some(&screen.folder)),
            Field::Copy => ("Documents", None),
            Field::Scope => ("Scope", None),
            Field::Supplements => ("Supplements", None),
            Field::Form(_) | Field::Start => ("", None),
        };
        let style = if focused {
            canvas.theme.accent()
        } else {
            canvas.theme.dim()
        };
        canvas.text(label, Line::styled(name, style));
        let choice = |canvas: &mut Canvas<'_, '_>, say: String| {
            let style = if focused {
                canvas.theme.selected(true)
            } else {
                canvas.theme.plain()
            };
            canvas.text(value, Line::styled(say, style));
        };
        match (field, input) {
            (_, Some(input)) => canvas.input(value, input, focused),
            (Field::Copy, _) if screen.reference => {
                choice(canvas, " leave them where they are ".to_owned());
            }
            (Field::Copy, _) => choice(canvas, " copy them into the vault ".to_owned()),
            (Field::Scope, _) => {
                let room = usize::from(value.width).saturating_sub(4);
                let say = text::fit(
                    &screen.scope.summary(screen.found.load_file.is_some()),
                    room,
                );
                choice(canvas, format!(" {say} … "));
            }
            (Field::Supplements, _) => {
                let room = usize::from(value.width).saturating_sub(4);
                let say = match screen.scope.supplements() {
                    Some(case) => canvas.path(case),
                    None => "nothing: a commitment of its own".to_owned(),
                };
                choice(canvas, format!(" {} … ", text::fit_end(&say, room)));
            }
            (_, None) => choice(canvas, " Commit … ".to_owned()),
        }
    }
    if inner.height > 8 {
        let note = Rect::new(inner.x + 13, inner.y + 6, inner.width.saturating_sub(13), 1);
        let (say, style) = about_forms(screen, canvas);
        let say = text::fit(&say, usize::from(note.width));
        canvas.text(note, Line::styled(say, style));
    }
}

/// The forms, each to be switched on and off.
fn form_switch(screen: &Commit, at: usize, row: usize, canvas: &mut Canvas<'_, '_>, line: Rect) {
    const NAMES: [&str; 4] = ["text", "rgb32", "rgb96", "rgb224"];
    let focused = screen.field() == Field::Form(at);
    if at == 0 {
        let inside = matches!(screen.field(), Field::Form(_));
        let style = if inside {
            canvas.theme.accent()
        } else {
            canvas.theme.dim()
        };
        canvas.text(line, Line::styled("Forms", style));
    }
    let before: usize = NAMES[..at].iter().map(|n| n.len() + 6).sum();
    let mark = if screen.forms().contains(&Form::CURRENT[at]) {
        'x'
    } else {
        ' '
    };
    let say = format!(" [{mark}] {}", NAMES[at]);
    let place = Rect {
        x: line.x + 13 + before as u16,
        width: say.len() as u16 + 1,
        ..line
    }
    .intersection(line);
    let style = if focused {
        canvas.theme.selected(true)
    } else {
        canvas.theme.plain()
    };
    canvas.text(place, Line::styled(say, style));
    canvas.hit(place, Hit::Row(row));
}

/// What the choice of forms means.
fn about_forms(screen: &Commit, canvas: &Canvas<'_, '_>) -> (String, Style) {
    let theme = canvas.theme;
    let forms = screen.forms();
    if forms.is_empty() {
        return (" choose at least one".to_owned(), theme.warn());
    }
    let pictures = forms.iter().any(|f| !f.is_text());
    if screen.found.pictures > 0 && !pictures {
        let n = text::plural(screen.found.pictures, "picture");
        return (
            format!(" {n} will be exceptions without a form"),
            theme.warn(),
        );
    }
    if screen.found.texts > 0 && !forms.iter().any(Form::is_text) {
        let n = text::plural(screen.found.texts, "item");
        return (format!(" {n} with text will be exceptions"), theme.warn());
    }
    let each: usize = forms.iter().filter(|f| !f.is_text()).map(Form::len).sum();
    let say = if pictures {
        let each = text::bytes(each as u64);
        format!(" what classifiers will be able to read; {each} a picture")
    } else {
        " what classifiers will be able to read".to_owned()
    };
    (say, theme.dim())
}

/// The root as half blocks, two modules to a row of the terminal.
pub(super) fn qr(root: &str) -> Option<Vec<Vec<(bool, bool)>>> {
    // Upper case fits a denser mode of the code; hexadecimal means the same in both.
    let data = root.to_ascii_uppercase();
    let code = qrcode::QrCode::with_error_correction_level(data, qrcode::EcLevel::L).ok()?;
    let width = code.width() as i32;
    let dark = |x: i32, y: i32| {
        (0..width).contains(&x)
            && (0..width).contains(&y)
            && code[(x as usize, y as usize)] == qrcode::Color::Dark
    };
    let quiet = 2;
    let rows = (-quiet..width + quiet).step_by(2);
    let row = |y: i32| {
        (-quiet..width + quiet)
            .map(|x| (dark(x, y), dark(x, y + 1)))
            .collect()
    };
    Some(rows.map(row).collect())
}

fn draw_qr(canvas: &mut Canvas<'_, '_>, area: Rect, code: &[Vec<(bool, bool)>]) {
    let colour = canvas.theme.colour();
    let lines: Vec<Line<'_>> = code
        .iter()
        .map(|row| {
            let cells: String = row
                .iter()
                .map(|dark| match dark {
                    // Light modules are drawn: on a dark terminal without colours that is right too.
                    (false, false) => '█',
                    (false, true) => '▀',
                    (true, false) => '▄',
                    (true, true) => ' ',
                })
                .collect();
            let style = if colour {
                Style::new().fg(Color::White).bg(Color::Black)
            } else {
                Style::new()
            };
            Line::styled(cells, style)
        })
        .collect();
    canvas.text(area, lines);
}

fn done(screen: &Commit, report: &CommitReport, canvas: &mut Canvas<'_, '_>, area: Rect) {
    let inner = canvas.block(area, "Committed", true);
    let code = qr(report.commitment.root_hex()).unwrap_or_default();
    let width = code.first().map_or(0, Vec::len) as u16;
    let [left, right] =
        Layout::horizontal([Constraint::Length(width + 2), Constraint::Min(20)]).areas(inner);
    draw_qr(canvas, left, &code);
    let theme = canvas.theme;
    let commitment = &report.commitment;
    let columns = usize::from(right.width).saturating_sub(1);
    let mut lines = vec![Line::styled("Root", theme.strong())];
    let root = commitment.root_hex();
    for part in root.as_bytes().chunks(32) {
        let part = String::from_utf8_lossy(part);
        let groups: Vec<&str> = (0..part.len())
            .step_by(8)
            .map(|i| &part[i..i + 8])
            .collect();
        lines.push(Line::styled(
            format!("  {}", groups.join(" ")),
            theme.accent(),
        ));
    }
    lines.push(Line::default());
    let mut say = |style: Style, what: String| {
        let parts = wrap(&what, columns);
        lines.extend(parts.into_iter().map(|l| Line::styled(l, style)));
    };
    say(
        theme.plain(),
        format!(
            "{} from {}, {} with exceptions{}, in {:.1} s",
            text::plural(commitment.count().into(), "item"),
            text::plural(report.files, "file"),
            text::count(commitment.exceptions().into()),
            match commitment.partly_read() {
                0 => String::new(),
                n => format!(", {} read in part", text::count(n.into())),
            },
            report.seconds,
        ),
    );
    let file = canvas.path(&report.commitment_file);
    let vault = report
        .commitment_file
        .parent()
        .map(|case| canvas.path(&vault::layout::dir(case)))
        .unwrap_or_default();
    say(theme.plain(), String::new());
    say(theme.ok(), "Publish now".to_owned());
    say(theme.plain(), file);
    say(
        theme.dim(),
        "It fixes the documents and reveals nothing of them. Have it time-stamped by somebody else \
         before a request arrives: n in the case."
            .to_owned(),
    );
    say(theme.plain(), String::new());
    say(theme.bad(), "Keep secret, keep a backup".to_owned());
    say(theme.plain(), vault);
    say(
        theme.dim(),
        "Who has it reads everything; without it no request can be answered.".to_owned(),
    );
    // After what matters most, which a small terminal has just room for.
    let more = who_and_when(report, canvas);
    if !more.is_empty() {
        say(theme.plain(), String::new());
    }
    for (style, line) in more {
        say(style, line);
    }
    canvas.scrolled(right, lines, &screen.scroll);
}

/// Load file, rules, custodians, dates and copies, as far as there are any.
fn who_and_when(report: &CommitReport, canvas: &Canvas<'_, '_>) -> Vec<(Style, String)> {
    let theme = canvas.theme;
    let mut out = Vec::new();
    if let Some(facts) = &report.load_file {
        let documents = text::plural(facts.documents as u64, "document");
        let mut line = format!("Listed by {} ({documents})", canvas.path(&facts.path));
        if !facts.ignored.is_empty() {
            line += &format!(
                "; columns not taken over: {}",
                text::clean(&facts.ignored.join(", "))
            );
        }
        out.push((theme.plain(), line));
    }
    let scope = report.commitment.scope();
    if !scope.is_empty() {
        out.push((
            theme.warn(),
            "Left out, as the commitment file states:".to_owned(),
        ));
        let line = |rule: &ScopeRule| {
            (
                theme.plain(),
                format!("- {}", text::clean(&rule.to_string())),
            )
        };
        out.extend(scope.iter().map(line));
    }
    if report.custodians.len() > 1 {
        let names = report.custodians.iter();
        let names: Vec<String> = names
            .map(|(name, items)| format!("{} ({items})", text::clean(name)))
            .collect();
        out.push((theme.plain(), format!("Custodians: {}", names.join(", "))));
    }
    if let Some((first, last)) = report.dates {
        let line = format!(
            "Dates from {first} to {last}; {} without",
            text::plural(report.undated.into(), "item")
        );
        out.push((theme.plain(), line));
    }
    if report.across_custodians > 0 {
        let line = format!(
            "{} that several custodians had: {}",
            text::plural(report.across_custodians.into(), "document"),
            canvas.path(&report.duplicates_file)
        );
        out.push((theme.plain(), line));
    }
    out
}
