//! The worker's side.

use super::frame;
use super::pool::{ANSWER_OVERHEAD, Request, take_contents};
use crate::isolate;
use candor_edge::process;
use cpu_time::ProcessTime;
use rlimit::Resource;
use std::io::{self, BufReader, BufWriter};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

/// Stack of the thread that reads: some formats nest.
const STACK: usize = 64 << 20;

/// Answers requests from standard input, a socket, until it is closed. Anything unexpected ends the
/// worker: the program notices.
pub fn serve() -> io::Result<()> {
    process::shut();
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut requests = BufReader::new(socket.try_clone()?);
    let mut answers = BufWriter::new(socket);
    let malformed = |_| io::Error::from(io::ErrorKind::InvalidData);
    while let Some(parts) = frame::read(&mut requests, u64::MAX)? {
        let [request, bytes] = <[Vec<u8>; 2]>::try_from(parts).map_err(|_| malformed(()))?;
        let request: Request = serde_json::from_slice(&request).map_err(|_| malformed(()))?;
        limit(&request);
        let (reader, given) = (request.format.reader(), &request.given);
        let result = isolate::catch_on_stack(STACK, || reader.read(&bytes, given));
        let (contents, answer) = match result {
            Ok(mut answer) => (take_contents(&mut answer), Ok(answer)),
            Err(panic) => (Vec::new(), Err(panic)),
        };
        let answer = serde_json::to_vec(&answer)?;
        let size: u64 = contents.iter().map(|bytes| bytes.len() as u64).sum();
        if size.saturating_add(answer.len() as u64) > given.unpacked.saturating_add(ANSWER_OVERHEAD)
        {
            let refused: Result<(), &str> = Err("what it read is larger than the limit");
            frame::write(&mut answers, &[&serde_json::to_vec(&refused)?])?;
            continue;
        }
        let parts: Vec<&[u8]> = std::iter::once(&*answer)
            .chain(contents.iter().map(Vec::as_slice))
            .collect();
        frame::write(&mut answers, &parts)?;
    }
    Ok(())
}

/// Limits this process. Where the system does not offer a limit, the program's own clock remains.
fn limit(request: &Request) {
    let _ = Resource::AS.set(request.memory, request.memory);
    // Should the program be killed meanwhile, nobody is left to stop a reader that hangs.
    let used = ProcessTime::try_now().map_or(0, |now| now.as_duration().as_secs());
    let seconds = used.saturating_add(request.seconds).saturating_add(5);
    if let Ok((_, hard)) = Resource::CPU.get() {
        let _ = Resource::CPU.set(seconds.min(hard), hard);
    }
}
