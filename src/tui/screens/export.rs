//! What can be written from a bundle: productions for review platforms, logs, reports. Nothing is
//! written from a bundle that does not verify.

use super::Keys;
use super::desk::{About, Desk};
use super::form::{Form, Value};
use super::request_guard::Questions;
use crate::dat::Encoding;
use crate::export::production::volume_name;
use crate::export::{Bates, ExportOptions, LogFact, Named, Profile, bates};
use crate::tui::canvas::Canvas;
use crate::tui::engine::{ExportTask, Target, What};
use crate::tui::event::{Ended, Job, Outcome};
use crate::tui::input::Input;
use crate::tui::nav::Draw;
use crate::tui::overlay::{Confirm, Overlay, PickFor, Question};
use crate::tui::state::Out;
use crate::tui::text;
use crate::verify::Report;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::num::NonZero;
use std::path::{Path, PathBuf};

const KINDS: [&str; 5] = [
    "production for a review platform",
    "privilege log",
    "exceptions log",
    "report to read and print",
    "draft of a certificate",
];
const PROFILES: [&str; 5] = ["Relativity", "Nuix", "Everlaw", "Logikcull", "CSV"];

/// Encodings of a load file, by id; the platform's own first.
const ENCODINGS: [(&str, &str); 5] = [
    ("", "as the platform takes it"),
    ("utf8", "UTF-8"),
    ("utf8-bom", "UTF-8 with a byte order mark"),
    ("utf16", "UTF-16"),
    ("cp1252", "Windows-1252"),
];

/// What the privilege log that is handed over names of withheld documents, beyond the bundle. Persons who are
/// protected by their exemption are never named from here.
const SERVED: [(&str, &[LogFact]); 3] = [
    ("what the bundle tells", &[]),
    (
        "also date, type, author, recipients",
        &[
            LogFact::Date,
            LogFact::Type,
            LogFact::Author,
            LogFact::To,
            LogFact::Cc,
            LogFact::Bcc,
        ],
    ),
    ("also subject and file name", &LogFact::ALL),
];

/// What `families.csv` has: opening needs the case.
const FAMILIES: [&str; 2] = [
    "as the produced documents say",
    "open: who lies in whom, of every member",
];

/// What is known about the bundle when the screen opens.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The commitment file.
    pub commitment: Option<PathBuf>,
    /// The classifier file.
    pub classifier: Option<PathBuf>,
    /// The responder's case.
    pub case: Option<PathBuf>,
    /// Whether this program has verified the bundle since it was started.
    pub verified: bool,
    /// Which of the files somebody chose.
    pub chosen: Chosen,
}

/// Which files somebody chose; the others were found by the program, and whoever put them there may be the party
/// that is to be checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The commitment file.
    pub commitment: bool,
    /// The classifier file.
    pub classifier: bool,
}

impl Known {
    /// What everybody has to know who relies on files that were found.
    pub(super) fn found(&self, home: Option<&Path>) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(path) = self.commitment.as_ref().filter(|_| !self.chosen.commitment) {
            said.push(format!(
                "The commitment file was found nearby and not chosen: {}. Make sure that it is the one that \
                 was published before the request.",
                text::path(home, path)
            ));
        }
        if let Some(path) = self.classifier.as_ref().filter(|_| !self.chosen.classifier) {
            said.push(format!(
                "The classifier file was found nearby and not chosen: {}. Make sure that it is the one that \
                 was asked with.",
                text::path(home, path)
            ));
        }
        said
    }
}

/// The screen.
#[derive(Debug)]
pub struct Export {
    bundle: PathBuf,
    known: Known,
    desk: Desk,
    /// The suggestion for the name, replaced as long as nobody changed it.
    suggested: String,
    done: Option<(Vec<String>, PathBuf)>,
    refused: Option<Box<Report>>,
    error: Option<String>,
    guard: Questions,
    /// The case that what was asked is about.
    guarded: Option<PathBuf>,
}

