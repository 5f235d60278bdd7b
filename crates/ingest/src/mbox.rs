//! Splits mailboxes (mbox), one message at a time, in bounded memory.
//!
//! A message begins at a line `From sender date`. Mail programs differ in what stands around such lines and in
//! what they do about lines of a message that look alike, so both are judged by what follows:
//!
//! - with a date and after a blank line, it begins a message unless what follows is plainly no header,
//! - with a date but without a blank line before it, if headers of mail follow,
//! - without a date (`From`, `From -`, `From a@b`), if two headers follow, one of them known from mail.
//!
//! Where a message states its length (`Content-Length`) and a message or the end follows after as many bytes,
//! nothing within it begins another one. Lines that were quoted because they begin with `From ` (`>From `)
//! lose one mark of quotation, except where the length is stated and such lines stand there unquoted.

use std::collections::VecDeque;
use std::io::{BufRead, Read};

use sha2::{Digest, Sha256};

use super::detect;

/// Longest piece of a line that is looked at as one.
const MAX_LINE: u64 = 64 << 10;
/// How many wrong lengths are looked at before lengths are not believed any more.
const MAX_LIES: u32 = 4;
/// Longest message whose stated length is looked at.
const MAX_STATED: u64 = 64 << 20;

/// One message of a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MboxMessage {
    /// The message, and its separating line with the line end and what stood before it.
    Whole {
        from_line: Vec<u8>,
        bytes: Vec<u8>,
        /// The message with the quoting of `From ` lines undone, where there was any.
        unquoted: Option<Vec<u8>>,
    },
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
    /// Pieces that have been looked at already.
    ahead: VecDeque<Vec<u8>>,
    at_line_start: bool,
    after_blank: bool,
    done: bool,
    lies: u32,
}

/// What a piece of the mailbox is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Content,
    /// A line that looks like a separator; whether a blank line stands before it.
    Candidate(bool),
}

impl<R: BufRead> Mbox<R> {
    /// Reads a mailbox whose messages may have up to `limit` bytes.
    pub fn new(reader: R, limit: u64) -> Self {
        Self {
            reader,
            limit,
            pending: None,
            line: Vec::new(),
            ahead: VecDeque::new(),
            at_line_start: true,
            after_blank: true,
            done: false,
            lies: 0,
        }
    }

    /// Reads the next line, or a piece of an overlong one, into `self.line`. `None` at the end.
    fn advance(&mut self) -> std::io::Result<Option<Piece>> {
        match self.ahead.pop_front() {
            Some(line) => self.line = line,
            None => {
                self.line.clear();
                let mut piece = (&mut self.reader).take(MAX_LINE);
                if piece.read_until(b'\n', &mut self.line)? == 0 {
                    return Ok(None);
                }
            }
        }
        let piece = if self.at_line_start && self.line.starts_with(b"From") {
            Piece::Candidate(self.after_blank)
        } else {
            Piece::Content
        };
        self.after_blank = self.at_line_start && matches!(self.line.as_slice(), b"\n" | b"\r\n");
        self.at_line_start = self.line.ends_with(b"\n");
        Ok(Some(piece))
    }

    /// The piece `index` pieces ahead.
    fn peek(&mut self, index: usize) -> std::io::Result<Option<&[u8]>> {
        while self.ahead.len() <= index {
            let mut piece = Vec::new();
            let read = (&mut self.reader)
                .take(MAX_LINE)
                .read_until(b'\n', &mut piece)?;
            if read == 0 {
                return Ok(None);
            }
            self.ahead.push_back(piece);
        }
        Ok(self.ahead.get(index).map(Vec::as_slice))
    }

    /// Whether the line just read begins a message.
    fn separates(&mut self, blank_before: bool) -> std::io::Result<bool> {
        let kind = detect::separator(&self.line);
        if kind == detect::Separator::No {
            return Ok(false);
        }
        self.begins(kind, blank_before, 0)
    }

