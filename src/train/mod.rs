//! Training classifiers on the very vectors that will be committed and proved.
//!
//! Floating point ends here: what leaves this module is an integer network and a report of how closely it
//! follows the model it was made from.

pub mod dataset;
mod error;
pub mod features;
pub mod idf;

pub mod kin;
pub mod load;
pub mod model;
pub mod quantise;
pub mod run;
pub mod split;
pub mod threshold;

pub use dataset::{Dataset, Example, Row};
pub use error::TrainError;
pub use load::{load_folder, load_labelled};
pub use model::{FitOptions, Loss, Model};
pub use run::{TYPES, TestReport, ThresholdLine, TrainOptions, TrainReport, Trained, train};
pub use threshold::Goal;
