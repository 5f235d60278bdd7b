//! Text with a notation of its own, told as a reader understands it: calendars, contacts, JSON and the chats
//! that are exported as JSON, XML.

mod cards;
mod encoded;
mod json;
mod told;
mod xml;

pub(crate) use told::Told;

/// Recorded as the reader, where one took part.
pub(crate) const EXTRACTOR: &str = "candor-structured/2 encoding_rs/0.8.44";

/// The text of a file of this media type; `None` where it is what it looks like.
pub(crate) fn tell(media: &str, text: &str) -> Option<Told> {
    match media {
        "text/calendar" | "text/vcard" => Some(cards::tell(text)),
        "application/json" => json::tell(text).map(encoded::with_files),
        "application/xml" => Some(encoded::with_files(xml::tell(text))),
        "text/x-ldif" => Some(encoded::directory(text)),
        _ => None,
    }
}
