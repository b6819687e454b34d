//! Which lanes are used, and where in which lane each text is looked for: one estimate of cost decides all of it.
//!
//! Costs are nanoseconds for each byte of input. What a lane costs by itself is known beforehand; what the texts add
//! comes from how often their grams stand in the sample. A pattern is looked for by the set whose texts cost least.
//! Which lanes there are is decided over a selection of the patterns, since thousands of them are alike.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::joint;
use super::packed::{MAX_STRINGS, PIECE_SIZES, PLACES, places_for};
use super::required::Required;
use super::sample::{Counts, Sample};
use super::simd::Vectors;
use super::stride::{NEAR_GRAMS, Shape};

/// The lanes there may be.
pub(super) const SHAPES: [Shape; 16] = [
    shape(8, 8),
    shape(8, 6),
    shape(8, 4),
    shape(6, 6),
    shape(6, 4),
    shape(4, 8),
    shape(4, 6),
    shape(4, 4),
    shape(3, 6),
    shape(3, 4),
    shape(2, 8),
    shape(2, 6),
    shape(2, 4),
    shape(1, 6),
    shape(1, 4),
    LAST,
];

/// The lane that every usable text fits in.
const LAST: Shape = shape(1, 3);

/// The number of that lane.
pub(super) const LAST_NUMBER: usize = SHAPES.len() - 1;

/// So many lanes are used together, besides the one for few texts.
const MAX_LANES: usize = 2;

/// So many patterns are enough to choose the lanes by.
const SELECTION: usize = 128;

/// So many of the sets of lanes that look best by the selection are compared by what fits in none of their lanes.
const FINALISTS: usize = 8;

/// One probe of a filter that is no larger than a near cache, and of a larger one.
const PROBE: f32 = 1.0;
const FAR_PROBE: f32 = 2.0;
/// A gram that was found: its entries are looked at.
const GRAM: f32 = 20.0;
/// A text that was found: its line is looked at.
const TEXT: f32 = 60.0;
/// A piece that the searcher for few texts finds.
const PIECE: f32 = 15.0;
/// Looking out for white space that is no blank, for each byte, and one such place.
const GAPS: f32 = 0.05;
const GAP: f32 = 5.0;

const fn shape(stride: usize, size: usize) -> Shape {
    Shape { stride, size }
}

/// What costs less must cost so much less to be worth blanks within: these cost a little by themselves.
const ACROSS: f32 = 1.1;

/// A stretch of a text that may be looked for in a lane, and how often its grams are expected in a byte of input.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    at: usize,
    frequency: f32,
}

const NONE: Stretch = Stretch { at: 0, frequency: f32::INFINITY };

/// The lanes in use.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Lanes {
    /// Numbers of shapes.
    pub(super) shapes: [Option<usize>; MAX_LANES],
    /// The searcher for few texts, by so many bytes of each.
    pub(super) packed: Option<usize>,
    /// White space that is not one blank is looked at, so a stretch may hold blanks.
    pub(super) joints: bool,
}

/// Where a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Home {
    /// In the lane of this number of [`SHAPES`].
    Lane { lane: usize, at: usize },
    /// By a piece.
    Packed { at: usize, size: usize },
}

/// All decisions: how each pattern is looked for. Those that were made without a sample depend on the patterns alone, so
/// they can be kept from run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// For each pattern, which set is looked for; `None` if none can be.
    pub(super) primary: Vec<Option<usize>>,
    /// For each text that is looked for, where.
    pub(super) homes: Vec<Option<Home>>,
}

impl Choice {
    /// Whether it can be a choice for these patterns: then no line is lost by it, however it came about.
    pub(super) fn fits(&self, required: &Required) -> bool {
        let has_home = |&text: &u32| {
            let home = self.homes.get(text as usize).copied().flatten();
            home.is_some_and(|home| home.fits(required.texts.get(text as usize)))
        };
        let is_found = |(pattern, primary): (usize, &Option<usize>)| match *primary {
            None => required.usable(pattern).is_empty(),
            Some(set) => required.usable(pattern).contains(&set) && required.sets.get(set).iter().all(has_home),
        };
        self.primary.len() == required.patterns()
            && self.homes.len() == required.texts.len()
            && self.primary.iter().enumerate().all(is_found)
    }
}

