//! What the guard finds, and what follows from it.

use super::allow::AllowError;
use super::passage::{Passage, Passages};
use super::{Allowance, Reader};
use crate::ingest::names::escape;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing; nothing is asked.
    Told,
    /// A person has to decide.
    Near,
    /// The withheld content itself.
    Exact,
}

/// In what way something that leaves gives away something that is withheld.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "ground", rename_all = "snake_case")]
pub enum Ground {
    /// It lies inside.
    Contains,
    /// The same bytes.
    SameBytes,
    /// The same Message-ID.
    SameMessage,
    /// The same words in the same order.
    SameText {
        /// How many.
        words: usize,
    },
    /// A good part of the text.
    Quotes {
        /// Shingles that are shared.
        shared: usize,
        /// Of the withheld text.
        of: usize,
    },
    /// A good part of the text, in what no reader shows of the file.
    InBytes {
        /// Shingles that are shared.
        shared: usize,
        /// Of the withheld text.
        of: usize,
    },
    /// The same picture, or nearly.
    SamePicture {
        /// Mean difference of a value, of 255.
        difference: u32,
    },
    /// Its path leads through the withheld item.
    PathNames,
    /// It was attached to the withheld item.
    AttachedTo,
    /// One of its facts is the withheld item's subject or file name.
    FactNames {
        /// Which.
        fact: String,
    },
    /// It answers or refers to the withheld message.
    Thread,
    /// That item was withheld when another request was answered, and is not withheld now.
    Earlier,
}

impl Ground {
    fn words(&self) -> String {
        match self {
            Ground::Contains => "contains it".to_owned(),
            Ground::SameBytes => "has the same bytes".to_owned(),
            Ground::SameMessage => "is the same message (Message-ID)".to_owned(),
            Ground::SameText { words } => format!("has the same text ({words} words)"),
            Ground::Quotes { shared, of } => format!(
                "has {} % of its text in it ({shared} of {of} runs of {} words)",
                shared * 100 / (*of).max(1),
                super::words::SHINGLE
            ),
            Ground::InBytes { shared, of } => format!(
                "has {} % of its text in its file, where no reader shows it ({shared} of {of} runs of {} words)",
                shared * 100 / (*of).max(1),
                super::words::SHINGLE
            ),
            Ground::SamePicture { difference: 0 } => "is the same picture".to_owned(),
            Ground::SamePicture { difference } => {
                format!("is nearly the same picture (mean difference {difference} of 255)")
            }
            Ground::PathNames => "names it in its path".to_owned(),
            Ground::AttachedTo => "was attached to it".to_owned(),
            Ground::FactNames { fact } => format!("has its name as {fact}"),
            Ground::Thread => "refers to it (thread)".to_owned(),
            Ground::Earlier => "was withheld from an earlier request".to_owned(),
        }
    }
}

/// Another commitment of the same chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Elsewhere {
    /// Its case.
    pub case: String,
    /// Whether it supplements the case at hand; otherwise it is supplemented by it.
    pub later: bool,
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = escape(&self.case);
        match self.later {
            true => write!(f, "{case}, which supplements this case"),
            false => write!(f, "{case}, which this case supplements"),
        }
    }
}

/// Something withheld that another commitment of the chain has handed over, or will.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Handed {
    /// The item that is withheld here.
    pub withheld: u32,
    /// Its path.
    pub withheld_path: String,
    /// The other commitment.
    pub elsewhere: Elsewhere,
    /// The item there that has it, or something in it.
    pub item: u32,
    /// Its path.
    pub path: String,
    /// Whether it was handed over; otherwise this request selects it there, and nothing was decided yet.
    pub already: bool,
    /// In what way.
    pub grounds: Vec<Ground>,
}

impl fmt::Display for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grounds: Vec<String> = self.grounds.iter().map(Ground::words).collect();
        write!(
            f,
            "item {} ({}) is withheld, and item {} ({}) of {}, {}: it {}",
            self.withheld,
            escape(&self.withheld_path),
            self.item,
            escape(&self.path),
            self.elsewhere,
            match self.already {
                true => "was handed over",
                false => "will be handed over with this request, unless it is withheld there",
            },
            grounds.join(", ")
        )
    }
}

