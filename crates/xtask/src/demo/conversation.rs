//! Talking with a terminal that runs without a screen: one JSON value a line, both ways.

use crate::process::shown;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Values read ahead of us before the reader waits.
const AHEAD_MAX: usize = 1_024;

/// A headless terminal. It is killed when dropped.
pub struct Conversation {
    child: Killed,
    stdin: ChildStdin,
    answers: Receiver<Result<Value>>,
}

/// A child that does not outlive its owner.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Conversation {
    /// Starts `command`; what it logs goes to `log`.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log).with_context(|| format!("{} could not be opened", log.display()))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file);
        let mut child = command.spawn().with_context(|| format!("`{}` could not be started", shown(&command)))?;
        let stdin = child.stdin.take().expect("stdin was asked for as a pipe");
        let stdout = child.stdout.take().expect("stdout was asked for as a pipe");
        Ok(Self { child: Killed(child), stdin, answers: read_answers(stdout) })
    }

    /// The terminal's process.
    pub fn process(&self) -> u32 {
        self.child.0.id()
    }

    /// Says one value.
    pub fn say(&mut self, value: &impl Serialize) -> Result<()> {
        let line = serde_json::to_string(value).context("not to be written as JSON")?;
        writeln!(self.stdin, "{line}").with_context(|| format!("the terminal does not listen any more; unsaid: {line}"))
    }

    /// The next value that `wanted` takes; others before it are passed over.
    pub fn wait_for(&mut self, what: &str, limit: Duration, mut wanted: impl FnMut(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + limit;
        let mut last = Value::Null;
        while let Some(answer) = self.hear(deadline).with_context(|| format!("no {what}; it last said {last}"))? {
            last = answer;
            if wanted(&last) {
                return Ok(last);
            }
        }
        bail!("no {what} within {} ms; it last said {last}", limit.as_millis())
    }

    /// The next value, or none if there is none before `deadline`. A terminal that has ended is an
    /// error.
    pub fn hear(&mut self, deadline: Instant) -> Result<Option<Value>> {
        match self.answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(answer) => answer.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the terminal has ended by itself"),
        }
    }

    /// Closes its stdin, which ends it, and waits.
    pub fn end(self) -> Result<()> {
        let Self { mut child, stdin, answers } = self;
        drop(stdin);
        // Read to its end: a terminal that still has something to say must not wait for us.
        answers.iter().for_each(drop);
        let status = child.0.wait().context("the terminal could not be waited for")?;
        if !status.success() {
            bail!("the terminal ended badly ({status})");
        }
        Ok(())
    }

    /// The power is cut. What it had said before and nobody has heard yet is the answer; a last word
    /// that was cut off is left out.
    pub fn kill(self) -> Result<Vec<Value>> {
        let Self { mut child, stdin: _stdin, answers } = self;
        child.0.kill().context("the terminal could not be killed")?;
        child.0.wait().context("the terminal could not be waited for")?;
        Ok(answers.iter().filter_map(Result::ok).collect())
    }
}

fn read_answers(stdout: impl Read + Send + 'static) -> Receiver<Result<Value>> {
    let (sender, receiver) = sync_channel(AHEAD_MAX);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            if sender.send(parsed(line)).is_err() {
                return;
            }
        }
    });
    receiver
}

fn parsed(line: std::io::Result<String>) -> Result<Value> {
    let line = line.context("the terminal's answer could not be read")?;
    serde_json::from_str(&line).with_context(|| format!("the terminal said something that is not JSON: {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::program;
    use serde_json::json;

    const LIMIT: Duration = Duration::from_secs(10);

    fn start(script: &str) -> (tempfile::TempDir, Conversation) {
        let folder = tempfile::tempdir().unwrap();
        let conversation = Conversation::start(program(&["sh", "-c", script]), &folder.path().join("log")).unwrap();
        (folder, conversation)
    }

    #[test]
    fn what_is_said_is_heard_in_order() {
        let (_folder, mut echo) = start("exec cat");
        for n in 1..=3 {
            echo.say(&json!({ "n": n })).unwrap();
        }
        assert_eq!(echo.wait_for("two", LIMIT, |value| value["n"] == 2).unwrap(), json!({ "n": 2 }));
        assert_eq!(echo.wait_for("any", LIMIT, |_| true).unwrap(), json!({ "n": 3 }));
        echo.end().unwrap();
    }

    #[test]
    fn last_words_are_heard() {
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready");
        let script = format!("echo 1; echo 2; printf '{{\"n'; : > '{}'; exec cat", ready.display());
        let mut dying = Conversation::start(program(&["sh", "-c", &script]), &folder.path().join("log")).unwrap();
        dying.wait_for("one", LIMIT, |value| *value == 1).unwrap();
        while !ready.exists() {
            std::thread::yield_now();
        }
        assert_eq!(dying.kill().unwrap(), [json!(2)]);
    }

    #[test]
    fn silence_noise_and_a_bad_end_are_told() {
        let (_folder, mut silent) = start("exec cat");
        assert!(silent.wait_for("verdict", Duration::ZERO, |_| true).unwrap_err().to_string().contains("no verdict"));
        let (_folder, mut ended) = start("exec true");
        assert!(format!("{:#}", ended.hear(Instant::now() + LIMIT).unwrap_err()).contains("ended by itself"));
        let (_folder, mut noisy) = start("echo oops; exec cat");
        assert!(format!("{:#}", noisy.wait_for("verdict", LIMIT, |_| true).unwrap_err()).contains("not JSON"));
        let (_folder, bad) = start("cat; exit 3");
        assert!(bad.end().unwrap_err().to_string().contains("ended badly"));
    }
}