impl Home {
    /// Whether a text can be looked for there: what is looked for stands in it, and so do its blanks.
    fn fits(self, text: &[u8]) -> bool {
        let (at, len) = match self {
            Self::Lane { lane, at } => (at, SHAPES.get(lane).map(|shape| shape.needs())),
            Self::Packed { at, size } => (at, PIECE_SIZES.iter().find(|(known, _)| *known == size).map(|_| size)),
        };
        let end = len.and_then(|len| at.checked_add(len)).filter(|&end| end <= text.len());
        end.is_some_and(|end| (at..end).all(|at| text.get(at) != Some(&b' ') || joint::is_usable(text, at)))
    }
}

/// What the searcher for few texts costs.
#[derive(Debug, Clone, Copy)]
struct PackedCost {
    alone: f32,
    /// What each pair of its strings adds: they share buckets.
    pair: f32,
}

impl PackedCost {
    /// Without vectors that look up bytes at once, each place that comes through in vain needs a closer look.
    fn of(vectors: Option<Vectors>) -> Self {
        if vectors.is_some_and(Vectors::looks_up_at_once) {
            Self { alone: 0.08, pair: 0.000_01 }
        } else {
            Self { alone: 0.2, pair: 0.000_14 }
        }
    }
}

/// What the sample says, and the processor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) sample: &'a Sample,
    /// How many places there are in a byte of input where white space is not one blank.
    pub(super) gaps: f32,
    pub(super) vectors: Option<Vectors>,
}

/// Decides. `lanes` are decided, too, unless they are given.
pub(super) fn choose(required: &Required, input: Input<'_>, lanes: Option<Lanes>) -> Choice {
    let lanes = lanes.unwrap_or_else(|| Selection::new(required, input).lanes(required));
    let mut chooser = Chooser {
        required,
        lanes,
        reader: Reader::new(input, lanes.shapes.iter().flatten().any(|&lane| SHAPES[lane].size < 6)),
        found: vec![None; required.texts.len()],
        homes: vec![None; required.texts.len()],
        strings: 0,
    };
    let primary = (0..required.patterns()).map(|pattern| chooser.primary(pattern)).collect();
    Choice { primary, homes: chooser.homes }
}

/// The parts of a text between its blanks, or only between those that cannot be looked up.
fn spans(text: &[u8], across: bool) -> impl Iterator<Item = Range<usize>> {
    // Texts are short: no vector unit helps.
    let cuts = (0..text.len()).filter(move |&at| is_cut(text, at, across));
    cuts.chain([text.len()]).scan(0, |from, to| Some(std::mem::replace(from, to + 1)..to))
}

/// Whether no stretch goes across a place of a text: a blank, but for those that can be looked up if these may be within.
pub(super) fn is_cut(text: &[u8], at: usize, across: bool) -> bool {
    text.get(at) == Some(&b' ') && !(across && joint::is_usable(text, at))
}

/// Finds a home for each text that is looked for.
struct Chooser<'a> {
    required: &'a Required,
    lanes: Lanes,
    reader: Reader<'a>,
    /// The best home for each text that was thought of, and what it costs to look for it there.
    found: Vec<Option<(Home, f32)>>,
    homes: Vec<Option<Home>>,
    strings: usize,
}

impl Chooser<'_> {
    /// The set that costs least to look for. Its texts are given their homes.
    fn primary(&mut self, pattern: usize) -> Option<usize> {
        let sets = self.required.usable(pattern);
        let best = if sets.len() > 1 {
            let costs = sets.map(|set| (self.cost(set), set));
            costs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, set)| set)
        } else {
            sets.last()
        };
        for &text in best.map_or(&[][..], |set| self.required.sets.get(set)) {
            let number = text as usize;
            if self.homes.get(number) == Some(&None) {
                let mut home = self.find(number).0;
                if matches!(home, Home::Packed { .. }) {
                    self.strings += 1;
                    if self.strings > MAX_STRINGS {
                        self.reader.read(self.required.texts.get(number));
                        self.reader.read_short();
                        home = self.reader.last();
                    }
                }
                self.homes[number] = Some(home);
            }
        }
        best
    }

    fn cost(&mut self, set: usize) -> f32 {
        let texts = self.required.sets.get(set).iter();
        texts.map(|&text| self.find(text as usize).1).sum()
    }

    fn find(&mut self, text: usize) -> (Home, f32) {
        if let Some(&Some(known)) = self.found.get(text) {
            return known;
        }
        self.reader.read(self.required.texts.get(text));
        let found = self.reader.home(self.lanes);
        if let Some(slot) = self.found.get_mut(text) {
            *slot = Some(found);
        }
        found
    }
}

