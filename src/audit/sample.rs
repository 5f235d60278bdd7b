//! How many items to look at, and which.
//!
//! ```text
//! digest  = SHA256("candor/audit/challenge/v2" || 0x00 || root || SHA256(bundle's tag manifest)
//!           || classifier || population's name: len u32, text || its count u32 || n u32 || nonce)
//! seed    = SHA256("candor/audit/seed/v2" || 0x00 || digest || j u32 || a_j)
//! draw(i) = first 8 bytes, little-endian, of SHA256("candor/audit/draw/v1" || 0x00 || seed || i u64)
//! ```
//!
//! Numbers are little-endian. `j` is the audit's number, and `a_j` the link of the chain that the commitment
//! file ends ([`crate::commit::chain`]): fixed before the nonce was chosen, and unknown until it was used. So
//! neither who chooses the nonce nor who knows the chain can try out samples.
//!
//! The sample is a Fisher-Yates shuffle of the population, cut after `n`: step `k` swaps place `k` with
//! place `k + draw mod (N - k)`, where draws that would make small remainders likelier are skipped. Any
//! program in any language gets the same items.

use crate::commit::Hash;
use sha2::{Digest, Sha256};
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::HashMap;

/// The sample size that estimates a proportion within `margin` at `confidence` (both as fractions, such
/// as 0.025 and 0.95), whatever the proportion, in a population of `count`.
pub fn size(count: u32, confidence: f64, margin: f64) -> u32 {
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let infinite = z * z * 0.25 / (margin * margin);
    let n = infinite / (1.0 + (infinite - 1.0) / f64::from(count.max(1)));
    // A float to integer cast saturates.
    (n.ceil() as u32).clamp(1, count.max(1)).min(count)
}

/// The seed of the audit with this number: both sides' halves.
pub fn seed(digest: &Hash, number: u32, link: &Hash) -> Hash {
    Sha256::new_with_prefix(b"candor/audit/seed/v2\0")
        .chain_update(digest)
        .chain_update(number.to_le_bytes())
        .chain_update(link)
        .finalize()
        .into()
}

struct Draws {
    seed: [u8; 32],
    next: u64,
}

impl Draws {
    fn raw(&mut self) -> u64 {
        let hash = Sha256::new_with_prefix(b"candor/audit/draw/v1\0")
            .chain_update(self.seed)
            .chain_update(self.next.to_le_bytes())
            .finalize();
        self.next += 1;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash[..8]);
        u64::from_le_bytes(bytes)
    }

    /// Uniform below `n`, which is not zero.
    fn below(&mut self, n: u64) -> u64 {
        // The largest multiple of n that fits; above it, remainders would not be uniform.
        let limit = u64::MAX - (u64::MAX % n + 1) % n;
        loop {
            let draw = self.raw();
            if draw <= limit {
                return draw % n;
            }
        }
    }
}

/// `n` of the items, without replacement, ascending.
pub fn choose(seed: [u8; 32], items: &[u32], n: u32) -> Vec<u32> {
    let mut draws = Draws { seed, next: 0 };
    // Places that a swap has changed.
    let mut moved: HashMap<usize, usize> = HashMap::new();
    let n = (n as usize).min(items.len());
    let mut out = Vec::with_capacity(n);
    for k in 0..n {
        let j = k + draws.below((items.len() - k) as u64) as usize;
        let at_k = moved.get(&k).copied().unwrap_or(k);
        let at_j = moved.get(&j).copied().unwrap_or(j);
        moved.insert(j, at_k);
        out.push(items[at_j]);
    }
    out.sort_unstable();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_the_textbook_ones() {
        let large = u32::MAX;
        assert_eq!(size(large, 0.95, 0.05), 385);
        assert_eq!(size(large, 0.95, 0.025), 1537);
        assert_eq!(size(large, 0.95, 0.02), 2401);
        assert_eq!(size(large, 0.99, 0.05), 664);
        // The finite population correction, and small populations.
        assert_eq!(size(1000, 0.95, 0.05), 278);
        assert_eq!(size(10, 0.95, 0.05), 10);
        assert_eq!(size(1, 0.95, 0.05), 1);
        assert_eq!(size(0, 0.95, 0.05), 0);
    }

    #[test]
    fn samples_are_pinned_sorted_and_without_replacement() {
        let by_hand = [
            b"candor/audit/seed/v2\0",
            &[1u8; 32][..],
            &[2, 0, 0, 0],
            &[3; 32],
        ]
        .concat();
        let seed = seed(&[1; 32], 2, &[3; 32]);
        assert_eq!(seed, <Hash>::from(Sha256::digest(by_hand)));
        let items: Vec<u32> = (100..200).collect();
        let ten = choose(seed, &items, 10);
        assert_eq!(ten, choose(seed, &items, 10));
        assert!(ten.is_sorted_by(|a, b| a < b) && ten.len() == 10);
        assert!(ten.iter().all(|item| items.contains(item)));
        assert_eq!(choose(seed, &items, 100), items);
        assert_eq!(choose(seed, &items, 1000), items);
        assert!(choose(seed, &[], 5).is_empty());
        assert_ne!(ten, choose([0; 32], &items, 10));
    }

    /// Over many seeds every item comes up about equally often.
    #[test]
    fn no_item_is_preferred() {
        let items: Vec<u32> = (0..7).collect();
        let mut counts = [0u32; 7];
        for i in 0..7000u32 {
            let seed = Sha256::digest(i.to_le_bytes()).into();
            for item in choose(seed, &items, 2) {
                counts[item as usize] += 1;
            }
        }
        // 2000 expected, standard deviation about 38.
        assert!(
            counts.iter().all(|c| (1800..2200).contains(c)),
            "{counts:?}"
        );
    }
}
