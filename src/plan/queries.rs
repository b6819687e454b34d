//! The plan itself: numbered queries, and for each source the queries that may match its records.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::fact::FactKey;
use crate::kb::{Products, RoleSign, Tracing, WitnessSource};
use crate::pack::Pack;
use crate::predicate::{EventQuery, FactQuery, Source, Want, find};
use crate::rule::{Call, Rule};

use super::literal::required;
use super::{LogTable, RowTable};

/// What a scan looks for, on behalf of all rules.
#[derive(Debug)]
pub struct Plan {
    /// Logs.
    pub logs: LogTable,
    /// Tables.
    pub tables: RowTable,
    queries: Vec<EventQuery>,
    /// For each rule, the query of each of its calls.
    calls: Vec<Vec<Option<usize>>>,
    /// Queries without a text that could be looked for first, by source.
    always: BTreeMap<Source, Vec<usize>>,
    /// Queries by source that any of these literals may lead to.
    by_literal: BTreeMap<Source, (AhoCorasick, Vec<usize>)>,
    facts: BTreeSet<FactQuery>,
    switches: Vec<(String, Tracing)>,
}

/// Builds the plan for a pack.
#[must_use]
pub fn build(pack: &Pack) -> Plan {
    let mut builder = Builder { products: &pack.products, queries: Vec::new(), facts: BTreeSet::new() };
    let calls = pack.rules.iter().map(|rule| builder.rule(rule)).collect();
    builder.products();
    let (queries, facts) = (builder.queries, builder.facts);
    let mut always: BTreeMap<Source, Vec<usize>> = BTreeMap::new();
    let mut literals: BTreeMap<Source, (Vec<String>, Vec<usize>)> = BTreeMap::new();
    for (number, query) in queries.iter().enumerate() {
        // The pattern whose shortest literal is longest has the fewest false leads.
        let shortest = |texts: &Vec<String>| texts.iter().map(String::len).min();
        match query.required_patterns().filter_map(required).max_by_key(shortest) {
            None => always.entry(query.source.clone()).or_default().push(number),
            Some(texts) => {
                let (all, owners) = literals.entry(query.source.clone()).or_default();
                owners.extend(texts.iter().map(|_| number));
                all.extend(texts);
            }
        }
    }
    let mut by_literal = BTreeMap::new();
    for (source, (texts, owners)) in literals {
        let automaton =
            AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(&texts);
        match automaton {
            Ok(automaton) => drop(by_literal.insert(source, (automaton, owners))),
            // Too many or too long to build: look at every record instead.
            Err(_) => always.entry(source).or_default().extend(owners),
        }
    }
    let switches = pack
        .products
        .logs()
        .flat_map(|log| log.tracing.iter().map(|tracing| (log.id.clone(), tracing.clone())))
        .collect();
    Plan {
        logs: LogTable::new(&pack.products),
        tables: RowTable::new(&pack.products),
        queries,
        calls,
        always,
        by_literal,
        facts,
        switches,
    }
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
        self.calls.get(rule).map_or(&[], Vec::as_slice)
    }

    /// The queries that may match a record of this source with this text, each once, in order.
    pub fn leads(&self, source: &Source, text: &str, found: &mut Vec<usize>) {
        found.clear();
        found.extend(self.always.get(source).into_iter().flatten());
        if let Some((automaton, owners)) = self.by_literal.get(source) {
            // Patterns fold letters as Unicode does, the search for literals only as ASCII does. The two letters that
            // differ are rare enough to try everything.
            if !text.is_ascii() && text.contains(['\u{17f}', '\u{212a}']) {
                found.extend(owners);
            }
            found.extend(automaton.find_overlapping_iter(text).map(|hit| owners[hit.pattern().as_usize()]));
        }
        found.sort_unstable();
        found.dedup();
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
    facts: BTreeSet<FactQuery>,
}

impl Builder<'_> {
    fn rule(&mut self, rule: &Rule) -> Vec<Option<usize>> {
        let mut numbers = vec![None; rule.calls as usize];
        for condition in rule.conditions() {
            condition.each_call(&mut |call| {
                if let Some(number) = numbers.get_mut(call.id.0 as usize) {
                    *number = self.call(call);
                }
            });
        }
        numbers
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
        if let Some(known) = self.queries.iter().position(|known| *known == query) {
            return known;
        }
        self.queries.push(query);
        self.queries.len() - 1
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
