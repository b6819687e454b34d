//! The AST as YAML: one document a rule, short conditions in one line.

use crate::lang::ast::{
    Block, Call, Check, Comments, Condition, ConditionKind, Entry, EntryKind, Range, Rule, Step, Test, Text, Until,
    Value, Window,
};
use crate::rule::Op;

/// A line that would grow longer is broken, if it can be.
const WIDTH: usize = 100;

/// Writes rules.
pub(in crate::lang) fn print(rules: &[Rule]) -> String {
    let mut out = String::new();
    for (i, rule) in rules.iter().enumerate() {
        if i > 0 {
            out.push_str("---\n");
        }
        for comment in &rule.comments.before {
            out.push_str(&format!("#{comment}\n"));
        }
        let mut printer = Printer { out: &mut out };
        printer.pairs(&rule_pairs(rule), 0);
        for comment in rule.comments.beside.iter().chain(&rule.comments.after) {
            out.push_str(&format!("#{comment}\n"));
        }
    }
    out
}

/// YAML with comments, before it is laid out.
enum Yaml {
    /// A scalar as it will stand there.
    Scalar(String),
    Seq(Vec<(Comments, Yaml)>),
    Map(Vec<Pair>),
    /// A mapping that never stands on one line.
    Tall(Vec<Pair>),
}

struct Pair {
    comments: Comments,
    key: String,
    value: Yaml,
}

impl Pair {
    fn new(key: impl Into<String>, value: Yaml) -> Self {
        Self { comments: Comments::default(), key: key.into(), value }
    }
}

// --- rules -------------------------------------------------------------------------------------------------------------

fn rule_pairs(rule: &Rule) -> Vec<Pair> {
    let mut pairs = vec![Pair::new("article", scalar(&rule.id.text)), Pair::new("title", scalar(&rule.title.text))];
    for entry in &rule.entries {
        let (key, value, listed) = entry_value(entry);
        if !listed {
            pairs.push(Pair { comments: entry.comments.clone(), key: key.to_owned(), value });
            continue;
        }
        let item = (entry.comments.clone(), value);
        match pairs.iter_mut().find(|pair| pair.key == key) {
            Some(Pair { value: Yaml::Seq(items), .. }) => items.push(item),
            _ => pairs.push(Pair::new(key, Yaml::Seq(vec![item]))),
        }
    }
    pairs
}

/// The key of an entry, its value, and whether the value is one of a list.
fn entry_value(entry: &Entry) -> (&'static str, Yaml, bool) {
    match &entry.kind {
        EntryKind::Product(text) => ("product", scalar(&text.text), false),
        EntryKind::Severity(text) => ("severity", scalar(&text.text), false),
        EntryKind::Affects(list) => ("affects", ranges(list), false),
        EntryKind::Tags(list) => ("tags", texts(list), false),
        EntryKind::Components(list) => ("components", texts(list), false),
        EntryKind::References(list) => ("references", texts(list), false),
        EntryKind::On(list) => ("on", texts(list), false),
        EntryKind::Fixed(fixed) => {
            let levels = match fixed.levels.as_slice() {
                [one] => scalar(&one.text),
                many => texts(many),
            };
            let mut pairs = vec![Pair::new("in", levels)];
            for (key, block) in [("carrier", &fixed.carrier), ("setting", &fixed.setting)] {
                pairs.extend(block.as_ref().map(|value| Pair::new(key, self::block(value))));
            }
            covers(&mut pairs, &fixed.covers, fixed.action.as_ref());
            pairs.extend(fixed.doubt.as_ref().map(|doubt| Pair::new("doubt", scalar(&doubt.text))));
            ("fixed", Yaml::Tall(pairs), true)
        }
        EntryKind::Hotfix(hotfix) => {
            let mut pairs = vec![Pair::new("name", scalar(&hotfix.name.text)), Pair::new("when", block(&hotfix.when))];
            covers(&mut pairs, &hotfix.covers, hotfix.action.as_ref());
            ("hotfixes", Yaml::Tall(pairs), true)
        }
        EntryKind::Symptom(clause) | EntryKind::Cause(clause) | EntryKind::Workaround(clause) => {
            let key = match &entry.kind {
                EntryKind::Symptom(_) => "symptoms",
                EntryKind::Cause(_) => "causes",
                _ => "workarounds",
            };
            let pairs = vec![
                Pair::new("id", scalar(&clause.id.text)),
                Pair::new("says", scalar(&clause.says.text)),
                Pair::new("when", block(&clause.when)),
            ];
            (key, Yaml::Tall(pairs), true)
        }
        EntryKind::Not(not) => {
            let mut pairs =
                vec![Pair::new("article", scalar(&not.name.text)), Pair::new("because", scalar(&not.because.text))];
            pairs.extend(not.when.as_ref().map(|when| Pair::new("when", block(when))));
            ("not", Yaml::Tall(pairs), true)
        }
    }
}

