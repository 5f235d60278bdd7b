//! Workbooks: cells as people see them, sheet by sheet, hidden ones as well.

use std::collections::HashMap;

use super::super::numbers::NumberFormat;
use super::super::out::Out;
use super::super::xml::{self, Step, attribute};
use super::flow::{self, Manner};
use crate::ledger::Unread;

/// What the sheets of a workbook share.
#[derive(Default)]
pub(super) struct Shared {
    pool: String,
    /// Where each shared string begins and ends in the pool.
    strings: Vec<(usize, usize)>,
    /// The format of each cell style.
    styles: Vec<NumberFormat>,
    pub from_1904: bool,
    /// Words that formats of numbers show.
    pub words: std::collections::BTreeSet<String>,
}

/// A sheet as the workbook lists it.
pub(super) struct Listed {
    pub name: String,
    pub relationship: String,
}

/// The sheets of a workbook in order; whether its dates count from 1904 goes into `shared`.
pub(super) fn list(xml: &[u8], shared: &mut Shared) -> Vec<Listed> {
    let mut sheets = Vec::new();
    let _ = xml::walk(xml, |step| {
        let Step::Start(name, tag) = step else { return };
        match name {
            "workbookPr" => {
                let value = attribute(tag, "date1904").unwrap_or_default();
                shared.from_1904 = matches!(value.as_str(), "1" | "true" | "on");
            }
            "sheet" => {
                // `sheetId` is another attribute; `id` is the relationship's, whatever its prefix.
                sheets.push(Listed {
                    name: attribute(tag, "name").unwrap_or_default(),
                    relationship: attribute(tag, "id").unwrap_or_default(),
                });
            }
            _ => {}
        }
    });
    sheets
}

impl Shared {
    /// Reads the shared strings; phonetic guides are left out.
    pub fn read_strings(&mut self, part: &str, xml: &[u8], out: &mut Out) {
        let (mut text, mut phonetic, mut began) = (0usize, 0usize, 0);
        let result = xml::walk(xml, |step| match step {
            Step::Start("si", _) => began = self.pool.len(),
            Step::Start("t", _) => text += 1,
            Step::Start("rPh", _) => phonetic += 1,
            Step::End("si") => self.strings.push((began, self.pool.len())),
            Step::End("t") => text = text.saturating_sub(1),
            Step::End("rPh") => phonetic = phonetic.saturating_sub(1),
            Step::Text(said) if text > 0 && phonetic == 0 => self.pool.push_str(said),
            _ => {}
        });
        if let Err(error) = result {
            out.unread(Unread::Undecodable, format!("{part}: {error}"));
        }
    }

    /// Reads the number formats of the cell styles.
    pub fn read_styles(&mut self, xml: &[u8]) {
        let mut defined: HashMap<u32, NumberFormat> = HashMap::new();
        let mut cells = 0usize;
        let _ = xml::walk(xml, |step| match step {
            Step::Start("numFmt", tag) => {
                let number = attribute(tag, "numFmtId").and_then(|number| number.parse().ok());
                let code = attribute(tag, "formatCode").unwrap_or_default();
                if self.words.len() < 10_000 {
                    self.words.extend(super::super::numbers::words(&code));
                }
                defined.insert(number.unwrap_or(0), NumberFormat::parse(&code));
            }
            Step::Start("cellXfs", _) => cells += 1,
            Step::End("cellXfs") => cells = cells.saturating_sub(1),
            Step::Start("xf", tag) if cells > 0 => {
                let number = attribute(tag, "numFmtId").and_then(|number| number.parse().ok());
                let number = number.unwrap_or(0);
                let own = defined.get(&number).cloned();
                let format = own.or_else(|| NumberFormat::built_in(number));
                self.styles.push(format.unwrap_or(NumberFormat::General));
            }
            _ => {}
        });
    }

    fn string(&self, index: &str) -> Option<&str> {
        let &(from, to) = self.strings.get(index.trim().parse::<usize>().ok()?)?;
        self.pool.get(from..to)
    }

    /// A cell as it is shown. `None`: it points to a string that is not there.
    fn shown(&self, cell: &Cell) -> Option<String> {
        Some(match cell.kind.as_str() {
            "s" => return self.string(&cell.value).map(str::to_owned),
            "inlineStr" => cell.inline.clone(),
            "b" => match cell.value.trim() {
                "1" => "TRUE".to_owned(),
                "" => String::new(),
                _ => "FALSE".to_owned(),
            },
            "" | "n" => match cell.value.trim().parse::<f64>() {
                Ok(value) => {
                    let general = &NumberFormat::General;
                    let format = self.styles.get(cell.style).unwrap_or(general);
                    format.show(value, self.from_1904)
                }
                Err(_) => cell.value.clone(),
            },
            _ => cell.value.clone(),
        })
    }
}

#[derive(Default)]
struct Cell {
    kind: String,
    style: usize,
    value: String,
    inline: String,
    formula: String,
}

