//! The program's side.

use super::frame;
use crate::isolate::Failure;
use crate::limits::IngestOptions;
use crate::readers::Format;
use crate::reading::{Given, ReadError, Reading};
use candor_edge::Surroundings;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a worker keeps of the environment: where shared libraries are, on systems that need to be told.
const KEPT: [&str; 2] = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// Documents after which a worker is replaced, so that whatever a reader leaks does not add up.
const SERVED_AT_MOST: u32 = 500;

/// What an answer may have beside the unpacked content: escaped text is longer than text.
pub(super) const ANSWER_OVERHEAD: u64 = 256 << 20;

/// What a reader says of a document.
pub(super) type Answer = Result<Reading, ReadError>;

/// The contents of what a document contains, in order: they travel beside its serialised form.
pub(super) fn take_contents(answer: &mut Answer) -> Vec<Vec<u8>> {
    let children = answer.as_mut().map(|reading| &mut reading.children[..]);
    let children = children.unwrap_or_default().iter_mut();
    children
        .map(|child| std::mem::take(&mut child.bytes))
        .collect()
}

/// Puts them back; nothing if they are not as many as there were.
fn with_contents(mut answer: Answer, contents: Vec<Vec<u8>>) -> Option<Answer> {
    let children = answer.as_mut().map(|reading| &mut reading.children[..]);
    let children = children.unwrap_or_default();
    if children.len() != contents.len() {
        return None;
    }
    for (child, bytes) in children.iter_mut().zip(contents) {
        child.bytes = bytes;
    }
    Some(answer)
}

/// What a worker is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub format: Format,
    /// What the reader is given beside the bytes.
    pub given: Given,
    /// Most bytes of address space.
    pub memory: u64,
    /// Most seconds of CPU time for this request.
    pub seconds: u64,
}

/// Workers: started when there are none at rest, kept for the next document.
#[derive(Debug)]
pub(crate) struct Pool {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    resting: Mutex<Vec<Worker>>,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    socket: UnixStream,
    served: u32,
}

impl Pool {
    /// Workers are made by running `program` with `arguments`.
    pub fn new(around: &Surroundings, program: PathBuf, arguments: Vec<OsString>) -> Self {
        let kept = |name| Some((name, around.variable(name)?));
        Pool {
            program,
            arguments,
            environment: KEPT.into_iter().filter_map(kept).collect(),
            resting: Mutex::default(),
        }
    }

    /// Has `bytes` read by a worker, within the limits of time and memory.
    pub fn run(
        &self,
        format: Format,
        bytes: &[u8],
        given: Given,
        options: &IngestOptions,
    ) -> Result<Answer, Failure> {
        let mut worker = match self.rested() {
            Some(worker) => worker,
            None => self
                .start()
                .map_err(|error| Failure::Crash(format!("no process for reading: {error}")))?,
        };
        let request = Request {
            format,
            given,
            memory: options.max_reader_bytes,
            seconds: options.max_time.as_secs(),
        };
        let deadline = Instant::now() + options.max_time;
        let answered = worker.ask(&request, bytes, deadline);
        match answered {
            Ok(answer) => {
                worker.served += 1;
                if worker.served < SERVED_AT_MOST {
                    self.resting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(worker);
                }
                answer.map_err(Failure::Panic)
            }
            Err(error) if is_late(&error) || Instant::now() >= deadline => Err(Failure::Time),
            Err(error) => Err(Failure::Crash(worker.obituary(&error))),
        }
    }

