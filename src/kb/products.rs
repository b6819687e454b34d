//! All products of a run: the words that rules may use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LogDef, Product, ProductId, TableDef};

/// The products, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Products(BTreeMap<ProductId, Product>);

impl Products {
    /// Adds a product; the one that it replaces is given back.
    pub fn add(&mut self, product: Product) -> Option<Product> {
        self.0.insert(product.id.clone(), product)
    }

    /// A product.
    #[must_use]
    pub fn get(&self, id: &ProductId) -> Option<&Product> {
        self.0.get(id)
    }

    /// A product, by its name as text.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Product> {
        self.0.values().find(|product| product.id.as_str() == name)
    }

    /// All products, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &Product> {
        self.0.values()
    }

    /// All logs of all products.
    pub fn logs(&self) -> impl Iterator<Item = &LogDef> {
        self.iter().flat_map(|product| &product.logs)
    }

    /// A log, by name.
    #[must_use]
    pub fn log(&self, name: &str) -> Option<&LogDef> {
        self.logs().find(|log| log.id == name)
    }

    /// All tables of all products.
    pub fn tables(&self) -> impl Iterator<Item = &TableDef> {
        self.iter().flat_map(|product| &product.tables)
    }

    /// A table, by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableDef> {
        self.tables().find(|table| table.id == name)
    }

    /// The names of all roles of all products.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.iter().flat_map(|product| product.roles.iter().map(|role| role.id.as_str()))
    }

    /// How to collect a kind of evidence, if some product says so.
    #[must_use]
    pub fn collect(&self, kind: &str) -> Option<&str> {
        self.iter().find_map(|product| product.collect.get(kind)).map(String::as_str)
    }
}
