//! Canonical vectors as a matrix file, for training elsewhere.

use crate::clean;
use crate::item::Form;
use crate::output::{Kind, OutputError, Target};
use crate::progress::Progress;
use crate::train::TrainError;
use crate::train::load::{Loaded, for_each_item};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Format of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// NumPy array of unsigned bytes, one row per item.
    Npy,
    /// Comma-separated integers, one line per item, no header.
    Csv,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Number of rows.
    pub rows: u64,
    /// Items that have no vector of the form.
    pub skipped: u64,
    /// The index file beside the matrix: `row,label,path`.
    pub index: PathBuf,
}

impl Format {
    const fn kind(self) -> Kind {
        Kind {
            name: "a matrix of vectors",
            is: match self {
                Format::Npy => |bytes| bytes.starts_with(b"\x93NUMPY"),
                Format::Csv => |bytes| {
                    let number = |byte: &u8| byte.is_ascii_digit() || *byte == b',';
                    let line = bytes.split(|byte| *byte == b'\n').next();
                    line.is_some_and(|line| line.contains(&b',') && line.iter().all(number))
                },
            },
        }
    }
}

const INDEX: Kind = Kind {
    name: "the index of a matrix",
    is: |bytes| bytes.starts_with(b"row,label,path\n"),
};

/// Where a matrix goes, and the index beside it.
#[derive(Debug)]
pub struct Places {
    matrix: Target,
    index: Target,
}

impl Places {
    /// Both are looked at before anything is read.
    pub fn new(output: &Path, format: Format, force: Option<bool>) -> Result<Self, OutputError> {
        let matrix = Target::new(output, format.kind(), force, &[])?;
        let index = Target::new(&output.with_extension("index.csv"), INDEX, force, &[])?;
        index.apart_from(&matrix)?;
        Ok(Places { matrix, index })
    }
}

/// Writes the vectors of all items below `folder` and an index beside them.
pub fn write(
    folder: &Path,
    form: Form,
    places: Places,
    format: Format,
    progress: &dyn Progress,
) -> Result<Written, TrainError> {
    let fail = |path: &Path, source: io::Error| TrainError::Write {
        path: path.to_owned(),
        source,
    };
    let (output, index_path) = (
        places.matrix.path().to_owned(),
        places.index.path().to_owned(),
    );
    let mut matrix = places.matrix.begin()?;
    let index = places.index.begin()?;
    let mut index = csv::Writer::from_writer(index);
    let mut written = Written {
        rows: 0,
        skipped: 0,
        index: index_path.clone(),
    };
    let mut result = match format {
        Format::Npy => matrix.write_all(&npy_header(0, form.len())),
        Format::Csv => Ok(()),
    };
    let mut index_result = index.write_record(["row", "label", "path"]);
    for_each_item(
        folder,
        form,
        progress,
        |_| (),
        |item| match item {
            Loaded::Skipped { .. } => written.skipped += 1,
            Loaded::Vector { path, vector, .. } => {
                let label = path.split_once('/').map_or("", |(label, _)| label);
                let row = written.rows.to_string();
                written.rows += 1;
                if index_result.is_ok() {
                    index_result =
                        index.write_record([&row, &clean::cell(label), &clean::cell(&path)]);
                }
                if result.is_ok() {
                    result = match format {
                        Format::Npy => matrix.write_all(vector.bytes()),
                        Format::Csv => write_csv_row(&mut matrix, vector.bytes()),
                    };
                }
            }
        },
    )?;
    index_result.map_err(|e| fail(&index_path, e.into()))?;
    index
        .into_inner()
        .map_err(|e| fail(&index_path, e.into_error()))?
        .finish()?;
    result
        .and_then(|()| match format {
            Format::Npy => {
                matrix.seek(SeekFrom::Start(0))?;
                matrix.write_all(&npy_header(written.rows, form.len()))
            }
            Format::Csv => Ok(()),
        })
        .map_err(|e| fail(&output, e))?;
    matrix.finish()?;
    Ok(written)
}

/// The header of a NumPy file, version 1.0, padded to 128 bytes whatever the number of rows.
fn npy_header(rows: u64, columns: usize) -> [u8; 128] {
    let mut header = [b' '; 128];
    header[..8].copy_from_slice(b"\x93NUMPY\x01\x00");
    header[8..10].copy_from_slice(&118u16.to_le_bytes());
    let dict =
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    header[10..10 + dict.len()].copy_from_slice(dict.as_bytes());
    header[127] = b'\n';
    header
}

fn write_csv_row(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    for (i, byte) in bytes.iter().enumerate() {
        let separator = if i == 0 { "" } else { "," };
        write!(out, "{separator}{byte}")?;
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::text_vector;
    use crate::progress::Silent;

    #[test]
    fn both_formats_hold_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = folder.path().join("in");
        for (path, text) in [
            ("ham/a.txt", "quarterly report"),
            ("spam/b.txt", "free money"),
        ] {
            let path = corpus.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let form = Form::TextWordsV3;
        let npy = folder.path().join("x.npy");
        let write = |path: &Path, format| {
            let places = Places::new(path, format, Some(false)).unwrap();
            write(&corpus, form, places, format, &Silent).unwrap()
        };
        let written = write(&npy, Format::Npy);
        assert_eq!(written.rows, 2);
        let bytes = std::fs::read(&npy).unwrap();
        assert_eq!(bytes.len(), 128 + 2 * form.len());
        assert!(bytes[..128].windows(15).any(|w| w == b"'shape': (2, 16"));
        assert_eq!(
            &bytes[128..128 + form.len()],
            text_vector(form, "quarterly report").bytes()
        );
        let index = std::fs::read_to_string(&written.index).unwrap();
        assert_eq!(
            index,
            "row,label,path\n0,ham,ham/a.txt\n1,spam,spam/b.txt\n"
        );

        let csv = folder.path().join("x.csv");
        write(&csv, Format::Csv);
        // Again, over its own.
        write(&csv, Format::Csv);
        let csv = std::fs::read_to_string(&csv).unwrap();
        let row = |line: &str| -> Vec<u8> { line.split(',').map(|v| v.parse().unwrap()).collect() };
        let rows: Vec<u8> = csv.lines().flat_map(row).collect();
        assert_eq!(rows, &bytes[128..]);
    }
}
