//! The absences that ARCHITECTURE.md states: which module never imports which.

use std::fs;
use std::path::Path;

/// What the crates below know of the `candor` crate, the compiler already forbids: nothing.
const FORBIDDEN: [(&str, &[&str]); 8] = [
    (
        "src/explain",
        &["circuit", "prove", "bundle", "verify", "cli"],
    ),
    ("src/requests", &["circuit", "prove", "verify", "cli"]),
    ("crates/core/src/item", &["classify", "pedersen", "circuit"]),
    ("crates/core/src/classify", &["pedersen", "circuit"]),
    ("crates/core/src/circuit", &["pedersen"]),
    (
        "src/train",
        &["commit", "circuit", "prove", "bundle", "verify"],
    ),
    (
        "src/commit",
        &["circuit", "prove", "bundle", "verify", "cli"],
    ),
    ("src/review", &["circuit", "prove", "verify", "tui", "cli"]),
];

/// The code of a file up to its unit tests, which may reach further.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned()
}

#[test]
fn modules_do_not_import_what_they_must_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut files, mut found) = (0, Vec::new());
    for (module, forbidden) in FORBIDDEN {
        let single = root.join(format!("{module}.rs"));
        let places = [root.join(module), single];
        for place in places.iter().filter(|p| p.exists()) {
            for entry in walkdir::WalkDir::new(place) {
                let entry = entry.unwrap();
                let name = entry.file_name().to_string_lossy();
                let test_only = [
                    "testing.rs",
                    "naive.rs",
                    "tests.rs",
                    "forge_tests.rs",
                    "pins.rs",
                ]
                .contains(&&*name);
                if !name.ends_with(".rs") || test_only {
                    continue;
                }
                files += 1;
                let code = code(entry.path());
                for other in forbidden {
                    let used = [
                        format!("crate::{other}::"),
                        format!("crate::{other};"),
                        format!("crate::{{{other}"),
                    ];
                    if used.iter().any(|u| code.contains(u.as_str())) {
                        found.push(format!("{} uses {other}", entry.path().display()));
                    }
                }
            }
        }
    }
    assert!(files > 40, "only {files} files were looked at");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_proof_core_knows_no_floats() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for module in ["circuit", "item"] {
        for entry in walkdir::WalkDir::new(root.join("crates/core/src").join(module)) {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy();
            if name.ends_with(".rs") && name != "tests.rs" {
                let code = code(entry.path());
                assert!(
                    !code.contains("f32") && !code.contains("f64"),
                    "{} computes with floats",
                    entry.path().display()
                );
            }
        }
    }
}
