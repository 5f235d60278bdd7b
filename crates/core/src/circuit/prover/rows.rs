//! Columns, row by row: sums with factors, and products.

use ff::Field;
use pasta_curves::Fp;
use rayon::prelude::*;

use crate::wide::Wide;

/// Rows that are worked on together.
const CHUNK: usize = 256;
/// Rows that processors take at a time.
const EIGHT: usize = 8;

/// `sum_t factor_t column_t`, row by row, over the first `n` rows.
pub(crate) fn combine(n: usize, terms: &[(Fp, &[Fp])]) -> Vec<Fp> {
    let mut out = vec![Fp::ZERO; n];
    out.par_chunks_mut(CHUNK).enumerate().for_each(|(k, out)| {
        let terms: Vec<(Fp, &[Fp])> = terms
            .iter()
            .map(|(factor, column)| (*factor, &column[k * CHUNK..][..out.len()]))
            .collect();
        let (wide, whole) = wide(out.len());
        let (first, last) = out.split_at_mut(whole);
        let rest = terms.iter().map(|(f, c)| (*f, &c[whole..]));
        combine_one_by_one(last, &rest.collect::<Vec<_>>());
        if let Some(wide) = wide {
            let terms = terms.iter().map(|(f, c)| (*f, &c[..whole]));
            wide.combine(first, &terms.collect::<Vec<_>>());
        }
    });
    out
}

fn combine_one_by_one(out: &mut [Fp], terms: &[(Fp, &[Fp])]) {
    for (factor, column) in terms {
        if *factor == Fp::ONE {
            out.iter_mut().zip(*column).for_each(|(o, c)| *o += c);
        } else {
            out.iter_mut()
                .zip(*column)
                .for_each(|(o, c)| *o += *factor * c);
        }
    }
}

/// `sum += factor x y ..`, row by row, for one column or more; they may be longer.
pub(crate) fn add_products(sum: &mut [Fp], factor: Fp, columns: &[&[Fp]]) {
    let (wide, whole) = wide(sum.len());
    let (first, last) = sum.split_at_mut(whole);
    let rest = columns.iter().map(|c| &c[whole..]);
    add_one_by_one(last, factor, &rest.collect::<Vec<_>>());
    if let Some(wide) = wide {
        let columns = columns.iter().map(|c| &c[..whole]);
        wide.add_products(first, factor, &columns.collect::<Vec<_>>());
    }
}

/// How many of the rows, the first ones, are taken eight at a time, and how.
fn wide(rows: usize) -> (Option<Wide>, usize) {
    match Wide::detect() {
        Some(wide) => (Some(wide), rows - rows % EIGHT),
        None => (None, 0),
    }
}

fn add_one_by_one(sum: &mut [Fp], factor: Fp, columns: &[&[Fp]]) {
    for (row, sum) in sum.iter_mut().enumerate() {
        *sum += columns.iter().fold(factor, |product, c| product * c[row]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More terms than are added before a reduction, extreme values among them.
    #[test]
    fn eight_at_a_time_gives_what_one_at_a_time_gives() {
        let mut state = Fp::from(4);
        let mut next = |i: usize| {
            state = state.square() + Fp::from(i as u64);
            match i % 7 {
                0 => -Fp::ONE,
                1 => Fp::from(i as u64),
                2 => -Fp::from(i as u64),
                _ => state,
            }
        };
        for n in [1usize, 8, 264, 1000] {
            let columns: Vec<Vec<Fp>> = (0..60).map(|_| (0..n).map(&mut next).collect()).collect();
            let factors: Vec<Fp> = (0..60).map(&mut next).collect();
            for count in [0, 1, 24, 25, 60] {
                let terms: Vec<(Fp, &[Fp])> = factors[..count]
                    .iter()
                    .zip(&columns)
                    .map(|(f, c)| (*f, &c[..]))
                    .collect();
                let mut want = vec![Fp::ZERO; n];
                combine_one_by_one(&mut want, &terms);
                assert_eq!(combine(n, &terms), want, "{n} {count}");
            }
            for count in 1..4 {
                let columns: Vec<&[Fp]> = columns[..count].iter().map(|c| &c[..]).collect();
                let mut want = factors.iter().cycle().copied().take(n).collect::<Vec<_>>();
                let mut got = want.clone();
                add_one_by_one(&mut want, factors[0], &columns);
                add_products(&mut got, factors[0], &columns);
                assert_eq!(got, want, "{n} {count}");
            }
        }
    }
}
