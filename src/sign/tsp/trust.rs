//! Whom to trust, and why a time-stamp does not hold.

use der::oid::ObjectIdentifier;
use der::oid::db::rfc5912::{ID_SHA_256, ID_SHA_384, ID_SHA_512};
use der::{Decode, Encode};
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;

/// Certificates to trust, as PEM or DER.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    roots: Vec<CertificateDer<'static>>,
    others: Vec<CertificateDer<'static>>,
}

/// Why a time-stamp does not hold.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not such a file.
    #[error("not a time-stamp response: {0}")]
    Der(#[from] der::Error),
    /// Too long.
    #[error("not a time-stamp response: it has {0} bytes")]
    TooLong(usize),
    /// The authority refused.
    #[error("the authority did not grant the time-stamp (status {0})")]
    Refused(String),
    /// Something else than a time-stamp.
    #[error("the response holds no time-stamp: {0}")]
    Content(&'static str),
    /// A hash function that is not known or not safe.
    #[error("the time-stamp uses the hash function {0}, which candor does not accept")]
    Hash(ObjectIdentifier),
    /// Another file.
    #[error("the time-stamp is over another file: its digest is {found}, the file's is {expected}")]
    Imprint {
        /// In the token.
        found: String,
        /// Of the file.
        expected: String,
    },
    /// Another request.
    #[error("the time-stamp answers another request: the nonce is not the same")]
    Nonce,
    /// The signature.
    #[error("the authority's signature does not hold: {0}")]
    Signature(String),
    /// The certificates.
    #[error("the authority's certificate is not trusted: {0}")]
    Chain(String),
    /// A certificate file.
    #[error("not a certificate: {0}")]
    Certificate(String),
    /// A time that makes no sense.
    #[error("the time in the time-stamp makes no sense")]
    Time,
}

impl Trust {
    /// Trusts the certificates in a file, PEM or DER.
    pub fn add_root(&mut self, bytes: &[u8]) -> Result<(), TokenError> {
        self.roots.extend(certificates(bytes)?);
        Ok(())
    }

    /// Adds certificates that may help to get from the authority's to a trusted one, or be its own.
    pub fn add_helper(&mut self, bytes: &[u8]) -> Result<(), TokenError> {
        self.others.extend(certificates(bytes)?);
        Ok(())
    }

    pub(super) fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    pub(super) fn others(&self) -> &[CertificateDer<'static>] {
        &self.others
    }
}

fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TokenError> {
    let is_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    let found = if is_pem {
        Certificate::load_pem_chain(bytes)
    } else {
        Certificate::from_der(bytes).map(|one| vec![one])
    };
    let found = found.map_err(|error| TokenError::Certificate(error.to_string()))?;
    if found.is_empty() {
        return Err(TokenError::Certificate("the file holds none".to_owned()));
    }
    found
        .iter()
        .map(|one| Ok(CertificateDer::from(one.to_der()?)))
        .collect()
}

/// The digest of `data` under a hash function that may be used.
pub(super) fn digest(oid: &ObjectIdentifier, data: &[u8]) -> Result<Vec<u8>, TokenError> {
    match *oid {
        ID_SHA_256 => Ok(Sha256::digest(data).to_vec()),
        ID_SHA_384 => Ok(Sha384::digest(data).to_vec()),
        ID_SHA_512 => Ok(Sha512::digest(data).to_vec()),
        other => Err(TokenError::Hash(other)),
    }
}
