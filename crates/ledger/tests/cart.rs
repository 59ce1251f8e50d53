//! The sale being made, as a table: what is done to a cart, how the last step ends, how the cart
//! then stands. A step that is refused must leave the cart as it was.

use ledger::cart::{Candidate, Cart, Change, Need, Vantage};
use ledger::id::{DocumentNumber, OpId, Sku, TerminalId, WarehouseId};
use ledger::money::{Money, PRICE_MAX};
use ledger::payment::{Payment, PaymentMethod};
use ledger::refusal::Refusal;
use ledger::row::{Caution, Condition, DocumentRef, Part, Product, SerialPolicy, SerialsAtSale, Settings, Unit, UnitStatus};
use ledger::serial::Serial;

/// A cart at a till, with the catalogue and the units that the till knows.
struct Bench {
    cart: Cart,
    settings: Settings,
    /// The other terminal that has every unit in its cart.
    reserved: Option<TerminalId>,
}

#[test]
fn adding_and_merging() {
    check("add CASE", "ok", "CASE*1 10.00");
    check("add CASE; add CASE; add CASE", "ok", "CASE*3 30.00");
    check("add CASE; add PHONE; add CASE", "ok", "CASE*2 20.00 | PHONE*1 500.00");
    check("add PHONE; take 0 PHONE A1; add PHONE", "ok", "PHONE*2 1000.00 A1");
    // A line that is not at the catalogue's own price stays by itself.
    check("add CASE; price 0 900; add CASE", "ok", "CASE*1 9.00 | CASE*1 10.00");
    check("add CASE; discount 0 100; add CASE; add CASE", "ok", "CASE*1 9.00 | CASE*2 20.00");
    check("add CASE; price 0 900; price 0 1000; add CASE", "ok", "CASE*2 20.00");
    check("add SET; add SET", "ok", "SET*2 1010.00");
    check("add OLD", "product_inactive", "");
    check("add DEAR", "price_too_large", "");
    check("add GHOST", "unknown_sku", "");
    check("add NEST", "combination_has_no_serial", "");
    check("add CASE; qty 0 9999; add CASE", "quantity_too_large", "CASE*9999 99990.00");
    check("add GOLD; qty 0 1000; add CASE", "amount_overflow", "GOLD*1000 10000000000000.00");
    check("add GOLD; qty 0 1000; add GOLD", "amount_overflow", "GOLD*1000 10000000000000.00");
}

#[test]
fn quantity() {
    check("add CASE; qty 0 0", "quantity_zero", "CASE*1 10.00");
    check("add CASE; qty 0 9999", "ok", "CASE*9999 99990.00");
    check("add CASE; qty 0 10000", "quantity_too_large", "CASE*1 10.00");
    check("add CASE; qty 0 4294967295", "quantity_too_large", "CASE*1 10.00");
    check("add GOLD; qty 0 1001", "amount_overflow", "GOLD*1 10000000000.00");
    check("add CASE; qty 7 2", "ok", "CASE*1 10.00");
    // The serials entered last go first.
    let three = "add PHONE; qty 0 3; take 0 PHONE A1; take 0 PHONE A2; take 0 PHONE A3";
    check(&format!("{three}; qty 0 2"), "ok", "PHONE*2 1000.00 A1 A2");
    check(&format!("{three}; qty 0 1"), "ok", "PHONE*1 500.00 A1");
    check(&format!("{three}; qty 0 4"), "ok", "PHONE*4 2000.00 A1 A2 A3");
    check(&format!("{three}; drop 0 1; qty 0 1"), "ok", "PHONE*1 500.00 A1");
    // Of a combination each part by itself: two cables to a set.
    let sets = "add SET; qty 0 2; take 0 CABLE C1; take 0 PHONE A1; take 0 CABLE C2; take 0 CABLE C3; take 0 PHONE A2";
    check(&format!("{sets}; qty 0 1"), "ok", "SET*1 505.00 C1 A1 C2");
    // A refused change gives back the serials that it would have dropped.
    check(&format!("{three}; discount 0 100000; qty 0 1"), "discount_too_large", "PHONE*3 500.00 A1 A2 A3");
}

