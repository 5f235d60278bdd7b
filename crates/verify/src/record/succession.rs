//! A commitment and its supplements, one after the other: whether they are one chain, and whether what is said to be
//! resolved was an exception before and is read now.

use super::commitment::Commitment;
use super::leaf::{LeafStatus, PublicLeaf};
use super::supplement::{Resolved, Supplement};
use super::tree::Hash;
use std::collections::{BTreeMap, HashMap};

/// Commitments of which each but the first supplements the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    members: Vec<Commitment>,
    /// By the exception: commitment and item, then commitment and item of the answer.
    resolved: BTreeMap<(u32, u32), (u32, u32)>,
}

/// Why commitments are no chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// No file was given.
    #[error("there is no commitment")]
    Empty,
    /// The chain begins in its middle.
    #[error(
        "the first commitment given, with root {root}, is supplement {number} to the one with root {to}: give that \
         one as well, before it"
    )]
    First {
        /// The supplement.
        root: String,
        /// Its place.
        number: u32,
        /// What is missing.
        to: String,
    },
    /// A first commitment behind another one.
    #[error(
        "the commitment with root {root} supplements no other, and comes behind {before}: it is another corpus, or \
         its supplement was meant"
    )]
    NoSupplement {
        /// The commitment.
        root: String,
        /// The one before it.
        before: String,
    },
    /// The same file again.
    #[error("the commitment with root {0} is given twice")]
    Given(String),
    /// The right commitments, wrongly ordered.
    #[error(
        "wrong order: the commitment with root {root} supplements {to}, which is given behind it; give the first \
         commitment first, and every supplement behind what it supplements"
    )]
    Order {
        /// The supplement.
        root: String,
        /// Its predecessor.
        to: String,
    },
    /// Two supplements of one commitment.
    #[error(
        "a fork: both {one} and {other} supplement the commitment with root {to}; a second supplement has to \
         supplement the first one, or what is resolved could be told in two ways"
    )]
    Fork {
        /// What both supplement.
        to: String,
        /// A supplement.
        one: String,
        /// Another one.
        other: String,
    },
    /// The predecessor is another one.
    #[error(
        "the commitment with root {root} supplements {to}, which is not given; the one before it is {before}"
    )]
    Predecessor {
        /// The supplement.
        root: String,
        /// What it supplements.
        to: String,
        /// What was given.
        before: String,
    },
    /// A place that is not its own.
    #[error(
        "the commitment with root {root} says that it is supplement {stated}, and it is supplement {number}"
    )]
    Number {
        /// The supplement.
        root: String,
        /// What it says.
        stated: u32,
        /// What it is.
        number: u32,
    },
    /// An item that there is not.
    #[error("supplement {by} resolves item {item} of {}, which has only {count} items", name(*.commitment))]
    NoItem {
        /// The supplement.
        by: u32,
        /// The earlier commitment.
        commitment: u32,
        /// The item.
        item: u32,
        /// How many there are.
        count: u32,
    },
    /// Resolved by two supplements.
    #[error(
        "item {item} of {} is resolved twice, by supplement {first} and by supplement {second}", name(*.commitment)
    )]
    Twice {
        /// The earlier commitment.
        commitment: u32,
        /// The item.
        item: u32,
        /// The supplement that resolved it.
        first: u32,
        /// The supplement that resolves it again.
        second: u32,
    },
    /// It had been read, wholly.
    #[error(
        "supplement {by} resolves item {item} of {}, which was no exception: it had been read wholly and was searched",
        name(*.commitment)
    )]
    NoException {
        /// The supplement.
        by: u32,
        /// The earlier commitment.
        commitment: u32,
        /// The item.
        item: u32,
    },
    /// An item of another commitment, once more.
    #[error(
        "item {item} of {} is item {known} of {}, copied: it would be counted twice",
        name(*.commitment), name(*.first)
    )]
    Copy {
        /// The commitment.
        commitment: u32,
        /// Its item.
        item: u32,
        /// The commitment that has it already.
        first: u32,
        /// The item there.
        known: u32,
    },
    /// The answer is an exception itself.
    #[error(
        "supplement {by} names its item {answer} as the answer to item {item} of {}, and could not read it either",
        name(*.commitment)
    )]
    Unread {
        /// The supplement.
        by: u32,
        /// Its item.
        answer: u32,
        /// The earlier commitment.
        commitment: u32,
        /// The exception there.
        item: u32,
    },
}

