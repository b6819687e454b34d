//! What all rules see of a host alike: its levels, and how they stand to what a rule states.

use std::sync::Arc;

use crate::fact::{Bindings, Gap, HostEvidence, MemberId, Timestamp};
use crate::kb::{Product, ProductId, Products};
use crate::plan::Plan;
use crate::predicate::{Effort, Neighbours, View, level_gap};
use crate::rule::{FixBy, Rule, Scope};
use crate::truth::Truth;
use crate::version::{Installed, Level, affects, fixed};

use super::levels::in_words;
use super::texts::AllTexts;

/// What an assessment is made from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The rules, as the plan numbers them.
    pub rules: &'a [Rule],
    /// The products.
    pub products: &'a Products,
    /// The plan that the evidence was collected with.
    pub plan: &'a Plan,
    /// Every host, with its levels resolved.
    pub hosts: &'a [HostEvidence],
    /// How they stand to each other.
    pub neighbours: &'a Neighbours,
    /// The same with the open dates of all files read the other way, if there are any.
    pub other_dates: Option<(&'a [HostEvidence], &'a Neighbours)>,
    /// The path of each member in its bundle.
    pub paths: &'a dyn Fn(MemberId) -> String,
    /// What if this level were installed?
    pub assumed: Option<(&'a ProductId, Level)>,
    /// The words of the rules.
    pub texts: &'a AllTexts,
    /// What is known by levels alone: rules that ask nothing.
    pub known: &'a [Rule],
    /// The words of it.
    pub known_texts: &'a AllTexts,
    /// Whether to say how every answer came about.
    pub proofs: bool,
}

/// One host: what all rules see of it alike.
pub(super) struct Here<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) hosts: &'a [HostEvidence],
    pub(super) neighbours: &'a Neighbours,
    pub(super) host: usize,
    pub(super) effort: &'a Effort,
    pub(super) bound: Bindings,
    pub(super) standings: Vec<Standing<'a>>,
}

/// How a host stands to one product.
pub(super) struct Standing<'a> {
    pub(super) product: &'a Product,
    pub(super) installed: Option<Installed>,
    /// The installed level, in words.
    pub(super) level: Option<Arc<str>>,
    pub(super) since: Option<Timestamp>,
    pub(super) assumed: bool,
    /// What would tell the level.
    pub(super) gap: Arc<Gap>,
}

impl<'a> Here<'a> {
    pub(super) fn new(
        inputs: &'a Inputs<'a>,
        (hosts, neighbours): (&'a [HostEvidence], &'a Neighbours),
        host: usize,
        effort: &'a Effort,
    ) -> Self {
        let evidence = &hosts[host];
        let view = View { hosts, neighbours, here: host, products: inputs.products, queries: &[], effort };
        let standing = |product: &'a Product| {
            let report = evidence.levels.iter().find(|level| level.product == product.id.as_str());
            let assumed = inputs.assumed.filter(|(id, _)| **id == product.id).map(|(_, level)| level);
            let installed = match assumed {
                Some(level) => Some(Installed::exactly(level)),
                None => report.and_then(|report| report.installed.clone()),
            };
            Standing {
                product,
                level: installed.as_ref().map(|installed| in_words(&product.lattice, installed).into()),
                installed,
                since: report.and_then(|report| report.since),
                assumed: assumed.is_some(),
                gap: Arc::new(level_gap(&view, product, &Scope::Here)),
            }
        };
        Self {
            inputs,
            hosts,
            neighbours,
            host,
            effort,
            bound: Bindings::from([("host".to_owned(), evidence.name.clone())]),
            standings: inputs.products.iter().map(standing).collect(),
        }
    }

    /// How the host stands to the product of a rule.
    pub(super) fn standing(&'a self, rule: &Rule) -> Option<&'a Standing<'a>> {
        self.standings.iter().find(|standing| standing.product.id == rule.product)
    }
}

impl Standing<'_> {
    pub(super) fn range(&self, rule: &Rule) -> Truth {
        // A rule without stated levels is about every level.
        if rule.affects.is_empty() {
            return Truth::True;
        }
        let installed = self.installed.as_ref();
        installed.map_or(Truth::Unknown, |installed| affects(&self.product.lattice, &rule.affects, installed))
    }

    /// Whether the level holds the fix of level `fix`, among all levels that fix it.
    pub(super) fn fixed(&self, rule: &Rule, fixes: &[Level], fix: Level) -> Truth {
        let installed = self.installed.as_ref();
        installed.map_or(Truth::Unknown, |installed| fixed(&self.product.lattice, &rule.affects, fixes, fix, installed))
    }

    /// Of a rule that asks nothing: whether the level is in range, and whether it is fixed.
    pub(super) fn judge(&self, rule: &Rule) -> (Truth, Truth) {
        let levels = rule.fixes.iter().filter_map(|fix| match fix.by {
            FixBy::Level(level) => Some((level, fix.doubt.is_some())),
            FixBy::Hotfix { .. } => None,
        });
        let all: Vec<Level> = levels.clone().map(|(level, _)| level).collect();
        let one = |(level, in_doubt): (Level, bool)| {
            let fixed = self.fixed(rule, &all, level);
            if in_doubt { fixed.and(Truth::Unknown) } else { fixed }
        };
        (self.range(rule), Truth::any(levels.map(one)))
    }
}
