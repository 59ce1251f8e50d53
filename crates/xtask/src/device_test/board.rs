//! What a technician asks of the board by its shell.

use super::machine::{KEY_SCANNER_NAME, LINE_SCANNER_NODE};
use super::report_scanner::MATCH as REPORT_SCANNER;
use super::shell::Shell;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::time::Duration;

pub const UNIT: &str = "counterfoil-terminal";
pub const CONFIG: &str = "/etc/counterfoil/terminal.toml";

/// An emulated program takes its time to start and to stop.
pub const START_LIMIT: Duration = Duration::from_secs(90);
/// Something that the board does by itself within seconds.
pub const SOON: Duration = Duration::from_secs(90);

/// So long nobody touches the till.
const IDLE: Duration = Duration::from_secs(10);
/// Of the kernel's clock for what threads spend.
const TICKS_PER_S: u64 = 100;

/// Copies the journal, which its owner holds locked, and asks the copy.
const JOURNAL: &str = "rm -rf /tmp/copy; mkdir /tmp/copy && cp /var/lib/counterfoil/journal.db* /tmp/copy && sqlite3 /tmp/copy/journal.db";

/// Reads how a console draws and reads keys, as two numbers.
pub const CONSOLE_MODES: &str =
    "perl -e 'open F,q(+<),q(/dev/tty1) or die; for (0x4B3B, 0x4B44) { $x=pack(q(Q),0); ioctl(F,$_,$x) or die; print unpack(q(L),$x),q( ); }'";
/// Text and Unicode; graphics and off.
pub const CONSOLE_ORDINARY: &str = "0 3";
pub const CONSOLE_SILENT: &str = "1 4";

impl Shell {
    /// Sees to it that the stick is there, after a boot too.
    pub fn stick(&mut self) -> Result<()> {
        self.run("mountpoint -q /mnt || mount -o ro /dev/vdb /mnt").map(drop)
    }

    /// Installs a package from the stick.
    pub fn install(&mut self, package: &str) -> Result<String> {
        self.stick()?;
        self.run(&format!("dpkg --install /mnt/{package} </dev/null"))
    }

    /// Writes the terminal's configuration: three scanners, and a file for a printer.
    pub fn configure(&mut self) -> Result<()> {
        let text = format!(
            "lan = false\n[printer]\npath = \"/var/lib/counterfoil/slips.txt\"\n\
             [[scanner]]\nname = \"till\"\nsource = {{ hid = {{ match_name = \"{KEY_SCANNER_NAME}\" }} }}\n\
             [[scanner]]\nname = \"counter\"\nsource = {{ tty = {{ path = \"{LINE_SCANNER_NODE}\", baud = 9600 }} }}\n\
             [[scanner]]\nname = \"reports\"\nsource = {{ hidraw = {{ match_usb = \"{REPORT_SCANNER}\" }} }}\n"
        );
        self.run(&format!("cat > {CONFIG} <<'END'\n{text}END\ncounterfoil --check-config --config {CONFIG}")).map(drop)
    }

    pub fn enrol(&mut self, hub: &str, code: &str) -> Result<String> {
        self.run(&format!("runuser -u counterfoil -- counterfoil enrol --config {CONFIG} --hub {hub} --code {code}"))
    }

    /// A property of the terminal's unit.
    pub fn unit(&mut self, property: &str) -> Result<String> {
        Ok(self.run(&format!("systemctl show --property={property} --value {UNIT}"))?.trim().to_owned())
    }

    pub fn wait_until_active(&mut self) -> Result<()> {
        self.until("running terminal", &format!("systemctl is-active {UNIT}"), START_LIMIT).map(drop)
    }

    /// How many ops the journal holds, and how many of them the hub has acknowledged.
    pub fn ops(&mut self) -> Result<(u64, u64)> {
        let answer =
            self.until("journal", &format!("{JOURNAL} 'SELECT (SELECT count(*) FROM op) || \" \" || (SELECT coalesce(sum(acked_seq), 0) FROM stream)'"), SOON)?;
        let numbers: Vec<u64> = answer.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [ops, acknowledged] = numbers[..] else { anyhow::bail!("the journal answered {answer:?}") };
        Ok((ops, acknowledged))
    }

    /// Waits until the sale on the screen is on the disk too, with this unit or, for an empty text, at all.
    pub fn wait_for_draft(&mut self, serial: &str) -> Result<()> {
        self.until("kept sale", &format!("{JOURNAL} 'SELECT cart FROM draft WHERE held = 0' | grep -F -e '{serial}'"), SOON).map(drop)
    }

    pub fn console_modes(&mut self) -> Result<String> {
        Ok(self.run(CONSOLE_MODES)?.trim().to_owned())
    }

    /// What stands on the console's screen, and what was typed there and nobody has read yet.
    pub fn console(&mut self) -> Result<String> {
        self.run("tr -d ' \\0' < /dev/vcs1; timeout 1 cat /dev/tty1; true")
    }

    /// The node that the scanner's keys come from.
    pub fn key_scanner_node(&mut self) -> Result<String> {
        let command = format!("grep -l -x '{KEY_SCANNER_NAME}' /sys/class/input/event*/device/name");
        let path = self.until("scanner", &command, SOON)?;
        path.split('/').nth(4).map(str::to_owned).with_context(|| format!("no node in {path:?}"))
    }

    /// What the journal of the system has of the terminal, for when something went wrong.
    pub fn log(&mut self) -> String {
        self.run(&format!("journalctl --no-pager --lines=60 --unit={UNIT}; systemctl status --no-pager --lines=0 {UNIT}; true"))
            .unwrap_or_else(|fault| format!("{fault:#}"))
    }

    pub fn expect(&mut self, command: &str, wanted: &str) -> Result<()> {
        let (_, said) = self.status_of(command)?;
        ensure!(said.trim() == wanted, "`{command}` says {:?} instead of {wanted:?}", said.trim());
        Ok(())
    }

    /// The till's threads that take more than a tenth of a processor while nobody does anything.
    pub fn busy_threads(&mut self) -> Result<Vec<String>> {
        let before = self.thread_ticks()?;
        // sleeps because it measures how much is done in so long
        std::thread::sleep(IDLE);
        let spent = |(thread, ticks): (String, u64)| (ticks - before.get(&thread).copied().unwrap_or(ticks), thread);
        let spent: Vec<(u64, String)> = self.thread_ticks()?.into_iter().map(spent).collect();
        Ok(spent
            .into_iter()
            .filter(|(ticks, _)| *ticks > IDLE.as_secs() * TICKS_PER_S / 10)
            .map(|(ticks, thread)| format!("{thread}: {ticks} ticks"))
            .collect())
    }

    /// What each of the till's threads has spent, in the kernel's ticks.
    fn thread_ticks(&mut self) -> Result<BTreeMap<String, u64>> {
        let till = self.unit("MainPID")?;
        let told = self.run(&format!("for thread in /proc/{till}/task/*; do cat $thread/stat; done"))?;
        let line = |line: &str| -> Option<(String, u64)> {
            let (name, numbers) = line.rsplit_once(')')?;
            let numbers: Vec<u64> = numbers.split_whitespace().skip(11).take(2).map_while(|number| number.parse().ok()).collect();
            Some((name.replace('(', ""), numbers.iter().sum()))
        };
        told.lines().map(|said| line(said).with_context(|| format!("the kernel says {said:?} of a thread"))).collect()
    }
}
