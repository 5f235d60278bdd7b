//! The shape of a circuit: every number that fixes its columns, tables and verifying key.
//!
//! With `n = 2^k` rows, halo2 keeps the last [`BLINDING_ROWS`] for blinding. One more usable row holds
//! the end values of the running sums, so `T = n - 7` rows are *active*: gates hold between row `i` and
//! row `i + 1` for `0 <= i < T`.
//!
//! A network of `N` neurons per item is laid out in *lanes* and *folds*:
//!
//! | case | folds `F` | slots `S` | item `e` | neuron `i` of item `e` |
//! |---|---|---|---|---|
//! | `N <= T` | 1 | `floor(T / N)` | lane `e / S`, slot `e mod S` | row `(e mod S) N + i` |
//! | `N > T` | `ceil(N / T)` | 1 | lane `e` | fold `i / T`, row `i mod T` |
//!
//! A (lane, fold) *pair* is three advice columns `q, r, a` and one helper column `h`.

use super::error::CircuitError;
use crate::classify::{Network, Plan};

/// Rows at the end of every column that halo2 fills with randomness: `blinding_factors() + 1`, where
/// `blinding_factors()` is 5 for circuits that query an advice column at no more than three points.
pub const BLINDING_ROWS: usize = 6;

/// Bases of the link's representation ([`link`](super::link)): the blinding rows' and `W`.
pub const BASES: usize = BLINDING_ROWS + 1;

/// Bytes of an encoded link proof.
pub const LINK_BYTES: usize = 32 * (1 + BASES);

/// Constants that are products of these many digits at most, so that no gate exceeds degree 5.
const MAX_DIGITS: usize = 3;

/// Largest number of pairs a shape may have; a bound on what a verifier can be asked to do.
pub const MAX_PAIRS: usize = 4096;

/// Largest number of columns that secret numbers may take: [`MAX_WEIGHTS`](crate::classify::layer::MAX_WEIGHTS) weights
/// and their biases in the shortest columns.
pub const MAX_WEIGHT_STRIPS: usize = 4200;

/// Everything that determines a circuit and its verifying key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    k: u32,
    shift: u32,
    q_max: u32,
    neurons: usize,
    inputs: usize,
    lanes: usize,
    /// Secret numbers of the network; 0 when it is public.
    parameters: usize,
}

/// How an index `0..count` is written as a product of a few constants: `count <= radix^digits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits {
    /// Number of factors.
    pub digits: usize,
    /// Values of each digit; a digit of value 0 is the factor 1 and needs no column.
    pub radix: usize,
}

impl Digits {
    fn new(count: usize, digits: usize) -> Self {
        if count <= 1 {
            return Digits {
                digits: 0,
                radix: 1,
            };
        }
        let mut radix = 2usize;
        while radix.pow(digits as u32) < count {
            radix += 1;
        }
        Digits { digits, radix }
    }

    /// The number of constant columns this takes.
    pub fn columns(&self) -> usize {
        self.digits * (self.radix - 1)
    }

    /// The columns (offsets within this family) whose product is the constant of `index`.
    pub fn factors(&self, index: usize) -> Vec<usize> {
        let mut rest = index;
        let mut out = Vec::new();
        for digit in 0..self.digits {
            let value = rest % self.radix;
            rest /= self.radix;
            if value > 0 {
                out.push(digit * (self.radix - 1) + value - 1);
            }
        }
        debug_assert_eq!(rest, 0);
        out
    }

    /// For every constant column of the family, the exponent (in steps) that it stands for.
    pub fn exponents(&self) -> Vec<u64> {
        let mut out = Vec::with_capacity(self.columns());
        for digit in 0..self.digits {
            let weight = (self.radix as u64).pow(digit as u32);
            out.extend((1..self.radix as u64).map(|value| value * weight));
        }
        out
    }
}

