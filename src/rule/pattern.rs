//! Text patterns: literal, glob or regex, all of them without regard to case unless a regex says otherwise.

use std::ops::Range;

use regex::Regex;
use regex_syntax::hir::{Hir, HirKind};
use serde::{Deserialize, Serialize};

use crate::kb::{LazyRegex, MAX_COMPILED};
use crate::sweep;

use super::extent::extent;
use super::plain;

/// How a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PatternKind {
    /// Text that must occur. A blank stands for any run of blanks and line breaks, since viewers re-wrap.
    Literal,
    /// `*` and `?`; the whole value must match.
    Glob,
    /// A regular expression, found anywhere. Named groups capture.
    Regex,
}

/// A pattern whose text is sound. Two patterns are equal if they are written alike.
///
/// It is compiled when it is first used: of thousands of rules only a few come that far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pattern {
    kind: PatternKind,
    source: String,
    /// The names that it captures, so that nobody has to compile it to know them.
    captures: Box<[String]>,
    #[serde(skip)]
    regex: LazyRegex,
}

/// Literals and globs up to this many bytes never grow too large, so nothing is learned from compiling them.
const SURELY_SMALL: usize = 256;

/// A regular expression that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// What is wrong.
    pub message: String,
    /// Where in the pattern, in bytes, if the compiler says.
    pub at: Option<(usize, usize)>,
}

impl<'a> From<&'a Pattern> for sweep::Pattern<'a> {
    /// What a line must hold, at least, to match.
    fn from(pattern: &'a Pattern) -> Self {
        match pattern.kind() {
            PatternKind::Literal | PatternKind::Glob => Self::Literal(pattern.source()),
            PatternKind::Regex => Self::Regex(pattern.source()),
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A regular expression with a fault, or a pattern that would grow too large.
    pub fn new(kind: PatternKind, source: &str) -> Result<Self, PatternError> {
        let mut pattern =
            Self { kind, source: source.to_owned(), captures: Box::default(), regex: LazyRegex::default() };
        let small = match kind {
            PatternKind::Literal | PatternKind::Glob => source.len() <= SURELY_SMALL,
            PatternKind::Regex => {
                let hir = pattern.hir()?;
                pattern.captures = capture_names(&hir);
                extent(&hir) <= MAX_COMPILED
            }
        };
        if !small {
            pattern.regex = LazyRegex::new(&pattern.expression())
                .map_err(|error| PatternError { message: error.to_string(), at: None })?;
        }
        Ok(pattern)
    }

    /// A regular expression as the compiler reads it.
    fn hir(&self) -> Result<Hir, PatternError> {
        let parsed = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(&self.source);
        parsed.map_err(|error| syntax_error(&error))
    }

    /// The pattern as a regular expression.
    fn expression(&self) -> String {
        match self.kind {
            PatternKind::Literal => literal(&self.source),
            PatternKind::Glob => glob(&self.source),
            PatternKind::Regex => self.source.clone(),
        }
    }

    /// Whether it tests nothing: `.*` matches every text. `^$` matches the empty one and is still a test.
    #[must_use]
    pub fn matches_everything(&self) -> bool {
        match self.kind {
            PatternKind::Literal => self.source.trim().is_empty(),
            PatternKind::Glob => self.source.starts_with('*') && self.source.chars().all(|c| c == '*'),
            PatternKind::Regex => {
                let may_be_empty = self.hir().is_ok_and(|hir| hir.properties().minimum_len() == Some(0));
                may_be_empty && self.regex().is_match("") && self.regex().is_match("\u{1}")
            }
        }
    }

    /// How it is written.
    #[must_use]
    pub fn kind(&self) -> PatternKind {
        self.kind
    }

    /// The text as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The expression that decides. Whoever wants no captures asks [`Pattern::is_match`], which seldom needs it.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        self.regex.get(|| self.expression())
    }

    /// Whether the text matches.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        match self.kind {
            PatternKind::Literal if self.is_plain() => plain::find_words(&self.source, text, 0).is_some(),
            PatternKind::Glob if self.is_plain() => plain::is_glob(&self.source, text),
            _ => self.regex.is_match(|| self.expression(), text),
        }
    }

    /// All that matches, one behind the other.
    pub fn find_all<'t>(&'t self, text: &'t str) -> Box<dyn Iterator<Item = Range<usize>> + 't> {
        if self.kind == PatternKind::Literal && self.is_plain() {
            let next = |last: &Range<usize>| plain::find_words(&self.source, text, last.end);
            return Box::new(std::iter::successors(plain::find_words(&self.source, text, 0), next));
        }
        Box::new(self.regex().find_iter(text).map(|found| found.range()))
    }

    /// Whether no expression is needed to find it. Over a longer one an expression wins.
    fn is_plain(&self) -> bool {
        self.source.len() <= SURELY_SMALL && plain::is_plain(&self.source)
    }

    /// The names that it captures.
    pub fn captures(&self) -> impl Iterator<Item = &str> {
        self.captures.iter().map(String::as_str)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.source == other.source
    }
}

