//! `count`: often enough, inside a window, for each value of some names on its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Bindings;
use crate::predicate::{Candidate, Solution, candidates, coverage_gap};
use crate::rule::{Condition, Count, Window};
use crate::truth::Truth;

use super::clock::{Clocks, Place};
use super::condition::{Context, Outcome};

pub(super) fn eval<'a>(
    context: &Context<'a>,
    condition: &'a Condition,
    count: &'a Count,
    bound: &Bindings,
) -> Outcome<'a> {
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<Candidate<'_>>> = BTreeMap::new();
    for candidate in candidates(&count.of, &context.view, bound) {
        let value = |name: &String| candidate.bound.get(name).map(|value| value.to_lowercase());
        groups.entry(count.per.iter().map(value).collect()).or_default().push(candidate);
    }
    let clocks = Clocks(context.view.hosts);
    let mut solutions = Vec::new();
    let mut open = false;
    for group in groups.into_values() {
        match reaches(&group, count, clocks) {
            Truth::True => solutions.extend(window(&group, count, clocks).map(|found| solution(found, count, bound))),
            Truth::Unknown => open = true,
            Truth::False => {}
        }
    }
    if !solutions.is_empty() {
        return Outcome::new(condition, Truth::True, solutions);
    }
    match coverage_gap(&count.of, &context.view, bound) {
        None if !open => Outcome::new(condition, Truth::False, Vec::new()),
        gap => Outcome::new(condition, Truth::Unknown, Vec::new()).with_gaps(gap.into_iter().collect()),
    }
}

/// Whether the group reaches the count; unknown if records without a time might make it up.
fn reaches(group: &[Candidate<'_>], count: &Count, clocks: Clocks<'_>) -> Truth {
    if window(group, count, clocks).is_some() {
        return Truth::True;
    }
    let doubtful = |one: &Candidate<'_>| {
        one.truth == Truth::Unknown || one.kept.position.time.is_none() || one.kept.position.doubt > 0
    };
    let of_many = group.first().is_some_and(|first| group.iter().any(|one| one.host != first.host));
    let untimed = of_many || group.iter().any(doubtful);
    let enough = amount(group, count) >= count.at_least as usize;
    if count.within.is_some() && untimed && enough { Truth::Unknown } else { Truth::False }
}

/// The first run of records that is enough.
fn window<'g, 'a>(group: &'g [Candidate<'a>], count: &Count, clocks: Clocks<'_>) -> Option<&'g [Candidate<'a>]> {
    let wanted = count.at_least as usize;
    let mut start = 0;
    for end in 0..group.len() {
        while start < end && !inside(&group[start], &group[end], count.within, clocks) {
            start += 1;
        }
        let run = &group[start..=end];
        let sure = run.iter().all(|one| one.truth == Truth::True);
        if sure && inside(&group[start], &group[end], count.within, clocks) && amount(run, count) >= wanted {
            return Some(run);
        }
    }
    None
}

fn amount(run: &[Candidate<'_>], count: &Count) -> usize {
    match &count.distinct {
        None => run.len(),
        Some(name) => {
            let values: BTreeSet<String> =
                run.iter().filter_map(|one| one.bound.get(name)).map(|value| value.to_lowercase()).collect();
            values.len()
        }
    }
}

/// Whether both are certainly in one window. A window of three events holds three, so the last is two behind the first.
fn inside(first: &Candidate<'_>, last: &Candidate<'_>, within: Option<Window>, clocks: Clocks<'_>) -> bool {
    let place = |one: &Candidate<'_>| Place { position: one.kept.position, host: one.host };
    let (from, to) = (place(first), place(last));
    match within {
        None => true,
        Some(Window::Events(events)) => {
            from.is_in_file_of(&to) && to.position.ordinal.saturating_sub(from.position.ordinal) < events
        }
        Some(Window::Time(ms)) => clocks.apart(from, to).is_some_and(|(least, most)| -ms <= least && most <= ms),
    }
}

/// The group's names stay bound; what differs inside the group does not.
fn solution(run: &[Candidate<'_>], count: &Count, bound: &Bindings) -> Solution {
    let mut names = bound.clone();
    for name in &count.per {
        if let Some(value) = run.first().and_then(|first| first.bound.get(name)) {
            names.insert(name.clone(), value.clone());
        }
    }
    let seen = run.iter().map(Candidate::seen).collect();
    Solution { bound: names, seen, position: run.last().map(|last| last.kept.position) }
}
