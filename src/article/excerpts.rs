//! The text part of a quoted log line, in every form that excerpts of logs come in.

use super::words::{beginning, find_ignoring_case, squeeze};

/// The texts of a line that has been put together again, if a mark in it shows that it is of a log. One line may hold
/// several records, since excerpts are wrapped in the middle of them.
pub(super) fn logged(line: &str) -> Option<Vec<String>> {
    let of_one = || by_component(line).or_else(|| by_arrow(line)).or_else(|| by_stamp(line)).or_else(|| status(line));
    native(line).or_else(|| after_stamp(line)).or_else(|| of_one().map(|text| vec![text]))
}

/// What follows the end of a stamp whose beginning is cut off.
fn after_stamp(line: &str) -> Option<Vec<String>> {
    let (_, rest) = line.split_once("<thread=")?;
    let text = cleaned(rest.split_once('>').map_or("", |(_, next)| next));
    Some(if text.is_empty() { Vec::new() } else { vec![text] })
}

/// `text   $$<COMPONENT><date><thread=…>`, also where a bracket or the second `$` is missing.
fn native(line: &str) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    let mut rest = line;
    let end = if line.contains("$$(") { ')' } else { '>' };
    while let Some((at, mark)) = mark(rest) {
        texts.push(cleaned(&rest[..at]));
        rest = &rest[at + mark..];
        // What follows the thread, or the last bracket, is the next record.
        rest = match find_ignoring_case(stamp(rest), "thread=") {
            Some(thread) => rest[thread..].split_once(end).map_or("", |(_, next)| next),
            None => behind_brackets(rest),
        };
    }
    (!texts.is_empty()).then_some(texts)
}

/// As much of what follows a mark as a stamp may take.
fn stamp(rest: &str) -> &str {
    beginning(rest, LONGEST_STAMP)
}

/// What stands behind `NAME>` and all further brackets.
fn behind_brackets(stamp: &str) -> &str {
    let mut rest = stamp.split_once('>').map_or("", |(_, next)| next);
    while let Some((_, next)) = rest.strip_prefix('<').and_then(|open| open.split_once('>')) {
        rest = next;
    }
    rest
}

/// The component or program that a line of a log names, as it is printed.
pub(super) fn writer(line: &str) -> Option<&str> {
    if let Some((at, mark)) = mark(line) {
        let name = line[at + mark..].split(['>', ')', '<']).next()?.trim();
        return Some(name).filter(|name| !name.is_empty() && name.len() <= MOST_OF_NAME);
    }
    let (program, _) = line.split_once("==> ")?;
    let program = program.rsplit(']').next()?.trim();
    (!program.is_empty() && program.len() <= MOST_OF_NAME).then_some(program)
}

/// No component has a longer name, nor a path to one.
const MOST_OF_NAME: usize = 120;

/// No stamp is longer.
const LONGEST_STAMP: usize = 250;

/// Whether the stamp that a line ends with goes on in the next one.
pub(super) fn stamp_goes_on(line: &str, next: &str) -> bool {
    let mut from = line.len().saturating_sub(LONGEST_STAMP);
    while !line.is_char_boundary(from) {
        from += 1;
    }
    let end = &line[from..];
    let Some(stamp) = end.rfind("$$<").map(|at| &end[at..]) else { return false };
    let is_open = stamp.rfind('<') > stamp.rfind('>');
    is_open || (next.starts_with('<') && !stamp.contains("thread="))
}

/// Where the stamp of a record begins, and how long its mark is.
fn mark(text: &str) -> Option<(usize, usize)> {
    // The text may be all marks: no look at one of them goes through all that follows.
    let text = text.trim_end();
    for (at, _) in text.match_indices('$') {
        let rest = &text[at..];
        for mark in ["$$<", "$$&<", "$$ <", "$$("] {
            if rest.starts_with(mark) {
                return Some((at, mark.len()));
            }
        }
        let shouts = |c: char| c.is_ascii_uppercase() || c == '_';
        let holds = |name: &str, wanted: &str| name.starts_with(shouts) && stamp(name).contains(wanted);
        let single = rest.strip_prefix("$<").is_some_and(|name| holds(name, "><"));
        let bare = rest.strip_prefix("$$ ").is_some_and(|name| holds(name, "thread="));
        let last = rest.strip_prefix("$$").is_some_and(|name| is_component(name.trim_start()));
        if single || bare || last {
            return Some((at, 2));
        }
    }
    None
}

