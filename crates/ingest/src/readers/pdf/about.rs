//! What a document says about itself: title, author, dates, bookmarks.

use std::collections::{BTreeMap, HashSet};

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{DateTime, Dict, Stream};

use super::strings;

/// Most bookmarks that are read, and most bytes of embedded metadata.
const MAX_BOOKMARKS: usize = 100_000;
const MAX_XMP: usize = 1 << 20;

/// Where the same fact stands in the embedded metadata (XMP).
const IN_XMP: [(&str, &str); 6] = [
    ("title", "title"),
    ("author", "creator"),
    ("subject", "description"),
    ("keywords", "Keywords"),
    ("created", "CreateDate"),
    ("modified", "ModifyDate"),
];

/// Facts by key: title, author, subject, keywords, created, modified, creator, producer.
///
/// `zoneless` are the dates that were written without a zone ([`zoneless`]): hayro takes them for UTC.
pub(super) fn facts(
    pdf: &Pdf,
    catalog: Option<&Dict<'_>>,
    zoneless: &[(&'static str, String)],
) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let info = pdf.metadata();
    for (key, value) in [
        ("title", &info.title),
        ("author", &info.author),
        ("subject", &info.subject),
        ("keywords", &info.keywords),
        ("creator", &info.creator),
        ("producer", &info.producer),
    ] {
        let said = value.as_deref().map(strings::text).unwrap_or_default();
        put(&mut out, key, &said);
    }
    for (key, value) in [
        ("created", &info.creation_date),
        ("modified", &info.modification_date),
    ] {
        let said = value.as_ref().and_then(date).unwrap_or_default();
        let written = zoneless
            .iter()
            .any(|(known, at)| *known == key && said.starts_with(at));
        // RFC 3339 has this for a time whose zone is not known.
        let said = match written {
            true => format!("{}-00:00", said.trim_end_matches('Z')),
            false => said,
        };
        put(&mut out, key, &said);
    }
    let xmp = catalog.and_then(|catalog| catalog.get::<Stream<'_>>("Metadata"));
    if let Some(bytes) = xmp.and_then(|xmp| Some(xmp.decoded_data().ok()?.into_owned())) {
        let bytes = &bytes[..bytes.len().min(MAX_XMP)];
        for (key, said) in from_xmp(&String::from_utf8_lossy(bytes)) {
            if !out.contains_key(key) {
                put(&mut out, key, &said);
            }
        }
    }
    out
}

/// The dates of a dictionary that have no zone, to the second.
pub(super) fn zoneless(dict: &Dict<'_>, out: &mut Vec<(&'static str, String)>) {
    for (key, named) in [("created", "CreationDate"), ("modified", "ModDate")] {
        let Some(written) = strings::of(dict, named).filter(|_| out.len() < 1000) else {
            continue;
        };
        let written = written.trim().trim_start_matches("D:").to_owned();
        let digits: String = written
            .chars()
            .take_while(char::is_ascii_digit)
            .take(14)
            .collect();
        if digits.len() < 4 || written.contains(['Z', 'z', '+', '-']) {
            continue;
        }
        // What is left out of a date is its beginning.
        let filled = format!("{digits}{}", &"00000101000000"[digits.len()..]);
        let part = |from: usize, to: usize| filled[from..to].to_owned();
        let stamp = format!(
            "{}-{}-{}T{}:{}:{}",
            part(0, 4),
            part(4, 6),
            part(6, 8),
            part(8, 10),
            part(10, 12),
            part(12, 14)
        );
        out.push((key, stamp));
    }
}

fn put(facts: &mut BTreeMap<String, String>, key: &str, said: &str) {
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if !said.is_empty() {
        facts.insert(key.to_owned(), said);
    }
}

fn from_xmp(xmp: &str) -> BTreeMap<&'static str, String> {
    let mut out: BTreeMap<&str, String> = BTreeMap::new();
    strings::walk_xml(xmp, |around, text| {
        // <dc:title><rdf:Alt><rdf:li>...; histories of other files have titles as well, further down.
        let known = |name: &String| IN_XMP.iter().find(|(_, element)| name == element);
        if around.len() <= 7
            && let Some((key, _)) = around.iter().rev().take(3).find_map(known)
        {
            out.entry(key).or_default().push_str(text);
        }
    });
    out
}

/// As RFC 3339. `None`: no such time.
fn date(at: &DateTime) -> Option<String> {
    let month = time::Month::try_from(at.month).ok()?;
    let day = time::Date::from_calendar_date(i32::from(at.year), month, at.day).ok()?;
    let clock = time::Time::from_hms(at.hour, at.minute, at.second).ok()?;
    let minutes = at.utc_offset_minute as i8 * if at.utc_offset_hour < 0 { -1 } else { 1 };
    let offset = time::UtcOffset::from_hms(at.utc_offset_hour, minutes, 0).ok()?;
    let moment = time::PrimitiveDateTime::new(day, clock).assume_offset(offset);
    moment
        .format(&time::format_description::well_known::Rfc3339)
        .ok()
}

/// Titles of bookmarks, in order.
pub(super) fn bookmarks(catalog: &Dict<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let outlines = catalog.get::<Dict<'_>>("Outlines");
    let mut seen = HashSet::new();
    let first = outlines.and_then(|outlines| outlines.get::<Dict<'_>>("First"));
    let mut open: Vec<Dict<'_>> = first.into_iter().collect();
    while let Some(dict) = open.pop() {
        if seen.len() >= MAX_BOOKMARKS || !seen.insert(dict.data().as_ptr() as usize) {
            continue;
        }
        out.extend(strings::of(&dict, "Title"));
        open.extend(dict.get::<Dict<'_>>("Next"));
        open.extend(dict.get::<Dict<'_>>("First"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_in_xml_is_understood() {
        let xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description>\
            <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>The osprey</rdf:li></rdf:Alt></dc:title>\
            <pdf:Keywords>heron, gannet</pdf:Keywords><xmp:CreateDate>2002-03-12T10:00:00+01:00</xmp:CreateDate></rdf:Description></rdf:RDF></x:xmpmeta>";
        let found = from_xmp(xmp);
        assert_eq!(found["title"].trim(), "The osprey");
        assert_eq!(found["keywords"].trim(), "heron, gannet");
        assert_eq!(found["created"].trim(), "2002-03-12T10:00:00+01:00");
        let short = "<x:xmpmeta><rdf:RDF><rdf:Description rdf:about='' xmp:CreateDate='2003-01-02T03:04:05' pdf:Keywords='tern &amp; auk'/></rdf:RDF></x:xmpmeta>";
        let found = from_xmp(short);
        assert_eq!(found["created"].trim(), "2003-01-02T03:04:05");
        assert_eq!(found["keywords"].trim(), "tern & auk");
    }
}
