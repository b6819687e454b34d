//! What stands in everything that a pattern matches.
//!
//! A [`Set`] is a list of plain texts of which at least one stands in every match. A pattern has as many sets as its
//! form gives: `error.*(disk|tape) full` has `error` and `disk full`/`tape full`. All of them are kept; which one
//! is looked for first is decided later, with all patterns in view.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use regex_syntax::{Parser, ParserBuilder};
use serde::{Deserialize, Serialize};

use super::Pattern;
use super::text::{plain_char, squeeze, words};

/// Plain texts of which one must stand on the line.
pub(super) type Set = Vec<Vec<u8>>;

/// A set, and where its texts stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    pub(super) texts: Set,
    pub(super) order: Order,
}

/// Where a set stands among those that follow each other in a pattern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Order {
    /// Its number among them, from 1; 0 if it may stand anywhere.
    pub(super) number: u8,
    /// So many letters may stand between it and the one before.
    pub(super) gap: u16,
}

/// Stands for any number of letters.
pub(super) const ANY_GAP: u16 = u16::MAX;

/// A longer gap is as good as any.
const LONGEST_GAP: usize = 1024;

/// So many sets of one pattern are kept.
const MAX_SETS: usize = 6;

/// So many texts may be in one set.
const MAX_TEXTS: usize = 32;

/// A longer text is cut: its beginning is required, too.
pub(super) const MAX_TEXT: usize = 512;

/// A set can be looked for if each of its texts has a word of so many bytes.
const MIN_WORD: usize = 3;

/// The sets of a pattern, the one with the longest texts first; a pattern that cannot be read has none.
pub(super) fn sets(pattern: &Pattern<'_>) -> Vec<Wanted> {
    let mut sets = match pattern {
        Pattern::Literal(text) => vec![anywhere(vec![text.chars().map(plain_char).collect()])],
        Pattern::Regex(regex) => {
            // No plain text depends on case, and few patterns on what is beyond ASCII: both make parsing slow.
            let ascii = ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).ok();
            let hir = ascii.or_else(|| Parser::new().parse(regex).ok());
            hir.map(|hir| part(&hir).into_sets()).unwrap_or_default()
        }
    };
    for Wanted { texts, .. } in &mut sets {
        for text in &mut *texts {
            squeeze(text);
            text.truncate(MAX_TEXT);
            squeeze(text);
        }
        texts.sort_unstable();
        texts.dedup();
    }
    sets.retain(|set| !set.texts.is_empty() && set.texts.iter().all(|text| !text.is_empty()));
    if sets.len() > 1 {
        sets.sort_by(|a, b| worth(&b.texts).cmp(&worth(&a.texts)).then_with(|| a.cmp(b)));
        sets.dedup();
        sets.truncate(MAX_SETS);
    }
    sets
}

fn anywhere(texts: Set) -> Wanted {
    Wanted { texts, order: Order::default() }
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
    sets: Vec<Wanted>,
}

impl Part {
    fn exact(set: Set) -> Self {
        Self { exact: Some(set), sets: Vec::new() }
    }

    fn unknown() -> Self {
        Self::default()
    }

    fn into_sets(mut self) -> Vec<Wanted> {
        self.sets.extend(self.exact.map(anywhere));
        self.sets
    }

    /// The same as a part of another: what follows each other there says nothing of what stands beside it.
    fn inside(self) -> impl Iterator<Item = Set> {
        self.into_sets().into_iter().map(|set| set.texts)
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
        HirKind::Concat(parts) => concat(parts),
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
        _ => Part { exact: None, sets: inner.inside().map(anywhere).collect() },
    }
}

/// Joins what stands side by side for as long as the list of all that can stand there is short.
fn concat(parts: &[Hir]) -> Part {
    let mut inside = Vec::new();
    let mut runs = Runs::default();
    let mut run: Set = vec![Vec::new()];
    for hir in parts {
        let part = part(hir);
        inside.extend(part.sets.into_iter().map(|set| anywhere(set.texts)));
        match part.exact {
            Some(exact) if run.len() * exact.len() <= MAX_TEXTS => run = product(&run, &exact),
            Some(exact) => runs.push(std::mem::replace(&mut run, exact), Some(0)),
            None => runs.push(std::mem::replace(&mut run, vec![Vec::new()]), hir.properties().maximum_len()),
        }
    }
    if runs.is_whole {
        return Part { exact: Some(run), sets: inside };
    }
    runs.push(run, Some(0));
    inside.extend(runs.sets);
    Part { exact: None, sets: inside }
}

/// What stands side by side, in order.
struct Runs {
    sets: Vec<Wanted>,
    /// How many letters may stand behind the last one. Where a pattern is read without regard to letters beyond ASCII, that
    /// is how many bytes it matches at most.
    gap: Option<usize>,
    /// There is but one run up to now.
    is_whole: bool,
}

impl Default for Runs {
    fn default() -> Self {
        Self { sets: Vec::new(), gap: None, is_whole: true }
    }
}

