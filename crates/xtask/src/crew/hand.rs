//! A hand at a till whose plug is pulled in the middle of whatever it does: every wait ends at the
//! moment when the fuse has burnt down.

use crate::demo::conversation::Conversation;
use crate::demo::pty::PtyScanner;
use crate::demo::service::Service;
use crate::demo::till::text;
use anyhow::{Context, Error, Result, anyhow};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Nothing a till does takes longer, on the slowest machine this runs on.
const LIMIT: Duration = Duration::from_secs(60);

/// What is pulled, and when.
pub enum Fuse {
    None,
    Till(Instant),
    /// The hub is killed on the way and the hand goes on.
    Hub(Instant, Service),
}

/// Why a step was not finished.
pub enum Stop {
    /// The till's plug is to be pulled now.
    Cut,
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(fault: Error) -> Stop {
        Stop::Fault(fault)
    }
}

pub type Step<T> = Result<T, Stop>;

/// A running till with its scanner, a fuse, and every receipt that its screen showed.
pub struct Hand {
    conversation: Conversation,
    scanner: PtyScanner,
    fuse: Fuse,
    shown: Value,
    receipts: Vec<String>,
}

impl Hand {
    pub fn new(conversation: Conversation, scanner: PtyScanner) -> Hand {
        Hand { conversation, scanner, fuse: Fuse::None, shown: Value::Null, receipts: Vec::new() }
    }

    pub fn light(&mut self, fuse: Fuse) {
        self.fuse = fuse;
    }

    /// Shortens a lit fuse: it burns down after `left`.
    pub fn hasten(&mut self, left: Duration) {
        match &mut self.fuse {
            Fuse::None => {}
            Fuse::Till(at) | Fuse::Hub(at, _) => *at = Instant::now() + left,
        }
    }

    /// Whether something is still to be killed.
    pub fn is_lit(&self) -> bool {
        !matches!(self.fuse, Fuse::None)
    }

    pub fn shown(&self) -> &Value {
        &self.shown
    }

    pub fn tap(&mut self, label: &str) -> Step<()> {
        match self.try_tap(label)? {
            None => Ok(()),
            Some(error) => Err(anyhow!("{label:?} could not be tapped: {error}; the screen shows {}", self.shown).into()),
        }
    }

    /// Taps what may be gone from the screen by now; answers what kept from it.
    pub fn try_tap(&mut self, label: &str) -> Step<Option<String>> {
        self.conversation.say(&json!({ "tap": label }))?;
        let until = Instant::now() + LIMIT;
        while let Some(line) = self.hear(until)? {
            if let Some(error) = line.get("error") {
                return Ok(Some(error.to_string()));
            }
            if line.get("done").is_some() {
                return Ok(None);
            }
        }
        Err(anyhow!("no answer to a tap on {label:?}").into())
    }

    pub fn keys(&mut self, digits: &str) -> Step<()> {
        digits.chars().try_for_each(|digit| self.tap(&digit.to_string()))
    }

    /// Scans once the scanner is ready: what comes before may be the end of a code that began unheard, and
    /// is a fault.
    pub fn scan(&mut self, code: &str) -> Step<()> {
        self.see("the scanner ready", |v| v["scanner"] == "Live")?;
        Ok(self.scanner.scan(code)?)
    }

    /// Waits until the screen shows what is wanted, and answers it.
    pub fn see(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Step<Value> {
        if self.sees(Instant::now() + LIMIT, wanted)? {
            return Ok(self.shown.clone());
        }
        Err(anyhow!("waited in vain for {what}; the screen shows {}", self.shown).into())
    }

    /// Waits until the screen shows what is wanted, or the time has come; answers whether it does.
    pub fn sees(&mut self, until: Instant, wanted: impl Fn(&Value) -> bool) -> Step<bool> {
        while !wanted(&self.shown) {
            if self.hear(until)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Receipts seen since this was asked last.
    pub fn take_receipts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.receipts)
    }

    /// Kills the till and answers the scanner and the receipts that its screen showed to the end.
    pub fn cut(mut self) -> Result<(PtyScanner, Vec<String>)> {
        let words = self.conversation.kill()?;
        words.iter().for_each(|line| note(line, &mut self.shown, &mut self.receipts));
        Ok((self.scanner, self.receipts))
    }

    /// Ends the till as a person would, and answers its scanner.
    pub fn end(self) -> Result<PtyScanner> {
        self.conversation.end()?;
        Ok(self.scanner)
    }

    /// The next thing said before `until`.
    fn hear(&mut self, until: Instant) -> Step<Option<Value>> {
        loop {
            let due = match &self.fuse {
                Fuse::None => None,
                Fuse::Till(at) | Fuse::Hub(at, _) => Some(*at),
            };
            if due.is_some_and(|at| at <= Instant::now()) {
                self.burn()?;
                continue;
            }
            let heard = self.conversation.hear(due.map_or(until, |at| at.min(until)))?;
            if let Some(line) = heard {
                note(&line, &mut self.shown, &mut self.receipts);
                return Ok(Some(line));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
        }
    }

    fn burn(&mut self) -> Step<()> {
        match std::mem::replace(&mut self.fuse, Fuse::None) {
            Fuse::None => Ok(()),
            Fuse::Till(_) => Err(Stop::Cut),
            Fuse::Hub(_, hub) => Ok(hub.kill().context("the hub")?),
        }
    }
}

fn note(line: &Value, shown: &mut Value, receipts: &mut Vec<String>) {
    let Some(view) = line.get("view") else { return };
    let now = receipt_on(view);
    if !now.is_empty() && now != receipt_on(shown) {
        receipts.push(now.to_owned());
    }
    *shown = view.clone();
}

/// The number of the receipt just sold, while it is on the screen.
fn receipt_on(view: &Value) -> &str {
    if text(view, "page") == "Receipt" { text(view, "receipt") } else { "" }
}
