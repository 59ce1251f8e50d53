//! The rounds: start what is down, sell, pull a plug in a moment that chance chooses, and see that
//! the till comes back with the truth.

use super::cashier::Cashier;
use super::dice::Dice;
use super::hand::{Fuse, Hand, Stop};
use super::tally::Tally;
use super::witness::{self, Op};
use crate::demo::goods::Goods;
use crate::demo::pty::PtyScanner;
use crate::demo::shop::Shop;
use crate::demo::till::{number, text};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A till is up and its recovery done within this, mostly.
const STARTING: Duration = Duration::from_millis(700);
/// Signing in and a sale or two take about as long.
const ANYTIME: Duration = Duration::from_millis(1_800);
/// Longer than any sale takes: a fuse that only a settling shortens.
const WHOLE_ROUND: Duration = Duration::from_secs(120);

/// Whose plug is pulled, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kill {
    /// While the till starts and recovers.
    TillStarting,
    TillAnytime,
    /// Right around the tap on "Settle".
    TillSettling,
    HubAnytime,
    HubSettling,
}

pub struct Rounds<'a> {
    pub shop: &'a mut Shop,
    pub cashier: Cashier,
    pub tally: Tally,
    /// Receipts that a screen showed, in order.
    pub acknowledged: Vec<String>,
    dice: Dice,
    hand: Option<Hand>,
    /// The scanner of a till that is down.
    scanner: Option<PtyScanner>,
    hub_is_up: bool,
    /// The till has been dark since the open sale was last compared with the screen.
    in_doubt: bool,
}

impl<'a> Rounds<'a> {
    pub fn new(shop: &'a mut Shop, goods: Goods, seed: u64) -> Result<Self> {
        let cashier = Cashier::new(goods, format!("K{seed}"));
        let scanner = Some(PtyScanner::open()?);
        let (tally, dice) = (Tally::new(seed), Dice::new(seed));
        Ok(Rounds { shop, cashier, tally, acknowledged: vec![], dice, hand: None, scanner, hub_is_up: true, in_doubt: false })
    }

    /// The till gets its catalogue and opens its shift; from then on nothing is certain.
    pub fn open(&mut self) -> Result<()> {
        self.work_until(|rounds| rounds.cashier.shift_is_open)
    }

    /// One kill.
    pub fn play(&mut self) -> Result<()> {
        let kill = self.draw();
        self.ensure_hub(kill)?;
        let starting = self.hand.is_none();
        self.ensure_till()?;
        self.light(kill, starting);
        self.cashier.kill_at_settle = matches!(kill, Kill::TillSettling | Kill::HubSettling);
        self.work_until(|rounds| rounds.hand.as_ref().is_none_or(|hand| !hand.is_lit()))?;
        self.cashier.kill_at_settle = false;
        if matches!(kill, Kill::HubAnytime | Kill::HubSettling) {
            self.hub_is_up = false;
            self.tally.hub_kills += 1;
        }
        Ok(())
    }

    /// Lets everything come to rest: the open sale is sold, all is synced, the shift is closed.
    pub fn end(&mut self) -> Result<()> {
        if !self.hub_is_up {
            self.shop.start_hub()?;
            self.hub_is_up = true;
        }
        self.ensure_till()?;
        self.work_until(|rounds| !rounds.in_doubt && rounds.cashier.open.is_none())?;
        let hand = self.hand.as_mut().expect("the till runs");
        let ended = close(hand);
        self.acknowledged.extend(hand.take_receipts());
        whole(ended)?;
        self.hand.take().expect("the till runs").end()
    }

    /// What the till wrote down.
    pub fn ops(&self) -> Result<Vec<Op>> {
        witness::read(&self.shop.till_folder().join("ops.log"))
    }

    fn draw(&mut self) -> Kill {
        match self.dice.below(100) {
            0..15 => Kill::TillStarting,
            15..45 => Kill::TillAnytime,
            45..80 => Kill::TillSettling,
            80..90 => Kill::HubAnytime,
            _ => Kill::HubSettling,
        }
    }

    /// A hub that was killed stays away for a round, or not.
    fn ensure_hub(&mut self, kill: Kill) -> Result<()> {
        let wanted = matches!(kill, Kill::HubAnytime | Kill::HubSettling) || self.dice.one_in(2);
        if !self.hub_is_up && wanted {
            self.shop.start_hub().context("the hub did not come back")?;
            self.hub_is_up = true;
        }
        Ok(())
    }

    fn ensure_till(&mut self) -> Result<()> {
        if self.hand.is_none() {
            let scanner = self.scanner.take().expect("a till that is down left its scanner");
            self.hand = Some(Hand::new(self.shop.start_headless(&scanner)?, scanner));
        }
        Ok(())
    }