impl Runs {
    /// Adds a run, and how many letters may stand behind it.
    fn push(&mut self, run: Set, behind: Option<usize>) {
        self.is_whole = false;
        let blank = |at: fn(&[u8]) -> Option<&u8>| run.iter().any(|text| at(text) == Some(&b' '));
        // One blank stands for many, and what is cut off is of any length.
        let (open_before, open_behind) = (blank(<[u8]>::first), blank(<[u8]>::last));
        let is_cut = run.iter().any(|text| text.len() > MAX_TEXT);
        if run.iter().all(Vec::is_empty) {
            self.gap = self.gap.zip(behind).map(|(gap, more)| gap + more);
            return;
        }
        let gap = self.gap.filter(|&gap| !open_before && gap <= LONGEST_GAP).map_or(ANY_GAP, |gap| gap as u16);
        let number = u8::try_from(self.sets.len() + 1).unwrap_or(0);
        self.sets.push(Wanted { texts: run, order: Order { number, gap } });
        self.gap = behind.filter(|_| !open_behind && !is_cut);
    }
}

fn product(heads: &Set, tails: &Set) -> Set {
    heads.iter().flat_map(|head| tails.iter().map(|tail| [head.as_slice(), tail].concat())).collect()
}

/// One of the branches matches, so one text of one of them stands there: of the best set of each branch, and of the second
/// best of each, and so on. Which of these is seldom met in the input is known later.
fn alternation(branches: Vec<Part>) -> Part {
    let exact: Option<Vec<&Set>> = branches.iter().map(|branch| branch.exact.as_ref()).collect();
    if let Some(exact) = exact {
        let all: Set = exact.into_iter().flatten().cloned().collect();
        return if all.len() <= MAX_TEXTS { Part::exact(all) } else { Part::unknown() };
    }
    let mut branches: Vec<Vec<Set>> = branches.into_iter().map(|branch| branch.inside().collect()).collect();
    for sets in &mut branches {
        sets.sort_by_cached_key(|set| std::cmp::Reverse(worth(&trimmed(set))));
    }
    let most = branches.iter().map(Vec::len).max().unwrap_or(0).min(MAX_SETS);
    let union = |rank: usize| -> Option<Set> {
        let of_each: Option<Vec<&Set>> = branches.iter().map(|sets| sets.get(rank).or(sets.last())).collect();
        Some(of_each?.into_iter().flatten().cloned().collect()).filter(|union: &Set| union.len() <= MAX_TEXTS)
    };
    Part { exact: None, sets: (0..most).filter_map(union).map(anywhere).collect() }
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
            .map(|set| set.texts.iter().map(|text| String::from_utf8_lossy(text)).collect::<Vec<_>>().join("|"))
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
        check(Pattern::Regex(r"one.two|three[0-9]four"), "four|two & one|three");
        check(Pattern::Regex(r"one.two|three"), "one|three & three|two");
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

    /// The sets that follow each other, with the gap before each; `*` is any.
    fn ordered(regex: &str) -> String {
        let mut sets = sets(&Pattern::Regex(regex));
        sets.retain(|set| set.order.number > 0);
        sets.sort_by_key(|set| set.order.number);
        let show = |Wanted { texts, order }: &Wanted| {
            let gap = if order.gap == ANY_GAP { "*".to_owned() } else { order.gap.to_string() };
            let texts: Vec<_> = texts.iter().map(|text| String::from_utf8_lossy(text)).collect();
            format!("{}:{gap} {}", order.number, texts.join("|"))
        };
        sets.iter().map(show).collect::<Vec<_>>().join(" & ")
    }

    #[test]
    fn what_follows_each_other_does_so_on_the_line() {
        for (regex, expected) in [
            (r"foo.{0,20}\b(?:error|code)\b", "1:* foo & 2:20 code|error"),
            (r"foo.*bar\d{3}baz", "1:* foo & 2:* bar & 3:3 baz"),
            (r"foo[ab][cd]bar", "1:* foo & 2:2 bar"),
            // A blank beside a gap may be a run of any length.
            (r"foo .bar. baz", "1:* foo & 2:* bar & 3:* baz"),
            (r"foo\d \dbar", "1:* foo & 3:* bar"),
            (r"foo(?:a.b)?bar", "1:* foo & 2:3 bar"),
            (r"foo(?:a.b)bar", "1:* fooa & 2:1 bbar"),
            (r"foo(a.b)bar", "1:* foo & 2:3 bar"),
            (r"foo(?:x|y*)bar", "1:* foo & 2:* bar"),
            (r"foo.{0,4000}bar", "1:* foo & 2:* bar"),
            (r"foo.bar|baz", ""),
            (r"foo", ""),
        ] {
            assert_eq!(ordered(regex), expected, "{regex}");
        }
        let long = "x".repeat(MAX_TEXT + 1);
        assert!(ordered(&format!("a{long}.bar")).ends_with("2:* bar"));
    }

    #[test]
    fn lists_do_not_explode() {
        let letters = "(aa|b)".repeat(40);
        let found = sets(&Pattern::Regex(&letters));
        assert!(!found.is_empty() && found.iter().all(|set| set.texts.len() <= MAX_TEXTS), "{found:?}");
    }

    #[test]
    fn a_set_of_short_words_is_not_looked_for() {
        assert!(is_usable([b"a bcd".as_slice()].iter()));
        assert!(!is_usable([b"a bc de".as_slice()].iter()));
        assert!(!is_usable([b"abc".as_slice(), b"de".as_slice()].iter()));
    }
}
