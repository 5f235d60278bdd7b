//! Opticon (OPT) image load files: seven fields, six commas, CR LF.
//!
//! ```text
//! ABC0000001,VOL001,.\VOL001\IMAGES\001\ABC0000001.tif,Y,,,2
//! image key, volume, path, Y at the first page of a document, folder break, box break, pages
//! ```

/// One page.
pub fn row(key: &str, volume: &str, path: &str, first: bool, pages: u32) -> String {
    if first {
        format!("{key},{volume},{path},Y,,,{pages}\r\n")
    } else {
        format!("{key},{volume},{path},,,,\r\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_published_vector() {
        assert_eq!(
            row(
                "ABC0000001",
                "VOL001",
                r".\VOL001\IMAGES\001\ABC0000001.tif",
                true,
                2
            ),
            "ABC0000001,VOL001,.\\VOL001\\IMAGES\\001\\ABC0000001.tif,Y,,,2\r\n"
        );
        let second = row("ABC0000002", "VOL001", "p.tif", false, 2);
        assert_eq!(second, "ABC0000002,VOL001,p.tif,,,,\r\n");
        assert_eq!(second.matches(',').count(), 6);
    }
}
