//! Signatures and time-stamps: made, kept, and checked. Of a commitment, a bundle, or any file.

use super::Keys;
use super::desk::{About, Desk};
use super::form::{Form, Value};
use crate::sign::{Beside, Password};
use crate::tui::canvas::Canvas;
use crate::tui::engine::{SignTask, Signed};
use crate::tui::event::{Effect, Ended, Event, Job, Outcome, Vouching};
use crate::tui::input::{Input, Secret};
use crate::tui::nav::Draw;
use crate::tui::overlay::{Confirm, Overlay, PickFor, Question};
use crate::tui::state::Out;
use crate::tui::text;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const STEPS: [&str; 6] = [
    "sign",
    "check a signature",
    "write a request for a time-stamp",
    "keep the authority's answer",
    "check a time-stamp",
    "make a key pair",
];
const SIGN: usize = 0;
const CHECK: usize = 1;
const REQUEST: usize = 2;
const STORE: usize = 3;
const CHECK_STAMP: usize = 4;
const KEYGEN: usize = 5;

/// How the last step ended.
#[derive(Debug)]
enum Done {
    Taken(Box<Signed>),
    Failed(String),
}

/// The screen.
#[derive(Debug)]
pub struct Sign {
    /// What it was opened for.
    what: PathBuf,
    desk: Desk,
    done: Option<Done>,
    vouched: Vec<Beside>,
}

impl Sign {
    /// For a case, a bundle or a file; `case` is whose custody log hears of it.
    pub fn new(what: PathBuf, case: Option<PathBuf>) -> Self {
        let key = what.with_file_name("my-key");
        let text = |text: &str| Value::Text(Input::new(text));
        let secret = || Value::Secret(Secret::default());
        let file = |what, path: Option<PathBuf>| Value::File(what, path);
        let form = Form::default()
            .with("step", "Step", Value::Choice(STEPS.to_vec(), SIGN))
            .with("what", "Of", file(PickFor::Subject, Some(what.clone())))
            .with("key", "Secret key", file(PickFor::SecretKey, None))
            .with("password", "Its password", secret())
            .with("public", "Public key", file(PickFor::Key, None))
            .or("a file, or typed below")
            .with("typed", "or typed", text(""))
            .or("the line that minisign shows: RW…")
            .with("signature", "Signature", file(PickFor::Signature, None))
            .or("beside the file")
            .with("reply", "The answer", file(PickFor::Reply, None))
            .with("request", "The request", file(PickFor::StampRequest, None))
            .or("where the last step put it")
            .with("output", "Write to", text(""))
            .or("beside it, with the ending .tsq")
            .with(
                "roots",
                "Trusted roots",
                Value::Files(PickFor::Authority, Vec::new()),
            )
            .with(
                "helpers",
                "Certificates between",
                Value::Files(PickFor::Helper, Vec::new()),
            )
            .or("those in the time-stamp")
            .with("token", "Time-stamp", file(PickFor::Token, None))
            .or("beside the file")
            .with("case", "Recorded in case", file(PickFor::Case, case))
            .found()
            .or("the one it belongs to, if any")
            .with("name", "Name of the key", text(&key.to_string_lossy()))
            .with(
                "protection",
                "Protected by",
                Value::Choice(vec!["a password", "nothing: who has it can sign"], 0),
            )
            .with("new", "New password", secret())
            .with("again", "The same again", secret())
            .with("go", "Go on", Value::Button);
        let mut screen = Sign {
            what,
            desk: Desk::new(form),
            done: None,
            vouched: Vec::new(),
        };
        screen.settle();
        screen
    }

    fn step(&self) -> usize {
        self.desk.form.choice("step")
    }

    fn subject(&self) -> PathBuf {
        let chosen = self.desk.form.file("what").map(Path::to_owned);
        chosen.unwrap_or_else(|| self.what.clone())
    }

    /// Looks for what lies beside the file already.
    fn vouch(&self, out: &mut Out) {
        let form = &self.desk.form;
        out.effects.push(Effect::Vouch(Vouching {
            about: self.what.clone(),
            files: vec![("It", self.subject())],
            keys: form
                .file("public")
                .map(Path::to_owned)
                .into_iter()
                .collect(),
            authorities: form.files("roots").to_vec(),
        }));
    }

