//! The AST as text of the rule language, laid out for reading: two blanks a level, short calls on one line.

use crate::lang::ast::{
    Block, Call, Check, Clause, Comments, Condition, ConditionKind, Entry, EntryKind, Fixed, Range, Rule, Sequence,
    Step, Test, Text, Until, Value, Window,
};
use crate::rule::Op;

use super::literal::{is_level, is_operator, is_reserved, is_word, quoted, slashed};

/// A line that would grow longer is broken, if it can be.
const WIDTH: usize = 100;

/// Writes rules.
pub(in crate::lang) fn print(rules: &[Rule]) -> String {
    let mut printer = Printer { out: String::new(), indent: 0 };
    for (i, rule) in rules.iter().enumerate() {
        if i > 0 {
            printer.out.push('\n');
        }
        printer.commented(&rule.comments, |printer| printer.rule(rule));
    }
    printer.out
}

struct Printer {
    out: String,
    indent: usize,
}

impl Printer {
    fn rule(&mut self, rule: &Rule) {
        let head = format!("article {} {}", name(&rule.id), quoted(&rule.title.text));
        self.braces(&head, |printer| {
            let mut before: Option<&Entry> = None;
            for entry in &rule.entries {
                if before.is_some_and(|before| apart(before, entry)) {
                    printer.out.push('\n');
                }
                printer.commented(&entry.comments, |printer| printer.entry(&entry.kind));
                before = Some(entry);
            }
        });
    }

    fn entry(&mut self, kind: &EntryKind) {
        let word = kind.keyword();
        match kind {
            EntryKind::Product(text) | EntryKind::Severity(text) => self.line(&format!("{word} {}", name(text))),
            EntryKind::Affects(list) => self.line(&format!("{word} {}", ranges(list))),
            EntryKind::Tags(list) | EntryKind::Components(list) | EntryKind::References(list) | EntryKind::On(list) => {
                self.line(&format!("{word} {}", names(list)))
            }
            EntryKind::Fixed(fixed) => {
                let levels: Vec<String> = fixed.levels.iter().map(level).collect();
                let head = format!("{word} in {}", levels.join(", "));
                if !has_items(fixed) {
                    return self.line(&head);
                }
                self.braces(&head, |printer| {
                    for (word, block) in [("carrier", &fixed.carrier), ("setting", &fixed.setting)] {
                        if let Some(block) = block {
                            printer.item_block(word, block);
                        }
                    }
                    printer.covers(&fixed.covers, fixed.action.as_ref());
                    if let Some(doubt) = &fixed.doubt {
                        printer.line(&format!("doubt {}", quoted(&doubt.text)));
                    }
                });
            }
            EntryKind::Hotfix(hotfix) => self.braces(&format!("{word} {}", name(&hotfix.name)), |printer| {
                printer.block(&hotfix.when);
                printer.covers(&hotfix.covers, hotfix.action.as_ref());
            }),
            EntryKind::Symptom(clause) | EntryKind::Cause(clause) | EntryKind::Workaround(clause) => {
                let Clause { id, says, when } = clause;
                self.braces(&format!("{word} {} {}", name(id), quoted(&says.text)), |printer| printer.block(when));
            }
            EntryKind::Not(not) => {
                let head = format!("{word} {} because {}", name(&not.name), quoted(&not.because.text));
                match &not.when {
                    Some(when) => self.braces(&head, |printer| printer.block(when)),
                    None => self.line(&head),
                }
            }
        }
    }

    fn covers(&mut self, covers: &[Text], action: Option<&Text>) {
        if !covers.is_empty() {
            self.line(&format!("covers {}", names(covers)));
        }
        if let Some(action) = action {
            self.line(&format!("action {}", quoted(&action.text)));
        }
    }

    /// `carrier { … }`, on one line if there is one short condition.
    fn item_block(&mut self, word: &str, block: &Block) {
        if let [only] = block.as_slice()
            && let Some(text) = inline(only, false)
            && self.fits(&format!("{word} {{ {text} }}"))
        {
            return self.line(&format!("{word} {{ {text} }}"));
        }
        self.braces(word, |printer| printer.block(block));
    }

    // --- conditions ------------------------------------------------------------------------------------------------