#[test]
fn price_and_discount() {
    check("add CASE; price 0 0", "ok", "CASE*1 0.00");
    check("add CASE; price 0 -1", "price_too_large", "CASE*1 10.00");
    check("add CASE; price 0 1000000000001", "price_too_large", "CASE*1 10.00");
    check("add CASE; qty 0 9999; price 0 1000000000000", "amount_overflow", "CASE*9999 99990.00");
    check("add CASE; discount 0 1000", "ok", "CASE*1 0.00");
    check("add CASE; discount 0 1001", "discount_too_large", "CASE*1 10.00");
    check("add CASE; discount 0 -1", "discount_too_large", "CASE*1 10.00");
    check("add CASE; discount 0 600; price 0 500", "discount_too_large", "CASE*1 4.00");
    check("add CASE; add PHONE; discount 0 100; discount 1 5000", "ok", "CASE*1 9.00 | PHONE*1 450.00");
    check("add CASE; discount 3 1; price 3 1", "ok", "CASE*1 10.00");
}

#[test]
fn taking_units() {
    check("add PHONE; take 0 PHONE A1", "ok", "PHONE*1 500.00 A1");
    check("add PHONE; take 0 PHONE Z9", "unknown_serial", "PHONE*1 500.00");
    check("add PHONE; take 0 PHONE sold", "already_sold", "PHONE*1 500.00");
    check("add PHONE; take 0 PHONE defective", "defective_unit", "PHONE*1 500.00");
    check("add PHONE; take 0 PHONE disputed", "disputed_unit", "PHONE*1 500.00");
    check("add PHONE; take 0 PHONE elsewhere", "other_warehouse", "PHONE*1 500.00");
    check("elsewhere ask; add PHONE; take 0 PHONE elsewhere", "ask_elsewhere", "PHONE*1 500.00");
    check("elsewhere ask; add PHONE; take 0 PHONE elsewhere confirmed", "ok", "PHONE*1 500.00 elsewhere!");
    check("elsewhere allow; add PHONE; take 0 PHONE elsewhere", "ok", "PHONE*1 500.00 elsewhere");
    check("add PHONE; take 0 PHONE elsewhere confirmed", "other_warehouse", "PHONE*1 500.00");
    check("reserve T02; add PHONE; take 0 PHONE A1", "ask_reserved", "PHONE*1 500.00");
    check("reserve T02; add PHONE; take 0 PHONE A1 confirmed", "ok", "PHONE*1 500.00 A1!");
    check("reserve T02; reserved block; add PHONE; take 0 PHONE A1 confirmed", "reserved_unit", "PHONE*1 500.00");
    check("reserve T02; reserved allow; add PHONE; take 0 PHONE A1", "ok", "PHONE*1 500.00 A1");
    check("reserve T02; add PHONE; take 0 PHONE defective", "defective_unit", "PHONE*1 500.00");
    check("add PHONE; take 0 PHONE A1; add CABLE; take 1 CABLE A1; confirm A1", "ok", "PHONE*1 500.00 A1! | CABLE*1 5.00 A1!");
    check("add PHONE; take 0 PHONE A1; confirm A2", "ok", "PHONE*1 500.00 A1");
    check("add PHONE; take 0 PHONE A1; take 0 PHONE A1", "duplicate_in_sale", "PHONE*1 500.00 A1");
    check("add PHONE; price 0 400; take 0 PHONE A1; add PHONE; take 1 PHONE A1", "duplicate_in_sale", "PHONE*1 4.00 A1 | PHONE*1 500.00");
    check("add PHONE; take 0 PHONE A1; take 0 PHONE A2", "serials_too_many", "PHONE*1 500.00 A1");
    check("add PHONE; take 0 CABLE C1", "wrong_sku", "PHONE*1 500.00");
    check("add SET; take 0 SET S1", "combination_has_no_serial", "SET*1 505.00");
    check("add SET; take 0 PHONE A1; take 0 PHONE A2", "serials_too_many", "SET*1 505.00 A1");
    check("add SET; take 0 CABLE C1; take 0 CABLE C2; take 0 CABLE C3", "serials_too_many", "SET*1 505.00 C1 C2");
    check("take 0 PHONE A1", "empty_sale", "");
    // Without registration any serial goes, unless it went before; without a policy even then.
    check("add CABLE; take 0 CABLE Z9", "ok", "CABLE*1 5.00 Z9");
    check("add CABLE; take 0 CABLE sold", "already_sold", "CABLE*1 5.00");
    check("add CASE; take 0 CASE sold", "ok", "CASE*1 10.00 sold");
    check("serial-control off; add PHONE; take 0 PHONE sold", "ok", "PHONE*1 500.00 sold");
    // Two SKUs bearing one serial are two units.
    check("add PHONE; add CABLE; take 0 PHONE A1; take 1 CABLE A1", "ok", "PHONE*1 500.00 A1 | CABLE*1 5.00 A1");
    check("add PHONE; take 0 PHONE A1; drop 0 0; take 0 PHONE A2", "ok", "PHONE*1 500.00 A2");
    check("add PHONE; drop 0 3; drop 9 0; remove 9", "ok", "PHONE*1 500.00");
    check("add PHONE; add CASE; remove 0", "ok", "CASE*1 10.00");
}

