//! Looking through the hub's own log, and checking reports without any hub.

use super::progress::Progress;
use clap::Subcommand;
use engine::hub::{Audit, Witness};
use hub::config::Config;
use hub::evidence::{self, Checked, signed_by_key};
use hub::when::when;
use ledger::op::Hash;
use ledger::sync::wire::{HubHead, signed_head};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Looks through the whole log: every op's bytes, every link, every hash.
    Verify {
        /// A head of the log that was signed earlier, as `counterfoil log-head` prints it, or a report of
        /// evidence: the log must still contain it.
        #[arg(long, value_name = "FILE")]
        head: Option<PathBuf>,
    },
    /// Checks a report of evidence, the JSON file or the page, without any hub.
    VerifyReport {
        file: PathBuf,
        /// The hub's public key as known from elsewhere; the report must be signed by it.
        #[arg(long, value_name = "KEY")]
        hub_key: Option<String>,
    },
}

pub fn run(config: &Config, command: AuditCommand) -> anyhow::Result<()> {
    match command {
        AuditCommand::Verify { head } => verify(config, head.as_deref()),
        AuditCommand::VerifyReport { file, hub_key } => verify_report(&file, hub_key.as_deref()),
    }
}

fn verify(config: &Config, head: Option<&Path>) -> anyhow::Result<()> {
    let mut reader = super::reader(config)?;
    let (hub, key) = super::identity(&mut reader)?;
    let witness = head.map(|path| witness(path, &hub, &key.public())).transpose()?;
    let mut progress = Progress::of("ops looked through");
    let audit = reader.audit(witness.as_ref(), &mut |done, all| progress.tell(done, all))?;
    tell_notes(&audit);
    if let Some(flaw) = &audit.flaw {
        anyhow::bail!("{flaw} Ops 1 to {} are good.", audit.head.number);
    }
    println!("The log of hub {hub} is good: {} ops, up to the hash {}.", audit.head.number, audit.head.hash);
    if let Some(witness) = witness {
        println!("It contains the head over {} ops that was signed.", witness.head.number);
    }
    println!("The hub signs with the key {}.", key.public());
    Ok(())
}

fn tell_notes(audit: &Audit) {
    for note in &audit.notes {
        println!("{note}");
    }
    if audit.notes_left_out > 0 {
        println!("{} more ops like these.", audit.notes_left_out);
    }
}

/// Reads what somebody kept, and makes sure that this hub signed it.
fn witness(path: &Path, hub: &str, key: &str) -> anyhow::Result<Witness> {
    let text = read(path)?;
    let (kept, tree_root) = kept(&text).map_err(|why| anyhow::anyhow!("{} holds no head of a log: {why}.", path.display()))?;
    let HubHead { hub: of, head } = kept;
    anyhow::ensure!(of == hub, "{} is of hub {of}, this is hub {hub}.", path.display());
    let is_signed = signed_by_key(key, &signed_head(hub, &head.log()), &head.signature);
    anyhow::ensure!(is_signed, "The head in {} was not signed by this hub's key, or was changed since.", path.display());
    Ok(Witness { head: head.log(), tree_root })
}

/// A head alone, or the one in a report that is good.
fn kept(text: &str) -> Result<(HubHead, Option<Hash>), String> {
    match serde_json::from_str::<HubHead>(text) {
        Ok(head) => Ok((head, None)),
        Err(no_head) => match evidence::read(text) {
            Ok(_) => {
                let Checked { evidence, .. } = evidence::check(text).map_err(|flaw| flaw.to_string().trim_end_matches('.').to_owned())?;
                Ok((evidence.hub_head(), Some(evidence.tree_root)))
            }
            Err(_no_report) => Err(no_head.to_string()),
        },
    }
}

fn verify_report(file: &Path, hub_key: Option<&str>) -> anyhow::Result<()> {
    let Checked { sealed, evidence } = evidence::check(&read(file)?).map_err(|flaw| anyhow::anyhow!("{}: {flaw}", file.display()))?;
    if let Some(wanted) = hub_key.filter(|wanted| *wanted != sealed.hub_key) {
        anyhow::bail!("{}: The report is whole, but it was signed by the key {}, not by {wanted}. Somebody else wrote it.", file.display(), sealed.hub_key);
    }
    let (unit, events) = (&evidence.unit, evidence.events.len());
    println!("The evidence for {} {} is whole: {events} ops, each at its place in a log of {}.", unit.sku, unit.serial, evidence.head.number);
    println!("Hub {} signed it on {} with the key {}.", evidence.hub, when(evidence.made_at_ms), sealed.hub_key);
    match hub_key {
        Some(_) => println!("That is the key you named."),
        None => println!("Compare that key with the one that a terminal of the shop pinned, or name it with --hub-key."),
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).map_err(|e| anyhow::anyhow!("{} cannot be read: {e}.", path.display()))
}
