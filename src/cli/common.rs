//! What every subcommand is given, and what more than one of them asks for.

use super::interrupt;
use crate::Surroundings;
use crate::clean;
use crate::custody::{Act, Doing, Recovered};
use crate::item::Form;
use crate::progress::{self, Progress};
use crate::sealed::AnyClassifier;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What every subcommand is given beside its arguments.
#[derive(Clone, Debug)]
pub struct Common {
    /// Print results and errors only.
    pub quiet: bool,
    /// Clock, environment and folders.
    pub around: Surroundings,
}

impl Common {
    /// The progress display that fits: none when quiet, bars on a terminal, plain lines otherwise.
    pub fn progress(&self) -> Box<dyn Progress> {
        progress::for_stderr(self.quiet)
    }

    /// As [`Common::progress`], and Ctrl-C sets [`Progress::cancelled`]: for work that looks at it.
    pub fn cancellable_progress(&self) -> Box<dyn Progress> {
        Box::new(interrupt::Interruptible::new(self.progress()))
    }

    /// Puts right what killed runs left in a case, and says so.
    pub fn recover(&self, case: &Path) -> anyhow::Result<Vec<Recovered>> {
        let recovered = crate::custody::recover(&self.around, case)?;
        recovered.iter().for_each(|found| self.say(found));
        Ok(recovered)
    }

    /// Announces something that is done with a case, and says what was put right before.
    pub fn begin<K: Into<String>, V: Into<String>>(
        &self,
        case: &Path,
        action: &str,
        facts: impl IntoIterator<Item = (K, V)>,
        doing: Doing,
    ) -> anyhow::Result<Act> {
        let act = Act::begin(&self.around, case, action, facts, doing)?;
        act.recovered().iter().for_each(|found| self.say(found));
        Ok(act)
    }

    /// Prints a line for humans on standard error, unless quiet.
    pub fn say(&self, line: impl std::fmt::Display) {
        if !self.quiet {
            eprintln!("{}", clean::message(&line.to_string()));
        }
    }
}

/// The secret part of a sealed classifier, where a classifier is run over documents.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Secret {
    /// The secret part of a sealed classifier (candor classifier seal): its owner's alone, and never handed over
    #[arg(long, value_name = "FILE")]
    secret: Option<PathBuf>,
}

impl Secret {
    /// The classifier with its numbers: a public one, or a sealed one that was opened.
    pub(super) fn open(&self, file: &Path) -> anyhow::Result<AnyClassifier> {
        Ok(crate::seal::open(file, self.secret.as_deref())?)
    }

    /// The same; without the secret part, a sealed one as everybody has it.
    pub(super) fn open_if_given(&self, file: &Path) -> anyhow::Result<AnyClassifier> {
        match self.secret {
            Some(_) => self.open(file),
            None => Ok(crate::input::any_classifier(file)?),
        }
    }
}

/// The option of commands that write a file.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct Force {
    /// Replace a file that is there, whatever it is: never one that is read, nor one of a bundle, vault or case
    #[arg(long)]
    pub force: bool,
}

impl From<Force> for Option<bool> {
    fn from(given: Force) -> Self {
        Some(given.force)
    }
}

/// A reason that is recorded: there must be something in it to read.
pub(super) fn in_words(text: &str) -> Result<String, String> {
    match clean::is_visible(text) {
        true => Ok(text.to_owned()),
        false => Err("say why, in words: it is recorded".to_owned()),
    }
}

/// A hash: 64 hexadecimal digits.
pub(super) fn parse_hash(value: &str) -> Result<String, String> {
    match value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(value.to_ascii_lowercase()),
        false => Err(format!(
            "a hash has 64 hexadecimal digits, and this has {} characters{}",
            value.chars().count(),
            match value.chars().find(|c| !c.is_ascii_hexdigit()) {
                Some(other) => format!(", of which '{}' is none", clean::line(&other.to_string())),
                None => String::new(),
            }
        )),
    }
}

/// A moment, such as 2026-05-03T17:00:00Z.
pub(super) fn parse_time(value: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(value, &Rfc3339)
        .map_err(|_| "a time is written as 2026-05-03T17:00:00Z".to_owned())
}

/// A number that is one.
pub(super) fn parse_finite(value: &str) -> Result<f32, String> {
    let number: f32 = value.parse().map_err(|_| "this is no number".to_owned())?;
    match number.is_finite() {
        true => Ok(number),
        false => Err("this is no number that could be calculated with".to_owned()),
    }
}

/// The name of a form on the command line, beside its id.
fn short_form(form: &Form) -> &'static str {
    match form {
        Form::TextWordsV3 => "text",
        Form::TextHash4080V1 => "text-v1",
        Form::ImageRgb32V1 => "rgb32",
        Form::ImageRgb96V1 => "rgb96",
        Form::ImageRgb224V1 => "rgb224",
    }
}

/// A form by its id or its short name, wherever one is asked for.
pub(super) fn parse_form(value: &str) -> Result<Form, String> {
    let named = |form: &Form| form.id() == value || short_form(form) == value;
    Form::ALL.into_iter().find(named).ok_or_else(|| {
        let known: Vec<&str> = Form::ALL.iter().map(short_form).collect();
        let ids: Vec<&str> = Form::ALL.iter().map(Form::id).collect();
        format!(
            "there is no form '{value}'; known are {} ({})",
            known.join(", "),
            ids.join(", ")
        )
    })
}