/// Reads texts one by one.
struct Reader<'a> {
    sample: &'a Sample,
    counts: Counts,
    text: Vec<u8>,
    /// Its parts without blanks, and those with blanks that can be looked up.
    parts: [Vec<Range<usize>>; 2],
    /// Whether grams of four bytes or less are needed of every text.
    short: bool,
    packed: PackedCost,
}

impl<'a> Reader<'a> {
    fn new(Input { sample, vectors, .. }: Input<'a>, short: bool) -> Self {
        let packed = PackedCost::of(vectors);
        Self { sample, counts: Counts::default(), text: Vec::new(), parts: Default::default(), short, packed }
    }

    fn read(&mut self, text: &[u8]) {
        self.text.clear();
        self.text.extend_from_slice(text);
        for (parts, across) in self.parts.iter_mut().zip([false, true]) {
            parts.clear();
            parts.extend(spans(text, across));
        }
        self.sample.read(text, self.short, &mut self.counts);
    }

    /// Looks up short grams, too.
    fn read_short(&mut self) {
        if !self.short {
            self.sample.read(&self.text, true, &mut self.counts);
        }
    }

    /// How often the whole text is expected.
    fn whole(&self) -> f32 {
        self.counts.least() as f32 / self.sample.len()
    }

    /// The stretch whose grams are rarest: each of them is at a place that is looked at once in `stride` times.
    fn best(&self, shape: Shape, across: bool) -> Stretch {
        let count = |at: usize| self.counts.get(at, shape.size);
        let mut best: Option<(u32, usize)> = None;
        let mut propose = |sum: u32, at: usize| {
            if best.is_none_or(|(least, _)| sum < least) {
                best = Some((sum, at));
            }
        };
        for span in &self.parts[usize::from(across)] {
            let ends = (span.end + 1).saturating_sub(shape.needs());
            let mut sum: u32 = (span.start..(span.start + shape.stride).min(span.end)).map(count).sum();
            for at in span.start..ends {
                propose(sum, at);
                sum = sum + count(at + shape.stride) - count(at);
            }
        }
        let frequency = |sum: u32| sum as f32 / (self.sample.len() * shape.stride as f32);
        best.map_or(NONE, |(sum, at)| Stretch { at, frequency: frequency(sum) })
    }

    /// The same, but blanks within need a reason.
    fn best_of_both(&self, shape: Shape, joints: bool) -> Stretch {
        let within = self.best(shape, false);
        if !joints || self.parts[0].len() == self.parts[1].len() {
            return within;
        }
        let across = self.best(shape, true);
        if across.frequency * ACROSS < within.frequency { across } else { within }
    }

    /// The rarest piece, of the size that tells most if so many bytes of it are looked for.
    fn piece(&self, joints: bool, places: usize) -> (Stretch, usize) {
        let sizes = PIECE_SIZES.into_iter().filter(|&(size, _)| size <= places);
        let pieces = sizes.map(|(size, others)| (self.best_of_both(shape(1, size), joints), size, others));
        let there = pieces.filter(|(piece, ..)| piece.frequency.is_finite());
        let best = there.min_by(|a, b| (a.0.frequency + a.2).total_cmp(&(b.0.frequency + b.2)));
        best.map_or((NONE, LAST.size), |(piece, size, _)| (piece, size))
    }

    /// Where any text can be looked for.
    fn last(&self) -> Home {
        Home::Lane { lane: LAST_NUMBER, at: self.best(LAST, false).at }
    }

