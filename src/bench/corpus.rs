//! What benchmarks run on: corpora of any size, resampled from real texts or real pictures.
//!
//! A text draws lines from the example mails, so that lengths and vocabulary are those of real mail. A picture
//! lays a random window of one example over a random window of another. No two items are alike.

use crate::ingest::{IngestOptions, read_source, walk};
use crate::item::Form;
use anyhow::{Context, bail};
use image::imageops::{self, FilterType};
use image::{RgbImage, imageops::crop_imm};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use std::fs;
use std::path::Path;

/// Most pictures that are held for resampling.
const MAX_PICTURES: usize = 200;

/// The material of a form.
pub(super) enum Material {
    /// Lines.
    Text(Vec<String>),
    /// Pictures of the form's size.
    Pictures(Vec<RgbImage>),
}

impl Material {
    /// Reads everything usable below `folder`.
    pub fn load(folder: &Path, form: Form) -> anyhow::Result<Self> {
        let material = if form.is_text() {
            Material::Text(lines(folder)?)
        } else {
            let [_, side, _] = form.shape();
            Material::Pictures(pictures(folder, side as u32)?)
        };
        let empty = match &material {
            Material::Text(lines) => lines.is_empty(),
            Material::Pictures(pictures) => pictures.is_empty(),
        };
        if empty {
            let kind = if form.is_text() { "texts" } else { "pictures" };
            bail!(
                "{} holds no {kind} to resample: name a folder of {kind} with --corpus",
                folder.display()
            );
        }
        Ok(material)
    }

    /// Writes item `index` into `folder`.
    pub fn write(&self, folder: &Path, index: usize, rng: &mut ChaCha20Rng) -> anyhow::Result<()> {
        let mut below = |n: usize| rng.next_u64() as usize % n;
        match self {
            Material::Text(lines) => {
                let count = 10 + below(60);
                let text: String = (0..count)
                    .map(|_| format!("{}\n", lines[below(lines.len())]))
                    .collect();
                let path = folder.join(format!("{index:06}.txt"));
                fs::write(&path, text).with_context(|| path.display().to_string())
            }
            Material::Pictures(pictures) => {
                let mut window = || {
                    let from = &pictures[below(pictures.len())];
                    let side = from.width();
                    let width = side / 2 + below(side as usize / 2) as u32 + 1;
                    let (left, top) = (
                        below((side - width) as usize + 1) as u32,
                        below((side - width) as usize + 1) as u32,
                    );
                    let part = crop_imm(from, left, top, width, width).to_image();
                    imageops::resize(&part, side, side, FilterType::Triangle)
                };
                let (mut picture, over) = (window(), window());
                let weight = 64 + below(128) as u16;
                for (to, from) in picture.iter_mut().zip(over.iter()) {
                    let mixed = u16::from(*to) * weight + u16::from(*from) * (255 - weight);
                    *to = (mixed / 255) as u8;
                }
                let path = folder.join(format!("{index:06}.png"));
                picture
                    .save(&path)
                    .with_context(|| path.display().to_string())
            }
        }
    }
}

/// The lines of every readable text below a folder.
fn lines(folder: &Path) -> anyhow::Result<Vec<String>> {
    let options = IngestOptions::default();
    let mut out = Vec::new();
    for file in walk(folder, &options)? {
        for item in read_source(&file, &options).flatten() {
            let text = item.text.unwrap_or_default();
            let filled = text.lines().filter(|line| !line.trim().is_empty());
            out.extend(filled.map(str::to_owned));
        }
    }
    Ok(out)
}

/// The pictures below a folder, scaled to squares.
fn pictures(folder: &Path, side: u32) -> anyhow::Result<Vec<RgbImage>> {
    let files = walk(folder, &IngestOptions::default())?;
    let read = files
        .iter()
        .filter_map(|file| fs::read(&file.path).ok())
        .filter_map(|bytes| image::load_from_memory(&bytes).ok());
    Ok(read
        .take(MAX_PICTURES)
        .map(|picture| imageops::resize(&picture.to_rgb8(), side, side, FilterType::Triangle))
        .collect())
}
