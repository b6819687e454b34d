//! `sequence`: events one after the other, and absences between them.
//!
//! A search with one frame a step. Each step takes, in order, the records after the step before; an absence waits for
//! the next event (or the end) and is then checked over the stretch between. A stretch that the log does not cover
//! leaves the absence unknown, and an order that nothing tells leaves the step unknown.

use std::cmp::Ordering;

use crate::fact::{Bindings, Gap, Position, Timestamp};
use crate::predicate::{
    Candidate, Solution, View, candidates_between, coverage_gap, milliseconds, parse_time, span_gap,
};
use crate::rule::{Call, Condition, Sequence, Step, Until, Window};
use crate::truth::Truth;

use super::condition::{Context, Outcome, too_many};
use super::{EFFORT, SOLUTIONS};

pub(super) fn eval(context: &Context<'_>, condition: &Condition, sequence: &Sequence, bound: &Bindings) -> Outcome {
    let mut search = Search { context, sequence, effort: EFFORT, gaps: Vec::new(), reached: 0 };
    let mut truth = Truth::False;
    let mut solutions = Vec::new();
    let Some(Step::Seen { any, .. }) = sequence.steps.first() else {
        return Outcome::new(condition, Truth::Unknown, Vec::new());
    };
    for first in search.found(any, bound, None, None) {
        let start = Solution { bound: first.bound.clone(), seen: vec![first.seen()], position: None };
        let from = Place { position: first.kept.position, host: first.host };
        search.reached = search.reached.max(1);
        let (found, solution) = search.after(1, from, from, start, first.truth);
        if found == Truth::True && solutions.len() < SOLUTIONS {
            solutions.extend(solution);
        }
        truth = truth.or(found);
    }
    if truth == Truth::False {
        // "There was no first event" is an answer only if its log would show it.
        let lacks = search.lacks_first(bound);
        if let Some(gap) = lacks {
            truth = Truth::Unknown;
            search.gaps.push(gap);
        } else if search.effort == 0 {
            truth = Truth::Unknown;
            search.gaps.push(too_many());
        }
    }
    search.gaps.sort();
    search.gaps.dedup();
    let gaps = if truth == Truth::Unknown { std::mem::take(&mut search.gaps) } else { Vec::new() };
    let mut outcome = Outcome::new(condition, truth, solutions).with_gaps(gaps);
    outcome.node.condition = format!("{condition}: {} of {} steps reached", search.reached, sequence.steps.len());
    outcome
}

struct Search<'a, 'c> {
    context: &'a Context<'c>,
    sequence: &'a Sequence,
    effort: usize,
    gaps: Vec<Gap>,
    reached: usize,
}

/// Where the search stands.
#[derive(Clone, Copy)]
struct Place {
    position: Position,
    host: usize,
}

