//! `candor classifier train`.

use super::shared::{self, measures, report_skipped};
use crate::classify::Labels;
use crate::clean;
use crate::cli::common::{Force, parse_form};
use crate::cli::{Common, Exit, UsageError};
use crate::item::Form;
use crate::statistics::share::Share;
use crate::train::{self, Dataset, FitOptions, Goal, Loss, TrainOptions, TrainReport};
use std::path::PathBuf;

/// Train a classifier on two folders of labelled documents
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The folders are read as 'candor commit' reads a corpus, and the training sees exactly the vectors
that will be committed. Copies, near copies and the messages of a conversation never straddle the
split. The threshold is chosen by
cross-validation inside the training part; the table shows what it does on the held-out part, for
the floating-point model and for the integer network that will be proved. Figures come with the
interval that holds the true one in 95 of 100 cases.

Examples:
  candor classifier train --positive spam --negative ham -o spam.clf
  candor classifier train --positive spam --negative ham -o spam.clf --target-recall 0.95 \\
      --name 'unsolicited commercial e-mail' --author 'Office of the Attorney General'
  candor classifier train --positive spam --negative ham -o spam.clf --model svm
  candor classifier train --positive spam --negative ham -o spam.clf --hidden 16")]
pub(super) struct TrainArgs {
    /// Canonical form to read
    #[arg(long, default_value = "text", value_parser = parse_form)]
    form: Form,
    /// Folder of documents that are to match (may be given several times)
    #[arg(long, value_name = "DIR", required = true)]
    positive: Vec<PathBuf>,
    /// Folder of documents that are not to match (may be given several times)
    #[arg(long, value_name = "DIR", required = true)]
    negative: Vec<PathBuf>,
    /// Classifier file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    force: Force,
    /// Folder of other documents to measure on, in positive/ and negative/: the outcome is written into the card
    #[arg(long, value_name = "DIR")]
    test: Option<PathBuf>,
    /// What is fitted
    #[arg(long, value_enum, default_value = "logistic")]
    model: Kind,
    /// Hidden units; 0 is a linear model
    #[arg(long, value_name = "N", default_value_t = 0)]
    hidden: usize,
    /// Share of the documents that is held out to measure on
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    holdout: f64,
    /// Seed of the split and of hidden units
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Choose the threshold for this recall, not for the best F1
    #[arg(long, value_name = "RECALL")]
    target_recall: Option<f64>,
    /// Strength of the quadratic penalty on the weights [default: chosen by cross-validation]
    #[arg(long, value_name = "LAMBDA")]
    l2: Option<f64>,
    /// Most iterations of the optimiser
    #[arg(long, value_name = "N", default_value_t = 500)]
    iterations: u64,
    /// Name of the classifier [default: the output's file name]
    #[arg(long)]
    name: Option<String>,
    /// What it looks for, in a sentence or two
    #[arg(long, default_value = "")]
    description: String,
    /// Who answers for it
    #[arg(long, default_value = "")]
    author: String,
    /// What a matching document is called [default: the name]
    #[arg(long, value_name = "TEXT")]
    match_label: Option<String>,
    /// What any other document is called
    #[arg(long, value_name = "TEXT", default_value = "other")]
    other_label: String,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Logistic regression
    Logistic,
    /// A linear support vector machine (squared hinge loss)
    Svm,
}

/// Penalties to choose among, strongest first.
const LOGISTIC: [f64; 4] = [1e-3, 1e-4, 1e-5, 1e-6];
const SVM: [f64; 4] = [1e-2, 3e-3, 1e-3, 3e-4];

impl TrainArgs {
    fn check(&self) -> Result<(), UsageError> {
        let fail = |text: &str| Err(UsageError(text.to_owned()));
        if !(0.05..=0.5).contains(&self.holdout) {
            return fail("--holdout must lie between 0.05 and 0.5");
        }
        if self.target_recall.is_some_and(|r| !(r > 0.0 && r <= 1.0)) {
            return fail("--target-recall must be above 0 and at most 1");
        }
        if self.l2.is_some_and(|l2| !(l2 > 0.0 && l2 <= 1.0)) {
            return fail("--l2 must be above 0 and at most 1");
        }
        if self.hidden > 256 {
            return fail("--hidden must be at most 256");
        }
        Ok(())
    }

