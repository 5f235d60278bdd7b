//! The link between a proof's input columns and the corpus commitments: a Schnorr proof of representation.
//!
//! **Statement.** For every strip `s`, with `C_X,s` the commitment of column `X_s` in the proof,
//!
//! ```text
//! D_s = C_X,s - sum_e lambda_e C_{e,s}   lies in the span of   L_u, .., L_{n-1}, W
//! ```
//!
//! where `L_u ..` are the Lagrange bases of the blinding rows and `W` blinds commitments. Commitments are
//! binding, so the columns agree on every row that a gate looks at: `X_s = sum_e lambda_e x_{e,s}`.
//!
//! **Why one combination suffices.** The `lambda_e` are distinct powers of rho, which is drawn after the
//! `C_e` (they are in the statement) and after all activations. From accepting runs for as many values of
//! rho as there are items an extractor solves for every `x_e` (a Vandermonde system), so the prover knows
//! each vector, and the linear identity, a polynomial in rho, holds for them coefficient by coefficient.
//! No item can lean on another's commitment.
//!
//! **Protocol**, one for all strips (`zeta`, `e` by Fiat-Shamir over the challenge digest, which covers
//! statement and stages 0 and 1):
//!
//! ```text
//! D = sum_s zeta^s D_s;   prover sends R = sum_i k_i G_i;   e;   z_i = k_i + e t_i
//! verifier: sum_i z_i G_i = R + e D
//! ```
//!
//! Where the network is sealed, the differences of its columns of weights from the commitments of the sealed file,
//! `C_w,s - Sealed_s`, follow those of the inputs in the same proof, under further powers of zeta; the digest then
//! covers stage 2 as well.
//!
//! Special-sound and honest-verifier zero-knowledge; 256 bytes.

use ff::{Field, PrimeField};
use group::{Group, GroupEncoding};
use halo2_proofs::arithmetic::best_multiexp;
use pasta_curves::{Eq, EqAffine, Fp};

use super::challenge;
use super::powers::powers;
use super::shape::BLINDING_ROWS;
pub use super::shape::{BASES, LINK_BYTES};
use crate::points;

/// A proof that the difference of commitments lies in the blinding bases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkProof {
    commitment: EqAffine,
    responses: [Fp; BASES],
}

/// The bases for `n = 2^k` rows.
pub fn bases(basis: &crate::params::CommitBasis) -> [EqAffine; BASES] {
    let lagrange = &basis.lagrange;
    let first = lagrange.len() - BLINDING_ROWS;
    std::array::from_fn(|i| {
        if i < BLINDING_ROWS {
            lagrange[first + i]
        } else {
            basis.w
        }
    })
}

fn transcript(digest: &[u8; 64], differences: &[EqAffine], label: &[u8], extra: &[u8]) -> Fp {
    let mut bytes = label.to_vec();
    bytes.extend_from_slice(&(differences.len() as u64).to_le_bytes());
    for d in differences {
        bytes.extend_from_slice(&d.to_bytes());
    }
    bytes.extend_from_slice(extra);
    challenge::scalar(digest, &bytes)
}

fn zetas(digest: &[u8; 64], differences: &[EqAffine]) -> Vec<Fp> {
    let zeta = transcript(digest, differences, b"link/zeta", &[]);
    powers(zeta, differences.len())
}

impl LinkProof {
    /// Proves the link; `secrets[s]` are the coefficients of `D_s` in the bases, `nonces` are uniform and used for
    /// nothing else.
    #[cfg(feature = "prove")]
    pub fn prove(
        digest: &[u8; 64],
        bases: &[EqAffine; BASES],
        differences: &[EqAffine],
        secrets: &[[Fp; BASES]],
        nonces: [Fp; BASES],
    ) -> Self {
        use group::Curve;
        let zetas = zetas(digest, differences);
        let commitment = best_multiexp(&nonces, bases).to_affine();
        let e = transcript(digest, differences, b"link/e", &commitment.to_bytes());
        let responses = std::array::from_fn(|i| {
            let secret: Fp = zetas.iter().zip(secrets).map(|(z, t)| *z * t[i]).sum();
            nonces[i] + e * secret
        });
        LinkProof {
            commitment,
            responses,
        }
    }

    /// Checks the link.
    #[must_use]
    pub fn verify(
        &self,
        digest: &[u8; 64],
        bases: &[EqAffine; BASES],
        differences: &[EqAffine],
    ) -> bool {
        let zetas = zetas(digest, differences);
        let e = transcript(digest, differences, b"link/e", &self.commitment.to_bytes());
        let mut scalars = self.responses.to_vec();
        let mut points = bases.to_vec();
        scalars.extend(zetas.iter().map(|z| -(e * z)));
        points.extend_from_slice(differences);
        let left: Eq = best_multiexp(&scalars, &points);
        bool::from((left - Eq::from(self.commitment)).is_identity())
    }

