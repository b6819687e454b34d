//! What `dir` prints, of DOS, Windows 95, NT and later, in any language, and the listings of PowerShell.
//!
//! NT puts date and time first, the others the short name: `PCMSVC32 EXE  259,520  10-08-97 12:00a pcmsvc32.exe`. The
//! frame is translated and keeps its form: words before (or after) the path of a folder, and numbers with words between
//! them below its files. A file size may have any mark between its thousands, also a blank: then its column decides
//! where it ends.

use jiff::civil::Time;

use crate::fact::{Claim, FactKey, FileAttr, Value};

use super::super::time::{clock, leading_date};
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Listing;

impl Reader for Listing {
    fn name(&self) -> &'static str {
        "listing"
    }

    fn help(&self) -> &'static str {
        "Folder listings: the output of `dir`, `dir /s` and `dir /x` in any language, and of PowerShell."
    }

    fn known_by(&self) -> &'static str {
        "A line that names a folder, and the share of its lines that are entries and counts."
    }

    fn facts_and_events(&self) -> &'static str {
        "Facts of files, by their path without drive: size and modified (midnight, if the listing has no time). A \
         folder whose listing ends with a count of its files, and holds that many, proves which files it lacks, if it \
         also has the entry `.` or the command above it shows that nothing was left out: what `dir pcm*.exe` prints \
         looks like a whole folder. Hidden files are only in the listing of `dir /a`."
    }

    fn surest(&self) -> Confidence {
        Confidence::WHOLE
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut folders, mut entries) = (0, 0, 0, 0);
        for line in head.lines() {
            lines += 1;
            let is_folder = folder(line).is_some();
            let is_entry = matches!(Entry::parse(line, None), Parsed::Entry(_)) || summary(line).is_some();
            folders += usize::from(is_folder);
            entries += usize::from(is_entry);
            hits += usize::from(is_folder || is_entry || is_frame(line));
        }
        // Many a text has a path behind some words.
        if folders > 0 && entries > 0 { Confidence::share(hits, lines) } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut asked = Asked::default();
        let mut current: Option<Folder> = None;
        while let Some(line) = input.next() {
            if let Some(path) = folder(line.text) {
                let partly = asked.partly(&path);
                current = Some(Folder { partly, whole: asked.shown && !partly, path, ..Folder::default() });
                continue;
            }
            if let Some(command) = Asked::parse(line.text) {
                asked = command;
                current = None;
                out.plain(line);
                continue;
            }
            match Entry::parse(line.text, current.as_ref().and_then(|folder| folder.names_at)) {
                Parsed::Entry(entry) => put(line.number, &entry, current.as_mut(), asked.other_time, out),
                Parsed::Unclear(why) => {
                    current.iter_mut().for_each(|folder| folder.partly = true);
                    out.odd_line(line, why);
                }
                Parsed::Other => frame(line, &mut current, out),
            }
        }
    }
}

/// One folder of a listing, as far as it was read.
#[derive(Default)]
struct Folder {
    /// Its path: lower case, no drive.
    path: String,
    files: u64,
    folders: u64,
    /// Not all of its files are listed, or not all could be read.
    partly: bool,
    /// It lists itself, or the command shows that all of it was asked for.
    whole: bool,
    /// The column in which the names begin, if a line has shown it.
    names_at: Option<usize>,
}

/// Puts out the facts of one entry.
fn put(line: u64, entry: &Entry<'_>, mut folder: Option<&mut Folder>, other_time: bool, out: &mut Output<'_>) {
    if let Some(folder) = folder.as_deref_mut() {
        if entry.kind == Kind::Folder {
            folder.folders += 1;
            folder.whole |= entry.name == ".";
        } else {
            folder.files += 1;
        }
        folder.names_at = folder.names_at.or(entry.names_at);
    }
    let Kind::File(size) = entry.kind else { return };
    let name = entry.name.to_lowercase();
    let path = match folder.map(|folder| folder.path.as_str()) {
        None | Some("") => name,
        Some(folder) => format!("{folder}\\{name}"),
    };
    out.fact(line, FactKey::File { path: path.clone(), attr: FileAttr::Size }, Value::Number(size));
    if other_time {
        return;
    }
    match out.local_date(line, entry.date) {
        Some(day) => {
            let modified = Value::Time(day.to_datetime(entry.time));
            out.fact(line, FactKey::File { path, attr: FileAttr::Modified }, modified);
        }
        None => out.warn(line, || format!("`{}` is no date; the file is kept without one", entry.date)),
    }
}

