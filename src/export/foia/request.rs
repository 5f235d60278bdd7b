//! Requests to answer: a folder of bundles, or a CSV list.

use crate::sheet::{Sheet, SheetError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file with facts about a request.
const MAX_FACTS: u64 = 1 << 20;

/// The columns of a list; all but the first two may be missing.
pub const COLUMNS: &str = "request, bundle, commitment, classifier, case, requester, track, received, perfected, closed, target";

/// A request and where its bundle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its number, which names its folder.
    pub number: String,
    /// The bundle.
    pub bundle: PathBuf,
    /// The commitment file.
    pub commitment: PathBuf,
    /// The classifier file.
    pub classifier: PathBuf,
    /// The agency's case, for dates and parties of withheld documents.
    pub case: Option<PathBuf>,
    /// The facts that the request log has.
    pub facts: RequestFacts,
}

/// What the request log tells about a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestFacts {
    /// Who asks.
    pub requester: String,
    /// Simple, complex or expedited.
    pub track: String,
    /// Dates as YYYY-MM-DD.
    pub received: String,
    /// When the request was clear enough to be worked on.
    pub perfected: String,
    /// When it was answered.
    pub closed: String,
    /// When it must be answered.
    pub target: String,
}

/// Files for requests that do not name their own.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// The commitment file.
    pub commitment: Option<PathBuf>,
    /// The classifier file.
    pub classifier: Option<PathBuf>,
    /// The agency's case.
    pub case: Option<PathBuf>,
}

/// Why requests cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not such a list.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// Something else than requests.
    #[error("{} is {what}, not a folder of requests: {remedy}", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Nothing to do.
    #[error("{} holds no requests: expected a folder per request, or a CSV list", .0.display())]
    Empty(PathBuf),
}

/// A request, or the number and the reason why it cannot be worked on.
pub type Found = Result<Request, (String, String)>;

/// Reads a folder of bundles or a list. Requests that cannot be worked on are reported one by one.
pub fn read_requests(path: &Path, defaults: &Defaults) -> Result<Vec<Found>, RequestError> {
    let has = |name: &str| path.join(name).symlink_metadata().is_ok();
    let other = |what, remedy| {
        let path = path.to_owned();
        Err(RequestError::Other { path, what, remedy })
    };
    if path.is_dir() {
        if has("vault") || has("vault.tar.age") || has("custody.log") {
            return other(
                "a case",
                "name the folder with the bundles, or a CSV list of them, and the case with --case",
            );
        } else if has(crate::bundle::bag::MANIFEST) {
            return other(
                "a bundle",
                "name the folder that it lies in, or a CSV list with a row for each bundle",
            );
        }
    }
    let mut found = if path.is_dir() {
        read_folder(path, defaults)?
    } else {
        read_list(path, defaults)?
    };
    if found.is_empty() {
        return Err(RequestError::Empty(path.to_owned()));
    }
    let mut seen = std::collections::BTreeSet::new();
    for one in &mut found {
        if let Ok(request) = one {
            let why = if !seen.insert(folder_name(&request.number)) {
                Some("its number is not unique".to_owned())
            } else {
                request.facts.check().err()
            };
            if let Some(why) = why {
                *one = Err((request.number.clone(), why));
            }
        }
    }
    Ok(found)
}

/// A request's number as the name of a folder.
pub fn folder_name(number: &str) -> String {
    let name: String = number
        .chars()
        .take(80)
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() => c,
            '-' | '_' => c,
            '.' => c,
            _ => '_',
        })
        .collect();
    match name.trim_matches('.') {
        "" => "unnumbered".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

fn read_list(path: &Path, defaults: &Defaults) -> Result<Vec<Found>, RequestError> {
    let base = path.parent().unwrap_or(Path::new(""));
    let columns: Vec<&str> = COLUMNS.split(", ").collect();
    let sheet = Sheet::read(path, &columns, 2, true)?;
    let mut out = Vec::new();
    for line in sheet.lines() {
        let cell = |name: &str| {
            let at = columns.iter().position(|column| *column == name);
            at.map_or(String::new(), |at| line.cells[at].clone())
        };
        let given = |own: &str, default: &Option<PathBuf>| {
            let own = Some(cell(own)).filter(|own| !own.is_empty());
            own.map(|own| base.join(own)).or_else(|| default.clone())
        };
        let number = cell("request");
        let request = || {
            let need = |what: &str, found: Option<PathBuf>| found.ok_or_else(|| missing(what));
            if number.is_empty() {
                return Err("it has no number: fill in the column request".to_owned());
            }
            if cell("bundle").is_empty() {
                return Err("it names no bundle: fill in the column bundle".to_owned());
            }
            Ok(Request {
                number: number.clone(),
                bundle: base.join(cell("bundle")),
                commitment: need("commitment", given("commitment", &defaults.commitment))?,
                classifier: need("classifier", given("classifier", &defaults.classifier))?,
                case: given("case", &defaults.case),
                facts: RequestFacts {
                    requester: cell("requester"),
                    track: cell("track"),
                    received: cell("received"),
                    perfected: cell("perfected"),
                    closed: cell("closed"),
                    target: cell("target"),
                },
            })
        };
        let named = match number.is_empty() {
            true => format!("line {}", line.number),
            false => number.clone(),
        };
        out.push(request().map_err(|why| (named, sheet.wrong(line, why).to_string())));
    }
    Ok(out)
}

fn missing(what: &str) -> String {
    format!("it names no {what} file: add one, or give --{what}")
}

fn read_folder(dir: &Path, defaults: &Defaults) -> Result<Vec<Found>, RequestError> {
    let io = |source| RequestError::Io {
        path: dir.to_owned(),
        source,
    };
    let mut folders: Vec<PathBuf> = fs::read_dir(dir)
        .map_err(io)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(io)?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let one = |folder: PathBuf| -> Found {
        let number = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        one_folder(&folder, number.clone(), defaults).map_err(|why| (number, why))
    };
    Ok(folders.into_iter().map(one).collect())
}

fn one_folder(folder: &Path, number: String, defaults: &Defaults) -> Result<Request, String> {
    let is_bag = |dir: &Path| dir.join(crate::bundle::bag::MANIFEST).is_file();
    let inner = folder.join("bundle");
    let bundle = if is_bag(folder) {
        folder.to_owned()
    } else if is_bag(&inner) {
        inner
    } else {
        return Err("neither a bundle nor a folder with a bundle/ in it".to_owned());
    };
    // Whatever has its name is meant, also where it cannot be read: then that is why the request fails.
    let there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let own = Some(folder.join("commitment.json")).filter(there);
    let commitment = own.or_else(|| defaults.commitment.clone());
    let mut classifiers: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let is = |ext: &std::ffi::OsStr| ext == "clf" || ext == crate::seal::EXTENSION;
            path.extension().is_some_and(is)
        })
        .collect();
    if classifiers.len() > 1 {
        return Err("it holds several classifier files".to_owned());
    }
    let facts = folder.join("request.json");
    let facts = if there(&facts) {
        let wrong = |error: &dyn std::fmt::Display| format!("request.json: {error}");
        let bytes = crate::input::read(&facts, MAX_FACTS).map_err(|error| wrong(&error))?;
        crate::input::json(&bytes).map_err(|error| wrong(&error))?
    } else {
        RequestFacts::default()
    };
    Ok(Request {
        number,
        bundle,
        commitment: commitment.ok_or_else(|| missing("commitment"))?,
        classifier: classifiers
            .pop()
            .or_else(|| defaults.classifier.clone())
            .ok_or_else(|| missing("classifier"))?,
        case: defaults.case.clone(),
        facts,
    })
}

