//! A request in a form that the corpus was not committed in.

use super::Commitment;
use crate::item::Form;

/// No item of the corpus has the form that a classifier reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the classifier reads {wanted}, and no item of this corpus was committed in that form; {}",
    remedy(committed)
)]
pub struct NoSuchForm {
    /// What the classifier reads.
    pub wanted: Form,
    /// What there is.
    pub committed: Vec<Form>,
}

impl NoSuchForm {
    /// Of a request over a corpus.
    pub fn new(wanted: Form, commitment: &Commitment) -> Self {
        NoSuchForm {
            wanted,
            committed: commitment
                .forms()
                .iter()
                .filter(|(_, items)| **items > 0)
                .map(|(form, _)| *form)
                .collect(),
        }
    }
}

/// A commitment is given no further form afterwards: the request has to change.
fn remedy(committed: &[Form]) -> String {
    let ids: Vec<&str> = committed.iter().map(Form::id).collect();
    match &ids[..] {
        [] => "nothing in it could be read".to_owned(),
        [first, ..] => format!(
            "there is {}: ask for a classifier that reads it, such as one of 'candor classifier train --form {first}'",
            ids.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_and_what_to_do_is_said() {
        let said = |committed| {
            let wanted = Form::TextWordsV3;
            NoSuchForm { wanted, committed }.to_string()
        };
        let old = said(vec![Form::TextHash4080V1, Form::ImageRgb32V1]);
        assert!(old.contains("reads text/words16376-v3,"), "{old}");
        assert!(old.contains("there is text/hash4080-v1, image/rgb32-v1:"));
        assert!(old.ends_with("train --form text/hash4080-v1'"), "{old}");
        assert!(said(vec![]).ends_with("nothing in it could be read"));
    }
}
