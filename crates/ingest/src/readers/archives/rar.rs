//! RAR archives, of all versions.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use rars::{
    Archive, ArchiveMember, ArchiveReadOptions, ArchiveReader, ErrorKind, ExtractionDecision,
    ExtractionErrorAction,
};

use crate::item::{Exception, ExceptionReason};
use crate::ledger::Unread;
use crate::limits::{human_bytes, locked};
use crate::reading::{Given, ReadError, Reader, Reading};

use super::{DECODER_MEMORY, Members, REMEDY, damaged, failed, link};

/// WinRAR's format.
pub(crate) struct Rar;

impl Reader for Rar {
    fn name(&self) -> &'static str {
        "rars/0.12.3"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let mut members = Members::new(given);
        let (archive, known) = open(bytes, given)?;
        if archive.sfx_offset() > 0 {
            let detail = format!(
                "{} in front of the archive, a program or something else",
                human_bytes(archive.sfx_offset() as u64)
            );
            members.reading.ledger.add(Unread::Unknown, detail);
        }
        let listed: Vec<ArchiveMember> = archive
            .members()
            .take(given.items.saturating_add(2))
            .collect();
        let mut contents: Vec<Option<super::Content>> = vec![None; listed.len()];
        if let Some(number) = known {
            members.opened_with(number);
        }
        let mut passwords: Vec<(Option<usize>, Option<&str>)> = Vec::new();
        match known {
            None => passwords.push((None, None)),
            Some(known) => passwords.extend(
                given
                    .passwords
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| *n == known)
                    .map(|(n, p)| (Some(n), Some(p))),
            ),
        }
        if known.is_none() && listed.iter().any(|member| member.meta.is_encrypted) {
            passwords.extend(
                given
                    .passwords
                    .iter()
                    .enumerate()
                    .map(|(n, p)| (Some(n), Some(p))),
            );
        }
        for (number, password) in passwords {
            let opened = extract(&archive, password, &listed, &mut contents, &members);
            if let (true, Some(number)) = (opened, number) {
                members.opened_with(number);
            }
            let locked = |(member, content): (&ArchiveMember, &Option<super::Content>)| {
                member.meta.is_encrypted && !matches!(content, Some(Ok(_)))
            };
            if !listed.iter().zip(&contents).any(locked) {
                break;
            }
        }
        for (member, content) in listed.iter().zip(contents) {
            if member.meta.is_directory {
                continue;
            }
            let name = name(&mut members, member);
            let content = content.unwrap_or_else(|| Err(unreached(&members, member)));
            members.add(&name, content);
        }
        if let Ok(Some(comment)) = archive.comment_with_options(options(None, given)) {
            members.comment(&super::names::decode(&comment).0);
        }
        members.finish()
    }

    fn remedy(&self) -> &'static str {
        REMEDY
    }
}

fn options<'p>(password: Option<&'p str>, given: &Given) -> ArchiveReadOptions<'p> {
    ArchiveReadOptions::with_optional_password(password.map(str::as_bytes))
        .with_max_header_bytes(64 << 20)
        .with_max_member_output_bytes(given.item.min(given.unpacked))
        .with_max_total_output_bytes(given.unpacked)
        .with_rar50_dictionary_size_limit(DECODER_MEMORY)
        .with_max_reader_workspace_bytes(2 * DECODER_MEMORY)
}

/// The archive, and the number of the password that opened its directory if it took one.
fn open(bytes: &[u8], given: &Given) -> Result<(Archive, Option<usize>), ReadError> {
    let read = |password| ArchiveReader::read_with_options(bytes, options(password, given));
    let error = match read(None) {
        Ok(archive) => return Ok((archive, None)),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::PasswordRequired | ErrorKind::BadPassword => {}
        ErrorKind::UnsupportedFeature | ErrorKind::UnsupportedFormat | ErrorKind::ResourceLimit => {
            let detail = format!("a RAR archive of a kind that is not read here ({error})");
            return Err(ReadError::Unsupported(detail));
        }
        _ => {
            let detail = format!("not a readable RAR archive: {error}");
            return Err(ReadError::Corrupt(detail));
        }
    }
    for (number, password) in given.passwords.iter().enumerate() {
        if let Ok(archive) = read(Some(password)) {
            return Ok((archive, Some(number)));
        }
    }
    let detail = format!(
        "its list of members is encrypted: {}",
        locked(&given.passwords)
    );
    Err(ReadError::Locked(detail))
}

fn name(members: &mut Members<'_>, member: &ArchiveMember) -> String {
    let decoded = member.decoded_name(None).unwrap_or_default().into_owned();
    match String::from_utf8(decoded) {
        Ok(name) if member.name_is_unicode() => name,
        _ => members.name(&member.meta.name),
    }
}

