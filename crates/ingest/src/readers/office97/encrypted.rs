//! Encrypted packages of Office since 2007, opened with a password that is known to fit: the file says so itself.
//!
//! "Agile" encryption (since 2010) and "standard" encryption (2007) are read, with AES as every version writes them.

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::super::compound::{Compound, u16_at, u32_at};
use super::super::xml::{self, Step, attribute};

/// Most rounds of hashing that a file may ask for; programs write 50,000 or 100,000.
const MAX_ROUNDS: u32 = 1_000_000;
/// Bytes of a package that are encrypted as one.
const SEGMENT: usize = 4096;
/// What every program tries: workbooks that are protected against changes alone are encrypted with it.
const DEFAULT: &str = "VelvetSweatshop";

/// Why a package stays closed.
pub(super) enum Closed {
    /// None of the passwords fits.
    Locked,
    /// Encrypted in a way that is not known here.
    Unknown,
}

/// The package inside, opened with the first password that fits.
pub(super) fn open<'p>(
    file: &Compound<'_>,
    passwords: impl Iterator<Item = &'p str>,
) -> Result<Vec<u8>, Closed> {
    let info = file.stream("/EncryptionInfo").ok_or(Closed::Unknown)?;
    let package = file.stream("/EncryptedPackage").ok_or(Closed::Unknown)?;
    let scheme = Scheme::read(&info).ok_or(Closed::Unknown)?;
    for password in [DEFAULT].into_iter().chain(passwords) {
        if let Some(key) = scheme.key(password) {
            return scheme.package(&key, &package).ok_or(Closed::Unknown);
        }
    }
    Err(Closed::Locked)
}

#[derive(Debug, Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SHA1" | "SHA-1" => Self::Sha1,
            "SHA256" => Self::Sha256,
            "SHA384" => Self::Sha384,
            "SHA512" => Self::Sha512,
            _ => return None,
        })
    }

    fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let bytes = parts.concat();
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// A password, hashed many times over.
    fn rounds(self, salt: &[u8], password: &str, rounds: u32) -> Vec<u8> {
        let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut hash = self.of(&[salt, &password]);
        for round in 0..rounds {
            hash = self.of(&[&round.to_le_bytes(), &hash]);
        }
        hash
    }
}

/// Decrypts whole blocks; with a vector they are chained.
fn decrypt(key: &[u8], vector: Option<&[u8]>, bytes: &[u8]) -> Option<Vec<u8>> {
    enum Cipher {
        Short(Aes128),
        Middle(Aes192),
        Long(Aes256),
    }
    let cipher = match key.len() {
        16 => Cipher::Short(Aes128::new_from_slice(key).ok()?),
        24 => Cipher::Middle(Aes192::new_from_slice(key).ok()?),
        _ => Cipher::Long(Aes256::new_from_slice(key).ok()?),
    };
    let mut before: Option<[u8; 16]> = match vector {
        Some(vector) => Some(vector.get(..16)?.try_into().ok()?),
        None => None,
    };
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.chunks_exact(16) {
        let closed: [u8; 16] = chunk.try_into().ok()?;
        let mut block = Array::from(closed);
        match &cipher {
            Cipher::Short(cipher) => cipher.decrypt_block(&mut block),
            Cipher::Middle(cipher) => cipher.decrypt_block(&mut block),
            Cipher::Long(cipher) => cipher.decrypt_block(&mut block),
        }
        if let Some(before) = &mut before {
            block
                .iter_mut()
                .zip(before.iter())
                .for_each(|(byte, mask)| *byte ^= mask);
            *before = closed;
        }
        out.extend_from_slice(&block);
    }
    Some(out)
}

/// A key or vector of that length: cut, or filled up.
fn sized(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.resize(length, 0x36);
    bytes
}

enum Scheme {
    Agile(Box<Agile>),
    Standard(Standard),
}

impl Scheme {
    fn read(info: &[u8]) -> Option<Self> {
        match (u16_at(info, 0)?, u16_at(info, 2)?) {
            (4, 4) => Agile::read(info.get(8..)?).map(|agile| Self::Agile(Box::new(agile))),
            (2..=4, 2) => Standard::read(info).map(Self::Standard),
            _ => None,
        }
    }

    /// The key of the package; nothing if the password does not fit.
    fn key(&self, password: &str) -> Option<Vec<u8>> {
        match self {
            Self::Agile(agile) => agile.key(password),
            Self::Standard(standard) => standard.key(password),
        }
    }

    fn package(&self, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        let size = u32_at(bytes, 0)? as usize;
        let bytes = bytes.get(8..)?;
        let mut out = match self {
            Self::Standard(_) => decrypt(key, None, bytes)?,
            Self::Agile(agile) => {
                let mut out = Vec::with_capacity(bytes.len());
                for (number, segment) in (0u32..).zip(bytes.chunks(SEGMENT)) {
                    let vector = agile
                        .data
                        .hash
                        .of(&[&agile.data.salt, &number.to_le_bytes()]);
                    out.extend(decrypt(key, Some(&sized(vector, 16)), segment)?);
                }
                out
            }
        };
        out.truncate(size);
        Some(out)
    }
}

