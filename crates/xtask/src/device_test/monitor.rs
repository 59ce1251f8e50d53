//! The emulator's own control: keys and pointers as its devices send them, cables pulled and put back,
//! and pictures of what its screen shows.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// The emulator answers at once, or hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// The emulated keyboard is asked by its host every 8 ms and forgets what comes faster.
const KEY_PAUSE: Duration = Duration::from_millis(12);
/// Full scale of a pointer.
const AXIS_MAX: u32 = 32_767;

/// Which keyboard types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyboard {
    /// The scanner on a USB cable, which is bound to the screen's name in the emulator.
    Scanner,
    /// The cashier's.
    Plain,
}

pub struct Monitor {
    stream: BufReader<UnixStream>,
    screen: (u32, u32),
}

impl Monitor {
    /// Connects to the emulator's socket; `screen` is its size in pixels.
    pub fn connect(socket: &Path, screen: (u32, u32)) -> Result<Monitor> {
        let stream = UnixStream::connect(socket).context("the emulator's monitor does not answer")?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        let mut monitor = Monitor { stream: BufReader::new(stream), screen };
        ensure!(monitor.line()?.get("QMP").is_some(), "the emulator's monitor does not greet");
        monitor.order("qmp_capabilities", &json!({}))?;
        Ok(monitor)
    }

    /// Types text, as a keyboard with the US layout does.
    pub fn type_text(&mut self, keyboard: Keyboard, text: &str) -> Result<()> {
        for character in text.chars() {
            let (key, shifted) = key_of(character).with_context(|| format!("no key for {character:?}"))?;
            let keys = if shifted { vec!["shift", key] } else { vec![key] };
            self.chord(keyboard, &keys)?;
        }
        Ok(())
    }

    /// A scan: the text and the Enter that ends it.
    pub fn scan(&mut self, text: &str) -> Result<()> {
        self.type_text(Keyboard::Scanner, text)?;
        self.chord(Keyboard::Scanner, &["ret"])
    }

    /// Presses the keys one after another, and lets go of them in the other order.
    pub fn chord(&mut self, keyboard: Keyboard, keys: &[&str]) -> Result<()> {
        keys.iter().try_for_each(|key| self.key(keyboard, key, true))?;
        keys.iter().rev().try_for_each(|key| self.key(keyboard, key, false))
    }

    fn key(&mut self, keyboard: Keyboard, key: &str, down: bool) -> Result<()> {
        let event = json!({ "type": "key", "data": { "down": down, "key": { "type": "qcode", "data": key } } });
        match keyboard {
            Keyboard::Scanner => self.order("input-send-event", &json!({ "device": super::machine::SCREEN, "events": [event] }))?,
            Keyboard::Plain => self.order("input-send-event", &json!({ "events": [event] }))?,
        };
        // sleeps because the emulated keyboard tells nobody when it has been asked
        std::thread::sleep(KEY_PAUSE);
        Ok(())
    }

    /// A finger, by way of the emulated tablet, at a pixel of the screen.
    pub fn tap(&mut self, (x, y): (u32, u32)) -> Result<()> {
        let axis = |name: &str, at: u32, size: u32| json!({ "type": "abs", "data": { "axis": name, "value": at * AXIS_MAX / size } });
        let button = |down: bool| json!({ "type": "btn", "data": { "down": down, "button": "left" } });
        let (width, height) = self.screen;
        self.order("input-send-event", &json!({ "events": [axis("x", x, width), axis("y", y, height)] }))?;
        for down in [true, false] {
            self.order("input-send-event", &json!({ "events": [button(down)] }))?;
            // sleeps because a finger stays that long, however quick it is
            std::thread::sleep(KEY_PAUSE * 4);
        }
        Ok(())
    }

    /// Pulls a device's cable and waits until the emulator has let go of it.
    pub fn unplug(&mut self, id: &str) -> Result<()> {
        self.order("device_del", &json!({ "id": id })).map(drop)
    }

    /// Plugs a device in.
    pub fn plug(&mut self, device: &Value) -> Result<()> {
        self.order("device_add", device).map(drop)
    }

    /// Leaves a picture of the screen, in the form that the file's ending names: `png`, or `ppm`, which
    /// takes a fraction of the time and much more room.
    pub fn picture(&mut self, file: &Path) -> Result<()> {
        let form = file.extension().map(|ending| ending.to_string_lossy());
        self.order("screendump", &json!({ "filename": file, "device": super::machine::SCREEN, "format": form })).map(drop)
    }

    fn order(&mut self, name: &str, arguments: &Value) -> Result<Value> {
        let order = json!({ "execute": name, "arguments": arguments });
        writeln!(self.stream.get_mut(), "{order}").context("the emulator takes no orders")?;
        loop {
            let answer = self.line()?;
            if let Some(error) = answer.get("error") {
                bail!("the emulator refuses {order}: {error}");
            }
            if let Some(done) = answer.get("return") {
                return Ok(done.clone());
            }
        }
    }

    /// The next thing it says; news of its own among them.
    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.stream.read_line(&mut line).context("the emulator does not answer")?;
        ensure!(!line.is_empty(), "the emulator has ended");
        serde_json::from_str(&line).with_context(|| format!("the emulator said {line:?}"))
    }
}

/// The key that types a character on a US keyboard, by the emulator's name, and whether with Shift.
fn key_of(character: char) -> Option<(&'static str, bool)> {
    const LETTERS: [&str; 26] =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z"];
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    Some(match character {
        'a'..='z' => (LETTERS[character as usize - 'a' as usize], false),
        'A'..='Z' => (LETTERS[character as usize - 'A' as usize], true),
        '0'..='9' => (DIGITS[character as usize - '0' as usize], false),
        '-' => ("minus", false),
        '_' => ("minus", true),
        '/' => ("slash", false),
        '#' => ("3", true),
        '(' => ("9", true),
        ')' => ("0", true),
        '.' => ("dot", false),
        '\n' => ("ret", false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_serial_is_made_of_can_be_typed() {
        for character in ('a'..='z').chain('A'..='Z').chain('0'..='9').chain("_-()#/".chars()) {
            assert!(key_of(character).is_some(), "{character:?}");
        }
        assert_eq!(key_of('B'), Some(("b", true)));
        assert_eq!(key_of('é'), None);
    }

    #[test]
    fn orders_are_answered_past_the_news() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("monitor");
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let emulator = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"{\"QMP\":{}}\n{\"return\":{}}\n{\"event\":\"RESET\"}\n{\"return\":{}}\n{\"error\":{\"desc\":\"no such device\"}}\n").unwrap();
            stream
        });
        let mut monitor = Monitor::connect(&socket, (100, 100)).unwrap();
        monitor.unplug("scanner").unwrap();
        let refused = monitor.unplug("scanner").unwrap_err().to_string();
        assert!(refused.contains("no such device"), "{refused}");
        drop(emulator.join());
    }
}
