//! A folder that appears whole or not at all, and the hashes of every file in it.

use crate::private::{self, WorkError, WorkFolder};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The name of the hash manifest.
pub const HASHES: &str = "hashes.csv";

/// What is known of a written file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFact {
    /// Place below the folder, `/`-separated.
    pub path: String,
    /// Length.
    pub bytes: u64,
    /// MD5, in hexadecimal: what older platforms compare.
    pub md5: String,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// Why a folder cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is something already, or another process is at it.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Two files of one name.
    #[error("{0} would be written twice")]
    Twice(String),
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, OutputError> {
    result.map_err(|source| OutputError::Io {
        path: path.to_owned(),
        source,
    })
}

/// A folder being written, for its owner only. Dropping it unfinished removes what was written.
#[derive(Debug)]
pub struct Output {
    work: WorkFolder,
    files: Vec<FileFact>,
}

impl Output {
    /// Starts a folder that must not exist.
    pub fn create(target: &Path) -> Result<Self, OutputError> {
        Ok(Output {
            work: WorkFolder::create(target)?,
            files: Vec::new(),
        })
    }

    /// Where files are while the folder is being written.
    pub fn dir(&self) -> &Path {
        self.work.content()
    }

    /// Writes a whole file.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<FileFact, OutputError> {
        let mut stream = self.stream(path)?;
        at(&stream.path.clone(), stream.write_all(bytes))?;
        self.close(stream)
    }

    /// Starts a file that is written piece by piece; [`Output::close`] it.
    pub fn stream(&self, path: &str) -> Result<Stream, OutputError> {
        let full = self.dir().join(path);
        if let Some(parent) = full.parent() {
            at(parent, private::create_dir_all(parent))?;
        }
        let file = match private::create_new(&full) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OutputError::Twice(path.to_owned()));
            }
            other => at(&full, other)?,
        };
        Ok(Stream {
            path: full,
            relative: path.to_owned(),
            file: BufWriter::new(file),
            md5: Md5::new(),
            sha256: Sha256::new(),
            bytes: 0,
        })
    }

    /// Completes a file.
    pub fn close(&mut self, mut stream: Stream) -> Result<FileFact, OutputError> {
        at(&stream.path.clone(), stream.flush())?;
        let fact = FileFact {
            path: stream.relative,
            bytes: stream.bytes,
            md5: hex::encode(stream.md5.finalize()),
            sha256: hex::encode(stream.sha256.finalize()),
        };
        self.files.push(fact.clone());
        Ok(fact)
    }

    /// Puts the folder in its place.
    pub fn place(self) -> Result<Vec<FileFact>, OutputError> {
        self.work.publish()?;
        Ok(self.files)
    }
}

/// A file being written and hashed.
#[derive(Debug)]
pub struct Stream {
    path: PathBuf,
    relative: String,
    file: BufWriter<File>,
    md5: Md5,
    sha256: Sha256,
    bytes: u64,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.md5.update(bytes);
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_folder_appears_whole() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let mut output = Output::create(&target).unwrap();
        output.write("b/two.txt", b"two!").unwrap();
        let fact = output.write("a.txt", b"one").unwrap();
        assert_eq!(fact.md5, "f97c5d29941bfb1b2fdab0874906ab82");
        assert!(matches!(
            output.write("a.txt", b""),
            Err(OutputError::Twice(_))
        ));
        assert!(!target.exists());
        assert_eq!(output.place().unwrap().len(), 2);
        assert!(target.join("a.txt").exists() && target.join("b/two.txt").exists());
        assert!(matches!(
            Output::create(&target),
            Err(OutputError::Work(WorkError::Exists(_)))
        ));
    }

    #[test]
    fn an_unfinished_folder_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut output = Output::create(&dir.path().join("out")).unwrap();
        output.write("a.txt", b"one").unwrap();
        drop(output);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
