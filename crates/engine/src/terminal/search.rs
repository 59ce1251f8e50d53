//! Search for products by a piece of their name or SKU. All names are kept in memory, folded to lower
//! case: a shop has thousands of products, not millions, and every key press asks.

use super::overlay::Effective;
use super::{Found, TerminalStore};
use crate::fault::Fault;
use crate::rows::products_after;
use crate::sql::Sql;
use ledger::id::Sku;
use ledger::row::Product;
use std::collections::BTreeMap;

/// Products read at a time.
const PAGE_ROWS: u32 = 1_000;

/// Every product as it is searched for.
pub struct ProductIndex {
    entries: Vec<Entry>,
}

struct Entry {
    sku: Sku,
    folded_sku: String,
    folded_name: String,
    active: bool,
}

/// How well an entry fits; the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    ExactSku,
    SkuBegins,
    NameBegins,
    WordBegins,
    Within,
}

impl TerminalStore {
    /// Products whose name or SKU holds every word of the query, in any case. Best fit first, what
    /// is no longer sold last; an empty query finds everything in order of the names.
    pub fn search(&mut self, query: &str, rows_max: usize) -> Result<Found, Fault> {
        if self.products.is_none() {
            self.products = Some(self.look_up(ProductIndex::load)?);
        }
        let index = self.products.as_ref().expect("it was loaded just now");
        let (skus, more) = index.find(query, rows_max);
        let warehouse = self.identity.warehouse.clone();
        self.look_up(|source| {
            let mut products = Vec::new();
            for sku in skus {
                if let Some(product) = source.product(&sku)? {
                    products.push((product, source.on_hand(&sku, &warehouse)?));
                }
            }
            Ok(Found { products, more })
        })
    }
}

impl ProductIndex {
    fn load(source: &mut Effective<'_>) -> Result<ProductIndex, Fault> {
        let mut by_sku = BTreeMap::new();
        each_product(source.catalogue, &mut |product| drop(by_sku.insert(product.sku.clone(), product)))?;
        each_product(source.overlay, &mut |product| drop(by_sku.insert(product.sku.clone(), product)))?;
        Ok(ProductIndex { entries: by_sku.into_values().map(Entry::of).collect() })
    }

    fn find(&self, query: &str, rows_max: usize) -> (Vec<Sku>, bool) {
        let query = query.trim().to_lowercase();
        let fitting = self.entries.iter().filter_map(|entry| Some((!entry.active, entry.fit(&query)?, entry)));
        let mut fitting: Vec<(bool, Fit, &Entry)> = fitting.collect();
        fitting.sort_by(|a, b| (a.0, a.1, &a.2.folded_name, &a.2.folded_sku).cmp(&(b.0, b.1, &b.2.folded_name, &b.2.folded_sku)));
        let more = fitting.len() > rows_max;
        (fitting.into_iter().take(rows_max).map(|(_, _, entry)| entry.sku.clone()).collect(), more)
    }
}

impl Entry {
    fn of(product: Product) -> Entry {
        Entry { folded_sku: product.sku.as_str().to_lowercase(), folded_name: product.name.to_lowercase(), active: product.active, sku: product.sku }
    }

    fn fit(&self, query: &str) -> Option<Fit> {
        let holds = |word: &str| self.folded_name.contains(word) || self.folded_sku.contains(word);
        if !query.split_whitespace().all(holds) {
            return None;
        }
        let word_begins = || self.folded_name.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(query));
        Some(match () {
            () if self.folded_sku == query => Fit::ExactSku,
            () if query.is_empty() => Fit::Within,
            () if self.folded_sku.starts_with(query) => Fit::SkuBegins,
            () if self.folded_name.starts_with(query) => Fit::NameBegins,
            () if word_begins() => Fit::WordBegins,
            () => Fit::Within,
        })
    }
}

fn each_product(sql: &mut dyn Sql, take: &mut dyn FnMut(Product)) -> Result<(), Fault> {
    let mut after = Sku::default();
    loop {
        let page = products_after(sql, &after, PAGE_ROWS)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.sku.clone();
        page.into_iter().for_each(&mut *take);
    }
}