/// One pair of items.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The withheld item.
    pub withheld: u32,
    /// Its path.
    pub withheld_path: String,
    /// What lies inside the withheld item, if it is not the item itself that is concerned.
    pub part: Option<String>,
    /// The item that would leave.
    pub outgoing: u32,
    /// Its path.
    pub outgoing_path: String,
    /// What lies inside the item that would leave, if it is not the item itself.
    pub inside: Option<String>,
    /// How grave.
    pub level: Level,
    /// In what way.
    pub grounds: Vec<Ground>,
    /// If the withheld item is one of another commitment of the chain.
    pub elsewhere: Option<Elsewhere>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.elsewhere.is_none() && self.withheld == self.outgoing {
            let grounds: Vec<String> = self.grounds.iter().map(Ground::words).collect();
            let path = escape(&self.outgoing_path);
            write!(f, "item {} ({path}) ", self.outgoing)?;
            if let Some(inside) = &self.inside {
                write!(f, "contains {}, which ", escape(inside))?;
            }
            return write!(f, "{}", grounds.join(", "));
        }
        write!(
            f,
            "{} {} ({})",
            match self.grounds.contains(&Ground::Earlier) {
                true => "item withheld from an earlier request,",
                false => "withheld item",
            },
            self.withheld,
            escape(&self.withheld_path)
        )?;
        if let Some(elsewhere) = &self.elsewhere {
            write!(f, " of {elsewhere}")?;
        }
        if let Some(part) = &self.part {
            write!(f, ", of which {} is a part,", escape(part))?;
        }
        write!(
            f,
            ": item {} ({})",
            self.outgoing,
            escape(&self.outgoing_path)
        )?;
        if let Some(inside) = &self.inside {
            write!(f, " contains {}, which", escape(inside))?;
        }
        let words = |ground: &&Ground| **ground != Ground::Earlier;
        let grounds: Vec<String> = self
            .grounds
            .iter()
            .filter(words)
            .map(Ground::words)
            .collect();
        write!(f, " {}", grounds.join(", "))
    }
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Findings {
    /// Pairs, gravest first.
    pub findings: Vec<Finding>,
    /// Withheld items.
    pub withheld: usize,
    /// Items that were withheld when other requests were answered, and are not withheld now.
    pub earlier: usize,
    /// Items that were withheld from other commitments of the chain.
    pub withheld_elsewhere: usize,
    /// What is withheld here, and was or will be handed over from another commitment of the chain.
    pub handed_over: Vec<Handed>,
    /// Supplements of this case that could not be compared, and why.
    pub unreachable: BTreeMap<String, String>,
    /// Items that leave.
    pub outgoing: usize,
    /// Items inside of these that were compared, themselves included.
    pub compared: usize,
    /// Further pairs with items that are among the findings: of one item that leaves, eight withheld ones are named.
    pub more: usize,
    /// Runs of words that were not compared, because they stand in many withheld texts and in many that leave.
    pub set_aside: usize,
    /// Items inside of what leaves that could not be read, or not wholly, with the reasons: of these no more than
    /// their bytes and what was read was compared.
    pub unseen: BTreeMap<u32, String>,
    /// What is shared, passage by passage.
    #[serde(skip)]
    pub(super) passages: Passages,
    /// Passages that were allowed, and that there are not.
    #[serde(skip)]
    pub idle_passages: Vec<String>,
}

/// Findings that stand in the way.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Refusal {
    /// Withheld content that would leave as it is.
    pub exact: Vec<Finding>,
    /// What somebody has to decide.
    pub near: Vec<Finding>,
    /// Allowances of items about which nothing was found.
    pub idle: Vec<u32>,
    /// Passages that several of the items in `near` share and that settle them: one answer each.
    pub passages: Vec<Passage>,
}

impl Refusal {
    /// Items of which nothing is asked but by way of the passages.
    pub fn grouped(&self) -> BTreeSet<u32> {
        let items = self.passages.iter().flat_map(|p| &p.items);
        items.copied().collect()
    }

    /// How many answers are due: one for each passage, and one for each other item.
    pub fn questions(&self) -> usize {
        let grouped = self.grouped();
        let near = self.near.iter().map(|f| f.outgoing);
        let alone: BTreeSet<u32> = near.filter(|item| !grouped.contains(item)).collect();
        self.passages.len() + alone.len()
    }
}

impl Findings {
    /// The gravest first.
    pub(super) fn put_in_order(&mut self) {
        self.findings
            .sort_by_key(|f| (std::cmp::Reverse(f.level), f.outgoing, f.withheld));
    }