#[test]
fn what_a_cart_still_needs() {
    check_needs("add CASE", "");
    check_needs("add PHONE", "0 PHONE 0/1 required");
    check_needs("add CABLE", "0 CABLE 0/1");
    check_needs("serials-at-sale require; add CABLE", "0 CABLE 0/1 required");
    check_needs("serial-control off; add PHONE; add SET", "");
    check_needs("add PHONE; qty 0 3; take 0 PHONE A1", "0 PHONE 1/3 required");
    check_needs("add SET; qty 0 2; take 0 CABLE C1", "0 PHONE 0/2 required | 0 CABLE 1/4");
    check_needs("add PHONE; take 0 PHONE A1; add SET", "0 PHONE 1/1 required | 1 PHONE 0/1 required | 1 CABLE 0/2");
    let bench = done("add PHONE; take 0 PHONE A1; add SET");
    assert_eq!(bench.cart.line_wanting(&"PHONE".into()), Some(1), "the first line that is not complete");
    assert_eq!(bench.cart.line_wanting(&"CASE".into()), None, "a part without serials wants none");
    assert_eq!(bench.cart.missing().len(), 2);
    assert!(bench.cart.holds(&"PHONE".into(), &serial("A1")) && !bench.cart.holds(&"CABLE".into(), &serial("A1")));
}

/// A product without serial rules takes them for reference, and nothing ever waits for one.
#[test]
fn serials_for_reference() {
    let check_places = |steps: &str, expected: &str| {
        let places = done(steps).cart.places(0).into_iter();
        let shown: Vec<_> =
            places.map(|place| format!("{} {}/{}{}", place.sku, place.have, place.wanted, if place.tracked { " tracked" } else { "" })).collect();
        assert_eq!(shown.join(" | "), expected, "{steps}");
    };
    check_places("add CASE", "CASE 0/1");
    check_places("add CASE; qty 0 2; take 0 CASE R1", "CASE 1/2");
    check_places("add SET", "PHONE 0/1 tracked | CABLE 0/2 tracked | CASE 0/1");
    check_places("serial-control off; add PHONE", "PHONE 0/1");
    check_places("", "");
    check_needs("add CASE; take 0 CASE R1", "");
    check("add CASE; take 0 CASE R1", "ok", "CASE*1 10.00 R1");
    check("add CASE; take 0 CASE sold", "ok", "CASE*1 10.00 sold");
    check("add CASE; take 0 CASE R1; take 0 CASE R1", "duplicate_in_sale", "CASE*1 10.00 R1");
    check("add CASE; take 0 CASE R1; take 0 CASE R2", "serials_too_many", "CASE*1 10.00 R1");
    check("add CASE; qty 0 2; take 0 CASE R1; take 0 CASE R2; qty 0 1", "ok", "CASE*1 10.00 R1");
    let sale = done("add CASE; take 0 CASE R1; cash 1000").cart.to_sale("T1-1".into(), "main".into()).expect("it is paid");
    assert_eq!(sale.units().map(|unit| unit.serial.as_str()).collect::<Vec<_>>(), ["R1"], "it stands in the op");
}

