//! The corpus in batches of bounded size, read in parallel but always in the same order.

use crate::ingest::{Families, Family, IngestOptions, Source, read};
use rayon::prelude::*;
use std::collections::VecDeque;

/// A file of more bytes than this is read on its own, family by family.
const SMALL: u64 = 2 << 20;
/// Most small files that are read at once, and most bytes that they may have together.
const FILES_AT_ONCE: usize = 64;
const BYTES_AT_ONCE: u64 = 16 << 20;
/// A batch is handed out when it has this many items or bytes.
const BATCH_ITEMS: usize = 512;
const BATCH_BYTES: u64 = 32 << 20;

/// One family and where it came from.
pub(super) struct Found<'f> {
    pub source: &'f Source,
    pub items: Family,
}

/// Some families in corpus order.
#[derive(Default)]
pub(super) struct Batch<'f> {
    pub families: Vec<Found<'f>>,
    /// Items in these families.
    pub items: usize,
    /// Bytes of the corpus that are behind us, since the last batch.
    pub read: u64,
    bytes: u64,
}

impl<'f> Batch<'f> {
    fn push(&mut self, file: &'f Source, items: Family) {
        self.items += items.len();
        self.bytes += size(&items);
        self.families.push(Found {
            source: file,
            items,
        });
    }

    fn full(&self) -> bool {
        self.items >= BATCH_ITEMS || self.bytes >= BATCH_BYTES
    }
}

fn size(items: &Family) -> u64 {
    let text = |item: &crate::ingest::RawItem| item.text.as_ref().map_or(0, String::len);
    items
        .iter()
        .map(|item| (item.bytes.len() + text(item)) as u64)
        .sum()
}

/// Iterates over the batches of a corpus.
pub(super) struct Batches<'f> {
    files: VecDeque<&'f Source>,
    options: &'f IngestOptions,
    /// The large file that is being read, and how many of its bytes have been reported.
    open: Option<(&'f Source, Families<'f>, u64)>,
}

impl<'f> Batches<'f> {
    pub fn new(files: &'f [Source], options: &'f IngestOptions) -> Self {
        Batches {
            files: files.iter().collect(),
            options,
            open: None,
        }
    }

    fn read_open(&mut self, batch: &mut Batch<'f>) {
        let Some((file, families, reported)) = &mut self.open else {
            return;
        };
        while !batch.full() {
            match families.next() {
                Some(items) => {
                    // Decoded attachments add to the size of a family: never report too much.
                    let step = size(&items).min(file.bytes() - *reported);
                    *reported += step;
                    batch.read += step;
                    batch.push(file, items);
                }
                None => {
                    batch.read += file.bytes() - *reported;
                    self.open = None;
                    return;
                }
            }
        }
    }

    fn read_small(&mut self, batch: &mut Batch<'f>) {
        let mut bytes = 0;
        let mut chosen = Vec::new();
        while let Some(file) = self.files.front() {
            bytes += file.bytes();
            if file.bytes() > SMALL || bytes > BYTES_AT_ONCE || chosen.len() == FILES_AT_ONCE {
                break;
            }
            chosen.extend(self.files.pop_front());
        }
        let options = self.options;
        let read: Vec<(&Source, Vec<Family>)> = chosen
            .into_par_iter()
            .map(|file| (file, read(file, options).collect()))
            .collect();
        for (file, families) in read {
            batch.read += file.bytes();
            for items in families {
                batch.push(file, items);
            }
        }
    }
}

impl<'f> Iterator for Batches<'f> {
    type Item = Batch<'f>;

    fn next(&mut self) -> Option<Batch<'f>> {
        let mut batch = Batch::default();
        while !batch.full() {
            if self.open.is_some() {
                self.read_open(&mut batch);
            } else if let Some(file) = self.files.front().copied() {
                if file.bytes() > SMALL {
                    self.files.pop_front();
                    self.open = Some((file, read(file, self.options), 0));
                } else {
                    self.read_small(&mut batch);
                }
            } else {
                break;
            }
        }
        (!batch.families.is_empty() || batch.read > 0).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_the_order_and_account_for_every_byte() {
        let dir = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for i in 0..700 {
            let len = if i == 300 {
                SMALL as usize + 10
            } else {
                20 + i
            };
            let name = format!("{i:04}.txt");
            std::fs::write(dir.path().join(&name), "word ".repeat(len / 5 + 1)).unwrap();
            expected.push(name);
        }
        let options = IngestOptions::default();
        let files = crate::ingest::walk(dir.path(), &options).unwrap();
        let files: Vec<Source> = files.into_iter().map(Source::File).collect();
        let mut seen = Vec::new();
        let (mut read, mut batches) = (0, 0);
        for batch in Batches::new(&files, &options) {
            batches += 1;
            read += batch.read;
            assert_eq!(
                batch.items,
                batch.families.iter().map(|f| f.items.len()).sum::<usize>()
            );
            for found in batch.families {
                assert_eq!(found.items[0].path, found.source.path());
                seen.push(found.source.path().to_owned());
            }
        }
        assert_eq!(seen, expected);
        assert_eq!(read, files.iter().map(Source::bytes).sum::<u64>());
        assert!(batches >= 2);
    }
}
