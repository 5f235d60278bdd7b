//! Public parameters: the curve points behind every commitment and proof.
//!
//! They come from hashing counters to the curve (`halo2_proofs`' `Params::new`): transparent, no
//! ceremony, no secret. Generating them takes about a minute, so the result ships with the
//! program, pinned by SHA-256; `candor params --check` regenerates and compares.
//!
//! File format (that of `Params::write`): `k` as u32 little-endian, then compressed points of 32
//! bytes each: `2^k` of the coefficient basis `g`, `2^k` of the Lagrange basis, `w`, `u`.
//!
//! A compressed point is a coordinate and a sign; the other coordinate is a square root, which for all points of a basis takes
//! longer than committing to a mail. So those of the Lagrange basis ship as well (`params-*-y.bin`, 32 bytes each). They
//! need no pin: each has to have the sign and to lie on the curve with its point, and there is one number that does.
//!
//! Two views of the same bytes: [`halo2`] for the proof system, [`basis`] for item commitments,
//! which needs only the Lagrange basis and `w` (both private fields in `halo2_proofs`) and loads
//! much faster.

use crate::msm::Point;
use ff::PrimeField;
use halo2_proofs::pasta::EqAffine;
use halo2_proofs::poly::commitment::Params;
use pasta_curves::arithmetic::{Coordinates, CurveAffine};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// The sizes that exist: `2^12` and `2^14` rows for text circuits, `2^15` for image circuits.
pub const SIZES: [u32; 3] = [12, 14, 15];

/// Bytes of one compressed point.
const POINT: usize = 32;

static EMBEDDED: [Embedded; 3] = [
    Embedded {
        k: 12,
        bytes: include_bytes!("../../../assets/params-12.bin"),
        ordinates: include_bytes!("../../../assets/params-12-y.bin"),
        sha256: "1b97b06da453b9efb1ae18b9ba77c3d870f22dc72898297d5707e340c3f44865",
        halo2: OnceLock::new(),
        basis: OnceLock::new(),
    },
    Embedded {
        k: 14,
        bytes: include_bytes!("../../../assets/params-14.bin"),
        ordinates: include_bytes!("../../../assets/params-14-y.bin"),
        sha256: "1cb278fe4d9cf5325e5cbc710d863c0deca3e961e1b8f6c8736890c43345c461",
        halo2: OnceLock::new(),
        basis: OnceLock::new(),
    },
    Embedded {
        k: 15,
        bytes: include_bytes!("../../../assets/params-15.bin"),
        ordinates: include_bytes!("../../../assets/params-15-y.bin"),
        sha256: "e1fb29749c7bd0870768044d5329b4e293cb2d44dae24db2554605427b19d0dd",
        halo2: OnceLock::new(),
        basis: OnceLock::new(),
    },
];

struct Embedded {
    k: u32,
    bytes: &'static [u8],
    ordinates: &'static [u8],
    sha256: &'static str,
    halo2: OnceLock<Result<Params<EqAffine>, ParamsError>>,
    basis: OnceLock<Result<CommitBasis, ParamsError>>,
}

/// Why parameters could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// Only the sizes in [`SIZES`] ship with the program.
    #[error(
        "no public parameters of size 2^{0} ship with this program (there are 2^12, 2^14 and 2^15)"
    )]
    UnknownSize(u32),
    /// The embedded file is not the pinned one: the program was tampered with or badly built.
    #[error(
        "the embedded public parameters of size 2^{k} have SHA-256 {found}, expected {expected}: \
         this build of candor is damaged, install it again"
    )]
    WrongHash {
        /// The size.
        k: u32,
        /// The pinned hash.
        expected: String,
        /// The hash of what is there.
        found: String,
    },
    /// The bytes are not a parameter file.
    #[error("the public parameters of size 2^{k} are malformed: {what}")]
    Malformed {
        /// The size.
        k: u32,
        /// What is wrong.
        what: String,
    },
}

/// The points that item commitments are made of: `C = sum_j x_j lagrange[j] + r w`.
#[derive(Clone, Debug)]
pub struct CommitBasis {
    /// The Lagrange basis of the domain of size `2^k`.
    pub lagrange: Vec<EqAffine>,
    /// The same as bare coordinates, for [`msm`](crate::msm).
    pub points: Vec<Point>,
    /// The blinding base.
    pub w: EqAffine,
    /// The base of inner products in openings.
    pub u: EqAffine,
}

