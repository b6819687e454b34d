//! What is said of a machine beside its findings: its levels, and what these alone decide.

use std::collections::BTreeMap;

use crate::fact::{HostEvidence, LevelReport};
use crate::predicate::{ANY, Effort};
use crate::truth::Truth;
use crate::verdict::{Answers, Finding, HostAssessment, LevelText, Verdict, WitnessText, decide};
use crate::version::Level;

use super::here::{Here, Inputs};
use super::levels::in_words;

/// One host with its findings.
#[must_use]
pub fn machine(inputs: &Inputs<'_>, host: usize, findings: Vec<Finding>) -> HostAssessment {
    let evidence = &inputs.hosts[host];
    let mut coverage = evidence.coverage.clone();
    // The sum of all sources is for rules that look anywhere, and no source of its own.
    coverage.logs.remove(ANY);
    HostAssessment {
        name: evidence.name.clone(),
        role: evidence.role.clone(),
        bundle: evidence.bundle,
        clock: evidence.clock.clone(),
        levels: level_texts(inputs, evidence),
        coverage,
        findings,
        by_level: BTreeMap::new(),
    }
}

fn level_texts(inputs: &Inputs<'_>, evidence: &HostEvidence) -> Vec<LevelText> {
    let text = |report: &LevelReport| {
        let product = inputs.products.named(&report.product)?;
        let lattice = &product.lattice;
        let installed = report.installed.as_ref();
        let name = |level: Option<Level>| level.map(|level| lattice.name(level).to_owned());
        Some(LevelText {
            product: product.id.clone(),
            level: installed.map_or_else(|| "unknown".to_owned(), |installed| in_words(lattice, installed)),
            at_least: name(installed.and_then(|installed| installed.at_least(lattice))),
            at_most: name(installed.and_then(|installed| installed.at_most(lattice))),
            trust: report.trust.clone(),
            since: report.since,
            witnesses: report
                .witnesses
                .iter()
                .map(|witness| WitnessText {
                    says: witness.says.clone(),
                    trust: witness.trust.clone(),
                    at: witness.at.map(|at| ((inputs.paths)(at.member), at.line)),
                    why: witness.why.clone(),
                })
                .collect(),
        })
    };
    // A product that no witness speaks of is not worth a line.
    let spoken = evidence.levels.iter().filter(|report| !report.witnesses.is_empty());
    spoken.filter_map(text).collect()
}

/// How many findings on what is known by levels alone would have each verdict, without making any.
#[must_use]
pub fn count_known(inputs: &Inputs<'_>, host: usize) -> BTreeMap<Verdict, usize> {
    let effort = Effort::default();
    let here = Here::new(inputs, (inputs.hosts, inputs.neighbours), host, &effort);
    let other = inputs.other_dates.map(|site| Here::new(inputs, site, host, &effort));
    let mut counts = BTreeMap::new();
    for rule in inputs.known {
        let Some((range, fixed)) = here.standing(rule).map(|standing| standing.judge(rule)) else { continue };
        let (other_range, other_fixed) =
            other.as_ref().and_then(|other| Some(other.standing(rule)?.judge(rule))).unwrap_or((range, fixed));
        let (verdict, _) = decide(&Answers {
            range: Truth::agreed([range, other_range]),
            fixed: Truth::agreed([fixed, other_fixed]),
            symptom: None,
            cause: None,
            workaround: None,
            recurs: Truth::False,
        });
        *counts.entry(verdict).or_default() += 1;
    }
    counts
}