fn covers(pairs: &mut Vec<Pair>, covers: &[Text], action: Option<&Text>) {
    if !covers.is_empty() {
        pairs.push(Pair::new("covers", texts(covers)));
    }
    pairs.extend(action.map(|action| Pair::new("action", scalar(&action.text))));
}

// --- conditions --------------------------------------------------------------------------------------------------------

/// One condition by itself, several as a list.
fn block(block: &Block) -> Yaml {
    match block.as_slice() {
        [only] if only.all_comments().is_empty() => Yaml::Map(condition(only)),
        many => list(many),
    }
}

fn list(block: &[Condition]) -> Yaml {
    Yaml::Seq(block.iter().map(|one| (one.all_comments(), Yaml::Map(condition(one)))).collect())
}

fn condition(of: &Condition) -> Vec<Pair> {
    match &of.kind {
        ConditionKind::All(inner) => vec![Pair::new("all", list(inner))],
        ConditionKind::Any(inner) => vec![Pair::new("any", list(inner))],
        ConditionKind::First(inner) => vec![Pair::new("first", list(inner))],
        ConditionKind::Not(inner) => vec![Pair::new("not", block(inner))],
        ConditionKind::Known(inner) => vec![Pair::new("known", block(inner))],
        ConditionKind::AtLeast(count, inner) => {
            vec![Pair::new("at-least", scalar(&count.text)), Pair::new("of", list(inner))]
        }
        ConditionKind::Needs(says, inner) => {
            vec![Pair::new("needs", scalar(&says.text)), Pair::new("of", block(inner))]
        }
        ConditionKind::When(levels, inner) => {
            vec![Pair::new("when-level", ranges(levels)), Pair::new("then", block(inner))]
        }
        ConditionKind::Symptom(id) => vec![Pair::new("symptom", scalar(&id.text))],
        ConditionKind::Cause(id) => vec![Pair::new("cause", scalar(&id.text))],
        ConditionKind::Call(inner) => call(inner),
        ConditionKind::Last(inner) => vec![Pair::new("last", Yaml::Map(call(inner)))],
        ConditionKind::Compare(name, right) => {
            vec![Pair::new("compare", scalar(&name.text)), Pair::new(key_of(right.op), check(right))]
        }
        ConditionKind::Count(count) => {
            let mut pairs = vec![
                Pair::new("count", Yaml::Map(call(&count.of))),
                Pair::new("at-least", scalar(&count.at_least.text)),
            ];
            pairs.extend(count.different.as_ref().map(|name| Pair::new("different", scalar(&name.text))));
            pairs.extend(count.within.as_ref().map(window));
            if !count.per.is_empty() {
                pairs.push(Pair::new("per", texts(&count.per)));
            }
            pairs
        }
        ConditionKind::Sequence(sequence) => {
            let steps = sequence.steps.iter().map(|one| (one.all_comments(), Yaml::Map(step(one)))).collect();
            let mut pairs = vec![Pair::new("sequence", Yaml::Seq(steps))];
            pairs.extend(sequence.within.as_ref().map(window));
            pairs
        }
    }
}

