//! RFC 3161 time-stamps, offline: a request to send to an authority, and what came back checked against
//! certificates that the user trusts.
//!
//! What is stamped is the SHA-256 of a file. The program never talks to an authority itself: the
//! request is a file, sent with `curl` or by whatever means the case allows.

mod cms_signature;
mod token;
mod trust;

pub use token::{Stamp, inspect, verify};
pub use trust::{TokenError, Trust};

use der::asn1::{Int, OctetString};
use der::oid::db::rfc5912::ID_SHA_256;
use der::{Any, Decode, Encode};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use x509_cert::spki::AlgorithmIdentifier;
use x509_tsp::{MessageImprint, TimeStampReq, TspVersion};

/// Why a request cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// No randomness.
    #[error("the operating system gave no random numbers: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// Encoding or decoding.
    #[error("not a time-stamp request: {0}")]
    Der(#[from] der::Error),
}

/// A request for a time-stamp over the SHA-256 of `data`, with a fresh nonce, asking for the
/// authority's certificate.
pub fn request(data: &[u8]) -> Result<Vec<u8>, RequestError> {
    let mut nonce = [0; 8];
    SysRng.try_fill_bytes(&mut nonce)?;
    // Positive and without leading zeros, whatever the random bytes are.
    nonce[0] = nonce[0] & 0x7f | 0x40;
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: imprint(data)?,
        req_policy: None,
        nonce: Some(Int::new(&nonce)?),
        cert_req: true,
        extensions: None,
    };
    Ok(request.to_der()?)
}

fn imprint(data: &[u8]) -> Result<MessageImprint, der::Error> {
    Ok(MessageImprint {
        hash_algorithm: AlgorithmIdentifier {
            oid: ID_SHA_256,
            parameters: Some(Any::null()),
        },
        hashed_message: OctetString::new(Sha256::digest(data).to_vec())?,
    })
}

/// The nonce of a request, to be found again in the answer.
pub fn nonce(request: &[u8]) -> Result<Option<Vec<u8>>, RequestError> {
    let request = TimeStampReq::from_der(request)?;
    Ok(request.nonce.map(|nonce| nonce.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_name_the_digest_and_carry_a_fresh_nonce() {
        let bytes = request(b"abc").unwrap();
        let hash = hex::encode(Sha256::digest(b"abc"));
        let text = hex::encode(&bytes);
        // version 1, SHA-256 with NULL parameters, the digest.
        assert!(text.contains(&format!(
            "0201013031300d060960864801650304020105000420{hash}0208"
        )));
        assert!(text.ends_with("0101ff"));
        let other = request(b"abc").unwrap();
        assert_ne!(nonce(&bytes).unwrap(), nonce(&other).unwrap());
        assert!(nonce(&bytes[..20]).is_err());
    }
}
