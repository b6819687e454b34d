//! The plan itself: numbered queries, and for each source the queries that may match its records.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::fact::FactKey;
use crate::kb::{Products, RoleSign, Tracing, WitnessSource};
use crate::pack::Pack;
use crate::predicate::{EventQuery, FactQuery, Source, Want, find};
use crate::rule::{Call, Operand, Rule};

use super::texts::{Ready, Texts};
use super::{BundleSieves, LogTable, Meter, RowTable};

/// What a scan looks for, on behalf of all rules.
#[derive(Debug)]
pub struct Plan {
    /// Logs.
    pub logs: LogTable,
    /// Tables.
    pub tables: RowTable,
    queries: Vec<EventQuery>,
    /// The query of each call of each rule, one rule behind the other.
    calls: Vec<Option<usize>>,
    /// Where the calls of each rule end.
    ends: Vec<usize>,
    texts: Texts,
    facts: BTreeSet<FactQuery>,
    switches: Vec<(String, Tracing)>,
    meter: Option<Arc<Meter>>,
}

/// Builds the plan for a pack.
#[must_use]
pub fn build(pack: &Pack) -> Plan {
    let logs = LogTable::new(&pack.products);
    let (builder, calls, ends, (texts, worth_keeping)) = std::thread::scope(|scope| {
        // What was kept is read on a thread of its own meanwhile.
        let ready = scope.spawn(|| Ready::read(&pack.stored_plan()?));
        let (builder, calls, ends) = ask(pack);
        let texts = Texts::new(&builder.queries, &logs, || ready.join().ok()?);
        (builder, calls, ends, texts)
    });
    if let Some(new) = worth_keeping {
        pack.store_plan(&new);
    }
    let Builder { queries, facts, .. } = builder;
    let switches = pack
        .products
        .logs()
        .flat_map(|log| log.tracing.iter().map(|tracing| (log.id.clone(), tracing.clone())))
        .collect();
    Plan { logs, tables: RowTable::new(&pack.products), texts, queries, calls, ends, facts, switches, meter: None }
}

/// What all rules ask for, with the query of each call of each rule and where the calls of each rule end.
fn ask(pack: &Pack) -> (Builder<'_>, Vec<Option<usize>>, Vec<usize>) {
    let mut builder = Builder::new(&pack.products);
    let all = pack.rules.iter().map(|rule| rule.calls as usize).sum();
    let mut calls = Vec::with_capacity(all);
    // Nearly every call asks for something else.
    builder.queries.reserve(all);
    builder.before.reserve(all);
    builder.last.reserve(all);
    let mut ends = Vec::with_capacity(pack.rules.len());
    for rule in &pack.rules {
        builder.rule(rule, &mut calls);
        ends.push(calls.len());
    }
    builder.products();
    (builder, calls, ends)
}

impl Plan {
    /// Logs with the setting that switches each.
    pub fn switches(&self) -> impl Iterator<Item = (&str, &Tracing)> {
        self.switches.iter().map(|(log, tracing)| (log.as_str(), tracing))
    }

    /// How many queries there are.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.queries.len()
    }

    /// One query.
    #[must_use]
    pub fn query(&self, number: usize) -> &EventQuery {
        &self.queries[number]
    }

    /// For each call of the n-th rule, the number of its query.
    #[must_use]
    pub fn calls(&self, rule: usize) -> &[Option<usize>] {
        let end = |rule: usize| self.ends.get(rule).copied();
        let start = rule.checked_sub(1).and_then(end).unwrap_or(0);
        end(rule).and_then(|end| self.calls.get(start..end)).unwrap_or_default()
    }

    /// The queries that may match a record with this text, if it is of the source or whatever it is; each once, in order.
    /// `told` are those of them that a sieve found on its line, if there was one.
    pub fn leads(&self, source: Option<&Source>, text: &str, told: Option<&[u32]>, found: &mut Vec<usize>) {
        found.clear();
        self.texts.leads(source, text, told, found);
        found.sort_unstable();
        found.dedup();
    }

    /// The sieves for a bundle that holds text such as this.
    #[must_use]
    pub fn sieves(&self, sample: Vec<u8>) -> BundleSieves<'_> {
        BundleSieves::new(&self.logs, &self.texts, self.meter.clone(), sample)
    }

    /// Has the cost of each query counted from now on.
    pub fn count_costs(&mut self) {
        self.meter = Some(Arc::new(Meter::new(self.queries.len())));
    }

    /// The costs, if they are counted.
    #[must_use]
    pub fn meter(&self) -> Option<&Meter> {
        self.meter.as_deref()
    }

    /// Whether some rule, witness or setting asks for the fact at this address.
    #[must_use]
    pub fn wants_fact(&self, key: &FactKey) -> bool {
        if self.facts.contains(&FactQuery::At(key.clone())) {
            return true;
        }
        self.facts.iter().any(|query| !matches!(query, FactQuery::At(_)) && query.wants(key))
    }

    /// Whether an exported registry branch tells about something that is asked for.
    #[must_use]
    pub fn wants_branch(&self, branch: &str) -> bool {
        let inside =
            |key: &String| key.strip_prefix(branch).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'));
        self.facts.iter().filter_map(FactQuery::registry_key).any(|key| inside(&key))
    }

    /// Whether a listed folder tells about a file that is asked for.
    #[must_use]
    pub fn wants_folder(&self, folder: &str) -> bool {
        self.facts.iter().any(|query| match query {
            FactQuery::File(path) => path.rsplit_once('\\').is_some_and(|(parent, _)| {
                folder == parent || folder.strip_suffix(parent).is_some_and(|head| head.ends_with('\\'))
            }),
            _ => false,
        })
    }
}