/// A line that is no entry. The count below the files of a folder ends it.
fn frame(line: Line<'_>, current: &mut Option<Folder>, out: &mut Output<'_>) {
    if let Some(count) = summary(line.text)
        && let Some(folder) = current.take()
    {
        let Folder { files, folders, partly, whole, .. } = folder;
        // NT 4 and DOS count the folders among the files.
        if count != files && count != files + folders {
            let path = &folder.path;
            out.warn(line.number, || {
                format!(
                    "{count} files are counted in `{path}` and {files} are listed: which ones are not there is unknown"
                )
            });
        } else if whole && !partly {
            out.claim(Claim::Folder(folder.path));
        }
    }
    out.plain(line);
}

/// What the command above a listing asked for, as far as it is shown.
#[derive(Default)]
struct Asked {
    /// It is shown, and was a `dir`.
    shown: bool,
    /// The last name of each path.
    names: Vec<String>,
    /// Only files with certain attributes.
    filtered: bool,
    /// The time column is that of creation or of the last access.
    other_time: bool,
}

impl Asked {
    /// `C:\>dir /s c:\ms\*.exe`.
    fn parse(line: &str) -> Option<Self> {
        let (prompt, command) = line.trim().split_once('>')?;
        let prompt = prompt.strip_prefix("PS ").unwrap_or(prompt);
        if prompt.get(1..2) != Some(":") && !prompt.starts_with("\\\\") {
            return None;
        }
        let mut asked = Self::default();
        let lower = command.trim_start().to_lowercase();
        let Some(words) = lower.strip_prefix("dir").filter(|rest| !rest.starts_with(char::is_alphanumeric)) else {
            return Some(asked);
        };
        asked.shown = true;
        let (switches, words) = (words.replace('/', " /"), words);
        for switch in switches.split_whitespace().filter_map(|word| word.strip_prefix('/')) {
            let of = |letter: char| switch.strip_prefix(letter).map(|rest| rest.trim_start_matches(':'));
            asked.filtered |= of('a').is_some_and(|which| !matches!(which, "" | "-d"));
            asked.other_time |= of('t').is_some_and(|which| matches!(which, "c" | "a"));
        }
        for path in words.split_whitespace().filter(|word| !word.starts_with('/')) {
            let path = path.split('/').next().unwrap_or_default().trim_matches('"');
            let path = path.strip_suffix("*.*").or_else(|| path.strip_suffix('*')).unwrap_or(path);
            asked.names.push(path.trim_end_matches('\\').rsplit('\\').next().unwrap_or_default().to_owned());
        }
        Some(asked)
    }

    /// Whether the listing of this folder need not hold all of its files.
    fn partly(&self, folder: &str) -> bool {
        let is_whole = |name: &String| {
            name.is_empty()
                || name == "."
                || name == ".."
                || name.ends_with(':')
                || folder.split('\\').any(|part| part == name)
        };
        // A quoted path may hold blanks; one of its words is in the folder's path all the same.
        self.filtered || (!self.names.is_empty() && !self.names.iter().any(is_whole))
    }
}

/// What stands before the path of a folder. `?` is one or more letters beyond ASCII, since the code page may be wrong.
const BEFORE_FOLDER: &[&str] = &[
    "directory of",
    "directory:",
    "verzeichnis von",
    "verzeichnis:",
    "r?pertoire de",
    "r?pertoire:",
    "directorio de",
    "directorio:",
    "directory di",
    "map van",
    "directory van",
    "map:",
    "pasta de",
    "diret?rio de",
    "direct?rio de",
    "diret?rio:",
    "katalog",
    "katalog:",
    "katalog for",
    "inneh?ll i katalogen",
    "inneh?ll i",
    "indhold af",
    "indholdet af",
    "innhold i",
    "mappe:",
    "hakemisto",
    "hakemisto:",
    "v?pis adres?e",
    "obsah adres?e",
    "adres?:",
];

