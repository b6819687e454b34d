//! What the predicates over records share: the query for the scan, the candidates it kept, and what "not found" means.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use crate::fact::{Bindings, Dropped, Event, Gap, GapReason, HostEvidence, Kept, LogSpan, Position, Span, Timestamp};
use crate::kb::Products;
use crate::rule::{Call, Op, Operand, Scope, Test};
use crate::truth::Truth;

use super::values::{parse_time, passes};
use super::{Answer, Field, FieldType, SOLUTIONS, Seen, Solution, View, find};

/// Which records a call looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// One log.
    Log(String),
    /// The rows of one table; `event` for NT event logs.
    Table(String),
    /// Every line of every source.
    Any,
}

impl Source {
    /// The name that coverage files it under.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Log(name) | Self::Table(name) => name,
            Self::Any => ANY,
        }
    }
}

/// The name under which coverage files all records of a host together.
pub const ANY: &str = crate::fact::ANY_LOG;

/// What the scan must keep: records of a source that may pass the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    /// The source.
    pub source: Source,
    /// The tests.
    pub tests: Arc<[Test]>,
    /// The type of the field that each of them is about.
    kinds: Box<[FieldType]>,
}

impl EventQuery {
    pub(super) fn new(source: Source, call: &Call, products: &Products) -> Self {
        Self { source, tests: Arc::clone(&call.tests), kinds: kinds_of(call, products).into() }
    }

    /// Whether the record may answer the call, as far as that can be told without bound names; with its captures.
    /// `time` is the time of the record as its table gives it.
    #[must_use]
    pub fn matches(&self, event: &Event<'_>, text: &str, time: Option<Timestamp>) -> Option<Bindings> {
        let nothing = Bindings::new();
        let mut captures = Bindings::new();
        for (test, kind) in self.tests.iter().zip(&self.kinds) {
            let lookup = |name: &str| field(event, text, time, name);
            let value = lookup(&test.field);
            if !lacks_time(test, *kind, value.as_deref())
                && passes(test, *kind, value.as_deref(), &lookup, &nothing) == Truth::False
            {
                return None;
            }
            if let (Op::Has | Op::Matches | Op::Regex, Operand::Pattern(pattern), Some(value)) =
                (test.op, &test.value, &value)
                && pattern.captures().next().is_some()
                && let Some(found) = pattern.regex().captures(value)
            {
                for name in pattern.captures() {
                    if let Some(group) = found.name(name) {
                        captures.insert(name.to_owned(), group.as_str().trim().to_owned());
                    }
                }
            }
        }
        Some(captures)
    }

    /// The text patterns that every match satisfies: what a scan may look for first.
    pub fn required_patterns(&self) -> impl Iterator<Item = &crate::rule::Pattern> {
        self.tests.iter().filter_map(|test| match (&test.op, &test.value) {
            (Op::Has | Op::Regex, Operand::Pattern(pattern)) if test.field == "text" => Some(pattern),
            _ => None,
        })
    }
}

/// A field of a record, by name.
fn field<'a>(event: &Event<'a>, text: &'a str, time: Option<Timestamp>, name: &str) -> Option<Cow<'a, str>> {
    if let Some((_, value)) = event.fields.iter().find(|(column, _)| *column == name) {
        return (!value.is_empty()).then_some(Cow::Borrowed(*value));
    }
    match name {
        "text" => Some(Cow::Borrowed(text)),
        "time" => time.map(|time| Cow::Owned(time.to_string())),
        "component" => event.component.map(Cow::Borrowed),
        "program" => event.program.map(Cow::Borrowed),
        "thread" => event.thread.map(Cow::Borrowed),
        _ => None,
    }
}

/// A kept record under what is bound: it answers the call, or may do so.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The machine.
    pub host: usize,
    /// The record.
    pub kept: &'a Kept,
    /// True, or unknown: a time that the record does not carry.
    pub truth: Truth,
    /// What is bound with it.
    pub bound: Bindings,
}

/// All kept records that answer the call under what is bound, or may do so; machine by machine, in order.
pub fn candidates<'a: 'b, 'b>(
    call: &'b Call,
    view: &'b View<'a>,
    bound: &'b Bindings,
) -> impl Iterator<Item = Candidate<'a>> + 'b {
    candidates_between(call, view, bound, None, None)
}

