//! What a rule file says, whichever way it is spelled: words with their places, nothing resolved.

use crate::diag::Span;
use crate::rule::Op;

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The id of its article.
    pub id: Text,
    /// Its title.
    pub title: Text,
    /// What it says, in the order of the file.
    pub entries: Vec<Entry>,
    /// The whole of it.
    pub span: Span,
    /// The comments about it.
    pub comments: Comments,
}

/// One statement of a rule.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it says.
    pub kind: EntryKind,
    /// Its keyword.
    pub key: Span,
    /// The whole of it.
    pub span: Span,
    /// The comments about it.
    pub comments: Comments,
}

/// What an entry says.
#[derive(Debug, Clone)]
pub enum EntryKind {
    /// `product sms`
    Product(Text),
    /// `affects 1.0..1.1, 1.2`
    Affects(Vec<Range>),
    /// `fixed in 1.2 SP3 { … }`
    Fixed(Fixed),
    /// `hotfix Q231378 { … }`
    Hotfix(Hotfix),
    /// `severity major`
    Severity(Text),
    /// `tags pcm, setup`
    Tags(Vec<Text>),
    /// `components "PCM service"`
    Components(Vec<Text>),
    /// `references Q157677`
    References(Vec<Text>),
    /// `on client`
    On(Vec<Text>),
    /// `symptom ID "says" { … }`
    Symptom(Clause),
    /// `cause ID "says" { … }`
    Cause(Clause),
    /// `workaround ID "says" { … }`
    Workaround(Clause),
    /// `not Q214448 because "…" { … }`
    Not(LookAlike),
}

impl EntryKind {
    /// Its keyword in the rule language.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Product(_) => "product",
            Self::Affects(_) => "affects",
            Self::Fixed(_) => "fixed",
            Self::Hotfix(_) => "hotfix",
            Self::Severity(_) => "severity",
            Self::Tags(_) => "tags",
            Self::Components(_) => "components",
            Self::References(_) => "references",
            Self::On(_) => "on",
            Self::Symptom(_) => "symptom",
            Self::Cause(_) => "cause",
            Self::Workaround(_) => "workaround",
            Self::Not(_) => "not",
        }
    }

    /// Whether a rule may say it more than once.
    #[must_use]
    pub fn repeats(&self) -> bool {
        matches!(
            self,
            Self::Fixed(_) | Self::Hotfix(_) | Self::Symptom(_) | Self::Cause(_) | Self::Workaround(_) | Self::Not(_)
        )
    }
}

/// The levels that bring a fix.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The levels.
    pub levels: Vec<Text>,
    /// What must hold of the file that carries the fix.
    pub carrier: Option<Block>,
    /// The setting that the fix needs.
    pub setting: Option<Block>,
    /// The causes that it covers.
    pub covers: Vec<Text>,
    /// What to do.
    pub action: Option<Text>,
    /// What is not known of it.
    pub doubt: Option<Text>,
}

/// A hotfix.
#[derive(Debug, Clone)]
pub struct Hotfix {
    /// Its name.
    pub name: Text,
    /// How it is recognised.
    pub when: Block,
    /// The causes that it covers.
    pub covers: Vec<Text>,
    /// What to do.
    pub action: Option<Text>,
}

/// A symptom, cause or workaround.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its name.
    pub id: Text,
    /// A sentence for people.
    pub says: Text,
    /// How it is recognised.
    pub when: Block,
}

/// Something else that looks the same.
#[derive(Debug, Clone)]
pub struct LookAlike {
    /// The article, or a name.
    pub name: Text,
    /// What tells them apart.
    pub because: Text,
    /// How it is recognised.
    pub when: Option<Block>,
}

/// Levels, as `affects` lists them.
#[derive(Debug, Clone)]
pub struct Range {
    /// How the level bounds it.
    pub kind: RangeKind,
    /// The level; the lower end of `1.0..1.1`.
    pub level: Text,
    /// The upper end of `1.0..1.1`.
    pub to: Option<Text>,
    /// The whole of it.
    pub span: Span,
}

/// How a level bounds a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeKind {
    /// `1.2`
    Named,
    /// `1.0..1.1`
    Between,
    /// `< 1.2`
    Below,
    /// `<= 1.2`
    UpTo,
    /// `> 1.2`
    Above,
    /// `>= 1.2`
    From,
    /// `= 1.2`
    Only,
}

