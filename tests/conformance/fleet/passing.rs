//! Disks that are copied or destroyed: what they did counts once, whoever brings it to the hub.

use super::*;
use ledger::sync::peer::PASS_ON_AFTER_MS;

#[test]
fn what_a_copied_disk_sold_counts_once() {
    let mut fleet = Fleet::new(8);
    fleet.settle_down();
    let copy = fleet.copy(0);
    fleet.sell_until(0, 1);
    fleet.settle_down();
    // Its numbers go beyond those under which the hub has the other's.
    fleet.sell_until(copy, 3);
    let Some(Success::MustRenew(why)) = fleet.exchange(copy, Ask::Hello, false) else { panic!("a copy was not noticed") };
    assert_eq!(fleet.exchange(copy, Ask::Renew(why), false), Some(Success::Renewed));
    assert_eq!(fleet.exchange(copy, Ask::Hello, false), Some(Success::Greeted));
    let check = |fleet: &mut Fleet| {
        fleet.settle_down();
        let expected = UNITS as i64 - fleet.sold.len() as i64;
        for at in 0..fleet.terminals.len() {
            assert_eq!(fleet.store(at).on_hand(&"PHONE".into(), &"main".into()).unwrap(), expected, "terminal {at}");
            assert_eq!(fleet.store(at).doubtful(), [], "terminal {at}");
        }
    };
    check(&mut fleet);
    fleet.sell_until(1, 2);
    check(&mut fleet);
    fleet.take_snapshot(copy);
    check(&mut fleet);
}

/// What a copy told under numbers that others' ops have at the hub is known there by its hash.
#[test]
fn what_a_copied_disk_told_a_peer_counts_once() {
    let mut fleet = Fleet::new(8);
    fleet.settle_down();
    let copy = fleet.copy(0);
    fleet.sell_until(copy, 3);
    let tell = |fleet: &mut Fleet, have: Vec<Contained>| {
        let push = fleet.store(copy).peer_request(&have, "n", 2).unwrap();
        (push.ops.len(), fleet.hear_peer((copy, 1, push)))
    };
    let (ops, _) = tell(&mut fleet, Vec::new());
    assert!(ops >= 3, "nothing was told");
    assert!(fleet.store(1).peer_ops().values().sum::<u64>() >= 3);
    // The other one is first with the first of these numbers.
    fleet.sell_until(0, 1);
    fleet.settle_down();
    for restarted in [false, true] {
        if restarted {
            fleet.take_snapshot(1);
            fleet.restart(1);
        }
        let expected = UNITS as i64 - fleet.sold.len() as i64;
        let on_hand = |fleet: &mut Fleet| fleet.store(1).on_hand(&"PHONE".into(), &"main".into()).unwrap();
        assert_eq!((on_hand(&mut fleet), fleet.store(1).peer_ops().len()), (expected, 0));
        let (_, have) = tell(&mut fleet, Vec::new());
        assert_eq!((on_hand(&mut fleet), fleet.store(1).peer_ops().len()), (expected, 0), "it is not taken again");
        assert_eq!(tell(&mut fleet, have).0, 0, "nor told again");
    }
}

/// One that is not seen again told another one, which waits for it for a while.
#[test]
fn what_a_terminal_told_before_it_was_destroyed_reaches_the_hub() {
    for comes_back in [false, true] {
        let mut fleet = Fleet::new(9);
        fleet.settle_down();
        fleet.sell_until(0, 3);
        let push = fleet.store(0).peer_request(&[], "n", 2).unwrap();
        fleet.hear_peer((0, 1, push));
        let before = fleet.hub.op_count().unwrap();
        assert_eq!(fleet.pass_on(1, 0), 0, "the hub was not asked");
        while !fleet.pull(1) {}
        assert_eq!((fleet.pass_on(1, 5), fleet.pass_on(1, 4 + PASS_ON_AFTER_MS)), (0, 0), "its author may still come");
        assert_eq!((fleet.pass_on(1, 5 + PASS_ON_AFTER_MS), fleet.pass_on(1, 5 + PASS_ON_AFTER_MS)), (2, 1));
        assert_eq!((fleet.pass_on(1, i64::MAX), fleet.hub.op_count().unwrap()), (0, before + 3));
        let told = fleet.reader.incidents(9).unwrap();
        let passed: Vec<_> = told
            .iter()
            .filter(|incident| incident.kind == "passed_on")
            .map(|incident| (incident.device.as_str(), incident.detail.starts_with("T02 passed on")))
            .collect();
        assert_eq!(passed, [("T01", true); 2]);
        if comes_back {
            fleet.settle_down();
            fleet.check();
        } else {
            while !fleet.pull(1) || !fleet.store(1).peer_ops().is_empty() {}
            let expected = UNITS as i64 - fleet.sold.len() as i64;
            assert_eq!(fleet.store(1).on_hand(&"PHONE".into(), &"main".into()).unwrap(), expected);
        }
        assert_eq!(fleet.hub.op_count().unwrap(), before + 3, "each is there once");
    }
}

