//! `--allow ITEM=REASON`, `--allow passage:ID=REASON`, and what was allowed when the bundle was made.

use super::Allowance;
use crate::commit::Vault;
use crate::custody;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::Path;

/// Why an allowance is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// Not of the form.
    #[error("'{0}' is not of the form ITEM=REASON, such as 12='a newsletter that counsel quotes'")]
    Form(String),
    /// No reason.
    #[error("'{0}' gives no reason: say why the item may leave, it is recorded")]
    NoReason(String),
    /// No such item, or several.
    #[error("{0}")]
    Item(String),
    /// Allowed twice.
    #[error("item {0} is allowed twice")]
    Twice(u32),
    /// No such passage.
    #[error(
        "there is no passage {0} now: passages are named by what is in them, so it was another one, or nobody shares it \
         any more; see what is asked without it"
    )]
    Passage(String),
    /// A passage allowed twice.
    #[error("passage {0} is allowed twice")]
    PassageTwice(String),
}

/// What a passage is named by, where an item could stand.
const PASSAGE: &str = "passage:";

/// The passages among allowances, with the reasons.
pub fn passages(given: &[String]) -> Result<Vec<(String, String)>, AllowError> {
    let mut out: Vec<(String, String)> = Vec::new();
    for text in given {
        let Some(rest) = text.trim_start().strip_prefix(PASSAGE) else {
            continue;
        };
        let split = rest.split_once('=');
        let (id, reason) = split.ok_or_else(|| AllowError::Form(text.clone()))?;
        let (id, reason) = (id.trim().to_ascii_lowercase(), reason.trim());
        if !crate::clean::is_visible(reason) {
            return Err(AllowError::NoReason(text.clone()));
        }
        if out.iter().any(|(known, _)| *known == id) {
            return Err(AllowError::PassageTwice(id));
        }
        out.push((id, reason.to_owned()));
    }
    Ok(out)
}

/// Reads allowances of items, and leaves those of [`passages`] alone; `find` looks an item up by what it may be called. A path may hold `=`, so every one is tried.
pub fn parse(
    given: &[String],
    find: impl Fn(&str) -> Result<u32, String>,
) -> Result<Vec<Allowance>, AllowError> {
    let mut out: Vec<Allowance> = Vec::new();
    for text in given
        .iter()
        .filter(|text| !text.trim_start().starts_with(PASSAGE))
    {
        let mut splits = text
            .match_indices('=')
            .map(|(at, _)| (&text[..at], &text[at + 1..]));
        let first = splits.clone().next();
        let (name, _) = first.ok_or_else(|| AllowError::Form(text.clone()))?;
        let found =
            splits.find_map(|(name, reason)| Some((find(name.trim()).ok()?, reason.trim())));
        let (item, reason) = match found {
            Some(found) => found,
            None => {
                return Err(AllowError::Item(
                    find(name.trim()).err().unwrap_or_default(),
                ));
            }
        };
        if !crate::clean::is_visible(reason) {
            return Err(AllowError::NoReason(text.clone()));
        }
        if out.iter().any(|a| a.item == item) {
            return Err(AllowError::Twice(item));
        }
        let reason = reason.to_owned();
        out.push(Allowance { item, reason });
    }
    out.sort();
    Ok(out)
}

/// As [`parse`], by index or path.
pub fn parse_in(vault: &Vault, given: &[String]) -> Result<Vec<Allowance>, AllowError> {
    // Paths are read once, and only if somebody names one.
    let paths = OnceCell::new();
    let paths = || {
        paths.get_or_init(|| {
            let items = vault.items().filter_map(Result::ok);
            items
                .map(|item| (item.path().to_owned(), item.index()))
                .collect::<HashMap<_, _>>()
        })
    };
    parse(given, |name| {
        if let Some(index) = name.parse().ok().filter(|i: &u32| *i < vault.len()) {
            return Ok(index);
        }
        paths().get(name).copied().ok_or_else(|| {
            format!("'{name}' is neither the index nor the path of an item of this case")
        })
    })
}

/// What the custody log of a case says was allowed when bundles of this classifier were made.
pub fn recorded(case: &Path, classifier: &str) -> Result<Vec<Allowance>, custody::CustodyError> {
    let mut out: Vec<Allowance> = Vec::new();
    for entry in custody::read(case)?.entries {
        if entry.action == "prove"
            && entry
                .facts
                .get("classifier")
                .is_some_and(|c| c == classifier)
            && let Some(list) = entry.facts.get("allowed")
            && let Ok(list) = serde_json::from_str::<Vec<Allowance>>(list)
        {
            out.retain(|a| !list.iter().any(|b| b.item == a.item));
            out.extend(list);
        }
    }
    out.sort();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_and_a_reason() {
        let given =
            |given: &[&str]| -> Vec<String> { given.iter().map(|g| (*g).to_owned()).collect() };
        let list = given(&["3=agreed", "passage:AB12cd34 = a footer = no advice"]);
        let found = passages(&list).unwrap();
        assert_eq!(
            found,
            [("ab12cd34".to_owned(), "a footer = no advice".to_owned())]
        );
        let items = parse(&list, |name| name.parse().map_err(|_| name.to_owned())).unwrap();
        assert_eq!(items.len(), 1);
        assert!(matches!(
            passages(&given(&["passage:x"])),
            Err(AllowError::Form(_))
        ));
        assert!(matches!(
            passages(&given(&["passage:x= "])),
            Err(AllowError::NoReason(_))
        ));
        let twice = passages(&given(&["passage:x=1", "passage:X=2"]));
        assert_eq!(twice, Err(AllowError::PassageTwice("x".into())));
    }

    #[test]
    fn an_item_and_a_reason() {
        let find = |name: &str| match name {
            "12" => Ok(12),
            "a=b.eml" => Ok(3),
            _ => Err(format!("no '{name}'")),
        };
        let read = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|g| (*g).to_owned()).collect();
            parse(&given, find)
        };
        let both = read(&["12=public since 2=3", "a=b.eml= agreed "]).unwrap();
        assert_eq!((both[0].item, &*both[0].reason), (3, "agreed"));
        assert_eq!((both[1].item, &*both[1].reason), (12, "public since 2=3"));
        assert!(matches!(read(&["12"]), Err(AllowError::Form(_))));
        assert!(matches!(read(&["12= "]), Err(AllowError::NoReason(_))));
        assert_eq!(read(&["9=x"]), Err(AllowError::Item("no '9'".into())));
        assert_eq!(read(&["12=x", "12=y"]), Err(AllowError::Twice(12)));
    }
}
