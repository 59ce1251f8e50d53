//! The cashier's hands: where things are on a screen of 1280 × 800, and doing something that the screen
//! must answer.

use super::machine::Machine;
use super::monitor::Keyboard;
use anyhow::{Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a finger goes to.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// The first name of those who may sign in.
    FirstName,
    Pay,
    /// The key with the very amount that is due.
    ExactAmount,
    Settle,
    Understood,
}

impl Place {
    fn pixel(self) -> (u32, u32) {
        match self {
            Place::FirstName => (157, 160),
            Place::Pay => (1104, 740),
            Place::ExactAmount => (1208, 230),
            Place::Settle => (1004, 770),
            Place::Understood => (640, 736),
        }
    }
}

/// An emulated till draws a page within seconds.
const ANSWER_LIMIT: Duration = Duration::from_secs(90);
/// A picture that is the same after so long has come to rest.
const REST: Duration = Duration::from_millis(600);
/// Between two looks: while it is pictured, the machine stands still.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A caret blinks for ever: then the last picture must do.
const REST_LIMIT: Duration = Duration::from_secs(3);

pub struct Hands {
    pictures: PathBuf,
    number: u32,
}

impl Hands {
    pub fn new(pictures: &Path) -> Hands {
        Hands { pictures: pictures.to_owned(), number: 0 }
    }

    /// Taps, and sees that the screen answers.
    pub fn tap(&mut self, machine: &mut Machine, place: Place) -> Result<()> {
        self.act(machine, &format!("a tap on {place:?}"), |machine| machine.monitor.tap(place.pixel()))
    }

    /// Types on the cashier's keyboard, and sees that the screen answers.
    pub fn type_text(&mut self, machine: &mut Machine, text: &str) -> Result<()> {
        self.act(machine, &format!("{text:?} on the keyboard"), |machine| machine.monitor.type_text(Keyboard::Plain, text))
    }

    /// Scans with the scanner that acts as a keyboard, and sees that the screen answers.
    pub fn scan(&mut self, machine: &mut Machine, code: &str) -> Result<()> {
        self.act(machine, &format!("a scan of {code}"), |machine| machine.monitor.scan(code))
    }

    /// The same with the one on a serial line.
    pub fn scan_on_line(&mut self, machine: &mut Machine, code: &str) -> Result<()> {
        self.act(machine, &format!("a scan of {code} on the line"), |machine| machine.scan_on_line(code))
    }

    /// Does something and waits until the screen shows another picture, and rests.
    pub fn act(&mut self, machine: &mut Machine, what: &str, act: impl FnOnce(&mut Machine) -> Result<()>) -> Result<()> {
        let before = self.look(machine)?;
        act(machine)?;
        let deadline = Instant::now() + ANSWER_LIMIT;
        while self.look(machine)? == before {
            ensure!(Instant::now() < deadline, "the screen does not answer {what}; it is in {}", self.keep(machine, "unanswered")?.display());
            // sleeps because a screen tells nobody that it has changed
            std::thread::sleep(LOOK_EVERY);
        }
        self.rest(machine)
    }

    /// Waits until the screen shows the same for a while.
    pub fn rest(&self, machine: &mut Machine) -> Result<()> {
        let deadline = Instant::now() + REST_LIMIT;
        let mut before = self.look(machine)?;
        while Instant::now() < deadline {
            // sleeps because a screen tells nobody that it has come to rest
            std::thread::sleep(REST);
            let now = self.look(machine)?;
            if now == before {
                break;
            }
            before = now;
        }
        Ok(())
    }

    /// Leaves a picture for people, numbered in the order of the story.
    pub fn picture(&mut self, machine: &mut Machine, name: &str) -> Result<()> {
        self.number += 1;
        let name = format!("{:02}-{name}", self.number);
        self.keep(machine, &name).map(drop)
    }

    fn keep(&self, machine: &mut Machine, name: &str) -> Result<PathBuf> {
        let file = self.pictures.join(format!("{name}.png"));
        machine.monitor.picture(&file)?;
        Ok(file)
    }

    fn look(&self, machine: &mut Machine) -> Result<Vec<u8>> {
        let file = self.pictures.join("look.ppm");
        machine.monitor.picture(&file)?;
        Ok(fs::read(file)?)
    }
}
