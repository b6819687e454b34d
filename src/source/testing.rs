//! Reads a file from memory and writes down all that came out, for the tests of the readers.

use crate::fact::{
    Claim, DateOrderNews, Event, Fact, FactKey, MemberId, Problem, Severity, Sink, Timestamp, Value, swapped,
};

use super::Bundle;

/// Reads `bytes` as a file of this name on a host, and compares. The first line is the reader (and the encoding, if it
/// is not UTF-8); then come events, facts, problems and claims in their order.
pub(super) fn check(name: &str, bytes: &[u8], expected: &str) {
    let (_, dump) = read_with_reader_line(name, bytes);
    let expected: Vec<&str> = expected.lines().map(str::trim_start).collect();
    assert_eq!(dump.join("\n"), expected.join("\n"));
}

/// The reader that was chosen, and what it found.
pub(super) fn read(name: &str, bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    let (reader, mut dump) = read_with_reader_line(name, bytes);
    dump.remove(0);
    (reader, dump)
}

fn read_with_reader_line(name: &str, bytes: &[u8]) -> (Option<&'static str>, Vec<String>) {
    // The second file makes the bundle one machine, so that folders in the name stay.
    let files = vec![(name.to_owned(), bytes.to_vec()), ("~anchor.reg".to_owned(), b"REGEDIT4\n".to_vec())];
    let bundle = Bundle::from_files("B", files);
    let (dump, report) = bundle.read(1, &crate::fact::ReadAll, &|_| Dump::default()).swap_remove(0);
    let encoding = if report.encoding == "utf-8" { String::new() } else { format!(" {}", report.encoding) };
    let mut lines = vec![format!("{}{encoding}", report.reader.unwrap_or("skipped"))];
    lines.extend(dump.into_lines());
    (report.reader, lines)
}

/// Everything that a reader pushes, as text. Times are put in at the end, since a later date may turn earlier ones.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Dump {
    lines: Vec<(Option<Timestamp>, String)>,
}

/// Stands for the time of a line.
const TIME: &str = "\u{1}";

impl Dump {
    pub(super) fn into_lines(self) -> impl Iterator<Item = String> {
        let shown = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        self.lines.into_iter().map(move |(time, line)| line.replacen(TIME, &shown(time), 1))
    }

    fn add(&mut self, line: String) {
        self.lines.push((None, line));
    }
}

impl Sink for Dump {
    fn event(&mut self, event: &Event<'_>) {
        let mut line = event.at.line.to_string();
        let mut add = |text: String| {
            line.push(' ');
            line.push_str(&text);
        };
        if event.time.is_some() {
            add(TIME.to_owned());
        }
        if let Some(component) = event.component {
            add(component.to_owned());
        }
        if let Some(program) = event.program {
            add(format!("program={program}"));
        }
        if let Some(thread) = event.thread {
            add(format!("thread={thread}"));
        }
        if event.table.is_some() || !event.fields.is_empty() {
            let fields: Vec<String> = event.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            add(format!("{}{{{}}}", event.table.unwrap_or_default(), fields.join(" ")));
        }
        let joined = event.joined.map(|joined| format!(" [{joined}]")).unwrap_or_default();
        self.lines.push((event.time, format!("{line}: {}{joined}", event.text).replace('\n', "\\n")));
    }

    fn fact(&mut self, fact: Fact) {
        let key = match &fact.key {
            FactKey::Registry { key, name } => format!("registry {key} {name}"),
            FactKey::Ini { file, section, key } => format!("ini {file} [{section}] {key}"),
            FactKey::Mif { class, attribute } => format!("mif {class} {attribute}"),
            FactKey::Service { name, attr } => format!("service {name} {attr:?}"),
            FactKey::File { path, attr } => format!("file {path} {attr:?}"),
        };
        let value = match &fact.value {
            Value::Text(text) => text.replace('\n', "\\n"),
            Value::Time(_) => TIME.to_owned(),
            other => other.text(),
        };
        let time = if let Value::Time(time) = fact.value { Some(time) } else { None };
        self.lines.push((time, format!("{} {key} = {value}", fact.at.line)));
    }

    fn claim(&mut self, _: MemberId, claim: Claim) {
        self.add(match claim {
            Claim::Registry(key) => format!("claim registry {key}"),
            Claim::Ini(file) => format!("claim ini {file}"),
            Claim::Mif(class) => format!("claim mif {class}"),
            Claim::Folder(path) => format!("claim folder {path}"),
            Claim::Table(name) => format!("claim table {name}"),
            Claim::RunningServices => "claim running services".to_owned(),
        });
    }

    fn problem(&mut self, member: MemberId, line: Option<u64>, what: String, severity: Severity) {
        // The same words for every file with such times.
        let what = match what.as_str() {
            super::reader::DATES_OPEN => "dates in either order".to_owned(),
            super::reader::ZONE_UNKNOWN => "times in UTC".to_owned(),
            _ => what,
        };
        let problem = Problem { file: member.0.to_string(), line, what, severity };
        let line = problem.line.map(|line| format!(" {line}")).unwrap_or_default();
        let severity = format!("{:?}", problem.severity).to_lowercase();
        self.add(format!("{severity}{line}: {}", problem.what));
    }

    fn dates(&mut self, news: DateOrderNews) {
        if news == DateOrderNews::Swapped {
            for time in self.lines.iter_mut().filter_map(|(time, _)| time.as_mut()) {
                *time = swapped(*time);
            }
        }
    }
}
