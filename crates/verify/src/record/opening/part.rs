//! Opening some leaves of a section: which, their values, and as little else as shows that they are the committed
//! ones.
//!
//! ```text
//! salt of the section 32 | count | 1 if the first run is open, else 0 | number of runs | length of each run
//! per open leaf: length, value | seeds 32 each | hashes 32 each                (numbers in base 128)
//! ```
//!
//! Runs of open and closed leaves take turns and make up the count. Seeds and hashes are those of the fewest subtrees
//! that lie wholly inside or outside of the open runs ([`shape::cover`]), from left to right; how many there are
//! follows, so nothing can be left over, and one set of leaves has one encoding.

use super::seed::Seed;
use super::shape::{self, Cover};
use super::{Section, node_hash, section_hash, subtree};
use crate::record::codec::{CodecError, Reader, put_varint};
use crate::record::tree::Hash;
use std::ops::Range;

/// Some leaves of a section, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    salt: Hash,
    count: u32,
    /// The open leaves: ascending, not empty, not touching.
    open: Vec<Range<u32>>,
    values: Vec<Vec<u8>>,
    seeds: Vec<Seed>,
    hashes: Vec<Hash>,
}

/// Why an opening of leaves is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// Too short, too long.
    #[error("malformed opening: {0}")]
    Codec(#[from] CodecError),
    /// A mark that has no meaning.
    #[error("malformed opening: the first run is neither open nor closed")]
    First,
    /// A run of no leaves.
    #[error("malformed opening: run {0} has no leaves")]
    EmptyRun(u32),
    /// Runs beyond the leaves, or not up to their end.
    #[error("malformed opening: its runs make up {found} leaves, it has {count}")]
    Runs {
        /// What they make up.
        found: u64,
        /// What they should.
        count: u32,
    },
    /// A section that is closed altogether is opened as such.
    #[error("malformed opening: it opens nothing")]
    Nothing,
}

impl Part {
    /// Opens the leaves in `open` of a section with this seed. `values` are the values of all its leaves.
    /// `None` if the runs are not ascending, apart, not empty and within the section, or if there are none.
    pub fn new(
        seed: &Seed,
        section: Section,
        values: &[&[u8]],
        open: &[Range<u32>],
    ) -> Option<Self> {
        let count = u32::try_from(values.len()).ok()?;
        let apart = open.windows(2).all(|pair| pair[0].end < pair[1].start);
        let fit = open
            .iter()
            .all(|run| run.start < run.end && run.end <= count);
        if open.is_empty() || !apart || !fit {
            return None;
        }
        let root = seed.child(1);
        let (mut seeds, mut hashes) = (Vec::new(), Vec::new());
        for Cover { leaves, open } in shape::cover(count, open) {
            let below = root.of_subtree(count, &leaves);
            if open {
                seeds.push(below);
            } else {
                let values = &values[leaves.start as usize..leaves.end as usize];
                let size = leaves.end - leaves.start;
                let mut values = values.iter().copied();
                hashes.push(subtree(&below, section, leaves.start, size, &mut values));
            }
        }
        let chosen = open
            .iter()
            .flat_map(|run| &values[run.start as usize..run.end as usize]);
        Some(Part {
            salt: seed.child(0).salt(),
            count,
            open: open.to_vec(),
            values: chosen.map(|value| value.to_vec()).collect(),
            seeds,
            hashes,
        })
    }

    /// How many leaves the section has.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The open leaves, as ascending runs.
    pub fn open(&self) -> &[Range<u32>] {
        &self.open
    }

    /// Whether every leaf is open.
    pub fn is_whole(&self) -> bool {
        self.open.first() == Some(&(0..self.count))
    }

    /// The open leaves with their values, in order.
    pub fn values(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let positions = self.open.iter().cloned().flatten();
        positions.zip(self.values.iter().map(Vec::as_slice))
    }

    /// The open runs with their values.
    pub fn stretches(&self) -> impl Iterator<Item = (u32, &[Vec<u8>])> {
        let mut at = 0;
        self.open.iter().map(move |run| {
            let size = (run.end - run.start) as usize;
            at += size;
            (run.start, &self.values[at - size..at])
        })
    }

    /// The section's hash, if this is an opening of it.
    pub fn hash(&self, section: Section) -> Hash {
        let (mut seeds, mut hashes) = (self.seeds.iter(), self.hashes.iter());
        let mut values = self.values.iter().map(Vec::as_slice);
        // The encoding has exactly the seeds and hashes that the cover needs; `parse` and `new` see to it.
        let nodes = shape::cover(self.count, &self.open)
            .into_iter()
            .map(|cover| {
                let size = cover.leaves.end - cover.leaves.start;
                let hash = match cover.open {
                    true => seeds
                        .next()
                        .map(|seed| subtree(seed, section, cover.leaves.start, size, &mut values)),
                    false => hashes.next().copied(),
                };
                (cover.leaves, hash.unwrap_or_default())
            });
        let nodes: Vec<(Range<u32>, Hash)> = nodes.collect();
        let root = join(0..self.count, &mut nodes.into_iter().peekable());
        section_hash(&self.salt, section, self.count, &root)
    }

