//! Everything that a verifier sees of a proof, with the challenges: read by halo2's own transcript.

use ff::{BatchInvert, Field};
use group::Curve;
use halo2_proofs::plonk::VerifyingKey;
use halo2_proofs::poly::EvaluationDomain;
use halo2_proofs::poly::commitment::Blind;
use halo2_proofs::transcript::{Blake2bRead, Challenge255, Transcript, TranscriptRead};
use pasta_curves::{EqAffine, Fp};

use crate::circuit::challenge::{Challenges1, Challenges2, Challenges3, PointBytes};
use crate::circuit::link::LINK_BYTES;
use crate::circuit::public::instance;
use crate::circuit::sealed;
use crate::circuit::testing::Fixture;
use crate::circuit::{Model, Shape};
use crate::params;

type Reader<'a> = Blake2bRead<&'a [u8], EqAffine, Challenge255<EqAffine>>;

fn squeeze(transcript: &mut Reader<'_>) -> Fp {
    *transcript.squeeze_challenge_scalar::<()>()
}

/// A proof, taken apart.
pub struct Parsed {
    pub advice_points: Vec<EqAffine>,
    pub random_point: EqAffine,
    pub x: Fp,
    /// One value per advice query.
    pub advice: Vec<Fp>,
    pub random_value: Fp,
    pub x1: Fp,
    pub x3: Fp,
    /// `q_s(x_3)` of the three groups.
    pub groups: [Fp; 3],
    pub x4: Fp,
    pub mask_point: EqAffine,
    pub xi: Fp,
    /// The challenges of the rounds.
    pub rounds: Vec<Fp>,
    /// The last scalar: the coefficient of `W`.
    pub blind: Fp,
    /// The link proof, as it is written.
    pub link: [u8; LINK_BYTES],
}

impl Parsed {
    pub fn new(f: &Fixture, key: &VerifyingKey<EqAffine>, proof: &[u8]) -> Self {
        let shape = &f.shape;
        let (halo2, link) = proof.split_at(proof.len() - LINK_BYTES);
        let mut t: Reader<'_> = Blake2bRead::init(halo2);
        key.hash_into(&mut t).unwrap();
        let params = params::halo2(shape.k()).unwrap();
        let mut public = public(f, proof);
        public.resize(shape.rows(), Fp::ZERO);
        let domain = EvaluationDomain::<Fp>::new(1, shape.k());
        let public = params.commit_lagrange(&domain.lagrange_from_vec(public), Blind::default());
        t.common_point(public.to_affine()).unwrap();

        let points = |t: &mut Reader<'_>, n: usize| -> Vec<EqAffine> {
            (0..n).map(|_| t.read_point().unwrap()).collect()
        };
        let scalars = |t: &mut Reader<'_>, n: usize| -> Vec<Fp> {
            (0..n).map(|_| t.read_scalar().unwrap()).collect()
        };
        let advice_points = points(&mut t, shape.advice_columns());
        for _ in 0..3 {
            squeeze(&mut t);
        }
        let random_point = points(&mut t, 1)[0];
        let _y = squeeze(&mut t);
        let _pieces = points(&mut t, 4);
        let x = squeeze(&mut t);
        let _instance = scalars(&mut t, shape.instance_len());
        let advice = scalars(
            &mut t,
            shape.advice_columns() + shape.constants() + shape.sums(),
        );
        let _fixed = scalars(&mut t, 3 + 2 * shape.q_tables() + 1);
        let random_value = scalars(&mut t, 1)[0];
        let (x1, _x2) = (squeeze(&mut t), squeeze(&mut t));
        let _quotient = points(&mut t, 1);
        let x3 = squeeze(&mut t);
        let groups = scalars(&mut t, 3).try_into().unwrap();
        let x4 = squeeze(&mut t);
        let mask_point = points(&mut t, 1)[0];
        let (xi, _z) = (squeeze(&mut t), squeeze(&mut t));
        let rounds = (0..shape.k())
            .map(|_| {
                points(&mut t, 2);
                squeeze(&mut t)
            })
            .collect();
        let last = scalars(&mut t, 2);
        assert!(t.read_scalar().is_err(), "bytes are left over");
        Parsed {
            advice_points,
            random_point,
            x,
            advice,
            random_value,
            x1,
            x3,
            groups,
            x4,
            mask_point,
            xi,
            rounds,
            blind: last[1],
            link: link.try_into().unwrap(),
        }
    }
}

/// The instance column of a proof.
fn public(f: &Fixture, proof: &[u8]) -> Vec<Fp> {
    let words: Vec<PointBytes> = proof
        .chunks_exact(32)
        .map(|word| word.try_into().unwrap())
        .collect();
    let (stage0, rest) = words.split_at(f.shape.stage0_columns());
    let ch1 = Challenges1::draw(&f.shape.encode(), &f.statement.digest(), stage0);
    let (stage1, rest) = rest.split_at(f.shape.stage1_columns());
    let ch2 = Challenges2::draw(&ch1, stage1);
    match f.model() {
        Model::Public(network) => instance(network, &f.shape, &f.statement, &ch1, &ch2),
        Model::Sealed(sealed) => {
            let ch3 = Challenges3::draw(&ch2, &rest[..f.shape.stage2_columns()]);
            sealed::instance(sealed.plan(), &f.shape, &f.statement, (&ch1, &ch2, &ch3))
        }
    }
}

/// `L_j(x)` on the rows of a shape, by the formula.
pub fn lagrange(shape: &Shape, x: Fp) -> Vec<Fp> {
    let omega = EvaluationDomain::<Fp>::new(1, shape.k()).get_omega();
    let n = Fp::from(shape.rows() as u64);
    let vanishing = (x.pow_vartime([shape.rows() as u64]) - Fp::ONE) * n.invert().unwrap();
    let points =
        || std::iter::successors(Some(Fp::ONE), move |w| Some(*w * omega)).take(shape.rows());
    let mut weights: Vec<Fp> = points().map(|w| x - w).collect();
    weights.iter_mut().batch_invert();
    let values = weights.into_iter().zip(points());
    values.map(|(inverse, w)| vanishing * w * inverse).collect()
}
