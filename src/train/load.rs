//! Reading folders of labelled items.

use crate::item::{Form, text_vector};
use crate::train::TrainError;
use crate::train::dataset::{Dataset, Example};
use mail_parser::{Addr, Address, MessageParser};
use rayon::prelude::*;
use std::path::Path;
use walkdir::WalkDir;

/// Adds all items of a folder under one label.
pub fn load_folder(
    data: &mut Dataset,
    folder: &Path,
    form: Form,
    positive: bool,
) -> Result<(), TrainError> {
    let _ = form;
    let mut files = vec![];
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| TrainError::Folder {
            path: folder.to_owned(),
            source: e.into(),
        })?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    let examples: Vec<Example> = files
        .par_iter()
        .filter_map(|path| {
            let bytes = std::fs::read(path).ok()?;
            let text = mail_text(&bytes)?;
            Some(Example::new(
                path.display().to_string(),
                positive,
                text_vector(&text),
            ))
        })
        .collect();
    data.examples.extend(examples);
    Ok(())
}

fn mail_text(bytes: &[u8]) -> Option<String> {
    let message = MessageParser::default().parse(bytes)?;
    let people = |a: Option<&Address>| -> String {
        let one = |a: &Addr| format!("{} <{}>", a.name().unwrap_or(""), a.address().unwrap_or(""));
        a.map(|a| a.iter().map(one).collect::<Vec<_>>().join(", "))
            .unwrap_or_default()
    };
    Some(format!(
        "Subject: {}\nFrom: {}\nTo: {}\nDate: {}\n\n{}",
        message.subject().unwrap_or(""),
        people(message.from()),
        people(message.to()),
        message.date().map(|d| d.to_rfc3339()).unwrap_or_default(),
        message.body_text(0).unwrap_or_default()
    ))
}
