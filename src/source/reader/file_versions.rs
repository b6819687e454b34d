//! Lists of file versions: `filever` of the resource kit, `wmic datafile` and the `VersionInfo` tables of PowerShell.
//!
//! The tables of articles and of the notes that come with a fix have the same columns. They say what a fix brings, not
//! what a machine has, and are left alone.
//!
//! `filever` prints `--a-- W32i   DLL ENU      4.0.1381.4 shp    17,680 10-14-1996 kernel32.dll`, month first in every
//! country, and with `/v` the texts of the resource below that.

use crate::fact::{FactKey, FileAttr, Value};

use super::super::time::{DateOrder, leading_date};
use super::listing::grouped;
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct FileVersions;

impl Reader for FileVersions {
    fn name(&self) -> &'static str {
        "file-versions"
    }

    fn help(&self) -> &'static str {
        "Lists of file versions: the output of `filever`, `wmic datafile` and PowerShell's `VersionInfo`."
    }

    fn known_by(&self) -> &'static str {
        "The share of its lines that are rows of such a list."
    }

    fn facts_and_events(&self) -> &'static str {
        "Facts of files: version, size and modified (midnight, if the list has no time), by the path without drive, \
         or by the name alone where the list has no more. The lists prove no absence."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut tables) = (0, 0, 0);
        let mut table = None;
        for line in head.lines() {
            lines += 1;
            let found = Table::of(line);
            tables += usize::from(found.is_some());
            table = found.or(table);
            let row = FileVer::parse(line).is_some() || table.is_some_and(|table: Table| table.row(line).is_some());
            hits += usize::from(row || found.is_some() || line.starts_with(['\t', ' ']) || is_rule(line));
        }
        let listed = head.lines().any(|line| FileVer::parse(line).is_some());
        let starts = |name: &str| head.lines().any(|line| line.starts_with(name));
        // Of a list, every line is a value.
        let has_path = head.lines().any(|line| line.starts_with("Name=") && line.contains(":\\"));
        let values = has_path && starts("Version=") && head.lines().all(|line| line.contains('='));
        if values {
            Confidence::LIKELY
        } else if (listed || tables > 0) && hits * 5 >= lines * 3 {
            Confidence::share(hits, lines)
        } else {
            Confidence::NO
        }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        out.usual_date_order(DateOrder::Mdy);
        let mut table: Option<Table> = None;
        let mut record = Record::default();
        while let Some(line) = input.next() {
            if line.text.trim().is_empty() {
                continue;
            }
            if let Some(found) = Table::of(line.text) {
                table = Some(found);
                out.plain(line);
            } else if let Some(file) = FileVer::parse(line.text) {
                file.put(line, out);
            } else if record.entry(line, out) {
                out.plain(line);
            } else if let Some((version, name)) = table.and_then(|table| table.row(line.text)) {
                put(line.number, name, FileAttr::Version, Value::Text(version.to_owned()), out);
            } else {
                out.plain(line);
            }
        }
        record.finish(out);
    }
}

fn put(line: u64, path: &str, attr: FileAttr, value: Value, out: &mut Output<'_>) {
    let lower = path.trim().to_lowercase().replace("\\\\", "\\");
    let path = lower.split_once(':').map_or(lower.as_str(), |(_, below)| below).trim_start_matches('\\');
    if !path.is_empty() {
        out.fact(line, FactKey::File { path: path.to_owned(), attr }, value);
    }
}

/// Four numbers with dots between them, or at least two.
fn is_version(word: &str) -> bool {
    let mut parts = 0;
    word.split('.').all(|part| {
        parts += 1;
        (1..=6).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    }) && (2..=4).contains(&parts)
}

fn is_rule(line: &str) -> bool {
    line.trim().bytes().all(|byte| matches!(byte, b'-' | b' '))
}

/// A line of `filever`.
struct FileVer<'a> {
    version: Option<&'a str>,
    size: i64,
    date: &'a str,
    name: &'a str,
}

impl<'a> FileVer<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        let attributes = line.get(..5)?;
        let is_attribute = |byte: u8| byte == b'-' || b"drahsco".contains(&byte.to_ascii_lowercase());
        if !attributes.bytes().all(is_attribute) || !line[5..].starts_with(' ') {
            return None;
        }
        // Type, kind, language, version, flags; then size, date and name.
        let mut version = None;
        let mut size = None;
        let mut rest = &line[5..];
        for _ in 0..9 {
            let text = rest.trim_start();
            let (word, after) = text.split_once(' ')?;
            if let Some((date, "")) = leading_date(word) {
                return Some(Self { version, size: size?, date, name: after.trim() })
                    .filter(|file| !file.name.is_empty());
            }
            if is_version(word) && word.contains('.') && word.matches('.').count() == 3 {
                version = Some(word);
            }
            size = grouped(word);
            rest = after;
        }
        None
    }

    fn put(&self, line: Line<'_>, out: &mut Output<'_>) {
        let number = line.number;
        if let Some(version) = self.version {
            put(number, self.name, FileAttr::Version, Value::Text(version.to_owned()), out);
        }
        put(number, self.name, FileAttr::Size, Value::Number(self.size), out);
        match out.local_date(number, self.date) {
            Some(date) => {
                let modified = Value::Time(date.at(0, 0, 0, 0));
                put(number, self.name, FileAttr::Modified, modified, out);
            }
            None => out.warn(number, || format!("`{}` is no date; the file is kept without one", self.date)),
        }
    }
}

/// A table `ProductVersion   FileVersion   FileName`: where the last two begin.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Table {
    version: usize,
    name: usize,
}

