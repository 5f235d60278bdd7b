//! Packages of parts: the zip files that Office writes, with the types and relationships of what is inside.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use super::super::out::Out;
use super::super::xml::{self, Step, attribute};
use crate::ledger::Unread;
use crate::limits::human_bytes;
use crate::reading::ReadError;
use crate::zipped;

/// Where a part points.
#[derive(Debug, Clone)]
pub(super) struct Relationship {
    pub id: String,
    /// The last step of its type: `hyperlink`, `image`, `officeDocument`, ...
    pub kind: String,
    /// A part, or an address outside of the package.
    pub target: String,
    pub external: bool,
}

/// The parts by name, and what their types are.
pub(super) struct Package {
    pub parts: BTreeMap<String, Vec<u8>>,
    types: Types,
}

/// Types of parts, by name and by extension.
#[derive(Default)]
struct Types {
    named: HashMap<String, String>,
    defaults: HashMap<String, String>,
}

impl Types {
    fn read(xml: &[u8]) -> Self {
        let mut types = Self::default();
        let _ = xml::walk(xml, |step| {
            let Step::Start(name, tag) = step else { return };
            let value = |key| attribute(tag, key).unwrap_or_default();
            match name {
                "Override" => {
                    let part = value("PartName").trim_start_matches('/').to_lowercase();
                    types.named.insert(part, value("ContentType"));
                }
                "Default" => {
                    let extension = value("Extension").to_lowercase();
                    types.defaults.insert(extension, value("ContentType"));
                }
                _ => {}
            }
        });
        types
    }

    fn of(&self, part: &str) -> &str {
        let lower = part.to_lowercase();
        let by_extension = || {
            let extension = lower.rsplit_once('.')?.1;
            self.defaults.get(extension)
        };
        let found = self.named.get(&lower).or_else(by_extension);
        found.map_or("", String::as_str)
    }
}

impl Package {
    /// Unpacks all of it: see [`unpack`].
    pub fn open(bytes: &[u8], limit: u64, out: &mut Out) -> Result<Self, ReadError> {
        let parts = unpack(bytes, limit, out)?;
        let types = parts.get("[Content_Types].xml");
        let types = types.map_or_else(Types::default, |xml| Types::read(xml));
        Ok(Self { parts, types })
    }

    /// The content type of a part, as declared.
    pub fn type_of(&self, part: &str) -> &str {
        self.types.of(part)
    }

    /// Where a part points; the package itself for an empty name.
    pub fn relationships(&self, part: &str) -> Vec<Relationship> {
        match self.parts.get(&relationships_part(part)) {
            Some(xml) => relationships(xml, part),
            None => Vec::new(),
        }
    }

    /// The part that the document begins with.
    pub fn main(&self) -> Option<String> {
        let relationships = self.relationships("");
        let named = main_target(relationships).filter(|part| self.parts.contains_key(part));
        named.or_else(|| {
            let by_type = |part: &&String| self.type_of(part).ends_with("main+xml");
            self.parts.keys().find(by_type).cloned()
        })
    }
}

/// All parts of a zip file by name, within `limit` bytes altogether. What cannot be unpacked is written down, with
/// as much of it as there is.
pub(in crate::readers) fn unpack(
    bytes: &[u8],
    limit: u64,
    out: &mut Out,
) -> Result<BTreeMap<String, Vec<u8>>, ReadError> {
    let mut archive = zipped::open(bytes)?;
    let mut parts = BTreeMap::new();
    let mut left = limit;
    for index in 0..archive.len() {
        let file = match archive.by_index(index) {
            Ok(file) if file.is_dir() => continue,
            Ok(file) => file,
            Err(error) => {
                out.unread(Unread::Undecodable, format!("part {index}: {error}"));
                continue;
            }
        };
        let name = file
            .name()
            .map_or_else(|_| format!("part-{index}"), |name| name.to_string());
        let name = name.trim_start_matches('/').replace('\\', "/");
        let mut content = Vec::new();
        let read = file.take(left.saturating_add(1)).read_to_end(&mut content);
        if content.len() as u64 > left {
            return Err(ReadError::Corrupt(format!(
                "it unpacks to more than {}",
                human_bytes(limit)
            )));
        }
        if let Err(error) = read {
            out.unread(Unread::Undecodable, format!("{name}: {error}"));
        }
        left -= content.len() as u64;
        parts.insert(name, content);
    }
    Ok(parts)
}

fn main_target(relationships: Vec<Relationship>) -> Option<String> {
    // "document" is what drawings call it, "fixedrepresentation" what XPS does.
    let kinds = ["officeDocument", "document", "fixedrepresentation"];
    let mut found = relationships.into_iter().filter(|relationship| {
        !relationship.external && kinds.contains(&relationship.kind.as_str())
    });
    Some(found.next()?.target)
}

fn relationships_part(part: &str) -> String {
    match part.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/_rels/{file}.rels"),
        None => format!("_rels/{part}.rels"),
    }
}

fn relationships(xml: &[u8], part: &str) -> Vec<Relationship> {
    let folder = part.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found = Vec::new();
    let _ = xml::walk(xml, |step| {
        let Step::Start("Relationship", tag) = step else {
            return;
        };
        let value = |key| attribute(tag, key).unwrap_or_default();
        let external = value("TargetMode") == "External";
        let target = match external {
            true => value("Target"),
            false => resolve(folder, &value("Target")),
        };
        let kind = value("Type");
        found.push(Relationship {
            id: value("Id"),
            kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
            target,
            external,
        });
    });
    found
}

/// A target relative to the folder of the part that names it.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => {
                path.pop();
            }
            "." | "" => {}
            step => path.push(step),
        }
    }
    path.join("/")
}

/// Longest list of types or relationships that is looked at to tell what a zip file is.
const HEAD: u64 = 4 << 20;

/// The content type of the part that a package begins with; nothing if it is no package of Office.
pub(super) fn main_type(bytes: &[u8]) -> Option<String> {
    let mut archive = zipped::open(bytes).ok()?;
    let types = zipped::read_part(&mut archive, "[Content_Types].xml", HEAD).ok()?;
    let types = Types::read(&types);
    let named = zipped::read_part(&mut archive, "_rels/.rels", HEAD)
        .ok()
        .and_then(|xml| main_target(relationships(&xml, "")));
    let by_type = || {
        let main = types.named.values();
        main.filter(|kind| kind.ends_with("main+xml"))
            .min()
            .cloned()
    };
    match named {
        Some(part) => Some(types.of(&part).to_owned()).filter(|kind| !kind.is_empty()),
        None => by_type(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_relative_to_the_part() {
        assert_eq!(resolve("word", "media/a.png"), "word/media/a.png");
        assert_eq!(
            resolve("xl/worksheets", "../comments1.xml"),
            "xl/comments1.xml"
        );
        assert_eq!(resolve("xl", "/docProps/core.xml"), "docProps/core.xml");
        assert_eq!(resolve("", "../../x"), "x");
        assert_eq!(
            relationships_part("word/document.xml"),
            "word/_rels/document.xml.rels"
        );
        assert_eq!(relationships_part(""), "_rels/.rels");
    }
}
