//! The cheats against a bundle, one file each in `tests/cheats/`: what is done, which check must fail, which
//! words are said. Every file is run; a cheat that does nothing, or that another check sees first, fails here.

use crate::pipeline::{
    classifier, edit_manifest, failed, first_match, matter, native, produced, sealed_matter,
    tampered_copy,
};
use candor::bundle::{Batch, Bundle, layout};
use candor::progress::Silent;
use candor::sealed::Published;
use candor::verify::{CHAIN_CHECKS, CHECKS, Report, verify, verify_chain};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cheat {
    /// What is done, and what it is for.
    what: String,
    /// The checks that must fail, and no others.
    fails: Vec<String>,
    /// Words of the first failure.
    #[serde(default)]
    says: Vec<String>,
    /// Whether the bag is sealed again, as anybody can do who cheats.
    #[serde(default = "yes")]
    reseal: bool,
    /// Whether it is done to the bundle for the sealed classifier.
    #[serde(default)]
    sealed: bool,
    step: Vec<Step>,
    /// What is verified as a chain of commitments.
    chain: Option<Given>,
}

/// Bundles and commitment files: `this` or `other`, which is of another commitment to the same documents.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    bundles: Vec<String>,
    commitments: Vec<String>,
}

impl Given {
    fn verify(&self, bundle: &Path) -> Report {
        let m = matter();
        let is_other = |name: &String| match name.as_str() {
            "this" => false,
            "other" => true,
            name => panic!("nothing is called '{name}'"),
        };
        let bundles: Vec<PathBuf> = self
            .bundles
            .iter()
            .map(|name| match is_other(name) {
                true => m.other_bundle.clone(),
                false => bundle.to_owned(),
            })
            .collect();
        let commitments = self.commitments.iter().map(|name| match is_other(name) {
            true => m.other_commitment.clone(),
            false => m.vault.commitment().clone(),
        });
        verify_chain(
            &bundles,
            commitments.collect(),
            &classifier(),
            &Silent,
            &|_, _| {},
        )
        .report
    }
}

fn yes() -> bool {
    true
}

/// What is done to the bundle, in order. Paths are relative to it; `other:` in front means the bundle of another
/// commitment to the same documents, `open:` the one for the classifier that is not sealed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    Remove(String),
    Write {
        file: String,
        text: String,
    },
    Copy {
        from: String,
        to: String,
    },
    Rename {
        from: String,
        to: String,
    },
    Swap(String, String),
    /// To so many bytes, or by so many if negative.
    Truncate {
        file: String,
        to: i64,
    },
    Append {
        file: String,
        hex: String,
    },
    /// So many zero bytes; `at` counts from the end if negative.
    Insert {
        file: String,
        at: i64,
        zeros: usize,
    },
    /// One bit of the byte at `at`.
    Flip {
        file: String,
        at: i64,
    },
    Replace {
        file: String,
        from: String,
        to: String,
    },
    /// Another hexadecimal digit so many characters behind a word.
    Digit {
        file: String,
        behind: String,
        by: usize,
    },
    /// The list of matches loses an item.
    Unmatch(String),
    /// Gains one.
    Match(String),
    /// Has its first one twice.
    MatchTwice {},
    /// The withheld log gains an item, with the reason of the one that is there.
    Withhold(String),
    /// Of the withheld item.
    Describe {
        text: String,
        times: usize,
    },
    /// The claimed number of items or lanes of a batch; the last is -1.
    Batch {
        number: i64,
        items: Option<i64>,
        lanes: Option<u32>,
    },
    /// The last batch and its proof go.
    DropBatch {},
    /// A batch more, with a copy of the first proof.
    AddBatch {},
}

/// What the files call by name, for the bundle at hand.
fn names() -> BTreeMap<&'static str, String> {
    let m = matter();
    let manifest = Bundle::open(&m.bundle).unwrap().manifest().clone();
    let leaves: Vec<_> = m.vault.leaves().map(Result::unwrap).collect();
    let exception = leaves.iter().find(|leaf| leaf.exception().is_some());
    let miss = leaves
        .iter()
        .find(|leaf| leaf.exception().is_none() && !manifest.matches.contains(&leaf.index()));
    let last_miss = leaves.iter().rev().find(|leaf| {
        leaf.form(manifest.form).is_some() && !manifest.matches.contains(&leaf.index())
    });
    let one = produced()[0];
    let path = native(&m.bundle, one);
    let native = path.strip_prefix(&m.bundle).unwrap().to_str().unwrap();
    BTreeMap::from([
        ("{produced}", one.to_string()),
        ("{last miss}", last_miss.unwrap().index().to_string()),
        ("{item}", layout::item_dir(one)),
        ("{native}", native.to_owned()),
        ("{text}", layout::text(one)),
        ("{meta}", layout::meta(one)),
        ("{opening}", layout::opening(one)),
        ("{withheld}", first_match(&m.vault).to_string()),
        ("{exception}", exception.unwrap().index().to_string()),
        ("{miss}", miss.unwrap().index().to_string()),
        ("{classifier name}", classifier().name().to_owned()),
        ("{committed}", m.vault.commitment().committed().to_string()),
        ("{leaves}", layout::LEAVES.to_owned()),
        ("{manifest}", layout::MANIFEST.to_owned()),
        ("{proof 0}", layout::proof(0)),
        ("{proof 1}", layout::proof(1)),
    ])
}

fn place(bundle: &Path, name: &str) -> PathBuf {
    match name.strip_prefix("other:") {
        Some(name) => matter().other_bundle.join(name),
        None => match name.strip_prefix("open:") {
            Some(name) => matter().bundle.join(name),
            None => bundle.join(name),
        },
    }
}

