//! A pack of rules with the products that they speak of, from folders or from the copy inside the binary.

use crate::diag::{Diagnostic, SourceMap};
use crate::kb::Products;
use crate::rule::Rule;

/// Rules and products, ready to be planned.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// The rules, in order of article.
    pub rules: Vec<Rule>,
    /// The products.
    pub products: Products,
    /// The texts that all was read from.
    pub sources: SourceMap,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
    /// `sha256:…` over the texts.
    pub digest: String,
}
