//! `counterfoil`: the terminal's program.
#![warn(clippy::print_stdout)]

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use counterfoil::commands;
use counterfoil::config::Config;
use counterfoil::doctor::{Machine, examine};
use counterfoil::identity::{Identity, IdentityFault};
use counterfoil::say;
use counterfoil::shell::{self, Screen, ScreenKind};
use engine::port::keep_files_private;
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "counterfoil", version, about = "Offline-first point of sale for serial-numbered goods")]
struct Cli {
    /// The configuration file; without it every setting has its default.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Checks the configuration and ends.
    #[arg(long)]
    check_config: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Opens the till (the default).
    Run(Run),
    /// Introduces this terminal to a hub, with a code that `counterfoil-hub enrol-code` prints. One that
    /// lost its `identity.json` becomes itself again by a code made with `--terminal`.
    Enrol {
        /// Address of the hub, such as http://hub.shop:7070.
        #[arg(long)]
        hub: String,
        #[arg(long)]
        code: String,
    },
    /// Takes the catalogue from a file that `counterfoil-hub snapshot` wrote, where no network goes.
    LoadSnapshot {
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Prints the last head of the hub's log that this terminal was told, for `counterfoil-hub audit verify`.
    LogHead,
    /// Looks at everything the terminal needs from this box, and says what to mend.
    Doctor {
        /// For programs instead of people.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Default)]
struct Run {
    /// Draws into memory and obeys JSON lines on the standard input.
    #[cfg(feature = "remote")]
    #[arg(long)]
    headless: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    keep_files_private();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    match start(cli) {
        Ok(code) => code,
        Err(error) => {
            say::complain(format_args!("counterfoil: {}", sentence(&error)));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong; where that is no whole sentence, with the reasons under it.
fn sentence(error: &anyhow::Error) -> String {
    let whole = |said: &str| said.ends_with(['.', '?', '!']);
    let told = error.chain().map(ToString::to_string).reduce(|said, cause| if whole(&said) { said } else { format!("{said}: {cause}") });
    let told = told.unwrap_or_default();
    if whole(&told) { told } else { format!("{told}.") }
}

fn start(cli: Cli) -> anyhow::Result<ExitCode> {
    let named = cli.config.as_deref();
    let config = || named.map_or_else(|| Ok(Config::default()), Config::read);
    if cli.check_config {
        check_config(&config()?);
        return Ok(say::done());
    }
    match cli.command.unwrap_or_else(|| Command::Run(Run::default())) {
        Command::Enrol { hub, code } => enrol(&config()?, &hub, &code)?,
        Command::LoadSnapshot { file } => {
            let config = config()?;
            let _held_until_the_end = lock(&config)?;
            commands::load_snapshot(&config.data, &file)?;
        }
        Command::LogHead => {
            let config = config()?;
            let _held_until_the_end = lock(&config)?;
            commands::log_head(&config.data)?;
        }
        Command::Doctor { json } => return doctor(named, json),
        Command::Run(run) => open_till(&config()?, &run)?,
    }
    Ok(say::done())
}

fn check_config(config: &Config) {
    say!("The configuration is good.");
    config.advice().iter().for_each(|advice| say!("Please note: {advice}"));
}

/// Ends with 1 if there is something to mend. It reads the configuration by itself, for it may be
/// what is to be mended.
fn doctor(config: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let report = examine(config, &Machine::this());
    if json {
        say!("{}", serde_json::to_string(&report)?);
    } else {
        say!("{report}");
    }
    Ok(if report.is_fit() { say::done() } else { ExitCode::FAILURE })
}

/// One till a folder: the second would write into the first one's journal.
fn lock(config: &Config) -> anyhow::Result<File> {
    let folder = config.data.display();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data)
        .with_context(|| format!("the data folder {folder} cannot be made; name another with `data` in the configuration"))?;
    let file = File::create(config.data.join("lock"))
        .with_context(|| format!("the data folder {folder} cannot be written to; it must belong to the user the terminal runs as"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => anyhow::bail!("another terminal is running on {folder}; close it first."),
        Err(TryLockError::Error(fault)) => Err(fault).with_context(|| format!("the data folder {folder} cannot be locked")),
    }
}

fn open_till(config: &Config, run: &Run) -> anyhow::Result<()> {
    counterfoil::ui::fonts::use_installed()?;
    counterfoil::ui::place::prepare(&config.display);
    let _held_until_the_end = lock(config)?;
    #[cfg(feature = "kiosk")]
    let _silent_until_the_end = console()?;
    let identity = known(&config.data)?;
    shell::run(config, identity.as_ref(), screen(config, run)?)
}

/// Who this box is; none if it belongs to no hub yet, which its first page mends.
fn known(data: &Path) -> anyhow::Result<Option<Identity>> {
    match Identity::read(data) {
        Err(fault @ IdentityFault::NotEnrolled(_)) => {
            tracing::warn!("{fault}");
            Ok(None)
        }
        read => Ok(Some(read?)),
    }
}

/// The till draws on the screen itself: nothing that is typed may reach the console beneath it.
#[cfg(feature = "kiosk")]
fn console() -> anyhow::Result<Option<counterfoil::kiosk::Console>> {
    counterfoil::kiosk::Console::take()
        .context("the console behind the till could not be silenced; start the till by its unit, as the one user of that console")
}

#[cfg(feature = "remote")]
fn screen(config: &Config, run: &Run) -> anyhow::Result<Screen> {
    use counterfoil::ui::headless::{Clock, Headless};
    if !run.headless {
        return Ok(Screen { kind: ScreenKind::Display, remote: None });
    }
    let headless = Headless::install((config.display.width, config.display.height), config.display.scale, Clock::Real)?;
    Ok(Screen { kind: ScreenKind::Headless, remote: Some(counterfoil::remote::Remote::start(headless)?) })
}

#[cfg(not(feature = "remote"))]
fn screen(_config: &Config, _run: &Run) -> anyhow::Result<Screen> {
    Ok(Screen { kind: ScreenKind::Display })
}

fn enrol(config: &Config, hub: &str, code: &str) -> anyhow::Result<()> {
    let _held_until_the_end = lock(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(counterfoil::enrolment::enrol(&config.data, hub, code))?;
    say!("Enrolled as {} ({}) at {}, warehouse {}.", answer.name, answer.terminal, answer.hub, answer.warehouse);
    Ok(())
}

#[cfg(test)]
#[path = "../tests/typed.rs"]
mod typed;

#[cfg(test)]
mod tests {
    use super::{Cli, typed};
    use clap::Parser;

    #[test]
    fn what_the_documents_say_to_type_is_understood() {
        typed::check("counterfoil", |words| Cli::try_parse_from(words).map(drop).map_err(|fault| fault.to_string()));
    }
}
