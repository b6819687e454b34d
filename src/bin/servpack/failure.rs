//! Why a command could not do its work: the message, what to try, and the exit code.

use std::error::Error;
use std::fmt;

use servpack::report::safe;

/// Why the work could not be done.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    source: Option<Box<dyn Error>>,
    hints: Vec<String>,
}

/// What the exit code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Bad usage, or bad rules.
    Usage,
    /// A bundle could not be read at all.
    Unreadable,
    /// There was nothing to audit.
    Nothing,
}

impl Failure {
    /// What was asked for makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, message: message.into(), source: None, hints: Vec::new() }
    }

    /// The same, as the library says it.
    pub(crate) fn usage_of(error: impl Error + 'static) -> Self {
        Self::from_error(Kind::Usage, error)
    }

    /// The rules cannot be used.
    pub(crate) fn rules(error: impl Error + 'static) -> Self {
        Self::from_error(Kind::Usage, error)
    }

    /// A bundle cannot be read.
    pub(crate) fn unreadable(error: impl Error + 'static) -> Self {
        Self::from_error(Kind::Unreadable, error)
    }

    /// The same, of what has no error type of its own.
    pub(crate) fn read(what: &str, error: std::io::Error) -> Self {
        Self { kind: Kind::Unreadable, ..Self::usage(format!("{what}: {error}")) }
    }

    /// No source was recognised.
    pub(crate) fn nothing(message: impl Into<String>) -> Self {
        Self { kind: Kind::Nothing, ..Self::usage(message) }
    }

    /// What to try.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// `did you mean …?`, if something is near.
    pub(crate) fn nearest<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        let near = servpack::diag::nearest(word, candidates);
        match near.as_slice() {
            [] => self,
            near => {
                let near: Vec<String> = near.iter().map(|word| format!("`{word}`")).collect();
                self.hint(format!("did you mean {}?", near.join(" or ")))
            }
        }
    }

    /// The exit code, as `servpack --help` lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Usage => 2,
            Kind::Unreadable => 3,
            Kind::Nothing => 4,
        }
    }

    fn from_error(kind: Kind, error: impl Error + 'static) -> Self {
        // The words of the error come first; what lies behind it follows, unless the error says it already.
        let message = error.to_string();
        Self { kind, message, source: Some(Box::new(error)), hints: Vec::new() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&safe(&self.message))?;
        let mut said = self.message.clone();
        let mut source = self.source.as_deref().and_then(Error::source);
        while let Some(error) = source {
            let text = error.to_string();
            if !said.contains(&text) {
                write!(f, "\n  because: {}", safe(&text))?;
                said = text;
            }
            source = error.source();
        }
        for hint in &self.hints {
            write!(f, "\n  hint: {}", safe(hint))?;
        }
        Ok(())
    }
}
