//! A screen in memory: for tests, for pictures, and for a terminal without a display. It draws with
//! the same software renderer as the device, takes taps and keys, and can be turned one step at a
//! time or run as Slint's event loop.

use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{EventLoopProxy, Platform, PointerEventButton, WindowAdapter, WindowEvent};
use slint::{EventLoopError, LogicalPosition, PhysicalSize, PlatformError, Rgb8Pixel};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a mocked tap lasts: longer than a Flickable takes to tell a press from a drag.
const TAP: Duration = Duration::from_millis(120);
/// The longest the event loop sleeps when no timer is due.
const SLEEP_MAX: Duration = Duration::from_millis(500);

/// Whose time it is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The system's. Other threads may post work to the event loop; once in a process.
    Real,
    /// Goes on only by [`Headless::advance`]. Once in a thread, so tests run beside each other.
    Mocked,
}

/// The screen. Installed before the first window is made, on the thread that makes it.
pub struct Headless(Rc<Screen>);

impl Headless {
    /// Makes this the platform that Slint draws on, `size` device pixels large, with `scale` of
    /// them in a logical one.
    ///
    /// # Errors
    /// Slint has a platform already.
    pub fn install(size: (u32, u32), scale: f32, clock: Clock) -> Result<Self, PlatformError> {
        let screen = Rc::new(Screen::new(size, clock));
        slint::platform::set_platform(Box::new(Shared(screen.clone()))).map_err(PlatformError::SetPlatformError)?;
        let headless = Self(screen);
        headless.resize(size, scale);
        Ok(headless)
    }

    /// Another screen size, as if the device were another one.
    pub fn resize(&self, (width, height): (u32, u32), scale_factor: f32) {
        self.0.size.set((width, height));
        self.0.pixels.replace(blank(width, height));
        self.dispatch(WindowEvent::ScaleFactorChanged { scale_factor });
        self.0.window.set_size(PhysicalSize::new(width, height));
    }

    /// One turn of the event loop: posted work, timers, animations, and drawing if something
    /// changed. True if it did.
    pub fn pump(&self) -> bool {
        self.0.pump()
    }

    /// Draws if something changed, and nothing else: for whoever is himself work of the event loop.
    pub fn draw(&self) -> bool {
        self.0.draw()
    }

    /// Lets mocked time go by, with a turn of the loop at its end. On a real clock only the turn.
    pub fn advance(&self, time: Duration) -> bool {
        if let Time::Mocked(now) = &self.0.time {
            now.set(now.get() + time);
        }
        self.pump()
    }

    /// Sleeps until work is posted or a timer is due, at most `max`.
    pub fn wait(&self, max: Duration) {
        self.0.wait(max);
    }

    /// A finger on a place, in logical pixels from the top left.
    pub fn tap(&self, x: f32, y: f32) {
        self.press(x, y);
        self.release(x, y);
    }

    pub fn press(&self, x: f32, y: f32) {
        let position = LogicalPosition::new(x, y);
        self.dispatch(WindowEvent::PointerMoved { position });
        self.dispatch(WindowEvent::PointerPressed { position, button: PointerEventButton::Left });
        self.advance(TAP);
    }

    pub fn release(&self, x: f32, y: f32) {
        let position = LogicalPosition::new(x, y);
        self.dispatch(WindowEvent::PointerReleased { position, button: PointerEventButton::Left });
        self.dispatch(WindowEvent::PointerExited);
        self.pump();
    }

    /// A key of a keyboard on a cable: a character, or one of [`slint::platform::Key`].
    pub fn key(&self, text: impl Into<slint::SharedString>) {
        let text = text.into();
        self.dispatch(WindowEvent::KeyPressed { text: text.clone() });
        self.dispatch(WindowEvent::KeyReleased { text });
        self.pump();
    }

    /// The key that types this character; a line break is Return, a backspace Backspace.
    pub fn type_one(&self, character: char) {
        match character {
            '\u{8}' => self.key(slint::platform::Key::Backspace),
            '\n' => self.key(slint::platform::Key::Return),
            other => self.key(other),
        }
    }

    /// What is on the screen now.
    pub fn screenshot(&self) -> Screenshot {
        self.pump();
        let (width, height) = self.0.size.get();
        Screenshot { width, height, rgb: self.0.pixels.borrow().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect() }
    }