    /// Nothing, if everything near was allowed and nothing is exact.
    pub fn judge(&self, allowed: &[Allowance], reader: Reader) -> Result<(), Refusal> {
        let by_item: BTreeSet<u32> = allowed.iter().map(|a| a.item).collect();
        let can_be_allowed = |f: &Finding| {
            f.level == Level::Near || (f.level == Level::Exact && reader == Reader::InCamera)
        };
        let (mut exact, mut near, mut used) = (Vec::new(), Vec::new(), BTreeSet::new());
        for finding in &self.findings {
            if can_be_allowed(finding) {
                if by_item.contains(&finding.outgoing) {
                    used.insert(finding.outgoing);
                } else {
                    near.push(finding.clone());
                }
            } else if finding.level == Level::Exact {
                exact.push(finding.clone());
            }
        }
        let concerned: BTreeSet<u32> = exact.iter().map(|f| f.outgoing).collect();
        let idle: Vec<u32> = by_item
            .difference(&used)
            .copied()
            .filter(|item| !concerned.contains(item))
            .collect();
        if exact.is_empty() && near.is_empty() && idle.is_empty() {
            Ok(())
        } else {
            let undecided = near.iter().map(|f| f.outgoing).collect();
            let passages = match reader {
                Reader::OtherSide => self.passages.open(&undecided),
                // What the judge sees, the judge sees for a reason of its own.
                Reader::InCamera => Vec::new(),
            };
            Err(Refusal {
                exact,
                near,
                idle,
                passages,
            })
        }
    }

    /// The items that allowed passages settle; names of passages that there are not are kept.
    pub fn settle(&mut self, given: &[(String, String)]) -> Vec<Allowance> {
        self.idle_passages = self.passages.unknown(given);
        self.passages.allow(given)
    }

    /// Refuses a passage that is allowed and that there is not.
    pub fn no_idle_passage(&self) -> Result<(), AllowError> {
        match self.idle_passages.first() {
            Some(id) => Err(AllowError::Passage(id.clone())),
            None => Ok(()),
        }
    }

    /// Findings that are told only.
    pub fn told(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.level == Level::Told)
    }

    /// In a sentence or two.
    pub fn summary(&self) -> String {
        let mut out = format!(
            "disclosure guard: {} withheld items against {} items in {} that go out",
            self.withheld, self.compared, self.outgoing
        );
        if self.earlier > 0 {
            out += &format!(
                "; so were {} that were withheld from earlier requests",
                self.earlier
            );
        }
        if self.withheld_elsewhere > 0 {
            out += &format!(
                "; so were {} that were withheld from other commitments of this chain",
                self.withheld_elsewhere
            );
        }
        for (case, why) in &self.unreachable {
            out += &format!(
                "; NOT COMPARED with {}, which supplements this case: {why} (if it was moved: candor case chain CASE --moved \
                 DIR)",
                escape(case)
            );
        }
        if !self.unseen.is_empty() {
            out += &format!(
                "; {} items inside of what goes out could not be read, or not wholly: what was not read of them was \
                 not compared",
                self.unseen.len()
            );
        }
        if self.set_aside > 0 {
            out += &format!(
                "; {} runs of words that stand in many of both, such as footers, were not compared",
                self.set_aside
            );
        }
        if self.more > 0 {
            out += &format!(
                "; {} further pairs of the items named are not listed",
                self.more
            );
        }
        let told = self.told().count();
        if told > 0 {
            out += &format!(
                "; {told} go out that refer to a withheld item by thread, subject or file name"
            );
        }
        out
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exact.is_empty() && self.near.is_empty() {
            write!(f, "nothing withheld would go out, but:")?;
        } else {
            write!(f, "what is withheld would go out:")?;
        }
        for finding in &self.exact {
            write!(f, "\n  {finding}: withhold item {} too", finding.outgoing)?;
        }
        for passage in &self.passages {
            write!(
                f,
                "\n  {passage}: withhold them too, or allow it once for all of them: --allow 'passage:{}=REASON'",
                passage.id
            )?;
        }
        let grouped = self.grouped();
        for finding in self.near.iter().filter(|f| !grouped.contains(&f.outgoing)) {
            write!(
                f,
                "\n  {finding}: withhold item {item} too, or allow it: --allow '{item}=REASON'",
                item = finding.outgoing
            )?;
        }
        for item in &self.idle {
            write!(
                f,
                "\n  item {item} is allowed, but nothing was found about it that has to be: take the allowance out"
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
