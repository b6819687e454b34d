//! Joins the files of each host to what is known of it.

use std::collections::BTreeMap;

use crate::fact::{
    Claim, Clock, Dropped, Fact, FactKey, HostEvidence, LogSpan, MemberId, Problem, Severity, Span, Timestamp,
    milliseconds,
};
use crate::plan::{Plan, current_name};

use super::MemberScan;

/// A host before its files are joined.
#[derive(Debug, Clone, Default)]
pub struct HostSeed {
    /// Its name.
    pub name: String,
    /// Its role, if the bundle tells.
    pub role: Option<String>,
    /// Whether the bundle states the role.
    pub role_stated: bool,
    /// The bundle it came in.
    pub bundle: usize,
    /// The bundle inside of that one, in a fleet; else empty.
    pub fleet: String,
    /// When its files were collected: a log that was copied then is silent up to then.
    pub collected: Option<Timestamp>,
    /// Its clock.
    pub clock: Clock,
}

/// The scan of one file, and whose it is.
#[derive(Debug)]
pub struct Part<'p> {
    /// What was kept.
    pub scan: MemberScan<'p>,
    /// The host, as an index into the seeds.
    pub host: usize,
    /// The file.
    pub member: MemberId,
    /// Its path in the bundle.
    pub file: String,
    /// The path below the host's folder.
    pub path: String,
    /// Why the file could not be read whole, if so.
    pub incomplete: Option<String>,
}

/// The evidence of all hosts, and the problems of all files.
#[must_use]
pub fn merge(plan: &Plan, seeds: Vec<HostSeed>, parts: Vec<Part<'_>>) -> (Vec<HostEvidence>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut by_host: BTreeMap<usize, Vec<Part<'_>>> = BTreeMap::new();
    for mut part in parts {
        let of_file = |problem| Problem { file: part.file.clone(), ..problem };
        problems.extend(part.scan.problems.drain(..).map(of_file));
        if !part.scan.open_dates {
            problems.extend(part.scan.set_back.iter().map(|(line, span)| set_back(&part.file, *line, span)));
        }
        by_host.entry(part.host).or_default().push(part);
    }
    // No two streams of a bundle share a number, so that a place tells its file whichever host it is on.
    let mut stream = 0;
    let hosts = seeds.into_iter().enumerate().map(|(number, seed)| {
        let mut parts = by_host.remove(&number).unwrap_or_default();
        // A rolled-over file comes right before its successor.
        parts.sort_by_cached_key(|part| stream_of(&part.path));
        host(plan, seed, parts, &mut stream)
    });
    (hosts.collect(), problems)
}

/// The rank of a file that is no rolled-over one.
const CURRENT: u8 = 1;

/// More records than any file has.
const FAR: u64 = 1 << 48;

/// The stream that a file belongs to, and its rank in it.
fn stream_of(path: &str) -> (String, u8, String) {
    let lower = path.to_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let current = current_name(name);
    let rank = if current == name { CURRENT } else { 0 };
    (format!("{folder}/{current}"), rank, lower)
}

fn host(plan: &Plan, seed: HostSeed, parts: Vec<Part<'_>>, number: &mut u32) -> HostEvidence {
    let mut evidence = HostEvidence {
        name: seed.name,
        role: seed.role,
        role_stated: seed.role_stated,
        bundle: seed.bundle,
        fleet: seed.fleet,
        clock: seed.clock,
        ..HostEvidence::default()
    };
    let mut last = None;
    let mut base = 0;
    let mut set_back = Vec::new();
    for mut part in parts {
        if part.scan.open_dates {
            evidence.open_dates.insert(part.member);
        } else {
            part.scan.dates_are_sure();
            set_back.extend(part.scan.set_back.iter().map(|(_, span)| *span));
        }
        let (stream, rank, _) = stream_of(&part.path);
        if last.as_ref() != Some(&stream) {
            *number += 1;
            last = Some(stream);
            base = 0;
        }
        // The records of a log go on where those of its rolled-over file end. If its end is lost, nobody knows how many
        // were in between: certainly too many to be near.
        let end = if part.incomplete.is_some() { FAR } else { part.scan.records() };
        add(&mut evidence, part, *number, if rank == CURRENT { base } else { 0 });
        base = base.max(end);
    }
    switched_off(plan, &mut evidence);
    if let Some(collected) = seed.collected {
        for log in evidence.coverage.logs.values_mut().filter(|log| log.span.is_some()) {
            Span::extend(&mut log.span, collected);
            Span::extend(&mut log.other_span, collected);
        }
    }
    for kept in evidence.events.values_mut().flatten() {
        kept.position.doubt = kept.position.time.map_or(0, |time| doubt(&evidence.clock, &set_back, time));
    }
    for events in evidence.events.values_mut() {
        events.sort_by_key(|kept| (kept.position.stream, kept.position.ordinal));
    }
    evidence
}

