//! What happens on the board, told step by step: from an empty system to a till that sells, through
//! everything that may befall it.

use super::Parts;
use super::board::{CONFIG, CONSOLE_ORDINARY, CONSOLE_SILENT, SOON, START_LIMIT, UNIT};
use super::hands::{Hands, Place};
use super::kernel_tests;
use super::machine::{KEY_SCANNER, LINE_SCANNER, Machine};
use super::monitor::Keyboard;
use crate::demo::goods::{Goods, Person};
use crate::demo::shop::Shop;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// How the hub on this machine is called from within the emulated one.
const HOST: &str = "10.0.2.2";
/// What is typed where nobody may read it.
const SECRET: &str = "hunter2";
/// The hub's answer to a push, however slow the board is.
const SYNC_LIMIT: Duration = Duration::from_secs(60);
/// Longer than the unit's watchdog and the stopping after it.
const WATCHDOG_LIMIT: Duration = Duration::from_secs(150);

pub struct Story<'a> {
    parts: &'a Parts,
    machine: Machine,
    hands: Hands,
    shop: Shop,
    goods: Goods,
    cashier: Person,
    folder: &'a Path,
    began: Instant,
}

/// Boots the board and plays the whole story on it.
pub fn play(parts: &Parts, shop: Shop, folder: &Path, pictures: &Path, began: Instant) -> Result<()> {
    let machine = Machine::boot(&parts.kernel, &parts.disks, folder)?;
    let goods = shop.goods()?;
    let cashier = goods.people.first().context("the sample shop has nobody")?.clone();
    let mut story = Story { parts, machine, hands: Hands::new(pictures), shop, goods, cashier, folder, began };
    story.told("The board is up: Debian's kernel and systemd.");
    let played = story.whole();
    played.with_context(|| format!("On the board:\n{}", story.machine.shell.log()))
}

