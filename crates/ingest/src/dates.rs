//! Dates as mail programs write them, in all the ways that they have found.

use std::sync::LazyLock;

use mail_parser::DateTime;
use regex::Regex;

/// A date that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Understood {
    /// RFC 3339; with the zone `-00:00`, which means "unknown", where none was given.
    pub rfc3339: String,
    /// As mail shows it, unless the zone is unknown.
    pub shown: Option<String>,
}

/// Months in the languages that mail programs have written them in, by their first letters.
const MONTHS: [(&str, u8); 38] = [
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("jän", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("maa", 3),
    ("mrt", 3),
    ("mae", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("mei", 5),
    ("mag", 5),
    ("juin", 6),
    ("jun", 6),
    ("giu", 6),
    ("juil", 7),
    ("jul", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("nov", 11),
    ("dec", 12),
];
const MORE_MONTHS: [(&str, u8); 4] = [("dez", 12), ("déc", 12), ("dic", 12), ("mai", 5)];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Zones by name, in minutes. Names that mean several zones are not in it.
const ZONES: [(&str, i32); 40] = [
    ("gmt", 0),
    ("utc", 0),
    ("ut", 0),
    ("z", 0),
    ("wet", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("ast", -240),
    ("adt", -180),
    ("bst", 60),
    ("west", 60),
    ("cet", 60),
    ("met", 60),
    ("mez", 60),
    ("cest", 120),
    ("mest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("msd", 240),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
];

static ISO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:\D|$)").expect("constant expression")
});
static BASIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})").expect("constant expression")
});
static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})\b").expect("constant expression")
});
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[\sT,])(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?\b)?")
        .expect("constant expression")
});
static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"([+-])(\d{1,2}):?(\d{2})\b|([+-])(\d{1,2})\s*$").expect("constant expression")
});

/// Understands a date. `received` is when the message arrived: it tells the day from the month where both
/// orders are possible.
pub(crate) fn understand(written: &str, received: Option<&DateTime>) -> Option<Understood> {
    let text = without_comments(written);
    let text = text.trim();
    if let Some(found) = BASIC.captures(text) {
        let spread = format!(
            "{}-{}-{}T{}:{}:{}{}",
            &found[1],
            &found[2],
            &found[3],
            &found[4],
            &found[5],
            &found[6],
            &text[found.get(0)?.end()..]
        );
        return understand(&spread, received);
    }
    let time_match = TIME.captures(text);
    let (mut hour, minute, second) = match &time_match {
        Some(found) => {
            let number = |at| {
                found
                    .get(at)
                    .map_or(Some(0), |m| m.as_str().parse::<u8>().ok())
            };
            (number(1)?, number(2)?, number(3)?.min(59))
        }
        None => (0, 0, 0),
    };
    let half = time_match.as_ref().and_then(|found| found.get(4));
    if let Some(half) = half {
        let after_noon = half.as_str().starts_with(['p', 'P']);
        hour = match (hour, after_noon) {
            (12, false) => 0,
            (1..=11, true) => hour + 12,
            _ => hour,
        };
    }
    if hour > 23 || minute > 59 {
        return None;
    }
    let (year, month, day) = date(text, half.is_some(), received)?;
    let sound = (1900..=9999).contains(&year) && (1..=12).contains(&month);
    if !sound || day == 0 || day > days_in(year, month) {
        return None;
    }
    let after = time_match
        .as_ref()
        .and_then(|found| found.get(0))
        .map_or(0, |m| m.end());
    let stamp = |minutes: i32| DateTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
        tz_before_gmt: minutes < 0,
        tz_hour: (minutes.abs() / 60) as u8,
        tz_minute: (minutes.abs() % 60) as u8,
    };
    Some(match zone(&text[after..]) {
        Some(minutes) => Understood {
            rfc3339: stamp(minutes).to_rfc3339(),
            shown: Some(stamp(minutes).to_rfc822()),
        },
        None => Understood {
            rfc3339: format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}-00:00"
            ),
            shown: None,
        },
    })
}

/// Whether it is what programs write where they have no date: the beginnings of their calendars.
pub(crate) fn is_never(written: &str) -> bool {
    let year = written.get(..4).and_then(|year| year.parse::<u16>().ok());
    year.is_some_and(|year| year < 1900) && written.as_bytes().get(4).is_none_or(|b| *b == b'-')
}

fn without_comments(text: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(500) {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(if c.is_whitespace() { ' ' } else { c }),
            _ => {}
        }
    }
    out
}

