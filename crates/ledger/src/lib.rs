//! The rules of a serial-numbered stock.
//!
//! Everything that ever happens is an [`op::Op`]; the state of a shop is a deterministic fold of
//! ops. Terminal and hub run this same code: the terminal decides as an *author* before it says
//! "done", the hub folds the op in as a *witness* of what already happened.
//!
//! A rule never reads by itself. [`slice::footprint`] names the rows that an op may touch, the
//! caller loads them into a [`slice::Slice`], [`apply::apply`] decides and writes into the slice,
//! the caller saves it. So this crate knows no disk, clock, network, thread or randomness, and
//! every rule is tested as a line of text ([`story`]).
//!
//! Reading order: [`id`], [`serial`], [`gtin`], [`row`], [`op`], [`mod@slice`], [`apply`], then a process a file:
//! [`sale`] with [`unit_check`], [`stock_in`], [`shift`], [`unit_edit`], [`resolve`], [`catalogue`];
//! then [`cart`], [`sync`], [`proof`] and [`evidence`].

pub mod gtin;
pub mod id;
pub mod money;
pub mod refusal;
pub mod role;
pub mod serial;

pub mod row;

pub mod op;
pub mod slice;

pub mod apply;
pub mod verdict;

pub mod catalogue;
pub mod payment;
pub mod resolve;
pub mod sale;
pub mod shift;
pub mod stock_in;
pub mod unit_check;
pub mod unit_edit;

pub mod cart;

pub mod sync;

pub mod evidence;
pub mod proof;

pub mod story;
