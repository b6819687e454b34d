//! Draws diagnostics the way rustc does. The only file that knows the drawing library.

use annotate_snippets::{AnnotationKind, Level as Drawn, Renderer, Snippet};

use super::{Diagnostic, Level, SourceMap, Span};

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// With colours.
    Color,
    /// Without.
    Plain,
}

/// The excerpt of one diagnostic, without a line end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let level = match diagnostic.level {
        Level::Error => Drawn::ERROR,
        Level::Warning => Drawn::WARNING,
    };
    let file = diagnostic.span().file;
    let source = sources.file(file);
    let name = safe(&source.name);
    let texts: Vec<String> = diagnostic.labels.iter().map(|label| safe(&label.text)).collect();
    let snippet = Snippet::source(&source.text).path(&name).annotations(
        diagnostic.labels.iter().zip(&texts).enumerate().filter(|(_, (label, _))| label.span.file == file).map(
            |(i, (label, text))| {
                let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                kind.span(clamp(label.span, &source.text)).label(text.as_str())
            },
        ),
    );
    let message = safe(&diagnostic.message);
    let helps: Vec<String> = diagnostic.help.iter().map(|help| safe(help)).collect();
    let mut group = level.primary_title(&message).id(diagnostic.code).element(snippet);
    for help in &helps {
        group = group.element(Drawn::HELP.message(help.as_str()));
    }
    let renderer = match style {
        Style::Color => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    renderer.render(&[group]).clone()
}

/// The library panics on a range outside the text or inside a character.
fn clamp(span: Span, text: &str) -> std::ops::Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The library escapes control characters in source text, but not in labels and paths.
fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
