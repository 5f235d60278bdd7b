//! What a screen shows until its data are there, or why they are not.

use crate::tui::canvas::Canvas;
use crate::tui::event::Snapshot;
use crate::tui::scroll::Scroll;
use crate::tui::text;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// What a screen shows until its data are there, or why they are not.
pub(super) fn opening(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    error: Option<(&str, &Scroll)>,
    at: &Snapshot,
) {
    let inner = canvas.block(area, "", false);
    match error {
        Some((error, scroll)) => failure(canvas, inner, error, scroll),
        None => canvas.progress(inner, at, false),
    }
}

/// An error, whole, however long it is.
pub(super) fn failure(canvas: &mut Canvas<'_, '_>, area: Rect, error: &str, scroll: &Scroll) {
    let style = canvas.theme.bad();
    let lines = text::lines(error).into_iter();
    let lines = lines.map(|line| Line::styled(line, style));
    canvas.scrolled(area, lines.collect(), scroll);
}
