//! Rule files: the rule language and its YAML form to one AST, the AST to the rule IR, and the AST back to text.
//!
//! [`parse`] resolves no names; [`lower`] does, against the predicates and the products, and it is the same for both
//! spellings. [`print()`] writes either spelling from the AST, comments included.

pub mod ast;
mod comments;
mod diags;
mod dsl;
mod lower;
mod schema;
#[cfg(test)]
mod tests;
mod yaml;

pub use diags::CODES;
pub use lower::lower;
pub use schema::schema;

use crate::diag::{Diagnostic, FileId, SourceMap, Span};

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 64;

/// How large a rule file may be: one that a program has written may hold tens of thousands of rules.
const MAX_SIZE: usize = 8 << 20;

/// How a rule file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// The rule language.
    Dsl,
    /// YAML.
    Yaml,
}

impl Spelling {
    /// The spelling that the name of a file promises: `.rule`, `.yaml` or `.yml`.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "rule" => Some(Self::Dsl),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// What a file says, and what is wrong with it. A broken rule does not take the others with it.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The rules that could be read.
    pub rules: Vec<ast::Rule>,
    /// What is wrong with the others.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file.
#[must_use]
pub fn parse(file: FileId, sources: &SourceMap, spelling: Spelling) -> Parsed {
    let source = &sources.file(file).text;
    if source.len() > MAX_SIZE {
        let span = Span { file, start: 0, end: 0 };
        return Parsed { rules: Vec::new(), diagnostics: vec![diags::file_too_large(span, MAX_SIZE)] };
    }
    if let Some(start) = source.find('\u{fffd}') {
        let span = Span { file, start, end: start + '\u{fffd}'.len_utf8() };
        return Parsed { rules: Vec::new(), diagnostics: vec![diags::not_utf8(span)] };
    }
    let mut parsed = match spelling {
        Spelling::Dsl => dsl::parse(file, source),
        Spelling::Yaml => yaml::parse(file, source),
    };
    if parsed.rules.is_empty() && parsed.diagnostics.is_empty() {
        parsed.diagnostics.push(diags::no_rule(Span { file, start: 0, end: 0 }));
    }
    parsed
}

/// Writes rules, laid out for reading.
#[must_use]
pub fn print(rules: &[ast::Rule], spelling: Spelling) -> String {
    match spelling {
        Spelling::Dsl => dsl::print(rules),
        Spelling::Yaml => yaml::print(rules),
    }
}
