//! Every rule against every host: the five answers, the verdict, and the proof.

use std::ops::Range;
use std::sync::Arc;

use crate::fact::{Gap, GapReason, MemberId, Timestamp, tell};
use crate::plan::Plan;
use crate::predicate::{Effort, Seen, Solution, View};
use crate::rule::{Clause, Condition, Fix, FixBy, Rule};
use crate::truth::Truth;
use crate::verdict::{
    Answers, ClauseFinding, Confidence, Evidence, Finding, FixFinding, LookAlikeFinding, Proof, Verdict,
    VersionFinding, decide,
};
use crate::version::Level;

use super::because::{self, Facts};
use super::condition::{Context, Node, Outcome};
use super::here::{Here, Inputs, Standing};
use super::levels::file_date;
use super::texts::{AllTexts, ClauseTexts, Texts};

/// The findings of some rules on one host, in the order of the rules.
#[must_use]
pub fn ask(inputs: &Inputs<'_>, host: usize, rules: Range<usize>) -> Vec<Finding> {
    let pack = Rules { rules: inputs.rules, texts: inputs.texts, plan: Some(inputs.plan) };
    findings(inputs, host, pack, rules)
}

/// The findings of what is known by levels alone, as far as it is wanted.
#[must_use]
pub fn ask_known(inputs: &Inputs<'_>, host: usize, wanted: Range<usize>) -> Vec<Finding> {
    findings(inputs, host, Rules { rules: inputs.known, texts: inputs.known_texts, plan: None }, wanted)
}

/// Rules with their words, and the plan by which the evidence for them was collected, if they ask for any.
#[derive(Clone, Copy)]
struct Rules<'a> {
    rules: &'a [Rule],
    texts: &'a AllTexts,
    plan: Option<&'a Plan>,
}

fn findings(inputs: &Inputs<'_>, host: usize, of: Rules<'_>, rules: Range<usize>) -> Vec<Finding> {
    let effort = Effort::default();
    let here = Here::new(inputs, (inputs.hosts, inputs.neighbours), host, &effort);
    let other = inputs.other_dates.map(|site| Here::new(inputs, site, host, &effort));
    let has_open_dates = !inputs.hosts[host].open_dates.is_empty();
    let mut findings = Vec::with_capacity(rules.len());
    for rule in rules {
        let Some(mut case) = Case::new(&here, of, rule) else { continue };
        // Dates elsewhere matter only to a rule that looks elsewhere.
        let other = other.as_ref().filter(|_| has_open_dates || case.texts.asks_elsewhere);
        case.other = other.and_then(|other| Case::new(other, of, rule)).map(Box::new);
        findings.push(case.finding());
    }
    findings
}

/// One rule on one host.
struct Case<'a> {
    here: &'a Here<'a>,
    rule: &'a Rule,
    texts: &'a Texts,
    standing: &'a Standing<'a>,
    context: Context<'a>,
    /// The same case with open dates read the other way.
    other: Option<Box<Case<'a>>>,
}

/// What the conditions of a rule come to.
struct Asked<'a> {
    symptoms: Vec<(&'a Clause, Outcome<'a>)>,
    causes: Vec<(&'a Clause, Outcome<'a>)>,
    workarounds: Vec<(&'a Clause, Outcome<'a>)>,
}

/// What is known of the fixes.
struct Fixes<'a> {
    truth: Truth,
    /// The fix that holds, or the one that might: its place among the fixes of the rule.
    by: Option<usize>,
    gaps: Vec<Arc<Gap>>,
    /// Why a level that has the fix does not bring it.
    blocked: Option<String>,
    carrier: Option<&'a Arc<str>>,
    setting: Option<&'a Arc<str>>,
    /// What nobody knows about the fix of the installed level.
    doubt: Option<&'a Arc<Gap>>,
}

