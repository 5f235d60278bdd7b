//! From scans to text: the pages of a document, and pictures that are items.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::recognise::Recognised;
use super::{Ocr, RECOGNISED, cache};
use crate::isolate::Failure;
use crate::item::RawItem;
use crate::ledger::{Ledger, Unread};
use crate::limited;
use crate::limits::IngestOptions;
use crate::readers::{Format, ranges};
use crate::reading::{Given, ReadError, Reading, Scan};

/// Tells of pages that are left as they are: there is no text recognition, or it did not help.
pub(crate) fn leave(scans: &[&Scan], remedy: &str, ledger: &mut Ledger) {
    for (whole, code, what) in [
        (true, Unread::PicturePage, "no text"),
        (false, Unread::Picture, "a large picture"),
    ] {
        let pages: Vec<u32> = scans
            .iter()
            .filter(|scan| scan.whole == whole)
            .map(|scan| scan.page)
            .collect();
        if !pages.is_empty() {
            let detail = format!("{what} on {}{remedy}", ranges(&pages));
            ledger.add_many(code, pages.len() as u32, detail);
        }
    }
}

/// Recognises the text of the scanned pages in a document, and puts it in its place. Whether there was any.
pub(crate) fn pages(
    ocr: &Ocr,
    format: Format,
    bytes: &Arc<Vec<u8>>,
    reading: &mut Reading,
    options: &IngestOptions,
) -> bool {
    let scans = std::mem::take(&mut reading.scans);
    let mut found: HashMap<u32, Result<Recognised, String>> = HashMap::new();
    let mut left: Vec<Scan> = scans.clone();
    while !left.is_empty() && !ocr.stopped() {
        let painted = match paint(format, bytes, &left, options) {
            Ok(painted) if !painted.is_empty() => painted,
            Ok(_) => break,
            Err(why) => {
                // The first one may be the reason: the others get their turn without it.
                found.insert(left.remove(0).page, Err(why));
                continue;
            }
        };
        left.retain(|scan| !painted.iter().any(|page| page.number == scan.page));
        for (number, result) in recognise_all(ocr, painted, options) {
            found.insert(number, result);
        }
    }
    let mut failed: Vec<&Scan> = Vec::new();
    let mut uncertain = Vec::new();
    let mut why = String::new();
    let mut any = false;
    for scan in scans.iter().rev() {
        match found.get(&scan.page) {
            Some(Ok(recognised)) => {
                if recognised.is_uncertain() {
                    uncertain.push(scan.page);
                }
                any |= insert(&mut reading.text, scan, recognised);
            }
            Some(Err(error)) => {
                why = format!(": {error}");
                failed.push(scan);
            }
            None => failed.push(scan),
        }
    }
    failed.reverse();
    uncertain.reverse();
    leave(&failed, &why, &mut reading.ledger);
    if !uncertain.is_empty() {
        let detail = format!("the text of {}", ranges(&uncertain));
        let count = uncertain.len() as u32;
        reading.ledger.add_many(Unread::Uncertain, count, detail);
    }
    if any {
        let pages = scans.len() - failed.len();
        let said = format!(
            "text of {pages} pages by OCR, language {}",
            ocr.engine.language
        );
        reading.facts.insert(RECOGNISED.to_owned(), said);
    }
    any
}

