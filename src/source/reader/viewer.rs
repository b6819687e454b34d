//! Records copied out of the trace viewer: text, component, date and time in the viewer's locale, thread, parted by tabs
//! (Q214448, Q225542) or, in some articles, by blanks (Q261286), or with the date first (Q288218).

use crate::fact::Event;

use super::super::time::{clock, leading_date};
use super::trace::tidy;
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Viewer;

impl Reader for Viewer {
    fn name(&self) -> &'static str {
        "viewer"
    }

    fn help(&self) -> &'static str {
        "Records copied from SMS Trace or SMS Tracer: text, component, date and time, thread, parted by tabs."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a record, with component, time, thread and text. The order of day and month comes from the manifest, \
         else from the dates."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (hits, lines) = head
            .lines()
            .fold((0, 0), |(hits, lines), line| (hits + usize::from(Row::parse(line).is_some()), lines + 1));
        Confidence::share(hits, lines)
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        while let Some(line) = input.next() {
            let Some(row) = Row::parse(line.text) else {
                out.plain(line);
                continue;
            };
            let time = out.local_time(line.number, row.time);
            out.event(&Event {
                time,
                component: Some(row.component).filter(|name| !name.is_empty()),
                thread: row.thread,
                ..Event::plain(out.at(line.number), &tidy(row.text))
            });
        }
    }
}

struct Row<'a> {
    text: &'a str,
    component: &'a str,
    time: &'a str,
    thread: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        if line.contains('\t') { Self::tabs(line) } else { Self::blanks(line) }
    }

    fn tabs(line: &'a str) -> Option<Self> {
        let columns: Vec<&str> = line.trim_end_matches('\t').split('\t').collect();
        let at = columns.iter().rposition(|column| is_stamp(column.trim()))?;
        let thread = |index: usize| columns.get(index).map(|thread| thread.trim()).filter(|thread| !thread.is_empty());
        if at == 0 {
            let component = columns.get(2)?;
            return Some(Self {
                text: columns[1],
                component: component.trim(),
                time: columns[0].trim(),
                thread: thread(3),
            });
        }
        if at < 2 || columns.len() > at + 2 {
            return None;
        }
        // The message may hold tabs itself.
        let text_end: usize = columns[..at - 1].iter().map(|column| column.len() + 1).sum::<usize>() - 1;
        Some(Self {
            text: &line[..text_end],
            component: columns[at - 1].trim(),
            time: columns[at].trim(),
            thread: thread(at + 1),
        })
    }

    /// `text SMS_SQL_MONITOR 4/29/2000 11:51:03 PM`: only if the component cannot be anything else.
    fn blanks(line: &'a str) -> Option<Self> {
        let trimmed = line.trim();
        let mut end = trimmed.len();
        // The date is among the last words: time, half of the day and thread may follow it.
        for _ in 0..6 {
            // The blank may be one of several bytes.
            let start = trimmed[..end].trim_end_matches(|c: char| !c.is_whitespace()).len();
            if start == 0 {
                return None;
            }
            if leading_date(&trimmed[start..end]).is_some_and(|(_, rest)| rest.is_empty()) {
                let (_, rest) = leading_date(&trimmed[start..])?;
                let (_, after) = clock(rest.trim_start())?;
                let thread = after.trim();
                if !thread.is_empty() && !is_thread(thread) {
                    return None;
                }
                let time = trimmed[start..trimmed.len() - after.len()].trim();
                let (text, component) = trimmed[..start].trim_end().rsplit_once(char::is_whitespace)?;
                let named = component.contains('_')
                    && component.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
                return named.then_some(Self {
                    text,
                    component,
                    time,
                    thread: Some(thread).filter(|thread| !thread.is_empty()),
                });
            }
            end = trimmed[..start].trim_end().len();
        }
        None
    }
}

fn is_stamp(text: &str) -> bool {
    leading_date(text).and_then(|(_, rest)| clock(rest.trim_start())).is_some_and(|(_, rest)| rest.trim().is_empty())
}

fn is_thread(text: &str) -> bool {
    let first = text.split_once(" (0x").map_or(text, |(first, _)| first);
    first.len() <= 10 && first.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn tabs_in_every_order() {
        check(
            "pacman.log",
            b"Job done.\tSMS_PCM\t1/12/99 4:49:44 PM\t6E\t\n\
              a\tb\tSMS_PCM\t1/13/99 16:49:44\t330 (0x14A)\t\n\
              1/16/2001 2:27:39 PM\ttext\tCliEx32.dll\t4294883705 (0xFFFEB979)\n\
              no record\n",
            "viewer
             1 1999-01-12T16:49:44 SMS_PCM thread=6E: Job done.
             2 1999-01-13T16:49:44 SMS_PCM thread=330 (0x14A): a\tb
             3 2001-01-16T14:27:39 CliEx32.dll thread=4294883705 (0xFFFEB979): text
             4: no record",
        );
    }

    #[test]
    fn day_first() {
        check(
            "x.txt",
            b"a\tSMS_PCM\t1/12/99 16:49:44\t6E\t\nb\tSMS_PCM\t13/12/99 16:49:44\t6E\t\n",
            "viewer
             1 1999-12-01T16:49:44 SMS_PCM thread=6E: a
             2 1999-12-13T16:49:44 SMS_PCM thread=6E: b",
        );
        check("x.txt", b"a\tSMS_PCM\t01.12.99 16:49:44\t6E\t\n", "viewer\n1 1999-12-01T16:49:44 SMS_PCM thread=6E: a");
    }

    #[test]
    fn blanks_where_tabs_were() {
        check(
            "x.txt",
            b"ERROR: no connection SMS_SQL_MONITOR 4/29/2000 11:51:03 PM\nb SMS_SQL_MONITOR 4/29/2000 11:51:04 PM 6E\n",
            "viewer
             1 2000-04-29T23:51:03 SMS_SQL_MONITOR: ERROR: no connection
             2 2000-04-29T23:51:04 SMS_SQL_MONITOR thread=6E: b",
        );
    }

    #[test]
    fn a_no_break_blank_is_a_blank() {
        let (reader, _) =
            crate::source::testing::read("a.txt", "Ces services Windows sont démarrés\u{a0}:\n".as_bytes());
        assert_eq!(reader, Some("text"));
    }
}
