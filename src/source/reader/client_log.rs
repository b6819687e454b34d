//! The logs of client programs: `[05/03/99 13:54:39] Package Command Manager ==> text` (Q237690, Q193784, Q124430).
//!
//! The program may be a whole path (Q167759). Some excerpts lack the stamp (Q231378): such a record has no time.

use crate::fact::Event;

use super::super::time::{DateOrder, leading_date};
use super::records::{self, Form};
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct ClientLog;

impl Reader for ClientLog {
    fn name(&self) -> &'static str {
        "client-log"
    }

    fn help(&self) -> &'static str {
        "Logs of client programs such as Pcmwin.log and Smsrun.log: `[date time] program ==> text`."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines in this form, at least one of them with a program and an arrow."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with program, time and text. Indented lines belong to the record above them."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        // Without a program, a numeric date in brackets may be anybody's.
        if !head.lines().any(|line| Record::parse(line).is_some_and(|record| record.program.is_some())) {
            return Confidence::NO;
        }
        let (hits, lines) = records::covered(&Records, head);
        Confidence::share(hits, lines)
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        // The programs write month, day and year wherever they run.
        out.usual_date_order(DateOrder::Mdy);
        records::read(&mut Records, input, out);
    }
}

struct Records;

impl Form for Records {
    fn begins(&self, line: &str) -> bool {
        Record::parse(line).is_some()
    }

    fn emit(&mut self, number: u64, text: &str, out: &mut Output<'_>) {
        let Some(record) = Record::parse(text) else { return };
        let time = record.time.and_then(|written| out.local_time(number, written));
        out.event(&Event { time, program: record.program, ..Event::plain(out.at(number), record.text) });
    }
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
            // These programs write two digits; a year first is somebody else's stamp.
            let (date, clock) = leading_date(stamp.trim())?;
            if !clock.contains(':') || date.bytes().take_while(u8::is_ascii_digit).count() > 2 {
                return None;
            }
            time = Some(stamp.trim());
            rest = after;
        }
        let first = rest.lines().next().unwrap_or_default();
        let arrow = first.find("==>").map(|at| (at, 3)).or_else(|| first.find("=>").map(|at| (at, 2)));
        let Some((at, width)) = arrow else {
            return time.map(|_| Self { time, program: None, text: rest.trim() });
        };
        let program = first[..at].trim();
        let is_name = !program.is_empty() && program.len() <= 260;
        // Without a stamp, the arrow alone must not turn a sentence or a piece of code into a record.
        let bare = time.is_none() && (width < 3 || line.starts_with([' ', '\t']));
        if bare || (time.is_none() && (!is_name || program.len() > 60)) {
            return None;
        }
        if !is_name {
            return Some(Self { time, program: None, text: rest.trim() });
        }
        Some(Self { time, program: Some(program), text: rest[at + width..].trim() })
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

    #[test]
    fn a_program_without_text_and_text_without_a_program() {
        check(
            "smsrun.log",
            b"[04/16/97 11:44:08] C:\\MS\\SMS\\BIN\\SMSRUN16.EXE ==>\n      Starting execution\n\n[04/16/97 11:44:09] done\n\
              [04/16/97 11:44:10] ==> odd\n",
            "client-log
             1 1997-04-16T11:44:08 program=C:\\MS\\SMS\\BIN\\SMSRUN16.EXE: Starting execution
             4 1997-04-16T11:44:09: done
             5 1997-04-16T11:44:10: ==> odd",
        );
    }

    #[test]
    fn the_logs_of_others_are_left_alone() {
        let others: [&[u8]; 3] = [
            b"[05/03/1999 13:54:39] no program\n",
            b"[2023-05-15 18:19:32] a => b\n",
            b"'key' => 'value',\n'other' => 'value',\n",
        ];
        for other in others {
            let (reader, _) = crate::source::testing::read("x.log", other);
            assert_ne!(reader, Some("client-log"));
        }
    }
}