impl Eq for Pattern {}

fn literal(source: &str) -> String {
    let words: Vec<String> = source.split_whitespace().map(regex::escape).collect();
    words.join(r"\s+")
}

fn glob(source: &str) -> String {
    let mut regex = String::from(r"(?s)\A");
    for c in source.chars() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push_str(r"\z");
    regex
}

/// The names of the groups, in order. The parser bounds how deep they are nested.
fn capture_names(hir: &Hir) -> Box<[String]> {
    fn collect(hir: &Hir, names: &mut Vec<String>) {
        match hir.kind() {
            HirKind::Capture(capture) => {
                names.extend(capture.name.as_deref().map(str::to_owned));
                collect(&capture.sub, names);
            }
            HirKind::Repetition(repetition) => collect(&repetition.sub, names),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| collect(part, names)),
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
        }
    }
    let mut names = Vec::new();
    collect(hir, &mut names);
    names.into()
}

fn syntax_error(error: &regex_syntax::Error) -> PatternError {
    let (message, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
        other => (other.to_string(), None),
    };
    PatternError { message, at: span.map(|span| (span.start.offset, span.end.offset)) }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, PatternKind, SURELY_SMALL};

    fn pattern(kind: PatternKind, source: &str) -> Pattern {
        Pattern::new(kind, source).expect("a sound pattern")
    }

    /// The letters of which each has three forms, and blanks and signs in between: nothing grows more.
    #[test]
    fn what_is_surely_small_is_not_compiled_and_can_be() {
        for (kind, unit) in [
            (PatternKind::Literal, "k s "),
            (PatternKind::Literal, "\u{3b9}"),
            (PatternKind::Glob, "*?"),
            (PatternKind::Glob, "ks"),
        ] {
            let small = pattern(kind, &unit.repeat(SURELY_SMALL / unit.len()));
            assert!(!small.regex.is_compiled());
            assert!(crate::kb::LazyRegex::new(&small.expression()).is_ok(), "{unit:?} is not small");
            assert!(pattern(kind, &unit.repeat(SURELY_SMALL)).regex.is_compiled());
        }
        assert!(Pattern::new(PatternKind::Literal, &"ks".repeat(100_000)).is_err());
    }

    #[test]
    fn matching_everything_is_what_the_expression_does() {
        for source in ["", " ", "\t\n", "\u{1}", "*", "**", "*?", "?", "*a", "a"] {
            for kind in [PatternKind::Literal, PatternKind::Glob] {
                let pattern = pattern(kind, source);
                let regex = pattern.regex();
                let all = regex.is_match("") && regex.is_match("\u{1}");
                assert_eq!(pattern.matches_everything(), all, "{kind:?} {source:?}");
            }
        }
        for (source, all) in [(".*", true), ("", true), ("^$", false), ("a?", true), ("a", false), ("(?s)^.*$", true)] {
            assert_eq!(pattern(PatternKind::Regex, source).matches_everything(), all, "{source:?}");
        }
    }

    /// Every short text over letters that fold, blanks of several kinds and the signs of globs.
    #[test]
    fn what_is_found_without_an_expression_is_what_it_finds() {
        let letters = ["k", "S", "\u{212a}", "\u{17f}", " ", "\u{a0}", "\u{b}", "*", "?", "\u{e9}", "\n"];
        let texts = |len: usize| {
            let more = |all: Vec<String>| {
                all.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}"))).collect::<Vec<_>>()
            };
            (0..len).scan(vec![String::new()], move |all, _| Some(std::mem::replace(all, more(all.clone())))).flatten()
        };
        let all: Vec<String> = texts(4).collect();
        let sources =
            ["k", "s", "ks", "K s", "s\u{b} k ", "kk", "*", "k*", "*s", "?", "k?s", "*k*s", "??*", " * ", "k *"];
        let mut found = [0, 0];
        for source in sources {
            for kind in [PatternKind::Literal, PatternKind::Glob] {
                let pattern = pattern(kind, source);
                assert!(pattern.is_plain());
                for text in &all {
                    let ranges: Vec<_> = pattern.regex().find_iter(text).map(|found| found.range()).collect();
                    assert_eq!(pattern.is_match(text), !ranges.is_empty(), "{kind:?} {source:?} {text:?}");
                    assert!(pattern.find_all(text).eq(ranges.iter().cloned()), "{kind:?} {source:?} {text:?}");
                    found[usize::from(ranges.is_empty())] += 1;
                }
            }
        }
        assert!(found.iter().all(|count| *count > 1_000), "{found:?}");
        for odd in ["", " ", "\u{e9}"] {
            let pattern = pattern(PatternKind::Literal, odd);
            assert!(!pattern.is_plain() && pattern.is_match(odd) && pattern.find_all(odd).next().is_some(), "{odd:?}");
        }
    }

    #[test]
    fn captures_are_those_of_the_expression() {
        for source in [
            "(?<a>x)(y)(?P<b>z(?<c>q)?)",
            "(?<a>x)|(?<b>y)",
            "(?:(?<a>x)+){2,3}",
            "(?<a>x){0}",
            "(?<a>)*b",
            "[(?<a>)]",
            "",
        ] {
            let pattern = pattern(PatternKind::Regex, source);
            assert!(pattern.captures().eq(pattern.regex().capture_names().flatten()), "{source:?}");
        }
    }

    #[test]
    fn only_what_may_be_too_large_is_compiled_at_once() {
        assert!(!pattern(PatternKind::Regex, r"job \d+ of (?<job>[a-z]+) failed.*again$").regex.is_compiled());
        assert!(pattern(PatternKind::Regex, r"\w+ \w+").regex.is_compiled());
        for source in [r"\w{100}", r"(?:a{1000}){100}", r"((((a{9}){9}){9}){9}){9}"] {
            assert!(Pattern::new(PatternKind::Regex, source).is_err(), "{source:?}");
        }
    }

    #[test]
    fn a_stored_pattern_knows_its_captures_without_compiling() {
        let fresh = pattern(PatternKind::Regex, r"(?<first>a+)(b)(?<second>c)");
        let bytes = postcard::to_stdvec(&fresh).expect("bytes");
        let stored: Pattern = postcard::from_bytes(&bytes).expect("the same");
        assert!(stored.captures().eq(["first", "second"]) && fresh.captures().eq(stored.captures()));
        assert!(!stored.regex.is_compiled() && stored == fresh && stored.clone() == fresh);
        assert_eq!(
            stored.regex().captures("xAABC").and_then(|found| found.name("first").map(|m| m.as_str())),
            Some("AA")
        );
        assert!(stored.regex.is_compiled());
    }
}