/// The same, without the records that come before or after a place in the same file. A search over a long log looks
/// at each record a few times, not at all of them for each.
pub fn candidates_between<'a: 'b, 'b>(
    call: &'b Call,
    view: &'b View<'a>,
    bound: &'b Bindings,
    after: Option<Position>,
    before: Option<Position>,
) -> impl Iterator<Item = Candidate<'a>> + 'b {
    let query = view.queries.get(call.id.0 as usize).copied().flatten();
    let about = source_of(call).and_then(|source| names_host(call, &source, view.products));
    let scope = if about.is_some() { &Scope::Anywhere } else { &call.scope };
    // A join by a name looks up the records that fit; a search from a place on takes them in another order.
    let joined = query.filter(|_| *scope != Scope::Here && after.is_none()).and_then(|query| {
        let by = about.map(|column| (column, view.host().name.as_str())).or_else(|| join_field(call, bound))?;
        view.neighbours.joined(view.hosts, (view.here, scope, query), by)
    });
    let by_one = query.filter(|_| joined.is_none());
    let hosts = by_one.into_iter().flat_map(|query| view.neighbours.keepers(view.here, scope, query));
    let kept = move |host: usize| -> &'a [Kept] {
        let evidence: &'a HostEvidence = &view.hosts[host];
        query.and_then(|query| evidence.events.get(&query)).map_or(&[], Vec::as_slice)
    };
    // Most calls find nothing, so that what joins records waits for the first one.
    let kinds = OnceCell::new();
    let records = hosts.flat_map(move |host| {
        let all = kept(host);
        let index = |stream: u32, ordinal: u64| {
            all.partition_point(|kept| (kept.position.stream, kept.position.ordinal) < (stream, ordinal))
        };
        let (same, first, last) = match after {
            None => (&all[..0], 0, 0),
            Some(after) => {
                let start = index(after.stream, after.ordinal + 1);
                let end = index(after.stream + 1, 0);
                let limit = before.filter(|before| before.stream == after.stream);
                let stop = limit.map_or(end, |before| index(before.stream, before.ordinal)).max(start);
                (&all[start..stop], index(after.stream, 0), end)
            }
        };
        same.iter().chain(&all[..first]).chain(&all[last..]).map(move |kept| (host, kept))
    });
    let joined = joined.into_iter().flatten().filter_map(move |(host, at)| Some((host, kept(host).get(at)?)));
    let records = records.chain(joined);
    let affordable = records.take_while(move |_| view.effort.spend());
    affordable.filter_map(move |(host, kept)| {
        let is_here = about.is_none_or(|column| is_about(kept, column, &view.host().name));
        if !is_here || refused(call, kept, bound) {
            return None;
        }
        let kinds = kinds.get_or_init(|| kinds_of(call, view.products));
        let (truth, bound) = join(call, kinds, kept, bound)?;
        Some(Candidate { host, kept, truth, bound })
    })
}

/// The column that names the machine a row is about, for a call that asks about this machine: such rows may stand
/// anywhere in the bundle.
fn names_host<'a>(call: &Call, source: &Source, products: &'a Products) -> Option<&'a str> {
    match source {
        Source::Table(name) if call.scope == Scope::Here => products.table(name)?.host.as_deref(),
        _ => None,
    }
}

/// Whether a call looks at the evidence of other machines than the one that the finding is about.
pub(crate) fn asks_elsewhere(call: &Call, products: &Products) -> bool {
    let names_host = || source_of(call).is_some_and(|source| names_host(call, &source, products).is_some());
    call.scope != Scope::Here || names_host()
}

fn is_about(kept: &Kept, column: &str, host: &str) -> bool {
    kept.fields.get(column).is_some_and(|named| super::values::same(named, host))
}

/// A field of the records that has to hold what a name is bound to, with that value.
fn join_field<'a>(call: &'a Call, bound: &'a Bindings) -> Option<(&'a str, &'a str)> {
    call.tests.iter().find_map(|test| match &test.value {
        Operand::Pattern(pattern) => pattern.captures().find_map(|name| Some((name, bound.get(name)?.as_str()))),
        Operand::Name(name) => Some((test.field.as_str(), bound.get(name)?.as_str())),
        _ => None,
    })
}

