//! Talking with a terminal that runs without a screen: one JSON value a line, both ways.

use crate::process::shown;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
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

    /// Says one value.
    pub fn say(&mut self, value: &impl Serialize) -> Result<()> {
        let line = serde_json::to_string(value).context("not to be written as JSON")?;
        writeln!(self.stdin, "{line}").with_context(|| format!("the terminal does not listen any more; unsaid: {line}"))
    }

    /// The next value that `wanted` takes; others before it are passed over.
    pub fn wait_for(&mut self, what: &str, limit: Duration, mut wanted: impl FnMut(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + limit;
        let mut last = Value::Null;
        loop {
            let Ok(answer) = self.answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
                bail!("no {what} within {} ms, or the terminal ended; it last said {last}", limit.as_millis());
            };
            last = answer?;
            if wanted(&last) {
                return Ok(last);
            }
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

    /// The power is cut.
    pub fn kill(mut self) -> Result<()> {
        self.child.0.kill().context("the terminal could not be killed")?;
        self.child.0.wait().map(drop).context("the terminal could not be waited for")
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
    fn silence_noise_and_a_bad_end_are_told() {
        let (_folder, mut silent) = start("exec cat");
        assert!(silent.wait_for("verdict", Duration::ZERO, |_| true).unwrap_err().to_string().contains("no verdict"));
        let (_folder, mut noisy) = start("echo oops; exec cat");
        assert!(noisy.wait_for("verdict", LIMIT, |_| true).unwrap_err().to_string().contains("not JSON"));
        let (_folder, bad) = start("cat; exit 3");
        assert!(bad.end().unwrap_err().to_string().contains("ended badly"));
    }
}
