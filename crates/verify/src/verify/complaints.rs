//! Complaints about many things, grouped: fifty-nine times the same is one complaint.

use std::fmt;

/// Most of those concerned that are named; the others are counted.
const NAMED: usize = 5;

/// What is wrong, with whom.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    /// What without the numbers in it, what as it was said first, whom.
    groups: Vec<(String, String, Vec<String>)>,
}

/// A complaint without its numbers: those of items and files are what differs between two of a kind.
fn kind(what: &str) -> String {
    what.chars().filter(|c| !c.is_ascii_digit()).collect()
}

impl Complaints {
    /// Adds one.
    pub fn add(&mut self, whom: String, what: String) {
        let kind = kind(&what);
        match self.groups.iter_mut().find(|group| group.0 == kind) {
            Some(group) => group.2.push(whom),
            None => self.groups.push((kind, what, vec![whom])),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (_, what, whom)) in self.groups.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            match &whom[..] {
                [one] => write!(f, "{one}: {what}")?,
                [first, rest @ ..] => {
                    write!(
                        f,
                        "{first}: {what} (and likewise {}",
                        rest[..rest.len().min(NAMED)].join(", ")
                    )?;
                    match rest.len().saturating_sub(NAMED) {
                        0 => f.write_str(")")?,
                        more => write!(f, " and {more} more, {} in all)", whom.len())?,
                    }
                }
                [] => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_complaint_is_made_once() {
        let mut complaints = Complaints::default();
        assert!(complaints.is_empty());
        for item in 0..59 {
            let what = format!("data/produced/{item:06}/vector.bin is missing");
            complaints.add(format!("item {item}"), what);
        }
        complaints.add("item 70".into(), "its text is not the committed one".into());
        assert_eq!(
            complaints.to_string(),
            "item 0: data/produced/000000/vector.bin is missing (and likewise item 1, item 2, item 3, item 4, item 5 \
             and 53 more, 59 in all); item 70: its text is not the committed one"
        );
    }
}