/// Whether a bound name alone rules the record out: most records of a search end here, before anything is copied.
fn refused(call: &Call, kept: &Kept, bound: &Bindings) -> bool {
    let differs = |name: &str, value: Option<&str>| {
        bound.get(name).zip(value).is_some_and(|(before, value)| !super::values::same(before, value))
    };
    call.tests.iter().any(|test| match &test.value {
        Operand::Pattern(pattern) => pattern.captures().any(|name| differs(name, kept.fields.get(name))),
        Operand::Name(name) => differs(name, kept.fields.get(&test.field)),
        Operand::Bound(name) if test.op == Op::IsNot => bound
            .get(name)
            .zip(kept.fields.get(&test.field))
            .is_some_and(|(before, value)| super::values::same(before, value)),
        _ => false,
    })
}

/// Whether one kept record answers the call under what is bound, and what is bound then.
fn join(call: &Call, kinds: &[FieldType], kept: &Kept, bound: &Bindings) -> Option<(Truth, Bindings)> {
    let lookup = |name: &str| match name {
        "text" => Some(Cow::Borrowed(kept.text.as_str())),
        "time" => kept.position.time.map(|time| Cow::Owned(time.to_string())),
        name => kept.fields.get(name).map(Cow::Borrowed),
    };
    let mut truth = Truth::True;
    let mut after = bound.clone();
    for (test, kind) in call.tests.iter().zip(kinds) {
        if let Operand::Pattern(pattern) = &test.value {
            // The scan has decided the pattern on the whole record; what is left is to join its captures.
            for name in pattern.captures() {
                let Some(value) = kept.fields.get(name) else { continue };
                match after.get(name) {
                    Some(before) if !super::values::same(before, value) => return None,
                    Some(_) => {}
                    None => drop(after.insert(name.to_owned(), value.to_owned())),
                }
            }
            continue;
        }
        let value = lookup(&test.field);
        let passed = if lacks_time(test, *kind, value.as_deref()) {
            Truth::Unknown
        } else {
            passes(test, *kind, value.as_deref(), &lookup, &after)
        };
        if passed == Truth::False {
            return None;
        }
        if let (Op::As, Operand::Name(name), Some(value)) = (test.op, &test.value, value) {
            after.entry(name.clone()).or_insert_with(|| value.into_owned());
        }
        // A record without a time can still be bound `as` a name: only later comparisons suffer.
        if test.op != Op::As {
            truth = truth.and(passed);
        }
    }
    Some((truth, after))
}

/// A record without a time may have been written at any.
fn lacks_time(test: &Test, kind: FieldType, value: Option<&str>) -> bool {
    value.is_none() && kind == FieldType::Time && !matches!(test.op, Op::Exists | Op::Missing)
}

fn kinds_of(call: &Call, products: &Products) -> Vec<FieldType> {
    let Some(predicate) = find(call.predicate) else { return Vec::new() };
    let own = predicate.spec().fields;
    // Most fields are the same whatever the subjects.
    if call.tests.iter().all(|test| own.iter().any(|field| field.name == test.field)) {
        return call.tests.iter().map(|test| kind_of(test, own)).collect();
    }
    let fields = predicate.fields(&call.subjects, products);
    call.tests.iter().map(|test| kind_of(test, &fields)).collect()
}

/// What the field of a test holds; a name that is no field of its own is text.
pub(super) fn kind_of(test: &Test, fields: &[Field]) -> FieldType {
    fields.iter().find(|field| field.name == test.field).map_or(FieldType::Text, |field| field.kind)
}

impl Candidate<'_> {
    /// The record as evidence.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let captures = self.kept.fields.iter().filter(|(name, _)| !matches!(*name, "component" | "program" | "thread"));
        Seen {
            host: self.host,
            at: Some(self.kept.at),
            time: self.kept.position.time,
            text: self.kept.text.clone(),
            captures: captures.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// The record as a way in which a condition holds.
    #[must_use]
    pub fn solution(&self) -> Solution {
        Solution { bound: self.bound.clone(), seen: vec![self.seen()], position: Some(self.kept.position) }
    }
}

/// Why "no record is found" would be no answer, if it would be none: the source is missing, was not read whole, or does
/// not reach the times that the tests speak of.
#[must_use]
pub fn coverage_gap(call: &Call, view: &View<'_>, bound: &Bindings) -> Option<Gap> {
    gap_in(call, view, bound, Stretch::default())
}