/// Year, month and day.
fn date(text: &str, american: bool, received: Option<&DateTime>) -> Option<(u16, u8, u8)> {
    if let Some(found) = ISO.captures(text) {
        return Some((
            found[1].parse().ok()?,
            found[2].parse().ok()?,
            found[3].parse().ok()?,
        ));
    }
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != ':')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let weekday = words
        .iter()
        .find_map(|word| DAYS.iter().position(|day| word.starts_with(day)));
    if let Some(found) = NUMERIC.captures(text) {
        let (a, b): (u8, u8) = (found[1].parse().ok()?, found[3].parse().ok()?);
        let year = full_year(&found[4])?;
        let possible = |month: u8, day: u8| {
            (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month)
        };
        let (first, second) = (possible(a, b), possible(b, a));
        return match (first, second) {
            (true, false) => Some((year, a, b)),
            (false, true) => Some((year, b, a)),
            (true, true) if a == b => Some((year, a, b)),
            (true, true) => {
                let fits = |month, day| {
                    weekday.is_none_or(|wanted| weekday_of(year, month, day) == wanted)
                };
                match (fits(a, b), fits(b, a)) {
                    (true, false) => return Some((year, a, b)),
                    (false, true) => return Some((year, b, a)),
                    _ => {}
                }
                let near = |month, day| {
                    received.is_some_and(|at| {
                        let distance =
                            day_number(at.year, at.month, at.day) - day_number(year, month, day);
                        (-1..=4).contains(&distance)
                    })
                };
                match (near(a, b), near(b, a)) {
                    (true, false) => Some((year, a, b)),
                    (false, true) => Some((year, b, a)),
                    _ if american => Some((year, a, b)),
                    _ if &found[2] == "." => Some((year, b, a)),
                    _ => None,
                }
            }
            (false, false) => None,
        };
    }
    // A month by name: the day is the number of at most two digits that stands first, the year another one.
    let named = |word: &String| {
        let mut all = MONTHS.iter().chain(&MORE_MONTHS);
        let short = word.chars().all(char::is_alphabetic);
        short
            .then(|| all.find(|(name, _)| word.starts_with(name)))
            .flatten()
            .map(|found| found.1)
    };
    let numbers =
        |word: &&String| !word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit());
    let at = words
        .iter()
        .position(|word| named(word).is_some() && !DAYS.contains(&word.as_str()))?;
    // "Mar" is also Tuesday in French and Spanish, and stands first then.
    let later = words.iter().skip(at + 1).find_map(named);
    let month = later.or_else(|| named(&words[at]))?;
    let mut all = words.iter().filter(numbers);
    let ordinal = |word: &String| {
        word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h'])
            .parse::<u8>()
            .ok()
    };
    let day_word = words
        .iter()
        .find(|word| word.len() <= 4 && ordinal(word).is_some_and(|day| (1..=31).contains(&day)))?;
    let day = ordinal(day_word)?;
    let year = all
        .find(|word| *word != day_word || word.len() > 2)
        .or_else(|| words.iter().filter(numbers).nth(1))?;
    Some((full_year(year)?, month, day))
}

/// Two digits mean 1950 to 2049; three are what programs wrote in and after 2000.
fn full_year(digits: &str) -> Option<u16> {
    let year: u16 = digits.parse().ok()?;
    Some(match digits.len() {
        1 | 2 if year < 50 => 2000 + year,
        1 | 2 => 1900 + year,
        3 if (100..200).contains(&year) => 1900 + year,
        4 => year,
        _ => return None,
    })
}

