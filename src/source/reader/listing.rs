//! What `dir` and `dir /s` print, of Windows NT, Windows 95 and DOS, in their US and European forms.
//!
//! NT puts date and time first, the others the short name: `PCMSVC32 EXE  259,520  10-08-97 12:00a pcmsvc32.exe`.

use crate::fact::{Claim, FactKey, FileAttr, Value};

use super::super::time::{clock, leading_date};
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Listing;

impl Reader for Listing {
    fn name(&self) -> &'static str {
        "listing"
    }

    fn help(&self) -> &'static str {
        "Folder listings: the output of `dir` and `dir /s`."
    }

    fn facts_and_events(&self) -> &'static str {
        "Facts of files, by their path without drive: size and modified. A folder whose listing is whole proves which files \
         it lacks."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut folders) = (0, 0, 0);
        for line in head.lines() {
            lines += 1;
            folders += usize::from(folder(line).is_some());
            hits += usize::from(folder(line).is_some() || Entry::parse(line).is_some() || is_frame(line));
        }
        if folders == 0 { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut current: Option<String> = None;
        while let Some(line) = input.next() {
            if let Some(path) = folder(line.text) {
                // The next folder shows that this one was listed to its end.
                claim(current.replace(path), out);
            } else if is_summary(line.text) {
                claim(current.take(), out);
                out.plain(line);
            } else if let Some(entry) = Entry::parse(line.text) {
                let name = entry.name.to_lowercase();
                let path = match current.as_deref() {
                    None | Some("") => name,
                    Some(folder) => format!("{folder}\\{name}"),
                };
                let Some(size) = entry.size else { continue };
                out.fact(line.number, FactKey::File { path: path.clone(), attr: FileAttr::Size }, Value::Number(size));
                match out.local_date(line.number, entry.date) {
                    Some(day) => {
                        let modified = Value::Time(day.to_datetime(entry.time));
                        out.fact(line.number, FactKey::File { path, attr: FileAttr::Modified }, modified);
                    }
                    None => {
                        out.warn(line.number, || format!("`{}` is no date; the file is kept without one", entry.date))
                    }
                }
            } else {
                out.plain(line);
            }
        }
    }
}

fn claim(folder: Option<String>, out: &mut Output<'_>) {
    if let Some(folder) = folder {
        out.claim(Claim::Folder(folder));
    }
}

/// The folder that a `Directory of` line names: lower case, without drive.
fn folder(line: &str) -> Option<String> {
    let line = line.trim();
    let path = ["Directory of ", "Verzeichnis von "].into_iter().find_map(|words| {
        line.get(..words.len()).filter(|start| start.eq_ignore_ascii_case(words))?;
        Some(line[words.len()..].trim().to_lowercase())
    })?;
    // Of `\\server\share\…` and `\\server\c$\…`, what the machine itself calls the path remains.
    let below = match path.strip_prefix("\\\\") {
        Some(unc) => unc.split_once('\\').map_or("", |(_, rest)| rest),
        None => path.as_str(),
    };
    let drive =
        below.len() >= 2 && below.as_bytes()[0].is_ascii_alphabetic() && matches!(below.as_bytes()[1], b':' | b'$');
    Some(if drive { &below[2..] } else { below }.trim_matches('\\').to_owned())
}

/// `12 File(s)  1,234 bytes`: the end of one folder, or of the whole listing.
fn is_summary(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    (lower.contains("file(s)") || lower.contains("datei(en)"))
        && lower.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

/// Lines around the entries.
fn is_frame(line: &str) -> bool {
    let line = line.trim();
    is_summary(line)
        || line.starts_with("Volume ")
        || line.starts_with("Total Files Listed")
        || line.ends_with("bytes free")
        || line.ends_with("Dir(s)")
        || line.contains("<DIR>")
}

/// One line of a listing.
struct Entry<'a> {
    name: String,
    /// `None` for a folder.
    size: Option<i64>,
    date: &'a str,
    time: jiff::civil::Time,
}

