//! The rows of file tables: which file a fix brings, with its date, version and size.
//!
//! The columns stand in many orders, with TABs, blanks or bars between them, so a row is known by its parts: it has a
//! date and the name of a file, and nothing that is neither of these nor a time, version, size or platform.

use super::header::{iso, month_number};
use super::record::FileRow;

/// No article has more rows.
const MOST_ROWS: usize = 1000;

/// The rows of all tables in order; and the dates that are none.
pub(super) fn files(lines: &[&str]) -> (Vec<FileRow>, Vec<String>) {
    let rows: Vec<Row<'_>> = lines.iter().filter_map(|line| Row::of(line)).take(MOST_ROWS).collect();
    // One table out of its country is enough to tell: a month has no number above 12.
    let day_first = rows.iter().any(|row| row.date.is_some_and(|[one, two, _]| one > 12 && two <= 12))
        && !rows.iter().any(|row| row.date.is_some_and(|[_, two, _]| two > 12));
    let mut wrong = Vec::new();
    let rows = rows.iter().map(|row| {
        let date = row.iso(day_first);
        if date.is_none() {
            wrong.push(row.printed.to_owned());
        }
        FileRow {
            date,
            time: row.time.clone(),
            version: row.version.map(str::to_owned),
            size: row.size,
            name: row.name.to_owned(),
            platform: row.platform.map(str::to_owned),
        }
    });
    (rows.collect(), wrong)
}

/// The parts of one row.
#[derive(Debug, Default)]
struct Row<'a> {
    /// The numbers of the date, in the order of the line.
    date: Option<[u32; 3]>,
    /// The date if its form tells the order.
    sure: Option<String>,
    printed: &'a str,
    time: Option<String>,
    version: Option<&'a str>,
    size: Option<u64>,
    /// A size that is only about right stands in place of one.
    has_size: bool,
    name: &'a str,
    platform: Option<&'a str>,
}

/// What is longer is no row.
const MOST_COLUMNS: usize = 16;

impl<'a> Row<'a> {
    fn of(line: &'a str) -> Option<Self> {
        // Nearly all lines are gone after this.
        if !line.bytes().any(|byte| byte.is_ascii_digit()) || !line.contains(['/', '-']) || line.len() > 200 {
            return None;
        }
        let words: Vec<&str> = line.split([' ', '\t', '|']).filter(|word| !word.is_empty()).collect();
        if !(3..=MOST_COLUMNS).contains(&words.len()) {
            return None;
        }
        let mut row = Self::default();
        let mut left_over = Vec::new();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let used = row.take(word, words.get(at + 1).copied().unwrap_or_default());
            if used == 0 {
                left_over.push(*word);
            }
            at += used.max(1);
        }
        row.leave_column(line, &left_over)?;
        let is_whole = !row.printed.is_empty() && !row.name.is_empty();
        let has_more = row.has_size || row.platform.is_some() || row.version.is_some();
        (is_whole && has_more).then_some(row)
    }

    /// Takes a word, or one with the next; returns how many.
    fn take(&mut self, word: &'a str, next: &str) -> usize {
        if self.printed.is_empty() && self.date(word) {
            return 1;
        }
        if self.time.is_none() && self.size.is_none() && word.contains(':') {
            let half = ["am", "pm", "a", "p"].iter().find(|half| next.eq_ignore_ascii_case(half));
            if let Some(time) = time(word, half.copied().unwrap_or_default()) {
                self.time = Some(time);
                return 1 + usize::from(half.is_some());
            }
            // A time that nobody knows.
            return usize::from(word.eq_ignore_ascii_case("xx:xx"));
        }
        if !self.has_size
            && let Some((size, used)) = size(word, next)
        {
            // Of two plain numbers the first is a version: a build.
            if let (Some(build), true) = (self.number(word), is_number(next)) {
                self.version = Some(build);
                return 1;
            }
            self.size = size;
            self.has_size = true;
            return used;
        }
        self.rest(word, next)
    }

    /// A short number that may be a build.
    fn number(&self, word: &'a str) -> Option<&'a str> {
        (self.version.is_none() && !word.contains(',') && word.len() <= 4).then_some(word)
    }

    fn rest(&mut self, word: &'a str, next: &str) -> usize {
        if self.version.is_none()
            && let Some(version) = version(word)
        {
            self.version = Some(version);
            // `1.2(build 786)`
            return if word.contains('(') && !word.contains(')') { 2 } else { 1 };
        }
        if self.name.is_empty() && is_file_name(word) {
            self.name = word;
            return 1;
        }
        let plain = word.trim_matches(['(', ')']);
        if self.platform.is_none() && PLATFORMS.iter().any(|known| known.eq_ignore_ascii_case(plain)) {
            self.platform = Some(plain);
            return 1;
        }
        // `version 4.00.950`
        usize::from(word.eq_ignore_ascii_case("version") && version(next).is_some())
    }

    fn date(&mut self, word: &'a str) -> bool {
        let word = word.trim_matches([',', ';']);
        let Some(sign) = word.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '-')) else {
            return false;
        };
        let parts: Vec<&str> = word.split(sign).collect();
        let [one, two, three] = parts[..] else { return false };
        if let (Ok(day), Some(month), Ok(year)) = (one.parse(), month_number(two), three.parse()) {
            self.sure = iso(year, month, day);
            self.printed = word;
            return self.sure.is_some();
        }
        let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 4);
        let (Some(a), Some(b), Some(c)) = (number(one), number(two), number(three)) else { return false };
        if one.len() == 4 {
            self.sure = iso(a, b, c);
        } else if one.len() > 2 || two.len() > 2 || three.len() < 2 {
            return false;
        }
        self.date = self.sure.is_none().then_some([a, b, c]);
        self.printed = word;
        true
    }

    /// What is left over may be the first column: the source or the product of the file. A number in it is no version.
    fn leave_column(&mut self, line: &str, left_over: &[&str]) -> Option<()> {
        if left_over.is_empty() {
            return Some(());
        }
        let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
        let column: Vec<&str> = columns.next()?.split(' ').collect();
        let is_own = |word: &&&str| Some(**word) == self.version || left_over.contains(*word);
        let own = column.iter().filter(is_own).count();
        if self.version.is_some_and(|version| column.contains(&version)) {
            self.version = None;
        }
        (own == column.len() && left_over.iter().all(|word| column.contains(word))).then_some(())
    }

    fn iso(&self, day_first: bool) -> Option<String> {
        let of_numbers = |[one, two, year]: [u32; 3]| if day_first { iso(year, two, one) } else { iso(year, one, two) };
        self.sure.clone().or_else(|| self.date.and_then(of_numbers))
    }
}

