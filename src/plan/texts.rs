//! What the text patterns of all rules share: one filter that finds the lines and records some of them may match.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::fact::{Sieve, Sieves, Sifted};
use crate::predicate::{EventQuery, Source};
use crate::rule::{Pattern, PatternKind};
use crate::sweep::{Pattern as Wanted, Required, Scratch, Sweep};

use super::{LogTable, Meter};

/// The text patterns of all queries, ready to be looked for in records.
#[derive(Debug)]
pub(super) struct Texts {
    /// The query of each pattern.
    queries: Vec<usize>,
    sweep: Sweep,
    /// Queries that no text stands for: they may match any record of their source.
    always: BTreeMap<Source, Vec<usize>>,
    pool: Pool,
}

impl Texts {
    pub(super) fn new(queries: &[EventQuery]) -> Self {
        let mut always: BTreeMap<Source, Vec<usize>> = BTreeMap::new();
        let mut patterns = Vec::new();
        let mut of_pattern = Vec::new();
        for (number, query) in queries.iter().enumerate() {
            match best(query) {
                Some(pattern) => {
                    patterns.push(wanted(pattern));
                    of_pattern.push(number);
                }
                None => always.entry(query.source.clone()).or_default().push(number),
            }
        }
        let sweep = Sweep::new(&Required::new(&patterns), &[]);
        for &pattern in sweep.slow() {
            let query = of_pattern[pattern as usize];
            always.entry(queries[query].source.clone()).or_default().push(query);
        }
        Self { queries: of_pattern, sweep, always, pool: Pool::default() }
    }

    /// Adds the queries that may match a record with this text, if it is of the source or whatever it is.
    pub(super) fn leads(&self, all: &[EventQuery], source: Option<&Source>, text: &str, found: &mut Vec<usize>) {
        let sources = [source, Some(&Source::Any)];
        let always = sources.into_iter().flatten().filter_map(|source| self.always.get(source)).flatten();
        found.extend(always);
        let asked = |query: &usize| sources.contains(&Some(&all[*query].source));
        self.pool.with(|scratch| {
            let mut patterns = std::mem::take(&mut scratch.patterns);
            self.sweep.scan_text(text.as_bytes(), &mut scratch.sweep, &mut patterns);
            found.extend(patterns.iter().map(|pattern| self.queries[*pattern as usize]).filter(asked));
            scratch.patterns = patterns;
        });
    }
}

/// The pattern of a query that tells most: every match satisfies all of them, so one is enough.
fn best(query: &EventQuery) -> Option<&Pattern> {
    query.required_patterns().filter(|pattern| pattern.kind() != PatternKind::Glob).max_by_key(|one| one.source().len())
}

fn wanted(pattern: &Pattern) -> Wanted<'_> {
    match pattern.kind() {
        PatternKind::Literal | PatternKind::Glob => Wanted::Literal(pattern.source()),
        PatternKind::Regex => Wanted::Regex(pattern.source()),
    }
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
    queries: &'p [EventQuery],
    meter: Option<Arc<Meter>>,
    /// Some of the bundle's text: it decides how the patterns are looked for, never what is found.
    sample: Vec<u8>,
    /// The logs that some query asks for.
    asked: BTreeSet<usize>,
    /// For each choice of logs whose records are expected, the sieve; `None` if every line has to be read.
    made: Mutex<BTreeMap<Vec<usize>, Option<Arc<Patterns>>>>,
}

/// The patterns that matter in one kind of file.
#[derive(Debug)]
struct Patterns {
    sweep: Sweep,
    /// The query of each pattern; the others show that a record is of another log.
    queries: Vec<usize>,
    pool: Pool,
}

/// Looks for them.
struct FileSieve {
    patterns: Arc<Patterns>,
    meter: Option<Arc<Meter>>,
}

impl<'p> BundleSieves<'p> {
    pub(super) fn new(
        logs: &'p LogTable,
        queries: &'p [EventQuery],
        meter: Option<Arc<Meter>>,
        sample: Vec<u8>,
    ) -> Self {
        let is_asked = |log: &usize| queries.iter().any(|query| query.source == *logs.source(*log));
        let asked = (0..logs.len()).filter(is_asked).collect();
        Self { logs, queries, meter, sample, asked, made: Mutex::default() }
    }

    /// Which of the logs that are asked for a file is expected to hold: by its name, and by what its beginning shows.
    fn expected(&self, path: &str, head: &str) -> Vec<usize> {
        let head = head.to_lowercase();
        let named = self.logs.of_file(path);
        let shown = |log: &usize| match named {
            Some(named) if named == *log => true,
            // A line of any such log may show which one it is.
            None if self.logs.has_signature(*log) => true,
            _ => self.logs.names(*log).any(|name| head.contains(name)),
        };
        self.asked.iter().copied().filter(shown).collect()
    }

    /// All that is asked of every text and of the expected logs. A record of another log shows by the name of its
    /// component, so that a rule for one log costs the files of the others next to nothing.
    fn make(&self, expected: &[usize], head: &str) -> Option<Arc<Patterns>> {
        let sources: Vec<&Source> = expected.iter().map(|log| self.logs.source(*log)).chain([&Source::Any]).collect();
        let (mut patterns, mut queries) = (Vec::new(), Vec::new());
        for (number, query) in self.queries.iter().enumerate().filter(|(_, query)| sources.contains(&&query.source)) {
            patterns.push(wanted(best(query)?));
            queries.push(number);
        }
        let others = self.asked.iter().filter(|log| !expected.contains(log));
        patterns.extend(others.flat_map(|log| self.logs.names(*log)).map(Wanted::Literal));
        let sample = if self.sample.is_empty() { head.as_bytes() } else { &self.sample };
        let sweep = Sweep::new(&Required::new(&patterns), sample);
        sweep.slow().is_empty().then(|| Arc::new(Patterns { sweep, queries, pool: Pool::default() }))
    }
}

impl Sieves for BundleSieves<'_> {
    fn sieve(&self, path: &str, head: &str) -> Option<Arc<dyn Sieve>> {
        let expected = self.expected(path, head);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let patterns = match made.get(&expected) {
            Some(patterns) => patterns.clone(),
            None => {
                let patterns = self.make(&expected, head);
                made.insert(expected, patterns.clone());
                patterns
            }
        };
        patterns.map(|patterns| -> Arc<dyn Sieve> { Arc::new(FileSieve { patterns, meter: self.meter.clone() }) })
    }
}

impl Sieve for FileSieve {
    fn sift(&self, block: &[u8], found: &mut Vec<Sifted>) -> u64 {
        self.patterns.pool.with(|paper| {
            self.patterns.sweep.scan(block, &mut paper.sweep, &mut |line| {
                if let (Some(meter), Some(&query)) = (&self.meter, self.patterns.queries.get(line.pattern as usize)) {
                    meter.line(query);
                }
                let line = Sifted { line: line.line, start: line.start, end: line.end };
                if found.last() != Some(&line) {
                    found.push(line);
                }
            })
        })
    }
}
