//! The shell around the app: it owns the window and the threads, carries inputs in and effects out.
//! It decides nothing.
//!
//! Everything meets on the event loop's thread: other threads put an [`Input`] into the inbox and
//! wake the loop, the loop drains the inbox, and one drawing shows the result of all of it.

use crate::app::{App, Effect, Facts, Input, PrinterNews};
use crate::clock;
use crate::config::Config;
use crate::display::Light;
use crate::identity::Identity;
use crate::message::Intent;
use crate::notice::Notice;
use crate::notify::{self, Watchdog};
use crate::printer::Printer;
use crate::scanners::{Desk, Places};
use crate::sound::Player;
use crate::ui::{Ui, sound, turn};
use crate::uplink::Uplink;
use crate::view::View;
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
    writer: Writer,
    uplink: Uplink,
    printer: Option<Printer>,
    player: Player,
    watchdog: Option<Watchdog>,
    light: Light,
    scanners: Desk,
    #[cfg(feature = "remote")]
    remote: Option<crate::remote::Remote>,
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

/// Starts every thread, shows the window and runs until it is closed.
pub fn run(config: &Config, identity: &Identity, screen: Screen) -> anyhow::Result<()> {
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
    let writer = {
        let post = post.clone();
        Writer::start(&config.data, &identity.for_store(), move |answer| post.send(Input::Writer(answer)))?
    };
    let uplink = {
        let post = post.clone();
        Uplink::start(identity.clone(), config.data.clone(), writer.handle(), move |news| post.send(Input::Uplink(news)))?
    };
    if let Some(lan) = config.lan.clone() {
        let post = post.clone();
        crate::peers::start(lan, identity, writer.handle(), move |news| post.send(Input::Peers(news)))?;
    }
    let printer = match config.printer.clone() {
        Some(printer) => {
            let post = post.clone();
            Some(Printer::start(printer, move |news| post.send(Input::Printer(news)))?)
        }
        None => None,
    };
    let scanners = scanners(config, &post)?;
    let shell = Shell {
        app: App::new(facts(config, identity), Box::new(fresh_op), clock::wall_ms()),
        ui,
        before: View::default(),
        inbox,
        taps,
        post,
        writer,
        uplink,
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

fn facts(config: &Config, identity: &Identity) -> Facts {
    Facts {
        terminal: identity.name.clone(),
        warehouse: identity.warehouse.clone(),
        hub: identity.hub.clone(),
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
        self.write(Command::Start);
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
        let Shell { writer, inbox, scanners, .. } = self;
        let draining = std::thread::spawn(move || for _unseen in inbox {});
        scanners.stop();
        writer.stop();
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
            watchdog.turn(&self.writer.handle());
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
                Effect::Hurry => self.uplink.hurry(),
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
        if let Err(error) = self.writer.handle().send(command) {
            let reason = match error {
                NotSent::Full(_) => "the disk does not answer; wait a moment and try again",
                NotSent::Gone => "the terminal is stopping",
            };
            self.update(Input::Writer(Answer::Failed(Notice::StorageFailed { reason: reason.into() })));
        }
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
