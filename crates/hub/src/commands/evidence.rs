//! Writing a unit's life as a report.

use super::progress::Progress;
use clap::Args;
use engine::hub::HubReader;
use hub::config::Config;
use hub::evidence::{page, seal};
use hub::now_ms;
use hub::say;
use ledger::id::Sku;
use ledger::serial::Serial;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct EvidenceArgs {
    /// The unit's serial number.
    #[arg(long)]
    serial: String,
    /// Its SKU, where several bear the serial.
    #[arg(long)]
    sku: Option<String>,
    /// Folder to write the JSON file and the page into.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

pub fn run(config: &Config, args: &EvidenceArgs) -> anyhow::Result<()> {
    let serial = Serial::parse(&args.serial).map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
    let mut reader = super::reader(config)?;
    let sku = which(&mut reader, &serial, args.sku.as_deref())?;
    let (_, key) = super::identity(&mut reader)?;
    let mut progress = Progress::of("ops of the log hashed");
    let found = reader.evidence(&sku, &serial, now_ms(), &mut |done, all| progress.tell(done, all))?;
    let evidence = found.ok_or_else(|| anyhow::anyhow!("This hub knows no unit {serial} of SKU {sku}."))?;
    let (sealed, evidence) = seal(evidence, &key);
    fs::create_dir_all(&args.out).map_err(|e| anyhow::anyhow!("{} cannot be made: {e}.", args.out.display()))?;
    let name = format!("evidence-{}-{}", file_name(sku.as_str()), file_name(serial.as_str()));
    write(&args.out.join(format!("{name}.json")), &format!("{}\n", sealed.line()))?;
    write(&args.out.join(format!("{name}.html")), &page::page(&sealed, &evidence, &key))
}

/// The one SKU that bears the serial, or the one that was named.
fn which(reader: &mut HubReader, serial: &Serial, named: Option<&str>) -> anyhow::Result<Sku> {
    let bearing = reader.skus_of(serial)?;
    if let Some(named) = named {
        return Ok(Sku::from(named));
    }
    let list = || bearing.iter().map(Sku::as_str).collect::<Vec<_>>().join(", ");
    anyhow::ensure!(!bearing.is_empty(), "This hub knows no unit with the serial {serial}. Capitals count; check the label.");
    anyhow::ensure!(bearing.len() == 1, "Units of several SKUs bear the serial {serial}: {}. Name one with --sku.", list());
    Ok(bearing[0].clone())
}

/// SKUs and serials hold signs that no file's name should.
fn file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).map_err(|e| anyhow::anyhow!("{} cannot be written: {e}.", path.display()))?;
    say!("{}", path.display());
    Ok(())
}
