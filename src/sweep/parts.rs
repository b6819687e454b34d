//! What stands in everything that a pattern matches.
//!
//! A [`Set`] is a list of plain texts of which at least one stands in every match. A pattern has as many sets as its
//! form gives: `error.*(disk|tape) full` has `error` and `disk full`/`tape full`. All of them are kept; which one
//! is looked for first is decided later, with all patterns in view.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use regex_syntax::{Parser, ParserBuilder};

use super::Pattern;
use super::text::{plain_char, squeeze, words};

/// Plain texts of which one must stand on the line.
pub(super) type Set = Vec<Vec<u8>>;

/// So many sets of one pattern are kept.
const MAX_SETS: usize = 6;

/// So many texts may be in one set.
const MAX_TEXTS: usize = 32;

/// A longer text is cut: its beginning is required, too.
pub(super) const MAX_TEXT: usize = 512;

/// A set can be looked for if each of its texts has a word of so many bytes.
const MIN_WORD: usize = 3;

/// The sets of a pattern, the one with the longest texts first; a pattern that cannot be read has none.
pub(super) fn sets(pattern: &Pattern<'_>) -> Vec<Set> {
    let mut sets = match pattern {
        Pattern::Literal(text) => vec![vec![text.chars().map(plain_char).collect()]],
        Pattern::Regex(regex) => {
            // No plain text depends on case, and few patterns on what is beyond ASCII: both make parsing slow.
            let ascii = ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).ok();
            let hir = ascii.or_else(|| Parser::new().parse(regex).ok());
            hir.map(|hir| part(&hir).into_sets()).unwrap_or_default()
        }
    };
    for set in &mut sets {
        for text in &mut *set {
            squeeze(text);
            text.truncate(MAX_TEXT);
            squeeze(text);
        }
        set.sort_unstable();
        set.dedup();
    }
    sets.retain(|set| !set.is_empty() && set.iter().all(|text| !text.is_empty()));
    if sets.len() > 1 {
        sets.sort_by(|a, b| worth(b).cmp(&worth(a)).then_with(|| a.cmp(b)));
        sets.dedup();
        sets.truncate(MAX_SETS);
    }
    sets
}

/// Whether a set can be looked for, and is not only good for ruling out lines that were found otherwise.
pub(super) fn is_usable(mut set: impl Iterator<Item = impl AsRef<[u8]>>) -> bool {
    set.all(|text| words(text.as_ref()).any(|word| word.len() >= MIN_WORD))
}

/// A set is worth as much as its shortest text.
fn worth(set: &Set) -> (bool, usize) {
    (is_usable(set.iter()), set.iter().map(Vec::len).min().unwrap_or(0))
}

/// What is known of a part of a pattern.
#[derive(Default)]
struct Part {
    /// All that the part can match, if that is a short list.
    exact: Option<Set>,
    /// The sets that were found inside.
    sets: Vec<Set>,
}

impl Part {
    fn exact(set: Set) -> Self {
        Self { exact: Some(set), sets: Vec::new() }
    }

    fn unknown() -> Self {
        Self::default()
    }

    fn into_sets(mut self) -> Vec<Set> {
        self.sets.extend(self.exact);
        self.sets
    }
}

/// The depth is bounded by the parser's limit on nesting.
fn part(hir: &Hir) -> Part {
    match hir.kind() {
        // Anchors and word boundaries take no room.
        HirKind::Empty | HirKind::Look(_) => Part::exact(vec![Vec::new()]),
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            Part::exact(vec![text.chars().map(plain_char).collect()])
        }
        HirKind::Class(class) => plain_class(class).map_or_else(Part::unknown, |byte| Part::exact(vec![vec![byte]])),
        HirKind::Repetition(repetition) => repeated(repetition),
        HirKind::Capture(capture) => part(&capture.sub),
        HirKind::Concat(parts) => concat(parts.iter().map(part)),
        HirKind::Alternation(branches) => alternation(branches.iter().map(part).collect()),
    }
}

/// The one plain byte that all members of a class have, as the two cases of a letter, or all white space.
fn plain_class(class: &Class) -> Option<u8> {
    /// No class of more members within ASCII has one plain form.
    const MOST: u32 = 0x40;
    let mut found = None;
    let mut same = |byte: u8| *found.get_or_insert(byte) == byte;
    let all_same = match class {
        Class::Unicode(class) => class.iter().all(|range| {
            let (from, to) = (range.start() as u32, range.end() as u32);
            // Beyond ASCII all is a blank but for the two letters that fold.
            let ends = [from, to.min(from + MOST)];
            let folds = [0x17f, 0x212a].iter().filter(|letter| (from..=to).contains(letter)).copied();
            let inner = (ends[0]..=ends[1]).chain([to]).chain(folds).filter_map(char::from_u32);
            inner.map(plain_char).all(&mut same)
        }),
        // What a byte beyond ASCII is a part of is not known.
        Class::Bytes(class) => {
            class.is_ascii()
                && class
                    .iter()
                    .all(|range| (range.start()..=range.end()).map(char::from).map(plain_char).all(&mut same))
        }
    };
    found.filter(|_| all_same)
}

