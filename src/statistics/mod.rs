//! What samples say: exact bounds, sizes, and shares with their intervals. Nothing here knows of documents or proofs.

pub mod hypergeometric;
pub mod recall;
pub mod share;
pub mod sizes;