impl Shape {
    /// A shape for a network of `neurons` per item over `inputs` committed values, `lanes` wide.
    ///
    /// `shift` is the `t` of `Z = 2^t Q + R`; quotients satisfy `|Q| <= q_max`.
    pub fn new(
        k: u32,
        shift: u32,
        q_max: u32,
        neurons: usize,
        inputs: usize,
        lanes: usize,
    ) -> Result<Self, CircuitError> {
        let shape = Shape {
            k,
            shift,
            q_max,
            neurons,
            inputs,
            lanes,
            parameters: 0,
        };
        shape.checked()
    }

    /// The same circuit for a network with `parameters` secret numbers.
    pub fn sealed(self, parameters: usize) -> Result<Self, CircuitError> {
        if parameters == 0 {
            return Err(CircuitError::Shape("a sealed network has secret numbers"));
        }
        Shape { parameters, ..self }.checked()
    }

    fn checked(self) -> Result<Self, CircuitError> {
        let shape = self;
        let Shape {
            k,
            shift,
            q_max,
            neurons,
            inputs,
            lanes,
            parameters,
        } = shape;
        let reject = |why| Err(CircuitError::Shape(why));
        if !(6..=20).contains(&k) {
            return reject("k must be between 6 and 20");
        }
        if neurons == 0 || inputs == 0 || lanes == 0 {
            return reject("a circuit needs neurons, inputs and lanes");
        }
        if shift == 0 || (1usize << shift.min(31)) > shape.active_rows() {
            return reject("the remainder table does not fit one column");
        }
        if q_max < 256 || q_max as usize > 16 * shape.active_rows() {
            return reject("the quotient range is out of bounds");
        }
        if neurons > MAX_PAIRS * shape.active_rows() || inputs > 64 * shape.active_rows() {
            return reject("the network is too large for this row count");
        }
        if lanes.saturating_mul(shape.folds()) > MAX_PAIRS {
            return reject("too many lanes");
        }
        if parameters.div_ceil(shape.active_rows()) > MAX_WEIGHT_STRIPS {
            return reject("too many secret numbers for this row count");
        }
        if shape.instance_len() > shape.active_rows() {
            return reject("the constants do not fit the instance column");
        }
        Ok(shape)
    }

    /// The circuit that proves `lanes` lanes of a network: `k` and the table sizes belong to its form.
    pub fn for_network(network: &Network, lanes: usize) -> Result<Self, CircuitError> {
        let form = network.form();
        Shape::new(
            form.k(),
            network.shift(),
            form.limits().max_q as u32,
            network.neurons(),
            form.len(),
            lanes,
        )
    }

    /// The circuit that proves `lanes` lanes of a sealed network.
    pub fn for_plan(plan: &Plan, lanes: usize) -> Result<Self, CircuitError> {
        let form = plan.form();
        Shape::new(
            form.k(),
            plan.shift(),
            form.limits().max_q as u32,
            plan.neurons(),
            form.len(),
            lanes,
        )?
        .sealed(plan.parameters())
    }

    /// Bytes of one proof of this shape, exactly.
    pub fn proof_bytes(&self) -> u64 {
        // Points: advice, the random polynomial, four pieces of the quotient, q', s, two per round.
        // Scalars: one evaluation per query (advice at two points for constants and sums), the fixed columns,
        // the random polynomial, one per point set of the multi-point opening, two at the end.
        let k = self.k as usize;
        let points = self.advice_columns() + 1 + 4 + 1 + 1 + 2 * k;
        let queries = self.advice_columns() + self.constants() + self.sums() + self.instance_len();
        let fixed = 3 + 2 * self.q_tables() + 1;
        let scalars = queries + fixed + 1 + 3 + 2;
        (32 * (points + scalars) + LINK_BYTES) as u64
    }

