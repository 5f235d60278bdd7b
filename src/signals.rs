//! Being asked to end: Ctrl-C (INT), TERM, and a terminal that hangs up (HUP).
//!
//! Each is heard by itself. A shell starts what a script puts into the background with INT ignored, `nohup` with HUP
//! ignored: whoever started the program wants that, so such a signal stays ignored, and the others are heard all the
//! same.

use std::sync::OnceLock;

/// Calls `asked` whenever the program is asked to end, on a thread of its own. The first caller hears it, from then
/// on; whether that is this one.
pub fn on_end(asked: impl Fn() + Send + 'static) -> bool {
    static TAKEN: OnceLock<()> = OnceLock::new();
    TAKEN.set(()).is_ok() && listen(asked)
}

#[cfg(unix)]
fn listen(asked: impl Fn() + Send + 'static) -> bool {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let heard = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|s| !ignored(*s));
    let Ok(mut signals) = signal_hook::iterator::Signals::new(heard) else {
        return false;
    };
    std::thread::spawn(move || signals.forever().for_each(|_| asked()));
    true
}

/// Whether whoever started this process had it ignore a signal.
#[cfg(unix)]
fn ignored(signal: libc::c_int) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: nothing is set, and all of `action` is written if the call succeeds.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(not(unix))]
fn listen(asked: impl Fn() + Send + 'static) -> bool {
    ctrlc::try_set_handler(asked).is_ok()
}
