//! The command line's reference, `docs/commands.md`: written from the same definitions that the program
//! parses with, and compared in a test, so that it cannot say something else.

use super::Cli;
use clap::{Arg, ArgAction, Command, CommandFactory};
use std::fmt::Write as _;

/// The reference as Markdown: every command that is not hidden, with its arguments, defaults and examples.
pub fn reference() -> String {
    let mut program = Cli::command();
    program.build();
    let mut out = String::from(
        "# Commands\n\n\
         Written by the program itself (`CANDOR_REGENERATE=1 cargo test --release reference`); `candor COMMAND --help`\n\
         says the same. Results go to standard output, progress and explanations to standard error.\n",
    );
    section(&mut out, &program, "");
    out
}

fn section(out: &mut String, command: &Command, above: &str) {
    let name = format!("{above}{}", command.get_name());
    let about = command.get_long_about().or(command.get_about());
    let _ = write!(out, "\n## {name}\n");
    if let Some(about) = about {
        let _ = write!(out, "\n{}\n", about.to_string().trim());
    }
    let usage = command.clone().render_usage().to_string();
    let _ = write!(
        out,
        "\n```text\n{}\n```\n",
        usage.trim_start_matches("Usage: ").trim()
    );
    let shown =
        |arg: &&Arg| !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version");
    let arguments: Vec<&Arg> = command.get_arguments().filter(shown).collect();
    let own = |arg: &&&Arg| above.is_empty() || !arg.is_global_set();
    if arguments.iter().any(|arg| own(&arg)) {
        out.push_str("\n| argument | meaning |\n|---|---|\n");
        for arg in arguments.iter().filter(own) {
            let _ = writeln!(out, "| {} | {} |", spelling(arg), meaning(arg));
        }
    }
    if let Some(after) = command.get_after_help().or(command.get_after_long_help()) {
        let _ = write!(out, "\n```text\n{}\n```\n", after.to_string().trim());
    }
    for below in command.get_subcommands() {
        if !below.is_hide_set() && below.get_name() != "help" {
            section(out, below, &format!("{name} "));
        }
    }
}

/// `` `-o`, `--output DIR` ``
fn spelling(arg: &Arg) -> String {
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let values: Vec<String> = match arg.get_value_names() {
        Some(names) if takes_value => names.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let values = values.join(" ");
    let long = arg.get_long().map(|long| match &*values {
        "" => format!("`--{long}`"),
        values => format!("`--{long} {values}`"),
    });
    let short = arg.get_short().map(|short| format!("`-{short}`"));
    let named: Vec<String> = short.into_iter().chain(long).collect();
    if named.is_empty() {
        format!("`{values}`")
    } else {
        named.join(", ")
    }
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help());
    let mut out = help.map(ToString::to_string).unwrap_or_default();
    if !arg.is_hide_possible_values_set() {
        let values = arg.get_possible_values();
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        if !values.is_empty() && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
            let _ = write!(out, " ({})", values.join(", "));
        }
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if !defaults.is_empty() && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        let _ = write!(out, " Default: {}.", defaults.join(", "));
    }
    if let Some(variable) = arg.get_env() {
        let _ = write!(out, " Also `{}`.", variable.to_string_lossy());
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::matches_file;

    #[test]
    fn the_reference_is_what_the_program_parses() {
        let reference = reference();
        assert!(reference.contains("## candor verify-bundle\n"));
        assert!(
            !reference.contains("read-one"),
            "hidden commands stay hidden"
        );
        matches_file("docs/commands.md", &reference);
    }
}
