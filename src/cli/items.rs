//! `candor case items`: everything that was committed, item by item, and how far it was read.

use super::Exit;
use crate::clean;
use crate::commit::leaf::LeafStatus;
use crate::commit::supplement::Resolved;
use crate::commit::{UNREAD, Vault, VaultItem, succession};
use crate::ingest::Ledger;
use clap::ValueEnum;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::PathBuf;

/// How far an item was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
pub enum Status {
    /// Wholly, as far as its reader can tell
    #[serde(rename = "read")]
    Read,
    /// Not all of it: the reasons say what is missing
    #[serde(rename = "partly read")]
    #[value(name = "partly-read", alias = "partly")]
    Partly,
    /// Not at all
    #[serde(rename = "exception")]
    Exception,
}

impl Status {
    fn shown(self) -> &'static str {
        match self {
            Status::Read => "read",
            Status::Partly => "partly read",
            Status::Exception => "exception",
        }
    }
}

/// The options of `candor case items`.
#[derive(Clone, Debug, clap::Args)]
pub struct ItemsArgs {
    /// The case's folder
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// One JSON object a line
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV, with a heading
    #[arg(long)]
    csv: bool,
    /// With the committed text
    #[arg(long)]
    text: bool,
    /// Only items of this status; may be given more than once
    #[arg(long, value_name = "STATUS")]
    status: Vec<Status>,
    /// Only items whose path holds this
    #[arg(long, value_name = "TEXT")]
    path: Option<String>,
}

impl ItemsArgs {
    pub(super) fn case(&self) -> &std::path::Path {
        &self.case
    }
}

#[derive(Serialize)]
struct Row<'a> {
    index: u32,
    path: &'a str,
    parent: Option<u32>,
    custodian: Option<&'a str>,
    #[serde(rename = "type")]
    media_type: &'a str,
    extractor: &'a str,
    status: Status,
    /// Codes: why it is an exception, or what of it was not read.
    reasons: Vec<String>,
    /// The same in words.
    details: String,
    forms: Vec<String>,
    /// Of a supplement: the earlier exception that this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolves: Option<Exception>,
    facts: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// An exception of an earlier commitment.
#[derive(Clone, Copy, Serialize)]
struct Exception {
    commitment: u32,
    item: u32,
}

impl<'a> Row<'a> {
    fn new(item: &'a VaultItem, custodian: Option<&'a str>) -> Self {
        let meta = item.meta();
        let ledger = meta.metadata.get(UNREAD);
        let ledger = ledger.and_then(|fact| Ledger::from_fact(fact));
        let ledger = ledger.unwrap_or_default();
        let exception = item.leaf().exception();
        let status = match item.leaf().status() {
            LeafStatus::Exception(_) => Status::Exception,
            LeafStatus::Read => Status::Read,
            LeafStatus::Partly => Status::Partly,
        };
        let codes = ledger.entries().map(|(code, _)| code.to_string());
        let said = meta.exception.clone().into_iter();
        let said = said.chain(Some(ledger.line()).filter(|line| !line.is_empty()));
        Row {
            index: item.index(),
            path: item.path(),
            parent: item.parent(),
            custodian: meta
                .metadata
                .get("custodian")
                .map(String::as_str)
                .or(custodian),
            media_type: &meta.media_type,
            extractor: &meta.extractor,
            status,
            reasons: exception
                .into_iter()
                .map(|reason| reason.to_string())
                .chain(codes)
                .collect(),
            details: said.collect::<Vec<_>>().join("; "),
            forms: item
                .leaf()
                .forms()
                .iter()
                .map(|c| c.form().to_string())
                .collect(),
            facts: meta
                .metadata
                .iter()
                .filter(|(key, _)| key.as_str() != UNREAD)
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect(),
            resolves: None,
            text: None,
        }
    }
}

