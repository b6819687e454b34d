//! Management Information Format (MIF): what inventory and status reports are written in (Q166833, Q186415, Q199229, Q192497).
//!
//! A component holds groups, and a group holds attributes; a table holds rows of the attributes of a group. Blocks begin
//! with `START` and end with `END`; letters have no case, and where a line ends does not matter. Texts stand in quotes:
//! `\"` and `""` are a quote in them, and texts in a row are one text. The binary files of the same extensions are not
//! read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use crate::fact::{Claim, Event, FactKey, Value};

use super::registry::{LONG_LINE, Source};
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct Mif;

/// The table of its events.
const TABLE: &str = "mif";

impl Reader for Mif {
    fn name(&self) -> &'static str {
        "mif"
    }

    fn help(&self) -> &'static str {
        "MIF files as text: status reports of packages, inventories, IDMIF and NOIDMIF files."
    }

    fn known_by(&self) -> &'static str {
        "`START COMPONENT` at its beginning, or blocks and statements on more than half of its lines."
    }

    fn facts_and_events(&self) -> &'static str {
        "One fact an attribute with a value, addressed by the class of its group (the name of a group without a class) and \
         its own name; a class may come more than once, as a group or as the row of a table. Numbers are numbers, also \
         where an enumeration names them. One event of table `mif` for each group and each row: class, group, and a \
         column an attribute, in lower case with `_` for blanks; its text has the names that enumerations give. The \
         comments before the component, `//Architecture<…>` and `//UniqueID<…>`, are facts of class `header`. A file \
         that was read whole proves which attributes its classes lack. A value that the component gives only when it \
         is asked (`*…`) is no fact."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let (mut hits, mut lines, mut starts) = (0, 0, 0);
        for line in head.lines() {
            let line = line.trim_start();
            if starts == 0 && lines == 0 {
                if line.starts_with("//") || keyword(line).is_some_and(|(word, _)| word == "language") {
                    continue;
                }
                if block_line(line) == Some(Kind::Component) {
                    return Confidence::CERTAIN;
                }
            }
            lines += 1;
            let block = block_line(line).is_some();
            starts += usize::from(block);
            hits += usize::from(block || is_statement(line) || line.starts_with("//") || line.starts_with('{'));
        }
        // An article or a mail may quote a few lines of one.
        if starts < 2 || hits * 2 <= lines { Confidence::NO } else { Confidence::share(hits, lines) }
    }

    fn read(&self, input: &mut Lines<'_>, _: &Context<'_>, out: &mut Output<'_>) {
        let mut tokens = Tokens::new(input);
        let mut component = Component::default();
        while let Some(token) = tokens.next(out) {
            component.token(token, &mut tokens, out);
        }
        component.broken |= tokens.broken;
        component.end(out);
    }
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Component,
    Group,
    Attribute,
    Table,
    Enum,
    /// A path, or what no one knows.
    Other,
}

impl Kind {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "component" => Self::Component,
            "group" => Self::Group,
            "attribute" => Self::Attribute,
            "table" => Self::Table,
            "enum" => Self::Enum,
            "path" => Self::Other,
            _ => return None,
        })
    }
}

/// The statements of all blocks.
const STATEMENTS: &[&str] =
    &["access", "class", "description", "id", "key", "language", "name", "pragma", "storage", "type", "value"];

/// The first word of a line in lower case, and what follows it.
fn keyword(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start();
    let end = line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(line.len());
    (end > 0).then(|| (line[..end].to_ascii_lowercase(), &line[end..]))
}

/// Which block a line begins or ends.
fn block_line(line: &str) -> Option<Kind> {
    let (word, rest) = keyword(line)?;
    let (kind, rest) = keyword(rest).filter(|_| matches!(word.as_str(), "start" | "end"))?;
    let rest = rest.trim();
    let alone =
        rest.is_empty() || rest.starts_with("//") || keyword(rest).is_some_and(|(word, _)| ends_statement(&word));
    Kind::named(&kind).filter(|_| alone)
}

/// `NAME = …`
fn is_statement(line: &str) -> bool {
    let starts =
        |(word, rest): (String, &str)| STATEMENTS.contains(&word.as_str()) && rest.trim_start().starts_with('=');
    keyword(line).is_some_and(starts)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name, a number or another text without quotes.
    Word(String),
    /// A text in quotes.
    Text(String),
    /// `=`, `,`, `{`, `}` or `*`.
    Mark(char),
}

