//! Everything that reads bytes of strangers, as functions of some bytes that must come back: for fuzzers (`fuzz/`, with
//! the feature `fuzzing`) and for the test that mutates seeds, which runs with all others and needs no fuzzer.
//!
//! A target panics where something is wrong: a crash, or a property that does not hold, such as "what is accepted is
//! written the same way again". Readers of other people run in processes of their own, where a panic costs one document;
//! here their panics are caught, and what remains to be found is what a process dies of, or never ends with.

mod mutate;
mod targets;

pub use mutate::Mutator;
pub use targets::{TARGETS, Target};

use std::path::{Path, PathBuf};

/// The target of a name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Where a target's seeds are: folders and files of the source tree.
pub fn seed_files(target: &Target) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for place in target.seeds {
        let (folder, suffix) = place.split_once('*').unwrap_or((place, ""));
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        let found = entries.flatten().map(|entry| entry.path());
        files.extend(found.filter(|path| path.is_file() && ends_with(path, suffix)));
    }
    files.sort();
    files
}

fn ends_with(path: &Path, suffix: &str) -> bool {
    path.to_str().is_some_and(|path| path.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutations per target: enough for every run of the tests; `CANDOR_FUZZ_RUNS` asks for more.
    fn runs() -> usize {
        let asked = std::env::var("CANDOR_FUZZ_RUNS").ok();
        asked.and_then(|text| text.parse().ok()).unwrap_or(150)
    }

    fn seeds(target: &Target) -> Vec<Vec<u8>> {
        let files = seed_files(target);
        assert!(!files.is_empty(), "{} has no seeds", target.name);
        files
            .iter()
            .map(|path| std::fs::read(path).unwrap())
            .collect()
    }

    #[test]
    fn seeds_are_small_and_do_what_they_should() {
        for target in TARGETS {
            let mut accepted = false;
            for (path, seed) in seed_files(target).iter().zip(seeds(target)) {
                assert!(seed.len() <= 200_000, "{} is large", path.display());
                accepted |= (target.run)(&seed);
            }
            assert!(accepted, "no seed of {} is read", target.name);
        }
    }

    /// Every reader has a target, and so has every parser of what comes from the other side. Text recognition is a program
    /// of others, which is not fuzzed here.
    #[test]
    fn every_reader_has_a_target() {
        let mut wanted = crate::ingest::fuzzing::targets();
        wanted.retain(|name| *name != "recognition");
        wanted.extend([
            "mail", "mbox", "html", "charset", "cards", "notation", "store", "loadfile", "opticon",
        ]);
        wanted.extend([
            "manifest",
            "leaves",
            "opening",
            "item-opening",
            "meta",
            "commitment",
            "classifier",
            "sealed",
            "seal-secret",
            "custody",
        ]);
        wanted.extend(["link", "point", "minisign", "timestamp"]);
        for name in wanted {
            assert!(find(name).is_some(), "nothing mutates the seeds of {name}");
        }
    }

    #[test]
    fn mutated_seeds_neither_crash_a_parser_nor_bend_its_rules() {
        let only = std::env::var("CANDOR_FUZZ_TARGET").ok();
        for target in TARGETS {
            if only.as_deref().is_some_and(|only| only != target.name) {
                continue;
            }
            let seeds = seeds(target);
            // The same mutations everywhere, unless another start is asked for.
            let start = std::env::var("CANDOR_FUZZ_START").ok();
            let start = start.and_then(|text| text.parse().ok()).unwrap_or(0);
            let mut mutator = Mutator::new(start, target.tokens);
            for run in 0..runs() {
                let bytes = mutator.next(&seeds);
                let outcome = std::panic::catch_unwind(|| (target.run)(&bytes));
                if outcome.is_err() {
                    let path = std::env::temp_dir().join(format!("candor-{}.crash", target.name));
                    std::fs::write(&path, &bytes).unwrap();
                    panic!("{} run {run}: see {}", target.name, path.display());
                }
            }
        }
    }
}
