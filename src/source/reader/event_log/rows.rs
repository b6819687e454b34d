//! Entries on one line: DUMPEL, the exports of Event Viewer, and tables with a header.

use super::super::super::time::{clock, leading_date};
use super::super::event_record::type_word;
use super::names::{Field, is_type};

/// An entry on one line. Its last column may be open: a quoted text that goes on.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) fields: Vec<(Field, String)>,
    /// Columns that are no field of every entry.
    pub(super) extra: Vec<(String, String)>,
    pub(super) text: String,
}

/// How the columns of a row are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// DUMPEL with a separator. It does not quote.
    Dumpel(char),
    /// DUMPEL with blanks.
    DumpelBlanks,
    /// Columns in a known order, the text last.
    Columns(char, Vec<Field>),
    /// Columns that a header names.
    Named(char, Vec<Column>),
}

/// A column of a table with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    field: Option<Field>,
    name: String,
}

use Field::{Category, Computer, Date, Description, Id, Source, Time, Type, User};

/// What Event Viewer of NT 4.0 to 2003 saves.
const SAVED: &[Field] = &[Date, Time, Source, Type, Category, Id, User, Computer];
/// What it exports as a list.
const LISTED: &[Field] = &[Type, Date, Time, Source, Category, Id, User, Computer];
/// What Event Viewer of Vista and later saves.
const LATER: &[Field] = &[Type, Date, Source, Id, Category];
const DUMPEL: &[Field] = &[Date, Time, Type, Category, Id, Source, User, Computer];

impl Form {
    /// The form that a line without a header is in.
    pub(super) fn of(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let start = line.trim_start_matches('"');
        if let Some((_, rest)) = leading_date(start) {
            let separator = rest.trim_start_matches('"').chars().next()?;
            return match separator {
                ' ' => dumpel_blanks(line).map(|_| Self::DumpelBlanks),
                c if c.is_alphanumeric() || matches!(c, '"' | '.' | ':' | '-' | '/') => None,
                c => Self::of_dated(line, c),
            };
        }
        [',', '\t', ';'].into_iter().find_map(|separator| {
            let (word, rest) = line.split_once(separator)?;
            let dated = leading_date(rest.trim_start().trim_start_matches('"')).is_some();
            (dated && word.len() <= 40).then(|| Self::of_worded(line, separator)).flatten()
        })
    }

    fn of_dated(line: &str, separator: char) -> Option<Self> {
        let plain: Vec<&str> = line.splitn(9, separator).collect();
        if plain.len() < SAVED.len() || !is_clock(plain[1]) {
            return None;
        }
        if is_dumpel(plain[2], plain[3], plain[4]) && !is_number(plain[5]) {
            return Some(Self::Dumpel(separator));
        }
        let Cells { values, .. } = Cells::of(line, separator);
        let entry =
            values.len() >= SAVED.len() && is_number(&values[5]) && !is_number(&values[2]) && !is_number(&values[3]);
        entry.then(|| Self::Columns(separator, SAVED.to_vec()))
    }

    fn of_worded(line: &str, separator: char) -> Option<Self> {
        let Cells { values, .. } = Cells::of(line, separator);
        let is_listed =
            values.len() >= LISTED.len() && is_clock(&values[2]) && is_number(&values[5]) && !is_number(&values[3]);
        if is_listed && leading_date(&values[1])?.1.is_empty() {
            return Some(Self::Columns(separator, LISTED.to_vec()));
        }
        // Many tables have a word, a time and a number: without a header only the word tells.
        let is_later =
            values.len() >= LATER.len() && is_type(&values[0]) && is_moment(&values[1]) && is_number(&values[3]);
        is_later.then(|| Self::Columns(separator, LATER.to_vec()))
    }

    /// The form that a header announces.
    pub(super) fn of_header(line: &str) -> Option<Self> {
        [',', ';', '\t'].into_iter().find_map(|separator| {
            let Cells { values, open, .. } = Cells::of(line, separator);
            if open || values.len() < 4 {
                return None;
            }
            Self::of_viewer(separator, &values).or_else(|| Self::of_properties(separator, &values))
        })
    }

    /// The header of Event Viewer, which has no name for the text at the end.
    fn of_viewer(separator: char, names: &[String]) -> Option<Self> {
        // The id is just called `Event` in lists.
        let field = |name: &String| {
            let named = Field::named(name).map(|(field, _)| field);
            named.or_else(|| name.eq_ignore_ascii_case("event").then_some(Id))
        };
        let fields: Vec<Field> = names.iter().map(field).collect::<Option<_>>()?;
        let entry = [Id, Source, Date, Category].iter().all(|wanted| fields.contains(wanted));
        entry.then_some(Self::Columns(separator, fields))
    }

    /// The header of PowerShell: an id, a source, and a time or a message.
    fn of_properties(separator: char, names: &[String]) -> Option<Self> {
        let column =
            |name: &String| Column { field: Field::property(name), name: name.to_lowercase().replace(' ', "_") };
        let columns: Vec<Column> = names.iter().map(column).collect();
        let has =
            |wanted: &[Field]| columns.iter().any(|column| column.field.is_some_and(|field| wanted.contains(&field)));
        let entry = has(&[Id, Field::InstanceId]) && has(&[Source]) && has(&[Date, Description]);
        // Tables of other things have a source and an id, too.
        let own = has(&[Description]) || names.iter().any(|name| name.eq_ignore_ascii_case("TimeGenerated"));
        (entry && own).then_some(Self::Named(separator, columns))
    }