    /// Canonical bytes: the commitment, then the responses, little-endian.
    pub fn to_bytes(&self) -> [u8; LINK_BYTES] {
        let mut out = [0; LINK_BYTES];
        out[..32].copy_from_slice(&self.commitment.to_bytes());
        for (chunk, z) in out[32..].chunks_exact_mut(32).zip(&self.responses) {
            chunk.copy_from_slice(&z.to_repr());
        }
        out
    }

    /// Parses canonical bytes; `None` for a point off the curve, the identity, or a scalar not reduced.
    pub fn from_bytes(bytes: &[u8; LINK_BYTES]) -> Option<Self> {
        let part = |i: usize| -> [u8; 32] {
            let mut out = [0; 32];
            out.copy_from_slice(&bytes[32 * i..32 * i + 32]);
            out
        };
        let commitment = points::read_point(&part(0))?;
        let mut responses = [Fp::ZERO; BASES];
        for (i, response) in responses.iter_mut().enumerate() {
            *response = Option::from(Fp::from_repr(part(i + 1)))?;
        }
        Some(LinkProof {
            commitment,
            responses,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use group::Curve;
    use rand::rngs::StdRng;
    use rand_core::SeedableRng;

    fn nonces(rng: &mut StdRng) -> [Fp; BASES] {
        std::array::from_fn(|_| Fp::random(&mut *rng))
    }

    fn setup() -> ([EqAffine; BASES], Vec<EqAffine>, Vec<[Fp; BASES]>, StdRng) {
        let mut rng = StdRng::seed_from_u64(1);
        let bases = std::array::from_fn(|_| Eq::random(&mut rng).to_affine());
        let secrets: Vec<[Fp; BASES]> = (0..3)
            .map(|_| std::array::from_fn(|_| Fp::random(&mut rng)))
            .collect();
        let differences = secrets
            .iter()
            .map(|t| best_multiexp(t, &bases).to_affine())
            .collect();
        (bases, differences, secrets, rng)
    }

    #[test]
    fn honest_links_verify_and_round_trip() {
        let (bases, differences, secrets, mut rng) = setup();
        let proof = LinkProof::prove(&[7; 64], &bases, &differences, &secrets, nonces(&mut rng));
        assert!(proof.verify(&[7; 64], &bases, &differences));
        assert_eq!(LinkProof::from_bytes(&proof.to_bytes()), Some(proof));
    }

    #[test]
    fn a_component_outside_the_span_is_caught_in_every_strip() {
        let (bases, differences, secrets, mut rng) = setup();
        for s in 0..differences.len() {
            let mut other = differences.clone();
            other[s] = (Eq::from(other[s]) + Eq::random(&mut rng)).to_affine();
            let proof = LinkProof::prove(&[7; 64], &bases, &other, &secrets, nonces(&mut rng));
            assert!(!proof.verify(&[7; 64], &bases, &other));
        }
    }

    #[test]
    fn a_proof_is_bound_to_its_transcript_and_differences() {
        let (bases, differences, secrets, mut rng) = setup();
        let proof = LinkProof::prove(&[7; 64], &bases, &differences, &secrets, nonces(&mut rng));
        assert!(!proof.verify(&[8; 64], &bases, &differences));
        let mut swapped = differences.clone();
        swapped.swap(0, 1);
        assert!(!proof.verify(&[7; 64], &bases, &swapped));
        let mut bytes = proof.to_bytes();
        bytes[40] ^= 1;
        assert!(!LinkProof::from_bytes(&bytes).is_some_and(|p| p.verify(
            &[7; 64],
            &bases,
            &differences
        )));
    }

    #[test]
    fn non_canonical_bytes_are_refused() {
        let (bases, differences, secrets, mut rng) = setup();
        let good =
            LinkProof::prove(&[7; 64], &bases, &differences, &secrets, nonces(&mut rng)).to_bytes();
        for i in 1..=BASES {
            let mut bytes = good;
            bytes[32 * i..32 * i + 32].fill(0xff);
            assert_eq!(LinkProof::from_bytes(&bytes), None);
        }
        let mut bytes = good;
        for not_a_commitment in [0xff, 0] {
            bytes[..32].fill(not_a_commitment);
            assert_eq!(LinkProof::from_bytes(&bytes), None);
        }
    }
}
