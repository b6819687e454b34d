//! Regular expressions that are compiled when they are first used.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use regex::{Captures, Regex, bytes};
use serde::{Deserialize, Serialize};

/// How large a compiled expression may be, in bytes.
pub const MAX_COMPILED: usize = 1 << 20;

/// How much each automaton of an expression may keep of what it has learned, in bytes: more would be slower to fill than it
/// is of use.
const MAX_LEARNED: usize = 64 << 10;

/// Room for no automaton at all.
const NOTHING_LEARNED: usize = 0;

/// An expression that is asked so often is worth automata: they tell three times as fast, but each thread has its own, and
/// of thousands of expressions nearly all are asked about a few lines.
const OFTEN: u32 = 256;

/// A place for a compiled expression. The text that it is compiled from is kept by the owner.
#[derive(Debug, Default)]
pub struct LazyRegex {
    regex: OnceLock<Box<Regex>>,
    /// For ASCII texts, if there are smaller ones for these: without automata, and with them.
    ascii: [OnceLock<Option<Box<bytes::Regex>>>; 2],
    /// How often it was asked about such a text.
    asked: AtomicU32,
}

impl Clone for LazyRegex {
    /// The same, asked of nothing yet.
    fn clone(&self) -> Self {
        Self { regex: self.regex.clone(), ..Self::default() }
    }
}

impl LazyRegex {
    /// Compiles an expression at once, without regard to case, so that its faults are known.
    ///
    /// # Errors
    /// An expression with a fault, or one that would grow too large.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        Ok(Self { regex: OnceLock::from(Box::new(compile(text)?)), ..Self::default() })
    }

    /// The expression, compiled from `text` if it is not yet. A text with a fault matches nothing; but nobody keeps a
    /// text here that was not found to be sound before.
    pub fn get(&self, text: impl FnOnce() -> String) -> &Regex {
        self.regex.get_or_init(|| {
            let regex = compile(&text()).or_else(|_| compile(NOTHING));
            Box::new(regex.expect("a constant expression is sound"))
        })
    }

    /// Whether the expression matches a value: the same as [`LazyRegex::get`] tells, and quicker for most values.
    pub fn is_match(&self, text: impl Fn() -> String, value: &str) -> bool {
        if !self.is_compiled()
            && value.is_ascii()
            && let Some(ascii) = self.ascii(&text)
        {
            return ascii.is_match(value.as_bytes());
        }
        self.get(text).is_match(value)
    }

    fn ascii(&self, text: impl Fn() -> String) -> Option<&bytes::Regex> {
        let [seldom, often] = &self.ascii;
        let (place, learned) = if self.asked.load(Relaxed) < OFTEN {
            self.asked.fetch_add(1, Relaxed);
            (seldom, NOTHING_LEARNED)
        } else {
            (often, MAX_LEARNED)
        };
        place.get_or_init(|| compile_for_ascii(&text(), learned).map(Box::new)).as_deref()
    }

    /// Whether it is compiled.
    #[must_use]
    pub fn is_compiled(&self) -> bool {
        self.regex.get().is_some()
    }
}

/// Matches no text at all.
const NOTHING: &str = r"[^\s\S]";

fn compile(text: &str) -> Result<Regex, regex::Error> {
    let mut builder = regex::RegexBuilder::new(text);
    builder.case_insensitive(true).size_limit(MAX_COMPILED).dfa_size_limit(MAX_LEARNED).build()
}