/// What the hub changes while a sale is being made.
#[test]
fn the_catalogue_changes_under_a_cart() {
    let check_change = |steps: &str, now: &str, expected: Option<Change>| {
        assert_eq!(done(steps).cart.change_of(0, changed(now).as_ref()), expected, "{steps}, now {now}");
    };
    let price = |from, to| Some(Change::Price { from: Money(from), to: Money(to) });
    check_change("add CASE", "CASE", None);
    check_change("add CASE; price 0 800; discount 0 100; qty 0 3", "CASE", None);
    check_change("add CASE", "CASE price 900", price(1_000, 900));
    check_change("add CASE; price 0 900", "CASE price 900", price(1_000, 900));
    check_change("add CASE", "CASE inactive", Some(Change::NotSold));
    check_change("add CASE", "gone", Some(Change::NotSold));
    check_change("add SET", "SET", None);
    check_change("add SET", "SET parts CASE", Some(Change::Parts));
    check_change("add SET", "SET parts", Some(Change::Parts));
    check_change("add CASE", "CASE parts CABLE", Some(Change::Parts));
    check_change("", "CASE", None);
    // Taken over: the line is as if it had been scanned now.
    check("add CASE; qty 0 2; renew 0 CASE price 900", "ok", "CASE*2 18.00");
    check("add CASE; price 0 500; renew 0 CASE price 900", "ok", "CASE*1 9.00");
    check("add CASE; discount 0 600; renew 0 CASE price 700", "ok", "CASE*1 1.00");
    check("add CASE; discount 0 600; renew 0 CASE price 500", "discount_too_large", "CASE*1 4.00");
    check("add SET; take 0 PHONE A1; take 0 CABLE C1; renew 0 SET parts CABLE", "ok", "SET*1 505.00 C1");
    check("add CASE; renew 0 CASE inactive", "product_inactive", "CASE*1 10.00");
    check("add SET; renew 0 SET parts PEN", "unknown_sku", "SET*1 505.00");
    check("add PHONE; take 0 PHONE A1; renew 0 PHONE price 45000", "ok", "PHONE*1 450.00 A1");
    // Kept: the price stays, and the new catalogue price is known to be another.
    check("add CASE; relist 0 CASE price 900", "ok", "CASE*1 10.00");
    check_change("add CASE; relist 0 CASE price 900", "CASE price 900", None);
    check_change("add CASE; relist 0 CASE price 900", "CASE", price(900, 1_000));
}

#[test]
fn policies_are_followed() {
    let check_follow = |steps: &str, switch: &str, followed: bool, needs: &str| {
        let mut bench = done(steps);
        bench.always(&switch.split_whitespace().collect::<Vec<_>>());
        let before = shown(&bench.cart);
        assert_eq!(bench.follow(0), followed, "{steps}, {switch}");
        assert_eq!(shown(&bench.cart), before, "nothing that was entered is lost");
        assert_eq!(bench.needs(), needs, "{steps}, {switch}");
    };
    check_follow("add CABLE", "serials-at-sale require", true, "0 CABLE 0/1 required");
    check_follow("add CABLE; qty 0 2; take 0 CABLE C1", "serials-at-sale require", true, "0 CABLE 1/2 required");
    check_follow("add SET; take 0 PHONE A1", "serial-control off", true, "");
    check_follow("add CASE", "serial-control off", false, "");
    check_follow("", "serial-control off", false, "");
}

#[test]
fn lines_have_a_limit() {
    let full = "add CASE; price 0 900; ".repeat(200);
    let lines = (0..200).map(|line| format!("add CASE; price {line} 900; ")).collect::<String>();
    assert_eq!(done(full.trim_end_matches("; ")).cart.lines.len(), 2, "a second line at the list price takes the rest up");
    let mut bench = done(lines.trim_end_matches("; "));
    assert_eq!(bench.cart.lines.len(), 200);
    let before = bench.cart.clone();
    assert_eq!(bench.step("add CASE").map_err(|refusal| refusal.code()), Err("too_many_lines"));
    assert_eq!(bench.cart, before);
}

