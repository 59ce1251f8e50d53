//! Sales being made: the one on the screen and those put aside. And the throttle of PIN tries, which
//! likewise must outlive a pulled plug.

use super::journal::{as_id, drop_draft, id};
use super::{Held, TerminalStore, Throttle};
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::cart::Cart;
use ledger::id::{OpId, OperatorId};

/// Most sales put aside that are listed.
const HELD_MAX: i64 = 200;

const SAVE: &str = "INSERT INTO draft (op, held, label, operator, at_ms, cart) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (op) DO UPDATE SET held = excluded.held, label = excluded.label, operator = excluded.operator, \
    at_ms = excluded.at_ms, cart = excluded.cart";

impl TerminalStore {
    /// Keeps the sale on the screen; the one kept before is replaced.
    pub fn draft_save(&mut self, cart: &Cart) -> Result<(), Fault> {
        self.write(|sql| {
            clear_current(sql)?;
            save(sql, cart, false, "", &OperatorId::default(), 0)
        })
    }

    pub fn draft_load(&mut self) -> Result<Option<Cart>, Fault> {
        let row = self.read(|source| first(source.overlay, "SELECT cart FROM draft WHERE held = 0", &[]))?;
        Ok(row.and_then(|row| cart(&row[0])))
    }

    pub fn draft_clear(&mut self) -> Result<(), Fault> {
        self.write(clear_current)
    }

    /// Puts the sale on the screen aside; there is none on the screen afterwards.
    pub fn hold(&mut self, cart: &Cart, label: &str, operator: &OperatorId, at_ms: i64) -> Result<(), Fault> {
        self.write(|sql| {
            clear_current(sql)?;
            save(sql, cart, true, label, operator, at_ms)
        })
    }

    /// The sales put aside, oldest first.
    pub fn held(&mut self) -> Result<Vec<Held>, Fault> {
        let text = "SELECT cart, label, operator, at_ms FROM draft WHERE held = 1 ORDER BY at_ms, op LIMIT $1";
        let rows = self.read(|source| source.overlay.rows(text, &[Value::Int(HELD_MAX)]))?;
        let held = |row: Vec<Value>| {
            let operator = OperatorId::from(row[2].as_text());
            Some(Held { cart: cart(&row[0])?, label: row[1].as_text().to_owned(), operator, at_ms: row[3].as_int() })
        };
        Ok(rows.into_iter().filter_map(held).collect())
    }

    /// Brings a sale put aside back to the screen; none if there is no such sale. One that is still
    /// on the screen is put aside in its place, so nothing is lost.
    pub fn held_take(&mut self, op: OpId) -> Result<Option<Cart>, Fault> {
        self.write(|sql| {
            let Some(row) = first(sql, "SELECT cart FROM draft WHERE held = 1 AND op = $1", &[id(op)])? else { return Ok(None) };
            let on_screen = first(sql, "SELECT op, cart FROM draft WHERE held = 0", &[])?;
            match on_screen {
                Some(other) if cart(&other[1]).is_some_and(|cart| !cart.is_empty()) => {
                    sql.exec("UPDATE draft SET held = 1 WHERE op = $1", &[id(as_id(&other[0]))])?;
                }
                Some(other) => drop_draft(sql, as_id(&other[0]))?,
                None => {}
            }
            sql.exec("UPDATE draft SET held = 0 WHERE op = $1", &[id(op)])?;
            Ok(cart(&row[0]))
        })
    }

    /// The wrong PINs of an operator.
    pub fn throttle_load(&mut self, operator: &OperatorId) -> Result<Throttle, Fault> {
        let text = "SELECT tries, until_ms, last_ms FROM throttle WHERE operator = $1";
        let row = self.read(|source| first(source.overlay, text, &[operator.as_str().into()]))?;
        let read =
            |row: Vec<Value>| Throttle { tries: u32::try_from(row[0].as_int()).unwrap_or(u32::MAX), until_ms: row[1].as_int(), last_ms: row[2].as_int() };
        Ok(row.map(read).unwrap_or_default())
    }

    pub fn throttle_save(&mut self, operator: &OperatorId, throttle: Throttle) -> Result<(), Fault> {
        let text = "INSERT INTO throttle (operator, tries, until_ms, last_ms) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (operator) DO UPDATE SET tries = excluded.tries, until_ms = excluded.until_ms, last_ms = excluded.last_ms";
        let params = [operator.as_str().into(), Value::Int(i64::from(throttle.tries)), throttle.until_ms.into(), throttle.last_ms.into()];
        self.write(|sql| sql.exec(text, &params).map(drop))
    }
}

fn clear_current(sql: &mut dyn Sql) -> Result<(), Fault> {
    sql.exec("DELETE FROM draft WHERE held = 0", &[]).map(drop)
}

fn save(sql: &mut dyn Sql, cart: &Cart, held: bool, label: &str, operator: &OperatorId, at_ms: i64) -> Result<(), Fault> {
    let json = serde_json::to_string(cart).expect("a cart holds only text and numbers, which always encode");
    let params = [id(cart.op), held.into(), label.into(), operator.as_str().into(), at_ms.into(), json.into()];
    sql.exec(SAVE, &params).map(drop)
}

/// A draft that cannot be read, as one of a newer version, is left where it is.
fn cart(json: &Value) -> Option<Cart> {
    serde_json::from_str(json.as_text()).inspect_err(|error| tracing::warn!(%error, "a draft cannot be read")).ok()
}
