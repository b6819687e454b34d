//! `sequence`: events one after the other, and absences between them.
//!
//! A search with one frame a step. Each step takes, in order, the records after the step before; an absence waits for
//! the next event (or the end) and is then checked over the stretch between. A stretch that the log does not cover
//! leaves the absence unknown, and an order that nothing tells leaves the step unknown.

use crate::fact::{Bindings, Gap, Position, Timestamp};
use crate::predicate::{
    Candidate, SOLUTIONS, Seen, Solution, Stretch, View, candidates_between, coverage_gap, parse_time, span_gap,
};
use crate::rule::{Call, Condition, Scope, Sequence, Step, Until, Window};
use crate::truth::Truth;

use super::clock::{Clocks, Place};
use super::condition::{Context, Outcome, too_many};

pub(super) fn eval<'a>(
    context: &Context<'a>,
    condition: &'a Condition,
    sequence: &'a Sequence,
    bound: &Bindings,
) -> Outcome<'a> {
    let mut search = Search { context, sequence, gaps: Vec::new(), reached: 0, broken: None, nearest: Vec::new() };
    let mut truth = Truth::False;
    let mut solutions = Vec::new();
    let Some(Step::Seen { any, .. }) = sequence.steps.first() else {
        return Outcome::new(condition, Truth::Unknown, Vec::new());
    };
    for first in search.found(any, bound, None, None) {
        let start = Solution { bound: first.bound.clone(), seen: vec![first.seen()], position: None };
        let from = Place::of(&first);
        search.reach(1, &start.seen);
        let (found, solution) = search.after(1, from, from, start, first.truth);
        if found == Truth::True && solutions.len() <= SOLUTIONS {
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
        }
    }
    search.gaps.sort();
    search.gaps.dedup();
    let gaps = if truth == Truth::Unknown { std::mem::take(&mut search.gaps) } else { Vec::new() };
    let mut outcome = Outcome::new(condition, truth, solutions).with_gaps(gaps);
    outcome.node.note = format!(": {} of {} steps reached", search.reached, sequence.steps.len());
    if truth != Truth::True {
        // How near it came is what the reader of a proof wants to know.
        let next: Vec<String> = search.next_steps().iter().map(ToString::to_string).collect();
        if !next.is_empty() {
            outcome.node.note.push_str(&format!("; next: {}", next.join(", then ")));
        }
        outcome.node.seen = search.nearest;
    }
    outcome
}

struct Search<'a, 'c> {
    context: &'a Context<'c>,
    sequence: &'a Sequence,
    gaps: Vec<Gap>,
    reached: usize,
    /// When the last absence was found broken.
    broken: Option<Timestamp>,
    /// The events of the way that reached so far.
    nearest: Vec<Seen>,
}

