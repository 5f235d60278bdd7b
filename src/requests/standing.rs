//! Where a case stands: what its answers revealed, and what one more would.

use super::similar::compare;
use super::{Answer, Ranges, RequestsError, Similar, answers, budget, classifier};
use crate::commit::Vault;
use crate::custody;
use crate::item::Form;
use crate::sealed::Published;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Undisclosed items by how many bits are known about each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bits {
    /// Items, neither produced by any answer nor withheld by one.
    pub items: u32,
    /// Items that an answer withheld and none produced.
    pub withheld: u32,
}

/// The requests answered over a root, and what they revealed.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// The recorded answers.
    pub answers: Vec<Answer>,
    /// SHA-256 of classifiers that only the custody log knows.
    pub unrecorded: Vec<String>,
    /// Bits about an undisclosed item: how many items.
    pub revealed: BTreeMap<u32, Bits>,
    /// The same after the request at hand; nothing where there is none. Where its matches are known, they are left
    /// out, unless an earlier answer withheld them: they will be produced or withheld.
    pub with_this: Option<BTreeMap<u32, Bits>>,
    /// The matches that were left out.
    pub selected: Option<u32>,
    /// Whether the request at hand was answered before.
    pub answered_before: bool,
    /// Earlier classifiers that hardly differ from the one at hand.
    pub similar: Vec<Similar>,
    /// Pairs of the request at hand and an earlier one of which one is sealed: whether they hardly differ, nobody can
    /// tell from what is known here.
    pub not_compared: u32,
    /// Most bits about an undisclosed item that were allowed.
    pub budget: Option<u32>,
}

impl Standing {
    /// Of a case, and of a request over it. `matches` are the items that the request selects, where that is
    /// known already.
    pub fn of(
        vault: &Vault,
        request: Option<Published<'_>>,
        matches: Option<&Ranges>,
    ) -> Result<Standing, RequestsError> {
        let case = vault.case();
        let answers = answers(case, vault.commitment().root_hex())?;
        let hash = request.map(|r| hex::encode(r.hash()));
        let known: BTreeSet<&str> = answers.iter().map(|a| a.classifier.as_str()).collect();
        let unrecorded: BTreeSet<String> = custody::read(case)?
            .entries
            .iter()
            .filter(|e| e.action == "prove")
            .filter_map(|e| e.facts.get("classifier"))
            .filter(|c| !known.contains(c.as_str()))
            .cloned()
            .collect();
        let answered_before = hash
            .as_ref()
            .is_some_and(|h| known.contains(h.as_str()) || unrecorded.contains(h));
        let mut revealed = BTreeMap::<u32, Bits>::new();
        let mut after = BTreeMap::<u32, Bits>::new();
        let mut selected = 0;
        let produced = union(&answers, |a| &a.produced);
        let withheld = union(&answers, |a| &a.withheld);
        for leaf in vault.leaves() {
            let leaf = leaf?;
            let index = leaf.index();
            if produced.contains(index) {
                continue;
            }
            let bits = |form: Form| leaf.form(form).is_some();
            let any = leaf.forms().iter().next().is_some();
            let told = answers.iter().filter(|a| bits(a.form)).count() as u32
                + if any { unrecorded.len() as u32 } else { 0 };
            let more = request.is_some_and(|r| !answered_before && bits(r.form()));
            let will_match = more
                && matches.is_some_and(|matches| matches.contains(index))
                && !withheld.contains(index);
            selected += u32::from(will_match);
            let with_this = (!will_match).then_some((&mut after, told + u32::from(more)));
            for (table, told) in [(&mut revealed, told)].into_iter().chain(with_this) {
                let of = table.entry(told).or_default();
                if withheld.contains(index) {
                    of.withheld += 1;
                } else {
                    of.items += 1;
                }
            }
        }
        let (mut similar, mut not_compared) = (Vec::new(), 0);
        for answer in answers
            .iter()
            .filter(|a| hash.as_ref() != Some(&a.classifier))
        {
            let (Some(request), Some(earlier)) = (request, classifier(case, answer)?) else {
                continue;
            };
            let (Some(one), Some(other)) = (request.whole(), earlier.published().whole()) else {
                not_compared += 1;
                continue;
            };
            if let Some((differing, of)) = compare(one, other) {
                similar.push(Similar {
                    classifier: answer.classifier.clone(),
                    name: answer.name.clone(),
                    differing,
                    of,
                    verdicts_differ: matches.map(|now| {
                        let then = union(std::slice::from_ref(answer), |a| &a.produced)
                            .iter()
                            .chain(answer.withheld.iter())
                            .collect::<BTreeSet<u32>>();
                        let now = now.iter().collect::<BTreeSet<u32>>();
                        then.symmetric_difference(&now).count() as u32
                    }),
                });
            }
        }
        Ok(Standing {
            unrecorded: unrecorded.into_iter().collect(),
            revealed,
            with_this: request.map(|_| after),
            selected: matches.map(|_| selected),
            answered_before,
            similar,
            not_compared,
            budget: budget(case)?,
            answers,
        })
    }

