//! Strings and regular expressions: from the characters of the file to the text that is meant, and back.

use crate::diag::{Diagnostic, Span};
use crate::lang::ast::Text;
use crate::lang::diags;

/// Where the string or regular expression ends that begins at `start`; `None` if it is not closed on its line.
pub(super) fn end(source: &str, start: usize) -> Option<usize> {
    let quote = *source.as_bytes().get(start)?;
    let mut escaped = false;
    for (at, byte) in source.bytes().enumerate().skip(start + 1) {
        match byte {
            b'\n' => return None,
            _ if escaped => escaped = false,
            b'\\' if quote != b'\'' => escaped = true,
            _ if byte == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The text of `"…"`, with a diagnostic for every escape that is none.
pub(super) fn string(literal: &str, span: Span, faults: &mut Vec<Diagnostic>) -> Text {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    let mut text = String::new();
    let mut runs = vec![(0, span.start + 1)];
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some((_, escaped)) = chars.next() else { break };
        let source = span.start + 1 + at;
        runs.push((text.len(), source));
        match escaped {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            '\\' | '"' => text.push(escaped),
            other => {
                let place = Span { start: source, end: source + 1 + other.len_utf8(), ..span };
                faults.push(diags::unknown_escape(place, &format!("\\{other}")));
                text.push(other);
            }
        }
        runs.push((text.len(), source + 1 + escaped.len_utf8()));
    }
    Text::spelled(text, span, runs)
}

/// The text of `'…'`.
pub(super) fn raw(literal: &str, span: Span) -> Text {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    Text::spelled(inner, span, vec![(0, span.start + 1)])
}

/// The expression of `/…/`.
pub(super) fn regex(literal: &str, span: Span) -> Text {
    raw(literal, span).unslashed()
}

/// A text in quotes, in the way that needs the fewest escapes.
pub(super) fn quoted(text: &str) -> String {
    let line = !text.contains(['\n', '\t']);
    if line && text.contains(['\\', '"']) && !text.contains('\'') {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' | '"' => out.extend(['\\', c]),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A regular expression between slashes.
pub(super) fn slashed(expression: &str) -> String {
    let mut out = String::from("/");
    let mut escaped = false;
    for c in expression.chars() {
        match c {
            '/' if !escaped => out.push_str("\\/"),
            '\n' => out.push_str(if escaped { "n" } else { "\\n" }),
            other => out.push(other),
        }
        escaped = c == '\\' && !escaped;
    }
    out.push('/');
    out
}

/// Whether a text is a word of the language, so that it needs no quotes.
pub(super) fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '%' | ':' | '+' | '-');
    let mut before = '.';
    for c in text.chars() {
        if !(plain(c) || c == '.' && before != '.') {
            return false;
        }
        before = c;
    }
    before != '.' && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text is a level of the language: a word that begins with a digit, and words that begin with a capital.
pub(super) fn is_level(text: &str) -> bool {
    let mut words = text.split(' ');
    words.next().is_some_and(|word| is_word(word) && word.starts_with(|c: char| c.is_ascii_digit()))
        && words.all(|word| is_word(word) && word.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Whether a word would end a run of subjects; the same list stands in the grammar as `reserved`.
pub(super) fn is_reserved(word: &str) -> bool {
    const RESERVED: &[&str] = &[
        "all", "any", "not", "known", "first", "at", "needs", "when", "symptom", "cause", "last", "count", "sequence",
        "no", "until", "on", "in", "has", "lacks", "matches", "exists", "missing", "as", "within", "covers", "action",
        "doubt",
    ];
    RESERVED.contains(&word)
}

/// Whether a word is an operator or a part of one; the same list stands in the grammar as `op_word`.
pub(super) fn is_operator(word: &str) -> bool {
    matches!(word, "not" | "in" | "has" | "lacks" | "matches" | "exists" | "missing" | "as" | "within")
}

#[cfg(test)]
mod tests {
    use super::{is_operator, is_reserved};

    /// The words between quotes in one production of the grammar.
    fn words(production: &str) -> Vec<&'static str> {
        let grammar = include_str!("../../../grammar/rule.pest");
        let (_, rest) = grammar.split_once(&format!("\n{production} = @{{")).expect("the production");
        let (body, _) = rest.split_once('}').expect("its end");
        body.split('"').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_printer_knows_the_words_of_the_grammar() {
        let reserved = words("reserved");
        assert!(reserved.len() > 20 && reserved.iter().all(|word| is_reserved(word)));
        let operators = words("op_word");
        assert!(operators.len() > 5 && operators.iter().all(|word| is_operator(word) && is_reserved(word)));
    }
}
