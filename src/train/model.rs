//! Logistic regression and one-hidden-layer networks in floating point, fitted by L-BFGS.

use crate::train::TrainError;
use crate::train::dataset::Row;
use argmin::core::{CostFunction, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::cell::RefCell;

/// What a wrong or unsure answer costs, by its margin `m`: the score, negated for a negative row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// `ln(1 + exp(-m))`: logistic regression, whose score is a logit.
    Logistic,
    /// `max(0, 1 - m)^2`: a linear support vector machine, as scikit-learn's `LinearSVC`.
    SquaredHinge,
}

impl Loss {
    /// Loss and its derivative by the margin.
    fn at(self, margin: f64) -> (f64, f64) {
        match self {
            // Without overflow.
            Loss::Logistic => (
                (-margin.abs()).exp().ln_1p() + (-margin).max(0.0),
                -1.0 / (1.0 + margin.exp()),
            ),
            Loss::SquaredHinge => {
                let short = (1.0 - margin).max(0.0);
                (short * short, -2.0 * short)
            }
        }
    }
}

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// Number of hidden units; 0 for logistic regression.
    pub hidden: usize,
    /// What is minimised.
    pub loss: Loss,
    /// Strength of the quadratic penalty on the weights.
    pub l2: f64,
    /// Most iterations.
    pub max_iterations: u64,
    /// For the first weights of hidden units.
    pub seed: u64,
}

/// A fitted model: `logit = c + v . relu(b + W x)`, or `logit = c + w . x` without hidden units.
///
/// One vector of parameters: `W` (input-major, so that a sparse row reads contiguous runs), `b`, `v`, `c`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    inputs: usize,
    hidden: usize,
    parameters: Vec<f64>,
}

/// The parts of a model with hidden units.
pub(crate) struct HiddenParts<'a> {
    /// `W[input * hidden + unit]`.
    pub weights: &'a [f64],
    pub bias: &'a [f64],
    pub out: &'a [f64],
    pub out_bias: f64,
}

impl Model {
    /// Fits a model to labelled rows.
    pub fn fit(
        rows: &[(&Row, bool)],
        inputs: usize,
        options: FitOptions,
    ) -> Result<(Model, u64), TrainError> {
        let objective = Objective {
            rows,
            inputs,
            options,
            best: RefCell::new(None),
            last: RefCell::new(None),
        };
        let start = objective.start();
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10)
            .with_tolerance_grad(1e-6)
            .and_then(|s| s.with_tolerance_cost(1e-7))
            .map_err(|e| TrainError::Optimiser(e.to_string()))?;
        let run = Executor::new(&objective, solver)
            .configure(|state| state.param(start).max_iters(options.max_iterations))
            .run();
        // Near the optimum (or a kink of the ReLU) the line search may find no better point and report an
        // error: then the best point so far is the answer.
        let iterations = match &run {
            Ok(result) => result.state().get_iter(),
            Err(_) => options.max_iterations,
        };
        let best = objective.best.borrow_mut().take();
        match best {
            Some((cost, parameters)) if cost.is_finite() => {
                let model = Model {
                    inputs,
                    hidden: options.hidden,
                    parameters,
                };
                Ok((model, iterations))
            }
            _ => Err(TrainError::Optimiser(match run {
                Ok(_) => "the loss is not a number".to_owned(),
                Err(e) => e.to_string(),
            })),
        }
    }

    /// The model for rows whose entries were not multiplied by `factors`.
    #[must_use]
    pub fn folded(mut self, factors: &[f64]) -> Model {
        let weights = self.inputs * self.hidden.max(1);
        let of_input = self.parameters[..weights].chunks_exact_mut(self.hidden.max(1));
        for (weights, factor) in of_input.zip(factors) {
            weights.iter_mut().for_each(|w| *w *= factor);
        }
        self
    }

    /// The logit of a row.
    pub fn logit(&self, row: &Row) -> f64 {
        let mut activations = vec![0.0; self.hidden];
        logit(&self.parameters, row, self.inputs, &mut activations)
    }

    /// Values of the hidden units, after ReLU.
    pub fn activations(&self, row: &Row) -> Vec<f64> {
        let mut activations = vec![0.0; self.hidden];
        logit(&self.parameters, row, self.inputs, &mut activations);
        activations
    }

    /// Number of hidden units.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Weights and bias of a model without hidden units.
    pub(crate) fn linear_parts(&self) -> (&[f64], f64) {
        let parameters = &self.parameters;
        (&parameters[..self.inputs], parameters[self.inputs])
    }

    /// Parts of a model with hidden units.
    pub(crate) fn hidden_parts(&self) -> HiddenParts<'_> {
        let (weights, rest) = &self.parameters.split_at(self.inputs * self.hidden);
        let (bias, rest) = rest.split_at(self.hidden);
        let (out, rest) = rest.split_at(self.hidden);
        HiddenParts {
            weights,
            bias,
            out,
            out_bias: rest[0],
        }
    }
}

