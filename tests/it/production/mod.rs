//! What comes after the proof, as a person runs it: productions, batches, reports, signatures, time-
//! stamps, the custody log and the random audit, over one small case with a family and a withheld item.

mod audit;
mod documents;
mod export;
mod foia;
pub mod matter;
mod report;
mod serve;
mod trust;
mod verdict;
