//! Names of things. Each is its own type, so that a SKU can never be passed where a serial is meant.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;

/// Longest id of any text kind, in characters. Ids stand on receipts and in file names.
pub const ID_CHARS_MAX: usize = 64;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            pub fn new(text: impl Into<SmolStr>) -> Self {
                Self(text.into())
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }
    };
}

text_id!(
    /// The code of a kind of goods.
    Sku
);
text_id!(
    /// One installed terminal, named by the hub at enrolment. The hub writes its own ops as `hub`.
    TerminalId
);
text_id!(
    /// The person signed in.
    OperatorId
);
text_id!(
    /// A shop or warehouse that holds units.
    WarehouseId
);
text_id!(
    /// The number printed on a document: `T01-000123`. Unique because it begins with its terminal.
    DocumentNumber
);

/// The name of one op, made once when a person confirms and kept with the draft, so that a crash
/// or a second tap submits the same op again and not another. A UUID version 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct OpId(pub uuid::Uuid);

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
