//! The shape that all trees here have, as in RFC 6962, and how a set of leaves is covered by subtrees.

use std::ops::Range;

/// How many of `count` leaves (two or more) the left subtree has: the largest power of two below `count`.
pub fn split(count: u32) -> u32 {
    debug_assert!(count >= 2);
    1 << (31 - (count - 1).leading_zeros())
}

/// Ascending positions as the runs that they make up.
pub fn runs(positions: impl IntoIterator<Item = u32>) -> Vec<Range<u32>> {
    let mut out: Vec<Range<u32>> = Vec::new();
    for at in positions {
        match out.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => out.push(at..at + 1),
        }
    }
    out
}

/// A subtree that lies wholly inside or wholly outside of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Its leaves.
    pub leaves: Range<u32>,
    /// Whether they belong to the set.
    pub open: bool,
}

/// The fewest subtrees that lie wholly in the open runs or wholly outside, from left to right. `open` are ascending
/// runs that do not touch, within `count`.
pub fn cover(count: u32, open: &[Range<u32>]) -> Vec<Cover> {
    let mut out = Vec::new();
    if count > 0 {
        descend(0..count, open, &mut out);
    }
    out
}

fn descend(leaves: Range<u32>, open: &[Range<u32>], out: &mut Vec<Cover>) {
    // The runs that reach into these leaves.
    let from = open.partition_point(|run| run.end <= leaves.start);
    let to = open.partition_point(|run| run.start < leaves.end);
    match &open[from..to] {
        [] => out.push(Cover {
            leaves,
            open: false,
        }),
        [run] if run.start <= leaves.start && run.end >= leaves.end => {
            out.push(Cover { leaves, open: true });
        }
        some => {
            let middle = leaves.start + split(leaves.end - leaves.start);
            descend(leaves.start..middle, some, out);
            descend(middle..leaves.end, some, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_left_side_is_the_largest_power_of_two_below() {
        for (count, left) in [
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 4),
            (8, 4),
            (9, 8),
            (u32::MAX, 1 << 31),
        ] {
            assert_eq!(split(count), left, "{count}");
        }
    }

    proptest! {
        #[test]
        fn covers_have_every_leaf_once_on_the_right_side(flags in proptest::collection::vec(any::<bool>(), 1..80)) {
            let runs = runs(&flags);
            let mut found = Vec::new();
            for cover in cover(flags.len() as u32, &runs) {
                found.extend(cover.leaves.map(|_| cover.open));
            }
            prop_assert_eq!(found, flags);
        }
    }

    fn runs(flags: &[bool]) -> Vec<Range<u32>> {
        let open = (0..).zip(flags).filter(|(_, open)| **open);
        super::runs(open.map(|(at, _)| at))
    }

    #[test]
    fn huge_trees_cost_what_their_runs_cost() {
        let cover = cover(u32::MAX, &[5..6, 1_000_000..2_000_000]);
        assert!(cover.len() < 200, "{}", cover.len());
    }
}
