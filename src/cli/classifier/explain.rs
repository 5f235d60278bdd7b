//! `candor classifier explain`: what a classifier looks for, whatever its card says.

use crate::classify::Classifier;
use crate::clean::{self, line as escape};
use crate::cli::common::{Force, Secret};
use crate::cli::{Common, Exit, UsageError};
use crate::commit::Vault;
use crate::explain::effect::Effects;
use crate::explain::words::{self, Vocabulary, Word};
use crate::explain::{self, Explanation, Inside, Warning, pictures, scores::Scored, texts};
use crate::output::{self, Kind, Target};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Tell what a classifier looks for, from its numbers and not from its card
#[derive(Debug, clap::Args)]
#[command(after_help = "\
How many buckets of words carry the decision, which are the strongest, and with --case which words
of the committed texts are behind them. Warns of a classifier that looks at one word or a few, or for
copies of one known document. For pictures: which regions of sample pictures carry the verdict.

Do this before you answer a request: what the card says is its author's claim.

Examples:
  candor classifier explain request.clf
  candor classifier explain request.clf --case acme
  candor classifier explain request.clf --case acme --csv words.csv
  candor classifier explain person.clf --case acme --out regions
  candor classifier explain request.clf --case acme --json | jq .warnings")]
pub(super) struct ExplainArgs {
    /// Classifier file
    file: PathBuf,
    #[command(flatten)]
    secret: Secret,
    /// The case whose texts or pictures to use
    #[arg(long, value_name = "CASE")]
    case: Option<PathBuf>,
    /// Strongest buckets of each sign to show
    #[arg(long, value_name = "N", default_value_t = 12)]
    top: usize,
    /// Write a row for each word of the strongest buckets to this CSV file
    #[arg(long, value_name = "FILE", requires = "case")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    /// Pictures only: write sample pictures with their regions into this new folder (private: they are of
    /// the case)
    #[arg(long, value_name = "DIR", requires = "case")]
    out: Option<PathBuf>,
    /// Pictures only: samples of each side
    #[arg(long, value_name = "N", default_value_t = pictures::SAMPLES)]
    samples: usize,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

const HEADING: [&str; 5] = ["bucket", "effect", "term", "documents", "matching"];

const WORDS: Kind = Kind {
    name: "a list of words",
    is: |bytes| bytes.starts_with((HEADING.join(",") + "\n").as_bytes()),
};

pub(super) fn run(common: &Common, args: ExplainArgs) -> anyhow::Result<Exit> {
    let inputs: Vec<&Path> = [&*args.file]
        .into_iter()
        .chain(args.case.as_deref())
        .collect();
    let target = |path: &PathBuf| Target::new(path, WORDS, args.force, &inputs);
    let target = args.csv.as_ref().map(target).transpose()?;
    if let Some(folder) = &args.out {
        output::check_folder(folder, "a folder of samples")?;
    }
    let any = args.secret.open(&args.file)?;
    let classifier = any.held_of(&args.file)?.classifier();
    if args.out.is_some() && classifier.form().is_text() {
        return Err(UsageError("--out is for classifiers of pictures".to_owned()).into());
    }
    if args.csv.is_some() && !classifier.form().is_text() {
        return Err(UsageError("--csv is for classifiers of texts: use --out".to_owned()).into());
    }
    let mut report = Report {
        classifier,
        inside: explain::inside(classifier),
        scored: None,
        texts: None,
        pictures: None,
        vocabulary: Vocabulary::new(),
        strongest: Vec::new(),
        warnings: Vec::new(),
        written: Vec::new(),
    };
    report.warnings = report.inside.warnings.clone();
    if let Some(case) = &args.case {
        report.on_case(common, case, &args)?;
    } else if let Some(effects) = &report.inside.effects {
        report.strongest = effects.strongest(args.top);
    }
    if let Some(target) = target {
        report.write_csv(target)?;
    }
    if args.json {
        println!("{}", clean::to_json(&report.to_json())?);
    } else {
        print!("{}", report.to_text());
    }
    Ok(Exit::Ok)
}

struct Report<'a> {
    classifier: &'a Classifier,
    inside: Inside,
    scored: Option<Scored>,
    texts: Option<texts::Findings>,
    pictures: Option<pictures::Findings>,
    vocabulary: Vocabulary,
    strongest: Vec<usize>,
    warnings: Vec<Warning>,
    written: Vec<PathBuf>,
}

