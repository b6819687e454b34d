//! Everything that a report is given, in a fixed order. Reports see this and nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use jiff::tz::Offset;

use crate::fact::{Bindings, Clock, Coverage, Gap, Problem, Timestamp};
use crate::kb::{ArticleId, ProductId};
use crate::rule::Severity;
use crate::truth::Truth;

use super::{Confidence, Verdict};

/// The whole result of an audit.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// How many rules were asked.
    pub rules: usize,
    /// How many articles without a rule are known by their levels alone.
    pub known: usize,
    /// `sha256:…` over the rules.
    pub rules_digest: String,
    /// What was audited.
    pub bundles: Vec<BundleInfo>,
    /// Every machine, in order of bundle and name; none where they are handed over as [`Machines`].
    pub hosts: Vec<HostAssessment>,
    /// The level that was assumed, for the reader of the report.
    pub assumed: Option<String>,
    /// Files that a reader took, in order of bundle and path.
    pub sources: Vec<SourceInfo>,
    /// Files that no reader took.
    pub skipped: Vec<Skipped>,
    /// What was wrong with the input.
    pub problems: Vec<Problem>,
}

/// The machines of an assessment, a few at a time: ten thousand rules find more on all machines than memory should hold.
pub trait Machines {
    /// The next machines from the n-th on, in order of bundle and name; none behind the last. Asked again, the same again.
    fn batch(&self, from: usize) -> Cow<'_, [HostAssessment]>;
}

impl dyn Machines + '_ {
    /// Every machine, in order.
    ///
    /// # Errors
    /// The first that `take` gives; the machines behind it are left out.
    pub fn each<E>(&self, mut take: impl FnMut(&HostAssessment) -> Result<(), E>) -> Result<(), E> {
        let mut from = 0;
        loop {
            let batch = self.batch(from);
            if batch.is_empty() {
                return Ok(());
            }
            batch.iter().try_for_each(&mut take)?;
            from += batch.len();
        }
    }

    /// Every machine, in order, for whoever cannot fail.
    pub fn for_each(&self, mut take: impl FnMut(&HostAssessment)) {
        let Ok(()) = self.each(|host| {
            take(host);
            Ok::<(), Infallible>(())
        });
    }
}

impl Machines for Assessment {
    fn batch(&self, from: usize) -> Cow<'_, [HostAssessment]> {
        Cow::Borrowed(self.hosts.get(from..).unwrap_or_default())
    }
}

/// One bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleInfo {
    /// As it was given.
    pub path: String,
    /// `sha256:…` over its members' paths and contents.
    pub digest: String,
    /// How many of its files were recognised.
    pub sources: usize,
}

/// A file, and how it was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceInfo {
    /// The bundle it came in.
    pub bundle: usize,
    /// Its path in the bundle.
    pub file: String,
    /// The machine it speaks of.
    pub host: String,
    /// The reader that took it.
    pub reader: &'static str,
    /// The encoding that it was taken for.
    pub encoding: &'static str,
    /// What told the encoding: `mark`, `content`, `manifest` or `guess`.
    pub encoding_by: &'static str,
    /// The order of its dates (`mdy`, …) and what told it (`file`, `manifest`, `format`, `nothing`), if it has such.
    pub dates: Option<(&'static str, &'static str)>,
    /// How many physical lines were read.
    pub lines: u64,
    /// Whether all of it was read.
    pub complete: bool,
}

/// A file that no reader took.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path.
    pub file: String,
    /// Why.
    pub why: String,
}

/// One machine.
#[derive(Debug, Clone)]
pub struct HostAssessment {
    /// Its name.
    pub name: String,
    /// Its role, if known.
    pub role: Option<String>,
    /// The bundle it came in.
    pub bundle: usize,
    /// Its clock.
    pub clock: Clock,
    /// Its levels.
    pub levels: Vec<LevelText>,
    /// What its sources could have shown.
    pub coverage: Coverage,
    /// One finding a rule, in order of article.
    pub findings: Vec<Finding>,
    /// Of articles without a finding that are known by their levels alone: how many have each verdict.
    pub by_level: BTreeMap<Verdict, usize>,
}

/// A level in words, with its witnesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelText {
    /// The product.
    pub product: ProductId,
    /// `1.2 SP2`, `1.2 to 1.2 SP4`, or `unknown`.
    pub level: String,
    /// The least possible level.
    pub at_least: Option<String>,
    /// The greatest possible level.
    pub at_most: Option<String>,
    /// The trust of the witness that decided.
    pub trust: String,
    /// When it came on the machine.
    pub since: Option<Timestamp>,
    /// All that spoke.
    pub witnesses: Vec<WitnessText>,
}