struct Builder<'a> {
    products: &'a Products,
    queries: Vec<EventQuery>,
    /// For each hash the last query that has it, and for each query the one before that has the same.
    last: HashMap<u64, usize>,
    before: Vec<Option<usize>>,
    facts: BTreeSet<FactQuery>,
}

impl<'a> Builder<'a> {
    fn new(products: &'a Products) -> Self {
        Self { products, queries: Vec::new(), last: HashMap::new(), before: Vec::new(), facts: BTreeSet::new() }
    }

    /// Adds the query of each call of a rule to the list.
    fn rule(&mut self, rule: &Rule, calls: &mut Vec<Option<usize>>) {
        let start = calls.len();
        calls.resize(start + rule.calls as usize, None);
        for condition in rule.conditions() {
            condition.each_call(&mut |call| {
                if let Some(number) = calls.get_mut(start + call.id.0 as usize) {
                    *number = self.call(call);
                }
            });
        }
    }

    fn call(&mut self, call: &Call) -> Option<usize> {
        match find(call.predicate)?.wants(call, self.products) {
            Want::Nothing => None,
            Want::Facts(facts) => {
                self.facts.extend(facts);
                None
            }
            Want::Events(query) => Some(self.number(*query)),
        }
    }

    /// Rules that ask the same share the answer.
    fn number(&mut self, query: EventQuery) -> usize {
        let new = self.queries.len();
        let last = self.last.entry(hash(&query)).or_insert(new);
        let mut alike = Some(*last).filter(|last| *last < new);
        while let Some(known) = alike {
            if self.queries[known] == query {
                return known;
            }
            alike = self.before[known];
        }
        let before = std::mem::replace(last, new);
        self.before.push((before < new).then_some(before));
        self.queries.push(query);
        new
    }

    /// What the products themselves need: witnesses of levels, signs of roles, switches of logs.
    fn products(&mut self) {
        for product in self.products.iter() {
            for witness in &product.witnesses {
                self.facts.insert(match &witness.source {
                    WitnessSource::Fact(key) => FactQuery::At(key.clone()),
                    WitnessSource::File { path, .. } => FactQuery::File(path.clone()),
                });
                self.facts.extend(witness.dated_by.iter().map(|path| FactQuery::File(path.clone())));
            }
            for sign in product.roles.iter().flat_map(|role| &role.signs) {
                match sign {
                    RoleSign::Registry(key) => {
                        self.facts.insert(FactQuery::At(FactKey::Registry { key: key.clone(), name: String::new() }));
                    }
                    RoleSign::Log(_) | RoleSign::Ini(_) => {}
                }
            }
            let switches = product.logs.iter().flat_map(|log| &log.tracing);
            self.facts.extend(switches.map(|tracing| FactQuery::At(tracing.key.clone())));
        }
    }
}

/// Queries that are the same have the same hash. The operands that are no patterns are left out.
fn hash(query: &EventQuery) -> u64 {
    let mut hasher = DefaultHasher::new();
    query.source.hash(&mut hasher);
    for test in query.tests.iter() {
        test.field.hash(&mut hasher);
        if let Operand::Pattern(pattern) = &test.value {
            pattern.source().hash(&mut hasher);
        }
    }
    hasher.finish()
}
