//! Other people's parsers on other people's files: a panic in one is a property of the file, not
//! a crash of the program.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Once};
use std::time::Duration;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic in it comes back as its message and prints nothing.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    keep_guarded_panics_quiet();
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.map_err(|payload| message(payload.as_ref()))
}

/// Runs `work` like [`catch`], on a thread of its own with a stack of `stack` bytes: for input
/// that may be nested deeply enough to exhaust an ordinary one.
pub(crate) fn catch_on_stack<T: Send>(
    stack: usize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(stack)
            .spawn_scoped(scope, || catch(work));
        match thread {
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|payload| Err(message(payload.as_ref()))),
            Err(error) => Err(format!("no thread for reading: {error}")),
        }
    })
}

/// How work under a time limit failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It panicked, with this message.
    Panic(String),
    /// It was still running when its time was over.
    Time,
    /// The process that it ran in did not survive it, in these words.
    Crash(String),
}

/// Stack of the threads of [`catch_in_time`].
const STACK: usize = 64 << 20;

/// Runs `work` on `bytes` like [`catch`], for at most `limit`. A thread cannot be stopped from
/// outside: one that exceeds its time is left behind, and ends whenever it ends.
pub(crate) fn catch_in_time<T: Send + 'static>(
    limit: Duration,
    bytes: &Arc<Vec<u8>>,
    work: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, Failure> {
    let (sender, receiver) = channel();
    let shared = Arc::clone(bytes);
    let thread = std::thread::Builder::new()
        .name("reader".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let result = catch(|| work(&shared));
            drop(shared);
            // Nobody listens any more if the time is over.
            let _ = sender.send(result);
        });
    if let Err(error) = thread {
        return Err(Failure::Panic(format!("no thread for reading: {error}")));
    }
    match receiver.recv_timeout(limit) {
        Ok(result) => result.map_err(Failure::Panic),
        Err(RecvTimeoutError::Timeout) => Err(Failure::Time),
        Err(RecvTimeoutError::Disconnected) => Err(Failure::Panic("the reader ended".to_owned())),
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_owned())
}

/// Installs, once, a hook that hands on every panic to the hook before it but those of guarded
/// parsers, which would otherwise write into the terminal.
fn keep_guarded_panics_quiet() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_messages() {
        assert_eq!(catch(|| 1), Ok(1));
        assert_eq!(catch(|| panic!("at {}", 7)), Err::<(), _>("at 7".into()));
        let nested = catch(|| {
            let _ = catch(|| panic!("inner"));
            GUARDED.get()
        });
        assert_eq!(nested, Ok(true));
        assert!(!GUARDED.get());
    }

    #[test]
    fn time_is_limited() {
        let bytes = Arc::new(vec![1, 2]);
        let long = Duration::from_secs(60);
        assert_eq!(catch_in_time(long, &bytes, |b| b.len()), Ok(2));
        assert_eq!(Arc::strong_count(&bytes), 1);
        let failed = catch_in_time(long, &bytes, |_| panic!("no"));
        assert_eq!(failed, Err::<(), _>(Failure::Panic("no".into())));
        let slow = |_: &[u8]| std::thread::sleep(Duration::from_secs(2));
        let failed = catch_in_time(Duration::from_millis(20), &bytes, slow);
        assert_eq!(failed, Err(Failure::Time));
    }

    #[test]
    fn a_big_stack_holds_deep_recursion() {
        fn deep(n: u64) -> u64 {
            let frame = std::hint::black_box([n; 64]);
            if n == 0 {
                0
            } else {
                1 + deep(n - 1) + frame[0] - n
            }
        }
        let depth = catch_on_stack(256 << 20, || deep(100_000)).unwrap();
        assert_eq!(depth, 100_000);
        assert!(catch_on_stack(1 << 20, || panic!("there")).is_err_and(|e: String| e == "there"));
    }
}
