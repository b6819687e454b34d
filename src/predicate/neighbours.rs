//! Which machines are one site, and which of them kept what: worked out once for all of them, so that a question to
//! other machines costs what it finds and not what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::fact::{GapReason, HostEvidence, Kept};
use crate::kb::ArticleId;
use crate::rule::{CallId, Scope};

use super::values::fold;
use super::{Answer, Source};

/// The machines of a bundle as sites. It also keeps the answers that are the same for each machine of a site.
#[derive(Debug, Default)]
pub struct Neighbours {
    /// For each machine its site.
    site_of: Vec<usize>,
    sites: Vec<Site>,
    /// Every machine.
    machines: Vec<usize>,
    answers: Mutex<BTreeMap<ArticleId, OfSites>>,
    reasons: Mutex<BTreeMap<(usize, Scope, Source), Option<GapReason>>>,
    indexes: Mutex<BTreeMap<(usize, usize, String), Arc<Index>>>,
}

/// So many records of a site are looked through one by one.
const WORTH_AN_INDEX: usize = 64;

/// The records that a site kept for one query, by what they hold in one field. A record is its machine and its place there.
#[derive(Debug, Default)]
struct Index {
    by_value: BTreeMap<String, Vec<(usize, usize)>>,
    /// Those that do not have the field.
    others: Vec<(usize, usize)>,
}

/// The answers to the calls of one rule, by site.
type OfSites = BTreeMap<(usize, CallId), SharedAnswer>;

/// An answer that is the same for each machine of a site; `None` if it takes more than one question may cost.
pub type SharedAnswer = Option<Arc<Answer>>;

/// Machines that may ask each other.
#[derive(Debug, Default)]
struct Site {
    /// In order, like all lists here.
    machines: Vec<usize>,
    by_role: BTreeMap<String, Vec<usize>>,
    /// For each query the machines that kept records for it.
    keepers: BTreeMap<usize, Vec<usize>>,
    /// The queries for which some machine could not keep all.
    dropped: BTreeSet<usize>,
}

impl Neighbours {
    /// Finds the sites among machines whose evidence is complete.
    #[must_use]
    pub fn new(hosts: &[HostEvidence]) -> Self {
        let mut new = Self { machines: (0..hosts.len()).collect(), ..Self::default() };
        let mut known: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (machine, host) in hosts.iter().enumerate() {
            let site = *known.entry((host.bundle, &host.fleet)).or_insert(new.sites.len());
            if site == new.sites.len() {
                new.sites.push(Site::default());
            }
            new.site_of.push(site);
            new.sites[site].add(machine, host);
        }
        new
    }

    /// The site of a machine, by its number.
    fn site(&self, machine: usize) -> Option<(usize, &Site)> {
        let number = *self.site_of.get(machine)?;
        Some((number, self.sites.get(number)?))
    }

    /// The machines that a call of this one asks.
    pub(super) fn in_scope(&self, here: usize, scope: &Scope) -> &[usize] {
        let Some((_, site)) = self.site(here) else { return &[] };
        match scope {
            Scope::Here => self.machines.get(here..=here).unwrap_or_default(),
            Scope::Role(role) => site.by_role.get(role).map_or(&[], Vec::as_slice),
            Scope::Anywhere => &site.machines,
        }
    }

    /// Those of them that kept records for a query.
    pub(super) fn keepers(&self, here: usize, scope: &Scope, query: usize) -> impl Iterator<Item = usize> + use<'_> {
        let keepers = self.site(here).and_then(|(_, site)| site.keepers.get(&query)).map_or(&[][..], Vec::as_slice);
        let in_scope = self.in_scope(here, scope);
        let (few, many) = if in_scope.len() < keepers.len() { (in_scope, keepers) } else { (keepers, in_scope) };
        few.iter().copied().filter(move |machine| many.binary_search(machine).is_ok())
    }

    /// Of the records that the machines in scope kept for a query, those that hold this value in a field, or do not have
    /// the field; in order. `None` if there are so few that each can as well be looked at.
    pub(super) fn joined(
        &self,
        hosts: &[HostEvidence],
        (here, scope, query): (usize, &Scope, usize),
        (field, value): (&str, &str),
    ) -> Option<Vec<(usize, usize)>> {
        let (site_number, site) = self.site(here)?;
        let events =
            |host: &usize| hosts.get(*host).and_then(|host| host.events.get(&query)).map_or(&[][..], Vec::as_slice);
        let keepers = site.keepers.get(&query)?;
        if keepers.len() <= WORTH_AN_INDEX
            && keepers.iter().map(|host| events(host).len()).sum::<usize>() <= WORTH_AN_INDEX
        {
            return None;
        }
        let lock = || self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (site_number, query, field.to_owned());
        let known = lock().get(&key).cloned();
        let index = known.unwrap_or_else(|| {
            let index = Arc::new(Index::new(keepers.iter().map(|host| (*host, events(host))), field));
            Arc::clone(lock().entry(key).or_insert(index))
        });
        let in_scope = self.in_scope(here, scope);
        let mut found: Vec<(usize, usize)> = index.by_value.get(&fold(value)).into_iter().flatten().copied().collect();
        found.extend(&index.others);
        found.retain(|(host, _)| in_scope.binary_search(host).is_ok());
        found.sort_unstable();
        Some(found)
    }

    /// Whether some machine of the site could not keep all records for a query.
    pub(super) fn drops(&self, here: usize, query: Option<usize>) -> bool {
        let site = self.site(here).map(|(_, site)| site);
        query.is_some_and(|query| site.is_some_and(|site| site.dropped.contains(&query)))
    }

    /// The answer of a call that every machine of the site would get; it is worked out for the first one that asks.
    pub fn answer(
        &self,
        here: usize,
        article: &ArticleId,
        call: CallId,
        work: impl FnOnce() -> SharedAnswer,
    ) -> SharedAnswer {
        let lock = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((site, _)) = self.site(here) else { return work() };
        if let Some(known) = lock().get(article).and_then(|calls| calls.get(&(site, call))) {
            return known.clone();
        }
        let answer = work();
        lock().entry(article.clone()).or_default().insert((site, call), answer.clone());
        answer
    }

    /// The same for what a source does not cover.
    pub(super) fn reason(
        &self,
        here: usize,
        scope: &Scope,
        source: &Source,
        work: impl FnOnce() -> Option<GapReason>,
    ) -> Option<GapReason> {
        let lock = || self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((site, _)) = self.site(here) else { return work() };
        let key = (site, scope.clone(), source.clone());
        if let Some(known) = lock().get(&key) {
            return known.clone();
        }
        let reason = work();
        lock().insert(key, reason.clone());
        reason
    }
}

