//! The public commitment file: what the responder publishes before the request arrives.
//!
//! ```text
//! root = SHA256("candor/root/v4" || 0x00 || format u32 || id || count u32 || Merkle root || audit anchor
//!               || numbering || forms: n u8, each (id, count u32) || read u32 || partly read u32
//!               || unread: n u32, each (code, items u32) || exceptions: n u32, each (reason, count u32)
//!               || case || custodian: 0 or (1, text) || created || software
//!               || scope: n u32, each (rule, words, unit, considered u64, left out u64)
//!               || of a supplement: see [`super::supplement`])
//! ```
//!
//! with strings preceded by their length as u32, little-endian. The root binds the count, see
//! [`super::tree`], and every other field of the file: publishing or timestamping the root alone
//! is enough. The id is 32 random bytes: what a vault derives for its items differs from commitment to
//! commitment, even with one secret.
//!
//! What was not read is stated as totals: how many of the partly read items have something of a code. A code that
//! fewer than [`FEWEST`] items have is left out, because the status of every item is public and a small total would
//! tell what is the matter with which.

use super::leaf::{LeafStatus, PublicLeaf, ReasonCode};
use super::scope::{self, ScopeRule};
use super::supplement::Supplement;
use super::tree::{Hash, merkle_root};
use super::unique;
use crate::item::Form;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The file's name in a case.
pub const FILE_NAME: &str = "commitment.json";
/// Longest file that is accepted: a supplement names every exception that it resolves.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// The file beside it that has its leaves.
pub const LEAVES_NAME: &str = "leaves";
/// A code is stated if at least so many items have it.
pub const FEWEST: u32 = 5;
/// Version 4 says what was read in part, has opening trees in its leaves and no parents. What an older file
/// lacks cannot be put in later, which is why it is not read as one without it.
const FORMAT: &str = "candor-commitment-4";
const FORMAT_VERSION: u32 = 4;
const OLDER: [&str; 3] = [
    "candor-commitment-1",
    "candor-commitment-2",
    "candor-commitment-3",
];
const MAX_NAME: usize = 200;

/// A consistent commitment: its root is the hash of its other fields.
#[derive(Clone, Debug)]
pub struct Commitment {
    file: CommitmentFile,
    root: Hash,
    id: Hash,
    merkle_root: Hash,
    audit_anchor: Hash,
    exceptions: u32,
    /// Where its leaves may be, if it was read from a file.
    leaves: Option<PathBuf>,
    /// Where they may be under a name of their own: `acme-2.leaves` beside `acme-2.json`.
    own_leaves: Option<PathBuf>,
}

/// Where a file lies is no part of what it says.
impl PartialEq for Commitment {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

impl Eq for Commitment {}

/// In which order items are numbered. Public, because an order tells: neighbours in a folder would be neighbours in
/// the list of leaves, and with some of them disclosed the paths of others can be guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbering {
    /// At random, by a secret of the vault.
    #[default]
    Shuffled,
    /// As they were read, in the order of paths.
    AsRead,
}

impl Numbering {
    /// The stable name.
    pub fn id(self) -> &'static str {
        match self {
            Numbering::Shuffled => "shuffled",
            Numbering::AsRead => "as_read",
        }
    }
}

/// What a commitment states beside its leaves.
#[derive(Clone, Debug)]
pub struct Stated<'a> {
    /// The name of the case.
    pub case: &'a str,
    /// Whose documents these are.
    pub custodian: Option<&'a str>,
    /// When, by the responder's clock.
    pub created: OffsetDateTime,
    /// 32 random bytes.
    pub id: Hash,
    /// The order of the items.
    pub numbering: Numbering,
    /// The forms that the corpus carries, occurring or not.
    pub forms: &'a [Form],
    /// For each code, how many of the partly read items have something of it. Small totals are left out.
    pub unread: BTreeMap<String, u32>,
    /// What was left out before.
    pub scope: Vec<ScopeRule>,
    /// The end of the vault's [`super::chain`].
    pub audit_anchor: Hash,
    /// The commitment that this one supplements, if it supplements one.
    pub supplements: Option<Supplement>,
}

