//! From the located tree to the AST.

use crate::diag::{Diagnostic, Span};
use crate::lang::ast::{
    Block, Call, Check, Clause, Comments, Condition, ConditionKind, Count, Entry, EntryKind, Fixed, Hotfix, LookAlike,
    Range, RangeKind, Rule, Sequence, Step, Test, Text, Until, Value, Window,
};
use crate::lang::{MAX_DEPTH, diags};
use crate::predicate::PREDICATES;
use crate::rule::Op;

use super::tree::{Kind, Node, describe};

const RULE_KEYS: &[&str] = &[
    "article",
    "title",
    "product",
    "affects",
    "fixed",
    "hotfixes",
    "severity",
    "tags",
    "components",
    "references",
    "on",
    "symptoms",
    "causes",
    "workarounds",
    "not",
];

/// Keys that begin a condition and are no predicates.
const CONDITION_KEYS: &[&str] = &[
    "all",
    "any",
    "at-least",
    "cause",
    "compare",
    "count",
    "first",
    "known",
    "last",
    "needs",
    "not",
    "sequence",
    "symptom",
    "when-level",
];

/// Reads one document.
pub(super) fn rule(document: &Node) -> (Option<Rule>, Vec<Diagnostic>) {
    let mut reader = Reader { diagnostics: Vec::new(), depth: 0 };
    let rule = reader.rule(document);
    (rule, reader.diagnostics)
}

struct Reader {
    diagnostics: Vec<Diagnostic>,
    depth: usize,
}

impl Reader {
    fn rule(&mut self, node: &Node) -> Option<Rule> {
        let pairs = self.map(node, "a rule as a mapping")?;
        let (mut id, mut title, mut entries) = (None, None, Vec::new());
        for (key, value) in pairs {
            match key.text.as_str() {
                "article" => id = self.text(value, "the key `article`"),
                "title" => title = self.text(value, "the key `title`"),
                _ => self.entry(key, value, &mut entries),
            }
        }
        let first = pairs.first().map_or(node.span, |(key, _)| key.span);
        for name in ["article", "title"] {
            if !pairs.iter().any(|(key, _)| key.text == name) {
                self.diagnostics.push(diags::missing_key(first, "a rule", name));
            }
        }
        Some(Rule { id: id?, title: title?, entries, span: node.span, comments: Comments::default() })
    }

    fn entry(&mut self, key: &Text, value: &Node, entries: &mut Vec<Entry>) {
        let whole = key.span.to(value.span);
        let mut push = |kind: Option<EntryKind>, span: Span| {
            entries.extend(kind.map(|kind| Entry { kind, key: key.span, span, comments: Comments::default() }));
        };
        let what = format!("the key `{}`", key.text);
        match key.text.as_str() {
            "product" => push(self.text(value, &what).map(EntryKind::Product), whole),
            "severity" => push(self.text(value, &what).map(EntryKind::Severity), whole),
            "affects" => push(self.ranges(value, &what).map(EntryKind::Affects), whole),
            "tags" => push(self.texts(value, &what).map(EntryKind::Tags), whole),
            "components" => push(self.texts(value, &what).map(EntryKind::Components), whole),
            "references" => push(self.texts(value, &what).map(EntryKind::References), whole),
            "on" => push(self.texts(value, &what).map(EntryKind::On), whole),
            "fixed" => {
                for item in self.items(value, &what) {
                    push(self.fixed(item).map(EntryKind::Fixed), item.span);
                }
            }
            "hotfixes" => {
                for item in self.items(value, &what) {
                    push(self.hotfix(item).map(EntryKind::Hotfix), item.span);
                }
            }
            "symptoms" => {
                for item in self.items(value, &what) {
                    push(self.clause(item, "a symptom").map(EntryKind::Symptom), item.span);
                }
            }
            "causes" => {
                for item in self.items(value, &what) {
                    push(self.clause(item, "a cause").map(EntryKind::Cause), item.span);
                }
            }
            "workarounds" => {
                for item in self.items(value, &what) {
                    push(self.clause(item, "a workaround").map(EntryKind::Workaround), item.span);
                }
            }
            "not" => {
                for item in self.items(value, &what) {
                    push(self.look_alike(item).map(EntryKind::Not), item.span);
                }
            }
            _ => self.diagnostics.push(diags::unknown_key(key.span, &key.text, RULE_KEYS)),
        }
    }

