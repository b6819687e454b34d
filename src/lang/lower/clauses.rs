//! The clauses of a rule and how they refer to each other.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Span};
use crate::lang::ast::{Block, Clause, Condition, ConditionKind, EntryKind, Rule, Text};
use crate::lang::diags;
use crate::predicate::FieldType;
use crate::rule::ClauseKind;

use super::{Bound, Lowering};

/// The symptoms, causes and workarounds of a rule.
pub(super) struct Clauses<'a> {
    symptoms: Vec<&'a Clause>,
    causes: Vec<&'a Clause>,
    workarounds: Vec<&'a Clause>,
    circular: bool,
}

impl<'a> Clauses<'a> {
    pub(super) fn of(rule: &'a Rule) -> Self {
        let mut clauses = Self { symptoms: Vec::new(), causes: Vec::new(), workarounds: Vec::new(), circular: false };
        for entry in &rule.entries {
            match &entry.kind {
                EntryKind::Symptom(clause) => clauses.symptoms.push(clause),
                EntryKind::Cause(clause) => clauses.causes.push(clause),
                EntryKind::Workaround(clause) => clauses.workarounds.push(clause),
                _ => {}
            }
        }
        clauses
    }

    /// Names that stand twice, and circles.
    pub(super) fn faults(&mut self) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for (kind, list) in [("symptom", &self.symptoms), ("cause", &self.causes), ("workaround", &self.workarounds)] {
            let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
            for clause in list {
                match seen.get(clause.id.text.as_str()) {
                    Some(first) => faults.push(diags::duplicate_clause(kind, &clause.id, *first)),
                    None => _ = seen.insert(&clause.id.text, clause.id.span),
                }
            }
        }
        let mut done = BTreeMap::new();
        for (kind, list) in [(ClauseKind::Symptom, &self.symptoms), (ClauseKind::Cause, &self.causes)] {
            for clause in list {
                let mut path = Vec::new();
                self.search(kind, clause, &mut path, &mut done, &mut faults);
            }
        }
        self.circular = faults.iter().any(|fault| fault.code == "circular-clauses");
        faults
    }

    pub(super) fn find(&self, kind: ClauseKind, id: &str) -> Option<&'a Clause> {
        self.list(kind).iter().find(|clause| clause.id.text == id).copied()
    }

    fn list(&self, kind: ClauseKind) -> &[&'a Clause] {
        match kind {
            ClauseKind::Symptom => &self.symptoms,
            ClauseKind::Cause => &self.causes,
        }
    }

    fn search(
        &self,
        kind: ClauseKind,
        clause: &'a Clause,
        path: &mut Vec<(ClauseKind, &'a str)>,
        done: &mut BTreeMap<(ClauseKind, &'a str), ()>,
        faults: &mut Vec<Diagnostic>,
    ) {
        let key = (kind, clause.id.text.as_str());
        if done.contains_key(&key) {
            return;
        }
        path.push(key);
        let mut references = Vec::new();
        collect_references(&clause.when, &mut references);
        for (kind, id) in references {
            let Some(next) = self.find(kind, &id.text) else { continue };
            let next_key = (kind, next.id.text.as_str());
            if let Some(start) = path.iter().position(|step| *step == next_key) {
                let circle = path[start..].iter().chain([&next_key]);
                let circle: Vec<String> = circle.map(|(kind, id)| format!("{} {id}", word(*kind))).collect();
                faults.push(diags::circular_clauses(id.span, &circle));
            } else if path.len() < crate::lang::MAX_DEPTH {
                self.search(kind, next, path, done, faults);
            } else {
                faults.push(diags::too_deep(id.span));
            }
        }
        path.pop();
        done.insert(key, ());
    }
}

impl Lowering<'_> {
    /// Whether the rule has this clause; if not, that is reported.
    pub(super) fn find_clause(&mut self, kind: ClauseKind, id: &Text) -> bool {
        let found = self.clauses.find(kind, &id.text).is_some();
        if !found {
            let known: Vec<&str> = self.clauses.list(kind).iter().map(|clause| clause.id.text.as_str()).collect();
            self.diagnostics.push(diags::unknown_clause(word(kind), id, &known));
        }
        found
    }

    /// The names that a clause binds.
    pub(super) fn bound_by(&mut self, kind: ClauseKind, id: &Text) -> Bound {
        let key = (kind, id.text.clone());
        if let Some(known) = self.bound.get(&key) {
            return known.clone();
        }
        let mut bound = Bound::from([("host".to_owned(), FieldType::Text)]);
        if let Some(clause) = self.clauses.find(kind, &id.text).filter(|_| !self.clauses.circular) {
            // A rehearsal: only the names are kept, and the clause reports its faults when its turn comes.
            let (calls, faults) = (self.calls, self.diagnostics.len());
            self.block(&clause.when, &mut bound, clause.id.span, "");
            self.calls = calls;
            self.diagnostics.truncate(faults);
        }
        self.bound.insert(key, bound.clone());
        bound
    }
}

fn word(kind: ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Symptom => "symptom",
        ClauseKind::Cause => "cause",
    }
}

fn collect_references<'a>(block: &'a Block, references: &mut Vec<(ClauseKind, &'a Text)>) {
    for Condition { kind, .. } in block {
        match kind {
            ConditionKind::Symptom(id) => references.push((ClauseKind::Symptom, id)),
            ConditionKind::Cause(id) => references.push((ClauseKind::Cause, id)),
            ConditionKind::All(block)
            | ConditionKind::Any(block)
            | ConditionKind::Not(block)
            | ConditionKind::Known(block)
            | ConditionKind::First(block)
            | ConditionKind::AtLeast(_, block)
            | ConditionKind::Needs(_, block)
            | ConditionKind::When(_, block) => collect_references(block, references),
            ConditionKind::Call(_)
            | ConditionKind::Last(_)
            | ConditionKind::Compare(..)
            | ConditionKind::Count(_)
            | ConditionKind::Sequence(_) => {}
        }
    }
}