/// The file as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitmentFile {
    format: String,
    case: String,
    custodian: Option<String>,
    created: String,
    software: String,
    id: String,
    numbering: Numbering,
    count: u32,
    read: u32,
    partly_read: u32,
    #[serde(deserialize_with = "unique::map")]
    unread: BTreeMap<String, u32>,
    #[serde(deserialize_with = "unique::map")]
    exceptions: BTreeMap<String, u32>,
    #[serde(deserialize_with = "unique::map")]
    forms: BTreeMap<Form, u32>,
    scope: Vec<ScopeRule>,
    merkle_root: String,
    audit_anchor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supplements: Option<Supplement>,
    root: String,
}

/// Why a commitment file is refused.
#[derive(Debug, thiserror::Error)]
pub enum CommitmentError {
    /// Larger than any commitment file.
    #[error("it has {0} bytes, more than a commitment file can have")]
    TooLong(usize),
    /// Not the expected JSON.
    #[error("it is not a commitment file: {0}")]
    Json(#[from] serde_json::Error),
    /// Another format.
    #[error("it has format '{0}'; this version of candor reads '{FORMAT}'")]
    Format(String),
    /// Made by an earlier version, without what this one rests on.
    #[error(
        "it has format '{0}', from before commitments said what was read in part; this version of candor reads \
         '{FORMAT}': commit to the documents anew, or use the version of candor that made it"
    )]
    Older(String),
    /// A field that makes no sense.
    #[error("field '{field}' is wrong: {why}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The root is not the hash of the other fields: the file was changed.
    #[error("the root does not belong to the other fields: the file was changed after it was made")]
    Root,
}

/// Why a commitment file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is none.
    #[error("{} is refused: {source}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CommitmentError,
    },
}

/// Reads a commitment file. Its leaves are looked for beside it, under its own name (`acme-2.leaves` of `acme-2.json`) if
/// there is such a file, otherwise as `leaves`.
pub fn open_commitment(path: &Path) -> Result<Commitment, OpenError> {
    let bytes =
        crate::input::read(path, MAX_FILE_BYTES as u64).map_err(|source| OpenError::Io {
            path: path.to_owned(),
            source,
        })?;
    let commitment = Commitment::from_json(&bytes).map_err(|source| {
        let path = path.to_owned();
        let own = bytes.windows(19).any(|at| at == b"\"candor-commitment-");
        match crate::input::another(&bytes, "commitment file").filter(|_| !own) {
            Some(source) => OpenError::Io { path, source },
            None => OpenError::Refused { path, source },
        }
    })?;
    // Several commitments in one folder cannot all have their leaves under one name.
    let own = path.with_extension(LEAVES_NAME);
    let leaves = match own.symlink_metadata() {
        Ok(_) => own,
        Err(_) => path.with_file_name(LEAVES_NAME),
    };
    Ok(Commitment {
        own_leaves: Some(path.with_extension(LEAVES_NAME)),
        ..commitment.with_leaves_at(leaves)
    })
}

/// Counts leaves and collects their hashes.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    hashes: Vec<Hash>,
    count: u32,
    read: u32,
    partly: u32,
    exceptions: BTreeMap<String, u32>,
    forms: BTreeMap<Form, u32>,
}

impl Tally {
    /// For so many leaves, which may come in any order.
    pub fn of(count: u32) -> Self {
        Tally {
            hashes: vec![[0; 32]; count as usize],
            ..Tally::default()
        }
    }

    /// Takes the next leaf, where they come in order.
    pub fn add(&mut self, leaf: &PublicLeaf) {
        self.hashes.push(leaf.hash());
        self.tally(leaf);
    }

    /// Takes a leaf in its place, which [`Tally::of`] made.
    pub fn put(&mut self, leaf: &PublicLeaf) {
        if let Some(hash) = self.hashes.get_mut(leaf.index() as usize) {
            *hash = leaf.hash();
            self.tally(leaf);
        }
    }

    fn tally(&mut self, leaf: &PublicLeaf) {
        self.count += 1;
        match leaf.status() {
            LeafStatus::Read => self.read += 1,
            LeafStatus::Partly => self.partly += 1,
            LeafStatus::Exception(reason) => {
                *self.exceptions.entry(reason.to_string()).or_default() += 1;
            }
        }
        for commitment in leaf.forms() {
            *self.forms.entry(commitment.form()).or_default() += 1;
        }
    }