/// What a member was not read for, if extraction did not say.
fn unreached(members: &Members<'_>, member: &ArchiveMember) -> Exception {
    let meta = &member.meta;
    if meta.is_split_before || meta.is_split_after {
        return failed(
            ExceptionReason::Unsupported,
            "it goes on in another volume of the archive (.part2.rar, .r00, ...); unpack all volumes together and add what is in them",
        );
    }
    if meta.is_encrypted {
        return members.locked();
    }
    if meta.unpacked_size > members.given.item {
        return members.too_large(meta.packed_size, members.given.item);
    }
    failed(
        ExceptionReason::Corrupt,
        "it could not be reached behind one that is damaged, encrypted or beyond a limit; unpack the archive by hand",
    )
}

/// A buffer that the library writes to and that is read afterwards.
#[derive(Clone, Default)]
struct Sink {
    bytes: Rc<RefCell<Vec<u8>>>,
    room: u64,
}

impl Write for Sink {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        let mut bytes = self.bytes.borrow_mut();
        if bytes.len() as u64 + more.len() as u64 > self.room {
            return Err(io::Error::other("beyond the limit"));
        }
        bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes out what that password, or none, opens and is not yet there. Whether anything encrypted was opened.
fn extract(
    archive: &Archive,
    password: Option<&str>,
    listed: &[ArchiveMember],
    contents: &mut [Option<super::Content>],
    members: &Members<'_>,
) -> bool {
    let solid = listed.iter().any(ArchiveMember::is_solid);
    let wanted: Vec<bool> = contents
        .iter()
        .map(|content| !matches!(content, Some(Ok(_))))
        .collect();
    // What callbacks are told of a member says not which one it is: they come in order.
    let (next, current) = (RefCell::new(0usize), RefCell::new(None::<(usize, Sink)>));
    let done: RefCell<Vec<(usize, super::Content)>> = RefCell::default();
    let settle = |failure: Option<Exception>| {
        if let Some((at, sink)) = current.borrow_mut().take() {
            let content = match failure {
                Some(why) => Err(why),
                None => Ok(sink.bytes.take()),
            };
            done.borrow_mut().push((at, content));
        }
    };
    let decide = |member: &ArchiveMember| {
        settle(None);
        let at = *next.borrow();
        *next.borrow_mut() += 1;
        let meta = &member.meta;
        let Some(wanted) = wanted.get(at) else {
            return Ok(ExtractionDecision::Stop);
        };
        if meta.is_directory {
            return Ok(ExtractionDecision::Skip);
        }
        if meta.is_redirection {
            let target = match &member.detail {
                rars::ArchiveMemberDetail::Rar50Plus {
                    redirection: Some(to),
                    ..
                } => format!("{to:?}"),
                _ => String::new(),
            };
            done.borrow_mut()
                .push((at, Err(link(&target.chars().take(200).collect::<String>()))));
            return Ok(ExtractionDecision::Skip);
        }
        let split = meta.is_split_before || meta.is_split_after;
        let locked = meta.is_encrypted && password.is_none();
        let room = members.room(meta.packed_size).unwrap_or(0);
        if !solid && (!wanted || split || locked || meta.unpacked_size > room) {
            if *wanted && !split && !locked {
                let error = members.too_large(meta.packed_size, room);
                done.borrow_mut().push((at, Err(error)));
            }
            return Ok(ExtractionDecision::Skip);
        }
        let sink = Sink {
            room,
            ..Sink::default()
        };
        *current.borrow_mut() = Some((at, sink.clone()));
        Ok(ExtractionDecision::Extract(Box::new(sink)))
    };
    let on_error = |member: &ArchiveMember, error: &rars::Error| {
        settle(Some(failure(members, member, error)));
        Ok(ExtractionErrorAction::Continue)
    };
    let result =
        archive.extract_with_control_and_errors(options(password, members.given), decide, on_error);
    match result {
        Ok(_) => settle(None),
        Err(error) => {
            let at = current.borrow().as_ref().map(|(at, _)| *at);
            if let Some(member) = at.and_then(|at| listed.get(at)) {
                settle(Some(failure(members, member, &error)));
            }
        }
    }
    let mut opened = false;
    for (at, content) in done.into_inner() {
        opened |=
            password.is_some() && content.is_ok() && listed[at].meta.is_encrypted && wanted[at];
        if wanted[at] {
            contents[at] = Some(content);
        }
    }
    opened
}

fn failure(members: &Members<'_>, member: &ArchiveMember, error: &rars::Error) -> Exception {
    let meta = &member.meta;
    match error.kind() {
        _ if meta.is_split_before || meta.is_split_after => unreached(members, member),
        ErrorKind::PasswordRequired | ErrorKind::BadPassword => members.locked(),
        // A wrong password gives garbage, and the checksum tells.
        ErrorKind::ChecksumMismatch | ErrorKind::InvalidArchive if meta.is_encrypted => {
            members.locked()
        }
        ErrorKind::ResourceLimit | ErrorKind::Io => {
            let room = members.room(meta.packed_size).unwrap_or(0);
            members.too_large(meta.packed_size, room)
        }
        ErrorKind::UnsupportedFeature => failed(
            ExceptionReason::Unsupported,
            format!(
                "it cannot be unpacked here ({error}); unpack the archive and add what is in it"
            ),
        ),
        _ => damaged(error),
    }
}
