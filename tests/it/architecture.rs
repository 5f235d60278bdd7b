//! The absences that ARCHITECTURE.md states: which module never imports which.

use crate::imports::{Crate, circles, tokens};
use std::fs;
use std::path::Path;

/// What the crates below know of the `candor` crate, the compiler already forbids: nothing.
const FORBIDDEN: [(&str, &[&str]); 15] = [
    ("src/output", &["circuit", "prove", "tui", "cli"]),
    ("src/sheet", &["circuit", "prove", "tui", "cli"]),
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
    ("src/guard", &["circuit", "prove", "tui", "cli"]),
    ("src/export", &["circuit", "prove", "tui", "cli"]),
    ("src/report", &["circuit", "prove", "tui", "cli"]),
    ("src/sign", &["circuit", "prove", "tui", "cli"]),
    ("src/custody", &["circuit", "prove", "tui", "cli"]),
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

/// Within a crate the compiler lets files use each other in circles; then none of them can be read, or moved,
/// without all the others. There is none, in any crate.
#[test]
fn imports_go_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let least = [200, 50, 10, 10, 100, 15, 25];
    for (first, least) in CRATES.into_iter().zip(least) {
        let modules = Crate::read(&root.join(first));
        assert!(modules.len() >= least, "{first}: {} modules", modules.len());
        assert_eq!(circles(&modules.uses()), [""; 0], "{first}");
    }
}

/// The reader of imports sees what it is there to see: through re-exports, globs, inline modules and paths, and
/// neither tests nor comments nor strings.
#[test]
fn a_circle_is_found_however_it_is_written() {
    let written = |a: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        file(
            "lib.rs",
            "mod a; mod b; pub use a::A; pub mod all { pub use super::b::*; }",
        );
        file("b.rs", "use crate::A; pub struct B(A);");
        file("a.rs", &format!("pub struct A;\n{a}\n"));
        circles(&Crate::read(&folder.path().join("lib.rs")).uses()).len()
    };
    for circle in [
        "use crate::b::B;",
        "use crate::{b as other};",
        "use super::{b::{self}, A as Same};",
        "pub use super::b::B; fn f(_: B) {}",
        "fn f(_: super::b::B) {}",
        "use crate::all::B;",
        "fn f() { let _: Option<crate::all::B>; }",
        "mod inner { use super::super::b::B; }",
        "use super::b::*;",
        "struct S { #[cfg(test)] c: u8, b: crate::b::B }",
    ] {
        assert_eq!(written(circle), 1, "{circle}");
    }
    for none in [
        "",
        "pub use super::b::B;",
        "// use crate::b::B;",
        "/* crate::b::B */ const S: &str = \"crate::b::B\"; const C: char = '\"';",
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(all(test, unix))] mod tests { use crate::b::B; }",
        "struct S { #[cfg(test)] b: crate::b::B, c: u8 }",
        "pub(in crate::b) fn f() {}",
        "struct S { pub(in crate::b) c: u8 }",
        "use std::fmt::Debug; fn f(_: &dyn Debug) {}",
        "use anyhow::anyhow; fn f() { anyhow::x(anyhow()); }",
    ] {
        assert_eq!(written(none), 0, "{none}");
    }
}

/// The first file of every crate.
const CRATES: [&str; 7] = [
    "src/lib.rs",
    "crates/core/src/lib.rs",
    "crates/edge/src/lib.rs",
    "crates/import/src/lib.rs",
    "crates/ingest/src/lib.rs",
    "crates/picture/src/lib.rs",
    "crates/verify/src/lib.rs",
];

/// The files of all crates that say one of `what`, names and `::` side by side.
fn who_says(what: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let what: Vec<Vec<String>> = what.iter().map(|name| tokens(name)).collect();
    let mut found = Vec::new();
    for first in CRATES {
        for (file, tokens) in Crate::read(&root.join(first)).files() {
            let says = |name: &Vec<String>| tokens.windows(name.len()).any(|at| at == &name[..]);
            if what.iter().any(says) {
                let file = file.strip_prefix(root).unwrap();
                found.push(file.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// Clock, environment, the folders that the program stands in and names for files come by one value from the
/// program's first line, which asks the system for them.
#[test]
fn nothing_but_the_surroundings_asks_the_system_what_is_around() {
    let asks = [
        "SystemTime::now",
        "now_utc",
        "now_local",
        "env::var",
        "env::vars",
        "env::var_os",
        "env::vars_os",
        "env::home_dir",
        "env::temp_dir",
        "env::current_dir",
        "env::current_exe",
        "process::id",
        "rand::random",
        "rand::rng",
        "thread_rng",
        "from_os_rng",
        "RandomState",
        "tempfile",
        // So that nobody can say them by another name.
        "std::env::{",
        "use std::env;",
        "use std::env as",
        "time::SystemTime as",
        "rand::random as",
    ];
    assert_eq!(who_says(&asks), ["crates/edge/src/surroundings.rs"]);
    let makes = ["Surroundings::system", "Surroundings as"];
    assert_eq!(who_says(&makes), [""; 0]);
    let main = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs"));
    assert!(main.unwrap().contains("Surroundings::system()"));
}

/// What must be secret, or chosen by nobody, comes from the operating system where it is needed, and here is where:
/// keys and identity of a vault, blinds, the masks and challenges of proofs, the nonces of audits and time-stamps.
#[test]
fn secret_randomness_comes_from_the_system_alone() {
    let secret = ["SysRng", "OsRng", "getrandom"];
    assert_eq!(
        who_says(&secret),
        [
            "crates/core/src/circuit/prover/argument/randomness.rs",
            "crates/core/src/circuit/verifier.rs",
            "crates/core/src/pedersen.rs",
            "src/audit/challenge.rs",
            "src/commit/vault/keys.rs",
            "src/commit/vault/secret.rs",
            "src/sign/tsp.rs",
        ]
    );
}

/// Files come into being in one place, `private`, for their owner and whole, and where a command was told to write one, in
/// `output`, which knows what is never written over. What writes otherwise is here, with the reason.
#[test]
fn files_are_written_in_one_place() {
    let writes = [
        "File::create",
        "File::create_new",
        "fs::write",
        "File::options",
        "OpenOptions::new",
    ];
    assert_eq!(
        who_says(&writes),
        [
            // Opens for reading.
            "crates/edge/src/input.rs",
            "crates/edge/src/private/files.rs",
            "crates/edge/src/private/lock.rs",
            // A corpus made up for a measurement, in a folder of its own.
            "src/bench/corpus.rs",
            // Asks the system to forget how much memory was used.
            "src/bench/mod.rs",
            // Writes over a torn line of a log that is there.
            "src/custody/repair.rs",
            // Spoils copies of its own bundle.
            "src/demo.rs",
            // Adds to a log that it locks.
            "src/review/log.rs",
        ]
    );
    let front = |file: &String| file.starts_with("src/cli/") || file.starts_with("src/tui/");
    let whole = [
        "private::write",
        "private::write_new",
        "private::write_public",
        "private::write_public_new",
        "Pending",
    ];
    let front: Vec<String> = who_says(&whole).into_iter().filter(front).collect();
    // The list of what was opened last, in the user's own folder of settings.
    assert_eq!(front, ["src/tui/recent.rs"]);
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
