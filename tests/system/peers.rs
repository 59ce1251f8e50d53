//! Two terminals of one shop and no hub.

use crate::support::{Hub, Shop, Till, examples, number, text};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// A second terminal of the shop, with its catalogue and an open shift.
fn second(shop: &Shop, hub: &Hub) -> Shop {
    let second = Shop::empty();
    let enrolled = second.output(&["enrol", "--hub", &format!("http://{}", shop.address), "--code", &hub.code("Till 2")]);
    assert!(enrolled.status.success(), "{enrolled:?}");
    second
}

fn up(till: &mut Till) {
    till.see("the catalogue", |v| number(v, "units") >= 5_000);
    till.sign_in("1111");
    if text(&till.see("a page", |v| ["OpenShift", "Sale"].contains(&text(v, "page"))), "page") == "OpenShift" {
        till.tap("Open shift");
        till.see("an open shift", |v| text(v, "page") == "Sale");
    }
    till.synced();
}

#[test]
fn a_unit_sold_on_one_till_is_refused_on_the_other_without_a_hub() {
    let shop = Shop::open();
    let hub = shop.hub();
    let other = second(&shop, &hub);
    let (here, there) = (free(), free());
    shop.configure_with(&format!("lan_listen = \"{here}\"\npeers = [\"{there}\"]"), &shop.till_folder());
    other.configure_with(&format!("lan_listen = \"{there}\"\npeers = [\"{here}\"]"), &other.till_folder());
    let (mut first, mut second) = (shop.till(), other.till());
    up(&mut first);
    up(&mut second);
    drop(hub);
    first.see("the other till", |v| number(v, "peers") == 1);
    second.see("the other till", |v| number(v, "peers") == 1);
    let serials = &examples().other.serials;
    first.sell(&serials[0]);
    second.see("what was sold there", |v| number(v, "heard") == 1);
    second.scan(&serials[0]);
    assert!(second.refused("already_sold").contains(&serials[0]));
    second.understood();
    second.sell(&serials[1]);
    first.see("what was sold there", |v| number(v, "heard") == 1);
    first.scan(&serials[1]);
    first.refused("already_sold");
    first.understood();
    let hub = shop.hub();
    first.synced();
    second.synced();
    for till in [&mut first, &mut second] {
        till.see("all of it from the hub", |v| number(v, "heard") == 0);
    }
    first.end();
    second.end();
    hub.has_sold_once(2, &[&serials[0], &serials[1]]);
}
