//! Which control words say something.

/// Destinations that say nothing to a reader.
pub(super) const HIDDEN: [&str; 37] = [
    "atnref",
    "atrfend",
    "atrfstart",
    "atndate",
    "atntime",
    "bkmkend",
    "bkmkstart",
    "blipuid",
    "colorschememapping",
    "colortbl",
    "datafield",
    "datastore",
    "filetbl",
    "fldtype",
    "generator",
    "latentstyles",
    "listoverridetable",
    "listtable",
    "mhtmltag",
    "mmathPr",
    "nonesttables",
    "nonshppict",
    "objclass",
    "objname",
    "panose",
    "passwordhash",
    "pnseclvl",
    "revtbl",
    "rsidtbl",
    "shprslt",
    "stylesheet",
    "template",
    "themedata",
    "ud",
    "upr",
    "wgrffmtfilter",
    "xmlnstbl",
];

/// Destinations whose text stands beside that of the document.
pub(super) const BESIDE: [&str; 20] = [
    "annotation",
    "atnauthor",
    "atnid",
    "category",
    "doccomm",
    "footer",
    "footerf",
    "footerl",
    "footerr",
    "footnote",
    "header",
    "headerf",
    "headerl",
    "headerr",
    "hlinkbase",
    "keywords",
    "manager",
    "shptxt",
    "tc",
    "xe",
];

/// Names of properties of shapes whose values are words.
pub(super) const SAID_OF_SHAPES: [&str; 3] = ["gtextUNICODE", "wzDescription", "wzTooltip"];

/// What a control word stands for.
pub(super) fn character(word: &str) -> Option<&'static str> {
    Some(match word {
        "par" | "line" | "sect" | "page" | "row" | "nestrow" | "column" => "\n",
        "tab" | "cell" | "nestcell" => "\t",
        "emdash" => "\u{2014}",
        "endash" => "\u{2013}",
        "bullet" => "\u{2022}",
        "lquote" => "\u{2018}",
        "rquote" => "\u{2019}",
        "ldblquote" => "\u{201C}",
        "rdblquote" => "\u{201D}",
        "emspace" | "enspace" | "qmspace" => " ",
        _ => return None,
    })
}
