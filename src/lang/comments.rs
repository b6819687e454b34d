//! Hands every comment of a file to the thing that it is about, the same way for both spellings.
//!
//! A comment on the line where something ends stands beside it; any other is about what comes next in the same block,
//! or, at the end of a block, about what came last.

use std::collections::BTreeMap;

use crate::diag::Span;

use super::Spelling;
use super::ast::{Block, Call, Comments, Condition, ConditionKind, EntryKind, Rule, Step, Until};

/// A comment of a file.
#[derive(Debug, Clone)]
pub(super) struct Comment {
    /// What stands after the `#`.
    pub(super) text: String,
    /// Where, with the `#`.
    pub(super) span: Span,
}

/// Gives the comments of a file to its rules. `source` is the text that all spans speak of.
pub(super) fn attach(rules: &mut [Rule], comments: Vec<Comment>, source: &str, spelling: Spelling) {
    if comments.is_empty() {
        return;
    }
    let mut spans = Vec::new();
    walk(rules, &mut |span, _| spans.push(span));
    let finder = Finder::new(&spans, source, spelling);
    let mut given: BTreeMap<usize, Vec<(Slot, String)>> = BTreeMap::new();
    for comment in comments {
        if let Some((index, slot)) = finder.target(comment.span) {
            given.entry(index).or_default().push((slot, comment.text));
        }
    }
    let mut index = 0;
    walk(rules, &mut |_, comments| {
        for (slot, text) in given.remove(&index).unwrap_or_default() {
            match slot {
                Slot::Before => comments.before.push(text),
                Slot::Beside => comments.beside.push(text),
                Slot::After => comments.after.push(text),
            }
        }
        index += 1;
    });
}

#[derive(Debug, Clone, Copy)]
enum Slot {
    Before,
    Beside,
    After,
}

/// Finds things by their place. Things lie inside each other or apart, so what is around a place is the last thing that
/// begins before it, or something around that one: no question looks at all of them.
struct Finder<'a> {
    spans: &'a [Span],
    source: &'a str,
    spelling: Spelling,
    /// All things by where they begin, outer ones first.
    by_start: Vec<usize>,
    /// All things by where they end.
    by_end: Vec<usize>,
    /// The smallest larger thing around each.
    parent: Vec<Option<usize>>,
}

impl<'a> Finder<'a> {
    fn new(spans: &'a [Span], source: &'a str, spelling: Spelling) -> Self {
        let mut by_start: Vec<usize> = (0..spans.len()).collect();
        by_start.sort_by_key(|&index| (spans[index].start, usize::MAX - spans[index].end, index));
        let mut by_end: Vec<usize> = (0..spans.len()).collect();
        by_end.sort_by_key(|&index| (spans[index].end, index));
        let mut parent = vec![None; spans.len()];
        let mut open: Vec<usize> = Vec::new();
        for &index in &by_start {
            while open.last().is_some_and(|&last| spans[last].end < spans[index].end) {
                open.pop();
            }
            // Of things in the same place the first stands for all.
            let same = open.last().is_some_and(|&last| spans[last] == spans[index]);
            parent[index] = if same { open.last().and_then(|&last| parent[last]) } else { open.last().copied() };
            if !same {
                open.push(index);
            }
        }
        Self { spans, source, spelling, by_start, by_end, parent }
    }

    fn target(&self, comment: Span) -> Option<(usize, Slot)> {
        let line = self.line_start(comment.start);
        let alone = self.source[line..comment.start].trim().is_empty();
        if !alone && let Some(index) = self.beside(comment, line) {
            return Some((index, Slot::Beside));
        }
        let next = self.by_start.partition_point(|&index| self.spans[index].start < comment.end);
        let next = self.by_start.get(next).copied();
        if self.spelling == Spelling::Yaml && alone {
            // A block of YAML has no end of its own: what is further in than the next thing belongs to the last one.
            let column = comment.start - line;
            let next_indent = next.map_or(0, |next| self.indent(self.spans[next]));
            if next.is_none() || column > next_indent {
                let last = self.last(comment.start, 0, |span| {
                    let indent = self.indent(*span);
                    (indent <= column).then_some((usize::MAX - indent, span.start, usize::MAX - span.len()))
                });
                // Where both stand in the same list, the rule language would give it to the next one.
                let siblings =
                    |last: usize, next: usize| self.place(self.parent[last]) == self.place(self.parent[next]);
                return match (last, next) {
                    (Some(last), Some(next)) if siblings(last, next) => Some((next, Slot::Before)),
                    (last, _) => last.map(|last| (last, Slot::After)),
                };
            }
        }
        let around = self.around(comment);
        let inside = |index: usize| around.is_none_or(|around| self.spans[index].end <= self.spans[around].end);
        if let Some(next) = next.filter(|&next| inside(next)) {
            return Some((next, Slot::Before));
        }
        let begin = around.map_or(0, |around| self.spans[around].start);
        let last = self.last(comment.start, begin, |span| (span.start >= begin).then_some(span.start));
        match (last, around) {
            (Some(last), _) => Some((last, Slot::After)),
            (None, Some(around)) => Some((around, Slot::Before)),
            (None, None) => None,
        }
    }

