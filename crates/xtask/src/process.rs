//! Running other programs: to the end with their output on the terminal, or to the end with their
//! output in hand.

use crate::root::root;
use anyhow::{Context, Result, bail};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Lines kept of a program's output to be shown again: one screen.
const TAIL_LINES_MAX: usize = 60;

/// A program with its arguments, started in the work tree.
pub fn program(words: &[&str]) -> Command {
    let (name, arguments) = words.split_first().expect("a command line has a program");
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root());
    command
}

/// Runs to the end, output on the terminal as it comes. An error tells the command to repeat.
pub fn run(mut command: Command) -> Result<()> {
    let line = shown(&command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("`{line}` could not be started"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs to the end, output on the terminal as it comes, and gives whether it succeeded and the last
/// lines it wrote.
pub fn run_keeping_tail(mut command: Command) -> Result<(bool, Vec<String>)> {
    let line = shown(&command);
    let (reader, writer) = std::io::pipe().context("no pipe")?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().context("no pipe")?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("`{line}` could not be started"))?;
    // It holds the writing end: while it lives the output never ends.
    drop(command);
    let mut tail = VecDeque::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line.context("its output could not be read")?).into_owned();
        println!("{line}");
        tail.push_back(line);
        if tail.len() > TAIL_LINES_MAX {
            tail.pop_front();
        }
    }
    let status = child.wait().with_context(|| format!("`{line}` could not be waited for"))?;
    Ok((status.success(), tail.into()))
}

/// Runs to the end and gives what it wrote to stdout. An error holds what it wrote to stderr.
pub fn output_of(mut command: Command) -> Result<String> {
    let line = shown(&command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("`{line}` could not be started"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({}):\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` did not write UTF-8"))
}

/// Whether a program of this name is to be found.
pub fn exists(name: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(name).is_file())
}

/// The command line as a person would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c));
    if plain && !word.is_empty() { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        assert_eq!(shown(&program(&["cargo", "test", "--", "it works", ""])), "cargo test -- 'it works' ''");
    }

    #[test]
    fn the_tail_holds_both_outputs_in_order() {
        let (passed, tail) = run_keeping_tail(program(&["sh", "-c", "echo one; echo two >&2; echo three; exit 1"])).unwrap();
        assert!(!passed);
        assert_eq!(tail, ["one", "two", "three"]);
    }

    #[test]
    fn a_failure_brings_the_words_of_the_program() {
        let fault = output_of(program(&["sh", "-c", "echo no paper >&2; exit 3"])).unwrap_err();
        assert!(fault.to_string().contains("no paper"), "{fault}");
    }
}
