//! Looking through the hub's own log, and checking reports without any hub.

use super::progress::Progress;
use clap::Subcommand;
use engine::hub::{Audit, HubReader, Witness};
use hub::config::Config;
use hub::evidence::{self, Checked, signed_by_key};
use hub::say;
use hub::when::when;
use ledger::evidence::Evidence;
use ledger::sync::wire::{HubHead, LogHead, signed_head};
use std::collections::BTreeSet;
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
    let kept = head.map(|path| kept(path, &hub, &key.public())).transpose()?;
    let witness = kept.as_ref().map(Kept::witness);
    let mut progress = Progress::of("ops looked through");
    let audit = reader.audit(witness.as_ref(), &mut |done, all| progress.tell(done, all))?;
    tell_notes(&audit);
    if let Some(flaw) = &audit.flaw {
        anyhow::bail!("{flaw} Ops 1 to {} are good.", audit.head.number);
    }
    say!("The log of hub {hub} is good: {} ops, up to the hash {}.", audit.head.number, audit.head.hash);
    if let Some(kept) = &kept {
        say!("It contains the head over {} ops that was signed.", kept.head.number);
        kept.report.as_ref().map_or(Ok(()), |report| names_the_same(&mut reader, report))?;
    }
    say!("The hub signs with the key {}.", key.public());
    Ok(())
}

fn tell_notes(audit: &Audit) {
    for note in &audit.notes {
        say!("{note}");
    }
    if audit.notes_left_out > 0 {
        say!("{} more ops like these.", audit.notes_left_out);
    }
}

/// What somebody kept: a head, alone or in a report.
struct Kept {
    head: LogHead,
    report: Option<Evidence>,
}

impl Kept {
    fn witness(&self) -> Witness {
        Witness { head: self.head, tree_root: self.report.as_ref().map(|report| report.tree_root) }
    }
}

/// Reads what somebody kept, and makes sure that this hub signed it.
fn kept(path: &Path, hub: &str, key: &str) -> anyhow::Result<Kept> {
    let text = read(path)?;
    let (HubHead { hub: of, head }, report) = read_head(&text).map_err(|why| anyhow::anyhow!("{} holds no head of a log: {why}", path.display()))?;
    anyhow::ensure!(of == hub, "{} is of hub {of}, this is hub {hub}.", path.display());
    let is_signed = signed_by_key(key, &signed_head(hub, &head.log()), &head.signature);
    anyhow::ensure!(is_signed, "The head in {} was not signed by this hub's key, or was changed since.", path.display());
    Ok(Kept { head: head.log(), report })
}

/// A head alone, or the one in a report that is whole.
fn read_head(text: &str) -> Result<(HubHead, Option<Evidence>), String> {
    let no_head = match serde_json::from_str::<HubHead>(text) {
        Ok(head) => return Ok((head, None)),
        Err(error) => format!("{error}."),
    };
    evidence::read(text).map_err(|_no_report| no_head)?;
    let Checked { evidence, .. } = evidence::check(text).map_err(|flaw| flaw.to_string())?;
    Ok((evidence.hub_head(), Some(evidence)))
}

/// Whether the hub knows of no other ops about the unit, up to the head of the report.
fn names_the_same(reader: &mut HubReader, report: &Evidence) -> anyhow::Result<()> {
    let unit = &report.unit;
    let now = reader.evidence(&unit.sku, &unit.serial, report.made_at_ms, &mut |_, _| ())?;
    let told: BTreeSet<u64> = report.events.iter().map(|event| event.number).collect();
    let since = if report.left_out > 0 { told.first().copied().unwrap_or(0) } else { 0 };
    let known = now.into_iter().flat_map(|now| now.events).map(|event| event.number).filter(|number| (since..=report.head.number).contains(number));
    let missing: Vec<String> = known.filter(|number| !told.contains(number)).map(|number| number.to_string()).collect();
    if !missing.is_empty() {
        anyhow::bail!("The report leaves out what names the unit too, unless it was parked when the report was written: op {} of the log.", missing.join(", "));
    }
    say!("Up to there the log has no other ops about {} {} than the report.", unit.sku, unit.serial);
    Ok(())
}

fn verify_report(file: &Path, hub_key: Option<&str>) -> anyhow::Result<()> {
    let Checked { sealed, evidence } = evidence::check(&read(file)?).map_err(|flaw| anyhow::anyhow!("{}: {flaw}", file.display()))?;
    if let Some(wanted) = hub_key.filter(|wanted| *wanted != sealed.hub_key) {
        anyhow::bail!("{}: The report is whole, but it was signed by the key {}, not by {wanted}. Somebody else wrote it.", file.display(), sealed.hub_key);
    }
    let (unit, events) = (&evidence.unit, evidence.events.len());
    say!("The evidence for {} {} is whole: {events} ops, each at its place in a log of {}.", unit.sku, unit.serial, evidence.head.number);
    say!("Hub {} signed it on {} with the key {}.", evidence.hub, when(evidence.made_at_ms), sealed.hub_key);
    match hub_key {
        Some(_) => say!("That is the key you named."),
        None => say!("Compare that key with the one that a terminal of the shop pinned, or name it with --hub-key."),
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).map_err(|e| anyhow::anyhow!("{} cannot be read: {e}.", path.display()))
}
