//! From the pairs that pest found to the AST.

use std::collections::BTreeMap;

use pest::iterators::{Pair, Pairs};

use crate::diag::{Diagnostic, FileId, Span};
use crate::lang::ast::{
    Block, Call, Check, Clause, Comments, Condition, ConditionKind, Count, Entry, EntryKind, Fixed, Hotfix, LookAlike,
    Range, RangeKind, Rule, Sequence, Step, Test, Text, Until, Value, Window,
};
use crate::lang::{MAX_DEPTH, diags};
use crate::predicate;
use crate::rule::Op;

use super::{Production, literal};

/// Makes the AST of one rule.
pub(super) struct Builder {
    pub(super) diagnostics: Vec<Diagnostic>,
    file: FileId,
    /// Where the parsed text begins in its file.
    base: usize,
    depth: usize,
    /// Calls that were read as subjects of the one before them, for the list that is being built.
    ///
    /// `log a log b has "x"` is two calls, but the grammar knows no predicates and cannot see where the first one ends.
    spilled: Vec<Call>,
}

impl Builder {
    pub(super) fn new(file: FileId, base: usize) -> Self {
        Self { diagnostics: Vec::new(), file, base, depth: 0, spilled: Vec::new() }
    }

    pub(super) fn rule(&mut self, pair: Pair<'_, Production>) -> Rule {
        let span = self.span(&pair);
        let mut rule = Rule {
            id: Text::default(),
            title: Text::default(),
            entries: Vec::new(),
            span,
            comments: Comments::default(),
        };
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::name => rule.id = self.text(part),
                Production::text => rule.title = self.text(part),
                Production::entry => {
                    let entry = self.entry(part);
                    rule.entries.extend(entry);
                }
                _ => {}
            }
        }
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for entry in rule.entries.iter().filter(|entry| !entry.kind.repeats()) {
            let word = entry.kind.keyword();
            match seen.get(word) {
                Some(first) => self.diagnostics.push(diags::duplicate_entry(entry.key, *first, word)),
                None => _ = seen.insert(word, entry.key),
            }
        }
        rule
    }

    fn entry(&mut self, pair: Pair<'_, Production>) -> Option<Entry> {
        let span = self.span(&pair);
        let pair = pair.into_inner().next()?;
        let production = pair.as_rule();
        let key = pair.clone().into_inner().next().map_or(span, |key| self.span(&key));
        let kind = match production {
            Production::product_entry => EntryKind::Product(self.one_name(pair)),
            Production::affects_entry => EntryKind::Affects(self.ranges(pair.into_inner())),
            Production::fixed_entry => EntryKind::Fixed(self.fixed(pair)),
            Production::hotfix_entry => EntryKind::Hotfix(self.hotfix(pair)),
            Production::severity_entry => EntryKind::Severity(self.one_name(pair)),
            Production::tags_entry => EntryKind::Tags(self.names(pair)),
            Production::components_entry => EntryKind::Components(self.names(pair)),
            Production::references_entry => EntryKind::References(self.names(pair)),
            Production::on_entry => EntryKind::On(self.names(pair)),
            Production::symptom_entry => EntryKind::Symptom(self.clause(pair)),
            Production::cause_entry => EntryKind::Cause(self.clause(pair)),
            Production::workaround_entry => EntryKind::Workaround(self.clause(pair)),
            Production::not_entry => EntryKind::Not(self.look_alike(pair)),
            _ => return None,
        };
        Some(Entry { kind, key, span, comments: Comments::default() })
    }

    fn fixed(&mut self, pair: Pair<'_, Production>) -> Fixed {
        let mut fixed =
            Fixed { levels: Vec::new(), carrier: None, setting: None, covers: Vec::new(), action: None, doubt: None };
        let mut seen: Vec<(Production, Span)> = Vec::new();
        for part in pair.into_inner() {
            self.once(&mut seen, &part);
            match part.as_rule() {
                Production::level => fixed.levels.push(self.text(part)),
                Production::carrier_item => fixed.carrier = Some(self.inner_block(part)),
                Production::setting_item => fixed.setting = Some(self.inner_block(part)),
                Production::covers_item => fixed.covers = self.names(part),
                Production::action_item => fixed.action = self.names(part).pop(),
                Production::doubt_item => fixed.doubt = self.names(part).pop(),
                _ => {}
            }
        }
        fixed
    }

    fn hotfix(&mut self, pair: Pair<'_, Production>) -> Hotfix {
        let mut hotfix = Hotfix { name: Text::default(), when: Vec::new(), covers: Vec::new(), action: None };
        let mut seen = Vec::new();
        for part in pair.into_inner() {
            self.once(&mut seen, &part);
            match part.as_rule() {
                Production::name => hotfix.name = self.text(part),
                Production::covers_item => hotfix.covers = self.names(part),
                Production::action_item => hotfix.action = self.names(part).pop(),
                Production::condition => self.push_condition(part, &mut hotfix.when),
                _ => {}
            }
        }
        hotfix
    }

    /// Reports an item of a fix that stands there a second time.
    fn once(&mut self, seen: &mut Vec<(Production, Span)>, part: &Pair<'_, Production>) {
        let word = match part.as_rule() {
            Production::carrier_item => "carrier",
            Production::setting_item => "setting",
            Production::covers_item => "covers",
            Production::action_item => "action",
            Production::doubt_item => "doubt",
            _ => return,
        };
        let span = part.clone().into_inner().next().map_or_else(Span::default, |key| self.span(&key));
        match seen.iter().find(|(production, _)| *production == part.as_rule()) {
            Some((_, first)) => self.diagnostics.push(diags::duplicate_entry(span, *first, word)),
            None => seen.push((part.as_rule(), span)),
        }
    }

    fn clause(&mut self, pair: Pair<'_, Production>) -> Clause {
        let mut clause = Clause { id: Text::default(), says: Text::default(), when: Vec::new() };
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::name => clause.id = self.text(part),
                Production::text => clause.says = self.text(part),
                Production::block => clause.when = self.block(part),
                _ => {}
            }
        }
        clause
    }

    fn look_alike(&mut self, pair: Pair<'_, Production>) -> LookAlike {
        let mut not = LookAlike { name: Text::default(), because: Text::default(), when: None };
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::name => not.name = self.text(part),
                Production::text => not.because = self.text(part),
                Production::block => not.when = Some(self.block(part)),
                _ => {}
            }
        }
        not
    }

    // --- conditions ------------------------------------------------------------------------------------------------

    /// The block inside `carrier { … }`, `all { … }`, or the one condition that stands for it after `not`.
    fn inner_block(&mut self, pair: Pair<'_, Production>) -> Block {
        let mut block = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::block => block = self.block(part),
                Production::body => block = self.body(part),
                _ => {}
            }
        }
        block
    }

    fn body(&mut self, pair: Pair<'_, Production>) -> Block {
        let mut block = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::block => block = self.block(part),
                // What spills out of a bare condition belongs to the list around it.
                Production::condition => block.extend(self.condition(part)),
                _ => {}
            }
        }
        block
    }

    fn block(&mut self, pair: Pair<'_, Production>) -> Block {
        let mut block = Vec::new();
        for part in pair.into_inner().filter(|part| part.as_rule() == Production::condition) {
            self.push_condition(part, &mut block);
        }
        block
    }

    fn push_condition(&mut self, pair: Pair<'_, Production>, block: &mut Block) {
        block.extend(self.condition(pair));
        for call in std::mem::take(&mut self.spilled) {
            let span = call.span;
            block.push(Condition { kind: ConditionKind::Call(call), span, comments: Comments::default() });
        }
    }

    fn condition(&mut self, pair: Pair<'_, Production>) -> Option<Condition> {
        let mut span = self.span(&pair);
        if self.depth == MAX_DEPTH {
            self.diagnostics.push(diags::too_deep(span));
            return None;
        }
        self.depth += 1;
        let kind = pair.into_inner().next().and_then(|pair| self.condition_kind(pair));
        self.depth -= 1;
        let kind = kind?;
        if let Some(first) = self.spilled.first() {
            span.end = match &kind {
                ConditionKind::Call(call) | ConditionKind::Last(call) => call.span.end,
                _ => span.end.min(first.span.start),
            };
        }
        Some(Condition { kind, span, comments: Comments::default() })
    }

    fn condition_kind(&mut self, pair: Pair<'_, Production>) -> Option<ConditionKind> {
        Some(match pair.as_rule() {
            Production::all_cond => ConditionKind::All(self.inner_block(pair)),
            Production::any_cond => ConditionKind::Any(self.inner_block(pair)),
            Production::not_cond => ConditionKind::Not(self.inner_block(pair)),
            Production::known_cond => ConditionKind::Known(self.inner_block(pair)),
            Production::first_cond => ConditionKind::First(self.inner_block(pair)),
            Production::at_least_cond => {
                let count = self.find(&pair, Production::amount)?;
                ConditionKind::AtLeast(count, self.inner_block(pair))
            }
            Production::needs_cond => {
                let says = self.find(&pair, Production::text)?;
                ConditionKind::Needs(says, self.inner_block(pair))
            }
            Production::when_cond => {
                let ranges = self.ranges(pair.clone().into_inner());
                ConditionKind::When(ranges, self.inner_block(pair))
            }
            Production::symptom_cond => ConditionKind::Symptom(self.one_name(pair)),
            Production::cause_cond => ConditionKind::Cause(self.one_name(pair)),
            Production::last_cond => {
                let call = pair.into_inner().find(|part| part.as_rule() == Production::call)?;
                ConditionKind::Last(self.call(call)?)
            }
            Production::compare_cond => {
                let name = self.find(&pair, Production::bound)?;
                let check = pair.into_inner().find(|part| part.as_rule() == Production::check)?;
                ConditionKind::Compare(name, self.check(check)?)
            }
            Production::count_cond => ConditionKind::Count(Box::new(self.count(pair)?)),
            Production::sequence_cond => ConditionKind::Sequence(self.sequence(pair)),
            Production::call => ConditionKind::Call(self.call(pair)?),
            _ => return None,
        })
    }

    fn count(&mut self, pair: Pair<'_, Production>) -> Option<Count> {
        let at_least = self.find(&pair, Production::amount)?;
        let (mut different, mut within, mut per, mut of) = (None, None, Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::different => different = Some(self.one_name(part)),
                Production::span_window => within = self.window(part),
                Production::per => per = self.names(part),
                Production::call => of = self.call(part),
                Production::call_block => {
                    let mut calls = self.calls(part).into_iter();
                    of = calls.next();
                    if let Some(second) = calls.next() {
                        self.diagnostics.push(diags::too_many_calls(second.span, "`count`"));
                    }
                }
                _ => {}
            }
        }
        Some(Count { at_least, different, within, per, of: of? })
    }

    fn sequence(&mut self, pair: Pair<'_, Production>) -> Sequence {
        let mut sequence = Sequence { within: None, steps: Vec::new() };
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::span_window => sequence.within = self.window(part),
                Production::step => self.push_step(part, &mut sequence.steps),
                _ => {}
            }
        }
        sequence
    }

    fn push_step(&mut self, pair: Pair<'_, Production>, steps: &mut Vec<Step>) {
        let span = self.span(&pair);
        let Some(pair) = pair.into_inner().next() else { return };
        let absent = pair.as_rule() == Production::absent_step;
        let mut step =
            Step { absent, calls: Vec::new(), within: None, until: None, span, comments: Comments::default() };
        let mut spilled = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::call => {
                    step.calls.extend(self.call(part));
                    spilled = std::mem::take(&mut self.spilled);
                }
                Production::any_calls => {
                    step.calls = part
                        .into_inner()
                        .find(|p| p.as_rule() == Production::call_block)
                        .map_or_else(Vec::new, |p| self.calls(p));
                }
                Production::span_window => step.within = self.window(part),
                Production::until => {
                    for end in part.into_inner() {
                        match end.as_rule() {
                            Production::bound => step.until = Some(Until::Bound(self.text(end))),
                            Production::call => step.until = self.call(end).map(|call| Until::Call(Box::new(call))),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        // A window after the last of several calls is that one's.
        if let (Some(first), [.., last]) = (spilled.first(), spilled.as_slice()) {
            if absent && (step.within.is_some() || step.until.is_some()) {
                self.diagnostics.push(diags::too_many_calls(first.span, "`no`"));
            }
            let within = step.within.take();
            let end = step.span.end;
            step.span.end = step.calls.last().map_or(end, |call| call.span.end);
            let last = last.span;
            steps.push(step);
            for call in spilled {
                let is_last = call.span == last;
                let span = if is_last { Span { end, ..call.span } } else { call.span };
                let within = if is_last { within.clone() } else { None };
                let calls = vec![call];
                steps.push(Step { absent: false, calls, within, until: None, span, comments: Comments::default() });
            }
        } else {
            steps.push(step);
        }
        for call in std::mem::take(&mut self.spilled) {
            let span = call.span;
            let calls = vec![call];
            steps.push(Step { absent: false, calls, within: None, until: None, span, comments: Comments::default() });
        }
    }

    fn window(&mut self, pair: Pair<'_, Production>) -> Option<Window> {
        let events = pair.clone().into_inner().any(|part| part.as_rule() == Production::kw_events);
        let amount = self.find(&pair, Production::amount)?;
        Some(if events { Window::Events(amount) } else { Window::Time(amount) })
    }

    // --- calls -----------------------------------------------------------------------------------------------------

    /// The calls of `any { … }` in a sequence.
    fn calls(&mut self, pair: Pair<'_, Production>) -> Vec<Call> {
        let mut calls = Vec::new();
        for part in pair.into_inner().filter(|part| part.as_rule() == Production::call) {
            calls.extend(self.call(part));
            calls.append(&mut self.spilled);
        }
        calls
    }

    /// One call. The words in front of an operator are told apart by how many subjects the predicate takes: what is
    /// left over is the field, or the beginning of another call.
    fn call(&mut self, pair: Pair<'_, Production>) -> Option<Call> {
        let span = self.span(&pair);
        let (mut words, mut scope, mut tests, mut bare) = (Vec::new(), None, Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::head => words = part.into_inner().map(|word| self.text(word)).collect(),
                Production::scope => scope = Some(self.one_name(part)),
                Production::tests => {
                    for test in part.into_inner().filter(|part| part.as_rule() == Production::test) {
                        tests.extend(self.test(test));
                    }
                }
                Production::test => tests.extend(self.test(part)),
                Production::check => bare = self.check(part),
                _ => {}
            }
        }
        let mut calls: Vec<Call> = Vec::new();
        let mut words = words.into_iter().peekable();
        while let Some(predicate) = words.next() {
            let takes = predicate::find(&predicate.text).map(|known| known.spec().subjects.len());
            let mut rest: Vec<Text> = Vec::new();
            while words.len() > 0 {
                let full = takes.is_some_and(|takes| rest.len() >= takes);
                // The last word before an operator is a field, unless the predicate still wants a subject.
                let may_be_field = words.len() == 1 && bare.is_some();
                let is_predicate = words.peek().is_some_and(|word| predicate::find(&word.text).is_some());
                if full && !may_be_field && is_predicate {
                    break;
                }
                rest.extend(words.next());
            }
            let mut call = Call {
                span: Span { end: rest.last().unwrap_or(&predicate).span.end, ..predicate.span },
                predicate,
                subjects: rest,
                scope: None,
                tests: Vec::new(),
                comments: Comments::default(),
            };
            if words.peek().is_none() {
                call.span.end = span.end;
                call.scope = scope.take();
                call.tests = std::mem::take(&mut tests);
                if let Some(check) = bare.take() {
                    let over = takes.is_some_and(|takes| call.subjects.len() > takes);
                    let field = if over { call.subjects.pop() } else { None };
                    let start = field.as_ref().map_or(check.at.start, |field| field.span.start);
                    let span = Span { start, ..span };
                    call.tests.push(Test { field, check, span, comments: Comments::default() });
                }
            }
            calls.push(call);
        }
        let mut calls = calls.into_iter();
        let first = calls.next();
        self.spilled.extend(calls);
        first
    }

    fn test(&mut self, pair: Pair<'_, Production>) -> Option<Test> {
        let span = self.span(&pair);
        let field = self.find(&pair, Production::field);
        let check = pair.into_inner().find(|part| part.as_rule() == Production::check)?;
        Some(Test { field, check: self.check(check)?, span, comments: Comments::default() })
    }

    fn check(&mut self, pair: Pair<'_, Production>) -> Option<Check> {
        let pair = pair.into_inner().next()?;
        let production = pair.as_rule();
        let mut parts = pair.into_inner();
        let sign = parts.next()?;
        let at = self.span(&sign);
        let op = operator(&sign)?;
        let value = match production {
            Production::presence_check => Value::None,
            Production::list_check => {
                let values = parts.filter(|part| part.as_rule() == Production::value);
                Value::List(values.filter_map(|value| self.value(value)).collect())
            }
            Production::near_check => {
                let within = parts.find(|part| part.as_rule() == Production::amount)?;
                let of = parts.find(|part| part.as_rule() == Production::bound)?;
                Value::Near { within: self.text(within), of: self.text(of) }
            }
            Production::compare_check => self.value(parts.next()?)?,
            _ => Value::Text(self.text(parts.next()?)),
        };
        Some(Check { op, at, value })
    }

    fn value(&mut self, pair: Pair<'_, Production>) -> Option<Value> {
        let inner = pair.into_inner().next()?;
        let bound = inner.as_rule() == Production::bound;
        let text = self.text(inner);
        Some(if bound { Value::Bound(text) } else { Value::Text(text) })
    }

    // --- words -----------------------------------------------------------------------------------------------------

    fn ranges(&mut self, pairs: Pairs<'_, Production>) -> Vec<Range> {
        let ranges = pairs.filter(|part| part.as_rule() == Production::range);
        ranges.map(|range| self.range(range)).collect()
    }

    fn range(&mut self, pair: Pair<'_, Production>) -> Range {
        let span = self.span(&pair);
        let mut range = Range { kind: RangeKind::Named, level: Text::default(), to: None, span };
        for part in pair.into_inner() {
            match part.as_rule() {
                Production::range_sign => {
                    let sign = RangeKind::SIGNS.iter().find(|(sign, _)| *sign == part.as_str());
                    range.kind = sign.map_or(RangeKind::Named, |(_, kind)| *kind);
                }
                Production::dots => range.kind = RangeKind::Between,
                Production::level if range.kind == RangeKind::Between => range.to = Some(self.text(part)),
                Production::level => range.level = self.text(part),
                _ => {}
            }
        }
        range
    }

    fn names(&mut self, pair: Pair<'_, Production>) -> Vec<Text> {
        let names = pair.into_inner().filter(|part| matches!(part.as_rule(), Production::name | Production::text));
        names.map(|name| self.text(name)).collect()
    }

    fn one_name(&mut self, pair: Pair<'_, Production>) -> Text {
        self.names(pair).pop().unwrap_or_default()
    }

    fn find(&mut self, pair: &Pair<'_, Production>, production: Production) -> Option<Text> {
        let found = pair.clone().into_inner().find(|part| part.as_rule() == production)?;
        Some(self.text(found))
    }

    /// The text of a token, or of the one token inside of a name, a value, a subject.
    fn text(&mut self, pair: Pair<'_, Production>) -> Text {
        let mut token = pair;
        while let Some(inner) = token.clone().into_inner().next() {
            token = inner;
        }
        let span = self.span(&token);
        let source = token.as_str();
        match token.as_rule() {
            Production::string_lit => literal::string(source, span, &mut self.diagnostics),
            Production::raw_lit => literal::raw(source, span),
            Production::regex_lit => literal::regex(source, span),
            Production::bound => Text::plain(source.trim_start_matches('$'), span),
            Production::digit_words if source.contains(char::is_whitespace) => {
                Text::new(source.split_whitespace().collect::<Vec<_>>().join(" "), span)
            }
            _ => Text::plain(source, span),
        }
    }

    /// Where a pair stands. Its own end may lie behind blanks and comments; that of its last token does not.
    fn span(&self, pair: &Pair<'_, Production>) -> Span {
        let start = pair.as_span().start();
        let mut last = pair.clone();
        while let Some(inner) = last.clone().into_inner().last() {
            last = inner;
        }
        Span { file: self.file, start: self.base + start, end: self.base + last.as_span().end() }
    }
}

fn operator(sign: &Pair<'_, Production>) -> Option<Op> {
    let spelling = match sign.as_rule() {
        Production::op_not_in => "not in",
        Production::op_not_matches => "not matches",
        _ => sign.as_str(),
    };
    Op::ALL.iter().find(|(_, known, _)| *known == spelling).map(|(op, _, _)| *op)
}
