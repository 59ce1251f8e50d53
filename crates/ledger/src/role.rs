//! Who may do what. Roles come from the hub with the operators; rights follow from the role.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The four kinds of staff, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Picker,
    Cashier,
    Supervisor,
    Admin,
}

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    Sell,
    ChangePrice,
    Discount,
    ReceiveStock,
    EditUnit,
    EditCatalogue,
    ResolveConflict,
}

impl Right {
    pub const ALL: [Right; 7] =
        [Right::Sell, Right::ChangePrice, Right::Discount, Right::ReceiveStock, Right::EditUnit, Right::EditCatalogue, Right::ResolveConflict];
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Picker, Role::Cashier, Role::Supervisor, Role::Admin];

    /// The whole table of rights, on one screen.
    pub fn has(self, right: Right) -> bool {
        match right {
            Right::Sell => self >= Role::Cashier,
            Right::ReceiveStock => true,
            Right::ChangePrice | Right::Discount | Right::EditUnit | Right::ResolveConflict => self >= Role::Supervisor,
            Right::EditCatalogue => self >= Role::Admin,
        }
    }
}

/// Completes the sentence "You may not …".
impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Right::Sell => "sell",
            Right::ChangePrice => "change a price",
            Right::Discount => "give a discount",
            Right::ReceiveStock => "receive stock",
            Right::EditUnit => "correct a unit",
            Right::EditCatalogue => "edit the catalogue",
            Right::ResolveConflict => "resolve a conflict",
        })
    }
}
