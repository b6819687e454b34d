//! The sweep against a matcher that tries each text on each line.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::choose::{Lanes, SHAPES};
use super::packed::{PIECE_SIZE, PLACES};
use super::parts::{Wanted, is_usable, sets};
use super::text::unfold;
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

/// A line as words with one blank between them, the obvious way.
fn squeezed(line: &[u8]) -> Vec<u8> {
    let mut unfolded = Vec::new();
    unfold(line, &mut unfolded, &mut Vec::new());
    let is_white = |byte: u8| byte <= b' ' || byte >= 0x80 || byte == b'~';
    let plain = |byte: u8| if is_white(byte) { b' ' } else { byte.to_ascii_lowercase() };
    let mut squeezed: Vec<u8> = unfolded.into_iter().map(plain).collect();
    squeezed.dedup_by(|a, b| *a == b' ' && *b == b' ');
    squeezed
}

/// Whether the sweep may leave out lines on which all sets of the pattern stand: they may not be where they must.
fn may_be_refused(sets: &[Wanted]) -> bool {
    sets.iter().filter(|set| set.order.number > 0).count() > 1
}

/// The patterns that can be looked for and have one text of each of their sets in this line or message.
fn naive_patterns(all: &[Vec<Wanted>], line: &[u8]) -> Vec<u32> {
    let squeezed = squeezed(line);
    let holds = |text: &Vec<u8>| squeezed.windows(text.len()).any(|window| window == text);
    let stands = |sets: &Vec<Wanted>| {
        sets.iter().any(|set| is_usable(set.texts.iter())) && sets.iter().all(|set| set.texts.iter().any(holds))
    };
    (0..).zip(all).filter(|(_, sets)| stands(sets)).map(|(number, _)| number).collect()
}

