//! How a predicate sees the bundle, and how it says what it will want to see.

use std::cell::Cell;
use std::collections::BTreeSet;

use crate::fact::{FactKey, Gap, GapReason, HostEvidence};
use crate::kb::Products;
use crate::rule::Scope;

use super::{EventQuery, Neighbours};

/// The evidence of all machines, seen from one of them for the sake of one rule.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Every machine of the bundle.
    pub hosts: &'a [HostEvidence],
    /// How they stand to each other.
    pub neighbours: &'a Neighbours,
    /// The machine that the finding is about.
    pub here: usize,
    /// The products.
    pub products: &'a Products,
    /// For each call of the rule, the number of its event query.
    pub queries: &'a [Option<usize>],
    /// How many more records may be looked at.
    pub effort: &'a Effort,
}

/// How many records a clause may look at, so that no rule and no log can make an audit hang. A clause that uses it up is
/// unknown.
#[derive(Debug, Default)]
pub struct Effort(Cell<u64>);

impl Effort {
    /// So many records may be looked at from now on.
    pub fn allow(&self, records: u64) {
        self.0.set(records);
    }

    /// No more of them may be.
    pub fn exhaust(&self) {
        self.0.set(0);
    }

    /// Whether all of it is used up.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Takes one record; false if none is left.
    pub(crate) fn spend(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'a> View<'a> {
    /// The machine that the finding is about.
    #[must_use]
    pub fn host(&self) -> &HostEvidence {
        &self.hosts[self.here]
    }

    /// The machines whose evidence a call asks, as indices.
    #[must_use]
    pub fn in_scope(&self, scope: &Scope) -> &'a [usize] {
        self.neighbours.in_scope(self.here, scope)
    }

    /// What is missing when a call finds no machine to ask, or nothing on it.
    #[must_use]
    pub fn gap(&self, scope: &Scope, need: String, how: String, reason: GapReason) -> Gap {
        let from = match scope {
            Scope::Here => self.host().name.clone(),
            Scope::Role(role) => role.clone(),
            Scope::Anywhere => "any machine of the site".to_owned(),
        };
        Gap { need, from, how, reason }
    }
}

/// What the scan must keep for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Nothing of its own.
    Nothing,
    /// The events that match.
    Events(Box<EventQuery>),
    /// The facts at these addresses.
    Facts(Vec<FactQuery>),
}

/// Facts to keep.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactQuery {
    /// The value at one address; also what tells that it is certainly not there.
    At(FactKey),
    /// Everything known of a service, lower case.
    Service(String),
    /// Everything known of the files whose paths end so, lower case.
    File(String),
}

impl FactQuery {
    /// Whether the fact at this address is wanted.
    #[must_use]
    pub fn wants(&self, key: &FactKey) -> bool {
        match (self, key) {
            (Self::At(wanted), key) => wanted == key,
            (Self::Service(wanted), FactKey::Service { name, .. }) => wanted == name,
            (Self::Service(wanted), FactKey::Registry { key, .. }) => {
                key.strip_prefix(SERVICES).is_some_and(|name| name == wanted)
            }
            (Self::File(wanted), FactKey::File { path, .. }) => is_path(path, wanted),
            _ => false,
        }
    }

    /// The registry key that would tell, if there is one.
    #[must_use]
    pub fn registry_key(&self) -> Option<String> {
        match self {
            Self::At(FactKey::Registry { key, .. }) => Some(key.clone()),
            Self::Service(name) => Some(format!("{SERVICES}{name}")),
            _ => None,
        }
    }
}

/// Where the registry holds the services.
pub(super) const SERVICES: &str = "hkey_local_machine\\system\\currentcontrolset\\services\\";

/// Whether a path is the one that is wanted: it ends so, or no more of it is known than the name.
pub(crate) fn is_path(path: &str, wanted: &str) -> bool {
    if path == wanted {
        return true;
    }
    if let Some(head) = path.strip_suffix(wanted) {
        return head.ends_with('\\');
    }
    !path.contains('\\') && wanted.rsplit('\\').next() == Some(path)
}

/// All paths of this host's file facts that are the wanted one.
pub(super) fn paths<'a>(host: &'a HostEvidence, wanted: &str) -> BTreeSet<&'a str> {
    let path = |key: &'a FactKey| match key {
        FactKey::File { path, .. } if is_path(path, wanted) => Some(path.as_str()),
        _ => None,
    };
    host.facts.keys().filter_map(path).collect()
}
