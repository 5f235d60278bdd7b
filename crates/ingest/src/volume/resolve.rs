//! From the paths in a load file to the files of the volume.
//!
//! Paths are looked up in the list of files that were found below the volume's folder, never in the
//! file system: whatever a load file says, nothing outside of the volume is ever opened.

use super::super::file::SourceFile;
use std::collections::HashMap;

/// Why a path is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It begins at the root of a file system or of a drive.
    #[error("it is absolute; paths must be relative to the volume")]
    Absolute,
    /// It leads upwards.
    #[error("it leads out of a folder with '..'")]
    Upwards,
    /// It holds a control character.
    #[error("it holds a control character")]
    Control,
}

/// A path of a load file as components, or the reason to refuse it. A single backslash in front
/// stands for the volume's own root, as many programs write it.
pub(super) fn components(link: &str) -> Result<Vec<&str>, PathError> {
    let drive = link.as_bytes().get(1) == Some(&b':') && link.as_bytes()[0].is_ascii_alphabetic();
    if drive || link.starts_with('/') || link.starts_with(r"\\") {
        return Err(PathError::Absolute);
    }
    if link.chars().any(char::is_control) {
        return Err(PathError::Control);
    }
    let parts: Vec<&str> = link
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.iter().any(|part| part.trim() == "..") {
        return Err(PathError::Upwards);
    }
    Ok(parts)
}

/// The files of a volume by path, exact and without regard to case.
pub(super) struct Files<'f> {
    exact: HashMap<&'f str, usize>,
    folded: HashMap<String, Vec<usize>>,
    files: &'f [SourceFile],
    /// Prefixes that a path may be meant relative to, in order.
    bases: Vec<String>,
    /// Text files by name without ending; nothing where several have one.
    texts: HashMap<String, Option<usize>>,
    /// A first component that stands for the volume itself.
    name: Option<String>,
}

impl<'f> Files<'f> {
    /// `load_file` is the load file's own place in the volume, `name` that of the volume's folder.
    pub fn new(files: &'f [SourceFile], load_file: Option<&str>, name: Option<&str>) -> Self {
        let mut folded: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            folded.entry(file.rel.to_lowercase()).or_default().push(at);
        }
        // Relative to the volume first, then to each folder around the load file, outermost first.
        let mut bases = vec![String::new()];
        let own = load_file.unwrap_or_default();
        bases.extend(own.match_indices('/').map(|(at, _)| own[..=at].to_owned()));
        let mut texts: HashMap<String, Option<usize>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            let name = file
                .rel
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_lowercase();
            if let Some(stem) = name.strip_suffix(".txt") {
                texts
                    .entry(stem.to_owned())
                    .and_modify(|known| *known = None)
                    .or_insert(Some(at));
            }
        }
        Files {
            texts,
            exact: files
                .iter()
                .enumerate()
                .map(|(at, file)| (&*file.rel, at))
                .collect(),
            folded,
            files,
            bases,
            name: name.map(str::to_lowercase),
        }
    }

    /// The index of the file that a path means; nothing if there is none, or if case alone does not
    /// tell two of them apart.
    pub fn find(&self, parts: &[&str]) -> Option<usize> {
        let within = match parts {
            [first, rest @ ..] if Some(first.to_lowercase()) == self.name && !rest.is_empty() => {
                Some(rest)
            }
            _ => None,
        };
        let mut tries = [Some(parts), within].into_iter().flatten();
        tries.find_map(|parts| {
            let path = parts.join("/");
            self.bases
                .iter()
                .find_map(|base| self.exactly(&format!("{base}{path}")))
        })
    }

    fn exactly(&self, path: &str) -> Option<usize> {
        let exact = self.exact.get(path).copied();
        exact.or_else(|| match self.folded.get(&path.to_lowercase())?.as_slice() {
            [one] => Some(*one),
            _ => None,
        })
    }

    /// The text file that is called as a document or page is.
    pub fn text_called(&self, number: &str) -> Option<usize> {
        self.texts.get(&number.to_lowercase()).copied().flatten()
    }

    pub fn file(&self, at: usize) -> &'f SourceFile {
        &self.files[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused() {
        for (link, want) in [
            (r"..\..\etc\passwd", PathError::Upwards),
            ("NATIVES/../../x", PathError::Upwards),
            (r"NATIVES\.. \x", PathError::Upwards),
            ("/etc/passwd", PathError::Absolute),
            (r"C:\Windows\x", PathError::Absolute),
            ("c:x", PathError::Absolute),
            (r"\\server\share\x", PathError::Absolute),
            ("a\nb", PathError::Control),
        ] {
            assert_eq!(components(link), Err(want), "{link}");
        }
        let fine = Ok(vec!["NATIVES", "001", "a..b.pdf"]);
        assert_eq!(components(r".\NATIVES\001\a..b.pdf"), fine);
        assert_eq!(components(r"\NATIVES\001\a..b.pdf"), fine);
        assert_eq!(components("NATIVES//001/./a..b.pdf"), fine);
    }

    #[test]
    fn paths_are_found_without_regard_to_case_and_relative_to_what_they_mean() {
        let names = [
            "VOL001/DATA/x.dat",
            "VOL001/Natives/A.pdf",
            "same.txt",
            "SAME.txt",
            "Same2.TXT",
        ];
        let files = names.map(|rel| SourceFile::regular(rel, rel, 1));
        let found = |link: &str| {
            let files = Files::new(&files, Some("VOL001/DATA/x.dat"), Some("production"));
            files
                .find(&components(link).unwrap())
                .map(|at| files.file(at).rel.clone())
        };
        for link in [
            r".\VOL001\NATIVES\a.PDF",
            r"natives\A.pdf",
            r"PRODUCTION\VOL001\NATIVES\A.PDF",
        ] {
            assert_eq!(
                found(link).as_deref(),
                Some("VOL001/Natives/A.pdf"),
                "{link}"
            );
        }
        assert_eq!(found("SAME.txt").as_deref(), Some("SAME.txt"));
        assert_eq!(found("Same.txt"), None, "two files differ by case only");
        assert_eq!(found("same2.txt").as_deref(), Some("Same2.TXT"));
        assert_eq!(found("other.txt"), None);
    }
}
