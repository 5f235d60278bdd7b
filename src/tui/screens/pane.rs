//! The pane that shows one item.

use crate::tui::canvas::{Canvas, wrap};
use crate::tui::engine::{Body, Preview};
use crate::tui::event::{Effect, Event, Subject};
use crate::tui::scroll::Scroll;
use crate::tui::state::Out;
use crate::tui::text;
use crate::tui::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui_image::Image;
use std::cell::RefCell;

/// Rows of a fact that are shown above the text; a longer one is below it in full.
const FACT_ROWS: usize = 3;

/// What is shown, once it has been read.
#[derive(Debug, Default)]
pub struct Pane {
    subject: Option<Subject>,
    preview: Option<Result<Preview, String>>,
    scroll: Scroll,
    /// The page of a long text that is shown or asked for.
    page: usize,
    /// Which end of that page is shown first; `None` once it is there.
    turning: Option<Edge>,
    /// The rows for a width, as long as nothing else is shown: with the bar and without.
    rows: RefCell<Vec<(usize, Vec<Line<'static>>)>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Top,
    Bottom,
}

impl Pane {
    /// Shows an item; reads it unless it is shown already.
    pub fn show(&mut self, subject: Option<Subject>, out: &mut Out) {
        if self.subject == subject {
            return;
        }
        self.scroll.home();
        self.page = 0;
        self.turning = None;
        self.preview = None;
        self.rows.take();
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
            let ask = Effect::Preview(subject.clone(), size, self.page);
            out.effects.push(ask);
        }
    }

