//! Remote control: a terminal without a display is driven by JSON lines on its standard input and
//! tells on its standard output what its screen shows. Taps are real taps at the place where the
//! named thing is drawn; scans come in as everywhere, through a scanner. For demonstrations and
//! tests of the whole; not built into a terminal that is shipped.

use crate::app::Input;
use crate::clock;
use crate::shell::Shell;
use crate::ui::headless::Headless;
use crate::ui::turn;
use crate::view::{Layer, LearnStage, LineChange, View};
use crate::writer::Answer;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::rc::Rc;

/// One line of the standard input.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    /// A finger on the thing with this label.
    Tap(String),
    /// The same for the thing that stands at this place among those with the label.
    TapNth(String, usize),
    /// Keys of a keyboard on a cable.
    Type(String),
    Shot(PathBuf),
    /// Another screen: width, height, scale.
    Size(u32, u32, f32),
    /// Which labels are on the screen.
    Labels,
    /// The state, whether it changed or not.
    Look,
    Quit,
}

/// One line of the standard output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    View(Box<Shown<'a>>),
    /// From the scan's last byte to the verdict on the screen.
    Verdict {
        ms: f64,
    },
    Labels(Vec<String>),
    Done(String),
    Error(String),
}

/// What the screen shows, in short.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    page: String,
    layer: &'static str,
    refusal: Option<&'static str>,
    sentence: String,
    flash: Option<String>,
    busy: bool,
    blank: bool,
    operator: &'a str,
    lines: usize,
    quantity: u32,
    total: &'a str,
    held: u32,
    prompt: Option<&'a str>,
    prompt_wanted: u32,
    prompt_taken: usize,
    left: &'a str,
    change: &'a str,
    complete: bool,
    receipt: &'a str,
    sync: String,
    sync_error: String,
    pending: u32,
    not_applied: usize,
    unseen: u32,
    changed: usize,
    units: u64,
    /// Documents that other terminals told, and how many of them are within reach.
    heard: u32,
    peers: usize,
    scanner: String,
    /// The scanners in use, and where learning one stands.
    scanners: usize,
    learn: &'static str,
    learnt: String,
    /// What is listened to, while a scanner is set up.
    ears: String,
    scanner_problem: &'a str,
    /// Why the box was not introduced to a hub.
    enrol: String,
    /// The last code on the page where scanners are tried out.
    tried: &'a str,
    /// How much is shown of what scanners sent.
    raws: usize,
    login: String,
}

/// The screen in memory with what is being measured on it.
pub struct Remote {
    headless: Rc<Headless>,
    told: String,
    scan_us: Option<u64>,
    verdict_due: bool,
}

impl Remote {
    /// Reads orders from now on, on a thread of its own.
    pub fn start(headless: Headless) -> std::io::Result<Remote> {
        std::thread::Builder::new().name("remote".into()).spawn(|| {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                let _loop_has_ended = turn::soon(move || obey(&line));
            }
            let _loop_has_ended = turn::quit();
        })?;
        Ok(Remote { headless: Rc::new(headless), told: String::new(), scan_us: None, verdict_due: false })
    }

    /// Notes what a scan's way to the screen consists of.
    pub fn watch(&mut self, input: &Input) {
        match input {
            Input::Scan(scan::ScanEvent::Scan(scan)) => self.scan_us = Some(scan.t_last_us),
            Input::Writer(Answer::Resolved(_)) => self.verdict_due = self.scan_us.is_some(),
            _ => {}
        }
    }

    /// Draws, and tells what is shown if that changed.
    pub fn drawn(&mut self, view: &View) {
        self.headless.draw();
        if (self.verdict_due || view.refusal.is_some())
            && let Some(scan_us) = self.scan_us.take()
        {
            let ms = clock::mono_us().saturating_sub(scan_us) as f64 / 1_000.0;
            tell(&Line::Verdict { ms });
            self.verdict_due = false;
        }
        let line = serde_json::to_string(&Line::View(Box::new(Shown::of(view)))).expect("a view is text and numbers");
        if line != self.told {
            self.told.clone_from(&line);
            tell_text(&line);
        }
    }
}

/// Carries out one order on the event loop's thread. The shell is not held meanwhile: a tap makes
/// it work.
fn obey(line: &str) {
    let Some(Some(headless)) = Shell::with(|shell| shell.remote().map(|remote| remote.headless.clone())) else { return };
    let order: Order = match serde_json::from_str(line) {
        Ok(order) => order,
        Err(error) => return tell(&Line::Error(format!("not an order: {error}"))),
    };
    match order {
        Order::Tap(label) => tap(&headless, &label, 0),
        Order::TapNth(label, nth) => tap(&headless, &label, nth),
        Order::Type(text) => {
            text.chars().for_each(|character| headless.type_one(character));
            tell(&Line::Done("type".into()));
        }
        Order::Shot(path) => match headless.screenshot().write_png(&path) {
            Ok(()) => tell(&Line::Done(format!("shot {}", path.display()))),
            Err(error) => tell(&Line::Error(format!("{}: {error}", path.display()))),
        },
        Order::Size(width, height, scale) => {
            headless.resize((width, height), scale);
            headless.pump();
            tell(&Line::Done(format!("size {width}x{height}@{scale}")));
        }
        Order::Labels => {
            let labels = Shell::with(|shell| shell.ui().labels()).unwrap_or_default();
            tell(&Line::Labels(labels));
        }
        Order::Look => drop(Shell::with(|shell| {
            if let Some(remote) = shell.remote() {
                remote.told.clear();
            }
            shell.take(Input::Tick);
        })),
        Order::Quit => drop(turn::quit()),
    }
    Shell::wake();
}