/// Puts recognised text behind a page's own, without the lines that are there already.
fn insert(text: &mut String, scan: &Scan, recognised: &Recognised) -> bool {
    let fits = scan.start <= scan.end
        && text.is_char_boundary(scan.end)
        && text.is_char_boundary(scan.start);
    if !recognised.is_text() || !fits {
        return false;
    }
    let own: std::collections::HashSet<String> = words(&text[scan.start..scan.end]).collect();
    let is_new = |line: &&str| {
        let (new, all) = words(line).fold((0, 0), |(new, all), word| {
            (new + usize::from(!own.contains(&word)), all + 1)
        });
        own.is_empty() || new * 2 > all
    };
    let lines: Vec<&str> = recognised.text.lines().filter(is_new).collect();
    let added = lines.join("\n");
    if added.trim().is_empty() {
        return false;
    }
    let gap = if scan.start == scan.end { "" } else { "\n" };
    text.insert_str(scan.end, &format!("{gap}{added}"));
    true
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

struct Painted {
    number: u32,
    dpi: u32,
    picture: Result<Arc<Vec<u8>>, String>,
}

/// Has the first few of `scans` painted.
fn paint(
    format: Format,
    bytes: &Arc<Vec<u8>>,
    scans: &[Scan],
    options: &IngestOptions,
) -> Result<Vec<Painted>, String> {
    let Some(painter) = format.painter() else {
        return Err("its pages cannot be painted here".to_owned());
    };
    let given = Given {
        scans: scans.to_vec(),
        ..Given::new("", options)
    };
    let reading = answer(limited::run(painter, bytes, given, options), options)?;
    let painted = reading.children.into_iter().zip(scans);
    Ok(painted
        .map(|(child, scan)| Painted {
            number: scan.page,
            dpi: child.content_id.parse().unwrap_or(scan.dpi),
            picture: match child.damage {
                Some(why) => Err(why),
                None => Ok(Arc::new(child.bytes)),
            },
        })
        .collect())
}

/// What a reader answered, or in words why it did not.
pub(crate) fn answer(
    result: Result<Result<Reading, ReadError>, Failure>,
    options: &IngestOptions,
) -> Result<Reading, String> {
    match result {
        Ok(Ok(reading)) => Ok(reading),
        Ok(Err(error)) => Err(error.to_string()),
        Err(Failure::Panic(why) | Failure::Crash(why)) => Err(why),
        Err(Failure::Time) => Err(format!(
            "it took more than {} s; raise --reader-seconds",
            options.max_time.as_secs()
        )),
    }
}

fn recognise_all(
    ocr: &Ocr,
    painted: Vec<Painted>,
    options: &IngestOptions,
) -> Vec<(u32, Result<Recognised, String>)> {
    let next = Mutex::new(painted.into_iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..processors() {
            scope.spawn(|| {
                loop {
                    let page = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(page) = page else { return };
                    let result = match page.picture {
                        Ok(picture) => recognise(ocr, &picture, page.dpi, options),
                        Err(why) => Err(why),
                    };
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((page.number, result));
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// One engine for each processor, whoever asks.
fn turn<T>(work: impl FnOnce() -> T) -> T {
    static BUSY: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());
    struct Turn;
    impl Drop for Turn {
        fn drop(&mut self) {
            *BUSY.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
            BUSY.1.notify_one();
        }
    }
    let busy = BUSY.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut busy = BUSY
        .1
        .wait_while(busy, |busy| *busy >= processors())
        .unwrap_or_else(PoisonError::into_inner);
    *busy += 1;
    drop(busy);
    let _turn = Turn;
    work()
}

fn recognise(
    ocr: &Ocr,
    picture: &Arc<Vec<u8>>,
    dpi: u32,
    options: &IngestOptions,
) -> Result<Recognised, String> {
    if let Some(known) = cache::get(ocr, picture, dpi) {
        ocr.count(known.is_uncertain());
        return Ok(known);
    }
    turn(|| {
        if ocr.stopped() {
            return Err("it was stopped".to_owned());
        }
        let given = Given {
            engine: Some(ocr.engine.clone()),
            dpi,
            // It ends before its worker does, so that nothing is left behind.
            seconds: options.max_time.as_secs().saturating_sub(2),
            ..Given::default()
        };
        let format = Format::Recognition;
        let reading = answer(limited::run(format, picture, given, options), options)?;
        let found = Recognised::from_reading(&reading);
        let found = found.ok_or_else(|| "the engine's answer makes no sense".to_owned())?;
        cache::put(ocr, picture, dpi, &found);
        ocr.count(found.is_uncertain());
        Ok(found)
    })
}

/// Recognises the text of a picture that is an item.
pub(crate) fn picture(ocr: &Ocr, item: &mut RawItem, options: &IngestOptions) {
    let bytes = Arc::new(std::mem::take(&mut item.bytes));
    let result = recognise(ocr, &bytes, 0, options);
    item.bytes = Arc::unwrap_or_clone(bytes);
    match result {
        Ok(found) => {
            item.extractor = format!("{} {}", item.extractor, ocr.name());
            if !found.is_text() {
                item.note(RECOGNISED, "no text was recognised");
                return;
            }
            let said = format!("text by OCR, language {}", ocr.engine.language);
            item.note(RECOGNISED, said);
            if found.is_uncertain() {
                let detail = format!("confidence {:.0} of 100", found.mean);
                item.unread(Unread::Uncertain, detail);
            }
            item.text = Some(crate::charset::tidy(&found.text));
        }
        Err(why) => item.unread(Unread::Picture, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_lines_go_to_their_page_unless_they_are_there() {
        let mut text = "CONFIDENTIAL 17\n\nnext page".to_owned();
        let scan = Scan {
            page: 1,
            dpi: 300,
            whole: true,
            start: 0,
            end: 15,
        };
        let found = Recognised {
            text: "Confidential 17\nthe kingfisher ledger".to_owned(),
            words: 5,
            mean: 90.0,
            low: 0,
        };
        assert!(insert(&mut text, &scan, &found));
        assert_eq!(text, "CONFIDENTIAL 17\nthe kingfisher ledger\n\nnext page");
        let nothing = Recognised::default();
        assert!(!insert(&mut text, &scan, &nothing));
    }

    #[test]
    fn pages_left_alone_are_told_with_a_remedy() {
        let scan = |page, whole| Scan {
            page,
            whole,
            ..Scan::default()
        };
        let scans = [scan(1, true), scan(2, true), scan(5, false)];
        let mut ledger = Ledger::default();
        leave(
            &scans.iter().collect::<Vec<_>>(),
            "; use --ocr",
            &mut ledger,
        );
        assert_eq!(
            ledger.line(),
            "2 pages that are pictures (no text on pages 1-2; use --ocr); 1 pictures inside that were not read (a large picture on page 5; use --ocr)"
        );
    }
}
