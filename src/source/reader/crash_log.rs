//! Crash.log of the SMS services: `Name = value` lines about an exception (Q223755), and stack traces (Q267889).

use crate::fact::Event;

use super::super::time::{DateOrder, clock, leading_date};
use super::{Confidence, Context, Head, Held, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct CrashLog;

impl Reader for CrashLog {
    fn name(&self) -> &'static str {
        "crash-log"
    }

    fn help(&self) -> &'static str {
        "Crash.log of the SMS services: the exception of a thread as `Name = value` lines, and stack traces."
    }

    fn known_by(&self) -> &'static str {
        "The headings of an exception, or two of the lines that name a service, a thread and an exception."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event an exception, with its time, its lines as text, and as fields what they state: service, thread-name, \
         executable, process, thread-id, address, exception, description. One event a stack trace, with time, thread and text."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut names, mut marks) = (0, 0, 0, 0);
        for line in head.lines() {
            lines += 1;
            names += usize::from(matches!(field(line), Some(("service" | "thread-name" | "exception", _))));
            marks += usize::from(heading(line).is_some());
            hits += usize::from(names > 0 || marks > 0 || field(line).is_some());
        }
        if names < 2 && marks == 0 { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        // The services write month, day and year wherever they run.
        out.usual_date_order(DateOrder::Mdy);
        let mut section = Section::default();
        while let Some(line) = input.next() {
            section.line(line, out);
        }
        section.emit(out);
    }
}

/// The names of the lines, and what their fields are called.
const NAMES: [(&str, &str); 9] = [
    ("time", "time"),
    ("service name", "service"),
    ("thread name", "thread-name"),
    ("executable", "executable"),
    ("process id", "process"),
    ("thread id", "thread-id"),
    ("instruction address", "address"),
    ("exception", "exception"),
    ("description", "description"),
];

/// The field that a line states.
fn field(line: &str) -> Option<(&'static str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let (_, field) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some((field, value.trim().trim_end_matches("<BR/>").trim_end()))
}

/// What begins a section of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heading {
    Exception,
    Stack,
}

fn heading(line: &str) -> Option<Heading> {
    let line = line.trim_start();
    if line.starts_with("EXCEPTION INFORMATION") {
        Some(Heading::Exception)
    } else if line.starts_with("STACK TRACE FOR ") {
        Some(Heading::Stack)
    } else {
        None
    }
}

/// An exception or a stack trace that is being read.
#[derive(Default)]
struct Section {
    held: Held,
    fields: Vec<(&'static str, String)>,
    stack: bool,
    /// The quotes of a description are still open: the last field goes on.
    quoted: bool,
}

impl Section {
    fn line(&mut self, line: Line<'_>, out: &mut Output<'_>) {
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        if let Some(heading) = heading(text) {
            self.emit(out);
            self.stack = heading == Heading::Stack;
            return self.held.push(line);
        }
        if self.held.is_full() {
            self.emit(out);
        }
        if self.quoted {
            if let Some((_, value)) = self.fields.last_mut() {
                value.push(' ');
                value.push_str(text);
            }
            self.quoted = !text.ends_with('"');
            return self.held.push(line);
        }
        match field(text) {
            Some((name, value)) => {
                if self.stack || self.fields.iter().any(|(known, _)| *known == name) {
                    self.emit(out);
                }
                self.quoted = value.starts_with('"') && (value.len() == 1 || !value.ends_with('"'));
                self.fields.push((name, value.to_owned()));
                self.held.push(line);
            }
            None if self.held.is_empty() => out.plain(line),
            None => self.held.push(line),
        }
    }

