//! Which character a glyph is, where the file does not say: fonts with a predefined Asian CMap, and guesses.

use std::collections::HashMap;

use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::{self, BfString, CMap, CMapName, CidFamily};
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, String as PdfString};
use skrifa::MetadataProvider;

/// Most Asian fonts of one document that tables are made for: each takes some MiB.
const MAX_FONTS: usize = 64;

/// From codes to characters through the collection of glyphs that a font declares.
#[derive(Default)]
pub(super) struct Collections {
    /// By PostScript name: from codes to CIDs, and from CIDs to characters.
    fonts: HashMap<String, (CMap, CMap)>,
}

impl Collections {
    /// Takes note of a font, if the object is one that needs it.
    pub fn see(&mut self, dict: &Dict<'_>) {
        let composite = dict
            .get::<Name<'_>>("Subtype")
            .is_some_and(|name| name.as_str() == "Type0");
        if composite && !dict.contains_key("ToUnicode") && self.fonts.len() < MAX_FONTS {
            self.add(dict);
        }
    }

    fn add(&mut self, dict: &Dict<'_>) -> Option<()> {
        let base = dict.get::<Name<'_>>("BaseFont")?;
        let base = base.as_str();
        // "ABCDEF+Name" is a part of the font.
        let base = match base.split_once('+') {
            Some((tag, rest)) if tag.len() == 6 => rest,
            _ => base,
        };
        if self.fonts.contains_key(base) {
            return None;
        }
        let descendants = dict.get::<Array<'_>>("DescendantFonts")?;
        let descendant = descendants.iter::<Dict<'_>>().next()?;
        let system = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
        let said = |key: &str| {
            let string = system.get::<PdfString<'_>>(key);
            string
                .map(|string| string.as_bytes().to_vec())
                .unwrap_or_default()
        };
        let family = CidFamily::from_registry_ordering(&said("Registry"), &said("Ordering"));
        let characters = parsed(hayro_cmap::load_embedded(family.ucs2_cmap()?)?)?;
        let codes = match dict.get::<Object<'_>>("Encoding")? {
            Object::Name(name) if matches!(name.as_str(), "Identity-H" | "Identity-V") => {
                CMap::identity_h()
            }
            Object::Name(name) => parsed(hayro_cmap::load_embedded(CMapName::from_bytes(
                name.as_ref(),
            ))?)?,
            Object::Stream(stream) => parsed(&stream.decoded_data().ok()?)?,
            _ => return None,
        };
        self.fonts.insert(base.to_owned(), (codes, characters));
        Some(())
    }

    /// The characters of a glyph.
    fn characters(&self, font: &str, code: u32) -> Option<String> {
        let (codes, characters) = self.fonts.get(font)?;
        let fits = |bytes: &u8| *bytes == 4 || code >> (8 * bytes) == 0;
        let cid = (1..=4)
            .rev()
            .filter(fits)
            .find_map(|bytes| codes.lookup_cid_code(code, bytes).filter(|cid| *cid != 0))?;
        Some(plain(characters.lookup_bf_string(cid)?))
    }
}

fn parsed(bytes: &[u8]) -> Option<CMap> {
    CMap::parse(bytes, hayro_cmap::load_embedded)
}

fn plain(string: BfString) -> String {
    match string {
        BfString::Char(c) => c.to_string(),
        BfString::String(string) => string,
    }
}

/// Who says what a glyph means.
pub(super) enum Meaning {
    /// The file.
    Said(String),
    /// Nobody; this is likely.
    Guessed(String),
    Unknown,
}

/// Tells the meaning of glyphs; remembers the tables of the fonts it has met.
pub(super) struct Meanings<'c> {
    collections: &'c Collections,
    reversed: HashMap<u128, HashMap<u32, char>>,
}

impl<'c> Meanings<'c> {
    pub fn new(collections: &'c Collections) -> Self {
        Meanings {
            collections,
            reversed: HashMap::new(),
        }
    }

    pub fn of(&mut self, glyph: &Glyph<'_>) -> Meaning {
        let said = glyph.as_unicode().map(plain);
        if let Some(said) = said.filter(|said| is_text(said)) {
            return Meaning::Said(said);
        }
        if let Some(said) = self.by_collection(glyph) {
            return Meaning::Said(said);
        }
        match self.by_font(glyph).or_else(|| by_code(glyph)) {
            Some(c) => Meaning::Guessed(c.to_string()),
            None => Meaning::Unknown,
        }
    }

    fn by_collection(&self, glyph: &Glyph<'_>) -> Option<String> {
        let Glyph::Outline(outline) = glyph else {
            return None;
        };
        if self.collections.fonts.is_empty() {
            return None;
        }
        let name = outline.font_data()?.postscript_name?;
        self.collections.characters(&name, outline.char_code())
    }

    /// By the character map of the embedded font, read backwards.
    fn by_font(&mut self, glyph: &Glyph<'_>) -> Option<char> {
        let Glyph::Outline(outline) = glyph else {
            return None;
        };
        let font = outline.font_data()?;
        let reversed = self
            .reversed
            .entry(font.cache_key)
            .or_insert_with(|| reversed((*font.data).as_ref()));
        reversed.get(&outline.glyph_id().to_u32()).copied()
    }
}

fn reversed(data: &[u8]) -> HashMap<u32, char> {
    let mut out = HashMap::new();
    let Ok(font) = skrifa::FontRef::new(data) else {
        return out;
    };
    for (code, glyph) in font.charmap().mappings() {
        // Symbol fonts have their codes in a private area.
        let code = match code {
            0xF000..=0xF0FF => code - 0xF000,
            code => code,
        };
        if let Some(c) = char::from_u32(code).filter(|c| !c.is_control()) {
            out.entry(glyph.to_u32()).or_insert(c);
        }
    }
    out
}

/// A code of a nameless simple font is most often ASCII.
fn by_code(glyph: &Glyph<'_>) -> Option<char> {
    let code = match glyph {
        Glyph::Type3(glyph) => glyph.char_code(),
        Glyph::Outline(outline) if outline.font_data().is_none() => outline.char_code(),
        Glyph::Outline(_) => return None,
    };
    char::from_u32(code).filter(char::is_ascii_graphic)
}

fn is_text(said: &str) -> bool {
    !said.is_empty() && !said.chars().all(|c| matches!(c, '\0' | '\u{fffd}'))
}
