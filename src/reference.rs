//! Documents that are written from the code and compared with what is in the repository.

use std::path::Path;

/// Compares a document with the one in the repository; with `CANDOR_REGENERATE` set it is written instead.
#[track_caller]
pub fn matches_file(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("CANDOR_REGENERATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == text,
        "{name} is not what the program says: CANDOR_REGENERATE=1 cargo test --release reference"
    );
}
