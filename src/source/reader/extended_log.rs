//! Logs in the W3C extended form, such as those of IIS and of the Windows firewall: `#Fields: date time c-ip …`, and rows.
//!
//! Date and time are in UTC, whatever the machine's zone is, unless the log says `#Time Format: Local` or names its columns
//! `date-local` and `time-local`. A log may begin anew with other columns, and may state the date only in `#Date:`.

use crate::fact::{Event, Timestamp};

use super::super::time::{offset, year_first};
use super::csv;
use super::utc::UtcClock;
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct ExtendedLog;

impl Reader for ExtendedLog {
    fn name(&self) -> &'static str {
        "extended-log"
    }

    fn help(&self) -> &'static str {
        "Logs in the W3C extended form, such as those of IIS: a line `#Fields: …` names the columns."
    }

    fn known_by(&self) -> &'static str {
        "A line that begins with `#Fields:`."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `w3c` a row, with its columns, in lower case, as fields (a `-` is left out) and the whole row as \
         text. These logs are in UTC: their rows have a time only if the manifest states the host's `timezone`, \
         or if the log says that it is in local time."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let fields = head.lines().take(40).any(|line| directive(line).is_some_and(|(name, _)| name == "fields"));
        if fields { Confidence::CERTAIN } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut log = Log { clock: UtcClock::new(ctx), ..Log::default() };
        while let Some(line) = input.next() {
            log.line(line, out);
        }
    }
}

/// A line `#Name: value`; the name in lower case.
fn directive(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.strip_prefix('#')?.split_once(':')?;
    Some((name.trim().to_ascii_lowercase(), value.trim()))
}

/// What the lines so far say of the rows.
#[derive(Default)]
struct Log {
    columns: Vec<String>,
    /// Exchange parts its columns by commas.
    commas: bool,
    /// What `#Date:` says.
    date: String,
    local: bool,
    /// The machine's distance from UTC, in minutes.
    clock: UtcClock,
}

/// More columns than this are none.
const MAX_COLUMNS: usize = 256;

impl Log {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        if let Some((name, value)) = directive(line.text) {
            match name.as_str() {
                "fields" => {
                    self.commas = value.contains(',');
                    self.columns =
                        self.split(value).into_iter().take(MAX_COLUMNS).map(|name| name.to_lowercase()).collect();
                }
                "date" => value.split_whitespace().next().unwrap_or_default().clone_into(&mut self.date),
                "time format" => self.local = value.eq_ignore_ascii_case("local"),
                _ => {}
            }
            return out.plain(line);
        }
        if line.text.trim().is_empty() || line.text.starts_with('#') || self.columns.is_empty() {
            return out.plain(line);
        }
        self.row(line, out);
    }

    fn split(&self, row: &str) -> Vec<String> {
        if self.commas { csv::split(row, ',').unwrap_or_default() } else { words(row) }
    }

    fn row(&self, line: Line<'_>, out: &mut Output<'_>) {
        let values = self.split(line.text);
        if values.len() != self.columns.len() {
            let (found, expected) = (values.len(), self.columns.len());
            out.warn(line.number, || {
                format!("a row of {found} columns where {expected} are named; only its text is kept")
            });
            return out.event(&Event { table: Some("w3c"), ..Event::plain(out.at(line.number), line.text.trim()) });
        }
        let all = self.columns.iter().map(String::as_str).zip(values.iter().map(String::as_str));
        let fields: Vec<(&str, &str)> = all.filter(|(_, value)| !matches!(*value, "" | "-")).collect();
        let time = self.time(&fields, line.number, out);
        out.event(&Event {
            time,
            table: Some("w3c"),
            fields: &fields,
            ..Event::plain(out.at(line.number), line.text.trim())
        });
    }

    fn time(&self, fields: &[(&str, &str)], number: u64, out: &mut Output<'_>) -> Option<Timestamp> {
        let get = |name: &str| fields.iter().find(|(column, _)| *column == name).map(|(_, value)| *value);
        if let (Some(date), Some(time)) = (get("date-local"), get("time-local")) {
            return whole(&format!("{date} {time}"));
        }
        let (date, time) = (get("date").unwrap_or(&self.date), get("time"));
        let written = get("date-time").map(str::to_owned).or_else(|| Some(format!("{date} {}", time?)))?;
        let Some(time) = whole(&written) else {
            out.warn(number, || format!("`{written}` is no time; the record is kept without one"));
            return None;
        };
        if self.local {
            return Some(time);
        }
        self.clock.local(time, number, out)
    }
}

