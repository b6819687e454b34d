//! How large an expression can become when it is compiled, from above: most need not be compiled to know that they fit.

use regex_syntax::hir::{Class, Hir, HirKind};

/// More than one state of a compiled expression takes.
const STATE: usize = 64;

/// States that one range of letters beyond ASCII may need: it falls apart into sequences of bytes.
const STATES_OF_RANGE: usize = 96;

/// What every expression takes: how it begins and ends, and its tables.
const WHOLE: usize = 4096;

/// An upper bound of the bytes that the expression takes when it is compiled.
pub(super) fn extent(hir: &Hir) -> usize {
    WHOLE.saturating_add(part(hir))
}

/// The parser bounds how deep an expression is nested.
fn part(hir: &Hir) -> usize {
    let inner = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().map(|range| if range.end().is_ascii() { 1 } else { STATES_OF_RANGE }).sum()
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            return part(&repetition.sub).saturating_add(2 * STATE).saturating_mul(times.saturating_add(1));
        }
        HirKind::Capture(capture) => return part(&capture.sub).saturating_add(4 * STATE),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            return parts.iter().map(part).fold(2 * STATE, usize::saturating_add);
        }
    };
    inner.saturating_add(2).saturating_mul(STATE)
}

#[cfg(test)]
mod tests {
    use super::extent;

    /// The compiler itself is asked: what it makes must fit into the bound.
    #[test]
    fn no_expression_grows_beyond_its_bound() {
        let parts = [
            "a",
            "k",
            "[a-z]",
            "[^a]",
            ".",
            "(?s:.)",
            r"\d",
            r"\w",
            r"\W",
            r"\s",
            r"\S",
            r"\b",
            "^",
            r"\pL",
            "[à-ž]",
            "ß",
            r"(?-u:\w)",
            "[\u{81}-\u{10fffe}]",
            "日本",
            "(?<name>x)",
            "",
        ];
        let mut tried = 0;
        for one in parts {
            for form in
                ["$", "$*", "$+?", "$?", "${3}", "${2,}", "${0,40}", "($|x$)+", "$.*$", "(?:(?:$){5}){5}", "$|abc"]
            {
                let text = form.replace('$', one);
                let Ok(hir) = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(&text) else {
                    continue;
                };
                tried += 1;
                let built = regex::RegexBuilder::new(&text).case_insensitive(true).size_limit(extent(&hir)).build();
                assert!(built.is_ok(), "{text:?} needs more than {} bytes", extent(&hir));
            }
        }
        assert!(tried > 150, "only {tried} were tried");
    }
}