    /// Whether the request at hand stays within the budget.
    pub fn within_budget(&self) -> Result<(), RequestsError> {
        let (Some(budget), Some(after)) = (self.budget, &self.with_this) else {
            return Ok(());
        };
        let Some((bits, of)) = after.last_key_value() else {
            return Ok(());
        };
        if *bits <= budget || self.answered_before {
            return Ok(());
        }
        Err(RequestsError::OverBudget {
            bits: *bits,
            items: of.items + of.withheld,
            budget,
        })
    }

    /// In words, a line each, the most important first.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let earlier = self.answers.len() + self.unrecorded.len();
        for s in &self.similar {
            let verdicts = match s.verdicts_differ {
                Some(1) => {
                    "; the two verdicts differ on one item, which this singles out".to_owned()
                }
                Some(n) => format!("; the verdicts differ on {n} items"),
                None => String::new(),
            };
            lines.push(format!(
                "this classifier differs from '{}' ({}...), answered before, in {} of {} weights and biases{verdicts}: \
                 near-identical classifiers measure single documents",
                s.name,
                &s.classifier[..12],
                s.differing,
                s.of
            ));
        }
        if self.not_compared > 0 {
            lines.push(format!(
                "of {} pairs of this request and an earlier one, a classifier is sealed: whether they hardly differ, and \
                 together measure single documents, was not compared",
                self.not_compared
            ));
        }
        if earlier == 0 {
            lines.push("no request was answered over this root before".to_owned());
        } else {
            let requests = if earlier == 1 {
                "request was"
            } else {
                "requests were"
            };
            lines.push(format!(
                "{earlier} {requests} answered over this root before: {}",
                told(&self.revealed)
            ));
        }
        if let Some(after) = &self.with_this {
            lines.push(if self.answered_before {
                "this one was answered before and tells nothing new of undisclosed items, unless other items are \
                 withheld now"
                    .to_owned()
            } else {
                let but = match self.selected {
                    None => ", less those that match and are produced".to_owned(),
                    Some(0) => String::new(),
                    Some(n) => format!(
                        ", and one more about each of the {n} that match, as far as they are withheld and not produced"
                    ),
                };
                format!("with this one: {}{but}", told(after))
            });
        }
        if !self.unrecorded.is_empty() {
            lines.push(format!(
                "{} of them only the custody log knows: each is counted as a bit about every item",
                self.unrecorded.len()
            ));
        }
        if let Some(budget) = self.budget {
            lines.push(format!(
                "the budget of this case is {budget} about an undisclosed item"
            ));
        }
        lines
    }
}

fn union<'a>(answers: &'a [Answer], of: impl Fn(&'a Answer) -> &'a Ranges) -> Ranges {
    Ranges::of(answers.iter().flat_map(|a| of(a).iter()))
}

/// `2 bits about each of 40 undisclosed items and of 3 withheld; 1 bit about ...`.
fn told(table: &BTreeMap<u32, Bits>) -> String {
    let parts: Vec<String> = table
        .iter()
        .rev()
        .filter(|(bits, _)| **bits > 0)
        .map(|(bits, of)| {
            let unit = if *bits == 1 { "bit" } else { "bits" };
            let withheld = match of.withheld {
                0 => String::new(),
                n => format!(" and of {n} withheld"),
            };
            format!(
                "{bits} {unit} about each of {} undisclosed items{withheld}",
                of.items
            )
        })
        .collect();
    if parts.is_empty() {
        "nothing about undisclosed items".to_owned()
    } else {
        parts.join("; ")
    }
}
