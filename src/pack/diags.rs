//! What can be wrong with a pack as a whole: every message of this stage.

use crate::diag::{Diagnostic, Span};

/// Every name with its meaning.
pub const CODES: &[(&str, &str)] = &[
    ("duplicate-article", "Two rules of one folder are about the same article; the later one counts."),
    ("invalid-product", "A product.yaml cannot be used."),
];

pub(super) fn invalid_product(span: Span, fault: &str) -> Diagnostic {
    let message = format!("this product cannot be used: {fault}");
    Diagnostic::error("invalid-product", message, span, "in this product data")
        .help("docs/products.md shows what a product.yaml holds")
}

pub(super) fn duplicate_article(span: Span, first: Span, article: &str) -> Diagnostic {
    let message = format!("`{article}` has two rules, and this one counts");
    Diagnostic::warning("duplicate-article", message, span, "the second rule")
        .also(first, "the first rule is left out")
        .help("remove one of them, or put what both find into one rule")
}
