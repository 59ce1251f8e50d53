//! Terminals of one shop on a real line, and no hub: their writers and their peers' threads in this
//! process, speaking HTTP over the loopback; and whoever else may knock at their door.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod door;
mod shop;

use counterfoil::app::PeerNews;
use ledger::row::UnitStatus;
use shop::{Shop, Till};

fn all_well(news: &[PeerNews]) -> bool {
    !news.is_empty() && news.iter().all(|peer| peer.reachable && peer.missing == 0)
}

#[test]
fn a_unit_sold_on_one_till_is_refused_on_the_others() {
    let mut shop = Shop::new();
    let addresses = [shop.address(), shop.address(), shop.address()];
    let named = |own: usize| addresses.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, address)| address.to_string()).collect::<Vec<_>>();
    let prepared: Vec<_> = (0..addresses.len()).map(|at| shop.enrol(&format!("Till {at}"))).collect();
    prepared.iter().for_each(|till| shop.greet(till));
    let mut tills: Vec<Till> = prepared.into_iter().enumerate().map(|(at, till)| till.start(addresses[at], named(at))).collect();
    tills.iter_mut().for_each(|till| till.news("both peers within reach", |news| news.len() == 2 && all_well(news)));
    tills[0].sell("A0");
    for till in &mut tills[1..] {
        till.sees("A0", UnitStatus::StockedOut);
        assert_eq!(till.refused("A0"), "already_sold");
    }
    tills[1].sell("A1");
    tills[2].sees("A1", UnitStatus::StockedOut);
    tills[0].sees("A1", UnitStatus::StockedOut);
}

#[test]
fn a_till_that_was_away_is_told_what_it_missed() {
    let mut shop = Shop::new();
    let (one, two) = (shop.address(), shop.address());
    let (first, second) = (shop.enrol("Till 1"), shop.enrol("Till 2"));
    shop.greet(&first);
    shop.greet(&second);
    let mut first = first.start(one, vec![two.to_string()]);
    first.news("nobody there", |news| news.iter().any(|peer| peer.name == "Till 2" && !peer.reachable));
    first.sell("A0");
    first.sell("A1");
    first.news("three ops to share", |news| news.iter().any(|peer| peer.missing == 3));
    let mut late = second.start(two, vec![one.to_string()]);
    late.sees("A1", UnitStatus::StockedOut);
    assert_eq!(late.refused("A0"), "already_sold");
    first.news("nothing left to share", |news| news.iter().any(|peer| peer.reachable && peer.missing == 0));
}

#[test]
fn a_unit_in_the_cart_of_another_till_is_reserved_there() {
    let mut shop = Shop::new();
    let (one, two) = (shop.address(), shop.address());
    let (first, second) = (shop.enrol("Till 1"), shop.enrol("Till 2"));
    shop.greet(&first);
    shop.greet(&second);
    let mut first = first.start(one, vec![two.to_string()]);
    let mut second = second.start(two, vec![one.to_string()]);
    first.take("A0");
    assert_eq!(second.sees_reserved("A0"), "T01".into());
}

#[test]
fn a_unit_sold_on_both_before_they_met_is_told_on_both() {
    let mut shop = Shop::new();
    let (one, two) = (shop.address(), shop.address());
    let (first, second) = (shop.enrol("Till 1"), shop.enrol("Till 2"));
    shop.greet(&first);
    shop.greet(&second);
    // The second one is not listened to yet.
    let mut first = first.start(one, Vec::new());
    first.sell("A0");
    let mut second = second.start_alone();
    second.sell("A0");
    let mut second = second.restart(two, vec![one.to_string()]);
    assert_eq!(second.told_twice(), "A0");
    assert_eq!(first.told_twice(), "A0");
}
