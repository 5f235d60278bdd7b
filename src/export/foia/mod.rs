//! Batches of freedom-of-information requests: a folder per request with numbered documents,
//! determination facts, Vaughn index and log row; a summary for the batch.
//!
//! ```text
//! DIR/requests/2026-00017/documents/0001.eml   0001.txt ...
//!                         documents.csv  vaughn-index.csv  request-log.csv
//!                         determination.json  determination.txt  hashes.csv
//! DIR/request-log.csv     one row per request
//! DIR/exemptions.csv      each exemption counted once per request
//! DIR/failures.csv        requests that could not be exported, with reasons
//! DIR/summary.json
//! ```
//!
//! A request that fails does not stop the batch. A batch that was interrupted goes on where it was: a
//! request's folder appears whole or not at all, and one that is there for the same bundle is kept.

pub mod batch;
pub mod request;
mod write;

pub use batch::{Failure, Summary, export_batch};
pub use request::{Defaults, Request, RequestError, read_requests};
pub use write::Determination;
