//! Ctrl-C, or another signal to end: the first one asks running work to stop in an orderly way, the second one ends the
//! program at once.

use super::Exit;
use crate::progress::{Progress, Unit};
use crate::signals;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// A progress display that says "cancelled" after such a signal. Only for work that looks at
/// [`Progress::cancelled`]: other work would not notice.
pub(super) struct Interruptible(Box<dyn Progress>);

impl Interruptible {
    /// From now on signals are heard here.
    pub fn new(inner: Box<dyn Progress>) -> Self {
        // Who hears them already is this one.
        signals::on_end(|| {
            if ASKED.swap(true, Ordering::SeqCst) {
                std::process::exit(Exit::Interrupted as i32);
            }
            eprintln!("stopping (once more to stop at once) ...");
        });
        Interruptible(inner)
    }
}

impl Progress for Interruptible {
    fn begin(&self, label: &str, total: Option<u64>, unit: Unit) {
        self.0.begin(label, total, unit);
    }

    fn advance(&self, n: u64) {
        self.0.advance(n);
    }

    fn note(&self, text: &str) {
        self.0.note(text);
    }

    fn end(&self) {
        self.0.end();
    }

    fn cancelled(&self) -> bool {
        ASKED.load(Ordering::SeqCst) || self.0.cancelled()
    }
}
