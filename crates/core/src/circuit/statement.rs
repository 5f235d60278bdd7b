//! What a batch proof says, in canonical bytes.

use group::CurveAffine;
use pasta_curves::EqAffine;
use sha2::{Digest, Sha256};

use super::model::Model;
use super::shape::Shape;

/// One item of a batch: which committed item it is, its commitments, and the claimed verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementItem {
    /// Index of the item in the corpus.
    pub index: u32,
    /// One Pedersen commitment per strip of the form.
    pub commitments: Vec<EqAffine>,
    /// The public value of the last neuron: true exactly when the item does **not** match.
    pub miss: bool,
    /// The activations of the layers that a sealed classifier discloses, in the order of neurons; empty where it
    /// discloses none.
    pub outputs: Vec<u8>,
}

/// The public statement of one batch proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The published root of the corpus.
    pub root: [u8; 32],
    /// SHA-256 of the classifier file, or of the sealed file.
    pub classifier: [u8; 32],
    /// Identifier of the canonical form, e.g. `text/hash4080-v1`.
    pub form: String,
    /// The items in lane and slot order.
    pub items: Vec<StatementItem>,
}

impl Statement {
    /// The statement about some items, given as index, commitments and `miss`, in batch order.
    pub fn new<'c>(
        root: &[u8; 32],
        classifier: &[u8; 32],
        form: &str,
        items: impl Iterator<Item = (u32, &'c [EqAffine], bool)>,
    ) -> Self {
        Statement {
            root: *root,
            classifier: *classifier,
            form: form.to_owned(),
            items: items
                .map(|(index, commitments, miss)| StatementItem {
                    index,
                    commitments: commitments.to_vec(),
                    miss,
                    outputs: Vec::new(),
                })
                .collect(),
        }
    }

    /// Whether a proof of `shape` can be about this statement and network, and why not.
    ///
    /// A shape is a free choice in its number of lanes only: rows, tables and sizes are those of the network
    /// and its form, whatever the caller says. Prover and verifier both ask here.
    ///
    /// Where the network is sealed, the statement has to name its file: challenges are drawn over the statement, and
    /// the secret numbers have to be fixed before.
    pub fn fits<'m>(&self, shape: &Shape, model: impl Into<Model<'m>>) -> Result<(), &'static str> {
        let model = model.into();
        if self.form != model.form().id() {
            return Err("the network reads another form");
        }
        if let Model::Sealed(sealed) = model
            && self.classifier != sealed.hash()
        {
            return Err("the statement names another sealed classifier");
        }
        match model.shape(shape.lanes()) {
            Ok(own) if own == *shape => {}
            _ => return Err("the circuit is not the one of this network"),
        }
        if self.items.is_empty() || self.items.len() > shape.capacity() {
            return Err("the number of items is out of range");
        }
        let outputs = model.outputs();
        for item in &self.items {
            if item.outputs.len() != outputs {
                return Err("an item has the wrong number of outputs");
            }
            if item.commitments.len() != shape.strips() {
                return Err("an item has the wrong number of commitments");
            }
            // It opens to anything that sums to nothing, without a blind: no honest vector has it.
            if item.commitments.iter().any(|c| bool::from(c.is_identity())) {
                return Err("a commitment is the identity");
            }
        }
        Ok(())
    }

    /// SHA-256 over an injective encoding of everything above; the challenges start from it.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        // Statements without outputs are encoded as they were before there were any.
        let outputs = self.items.iter().any(|item| !item.outputs.is_empty());
        hash.update(match outputs {
            false => b"candor/statement/v1",
            true => b"candor/statement/v2",
        });
        hash.update(self.root);
        hash.update(self.classifier);
        hash.update((self.form.len() as u64).to_le_bytes());
        hash.update(self.form.as_bytes());
        hash.update((self.items.len() as u64).to_le_bytes());
        for item in &self.items {
            hash.update(item.index.to_le_bytes());
            hash.update([u8::from(item.miss)]);
            hash.update((item.commitments.len() as u64).to_le_bytes());
            for point in &item.commitments {
                hash.update(group::GroupEncoding::to_bytes(point));
            }
            if outputs {
                hash.update((item.outputs.len() as u64).to_le_bytes());
                hash.update(&item.outputs);
            }
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use group::{Curve, Group};
    use pasta_curves::Eq;

    #[test]
    fn every_field_is_bound() {
        let item = |index, miss| StatementItem {
            index,
            commitments: vec![Eq::generator().to_affine()],
            miss,
            outputs: Vec::new(),
        };
        let base = Statement {
            root: [1; 32],
            classifier: [2; 32],
            form: "f".into(),
            items: vec![item(0, true), item(1, false)],
        };
        let change = |f: &dyn Fn(&mut Statement)| {
            let mut other = base.clone();
            f(&mut other);
            assert_ne!(base.digest(), other.digest());
        };
        change(&|s| s.root[0] = 0);
        change(&|s| s.classifier[31] = 0);
        change(&|s| s.form = "g".into());
        change(&|s| s.items[0].index = 7);
        change(&|s| s.items[0].miss = false);
        change(&|s| s.items.swap(0, 1));
        change(&|s| s.items[1].commitments[0] = -s.items[1].commitments[0]);
        change(&|s| s.items[1].commitments.clear());
        change(&|s| s.items[0].outputs.push(0));
        change(&|s| {
            s.items.pop();
        });
        let digest = |outputs: [&[u8]; 2]| {
            let mut other = base.clone();
            for (item, outputs) in other.items.iter_mut().zip(outputs) {
                item.outputs = outputs.to_vec();
            }
            other.digest()
        };
        let digests = [
            digest([&[1, 2], &[]]),
            digest([&[1], &[2]]),
            digest([&[], &[1, 2]]),
        ];
        assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2]);
    }
}
