//! Which documents a commitment is about, and how long each may take: the rules that the commitment
//! file states, and the limits of reading.

use super::form::{Form, Pressed, Value};
use crate::commit::Supplementing;
use crate::ingest::selection::parse_day;
use crate::ingest::volume::DateOrder;
use crate::ingest::{IngestOptions, LoadFile, Selection};
use crate::tui::engine::Helpers;
use crate::tui::input::Input;
use crate::tui::overlay::PickFor;
use crossterm::event::KeyEvent;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::Date;

/// What a rule's row is about, in a sentence.
const ABOUT: [(&str, &str); 26] = [
    (
        "load",
        "A Concordance load file (.DAT) lists the documents of a volume: each row is committed as one \
         item, under its control number, with the text that came with it.",
    ),
    ("dat", "The load file that lists the documents."),
    (
        "order",
        "Which number of a date like 04/05/2001 in the load file is the day. Where all its rows fit one order only, \
         that is found.",
    ),
    (
        "folders",
        "Whether the first folder below this one names whose documents are in it.",
    ),
    ("hidden", "Files and folders whose name begins with a dot."),
    (
        "include",
        "Only files that match one of these. * stands for anything within a name, ** for folders; \
         without a slash, names in any folder.",
    ),
    ("exclude", "No files that match one of these."),
    (
        "custodians",
        "Only documents of these custodians. A family stays or goes as a whole.",
    ),
    (
        "from",
        "Only documents from this day on (UTC). A family is judged by its first document.",
    ),
    ("to", "Only documents up to and on this day (UTC)."),
    (
        "undated",
        "What becomes of documents without any date, where days are given.",
    ),
    (
        "seconds",
        "A document that takes a reader longer becomes an exception that says so.",
    ),
    (
        "memory",
        "A document that takes a reader more memory becomes an exception that says so.",
    ),
    (
        "passwords",
        "A text file with passwords, one a line, tried on locked archives and documents when committing; what is \
         found here is listed without. Which line fitted is committed, the passwords are not.",
    ),
    (
        "ocr",
        "The text of scanned pages and of pictures, when committing, by Tesseract, which has to be installed: \
         about a second a page.",
    ),
    (
        "language",
        "Languages of what is recognised, as Tesseract calls them.",
    ),
    (
        "limits",
        "How large, how many and how deep what is read may be; the usual ones are reached rarely.",
    ),
    (
        "item",
        "A larger file, message or attachment becomes an exception. Readers need a multiple of it in memory.",
    ),
    (
        "family",
        "What a file unpacks to beyond this becomes an exception.",
    ),
    (
        "parts",
        "Parts of a file beyond this number become one exception; messages of a mailbox do not count.",
    ),
    (
        "text",
        "A longer text is cut, and the item is read in part.",
    ),
    (
        "supplements",
        "The case whose commitment this one supplements: what was found late, or can be read now. Its root is named in \
         this commitment, and both are verified together.",
    ),
    ("why", "Published in the commitment file, in these words."),
    (
        "resolves",
        "Files with the bytes of an earlier exception resolve it by themselves. A list (item,path) says it of repaired \
         copies.",
    ),
    (
        "instead",
        "A supplement that was made and never published does not count: its root, or several. Both custody logs keep it.",
    ),
    (
        "depth",
        "Messages in messages and archives in archives are opened so deep.",
    ),
];
const SECONDS: RangeInclusive<u64> = 1..=86_400;
const MIB: RangeInclusive<u64> = 256..=1_048_576;
const ITEM: RangeInclusive<u64> = 1..=65_536;
const FAMILY: RangeInclusive<u64> = 1..=1_048_576;
const PARTS: RangeInclusive<u64> = 1..=90_000;
const TEXT: RangeInclusive<u64> = 1..=4_096;
const DEPTH: RangeInclusive<u64> = 1..=64;

/// The form, open or not.
#[derive(Debug)]
pub(super) struct Scope {
    pub form: Form,
    /// What it was when it was opened.
    before: Option<Form>,
    /// Whether the documents are those that a case could not read, and not those of a folder.
    again: bool,
}