    /// The best place in these lanes, and what it costs.
    fn home(&mut self, lanes: Lanes) -> (Home, f32) {
        let whole = self.whole() * TEXT;
        let stretch = |&lane: &usize| (self.best_of_both(SHAPES[lane], lanes.joints), lane);
        let stretches = lanes.shapes.iter().flatten().map(stretch);
        let best = stretches.min_by(|a, b| a.0.frequency.total_cmp(&b.0.frequency));
        if let Some((stretch, lane)) = best.filter(|(stretch, _)| stretch.frequency.is_finite()) {
            return (Home::Lane { lane, at: stretch.at }, whole + stretch.frequency * GRAM);
        }
        self.read_short();
        if let Some(places) = lanes.packed {
            let (piece, size) = self.piece(lanes.joints, places);
            // Each string costs a little more than the one before.
            let more = self.packed.pair * MAX_STRINGS as f32;
            return (Home::Packed { at: piece.at, size }, whole + piece.frequency * PIECE + more);
        }
        (self.last(), whole + self.best(LAST, false).frequency * GRAM + PROBE)
    }
}

/// What it costs to look for a text in each lane.
struct Costs {
    /// Without blanks, and with them.
    lanes: [[f32; SHAPES.len()]; 2],
    pieces: [f32; 2],
    last: f32,
    /// The text itself.
    whole: f32,
}

impl Costs {
    fn new(reader: &Reader<'_>) -> Self {
        let both = [false, true];
        Self {
            lanes: both.map(|joints| SHAPES.map(|shape| reader.best_of_both(shape, joints).frequency * GRAM)),
            pieces: both.map(|joints| reader.piece(joints, PLACES).0.frequency * PIECE),
            last: reader.best(LAST, false).frequency * GRAM,
            whole: reader.whole() * TEXT,
        }
    }
}

/// What looking for some texts costs.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    /// All but those that fit in no lane.
    time: f32,
    /// How many grams each lane has to know.
    grams: [f32; MAX_LANES],
    /// How many texts fit in none of the lanes.
    strings: f32,
    /// What these cost in the searcher for few, and in the last lane.
    pieces: f32,
    last: f32,
}

impl Sum {
    fn add(&mut self, other: &Self, times: f32) {
        self.time += other.time * times;
        self.grams.iter_mut().zip(other.grams).for_each(|(grams, more)| *grams += more * times);
        self.strings += other.strings * times;
        self.pieces += other.pieces * times;
        self.last += other.last * times;
    }

    /// What it costs to look for a set, to tell which one is the best of a pattern.
    fn rank(&self) -> f32 {
        self.time + self.pieces + self.strings * PROBE
    }
}

/// Some of the patterns, which stand for all.
struct Selection<'a> {
    input: Input<'a>,
    /// For each pattern its sets.
    patterns: Vec<Vec<Vec<Costs>>>,
    /// So many patterns each of them stands for.
    step: usize,
}

impl<'a> Selection<'a> {
    fn new(required: &Required, input: Input<'a>) -> Self {
        let step = required.patterns().div_ceil(SELECTION).max(1);
        let mut reader = Reader::new(input, true);
        let mut costs = |text: &[u8]| {
            reader.read(text);
            Costs::new(&reader)
        };
        let mut sets = |pattern: usize| -> Vec<Vec<Costs>> {
            required.usable(pattern).map(|set| required.texts_of(set).map(&mut costs).collect()).collect()
        };
        let patterns = (0..required.patterns()).step_by(step).map(&mut sets).collect();
        Self { input, patterns, step }
    }

