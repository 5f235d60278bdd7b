//! Running a reader within the limits: in another process where the program offers itself for that, else on a thread.

use std::sync::Arc;

use super::isolate::{self, Failure};
use super::limits::IngestOptions;
use super::readers::Format;
use super::reading::{Given, ReadError, Reading};
use super::worker;

/// Has the reader of a format read `bytes`.
pub(crate) fn run(
    format: Format,
    bytes: &Arc<Vec<u8>>,
    given: Given,
    options: &IngestOptions,
) -> Result<Result<Reading, ReadError>, Failure> {
    match worker::pool() {
        Some(pool) => pool.run(format, bytes, given, options),
        None => isolate::catch_in_time(options.max_time, bytes, move |bytes| {
            format.reader().read(bytes, &given)
        }),
    }
}
