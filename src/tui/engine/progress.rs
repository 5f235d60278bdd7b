//! Progress over a channel, with pause and stop.

use crate::progress::{Progress, Unit};
use crate::tui::event::{Event, JobId, Snapshot};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How often the screen hears of progress at most.
const EVERY: Duration = Duration::from_millis(100);

/// What the watcher asks of a job.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    paused: Mutex<bool>,
    changed: Condvar,
}

impl Control {
    /// Stop at the next opportunity.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.pause(false);
    }

    /// Wait, or go on.
    pub fn pause(&self, on: bool) {
        if let Ok(mut paused) = self.paused.lock() {
            *paused = on;
        }
        self.changed.notify_all();
    }

    fn waits(&self) -> bool {
        self.paused.lock().is_ok_and(|paused| *paused)
    }

    fn wait(&self) {
        let Ok(mut paused) = self.paused.lock() else {
            return;
        };
        while *paused {
            match self.changed.wait(paused) {
                Ok(guard) => paused = guard,
                Err(_) => return,
            }
        }
    }
}

struct Phase {
    over: bool,
    at: Snapshot,
    began: Instant,
    told: Instant,
}

/// Sends snapshots of a job's progress.
pub struct Channel {
    id: JobId,
    control: Arc<Control>,
    events: Sender<Event>,
    phase: Mutex<Phase>,
}

impl Channel {
    /// For one job.
    pub fn new(id: JobId, control: Arc<Control>, events: Sender<Event>) -> Self {
        let now = Instant::now();
        let phase = Mutex::new(Phase {
            over: false,
            at: Snapshot::default(),
            began: now,
            told: now,
        });
        Channel {
            id,
            control,
            events,
            phase,
        }
    }

    /// Sends another event of this job.
    pub fn send(&self, event: impl FnOnce(JobId) -> Event) {
        // Nobody listens any more: the program is ending.
        let _ = self.events.send(event(self.id));
    }

    /// Waits while paused; that time does not count.
    fn wait(&self) {
        let start = Instant::now();
        self.control.wait();
        if let Ok(mut phase) = self.phase.lock() {
            phase.began += start.elapsed();
        }
    }

    /// Tells how long it has taken so far, so that long silent work is seen to go on.
    pub fn beat(&self) {
        let Ok(mut phase) = self.phase.lock() else {
            return;
        };
        if !phase.over
            && !self.control.waits()
            && !phase.at.label.is_empty()
            && phase.told.elapsed() >= EVERY
        {
            phase.told = Instant::now();
            phase.at.elapsed = phase.began.elapsed();
            let at = phase.at.clone();
            self.send(|id| Event::Progress(id, at));
        }
    }

    /// Sends the last event of this job.
    pub fn finish(&self, event: impl FnOnce(JobId) -> Event) {
        if let Ok(mut phase) = self.phase.lock() {
            phase.over = true;
        }
        self.send(event);
    }

    fn change(&self, at_once: bool, change: impl FnOnce(&mut Phase)) {
        let Ok(mut phase) = self.phase.lock() else {
            return;
        };
        change(&mut phase);
        let finished = phase.at.total == Some(phase.at.done);
        if at_once || finished || phase.told.elapsed() >= EVERY {
            phase.told = Instant::now();
            phase.at.elapsed = phase.began.elapsed();
            let at = phase.at.clone();
            self.send(|id| Event::Progress(id, at));
        }
    }
}

impl Progress for Channel {
    fn begin(&self, label: &str, total: Option<u64>, unit: Unit) {
        self.change(true, |phase| {
            phase.began = Instant::now();
            phase.at = Snapshot {
                label: label.to_owned(),
                total,
                in_bytes: unit == Unit::Bytes,
                ..Snapshot::default()
            };
        });
    }

    fn advance(&self, n: u64) {
        self.change(false, |phase| phase.at.done += n);
        self.wait();
    }

    fn note(&self, text: &str) {
        self.change(true, |phase| text.clone_into(&mut phase.at.note));
    }

    fn end(&self) {}

    fn cancelled(&self) -> bool {
        self.wait();
        self.control.cancelled.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_paused_job_waits_and_a_cancelled_one_is_told() {
        let (tx, rx) = channel();
        let control = Arc::new(Control::default());
        let progress = Channel::new(7, control.clone(), tx);
        progress.begin("x", Some(2), Unit::Items);
        control.pause(true);
        let worker = std::thread::spawn(move || {
            progress.advance(1);
            progress.advance(1);
            progress.cancelled()
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!worker.is_finished());
        control.cancel();
        assert!(worker.join().unwrap());
        let last = rx.into_iter().last().unwrap();
        assert!(matches!(last, Event::Progress(7, at) if at.done == 2 && at.total == Some(2)));
    }
}
