//! Pages painted as pictures, for text recognition.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf as Document;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::open;
use crate::reading::{Child, Given, ReadError, Reader, Reading, Scan};

/// Most pixels of a painted page: A4 at 600 to the inch has 35 million.
const MAX_PIXELS: f32 = 40e6;
/// Coarser than this, nothing can be recognised.
const MIN_DPI: f32 = 60.0;
/// So many bytes are painted at a time.
const AT_ONCE: usize = 64 << 20;

/// Paints pages of a PDF: grey, as portable graymaps.
pub(crate) struct Painter;

impl Reader for Painter {
    fn name(&self) -> &'static str {
        "candor-pdf/3"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let (document, _) = open(bytes, &given.passwords)?;
        let mut reading = Reading::default();
        let mut painted = 0;
        for scan in &given.scans {
            if painted >= AT_ONCE {
                break;
            }
            let mut child = Child {
                name: scan.page.to_string(),
                ..Child::default()
            };
            match paint(&document, scan) {
                Some((dpi, picture)) => {
                    painted += picture.len();
                    child.content_id = dpi.to_string();
                    child.bytes = picture;
                }
                None => child.damage = Some("the page is too large to be painted".to_owned()),
            }
            reading.children.push(child);
        }
        Ok(reading)
    }
}

/// The page, and how finely it was painted.
fn paint(document: &Document, scan: &Scan) -> Option<(u32, Vec<u8>)> {
    let page = document.pages().get(scan.page.checked_sub(1)? as usize)?;
    let (width, height) = page.render_dimensions();
    let area = width * height / (72.0 * 72.0);
    // Nothing is allocated before this is known.
    let finest = (MAX_PIXELS / area).sqrt();
    let dpi = (scan.dpi as f32).min(finest).floor();
    let scale = dpi / 72.0;
    let fits = |side: f32| side * scale >= 1.0 && side * scale < 32_000.0;
    if !(area.is_finite() && dpi >= MIN_DPI && fits(width) && fits(height)) {
        return None;
    }
    let cache = RenderCache::new();
    let pixels = hayro::render(
        page,
        &cache,
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        },
    );
    let mut out = format!("P5\n{} {}\n255\n", pixels.width(), pixels.height()).into_bytes();
    out.extend(pixels.data_as_u8_slice().chunks_exact(4).map(|p| {
        let [r, g, b] = [p[0], p[1], p[2]].map(u32::from);
        ((r * 299 + g * 587 + b * 114) / 1000) as u8
    }));
    Some((dpi as u32, out))
}