    /// The encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.salt);
        put_varint(out, self.count);
        let first = self.open.first().is_some_and(|run| run.start == 0);
        out.push(u8::from(first));
        let (mut lengths, mut at) = (Vec::new(), 0);
        for run in &self.open {
            if run.start > at {
                lengths.push(run.start - at);
            }
            lengths.push(run.end - run.start);
            at = run.end;
        }
        if at < self.count {
            lengths.push(self.count - at);
        }
        put_varint(out, lengths.len() as u32);
        lengths.iter().for_each(|length| put_varint(out, *length));
        for value in &self.values {
            put_varint(out, value.len() as u32);
            out.extend_from_slice(value);
        }
        self.seeds
            .iter()
            .for_each(|seed| out.extend_from_slice(seed.as_bytes()));
        self.hashes
            .iter()
            .for_each(|hash| out.extend_from_slice(hash));
    }

    /// Parses an encoding; accepts exactly what [`Part::encode`] writes. Memory is taken for what is there, never
    /// for what a number announces.
    pub fn parse(reader: &mut Reader<'_>) -> Result<Self, PartError> {
        let salt = reader.array()?;
        let count = reader.varint()?;
        let mut is_open = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(PartError::First),
        };
        let runs = reader.varint()?;
        let (mut open, mut end) = (Vec::new(), 0u64);
        for number in 0..runs {
            let length = reader.varint()?;
            if length == 0 {
                return Err(PartError::EmptyRun(number));
            }
            let start = end;
            end += u64::from(length);
            if end > u64::from(count) {
                return Err(PartError::Runs { found: end, count });
            }
            if is_open {
                open.push(start as u32..end as u32);
            }
            is_open = !is_open;
        }
        if end != u64::from(count) {
            return Err(PartError::Runs { found: end, count });
        }
        if open.is_empty() {
            return Err(PartError::Nothing);
        }
        let mut values = Vec::new();
        for _ in open.iter().cloned().flatten() {
            let length = reader.varint()?;
            values.push(reader.take(length as usize)?.to_vec());
        }
        let (mut seeds, mut hashes) = (Vec::new(), Vec::new());
        let cover = shape::cover(count, &open);
        for _ in cover.iter().filter(|cover| cover.open) {
            seeds.push(Seed::from_bytes(reader.array()?));
        }
        for _ in cover.iter().filter(|cover| !cover.open) {
            hashes.push(reader.array()?);
        }
        Ok(Part {
            salt,
            count,
            open,
            values,
            seeds,
            hashes,
        })
    }
}

/// The hash over `leaves`, from the nodes that cover them, left to right.
fn join(
    leaves: Range<u32>,
    nodes: &mut std::iter::Peekable<impl Iterator<Item = (Range<u32>, Hash)>>,
) -> Hash {
    if let Some((_, hash)) = nodes.next_if(|(range, _)| *range == leaves) {
        return hash;
    }
    // Never reached by a cover of these leaves.
    if leaves.end - leaves.start < 2 {
        return Hash::default();
    }
    let middle = leaves.start + shape::split(leaves.end - leaves.start);
    let left = join(leaves.start..middle, nodes);
    let right = join(middle..leaves.end, nodes);
    node_hash(&left, &right)
}