    fn fixed(&mut self, node: &Node) -> Option<Fixed> {
        let mut fields = self.fields(node, "a fix", &["in", "carrier", "setting", "covers", "action", "doubt"])?;
        let levels = fields.need(self, "in").and_then(|levels| self.texts(levels, "the key `in`"));
        let carrier = fields.take("carrier").and_then(|block| self.block(block));
        let setting = fields.take("setting").and_then(|block| self.block(block));
        let covers = fields.take("covers").and_then(|covers| self.texts(covers, "the key `covers`"));
        let action = fields.take("action").and_then(|action| self.text(action, "the key `action`"));
        let doubt = fields.take("doubt").and_then(|doubt| self.text(doubt, "the key `doubt`"));
        Some(Fixed { levels: levels?, carrier, setting, covers: covers.unwrap_or_default(), action, doubt })
    }

    fn hotfix(&mut self, node: &Node) -> Option<Hotfix> {
        let mut fields = self.fields(node, "a hotfix", &["name", "when", "covers", "action"])?;
        let name = fields.need(self, "name").and_then(|name| self.text(name, "the key `name`"));
        let when = fields.need(self, "when").and_then(|when| self.block(when));
        let covers = fields.take("covers").and_then(|covers| self.texts(covers, "the key `covers`"));
        let action = fields.take("action").and_then(|action| self.text(action, "the key `action`"));
        Some(Hotfix { name: name?, when: when?, covers: covers.unwrap_or_default(), action })
    }

    fn clause(&mut self, node: &Node, what: &'static str) -> Option<Clause> {
        let mut fields = self.fields(node, what, &["id", "says", "when"])?;
        let id = fields.need(self, "id").and_then(|id| self.text(id, "the key `id`"));
        let says = fields.need(self, "says").and_then(|says| self.text(says, "the key `says`"));
        let when = fields.need(self, "when").and_then(|when| self.block(when));
        Some(Clause { id: id?, says: says?, when: when? })
    }

    fn look_alike(&mut self, node: &Node) -> Option<LookAlike> {
        let mut fields = self.fields(node, "a look-alike", &["article", "because", "when"])?;
        let name = fields.need(self, "article").and_then(|name| self.text(name, "the key `article`"));
        let because = fields.need(self, "because").and_then(|because| self.text(because, "the key `because`"));
        let when = fields.take("when").map(|when| self.block(when));
        Some(LookAlike { name: name?, because: because?, when: when.unwrap_or_default() })
    }

    // --- conditions ------------------------------------------------------------------------------------------------

    /// One condition, or a list of them.
    fn block(&mut self, node: &Node) -> Option<Block> {
        Some(match &node.kind {
            Kind::Seq(nodes) => nodes.iter().filter_map(|node| self.condition(node)).collect(),
            _ => self.condition(node).into_iter().collect(),
        })
    }

    fn condition(&mut self, node: &Node) -> Option<Condition> {
        if self.depth == MAX_DEPTH {
            self.diagnostics.push(diags::too_deep(node.span));
            return None;
        }
        self.depth += 1;
        let kind = self.condition_kind(node);
        self.depth -= 1;
        Some(Condition { kind: kind?, span: node.span, comments: Comments::default() })
    }

