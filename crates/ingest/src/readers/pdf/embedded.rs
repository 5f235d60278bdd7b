//! Files inside of a file: portfolios, attachments, and those that only an annotation or nothing names.

use std::collections::HashSet;
use std::io::Read;

use hayro::hayro_syntax::object::{Dict, MaybeRef, Name, Object, Stream};

use super::strings;
use crate::ledger::{Ledger, Unread};
use crate::reading::Child;

/// The keys under which a file specification has the file.
const KEYS: [&str; 5] = ["UF", "F", "DOS", "Mac", "Unix"];
/// How deep specifications that are written into other objects are looked for.
const MAX_DEPTH: u8 = 6;

/// Collects embedded files while the objects of a document pass by.
#[derive(Default)]
pub(super) struct Embedded<'a> {
    named: Vec<(String, Option<Stream<'a>>)>,
    nameless: Vec<Stream<'a>>,
    seen: HashSet<u32>,
}

impl<'a> Embedded<'a> {
    /// Looks at an object of the document.
    pub fn see(&mut self, object: &Object<'a>) {
        if let Object::Stream(stream) = object {
            let kind = stream.dict().get::<Name<'_>>("Type");
            if kind.is_some_and(|kind| kind.as_str() == "EmbeddedFile") {
                self.nameless.push(stream.clone());
            }
        }
        self.walk(object, 0);
    }

    fn walk(&mut self, object: &Object<'a>, depth: u8) {
        match object {
            Object::Dict(dict) => self.dict(dict, depth),
            Object::Stream(stream) => self.dict(stream.dict(), depth),
            Object::Array(array) if depth < MAX_DEPTH => {
                for part in array.raw_iter() {
                    if let MaybeRef::NotRef(part @ (Object::Dict(_) | Object::Array(_))) = part {
                        self.walk(&part, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn dict(&mut self, dict: &Dict<'a>, depth: u8) {
        if let Some(files) = dict.get::<Dict<'a>>("EF") {
            let name = strings::of(dict, "UF").or_else(|| strings::of(dict, "F"));
            let name = name.unwrap_or_default();
            let streams = KEYS.iter().filter_map(|key| files.get::<Stream<'a>>(*key));
            let streams: Vec<Stream<'a>> = streams.collect();
            if streams.is_empty() {
                self.named.push((name.clone(), None));
            }
            for stream in streams {
                if self.seen.insert(stream.obj_id().obj_number) {
                    self.named.push((name.clone(), Some(stream)));
                }
            }
        }
        if depth < MAX_DEPTH {
            for (_, value) in dict.entries() {
                if let MaybeRef::NotRef(value @ (Object::Dict(_) | Object::Array(_))) = value {
                    self.walk(&value, depth + 1);
                }
            }
        }
    }

    /// The files, at most `room` bytes of them together.
    pub fn files(self, mut room: u64, ledger: &mut Ledger) -> Vec<Child> {
        let mut out = Vec::new();
        let seen = self.seen;
        let nameless = self.nameless.into_iter();
        let nameless = nameless.filter(|stream| !seen.contains(&stream.obj_id().obj_number));
        let nameless = nameless.map(|stream| (String::new(), Some(stream)));
        for (name, stream) in self.named.into_iter().chain(nameless) {
            let Some(stream) = stream else {
                ledger.add(Unread::Embedded, format!("'{name}' is named and not there"));
                continue;
            };
            let declared_type = strings::of(stream.dict(), "Subtype").unwrap_or_default();
            let mut child = Child {
                name,
                declared_type: declared_type.replace("#2F", "/"),
                ..Child::default()
            };
            match content(&stream, room) {
                Some((bytes, whole)) => {
                    room -= bytes.len() as u64;
                    child.bytes = bytes;
                    if !whole {
                        let what = format!("'{}', which is damaged", child.name);
                        ledger.add(Unread::Embedded, what);
                    }
                }
                None => {
                    let why = "the file is embedded in a way that cannot be decoded, or is larger than the limit";
                    child.damage = Some(format!("{why}; open the PDF and save it from there"));
                    ledger.add(Unread::Embedded, format!("'{}'", child.name));
                }
            }
            out.push(child);
        }
        out
    }
}

/// The bytes of a stream, if there are any and they are at most `room`; and whether they are all.
fn content(stream: &Stream<'_>, room: u64) -> Option<(Vec<u8>, bool)> {
    let filter = match stream.dict().get::<Object<'_>>("Filter") {
        Some(Object::Name(name)) => Some(name.as_str().to_owned()),
        _ => None,
    };
    let deflated = matches!(filter.as_deref(), Some("FlateDecode" | "Fl"));
    if deflated && !stream.dict().contains_key("DecodeParms") {
        // Unpacked within the limit, whatever its size is said to be.
        let packed = stream.raw_data();
        let mut bytes = Vec::new();
        let unpacked = flate2::read::ZlibDecoder::new(&*packed)
            .take(room.saturating_add(1))
            .read_to_end(&mut bytes);
        let fits = bytes.len() as u64 <= room;
        let whole = unpacked.is_ok();
        return (fits && (whole || !bytes.is_empty())).then_some((bytes, whole));
    }
    let bytes = stream.decoded_data().ok()?.into_owned();
    (bytes.len() as u64 <= room).then_some((bytes, true))
}
