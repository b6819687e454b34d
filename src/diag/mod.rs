//! What is wrong with a text that someone wrote, where, and what to do: plain data, drawn by [`render`] alone.

mod nearest;
mod render;
mod source;

pub use nearest::nearest;
pub use render::{Style, render};
pub use source::{FileId, LineCol, SourceFile, SourceMap, Span};

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The text cannot be used.
    Error,
    /// The text can be used and is probably not what was meant.
    Warning,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its permanent name, in kebab-case: `unknown-field`.
    pub code: &'static str,
    /// Its weight.
    pub level: Level,
    /// What is wrong: a lower-case fragment without a full stop, names in backticks.
    pub message: String,
    /// Where; the first is the place of the fault.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Vec<String>,
}

/// A place that a diagnostic speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What stands there; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// An error at one place.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        let label = Label { span, text: label.into() };
        Self { code, level: Level::Error, message: message.into(), labels: vec![label], help: Vec::new() }
    }

    /// A warning at one place.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(code, message, span, label) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Where the fault is.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels.first().map_or_else(Span::default, |label| label.span)
    }
}
