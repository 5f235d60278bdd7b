//! Dates as load files write them.
//!
//! 04/05/2001 is one day in America and another in Europe. Which one a load file means is told by its other rows:
//! one rule has to fit all of them. Where none decides, the person who commits is asked, never the machine.

use std::sync::LazyLock;

use regex::Regex;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Which of two numbers is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// 12/31/2001.
    MonthFirst,
    /// 31/12/2001.
    DayFirst,
}

/// What the dates of a load file say about their order.
#[derive(Debug, Default)]
pub(super) struct Order {
    month_first: Option<(usize, String)>,
    day_first: Option<(usize, String)>,
    either: Option<(usize, String)>,
}

/// Why no one rule can be had from the dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    /// Every one can be two days.
    Either(usize, String),
    /// One needs the month first, another the day.
    Both(usize, usize),
}

macro_rules! pattern {
    ($text:literal) => {{
        static PATTERN: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the expression is a constant"));
        &*PATTERN
    }};
}

impl Order {
    /// Looks at a date of a row.
    pub fn see(&mut self, row: usize, written: &str) {
        let Some(found) = two_numbers(strip_weekday(written)) else {
            return;
        };
        let place = match found {
            (first, second) if first == second => return,
            (13..=31, 1..=12) => &mut self.day_first,
            (1..=12, 13..=31) => &mut self.month_first,
            (1..=12, 1..=12) => &mut self.either,
            _ => return,
        };
        place.get_or_insert_with(|| (row, written.trim().to_owned()));
    }

    /// The one rule, if there is one. Nothing, if no date needs any.
    pub fn rule(self) -> Result<Option<DateOrder>, Unclear> {
        match (self.month_first, self.day_first, self.either) {
            (Some((month, _)), Some((day, _)), _) => Err(Unclear::Both(month, day)),
            (Some(_), None, _) => Ok(Some(DateOrder::MonthFirst)),
            (None, Some(_), _) => Ok(Some(DateOrder::DayFirst)),
            (None, None, Some((row, written))) => Err(Unclear::Either(row, written)),
            (None, None, None) => Ok(None),
        }
    }
}

/// The first two numbers of a date with its year behind, where their order is not settled: full stops are written
/// where days come first.
fn two_numbers(written: &str) -> Option<(u8, u8)> {
    let found =
        pattern!(r"^(\d{1,2})([-/])(\d{1,2})[-/](?:\d{4}|\d{2})(?:\D|$)").captures(written)?;
    Some((found[1].parse().ok()?, found[3].parse().ok()?))
}

fn strip_weekday(written: &str) -> &str {
    let weekday = pattern!(r"(?i)^\s*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?");
    let end = weekday.find(written).map_or(0, |found| found.end());
    written[end..].trim_end()
}

/// A date, with or without a time, as RFC 3339. A time that names no zone is in `zone`.
pub(super) fn moment(written: &str, order: Option<DateOrder>, zone: UtcOffset) -> Option<String> {
    let written = strip_weekday(written);
    if let Ok(moment) = OffsetDateTime::parse(written, &Rfc3339) {
        return moment.format(&Rfc3339).ok();
    }
    let (date, rest) = date(written, order)?;
    let rest = rest.trim_start_matches(['T', ' ', ',']).trim();
    if rest.is_empty() {
        // A day is a day wherever it was.
        return PrimitiveDateTime::new(date, Time::MIDNIGHT)
            .assume_utc()
            .format(&Rfc3339)
            .ok();
    }
    let (time, own) = clock(rest)?;
    let zone = match own {
        "" => zone,
        own => offset(own)?,
    };
    PrimitiveDateTime::new(date, time)
        .assume_offset(zone)
        .format(&Rfc3339)
        .ok()
}