impl Story<'_> {
    fn whole(&mut self) -> Result<()> {
        self.a_console_that_listens()?;
        // After it: until a scanner is taken over, its keys are typed at the prompt, which then asks for a password.
        self.devices_that_the_kernel_makes_up()?;
        self.packages_become_a_till()?;
        self.a_console_that_does_not()?;
        self.a_shift_begins()?;
        self.nobody_comes()?;
        self.two_scanners()?;
        self.cables_are_pulled()?;
        self.an_upgrade_with_sales_that_wait()?;
        self.the_power_is_cut()?;
        self.the_console_is_given_back()?;
        self.a_till_that_hangs()?;
        self.a_hub_on_a_board()?;
        self.packages_go_and_the_journal_stays()?;
        self.a_doctor_finds_nothing_to_mend()
    }

    fn devices_that_the_kernel_makes_up(&mut self) -> Result<()> {
        self.machine.shell.stick()?;
        for name in kernel_tests::NAMES {
            let said = self.machine.shell.run(&kernel_tests::command(name))?;
            let verdict = said.lines().rfind(|line| line.starts_with("test result")).unwrap_or("no verdict");
            self.told(&format!("crates/scan/tests/{name}.rs on the board: {verdict}"));
        }
        Ok(())
    }

    /// What the guard is for, and that this test would see a leak.
    fn a_console_that_listens(&mut self) -> Result<()> {
        self.machine.shell.until("log-in prompt", "tr -d ' \\0' < /dev/vcs1 | grep -q login:", START_LIMIT)?;
        self.machine.monitor.type_text(Keyboard::Plain, "heard")?;
        self.machine.shell.until("echo of what is typed", "tr -d ' \\0' < /dev/vcs1 | grep heard", SOON)?;
        self.picture("console")?;
        self.told("The console echoes what is typed, as on any Debian.");
        Ok(())
    }

    fn packages_become_a_till(&mut self) -> Result<()> {
        let shell = &mut self.machine.shell;
        shell.install("counterfoil-terminal_0.1.0_arm64.deb")?;
        shell.expect("stat --format='%U %a' /var/lib/counterfoil", "counterfoil 700")?;
        shell.expect(&format!("systemctl is-enabled {UNIT}"), "disabled")?;
        shell.configure()?;
        self.told("Installed by dpkg, asleep; configured and checked.");
        let hub = format!("http://{HOST}:{}", self.shop.socket().port());
        let code = self.shop.enrol_code("Till 1")?;
        let said = self.machine.shell.enrol(&hub, &code)?;
        self.told(said.trim());
        self.machine.shell.run(&format!("systemctl enable --now {UNIT}"))?;
        self.machine.shell.expect("systemctl is-enabled getty@tty1.service", "masked-runtime")?;
        self.hands.rest(&mut self.machine)?;
        self.picture("login")?;
        self.told("The unit is active: it has drawn its first picture.");
        Ok(())
    }

    fn a_console_that_does_not(&mut self) -> Result<()> {
        ensure!(self.machine.shell.console_modes()? == CONSOLE_SILENT, "the console still listens");
        self.machine.monitor.type_text(Keyboard::Plain, SECRET)?;
        self.machine.monitor.chord(Keyboard::Plain, &["ret"])?;
        self.machine.monitor.chord(Keyboard::Plain, &["ctrl", "alt", "f2"])?;
        let console = self.machine.shell.console()?;
        ensure!(!console.contains(SECRET), "what was typed at the till reached the console: {console:?}");
        self.machine.shell.expect("cat /sys/class/tty/tty0/active", "tty1")?;
        self.told("Typed at the till: nothing reaches the console, and no key leaves it.");
        Ok(())
    }

    fn a_shift_begins(&mut self) -> Result<()> {
        self.sign_in()?;
        self.hands.type_text(&mut self.machine, "200\n")?;
        self.wait_until_synced(1)?;
        self.picture("sale")?;
        self.told("Signed in by finger and keys, shift opened, and the hub knows.");
        Ok(())
    }

    fn sign_in(&mut self) -> Result<()> {
        let pin = self.cashier.pin.clone();
        self.hands.tap(&mut self.machine, Place::FirstName)?;
        self.hands.type_text(&mut self.machine, &format!("{pin}\n"))
    }

    /// With a scanner missing, too, and with the line to the hub held open.
    fn nobody_comes(&mut self) -> Result<()> {
        let busy = self.machine.shell.busy_threads()?;
        ensure!(busy.is_empty(), "nobody touches the till, and it is busy: {}", busy.join(", "));
        self.told("Nobody came for a while, and the till took next to no time for it.");
        Ok(())
    }

    fn two_scanners(&mut self) -> Result<()> {
        let (barcode, sku, serial) = (self.goods.phone.barcode.clone(), self.goods.phone.sku.clone(), self.goods.phone.take()?);
        self.hands.scan(&mut self.machine, &barcode)?;
        self.machine.shell.wait_for_draft(&sku)?;
        self.hands.rest(&mut self.machine)?;
        self.picture("serial-prompt")?;
        self.hands.scan(&mut self.machine, &serial)?;
        self.machine.shell.wait_for_draft(&serial)?;
        self.picture("line")?;
        self.pay()?;
        self.wait_until_sold(&serial)?;
        self.told(&format!("{serial} scanned as keys, paid, and sold in the hub."));
        let serial = self.goods.other.take()?;
        self.hands.scan_on_line(&mut self.machine, &serial)?;
        self.machine.shell.wait_for_draft(&serial)?;
        self.pay()?;
        self.wait_until_sold(&serial)?;
        self.told(&format!("{serial} scanned on the serial line, paid, and sold in the hub."));
        self.a_scanner_in_reports()
    }

    fn a_scanner_in_reports(&mut self) -> Result<()> {
        self.picture("report-scanner-missing")?;
        self.hands.act(&mut self.machine, "a report scanner plugged in", |machine| machine.shell.plug_report_scanner())?;
        let serial = self.goods.other.take()?;
        self.hands.act(&mut self.machine, "a scan in reports", |machine| machine.shell.scan_in_reports(&serial))?;
        self.machine.shell.wait_for_draft(&serial)?;
        self.pay()?;
        self.wait_until_sold(&serial)?;
        self.told(&format!("{serial} scanned in HID reports, paid, and sold in the hub."));
        Ok(())
    }

    /// Each is pulled in the middle of a code, which must come to nothing, and works again when it is back.
    fn cables_are_pulled(&mut self) -> Result<()> {
        let node = self.machine.shell.key_scanner_node()?;
        let serial = self.goods.other.take()?;
        let half = &serial[..serial.len() / 2];
        self.hands.act(&mut self.machine, "a scanner pulled in the middle of a code", |machine| {
            machine.monitor.type_text(Keyboard::Scanner, half)?;
            machine.monitor.unplug(KEY_SCANNER)
        })?;
        self.understood()?;
        self.picture("scanner-pulled")?;
        self.hands.act(&mut self.machine, "a scanner that is back", |machine| {
            machine.plug_key_scanner()?;
            machine.shell.key_scanner_node().map(drop)
        })?;
        self.sell_by_keys(&serial)?;
        self.told(&format!("The key scanner was pulled from {node} in mid-scan and put back; {serial} sold after it."));
        let serial = self.goods.other.take()?;
        let half = serial[..serial.len() / 2].to_owned();
        self.hands.act(&mut self.machine, "the line pulled in the middle of a code", |machine| {
            machine.type_on_line(&half)?;
            machine.monitor.unplug(LINE_SCANNER)
        })?;
        self.understood()?;
        self.picture("line-pulled")?;
        self.hands.act(&mut self.machine, "a line that is back", |machine| machine.plug_line_scanner())?;
        self.hands.scan_on_line(&mut self.machine, &serial)?;
        self.machine.shell.wait_for_draft(&serial)?;
        self.pay()?;
        self.wait_until_sold(&serial)?;
        self.told(&format!("The line was pulled in mid-scan and put back; {serial} sold after it."));
        self.reports_are_pulled()
    }

    fn reports_are_pulled(&mut self) -> Result<()> {
        let serial = self.goods.other.take()?;
        self.hands.act(&mut self.machine, "a report scanner pulled in the middle of a code", |machine| {
            machine.shell.begin_scan_in_reports(&serial)?;
            machine.shell.pull_report_scanner()
        })?;
        self.understood()?;
        self.hands.act(&mut self.machine, "a report scanner that is back", |machine| machine.shell.plug_report_scanner())?;
        self.hands.act(&mut self.machine, "a scan in reports", |machine| machine.shell.scan_in_reports(&serial))?;
        self.machine.shell.wait_for_draft(&serial)?;
        self.pay()?;
        self.wait_until_sold(&serial)?;
        self.told(&format!("The report scanner was pulled in mid-scan and put back; {serial} sold after it."));
        Ok(())
    }

    /// A damaged scan is told over the whole screen, and waits until somebody has read it.
    fn understood(&mut self) -> Result<()> {
        self.picture("scan-again")?;
        self.hands.tap(&mut self.machine, Place::Understood)
    }

    fn sell_by_keys(&mut self, serial: &str) -> Result<()> {
        self.hands.scan(&mut self.machine, serial)?;
        self.machine.shell.wait_for_draft(serial)?;
        self.pay()?;
        self.wait_until_sold(serial)
    }

    fn an_upgrade_with_sales_that_wait(&mut self) -> Result<()> {
        let (before, _) = self.machine.shell.ops()?;
        self.shop.stop_hub()?;
        let serial = self.goods.other.take()?;
        self.hands.scan(&mut self.machine, &serial)?;
        self.machine.shell.wait_for_draft(&serial)?;
        self.pay()?;
        let shell = &mut self.machine.shell;
        ensure!(shell.ops()? == (before + 1, before), "one op should wait: {:?}", shell.ops()?);
        let running = shell.unit("MainPID")?;
        shell.install(&format!("counterfoil-terminal_{}_arm64.deb", super::LATER))?;
        shell.wait_until_active()?;
        ensure!(shell.unit("MainPID")? != running, "the upgrade left the old program running");
        ensure!(shell.ops()? == (before + 1, before), "the upgrade changed what waits: {:?}", shell.ops()?);
        self.told("Upgraded by dpkg while a sale waits for the hub; it still waits.");
        self.shop.start_hub()?;
        self.wait_until_sold(&serial)?;
        self.wait_until_synced(before + 1)?;
        self.told(&format!("The hub is back and has {serial}, once."));
        self.sign_in()
    }

    fn the_power_is_cut(&mut self) -> Result<()> {
        let serial = self.goods.other.take()?;
        self.hands.scan(&mut self.machine, &serial)?;
        self.machine.shell.wait_for_draft(&serial)?;
        let (ops, _) = self.machine.shell.ops()?;
        self.cut_and_boot()?;
        self.told("The power was cut in the middle of a sale; the board booted by itself into the till.");
        self.sign_in()?;
        self.picture("sale-after-power-cut")?;
        ensure!(self.machine.shell.ops()?.0 == ops, "the power cut changed the journal");
        self.machine.shell.wait_for_draft(&serial)?;
        self.pay()?;
        self.wait_until_sold(&serial)?;
        self.told(&format!("The sale was still there; {serial} is sold, once."));
        Ok(())
    }

    fn cut_and_boot(&mut self) -> Result<()> {
        self.machine.cut_power()?;
        self.machine = Machine::boot(&self.parts.kernel, &self.parts.disks, self.folder)?;
        self.machine.shell.wait_until_active()?;
        self.hands.rest(&mut self.machine)
    }

    /// Without systemd's help: the program is started on the console by hand, and dies of this and that.
    fn the_console_is_given_back(&mut self) -> Result<()> {
        self.machine.shell.run(&format!("systemctl stop {UNIT}"))?;
        for signal in ["TERM", "ABRT", "SEGV"] {
            let shell = &mut self.machine.shell;
            ensure!(shell.console_modes()? == CONSOLE_ORDINARY, "the console is not as it was before SIG{signal}");
            shell.run(
                "chown counterfoil /dev/tty1; SLINT_BACKEND=linuxkms-software setsid sh -c 'exec setpriv --reuid counterfoil --regid counterfoil --groups video,render,input,tty,dialout \
                 counterfoil run --config /etc/counterfoil/terminal.toml </dev/tty1 >/dev/tty1 2>/tmp/by-hand.log' & true",
            )?;
            let silent = format!("[ \"$({})\" = '{CONSOLE_SILENT} ' ]", super::board::CONSOLE_MODES);
            shell.until("silent console", &silent, START_LIMIT)?;
            shell.run(&format!("kill -{signal} $(pgrep -x counterfoil)"))?;
            shell.until("end of the program", "! pgrep -x counterfoil", SOON)?;
            ensure!(shell.console_modes()? == CONSOLE_ORDINARY, "SIG{signal} left the console silent");
        }
        self.machine.shell.run(&format!("systemctl start {UNIT}"))?;
        self.told("Ended by SIGTERM, SIGABRT and SIGSEGV, the program gives the console back by itself.");
        Ok(())
    }

    fn a_till_that_hangs(&mut self) -> Result<()> {
        let shell = &mut self.machine.shell;
        let restarts = shell.unit("NRestarts")?;
        let process = shell.unit("MainPID")?;
        shell.run(&format!("kill -STOP {process}"))?;
        shell.until("restart by the watchdog", &format!("[ $(systemctl show --property=NRestarts --value {UNIT}) -gt {restarts} ]"), WATCHDOG_LIMIT)?;
        shell.wait_until_active()?;
        self.told("A till that hangs was ended by the watchdog and is up again.");
        Ok(())
    }

    fn a_hub_on_a_board(&mut self) -> Result<()> {
        let shell = &mut self.machine.shell;
        shell.install("counterfoil-hub_0.1.0_arm64.deb")?;
        shell.until("running hub", "systemctl is-active counterfoil-hub", START_LIMIT)?;
        let ask = "exec 3<>/dev/tcp/127.0.0.1/7070; printf 'GET /api/v1/health HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3 | grep ' 200 '";
        shell.run(ask)?;
        self.told("The hub's package serves as soon as it is installed.");
        Ok(())
    }

    fn packages_go_and_the_journal_stays(&mut self) -> Result<()> {
        let shell = &mut self.machine.shell;
        let sums = "cd /var/lib/counterfoil && sha256sum ops.log identity.json slips.txt";
        shell.run(&format!("systemctl stop {UNIT}"))?;
        let before = shell.run(sums)?;
        let (ops, _) = shell.ops()?;
        shell.run("dpkg --remove counterfoil-terminal")?;
        shell.run("[ -e /etc/counterfoil/terminal.toml ]")?;
        let said = shell.run("dpkg --purge counterfoil-terminal counterfoil-hub")?;
        ensure!(said.contains("/var/lib/counterfoil stays"), "purging does not say what stays: {said}");
        ensure!(shell.run(sums)? == before && shell.ops()?.0 == ops, "purging touched the journal");
        shell.run("[ -s /var/lib/counterfoil-hub/hub.db ] && [ ! -e /etc/counterfoil/terminal.toml ] && [ ! -e /usr/bin/counterfoil ]")?;
        self.told("Removed and purged: journal, keys and the hub's register are as they were.");
        let shell = &mut self.machine.shell;
        shell.install(&format!("counterfoil-terminal_{}_arm64.deb", super::LATER))?;
        shell.configure()?;
        shell.run(&format!("systemctl enable --now {UNIT}"))?;
        ensure!(shell.ops()?.0 == ops, "installing anew changed the journal");
        self.sign_in()?;
        self.picture("installed-anew")?;
        self.told("Installed anew, the till goes on where it was.");
        Ok(())
    }

    fn a_doctor_finds_nothing_to_mend(&mut self) -> Result<()> {
        let said = self.machine.shell.run(&format!("counterfoil doctor --config {CONFIG}"))?;
        println!("{}", said.trim_end());
        self.told("The doctor has looked at the board.");
        Ok(())
    }

    fn pay(&mut self) -> Result<()> {
        self.hands.tap(&mut self.machine, Place::Pay)?;
        self.hands.tap(&mut self.machine, Place::ExactAmount)?;
        self.picture("paid")?;
        self.hands.tap(&mut self.machine, Place::Settle)?;
        self.picture("receipt")
    }

    /// The hub has it once in the unit's history, applied, and the unit is out.
    fn wait_until_sold(&self, serial: &str) -> Result<()> {
        let sold = |found: &Value| found["units"][0]["status"] == "stocked_out" && sales_of(found) == 1;
        self.wait_for_hub(&format!("{serial} sold once"), || self.shop.units(serial).map(|found| sold(&found)))
    }

    fn wait_until_synced(&self, ops: u64) -> Result<()> {
        self.wait_for_hub(&format!("{ops} ops of the till"), || self.shop.synced().map(|synced| synced == ops))
    }

    fn wait_for_hub(&self, what: &str, done: impl Fn() -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + SYNC_LIMIT;
        while !done()? {
            ensure!(Instant::now() < deadline, "the hub does not have {what} within {} s", SYNC_LIMIT.as_secs());
            // sleeps because the hub tells only terminals that there is news
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn picture(&mut self, name: &str) -> Result<()> {
        self.hands.picture(&mut self.machine, name)
    }

    fn told(&self, what: &str) {
        println!("{:7.1} s  {what}", self.began.elapsed().as_secs_f64());
    }
}

fn sales_of(found: &Value) -> usize {
    let history = found["units"][0]["history"].as_array().map_or(&[][..], Vec::as_slice);
    history.iter().filter(|entry| entry["outcome"] == "applied" && entry["kind"].as_str().is_some_and(|kind| kind.starts_with("sale@"))).count()
}