fn edit(bundle: &Path, file: &str, f: impl FnOnce(&mut Vec<u8>)) {
    let path = place(bundle, file);
    let mut bytes = fs::read(&path).unwrap();
    f(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// A place that is counted from the end if negative.
fn from_either_end(at: i64, len: usize) -> usize {
    usize::try_from(at).unwrap_or_else(|_| len - at.unsigned_abs() as usize)
}

fn number(text: &str) -> u32 {
    text.parse().unwrap()
}

fn perform(step: &Step, bundle: &Path) {
    match step {
        Step::Remove(name) => {
            let path = place(bundle, name);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
        Step::Write { file, text } => {
            let path = place(bundle, file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Step::Copy { from, to } => {
            fs::copy(place(bundle, from), place(bundle, to)).unwrap();
        }
        Step::Rename { from, to } => fs::rename(place(bundle, from), place(bundle, to)).unwrap(),
        Step::Swap(one, two) => {
            let (one, two) = (place(bundle, one), place(bundle, two));
            let bytes = fs::read(&one).unwrap();
            fs::copy(&two, &one).unwrap();
            fs::write(two, bytes).unwrap();
        }
        Step::Truncate { file, to } => edit(bundle, file, |bytes| {
            bytes.truncate(from_either_end(*to, bytes.len()));
        }),
        Step::Append { file, hex: more } => edit(bundle, file, |bytes| {
            bytes.extend(hex::decode(more).unwrap());
        }),
        Step::Insert { file, at, zeros } => edit(bundle, file, |bytes| {
            let at = from_either_end(*at, bytes.len());
            bytes.splice(at..at, vec![0; *zeros]);
        }),
        Step::Flip { file, at } => edit(bundle, file, |bytes| {
            let at = from_either_end(*at, bytes.len());
            bytes[at] ^= 1;
        }),
        Step::Replace { file, from, to } => edit(bundle, file, |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(from.as_str()), "{from} is not in {file}");
            *bytes = text.replacen(from.as_str(), to, 1).into_bytes();
        }),
        Step::Digit { file, behind, by } => edit(bundle, file, |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let at = text.find(behind.as_str()).unwrap() + behind.len() + by;
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        }),
        Step::Unmatch(item) => {
            edit_manifest(bundle, |m| m.matches.retain(|i| *i != number(item)));
        }
        Step::Match(item) => edit_manifest(bundle, |m| {
            m.matches.push(number(item));
            m.matches.sort_unstable();
        }),
        Step::MatchTwice {} => edit_manifest(bundle, |m| m.matches.push(m.matches[0])),
        Step::Withhold(item) => edit_manifest(bundle, |m| {
            let mut entry = m.withheld[0].clone();
            entry.index = number(item);
            m.withheld.push(entry);
            m.withheld.sort_by_key(|w| w.index);
        }),
        Step::Describe { text, times } => {
            edit_manifest(bundle, |m| m.withheld[0].description = text.repeat(*times));
        }
        Step::Batch {
            number,
            items,
            lanes,
        } => edit_manifest(bundle, |m| {
            let at = from_either_end(*number, m.batches.len());
            let batch = &mut m.batches[at];
            let more = items.unwrap_or_default();
            batch.items = (i64::from(batch.items) + more) as u32;
            batch.lanes = lanes.unwrap_or(batch.lanes);
        }),
        Step::DropBatch {} => {
            let mut left = 0;
            edit_manifest(bundle, |m| {
                m.batches.pop();
                left = m.batches.len();
            });
            fs::remove_file(bundle.join(layout::proof(left))).unwrap();
        }
        Step::AddBatch {} => {
            let mut at = 0;
            edit_manifest(bundle, |m| {
                at = m.batches.len();
                m.batches.push(Batch { items: 1, lanes: 1 });
            });
            fs::copy(
                bundle.join(layout::proof(0)),
                bundle.join(layout::proof(at)),
            )
            .unwrap();
        }
    }
}

#[test]
fn every_cheat_fails_exactly_its_check() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cheats");
    let names = names();
    let filled = |text: &str| {
        names.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    };
    let (sealed, public) = (sealed_matter(), classifier());
    let mut checks = BTreeSet::new();
    let (mut run, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let cheat: Cheat = toml::from_str(&filled(&fs::read_to_string(&path).unwrap()))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let done = cheat.chain.is_some() || !cheat.step.is_empty();
        assert!(!cheat.what.is_empty() && done, "{name}");
        let (base, published) = match cheat.sealed {
            true => (&sealed.bundle, Published::from(sealed.opening.sealed())),
            false => (&matter().bundle, Published::from(&public)),
        };
        let report = tampered_copy(
            base,
            |bundle| cheat.step.iter().for_each(|step| perform(step, bundle)),
            cheat.reseal,
            |bundle| match &cheat.chain {
                Some(given) => given.verify(bundle),
                None => verify(bundle, matter().vault.commitment(), published, &Silent),
            },
        );
        let (found, failures) = (failed(&report), report.failures());
        let said = |words: &String| failures.first().is_some_and(|f| f.contains(words.as_str()));
        if found != cheat.fails || !cheat.says.iter().all(said) {
            wrong.push(format!("{name}: {found:?} failed: {failures:?}"));
        }
        checks.extend(cheat.fails);
        run += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(run >= 30, "only {run} cheats were found");
    // Whoever fails what is left of a chain's checks has to lie in the commitment itself: see the tests of
    // `record/succession.rs`.
    let beyond = ["resolved", "sum"].map(str::to_owned);
    let checks: BTreeSet<String> = checks.into_iter().chain(beyond).collect();
    let named = CHECKS.iter().chain(&CHAIN_CHECKS);
    assert_eq!(checks, named.map(ToString::to_string).collect());
}