impl Report<'_> {
    fn on_case(&mut self, common: &Common, case: &Path, args: &ExplainArgs) -> anyhow::Result<()> {
        let vault = Vault::open(case)?;
        let progress = common.progress();
        let mut told = explain::on_case(self.classifier, &vault, None, &*progress)?;
        if let Some(found) = &mut told.pictures {
            let (scored, samples) = (&told.scored, args.samples);
            pictures::regions(self.classifier, &vault, scored, samples, found, &*progress)?;
            if let Some(folder) = &args.out {
                self.written = pictures::write(found, self.classifier, &vault, folder)?;
            }
        }
        self.warnings = told.warnings();
        let Explanation {
            inside,
            scored,
            texts,
            pictures,
            ..
        } = told;
        if let Some(effects) = &inside.effects
            && self.classifier.form().is_text()
        {
            self.strongest = effects.strongest(args.top);
            let mut buckets = self.strongest.clone();
            // A decisive word is named even if its weight is hidden among larger ones.
            let decides = self.warnings.iter().any(|w| w.kind == "decisive_word");
            buckets.extend(
                texts
                    .iter()
                    .filter(|_| decides)
                    .flat_map(|t| t.decisive)
                    .map(|d| d.bucket),
            );
            let items: Vec<(u32, bool)> = scored.items.iter().map(|(i, s)| (*i, *s >= 0)).collect();
            self.vocabulary =
                words::of_buckets(&vault, self.classifier.form(), &items, &buckets, &*progress)?;
        }
        drop(progress);
        (self.inside, self.scored, self.texts, self.pictures) =
            (inside, Some(scored), texts, pictures);
        Ok(())
    }

    fn effects(&self) -> &[f64] {
        self.inside
            .effects
            .as_ref()
            .map_or(&[], |e: &Effects| &e.values)
    }

    fn words(&self, bucket: usize) -> &[Word] {
        self.vocabulary.get(&bucket).map_or(&[], |w| &w.words)
    }

    fn write_csv(&self, target: Target) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(HEADING)?;
        for bucket in &self.strongest {
            for word in self.words(*bucket) {
                csv.write_record([
                    bucket.to_string(),
                    self.effects()[*bucket].to_string(),
                    clean::cell(&word.term).to_string(),
                    word.documents.to_string(),
                    word.matching.to_string(),
                ])?;
            }
        }
        let bytes = csv.into_inner().map_err(|e| e.into_error())?;
        Ok(target.write(&bytes)?)
    }

    fn to_json(&self) -> serde_json::Value {
        let strongest: Vec<_> = self
            .strongest
            .iter()
            .map(|bucket| {
                serde_json::json!({
                    "bucket": bucket,
                    "effect": self.effects()[*bucket],
                    "words": self.words(*bucket),
                    "words_left_out": self.vocabulary.get(bucket).map(|w| w.left_out),
                })
            })
            .collect();
        serde_json::json!({
            "sha256": hex::encode(self.classifier.hash()),
            "form": self.classifier.form(),
            "claimed_by_author": { "name": self.classifier.name(), "labels": self.classifier.card().labels },
            "warnings": self.warnings,
            "method": self.inside.effects.as_ref().map(|e| e.method),
            "buckets": self.inside.concentration,
            "narrowness": self.inside.cone,
            "strongest": strongest,
            "case": self.scored.as_ref().map(|s| serde_json::json!({
                "evaluated": s.items.len(),
                "left_out": s.left_out,
                "matches": s.matches(),
            })),
            "texts": self.texts,
            "pictures": self.pictures,
            "written": self.written,
        })
    }

    fn to_text(&self) -> String {
        let mut out = String::new();
        let classifier = self.classifier;
        for warning in &self.warnings {
            let _ = writeln!(out, "WARNING: {}", warning.text);
        }
        if self.warnings.is_empty() {
            let _ = writeln!(out, "No warning. {}", self.limits());
        }
        let _ = writeln!(
            out,
            "\nclaimed by its author: {}",
            escape(classifier.name())
        );
        let _ = writeln!(
            out,
            "sha-256                {}",
            hex::encode(classifier.hash())
        );
        if let (Some(c), Some(effects)) = (&self.inside.concentration, &self.inside.effects) {
            let _ = writeln!(
                out,
                "\n{} of {} entries have an effect; {:.1} carry the decision ({:.1} by squares; toward a match {:.1})\n  by {}",
                c.nonzero,
                effects.values.len(),
                c.effective,
                c.of_squares,
                c.toward_match,
                effects.method.describe()
            );
        } else if self.pictures.is_none() {
            let _ = writeln!(
                out,
                "\na network with hidden layers over pictures: --case CASE shows what it looks at in samples"
            );
        }
        if let Some(near) = self.inside.cone {
            let _ = writeln!(
                out,
                "a match has to agree to {:.0} % with the one best pattern (from {:.0} % on: narrow)",
                100.0 * near,
                100.0 * explain::cone::NARROW
            );
        }
        self.case_text(&mut out);
        self.strongest_text(&mut out);
        out
    }

    fn limits(&self) -> &'static str {
        if self.scored.is_some() {
            "That is no proof of innocence: read the matches before they leave."
        } else {
            "Without --case the tests on documents were not made."
        }
    }

    fn case_text(&self, out: &mut String) {
        let Some(scored) = &self.scored else { return };
        let left = match scored.left_out {
            0 => String::new(),
            n => format!(" ({n} more were left out of this sample)"),
        };
        let _ = writeln!(
            out,
            "\nin this case: {} of {} items match{left}",
            scored.matches(),
            scored.items.len()
        );
        let percent = |x: f64| format!("{:.0} %", 100.0 * x);
        if let Some(t) = &self.texts {
            if let Some(d) = t.decisive {
                let _ = writeln!(
                    out,
                    "  the word that turns most verdicts: bucket {}{}; without it {} of the matches end, with it {} of \
                     the others match",
                    d.bucket,
                    named(self.words(d.bucket)),
                    percent(d.matches_lost),
                    percent(d.matches_won)
                );
            }
            if let Some(h) = t.halves {
                let _ = writeln!(
                    out,
                    "  of random halves of the matches, {} still match",
                    percent(h)
                );
            }
            if let (Some(a), Some(item)) = (t.alignment, t.highest) {
                let _ = writeln!(
                    out,
                    "  the highest item, {item}, agrees to {} with what speaks for a match",
                    percent(a)
                );
            }
        }
        if let Some(p) = &self.pictures {
            if let Some(s) = p.survive {
                let _ = writeln!(
                    out,
                    "  {} matches mirrored, moved and darkened: {} still match",
                    p.altered,
                    percent(s)
                );
            }
            for map in &p.maps {
                let side = if map.matches() { "match" } else { "no match" };
                let _ = writeln!(
                    out,
                    "  item {:>6} {side:<8} score {:>9}: its four strongest tiles of 64 carry {}; {} tiles turn it alone",
                    map.item,
                    map.score,
                    percent(map.four_strongest),
                    map.turning
                );
            }
        }
        for path in &self.written {
            let _ = writeln!(out, "  {}", escape(&path.display().to_string()));
        }
    }

    fn strongest_text(&self, out: &mut String) {
        if self.strongest.is_empty() || !self.classifier.form().is_text() {
            return;
        }
        let effects = self.effects();
        for (title, sign) in [("for a match", 1.0), ("against a match", -1.0)] {
            let _ = writeln!(out, "\nstrongest {title}");
            for bucket in self.strongest.iter().filter(|b| effects[**b] * sign > 0.0) {
                let words = self.words(*bucket);
                let said = if self.scored.is_none() {
                    String::new()
                } else if words.is_empty() {
                    "  (no word of this case)".to_owned()
                } else {
                    format!("  {}", listed(words))
                };
                let _ = writeln!(out, "  bucket {bucket:>5} {:>11.1}{said}", effects[*bucket]);
            }
        }
        let left_out: u64 = self.vocabulary.values().map(|w| w.left_out).sum();
        if left_out > 0 {
            let _ = writeln!(
                out,
                "\n{left_out} occurrences of further words are not listed: there are too many"
            );
        }
        if self.scored.is_none() {
            let _ = writeln!(
                out,
                "\nWhich words these are, --case CASE tells from the texts of a case."
            );
        } else {
            let _ = writeln!(
                out,
                "\nAfter each word: documents with it, and how many of them match."
            );
        }
    }
}

/// The most frequent words of a bucket.
fn listed(words: &[Word]) -> String {
    const SHOWN: usize = 5;
    let mut said: Vec<String> = words
        .iter()
        .take(SHOWN)
        .map(|w| format!("{} {}/{}", escape(&w.term), w.documents, w.matching))
        .collect();
    if words.len() > SHOWN {
        said.push(format!("and {} more", words.len() - SHOWN));
    }
    said.join(", ")
}

fn named(words: &[Word]) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(" ({})", listed(words))
    }
}
