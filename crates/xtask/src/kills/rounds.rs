//! The rounds: start what is down, sell, pull a plug in a moment that chance chooses, and see that
//! the till comes back with the truth.

use super::tally::Tally;
use crate::crew::cashier::{Cashier, Manner};
use crate::crew::dice::Dice;
use crate::crew::hand::{Fuse, Hand, Step};
use crate::crew::post::{Post, synced};
use crate::demo::goods::Goods;
use crate::demo::shop::Shop;
use crate::demo::till::{number, text};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// A till is up and its recovery done within this, mostly.
const STARTING: Duration = Duration::from_millis(700);
/// Signing in and a sale or two take about as long.
const ANYTIME: Duration = Duration::from_millis(1_800);
/// Longer than any sale takes: a fuse that only a settling shortens.
const WHOLE_ROUND: Duration = Duration::from_secs(120);

/// The only till there is knows what it sold, so nothing is refused.
const MANNER: Manner = Manner { excused: &[], shelf_of_ten: 3 };

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
    pub post: Post,
    pub hub_kills: u32,
    hub_is_up: bool,
}

impl<'a> Rounds<'a> {
    pub fn new(shop: &'a mut Shop, goods: Goods, seed: u64) -> Result<Self> {
        let cashier = Cashier::new(goods, format!("K{seed}"), MANNER);
        let post = Post::new(shop.till().clone(), cashier, Dice::new(seed))?;
        Ok(Rounds { shop, post, hub_kills: 0, hub_is_up: true })
    }

    /// The till gets its catalogue and opens its shift; from then on nothing is certain.
    pub fn open(&mut self) -> Result<()> {
        self.post.work_until(|post| post.cashier.shift_is_open)
    }

    /// Plugs pulled so far.
    pub fn kills(&self) -> u32 {
        self.post.counts.cuts + self.hub_kills
    }

    /// One kill.
    pub fn play(&mut self) -> Result<()> {
        let kill = self.draw();
        self.ensure_hub(kill)?;
        let starting = self.post.is_dark();
        self.post.ensure_up()?;
        self.light(kill, starting)?;
        self.post.cashier.kill_at_settle = matches!(kill, Kill::TillSettling | Kill::HubSettling);
        self.post.work_until(|post| !post.is_lit())?;
        self.post.cashier.kill_at_settle = false;
        if matches!(kill, Kill::HubAnytime | Kill::HubSettling) {
            self.hub_is_up = false;
            self.hub_kills += 1;
        }
        Ok(())
    }

    /// Lets everything come to rest: the open sale is sold, all is synced, the shift is closed.
    pub fn end(&mut self) -> Result<()> {
        if !self.hub_is_up {
            self.shop.start_hub()?;
            self.hub_is_up = true;
        }
        self.post.finish_sale()?;
        self.post.by_hand(close)?;
        self.post.end()
    }

    pub fn tally(&self, seed: u64) -> Tally {
        let counts = self.post.counts;
        Tally {
            till_kills: counts.cuts,
            hub_kills: self.hub_kills,
            acknowledged: self.post.acknowledged.len(),
            settled_unseen: counts.settled_unseen,
            carts_back: counts.carts_back,
            ..Tally::new(seed)
        }
    }

    fn draw(&mut self) -> Kill {
        match self.post.dice.below(100) {
            0..15 => Kill::TillStarting,
            15..45 => Kill::TillAnytime,
            45..80 => Kill::TillSettling,
            80..90 => Kill::HubAnytime,
            _ => Kill::HubSettling,
        }
    }

    /// A hub that was killed stays away for a round, or not.
    fn ensure_hub(&mut self, kill: Kill) -> Result<()> {
        let wanted = matches!(kill, Kill::HubAnytime | Kill::HubSettling) || self.post.dice.one_in(2);
        if !self.hub_is_up && wanted {
            self.shop.start_hub().context("the hub did not come back")?;
            self.hub_is_up = true;
        }
        Ok(())
    }

    fn light(&mut self, kill: Kill, starting: bool) -> Result<()> {
        let while_up = if kill == Kill::TillStarting && starting { STARTING } else { ANYTIME };
        let burns_in = match kill {
            Kill::TillSettling | Kill::HubSettling => WHOLE_ROUND,
            _ => self.post.dice.within(while_up),
        };
        let at = Instant::now() + burns_in;
        self.post.light(match kill {
            Kill::HubAnytime | Kill::HubSettling => self.shop.take_hub().map_or(Fuse::None, |hub| Fuse::Hub(at, hub)),
            _ => Fuse::Till(at),
        })
    }
}

/// Syncs, closes the shift, syncs again.
fn close(hand: &mut Hand) -> Step<()> {
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