/// Checks by the digests of the leaves, of each commitment in its order, that none of them has an item of another one.
/// A leaf's digest is salted, so no two items have the same: what has it is a copy, and would be counted twice.
pub fn no_item_twice(digests: &[Vec<Hash>]) -> Result<(), SuccessionError> {
    let mut seen = HashMap::new();
    for (commitment, digests) in (0..).zip(digests) {
        for (item, digest) in (0..).zip(digests) {
            if let Some((first, known)) = seen.insert(*digest, (commitment, item)) {
                return Err(SuccessionError::Copy {
                    commitment,
                    item,
                    first,
                    known,
                });
            }
        }
    }
    Ok(())
}

/// A commitment of a chain in words.
pub fn name(number: u32) -> String {
    match number {
        0 => "the first commitment".to_owned(),
        n => format!("supplement {n}"),
    }
}

impl Succession {
    /// Checks that these are one chain, the first commitment first, as far as the files alone can tell.
    pub fn new(members: Vec<Commitment>) -> Result<Self, SuccessionError> {
        let root = |at: usize| members[at].root_hex().to_owned();
        let place = |wanted: &str| members.iter().position(|m| m.root_hex() == wanted);
        for (at, member) in members.iter().enumerate() {
            if place(member.root_hex()) != Some(at) {
                return Err(SuccessionError::Given(root(at)));
            }
        }
        let first = members.first().ok_or(SuccessionError::Empty)?;
        if let Some(supplement) = first.supplements() {
            let to = supplement.root.clone();
            return Err(match place(&to) {
                Some(_) => SuccessionError::Order { root: root(0), to },
                None => SuccessionError::First {
                    root: root(0),
                    number: supplement.number,
                    to,
                },
            });
        }
        let mut resolved = BTreeMap::new();
        for at in 1..members.len() {
            let Some(supplement) = members[at].supplements() else {
                return Err(SuccessionError::NoSupplement {
                    root: root(at),
                    before: root(at - 1),
                });
            };
            follows(supplement, at, &members)?;
            let by = at as u32;
            for &Resolved {
                commitment,
                item,
                by: answer,
            } in &supplement.resolves
            {
                // The file was refused if it named one behind itself.
                let count = members[commitment as usize].count();
                if item >= count {
                    return Err(SuccessionError::NoItem {
                        by,
                        commitment,
                        item,
                        count,
                    });
                }
                if let Some((first, _)) = resolved.insert((commitment, item), (by, answer)) {
                    return Err(SuccessionError::Twice {
                        commitment,
                        item,
                        first,
                        second: by,
                    });
                }
            }
        }
        Ok(Succession { members, resolved })
    }

    /// The commitments, the first one first.
    pub fn members(&self) -> &[Commitment] {
        &self.members
    }

    /// The exceptions that were resolved: commitment and item, then the supplement and its item.
    pub fn resolved(&self) -> impl Iterator<Item = ((u32, u32), (u32, u32))> + '_ {
        self.resolved
            .iter()
            .map(|(exception, by)| (*exception, *by))
    }

    /// Checks by the leaves that what is resolved was an exception or read in part only, and that the answers were
    /// read.
    pub fn check_leaves<'l>(
        &self,
        leaf: impl Fn(u32, u32) -> Option<&'l PublicLeaf>,
    ) -> Result<(), SuccessionError> {
        for ((commitment, item), (by, answer)) in self.resolved() {
            let status = |commitment, item| leaf(commitment, item).map(PublicLeaf::status);
            if !matches!(
                status(commitment, item),
                Some(LeafStatus::Exception(_) | LeafStatus::Partly)
            ) {
                return Err(SuccessionError::NoException {
                    by,
                    commitment,
                    item,
                });
            }
            if !matches!(
                status(by, answer),
                Some(LeafStatus::Read | LeafStatus::Partly)
            ) {
                return Err(SuccessionError::Unread {
                    by,
                    answer,
                    commitment,
                    item,
                });
            }
        }
        Ok(())
    }
}

