//! Text patterns: literal, glob or regex, all of them without regard to case unless a regex says otherwise.

use regex::Regex;

/// How a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternKind {
    /// Text that must occur. A blank stands for any run of blanks and line breaks, since viewers re-wrap.
    Literal,
    /// `*` and `?`; the whole value must match.
    Glob,
    /// A regular expression, found anywhere. Named groups capture.
    Regex,
}

/// A compiled pattern. Two patterns are equal if they are written alike.
#[derive(Debug, Clone)]
pub struct Pattern {
    kind: PatternKind,
    source: String,
    regex: Regex,
}

/// A regular expression that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// What is wrong.
    pub message: String,
    /// Where in the pattern, in bytes, if the compiler says.
    pub at: Option<(usize, usize)>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// A regular expression with a fault, or one that would grow too large.
    pub fn new(kind: PatternKind, source: &str) -> Result<Self, PatternError> {
        let regex = match kind {
            PatternKind::Literal => literal(source),
            PatternKind::Glob => glob(source),
            PatternKind::Regex => {
                if let Err(error) = regex_syntax::Parser::new().parse(source) {
                    return Err(syntax_error(&error));
                }
                source.to_owned()
            }
        };
        let regex = regex::RegexBuilder::new(&regex)
            .case_insensitive(true)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| PatternError { message: error.to_string(), at: None })?;
        Ok(Self { kind, source: source.to_owned(), regex })
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

    /// The expression that decides.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.regex
    }

    /// The names that it captures.
    pub fn captures(&self) -> impl Iterator<Item = &str> {
        self.regex.capture_names().flatten()
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

fn syntax_error(error: &regex_syntax::Error) -> PatternError {
    let (message, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
        other => (other.to_string(), None),
    };
    PatternError { message, at: span.map(|span| (span.start.offset, span.end.offset)) }
}
