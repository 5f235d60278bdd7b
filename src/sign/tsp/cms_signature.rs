//! The signature of a time-stamp token (CMS, RFC 5652) and the path to a trusted certificate.

use super::trust::{TokenError, Trust, digest};
use cms::cert::CertificateChoices;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{OctetStringRef, SetOfVec};
use der::oid::ObjectIdentifier;
use der::oid::db::rfc5912::{ID_SHA_256, ID_SHA_384, ID_SHA_512};
use der::{Decode, Encode};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
/// id-kp-timeStamping, 1.3.6.1.5.5.7.3.8, as the content of its DER.
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// What a signature over a digest of each kind may have been made with.
fn algorithms(digest: &ObjectIdentifier) -> Vec<Algorithm> {
    match *digest {
        ID_SHA_256 => vec![
            ring::RSA_PKCS1_2048_8192_SHA256,
            ring::ECDSA_P256_SHA256,
            ring::ECDSA_P384_SHA256,
        ],
        ID_SHA_384 => vec![
            ring::RSA_PKCS1_2048_8192_SHA384,
            ring::ECDSA_P256_SHA384,
            ring::ECDSA_P384_SHA384,
        ],
        ID_SHA_512 => vec![ring::RSA_PKCS1_2048_8192_SHA512, ring::ED25519],
        _ => Vec::new(),
    }
}

/// Checks the token's one signature over `content` and returns the certificate that made it, which is
/// good for time-stamping and leads to a trusted one at time `at`.
pub(super) fn check(
    signed: &SignedData,
    content: &[u8],
    content_type: ObjectIdentifier,
    at: Duration,
    trust: &Trust,
) -> Result<Certificate, TokenError> {
    let broken = |why: &str| TokenError::Signature(why.to_owned());
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err(broken("there must be exactly one"));
    };
    let mut certificates = Vec::new();
    for choice in signed.certificates.iter().flat_map(|set| set.0.iter()) {
        if let CertificateChoices::Certificate(one) = choice {
            certificates.push(one.clone());
        }
    }
    for known in trust.others().iter().chain(trust.roots()) {
        certificates.push(Certificate::from_der(known)?);
    }
    let certificate = certificates
        .iter()
        .find(|one| is_signer(&signer.sid, one))
        .ok_or_else(|| {
            broken("the signer's certificate is not in the token: give it with --tsa-certificate")
        })?
        .clone();
    let der = CertificateDer::from(certificate.to_der()?);
    let entity =
        EndEntityCert::try_from(&der).map_err(|error| TokenError::Chain(error.to_string()))?;
    check_signature(signer, &entity, content, content_type)?;

    let anchors = trust
        .roots()
        .iter()
        .map(|root| anchor_from_trusted_cert(root).map(|anchor| anchor.to_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TokenError::Chain(error.to_string()))?;
    if anchors.is_empty() {
        return Err(TokenError::Chain(
            "no trusted root certificate was given".to_owned(),
        ));
    }
    let helpers = certificates
        .iter()
        .map(|one| one.to_der().map(CertificateDer::from))
        .collect::<Result<Vec<_>, _>>()?;
    let supported: Vec<Algorithm> = [ID_SHA_256, ID_SHA_384, ID_SHA_512]
        .iter()
        .flat_map(algorithms)
        .collect();
    entity
        .verify_for_usage(
            &supported,
            &anchors,
            &helpers,
            UnixTime::since_unix_epoch(at),
            KeyUsage::required(TIME_STAMPING),
            None,
            None,
        )
        .map_err(|error| TokenError::Chain(error.to_string()))?;
    Ok(certificate)
}

fn is_signer(id: &SignerIdentifier, certificate: &Certificate) -> bool {
    let facts = &certificate.tbs_certificate;
    match id {
        SignerIdentifier::IssuerAndSerialNumber(wanted) => {
            facts.issuer == wanted.issuer && facts.serial_number == wanted.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(wanted) => facts
            .extensions
            .iter()
            .flatten()
            .filter(|extension| extension.extn_id == SUBJECT_KEY_ID)
            .any(|extension| {
                SubjectKeyIdentifier::from_der(extension.extn_value.as_bytes())
                    .is_ok_and(|own| own == *wanted)
            }),
    }
}

fn check_signature(
    signer: &SignerInfo,
    entity: &EndEntityCert<'_>,
    content: &[u8],
    content_type: ObjectIdentifier,
) -> Result<(), TokenError> {
    let broken = |why: &str| TokenError::Signature(why.to_owned());
    let attributes = signer
        .signed_attrs
        .as_ref()
        .ok_or_else(|| broken("it has no signed attributes"))?;
    let one = |oid: ObjectIdentifier| -> Result<Vec<u8>, TokenError> {
        let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
        match (found.next(), found.next()) {
            (Some(attribute), None) if attribute.values.len() == 1 => {
                let value = attribute.values.get(0);
                let value = value.ok_or_else(|| broken("an attribute is empty"))?;
                Ok(value.to_der()?)
            }
            _ => Err(broken("a signed attribute is missing or repeated")),
        }
    };
    if ObjectIdentifier::from_der(&one(CONTENT_TYPE)?)? != content_type {
        return Err(broken("it is over another kind of content"));
    }
    let stated = one(MESSAGE_DIGEST)?;
    let stated = OctetStringRef::from_der(&stated)?;
    let hash = &signer.digest_alg.oid;
    if digest(hash, content)? != stated.as_bytes() {
        return Err(broken("it is over another content"));
    }
    // Stored with an implicit tag, signed as a SET OF (RFC 5652, 5.4).
    let set: SetOfVec<_> = attributes.iter().cloned().collect::<Vec<_>>().try_into()?;
    let message = set.to_der()?;
    let signature = signer.signature.as_bytes();
    let holds = algorithms(hash).iter().any(|algorithm| {
        entity
            .verify_signature(*algorithm, &message, signature)
            .is_ok()
    });
    if holds {
        Ok(())
    } else {
        Err(broken(
            "no accepted algorithm confirms it (RSA of 2048 bits or more, ECDSA P-256 or P-384, Ed25519)",
        ))
    }
}
