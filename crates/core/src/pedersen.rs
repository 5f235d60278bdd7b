//! Pedersen commitments of canonical vectors.
//!
//! A vector `x` of a form is cut into strips of [`Form::strip_rows`] entries. Strip `s` is committed
//! at rows `0..` of a column of `2^k` rows:
//!
//! ```text
//! C_s = sum_j x_{s,j} L_j + r_s W
//! ```
//!
//! with `L` the Lagrange basis, `W` the blinding base and `r_s` uniform. The commitment hides `x`
//! perfectly, binds under the discrete logarithm assumption on Vesta, and is additively
//! homomorphic, which is what proofs use: a random combination of items is committed by the same
//! combination of their commitments.
//!
//! Entries are bytes: the sum is that of [`msm::bytes`]. `r W` takes 32 additions from a table. Running time depends on the vector: this runs on the responder's own machine.

use crate::item::Form;
use crate::msm;
use crate::params::{self, ParamsError};
use ff::PrimeField;
use group::{Curve, Group};
use halo2_proofs::pasta::{Eq, EqAffine, Fp};
use std::sync::OnceLock;
use zeroize::Zeroize;

/// Why a vector could not be committed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PedersenError {
    /// No basis.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// Not a vector of this form.
    #[error("a vector of form {form} has {} bytes, not {found}", form.len())]
    Length {
        /// The form.
        form: Form,
        /// The length given.
        found: usize,
    },
    /// One blinding factor per strip is needed.
    #[error("form {form}: {found} blinding factors are not one for every strip")]
    Blinds {
        /// The form.
        form: Form,
        /// How many were given.
        found: usize,
    },
}

/// Commits to `bytes`, a vector of `form`, with one blinding factor per strip.
pub fn commit(form: &Form, bytes: &[u8], blinds: &[Fp]) -> Result<Vec<EqAffine>, PedersenError> {
    if bytes.len() != form.len() {
        return Err(PedersenError::Length {
            form: *form,
            found: bytes.len(),
        });
    }
    if blinds.len() != form.strips() {
        return Err(PedersenError::Blinds {
            form: *form,
            found: blinds.len(),
        });
    }
    let basis = params::basis(form.k())?;
    let table = BlindTable::get()?;
    let points: Vec<Eq> = bytes
        .chunks(form.strip_rows())
        .zip(blinds)
        .map(|(strip, blind)| msm::bytes(strip, &basis.points) + table.mul(blind))
        .collect();
    Ok(affine(&points))
}

fn affine(points: &[Eq]) -> Vec<EqAffine> {
    let mut affine = vec![EqAffine::default(); points.len()];
    Eq::batch_normalize(points, &mut affine);
    affine
}

/// Commits to integers in strips of the rows of `form`, with one blinding factor per strip: the numbers of a network
/// that reads it.
#[cfg(feature = "prove")]
pub fn commit_integers(
    form: &Form,
    values: &[i64],
    blinds: &[Fp],
) -> Result<Vec<EqAffine>, PedersenError> {
    use rayon::prelude::*;
    let (rows, found) = (form.strip_rows(), blinds.len());
    if found != values.len().div_ceil(rows) {
        return Err(PedersenError::Blinds { form: *form, found });
    }
    let basis = params::basis(form.k())?;
    let table = BlindTable::get()?;
    let points: Vec<Eq> = values
        .par_chunks(rows)
        .zip(blinds)
        .map(|(strip, blind)| msm::integers(strip, &basis.points) + table.mul(blind))
        .collect();
    Ok(affine(&points))
}

/// A fresh blinding factor from the operating system's generator.
#[cfg(feature = "prove")]
pub fn random_blind() -> Result<Fp, rand::rngs::SysError> {
    use rand::TryRng;
    let mut wide = [0u8; 64];
    rand::rngs::SysRng.try_fill_bytes(&mut wide)?;
    let blind = <Fp as ff::FromUniformBytes<64>>::from_uniform_bytes(&wide);
    wide.zeroize();
    Ok(blind)
}

/// Multiples of `W`: `windows[i][d - 1] = d 256^i W`. `W` is the same point for every size.
struct BlindTable {
    windows: Vec<Vec<EqAffine>>,
}

