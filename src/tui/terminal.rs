//! Entering the terminal and leaving it in any case: at the end, on a panic, on a signal.

use super::engine::{Engine, EntryKind, kind_of};
use super::event::Event;
use super::screens;
use super::state::{Nav, State};
use super::theme::Theme;
use super::{recent, update, view};
use crate::Surroundings;
use crate::signals;
use crossterm::event::{
    self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui_image::picker::Picker;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// Time between two pictures while nothing happens.
const TICK: Duration = Duration::from_millis(250);
/// Whether the terminal is ours.
static RAW: AtomicBool = AtomicBool::new(false);

/// Why the terminal application cannot run.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Standard input or output is not a terminal.
    #[error(
        "the terminal application needs a terminal; for scripts there are subcommands, see candor --help"
    )]
    NoTerminal,
    /// There is nothing that it could open.
    #[error("{0}: neither a case, a bundle, a classifier file nor a folder of documents")]
    Unknown(String),
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Io(#[from] io::Error),
}

/// Runs the terminal application, opening `path` if there is one.
pub fn run(around: &Surroundings, path: Option<&Path>) -> Result<(), TuiError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(TuiError::NoTerminal);
    }
    let mut state = State::new(around.folder()?, recent::load(around), Theme::of(around));
    state.home = around.home();
    let first = path.map(|path| screen_for(around, path)).transpose()?;
    hook();
    enter().inspect_err(|_| leave())?;
    let (events, inbox) = channel();
    let picker = (state.theme.colour() && many_colours(around)).then(|| picker(around));
    let mut engine = Engine::new(around, events.clone(), picker);
    let result = live(&mut state, first, &mut engine, events, &inbox);
    leave();
    engine.stop();
    result
}

/// The screen that shows what a path leads to.
fn screen_for(around: &Surroundings, path: &Path) -> Result<Box<dyn screens::View>, TuiError> {
    let path = std::path::absolute(path)?;
    Ok(match kind_of(&path) {
        EntryKind::Folder => Box::new(screens::Commit::new(path, screens::Case::boxed)),
        EntryKind::Case | EntryKind::Locked => Box::new(screens::Case::new(path)),
        EntryKind::Bundle => Box::new(screens::Bundle::new(path)),
        EntryKind::Classifier => Box::new(screens::Request::new(path, None)),
        EntryKind::Commitment | EntryKind::File => {
            return Err(TuiError::Unknown(super::text::path(
                around.home().as_deref(),
                &path,
            )));
        }
    })
}

fn live(
    state: &mut State,
    first: Option<Box<dyn screens::View>>,
    engine: &mut Engine,
    events: Sender<Event>,
    inbox: &Receiver<Event>,
) -> Result<(), TuiError> {
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    hear_signals(&events);
    thread::spawn(move || read_terminal(&events));
    let size = terminal.size()?;
    state.size = (size.width, size.height);
    if let Some(screen) = first {
        let effects = update::open(state, Nav::Push(screen));
        effects.into_iter().for_each(|e| engine.run(e));
    }
    while !state.quit {
        let mut hits = None;
        terminal.draw(|frame| hits = Some(view::draw(state, frame)))?;
        state.hits = hits.unwrap_or_default();
        let first = inbox.recv_timeout(TICK).unwrap_or(Event::Tick);
        // Everything that has come in since is taken before the next picture.
        for event in std::iter::once(first).chain(inbox.try_iter()) {
            for effect in update(state, event) {
                engine.run(effect);
            }
            if state.quit {
                break;
            }
        }
    }
    Ok(())
}

/// Whether the terminal has more than the sixteen colours that the rest of the screen uses: pictures
/// need them.
fn many_colours(around: &Surroundings) -> bool {
    let var = |name: &str| around.text(name).unwrap_or_default();
    let term = var("TERM");
    !var("COLORTERM").is_empty()
        || [
            "256color", "direct", "kitty", "foot", "ghostty", "wezterm", "tmux", "screen",
        ]
        .iter()
        .any(|t| term.contains(t))
}