impl RangeKind {
    /// The kinds that are written with a sign in front, the longer signs first.
    pub const SIGNS: &[(&str, Self)] =
        &[("<=", Self::UpTo), (">=", Self::From), ("<", Self::Below), (">", Self::Above), ("=", Self::Only)];

    /// The sign in front of the level.
    #[must_use]
    pub fn sign(self) -> Option<&'static str> {
        Self::SIGNS.iter().find(|(_, kind)| *kind == self).map(|(sign, _)| *sign)
    }
}

/// Several conditions that hold together.
pub type Block = Vec<Condition>;

/// A question.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What is asked.
    pub kind: ConditionKind,
    /// The whole of it.
    pub span: Span,
    /// The comments about it.
    pub comments: Comments,
}

/// What a condition asks.
#[derive(Debug, Clone)]
pub enum ConditionKind {
    /// `all { … }`
    All(Block),
    /// `any { … }`
    Any(Block),
    /// `not …`
    Not(Block),
    /// `known …`
    Known(Block),
    /// `first { … }`
    First(Block),
    /// `at least 2 of { … }`
    AtLeast(Text, Block),
    /// `needs "what" …`
    Needs(Text, Block),
    /// `when level is 1.0 …`
    When(Vec<Range>, Block),
    /// `symptom ID`
    Symptom(Text),
    /// `cause ID`
    Cause(Text),
    /// `log pacman has "…"`
    Call(Call),
    /// `last log …`
    Last(Call),
    /// `$before != $after`
    Compare(Text, Check),
    /// `count at least 3 …`
    Count(Box<Count>),
    /// `sequence { … }`
    Sequence(Sequence),
}

/// A predicate with what it is asked.
#[derive(Debug, Clone)]
pub struct Call {
    /// The predicate.
    pub predicate: Text,
    /// What it is about.
    pub subjects: Vec<Text>,
    /// The role whose machines are asked, or `any`.
    pub scope: Option<Text>,
    /// What must hold.
    pub tests: Vec<Test>,
    /// The whole of it.
    pub span: Span,
    /// The comments about it, where it is no condition of its own.
    pub comments: Comments,
}

/// A test of one field.
#[derive(Debug, Clone)]
pub struct Test {
    /// The field, unless it is the predicate's own.
    pub field: Option<Text>,
    /// What must hold of it.
    pub check: Check,
    /// The whole of it.
    pub span: Span,
    /// The comments about it.
    pub comments: Comments,
}

/// An operator with its value.
#[derive(Debug, Clone)]
pub struct Check {
    /// The operator.
    pub op: Op,
    /// Where it stands.
    pub at: Span,
    /// The value.
    pub value: Value,
}

/// What a field is compared with.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing: `exists`, `missing`.
    None,
    /// A word, a number, a date, a level, a text or a pattern; also the name after `as`.
    Text(Text),
    /// `$name`
    Bound(Text),
    /// `(a, b)`
    List(Vec<Value>),
    /// `5m of $name`
    Near {
        /// How far away.
        within: Text,
        /// The name of the time.
        of: Text,
    },
}

/// `count at least 3 different host within 24h per package { … }`
#[derive(Debug, Clone)]
pub struct Count {
    /// How often.
    pub at_least: Text,
    /// The name whose different values are counted.
    pub different: Option<Text>,
    /// The window.
    pub within: Option<Window>,
    /// The names to count for.
    pub per: Vec<Text>,
    /// What is counted.
    pub of: Call,
}

/// `sequence within 2m { … }`
#[derive(Debug, Clone)]
pub struct Sequence {
    /// The window.
    pub within: Option<Window>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step of a sequence.
#[derive(Debug, Clone)]
pub struct Step {
    /// Whether it must not happen.
    pub absent: bool,
    /// One of these.
    pub calls: Vec<Call>,
    /// The window.
    pub within: Option<Window>,
    /// Where an absence ends.
    pub until: Option<Until>,
    /// The whole of it.
    pub span: Span,
    /// The comments about it.
    pub comments: Comments,
}

/// Where an absence ends.
#[derive(Debug, Clone)]
pub enum Until {
    /// At an event.
    Call(Box<Call>),
    /// At a time.
    Bound(Text),
}

/// How long.
#[derive(Debug, Clone)]
pub enum Window {
    /// `5m`
    Time(Text),
    /// `3 events`: the number.
    Events(Text),
}

/// Comments about one thing, each without its `#`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comments {
    /// Above it.
    pub before: Vec<String>,
    /// On the line where it ends.
    pub beside: Vec<String>,
    /// Below it, where nothing else follows.
    pub after: Vec<String>,
}

