//! What the verifying key fixes, entry by entry; and the constants of every shape.

use ff::Field;
use pasta_curves::Fp;

use super::*;
use crate::circuit::fixed::FixedValues;
use crate::circuit::verifier::verifying_key;

fn sorted_set<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    values.dedup();
    values
}

#[test]
fn tables_hold_every_quotient_and_remainder_and_nothing_else() {
    for (k, shifts, q_max) in [(12u32, 1..=11u32, 4088u32), (15, 1..=14, 32_760)] {
        for shift in shifts {
            let shape = Shape::new(k, shift, q_max, 2, 3072, 1).unwrap();
            let fixed = FixedValues::new(&shape);
            let active = shape.rows() - 7;
            for row in 0..shape.rows() {
                let bit = |set: bool| Fp::from(u64::from(set));
                assert_eq!(fixed.active[row], bit(row < active));
                assert_eq!(fixed.first[row], bit(row == 0));
                assert_eq!(fixed.last[row], bit(row == active));
            }
            let entries = (0..shape.q_tables())
                .flat_map(|i| (0..active).map(move |row| (i, row)))
                .map(|(i, row)| (fixed.table_q[i][row], fixed.table_a[i][row]));
            let m = i64::from(q_max);
            let quotients = (-m..=m).map(|q| {
                let activation = powers::integer(q.clamp(0, 255));
                (powers::integer(q + m), activation)
            });
            assert!(sorted_set(entries) == sorted_set(quotients), "{k} {shift}");
            let entries = fixed.table_r[..active].iter().copied();
            let remainders = (0..1u64 << shift).map(Fp::from);
            assert!(sorted_set(entries) == sorted_set(remainders), "{k} {shift}");
        }
    }
}

#[test]
fn the_verifying_key_commits_to_these_columns_in_this_order() {
    for shape in [
        Shape::new(12, 9, 4088, 2, 4080, 1).unwrap(),
        Shape::new(12, 11, 4088, 5002, 4080, 3).unwrap(),
        Shape::new(15, 14, 32_760, 70_000, 150_528, 2).unwrap(),
    ] {
        let fixed = FixedValues::new(&shape);
        let pinned = format!("{:?}", verifying_key(&shape).unwrap().pinned());
        let at = pinned.find("fixed_commitments").unwrap();
        let mut rest = &pinned[at..];
        let columns = [&fixed.active, &fixed.first, &fixed.last]
            .into_iter()
            .chain(&fixed.table_q)
            .chain(&fixed.table_a)
            .chain([&fixed.table_r]);
        for (i, column) in columns.enumerate() {
            let point = format!("{:?}", commit_column(&shape, column, Fp::ONE));
            let found = rest.find(&point).unwrap_or_else(|| panic!("column {i}"));
            assert!(found < 60, "column {i} is out of order");
            rest = &rest[found + point.len()..];
        }
    }
}

/// Sizes around every threshold: one row more than fits, one lane more than a digit holds.
fn shapes() -> Vec<Shape> {
    let mut out = Vec::new();
    let sizes: [(u32, u32, u32); 2] = [(12, 11, 4088), (15, 14, 32_760)];
    let neurons = [
        1, 2, 3, 100, 4088, 4089, 4090, 8178, 32_761, 32_762, 100_000, 1_000_000, 2_200_000,
    ];
    let lanes = [
        1, 2, 3, 4, 5, 7, 9, 10, 16, 17, 63, 64, 65, 100, 255, 256, 1000, 4096,
    ];
    for (k, shift, q_max) in sizes {
        for neurons in neurons {
            for inputs in [1usize, 3072, 4080, 4089, 4090, 27_648, 150_528] {
                let of = |lanes| Shape::new(k, shift, q_max, neurons, inputs, lanes).ok();
                out.extend(lanes.into_iter().filter_map(of));
            }
        }
    }
    out
}

#[test]
fn constants_are_the_powers_they_stand_for_in_every_shape() {
    let mut r = rng(8);
    let shapes = shapes();
    assert!(shapes.len() > 1000, "{}", shapes.len());
    for shape in shapes {
        let ch = Challenges1::draw(&shape.encode(), &[0; 32], &[]);
        let tau = Fp::random(&mut r);
        let c = Constants::new(&shape, &forms::constants(&shape, &ch, tau));
        let rows = shape.active_rows() as u64;
        let sigma = tau * ch.rho.invert().unwrap();
        let powers = |base: Fp, count: usize| powers::powers(base, count);
        let lane = powers::pow(ch.rho, rows * shape.folds() as u64);
        assert!(c.lambda == powers(lane, shape.lanes()), "{shape:?}");
        let fold = powers::pow(ch.rho, rows);
        assert!(c.mu == powers(fold, shape.folds()), "{shape:?}");
        let column = powers::pow(sigma, rows);
        assert!(c.nu == powers(column, shape.c_columns()), "{shape:?}");
        let given = [c.beta1, c.beta2, c.alpha, c.rho, c.tau];
        assert_eq!(given, [ch.beta1, ch.beta2, ch.alpha, ch.rho, tau]);
        // Gates stay within degree 5.
        assert!(shape.lane_digits().digits + shape.fold_digits().digits <= 3);
        assert!(shape.c_digits().digits <= 3);
        // Every neuron of every item has a row, and a power of rho, of its own.
        let capacity = shape.capacity();
        for item in [0, 1, capacity / 2, capacity - 1] {
            if item >= capacity {
                continue;
            }
            let (lane, offset) = shape.place(item);
            assert!(lane < shape.lanes());
            if shape.folds() == 1 {
                assert!(offset + shape.neurons() <= shape.active_rows());
            }
            let end = shape.base(item) + shape.neurons() as u64;
            let next = match item + 1 < capacity {
                true => shape.base(item + 1),
                false => shape.pairs() as u64 * rows,
            };
            assert!(end <= next, "{shape:?} item {item}");
        }
    }
}
