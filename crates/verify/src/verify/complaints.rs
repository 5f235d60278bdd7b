//! Complaints about many things: each is kept, and in one sentence those that say the same are grouped, so that
//! fifty-nine times the same is one complaint there.

use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// Most of those concerned that are named in the sentence; the others are counted.
const NAMED: usize = 5;

/// One of many things that a check looked at, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// Which, as in "item 7".
    pub about: String,
    /// Why it fails.
    pub why: String,
}

/// Why a check failed: in one sentence, or with every one that is concerned.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    sentence: String,
    each: Vec<Complaint>,
}

/// A complaint without its numbers: those of items and files are what differs between two of a kind.
fn kind(why: &str) -> String {
    why.chars().filter(|c| !c.is_ascii_digit()).collect()
}

impl Complaints {
    /// Adds one.
    pub fn add(&mut self, about: String, why: String) {
        self.each.push(Complaint { about, why });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sentence.is_empty() && self.each.is_empty()
    }

    /// Every one.
    pub fn into_each(self) -> Vec<Complaint> {
        self.each
    }
}

impl From<String> for Complaints {
    fn from(sentence: String) -> Self {
        let each = Vec::new();
        Complaints { sentence, each }
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        let mut places = HashMap::new();
        let mut groups: Vec<Vec<&Complaint>> = Vec::new();
        for complaint in &self.each {
            let place = *places.entry(kind(&complaint.why)).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Vec::new());
            }
            groups[place].push(complaint);
        }
        for (at, group) in groups.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            let [first, rest @ ..] = &group[..] else {
                continue;
            };
            write!(f, "{}: {}", first.about, first.why)?;
            if rest.is_empty() {
                continue;
            }
            let named: Vec<&str> = rest.iter().take(NAMED).map(|c| &*c.about).collect();
            write!(f, " (and likewise {}", named.join(", "))?;
            match rest.len() - named.len() {
                0 => f.write_str(")")?,
                more => write!(f, " and {more} more, {} in all)", group.len())?,
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
        assert_eq!(complaints.into_each().len(), 60);
    }
}
