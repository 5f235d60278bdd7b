//! Batches of freedom-of-information requests: a folder per request with numbered documents,
//! determination facts, Vaughn index and log row; a summary for the batch.
//!
//! ```text
//! DIR/requests/2026-00017/serve/      documents/0001.eml 0001.text.txt ...  documents.csv
//!                                     vaughn-index.csv  search.txt  hashes.csv
//! DIR/requests/2026-00017/internal/   determination.json determination.txt request-log.csv hashes.csv
//!                                     and with the case: vaughn-index.csv not-searched.csv, with names and paths
//! DIR/internal/request-log.csv        one row per request
//!              exemptions.csv         each exemption counted once per request
//!              failures.csv           requests that could not be exported, with reasons
//!              summary.json
//! ```
//!
//! Only `serve/` goes to whoever asked; what is not below a `serve/` is the agency's.
//!
//! A request that fails does not stop the batch. A batch that was interrupted goes on where it was: a
//! request's folder appears whole or not at all, and one that is there for the same bundle is kept.

pub mod batch;
pub mod request;
mod write;

pub use batch::{Failure, Summary, export_batch};
pub use request::{Defaults, Request, RequestError, read_requests};
pub use write::Determination;
