//! Notes, comments and links on a page.

use hayro::hayro_syntax::object::{Array, Dict, Name};

use super::strings;

/// Most annotations of a page that are read.
const MAX: usize = 100_000;
/// Flags: not shown at all, and not shown on a screen.
const HIDDEN: u32 = (1 << 1) | (1 << 5);

/// What the annotations of a page say.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    /// Lines: who, about what, what.
    pub lines: Vec<String>,
    /// Sound, films and three-dimensional models: their kinds.
    pub media: Vec<String>,
    /// Hidden ones that have an appearance and no text of their own.
    pub hidden: u32,
}

/// Reads the annotations of a page.
pub(super) fn read(page: &Dict<'_>) -> Annotations {
    let mut out = Annotations::default();
    let Some(all) = page.get::<Array<'_>>("Annots") else {
        return out;
    };
    for dict in all.iter::<Dict<'_>>().take(MAX) {
        let kind = dict.get::<Name<'_>>("Subtype");
        let kind = kind
            .map(|name| name.as_str().to_owned())
            .unwrap_or_default();
        if matches!(&*kind, "Sound" | "Movie" | "Screen" | "RichMedia" | "3D") {
            out.media.push(kind.clone());
        }
        let mut said = Vec::new();
        // Of a form's field, T is the name, and its value is read with the form.
        let who: &[&str] = match &*kind {
            "Widget" => &[],
            _ => &["T", "Subj"],
        };
        let what = strings::of(&dict, "Contents");
        let rich = strings::of(&dict, "RC").map(|rich| strings::xml_text(&rich));
        let rich = rich.filter(|rich| !rich.is_empty() && what.as_ref() != Some(rich));
        said.extend(what);
        said.extend(rich);
        said.extend(strings::of(&dict, "OverlayText"));
        if let Some(looks) = dict.get::<Dict<'_>>("MK") {
            // What stands on a button, also while the pointer is over it and while it is pressed.
            let captions = ["CA", "RC", "AC"];
            let captions = captions.iter().filter_map(|key| strings::of(&looks, key));
            said.extend(captions.filter(|caption| caption.chars().count() > 1));
        }
        if let Some(action) = dict.get::<Dict<'_>>("A") {
            said.extend(strings::of(&action, "URI"));
        }
        if kind == "Widget" {
            said.extend(strings::of(&dict, "TU"));
        }
        let hidden = dict.get::<u32>("F").unwrap_or(0) & HIDDEN != 0;
        if said.is_empty() {
            out.hidden += u32::from(hidden && kind != "Widget" && dict.contains_key("AP"));
            continue;
        }
        let who: Vec<String> = who
            .iter()
            .filter_map(|key| strings::of(&dict, key))
            .collect();
        let said = said.join("\n");
        out.lines.push(match who.is_empty() {
            true => said,
            false => format!("{}: {said}", who.join(", ")),
        });
    }
    out
}