fn step(step: &Step) -> Vec<Pair> {
    let calls = || Yaml::Seq(step.calls.iter().map(|one| (one.comments.clone(), Yaml::Map(call(one)))).collect());
    let mut pairs = match (step.absent, step.calls.as_slice()) {
        (true, [only]) => vec![Pair::new("no", Yaml::Map(call(only)))],
        (true, _) => vec![Pair::new("no", Yaml::Map(vec![Pair::new("any", calls())]))],
        (false, [only]) if step.within.is_none() => return call(only),
        (false, [only]) => vec![Pair::new("step", Yaml::Map(call(only)))],
        (false, _) => vec![Pair::new("any", calls())],
    };
    pairs.extend(step.within.as_ref().map(window));
    match &step.until {
        None => {}
        Some(Until::Bound(name)) => pairs.push(Pair::new("until", Yaml::Scalar(format!("${}", name.text)))),
        Some(Until::Call(until)) => {
            // The comments of the tests stand with the step.
            let tests = until.tests.iter().map(|test| Test { comments: Comments::default(), ..test.clone() }).collect();
            pairs.push(Pair::new("until", Yaml::Map(call(&Call { tests, ..until.as_ref().clone() }))));
        }
    }
    pairs
}

fn window(window: &Window) -> Pair {
    Pair::new(
        "within",
        match window {
            Window::Time(text) => scalar(&text.text),
            Window::Events(count) => scalar(&format!("{} events", count.text)),
        },
    )
}

fn call(call: &Call) -> Vec<Pair> {
    let subjects = match call.subjects.as_slice() {
        [] => Yaml::Seq(Vec::new()),
        // Empty or null alone would mean that there is none.
        [one] if one.text.is_empty() => texts(std::slice::from_ref(one)),
        [one] => scalar(&one.text),
        many => texts(many),
    };
    let mut pairs = vec![Pair::new(plain_or_quoted(&call.predicate.text), subjects)];
    pairs.extend(call.scope.as_ref().map(|scope| Pair::new("on", scalar(&scope.text))));
    let mut rest: &[Test] = &call.tests;
    while let Some(first) = rest.first() {
        let same = |test: &&Test| test.field.as_ref().map(|f| &f.text) == first.field.as_ref().map(|f| &f.text);
        // Only a mapping tells a field from the scope, and inside the list nothing is called `and` but a field.
        let run = if first.field.as_ref().is_some_and(|field| field.text != "on") {
            rest.iter().take_while(same).count()
        } else {
            1
        };
        let (tests, others) = rest.split_at(run);
        let pair = field_pair(tests);
        let taken = |other: &Pair| other.key.trim_matches('"') == pair.key.trim_matches('"');
        if pair.key == "and" || pairs.iter().any(taken) {
            break;
        }
        pairs.push(pair);
        rest = others;
    }
    if !rest.is_empty() {
        // A key stands in a mapping once; what follows a second use goes here, so that the order stays.
        let items = rest.iter().map(|test| {
            let mut pair = field_pair(std::slice::from_ref(test));
            (std::mem::take(&mut pair.comments), Yaml::Map(vec![pair]))
        });
        pairs.push(Pair::new("and", Yaml::Seq(items.collect())));
    }
    pairs
}

/// The tests of one field as a key with its value.
fn field_pair(tests: &[Test]) -> Pair {
    let op_pair = |test: &Test| Pair::new(key_of(test.check.op), check(&test.check));
    match tests {
        [one] => {
            let mut pair = match &one.field {
                None => op_pair(one),
                Some(field) if one.check.op == Op::Is && !is_word(&field.text) => {
                    Pair::new(plain_or_quoted(&field.text), check(&one.check))
                }
                Some(field) => Pair::new(plain_or_quoted(&field.text), Yaml::Map(vec![op_pair(one)])),
            };
            pair.comments = one.comments.clone();
            pair
        }
        many => {
            let field = many.first().and_then(|test| test.field.as_ref()).map_or("", |field| field.text.as_str());
            let items = many.iter().map(|test| (test.comments.clone(), Yaml::Map(vec![op_pair(test)]))).collect();
            Pair::new(plain_or_quoted(field), Yaml::Seq(items))
        }
    }
}