impl<'a, 'c> Search<'a, 'c> {
    /// All records for one step under what is bound, in order of each log; between `last` and `next` in theirs.
    fn found<'b>(
        &self,
        any: &'b [Call],
        bound: &'b Bindings,
        last: Option<Place>,
        next: Option<Place>,
    ) -> Box<dyn Iterator<Item = Candidate<'c>> + 'b>
    where
        'c: 'b,
        'a: 'b,
    {
        let view: &'a View<'c> = &self.context.view;
        let (after, before) = (last.map(|last| last.position), next.map(|next| next.position));
        match any {
            [call] => Box::new(candidates_between(call, view, bound, after, before)),
            many => {
                let mut found: Vec<_> =
                    many.iter().flat_map(|call| candidates_between(call, view, bound, after, before)).collect();
                found.sort_by_key(|one| (one.host, one.kept.position.stream, one.kept.position.ordinal));
                Box::new(found.into_iter())
            }
        }
    }

    /// Whether the steps from `step` on follow after `last`; with the first way in which they do.
    fn after(
        &mut self,
        step: usize,
        first: Place,
        last: Place,
        so_far: Solution,
        truth: Truth,
    ) -> (Truth, Option<Solution>) {
        // Absences wait for the event that ends their stretch.
        let next = (step..self.sequence.steps.len()).find(|&i| matches!(self.sequence.steps[i], Step::Seen { .. }));
        let waiting = step..next.unwrap_or(self.sequence.steps.len());
        let Some(next) = next else {
            let absent = self.absences(waiting, last, None, &so_far.bound);
            let truth = truth.and(absent);
            if truth != Truth::False {
                self.reached = self.sequence.steps.len();
            }
            let solution = Solution { position: Some(last.position), ..so_far };
            return (truth, (truth == Truth::True).then_some(solution));
        };
        let Step::Seen { any, within } = &self.sequence.steps[next] else { return (Truth::False, None) };
        let mut best = Truth::False;
        let mut found_any = false;
        // What stands between `last` and one record of its log stands before all later ones too. Without this, a long
        // log of short runs costs the square of its length.
        let mut broken = false;
        for candidate in self.found(any, &so_far.bound, Some(last), None) {
            let in_log = candidate.host == last.host
                && candidate.kept.position.stream == last.position.stream
                && candidate.kept.position.ordinal > last.position.ordinal;
            if broken && in_log {
                continue;
            }
            if self.effort == 0 {
                return (best.or(Truth::Unknown), None);
            }
            self.effort -= 1;
            let here = Place { position: candidate.kept.position, host: candidate.host };
            let order = follows(last, here)
                .and(inside(last, here, *within))
                .and(inside(first, here, self.sequence.within))
                .and(candidate.truth);
            if order == Truth::False {
                continue;
            }
            let absent = self.absences(waiting.clone(), last, Some(here), &so_far.bound);
            broken |= absent == Truth::False && in_log;
            let step_truth = truth.and(order).and(absent);
            if step_truth == Truth::False {
                continue;
            }
            found_any = true;
            self.reached = self.reached.max(next + 1);
            let mut seen = so_far.seen.clone();
            seen.push(candidate.seen());
            let way = Solution { bound: candidate.bound.clone(), seen, position: None };
            let (truth, solution) = self.after(next + 1, first, here, way, step_truth);
            if truth == Truth::True {
                return (truth, solution);
            }
            best = best.or(truth);
        }
        if !found_any && best == Truth::False {
            best = self.would_be_seen(any, last, within.or(self.sequence.within), &so_far.bound);
        }
        (best.and(truth), None)
    }

    /// False if the logs of the step would show an event after `last`, else unknown.
    fn would_be_seen(&mut self, any: &[Call], last: Place, within: Option<Window>, bound: &Bindings) -> Truth {
        let times: Vec<Timestamp> = match (within, last.position.time) {
            (Some(Window::Time(ms)), Some(time)) => vec![time, add(time, ms)],
            _ => Vec::new(),
        };
        let mut lacks = false;
        for call in any {
            let gap =
                coverage_gap(call, &self.context.view, bound).or_else(|| span_gap(call, &self.context.view, &times));
            lacks |= gap.is_some();
            self.gaps.extend(gap);
        }
        if lacks { Truth::Unknown } else { Truth::False }
    }

    fn lacks_first(&self, bound: &Bindings) -> Option<Gap> {
        match self.sequence.steps.first()? {
            Step::Seen { any, .. } if self.reached == 0 => {
                any.iter().find_map(|call| coverage_gap(call, &self.context.view, bound))
            }
            _ => None,
        }
    }

    /// Whether all waiting absences hold between `last` and `next` (or the end of the evidence).
    fn absences(&mut self, steps: std::ops::Range<usize>, last: Place, next: Option<Place>, bound: &Bindings) -> Truth {
        let mut truth = Truth::True;
        for step in steps {
            truth = truth.and(self.absence(step, last, next, bound));
        }
        truth
    }

    fn absence(&mut self, step: usize, last: Place, next: Option<Place>, bound: &Bindings) -> Truth {
        let sequence = self.sequence;
        let Step::Absent { any, within, until } = &sequence.steps[step] else { return Truth::True };
        // The first that certainly follows ends the stretch; those before it in the search may end it.
        let mut ends: Vec<Candidate<'c>> = Vec::new();
        if let Some(Until::Event(call)) = until {
            for end in candidates_between(call, &self.context.view, bound, Some(last.position), None) {
                let follows = follows(last, Place { position: end.kept.position, host: end.host });
                ends.push(end);
                if follows == Truth::True {
                    break;
                }
            }
        }
        let until_time = match until {
            Some(Until::Time(name)) => match bound.get(name).and_then(|text| parse_time(text)) {
                Some(time) => Some(time),
                None => return Truth::Unknown,
            },
            _ => None,
        };
        let mut truth = Truth::True;
        for candidate in self.found(any, bound, Some(last), next) {
            if self.effort == 0 {
                return Truth::Unknown;
            }
            self.effort -= 1;
            let here = Place { position: candidate.kept.position, host: candidate.host };
            let before_end = next.map_or(Truth::True, |next| follows(here, next));
            let before_time = until_time.map_or(Truth::True, |end| match here.position.time {
                Some(time) => (time <= end).into(),
                None => Truth::Unknown,
            });
            let mut inside_stretch =
                follows(last, here).and(before_end).and(before_time).and(inside(last, here, *within));
            if inside_stretch == Truth::False {
                continue;
            }
            // An end between `last` and this one puts it outside.
            let cut_off = Truth::any(ends.iter().map(|end| {
                let end = Place { position: end.kept.position, host: end.host };
                follows(last, end).and(follows(end, here))
            }));
            inside_stretch = inside_stretch.and(!cut_off).and(candidate.truth);
            truth = truth.and(!inside_stretch);
            if truth == Truth::False {
                return truth;
            }
        }
        if truth != Truth::True {
            return truth;
        }
        let gap = any.iter().find_map(|call| self.stretch_gap(call, last, next, *within, until_time, &ends));
        match gap {
            None => Truth::True,
            Some(gap) => {
                self.gaps.push(gap);
                Truth::Unknown
            }
        }
    }

    /// Why nothing between `last` and the end of the stretch could be an answer, if it is none.
    fn stretch_gap(
        &self,
        call: &Call,
        last: Place,
        next: Option<Place>,
        within: Option<Window>,
        until: Option<Timestamp>,
        ends: &[Candidate<'_>],
    ) -> Option<Gap> {
        let mut times: Vec<Timestamp> = last.position.time.into_iter().collect();
        let ended = next.map(|next| next.position).or_else(|| {
            ends.iter().map(|end| end.kept.position).find(|end| last.position.order(end) == Some(Ordering::Less))
        });
        match (ended, within, last.position.time) {
            (Some(end), _, _) => times.extend(end.time),
            (None, Some(Window::Time(ms)), Some(time)) => times.push(add(time, ms)),
            (None, Some(Window::Time(_)), None) => {
                return coverage_gap(call, &self.context.view, &Bindings::new()).or_else(|| Some(too_many()));
            }
            _ => {}
        }
        times.extend(until);
        span_gap(call, &self.context.view, &times)
    }
}