/// Tries every set of every pattern on every line: the line in its plain form holds the text or it does not.
fn naive(patterns: &[Pattern<'_>], text: &[u8]) -> Vec<Candidate> {
    let all: Vec<_> = patterns.iter().map(sets).collect();
    let mut found = Vec::new();
    for (line, (start, end)) in lines(text).into_iter().enumerate() {
        let line = line as u64;
        let patterns = naive_patterns(&all, &text[start..end]).into_iter();
        found.extend(patterns.map(|pattern| Candidate { line, start, end, pattern }));
    }
    found
}

/// Cuts a text at line starts into blocks of about `size` bytes and scans them one by one.
fn in_blocks(sweep: &Sweep, text: &[u8], size: usize) -> Vec<Candidate> {
    let mut scratch = Scratch::default();
    let (mut found, mut from, mut line) = (Vec::new(), 0, 0);
    let mut ends = lines(text).into_iter().map(|line| line.0).skip(1);
    while from < text.len() {
        let to = ends.find(|&end| end >= from + size).unwrap_or(text.len());
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

fn check(patterns: &[Pattern<'_>], text: &[u8], sample: &[u8], lanes: Option<Lanes>, blocks: &[usize]) {
    let required = Required::new(patterns);
    let sweep = Sweep::with_lanes(&required, sample, lanes);
    let portable = Sweep { vectors: None, ..sweep.clone() };
    let all: Vec<_> = patterns.iter().map(sets).collect();
    let refused: Vec<bool> = all.iter().map(|sets| may_be_refused(sets)).collect();
    let expected = naive(patterns, text);
    let first = in_blocks(&sweep, text, blocks[0]);
    for (number, &size) in blocks.iter().enumerate() {
        let sweep = if number % 2 == 0 { &sweep } else { &portable };
        let found = in_blocks(sweep, text, size);
        assert!(found == first, "blocks of {size}, lanes {}", sweep.lanes());
        let all: BTreeSet<_> = expected.iter().chain(&found).collect();
        let may_lack = |candidate: &Candidate| refused[candidate.pattern as usize] && expected.contains(candidate);
        let is_wrong = |c: &&Candidate| found.contains(c) != expected.contains(c) && !may_lack(c);
        let wrong: Vec<_> = all.into_iter().filter(is_wrong).take(5).collect();
        if !wrong.is_empty() {
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
        let Some(regex) = regex_of(pattern) else { continue };
        for (start, end) in lines(text) {
            let line = String::from_utf8_lossy(&text[start..end]).replace('\0', " ");
            // Traces are read with line breaks for `~`, other logs as they are.
            let broken = line.replace('~', "\n");
            let known = sweep.slow().contains(&number)
                || first.iter().any(|candidate| (candidate.start, candidate.pattern) == (start, number));
            let matches = regex.is_match(&line) || regex.is_match(&broken);
            assert!(known || !matches, "{pattern:?} matches {line:?}");
        }
    }
    check_texts(patterns, [&sweep, &portable], text);
}

fn regex_of(pattern: &Pattern<'_>) -> Option<regex::Regex> {
    let regex = match pattern {
        Pattern::Literal(text) => text.split_whitespace().map(regex::escape).collect::<Vec<_>>().join(r"\s+"),
        Pattern::Regex(regex) => (*regex).to_owned(),
    };
    regex::RegexBuilder::new(&regex).case_insensitive(true).build().ok()
}

/// Takes a few lines at a time for one text.
fn check_texts(patterns: &[Pattern<'_>], sweeps: [&Sweep; 2], text: &[u8]) {
    let all: Vec<_> = patterns.iter().map(sets).collect();
    let regexes: Vec<_> = patterns.iter().map(regex_of).collect();
    let (mut scratch, mut found) = (Scratch::default(), vec![7]);
    let lines = lines(text);
    for (number, some) in lines.chunks(3).enumerate() {
        let last = if number % 2 == 0 { some.first() } else { some.last() };
        let (Some(first), Some(last)) = (some.first(), last) else { continue };
        let text = &text[first.0..last.1];
        let mut expected = naive_patterns(&all, text);
        for sweep in sweeps {
            sweep.scan_text(text, &mut scratch, &mut found);
            let shown = String::from_utf8_lossy(text);
            expected.retain(|pattern| {
                let regex = || regexes[*pattern as usize].as_ref();
                let may_lack = may_be_refused(&all[*pattern as usize]) && !found.contains(pattern);
                assert!(!may_lack || !regex().is_some_and(|regex| regex.is_match(&shown)), "{pattern} {shown:?}");
                !may_lack
            });
            assert_eq!(found, expected, "lanes {}: {shown:?}", sweep.lanes());
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
    "~>",
    ">connect",
    "[TRACE]",
];

const GAPS: &[&str] =
    &[" ", " ", " ", " ", "", "  ", "\t", " \t ", "~", "~ ", " ~", "~~", "\0", "\u{a0}", "   ", ".", "-", "\u{2003}"];

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
    const JOINTS: &[&str] = &[".*", r"\d+", r"\s+", ".{0,20}", r"\s*", "[a-z]?", ".{0,3}", "(?s:.){1,6}", r"\W?.?"];
    let joint = || prop::sample::select(JOINTS);
    let regex = (escaped(), joint(), escaped()).prop_map(|(a, joint, b)| (true, format!("{a}{joint}{b}")));
    let three = (escaped(), joint(), escaped(), joint(), escaped())
        .prop_map(|(a, joint, b, other, c)| (true, format!("{a}{joint}{b}{other}{c}")));
    let either = (escaped(), escaped(), escaped()).prop_map(|(a, b, c)| (true, format!("{a}(?:{b}|{c})")));
    let optional = (escaped(), escaped()).prop_map(|(a, b)| (true, format!("^.*{a}(?:{b})?$")));
    prop_oneof![3 => literal, 2 => regex, 1 => three, 1 => either, 1 => optional]
}

fn borrowed(patterns: &[(bool, String)]) -> Vec<Pattern<'_>> {
    let mut all: Vec<Pattern<'_>> = Vec::new();
    for (is_regex, text) in patterns {
        all.push(if *is_regex { Pattern::Regex(text) } else { Pattern::Literal(text) });
    }
    all
}

/// Any lanes, whether or not they make sense.
fn lanes() -> impl Strategy<Value = Lanes> {
    let shape = || prop::option::of(0..SHAPES.len());
    let all = ([shape(), shape()], prop::option::of(prop_oneof![Just(PIECE_SIZE), Just(PLACES)]), any::<bool>());
    all.prop_map(|(shapes, packed, joints)| Lanes { shapes, packed, joints })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_the_obvious_way_finds(
        patterns in prop::collection::vec(pattern(), 1..60),
        text in text(),
        sample in text(),
        lanes in lanes(),
        block in prop::sample::select(&BLOCKS[..]),
    ) {
        check(&borrowed(&patterns), &text, b"", None, &[block; 2]);
        check(&borrowed(&patterns), &text, &sample, None, &[block; 2]);
        check(&borrowed(&patterns), &text, &text, Some(lanes), &[block; 2]);
    }
}

/// Numbers without order, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn phrase(&mut self, words: usize) -> String {
        let mut phrase = String::new();
        for _ in 0..words {
            phrase += WORDS[self.below(WORDS.len())];
            phrase += GAPS[self.below(GAPS.len())];
        }
        phrase
    }
}

/// More than a few pieces of text, lines across their borders, and more patterns than one lane takes.
#[test]
fn every_block_size_gives_the_same() {
    let mut numbers = Numbers(7);
    let mut patterns = Vec::new();
    for _ in 0..150 {
        let words = 1 + numbers.below(4);
        patterns.push((false, numbers.phrase(words)));
    }
    let mut text = Vec::new();
    while text.len() < 60_000 {
        let words = numbers.below(20);
        text.extend(numbers.phrase(words).into_bytes());
        text.extend(ENDS[numbers.below(ENDS.len())].bytes());
    }
    check(&borrowed(&patterns), &text, b"", None, &BLOCKS);
    check(&borrowed(&patterns), &text, &text[..20_000], None, &BLOCKS[4..]);
}

/// Many lines against the obvious way, in blocks of all sizes. So many lines are too dear for it as it stands, so each
/// line is a phrase out of a few hundred, and what the obvious way says of a phrase is asked for once.
#[test]
fn millions_of_lines_give_the_same() {
    const LINES: usize = 2_000_000;
    let mut numbers = Numbers(11);
    let mut texts = Vec::new();
    for _ in 0..60 {
        let words = 2 + numbers.below(4);
        texts.push((false, numbers.phrase(words)));
    }
    for joint in [".*", r"\s+", r"\d+", "(?:disk|server)"] {
        texts
            .push((true, format!("{}{joint}{}", regex::escape(&numbers.phrase(2)), regex::escape(&numbers.phrase(2)))));
    }
    let patterns = borrowed(&texts);
    let all: Vec<_> = patterns.iter().map(sets).collect();
    let phrases: Vec<(String, Vec<u32>)> = (0..400)
        .map(|_| {
            let words = numbers.below(14);
            let phrase = numbers.phrase(words) + &texts[numbers.below(60)].1 + &numbers.phrase(1);
            let phrase = phrase.replace(['\r', '\n'], " ");
            let found = naive_patterns(&all, phrase.as_bytes());
            (phrase, found)
        })
        .collect();
    let (mut text, mut expected) = (Vec::new(), Vec::new());
    for line in 0..LINES as u64 {
        let (phrase, found) = &phrases[numbers.below(phrases.len())];
        let start = text.len();
        text.extend_from_slice(phrase.as_bytes());
        let end = text.len();
        expected.extend(found.iter().map(|&pattern| Candidate { line, start, end, pattern }));
        text.extend_from_slice(["\r\n", "\n", "\r\n", "\r\n"][numbers.below(4)].as_bytes());
    }
    let sweep = Sweep::new(&Required::new(&patterns), &text[..1 << 16]);
    let portable = Sweep { vectors: None, ..sweep.clone() };
    for (size, sweep) in [(1, &sweep), (1_000, &portable), (1 << 16, &sweep), (1 << 20, &portable), (1 << 20, &sweep)] {
        let found = in_blocks(sweep, &text, size);
        assert!(found == expected, "blocks of {size}, lanes {}", sweep.lanes());
    }
}

/// Each pattern stands in the text several times, each time with other white space, and is found in any lane.
#[test]
fn white_space_may_stand_anyhow() {
    let mut numbers = Numbers(3);
    for _ in 0..40 {
        let (mut patterns, mut text) = (Vec::new(), Vec::new());
        for _ in 0..8 {
            let words: Vec<&str> = (0..2 + numbers.below(6)).map(|_| WORDS[numbers.below(WORDS.len())]).collect();
            for _ in 0..8 {
                for word in &words {
                    text.extend(word.bytes());
                    let gap = GAPS[numbers.below(GAPS.len())];
                    // Mostly one blank, so that any one gap may be the only odd one.
                    text.extend(if numbers.below(3) == 0 { gap } else { " " }.bytes());
                }
                text.push(b'\n');
            }
            patterns.push((false, words.join(" ")));
        }
        let mut shape = || Some(numbers.below(SHAPES.len()));
        let shapes = [shape(), None];
        let lanes = Lanes {
            shapes,
            packed: [None, Some(PIECE_SIZE), Some(PLACES)][numbers.below(3)],
            joints: numbers.below(4) != 0,
        };
        check(&borrowed(&patterns), &text, b"", Some(lanes), &[1 << 20; 2]);
    }
}

/// A `~` in the line is white space, alone and beside other, and before `>`, where no gap is looked for.
#[test]
fn a_line_break_of_a_trace_is_white_space() {
    let patterns = [Pattern::Literal("abc de"), Pattern::Literal("abc >de"), Pattern::Literal("abc~de ~f")];
    let gaps = [" ", "~", "~ ", " ~", "~~", "\t~", "~\r"];
    let text: String =
        gaps.iter().flat_map(|gap| [format!("abc{gap}de{gap}f\n"), format!("abc{gap}>de{gap}\n")]).collect();
    for joints in [false, true] {
        for number in 0..SHAPES.len() {
            let shapes = [Some(number), None];
            check(&patterns, text.as_bytes(), b"", Some(Lanes { shapes, packed: None, joints }), &[1, 1 << 20]);
        }
        for packed in [PIECE_SIZE, PLACES].map(Some) {
            check(&patterns, text.as_bytes(), b"", Some(Lanes { shapes: [None; 2], packed, joints }), &[1, 1 << 20]);
        }
    }
}

#[test]
fn a_text_may_have_line_ends() {
    let patterns = [Pattern::Literal("unable to connect"), Pattern::Regex("rc=5.*disk"), Pattern::Literal("ab")];
    let sweep = Sweep::new(&Required::new(&patterns), b"");
    let (mut scratch, mut found) = (Scratch::default(), vec![7]);
    for (text, expected) in [
        ("rc=5 Disk\r\nunable\nto \r connect", &[0, 1][..]),
        ("Disk\r\nunable\nto \r connect: rc=5", &[0]),
        ("unable~to~connect", &[0]),
        ("disk rc=5 di\u{17f}\u{212a}", &[1]),
        ("ab", &[]),
        ("", &[]),
    ] {
        sweep.scan_text(text.as_bytes(), &mut scratch, &mut found);
        assert_eq!(found, expected, "{text:?}");
    }
}

/// What follows each other in a pattern must do so on the line, no further apart than it may be.
#[test]
fn texts_stand_in_order() {
    let patterns = [
        Pattern::Regex("first.{0,3}second"),
        Pattern::Regex("second.*first"),
        Pattern::Regex("one.{0,2}(?:two|three).{0,2}four"),
    ];
    for lane in (0..SHAPES.len()).map(Some).chain([None]) {
        let lanes = Lanes { shapes: [lane, None], packed: lane.is_none().then_some(PLACES), joints: true };
        let sweep = Sweep::with_lanes(&Required::new(&patterns), b"", Some(lanes));
        for (line, expected) in [
            ("a first-second", &[0][..]),
            ("firstxxxsecond", &[0]),
            ("firstxxxxsecond", &[]),
            ("first\u{10ffff}\u{10ffff}\u{10ffff}second", &[0]),
            (&format!("first\u{e4}{}second", "x".repeat(11)), &[]),
            ("second first", &[1]),
            ("second first second", &[0, 1]),
            (&format!("first{0}first second{0}first", "x".repeat(99)), &[0, 1]),
            ("one two four", &[2]),
            ("one \u{e4}two\u{10ffff}\u{10ffff}four", &[2]),
            ("four three one", &[]),
            ("two four one", &[]),
            (&format!("second {}", "first ".repeat(6)), &[1]),
            // Where there are many, the pattern itself decides.
            (&format!("{}{}", "second ".repeat(9), "first ".repeat(9)), &[0, 1]),
        ] {
            let found: Vec<u32> =
                in_blocks(&sweep, line.as_bytes(), 1 << 20).iter().map(|found| found.pattern).collect();
            assert_eq!(found, expected, "{line} {}", sweep.lanes());
        }
    }
}

#[test]
fn a_line_may_be_longer_than_a_block() {
    let patterns = [Pattern::Literal("first words"), Pattern::Literal("last words"), Pattern::Regex("first.*last")];
    let mut text = b"no\r\nfirst words ".to_vec();
    text.resize(1 << 20, b'x');
    text.extend(b" last \t words\r\nfirst words\r\n");
    let sweep = Sweep::new(&Required::new(&patterns), b"");
    let found: Vec<(u64, u32)> = in_blocks(&sweep, &text, 1).iter().map(|found| (found.line, found.pattern)).collect();
    assert_eq!(found, [(1, 0), (1, 1), (1, 2), (2, 0)]);
}

#[test]
fn folded_letters_do_not_move_the_line() {
    let patterns = [Pattern::Literal("disk task"), Pattern::Regex("SMS_\\w+ kiosk")];
    let text = "a\r\nDIſ\u{212a} taſk\r\nſmſ_x \u{212a}ioſk\r\nb ſ\r\ndisk task".as_bytes();
    let sweep = Sweep::new(&Required::new(&patterns), b"");
    let found: Vec<_> = in_blocks(&sweep, text, 1 << 20)
        .iter()
        .map(|found| (found.line, String::from_utf8_lossy(&text[found.start..found.end]).into_owned(), found.pattern))
        .collect();
    assert_eq!(
        found,
        [
            (1, "DIſ\u{212a} taſk".to_owned(), 0),
            (2, "ſmſ_x \u{212a}ioſk".to_owned(), 1),
            (4, "disk task".to_owned(), 0)
        ]
    );
}

#[test]
fn a_line_is_told_of_once() {
    let patterns = [Pattern::Regex("alpha|beta"), Pattern::Literal("alpha")];
    let sweep = Sweep::new(&Required::new(&patterns), b"");
    let found = in_blocks(&sweep, b"beta alpha beta alpha\nnone\nbeta", 1 << 20);
    let found: Vec<(u64, u32)> = found.iter().map(|found| (found.line, found.pattern)).collect();
    assert_eq!(found, [(0, 0), (0, 1), (2, 0)]);
}

#[test]
fn a_pattern_without_a_word_is_slow() {
    let patterns = [Pattern::Literal("ab"), Pattern::Regex(r"\d+"), Pattern::Regex("(broken"), Pattern::Literal("abc")];
    let sweep = Sweep::new(&Required::new(&patterns), b"");
    assert_eq!(sweep.slow(), [0, 1, 2]);
    assert_eq!(in_blocks(&sweep, b"ab\nabc\n", 1 << 20).len(), 1);
}

#[test]
fn no_patterns_and_no_text() {
    let sweep = Sweep::new(&Required::new(&[]), b"");
    assert_eq!(in_blocks(&sweep, b"a\r\nb", 1), []);
    assert_eq!(sweep.scan(b"", &mut Scratch::default(), &mut |_| {}), 0);
}

#[test]
fn it_is_told_where_lines_end() {
    let sweep = Sweep::new(&Required::new(&[Pattern::Literal("unable to connect")]), &[]);
    let long = "ab\r\n".repeat(9_000) + "unable to  connect\rc\r\r\n\n" + &"x".repeat(50_000) + "\nlast";
    for text in ["", "a", "a\nb\r\nc\rd", "\r\r\n\n", "\n\r", &long] {
        let (mut ends, mut found) = (Vec::new(), Vec::new());
        let lines = sweep.scan_with_ends(text.as_bytes(), &mut ends, &mut Scratch::default(), &mut |line| {
            found.push(line);
        });
        let bytes = text.as_bytes();
        let is_end = |at: &usize| bytes[at - 1] == b'\n' || (bytes[at - 1] == b'\r' && bytes.get(*at) != Some(&b'\n'));
        let expected: Vec<u32> = (1..=bytes.len()).filter(is_end).map(|at| at as u32).collect();
        assert_eq!(ends, expected, "{:.20}", text);
        assert_eq!(lines, expected.len() as u64);
        for Candidate { line, start, .. } in found {
            assert_eq!(ends[line as usize - 1] as usize, start);
        }
    }
}

/// Each number of a kept choice in turn is made a wrong one: what is still taken must lose no line.
#[test]
fn a_kept_choice_is_taken_only_if_no_line_is_lost_by_it() -> Result<(), serde_json::Error> {
    let patterns = [
        Pattern::Literal("unable to connect to the server"),
        Pattern::Regex("error.*(disk|tape) full"),
        Pattern::Literal("no go"),
        Pattern::Literal("of it"),
        Pattern::Regex("job [0-9]+ has been cancelled"),
    ];
    let required = Required::new(&patterns);
    let (fresh, choice) = (Sweep::new(&required, b""), Sweep::choice(&required));
    let text = b"unable to\tconnect to the  server, error: tape full, no go, job 12 has been cancelled";
    let find = |sweep: &Sweep| {
        let mut found = Vec::new();
        sweep.scan(text, &mut Scratch::default(), &mut |line| found.push(line.pattern));
        found.extend(sweep.slow());
        found.sort_unstable();
        found
    };
    let expected = find(&fresh);
    assert!(expected.len() >= 4);
    assert_eq!(Sweep::by_choice(&required, &choice).as_ref().map(find), Some(expected.clone()));
    let stored = serde_json::to_string(&choice)?;
    let (mut refused, mut taken) = (0, 0);
    let numbers = stored.match_indices(|c: char| c.is_ascii_digit()).map(|(at, digit)| (at, digit.len()));
    for (at, len) in numbers.chain(stored.match_indices("null").map(|(at, null)| (at, null.len()))) {
        for other in ["0", "1", "2", "3", "7", "9", "15", "16", "18446744073709551615", "null"] {
            let damaged = format!("{}{other}{}", &stored[..at], &stored[at + len..]);
            let Ok(kept) = serde_json::from_str::<crate::sweep::Choice>(&damaged) else { continue };
            let Some(sweep) = Sweep::by_choice(&required, &kept) else {
                refused += 1;
                continue;
            };
            taken += 1;
            assert_eq!(find(&sweep), expected, "{damaged}");
        }
    }
    assert!(refused > 40 && taken > 10, "{refused} {taken}");
    Ok(())
}
