//! `candor classifier import`: an ONNX model becomes a classifier file.

use super::shared;
use crate::clean;
use crate::cli::common::{Force, parse_finite};
use crate::cli::{Common, Exit, UsageError};
use crate::import::{
    ImportOptions, Imported, MAX_MODEL, Normalisation, Rule, Sample, import, read_samples,
};
use crate::item::Form;
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Longest list of labels that is read.
const MAX_LABELS: u64 = 1 << 20;

/// Turn an ONNX model into a classifier of pictures
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The model becomes a network of integers that can be proved. Scales are chosen from the pictures in
--calibrate (a few dozen typical ones); a report compares the result with the float model on the
pictures in --holdout, or on every fifth of the others, and a result that differs too often is refused.
Convolutions, dense layers, batch normalisation, pooling, additions, ReLU and
ReLU6 are supported; what is not is refused by name.

Presets for what the model sees, from bytes 0..255:
  pixel          the bytes as they are        pixel/255      0 to 1
  pixel/127.5-1  -1 to 1                      imagenet       0 to 1, minus mean, by deviation

Examples:
  candor classifier import shoes.onnx --form image/rgb32-v1 --preset pixel/255 \\
      --labels labels.txt --positive sneaker,boot --calibrate samples -o shoes.clf
  candor classifier import person.onnx --form image/rgb96-v1 --decision 'score>=0.5' \\
      --positive 1 --calibrate samples --holdout test -o person.clf")]
pub struct ImportArgs {
    /// The ONNX model
    #[arg(value_name = "MODEL.onnx")]
    model: PathBuf,
    /// The picture form that the model sees: image/rgb32-v1, image/rgb96-v1 or image/rgb224-v1
    #[arg(long, value_name = "FORM")]
    form: String,
    /// Folder of typical pictures, to choose scales from (not needed for quantised models)
    #[arg(long, value_name = "DIR")]
    calibrate: Option<PathBuf>,
    /// Folder of other pictures, to measure fidelity on; with subfolders named by label, accuracy too (default:
    /// every fifth picture of --calibrate is kept for it)
    #[arg(long, value_name = "DIR")]
    holdout: Option<PathBuf>,
    /// What the model sees: pixel, pixel/255, pixel/127.5-1 or imagenet
    #[arg(long, value_name = "PRESET", default_value = "pixel", conflicts_with_all = ["scale", "mean", "std"])]
    preset: String,
    /// Factor on bytes, before --mean and --std: (scale * byte - mean) / std
    #[arg(long, value_name = "F", value_parser = parse_finite)]
    scale: Option<f32>,
    /// Mean per channel: R,G,B
    #[arg(
        long,
        value_name = "R,G,B",
        value_delimiter = ',',
        num_args = 3,
        allow_negative_numbers = true,
        value_parser = parse_finite
    )]
    mean: Vec<f32>,
    /// Deviation per channel: R,G,B
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', num_args = 3, value_parser = parse_finite)]
    std: Vec<f32>,
    /// File with the names of the model's scores, one a line
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// The classes that match, by label or number (from 0), separated by commas
    #[arg(long, value_name = "CLASSES", value_delimiter = ',')]
    positive: Vec<String>,
    /// When an item matches: argmax, 'score>=T' or 'score<=T'
    #[arg(long, value_name = "RULE", default_value = "argmax")]
    decision: String,
    /// Name of the model's output that holds the scores, where it has several
    #[arg(long, value_name = "NAME")]
    scores: Option<String>,
    /// Least share of pictures with the model's own verdict, in per cent; below it nothing is written (0: write
    /// in any case)
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
    least_agreement: f64,
    /// Bits dropped after every layer (default: as many as possible; fewer make smaller files)
    #[arg(long, value_name = "BITS")]
    shift: Option<u32>,
    /// Name of the classifier (default: the model's file name)
    #[arg(long)]
    name: Option<String>,
    /// What it looks for and how it was made
    #[arg(long, default_value = "")]
    description: String,
    /// Who answers for it
    #[arg(long, default_value = "")]
    author: String,
    /// The classifier file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    force: Force,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, args: ImportArgs) -> anyhow::Result<Exit> {
    let options = options(&args)?;
    let inputs: Vec<&Path> = [&*args.model]
        .into_iter()
        .chain(args.labels.as_deref())
        .collect();
    let target = shared::target(&args.output, args.force, &inputs)?;
    let model = crate::input::read(&args.model, MAX_MODEL)
        .with_context(|| args.model.display().to_string())?;
    let calibration = samples(common, args.calibrate.as_deref(), options.form)?;
    let held_out = samples(common, args.holdout.as_deref(), options.form)?;
    let progress = common.progress();
    let imported = import(&model, &options, &calibration, &held_out, progress.as_ref())
        .with_context(|| args.model.display().to_string())?;
    drop(progress);
    target.write(&imported.classifier.to_bytes())?;
    if args.json {
        clean::print_json(&json(&imported, &args.output))?;
    } else {
        show(&imported, &args.output);
    }
    Ok(Exit::Ok)
}