    /// log2 of the number of rows.
    pub fn k(&self) -> u32 {
        self.k
    }
    /// The number of rows, `2^k`.
    pub fn rows(&self) -> usize {
        1 << self.k
    }
    /// `T`: rows on which the gates are active.
    pub fn active_rows(&self) -> usize {
        self.rows() - BLINDING_ROWS - 1
    }
    /// Rows that may be assigned: the active rows and the row of end values.
    pub fn usable_rows(&self) -> usize {
        self.rows() - BLINDING_ROWS
    }
    /// `t`, the bits dropped by requantisation.
    pub fn shift(&self) -> u32 {
        self.shift
    }
    /// Largest `|Q|` that the quotient table holds.
    pub fn q_max(&self) -> u32 {
        self.q_max
    }
    /// `N`, neurons per item.
    pub fn neurons(&self) -> usize {
        self.neurons
    }
    /// `P`, committed values per item.
    pub fn inputs(&self) -> usize {
        self.inputs
    }
    /// `L`, lanes.
    pub fn lanes(&self) -> usize {
        self.lanes
    }
    /// `F`, folds: columns that one item's neurons take.
    pub fn folds(&self) -> usize {
        self.neurons.div_ceil(self.active_rows())
    }
    /// `S`, items stacked in one column.
    pub fn slots(&self) -> usize {
        (self.active_rows() / self.neurons).max(1)
    }
    /// Items that one proof covers at most.
    pub fn capacity(&self) -> usize {
        self.lanes * self.slots()
    }
    /// Strips: columns that one item's committed values take.
    pub fn strips(&self) -> usize {
        self.inputs.div_ceil(self.active_rows())
    }
    /// (lane, fold) pairs, lane-major.
    pub fn pairs(&self) -> usize {
        self.lanes * self.folds()
    }
    /// The lane of item `e` and the row-linear position of its first neuron within the lane.
    pub fn place(&self, item: usize) -> (usize, usize) {
        (
            item / self.slots(),
            (item % self.slots()) * self.neurons * usize::from(self.folds() == 1),
        )
    }
    /// The exponent of rho at the first neuron of item `e`: `lambda_e = rho^base(e)`.
    pub fn base(&self, item: usize) -> u64 {
        let (lane, offset) = self.place(item);
        (lane * self.folds() * self.active_rows() + offset) as u64
    }
    /// Columns of the quotient table.
    pub fn q_tables(&self) -> usize {
        (2 * self.q_max as usize + 1).div_ceil(self.active_rows())
    }
    /// Columns of `c`: the folds first, then the strips.
    pub fn c_columns(&self) -> usize {
        self.folds() + self.strips()
    }

    /// Digits of the lane constants `lambda_l`.
    pub fn lane_digits(&self) -> Digits {
        Digits::new(self.lanes, if self.folds() > 64 { 1 } else { 2 })
    }
    /// Digits of the fold constants `mu_f`: together with the lane's at most three.
    pub fn fold_digits(&self) -> Digits {
        let lane = self.lane_digits().digits;
        Digits::new(self.folds(), MAX_DIGITS - lane)
    }
    /// Digits of the constants `nu` that keep the columns of `c` apart.
    pub fn c_digits(&self) -> Digits {
        let count = self.c_columns();
        Digits::new(count, if count <= 4 { 1 } else { MAX_DIGITS })
    }
    /// Columns that the secret numbers of a sealed network take; none when it is public.
    pub fn weight_strips(&self) -> usize {
        self.parameters.div_ceil(self.active_rows())
    }
    /// `K`, secret numbers of the network.
    pub fn parameters(&self) -> usize {
        self.parameters
    }
    /// True when the network's numbers are secret.
    pub fn is_sealed(&self) -> bool {
        self.parameters > 0
    }
    /// Digits of the constants `xi` that keep the columns of `g` apart.
    pub fn xi_digits(&self) -> Digits {
        let count = self.weight_strips();
        Digits::new(count, if count <= 4 { 1 } else { MAX_DIGITS })
    }
    /// Running sums: of the lookup, the linear identity, `c`; of `w g` and `g` when the network is sealed.
    pub fn sums(&self) -> usize {
        if self.is_sealed() { 5 } else { 3 }
    }
    /// Number of constant columns: beta1, beta2, alpha, rho, tau, then lambda, mu, nu; kappa, eta and xi when the
    /// network is sealed.
    pub fn constants(&self) -> usize {
        let seal = if self.is_sealed() {
            2 + self.xi_digits().columns()
        } else {
            0
        };
        5 + self.lane_digits().columns()
            + self.fold_digits().columns()
            + self.c_digits().columns()
            + seal
    }
    /// Values in the instance column: the constants, then `B` and `V`, or `P` and `G` when the network is sealed.
    pub fn instance_len(&self) -> usize {
        self.constants() + 2
    }

