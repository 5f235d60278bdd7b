//! Numbers in cells of spreadsheets as people see them: dates, times, amounts, percentages.

use time::{Date, Duration, Month};

/// A number format, judged once for all the cells that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberFormat {
    General,
    /// A date, a time of day or both.
    Date,
    /// Hours, minutes or seconds that go on beyond a day.
    Elapsed,
    /// Anything with digits: its sections.
    Digits(Vec<String>),
}

/// Sections of a format beyond this many characters are not interpreted.
const MAX_CODE: usize = 400;

impl NumberFormat {
    /// The format with that number that every program knows; `None` for one that has to be defined.
    pub fn built_in(number: u32) -> Option<Self> {
        let code = match number {
            0 => return Some(Self::General),
            1 => "0",
            2 => "0.00",
            3 => "#,##0",
            4 => "#,##0.00",
            5 | 6 => "$#,##0;($#,##0)",
            7 | 8 => "$#,##0.00;($#,##0.00)",
            9 => "0%",
            10 => "0.00%",
            11 | 48 => "0.00E+00",
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => return Some(Self::Date),
            46 => return Some(Self::Elapsed),
            37 | 38 => "#,##0;(#,##0)",
            39 | 40 => "#,##0.00;(#,##0.00)",
            41 => "#,##0;(#,##0);-",
            42 => "$#,##0;$(#,##0);-",
            43 => "#,##0.00;(#,##0.00);-",
            44 => "$#,##0.00;$(#,##0.00);-",
            _ => return None,
        };
        Some(Self::parse(code))
    }

    /// By its code, such as `#,##0.00 [$€-407]` or `d/m/yy`.
    pub fn parse(code: &str) -> Self {
        if code.len() > MAX_CODE || code.is_empty() || code.eq_ignore_ascii_case("general") {
            return Self::General;
        }
        match date_like(code) {
            Some(true) => Self::Elapsed,
            Some(false) => Self::Date,
            None => Self::Digits(sections(code)),
        }
    }

    /// A value in this format. What a format would hide is shown.
    pub fn show(&self, value: f64, from_1904: bool) -> String {
        let shown = match self {
            Self::General => None,
            Self::Date => date(value, from_1904),
            Self::Elapsed => elapsed(value),
            Self::Digits(sections) => digits(value, sections),
        };
        shown
            .filter(|shown| shown.contains(|c: char| c.is_ascii_digit()))
            .unwrap_or_else(|| general(value))
    }
}

/// The words that a format puts beside a number or instead of it, wherever they stand in it.
pub(super) fn words(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut run = String::new();
    let mut chars = code.chars();
    let keep = |run: &mut String, out: &mut Vec<String>| {
        let said = std::mem::take(run);
        if said.chars().filter(|c| c.is_alphabetic()).count() > 2 {
            out.push(said.trim().to_owned());
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '"' => run.extend(chars.by_ref().take_while(|c| *c != '"')),
            '\\' => run.extend(chars.next()),
            '_' | '*' => {
                chars.next();
                run.push(' ');
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                if let Some(currency) = inside.strip_prefix('$') {
                    run.push_str(currency.split('-').next().unwrap_or_default());
                }
            }
            ' ' => run.push(' '),
            _ => keep(&mut run, &mut out),
        }
    }
    keep(&mut run, &mut out);
    out
}

/// Whether a code is one of dates, and then whether of time that goes on beyond a day.
fn date_like(code: &str) -> Option<bool> {
    let mut chars = code.chars();
    let mut found = None;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                chars.by_ref().find(|c| *c == '"');
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let inside = inside.to_ascii_lowercase();
                if !inside.is_empty()
                    && ["h", "m", "s"]
                        .iter()
                        .any(|unit| inside.replace(unit, "").is_empty())
                {
                    return Some(true);
                }
            }
            'G' | 'g' if found.is_none() => return None,
            'y' | 'Y' | 'd' | 'D' | 'm' | 'M' | 's' | 'S' | 'h' | 'H' => found = Some(false),
            ';' => return found,
            _ => {}
        }
    }
    found
}

/// The number as it is, with the digits that a cell can show.
pub(super) fn general(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() >= 1e21 || value.abs() < 1e-9 {
        return format!("{value:E}");
    }
    // Fifteen digits are what spreadsheets compute with: 0.1 + 0.2 is 0.3.
    let digits = 14 - (value.abs().log10().floor() as i32).clamp(-9, 14);
    let text = format!("{value:.*}", digits.max(0) as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A serial number as a date, a time or both.
pub(super) fn date(value: f64, from_1904: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&value) {
        return None;
    }
    let mut days = value.floor() as i64;
    let mut seconds = ((value - value.floor()) * 86_400.0).round() as i64;
    if seconds == 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let time = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if days == 0 && !from_1904 {
        return Some(time);
    }
    // The calendar of spreadsheets has a 29 February 1900 that was not.
    let (year, day) = match (from_1904, days) {
        (true, _) => (1904, 1),
        (false, ..60) => (1899, 31),
        (false, _) => (1899, 30),
    };
    let month = if from_1904 {
        Month::January
    } else {
        Month::December
    };
    let start = Date::from_calendar_date(year, month, day).ok()?;
    let date = start.checked_add(Duration::days(days))?;
    let date = format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    );
    Some(match seconds {
        0 => date,
        _ => format!("{date} {time}"),
    })
}

