//! Where what leaves names what is withheld: in paths, subjects, file names and the threads of messages.

use super::finding::Ground;
use crate::commit::meta::ItemMeta;
use std::collections::HashMap;

/// Facts in which one message refers to others.
const REFERENCES: [&str; 2] = ["in_reply_to", "references"];
/// Facts that name a document.
const TITLES: [&str; 3] = ["subject", "file_name", "title"];
/// Names of fewer words are no names of anything in particular: "1.txt", "hello".
const FEWEST_WORDS: usize = 3;

/// Names of withheld items, by what is left of them when layout and reply marks are gone.
#[derive(Debug, Default)]
pub(super) struct Names {
    titles: HashMap<String, Vec<u32>>,
    messages: HashMap<String, Vec<u32>>,
}

impl Names {
    /// Adds what a withheld item is called.
    pub fn add(&mut self, number: u32, meta: &ItemMeta) {
        for title in TITLES.iter().filter_map(|fact| meta.metadata.get(*fact)) {
            if let Some(title) = plain(title) {
                self.titles.entry(title).or_default().push(number);
            }
        }
        let last = meta.path.rsplit('/').next().unwrap_or_default();
        if let Some(name) = plain(last) {
            let named = self.titles.entry(name).or_default();
            if !named.contains(&number) {
                named.push(number);
            }
        }
        if let Some(id) = meta.metadata.get("message_id") {
            let named = self.messages.entry(bare(id).to_owned()).or_default();
            named.push(number);
        }
    }

    /// The withheld items that the facts of an item name.
    pub fn find(&self, meta: &ItemMeta) -> Vec<(u32, Ground)> {
        let mut out = Vec::new();
        for fact in TITLES {
            let title = meta.metadata.get(fact).and_then(|title| plain(title));
            let named = title.and_then(|title| self.titles.get(&title));
            for &number in named.into_iter().flatten() {
                let fact = fact.to_owned();
                out.push((number, Ground::FactNames { fact }));
            }
        }
        let references = REFERENCES
            .iter()
            .filter_map(|fact| meta.metadata.get(*fact));
        for id in references.flat_map(|ids| ids.split_whitespace()) {
            for &number in self.messages.get(bare(id)).into_iter().flatten() {
                out.push((number, Ground::Thread));
            }
        }
        out
    }
}

fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

/// The words of a name, without the marks of replies; nothing if there are too few.
fn plain(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .skip_while(|word| ["re", "fw", "fwd", "aw", "wg", "antw", "tr"].contains(word))
        .collect();
    (words.len() >= FEWEST_WORDS).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_have_the_name_of_what_they_answer() {
        assert_eq!(
            plain("Re: FWD: Settlement of the claim"),
            plain("settlement of the  claim")
        );
        assert_eq!(plain("1-a.txt").as_deref(), Some("1 a txt"));
        assert_eq!(plain("Re: hello"), None);
    }
}
