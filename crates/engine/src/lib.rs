//! The durable ledger: loads the rows that an op names, lets [`ledger::apply`] decide, saves rows
//! and op in one transaction. All SQL of the product is in this crate.
//!
//! Reading order: [`fault`], [`sql`] with its adapters [`sqlite`] and `postgres`, [`migrate`], [`rows`], [`port`], then
//! the ledger of a terminal, [`terminal`].

pub mod fault;
pub mod sql;
pub mod sqlite;

#[cfg(feature = "postgres")]
pub mod database;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "postgres")]
pub mod transfer;

pub mod migrate;

mod bulk;
pub mod rows;
mod till;

pub mod tables;

pub mod port;

pub mod hub;

pub mod terminal;
