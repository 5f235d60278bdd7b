//! Accuracy against cost: a family of classifiers, each measured with real proofs, as a table and a picture.
//!
//! Accuracy is what the classifier file states of its integer network on held-out items; cost is measured here.

use super::{Measurement, run};
use crate::Surroundings;
use crate::classify::Classifier;
use crate::output::Kind;
use crate::progress::Progress;
use anyhow::{Context, bail};
use plotters::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// One classifier of the family.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// The classifier's name.
    pub name: String,
    /// Its form.
    pub form: String,
    /// Neurons per item.
    pub neurons: usize,
    /// Weights.
    pub weights: usize,
    /// Share of held-out items that it decides rightly.
    pub accuracy: f64,
    /// How many those were.
    pub held_out: u64,
    /// Its cost.
    pub cost: Measurement,
}

/// The classifier files named, and those in the folders named, in order.
pub fn family(places: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for place in places {
        if !place.is_dir() {
            files.push(place.clone());
            continue;
        }
        let entries = std::fs::read_dir(place).with_context(|| place.display().to_string())?;
        let before = files.len();
        files.extend(
            entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| path.extension().is_some_and(|e| e == "clf")),
        );
        files[before..].sort();
        if files.len() == before {
            bail!("{} holds no classifier files (*.clf)", place.display());
        }
    }
    Ok(files)
}

/// Measures one classifier over `items` items resampled from `corpus`.
pub fn measure(
    around: &Surroundings,
    classifier: &Classifier,
    corpus: &Path,
    items: usize,
    progress: &dyn Progress,
) -> anyhow::Result<Point> {
    let card = classifier.card();
    let measured = card
        .evaluations
        .iter()
        .filter_map(|e| Some((e.accuracy()?, e.items())));
    let Some((accuracy, held_out)) = measured.max_by_key(|(_, items)| *items) else {
        bail!(
            "{} states no accuracy: import or train it with held-out items",
            card.name
        );
    };
    let mut cost = None;
    run(around, corpus, classifier, &[items], progress, |m| {
        cost = Some(m.clone());
    })?;
    Ok(Point {
        name: card.name.clone(),
        form: classifier.form().id().to_owned(),
        neurons: classifier.network().neurons(),
        weights: classifier.network().weight_count(),
        accuracy,
        held_out,
        cost: cost.context("nothing was measured")?,
    })
}

/// The table, in Markdown.
pub fn table(points: &[Point]) -> String {
    let mut out = String::from(
        "| classifier | neurons | weights | accuracy (held out) | prove, CPU s/item | verify, CPU ms/item | \
         proof, bytes/item |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for p in points {
        out += &format!(
            "| {} | {} | {} | {:.2} % ({}) | {:.3} | {:.1} | {:.0} |\n",
            p.name,
            p.neurons,
            p.weights,
            100.0 * p.accuracy,
            p.held_out,
            p.cost.prove_cpu_ms_per_item / 1e3,
            p.cost.verify_cpu_ms_per_item,
            p.cost.proof_bytes_per_item,
        );
    }
    out
}

/// What [`plot`] makes, for whoever is about to replace one.
pub const FIGURE: Kind = Kind {
    name: "a figure",
    is: |bytes| bytes.starts_with(b"<svg "),
};

/// Draws accuracy against proving time, as SVG.
pub fn plot(points: &[Point]) -> anyhow::Result<String> {
    let mut figure = String::new();
    draw(points, &mut figure)?;
    Ok(figure)
}

fn draw(points: &[Point], figure: &mut String) -> anyhow::Result<()> {
    let costs = points.iter().map(|p| p.cost.prove_cpu_ms_per_item / 1e3);
    let most = costs.fold(0f64, f64::max);
    let worst = points.iter().map(|p| p.accuracy).fold(1.0, f64::min);
    let bottom = (100.0 * worst - 1.0).floor().max(0.0);
    let items = points.first().map_or(0, |p| p.cost.items);
    let root = SVGBackend::with_string(figure, (860, 520)).into_drawing_area();
    let drawn = (|| {
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(
                format!("Accuracy against the cost of proof ({items} items at once)"),
                ("sans-serif", 20),
            )
            .margin(16)
            .x_label_area_size(46)
            .y_label_area_size(58)
            .build_cartesian_2d(0.0..most * 1.3, bottom..100.5)?;
        chart
            .configure_mesh()
            .x_desc("proving, CPU seconds per item")
            .y_desc("accuracy on held-out items, %")
            .x_label_formatter(&|x| format!("{x:.2}"))
            .y_label_formatter(&|y| format!("{y:.1}"))
            .label_style(("sans-serif", 13))
            .draw()?;
        let at = |p: &Point| (p.cost.prove_cpu_ms_per_item / 1e3, 100.0 * p.accuracy);
        let mut sorted: Vec<&Point> = points.iter().collect();
        sorted.sort_by(|a, b| at(a).0.total_cmp(&at(b).0));
        chart.draw_series(LineSeries::new(
            sorted.iter().map(|p| at(p)),
            BLUE.mix(0.35).stroke_width(2),
        ))?;
        let dots: Vec<(i32, i32)> = sorted.iter().map(|p| chart.backend_coord(&at(p))).collect();
        let mut taken: Vec<Area> = dots.iter().map(|dot| Area::around(*dot, 6)).collect();
        for (p, dot) in sorted.iter().zip(&dots) {
            chart.draw_series([Circle::new(at(p), 5, BLUE.filled())])?;
            let label = format!("{} · {} neurons", p.name, p.neurons);
            let area = Area::for_label(*dot, label.chars().count() as i32, &taken);
            root.draw(&Text::new(label, (area.left, area.top), ("sans-serif", 13)))?;
            taken.push(area);
        }
        root.present()
    })();
    drawn.map_err(|e: DrawingAreaErrorKind<_>| anyhow::anyhow!("the figure: {e}"))
}

/// A rectangle of the plot, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Area {
    fn around((x, y): (i32, i32), reach: i32) -> Self {
        Area {
            left: x - reach,
            top: y - reach,
            width: 2 * reach,
            height: 2 * reach,
        }
    }

    /// Room for a label beside a dot, where nothing is yet if there is such a place.
    fn for_label((x, y): (i32, i32), letters: i32, taken: &[Area]) -> Self {
        let (width, height) = (7 * letters, 15);
        let places = [-20, 9, -38, 27, -56, 45]
            .into_iter()
            .flat_map(|dy| [(8, dy), (-8 - width, dy)])
            .map(|(dx, dy)| Area {
                left: x + dx,
                top: y + dy,
                width,
                height,
            });
        let free = |area: &Area| taken.iter().all(|other| !area.meets(other));
        let mut places = places.peekable();
        let first = *places.peek().expect("there are twelve places");
        places.find(free).unwrap_or(first)
    }

    fn meets(&self, other: &Area) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_near_dots_do_not_meet() {
        let dots = [(500, 100), (510, 103), (515, 110), (530, 100), (500, 130)];
        let mut taken: Vec<Area> = dots.iter().map(|dot| Area::around(*dot, 6)).collect();
        for dot in dots {
            let area = Area::for_label(dot, 24, &taken);
            assert!(taken.iter().all(|other| !area.meets(other)), "{area:?}");
            taken.push(area);
        }
    }
}