impl Export {
    /// For a bundle.
    pub fn new(bundle: PathBuf, known: Known) -> Self {
        let yes_no = || Value::Choice(vec!["no", "yes"], 0);
        let form = Form::default()
            .with("kind", "What", Value::Choice(KINDS.to_vec(), 0))
            .with("profile", "Platform", Value::Choice(PROFILES.to_vec(), 0))
            .with("prefix", "Prefix", Value::Text(Input::new("PROD")))
            .with("start", "First number", Value::Text(Input::new("1")))
            .with(
                "width",
                "Digits of a number",
                Value::Text(Input::new(bates::DEFAULT_WIDTH.to_string())),
            )
            .with("slips", "Placeholders for withheld", yes_no())
            .with(
                "named",
                "Served log names",
                Value::Choice(SERVED.map(|(name, _)| name).to_vec(), 0),
            )
            .with("families", "Families", Value::Choice(FAMILIES.to_vec(), 0))
            .with("designation", "Designation", Value::Text(Input::default()))
            .or("none")
            .with("volume", "First volume", Value::Text(Input::new("VOL001")))
            .with("split", "Documents a volume", Value::Text(Input::default()))
            .or("all in one; or a number, families stay together")
            .with(
                "encoding",
                "Encoding of the DAT",
                Value::Choice(ENCODINGS.map(|(_, name)| name).to_vec(), 0),
            )
            .with("format", "Format", Value::Choice(vec!["CSV", "XLSX"], 0))
            .with(
                "case",
                "Case",
                // Never one that was merely found nearby: with a case, secrets are written.
                Value::File(PickFor::Case, None),
            )
            .or("none; the responder's own: adds a folder internal/ that is never handed over")
            .with("output", "Write to", Value::Text(Input::default()))
            .with("go", "Write", Value::Button);
        let mut screen = Export {
            bundle,
            known,
            desk: Desk::new(form),
            suggested: String::new(),
            done: None,
            refused: None,
            error: None,
            guard: Questions::default(),
            guarded: None,
        };
        screen.settle();
        screen
    }

    fn profile(&self) -> Profile {
        Profile::ALL[self.desk.form.choice("profile").min(Profile::ALL.len() - 1)]
    }

    fn options(&self) -> Result<ExportOptions, String> {
        let start = self.desk.form.text("start");
        let start = start
            .parse()
            .map_err(|_| format!("the first number is a number, not '{start}'"))?;
        let prefix = self.desk.form.text("prefix");
        let width = self.desk.form.text("width");
        let width = width
            .parse()
            .map_err(|_| format!("the digits are a number, not '{width}'"))?;
        let bates = Bates::new(prefix, start, width).map_err(|e| e.to_string())?;
        let profile = self.profile();
        profile.check(&bates).map_err(|e| e.to_string())?;
        let volume = self.desk.form.text("volume");
        volume_name(volume, 0).map_err(|e| e.to_string())?;
        let volume_documents = match self.desk.form.text("split") {
            "" => usize::MAX,
            typed => typed
                .parse::<NonZero<usize>>()
                .map_err(|_| format!("documents a volume: a number from 1 on, not '{typed}'"))?
                .get(),
        };
        let encoding = ENCODINGS[self.desk.form.choice("encoding").min(ENCODINGS.len() - 1)].0;
        Ok(ExportOptions {
            volume: volume.to_owned(),
            volume_documents,
            encoding: Encoding::from_id(encoding).filter(|_| profile != Profile::Csv),
            confidentiality: self.desk.form.text("designation").to_owned(),
            slip_sheets: self.desk.form.choice("slips") == 1,
            open_families: self.desk.form.file("case").is_some()
                && self.desk.form.choice("families") == 1,
            named: Named {
                facts: match self.desk.form.file("case") {
                    Some(_) => {
                        let at = self.desk.form.choice("named").min(SERVED.len() - 1);
                        SERVED[at].1.to_vec()
                    }
                    None => Vec::new(),
                },
                personal: Vec::new(),
            },
            allow: self.guard.allowances(),
            ..ExportOptions::new(profile, bates)
        })
    }

    fn what(&self) -> Result<What, String> {
        Ok(match self.desk.form.choice("kind") {
            0 => What::Production(Box::new(self.options()?)),
            1 => What::PrivilegeLog,
            2 => What::Exceptions,
            3 => What::Report(None),
            _ => What::Certificate(None),
        })
    }

