//! The parts of a comparison with other tools, each as a process of its own: see `compare.sh`.
//!
//! `scan PATTERNS FOLDER` looks for patterns in all files of a folder and counts the lines that match, as the scan stage
//! does it: the sweep names lines, the pattern of the rule decides. `corpus FOLDER BYTES FILES SEED` and `patterns FOLDER
//! SEED` write logs, and patterns that share their words. `inflate ARCHIVE` unpacks a tar.gz or a zip with zlib-rs and does
//! nothing with it.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it found")]

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use servpack::rule::{Pattern, PatternKind};
use servpack::sweep::{Candidate, Pattern as Text, Required, Scratch, Sweep, Tally};

// As in the tool.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["scan", patterns, folder] => scan(Path::new(patterns), Path::new(folder)),
        ["corpus", folder, bytes, files, seed] => corpus(Path::new(folder), number(bytes), number(files), number(seed)),
        ["patterns", folder, seed] => patterns(Path::new(folder), number(seed)),
        ["inflate", archive] => inflate(Path::new(archive)),
        _ => {
            println!(
                "usage: scan PATTERNS FOLDER | corpus FOLDER BYTES FILES SEED | patterns FOLDER SEED | inflate ARCHIVE"
            );
            Ok(())
        }
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

const BLOCK: usize = 256 * 1024;
const PAGE: usize = 4096;

