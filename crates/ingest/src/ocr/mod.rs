//! Text recognition (OCR) of pages and pictures that have no text of their own, by Tesseract where it is
//! installed and only when it is asked for.
//!
//! What is recognised depends on engine, model and machine, so it is committed like any other text, with all
//! three named, and never made again to verify it. Workers run the engine, one picture each, under the limits
//! of readers; how sure it was goes into the ledger.
//!
//! ```text
//! pages of a PDF without text -> worker: painted (readers/pdf/render) -> worker: tesseract -> the page's place
//! pictures                                                            -> worker: tesseract -> the item's text
//! ```

mod cache;
mod engine;
mod pages;
mod recognise;
#[doc(hidden)]
pub mod sample;

use candor_edge::Surroundings;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) use engine::Engine;
pub use engine::OcrError;
pub(crate) use pages::{answer, leave, pages, picture};
pub(crate) use recognise::Recognition;

/// The fact that says so of an item whose text was recognised.
pub const RECOGNISED: &str = "ocr";

/// Whether the text of an item with this extractor was recognised, or a part of it.
pub fn is_recognised(extractor: &str) -> bool {
    extractor
        .split(' ')
        .any(|part| part.starts_with("candor-ocr-"))
}

/// Below this average of confidence (of 100) a page counts as uncertain.
const SURE: f64 = 75.0;
/// A word below this is uncertain; more than a tenth of them, and the page is.
const SURE_WORD: f64 = 60.0;

/// Text recognition, ready to be used.
#[derive(Clone, Debug)]
pub struct Ocr {
    pub(crate) engine: Engine,
    watch: Arc<Watch>,
    pub(crate) cache: Option<PathBuf>,
}

/// What goes on, for who is watching.
#[derive(Debug, Default)]
struct Watch {
    recognised: AtomicU64,
    uncertain: AtomicU64,
    stop: AtomicBool,
}

/// The same engine with the same models gives the same texts.
impl PartialEq for Ocr {
    fn eq(&self, other: &Self) -> bool {
        self.engine == other.engine
    }
}

impl Eq for Ocr {}

impl Ocr {
    /// Looks for Tesseract with the models of `language` ("eng", "deu+fra").
    pub fn find(around: &Surroundings, language: &str) -> Result<Self, OcrError> {
        Ok(Ocr {
            engine: Engine::find(around, language)?,
            watch: Arc::default(),
            cache: None,
        })
    }

    /// Keeps what is recognised in a folder of its own, so that a run that was interrupted goes on from there.
    pub fn with_cache(mut self, folder: PathBuf) -> Self {
        self.cache = Some(folder);
        self
    }

    /// Engine and models, as they are committed to.
    pub fn name(&self) -> String {
        self.engine.name()
    }

    /// Pages and pictures that were looked at so far, and of how many the text is uncertain.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.watch.recognised.load(Ordering::Relaxed),
            self.watch.uncertain.load(Ordering::Relaxed),
        )
    }

    /// Ends recognition: what is still to come is left as it is.
    pub fn stop(&self) {
        self.watch.stop.store(true, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.watch.stop.load(Ordering::Relaxed)
    }

    fn count(&self, uncertain: bool) {
        self.watch.recognised.fetch_add(1, Ordering::Relaxed);
        self.watch
            .uncertain
            .fetch_add(u64::from(uncertain), Ordering::Relaxed);
    }
}