/// What stands after it where that is the order of words.
const AFTER_FOLDER: &[&str] =
    &[" 的目录", " 的目錄", " のディレクトリ", " 디렉터리", " 디렉토리", " dizini", " könyvtára", " tartalma"];

/// The folder that a line such as `Directory of C:\MS` names: lower case, without drive.
fn folder(line: &str) -> Option<String> {
    let line = line.trim();
    let path = match path_start(line) {
        0 => AFTER_FOLDER.iter().find_map(|words| line.strip_suffix(words))?,
        at => {
            let (before, path) = line.split_at_checked(at)?;
            is_before_folder(before).then_some(path)?
        }
    };
    let path = path.trim().to_lowercase();
    // Of `\\server\share\…` and `\\server\c$\…`, what the machine itself calls the path remains.
    let below = match path.strip_prefix("\\\\") {
        Some(unc) => unc.split_once('\\').map_or("", |(_, rest)| rest),
        None => path.as_str(),
    };
    let drive =
        below.len() >= 2 && below.as_bytes()[0].is_ascii_alphabetic() && matches!(below.as_bytes()[1], b':' | b'$');
    Some(if drive { &below[2..] } else { below }.trim_matches('\\').to_owned())
}

/// Where a path with a drive or a server begins; the end of the line if there is none.
fn path_start(line: &str) -> usize {
    let bytes = line.as_bytes();
    let begins = |at: usize| {
        let rest = &bytes[at..];
        rest.starts_with(b"\\") || (rest.len() > 1 && rest[0].is_ascii_alphabetic() && rest[1] == b':')
    };
    let is_start = |&at: &usize| begins(at) && (at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | 0xA0));
    (0..bytes.len().min(60)).find(is_start).unwrap_or(bytes.len())
}

fn is_before_folder(words: &str) -> bool {
    let mut form = String::new();
    for c in words.trim().chars() {
        match c {
            c if c.is_whitespace() || c == 'ÿ' => form.push(' '),
            c if c.is_ascii() => form.push(c.to_ascii_lowercase()),
            _ if form.ends_with('?') => {}
            _ => form.push('?'),
        }
    }
    let form = form.replace(" :", ":");
    // Cyrillic or Greek: no letter of ours in it, whatever the code page made of it.
    let foreign = form.starts_with('?') && form.chars().all(|c| matches!(c, '?' | ' ' | ':'));
    foreign || BEFORE_FOLDER.contains(&form.trim())
}

/// The count of files in `12 File(s)  1,234 bytes`, in any language: the end of one folder, or of the whole listing.
fn summary(line: &str) -> Option<u64> {
    let mut words = line.split(|c: char| c.is_whitespace() || c == 'ÿ').filter(|word| !word.is_empty());
    let first = words.next()?;
    let digits = first.trim_end_matches(|c: char| !c.is_ascii_digit());
    let count = grouped(digits)?;
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut unit = digits.len() < first.len();
    let (mut numbers, mut after) = (0, 0);
    for word in words.take(12) {
        match (is_number(&word), unit) {
            (true, true) if after == 0 => numbers += 1,
            (false, _) if numbers > 0 => after += 1,
            (false, _) => unit = true,
            // A count with blanks between its thousands is of no folder that anybody lists.
            (true, _) => return None,
        }
    }
    (numbers > 0 && (1..=3).contains(&after)).then_some(u64::try_from(count).ok()?)
}

/// Lines around the entries.
fn is_frame(line: &str) -> bool {
    let line = line.trim();
    summary(line).is_some()
        || line.starts_with("Volume ")
        || line.starts_with("Total Files Listed")
        || line.ends_with("bytes free")
        || line.ends_with("Dir(s)")
}

