//! How events change what is shown. No clock, no files, no threads: everything of that kind is an
//! [`Effect`] that is returned.

use super::canvas::Hit;
use super::engine::Decide;
use super::event::{Effect, Event};
use super::overlay::{Answer, Confirm, Help, Notice, Overlay, Question};
use super::state::{Nav, Out, State};
use super::{keys, recent, text, view};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

/// Takes one event; returns what is to be done.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut out = state.out();
    handle(state, event, &mut out);
    state.next_job = out.next_job;
    let mut effects = out.effects;
    for nav in out.nav {
        effects.append(&mut open(state, nav));
    }
    effects
}

fn handle(state: &mut State, event: Event, out: &mut Out) {
    match event {
        Event::Tick => state.tick += 1,
        Event::Terminate => state.quit = true,
        Event::Resize(width, height) => {
            state.size = (width, height);
            out.size = state.size;
            top(state).resized(out);
            // What fitted may not fit any more.
            state
                .toast
                .take()
                .into_iter()
                .for_each(|said| say(state, said));
        }
        Event::Key(key) if key.kind != KeyEventKind::Release => on_key(state, key, out),
        Event::Key(_) => {}
        Event::Mouse(mouse) => on_mouse(state, mouse, out),
        // Nothing is pasted where nobody sees it.
        Event::Paste(_) if view::too_small(state.size) => {}
        Event::Paste(text) => match state.overlays.last_mut() {
            Some(overlay) => overlay.paste(&text, out),
            None => {
                let screen = top(state);
                if screen.typing() {
                    screen.paste(&text, out);
                } else {
                    out.toast("nothing to paste into here");
                }
            }
        },
        Event::Listed(path, entries) => {
            for overlay in &mut state.overlays {
                overlay.listed(&path, &entries);
            }
        }
        Event::Saved(result) => out.toast(match result {
            Ok(path) => format!("saved {}", out.path(&path)),
            Err(error) => text::message(&error),
        }),
        work => {
            if let Event::Reviewed {
                what,
                result: Err(why),
                ..
            } = &work
            {
                let lead = match what {
                    Decide::Read => "What is to be withheld cannot be read",
                    _ => "NOT RECORDED",
                };
                say(state, format!("{lead}: {}", text::message(why)));
            }
            state.tick += u64::from(matches!(work, Event::Progress(..)));
            let mut ended = Vec::new();
            let mut left = Some(work);
            let screens = state.screens.iter_mut().rev();
            for screen in screens.chain(&mut state.parked) {
                let was_busy = screen.busy().is_some();
                left = left.and_then(|event| screen.event(event, out));
                if was_busy && screen.busy().is_none() {
                    ended.push(screen.title());
                }
            }
            let parked: Vec<String> = state.parked.iter().map(|s| s.title()).collect();
            ended.retain(|title| parked.contains(title));
            if let Some(title) = ended.last() {
                say(state, format!("{title} has ended: F2 shows it"));
            }
        }
    }
}

/// Says something: in the last line, or, if it does not fit there, over the screen.
fn say(state: &mut State, said: String) {
    let room = usize::from(state.size.0).saturating_sub(2);
    if said.contains('\n') || text::width(&said) > room {
        state.overlays.push(Overlay::Notice(Notice::new(&said)));
    } else {
        state.toast = Some(said);
    }
}

fn top(state: &mut State) -> &mut dyn super::screens::View {
    state.screens.last_mut().expect("home stays").as_mut()
}

fn on_key(state: &mut State, key: KeyEvent, out: &mut Out) {
    state.toast = None;
    if view::too_small(state.size) {
        // Nobody answers a question that cannot be seen.
        state.quit = keys::is_quit(key) && !state.busy();
        return;
    }
    if keys::is_quit(key) {
        return quit(state, out);
    }
    let typing = state.typing();
    let Some(key) = keys::bound(key, typing) else {
        return;
    };
    let helps = key.code == KeyCode::F(1) || (key.code == KeyCode::Char('?') && !typing);
    if helps && !matches!(state.overlays.last(), Some(Overlay::Help(_))) {
        let help = Help::new(state.screen().title(), state.screen().help());
        return state.overlays.push(Overlay::Help(help));
    }
    if let Some(overlay) = state.overlays.last_mut() {
        if overlay.key(key, out) {
            state.overlays.pop();
        }
        return;
    }
    if top(state).key(key, out) {
        return;
    }
    match key.code {
        KeyCode::F(2) => bring_back(state, out),
        KeyCode::Char('q') | KeyCode::Esc | KeyCode::Backspace => back(state, out),
        _ => {}
    }
}

