//! What an authority answered.

use super::cms_signature;
use super::trust::{TokenError, Trust, digest};
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::oid::ObjectIdentifier;
use der::{Decode, Encode};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_tsp::{TimeStampResp, TstInfo};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// Longest answer that is read.
pub const MAX_BYTES: usize = 1 << 20;

/// What a time-stamp says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// When, by the authority's clock (RFC 3339, UTC).
    pub time: String,
    /// Who stamped, as the signing certificate names it; empty if that is not in the token.
    pub authority: String,
    /// The policy under which it was stamped.
    pub policy: String,
    /// Serial number, in hexadecimal.
    pub serial: String,
    /// Whether the signature and the path to a trusted certificate were checked.
    pub trusted: bool,
}

struct Parsed {
    signed: SignedData,
    content: Vec<u8>,
    info: TstInfo,
}

fn parse(response: &[u8]) -> Result<Parsed, TokenError> {
    if response.len() > MAX_BYTES {
        return Err(TokenError::TooLong(response.len()));
    }
    // A whole response, or the bare token.
    let token = match TimeStampResp::from_der(response) {
        Ok(found) => {
            let status = format!("{:?}", found.status.status);
            found.time_stamp_token.ok_or(TokenError::Refused(status))?
        }
        Err(error) => match ContentInfo::from_der(response) {
            Ok(token) if token.content_type == SIGNED_DATA => token,
            _ => return Err(error.into()),
        },
    };
    if token.content_type != SIGNED_DATA {
        return Err(TokenError::Content("it is not signed"));
    }
    let signed = SignedData::from_der(&token.content.to_der()?)?;
    if signed.encap_content_info.econtent_type != TST_INFO {
        return Err(TokenError::Content("something else is signed"));
    }
    let content = match &signed.encap_content_info.econtent {
        Some(content) => content.value().to_vec(),
        None => return Err(TokenError::Content("the content is missing")),
    };
    let info = TstInfo::from_der(&content)?;
    Ok(Parsed {
        signed,
        content,
        info,
    })
}

fn check(parsed: &Parsed, data: &[u8], nonce: Option<&[u8]>) -> Result<(), TokenError> {
    let imprint = &parsed.info.message_imprint;
    let expected = digest(&imprint.hash_algorithm.oid, data)?;
    let found = imprint.hashed_message.as_bytes();
    if expected != found {
        return Err(TokenError::Imprint {
            found: hex::encode(found),
            expected: hex::encode(expected),
        });
    }
    let answered = parsed.info.nonce.as_ref().map(|nonce| nonce.as_bytes());
    if nonce.is_some() && nonce != answered {
        return Err(TokenError::Nonce);
    }
    Ok(())
}

fn stamp(parsed: &Parsed, authority: String, trusted: bool) -> Result<Stamp, TokenError> {
    let seconds = parsed.info.gen_time.to_unix_duration().as_secs();
    let time = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .ok_or(TokenError::Time)?;
    Ok(Stamp {
        time,
        authority,
        policy: parsed.info.policy.to_string(),
        serial: hex::encode(parsed.info.serial_number.as_bytes()),
        trusted,
    })
}

/// What a time-stamp over `data` says, without asking whether its authority can be trusted.
pub fn inspect(response: &[u8], data: &[u8], nonce: Option<&[u8]>) -> Result<Stamp, TokenError> {
    let parsed = parse(response)?;
    check(&parsed, data, nonce)?;
    stamp(&parsed, String::new(), false)
}

/// Checks a time-stamp over `data`: the digest, the authority's signature, and the path from its
/// certificate (made for time-stamping) to a trusted one, as of the time that it states.
pub fn verify(
    response: &[u8],
    data: &[u8],
    nonce: Option<&[u8]>,
    trust: &Trust,
) -> Result<Stamp, TokenError> {
    let parsed = parse(response)?;
    check(&parsed, data, nonce)?;
    let at = parsed.info.gen_time.to_unix_duration();
    let signer = cms_signature::check(&parsed.signed, &parsed.content, TST_INFO, at, trust)?;
    let authority = signer.tbs_certificate.subject.to_string();
    stamp(&parsed, authority, true)
}