impl<'a, 'c> Search<'a, 'c> {
    fn clocks(&self) -> Clocks<'c> {
        Clocks(self.context.view.hosts)
    }

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

    /// Takes down what is missing, once: a long log lacks the same for each of its records.
    fn lack(&mut self, gap: Gap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// The way with these events comes as far as this step.
    fn reach(&mut self, step: usize, seen: &[Seen]) {
        if step > self.reached {
            self.reached = step;
            self.nearest = seen.to_vec();
        }
    }

    /// What would have to come next: the event that was not found, with what must not come before it.
    fn next_steps(&self) -> &'a [Step] {
        let rest = self.sequence.steps.get(self.reached..).unwrap_or_default();
        let event = rest.iter().position(|step| matches!(step, Step::Seen { .. }));
        &rest[..event.map_or(rest.len(), |event| event + 1)]
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
        // The record that breaks an absence may itself be the next step.
        let end = self.first_violation(waiting.clone(), last, &so_far.bound);
        for candidate in self.found(any, &so_far.bound, Some(last), end.map(Place::next)) {
            let here = Place::of(&candidate);
            let order = self
                .clocks()
                .follows(last, here)
                .and(self.clocks().inside(last, here, *within))
                .and(self.clocks().inside(first, here, self.sequence.within))
                .and(candidate.truth);
            if order == Truth::False {
                continue;
            }
            let absent = self.absences(waiting.clone(), last, Some(here), &so_far.bound);
            let step_truth = truth.and(order).and(absent);
            if step_truth == Truth::False {
                continue;
            }
            found_any = true;
            let mut seen = so_far.seen.clone();
            seen.push(candidate.seen());
            self.reach(next + 1, &seen);
            let way = Solution { bound: candidate.bound.clone(), seen, position: None };
            let (truth, solution) = self.after(next + 1, first, here, way, step_truth);
            if truth == Truth::True {
                return (truth, solution);
            }
            best = best.or(truth);
        }
        if !found_any && best == Truth::False {
            let gaps = self.gaps.len();
            best = self.would_be_seen(any, last, within.or(self.sequence.within), &so_far.bound);
            if best == Truth::Unknown && self.came_too_late(any, waiting, last, end, &so_far.bound) {
                self.gaps.truncate(gaps);
                best = Truth::False;
            }
        }
        (best.and(truth), None)
    }

    /// The first record after `last` in its file that certainly breaks a waiting absence: the next step has to come
    /// before it. This keeps a search over a long log from pairing everything with everything.
    fn first_violation(&self, steps: std::ops::Range<usize>, last: Place, bound: &Bindings) -> Option<Place> {
        let view = &self.context.view;
        let mut first: Option<Place> = None;
        for step in &self.sequence.steps[steps] {
            let Step::Absent { any, within, until } = step else { continue };
            let Ok(until_time) = until_time(until.as_ref(), bound) else { continue };
            for call in any {
                let end = first.map(|first| first.position);
                for candidate in candidates_between(call, view, bound, Some(last.position), end) {
                    let here = Place::of(&candidate);
                    let in_file = here.host == last.host && here.position.stream == last.position.stream;
                    let in_time = until_time.is_none_or(|end| here.position.time.is_some_and(|time| time <= end));
                    if !in_file || !in_time || self.clocks().inside(last, here, *within) == Truth::False {
                        break;
                    }
                    if candidate.truth != Truth::True || self.clocks().inside(last, here, *within) != Truth::True {
                        continue;
                    }
                    let ended = match until {
                        Some(Until::Event(end)) => {
                            let mut ends =
                                candidates_between(end, view, bound, Some(last.position), Some(here.position));
                            ends.next().is_some_and(|end| end.kept.position.stream == last.position.stream)
                        }
                        _ => false,
                    };
                    if !ended {
                        first = Some(here);
                    }
                    break;
                }
            }
        }
        first
    }

    /// False if the logs of the step would show an event after `last`, else unknown.
    fn would_be_seen(&mut self, any: &[Call], last: Place, within: Option<Window>, bound: &Bindings) -> Truth {
        let times: Vec<Timestamp> = match (within, last.position.time) {
            (Some(Window::Time(ms)), Some(time)) => vec![time, add(time, ms)],
            _ => Vec::new(),
        };
        let mut lacks = false;
        for call in any {
            let gap = coverage_gap(call, &self.context.view, bound)
                .or_else(|| span_gap(call, &self.context.view, &times, Stretch::default()));
            lacks |= gap.is_some();
            gap.into_iter().for_each(|gap| self.lack(gap));
        }
        if lacks { Truth::Unknown } else { Truth::False }
    }

    /// Whether an absence ended while the logs of the step still show that it had not happened: whatever they do not
    /// show comes after that.
    fn came_too_late(
        &mut self,
        any: &[Call],
        waiting: std::ops::Range<usize>,
        last: Place,
        end: Option<Place>,
        bound: &Bindings,
    ) -> bool {
        self.broken = end.and_then(|end| end.position.time);
        if end.is_none() && self.absences(waiting, last, None, bound) != Truth::False {
            return false;
        }
        let (Some(begin), Some(broken)) = (last.position.time, self.broken) else { return false };
        let shows = |call: &Call| span_gap(call, &self.context.view, &[begin, broken], Stretch::default()).is_none();
        any.iter().all(|call| call.scope == Scope::Here && shows(call))
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
                let follows = self.clocks().follows(last, Place::of(&end));
                ends.push(end);
                if follows == Truth::True {
                    break;
                }
            }
        }
        let Ok(until_time) = until_time(until.as_ref(), bound) else { return Truth::Unknown };
        // In its own file the stretch ends where the next step or the first end stands: no need to look further.
        let in_file = |place: &Position| place.stream == last.position.stream;
        let ends_at = ends.iter().filter(|end| end.host == last.host).map(|end| end.kept.position).find(in_file);
        let limit = [next.map(|next| next.position).filter(in_file), ends_at].into_iter().flatten();
        let limit = limit.min_by_key(|position| position.ordinal);
        let mut truth = Truth::True;
        let view: &'a View<'c> = &self.context.view;
        let found = any.iter().flat_map(|call| candidates_between(call, view, bound, Some(last.position), limit));
        for candidate in found {
            let here = Place::of(&candidate);
            let before_end = next.map_or(Truth::True, |next| self.clocks().follows(here, next));
            let before_time = until_time.map_or(Truth::True, |end| match here.position.time {
                Some(time) => (time <= end).into(),
                None => Truth::Unknown,
            });
            let mut inside_stretch = self
                .clocks()
                .follows(last, here)
                .and(before_end)
                .and(before_time)
                .and(self.clocks().inside(last, here, *within));
            if inside_stretch == Truth::False {
                continue;
            }
            // An end between `last` and this one puts it outside.
            let affordable = ends.iter().take_while(|_| view.effort.spend());
            let cut_off = Truth::any(affordable.map(|end| {
                let end = Place::of(end);
                self.clocks().follows(last, end).and(self.clocks().follows(end, here))
            }));
            inside_stretch = inside_stretch.and(!cut_off).and(candidate.truth);
            truth = truth.and(!inside_stretch);
            if truth == Truth::False {
                self.broken = here.position.time;
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
                self.lack(gap);
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
            let places = ends.iter().map(Place::of);
            places.filter(|end| self.clocks().follows(last, *end) == Truth::True).map(|end| end.position).next()
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
        let stretch = Stretch { after: Some(last.position), before: ended };
        span_gap(call, &self.context.view, &times, stretch)
    }
}

/// The time at which an absence ends, if it ends at one.
fn until_time(until: Option<&Until>, bound: &Bindings) -> Result<Option<Timestamp>, Unbound> {
    let Some(Until::Time(name)) = until else { return Ok(None) };
    bound.get(name).and_then(|text| parse_time(text)).map(Some).ok_or(Unbound)
}

/// A name that is bound to no time.
struct Unbound;

fn add(time: Timestamp, ms: i64) -> Timestamp {
    time.saturating_add(jiff::SignedDuration::from_millis(ms))
}
