//! What a classifier looks at in sample pictures of a case.
//!
//! **Regions.** A picture is cut into 8 x 8 tiles; each in turn is covered with the picture's mean colour, and
//! the score is taken again by the exact evaluator. What the score loses is how much the tile speaks for a
//! match. This needs no gradients, holds for every network, and says itself whether covering one tile turns
//! the verdict.
//!
//! **Known pictures.** Whoever looks for a kind of thing accepts it mirrored, a little to the side or a little
//! darker; a comparison with one particular picture does not.

use super::scores::{Scored, score_of, vectors};
use super::{ExplainError, Warning};
use crate::classify::Classifier;
use crate::commit::Vault;
use crate::item::CanonicalVector;
use crate::private;
use crate::progress::{Progress, Unit};
use anyhow::Context;
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Tiles on a side.
pub const TILES: usize = 8;
/// Samples of each side whose tiles are covered, unless told otherwise.
pub const SAMPLES: usize = 4;
/// Matches that are altered.
const ALTERED: usize = 8;
/// Share of the samples whose verdict one tile turns, from which a spot is called decisive.
const NEARLY_ALL: f64 = 0.9;
/// Fewest matches that a warning rests on.
const ENOUGH: usize = 3;

/// The regions of one picture.
#[derive(Clone, Debug, Serialize)]
pub struct Map {
    /// The item.
    pub item: u32,
    /// Its score.
    pub score: i64,
    /// What the score loses when the tile is covered, row by row.
    pub loss: Vec<i64>,
    /// Tiles that turn the verdict by themselves.
    pub turning: usize,
    /// Share of all losses (or gains, where the item does not match) that the four strongest tiles have.
    pub four_strongest: f64,
}

impl Map {
    /// True for a match.
    pub fn matches(&self) -> bool {
        self.score >= 0
    }
}

/// What the tests found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    /// Regions of sample pictures.
    pub maps: Vec<Map>,
    /// Matches that were altered.
    pub altered: usize,
    /// Share of the altered pictures that still match: mirrored, moved, darker.
    pub survive: Option<f64>,
    /// In plain words.
    pub warnings: Vec<Warning>,
}

pub(super) fn test(
    classifier: &Classifier,
    vault: &Vault,
    scored: &Scored,
    progress: &dyn Progress,
) -> Result<Findings, ExplainError> {
    let matches = vectors(vault, classifier, &scored.sample(true, ALTERED))?;
    progress.begin("altering pictures", Some(matches.len() as u64), Unit::Items);
    let mut survived = 0;
    let mut tried = 0;
    for (_, x) in &matches {
        if progress.cancelled() {
            return Err(ExplainError::Cancelled);
        }
        let alive: Vec<bool> = alterations(x)
            .into_par_iter()
            .map(|bytes| score_of(classifier, bytes).is_some_and(|s| s >= 0))
            .collect();
        tried += alive.len();
        survived += alive.iter().filter(|a| **a).count();
        progress.advance(1);
    }
    progress.end();
    let mut found = Findings {
        altered: matches.len(),
        survive: (tried > 0).then(|| survived as f64 / tried as f64),
        ..Findings::default()
    };
    if matches.len() >= ENOUGH && survived == 0 {
        found.warnings.push(Warning::new(
            "known_pictures",
            "it looks for known pictures: mirrored, moved or darkened a little, none of its matches is one"
                .to_owned(),
        ));
    }
    Ok(found)
}

/// Covers the tiles of sample pictures, at most `samples` of each side, and adds what that says.
pub fn regions(
    classifier: &Classifier,
    vault: &Vault,
    scored: &Scored,
    samples: usize,
    found: &mut Findings,
    progress: &dyn Progress,
) -> Result<(), ExplainError> {
    let mut chosen = scored.sample(true, samples);
    chosen.extend(scored.sample(false, samples));
    let pictures = vectors(vault, classifier, &chosen)?;
    progress.begin("covering regions", Some(pictures.len() as u64), Unit::Items);
    for (item, x) in &pictures {
        if progress.cancelled() {
            return Err(ExplainError::Cancelled);
        }
        found.maps.push(map(classifier, *item, x));
        progress.advance(1);
    }
    progress.end();
    let matching: Vec<&Map> = found.maps.iter().filter(|m| m.matches()).collect();
    if matching.len() < ENOUGH {
        return Ok(());
    }
    let same_tile = (0..TILES * TILES)
        .map(|t| matching.iter().filter(|m| m.loss[t] > m.score).count())
        .max()
        .unwrap_or(0) as f64
        / matching.len() as f64;
    let lost_elsewhere = matching.iter().any(|m| m.turning > 4);
    if same_tile >= NEARLY_ALL && !lost_elsewhere {
        found.warnings.push(Warning::new(
            "one_spot",
            "it looks at one spot: covering the same sixty-fourth of the picture ends its matches"
                .to_owned(),
        ));
    }
    Ok(())
}

