//! What overlays ask, and how they are answered.

use crate::bundle::Reason;
use std::path::PathBuf;

/// What the screen gets back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A path was chosen.
    Picked(PickFor, PathBuf),
    /// Yes.
    Yes(Question),
    /// The third possibility.
    Other(Question),
    /// A line was typed.
    Typed(PromptFor, String),
    /// A reason to withhold, and what the log says.
    Reason(Reason, String),
    /// Each of what was found is allowed to leave: the items, and why.
    Allowed(Vec<(u32, String)>),
}

/// What is to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickFor {
    /// A folder of documents.
    Corpus,
    /// A case.
    Case,
    /// A bundle to look at.
    Bundle,
    /// A bundle to verify.
    VerifyBundle,
    /// A classifier file.
    Classifier,
    /// The secret part of a sealed classifier.
    SealSecret,
    /// A commitment file.
    Commitment,
    /// A file with a public key.
    Key,
    /// A file with certificates of a time-stamping authority.
    Authority,
    /// A list of items to withhold.
    WithholdList,
    /// A challenge of a random audit.
    Challenge,
    /// A folder with what a challenge opened.
    Openings,
    /// What a person said about opened items.
    Labels,
    /// A load file that lists the documents of a volume.
    LoadFile,
    /// A list of passwords.
    Passwords,
    /// A list of which files are which earlier exceptions.
    Resolves,
    /// The bundle of a supplement, to be verified with those before it.
    SupplementBundle,
    /// The commitment file of a supplement.
    SupplementCommitment,
    /// Something to sign or to time-stamp: a case, a bundle, any file.
    Subject,
    /// A file with a secret key.
    SecretKey,
    /// A signature.
    Signature,
    /// A request for a time-stamp.
    StampRequest,
    /// What an authority answered.
    Reply,
    /// A time-stamp.
    Token,
    /// A file with certificates that lead to those that are trusted.
    Helper,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Commit?
    Commit,
    /// Prove?
    Prove,
    /// Stop the running job?
    Stop,
    /// Leave the screen although a job runs?
    Leave,
    /// Leave the program?
    Quit,
    /// Open documents that were not produced, for the court?
    OpenSample,
    /// Write a production?
    Export,
    /// Sign?
    Sign,
    /// Replace a signature, a request or a time-stamp?
    Replace,
}

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptFor {
    /// Where to save the report.
    Report,
    /// Where to save the draft of a certificate.
    Certificate,
    /// Where to save the withheld log.
    WithheldLog,
    /// Where to save the list of dispositions.
    Dispositions,
    /// The name of the bundle to make.
    Output,
    /// Memory that proving may take; nothing for what the machine has.
    Memory,
    /// Most items in one proof; nothing for what fits.
    Batch,
    /// A hash of a custody log that was noted earlier.
    Head,
    /// Where to save what the classifier says of every item.
    Scores,
}

/// Whoever put an overlay there, and hears what it has to say.
pub trait Asker {
    /// It is answered.
    fn answer(&mut self, answer: Answer);
    /// A remark for the last line.
    fn remark(&mut self, text: String);
    /// It needs the entries of a folder.
    fn list(&mut self, folder: PathBuf);
    /// The path that was typed.
    fn place(&self, typed: &str) -> PathBuf;
}
