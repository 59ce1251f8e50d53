//! The project's own commands, so that "how do I build, check and see it" has one answer on every
//! machine. It knows the tree, cargo and processes; it never links a crate of the product, so it
//! builds in seconds and works while the product does not compile.

pub mod bench;
pub mod chaos;
pub mod check;
pub mod crew;
pub mod demo;
pub mod device_test;
pub mod dist;
pub mod feed_test;
pub mod kills;
pub mod packages;
pub mod process;
pub mod root;
pub mod sim;
pub mod table;
pub mod tidy;
