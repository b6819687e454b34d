//! The sweep against a matcher that tries each text on each line.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::required;
use super::text::{plain, squeeze, unfold};
use super::{Candidate, Pattern, Required, Scratch, Sweep, count_line_ends};

/// The lines of a text, as `start..end`, the obvious way.
fn lines(text: &[u8]) -> Vec<(usize, usize)> {
    let (mut all, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        if text[at] == b'\n' || text[at] == b'\r' {
            all.push((start, at));
            if text[at..].starts_with(b"\r\n") {
                at += 1;
            }
            start = at + 1;
        }
        at += 1;
    }
    if start < text.len() {
        all.push((start, text.len()));
    }
    all
}

/// Tries every set of every pattern on every line: the line in its plain form holds the text or it does not.
fn naive(patterns: &[Pattern<'_>], text: &[u8]) -> Vec<Candidate> {
    let all: Vec<_> = patterns.iter().map(required::sets).collect();
    let mut found = Vec::new();
    for (line, (start, end)) in lines(text).into_iter().enumerate() {
        let mut unfolded = Vec::new();
        unfold(&text[start..end], &mut unfolded, &mut Vec::new());
        let mut squeezed: Vec<u8> = unfolded.into_iter().map(plain).collect();
        squeezed.dedup_by(|a, b| *a == b' ' && *b == b' ');
        for (pattern, sets) in all.iter().enumerate().filter(|(_, sets)| sets.iter().any(required::is_usable)) {
            let holds = |text: &Vec<u8>| squeezed.windows(text.len()).any(|window| window == text);
            if sets.iter().all(|set| set.iter().any(holds)) {
                found.push(Candidate { line: line as u64, start, end, pattern: pattern as u32 });
            }
        }
    }
    found
}

/// Cuts a text at line starts into blocks of about `size` bytes and scans them one by one.
fn in_blocks(sweep: &Sweep, text: &[u8], size: usize) -> Vec<Candidate> {
    let mut scratch = Scratch::default();
    let (mut found, mut from, mut line) = (Vec::new(), 0, 0);
    let ends: Vec<usize> = lines(text).iter().map(|line| line.0).skip(1).chain([text.len()]).collect();
    while from < text.len() {
        let to = ends.iter().copied().find(|&end| end >= from + size).unwrap_or(text.len());
        let block = &text[from..to];
        line += sweep.scan(block, &mut scratch, &mut |candidate| {
            let Candidate { line: at, start, end, pattern } = candidate;
            found.push(Candidate { line: line + at, start: from + start, end: from + end, pattern });
        });
        from = to;
    }
    assert_eq!(line, count_line_ends(text), "lines");
    found
}

const BLOCKS: [usize; 9] = [1, 2, 7, 64, 100, 1_000, 4_096, 65_536, 1 << 20];

fn check(patterns: &[Pattern<'_>], text: &[u8], sample: &[u8], blocks: &[usize]) {
    let required = Required::new(patterns);
    let sweep = Sweep::new(&required, sample);
    let expected = naive(patterns, text);
    for &size in blocks {
        let found = in_blocks(&sweep, text, size);
        if found != expected {
            let all: BTreeSet<_> = expected.iter().chain(&found).collect();
            let wrong: Vec<_> = all.into_iter().filter(|c| found.contains(c) != expected.contains(c)).take(5).collect();
            let told: Vec<_> = wrong
                .iter()
                .map(|c| {
                    (expected.contains(c), String::from_utf8_lossy(&text[c.start..c.end]), patterns[c.pattern as usize])
                })
                .collect();
            panic!("blocks of {size}, lanes {}: {wrong:?} {told:?}", sweep.lanes());
        }
        assert!(found.windows(2).all(|two| two[0] < two[1]), "in order, each once");
    }
    // No line that a pattern matches may be missing.
    for (number, pattern) in patterns.iter().enumerate() {
        let number = number as u32;
        let regex = match pattern {
            Pattern::Literal(text) => text.split_whitespace().map(regex::escape).collect::<Vec<_>>().join(r"\s+"),
            Pattern::Regex(regex) => (*regex).to_owned(),
        };
        let Ok(regex) = regex::RegexBuilder::new(&regex).case_insensitive(true).build() else { continue };
        for (start, end) in lines(text) {
            let line = String::from_utf8_lossy(&text[start..end]).replace('\0', " ");
            let known = sweep.slow().contains(&number)
                || expected.iter().any(|candidate| (candidate.start, candidate.pattern) == (start, number));
            assert!(known || !regex.is_match(&line), "{pattern:?} matches {line:?}");
        }
    }
}

/// Words of the patterns and of the text alike, so that nearly everything nearly matches.
const WORDS: &[&str] = &[
    "Unable",
    "to",
    "connect",
    "server",
    "SMS_SITE_COMPONENT_MANAGER",
    "error",
    "status",
    "rc=",
    "5",
    "1326",
    "not",
    "be",
    "opened",
    "inventory",
    "items",
    "disk",
    "full",
    "kiosk",
    "sks",
    "a",
    "ID:",
    "(x86)",
    "C:\\SMS\\bin",
    "Gerät",
    "x",
    "aaaa",
    "aaaaaaaaaaaaaaaa",
    "$$<",
    "~",
    "[TRACE]",
];

const GAPS: &[&str] = &[" ", " ", " ", " ", "", "  ", "\t", " \t ", "\0", "\u{a0}", "   ", ".", "-", "\u{2003}"];

const ENDS: &[&str] = &["\r\n", "\r\n", "\n", "\r", "\r\n\r\n", "\n\n"];

fn word() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(WORDS).prop_map(str::to_owned);
    let strange = prop::sample::select(WORDS).prop_map(|word| word.replace('s', "ſ").replace(['k', 'K'], "\u{212a}"));
    let upper = prop::sample::select(WORDS).prop_map(str::to_uppercase);
    let lower = prop::sample::select(WORDS).prop_map(str::to_lowercase);
    prop_oneof![20 => plain, 4 => upper, 4 => lower, 1 => strange]
}

fn phrase(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec((word(), prop::sample::select(GAPS)), 1..=most)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| word + gap).collect())
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = (phrase(12), prop::sample::select(ENDS)).prop_map(|(line, end)| (line + end).into_bytes());
    let stray = prop::collection::vec(any::<u8>(), 0..40);
    let long = (phrase(4), 1..400usize).prop_map(|(phrase, times)| phrase.repeat(times).into_bytes());
    prop::collection::vec(prop_oneof![20 => line, 1 => stray, 1 => long], 0..60).prop_map(|parts| parts.concat())
}

