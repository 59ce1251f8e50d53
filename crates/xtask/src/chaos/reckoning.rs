//! After the storm: everything is mended, all terminals come to rest, and what they and the hub hold is
//! compared.

use super::audit::{self, Disk};
use super::dump::{Dumper, Logged};
use super::fleet::Fleet;
use super::worker::come_to_rest;
use crate::crew::post::Post;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Everybody agrees within this once all lines are good. A terminal that does not yet is started
/// again and listens once more.
const AGREE: Duration = Duration::from_secs(180);
/// Differing rows that a finding shows.
const SHOWN_MAX: usize = 4;

/// Mends everything, waits, and compares; `before` is what the hub had when it was new.
pub fn reckon(fleet: &mut Fleet<'_>, dumper: &Dumper, before: &[Logged]) -> Result<()> {
    let mut posts = fleet.heal()?;
    agree(fleet, dumper, &mut posts)?;
    let tally = &mut fleet.tally;
    tally.terminal_kills = posts.iter().map(|post| post.counts.cuts).sum();
    tally.excuses = posts.iter().map(|post| post.cashier.excuses).sum();
    tally.receipts = posts.iter().map(|post| post.acknowledged.len()).sum();
    let disks = posts.iter().map(disk).collect::<Result<Vec<_>>>()?;
    compare(fleet, dumper, &disks, before)
}

/// Ends all terminals, and starts those again that do not have the hub's rows yet, or whose ops the
/// hub does not have.
fn agree(fleet: &Fleet<'_>, dumper: &Dumper, posts: &mut [Post]) -> Result<()> {
    let until = Instant::now() + AGREE;
    loop {
        posts.iter_mut().try_for_each(Post::end)?;
        let mut differing = Vec::new();
        let rows = dumper.rows(&fleet.shop.database())?;
        let log: BTreeSet<String> = dumper.log(&fleet.shop.database())?.into_iter().map(|op| op.bytes).collect();
        for (which, post) in posts.iter().enumerate() {
            differing.extend(difference(dumper, post, &rows, &log)?.map(|how| (which, how)));
        }
        let Some((_, first)) = differing.first() else { return Ok(()) };
        if Instant::now() >= until {
            bail!("{} terminals do not agree with the hub: {first}", differing.len());
        }
        for (which, _) in differing {
            come_to_rest(&mut posts[which])?;
        }
    }
}

/// In which way a terminal that has ended differs from the hub, if it does.
fn difference(dumper: &Dumper, post: &Post, hub: &BTreeSet<String>, log: &BTreeSet<String>) -> Result<Option<String>> {
    let folder = post.place.folder();
    let unsent = post.ops()?.iter().filter(|op| !log.contains(&op.text)).count();
    if unsent > 0 {
        return Ok(Some(format!("{} says that nothing waits, but the hub lacks {unsent} of its ops", folder.display())));
    }
    let own = dumper.rows(&folder.join("catalog.db"))?;
    let overlay = dumper.rows(&folder.join("journal.db"))?;
    if own == *hub && overlay.is_empty() {
        return Ok(None);
    }
    let lacking: Vec<&String> = hub.difference(&own).take(SHOWN_MAX).collect();
    let odd: Vec<&String> = own.difference(hub).chain(&overlay).take(SHOWN_MAX).collect();
    Ok(Some(format!("{} lacks {lacking:?} and has {odd:?} instead", folder.display())))
}

fn disk(post: &Post) -> Result<Disk<'_>> {
    Ok(Disk { name: post.place.folder().display().to_string(), ops: post.ops()?, receipts: &post.acknowledged })
}

fn compare(fleet: &mut Fleet<'_>, dumper: &Dumper, disks: &[Disk<'_>], before: &[Logged]) -> Result<()> {
    for disk in disks {
        audit::receipts_are_written(disk).with_context(|| disk.name.clone())?;
    }
    let rejected = audit::log_is_whole(disks, &dumper.log(&fleet.shop.database())?, before)?;
    let sellers = audit::sellers(disks, &rejected);
    let conflicts = list(fleet.shop.conflicts()?, "conflicts")?;
    audit::conflicts_are_exact(&sellers, &conflicts)?;
    for (serial, sales) in &sellers {
        audit::unit_is_told(serial, sales, &fleet.shop.units(serial)?)?;
    }
    let incidents = audit::incidents_have_causes(&list(fleet.shop.incidents()?, "incidents")?, &fleet.causes)?;
    let ops: BTreeSet<&str> = disks.iter().flat_map(|disk| &disk.ops).map(|op| op.text.as_str()).collect();
    let sales: BTreeSet<&str> = disks.iter().flat_map(|disk| &disk.ops).filter(|op| op.is_sale()).map(|op| op.text.as_str()).collect();
    let tally = &mut fleet.tally;
    (tally.ops, tally.sales, tally.conflicts, tally.incidents) = (ops.len(), sales.len(), conflicts.len(), incidents);
    tally.double_sales = sellers.values().filter(|sales| sales.len() > 1).count();
    ensure!(tally.sales > 0, "nothing was sold, so nothing was tried");
    Ok(())
}

fn list(mut answer: Value, name: &str) -> Result<Vec<Value>> {
    match answer[name].take() {
        Value::Array(list) => Ok(list),
        _ => bail!("the hub's answer has no {name}: {answer}"),
    }
}
