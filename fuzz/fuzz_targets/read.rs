//! One binary for all targets: `CANDOR_FUZZ_TARGET` names the one to run, see `candor::fuzzing`.

#![no_main]

use candor::fuzzing::{Target, find, seed_files};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

/// Finds the target, and puts its seeds where libFuzzer looks for them.
fn start() {
    let name = std::env::var("CANDOR_FUZZ_TARGET").unwrap_or_default();
    let Some(target) = find(&name) else {
        // What `run` asks first; a misspelt name ends here as well.
        for target in candor::fuzzing::TARGETS {
            println!("{}", target.name);
        }
        std::process::exit(if name == "list" { 0 } else { 2 });
    };
    if let Ok(folder) = std::env::var("CANDOR_FUZZ_CORPUS") {
        std::fs::create_dir_all(&folder).expect("a folder for the corpus");
        for (i, seed) in seed_files(target).iter().enumerate() {
            std::fs::copy(seed, format!("{folder}/seed-{i}")).expect("seeds can be copied");
        }
    }
    if target.isolated {
        // Panics of other people's readers are caught; libFuzzer's hook would end the run at the first.
        std::panic::set_hook(Box::new(|_| {}));
    }
    TARGET.set(target).expect("started once");
}

fuzz_target!(init: start(), |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(bytes);
    }
});
