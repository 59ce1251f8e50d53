//! What the script takes from the shelves: examples that the hub prints of its sample shop.

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub struct Goods {
    pub people: Vec<Person>,
    pub phone: Product,
    pub other: Product,
    pub defective: Unit,
    pub sold: Unit,
    pub combination: Product,
    pub parts: Vec<Product>,
    pub at_stock_out: Product,
    pub at_stock_out_sold: Unit,
    pub off: Product,
    pub unknown_barcode: String,
    pub unknown_serial: String,
    /// Units beyond the sample shop's own, if it was made larger.
    #[serde(default)]
    pub more: Vec<Unit>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Person {
    pub name: String,
    pub role: String,
    pub pin: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    pub sku: String,
    pub name: String,
    pub barcode: String,
    pub serials: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Unit {
    pub barcode: String,
    pub serial: String,
}

impl Goods {
    pub fn parse(json: &str) -> Result<Goods> {
        serde_json::from_str(json).context("the hub's examples of its sample shop cannot be read")
    }

    /// What there is to scan, for a person at the demo's window.
    pub fn print(&self) {
        let people: Vec<String> = self.people.iter().map(|p| format!("{} ({}, PIN {})", p.name, p.role, p.pin)).collect();
        println!("\nSign in as {}.", people.join(", "));
        println!("\n{:<36} {:<16} serials", "to scan", "barcode");
        for product in [&self.phone, &self.other, &self.combination, &self.at_stock_out, &self.off] {
            let serials: Vec<&str> = product.serials.iter().take(3).map(String::as_str).collect();
            println!("{:<36} {:<16} {}", product.name, product.barcode, serials.join(" "));
        }
        println!("sold already: {}; defective: {}; unknown: {}\n", self.sold.serial, self.defective.serial, self.unknown_serial);
    }

    pub fn person(&self, role: &str) -> Result<Person> {
        let found = self.people.iter().find(|person| person.role == role);
        found.cloned().ok_or_else(|| anyhow!("nobody in the sample shop is a {role}"))
    }
}

impl Product {
    /// The next unit from the shelf.
    pub fn take(&mut self) -> Result<String> {
        if self.serials.is_empty() {
            return Err(anyhow!("the script has sold every {} it knows", self.name));
        }
        Ok(self.serials.remove(0))
    }
}
