//! Evaluates a condition: an answer, the ways in which it holds, and the proof.

use std::sync::Arc;

use crate::fact::{Bindings, Gap, GapReason, tell};
use crate::predicate::{
    Answer, Candidate, Effort, Predicate, SOLUTIONS, Seen, Solution, Stretch, View, candidates, compare_bound, find,
    gap_in, level_gap,
};
use crate::rule::{Call, ClauseKind, Condition, Rule, Scope};
use crate::truth::Truth;
use crate::version::affects;

use super::clock::{Clocks, Place};
use super::{EFFORT, sequence, tally};

/// What a condition comes to.
#[derive(Debug, Clone)]
pub(super) struct Outcome<'a> {
    pub(super) truth: Truth,
    /// Only if true.
    pub(super) solutions: Vec<Solution>,
    pub(super) node: Node<'a>,
}

/// One step of a proof, with places and conditions that the report will turn into words.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) condition: &'a Condition,
    /// What is to be said behind the condition.
    pub(super) note: String,
    pub(super) truth: Truth,
    pub(super) seen: Vec<Seen>,
    pub(super) gaps: Vec<Gap>,
    pub(super) parts: Vec<Node<'a>>,
}

impl<'a> Outcome<'a> {
    pub(super) fn new(condition: &'a Condition, truth: Truth, solutions: Vec<Solution>) -> Self {
        let seen = solutions.first().map(|solution| solution.seen.clone()).unwrap_or_default();
        let node = Node { condition, note: String::new(), truth, seen, gaps: Vec::new(), parts: Vec::new() };
        Self { truth, solutions, node }
    }

    pub(super) fn with_gaps(mut self, gaps: Vec<Gap>) -> Self {
        self.node.gaps = gaps;
        self
    }

    /// Neither of two outcomes of one condition, whose proofs are both shown.
    pub(super) fn split(&self, other: Self, condition: &'a Condition, gap: &Gap) -> Self {
        let parts = vec![self.node.clone(), other.node];
        Self::new(condition, Truth::Unknown, Vec::new()).with_gaps(vec![gap.clone()]).with_parts(parts)
    }

    fn with_parts(mut self, parts: Vec<Node<'a>>) -> Self {
        self.node.parts = parts;
        self
    }
}

/// What a condition is evaluated against.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) rule: &'a Rule,
    pub(super) view: View<'a>,
}

