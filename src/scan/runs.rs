//! What is kept of one file: for each query its first and its last records, and no more in all than there is room for.

use std::collections::{BTreeMap, VecDeque};

use crate::fact::Kept;

use super::{KEPT_AT_LEAST, KEPT_PER_QUERY};

/// The records that all queries keep of one file.
#[derive(Debug)]
pub(super) struct Runs {
    by_query: BTreeMap<usize, Run>,
    /// How many records there are.
    count: usize,
    /// How many there may be before every query has to keep fewer.
    room: usize,
    /// How many a query may keep.
    per_query: usize,
}

impl Runs {
    pub(super) fn new(room: usize) -> Self {
        Self { by_query: BTreeMap::new(), count: 0, room, per_query: KEPT_PER_QUERY }
    }

    pub(super) fn push(&mut self, query: usize, kept: Kept) {
        let run = self.by_query.entry(query).or_default();
        let before = run.len();
        run.push(kept, self.per_query);
        self.count += run.len() - before;
        while self.count > self.room && self.per_query > KEPT_AT_LEAST {
            self.per_query = (self.per_query / 2).max(KEPT_AT_LEAST);
            self.by_query.values_mut().for_each(|run| run.shrink(self.per_query));
            self.count = self.by_query.values().map(Run::len).sum();
        }
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Kept> {
        self.by_query.values_mut().flat_map(|run| run.first.iter_mut().chain(&mut run.last))
    }

    pub(super) fn into_queries(self) -> impl Iterator<Item = (usize, Run)> {
        self.by_query.into_iter()
    }
}

/// What one query keeps of one file.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) first: Vec<Kept>,
    pub(super) last: VecDeque<Kept>,
    /// There were more between the first and the last.
    pub(super) dropped: bool,
}

impl Run {
    fn len(&self) -> usize {
        self.first.len() + self.last.len()
    }

    fn push(&mut self, kept: Kept, most: usize) {
        if self.first.len() < most / 2 && self.last.is_empty() {
            self.first.push(kept);
            return;
        }
        if self.last.len() >= most / 2 {
            self.last.pop_front();
            self.dropped = true;
        }
        self.last.push_back(kept);
    }

    /// Gives up what lies in the middle.
    fn shrink(&mut self, most: usize) {
        let behind = self.first.split_off(self.first.len().min(most / 2));
        self.first.shrink_to_fit();
        behind.into_iter().rev().for_each(|kept| self.last.push_front(kept));
        let more = self.last.len().saturating_sub(most / 2);
        self.dropped |= more > 0;
        self.last.drain(..more);
        self.last.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{MemberId, Named, Origin, Position};

    fn kept(line: u64) -> Kept {
        let position = Position { stream: 0, ordinal: line, time: None, doubt: 0 };
        Kept { at: Origin { member: MemberId(0), line }, position, text: String::new(), fields: Named::default() }
    }

    fn lines(run: &Run) -> Vec<u64> {
        run.first.iter().chain(&run.last).map(|kept| kept.at.line).collect()
    }

    #[test]
    fn a_query_keeps_its_first_and_last_records() {
        let mut runs = Runs::new(usize::MAX);
        for line in 0..3 * KEPT_PER_QUERY as u64 {
            runs.push(7, kept(line));
        }
        let (_, run) = runs.into_queries().next().expect("a query");
        let half = KEPT_PER_QUERY as u64 / 2;
        assert!(run.dropped);
        assert_eq!(lines(&run), (0..half).chain(5 * half..6 * half).collect::<Vec<_>>());
    }

    #[test]
    fn where_room_is_short_every_query_keeps_fewer() {
        let mut runs = Runs::new(100);
        for line in 0..4_000 {
            runs.push(line as usize % 4, kept(line));
        }
        // One that comes late still keeps its own.
        runs.push(9, kept(4_000));
        let all: Vec<(usize, Run)> = runs.into_queries().collect();
        let count: usize = all.iter().map(|(_, run)| run.len()).sum();
        assert!((40..=100).contains(&count), "{count}");
        for (query, run) in &all[..4] {
            let lines = lines(run);
            assert!(run.dropped && lines.is_sorted(), "{lines:?}");
            let first = *query as u64;
            assert_eq!((lines[0], lines[lines.len() - 1]), (first, 3_996 + first));
        }
        assert_eq!(lines(&all[4].1), [4_000]);
        assert!(!all[4].1.dropped);
    }

    #[test]
    fn a_few_of_each_query_are_kept_whatever_the_room() {
        let mut runs = Runs::new(0);
        for line in 0..1_000 {
            runs.push(line as usize % 2, kept(line));
        }
        assert!(runs.into_queries().all(|(_, run)| run.len() == KEPT_AT_LEAST));
    }
}
