//! The demonstration: one matter from commitment to verification, and four attempts to cheat.

use crate::Surroundings;
use crate::bundle::{Manifest, bag, layout};
use crate::commit::{CommitOptions, Vault, commit_folder};
use crate::ingest::IngestOptions;
use crate::item::Form;
use crate::private::Scratch;
use crate::progress::Progress;
use crate::prove::{PlanOptions, ProveOptions, prove_case};
use crate::verify::{Report, verify};
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

const CORPUS: &str = "corpus-examples/mail";
const CLASSIFIER: &str = "classifiers/unsolicited-commercial-email.clf";
const PICTURES: &str = "corpus-examples/images";
const PICTURE_CLASSIFIER: &str = "classifiers/footwear.clf";

/// Finds the folder that holds the examples: given, here or above, beside the program, or the sources.
fn find_examples(around: &Surroundings, given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let complete = |dir: &Path| dir.join(CORPUS).is_dir() && dir.join(CLASSIFIER).is_file();
    let mut places: Vec<PathBuf> = Vec::new();
    match given {
        Some(dir) => places.push(dir.to_owned()),
        None => {
            for start in [around.folder().ok(), around.program().ok()] {
                places.extend(start.iter().flat_map(|p| p.ancestors()).map(Path::to_owned));
            }
            places.push(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        }
    }
    match places.into_iter().find(|dir| complete(dir)) {
        Some(dir) => Ok(dir),
        None => bail!(
            "cannot find {CORPUS} and {CLASSIFIER}: run the demo in candor's source folder, or name it with --examples"
        ),
    }
}

/// Runs the demonstration, telling it line by line. True if everything went as it must: the honest bundle
/// verifies and every cheat is caught.
pub fn run(
    around: &Surroundings,
    examples: Option<&Path>,
    keep: Option<&Path>,
    progress: &dyn Progress,
    tell: &mut dyn FnMut(&str),
) -> anyhow::Result<bool> {
    let examples = find_examples(around, examples)?;
    let temporary;
    let dir = match keep {
        Some(dir) => {
            fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
            dir
        }
        None => {
            temporary = Scratch::new(around)?;
            temporary.path()
        }
    };
    let started = Instant::now();
    tell("1. The responder commits to the corpus, before any request is known.\n");
    let options = CommitOptions {
        case: dir.join("case"),
        name: "demonstration".to_owned(),
        custodian: None,
        reference: false,
        forms: vec![Form::TextWordsV3],
        ingest: IngestOptions::default(),
        selection: Default::default(),
        numbering: Default::default(),
        supplements: None,
    };
    let report = commit_folder(around, &examples.join(CORPUS), &options, progress)?;
    let vault = Vault::open(&options.case)?;
    let commitment = vault.commitment();
    tell(&format!(
        "   {} items from {} files, {} of them exceptions that could not be read, {} read in part\n   root {}\n",
        commitment.count(),
        report.files,
        commitment.exceptions(),
        commitment.partly_read(),
        commitment.root_hex()
    ));

    tell("2. The requester submits a classifier, one file.\n");
    let classifier = crate::input::classifier(&examples.join(CLASSIFIER))?;
    tell(&format!(
        "   \"{}\", {} weights, SHA-256 {}\n",
        classifier.name(),
        classifier.network().weight_count(),
        hex::encode(classifier.hash())
    ));

    tell("3. The responder runs it over every committed item and proves every outcome.\n");
    let bundle = dir.join("bundle");
    let options = ProveOptions {
        // Two proofs, so that one can be passed off as the other below.
        plan: PlanOptions {
            max_items: Some(commitment.committed().div_ceil(2) as usize),
            ..PlanOptions::default()
        },
        ..ProveOptions::default()
    };
    let proving = Instant::now();
    let summary = prove_case(around, &vault, &classifier, &bundle, &options, progress)?;
    tell(&format!(
        "   {} proofs in {:.1} s\n   {}\n",
        summary.batches,
        proving.elapsed().as_secs_f64(),
        summary.report.identity()
    ));

    tell("4. Anybody verifies the bundle with the published commitment and the classifier.\n");
    let verifying = Instant::now();
    let report = verify(&bundle, commitment, &classifier, progress);
    for check in &report.checks {
        let mark = if check.ok { "ok    " } else { "FAILED" };
        tell(&format!("   {mark} {:<15} {}", check.name, check.detail));
    }
    tell(&format!(
        "   {}, in {:.1} s\n",
        report.headline(),
        verifying.elapsed().as_secs_f64()
    ));
    let mut as_expected = report.verified();

    tell("5. The responder cheats.\n");
    for cheat in CHEATS {
        let copy = dir.join("cheat");
        copy_dir(&bundle, &copy)?;
        (cheat.act)(&copy)?;
        // A clever cheat repairs the hashes of the packaging.
        bag::unseal(&copy)?;
        bag::seal(&copy, "2026-01-01", &[])?;
        let report = verify(&copy, commitment, &classifier, progress);
        fs::remove_dir_all(&copy)?;
        tell(&format!("   {}", cheat.what));
        tell(&format!("     {}\n", outcome(&report)));
        let caught_by = |name: &str| report.checks.iter().any(|c| c.name == name && !c.ok);
        as_expected &= !report.verified() && caught_by(cheat.caught_by);
    }
    as_expected &= pictures(around, &examples, dir, progress, tell)?;
    tell(&format!(
        "{} in {:.0} s.{}",
        if as_expected {
            "The honest bundles verified and every cheat was caught,"
        } else {
            "SOMETHING IS WRONG: not everything went as it must,"
        },
        started.elapsed().as_secs_f64(),
        match keep {
            Some(dir) => format!(" Case and bundle are in {}.", dir.display()),
            None => " Use --keep DIR to keep case and bundle.".to_owned(),
        }
    ));
    Ok(as_expected)
}

/// The same for pictures and a convolutional network; true if the bundle verifies.
fn pictures(
    around: &Surroundings,
    examples: &Path,
    dir: &Path,
    progress: &dyn Progress,
    tell: &mut dyn FnMut(&str),
) -> anyhow::Result<bool> {
    tell("6. Pictures, and a convolutional network.\n");
    let options = CommitOptions {
        case: dir.join("pictures-case"),
        name: "demonstration with pictures".to_owned(),
        custodian: None,
        reference: false,
        forms: vec![Form::ImageRgb32V1],
        ingest: IngestOptions::default(),
        selection: Default::default(),
        numbering: Default::default(),
        supplements: None,
    };
    commit_folder(around, &examples.join(PICTURES), &options, progress)?;
    let vault = Vault::open(&options.case)?;
    let classifier = crate::input::classifier(&examples.join(PICTURE_CLASSIFIER))?;
    tell(&format!(
        "   {} pictures committed; the classifier \"{}\" has {} neurons and {} weights\n",
        vault.commitment().count(),
        classifier.name(),
        classifier.network().neurons(),
        classifier.network().weight_count()
    ));
    let bundle = dir.join("pictures-bundle");
    let proving = Instant::now();
    prove_case(
        around,
        &vault,
        &classifier,
        &bundle,
        &ProveOptions::default(),
        progress,
    )?;
    let proved = proving.elapsed().as_secs_f64();
    let verifying = Instant::now();
    let report = verify(&bundle, vault.commitment(), &classifier, progress);
    tell(&format!(
        "   {}\n   {}\n   proved in {proved:.1} s, verified in {:.1} s\n",
        report.headline(),
        report.identity(),
        verifying.elapsed().as_secs_f64()
    ));
    Ok(report.verified())
}

fn outcome(report: &Report) -> String {
    match report.failures().first() {
        Some(failure) => {
            let short: String = failure.chars().take(160).collect();
            format!("caught by the check {short}")
        }
        None => "NOT CAUGHT".to_owned(),
    }
}

struct Cheat {
    what: &'static str,
    caught_by: &'static str,
    act: fn(&Path) -> anyhow::Result<()>,
}

const CHEATS: [Cheat; 4] = [
    Cheat {
        what: "A matching mail is left out of the bundle.",
        caught_by: "dispositions",
        act: |bundle| {
            Ok(fs::remove_dir_all(
                bundle.join(layout::item_dir(first_match(bundle)?)),
            )?)
        },
    },
    Cheat {
        what: "One proof is passed off as another.",
        caught_by: "proofs",
        act: |bundle| {
            fs::copy(bundle.join(layout::proof(1)), bundle.join(layout::proof(0)))?;
            Ok(())
        },
    },
    Cheat {
        what: "One byte of a produced mail is changed.",
        caught_by: "produced",
        act: |bundle| {
            let dir = bundle.join(layout::item_dir(first_match(bundle)?));
            let native = fs::read_dir(dir)?
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .find(|path| path.file_stem().is_some_and(|stem| stem == "native"))
                .context("the produced mail has no native file")?;
            let mut bytes = fs::read(&native)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            Ok(fs::write(native, bytes)?)
        },
    },
    Cheat {
        what: "A matching mail is passed off as not responsive.",
        caught_by: "proofs",
        act: |bundle| {
            let index = first_match(bundle)?;
            fs::remove_dir_all(bundle.join(layout::item_dir(index)))?;
            let path = bundle.join(layout::MANIFEST);
            let mut manifest = Manifest::from_json(&fs::read(&path)?)?;
            manifest.matches.retain(|i| *i != index);
            Ok(fs::write(path, manifest.to_json())?)
        },
    },
];

fn first_match(bundle: &Path) -> anyhow::Result<u32> {
    let manifest = Manifest::from_json(&fs::read(bundle.join(layout::MANIFEST))?)?;
    manifest
        .matches
        .first()
        .copied()
        .context("nothing matches, so there is nothing to cheat with")
}

fn copy_dir(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