/// What a line of a listing is.
enum Parsed<'a> {
    /// A file or a folder.
    Entry(Entry<'a>),
    /// It has a date and cannot be read for sure; what it should be.
    Unclear(&'static str),
    /// Something else.
    Other,
}

/// What an entry is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A file of this size.
    File(i64),
    /// A folder, or a link to one.
    Folder,
    /// A link to a file: the size is that of another one.
    Link,
}

/// One line of a listing.
struct Entry<'a> {
    name: String,
    kind: Kind,
    date: &'a str,
    time: Time,
    /// The column of the name, where that of all names is the same.
    names_at: Option<usize>,
}

/// Words for the half of the day that stand before the time.
const HALVES: &[(&str, bool)] =
    &[("上午", false), ("下午", true), ("午前", false), ("午後", true), ("오전", false), ("오후", true)];

impl<'a> Entry<'a> {
    fn parse(line: &'a str, names_at: Option<usize>) -> Parsed<'a> {
        if line.len() > 1024 {
            return Parsed::Other;
        }
        let trimmed = line.trim_start();
        if leading_date(trimmed).is_some() {
            return Self::date_first(line, trimmed, names_at);
        }
        Self::mode_first(trimmed).or_else(|| Self::name_first(line)).map_or(Parsed::Other, Parsed::Entry)
    }

    /// `10/08/97  12:00a   259,520 PCMSVC32.EXE`.
    fn date_first(line: &'a str, trimmed: &'a str, names_at: Option<usize>) -> Parsed<'a> {
        let Some((date, rest)) = leading_date(trimmed) else { return Parsed::Other };
        let Some((time, rest)) = time_of_day(rest.strip_prefix('.').unwrap_or(rest)) else { return Parsed::Other };
        let body = rest.trim_start_matches(is_blank);
        if body.len() == rest.len() {
            return Parsed::Other;
        }
        let entry = |kind, name: &str, names_at| {
            let name = if kind == Kind::Folder { name } else { name.split(" [").next().unwrap_or(name) };
            let entry = Self { name: name.trim().to_owned(), kind, date, time, names_at };
            if is_name(&entry.name) || kind == Kind::Folder {
                Parsed::Entry(entry)
            } else {
                Parsed::Unclear("the name of a file after its size")
            }
        };
        let column = |rest: &str| line[..line.len() - rest.len()].chars().count();
        if let Some((kind, name)) = angled(body) {
            let is_self = matches!(name.trim(), "." | "..");
            return entry(kind, name, is_self.then(|| column(name)));
        }
        // Everything from here on is a size and a name; a size with blanks in it may be read in several ways.
        let time_end = column(rest);
        let mut ways = sizes(body);
        if ways.len() > 1 {
            match names_at {
                Some(at) => ways.retain(|(_, name)| column(name) == at || column(name) + SHORT_COLUMN == at),
                None => ways.retain(|(_, name)| NAME_COLUMNS.contains(&(column(name) - time_end))),
            }
        }
        match ways.as_slice() {
            [(size, name)] => {
                let at = Some(column(name)).filter(|at| NAME_COLUMNS.contains(&(at - time_end)));
                entry(Kind::File(*size), long_name(name), at)
            }
            [] if sizes(body).is_empty() => Parsed::Other,
            _ => Parsed::Unclear("a size that ends in a certain column"),
        }
    }

    /// `-a----  10/08/1997  12:00 AM  259520 pcmsvc32.exe`, as PowerShell lists.
    fn mode_first(line: &'a str) -> Option<Self> {
        let (mode, rest) = line.split_once(' ')?;
        if !(5..=7).contains(&mode.len()) || !mode.bytes().all(|byte| b"-darhsl".contains(&byte)) || !mode.contains('-')
        {
            return None;
        }
        let (date, rest) = leading_date(rest.trim_start())?;
        let (time, rest) = time_of_day(rest)?;
        let rest = rest.trim_start();
        let folder = || Some((Kind::Folder, rest));
        let (kind, name) = if mode.starts_with('d') {
            folder()?
        } else {
            let (size, name) = rest.split_once(' ')?;
            (Kind::File(size.parse().ok()?), name)
        };
        let name = name.trim().to_owned();
        (kind == Kind::Folder || is_name(&name)).then_some(Self { name, kind, date, time, names_at: None })
    }

