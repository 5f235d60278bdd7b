//! What the engine is asked to do.

use crate::audit::Stratum;
use crate::audit::challenge::Size;
use crate::export::ExportOptions;
use crate::sign::Password;
use crate::verify::Report;
use std::path::PathBuf;
use time::OffsetDateTime;

/// A bundle and the two files that it is verified against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The bundle.
    pub bundle: PathBuf,
    /// The commitment file that was published before the request.
    pub commitment: PathBuf,
    /// The requester's classifier file.
    pub classifier: PathBuf,
}

/// A commitment and its supplements, the first one first, each with its bundle, and the classifier file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainTarget {
    /// The bundles.
    pub bundles: Vec<PathBuf>,
    /// The commitment files.
    pub commitments: Vec<PathBuf>,
    /// The requester's classifier file.
    pub classifier: PathBuf,
}

/// What documents are to be read with, and where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Helpers {
    /// A list of passwords.
    pub passwords: Option<PathBuf>,
    /// The languages of text that is to be recognised.
    pub ocr: Option<String>,
    /// A list of which files are which earlier exceptions, for a supplement.
    pub resolves: Option<PathBuf>,
    /// Whether what the earlier case could not read is read again, instead of a folder.
    pub again: bool,
}

/// A step of an audit.
#[derive(Clone, Debug)]
pub enum AuditTask {
    /// Draw a sample.
    Draw {
        /// The bundle.
        target: Target,
        /// What to draw from.
        stratum: Stratum,
        /// In per cent.
        confidence: f64,
        /// How many items.
        size: Size,
        /// Words or hexadecimal digits; `None` for one from the operating system.
        nonce: Option<String>,
        /// The audit's number; `None` for the next after those that the bundle states.
        number: Option<u32>,
        /// Until when an answer is due.
        deadline: Option<String>,
        /// The challenge to write.
        output: PathBuf,
    },
    /// Open exactly the sampled items.
    Open {
        /// The bundle.
        target: Target,
        /// The responder's case.
        case: PathBuf,
        /// The challenge.
        challenge: PathBuf,
        /// Why the same items are sampled once more.
        again: Option<String>,
        /// `ITEM=REASON` for items that contain or resemble a withheld one.
        allow: Vec<String>,
        /// The folder to write.
        output: PathBuf,
    },
    /// Check what was opened.
    Check {
        /// The bundle.
        target: Target,
        /// The challenge.
        challenge: PathBuf,
        /// The opened items.
        openings: PathBuf,
        /// What a person said about each.
        labels: Option<PathBuf>,
        /// When the answer came.
        received: Option<OffsetDateTime>,
    },
    /// Read every produced document again.
    Reread {
        /// The bundle.
        target: Target,
    },
}

/// What is to be written.
#[derive(Clone, Debug)]
pub enum What {
    /// A production that review platforms load, into a new folder.
    Production(Box<ExportOptions>),
    /// The privilege log: `.csv` or `.xlsx`. With the case it names everything and stays with the responder.
    PrivilegeLog,
    /// Items that could not be processed: `.csv` or `.xlsx`.
    Exceptions,
    /// The report: `.html`, `.json`, or text. One of a verification that failed is given.
    Report(Option<Box<Report>>),
    /// The draft of a certificate: `.html` or text.
    Certificate(Option<Box<Report>>),
}

/// Writing something from a bundle.
#[derive(Clone, Debug)]
pub struct ExportTask {
    /// The bundle.
    pub target: Target,
    /// What to write.
    pub what: What,
    /// The responder's case, for what a bundle does not tell about withheld items.
    pub case: Option<PathBuf>,
    /// The new file or folder.
    pub output: PathBuf,
}

/// A step.
#[derive(Clone, Debug)]
pub enum SignTask {
    /// Make a key pair.
    Keygen {
        /// Where, without extension.
        name: PathBuf,
        /// How the secret key is protected.
        password: Password,
    },
    /// Sign.
    Sign {
        /// A file, a bundle or a case.
        what: PathBuf,
        /// The secret key.
        key: PathBuf,
        /// Its password.
        password: Password,
        /// The case whose custody log records it, if it is not the one that is signed.
        case: Option<PathBuf>,
        /// Whether an earlier signature may be replaced.
        replace: bool,
    },
    /// Check a signature.
    CheckSignature {
        /// A file, a bundle or a case.
        what: PathBuf,
        /// A file with a public key, or the key itself.
        key: String,
        /// The signature, if it is not beside the file.
        signature: Option<PathBuf>,
    },
    /// Write a request for a time-stamp.
    Request {
        /// A file, a bundle or a case.
        what: PathBuf,
        /// The request, if it is not to be beside the file.
        output: Option<PathBuf>,
        /// Whether an earlier request may be replaced.
        replace: bool,
    },
    /// Keep an authority's answer.
    Store {
        /// A file, a bundle or a case.
        what: PathBuf,
        /// The answer.
        reply: PathBuf,
        /// The request that was sent, if it is not beside the file.
        request: Option<PathBuf>,
        /// The case whose custody log records it, if it is not the one that is stamped.
        case: Option<PathBuf>,
        /// Whether an earlier time-stamp may be replaced.
        replace: bool,
    },
    /// Check a time-stamp.
    CheckStamp {
        /// A file, a bundle or a case.
        what: PathBuf,
        /// Trusted root certificates.
        roots: Vec<PathBuf>,
        /// Certificates that may lead to them.
        helpers: Vec<PathBuf>,
        /// The time-stamp, if it is not beside the file.
        token: Option<PathBuf>,
    },
}
