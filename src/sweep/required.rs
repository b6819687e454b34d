//! What all patterns require, in a few flat lists that are quick to store and to read again.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Pattern;
use super::lists::Lists;
use super::parts::{MAX_TEXT, Order, Wanted, is_usable, sets};
use super::text::is_plain;

/// What all patterns require. It does not depend on the input, so it can be kept from run to run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Required {
    /// Each text once.
    pub(super) texts: Lists<u8>,
    /// The texts of each set of each pattern.
    pub(super) sets: Lists<u32>,
    /// For each set, where its texts stand.
    pub(super) orders: Vec<Order>,
    /// For each pattern, where its sets end. Those that can be looked for come first.
    ends: Vec<u32>,
    /// How many sets of each pattern can be looked for.
    usable: Vec<u8>,
}

/// As it was stored, and not yet believed.
#[derive(Debug, Deserialize)]
struct Stored {
    texts: Lists<u8>,
    sets: Lists<u32>,
    orders: Vec<Order>,
    ends: Vec<u32>,
    usable: Vec<u8>,
}

impl TryFrom<Stored> for Required {
    type Error = &'static str;

    fn try_from(Stored { texts, sets, orders, ends, usable }: Stored) -> Result<Self, Self::Error> {
        let required = Self { texts, sets, orders, ends, usable };
        if required.is_consistent() { Ok(required) } else { Err("these are no texts of patterns") }
    }
}

/// Whether each match of the pattern holds one of a few texts, so that lines can be found by them.
#[must_use]
pub fn has_text(pattern: &Pattern<'_>) -> bool {
    sets(pattern).first().is_some_and(|set| is_usable(set.texts.iter()))
}