/// The proof system's parameters for `2^k` rows: loaded on first use (about a second for
/// `k = 15`), then shared.
pub fn halo2(k: u32) -> Result<&'static Params<EqAffine>, ParamsError> {
    let file = find(k)?;
    file.halo2
        .get_or_init(|| {
            let mut reader = file.checked()?;
            Params::read(&mut reader).map_err(|error| ParamsError::Malformed {
                k,
                what: error.to_string(),
            })
        })
        .as_ref()
        .map_err(Clone::clone)
}

/// The commitment basis for `2^k` rows: loaded on first use, then shared.
pub fn basis(k: u32) -> Result<&'static CommitBasis, ParamsError> {
    let file = find(k)?;
    file.basis
        .get_or_init(|| parse_basis(k, file.checked()?, file.ordinates))
        .as_ref()
        .map_err(Clone::clone)
}

/// The embedded file for `2^k` rows, after checking its hash.
pub fn embedded(k: u32) -> Result<&'static [u8], ParamsError> {
    find(k)?.checked()
}

/// Generates the parameters from nothing, in the file format. Slow: about a minute for `k = 15`.
pub fn generate(k: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(file_len(k));
    Params::<EqAffine>::new(k)
        .write(&mut bytes)
        .expect("writing to memory cannot fail");
    bytes
}

/// The other coordinates of the points of the Lagrange basis in a parameter file, as they ship.
pub fn ordinates(k: u32, bytes: &[u8]) -> Result<Vec<u8>, ParamsError> {
    let n = 1usize << k;
    let points = &split(k, bytes)?[n * POINT..2 * n * POINT];
    points
        .par_chunks_exact(POINT)
        .map(|chunk| {
            let point = decode(k, chunk)?;
            let at = Option::<Coordinates<EqAffine>>::from(point.coordinates());
            let at = at.ok_or_else(|| malformed(k, "the identity is among the points"))?;
            Ok(at.y().to_repr())
        })
        .collect::<Result<Vec<_>, _>>()
        .map(|all| all.concat())
}

/// The embedded file of them for `2^k` rows.
pub fn embedded_ordinates(k: u32) -> Result<&'static [u8], ParamsError> {
    Ok(find(k)?.ordinates)
}

/// The name of the file of [`ordinates`] for `2^k` rows.
pub fn ordinates_name(k: u32) -> String {
    format!("params-{k}-y.bin")
}

/// The name of the parameter file for `2^k` rows.
pub fn file_name(k: u32) -> String {
    format!("params-{k}.bin")
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn find(k: u32) -> Result<&'static Embedded, ParamsError> {
    EMBEDDED
        .iter()
        .find(|file| file.k == k)
        .ok_or(ParamsError::UnknownSize(k))
}

impl Embedded {
    fn checked(&self) -> Result<&'static [u8], ParamsError> {
        let found = sha256_hex(self.bytes);
        if found == self.sha256 {
            Ok(self.bytes)
        } else {
            Err(ParamsError::WrongHash {
                k: self.k,
                expected: self.sha256.to_owned(),
                found,
            })
        }
    }
}

fn file_len(k: u32) -> usize {
    4 + (2 * (1 << k) + 2) * POINT
}

fn malformed(k: u32, what: &str) -> ParamsError {
    ParamsError::Malformed {
        k,
        what: what.to_owned(),
    }
}

/// The points of a parameter file.
fn split(k: u32, bytes: &[u8]) -> Result<&[u8], ParamsError> {
    if bytes.len() != file_len(k) {
        return Err(malformed(k, "wrong length"));
    }
    let (head, points) = bytes.split_at(4);
    if head != k.to_le_bytes() {
        return Err(malformed(k, "it is for another size"));
    }
    Ok(points)
}

fn decode(k: u32, chunk: &[u8]) -> Result<EqAffine, ParamsError> {
    let array: [u8; POINT] = chunk.try_into().map_err(|_| malformed(k, "short point"))?;
    crate::points::read_point(&array)
        .ok_or_else(|| malformed(k, "not a curve point, or the identity"))
}

