//! What the commitment says of an item, as far as it was opened.

use crate::commit::meta::ItemMeta;
use crate::commit::prepare::{Outcome, outcome};
use crate::commit::{Commitment, Hash, PublicLeaf};
use crate::ingest::RawItem;
use crate::ingest::volume::GIVEN_TEXT;
use crate::item::Form;

/// How the commitment says it was made. Its root binds that, so it is not one item's to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub(super) software: String,
    /// By this version of candor, whose readers are at hand.
    pub(super) here: bool,
    /// From a load file, which brings facts and texts of its own.
    pub(super) listed: bool,
    /// It supplements another one, whose items it may have read again.
    pub(super) supplements: bool,
    /// The forms that items were committed in.
    pub(super) forms: Vec<Form>,
}

impl Made {
    /// As that commitment was.
    pub fn of(commitment: &Commitment) -> Self {
        Made {
            software: commitment.software().to_owned(),
            here: commitment.software() == concat!("candor ", env!("CARGO_PKG_VERSION")),
            listed: commitment
                .scope()
                .iter()
                .any(|rule| rule.rule == "load_file"),
            supplements: commitment.supplements().is_some(),
            forms: commitment.forms().keys().copied().collect(),
        }
    }

    /// Whether the load file has a row for this item. Only then it can be why something is not as the file says.
    pub fn lists(&self, meta: &ItemMeta) -> bool {
        self.listed && meta.metadata.contains_key("control_number")
    }

    /// What this program would commit of a reading. Where a commitment names no forms, only those that occur are
    /// stated in it, and a picture that cannot be decoded may be why one does not: both reasons are right.
    pub(super) fn outcomes(&self, found: &RawItem) -> Vec<Outcome> {
        let mut all: Vec<Form> = self.forms.clone();
        all.extend(Form::CURRENT);
        let mut outcomes = vec![outcome(found, &self.forms)];
        if outcomes[0].exception.is_some() && found.exception.is_none() {
            outcomes.extend(
                [outcome(found, &all)]
                    .into_iter()
                    .filter(|o| o.exception.is_some()),
            );
        }
        outcomes
    }
}

/// What everybody sees of an item: its leaf without the hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// Why it is not searched, if so.
    pub reason: Option<String>,
    /// A part of it was not read.
    pub partly: bool,
    /// The forms in which it is searched, in order.
    pub forms: Vec<Form>,
}

impl Public {
    /// In words.
    pub(super) fn shown(&self) -> String {
        let forms: Vec<&str> = self.forms.iter().map(Form::id).collect();
        match (&self.reason, self.partly) {
            (Some(reason), _) => format!("not searched ({reason})"),
            (None, true) => format!("read in part ({})", forms.join(", ")),
            (None, false) => format!("read ({})", forms.join(", ")),
        }
    }
}

impl From<&PublicLeaf> for Public {
    fn from(leaf: &PublicLeaf) -> Self {
        let mut forms: Vec<Form> = leaf.forms().iter().map(|form| form.form()).collect();
        forms.sort_unstable();
        Public {
            reason: leaf.exception().map(|reason| reason.as_str().to_owned()),
            partly: leaf.is_partly_read(),
            forms,
        }
    }
}

impl From<&Outcome> for Public {
    fn from(outcome: &Outcome) -> Self {
        let reason = outcome
            .exception
            .as_ref()
            .map(|(reason, _)| (*reason).to_owned());
        Public {
            partly: reason.is_none() && !outcome.ledger.is_empty(),
            reason,
            forms: outcome.forms.clone(),
        }
    }
}

/// An opened item.
#[derive(Clone, Debug)]
pub struct Committed<'a> {
    /// Its metadata.
    pub meta: &'a ItemMeta,
    /// Its bytes.
    pub native: &'a [u8],
    /// Its text; of an item without one, nothing.
    pub text: &'a str,
    /// What its leaf says.
    pub public: Public,
    /// The items that lie in it.
    pub parts: Vec<Part>,
}

/// An item that lies in another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What its leaf says.
    pub public: Public,
    /// SHA-256 of its bytes, where that was opened.
    pub sha256: Option<Hash>,
}

impl Part {
    /// Whether its bytes have this hash, as far as is known.
    pub(super) fn has(&self, sha256: &Hash) -> bool {
        self.sha256.is_none_or(|known| known == *sha256)
    }
}

impl Committed<'_> {
    /// Why it was not searched, in words.
    pub(super) fn reason(&self) -> &str {
        self.public
            .reason
            .as_deref()
            .unwrap_or("of another form than the classifier reads")
    }

    /// Whether its text came with a load file.
    pub(super) fn is_given(&self) -> bool {
        self.meta.extractor == GIVEN_TEXT
    }

    /// Whether it lies in something that knows more of it than its bytes say.
    pub(super) fn is_contained(&self) -> bool {
        self.meta.path.contains("!/")
    }
}
