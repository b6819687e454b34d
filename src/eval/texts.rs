//! What a rule says of every machine alike, put in words once for all of them: findings share it.

use std::sync::{Arc, OnceLock};

use crate::fact::{Gap, GapReason};
use crate::kb::{ArticleId, Product, ProductId, Products};
use crate::predicate::asks_elsewhere;
use crate::rule::{Clause, Condition, Fix, FixBy, Rule};
use crate::version::Level;

use super::because;

/// The words of one rule.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) article: Arc<ArticleId>,
    pub(super) title: Arc<str>,
    pub(super) product: Arc<ProductId>,
    /// The levels that the article states.
    pub(super) affects: Arc<[String]>,
    /// The levels and hotfixes that fix it.
    pub(super) fixed_in: Arc<[String]>,
    /// Those of which that is in doubt.
    pub(super) perhaps_in: Arc<[String]>,
    /// The levels among them.
    pub(super) fix_levels: Vec<Level>,
    pub(super) fixes: Vec<FixTexts>,
    pub(super) symptoms: Vec<ClauseTexts>,
    pub(super) causes: Vec<ClauseTexts>,
    pub(super) workarounds: Vec<ClauseTexts>,
    /// Name, and what tells the two apart.
    pub(super) look_alikes: Vec<(Arc<str>, Arc<str>)>,
    /// Whether it asks other machines than the one that the finding is about.
    pub(super) asks_elsewhere: bool,
}

/// The words of one fix.
#[derive(Debug)]
pub(super) struct FixTexts {
    /// The level or the hotfix.
    pub(super) name: Arc<str>,
    pub(super) carrier: Option<Arc<str>>,
    pub(super) setting: Option<Arc<str>>,
    /// How to get it.
    pub(super) install: Arc<str>,
    /// What nobody knows about it.
    pub(super) doubt: Option<Arc<Gap>>,
}

/// The words of a symptom, cause or workaround.
#[derive(Debug)]
pub(super) struct ClauseTexts {
    pub(super) id: Arc<str>,
    pub(super) says: Arc<str>,
}

/// The words of all rules, as the plan numbers them. Those of a rule are found when it is first asked.
#[derive(Debug)]
pub struct AllTexts(Vec<OnceLock<Option<Box<Texts>>>>);

impl AllTexts {
    /// A place for the words of so many rules.
    #[must_use]
    pub fn of(rules: usize) -> Self {
        Self((0..rules).map(|_| OnceLock::new()).collect())
    }

    /// The words of one rule; `None` if nobody knows its product.
    pub(super) fn get(&self, number: usize, rule: &Rule, products: &Products) -> Option<&Texts> {
        let new = || Some(Box::new(Texts::new(rule, products.get(&rule.product)?, products)));
        self.0.get(number)?.get_or_init(new).as_deref()
    }
}

impl Texts {
    fn new(rule: &Rule, product: &Product, products: &Products) -> Self {
        let level = |fix: &Fix| match fix.by {
            FixBy::Level(level) => Some(level),
            FixBy::Hotfix { .. } => None,
        };
        let words = |condition: &Option<Box<Condition>>| condition.as_ref().map(|condition| condition.text().into());
        let fix = |fix: &Fix| FixTexts {
            name: fix_name(fix, product).into(),
            carrier: words(&fix.carrier),
            setting: words(&fix.setting),
            install: because::install(product, fix).into(),
            doubt: fix.doubt.as_deref().map(|need| Arc::new(unknowable(need))),
        };
        let names = |doubtful: bool| -> Arc<[String]> {
            let those = rule.fixes.iter().filter(|fix| fix.doubt.is_some() == doubtful);
            those.map(|fix| fix_name(fix, product)).collect()
        };
        let mut elsewhere = false;
        for condition in rule.conditions() {
            condition.each_call(&mut |call| elsewhere |= asks_elsewhere(call, products));
        }
        Self {
            article: Arc::new(rule.article.clone()),
            title: rule.title.as_str().into(),
            product: Arc::new(rule.product.clone()),
            affects: rule.affects.iter().map(|range| range.text(&product.lattice)).collect(),
            fixed_in: names(false),
            perhaps_in: names(true),
            fix_levels: rule.fixes.iter().filter_map(level).collect(),
            fixes: rule.fixes.iter().map(fix).collect(),
            symptoms: clauses(&rule.symptoms),
            causes: clauses(&rule.causes),
            workarounds: clauses(&rule.workarounds),
            look_alikes: rule
                .look_alikes
                .iter()
                .map(|other| (other.name.as_str().into(), other.because.as_str().into()))
                .collect(),
            asks_elsewhere: elsewhere,
        }
    }
}

/// Something that no evidence settles.
fn unknowable(need: &str) -> Gap {
    Gap { need: need.to_owned(), from: String::new(), how: String::new(), reason: GapReason::NotKnown }
}

fn clauses(clauses: &[Clause]) -> Vec<ClauseTexts> {
    let texts = |clause: &Clause| ClauseTexts { id: clause.id.as_str().into(), says: clause.says.as_str().into() };
    clauses.iter().map(texts).collect()
}

fn fix_name(fix: &Fix, product: &Product) -> String {
    match &fix.by {
        FixBy::Level(level) => product.lattice.name(*level).to_owned(),
        FixBy::Hotfix { name, .. } => format!("hotfix {name}"),
    }
}