fn elapsed(value: f64) -> Option<String> {
    let seconds = (value.abs() * 86_400.0).round();
    if seconds >= 1e12 {
        return None;
    }
    let seconds = seconds as u64;
    let sign = if value < 0.0 { "-" } else { "" };
    Some(format!(
        "{sign}{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    ))
}

/// The parts of a code between semicolons.
fn sections(code: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            ';' => sections.push(String::new()),
            c => {
                let last = sections.last_mut().expect("there is always one");
                last.push(c);
                match c {
                    '\\' | '_' | '*' => last.extend(chars.next()),
                    '"' => {
                        for c in chars.by_ref() {
                            last.push(c);
                            if c == '"' {
                                break;
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    sections
}

/// A piece of a section.
enum Piece {
    Literal(String),
    /// A place for a digit; whether it shows a zero.
    Place(bool),
    Point,
}

/// A section, taken apart.
#[derive(Default)]
struct Section {
    pieces: Vec<Piece>,
    thousands: bool,
    scale: i32,
    percent: i32,
    scientific: bool,
    fraction: bool,
    condition: bool,
}

impl Section {
    fn parse(code: &str) -> Self {
        let mut section = Self::default();
        let mut chars = code.chars().peekable();
        let mut commas = 0;
        while let Some(c) = chars.next() {
            match c {
                '0' | '#' | '?' => {
                    section.thousands |= commas > 0;
                    commas = 0;
                    section.pieces.push(Piece::Place(c == '0'));
                }
                ',' => {
                    if section
                        .pieces
                        .iter()
                        .any(|piece| matches!(piece, Piece::Place(_)))
                    {
                        commas += 1;
                    }
                }
                '.' => section.pieces.push(Piece::Point),
                '%' => {
                    section.percent += 1;
                    section.literal("%");
                }
                '/' => section.fraction = true,
                'E' | 'e' if matches!(chars.peek(), Some('+' | '-')) => section.scientific = true,
                '"' => {
                    let text: String = chars.by_ref().take_while(|c| *c != '"').collect();
                    section.literal(&text);
                }
                '\\' => {
                    let text: String = chars.next().into_iter().collect();
                    section.literal(&text);
                }
                '_' => {
                    chars.next();
                    section.literal(" ");
                }
                '*' => {
                    chars.next();
                }
                '[' => {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    if let Some(currency) = inside.strip_prefix('$') {
                        section.literal(currency.split('-').next().unwrap_or_default());
                    } else if inside.starts_with(['<', '>', '=']) {
                        section.condition = true;
                    }
                }
                '@' => {}
                c => section.literal(c.encode_utf8(&mut [0; 4])),
            }
        }
        section.scale = commas;
        section
    }

    fn literal(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Literal(text.to_owned())),
        }
    }
}

fn digits(value: f64, sections: &[String]) -> Option<String> {
    let first = Section::parse(sections.first()?);
    // With conditions of its own a format chooses otherwise than by sign.
    let (section, value, minus) = match sections.len() {
        _ if first.condition => (first, value.abs(), value < 0.0),
        2.. if value < 0.0 => (Section::parse(&sections[1]), value.abs(), false),
        3.. if value == 0.0 => (Section::parse(&sections[2]), value, false),
        _ => (first, value.abs(), value < 0.0),
    };
    if section.scientific || section.fraction || value >= 1e15 {
        return None;
    }
    let value = value * 100f64.powi(section.percent) / 1000f64.powi(section.scale);
    let point = section
        .pieces
        .iter()
        .position(|piece| matches!(piece, Piece::Point));
    let (whole, decimals) = section
        .pieces
        .split_at(point.unwrap_or(section.pieces.len()));
    let places = |pieces: &[Piece]| {
        pieces
            .iter()
            .filter(|p| matches!(p, Piece::Place(_)))
            .count()
    };
    if places(whole) + places(decimals) == 0 {
        // Only words: as they are, with the number that they stand for.
        return None;
    }
    // Rounded as people round: 2.675 is written so, whatever its binary form is just below.
    let rounded = format!("{:.*}", places(decimals), value + value * 1e-15);
    let (number, fraction) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let mut out = whole_part(number, whole, places(whole), section.thousands);
    decimal_part(fraction, decimals, &mut out);
    let out = out.trim().to_owned();
    Some(if minus { format!("-{out}") } else { out })
}

/// The digits before the point, filled in from the right.
fn whole_part(number: &str, pieces: &[Piece], places: usize, thousands: bool) -> String {
    let number = if number == "0" { "" } else { number };
    let mut left = places;
    let mut digits = number.chars().rev().peekable();
    let mut reversed: Vec<String> = Vec::new();
    let mut written = 0;
    for piece in pieces.iter().rev() {
        match piece {
            Piece::Literal(text) => reversed.push(text.chars().rev().collect()),
            Piece::Point => {}
            Piece::Place(zero) => {
                left -= 1;
                // The first place takes all the digits that are left.
                loop {
                    let digit = match digits.next() {
                        Some(digit) => digit,
                        None if *zero => '0',
                        None => break,
                    };
                    if thousands && written > 0 && written % 3 == 0 {
                        reversed.push(",".to_owned());
                    }
                    reversed.push(digit.to_string());
                    written += 1;
                    if left > 0 || digits.peek().is_none() {
                        break;
                    }
                }
            }
        }
    }
    reversed.concat().chars().rev().collect()
}

/// The point and what follows it; places that may stay empty do where only zeros follow.
fn decimal_part(fraction: &str, pieces: &[Piece], out: &mut String) {
    let kept = fraction.trim_end_matches('0').len();
    let mut digits = fraction.chars().enumerate();
    let mut point = false;
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Point => point = true,
            Piece::Place(zero) => {
                let Some((at, digit)) = digits.next() else {
                    continue;
                };
                if *zero || at < kept {
                    if std::mem::take(&mut point) {
                        out.push('.');
                    }
                    out.push(digit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_see_them() {
        let shown = |code: &str, value| NumberFormat::parse(code).show(value, false);
        assert_eq!(shown("General", 0.1 + 0.2), "0.3");
        assert_eq!(shown("General", 1234567890123.0), "1234567890123");
        assert_eq!(shown("#,##0.00", 1234.5), "1,234.50");
        assert_eq!(shown("#,##0.00\\ \"EUR\"", 1234567.891), "1,234,567.89 EUR");
        assert_eq!(
            shown("[$€-407]\\ #,##0;[Red]-[$€-407]\\ #,##0", -1500.0),
            "-€ 1,500"
        );
        assert_eq!(shown("$#,##0.00_);($#,##0.00)", -12.5), "($12.50)");
        assert_eq!(shown("0.0%", 0.125), "12.5%");
        assert_eq!(shown("000-00-0000", 12345678.0), "012-34-5678");
        assert_eq!(shown("(###) ###-####", 2125550123.0), "(212) 555-0123");
        assert_eq!(shown("0.0,,\"M\"", 12_345_678.0), "12.3M");
        assert_eq!(shown("0.##", 3.0), "3");
        assert_eq!(shown("00000", 42.0), "00042");
        assert_eq!(shown(";;;", 4711.0), "4711");
        assert_eq!(shown("0.00E+00", 4711.0), "4711");
        assert_eq!(shown("\"yes\"", 1.0), "1");
        assert_eq!(shown("0.00", 2.675), "2.68");
    }

    #[test]
    fn words_of_formats() {
        assert_eq!(
            words("#,##0.00 \"heron fund\";[Red]\"owed to tern\";;\"approved by \"@"),
            ["heron fund", "owed to tern", "approved by"]
        );
        assert_eq!(words("\\g\\a\\n\\n\\e\\t 0"), ["gannet"]);
        assert!(
            words("General").is_empty()
                && words("yyyy-mm-dd hh:mm AM/PM").is_empty()
                && words("\"open").len() == 1
        );
    }

    #[test]
    fn dates_and_times() {
        let shown = |code: &str, value| NumberFormat::parse(code).show(value, false);
        assert_eq!(shown("d/m/yy", 37327.0), "2002-03-12");
        assert_eq!(
            shown("[$-409]mmmm d\\, yyyy", 37327.5),
            "2002-03-12 12:00:00"
        );
        assert_eq!(shown("hh:mm", 0.75), "18:00:00");
        assert_eq!(shown("[h]:mm", 1.5), "36:00:00");
        assert_eq!(shown("yyyy", 59.0), "1900-02-28");
        assert_eq!(shown("yyyy", 61.0), "1900-03-01");
        assert_eq!(date(35865.0, true).unwrap(), "2002-03-12");
        assert_eq!(date(1.0, true).unwrap(), "1904-01-02");
        assert_eq!(shown("yyyy-mm-dd", -5.0), "-5");
        assert_eq!(shown("\"day\" 0", 5.0), "day 5");
        assert_eq!(NumberFormat::built_in(14), Some(NumberFormat::Date));
        assert_eq!(NumberFormat::built_in(164), None);
        for value in [f64::NAN, f64::INFINITY, -1e300, 1e-300, 9e15] {
            for code in ["0", "#,##0.00", "yyyy", "[h]", "General"] {
                shown(code, value);
            }
        }
    }
}