/// Whether `later` comes after `earlier`. Clocks of different machines are not compared.
fn follows(earlier: Place, later: Place) -> Truth {
    if earlier.host != later.host {
        return Truth::Unknown;
    }
    match earlier.position.order(&later.position) {
        Some(Ordering::Less) => Truth::True,
        Some(Ordering::Greater) => Truth::False,
        // The same moment in two files: nothing tells which was first. In one file it is the same record.
        Some(Ordering::Equal) if earlier.position.stream == later.position.stream => Truth::False,
        Some(Ordering::Equal) | None => Truth::Unknown,
    }
}

fn inside(from: Place, to: Place, within: Option<Window>) -> Truth {
    match within {
        None => Truth::True,
        Some(Window::Events(events)) if from.position.stream == to.position.stream => {
            (from.position.ordinal.abs_diff(to.position.ordinal) <= events).into()
        }
        Some(Window::Events(_)) => Truth::False,
        Some(Window::Time(ms)) => match (from.position.time, to.position.time) {
            (Some(from), Some(to)) => (milliseconds(from, to) <= ms).into(),
            _ => Truth::Unknown,
        },
    }
}

fn add(time: Timestamp, ms: i64) -> Timestamp {
    time.saturating_add(jiff::SignedDuration::from_millis(ms))
}
