//! One item, made readable.

use crate::bundle::Bundle;
use crate::commit::Vault;
use crate::commit::meta::ItemMeta;
use crate::tui::text;
use ratatui::layout::Size;
use ratatui_image::Resize;
use ratatui_image::picker::Picker;
use ratatui_image::protocol::Protocol;
use std::path::PathBuf;

/// Largest picture that is decoded for a preview.
const MAX_PICTURE: usize = 64 << 20;
/// Largest width and height of such a picture.
const MAX_SIDE: u32 = 20_000;

/// An item somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// In a case.
    Case(PathBuf, u32),
    /// Produced in a bundle.
    Bundle(PathBuf, u32),
}

/// What a pane shows of an item. All text in it is as found: clean it before drawing.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Facts by name.
    pub facts: Vec<(String, String)>,
    /// The content.
    pub body: Body,
}

/// A part of a text. Large texts are shown part by part: no part is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Clean lines.
    pub lines: Vec<String>,
    /// Its number, from 0.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Page {
    /// The part with a number, or the last one.
    pub fn of(text: &str, number: usize) -> Page {
        let (mut rest, mut now, mut of) = (text, "", 0);
        while of == 0 || !rest.is_empty() {
            let (part, after) = rest.split_at(text::page_end(rest));
            if of <= number {
                now = part;
            }
            (rest, of) = (after, of + 1);
        }
        Page {
            lines: text::lines(now),
            number: number.min(of - 1),
            of,
        }
    }
}

/// The content of an item.
#[derive(Clone)]
pub enum Body {
    /// Its text.
    Text(Page),
    /// A picture, fitted to the pane.
    Picture(Box<Protocol>),
    /// A picture drawn with letters, for terminals with few colours or none.
    Sketch(Vec<String>),
    /// Why there is nothing to show.
    Nothing(String),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Body::Text(page) => write!(f, "Text({} lines)", page.lines.len()),
            Body::Picture(_) => f.write_str("Picture"),
            Body::Sketch(lines) => write!(f, "Sketch({} lines)", lines.len()),
            Body::Nothing(why) => write!(f, "Nothing({why})"),
        }
    }
}

/// The case and bundle that were used last, kept open.
pub(in crate::tui) struct Shelf {
    case: Option<(PathBuf, Vault)>,
    bundle: Option<(PathBuf, Bundle)>,
    picker: Option<Picker>,
}

impl Shelf {
    pub fn new(picker: Option<Picker>) -> Self {
        Shelf {
            case: None,
            bundle: None,
            picker,
        }
    }

    pub fn preview(
        &mut self,
        subject: &Subject,
        size: (u16, u16),
        page: usize,
    ) -> Result<Preview, String> {
        let (index, meta, text, native) = match subject {
            Subject::Case(path, index) => {
                if self.case.as_ref().is_none_or(|(p, _)| p != path) {
                    let vault = Vault::open(path).map_err(|e| e.to_string())?;
                    self.case = Some((path.clone(), vault));
                }
                let Some((_, vault)) = &self.case else {
                    return Err("the case is gone".to_owned());
                };
                let show = |e: crate::commit::VaultError| e.to_string();
                let item = vault.item(*index).map_err(show)?;
                let native = is_picture(item.meta()).then(|| vault.native_of(&item));
                let native = native.transpose().map_err(show)?;
                let text = vault.text_of(&item).map_err(show)?;
                (*index, item.meta().clone(), text, native)
            }
            Subject::Bundle(path, index) => {
                if self.bundle.as_ref().is_none_or(|(p, _)| p != path) {
                    let bundle = Bundle::open(path).map_err(|e| e.to_string())?;
                    self.bundle = Some((path.clone(), bundle));
                }
                let Some((_, bundle)) = &self.bundle else {
                    return Err("the bundle is gone".to_owned());
                };
                let show = |e: crate::bundle::BundleError| e.to_string();
                let (meta, _) = bundle.meta(*index).map_err(show)?;
                let native = is_picture(&meta).then(|| bundle.native(*index, &meta));
                let native = native.transpose().map_err(show)?;
                let text = bundle.text(*index).map_err(show)?;
                (*index, meta, Some(text), native)
            }
        };
        let mut facts = facts(index, &meta);
        let body = match native {
            Some(bytes) => {
                let (pixels, body) = self.picture(&bytes, size);
                let pixels = pixels.map(|(w, h)| format!("{w} x {h} pixels"));
                facts.extend(pixels.map(|p| ("picture".to_owned(), p)));
                body
            }
            None => self.body(&meta, text, page),
        };
        Ok(Preview { facts, body })
    }