fn zone(after: &str) -> Option<i32> {
    if let Some(found) = ZONE.captures(after) {
        let get = |at: usize| found.get(at).map(|m| m.as_str());
        let (sign, hours, minutes) = match (get(1), get(4)) {
            (Some(sign), _) => (sign, get(2)?, get(3)?),
            (None, Some(sign)) => (sign, get(5)?, "0"),
            _ => return None,
        };
        let minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
        // "-0000" says that the zone is not known.
        let known = minutes <= 14 * 60 && !(sign == "-" && minutes == 0);
        return known.then_some(if sign == "-" { -minutes } else { minutes });
    }
    let word = after
        .split(|c: char| !c.is_alphabetic())
        .find(|word| !word.is_empty() && !matches!(*word, "AM" | "PM" | "am" | "pm"))?
        .to_lowercase();
    ZONES
        .iter()
        .find(|(name, _)| *name == word)
        .map(|found| found.1)
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since some day, for telling how far dates are apart.
fn day_number(year: u16, month: u8, day: u8) -> i64 {
    let (year, month) = (i64::from(year), i64::from(month));
    let (y, m) = if month <= 2 {
        (year - 1, month + 12)
    } else {
        (year, month)
    };
    365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + i64::from(day)
}

/// Monday is 0.
fn weekday_of(year: u16, month: u8, day: u8) -> usize {
    // 1 January 2001 was a Monday.
    (day_number(year, month, day) - day_number(2001, 1, 1)).rem_euclid(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> Option<String> {
        understand(written, None).map(|date| date.rfc3339)
    }

    #[test]
    fn what_mail_programs_write() {
        for (written, wanted) in [
            (
                "Tue, 12 Mar 2002 09:00:00 -0600",
                "2002-03-12T09:00:00-06:00",
            ),
            (
                "Tue, 12 Mar 2002 10:00:00 -0800 (PST)",
                "2002-03-12T10:00:00-08:00",
            ),
            (
                "Tue,  12 Mar 2002\r\n 10:00:00 +0000",
                "2002-03-12T10:00:00Z",
            ),
            ("12 Mar 02 10:00 GMT", "2002-03-12T10:00:00Z"),
            ("Tue, 12 Mar 102 10:00:00 +0000", "2002-03-12T10:00:00Z"),
            ("Tue, 12 Mar 2002 23:30:00 EST", "2002-03-12T23:30:00-05:00"),
            (
                "Tue, 12 Mar 2002 10:00:00 GMT+0200",
                "2002-03-12T10:00:00+02:00",
            ),
            (
                "Tue, 12 Mar 2002 10:00:00 UTC+02:00",
                "2002-03-12T10:00:00+02:00",
            ),
            ("Tue, 12 Mar 2002 10:00:00", "2002-03-12T10:00:00-00:00"),
            (
                "Tue, 12 Mar 2002 10:00:00 -0000",
                "2002-03-12T10:00:00-00:00",
            ),
            ("Tue Mar 12 10:00:00 2002", "2002-03-12T10:00:00-00:00"),
            ("Tue Mar 12 10:00:00 PST 2002", "2002-03-12T10:00:00-08:00"),
            ("2002-03-12T10:00:00Z", "2002-03-12T10:00:00Z"),
            ("2002-03-12 10:00:00.123 +0100", "2002-03-12T10:00:00+01:00"),
            ("20020312T100000Z", "2002-03-12T10:00:00Z"),
            ("3/12/2002 11:30 PM", "2002-03-12T23:30:00-00:00"),
            ("12:15 AM 3/25/2002", "2002-03-25T00:15:00-00:00"),
            ("25/3/2002 08:00", "2002-03-25T08:00:00-00:00"),
            ("12.03.2002 08:00 MEZ", "2002-03-12T08:00:00+01:00"),
            (
                "Di, 12 Mrz 2002 10:00:00 +0100",
                "2002-03-12T10:00:00+01:00",
            ),
            (
                "mar., 12 mars 2002 10:00:00 +0100",
                "2002-03-12T10:00:00+01:00",
            ),
            (
                "Tuesday, March 12, 2002 10:00 AM",
                "2002-03-12T10:00:00-00:00",
            ),
            ("March 12th, 2002", "2002-03-12T00:00:00-00:00"),
            ("Wednesday, 3/6/2002", "2002-03-06T00:00:00-00:00"),
        ] {
            assert_eq!(read(written).as_deref(), Some(wanted), "{written}");
        }
    }

    #[test]
    fn what_is_not_a_date_or_two_dates_is_none() {
        for written in [
            "",
            "yesterday",
            "3/12/2002",
            "31 Feb 2002 10:00:00",
            "12 Mar 2002 25:00:00",
            "Mar",
            "99/99/2002",
            "0000-00-00T00:00:00Z",
        ] {
            assert_eq!(read(written), None, "{written}");
        }
        let received = DateTime::parse_rfc3339("2002-03-12T10:00:05Z").unwrap();
        let read = |written| understand(written, Some(&received)).map(|date| date.rfc3339);
        assert_eq!(
            read("3/12/2002").as_deref(),
            Some("2002-03-12T00:00:00-00:00")
        );
        assert_eq!(
            read("12/3/2002 9:00").as_deref(),
            Some("2002-03-12T09:00:00-00:00")
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(written in ".{0,80}") {
            let _ = understand(&written, None);
        }
    }
}
