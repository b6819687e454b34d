//! What the targets share: a target is one line, and its name says what it fuzzes.

use std::sync::OnceLock;

use servpack::fact::{Claim, DateOrderNews, Event, Fact, MemberId, Severity, Sink};
use servpack::pack::Pack;
use servpack::report::{self, REPORTS};
use servpack::source::{Bundle, Limits, read_with};

/// Makes the program of a target out of a function that takes the target's name and the bytes.
#[macro_export]
macro_rules! target {
    ($run:path) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $run(env!("CARGO_BIN_NAME"), bytes));
    };
}

/// Reads the bytes with one reader: target `reader-NAME`.
pub fn reader(target: &str, bytes: &[u8]) {
    let name = target.strip_prefix("reader-").unwrap_or(target);
    let sure = read_with(name, "sample.log", bytes, &mut Digest::default());
    assert!(sure.is_some(), "there is no reader `{name}`");
}

/// Reads the bytes as an archive, alone and inside of a tar, and each twice: the result is the same. Target
/// `container-EXTENSION`.
pub fn container(target: &str, bytes: &[u8]) {
    let extension = target.strip_prefix("container-").unwrap_or(target);
    let limits = Limits { max_unpacked: 4 << 20, max_ratio: 1000, max_entries: 500, max_depth: 3 };
    for (name, bytes) in [(format!("x.{extension}"), bytes.to_vec()), ("x.tar".to_owned(), in_tar(extension, bytes))] {
        let bundle = Bundle::from_bytes(&name, bytes, &limits);
        let read = || -> Vec<_> {
            let read = bundle.read(1, &servpack::fact::ReadAll, &|_| Digest::default());
            read.into_iter().map(|(sink, report)| (sink, report.digest, report.complete)).collect()
        };
        assert!(read() == read(), "two readings of {name} differ");
    }
}

/// Audits the bytes as a bundle with the rules that are built in, and looks for what a terminal would obey in every
/// report.
pub fn audit(_: &str, bytes: &[u8]) {
    static PACK: OnceLock<Pack> = OnceLock::new();
    let pack = PACK.get_or_init(Pack::builtin);
    let limits = Limits { max_unpacked: 4 << 20, max_ratio: 1000, max_entries: 500, max_depth: 3 };
    let bundle = Bundle::from_bytes("site.zip", bytes.to_vec(), &limits);
    let options = servpack::audit::Options { jobs: 1, ..Default::default() };
    let Ok(assessment) = servpack::audit::audit(pack, &[bundle], &options) else { return };
    let options = report::Options { width: 80, color: false, all: true, verbose: true };
    for report in REPORTS {
        let mut out = Vec::new();
        report.audit(&assessment, &options, &mut out).expect("memory takes everything");
        let text = String::from_utf8(out).expect("a report is UTF-8");
        let order = text.chars().find(|c| *c != '\n' && c.is_control());
        assert!(order.is_none(), "{order:?} in {}", report.name());
    }
}

/// Reads the bytes as an article, as they are and behind a header that makes one of them.
pub fn article(_: &str, bytes: &[u8]) {
    let headed = [b"DOCUMENT:Q123456  01-MAY-1998  [x]\n\n".as_slice(), bytes].concat();
    for bytes in [bytes, &headed] {
        if let Ok(article) = servpack::article::read(bytes) {
            assert!(article.messages.len() <= 64, "too many messages");
            assert!(!article.references.contains(&article.id), "it names itself");
        }
    }
}

/// The smallest tar around the bytes.
fn in_tar(extension: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    let name = format!("WKS1.{extension}");
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
    header[148..156].fill(b' ');
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let padding = bytes.len().wrapping_neg() % 512;
    [header.as_slice(), bytes, &vec![0; padding + 1024]].concat()
}

/// How much came out, and of what.
#[derive(Debug, Default, PartialEq, Eq)]
struct Digest {
    events: u64,
    text: u64,
    facts: u64,
    claims: u64,
    problems: u64,
}

impl Sink for Digest {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.text += event.text.len() as u64;
    }

    fn fact(&mut self, fact: Fact) {
        self.facts += 1;
        self.text += fact.value.text().len() as u64;
    }

    fn claim(&mut self, _: MemberId, _: Claim) {
        self.claims += 1;
    }

    fn problem(&mut self, _: MemberId, _: Option<u64>, what: String, _: Severity) {
        self.problems += 1;
        self.text += what.len() as u64;
    }

    fn dates(&mut self, _: DateOrderNews) {}
}