    fn emit(&mut self, out: &mut Output<'_>) {
        let section = std::mem::take(self);
        let Some(number) = section.held.first_line() else { return };
        let text = section.held.text.as_str();
        let find =
            |name: &str| section.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let stack = Some(text).filter(|_| section.stack).map(stack_heading).unwrap_or_default();
        let written = stack.time.or_else(|| find("time").map(str::to_owned));
        let time = written.and_then(|written| out.local_time(number, &written));
        let values = section.fields.iter().filter(|(name, _)| *name != "time");
        let fields: Vec<(&str, &str)> = values
            .map(|(name, value)| (*name, value.trim_matches('"')))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        out.event(&Event {
            time,
            thread: stack.thread.as_deref(),
            fields: &fields,
            ..Event::plain(out.at(number), text)
        });
    }
}

/// What `STACK TRACE FOR SMS_X THREAD 221 (0xdd) AT 10/19/2000 18:43:15.911` says; it may be wrapped (Q267889).
#[derive(Default)]
struct StackHeading {
    thread: Option<String>,
    time: Option<String>,
}

fn stack_heading(text: &str) -> StackHeading {
    let start: Vec<&str> = text.split_whitespace().take(14).collect();
    let after = |word: &str| start.iter().position(|found| *found == word).map(|at| at + 1);
    let mut thread = after("THREAD").and_then(|at| Some((*start.get(at)?).to_owned()));
    if let (Some(thread), Some(hex)) = (&mut thread, after("THREAD").and_then(|at| start.get(at + 1)))
        && hex.starts_with("(0x")
    {
        thread.push(' ');
        thread.push_str(hex);
    }
    let time = after("AT").and_then(|at| {
        let (day, time) = (start.get(at)?, start.get(at + 1)?);
        leading_date(day).filter(|(_, rest)| rest.is_empty())?;
        clock(time)?;
        Some(format!("{day} {time}"))
    });
    StackHeading { thread, time }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn an_exception_and_its_stack() {
        check(
            "crash.log",
            b"EXCEPTION INFORMATION\r\n\r\nTime = 03/23/1999 16:55:47\r\nService name = SMS_EXECUTIVE\r\n\
              Thread name = SMS_NT_LOGON\r\nThread ID = 363\r\nException = 0xC0000005 (EXCEPTION_ACCESS_VIOLATION)\r\n\
              Description = \"The thread tried to read\r\n  for which\"\r\nCService mutex description = \"\"\r\n\
              STACK TRACE FOR SMS_NT_LOGON THREAD 221 (0xdd) AT 10/19/2000\r\n18:43:15.911\r\n\r\n\
              Module        Address\r\nbaseobj.dll   1428b985 \r\n",
            "crash-log
             1 1999-03-23T16:55:47 {service=SMS_EXECUTIVE thread-name=SMS_NT_LOGON thread-id=363 \
             exception=0xC0000005 (EXCEPTION_ACCESS_VIOLATION) description=The thread tried to read for which}: \
             EXCEPTION INFORMATION\\nTime = 03/23/1999 16:55:47\\nService name = SMS_EXECUTIVE\\nThread name = SMS_NT_LOGON\\n\
             Thread ID = 363\\nException = 0xC0000005 (EXCEPTION_ACCESS_VIOLATION)\\nDescription = \"The thread tried to read\\n\
             for which\"\\nCService mutex description = \"\"
             11 2000-10-19T18:43:15.911 thread=221 (0xdd): STACK TRACE FOR SMS_NT_LOGON THREAD 221 (0xdd) AT 10/19/2000\\n\
             18:43:15.911\\nModule        Address\\nbaseobj.dll   1428b985",
        );
    }

    #[test]
    fn two_exceptions_without_a_heading() {
        check(
            "crash.log",
            b"Time = 03/23/1999 16:55:47\nService name = A\nException = 1\nTime = 13/32/1999 16:55:48\nService name = B\nException = 2\n",
            "crash-log
             1 1999-03-23T16:55:47 {service=A exception=1}: Time = 03/23/1999 16:55:47\\nService name = A\\nException = 1
             warning 4: `13/32/1999 16:55:48` is no time; the record is kept without one
             4 {service=B exception=2}: Time = 13/32/1999 16:55:48\\nService name = B\\nException = 2",
        );
    }

    #[test]
    fn a_settings_file_is_none() {
        let (reader, _) = crate::source::testing::read("a.ini", b"[a]\ntime=3\nexecutable=x\ndescription=y\n");
        assert_eq!(reader, Some("ini"));
    }
}