    /// Whether a separator begins a message, by what follows from the piece `from` on.
    fn begins(
        &mut self,
        kind: detect::Separator,
        blank_before: bool,
        from: usize,
    ) -> std::io::Result<bool> {
        let mut next = Vec::new();
        for index in from..from + 3 {
            match self.peek(index)? {
                Some(line) => next.push(line[..line.len().min(200)].to_vec()),
                None => break,
            }
        }
        Ok(detect::begins_message(kind, blank_before, &next))
    }

    /// Whether a message or the end of the mailbox follows after `rest` further bytes.
    fn ends_after(&mut self, mut rest: u64) -> std::io::Result<bool> {
        let mut index = 0;
        while rest > 0 {
            let Some(piece) = self.peek(index)? else {
                return Ok(false);
            };
            let len = piece.len() as u64;
            if len > rest {
                return Ok(false);
            }
            rest -= len;
            index += 1;
        }
        loop {
            let Some(line) = self.peek(index)? else {
                return Ok(true);
            };
            index += 1;
            if matches!(line, b"\n" | b"\r\n") {
                continue;
            }
            let kind = detect::separator(line);
            return Ok(kind != detect::Separator::No && self.begins(kind, true, index)?);
        }
    }

    fn read_message(&mut self) -> std::io::Result<Option<MboxMessage>> {
        let mut body = Body::new(self.limit);
        let mut from_line = self.pending.take();
        loop {
            let Some(piece) = self.advance()? else {
                self.done = true;
                break;
            };
            let Some(front) = &mut from_line else {
                // What stands before the first separator: marks and blank lines, or nothing.
                let mut front = std::mem::take(&mut self.line);
                let bare = front.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&front);
                let blank = bare.trim_ascii().is_empty();
                let is_separator = detect::separator(bare) != detect::Separator::No;
                if !blank && !is_separator {
                    body.push(&front);
                    front = Vec::new();
                }
                from_line = Some(front);
                if blank {
                    while let Some(line) = self.peek(0)? {
                        let line = line.to_vec();
                        let blank = line.trim_ascii().is_empty();
                        if !blank && detect::separator(&line) == detect::Separator::No {
                            break;
                        }
                        self.ahead.pop_front();
                        from_line.get_or_insert_default().extend_from_slice(&line);
                        if !blank {
                            break;
                        }
                    }
                }
                continue;
            };
            if let Piece::Candidate(blank_before) = piece
                && self.separates(blank_before)?
            {
                let here = body.stated_rest();
                let inside = match here {
                    Some(rest) if rest > 0 && self.lies < MAX_LIES => {
                        let line = self.line.len() as u64;
                        let holds = rest >= line && self.ends_after(rest - line)?;
                        self.lies += u32::from(!holds);
                        holds
                    }
                    _ => false,
                };
                if !inside {
                    self.pending = Some(std::mem::take(&mut self.line));
                    break;
                }
                body.inside = true;
            }
            let _ = front;
            body.push(&self.line);
        }
        Ok(from_line.map(|from_line| body.finish(from_line)))
    }
}

/// `bytes` with one mark of quotation taken from each line `>From `, `>>From `, ...; `None`: there is none.
pub(crate) fn unquoted(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_quoted = |line: &[u8]| {
        let marks = line.iter().take_while(|byte| **byte == b'>').count();
        marks > 0 && line[marks..].starts_with(b"From ")
    };
    let lines = || bytes.split_inclusive(|byte| *byte == b'\n');
    lines().any(is_quoted).then(|| {
        lines()
            .flat_map(|line| if is_quoted(line) { &line[1..] } else { line })
            .copied()
            .collect()
    })
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
    /// Lines like separators stand in it unquoted: nothing is quoted.
    inside: bool,
    /// Where the header ends, once it has.
    header: Option<usize>,
}

