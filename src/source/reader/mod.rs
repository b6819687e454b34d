//! The formats that servpack reads: one file and one entry in [`READERS`] each.
//!
//! A reader says how sure it is of a file from the head, and the surest one reads it, line by line. What a reader does
//! not understand it passes on as plain lines, so that no text is lost, whoever reads it.

mod client_log;

mod csv;
mod event_log;
mod ini;
mod listing;
mod package;
mod pcmdump;
mod registry;
mod services;
mod text;
mod trace;
mod viewer;

use crate::fact::{Claim, Event, Fact, FactKey, MemberId, Origin, Severity, Sink, Value};

use super::HostSpec;
use super::encoding::CodePage;
use super::lines::{Line, Lines};

/// All readers. Of two that are equally sure, the first reads.
pub const READERS: &[&dyn Reader] = &[
    &trace::Trace,
    &viewer::Viewer,
    &client_log::ClientLog,
    &event_log::EventLog,
    &registry::Registry,
    &package::Package,
    &ini::Ini,
    &pcmdump::PcmDump,
    &services::Services,
    &listing::Listing,
    &csv::Csv,
    &text::Text,
];

/// One format.
pub trait Reader: Sync {
    /// Its name, in kebab-case.
    fn name(&self) -> &'static str;

    /// What it reads, in a sentence.
    fn help(&self) -> &'static str;

    /// What a rule can ask of it: its events with their fields, its facts, and what their absence proves.
    fn facts_and_events(&self) -> &'static str;

    /// How sure it is that a file is of this format.
    fn recognises(&self, head: &Head<'_>) -> Confidence;

    /// Reads a file to its end.
    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>);
}

/// The reader that is surest of a file. The last one takes every text.
pub(crate) fn choose(head: &Head<'_>) -> &'static dyn Reader {
    let mut best: (Confidence, &'static dyn Reader) = (Confidence::NO, &text::Text);
    for reader in READERS {
        let confidence = reader.recognises(head);
        if confidence > best.0 {
            best = (confidence, *reader);
        }
    }
    best.1
}

/// Whether a file is a source by its form, and not merely text.
pub(crate) fn is_structured(head: &Head<'_>) -> bool {
    READERS.iter().any(|reader| reader.recognises(head) > Confidence::FALLBACK)
}

/// How sure a reader is, up to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confidence(u8);

impl Confidence {
    /// Something else.
    pub const NO: Self = Self(0);
    /// It can be read so, if nobody knows better.
    pub const FALLBACK: Self = Self(1);
    /// A form that is seldom met by chance.
    pub const LIKELY: Self = Self(70);
    /// The file names its own format.
    pub const CERTAIN: Self = Self(100);

    /// By the share of lines that are in the form.
    #[must_use]
    pub fn share(hits: usize, lines: usize) -> Self {
        if hits == 0 { Self::NO } else { Self(2 + u8::try_from(hits.min(lines) * 94 / lines.max(1)).unwrap_or(94)) }
    }

    /// A little surer, for a name that fits; never out of nothing.
    #[must_use]
    pub fn raised(self) -> Self {
        if self == Self::NO { self } else { Self((self.0 + 3).min(99)) }
    }
}

/// The beginning of a file: enough to recognise it by.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The file's name without its folder, in lower case.
    pub name: &'a str,
    /// About the first 64 KiB, decoded; lines end with `\n`.
    pub text: &'a str,
    /// Whether that is the whole file.
    pub whole: bool,
}

impl<'a> Head<'a> {
    /// The lines that are not blank, without the notes at the beginning.
    pub fn lines(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.all_lines().filter(|line| !line.trim().is_empty())
    }

    /// All lines, without the notes at the beginning.
    pub(crate) fn all_lines(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.text.lines().skip_while(|line| line.starts_with("#!"))
    }
}

/// What a reader knows of the file that it reads.
pub struct Context<'a> {
    /// The path below the host's folder, as in the bundle.
    pub path: &'a str,
    /// The beginning of the file.
    pub head: Head<'a>,
    /// The host that it belongs to.
    pub host: &'a HostSpec,
    /// The code page for bytes inside of a text, such as those of a registry export.
    pub(crate) page: CodePage,
}

/// Where a reader puts what it finds.
pub struct Output<'a> {
    member: MemberId,
    sink: &'a mut dyn Sink,
    claims: Vec<Claim>,
    warnings: u64,
    /// The last plain line that was not blank.
    previous: String,
    joined: String,
}

/// How many odd lines of one file are reported one by one.
const MAX_WARNINGS: u64 = 20;

impl<'a> Output<'a> {
    pub(crate) fn new(member: MemberId, sink: &'a mut dyn Sink) -> Self {
        Self { member, sink, claims: Vec::new(), warnings: 0, previous: String::new(), joined: String::new() }
    }

    /// The place of a line.
    #[must_use]
    pub fn at(&self, line: u64) -> Origin {
        Origin { member: self.member, line }
    }

    /// One record.
    pub fn event(&mut self, event: &Event<'_>) {
        self.previous.clear();
        self.sink.event(event);
    }