/// What the XML says of a key: salt, sizes, hash.
struct Parameters {
    salt: Vec<u8>,
    key: usize,
    hash: Hash,
    hash_size: usize,
    rounds: u32,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
    value: Vec<u8>,
}

struct Agile {
    data: Parameters,
    password: Parameters,
}

impl Agile {
    fn read(xml: &[u8]) -> Option<Self> {
        let (mut data, mut password) = (None, None);
        xml::walk(xml, |step| {
            let Step::Start(name @ ("keyData" | "encryptedKey"), tag) = step else {
                return;
            };
            let text = |key| attribute(tag, key).unwrap_or_default();
            let number = |key| text(key).parse::<usize>().unwrap_or(0);
            let bytes = |key| mail_parser::decoders::base64::base64_decode(text(key).as_bytes());
            let known =
                text("cipherAlgorithm") == "AES" && text("cipherChaining") == "ChainingModeCBC";
            let parameters = Hash::named(&text("hashAlgorithm"))
                .filter(|_| known)
                .map(|hash| Parameters {
                    salt: bytes("saltValue").unwrap_or_default(),
                    key: number("keyBits") / 8,
                    hash,
                    hash_size: number("hashSize"),
                    rounds: text("spinCount").parse().unwrap_or(0),
                    verifier: bytes("encryptedVerifierHashInput").unwrap_or_default(),
                    verifier_hash: bytes("encryptedVerifierHashValue").unwrap_or_default(),
                    value: bytes("encryptedKeyValue").unwrap_or_default(),
                });
            match name {
                "keyData" => data = parameters,
                // A certificate's key has no rounds.
                _ => password = password.take().or(parameters),
            }
        })
        .ok()?;
        let (data, password) = (data?, password?);
        let sound = [16, 24, 32].contains(&data.key)
            && [16, 24, 32].contains(&password.key)
            && password.rounds <= MAX_ROUNDS
            && password.hash_size > 0;
        sound.then_some(Self { data, password })
    }

    fn key(&self, password: &str) -> Option<Vec<u8>> {
        let own = &self.password;
        let hash = own.hash.rounds(&own.salt, password, own.rounds);
        let open = |purpose: [u8; 8], bytes: &[u8]| {
            let key = sized(own.hash.of(&[&hash, &purpose]), own.key);
            decrypt(&key, Some(&sized(own.salt.clone(), 16)), bytes)
        };
        let verifier = open(
            [0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79],
            &own.verifier,
        )?;
        let stated = open(
            [0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E],
            &own.verifier_hash,
        )?;
        let fits = own.hash.of(&[&verifier]);
        if fits.get(..own.hash_size)? != stated.get(..own.hash_size)? {
            return None;
        }
        let key = open([0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6], &own.value)?;
        Some(key.get(..self.data.key)?.to_vec())
    }
}

struct Standard {
    key: usize,
    salt: Vec<u8>,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
}

impl Standard {
    fn read(info: &[u8]) -> Option<Self> {
        let length = u32_at(info, 8)? as usize;
        // AES of any size.
        let known = matches!(u32_at(info, 20)?, 0x660E..=0x6610);
        let verifier = 12usize.checked_add(length)?;
        let part = |from: usize, length: usize| {
            let from = verifier.checked_add(from)?;
            Some(info.get(from..from.checked_add(length)?)?.to_vec())
        };
        known.then_some(Self {
            key: u32_at(info, 28)? as usize / 8,
            salt: part(4, 16)?,
            verifier: part(20, 16)?,
            verifier_hash: part(40, 32)?,
        })
    }

    fn key(&self, password: &str) -> Option<Vec<u8>> {
        let hash = Hash::Sha1.rounds(&self.salt, password, 50_000);
        let hash = Hash::Sha1.of(&[&hash, &0u32.to_le_bytes()]);
        let half = |fill: u8| {
            let mut block = [fill; 64];
            block
                .iter_mut()
                .zip(&hash)
                .for_each(|(byte, mask)| *byte ^= mask);
            Hash::Sha1.of(&[&block])
        };
        let key = [half(0x36), half(0x5C)].concat();
        let key = key.get(..self.key)?.to_vec();
        let verifier = decrypt(&key, None, &self.verifier)?;
        let stated = decrypt(&key, None, &self.verifier_hash)?;
        let fits =
            [16, 24, 32].contains(&self.key) && Hash::Sha1.of(&[&verifier]) == stated.get(..20)?;
        fits.then_some(key)
    }
}