/// Whether the member in this place supplements the one before it.
fn follows(
    supplement: &Supplement,
    at: usize,
    members: &[Commitment],
) -> Result<(), SuccessionError> {
    let root = members[at].root_hex().to_owned();
    let before = members[at - 1].root_hex();
    let to = supplement.root.clone();
    if to != before {
        return Err(
            match members.iter().position(|member| member.root_hex() == to) {
                Some(earlier) if earlier < at => SuccessionError::Fork {
                    to,
                    one: members[earlier + 1].root_hex().to_owned(),
                    other: root,
                },
                Some(_) => SuccessionError::Order { root, to },
                None => SuccessionError::Predecessor {
                    root,
                    to,
                    before: before.to_owned(),
                },
            },
        );
    }
    if supplement.number as usize != at {
        return Err(SuccessionError::Number {
            root,
            stated: supplement.number,
            number: at as u32,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Form;
    use crate::record::commitment::{Numbering, Stated, Tally};
    use crate::record::leaf::{FormCommitment, ReasonCode};
    use group::CurveAffine;
    use halo2_proofs::pasta::EqAffine;

    #[test]
    fn no_item_is_counted_twice() {
        let own = [vec![[1; 32], [2; 32]], vec![[3; 32]]];
        assert_eq!(no_item_twice(&own), Ok(()));
        let copied = [vec![[1; 32], [2; 32]], vec![[3; 32], [2; 32]]];
        let refused = no_item_twice(&copied).unwrap_err().to_string();
        assert!(
            refused.contains("item 1 of supplement 1 is item 1 of the first commitment"),
            "{refused}"
        );
    }

    fn leaf(index: u32, read: bool) -> PublicLeaf {
        let form = FormCommitment::new(Form::TextHash4080V1, vec![EqAffine::generator()]).unwrap();
        let (status, forms) = match read {
            true => (LeafStatus::Read, vec![form]),
            false => {
                let code = ReasonCode::new("encrypted").unwrap();
                (LeafStatus::Exception(code), vec![])
            }
        };
        PublicLeaf::new(index, status, [index as u8; 32], forms).unwrap()
    }

    /// A commitment to items of which those named were read.
    fn commitment(id: u8, read: &[bool], supplements: Option<Supplement>) -> Commitment {
        let mut tally = Tally::default();
        for (index, read) in (0..).zip(read) {
            tally.add(&leaf(index, *read));
        }
        let stated = Stated {
            case: "acme",
            custodian: None,
            created: time::macros::datetime!(2026-03-01 12:00 UTC),
            id: [id; 32],
            numbering: Numbering::Shuffled,
            forms: &Form::ALL,
            unread: BTreeMap::new(),
            scope: vec![],
            audit_anchor: [5; 32],
            supplements,
        };
        Commitment::new(stated, &tally).unwrap()
    }

    fn supplement(of: &Commitment, number: u32, resolves: &[(u32, u32, u32)]) -> Supplement {
        let resolved = |&(commitment, item, by): &(u32, u32, u32)| Resolved {
            commitment,
            item,
            by,
        };
        Supplement {
            root: of.root_hex().to_owned(),
            number,
            why: None,
            resolves: resolves.iter().map(resolved).collect(),
        }
    }

    /// Items 1 and 2 of the first could not be read, nor item 1 of the second.
    fn chain() -> Vec<Commitment> {
        let first = commitment(1, &[true, false, false], None);
        let second = supplement(&first, 1, &[(0, 2, 0)]);
        let second = commitment(2, &[true, false], Some(second));
        let third = supplement(&second, 2, &[(0, 1, 1), (1, 1, 0)]);
        let third = commitment(3, &[true, true], Some(third));
        vec![first, second, third]
    }

    fn statuses() -> [Vec<PublicLeaf>; 3] {
        let leaves = |read: &[bool]| (0..).zip(read).map(|(at, read)| leaf(at, *read)).collect();
        [
            leaves(&[true, false, false]),
            leaves(&[true, false]),
            leaves(&[true, true]),
        ]
    }

    fn refusal(members: Vec<Commitment>) -> SuccessionError {
        Succession::new(members).unwrap_err()
    }

    #[test]
    fn a_chain_holds_and_says_what_is_resolved_by_what() {
        let chain = Succession::new(chain()).unwrap();
        let resolved: Vec<_> = chain.resolved().collect();
        assert_eq!(
            resolved,
            [((0, 1), (2, 1)), ((0, 2), (1, 0)), ((1, 1), (2, 0))]
        );
        let leaves = statuses();
        let leaf = |commitment: u32, item: u32| leaves[commitment as usize].get(item as usize);
        assert_eq!(chain.check_leaves(leaf), Ok(()));
    }

    #[test]
    fn what_is_no_chain_is_refused_by_its_own_name() {
        let [first, second, third] = chain().try_into().unwrap();
        let root = |commitment: &Commitment| commitment.root_hex().to_owned();
        assert_eq!(refusal(vec![]), SuccessionError::Empty);
        assert_eq!(
            refusal(vec![second.clone()]),
            SuccessionError::First {
                root: root(&second),
                number: 1,
                to: root(&first)
            }
        );
        assert_eq!(
            refusal(vec![second.clone(), first.clone()]),
            SuccessionError::Order {
                root: root(&second),
                to: root(&first)
            }
        );
        assert_eq!(
            refusal(vec![first.clone(), third.clone(), second.clone()]),
            SuccessionError::Order {
                root: root(&third),
                to: root(&second)
            }
        );
        assert_eq!(
            refusal(vec![first.clone(), third.clone()]),
            SuccessionError::Predecessor {
                root: root(&third),
                to: root(&second),
                before: root(&first)
            }
        );
        assert_eq!(
            refusal(vec![first.clone(), first.clone()]),
            SuccessionError::Given(root(&first))
        );
        let stranger = commitment(9, &[true], None);
        assert_eq!(
            refusal(vec![first.clone(), stranger.clone()]),
            SuccessionError::NoSupplement {
                root: root(&stranger),
                before: root(&first)
            }
        );
        let other = commitment(4, &[true], Some(supplement(&first, 1, &[])));
        assert_eq!(
            refusal(vec![first.clone(), second.clone(), other.clone()]),
            SuccessionError::Fork {
                to: root(&first),
                one: root(&second),
                other: root(&other)
            }
        );
        let numbered = commitment(4, &[true], Some(supplement(&first, 2, &[])));
        assert_eq!(
            refusal(vec![first.clone(), numbered.clone()]),
            SuccessionError::Number {
                root: root(&numbered),
                stated: 2,
                number: 1
            }
        );
        let beyond = commitment(4, &[true], Some(supplement(&first, 1, &[(0, 3, 0)])));
        assert_eq!(
            refusal(vec![first.clone(), beyond]),
            SuccessionError::NoItem {
                by: 1,
                commitment: 0,
                item: 3,
                count: 3
            }
        );
        let again = commitment(5, &[true], Some(supplement(&second, 2, &[(0, 2, 0)])));
        assert_eq!(
            refusal(vec![first, second, again]),
            SuccessionError::Twice {
                commitment: 0,
                item: 2,
                first: 1,
                second: 2
            }
        );
    }

    #[test]
    fn what_had_been_read_is_not_resolved_and_what_is_not_read_resolves_nothing() {
        let chain = Succession::new(chain()).unwrap();
        let mut leaves = statuses();
        leaves[0][2] = leaf(2, true);
        let of = |leaves: &[Vec<PublicLeaf>; 3]| {
            let leaves = leaves.clone();
            let look = |commitment: u32, item: u32| leaves[commitment as usize].get(item as usize);
            chain.check_leaves(look).unwrap_err()
        };
        assert_eq!(
            of(&leaves),
            SuccessionError::NoException {
                by: 1,
                commitment: 0,
                item: 2
            }
        );
        let mut leaves = statuses();
        leaves[2][1] = leaf(1, false);
        assert_eq!(
            of(&leaves),
            SuccessionError::Unread {
                by: 2,
                answer: 1,
                commitment: 0,
                item: 1
            }
        );
    }
}
