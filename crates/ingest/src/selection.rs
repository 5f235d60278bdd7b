//! Which of the documents in a folder are to be committed, and how many each rule leaves out.
//!
//! Rules are applied in one order, each to what the ones before have left: hidden files, the load
//! file's list, `include`, `exclude`, custodians, dates. A family stays or goes as a whole, judged by
//! its first document.

use super::file::SourceFile;
use super::item::Family;
use super::source::Source;
use super::volume::DateOrder;
use glob::{MatchOptions, Pattern};
use std::path::PathBuf;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Where the list of documents comes from.
    pub load_file: LoadFile,
    /// Which of two numbers in the dates of a load file is the day; found out if nothing is said.
    pub date_order: Option<DateOrder>,
    /// The first folder below the corpus names the custodian.
    pub custodian_folders: bool,
    /// The custodian of everything that says nothing else.
    pub custodian: Option<String>,
    /// Only paths that match one of these, if there are any.
    pub include: Vec<String>,
    /// No paths that match one of these.
    pub exclude: Vec<String>,
    /// Only documents of these custodians, if there are any.
    pub custodians: Vec<String>,
    /// Only documents from this day on (UTC).
    pub from: Option<Date>,
    /// Only documents up to this day (UTC).
    pub to: Option<Date>,
    /// Leave out families without a date, where days are given.
    pub dated_only: bool,
}

/// Where the list of documents comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LoadFile {
    /// From the load file in the folder if there is one, else from the folder.
    #[default]
    Detect,
    /// From the folder, whatever lies in it.
    Ignore,
    /// From this load file.
    Path(PathBuf),
}

/// A day as people write it: 2001-12-31.
pub fn parse_day(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| "write a day as 2001-12-31".to_owned())
}

/// A pattern, if it can be understood: for whoever reads it from a command line.
pub fn parse_pattern(text: &str) -> Result<String, String> {
    match Patterns::new(&[text.to_owned()]) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.why),
    }
}

/// A pattern that means nothing.
#[derive(Debug, thiserror::Error)]
#[error("the pattern '{pattern}' is not understood: {why}")]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong.
    pub why: String,
}

/// What one rule did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// Which rule.
    pub rule: Rule,
    /// The rule in words.
    pub words: String,
    /// What reached it.
    pub considered: u64,
    /// What it left out.
    pub left_out: u64,
}

/// The rules, in the order in which they are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Hidden files. Counts files.
    Hidden,
    /// What a load file does not name. Counts files.
    LoadFile,
    /// Paths to be included. Counts files, or the families of a load file.
    Include,
    /// Paths to be excluded. As above.
    Exclude,
    /// Custodians. Counts families.
    Custodian,
    /// Dates. Counts families.
    Date,
}

/// Globs over corpus paths.
#[derive(Debug)]
pub(super) struct Patterns {
    patterns: Vec<Pattern>,
    words: String,
}

impl Patterns {
    /// A pattern without `/` matches names in any folder; upper and lower case are alike.
    pub fn new(patterns: &[String]) -> Result<Option<Self>, PatternError> {
        if patterns.is_empty() {
            return Ok(None);
        }
        let compile = |pattern: &String| {
            let anywhere = match pattern.contains('/') {
                true => pattern.trim_start_matches('/').to_owned(),
                false => format!("**/{pattern}"),
            };
            Pattern::new(&anywhere).map_err(|why| PatternError {
                pattern: pattern.clone(),
                why: why.msg.to_owned(),
            })
        };
        let words: Vec<String> = patterns
            .iter()
            .map(|pattern| format!("'{pattern}'"))
            .collect();
        Ok(Some(Patterns {
            patterns: patterns.iter().map(compile).collect::<Result<_, _>>()?,
            words: words.join(" or "),
        }))
    }