    /// Takes the item that was asked for.
    pub fn event(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Previewed(subject, preview) if self.subject.as_ref() == Some(&subject) => {
                // A page that was left before it came is not shown any more.
                let stale = match &preview {
                    Ok(Preview {
                        body: Body::Text(page),
                        ..
                    }) => page.number != self.page,
                    _ => false,
                };
                if !stale {
                    self.preview = Some(preview);
                    self.rows.take();
                    match self.turning.take() {
                        Some(Edge::Top) => self.scroll.home(),
                        Some(Edge::Bottom) => self.scroll.end(),
                        None => {}
                    }
                }
                None
            }
            other => Some(other),
        }
    }

    fn pages(&self) -> usize {
        match &self.preview {
            Some(Ok(Preview {
                body: Body::Text(page),
                ..
            })) => page.of,
            _ => 1,
        }
    }

    fn turn(&mut self, page: usize, edge: Edge, out: &mut Out) {
        self.page = page;
        self.turning = Some(edge);
        self.ask(out);
    }

    /// Scrolls, from page to page of a long text.
    pub fn key(&mut self, key: KeyEvent, out: &mut Out) -> bool {
        let last = self.pages() - 1;
        let down = matches!(
            key.code,
            KeyCode::Down | KeyCode::Char('j' | ' ') | KeyCode::PageDown
        );
        let up = matches!(key.code, KeyCode::Up | KeyCode::Char('k') | KeyCode::PageUp);
        match key.code {
            // The next page is on its way.
            _ if self.turning.is_some() && (down || up) => {}
            _ if down && self.scroll.at_end() && self.page < last => {
                self.turn(self.page + 1, Edge::Top, out);
            }
            _ if up && self.scroll.at_home() && self.page > 0 => {
                self.turn(self.page - 1, Edge::Bottom, out);
            }
            KeyCode::Home | KeyCode::Char('g') if self.page > 0 => self.turn(0, Edge::Top, out),
            KeyCode::End | KeyCode::Char('G') if self.page < last => {
                self.turn(last, Edge::Bottom, out);
            }
            _ => return self.scroll.key(key),
        }
        true
    }

    /// Everything there is to read, in rows of a width.
    fn all(preview: &Preview, theme: Theme, width: usize) -> Vec<Line<'static>> {
        let room = width.saturating_sub(9).max(8);
        let fact = |name: &str, value: &str, most: usize| -> Vec<Line<'static>> {
            let mut parts = wrap(&text::clean(value), room);
            let long = parts.len() > most;
            if long {
                parts.truncate(most - 1);
                parts.push("… whole below the text".to_owned());
            }
            let named = parts.into_iter().enumerate();
            let line = |(n, part): (usize, String)| {
                let name = if n == 0 { name } else { "" };
                Line::from(vec![
                    Span::styled(format!("{name:<8} "), theme.dim()),
                    Span::raw(part),
                ])
            };
            named.map(line).collect()
        };
        let facts = preview.facts.iter();
        let head = facts.clone().flat_map(|(n, v)| fact(n, v, FACT_ROWS));
        let mut rows: Vec<Line<'static>> = head.chain([Line::default()]).collect();
        let mut last = true;
        match &preview.body {
            Body::Text(page) => {
                let lines = page.lines.iter().flat_map(|line| wrap(line, width));
                let say = |what: &str| {
                    let page = format!("page {} of {}", page.number + 1, page.of);
                    Line::styled(format!("─── {page}: {what} ───"), theme.dim())
                };
                if page.number > 0 {
                    rows.push(say("↑ leads to the one before"));
                }
                rows.extend(lines.map(Line::from));
                last = page.number + 1 == page.of;
                if !last {
                    rows.push(say("↓ goes on"));
                }
            }
            Body::Nothing(why) => {
                let lines = text::lines(why);
                let lines = lines.iter().flat_map(|line| wrap(line, width));
                rows.extend(lines.map(|line| Line::styled(line, theme.warn())));
            }
            Body::Picture(_) | Body::Sketch(_) => {}
        }
        let long = |v: &str| wrap(&text::clean(v), room).len() > FACT_ROWS;
        if last && facts.clone().any(|(_, v)| long(v)) {
            rows.push(Line::styled("─── in full ───", theme.dim()));
            let long = facts.filter(|(_, v)| long(v));
            rows.extend(long.flat_map(|(n, v)| fact(n, v, usize::MAX)));
        }
        rows
    }

    fn draw_rows(&self, preview: &Preview, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        canvas.scrolled_rows(area, &self.scroll, |width| {
            let mut kept = self.rows.borrow_mut();
            if let Some((_, rows)) = kept.iter().find(|(of, _)| *of == width) {
                return rows.clone();
            }
            if kept.len() > 1 {
                kept.clear();
            }
            let rows = Pane::all(preview, theme, width);
            kept.push((width, rows.clone()));
            rows
        });
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
                return super::waiting::failure(canvas, inner, error, &self.scroll);
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
            Body::Text(_) | Body::Nothing(_) => self.draw_rows(preview, canvas, inner),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::{CommitOptions, Vault, commit_folder};
    use crate::dryrun::{Outcome, dry_run};
    use crate::ingest::IngestOptions;
    use crate::item::Form;
    use crate::progress;
    use crate::tui::canvas::Hits;
    use crate::tui::engine::{Page, Shelf};
    use crate::tui::state::State;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use std::path::Path;

    /// A pane, the reader that serves it, and a terminal that it fills.
    struct Reader {
        pane: Pane,
        out: Out,
        shelf: Shelf,
        terminal: Terminal<TestBackend>,
    }

    impl Reader {
        fn new(width: u16, height: u16) -> Self {
            Reader {
                pane: Pane::default(),
                out: State::new("/".into(), Vec::new(), Theme::new(false)).out(),
                shelf: Shelf::new(None),
                terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            }
        }

        fn serve(&mut self) {
            for effect in std::mem::take(&mut self.out.effects) {
                if let Effect::Preview(subject, size, page) = effect {
                    let preview = self.shelf.preview(&subject, size, page);
                    self.pane.event(Event::Previewed(subject, preview));
                }
            }
        }

        fn has_long_facts(&self) -> bool {
            let width = usize::from(self.terminal.backend().buffer().area.width);
            let Some(Ok(preview)) = &self.pane.preview else {
                return false;
            };
            let rows = Pane::all(preview, Theme::new(false), width - 3);
            rows.iter()
                .any(|row| row.to_string().contains("─── in full ───"))
        }

        fn press(&mut self, code: KeyCode) {
            assert!(self.pane.key(code.into(), &mut self.out));
            self.serve();
        }

        /// The rows inside the frame, without the bar.
        fn rows(&mut self) -> Vec<String> {
            let pane = &self.pane;
            // What is drawn, not what the backend was told: that keeps what lay under the second half of a wide
            // letter, which a terminal does not.
            let drawn = self
                .terminal
                .draw(|frame| {
                    let area = frame.area();
                    let mut canvas = Canvas {
                        frame,
                        theme: Theme::new(false),
                        tick: 0,
                        hits: Hits::default(),
                        home: None,
                    };
                    pane.draw(&mut canvas, area, "", true);
                })
                .unwrap();
            let buffer = drawn.buffer;
            let (width, height) = (buffer.area.width, buffer.area.height);
            let row = |y| -> String {
                let (mut row, mut x) = (String::new(), 1);
                while x < width - 1 {
                    let symbol = buffer[(x, y)].symbol();
                    row += symbol;
                    // What lies under the second half of a wide letter is nothing to see.
                    x += text::width(symbol).max(1) as u16;
                }
                row.replace(['█', '║'], " ")
            };
            (1..height - 1).map(row).collect()
        }

        /// Everything that pages of the pane show, from the first row to the last, without space.
        fn walk(&mut self) -> String {
            let mut seen: Vec<String> = self.rows();
            for _ in 0..100_000 {
                let (page, before) = (self.pane.page, self.pane.scroll.clone());
                if self.pane.scroll.at_end() && page + 1 == self.pane.pages() {
                    return letters(&seen.concat());
                }
                self.press(KeyCode::Down);
                let now = self.rows();
                if self.pane.page != page {
                    seen.extend(now);
                } else {
                    assert!(!before.at_end());
                    seen.extend(now.last().cloned());
                }
            }
            panic!("no end");
        }
    }

    fn letters(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    fn tail(text: &str) -> String {
        let letters = letters(text);
        let from = letters.char_indices().rev().nth(30).map_or(0, |(i, _)| i);
        letters[from..].to_owned()
    }

    /// The shipped mails, committed, and those of them that the shipped request has produced.
    fn produced(dir: &Path) -> (std::path::PathBuf, Vec<(u32, String)>) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let case = dir.join("case");
        let options = CommitOptions {
            case: case.clone(),
            name: "reading".to_owned(),
            custodian: None,
            reference: false,
            forms: vec![Form::TextWordsV3],
            ingest: IngestOptions::default(),
            selection: Default::default(),
            numbering: crate::commit::Numbering::AsRead,
            supplements: None,
        };
        let progress = progress::for_stderr(true);
        commit_folder(
            &crate::Surroundings::system(),
            &root.join("corpus-examples/mail"),
            &options,
            progress.as_ref(),
        )
        .unwrap();
        let vault = Vault::open(&case).unwrap();
        let request = root.join("classifiers/unsolicited-commercial-email.clf");
        let classifier = crate::input::classifier(&request).unwrap();
        let mut matches = Vec::new();
        dry_run(&vault, &classifier, progress.as_ref(), |row| {
            if matches!(row.outcome, Outcome::Match { .. }) {
                let text = vault.text(row.item).unwrap().unwrap_or_default();
                matches.push((row.item, text));
            }
            Ok(())
        })
        .unwrap();
        (case, matches)
    }

    #[test]
    fn every_produced_mail_can_be_read_to_its_end_at_every_size() {
        let dir = tempfile::tempdir().unwrap();
        let (case, mails) = produced(dir.path());
        assert!(mails.len() >= 40, "{}", mails.len());
        for (width, height) in [(80, 24), (40, 12), (140, 45)] {
            let mut reader = Reader::new(width, height);
            for (item, text) in &mails {
                let subject = Subject::Case(case.clone(), *item);
                reader.pane.show(Some(subject), &mut reader.out);
                reader.serve();
                reader.rows();
                let shown = text::lines(text).concat();
                // By one key.
                reader.press(KeyCode::End);
                let last = letters(&reader.rows().concat());
                assert!(
                    // Below a text there may be more rows of long facts than fit.
                    last.contains(&tail(&shown)) || reader.has_long_facts(),
                    "item {item} at {width}x{height} does not end with {:?}:\n{last}",
                    tail(&shown)
                );
                // And row by row, without leaving any out.
                reader.press(KeyCode::Home);
                let seen = reader.walk();
                assert!(
                    seen.contains(&letters(&shown)),
                    "item {item} at {width}x{height} misses a row"
                );
            }
        }
    }

    #[test]
    fn a_text_of_many_pages_is_read_through_and_back() {
        let lines: Vec<String> = (0..30_000)
            .map(|n| format!("{n} {}", "word ".repeat(9)))
            .collect();
        let text = lines.join("\n");
        let subject = Subject::Case("/c".into(), 1);
        let mut reader = Reader::new(60, 20);
        let serve = |reader: &mut Reader| {
            for effect in std::mem::take(&mut reader.out.effects) {
                if let Effect::Preview(subject, _, page) = effect {
                    let body = Body::Text(Page::of(&text, page));
                    let facts = vec![("to".to_owned(), "somebody@example.org, ".repeat(40))];
                    let preview = Ok(Preview { facts, body });
                    reader.pane.event(Event::Previewed(subject, preview));
                }
            }
        };
        reader.pane.show(Some(subject), &mut reader.out);
        serve(&mut reader);
        reader.rows();
        let last = reader.pane.pages() - 1;
        assert!(last > 10);
        let press = |reader: &mut Reader, code: KeyCode| {
            reader.pane.key(code.into(), &mut reader.out);
            serve(reader);
            reader.rows().join("\n")
        };
        let mut pictures = Vec::new();
        while reader.pane.page < last || !reader.pane.scroll.at_end() {
            pictures.push(press(&mut reader, KeyCode::PageDown));
        }
        let all = pictures.join("\n");
        for n in (0..30_000).step_by(7) {
            assert!(all.contains(&format!("{n} word")), "line {n}");
        }
        // A long fact is whole below the text.
        assert!(all.contains("in full"));
        let top = press(&mut reader, KeyCode::Home);
        assert!(top.contains("0 word") && reader.pane.page == 0, "{top}");
        let end = press(&mut reader, KeyCode::End);
        assert!(
            end.contains("somebody@example.org") && reader.pane.page == last,
            "{end}"
        );
        while reader.pane.page == last {
            press(&mut reader, KeyCode::PageUp);
        }
        let back = reader.rows().join("\n");
        assert!(
            back.contains("↓ goes on"),
            "from below, the end comes first: {back}"
        );
        // A page that comes late, when another was asked for, is not shown.
        reader.pane.key(KeyCode::Home.into(), &mut reader.out);
        let late = Preview {
            facts: Vec::new(),
            body: Body::Text(Page::of(&text, 5)),
        };
        let subject = Subject::Case("/c".into(), 1);
        reader.pane.event(Event::Previewed(subject, Ok(late)));
        assert!(reader.pane.turning.is_some());
    }
}
