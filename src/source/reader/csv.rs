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
        "Tables with a header line of column names, parted by commas, semicolons, tabs or bars (RFC 4180)."
    }

    fn known_by(&self) -> &'static str {
        "A first line of column names, and rows of as many values."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event of table `csv` a row, with the columns of the header, in lower case, as fields: a blank in a name \
         is `_`, the second column of one name is `name-2`, and a column without a name is `column-3`. The product's \
         data names the table by its header. A row with more or fewer values is reported and stays text."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let named = [".csv", ".tsv", ".tab"].iter().any(|end| head.name.ends_with(end));
        let mut lines = head.lines().skip_while(|line| is_preamble(line)).peekable();
        let stated = lines.peek().and_then(|line| stated_separator(line));
        if stated.is_some() {
            lines.next();
        }
        let Some(header) = lines.next().and_then(|line| Header::parse(line, stated, named)) else {
            return Confidence::NO;
        };
        let (mut good, mut rows) = (0, 0);
        let mut open = Open::default();
        for line in lines {
            // A quoted value may hold line breaks, so not every line is a whole row.
            open.push(0, line, header.separator);
            if open.quotes.inside {
                continue;
            }
            rows += 1;
            good +=
                usize::from(split(&open.text, header.separator).is_some_and(|row| row.len() == header.columns.len()));
            open = Open::default();
        }
        if good * 2 < rows || (rows == 0 && !named) { Confidence::NO } else { Confidence::LIKELY }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let named = ctx.head.name.contains('.');
        let mut stated = None;
        let mut table: Option<Header> = None;
        let mut whole_table = true;
        // A row whose quotes are still open.
        let mut open = Open::default();
        while let Some(line) = input.next() {
            if open.text.is_empty() && line.text.trim().is_empty() {
                continue;
            }
            let Some(header) = &table else {
                if is_preamble(line.text) {
                    out.plain(line);
                } else if let Some(separator) = stated_separator(line.text).filter(|_| stated.is_none()) {
                    stated = Some(separator);
                } else {
                    table = Header::parse(line.text, stated, named);
                    if let Some(name) = table.as_ref().and_then(|header| header.twice.as_ref()) {
                        out.warn(line.number, || format!("two columns are called `{name}`: the second is `{name}-2`"));
                    }
                }
                continue;
            };
            open.push(line.number, line.text, header.separator);
            let mut whole = if open.quotes.inside { None } else { split(&open.text, header.separator) };
            if input.is_unended() && whole.as_ref().is_some_and(|row| row.last().is_some_and(String::is_empty)) {
                // The file ends right where the last value should stand: it may have been cut off.
                whole = None;
            }
            if whole.is_none() && open.text.len() < super::Held::MAX_TEXT {
                continue;
            }
            whole_table &= row(&open, &header.columns, whole, out);
            open = Open::default();
        }
        if let Some(header) = &table {
            whole_table &= open.text.is_empty() || row(&open, &header.columns, None, out);
            // A row that nobody can read may be the one that is looked for.
            if whole_table {
                out.claim(Claim::Table("csv".to_owned()));
            }
        }
    }
}

/// Puts out one row; says whether it has the columns of the table.
fn row(open: &Open, columns: &[String], values: Option<Vec<String>>, out: &mut Output<'_>) -> bool {
    let line = Line { number: open.number, text: &open.text };
    let Some(values) = values.filter(|values| fits(values, columns)) else {
        let expected = format!("a row of {} columns", columns.len());
        out.odd_line(line, &expected);
        return false;
    };
    let fields: Vec<(&str, &str)> = columns.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
    out.event(&Event { table: Some("csv"), fields: &fields, ..Event::plain(out.at(open.number), open.text.trim()) });
    true
}

/// Whether a row has the columns of its table. A sheet may end its rows with empty cells that have no column.
fn fits(values: &[String], columns: &[String]) -> bool {
    values.len() >= columns.len() && values[columns.len()..].iter().all(String::is_empty)
}

/// The lines of one row, until all of its quotes are closed.
#[derive(Default)]
struct Open {
    number: u64,
    text: String,
    quotes: Quotes,
}

impl Open {
    fn push(&mut self, number: u64, line: &str, separator: char) {
        if self.text.is_empty() {
            self.number = number;
        } else {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.quotes.pass(line, separator);
    }
}

/// Whether a row is inside of quotes, as [`split`] sees it. Each line is looked at once.
#[derive(Default)]
struct Quotes {
    inside: bool,
    /// The value has begun, so that a quote is part of it.
    begun: bool,
}

impl Quotes {
    fn pass(&mut self, line: &str, separator: char) {
        let mut characters = line.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '"' if self.inside && characters.peek() == Some(&'"') => {
                    characters.next();
                    self.begun = true;
                }
                '"' if self.inside => self.inside = false,
                '"' if !self.begun => self.inside = true,
                c if c == separator && !self.inside => self.begun = false,
                c => self.begun |= !c.is_whitespace(),
            }
        }
    }
}

