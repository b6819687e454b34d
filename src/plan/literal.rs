//! Literals that every match of a pattern must hold, so that one pass over a line can rule out most patterns.

use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};
use regex_syntax::hir::{Hir, HirKind};

use crate::rule::{Pattern, PatternKind};

/// Texts of which at least one stands, in lower case, in everything that the pattern matches; `None` if there is no
/// such list worth looking for.
pub(super) fn required(pattern: &Pattern) -> Option<Vec<String>> {
    match pattern.kind() {
        PatternKind::Literal => {
            // A blank stands for any run of blanks, so the longest word is what certainly occurs as it is.
            let word = pattern.source().split_whitespace().max_by_key(|word| word.len())?;
            usable(vec![word.to_lowercase()])
        }
        PatternKind::Regex => {
            let hir = regex_syntax::ParserBuilder::new().build().parse(pattern.source()).ok()?;
            longest(&hir)
        }
        PatternKind::Glob => None,
    }
}

/// Caseless search folds ASCII only, so a literal with other letters cannot be looked for.
fn usable(texts: Vec<String>) -> Option<Vec<String>> {
    let ok = !texts.is_empty() && texts.iter().all(|text| text.len() >= 3 && text.is_ascii());
    ok.then_some(texts)
}

/// The best list among the parts that every match goes through.
fn longest(hir: &Hir) -> Option<Vec<String>> {
    let own = whole(hir);
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.iter().filter_map(longest).collect(),
        HirKind::Capture(capture) => longest(&capture.sub).into_iter().collect(),
        HirKind::Repetition(repetition) if repetition.min > 0 => longest(&repetition.sub).into_iter().collect(),
        _ => Vec::new(),
    };
    let worth = |texts: &Vec<String>| texts.iter().map(String::len).min().unwrap_or(0);
    parts.into_iter().chain(own).max_by_key(worth)
}

fn whole(hir: &Hir) -> Option<Vec<String>> {
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_total(16);
    let seq: Seq = extractor.extract(hir);
    let texts = seq.literals()?.iter().map(|literal| String::from_utf8(literal.as_bytes().to_vec()).ok());
    usable(texts.map(|text| text.map(|text| text.to_lowercase())).collect::<Option<_>>()?)
}
