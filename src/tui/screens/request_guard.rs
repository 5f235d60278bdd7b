//! What the disclosure guard found when proving was asked for: each near copy is allowed with a reason, or nothing
//! is proved. What is withheld itself cannot be allowed.

use super::request::Request;
use crate::guard::Refusal;
use crate::tui::overlay::{Finding, Findings, Overlay};
use crate::tui::state::Out;
use crate::tui::text;
use std::collections::{BTreeMap, BTreeSet};

impl Request {
    /// Takes what the guard found. The dialog opens by a key: this screen may not be the one that is shown.
    pub(super) fn guarded(&mut self, refusal: &Refusal, out: &mut Out) {
        for item in &refusal.idle {
            self.allowed.remove(item);
        }
        if refusal.exact.is_empty() && refusal.near.is_empty() {
            // What was allowed resembles nothing that is withheld now: it leaves without being allowed.
            out.toast(format!(
                "nothing is found any more about {}: allowed no longer",
                numbers(refusal.idle.iter())
            ));
            return self.prove(out);
        }
        let list = questions(refusal);
        let whole: Vec<&str> = list.iter().map(|f| f.what.as_str()).collect();
        let how = if list.iter().all(|f| f.allowable) {
            "⏎ goes through them: each is allowed with a reason, or nothing leaves."
        } else {
            "⏎ shows them one by one. Nothing is proved before what must not leave is withheld too (3, then w)."
        };
        self.error = Some(format!(
            "Nothing was proved: what is withheld would go out with {}. {how}\n\n{}",
            text::plural(items(&list), "item"),
            whole.join("\n\n")
        ));
        self.asked = list;
    }

    /// Shows what the guard found, one by one; false if it has found nothing.
    pub(super) fn ask_about_findings(&self, out: &mut Out) -> bool {
        if self.asked.is_empty() {
            return false;
        }
        let title = "What is withheld would go out";
        out.ask(Overlay::Findings(Findings::new(title, self.asked.clone())));
        true
    }

    /// Proves with what somebody has allowed.
    pub(super) fn allow(&mut self, allowed: Vec<(u32, String)>, out: &mut Out) {
        // An answer to something that is not asked any more allows nothing.
        let asked = |item: &u32| self.asked.iter().any(|f| f.items.contains(item));
        if self.proving.is_some() || !allowed.iter().all(|(item, _)| asked(item)) {
            return;
        }
        self.allowed.extend(allowed);
        self.asked.clear();
        self.prove(out);
    }

    /// What was found and what was allowed was about what was withheld then.
    pub(super) fn forget_allowances(&mut self) -> Option<String> {
        if !std::mem::take(&mut self.asked).is_empty() {
            self.error = None;
        }
        let allowed = std::mem::take(&mut self.allowed);
        (!allowed.is_empty()).then(|| {
            format!(
                "what is withheld has changed, so it is asked again about {}",
                numbers(allowed.keys())
            )
        })
    }
}

/// What the guard found, as questions: an item is allowed once, whatever it resembles, and what several items share is
/// asked once for all of them.
pub(super) fn questions(refusal: &Refusal) -> Vec<Finding> {
    let mut items: BTreeMap<u32, (Vec<String>, bool)> = BTreeMap::new();
    let refused: BTreeSet<u32> = refusal.exact.iter().map(|f| f.outgoing).collect();
    let grouped: BTreeSet<u32> = refusal.grouped().difference(&refused).copied().collect();
    let exact = refusal.exact.iter().map(|f| (f, false));
    for (finding, allowable) in exact.chain(refusal.near.iter().map(|f| (f, true))) {
        if grouped.contains(&finding.outgoing) {
            continue;
        }
        let (said, all) = items.entry(finding.outgoing).or_insert((Vec::new(), true));
        said.push(finding.to_string());
        *all &= allowable;
    }
    let finding = |(item, (said, allowable)): (u32, (Vec<String>, bool))| {
        let remedy = if allowable {
            format!("Withhold item {item} too, or allow it with a reason.")
        } else {
            format!("Item {item} must not leave: withhold it too.")
        };
        Finding {
            items: vec![item],
            passage: None,
            what: format!("{}\n{remedy}", said.join("\n")),
            allowable,
            reason: None,
        }
    };
    let mut list: Vec<Finding> = items.into_iter().map(finding).collect();
    for passage in &refusal.passages {
        let shared = passage.items.iter().filter(|item| grouped.contains(item));
        let items: Vec<u32> = shared.copied().collect();
        if !items.is_empty() {
            list.push(Finding {
                items,
                passage: Some(passage.id.clone()),
                what: format!(
                    "{passage}\nWithhold them too, or allow it with a reason, once for all of them."
                ),
                allowable: true,
                reason: None,
            });
        }
    }
    list.sort_by_key(|f| f.allowable);
    list
}

