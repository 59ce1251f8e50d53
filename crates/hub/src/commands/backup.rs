//! A backup that is known to be good before any terminal relies on it.

use super::progress::Progress;
use engine::hub::Backup;
use hub::config::Config;
use hub::say;
use std::path::Path;

pub fn run(config: &Config, to: &Path) -> anyhow::Result<()> {
    let mut reader = super::reader(config)?;
    anyhow::ensure!(!to.exists(), "{} is there already. Name a file that is not: a backup never replaces another.", to.display());
    super::has_folder(to)?;
    let mut progress = Progress::of("ops of the copy looked through");
    let audit = match reader.backup(to, &mut |done, all| progress.tell(done, all))? {
        Backup::Good(audit) => audit,
        Backup::Bad(audit) => {
            let flaw = audit.flaw.map_or(String::new(), |flaw| flaw.to_string());
            anyhow::bail!("No backup was kept, since the log itself is not good. {flaw} Keep the backups that you have.");
        }
    };
    crate::store(config)?.mark_safe(audit.head.number)?;
    say!("{} holds the hub with {} ops, and was looked through. Terminals are told that these are safe.", to.display(), audit.head.number);
    Ok(())
}