/// The part of a log that matters, as places in one stream; nothing for all of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stretch {
    /// What comes before this does not matter.
    pub after: Option<Position>,
    /// What comes after this does not matter.
    pub before: Option<Position>,
}

impl Stretch {
    /// Whether records that would matter may have been dropped.
    fn meets(&self, dropped: &Dropped) -> bool {
        let same = |place: &Position| place.stream == dropped.stream;
        let earlier = self.after.filter(same).is_some_and(|after| after.ordinal >= dropped.until);
        let later = self.before.filter(same).is_some_and(|before| before.ordinal <= dropped.from);
        !(earlier || later)
    }
}

/// The same for a part of the log: what was dropped elsewhere does not matter.
#[must_use]
pub fn gap_in(call: &Call, view: &View<'_>, bound: &Bindings, stretch: Stretch) -> Option<Gap> {
    let source = source_of(call)?;
    let Some(window) = window(call, view.products, bound) else {
        return Some(gap(call, view, &source, GapReason::OpenTime));
    };
    source_gap(call, view, &source, &window, stretch)
}

/// The same for a call without regard to its own tests, over the given times.
pub fn span_gap(call: &Call, view: &View<'_>, times: &[Timestamp], stretch: Stretch) -> Option<Gap> {
    let source = source_of(call)?;
    source_gap(call, view, &source, times, stretch)
}

fn source_of(call: &Call) -> Option<Source> {
    find(call.predicate)?.source(call)
}

fn source_gap(call: &Call, view: &View<'_>, source: &Source, window: &[Timestamp], part: Stretch) -> Option<Gap> {
    let query = view.queries.get(call.id.0 as usize).copied().flatten();
    let hides = |host: &HostEvidence| {
        let dropped = query.and_then(|query| host.dropped.get(&query)).into_iter().flatten();
        dropped.into_iter().any(|dropped| part.meets(dropped))
    };
    // Without a time in question, and with all records kept, it is the same for each machine of the site.
    let is_shared = call.scope != Scope::Here && window.is_empty() && !view.neighbours.drops(view.here, query);
    // Looking at a machine costs about as much as looking at a record.
    let machines =
        |scope: &Scope| view.in_scope(scope).iter().copied().take_while(|_| is_shared || view.effort.spend());
    if names_host(call, source, view.products).is_some() {
        let key = (source.name().to_owned(), view.host().name.to_lowercase());
        let reason = |host: usize| host_gap(view.hosts[host].coverage.about.get(&key), false, window);
        let reasons: Vec<_> = machines(&Scope::Anywhere).map(reason).collect();
        // One list that covers it is enough; but the rows that were dropped may be the ones about this machine.
        let hidden = machines(&Scope::Anywhere).any(|host| hides(&view.hosts[host]));
        let best = if hidden { Some(too_many_records()) } else { reasons.into_iter().min().flatten() };
        return best.map(|reason| gap(call, view, source, reason));
    }
    let reason = |host: usize| {
        let host = &view.hosts[host];
        host_gap(host.coverage.logs.get(source.name()), hides(host), window)
    };
    let uncovered = || {
        // The machines that must cover a source for "not found" to be an answer.
        let role = role_of(source, view.products).filter(|_| call.scope == Scope::Anywhere);
        let mut reasons: Vec<Option<GapReason>> = match role {
            Some(role) => machines(&Scope::Role(role.to_owned())).map(reason).collect(),
            None => machines(&call.scope).map(reason).collect(),
        };
        if role.is_some() && reasons.is_empty() {
            reasons = machines(&Scope::Anywhere).map(reason).collect();
        }
        if reasons.is_empty() {
            return Some(GapReason::NotCollected);
        }
        // Where nobody says which machine has it, one that covers it is enough.
        let one_is_enough = call.scope == Scope::Anywhere && role.is_none();
        if one_is_enough && reasons.iter().any(Option::is_none) {
            return None;
        }
        reasons.into_iter().flatten().max()
    };
    let reason =
        if is_shared { view.neighbours.reason(view.here, &call.scope, source, uncovered) } else { uncovered() };
    reason.map(|reason| gap(call, view, source, reason))
}

