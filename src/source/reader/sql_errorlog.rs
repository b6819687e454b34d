//! The ERRORLOG of SQL Server: `1998-03-02 10:11:12.34 spid1    text`, before release 7.0 `98/03/02 10:11:12.34 kernel   text`.

use crate::fact::Event;

use super::super::time::year_first;
use super::records::{self, Form};
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct SqlErrorLog;

impl Reader for SqlErrorLog {
    fn name(&self) -> &'static str {
        "sql-errorlog"
    }

    fn help(&self) -> &'static str {
        "The ERRORLOG of SQL Server: `year-month-day time source text`."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines that begin with date, time and the name of a source such as `spid7` or `kernel`."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with time and text; the source is the thread if it is a process such as `spid7`, else the \
         component, such as `kernel` or `Logon`. `Error: 1105, Severity: 17, State: 2` gives the fields error, severity and \
         state. Indented lines belong to the record above them."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (hits, lines) = records::covered(&Records, head);
        Confidence::share(hits, lines)
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        records::read(&mut Records, input, out);
    }
}

/// The sources that are no processes.
const SOURCES: [&str; 10] =
    ["kernel", "server", "ods", "logon", "backup", "initconfig", "recovery", "smo", "ntservice", "clr"];

struct Records;

impl Form for Records {
    fn begins(&self, line: &str) -> bool {
        parse(line).is_some()
    }

    fn emit(&mut self, number: u64, text: &str, out: &mut Output<'_>) {
        let Some((time, source, text)) = parse(text) else { return };
        let process = is_process(source);
        out.event(&Event {
            time: Some(time),
            component: (!process).then_some(source),
            thread: process.then_some(source),
            fields: &error_fields(text),
            ..Event::plain(out.at(number), text)
        });
    }
}

/// Time, source and text.
fn parse(line: &str) -> Option<(crate::fact::Timestamp, &str, &str)> {
    // The stamp begins the line and has hundredths.
    if !line.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (time, rest) = year_first(line)?;
    let hundredths = line[..line.len() - rest.len()].rsplit_once('.')?.1;
    let rest = rest.strip_prefix(' ').filter(|_| hundredths.len() == 2)?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (source, text) = rest.split_at(end);
    let known = is_process(source) || SOURCES.iter().any(|known| known.eq_ignore_ascii_case(source));
    known.then(|| (time, source, text.trim()))
}

fn is_process(source: &str) -> bool {
    let number = source.strip_prefix("spid").map(|number| number.strip_suffix('s').unwrap_or(number));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The parts of `Error: 18456, Severity: 14, State: 1.`; release 6.5 writes `Error : 1105`.
fn error_fields(text: &str) -> Vec<(&'static str, &str)> {
    let mut fields = Vec::new();
    if !text.starts_with("Error") {
        return fields;
    }
    for part in text.lines().next().unwrap_or_default().split(',') {
        let Some((name, value)) = part.split_once(':') else { break };
        let Some(name) =
            ["error", "severity", "state"].into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()))
        else {
            break;
        };
        let value = value.trim().trim_end_matches('.');
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        fields.push((name, value));
    }
    fields
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn releases_6_5_and_7_0() {
        let log = "1998-03-02 10:11:12.34 kernel   Microsoft SQL Server  7.00\r\n\tSep 27 1998 22:20:07\r\n\
                   1998-03-02 10:11:13.04 spid1    Starting up database 'master'.\r\n\r\n\
                   1998-03-02 10:11:14.00 spid7s      Error: 1105, Severity: 17, State: 2.\r\nForceFlush is on.\r\n";
        let expected = "1 1998-03-02T10:11:12.34 kernel: Microsoft SQL Server  7.00\\nSep 27 1998 22:20:07
             3 1998-03-02T10:11:13.04 thread=spid1: Starting up database 'master'.
             5 1998-03-02T10:11:14 thread=spid7s {error=1105 severity=17 state=2}: Error: 1105, Severity: 17, State: 2.
             6: ForceFlush is on.";
        check("ERRORLOG.1", log.as_bytes(), &format!("sql-errorlog\n{expected}"));
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(log.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        check("ERRORLOG", &utf16, &format!("sql-errorlog utf-16le\n{expected}"));
        check(
            "errorlog",
            b"98/03/02 10:11:12.34 kernel   initconfig: Number of user connections limited to 15.\n\
              98/03/02 10:11:12.36 spid10   Error : 1105, Severity: 17, State: 2\n",
            "sql-errorlog
             1 1998-03-02T10:11:12.34 kernel: initconfig: Number of user connections limited to 15.
             2 1998-03-02T10:11:12.36 thread=spid10 {error=1105 severity=17 state=2}: Error : 1105, Severity: 17, State: 2",
        );
    }
}
