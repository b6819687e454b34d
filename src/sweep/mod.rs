//! Finds the lines that a pattern may match, for many patterns at once, in one pass over raw bytes.
//!
//! A [`Sweep`] is a filter. It gives out every line that a pattern can match, and few others; whoever asks confirms them
//! with the pattern itself. It never loses a line: each pattern is reduced to texts that stand in everything it matches
//! (`required`), and a line is given out if it holds one text of every list, compared in a form that takes more for
//! equal than any regex does (`text`). Patterns without such a text are [`Sweep::slow`].
//!
//! The texts are looked for in a few lanes. A lane with a stride looks at every n-th place only (`stride`); another looks
//! at the places where the words of a line stand apart by more than one blank (`joint`); few texts are looked for in
//! vector registers (`packed`). Which lanes there are, and which piece of which text is looked for in which, is chosen by
//! expected cost, from a sample of the input (`choose`). The choice changes the time, never the result.
//!
//! Lines end with LF, CR or CRLF. Bytes are UTF-8, or any encoding that writes ASCII, and only ASCII, as ASCII bytes
//! beside each other; GB18030 and UTF-16 must be turned into UTF-8 before.

mod choose;
mod entries;
mod joint;
mod lines;
mod packed;
mod required;
mod sample;
mod stride;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::ops::Range;

use choose::{Home, LAST_NUMBER, Lanes, PIECE_SIZES, SHAPES, choose};
use entries::{Entry, Hit};
use joint::Joints;
use lines::{line_around, line_start_from, survey};
use packed::{Packed, Piece};
use sample::{SMALL, Sample, eight, first};
use stride::Stride;
use text::Cut;

pub use lines::count_line_ends;

/// So many bytes are looked at by all lanes in turn: they stay in the nearest cache.
const PIECE: usize = 16 * 1024;

/// A pattern, matched without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern<'a> {
    /// A text; a blank stands for any run of white space.
    Literal(&'a str),
    /// A regular expression in the syntax of the `regex` crate.
    Regex(&'a str),
}

/// A line that a pattern may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    /// The line's number within the block, from 0.
    pub line: u64,
    /// Where it begins in the block.
    pub start: usize,
    /// Where it ends, without its line end.
    pub end: usize,
    /// The pattern, by its number.
    pub pattern: u32,
}

/// What all patterns require. It does not depend on the input.
#[derive(Debug, Clone)]
pub struct Required {
    texts: Vec<Box<[u8]>>,
    /// For each pattern, its sets: first those that can be looked for.
    sets: Vec<Vec<Vec<u32>>>,
    /// How many sets of each pattern can be looked for.
    usable: Vec<usize>,
}

/// The patterns, ready to be looked for in one bundle.
#[derive(Debug, Clone)]
pub struct Sweep {
    texts: Vec<Box<[u8]>>,
    /// Where each text is best looked for in a line.
    rarest: Vec<u16>,
    /// The patterns that are looked for by each text.
    owners: Vec<Vec<u32>>,
    /// The other sets of each pattern.
    needs: Vec<Vec<Vec<u32>>>,
    slow: Vec<u32>,
    strides: Vec<Stride>,
    /// For each size of their pieces.
    packed: Vec<Packed>,
    joints: Option<Joints>,
}

/// How often a scan did what costs time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Places that the filters of the lanes with a stride let through.
    pub places: u64,
    /// Places where words stand apart by something else than one blank.
    pub gaps: u64,
    /// Texts that stood there.
    pub texts: u64,
    /// Lines and patterns that were given out.
    pub candidates: u64,
}

/// What a scan writes on; one for each thread, kept from block to block.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    tally: Tally,
    places: Vec<u32>,
    hits: Vec<Hit>,
    patterns: Vec<u32>,
    /// For each text, the last line where it was looked for, and whether it stands there.
    known: Vec<(u64, bool)>,
    line: u64,
    small: Vec<u8>,
    unfolded: Vec<u8>,
    cuts: Vec<Cut>,
    flat: Vec<u8>,
}

impl Scratch {
    /// What the scans that wrote on it did.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }
}

impl Required {
    /// Reads the patterns; the number of a pattern is its place in the list.
    #[must_use]
    pub fn new(patterns: &[Pattern<'_>]) -> Self {
        let mut numbers: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
        let mut new = Self { texts: Vec::new(), sets: Vec::new(), usable: Vec::new() };
        for pattern in patterns {
            let sets = required::sets(pattern);
            new.usable.push(sets.iter().take_while(|set| required::is_usable(set)).count());
            let mut number = |text: Vec<u8>| {
                *numbers.entry(text).or_insert_with_key(|text| {
                    new.texts.push(text.clone().into_boxed_slice());
                    new.texts.len() as u32 - 1
                })
            };
            let sets = sets.into_iter().map(|set| set.into_iter().map(&mut number).collect()).collect();
            new.sets.push(sets);
        }
        new
    }
}

impl Sweep {
    /// Chooses how to look for the patterns in an input of which this is a sample. An empty sample will do.
    #[must_use]
    pub fn new(required: &Required, sample: &[u8]) -> Self {
        Self::with_lanes(required, sample, None)
    }