impl Scope {
    pub fn new() -> Self {
        let text = |text: &str| Value::Text(Input::new(text));
        let choice = |options: &[&'static str]| Value::Choice(options.to_vec(), 0);
        let limits = IngestOptions::default();
        let size = |bytes: u64| text(&(bytes >> 20).to_string());
        let form = Form::default()
            .with(
                "load",
                "Load file",
                choice(&[
                    "the one in the folder, if there is one",
                    "none: the files as they are",
                    "this one",
                ]),
            )
            .with("dat", "  which", Value::File(PickFor::LoadFile, None))
            .with(
                "order",
                "Dates in it",
                choice(&[
                    "as all rows fit",
                    "month first: 12/31/2001",
                    "day first: 31/12/2001",
                ]),
            )
            .with(
                "folders",
                "Custodians",
                choice(&["as the documents say", "the first folder names them"]),
            )
            .with(
                "hidden",
                "Hidden files",
                choice(&["commit like any other", "leave out"]),
            )
            .with("include", "Only paths", text(""))
            .or("all; or several: *.eml; sent/**")
            .with("exclude", "No paths", text(""))
            .or("none; or several: *.tmp; spam/**")
            .with("custodians", "Only custodians", text(""))
            .or("all; or several: Jane Roe; John Doe")
            .with("from", "From day", text(""))
            .or("any; or 2001-01-01")
            .with("to", "To day", text(""))
            .or("any; or 2001-12-31")
            .with(
                "undated",
                "Without a date",
                choice(&["commit", "leave out"]),
            )
            .with(
                "seconds",
                "Seconds a document",
                text(&limits.max_time.as_secs().to_string()),
            )
            .with(
                "memory",
                "Reader memory, MiB",
                text(&(limits.max_reader_bytes >> 20).to_string()),
            )
            .with(
                "passwords",
                "Passwords",
                Value::File(PickFor::Passwords, None),
            )
            .or("none")
            .with(
                "ocr",
                "Scans and pictures",
                choice(&["as they are", "recognise text (OCR)"]),
            )
            .with("language", "  languages", text("eng"))
            .with(
                "limits",
                "Other limits",
                choice(&["the usual ones", "set them"]),
            )
            .with("item", "Largest item, MiB", size(limits.max_item_bytes))
            .with(
                "family",
                "Largest family, MiB",
                size(limits.max_family_bytes),
            )
            .with(
                "parts",
                "Most parts of a file",
                text(&limits.max_family_items.to_string()),
            )
            .with(
                "text",
                "Longest text, MiB",
                size(limits.max_text_bytes as u64),
            )
            .with(
                "depth",
                "Deepest nesting",
                text(&limits.max_depth.to_string()),
            )
            .with(
                "supplements",
                "Supplements case",
                Value::File(PickFor::Case, None),
            )
            .or("none: a commitment of its own")
            .with("why", "  why it comes later", text(""))
            .or("not said; or: passwords received on 3 March")
            .with(
                "resolves",
                "  what resolves what",
                Value::File(PickFor::Resolves, None),
            )
            .or("what has the same bytes; or a list")
            .with("instead", "  instead of root", text(""))
            .or("none; or one that was never published")
            .with("go", "Look again with these rules", Value::Button);
        let mut scope = Scope {
            form,
            before: None,
            again: false,
        };
        scope.settle();
        scope
    }

    /// For what a case could not read, to be read again from its vault.
    pub fn again(case: PathBuf) -> Self {
        let mut scope = Scope::new();
        scope.again = true;
        scope.form.set_file(PickFor::Case, case, true);
        scope.form.set_label("go", "Read with these limits");
        scope.settle();
        scope
    }

    /// Whether the documents are those of an earlier vault.
    pub fn is_again(&self) -> bool {
        self.again
    }

    /// Opens it at the row that says which case is supplemented.
    pub fn open_at_supplement(&mut self) {
        self.open();
        self.form.go(if self.again { "why" } else { "supplements" });
    }

    /// The case that is supplemented.
    pub fn supplements(&self) -> Option<&Path> {
        self.form.file("supplements")
    }

    /// What is supplemented and how, for the commitment; the list is looked up later.
    pub fn supplementing(&self) -> Option<Supplementing> {
        let words = |id: &str| Some(self.form.text(id).to_owned()).filter(|said| !said.is_empty());
        let instead = self.form.text("instead").split([';', ' ']);
        let instead = instead.map(str::trim).filter(|root| !root.is_empty());
        Some(Supplementing {
            case: self.supplements()?.to_owned(),
            why: words("why"),
            instead_of: instead.map(str::to_owned).collect(),
            ..Supplementing::default()
        })
    }

    pub fn is_open(&self) -> bool {
        self.before.is_some()
    }

    pub fn open(&mut self) {
        self.before = Some(self.form.clone());
    }

    /// Closes it; what was changed is kept or forgotten.
    pub fn close(&mut self, keep: bool) {
        if let (Some(before), false) = (self.before.take(), keep) {
            self.form = before;
        }
    }

    fn settle(&mut self) {
        let load = self.form.choice("load");
        let ocr = self.form.choice("ocr") == 1;
        let limits = self.limits();
        let (again, follows) = (self.again, self.supplements().is_some());
        self.form.show(|id| match id {
            // Of a folder, and of a case that is chosen.
            "load" | "dat" | "order" | "folders" | "hidden" | "include" | "exclude"
            | "custodians" | "from" | "to" | "undated" | "resolves" | "supplements"
                if again =>
            {
                false
            }
            "why" | "resolves" | "instead" => follows,
            "dat" | "order" => load == 2,
            "language" => ocr,
            "item" | "family" | "parts" | "text" | "depth" => limits,
            _ => true,
        });
    }

    pub fn key(&mut self, key: KeyEvent) -> Pressed {
        let pressed = self.form.key(key);
        self.settle();
        pressed
    }

    pub fn picked(&mut self, what: PickFor, path: PathBuf) {
        self.form.set_file(what, path, true);
        self.settle();
    }

    /// Whether limits are set that are rarely reached.
    fn limits(&self) -> bool {
        self.form.choice("limits") == 1
    }

    /// What has to be looked up before it can be read with: files and programs, which no screen touches.
    pub fn helpers(&self) -> Helpers {
        let ocr = self.form.choice("ocr") == 1;
        Helpers {
            passwords: self.form.file("passwords").map(Path::to_owned),
            ocr: ocr.then(|| self.form.text("language").to_owned()),
            resolves: self
                .supplements()
                .and(self.form.file("resolves"))
                .map(Path::to_owned),
            again: self.again,
        }
    }

    /// Words between semicolons.
    fn list(&self, id: &str) -> Vec<String> {
        let parts = self.form.text(id).split(';').map(str::trim);
        parts.filter(|p| !p.is_empty()).map(str::to_owned).collect()
    }

    fn day(&self, id: &str) -> Result<Option<Date>, String> {
        let typed = self.form.text(id);
        let none = typed.is_empty();
        if none {
            Ok(None)
        } else {
            parse_day(typed).map(Some)
        }
    }

    fn number(&self, id: &str, what: &str, range: &RangeInclusive<u64>) -> Result<u64, String> {
        let number = self.form.text(id).parse().ok();
        number
            .filter(|n| range.contains(n))
            .ok_or_else(|| format!("{what}: a number from {} to {}", range.start(), range.end()))
    }

    /// The rules and the limits, or what is wrong with them.
    pub fn rules(&self) -> Result<(Selection, IngestOptions), String> {
        let load_file = match (self.form.choice("load"), self.form.file("dat")) {
            (0, _) => LoadFile::Detect,
            (1, _) => LoadFile::Ignore,
            (_, Some(path)) => LoadFile::Path(path.to_owned()),
            (_, None) => return Err("choose the load file first".to_owned()),
        };
        let (from, to) = (self.day("from")?, self.day("to")?);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(format!("{from} is after {to}"));
        }
        let selection = Selection {
            load_file,
            date_order: match (self.form.choice("load"), self.form.choice("order")) {
                (2, 1) => Some(DateOrder::MonthFirst),
                (2, 2) => Some(DateOrder::DayFirst),
                _ => None,
            },
            custodian_folders: self.form.choice("folders") == 1,
            custodian: None,
            include: self.list("include"),
            exclude: self.list("exclude"),
            custodians: self.list("custodians"),
            from,
            to,
            dated_only: self.form.choice("undated") == 1,
        };
        let mut options = IngestOptions {
            skip_hidden: self.form.choice("hidden") == 1,
            max_time: Duration::from_secs(self.number(
                "seconds",
                "seconds a document",
                &SECONDS,
            )?),
            max_reader_bytes: self.number("memory", "reader memory", &MIB)? << 20,
            ..IngestOptions::default()
        };
        if self.limits() {
            options.max_item_bytes = self.number("item", "largest item", &ITEM)? << 20;
            options.max_family_bytes = self.number("family", "largest family", &FAMILY)? << 20;
            options.max_family_items = self.number("parts", "most parts", &PARTS)? as usize;
            options.max_text_bytes = (self.number("text", "longest text", &TEXT)? << 20) as usize;
            options.max_depth = self.number("depth", "deepest nesting", &DEPTH)? as usize;
        }
        Ok((selection, options))
    }

