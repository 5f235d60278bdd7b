//! Messages between the program and its workers: a number of parts, each a length and that many bytes.

use std::io::{self, Read, Write};

/// Most parts of a message: the attachments of one mail, and one.
const MAX_PARTS: u32 = 100_000;

/// Writes a message.
pub(super) fn write(out: &mut impl Write, parts: &[&[u8]]) -> io::Result<()> {
    out.write_all(&(parts.len() as u32).to_le_bytes())?;
    for part in parts {
        out.write_all(&(part.len() as u64).to_le_bytes())?;
        out.write_all(part)?;
    }
    out.flush()
}

/// Reads a message of at most `limit` bytes; nothing if the other side has closed the connection before
/// it began one.
pub(super) fn read(from: &mut impl Read, limit: u64) -> io::Result<Option<Vec<Vec<u8>>>> {
    let mut count = [0; 4];
    // The first byte tells the end of the connection from a broken message.
    if from.read(&mut count[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut count[1..])?;
    let count = u32::from_le_bytes(count);
    if count > MAX_PARTS {
        return Err(too_much());
    }
    let (mut parts, mut left) = (Vec::new(), limit);
    for _ in 0..count {
        let mut len = [0; 8];
        from.read_exact(&mut len)?;
        let len = u64::from_le_bytes(len);
        left = left.checked_sub(len).ok_or_else(too_much)?;
        // Memory is taken as bytes arrive, not as they are announced.
        let mut part = Vec::new();
        from.take(len).read_to_end(&mut part)?;
        if part.len() as u64 != len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        parts.push(part);
    }
    Ok(Some(parts))
}

fn too_much() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a message that is larger than its limit",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_round_trip_and_keep_to_the_limit() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[b"one", b"", b"three"]).unwrap();
        let parts = read(&mut bytes.as_slice(), 8).unwrap().unwrap();
        assert_eq!(parts, [&b"one"[..], b"", b"three"]);
        assert_eq!(
            read(&mut bytes.as_slice(), 7).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        assert!(read(&mut &b""[..], 8).unwrap().is_none());
        for cut in 1..bytes.len() {
            assert!(read(&mut &bytes[..cut], 8).is_err(), "{cut}");
        }
        let huge = [u32::MAX.to_le_bytes().as_slice(), &[0; 8]].concat();
        assert!(read(&mut huge.as_slice(), 8).is_err());
        let announced = [1u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes()].concat();
        assert!(read(&mut announced.as_slice(), u64::MAX).is_err());
    }
}
