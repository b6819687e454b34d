//! Which lanes are used, and where in which lane each text is looked for: one estimate of cost decides all of it.
//!
//! Costs are nanoseconds for each byte of input. What a lane costs by itself is known beforehand; what the texts add
//! comes from how often their grams stand in the sample. A pattern is looked for by the set whose texts cost least.
//! Which lanes there are is decided over a selection of the patterns, since thousands of them are alike.

use std::ops::Range;

use super::joint;
use super::packed::MAX_STRINGS;
use super::sample::{Sample, eight};
use super::stride::Shape;
use super::text::words;

/// The lanes there may be.
pub(super) const SHAPES: [Shape; 18] = [
    shape(8, 8),
    shape(8, 6),
    shape(8, 4),
    shape(6, 8),
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
    shape(1, 8),
    shape(1, 6),
    shape(1, 4),
    LAST,
];

/// The lane that every usable text fits in.
const LAST: Shape = shape(1, 3);

/// The number of that lane.
pub(super) const LAST_NUMBER: usize = SHAPES.len() - 1;

/// So many lanes with a stride are used together.
const MAX_LANES: usize = 3;

/// So many patterns are enough to choose the lanes by.
const SELECTION: usize = 300;

/// So many of the sets of lanes that look best by the selection are compared by all patterns.
const FINALISTS: usize = 8;

/// One probe of a filter that fits in the nearest cache, and of a larger one.
const PROBE: f32 = 1.0;
const FAR_PROBE: f32 = 2.0;
/// So many grams are known by a filter that fits.
const NEAR_GRAMS: usize = 1 << 14;
/// A gram that was found: its entries are looked at.
const GRAM: f32 = 20.0;
/// A text that was found: its line is looked at.
const TEXT: f32 = 60.0;
/// The searcher for few texts, and what each pair of its strings adds: they are found together and told apart later.
const PACKED: f32 = 0.1;
const STRINGS: f32 = 0.0003;
/// A piece that it finds.
const PIECE: f32 = 30.0;
/// Looking out for white space that is no blank, for each byte, and one such place.
const GAPS: f32 = 0.1;
const GAP: f32 = 6.0;

const fn shape(stride: usize, size: usize) -> Shape {
    Shape { stride, size }
}

/// A stretch of a text that may be looked for in a lane, and how often its grams are expected.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    at: usize,
    frequency: f32,
}

const NONE: Stretch = Stretch { at: 0, frequency: f32::INFINITY };

/// What is known of a text.
#[derive(Debug, Clone)]
struct Options {
    /// The best stretch for each lane within a word.
    within: [Stretch; SHAPES.len()],
    /// The best stretch that may hold blanks.
    across: [Stretch; SHAPES.len()],
    /// The best piece of each size for the searcher for few texts: within a word, and one that may hold blanks.
    pieces: [[Stretch; PIECE_SIZES.len()]; 2],
    /// How often the whole text is expected.
    frequency: f32,
}

/// The lanes in use.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Lanes {
    /// Numbers of shapes.
    pub(super) strides: [Option<usize>; MAX_LANES],
    /// The searcher for few texts.
    pub(super) packed: bool,
    /// White space that is not one blank is looked at, so a stretch may hold blanks.
    pub(super) joints: bool,
}

/// Where a text is looked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Home {
    /// In the lane of this number of [`SHAPES`]: a stretch, and what around it certainly stands as it is.
    Stride { lane: usize, at: usize, around: Range<usize> },
    /// By a piece, of each of [`PIECE_SIZES`] where there is one.
    Packed { at: [Option<usize>; PIECE_SIZES.len()] },
}

/// How many bytes a piece may have: four tell more, and every usable text has three.
pub(super) const PIECE_SIZES: [usize; 2] = [4, 3];

/// All decisions.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// For each pattern, which of its sets is looked for; `None` if none can be.
    pub(super) primary: Vec<Option<usize>>,
    /// For each text that is looked for, where.
    pub(super) homes: Vec<Option<Home>>,
}

/// Decides. `sets` are the sets of each pattern that can be looked for, as numbers of texts; `lanes` are decided, too,
/// unless they are given.
pub(super) fn choose(
    texts: &[Box<[u8]>],
    sets: &[Vec<Vec<u32>>],
    sample: &Sample,
    gaps: f32,
    lanes: Option<Lanes>,
) -> Choice {
    let options: Vec<Options> = texts.iter().map(|text| Options::new(text, sample)).collect();
    let chooser = Chooser { options: &options, sets, gaps };
    let lanes = lanes.unwrap_or_else(|| chooser.lanes());
    let primary = chooser.primary(lanes);
    let mut homes: Vec<Option<Home>> = vec![None; texts.len()];
    let mut strings = 0;
    for (sets, primary) in sets.iter().zip(&primary) {
        for &text in primary.and_then(|set| sets.get(set)).into_iter().flatten() {
            let number = text as usize;
            let (Some(options), Some(text), Some(home @ None)) =
                (options.get(number), texts.get(number), homes.get_mut(number))
            else {
                continue;
            };
            *home = Some(options.home(text, lanes, &mut strings));
        }
    }
    Choice { primary, homes }
}