fn date(written: &str, order: Option<DateOrder>) -> Option<(Date, &str)> {
    let number = |text: &str| text.parse::<u8>().ok();
    let (year, month, day, rest) = if let Some(found) =
        pattern!(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(\D.*)?$").captures(written)
    {
        (
            year(&found[1])?,
            number(&found[2])?,
            number(&found[3])?,
            found.get(4),
        )
    } else if let Some(found) = pattern!(r"^(\d{4})(\d{2})(\d{2})(\D.*)?$").captures(written) {
        (
            year(&found[1])?,
            number(&found[2])?,
            number(&found[3])?,
            found.get(4),
        )
    } else if let Some(found) =
        pattern!(r"^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})(\D.*)?$").captures(written)
    {
        let (first, second) = (number(&found[1])?, number(&found[3])?);
        let day_first = match order {
            _ if &found[2] == "." => true,
            Some(order) => order == DateOrder::DayFirst,
            // No date of the load file needs a rule: this one is the same either way, or no date.
            None => false,
        };
        let (month, day) = if day_first {
            (second, first)
        } else {
            (first, second)
        };
        (year(&found[4])?, month, day, found.get(5))
    } else if let Some(found) =
        pattern!(r"^(\d{1,2})[-\s/.]+([A-Za-z]{3,9})\.?[-\s/.,]+(\d{4}|\d{2})(\D.*)?$")
            .captures(written)
    {
        (
            year(&found[3])?,
            month(&found[2])?,
            number(&found[1])?,
            found.get(4),
        )
    } else {
        let found =
            pattern!(r"^([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(\D.*)?$")
                .captures(written)?;
        (
            year(&found[3])?,
            month(&found[1])?,
            number(&found[2])?,
            found.get(4),
        )
    };
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    Some((date, rest.map_or("", |rest| rest.as_str())))
}

/// A year; of two digits, one between 1970 and 2069.
fn year(written: &str) -> Option<i32> {
    let year: i32 = written.parse().ok()?;
    Some(match year {
        0 if written.len() > 2 => return None,
        0..=69 if written.len() == 2 => 2000 + year,
        70..=99 if written.len() == 2 => 1900 + year,
        // What programs write that know no date.
        1 => return None,
        year => year,
    })
}

fn month(name: &str) -> Option<u8> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_ascii_lowercase();
    let at = NAMES
        .iter()
        .position(|full| *full == name || (name.len() <= 4 && full.starts_with(&name)))?;
    u8::try_from(at + 1).ok()
}

/// A time of day, and what stands behind it.
fn clock(written: &str) -> Option<(Time, &str)> {
    let found = pattern!(
        r"^(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s*(?:([AaPp])\.?[Mm]\.?)?\s*(\D.*)?$"
    )
    .captures(written)
    .or_else(|| {
        pattern!(
            r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:([AaPp])\.?[Mm]\.?)?\s*([-+].*)?$"
        )
        .captures(written)
    })?;
    let number = |at: usize| {
        found
            .get(at)
            .map_or(Some(0), |part| part.as_str().parse::<u8>().ok())
    };
    let (hour, minute, second) = (number(1)?, number(2)?, number(3)?);
    let hour = match found.get(4).map(|half| half.as_str().to_ascii_lowercase()) {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + if half == "p" { 12 } else { 0 },
    };
    let time = Time::from_hms(hour, minute, second.min(59)).ok()?;
    Some((time, found.get(5).map_or("", |rest| rest.as_str().trim())))
}

/// The zone in words: an offset, or one of the names that mean a single one.
pub(super) fn offset(zone: &str) -> Option<UtcOffset> {
    let zone = zone.trim().trim_matches(['(', ')']).trim();
    let upper = zone.to_ascii_uppercase();
    let hours = match upper.as_str() {
        ""
        | "UTC"
        | "GMT"
        | "Z"
        | "UT"
        | "WET"
        | "COORDINATED UNIVERSAL TIME"
        | "GREENWICH MEAN TIME" => 0,
        "EST" | "CDT" => -5,
        "EDT" | "AST" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" | "AKDT" => -8,
        "AKST" => -9,
        "HST" => -10,
        "CET" | "MEZ" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" => 2,
        "EEST" | "MSK" => 3,
        "JST" | "KST" => 9,
        _ => {
            let found = pattern!(r"^(?:UTC|GMT)?\s*([-+])(\d{1,2}):?(\d{2})?(?:\s*\(.*)?$")
                .captures(&upper)?;
            let sign = if &found[1] == "-" { -1 } else { 1 };
            let hours: i8 = found[2].parse().ok()?;
            let minutes: i8 = found.get(3).map_or(Some(0), |m| m.as_str().parse().ok())?;
            return UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok();
        }
    };
    UtcOffset::from_hms(hours, 0, 0).ok()
}

