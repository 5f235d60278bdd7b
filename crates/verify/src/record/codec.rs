//! A strict reader for little-endian binary encodings: every shortage is an error, nothing panics.

use thiserror::Error;

/// The bytes end before the field does, or go on after the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Fewer bytes than a field needs.
    #[error("it ends in the middle of a field")]
    Truncated,
    /// More bytes than the encoding has.
    #[error("{0} bytes follow the end")]
    Trailing(usize),
    /// A number with redundant bytes or beyond 32 bits.
    #[error("it holds a number in a non-canonical encoding")]
    Varint,
}

/// Reads fields from the front of a slice.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], CodecError> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, CodecError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Four bytes, little-endian.
    pub fn u32(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self) -> Result<u64, CodecError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A byte string preceded by its length as u32.
    pub fn bytes(&mut self) -> Result<&'a [u8], CodecError> {
        let len = self.u32()?;
        self.take(usize::try_from(len).map_err(|_| CodecError::Truncated)?)
    }

    /// A number in base 128, lowest digits first, shortest encoding only.
    pub fn varint(&mut self) -> Result<u32, CodecError> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            let digit = u32::from(byte & 0x7f);
            if (shift == 28 && digit > 0xf) || (shift > 0 && byte == 0) {
                return Err(CodecError::Varint);
            }
            value |= digit << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CodecError::Varint)
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Requires that nothing is left.
    pub fn finish(self) -> Result<(), CodecError> {
        match self.rest.len() {
            0 => Ok(()),
            n => Err(CodecError::Trailing(n)),
        }
    }
}

/// Appends what [`Reader::bytes`] reads. Strings beyond 4 GiB do not occur: callers cap sizes.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Appends what [`Reader::varint`] reads.
pub fn put_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_round_trip(value: u32) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.varint(), Ok(value));
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        #[test]
        fn numbers_have_one_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..7)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.varint() {
                let mut again = Vec::new();
                put_varint(&mut again, value);
                prop_assert!(bytes.starts_with(&again));
                prop_assert_eq!(reader.finish().is_ok(), bytes.len() == again.len());
            }
        }
    }

    #[test]
    fn shortage_and_surplus_are_errors() {
        assert_eq!(Reader::new(&[1, 2, 3]).u32(), Err(CodecError::Truncated));
        assert_eq!(
            Reader::new(&[9, 0, 0, 0, 1]).bytes(),
            Err(CodecError::Truncated)
        );
        assert_eq!(Reader::new(&[0xff; 4]).bytes(), Err(CodecError::Truncated));
        assert_eq!(Reader::new(&[1]).finish(), Err(CodecError::Trailing(1)));
        assert_eq!(Reader::new(&[0x80, 0]).varint(), Err(CodecError::Varint));
    }
}
