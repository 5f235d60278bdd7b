//! Opticon load files: pages of documents, one a line.
//!
//! ```text
//! ABC0000001,VOL001,.\VOL001\IMAGES\001\ABC0000001.tif,Y,,,2        page, volume, file, first page, -, -, pages
//! ```

/// A document: its number, which is that of its first page, and its pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pages {
    /// The line of its first page, from 1.
    pub row: usize,
    pub number: String,
    /// Number and file of each page.
    pub pages: Vec<(String, String)>,
}

/// Why a file is not an Opticon one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpticonError {
    /// A line without the seven fields.
    #[error(
        "line {0} has not the seven fields of an Opticon load file (page, volume, file, Y, , , pages)"
    )]
    Fields(usize),
    /// The first line does not begin a document.
    #[error("line {0} is a page of no document: the first one has no Y in its fourth field")]
    NoDocument(usize),
}

/// The documents of an Opticon file.
pub(super) fn parse(text: &str) -> Result<Vec<Pages>, OpticonError> {
    let mut documents: Vec<Pages> = Vec::new();
    for (row, line) in (1..).zip(text.lines()) {
        let line = line.trim_matches(['\u{feff}', '\u{1a}', '\0', ' ', '\r']);
        if line.is_empty() {
            continue;
        }
        let fields: Vec<&str> = line
            .split(',')
            .map(|field| field.trim().trim_matches('"'))
            .collect();
        // Some programs leave empty fields out at the end.
        let (Some(page), Some(file)) = (fields.first(), fields.get(2)) else {
            return Err(OpticonError::Fields(row));
        };
        let first = fields.get(3).copied().unwrap_or_default();
        if page.is_empty() || fields.len() > 7 || !matches!(first, "" | "Y" | "y") {
            return Err(OpticonError::Fields(row));
        }
        let page = ((*page).to_owned(), (*file).to_owned());
        match documents.last_mut() {
            _ if !first.is_empty() => documents.push(Pages {
                row,
                number: page.0.clone(),
                pages: vec![page],
            }),
            Some(document) => document.pages.push(page),
            None => return Err(OpticonError::NoDocument(row)),
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_put_together_by_document() {
        let text = "A1,VOL001,.\\IMAGES\\A1.tif,Y,,,2\r\nA2,VOL001,.\\IMAGES\\A2.tif,,,,\r\nA3,,IMAGES\\A3.pdf,Y,,,1\r\n\u{1a}";
        let found = parse(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].row, found[0].number.as_str(), found[0].pages.len()),
            (1, "A1", 2)
        );
        assert_eq!(
            found[1].pages,
            [("A3".to_owned(), "IMAGES\\A3.pdf".to_owned())]
        );
        assert_eq!(parse("A1,VOL\n"), Err(OpticonError::Fields(1)));
        assert_eq!(parse("A1,V,f.tif,,,,\n"), Err(OpticonError::NoDocument(1)));
        assert_eq!(parse("A1,V,f.tif,maybe,,,\n"), Err(OpticonError::Fields(1)));
    }
}