    fn task(&self, replace: bool, out: &Out) -> Result<SignTask, String> {
        let form = &self.desk.form;
        let file = |id: &str| form.file(id).map(Path::to_owned);
        let need = |id: &str, what: &str| file(id).ok_or_else(|| format!("choose {what} first"));
        let what = need("what", "what it is about")?;
        let typed = |id: &str| Some(form.text(id)).filter(|t| !t.is_empty());
        Ok(match self.step() {
            SIGN => SignTask::Sign {
                what,
                key: need("key", "the secret key")?,
                password: given(form.secret("password")),
                case: file("case"),
                replace,
            },
            CHECK => SignTask::CheckSignature {
                what,
                key: match (typed("typed"), file("public")) {
                    (Some(key), _) => key.to_owned(),
                    (None, Some(path)) => path.to_string_lossy().into_owned(),
                    (None, None) => return Err("choose the public key first".to_owned()),
                },
                signature: file("signature"),
            },
            REQUEST => SignTask::Request {
                what,
                output: typed("output").map(|path| out.resolve(path)),
                replace,
            },
            STORE => SignTask::Store {
                what,
                reply: need("reply", "the authority's answer")?,
                request: file("request"),
                case: file("case"),
                replace,
            },
            CHECK_STAMP => SignTask::CheckStamp {
                what,
                roots: match form.files("roots") {
                    [] => return Err("choose a certificate that you trust first".to_owned()),
                    roots => roots.to_vec(),
                },
                helpers: form.files("helpers").to_vec(),
                token: file("token"),
            },
            _ => SignTask::Keygen {
                name: match typed("name") {
                    Some(name) => out.resolve(name),
                    None => return Err("the key needs a name".to_owned()),
                },
                password: match (form.choice("protection"), form.secret("new")) {
                    (1, _) => Password::None,
                    (_, new) if new.is_empty() => return Err("type a password first".to_owned()),
                    (_, new) if new != form.secret("again") => {
                        return Err("the two passwords are not the same".to_owned());
                    }
                    (_, new) => Password::Of(new),
                },
            },
        })
    }

    fn begin(&mut self, replace: bool, out: &mut Out) {
        match self.task(replace, out) {
            Err(why) => out.toast(text::message(&why)),
            Ok(task) => {
                self.done = None;
                self.desk.begin(Job::Sign(Box::new(task)), out);
            }
        }
    }

    /// What the chosen step is about.
    fn about(&self) -> &'static str {
        match self.step() {
            SIGN => {
                "A signature (minisign's format) says who stands for these bytes. Of a case, the \
                 commitment file is signed; of a bundle, the list of hashes that covers every byte of it."
            }
            CHECK => {
                "Whether the signature was made with the secret half of this public key, over exactly \
                 these bytes. Get the key from its owner, not from where the file came from."
            }
            REQUEST => {
                "A time-stamp shows that the commitment was made before the request arrived. candor \
                 never goes online: it writes the request, you send it to an authority (RFC 3161)."
            }
            STORE => {
                "The authority's answer is kept beside the file if it is about this file and answers \
                 this request."
            }
            CHECK_STAMP => {
                "Whether an authority that you trust has stamped exactly these bytes, and when. The root \
                 certificate comes from the authority (PEM or DER)."
            }
            _ => {
                "Two files: NAME.key, secret, to be kept and backed up; NAME.pub, to be published. A key \
                 that exists is never overwritten."
            }
        }
    }

    fn draw_below(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let theme = canvas.theme;
        let title = match &self.done {
            Some(Done::Taken(_)) => "Done",
            Some(Done::Failed(_)) => "Not done",
            None => "",
        };
        let inner = canvas.block(area, title, self.desk.job.is_some());
        if self.desk.job.is_some() {
            return self.desk.draw_progress(canvas, inner);
        }
        let mut lines = Vec::new();
        match &self.done {
            Some(Done::Failed(why)) => {
                let said = text::lines(why).into_iter();
                lines.extend(said.map(|l| Line::styled(l, theme.bad())));
            }
            Some(Done::Taken(signed)) => {
                let style = if signed.good { theme.ok() } else { theme.bad() };
                lines.push(Line::styled(text::clean(&signed.verdict), style));
                let width = signed.facts.iter().map(|(name, _)| name.len()).max();
                let width = width.unwrap_or(0);
                for (name, value) in &signed.facts {
                    let value = text::clean(value);
                    lines.push(Line::from(format!("{name:<width$}  {value}")));
                }
                lines.push(Line::styled(signed.next, theme.dim()));
            }
            None => {
                lines.push(Line::styled(self.about(), theme.dim()));
                lines.push(Line::default());
                if self.step() != KEYGEN {
                    let found = super::verify_view::vouched(&self.vouched, theme);
                    if found.is_empty() {
                        let say = "Neither a signature nor a time-stamp lies beside it yet.";
                        lines.push(Line::from(say));
                    }
                    let line = |(style, say): (_, String)| Line::styled(text::clean(&say), style);
                    lines.extend(found.into_iter().map(line));
                }
            }
        }
        canvas.scrolled(inner, lines, &self.desk.scroll);
    }
}