    /// What ends on the line of a comment, before it; a thing that also begins there, if there is one.
    fn beside(&self, comment: Span, line: usize) -> Option<usize> {
        let from = self.by_end.partition_point(|&index| self.spans[index].end <= line);
        let to = self.by_end.partition_point(|&index| self.spans[index].end <= comment.start);
        let ends_here = self.by_end.get(from..to).unwrap_or_default();
        let least = |one: &&usize| (self.spans[**one].start, usize::MAX - self.spans[**one].end, **one);
        let whole = ends_here.iter().filter(|&&index| self.spans[index].start >= line).min_by_key(least);
        let found = whole.or_else(|| match self.spelling {
            Spelling::Dsl => ends_here.iter().min_by_key(least),
            Spelling::Yaml => {
                ends_here.iter().min_by_key(|one| (usize::MAX - self.spans[**one].start, self.spans[**one].end, **one))
            }
        });
        found.copied()
    }

    /// The smallest thing around a place; the first of equals.
    fn around(&self, place: Span) -> Option<usize> {
        let before = self.by_start.partition_point(|&index| self.spans[index].start <= place.start);
        let mut here = self.by_start.get(before.checked_sub(1)?).copied();
        while let Some(index) = here.filter(|&index| self.spans[index].end < place.end) {
            here = self.parent[index];
        }
        let found = here?;
        // Equals stand next to each other.
        let same = self.by_start.partition_point(|&index| {
            let (one, other) = (self.spans[index], self.spans[found]);
            (one.start, usize::MAX - one.end) < (other.start, usize::MAX - other.end)
        });
        self.by_start.get(same).copied()
    }

    /// Of the things that end last, at or before `at` and after `begin`, the one with the least key among those that
    /// have one.
    fn last<K: Ord>(&self, at: usize, begin: usize, key: impl Fn(&Span) -> Option<K>) -> Option<usize> {
        let to = self.by_end.partition_point(|&index| self.spans[index].end <= at);
        let mut best: Option<(K, usize)> = None;
        let mut end = None;
        for &index in self.by_end[..to].iter().rev() {
            let span = self.spans[index];
            if span.end < begin || best.is_some() && end != Some(span.end) {
                break;
            }
            if let Some(key) = key(&span) {
                end = Some(span.end);
                if best.as_ref().is_none_or(|(least, first)| (&key, index) < (least, *first)) {
                    best = Some((key, index));
                }
            }
        }
        best.map(|(_, index)| index)
    }

    fn place(&self, index: Option<usize>) -> Option<Span> {
        index.map(|index| self.spans[index])
    }

    fn line_start(&self, at: usize) -> usize {
        self.source[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    fn indent(&self, span: Span) -> usize {
        let line = self.line_start(span.start);
        let text = &self.source[line..];
        text.len() - text.trim_start_matches(' ').len()
    }
}

/// Visits everything that a comment may be about, outer things first.
fn walk(rules: &mut [Rule], visit: &mut impl FnMut(Span, &mut Comments)) {
    for rule in rules {
        visit(rule.span, &mut rule.comments);
        for entry in &mut rule.entries {
            visit(entry.span, &mut entry.comments);
            match &mut entry.kind {
                EntryKind::Fixed(fixed) => {
                    for block in [&mut fixed.carrier, &mut fixed.setting].into_iter().flatten() {
                        walk_block(block, visit);
                    }
                }
                EntryKind::Hotfix(hotfix) => walk_block(&mut hotfix.when, visit),
                EntryKind::Symptom(clause) | EntryKind::Cause(clause) | EntryKind::Workaround(clause) => {
                    walk_block(&mut clause.when, visit);
                }
                EntryKind::Not(not) => {
                    if let Some(block) = &mut not.when {
                        walk_block(block, visit);
                    }
                }
                EntryKind::Product(_)
                | EntryKind::Affects(_)
                | EntryKind::Severity(_)
                | EntryKind::Tags(_)
                | EntryKind::Components(_)
                | EntryKind::References(_)
                | EntryKind::On(_) => {}
            }
        }
    }
}

fn walk_block(block: &mut Block, visit: &mut impl FnMut(Span, &mut Comments)) {
    for condition in block {
        walk_condition(condition, visit);
    }
}

fn walk_condition(condition: &mut Condition, visit: &mut impl FnMut(Span, &mut Comments)) {
    visit(condition.span, &mut condition.comments);
    match &mut condition.kind {
        ConditionKind::All(block)
        | ConditionKind::Any(block)
        | ConditionKind::Not(block)
        | ConditionKind::Known(block)
        | ConditionKind::First(block)
        | ConditionKind::AtLeast(_, block)
        | ConditionKind::Needs(_, block)
        | ConditionKind::When(_, block) => walk_block(block, visit),
        ConditionKind::Call(call) | ConditionKind::Last(call) => walk_call(call, visit),
        ConditionKind::Count(count) => walk_call(&mut count.of, visit),
        ConditionKind::Sequence(sequence) => {
            for step in &mut sequence.steps {
                walk_step(step, visit);
            }
        }
        ConditionKind::Symptom(_) | ConditionKind::Cause(_) | ConditionKind::Compare(..) => {}
    }
}

fn walk_step(step: &mut Step, visit: &mut impl FnMut(Span, &mut Comments)) {
    visit(step.span, &mut step.comments);
    for call in &mut step.calls {
        walk_call(call, visit);
    }
    if let Some(Until::Call(call)) = &mut step.until {
        walk_call(call, visit);
    }
}

fn walk_call(call: &mut Call, visit: &mut impl FnMut(Span, &mut Comments)) {
    visit(call.span, &mut call.comments);
    for test in &mut call.tests {
        visit(test.span, &mut test.comments);
    }
}
