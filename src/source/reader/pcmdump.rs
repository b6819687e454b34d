//! What PCMDUMP prints of an instruction file: one `name : value` line a field, several records a file (Q123499).

use crate::fact::{Claim, Event};

use super::super::time::{DateOrder, local_time};
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct PcmDump;

/// The table of its events.
const TABLE: &str = "instruction";

/// The fields that rules ask for: as PCMDUMP prints them, and as they are called in a rule.
const FIELDS: &[(&str, &str)] = &[
    ("siteid", "siteid"),
    ("requestid", "requestid"),
    ("packageid", "packageid"),
    ("jobid", "jobid"),
    ("run command", "command"),
    ("install by full", "mandatory"),
    ("expiration date", "expires"),
    ("expiration full", "expiring"),
    ("display date", "display"),
    ("install by date", "due"),
    ("package name", "package"),
    ("wcl name", "name"),
];

/// The other fields of a record, which no rule asks for.
const OTHERS: &[&str] = &[
    "file name",
    "pcm version",
    "install flag",
    "display full",
    "user input flags",
    "operating system",
    "disk usage",
    "server(s)",
    "comments",
    "domain name",
    "reserved",
];

impl Reader for PcmDump {
    fn name(&self) -> &'static str {
        "pcmdump"
    }

    fn help(&self) -> &'static str {
        "PCMDUMP output: the instructions that a logon server holds for a client, as text."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines that are fields of such a dump, `RequestID` among them."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `instruction` a record: siteid, requestid, packageid, jobid, command, mandatory (1 or 0), \
         expires, expiring (1 or 0), display, due, package, name. The dates `expires`, `display` and `due` are written as \
         1998-03-01T08:00:00, are empty for none (`00/00/00`), and stay as they are if there is no such day."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut inside, mut requests) = (0, 0, false, 0);
        for line in head.lines() {
            lines += 1;
            let field = field(line);
            inside |= field.is_some();
            requests += usize::from(field.as_ref().is_some_and(|(name, _)| name == "requestid"));
            hits += usize::from(field.is_some() || inside && line.starts_with("          "));
        }
        if requests == 0 { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut record = Record::default();
        while let Some(line) = input.next() {
            let Some((name, value)) = field(line.text) else {
                record.more(line, out);
                continue;
            };
            // PCM Version stands above each record, and SiteID begins it; a dump that was cut out may lack both.
            let starts = match name.as_str() {
                "pcm version" | "siteid" => record.has("requestid") || record.has(&name),
                "requestid" => record.has("requestid"),
                _ => false,
            };
            if starts {
                record.emit(out);
            }
            record.field(line, &name, value, out);
        }
        record.emit(out);
        out.claim(Claim::Table(TABLE.to_owned()));
    }
}

/// A name begins further to the left, also in pasted text.
const MAX_INDENT: usize = 16;

/// The dates among the fields. PCMDUMP writes the month first in every country.
const DATES: &[&str] = &["expires", "display", "due"];

/// The name, in lower case, and value of a line.
fn field(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.split_once(':')?;
    // A wrapped value stands under the values.
    if line.len() - line.trim_start().len() > MAX_INDENT {
        return None;
    }
    let name = name.trim().to_ascii_lowercase();
    let known = FIELDS.iter().any(|(printed, _)| *printed == name) || OTHERS.contains(&name.as_str());
    known.then(|| (name, value.trim()))
}

/// `09/21/94 17:56:00`, also `01/01/100` for the year 2000 (Q249578).
fn date_of(line: u64, value: &str, out: &mut Output<'_>) -> String {
    let none =
        value.starts_with(|c: char| c.is_ascii_digit()) && value.chars().all(|c| matches!(c, '0' | '/' | ':' | ' '));
    if none || value.is_empty() {
        return String::new();
    }
    local_time(value, DateOrder::Mdy).map_or_else(
        || {
            out.warn(line, || format!("`{value}` is no time; it is kept as written"));
            value.to_owned()
        },
        |time| time.to_string(),
    )
}

#[derive(Default)]
struct Record {
    line: u64,
    fields: Vec<(&'static str, String)>,
    text: String,
}

impl Record {
    /// More text than this is no record.
    const MAX_TEXT: usize = 32 * 1024;

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| *known == name)
    }

    fn field(&mut self, line: Line<'_>, name: &str, value: &str, out: &mut Output<'_>) {
        let known = FIELDS.iter().find(|(printed, _)| *printed == name);
        if let Some((_, called)) = known
            && !self.has(called)
        {
            let date = DATES.contains(called);
            self.fields.push((*called, if date { date_of(line.number, value, out) } else { value.to_owned() }));
        }
        self.add(line);
    }

    /// A line without a name: a wrapped value, or text around the dump.
    fn more(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if line.text.trim().is_empty() {
            return;
        }
        if self.fields.is_empty() || !line.text.starts_with([' ', '\t']) || self.text.len() > Self::MAX_TEXT {
            out.plain(line);
        } else {
            self.add(line);
        }
    }

    fn add(&mut self, line: Line<'_>) {
        if self.text.is_empty() {
            self.line = line.number;
        } else {
            self.text.push('\n');
        }
        if self.text.len() <= Self::MAX_TEXT {
            self.text.push_str(line.text.trim());
        }
    }

    fn emit(&mut self, out: &mut Output<'_>) {
        if self.text.is_empty() {
            return;
        }
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let table = (!fields.is_empty()).then_some(TABLE);
        out.event(&Event { table, fields: &fields, ..Event::plain(out.at(self.line), &self.text) });
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn two_records_with_wrapped_lines() {
        check(
            "dump.txt",
            b"   PCM Instruction File Dump Utility v1.0\n\
              \x20  SiteID          : BPC\n   RequestID       : BPC001M\n   Install By Full : 1\n\
              \x20  Run Command     : acme.exe a:b /I:C\n   Server(s)       : \\\\S\\P\\ Type: 2\n\
              \x20                    Zone: \\\\S\\P\\ \n\
              \x20  SiteID          : BPC\n   RequestID       : BPC002M\n   Display Date    : 01/01/100 00:00:00\n\
              \x20  Install By Date : 00/00/00 00:00:00\n   Comments        : See\n\
              \x20                    Package Name: this is still a comment\n   Expiration Date : 11/31/94 07:00:00\n",
            "pcmdump
             1: PCM Instruction File Dump Utility v1.0
             2 instruction{siteid=BPC requestid=BPC001M mandatory=1 command=acme.exe a:b /I:C}: SiteID          : BPC\\nRequestID       : BPC001M\\nInstall By Full : 1\\nRun Command     : acme.exe a:b /I:C\\nServer(s)       : \\\\S\\P\\ Type: 2\\nZone: \\\\S\\P\\
             warning 14: `11/31/94 07:00:00` is no time; it is kept as written
             8 instruction{siteid=BPC requestid=BPC002M display=2000-01-01T00:00:00 due= expires=11/31/94 07:00:00}: SiteID          : BPC\\nRequestID       : BPC002M\\nDisplay Date    : 01/01/100 00:00:00\\nInstall By Date : 00/00/00 00:00:00\\nComments        : See\\nPackage Name: this is still a comment\\nExpiration Date : 11/31/94 07:00:00
             claim table instruction",
        );
    }
}
