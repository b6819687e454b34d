//! What the text patterns of all rules share: one filter that finds the lines and records some of them may match.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::fact::{Sieve, Sieves, Sifted, lines};
use crate::predicate::{EventQuery, Source};
use crate::rule::{Pattern, PatternKind};
use crate::sweep::{Choice, Pattern as Wanted, Required, Scratch, Sweep, has_text};

use super::sample::Sample;
use super::{LogTable, Meter};

/// The text patterns of all queries, ready to be looked for in records.
#[derive(Debug)]
pub(super) struct Texts {
    /// What each pattern stands for.
    meanings: Vec<Meaning>,
    required: Arc<Required>,
    /// For records that no sieve looked at: made for the first of them, since the lines of logs have sieves of their own.
    sweep: LazyLock<Sweep, Box<dyn FnOnce() -> Sweep + Send>>,
    sources: Sources,
    /// Queries of each source that no text stands for: they may match any record of it.
    always: Vec<Vec<usize>>,
    /// The logs that some query asks for.
    asked: BTreeSet<usize>,
    pool: Pool,
}

/// What the texts of a plan require and how they are looked for where nothing is known of the input, made from what was kept
/// of an earlier run.
pub(super) struct Ready {
    required: Required,
    choice: Choice,
}

impl Ready {
    /// Nothing if the bytes make no sense.
    pub(super) fn read(kept: &[u8]) -> Option<Self> {
        let (required, choice) = postcard::from_bytes::<(Required, Choice)>(kept).ok()?;
        Some(Self { required, choice })
    }

    /// The same worked out anew, and the bytes to keep of it.
    fn new(patterns: &[Wanted<'_>]) -> (Self, Option<Vec<u8>>) {
        let required = Required::new(patterns);
        let choice = Sweep::choice(&required);
        let kept = postcard::to_allocvec(&(&required, &choice)).ok();
        (Self { required, choice }, kept)
    }
}

/// The sources that queries are about, by number: thousands of queries share a few of them.
#[derive(Debug, Default)]
struct Sources {
    numbers: HashMap<Source, usize>,
    /// The source of each query.
    of: Vec<usize>,
}

impl Sources {
    fn new(queries: &[EventQuery]) -> Self {
        let mut new = Self::default();
        for query in queries {
            let next = new.numbers.len();
            let number = new.numbers.get(&query.source).copied();
            new.of.push(number.unwrap_or_else(|| *new.numbers.entry(query.source.clone()).or_insert(next)));
        }
        new
    }

    /// Its number, if any query is about it.
    fn number(&self, source: &Source) -> Option<usize> {
        self.numbers.get(source).copied()
    }
}

/// What it means that a pattern stands on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The query may match.
    Query(usize),
    /// The record may be of this log: it is the name of one of its components.
    Log(usize),
    /// The file may be this log: it is how one of its lines begins.
    Sign(usize),
}

impl Texts {
    /// `ready` gives what was made of exactly these queries before, if somebody has kept it. Else what is to be kept for the
    /// next time comes with the texts.
    pub(super) fn new(
        queries: &[EventQuery],
        logs: &LogTable,
        ready: impl FnOnce() -> Option<Ready>,
    ) -> (Self, Option<Vec<u8>>) {
        let sources = Sources::new(queries);
        let mut always = vec![Vec::new(); sources.numbers.len()];
        let mut patterns = Vec::new();
        let mut meanings = Vec::new();
        for (number, query) in queries.iter().enumerate() {
            match best(query) {
                Some(pattern) => {
                    patterns.push(Wanted::from(pattern));
                    meanings.push(Meaning::Query(number));
                }
                None => always[sources.of[number]].push(number),
            }
        }
        let asked: BTreeSet<usize> =
            (0..logs.len()).filter(|log| sources.number(logs.source(*log)).is_some()).collect();
        for &log in &asked {
            for name in logs.names(log) {
                patterns.push(Wanted::Literal(name));
                meanings.push(Meaning::Log(log));
            }
            for line in logs.signatures(log) {
                patterns.push(Wanted::Literal(line));
                meanings.push(Meaning::Sign(log));
            }
        }
        let fitting = ready().filter(|ready| ready.required.patterns() == patterns.len());
        let (Ready { required, choice }, worth_keeping) =
            fitting.map_or_else(|| Ready::new(&patterns), |ready| (ready, None));
        for pattern in required.slow() {
            if let Some(Meaning::Query(query)) = meanings.get(pattern) {
                always[sources.of[*query]].push(*query);
            }
        }
        let required = Arc::new(required);
        let of = Arc::clone(&required);
        // A choice that does not fit is none.
        let by_choice = move || Sweep::by_choice(&of, &choice).unwrap_or_else(|| Sweep::new(&of, &[]));
        let sweep = LazyLock::<_, Box<dyn FnOnce() -> _ + Send>>::new(Box::new(by_choice));
        (Self { meanings, required, sweep, sources, always, asked, pool: Pool::default() }, worth_keeping)
    }

