//! The one sentence of a finding, and what to do.

use std::fmt;

use crate::kb::Product;
use crate::rule::{Fix, FixBy};
use crate::truth::Truth;
use crate::verdict::{Answers, ClauseFinding, Confidence, LookAlikeFinding, Verdict};

/// Everything that the sentence speaks of.
pub(super) struct Facts<'a> {
    pub(super) product: &'a Product,
    pub(super) answers: Answers,
    pub(super) verdict: Verdict,
    pub(super) confidence: Option<Confidence>,
    pub(super) installed: &'a str,
    pub(super) assumed: bool,
    pub(super) symptoms: &'a [ClauseFinding],
    pub(super) causes: &'a [ClauseFinding],
    pub(super) workarounds: &'a [ClauseFinding],
    pub(super) look_alikes: &'a [LookAlikeFinding],
    pub(super) fixed_by: Option<&'a str>,
    /// What nobody knows about the fix of the installed level.
    pub(super) doubt: Option<&'a str>,
    /// A level before the installed one that had the fix.
    pub(super) behind: Option<&'a str>,
    pub(super) missing: usize,
}

/// One sentence for a person.
pub(super) fn sentence(facts: &Facts<'_>) -> String {
    let symptom = says(facts.symptoms, Truth::True);
    let cause = says(facts.causes, Truth::True);
    let level = Named(facts.product, facts.installed);
    let fixed_by = facts.fixed_by.unwrap_or("the fix");
    let text = match facts.verdict {
        Verdict::Recurring => match facts.confidence {
            Some(Confidence::Confirmed) => format!("{symptom}, and that after {fixed_by} was installed"),
            _ => format!("{symptom}, and nothing shows that it was before {fixed_by} was installed"),
        },
        Verdict::Resolved if facts.assumed => format!("with {level} it would be fixed ({fixed_by})"),
        Verdict::Resolved if facts.answers.symptom == Some(Truth::True) => {
            format!("fixed by {fixed_by}; what was seen is explained or from before")
        }
        Verdict::Resolved => format!("fixed by {fixed_by}, and {level} is installed"),
        Verdict::Mitigated => format!("workaround in place: {}", says(facts.workarounds, Truth::True)),
        Verdict::NotAffected if facts.answers.cause == Some(Truth::False) => not_the_cause(facts),
        Verdict::NotAffected => format!("the article does not state {level}"),
        Verdict::Affected => affected(facts, symptom, cause, &level),
        Verdict::AtRisk => format!("{cause}; the symptom is not seen"),
        Verdict::Unknown => unknown(facts),
        Verdict::Exposed => {
            let although = facts.behind.map(|behind| format!(", although {behind} fixed it")).unwrap_or_default();
            if facts.symptoms.is_empty() && facts.causes.is_empty() {
                format!("{level} has the defect{although}; nothing in a log or setting would show it")
            } else {
                format!("{level} has the defect{although}, and nothing of it is seen")
            }
        }
    };
    capital(text)
}

/// A product with its level.
struct Named<'a>(&'a Product, &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", short(self.0), self.1)
    }
}

fn affected(facts: &Facts<'_>, symptom: &str, cause: &str, level: &Named<'_>) -> String {
    let why = if cause.is_empty() { String::new() } else { format!(", because {}", lower(cause)) };
    let open: Vec<&str> = [
        (facts.answers.range == Truth::Unknown, "the level is not known"),
        (
            facts.answers.range != Truth::Unknown && facts.answers.fixed == Truth::Unknown,
            "whether the fix is installed is not known",
        ),
        (facts.answers.cause == Some(Truth::Unknown), "the cause is not proven"),
    ]
    .iter()
    .filter(|(open, _)| *open)
    .map(|(_, what)| *what)
    .collect();
    match facts.confidence {
        Some(Confidence::Possible) => format!("{symptom}{why}; but the article does not state {level}"),
        _ if open.is_empty() => format!("{symptom}{why}"),
        _ => format!("{symptom}{why}; {}", open.join(" and ")),
    }
}

fn not_the_cause(facts: &Facts<'_>) -> String {
    let ruled_out: Vec<String> = facts.causes.iter().map(|cause| lower(trim(&cause.says))).collect();
    let ruled_out = format!("ruled out: {}", ruled_out.join("; "));
    if facts.answers.symptom != Some(Truth::True) {
        return ruled_out;
    }
    match facts.look_alikes.iter().find(|look_alike| look_alike.state == Some(Truth::True)) {
        Some(look_alike) => format!("looks like it but is {}: {}", look_alike.name, lower(trim(&look_alike.because))),
        None => format!("the symptom is seen, but its cause is {ruled_out}"),
    }
}

fn unknown(facts: &Facts<'_>) -> String {
    let what = if facts.answers.range == Truth::Unknown {
        "the installed level is not known"
    } else if facts.answers.fixed == Truth::Unknown {
        "whether the fix is installed is not known"
    } else if facts.answers.symptom == Some(Truth::Unknown) {
        "what would show the symptom is missing or does not reach far enough"
    } else {
        "what would show the cause is missing or does not reach far enough"
    };
    if let (Truth::True, Some(doubt)) = (facts.answers.range, facts.doubt) {
        return format!("it is not known {doubt}");
    }
    match facts.missing {
        0 => what.to_owned(),
        1 => format!("{what}; one thing to collect"),
        n => format!("{what}; {n} things to collect"),
    }
}

/// How to get the fix, if nothing stands in its way: its own words, or installing the level that has it.
pub(super) fn install(product: &Product, fix: &Fix) -> String {
    match (&fix.action, &fix.by) {
        (Some(action), _) => action.clone(),
        (None, FixBy::Level(level)) => product.install.replace("{level}", product.lattice.name(*level)),
        (None, FixBy::Hotfix { name, .. }) => format!("Install the hotfix of {name}"),
    }
}

/// What to do when the defect is back although its fix is installed.
pub(super) fn check_the_fix(fixed_by: Option<&str>) -> String {
    format!(
        "Check that the files of {} are really in place, and install it again if not",
        fixed_by.unwrap_or("the fix")
    )
}

/// The sentence of the first clause with this answer.
fn says(clauses: &[ClauseFinding], state: Truth) -> &str {
    clauses.iter().find(|clause| clause.state == state).map_or("", |clause| trim(&clause.says))
}

fn trim(sentence: &str) -> &str {
    sentence.trim().trim_end_matches('.')
}

/// The name that the product goes by in an action, without the level.
fn short(product: &Product) -> String {
    product.id.as_str().to_uppercase()
}

fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match (chars.next(), chars.clone().next()) {
        // A name or an abbreviation keeps its capital.
        (Some(first), Some(second)) if second.is_lowercase() && first.is_uppercase() && is_article(sentence) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => sentence.to_owned(),
    }
}

fn is_article(sentence: &str) -> bool {
    let word = sentence.split_whitespace().next().unwrap_or("");
    matches!(word, "The" | "A" | "An" | "No" | "One" | "It" | "This" | "There" | "Nobody" | "Its" | "Some" | "Two")
}

fn capital(mut sentence: String) -> String {
    let first = sentence.chars().next();
    if let Some(first) = first {
        let upper: String = first.to_uppercase().collect();
        sentence.replace_range(..first.len_utf8(), &upper);
    }
    sentence
}