/// `true` for a regex.
fn pattern() -> impl Strategy<Value = (bool, String)> {
    let literal = phrase(5).prop_map(|text| (false, text));
    let escaped = || phrase(3).prop_map(|text| regex::escape(&text));
    let regex = (escaped(), prop::sample::select(&[".*", r"\d+", r"\s+", ".{0,20}", r"\s*", "[a-z]?"][..]), escaped())
        .prop_map(|(a, joint, b)| (true, format!("{a}{joint}{b}")));
    let either = (escaped(), escaped(), escaped()).prop_map(|(a, b, c)| (true, format!("{a}(?:{b}|{c})")));
    let optional = (escaped(), escaped()).prop_map(|(a, b)| (true, format!("^.*{a}(?:{b})?$")));
    prop_oneof![3 => literal, 1 => regex, 1 => either, 1 => optional]
}

fn borrowed(patterns: &[(bool, String)]) -> Vec<Pattern<'_>> {
    let mut all: Vec<Pattern<'_>> = Vec::new();
    for (is_regex, text) in patterns {
        all.push(if *is_regex { Pattern::Regex(text) } else { Pattern::Literal(text) });
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_the_obvious_way_finds(
        patterns in prop::collection::vec(pattern(), 1..60),
        text in text(),
        sample in text(),
        block in prop::sample::select(&BLOCKS[..]),
    ) {
        check(&borrowed(&patterns), &text, b"", &[block]);
        check(&borrowed(&patterns), &text, &sample, &[block]);
        check(&borrowed(&patterns), &text, &text, &[1 << 20]);
    }
}
