//! The durable ledger: loads the rows that an op names, lets [`ledger::apply`] decide, saves rows
//! and op in one transaction. All SQL of the product is in this crate.
//!
//! Reading order: [`fault`], [`sql`] with its adapter [`sqlite`], [`migrate`], [`rows`], [`port`], then
//! the ledger of a terminal, [`terminal`].

pub mod fault;
pub mod sql;
pub mod sqlite;

pub mod migrate;

pub mod rows;

pub mod port;

pub mod hub;

pub mod terminal;