    fn block(&mut self, block: &Block) {
        let mut bare = false;
        for condition in block {
            self.commented(&condition.all_comments(), |printer| printer.condition("", condition, bare));
            bare = ends_bare(condition);
        }
    }

    /// A condition without its comments. `after_bare` says that the text before it could swallow its first words.
    fn condition(&mut self, prefix: &str, condition: &Condition, after_bare: bool) {
        if let Some(text) = inline_kind(&condition.kind, after_bare)
            && self.fits(&format!("{prefix}{text}"))
        {
            return self.line(&format!("{prefix}{text}"));
        }
        match &condition.kind {
            ConditionKind::All(block) => self.group(prefix, "all", block),
            ConditionKind::Any(block) => self.group(prefix, "any", block),
            ConditionKind::First(block) => self.group(prefix, "first", block),
            ConditionKind::AtLeast(count, block) => {
                self.group(prefix, &format!("at least {} of", count.text), block);
            }
            ConditionKind::Not(block) => self.body(&format!("{prefix}not "), block),
            ConditionKind::Known(block) => self.body(&format!("{prefix}known "), block),
            ConditionKind::Needs(says, block) => {
                self.body(&format!("{prefix}needs {} ", quoted(&says.text)), block);
            }
            ConditionKind::When(levels, block) => {
                self.body(&format!("{prefix}when level is {} ", ranges(levels)), block);
            }
            ConditionKind::Call(call) => self.call(prefix, call, "", after_bare),
            ConditionKind::Last(call) => self.call(&format!("{prefix}last "), call, "", false),
            ConditionKind::Count(count) => {
                self.braces(&format!("{prefix}{}", count_head(count)), |printer| {
                    printer.call("", &count.of, "", false)
                });
            }
            ConditionKind::Sequence(sequence) => self.sequence(prefix, sequence),
            ConditionKind::Symptom(_) | ConditionKind::Cause(_) | ConditionKind::Compare(..) => {
                let text = inline_kind(&condition.kind, false).unwrap_or_default();
                self.line(&format!("{prefix}{text}"));
            }
        }
    }

    fn group(&mut self, prefix: &str, word: &str, block: &Block) {
        self.braces(&format!("{prefix}{word}"), |printer| printer.block(block));
    }

    /// What follows `not`, `known`, `needs` and `when`: a condition, or several in braces.
    fn body(&mut self, head: &str, block: &Block) {
        match block.as_slice() {
            [only] if only.all_comments().is_empty() => self.condition(head, only, false),
            _ => self.braces(head.trim_end(), |printer| printer.block(block)),
        }
    }

    fn sequence(&mut self, prefix: &str, sequence: &Sequence) {
        let head = format!("{prefix}sequence{}", within(sequence.within.as_ref()));
        self.braces(&head, |printer| {
            let mut bare = false;
            for step in &sequence.steps {
                printer.commented(&step.all_comments(), |printer| printer.step(step, bare));
                bare = step_ends_bare(step);
            }
        });
    }

    fn step(&mut self, step: &Step, after_bare: bool) {
        let prefix = if step.absent { "no " } else { "" };
        let mut tail = within(step.within.as_ref());
        match &step.until {
            Some(Until::Bound(name)) => tail.push_str(&format!(" until ${}", name.text)),
            Some(Until::Call(call)) => {
                let text = inline_call(call, false, true).unwrap_or_default();
                tail.push_str(&format!(" until {text}"));
            }
            None => {}
        }
        match step.calls.as_slice() {
            [only] => self.call(prefix, only, &tail, after_bare && !step.absent),
            many => {
                self.line(&format!("{prefix}any {{"));
                self.indent += 1;
                let mut bare = false;
                for call in many {
                    self.commented(&call.comments, |printer| printer.call("", call, "", bare));
                    bare = call.is_bare();
                }
                self.indent -= 1;
                self.line(&format!("}}{tail}"));
            }
        }
    }