impl Body {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            overflow: None,
            inside: false,
            header: None,
        }
    }

    /// How many bytes are still to come, by the length that the header states.
    fn stated_rest(&self) -> Option<u64> {
        let end = self.header.filter(|_| self.overflow.is_none())?;
        let stated = detect::field(&self.bytes[..end], b"content-length")?;
        let stated: u64 = std::str::from_utf8(stated.trim_ascii())
            .ok()?
            .parse()
            .ok()?;
        let so_far = (self.bytes.len() - end) as u64;
        stated.checked_sub(so_far).filter(|_| stated <= MAX_STATED)
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
            if self.header.is_none() && matches!(piece, b"\n" | b"\r\n") {
                self.header = Some(self.bytes.len());
            }
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
        let unquoted = match self.inside {
            true => None,
            false => unquoted(&self.bytes),
        };
        MboxMessage::Whole {
            from_line,
            bytes: self.bytes,
            unquoted,
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
            "{FROM}Subject: 1\n\nFrom the sea\n\nFrom me to you\n\n{FROM}Subject: 2\n\n{FROM}\n{FROM}"
        );
        assert_eq!(
            texts(&mailbox),
            [
                "Subject: 1\n\nFrom the sea\n\nFrom me to you\n",
                "Subject: 2\n",
                "",
                ""
            ]
        );
        let crlf = mailbox.replace('\n', "\r\n");
        assert_eq!(texts(&crlf).len(), 4);
        assert_eq!(texts(&crlf)[1], "Subject: 2\r\n");
    }

    #[test]
    fn separators_are_judged_by_what_follows() {
        let one = "From: a@example.com\nSubject: s\n\nwords\n";
        // Without a blank line, without a date, with blank lines and a mark in front.
        for from in [
            FROM,
            "From \n",
            "From\n",
            "From -\n",
            "From ann@example.com\n",
            "From ???@??? Tue Mar 12 09:00:00 2002\n",
            "From ann@example.com 2002-03-12 09:00:00\n",
        ] {
            let mailbox = format!("\u{feff}\n{from}{one}{from}{one}\n{from}{one}");
            assert_eq!(texts(&mailbox), [one; 3], "{from:?}");
        }
        // Pasted into a body: no header follows.
        for line in [FROM, "From \n", "From ann@example.com\n"] {
            let body = format!(
                "From: a@example.com\nSubject: s\n\nlook:\n\n{line}is what it says: nothing\n"
            );
            assert_eq!(texts(&format!("{FROM}{body}")), [body.as_str()], "{line:?}");
        }
        let prose = "Subject: s\n\nFrom here on\nwe go.\nFrom:\n";
        assert_eq!(texts(&format!("{FROM}{prose}")), [prose]);
    }

    #[test]
    fn stated_lengths_that_hold_are_believed() {
        let body = format!("pasted\n\n{FROM}Subject: inner\nTo: b\n\nend\n>From me\n");
        let whole = format!("Subject: 1\nContent-Length: {}\n\n{body}", body.len());
        let mailbox = format!("{FROM}{whole}\n{FROM}Subject: 2\n\nx\n");
        assert_eq!(texts(&mailbox), [whole.as_str(), "Subject: 2\n\nx\n"]);
        let MboxMessage::Whole { unquoted, .. } = &split(&mailbox, 1 << 20)[0] else {
            panic!()
        };
        assert_eq!(*unquoted, None);
        let wrong = mailbox.replace(&format!("Length: {}", body.len()), "Length: 60");
        assert_eq!(texts(&wrong).len(), 3);
        let lies = format!("{FROM}Content-Length: 999999\nSubject: x\n\ny\n\n").repeat(50);
        assert_eq!(texts(&lies).len(), 50);
    }

    #[test]
    fn quoting_is_undone_by_one_mark() {
        let mailbox = format!("{FROM}Subject: 1\n\n>From here\n>>From there\n> From\nx >From\n");
        let MboxMessage::Whole { unquoted, .. } = &split(&mailbox, 1 << 20)[0] else {
            panic!()
        };
        let wanted = "Subject: 1\n\nFrom here\n>From there\n> From\nx >From\n";
        assert_eq!(unquoted.as_deref(), Some(wanted.as_bytes()));
        assert_eq!(super::unquoted(b"a\nb"), None);
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
