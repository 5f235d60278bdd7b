//! The prover's secret randomness: one generator, seeded anew by the operating system for every proof and never
//! stored, and a name for everything that is drawn from it.
//!
//! The names are for the tests: they record what was drawn, look for it in the proof, and spoil one kind of draw at a
//! time to see that exactly the guards of that kind notice (`zero_knowledge`).

use ff::Field;
use pasta_curves::Fp;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng, UnwrapErr};
use zeroize::Zeroize;

/// What a random scalar is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::circuit) enum Secret {
    /// A blinding row of a column.
    Row,
    /// The blind of a column's commitment.
    Column,
    /// A coefficient of the random polynomial beside the quotient.
    Random,
    /// The blind of its commitment.
    RandomBlind,
    /// The blind of a piece of the quotient.
    Piece,
    /// The blind of the polynomial that stands for all openings.
    Opening,
    /// A coefficient of the polynomial that masks the inner product argument.
    Mask,
    /// The blind of its commitment.
    MaskBlind,
    /// The blind of one side of a round of the inner product argument.
    Round,
    /// A nonce of the link proof.
    Nonce,
}

/// Where secret scalars come from.
pub(in crate::circuit) struct Randomness {
    rng: ChaCha20Rng,
    #[cfg(test)]
    pub spoiler: spoiling::Spoiler,
}

impl Randomness {
    /// A generator of its own for one proof: two proofs from one seed would reveal witnesses.
    pub fn fresh() -> Self {
        let mut seed = [0u8; 32];
        UnwrapErr(rand::rngs::SysRng).fill_bytes(&mut seed);
        let rng = ChaCha20Rng::from_seed(seed);
        seed.zeroize();
        Randomness {
            rng,
            #[cfg(test)]
            spoiler: spoiling::Spoiler::default(),
        }
    }

    /// A uniform scalar.
    pub fn scalar(&mut self, secret: Secret) -> Fp {
        let value = Fp::random(&mut self.rng);
        #[cfg(test)]
        let value = self.spoiler.pass(secret, value);
        #[cfg(not(test))]
        let _ = secret;
        value
    }

    /// Uniform scalars.
    pub fn scalars(&mut self, secret: Secret, count: usize) -> Vec<Fp> {
        (0..count).map(|_| self.scalar(secret)).collect()
    }
}

/// Faults that tests inject.
#[cfg(test)]
pub(in crate::circuit) mod spoiling {
    use super::Secret;
    use ff::Field;
    use pasta_curves::Fp;
    use std::collections::BTreeMap;

    /// What goes wrong with one kind of draw.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Fault {
        /// All are zero.
        Zero,
        /// All of a proof are the same.
        Shared,
        /// They are the same in every proof.
        Fixed,
        /// They are drawn well, and the prover uses zero instead.
        Unused,
    }

    /// Records draws, and spoils one kind.
    #[derive(Default)]
    pub struct Spoiler {
        /// The kind to spoil.
        pub fault: Option<(Secret, Fault)>,
        /// Everything drawn, as the prover should have used it.
        pub drawn: BTreeMap<Secret, Vec<Fp>>,
    }

    impl Spoiler {
        pub fn pass(&mut self, secret: Secret, honest: Fp) -> Fp {
            let all = self.drawn.entry(secret).or_default();
            let (recorded, used) = match self.fault {
                Some((spoiled, fault)) if spoiled == secret => match fault {
                    Fault::Zero => (Fp::ZERO, Fp::ZERO),
                    Fault::Shared => {
                        let first = *all.first().unwrap_or(&honest);
                        (first, first)
                    }
                    Fault::Fixed => {
                        let fixed = Fp::from(1_000_003 + all.len() as u64).square();
                        (fixed, fixed)
                    }
                    Fault::Unused => (honest, Fp::ZERO),
                },
                _ => (honest, honest),
            };
            all.push(recorded);
            used
        }
    }
}