    /// A line that says nothing but its text. Blank lines are left out.
    pub fn plain(&mut self, line: Line<'_>) {
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        self.joined.clear();
        if !self.previous.is_empty() {
            self.joined.push_str(&self.previous);
            self.joined.push(' ');
            self.joined.push_str(text);
        }
        let joined = (!self.joined.is_empty()).then_some(self.joined.as_str());
        self.sink.event(&Event { joined, ..Event::plain(Origin { member: self.member, line: line.number }, text) });
        self.previous.clear();
        self.previous.push_str(text);
    }

    /// One configuration value.
    pub fn fact(&mut self, line: u64, key: FactKey, value: Value) {
        self.sink.fact(Fact { at: self.at(line), key, value });
    }

    /// What the file covers. It counts only if the file is then read to its end with nothing lost.
    pub fn claim(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    /// A line that is not as it should be.
    pub fn warn(&mut self, line: u64, what: impl FnOnce() -> String) {
        self.warnings += 1;
        if self.warnings <= MAX_WARNINGS {
            self.sink.problem(self.member, Some(line), what(), Severity::Warning);
        }
    }

    /// A line that the format does not allow: it is reported, and kept as plain text.
    pub(crate) fn odd_line(&mut self, line: Line<'_>, expected: &str) {
        self.warn(line.number, || format!("not {expected}; the line is taken as plain text"));
        self.plain(line);
    }

    /// Ends the file: the claims go out if nothing was lost.
    pub(crate) fn finish(self, complete: bool) {
        if self.warnings > MAX_WARNINGS {
            let more = self.warnings - MAX_WARNINGS;
            self.sink.problem(self.member, None, format!("{more} more odd lines of this kind"), Severity::Warning);
        }
        if complete {
            for claim in self.claims {
                self.sink.claim(self.member, claim);
            }
        }
    }
}

/// Several lines that may turn out to be one record.
#[derive(Default)]
struct Held {
    text: String,
    /// The number of each line, and where it begins in the text.
    lines: Vec<(u64, usize)>,
}

impl Held {
    /// A record of more lines, or of more text, is none.
    const MAX_LINES: usize = 40;
    const MAX_TEXT: usize = 32 * 1024;

    fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= Self::MAX_LINES || self.text.len() >= Self::MAX_TEXT
    }

    fn first_line(&self) -> Option<u64> {
        self.lines.first().map(|(number, _)| *number)
    }

    fn push(&mut self, line: Line<'_>) {
        if !self.lines.is_empty() {
            self.text.push('\n');
        }
        self.lines.push((line.number, self.text.len()));
        self.text.push_str(line.text.trim());
    }

    fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
    }

    /// Gives up: every line goes out on its own.
    fn flush(&mut self, out: &mut Output<'_>) {
        for (index, (number, from)) in self.lines.iter().enumerate() {
            let to = self.lines.get(index + 1).map_or(self.text.len(), |(_, next)| next - 1);
            out.plain(Line { number: *number, text: &self.text[*from..to] });
        }
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reader_is_named_and_documented() {
        let names: BTreeSet<_> = READERS.iter().map(|reader| reader.name()).collect();
        assert_eq!(names.len(), READERS.len());
        for reader in READERS {
            let name = reader.name();
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert!(reader.help().ends_with('.'), "{name}");
            assert!(reader.facts_and_events().ends_with('.'), "{name}");
        }
    }

    #[test]
    fn every_reader_has_a_sample_that_it_reads() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers");
        for reader in READERS {
            let samples: Vec<_> = std::fs::read_dir(folder.join(reader.name()))
                .unwrap_or_else(|error| panic!("{}: {error}", reader.name()))
                .map(|entry| entry.expect("a readable folder").path())
                .collect();
            assert!(!samples.is_empty(), "{}", reader.name());
            for sample in samples {
                let name = sample.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
                let bytes = std::fs::read(&sample).expect("a readable sample");
                let (chosen, _) = crate::source::testing::read(&name, &bytes);
                assert_eq!(chosen, Some(reader.name()), "{name}");
            }
        }
    }
    /// Damaged input must never bring a reader down, whichever reader takes it.
    #[test]
    fn no_reader_falls_over_damaged_samples() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers");
        let mut random = 7_u32;
        let mut next = |below: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as usize % below.max(1)
        };
        for reader in READERS {
            let samples = std::fs::read_dir(folder.join(reader.name())).expect("a folder of samples");
            for sample in samples {
                let bytes = std::fs::read(sample.expect("a sample").path()).expect("a readable sample");
                for _ in 0..60 {
                    let mut damaged = bytes[..next(bytes.len() + 1)].to_vec();
                    for _ in 0..next(4) {
                        if !damaged.is_empty() {
                            let at = next(damaged.len());
                            damaged[at] = b"\n\r\0<>[]=\"$~:,\\\xE4 "[next(16)];
                        }
                    }
                    crate::source::testing::read("sample.txt", &damaged);
                }
            }
        }
    }
}
