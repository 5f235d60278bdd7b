//! Text recognition during a commit: what is shown of it, and what of it outlives a run that is killed.

use super::vault::layout;
use crate::ingest::IngestOptions;
use crate::ingest::ocr::Ocr;
use crate::progress::Progress;
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What text recognition did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// Engine and models.
    pub engine: String,
    /// Pages and pictures that were looked at.
    pub pages: u64,
    /// Those whose text is uncertain.
    pub uncertain: u64,
}

impl Recognised {
    pub(super) fn of(ocr: &Ocr) -> Self {
        let (pages, uncertain) = ocr.counts();
        Recognised {
            engine: ocr.name(),
            pages,
            uncertain,
        }
    }
}

/// The options with a place in the case where recognised texts are kept until the commitment is there.
pub(super) fn kept(options: &IngestOptions, case: &Path) -> IngestOptions {
    let mut options = options.clone();
    let folder = case.join(layout::RECOGNISED);
    options.ocr = options.ocr.map(|ocr| ocr.with_cache(folder));
    options
}

/// Removes what was kept.
pub(super) fn forget(case: &Path) {
    let _ = fs::remove_dir_all(case.join(layout::RECOGNISED));
}

/// Does `work`, which may take minutes, and shows meanwhile how far text recognition is.
pub(super) fn watched<T>(
    ocr: Option<&Ocr>,
    progress: &dyn Progress,
    work: impl FnOnce() -> T,
) -> T {
    let Some(ocr) = ocr else { return work() };
    struct Done<'d>(&'d AtomicBool);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(50));
                let (pages, _) = ocr.counts();
                if pages > 0 {
                    progress.note(&format!("{pages} pages recognised"));
                }
                if progress.cancelled() {
                    ocr.stop();
                }
            }
        });
        let _done = Done(&done);
        work()
    })
}
