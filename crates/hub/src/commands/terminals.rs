//! Who may speak to this hub: a code for one that is to come, the list of those that are there, and
//! the end of one.

use super::table;
use clap::Args;
use engine::hub::Device;
use hub::config::Config;
use hub::keys::EnrolCode;
use hub::routes::{CodeRequest, code_expires_ms, new_code};
use hub::sample_shop;
use hub::when::when;
use hub::{now_ms, say};
use ledger::id::{TerminalId, WarehouseId};
use std::net::SocketAddr;

#[derive(Args)]
pub struct CodeArgs {
    /// What people will call the terminal, such as "Till 1".
    #[arg(long, required_unless_present = "terminal")]
    name: Option<String>,
    /// Which warehouse or shop it sells from.
    #[arg(long, default_value = sample_shop::WAREHOUSE, conflicts_with = "terminal")]
    warehouse: String,
    /// A terminal that has lost its key, such as T01: it stays what it is, and the key before ends.
    #[arg(long, conflicts_with = "name")]
    terminal: Option<String>,
}

/// Makes a one-time code and shows what to type on the terminal.
pub fn enrol_code(config: &Config, args: CodeArgs) -> anyhow::Result<()> {
    match args.terminal {
        Some(terminal) => code_again(config, &TerminalId::new(terminal)),
        None => code_for_new(config, args.name.unwrap_or_default(), args.warehouse),
    }
}

fn code_for_new(config: &Config, name: String, warehouse: String) -> anyhow::Result<()> {
    let warehouse = WarehouseId::new(warehouse);
    let request = CodeRequest { name, warehouse: warehouse.clone() };
    let (code, stored) = new_code(request, now_ms()).map_err(|why| anyhow::anyhow!("No code was made: {why}."))?;
    crate::store(config)?.add_code(&stored)?;
    say!("{code}");
    say!("It enrols one terminal as {:?} and is good for 15 minutes. On the terminal:", stored.name);
    tell_how(config, &code);
    advise(config, &warehouse)
}

/// For a terminal whose `identity.json` is gone.
fn code_again(config: &Config, terminal: &TerminalId) -> anyhow::Result<()> {
    let code = EnrolCode::random();
    let device = crate::store(config)?.add_code_again(terminal, code.hash(), code_expires_ms(now_ms()))?;
    let device = device.ok_or_else(|| unknown(terminal))?;
    anyhow::ensure!(!device.revoked, "{terminal} is barred for good and gets no new key. Enrol the box as a new terminal, in an empty folder.");
    say!("{code}");
    say!(
        "It gives {terminal}, {:?}, a new key and is good for 15 minutes. The key that it had works no more once the code is used. On the terminal:",
        device.name
    );
    tell_how(config, &code);
    Ok(())
}

fn tell_how(config: &Config, code: &EnrolCode) {
    let (address, note) = address(config.listen);
    say!("  counterfoil enrol --hub {address} --code {code}");
    note.into_iter().for_each(|note| say!("{note}"));
}

fn unknown(terminal: &TerminalId) -> anyhow::Error {
    anyhow::anyhow!("There is no terminal {terminal} at this hub. `counterfoil-hub terminals` lists them.")
}

/// What a terminal calls the hub by, and what to know about it. Where the hub listens on all
/// addresses or on this machine only, that is not told by the configuration.
fn address(listen: SocketAddr) -> (String, Option<String>) {
    let port = listen.port();
    let named = |note: String| (format!("http://HUB:{port}"), Some(note));
    match listen.ip() {
        ip if ip.is_loopback() => named(format!(
            "Put this machine's name or address in the place of HUB. The hub listens on {listen}, where only this machine reaches it: \
            for terminals elsewhere set `listen` in its configuration, such as \"0.0.0.0:{port}\", and start it again."
        )),
        ip if ip.is_unspecified() => named("Put this machine's name or address in the place of HUB.".into()),
        _ => (format!("http://{listen}"), None),
    }
}

/// A slip in a warehouse's name makes a shop that owns nothing, and shows only at the first sale.
fn advise(config: &Config, warehouse: &WarehouseId) -> anyhow::Result<()> {
    let known = super::reader(config)?.warehouses()?;
    if known.is_empty() || known.contains(warehouse) {
        return Ok(());
    }
    let names: Vec<_> = known.iter().map(WarehouseId::as_str).collect();
    say!("Please note: no goods and no terminal are in warehouse {warehouse} yet. Known are: {}.", names.join(", "));
    Ok(())
}

pub fn list(config: &Config) -> anyhow::Result<()> {
    let devices = super::reader(config)?.devices()?;
    if devices.is_empty() {
        say!("No terminal is enrolled. `counterfoil-hub enrol-code` makes a code for one.");
        return Ok(());
    }
    let rows: Vec<_> = devices.into_iter().map(row).collect();
    table::print(["terminal", "warehouse", "last seen", "barred", "name"], &rows);
    Ok(())
}

fn row(device: Device) -> [String; 5] {
    let barred = if device.revoked { "yes" } else { "no" };
    [device.terminal.to_string(), device.warehouse.to_string(), when(device.seen_ms), barred.into(), device.name]
}

/// Bars a terminal.
pub fn revoke(config: &Config, terminal: String) -> anyhow::Result<()> {
    let terminal = TerminalId::new(terminal);
    let known = crate::store(config)?.revoke(&terminal)?;
    anyhow::ensure!(known, unknown(&terminal));
    say!("{terminal} is barred. What it pushed before stays.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_terminal_is_told_an_address_that_it_can_reach() {
        let check = |listen: &str, wanted: &str, noted: &[&str]| {
            let (address, note) = address(listen.parse().expect("an address"));
            let note = note.unwrap_or_default();
            assert_eq!((address.as_str(), note.is_empty()), (wanted, noted.is_empty()), "{listen}: {note}");
            noted.iter().for_each(|words| assert!(note.contains(words), "{words:?} is not in {note:?}"));
        };
        check("127.0.0.1:7070", "http://HUB:7070", &["in the place of HUB", "listens on 127.0.0.1:7070", "\"0.0.0.0:7070\""]);
        check("[::1]:80", "http://HUB:80", &["only this machine reaches it"]);
        check("0.0.0.0:7070", "http://HUB:7070", &["in the place of HUB"]);
        check("[::]:7070", "http://HUB:7070", &["in the place of HUB"]);
        check("192.168.1.2:7070", "http://192.168.1.2:7070", &[]);
    }
}
