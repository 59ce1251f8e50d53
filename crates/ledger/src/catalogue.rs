//! What the hub tells its terminals: products, settings, operators. Rows are replaced whole.

use crate::op::Op;
use crate::refusal::Refusal;
use crate::role::Right;
use crate::row::{Operator, Product, Row, Settings};
use crate::sale::{check_price, check_quantity};
use crate::slice::Slice;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// Most products changed by one op.
pub const PRODUCTS_MAX: usize = 1_000;

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

pub(crate) fn products(slice: &mut Slice, op: &Op, body: &ProductsChange) -> Result<Verdict, Refusal> {
    permit(slice, op)?;
    if body.products.len() > PRODUCTS_MAX {
        return Err(Refusal::TooManyLines { max: PRODUCTS_MAX as u32 });
    }
    for product in &body.products {
        check_price(product.price)?;
        product.parts.iter().try_for_each(|part| check_quantity(part.quantity))?;
        slice.put(Row::Product(product.clone()));
    }
    Ok(Verdict::Applied)
}

pub(crate) fn settings(slice: &mut Slice, op: &Op, body: &SettingsChange) -> Result<Verdict, Refusal> {
    permit(slice, op)?;
    slice.put(Row::Settings(body.settings.clone()));
    Ok(Verdict::Applied)
}

pub(crate) fn operators(slice: &mut Slice, op: &Op, body: &OperatorsChange) -> Result<Verdict, Refusal> {
    permit(slice, op)?;
    for operator in &body.operators {
        slice.put(Row::Operator(operator.clone()));
    }
    Ok(Verdict::Applied)
}

fn permit(slice: &Slice, op: &Op) -> Result<(), Refusal> {
    slice.permits(op, Right::EditCatalogue).then_some(()).ok_or(Refusal::NotPermitted { right: Right::EditCatalogue })
}