/// The logit; leaves the hidden activations behind.
fn logit(p: &[f64], row: &Row, inputs: usize, activations: &mut [f64]) -> f64 {
    let hidden = activations.len();
    if hidden == 0 {
        return p[inputs] + row.entries().map(|(i, x)| p[i] * x).sum::<f64>();
    }
    let (weights, rest) = p.split_at(inputs * hidden);
    activations.copy_from_slice(&rest[..hidden]);
    for (i, x) in row.entries() {
        for (a, w) in activations.iter_mut().zip(&weights[i * hidden..]) {
            *a += w * x;
        }
    }
    let mut sum = rest[2 * hidden];
    for (a, v) in activations.iter_mut().zip(&rest[hidden..]) {
        *a = a.max(0.0);
        sum += v * *a;
    }
    sum
}

/// Mean loss plus `l2 / 2` times the squared weights (not the biases).
struct Objective<'a> {
    rows: &'a [(&'a Row, bool)],
    inputs: usize,
    options: FitOptions,
    best: RefCell<Option<(f64, Vec<f64>)>>,
    last: RefCell<Option<(Vec<f64>, Vec<f64>)>>,
}

impl Objective<'_> {
    fn parameter_count(&self) -> usize {
        match self.options.hidden {
            0 => self.inputs + 1,
            h => self.inputs * h + 2 * h + 1,
        }
    }

    /// Zeros for logistic regression; small random weights for hidden units.
    fn start(&self) -> Vec<f64> {
        let mut start = vec![0.0; self.parameter_count()];
        let hidden = self.options.hidden;
        if hidden > 0 {
            let mut rng = ChaCha20Rng::seed_from_u64(self.options.seed);
            let biases = self.inputs * hidden..self.inputs * hidden + hidden;
            for (i, value) in start.iter_mut().enumerate() {
                *value = if biases.contains(&i) {
                    0.1
                } else {
                    rng.random_range(-0.5..0.5)
                };
            }
        }
        start
    }

    /// Ranges of the parameters that are penalised.
    fn penalised(&self) -> [std::ops::Range<usize>; 2] {
        match self.options.hidden {
            0 => [0..self.inputs, 0..0],
            h => {
                let w = self.inputs * h;
                [0..w, w + h..w + 2 * h]
            }
        }
    }
}

impl Objective<'_> {
    /// Cost and gradient, in one pass over the rows.
    fn both(&self, p: &[f64]) -> (f64, Vec<f64>) {
        let (inputs, hidden) = (self.inputs, self.options.hidden);
        let share = 1.0 / self.rows.len() as f64;
        let mut cost = 0.0;
        let mut gradient = vec![0.0; p.len()];
        let mut activations = vec![0.0; hidden];
        for (row, positive) in self.rows {
            let z = logit(p, row, inputs, &mut activations);
            let sign = if *positive { 1.0 } else { -1.0 };
            let (loss, slope) = self.options.loss.at(sign * z);
            cost += share * loss;
            let error = share * sign * slope;
            if hidden == 0 {
                gradient[inputs] += error;
                for (i, x) in row.entries() {
                    gradient[i] += error * x;
                }
                continue;
            }
            let w = inputs * hidden;
            gradient[w + 2 * hidden] += error;
            for (j, a) in activations.iter_mut().enumerate() {
                gradient[w + hidden + j] += error * *a;
                // From here on: the derivative by the unit's input.
                *a = if *a > 0.0 {
                    error * p[w + hidden + j]
                } else {
                    0.0
                };
                gradient[w + j] += *a;
            }
            for (i, x) in row.entries() {
                for (g, d) in gradient[i * hidden..].iter_mut().zip(&activations) {
                    *g += d * x;
                }
            }
        }
        for range in self.penalised() {
            for i in range {
                cost += self.options.l2 / 2.0 * p[i] * p[i];
                gradient[i] += self.options.l2 * p[i];
            }
        }
        (cost, gradient)
    }
}

