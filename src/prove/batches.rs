//! Proof by proof, as planned.

use super::error::ProveError;
use super::plan::Plan;
use super::withhold::ItemFacts;
use super::work::write_atomic;
use crate::bundle::layout;
use crate::circuit::prover::Prover;
use crate::circuit::{BatchInput, Statement};
use crate::commit::Vault;
use crate::commit::vault::VaultItem;
use crate::progress::{Progress, Unit};
use crate::sealed::Held;
use candor_core::wipe::Wiped;
use rayon::prelude::*;
use std::path::Path;

/// Makes the proofs that are not there yet; how many those were.
pub(super) fn prove_batches(
    vault: &Vault,
    classifier: Held<'_>,
    plan: &Plan,
    facts: &[ItemFacts],
    dir: &Path,
    progress: &dyn Progress,
) -> Result<usize, ProveError> {
    let positions: Vec<(u32, bool)> = facts
        .iter()
        .filter_map(|f| f.verdict.map(|matches| (f.index, !matches)))
        .collect();
    progress.begin("Proving", Some(positions.len() as u64), Unit::Items);
    let mut prover: Option<Prover> = None;
    let mut proved = 0;
    for (b, batch) in plan.batches.iter().enumerate() {
        let path = dir.join(layout::proof(b));
        progress.note(&format!("batch {} of {}", b + 1, plan.batches.len()));
        if path.exists() {
            progress.advance(batch.items as u64);
            continue;
        }
        if progress.cancelled() {
            return Err(ProveError::Cancelled);
        }
        let circuit = |source| ProveError::Circuit { batch: b, source };
        if prover.as_ref().is_none_or(|p| *p.shape() != batch.shape) {
            prover = Some(Prover::new(&batch.shape).map_err(circuit)?);
        }
        let Some(prover) = &prover else {
            unreachable!("a prover was just made")
        };
        let members = &positions[batch.first..batch.first + batch.items];
        let proof = prove_one(vault, classifier, members, prover, b)?;
        write_atomic(&path, &proof)?;
        proved += 1;
        progress.advance(batch.items as u64);
    }
    progress.end();
    Ok(proved)
}

fn prove_one(
    vault: &Vault,
    classifier: Held<'_>,
    members: &[(u32, bool)],
    prover: &Prover,
    batch: usize,
) -> Result<Vec<u8>, ProveError> {
    let form = classifier.form();
    let items: Vec<VaultItem> = members
        .par_iter()
        .map(|(index, _)| vault.item(*index))
        .collect::<Result<_, _>>()?;
    let blinds: Vec<_> = items
        .iter()
        .map(|item| {
            vault
                .blinds(item, form)
                .map(|b| Wiped(b.to_scalars()))
                .unwrap_or_default()
        })
        .collect();
    let inputs: Vec<BatchInput<'_>> = items
        .iter()
        .zip(&blinds)
        .map(|(item, blinds)| BatchInput {
            vector: item.vector(form).map(|v| v.bytes()).unwrap_or_default(),
            blinds,
        })
        .collect();
    let statement = Statement::new(
        vault.commitment().root(),
        &classifier.hash(),
        form.id(),
        items.iter().zip(members).map(|(item, (index, miss))| {
            (*index, item.leaf().form(form).unwrap_or_default(), *miss)
        }),
    );
    prover
        .prove(classifier.known(), &statement, &inputs)
        .map_err(|source| ProveError::Circuit { batch, source })
}
