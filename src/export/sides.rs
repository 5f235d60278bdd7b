//! The two halves of everything that is exported: what may be handed over as it is, and what stays.
//!
//! ```text
//! DIR/serve/       nothing in it tells of an undisclosed document what the bundle does not tell
//! DIR/internal/    the responder's own; only there if something is in it
//! ```
//!
//! Each half has its own `hashes.csv`, which names the files of that half only. Whoever writes a file says
//! on which side it belongs; there is no third place.

use super::output::{FileFact, HASHES, Output, OutputError, Stream};
use crate::clean;
use std::fmt;
use std::io;
use std::path::Path;

/// Said in the folder that stays.
const NOTE: &str = "\
THIS FOLDER STAYS WITH THE RESPONDER.

It names documents that were not produced: paths, parties, subjects, the reasons why files could not be
read. What may be handed over is in the folder serve/ beside this one, and is complete without this one.
";

/// Where a file belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It may be handed over.
    Serve,
    /// It stays with the responder.
    Internal,
}

impl Side {
    /// The folder.
    pub fn folder(self) -> &'static str {
        match self {
            Side::Serve => "serve",
            Side::Internal => "internal",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.folder())
    }
}

/// A folder with two halves being written. It appears whole or not at all.
#[derive(Debug)]
pub struct Sides {
    output: Output,
    serve: Vec<FileFact>,
    internal: Vec<FileFact>,
}

impl Sides {
    /// Starts a folder that must not exist.
    pub fn create(target: &Path) -> Result<Self, OutputError> {
        Ok(Sides {
            output: Output::create(target)?,
            serve: Vec::new(),
            internal: Vec::new(),
        })
    }

    /// Where the files of a side are while the folder is being written.
    pub fn place_of(&self, side: Side, path: &str) -> std::path::PathBuf {
        self.output.dir().join(side.folder()).join(path)
    }

    /// Writes a whole file. Paths, here and in what is returned, are below the side's folder.
    pub fn write(&mut self, side: Side, path: &str, bytes: &[u8]) -> Result<FileFact, OutputError> {
        let fact = self.output.write(&format!("{side}/{path}"), bytes)?;
        Ok(self.keep(side, fact))
    }

    /// Starts a file that is written piece by piece; [`Sides::close`] it on the same side.
    pub fn stream(&self, side: Side, path: &str) -> Result<Stream, OutputError> {
        self.output.stream(&format!("{side}/{path}"))
    }

    /// Completes a file.
    pub fn close(&mut self, side: Side, stream: Stream) -> Result<FileFact, OutputError> {
        let fact = self.output.close(stream)?;
        Ok(self.keep(side, fact))
    }

    fn keep(&mut self, side: Side, mut fact: FileFact) -> FileFact {
        let below = format!("{side}/");
        if let Some(path) = fact.path.strip_prefix(&below) {
            fact.path = path.to_owned();
        }
        match side {
            Side::Serve => self.serve.push(fact.clone()),
            Side::Internal => self.internal.push(fact.clone()),
        }
        fact
    }

    /// Writes the hash manifest of each side and puts the folder in its place.
    pub fn finish(mut self) -> Result<(), OutputError> {
        if !self.internal.is_empty() {
            self.write(Side::Internal, "READ-ME-FIRST.txt", NOTE.as_bytes())?;
        }
        for side in [Side::Serve, Side::Internal] {
            let mut files = std::mem::take(match side {
                Side::Serve => &mut self.serve,
                Side::Internal => &mut self.internal,
            });
            if files.is_empty() && side == Side::Internal {
                continue;
            }
            files.sort_by(|a, b| a.path.cmp(&b.path));
            let path = format!("{side}/{HASHES}");
            let table = hashes(&files).map_err(|source| OutputError::Io {
                path: self.output.dir().join(&path),
                source,
            })?;
            self.output.write(&path, &table)?;
        }
        self.output.place()?;
        Ok(())
    }
}

/// The hash manifest of these files.
fn hashes(files: &[FileFact]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["path", "bytes", "md5", "sha256"])?;
    for file in files {
        let bytes = file.bytes.to_string();
        let path = clean::cell(&file.path);
        writer.write_record([&*path, &bytes, &file.md5, &file.sha256])?;
    }
    writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn each_side_has_its_own_files_and_hashes() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let mut sides = Sides::create(&target).unwrap();
        sides.write(Side::Serve, "b/two.txt", b"two!").unwrap();
        let fact = sides.write(Side::Serve, "a.txt", b"one").unwrap();
        assert_eq!(fact.path, "a.txt");
        assert_eq!(fact.md5, "f97c5d29941bfb1b2fdab0874906ab82");
        assert!(matches!(
            sides.write(Side::Serve, "a.txt", b""),
            Err(OutputError::Twice(_))
        ));
        sides.write(Side::Internal, "a.txt", b"secret").unwrap();
        assert!(!target.exists());
        sides.finish().unwrap();
        assert_eq!(
            fs::read_to_string(target.join("serve/hashes.csv")).unwrap(),
            "path,bytes,md5,sha256\n\
             a.txt,3,f97c5d29941bfb1b2fdab0874906ab82,\
             7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed\n\
             b/two.txt,4,9f5b6d9a034d175868bf593885b7dc4e,\
             a97b629a5b1da759586c3353a9bc284bf673970d8eca56e11e556b715c329614\n"
        );
        let internal = fs::read_to_string(target.join("internal/hashes.csv")).unwrap();
        assert!(internal.contains("READ-ME-FIRST.txt,") && internal.contains("\na.txt,6,"));
        assert!(matches!(Sides::create(&target), Err(OutputError::Work(_))));
    }

    #[test]
    fn there_is_no_internal_folder_without_need() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let sides = Sides::create(&target).unwrap();
        sides.finish().unwrap();
        assert!(target.join("serve/hashes.csv").exists());
        assert!(!target.join("internal").exists());
    }
}