    /// `PCMSVC32 EXE  259,520  10-08-97 12:00a pcmsvc32.exe`; DOS has no long name.
    fn name_first(line: &'a str) -> Option<Self> {
        let mut words = Words { rest: line };
        let name = words.next()?;
        let mut middle: Vec<(usize, &str)> = Vec::new();
        let date_on = loop {
            let date_on = words.rest.trim_start();
            if leading_date(date_on).is_some() {
                break date_on;
            }
            // Up to an extension and a size of four groups.
            if middle.len() == 5 {
                return None;
            }
            let word = words.next()?;
            let before = &line[..line.len() - words.rest.len() - word.len()];
            middle.push((before.chars().count(), word));
        };
        let (date, rest) = leading_date(date_on)?;
        let (time, rest) = time_of_day(rest).unwrap_or((Time::midnight(), rest));
        // The extension begins in the tenth column, also one of digits.
        let has_extension = middle.len() > 1
            && middle
                .first()
                .is_some_and(|(at, word)| *at == EXTENSION_COLUMN || !word.starts_with(|c: char| c.is_ascii_digit()));
        let (extension, size) = if has_extension { middle.split_at(1) } else { middle.split_at(0) };
        let extension = extension.first().map_or("", |(_, word)| *word);
        let size: Vec<&str> = size.iter().map(|(_, word)| *word).collect();
        let kind = match angled(size.first()?) {
            Some((kind, _)) => kind,
            None => Kind::File(grouped(&size.join(" "))?),
        };
        let long = rest.trim();
        let name = match (long.is_empty(), extension.is_empty()) {
            (false, _) => long.to_owned(),
            (true, true) => name.to_owned(),
            (true, false) => format!("{name}.{extension}"),
        };
        let short =
            extension.len() <= 3 && line.split_whitespace().next().is_some_and(|name| name.chars().count() <= 8);
        (short && (is_name(&name) || kind == Kind::Folder)).then_some(Self { name, kind, date, time, names_at: None })
    }
}

/// How far after the time the names begin: in Windows 2000 and later, in NT 4, and both with a column of short names.
const NAME_COLUMNS: [usize; 4] = [19, 23, 19 + SHORT_COLUMN, 23 + SHORT_COLUMN];

/// How wide the column of short names is, with the blank after it.
const SHORT_COLUMN: usize = 13;

/// Where the extension of a name stands in a listing of DOS.
const EXTENSION_COLUMN: usize = 9;

/// A blank, or what is left of one: in the code pages of DOS, 0xFF is the blank that does not break.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == 'ÿ'
}

/// The time of day at the beginning of a text, and what follows it.
fn time_of_day(text: &str) -> Option<(Time, &str)> {
    let text = text.trim_start();
    let half = HALVES.iter().find_map(|(word, later)| Some((text.strip_prefix(word)?.trim_start(), *later)));
    let (time, rest) = clock(half.map_or(text, |(rest, _)| rest))?;
    let time = match half {
        Some((_, later)) => {
            let hour = time.hour() % 12 + if later { 12 } else { 0 };
            Time::new(hour, time.minute(), time.second(), 0).ok()?
        }
        None => time,
    };
    // `03:12 p. m.`
    let rest = rest.strip_prefix('.').map_or(rest, |after| {
        let after = after.trim_start();
        after.strip_prefix("m.").or_else(|| after.strip_prefix("M.")).unwrap_or(rest)
    });
    Some((time, rest))
}

/// `<DIR>` in any language, with what follows it.
fn angled(text: &str) -> Option<(Kind, &str)> {
    let (word, rest) = text.strip_prefix('<')?.split_once('>')?;
    let is_word = !word.is_empty() && word.len() <= 20 && word.chars().all(|c| !c.is_whitespace() && c != '<');
    let kind = if word == "SYMLINK" { Kind::Link } else { Kind::Folder };
    is_word.then_some((kind, rest.trim_start()))
}