fn repeated(repetition: &Repetition) -> Part {
    if repetition.min == 0 {
        return Part::unknown();
    }
    let inner = part(&repetition.sub);
    match &inner.exact {
        // One blank stands for many.
        Some(exact) if exact.iter().all(|text| text.iter().all(|&byte| byte == b' ') && !text.is_empty()) => {
            Part::exact(vec![vec![b' ']])
        }
        Some(_) if repetition.max == Some(1) => inner,
        _ => Part { exact: None, sets: inner.into_sets() },
    }
}

/// Joins what stands side by side for as long as the list of all that can stand there is short.
fn concat(parts: impl Iterator<Item = Part>) -> Part {
    let mut sets = Vec::new();
    let mut run: Set = vec![Vec::new()];
    let mut whole = true;
    for part in parts {
        sets.extend(part.sets);
        match part.exact {
            Some(exact) if run.len() * exact.len() <= MAX_TEXTS => run = product(&run, &exact),
            Some(exact) => {
                sets.push(std::mem::replace(&mut run, exact));
                whole = false;
            }
            None => {
                sets.push(std::mem::replace(&mut run, vec![Vec::new()]));
                whole = false;
            }
        }
    }
    if whole {
        return Part { exact: Some(run), sets };
    }
    sets.push(run);
    Part { exact: None, sets }
}

fn product(heads: &Set, tails: &Set) -> Set {
    heads.iter().flat_map(|head| tails.iter().map(|tail| [head.as_slice(), tail].concat())).collect()
}

/// One of the branches matches, so one text of one of them stands there.
fn alternation(branches: Vec<Part>) -> Part {
    let exact: Option<Vec<&Set>> = branches.iter().map(|branch| branch.exact.as_ref()).collect();
    if let Some(exact) = exact {
        let all: Set = exact.into_iter().flatten().cloned().collect();
        return if all.len() <= MAX_TEXTS { Part::exact(all) } else { Part::unknown() };
    }
    let best = branches.into_iter().map(|branch| branch.into_sets().into_iter().max_by_key(|set| worth(&trimmed(set))));
    let union: Option<Vec<Set>> = best.collect();
    let union: Set = union.into_iter().flatten().flatten().collect();
    let sets = if union.is_empty() || union.len() > MAX_TEXTS { Vec::new() } else { vec![union] };
    Part { exact: None, sets }
}

fn trimmed(set: &Set) -> Set {
    let mut set = set.clone();
    set.iter_mut().for_each(squeeze);
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: Pattern<'_>, expected: &str) {
        let sets: Vec<String> = sets(&pattern)
            .iter()
            .map(|set| set.iter().map(|text| String::from_utf8_lossy(text)).collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(sets.join(" & "), expected, "{pattern:?}");
    }

    #[test]
    fn a_literal_is_its_words() {
        check(Pattern::Literal("Unable  to\tConnect "), "unable to connect");
        check(Pattern::Literal("Gerät an"), "ger t an");
        check(Pattern::Literal("a~b ~~> c"), "a b > c");
        check(Pattern::Literal(" ~ "), "");
    }

    #[test]
    fn every_part_that_all_matches_go_through_counts() {
        check(Pattern::Regex(r"Unable\s+to\s+Connect"), "unable to connect");
        check(Pattern::Regex(r"Server\.~[\s~]+\$"), "server. $");
        check(Pattern::Regex(r"disk task skipped"), "disk task skipped");
        check(Pattern::Regex(r"ID \d+.*rc=5"), "rc=5 & id");
        check(Pattern::Regex(r"error.*(disk|tape) full"), "disk full|tape full & error");
        check(Pattern::Regex(r"foo.{0,20}\b(?:error|code|status)\b"), "code|error|status & foo");
        check(Pattern::Regex(r"^(?P<name>on PDC) \(1326\)$"), "on pdc (1326)");
        check(Pattern::Regex(r"(abc)+def"), "abc & def");
        check(Pattern::Regex(r"(abc)?def(ghi)*"), "def");
        check(Pattern::Regex(r"one.two|three[0-9]four"), "three|two");
        check(Pattern::Regex(r"one|.*"), "");
        check(Pattern::Regex(r"(?-i)SKIP [ \t]+x"), "skip x");
        check(Pattern::Regex(r"ab[cd]ef"), "ab & ef");
        check(Pattern::Regex(r"a\x00b\u{17f}c"), "a bsc");
        check(Pattern::Regex(r"(((("), "");
        check(Pattern::Regex(r"[^\s\S]"), "");
        check(Pattern::Regex(r"a[^\x00-\x7f]b[\x{17f}s]c"), "bsc & a");
        check(Pattern::Regex(r"a[^\x00-\x7f]bcd"), "bcd & a");
        check(Pattern::Regex(r"x\x{212A}y(?i:K)z[^\x00-\x{fe}]"), "xkykz");
        check(Pattern::Regex(r"Gerät\W+an\pL"), "ger t & an");
    }

    #[test]
    fn lists_do_not_explode() {
        let letters = "(aa|b)".repeat(40);
        let found = sets(&Pattern::Regex(&letters));
        assert!(!found.is_empty() && found.iter().all(|set| set.len() <= MAX_TEXTS), "{found:?}");
    }

    #[test]
    fn a_set_of_short_words_is_not_looked_for() {
        assert!(is_usable([b"a bcd".as_slice()].iter()));
        assert!(!is_usable([b"a bc de".as_slice()].iter()));
        assert!(!is_usable([b"abc".as_slice(), b"de".as_slice()].iter()));
    }
}
