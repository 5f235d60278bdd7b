//! The responder's half of the seed of random audits, committed before anybody asks for one.
//!
//! ```text
//! a_0    = H^1024(r), r the vault's 32 random bytes; a_0 stands in the commitment file
//! a_j    = H^(1024 - j)(r), revealed with the answer to the audit with number j
//! H(x)   = SHA256("candor/audit/chain/v1" || 0x00 || x)
//! ```
//!
//! So `H^j(a_j) = a_0` for the one value that the responder can reveal: it could not choose `a_j` after it
//! saw a challenge, and nobody else knew it before. What was revealed for one audit says nothing about the
//! next, for that would take a preimage.

use super::tree::Hash;
use sha2::{Digest, Sha256};

/// How many audits one commitment can have.
pub const LENGTH: u32 = 1024;

/// One step of the chain.
fn step(link: &Hash) -> Hash {
    Sha256::new_with_prefix(b"candor/audit/chain/v1\0")
        .chain_update(link)
        .finalize()
        .into()
}

fn steps(mut link: Hash, count: u32) -> Hash {
    for _ in 0..count {
        link = step(&link);
    }
    link
}

/// What the commitment file states, from the vault's secret.
pub fn anchor(secret: &Hash) -> Hash {
    steps(*secret, LENGTH)
}

/// What the audit with this number reveals; `None` beyond the chain's ends.
pub fn link(secret: &Hash, number: u32) -> Option<Hash> {
    (1..=LENGTH)
        .contains(&number)
        .then(|| steps(*secret, LENGTH - number))
}

/// Whether `link` is what the audit with this number has to reveal.
pub fn belongs(anchor: &Hash, number: u32, link: &Hash) -> bool {
    (1..=LENGTH).contains(&number) && steps(*link, number) == *anchor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_leads_to_the_anchor_by_its_own_number_only() {
        let secret = [7; 32];
        let anchor = anchor(&secret);
        for number in [1, 2, 3, 500, LENGTH] {
            let link = link(&secret, number).unwrap();
            assert!(belongs(&anchor, number, &link));
            assert!(!belongs(&anchor, number - 1, &link));
            assert!(!belongs(&anchor, number + 1, &link));
            let mut other = link;
            other[0] ^= 1;
            assert!(!belongs(&anchor, number, &other));
        }
        assert_eq!(link(&secret, 0), None);
        assert_eq!(link(&secret, LENGTH + 1), None);
        assert_eq!(link(&secret, LENGTH), Some([7; 32]));
        // The anchor itself reveals nothing and is nobody's link.
        assert!(!belongs(&anchor, 0, &anchor));
    }

    #[test]
    fn the_step_is_pinned() {
        let by_hand = [b"candor/audit/chain/v1\0", &[1u8; 32][..]].concat();
        assert_eq!(step(&[1; 32]), <Hash>::from(Sha256::digest(by_hand)));
    }
}