/// `SOME_MANAGER`
fn is_component(name: &str) -> bool {
    name.len() <= MOST_OF_NAME
        && name.contains('_')
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// `[05/03/99 13:54:39] Program ==> text`, also without the stamp.
fn by_arrow(line: &str) -> Option<String> {
    let (program, text) = line.split_once("==> ")?;
    let program = match program.trim_start().strip_prefix('[') {
        Some(stamped) => stamped.split_once(']').filter(|(stamp, _)| is_stamp(stamp) || is_form(stamp))?.1,
        None => program,
    };
    let is_name = program.len() <= 60 && program.chars().all(|c| c.is_alphanumeric() || " .:\\_".contains(c));
    (is_name && program.contains(char::is_alphabetic)).then(|| cleaned(text)).filter(|text| !text.is_empty())
}

/// `[date time]`, `[mm/dd/yy hh:mm:ss]`: an article that shows how records look.
fn is_form(stamp: &str) -> bool {
    matches!(stamp, "date time" | "mm/dd/yy hh:mm:ss")
}

/// Columns of a viewer: text, component, date, thread; or the date in front. With TABs or blanks between them.
fn by_component(line: &str) -> Option<String> {
    if line.contains('\t') {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let date = columns.iter().position(|column| is_stamp(column))?;
        let text = if date == 0 { columns.get(1) } else { columns.first() };
        return Some(cleaned(text?)).filter(|text| !text.is_empty());
    }
    let words: Vec<&str> = line.split(' ').collect();
    let is_date = |at: usize| {
        let half = words.get(at + 2).copied().unwrap_or_default();
        is_date(words[at]) && words.get(at + 1).is_some_and(|time| is_time(time)) && matches!(half, "AM" | "PM")
    };
    let date = (1..words.len()).find(|at| is_date(*at))?;
    let mut text = &words[..date];
    while text.last().is_some_and(|word| word.is_empty()) {
        text = &text[..text.len() - 1];
    }
    let shouts = |word: &&str| word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let text = if text.last().is_some_and(shouts) { &text[..text.len() - 1] } else { text };
    Some(cleaned(&text.join(" "))).filter(|text| !text.is_empty())
}

/// `<11-22-1996 13:42:14> text`, `06-21-1999 15:45:36 text`, `[11A][Mon 10/02/2000 19:50:57]:text`.
fn by_stamp(line: &str) -> Option<String> {
    let line = line.trim_start();
    let line = match line.strip_prefix('[').and_then(|rest| rest.split_once("][")) {
        Some((_, rest)) => rest,
        None => line.strip_prefix('<').unwrap_or(line),
    };
    let end = line.find(['>', ']']).filter(|end| *end < 40);
    let (stamp, rest) = match end {
        Some(end) => (&line[..end], &line[end + 1..]),
        // Without brackets it could be a row of a table, which has no seconds.
        None => line
            .split_at_checked(STAMP)
            .filter(|(stamp, _)| stamp.matches(':').count() == 2 && !stamp.ends_with(' '))?,
    };
    is_stamp(stamp).then(|| cleaned(rest.trim_start_matches([':', ' ']))).filter(|text| !text.is_empty())
}

/// `06-21-1999 15:45:36`
const STAMP: usize = 19;

/// A status message inside of a log: its number, severity and source; not the machine and the time.
fn status(line: &str) -> Option<String> {
    let from = &line[line.find("STATMSG: ID=")?..];
    let end = from.find(" SYS=").unwrap_or(from.len());
    Some(cleaned(&from[..end]))
}

/// Some words of which one is a date and the next a time.
fn is_stamp(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let Some(mut word) = words.next() else { return false };
    if text.len() > 40 {
        return false;
    }
    if !is_date(word) {
        // A day of the week may stand in front.
        let Some(next) = words.next() else { return false };
        word = next;
    }
    is_date(word) && words.next().is_some_and(is_time)
}

fn is_date(word: &str) -> bool {
    let parts: Vec<&str> = word.splitn(4, ['/', '-']).collect();
    parts.len() == 3 && parts.iter().all(|part| (1..=4).contains(&part.len()) && is_digits(part))
}

fn is_time(word: &str) -> bool {
    let word = word.split('.').next().unwrap_or(word);
    let parts: Vec<&str> = word.splitn(4, ':').collect();
    (2..=3).contains(&parts.len()) && parts.iter().all(|part| (1..=2).contains(&part.len()) && is_digits(part))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Without the `~` of line ends, and with single blanks.
fn cleaned(text: &str) -> String {
    squeeze(text.replace("<BR/>", " ").trim_matches(['~', ' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, wanted: &[&str]) {
        assert_eq!(logged(line).unwrap_or_default(), wanted, "{line}");
    }

    #[test]
    fn native_records() {
        check("Job still there...~   $$<SOME_MANAGER><Tue Nov 10 17:56:25 1998~><thread=112>", &["Job still there..."]);
        check(
            "One~ $$<A><Fri Dec 10 01:12:40.304 1999 Some Zone><thread=322 (0x142)> Two $$<A><x><thread=1>",
            &["One", "Two"],
        );
        check("Text $$<AB<Tue Jun 22 10:00:00 1999><thread=1>", &["Text"]);
        check("Text $<SOME_AGENT><Tue Jun 22 10:00:00 1999><thread=1>", &["Text"]);
        check("Text $$ SOME_MANAGER Fri Dec 17 10:00:00 1999 thread=320 (0x140)", &["Text"]);
        check("Text~ $$(SOME_MANAGER)(Mon Jun 26 16:18:55 2000~)(thread=326)", &["Text"]);
        check("Text $$&<A><Fri Dec 17>", &["Text"]);
        check("One $$<SOME_MANAGER> Two $$<SOME_MANAGER><Tue> Three $<SOME_MANAGER><a>", &["One", "Two", "Three"]);
        check("Waiting (12) $$ SOME_MANAGER", &["Waiting (12)"]);
        check("Nov 04 13:07:28 1997~><thread=A0>", &[]);
        check("costs $5 and $$", &[]);
    }

    #[test]
    fn who_wrote_a_line() {
        let check = |line: &str, wanted: Option<&str>| assert_eq!(writer(line), wanted, "{line}");
        check("Job there...~   $$<SOME_MANAGER><Tue Nov 10 17:56:25 1998~><thread=112>", Some("SOME_MANAGER"));
        check("Text $$(SOME_MANAGER)(Mon)(thread=326)", Some("SOME_MANAGER"));
        check("[05/03/99 13:54:39] Some Program ==> Connected", Some("Some Program"));
        check("plain text", None);
        check("$$<>", None);
    }

    #[test]
    fn records_of_programs_and_of_viewers() {
        check("[05/03/99 13:54:39] Some Program ==> Connected to: \\\\S\\x", &["Connected to: \\\\S\\x"]);
        check("Some Program ==> Not found", &["Not found"]);
        check("[date time] Some Program ==> Not found", &["Not found"]);
        check("Job completed.\tSOME_MANAGER\t1/12/99 4:51:10 PM\t6E\t", &["Job completed."]);
        check("1/16/2001 2:27:39 PM\t  Site #0  \tTool.dll\t4294896193 (0xFFFEEA41)", &["Site #0"]);
        check("ERROR: Could not connect  SOME_MONITOR 4/29/2000 11:51:03 PM", &["ERROR: Could not connect"]);
        check("<11-22-1996 13:42:14> Executing a script", &["Executing a script"]);
        check("06-21-1999 15:45:36 Enough space.", &["Enough space."]);
        check("[11A][Mon 10/02/2000 19:50:57]:Manager::Initialize, x", &["Manager::Initialize, x"]);
        check(
            "STATMSG: ID=679 SEV=E LEV=M SOURCE=\"X\" COMP=\"Y\" SYS=A SITE=B",
            &["STATMSG: ID=679 SEV=E LEV=M SOURCE=\"X\" COMP=\"Y\""],
        );
    }

    #[test]
    fn other_lines() {
        for line in [
            "plain text",
            "one\ttwo",
            "[Section]",
            "<tag> text",
            "[not a stamp] x ==> y",
            "a = b ==> c",
            "==> x",
            "1/2/99",
            "",
            "$",
            "on 1/2/99 at 10:00 it",
            "09/24/98   04:01   1.2  365,392 Tool.exe",
        ] {
            check(line, &[]);
        }
    }
}