    fn options(&self) -> TrainOptions {
        let stem = self.output.file_stem().unwrap_or_default();
        let name = self
            .name
            .clone()
            .unwrap_or(stem.to_string_lossy().into_owned());
        TrainOptions {
            penalties: match (self.l2, self.model) {
                (Some(l2), _) => vec![l2],
                (None, Kind::Logistic) => LOGISTIC.to_vec(),
                (None, Kind::Svm) => SVM.to_vec(),
            },
            fit: FitOptions {
                hidden: self.hidden,
                loss: match self.model {
                    Kind::Logistic => Loss::Logistic,
                    Kind::Svm => Loss::SquaredHinge,
                },
                l2: self.l2.unwrap_or_default(),
                max_iterations: self.iterations,
                seed: self.seed,
            },
            held_out: self.holdout,
            goal: self.target_recall.map_or(Goal::F1, Goal::Recall),
            description: self.description.clone(),
            author: self.author.clone(),
            labels: Labels {
                matching: self.match_label.clone().unwrap_or(name.clone()),
                other: self.other_label.clone(),
            },
            name,
        }
    }
}

pub(super) fn run(common: &Common, args: TrainArgs) -> anyhow::Result<Exit> {
    args.check()?;
    let target = shared::target(&args.output, args.force, &[])?;
    let folders = [&args.positive[..], &args.negative[..]].concat();
    if let Some(again) = crate::input::twice(&folders) {
        let why = format!(
            "{} is named twice by --positive and --negative: its documents would count double, or against themselves",
            again.display()
        );
        return Err(UsageError(why).into());
    }
    let progress = common.progress();
    let mut data = Dataset::default();
    for (folders, positive) in [(&args.positive, true), (&args.negative, false)] {
        for folder in folders {
            train::load_folder(&mut data, folder, args.form, positive, &*progress)?;
        }
    }
    report_skipped(common, &data);
    let test = match &args.test {
        Some(folder) => {
            let mut test = Dataset::default();
            train::load_labelled(&mut test, folder, args.form, &*progress)?;
            report_skipped(common, &test);
            Some(test)
        }
        None => None,
    };
    common.say(format_args!(
        "training on {} positive and {} negative items ...",
        data.count(true),
        data.count(false)
    ));
    let trained = train::train(&data, test.as_ref(), args.form, &args.options())?;
    target.write(&trained.classifier.to_bytes())?;
    let hash = hex::encode(trained.classifier.hash());
    if args.json {
        let report = serde_json::json!({
            "classifier": args.output,
            "sha256": hash,
            "skipped": data.skipped.len(),
            "report": trained.report,
        });
        clean::print_json(&report)?;
    } else {
        print_report(&trained.report);
        println!("{hash}  {}", args.output.display());
    }
    Ok(Exit::Ok)
}

fn interval(share: Option<Share>) -> String {
    match share {
        Some(s) => format!(
            "{:.1} % (95 % interval {:.1} to {:.1} %, from {} independent groups)",
            100.0 * s.value,
            100.0 * s.low,
            100.0 * s.high,
            s.n
        ),
        None => "unknown: nothing to measure on".to_owned(),
    }
}

fn print_report(report: &TrainReport) {
    println!(
        "{} positive, {} negative; {} equal another item; {} contents carry both labels",
        report.positive, report.negative, report.duplicates, report.contradictory
    );
    println!(
        "trained on {} ({} iterations, l2 = {:e}), measured on {} held-out items in {} groups (of {} groups of copies, near \
         copies and conversations)\n",
        report.trained_on,
        report.iterations,
        report.l2,
        report.held_out,
        report.held_out_groups.iter().sum::<usize>(),
        report.groups
    );
    println!("                         float                         integer");
    println!(
        "  threshold  precision    recall        F1   precision    recall        F1   chosen for"
    );
    for line in &report.thresholds {
        println!(
            "{} {:>9.4}  {}   {}   {}",
            if line.chosen { '>' } else { ' ' },
            line.threshold,
            measures(&line.float),
            measures(&line.integer),
            line.goal
        );
    }
    println!();
    for (what, share) in [("recall", report.recall), ("precision", report.precision)] {
        println!("held out: {what} {}", interval(share));
    }
    println!(
        "a recall of 95 % costs the reading of {} of {} held-out items",
        report.read_for_95, report.held_out
    );
    if let Some(test) = &report.test {
        println!("{}", clean::line(&test.evaluation.set));
        for (what, share) in [("recall", test.recall), ("precision", test.precision)] {
            println!("test: {what} {}", interval(share));
        }
    }
    println!(
        "\ninteger and float decide alike on {:.2} % of the held-out items (largest difference of logits {:.1e})",
        100.0 * report.agreement,
        report.largest_error
    );
}
