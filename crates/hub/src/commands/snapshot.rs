//! Writing the catalogue on a stick.

use super::progress::Progress;
use hub::carried::{Sender, carry};
use hub::config::Config;
use hub::say;
use hub::{folder, now_ms};
use std::path::Path;

pub fn run(config: &Config, out: &Path) -> anyhow::Result<()> {
    let mut reader = super::reader(config)?;
    super::has_folder(out)?;
    folder::prepare(&config.data)?;
    let (hub, key) = super::identity(&mut reader)?;
    let mut progress = Progress::of("bytes written");
    let sender = Sender { hub: &hub, key: &key, now_ms: now_ms() };
    let head = carry(&mut reader, &sender, &config.data, out, &mut |done, all| progress.tell(done, all))?;
    say!("{} holds the catalogue of hub {hub} up to position {}. On the terminal, while it is closed:", out.display(), head.manifest.pos);
    say!("  counterfoil load-snapshot --file {}", out.display());
    Ok(())
}
