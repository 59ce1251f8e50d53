//! The whole system in one process: terminals, their network and a hub, all of them the real code
//! over simulated disks, clocks and chance. One seed is one run, the same on every machine.
//!
//! Reading order: [`dice`], [`disk`], [`hub`], [`shop`], [`cashier`], [`audit`], [`wire`], [`world`].

pub mod dice;

pub mod disk;

pub mod hub;

pub mod cashier;
pub mod shop;

pub mod audit;

pub mod breaks;
pub mod trace;
pub mod wire;

pub mod world;

pub mod crew;
