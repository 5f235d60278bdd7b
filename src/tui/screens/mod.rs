//! The screens. Each is a small state machine of its own with its keys and its view.

mod audit;
mod audit_view;
mod bundle;
mod bundle_view;
mod case;
mod case_view;
mod commit;
mod commit_scope;
mod commit_view;
mod custody;
mod desk;
mod export;
mod form;
mod home;
mod pane;
mod plot;
mod request;
mod request_guard;
mod request_lists;
mod request_proofs;
mod request_prove;
mod request_view;
mod search;
mod sign;
mod verify;
mod verify_view;
mod waiting;

pub use audit::Audit;
pub use bundle::Bundle;
pub use case::Case;
pub use commit::Commit;
pub use custody::Custody;
pub use export::Export;
pub use home::Home;
pub use request::Request;
pub use sign::Sign;
pub use verify::Verify;

pub use super::nav::{Draw, Keys, View};
