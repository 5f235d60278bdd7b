//! A secret of a vault.

use crate::commit::tree::Hash;
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 random bytes that never leave the vault. Wiped when dropped, hidden in debug output.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct VaultSecret(Hash);

impl VaultSecret {
    /// Fresh from the operating system's generator.
    pub fn random() -> Result<Self, SysError> {
        let mut secret = VaultSecret([0; 32]);
        SysRng.try_fill_bytes(&mut secret.0)?;
        Ok(secret)
    }

    /// As stored in a vault.
    pub fn from_bytes(bytes: Hash) -> Self {
        VaultSecret(bytes)
    }

    /// For storage in a vault.
    pub fn as_bytes(&self) -> &Hash {
        &self.0
    }
}

impl std::fmt::Debug for VaultSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultSecret(..)")
    }
}

/// For a file that only its owner reads.
impl Serialize for VaultSecret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Zeroizing::new(hex::encode(self.0)))
    }
}

impl<'de> Deserialize<'de> for VaultSecret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        let mut secret = VaultSecret([0; 32]);
        hex::decode_to_slice(text.as_bytes(), &mut secret.0).map_err(D::Error::custom)?;
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_random_and_not_printed() {
        let secret = VaultSecret::random().unwrap();
        assert_ne!(secret, VaultSecret::random().unwrap());
        assert_eq!(format!("{secret:?}"), "VaultSecret(..)");
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(serde_json::from_str::<VaultSecret>(&json).unwrap(), secret);
    }
}
