//! A folder as a corpus: its files, or the documents of the load file in it, as far as they were
//! asked for.

use super::error::IngestError;
use super::file::SourceFile;
use super::limits::IngestOptions;
use super::selection::{self, LoadFile, Rule, RuleCount, Selection, Selector};
use super::source::Source;
use super::volume;
use super::walk::walk_entries;
use std::path::{Path, PathBuf};

/// What is to be read.
#[derive(Debug)]
pub struct Corpus {
    /// One after the other, in the order in which items are numbered.
    pub sources: Vec<Source>,
    /// Files that are named or found.
    pub files: u64,
    /// The load file that lists the documents, if one does.
    pub load_file: Option<LoadFileFacts>,
    /// What decides family by family.
    pub selector: Selector,
}

/// About a load file that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFileFacts {
    /// The file.
    pub path: PathBuf,
    /// Documents it lists.
    pub documents: usize,
    /// Columns that are not taken over into the metadata.
    pub ignored: Vec<String>,
    /// Files of the folder that it does not name, the first of them: they are no part of the corpus.
    pub unnamed: Vec<String>,
    /// How it was read, where that had to be found out.
    pub notes: Vec<String>,
}

impl Corpus {
    /// Bytes to be read.
    pub fn bytes(&self) -> u64 {
        self.sources.iter().map(Source::bytes).sum()
    }
}

/// Lists what is to be read below `folder`. Nothing is read yet but a load file.
pub fn open(
    folder: &Path,
    selection: &Selection,
    options: &IngestOptions,
) -> Result<Corpus, IngestError> {
    let (mut files, folders) = walk_entries(folder)?;
    let mut counts = Vec::new();
    if options.skip_hidden {
        files = selection::hidden(files, &mut counts);
    }
    let load_file = match &selection.load_file {
        LoadFile::Ignore => None,
        LoadFile::Path(path) => Some(path.clone()),
        LoadFile::Detect => {
            let found = volume::detect(&files, folder, &folders);
            if let Some((path, why)) = found.unusable {
                return Err(IngestError::NotUnderstood { path, why });
            }
            one(found.usable, folder)?
        }
    };
    let (sources, count, facts) = match load_file {
        None => {
            let files = selection::by_path(files, |file| &file.rel, selection, &mut counts)?;
            let count = files.len();
            (files.into_iter().map(Source::File).collect(), count, None)
        }
        Some(path) => listed(folder, path, files, selection, &mut counts)?,
    };
    Ok(Corpus {
        sources,
        files: count as u64,
        load_file: facts,
        selector: Selector::new(selection, counts),
    })
}

/// The load file, if just one was found.
fn one(mut found: Vec<PathBuf>, folder: &Path) -> Result<Option<PathBuf>, IngestError> {
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(IngestError::SeveralLoadFiles {
            folder: folder.to_owned(),
            found,
        }),
    }
}

type Listed = (Vec<Source>, usize, Option<LoadFileFacts>);

fn listed(
    folder: &Path,
    path: PathBuf,
    files: Vec<SourceFile>,
    selection: &Selection,
    counts: &mut Vec<RuleCount>,
) -> Result<Listed, IngestError> {
    let problem = |source| IngestError::LoadFile {
        path: path.clone(),
        source,
    };
    let real = path.canonicalize().map_err(|error| problem(error.into()))?;
    let is_it = |file: &&SourceFile| file.path.canonicalize().is_ok_and(|file| file == real);
    let own = files
        .iter()
        .filter(|file| file.path.file_name() == path.file_name())
        .find(is_it);
    let own = own.map(|file| file.rel.clone());
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let volume = volume::open(&path, &files, own.as_deref(), &folder, selection.date_order)
        .map_err(problem)?;
    // The load file itself is the list, not one of the documents.
    let considered = files.len() as u64 - u64::from(own.is_some());
    let place = own.unwrap_or_else(|| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    });
    counts.push(RuleCount {
        rule: Rule::LoadFile,
        words: format!(
            "only files that the load file {place} names, which lists {} documents",
            volume.documents
        ),
        considered,
        left_out: considered - volume.named as u64,
    });
    let families = selection::by_path(volume.families, |family| family.path(), selection, counts)?;
    let facts = LoadFileFacts {
        path,
        documents: volume.documents,
        ignored: volume.ignored,
        unnamed: volume.unnamed,
        notes: volume.notes,
    };
    Ok((
        families.into_iter().map(Source::Listed).collect(),
        volume.named,
        Some(facts),
    ))
}