/// How many items questions are about.
fn items(list: &[Finding]) -> u64 {
    let items: BTreeSet<u32> = list.iter().flat_map(|f| &f.items).copied().collect();
    items.len() as u64
}

/// What the guard asks before something made from a bundle leaves, and what was answered.
#[derive(Debug, Default)]
pub(super) struct Questions {
    asked: Vec<Finding>,
    allowed: BTreeMap<u32, String>,
}

impl Questions {
    /// Takes what the guard found; says it in words. The dialog opens by a key: this screen may not be the one that is
    /// shown.
    pub fn take(&mut self, refusal: &Refusal) -> String {
        for item in &refusal.idle {
            self.allowed.remove(item);
        }
        self.asked = questions(refusal);
        if self.asked.is_empty() {
            return format!(
                "Nothing is found any more about {}: allowed no longer. ⏎ goes on.",
                numbers(refusal.idle.iter())
            );
        }
        let whole: Vec<&str> = self.asked.iter().map(|f| f.what.as_str()).collect();
        let how = if self.asked.iter().all(|f| f.allowable) {
            "⏎ goes through them: each is allowed with a reason, or nothing leaves."
        } else {
            "⏎ shows them one by one. What must not leave has to be withheld in the bundle: prove it again."
        };
        format!(
            "Nothing was written: what is withheld would go out with {}. {how}\n\n{}",
            text::plural(items(&self.asked), "item"),
            whole.join("\n\n")
        )
    }

    /// Shows what is asked, one by one; false if nothing is.
    pub fn ask(&self, out: &mut Out) -> bool {
        if self.asked.is_empty() {
            return false;
        }
        let title = "What is withheld would go out";
        out.ask(Overlay::Findings(Findings::new(title, self.asked.clone())));
        true
    }

    /// Takes answers; false if they are to something that is not asked any more.
    pub fn answer(&mut self, allowed: Vec<(u32, String)>) -> bool {
        let asked = |item: &u32| self.asked.iter().any(|f| f.items.contains(item));
        if self.asked.is_empty() || !allowed.iter().all(|(item, _)| asked(item)) {
            return false;
        }
        self.allowed.extend(allowed);
        self.asked.clear();
        true
    }

    /// What was allowed was about what was chosen then.
    pub fn forget(&mut self) {
        *self = Questions::default();
    }

    /// What is allowed, as commands take it.
    pub fn allowances(&self) -> Vec<String> {
        let allowed = self.allowed.iter();
        allowed
            .map(|(item, reason)| format!("{item}={reason}"))
            .collect()
    }
}

/// Items by their numbers.
pub(super) fn numbers<'a>(items: impl Iterator<Item = &'a u32>) -> String {
    let list: Vec<String> = items.map(u32::to_string).collect();
    match list.len() {
        1 => format!("item {}", list[0]),
        _ => format!("items {}", list.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Finding as Found, Ground, Level, Passage};

    fn found(outgoing: u32, level: Level) -> Found {
        Found {
            elsewhere: None,
            withheld: 4,
            withheld_path: "4.txt".into(),
            part: None,
            outgoing,
            outgoing_path: format!("{outgoing}.txt"),
            inside: None,
            level,
            grounds: vec![Ground::Quotes { shared: 20, of: 60 }],
        }
    }

    /// What three share is one question, without the one that must not leave anyhow; another is asked about by itself.
    #[test]
    fn what_items_share_is_one_question() {
        let refusal = Refusal {
            exact: vec![found(2, Level::Exact)],
            near: (1..=4).map(|item| found(item, Level::Near)).collect(),
            passages: vec![Passage {
                id: "3fa9c2d1".into(),
                excerpt: "to unsubscribe".into(),
                runs: 20,
                items: vec![1, 2, 3],
                withheld: vec![4],
            }],
            ..Refusal::default()
        };
        assert_eq!(refusal.questions(), 2);
        let list = questions(&refusal);
        let about: Vec<(&[u32], bool)> = list.iter().map(|f| (&*f.items, f.allowable)).collect();
        assert_eq!(about, [(&[2][..], false), (&[4], true), (&[1, 3], true)]);
        assert_eq!(list[2].passage.as_deref(), Some("3fa9c2d1"));
        assert_eq!(items(&list), 4);
    }
}
