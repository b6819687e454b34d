//! The sink of one file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::fact::{
    Bindings, Claim, DateOrderNews, Event, Fact, FactKey, FileAttr, Kept, LogSpan, MemberId, Named, Origin, Position,
    Problem, Severity, Sink, Span, Timestamp, Value, milliseconds, swapped,
};
use crate::kb::ColumnType;
use crate::plan::Plan;
use crate::predicate::{Source, parse_time};

use super::runs::Runs;
use super::{KEPT_PER_FILE, KEPT_TEXT};

/// An end of a row that still holds: later than anything that was ever logged.
const STILL: &str = "9999-12-31T23:59:59";

/// Threads write a little out of order, in milliseconds; beyond this the clock was set.
const CLOCK_STEP: i64 = 10 * 60 * 1000;

/// So many steps back of one file are kept apart.
const MAX_SET_BACK: usize = 16;

/// What the scan keeps of one file. It knows the file by its name alone: where the file is, `merge` is told.
#[derive(Debug)]
pub struct MemberScan<'p> {
    plan: &'p Plan,
    /// Names of all files in the bundle, lower case: a listing that dates one of them dates its lines.
    names: &'p BTreeSet<String>,
    /// The log that the file's name tells.
    named: Option<usize>,
    /// The same, or the log that one of its lines has shown.
    log: Option<usize>,
    ordinal: u64,
    /// A time that cannot be read is told once a file.
    told_time: bool,
    /// Dates were read that may yet turn out to stand the other way.
    pub(super) open_dates: bool,
    /// Lines at which the time goes back: from the time there to the one before it.
    pub(super) set_back: Vec<(u64, Span)>,
    latest: Option<Timestamp>,
    leads: Vec<usize>,
    pub(super) kept: Runs,
    pub(super) logs: BTreeMap<String, LogSpan>,
    pub(super) about: BTreeMap<(String, String), LogSpan>,
    pub(super) facts: Vec<Fact>,
    pub(super) claims: Vec<Claim>,
    pub(super) problems: Vec<Problem>,
}

