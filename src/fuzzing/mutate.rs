//! Mutations of seeds, the same on every machine.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Longest result.
const LONGEST: usize = 1 << 18;

/// Numbers that lengths and counts break at.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// Makes hostile bytes from honest ones.
#[derive(Debug)]
pub struct Mutator {
    rng: ChaCha20Rng,
    tokens: &'static [&'static str],
}

impl Mutator {
    /// A source of mutations; `tokens` are words that the format knows.
    pub fn new(start: u64, tokens: &'static [&'static str]) -> Self {
        Mutator {
            rng: ChaCha20Rng::seed_from_u64(start),
            tokens,
        }
    }

    fn below(&mut self, n: usize) -> usize {
        (self.rng.next_u64() % n.max(1) as u64) as usize
    }

    /// A mutation of one of the seeds: few changes mostly, many at times.
    pub fn next(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let chosen = self.below(seeds.len());
        let mut bytes = seeds[chosen].clone();
        let changes = 1 << self.below(6);
        for _ in 0..changes {
            let other = self.below(seeds.len());
            self.change(&mut bytes, &seeds[other]);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    /// A random stretch of `bytes`, short mostly.
    fn stretch(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let at = self.below(bytes.len() + 1);
        let longest = (bytes.len() - at).min(1 << self.below(12));
        at..at + self.below(longest + 1)
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        match self.below(10) {
            0 | 1 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                bytes[at] ^= 1 << self.below(8);
            }
            2 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                bytes[at] = self.rng.next_u32() as u8;
            }
            3 => {
                let cut = self.stretch(bytes);
                bytes.drain(cut);
            }
            4 => {
                let again = self.stretch(bytes);
                let copy = bytes[again.clone()].to_vec();
                let times = 1 + self.below(4);
                for _ in 0..times {
                    bytes.splice(again.end..again.end, copy.iter().copied());
                }
            }
            5 => {
                let (to, from) = (self.stretch(bytes), self.stretch(other));
                bytes.splice(to, other[from].iter().copied());
            }
            6 if !self.tokens.is_empty() => {
                let token = self.tokens[self.below(self.tokens.len())];
                let to = self.stretch(bytes);
                bytes.splice(to.start..to.start, token.bytes());
            }
            7 => {
                // A number of one to eight bytes, in either order.
                let value = EDGES[self.below(EDGES.len())];
                let width = 1 << self.below(4);
                let mut number = value.to_le_bytes()[..width].to_vec();
                if self.below(2) == 0 {
                    number.reverse();
                }
                let at = self.below(bytes.len() + 1);
                let end = bytes.len().min(at + width);
                bytes.splice(at..end, number);
            }
            8 => {
                // A number in digits.
                let value = EDGES[self.below(EDGES.len())];
                let at = self.below(bytes.len() + 1);
                bytes.splice(at..at, value.to_string().into_bytes());
            }
            _ => {
                let at = self.below(bytes.len() + 1);
                if self.below(20) == 0 {
                    bytes.truncate(at);
                } else {
                    let mut noise = [0u8; 8];
                    self.rng.fill_bytes(&mut noise);
                    let count = 1 + self.below(8);
                    bytes.splice(at..at, noise[..count].iter().copied());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutations_are_the_same_everywhere_and_all_different() {
        let seeds = vec![b"an honest seed".to_vec(), b"another one".to_vec()];
        let run = |start| -> Vec<Vec<u8>> {
            let mut mutator = Mutator::new(start, &["token"]);
            (0..200).map(|_| mutator.next(&seeds)).collect()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let distinct: std::collections::BTreeSet<_> = run(1).into_iter().collect();
        assert!(distinct.len() > 150);
    }
}