    /// How many leaves there were.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// How many exceptions there were.
    pub fn exceptions(&self) -> u32 {
        self.exceptions.values().sum()
    }

    /// The leaf hashes in order.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The forms that occur; the text form where none does.
    pub fn forms(&self) -> Vec<Form> {
        if self.forms.is_empty() {
            vec![Form::TextWordsV3]
        } else {
            self.forms.keys().copied().collect()
        }
    }

    /// Whether a commitment was made over exactly these leaves.
    pub fn matches(&self, commitment: &Commitment) -> bool {
        self.differs(commitment).is_none()
    }

    /// In what these leaves are not those of a commitment, if they are not.
    pub fn differs(&self, commitment: &Commitment) -> Option<String> {
        let file = &commitment.file;
        if self.count != file.count || self.hashes.len() as u64 != u64::from(file.count) {
            let (found, stated) = (self.hashes.len(), file.count);
            return Some(format!(
                "there are {found} leaves, where the commitment has {stated} items"
            ));
        }
        if merkle_root(&self.hashes) != Some(commitment.merkle_root) {
            return Some("the leaves do not hash to the committed Merkle root".to_owned());
        }
        for (what, found, stated) in [
            ("items that were read", self.read, file.read),
            (
                "items that were read in part",
                self.partly,
                file.partly_read,
            ),
        ] {
            if found != stated {
                return Some(format!(
                    "the leaves have {found} {what}, where the commitment states {stated}"
                ));
            }
        }
        let count = |counts: &BTreeMap<String, u32>, key: &String| counts.get(key).copied();
        let reasons = self.exceptions.keys().chain(file.exceptions.keys());
        for reason in reasons {
            let (found, stated) = (
                count(&self.exceptions, reason).unwrap_or_default(),
                count(&file.exceptions, reason).unwrap_or_default(),
            );
            if found != stated {
                return Some(format!(
                    "the leaves have {found} exceptions with reason '{reason}', where the commitment states {stated}"
                ));
            }
        }
        for form in self.forms.keys().chain(file.forms.keys()) {
            let found = self.forms.get(form).copied().unwrap_or_default();
            let stated = file.forms.get(form).copied();
            if stated != Some(found) {
                return Some(format!(
                    "the leaves have {found} items in the form {form}, where the commitment states {}",
                    stated.unwrap_or_default()
                ));
            }
        }
        None
    }
}

impl Commitment {
    /// Commits to the tallied leaves.
    pub fn new(stated: Stated<'_>, tally: &Tally) -> Result<Self, CommitmentError> {
        let merkle_root = merkle_root(&tally.hashes)
            .ok_or_else(|| field("count", "there is nothing to commit to"))?;
        let created = stated
            .created
            .replace_nanosecond(0)
            .ok()
            .and_then(|time| time.to_offset(time::UtcOffset::UTC).format(&Rfc3339).ok())
            .ok_or_else(|| field("created", "the system clock is out of range"))?;
        let count_of = |form: &Form| (*form, tally.forms.get(form).copied().unwrap_or_default());
        let mut file = CommitmentFile {
            format: FORMAT.to_owned(),
            case: stated.case.to_owned(),
            custodian: stated.custodian.map(str::to_owned),
            created,
            software: concat!("candor ", env!("CARGO_PKG_VERSION")).to_owned(),
            id: hex::encode(stated.id),
            numbering: stated.numbering,
            count: tally.count(),
            read: tally.read,
            partly_read: tally.partly,
            unread: stated
                .unread
                .into_iter()
                .filter(|(_, items)| *items >= FEWEST)
                .collect(),
            exceptions: tally.exceptions.clone(),
            forms: stated.forms.iter().map(count_of).collect(),
            scope: stated.scope,
            merkle_root: hex::encode(merkle_root),
            audit_anchor: hex::encode(stated.audit_anchor),
            supplements: stated.supplements,
            root: String::new(),
        };
        let before = check_supplement(&file)?;
        file.root = hex::encode(root(
            &file,
            &stated.id,
            &merkle_root,
            &stated.audit_anchor,
            before.as_ref(),
        ));
        Self::check(file)
    }

