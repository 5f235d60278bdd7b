//! Text that runs from right to left: from the order on the page to the order of reading.

use unicode_bidi::{BidiClass, bidi_class};

/// Whether a letter is written from right to left.
pub(super) fn is_right_to_left(c: char) -> bool {
    matches!(bidi_class(c), BidiClass::R | BidiClass::AL)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Right,
    Left,
    Number,
    Neutral,
}

fn direction(part: &str) -> Direction {
    match part.chars().next().map(bidi_class) {
        Some(BidiClass::R | BidiClass::AL) => Direction::Left,
        Some(BidiClass::L) => Direction::Right,
        Some(BidiClass::EN | BidiClass::AN) => Direction::Number,
        _ => Direction::Neutral,
    }
}

/// `parts` of a line from left to right, in the order of reading: runs of the other direction than most of
/// the line are turned around.
pub(super) fn from_visual(mut parts: Vec<&str>) -> Vec<&str> {
    let count = |wanted| {
        let parts = parts.iter();
        parts.filter(|part| direction(part) == wanted).count()
    };
    let leftwards = count(Direction::Left) >= count(Direction::Right);
    if leftwards {
        parts.reverse();
    }
    let turned = |part: &str| match leftwards {
        true => matches!(direction(part), Direction::Right | Direction::Number),
        false => direction(part) == Direction::Left,
    };
    let mut start = 0;
    while start < parts.len() {
        if !turned(parts[start]) {
            start += 1;
            continue;
        }
        let mut end = start;
        for (at, part) in parts.iter().enumerate().skip(start) {
            if turned(part) {
                end = at;
            } else if direction(part) != Direction::Neutral {
                break;
            }
        }
        parts[start..=end].reverse();
        start = end + 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(visual: &str) -> String {
        let parts: Vec<String> = visual.chars().map(String::from).collect();
        from_visual(parts.iter().map(String::as_str).collect()).concat()
    }

    #[test]
    fn hebrew_is_turned_and_numbers_are_not() {
        assert_eq!(read("םולש"), "שלום");
        assert_eq!(read("2001 תנש"), "שנת 2001");
        assert_eq!(read("see םולש here"), "see שלום here");
    }
}