/// The file as words.
struct Tokens<'a, 'b> {
    source: Source<'a, 'b>,
    line: String,
    number: u64,
    at: usize,
    peeked: Option<Token>,
    /// Statements have begun: a comment is no header.
    begun: bool,
    /// A text lacks its end.
    broken: bool,
}

/// A text of more lines, or of more characters, lacks its end.
const MAX_TEXT_LINES: usize = 100;
const MAX_TEXT: usize = 64 * 1024;

impl<'a, 'b> Tokens<'a, 'b> {
    fn new(input: &'a mut Lines<'b>) -> Self {
        let source = Source { input, pending: VecDeque::new() };
        Self { source, line: String::new(), number: 0, at: 0, peeked: None, begun: false, broken: false }
    }

    fn peek(&mut self, out: &mut Output<'_>) -> Option<&Token> {
        if self.peeked.is_none() {
            self.peeked = self.read(out);
        }
        self.peeked.as_ref()
    }

    fn next(&mut self, out: &mut Output<'_>) -> Option<Token> {
        self.peek(out);
        self.peeked.take()
    }

    /// Takes the next mark, if it is this one.
    fn take(&mut self, mark: char, out: &mut Output<'_>) -> bool {
        let found = self.peek(out) == Some(&Token::Mark(mark));
        if found {
            self.peeked = None;
        }
        found
    }

    /// The next word in lower case, if the next token is one.
    fn word(&mut self, out: &mut Output<'_>) -> Option<String> {
        let word = match self.peek(out)? {
            Token::Word(word) => word.to_ascii_lowercase(),
            _ => return None,
        };
        self.peeked = None;
        Some(word)
    }

    /// Drops what is left of the line.
    fn skip_line(&mut self) {
        self.peeked = None;
        self.at = self.line.len();
    }

    fn read(&mut self, out: &mut Output<'_>) -> Option<Token> {
        loop {
            let rest = self.line.get(self.at..).unwrap_or_default();
            let text = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{1a}');
            self.at = self.line.len() - text.len();
            if text.starts_with("//") {
                self.comment(out);
            } else if let Some(first) = text.chars().next() {
                self.begun = true;
                return Some(self.token(first));
            }
            self.number = self.source.next(&mut self.line)?;
            self.broken |= self.line.len() >= LONG_LINE;
            self.at = 0;
        }
    }

    fn comment(&self, out: &mut Output<'_>) {
        let comment = self.line.get(self.at..).unwrap_or_default();
        let header = comment.trim().trim_start_matches('/').strip_suffix('>').and_then(|text| text.split_once('<'));
        if let Some((name, value)) = header.filter(|_| !self.begun) {
            let attribute = name.trim().to_lowercase();
            let key = FactKey::Mif { class: "header".to_owned(), attribute };
            out.fact(self.number, key, Value::Text(value.trim().to_owned()));
        }
        out.plain(Line { number: self.number, text: comment });
    }

    fn token(&mut self, first: char) -> Token {
        if first == '"' {
            self.at += 1;
            return Token::Text(self.text());
        }
        if matches!(first, '=' | ',' | '{' | '}' | '*') {
            self.at += 1;
            return Token::Mark(first);
        }
        let rest = &self.line[self.at..];
        let end = rest.find(|c: char| c.is_whitespace() || "=,{}\"".contains(c)).unwrap_or(rest.len());
        let end = rest[..end].find("//").unwrap_or(end).max(1);
        let word = rest[..end].to_owned();
        self.at += end;
        Token::Word(word)
    }

    /// A text after its first quote. It may go on on the next lines.
    fn text(&mut self) -> String {
        let rest = &self.line[self.at..];
        if let Some(end) = closing_quote(rest) {
            let text = unescape(&rest[..end]);
            self.at += end + 1;
            return text;
        }
        // The path `"C:\SMS\"` ends with a quote, whatever stands before it.
        if let Some(text) = rest.trim_end().strip_suffix("\\\"") {
            let text = format!("{text}\\");
            self.at = self.line.len();
            return text;
        }
        let first = self.line[self.at..].to_owned();
        self.at = self.line.len();
        self.long_text(&first)
    }

