//! YAML as a tree whose every node knows its place. Anchors, aliases and tags are refused.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use crate::diag::{Diagnostic, FileId, Span};
use crate::lang::ast::Text;
use crate::lang::comments::Comment;
use crate::lang::diags;

/// How deep nodes may be nested; conditions have a lower limit of their own.
const MAX_DEPTH: usize = 200;

/// A value.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Where it stands.
    pub(super) span: Span,
    /// What it is.
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A text; whether it is written without quotes.
    Scalar(Text, bool),
    /// A list.
    Seq(Vec<Node>),
    /// Keys and values, in the order of the file.
    Map(Vec<(Text, Node)>),
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Its documents, without the broken ones.
    pub(super) documents: Vec<Node>,
    pub(super) comments: Vec<Comment>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Reads a file.
pub(super) fn read(file: FileId, source: &str) -> Tree {
    let base = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { file, source, base, tree: Tree::default(), open: Vec::new(), faults: 0 };
    // A long header of comments is no attack: the size of the file is bounded already.
    let options = granit_parser::options! { max_buffered_comment_events: 100_000 };
    let mut parser = Parser::new_from_str_with_options(&source[base..], options);
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => reader.event(event, &span),
            Some(Err(error)) => {
                let at = reader.base + error.marker().byte_offset().unwrap_or_default();
                reader.syntax(at, &error.info());
                // The rest of a broken document is lost, the next one is not.
                match parser.proceed_next_document() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        let at = reader.base + error.marker().byte_offset().unwrap_or_default();
                        reader.syntax(at, &error.info());
                        break;
                    }
                }
            }
        }
    }
    reader.tree
}

struct Reader<'a> {
    file: FileId,
    source: &'a str,
    base: usize,
    tree: Tree,
    open: Vec<Open>,
    /// How many faults there were before the current document.
    faults: usize,
}

/// A list or mapping whose end has not come.
struct Open {
    span: Span,
    flow: bool,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    Map { pairs: Vec<(Text, Node)>, key: Option<Text>, seen: BTreeMap<String, Span> },
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) {
        let span = self.span(span);
        match event {
            Event::DocumentStart(..) => {
                self.open.clear();
                self.faults = self.tree.diagnostics.len();
            }
            Event::Comment(text, _) => {
                self.tree.comments.push(Comment { text: text.trim_end().to_owned(), span });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(span, anchor, tag.is_some());
                let span = self.trimmed(span);
                let text = self.text(&text, span, style);
                self.close(Node { span, kind: Kind::Scalar(text, style == ScalarStyle::Plain) });
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.refuse(span, anchor, tag.is_some());
                self.begin(span, style, Content::Seq(Vec::new()));
            }
            Event::MappingStart(style, anchor, tag) => {
                self.refuse(span, anchor, tag.is_some());
                self.begin(span, style, Content::Map { pairs: Vec::new(), key: None, seen: BTreeMap::new() });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.end(open, span);
                }
            }
            Event::Alias(_) => {
                self.tree.diagnostics.push(diags::yaml_feature(span, "aliases"));
                self.close(Node { span, kind: Kind::Scalar(Text::new("", span), false) });
            }
            _ => {}
        }
    }

    fn begin(&mut self, span: Span, style: StructureStyle, content: Content) {
        if self.open.len() == MAX_DEPTH {
            self.tree.diagnostics.push(diags::too_deep(span));
        }
        self.open.push(Open { span, flow: style == StructureStyle::Flow, content });
    }

    fn end(&mut self, open: Open, end: Span) {
        let mut span = open.span;
        let last = match &open.content {
            Content::Seq(nodes) => nodes.last().map(|node| node.span),
            Content::Map { pairs, .. } => pairs.last().map(|(_, node)| node.span),
        };
        // A block ends where its last value ends; what the parser says is where the next thing begins.
        span.end = if open.flow { end.end } else { last.map_or(end.start, |last| last.end) }.max(span.start);
        let kind = match open.content {
            // What is nested too deep is reported and dropped.
            _ if self.open.len() >= MAX_DEPTH => Kind::Seq(Vec::new()),
            Content::Seq(nodes) => Kind::Seq(nodes),
            Content::Map { pairs, .. } => Kind::Map(pairs),
        };
        self.close(Node { span, kind });
    }

    /// A whole node: into what is open around it.
    fn close(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            if self.tree.diagnostics.len() == self.faults {
                self.tree.documents.push(node);
            }
            return;
        };
        match &mut open.content {
            Content::Seq(nodes) => nodes.push(node),
            Content::Map { pairs, key, seen } => match key.take() {
                Some(key) => pairs.push((key, node)),
                None => {
                    let Kind::Scalar(text, _) = node.kind else {
                        let found = describe(&node.kind);
                        self.tree.diagnostics.push(diags::wrong_shape(node.span, "a key", found));
                        *key = Some(Text::new("", node.span));
                        return;
                    };
                    match seen.get(&text.text) {
                        Some(first) => self.tree.diagnostics.push(diags::duplicate_key(text.span, *first, &text.text)),
                        None => _ = seen.insert(text.text.clone(), text.span),
                    }
                    *key = Some(text);
                }
            },
        }
    }

    fn refuse(&mut self, span: Span, anchor: usize, tag: bool) {
        if anchor != 0 {
            self.tree.diagnostics.push(diags::yaml_feature(span, "anchors"));
        }
        if tag {
            self.tree.diagnostics.push(diags::yaml_feature(span, "tags"));
        }
    }

    fn syntax(&mut self, at: usize, message: &str) {
        self.open.clear();
        let mut start = at.min(self.source.len());
        while !self.source.is_char_boundary(start) {
            start -= 1;
        }
        let (start, message) = self.fault(start, message);
        let end = start + self.source[start..].chars().next().map_or(0, char::len_utf8);
        self.tree.diagnostics.push(diags::yaml_syntax(Span { file: self.file, start, end }, &message));
    }

    /// The parser reports where it noticed a fault; a person looks for where it is.
    fn fault(&self, at: usize, message: &str) -> (usize, String) {
        let lines = self.source[at..].split_inclusive('\n').scan(at, |start, line| {
            let begin = *start;
            *start += line.len();
            Some((begin, line))
        });
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let tab = |(begin, line): (usize, &str)| {
            let tab = line.find('\t').filter(|tab| *tab < indent(line))?;
            (begin == 0 || self.source[..begin].ends_with('\n')).then_some(begin + tab)
        };
        if message.contains("tab") {
            let line = self.source[..at].rfind('\n').map_or(0, |end| end + 1);
            let first = (line, self.source[line..].split('\n').next().unwrap_or_default());
            if let Some(tab) = std::iter::once(first).chain(lines.take(3)).find_map(tab) {
                return (tab, "a tab cannot indent; use spaces".to_owned());
            }
        }
        if message.contains("quoted scalar") {
            // The scalar begins at the last quote that follows a blank or a bracket.
            let begins = |(at, _): &(usize, &str)| {
                self.source[..*at].chars().next_back().is_none_or(|c| c.is_whitespace() || "[{,".contains(c))
            };
            if let Some((quote, mark)) = self.source[..at].rmatch_indices(['"', '\'']).find(begins) {
                return (quote, format!("this text is not closed; it ends with a `{mark}` on the same line"));
            }
        }
        (at, message.to_owned())
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let at = |marker: granit_parser::Marker| {
            (self.base + marker.byte_offset().unwrap_or_default()).min(self.source.len())
        };
        let start = at(span.start);
        Span { file: self.file, start, end: at(span.end).max(start) }
    }

    /// Without the line ends that belong to a block scalar.
    fn trimmed(&self, span: Span) -> Span {
        let text = self.source.get(span.start..span.end).unwrap_or_default();
        Span { end: span.start + text.trim_end().len(), ..span }
    }

    /// A scalar with the places of its characters, where its spelling can be followed.
    fn text(&self, text: &str, span: Span, style: ScalarStyle) -> Text {
        let raw = self.source.get(span.start..span.end).unwrap_or_default();
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        match style {
            ScalarStyle::Plain if raw == text => Text::plain(text, span),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if !raw.contains('\n') => {
                let runs = quoted_runs(text, inner, span.start + 1, style == ScalarStyle::DoubleQuoted);
                runs.map_or_else(|| Text::new(text, span), |runs| Text::spelled(text, span, runs))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let runs = block_runs(text, raw, span.start);
                runs.map_or_else(|| Text::new(text, span), |runs| Text::spelled(text, span, runs))
            }
            _ => Text::new(text, span),
        }
    }
}