    /// As [`Sweep::new`], with lanes that were chosen otherwise.
    fn with_lanes(required: &Required, sample: &[u8], lanes: Option<Lanes>) -> Self {
        let Required { texts, sets, usable } = required;
        let usable: Vec<Vec<Vec<u32>>> =
            sets.iter().zip(usable).map(|(sets, &usable)| sets.iter().take(usable).cloned().collect()).collect();
        let mut gaps = Vec::new();
        lines::gaps(sample, &mut gaps);
        let gaps = if sample.is_empty() { 0.01 } else { gaps.len() as f32 / sample.len() as f32 };
        let counts = Sample::new(sample, texts.iter().map(AsRef::as_ref));
        let choice = choose(texts, &usable, &counts, gaps, lanes);

        let mut owners = vec![Vec::new(); texts.len()];
        let mut needs = vec![Vec::new(); sets.len()];
        let mut slow = Vec::new();
        for (number, (sets, primary)) in sets.iter().zip(&choice.primary).enumerate() {
            let Some(primary) = *primary else {
                slow.push(number as u32);
                continue;
            };
            for (place, set) in sets.iter().enumerate() {
                if place != primary {
                    needs[number].push(set.clone());
                    continue;
                }
                set.iter().for_each(|&text| owners[text as usize].push(number as u32));
            }
        }
        let mut sweep = Self {
            rarest: texts.iter().map(|text| text::rarest(text) as u16).collect(),
            texts: texts.clone(),
            owners,
            needs,
            slow,
            strides: Vec::new(),
            packed: Vec::new(),
            joints: None,
        };
        sweep.place(&choice.homes, &counts);
        sweep
    }

    /// The patterns that no text stands for: every line may match them.
    #[must_use]
    pub fn slow(&self) -> &[u32] {
        &self.slow
    }

    /// The lanes that were chosen and how many grams each knows, for whoever wonders where the time goes.
    #[must_use]
    pub fn lanes(&self) -> String {
        let mut lanes: Vec<String> = self.strides.iter().map(ToString::to_string).collect();
        lanes.extend(self.joints.as_ref().map(|joints| format!("{} joints", joints.len())));
        lanes.extend(self.packed.iter().map(|packed| format!("{} strings side by side", packed.len())));
        lanes.join(", ")
    }

    /// Tells of each line of the block that a pattern may match, in the order of the lines, and of the patterns on a line.
    /// The block begins where a line begins, and ends where one ends or the input does; CRLF is not cut in two. No line
    /// is longer than 4 GiB. Returns how many line ends it holds.
    pub fn scan(&self, block: &[u8], scratch: &mut Scratch, found: &mut dyn FnMut(Candidate)) -> u64 {
        scratch.known.resize(self.texts.len(), (0, false));
        let (mut from, mut line) = (0, 0);
        while let Some(rest) = block.get(from..).filter(|rest| !rest.is_empty()) {
            let len = line_start_from(rest, PIECE.min(rest.len()));
            self.look(rest, len, scratch);
            let piece = rest.get(..len).unwrap_or(rest);
            let place = Place { piece, from, line };
            scratch.cuts.clear();
            let surveyed = survey(piece);
            if !surveyed.is_ascii && text::has_folded(piece) {
                self.unfolded(&place, scratch, found);
            } else {
                self.tell(&place, scratch, found);
            }
            line += surveyed.line_ends;
            from += len;
        }
        line
    }

    /// The patterns that may match a text, in order, each once, but for those that are [`Sweep::slow`]. Line ends within
    /// the text are white space like any other.
    pub fn scan_text(&self, text: &[u8], scratch: &mut Scratch, found: &mut Vec<u32>) {
        scratch.known.resize(self.texts.len(), (0, false));
        let mut flat = std::mem::take(&mut scratch.flat);
        if !text.is_ascii() && text::has_folded(text) {
            text::unfold(text, &mut scratch.unfolded, &mut scratch.cuts);
            text::flatten(&scratch.unfolded, &mut flat);
        } else {
            text::flatten(text, &mut flat);
        }
        scratch.hits.clear();
        // Only single blanks are left, so there is no joint to look for.
        self.look_for_grams(&flat, flat.len(), scratch);
        let hits = std::mem::take(&mut scratch.hits);
        self.patterns(&hits, &flat, scratch, found);
        scratch.hits = hits;
        scratch.flat = flat;
    }

