//! One commitment of a chain: what its bundle came to, and what a later one resolves of it.

use super::found::{Check, Counts, Stamped};
use super::verdict::NotSearched;
use crate::bundle::Disposition;
use crate::clean;
use crate::record::Commitment;
use crate::record::scope::ScopeRule;
use crate::record::succession;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Most resolved exceptions that the report for people lists of each commitment.
const LISTED: usize = 50;

/// A commitment, and the verification of its bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its place: 0 is the first commitment, n its n-th supplement.
    pub number: u32,
    /// Its root, in hexadecimal.
    pub root: String,
    /// The case's name.
    pub case: String,
    /// Whose documents these are.
    pub custodian: Option<String>,
    /// When it was made, as stated by the responder.
    pub committed_at: String,
    /// When it existed, as an authority attests whose time-stamp was checked.
    pub time_stamp: Option<Stamped>,
    /// Why it came later, as the responder states.
    pub why: Option<String>,
    /// How many items it has.
    pub items: u32,
    /// How many earlier exceptions and partly read items its items answer.
    pub resolves: u32,
    /// What the verification of its bundle says first; nothing if it was not verified.
    pub headline: Option<String>,
    /// The count identity of its bundle, if it verified.
    pub counts: Option<Counts>,
    /// What of it was not searched, if its bundle verified.
    pub not_searched: Option<NotSearched>,
    /// What the responder states to have left out before.
    pub scope: Vec<ScopeRule>,
    /// What of its partly read items was not read, as the responder states.
    pub unread: BTreeMap<String, u32>,
    /// The checks of its bundle.
    pub checks: Vec<Check>,
    /// Which of its exceptions and partly read items supplements answer.
    pub resolved: Vec<Answered>,
}

/// What an answer of a supplement comes to for the request at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was an exception, and the answer was searched.
    Resolved,
    /// It was read in part, and the answer was read wholly and searched.
    Completed,
    /// It was read in part, and so was the answer.
    StillPartly,
    /// The answer is outside the classifier's form, so this request did not search it either.
    NotSearched,
}

/// An exception or a partly read item that a supplement answers, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The item.
    pub item: u32,
    /// Why it was an exception; `partly-read` if it was none.
    pub reason: String,
    /// The supplement.
    pub supplement: u32,
    /// The item there that is the same document, as the responder states.
    pub by: u32,
    /// What became of that one, if its bundle verified.
    pub disposition: Option<Disposition>,
    /// What that comes to.
    pub outcome: Outcome,
}

/// The reason of an item that was no exception.
pub(super) const PARTLY: &str = "partly-read";

impl Link {
    /// What the commitment file says.
    pub(super) fn new(number: u32, commitment: &Commitment) -> Self {
        let supplement = commitment.supplements();
        Link {
            number,
            root: commitment.root_hex().to_owned(),
            case: commitment.case().to_owned(),
            custodian: commitment.custodian().map(str::to_owned),
            committed_at: commitment.created().to_owned(),
            time_stamp: None,
            why: supplement.and_then(|supplement| supplement.why.clone()),
            items: commitment.count(),
            resolves: supplement.map_or(0, |supplement| supplement.resolves.len() as u32),
            headline: None,
            counts: None,
            not_searched: None,
            scope: commitment.scope().to_vec(),
            unread: commitment.unread().clone(),
            checks: Vec::new(),
            resolved: Vec::new(),
        }
    }

    /// How it is called, as a heading.
    pub fn title(&self) -> String {
        let name = succession::name(self.number);
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }

    /// In sentences: what it holds, why it came later, what of it was resolved.
    pub fn sentences(&self) -> Vec<String> {
        let custodian = self.custodian.as_deref();
        let of = custodian.map(|name| format!(", custodian {name}"));
        let mut out = vec![format!(
            "root {}, {} items{}",
            self.root,
            self.items,
            of.unwrap_or_default()
        )];
        if let Some(why) = &self.why {
            out.push(format!(
                "made later because, as the responder states: {why}"
            ));
        }
        if self.number > 0 {
            out.push(match self.resolves {
                0 => "it answers nothing that could not be read before".to_owned(),
                1 => "one of its items answers one that could not be read before, or not wholly"
                    .to_owned(),
                n => format!(
                    "{n} of its items answer such as could not be read before, or not wholly"
                ),
            });
        }
        out.push(match &self.headline {
            // What holds of one bundle is not the verdict on the chain.
            Some(headline) => format!("its bundle by itself: {headline}"),
            None => "its bundle was not verified".to_owned(),
        });
        out.extend(self.resolved.iter().take(LISTED).map(Answered::sentence));
        if self.resolved.len() > LISTED {
            let more = self.resolved.len() - LISTED;
            out.push(format!("and {more} more of its items are answered"));
        }
        out
    }

    pub(super) fn show(&self, out: &mut String) {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "\n{}:", self.title());
        for sentence in self.sentences() {
            let _ = writeln!(out, "  - {}", clean::line(&sentence));
        }
        for check in &self.checks {
            let _ = writeln!(out, "  {}", check.line());
        }
    }
}

impl Answered {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        let became = match self.disposition {
            Some(disposition) => format!(", {}", disposition.label()),
            None => String::new(),
        };
        let (is, but) = match self.outcome {
            Outcome::Resolved => ("is resolved", ""),
            Outcome::Completed => ("is completed", ""),
            Outcome::StillPartly => ("is read again", ", which was read in part as well"),
            Outcome::NotSearched => (
                "is answered",
                ": this request did not search that one either, so it is not resolved",
            ),
        };
        format!(
            "its item {} ({}) {is} by item {} of {}{became}{but}",
            self.item,
            match &*self.reason {
                PARTLY => "read in part",
                reason => reason,
            },
            self.by,
            succession::name(self.supplement)
        )
    }
}