/// A witness in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessText {
    /// What it says.
    pub says: String,
    /// Its kind.
    pub trust: String,
    /// Its file and line; `None` if it was stated on the command line.
    pub at: Option<(String, u64)>,
    /// Why it does not count, or counts less.
    pub why: Option<String>,
}

/// The five answers, and whether the defect came back. `None`: the rule has no such part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Answers {
    /// Is the installed level one that the article states?
    pub range: Truth,
    /// Is the fix installed and working?
    pub fixed: Truth,
    /// Is a symptom seen? `None`: it cannot be observed.
    pub symptom: Option<Truth>,
    /// Is a cause present? `None`: none is stated.
    pub cause: Option<Truth>,
    /// Is a workaround in place? `None`: there is none.
    pub workaround: Option<Truth>,
    /// Only if fixed: was a symptom seen after the fix, through a cause that the fix covers?
    pub recurs: Truth,
}

/// The verdict for one machine and one article, with its proof. What its rule says of every machine alike is shared among
/// them: ten thousand rules say the same of each of them.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The article.
    pub article: Arc<ArticleId>,
    /// Its title.
    pub title: Arc<str>,
    /// Its product.
    pub product: Arc<ProductId>,
    /// How much the defect matters.
    pub severity: Severity,
    /// The verdict.
    pub verdict: Verdict,
    /// How sure.
    pub confidence: Option<Confidence>,
    /// One sentence for a person.
    pub because: String,
    /// The answers that it comes from.
    pub answers: Answers,
    /// About the level.
    pub version: VersionFinding,
    /// About the fix.
    pub fix: FixFinding,
    /// Every symptom of the rule.
    pub symptoms: Vec<ClauseFinding>,
    /// Every cause of the rule.
    pub causes: Vec<ClauseFinding>,
    /// Every workaround of the rule.
    pub workarounds: Vec<ClauseFinding>,
    /// What looks the same.
    pub look_alikes: Vec<LookAlikeFinding>,
    /// Symptoms from before the fix.
    pub history: Vec<Evidence>,
    /// The least that would decide an unknown.
    pub missing: Vec<Arc<Gap>>,
}

impl Finding {
    /// Whether the level alone decides it, since its rule asks nothing of a bundle.
    #[must_use]
    pub fn is_by_level(&self) -> bool {
        let asks = !(self.symptoms.is_empty() && self.causes.is_empty() && self.workarounds.is_empty());
        !asks && self.history.is_empty()
    }
}

/// The level against the levels that the article states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFinding {
    /// In range?
    pub state: Truth,
    /// What the article states.
    pub affects: Arc<[String]>,
}

/// The level or hotfix against the fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixFinding {
    /// Fixed?
    pub state: Truth,
    /// Every level and hotfix that fixes it.
    pub fixed_in: Arc<[String]>,
    /// Those of which it is in doubt.
    pub perhaps_in: Arc<[String]>,
    /// The installed level, in words.
    pub installed: Option<Arc<str>>,
    /// The file that carries the fix, if the rule names one.
    pub carrier: Option<Arc<str>>,
    /// The setting that the fix needs, if the rule names one.
    pub setting: Option<Arc<str>>,
    /// What to do.
    pub action: Option<Arc<str>>,
}

/// One symptom, cause or workaround.
#[derive(Debug, Clone)]
pub struct ClauseFinding {
    /// Its name.
    pub id: Arc<str>,
    /// Its sentence.
    pub says: Arc<str>,
    /// Whether it holds.
    pub state: Truth,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// How the answer came about, part by part; empty if nobody asked for proofs.
    pub proof: Proof,
}

/// Another explanation.
#[derive(Debug, Clone)]
pub struct LookAlikeFinding {
    /// The other article.
    pub name: Arc<str>,
    /// What tells the two apart.
    pub because: Arc<str>,
    /// Whether it is recognised here; `None` if the rule does not say how.
    pub state: Option<Truth>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// One place in the bundle that shows something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The path in the bundle.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// When, as logged.
    pub time: Option<Timestamp>,
    /// The offset from UTC of that time, if the bundle tells the zone.
    pub offset: Option<Offset>,
    /// What stands there, cut to a bounded length.
    pub text: String,
    /// What was captured.
    pub captures: Bindings,
    /// The machine, if it is another than the finding's.
    pub host: Option<String>,
}

/// How one condition was answered.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The condition, in short.
    pub condition: String,
    /// Its answer.
    pub truth: Truth,
    /// What shows it.
    pub seen: Vec<Evidence>,
    /// What is missing.
    pub missing: Vec<Gap>,
    /// The answers of its parts.
    pub parts: Vec<Proof>,
}

impl Proof {
    /// No proof, since nobody asked for one.
    #[must_use]
    pub fn none(truth: Truth) -> Self {
        Self { condition: String::new(), truth, seen: Vec::new(), missing: Vec::new(), parts: Vec::new() }
    }
}