fn scan(path: &Path, folder: &Path) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let columns = text.lines().filter_map(|line| {
        let mut columns = line.split('\t').skip(1);
        Some((columns.next()?, columns.next()?))
    });
    let wanted: Vec<(PatternKind, &str)> = columns
        .map(|(kind, text)| (if kind == "lit" { PatternKind::Literal } else { PatternKind::Regex }, text))
        .collect();
    let texts: Vec<Text<'_>> = wanted
        .iter()
        .map(|&(kind, text)| if kind == PatternKind::Regex { Text::Regex(text) } else { Text::Literal(text) })
        .collect();
    let mut files = Vec::new();
    walk(folder, &mut files)?;
    files.sort();
    let sweep = Sweep::new(&Required::new(&texts), &sample(&files)?);
    let patterns: Vec<OnceCell<Option<Pattern>>> = wanted.iter().map(|_| OnceCell::new()).collect();
    let mut scratch = Scratch::default();
    let (mut lines, mut matches) = (0, 0u64);
    blocks(&files, |block| {
        lines += sweep.scan(block, &mut scratch, &mut |Candidate { start, end, pattern, .. }| {
            let (kind, text) = wanted[pattern as usize];
            let pattern = patterns[pattern as usize].get_or_init(|| Pattern::new(kind, text).ok());
            let line = String::from_utf8_lossy(&block[start..end]);
            matches += u64::from(pattern.as_ref().is_some_and(|pattern| pattern.is_match(&line)));
        });
    })?;
    println!("{lines} lines, {matches} matches, {} patterns without a text; {}", sweep.slow().len(), sweep.lanes());
    let Tally { places, gaps, texts, candidates } = scratch.tally();
    println!("{places} places and {gaps} gaps looked at, {texts} texts found, {candidates} candidates");
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { walk(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// A little of some files, from two places.
fn sample(files: &[PathBuf]) -> io::Result<Vec<u8>> {
    use io::{Seek, SeekFrom};
    let mut sample = Vec::new();
    for path in files.iter().take(64) {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        for place in [size / 4, size / 4 * 3] {
            file.seek(SeekFrom::Start(place))?;
            (&mut file).take(8 * 1024).read_to_end(&mut sample)?;
        }
    }
    Ok(sample)
}

/// Reads all files in blocks that end with a line.
fn blocks(files: &[PathBuf], mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut space = vec![0u8; 2 * BLOCK + PAGE];
    // What is read goes to the beginning of a page, and what is left of the last line right before it.
    let aligned = BLOCK + (PAGE - (space.as_ptr().addr() + BLOCK) % PAGE) % PAGE;
    for path in files {
        let mut file = File::open(path)?;
        let mut carried = 0;
        loop {
            let read = file.read(&mut space[aligned..aligned + BLOCK])?;
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
    Ok(())
}

fn inflate(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    let mut bytes = 0;
    if path.extension().is_some_and(|extension| extension == "zip") {
        let mut archive = zip::ZipArchive::new(file)?;
        for index in 0..archive.len() {
            let raw = io::BufReader::with_capacity(BLOCK, archive.by_index_raw(index)?);
            bytes += drain(flate2::bufread::DeflateDecoder::new(raw))?;
        }
    } else {
        let mut raw = io::BufReader::with_capacity(BLOCK, file);
        skip_gzip_header(&mut raw)?;
        bytes += drain(flate2::bufread::DeflateDecoder::new(raw))?;
    }
    println!("{bytes} bytes");
    Ok(())
}

/// The ten bytes of a header, and a name if there is one: all that Python and gzip write.
fn skip_gzip_header(raw: &mut impl io::BufRead) -> io::Result<()> {
    let mut header = [0; 10];
    raw.read_exact(&mut header)?;
    if header[3] & 8 != 0 {
        raw.read_until(0, &mut Vec::new())?;
    }
    Ok(())
}

fn drain(mut content: impl Read) -> io::Result<u64> {
    let mut space = vec![0; BLOCK];
    let mut bytes = 0;
    loop {
        match content.read(&mut space)? {
            0 => return Ok(bytes),
            read => bytes += read as u64,
        }
    }
}

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// Small numbers far more often than large ones, as messages are.
    fn often_small(&mut self, most: usize) -> usize {
        let share = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((most as f64).powf(share) - 1.0) as usize
    }
}

const WHO: &[&str] = &[
    "The inventory agent",
    "Site control",
    "The despooler",
    "A sender",
    "The scheduler",
    "Package processing",
    "The job details",
    "Client setup",
    "The database",
    "The logon script",
    "Discovery",
    "The license meter",
    "The event to trap translator",
    "Replication",
    "The status summarizer",
    "A worker thread",
];
const DID: &[&str] = &[
    "could not connect to",
    "has opened",
    "is waiting for",
    "has deleted",
    "failed to update",
    "found no work in",
    "successfully processed",
    "cannot access",
    "retries",
    "gave up on",
    "received a request for",
    "is removing",
    "will check",
    "has written",
    "timed out on",
    "was told to stop by",
];
const WHAT: &[&str] = &[
    "the outbox",
    "a server of the domain",
    "the package source",
    "the MIF file",
    "the share",
    "the registry key",
    "the SQL connection",
    "the collection",
    "the instruction file",
    "the secondary site",
    "a client of site",
    "the compressed package",
    "the user account",
    "the inbox of the data loader",
    "the site system",
    "the parent site",
];
const WHY: &[&str] = &[
    "error = 5",
    "rc = 53, the network path was not found",
    "the disk is full",
    "will retry in 60 seconds",
    "the version is not known",
    "access is denied",
    "0x80004005",
    "no more files",
    "sharing violation",
    "the service is not running",
    "status = complete",
    "the log on failed",
    "checksum mismatch",
    "cannot find the file",
    "job is canceled",
    "out of memory",
];
const COMPONENTS: &[&str] = &[
    "SMS_DESPOOLER",
    "SMS_SCHEDULER",
    "SMS_INVENTORY_DATA_LOADER",
    "SMS_HIERARCHY_MANAGER",
    "SMS_LAN_SENDER",
    "SMS_EXECUTIVE",
    "SMS_ALERTER",
    "SMS_SITE_REPORTER",
];

/// The message of a number: there are some 65,000.
fn message(number: usize) -> String {
    let part = |list: &[&'static str], shift: usize| list[(number >> shift) % list.len()];
    format!("{} {} {}: {}", part(WHO, 0), part(DID, 4), part(WHAT, 8), part(WHY, 12))
}

const MESSAGES: usize = 1 << 16;

fn corpus(folder: &Path, bytes: u64, files: u64, seed: u64) -> io::Result<()> {
    let mut dice = Dice(seed);
    for file in 0..files {
        let component = dice.pick(COMPONENTS);
        let viewer = file % 5 < 2;
        let path = folder.join(format!("HOST{:02}/LOGS", file % 25));
        fs::create_dir_all(&path)?;
        let mut out = BufWriter::new(File::create(path.join(format!("log{file:02}.log")))?);
        let (mut left, mut seconds) = (bytes / files, 0);
        while left > 0 {
            seconds += dice.below(3);
            let text = message(dice.often_small(800) * 37 % MESSAGES);
            let (day, hour, minute, second) =
                (1 + seconds / 86_400 % 28, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
            let (thread, object) = (dice.below(0x500), dice.below(1 << 30));
            let line = if viewer {
                let half = if hour < 12 { "AM" } else { "PM" };
                format!(
                    "{text} \\\\SRV{:02}\\{object:08X}.MIF\t{component}\t5/{day}/98 {}:{minute:02}:{second:02} {half}\t{thread:X}\t\r\n",
                    object % 40,
                    (hour + 11) % 12 + 1
                )
            } else {
                format!(
                    "{text} \\\\SRV{:02}\\{object:08X}.MIF   $$<{component}><Sun May {day:02} {hour:02}:{minute:02}:{second:02} 1998~><thread={thread:X}>\r\n",
                    object % 40
                )
            };
            out.write_all(line.as_bytes())?;
            left = left.saturating_sub(line.len() as u64);
        }
        out.flush()?;
    }
    Ok(())
}

/// Each list begins with the one before it. Most patterns are messages that seldom stand in a log or never.
fn patterns(folder: &Path, seed: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut dice = Dice(seed);
    let mut all: Vec<String> = Vec::new();
    while all.len() < 10_000 {
        let number = 700 * 37 + dice.below(MESSAGES);
        let text = message(number % MESSAGES);
        let (head, why) = text.split_once(": ").unwrap_or((&text, ""));
        let (kind, pattern) = match dice.below(10) {
            0..7 => ("lit", text.clone()),
            7 => ("re", format!("{}.*{}", regex::escape(head), regex::escape(why))),
            8 => ("re", format!(r"{}:\s+\w+.*\\[0-9A-F]{{8}}\.MIF", regex::escape(head))),
            _ => ("re", format!("(?:{}|{})", regex::escape(&text), regex::escape(&message(dice.below(MESSAGES))))),
        };
        let line = format!("{}\t{kind}\t{pattern}\n", all.len());
        let is_new = !all.iter().rev().take(50).any(|known| known.ends_with(&line[line.find('\t').unwrap_or(0)..]));
        if is_new {
            all.push(line);
        }
    }
    for count in [10, 100, 1_000, 10_000] {
        fs::write(folder.join(format!("p{count}.tsv")), all[..count].concat())?;
    }
    Ok(())
}
