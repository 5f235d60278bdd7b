//! The rules that left something out, as the commitment states them.

use super::scope::{ScopeRule, unit};
use crate::ingest::selection::{Rule, RuleCount};

/// The rules as they were applied.
pub fn from_counts(counts: Vec<RuleCount>) -> Vec<ScopeRule> {
    let listed = counts.iter().any(|count| count.rule == Rule::LoadFile);
    let of = |count: RuleCount| ScopeRule {
        rule: id(count.rule).to_owned(),
        unit: unit(id(count.rule), listed),
        words: count.words,
        considered: count.considered,
        left_out: count.left_out,
    };
    counts.into_iter().map(of).collect()
}

fn id(rule: Rule) -> &'static str {
    match rule {
        Rule::Hidden => "hidden",
        Rule::LoadFile => "load_file",
        Rule::Include => "include",
        Rule::Exclude => "exclude",
        Rule::Custodian => "custodian",
        Rule::Date => "date",
    }
}
