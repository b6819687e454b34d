//! How fast the sweep is against counting newlines, over a folder of logs.
//!
//! `SWEEP_CORPUS` is the folder, `SWEEP_PATTERNS` a list of pattern files, separated by `:`; each line of these is a number,
//! `lit` or `re`, and the pattern, separated by tabs. `SWEEP_BYTES` is how much is read of all files together, 100 MB if
//! it is not set. All ways are timed in turn, round by round, in seconds of this thread's processor time: only the
//! ratios of one run mean something.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use regex::bytes::{Regex, RegexBuilder};
use servpack::sweep::{Candidate, Pattern, Required, Scratch, Sweep, Tally, count_line_ends};

const ROUNDS: usize = 7;
const BLOCK: usize = 256 * 1024;
const PAGE: usize = 4096;
const SAMPLE: usize = 2 << 20;

fn main() {
    let (Some(corpus), Some(patterns)) = (std::env::var_os("SWEEP_CORPUS"), std::env::var_os("SWEEP_PATTERNS")) else {
        println!("set SWEEP_CORPUS and SWEEP_PATTERNS to run this");
        return;
    };
    let bytes = std::env::var("SWEEP_BYTES").ok().and_then(|bytes| bytes.parse().ok()).unwrap_or(100_000_000);
    let mut files = Vec::new();
    walk(Path::new(&corpus), &mut files);
    files.sort();
    let corpus = Corpus { most: bytes / files.len().max(1), files };
    let sets: Vec<Set> = std::env::split_paths(&patterns).map(|path| Set::new(&path, &corpus)).collect();
    let mut times = vec![Vec::new(); sets.len() + 2];
    let mut read = 0;
    for _ in 0..ROUNDS {
        times[0].push(timed(|| {
            read = 0;
            corpus.blocks(|block| {
                read += block.len();
                std::hint::black_box(memchr::memchr_iter(b'\n', block).count());
            });
        }));
        times[1].push(timed(|| {
            let mut lines = 0;
            corpus.blocks(|block| lines += count_line_ends(block));
            std::hint::black_box(lines);
        }));
        for (set, times) in sets.iter().zip(&mut times[2..]) {
            times.push(timed(|| set.run(&corpus)));
        }
    }
    // What else runs on the machine only makes it slower.
    let least = |times: &[Duration]| times.iter().min().map_or(0.0, Duration::as_secs_f64);
    let plain = least(&times[0]);
    let show = |name: &str, seconds: f64, more: &str| {
        println!("{name:<14} {:>7.3} GB/s  {:>6.3} of newlines  {more}", read as f64 / seconds / 1e9, plain / seconds);
    };
    show("newlines", plain, "");
    show("line ends", least(&times[1]), "");
    for (set, times) in sets.iter().zip(&times[2..]) {
        show(&format!("{} patterns", set.regexes.len()), least(times), &set.told.borrow());
    }
}

/// Processor time of this thread where the system tells it, or else the time that passed.
fn timed(run: impl FnOnce()) -> Duration {
    let on_cpu = || {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    let (before, start) = (on_cpu(), Instant::now());
    run();
    match (before, on_cpu()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => start.elapsed(),
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

struct Corpus {
    files: Vec<PathBuf>,
    /// How much is read of each file.
    most: usize,
}

impl Corpus {
    /// Reads all files in blocks that end with a line.
    fn blocks(&self, mut each: impl FnMut(&[u8])) {
        let mut space = vec![0u8; 2 * BLOCK + PAGE];
        // What is read goes to the beginning of a page, and what is left of the last line right before it.
        let aligned = BLOCK + (PAGE - (space.as_ptr().addr() + BLOCK) % PAGE) % PAGE;
        for file in &self.files {
            let Ok(mut file) = File::open(file) else { continue };
            let (mut left, mut carried) = (self.most, 0);
            loop {
                let want = BLOCK.min(left);
                let read = file.read(&mut space[aligned..aligned + want]).unwrap_or(0);
                left -= read;
                let (from, to) = (aligned - carried, aligned + read);
                if read == 0 {
                    each(&space[from..to]);
                    break;
                }
                let end = memchr::memrchr(b'\n', &space[from..to]).map_or(to, |at| from + at + 1);
                each(&space[from..end]);
                carried = to - end;
                space.copy_within(end..to, aligned - carried);
            }
        }
    }

    /// A little of each file, from two places.
    fn sample(&self) -> Vec<u8> {
        let mut sample = Vec::new();
        let most = SAMPLE / self.files.len().max(1) / 2;
        for path in &self.files {
            let whole = fs::read(path).unwrap_or_default();
            for from in [0, whole.len() / 2] {
                sample.extend_from_slice(&whole[from..whole.len().min(from + most)]);
            }
        }
        sample
    }
}

struct Set {
    sweep: Sweep,
    regexes: Vec<(String, std::cell::OnceCell<Option<Regex>>)>,
    told: std::cell::RefCell<String>,
    built: Duration,
    bound: Duration,
}

impl Set {
    fn new(path: &Path, corpus: &Corpus) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let patterns: Vec<Pattern<'_>> = text
            .lines()
            .filter_map(|line| {
                let mut columns = line.split('\t').skip(1);
                match (columns.next()?, columns.next()?) {
                    ("lit", pattern) => Some(Pattern::Literal(pattern)),
                    (_, pattern) => Some(Pattern::Regex(pattern)),
                }
            })
            .collect();
        let sample = corpus.sample();
        let mut required = None;
        let built = timed(|| required = Some(Required::new(&patterns)));
        let mut sweep = None;
        let bound = timed(|| sweep = required.as_ref().map(|required| Sweep::new(required, &sample)));
        let regexes = patterns.iter().map(|pattern| (regex(pattern), std::cell::OnceCell::new())).collect();
        let Some(sweep) = sweep else { unreachable!("it was just built") };
        if std::env::var_os("SWEEP_EXPLAIN").is_some() {
            println!("{}: {}", path.display(), sweep.lanes());
        }
        Self { sweep, regexes, told: std::cell::RefCell::default(), built, bound }
    }

    fn run(&self, corpus: &Corpus) {
        let mut scratch = Scratch::default();
        let (mut lines, mut matches) = (0, 0u64);
        corpus.blocks(|block| {
            lines += self.sweep.scan(block, &mut scratch, &mut |Candidate { start, end, pattern, .. }| {
                let (text, regex) = &self.regexes[pattern as usize];
                let build = || RegexBuilder::new(text).case_insensitive(true).build().ok();
                let regex = regex.get_or_init(build);
                matches += u64::from(regex.as_ref().is_some_and(|regex| regex.is_match(&block[start..end])));
            });
        });
        let Tally { places, gaps, texts, candidates } = scratch.tally();
        *self.told.borrow_mut() = format!(
            "{lines} lines, {gaps} gaps, {places} places, {texts} texts, {candidates} candidates, {matches} matches, {} slow; \
             built in {:?}, bound in {:?}",
            self.sweep.slow().len(),
            self.built,
            self.bound
        );
    }
}

fn regex(pattern: &Pattern<'_>) -> String {
    match pattern {
        Pattern::Literal(text) => text.split_whitespace().map(regex::escape).collect::<Vec<_>>().join(r"\s+"),
        Pattern::Regex(regex) => (*regex).to_owned(),
    }
}
