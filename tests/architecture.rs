//! The absences that ARCHITECTURE.md states: which module never imports which.

use std::fs;
use std::path::Path;

const FORBIDDEN: [(&str, &[&str]); 8] = [
    (
        "ingest",
        &[
            "item", "classify", "commit", "circuit", "prove", "bundle", "verify", "cli",
        ],
    ),
    (
        "item",
        &[
            "ingest", "commit", "circuit", "prove", "bundle", "verify", "cli",
        ],
    ),
    (
        "classify",
        &[
            "ingest", "commit", "circuit", "prove", "bundle", "verify", "cli",
        ],
    ),
    ("train", &["commit", "circuit", "prove", "bundle", "verify"]),
    ("commit", &["circuit", "prove", "bundle", "verify", "cli"]),
    ("circuit", &["ingest", "bundle", "verify", "cli"]),
    ("bundle", &["ingest", "circuit", "prove", "verify", "cli"]),
    ("verify", &["ingest", "train", "cli"]),
];

/// The code of a file up to its unit tests, which may reach further.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned()
}

#[test]
fn modules_do_not_import_what_they_must_not_know() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut found) = (0, Vec::new());
    for (module, forbidden) in FORBIDDEN {
        let single = src.join(format!("{module}.rs"));
        let roots = [src.join(module), single];
        for root in roots.iter().filter(|r| r.exists()) {
            for entry in walkdir::WalkDir::new(root) {
                let entry = entry.unwrap();
                let name = entry.file_name().to_string_lossy();
                let test_only =
                    ["testing.rs", "tests.rs", "forge_tests.rs", "pins.rs"].contains(&&*name);
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
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in ["circuit", "item"] {
        for entry in walkdir::WalkDir::new(src.join(module)) {
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
