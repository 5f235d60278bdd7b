//! What was left out before the commitment, as the responder states it: rules in words, with counts and
//! without a name of anything that was left out. Part of the commitment file and bound by its root.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// Longest wording of a rule, in bytes.
const MAX_WORDS: usize = 2_000;

/// What a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Files of the folder.
    Files,
    /// A message with its attachments, or a single document.
    Families,
}

/// One rule and what it did. Rules are applied in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeRule {
    /// The sort of rule: hidden, load_file, include, exclude, custodian, date.
    pub rule: String,
    /// The rule in words.
    pub words: String,
    /// What is counted.
    pub unit: Unit,
    /// What reached the rule.
    pub considered: u64,
    /// What it left out.
    pub left_out: u64,
}

/// The sorts of rules, in the order in which they are applied.
const ORDER: [&str; 6] = [
    "hidden",
    "load_file",
    "include",
    "exclude",
    "custodian",
    "date",
];

impl Unit {
    fn id(self) -> &'static str {
        match self {
            Unit::Files => "files",
            Unit::Families => "families",
        }
    }
}

impl fmt::Display for ScopeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.id();
        write!(
            f,
            "{}: {} of {} {unit} left out",
            self.words, self.left_out, self.considered
        )
    }
}

/// What a sort of rule counts: the documents of a load file are chosen as families, the files of a folder as
/// files. `listed` says whether there is a load file.
pub fn unit(rule: &str, listed: bool) -> Unit {
    match rule {
        "hidden" | "load_file" => Unit::Files,
        "include" | "exclude" if !listed => Unit::Files,
        _ => Unit::Families,
    }
}

/// Refuses what nobody can have applied, and says why: there is one way to write a scope.
pub(super) fn check(scope: &[ScopeRule], items: u32) -> Result<(), String> {
    let wrong = Err;
    let place = |rule: &ScopeRule| ORDER.iter().position(|id| *id == rule.rule);
    let listed = scope.iter().any(|rule| rule.rule == "load_file");
    let mut before: Option<(usize, &ScopeRule)> = None;
    let mut last_left = None;
    for rule in scope {
        let Some(at) = place(rule) else {
            return wrong(format!("there is no rule '{}'", rule.rule));
        };
        if rule.unit != unit(ORDER[at], listed) {
            return wrong(format!("'{}' does not count {}", rule.rule, rule.unit.id()));
        }
        let words = &rule.words;
        if words.trim().is_empty() || words.len() > MAX_WORDS || words.chars().any(char::is_control)
        {
            return wrong(format!(
                "the words of '{}' are empty, too long or not plain",
                rule.rule
            ));
        }
        let Some(left) = rule.considered.checked_sub(rule.left_out) else {
            return wrong(format!(
                "'{}' leaves out more than it considered",
                rule.rule
            ));
        };
        if let Some((place, last)) = before {
            if place >= at {
                return wrong("the rules are not in their order, or one occurs twice".to_owned());
            }
            if last.unit == rule.unit && last.considered - last.left_out != rule.considered {
                return wrong(format!(
                    "'{}' does not begin with what '{}' left",
                    rule.rule, last.rule
                ));
            }
        }
        before = Some((at, rule));
        last_left = (rule.unit == Unit::Families).then_some(left);
    }
    // A family has at least one item.
    if last_left.is_some_and(|left| left > u64::from(items)) {
        return wrong("it leaves more families than there are items".to_owned());
    }
    Ok(())
}

/// Hashes the rules: their number as u32, then rule, words, unit as strings preceded by their length as
/// u32, and both counts as u64, little-endian.
pub(super) fn hash(scope: &[ScopeRule], hasher: &mut Sha256) {
    hasher.update((scope.len() as u32).to_le_bytes());
    for rule in scope {
        for text in [&*rule.rule, &*rule.words, rule.unit.id()] {
            hasher.update((text.len() as u32).to_le_bytes());
            hasher.update(text);
        }
        hasher.update(rule.considered.to_le_bytes());
        hasher.update(rule.left_out.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(rule: &str, unit: Unit, considered: u64, left_out: u64) -> ScopeRule {
        ScopeRule {
            rule: rule.into(),
            words: "some".into(),
            unit,
            considered,
            left_out,
        }
    }

    fn good() -> Vec<ScopeRule> {
        vec![
            rule("hidden", Unit::Files, 10, 1),
            rule("include", Unit::Files, 9, 2),
            rule("custodian", Unit::Families, 30, 0),
            rule("date", Unit::Families, 30, 25),
        ]
    }

    #[test]
    fn every_other_way_to_write_a_scope_is_refused() {
        assert!(check(&good(), 5).is_ok());
        assert!(check(&[], 1).is_ok());
        type Change = fn(&mut Vec<ScopeRule>);
        let cases: [(&str, Change); 10] = [
            ("no rule 'size'", |s| s[0].rule = "size".into()),
            ("does not count families", |s| s[1].unit = Unit::Families),
            ("does not count files", |s| s[3].unit = Unit::Files),
            ("not plain", |s| s[0].words = "a\nb".into()),
            ("not plain", |s| s[0].words = " ".into()),
            ("not plain", |s| s[0].words = "x".repeat(MAX_WORDS + 1)),
            ("more than it considered", |s| s[0].left_out = 11),
            ("more families than there are items", |s| s[3].left_out = 24),
            ("not in their order", |s| s.swap(0, 1)),
            ("does not begin with", |s| s[1].considered = 8),
        ];
        for (expected, change) in cases {
            let mut scope = good();
            change(&mut scope);
            let message = check(&scope, 5).unwrap_err().to_string();
            assert!(message.contains(expected), "{expected}: {message}");
        }
        let mut twice = good();
        twice.insert(1, rule("hidden", Unit::Files, 9, 0));
        assert!(check(&twice, 5).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn with_a_load_file_paths_choose_families() {
        let scope = ["load_file", "include"].map(|sort| rule(sort, unit(sort, true), 3, 0));
        assert_eq!(scope[1].unit, Unit::Families);
        assert!(check(&scope, 3).is_ok());
        assert_eq!(scope[1].to_string(), "some: 0 of 3 families left out");
    }
}
