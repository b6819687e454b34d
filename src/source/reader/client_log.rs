//! The logs of client programs: `[05/03/99 13:54:39] Package Command Manager ==> text` (Q237690, Q193784, Q124430).
//!
//! The program may be a whole path (Q167759). Some excerpts lack the stamp (Q231378): such a record has no time.

use crate::fact::Event;

use super::super::time::{DateOrder, leading_date};
use super::{Confidence, Context, Head, Held, Lines, Output, Reader};

/// See the module.
pub(super) struct ClientLog;

impl Reader for ClientLog {
    fn name(&self) -> &'static str {
        "client-log"
    }

    fn help(&self) -> &'static str {
        "Logs of client programs such as Pcmwin.log and Smsrun.log: `[date time] program ==> text`."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with program, time and text. Indented lines belong to the record above them."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines) = (0, 0);
        let mut inside = false;
        for line in head.lines() {
            lines += 1;
            inside = Record::parse(line).is_some() || (inside && line.starts_with([' ', '\t']));
            hits += usize::from(inside);
        }
        Confidence::share(hits, lines)
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        // The programs write month, day and year wherever they run.
        out.usual_date_order(DateOrder::Mdy);
        // The record that further lines may still belong to: its first line is kept as it was written.
        let mut open = Held::default();
        while let Some(line) = input.next() {
            if Record::parse(line.text).is_some() {
                emit(&mut open, out);
                open.push(line);
            } else if line.text.trim().is_empty() {
            } else if !open.is_empty() && line.text.starts_with([' ', '\t']) && !open.is_full() {
                open.push(line);
            } else {
                emit(&mut open, out);
                out.plain(line);
            }
        }
        emit(&mut open, out);
    }
}

fn emit(open: &mut Held, out: &mut Output<'_>) {
    let Some(record) = Record::parse(&open.text) else { return };
    let number = open.first_line().unwrap_or_default();
    let time = record.time.and_then(|written| out.local_time(number, written));
    out.event(&Event { time, program: record.program, ..Event::plain(out.at(number), record.text) });
    open.clear();
}

struct Record<'a> {
    time: Option<&'a str>,
    program: Option<&'a str>,
    text: &'a str,
}

impl<'a> Record<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut time = None;
        let mut rest = line;
        if let Some(stamped) = line.trim_start().strip_prefix('[') {
            let (stamp, after) = stamped.split_once(']')?;
            leading_date(stamp.trim()).filter(|(_, clock)| clock.contains(':'))?;
            time = Some(stamp.trim());
            rest = after;
        }
        let (first, more) = rest.split_at(rest.find('\n').unwrap_or(rest.len()));
        let arrow = first.find("==>").map(|at| (at, 3)).or_else(|| first.find("=>").map(|at| (at, 2)));
        let Some((at, width)) = arrow else {
            return time.map(|_| Self { time, program: None, text: rest.trim() });
        };
        let program = first[..at].trim();
        let is_name = !program.is_empty() && program.len() <= 260;
        // Without a stamp, the arrow alone must not turn a sentence into a record.
        if time.is_none() && (!is_name || program.len() > 60 || line.starts_with([' ', '\t'])) {
            return None;
        }
        let text = if more.is_empty() { first[at + width..].trim() } else { rest[at + width..].trim() };
        Some(Self { time, program: is_name.then_some(program), text })
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn records_with_and_without_stamp() {
        check(
            "pcmwin.log",
            b"[05/03/99 13:54:39] Package Command Manager ==> Connected to \\\\S\\SMS_SHR\r\n\
              \x20  and more\r\n\
              [05/03/99 13:54:40] C:\\MS\\SMS\\BIN\\SMSRUN32.EXE => started\r\n\
              Package Command Manager ==> Exiting .........\r\n\
              not a record\r\n\
              [99/99/99 13:54:41] Program ==> odd\r\n",
            "client-log
             1 1999-05-03T13:54:39 program=Package Command Manager: Connected to \\\\S\\SMS_SHR\\nand more
             3 1999-05-03T13:54:40 program=C:\\MS\\SMS\\BIN\\SMSRUN32.EXE: started
             4 program=Package Command Manager: Exiting .........
             5: not a record
             warning 6: `99/99/99 13:54:41` is no time; the record is kept without one
             6 program=Program: odd",
        );
    }

    #[test]
    fn day_first() {
        check(
            "pcmwin.log",
            b"[01/02/99 13:54:39] P ==> a\n[31/01/99 13:54:39] P ==> b\n",
            "client-log
             1 1999-02-01T13:54:39 program=P: a
             2 1999-01-31T13:54:39 program=P: b",
        );
    }
}
