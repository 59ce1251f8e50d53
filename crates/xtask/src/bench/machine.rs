//! What the figures were measured on: without it they mean nothing to anybody else.

use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;

/// How somebody else gets the table.
pub const HOW_TO_REPEAT: &str = "To repeat it: `cargo xtask bench` (`store`, `scan`, `sync` or `till` behind it for a part, `--json` for scripts), on a machine that does nothing else.\n\
    Store, scan and sync are built as shipped, the till without link-time optimisation. Databases lie in the temporary folder; set TMPDIR to measure another disk.";
/// More than this is running already when the machine is not at rest.
const REST_LOAD_MAX: f64 = 0.5;

#[derive(Debug, Serialize)]
pub struct Machine {
    cpu: String,
    cores: usize,
    memory_mb: u64,
    kernel: String,
    /// Programs that were running or wanted to, as a mean over the minute before.
    load: f64,
}

impl Machine {
    pub fn look() -> Result<Machine> {
        let load = read("/proc/loadavg")?;
        Ok(Machine {
            cpu: field(&read("/proc/cpuinfo")?, "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mb: field(&read("/proc/meminfo")?, "MemTotal").and_then(|text| kilobytes(&text)).unwrap_or(0) / 1_024,
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            load: load.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0),
        })
    }

    pub fn sentence(&self) -> String {
        let Machine { cpu, cores, memory_mb, kernel, load } = self;
        let busy = if *load > REST_LOAD_MAX { ": other programs were running, so the figures are worse than the machine allows" } else { "" };
        format!(
            "Measured on {cores} cores of {cpu}, {memory_mb} MB, Linux {kernel}; load when it began {load}{busy}. Absolute figures hold for this machine only."
        )
    }
}

/// The rest of the line that begins with `name`, as the kernel's lists have them.
pub fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// A size as the kernel writes it: `1234 kB`.
pub fn kilobytes(text: &str) -> Option<u64> {
    text.strip_suffix("kB")?.trim().parse().ok()
}

pub fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{path} could not be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "VmHWM:\t  1000 kB\nVmRSS:\t   812 kB\nmodel name\t: Some CPU @ 2 GHz\n";
        assert_eq!(field(text, "VmRSS").as_deref().and_then(kilobytes), Some(812));
        assert_eq!(field(text, "model name").as_deref(), Some("Some CPU @ 2 GHz"));
        assert_eq!(field(text, "Vm"), None);
    }

    #[test]
    fn this_machine_can_be_looked_at() {
        let machine = Machine::look().unwrap();
        assert!(machine.cores > 0 && machine.memory_mb > 0 && !machine.kernel.is_empty(), "{machine:?}");
    }
}