impl<'a> Case<'a> {
    /// A rule by its number; `None` if it is not about machines of this role.
    fn new(here: &'a Here<'a>, of: Rules<'a>, rule: usize) -> Option<Self> {
        let inputs = here.inputs;
        let queries = of.plan.map_or(&[][..], |plan| plan.calls(rule));
        let number = rule;
        let rule = of.rules.get(number)?;
        let evidence = &here.hosts[here.host];
        let other_role = evidence.role_stated && evidence.role.as_ref().is_some_and(|role| !rule.roles.contains(role));
        if !rule.roles.is_empty() && other_role {
            return None;
        }
        let standing = here.standing(rule)?;
        let texts = of.texts.get(number, rule, inputs.products)?;
        let view = View {
            hosts: here.hosts,
            neighbours: here.neighbours,
            here: here.host,
            products: inputs.products,
            queries,
            effort: here.effort,
        };
        Some(Self { here, rule, texts, standing, context: Context { rule, view }, other: None })
    }

    fn range(&self) -> Truth {
        self.standing.range(self.rule)
    }

    fn asked(&self) -> Asked<'a> {
        let ask = |clauses: &'a [Clause]| {
            clauses.iter().map(|clause| (clause, self.context.decide(&clause.when, &self.here.bound))).collect()
        };
        Asked {
            symptoms: ask(&self.rule.symptoms),
            causes: ask(&self.rule.causes),
            workarounds: ask(&self.rule.workarounds),
        }
    }

    fn finding(&self) -> Finding {
        let mut range = self.range();
        let mut asked = self.asked();
        let mut fixes = self.fixes(&asked.causes);
        let (mut recurs, history) = self.recurs(&fixes, &asked.symptoms, &asked.causes);
        let mut look_alikes = self.look_alikes();
        if let Some(other) = &self.other {
            let gap = self.date_gap();
            let theirs = other.asked();
            let their_fixes = other.fixes(&theirs.causes);
            range = Truth::agreed([range, other.range()]);
            let (their_recurs, _) = other.recurs(&their_fixes, &theirs.symptoms, &theirs.causes);
            recurs = Truth::agreed([recurs, their_recurs]);
            if fixes.truth != their_fixes.truth {
                fixes.truth = Truth::Unknown;
                fixes.gaps = vec![Arc::new(gap.clone())];
            }
            asked.agree(theirs, &gap);
            for (mine, theirs) in look_alikes.iter_mut().zip(other.look_alikes()) {
                mine.state = mine.state.zip(theirs.state).map(|(mine, theirs)| Truth::agreed([mine, theirs]));
            }
        }
        let Asked { symptoms, causes, workarounds } = asked;
        let any = |clauses: &[(&Clause, Outcome<'_>)]| {
            (!clauses.is_empty()).then(|| Truth::any(clauses.iter().map(|(_, outcome)| outcome.truth)))
        };
        let answers = Answers {
            range,
            fixed: fixes.truth,
            symptom: any(&symptoms),
            cause: cause_answer(&symptoms, &causes),
            workaround: any(&workarounds),
            recurs,
        };
        let (verdict, confidence) = decide(&answers);
        let missing = self.missing(verdict, confidence, &answers, &fixes, &symptoms, &causes);
        let symptoms = self.reported(symptoms, &self.texts.symptoms);
        let causes = self.reported(causes, &self.texts.causes);
        let workarounds = self.reported(workarounds, &self.texts.workarounds);
        let (texts, standing) = (self.texts, self.standing);
        let fixed_by = fixes.by.and_then(|fix| texts.fixes.get(fix)).map(|fix| &*fix.name);
        let facts = Facts {
            product: standing.product,
            answers,
            verdict,
            confidence,
            installed: standing.level.as_deref().unwrap_or("of unknown level"),
            assumed: standing.assumed,
            symptoms: &symptoms,
            causes: &causes,
            workarounds: &workarounds,
            look_alikes: &look_alikes,
            fixed_by,
            doubt: fixes.doubt.map(|doubt| doubt.need.as_str()),
            behind: self.behind(),
            missing: missing.len(),
        };
        let because = because::sentence(&facts);
        let action = if verdict == Verdict::Recurring {
            Some(because::check_the_fix(fixed_by).into())
        } else {
            self.action(&fixes)
        };
        Finding {
            article: Arc::clone(&texts.article),
            title: Arc::clone(&texts.title),
            product: Arc::clone(&texts.product),
            severity: self.rule.severity,
            verdict,
            confidence,
            because,
            answers,
            version: VersionFinding { state: range, affects: Arc::clone(&texts.affects) },
            fix: FixFinding {
                state: fixes.truth,
                fixed_in: Arc::clone(&texts.fixed_in),
                perhaps_in: Arc::clone(&texts.perhaps_in),
                installed: standing.level.clone(),
                carrier: fixes.carrier.cloned(),
                setting: fixes.setting.cloned(),
                action,
            },
            symptoms,
            causes,
            workarounds,
            look_alikes,
            history,
            missing,
        }
    }

    /// What would settle an answer that depends on how open dates are read.
    fn date_gap(&self) -> Gap {
        let open = self.here.hosts.iter().flat_map(|host| &host.open_dates);
        let path = |member: &MemberId| format!("`{}`", (self.here.inputs.paths)(*member));
        let files: Vec<String> = open.take(2).map(path).collect();
        Gap {
            need: format!("whether day or month stands first in the dates of {}", files.join(" and ")),
            from: self.here.hosts[self.here.host].name.clone(),
            how: "state `date-order` of the host in bundle.yaml".to_owned(),
            reason: GapReason::Ambiguous,
        }
    }

    /// What to do: going for the first level that the machine does not have, on its own branch if there is one. What
    /// keeps a fix from working comes first.
    fn action(&self, found: &Fixes<'_>) -> Option<Arc<str>> {
        if found.truth == Truth::True {
            return None;
        }
        let lattice = &self.standing.product.lattice;
        let current = self.standing.installed.as_ref().and_then(|installed| installed.at_most(lattice));
        let ahead = |fix: &Fix| match (&fix.by, current) {
            (FixBy::Level(level), Some(current)) => lattice.at_most(current, *level),
            _ => true,
        };
        let fixes = &self.rule.fixes;
        let needs_more = |fix: &Fix| fix.carrier.is_some() || fix.setting.is_some() || fix.action.is_some();
        let next = fixes.iter().position(|fix| fix.doubt.is_none() && ahead(fix));
        // An older level is no way forward, unless the fix waits for more than the level.
        let next = next.or_else(|| fixes.iter().position(ahead)).or_else(|| fixes.iter().position(needs_more))?;
        let fix = fixes.get(next)?;
        match found.blocked.as_deref().filter(|_| fix.action.is_none()) {
            Some(blocked) => Some(blocked.into()),
            None => Some(Arc::clone(&self.texts.fixes.get(next)?.install)),
        }
    }

    /// A level before the installed one that had the fix, and nothing but the level: the article states the installed one all
    /// the same.
    fn behind(&self) -> Option<&'a str> {
        let lattice = &self.standing.product.lattice;
        let current = self.standing.installed.as_ref().and_then(|installed| installed.at_least(lattice))?;
        let level = |fix: &Fix| match fix.by {
            FixBy::Level(level) if fix.carrier.is_none() && fix.setting.is_none() && fix.covers.is_empty() => {
                Some(level)
            }
            _ => None,
        };
        let is_behind = |&fix: &Level| fix != current && lattice.at_most(fix, current);
        self.rule.fixes.iter().filter_map(level).rfind(is_behind).map(|level| lattice.name(level))
    }

    fn fixes(&self, causes: &[(&Clause, Outcome<'_>)]) -> Fixes<'a> {
        let mut all = Fixes {
            truth: Truth::False,
            by: None,
            gaps: Vec::new(),
            blocked: None,
            carrier: None,
            setting: None,
            doubt: None,
        };
        for (nth, (fix, texts)) in self.rule.fixes.iter().zip(&self.texts.fixes).enumerate() {
            let mut gaps = Vec::new();
            let mut blocked = None;
            let mut doubt = None;
            let mut truth = match &fix.by {
                FixBy::Level(level) => self.standing.fixed(self.rule, &self.texts.fix_levels, *level),
                FixBy::Hotfix { when: Some(when), .. } => self.ask(when, &mut gaps),
                // It is known to be there, and nothing here would show it.
                FixBy::Hotfix { when: None, .. } => Truth::False,
            };
            if truth == Truth::Unknown && gaps.is_empty() {
                gaps.push(Arc::clone(&self.standing.gap));
            }
            if let Some((carrier, text)) = fix.carrier.as_ref().zip(texts.carrier.as_ref()) {
                let mut new_enough = self.ask(carrier, &mut gaps);
                if self.standing.assumed && new_enough == Truth::Unknown {
                    // What if the level were installed: then with all its files. One that is known to be old stays old,
                    // since it is named as carrier for the very reason that the level does not bring it.
                    new_enough = Truth::True;
                    gaps.clear();
                }
                if truth != Truth::False && new_enough == Truth::False {
                    blocked = Some(format!("Update the file that carries the fix: {text}"));
                }
                all.carrier = Some(text);
                truth = truth.and(new_enough);
            }
            if let Some((setting, text)) = fix.setting.as_ref().zip(texts.setting.as_ref()) {
                let set = self.ask(setting, &mut gaps);
                if truth != Truth::False && set == Truth::False {
                    blocked = Some(format!("Set what the fix needs to work: {text}"));
                }
                all.setting = Some(text);
                truth = truth.and(set);
            }
            truth = truth.and(covers_all(fix, causes));
            if let Some(open) = texts.doubt.as_ref().filter(|_| truth == Truth::True) {
                truth = Truth::Unknown;
                doubt = Some(open);
            }
            if truth > all.truth || (all.by.is_none() && truth != Truth::False) {
                all.by = Some(nth);
            }
            if truth == Truth::Unknown {
                all.gaps.extend(gaps);
            }
            // A later level leaves less in doubt.
            all.doubt = doubt.or(all.doubt);
            all.blocked = all.blocked.or(blocked);
            all.truth = all.truth.or(truth);
        }
        all.gaps.extend(all.doubt.cloned());
        all
    }

    fn ask(&self, condition: &'a Condition, gaps: &mut Vec<Arc<Gap>>) -> Truth {
        let outcome = self.context.decide(condition, &self.here.bound);
        if outcome.truth == Truth::Unknown {
            gaps.extend(outcome.node.gaps.into_iter().map(Arc::new));
        }
        outcome.truth
    }

    /// Whether a symptom was seen after the fix, through a cause that it covers; and the symptoms from before it.
    fn recurs(
        &self,
        fixes: &Fixes<'_>,
        symptoms: &[(&Clause, Outcome<'_>)],
        causes: &[(&Clause, Outcome<'_>)],
    ) -> (Truth, Vec<Evidence>) {
        if fixes.truth != Truth::True {
            return (Truth::False, Vec::new());
        }
        let by = fixes.by.and_then(|fix| self.rule.fixes.get(fix));
        let covered = |id: &String| by.is_none_or(|fix| fix.covers.is_empty() || fix.covers.contains(id));
        let through = if causes.is_empty() {
            Truth::True
        } else {
            Truth::any(causes.iter().filter(|(clause, _)| covered(&clause.id)).map(|(_, outcome)| outcome.truth))
        };
        let mut after = Truth::False;
        let mut history = Vec::new();
        for solution in symptoms.iter().flat_map(|(_, outcome)| &outcome.solutions) {
            let this = self.after_fix(solution);
            after = after.or(this);
            if this == Truth::False || through == Truth::False {
                history.extend(solution.seen.iter().map(|seen| self.evidence(seen)));
            }
        }
        history.sort();
        history.dedup();
        (after.and(through), history)
    }

    fn after_fix(&self, solution: &Solution) -> Truth {
        if self.standing.assumed {
            return Truth::False;
        }
        let times = solution.seen.iter().filter_map(|seen| seen.time.or_else(|| self.file_time(seen)));
        match (times.max(), self.standing.since) {
            (Some(time), Some(since)) => (time > since).into(),
            _ => Truth::Unknown,
        }
    }

    /// A saved console has no stamps, but a listing may date the file.
    fn file_time(&self, seen: &Seen) -> Option<Timestamp> {
        let path = (self.here.inputs.paths)(seen.at?.member).to_lowercase();
        let name = path.rsplit(['/', '\\']).next()?;
        file_date(&self.here.hosts[seen.host], name)
    }

    fn look_alikes(&self) -> Vec<LookAlikeFinding> {
        let find = |(look_alike, (name, because)): (&'a crate::rule::LookAlike, &(Arc<str>, Arc<str>))| {
            let outcome = look_alike.when.as_ref().map(|when| self.context.decide(when, &self.here.bound));
            LookAlikeFinding {
                name: Arc::clone(name),
                because: Arc::clone(because),
                state: outcome.as_ref().map(|outcome| outcome.truth),
                evidence: outcome.map(|outcome| self.all_evidence(&outcome)).unwrap_or_default(),
            }
        };
        self.rule.look_alikes.iter().zip(&self.texts.look_alikes).map(find).collect()
    }

    /// The least that would decide: nothing for a sure verdict.
    fn missing(
        &self,
        verdict: Verdict,
        confidence: Option<Confidence>,
        answers: &Answers,
        fixes: &Fixes<'_>,
        symptoms: &[(&Clause, Outcome<'_>)],
        causes: &[(&Clause, Outcome<'_>)],
    ) -> Vec<Arc<Gap>> {
        let sure = match verdict {
            Verdict::Affected | Verdict::Recurring => confidence == Some(Confidence::Confirmed),
            Verdict::Unknown | Verdict::AtRisk => false,
            _ => true,
        };
        if sure {
            return Vec::new();
        }
        let mut gaps = Vec::new();
        if answers.range == Truth::Unknown {
            gaps.push(Arc::clone(&self.standing.gap));
        }
        if answers.fixed == Truth::Unknown {
            gaps.extend(fixes.gaps.iter().cloned());
        }
        for (state, clauses) in [(answers.symptom, symptoms), (answers.cause, causes)] {
            if state != Some(Truth::Unknown) {
                continue;
            }
            // One clause is enough: the one that takes the least.
            let open = clauses.iter().filter(|(_, outcome)| outcome.truth == Truth::Unknown);
            gaps.extend(
                open.map(|(_, outcome)| &outcome.node.gaps)
                    .min_by_key(|gaps| gaps.len())
                    .into_iter()
                    .flatten()
                    .map(|gap| Arc::new(gap.clone())),
            );
        }
        tell(gaps)
    }

    fn reported(&self, clauses: Vec<(&Clause, Outcome<'_>)>, texts: &[ClauseTexts]) -> Vec<ClauseFinding> {
        let report = |((_, outcome), texts): ((&Clause, Outcome<'_>), &ClauseTexts)| ClauseFinding {
            id: Arc::clone(&texts.id),
            says: Arc::clone(&texts.says),
            state: outcome.truth,
            evidence: self.all_evidence(&outcome),
            proof: if self.here.inputs.proofs { self.proof(&outcome.node) } else { Proof::none(outcome.truth) },
        };
        clauses.into_iter().zip(texts).map(report).collect()
    }

    fn all_evidence(&self, outcome: &Outcome<'_>) -> Vec<Evidence> {
        let mut all: Vec<Evidence> = Vec::new();
        for seen in outcome.solutions.iter().flat_map(|solution| &solution.seen) {
            let evidence = self.evidence(seen);
            if !all.contains(&evidence) {
                all.push(evidence);
            }
            if all.len() >= EVIDENCE {
                break;
            }
        }
        all
    }

    fn evidence(&self, seen: &Seen) -> Evidence {
        let (file, line) =
            seen.at.map_or_else(|| ("(stated)".to_owned(), 0), |at| ((self.here.inputs.paths)(at.member), at.line));
        Evidence {
            file,
            line,
            time: seen.time,
            offset: seen.time.and_then(|time| self.here.hosts[seen.host].clock.offset(time)),
            text: seen.text.clone(),
            captures: seen.captures.clone(),
            host: (seen.host != self.here.host).then(|| self.here.hosts[seen.host].name.clone()),
        }
    }

    fn proof(&self, node: &Node<'_>) -> Proof {
        Proof {
            condition: format!("{}{}", node.condition, node.note),
            truth: node.truth,
            seen: node.seen.iter().take(EVIDENCE).map(|seen| self.evidence(seen)).collect(),
            missing: node.gaps.clone(),
            parts: node.parts.iter().map(|part| self.proof(part)).collect(),
        }
    }
}

impl<'a> Asked<'a> {
    /// Keeps what both readings of the dates say; the rest is unknown.
    fn agree(&mut self, theirs: Self, gap: &Gap) {
        let pairs = self.symptoms.iter_mut().zip(theirs.symptoms);
        let pairs = pairs.chain(self.causes.iter_mut().zip(theirs.causes));
        for ((clause, mine), (_, theirs)) in pairs.chain(self.workarounds.iter_mut().zip(theirs.workarounds)) {
            if mine.truth != theirs.truth {
                *mine = mine.split(theirs, &clause.when, gap);
            }
        }
    }
}

/// How many places one clause shows at most.
const EVIDENCE: usize = 20;

/// Whether a cause is present. A cause that is told of a symptom is neither present nor ruled out where the symptom is
/// not seen: the defect has simply not been met. Where it is not known whether it is seen, nothing rules the cause out.
fn cause_answer(symptoms: &[(&Clause, Outcome<'_>)], causes: &[(&Clause, Outcome<'_>)]) -> Option<Truth> {
    let seen = |id: &String| symptoms.iter().find(|(clause, _)| clause.id == *id).map(|(_, outcome)| outcome.truth);
    let judge = |(clause, outcome): &(&Clause, Outcome<'_>)| {
        let told_of = clause.when.symptoms();
        let is_met = if told_of.is_empty() { Truth::True } else { Truth::any(told_of.into_iter().filter_map(seen)) };
        match is_met {
            Truth::True => Some(outcome.truth),
            Truth::Unknown => Some(outcome.truth.or(Truth::Unknown)),
            Truth::False => None,
        }
    };
    let judged: Vec<_> = causes.iter().map(judge).collect();
    let present = Truth::any(judged.iter().copied().flatten());
    let stated = !causes.is_empty() && (judged.iter().all(Option::is_some) || present != Truth::False);
    stated.then_some(present)
}

/// Whether every cause that may be at work here is one that the fix covers.
fn covers_all(fix: &Fix, causes: &[(&Clause, Outcome<'_>)]) -> Truth {
    if fix.covers.is_empty() {
        return Truth::True;
    }
    let (covered, others): (Vec<_>, Vec<_>) = causes.iter().partition(|(clause, _)| fix.covers.contains(&clause.id));
    let any = |of: &[&(&Clause, Outcome<'_>)]| Truth::any(of.iter().map(|(_, outcome)| outcome.truth));
    match (any(&covered), any(&others)) {
        (_, Truth::True) => Truth::False,
        (Truth::True, _) | (_, Truth::False) => Truth::True,
        _ => Truth::Unknown,
    }
}