pub(super) fn run(args: ItemsArgs) -> anyhow::Result<Exit> {
    let vault = Vault::open(&args.case)?;
    let custodian = vault.commitment().custodian();
    let supplement = vault.commitment().supplements();
    let resolved = supplement.map(|supplement| &supplement.resolves[..]);
    let resolved: BTreeMap<u32, Exception> = resolved
        .unwrap_or_default()
        .iter()
        .map(
            |&Resolved {
                 commitment,
                 item,
                 by,
             }| (by, Exception { commitment, item }),
        )
        .collect();
    let mut out = Out::new(&args)?;
    let mut counts = [0u32; 3];
    for index in vault.in_reading_order() {
        let item = vault.item(index)?;
        let mut row = Row::new(&item, custodian);
        row.resolves = resolved.get(&index).copied();
        counts[row.status as usize] += 1;
        let wanted = args.status.is_empty() || args.status.contains(&row.status);
        let named = args
            .path
            .as_ref()
            .is_none_or(|part| row.path.contains(part.as_str()));
        if !wanted || !named {
            continue;
        }
        if args.text {
            row.text = vault.text_of(&item)?;
        }
        out.put(&row)?;
    }
    out.finish()?;
    if !args.json && !args.csv {
        let [read, partly, not] = counts;
        println!(
            "{} items: {read} read, {partly} read in part, {not} not at all",
            vault.len()
        );
    }
    Ok(Exit::Ok)
}

/// Where the rows go.
enum Out {
    Plain,
    Json,
    Csv(Box<csv::Writer<BufWriter<clean::Out>>>, bool),
}

impl Out {
    fn new(args: &ItemsArgs) -> anyhow::Result<Self> {
        Ok(if args.json {
            Out::Json
        } else if args.csv {
            let mut writer = csv::Writer::from_writer(BufWriter::new(clean::Out));
            let mut heading = vec![
                "index",
                "path",
                "parent",
                "custodian",
                "type",
                "extractor",
                "status",
                "reasons",
                "details",
                "forms",
                "date",
                "from",
                "subject",
                "title",
                "author",
            ];
            heading.extend(args.text.then_some("text"));
            writer.write_record(&heading)?;
            Out::Csv(Box::new(writer), args.text)
        } else {
            Out::Plain
        })
    }

    fn put(&mut self, row: &Row<'_>) -> anyhow::Result<()> {
        match self {
            Out::Json => println!("{}", clean::to_json_line(row)?),
            Out::Csv(writer, text) => {
                let fact = |key: &str| row.facts.get(key).copied().unwrap_or_default().to_owned();
                let mut cells = vec![
                    row.index.to_string(),
                    row.path.to_owned(),
                    row.parent
                        .map(|parent| parent.to_string())
                        .unwrap_or_default(),
                    row.custodian.unwrap_or_default().to_owned(),
                    row.media_type.to_owned(),
                    row.extractor.to_owned(),
                    row.status.shown().to_owned(),
                    row.reasons.join("; "),
                    row.details.clone(),
                    row.forms.join("; "),
                ];
                cells.extend(["date", "from", "subject", "title", "author"].map(fact));
                cells.extend(text.then(|| row.text.clone().unwrap_or_default()));
                writer.write_record(cells.iter().map(|cell| clean::cell(cell)))?;
            }
            Out::Plain => {
                let parent = row.parent.map(|parent| format!(" (of {parent})"));
                println!(
                    "{}{}  {}  {}  {}",
                    row.index,
                    parent.unwrap_or_default(),
                    row.status.shown(),
                    row.media_type,
                    clean::line(row.path)
                );
                if !row.reasons.is_empty() {
                    println!(
                        "    {}: {}",
                        row.reasons.join(", "),
                        clean::line(&row.details)
                    );
                }
                if let Some(Exception { commitment, item }) = row.resolves {
                    println!(
                        "    resolves item {item} of {}",
                        succession::name(commitment)
                    );
                }
                if let Some(text) = &row.text {
                    text.lines()
                        .for_each(|line| println!("    | {}", clean::line(line)));
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        if let Out::Csv(mut writer, _) = self {
            writer.flush()?;
        }
        Ok(())
    }
}
