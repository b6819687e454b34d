//! Regular expressions that are compiled when they are first used.

use std::sync::OnceLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

/// How large a compiled expression may be, in bytes.
pub const MAX_COMPILED: usize = 1 << 20;

/// How much each automaton of an expression may keep of what it has learned, in bytes. Hundreds of expressions are in use
/// at once, each for a few lines only, so more would be slower to fill than it is of use.
const MAX_LEARNED: usize = 16 << 10;

/// A place for a compiled expression. The text that it is compiled from is kept by the owner.
#[derive(Debug, Clone, Default)]
pub struct LazyRegex(OnceLock<Box<Regex>>);

impl LazyRegex {
    /// Compiles an expression at once, without regard to case, so that its faults are known.
    ///
    /// # Errors
    /// An expression with a fault, or one that would grow too large.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        Ok(Self(OnceLock::from(Box::new(compile(text)?))))
    }

    /// The expression, compiled from `text` if it is not yet. A text with a fault matches nothing; but nobody keeps a
    /// text here that was not found to be sound before.
    pub fn get(&self, text: impl FnOnce() -> String) -> &Regex {
        self.0.get_or_init(|| {
            let regex = compile(&text()).or_else(|_| compile(NOTHING));
            Box::new(regex.expect("a constant expression is sound"))
        })
    }

    /// Whether it is compiled.
    #[must_use]
    pub fn is_compiled(&self) -> bool {
        self.0.get().is_some()
    }
}

/// Matches no text at all.
const NOTHING: &str = r"[^\s\S]";

fn compile(text: &str) -> Result<Regex, regex::Error> {
    let mut builder = regex::RegexBuilder::new(text);
    builder.case_insensitive(true).size_limit(MAX_COMPILED).dfa_size_limit(MAX_LEARNED).build()
}

/// A regular expression of product data. Two are equal if they are written alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Expression {
    source: String,
    #[serde(skip)]
    regex: LazyRegex,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// An expression with a fault, or one that would grow too large.
    pub fn new(source: &str) -> Result<Self, regex::Error> {
        Ok(Self { source: source.to_owned(), regex: LazyRegex::new(source)? })
    }

    /// What its groups hold in this text, if it matches.
    #[must_use]
    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex.get(|| self.source.clone()).captures(text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

#[cfg(test)]
mod tests {
    use super::{Expression, LazyRegex, NOTHING, compile};

    #[test]
    fn a_stored_expression_is_compiled_when_it_is_asked() {
        let fresh = Expression::new(r"^SP(\d)$").expect("an expression");
        assert!(fresh.regex.is_compiled());
        let bytes = postcard::to_stdvec(&fresh).expect("bytes");
        let stored: Expression = postcard::from_bytes(&bytes).expect("the same");
        assert!(!stored.regex.is_compiled() && stored == fresh);
        assert_eq!(&stored.captures("sp3").expect("a match")[1], "3");
        assert!(stored.regex.is_compiled() && stored.captures("sp").is_none());
    }

    #[test]
    fn what_cannot_be_compiled_matches_nothing() {
        assert!(compile(NOTHING).is_ok_and(|regex| !regex.is_match("") && !regex.is_match("a\n")));
        assert!(LazyRegex::new("(").is_err() && Expression::new("[").is_err());
        let broken = LazyRegex::default();
        assert!(!broken.get(|| "(".to_owned()).is_match("("));
    }
}
