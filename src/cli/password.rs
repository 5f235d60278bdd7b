//! Passwords: from a file, from the environment, or asked for. They are never shown and never arguments.

use crate::Surroundings;
use anyhow::Context;
use std::io::IsTerminal;
use std::path::Path;
use zeroize::Zeroizing;

/// The first line of a file, or what a variable holds.
pub(super) fn given(
    around: &Surroundings,
    file: Option<&Path>,
    variable: &str,
) -> anyhow::Result<Option<Zeroizing<String>>> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let text = Zeroizing::new(text);
        let text = text.trim_start_matches('\u{feff}');
        let line = text.lines().next().unwrap_or_default();
        return Ok(Some(Zeroizing::new(line.to_owned())));
    }
    Ok(around.text(variable).map(Zeroizing::new))
}

/// Asks for one, where there is a person.
pub(super) fn ask(prompt: &str) -> Option<Zeroizing<String>> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    rpassword::prompt_password(prompt).ok().map(Zeroizing::new)
}