fn tap(headless: &Headless, label: &str, nth: usize) {
    let places = Shell::with(|shell| shell.ui().places(label)).unwrap_or_default();
    match places.get(nth) {
        Some((x, y)) => {
            headless.tap(*x, *y);
            tell(&Line::Done(format!("tap {label}")));
        }
        None => {
            let labels = Shell::with(|shell| shell.ui().labels()).unwrap_or_default();
            tell(&Line::Error(format!("nothing labelled {label:?} ({nth}) is on the screen; there are {labels:?}")));
        }
    }
}

fn tell(line: &Line<'_>) {
    tell_text(&serde_json::to_string(line).expect("a line is text and numbers"));
}

fn tell_text(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever listened is gone: the end of the standard input will say so too.
    let _nobody_listens = writeln!(out, "{line}").and_then(|()| out.flush());
}

impl<'a> Shown<'a> {
    fn of(view: &'a View) -> Shown<'a> {
        let prompt = match &view.layer {
            Layer::Serials(prompt) => Some(prompt),
            _ => None,
        };
        Shown {
            page: format!("{:?}", view.page),
            layer: layer_name(&view.layer),
            refusal: view.refusal.as_ref().map(crate::notice::Notice::code),
            sentence: view.refusal.as_ref().map(ToString::to_string).unwrap_or_default(),
            flash: view.flash.as_ref().map(|flash| format!("{:?} {}", flash.what, flash.text)),
            busy: view.busy,
            blank: view.blank,
            operator: &view.header.operator,
            lines: view.sale.lines.len(),
            quantity: view.sale.quantity,
            total: &view.sale.total,
            held: view.sale.held,
            prompt: prompt.map(|p| p.name.as_str()),
            prompt_wanted: prompt.map_or(0, |p| p.wanted),
            prompt_taken: prompt.map_or(0, |p| p.have as usize),
            left: &view.payment.left,
            change: &view.payment.change,
            complete: view.payment.complete,
            receipt: &view.receipt.number,
            sync: format!("{:?}", view.header.sync),
            sync_error: format!("{:?}", view.sync.error),
            pending: view.header.pending,
            not_applied: view.sync.not_applied.len(),
            unseen: view.header.unseen,
            changed: view.sale.lines.iter().filter(|line| line.change != LineChange::None).count(),
            units: view.sync.units,
            heard: view.sync.heard,
            peers: view.sync.peers.iter().filter(|peer| peer.reachable).count(),
            scanner: format!("{:?}", view.header.scanner),
            scanners: view.scanners.scanners.len(),
            enrol: format!("{:?}", view.enrol.trouble),
            learn: learn_name(&view.learn.stage),
            learnt: learnt(&view.learn.stage),
            ears: view.learn.ears.iter().filter(|ear| ear.deaf.is_none()).map(|ear| ear.name.as_str()).collect::<Vec<_>>().join(", "),
            scanner_problem: &view.scanners.problem,
            tried: view.scanners.recent.first().map(|row| row.text.as_str()).unwrap_or_default(),
            raws: view.scanners.raws.len(),
            login: format!("{:?}", view.login.state),
        }
    }
}

fn learn_name(stage: &LearnStage) -> &'static str {
    match stage {
        LearnStage::Listening => "Listening",
        LearnStage::Found(_) => "Found",
        LearnStage::Differs(_) => "Differs",
        LearnStage::Spoiled(_) => "Spoiled",
    }
}

/// What was found, or what differs.
fn learnt(stage: &LearnStage) -> String {
    match stage {
        LearnStage::Found(found) => format!("{} {}", found.device, found.suffix),
        LearnStage::Differs(wrong) => wrong.wrong.join(" "),
        LearnStage::Listening | LearnStage::Spoiled(_) => String::new(),
    }
}

fn layer_name(layer: &Layer) -> &'static str {
    match layer {
        Layer::None => "None",
        Layer::Serials(_) => "Serials",
        Layer::AskSerials { .. } => "AskSerials",
        Layer::Caution(_) => "Caution",
        Layer::LineEditor(_) => "LineEditor",
        Layer::Approval(_) => "Approval",
        Layer::Chooser { .. } => "Chooser",
        Layer::Search { .. } => "Search",
        Layer::Held(_) => "Held",
    }
}
