//! A program of ours that runs beside the demo and ends with it.

use crate::process::shown;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to write down what it holds before it is killed.
const STOP_MS: u64 = 10_000;
/// Lines of its log that an error repeats.
const LOG_LINES_MAX: usize = 20;

/// A running program. Its output goes to a log file; it is killed when dropped.
pub struct Service {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts `command` with its output in `folder/name.log`.
    pub fn start(name: &'static str, mut command: Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).with_context(|| format!("{} could not be opened", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone().context("its log could not be shared")?).stderr(file);
        let child = command.spawn().with_context(|| format!("`{}` could not be started", shown(&command)))?;
        Ok(Self { name, child, log })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error with the end of its log if it has ended by itself.
    pub fn check_alive(&mut self) -> Result<()> {
        match self.child.try_wait().with_context(|| format!("{} could not be asked", self.name))? {
            None => Ok(()),
            Some(status) => bail!("{} ended by itself ({status}). Its last words:\n{}", self.name, self.last_words()),
        }
    }

    pub fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_MAX)..].join("\n")
    }

    /// Asks it to end, as systemd would, and kills it if it does not.
    pub fn stop(mut self) -> Result<ExitStatus> {
        super::pty::terminate(self.child.id());
        let deadline = Instant::now() + Duration::from_millis(STOP_MS);
        loop {
            if let Some(status) = self.child.try_wait().with_context(|| format!("{} could not be waited for", self.name))? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                bail!("{} did not end within {STOP_MS} ms of being asked. Its last words:\n{}", self.name, self.last_words());
            }
            // sleeps because the standard library cannot wait for a child with a time limit
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The power is cut.
    pub fn kill(mut self) -> Result<()> {
        self.kill_now()
    }

    /// The same for one that is kept to be looked at.
    pub fn kill_now(&mut self) -> Result<()> {
        self.child.kill().with_context(|| format!("{} could not be killed", self.name))?;
        self.child.wait().map(drop).with_context(|| format!("{} could not be waited for", self.name))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::program;

    fn start(script: &str, folder: &Path) -> Service {
        Service::start("script", program(&["sh", "-c", script]), folder).unwrap()
    }

    #[test]
    fn a_service_is_asked_before_it_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready");
        let script = format!("trap 'echo bye; exit 7' TERM; : > '{}'; while :; do read -t 1 x < /dev/zero || :; done", ready.display());
        let service = Service::start("script", program(&["bash", "-c", &script]), folder.path()).unwrap();
        while !ready.exists() {
            std::thread::yield_now();
        }
        assert_eq!(service.stop().unwrap().code(), Some(7));
        assert_eq!(fs::read_to_string(folder.path().join("script.log")).unwrap(), "bye\n");
    }

    #[test]
    fn an_early_end_is_told_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut service = start("echo the port is taken >&2; exit 1", folder.path());
        let _ = service.child.wait();
        let fault = service.check_alive().unwrap_err().to_string();
        assert!(fault.contains("the port is taken"), "{fault}");
    }

    #[test]
    fn a_cut_is_a_cut() {
        let folder = tempfile::tempdir().unwrap();
        start("sleep 60", folder.path()).kill().unwrap();
    }
}