impl Comments {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.beside.is_empty() && self.after.is_empty()
    }
}

/// A word or a text, with the place of every part of it.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What it means.
    pub text: String,
    /// Where it stands, with its quotes.
    pub span: Span,
    /// Stretches that stand in the file as they are: where they begin in `text` and in the file. None if the file
    /// spells the text in a way that is not worth following, such as a folded YAML block.
    runs: Vec<(usize, usize)>,
}

impl Text {
    /// A text whose parts are wherever the whole is.
    #[must_use]
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span, runs: Vec::new() }
    }

    /// A text that stands in the file as it is, from the first byte of `span`.
    #[must_use]
    pub fn plain(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span, runs: vec![(0, span.start)] }
    }

    /// A text with the stretches that stand in the file as they are.
    #[must_use]
    pub fn spelled(text: impl Into<String>, span: Span, runs: Vec<(usize, usize)>) -> Self {
        Self { text: text.into(), span, runs }
    }

    /// Where a part of the text stands in the file.
    #[must_use]
    pub fn place(&self, start: usize, end: usize) -> Span {
        let at = |offset: usize| {
            let (from, source) = self.runs.iter().rev().find(|(from, _)| *from <= offset)?;
            Some((source + (offset - from)).clamp(self.span.start, self.span.end))
        };
        match (at(start), at(end)) {
            (Some(start), Some(end)) => Span { start, end: end.max(start), ..self.span },
            _ => self.span,
        }
    }

    /// A part of the text, without the blanks around it, as a text of its own.
    #[must_use]
    pub fn part(&self, start: usize, end: usize) -> Self {
        let piece = self.text.get(start..end).unwrap_or_default();
        let start = start + (piece.len() - piece.trim_start().len());
        let piece = piece.trim();
        let end = start + piece.len();
        let span = self.place(start, end);
        let runs = if self.runs.is_empty() { Vec::new() } else { vec![(0, span.start)] };
        Self { text: piece.to_owned(), span, runs }
    }

    /// The text as a regular expression: `\/` is a plain slash in both spellings.
    #[must_use]
    pub fn unslashed(&self) -> Self {
        let mut text = String::new();
        let mut runs = self.runs.clone();
        let mut dropped = 0;
        let mut chars = self.text.char_indices();
        while let Some((at, c)) = chars.next() {
            if c != '\\' {
                text.push(c);
                continue;
            }
            match chars.next() {
                Some((slash, '/')) => {
                    for (from, _) in runs.iter_mut().filter(|(from, _)| *from > at - dropped) {
                        *from -= 1;
                    }
                    dropped += 1;
                    if !runs.is_empty() {
                        let source = self.place(slash, slash).start;
                        runs.push((text.len(), source));
                        runs.sort_unstable();
                    }
                    text.push('/');
                }
                Some((_, other)) => text.extend(['\\', other]),
                None => text.push('\\'),
            }
        }
        Self { text, span: self.span, runs }
    }
}

impl Comments {
    /// Both, these first.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let join = |a: &[String], b: &[String]| a.iter().chain(b).cloned().collect();
        Self {
            before: join(&self.before, &other.before),
            beside: join(&self.beside, &other.beside),
            after: join(&self.after, &other.after),
        }
    }
}

impl Condition {
    /// The comments about it and about a call that is written as a part of it.
    #[must_use]
    pub fn all_comments(&self) -> Comments {
        match &self.kind {
            ConditionKind::Call(call) | ConditionKind::Last(call) => self.comments.and(&call.comments),
            ConditionKind::Count(count) => self.comments.and(&count.of.comments),
            _ => self.comments.clone(),
        }
    }
}

impl Step {
    /// The comments about it and about a call that is written as a part of it.
    #[must_use]
    pub fn all_comments(&self) -> Comments {
        let mut comments = self.comments.clone();
        if let [only] = self.calls.as_slice() {
            comments = comments.and(&only.comments);
        }
        if let Some(Until::Call(call)) = &self.until {
            comments = comments.and(&call.comments);
            for test in &call.tests {
                comments = comments.and(&test.comments);
            }
        }
        comments
    }
}

impl Call {
    /// Whether nothing is asked of it, so that whatever follows it could be read as a part of it.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.tests.is_empty()
    }
}