    pub fn match_path(&self, path: &str) -> bool {
        let options = MatchOptions {
            case_sensitive: false,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        self.patterns
            .iter()
            .any(|pattern| pattern.matches_with(path, options))
    }
}

/// Applies the rules that are about files, and counts. `of` tells a file's path.
pub(super) fn by_path<T>(
    things: Vec<T>,
    path: impl Fn(&T) -> &str,
    selection: &Selection,
    counts: &mut Vec<RuleCount>,
) -> Result<Vec<T>, PatternError> {
    let mut things = things;
    for (rule, patterns, wanted) in [
        (Rule::Include, &selection.include, true),
        (Rule::Exclude, &selection.exclude, false),
    ] {
        let Some(patterns) = Patterns::new(patterns)? else {
            continue;
        };
        let considered = things.len() as u64;
        things.retain(|thing| patterns.match_path(path(thing)) == wanted);
        let which = if wanted { "only" } else { "no" };
        counts.push(RuleCount {
            rule,
            words: format!("{which} paths that match {}", patterns.words),
            considered,
            left_out: considered - things.len() as u64,
        });
    }
    Ok(things)
}

/// Leaves hidden files out, and counts.
pub(super) fn hidden(files: Vec<SourceFile>, counts: &mut Vec<RuleCount>) -> Vec<SourceFile> {
    let considered = files.len() as u64;
    let kept: Vec<SourceFile> = files.into_iter().filter(|file| !file.is_hidden()).collect();
    counts.push(RuleCount {
        rule: Rule::Hidden,
        words: "no files or folders whose name begins with a dot".to_owned(),
        considered,
        left_out: considered - kept.len() as u64,
    });
    kept
}

/// Decides family by family, after reading, and counts.
#[derive(Debug)]
pub struct Selector {
    selection: Selection,
    counts: Vec<RuleCount>,
    families: u64,
    other_custodians: u64,
    other_dates: u64,
    undated: u64,
}

impl Selector {
    /// Decides by these rules; what was counted before.
    pub fn new(selection: &Selection, counts: Vec<RuleCount>) -> Self {
        Selector {
            selection: selection.clone(),
            counts,
            families: 0,
            other_custodians: 0,
            other_dates: 0,
            undated: 0,
        }
    }

    /// The family with its custodian noted, or nothing if a rule leaves it out.
    pub fn admit(&mut self, source: &Source, mut family: Family) -> Option<Family> {
        if let (true, Source::File(file)) = (self.selection.custodian_folders, source)
            && let Some((folder, _)) = file.rel.split_once('/')
        {
            family
                .iter_mut()
                .for_each(|item| item.note("custodian", folder));
        }
        self.families += 1;
        let wanted = &self.selection.custodians;
        if !wanted.is_empty() {
            let own = family
                .first()
                .and_then(|head| head.metadata.get("custodian"));
            let own = own
                .or(self.selection.custodian.as_ref())
                .map(|name| name.trim().to_lowercase());
            if !own.is_some_and(|own| wanted.iter().any(|name| name.trim().to_lowercase() == own)) {
                self.other_custodians += 1;
                return None;
            }
        }
        let (from, to) = (self.selection.from, self.selection.to);
        if from.is_some() || to.is_some() {
            let keep = match family.first().and_then(|head| day(&head.metadata)) {
                Some(day) => from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to),
                None => {
                    self.undated += 1;
                    !self.selection.dated_only
                }
            };
            if !keep {
                self.other_dates += 1;
                return None;
            }
        }
        Some(family)
    }

    /// What each rule did, in order.
    pub fn counts(&self) -> Vec<RuleCount> {
        let mut counts = self.counts.clone();
        let selection = &self.selection;
        if !selection.custodians.is_empty() {
            counts.push(RuleCount {
                rule: Rule::Custodian,
                words: format!("only documents of {}", selection.custodians.join(" or ")),
                considered: self.families,
                left_out: self.other_custodians,
            });
        }
        let days = match (selection.from, selection.to) {
            (None, None) => return counts,
            (Some(from), None) => format!("only dates from {from} on"),
            (None, Some(to)) => format!("only dates up to {to}"),
            (Some(from), Some(to)) => format!("only dates from {from} to {to}"),
        };
        let undated = match selection.dated_only {
            true => "left out",
            false => "kept",
        };
        counts.push(RuleCount {
            rule: Rule::Date,
            words: format!(
                "{days} (UTC); families without a date, {} of them, are {undated}",
                self.undated
            ),
            considered: self.families - self.other_custodians,
            left_out: self.other_dates,
        });
        counts
    }
}