impl<'a> Context<'a> {
    /// Evaluates a whole condition. One that looks at too many records is unknown, whatever it has found by then: a
    /// part of it may be a negation.
    pub(super) fn decide(&self, condition: &'a Condition, bound: &Bindings) -> Outcome<'a> {
        self.view.effort.allow(EFFORT);
        let outcome = self.eval(condition, bound);
        if !self.view.effort.is_spent() {
            return outcome;
        }
        Outcome::new(condition, Truth::Unknown, Vec::new()).with_gaps(vec![too_many()]).with_parts(vec![outcome.node])
    }

    /// Evaluates a condition under what is bound.
    fn eval(&self, condition: &'a Condition, bound: &Bindings) -> Outcome<'a> {
        match condition {
            Condition::All(parts) => self.all(condition, parts, bound),
            Condition::Any(parts) => self.any(condition, parts, bound),
            Condition::First(parts) => self.first(condition, parts, bound),
            Condition::AtLeast { count, of } => self.at_least(condition, *count, of, bound),
            Condition::Not(part) => {
                let inner = self.eval(part, bound);
                let truth = !inner.truth;
                let gaps = inner.node.gaps.clone();
                Outcome::new(condition, truth, held(truth, bound)).with_gaps(gaps).with_parts(vec![inner.node])
            }
            Condition::Known(part) => {
                let inner = self.eval(part, bound);
                let truth = Truth::from(inner.truth == Truth::True);
                Outcome::new(condition, truth, inner.solutions).with_parts(vec![inner.node])
            }
            Condition::Needs { says, of } => self.needs(condition, says, of, bound),
            Condition::When { product, levels, then } => {
                let Some(known) = self.view.products.get(product) else {
                    return Outcome::new(condition, Truth::Unknown, Vec::new());
                };
                let report = self.view.host().levels.iter().find(|level| level.product == product.as_str());
                let installed = report.and_then(|report| report.installed.as_ref());
                let inside =
                    installed.map_or(Truth::Unknown, |installed| affects(&known.lattice, &levels.ranges, installed));
                let inner = self.eval(then, bound);
                let truth = inside.and(inner.truth);
                let mut gaps = Vec::new();
                if truth == Truth::Unknown {
                    if inside == Truth::Unknown {
                        gaps.push(level_gap(&self.view, known, &Scope::Here));
                    }
                    gaps.extend(inner.node.gaps.iter().filter(|_| inner.truth == Truth::Unknown).cloned());
                }
                let solutions = if truth == Truth::True { inner.solutions } else { Vec::new() };
                Outcome::new(condition, truth, solutions).with_gaps(gaps).with_parts(vec![inner.node])
            }
            Condition::Clause(kind, id) => {
                let clauses = match kind {
                    ClauseKind::Symptom => &self.rule.symptoms,
                    ClauseKind::Cause => &self.rule.causes,
                };
                match clauses.iter().find(|clause| clause.id == *id) {
                    None => Outcome::new(condition, Truth::Unknown, Vec::new()),
                    Some(clause) => {
                        let inner = self.eval(&clause.when, bound);
                        let gaps = inner.node.gaps.clone();
                        Outcome::new(condition, inner.truth, inner.solutions)
                            .with_gaps(gaps)
                            .with_parts(vec![inner.node])
                    }
                }
            }
            Condition::Test(call) => self.test(condition, call, bound),
            Condition::Last(call) => self.last(condition, call, bound),
            Condition::Compare(compare) => {
                let truth = compare_bound(compare, bound);
                let mut outcome = Outcome::new(condition, truth, held(truth, bound));
                if let Some(value) = bound.get(&compare.name) {
                    outcome.node.note = format!(" (${} is {value})", compare.name);
                }
                outcome
            }
            Condition::Count(count) => tally::eval(self, condition, count, bound),
            Condition::Sequence(sequence) => sequence::eval(self, condition, sequence, bound),
        }
    }

    fn test(&self, condition: &'a Condition, call: &'a Call, bound: &Bindings) -> Outcome<'a> {
        let Some(predicate) = find(call.predicate) else { return Outcome::new(condition, Truth::Unknown, Vec::new()) };
        let is_shared = call.scope != Scope::Here && !call.depends_on(&|name| bound.contains_key(name));
        let mut answer =
            if is_shared { self.shared(predicate, call, bound) } else { predicate.ask(call, &self.view, bound) };
        answer.solutions.truncate(SOLUTIONS + 1);
        let mut outcome = Outcome::new(condition, answer.truth, answer.solutions).with_gaps(answer.gaps);
        if outcome.truth != Truth::True {
            outcome.node.seen = answer.against;
        }
        outcome
    }

    /// The answer of a call that each machine of the site asks alike. It has an effort of its own, so that it is the same
    /// whoever asks first.
    fn shared(&self, predicate: &dyn Predicate, call: &'a Call, bound: &Bindings) -> Answer {
        let view = &self.view;
        let answer = view.neighbours.answer(view.here, &self.rule.article, call.id, || {
            let effort = Effort::default();
            effort.allow(EFFORT);
            let mut answer = predicate.ask(call, &View { effort: &effort, ..*view }, &Bindings::new());
            answer.solutions.truncate(SOLUTIONS + 1);
            answer.against.truncate(SOLUTIONS);
            (!effort.is_spent()).then(|| Arc::new(answer))
        });
        let Some(answer) = answer else {
            view.effort.exhaust();
            return Answer::unknown(Vec::new());
        };
        let mut answer = Answer::clone(&answer);
        for solution in &mut answer.solutions {
            // It binds no name that is bound already.
            solution.bound.extend(bound.clone());
        }
        answer
    }

    /// The latest record that the call finds; what comes later than the log reaches would be later still.
    fn last(&self, condition: &'a Condition, call: &'a Call, bound: &Bindings) -> Outcome<'a> {
        let clocks = Clocks(self.view.hosts);
        let found: Vec<_> = candidates(call, &self.view, bound).collect();
        let latest = found.iter().filter(|candidate| candidate.truth == Truth::True).reduce(|best, next| match clocks
            .order(Place::of(best), Place::of(next))
        {
            Some(order) if order.is_gt() => best,
            _ => next,
        });
        // One that may be later still leaves it open which is the last.
        let rivals = |latest: &&Candidate<'_>| {
            found.iter().any(|other| {
                !std::ptr::eq(other, *latest) && clocks.order(Place::of(other), Place::of(latest)).is_none()
            })
        };
        let open = found.iter().any(|candidate| candidate.truth == Truth::Unknown) || latest.iter().any(rivals);
        let gap =
            gap_in(call, &self.view, bound, Stretch { after: latest.map(|latest| latest.kept.position), before: None });
        match (latest, gap) {
            (Some(latest), None) if !open => Outcome::new(condition, Truth::True, vec![latest.solution()]),
            (None, None) if !open => Outcome::new(condition, Truth::False, Vec::new()),
            (_, gap) => Outcome::new(condition, Truth::Unknown, Vec::new()).with_gaps(gap.into_iter().collect()),
        }
    }

    /// A join, left to right: each way in which the parts so far hold is tried with the next part.
    fn all(&self, condition: &'a Condition, parts: &'a [Condition], bound: &Bindings) -> Outcome<'a> {
        let mut ways =
            vec![Way { truth: Truth::True, solution: Solution { bound: bound.clone(), ..Solution::default() } }];
        let mut nodes = Vec::new();
        let mut overflow = false;
        for part in parts {
            let mut next: Vec<Way> = Vec::new();
            let mut merged: Option<Node<'a>> = None;
            for way in &ways {
                let outcome = self.eval(part, &way.solution.bound);
                let truth = way.truth.and(outcome.truth);
                if outcome.solutions.is_empty() {
                    next.push(Way { truth, solution: way.solution.clone() });
                }
                for solution in &outcome.solutions {
                    next.push(Way { truth, solution: way.solution.joined(solution) });
                }
                merged = Some(match merged {
                    None => outcome.node,
                    Some(node) => better(node, outcome.node),
                });
                // More ways than are followed up need not be found.
                if next.iter().filter(|way| way.truth != Truth::False).count() > SOLUTIONS {
                    break;
                }
            }
            nodes.extend(merged);
            // Only the ways that can still change the answer go on; one that failed stays if all did.
            let best = next.iter().map(|way| way.truth).max().unwrap_or(Truth::False);
            next.retain(|way| way.truth != Truth::False || best == Truth::False);
            if best == Truth::False {
                next.truncate(1);
            }
            overflow |= next.len() > SOLUTIONS;
            next.truncate(SOLUTIONS);
            ways = next;
            if best == Truth::False {
                break;
            }
        }
        let mut truth = ways.iter().map(|way| way.truth).max().unwrap_or(Truth::True);
        let mut gaps = Vec::new();
        if truth == Truth::False && overflow {
            truth = Truth::Unknown;
            gaps.push(too_many());
        }
        if truth == Truth::Unknown {
            gaps.extend(nodes.iter().filter(|node| node.truth == Truth::Unknown).flat_map(|node| node.gaps.clone()));
            gaps = tell(gaps);
        }
        let sure = ways.into_iter().filter(|way| way.truth == Truth::True && truth == Truth::True);
        Outcome::new(condition, truth, sure.map(|way| way.solution).collect()).with_gaps(gaps).with_parts(nodes)
    }

    fn any(&self, condition: &'a Condition, parts: &'a [Condition], bound: &Bindings) -> Outcome<'a> {
        let outcomes: Vec<Outcome<'a>> = parts.iter().map(|part| self.eval(part, bound)).collect();
        let truth = Truth::any(outcomes.iter().map(|outcome| outcome.truth));
        let open = outcomes.iter().filter(|outcome| outcome.truth == Truth::Unknown);
        // One of the unknown parts is enough to decide: the one that takes the least.
        let gaps = open.map(|outcome| &outcome.node.gaps).min_by_key(|gaps| gaps.len()).cloned();
        let mut solutions = Vec::new();
        let mut nodes = Vec::new();
        for outcome in outcomes {
            solutions.extend(outcome.solutions);
            nodes.push(outcome.node);
        }
        solutions.truncate(SOLUTIONS + 1);
        let gaps = if truth == Truth::Unknown { gaps.unwrap_or_default() } else { Vec::new() };
        Outcome::new(condition, truth, solutions).with_gaps(gaps).with_parts(nodes)
    }

    fn first(&self, condition: &'a Condition, parts: &'a [Condition], bound: &Bindings) -> Outcome<'a> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        for part in parts {
            let outcome = self.eval(part, bound);
            let (truth, solutions) = (outcome.truth, outcome.solutions);
            nodes.push(outcome.node);
            if truth != Truth::Unknown {
                return Outcome::new(condition, truth, solutions).with_parts(nodes);
            }
        }
        let gaps = nodes.iter().map(|node| &node.gaps).min_by_key(|gaps| gaps.len()).cloned().unwrap_or_default();
        Outcome::new(condition, Truth::Unknown, Vec::new()).with_gaps(gaps).with_parts(nodes)
    }

    fn at_least(&self, condition: &'a Condition, count: u32, of: &'a [Condition], bound: &Bindings) -> Outcome<'a> {
        let outcomes: Vec<Outcome<'a>> = of.iter().map(|part| self.eval(part, bound)).collect();
        let how_many = |truth| outcomes.iter().filter(|outcome| outcome.truth == truth).count();
        let (sure, open, wanted) = (how_many(Truth::True), how_many(Truth::Unknown), count as usize);
        let truth = if sure >= wanted {
            Truth::True
        } else if sure + open >= wanted {
            Truth::Unknown
        } else {
            Truth::False
        };
        let mut solution = Solution { bound: bound.clone(), ..Solution::default() };
        for one in outcomes.iter().filter_map(|outcome| outcome.solutions.first()) {
            solution.seen.extend(one.seen.iter().cloned());
            solution.position = one.position.or(solution.position);
        }
        let mut gaps = Vec::new();
        if truth == Truth::Unknown {
            let unknown = outcomes.iter().filter(|outcome| outcome.truth == Truth::Unknown);
            let mut needs: Vec<&Vec<Gap>> = unknown.map(|outcome| &outcome.node.gaps).collect();
            needs.sort_by_key(|gaps| gaps.len());
            gaps.extend(needs.into_iter().take(wanted - sure).flatten().cloned());
        }
        let solutions = if truth == Truth::True { vec![solution] } else { Vec::new() };
        let nodes = outcomes.into_iter().map(|outcome| outcome.node).collect();
        Outcome::new(condition, truth, solutions).with_gaps(gaps).with_parts(nodes)
    }

    fn needs(&self, condition: &'a Condition, says: &str, of: &'a Condition, bound: &Bindings) -> Outcome<'a> {
        let inner = self.eval(of, bound);
        if inner.truth == Truth::True {
            return Outcome::new(condition, Truth::True, inner.solutions).with_parts(vec![inner.node]);
        }
        let gap = Gap {
            need: says.to_owned(),
            from: self.view.host().name.clone(),
            how: inner.node.gaps.first().map(|gap| gap.how.clone()).unwrap_or_default(),
            reason: inner.node.gaps.first().map_or(GapReason::NotCollected, |gap| gap.reason.clone()),
        };
        Outcome::new(condition, Truth::Unknown, Vec::new()).with_gaps(vec![gap]).with_parts(vec![inner.node])
    }
}

/// One way on through an `all`.
struct Way {
    truth: Truth,
    solution: Solution,
}

/// Holding without showing anything: the way on with what is bound already.
fn held(truth: Truth, bound: &Bindings) -> Vec<Solution> {
    let solution = Solution { bound: bound.clone(), ..Solution::default() };
    if truth == Truth::True { vec![solution] } else { Vec::new() }
}

/// The more telling of two proofs of the same part.
fn better<'a>(one: Node<'a>, other: Node<'a>) -> Node<'a> {
    if other.truth > one.truth { other } else { one }
}

pub(super) fn too_many() -> Gap {
    Gap {
        need: "fewer matching records: the search was cut short".to_owned(),
        from: String::new(),
        how: "narrow the bundle to the time in question".to_owned(),
        reason: GapReason::Ambiguous,
    }
}
