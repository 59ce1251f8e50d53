//! The shell around the app: it owns the window and the threads, carries inputs in and effects out.
//! It decides nothing.
//!
//! Everything meets on the event loop's thread: other threads put an [`Input`] into the inbox and
//! wake the loop, the loop drains the inbox, and one drawing shows the result of all of it.

use crate::app::{App, Effect, Facts, Input, PrinterNews};
use crate::clock;
use crate::config::Config;
use crate::display::Light;
use crate::enrolment::{self, EnrolFault};
use crate::identity::Identity;
use crate::message::Intent;
use crate::notice::Notice;
use crate::notify::{self, Watchdog};
use crate::printer::Printer;
use crate::scanners::{Desk, Places};
use crate::sound::Player;
use crate::ui::{Ui, sound, turn};
use crate::uplink::Uplink;
use crate::view::{EnrolTrouble, View};
use crate::writer::{Answer, Command, NotSent, Writer};
use engine::port::{Ids as _, RandomIds};
use ledger::id::OpId;
use scan::ScanEvent;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// Most inputs waiting for the screen; far more than a second of everything at once.
const INBOX_MAX: usize = 1_024;
/// How often time is told to the app.
const TICK: Duration = Duration::from_millis(500);

thread_local! {
    /// The shell of the event loop's thread, where woken work finds it.
    static SHELL: RefCell<Option<Shell>> = const { RefCell::new(None) };
}

/// The running terminal.
pub struct Shell {
    app: App,
    ui: Ui,
    before: View,
    inbox: Receiver<Input>,
    taps: Rc<RefCell<VecDeque<Intent>>>,
    post: Post,
    config: Config,
    /// None while the box belongs to no hub.
    store: Option<Store>,
    printer: Option<Printer>,
    player: Player,
    watchdog: Option<Watchdog>,
    light: Light,
    scanners: Desk,
    #[cfg(feature = "remote")]
    remote: Option<crate::remote::Remote>,
}

/// What works for a hub: the store and who syncs it.
struct Store {
    writer: Writer,
    uplink: Uplink,
}

/// Puts inputs into the inbox from any thread.
#[derive(Clone)]
struct Post {
    inbox: SyncSender<Input>,
    scans_lost: Arc<AtomicBool>,
}

impl Post {
    fn send(&self, input: Input) {
        // The loop ends before the threads do; what comes after that has nobody to see it.
        if self.inbox.send(input).is_ok() {
            let _loop_has_ended = turn::soon(Shell::wake);
        }
    }

    /// Scans never wait: a scanner must be read on. What does not fit is told as a fault.
    fn scan(&self, event: ScanEvent) {
        if let Err(TrySendError::Full(_)) = self.inbox.try_send(Input::Scan(event)) {
            self.scans_lost.store(true, Ordering::Relaxed);
        }
        let _loop_has_ended = turn::soon(Shell::wake);
    }
}

/// Starts every thread, shows the window and runs until it is closed. Without an identity the box
/// belongs to no hub, and its first page is where it is introduced to one.
pub fn run(config: &Config, identity: Option<&Identity>, screen: Screen) -> anyhow::Result<()> {
    let (sender, inbox) = sync_channel(INBOX_MAX);
    let post = Post { inbox: sender, scans_lost: Arc::default() };
    let taps: Rc<RefCell<VecDeque<Intent>>> = Rc::default();
    let ui = {
        let taps = taps.clone();
        Ui::new(move |intent| {
            taps.borrow_mut().push_back(intent);
            let _loop_has_ended = turn::soon(Shell::wake);
        })?
    };
    ui.set_dark(config.display.dark);
    if screen.kind == ScreenKind::Display {
        ui.place(config.display.width, config.display.height, config.display.fullscreen);
    }
    let store = identity.map(|identity| Store::open(config, identity, &post)).transpose()?;
    let printer = match config.printer.clone() {
        Some(printer) => {
            let post = post.clone();
            Some(Printer::start(printer, move |news| post.send(Input::Printer(news)))?)
        }
        None => None,
    };
    let scanners = scanners(config, &post)?;
    let shell = Shell {
        app: app(config, identity),
        ui,
        before: View::default(),
        inbox,
        taps,
        post,
        config: config.clone(),
        store,
        printer,
        player: Player::start(config.sound.clone()),
        watchdog: Watchdog::of_service(),
        scanners,
        light: if screen.kind == ScreenKind::Display { Light::start(config.display.brightness) } else { Light::none() },
        #[cfg(feature = "remote")]
        remote: screen.remote,
    };
    shell.live(&screen.kind)
}

