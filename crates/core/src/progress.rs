//! How long-running work reports to whoever is watching.
//!
//! Library code takes `&dyn Progress` and never prints.

/// What the numbers of a phase count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Items,
    /// Bytes.
    Bytes,
}

/// Receives the progress of phased work. Implementations must be cheap: `advance` may be called
/// thousands of times a second from several threads.
pub trait Progress: Send + Sync {
    /// A phase starts. `total` is known or not.
    fn begin(&self, label: &str, total: Option<u64>, unit: Unit);
    /// `n` more units of the current phase are done.
    fn advance(&self, n: u64);
    /// A short remark beside the current phase ("1,204 items"), replacing the previous one.
    fn note(&self, text: &str);
    /// The phase is over.
    fn end(&self);
    /// Whether the watcher asked to stop. Long work checks this between units.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
    fn end(&self) {}
}
