//! A till with somebody at it: may go dark at any moment, and is then looked at for whether it comes
//! back with the truth.

use super::cashier::Cashier;
use super::dice::Dice;
use super::hand::{Fuse, Hand, Step, Stop};
use super::witness::{self, Op};
use crate::demo::place::Place;
use crate::demo::pty::PtyScanner;
use crate::demo::till::{number, text};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;

pub struct Post {
    pub place: Place,
    pub cashier: Cashier,
    pub dice: Dice,
    /// Receipts that the screen showed, in order.
    pub acknowledged: Vec<String>,
    pub counts: Counts,
    hand: Option<Hand>,
    /// The scanner of a till that is down.
    scanner: Option<PtyScanner>,
    /// The till has been dark since the open sale was last compared with the screen.
    in_doubt: bool,
}

/// What came of its plug being pulled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub cuts: u32,
    /// Sales that were saved although nobody saw the receipt.
    pub settled_unseen: u32,
    /// Open sales that were on the screen again.
    pub carts_back: u32,
}

impl Post {
    pub fn new(place: Place, cashier: Cashier, dice: Dice) -> Result<Post> {
        let scanner = Some(PtyScanner::open()?);
        Ok(Post { place, cashier, dice, acknowledged: vec![], counts: Counts::default(), hand: None, scanner, in_doubt: false })
    }

    /// What stands on a copy of its disk that was made while it was dark.
    pub fn twin(&mut self, place: Place, mark: String) -> Result<Post> {
        let dice = Dice::new(self.dice.below(u64::MAX));
        Ok(Post { in_doubt: true, ..Post::new(place, self.cashier.twin(mark), dice)? })
    }

    pub fn is_dark(&self) -> bool {
        self.hand.is_none()
    }

    /// Starts the till if it is dark.
    pub fn ensure_up(&mut self) -> Result<&mut Hand> {
        if self.hand.is_none() {
            let scanner = self.scanner.take().expect("a till that is down left its scanner");
            self.hand = Some(Hand::new(self.place.start_headless(&scanner)?, scanner));
        }
        Ok(self.hand.as_mut().expect("it was started above"))
    }

    /// Whether something is still to be killed.
    pub fn is_lit(&self) -> bool {
        self.hand.as_ref().is_some_and(Hand::is_lit)
    }

    pub fn light(&mut self, fuse: Fuse) -> Result<()> {
        self.ensure_up()?.light(fuse);
        Ok(())
    }

    /// Lets the cashier go on until `done`, or the plug is pulled.
    pub fn work_until(&mut self, done: impl Fn(&Self) -> bool) -> Result<()> {
        self.ensure_up()?;
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

    /// Goes on until somebody is signed in, nothing is open and nothing in doubt.
    pub fn finish_sale(&mut self) -> Result<()> {
        let at_work = |post: &Post| post.hand.as_ref().is_some_and(|hand| Cashier::is_at_work(hand.shown()));
        self.work_until(|post| !post.in_doubt && post.cashier.open.is_none() && at_work(post))
    }

    /// Does something else at the till, while nobody pulls its plug.
    pub fn by_hand<T>(&mut self, work: impl FnOnce(&mut Hand) -> Step<T>) -> Result<T> {
        let hand = self.ensure_up()?;
        let done = work(hand);
        let receipts = hand.take_receipts();
        self.acknowledged.extend(receipts);
        match done {
            Ok(done) => Ok(done),
            Err(Stop::Fault(fault)) => Err(fault),
            Err(Stop::Cut) => unreachable!("no fuse is lit"),
        }
    }

    /// Pulls the plug now.
    pub fn cut(&mut self) -> Result<()> {
        let Some(hand) = self.hand.take() else { return Ok(()) };
        let (scanner, receipts) = hand.cut()?;
        self.acknowledged.extend(receipts);
        self.scanner = Some(scanner);
        self.cashier.begin_anew();
        self.in_doubt = true;
        self.counts.cuts += 1;
        Ok(())
    }

    /// Ends the till as a person would.
    pub fn end(&mut self) -> Result<()> {
        match self.hand.take() {
            None => Ok(()),
            Some(hand) => {
                self.scanner = Some(hand.end()?);
                Ok(())
            }
        }
    }

    /// What the till wrote down.
    pub fn ops(&self) -> Result<Vec<Op>> {
        witness::read(&self.place.folder().join("ops.log"))
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
            self.counts.settled_unseen += u32::from(!self.acknowledged.contains(&sales.last().expect("one more").document));
            self.cashier.sold += 1;
        } else {
            ensure!(open.may_show(lines), "{lines} lines came back of the sale, it had {open:?}; the screen shows {view}");
            self.counts.carts_back += u32::from(lines > 0);
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

/// Everything sent, and the hub heard since.
pub fn synced(view: &Value) -> bool {
    number(view, "pending") == 0 && text(view, "sync") == "Synced"
}
