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
    let finder = Finder { spans: &spans, source, spelling };
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

struct Finder<'a> {
    spans: &'a [Span],
    source: &'a str,
    spelling: Spelling,
}

impl Finder<'_> {
    fn target(&self, comment: Span) -> Option<(usize, Slot)> {
        let line = self.line_start(comment.start);
        let alone = self.source[line..comment.start].trim().is_empty();
        if !alone && let Some(index) = self.beside(comment, line) {
            return Some((index, Slot::Beside));
        }
        let next = self.pick(|span| span.start >= comment.end, |span| (span.start, usize::MAX - span.end));
        if self.spelling == Spelling::Yaml && alone {
            // A block of YAML has no end of its own: what is further in than the next thing belongs to the last one.
            let column = comment.start - line;
            let next_indent = next.map_or(0, |next| self.indent(self.spans[next]));
            if next.is_none() || column > next_indent {
                let inside = |span: &Span| span.end <= comment.start && self.indent(*span) <= column;
                let last = self.pick(inside, |span| {
                    (usize::MAX - span.end, usize::MAX - self.indent(*span), span.start, usize::MAX - span.len())
                });
                // Where both stand in the same list, the rule language would give it to the next one.
                let siblings =
                    |last: usize, next: usize| self.around(self.spans[last]) == self.around(self.spans[next]);
                return match (last, next) {
                    (Some(last), Some(next)) if siblings(last, next) => Some((next, Slot::Before)),
                    (last, _) => last.map(|last| (last, Slot::After)),
                };
            }
        }
        let around = self.pick(
            |span| span.start <= comment.start && comment.end <= span.end,
            |span| (span.len(), usize::MAX - span.start),
        );
        let inside = |index: usize| around.is_none_or(|around| self.spans[index].end <= self.spans[around].end);
        if let Some(next) = next.filter(|&next| inside(next)) {
            return Some((next, Slot::Before));
        }
        let begin = around.map_or(0, |around| self.spans[around].start);
        let last = self
            .pick(|span| span.end <= comment.start && span.start >= begin, |span| (usize::MAX - span.end, span.start));
        match (last, around) {
            (Some(last), _) => Some((last, Slot::After)),
            (None, Some(around)) => Some((around, Slot::Before)),
            (None, None) => None,
        }
    }

    /// What ends on the line of a comment, before it; a thing that also begins there, if there is one.
    fn beside(&self, comment: Span, line: usize) -> Option<usize> {
        let ends_here = |span: &Span| span.end > line && span.end <= comment.start;
        let whole = self.pick(|span| ends_here(span) && span.start >= line, |span| (span.start, usize::MAX - span.end));
        whole.or_else(|| match self.spelling {
            Spelling::Dsl => self.pick(ends_here, |span| (span.start, usize::MAX - span.end)),
            Spelling::Yaml => self.pick(ends_here, |span| (usize::MAX - span.start, span.end)),
        })
    }

    /// The thing with the least key among those that fit; the outer one of equals.
    fn pick<K: Ord>(&self, fits: impl Fn(&Span) -> bool, key: impl Fn(&Span) -> K) -> Option<usize> {
        let fitting = self.spans.iter().enumerate().filter(|(_, span)| fits(span));
        fitting.min_by_key(|(_, span)| key(span)).map(|(index, _)| index)
    }

    /// The smallest thing that is larger than this one and holds it.
    fn around(&self, inner: Span) -> Option<usize> {
        self.pick(
            |span| span.start <= inner.start && inner.end <= span.end && span.len() > inner.len(),
            |span| (span.len(), usize::MAX - span.start),
        )
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
