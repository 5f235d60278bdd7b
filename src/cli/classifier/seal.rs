//! `candor classifier seal`.

use super::sealed;
use crate::classify::{Card, Labels};
use crate::clean;
use crate::cli::{Common, Exit, UsageError};
use crate::seal::{seal_into, secret_beside};
use std::path::PathBuf;

/// Seal a classifier: publish what it is made of and a commitment to its weights, and keep the weights
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Two files are written. The sealed one is public: its SHA-256 is the classifier's name from then on, and it can be
signed and time-stamped (candor sign, candor timestamp). It says the architecture (form, layers, sizes, operators,
zero points, shift), name, author, labels and decision rule, and commits to all weights and biases; description,
evaluations and facts of the card stay secret. Read what is printed: a name or a label may tell what is looked for.

The secret part is for its owner alone (mode 0600). Without it nothing can be proved with this seal, and whoever has it
has the model: keep it as you keep the vault, never beside a bundle that is handed over. Sealing the same classifier
again makes another seal, which nobody can tell to be of the same model.

Examples:
  candor classifier seal model.clf -o model.sealed
  candor classifier seal model.clf -o model.sealed --secret safe/model.secret \\
      --name 'review model 3' --labels yes,no --rule 'by score'
  candor classify --case acme --classifier model.sealed --secret model.secret
  candor prove --case acme --classifier model.sealed --secret model.secret -o bundle
  candor verify-bundle bundle --commitment commitment.json --classifier model.sealed")]
pub(super) struct SealArgs {
    /// The classifier, all of whose numbers are known
    file: PathBuf,
    /// The sealed file to write, for everybody
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The secret part to write, for its owner [default: beside the sealed file, with the extension .secret]
    #[arg(long, value_name = "FILE")]
    secret: Option<PathBuf>,
    /// Name to publish instead of the classifier's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Who answers for it, instead of the classifier's author
    #[arg(long, value_name = "WHO")]
    author: Option<String>,
    /// What is said of it in public
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The rule of decision to publish instead of the classifier's
    #[arg(long, value_name = "TEXT")]
    rule: Option<String>,
    /// The two answers to publish instead of the classifier's labels: that of a match first
    #[arg(long, value_name = "MATCH,OTHER", value_delimiter = ',')]
    labels: Vec<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

fn card(args: &SealArgs, before: &Card) -> Result<Card, UsageError> {
    let mut card = before.published();
    if let Some(name) = &args.name {
        card.name.clone_from(name);
    }
    if let Some(author) = &args.author {
        card.author.clone_from(author);
    }
    if let Some(description) = &args.description {
        card.description.clone_from(description);
    }
    if let Some(rule) = &args.rule {
        card.decision.rule.clone_from(rule);
    }
    match &args.labels[..] {
        [] => {}
        [matching, other] => {
            card.labels = Labels {
                matching: matching.clone(),
                other: other.clone(),
            };
        }
        labels => {
            let why = format!(
                "--labels takes two, that of a match and the other one; {} were given",
                labels.len()
            );
            return Err(UsageError(why));
        }
    }
    Ok(card)
}

/// The texts of the classifier that are published as they are: they may tell what the weights do not.
fn left_as_they_are(args: &SealArgs) -> Option<String> {
    let texts = [
        (args.name.is_none(), "name (--name)"),
        (args.labels.is_empty(), "labels (--labels)"),
        (args.rule.is_none(), "rule (--rule)"),
    ];
    let left = texts.iter().filter(|(left, _)| *left);
    let left: Vec<&str> = left.map(|(_, what)| *what).collect();
    (!left.is_empty()).then(|| {
        format!(
            "published as in the classifier: {}. See above whether they tell what it looks for",
            left.join(", ")
        )
    })
}

pub(super) fn run(common: &Common, args: SealArgs) -> anyhow::Result<Exit> {
    let classifier = crate::input::classifier(&args.file)?;
    let card = card(&args, classifier.card())?;
    let secret = args
        .secret
        .clone()
        .unwrap_or_else(|| secret_beside(&args.output));
    let opening = seal_into(classifier, card, &args.output, &secret)?;
    let public = opening.sealed();
    if args.json {
        let mut told = sealed::to_json(public, true);
        told["public_file"] = args.output.display().to_string().into();
        told["secret_file"] = secret.display().to_string().into();
        clean::print_json(&told)?;
    } else {
        print!("{}", sealed::to_text(public, true));
        println!();
        println!("public, for everybody:  {}", args.output.display());
        println!("secret, yours alone:    {}", secret.display());
        if let Some(warning) = left_as_they_are(&args) {
            eprintln!("WARNING: {warning}");
        }
        common.say(format_args!(
            "Have the public file time-stamped before the request or the test set is known: candor timestamp request {}",
            args.output.display()
        ));
    }
    Ok(Exit::Ok)
}
