//! The tree written down once more, level by level and hash by hash, for tests to compare with.

use super::{Section, Seed};
use crate::record::tree::Hash;
use sha2::{Digest, Sha256};

fn sha(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
}

/// All leaf seeds of a tree, by splitting ranges from the top.
fn seeds(seed: Hash, count: usize) -> Vec<Hash> {
    let mut out = vec![(seed, count)];
    while out.iter().any(|(_, n)| *n > 1) {
        out = out
            .into_iter()
            .flat_map(|(seed, n)| {
                if n < 2 {
                    return vec![(seed, n)];
                }
                let left = n.next_power_of_two() / 2;
                let child = |b: u8| sha(&[&[2, b], &seed]);
                vec![(child(0), left), (child(1), n - left)]
            })
            .collect();
    }
    out.into_iter().map(|(seed, _)| seed).collect()
}

fn tree(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => [0; 32],
        [one] => *one,
        more => {
            let (l, r) = more.split_at(more.len().next_power_of_two() / 2);
            sha(&[&[5], &tree(l), &tree(r)])
        }
    }
}

pub(super) fn section(seed: &Seed, section: Section, values: &[Vec<u8>]) -> Hash {
    let id = [section as u8];
    let below = sha(&[&[2, 1], seed.as_bytes()]);
    let leaves: Vec<Hash> = (0u32..)
        .zip(values.iter().zip(seeds(below, values.len())))
        .map(|(at, (value, seed))| {
            let salt = sha(&[&[3], &seed]);
            let length = (value.len() as u32).to_le_bytes();
            sha(&[&[4], &salt, &id, &at.to_le_bytes(), &length, value])
        })
        .collect();
    let salt = sha(&[&[3], &sha(&[&[2, 0], seed.as_bytes()])]);
    let count = (values.len() as u32).to_le_bytes();
    sha(&[&[6], &salt, &id, &count, &tree(&leaves)])
}