    fn picture(&self, bytes: &[u8], (width, height): (u16, u16)) -> (Option<(u32, u32)>, Body) {
        let image = match decode(bytes) {
            Ok(image) => image,
            Err(e) => {
                let why = format!("the picture cannot be decoded: {e}");
                return (None, Body::Nothing(why));
            }
        };
        let pixels = (image.width(), image.height());
        let Some(picker) = &self.picker else {
            return (Some(pixels), Body::Sketch(sketch(&image, width, height)));
        };
        // Small pictures are scaled up, or nothing could be seen of them.
        let body = picker
            .new_protocol(image, Size::new(width, height), Resize::Scale(None))
            .map_or_else(
                |e| Body::Nothing(format!("the picture cannot be shown: {e}")),
                |p| Body::Picture(Box::new(p)),
            );
        (Some(pixels), body)
    }

    fn body(&self, meta: &ItemMeta, text: Option<String>, page: usize) -> Body {
        match text.filter(|t| !t.is_empty()) {
            Some(text) => Body::Text(Page::of(&text, page)),
            None => Body::Nothing(match &meta.exception {
                Some(why) => why.clone(),
                None if meta.media_type.starts_with("image/") => {
                    "a picture too large to be shown here".to_owned()
                }
                None => format!("no text was found in this {}", meta.media_type),
            }),
        }
    }
}

fn is_picture(meta: &ItemMeta) -> bool {
    meta.media_type.starts_with("image/") && meta.size > 0 && meta.size <= MAX_PICTURE as u64
}

/// A picture in letters, dark to light, twice as many columns as rows as letters are narrow.
fn sketch(image: &image::DynamicImage, width: u16, height: u16) -> Vec<String> {
    const RAMP: &[u8] = b" .:-=+*#%@";
    let (columns, rows) = (u32::from(width).max(1), u32::from(height).max(1));
    let (w, h) = (image.width().max(1), image.height().max(1));
    // The largest size that fits and keeps the proportions.
    let rows = rows.min((columns * h).div_ceil(w * 2)).max(1);
    let columns = columns.min((rows * 2 * w).div_ceil(h)).max(1);
    let small = image
        .resize_exact(columns, rows, image::imageops::FilterType::Triangle)
        .to_luma_alpha8();
    let letter = |p: &image::LumaA<u8>| {
        let light = usize::from(p.0[0]) * usize::from(p.0[1]) / 255;
        char::from(RAMP[light * (RAMP.len() - 1) / 255])
    };
    small.rows().map(|row| row.map(letter).collect()).collect()
}

fn decode(bytes: &[u8]) -> Result<image::DynamicImage, image::ImageError> {
    let mut reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    reader.limits(limits);
    reader.decode()
}

fn facts(index: u32, meta: &ItemMeta) -> Vec<(String, String)> {
    let mut out = vec![
        ("item".to_owned(), index.to_string()),
        ("path".to_owned(), meta.path.clone()),
    ];
    const FIRST: [&str; 5] = ["subject", "from", "to", "cc", "date"];
    for key in FIRST {
        if let Some(value) = meta.metadata.get(key) {
            out.push((key.to_owned(), value.clone()));
        }
    }
    out.push((
        "type".to_owned(),
        format!("{}, {}", meta.media_type, text::bytes(meta.size)),
    ));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_text_is_on_one_of_its_pages() {
        let lines: Vec<String> = (0..40_000).map(|n| format!("line {n} größer")).collect();
        let text = lines.join("\n");
        let first = Page::of(&text, 0);
        assert!(first.of > 5, "{} pages", first.of);
        let pages = (0..first.of).map(|n| Page::of(&text, n));
        let all: Vec<String> = pages.flat_map(|page| page.lines).collect();
        assert_eq!(all, lines);
        // Beyond the last page is the last page.
        assert_eq!(Page::of(&text, usize::MAX), Page::of(&text, first.of - 1));
        // Without a line to break at, between two characters.
        let long = "ü".repeat(400_000);
        let pages = Page::of(&long, 0).of;
        let all: String = (0..pages).flat_map(|n| Page::of(&long, n).lines).collect();
        assert_eq!(all, long);
        assert_eq!(Page::of("", 3).of, 1);
    }

    #[test]
    fn a_sketch_keeps_proportions_and_shows_light_as_dense() {
        let image =
            image::GrayImage::from_fn(40, 20, |x, _| image::Luma([if x < 20 { 0 } else { 255 }]));
        let lines = sketch(&image.into(), 20, 30);
        assert_eq!(lines.len(), 5);
        assert!(lines.iter().all(|l| l.len() == 20), "{lines:?}");
        assert!(
            lines[0].starts_with("    ") && lines[0].ends_with("@@@@"),
            "{lines:?}"
        );
    }
}