    fn condition_kind(&mut self, node: &Node) -> Option<ConditionKind> {
        let pairs = self.map(node, "a condition as a mapping")?;
        let Some((word, value)) = pairs.first() else {
            self.diagnostics.push(diags::no_condition(node.span, "this mapping"));
            return None;
        };
        let word = word.text.as_str();
        Some(match word {
            "all" | "any" | "first" | "not" | "known" => {
                self.fields(node, &format!("`{word}`"), &[word])?;
                let block = self.block(value)?;
                match word {
                    "all" => ConditionKind::All(block),
                    "any" => ConditionKind::Any(block),
                    "first" => ConditionKind::First(block),
                    "not" => ConditionKind::Not(block),
                    _ => ConditionKind::Known(block),
                }
            }
            "at-least" => {
                let mut fields = self.fields(node, "`at-least`", &["at-least", "of"])?;
                let of = fields.need(self, "of").and_then(|of| self.block(of));
                ConditionKind::AtLeast(self.text(value, "the key `at-least`")?, of?)
            }
            "needs" => {
                let mut fields = self.fields(node, "`needs`", &["needs", "of"])?;
                let of = fields.need(self, "of").and_then(|of| self.block(of));
                ConditionKind::Needs(self.text(value, "the key `needs`")?, of?)
            }
            "when-level" => {
                let mut fields = self.fields(node, "`when-level`", &["when-level", "then"])?;
                let then = fields.need(self, "then").and_then(|then| self.block(then));
                ConditionKind::When(self.ranges(value, "the key `when-level`")?, then?)
            }
            "symptom" | "cause" => {
                self.fields(node, &format!("`{word}`"), &[word])?;
                let id = self.text(value, &format!("the key `{word}`"))?;
                if word == "symptom" { ConditionKind::Symptom(id) } else { ConditionKind::Cause(id) }
            }
            "last" => {
                self.fields(node, "`last`", &["last"])?;
                ConditionKind::Last(self.call(value)?)
            }
            "compare" => self.compare(node, pairs)?,
            "count" => {
                let mut fields = self.fields(node, "`count`", &["count", "at-least", "different", "within", "per"])?;
                let at_least = fields.need(self, "at-least").and_then(|count| self.text(count, "the key `at-least`"));
                let different = fields.take("different").and_then(|name| self.text(name, "the key `different`"));
                let within = fields.take("within").and_then(|window| self.window(window));
                let per = fields.take("per").and_then(|names| self.texts(names, "the key `per`")).unwrap_or_default();
                let of = self.call(value)?;
                ConditionKind::Count(Box::new(Count { at_least: at_least?, different, within, per, of }))
            }
            "sequence" => {
                let mut fields = self.fields(node, "`sequence`", &["sequence", "within"])?;
                let within = fields.take("within").and_then(|window| self.window(window));
                let steps = self.items(value, "the key `sequence`");
                let steps = steps.iter().filter_map(|step| self.step(step)).collect();
                ConditionKind::Sequence(Sequence { within, steps })
            }
            _ => {
                let predicates: Vec<&str> = PREDICATES.iter().map(|predicate| predicate.spec().name).collect();
                if let Some(meant) = diags::meant_condition(word, CONDITION_KEYS, &predicates) {
                    self.diagnostics.push(diags::unknown_condition(pairs.first()?.0.span, word, &meant));
                    return None;
                }
                ConditionKind::Call(self.call(node)?)
            }
        })
    }

    fn compare(&mut self, node: &Node, pairs: &[(Text, Node)]) -> Option<ConditionKind> {
        let (_, name) = pairs.first()?;
        let mut name = self.text(name, "the key `compare`")?;
        if let Some(bare) = name.text.strip_prefix('$') {
            name.text = bare.to_owned();
        }
        let mut checks = Vec::new();
        for (key, value) in pairs.iter().skip(1) {
            match operator(&key.text) {
                Some(op) => checks.extend(self.check(op, key.span, value)),
                None => self.diagnostics.push(diags::unknown_key(key.span, &key.text, &operator_keys())),
            }
        }
        if pairs.len() < 2 {
            self.diagnostics.push(diags::missing_key(node.span, "`compare`", "is"));
        }
        if let Some(second) = checks.get(1) {
            self.diagnostics.push(diags::too_many_operators(second.at));
        }
        checks.into_iter().next().map(|check| ConditionKind::Compare(name, check))
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let pairs = self.map(node, "a step as a mapping")?;
        let mut step = Step {
            absent: false,
            calls: Vec::new(),
            within: None,
            until: None,
            span: node.span,
            comments: Comments::default(),
        };
        let (word, value) = pairs.first()?;
        let keys: &[&str] = match word.text.as_str() {
            "step" => &["step", "within"],
            "any" => &["any", "within"],
            "no" => &["no", "within", "until"],
            _ => {
                step.calls.extend(self.call(node));
                return Some(step);
            }
        };
        let mut fields = self.fields(node, "a step", keys)?;
        step.absent = word.text == "no";
        step.within = fields.take("within").and_then(|window| self.window(window));
        if let Some(until) = fields.take("until") {
            step.until = match &until.kind {
                Kind::Scalar(text, _) => match bound(text) {
                    Some(name) => Some(Until::Bound(name)),
                    None => {
                        self.diagnostics.push(diags::wrong_shape(until.span, "a call or a `$name`", "a text"));
                        None
                    }
                },
                _ => self.call(until).map(|call| Until::Call(Box::new(call))),
            };
        }
        let several = match &value.kind {
            _ if word.text == "any" => Some(value),
            Kind::Map(inner) => {
                inner.first().filter(|(key, _)| step.absent && key.text == "any").map(|(_, calls)| calls)
            }
            _ => None,
        };
        match several {
            Some(calls) => {
                let calls = self.items(calls, "the key `any`");
                step.calls = calls.iter().filter_map(|call| self.call(call)).collect();
            }
            None => step.calls.extend(self.call(value)),
        }
        Some(step)
    }

    fn window(&mut self, node: &Node) -> Option<Window> {
        let text = self.text(node, "the key `within`")?;
        Some(match text.text.strip_suffix("events") {
            Some(count) => Window::Events(text.part(0, count.len())),
            None => Window::Time(text),
        })
    }

