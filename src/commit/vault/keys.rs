//! What a vault derives from its one secret: the seeds of opening trees, the blinds of commitments, the order of the
//! items.
//!
//! ```text
//! seed    = HMAC-SHA256(secret, "candor/seed/v4"  || 0x00 || id || number u32)
//! blind   = 64 bytes, HMAC-SHA256(secret, "candor/blind/v4" || 0x00 || id || number u32 || strip u32 || half u8 || form)
//!           for half 0 and 1, reduced to a scalar
//! rank    = first 8 bytes of HMAC-SHA256(secret, "candor/order/v4" || 0x00 || id || number u32)
//! ```
//!
//! `id` are the 32 random bytes of the commitment. `number` is the item's place in the order of reading, which never
//! leaves the vault: so trees can be made while reading, before it is known how many items there will be, and the
//! public index follows from the ranks at the end. Labels are apart, so that what opens a document opens no vector.

use super::secret::VaultSecret;
use crate::commit::pedersen;
use crate::commit::tree::Hash;
use crate::item::Form;
use candor_verify::record::opening::Seed;
use ff::FromUniformBytes;
use halo2_proofs::pasta::Fp;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The secret of a vault for one commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    secret: VaultSecret,
    id: Hash,
}

impl Keys {
    /// Of a vault whose commitment has this id.
    pub fn new(secret: VaultSecret, id: Hash) -> Self {
        Keys { secret, id }
    }

    /// Fresh ones, with a fresh id.
    pub fn random() -> Result<Self, SysError> {
        let mut id = [0; 32];
        SysRng.try_fill_bytes(&mut id)?;
        Ok(Keys::new(VaultSecret::random()?, id))
    }

    /// The vault's secret.
    pub fn secret(&self) -> &VaultSecret {
        &self.secret
    }

    /// The commitment's id.
    pub fn id(&self) -> &Hash {
        &self.id
    }

    fn mac(&self, label: &str, number: u32, rest: &[&[u8]]) -> Hash {
        // A key of any length is accepted.
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes any key");
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(&self.id);
        mac.update(&number.to_le_bytes());
        rest.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// The seed of an item's opening tree.
    pub fn seed(&self, number: u32) -> Seed {
        Seed::from_bytes(self.mac("candor/seed/v4", number, &[]))
    }

    /// The blinds of the strips of an item's vector of a form. The caller's copy is the caller's to guard.
    pub fn blinds(&self, number: u32, form: Form) -> Vec<Fp> {
        (0..form.strips() as u32)
            .map(|strip| {
                let mut wide = Zeroizing::new([0; 64]);
                for (half, bytes) in (0u8..).zip(wide.as_chunks_mut::<32>().0) {
                    let parts: [&[u8]; 3] = [&strip.to_le_bytes(), &[half], form.id().as_bytes()];
                    *bytes = self.mac("candor/blind/v4", number, &parts);
                }
                Fp::from_uniform_bytes(&wide)
            })
            .collect()
    }

    /// The public index of every item, by its number: a random order, which is the same whenever it is asked for.
    pub fn shuffled(&self, count: u32) -> Vec<u32> {
        let mut ranks: Vec<(u64, u32)> = (0..count)
            .map(|number| {
                let mac = self.mac("candor/order/v4", number, &[]);
                let mut rank = [0; 8];
                rank.copy_from_slice(&mac[..8]);
                (u64::from_le_bytes(rank), number)
            })
            .collect();
        ranks.sort_unstable();
        let mut order = vec![0; count as usize];
        for (index, (_, number)) in (0..).zip(ranks) {
            order[number as usize] = index;
        }
        order
    }
}

/// A commitment to a vector with the blinds of its item.
pub(crate) fn commit(
    keys: &Keys,
    number: u32,
    vector: &crate::item::CanonicalVector,
) -> Result<Vec<halo2_proofs::pasta::EqAffine>, pedersen::PedersenError> {
    let blinds = candor_core::wipe::Wiped(keys.blinds(number, vector.form()));
    pedersen::commit(&vector.form(), vector.bytes(), &blinds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(secret: u8, id: u8) -> Keys {
        Keys::new(VaultSecret::from_bytes([secret; 32]), [id; 32])
    }

    #[test]
    fn everything_depends_on_secret_id_number_and_label() {
        let mut seen = BTreeSet::new();
        for keys in [keys(1, 1), keys(2, 1), keys(1, 2)] {
            for number in [0, 1] {
                assert!(seen.insert(*keys.seed(number).as_bytes()));
                for form in Form::ALL {
                    let blinds = keys.blinds(number, form);
                    assert_eq!(blinds.len(), form.strips());
                    for blind in blinds {
                        assert!(seen.insert(ff::PrimeField::to_repr(&blind)));
                    }
                }
            }
        }
        assert_eq!(keys(1, 1).seed(7), keys(1, 1).seed(7));
        assert_eq!(format!("{:?}", keys(1, 1).secret()), "VaultSecret(..)");
    }

    #[test]
    fn the_order_is_a_permutation_that_only_the_secret_knows() {
        let order = keys(1, 1).shuffled(1000);
        assert_eq!(order, keys(1, 1).shuffled(1000));
        assert_ne!(order, keys(2, 1).shuffled(1000));
        let all: BTreeSet<u32> = order.iter().copied().collect();
        assert_eq!(all, (0..1000).collect());
        // Neighbours do not stay neighbours: of 999 pairs about two would by chance.
        let near = order
            .windows(2)
            .filter(|w| w[0].abs_diff(w[1]) == 1)
            .count();
        assert!(near < 15, "{near} neighbours");
    }
}
