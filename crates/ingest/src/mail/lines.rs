//! Lines of messages, and what one of them is.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// The lines of some bytes, with their ends.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// Whether `line` is a separator as most programs write it: `From `, a sender, and a date with weekday,
/// month, time and year.
pub(crate) fn is_from_line(line: &[u8]) -> bool {
    static FROM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?-u)^From .{0,300}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{0,12}\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b.{0,30}\b\d{4}\b",
        )
        .expect("the expression is a constant")
    });
    line.starts_with(b"From ") && FROM.is_match(line)
}

/// The field name of a header line.
pub(crate) fn header_name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let valid = !name.is_empty() && name.len() <= 76 && name.iter().all(u8::is_ascii_graphic);
    valid.then_some(name)
}
