//! `count`: often enough, inside a window, for each value of some names on its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Bindings;
use crate::predicate::{Candidate, Solution, candidates, coverage_gap, milliseconds};
use crate::rule::{Condition, Count, Window};
use crate::truth::Truth;

use super::condition::{Context, Outcome};

pub(super) fn eval(context: &Context<'_>, condition: &Condition, count: &Count, bound: &Bindings) -> Outcome {
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<Candidate<'_>>> = BTreeMap::new();
    for candidate in candidates(&count.of, &context.view, bound) {
        let value = |name: &String| candidate.bound.get(name).map(|value| value.to_lowercase());
        groups.entry(count.per.iter().map(value).collect()).or_default().push(candidate);
    }
    let mut solutions = Vec::new();
    let mut open = false;
    for group in groups.into_values() {
        match reaches(&group, count) {
            Truth::True => solutions.extend(window(&group, count).map(|found| solution(found, count, bound))),
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
fn reaches(group: &[Candidate<'_>], count: &Count) -> Truth {
    if window(group, count).is_some() {
        return Truth::True;
    }
    let untimed = group.iter().any(|one| one.truth == Truth::Unknown || one.kept.position.time.is_none());
    let enough = amount(group, count) >= count.at_least as usize;
    if count.within.is_some() && untimed && enough { Truth::Unknown } else { Truth::False }
}

/// The first run of records that is enough.
fn window<'g, 'a>(group: &'g [Candidate<'a>], count: &Count) -> Option<&'g [Candidate<'a>]> {
    let wanted = count.at_least as usize;
    let mut start = 0;
    for end in 0..group.len() {
        while start < end && !inside(&group[start], &group[end], count.within) {
            start += 1;
        }
        let run = &group[start..=end];
        let sure = run.iter().all(|one| one.truth == Truth::True);
        if sure && inside(&group[start], &group[end], count.within) && amount(run, count) >= wanted {
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

fn inside(first: &Candidate<'_>, last: &Candidate<'_>, within: Option<Window>) -> bool {
    let (from, to) = (first.kept.position, last.kept.position);
    match within {
        None => true,
        Some(Window::Events(events)) => from.stream == to.stream && to.ordinal.saturating_sub(from.ordinal) < events,
        Some(Window::Time(ms)) => match (from.time, to.time) {
            (Some(from), Some(to)) => milliseconds(from, to).abs() <= ms,
            _ => false,
        },
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