    /// Parses and checks a file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, CommitmentError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(CommitmentError::TooLong(bytes.len()));
        }
        // An older file would fail by a field that it lacks, which says nothing to anybody.
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        match crate::input::json(bytes) {
            Ok(Head { format }) if OLDER.contains(&&*format) => Err(CommitmentError::Older(format)),
            Ok(Head { format }) if format != FORMAT => Err(CommitmentError::Format(format)),
            _ => Self::check(crate::input::json(bytes)?),
        }
    }

    /// The file's bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json =
            serde_json::to_vec_pretty(&self.file).expect("strings and numbers always serialise");
        json.push(b'\n');
        json
    }

    fn check(file: CommitmentFile) -> Result<Self, CommitmentError> {
        check_names(&file.case, file.custodian.as_deref())?;
        check_name("software", &file.software)?;
        let created = OffsetDateTime::parse(&file.created, &Rfc3339)
            .map_err(|error| field("created", error))?;
        if created.format(&Rfc3339).ok().as_ref() != Some(&file.created) {
            return Err(field("created", "not in canonical form"));
        }
        for (reason, &count) in &file.exceptions {
            ReasonCode::new(reason).map_err(|error| field("exceptions", error))?;
            if count == 0 {
                return Err(field("exceptions", format!("'{reason}' occurs zero times")));
            }
        }
        let sum = |counts: &mut dyn Iterator<Item = &u32>| counts.map(|&n| u64::from(n)).sum();
        let exceptions: u64 = sum(&mut file.exceptions.values());
        let with_forms: u64 = sum(&mut file.forms.values());
        let committed = u64::from(file.read) + u64::from(file.partly_read);
        if file.count == 0 || committed + exceptions != u64::from(file.count) {
            return Err(field(
                "count",
                "it is not read plus partly read plus exceptions",
            ));
        }
        if with_forms < committed || file.forms.values().any(|&n| u64::from(n) > committed) {
            return Err(field(
                "forms",
                "the counts contradict 'read' and 'partly_read'",
            ));
        }
        for (code, &items) in &file.unread {
            ReasonCode::new(code).map_err(|error| field("unread", error))?;
            if items < FEWEST {
                let why = format!("'{code}' is stated of fewer than {FEWEST} items");
                return Err(field("unread", why));
            }
            if items > file.partly_read {
                let why = format!("'{code}' is stated of more items than were read in part");
                return Err(field("unread", why));
            }
        }
        scope::check(&file.scope, file.count).map_err(|why| field("scope", why))?;
        let merkle_root = parse_hash("merkle_root", &file.merkle_root)?;
        let stated = parse_hash("root", &file.root)?;
        let audit_anchor = parse_hash("audit_anchor", &file.audit_anchor)?;
        let id = parse_hash("id", &file.id)?;
        let before = check_supplement(&file)?;
        if root(&file, &id, &merkle_root, &audit_anchor, before.as_ref()) != stated {
            return Err(CommitmentError::Root);
        }
        Ok(Commitment {
            root: stated,
            id,
            merkle_root,
            audit_anchor,
            exceptions: file.count - file.read - file.partly_read,
            file,
            leaves: None,
            own_leaves: None,
        })
    }

    /// The same, with its leaves to be looked for there.
    pub fn with_leaves_at(mut self, path: PathBuf) -> Self {
        self.leaves = Some(path);
        self
    }

    /// Where its leaves may be: beside the file that it was read from.
    pub fn leaves_file(&self) -> Option<&Path> {
        self.leaves.as_deref()
    }

    /// What its leaves may be called beside the file that it was read from, where several commitments lie in one folder.
    pub fn own_leaves_file(&self) -> Option<&Path> {
        self.own_leaves.as_deref()
    }

    /// 32 random bytes that no other commitment has.
    pub fn id(&self) -> &Hash {
        &self.id
    }

    /// In which order the items are numbered.
    pub fn numbering(&self) -> Numbering {
        self.file.numbering
    }

    /// The root: what is published, signed and timestamped.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// The root of the tree over the leaves.
    pub fn merkle_root(&self) -> &Hash {
        &self.merkle_root
    }

    /// The end of the chain whose links the answers to audits reveal, see [`super::chain`].
    pub fn audit_anchor(&self) -> &Hash {
        &self.audit_anchor
    }

    /// The root in hexadecimal.
    pub fn root_hex(&self) -> &str {
        &self.file.root
    }

    /// The name of the case.
    pub fn case(&self) -> &str {
        &self.file.case
    }

    /// Whose documents these are.
    pub fn custodian(&self) -> Option<&str> {
        self.file.custodian.as_deref()
    }

    /// When the commitment was made, by the responder's clock (RFC 3339, UTC).
    pub fn created(&self) -> &str {
        &self.file.created
    }

    /// What made it: "candor 0.1.0".
    pub fn software(&self) -> &str {
        &self.file.software
    }

    /// Number of items, exceptions included.
    pub fn count(&self) -> u32 {
        self.file.count
    }

    /// Number of items that have a canonical vector: read, or read in part.
    pub fn committed(&self) -> u32 {
        self.file.read + self.file.partly_read
    }

    /// Number of items that were read in part.
    pub fn partly_read(&self) -> u32 {
        self.file.partly_read
    }

    /// What of the partly read items was not read: items by code, where at least [`FEWEST`] have it.
    pub fn unread(&self) -> &BTreeMap<String, u32> {
        &self.file.unread
    }

    /// Number of items that could not be processed.
    pub fn exceptions(&self) -> u32 {
        self.exceptions
    }

    /// Number of exceptions by reason.
    pub fn exceptions_by_reason(&self) -> &BTreeMap<String, u32> {
        &self.file.exceptions
    }

    /// What was left out before the commitment, as the responder states it.
    pub fn scope(&self) -> &[ScopeRule] {
        &self.file.scope
    }

    /// What it says of the commitment that it supplements, if it does.
    pub fn supplements(&self) -> Option<&Supplement> {
        self.file.supplements.as_ref()
    }

    /// The forms that the corpus carries, with the number of items that have each.
    pub fn forms(&self) -> &BTreeMap<Form, u32> {
        &self.file.forms
    }
}

