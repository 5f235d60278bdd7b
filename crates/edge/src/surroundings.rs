//! What a program finds around it beside its arguments and files: the clock, names that nobody else has, the
//! environment, the folders that it stands in.
//!
//! One value, made once by the program and handed down from there. Nothing else asks the system for any of this, so a
//! test can say what time it is and whose home this is, and whoever reads a function sees in its arguments that it
//! depends on more than them.
//!
//! What has to be secret or that nobody may choose (keys, blinds, nonces, the masks of proofs) does not come from here
//! but straight from the operating system where it is needed: a value that can be set must not be able to weaken it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What is around a program. Cheap to clone; clones are the same.
#[derive(Clone, Debug)]
pub struct Surroundings(Option<Arc<Given>>);

/// Surroundings that were made up.
#[derive(Debug)]
struct Given {
    now: OffsetDateTime,
    folder: PathBuf,
    variables: BTreeMap<String, OsString>,
    names: AtomicU64,
}

impl Surroundings {
    /// Those of this process. For the program's first line: whoever else wants them is given them.
    pub fn system() -> Self {
        Surroundings(None)
    }

    /// It is always `now`, names are counted, `folder` is where the program stands, home and where temporary files go,
    /// and of the environment these variables are set.
    pub fn given<V: Into<OsString>>(
        now: OffsetDateTime,
        folder: &Path,
        variables: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Self {
        let variables = variables.into_iter();
        Surroundings(Some(Arc::new(Given {
            now,
            folder: folder.to_owned(),
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            names: AtomicU64::new(0),
        })))
    }

    /// The time, to the second.
    pub fn now(&self) -> OffsetDateTime {
        let now = match &self.0 {
            None => OffsetDateTime::now_utc(),
            Some(given) => given.now,
        };
        now.replace_nanosecond(0).unwrap_or(now)
    }

    /// The time as logs and files have it: RFC 3339, UTC, to the second.
    pub fn stamp(&self) -> String {
        self.now().format(&Rfc3339).unwrap_or_default()
    }

    /// A name that nothing has yet: 16 hexadecimal digits. Not a secret.
    pub fn name(&self) -> String {
        let number = match &self.0 {
            None => rand::random(),
            Some(given) => given.names.fetch_add(1, Ordering::Relaxed),
        };
        format!("{number:016x}")
    }

    /// What a variable of the environment holds.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        match &self.0 {
            None => std::env::var_os(name),
            Some(given) => given.variables.get(name).cloned(),
        }
    }

    /// As [`Surroundings::variable`], as text; what is no text is none.
    pub fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok()
    }

    /// The user's home.
    pub fn home(&self) -> Option<PathBuf> {
        let home = match &self.0 {
            None => self.variable("HOME").map(PathBuf::from),
            Some(given) => Some(given.folder.clone()),
        };
        home.filter(|home| !home.as_os_str().is_empty())
    }

    /// The folder that the program stands in.
    pub fn folder(&self) -> io::Result<PathBuf> {
        match &self.0 {
            None => std::env::current_dir(),
            Some(given) => Ok(given.folder.clone()),
        }
    }

    /// Where temporary files go.
    pub fn temporary(&self) -> PathBuf {
        match &self.0 {
            None => std::env::temp_dir(),
            Some(given) => given.folder.clone(),
        }
    }

    /// The program's own file.
    pub fn program(&self) -> io::Result<PathBuf> {
        match &self.0 {
            None => std::env::current_exe(),
            Some(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_all_there_is() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let folder = Path::new("/of/nobody");
        let around = Surroundings::given(now, folder, [("LANG", "C")]);
        assert_eq!(around.stamp(), "1970-01-01T00:00:00Z");
        assert_eq!(around.name(), "0000000000000000");
        assert_eq!(around.clone().name(), "0000000000000001");
        assert_eq!(around.text("LANG").as_deref(), Some("C"));
        assert_eq!(around.variable("PATH"), None);
        let folders = [around.home().unwrap(), around.folder().unwrap()];
        assert_eq!(folders, [folder, folder]);
        assert_eq!(around.temporary(), folder);
        assert!(around.program().is_err());
    }

    #[test]
    fn the_systems_names_are_all_different() {
        let around = Surroundings::system();
        assert_ne!(around.name(), around.name());
        assert_eq!(around.name().len(), 16);
        assert_eq!(around.now().nanosecond(), 0);
    }
}