fn role_of<'a>(source: &Source, products: &'a Products) -> Option<&'a str> {
    match source {
        Source::Log(name) => products.log(name)?.role.as_deref(),
        Source::Table(name) => products.table(name)?.role.as_deref(),
        Source::Any => None,
    }
}

fn too_many_records() -> GapReason {
    GapReason::Incomplete("it holds more matching records than are kept".to_owned())
}

fn host_gap(log: Option<&LogSpan>, hidden: bool, window: &[Timestamp]) -> Option<GapReason> {
    if hidden {
        return Some(too_many_records());
    }
    let Some(log) = log else { return Some(GapReason::NotCollected) };
    if let Some(why) = &log.incomplete {
        return Some(GapReason::Incomplete(why.clone()));
    }
    if log.records == 0 && !log.whole_table {
        return Some(GapReason::NotCollected);
    }
    let covers = |time: &Timestamp| log.span.is_some_and(|span: Span| span.contains(*time));
    (!window.iter().all(covers)).then_some(GapReason::OutsideSpan)
}

/// The times that the tests speak of: a source that does not cover them cannot say "no". `None` if one is not known.
fn window(call: &Call, products: &Products, bound: &Bindings) -> Option<Vec<Timestamp>> {
    let table = call.subjects.first().filter(|_| call.predicate == "record").and_then(|name| products.table(name));
    let is_time = |field: &str| {
        field == "time"
            || table.is_some_and(|table| table.time.as_deref() == Some(field) || table.until.as_deref() == Some(field))
    };
    let mut times = Vec::new();
    for test in call.tests.iter().filter(|test| is_time(&test.field)) {
        match &test.value {
            Operand::Time(time) => times.push(*time),
            Operand::Bound(name) => times.push(parse_time(bound.get(name)?)?),
            Operand::Near { within, of } => {
                let middle = parse_time(bound.get(of)?)?;
                let reach = jiff::SignedDuration::from_millis(*within);
                times.push(middle.checked_sub(reach).ok()?);
                times.push(middle.checked_add(reach).ok()?);
            }
            _ => {}
        }
    }
    Some(times)
}

fn gap(call: &Call, view: &View<'_>, source: &Source, reason: GapReason) -> Gap {
    let products = view.products;
    let (need, how, role) = match source {
        Source::Log(name) => {
            let log = products.log(name);
            let files =
                log.map(|log| log.files.iter().take(2).cloned().collect::<Vec<_>>().join(" or ")).unwrap_or_default();
            let title = log.map_or("", |log| log.title.as_str());
            let need = if files.is_empty() {
                format!("log {name}: {title}")
            } else {
                format!("log {name} ({files}): {title}")
            };
            (need, log.map_or("", |log| log.collect.as_str()).to_owned(), log.and_then(|log| log.role.clone()))
        }
        Source::Table(name) if name == super::event::TABLE => {
            ("NT event log".to_owned(), products.collect("event").unwrap_or_default().to_owned(), None)
        }
        Source::Table(name) => {
            let table = products.table(name);
            let title = table.map_or("", |table| table.title.as_str());
            let how = table.map_or("", |table| table.collect.as_str());
            (format!("table {name}: {title}"), how.to_owned(), table.and_then(|table| table.role.clone()))
        }
        Source::Any => ("any log or note of the machine".to_owned(), String::new(), None),
    };
    let mut gap = view.gap(&call.scope, need, how, reason);
    if call.scope == Scope::Anywhere
        && let Some(role) = role
    {
        gap.from = role;
    }
    gap
}

/// The answer of a call over records: true with every record that answers it; else false if the source covers it.
pub(super) fn ask(call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
    let mut ways = Vec::new();
    let mut open = false;
    for candidate in candidates(call, view, bound) {
        if candidate.truth != Truth::True {
            open = true;
        } else if ways.len() <= SOLUTIONS {
            ways.push(candidate.solution());
        } else {
            break;
        }
    }
    if !ways.is_empty() {
        return Answer::holds(ways);
    }
    if open {
        let gap = source_of(call).map(|source| gap(call, view, &source, GapReason::OpenTime));
        return Answer::unknown(gap.into_iter().collect());
    }
    match coverage_gap(call, view, bound) {
        Some(gap) => Answer::unknown(vec![gap]),
        None => Answer::no(),
    }
}