    fn call(&mut self, prefix: &str, call: &Call, tail: &str, after_bare: bool) {
        if let Some(text) = inline_call(call, after_bare, false) {
            let text = format!("{prefix}{text}{tail}");
            if self.fits(&text) || call.tests.len() < 2 {
                return self.line(&text);
            }
        }
        self.line(&format!("{prefix}{} {{", call_head(call)));
        self.indent += 1;
        for one in &call.tests {
            self.commented(&one.comments, |printer| printer.line(&test(one)));
        }
        self.indent -= 1;
        self.line(&format!("}}{tail}"));
    }

    // --- lines -----------------------------------------------------------------------------------------------------

    fn commented(&mut self, comments: &Comments, write: impl FnOnce(&mut Self)) {
        for comment in &comments.before {
            self.line(&format!("#{comment}"));
        }
        write(self);
        if !comments.beside.is_empty() {
            let end = self.out.trim_end().len();
            self.out.truncate(end);
            for comment in &comments.beside {
                self.out.push_str(&format!("  #{comment}"));
            }
            self.out.push('\n');
        }
        for comment in &comments.after {
            self.line(&format!("#{comment}"));
        }
    }

    fn braces(&mut self, head: &str, write: impl FnOnce(&mut Self)) {
        self.line(&format!("{head} {{"));
        self.indent += 1;
        write(self);
        self.indent -= 1;
        self.line("}");
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(&"  ".repeat(self.indent));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn fits(&self, text: &str) -> bool {
        self.indent * 2 + text.chars().count() <= WIDTH
    }
}

/// Whether a fix says more than its levels.
fn has_items(fixed: &Fixed) -> bool {
    let blocks = fixed.carrier.is_some() || fixed.setting.is_some();
    blocks || !fixed.covers.is_empty() || fixed.action.is_some() || fixed.doubt.is_some()
}

/// Whether a blank line stands between two entries: around those with braces, and between the head and the rest.
fn apart(before: &Entry, entry: &Entry) -> bool {
    let tall = |entry: &Entry| match &entry.kind {
        EntryKind::Fixed(fixed) => has_items(fixed),
        EntryKind::Hotfix(_) | EntryKind::Symptom(_) | EntryKind::Cause(_) | EntryKind::Workaround(_) => true,
        EntryKind::Not(not) => not.when.is_some(),
        _ => false,
    };
    let clause = |entry: &Entry| matches!(entry.kind, EntryKind::Not(_));
    tall(before) || tall(entry) || clause(before) != clause(entry)
}

/// A condition on one line; `None` if it holds comments or is not written so.
fn inline(condition: &Condition, after_bare: bool) -> Option<String> {
    if condition.all_comments().is_empty() { inline_kind(&condition.kind, after_bare) } else { None }
}

fn inline_kind(kind: &ConditionKind, after_bare: bool) -> Option<String> {
    let body = |head: String, block: &Block| match block.as_slice() {
        [only] => inline(only, false).map(|text| format!("{head} {text}")),
        _ => None,
    };
    match kind {
        ConditionKind::Not(block) => body("not".to_owned(), block),
        ConditionKind::Known(block) => body("known".to_owned(), block),
        ConditionKind::Needs(says, block) => body(format!("needs {}", quoted(&says.text)), block),
        ConditionKind::When(levels, block) => body(format!("when level is {}", ranges(levels)), block),
        ConditionKind::Symptom(id) => Some(format!("symptom {}", name(id))),
        ConditionKind::Cause(id) => Some(format!("cause {}", name(id))),
        ConditionKind::Call(call) => inline_call(call, after_bare, false),
        ConditionKind::Last(call) => inline_call(call, false, false).map(|text| format!("last {text}")),
        ConditionKind::Compare(left, right) => Some(format!("${} {}", left.text, check(right))),
        ConditionKind::Count(count) => {
            inline_call(&count.of, false, false).map(|text| format!("{} {{ {text} }}", count_head(count)))
        }
        ConditionKind::All(_)
        | ConditionKind::Any(_)
        | ConditionKind::First(_)
        | ConditionKind::AtLeast(..)
        | ConditionKind::Sequence(_) => None,
    }
}

/// A call on one line; `None` if its tests have comments, unless those may be dropped.
fn inline_call(call: &Call, after_bare: bool, whatever: bool) -> Option<String> {
    if !whatever && call.tests.iter().any(|test| !test.comments.is_empty()) {
        return None;
    }
    let head = call_head(call);
    let tests: Vec<String> = call.tests.iter().map(test).collect();
    // Without braces, a lone word before the operator could be read as a part of what stands before the call.
    let lone = after_bare && call.subjects.is_empty() && call.scope.is_none();
    let open = |field: Option<&Text>| field.map_or(lone, |field| is_reserved(&field.text));
    Some(match (tests.as_slice(), call.tests.as_slice()) {
        ([], _) => head,
        ([text], [one]) if !open(one.field.as_ref()) => format!("{head} {text}"),
        _ => format!("{head} {{ {} }}", tests.join("  ")),
    })
}

fn call_head(call: &Call) -> String {
    let mut head = call.predicate.text.clone();
    for subject in &call.subjects {
        head.push(' ');
        if is_word(&subject.text) && !is_reserved(&subject.text) {
            head.push_str(&subject.text);
        } else {
            head.push_str(&quoted(&subject.text));
        }
    }
    if let Some(scope) = &call.scope {
        head.push_str(&format!(" on {}", name(scope)));
    }
    head
}

fn count_head(count: &crate::lang::ast::Count) -> String {
    let mut head = format!("count at least {}", count.at_least.text);
    if let Some(different) = &count.different {
        head.push_str(&format!(" different {}", name(different)));
    }
    head.push_str(&within(count.within.as_ref()));
    if !count.per.is_empty() {
        head.push_str(&format!(" per {}", names(&count.per)));
    }
    head
}

fn within(window: Option<&Window>) -> String {
    match window {
        None => String::new(),
        Some(Window::Time(text)) => format!(" within {}", text.text),
        Some(Window::Events(count)) => format!(" within {} events", count.text),
    }
}

fn ends_bare(condition: &Condition) -> bool {
    match &condition.kind {
        ConditionKind::Call(call) | ConditionKind::Last(call) => call.is_bare(),
        ConditionKind::Not(block)
        | ConditionKind::Known(block)
        | ConditionKind::Needs(_, block)
        | ConditionKind::When(_, block) => block.last().is_some_and(ends_bare),
        _ => false,
    }
}

fn step_ends_bare(step: &Step) -> bool {
    match &step.until {
        Some(Until::Call(call)) => call.is_bare(),
        Some(Until::Bound(_)) => false,
        None => step.within.is_none() && step.calls.last().is_some_and(Call::is_bare),
    }
}

fn test(test: &Test) -> String {
    match &test.field {
        Some(field) if is_operator(&field.text) => format!("{} {}", quoted(&field.text), check(&test.check)),
        Some(field) => format!("{} {}", name(field), check(&test.check)),
        None => check(&test.check),
    }
}

fn check(check: &Check) -> String {
    let op = check.op.spelling();
    match (&check.value, check.op) {
        (Value::None, _) => op.to_owned(),
        (Value::Text(text), Op::Regex | Op::NotRegex) => format!("{op} {}", slashed(&text.text)),
        (Value::Text(text), Op::Has | Op::Lacks | Op::Matches | Op::NotMatches) => {
            format!("{op} {}", quoted(&text.text))
        }
        (Value::Text(text), Op::As) => format!("{op} {}", name(text)),
        (other, _) => format!("{op} {}", value(other)),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::Text(text) if is_word(&text.text) => text.text.clone(),
        Value::Text(text) => level(text),
        Value::Bound(name) => format!("${}", name.text),
        Value::List(values) => format!("({})", values.iter().map(self::value).collect::<Vec<_>>().join(", ")),
        Value::Near { within, of } => format!("{} of ${}", within.text, of.text),
    }
}

fn ranges(ranges: &[Range]) -> String {
    let range = |range: &Range| match (range.kind.sign(), &range.to) {
        (Some(sign), _) => format!("{sign} {}", level(&range.level)),
        (None, Some(to)) => format!("{}..{}", level(&range.level), level(to)),
        (None, None) => level(&range.level),
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(", ")
}

fn level(text: &Text) -> String {
    if is_level(&text.text) { text.text.clone() } else { quoted(&text.text) }
}

fn names(names: &[Text]) -> String {
    names.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn name(text: &Text) -> String {
    if is_word(&text.text) { text.text.clone() } else { quoted(&text.text) }
}
