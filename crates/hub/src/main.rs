//! `counterfoil-hub`: the command line.
#![warn(clippy::print_stdout)]

use clap::{Args, Parser, Subcommand};
use commands::audit::AuditCommand;
use commands::conflicts::{ConflictsArgs, ResolveArgs};
use commands::evidence::EvidenceArgs;
use commands::terminals::CodeArgs;
use engine::database::Database;
use engine::fault::Fault;
use engine::hub::HubStore;
use engine::port::keep_files_private;
use hub::config::Config;
use hub::sample_shop::{self, SampleShop};
use hub::say;
use hub::{HubFault, HubState, folder, migrate, notify, now_ms, serve, trouble};
use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

mod commands;

/// What a push is read into is freed by the sequencer, another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The central hub of Counterfoil: takes what the terminals did, and tells all of them.
#[derive(Parser)]
#[command(name = "counterfoil-hub", version)]
struct Cli {
    /// Reads the configuration, says what is wrong in it, and ends. Where a word cannot be understood,
    /// that is told first and alone; else every value that is wrong.
    #[arg(long)]
    check_config: bool,
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Place {
    /// The configuration file; without one, the defaults hold.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of everything the hub keeps.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The database, if it is none in the data folder: sqlite:FILE or postgres://USER@HOST/DATABASE.
    /// A password may stand in the environment as PGPASSWORD.
    #[arg(long, global = true, value_name = "DATABASE")]
    database: Option<String>,
    /// Address and port to listen on.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves terminals and the back office until it is told to stop.
    Serve,
    /// Makes a one-time code by which one terminal can enrol within 15 minutes: a new one, or one that
    /// has lost its key.
    EnrolCode(CodeArgs),
    /// Lists the terminals: where each sells, when it pushed last, and whether it is barred.
    Terminals,
    /// Bars a terminal for good.
    Revoke {
        #[arg(long)]
        terminal: String,
    },
    /// Lists the serial numbers that were sold twice, with what each side knew.
    Conflicts(ConflictsArgs),
    /// Decides which sale of a conflict was wrong, and what happened there in truth.
    Resolve(ResolveArgs),
    /// Begins a new feed. After a restored backup the hub does so by itself, once a terminal shows it.
    RenewFeed,
    /// Moves a hub with everything in it into another database, which must be empty. Stop it first.
    Migrate {
        /// Where it is: sqlite:FILE or postgres://USER@HOST/DATABASE.
        #[arg(long, value_name = "DATABASE")]
        from: String,
        /// Where it goes.
        #[arg(long, value_name = "DATABASE")]
        to: String,
    },
    /// Looks through the log of all ops, or checks a report of evidence.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Writes all that is known of a unit, with what proves it, as a JSON file and a page.
    Evidence(EvidenceArgs),
    /// Copies the hub's database as it stands, looks through the copy, and tells terminals that it is safe.
    Backup {
        /// The file to write, which must not be there yet.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Writes the catalogue as one file, to carry it to a terminal without a network.
    Snapshot {
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Lists what went wrong in a way that a person should know.
    Incidents,
    /// Lists the ops that are kept but not understood.
    Parked,
    /// Takes parked ops up again in their order.
    Replay {
        /// Only the op with this number in the log.
        #[arg(long, value_name = "N")]
        number: Option<u64>,
    },
    /// Fills an empty hub with a phone and appliance shop to try things on.
    SeedSampleShop {
        /// The same seed makes the same shop.
        #[arg(long, default_value_t = sample_shop::SEED)]
        seed: u64,
        /// Adds this many registered units, to try a shop of that size.
        #[arg(long, value_name = "N", default_value_t = 0, value_parser = more_units)]
        more_units: u32,
    },
    /// Prints examples from the sample shop as JSON, for scripts.
    SampleShop {
        #[arg(long, default_value_t = sample_shop::SEED)]
        seed: u64,
        /// The number of units added when it was seeded.
        #[arg(long, value_name = "N", default_value_t = 0, value_parser = more_units)]
        more_units: u32,
    },
}

/// How many units may be added to the sample shop.
fn more_units(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= sample_shop::MORE_UNITS_MAX);
    number.ok_or_else(|| format!("give a number from 0 to {}", sample_shop::MORE_UNITS_MAX))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A report is made to be handed out; all else is for the hub's user alone.
    if !matches!(cli.command, Some(Command::Evidence(_))) {
        keep_files_private();
    }
    match run(cli) {
        Ok(()) => say::done(),
        Err(error) => {
            say::complain(format_args!("counterfoil-hub: {}", sentence(&error)));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong; where that is no whole sentence, with the reasons under it.
fn sentence(error: &anyhow::Error) -> String {
    let whole = |said: &str| said.ends_with(['.', '?', '!']);
    let say = |cause: &(dyn Error + 'static)| cause.downcast_ref::<Fault>().map_or_else(|| cause.to_string(), trouble::sentence);
    let told = error.chain().map(say).reduce(|said, cause| if whole(&said) { said } else { format!("{said}: {cause}") });
    let told = told.unwrap_or_default();
    if whole(&told) { told } else { format!("{told}.") }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let config = configure(cli.place)?;
    if cli.check_config {
        say!("The configuration is good.");
        return Ok(());
    }
    match cli.command {
        None => anyhow::bail!("Say what to do: serve, enrol-code, seed-sample-shop … (--help lists all)."),
        Some(Command::Serve) => serve_until_told(&config),
        Some(Command::EnrolCode(args)) => commands::terminals::enrol_code(&config, args),
        Some(Command::Terminals) => commands::terminals::list(&config),
        Some(Command::Revoke { terminal }) => commands::terminals::revoke(&config, terminal),
        Some(Command::Conflicts(args)) => commands::conflicts::list(&config, &args),
        Some(Command::Resolve(args)) => commands::conflicts::resolve(&config, &args),
        Some(Command::RenewFeed) => Ok(store(&config)?.renew_feed()?),
        Some(Command::Migrate { from, to }) => Ok(migrate::migrate(&database("--from", &from)?, &database("--to", &to)?)?),
        Some(Command::Audit(command)) => commands::audit::run(&config, command),
        Some(Command::Evidence(args)) => commands::evidence::run(&config, &args),
        Some(Command::Backup { to }) => commands::backup::run(&config, &to),
        Some(Command::Snapshot { out }) => commands::snapshot::run(&config, &out),
        Some(Command::Incidents) => commands::trouble::incidents(&config),
        Some(Command::Parked) => commands::trouble::parked(&config),
        Some(Command::Replay { number }) => commands::trouble::replay(&config, number),
        Some(Command::SeedSampleShop { seed, more_units }) => seed_sample_shop(&config, seed, more_units),
        Some(Command::SampleShop { seed, more_units }) => print_sample_shop(seed, more_units),
    }
}

fn configure(place: Place) -> anyhow::Result<Config> {
    let mut config = place.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load)?;
    config.data = place.data.unwrap_or(config.data);
    if let Some(text) = place.database {
        config.database = Some(database("--database", &text)?);
    }
    config.database = config.database.map(with_password);
    config.listen = place.listen.unwrap_or(config.listen);
    Ok(config)
}

/// The problem does not repeat the text, which may hold a password.
fn database(argument: &str, text: &str) -> anyhow::Result<Database> {
    let named = text.parse().map_err(|fault| anyhow::anyhow!("{argument} cannot be understood: {fault}."))?;
    Ok(with_password(named))
}

/// The variable is PostgreSQL's own, which all its programs know.
fn with_password(database: Database) -> Database {
    match std::env::var("PGPASSWORD") {
        Ok(password) => database.or_password(&password),
        Err(_) => database,
    }
}

#[tokio::main]
async fn serve_until_told(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let hub = HubState::open(config)?;
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(|e| anyhow::anyhow!("{} cannot be listened on: {e}. Is another program using it?", config.listen))?;
    let address = listener.local_addr().map_err(HubFault::Listen)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A hub whose output nobody reads serves all the same.
    let _nobody_reads = writeln!(std::io::stdout(), "listening on http://{address}");
    tracing::info!(hub = hub.id, %address, data = %config.data.display(), database = %config.database(), "the hub is up");
    tokio::spawn(notify::watch(hub.sequencer.clone()));
    notify::ready();
    let told = async move {
        tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
    };
    serve(listener, hub, told).await?;
    tracing::info!("the hub has stopped");
    Ok(())
}

/// The database for a command that writes beside a running hub: SQLite lets one write at a time.
fn store(config: &Config) -> anyhow::Result<HubStore> {
    folder::prepare(&config.data)?;
    Ok(config.database().store()?)
}

fn seed_sample_shop(config: &Config, seed: u64, more_units: u32) -> anyhow::Result<()> {
    let mut store = store(config)?;
    let seeded = sample_shop::seed(&mut store, now_ms(), seed)?;
    sample_shop::seed_more(&mut store, now_ms(), seed, more_units)?;
    let units = seeded.units + more_units as usize;
    say!("{} products, {units} units, {} sales, {} people.", seeded.products, seeded.sales, seeded.people);
    for person in sample_shop::PEOPLE {
        say!("  {:<8} {:<12} PIN {}", person.id, person.role_name(), person.pin);
    }
    Ok(())
}

fn print_sample_shop(seed: u64, more_units: u32) -> anyhow::Result<()> {
    say!("{}", serde_json::to_string_pretty(&SampleShop::of(seed, more_units))?);
    Ok(())
}

#[cfg(test)]
#[path = "../../../tests/typed.rs"]
mod typed;

#[cfg(test)]
mod tests {
    use super::{Cli, typed};
    use clap::Parser;

    #[test]
    fn what_the_documents_say_to_type_is_understood() {
        typed::check("counterfoil-hub", |words| Cli::try_parse_from(words).map(drop).map_err(|fault| fault.to_string()));
    }
}
