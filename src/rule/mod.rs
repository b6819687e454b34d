//! A rule as the engine knows it: free of syntax, with every name resolved.
//!
//! After lowering nothing can tell whether a rule was written in the rule language or in YAML. What a rule is made of
//! can be stored and read back for the cache of `pack`; it is no format that anybody else may rely on.

mod condition;
mod display;
mod extent;
mod names;
mod pattern;
mod plain;

pub use condition::{
    Call, CallId, ClauseKind, Compare, Condition, Count, Levels, Op, Operand, Scope, Sequence, Step, Test, Until,
    Window,
};
pub use names::{PREDICATE_NAMES, PredicateName};
pub use pattern::{Pattern, PatternError, PatternKind};

use serde::{Deserialize, Serialize};

use crate::diag::Span;
use crate::kb::{ArticleId, ProductId};
use crate::version::{Level, Range};

/// Where something was written. It is no part of what was meant, so two places always compare equal.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// The detection for one article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The article.
    pub article: ArticleId,
    /// Its title, in full.
    pub title: String,
    /// The product whose levels it states.
    pub product: ProductId,
    /// How much the defect matters.
    pub severity: Severity,
    /// Free words to choose rules by.
    pub tags: Vec<String>,
    /// The parts of the product that it is about.
    pub components: Vec<String>,
    /// Articles that it refers to.
    pub references: Vec<ArticleId>,
    /// The roles whose machines can have it; empty for all. A machine whose role is only guessed is always looked at.
    pub roles: Vec<String>,
    /// The levels that the article states as affected.
    pub affects: Vec<Range>,
    /// What resolves it.
    pub fixes: Vec<Fix>,
    /// What a person sees.
    pub symptoms: Vec<Clause>,
    /// Why it happens; one is enough.
    pub causes: Vec<Clause>,
    /// What helps without a fix; one is enough.
    pub workarounds: Vec<Clause>,
    /// What looks the same and is not.
    pub look_alikes: Vec<LookAlike>,
    /// How many calls its conditions hold: call ids are below it.
    pub calls: u32,
    /// Where it was written.
    pub place: Place,
}

impl Rule {
    /// Every condition, wherever it stands.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let clauses = self.symptoms.iter().chain(&self.causes).chain(&self.workarounds).map(|clause| &clause.when);
        let look_alikes = self.look_alikes.iter().filter_map(|look_alike| look_alike.when.as_ref());
        let fixes = self.fixes.iter().flat_map(|fix| {
            let hotfix = match &fix.by {
                FixBy::Hotfix { when, .. } => when.as_deref(),
                FixBy::Level(_) => None,
            };
            hotfix.into_iter().chain(fix.carrier.as_deref()).chain(fix.setting.as_deref())
        });
        clauses.chain(look_alikes).chain(fixes)
    }
}

/// How much a defect matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Severity {
    /// A nuisance.
    Minor,
    /// Something does not work.
    #[default]
    Major,
    /// Data or service is lost.
    Critical,
}

impl Severity {
    /// All of them with their names.
    pub const ALL: &[(&str, Self)] = &[("minor", Self::Minor), ("major", Self::Major), ("critical", Self::Critical)];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

/// The name of a symptom, cause or workaround inside its rule.
pub type ClauseId = String;

/// A symptom, cause or workaround.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Its name.
    pub id: ClauseId,
    /// A sentence for people.
    pub says: String,
    /// How it is recognised.
    pub when: Condition,
    /// Where it was written.
    pub place: Place,
}

/// Something that resolves the defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// The level or the hotfix.
    pub by: FixBy,
    /// What must hold of the file that carries the fix; without it, a level alone proves the fix.
    pub carrier: Option<Box<Condition>>,
    /// The setting that the fix needs to work.
    pub setting: Option<Box<Condition>>,
    /// The causes that it covers; empty for all.
    pub covers: Vec<ClauseId>,
    /// What to do, if it is more than installing the level.
    pub action: Option<String>,
    /// What nobody knows about it, as something that is missing: then the level alone leaves open whether it is fixed.
    pub doubt: Option<String>,
}

/// What brings a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FixBy {
    /// A level of the product.
    Level(Level),
    /// A hotfix, recognised by its files.
    Hotfix {
        /// The article or name that it goes by.
        name: String,
        /// How it is recognised; `None` if it is only known to be there.
        when: Option<Box<Condition>>,
    },
}

/// Another explanation of the same symptom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAlike {
    /// The other article, or a name such as `by-design`.
    pub name: String,
    /// What tells the two apart, for people.
    pub because: String,
    /// How it is recognised, if it can be.
    pub when: Option<Condition>,
}