impl Index {
    fn new<'a>(kept: impl Iterator<Item = (usize, &'a [Kept])>, field: &str) -> Self {
        let mut new = Self::default();
        for (host, records) in kept {
            for (at, record) in records.iter().enumerate() {
                match record.fields.get(field) {
                    Some(value) => new.by_value.entry(fold(value)).or_default().push((host, at)),
                    None => new.others.push((host, at)),
                }
            }
        }
        new
    }
}

impl Site {
    fn add(&mut self, machine: usize, host: &HostEvidence) {
        self.machines.push(machine);
        if let Some(role) = &host.role {
            self.by_role.entry(role.clone()).or_default().push(machine);
        }
        for query in host.events.keys() {
            self.keepers.entry(*query).or_default().push(machine);
        }
        self.dropped.extend(host.dropped.keys());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(bundle: usize, fleet: &str, role: Option<&str>, queries: &[usize]) -> HostEvidence {
        HostEvidence {
            bundle,
            fleet: fleet.to_owned(),
            role: role.map(str::to_owned),
            events: queries.iter().map(|query| (*query, Vec::new())).collect(),
            ..HostEvidence::default()
        }
    }

    #[test]
    fn machines_see_those_of_their_site_alone() {
        let mut hosts = vec![
            host(0, "", Some("client"), &[7]),
            host(1, "", Some("client"), &[7, 8]),
            host(0, "", Some("server"), &[7]),
            host(0, "west", Some("client"), &[7]),
            host(0, "", None, &[]),
        ];
        hosts[2].dropped.insert(9, Vec::new());
        let known = Neighbours::new(&hosts);
        let client = Scope::Role("client".to_owned());
        assert_eq!(known.in_scope(0, &Scope::Anywhere), [0, 2, 4]);
        assert_eq!(known.in_scope(2, &client), [0]);
        assert_eq!(known.in_scope(4, &Scope::Here), [4]);
        assert!(known.in_scope(4, &Scope::Role("robot".to_owned())).is_empty());
        let keepers = |here, scope, query| known.keepers(here, scope, query).collect::<Vec<_>>();
        assert_eq!(keepers(4, &Scope::Anywhere, 7), [0, 2]);
        assert_eq!(
            (keepers(0, &client, 7), keepers(3, &client, 7), keepers(0, &client, 8)),
            (vec![0], vec![3], vec![])
        );
        assert_eq!((keepers(2, &Scope::Here, 7), keepers(4, &Scope::Here, 7)), (vec![2], vec![]));
        assert_eq!([(0, 9), (3, 9), (0, 7)].map(|(here, query)| known.drops(here, Some(query))), [true, false, false]);
        assert!(!known.drops(0, None) && known.in_scope(5, &Scope::Anywhere).is_empty());
    }

    #[test]
    fn an_answer_is_shared_within_a_site_only() {
        let known = Neighbours::new(&[host(0, "", None, &[]), host(0, "", None, &[]), host(1, "", None, &[])]);
        let article = ArticleId::new("Q1").expect("an id");
        let ask = |here: usize, call: u32| {
            let mut asked = false;
            known.answer(here, &article, CallId(call), || {
                asked = true;
                None
            });
            asked
        };
        assert_eq!(
            [(0, 0), (1, 0), (2, 0), (1, 1), (0, 1)].map(|(here, call)| ask(here, call)),
            [true, false, true, true, false]
        );
    }
}