    fn long_text(&mut self, first: &str) -> String {
        let mut joined = first.to_owned();
        let mut taken = VecDeque::new();
        let mut line = String::new();
        while let Some(number) = self.source.next(&mut line) {
            let end =
                if block_line(&line).is_some() || is_statement(&line) { None } else { Some(closing_quote(&line)) };
            match end {
                Some(Some(end)) => {
                    joined.push('\n');
                    joined.push_str(&line[..end]);
                    (self.number, self.at) = (number, end + 1);
                    self.line = line;
                    return unescape(&joined);
                }
                Some(None) if taken.len() < MAX_TEXT_LINES && joined.len() < MAX_TEXT => {
                    joined.push('\n');
                    joined.push_str(&line);
                    taken.push_back((number, std::mem::take(&mut line)));
                }
                _ => {
                    taken.push_back((number, std::mem::take(&mut line)));
                    break;
                }
            }
        }
        // The quote was never closed: the text ends with its line.
        taken.append(&mut self.source.pending);
        self.source.pending = taken;
        self.broken = true;
        unescape(first.trim_end())
    }
}

/// Where the quote stands that ends a text.
fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'\\', Some(b'"' | b'\\')) | (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// A text without the marks of its quotes. Only where all backslashes are doubled were they written as such: a path is
/// often written as it is.
fn unescape(text: &str) -> String {
    let quotes = text.replace("\"\"", "\"").replace("\\\"", "\"");
    let single = quotes.replace("\\\\", "").contains('\\');
    let unc = quotes.strip_prefix("\\\\").is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
    if single || unc { quotes } else { quotes.replace("\\\\", "\\") }
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Operand {
    Text(String),
    Word(String),
    /// Only the component knows it, when it is asked.
    Asked,
}

impl Operand {
    fn text(self) -> String {
        match self {
            Self::Text(text) | Self::Word(text) => text,
            Self::Asked => String::new(),
        }
    }

    /// The value, if there is one and it is known.
    fn value(&self, texts: bool) -> Option<Value> {
        match self {
            Self::Text(text) => Some(Value::Text(text.clone())),
            Self::Asked => None,
            Self::Word(word) if is_unsupported(word) || is_unknown(word) => None,
            Self::Word(word) => {
                let number = if texts { None } else { number(word) };
                Some(number.map_or_else(|| Value::Text(word.clone()), Value::Number))
            }
        }
    }

    /// It is there, and nobody knows what it is.
    fn is_open(&self) -> bool {
        match self {
            Self::Asked => true,
            Self::Word(word) => is_unknown(word),
            Self::Text(_) => false,
        }
    }
}

fn is_unsupported(word: &str) -> bool {
    word.eq_ignore_ascii_case("unsupported")
}

fn is_unknown(word: &str) -> bool {
    word.eq_ignore_ascii_case("unknown")
}

/// A number as C writes it: `0x1F`, `017`, `-5`.
fn number(word: &str) -> Option<i64> {
    let (negative, digits) = word.strip_prefix('-').map_or((false, word), |digits| (true, digits));
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.strip_prefix("0x") {
        Some(hex) => (16, hex),
        None if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        None => (10, lower.as_str()),
    };
    let number = i64::from_str_radix(digits, radix).ok().filter(|_| digits.starts_with(|c: char| c.is_digit(radix)))?;
    Some(if negative { -number } else { number })
}

#[derive(Debug, Clone, Default)]
struct Attribute {
    name: String,
    /// The line of its value.
    line: u64,
    value: Option<Operand>,
    kind: String,
    /// The names of its numbers.
    labels: BTreeMap<String, String>,
}

impl Attribute {
    /// How much a row takes of it.
    fn cost(&self) -> usize {
        let default = match &self.value {
            Some(Operand::Text(text) | Operand::Word(text)) => text.len(),
            _ => 0,
        };
        default + 2 * self.name.len() + 64
    }

    /// Whether its values are texts, quotes or not.
    fn is_text(&self) -> bool {
        ["string", "displaystring", "octetstring", "date"].iter().any(|kind| self.kind.starts_with(kind))
    }
}

#[derive(Debug, Clone, Default)]
struct Group {
    line: u64,
    name: String,
    class: String,
    id: Option<String>,
    keyed: bool,
    attributes: Vec<Attribute>,
}

impl Group {
    fn class(&self) -> String {
        if self.class.is_empty() { self.name.to_lowercase() } else { self.class.to_lowercase() }
    }
}

/// A block that has begun.
#[derive(Debug)]
enum Block {
    Component,
    Group(Group),
    Attribute(Attribute),
    Table(Group),
    Enum { name: String, labels: BTreeMap<String, String> },
    Other,
}

impl Block {
    fn kind(&self) -> Kind {
        match self {
            Self::Component => Kind::Component,
            Self::Group(_) => Kind::Group,
            Self::Attribute(_) => Kind::Attribute,
            Self::Table(_) => Kind::Table,
            Self::Enum { .. } => Kind::Enum,
            Self::Other => Kind::Other,
        }
    }
}

/// No MIF nests deeper, and none has as many of anything.
const MAX_DEPTH: usize = 16;
const MAX_ATTRIBUTES: usize = 1000;
const MAX_GROUPS: usize = 2000;
const MAX_NAME: usize = 512;

/// How much rows may take from the groups that describe them: a row may be short and stand for much.
const EFFORT: usize = 1024 * 1024 * 1024;

#[derive(Default)]
struct Component {
    open: Vec<Block>,
    /// The groups whose rows a table may hold, by class.
    templates: BTreeMap<String, Rc<Group>>,
    /// What rows have taken so far.
    spent: usize,
    enums: BTreeMap<String, BTreeMap<String, String>>,
    /// All classes so far, and those of which a value is open.
    classes: BTreeSet<String>,
    unknown: BTreeSet<String>,
    /// A component was closed.
    whole: bool,
    /// Something was not understood.
    broken: bool,
}

impl Component {
    fn token(&mut self, token: Token, tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) {
        let line = tokens.number;
        let known = match token {
            Token::Mark('{') => self.row(line, tokens, out),
            Token::Mark(_) => false,
            Token::Text(number) => self.label(number, tokens, out),
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "start" => self.start(line, tokens, out),
                "end" => self.finish(tokens, out),
                name if STATEMENTS.contains(&name) && tokens.take('=', out) => self.statement(name, line, tokens, out),
                _ => self.label(word, tokens, out),
            },
        };
        if !known {
            self.broken = true;
            let text = tokens.line.clone();
            out.odd_line(Line { number: tokens.number, text: &text }, "a statement of a MIF");
            tokens.skip_line();
        }
    }

    fn start(&mut self, line: u64, tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) -> bool {
        if self.open.len() >= MAX_DEPTH {
            return false;
        }
        let Some(word) = tokens.word(out) else { return false };
        let group = Group { line, ..Group::default() };
        self.open.push(match Kind::named(&word).unwrap_or(Kind::Other) {
            Kind::Component => Block::Component,
            Kind::Group => Block::Group(group),
            Kind::Table => Block::Table(group),
            Kind::Attribute => Block::Attribute(Attribute { line, ..Attribute::default() }),
            Kind::Enum => Block::Enum { name: String::new(), labels: BTreeMap::new() },
            Kind::Other => Block::Other,
        });
        true
    }

    /// `END GROUP`, which also ends what was left open in the group.
    fn finish(&mut self, tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) -> bool {
        let Some(word) = tokens.word(out) else { return false };
        let kind = Kind::named(&word).unwrap_or(Kind::Other);
        let Some(at) = self.open.iter().rposition(|block| block.kind() == kind) else { return false };
        self.broken |= at + 1 != self.open.len();
        self.open.truncate(at + 1);
        match self.open.pop() {
            Some(Block::Component) => self.whole = true,
            Some(Block::Group(group)) => self.group(group, out),
            Some(Block::Attribute(attribute)) => self.attribute(attribute),
            Some(Block::Enum { name, labels }) => self.labels(name, labels),
            Some(Block::Table(_) | Block::Other) | None => {}
        }
        true
    }

    fn attribute(&mut self, mut attribute: Attribute) {
        if let Some(labels) = self.enums.get(&attribute.kind) {
            attribute.labels.clone_from(labels);
        }
        match self.open.last_mut() {
            Some(Block::Group(group)) if group.attributes.len() < MAX_ATTRIBUTES => group.attributes.push(attribute),
            _ => self.broken = true,
        }
    }

    /// An enumeration of the attribute that it stands in, or of all that name it as their type.
    fn labels(&mut self, name: String, labels: BTreeMap<String, String>) {
        match self.open.last_mut() {
            Some(Block::Attribute(attribute)) => attribute.labels = labels,
            _ if self.enums.len() < MAX_GROUPS => drop(self.enums.insert(name.to_lowercase(), labels)),
            _ => {}
        }
    }

    /// `1 = "One"` in an enumeration, `WIN16 = "a.dll"` in a path, or a statement of a later standard.
    fn label(&mut self, number: String, tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) -> bool {
        if !tokens.take('=', out) {
            return false;
        }
        let name = operand(false, tokens, out).text();
        if let Some(Block::Enum { labels, .. }) = self.open.last_mut()
            && labels.len() < MAX_ATTRIBUTES
        {
            labels.insert(number, name);
        }
        true
    }

    fn statement(&mut self, name: &str, line: u64, tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) -> bool {
        if name == "key" {
            list(tokens, out);
        } else if name == "type" && starts_block(tokens, out) {
            // `TYPE = START ENUM …`
            return true;
        }
        let operand = if name == "key" { Operand::Asked } else { operand(name == "value", tokens, out) };
        if let (Operand::Text(text) | Operand::Word(text), "name" | "class") = (&operand, name)
            && text.len() > MAX_NAME
        {
            return false;
        }
        match (self.open.last_mut(), name) {
            (Some(Block::Group(group) | Block::Table(group)), "name") => group.name = operand.text(),
            (Some(Block::Group(group) | Block::Table(group)), "class") => group.class = operand.text(),
            (Some(Block::Group(group) | Block::Table(group)), "id") => group.id = Some(operand.text()),
            (Some(Block::Group(group)), "key") => group.keyed = true,
            (Some(Block::Attribute(attribute)), "name") => attribute.name = operand.text(),
            (Some(Block::Attribute(attribute)), "type") => attribute.kind = operand.text().to_lowercase(),
            (Some(Block::Attribute(attribute)), "value") => (attribute.value, attribute.line) = (Some(operand), line),
            (Some(Block::Enum { name, .. }), "name") => *name = operand.text(),
            _ => {}
        }
        true
    }

    fn group(&mut self, group: Group, out: &mut Output<'_>) {
        // A group with a key and without a number of its own only describes the rows of tables.
        let template = group.keyed && group.id.is_none();
        let values: Vec<Option<Operand>> = group.attributes.iter().map(|attribute| attribute.value.clone()).collect();
        if !template {
            self.instance(&group, &group.class(), None, &values, out);
        }
        if self.templates.len() < MAX_GROUPS {
            self.templates.entry(group.class()).or_insert_with(|| Rc::new(group));
        } else {
            self.broken = true;
        }
    }

    /// `{1,"a",,}`: what a row leaves out has the value of the group that describes it.
    fn row(&mut self, line: u64, tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) -> bool {
        let mut cells: Vec<Option<Operand>> = Vec::new();
        let mut cell = None;
        loop {
            let block = starts_block(tokens, out);
            match tokens.peek(out) {
                None => {
                    self.broken = true;
                    return true;
                }
                Some(Token::Mark('}')) => {
                    tokens.next(out);
                    if cell.is_some() || !cells.is_empty() {
                        cells.push(cell);
                    }
                    break;
                }
                Some(Token::Mark(',')) => {
                    tokens.next(out);
                    cells.push(cell.take());
                }
                Some(Token::Mark('{' | '=')) => return false,
                Some(_) if cell.is_none() && !block => cell = Some(operand(true, tokens, out)),
                Some(_) => return false,
            }
            if cells.len() > MAX_ATTRIBUTES {
                return false;
            }
        }
        let Some(Block::Table(table)) = self.open.last() else { return false };
        let class = table.class();
        let Some(template) = self.templates.get(&class).cloned() else {
            self.broken = true;
            out.warn(line, || format!("a row of `{class}`, which no group describes; it is left out"));
            return true;
        };
        self.spent = template.attributes.iter().map(Attribute::cost).fold(self.spent, usize::saturating_add);
        if self.spent > EFFORT {
            self.broken = true;
            out.warn(line, || "the rows of this file stand for too much; this row is left out".to_owned());
            return true;
        }
        // A comma may follow the last value.
        if cells.len() == template.attributes.len() + 1 && cells.last() == Some(&None) {
            cells.pop();
        }
        if cells.len() > template.attributes.len() {
            self.broken = true;
            out.warn(line, || format!("a row with more values than `{class}` has attributes; it is left out"));
            return true;
        }
        cells.resize(template.attributes.len(), None);
        let defaults = template.attributes.iter().map(|attribute| attribute.value.clone());
        let values: Vec<_> = cells.into_iter().zip(defaults).map(|(cell, default)| cell.or(default)).collect();
        let name = if table.name.is_empty() { template.name.clone() } else { table.name.clone() };
        self.instance(&template, &class, Some((line, &name)), &values, out);
        true
    }

    /// The facts and the event of one group, or of one row with its line and the name of its table.
    fn instance(
        &mut self,
        group: &Group,
        class: &str,
        row: Option<(u64, &str)>,
        values: &[Option<Operand>],
        out: &mut Output<'_>,
    ) {
        let (line, name) = row.unwrap_or((group.line, &group.name));
        let mut text = format!("{name}:");
        let mut columns = Vec::new();
        for (attribute, operand) in group.attributes.iter().zip(values) {
            let Some(operand) = operand else { continue };
            if operand.is_open() {
                self.unknown.insert(class.to_owned());
            }
            let Some(value) = operand.value(attribute.is_text()) else { continue };
            let shown = value.text();
            let label = attribute.labels.get(&shown).map(|label| format!(" ({label})")).unwrap_or_default();
            text.push_str(&format!("\n{} = {shown}{label}", attribute.name));
            columns.push((attribute.name.to_lowercase().replace(' ', "_"), shown));
            let key = FactKey::Mif { class: class.to_owned(), attribute: attribute.name.to_lowercase() };
            out.fact(row.map_or(attribute.line, |(line, _)| line), key, value);
        }
        let mut fields = vec![("class", class), ("group", name)];
        fields.extend(columns.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        out.event(&Event { table: Some(TABLE), fields: &fields, ..Event::plain(out.at(line), &text) });
        if self.classes.len() < MAX_GROUPS {
            self.classes.insert(class.to_owned());
        }
    }

    fn end(self, out: &mut Output<'_>) {
        if self.broken || !self.whole || !self.open.is_empty() {
            return;
        }
        for class in self.classes.difference(&self.unknown) {
            out.claim(Claim::Mif(class.clone()));
        }
    }
}

/// No value without quotes is longer.
const MAX_WORDS: usize = 1024;

/// Whether a block begins here.
fn starts_block(tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) -> bool {
    matches!(tokens.peek(out), Some(Token::Word(word)) if word.eq_ignore_ascii_case("start"))
}

/// What a statement says: texts in a row are one, and so are the words of a value on one line, such as a date with a time
/// (Q192497).
fn operand(words_join: bool, tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) -> Operand {
    if tokens.take('*', out) {
        tokens.next(out);
        return Operand::Asked;
    }
    let line = tokens.number;
    let mut operand: Option<Operand> = None;
    loop {
        let next = match (tokens.peek(out), &operand) {
            (Some(Token::Text(more)), None) => Operand::Text(more.clone()),
            (Some(Token::Text(more)), Some(Operand::Text(text))) if text.len() < MAX_TEXT => {
                Operand::Text(text.clone() + more)
            }
            (Some(Token::Word(word)), None) if !ends_statement(word) => Operand::Word(word.clone()),
            (Some(Token::Word(word)), Some(Operand::Word(words)))
                if (words_join || word.starts_with('(')) && words.len() < MAX_WORDS && !ends_statement(word) =>
            {
                let joined = format!("{words} {word}");
                if tokens.number != line {
                    break;
                }
                Operand::Word(joined)
            }
            _ => break,
        };
        tokens.next(out);
        operand = Some(next);
    }
    operand.unwrap_or_else(|| Operand::Word("unknown".to_owned()))
}

/// Whether a word begins another statement.
fn ends_statement(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    matches!(word.as_str(), "start" | "end") || STATEMENTS.contains(&word.as_str())
}

/// `KEY = 1,2`
fn list(tokens: &mut Tokens<'_, '_>, out: &mut Output<'_>) {
    while let Some(Token::Word(word)) = tokens.peek(out)
        && !ends_statement(word)
    {
        tokens.next(out);
        if !tokens.take(',', out) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::{check, read};

    #[test]
    fn a_status_report() {
        check(
            "setup.mif",
            b"Start Component\r\n  NAME = \"WORKSTATION\"\r\n  START GROUP    NAME = \"ComponentID\"\r\n    ID = 1\r\n\
              \x20   CLASS = \"DMTF|ComponentID|1.0\"\r\n    START ATTRIBUTE\r\n      NAME = \"Serial Number\"\r\n      ID = 5\r\n\
              \x20     TYPE = STRING(64)\r\n      VALUE = \"\"\r\n    END ATTRIBUTE\r\n  END GROUP\r\n  start group\r\n\
              \x20   name = \"InstallStatus\" id = 2\r\n    class = \"MICROSOFT|JOBSTATUS|1.0\"\r\n\
              \x20   START ATTRIBUTE NAME = \"Status\" ID = 1 TYPE = STRING(32) VALUE = \"Failed\" END ATTRIBUTE\r\n\
              \x20   START ATTRIBUTE\r\n      NAME = \"Description\" // of the setup script\r\n      VALUE = \"A long\r\n   text\"\r\n\
              \x20   END ATTRIBUTE\r\n  END GROUP\r\nEND COMPONENT\r\n",
            "mif
             10 mif dmtf|componentid|1.0 serial number =\u{20}
             3 mif{class=dmtf|componentid|1.0 group=ComponentID serial_number=}: ComponentID:\\nSerial Number =\u{20}
             18: // of the setup script
             16 mif microsoft|jobstatus|1.0 status = Failed
             19 mif microsoft|jobstatus|1.0 description = A long\\n   text
             13 mif{class=microsoft|jobstatus|1.0 group=InstallStatus status=Failed description=A long\n   text}: InstallStatus:\\nStatus = Failed\\nDescription = A long\\n   text
             claim mif dmtf|componentid|1.0
             claim mif microsoft|jobstatus|1.0"
                .replace("A long\n   text}", "A long\\n   text}")
                .as_str(),
        );
    }

    #[test]
    fn rows_of_a_table_and_the_group_that_describes_them() {
        check(
            "disk.nhm",
            b"//Architecture<System>\n//UniqueID <1-2>\nLANGUAGE = \"en|US|iso8859-1\"\nStart Component\nStart Group\n\
              Name = \"Disk\" Class = \"A|Disk|1\" Key = 1, 2\nPragma = \"x\"\n\
              Start Attribute Name = \"Drive Index\" ID = 1 Type = Integer End Attribute\n\
              Start Attribute Name = \"Label\" ID = 2 Type = String(8) Value = \"none\" End Attribute\n\
              Start Attribute Name = \"Size\" ID = 3 Type = Counter End Attribute\n\
              End Group\n\
              Start Table\nName = \"Disks\" ID = 2 Class = \"A|Disk|1\"\n\
              {1,\"C\",0x10}\n{2,,}\n{3,\n\"E, \"\"x\"\"\", 010,}\n{4,\"F\",5,6}\nEnd Table\nEnd Component\n",
            "mif
             1 mif header architecture = System
             1: //Architecture<System>
             2 mif header uniqueid = 1-2
             2: //UniqueID <1-2> [//Architecture<System> //UniqueID <1-2>]
             14 mif a|disk|1 drive index = 1
             14 mif a|disk|1 label = C
             14 mif a|disk|1 size = 16
             14 mif{class=a|disk|1 group=Disks drive_index=1 label=C size=16}: Disks:\\nDrive Index = 1\\nLabel = C\\nSize = 16
             15 mif a|disk|1 drive index = 2
             15 mif a|disk|1 label = none
             15 mif{class=a|disk|1 group=Disks drive_index=2 label=none}: Disks:\\nDrive Index = 2\\nLabel = none
             16 mif a|disk|1 drive index = 3
             16 mif a|disk|1 label = E, \"x\"
             16 mif a|disk|1 size = 8
             16 mif{class=a|disk|1 group=Disks drive_index=3 label=E, \"x\" size=8}: Disks:\\nDrive Index = 3\\nLabel = E, \"x\"\\nSize = 8
             warning 18: a row with more values than `a|disk|1` has attributes; it is left out",
        );
    }

    /// The facts of one attribute with these statements.
    fn value(statements: &str) -> Vec<String> {
        let text = format!(
            "START COMPONENT\nSTART ENUM NAME = \"State\" TYPE = INTEGER 1 = \"On\" 2 = \"Off\" END ENUM\n\
             START PATH NAME = \"p\" WIN16 = \"a.dll\" END PATH\nSTART GROUP\nNAME = \"G\" ID = 1\nSTART ATTRIBUTE\n\
             NAME = \"a\"\n{statements}\nEND ATTRIBUTE\nEND GROUP\nEND COMPONENT\n"
        );
        let (reader, dump) = read("a.mif", text.as_bytes());
        assert_eq!(reader, Some("mif"));
        let short = |line: String| match line.split_once(" mif g a = ") {
            Some((_, value)) => value.to_owned(),
            None => line.split_once(": ").map(|(_, text)| text.to_owned()).unwrap_or(line),
        };
        dump.into_iter().map(short).collect()
    }

    #[test]
    fn kinds_of_values() {
        for (statements, expected) in [
            ("TYPE = INTEGER\nVALUE = -12", "-12"),
            ("TYPE = COUNTER VALUE = 0x1f", "31"),
            ("TYPE = INTEGER\nVALUE = 0", "0"),
            ("TYPE = INTEGER\nVALUE = 09", "09"),
            ("TYPE = STRING(8)\nVALUE = 007", "007"),
            ("TYPE = DATE\nVALUE = 07/01/98 10:30:30", "07/01/98 10:30:30"),
            ("TYPE = STRING (8)\nVALUE = \"one\"\n  \"two\"\n  \" three\"", "onetwo three"),
            ("VALUE = \"a \\\"b\\\" \"\"c\"\"\"", "a \"b\" \"c\""),
            ("VALUE = \"C:\\\\SMS\\\\BIN\"", "C:\\SMS\\BIN"),
            ("VALUE = \"C:\\new\\SMS\"", "C:\\new\\SMS"),
            ("VALUE = \"\\\\server\\share\"", "\\\\server\\share"),
            ("VALUE = \"C:\\SMS\\\"", "C:\\SMS\\"),
        ] {
            let found = value(statements);
            assert_eq!(found[0], expected, "{statements}");
            assert_eq!(found[2], "claim mif g", "{statements}");
        }
    }

    #[test]
    fn the_names_of_an_enumeration_stand_in_the_text() {
        let named = "G:\\na = 2 (Off)";
        assert_eq!(value("TYPE = \"State\"\nVALUE = 2"), ["2", named, "claim mif g"]);
        let own = "TYPE = START ENUM\n0 = \"None\"\n2 = \"Off\"\nEND ENUM\nVALUE = 2";
        assert_eq!(value(own), ["2", named, "claim mif g"]);
        assert_eq!(value("TYPE = \"State\"\nVALUE = \"Off\"")[0], "Off");
    }

    #[test]
    fn a_value_that_is_not_in_the_file_is_open() {
        assert_eq!(value("VALUE = *\"p\""), ["G:"]);
        assert_eq!(value("VALUE = UNKNOWN"), ["G:"]);
        assert_eq!(value("VALUE = UNSUPPORTED"), ["G:", "claim mif g"]);
        assert_eq!(value("ACCESS = READ-ONLY"), ["G:", "claim mif g"]);
    }

    #[test]
    fn what_is_damaged_claims_nothing() {
        // A text without its end does not swallow what follows.
        assert_eq!(value("VALUE = \"abc\nSTORAGE = SPECIFIC"), ["abc", "G:\\na = abc"]);
        let noise = value("VALUE = \"abc\"\nnoise here");
        assert_eq!(noise[1], "noise here");
        assert!(!noise.iter().any(|line| line.starts_with("claim")));
        let (_, dump) =
            read("a.mif", b"START COMPONENT\nSTART GROUP NAME = \"G\"\nSTART ATTRIBUTE NAME = \"a\" VALUE = 1\n");
        assert!(dump.is_empty(), "{dump:?}");
        let (_, dump) = read("a.mif", b"START COMPONENT\nSTART GROUP NAME = \"G\"\nEND GROUP\n");
        assert_eq!(dump, ["2 mif{class=g group=G}: G:"]);
    }

    #[test]
    fn short_rows_cannot_stand_for_ever_so_much() {
        let text = format!(
            "START COMPONENT\nSTART GROUP NAME = \"G\" KEY = 1\nSTART ATTRIBUTE NAME = \"a\" VALUE = \"{}\" END ATTRIBUTE\n\
             END GROUP\nSTART TABLE NAME = \"T\" CLASS = \"G\"\n{}END TABLE\nEND COMPONENT\n",
            "x".repeat(60_000),
            "{}".repeat(40) + "\n",
        );
        let mut component = super::Component { spent: super::EFFORT - 10 * 60_100, ..super::Component::default() };
        let mut source = text.as_bytes();
        let mut sink = crate::source::testing::Dump::default();
        let encoding = crate::source::encoding::Encoding::detect(b"x", None).encoding;
        let mut lines = super::Lines::new(&mut source, encoding);
        let mut out = super::Output::new(crate::fact::MemberId(0), None, &mut sink);
        let mut tokens = super::Tokens::new(&mut lines);
        while let Some(token) = tokens.next(&mut out) {
            component.token(token, &mut tokens, &mut out);
        }
        component.end(&mut out);
        assert_eq!(sink.into_lines().filter(|line| line.contains(" mif g a = ")).count(), 10);
    }

    #[test]
    fn other_files_are_not_taken() {
        for text in [
            "START reading here.\nEND of note.\n",
            "Start Component and End Component are words.\nNAME = 1\nx\ny\nz\nw\n",
        ] {
            let (reader, _) = read("a.txt", text.as_bytes());
            assert_ne!(reader, Some("mif"), "{text}");
        }
    }
}