/// Where the lines of a block scalar stand. Each line of the text, or of a folded one what lies between two line ends
/// of the source, is found again in order.
fn block_runs(text: &str, raw: &str, start: usize) -> Option<Vec<(usize, usize)>> {
    let mut runs = Vec::new();
    let mut at = 0;
    let mut decoded = 0;
    for line in raw.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']).trim_start_matches(' ');
        if !content.trim().is_empty() {
            // What the text has at this place may be further in than the block.
            let found = decoded + text.get(decoded..)?.find(content)?;
            let between = text.get(decoded..found)?;
            if !between.chars().all(char::is_whitespace) {
                return None;
            }
            let indented = line.len() - line.trim_start_matches(' ').len();
            runs.push((found, start + at + indented));
            decoded = found + content.len();
        }
        at += line.len();
    }
    let rest = text.get(decoded..)?;
    let complete = rest.chars().all(char::is_whitespace);
    (complete && !runs.is_empty()).then_some(runs)
}

/// Where the characters of a quoted scalar stand, by walking its text and its spelling together.
fn quoted_runs(text: &str, inner: &str, start: usize, double: bool) -> Option<Vec<(usize, usize)>> {
    let mut runs = vec![(0, start)];
    let mut at = 0;
    for (decoded, c) in text.char_indices() {
        let rest = inner.get(at..)?;
        let length = match rest.as_bytes() {
            [b'\\', kind, ..] if double => match kind {
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 2,
            },
            [b'\'', b'\'', ..] if !double => 2,
            _ => {
                at += rest.chars().next().filter(|source| *source == c)?.len_utf8();
                continue;
            }
        };
        runs.push((decoded, start + at));
        at += length;
        runs.push((decoded + c.len_utf8(), start + at));
    }
    (at == inner.len()).then_some(runs)
}

/// What a node is, in words.
pub(super) fn describe(kind: &Kind) -> &'static str {
    match kind {
        Kind::Scalar(..) => "a text",
        Kind::Seq(_) => "a list",
        Kind::Map(_) => "a mapping",
    }
}