impl Required {
    /// Reads the patterns; the number of a pattern is its place in the list.
    #[must_use]
    pub fn new(patterns: &[Pattern<'_>]) -> Self {
        let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
        let mut new = Self::default();
        for pattern in patterns {
            let sets = sets(pattern);
            new.usable.push(sets.iter().take_while(|set| is_usable(set.texts.iter())).count() as u8);
            for Wanted { texts: wanted, order } in sets {
                let texts = &mut new.texts;
                let number = |text: Vec<u8>| {
                    *numbers.entry(text).or_insert_with_key(|text| {
                        texts.push(text.iter().copied());
                        texts.len() as u32 - 1
                    })
                };
                new.sets.push(wanted.into_iter().map(number));
                new.orders.push(order);
            }
            new.ends.push(new.sets.len() as u32);
        }
        new
    }

    /// How many patterns there are.
    #[must_use]
    pub fn patterns(&self) -> usize {
        self.ends.len()
    }

    /// The patterns that no text stands for: every line may match them.
    pub fn slow(&self) -> impl Iterator<Item = usize> {
        (0..self.patterns()).filter(|&pattern| self.usable(pattern).is_empty())
    }

    /// What some of the patterns require, which are numbered anew in this order.
    #[must_use]
    pub fn select(&self, patterns: impl IntoIterator<Item = usize>) -> Self {
        let mut numbers: Vec<Option<u32>> = vec![None; self.texts.len()];
        let mut new = Self::default();
        for pattern in patterns {
            new.usable.push(self.usable.get(pattern).copied().unwrap_or(0));
            for set in self.sets_of(pattern) {
                let texts = &mut new.texts;
                let number = |&text: &u32| {
                    *numbers[text as usize].get_or_insert_with(|| {
                        texts.push(self.texts.get(text as usize).iter().copied());
                        texts.len() as u32 - 1
                    })
                };
                new.sets.push(self.sets.get(set).iter().map(number).collect::<Vec<_>>());
                new.orders.push(self.order(set));
            }
            new.ends.push(new.sets.len() as u32);
        }
        new
    }

    /// The numbers of the sets of a pattern.
    pub(super) fn sets_of(&self, pattern: usize) -> Range<usize> {
        let end = |pattern: usize| self.ends.get(pattern).map_or(0, |&end| end as usize);
        pattern.checked_sub(1).map_or(0, end)..end(pattern)
    }

    /// The numbers of those sets that can be looked for.
    pub(super) fn usable(&self, pattern: usize) -> Range<usize> {
        let Range { start, end } = self.sets_of(pattern);
        let usable = self.usable.get(pattern).map_or(0, |&usable| usize::from(usable));
        start..end.min(start + usable)
    }

    /// Where the texts of a set stand.
    pub(super) fn order(&self, set: usize) -> Order {
        self.orders.get(set).copied().unwrap_or_default()
    }

    /// The texts of a set.
    pub(super) fn texts_of(&self, set: usize) -> impl Iterator<Item = &[u8]> {
        self.sets.get(set).iter().map(|&text| self.texts.get(text as usize))
    }

    /// Whether all numbers point to something, and all texts are in the form that is looked for.
    fn is_consistent(&self) -> bool {
        let is_text = |text: &[u8]| text.len() <= MAX_TEXT && is_plain(text);
        let is_set = |set: &[u32]| !set.is_empty() && set.iter().all(|&text| (text as usize) < self.texts.len());
        let is_pattern = |(pattern, &usable): (usize, &u8)| {
            usize::from(usable) <= self.sets_of(pattern).len()
                && self.usable(pattern).all(|set| is_usable(self.texts_of(set)))
        };
        self.texts.is_consistent()
            && self.sets.is_consistent()
            && self.orders.len() == self.sets.len()
            && self.ends.is_sorted()
            && self.ends.last().map_or(0, |&end| end as usize) == self.sets.len()
            && self.usable.len() == self.ends.len()
            && self.texts.iter().all(is_text)
            && self.sets.iter().all(is_set)
            && self.usable.iter().enumerate().all(is_pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Required {
        Required::new(&[
            Pattern::Literal("Unable to connect"),
            Pattern::Regex("error.*(disk|tape) full"),
            Pattern::Literal("ab"),
            Pattern::Literal("unable  to connect"),
            Pattern::Regex("(("),
        ])
    }

    #[test]
    fn every_text_is_kept_once() {
        let required = some();
        let texts: Vec<_> = required.texts.iter().map(String::from_utf8_lossy).collect();
        assert_eq!(texts, ["unable to connect", "disk full", "tape full", "error", "ab"]);
        let sets = |pattern| (required.sets_of(pattern), required.usable(pattern));
        assert_eq!([0, 1, 2, 3, 4].map(sets), [(0..1, 0..1), (1..3, 1..3), (3..4, 3..3), (4..5, 4..5), (5..5, 5..5)]);
        assert_eq!(required.sets.iter().collect::<Vec<_>>(), [&[0][..], &[1, 2], &[3], &[4], &[0]]);
    }

    #[test]
    fn some_patterns_require_what_they_required() {
        let all = some();
        assert_eq!(all.select(0..all.patterns()), all);
        let regex = Required::new(&[Pattern::Literal("ab"), Pattern::Regex("error.*(disk|tape) full")]);
        assert_eq!(all.select([2, 1]), regex);
        assert_eq!(all.select([]), Required::new(&[]));
    }

    #[test]
    fn it_is_read_as_it_was_stored() -> Result<(), serde_json::Error> {
        for required in [some(), Required::new(&[])] {
            let stored = serde_json::to_string(&required)?;
            assert_eq!(serde_json::from_str::<Required>(&stored)?, required);
        }
        Ok(())
    }

    /// Each number in turn is made a wrong one: what is still taken must be harmless.
    #[test]
    fn what_is_damaged_is_not_believed() -> Result<(), serde_json::Error> {
        let stored = serde_json::to_string(&some())?;
        let (mut refused, mut taken) = (0, 0);
        for (at, _) in stored.match_indices(|c: char| c.is_ascii_digit()) {
            for digit in ["0", "1", "2", "9", "99", "-1", "4000000000", "3,3", "32"] {
                let damaged = format!("{}{digit}{}", &stored[..at], &stored[at + 1..]);
                let Ok(required) = serde_json::from_str::<Required>(&damaged) else {
                    refused += 1;
                    continue;
                };
                taken += 1;
                let sweep = crate::sweep::Sweep::new(&required, b"unable to connect");
                let mut found = Vec::new();
                let text = b"a text: unable to connect, error: disk full, tape full, ab";
                sweep.scan_text(text, &mut crate::sweep::Scratch::default(), &mut found);
                assert!(found.iter().all(|&pattern| (pattern as usize) < required.patterns()), "{damaged}");
            }
        }
        assert!(refused > 500 && taken > 50, "{refused} {taken}");
        Ok(())
    }
}