/// All ways to read a size at the beginning of a text, each with the name after it. With blanks between the thousands,
/// `54 099 a.txt` may be 54 bytes of `099 a.txt`.
fn sizes(text: &str) -> Vec<(i64, &str)> {
    let mut ways = Vec::new();
    let mut at = 0;
    // No size has more than seven groups.
    for _ in 0..7 {
        let end = at + text[at..].find([' ', '\t']).unwrap_or(text.len() - at);
        let Some(size) = grouped(&text[..end]) else { break };
        let name = text[end..].trim_start();
        if !name.is_empty() {
            ways.push((size, name));
        }
        if !text[end..].starts_with(' ') || text[end..].starts_with("  ") {
            break;
        }
        at = end + 1;
    }
    ways
}

/// A number with or without marks between its thousands. A mark stands between groups of three, and is the same
/// everywhere.
pub(super) fn grouped(text: &str) -> Option<i64> {
    let mark = text.chars().find(|c| !c.is_ascii_digit());
    let Some(mark) = mark else { return text.parse().ok() };
    let is_mark = matches!(mark, ',' | '.' | ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}' | '\u{2009}' | 'ÿ');
    let mut groups = text.split(mark);
    let first = groups.next()?;
    let fits = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    (is_mark && (1..=3).contains(&first.len()) && groups.all(fits)).then_some(())?;
    text.replace(mark, "").parse().ok()
}

/// What `dir /x` shows after the size: the short name, if there is one, then the long one.
fn long_name(name: &str) -> &str {
    let Some((short, long)) = name.split_once(' ') else { return name };
    let width = short.chars().count() + 1 + long.len() - long.trim_start().len();
    let is_short = short.contains('~') && short.len() < SHORT_COLUMN && width == SHORT_COLUMN;
    if is_short { long.trim_start() } else { name }
}