fn back(state: &mut State, out: &mut Out) {
    if state.screens.len() == 1 {
        return quit(state, out);
    }
    match state.screen().busy() {
        Some((_, what)) => out.ask(Overlay::Confirm(
            Confirm::new(
                Question::Leave,
                "Go back?",
                vec![format!(
                "{what} is not finished. It can go on while you look at something else: the first line \
                 shows how far it is, and F2 leads back to it."
            )],
                "stop and go back",
            )
            .or('k', "keep it going"),
        )),
        None => out.nav.push(Nav::Back),
    }
}

/// Shows the screen that was left last while its work went on.
fn bring_back(state: &mut State, out: &mut Out) {
    if let Some(screen) = state.parked.pop() {
        state.screens.push(screen);
        let recent = state.recent.clone();
        top(state).shown(&recent, out);
        top(state).resized(out);
    }
}

fn quit(state: &mut State, out: &mut Out) {
    let busy: Vec<String> = state
        .screens
        .iter()
        .chain(&state.parked)
        .filter_map(|s| s.busy())
        .map(|(_, what)| {
            format!(
                "{what} is not finished and will be stopped. {}",
                if what == "Proving" {
                    "Finished proofs are kept, and opening the case again offers to go on."
                } else {
                    "It leaves nothing half done."
                }
            )
        })
        .collect();
    if busy.is_empty() && state.screens.len() > 1 {
        let lines = vec![
            "Decisions to withhold are recorded in the case as they are taken; what was written stays. \
             Only what is typed and not finished is gone."
                .to_owned(),
        ];
        return out.ask(ask_quit(lines));
    }
    if busy.is_empty() {
        state.quit = true;
    } else {
        out.ask(ask_quit(busy));
    }
}

fn ask_quit(lines: Vec<String>) -> Overlay {
    Overlay::Confirm(Confirm::new(
        Question::Quit,
        "Leave candor?",
        lines,
        "leave",
    ))
}

fn on_mouse(state: &mut State, mouse: MouseEvent, out: &mut Out) {
    let code = match mouse.kind {
        MouseEventKind::ScrollDown => KeyCode::Down,
        MouseEventKind::ScrollUp => KeyCode::Up,
        MouseEventKind::Down(MouseButton::Left) => match state.hits.at(mouse.column, mouse.row) {
            Some(Hit::Key(code)) => code,
            Some(Hit::Row(row)) => {
                let again = match state.overlays.last_mut() {
                    Some(overlay) => overlay.select(row),
                    None => top(state).select(row, out),
                };
                if !again {
                    return;
                }
                KeyCode::Enter
            }
            Some(Hit::Nothing) | None => return,
        },
        _ => return,
    };
    on_key(state, code.into(), out);
}

fn apply(state: &mut State, nav: Nav, out: &mut Out) {
    match nav {
        Nav::Push(mut screen) => {
            screen.start(out);
            state.screens.push(screen);
        }
        Nav::Back => {
            if state.screens.len() > 1 {
                // Nobody waits for its jobs any more, whatever they are.
                let jobs = state.screen().jobs();
                out.effects.extend(jobs.into_iter().map(Effect::Cancel));
                state.screens.pop();
                let recent = state.recent.clone();
                top(state).shown(&recent, out);
            }
        }
        Nav::Park => {
            if state.screens.len() > 1
                && let Some(screen) = state.screens.pop()
            {
                if screen.busy().is_some() {
                    state.parked.push(screen);
                }
                let recent = state.recent.clone();
                top(state).shown(&recent, out);
            }
        }
        Nav::Ask(mut overlay) => {
            overlay.start(out);
            state.overlays.push(overlay);
        }
        Nav::Toast(text) => say(state, text),
        Nav::Opened(kind, path) => {
            recent::add(&mut state.recent, kind, &path);
            out.effects.push(Effect::Remember(state.recent.clone()));
        }
        Nav::Quit => state.quit = true,
        Nav::Answer(Answer::Yes(Question::Quit)) => state.quit = true,
        Nav::Answer(Answer::Yes(Question::Leave)) => out.nav.push(Nav::Back),
        Nav::Answer(Answer::Other(Question::Leave)) => out.nav.push(Nav::Park),
        Nav::Answer(answer) => top(state).answer(answer, out),
    }
}

/// Shows something as if a screen had asked for it.
pub fn open(state: &mut State, nav: Nav) -> Vec<Effect> {
    let mut out = state.out();
    apply(state, nav, &mut out);
    state.next_job = out.next_job;
    let mut effects = std::mem::take(&mut out.effects);
    for nav in out.nav {
        effects.append(&mut open(state, nav));
    }
    effects
}
