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
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

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

/// What stays in the vault. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AuditSecret(Hash);

impl AuditSecret {
    /// Fresh from the operating system's generator.
    pub fn random() -> Result<Self, SysError> {
        let mut secret = AuditSecret([0; 32]);
        SysRng.try_fill_bytes(&mut secret.0)?;
        Ok(secret)
    }

    /// As stored in a vault.
    pub fn from_bytes(bytes: Hash) -> Self {
        AuditSecret(bytes)
    }

    /// For storage in a vault.
    pub fn as_bytes(&self) -> &Hash {
        &self.0
    }

    /// What the commitment file states.
    pub fn anchor(&self) -> Hash {
        steps(self.0, LENGTH)
    }

    /// What the audit with this number reveals; `None` beyond the chain's ends.
    pub fn link(&self, number: u32) -> Option<Hash> {
        (1..=LENGTH)
            .contains(&number)
            .then(|| steps(self.0, LENGTH - number))
    }
}

impl std::fmt::Debug for AuditSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditSecret(..)")
    }
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
        let secret = AuditSecret::from_bytes([7; 32]);
        let anchor = secret.anchor();
        for number in [1, 2, 3, 500, LENGTH] {
            let link = secret.link(number).unwrap();
            assert!(belongs(&anchor, number, &link));
            assert!(!belongs(&anchor, number - 1, &link));
            assert!(!belongs(&anchor, number + 1, &link));
            let mut other = link;
            other[0] ^= 1;
            assert!(!belongs(&anchor, number, &other));
        }
        assert_eq!(secret.link(0), None);
        assert_eq!(secret.link(LENGTH + 1), None);
        assert_eq!(secret.link(LENGTH), Some([7; 32]));
        // The anchor itself reveals nothing and is nobody's link.
        assert!(!belongs(&anchor, 0, &anchor));
    }

    #[test]
    fn the_step_is_pinned_and_secrets_are_not_printed() {
        let by_hand = [b"candor/audit/chain/v1\0", &[1u8; 32][..]].concat();
        assert_eq!(step(&[1; 32]), <Hash>::from(Sha256::digest(by_hand)));
        let secret = AuditSecret::random().unwrap();
        assert_ne!(secret, AuditSecret::random().unwrap());
        assert_eq!(format!("{secret:?}"), "AuditSecret(..)");
    }
}