    /// Whether anything may be left out by what was asked for here.
    pub fn any(&self) -> bool {
        self.form.choice("load") == 2 || self.form.choice("hidden") == 1 || {
            let rows = ["include", "exclude", "custodians", "from", "to"];
            rows.iter().any(|id| !self.form.text(id).is_empty())
        }
    }

    /// What is asked for, in a line; `listed` if a load file was found in the folder.
    pub fn summary(&self, listed: bool) -> String {
        let form = &self.form;
        let given = |id: &str| !form.text(id).is_empty();
        let named = |path: Option<&Path>| {
            let name = path.and_then(Path::file_name).unwrap_or_default();
            format!(
                "listed by {}",
                crate::tui::text::clean(&name.to_string_lossy())
            )
        };
        let parts = [
            (
                form.choice("load") == 0 && listed,
                "what the load file lists".to_owned(),
            ),
            (form.choice("load") == 1, "no load file".to_owned()),
            (form.choice("load") == 2, named(form.file("dat"))),
            (
                form.choice("folders") == 1,
                "custodians by folder".to_owned(),
            ),
            (form.choice("hidden") == 1, "no hidden files".to_owned()),
            (
                given("include") || given("exclude"),
                "some paths".to_owned(),
            ),
            (given("custodians"), "some custodians".to_owned()),
            (given("from") || given("to"), "some dates".to_owned()),
            (form.choice("ocr") == 1, "with OCR".to_owned()),
            (
                form.file("passwords").is_some(),
                "with passwords".to_owned(),
            ),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|p| p.0).map(|p| p.1).collect();
        if parts.is_empty() && self.again {
            "what it could not read; add passwords or OCR".to_owned()
        } else if parts.is_empty() {
            "everything in the folder".to_owned()
        } else {
            parts.join(", ")
        }
    }

