//! What the hub tells its terminals: products, settings, operators. Rows are replaced whole.

use crate::op::Op;
use crate::refusal::Refusal;
use crate::role::Right;
use crate::row::{Key, Operator, Part, Product, Row, Settings};
use crate::sale::{check_price, check_quantity};
use crate::slice::Slice;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most products changed by one op.
pub const PRODUCTS_MAX: usize = 1_000;
/// Most operators changed by one op.
pub const OPERATORS_MAX: usize = 1_000;
/// Most decimals of a currency; dinars have three.
pub const DECIMALS_MAX: u8 = 3;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductsChange {
    pub products: Vec<Product>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChange {
    pub settings: Settings,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorsChange {
    pub operators: Vec<Operator>,
}

/// The products changed, and those that they are combined of.
pub(crate) fn products_footprint(body: &ProductsChange, keys: &mut BTreeSet<Key>) {
    for product in &body.products {
        keys.insert(Key::Product(product.sku.clone()));
        keys.extend(product.parts.iter().map(|part| Key::Product(part.sku.clone())));
    }
}

pub(crate) fn products(slice: &mut Slice, op: &Op, body: &ProductsChange) -> Result<Verdict, Refusal> {
    permit(slice, op)?;
    if body.products.len() > PRODUCTS_MAX {
        return Err(Refusal::TooManyLines { max: PRODUCTS_MAX as u32 });
    }
    for product in &body.products {
        check_price(product.price)?;
        let product = Product { parts: merged(&product.parts), ..product.clone() };
        product.parts.iter().try_for_each(|part| check_quantity(part.quantity))?;
        slice.put(Row::Product(product));
    }
    body.products.iter().flat_map(|product| &product.parts).try_for_each(|part| check_part(slice, part))?;
    Ok(Verdict::Applied)
}

/// A SKU stands once among the parts: its serials are counted against one quantity.
fn merged(parts: &[Part]) -> Vec<Part> {
    let mut merged: Vec<Part> = Vec::new();
    for part in parts {
        match merged.iter_mut().find(|known| known.sku == part.sku) {
            Some(known) => known.quantity = known.quantity.saturating_add(part.quantity),
            None => merged.push(part.clone()),
        }
    }
    merged
}

/// Combinations are one level deep: a combination within one would ask for no serials of its parts.
fn check_part(slice: &Slice, part: &Part) -> Result<(), Refusal> {
    match slice.product(&part.sku).filter(|product| product.is_combination()) {
        Some(nested) => Err(Refusal::CombinationHasNoSerial { name: nested.name.clone() }),
        None => Ok(()),
    }
}

pub(crate) fn settings(slice: &mut Slice, op: &Op, body: &SettingsChange) -> Result<Verdict, Refusal> {
    permit(slice, op)?;
    let decimals = body.settings.decimals.min(DECIMALS_MAX);
    slice.put(Row::Settings(Settings { decimals, ..body.settings.clone() }));
    Ok(Verdict::Applied)
}

pub(crate) fn operators(slice: &mut Slice, op: &Op, body: &OperatorsChange) -> Result<Verdict, Refusal> {
    permit(slice, op)?;
    if body.operators.len() > OPERATORS_MAX {
        return Err(Refusal::TooManyLines { max: OPERATORS_MAX as u32 });
    }
    for operator in &body.operators {
        slice.put(Row::Operator(operator.clone()));
    }
    Ok(Verdict::Applied)
}

fn permit(slice: &Slice, op: &Op) -> Result<(), Refusal> {
    slice.permits(op, Right::EditCatalogue).then_some(()).ok_or(Refusal::NotPermitted { right: Right::EditCatalogue })
}