impl Table {
    fn of(line: &str) -> Option<Self> {
        let lower = line.trim_end().to_ascii_lowercase();
        let words: Vec<&str> = lower.split_whitespace().take(4).collect();
        let heading = words == ["productversion", "fileversion", "filename"];
        heading.then_some(Self { version: lower.find("fileversion")?, name: lower.find("filename")? })
    }

    /// The version and the name of a row.
    fn row<'a>(&self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let version = line.get(self.version..self.name)?.split_whitespace().next()?;
        let name = line.get(self.name..)?.trim();
        let whole = !name.is_empty() && !name.ends_with("...") && !name.ends_with('…');
        (whole && is_version(version)).then_some((version, name))
    }
}

/// What `wmic datafile … /value` says of one file, line by line.
#[derive(Default)]
struct Record {
    /// The keys that were given.
    seen: Vec<String>,
    name: Option<String>,
    version: Option<(u64, String)>,
    size: Option<(u64, i64)>,
}

impl Record {
    /// Takes a `Name=…` line; false if it is none.
    fn entry(&mut self, line: Line<'_>, out: &mut Output<'_>) -> bool {
        let Some((key, value)) = line.text.trim().split_once('=') else { return false };
        let value = value.trim();
        // Blank lines stand everywhere in this output: the first key that comes again begins the next file.
        if self.seen.iter().any(|seen| seen == key) {
            self.finish(out);
        }
        if self.seen.len() < 100 {
            self.seen.push(key.to_owned());
        }
        match key {
            "Name" if value.contains(":\\") => self.name = Some(value.to_owned()),
            "Version" if is_version(value) => self.version = Some((line.number, value.to_owned())),
            "FileSize" => self.size = value.parse().ok().map(|size| (line.number, size)),
            _ => {}
        }
        true
    }

    fn finish(&mut self, out: &mut Output<'_>) {
        let Self { name: Some(name), version, size, .. } = std::mem::take(self) else { return };
        if let Some((line, version)) = version {
            put(line, &name, FileAttr::Version, Value::Text(version), out);
        }
        if let Some((line, size)) = size {
            put(line, &name, FileAttr::Size, Value::Number(size), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::{check, read};

    #[test]
    fn filever() {
        check(
            "filever.txt",
            b"--a-- W32i   DLL ENU      4.0.1381.4 shp    17,680 10-14-1996 kernel32.dll\r\n\
              --a-- W16    DRV -                 - shp     2,032 11-03-1996 mouse.drv\r\n\
              -rahs W32i   APP ENU         1.2.0.0 dbg   259,520 10-08-1997 c:\\ms\\Pcm svc.exe\r\n\tLanguage\t0x0409 (English)\r\n",
            "file-versions
             1 file kernel32.dll Version = 4.0.1381.4
             1 file kernel32.dll Size = 17680
             1 file kernel32.dll Modified = 1996-10-14T00:00:00
             2 file mouse.drv Size = 2032
             2 file mouse.drv Modified = 1996-11-03T00:00:00
             3 file ms\\pcm svc.exe Version = 1.2.0.0
             3 file ms\\pcm svc.exe Size = 259520
             3 file ms\\pcm svc.exe Modified = 1997-10-08T00:00:00
             4: Language\t0x0409 (English)",
        );
    }

    #[test]
    fn tables() {
        check(
            "v.txt",
            b"\nProductVersion   FileVersion      FileName\n--------------   -----------      --------\n\
              10.0.17134.1     10.0.17134.1 ... C:\\Windows\\a.dll\n10.0.17134.1     10.0.17134.1     C:\\Windows\\A very long na...\n",
            "file-versions
             2: ProductVersion   FileVersion      FileName
             3: --------------   -----------      -------- [ProductVersion   FileVersion      FileName --------------   -----------      --------]
             4 file windows\\a.dll Version = 10.0.17134.1
             5: 10.0.17134.1     10.0.17134.1     C:\\Windows\\A very long na... [--------------   -----------      -------- 10.0.17134.1     10.0.17134.1     C:\\Windows\\A very long na...]",
        );
    }

    #[test]
    fn wmic_values() {
        check(
            "wmic.txt",
            b"\r\r\nFileSize=983552\r\r\nName=C:\\WINDOWS\\a.dll\r\r\nVersion=5.1.2600.0\r\r\n\r\r\n\r\r\nName=c:\\b.dll\r\r\nVersion=\r\r\n",
            "file-versions
             3: FileSize=983552
             5: Name=C:\\WINDOWS\\a.dll [FileSize=983552 Name=C:\\WINDOWS\\a.dll]
             7: Version=5.1.2600.0 [Name=C:\\WINDOWS\\a.dll Version=5.1.2600.0]
             7 file windows\\a.dll Version = 5.1.2600.0
             3 file windows\\a.dll Size = 983552
             13: Name=c:\\b.dll [Version=5.1.2600.0 Name=c:\\b.dll]
             15: Version= [Name=c:\\b.dll Version=]",
        );
    }

    #[test]
    fn what_is_none() {
        let (reader, _) = read(
            "hotfix.txt",
            b"   Date         Time   Version            Size    File name\n   --------------------------------------------------------\n\
              \x20  04-Mar-2005  21:39  5.0.2195.7032     383,248  Kernel32.dll\n",
        );
        assert_ne!(reader, Some("file-versions"));
        let (reader, _) = read("a.txt", b"-- -- -- -- a dashed line 10-14-1996\n--a-- is an attribute\n");
        assert_eq!(reader, Some("text"));
        let (reader, _) =
            read("a.txt", b"One line of many\ntwo\nthree\n--a-- W32i DLL ENU 4.0.1381.4 shp 17,680 10-14-1996 a.dll\n");
        assert_eq!(reader, Some("text"));
    }
}