impl BlindTable {
    fn get() -> Result<&'static BlindTable, ParamsError> {
        static TABLE: OnceLock<BlindTable> = OnceLock::new();
        if let Some(table) = TABLE.get() {
            return Ok(table);
        }
        let w = params::basis(params::SIZES[0])?.w;
        Ok(TABLE.get_or_init(|| BlindTable::new(w)))
    }

    fn new(w: EqAffine) -> Self {
        let mut base = Eq::from(w);
        let windows = (0..32)
            .map(|_| {
                let mut multiples = Vec::with_capacity(256);
                let mut multiple = base;
                for _ in 0..255 {
                    multiples.push(multiple);
                    multiple += base;
                }
                base = multiple;
                let mut affine = vec![EqAffine::default(); multiples.len()];
                Eq::batch_normalize(&multiples, &mut affine);
                affine
            })
            .collect();
        BlindTable { windows }
    }

    fn mul(&self, scalar: &Fp) -> Eq {
        let mut digits = scalar.to_repr();
        let mut sum = Eq::identity();
        for (window, &digit) in self.windows.iter().zip(AsRef::<[u8]>::as_ref(&digits)) {
            if digit != 0 {
                sum += window[usize::from(digit) - 1];
            }
        }
        digits.zeroize();
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::Field;
    use halo2_proofs::poly::EvaluationDomain;
    use halo2_proofs::poly::commitment::Blind;

    /// The same commitment, computed by halo2 from the whole column.
    fn reference(form: Form, strip: &[u8], blind: Fp) -> EqAffine {
        let domain = EvaluationDomain::<Fp>::new(1, form.k());
        let mut poly = domain.empty_lagrange();
        for (row, &byte) in strip.iter().enumerate() {
            poly[row] = Fp::from(u64::from(byte));
        }
        params::halo2(form.k())
            .unwrap()
            .commit_lagrange(&poly, Blind(blind))
            .to_affine()
    }

    fn pattern(form: Form, every: usize) -> Vec<u8> {
        (0..form.len())
            .map(|j| if j % every == 0 { (j % 256) as u8 } else { 0 })
            .collect()
    }

    #[test]
    fn equals_halo2s_commitment_for_every_form() {
        for form in Form::ALL {
            let bytes = pattern(form, if form.is_text() { 7 } else { 1 });
            let blinds: Vec<Fp> = (0..form.strips())
                .map(|s| Fp::from(s as u64 + 9).square().invert().unwrap())
                .collect();
            let points = commit(&form, &bytes, &blinds).unwrap();
            assert_eq!(points.len(), form.strips());
            // Two strips are enough for the five-strip form; the last one is the short one.
            let strips: Vec<&[u8]> = bytes.chunks(form.strip_rows()).collect();
            for s in [0, strips.len() - 1] {
                assert_eq!(
                    points[s],
                    reference(form, strips[s], blinds[s]),
                    "{form} {s}"
                );
            }
        }
    }

    #[test]
    fn is_additively_homomorphic() {
        let form = Form::TextHash4080V1;
        let (x, y) = (pattern(form, 5), pattern(form, 3));
        let sum: Vec<u8> = x.iter().zip(&y).map(|(a, b)| a / 2 + b / 2).collect();
        let halves: Vec<Vec<u8>> = [&x, &y].map(|v| v.iter().map(|a| a / 2).collect()).into();
        let [r, s] = [Fp::from(5), Fp::from(11)];
        let c = |bytes: &[u8], blind| commit(&form, bytes, &[blind]).unwrap()[0];
        let expected = c(&halves[0], r) + c(&halves[1], s);
        assert_eq!(expected.to_affine(), c(&sum, r + s));
    }

    #[test]
    fn extreme_blinding_factors_agree_with_multiplication() {
        let table = BlindTable::get().unwrap();
        for k in params::SIZES {
            let w = params::basis(k).unwrap().w;
            for scalar in [Fp::ZERO, Fp::ONE, -Fp::ONE, Fp::from(u64::MAX)] {
                assert_eq!(table.mul(&scalar), w * scalar);
            }
        }
    }

    #[test]
    fn a_fresh_blinding_factor_hides_equal_vectors() {
        let form = Form::TextHash4080V1;
        let bytes = pattern(form, 9);
        let once = commit(&form, &bytes, &[random_blind().unwrap()]).unwrap();
        let again = commit(&form, &bytes, &[random_blind().unwrap()]).unwrap();
        assert_ne!(once, again);
    }

    #[test]
    fn integers_are_committed_like_bytes() {
        let form = Form::TextHash4080V1;
        let bytes = pattern(form, 3);
        let mut values: Vec<i64> = bytes.iter().map(|b| i64::from(*b)).collect();
        values.resize(form.strip_rows(), 0);
        values.extend([-5, 7]);
        let blinds = [Fp::from(3), Fp::from(4)];
        let got = commit_integers(&form, &values, &blinds).unwrap();
        assert_eq!(got[0], commit(&form, &bytes, &blinds[..1]).unwrap()[0]);
        let basis = params::basis(form.k()).unwrap();
        let second = basis.lagrange[0] * -Fp::from(5)
            + basis.lagrange[1] * Fp::from(7)
            + basis.w * blinds[1];
        assert_eq!(got[1], second.to_affine());
        assert!(matches!(
            commit_integers(&form, &values, &blinds[..1]),
            Err(PedersenError::Blinds { found: 1, .. })
        ));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let form = Form::TextHash4080V1;
        let short = vec![0; form.len() - 1];
        assert_eq!(
            commit(&form, &short, &[Fp::ONE]),
            Err(PedersenError::Length { form, found: 4079 })
        );
        assert_eq!(
            commit(&form, &vec![0; form.len()], &[]),
            Err(PedersenError::Blinds { form, found: 0 })
        );
    }
}
