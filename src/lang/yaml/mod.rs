//! Rules as YAML: text to a located tree, tree to AST, and the AST back to text.
//!
//! Every scalar stays the text that was written, so a level `1.10` is never a number, and every error of a file is
//! reported in its place.

mod print;
mod read;
mod tree;

use crate::diag::FileId;

use super::{Parsed, Spelling, comments};
pub(super) use print::print;

/// Reads a file with one rule in each document.
pub(super) fn parse(file: FileId, source: &str) -> Parsed {
    let tree = tree::read(file, source);
    let mut parsed = Parsed { rules: Vec::new(), diagnostics: tree.diagnostics };
    for document in &tree.documents {
        let (rule, faults) = read::rule(document);
        parsed.rules.extend(rule.filter(|_| faults.is_empty()));
        parsed.diagnostics.extend(faults);
    }
    comments::attach(&mut parsed.rules, tree.comments, source, Spelling::Yaml);
    parsed
}