/// A password, if one was typed.
fn given(password: Zeroizing<String>) -> Password {
    if password.is_empty() {
        Password::None
    } else {
        Password::Of(password)
    }
}

impl About for Sign {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }

    fn name(&self) -> String {
        format!("Sign {}", text::name(&self.what))
    }

    fn work(&self) -> &'static str {
        "The signature"
    }

    fn near(&self) -> &Path {
        &self.what
    }

    fn appears(&mut self, out: &mut Out) {
        self.vouch(out);
    }

    fn settle(&mut self) {
        let step = self.step();
        let password = self.desk.form.choice("protection") == 0;
        self.desk.form.show(|id| match id {
            "what" => step != KEYGEN,
            "key" | "password" => step == SIGN,
            "public" | "typed" | "signature" => step == CHECK,
            "output" => step == REQUEST,
            "reply" | "request" => step == STORE,
            "case" => step == SIGN || step == STORE,
            "roots" | "helpers" | "token" => step == CHECK_STAMP,
            "name" | "protection" => step == KEYGEN,
            "new" | "again" => step == KEYGEN && password,
            _ => true,
        });
        // What was said of another step is over.
        self.done = None;
    }

    fn go(&mut self, out: &mut Out) {
        match self.task(false, out) {
            Err(why) => out.toast(text::message(&why)),
            Ok(SignTask::Sign { what, key, .. }) => out.ask(Overlay::Confirm(Confirm::new(
                Question::Sign,
                "Sign this?",
                vec![
                    format!("{} is signed with {}.", out.path(&what), out.path(&key)),
                    String::new(),
                    "Whoever has the signature can show that the owner of the key stands for exactly \
                     these bytes. It cannot be taken back once it was handed over."
                        .to_owned(),
                ],
                "sign",
            ))),
            Ok(_) => self.begin(false, out),
        }
    }

    fn yes(&mut self, question: Question, out: &mut Out) {
        match question {
            Question::Sign => self.begin(false, out),
            Question::Replace => self.begin(true, out),
            _ => {}
        }
    }

    fn picked(&mut self, what: PickFor, path: PathBuf) {
        self.desk.form.set_file(what, path, true);
        self.done = None;
    }

    fn ended(&mut self, ended: Ended, out: &mut Out) {
        match ended {
            Ended::Ok(Outcome::Signed(signed)) => {
                self.desk.form.forget();
                if let Some((secret, public)) = &signed.keys {
                    let form = &mut self.desk.form;
                    form.set_file(PickFor::SecretKey, secret.clone(), true);
                    form.set_file(PickFor::Key, public.clone(), true);
                }
                self.done = Some(Done::Taken(signed));
                self.vouch(out);
            }
            Ended::Ok(Outcome::InTheWay(path)) => out.ask(Overlay::Confirm(Confirm::new(
                Question::Replace,
                "Replace it?",
                vec![
                    format!("{} exists already.", out.path(&path)),
                    String::new(),
                    match self.step() {
                        REQUEST => {
                            "An answer to the request that was written before would be refused then."
                        }
                        _ => "What it says now is lost then.",
                    }
                    .to_owned(),
                ],
                "replace",
            ))),
            Ended::Failed(why) | Ended::Cancelled(why) => {
                // Whatever was wrong, a password is typed anew, not added to.
                self.desk.form.forget();
                self.done = Some(Done::Failed(why));
            }
            Ended::Ok(_) => {}
        }
    }

    fn news(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Vouched(about, found) if about == self.what => {
                self.vouched = found;
                None
            }
            other => Some(other),
        }
    }

    fn explain(&self) -> Keys {
        &[
            ("← → Space", "another step"),
            ("Tab ↑ ↓", "next row, previous row"),
            ("⏎", "on a file: choose; on the last row: go on"),
            ("Del", "on a file: none, or one less"),
            ("c", "while it works: cancel"),
            (
                "",
                "passwords are not shown, and forgotten when the step is taken",
            ),
        ]
    }
}

impl Draw for Sign {
    fn draw(&self, canvas: &mut Canvas<'_, '_>, area: Rect) {
        let below = self.desk.draw("Signatures and time-stamps", canvas, area);
        self.draw_below(canvas, below);
    }
}