/// Whether a file may be called so.
fn is_name(name: &str) -> bool {
    let odd = |c: char| matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || c.is_control();
    !name.is_empty() && name != "." && name != ".." && name.len() <= 1024 && !name.contains(odd)
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

#[cfg(test)]
mod tests {
    use super::{folder, grouped, summary};
    use crate::source::testing::{check, read};

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
            b" Directory of C:\\BIN\n\nPCMSVC32 EXE       259.520  08.10.97  12:00 pcmsvc32.exe\n.            <DIR>        08.10.97  12:00 .\n\
              README              1.024  13.10.97  14:23\nLOG      001         1.024  13.10.97  14:23\n\
              BIG      DAT     1 234 567  13.10.97\n         5 file(s)  1.497.159 bytes\n Directory of C:\\\n",
            "listing
             3 file bin\\pcmsvc32.exe Size = 259520
             3 file bin\\pcmsvc32.exe Modified = 1997-10-08T12:00:00
             5 file bin\\readme Size = 1024
             5 file bin\\readme Modified = 1997-10-13T14:23:00
             6 file bin\\log.001 Size = 1024
             6 file bin\\log.001 Modified = 1997-10-13T14:23:00
             7 file bin\\big.dat Size = 1234567
             7 file bin\\big.dat Modified = 1997-10-13T00:00:00
             8: 5 file(s)  1.497.159 bytes
             claim folder bin",
        );
    }

    #[test]
    fn folders_in_other_languages() {
        for line in [
            " Verzeichnis von C:\\Ms Sms",
            " R\u{e9}pertoire de C:\\MS SMS",
            " R\u{201a}pertoire de C:\\Ms Sms",
            " Directorio de C:\\Ms Sms",
            " Directory di C:\\Ms Sms",
            " Map van C:\\Ms Sms",
            " Pasta de C:\\Ms Sms",
            " Katalog: C:\\Ms Sms",
            " Katalog C:\\Ms Sms",
            " Inneh\u{e5}ll i katalogen C:\\Ms Sms",
            " Indhold af C:\\Ms Sms",
            " Содержимое папки C:\\Ms Sms",
            " ‘®¤¥à¦¨¬®¥ ¯ ¯ª¨ C:\\Ms Sms",
            " C:\\Ms Sms 的目录",
            " C:\\Ms Sms のディレクトリ",
            " C:\\Ms Sms 디렉터리",
            "    R\u{e9}pertoire\u{a0}: C:\\Ms Sms",
            "    Directory: C:\\Ms Sms",
        ] {
            assert_eq!(folder(line).as_deref(), Some("ms sms"), "{line}");
        }
        for line in
            ["C:\\Ms>dir C:\\Ms", "Copied to C:\\Ms", "C:\\Ms\\a.exe", "Volume in drive C: x", "a b", "1 C:\\Ms"]
        {
            assert_eq!(folder(line), None, "{line}");
        }
    }

    #[test]
    fn counts_in_other_languages() {
        for line in [
            "  3 File(s)  1,234 bytes",
            "  3 Datei(en),  1.234 Bytes",
            "  3 fichier(s)  1 234 octets",
            "  3 fichier(s)  1\u{a0}234 octets",
            "  3 файлов  1 234 байт",
            "  3 个文件  1,234 字节",
            "  3개 파일  1,234 바이트",
            "  3 plik(\u{f3}w)  1 234 bajt\u{f3}w",
        ] {
            assert_eq!(summary(line), Some(3), "{line}");
        }
        for line in ["3 File(s)", "3 of us saw it", "10/08/97 12:00a 5 a.exe", "a 3 b 4 c", "3 4 5"] {
            assert_eq!(summary(line), None, "{line}");
        }
    }

    #[test]
    fn sizes_with_marks() {
        let check = |text: &str| grouped(text).unwrap_or(-1);
        assert_eq!(check("259520"), 259_520);
        assert_eq!(check("259,520"), 259_520);
        assert_eq!(check("1'259'520"), 1_259_520);
        assert_eq!(check("1\u{202f}259\u{a0}520"), -1);
        assert_eq!(check("9223372036854775807"), i64::MAX);
        assert_eq!(check("9,223,372,036,854,775,808"), -1);
        assert_eq!(check("4.0.1381.4"), -1);
        assert_eq!(check("1,25"), -1);
        assert_eq!(check(""), -1);
    }

    /// The column tells which blanks are inside of a size.
    #[test]
    fn blanks_in_sizes() {
        let dump = |lines: &str| {
            let text = format!(" R\u{e9}pertoire de C:\\T\n\n{lines}");
            let (reader, dump) = read("dir.txt", text.as_bytes());
            assert_eq!(reader, Some("listing"));
            dump.into_iter().filter(|line| line.contains(" Size = ") || line.contains("warning")).collect::<Vec<_>>()
        };
        let both = ["4 file t\\a.gz Size = 8028963", "5 file t\\099 b.txt Size = 54"];
        assert_eq!(
            dump(
                "30/10/2013  14:08    <DIR>          .\n\
                 30/10/2013  14:07         8 028 963 a.gz\n\
                 30/10/2013  14:07                54 099 b.txt\n"
            ),
            both
        );
        let known_columns =
            dump("\n30/10/2013  14:07         8 028 963 a.gz\n30/10/2013  14:07                54 099 b.txt\n");
        assert_eq!(known_columns, both);
        let pasted = dump("30/10/2013 14:07 8 028 963 a.gz\n30/10/2013 14:07 54 b.txt\n");
        assert_eq!(pasted[0], "warning 3: not a size that ends in a certain column; the line is taken as plain text");
        assert_eq!(pasted[1], "4 file t\\b.txt Size = 54");
    }

    #[test]
    fn short_names_owners_and_links() {
        check(
            "dir.txt",
            b" Directory of C:\\T\n\n\
              07/15/2010  09:15 AM    <DIR>                       .\n\
              07/15/2010  09:15 AM    <DIR>          DOCUME~1     Documents and Settings\n\
              07/15/2010  09:15 AM           259,520 PCMSVC~1.EXE Pcm service.exe\n\
              07/15/2010  09:15 AM                 0              CONFIG.SYS\n\
              07/15/2010  09:15 AM    <SYMLINK>      a.txt [C:\\b.txt]\n\
              07/15/2010  09:15 AM                 7 BUILTIN\\Administrators x.exe\n\
              \x20              4 File(s)        259,527 bytes\n",
            "listing
             5 file t\\pcm service.exe Size = 259520
             5 file t\\pcm service.exe Modified = 2010-07-15T09:15:00
             6 file t\\config.sys Size = 0
             6 file t\\config.sys Modified = 2010-07-15T09:15:00
             warning 8: not the name of a file after its size; the line is taken as plain text
             8: 07/15/2010  09:15 AM                 7 BUILTIN\\Administrators x.exe
             warning 9: 4 files are counted in `t` and 3 are listed: which ones are not there is unknown
             9: 4 File(s)        259,527 bytes [07/15/2010  09:15 AM                 7 BUILTIN\\Administrators x.exe 4 File(s)        259,527 bytes]",
        );
    }

    #[test]
    fn a_command_that_asks_for_a_part_claims_nothing() {
        let claims = |command: &str| {
            let text = format!(
                "{command}\n Directory of C:\\MS\\BIN\n\n10/13/97  02:23p                 1 a.exe\n     1 File(s)   1 bytes\n"
            );
            read("dir.txt", text.as_bytes()).1.iter().any(|line| line.starts_with("claim"))
        };
        for whole in
            ["C:\\>dir", "C:\\MS\\BIN>dir", "C:\\>dir /s c:\\ms", "C:\\>dir ms\\bin /a", "C:\\>dir c:\\ms\\bin\\*.*"]
        {
            assert!(claims(whole), "{whole}");
        }
        // What shows no command and not itself may be a part.
        for part in ["C:\\MS\\BIN>dir *.exe", "C:\\>dir c:\\ms\\bin\\a.exe", "C:\\>dir /ah c:\\ms\\bin", ""] {
            assert!(!claims(part), "{part}");
        }
        let (_, dump) =
            read("dir.txt", b"C:\\>dir /t:c\n Directory of C:\\\n\n10/13/97  02:23p                 1 a.exe\n");
        assert!(!dump.iter().any(|line| line.contains("Modified")), "{dump:?}");
    }

    #[test]
    fn power_shell_and_the_far_east() {
        check(
            "gci.txt",
            "\n    Directory: C:\\T\n\nMode                 LastWriteTime         Length Name\n----                 -------------         ------ ----\n\
             d-----        13/01/2019   4:49 PM                sub\n-a----        13/01/2019   4:49 PM           1234 a b.txt\n"
                .as_bytes(),
            "listing
             4: Mode                 LastWriteTime         Length Name
             5: ----                 -------------         ------ ---- [Mode                 LastWriteTime         Length Name ----                 -------------         ------ ----]
             7 file t\\a b.txt Size = 1234
             7 file t\\a b.txt Modified = 2019-01-13T16:49:00",
        );
        check(
            "dir.txt",
            " C:\\T 的目录\n\n2018/01/24  下午 09:46             1,234 a.txt\n               1 个文件          1,234 字节\n".as_bytes(),
            "listing
             3 file t\\a.txt Size = 1234
             3 file t\\a.txt Modified = 2018-01-24T21:46:00
             4: 1 个文件          1,234 字节",
        );
    }

    /// What a fix brings is not what the machine has.
    #[test]
    fn the_table_of_an_article_is_no_listing() {
        let table = b"   Date      Time                 Size    File name\n   -------------------------------------------------\n\
                      \x20  12/05/97  04:11p              257,904 Pcmsvc32.exe\n   12/05/97  04:11p              457,904 Pcmwin32.exe\n";
        let (reader, _) = read("fix.txt", table);
        assert_ne!(reader, Some("listing"));
    }
}