/// The offset that a named zone begins with, as in "(UTC-06:00) Central Time": right for half of the year.
pub(super) fn standard_offset(zone: &str) -> Option<UtcOffset> {
    let found =
        pattern!(r"(?i)^\s*\(?((?:UTC|GMT)\s*[-+]\d{1,2}(?::?\d{2})?)\)?\s*\S").captures(zone)?;
    offset(&found[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(written: &str, order: Option<DateOrder>) -> Option<String> {
        moment(written, order, UtcOffset::UTC)
    }

    #[test]
    fn dates_are_read_as_load_files_write_them() {
        let month = Some(DateOrder::MonthFirst);
        for (written, want) in [
            ("7/4/2001", "2001-07-04T00:00:00Z"),
            ("07/04/2001 13:05:09", "2001-07-04T13:05:09Z"),
            ("07/04/2001 1:05 PM", "2001-07-04T13:05:00Z"),
            ("07/04/2001 12:05 a.m.", "2001-07-04T00:05:00Z"),
            ("07-04-01", "2001-07-04T00:00:00Z"),
            ("7/4/99 0905", "1999-07-04T09:05:00Z"),
            ("2001-07-04 13:05", "2001-07-04T13:05:00Z"),
            ("2001/7/4", "2001-07-04T00:00:00Z"),
            ("20010704", "2001-07-04T00:00:00Z"),
            ("20010704T130509Z", "2001-07-04T13:05:09Z"),
            ("2001-07-04T13:05:09+02:00", "2001-07-04T13:05:09+02:00"),
            ("2001-07-04 13:05:09.123 -0500", "2001-07-04T13:05:09-05:00"),
            ("07/04/2001 10:00 AM EST", "2001-07-04T10:00:00-05:00"),
            ("04.07.2001 10:00", "2001-07-04T10:00:00Z"),
            ("04-Jul-2001", "2001-07-04T00:00:00Z"),
            (
                "Wed, 4 July 2001 10:00:00 GMT+0200",
                "2001-07-04T10:00:00+02:00",
            ),
            ("July 4, 2001", "2001-07-04T00:00:00Z"),
            ("Sept 4th, 2001", "2001-09-04T00:00:00Z"),
        ] {
            assert_eq!(utc(written, month).as_deref(), Some(want), "{written}");
        }
        for wrong in [
            "",
            "31/12/2001",
            "2001",
            "soon",
            "2001-07-04 25:00",
            "01/01/0001",
            "00/00/0000",
            "2001-02-30",
            "7/4/2001 10:00 nowhere",
        ] {
            assert_eq!(utc(wrong, month), None, "{wrong}");
        }
        let day = utc("04/07/2001", Some(DateOrder::DayFirst));
        assert_eq!(day.as_deref(), Some("2001-07-04T00:00:00Z"));
    }

    #[test]
    fn one_rule_has_to_fit_all() {
        let rule = |dates: &[&str]| {
            let mut order = Order::default();
            (2..)
                .zip(dates)
                .for_each(|(row, date)| order.see(row, date));
            order.rule()
        };
        assert_eq!(
            rule(&["04/05/2001", "04/25/2001 10:00"]),
            Ok(Some(DateOrder::MonthFirst))
        );
        assert_eq!(
            rule(&["04/05/2001", "25/04/2001"]),
            Ok(Some(DateOrder::DayFirst))
        );
        assert_eq!(
            rule(&["2001-04-05", "05/05/2001", "5.4.2001", ""]),
            Ok(None)
        );
        assert_eq!(
            rule(&["", "04/05/2001"]),
            Err(Unclear::Either(3, "04/05/2001".into()))
        );
        assert_eq!(
            rule(&["04/25/2001", "25/04/2001"]),
            Err(Unclear::Both(2, 3))
        );
    }

    #[test]
    fn zones_are_offsets_or_nothing() {
        let hours = |zone: &str| offset(zone).map(|offset| offset.whole_minutes());
        for (zone, want) in [
            ("UTC", Some(0)),
            ("EST", Some(-300)),
            ("UTC-05:00", Some(-300)),
            ("GMT+5:30", Some(330)),
            ("+0200", Some(120)),
            ("(UTC+01:00)", Some(60)),
            ("Eastern Standard Time", None),
            ("America/New_York", None),
        ] {
            assert_eq!(hours(zone), want, "{zone}");
        }
        let standard = standard_offset("(UTC-06:00) Central Time (US & Canada)");
        assert_eq!(standard.map(|offset| offset.whole_hours()), Some(-6));
        assert_eq!(standard_offset("Central Time"), None);
    }
}