/// Processors, and what else a platform of files is called.
const PLATFORMS: &[&str] = &[
    "intel",
    "alpha",
    "x86",
    "i386",
    "i486",
    "mips",
    "ppc",
    "powerpc",
    "macintosh",
    "mac",
    "axp",
    "ia64",
    "x64",
    "68k",
];

/// `8:43pm`, `07:58p`, `5:29 PM`, `20:00:46` as `HH:MM`.
fn time(word: &str, half: &str) -> Option<String> {
    let word = word.to_ascii_lowercase();
    let digits = word.trim_end_matches(['a', 'p', 'm']);
    let half = if half.is_empty() { &word[digits.len()..] } else { half };
    let mut parts = digits.split(':');
    let (hour, minute): (u32, u32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let seconds_are_fine = parts.next().is_none_or(|seconds| seconds.parse::<u32>().is_ok_and(|seconds| seconds < 60));
    let hour = match half.to_ascii_lowercase().as_str() {
        "a" | "am" if hour == 12 => 0,
        "p" | "pm" if hour < 12 => hour + 12,
        "" | "a" | "am" | "p" | "pm" => hour,
        _ => return None,
    };
    (hour < 24 && minute < 60 && seconds_are_fine && parts.next().is_none()).then(|| format!("{hour:02}:{minute:02}"))
}

/// A size and how many words it takes. One in kilobytes is only about right, so it is none.
fn size(word: &str, next: &str) -> Option<(Option<u64>, usize)> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = word[digits.len()..].to_ascii_lowercase();
    let next_unit = next.to_ascii_lowercase();
    let (unit, used) = match (unit.as_str(), next_unit.as_str()) {
        ("", "kb" | "mb" | "k" | "bytes" | "byte") => (next_unit.as_str(), 2),
        (unit, _) => (unit, 1),
    };
    match unit {
        "kb" | "mb" | "k" if digits.parse::<f64>().is_ok() => Some((None, used)),
        "" | "b" | "bytes" | "byte" if is_number(digits) => Some((Some(digits.replace(',', "").parse().ok()?), used)),
        _ => None,
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
}

/// `2.00.1380.1055`, `1380.1017`, or the number before `(build`.
fn version(word: &str) -> Option<&str> {
    let number = word.split('(').next().unwrap_or(word);
    let parts = number.split('.');
    let all_digits = parts.clone().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    (all_digits && parts.count() > 1).then_some(number)
}

/// A name with an extension, and no path.
fn is_file_name(word: &str) -> bool {
    let Some((stem, extension)) = word.rsplit_once('.') else { return false };
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-$~.!{}%&@#".contains(c);
    let named = word.chars().any(|c| c.is_ascii_alphabetic());
    let short = (1..=4).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    !stem.is_empty() && named && short && word.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row as text: what is unknown is `-`.
    fn shown(row: &FileRow) -> String {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let size = row.size.map(|size| size.to_string());
        let parts = [&row.date, &row.time, &row.version, &size, &Some(row.name.clone()), &row.platform];
        parts.map(or_dash).join(" ")
    }

    fn check(line: &str, wanted: &str) {
        let (rows, _) = files(&[line]);
        assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), [wanted], "{line}");
    }

    #[test]
    fn rows_in_every_order() {
        check("  7/31/98  8:43pm  207,456  Tool.exe  Intel", "1998-07-31 20:43 - 207456 Tool.exe Intel");
        check(
            "  10/14/99  07:58p    232,288  Tool.dll  I386  2.00.1380.1055",
            "1999-10-14 19:58 2.00.1380.1055 232288 Tool.dll I386",
        );
        check(
            "  11/4/99 3:01pm 2.00.1250.6 44,032 Tool.exe Alpha",
            "1999-11-04 15:01 2.00.1250.6 44032 Tool.exe Alpha",
        );
        check("  Tool16.exe   08/13/1998   176,000 bytes", "1998-08-13 - - 176000 Tool16.exe -");
        check(
            "| 6/17/99 | 1:10am | 2.00.1239.0048 | 88,416 | tool.exe | Intel |",
            "1999-06-17 01:10 2.00.1239.0048 88416 tool.exe Intel",
        );
        check("  05/06/99  12:30 AM  358 KB  Tool.exe  (x86)", "1999-05-06 00:30 - - Tool.exe x86");
        check("  07/24/1999  01:41a  786   134,928  Tool.exe  alpha", "1999-07-24 01:41 786 134928 Tool.exe alpha");
        check("  5/6/99  6:30pm  1.2(build 786)  469,936  Tool.exe  x86", "1999-05-06 18:30 1.2 469936 Tool.exe x86");
        check(
            "  4/10/2001  5:39:46  1.2(Build 786)  16,256b  Tool.exe  Intel",
            "2001-04-10 05:39 1.2 16256 Tool.exe Intel",
        );
        check("  NAME 1.2 X3   Tool.exe      259,520      10/08/97", "1997-10-08 - - 259520 Tool.exe -");
        check(
            "  27-Jul-2001  09:42  5.0.2195.3649  501,520  Tool.dll",
            "2001-07-27 09:42 5.0.2195.3649 501520 Tool.dll -",
        );
        check("  2001-07-27  09:42  501520  Tool.dll", "2001-07-27 09:42 - 501520 Tool.dll -");
        check("Tool.dll\t501,520\t1/2/99", "1999-01-02 - - 501520 Tool.dll -");
        check("  Tool.dll  106,960 bytes   08/24/96   version 4.00.950", "1996-08-24 - 4.00.950 106960 Tool.dll -");
    }

    #[test]
    fn what_is_no_row() {
        for line in [
            "the Tool.exe file (02/18/1999, 6:50 AM) from the disc",
            "[05/03/99 13:54:39] Program ==> Looking for file: \\\\S\\A.ins",
            "1/16/2001 2:27:39 PM\tchecking\tTool.dll\t4294896193 (0xFFFEEA41)",
            "12/12/99 Tool.exe",
            "  Error 12 c:\\temp\\Tool.exe 4/18/2000",
            "",
        ] {
            assert!(files(&[line]).0.is_empty(), "{line}");
        }
    }

    #[test]
    fn the_day_may_stand_first() {
        let (rows, wrong) = files(&["21/12/00 10:36AM 133,536 a.dll i386", "03/12/00 10:37AM 211,216 a.dll Alpha"]);
        let dates: Vec<_> = rows.iter().map(|row| row.date.as_deref()).collect();
        assert_eq!((dates, wrong.len()), (vec![Some("2000-12-21"), Some("2000-12-03")], 0));
        let (rows, wrong) = files(&["12/20/199 5:18PM 133,536 a.dll i386", "13/13/99 133,536 a.dll i386"]);
        assert!(rows.iter().all(|row| row.date.is_none()));
        assert_eq!(wrong, ["12/20/199", "13/13/99"]);
    }
}