    fn dispatch(&self, event: WindowEvent) {
        self.0.window.dispatch_event(event);
    }
}

/// A picture of the screen, three bytes a pixel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screenshot {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

impl Screenshot {
    /// # Errors
    /// The file cannot be written.
    pub fn write_png(&self, path: &Path) -> io::Result<()> {
        let file = io::BufWriter::new(std::fs::File::create(path)?);
        let mut encoder = png::Encoder::new(file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        Ok(writer.finish()?)
    }

    /// # Errors
    /// The file cannot be read, or is no PNG of eight-bit colours without transparency.
    pub fn read_png(path: &Path) -> io::Result<Self> {
        let mut decoder = png::Decoder::new(io::BufReader::new(std::fs::File::open(path)?));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size().ok_or_else(|| io::Error::other("the picture is too large"))?;
        let mut rgb = vec![0; size];
        let info = reader.next_frame(&mut rgb)?;
        if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
            return Err(io::Error::other("not a picture of eight-bit colours without transparency"));
        }
        Ok(Self { width: info.width, height: info.height, rgb })
    }
}

enum Time {
    Real(Instant),
    Mocked(Cell<Duration>),
}

struct Screen {
    window: Rc<MinimalSoftwareWindow>,
    pixels: RefCell<Vec<Rgb8Pixel>>,
    size: Cell<(u32, u32)>,
    time: Time,
    posts: Arc<Posts>,
}

impl Screen {
    fn new((width, height): (u32, u32), clock: Clock) -> Self {
        Self {
            window: MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer),
            pixels: RefCell::new(blank(width, height)),
            size: Cell::new((width, height)),
            time: match clock {
                Clock::Real => Time::Real(Instant::now()),
                Clock::Mocked => Time::Mocked(Cell::default()),
            },
            posts: Arc::default(),
        }
    }

    fn pump(&self) -> bool {
        for work in self.posts.take() {
            work();
        }
        slint::platform::update_timers_and_animations();
        self.draw()
    }

    fn draw(&self) -> bool {
        let stride = self.size.get().0 as usize;
        self.window.draw_if_needed(|renderer| {
            renderer.render(&mut self.pixels.borrow_mut(), stride);
        })
    }

    fn wait(&self, max: Duration) {
        let due = if self.window.has_active_animations() { Some(Duration::from_millis(16)) } else { slint::platform::duration_until_next_timer_update() };
        self.posts.wait(due.map_or(max, |due| due.min(max)));
    }
}

/// The screen as Slint's platform.
struct Shared(Rc<Screen>);

impl Platform for Shared {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.0.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        match &self.0.time {
            Time::Real(start) => start.elapsed(),
            Time::Mocked(now) => now.get(),
        }
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        matches!(self.0.time, Time::Real(_)).then(|| Box::new(Proxy(self.0.posts.clone())) as Box<dyn EventLoopProxy>)
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        while !self.0.posts.take_quit() {
            self.0.pump();
            self.0.wait(SLEEP_MAX);
        }
        Ok(())
    }
}

type Work = Box<dyn FnOnce() + Send>;

/// What other threads ask of the event loop.
#[derive(Default)]
struct Posts {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Work>,
    quit: bool,
}

impl Posts {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing is done under the lock that could panic half way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> VecDeque<Work> {
        std::mem::take(&mut self.lock().work)
    }

    fn take_quit(&self) -> bool {
        std::mem::take(&mut self.lock().quit)
    }

    fn post(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.lock());
        self.news.notify_all();
    }

    fn wait(&self, max: Duration) {
        let waiting = self.lock();
        if waiting.work.is_empty() && !waiting.quit {
            drop(self.news.wait_timeout(waiting, max));
        }
    }
}

struct Proxy(Arc<Posts>);

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.0.post(|waiting| waiting.quit = true);
        Ok(())
    }

    fn invoke_from_event_loop(&self, work: Work) -> Result<(), EventLoopError> {
        self.0.post(|waiting| waiting.work.push_back(work));
        Ok(())
    }
}

fn blank(width: u32, height: u32) -> Vec<Rgb8Pixel> {
    vec![Rgb8Pixel::default(); width as usize * height as usize]
}