    fn target(&self) -> Result<Target, String> {
        let need = |path: &Option<PathBuf>, what: &str| {
            path.clone()
                .ok_or_else(|| format!("{what} is not at hand: verify the bundle first, with v"))
        };
        Ok(Target {
            bundle: self.bundle.clone(),
            commitment: need(&self.known.commitment, "the commitment file")?,
            classifier: need(&self.known.classifier, "the classifier file")?,
        })
    }

    fn task(&self, out: &Out) -> Result<ExportTask, String> {
        let output = self.desk.form.text("output");
        if output.is_empty() {
            return Err("say where to write".to_owned());
        }
        let case = self.desk.form.file("case").map(Path::to_owned);
        Ok(ExportTask {
            target: self.target()?,
            what: self.what()?,
            case: case.filter(|_| self.desk.form.choice("kind") <= 2),
            output: out.resolve(output),
        })
    }

    /// What was allowed, was in that case.
    fn forget(&mut self) {
        self.guard.forget();
        self.guarded = self.desk.form.file("case").map(Path::to_owned);
    }

    fn begin(&mut self, out: &mut Out) {
        match self.task(out) {
            Err(why) => out.toast(text::message(&why)),
            Ok(task) => {
                self.error = None;
                self.refused = None;
                self.done = None;
                self.desk.begin(Job::Export(Box::new(task)), out);
            }
        }
    }

    fn draw_below(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        let mut lines = Vec::new();
        let title = if self.desk.job.is_some() {
            "Writing"
        } else if self.done.is_some() {
            "Written"
        } else {
            ""
        };
        let inner = canvas.block(area, title, self.desk.job.is_some());
        if self.desk.job.is_some() {
            return self.desk.draw_progress(canvas, inner);
        }
        if let Some(error) = &self.error {
            let said = text::lines(error).into_iter();
            lines.extend(said.map(|l| Line::styled(l, theme.bad())));
        } else if let Some(report) = &self.refused {
            let say = "The bundle does not verify, so nothing was written.";
            lines.push(Line::styled(say, theme.bad()));
            let failures = report.failures();
            lines.extend(failures.iter().map(|f| Line::from(text::clean(f))));
        } else if let Some((what, path)) = &self.done {
            lines.extend(what.iter().map(|l| Line::from(text::clean(l))));
            lines.push(Line::default());
            lines.push(Line::styled(canvas.path(path), theme.strong()));
        } else {
            let verified = if self.known.verified {
                "The bundle was verified in this program. Only if it has changed since, it is verified \
                 again."
            } else {
                "The bundle is verified first, unless this program has done so and it has not changed \
                 since."
            };
            let kind = match self.desk.form.choice("kind") {
                0 => {
                    "A folder with serve/, which may be handed over: load file, natives, text, images, \
                     privilege log, log of departures, hashes. The responder's case adds internal/, which \
                     stays: the logs with dates, parties, subjects and paths."
                }
                1 => {
                    "Every withheld item with its ground (FRCP 26(b)(5)). The case adds dates, parties, \
                      subjects and paths; such a log stays with the responder."
                }
                2 => {
                    "Every item that could not be processed, and why. The case adds paths and what the \
                      readers said; such a log stays with the responder."
                }
                3 => {
                    "One page on top in plain words, then the details. The name's ending decides: \
                      .html, .json or .txt."
                }
                _ => {
                    "FRE 902(13) and (14), for a qualified person to complete and sign. The name's \
                      ending decides: .html or .txt."
                }
            };
            let found = self.known.found(canvas.home).into_iter();
            lines.extend(found.map(|said| Line::styled(said, theme.warn())));
            lines.push(Line::from(kind));
            lines.push(Line::styled(verified, theme.dim()));
        }
        canvas.scrolled(inner, lines, &self.desk.scroll);
    }
}