    fn light(&mut self, kill: Kill, starting: bool) {
        let while_up = if kill == Kill::TillStarting && starting { STARTING } else { ANYTIME };
        let burns_in = match kill {
            Kill::TillSettling | Kill::HubSettling => WHOLE_ROUND,
            _ => self.dice.within(while_up),
        };
        let at = Instant::now() + burns_in;
        let fuse = match kill {
            Kill::HubAnytime | Kill::HubSettling => self.shop.take_hub().map_or(Fuse::None, |hub| Fuse::Hub(at, hub)),
            _ => Fuse::Till(at),
        };
        self.hand.as_mut().expect("the till runs").light(fuse);
    }

    /// Lets the cashier go on until `done`, or the plug is pulled.
    fn work_until(&mut self, done: impl Fn(&Self) -> bool) -> Result<()> {
        self.ensure_till()?;
        while !done(self) {
            let hand = self.hand.as_mut().expect("the till runs");
            let step = self.cashier.go_on(hand, &mut self.dice);
            self.acknowledged.extend(hand.take_receipts());
            match step {
                Ok(()) if self.in_doubt && Cashier::is_at_work(hand.shown()) => self.compare()?,
                Ok(()) => {}
                Err(Stop::Cut) => return self.cut(),
                Err(Stop::Fault(fault)) => return Err(fault),
            }
        }
        Ok(())
    }

    fn cut(&mut self) -> Result<()> {
        let (scanner, receipts) = self.hand.take().expect("the till runs").cut()?;
        self.acknowledged.extend(receipts);
        self.scanner = Some(scanner);
        self.cashier.begin_anew();
        self.in_doubt = true;
        self.tally.till_kills += 1;
        Ok(())
    }

    /// The till is back and somebody signed in. The sale that was open is on the screen again, or
    /// sold; only what was never said to be kept may be missing.
    fn compare(&mut self) -> Result<()> {
        self.in_doubt = false;
        let sales: Vec<Op> = self.ops()?.into_iter().filter(Op::is_sale).collect();
        self.check_acknowledged(&sales)?;
        let view = self.hand.as_ref().expect("the till runs").shown();
        let lines = number(view, "lines");
        let more = sales.len().checked_sub(self.cashier.sold).context("a sale that was written down is gone")?;
        let open = self.cashier.open.clone().unwrap_or_default();
        ensure!(more == 0 || (more == 1 && open.settling), "{more} sales were written down that nobody settled; {open:?}");
        if more == 1 {
            ensure!(lines == 0, "the sale was saved, but {lines} lines of it are on the screen: it would be sold twice");
            self.tally.settled_unseen += u32::from(!self.acknowledged.contains(&sales.last().expect("one more").document));
            self.cashier.sold += 1;
        } else {
            // A line may be kept before it is drawn.
            let kept = open.lines_kept..=open.lines_shown + 1;
            ensure!(kept.contains(&lines), "{lines} lines came back of the sale, it had {open:?}; the screen shows {view}");
            self.tally.carts_back += u32::from(lines > 0);
        }
        if lines == 0 {
            self.cashier.forget_sale(more == 1);
        }
        Ok(())
    }

    fn check_acknowledged(&self, sales: &[Op]) -> Result<()> {
        let written: BTreeSet<&str> = sales.iter().map(|sale| sale.document.as_str()).collect();
        let lost: Vec<&String> = self.acknowledged.iter().filter(|receipt| !written.contains(receipt.as_str())).collect();
        ensure!(lost.is_empty(), "receipts were shown and are lost: {lost:?}");
        Ok(())
    }
}

/// Syncs, closes the shift, syncs again.
fn close(hand: &mut Hand) -> super::hand::Step<()> {
    let synced = |v: &serde_json::Value| number(v, "pending") == 0 && text(v, "sync") == "Synced";
    if text(hand.shown(), "page") == "Receipt" {
        hand.tap("Next sale")?;
        hand.see("an empty sale", |v| text(v, "page") == "Sale" && number(v, "lines") == 0)?;
    }
    hand.see("everything synced", synced)?;
    hand.tap("Menu")?;
    hand.tap("Close shift")?;
    hand.see("the count", |v| text(v, "page") == "CloseShift")?;
    hand.keys("1000")?;
    hand.tap("Close shift")?;
    hand.see("the Z report", |v| text(v, "page") == "ZReport")?;
    let view = hand.see("everything synced", synced)?;
    if number(&view, "not_applied") > 0 {
        return Err(anyhow::anyhow!("the hub did not apply everything: {view}").into());
    }
    Ok(())
}

fn whole(ended: super::hand::Step<()>) -> Result<()> {
    match ended {
        Ok(()) => Ok(()),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::Cut) => unreachable!("no fuse is lit at the end"),
    }
}