fn scanners(config: &Config, post: &Post) -> Result<Desk, scan::StartFault> {
    let places = Places { configured: config.scanners.clone(), lines: config.scanner_lines.clone(), data: config.data.clone() };
    let (scans, news) = (post.clone(), post.clone());
    Desk::start(places, move |event| scans.scan(event), move |told| news.send(Input::Scanners(told)))
}

impl Store {
    fn open(config: &Config, identity: &Identity, post: &Post) -> anyhow::Result<Store> {
        let (answers, news, heard) = (post.clone(), post.clone(), post.clone());
        let writer = Writer::start(&config.data, &identity.for_store(), move |answer| answers.send(Input::Writer(answer)))?;
        let uplink = Uplink::start(identity.clone(), config.data.clone(), writer.handle(), move |told| news.send(Input::Uplink(told)))?;
        if let Some(lan) = config.lan.clone() {
            crate::peers::start(lan, identity, writer.handle(), move |told| heard.send(Input::Peers(told)))?;
        }
        Ok(Store { writer, uplink })
    }
}

/// What the window is drawn on.
pub struct Screen {
    pub kind: ScreenKind,
    #[cfg(feature = "remote")]
    pub remote: Option<crate::remote::Remote>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenKind {
    Display,
    /// Memory; driven by lines on the standard input.
    Headless,
}

fn app(config: &Config, identity: Option<&Identity>) -> App {
    let facts = facts(config, identity);
    match identity {
        Some(_) => App::new(facts, Box::new(fresh_op), clock::wall_ms()),
        None => App::unenrolled(facts, Box::new(fresh_op), clock::wall_ms()),
    }
}

fn facts(config: &Config, identity: Option<&Identity>) -> Facts {
    Facts {
        enrolled: identity.is_some(),
        terminal: identity.map(|identity| identity.name.clone()).unwrap_or_default(),
        warehouse: identity.map(|identity| identity.warehouse.clone()).unwrap_or_default(),
        hub: identity.map(|identity| identity.hub.clone()).unwrap_or_default(),
        has_printer: config.printer.is_some(),
        slip_columns: config.slip_columns,
        slip_ascii: config.slip_ascii,
        language: config.language,
        lock_after_minutes: config.lock_after_minutes,
        blank_after_s: config.display.blank_after_s,
    }
}

fn fresh_op() -> OpId {
    RandomIds.op_id()
}

impl Shell {
    /// Work for the event loop's thread: take what is there.
    pub fn wake() {
        Shell::with(Shell::pump);
    }

    /// Runs `work` on the shell; nothing after it has stopped.
    pub fn with<T>(work: impl FnOnce(&mut Shell) -> T) -> Option<T> {
        SHELL.with(|cell| cell.try_borrow_mut().ok()?.as_mut().map(work))
    }

    fn live(mut self, kind: &ScreenKind) -> anyhow::Result<()> {
        if self.store.is_some() {
            self.write(Command::Start);
        }
        self.pump();
        let window = self.ui.handle();
        SHELL.with(|cell| *cell.borrow_mut() = Some(self));
        let ticking = turn::every(TICK, || {
            Shell::with(Shell::tick);
        });
        // The loop draws before it takes up what is posted: then the first picture is there.
        turn::soon(notify::ready)?;
        tracing::info!(?kind, "the terminal is up");
        let ended = window.run();
        drop(ticking);
        notify::stopping();
        if let Some(shell) = SHELL.with(|cell| cell.borrow_mut().take()) {
            shell.stop();
        }
        Ok(ended?)
    }

    /// Writer and scanners wait to hand over what they have; the inbox is emptied so that they can
    /// finish.
    fn stop(self) {
        let Shell { store, inbox, scanners, .. } = self;
        let draining = std::thread::spawn(move || for _unseen in inbox {});
        scanners.stop();
        if let Some(store) = store {
            store.writer.stop();
        }
        drop(draining);
    }

    /// Takes everything that waits, then draws once.
    fn pump(&mut self) {
        while let Some(input) = self.next_input() {
            self.update(input);
        }
        self.draw();
    }

