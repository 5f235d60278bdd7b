//! Splits mailboxes (mbox), one message at a time, in bounded memory.
//!
//! A message begins at a line `From sender date` at the start of the mailbox or after a blank
//! line. Its bytes are handed out as they stand in the mailbox, without that line and without the
//! blank line that ends it; `>From ` stays quoted.

use std::io::{BufRead, Read};

use sha2::{Digest, Sha256};

use super::detect;

/// Longest piece of a line that is looked at as one.
const MAX_LINE: u64 = 64 << 10;

/// One message of a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MboxMessage {
    /// The message, and its separating line with the line end.
    Whole { from_line: Vec<u8>, bytes: Vec<u8> },
    /// A message beyond the limit, with its length and hash.
    TooLarge { len: u64, sha256: Vec<u8> },
}

/// The messages of a mailbox.
pub(crate) struct Mbox<R> {
    reader: R,
    limit: u64,
    /// The separating line of the message to come.
    pending: Option<Vec<u8>>,
    line: Vec<u8>,
    at_line_start: bool,
    after_blank: bool,
    done: bool,
}

impl<R: BufRead> Mbox<R> {
    /// Reads a mailbox whose messages may have up to `limit` bytes.
    pub fn new(reader: R, limit: u64) -> Self {
        Self {
            reader,
            limit,
            pending: None,
            line: Vec::new(),
            at_line_start: true,
            after_blank: true,
            done: false,
        }
    }

    /// Reads the next line, or a piece of an overlong one, into `self.line`; says whether it is a
    /// separating line. `None` at the end.
    fn advance(&mut self) -> std::io::Result<Option<bool>> {
        self.line.clear();
        let mut piece = (&mut self.reader).take(MAX_LINE);
        if piece.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        let separator =
            self.at_line_start && self.after_blank && detect::is_from_line(trim_end(&self.line));
        self.after_blank = self.at_line_start && matches!(self.line.as_slice(), b"\n" | b"\r\n");
        self.at_line_start = self.line.ends_with(b"\n");
        Ok(Some(separator))
    }

    fn read_message(&mut self) -> std::io::Result<Option<MboxMessage>> {
        let mut body = Body::new(self.limit);
        let mut from_line = self.pending.take();
        loop {
            match self.advance()? {
                None => {
                    self.done = true;
                    break;
                }
                Some(true) if from_line.is_some() => {
                    self.pending = Some(std::mem::take(&mut self.line));
                    break;
                }
                Some(_) if from_line.is_none() => {
                    // The first line of the mailbox; the caller has seen that it is one.
                    from_line = Some(std::mem::take(&mut self.line));
                }
                Some(_) => body.push(&self.line),
            }
        }
        Ok(from_line.map(|from_line| body.finish(from_line)))
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = std::io::Result<MboxMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let message = self.read_message();
        if message.is_err() {
            self.done = true;
        }
        message.transpose()
    }
}

/// The bytes of a message, or their hash once they are too many.
struct Body {
    limit: u64,
    bytes: Vec<u8>,
    overflow: Option<(u64, Sha256)>,
}

impl Body {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            overflow: None,
        }
    }

    fn push(&mut self, piece: &[u8]) {
        if let Some((len, hash)) = &mut self.overflow {
            *len += piece.len() as u64;
            hash.update(piece);
        } else if (self.bytes.len() + piece.len()) as u64 > self.limit {
            let mut hash = Sha256::new();
            hash.update(&self.bytes);
            hash.update(piece);
            let len = (self.bytes.len() + piece.len()) as u64;
            self.bytes = Vec::new();
            self.overflow = Some((len, hash));
        } else {
            self.bytes.extend_from_slice(piece);
        }
    }

    fn finish(mut self, from_line: Vec<u8>) -> MboxMessage {
        if let Some((len, hash)) = self.overflow {
            return MboxMessage::TooLarge {
                len,
                sha256: hash.finalize().to_vec(),
            };
        }
        if let Some(rest) = strip_blank_line(&self.bytes) {
            self.bytes.truncate(rest);
        }
        MboxMessage::Whole {
            from_line,
            bytes: self.bytes,
        }
    }
}

/// The length without the blank line at the end, if there is one.
fn strip_blank_line(bytes: &[u8]) -> Option<usize> {
    let blank = bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"))?;
    (blank.is_empty() || blank.ends_with(b"\n")).then_some(blank.len())
}

fn trim_end(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const FROM: &str = "From a@b.c Thu Aug 22 13:17:22 2002\n";

    fn split(mailbox: &str, limit: u64) -> Vec<MboxMessage> {
        Mbox::new(Cursor::new(mailbox), limit)
            .map(|message| message.unwrap())
            .collect()
    }

    fn texts(mailbox: &str) -> Vec<String> {
        split(mailbox, 1 << 20)
            .into_iter()
            .map(|message| match message {
                MboxMessage::Whole { bytes, .. } => String::from_utf8(bytes).unwrap(),
                MboxMessage::TooLarge { .. } => panic!("too large"),
            })
            .collect()
    }

    #[test]
    fn messages_are_verbatim() {
        let mailbox = format!(
            "{FROM}Subject: 1\n\nFrom the sea\n>From quoted\n\nFrom me to you\n\n{FROM}Subject: 2\n\n{FROM}no blank before\n\n{FROM}"
        );
        assert_eq!(
            texts(&mailbox),
            [
                "Subject: 1\n\nFrom the sea\n>From quoted\n\nFrom me to you\n",
                "Subject: 2\n",
                "no blank before\n",
                "",
            ]
        );
        let crlf = mailbox.replace('\n', "\r\n");
        assert_eq!(texts(&crlf).len(), 4);
        assert_eq!(texts(&crlf)[1], "Subject: 2\r\n");
    }

    #[test]
    fn oversized_messages_are_hashed_not_held() {
        let big = "x".repeat(200_000);
        let mailbox = format!("{FROM}a: b\n\n{big}\n\n{FROM}c: d\n");
        let messages = split(&mailbox, 1000);
        let MboxMessage::TooLarge { len, sha256 } = &messages[0] else {
            panic!("not too large");
        };
        let content = format!("a: b\n\n{big}\n\n");
        assert_eq!(*len, content.len() as u64);
        assert_eq!(
            sha256.as_slice(),
            Sha256::digest(content.as_bytes()).as_slice()
        );
        assert!(matches!(&messages[1], MboxMessage::Whole { bytes, .. } if bytes == b"c: d\n"));
    }

    #[test]
    fn a_from_line_inside_an_overlong_line_does_not_split() {
        let mailbox = format!(
            "{FROM}a: b\n\n{}{FROM}tail\n",
            "y".repeat(MAX_LINE as usize)
        );
        assert_eq!(texts(&mailbox).len(), 1);
    }
}