/// The day of an item, in UTC: when it was sent, else received, else last changed, else made.
pub fn day(metadata: &std::collections::BTreeMap<String, String>) -> Option<Date> {
    super::facts::DATES.into_iter().find_map(|key| {
        let written = metadata.get(key)?;
        match OffsetDateTime::parse(written, &Rfc3339) {
            Ok(moment) => Some(moment.to_offset(UtcOffset::UTC).date()),
            // OpenDocument writes local times without saying where.
            Err(_) => Date::parse(
                written.get(..10)?,
                format_description!("[year]-[month]-[day]"),
            )
            .ok(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ItemKind, RawItem};
    use time::macros::date;

    #[test]
    fn patterns_without_a_slash_match_names_anywhere() {
        let match_all = |patterns: &[&str], path: &str| {
            let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
            Patterns::new(&patterns).unwrap().unwrap().match_path(path)
        };
        assert!(match_all(&["*.eml"], "a/b/C.EML"));
        assert!(match_all(&["*.eml"], "c.eml"));
        assert!(!match_all(&["a/*.eml"], "a/b/c.eml"));
        assert!(match_all(&["a/**"], "a/b/c.eml"));
        assert!(match_all(&["/x/*", "b/**/c.eml"], "b/1/2/c.eml"));
        assert!(!match_all(&["a*"], "dir/b"));
        assert!(
            Patterns::new(&["[".to_owned()])
                .unwrap_err()
                .to_string()
                .contains("'['")
        );
    }

    fn mail(path: &str, date: &str) -> (Source, Family) {
        let mut item = RawItem::new(path.into(), ItemKind::Mail, "message/rfc822");
        item.note("date", date);
        (Source::File(SourceFile::regular(path, path, 1)), vec![item])
    }

    #[test]
    fn families_are_judged_by_their_first_document_and_counted() {
        let selection = Selection {
            custodian_folders: true,
            custodians: vec!["ann ".into(), "Bob".into()],
            from: Some(date!(2020 - 01 - 01)),
            to: Some(date!(2020 - 12 - 31)),
            ..Selection::default()
        };
        let families = [
            ("Ann/1.eml", "2020-01-01T00:30:00+01:00", false),
            ("Ann/2.eml", "2020-12-31T23:59:59Z", true),
            ("bob/3.eml", "2021-01-01T00:00:00Z", false),
            ("bob/4.eml", "2021-01-01T00:00:00+01:00", true),
            ("Carl/5.eml", "2020-06-01T00:00:00Z", false),
            ("6.eml", "2020-06-01T00:00:00Z", false),
            ("Ann/7.txt", "", true),
        ];
        let mut selector = Selector::new(&selection, Vec::new());
        for (path, date, kept) in families {
            let (source, family) = mail(path, date);
            let admitted = selector.admit(&source, family);
            assert_eq!(admitted.is_some(), kept, "{path}");
            if let Some(family) = admitted {
                assert_eq!(
                    family[0].metadata["custodian"],
                    path.split('/').next().unwrap()
                );
            }
        }
        let counts = selector.counts();
        assert_eq!((counts[0].considered, counts[0].left_out), (7, 2));
        assert_eq!((counts[1].considered, counts[1].left_out), (5, 2));
        assert_eq!(counts[0].words, "only documents of ann  or Bob");
        assert!(
            counts[1].words.contains("1 of them, are kept"),
            "{}",
            counts[1].words
        );
        let strict = Selection {
            dated_only: true,
            custodians: vec![],
            ..selection
        };
        let mut selector = Selector::new(&strict, Vec::new());
        let (source, family) = mail("Ann/7.txt", "");
        assert_eq!(selector.admit(&source, family), None);
        assert_eq!(selector.counts()[0].left_out, 1);
    }
}
