//! One command that says whether a change may be shared, the same on a laptop and in CI.

use crate::packages::{self, For};
use crate::process::{exists, program, run_keeping_tail, shown};
use crate::table::table;
use crate::tidy;
use anyhow::{Result, bail};
use std::io::IsTerminal;
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
pub struct Options {
    /// Only format, tidy and the ledger's tests: seconds, for between two thoughts.
    #[arg(long)]
    fast: bool,
    /// Do not install missing system packages, only say which.
    #[arg(long)]
    no_install: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let steps = if options.fast { fast() } else { full() };
    if !options.fast {
        packages::ensure(For::Building, !options.no_install)?;
    }
    let done: Vec<Done> = steps.into_iter().map(run_step).collect();
    let first_failed = done.iter().find(|step| step.outcome == Outcome::Failed);
    if let Some(first) = first_failed {
        println!("\n── {}, which failed first, again:\n{}", first.name, first.tail.join("\n"));
    }
    println!("\n{}", summary(&done));
    match first_failed {
        None => Ok(()),
        Some(first) => bail!("Failed: {}. Repeat it with:\n    {}", first.name, first.command),
    }
}

/// One thing to check.
struct Step {
    name: &'static str,
    command: Command,
    /// Tells why not, if it cannot be done here.
    skip: Option<&'static str>,
}

struct Done {
    name: &'static str,
    command: String,
    outcome: Outcome,
    /// The last lines it printed.
    tail: Vec<String>,
    took: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed,
    /// What was looked at is well, but something was not looked at.
    Partly(&'static str),
    Failed,
    Skipped(&'static str),
}

/// Tests of whole programs drive the terminal by its remote control; one set of features means that
/// everything is built once.
const REMOTE: &str = "counterfoil/remote";

fn fast() -> Vec<Step> {
    vec![format_step(), tidy_step(), step("ledger", &["cargo", "test", "--package", "ledger"])]
}

fn full() -> Vec<Step> {
    vec![
        format_step(),
        tidy_step(),
        step("lints", &["cargo", "clippy", "--workspace", "--all-targets", "--features", REMOTE, "--", "-D", "warnings"]),
        step("tests", &["cargo", "test", "--workspace", "--features", REMOTE]),
        // The tests have built the programs it needs.
        step("kills", &["cargo", "xtask", "kills", "--kills", "200", "--debug", "--built"]),
        step("chaos", &["cargo", "xtask", "chaos", "--seed", "1848", "--debug", "--built"]),
        step("simulator", &["cargo", "xtask", "sim", "--seeds", "200"]),
        step("auditor", &["cargo", "xtask", "sim", "--breaks"]),
        docs_step(),
        deny_step(),
    ]
}

fn format_step() -> Step {
    step("format", &["cargo", "fmt", "--all", "--check"])
}

fn tidy_step() -> Step {
    step(tidy::NAME, &["cargo", "xtask", "tidy"])
}

/// The binaries are left out: two of them share their names with libraries.
fn docs_step() -> Step {
    let mut docs = step("docs", &["cargo", "doc", "--workspace", "--no-deps", "--lib"]);
    docs.command.env("RUSTDOCFLAGS", "-D warnings");
    docs
}

fn deny_step() -> Step {
    let mut deny = step("dependencies", &["cargo", "deny", "check", "bans", "licenses", "sources"]);
    deny.skip = (!exists("cargo-deny")).then_some("cargo-deny is not installed");
    deny
}

fn step(name: &'static str, words: &[&str]) -> Step {
    Step { name, command: program(words), skip: None }
}

fn run_step(step: Step) -> Done {
    let command = with_environment(&step.command);
    println!("\n── {}: {command}", step.name);
    let began = Instant::now();
    let (outcome, tail) = match step.skip {
        Some(why) => (Outcome::Skipped(why), vec![]),
        None => outcome_of(step.name, step.command),
    };
    let took = began.elapsed();
    println!("── {}: {} in {:.1} s", step.name, word(&outcome), took.as_secs_f64());
    Done { name: step.name, command, outcome, tail, took }
}

fn outcome_of(name: &str, command: Command) -> (Outcome, Vec<String>) {
    // Tidy is built and running already: asking cargo for it again would only cost time.
    if name == tidy::NAME {
        return tidy_here();
    }
    match run_keeping_tail(colourful(command)) {
        Ok((true, tail)) => (Outcome::Passed, tail),
        Ok((false, tail)) => (Outcome::Failed, tail),
        Err(fault) => (Outcome::Failed, vec![format!("{fault:#}")]),
    }
}

fn tidy_here() -> (Outcome, Vec<String>) {
    match tidy::run() {
        Ok(left_out) => (left_out.map_or(Outcome::Passed, Outcome::Partly), vec![]),
        Err(findings) => {
            println!("{findings}");
            (Outcome::Failed, vec![findings.to_string()])
        }
    }
}

/// Cargo writes to us, not to the terminal, and would leave its colours out.
fn colourful(mut command: Command) -> Command {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// What a person types to repeat it, with the variables that matter.
fn with_environment(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| Some(format!("{}='{}' ", name.to_string_lossy(), value?.to_string_lossy())));
    format!("{}{}", variables.collect::<String>(), shown(command))
}

fn summary(done: &[Done]) -> String {
    let heading = ["step", "time", "outcome"].map(str::to_owned);
    let rows = done.iter().map(|step| [step.name.to_owned(), format!("{:.1} s", step.took.as_secs_f64()), word(&step.outcome)]);
    table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => "ok".to_owned(),
        Outcome::Partly(why) => format!("ok, but {why}"),
        Outcome::Failed => "FAILED".to_owned(),
        Outcome::Skipped(why) => format!("skipped: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_each_step_with_its_outcome() {
        let took = Duration::from_millis(1_250);
        let done = |name, outcome| Done { name, command: String::new(), outcome, tail: vec![], took };
        let text = summary(&[
            done("format", Outcome::Passed),
            done("tests", Outcome::Failed),
            done("deny", Outcome::Skipped("not installed")),
            done("tidy", Outcome::Partly("no tool")),
        ]);
        let expected =
            "step    time   outcome\nformat  1.2 s  ok\ntests   1.2 s  FAILED\ndeny    1.2 s  skipped: not installed\ntidy    1.2 s  ok, but no tool\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_failed_command_can_be_repeated_as_shown() {
        assert_eq!(with_environment(&docs_step().command), "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --lib");
    }
}
