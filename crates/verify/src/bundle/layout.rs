//! Names of the files in a bundle, relative to it and `/`-separated.

use crate::record::meta::ItemMeta;

/// What is claimed.
pub const MANIFEST: &str = "data/bundle.json";
/// The public leaves, in a bundle that is to be verified without the file beside the commitment.
pub const LEAVES: &str = "data/leaves.bin";
/// Folder of the proofs.
pub const PROOFS: &str = "data/proofs";
/// Folder of the produced items.
pub const PRODUCED: &str = "data/produced";

/// The proof of a batch.
pub fn proof(batch: usize) -> String {
    format!("{PROOFS}/{batch:06}.proof")
}

/// The folder of a produced item.
pub fn item_dir(index: u32) -> String {
    format!("{PRODUCED}/{index:06}")
}

/// The extracted text of a produced item.
pub fn text(index: u32) -> String {
    format!("{}/text.txt", item_dir(index))
}

/// The metadata of a produced item.
pub fn meta(index: u32) -> String {
    format!("{}/meta.json", item_dir(index))
}

/// The opening of a produced item.
pub fn opening(index: u32) -> String {
    format!("{}/opening.json", item_dir(index))
}

/// The committed vector of a produced picture.
pub fn vector(index: u32) -> String {
    format!("{}/vector.bin", item_dir(index))
}

/// The native bytes of a produced item: the extension is the original's where that is harmless.
pub fn native(index: u32, meta: &ItemMeta) -> String {
    format!("{}.{}", native_stem(index), extension(&meta.path))
}

/// The same without the extension.
pub fn native_stem(index: u32) -> String {
    format!("{}/native", item_dir(index))
}

fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((_, ext))
            if (1..=8).contains(&ext.len()) && ext.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            ext.to_ascii_lowercase()
        }
        _ => "bin".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_harmless() {
        for (path, want) in [
            ("a/b.EML", "eml"),
            ("x.mbox!/3", "bin"),
            ("a.tar.gz", "gz"),
            ("a.e\u{202e}x", "bin"),
            ("dir.d/file", "bin"),
            ("a.", "bin"),
            ("a.toolongextension", "bin"),
            ("", "bin"),
        ] {
            assert_eq!(extension(path), want, "{path}");
        }
    }
}
