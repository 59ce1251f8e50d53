//! Scanners as the text of a configuration, with nothing in it that goes without saying.

use serde::Serialize;
use toml::Table;

use super::{ConfigFault, ScannerConfig};

#[derive(Serialize)]
struct File {
    scanner: Vec<Table>,
}

/// One `[[scanner]]` for each. Settings at their defaults are left out.
pub fn to_toml(configs: &[ScannerConfig]) -> Result<String, ConfigFault> {
    let scanner = configs.iter().map(table).collect::<Result<_, _>>()?;
    toml::to_string(&File { scanner }).map_err(|fault| ConfigFault::Unwritable(fault.to_string()))
}

fn table(config: &ScannerConfig) -> Result<Table, ConfigFault> {
    let written = |config: &ScannerConfig| Table::try_from(config).map_err(|fault| ConfigFault::Unwritable(fault.to_string()));
    let defaults = written(&ScannerConfig::new(config.name.clone(), config.source.clone()))?;
    let own = written(config)?;
    Ok(own.into_iter().filter(|(key, value)| key == "name" || key == "source" || defaults.get(key) != Some(value)).collect())
}
