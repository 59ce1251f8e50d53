//! The independent auditor. It reads the bytes on the disks by itself and keeps books of its own
//! from the frozen forms of the ops; it calls neither the ledger's rules nor the stores.

pub mod kept;

pub mod hearsay;
pub mod record;

pub mod books;
pub mod rows;

pub mod last;
