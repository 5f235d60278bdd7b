//! How rare a word is, folded into the weights of a model.
//!
//! A text's vector depends on nothing but the text, so it cannot hold how rare its words are in a corpus. Training can:
//! it sees every entry times `idf(bucket) = 1 + ln((1 + n) / (1 + documents with the bucket))` (scikit-learn's
//! smooth form, over the rows trained on), and the fitted weight is multiplied by the same number. The penalty then
//! falls on common words more than on rare ones, which is what makes the difference on hard topics.

use crate::train::dataset::Row;

/// The factor of each of `inputs` entries.
pub fn idf(rows: &[(&Row, bool)], inputs: usize) -> Vec<f64> {
    let mut documents = vec![0u32; inputs];
    for (row, _) in rows {
        for &i in &row.index {
            documents[i as usize] += 1;
        }
    }
    let n = 1.0 + rows.len() as f64;
    documents
        .into_iter()
        .map(|df| 1.0 + (n / (1.0 + f64::from(df))).ln())
        .collect()
}

/// A row whose entries are multiplied by their factors.
pub fn scaled(row: &Row, factors: &[f64]) -> Row {
    Row {
        index: row.index.clone(),
        value: row.entries().map(|(i, x)| x * factors[i]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::model::{FitOptions, Loss, Model};

    fn row(entries: &[u32]) -> Row {
        Row {
            index: entries.to_vec(),
            value: vec![1.0; entries.len()],
        }
    }

    #[test]
    fn rare_entries_weigh_more() {
        let rows = [row(&[0, 1]), row(&[0]), row(&[0, 1])];
        let rows: Vec<(&Row, bool)> = rows.iter().map(|r| (r, true)).collect();
        let idf = idf(&rows, 3);
        assert_eq!(idf[0], 1.0);
        assert!((idf[1] - (1.0 + (4.0f64 / 3.0).ln())).abs() < 1e-12);
        assert!((idf[2] - (1.0 + 4.0f64.ln())).abs() < 1e-12);
    }

    #[test]
    fn a_folded_model_decides_as_the_scaled_one() {
        let rows = [row(&[0, 1]), row(&[0, 2]), row(&[1]), row(&[2])];
        let labelled: Vec<(&Row, bool)> = rows.iter().zip([true, false, true, false]).collect();
        let factors = [1.0, 2.0, 3.0];
        let wide: Vec<Row> = rows.iter().map(|r| scaled(r, &factors)).collect();
        let wide: Vec<(&Row, bool)> = wide.iter().zip(labelled.iter().map(|l| l.1)).collect();
        for (hidden, loss) in [
            (0, Loss::Logistic),
            (0, Loss::SquaredHinge),
            (3, Loss::Logistic),
        ] {
            let options = FitOptions {
                hidden,
                loss,
                l2: 1e-3,
                max_iterations: 100,
                seed: 1,
            };
            let (model, _) = Model::fit(&wide, 3, options).unwrap();
            let expected: Vec<f64> = wide.iter().map(|(row, _)| model.logit(row)).collect();
            let folded = model.folded(&factors);
            for (row, expected) in rows.iter().zip(expected) {
                assert!((folded.logit(row) - expected).abs() < 1e-9);
            }
        }
    }
}
