//! `count`: often enough, inside a window, for each value of some names on its own.
//!
//! Records go by one after the other. A group holds those that may still be counted together, and none once it has
//! reached its count; how many groups and records are held at once is limited, and a count over the limit is unknown.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::fact::{Bindings, Gap, GapReason};
use crate::predicate::{Candidate, SOLUTIONS, Solution, candidates, coverage_gap};
use crate::rule::{Condition, Count, Window};
use crate::truth::Truth;

use super::clock::{Clocks, Place};
use super::condition::{Context, Outcome};

/// How many groups one count follows.
const GROUPS: usize = 20_000;

/// How many records the groups of one count hold together.
const HELD: usize = 100_000;

pub(super) fn eval<'a>(
    context: &Context<'a>,
    condition: &'a Condition,
    count: &'a Count,
    bound: &Bindings,
) -> Outcome<'a> {
    let clocks = Clocks(context.view.hosts);
    let mut groups: BTreeMap<Vec<Option<String>>, Group<'_>> = BTreeMap::new();
    let mut held = 0;
    let mut overflow = false;
    for candidate in candidates(&count.of, &context.view, bound) {
        let value = |name: &String| candidate.bound.get(name).map(|value| value.to_lowercase());
        let group = groups.entry(count.per.iter().map(value).collect()).or_default();
        held -= group.run.len();
        group.add(candidate, count, clocks, bound);
        held += group.run.len();
        overflow = groups.len() > GROUPS || held > HELD;
        if overflow {
            break;
        }
    }
    let open = groups.values().any(|group| group.may_reach(count));
    let mut solutions: Vec<Solution> = groups.into_values().filter_map(|group| group.reached).collect();
    solutions.truncate(SOLUTIONS + 1);
    if !solutions.is_empty() {
        return Outcome::new(condition, Truth::True, solutions);
    }
    let unknown =
        |gap: Option<Gap>| Outcome::new(condition, Truth::Unknown, Vec::new()).with_gaps(gap.into_iter().collect());
    match coverage_gap(&count.of, &context.view, bound) {
        _ if overflow => unknown(Some(too_many_groups())),
        None if !open => Outcome::new(condition, Truth::False, Vec::new()),
        gap => unknown(gap),
    }
}

fn too_many_groups() -> Gap {
    Gap {
        need: format!("fewer records to count: more than {GROUPS} groups or {HELD} records of them are not followed"),
        from: String::new(),
        how: "narrow the bundle to the time in question".to_owned(),
        reason: GapReason::Ambiguous,
    }
}

/// The records of one group.
#[derive(Default)]
struct Group<'a> {
    /// Those that are in one window with the last one.
    run: VecDeque<Candidate<'a>>,
    /// The different values in the run, with how often each stands there.
    values: BTreeMap<String, usize>,
    /// How many of the run only may be records of the count.
    unsure: usize,
    /// The first run that was enough.
    reached: Option<Solution>,
    all: Seen,
}

/// What there is to know of all records of a group, wherever their windows end.
#[derive(Default)]
struct Seen {
    records: usize,
    /// The different values, until they are enough.
    values: BTreeSet<String>,
    host: Option<usize>,
    /// Whether nothing tells for some of them which come in one window.
    untimed: bool,
}

impl<'a> Group<'a> {
    fn add(&mut self, candidate: Candidate<'a>, count: &Count, clocks: Clocks<'_>, bound: &Bindings) {
        if self.reached.is_some() {
            return;
        }
        let value = value(&candidate, count);
        self.all.add(&candidate, value.as_ref(), count);
        let last = Place::of(&candidate);
        self.unsure += usize::from(candidate.truth != Truth::True);
        value.into_iter().for_each(|value| *self.values.entry(value).or_default() += 1);
        self.run.push_back(candidate);
        while self.run.len() > 1 && self.run.front().is_some_and(|first| !inside(first, last, count, clocks)) {
            self.drop_first(count);
        }
        let amount = if count.distinct.is_some() { self.values.len() } else { self.run.len() };
        let in_window = self.run.front().is_some_and(|first| inside(first, last, count, clocks));
        if self.unsure == 0 && in_window && amount >= count.at_least as usize {
            self.reached = Some(solution(&self.run, count, bound));
            self.run.clear();
            self.values.clear();
        }
    }

    fn drop_first(&mut self, count: &Count) {
        let Some(first) = self.run.pop_front() else { return };
        self.unsure -= usize::from(first.truth != Truth::True);
        let Some(value) = value(&first, count) else { return };
        if let Some(times) = self.values.get_mut(&value) {
            *times -= 1;
            if *times == 0 {
                self.values.remove(&value);
            }
        }
    }

    /// Whether records without a sure time might make up the count.
    fn may_reach(&self, count: &Count) -> bool {
        let amount = if count.distinct.is_some() { self.all.values.len() } else { self.all.records };
        self.reached.is_none() && count.within.is_some() && self.all.untimed && amount >= count.at_least as usize
    }
}

impl Seen {
    fn add(&mut self, candidate: &Candidate<'_>, value: Option<&String>, count: &Count) {
        self.records += 1;
        if let Some(value) = value.filter(|_| self.values.len() < count.at_least as usize) {
            self.values.insert(value.clone());
        }
        let elsewhere = *self.host.get_or_insert(candidate.host) != candidate.host;
        let position = candidate.kept.position;
        let doubtful = candidate.truth == Truth::Unknown || position.time.is_none() || position.doubt > 0;
        self.untimed |= elsewhere || doubtful;
    }
}

/// What is counted, if it is not the records themselves.
fn value(candidate: &Candidate<'_>, count: &Count) -> Option<String> {
    candidate.bound.get(count.distinct.as_ref()?).map(|value| value.to_lowercase())
}

/// Whether both are certainly in one window. A window of three events holds three, so the last is two behind the first.
fn inside(first: &Candidate<'_>, to: Place, count: &Count, clocks: Clocks<'_>) -> bool {
    let from = Place::of(first);
    match count.within {
        None => true,
        Some(Window::Events(events)) => {
            from.is_in_file_of(&to) && to.position.ordinal.saturating_sub(from.position.ordinal) < events
        }
        Some(Window::Time(ms)) => clocks.apart(from, to).is_some_and(|(least, most)| -ms <= least && most <= ms),
    }
}

/// The group's names stay bound; what differs inside the group does not. A long run shows its beginning, and its latest
/// record: that tells whether it was after a fix.
fn solution(run: &VecDeque<Candidate<'_>>, count: &Count, bound: &Bindings) -> Solution {
    let mut names = bound.clone();
    for name in &count.per {
        if let Some(value) = run.front().and_then(|first| first.bound.get(name)) {
            names.insert(name.clone(), value.clone());
        }
    }
    let mut seen: Vec<_> = run.iter().take(SOLUTIONS).map(Candidate::seen).collect();
    let rest = run.iter().skip(SOLUTIONS);
    seen.extend(rest.max_by_key(|one| one.kept.position.time).map(Candidate::seen));
    Solution { bound: names, seen, position: run.back().map(|last| last.kept.position) }
}