    /// Whether some query may match any record of the source.
    fn is_always_asked(&self, source: &Source) -> bool {
        self.sources.number(source).is_some_and(|source| !self.always[source].is_empty())
    }

    /// Adds the queries that may match a record with this text, if it is of the source or whatever it is. `told` are all of
    /// them, and perhaps others, that a text stands for.
    pub(super) fn leads(&self, source: Option<&Source>, text: &str, told: Option<&[u32]>, found: &mut Vec<usize>) {
        let sources = [source, Some(&Source::Any)].map(|source| self.sources.number(source?));
        for &source in sources.iter().flatten() {
            found.extend(&self.always[source]);
        }
        let asked = |query: &usize| self.sources.of.get(*query).is_some_and(|of| sources.contains(&Some(*of)));
        if let Some(told) = told {
            found.extend(told.iter().map(|&query| query as usize).filter(asked));
            return;
        }
        self.pool.with(|scratch| {
            let mut patterns = std::mem::take(&mut scratch.patterns);
            self.sweep.scan_text(text.as_bytes(), &mut scratch.sweep, &mut patterns);
            let query = |pattern: &u32| match self.meanings.get(*pattern as usize) {
                Some(Meaning::Query(query)) => Some(*query),
                Some(Meaning::Log(_) | Meaning::Sign(_)) | None => None,
            };
            found.extend(patterns.iter().filter_map(query).filter(asked));
            scratch.patterns = patterns;
        });
    }
}

/// The pattern of a query that tells most: every match satisfies all of them, so one is enough. One that no text stands
/// for is the last resort.
fn best(query: &EventQuery) -> Option<&Pattern> {
    let mut patterns = query.required_patterns().filter(|pattern| pattern.kind() != PatternKind::Glob);
    let first = patterns.next()?;
    // Most queries have one pattern, and to look into it takes time.
    let worth = |pattern: &&Pattern| (has_text(&Wanted::from(*pattern)), pattern.source().len());
    patterns.next().map_or(Some(first), |second| [first, second].into_iter().chain(patterns).max_by_key(worth))
}

/// What threads write on while they scan.
#[derive(Debug, Default)]
struct Pool(Mutex<Vec<Paper>>);

#[derive(Debug, Default)]
struct Paper {
    sweep: Scratch,
    patterns: Vec<u32>,
}

impl Pool {
    fn with<T>(&self, work: impl FnOnce(&mut Paper) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut paper = lock().pop().unwrap_or_default();
        let result = work(&mut paper);
        lock().push(paper);
        result
    }
}

/// The sieves for the files of one bundle.
#[derive(Debug)]
pub struct BundleSieves<'p> {
    logs: &'p LogTable,
    texts: &'p Texts,
    meter: Option<Arc<Meter>>,
    /// Some of the bundle's text, if it was cheap to have: it decides how the patterns are looked for, never what is found.
    sample: Vec<u8>,
    /// Some of what was read so far.
    seen: Arc<Sample>,
    /// For each choice of logs whose records are expected, the patterns; `None` if every line has to be read.
    made: Mutex<BTreeMap<Expected, Option<Arc<Patterns>>>>,
}

/// The logs whose records a file is expected to hold, among those that are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    logs: Vec<usize>,
    /// The file is one of these if a line shows it. Every line behind that one is asked for.
    if_shown: Vec<usize>,
}

