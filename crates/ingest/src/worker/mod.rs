//! Readers in processes of their own.
//!
//! A parser that runs away, eats memory or overflows its stack takes a worker with it, not the
//! program: the document becomes an exception that names the reader, and the next one gets a new
//! worker. Workers serve many documents one after the other, so that starting them costs nothing to
//! speak of: 118 real PDF and Word files took 5.7 to 6.0 s with workers and 5.8 to 6.3 s on threads (two cores),
//! with the same outcome for each.
//!
//! ```text
//! candor (pool) <-- one socket pair each --> candor read-one   (hidden; memory and CPU time limited)
//! request  = format (JSON), limits, bytes           answer = result (JSON), attachments
//! ```
//!
//! The socket is the worker's standard input; what a reader prints on standard output goes nowhere.
//! Whatever a worker answers is parsed like any other input: it has read hostile files.
//!
//! Only on Unix, and only in the program itself, which says so once with [`offer`]. A library user gets
//! threads, which can survive a panic but nothing worse.

#[cfg(unix)]
mod frame;
#[cfg(unix)]
mod pool;
#[cfg(unix)]
mod serve;

#[cfg(unix)]
pub(crate) use pool::Pool;
#[cfg(unix)]
pub use serve::serve;

use candor_edge::Surroundings;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The hidden subcommand that makes a worker.
pub const COMMAND: &str = "read-one";

#[cfg(unix)]
static POOL: OnceLock<Pool> = OnceLock::new();

/// Says that `program` understands [`COMMAND`]: documents are read by copies of it from now on.
#[cfg(unix)]
pub fn offer(around: &Surroundings, program: PathBuf) {
    let _ = POOL.set(Pool::new(around, program, vec![COMMAND.into()]));
}

/// The workers, if the program has offered itself.
#[cfg(unix)]
pub(crate) fn pool() -> Option<&'static Pool> {
    POOL.get()
}

/// Elsewhere there are no workers, and reading goes on on threads.
#[cfg(not(unix))]
pub fn offer(_: &Surroundings, _: PathBuf) {}

/// Elsewhere there is nothing to serve.
#[cfg(not(unix))]
pub fn serve() -> std::io::Result<()> {
    Err(std::io::Error::other(
        "readers run in processes of their own on Unix only",
    ))
}

#[cfg(not(unix))]
pub(crate) use elsewhere::{Pool, pool};

#[cfg(not(unix))]
mod elsewhere {
    use crate::isolate::Failure;
    use crate::limits::IngestOptions;
    use crate::readers::Format;
    use crate::reading::{Given, ReadError, Reading};
    use std::sync::Arc;

    /// Never made.
    pub(crate) enum Pool {}

    impl Pool {
        pub fn run(
            &self,
            _: Format,
            _: &Arc<Vec<u8>>,
            _: Given,
            _: &IngestOptions,
        ) -> Result<Result<Reading, ReadError>, Failure> {
            match *self {}
        }
    }

    pub(crate) fn pool() -> Option<&'static Pool> {
        None
    }
}