/// `#TYPE …`, which PowerShell writes above its tables.
fn is_preamble(line: &str) -> bool {
    line.starts_with("#TYPE ")
}

/// `sep=;` in the first line tells Excel what parts the columns.
fn stated_separator(line: &str) -> Option<char> {
    let line = line.trim_matches(|c| matches!(c, '"' | ' ' | '\r'));
    let rest = line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep="))?;
    let mut characters = line[rest.len()..].chars();
    // A tab is trimmed by many a tool.
    let separator = characters.next().unwrap_or('\t');
    (characters.next().is_none() && matches!(separator, ',' | ';' | '\t' | '|')).then_some(separator)
}

/// The first line of a table.
struct Header {
    /// In lower case, and no two alike.
    columns: Vec<String>,
    separator: char,
    /// A name that two columns have.
    twice: Option<String>,
}

impl Header {
    /// `named`: the file's name says that it is a table, so that the columns may have names of more than one word.
    fn parse(line: &str, stated: Option<char>, named: bool) -> Option<Self> {
        let all = [',', ';', '\t', '|'];
        let separators = if let Some(one) = &stated { std::slice::from_ref(one) } else { &all };
        let quoted = line.trim_start().starts_with('"') && line.trim_end().ends_with('"');
        let loose = named || quoted || stated.is_some();
        let mut best: Option<(Vec<String>, char)> = None;
        for &separator in separators {
            let Some(mut columns) = split(line, separator) else { continue };
            while columns.len() > 2 && columns.last().is_some_and(String::is_empty) {
                columns.pop();
            }
            let fits = columns.iter().all(|name| is_word(name)) || (loose && columns.iter().all(|name| is_label(name)));
            if columns.len() >= 2 && fits && best.as_ref().is_none_or(|(most, _)| columns.len() > most.len()) {
                best = Some((columns, separator));
            }
        }
        let (names, separator) = best?;
        let mut twice = None;
        let mut columns: Vec<String> = Vec::new();
        let mut seen = std::collections::BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            let name = name.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase();
            let name = if name.is_empty() { format!("column-{}", index + 1) } else { name };
            let count = seen.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
            if *count > 1 {
                twice.get_or_insert_with(|| name.clone());
                columns.push(format!("{name}-{count}"));
            } else {
                columns.push(name);
            }
        }
        Some(Self { columns, separator, twice })
    }
}

/// A name that is seldom anything but that of a column.
fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A name of several words, in any language; empty if the column has none.
fn is_label(name: &str) -> bool {
    name.is_empty()
        || (name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().count() <= 64
            && !name.ends_with(['!', '?'])
            && !name.contains(char::is_control))
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
    fn headers_of_sheets() {
        check(
            "Tabelle.csv",
            "sep=;\r\n\"Job Nr.\";Größe;Größe;\r\n1;2,5;3;\r\n\r\n4;;6\r\n".as_bytes(),
            "csv
             warning 2: two columns are called `größe`: the second is `größe-2`
             3 csv{job_nr.=1 größe=2,5 größe-2=3}: 1;2,5;3;
             5 csv{job_nr.=4 größe= größe-2=6}: 4;;6
             claim table csv",
        );
        check(
            "a.txt",
            b"#TYPE System.Object\r\"Site Code\",\"Job\"\r\"ABC\",\"1\"\r",
            "csv
             1: #TYPE System.Object
             3 csv{site_code=ABC job=1}: \"ABC\",\"1\"
             claim table csv",
        );
        check("a.csv", b"host|user name\nA|B\n", "csv\n2 csv{host=A user_name=B}: A|B\nclaim table csv");
        check("a.csv", b"host,,user\nA,x,B\n", "csv\n2 csv{host=A column-2=x user=B}: A,x,B\nclaim table csv");
    }

    #[test]
    fn rows_with_too_many_values_stay_text() {
        check(
            "a.csv",
            b"host,user\nA,B,C\nA\nA,B\nC,D\n",
            "csv
             warning 2: not a row of 2 columns; the line is taken as plain text
             2: A,B,C
             warning 3: not a row of 2 columns; the line is taken as plain text
             3: A [A,B,C A]
             4 csv{host=A user=B}: A,B
             5 csv{host=C user=D}: C,D",
        );
    }

    /// A quote that is never closed must not make each line cost as much as all before it.
    #[test]
    fn open_quotes_take_no_longer() {
        let text = format!("host,user\nA,B\nA,B\nA,B\nA,\"{}", "x\n".repeat(300_000));
        let (reader, dump) = crate::source::testing::read("a.csv", text.as_bytes());
        assert_eq!(reader, Some("csv"));
        assert!(dump.len() > 20, "{}", dump.len());
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