impl<'p> MemberScan<'p> {
    /// A sink for the file of this name; a path may stand before it.
    #[must_use]
    pub fn new(plan: &'p Plan, name: &str, names: &'p BTreeSet<String>) -> Self {
        let named = plan.logs.of_file(name);
        Self {
            plan,
            names,
            named,
            log: named,
            ordinal: 0,
            told_time: false,
            open_dates: false,
            set_back: Vec::new(),
            latest: None,
            leads: Vec::new(),
            kept: Runs::new(KEPT_PER_FILE),
            logs: BTreeMap::new(),
            about: BTreeMap::new(),
            facts: Vec::new(),
            claims: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// How many records the file holds, with those that were passed over.
    pub(super) fn records(&self) -> u64 {
        self.ordinal
    }

    /// The times of this file can be read one way only.
    pub(super) fn dates_are_sure(&mut self) {
        for log in self.logs.values_mut().chain(self.about.values_mut()) {
            log.other_span = log.span;
        }
    }

    /// The name of the log that the file's name tells, whether or not it could be read.
    #[must_use]
    pub(super) fn named_log(&self) -> Option<&str> {
        self.named.map(|log| self.plan.logs.source(log).name())
    }

    fn log_of(&mut self, event: &Event<'_>) -> Option<usize> {
        let logs = &self.plan.logs;
        let named = event.component.and_then(|component| logs.of_component(component));
        if let Some(log) = named.or_else(|| event.program.and_then(|program| logs.of_program(program))) {
            return Some(log);
        }
        if self.log.is_none() && event.component.is_none() {
            self.log = logs.of_line(event.text);
        }
        self.log
    }

    /// A log is written in order, so a time well before the last one shows that the clock was set back.
    fn watch_clock(&mut self, event: &Event<'_>) {
        let Some(time) = event.time else { return };
        let latest = self.latest.replace(time);
        let Some(latest) = latest.filter(|latest| milliseconds(time, *latest) > CLOCK_STEP) else { return };
        let span = Span { from: time, to: latest };
        if self.set_back.len() < MAX_SET_BACK {
            self.set_back.push((event.at.line, span));
        } else if let Some((_, last)) = self.set_back.last_mut() {
            *last = Span { from: last.from.min(span.from), to: last.to.max(span.to) };
        }
    }

    fn cover(&mut self, source: &Source, event: &Event<'_>, times: &[Timestamp]) {
        // A file has few sources and many records: the name is copied for the first record only.
        let open = self.open_dates;
        match self.logs.get_mut(source.name()) {
            Some(log) => count(log, event, times, open),
            None => count(self.logs.entry(source.name().to_owned()).or_default(), event, times, open),
        }
    }

    fn look(&mut self, source: Option<&Source>, event: &Event<'_>, time: Option<Timestamp>) {
        // A time that may turn out to be another rules nothing out yet.
        let sure = time.filter(|_| !self.open_dates);
        let mut leads = std::mem::take(&mut self.leads);
        self.plan.leads(source, event.text, event.asked, &mut leads);
        for &query in &leads {
            if let Some(captures) = self.try_query(query, event, event.text, sure) {
                self.keep(query, event, event.text, event.at.line, time, captures);
            }
        }
        if let Some(joined) = event.joined {
            self.plan.leads(source, joined, None, &mut leads);
            for &query in &leads {
                if crosses(self.plan, query, joined, event.text)
                    && let Some(captures) = self.try_query(query, event, joined, sure)
                {
                    self.keep(query, event, joined, event.at.line.saturating_sub(1), time, captures);
                }
            }
        }
        self.leads = leads;
    }

    fn try_query(&self, query: usize, event: &Event<'_>, text: &str, time: Option<Timestamp>) -> Option<Bindings> {
        let Some(meter) = self.plan.meter() else { return self.plan.query(query).matches(event, text, time) };
        let start = Instant::now();
        let found = self.plan.query(query).matches(event, text, time);
        meter.tried(query, found.is_some(), start.elapsed());
        found
    }

    fn keep(
        &mut self,
        query: usize,
        event: &Event<'_>,
        text: &str,
        line: u64,
        time: Option<Timestamp>,
        captures: Bindings,
    ) {
        let own = [("component", event.component), ("program", event.program), ("thread", event.thread)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let columns = event.fields.iter().copied().filter(|(_, value)| !value.is_empty());
        let captures = captures.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str())));
        let fields = Named::new(captures.chain(own.chain(columns).map(|(name, value)| (name, cut(value)))).collect());
        self.kept.push(
            query,
            Kept {
                at: Origin { member: event.at.member, line },
                position: Position { stream: 0, ordinal: self.ordinal, time, doubt: 0 },
                text: cut(text).into_owned(),
                fields,
            },
        );
    }
}

