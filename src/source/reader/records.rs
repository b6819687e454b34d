//! Logs whose records begin with a line of a known form, such as one with a stamp, and go on in lines of another.

use super::{Head, Held, Lines, Output};

/// What a log of this kind looks like.
pub(super) trait Form {
    /// Whether a record begins with this line.
    fn begins(&self, line: &str) -> bool;

    /// Whether a line that begins no record belongs to the one above it, of which these are the lines so far.
    fn goes_on(&self, _record: &str, line: &str) -> bool {
        line.starts_with([' ', '\t'])
    }

    /// Puts out one record: the number of its first line, and its lines without the blanks around them.
    fn emit(&mut self, number: u64, text: &str, out: &mut Output<'_>);
}

/// How many lines of the head belong to records, and how many there are.
pub(super) fn covered(form: &dyn Form, head: &Head<'_>) -> (usize, usize) {
    let (mut covered, mut lines) = (0, 0);
    let mut record = None;
    for line in head.lines() {
        lines += 1;
        if form.begins(line) {
            record = Some(line);
        } else if !record.is_some_and(|record| form.goes_on(record, line)) {
            record = None;
        }
        covered += usize::from(record.is_some());
    }
    (covered, lines)
}

/// Reads a log to its end. What belongs to no record is plain text.
pub(super) fn read(form: &mut dyn Form, input: &mut Lines<'_>, out: &mut Output<'_>) {
    // The record that further lines may still belong to.
    let mut open = Held::default();
    while let Some(line) = input.next() {
        if form.begins(line.text) {
            emit(form, &mut open, out);
            open.push(line);
        } else if line.text.trim().is_empty() {
        } else if !open.is_empty() && !open.is_full() && form.goes_on(&open.text, line.text) {
            open.push(line);
        } else {
            emit(form, &mut open, out);
            out.plain(line);
        }
    }
    emit(form, &mut open, out);
}

fn emit(form: &mut dyn Form, open: &mut Held, out: &mut Output<'_>) {
    if let Some(number) = open.first_line() {
        form.emit(number, &open.text, out);
        open.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// The readers of logs.
    const LOGS: [&str; 11] = [
        "client-log",
        "cmtrace",
        "crash-log",
        "extended-log",
        "setup-log",
        "smsprov",
        "sql-errorlog",
        "stamped",
        "text",
        "trace",
        "viewer",
    ];

    /// Stands for a text that was not in the sample. No format gives a meaning to it.
    const MARK: &str = "zqx";

    /// Whatever stands before, after or between the lines of a log, all text of it goes out.
    #[test]
    fn no_reader_of_logs_loses_text() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/readers");
        for reader in LOGS {
            for sample in std::fs::read_dir(samples.join(reader)).expect("a folder of samples") {
                let path = sample.expect("a sample").path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                // Others are read in the tests of their readers.
                if let Ok(text) = String::from_utf8(std::fs::read(&path).expect("a readable sample")) {
                    check(&name, &text.lines().collect::<Vec<_>>());
                }
            }
        }
    }

    fn check(name: &str, lines: &[&str]) {
        let notes = lines.iter().take_while(|line| line.starts_with("#!")).count();
        for at in notes..lines.len() {
            for changed in
                [format!("{MARK}\n{}", lines[at]), format!("{MARK} {}", lines[at]), format!("{} {MARK}", lines[at])]
            {
                let before = lines[..at].iter().copied();
                let after = lines[at + 1..].iter().copied();
                let text: Vec<&str> = before.chain([changed.as_str()]).chain(after).collect();
                let (reader, dump) = crate::source::testing::read(name, text.join("\n").as_bytes());
                let found = dump.iter().any(|line| line.contains(MARK) && !line.contains(" Content = "));
                assert!(found, "{name}, read by {reader:?}, lost `{MARK}` of `{changed}`");
            }
        }
    }
}
