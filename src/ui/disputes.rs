//! Units sold twice, as the sync page lists them.

use crate::view::{DisputeSide, DisputeView};
use screens::{DisputeRow, DisputeSideRow};

pub fn row(dispute: &DisputeView) -> DisputeRow {
    DisputeRow {
        serial: (&dispute.serial).into(),
        product: (&dispute.product).into(),
        likely: dispute.likely,
        own: dispute.own,
        first: side(&dispute.first),
        second: side(&dispute.second),
    }
}

fn side(side: &DisputeSide) -> DisputeSideRow {
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    DisputeSideRow { document: (&side.document).into(), at: (&side.at).into(), believed: number(side.believed).into(), base: number(side.base).into() }
}