struct Chooser<'a> {
    options: &'a [Options],
    sets: &'a [Vec<Vec<u32>>],
    /// How many places there are in a byte of input where white space is not one blank.
    gaps: f32,
}

/// What looking for some texts costs.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    /// For each byte.
    time: f32,
    /// How many grams each lane with a stride has to know.
    grams: [usize; MAX_LANES],
    /// How many strings the searcher for few texts has to know.
    strings: usize,
    /// Some text fits nowhere but in the last lane.
    last: bool,
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.time += other.time;
        self.grams.iter_mut().zip(other.grams).for_each(|(grams, more)| *grams += more);
        self.strings += other.strings;
        self.last |= other.last;
    }
}

impl Chooser<'_> {
    /// The set of lanes that is expected to cost least.
    fn lanes(&self) -> Lanes {
        let step = self.sets.len().div_ceil(SELECTION).max(1);
        let selected: Vec<&Vec<Vec<u32>>> = self.sets.iter().filter(|sets| !sets.is_empty()).step_by(step).collect();
        let mut all = Vec::new();
        for strides in combinations() {
            for (packed, joints) in [(false, false), (true, false), (false, true), (true, true)] {
                let lanes = Lanes { strides, packed, joints };
                all.push((self.cost(&selected, step, lanes), lanes));
            }
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.truncate(FINALISTS);
        // A selection may miss the few texts that the searcher for few is for.
        let with = all.iter().map(|&(cost, lanes)| (cost, Lanes { packed: true, ..lanes }));
        let all: Vec<_> = all.iter().copied().chain(with).collect();
        let every: Vec<&Vec<Vec<u32>>> = self.sets.iter().filter(|sets| !sets.is_empty()).collect();
        let finalists = all.into_iter().map(|(_, lanes)| (self.cost(&every, 1, lanes), lanes));
        finalists.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, lanes)| lanes).unwrap_or_default()
    }

    /// What the lanes cost for these patterns, each of which stands for `step` patterns.
    fn cost(&self, selected: &[&Vec<Vec<u32>>], step: usize, lanes: Lanes) -> f32 {
        let mut cost = Cost::default();
        for sets in selected {
            if let Some((_, set)) = self.best_set(sets, lanes) {
                cost.add(&set);
            }
        }
        let mut time = cost.time * step as f32;
        for (lane, grams) in lanes.strides.iter().zip(cost.grams) {
            let probe = if grams * step <= NEAR_GRAMS { PROBE } else { FAR_PROBE };
            time += lane.map_or(0.0, |lane| probe / SHAPES[lane].stride as f32);
        }
        let strings = (cost.strings * step) as f32;
        time += if lanes.packed { PACKED + STRINGS * strings * strings } else { 0.0 };
        time += if lanes.joints { GAPS + GAP * self.gaps } else { 0.0 };
        time + if cost.last || cost.strings * step > MAX_STRINGS { PROBE } else { 0.0 }
    }

    /// The set of a pattern that costs least.
    fn best_set(&self, sets: &[Vec<u32>], lanes: Lanes) -> Option<(usize, Cost)> {
        let costs = sets.iter().map(|set| self.set(set, lanes)).enumerate();
        costs.min_by(|a, b| a.1.last.cmp(&b.1.last).then(a.1.time.total_cmp(&b.1.time)))
    }

    fn set(&self, set: &[u32], lanes: Lanes) -> Cost {
        let mut cost = Cost::default();
        for options in set.iter().filter_map(|&text| self.options.get(text as usize)) {
            cost.time += options.frequency * TEXT;
            if let Some((lane, stretch)) = options.best(lanes) {
                cost.time += stretch.frequency * GRAM;
                let place = lanes.strides.iter().position(|&known| known == Some(lane)).unwrap_or(0);
                cost.grams[place] += SHAPES[lane].stride;
            } else if lanes.packed {
                cost.time += options.piece(lanes).map_or(0.0, |piece| piece.frequency) * PIECE;
                cost.strings += 1;
            } else {
                cost.time += options.within[LAST_NUMBER].frequency * GRAM;
                cost.last = true;
            }
        }
        cost
    }

    fn primary(&self, lanes: Lanes) -> Vec<Option<usize>> {
        self.sets.iter().map(|sets| self.best_set(sets, lanes).map(|(set, _)| set)).collect()
    }
}

