//! Tables as CSV with a header: evidence that has no file of its own on the machine, such as job details.

use crate::fact::{Claim, Event};

use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Csv;

impl Reader for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn help(&self) -> &'static str {
        "Tables with a header line of column names, parted by commas, semicolons or tabs (RFC 4180)."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `csv` a row, with the columns of the header, in lower case, as fields. The product's data names \
         the table by its header."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let mut lines = head.lines();
        let Some((columns, separator)) = lines.next().and_then(header) else { return Confidence::NO };
        let (mut good, mut rows) = (0, 0);
        let mut open = String::new();
        for line in lines {
            // A quoted value may hold line breaks, so not every line is a whole row.
            open.push_str(line);
            let Some(row) = split(&open, separator) else {
                open.push('\n');
                continue;
            };
            rows += 1;
            good += usize::from(row.len() == columns.len());
            open.clear();
        }
        let named = head.name.ends_with(".csv");
        if good * 2 < rows || (rows == 0 && !named) { Confidence::NO } else { Confidence::LIKELY }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut table: Option<(Vec<String>, char)> = None;
        let mut whole_table = true;
        // A row whose quotes are still open.
        let mut open = (0, String::new());
        while let Some(line) = input.next() {
            if open.1.is_empty() && line.text.trim().is_empty() {
                continue;
            }
            let Some((columns, separator)) = &table else {
                table = header(line.text);
                continue;
            };
            if open.1.is_empty() {
                open = (line.number, line.text.to_owned());
            } else {
                open.1.push('\n');
                open.1.push_str(line.text);
            }
            let mut whole = split(&open.1, *separator);
            if input.is_unended() && whole.as_ref().is_some_and(|row| row.last().is_some_and(String::is_empty)) {
                // The file ends right where the last value should stand: it may have been cut off.
                whole = None;
            }
            if whole.is_none() && open.1.len() < super::Held::MAX_TEXT {
                continue;
            }
            whole_table &= row(&open, columns, whole, out);
            open.1.clear();
        }
        if let Some((columns, _)) = &table {
            whole_table &= open.1.is_empty() || row(&open, columns, None, out);
            // A row that nobody can read may be the one that is looked for.
            if whole_table {
                out.claim(Claim::Table("csv".to_owned()));
            }
        }
    }
}

/// Puts out one row; says whether it has the columns of the table.
fn row(open: &(u64, String), columns: &[String], values: Option<Vec<String>>, out: &mut Output<'_>) -> bool {
    let (number, text) = open;
    let line = Line { number: *number, text };
    let Some(values) = values.filter(|values| values.len() == columns.len()) else {
        let expected = format!("a row of {} columns", columns.len());
        out.odd_line(line, &expected);
        return false;
    };
    let fields: Vec<(&str, &str)> = columns.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
    out.event(&Event { table: Some("csv"), fields: &fields, ..Event::plain(out.at(*number), text.trim()) });
    true
}

/// The columns of a header line, in lower case, and what parts them.
fn header(line: &str) -> Option<(Vec<String>, char)> {
    [',', ';', '\t'].into_iter().find_map(|separator| {
        let columns = split(line, separator)?;
        let is_name = |name: &String| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.len() <= 40
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        (columns.len() >= 2 && columns.iter().all(is_name))
            .then(|| (columns.iter().map(|name| name.to_ascii_lowercase()).collect(), separator))
    })
}

/// The values of a row; `None` if a quote is still open at its end.
pub(super) fn split(row: &str, separator: char) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                value.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if value.trim().is_empty() => {
                value.clear();
                quoted = true;
            }
            c if c == separator && !quoted => values.push(std::mem::take(&mut value).trim().to_owned()),
            c => value.push(c),
        }
    }
    values.push(value.trim().to_owned());
    (!quoted).then_some(values)
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn rows_by_their_header() {
        check(
            "jobs.csv",
            b"#! synthetic\nTaken,site,Job\n1996-05-01,ABC,\"a,\"\"b\"\"\"\n1996-05-02,ABC\n1996-05-03,ABC,\"two\nlines\"\n",
            "csv
             3 csv{taken=1996-05-01 site=ABC job=a,\"b\"}: 1996-05-01,ABC,\"a,\"\"b\"\"\"
             warning 4: not a row of 3 columns; the line is taken as plain text
             4: 1996-05-02,ABC
             5 csv{taken=1996-05-03 site=ABC job=two\\nlines}: 1996-05-03,ABC,\"two\\nlines\"",
        );
        check("jobs.csv", b"host;user\nA;B\n", "csv\n2 csv{host=A user=B}: A;B\nclaim table csv");
    }

    #[test]
    fn a_sentence_is_no_header() {
        check(
            "a.txt",
            b"Stop, look\nand listen\n",
            "text\n1 file a.txt Content = Stop, look\\nand listen\n1: Stop, look\n2: and listen [Stop, look and listen]",
        );
    }
}
