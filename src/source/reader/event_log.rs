//! Text of the Windows NT event log: blocks of `Event ID: 374` and what follows (Q153826, Q168510), lines as DUMPEL writes
//! them, and what Event Viewer saves as text.

use crate::fact::Event;

use super::super::time::leading_date;
use super::csv::split;
use super::{Confidence, Context, Head, Held, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct EventLog;

impl Reader for EventLog {
    fn name(&self) -> &'static str {
        "event-log"
    }

    fn help(&self) -> &'static str {
        "Text of the Windows NT event log: `Event ID:` blocks, DUMPEL output, comma or tab exports of Event Viewer."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `event` an entry: id, source, computer, user, type, category as far as they are stated, the time, \
         and the description as text."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut ids) = (0, 0, 0);
        // A description has some lines; more than these may be other text.
        let mut covered = 0;
        for line in head.lines() {
            lines += 1;
            let row = Row::parse(line).is_some();
            let field = Field::of_line(line);
            if matches!(field, Some((Field::Id, _))) {
                ids += 1;
                covered = 12;
            }
            hits += usize::from(row || field.is_some() || covered > 0);
            ids += usize::from(row);
            covered = i32::max(covered - 1, 0);
        }
        if ids == 0 { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut reading = Reading::default();
        while let Some(line) = input.next() {
            reading.line(line, out);
        }
        reading.emit(out);
    }
}

/// A field of an entry. The columns of a row are in the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Id,
    Source,
    Computer,
    User,
    Type,
    Category,
    Date,
    Time,
    Description,
}

/// How the fields are printed.
const NAMES: &[(&str, Field)] = &[
    ("event id:", Field::Id),
    ("eventid:", Field::Id),
    ("event source:", Field::Source),
    ("event type:", Field::Type),
    ("event category:", Field::Category),
    ("source:", Field::Source),
    ("computer:", Field::Computer),
    ("user:", Field::User),
    ("type:", Field::Type),
    ("category:", Field::Category),
    ("date:", Field::Date),
    ("time:", Field::Time),
    ("description:", Field::Description),
];

impl Field {
    /// The field that a line begins with, and the rest of the line.
    fn of_line(line: &str) -> Option<(Self, &str)> {
        let line = line.trim_start();
        NAMES.iter().find_map(|(name, field)| {
            let start = line.get(..name.len())?;
            start.eq_ignore_ascii_case(name).then(|| (*field, line[name.len()..].trim_start()))
        })
    }

    /// Where the next field of the same line begins: `Event ID: 374 Source: SMS`.
    fn next_in(rest: &str) -> Option<usize> {
        let ends = rest.match_indices(':').map(|(at, _)| at + 1);
        ends.filter_map(|end| {
            NAMES.iter().find_map(|(name, _)| {
                let start = end.checked_sub(name.len())?;
                let found = rest.get(start..end)?.eq_ignore_ascii_case(name);
                let parted = start == 0 || rest.as_bytes()[start - 1].is_ascii_whitespace();
                (found && parted).then_some(start)
            })
        })
        .next()
    }
}

#[derive(Default)]
struct Reading {
    /// The field that the first entry began with, and so the others too.
    starter: Option<Field>,
    entry: Entry,
}

#[derive(Default)]
struct Entry {
    line: u64,
    lines: usize,
    fields: Vec<(Field, String)>,
    text: String,
    in_text: bool,
}

impl Entry {
    fn get(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    fn add_text(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text.trim());
        self.lines += 1;
        self.in_text = true;
    }
}

impl Reading {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if let Some(row) = Row::parse(line.text) {
            self.emit(out);
            self.entry = row.into_entry(line.number);
            return;
        }
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        if let Some((field, _)) = Field::of_line(text)
            && self.takes(field)
        {
            return self.fields(line, out);
        }
        if self.entry.fields.is_empty()
            || self.entry.lines >= Held::MAX_LINES * 4
            || self.entry.text.len() > Held::MAX_TEXT
        {
            self.emit(out);
            return out.plain(line);
        }
        self.entry.add_text(text);
    }

    /// Whether a line that looks like a field is one, and not a line of a description.
    fn takes(&self, field: Field) -> bool {
        !self.entry.in_text || self.entry.get(field).is_none() || Some(field) == self.starter || field == Field::Id
    }

    /// One line with one field or several.
    fn fields(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let mut text = line.text.trim();
        while let Some((field, rest)) = Field::of_line(text) {
            if self.entry.get(field).is_some() || (self.entry.in_text && Some(field) == self.starter) {
                self.emit(out);
            }
            self.starter.get_or_insert(field);
            if self.entry.fields.is_empty() {
                self.entry.line = line.number;
            }
            if field == Field::Description {
                self.entry.fields.push((field, String::new()));
                self.entry.in_text = true;
                text = rest;
                break;
            }
            let mut end = Field::next_in(rest).unwrap_or(rest.len());
            if field == Field::Id {
                // Text may follow the number on its line.
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                end = if digits > 0 { digits } else { end };
            }
            self.entry.fields.push((field, rest[..end].trim().trim_end_matches([',', ';']).to_owned()));
            text = rest[end..].trim_start_matches([',', ';', ' ', '\t']);
        }
        if !text.is_empty() {
            self.entry.add_text(text);
        }
    }

    fn emit(&mut self, out: &mut Output<'_>) {
        let entry = std::mem::take(&mut self.entry);
        if entry.fields.is_empty() {
            return;
        }
        let mut time = None;
        if let Some(date) = entry.get(Field::Date) {
            let written = format!("{date} {}", entry.get(Field::Time).unwrap_or("00:00"));
            time = out.local_time(entry.line, &written);
        }
        const COLUMNS: [(&str, Field); 6] = [
            ("id", Field::Id),
            ("source", Field::Source),
            ("computer", Field::Computer),
            ("user", Field::User),
            ("type", Field::Type),
            ("category", Field::Category),
        ];
        let present = COLUMNS.iter().filter_map(|(name, field)| Some((*name, entry.get(*field)?)));
        let fields: Vec<(&str, &str)> = present.filter(|(_, value)| !value.is_empty()).collect();
        out.event(&Event {
            time,
            table: Some("event"),
            fields: &fields,
            ..Event::plain(out.at(entry.line), &entry.text)
        });
    }
}

