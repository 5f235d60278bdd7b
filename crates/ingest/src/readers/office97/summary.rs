//! Property sets: what old documents say about themselves.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::code_pages::{WESTERN, code_page};
use super::super::compound::{Compound, u16_at, u32_at, utf16};
use super::super::out::Out;
use crate::charset;
use crate::ledger::Ledger;

/// Seconds from 1601, where the dates of Windows begin, to 1970.
const EPOCH: i64 = 11_644_473_600;

/// Adds facts, and what people write into such fields also as text.
pub(super) fn read(file: &Compound<'_>, out: &mut Out) {
    let own = file.stream("/\u{5}SummaryInformation");
    let more = file.stream("/\u{5}DocumentSummaryInformation");
    for (stream, fields) in [
        (
            own,
            &[
                (2, "title", true),
                (3, "", true),
                (4, "author", true),
                (5, "", true),
                (6, "", true),
                (8, "last_author", true),
                (12, "created", false),
                (13, "modified", false),
                (14, "pages", false),
            ][..],
        ),
        (
            more,
            &[
                (2, "", true),
                (7, "pages", false),
                (14, "", true),
                (15, "company", true),
            ][..],
        ),
    ] {
        let Some(stream) = stream else { continue };
        for &(id, fact, said) in fields {
            let Some(value) = property(&stream, id, &mut out.ledger) else {
                continue;
            };
            if said {
                out.push_line(&value);
            }
            if !fact.is_empty() && value != "0" {
                out.fact(fact, &value);
            }
        }
    }
}

/// A property of the first section.
fn property(stream: &[u8], wanted: u32, ledger: &mut Ledger) -> Option<String> {
    let section = stream.get(u32_at(stream, 44)? as usize..)?;
    let find = |id: u32| {
        let count = u32_at(section, 4)?.min(1000) as usize;
        let at = (0..count).find(|i| u32_at(section, 8 + 8 * i) == Some(id))?;
        section.get(u32_at(section, 12 + 8 * at)? as usize..)
    };
    let stated = find(1).and_then(|value| u16_at(value, 4)).unwrap_or(1252);
    let value = find(wanted)?;
    let length = u32_at(value, 4)? as usize;
    let text = match u16_at(value, 0)? {
        2 => u16_at(value, 4)?.to_string(),
        3 => length.to_string(),
        30 => {
            let bytes = value.get(8..8usize.checked_add(length)?)?;
            match stated {
                1200 => utf16(bytes),
                page => {
                    let end = bytes.iter().position(|byte| *byte == 0);
                    let bytes = &bytes[..end.unwrap_or(bytes.len())];
                    let charset = match bytes.is_ascii() {
                        true => WESTERN,
                        false => code_page(i64::from(page), ledger),
                    };
                    charset::decode(bytes, Some(charset.name())).told(ledger)
                }
            }
        }
        31 => utf16(value.get(8..8usize.checked_add(length.checked_mul(2)?)?)?),
        64 => file_time(i64::from(u32_at(value, 4)?) | i64::from(u32_at(value, 8)?) << 32)?,
        _ => return None,
    };
    let text = text.split('\0').next().unwrap_or_default().trim();
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// A date of Windows: tenths of microseconds since 1601.
pub(in crate::readers) fn file_time(value: i64) -> Option<String> {
    let seconds = value / 10_000_000 - EPOCH;
    // Spans of time (of editing) are in the same form.
    if value <= 0 || seconds < -11_000_000_000 {
        return None;
    }
    let date = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    date.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_windows() {
        let date = (1_015_934_400 + EPOCH) * 10_000_000;
        assert_eq!(file_time(date).unwrap(), "2002-03-12T12:00:00Z");
        assert_eq!(file_time(0), None);
        assert_eq!(file_time(i64::MAX), None);
    }
}