    // --- calls -----------------------------------------------------------------------------------------------------

    fn call(&mut self, node: &Node) -> Option<Call> {
        let pairs = self.map(node, "a predicate as a mapping")?;
        let Some((predicate, subjects)) = pairs.first() else {
            self.diagnostics.push(diags::no_condition(node.span, "this mapping"));
            return None;
        };
        let subjects = match &subjects.kind {
            Kind::Scalar(text, plain) if text.text.is_empty() || *plain && is_null(&text.text) => Vec::new(),
            Kind::Seq(nodes) if nodes.is_empty() => Vec::new(),
            _ => self.texts(subjects, &format!("the key `{}`", predicate.text))?,
        };
        let mut call = Call {
            predicate: predicate.clone(),
            subjects,
            scope: None,
            tests: Vec::new(),
            span: node.span,
            comments: Comments::default(),
        };
        for (key, value) in &pairs[1..] {
            match key.text.as_str() {
                // A scope is one word, so this is a field of that name.
                "on" if matches!(value.kind, Kind::Map(_)) => self.tests(key, value, &mut call.tests),
                "on" => call.scope = self.text(value, "the key `on`"),
                "and" => {
                    for item in self.items(value, "the key `and`") {
                        for (key, value) in self.map(item, "a mapping of a field or an operator").unwrap_or_default() {
                            self.tests(key, value, &mut call.tests);
                        }
                    }
                }
                _ => self.tests(key, value, &mut call.tests),
            }
        }
        Some(call)
    }

    /// The tests of one key: an operator for the predicate's own field, or a field.
    fn tests(&mut self, key: &Text, value: &Node, tests: &mut Vec<Test>) {
        let whole = key.span.to(value.span);
        let mut push = |field: Option<&Text>, check: Option<Check>, span: Span| {
            let field = field.cloned();
            tests.extend(check.map(|check| Test { field, check, span, comments: Comments::default() }));
        };
        let is_field = matches!(&value.kind, Kind::Map(_))
            || matches!(&value.kind, Kind::Seq(nodes) if nodes.iter().any(|node| matches!(node.kind, Kind::Map(_))));
        if let Some(op) = operator(&key.text).filter(|_| !is_field) {
            return push(None, self.check(op, key.span, value), whole);
        }
        let maps: Vec<&Node> = match &value.kind {
            Kind::Scalar(..) => {
                let check = self.check(Op::Is, key.span, value);
                return push(Some(key), check, whole);
            }
            Kind::Map(_) => vec![value],
            Kind::Seq(nodes) => nodes.iter().collect(),
        };
        for map in maps {
            let pairs = self.map(map, "an operator with its value").unwrap_or_default();
            let alone = pairs.len() == 1 && value.span == map.span;
            for (word, value) in pairs {
                match operator(&word.text) {
                    Some(op) => {
                        let span = if alone { whole } else { word.span.to(value.span) };
                        push(Some(key), self.check(op, word.span, value), span);
                    }
                    None => self.diagnostics.push(diags::unknown_key(word.span, &word.text, &operator_keys())),
                }
            }
        }
    }

    fn check(&mut self, op: Op, at: Span, node: &Node) -> Option<Check> {
        let what = "the value of an operator";
        let value = match op {
            Op::Exists | Op::Missing => {
                let text = self.text(node, what)?;
                if text.text != "true" {
                    self.diagnostics.push(diags::wrong_shape(node.span, "`true`", &format!("`{}`", text.text)));
                    return None;
                }
                Value::None
            }
            Op::In | Op::NotIn => {
                let texts = self.texts(node, what)?;
                Value::List(texts.iter().map(value_of).collect())
            }
            Op::Near => {
                let text = self.text(node, what)?;
                let split = text.text.split_once(" of ").map(|(within, name)| (within.len(), name.trim()));
                let name = split.and_then(|(end, name)| name.strip_prefix('$').map(|name| (end, name.len())));
                let Some((end, length)) = name else {
                    self.diagnostics.push(diags::window_of_a_step(node.span));
                    return None;
                };
                let all = text.text.trim_end().len();
                Value::Near { within: text.part(0, end), of: text.part(all - length, all) }
            }
            Op::Regex | Op::NotRegex => Value::Text(self.text(node, what)?.unslashed()),
            Op::Has | Op::Lacks | Op::Matches | Op::NotMatches | Op::As => Value::Text(self.text(node, what)?),
            Op::Is | Op::IsNot | Op::Less | Op::AtMost | Op::More | Op::AtLeast => value_of(&self.text(node, what)?),
        };
        Some(Check { op, at, value })
    }

