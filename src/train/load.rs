//! Reading folders of labelled items, as a corpus is read.

use crate::ingest::{Family, IngestOptions, ItemKind, RawItem, read_source, walk};
use crate::item::{CanonicalVector, Form, image_vector, text_vector};
use crate::progress::{Progress, Unit};
use crate::train::TrainError;
use crate::train::dataset::{Dataset, Example};
use crate::train::kin::Kin;
use rayon::prelude::*;
use std::path::Path;

/// Files that are read at a time.
const BATCH: usize = 256;

/// One item of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded<T> {
    /// An item with its vector.
    Vector {
        /// Path in the folder.
        path: String,
        /// Its canonical vector.
        vector: CanonicalVector,
        /// What was asked about it.
        about: T,
    },
    /// An item that has no vector of the form.
    Skipped {
        /// Path in the folder.
        path: String,
        /// Why.
        reason: String,
    },
}

/// Visits the items of a folder in the order of their paths, reading files in parallel.
///
/// What is attached to an item is not visited: a label belongs to the whole. Members of archives and
/// messages of mailboxes are items of their own. `about` is asked about each item that has a vector, while it is
/// read.
pub fn for_each_item<T: Send>(
    folder: &Path,
    form: Form,
    progress: &dyn Progress,
    about: impl Fn(&RawItem) -> T + Sync,
    mut visit: impl FnMut(Loaded<T>),
) -> Result<(), TrainError> {
    let options = IngestOptions::default();
    let files = walk(folder, &options).map_err(TrainError::Ingest)?;
    progress.begin(
        &format!("reading {}", folder.display()),
        Some(files.len() as u64),
        Unit::Items,
    );
    for batch in files.chunks(BATCH) {
        let loaded: Vec<Vec<Loaded<T>>> = batch
            .par_iter()
            .map(|file| {
                let families = read_source(file, &options);
                let loaded = families
                    .flat_map(|family| load_family(&family, form, &about))
                    .collect();
                progress.advance(1);
                loaded
            })
            .collect();
        loaded.into_iter().flatten().for_each(&mut visit);
    }
    progress.end();
    Ok(())
}

/// Adds all items of a folder under one label.
pub fn load_folder(
    data: &mut Dataset,
    folder: &Path,
    form: Form,
    positive: bool,
    progress: &dyn Progress,
) -> Result<(), TrainError> {
    let about = |item: &RawItem| {
        let kin = Kin::new(&item.metadata, item.text.as_deref());
        (item.media_type.clone(), kin)
    };
    for_each_item(folder, form, progress, about, |item| match item {
        Loaded::Vector {
            path,
            vector,
            about: (media_type, kin),
        } => {
            let path = format!("{}/{path}", folder.display());
            data.examples.push(Example {
                media_type,
                kin,
                ..Example::new(path, positive, vector)
            });
        }
        Loaded::Skipped { path, reason } => data.skipped.push((path, reason)),
    })
}

/// Adds the items of `positive/` and `negative/` below a folder.
pub fn load_labelled(
    data: &mut Dataset,
    folder: &Path,
    form: Form,
    progress: &dyn Progress,
) -> Result<(), TrainError> {
    for (name, positive) in [("positive", true), ("negative", false)] {
        load_folder(data, &folder.join(name), form, positive, progress)?;
    }
    Ok(())
}

/// The items of a family that are not attached to another item with a vector.
fn load_family<T>(family: &Family, form: Form, about: &impl Fn(&RawItem) -> T) -> Vec<Loaded<T>> {
    let mut covered = vec![false; family.len()];
    let mut loaded = vec![];
    for (i, item) in family.iter().enumerate() {
        if item.parent.is_some_and(|parent| covered[parent]) {
            covered[i] = true;
            continue;
        }
        match vector_of(item, form) {
            Some(vector) => {
                covered[i] = true;
                loaded.push(Loaded::Vector {
                    path: item.path.clone(),
                    vector,
                    about: about(item),
                });
            }
            None => loaded.push(Loaded::Skipped {
                path: item.path.clone(),
                reason: match &item.exception {
                    Some(exception) => exception.to_string(),
                    None if form.is_text() && item.text.is_some() => {
                        "there is no word of two letters in it".to_owned()
                    }
                    None => format!("a {} item has no {form}", item.kind),
                },
            }),
        }
    }
    loaded
}

/// The canonical vector of an item, if it has the form.
fn vector_of(item: &RawItem, form: Form) -> Option<CanonicalVector> {
    if form.is_text() {
        let text = item.text.as_deref();
        text.map(|text| text_vector(form, text))
            .filter(|vector| !vector.is_zero())
    } else if item.kind == ItemKind::Image {
        image_vector(form, &item.bytes).ok()
    } else {
        None
    }
}