    /// Looks through a piece in which letters beyond ASCII stand for ASCII ones.
    fn unfolded(&self, place: &Place<'_>, scratch: &mut Scratch, found: &mut dyn FnMut(Candidate)) {
        let mut unfolded = std::mem::take(&mut scratch.unfolded);
        text::unfold(place.piece, &mut unfolded, &mut scratch.cuts);
        self.look(&unfolded, unfolded.len(), scratch);
        self.tell(&Place { piece: &unfolded, ..*place }, scratch, found);
        scratch.unfolded = unfolded;
    }

    /// Finds the texts in the first bytes.
    fn look(&self, rest: &[u8], len: usize, scratch: &mut Scratch) {
        let piece = rest.get(..len).unwrap_or(rest);
        let Scratch { places, hits, tally, .. } = scratch;
        hits.clear();
        if let Some(joints) = &self.joints {
            places.clear();
            lines::gaps(piece, places);
            tally.gaps += places.len() as u64;
            joints.find(piece, places, &self.texts, hits);
        }
        self.look_for_grams(rest, len, scratch);
    }

    /// Adds the texts whose pieces stand in the first bytes as they are.
    fn look_for_grams(&self, rest: &[u8], len: usize, scratch: &mut Scratch) {
        let piece = rest.get(..len).unwrap_or(rest);
        let Scratch { places, hits, tally, small, .. } = scratch;
        for stride in &self.strides {
            stride.find(rest, len, &self.texts, places, hits);
            tally.places += places.len() as u64;
        }
        if !self.packed.is_empty() {
            packed::make_small(piece, small);
        }
        for packed in &self.packed {
            packed.find(piece, small, &self.texts, hits);
        }
        tally.texts += hits.len() as u64;
    }

    /// Tells of the lines of a piece that hold all that one of their patterns requires.
    fn tell(&self, place: &Place<'_>, scratch: &mut Scratch, found: &mut dyn FnMut(Candidate)) {
        let mut hits = std::mem::take(&mut scratch.hits);
        let mut patterns = std::mem::take(&mut scratch.patterns);
        hits.sort_unstable();
        let mut counted = (0, place.line);
        let mut rest = hits.as_slice();
        while let Some(&Hit { at, .. }) = rest.first() {
            let line = line_around(place.piece, at as usize);
            let bytes = place.piece.get(line.clone()).unwrap_or_default();
            let (here, behind) = rest.split_at(rest.partition_point(|hit| (hit.at as usize) < line.end).max(1));
            rest = behind;
            self.patterns(here, bytes, scratch, &mut patterns);
            for &pattern in &patterns {
                let before = place.piece.get(counted.0..line.start).unwrap_or_default();
                counted = (line.start, counted.1 + count_line_ends(before));
                let (start, end) = (place.of(line.start, &scratch.cuts), place.of(line.end, &scratch.cuts));
                found(Candidate { line: counted.1, start, end, pattern });
            }
        }
        scratch.hits = hits;
        scratch.patterns = patterns;
    }

