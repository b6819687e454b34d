//! The formats that servpack reads: one file and one entry in [`READERS`] each.
//!
//! A reader says how sure it is of a file from the head, and the surest one reads it, line by line. What a reader does
//! not understand it passes on as plain lines, so that no text is lost, whoever reads it.

mod client_log;
mod cmtrace;
mod crash_log;
mod csv;
mod event_log;
mod event_record;
mod event_xml;
mod evt;
mod evtx;
mod extended_log;
mod file_versions;
mod hotfixes;
mod ini;
mod inventory;
mod listing;
mod mif;
mod package;
mod pcmdump;
mod program;
mod records;
mod reg_query;
mod regf;
mod registry;
mod services;
mod setup_log;
mod sitectrl;
mod smsprov;
mod sql_errorlog;
mod stamped;
mod status;
mod systeminfo;
mod text;
mod trace;
mod utc;
mod viewer;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jiff::civil::Date;

use crate::fact::{Claim, DateOrderNews, Event, Fact, FactKey, MemberId, Origin, Severity, Sink, Timestamp, Value};

use super::HostSpec;
use super::encoding::CodePage;
use super::lines::{Line, Lines};
use super::skim::{Likeness, Told};
use super::time::{self, DateOrder, Dates, DatesRead, Turn};

/// All readers. Of two that are equally sure, the first reads.
pub const READERS: &[&dyn Reader] = &[
    &trace::Trace,
    &viewer::Viewer,
    &client_log::ClientLog,
    &cmtrace::CmTrace,
    &setup_log::SetupLog,
    &smsprov::Smsprov,
    &crash_log::CrashLog,
    &sql_errorlog::SqlErrorLog,
    &extended_log::ExtendedLog,
    &evt::Evt,
    &evtx::Evtx,
    &event_xml::EventXml,
    &event_log::EventLog,
    &regf::Regf,
    &registry::Registry,
    &reg_query::RegQuery,
    &package::Package,
    &ini::Ini,
    &mif::Mif,
    &pcmdump::PcmDump,
    &program::Program,
    &sitectrl::SiteControl,
    &services::Services,
    &listing::Listing,
    &file_versions::FileVersions,
    &systeminfo::SystemInfo,
    &inventory::Inventory,
    &hotfixes::Hotfixes,
    &csv::Csv,
    &stamped::Stamped,
    &text::Text,
];

/// One format.
pub trait Reader: Sync {
    /// Its name, in kebab-case.
    fn name(&self) -> &'static str;

    /// What it reads, in a sentence.
    fn help(&self) -> &'static str;

    /// By what a file shows that it is of this format, in a sentence.
    fn known_by(&self) -> &'static str;

    /// What a rule can ask of it: its events with their fields, its facts, and what their absence proves.
    fn facts_and_events(&self) -> &'static str;

    /// Whether the format is bytes rather than text. Such a reader is asked first, knows a file by [`Head::bytes`], reads
    /// with [`Lines::read_bytes`], and gives as lines what the format counts: records, or 0 for the file as a whole.
    fn is_binary(&self) -> bool {
        false
    }

    /// How sure it can be at most: where another reader is as sure already, it is not asked.
    fn surest(&self) -> Confidence {
        Confidence::CERTAIN
    }

    /// How sure it is that a file is of this format.
    fn recognises(&self, head: &Head<'_>) -> Confidence;

    /// How to tell, in a long file of one record a line, which lines say nothing beyond their text: only those of them are
    /// read that some rule may ask for. `None` if every line has to be read.
    fn likeness(&self, _head: &Head<'_>) -> Option<Box<dyn Likeness>> {
        None
    }

    /// Reads a file to its end.
    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>);
}