fn field(field: &'static str, why: impl ToString) -> CommitmentError {
    CommitmentError::Field {
        field,
        why: why.to_string(),
    }
}

/// Whether a case and custodian can be named so.
pub fn check_names(case: &str, custodian: Option<&str>) -> Result<(), CommitmentError> {
    check_name("case", case)?;
    custodian.map_or(Ok(()), |name| check_name("custodian", name))
}

fn check_name(name: &'static str, value: &str) -> Result<(), CommitmentError> {
    if !crate::clean::is_visible(value) {
        Err(field(name, "it is empty, or there is nothing in it to see"))
    } else if value.len() > MAX_NAME {
        Err(field(name, format!("it is longer than {MAX_NAME} bytes")))
    } else if value.chars().any(char::is_control) {
        Err(field(name, "it contains control characters"))
    } else {
        Ok(())
    }
}

fn parse_hash(name: &'static str, text: &str) -> Result<Hash, CommitmentError> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map_err(|error| field(name, error))?;
    if hex::encode(hash) != text {
        return Err(field(name, "hexadecimal digits must be lower case"));
    }
    Ok(hash)
}

/// The root of the commitment before, of a supplement.
fn check_supplement(file: &CommitmentFile) -> Result<Option<Hash>, CommitmentError> {
    let read = file.read.saturating_add(file.partly_read);
    let checked = file.supplements.as_ref().map(|s| s.check(file.count, read));
    checked.transpose().map_err(|why| field("supplements", why))
}

