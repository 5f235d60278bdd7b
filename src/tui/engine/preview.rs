//! One item, made readable.

use crate::bundle::Bundle;
use crate::commit::Vault;
use crate::commit::meta::ItemMeta;
use crate::tui::event::Subject;
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

/// What a pane shows of an item. All text in it is as found: clean it before drawing.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Facts by name.
    pub facts: Vec<(String, String)>,
    /// The content.
    pub body: Body,
}

/// The content of an item.
#[derive(Clone)]
pub enum Body {
    /// Its text, clean, in lines.
    Text(Vec<String>),
    /// A picture, fitted to the pane.
    Picture(Box<Protocol>),
    /// Why there is nothing to show.
    Nothing(String),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Body::Text(lines) => write!(f, "Text({} lines)", lines.len()),
            Body::Picture(_) => f.write_str("Picture"),
            Body::Nothing(why) => write!(f, "Nothing({why})"),
        }
    }
}

/// The case and bundle that were used last, kept open.
pub(super) struct Shelf {
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

    pub fn preview(&mut self, subject: &Subject, size: (u16, u16)) -> Result<Preview, String> {
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
                let native = self.is_picture(item.meta()).then(|| vault.native_of(&item));
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
                let native = self.is_picture(&meta).then(|| bundle.native(*index, &meta));
                let native = native.transpose().map_err(show)?;
                let text = bundle.text(*index).map_err(show)?;
                (*index, meta, Some(text), native)
            }
        };
        let body = self.body(&meta, text, native, size);
        Ok(Preview {
            facts: facts(index, &meta),
            body,
        })
    }

    fn is_picture(&self, meta: &ItemMeta) -> bool {
        self.picker.is_some()
            && meta.media_type.starts_with("image/")
            && meta.size <= MAX_PICTURE as u64
    }

    fn body(
        &self,
        meta: &ItemMeta,
        text: Option<String>,
        native: Option<Vec<u8>>,
        (width, height): (u16, u16),
    ) -> Body {
        if let (Some(bytes), Some(picker)) = (native, &self.picker) {
            return match decode(&bytes) {
                Ok(image) => picker
                    .new_protocol(image, Size::new(width, height), Resize::Fit(None))
                    .map_or_else(
                        |e| Body::Nothing(format!("the picture cannot be shown: {e}")),
                        |p| Body::Picture(Box::new(p)),
                    ),
                Err(e) => Body::Nothing(format!("the picture cannot be decoded: {e}")),
            };
        }
        match text.filter(|t| !t.is_empty()) {
            Some(mut text) => {
                let cut = text.len() > text::MAX_PREVIEW;
                if cut {
                    let end = text.floor_char_boundary(text::MAX_PREVIEW);
                    text.truncate(end);
                }
                let mut lines = text::lines(&text);
                if cut {
                    lines.push("… the rest is not shown here".to_owned());
                }
                Body::Text(lines)
            }
            None => Body::Nothing(match &meta.exception {
                Some(why) => why.clone(),
                None if meta.media_type.starts_with("image/") => {
                    "a picture; this terminal has too few colours to show it".to_owned()
                }
                None => format!("no text was found in this {}", meta.media_type),
            }),
        }
    }
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