fn map(classifier: &Classifier, item: u32, x: &CanonicalVector) -> Map {
    let score = classifier.evaluate(x).score;
    let [_, height, width] = classifier.form().shape();
    let plane = height * width;
    let mean: Vec<u8> = x
        .bytes()
        .chunks_exact(plane)
        .map(|c| (c.iter().map(|b| u64::from(*b)).sum::<u64>() / plane as u64) as u8)
        .collect();
    let loss: Vec<i64> = (0..TILES * TILES)
        .into_par_iter()
        .map(|tile| {
            let mut bytes = x.bytes().to_vec();
            let rows = (tile / TILES) * height / TILES..(tile / TILES + 1) * height / TILES;
            let columns = (tile % TILES) * width / TILES..(tile % TILES + 1) * width / TILES;
            for (c, mean) in mean.iter().enumerate() {
                for row in rows.clone() {
                    let at = c * plane + row * width;
                    bytes[at + columns.start..at + columns.end].fill(*mean);
                }
            }
            score - score_of(classifier, bytes).unwrap_or(score)
        })
        .collect();
    let turning = loss
        .iter()
        .filter(|l| ((score - **l) >= 0) != (score >= 0))
        .count();
    let mut carried: Vec<i64> = loss
        .iter()
        .map(|l| if score >= 0 { *l } else { -*l })
        .map(|l| l.max(0))
        .collect();
    carried.sort_unstable_by(|a, b| b.cmp(a));
    let all: i64 = carried.iter().sum();
    Map {
        item,
        score,
        turning,
        four_strongest: carried[..4].iter().sum::<i64>() as f64 / all.max(1) as f64,
        loss,
    }
}

/// Mirrored, moved a sixteenth to the right and down, and a tenth darker.
fn alterations(x: &CanonicalVector) -> Vec<Vec<u8>> {
    let [_, height, width] = x.form().shape();
    let by = |from: &dyn Fn(usize, usize) -> (usize, usize)| -> Vec<u8> {
        let planes = x.bytes().chunks_exact(height * width);
        planes
            .flat_map(|plane| {
                (0..height * width).map(move |at| {
                    let (row, column) = from(at / width, at % width);
                    plane[row * width + column]
                })
            })
            .collect()
    };
    let (down, right) = (height / 16, width / 16);
    vec![
        by(&|row, column| (row, width - 1 - column)),
        by(&|row, column| (row, column.saturating_sub(right))),
        by(&|row, column| (row.saturating_sub(down), column)),
        x.bytes()
            .iter()
            .map(|b| (u16::from(*b) * 9 / 10) as u8)
            .collect(),
    ]
}

/// Writes each sample with its regions laid over it: red speaks for a match, blue against it. The pictures
/// are the responder's, so the folder is private.
pub fn write(
    found: &Findings,
    classifier: &Classifier,
    vault: &Vault,
    folder: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    private::create_dir(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let [_, height, width] = classifier.form().shape();
    let zoom = (448 / width).max(1);
    let mut written = Vec::new();
    for map in &found.maps {
        let item = vault.item(map.item)?;
        let Some(x) = item.vector(classifier.form()) else {
            continue;
        };
        let most = map
            .loss
            .iter()
            .map(|l| l.unsigned_abs())
            .max()
            .unwrap_or(0)
            .max(1) as f64;
        let at = |c: usize, row: usize, column: usize| {
            f64::from(x.bytes()[(c * height + row) * width + column])
        };
        // The picture itself, and beside it the same with its regions.
        let picture =
            image::RgbImage::from_fn((2 * zoom * width) as u32, (zoom * height) as u32, |i, j| {
                let (i, row) = (i as usize, j as usize / zoom);
                let column = i % (zoom * width) / zoom;
                let plain = [0, 1, 2].map(|c| at(c, row, column));
                if i < zoom * width {
                    return image::Rgb(plain.map(|v| v as u8));
                }
                let loss =
                    map.loss[row * TILES / height * TILES + column * TILES / width] as f64 / most;
                let tint = if loss > 0.0 {
                    [255.0, 0.0, 0.0]
                } else {
                    [0.0, 64.0, 255.0]
                };
                let grey = plain.iter().sum::<f64>() / 3.0;
                let strength = 0.75 * loss.abs();
                image::Rgb(tint.map(|t| (grey * (1.0 - strength) + t * strength) as u8))
            });
        let side = if map.matches() { "match" } else { "other" };
        let path = folder.join(format!("{side}-{:06}.png", map.item));
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png)?;
        private::write_new(&path, png.get_ref())?;
        written.push(path);
    }
    Ok(written)
}
