//! One picture through the engine. Runs in a worker.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::SURE_WORD;
use super::engine::Engine;
use crate::readers::hyphens;
use crate::reading::{Given, ReadError, Reader, Reading};

/// Longest answer of the engine.
const MAX_ANSWER: u64 = 256 << 20;

/// What the engine made of one picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Recognised {
    pub text: String,
    /// Words that have a letter or a digit.
    pub words: u32,
    /// Their average confidence, of 100.
    pub mean: f64,
    /// How many of them are uncertain.
    pub low: u32,
}

impl Recognised {
    /// Whether a person should look.
    pub fn is_uncertain(&self) -> bool {
        self.words > 0 && (self.mean < super::SURE || self.low * 10 > self.words)
    }

    /// Whether any word was recognised at all: engines see letters in leaves and bricks.
    pub fn is_text(&self) -> bool {
        self.words > self.low
    }

    pub fn to_reading(&self) -> Reading {
        let facts = [
            ("words", self.words.to_string()),
            ("mean", format!("{:.1}", self.mean)),
            ("low", self.low.to_string()),
        ];
        Reading {
            text: self.text.clone(),
            facts: BTreeMap::from(facts.map(|(key, value)| (key.to_owned(), value))),
            ..Reading::default()
        }
    }

    pub fn from_reading(reading: &Reading) -> Option<Self> {
        let fact = |key: &str| reading.facts.get(key);
        Some(Recognised {
            text: reading.text.clone(),
            words: fact("words")?.parse().ok()?,
            mean: fact("mean")?
                .parse()
                .ok()
                .filter(|mean: &f64| mean.is_finite())?,
            low: fact("low")?.parse().ok()?,
        })
    }
}

/// The reader that is a text recognition.
pub(crate) struct Recognition;

impl Reader for Recognition {
    fn name(&self) -> &'static str {
        "candor-ocr/2"
    }

    fn read(&self, bytes: &[u8], given: &Given) -> Result<Reading, ReadError> {
        let engine = given.engine.as_ref();
        let engine = engine.ok_or_else(|| ReadError::Unsupported("no engine".to_owned()))?;
        let limit = Duration::from_secs(given.seconds.max(1));
        // The engine knows fewer formats, takes every page of those that have several, and does not turn photographs.
        let seen = candor_picture::for_others(bytes);
        let picture = seen.as_deref().unwrap_or(bytes);
        let table = run(engine, picture, given.dpi, limit).map_err(ReadError::Corrupt)?;
        Ok(parse(&table).to_reading())
    }
}

/// Runs the engine on a picture, and returns its table of words.
fn run(engine: &Engine, picture: &[u8], dpi: u32, limit: Duration) -> Result<String, String> {
    let mut command = Command::new(&engine.program);
    command.args(["stdin", "stdout", "-l", &engine.language]);
    command.arg("--tessdata-dir").arg(&engine.models);
    command.args(["--psm", if engine.orientation { "1" } else { "3" }]);
    if dpi > 0 {
        command.args(["--dpi", &dpi.to_string()]);
    }
    command.arg("tsv");
    // One thread each: there are as many at work as there are processors.
    command.env("OMP_THREAD_LIMIT", "1");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", engine.program.display()))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err("the engine has no pipes".to_owned());
    };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // It may have given up before it read everything.
            let _ = stdin.write_all(picture);
        });
        let answer = scope.spawn(move || all_of(stdout));
        let complaint = scope.spawn(move || all_of(stderr));
        let ended = wait(&mut child, limit);
        let answer = answer.join().unwrap_or_default();
        let complaint = complaint.join().unwrap_or_default();
        match ended {
            Some(true) => Ok(answer),
            Some(false) => {
                let last = complaint.lines().rev().find(|line| !line.trim().is_empty());
                Err(format!(
                    "text recognition failed on it ({})",
                    last.unwrap_or("it says nothing")
                ))
            }
            None => Err(format!(
                "text recognition took more than {} s; raise --reader-seconds",
                limit.as_secs()
            )),
        }
    })
}

fn all_of(pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.take(MAX_ANSWER).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether it ended well; `None`: it was stopped because its time was over.
fn wait(child: &mut Child, limit: Duration) -> Option<bool> {
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// Reads the engine's table: level, page, block, paragraph, line, word, four of place, confidence, text.
fn parse(table: &str) -> Recognised {
    let mut lines: Vec<(String, String, String)> = Vec::new();
    let (mut sum, mut words, mut low) = (0.0, 0u32, 0u32);
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(12, '\t').collect();
        let [level, page, block, paragraph, line, .., confidence, word] = cells[..] else {
            continue;
        };
        let word = word.trim();
        if level != "5" || word.is_empty() {
            continue;
        }
        let paragraph = format!("{page}.{block}.{paragraph}");
        match lines.last_mut() {
            Some((p, l, text)) if *p == paragraph && l == line => {
                text.push(' ');
                text.push_str(word);
            }
            _ => lines.push((paragraph, line.to_owned(), word.to_owned())),
        }
        if word.chars().any(char::is_alphanumeric) {
            let confidence = confidence.parse::<f64>().unwrap_or(0.0).clamp(0.0, 100.0);
            sum += confidence;
            words += 1;
            low += u32::from(confidence < SURE_WORD);
        }
    }
    let known = hyphens::words(lines.iter().map(|(_, _, text)| text));
    let mut paragraphs: Vec<Vec<String>> = Vec::new();
    let mut current = None;
    for (paragraph, _, text) in lines {
        match paragraphs.last_mut() {
            Some(last) if current.as_ref() == Some(&paragraph) => last.push(text),
            _ => paragraphs.push(vec![text]),
        }
        current = Some(paragraph);
    }
    let paragraphs = paragraphs
        .into_iter()
        .map(|lines| hyphens::join(lines, &known).join("\n"));
    Recognised {
        text: paragraphs.collect::<Vec<_>>().join("\n\n"),
        words,
        mean: sum / f64::from(words.max(1)),
        low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_lines_and_confidence() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n\
            5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96.5\tthe\n\
            5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t50\tking-\n\
            5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t90\tfisher\n\
            5\t1\t2\t1\t1\t1\t0\t0\t9\t9\t91.5\tkingfisher\n\
            5\t1\t2\t1\t1\t2\t0\t0\t9\t9\t10\t|\n\
            garbage\n";
        let found = parse(table);
        assert_eq!(found.text, "the kingfisher\n\nkingfisher |");
        assert_eq!((found.words, found.low), (4, 1));
        assert!((found.mean - 82.0).abs() < 1e-9);
        assert!(found.is_uncertain() && found.is_text());
        assert_eq!(Recognised::from_reading(&found.to_reading()), Some(found));
        assert!(!parse("level\n").is_text() && !parse("level\n").is_uncertain());
    }
}
