//! A root shell in the emulated machine, on a line of its own: what a technician would type.

use anyhow::{Context, Result, bail, ensure};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two looks at the clock while nothing comes.
const READ_LIMIT: Duration = Duration::from_millis(200);
/// An emulated machine is slow, but not that slow.
const COMMAND_LIMIT: Duration = Duration::from_secs(600);

/// Ends what a command wrote; followed by its status.
const END: &str = "=end=";

pub struct Shell {
    stream: UnixStream,
}

impl Shell {
    /// Connects to the line and waits until the shell behind it answers, at most so long.
    pub fn connect(socket: &Path, limit: Duration) -> Result<Shell> {
        let stream = UnixStream::connect(socket).context("the emulated line does not answer")?;
        stream.set_read_timeout(Some(READ_LIMIT))?;
        let mut shell = Shell { stream };
        let deadline = Instant::now() + limit;
        loop {
            // In two pieces, so that an echo of the order is not taken for its answer.
            shell.say("echo here=\"\"now")?;
            if shell.hear("here=now\n", Instant::now() + Duration::from_secs(1))?.is_some() {
                break;
            }
            ensure!(Instant::now() < deadline, "the emulated machine has not come up within {} s", limit.as_secs());
        }
        // Answers to what was asked in vain before.
        shell.run("true").map(|_| shell)
    }

    /// Runs a command to its end and gives what it wrote. An error tells that and the status.
    pub fn run(&mut self, command: &str) -> Result<String> {
        let (status, output) = self.status_of(command)?;
        ensure!(status == 0, "`{command}` failed ({status}) in the emulated machine:\n{output}");
        Ok(output)
    }

    /// Runs a command to its end, whatever that is.
    pub fn status_of(&mut self, command: &str) -> Result<(i32, String)> {
        self.say(&format!("{{ {command}\n}} </dev/null 2>&1; echo \"{END}\"$?"))?;
        let deadline = Instant::now() + COMMAND_LIMIT;
        let Some(output) = self.hear(END, deadline)? else { bail!("`{command}` has not ended within {} s", COMMAND_LIMIT.as_secs()) };
        let status = self.hear("\n", deadline)?.context("the shell did not tell the command's status")?;
        let output = output.strip_suffix(END).unwrap_or(&output).to_owned();
        Ok((status.trim().parse().with_context(|| format!("the shell told the status {status:?}"))?, output))
    }

    /// Waits until a command succeeds, at most so long, and gives what it wrote then.
    pub fn until(&mut self, what: &str, command: &str, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        loop {
            let (status, output) = self.status_of(command)?;
            if status == 0 {
                return Ok(output);
            }
            ensure!(Instant::now() < deadline, "no {what} within {} s; `{command}` said:\n{output}", limit.as_secs());
            // sleeps because what is waited for sends no event out of the machine
            std::thread::sleep(READ_LIMIT);
        }
    }

    fn say(&mut self, line: &str) -> Result<()> {
        self.stream.write_all(format!("{line}\n").as_bytes()).context("the emulated machine has gone")
    }

    /// Everything up to and with `end`; none if the time is up.
    fn hear(&mut self, end: &str, deadline: Instant) -> Result<Option<String>> {
        let mut heard = Vec::new();
        let mut byte = [0];
        while Instant::now() < deadline {
            match self.stream.read(&mut byte) {
                Ok(0) => bail!("the emulated machine has gone; it had said {:?}", String::from_utf8_lossy(&heard)),
                Ok(_) => heard.push(byte[0]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error).context("the emulated machine has gone"),
            }
            if heard.ends_with(end.as_bytes()) {
                return Ok(Some(String::from_utf8_lossy(&heard).into_owned()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use std::process::{Command, Stdio};

    /// A real shell behind a socket.
    fn shell(folder: &Path) -> Shell {
        let socket = folder.join("line");
        let listener = UnixListener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let ends = || Stdio::from(std::os::fd::OwnedFd::from(stream.try_clone().unwrap()));
            Command::new("bash").arg("--norc").stdin(ends()).stdout(ends()).stderr(ends()).status().unwrap();
        });
        Shell::connect(&socket, Duration::from_secs(10)).unwrap()
    }

    #[test]
    fn commands_answer_with_output_and_status() {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = shell(folder.path());
        assert_eq!(shell.run("echo one; echo two >&2").unwrap(), "one\ntwo\n");
        assert_eq!(shell.status_of("exec 3</nowhere; exit 1 & wait $!").unwrap().0, 1);
        let fault = shell.run("echo no paper; false").unwrap_err().to_string();
        assert!(fault.contains("no paper"), "{fault}");
        let file = folder.path().join("there");
        shell.until("file", &format!("[ -e '{0}' ] || {{ touch '{0}'; false; }}", file.display()), Duration::from_secs(10)).unwrap();
    }
}
