//! Colours and marks, by what a verdict asks of a person.

use anstyle::{AnsiColor, Style};

use crate::verdict::{Group, Verdict};

/// The colour of a group.
pub(super) fn style(group: Group) -> Style {
    let color = match group {
        Group::Act => AnsiColor::Red,
        Group::Watch => AnsiColor::Yellow,
        Group::Collect => AnsiColor::Cyan,
        Group::Ok => AnsiColor::Green,
    };
    color.on_default()
}

/// What is read first.
pub(super) const STRONG: Style = Style::new().bold();

/// What is read last.
pub(super) const DIM: Style = Style::new().dimmed();

/// The text in a style, if there is colour. Each line is painted on its own by the caller.
pub(super) fn paint(text: &str, style: Style, color: bool) -> String {
    if color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// The mark before a finding.
pub(super) fn mark(verdict: Verdict) -> &'static str {
    match verdict.group() {
        Group::Act => "✗",
        Group::Watch => "!",
        Group::Collect => "?",
        Group::Ok => "✓",
    }
}