/// Whether a key of a call means something else than a field, unless a mapping follows.
fn is_word(key: &str) -> bool {
    matches!(key, "on" | "and") || Op::ALL.iter().any(|(_, _, known)| *known == key)
}

fn key_of(op: Op) -> &'static str {
    Op::ALL.iter().find(|(known, _, _)| *known == op).map_or("", |(_, _, key)| key)
}

fn check(check: &Check) -> Yaml {
    match (&check.value, check.op) {
        (Value::None, _) => Yaml::Scalar("true".to_owned()),
        (Value::Text(text), Op::Regex | Op::NotRegex | Op::Has | Op::Lacks | Op::Matches | Op::NotMatches) => {
            Yaml::Scalar(quoted(&text.text))
        }
        (Value::Text(text), Op::As) => scalar(&text.text),
        (Value::Near { within, of }, _) => Yaml::Scalar(format!("{} of ${}", within.text, of.text)),
        (Value::List(values), _) => {
            Yaml::Seq(values.iter().map(|one| (Comments::default(), Yaml::Scalar(value(one)))).collect())
        }
        (one, _) => Yaml::Scalar(value(one)),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) if text.text.starts_with('$') => plain_or_quoted(&format!("${}", text.text)),
        Value::Text(text) => plain_or_quoted(&text.text),
        Value::Bound(name) => format!("${}", name.text),
        Value::None | Value::List(_) | Value::Near { .. } => String::new(),
    }
}

fn ranges(ranges: &[Range]) -> Yaml {
    let range = |range: &Range| match (range.kind.sign(), &range.to) {
        (Some(sign), _) => format!("{sign} {}", range.level.text),
        (None, Some(to)) => format!("{}..{}", range.level.text, to.text),
        (None, None) => range.level.text.clone(),
    };
    Yaml::Seq(ranges.iter().map(|one| (Comments::default(), scalar(&range(one)))).collect())
}

fn texts(texts: &[Text]) -> Yaml {
    Yaml::Seq(texts.iter().map(|text| (Comments::default(), scalar(&text.text))).collect())
}

// --- scalars -----------------------------------------------------------------------------------------------------------

fn scalar(text: &str) -> Yaml {
    Yaml::Scalar(plain_or_quoted(text))
}