fn add(evidence: &mut HostEvidence, part: Part<'_>, stream: u32, base: u64) {
    let named = part.scan.named_log().map(str::to_owned);
    let MemberScan { kept, mut logs, mut about, facts, mut claims, .. } = part.scan;
    for log in logs.values_mut().chain(about.values_mut()) {
        log.files.insert(part.file.clone());
    }
    if let Some(why) = &part.incomplete {
        claims.clear();
        if let Some(log) = named {
            logs.entry(log).or_default();
        }
        for log in logs.values_mut().chain(about.values_mut()) {
            log.incomplete = Some(why.clone());
        }
    }
    for (name, log) in logs {
        join_log(evidence.coverage.logs.entry(name).or_default(), log);
    }
    for (key, log) in about {
        join_log(evidence.coverage.about.entry(key).or_default(), log);
    }
    for (query, run) in kept.into_queries() {
        if run.dropped {
            let until = run.last.front().map_or(u64::MAX, |first| first.position.ordinal + base);
            let from = run.first.last().map_or(0, |last| last.position.ordinal + base);
            evidence.dropped.entry(query).or_default().push(Dropped { stream, from, until });
        }
        for mut kept in run.first.into_iter().chain(run.last) {
            kept.at.member = part.member;
            kept.position.stream = stream;
            kept.position.ordinal += base;
            evidence.events.entry(query).or_default().push(kept);
        }
    }
    for mut fact in facts {
        fact.at.member = part.member;
        evidence.facts.entry(fact.key.clone()).or_default().push(fact);
    }
    for claim in claims {
        match claim {
            Claim::Registry(branch) => drop(evidence.coverage.registry.insert(branch)),
            Claim::Ini(file) => drop(evidence.coverage.ini.insert(file)),
            Claim::Mif(class) => drop(evidence.coverage.mif.insert(class)),
            Claim::Folder(folder) => drop(evidence.coverage.folders.insert(folder)),
            Claim::RunningServices => evidence.coverage.running_services = true,
            Claim::Table(_) => {}
        }
    }
}

fn set_back(file: &str, line: u64, span: &Span) -> Problem {
    let Span { from, to } = span;
    let what = format!(
        "the time goes back here from {to} to {from}, as if the clock had been set: which of the records of this and of \
         other files came first is not known for these hours"
    );
    Problem { file: file.to_owned(), line: Some(line), what, severity: Severity::Note }
}

/// By how many milliseconds a time may be off: the clock showed it twice.
fn doubt(clock: &Clock, set_back: &[Span], time: Timestamp) -> i64 {
    let seen = set_back.iter().filter(|span| span.contains(time)).map(|span| milliseconds(span.from, span.to)).max();
    seen.max(clock.set_back(time)).unwrap_or(0)
}

fn join_log(log: &mut LogSpan, more: LogSpan) {
    log.files.extend(more.files);
    log.records += more.records;
    log.lines += more.lines;
    log.whole_table |= more.whole_table;
    log.incomplete = log.incomplete.take().or(more.incomplete);
    Span::join(&mut log.span, more.span);
    Span::join(&mut log.other_span, more.other_span);
}

/// A log whose tracing was off does not show that nothing happened.
fn switched_off(plan: &Plan, evidence: &mut HostEvidence) {
    for (log, tracing) in plan.switches() {
        let facts = evidence.facts.get(&tracing.key).into_iter().flatten();
        let off = |fact: &Fact| tracing.off.contains(&fact.value.text().to_lowercase());
        let (FactKey::Registry { key, name }, true) = (&tracing.key, facts.into_iter().any(off)) else { continue };
        if let Some(log) = evidence.coverage.logs.get_mut(log) {
            log.incomplete = Some(format!("tracing is switched off: {name} in {key}"));
        }
    }
}
