//! How long-running work reports to whoever is watching.
//!
//! Library code takes `&dyn Progress` and never prints. The command line shows bars on a
//! terminal, plain lines every few seconds elsewhere, or nothing; a user interface can implement
//! the trait over a channel. All of it goes to standard error.

use crate::clean;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub use candor_core::progress::{Progress, Silent, Unit};

/// The display that fits standard error.
pub fn for_stderr(quiet: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Silent)
    } else if std::io::stderr().is_terminal() {
        Box::new(Bar::default())
    } else {
        Box::new(Lines::default())
    }
}

/// A bar with rate and time left, for terminals.
#[derive(Debug, Default)]
pub struct Bar {
    current: Mutex<Option<ProgressBar>>,
}

impl Bar {
    fn with(&self, act: impl FnOnce(&ProgressBar)) {
        if let Ok(guard) = self.current.lock()
            && let Some(bar) = guard.as_ref()
        {
            act(bar);
        }
    }
}

impl Progress for Bar {
    fn begin(&self, label: &str, total: Option<u64>, unit: Unit) {
        let template = match (total.is_some(), unit) {
            (true, Unit::Items) => {
                "{prefix} {wide_bar} {human_pos}/{human_len} {per_sec} ETA {eta} {msg}"
            }
            (true, Unit::Bytes) => {
                "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} ETA {eta} {msg}"
            }
            (false, Unit::Items) => "{prefix} {spinner} {human_pos} {per_sec} {msg}",
            (false, Unit::Bytes) => "{prefix} {spinner} {bytes} {bytes_per_sec} {msg}",
        };
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(clean::line(label));
        bar.enable_steady_tick(Duration::from_millis(250));
        if let Ok(mut current) = self.current.lock() {
            if let Some(previous) = current.take() {
                previous.finish_and_clear();
            }
            *current = Some(bar);
        }
    }

    fn advance(&self, n: u64) {
        self.with(|bar| bar.inc(n));
    }

    fn note(&self, text: &str) {
        self.with(|bar| bar.set_message(clean::line(text)));
    }

    fn end(&self) {
        if let Ok(mut current) = self.current.lock()
            && let Some(bar) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

/// One plain line every few seconds, for logs and pipes.
#[derive(Debug, Default)]
pub struct Lines {
    phase: Mutex<Option<Phase>>,
}

#[derive(Debug)]
struct Phase {
    label: String,
    total: Option<u64>,
    unit: Unit,
    done: u64,
    note: String,
    started: Instant,
    last: Instant,
}

/// How often [`Lines`] speaks.
const EVERY: Duration = Duration::from_secs(5);

impl Phase {
    fn line(&self, elapsed: Duration) -> String {
        let show = |n: u64| match self.unit {
            Unit::Items => n.to_string(),
            Unit::Bytes => HumanBytes(n).to_string(),
        };
        let mut line = format!("{}: {}", self.label, show(self.done));
        if let Some(total) = self.total {
            line.push_str(&format!(" of {}", show(total)));
            if self.done > 0 && self.done < total {
                let left = elapsed.as_secs_f64() * (total - self.done) as f64 / self.done as f64;
                let left = HumanDuration(Duration::from_secs_f64(left));
                line.push_str(&format!(", about {left} left"));
            }
        }
        if !self.note.is_empty() {
            line.push_str(&format!(" ({})", self.note));
        }
        line
    }
}

impl Progress for Lines {
    fn begin(&self, label: &str, total: Option<u64>, unit: Unit) {
        let now = Instant::now();
        if let Ok(mut phase) = self.phase.lock() {
            *phase = Some(Phase {
                label: clean::line(label),
                total,
                unit,
                done: 0,
                note: String::new(),
                started: now,
                last: now,
            });
        }
    }

    fn advance(&self, n: u64) {
        let Ok(mut guard) = self.phase.lock() else {
            return;
        };
        let Some(phase) = guard.as_mut() else { return };
        phase.done += n;
        if phase.last.elapsed() >= EVERY {
            phase.last = Instant::now();
            eprintln!("{}", phase.line(phase.started.elapsed()));
        }
    }

    fn note(&self, text: &str) {
        if let Ok(mut guard) = self.phase.lock()
            && let Some(phase) = guard.as_mut()
        {
            phase.note = clean::line(text);
        }
    }

    fn end(&self) {
        if let Ok(mut guard) = self.phase.lock()
            && let Some(phase) = guard.take()
            && phase.started.elapsed() >= EVERY
        {
            eprintln!("{}", phase.line(phase.started.elapsed()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(total: Option<u64>, done: u64) -> Phase {
        let now = Instant::now();
        Phase {
            label: "proving".into(),
            total,
            unit: Unit::Items,
            done,
            note: String::new(),
            started: now,
            last: now,
        }
    }

    #[test]
    fn lines_say_what_is_left() {
        let ten = Duration::from_secs(10);
        assert_eq!(
            phase(Some(40), 10).line(ten),
            "proving: 10 of 40, about 30 seconds left"
        );
        assert_eq!(phase(Some(40), 40).line(ten), "proving: 40 of 40");
        assert_eq!(phase(None, 7).line(ten), "proving: 7");
        assert_eq!(phase(Some(0), 0).line(ten), "proving: 0 of 0");
    }

    #[test]
    fn remarks_are_shown() {
        let mut phase = phase(None, 1);
        phase.note = "3 exceptions".into();
        assert_eq!(phase.line(EVERY), "proving: 1 (3 exceptions)");
    }
}
