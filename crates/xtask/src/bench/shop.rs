//! The terminal's own process, with a shop of a given size: what its hub sends, how quickly it
//! starts, answers a scan, and how little it takes while nobody does anything.

use super::figures::Figures;
use super::process::{cpu_percent, resident_mb};
use crate::demo::folder::DemoFolder;
use crate::demo::goods::{Goods, Unit};
use crate::demo::percentile::percentile;
use crate::demo::pty::PtyScanner;
use crate::demo::shop::{Binaries, Shop};
use crate::demo::till::{Till, number, text};
use anyhow::{Context, Result, bail};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Sales of the scripted stretch, and units on each.
const SALES: usize = 24;
const UNITS_A_SALE: usize = 5;
/// How long a till is watched doing nothing: the kernel's clock ticks are a thousandth of it.
const IDLE: Duration = Duration::from_secs(10);
/// After a sync there is still something to note.
const REST: Duration = Duration::from_secs(3);

/// Measures the sample shop with so many units more; `name` stands in the figures' names.
pub fn measure(binaries: &Binaries, name: &str, more_units: u32) -> Result<Figures> {
    let folder = DemoFolder::create()?;
    println!("The hub makes the sample shop with {more_units} units more.");
    let began = Instant::now();
    let shop = Shop::open_larger(binaries, &folder, more_units)?;
    println!("It took {:.1} s.", began.elapsed().as_secs_f64());
    shop.enrol()?;
    let goods = shop.goods()?;
    let mut figures = Figures::new();
    let scanner = first_day(&shop, u64::from(more_units), name, &folder, &mut figures)?;
    let (mut till, process) = start(&shop, scanner, name, &folder, &mut figures)?;
    sign_in(&mut till, &goods)?;
    Stretch { till: &mut till, fresh: goods.more.clone().into(), sold: VecDeque::new(), unknown: 0 }.play()?;
    let scans = 2 * SALES * UNITS_A_SALE;
    if till.samples_ms.len() != scans {
        bail!("{} verdicts for {scans} scans", till.samples_ms.len());
    }
    for (share, of) in [("p50", 50.0), ("p99", 99.0)] {
        figures.insert(format!("scan_verdict_{name}_{share}"), percentile(&till.samples_ms, of).context("no verdicts")?);
    }
    till.see("everything synced", |v| number(v, "pending") == 0)?;
    // sleeps because a till at rest is what is measured next
    std::thread::sleep(REST);
    figures.insert(format!("rss_{name}_mb"), resident_mb(process)?);
    figures.insert(format!("idle_cpu_{name}_percent"), cpu_percent(process, IDLE)?);
    till.end()?;
    figures.iter().for_each(|(name, value)| println!("figure {name} {value:.3}"));
    Ok(figures)
}

/// The till is new and takes everything from the hub.
fn first_day(shop: &Shop, units: u64, name: &str, folder: &DemoFolder, figures: &mut Figures) -> Result<PtyScanner> {
    let began = Instant::now();
    let (mut till, process) = start(shop, PtyScanner::open()?, "new", folder, figures)?;
    till.see("the catalogue from the hub", |v| number(v, "units") >= units)?;
    figures.insert(format!("snapshot_{name}_s"), began.elapsed().as_secs_f64());
    // sleeps because memory freed by threads that just ended is given back a moment later
    std::thread::sleep(REST);
    figures.insert(format!("rss_snapshot_{name}_mb"), resident_mb(process)?);
    till.end()
}

/// Starts the till and waits for its first frame and for its scanner.
fn start(shop: &Shop, scanner: PtyScanner, name: &str, folder: &DemoFolder, figures: &mut Figures) -> Result<(Till, u32)> {
    let began = Instant::now();
    let conversation = shop.start_headless(&scanner)?;
    let process = conversation.process();
    let mut till = Till::new(conversation, scanner, folder.path());
    till.see("the first frame", |v| !v.is_null())?;
    figures.insert(format!("first_frame_{name}_ms"), began.elapsed().as_secs_f64() * 1_000.0);
    till.see("the scanner ready", |v| v["scanner"] == "Live" && v["busy"] == false)?;
    Ok((till, process))
}

fn sign_in(till: &mut Till, goods: &Goods) -> Result<()> {
    let cashier = goods.person("cashier")?;
    till.see("the login", |v| number(v, "units") > 0)?;
    till.tap(&cashier.name)?;
    keys(till, &cashier.pin)?;
    till.tap("Enter")?;
    till.see("somebody signed in", |v| text(v, "operator") == cashier.name)?;
    keys(till, "200")?;
    till.tap("Open shift")?;
    till.see("an open shift", |v| text(v, "page") == "Sale").map(drop)
}

fn keys(till: &mut Till, digits: &str) -> Result<()> {
    digits.chars().try_for_each(|digit| till.tap(&digit.to_string()))
}

/// Selling with a refusal after each unit.
struct Stretch<'a> {
    till: &'a mut Till,
    /// Units in stock, from everywhere in the shop.
    fresh: VecDeque<Unit>,
    /// Units that this stretch has sold.
    sold: VecDeque<String>,
    unknown: usize,
}

impl Stretch<'_> {
    fn play(&mut self) -> Result<()> {
        (0..SALES).try_for_each(|_| self.sale())
    }

    fn sale(&mut self) -> Result<()> {
        let mut taken = Vec::new();
        for nth in 1..=UNITS_A_SALE {
            let unit = self.fresh.pop_front().context("the hub shows too few of its units")?;
            self.till.scan(&unit.serial)?;
            self.till.see("the unit on the sale", |v| number(v, "quantity") == nth as u64 && v["refusal"].is_null())?;
            taken.push(unit.serial);
            self.refused()?;
        }
        self.pay()?;
        self.sold.extend(taken);
        Ok(())
    }

    /// A serial that nobody has, or one that is sold already, in turn.
    fn refused(&mut self) -> Result<()> {
        self.unknown += 1;
        let sold = self.sold.pop_front().filter(|_| self.unknown.is_multiple_of(2));
        let code = sold.unwrap_or_else(|| format!("NOBODY-HAS-{:05}", self.unknown));
        self.till.scan(&code)?;
        self.till.see("a refusal", |v| !v["refusal"].is_null())?;
        self.till.tap("Understood")?;
        self.till.see("the refusal gone", |v| v["refusal"].is_null()).map(drop)
    }

    fn pay(&mut self) -> Result<()> {
        self.till.tap("Pay")?;
        self.till.see("payment", |v| text(v, "page") == "Payment")?;
        self.till.tap("Add payment")?;
        self.till.see("everything paid", |v| v["complete"] == true)?;
        self.till.tap("Settle")?;
        self.till.see("a receipt", |v| text(v, "page") == "Receipt" && !text(v, "receipt").is_empty())?;
        self.till.tap("Next sale")?;
        self.till.see("an empty sale", |v| text(v, "page") == "Sale" && number(v, "lines") == 0).map(drop)
    }
}