/// An author that sends what it told, however slowly, is left to it.
#[test]
fn an_author_that_gets_on_is_left_to_it() {
    let mut fleet = Fleet::new(9);
    fleet.settle_down();
    fleet.sell_until(0, 3);
    let push = fleet.store(0).peer_request(&[], "n", 2).unwrap();
    fleet.hear_peer((0, 1, push));
    for step in 0..3 {
        while !fleet.pull(1) {}
        assert_eq!(fleet.pass_on(1, step * PASS_ON_AFTER_MS), 0, "step {step}");
        assert_eq!(fleet.exchange(0, Ask::Push { ops_max: 1 }, false), Some(Success::Pushed));
    }
    fleet.settle_down();
    fleet.check();
}

/// The hub takes only what goes on where the author's chain ends, of a terminal beside the one that says so.
#[test]
fn what_does_not_go_on_is_not_taken_from_a_peer() {
    let mut fleet = Fleet::new(9);
    fleet.settle_down();
    fleet.sell_until(0, 3);
    let (terminal, peer) = (fleet.terminals[0].0.terminal.clone(), fleet.terminals[1].0.terminal.clone());
    let Some(Request::Push(push)) = fleet.store(0).request(Ask::Push { ops_max: 9 }, 2).unwrap() else { panic!("there is something to push") };
    let ops: Vec<Vec<u8>> = push.ops.iter().map(|op| op.bytes.clone()).collect();
    let good = Batch { device: terminal.clone(), incarnation: 1, first_seq: push.head.first_seq, ops, ..Batch::default() };
    let other = fleet.hub.add_device(1, "elsewhere", &"other".into(), [99; 32]).unwrap().terminal;
    let before = fleet.hub.op_count().unwrap();
    let mut check = |what: &str, by: &TerminalId, batch: Batch, expected: usize| {
        let answer = fleet.hub.pass_on(2, by, &batch).unwrap();
        assert_eq!((answer.outcomes.len(), answer.expected_seq.is_some()), (expected, expected == 0), "{what}");
        assert_eq!(fleet.hub.op_count().unwrap() - before, if expected == 0 { 0 } else { 3 }, "{what}");
    };
    let torn = String::from_utf8(good.ops[1].clone()).unwrap().replace("\"prev\":\"", "\"prev\":\"00").into_bytes();
    check("behind a gap", &peer, Batch { first_seq: good.first_seq + 1, ops: good.ops[1..].to_vec(), ..good.clone() }, 0);
    check("at other places", &peer, Batch { first_seq: good.first_seq - 1, ..good.clone() }, 0);
    check("not linked", &peer, Batch { ops: vec![good.ops[0].clone(), torn], ..good.clone() }, 0);
    check("no op", &peer, Batch { ops: vec![b"no op".to_vec()], ..good.clone() }, 0);
    check("nothing", &peer, Batch { ops: Vec::new(), ..good.clone() }, 0);
    check("of another shop", &other, good.clone(), 0);
    check("its own", &terminal, good.clone(), 0);
    check("all is well", &peer, good.clone(), 3);
    check("once more", &peer, good.clone(), 3);
    fleet.settle_down();
    fleet.check();
}

/// A copied disk is no more, and told what it did to another one. The original has given its numbers.
#[test]
fn what_a_copied_disk_told_before_it_was_destroyed_reaches_the_hub() {
    let mut fleet = Fleet::new(8);
    fleet.settle_down();
    let copy = fleet.copy(0);
    fleet.sell_until(copy, 3);
    let push = fleet.store(copy).peer_request(&[], "n", 2).unwrap();
    fleet.hear_peer((copy, 1, push));
    fleet.terminals.pop();
    fleet.sell_until(0, 1);
    fleet.settle_down();
    for now_ms in [0, PASS_ON_AFTER_MS, PASS_ON_AFTER_MS] {
        fleet.pass_on(1, now_ms);
    }
    fleet.settle_down();
    while !fleet.store(1).peer_ops().is_empty() {
        fleet.pull(1);
    }
    let expected = UNITS as i64 - fleet.sold.len() as i64;
    for at in 0..TERMINALS {
        assert_eq!(fleet.store(at).on_hand(&"PHONE".into(), &"main".into()).unwrap(), expected, "terminal {at}");
    }
}

/// A copy that does not know what it is counts its own sales, whoever has their numbers.
#[test]
fn a_copied_disk_counts_what_it_did() {
    let mut fleet = Fleet::new(8);
    fleet.settle_down();
    let copy = fleet.copy(0);
    let on_hand = |fleet: &mut Fleet, at: usize| fleet.store(at).on_hand(&"PHONE".into(), &"main".into()).unwrap();
    fleet.sell_until(copy, 2);
    fleet.sell_until(0, 2);
    while fleet.store(0).outbox_status().unwrap().pending > 0 {
        fleet.push(0, false);
    }
    while !fleet.pull(copy) {}
    let expected = UNITS as i64 - fleet.sold.len() as i64;
    assert_eq!(on_hand(&mut fleet, copy), expected, "the other one has its numbers");
    fleet.push(copy, true);
    while !fleet.pull(copy) {}
    assert_eq!(on_hand(&mut fleet, copy), expected, "the hub has some of it, and the answer was lost");
}
