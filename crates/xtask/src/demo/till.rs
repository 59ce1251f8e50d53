//! A till played by a script: real taps on what the screen shows, scans through a serial scanner,
//! and waiting for what the screen then says.

use super::conversation::Conversation;
use super::pty::PtyScanner;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Nothing a till does takes longer, on the slowest machine a test runs on.
const LIMIT: Duration = Duration::from_secs(30);

/// A running till with its scanner.
pub struct Till {
    conversation: Conversation,
    scanner: PtyScanner,
    /// What the screen showed last.
    shown: Value,
    /// Scan to verdict, in milliseconds.
    pub samples_ms: Vec<f64>,
    pictures: PathBuf,
}

impl Till {
    pub fn new(conversation: Conversation, scanner: PtyScanner, pictures: &Path) -> Till {
        Till { conversation, scanner, shown: Value::Null, samples_ms: Vec::new(), pictures: pictures.to_owned() }
    }

    /// A finger on the thing labelled so.
    pub fn tap(&mut self, label: &str) -> Result<()> {
        self.order(&json!({ "tap": label })).with_context(|| format!("{label:?} could not be tapped"))
    }

    /// Keys of a keyboard on a cable.
    pub fn type_text(&mut self, text: &str) -> Result<()> {
        self.order(&json!({ "type": text }))
    }

    pub fn scan(&mut self, text: &str) -> Result<()> {
        self.scanner.scan(text)
    }

    /// Leaves a picture of the screen.
    pub fn picture(&mut self, name: &str) -> Result<()> {
        let path = self.pictures.join(format!("{name}.png"));
        self.order(&json!({ "shot": path }))
    }

    /// Makes the screen another one.
    pub fn resize(&mut self, width: u32, height: u32, scale: f32) -> Result<()> {
        self.order(&json!({ "size": [width, height, scale] }))
    }

    /// Waits until the screen shows what is wanted, and answers it.
    pub fn see(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        if wanted(&self.shown) {
            return Ok(self.shown.clone());
        }
        let Till { conversation, shown, samples_ms, .. } = self;
        let seen = conversation.wait_for(what, LIMIT, |line| {
            note(line, shown, samples_ms);
            line.get("view").is_some_and(&wanted)
        });
        seen.with_context(|| format!("waiting for {what}; the screen shows {}", self.shown))?;
        Ok(self.shown.clone())
    }

    /// Every label on the screen.
    pub fn labels(&mut self) -> Result<Vec<String>> {
        self.conversation.say(&json!("labels"))?;
        let Till { conversation, shown, samples_ms, .. } = self;
        let answer = conversation.wait_for("labels", LIMIT, |line| {
            note(line, shown, samples_ms);
            line.get("labels").is_some()
        })?;
        Ok(serde_json::from_value(answer["labels"].clone())?)
    }

    pub fn shown(&self) -> &Value {
        &self.shown
    }

    /// Ends it as a person would.
    pub fn end(self) -> Result<PtyScanner> {
        self.conversation.end()?;
        Ok(self.scanner)
    }

    /// Pulls the plug.
    pub fn kill(self) -> Result<(PtyScanner, Vec<f64>)> {
        self.conversation.kill()?;
        Ok((self.scanner, self.samples_ms))
    }

    fn order(&mut self, order: &Value) -> Result<()> {
        self.conversation.say(order)?;
        let Till { conversation, shown, samples_ms, .. } = self;
        let answer = conversation.wait_for("answer to an order", LIMIT, |line| {
            note(line, shown, samples_ms);
            line.get("done").is_some() || line.get("error").is_some()
        })?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => bail!("{error}"),
            None => Ok(()),
        }
    }
}

fn note(line: &Value, shown: &mut Value, samples_ms: &mut Vec<f64>) {
    if let Some(view) = line.get("view") {
        *shown = view.clone();
    }
    samples_ms.extend(line.pointer("/verdict/ms").and_then(Value::as_f64));
}

/// A field of what the screen shows, as text.
pub fn text<'a>(view: &'a Value, field: &str) -> &'a str {
    view.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A field of what the screen shows, as a number.
pub fn number(view: &Value, field: &str) -> u64 {
    view.get(field).and_then(Value::as_u64).unwrap_or_default()
}