    /// The set of lanes that is expected to cost least.
    fn lanes(&self, required: &Required) -> Lanes {
        let mut all = Vec::new();
        for shapes in combinations() {
            for joints in [false, true] {
                let sum = self.sum(shapes, joints);
                all.push((self.cost(&sum, shapes, joints), sum));
            }
        }
        all.sort_by(|a, b| a.0.0.total_cmp(&b.0.0));
        all.truncate(FINALISTS);
        let lengths: Vec<Lengths> = (0..required.patterns())
            .filter_map(|pattern| required.usable(pattern).next())
            .flat_map(|set| required.texts_of(set).map(Lengths::new))
            .collect();
        let finalists = all.into_iter().map(|((_, lanes), sum)| {
            // A selection may miss the few texts that fit nowhere.
            let strings = lengths.iter().filter(|text| !text.fits(lanes)).count() as f32;
            let share = if sum.strings > 0.0 { strings / sum.strings } else { 0.0 };
            let sum = Sum { strings, pieces: sum.pieces * share, last: sum.last * share, ..sum };
            self.cost(&sum, lanes.shapes, lanes.joints)
        });
        finalists.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, lanes)| lanes).unwrap_or_default()
    }

    fn sum(&self, shapes: [Option<usize>; MAX_LANES], joints: bool) -> Sum {
        let mut all = Sum::default();
        for sets in &self.patterns {
            let sums = sets.iter().map(|set| sum_of_set(set, shapes, joints));
            if let Some(best) = sums.min_by(|a, b| a.rank().total_cmp(&b.rank())) {
                all.add(&best, self.step as f32);
            }
        }
        all
    }

    /// What looking for all texts costs, with the searcher for few or without it, as is better.
    fn cost(&self, sum: &Sum, shapes: [Option<usize>; MAX_LANES], joints: bool) -> (f32, Lanes) {
        let mut time = sum.time;
        for (shape, grams) in shapes.iter().zip(sum.grams).filter_map(|(shape, grams)| Some(((*shape)?, grams))) {
            let probe = if grams <= NEAR_GRAMS as f32 { PROBE } else { FAR_PROBE };
            time += probe / SHAPES[shape].stride as f32;
        }
        time += if joints { GAPS + GAP * self.input.gaps } else { 0.0 };
        let many = if sum.strings > MAX_STRINGS as f32 { PROBE } else { 0.0 };
        let PackedCost { alone, pair } = PackedCost::of(self.input.vectors);
        let packed = sum.pieces + alone + pair * sum.strings * sum.strings + many;
        let last = sum.last + PROBE;
        let lanes = |packed: Option<usize>| Lanes { shapes, packed, joints };
        if sum.strings == 0.0 {
            (time, lanes(None))
        } else if packed < last {
            (time + packed, lanes(Some(places_for(sum.strings, self.input.vectors))))
        } else {
            (time + last, lanes(None))
        }
    }
}

fn sum_of_set(set: &[Costs], shapes: [Option<usize>; MAX_LANES], joints: bool) -> Sum {
    let mut sum = Sum::default();
    for costs in set {
        sum.time += costs.whole;
        let cost = |lane: Option<usize>| lane.map_or(f32::INFINITY, |lane| costs.lanes[usize::from(joints)][lane]);
        let lanes = shapes.map(cost).into_iter().enumerate();
        let Some((best, cost)) = lanes.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, cost)| cost.is_finite()) else {
            sum.strings += 1.0;
            sum.pieces += costs.pieces[usize::from(joints)];
            sum.last += costs.last;
            continue;
        };
        sum.time += cost;
        sum.grams[best] += shapes[best].map_or(0, |shape| SHAPES[shape].stride) as f32;
    }
    sum
}

/// All ways to use up to two lanes, the second of which takes shorter texts than the first at a smaller stride.
fn combinations() -> Vec<[Option<usize>; MAX_LANES]> {
    let is_below = |upper: usize, lower: usize| {
        let (upper, lower) = (SHAPES[upper], SHAPES[lower]);
        lower.needs() < upper.needs() && lower.stride < upper.stride
    };
    let mut all = vec![[None; MAX_LANES]];
    for upper in 0..SHAPES.len() {
        all.push([Some(upper), None]);
        let below = (0..SHAPES.len()).filter(|&lower| is_below(upper, lower));
        all.extend(below.map(|lower| [Some(upper), Some(lower)]));
    }
    all
}

/// How long the longest parts of a text are that may be looked for.
struct Lengths {
    word: usize,
    /// With blanks that can be looked up.
    span: usize,
}

impl Lengths {
    fn new(text: &[u8]) -> Self {
        let longest = |across: bool| spans(text, across).map(|span| span.len()).max().unwrap_or(0);
        Self { word: longest(false), span: longest(true) }
    }

    fn fits(&self, lanes: Lanes) -> bool {
        let longest = if lanes.joints { self.span } else { self.word };
        lanes.shapes.iter().flatten().any(|&lane| SHAPES[lane].needs() <= longest)
    }
}