    /// The patterns that may match a line, after the texts that were found on it: in order, each once.
    fn patterns(&self, hits: &[Hit], line: &[u8], scratch: &mut Scratch, found: &mut Vec<u32>) {
        scratch.line += 1;
        found.clear();
        for hit in hits {
            if self.is_news(hit.text, scratch) {
                found.extend_from_slice(self.owners.get(hit.text as usize).map_or(&[], Vec::as_slice));
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|&pattern| self.has_all(pattern, line, scratch));
        scratch.tally.candidates += found.len() as u64;
    }

    /// Notes that a text stands on the line; false if that was known.
    fn is_news(&self, text: u32, scratch: &mut Scratch) -> bool {
        let Some(known) = scratch.known.get_mut(text as usize) else { return false };
        let news = *known != (scratch.line, true);
        *known = (scratch.line, true);
        news
    }

    /// Whether one text of each other set of the pattern stands on the line.
    fn has_all(&self, pattern: u32, line: &[u8], scratch: &mut Scratch) -> bool {
        let Some(needs) = self.needs.get(pattern as usize) else { return false };
        needs.iter().all(|set| set.iter().any(|&text| self.has(text, line, scratch)))
    }

    fn has(&self, number: u32, line: &[u8], scratch: &mut Scratch) -> bool {
        let at = number as usize;
        let (Some(text), Some(&rarest), Some(known)) =
            (self.texts.get(at), self.rarest.get(at), scratch.known.get_mut(at))
        else {
            return false;
        };
        if known.0 != scratch.line {
            *known = (scratch.line, text::stands_in(text, usize::from(rarest), line));
        }
        known.1
    }

    /// Where no vector unit is, or none that is known, the last lane takes any piece.
    fn last_entries(&self, piece: &Piece) -> Vec<Entry> {
        let Some(text) = self.texts.get(piece.text as usize) else { return Vec::new() };
        let stretch = piece.offset..piece.offset + SHAPES[LAST_NUMBER].needs();
        stretch_entries(text, piece.text, LAST_NUMBER, piece.offset, &stretch)
    }

    /// Puts each text that is looked for into its lane.
    fn place(&mut self, homes: &[Option<Home>], counts: &Sample) {
        let mut lanes: Vec<Vec<Entry>> = vec![Vec::new(); SHAPES.len()];
        let mut joints = Vec::new();
        let mut pieces = Vec::new();
        for (number, (text, home)) in self.texts.iter().zip(homes).enumerate() {
            let number = number as u32;
            match home {
                None => {}
                Some(Home::Packed { at }) => {
                    pieces.push((number, *at));
                    let ranges = at.iter().zip(PIECE_SIZES).filter_map(|(at, size)| Some((*at)?..(*at)? + size));
                    joints.extend(ranges.flat_map(|range| joint_entries(text, number, range)));
                }
                Some(Home::Stride { lane, at, around }) => {
                    let stretch = *at..*at + SHAPES[*lane].needs();
                    let check = best_check(text, around, &stretch, counts);
                    lanes[*lane].extend(stretch_entries(text, number, *lane, *at, &check));
                    let hull = stretch.start.min(check.start)..stretch.end.max(check.end);
                    joints.extend(joint_entries(text, number, hull));
                }
            }
        }
        for (place, size) in PIECE_SIZES.into_iter().enumerate() {
            let of_size = |(text, at): &(u32, [Option<usize>; PIECE_SIZES.len()])| {
                let largest = at.iter().position(Option::is_some) == Some(place);
                at[place].filter(|_| largest).map(|offset| Piece { text: *text, offset })
            };
            let pieces: Vec<Piece> = pieces.iter().filter_map(of_size).collect();
            if pieces.is_empty() {
                continue;
            }
            match Packed::new(&pieces, size, &self.texts) {
                Some(packed) => self.packed.push(packed),
                None => lanes[LAST_NUMBER].extend(pieces.iter().flat_map(|piece| self.last_entries(piece))),
            }
        }
        let used = lanes.into_iter().zip(SHAPES).filter(|(entries, _)| !entries.is_empty());
        self.strides = used.map(|(entries, shape)| Stride::new(shape, entries)).collect();
        self.joints = (!joints.is_empty()).then(|| Joints::new(joints));
    }
}

/// A piece of a block.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    piece: &'a [u8],
    /// Where it begins in the block.
    from: usize,
    /// The number of its first line.
    line: u64,
}

impl Place<'_> {
    /// The place in the block of a place in the piece, from which bytes may have been cut.
    fn of(&self, at: usize, cuts: &[Cut]) -> usize {
        let before = cuts.partition_point(|&(cut, _)| cut <= at);
        let missing = before.checked_sub(1).and_then(|last| cuts.get(last)).map_or(0, |&(_, missing)| missing);
        self.from + at + missing
    }
}

/// The entries of the blanks in a part of a text.
fn joint_entries(text: &[u8], number: u32, part: Range<usize>) -> impl Iterator<Item = Entry> {
    let blanks = part.filter(|&at| text.get(at) == Some(&b' '));
    blanks.filter_map(move |blank| joint::entry(text, number, blank))
}

/// The entries of the grams of a stretch of a text.
fn stretch_entries(text: &[u8], number: u32, lane: usize, at: usize, check: &Range<usize>) -> Vec<Entry> {
    let shape = SHAPES[lane];
    let mask = first(check.len());
    let check_bytes = (eight(text, check.start) | SMALL) & mask;
    let entry = |offset: usize| Entry {
        gram: (eight(text, offset) | SMALL) & first(shape.size),
        check: check_bytes,
        mask,
        text: number,
        offset: offset as u16,
        to_check: check.start as i16 - offset as i16,
    };
    (at..at + shape.stride).map(entry).collect()
}

/// The rarest eight bytes around a stretch, or all if there are no more.
fn best_check(text: &[u8], around: &Range<usize>, stretch: &Range<usize>, counts: &Sample) -> Range<usize> {
    if around.len() <= 8 {
        return around.clone();
    }
    let overlap = |at: usize| stretch.end.min(at + 8).saturating_sub(stretch.start.max(at));
    let rank = |at: &usize| (counts.frequency(eight(text, *at), 8), overlap(*at));
    let best = (around.start..=around.end - 8).min_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
    });
    best.map_or(around.clone(), |at| at..at + 8)
}