/// A text that is nothing but a time; `Z` may end it.
fn whole(written: &str) -> Option<Timestamp> {
    let (time, rest) = year_first(written)?;
    let rest = offset(rest).filter(|(minutes, _)| *minutes == 0).map_or(rest, |(_, rest)| rest);
    rest.trim().is_empty().then_some(time)
}

/// The words of a row. Quotes hold a word with blanks together; two of them stand for one.
fn words(row: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = row.trim();
    while !rest.is_empty() {
        let Some(mut quoted) = rest.strip_prefix('"') else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
            continue;
        };
        let mut word = String::new();
        loop {
            let (before, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            word.push_str(before);
            quoted = after;
            let Some(more) = after.strip_prefix('"') else { break };
            word.push('"');
            quoted = more;
        }
        words.push(word);
        rest = quoted.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::source::testing::check;

    #[test]
    fn rows_are_in_utc() {
        check(
            "ex980302.log",
            b"#Software: Microsoft Internet Information Server 4.0\r\n#Date: 1998-03-02 10:11:12\r\n#Fields: time c-ip cs-method sc-status\r\n\
              10:11:12 10.0.0.1 GET 200\r\n10:11:13 10.0.0.1 - 200\r\n10:11:14 10.0.0.1\r\n",
            "extended-log
             1: #Software: Microsoft Internet Information Server 4.0
             2: #Date: 1998-03-02 10:11:12 [#Software: Microsoft Internet Information Server 4.0 #Date: 1998-03-02 10:11:12]
             3: #Fields: time c-ip cs-method sc-status [#Date: 1998-03-02 10:11:12 #Fields: time c-ip cs-method sc-status]
             warning 4: times in UTC
             4 w3c{time=10:11:12 c-ip=10.0.0.1 cs-method=GET sc-status=200}: 10:11:12 10.0.0.1 GET 200
             5 w3c{time=10:11:13 c-ip=10.0.0.1 sc-status=200}: 10:11:13 10.0.0.1 - 200
             warning 6: a row of 2 columns where 4 are named; only its text is kept
             6 w3c{}: 10:11:14 10.0.0.1",
        );
    }

    #[test]
    fn local_times() {
        check(
            "pfirewall.log",
            b"#Version: 1.5\n#Time Format: Local\n#Fields: date time action protocol\n\n2005-03-02 10:11:12 DROP TCP\n",
            "extended-log
             1: #Version: 1.5
             2: #Time Format: Local [#Version: 1.5 #Time Format: Local]
             3: #Fields: date time action protocol [#Time Format: Local #Fields: date time action protocol]
             5 2005-03-02T10:11:12 w3c{date=2005-03-02 time=10:11:12 action=DROP protocol=TCP}: 2005-03-02 10:11:12 DROP TCP",
        );
        check(
            "x.log",
            b"#Fields: date-local time-local cs(User-Agent)\n2012-08-15 17:00:00.363 \"Mozilla/5.0 \"\"x\"\" (Linux)\"\n",
            "extended-log
             1: #Fields: date-local time-local cs(User-Agent)
             2 2012-08-15T17:00:00.363 w3c{date-local=2012-08-15 time-local=17:00:00.363 cs(user-agent)=Mozilla/5.0 \"x\" (Linux)}: \
             2012-08-15 17:00:00.363 \"Mozilla/5.0 \"\"x\"\" (Linux)\"",
        );
    }

    #[test]
    fn quotes() {
        assert_eq!(words("a \"b c\" \"\" d"), ["a", "b c", "", "d"]);
        assert_eq!(words("\"open end"), ["open end"]);
    }
}