fn samples(common: &Common, folder: Option<&Path>, form: Form) -> anyhow::Result<Vec<Sample>> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    let (samples, skipped) = read_samples(folder, form)?;
    if samples.is_empty() {
        return Err(UsageError(format!("{}: no pictures in there", folder.display())).into());
    }
    if skipped > 0 {
        common.say(format_args!(
            "{}: {skipped} files are no pictures and were left out",
            folder.display()
        ));
    }
    Ok(samples)
}

fn options(args: &ImportArgs) -> anyhow::Result<ImportOptions> {
    let usage = |why: String| anyhow::Error::from(UsageError(why));
    let form = Form::from_id(&args.form)
        .filter(|f| !f.is_text())
        .ok_or_else(|| {
            let forms: Vec<_> = Form::ALL
                .iter()
                .filter(|f| !f.is_text())
                .map(|f| f.id())
                .collect();
            usage(format!(
                "--form: '{}' is no picture form; expected one of {}",
                args.form,
                forms.join(", ")
            ))
        })?;
    let triple = |values: &[f32], default: f32| match values {
        [] => Ok([default; 3]),
        &[r, g, b] => Ok([r, g, b]),
        _ => Err(usage("--mean and --std take three numbers: R,G,B".into())),
    };
    let explicit = args.scale.is_some() || !args.mean.is_empty() || !args.std.is_empty();
    let normalisation = if explicit {
        let std = triple(&args.std, 1.0)?;
        if std.iter().any(|s| s.is_nan() || *s <= 0.0) {
            return Err(usage("--std must be positive".into()));
        }
        Normalisation::new(args.scale.unwrap_or(1.0), triple(&args.mean, 0.0)?, std)
    } else {
        Normalisation::preset(&args.preset).ok_or_else(|| {
            usage(format!(
                "--preset: '{}' is no preset; expected pixel, pixel/255, pixel/127.5-1 or imagenet",
                args.preset
            ))
        })?
    };
    if !(0.0..=100.0).contains(&args.least_agreement) {
        return Err(usage("--least-agreement is a percentage, 0 to 100".into()));
    }
    let labels = match &args.labels {
        None => Vec::new(),
        Some(path) => crate::input::read_to_string(path, MAX_LABELS)
            .with_context(|| path.display().to_string())?
            .trim_start_matches('\u{feff}')
            .lines()
            .map(|l| l.trim().to_owned())
            .filter(|l| !l.is_empty())
            .collect(),
    };
    let stem = args
        .model
        .file_stem()
        .map_or("model".into(), |s| s.to_string_lossy());
    Ok(ImportOptions {
        form,
        normalisation,
        rule: args
            .decision
            .parse::<Rule>()
            .map_err(|e| usage(format!("--decision: {e}")))?,
        labels,
        positive: args.positive.clone(),
        shift: args.shift,
        scores: args.scores.clone(),
        least_agreement: args.least_agreement / 100.0,
        name: args.name.clone().unwrap_or_else(|| stem.into_owned()),
        description: args.description.clone(),
        author: args.author.clone(),
    })
}

fn show(imported: &Imported, path: &Path) {
    let network = imported.classifier.network();
    println!("{}", path.display());
    println!(
        "  sha256              {}",
        hex::encode(imported.classifier.hash())
    );
    println!(
        "  network             {} layers, {} neurons, {} weights, form {}",
        network.layers().len(),
        network.neurons(),
        network.weight_count(),
        network.form()
    );
    let (coarse, channels) = imported.coarse;
    println!("  coarser scales      {coarse} of {channels} channels, for the static bounds");
    if imported.loose > 0 {
        println!(
            "  looser clamps       {} channels, for the static bounds",
            imported.loose
        );
    }
    println!("  compared on         {}", imported.measured_on.shown());
    print!("{}", imported.fidelity);
    if let Some(problem) = &imported.reference_problem {
        println!("  compared with       our own float evaluation ({problem})");
    }
    if let Some((float, integer)) = &imported.evaluations {
        let percent = |a: Option<f64>| a.map_or("-".to_owned(), |a| format!("{:.2} %", 100.0 * a));
        println!(
            "  accuracy            float {}, integer {} ({} pictures)",
            percent(float.accuracy()),
            percent(integer.accuracy()),
            integer.items()
        );
    }
}

fn json(imported: &Imported, path: &Path) -> serde_json::Value {
    let network = imported.classifier.network();
    serde_json::json!({
        "file": path.display().to_string(),
        "sha256": hex::encode(imported.classifier.hash()),
        "form": network.form().id(),
        "layers": network.layers().len(),
        "neurons": network.neurons(),
        "weights": network.weight_count(),
        "coarse_channels": imported.coarse.0,
        "channels": imported.coarse.1,
        "loose_clamps": imported.loose,
        "fidelity": imported.fidelity,
        "measured_on": imported.measured_on,
        "reference_problem": imported.reference_problem,
        "evaluations": imported.evaluations.as_ref().map(|(float, integer)| {
            serde_json::json!({ "float": float, "integer": integer })
        }),
    })
}