/// An entry on one line.
struct Row {
    columns: Vec<String>,
    /// DUMPEL writes the type as a number, and the category and id before the source.
    dumpel: bool,
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        if !leading_date(line.trim_start())?.1.starts_with([',', '\t', ' ']) {
            return None;
        }
        let columns = ['\t', ',']
            .into_iter()
            .find_map(|separator| split(line.trim(), separator).filter(|columns| columns.len() >= 7))?;
        let number = |index: usize| columns[index].parse::<u32>().is_ok();
        super::super::time::clock(&columns[1]).filter(|(_, rest)| rest.trim().is_empty())?;
        let dumpel = number(2) && number(4);
        (dumpel || number(5)).then_some(Self { columns, dumpel })
    }

    fn into_entry(self, line: u64) -> Entry {
        use Field::{Category, Computer, Date, Id, Source, Time, Type, User};
        let order = if self.dumpel {
            [Date, Time, Type, Category, Id, Source, User, Computer]
        } else {
            [Date, Time, Source, Type, Category, Id, User, Computer]
        };
        let mut fields: Vec<(Field, String)> = order.into_iter().zip(self.columns.iter().cloned()).collect();
        if self.dumpel {
            for (field, value) in &mut fields {
                let word = match value.as_str() {
                    "1" => "Error",
                    "2" => "Warning",
                    "4" => "Information",
                    "8" => "Success Audit",
                    "16" => "Failure Audit",
                    _ => continue,
                };
                if *field == Type {
                    word.clone_into(value);
                }
            }
        }
        let text = self.columns.get(order.len()..).unwrap_or_default().join(if self.dumpel { " " } else { ", " });
        Entry { line, lines: 1, fields, text: text.trim().to_owned(), in_text: true }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn blocks_in_any_order() {
        check(
            "events.txt",
            b"Event ID: 374 Source: SMS\nThe job has failed on WKS4.\n  Error code: 5\n\n\
              EventID: 132\nSource: SMS\nDate: 3/12/97\nTime: 10:44:31 PM\nComputer: SITE1\nDescription: Packs do not match.\n",
            "event-log
             1 event{id=374 source=SMS}: The job has failed on WKS4.\\nError code: 5
             5 1997-03-12T22:44:31 event{id=132 source=SMS computer=SITE1}: Packs do not match.
             warning 5: dates in either order",
        );
        check(
            "events.txt",
            b"Event Type:\tError\nEvent Source:\tSCM\nEvent ID:\t7000\nDate:\t\t13/1/1999\nTime:\t\t10:00:00\nUser:\t\tN/A\nDescription:\na\nb\n\
              Event Type:\tWarning\nEvent ID:\t7001\n",
            "event-log
             1 1999-01-13T10:00:00 event{id=7000 source=SCM user=N/A type=Error}: a\\nb
             10 event{id=7001 type=Warning}: ",
        );
    }

    #[test]
    fn rows_of_event_viewer_and_dumpel() {
        check(
            "events.csv",
            b"3/12/97,10:44:31 PM,SMS,Error,None,374,N/A,SITE1,text, more\nsecond line\n",
            "event-log
             1 1997-03-12T22:44:31 event{id=374 source=SMS computer=SITE1 user=N/A type=Error category=None}: text, more\\nsecond line
             warning 1: dates in either order",
        );
        check(
            "events.txt",
            b"3/12/97\t10:44:31 PM\t1\t0\t374\tSMS\tN/A\tSITE1\tone two\n",
            "event-log
             1 1997-03-12T22:44:31 event{id=374 source=SMS computer=SITE1 user=N/A type=Error category=0}: one two
             warning 1: dates in either order",
        );
    }
}