impl About for Export {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }

    fn name(&self) -> String {
        format!("Export {}", text::name(&self.bundle))
    }

    fn work(&self) -> &'static str {
        "The export"
    }

    fn near(&self) -> &Path {
        &self.bundle
    }

    /// Shows the rows that the kind needs, and suggests a name.
    fn settle(&mut self) {
        let kind = self.desk.form.choice("kind");
        // The CSV profile has no DAT, and is UTF-8.
        let dat = self.profile() != Profile::Csv;
        let case = self.desk.form.file("case").is_some();
        self.desk.form.show(|id| match id {
            "kind" | "output" | "go" => true,
            "profile" | "prefix" | "start" | "width" | "slips" | "designation" => kind == 0,
            "volume" | "split" => kind == 0,
            "encoding" => kind == 0 && dat,
            "named" | "families" => kind == 0 && case,
            "case" => kind <= 2,
            "format" => kind == 1 || kind == 2,
            _ => false,
        });
        if self.desk.form.file("case") != self.guarded.as_deref() {
            self.forget();
        }
        let sheet = ["csv", "xlsx"][self.desk.form.choice("format").min(1)];
        let inside = if case { "internal-" } else { "" };
        let ending = match kind {
            0 => format!("production-{}", self.profile().id()),
            1 => format!("{inside}privilege-log.{sheet}"),
            2 => format!("{inside}exceptions.{sheet}"),
            3 => "report.html".to_owned(),
            _ => "certificate-draft.txt".to_owned(),
        };
        let name = self.bundle.file_name().unwrap_or_default();
        let name = format!("{}-{ending}", name.to_string_lossy());
        let path = self.bundle.with_file_name(name);
        let path = path.to_string_lossy().into_owned();
        if self.desk.form.text("output") == self.suggested {
            self.desk.form.set_text("output", path.clone());
            self.suggested = path;
        }
    }
    fn go(&mut self, out: &mut Out) {
        if self.desk.form.choice("kind") == 0 && self.guard.ask(out) {
            return;
        }
        match self.task(out) {
            Err(why) => out.toast(text::message(&why)),
            Ok(ExportTask {
                what: What::Production(options),
                output,
                ..
            }) => {
                let served = options.named.facts.len();
                let from = if self.known.verified {
                    "The bundle was verified here; nothing is written if it has changed since and fails."
                } else {
                    "The bundle is verified first; nothing is written if it fails."
                };
                out.ask(Overlay::Confirm(Confirm::new(
                    Question::Export,
                    "Write this production?",
                    vec![
                        format!(
                            "For {}, numbered from {}, into {}",
                            PROFILES[self.desk.form.choice("profile").min(4)],
                            text::clean(&options.bates.number(0)),
                            out.path(&output),
                        ),
                        String::new(),
                        from.to_owned(),
                        match served {
                            0 => "Hand over serve/ and nothing else: what is in it, its receiver can read.",
                            _ => "serve/ will name facts of withheld documents, as chosen: read its log first.",
                        }
                        .to_owned(),
                    ]
                    .into_iter()
                    .chain(self.known.found(out.home.as_deref()))
                    .collect(),
                    "write",
                )));
            }
            Ok(_) => self.begin(out),
        }
    }

    fn yes(&mut self, question: Question, out: &mut Out) {
        if question == Question::Export {
            self.begin(out);
        }
    }

    fn allowed(&mut self, allowed: Vec<(u32, String)>, out: &mut Out) {
        if self.guard.answer(allowed) {
            self.begin(out);
        }
    }

    fn ended(&mut self, ended: Ended, _: &mut Out) {
        match ended {
            Ended::Ok(Outcome::Exported(lines, path)) => self.done = Some((lines, path)),
            Ended::Ok(Outcome::Verified(report, _)) => self.refused = Some(report),
            Ended::Ok(Outcome::Guarded(refusal)) => {
                self.guarded = self.desk.form.file("case").map(Path::to_owned);
                self.error = Some(self.guard.take(&refusal));
            }
            Ended::Failed(error) | Ended::Cancelled(error) => self.error = Some(error),
            Ended::Ok(_) => {}
        }
    }

    fn explain(&self) -> Keys {
        &[
            ("Tab ↑ ↓", "next row, previous row"),
            ("← → Space", "another choice"),
            ("⏎", "on a file: choose; on the last row: write"),
            ("Del", "on a file: none"),
            ("c", "while writing: cancel; nothing is left behind"),
        ]
    }
}

impl Draw for Export {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let below = self.desk.draw("From a verified bundle", canvas, area);
        self.draw_below(canvas, below);
    }
}