/// The patterns that matter in one kind of file.
#[derive(Debug)]
struct Patterns {
    sweep: Sweep,
    /// What each pattern stands for.
    meanings: Vec<Meaning>,
    /// What words of their texts are made of, if of one byte alone.
    marks: BTreeSet<u8>,
    pool: Pool,
    /// How much text was known when it was chosen how they are looked for.
    sampled: usize,
    /// In how much text they were looked for since.
    sifted: AtomicU64,
}

/// With less text behind them, patterns are not worth being chosen anew.
const WORTH_CHOOSING: u64 = 16 * 1024 * 1024;

impl Patterns {
    /// Whether so much more text is known by now that they may be looked for in a better way.
    fn are_outgrown(&self, known: usize) -> bool {
        known >= 2 * self.sampled && self.sifted.load(Relaxed) >= WORTH_CHOOSING
    }
}

/// Looks for them.
struct FileSieve {
    patterns: Arc<Patterns>,
    meter: Option<Arc<Meter>>,
    seen: Arc<Sample>,
    /// How many blocks of the file were looked at.
    blocks: AtomicU64,
    /// A line has shown that every line is asked for.
    all: AtomicBool,
}

impl<'p> BundleSieves<'p> {
    pub(super) fn new(logs: &'p LogTable, texts: &'p Texts, meter: Option<Arc<Meter>>, sample: Vec<u8>) -> Self {
        Self { logs, texts, meter, sample, seen: Arc::default(), made: Mutex::default() }
    }

    /// Which of the logs that are asked for a file is expected to hold: by its name, and by what its beginning shows. Of a
    /// log of which every record is asked for, the name alone decides: then every line has to be read.
    fn expected(&self, path: &str, head: &str) -> Expected {
        let head = head.to_lowercase();
        let named = self.logs.of_file(path);
        let mut expected = Expected::default();
        for &log in &self.texts.asked {
            let is_shown = || self.logs.names(log).any(|name| head.contains(name));
            // A line of any such file may show which log it is.
            let may_show = named.is_none() && self.logs.signatures(log).next().is_some();
            if named == Some(log) || !self.is_always_asked(log) && (may_show || is_shown()) {
                expected.logs.push(log);
            } else if may_show {
                expected.if_shown.push(log);
            }
        }
        expected
    }

    fn is_always_asked(&self, log: usize) -> bool {
        self.texts.is_always_asked(self.logs.source(log))
    }

    /// All that is asked of every text and of the expected logs. A record of another log shows by the name of its
    /// component, so that a rule for one log costs the files of the others next to nothing.
    fn make(&self, expected: &Expected, sample: &[u8]) -> Option<Arc<Patterns>> {
        let Expected { logs, if_shown } = expected;
        if self.texts.is_always_asked(&Source::Any) || logs.iter().any(|&log| self.is_always_asked(log)) {
            return None;
        }
        let sources = logs.iter().map(|log| self.logs.source(*log)).chain([&Source::Any]);
        let sources: Vec<usize> = sources.filter_map(|source| self.texts.sources.number(source)).collect();
        let matters = |pattern: &usize| match self.texts.meanings[*pattern] {
            Meaning::Query(query) => sources.contains(&self.texts.sources.of[query]),
            Meaning::Log(log) => !logs.contains(&log),
            Meaning::Sign(log) => if_shown.contains(&log),
        };
        let chosen: Vec<usize> = (0..self.texts.meanings.len()).filter(matters).collect();
        let meanings: Vec<Meaning> = chosen.iter().map(|pattern| self.texts.meanings[*pattern]).collect();
        let sweep = Sweep::new(&self.texts.required.select(chosen), sample);
        // The name of a component may be too short to be looked for.
        sweep.slow().is_empty().then(|| {
            let marks = sweep.words_of_one_byte();
            let (sampled, sifted) = (sample.len(), AtomicU64::new(0));
            Arc::new(Patterns { sweep, meanings, marks, pool: Pool::default(), sampled, sifted })
        })
    }
}