    // --- shapes ----------------------------------------------------------------------------------------------------

    fn ranges(&mut self, node: &Node, what: &str) -> Option<Vec<Range>> {
        let texts = self.texts(node, what)?;
        Some(texts.iter().map(range).collect())
    }

    fn text(&mut self, node: &Node, what: &str) -> Option<Text> {
        match &node.kind {
            Kind::Scalar(text, true) if is_null(&text.text) => {
                self.diagnostics.push(diags::empty_value(node.span, what));
                None
            }
            Kind::Scalar(text, _) => Some(text.clone()),
            other => {
                self.diagnostics.push(diags::wrong_shape(node.span, "a text", describe(other)));
                None
            }
        }
    }

    /// A list of texts; one text is a list of one.
    fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<Text>> {
        let Kind::Seq(nodes) = &node.kind else { return self.text(node, what).map(|text| vec![text]) };
        if nodes.is_empty() {
            self.diagnostics.push(diags::empty_value(node.span, what));
            return None;
        }
        let texts: Vec<Text> = nodes.iter().filter_map(|node| self.text(node, what)).collect();
        (texts.len() == nodes.len()).then_some(texts)
    }

    /// The items of a list; anything else is a list of one.
    fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.kind {
            Kind::Seq(nodes) => {
                if nodes.is_empty() {
                    self.diagnostics.push(diags::empty_value(node.span, what));
                }
                nodes
            }
            Kind::Scalar(text, true) if is_null(&text.text) => {
                self.diagnostics.push(diags::empty_value(node.span, what));
                &[]
            }
            _ => std::slice::from_ref(node),
        }
    }

    fn map<'n>(&mut self, node: &'n Node, wanted: &str) -> Option<&'n [(Text, Node)]> {
        match &node.kind {
            Kind::Map(pairs) => Some(pairs),
            other => {
                let found = match other {
                    Kind::Scalar(text, true) if is_null(&text.text) => "nothing",
                    other => describe(other),
                };
                self.diagnostics.push(diags::wrong_shape(node.span, wanted, found));
                None
            }
        }
    }

    /// A mapping with these keys and no others.
    fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let pairs = self.map(node, &format!("{what} as a mapping"))?;
        for (key, _) in pairs.iter().filter(|(key, _)| !known.contains(&key.text.as_str())) {
            self.diagnostics.push(diags::unknown_key(key.span, &key.text, known));
        }
        Some(Fields { pairs, what: what.to_owned(), span: pairs.first().map_or(node.span, |(key, _)| key.span) })
    }
}

/// The keys of a mapping, by name.
struct Fields<'n> {
    pairs: &'n [(Text, Node)],
    what: String,
    span: Span,
}

impl<'n> Fields<'n> {
    fn take(&mut self, name: &str) -> Option<&'n Node> {
        self.pairs.iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    fn need(&mut self, reader: &mut Reader, name: &str) -> Option<&'n Node> {
        let found = self.take(name);
        if found.is_none() {
            reader.diagnostics.push(diags::missing_key(self.span, &self.what, name));
        }
        found
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn operator(key: &str) -> Option<Op> {
    Op::ALL.iter().find(|(_, _, known)| *known == key).map(|(op, _, _)| *op)
}

fn operator_keys() -> Vec<&'static str> {
    Op::ALL.iter().map(|(_, _, key)| *key).collect()
}

/// `$name`
fn bound(text: &Text) -> Option<Text> {
    let name = text.text.strip_prefix('$')?;
    let word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word.then(|| Text::new(name, text.span))
}

/// A value; a text that begins with `$` is written with two of them.
fn value_of(text: &Text) -> Value {
    match (bound(text), text.text.strip_prefix("$$")) {
        (Some(name), _) => Value::Bound(name),
        (None, Some(rest)) => Value::Text(Text::new(format!("${rest}"), text.span)),
        (None, None) => Value::Text(text.clone()),
    }
}

fn range(text: &Text) -> Range {
    let whole = text.text.as_str();
    let end = whole.len();
    let signed = RangeKind::SIGNS.iter().find(|(sign, _)| whole.starts_with(sign));
    let (kind, level, to) = match (signed, whole.find("..")) {
        (Some((sign, kind)), _) => (*kind, text.part(sign.len(), end), None),
        (None, Some(dots)) => (RangeKind::Between, text.part(0, dots), Some(text.part(dots + 2, end))),
        (None, None) => (RangeKind::Named, text.clone(), None),
    };
    Range { kind, level, to, span: text.span }
}