fn plain_or_quoted(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// Whether a text means itself without quotes, in a line with braces too, to any reader of YAML.
fn is_plain(text: &str) -> bool {
    const OTHER: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = |c: char| c.is_ascii_alphanumeric() || " _.-/()+=$%;:'*\\<>!?\"~".contains(c) || c.is_alphabetic();
    text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '\\'))
        && text.chars().all(plain)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !OTHER.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn quoted(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    if !text.contains(odd) {
        return if text.contains(['\\', '"']) {
            format!("'{}'", text.replace('\'', "''"))
        } else {
            format!("\"{text}\"")
        };
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' | '"' => out.extend(['\\', c]),
            c if odd(c) => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

// --- layout ------------------------------------------------------------------------------------------------------------

/// A value on one line; `None` if it holds comments or would be hard to read so.
fn flow(value: &Yaml) -> Option<String> {
    match value {
        Yaml::Scalar(text) => Some(text.clone()),
        Yaml::Seq(items) => {
            let mut texts = Vec::new();
            for (comments, item) in items {
                let Yaml::Scalar(text) = item else { return None };
                if !comments.is_empty() {
                    return None;
                }
                texts.push(text.as_str());
            }
            Some(format!("[{}]", texts.join(", ")))
        }
        Yaml::Tall(_) => None,
        Yaml::Map(pairs) => {
            let mut texts = Vec::new();
            for pair in pairs {
                if !pair.comments.is_empty() {
                    return None;
                }
                texts.push(format!("{}: {}", pair.key, flow(&pair.value)?));
            }
            Some(format!("{{{}}}", texts.join(", ")))
        }
    }
}

struct Printer<'a> {
    out: &'a mut String,
}

impl Printer<'_> {
    fn pairs(&mut self, pairs: &[Pair], indent: usize) {
        for pair in pairs {
            self.pair(pair, indent, true);
        }
    }

    /// A key with its value; `begins` says that the line is empty so far.
    fn pair(&mut self, pair: &Pair, indent: usize, begins: bool) {
        let line = format!("{}:", pair.key);
        let short = flow(&pair.value).map(|text| format!("{line} {text}"));
        let short =
            short.filter(|text| matches!(pair.value, Yaml::Scalar(_)) || indent + text.chars().count() <= WIDTH);
        if begins {
            self.before(&pair.comments, indent, short.is_some());
            self.blanks(indent);
        }
        match short {
            Some(text) => {
                self.out.push_str(&text);
                self.beside(&pair.comments);
            }
            None => {
                self.out.push_str(&line);
                self.out.push('\n');
                self.inner(&pair.value, indent + 2);
            }
        }
        self.after(&pair.comments, indent);
    }

    fn inner(&mut self, value: &Yaml, indent: usize) {
        match value {
            Yaml::Scalar(text) => {
                self.blanks(indent);
                self.out.push_str(text);
                self.out.push('\n');
            }
            Yaml::Map(pairs) | Yaml::Tall(pairs) => self.pairs(pairs, indent),
            Yaml::Seq(items) => {
                for (comments, item) in items {
                    self.item(comments, item, indent);
                }
            }
        }
    }

    fn item(&mut self, comments: &Comments, item: &Yaml, indent: usize) {
        let short =
            flow(item).filter(|text| matches!(item, Yaml::Scalar(_)) || indent + 2 + text.chars().count() <= WIDTH);
        self.before(comments, indent, short.is_some());
        if let (None, Yaml::Map(pairs) | Yaml::Tall(pairs)) = (&short, item)
            && let Some(first) = pairs.first()
        {
            // The first key stands on the line of the dash, so what is above it stands above the dash.
            self.before(&first.comments, indent, false);
        }
        self.blanks(indent);
        self.out.push_str("- ");
        match (short, item) {
            (Some(text), _) => {
                self.out.push_str(&text);
                self.beside(comments);
            }
            (None, Yaml::Map(pairs) | Yaml::Tall(pairs)) => {
                for (i, pair) in pairs.iter().enumerate() {
                    self.pair(pair, indent + 2, i > 0);
                }
            }
            (None, other) => {
                self.out.push('\n');
                self.inner(other, indent + 2);
            }
        }
        self.after(comments, indent);
    }

    /// The comments above a thing, and those beside it if it has no line of its own.
    fn before(&mut self, comments: &Comments, indent: usize, short: bool) {
        let beside = if short { &[] } else { comments.beside.as_slice() };
        for comment in comments.before.iter().chain(beside) {
            self.blanks(indent);
            self.out.push_str(&format!("#{comment}\n"));
        }
    }

    fn beside(&mut self, comments: &Comments) {
        for comment in &comments.beside {
            self.out.push_str(&format!("  #{comment}"));
        }
        self.out.push('\n');
    }

    fn after(&mut self, comments: &Comments, indent: usize) {
        for comment in &comments.after {
            self.blanks(indent);
            self.out.push_str(&format!("#{comment}\n"));
        }
    }

    fn blanks(&mut self, count: usize) {
        self.out.push_str(&" ".repeat(count));
    }
}
