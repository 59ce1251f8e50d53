//! Stories: the ledger's rules as text, one line an event, the expected verdict at its end.
//!
//! A story runs against any [`Shop`], so the same text proves the rules in memory and every store
//! that is built over them.
//!
//! ```
//! # let mut shop = ledger::story::MemoryShop::default();
//! ledger::story::run(r#"
//!     product PHONE 500.00 in-out "Pixel 9"
//!     product CASE 10.00 off
//!     combination SET 505.00 PHONE*1 CASE*1
//!     operator ana cashier
//!
//!     T1 open 100.00                       -> applied
//!     T1 stock-in PHONE A1..A3             -> applied
//!     T1 sell PHONE*1 A1 cash 600.00       -> applied
//!     T2 open 50.00                        -> applied
//!     T2 sell PHONE*1 A1                   -> already_sold "document T1-3"
//!     hub T2 sell PHONE*1 A1               -> conflict PHONE A1
//!     again                                -> duplicate
//!
//!     expect unit PHONE A1 stocked-out disputed left T1-3
//!     expect stock PHONE main 1
//!     expect till T1 drawer 600.00 sales 1
//! "#, &mut shop)?;
//! # Ok::<(), ledger::story::StoryError>(())
//! ```
//!
//! The hub sets the scene: products, combinations, operators (the first one acts, unless `by` names
//! another) and `settings` (`serial-control on|off`, `serials-at-sale ask|require`, `serial-scope
//! sku|merchant`, `elsewhere allow|ask|block`, `reserved allow|ask|block`, `stale allow|ask|block`, `stale-after MINUTES`). A
//! line that begins with `#` is a remark.
//!
//! | event | and its words |
//! |---|---|
//! | `T1 open FLOAT`, `T1 close COUNTED` | a shift |
//! | `T1 stock-in SKU*2 A1 A2 SKU*5 …` | a line is `SKU*QUANTITY`, or the bare SKU for as many as its serials, then serials, then `defective` |
//! | `T1 sell SKU*1 A1 … cash 600.00` | a line is followed by its serials (`OTHER:A1` for a unit of a part, `A1@7` for one believed to be in version 7, `A1!` for one the cashier confirmed) and `price`, `list` or `discount` with an amount; `SKU*1*201` is 201 such lines. Payments are `cash A`, `card A REFERENCE`, `wallet A REFERENCE`; without any, exact cash; with `unpaid`, none. `change A` and `total A` state false sums. |
//! | `T1 edit SKU SERIAL` | `defective`, `good`, `notes "…"`, `reason "…"` |
//! | `T1 resolve SKU SERIAL of DOCUMENT wrong DOCUMENT` | the conflict that a document came into as the second, which one was wrong, and `reassign SERIAL`, `mis-scan` or `refund`; `reason "…"` |
//! | `again` | the last op once more, byte for byte |
//! | any | `by ANA`, `ok-by SAM`, `at WAREHOUSE`, `as NUMBER`; `age MINUTES` of what its author knew, `base POSITION` of it in the feed; `same-id` takes the last op's id for another op; a leading `hub` folds the op in as a witness |
//!
//! `A1..A3` stands for three serials. Documents are numbered `T1-1`, `T1-2` … as they are accepted.
//! A verdict is `applied`, `duplicate`, `conflict SKU SERIAL …` or the code of a refusal, with a
//! piece of its sentence in quotes if that matters.

mod facts;
mod memory;
mod scribe;
mod words;

pub use memory::MemoryShop;

use crate::apply::Stance;
use crate::op::Op;
use crate::row::{Key, Row};
use crate::verdict::Verdict;
use scribe::{Scribe, Stop};
use words::Words;

/// What a story is told to: something that folds ops into rows.
pub trait Shop {
    /// Folds one op in, all or nothing, and keeps its effect unless it was refused. An op taken
    /// before is [`Verdict::Duplicate`], its id with other bytes [`crate::refusal::Refusal::IdReused`].
    ///
    /// Ids, `seq` and `prev` are filled in as one chain for each device; a refused op leaves no gap
    /// if it was authored, but keeps its place if it was witnessed.
    fn run(&mut self, op: Op, stance: Stance) -> Verdict;

    /// A row as it stands now.
    fn row(&self, key: &Key) -> Option<Row>;
}

/// The first line of a story that did not come true, or could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}, got {got}")]
pub struct StoryError {
    /// Counted from 1.
    pub line: usize,
    pub expected: String,
    pub got: String,
}

/// Tells a whole story to `shop`.
pub fn run(text: &str, shop: &mut impl Shop) -> Result<(), StoryError> {
    let mut scribe = Scribe::default();
    for (index, line) in text.lines().enumerate() {
        tell(line, &mut scribe, shop).map_err(|Surprise { expected, got }| StoryError { line: index + 1, expected, got })?;
    }
    Ok(())
}

struct Surprise {
    expected: String,
    got: String,
}

fn tell(line: &str, scribe: &mut Scribe, shop: &mut impl Shop) -> Result<(), Surprise> {
    let malformed = |expected: String| Surprise { expected, got: line.trim().to_owned() };
    let mut words = Words::read(line).map_err(malformed)?;
    let mut verdict = words.split_off("->");
    match words.peek() {
        None => return Ok(()),
        Some("expect") => return facts::check(&mut words, scribe, shop).map_err(malformed)?,
        Some(_) => {}
    }
    let got = match scribe.write(&mut words, shop) {
        Ok((op, stance)) => {
            let got = shop.run(op.clone(), stance);
            scribe.note(op, stance, &got);
            got
        }
        Err(Stop::Refused(refusal)) => Verdict::Refused(refusal),
        Err(Stop::Malformed(wanted)) => return Err(malformed(wanted)),
    };
    judge(&mut verdict, &got)
}

/// Compares a verdict with the words that foretold it; none foretell `applied`.
fn judge(words: &mut Words, got: &Verdict) -> Result<(), Surprise> {
    let sentence = match got {
        Verdict::Refused(refusal) => refusal.to_string(),
        _ => String::new(),
    };
    let quote = words.take_quoted().unwrap_or_default();
    let foretold = if words.peek().is_none() { "applied".to_owned() } else { words.rest() };
    if foretold == name(got) && sentence.contains(&quote) {
        return Ok(());
    }
    Err(Surprise { expected: format!("{foretold} {quote}").trim().to_owned(), got: format!("{} {sentence}", name(got)).trim().to_owned() })
}

fn name(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Applied => "applied".into(),
        Verdict::Duplicate => "duplicate".into(),
        Verdict::Conflict(conflicts) => conflicts.iter().fold("conflict".into(), |text, c| format!("{text} {} {}", c.sku, c.serial)),
        Verdict::Refused(refusal) => refusal.code().into(),
    }
}
