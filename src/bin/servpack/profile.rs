//! `audit --profile`: what each stage took, and which rules are dear.

use std::time::{Duration, Instant};

use crate::engine::{Cost, Gathered};

/// So many rules are shown, the dearest first.
const RULES: usize = 20;

/// The stages of one run, as they pass.
pub(crate) struct Profile {
    last: Instant,
    stages: Vec<(&'static str, Duration)>,
}

impl Profile {
    pub(crate) fn start() -> Self {
        Self { last: Instant::now(), stages: Vec::new() }
    }

    /// A stage has ended.
    pub(crate) fn end(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.stages.push((stage, now - std::mem::replace(&mut self.last, now)));
    }

    /// All that was measured, as text. The times are those that passed, whatever the number of threads.
    pub(crate) fn text(&self, gathered: &Gathered<'_>) -> String {
        let files = gathered.about.sources.len();
        let lines: u64 = gathered.about.sources.iter().map(|source| source.lines).sum();
        let mut text = String::from("stage           time\n");
        for (stage, time) in &self.stages {
            text.push_str(&format!("{stage:<8} {}\n", shown(*time)));
        }
        text.push_str(&format!("{files} files, {lines} lines\n"));
        let mut costs: Vec<_> = gathered.costs().filter(|(_, cost)| *cost != Cost::default()).collect();
        costs.sort_by_key(|(article, cost)| (std::cmp::Reverse((cost.time, cost.lines)), *article));
        let idle = gathered.about.rules - costs.len();
        text.push_str("\nrule           lines read       tried     matched        time\n");
        for (article, cost) in costs.iter().take(RULES) {
            let Cost { lines, tried, found, time } = cost;
            text.push_str(&format!("{:<12} {lines:>12} {tried:>11} {found:>11} {}\n", article.as_str(), shown(*time)));
        }
        let more = costs.len().saturating_sub(RULES);
        text.push_str(&format!("{more} more rules, and {idle} whose patterns were never tried"));
        text
    }
}

fn shown(time: Duration) -> String {
    format!("{:>8.1} ms", time.as_secs_f64() * 1000.0)
}