/// All ways to use up to [`MAX_LANES`] lanes, each of which takes shorter texts than the one before at a smaller stride.
fn combinations() -> Vec<[Option<usize>; MAX_LANES]> {
    let below = |upper: usize| {
        let fits = move |lower: &usize| {
            SHAPES[*lower].needs() < SHAPES[upper].needs() && SHAPES[*lower].stride < SHAPES[upper].stride
        };
        (0..SHAPES.len()).filter(fits)
    };
    let mut all = vec![[None; MAX_LANES]];
    for first in 0..SHAPES.len() {
        all.push([Some(first), None, None]);
        for second in below(first) {
            all.push([Some(first), Some(second), None]);
            all.extend(below(second).map(|third| [Some(first), Some(second), Some(third)]));
        }
    }
    all
}

impl Options {
    fn new(text: &[u8], sample: &Sample) -> Self {
        let mut options = Self {
            within: [NONE; SHAPES.len()],
            across: [NONE; SHAPES.len()],
            pieces: [[NONE; PIECE_SIZES.len()]; 2],
            frequency: f32::INFINITY,
        };
        let grams: Vec<(usize, Vec<f32>)> = [3, 4, 6, 8]
            .into_iter()
            .map(|size| {
                let places = 0..(text.len() + 1).saturating_sub(size);
                (size, places.map(|at| sample.frequency(eight(text, at), size)).collect())
            })
            .collect();
        for (_, frequencies) in &grams {
            options.frequency = frequencies.iter().copied().fold(options.frequency, f32::min);
        }
        if !options.frequency.is_finite() {
            options.frequency = 1.0;
        }
        let words: Vec<Range<usize>> = words(text).collect();
        let spans = spans(text);
        for (number, shape) in SHAPES.iter().enumerate() {
            let Some((_, frequencies)) = grams.iter().find(|(size, _)| *size == shape.size) else { continue };
            options.within[number] = best_stretch(*shape, frequencies, &words);
            options.across[number] = best_stretch(*shape, frequencies, &spans);
            // A blank within costs a little by itself: take it for a reason only.
            if options.across[number].frequency * 1.1 >= options.within[number].frequency {
                options.across[number] = options.within[number];
            }
        }
        for (pieces, spans) in options.pieces.iter_mut().zip([&words, &spans]) {
            for (piece, size) in pieces.iter_mut().zip(PIECE_SIZES) {
                if let Some((_, frequencies)) = grams.iter().find(|(known, _)| *known == size) {
                    *piece = best_stretch(Shape { stride: 1, size }, frequencies, spans);
                }
            }
        }
        options
    }

    /// The best lane of these, and the stretch there.
    fn best(&self, lanes: Lanes) -> Option<(usize, Stretch)> {
        let stretches = if lanes.joints { &self.across } else { &self.within };
        let mut best: Option<(usize, Stretch)> = None;
        for &lane in lanes.strides.iter().flatten() {
            let stretch = stretches[lane];
            if stretch.frequency < best.map_or(f32::INFINITY, |(_, best)| best.frequency) {
                best = Some((lane, stretch));
            }
        }
        best
    }

    /// The best piece for the searcher for few texts, of the size that tells most.
    fn piece(&self, lanes: Lanes) -> Option<Stretch> {
        self.pieces[usize::from(lanes.joints)].into_iter().find(|piece| piece.frequency.is_finite())
    }

    fn home(&self, text: &[u8], lanes: Lanes, strings: &mut usize) -> Home {
        if let Some((lane, stretch)) = self.best(lanes) {
            return stride_home(text, lane, stretch.at);
        }
        if lanes.packed && *strings < MAX_STRINGS {
            *strings += 1;
            let pieces = self.pieces[usize::from(lanes.joints)];
            return Home::Packed { at: pieces.map(|piece| piece.frequency.is_finite().then_some(piece.at)) };
        }
        stride_home(text, LAST_NUMBER, self.within[LAST_NUMBER].at)
    }
}

fn stride_home(text: &[u8], lane: usize, at: usize) -> Home {
    let stretch = at..at + SHAPES[lane].needs();
    let holds = |range: &Range<usize>| range.start <= stretch.start && stretch.end <= range.end;
    let around = words(text).find(holds).or_else(|| spans(text).into_iter().find(holds)).unwrap_or(stretch);
    Home::Stride { lane, at, around }
}

/// The parts of a text between the blanks that cannot be looked up.
fn spans(text: &[u8]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for word in words(text) {
        match spans.last_mut() {
            Some(span) if joint::is_usable(text, span.end) => span.end = word.end,
            _ => spans.push(word),
        }
    }
    spans
}

/// Each gram of a stretch is at a place that is looked at once in `stride` times.
fn best_stretch(shape: Shape, frequencies: &[f32], spans: &[Range<usize>]) -> Stretch {
    let mut best = NONE;
    for span in spans {
        for at in span.start..(span.end + 1).saturating_sub(shape.needs()) {
            let grams = frequencies.get(at..at + shape.stride).unwrap_or_default();
            let frequency = grams.iter().sum::<f32>() / shape.stride as f32;
            if frequency < best.frequency {
                best = Stretch { at, frequency };
            }
        }
    }
    best
}