    /// Whether a line below a header may be a row, and not more of the text before.
    pub(super) fn fits(&self, line: &str) -> bool {
        let Self::Columns(separator, order) = self else { return true };
        let Cells { values, .. } = Cells::of(line, *separator);
        let date = order.iter().position(|field| *field == Date).and_then(|at| values.get(at));
        values.len() >= order.len() && date.is_some_and(|date| leading_date(date).is_some())
    }

    /// Whether a quoted text is still open at the end of a row.
    pub(super) fn is_open(&self, row: &str) -> bool {
        match self {
            Self::Dumpel(_) | Self::DumpelBlanks => false,
            Self::Columns(separator, _) | Self::Named(separator, _) => Cells::of(row, *separator).open,
        }
    }

    /// Reads a row. A text that is still open is taken as it is.
    pub(super) fn read(&self, row: &str) -> Option<Row> {
        match self {
            Self::DumpelBlanks => dumpel_blanks(row.trim()),
            Self::Dumpel(separator) => {
                let mut cells = row.trim().splitn(DUMPEL.len() + 1, *separator);
                let fields =
                    DUMPEL.iter().zip(&mut cells).map(|(field, value)| (*field, worded(*field, value))).collect();
                Some(Row { fields, text: cells.next().unwrap_or_default().trim().to_owned(), ..Row::default() })
            }
            Self::Columns(separator, order) => {
                let row = row.trim();
                let Cells { values, starts, open } = Cells::of(row, *separator);
                let raw = starts.get(order.len()).map_or("", |start| row[*start..].trim());
                let quoted = !open && raw.starts_with('"') && raw.ends_with('"') && values.len() == order.len() + 1;
                let text = match values.last().filter(|_| quoted) {
                    Some(text) => text.clone(),
                    None if open => raw.trim_start_matches('"').to_owned(),
                    // Separators and quotes in a text that is not quoted.
                    None => raw.to_owned(),
                };
                let fields = order.iter().copied().zip(values).collect();
                Some(Row { fields, text, ..Row::default() })
            }
            Self::Named(separator, columns) => {
                let Cells { values, .. } = Cells::of(row, *separator);
                (values.len() == columns.len()).then(|| named(columns, values))
            }
        }
    }
}

fn named(columns: &[Column], values: Vec<String>) -> Row {
    let mut row = Row::default();
    for (column, value) in columns.iter().zip(values) {
        match column.field {
            Some(Description) => row.text = value,
            Some(field) => row.fields.push((field, value)),
            None => row.extra.push((column.name.clone(), value)),
        }
    }
    row
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Type, category and id, as DUMPEL writes them.
fn is_dumpel(kind: &str, category: &str, id: &str) -> bool {
    matches!(kind.trim(), "0" | "1" | "2" | "4" | "8" | "16") && is_number(category) && is_number(id)
}

/// A date and a time.
fn is_moment(text: &str) -> bool {
    leading_date(text).is_some_and(|(_, rest)| is_clock(rest.trim_start_matches(['T', ','])))
}

fn is_clock(text: &str) -> bool {
    clock(text.trim()).is_some_and(|(_, rest)| rest.trim().is_empty())
}

/// DUMPEL writes the type as a number.
fn worded(field: Field, value: &str) -> String {
    let value = value.trim();
    let word = if field == Type { value.parse().ok().and_then(type_word) } else { None };
    word.unwrap_or(value).to_owned()
}

/// A row of DUMPEL with blanks, where only the user tells where the source ends.
fn dumpel_blanks(line: &str) -> Option<Row> {
    let (date, rest) = leading_date(line)?;
    let rest = rest.trim_start();
    let (_, after) = clock(rest)?;
    let time = rest[..rest.len() - after.len()].trim();
    let mut rest = after;
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let (number, after) = word(rest)?;
        numbers.push(number);
        rest = after;
    }
    let [kind, category, id] = numbers[..] else { return None };
    if !is_dumpel(kind, category, id) {
        return None;
    }
    let names = rest.trim_start();
    let mut rest = names;
    // A source has a few words at most.
    for _ in 0..8 {
        let from = names.len() - rest.trim_start().len();
        let (candidate, after) = word(rest)?;
        rest = after;
        if from > 0 && (candidate == "N/A" || candidate.contains('\\')) {
            let before = names[..from].trim();
            // `NT AUTHORITY\SYSTEM` is the one user of two words.
            let system = candidate.starts_with("AUTHORITY\\").then(|| before.strip_suffix(" NT")).flatten();
            let user = if system.is_some() { format!("NT {candidate}") } else { candidate.to_owned() };
            let (computer, text) = word(rest)?;
            let source = system.unwrap_or(before);
            let values = [date, time, kind, category, id, source, &user, computer];
            let fields = DUMPEL.iter().zip(values).map(|(field, value)| (*field, worded(*field, value))).collect();
            return Some(Row { fields, text: text.trim().to_owned(), ..Row::default() });
        }
    }
    None
}

/// The first word of a text, and what follows.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The values of a row.
struct Cells {
    values: Vec<String>,
    /// Where each value begins.
    starts: Vec<usize>,
    /// A quote is open at the end.
    open: bool,
}

impl Cells {
    fn of(row: &str, separator: char) -> Self {
        let mut cells = Self { values: Vec::new(), starts: vec![0], open: false };
        let mut value = String::new();
        let mut characters = row.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' if cells.open && characters.peek().is_some_and(|(_, next)| *next == '"') => {
                    characters.next();
                    value.push('"');
                }
                '"' if cells.open => cells.open = false,
                '"' if value.trim().is_empty() => {
                    value.clear();
                    cells.open = true;
                }
                c if c == separator && !cells.open => {
                    cells.values.push(value.trim().to_owned());
                    value.clear();
                    cells.starts.push(at + c.len_utf8());
                }
                c => value.push(c),
            }
        }
        cells.values.push(value.trim().to_owned());
        cells
    }
}