fn root(
    file: &CommitmentFile,
    id: &Hash,
    merkle_root: &Hash,
    audit_anchor: &Hash,
    before: Option<&Hash>,
) -> Hash {
    let mut hasher = Sha256::new_with_prefix(b"candor/root/v4\0");
    let number = |hasher: &mut Sha256, n: u32| hasher.update(n.to_le_bytes());
    let text = |hasher: &mut Sha256, text: &str| {
        number(hasher, text.len() as u32);
        hasher.update(text);
    };
    number(&mut hasher, FORMAT_VERSION);
    hasher.update(id);
    number(&mut hasher, file.count);
    hasher.update(merkle_root);
    hasher.update(audit_anchor);
    text(&mut hasher, file.numbering.id());
    hasher.update([file.forms.len() as u8]);
    for (form, &count) in &file.forms {
        text(&mut hasher, form.id());
        number(&mut hasher, count);
    }
    number(&mut hasher, file.read);
    number(&mut hasher, file.partly_read);
    number(&mut hasher, file.unread.len() as u32);
    for (code, &items) in &file.unread {
        text(&mut hasher, code);
        number(&mut hasher, items);
    }
    number(&mut hasher, file.exceptions.len() as u32);
    for (reason, &count) in &file.exceptions {
        text(&mut hasher, reason);
        number(&mut hasher, count);
    }
    text(&mut hasher, &file.case);
    match &file.custodian {
        None => hasher.update([0]),
        Some(custodian) => {
            hasher.update([1]);
            text(&mut hasher, custodian);
        }
    }
    text(&mut hasher, &file.created);
    text(&mut hasher, &file.software);
    scope::hash(&file.scope, &mut hasher);
    if let (Some(supplement), Some(before)) = (&file.supplements, before) {
        supplement.hash(before, &mut hasher);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::leaf::FormCommitment;
    use crate::record::leaf::testing::arb_leaf;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use time::macros::datetime;

    fn commitment_to(leaves: &[PublicLeaf]) -> (Commitment, Tally) {
        let mut tally = Tally::default();
        leaves.iter().for_each(|leaf| tally.add(leaf));
        let created = datetime!(2026-03-01 12:00:00.5 +1);
        let custodian = Some("Jane Roe");
        let scope = vec![ScopeRule {
            rule: "hidden".into(),
            words: "no hidden files".into(),
            unit: scope::Unit::Files,
            considered: 9,
            left_out: 2,
        }];
        let stated = Stated {
            case: "Doe v. Acme",
            custodian,
            created,
            id: [6; 32],
            numbering: Numbering::Shuffled,
            forms: &Form::ALL,
            unread: [("picture".to_owned(), FEWEST - 1)].into(),
            scope,
            audit_anchor: [5; 32],
            supplements: None,
        };
        (Commitment::new(stated, &tally).unwrap(), tally)
    }

    fn arb_leaves() -> impl Strategy<Value = Vec<PublicLeaf>> {
        proptest::collection::vec(arb_leaf(), 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn files_round_trip_and_match_their_leaves(leaves in arb_leaves()) {
            let (commitment, tally) = commitment_to(&leaves);
            let again = Commitment::from_json(&commitment.to_json()).unwrap();
            prop_assert_eq!(&again, &commitment);
            prop_assert!(tally.matches(&again));
            prop_assert_eq!(again.created(), "2026-03-01T11:00:00Z");
            let (_, shorter) = commitment_to(&[&leaves[..], &leaves[..1]].concat());
            prop_assert!(!shorter.matches(&again));
        }

        /// Changing any field of the file, however plausibly, is noticed.
        #[test]
        fn every_field_is_bound(leaves in arb_leaves()) {
            let (commitment, _) = commitment_to(&leaves);
            let file: Value = serde_json::from_slice(&commitment.to_json()).unwrap();
            for (name, value) in file.as_object().unwrap() {
                let other = match value {
                    Value::String(text) if text.ends_with('Z') => json!("2025-03-01T11:00:00Z"),
                    Value::String(text) if text.len() == 64 => json!("ab".repeat(32)),
                    Value::String(text) => json!(format!("{text}x")),
                    Value::Number(n) => json!(n.as_u64().unwrap() + 1),
                    Value::Array(_) => json!([]),
                    Value::Object(_) if name == "forms" => json!({"image/rgb32-v1": 9}),
                    _ => json!({"encrypted": 1, "empty": 2}),
                };
                let mut changed = file.clone();
                changed[name] = other;
                let bytes = serde_json::to_vec(&changed).unwrap();
                prop_assert!(Commitment::from_json(&bytes).is_err(), "{}", name);
            }
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Commitment::from_json(&bytes).is_err());
        }
    }

    fn sample() -> Value {
        let status = LeafStatus::Exception(ReasonCode::new("encrypted").unwrap());
        let leaf = PublicLeaf::new(0, status, [1; 32], vec![]).unwrap();
        serde_json::from_slice(&commitment_to(&[leaf]).0.to_json()).unwrap()
    }

    fn refusal(change: impl FnOnce(&mut Value)) -> String {
        let mut file = sample();
        change(&mut file);
        let bytes = serde_json::to_vec(&file).unwrap();
        Commitment::from_json(&bytes).unwrap_err().to_string()
    }

    /// The last of two counts would be hashed into the root, and a reader would see the first.
    #[test]
    fn no_count_stands_twice() {
        let whole = serde_json::to_string(&sample()).unwrap();
        let text = |map: &str, entry: &str| {
            let before = format!(r#""{map}":{{"#);
            assert!(whole.contains(&before));
            whole.replacen(&before, &format!("{before}{entry}"), 1)
        };
        for (map, entry) in [
            ("unread", r#""picture":1,"picture":9,"#),
            ("exceptions", r#""empty":0,"empty":4,"#),
            ("forms", r#""image/rgb32-v1":1,"image/rgb32-v1":2,"#),
        ] {
            let mut twice = text(map, entry);
            twice = twice.replace(",}", "}");
            let error = Commitment::from_json(twice.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains("a key stands twice"), "{map}: {error}");
        }
    }

    #[test]
    fn refusals_name_the_problem() {
        type Change = Box<dyn FnOnce(&mut Value)>;
        let cases: [(&str, Change); 19] = [
            ("format 'x'", Box::new(|file| file["format"] = json!("x"))),
            (
                "unknown field `more`",
                Box::new(|file| file["more"] = json!(1)),
            ),
            (
                "'case' is wrong: it is empty",
                Box::new(|file| file["case"] = json!(" ")),
            ),
            (
                "control characters",
                Box::new(|file| file["custodian"] = json!("a\u{1b}[2J")),
            ),
            (
                "'created'",
                Box::new(|file| file["created"] = json!("yesterday")),
            ),
            (
                "read plus partly read plus exceptions",
                Box::new(|file| file["count"] = json!(2)),
            ),
            (
                "lower case",
                Box::new(|file| file["root"] = json!("AB".repeat(32))),
            ),
            (
                "unknown canonical form",
                Box::new(|file| file["forms"] = json!({"text/x": 0})),
            ),
            (
                "was changed",
                Box::new(|file| file["scope"][0]["left_out"] = json!(1)),
            ),
            (
                "'scope' is wrong",
                Box::new(|file| file["scope"][0]["rule"] = json!("other")),
            ),
            (
                "missing field `scope`",
                Box::new(|file| drop(file.as_object_mut().unwrap().remove("scope"))),
            ),
            (
                "commit to the documents anew",
                Box::new(|file| file["format"] = json!("candor-commitment-1")),
            ),
            (
                // As such a file is: without the field that it lacks.
                "reads 'candor-commitment-4': commit to the documents anew",
                Box::new(|file| {
                    file["format"] = json!("candor-commitment-3");
                    file.as_object_mut().unwrap().remove("partly_read");
                }),
            ),
            (
                "fewer than 5 items",
                Box::new(|file| file["unread"] = json!({"picture": 4})),
            ),
            (
                "more items than were read in part",
                Box::new(|file| file["unread"] = json!({"picture": 5})),
            ),
            (
                "was changed",
                Box::new(|file| file["id"] = json!("06".repeat(31) + "07")),
            ),
            (
                "missing field `audit_anchor`",
                Box::new(|file| drop(file.as_object_mut().unwrap().remove("audit_anchor"))),
            ),
            (
                "was changed",
                Box::new(|file| file["audit_anchor"] = json!("06".repeat(32))),
            ),
            (
                "was changed",
                Box::new(|file| file["case"] = json!("Roe v. Acme")),
            ),
        ];
        for (expected, change) in cases {
            let message = refusal(change);
            assert!(message.contains(expected), "{expected}: {message}");
        }
        let long = vec![b' '; MAX_FILE_BYTES + 1];
        assert!(matches!(
            Commitment::from_json(&long),
            Err(CommitmentError::TooLong(_))
        ));
    }

    #[test]
    fn leaves_may_come_in_any_order_and_all_have_to_come() {
        let leaf = |index: u32, partly: bool| {
            let status = if partly {
                LeafStatus::Partly
            } else {
                LeafStatus::Read
            };
            let point = halo2_proofs::pasta::EqAffine::generator();
            let form = FormCommitment::new(Form::TextHash4080V1, vec![point]).unwrap();
            PublicLeaf::new(index, status, [index as u8; 32], vec![form]).unwrap()
        };
        use group::CurveAffine;
        let leaves = [leaf(0, true), leaf(1, false), leaf(2, true)];
        let (commitment, _) = commitment_to(&leaves);
        assert_eq!((commitment.committed(), commitment.partly_read()), (3, 2));
        assert!(commitment.unread().is_empty(), "too few to be stated");
        let mut tally = Tally::of(3);
        [2, 0, 1usize]
            .into_iter()
            .for_each(|at| tally.put(&leaves[at]));
        assert!(tally.matches(&commitment));
        let mut missing = Tally::of(3);
        [2, 0usize]
            .into_iter()
            .for_each(|at| missing.put(&leaves[at]));
        assert!(!missing.matches(&commitment));
    }

    /// What a supplement says is part of its root, and so is that a file is none.
    #[test]
    fn a_supplement_is_bound() {
        let point = halo2_proofs::pasta::EqAffine::generator();
        use group::CurveAffine;
        let form = FormCommitment::new(Form::TextHash4080V1, vec![point]).unwrap();
        let leaf = PublicLeaf::new(0, LeafStatus::Read, [1; 32], vec![form]).unwrap();
        let (first, tally) = commitment_to(&[leaf]);
        assert!(
            !String::from_utf8(first.to_json())
                .unwrap()
                .contains("supplements")
        );
        let resolved = crate::record::supplement::Resolved {
            commitment: 0,
            item: 7,
            by: 0,
        };
        let stated = Stated {
            case: "Doe v. Acme",
            custodian: None,
            created: datetime!(2026-03-10 12:00 UTC),
            id: [7; 32],
            numbering: Numbering::Shuffled,
            forms: &Form::ALL,
            unread: BTreeMap::new(),
            scope: vec![],
            audit_anchor: [5; 32],
            supplements: Some(Supplement {
                root: first.root_hex().to_owned(),
                number: 1,
                why: Some("found late".to_owned()),
                resolves: vec![resolved],
            }),
        };
        let second = Commitment::new(stated, &tally).unwrap();
        let again = Commitment::from_json(&second.to_json()).unwrap();
        assert_eq!(again, second);
        assert_eq!(again.supplements().unwrap().resolves, [resolved]);
        let file: Value = serde_json::from_slice(&second.to_json()).unwrap();
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut changed = file.clone();
            change(&mut changed);
            Commitment::from_json(&serde_json::to_vec(&changed).unwrap())
                .unwrap_err()
                .to_string()
        };
        for (name, value) in [
            ("root", json!("ab".repeat(32))),
            ("number", json!(2)),
            ("why", json!(null)),
            ("why", json!("found early")),
            ("resolves", json!([])),
            ("resolves", json!([{"commitment": 0, "item": 8, "by": 0}])),
        ] {
            let said = refused(&|file| file["supplements"][name] = value.clone());
            assert!(said.contains("was changed"), "{name}: {said}");
        }
        let said = refused(&|file| drop(file.as_object_mut().unwrap().remove("supplements")));
        assert!(said.contains("was changed"), "{said}");
        let said = refused(&|file| file["supplements"]["resolves"][0]["by"] = json!(1));
        assert!(
            said.contains("'supplements' is wrong") && said.contains("only 1 items"),
            "{said}"
        );
    }

    #[test]
    fn nothing_cannot_be_committed() {
        let stated = Stated {
            case: "case",
            custodian: None,
            created: datetime!(2026-03-01 12:00 UTC),
            id: [6; 32],
            numbering: Numbering::AsRead,
            forms: &Form::ALL,
            unread: BTreeMap::new(),
            scope: vec![],
            audit_anchor: [0; 32],
            supplements: None,
        };
        let result = Commitment::new(stated, &Tally::default());
        assert!(matches!(
            result,
            Err(CommitmentError::Field { field: "count", .. })
        ));
    }
}
