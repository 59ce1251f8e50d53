//! Units that were sold twice: looking at them, and deciding.

use clap::Args;
use engine::hub::{Decided, Decision, Side, Truth, Which};
use engine::port::{Ids, RandomIds};
use hub::config::Config;
use hub::disputes::{decision, table};
use hub::now_ms;
use hub::say;
use ledger::id::WarehouseId;
use ledger::serial::Serial;

/// Most conflicts of one table: more than anybody reads.
const CONFLICTS_MAX: u32 = 200;

#[derive(Args)]
pub struct ConflictsArgs {
    /// Shows those that were resolved as well.
    #[arg(long)]
    all: bool,
}

#[derive(Args)]
pub struct ResolveArgs {
    /// The conflict's name, as `conflicts` lists it.
    #[arg(long)]
    conflict: String,
    /// Which of its two sales did not sell this unit.
    #[arg(long, value_parser = side, value_name = "first|second")]
    wrong: Side,
    #[command(flatten)]
    truth: TruthArgs,
    /// Where the refunded goods are; without it, the warehouse that sold them.
    #[arg(long, conflicts_with_all = ["reassign", "mis_scan"])]
    warehouse: Option<String>,
    /// Why it is decided so.
    #[arg(long)]
    reason: String,
}

/// What happened at the wrong sale in truth.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct TruthArgs {
    /// It sold the unit with this serial.
    #[arg(long, value_parser = serial, value_name = "SERIAL")]
    reassign: Option<Serial>,
    /// It sold another unit, and nobody knows which.
    #[arg(long)]
    mis_scan: bool,
    /// It was taken back, or the goods were never handed out.
    #[arg(long)]
    refund: bool,
}

fn side(text: &str) -> Result<Side, String> {
    match text {
        "first" => Ok(Side::First),
        "second" => Ok(Side::Second),
        _ => Err("say first or second".into()),
    }
}

fn serial(text: &str) -> Result<Serial, String> {
    Serial::parse(text).map_err(|refusal| refusal.to_string())
}

impl ResolveArgs {
    fn truth(&self) -> Truth {
        match (&self.truth.reassign, self.truth.refund) {
            (Some(serial), _) => Truth::Reassign { serial: serial.clone() },
            (None, true) => Truth::Refund { warehouse: self.warehouse.clone().map(WarehouseId::new) },
            (None, false) => Truth::MisScan {},
        }
    }
}

pub fn list(config: &Config, args: &ConflictsArgs) -> anyhow::Result<()> {
    let which = if args.all { Which::All } else { Which::Open };
    say!("{}", table(&super::reader(config)?.conflicts(which, CONFLICTS_MAX)?).trim_end());
    Ok(())
}

pub fn resolve(config: &Config, args: &ResolveArgs) -> anyhow::Result<()> {
    let (conflict, reason) = (args.conflict.clone(), args.reason.clone());
    let taken = Decision { op: RandomIds.op_id(), conflict, wrong: args.wrong, truth: args.truth(), reason };
    match crate::store(config)?.resolve(now_ms(), &taken)? {
        Decided::Resolved(conflict) => say!("{}", conflict.resolved.as_ref().map_or(String::new(), decision)),
        Decided::Refused(refusal) => anyhow::bail!("{refusal}"),
        Decided::Unknown => anyhow::bail!("There is no conflict {} here. `counterfoil-hub conflicts` lists them.", args.conflict),
    }
    Ok(())
}