    fn next_input(&mut self) -> Option<Input> {
        if self.post.scans_lost.swap(false, Ordering::Relaxed) {
            return Some(Input::Writer(Answer::Failed(Notice::ScanFault(scan::FaultKind::QueueFull))));
        }
        let tap = self.taps.borrow_mut().pop_front();
        tap.map(Input::Intent).or_else(|| self.inbox.try_recv().ok())
    }

    /// Takes one input and draws.
    pub fn take(&mut self, input: Input) {
        self.update(input);
        self.pump();
    }

    fn tick(&mut self) {
        self.take(Input::Tick);
        if let Some(watchdog) = &mut self.watchdog {
            watchdog.turn(self.store.as_ref().map(|store| store.writer.handle()).as_ref());
        }
    }

    fn update(&mut self, input: Input) {
        #[cfg(feature = "remote")]
        if let Some(remote) = &mut self.remote {
            remote.watch(&input);
        }
        for effect in self.app.update(input, clock::wall_ms()) {
            match effect {
                Effect::Write(command) => self.write(command),
                Effect::Hurry => self.hurry(),
                Effect::Enrol { hub, code } => self.enrol(hub, code),
                Effect::Print(slip) => self.print(slip),
                Effect::Scanners(order) => {
                    if let Some(news) = self.scanners.give(order) {
                        self.update(Input::Scanners(news));
                    }
                }
            }
        }
    }

    fn write(&mut self, command: Command) {
        let sent = self.store.as_ref().map_or(Err(NotSent::Gone), |store| store.writer.handle().send(command));
        if let Err(error) = sent {
            let reason = match error {
                NotSent::Full(_) => "the disk does not answer; wait a moment and try again",
                NotSent::Gone => "the terminal is stopping",
            };
            self.update(Input::Writer(Answer::Failed(Notice::StorageFailed { reason: reason.into() })));
        }
    }

    fn hurry(&self) {
        if let Some(store) = &self.store {
            store.uplink.hurry();
        }
    }

    /// Asks the hub on a thread of its own, for as long as it takes.
    fn enrol(&mut self, hub: String, code: String) {
        let data = self.config.data.clone();
        let asking = std::thread::Builder::new().name("enrolment".into()).spawn(move || {
            let outcome = enrolment::enrol_here(&data, &hub, &code);
            let _loop_has_ended = turn::soon(move || {
                Shell::with(|shell| shell.enrolled(outcome));
            });
        });
        if let Err(error) = asking {
            self.update(Input::Enrolled(Err(EnrolTrouble::Other { detail: error.to_string() })));
        }
    }

    /// The box belongs to a hub from now on: its store is opened as at a start.
    fn enrolled(&mut self, outcome: Result<Identity, EnrolFault>) {
        let opened = outcome.map_err(|fault| fault.trouble()).and_then(|identity| {
            let store = Store::open(&self.config, &identity, &self.post).map_err(|fault| EnrolTrouble::Other { detail: format!("{fault:#}") })?;
            Ok((store, identity))
        });
        let told = opened.map(|(store, identity)| {
            self.store = Some(store);
            facts(&self.config, Some(&identity))
        });
        self.take(Input::Enrolled(told));
    }

    fn print(&mut self, slip: crate::slip::Slip) {
        let news = match &self.printer {
            Some(printer) => printer.print(slip),
            None => Some(PrinterNews::Failed { reason: "no printer is configured".into() }),
        };
        if let Some(news) = news {
            self.update(Input::Printer(news));
        }
    }

    fn draw(&mut self) {
        let view = self.app.view();
        if let Some(tone) = sound::sound_for(&self.before, &view) {
            self.player.play(tone);
        }
        if view.blank != self.before.blank {
            self.light.set_dark(view.blank);
        }
        self.ui.render(&view);
        self.before = view;
        #[cfg(feature = "remote")]
        if let Some(remote) = &mut self.remote {
            remote.drawn(&self.before);
        }
    }

    /// The screens, for whoever looks at their elements.
    pub fn ui(&self) -> &Ui {
        &self.ui
    }

    #[cfg(feature = "remote")]
    pub fn remote(&mut self) -> Option<&mut crate::remote::Remote> {
        self.remote.as_mut()
    }
}