/// The cells of a sheet that hold something: however far apart they are, nothing stands for those between.
/// Returns the relationships that the sheet names.
pub(super) fn read(xml: &[u8], part: &str, shared: &Shared, out: &mut Out) -> Vec<String> {
    let mut cell = Cell::default();
    let (mut data, mut value, mut inline, mut formula, mut phonetic) = (0usize, 0, 0, 0, 0usize);
    let (mut filled, mut lost) = (false, 0u32);
    let result = xml::walk(xml, |step| match step {
        Step::Start("sheetData", _) => data += 1,
        Step::End("sheetData") => data = data.saturating_sub(1),
        _ if data == 0 => {}
        Step::Start(name, tag) => match name {
            "c" => {
                let style = attribute(tag, "s").and_then(|style| style.parse().ok());
                cell = Cell {
                    kind: attribute(tag, "t").unwrap_or_default(),
                    style: style.unwrap_or(0),
                    ..Cell::default()
                };
            }
            "v" => value = 1,
            "t" => inline = 1,
            "f" => formula = 1,
            "rPh" => phonetic += 1,
            _ => {}
        },
        Step::Text(text) => {
            if value > 0 {
                cell.value.push_str(text);
            } else if inline > 0 && phonetic == 0 {
                cell.inline.push_str(text);
            } else if formula > 0 {
                cell.formula.push_str(text);
            }
        }
        Step::End(name) => match name {
            "v" => value = 0,
            "t" => inline = 0,
            "f" => formula = 0,
            "rPh" => phonetic = phonetic.saturating_sub(1),
            "c" => {
                let shown = shared.shown(&cell);
                lost += u32::from(shown.is_none());
                for shown in [shown.unwrap_or_default(), formula_text(&cell.formula)] {
                    if !shown.trim().is_empty() {
                        if filled {
                            out.push("\t");
                        }
                        out.push(&shown);
                        filled = true;
                    }
                }
            }
            "row" if std::mem::take(&mut filled) => out.line(),
            _ => {}
        },
    });
    if let Err(error) = result {
        out.unread(Unread::Undecodable, format!("{part}: {error}"));
    }
    if lost > 0 {
        let detail = format!("{part}: cells whose text is missing");
        out.ledger.add_many(Unread::Damaged, lost, detail);
    }
    out.line();
    // Page headers, prompts, links: everything but the cells.
    flow::read(&without_cells(xml), part, Manner::Marked, out)
}

/// A formula, where it holds a text or refers to another file.
fn formula_text(formula: &str) -> String {
    match formula.contains(['"', '[']) {
        true => format!("={formula}"),
        false => String::new(),
    }
}

/// The sheet with the content of its cells cut out.
fn without_cells(xml: &[u8]) -> Vec<u8> {
    let text = xml::decode(xml);
    match (text.find("sheetData"), text.rfind("sheetData>")) {
        (Some(from), Some(to)) if from < to => {
            // The tags around stay halves: the reader does not mind.
            let before = text[..from].rfind('<').map_or(0, |at| at);
            [&text[..before], &text[to + "sheetData>".len()..]]
                .concat()
                .into_bytes()
        }
        _ => text.into_owned().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_shown_and_gaps_are_not() {
        let mut shared = Shared::default();
        let mut out = Out::default();
        let strings = "<x:sst xmlns:x='a'><x:si><x:r><x:t>red </x:t></x:r><x:r><x:t>heron</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:si><x:si/></x:sst>";
        shared.read_strings("s", strings.as_bytes(), &mut out);
        shared.read_styles(
            br##"<s><numFmts><numFmt numFmtId="164" formatCode="#,##0.00"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></s>"##,
        );
        let listed = list(
            br#"<w><workbookPr date1904="1"/><sheets><sheet name="One" sheetId="4" r:id="rId7" state="veryHidden"/></sheets></w>"#,
            &mut shared,
        );
        assert_eq!(
            (listed[0].name.as_str(), listed[0].relationship.as_str()),
            ("One", "rId7")
        );
        let sheet = r#"<sheet><sheetPr/><sheetData><row><c t="s"><v>0</v></c><c s="1"><v>35865</v></c><c s="2"><v>1234.5</v></c></row>
            <row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far &amp; away</t></is></c><c t="s"><v>9</v></c><c t="b"><v>1</v></c>
            <c t="str"><f>IF(A1,"kept text","")</f><v>x</v></c></row></sheetData><headerFooter><oddHeader>&amp;Lpage</oddHeader></headerFooter></sheet>"#;
        read(sheet.as_bytes(), "sheet1", &shared, &mut out);
        assert_eq!(
            out.text,
            "red heron\t2002-03-12\t1,234.50\nfar & away\tTRUE\tx\t=IF(A1,\"kept text\",\"\")\npage\n"
        );
        assert!(out.ledger.has(Unread::Damaged));
    }
}
