//! Cells of old workbooks: values in their formats, row by row.

use super::super::numbers::NumberFormat;
use super::super::out::Out;

/// The formats of a workbook: which each cell style has.
#[derive(Default)]
pub(super) struct Formats {
    pub defined: std::collections::HashMap<u16, NumberFormat>,
    pub styles: Vec<u16>,
    pub from_1904: bool,
}

impl Formats {
    /// A value in the format of its style.
    pub fn show(&self, value: f64, style: u16) -> String {
        let number = self.styles.get(usize::from(style)).copied().unwrap_or(0);
        let own = self.defined.get(&number).cloned();
        let format = own.or_else(|| NumberFormat::built_in(u32::from(number)));
        format
            .unwrap_or(NumberFormat::General)
            .show(value, self.from_1904)
    }
}

/// A number of 30 bits: whole or the upper half of a float, possibly in hundredths.
pub(super) fn packed(value: u32) -> f64 {
    let number = match value & 2 {
        0 => f64::from_bits(u64::from(value & !3) << 32),
        _ => f64::from(value as i32 >> 2),
    };
    if value & 1 == 0 {
        number
    } else {
        number / 100.0
    }
}

/// What an error in a cell is shown as.
pub(super) fn error(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
}

/// Writes cells, one row a line.
#[derive(Default)]
pub(super) struct Rows {
    row: Option<u16>,
}

impl Rows {
    /// Adds a cell.
    pub fn cell(&mut self, row: u16, text: &str, out: &mut Out) {
        if text.trim().is_empty() {
            return;
        }
        if self.row != Some(row) {
            out.line();
            self.row = Some(row);
        } else {
            out.push("\t");
        }
        out.push(text);
    }

    /// Ends the last row.
    pub fn end(&mut self, out: &mut Out) {
        if self.row.take().is_some() {
            out.line();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unpacked() {
        assert_eq!(packed(42 << 2 | 2), 42.0);
        assert_eq!(packed((-12345i32 << 2) as u32 | 3), -123.45);
        assert_eq!(packed((1.5f64.to_bits() >> 32) as u32 & !3), 1.5);
    }
}
