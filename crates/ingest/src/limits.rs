//! How much one input may ask of the machine.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::ocr::Ocr;
use candor_edge::input;
use serde::{Deserialize, Serialize};

/// What reading is allowed to use. Whatever goes beyond becomes an exception that names the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestOptions {
    /// Largest item, in bytes, that is held in memory. An mbox may be of any size: this limits
    /// its messages.
    pub max_item_bytes: u64,
    /// Most bytes that the items of one family may have together, attachments decoded and
    /// archives unpacked.
    pub max_family_bytes: u64,
    /// Longest text of one item, in bytes of UTF-8.
    pub max_text_bytes: usize,
    /// How deep messages in messages and archives in archives are opened.
    pub max_depth: usize,
    /// Most items in one family.
    pub max_family_items: usize,
    /// Leave out files and folders whose name begins with a dot. Off unless asked for: what is
    /// left out here is not part of the corpus.
    pub skip_hidden: bool,
    /// Most bytes of address space that a process which reads documents may use.
    pub max_reader_bytes: u64,
    /// Longest time that a reader may take for one document.
    pub max_time: Duration,
    /// Passwords that are tried on what is protected by one.
    pub passwords: Passwords,
    /// Recognises the text of scanned pages and pictures, if it is to be recognised.
    pub ocr: Option<Ocr>,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            max_item_bytes: 256 << 20,
            max_family_bytes: 1 << 30,
            max_text_bytes: 16 << 20,
            max_depth: 8,
            max_family_items: 5_000,
            skip_hidden: false,
            max_reader_bytes: 4 << 30,
            max_time: Duration::from_secs(60),
            passwords: Passwords::default(),
            ocr: None,
        }
    }
}

/// Largest list of passwords.
const MAX_PASSWORDS: u64 = 1 << 20;

/// Why a list of passwords cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the passwords in {}: {what}", file.display())]
pub struct PasswordsError {
    file: PathBuf,
    what: String,
}

/// Passwords to try, in order. They are handed to the readers and shown nowhere.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Passwords(Arc<[String]>);

impl Passwords {
    /// Those of a list, one a line. Blanks belong to a password; empty lines and repetitions are left out.
    pub fn from_list(text: &str) -> Self {
        let mut known = std::collections::HashSet::new();
        let lines = text.trim_start_matches('\u{feff}').split('\n');
        let lines = lines.map(|line| line.strip_suffix('\r').unwrap_or(line));
        let lines = lines.filter(|line| !line.is_empty() && known.insert(line.to_owned()));
        Passwords(lines.map(str::to_owned).collect())
    }

    /// Those in a text file, one a line.
    pub fn read(file: &Path) -> Result<Self, PasswordsError> {
        let problem = |what: String| PasswordsError {
            file: file.to_owned(),
            what,
        };
        let bytes = input::read(file, MAX_PASSWORDS).map_err(|error| problem(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            let what = "the passwords have to be UTF-8 text, one a line; save the list anew";
            problem(what.to_owned())
        })?;
        let passwords = Self::from_list(&text);
        if passwords.is_empty() {
            let what = "there is no password in it; write one a line";
            return Err(problem(what.to_owned()));
        }
        Ok(passwords)
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<String>> for Passwords {
    fn from(list: Vec<String>) -> Self {
        Passwords(list.into())
    }
}

impl From<Passwords> for Vec<String> {
    fn from(passwords: Passwords) -> Self {
        passwords.0.to_vec()
    }
}

/// Never the passwords: options are shown in messages and logs.
impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passwords", self.len())
    }
}

/// What to say of something protected, for which none of the passwords fits.
pub(crate) fn locked(passwords: &Passwords) -> String {
    match passwords.len() {
        0 => "it is protected by a password; give it in a list with --passwords FILE, or ask for an unprotected copy".to_owned(),
        1 => "it is protected by a password, which is not the one in the list of --passwords; add it there, or ask for an unprotected copy".to_owned(),
        n => format!("it is protected by a password, which is none of the {n} in the list of --passwords; add it there, or ask for an unprotected copy"),
    }
}

/// A count of bytes as people write it.
pub(crate) fn human_bytes(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_passwords_keeps_blanks_and_shows_nothing() {
        let list = Passwords::from_list("\u{feff}one\r\n two \n\none\nGespr\u{e4}ch\n");
        let words: Vec<&str> = list.iter().collect();
        assert_eq!(words, ["one", " two ", "Gespr\u{e4}ch"]);
        let options = IngestOptions {
            passwords: list.clone(),
            ..IngestOptions::default()
        };
        let shown = format!("{options:?}");
        assert!(
            shown.contains("3 passwords") && !shown.contains("one\""),
            "{shown}"
        );
        let json = serde_json::to_string(&list).unwrap();
        assert_eq!(serde_json::from_str::<Passwords>(&json).unwrap(), list);
    }
}