    /// What the current row is about.
    pub fn about(&self) -> &'static str {
        let here = self.form.id();
        let found = ABOUT.iter().find(|(id, _)| Some(*id) == here);
        found.map_or(
            "What rules leave out is stated in the commitment file, in words and with counts, and every \
             verification repeats it. Names of what was left out are not published.",
            |(_, say)| say,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyCode;
    use time::macros::date;

    #[test]
    fn what_is_typed_becomes_rules_or_an_objection() {
        let mut scope = Scope::new();
        let (plain, limits) = scope.rules().unwrap();
        assert_eq!(limits, IngestOptions::default());
        assert!(plain.include.is_empty() && plain.from.is_none());
        assert_eq!(scope.summary(false), "everything in the folder");
        assert_eq!(scope.summary(true), "what the load file lists");
        scope.form.set_text("include", " *.eml ;; sent/** ");
        scope.form.set_text("from", "2001-01-01");
        scope.form.set_text("seconds", "5");
        let (rules, limits) = scope.rules().unwrap();
        assert!(scope.any() && !Scope::new().any());
        assert_eq!(rules.include, ["*.eml", "sent/**"]);
        assert_eq!(rules.from, Some(date!(2001 - 01 - 01)));
        assert_eq!(limits.max_time, Duration::from_secs(5));
        assert_eq!(scope.summary(false), "some paths, some dates");
        scope.form.set_text("to", "2000-01-01");
        assert!(scope.rules().unwrap_err().contains("after"));
        scope.form.set_text("to", "soon");
        assert!(scope.rules().unwrap_err().contains("2001-12-31"));
        scope.form.set_text("to", "");
        scope.form.set_text("memory", "1");
        assert!(scope.rules().unwrap_err().contains("256"));
    }

    /// Whatever the command line can ask for when committing.
    #[test]
    fn limits_dates_and_helpers_are_those_of_the_command_line() {
        let mut scope = Scope::new();
        assert_eq!(scope.helpers(), Helpers::default());
        for (id, typed) in [
            ("item", "2048"),
            ("family", "4096"),
            ("parts", "9"),
            ("text", "32"),
            ("depth", "3"),
        ] {
            scope.form.set_text(id, typed);
        }
        // Nothing that is not shown counts.
        assert_eq!(scope.rules().unwrap().1, IngestOptions::default());
        let mut press = |keys: &[KeyCode]| {
            for key in keys {
                scope.key((*key).into());
            }
        };
        press(&[KeyCode::Right; 2]);
        press(&[KeyCode::Down, KeyCode::Down, KeyCode::Right]);
        press(&[KeyCode::Down; 13]);
        press(&[KeyCode::Right]);
        scope.picked(PickFor::LoadFile, "/v.dat".into());
        let (rules, limits) = scope.rules().unwrap();
        assert_eq!(rules.date_order, Some(DateOrder::MonthFirst));
        assert_eq!(limits.max_item_bytes, 2048 << 20);
        assert_eq!(limits.max_family_bytes, 4096 << 20);
        assert_eq!((limits.max_family_items, limits.max_depth), (9, 3));
        assert_eq!(limits.max_text_bytes, 32 << 20);
        scope.form.set_text("depth", "65");
        assert!(scope.rules().unwrap_err().contains("from 1 to 64"));
        scope.picked(PickFor::Passwords, "/p.txt".into());
        assert_eq!(scope.helpers().passwords, Some("/p.txt".into()));
        assert!(scope.summary(false).contains("with passwords"));
    }

    #[test]
    fn closing_without_keeping_forgets() {
        let mut scope = Scope::new();
        scope.open();
        scope.form.set_text("exclude", "*.tmp");
        scope.close(false);
        assert_eq!(scope.form.text("exclude"), "");
        scope.open();
        scope.form.set_text("exclude", "*.tmp");
        scope.close(true);
        assert_eq!(scope.form.text("exclude"), "*.tmp");
        assert!(!scope.is_open());
    }
}