#[test]
fn paying() {
    let two = "add CASE; add CASE";
    check_paid(two, "left 20.00", "payment_short");
    check_paid(&format!("{two}; cash 1500"), "left 5.00", "payment_short");
    check_paid(&format!("{two}; cash 5000"), "left 0.00", "change 30.00");
    check_paid(&format!("{two}; card 2000 REF"), "left 0.00", "change 0.00");
    check_paid(&format!("{two}; card 1500 REF; cash 1000"), "left 0.00", "change 5.00");
    check_paid(&format!("{two}; card 2001 REF"), "left 0.00", "payment_too_much");
    check_paid(&format!("{two}; card 2000"), "left 0.00", "payment_reference_missing");
    check_paid(&format!("{two}; card 2000 {}", "R".repeat(65)), "left 0.00", "reference_too_long");
    check_paid(&format!("{two}; cash -1; cash 2001"), "left 0.00", "amount_overflow");
    check_paid("settle-nothing", "left 0.00", "empty_sale");
}

/// The sale holds what the cart shows, and a combination the parts that the catalogue gave it.
#[test]
fn a_cart_becomes_a_sale() {
    let bench = done("add SET; qty 0 2; take 0 PHONE A1; add CASE; discount 1 100; cash 200000");
    let sale = bench.cart.to_sale(DocumentNumber::from("T1-9"), WarehouseId::from("main")).expect("it is paid");
    assert_eq!((sale.total, sale.change), (Money(101_900), Money(98_100)));
    assert_eq!((sale.number.as_str(), sale.warehouse.as_str()), ("T1-9", "main"));
    let [set, case] = &sale.lines[..] else { panic!("two lines, not {:?}", sale.lines) };
    assert_eq!(set.parts, product("SET").parts);
    assert_eq!((set.quantity, set.price, set.list_price, set.discount), (2, Money(50_500), Money(50_500), Money::ZERO));
    assert_eq!(set.units.iter().map(|unit| (unit.sku.as_str(), unit.serial.as_str(), unit.believed)).collect::<Vec<_>>(), [("PHONE", "A1", Some(7))]);
    assert_eq!((case.parts.as_slice(), case.discount), (&[][..], Money(100)));
}

/// A draft survives a restart as it was.
#[test]
fn a_cart_is_kept_as_json() {
    let cart = done("add SET; take 0 PHONE A1; add CASE; price 1 900; cash 1000; card 500 REF").cart;
    let json = serde_json::to_string(&cart).expect("plain data");
    assert_eq!(serde_json::from_str::<Cart>(&json).expect("what was just written"), cart);
}

fn check(steps: &str, last: &str, cart: &str) {
    let (before, step) = steps.rsplit_once("; ").unwrap_or(("", steps));
    let mut bench = done(before);
    let standing = bench.cart.clone();
    let result = bench.step(step).map_or_else(|refusal| refusal.code(), |()| "ok");
    assert_eq!(result, last, "{steps}");
    assert_eq!(shown(&bench.cart), cart, "{steps}");
    if result != "ok" {
        assert_eq!(bench.cart, standing, "{steps}: a refused step changed the cart");
    }
}

fn check_needs(steps: &str, expected: &str) {
    assert_eq!(done(steps).needs(), expected, "{steps}");
}

fn check_paid(steps: &str, left: &str, settled: &str) {
    let cart = if steps == "settle-nothing" { done("").cart } else { done(steps).cart };
    let still = cart.left_to_pay().expect("amounts that fit");
    assert_eq!(format!("left {still}"), left, "{steps}");
    let sale = cart.to_sale("T1-1".into(), "main".into());
    assert_eq!(sale.map_or_else(|refusal| refusal.code().to_owned(), |sale| format!("change {}", sale.change)), settled, "{steps}");
}

/// A bench after steps that must all be allowed.
fn done(steps: &str) -> Bench {
    let mut bench = Bench { cart: Cart::new(OpId::default()), settings: Settings::default(), reserved: None };
    for step in steps.split("; ").filter(|step| !step.is_empty()) {
        bench.step(step).unwrap_or_else(|refusal| panic!("{step} in {steps}: {refusal}"));
    }
    bench
}