impl Sieves for BundleSieves<'_> {
    fn sieve(&self, path: &str, head: &str) -> Option<Arc<dyn Sieve>> {
        let expected = self.expected(path, head);
        self.seen.add(head.as_bytes());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let patterns = match made.get(&expected) {
            Some(Some(patterns)) if patterns.are_outgrown(self.seen.len()) => self.make(&expected, &self.seen.text()),
            Some(patterns) => patterns.clone(),
            // A little text has to do: with more, choosing takes longer than reading a small bundle.
            None => self.make(&expected, if self.sample.is_empty() { head.as_bytes() } else { &self.sample }),
        };
        made.insert(expected, patterns.clone());
        drop(made);
        Some(Arc::new(FileSieve {
            patterns: patterns?,
            meter: self.meter.clone(),
            seen: Arc::clone(&self.seen),
            blocks: AtomicU64::new(0),
            all: AtomicBool::new(false),
        }))
    }
}

impl Sieve for FileSieve {
    fn asks_for_word_of(&self, mark: u8) -> bool {
        self.patterns.marks.contains(&mark)
    }

    fn sift(&self, block: &[u8], found: &mut Vec<Sifted>, ends: &mut Vec<u32>) {
        self.patterns.sifted.fetch_add(block.len() as u64, Relaxed);
        // Of the first block, the second, the fourth and so on: of each file some, and of no file too much.
        if (self.blocks.fetch_add(1, Relaxed) + 1).is_power_of_two() {
            self.seen.add_some(block);
        }
        let mut all = self.all.load(Relaxed).then_some(0);
        self.patterns.pool.with(|paper| {
            self.patterns.sweep.scan_with_ends(block, ends, &mut paper.sweep, &mut |line| {
                let query = match self.patterns.meanings.get(line.pattern as usize) {
                    Some(Meaning::Query(query)) => Some(*query),
                    Some(Meaning::Sign(_)) => {
                        all = all.or(Some(line.line));
                        None
                    }
                    // Of the other log all queries may match.
                    Some(Meaning::Log(_)) | None => None,
                };
                if let (Some(query), Some(meter)) = (query, &self.meter) {
                    meter.line(query);
                }
                let query = query.map(|query| query as u32);
                found.push(Sifted { line: line.line, start: line.start, end: line.end, query });
            });
        });
        if let Some(first) = all {
            self.all.store(true, Relaxed);
            found.retain(|line| line.line < first);
            found.extend(lines(block, 0, ends).zip(0..).skip(first as usize).map(|(line, number)| Sifted {
                line: number,
                start: line.start,
                end: line.end,
                query: None,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::{Pack, PackFile};

    fn asked_lines(sieve: &dyn Sieve, block: &[u8]) -> Vec<u64> {
        let mut found = Vec::new();
        sieve.sift(block, &mut found, &mut Vec::new());
        found.iter().map(|line| line.line).collect()
    }

    #[test]
    fn how_patterns_are_looked_for_is_chosen_anew_once_much_more_is_known() {
        let text =
            "article Q1 \"a\" {\n  product sms\n  affects 1.2\n  symptom s \"s\" { text has \"job complete\" }\n}\n";
        let kb = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
        let mut files = crate::pack::collect(&kb).expect("the repository's own products");
        files.push(PackFile { name: "Q1.rule".to_owned(), text: text.to_owned() });
        let plan = crate::plan::build(&Pack::from_files(files));
        let sieves = plan.sieves(Vec::new());
        let chosen = || {
            let made = sieves.made.lock().expect("a lock that nobody broke");
            Arc::as_ptr(made.values().flatten().next().expect("patterns"))
        };
        let open = || sieves.sieve("any.log", "the head of a file").expect("a sieve");
        let block = b"nothing that is asked for\njob Complete\nnothing again\n".repeat(1000);
        let wanted: Vec<u64> = (1..3000).step_by(3).collect();
        let first = open();
        assert_eq!(asked_lines(&*first, &block), wanted);
        let at_first = chosen();
        // More is known, but what was chosen has not been used for long.
        let second = open();
        assert_eq!(chosen(), at_first);
        let much = block.repeat(WORTH_CHOOSING as usize / block.len());
        assert_eq!(asked_lines(&*second, &much).len(), much.len() / block.len() * 1000);
        let third = open();
        assert_ne!(chosen(), at_first);
        for sieve in [first, second, third] {
            assert_eq!(asked_lines(&*sieve, &block), wanted);
        }
    }
}
