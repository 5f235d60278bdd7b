//! One pass over rich text, with a stack of groups of its own.

use std::collections::HashMap;

use super::super::code_pages::{WESTERN, code_page, font_charset, is_default};
use super::super::field;
use super::super::out::Out;
use super::words::{BESIDE, HIDDEN, SAID_OF_SHAPES, character};
use super::{Origin, objects};
use crate::charset::{self, Charset};
use crate::ledger::Unread;

/// Where what stands in a group goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// Behind the text.
    Beside,
    Hidden,
    Fonts,
    Object,
    Picture,
    /// The instruction of a field.
    Instruction,
    /// The name of a shape's property.
    Property,
    /// A tag of the page that this was made from.
    Tag,
    /// A fact of this name, which is text beside as well.
    Fact(&'static str),
    /// A date, as a fact of this name.
    Date(&'static str),
}

impl Place {
    fn is_text(self) -> bool {
        !matches!(
            self,
            Self::Hidden | Self::Fonts | Self::Object | Self::Picture
        )
    }
}

#[derive(Clone, Copy)]
struct Group {
    place: Place,
    /// Characters that follow a Unicode character for programs that do not know it.
    skip: usize,
    encoding: Charset,
    /// Only for programs that show rich text and not the page it was made from.
    for_rich_text: bool,
}

pub(super) struct Parser<'a, 'o> {
    rest: &'a [u8],
    out: &'o mut Out,
    beside: Out,
    stack: Vec<Group>,
    group: Group,
    fonts: HashMap<i64, Charset>,
    /// The font being defined, or in use.
    font: i64,
    default_font: Option<i64>,
    code_page: Charset,
    origin: Origin,
    /// `\*` has just been read.
    optional: bool,
    skipping: usize,
    /// Bytes and units of UTF-16 that are still to be decoded.
    narrow: Vec<u8>,
    wide: Vec<u16>,
    /// Content of an object or a picture.
    data: Vec<u8>,
    half: Option<u8>,
    instruction: String,
    property: String,
    fact: String,
    /// Year, month, day, hour and minute of the date being read.
    date: [i64; 5],
}

impl<'a, 'o> Parser<'a, 'o> {
    pub fn new(bytes: &'a [u8], out: &'o mut Out) -> Self {
        Self {
            rest: bytes,
            out,
            beside: Out::default(),
            stack: Vec::new(),
            group: Group {
                place: Place::Text,
                skip: 1,
                encoding: WESTERN,
                for_rich_text: false,
            },
            fonts: HashMap::new(),
            font: 0,
            default_font: None,
            code_page: WESTERN,
            origin: Origin::RichText,
            optional: false,
            skipping: 0,
            narrow: Vec::new(),
            wide: Vec::new(),
            data: Vec::new(),
            half: None,
            instruction: String::new(),
            property: String::new(),
            fact: String::new(),
            date: [0; 5],
        }
    }

    pub fn run(mut self) -> Origin {
        let mut closed = false;
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            match byte {
                b'{' => {
                    self.flush();
                    self.stack.push(self.group);
                    (self.optional, self.skipping) = (false, 0);
                }
                b'}' => {
                    self.flush();
                    self.skipping = 0;
                    let Some(before) = self.stack.pop() else {
                        break;
                    };
                    self.leave(before);
                    if self.stack.is_empty() {
                        closed = true;
                        break;
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' | 0 => {}
                byte => self.literal(byte),
            }
        }
        self.flush();
        if !closed {
            self.out
                .unread(Unread::Truncated, "rich text that is cut off");
        }
        let behind = self.rest.iter().filter(|byte| byte.is_ascii_alphanumeric());
        if behind.count() > 1 {
            let detail = "text behind the end of the rich text, which its programs do not show";
            self.out.unread(Unread::Unknown, detail);
        }
        if self.origin != Origin::Html && !self.beside.text.trim().is_empty() {
            self.out.line();
            self.out.push(&self.beside.text);
            self.out.line();
        }
        self.origin
    }

    /// Goes back to the group around.
    fn leave(&mut self, before: Group) {
        let place = self.group.place;
        self.group = before;
        if place == before.place {
            return;
        }
        match place {
            Place::Object => objects::object(&std::mem::take(&mut self.data), self.out),
            Place::Picture => objects::picture(std::mem::take(&mut self.data), self.out),
            Place::Instruction => {
                let instruction = std::mem::take(&mut self.instruction);
                if let Some(said) = field::arguments(&instruction) {
                    self.beside.push_line(&said);
                }
            }
            Place::Fact(key) => {
                let fact = std::mem::take(&mut self.fact);
                self.out.fact(key, &fact);
                self.beside.push_line(&fact);
            }
            Place::Date(key) => {
                let [year, month, day, hour, minute] = std::mem::take(&mut self.date);
                if year != 0 {
                    let date = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}");
                    self.out.fact(key, &date);
                }
            }
            Place::Beside => self.beside.line(),
            _ => {}
        }
    }

    fn flush(&mut self) {
        if !self.wide.is_empty() {
            let text: String = char::decode_utf16(self.wide.drain(..))
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            self.say(&text);
        }
        if !self.narrow.is_empty() {
            let bytes = std::mem::take(&mut self.narrow);
            let (text, lossy) = self.group.encoding.decode(&bytes);
            if lossy && self.group.place.is_text() {
                self.out.unread(Unread::Replaced, charset::LOSSY);
            }
            self.say(&text);
        }
    }

    fn say(&mut self, text: &str) {
        let buffer = match self.group.place {
            Place::Text => return self.out.push(text),
            Place::Tag if self.origin == Origin::Html => return self.out.push(text),
            Place::Beside => return self.beside.push(text),
            Place::Instruction => &mut self.instruction,
            Place::Property => &mut self.property,
            Place::Fact(_) => &mut self.fact,
            _ => return,
        };
        if buffer.len() < 64 << 10 {
            buffer.push_str(text);
        }
    }

    /// Whether what comes now is said.
    fn heard(&self) -> bool {
        self.group.place.is_text() && !self.group.for_rich_text
    }

    fn literal(&mut self, byte: u8) {
        if matches!(self.group.place, Place::Object | Place::Picture) {
            if let Some(digit) = char::from(byte).to_digit(16) {
                match self.half.take() {
                    Some(half) => self.data.push(half << 4 | digit as u8),
                    None => self.half = Some(digit as u8),
                }
            }
        } else if self.skipping > 0 {
            self.skipping -= 1;
        } else if self.heard() {
            if !self.wide.is_empty() {
                self.flush();
            }
            self.narrow.push(byte);
        }
    }

    fn symbol(&mut self, text: &str) {
        if self.heard() {
            self.flush();
            self.say(text);
        }
    }

    fn control(&mut self) {
        let Some(&first) = self.rest.first() else {
            return;
        };
        if !first.is_ascii_alphabetic() {
            self.rest = &self.rest[1..];
            return self.control_symbol(first);
        }
        let letters = self
            .rest
            .iter()
            .take(32)
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let (word, rest) = self.rest.split_at(letters);
        let word = std::str::from_utf8(word).unwrap_or_default();
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..]
            .iter()
            .take(10)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (number, rest) = rest.split_at(if digits == 0 { 0 } else { sign + digits });
        let number = std::str::from_utf8(number).unwrap_or_default().parse().ok();
        self.rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let optional = std::mem::take(&mut self.optional);
        if self.skipping > 0 && !matches!(word, "bin" | "u" | "uc" | "htmlrtf") {
            // A word stands for a character here.
            self.skipping -= 1;
            return;
        }
        self.word(word, number, optional);
    }

    fn control_symbol(&mut self, symbol: u8) {
        match symbol {
            b'\'' => {
                let digits = self
                    .rest
                    .get(..2)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                if let Some(byte) = byte {
                    self.rest = &self.rest[2..];
                    if !matches!(self.group.place, Place::Object | Place::Picture) {
                        self.literal(byte);
                    }
                }
            }
            b'*' => self.optional = true,
            b'~' => self.symbol("\u{a0}"),
            b'_' => self.symbol("-"),
            b'\r' | b'\n' => self.symbol("\n"),
            b'\\' | b'{' | b'}' => self.literal(symbol),
            _ => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i64>, optional: bool) {
        if let Some(text) = character(word) {
            return self.symbol(text);
        }
        match word {
            "ansicpg" => {
                let charset = number.map(|number| code_page(number, &mut self.out.ledger));
                self.set_code_page(charset);
            }
            "mac" => self.set_code_page(Charset::for_code_page(10000)),
            "pc" | "pca" => {
                self.set_code_page(Charset::for_code_page(if word == "pc" { 437 } else { 850 }))
            }
            "fromhtml" => self.origin = Origin::Html,
            "fromtext" => self.origin = Origin::PlainText,
            "deff" => self.default_font = number,
            "fonttbl" => self.enter(Place::Fonts),
            "fcharset" if self.group.place == Place::Fonts => {
                let charset = number.and_then(font_charset);
                if let Some(number) =
                    number.filter(|number| charset.is_none() && !is_default(*number))
                {
                    let detail = format!(
                        "the charset {number} of a font is not known here; its text was taken for that of the document"
                    );
                    self.out.unread(Unread::Guessed, detail);
                }
                self.define(charset);
            }
            "cpg" if self.group.place == Place::Fonts => {
                let charset = number.map(|number| code_page(number, &mut self.out.ledger));
                self.define(charset);
            }
            "f" => {
                self.flush();
                self.font = number.unwrap_or(0);
                if self.group.place != Place::Fonts {
                    self.group.encoding = self.charset_of(Some(self.font));
                }
            }
            "plain" => {
                self.flush();
                self.group.encoding = self.charset_of(self.default_font);
            }
            "htmlrtf" => {
                self.flush();
                self.group.for_rich_text = number != Some(0);
            }
            // What was struck out stands beside: the sentence it was in reads as it does now.
            "deleted" if self.group.place == Place::Text && number != Some(0) => {
                self.enter_beside()
            }
            "deleted" if self.group.place == Place::Beside && number == Some(0) => {
                self.enter(Place::Text);
            }
            "yr" | "mo" | "dy" | "hr" | "min" if matches!(self.group.place, Place::Date(_)) => {
                let at = ["yr", "mo", "dy", "hr", "min"]
                    .iter()
                    .position(|part| *part == word);
                if let Some(part) = at.and_then(|at| self.date.get_mut(at)) {
                    *part = number.unwrap_or(0);
                }
            }
            "nofpages" => {
                let pages = number.filter(|pages| *pages > 0);
                self.out.fact(
                    "pages",
                    &pages.map_or(String::new(), |pages| pages.to_string()),
                );
            }
            "htmltag" if optional => self.enter(Place::Tag),
            "uc" => self.group.skip = number.unwrap_or(1).clamp(0, 64) as usize,
            "u" => self.unicode(number.unwrap_or(0)),
            "bin" => {
                let length = (number.unwrap_or(0).max(0) as usize).min(self.rest.len());
                let (data, rest) = self.rest.split_at(length);
                if matches!(self.group.place, Place::Object | Place::Picture) {
                    self.data.extend_from_slice(data);
                }
                self.rest = rest;
            }
            _ => self.destination(word, optional),
        }
    }

    fn destination(&mut self, word: &str, optional: bool) {
        match word {
            // A text for old programs, and the same in Unicode: the latter is read.
            "ud" if optional => self.group.place = self.around(),
            // Within what is hidden everything is, but for data of pictures.
            _ if self.group.place == Place::Hidden => {}
            "objdata" => self.begin_data(Place::Object),
            "pict" => self.begin_data(Place::Picture),
            "fldinst" => self.enter(Place::Instruction),
            "title" => self.enter_fact("title"),
            "author" => self.enter_fact("author"),
            "operator" => self.enter_fact("last_author"),
            "company" => self.enter_fact("company"),
            "creatim" => self.enter_date("created"),
            "revtim" => self.enter_date("modified"),
            "subject" if self.group.place == Place::Text => self.enter_beside(),
            // Who changed something. A name a group, and each ends with a semicolon.
            "revtbl" => self.enter_beside(),
            "sn" => {
                self.enter(Place::Property);
                self.property.clear();
            }
            "sv" => {
                let said = SAID_OF_SHAPES.contains(&self.property.trim());
                if said {
                    self.enter_beside()
                } else {
                    self.enter(Place::Hidden)
                }
            }
            "result" if self.group.place == Place::Text => {
                self.flush();
                self.out.line();
            }
            "result" | "fldrslt" => {}
            word if BESIDE.contains(&word) => self.enter_beside(),
            word if HIDDEN.contains(&word) => self.enter(Place::Hidden),
            "shppict" | "shpinst" | "shptop" | "nesttableprops" | "pn" | "listtext" | "pntext" => {}
            // What programs need not know is nothing that they show.
            _ if optional => self.enter(Place::Hidden),
            _ => {}
        }
    }

    /// Where text goes outside of what is hidden.
    fn around(&self) -> Place {
        let places = self.stack.iter().rev().map(|group| group.place);
        places
            .into_iter()
            .find(|place| *place != Place::Hidden)
            .unwrap_or(Place::Text)
    }

    fn enter(&mut self, place: Place) {
        self.flush();
        if !matches!(self.group.place, Place::Object | Place::Picture) {
            self.group.place = place;
        }
    }

    fn enter_beside(&mut self) {
        self.enter(Place::Beside);
        self.beside.line();
    }

    fn enter_fact(&mut self, key: &'static str) {
        self.enter(Place::Fact(key));
        self.fact.clear();
    }

    fn enter_date(&mut self, key: &'static str) {
        self.enter(Place::Date(key));
        self.date = [0; 5];
    }

    fn begin_data(&mut self, place: Place) {
        self.enter(place);
        self.data.clear();
        self.half = None;
    }

    fn set_code_page(&mut self, encoding: Option<Charset>) {
        if let Some(encoding) = encoding {
            self.flush();
            self.code_page = encoding;
            self.group.encoding = encoding;
        }
    }

    fn define(&mut self, encoding: Option<Charset>) {
        let encoding = encoding.unwrap_or(self.code_page);
        self.fonts.insert(self.font, encoding);
        if self.default_font == Some(self.font) {
            // The groups around the table are already open.
            for group in &mut self.stack {
                if group.place != Place::Fonts {
                    group.encoding = encoding;
                }
            }
        }
    }

    fn charset_of(&self, font: Option<i64>) -> Charset {
        let known = font.and_then(|font| self.fonts.get(&font)).copied();
        known.unwrap_or(self.code_page)
    }

    /// A character by its number, written as a signed one of 16 bits.
    fn unicode(&mut self, number: i64) {
        if !self.narrow.is_empty() {
            self.flush();
        }
        if self.heard() {
            let unit = number as u16;
            // Fonts of symbols have their characters in a private area.
            self.wide.push(match unit {
                0xF020..=0xF0FF => unit - 0xF000,
                unit => unit,
            });
        }
        self.skipping = self.group.skip;
    }
}
