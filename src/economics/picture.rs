//! Stakes as a picture.

use super::Sale;
use anyhow::anyhow;
use plotters::prelude::*;

/// Draws what cheat and honest provider gain over the provider's stake, with the window of stakes, as SVG.
pub fn draw(sale: &Sale) -> anyhow::Result<String> {
    let verdict = sale.verdict();
    let reach = [
        verdict.stake_up_to,
        verdict.stake_above,
        sale.provider_stake,
        sale.fee,
    ]
    .into_iter()
    .filter(|x| x.is_finite())
    .fold(1.0, f64::max)
        * 1.15;
    let at = |stake: f64| {
        Sale {
            provider_stake: stake,
            ..*sale
        }
        .verdict()
    };
    let ends = [at(0.0), at(reach)].map(|v| [v.cheat_gains, v.honest_gains]);
    let values = || ends.iter().flatten().copied().chain([0.0]);
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let edge = 0.08 * (high - low).max(1.0);
    let mut out = String::new();
    let drawn = (|| {
        let root = SVGBackend::with_string(&mut out, (860, 520)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(
                "What a provider gains on average, by its stake",
                ("sans-serif", 20),
            )
            .margin(16)
            .x_label_area_size(46)
            .y_label_area_size(76)
            .build_cartesian_2d(0.0..reach, low - edge..high + edge)?;
        if let Some((from, to)) = verdict.window() {
            chart.draw_series([Rectangle::new(
                [(from, low - edge), (to.min(reach), high + edge)],
                GREEN.mix(0.12).filled(),
            )])?;
        }
        chart
            .configure_mesh()
            .x_labels(8)
            .y_labels(8)
            .light_line_style(TRANSPARENT)
            .x_desc("stake of the provider")
            .y_desc("gain")
            .label_style(("sans-serif", 13))
            .draw()?;
        chart.draw_series(LineSeries::new(
            [(0.0, 0.0), (reach, 0.0)],
            BLACK.stroke_width(1),
        ))?;
        for (name, place, colour) in [("cheating", 0, RED), ("honest", 1, BLUE)] {
            let line = [(0.0, ends[0][place]), (reach, ends[1][place])];
            chart
                .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
        }
        let mark = [
            (sale.provider_stake, low - edge),
            (sale.provider_stake, high + edge),
        ];
        chart
            .draw_series(LineSeries::new(mark, BLACK.mix(0.5).stroke_width(1)))?
            .label("this stake")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.mix(0.5)));
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .label_font(("sans-serif", 13))
            .draw()?;
        root.present()
    })();
    drawn.map_err(|e: DrawingAreaErrorKind<_>| anyhow!("the picture cannot be drawn: {e}"))?;
    Ok(out)
}
