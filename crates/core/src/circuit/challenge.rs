//! Challenges drawn outside halo2 (Fiat-Shamir over a prefix of the proof).
//!
//! ```text
//! d1 = H("candor/ch1/v1", shape, statement digest, stage-0 commitments)   beta1, beta2, alpha, rho, theta
//! d2 = H("candor/ch2/v1", d1, stage-1 commitments)                        tau, kappa
//! d3 = H("candor/ch3/v1", d2, stage-2 commitments)                        eta
//! ```
//!
//! `kappa` and the third line are for sealed networks, which have columns of stage 2.
//!
//! The prefix of a halo2 proof is exactly the 32-byte compressed advice commitments in column order, and
//! the statement digest binds every corpus commitment and every public verdict, so each challenge depends
//! on everything that must be fixed before it. In the random-oracle model each challenge is uniform; the
//! identities have degree below 2^40 in each of them, so a false one survives with probability below
//! 2^40 / 2^254 per hash query.

use ff::FromUniformBytes;
use pasta_curves::Fp;

/// A compressed advice commitment as it stands in the proof.
pub type PointBytes = [u8; 32];

/// The challenges drawn after stage 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenges1 {
    /// Shift of the quotient lookup.
    pub beta1: Fp,
    /// Shift of the remainder lookup.
    pub beta2: Fp,
    /// Compresses `(q, a)` to `q + alpha a`.
    pub alpha: Fp,
    /// The point of the linear identity.
    pub rho: Fp,
    /// Keeps the verdicts apart from the linear identity.
    pub theta: Fp,
    digest: [u8; 64],
}

/// The challenge drawn after stage 1, and the digest that later protocols continue from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenges2 {
    /// The point at which the committed `c` is compared with the weights.
    pub tau: Fp,
    /// Joins that comparison and the linear identity where the weights are secret.
    pub kappa: Fp,
    digest: [u8; 64],
}

fn hash(domain: &[u8], parts: &[&[u8]], points: &[PointBytes]) -> [u8; 64] {
    let mut state = blake2b_simd::Params::new().hash_length(64).to_state();
    state.update(&(domain.len() as u64).to_le_bytes());
    state.update(domain);
    for part in parts {
        state.update(&(part.len() as u64).to_le_bytes());
        state.update(part);
    }
    state.update(&(points.len() as u64).to_le_bytes());
    for point in points {
        state.update(point);
    }
    let mut out = [0; 64];
    out.copy_from_slice(state.finalize().as_bytes());
    out
}

/// A uniform field element from a digest and a label.
pub fn scalar(digest: &[u8; 64], label: &[u8]) -> Fp {
    Fp::from_uniform_bytes(&hash(b"candor/scalar/v1", &[digest, label], &[]))
}

impl Challenges1 {
    /// Draws the first challenges.
    pub fn draw(shape: &[u8], statement: &[u8; 32], stage0: &[PointBytes]) -> Self {
        let digest = hash(b"candor/ch1/v1", &[shape, statement], stage0);
        let get = |label: &str| scalar(&digest, label.as_bytes());
        Challenges1 {
            beta1: get("beta1"),
            beta2: get("beta2"),
            alpha: get("alpha"),
            rho: get("rho"),
            theta: get("theta"),
            digest,
        }
    }
}

impl Challenges2 {
    /// Draws the second challenge.
    pub fn draw(first: &Challenges1, stage1: &[PointBytes]) -> Self {
        let digest = hash(b"candor/ch2/v1", &[&first.digest], stage1);
        Challenges2 {
            tau: scalar(&digest, b"tau"),
            kappa: scalar(&digest, b"kappa"),
            digest,
        }
    }

    /// A digest over both stages, for protocols that run beside the circuit.
    pub fn digest(&self) -> &[u8; 64] {
        &self.digest
    }
}

/// The challenge drawn after stage 2 of a sealed network's proof, and the digest that later protocols continue from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenges3 {
    /// The point at which the committed `g` is compared with what it has to be.
    pub eta: Fp,
    digest: [u8; 64],
}

impl Challenges3 {
    /// Draws the third challenge.
    pub fn draw(second: &Challenges2, stage2: &[PointBytes]) -> Self {
        let digest = hash(b"candor/ch3/v1", &[&second.digest], stage2);
        Challenges3 {
            eta: scalar(&digest, b"eta"),
            digest,
        }
    }

    /// A digest over all stages, for protocols that run beside the circuit.
    pub fn digest(&self) -> &[u8; 64] {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_moves_every_later_challenge() {
        let base = Challenges1::draw(b"shape", &[1; 32], &[[2; 32], [3; 32]]);
        for other in [
            Challenges1::draw(b"shapf", &[1; 32], &[[2; 32], [3; 32]]),
            Challenges1::draw(b"shape", &[0; 32], &[[2; 32], [3; 32]]),
            Challenges1::draw(b"shape", &[1; 32], &[[2; 32], [4; 32]]),
            Challenges1::draw(b"shape", &[1; 32], &[[2; 32]]),
            Challenges1::draw(b"shape", &[1; 32], &[[3; 32], [2; 32]]),
        ] {
            assert_ne!(base.beta1, other.beta1);
            assert_ne!(base.beta2, other.beta2);
            assert_ne!(base.alpha, other.alpha);
            assert_ne!(base.rho, other.rho);
            assert_ne!(base.theta, other.theta);
            assert_ne!(
                Challenges2::draw(&base, &[]).tau,
                Challenges2::draw(&other, &[]).tau
            );
        }
        let [one, two] = [1, 2].map(|i| Challenges2::draw(&base, &[[i; 32]]));
        assert_ne!(one.tau, two.tau);
        assert_ne!(one.kappa, two.kappa);
        assert_ne!(one.kappa, one.tau);
        let eta = |second, stage2: &[PointBytes]| Challenges3::draw(second, stage2).eta;
        assert_ne!(eta(&one, &[]), eta(&two, &[]));
        assert_ne!(eta(&one, &[[1; 32]]), eta(&one, &[[2; 32]]));
    }
}