impl Sink for MemberScan<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.ordinal += 1;
        let Some(table) = event.table else {
            self.watch_clock(event);
            let times: Vec<Timestamp> = event.time.into_iter().collect();
            let source = self.log_of(event).map(|log| self.plan.logs.source(log));
            if let Some(source) = source {
                self.cover(source, event, &times);
            }
            self.cover(&Source::Any, event, &times);
            self.look(source, event, event.time);
            return;
        };
        let Some(def) = self.plan.tables.of_row(table, event.fields) else {
            let source = Source::Table(table.to_owned());
            let times: Vec<Timestamp> = event.time.into_iter().collect();
            self.cover(&source, event, &times);
            self.look(Some(&source), event, event.time);
            return;
        };
        let column = |name: &Option<String>| {
            let name = name.as_ref()?;
            event.fields.iter().find(|(column, _)| column == name).map(|(_, value)| *value)
        };
        let unreadable = def.columns.iter().filter(|(_, kind)| *kind == ColumnType::Time).find_map(|(name, _)| {
            let value = column(&Some(name.clone()))?.trim();
            (!value.is_empty() && parse_time(value).is_none()).then(|| (name.clone(), value.to_owned()))
        });
        if let Some((name, value)) = unreadable.filter(|_| !std::mem::replace(&mut self.told_time, true)) {
            let what = format!("the time `{value}` in column `{name}` cannot be read: write it as 1998-03-01T08:00:00");
            self.problem(event.at.member, Some(event.at.line), what, Severity::Warning);
        }
        let time = column(&def.time).and_then(parse_time).or(event.time);
        let until = column(&def.until).and_then(parse_time);
        // Only an empty end means that the row still holds; one that cannot be read says nothing.
        let open = def.until.as_deref().filter(|_| column(&def.until).is_none_or(|end| end.trim().is_empty()));
        let fields: Vec<(&str, &str)> =
            event.fields.iter().map(|&(name, value)| (name, if Some(name) == open { STILL } else { value })).collect();
        let row = Event { fields: &fields, ..event.clone() };
        let source = Source::Table(def.id.clone());
        let times: Vec<Timestamp> = time.into_iter().chain(until).collect();
        self.cover(&source, &row, &times);
        if let Some(host) = column(&def.host) {
            let about = (def.id.clone(), host.to_lowercase());
            count(self.about.entry(about).or_default(), &row, &times, self.open_dates);
        }
        self.look(Some(&source), &row, time);
    }

    fn skipped(&mut self, records: u64) {
        self.ordinal += records;
    }

    fn fact(&mut self, fact: Fact) {
        let dates_a_member = match &fact.key {
            FactKey::File { path, attr: FileAttr::Modified } => {
                self.names.contains(path.rsplit('\\').next().unwrap_or(path))
            }
            _ => false,
        };
        if dates_a_member || self.plan.wants_fact(&fact.key) {
            self.facts.push(fact);
        }
    }

    fn claim(&mut self, _: MemberId, claim: Claim) {
        let wanted = match &claim {
            Claim::Registry(branch) => self.plan.wants_branch(branch),
            Claim::Folder(folder) => self.plan.wants_folder(folder),
            Claim::Ini(_) | Claim::Mif(_) | Claim::RunningServices => true,
            Claim::Table(_) => {
                for span in self.logs.values_mut() {
                    span.whole_table = true;
                }
                false
            }
        };
        if wanted {
            self.claims.push(claim);
        }
    }

    fn problem(&mut self, _: MemberId, line: Option<u64>, what: String, severity: Severity) {
        self.problems.push(Problem { file: String::new(), line, what, severity });
    }

    fn dates(&mut self, news: DateOrderNews) {
        self.open_dates = news == DateOrderNews::Open;
        for log in self.logs.values_mut().chain(self.about.values_mut()) {
            match news {
                DateOrderNews::Open => log.other_span = log.span,
                DateOrderNews::Confirmed => {}
                DateOrderNews::Swapped => log.span = log.other_span,
            }
        }
        if news == DateOrderNews::Swapped {
            // What ran backwards did so because it was read wrongly.
            self.set_back.clear();
            self.latest = self.latest.map(swapped);
            for kept in self.kept.all_mut() {
                kept.position.time = kept.position.time.map(swapped);
            }
            for fact in &mut self.facts {
                if let Value::Time(time) = &mut fact.value {
                    *time = swapped(*time);
                }
            }
        }
    }
}

fn count(log: &mut LogSpan, event: &Event<'_>, times: &[Timestamp], open: bool) {
    log.records += 1;
    log.lines = log.lines.max(event.at.line);
    for &time in times {
        Span::extend(&mut log.span, time);
        if open {
            Span::extend(&mut log.other_span, swapped(time));
        }
    }
}

/// Whether the match needs both lines: what stands in one of them alone has been found there.
fn crosses(plan: &Plan, query: usize, joined: &str, text: &str) -> bool {
    let border = joined.len().saturating_sub(text.trim().len());
    plan.query(query)
        .required_patterns()
        .any(|pattern| pattern.find_all(joined).any(|found| found.start < border && found.end > border))
}

fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= KEPT_TEXT {
        return Cow::Borrowed(text);
    }
    let mut end = KEPT_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}…", &text[..end]))
}