impl CostFunction for &Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Self::Param) -> Result<f64, argmin::core::Error> {
        let (cost, gradient) = self.both(parameters);
        *self.last.borrow_mut() = Some((parameters.clone(), gradient));
        let mut best = self.best.borrow_mut();
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            *best = Some((cost, parameters.clone()));
        }
        Ok(cost)
    }
}

impl Gradient for &Objective<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Self::Param) -> Result<Vec<f64>, argmin::core::Error> {
        // The optimiser asks for the cost at a point and then for the gradient there.
        let last = self.last.borrow();
        match last.as_ref() {
            Some((at, gradient)) if at == parameters => Ok(gradient.clone()),
            _ => Ok(self.both(parameters).1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(entries: &[(u32, f64)]) -> Row {
        Row {
            index: entries.iter().map(|e| e.0).collect(),
            value: entries.iter().map(|e| e.1).collect(),
        }
    }

    fn options(hidden: usize) -> FitOptions {
        FitOptions {
            hidden,
            loss: Loss::Logistic,
            l2: 1e-4,
            max_iterations: 300,
            seed: 3,
        }
    }

    #[test]
    fn gradients_are_those_of_the_cost() {
        let rows = [
            row(&[(0, 0.5), (2, 1.0)]),
            row(&[(1, 0.7)]),
            row(&[(3, 0.2)]),
        ];
        let rows: Vec<(&Row, bool)> = rows.iter().zip([true, false, true]).collect();
        let losses = [Loss::Logistic, Loss::SquaredHinge];
        for (hidden, loss) in [0, 3].into_iter().flat_map(|h| losses.map(|l| (h, l))) {
            let objective = Objective {
                rows: &rows,
                inputs: 4,
                options: FitOptions {
                    loss,
                    ..options(hidden)
                },
                best: RefCell::new(None),
                last: RefCell::new(None),
            };
            let mut p = objective.start();
            p.iter_mut()
                .enumerate()
                .for_each(|(i, v)| *v += 0.01 * i as f64);
            let gradient = (&objective).gradient(&p).unwrap();
            for i in 0..p.len() {
                let (mut up, mut down) = (p.clone(), p.clone());
                up[i] += 1e-6;
                down[i] -= 1e-6;
                let slope =
                    ((&objective).cost(&up).unwrap() - (&objective).cost(&down).unwrap()) / 2e-6;
                assert!((slope - gradient[i]).abs() < 1e-7, "{hidden} {i}");
            }
        }
    }

    #[test]
    fn hidden_units_solve_what_a_line_cannot() {
        let rows = [
            row(&[]),
            row(&[(0, 1.0)]),
            row(&[(1, 1.0)]),
            row(&[(0, 1.0), (1, 1.0)]),
        ];
        let rows: Vec<(&Row, bool)> = rows.iter().zip([false, true, true, false]).collect();
        let (model, _) = Model::fit(&rows, 2, options(8)).unwrap();
        assert!(
            rows.iter()
                .all(|(row, label)| (model.logit(row) > 0.0) == *label)
        );
        let (line, _) = Model::fit(&rows, 2, options(0)).unwrap();
        assert!(
            rows.iter()
                .any(|(row, label)| (line.logit(row) > 0.0) != *label)
        );
    }
}
