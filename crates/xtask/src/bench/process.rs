//! What another process takes, as the kernel counts it.

use super::machine::{field, kilobytes, read};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// The kernel counts a process's CPU time in hundredths of a second, on every platform of ours.
const TICK_MS: f64 = 10.0;
/// Where the times of user and system stand in `stat`, counted behind the name.
const USER_TIME: usize = 11;

/// Megabytes of memory that are in use right now.
pub fn resident_mb(process: u32) -> Result<f64> {
    megabytes(process, "VmRSS")
}

/// The most megabytes of memory that ever were in use.
pub fn peak_mb(process: u32) -> Result<f64> {
    megabytes(process, "VmHWM")
}

fn megabytes(process: u32, name: &str) -> Result<f64> {
    let status = read(&format!("/proc/{process}/status"))?;
    let kilobytes = field(&status, name).as_deref().and_then(kilobytes).context("the kernel does not tell a resident size")?;
    Ok(kilobytes as f64 / 1_024.0)
}

/// Percent of one core that a process takes during `during`.
pub fn cpu_percent(process: u32, during: Duration) -> Result<f64> {
    let (before_ms, began) = (cpu_ms(process)?, Instant::now());
    // sleeps because what is measured is a stretch of time
    std::thread::sleep(during);
    let took_ms = began.elapsed().as_secs_f64() * 1_000.0;
    Ok((cpu_ms(process)? - before_ms) / took_ms * 100.0)
}

fn cpu_ms(process: u32) -> Result<f64> {
    ticks(&read(&format!("/proc/{process}/stat"))?).map(|ticks| ticks as f64 * TICK_MS).context("the kernel tells no CPU time")
}

/// The name may hold anything, a parenthesis too; what follows it are numbers.
fn ticks(stat: &str) -> Option<u64> {
    let numbers = stat.rsplit_once(") ")?.1;
    numbers.split(' ').skip(USER_TIME).take(2).map(|text| text.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_are_added() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194304 900 0 0 0 17 5 0 0 20 0 1 0 100 1000 200 0";
        assert_eq!(ticks(stat), Some(22));
        assert_eq!(ticks("42 (cut) S 1"), Some(0));
    }

    #[test]
    fn this_process_takes_something() {
        let now = resident_mb(std::process::id()).unwrap();
        assert!(now > 0.5 && peak_mb(std::process::id()).unwrap() >= now);
        assert!(cpu_ms(std::process::id()).unwrap() >= 0.0);
    }
}