/// The reader that is surest of a text. The last one takes every text.
pub(crate) fn choose(head: &Head<'_>) -> &'static dyn Reader {
    surest(head, false).unwrap_or(&text::Text)
}

/// The reader of a file that is not text. Only the bytes of the head are known yet.
pub(crate) fn choose_binary(head: &Head<'_>) -> Option<&'static dyn Reader> {
    surest(head, true)
}

fn surest(head: &Head<'_>, binary: bool) -> Option<&'static dyn Reader> {
    let mut best: (Confidence, Option<&'static dyn Reader>) = (Confidence::NO, None);
    for reader in READERS.iter().filter(|reader| reader.is_binary() == binary) {
        if reader.surest() <= best.0 {
            continue;
        }
        let confidence = reader.recognises(head);
        debug_assert!(confidence <= reader.surest(), "{}", reader.name());
        if confidence > best.0 {
            best = (confidence, Some(*reader));
        }
    }
    best.1
}

/// Whether a file is a source by its form, and not merely text.
pub(crate) fn is_structured(head: &Head<'_>) -> bool {
    READERS.iter().any(|reader| !reader.is_binary() && reader.recognises(head) > Confidence::FALLBACK)
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
    /// Every line is in the form.
    pub const WHOLE: Self = Self(96);
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
    /// About the first 64 KiB, as they are.
    pub bytes: &'a [u8],
    /// About the first 16 KiB, decoded; lines end with `\n`.
    pub text: &'a str,
    /// Whether the text is the whole file.
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
    lost: bool,
    dates: Dates,
    /// The last plain line that was not blank.
    previous: String,
    joined: String,
    /// Records that were passed over before this one.
    skipped: Rc<Cell<u64>>,
    /// What a sieve has told of the lines.
    told: Rc<RefCell<Told>>,
    /// What of it is about one line.
    asked: Vec<u32>,
}

#[cfg(test)]
pub(super) use utc::ZONE_UNKNOWN;

/// The problem of a file whose dates nobody can read for sure.
pub(super) const DATES_OPEN: &str = "dates such as this one can be read month first or day first, and no date of the file \
     tells which; they are read month first, and what depends on that is unknown: state `date-order` of the host in bundle.yaml";

/// How many odd lines of one file are reported one by one.
const MAX_WARNINGS: u64 = 20;

/// So many characters are kept of the beginning of a report, and as many of its end.
const HALF: usize = 160;

/// A report of a line may quote all of it: then its middle is left out.
fn brief(what: String) -> String {
    let mut places = what.char_indices().map(|(at, _)| at);
    match (places.nth(HALF), places.nth_back(HALF - 1)) {
        (Some(head), Some(tail)) => format!("{} … {}", what[..head].trim_end(), what[tail..].trim_start()),
        _ => what,
    }
}

impl<'a> Output<'a> {
    pub(crate) fn new(member: MemberId, stated: Option<DateOrder>, sink: &'a mut dyn Sink) -> Self {
        Self {
            member,
            sink,
            claims: Vec::new(),
            warnings: 0,
            lost: false,
            dates: Dates::new(stated),
            previous: String::new(),
            joined: String::new(),
            skipped: Rc::default(),
            told: Rc::default(),
            asked: Vec::new(),
        }
    }

    /// Takes the count of the records that are passed over from whoever reads the lines.
    pub(super) fn passes_over(&mut self, skipped: Rc<Cell<u64>>) {
        self.skipped = skipped;
    }

    /// Takes what a sieve tells of the lines from whoever asks it.
    pub(super) fn is_told(&mut self, told: Rc<RefCell<Told>>) {
        self.told = told;
    }

    fn pass_over(&mut self) {
        let skipped = self.skipped.take();
        if skipped > 0 {
            self.sink.skipped(skipped);
            // What stands between two plain lines keeps them apart.
            self.previous.clear();
        }
    }

    /// The place of a line.
    #[must_use]
    pub fn at(&self, line: u64) -> Origin {
        Origin { member: self.member, line }
    }

    /// One record.
    pub fn event(&mut self, event: &Event<'_>) {
        self.pass_over();
        self.previous.clear();
        self.sink.event(event);
    }

    /// One record whose text is a part of one line, as it stands there but for `~`, which may be a line break.
    pub fn line_event(&mut self, event: &Event<'_>) {
        let mut asked = std::mem::take(&mut self.asked);
        let is_known = self.told.borrow().of(event.at.line, &mut asked);
        self.event(&Event { asked: is_known.then_some(asked.as_slice()), ..event.clone() });
        self.asked = asked;
    }

    /// A line that says nothing but its text. Blank lines are left out.
    pub fn plain(&mut self, line: Line<'_>) {
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        self.pass_over();
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

    /// Something that stood here cannot be read: with it gone, the file proves nothing by what it lacks.
    pub(crate) fn lost(&mut self, line: u64, what: impl FnOnce() -> String) {
        self.lost = true;
        self.warn(line, what);
    }

    /// A line that is not as it should be.
    pub fn warn(&mut self, line: u64, what: impl FnOnce() -> String) {
        self.warnings += 1;
        if self.warnings <= MAX_WARNINGS {
            self.sink.problem(self.member, Some(line), brief(what()), Severity::Warning);
        }
    }

    /// Something that is worth knowing, and harms nothing.
    pub(crate) fn note(&mut self, line: u64, what: String) {
        self.sink.problem(self.member, Some(line), brief(what), Severity::Note);
    }

    /// A line that the format does not allow: it is reported, and kept as plain text.
    pub(crate) fn odd_line(&mut self, line: Line<'_>, expected: &str) {
        self.warn(line.number, || format!("not {expected}; the line is taken as plain text"));
        self.plain(line);
    }

    /// Reads a numeric date and a time, such as `1/12/99 4:49:44 PM`, and warns if it is none. What it belongs to must go
    /// out before the next one is read: a later date may show that day and month of all times so far stand the other way.
    pub(crate) fn local_time(&mut self, line: u64, text: &str) -> Option<Timestamp> {
        self.see_date(line, text);
        let time = time::local_time(text, self.dates.order());
        if time.is_none() {
            self.warn(line, || format!("`{text}` is no time; the record is kept without one"));
        }
        time
    }

    /// Reads a numeric date, such as `1/12/99`. See [`Self::local_time`].
    pub(crate) fn local_date(&mut self, line: u64, text: &str) -> Option<Date> {
        self.see_date(line, text);
        time::date(text, self.dates.order())
    }

    /// The format writes its dates this way in every country: they are not uncertain if they could be read otherwise.
    pub(crate) fn usual_date_order(&mut self, order: DateOrder) {
        self.dates.usual(order);
    }

    fn see_date(&mut self, line: u64, text: &str) {
        let turn = self.dates.see(text, line);
        if let (Turn::Decided { .. }, Some(stated)) = (turn, self.dates.overruled()) {
            let (stated, order) = (stated.word(), self.dates.order().word());
            self.warn(line, || {
                format!("this date can only be read as {order}, though `date-order: {stated}` is stated; the file is followed")
            });
        }
        match turn {
            Turn::None => {}
            Turn::Open => self.sink.dates(DateOrderNews::Open),
            Turn::Decided { swap: false } => self.sink.dates(DateOrderNews::Confirmed),
            Turn::Decided { swap: true } => self.sink.dates(DateOrderNews::Swapped),
        }
    }

    fn finish_dates(&mut self) -> Option<DatesRead> {
        if let Some(line) = self.dates.uncertain() {
            self.sink.problem(self.member, Some(line), DATES_OPEN.to_owned(), Severity::Warning);
        } else if self.dates.is_open() {
            self.sink.dates(DateOrderNews::Confirmed);
        }
        self.dates.read()
    }

    /// Whether nothing was lost that the reader knows of.
    pub(super) fn is_complete(&self) -> bool {
        !self.lost
    }

    /// Ends the file: the claims go out if nothing was lost. Returns how its dates were read.
    pub(crate) fn finish(mut self, complete: bool) -> Option<DatesRead> {
        let dates = self.finish_dates();
        if self.warnings > MAX_WARNINGS {
            let more = self.warnings - MAX_WARNINGS;
            self.sink.problem(self.member, None, format!("{more} more odd lines of this kind"), Severity::Warning);
        }
        if complete {
            for claim in self.claims {
                self.sink.claim(self.member, claim);
            }
        }
        dates
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
            assert!(reader.known_by().ends_with('.'), "{name}");
            assert!(reader.facts_and_events().ends_with('.'), "{name}");
        }
    }

    #[test]
    fn a_report_of_a_long_line_keeps_its_beginning_and_its_end() {
        for size in [0, 1, 2 * HALF - 1, 2 * HALF] {
            let text = "\u{e9}".repeat(size);
            assert_eq!(brief(text.clone()), text);
        }
        let (head, tail) = ("a".repeat(HALF), "\u{e9}".repeat(HALF));
        for middle in ["x".to_owned(), "\u{1f600}".repeat(70_000)] {
            assert_eq!(brief(format!("{head}{middle}{tail}")), format!("{head} … {tail}"));
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