    /// Advice columns of stage 0: `q, r, a` of every pair, then the multiplicities.
    pub fn stage0_columns(&self) -> usize {
        3 * self.pairs() + self.q_tables() + 1
    }
    /// Advice columns of stage 1: `c`, the combined inputs `X`, the secret numbers `w`.
    pub fn stage1_columns(&self) -> usize {
        self.c_columns() + self.strips() + self.weight_strips()
    }
    /// Advice columns of stage 2: `g`.
    pub fn stage2_columns(&self) -> usize {
        self.weight_strips()
    }
    /// Advice columns of stage 3: constants, `h`, table helpers, running sums.
    pub fn stage3_columns(&self) -> usize {
        self.constants() + self.pairs() + self.q_tables() + self.sums()
    }
    /// All advice columns.
    pub fn advice_columns(&self) -> usize {
        self.stage0_columns()
            + self.stage1_columns()
            + self.stage2_columns()
            + self.stage3_columns()
    }

    /// Canonical bytes, hashed into every challenge.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = match self.is_sealed() {
            false => b"candor/shape/v1".to_vec(),
            true => b"candor/shape/sealed-v1".to_vec(),
        };
        if self.is_sealed() {
            out.extend_from_slice(&(self.parameters as u64).to_le_bytes());
        }
        for value in [
            u64::from(self.k),
            u64::from(self.shift),
            u64::from(self.q_max),
            self.neurons as u64,
            self.inputs as u64,
            self.lanes as u64,
        ] {
            out.extend_from_slice(&value.to_le_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_name_every_index_once() {
        for count in 1..200 {
            for digits in 1..=3 {
                let d = Digits::new(count, digits);
                let exponents = d.exponents();
                for index in 0..count {
                    let factors = d.factors(index);
                    assert!(factors.len() <= digits);
                    let sum: u64 = factors.iter().map(|&f| exponents[f]).sum();
                    assert_eq!(sum, index as u64);
                }
            }
        }
    }

    #[test]
    fn small_networks_are_stacked_and_large_ones_folded() {
        let text = Shape::new(12, 11, 4088, 2, 4080, 1).unwrap();
        assert_eq!(
            (text.folds(), text.slots(), text.capacity()),
            (1, 2044, 2044)
        );
        let image = Shape::new(15, 14, 32760, 70_000, 150_528, 4).unwrap();
        assert_eq!((image.folds(), image.slots(), image.strips()), (3, 1, 5));
        assert_eq!(image.base(1), 3 * 32_761);
    }

    #[test]
    fn degree_budget_of_constants_is_kept() {
        for (neurons, lanes) in [
            (2, 1),
            (2, 64),
            (40_000, 16),
            (3_000_000, 4),
            (6_700_000, 1),
        ] {
            let s = Shape::new(15, 14, 32760, neurons, 3072, lanes).unwrap();
            assert!(s.lane_digits().digits + s.fold_digits().digits <= 3);
            assert!(s.lane_digits().digits <= 2);
        }
    }

    #[test]
    fn impossible_shapes_are_refused() {
        for (k, t, q, n, p, l) in [
            (5, 3, 300, 2, 10, 1),
            (12, 13, 4088, 2, 10, 1),
            (12, 11, 100, 2, 10, 1),
            (12, 11, 4088, 0, 10, 1),
            (12, 11, 4088, 2, 10, 5000),
            (12, 11, 4088, usize::MAX / 2, 10, 1),
        ] {
            assert!(Shape::new(k, t, q, n, p, l).is_err());
        }
    }
}