fn shown(cart: &Cart) -> String {
    let line = |line: &ledger::cart::CartLine| {
        let total = line.total().expect("a cart keeps only amounts that fit");
        let units: String = line.units.iter().map(|unit| format!(" {}{}", unit.serial, if unit.confirmed { "!" } else { "" })).collect();
        format!("{}*{} {total}{units}", line.sku, line.quantity)
    };
    cart.lines.iter().map(line).collect::<Vec<_>>().join(" | ")
}

impl Bench {
    fn step(&mut self, step: &str) -> Result<(), Refusal> {
        let words: Vec<&str> = step.split_whitespace().collect();
        let amount = |text: &str| Money(text.parse().expect("an amount in cents"));
        let number = |text: &str| text.parse::<usize>().expect("a number");
        match words[..] {
            ["add", sku] => self.add(&product(sku)),
            ["qty", line, quantity] => self.cart.set_quantity(number(line), quantity.parse().expect("a quantity")),
            ["price", line, price] => self.cart.set_price(number(line), amount(price)),
            ["discount", line, discount] => self.cart.set_discount(number(line), amount(discount)),
            ["take", line, sku, text] => self.take(number(line), sku, text, false),
            ["take", line, sku, text, "confirmed"] => self.take(number(line), sku, text, true),
            ["reserve", terminal] => {
                self.reserved = Some((*terminal).into());
                Ok(())
            }
            ["renew", line, ref now @ ..] => self.renew(number(line), &now.join(" ")),
            _ => {
                self.always(&words);
                Ok(())
            }
        }
    }

    /// Steps that nothing can refuse.
    fn always(&mut self, words: &[&str]) {
        let number = |text: &str| text.parse::<usize>().expect("a number");
        match words {
            ["drop", line, index] => self.cart.drop_unit(number(line), number(index)),
            ["remove", line] => self.cart.remove(number(line)),
            ["relist", line, now @ ..] => self.cart.relist(number(line), &changed(&now.join(" ")).expect("a product")),
            ["cash", paid] => self.pay(PaymentMethod::Cash, paid, ""),
            ["card", paid] => self.pay(PaymentMethod::Card, paid, ""),
            ["card", paid, reference] => self.pay(PaymentMethod::Card, paid, reference),
            ["confirm", text] => self.cart.confirm_unit(&serial(text)),
            ["elsewhere", "ask"] => self.settings.elsewhere = Caution::Ask,
            ["reserved", "block"] => self.settings.reserved = Caution::Block,
            ["reserved", "allow"] => self.settings.reserved = Caution::Allow,
            ["elsewhere", "allow"] => self.settings.elsewhere = Caution::Allow,
            ["serial-control", "off"] => self.settings.serial_control = false,
            ["serials-at-sale", "require"] => self.settings.serials_at_sale = SerialsAtSale::Require,
            _ => panic!("no such step: {words:?}"),
        }
    }

    fn add(&mut self, wanted: &Product) -> Result<(), Refusal> {
        self.cart.add(wanted, &parts_of(wanted), &self.settings).map(|_| ())
    }

    fn renew(&mut self, line: usize, now: &str) -> Result<(), Refusal> {
        let now = changed(now).expect("a product");
        self.cart.renew(line, &now, &parts_of(&now), &self.settings)
    }

    /// The catalogue is as it was; the settings are not.
    fn follow(&mut self, line: usize) -> bool {
        let now = product(self.cart.lines.get(line).map_or("CASE", |line| line.sku.as_str()));
        self.cart.follow_policies(line, &now, &parts_of(&now), &self.settings)
    }

    fn needs(&self) -> String {
        let line = |need: Need| {
            let required = if need.required { " required" } else { "" };
            format!("{} {} {}/{}{required}", need.line, need.sku, need.have, need.wanted)
        };
        self.cart.needs().into_iter().map(line).collect::<Vec<_>>().join(" | ")
    }