impl<'a> Entry<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        if leading_date(line).is_some() { Self::date_first(line) } else { Self::name_first(line) }
    }

    /// `10/08/97  12:00a   259,520 PCMSVC32.EXE`.
    fn date_first(line: &'a str) -> Option<Self> {
        let (date, rest) = leading_date(line)?;
        let (time, rest) = clock(rest.trim_start())?;
        let rest = rest.trim_start();
        let (size, name) = rest.split_once(char::is_whitespace)?;
        Some(Self { name: name.trim().to_owned(), size: size_of(size)?, date, time })
    }

    /// `PCMSVC32 EXE  259,520  10-08-97 12:00a pcmsvc32.exe`; DOS has no long name.
    fn name_first(line: &'a str) -> Option<Self> {
        let mut words = Words { rest: line };
        let name = words.next()?;
        let mut word = words.next()?;
        let mut extension = "";
        let size = match size_of(word) {
            // `LOGS 123 <size>`: a number may be the extension.
            Some(size)
                if !words.rest.trim_start().starts_with(|c: char| c.is_ascii_digit())
                    || leading_date(words.rest.trim_start()).is_some() =>
            {
                size
            }
            _ => {
                extension = word;
                word = words.next()?;
                size_of(word)?
            }
        };
        let (date, rest) = leading_date(words.rest.trim_start())?;
        let (time, rest) = clock(rest.trim_start())?;
        let long = rest.trim();
        let name = match (long.is_empty(), extension.is_empty()) {
            (false, _) => long.to_owned(),
            (true, true) => name.to_owned(),
            (true, false) => format!("{name}.{extension}"),
        };
        (name != "." && name != ".." && name.len() <= 260).then_some(Self { name, size, date, time })
    }
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        self.rest = &text[end..];
        (end > 0).then(|| &text[..end])
    }
}

/// A size with or without marks between the thousands; `Some(None)` for a folder.
#[expect(clippy::option_option, reason = "a folder has no size, and other text is no size at all")]
fn size_of(word: &str) -> Option<Option<i64>> {
    if word.eq_ignore_ascii_case("<dir>") {
        return Some(None);
    }
    let digits: String = word.chars().filter(|c| !matches!(c, ',' | '.' | '\u{a0}')).collect();
    if digits.len() == word.len() || word.starts_with(|c: char| c.is_ascii_digit()) {
        digits.parse().ok().map(Some)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn windows_nt() {
        check(
            "dir.txt",
            b" Volume in drive C has no label.\r\n\r\n Directory of C:\\MS\\SMS\\BIN\r\n\r\n\
              10/08/97  12:00a        <DIR>          .\r\n\
              10/08/97  10:00p               259,520 PCMSVC32.EXE\r\n\
              10/13/1997  02:23 PM            459664 Long name.exe\r\n\
              \x20              3 File(s)        719,184 bytes\r\n\
              Directory of \\\\WKS1\\C$\\TEMP\r\n 10/13/97  02:23p  1 a.b\r\n",
            "listing
             1: Volume in drive C has no label.
             6 file ms\\sms\\bin\\pcmsvc32.exe Size = 259520
             6 file ms\\sms\\bin\\pcmsvc32.exe Modified = 1997-10-08T22:00:00
             7 file ms\\sms\\bin\\long name.exe Size = 459664
             7 file ms\\sms\\bin\\long name.exe Modified = 1997-10-13T14:23:00
             8: 3 File(s)        719,184 bytes [Volume in drive C has no label. 3 File(s)        719,184 bytes]
             10 file temp\\a.b Size = 1
             10 file temp\\a.b Modified = 1997-10-13T14:23:00
             claim folder ms\\sms\\bin",
        );
    }

    #[test]
    fn windows_95_and_dos() {
        check(
            "dir.txt",
            b" Directory of C:\\BIN\n\nPCMSVC32 EXE       259.520  08.10.97  12:00 pcmsvc32.exe\nSUB          <DIR>        08.10.97  12:00 sub\n\
              README              1.024  13.10.97  14:23\nLOG      001         1.024  13.10.97  14:23\n Directory of C:\\\n",
            "listing
             3 file bin\\pcmsvc32.exe Size = 259520
             3 file bin\\pcmsvc32.exe Modified = 1997-10-08T12:00:00
             5 file bin\\readme Size = 1024
             5 file bin\\readme Modified = 1997-10-13T14:23:00
             6 file bin\\log.001 Size = 1024
             6 file bin\\log.001 Modified = 1997-10-13T14:23:00
             claim folder bin",
        );
    }
}