#[cfg(test)]
// One stretch that is opened is a list of one range.
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::super::{naive, section};
    use super::*;
    use proptest::prelude::*;

    fn runs(flags: &[bool]) -> Vec<Range<u32>> {
        let open = (0..).zip(flags).filter(|(_, open)| **open);
        shape::runs(open.map(|(at, _)| at))
    }

    fn encoded(part: &Part) -> Vec<u8> {
        let mut out = Vec::new();
        part.encode(&mut out);
        out
    }

    fn parse(bytes: &[u8]) -> Result<Part, PartError> {
        let mut reader = Reader::new(bytes);
        let part = Part::parse(&mut reader)?;
        reader.finish()?;
        Ok(part)
    }

    fn arb() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<bool>, [u8; 32])> {
        (1usize..40).prop_flat_map(|n| {
            let value = proptest::collection::vec(any::<u8>(), 0..6);
            let values = proptest::collection::vec(value, n);
            let flags = proptest::collection::vec(any::<bool>(), n);
            let flags = flags.prop_filter("something is open", |flags| flags.contains(&true));
            (values, flags, any::<[u8; 32]>())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// What opens is what the plain tree has, written down without covers and recursion over seeds.
        #[test]
        fn openings_agree_with_a_tree_made_in_another_way((values, flags, seed) in arb()) {
            let seed = Seed::from_bytes(seed);
            let views: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
            let want = naive::section(&seed, Section::Text, &values);
            prop_assert_eq!(section(&seed, Section::Text, values.len() as u32, views.iter().copied()), want);
            let part = Part::new(&seed, Section::Text, &views, &runs(&flags)).unwrap();
            prop_assert_eq!(part.hash(Section::Text), want);
            prop_assert_ne!(part.hash(Section::People), want);
            let opened: Vec<(u32, &[u8])> = part.values().collect();
            let expected: Vec<(u32, &[u8])> = (0..).zip(views.iter().copied()).zip(&flags)
                .filter(|(_, open)| **open).map(|(leaf, _)| leaf).collect();
            prop_assert_eq!(opened, expected);
            let bytes = encoded(&part);
            prop_assert_eq!(parse(&bytes).unwrap(), part);
        }

        /// Nothing of a closed leaf is in an opening: neither its value nor its salt, nor a seed that leads there.
        #[test]
        fn closed_leaves_stay_closed((values, flags, seed) in arb()) {
            let seed = Seed::from_bytes(seed);
            let values: Vec<Vec<u8>> = (0..).zip(&values).map(|(n, _)| format!("value {n:04}").into_bytes()).collect();
            let views: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
            let part = Part::new(&seed, Section::Text, &views, &runs(&flags)).unwrap();
            let bytes = encoded(&part);
            let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            for (at, open) in flags.iter().enumerate() {
                prop_assert_eq!(contains(&values[at]), *open);
                let leaf = at as u32..at as u32 + 1;
                let below = seed.child(1).of_subtree(flags.len() as u32, &leaf);
                if !open {
                    prop_assert!(!contains(&below.salt()));
                    // Every seed on the way to it would open it.
                    let mut all = vec![seed.clone(), seed.child(1)];
                    let (mut up, mut range) = (seed.child(1), 0..flags.len() as u32);
                    while range.end - range.start > 1 {
                        let middle = range.start + shape::split(range.end - range.start);
                        let side = u8::from(leaf.start >= middle);
                        up = up.child(side);
                        range = if side == 0 { range.start..middle } else { middle..range.end };
                        all.push(up.clone());
                    }
                    prop_assert!(all.iter().all(|seed| !contains(seed.as_bytes())));
                }
            }
        }

        #[test]
        fn every_accepted_encoding_is_the_canonical_one(
            (values, flags, seed) in arb(), at: prop::sample::Index, flip in 1u8..
        ) {
            let views: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
            let seed = Seed::from_bytes(seed);
            let part = Part::new(&seed, Section::Text, &views, &runs(&flags)).unwrap();
            let mut bytes = encoded(&part);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            if let Ok(parsed) = parse(&bytes) {
                prop_assert_eq!(encoded(&parsed), bytes);
                prop_assert_ne!(parsed.hash(Section::Text), part.hash(Section::Text));
            }
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }
    }

    #[test]
    fn each_way_to_write_an_opening_wrongly_is_refused_by_its_own_name() {
        let seed = Seed::from_bytes([1; 32]);
        let values: [&[u8]; 5] = [b"a", b"b", b"c", b"d", b"e"];
        let part = Part::new(&seed, Section::Text, &values, &[1..3]).unwrap();
        // salt 32, count 5, first closed, 3 runs: 1, 2, 2.
        let bytes = encoded(&part);
        assert_eq!(bytes[32..38], [5, 0, 3, 1, 2, 2]);
        let with = |at: usize, value: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            parse(&bytes).unwrap_err()
        };
        assert_eq!(with(33, 2), PartError::First);
        assert_eq!(with(36, 0), PartError::EmptyRun(1));
        assert_eq!(with(37, 3), PartError::Runs { found: 6, count: 5 });
        assert_eq!(with(37, 1), PartError::Runs { found: 4, count: 5 });
        let mut shut = bytes[..33].to_vec();
        shut.extend([0, 1, 5]);
        assert_eq!(parse(&shut), Err(PartError::Nothing));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(
            parse(&longer),
            Err(PartError::Codec(CodecError::Trailing(1)))
        );
        let shorter = &bytes[..bytes.len() - 1];
        assert_eq!(parse(shorter), Err(PartError::Codec(CodecError::Truncated)));
        assert_eq!(Part::new(&seed, Section::Text, &values, &[]), None);
        assert_eq!(
            Part::new(&seed, Section::Text, &values, &[1..2, 2..3]),
            None
        );
        assert_eq!(Part::new(&seed, Section::Text, &values, &[4..6]), None);
    }

    #[test]
    fn a_huge_count_takes_no_memory() {
        let mut bytes = vec![0; 32];
        put_varint(&mut bytes, u32::MAX);
        bytes.extend([1, 1]);
        put_varint(&mut bytes, u32::MAX);
        assert_eq!(parse(&bytes), Err(PartError::Codec(CodecError::Truncated)));
    }
}