fn parse_basis(k: u32, bytes: &[u8], ordinates: &[u8]) -> Result<CommitBasis, ParamsError> {
    let points = split(k, bytes)?;
    let n = 1usize << k;
    if ordinates.len() != n * POINT {
        return Err(malformed(k, "wrong number of second coordinates"));
    }
    let lagrange = points[n * POINT..2 * n * POINT]
        .par_chunks_exact(POINT)
        .zip(ordinates.par_chunks_exact(POINT))
        .map(|(point, y)| {
            crate::points::point_with(point, y)
                .ok_or_else(|| malformed(k, "a second coordinate is not that of its point"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let w = decode(k, &points[2 * n * POINT..(2 * n + 1) * POINT])?;
    let u = decode(k, &points[(2 * n + 1) * POINT..])?;
    let points = lagrange
        .iter()
        .map(Point::new)
        .collect::<Option<_>>()
        .ok_or_else(|| malformed(k, "the identity is among the points"))?;
    Ok(CommitBasis {
        lagrange,
        points,
        w,
        u,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_proofs::arithmetic::Field;
    use halo2_proofs::pasta::group::Curve;
    use halo2_proofs::pasta::{EqAffine, Fp, Fq};
    use halo2_proofs::poly::EvaluationDomain;
    use halo2_proofs::poly::commitment::Blind;

    #[test]
    fn second_coordinates_are_those_of_the_points() {
        for k in SIZES {
            let bytes = embedded(k).unwrap();
            assert_eq!(ordinates(k, bytes).unwrap(), embedded_ordinates(k).unwrap());
        }
    }

    #[test]
    fn small_parameters_regenerate_identically() {
        assert_eq!(generate(12), embedded(12).unwrap());
    }

    #[test]
    fn the_large_parameters_are_intact() {
        for k in [14, 15] {
            assert_eq!(embedded(k).unwrap().len(), file_len(k));
        }
    }

    #[test]
    fn other_sizes_are_refused() {
        assert_eq!(basis(13).unwrap_err(), ParamsError::UnknownSize(13));
        assert_eq!(halo2(16).unwrap_err(), ParamsError::UnknownSize(16));
    }

    #[test]
    fn the_basis_commits_like_halo2_does() {
        let k = 12;
        let params = halo2(k).unwrap();
        let basis = basis(k).unwrap();
        let domain = EvaluationDomain::<Fp>::new(1, k);
        let blind = Fp::from(77);
        for row in [0usize, 1, 2047, 4095] {
            let mut poly = domain.empty_lagrange();
            poly[row] = Fp::ONE;
            let expected: EqAffine = params.commit_lagrange(&poly, Blind(blind)).to_affine();
            let ours: EqAffine = (basis.lagrange[row] + basis.w * blind).to_affine();
            assert_eq!(expected, ours, "row {row}");
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let good = embedded(12).unwrap();
        let ys = embedded_ordinates(12).unwrap();
        let refused = |bytes: &[u8]| parse_basis(12, bytes, ys).is_err();
        assert!(!refused(good));
        assert!(refused(&good[..good.len() - 1]));
        assert!(refused(&[good, &[0][..]].concat()));
        let mut other_size = good.to_vec();
        other_size[0] = 13;
        assert!(refused(&other_size));
        let mut not_a_point = good.to_vec();
        let at = 4 + (1 << 12) * POINT;
        not_a_point[at..at + POINT].fill(0xff);
        assert!(refused(&not_a_point));
        // The identity, as a base of rows, as `w` and as `u`.
        for index in [0, 77, 1 << 12, (1 << 12) + 1] {
            let mut identity = good.to_vec();
            identity[at + index * POINT..][..POINT].fill(0);
            assert!(refused(&identity), "point {index}");
        }
        // No other second coordinate passes: not the negative one, not one of another point, no other way to write it.
        let other = |at: usize, y: &[u8]| {
            let mut other = ys.to_vec();
            other[at * POINT..][..POINT].copy_from_slice(y);
            parse_basis(12, good, &other).is_err()
        };
        let y = |at: usize| -> [u8; POINT] { ys[at * POINT..][..POINT].try_into().unwrap() };
        let negative = -Fq::from_repr(y(5)).unwrap();
        assert!(!other(5, &y(5)));
        assert!(other(5, &negative.to_repr()));
        assert!(other(5, &y(6)));
        assert!(other(5, &[0; POINT]));
        assert!(other(5, &[0xff; POINT]));
        assert!(parse_basis(12, good, &ys[..ys.len() - POINT]).is_err());
    }
}