impl RequestFacts {
    fn check(&self) -> Result<(), String> {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        for (name, text) in [
            ("received", &self.received),
            ("perfected", &self.perfected),
            ("closed", &self.closed),
            ("target", &self.target),
        ] {
            if !text.is_empty() && time::Date::parse(text, format).is_err() {
                return Err(format!("'{text}' under {name} is not a date (YYYY-MM-DD)"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_defaults_and_failures_one_by_one() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("requests.csv");
        fs::write(
            &list,
            "request,bundle,classifier,received\n\
             2026-1,b1,,2026-01-05\n\
             2026-2,b2,own.clf,05/01/2026\n\
             2026-1,b3,,\n",
        )
        .unwrap();
        let defaults = Defaults {
            commitment: Some("/c.json".into()),
            classifier: Some("/d.clf".into()),
            case: None,
        };
        let found = read_requests(&list, &defaults).unwrap();
        let first = found[0].as_ref().unwrap();
        assert_eq!(first.bundle, dir.path().join("b1"));
        assert_eq!(first.classifier, PathBuf::from("/d.clf"));
        assert!(found[1].as_ref().unwrap_err().1.contains("not a date"));
        assert!(found[2].as_ref().unwrap_err().1.contains("not unique"));
        let none = read_requests(&list, &Defaults::default()).unwrap();
        assert!(none[0].as_ref().unwrap_err().1.contains("--commitment"));
        fs::write(&list, "request,bundle,nonsense\na,b,c\n").unwrap();
        let error = read_requests(&list, &defaults).unwrap_err().to_string();
        assert!(
            error.contains("requests.csv, line 1: there is no column 'nonsense'"),
            "{error}"
        );
        // As a spreadsheet saves it; and a row that says too little is that row's failure.
        fs::write(
            &list,
            "\u{feff}request;bundle\r\n;b\r\n2026-2;\r\n2026-3;b3\r\n",
        )
        .unwrap();
        let found = read_requests(&list, &defaults).unwrap();
        assert!(
            found[0]
                .as_ref()
                .unwrap_err()
                .1
                .contains("line 2: it has no number")
        );
        assert!(
            found[1]
                .as_ref()
                .unwrap_err()
                .1
                .contains("line 3: it names no bundle")
        );
        assert!(found[2].is_ok());
    }

    #[test]
    fn a_case_and_a_bundle_are_called_so() {
        for (name, what) in [
            ("custody.log", "a case"),
            ("manifest-sha256.txt", "a bundle"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(name), "").unwrap();
            let said = read_requests(dir.path(), &Defaults::default())
                .unwrap_err()
                .to_string();
            assert!(said.contains(what), "{said}");
        }
    }

    #[test]
    fn folders_without_a_bundle_are_reported() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            read_requests(dir.path(), &Defaults::default()),
            Err(RequestError::Empty(_))
        ));
        fs::create_dir(dir.path().join("17")).unwrap();
        let found = read_requests(dir.path(), &Defaults::default()).unwrap();
        assert_eq!(found[0].as_ref().unwrap_err().0, "17");
    }

    #[test]
    fn numbers_become_harmless_folder_names() {
        for (number, name) in [
            ("2026-00017", "2026-00017"),
            ("../../etc", "_.._etc"),
            ("F/12 a", "F_12_a"),
            ("..", "unnumbered"),
            ("", "unnumbered"),
        ] {
            assert_eq!(folder_name(number), name);
        }
    }
}