    /// A worker at rest that is still there.
    fn rested(&self) -> Option<Worker> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut worker = resting.pop()?;
            if matches!(worker.child.try_wait(), Ok(None)) {
                return Some(worker);
            }
        }
    }

    fn start(&self) -> io::Result<Worker> {
        let (socket, theirs) = UnixStream::pair()?;
        let child = Command::new(&self.program)
            .args(&self.arguments)
            // Passwords are passed to this program by its environment; readers read hostile files.
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for the program, which then decides.
            .process_group(0)
            .spawn()?;
        Ok(Worker {
            child,
            socket,
            served: 0,
        })
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

impl Worker {
    /// Errors are the worker's; what it says about the document is in the result.
    fn ask(
        &mut self,
        request: &Request,
        bytes: &[u8],
        deadline: Instant,
    ) -> io::Result<Result<Answer, String>> {
        let mut timed = Timed {
            socket: &self.socket,
            deadline,
        };
        let asked = serde_json::to_vec(request)?;
        frame::write(&mut BufWriter::new(&mut timed), &[&asked, bytes])?;
        let limit = request.given.unpacked.saturating_add(ANSWER_OVERHEAD);
        let parts = frame::read(&mut io::BufReader::new(&mut timed), limit)?
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut parts = parts.into_iter();
        let result: Result<Answer, String> =
            serde_json::from_slice(&parts.next().unwrap_or_default())?;
        let malformed = || io::Error::from(io::ErrorKind::InvalidData);
        Ok(match result {
            Ok(answer) => Ok(with_contents(answer, parts.collect()).ok_or_else(malformed)?),
            Err(panic) => Err(panic),
        })
    }

    /// How it ended, for the person who has to deal with the document.
    fn obituary(&mut self, error: &io::Error) -> String {
        // It has closed its socket, so it is about to end, if it has not been ended yet.
        let patience = Instant::now() + Duration::from_secs(2);
        while Instant::now() < patience {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    return match status.signal() {
                        Some(signal @ (6 | 11)) => {
                            format!(
                                "its process ended with signal {signal}: it ran out of memory or of stack"
                            )
                        }
                        Some(signal) => format!("its process ended with signal {signal}"),
                        None => format!("its process ended, {status}"),
                    };
                }
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        format!("its process answered nothing sensible ({error})")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be in the middle of something, or gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A socket with a deadline for everything together.
struct Timed<'s> {
    socket: &'s UnixStream,
    deadline: Instant,
}

impl Timed<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(Some(left))
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.left()?)?;
        self.socket.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pool whose workers are shell scripts with the socket as file descriptor 0.
    fn pool(script: &str) -> Pool {
        let arguments = vec!["-c".into(), script.into()];
        Pool::new(&Surroundings::system(), "/bin/sh".into(), arguments)
    }

    fn run(script: &str) -> Result<Answer, Failure> {
        let options = IngestOptions {
            max_time: Duration::from_millis(700),
            ..IngestOptions::default()
        };
        pool(script).run(Format::Pdf, b"bytes", Given::default(), &options)
    }

    fn crash(script: &str) -> String {
        match run(script) {
            Err(Failure::Crash(why)) => why,
            other => panic!("{script}: {other:?}"),
        }
    }

    #[test]
    fn workers_that_die_hang_or_lie_are_failures_of_the_document() {
        assert!(crash("kill -ABRT $$").contains("signal 6: it ran out of memory"));
        assert!(crash("kill -KILL $$").contains("signal 9"));
        assert!(crash("exit 3").contains("exit status: 3"));
        assert!(
            crash("printf 'nonsense that is no frame at all' >&0; sleep 9")
                .contains("nothing sensible")
        );
        // One part of two bytes that are no answer.
        assert!(
            crash(r"printf '\001\000\000\000\002\000\000\000\000\000\000\000{}' >&0; sleep 9")
                .contains("nothing sensible")
        );
        assert!(matches!(run("sleep 60"), Err(Failure::Time)));
        assert!(matches!(
            run("exec 0<&-; sleep 60"),
            Err(Failure::Crash(_) | Failure::Time)
        ));
        let missing = Pool::new(&Surroundings::system(), "/nowhere/candor".into(), vec![]);
        let options = IngestOptions::default();
        let failed = missing.run(Format::Outlook, b"", Given::default(), &options);
        assert!(matches!(failed, Err(Failure::Crash(why)) if why.contains("no process")));
    }

    #[test]
    fn workers_know_nothing_of_the_environment() {
        // The shell sets variables of its own, but neither of these, which cargo or the login sets.
        let set = ["CARGO_MANIFEST_DIR", "HOME"].map(std::env::var_os);
        assert!(set.iter().any(Option::is_some));
        let why = crash("test -z \"$CARGO_MANIFEST_DIR$HOME\" && exit 7; exit 8");
        assert!(why.contains("exit status: 7"), "{why}");
    }

    #[test]
    fn a_worker_that_dies_leaves_no_trace() {
        let pool = pool("kill -ABRT $$");
        let options = IngestOptions::default();
        for _ in 0..3 {
            assert!(
                pool.run(Format::Outlook, b"x", Given::default(), &options)
                    .is_err()
            );
        }
        assert!(pool.resting.lock().unwrap().is_empty());
    }
}