/// How this terminal shows pictures. Asking takes an answer, so only terminals known for pictures are
/// asked; everywhere else half blocks do.
fn picker(around: &Surroundings) -> Picker {
    let var = |name: &str| around.text(name).unwrap_or_default();
    let known = !var("KITTY_WINDOW_ID").is_empty()
        || ["kitty", "foot", "ghostty", "wezterm", "mlterm"]
            .iter()
            .any(|t| var("TERM").contains(t))
        || ["iTerm.app", "WezTerm", "ghostty", "rio"].contains(&var("TERM_PROGRAM").as_str());
    let asked = known.then(|| Picker::from_query_stdio().ok()).flatten();
    asked.unwrap_or_else(Picker::halfblocks)
}

fn read_terminal(events: &Sender<Event>) {
    while let Ok(read) = event::read() {
        let event = match read {
            event::Event::Key(key) => Event::Key(key),
            event::Event::Mouse(mouse) => Event::Mouse(mouse),
            event::Event::Paste(text) => Event::Paste(text),
            event::Event::Resize(width, height) => Event::Resize(width, height),
            event::Event::FocusGained | event::Event::FocusLost => continue,
        };
        if events.send(event).is_err() {
            return;
        }
    }
    // The terminal is gone.
    let _ = events.send(Event::Terminate);
}

/// Interrupt, termination and hang-up end the program in an orderly way.
fn hear_signals(events: &Sender<Event>) {
    let events = events.clone();
    signals::on_end(move || {
        let _ = events.send(Event::Terminate);
    });
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    RAW.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        // Not ratatui's `clear`, which asks the terminal where its cursor is: some never answer.
        Clear(ClearType::All),
        EnableMouseCapture,
        EnableBracketedPaste
    )
}

fn leave() {
    if RAW.swap(false, Ordering::SeqCst) {
        // Nothing more can be done for a terminal that takes no orders.
        let _ = execute!(
            io::stdout(),
            DisableBracketedPaste,
            DisableMouseCapture,
            LeaveAlternateScreen,
            crossterm::cursor::Show
        );
        let _ = disable_raw_mode();
    }
}

/// A panic of the user interface leaves the terminal first, so that its message can be read. Panics of
/// workers become failed jobs and must not write into the picture.
fn hook() {
    let ui = thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() == ui {
            leave();
            before(info);
        } else if !RAW.load(Ordering::SeqCst) {
            before(info);
        }
    }));
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use std::io::Read;

    /// Not a test of its own: what the one below runs in a terminal.
    #[test]
    #[ignore = "panics on purpose; run by the next test"]
    fn panics_inside() {
        hook();
        enter().unwrap();
        let worker = thread::spawn(|| panic!("a worker gives up"));
        assert!(worker.join().is_err());
        panic!("the interface gives up");
    }

    #[test]
    fn a_panic_leaves_the_terminal_and_is_readable() {
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "tui::terminal::tests::panics_inside"]);
        command.args(["--ignored", "--nocapture", "--test-threads=1"]);
        command.env_remove("RUST_BACKTRACE");
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        // A terminal that nobody has open any more is an error on some systems, an end on others.
        while let Ok(n @ 1..) = reader.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..n]);
        }
        assert!(!child.wait().unwrap().success());
        let at = |what: &str| seen.windows(what.len()).rposition(|w| w == what.as_bytes());
        let entered = at("\x1b[?1049h").expect("it was entered");
        let left = at("\x1b[?1049l").expect("it was left");
        let said = at("the interface gives up").expect("the message is there");
        assert!(entered < left && left < said, "{entered} {left} {said}");
        for order in ["\x1b[?1000l", "\x1b[?2004l", "\x1b[?25h"] {
            assert!(
                at(order).is_some_and(|at| entered < at && at < said),
                "{order:?}"
            );
        }
        // The panic of a worker did not write into the picture.
        assert_eq!(at("a worker gives up"), None);
    }
}
