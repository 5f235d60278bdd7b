//! Cells of CSV files that people open in spreadsheets.

/// A cell with text that somebody else chose. A spreadsheet takes a cell that begins with one of a
/// few characters for a formula and runs it; an apostrophe in front prevents that.
pub fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(cell("=cmd|x"), "'=cmd|x");
        assert_eq!(cell("in/=1.eml"), "in/=1.eml");
    }
}