    fn take(&mut self, line: usize, sku: &str, text: &str, confirmed: bool) -> Result<(), Refusal> {
        let (product, serial) = (product(sku), serial(text));
        let unit = unit(&product.sku, &serial);
        let candidate = Candidate { product: &product, serial: &serial, unit: unit.as_ref(), ver: Some(7), reserved: self.reserved.as_ref(), confirmed };
        let vantage = Vantage { settings: &self.settings, warehouse: &"main".into(), age_ms: Some(0) };
        self.cart.take_unit(line, candidate, vantage)
    }

    fn pay(&mut self, method: PaymentMethod, cents: &str, reference: &str) {
        let amount = Money(cents.parse().expect("an amount in cents"));
        self.cart.payments.push(Payment { method, amount, reference: reference.into() });
    }
}

fn serial(text: &str) -> Serial {
    Serial::parse(text).expect("a good serial")
}

fn product(sku: &str) -> Product {
    let (price, policy, parts): (i64, SerialPolicy, &[(&str, u32)]) = match sku {
        "PHONE" => (50_000, SerialPolicy::StockInOut, &[]),
        "CABLE" => (500, SerialPolicy::AtStockOut, &[]),
        "CASE" | "OLD" => (1_000, SerialPolicy::Off, &[]),
        "GOLD" => (PRICE_MAX.0, SerialPolicy::Off, &[]),
        "DEAR" => (PRICE_MAX.0 + 1, SerialPolicy::Off, &[]),
        "SET" => (50_500, SerialPolicy::Off, &[("PHONE", 1), ("CASE", 1), ("CABLE", 2)]),
        "GHOST" => (100, SerialPolicy::Off, &[("PEN", 1)]),
        "NEST" => (100, SerialPolicy::Off, &[("SET", 1)]),
        _ => panic!("no such product: {sku}"),
    };
    Product {
        sku: sku.into(),
        name: sku.into(),
        codes: Vec::new(),
        price: Money(price),
        policy,
        parts: parts.iter().map(|(sku, quantity)| Part { sku: (*sku).into(), quantity: *quantity }).collect(),
        category: String::new(),
        active: sku != "OLD",
    }
}

/// The parts that the catalogue knows: all but pens.
fn parts_of(product_now: &Product) -> Vec<Product> {
    product_now.parts.iter().filter(|part| part.sku.as_str() != "PEN").map(|part| product(part.sku.as_str())).collect()
}

/// A product as the hub changed it: `CASE price 900`, `CASE inactive`, `SET parts CASE`, `gone`.
fn changed(now: &str) -> Option<Product> {
    let words: Vec<&str> = now.split_whitespace().collect();
    let part = |sku: &&str| Part { sku: (*sku).into(), quantity: 1 };
    match words[..] {
        ["gone"] => None,
        [sku] => Some(product(sku)),
        [sku, "price", cents] => Some(Product { price: Money(cents.parse().expect("an amount in cents")), ..product(sku) }),
        [sku, "inactive"] => Some(Product { active: false, ..product(sku) }),
        [sku, "parts", ref parts @ ..] => Some(Product { parts: parts.iter().map(part).collect(), ..product(sku) }),
        _ => panic!("no such change: {now}"),
    }
}

/// What the till knows of a unit, told by its serial: `A…` is in stock, `sold` is sold, and so on.
fn unit(sku: &Sku, serial: &Serial) -> Option<Unit> {
    let text = serial.as_str();
    let gone = matches!(text, "sold" | "disputed");
    let known = gone || matches!(text, "defective" | "elsewhere") || (text.starts_with('A') && sku.as_str() == "PHONE");
    known.then(|| Unit {
        sku: sku.clone(),
        serial: serial.clone(),
        status: if gone { UnitStatus::StockedOut } else { UnitStatus::InStock },
        condition: if text == "defective" { Condition::Defective } else { Condition::Good },
        warehouse: if text == "elsewhere" { "depot" } else { "main" }.into(),
        notes: String::new(),
        created_at_ms: 0,
        came: None,
        left: gone.then(|| DocumentRef { op: OpId::default(), number: "T2-5".into(), at_ms: 0, terminal: None, believed: None, base: None }),
        disputes: u32::from(text == "disputed"),
    })
}