/// The expression without all that only texts beyond ASCII hold. It is much smaller: `\w` alone knows hundreds of ranges of
/// letters. None if it might tell otherwise of an ASCII text: two letters beyond ASCII are others' capital or small ones, so
/// an expression must not name any of them.
fn compile_for_ascii(text: &str, learned: usize) -> Option<bytes::Regex> {
    if !text.is_ascii() || [r"\x", r"\u", r"\U"].iter().any(|escape| text.contains(escape)) {
        return None;
    }
    let mut builder = bytes::RegexBuilder::new(text);
    builder.unicode(false).case_insensitive(true).size_limit(MAX_COMPILED).dfa_size_limit(learned);
    // What is asked for by the properties of letters is an error without them.
    builder.build().ok()
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
    use super::{Expression, LazyRegex, MAX_LEARNED, NOTHING, NOTHING_LEARNED, OFTEN, compile, compile_for_ascii};

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

    /// Every ASCII character, alone and between others, and everything that an expression can ask of it.
    #[test]
    fn the_expression_for_ascii_tells_the_same() {
        let expressions = [
            "k",
            "S+",
            "[a-k]",
            "[^s]",
            "[^\\s]",
            "(?-i)K",
            "(?-i:[A-K])s",
            ".",
            "(?s).",
            "(?s).b",
            "^.b?$",
            "(?m)^.$",
            "(?R)^.$",
            r"\d",
            r"\D",
            r"\s",
            r"\S",
            r"\w",
            r"\W",
            r"\b",
            r"\B",
            r"\bk",
            r"s\b",
            r"\b{start}",
            r"\b{end-half}",
            r"\A\W*\z",
            "[[:alpha:]]",
            "[[:^punct:]]k",
            "[[:word:]--k]",
            r"[\w&&[^a-j]]b",
            r"[\d~~[4-z]]",
            r"[\S\s]k",
            "(?u)\\w",
            "(?-u:\\w)",
            "(?x) k # s",
            "a|k|",
            "(s)(?:k)?",
            "",
            r"[^\s\S]",
            r"\t",
            r"\a",
            r"\r?\n",
            "~|\\^",
            "[^a-z0-9 ]",
            "(?i-u)k\\b",
            "(?U)s+?k",
        ];
        let mut values = vec![String::new()];
        for c in (0..128u8).map(char::from) {
            values.extend([format!("{c}"), format!("a{c}b"), format!(" {c}k\n"), format!("{c}{c} S")]);
        }
        for text in expressions {
            let ascii = [NOTHING_LEARNED, MAX_LEARNED].map(|learned| compile_for_ascii(text, learned));
            let Ok(regex) = compile(text) else { panic!("{text:?}") };
            for value in &values {
                for ascii in ascii.iter().flatten() {
                    assert_eq!(ascii.is_match(value.as_bytes()), regex.is_match(value), "{text:?} {value:?}");
                }
                let lazy = LazyRegex::default();
                assert_eq!(lazy.is_match(|| text.to_owned(), value), regex.is_match(value), "{text:?} {value:?}");
            }
        }
        assert!(expressions.iter().all(|text| compile_for_ascii(text, NOTHING_LEARNED).is_some()));
    }

    #[test]
    fn an_expression_that_is_asked_often_gets_automata() {
        let (lazy, text) = (LazyRegex::default(), || "jobs? [0-9]+".to_owned());
        let compiled = |lazy: &LazyRegex| lazy.ascii.each_ref().map(|place| place.get().is_some());
        for asked in 0..2 * OFTEN {
            assert_eq!(compiled(&lazy), [asked > 0, asked > OFTEN], "{asked}");
            assert!(lazy.is_match(text, "a JOB 12") && !lazy.clone().is_match(text, "a job"));
        }
        assert!(!lazy.is_compiled() && compiled(&lazy.clone()) == [false; 2]);
    }

    #[test]
    fn letters_beyond_ascii_are_not_forgotten() {
        // The long s, and the sign of the kelvin.
        for (text, value) in [
            ("\u{17f}", "S"),
            (r"\u{17f}", "s"),
            (r"\x{212a}", "k"),
            (r"[\U0000017F]", "s"),
            ("k", "\u{212a}"),
            (r"^\w$", "\u{e9}"),
            (r"^\pL$", "k"),
            (r"^\p{Lu}$", "K"),
            ("^.$", "\u{e9}"),
            (r"\x73", "S"),
        ] {
            assert!(LazyRegex::default().is_match(|| text.to_owned(), value), "{text:?} {value:?}");
        }
    }
}
