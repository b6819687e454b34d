//! The whole proof of one finding, for a person who asks why: every clause with its conditions, part by part, with the
//! answer of each, what shows it, and what is missing.

use std::collections::BTreeSet;

use crate::truth::Truth;
use crate::verdict::{Evidence, Finding, Group, HostAssessment, Proof};

use super::paint::{DIM, STRONG, paint, style};
use super::{Options, safe, text};

/// The proof tree, with a line end after every line.
#[must_use]
pub fn trace(host: &HostAssessment, finding: &Finding, options: &Options) -> String {
    let mut tree = Tree { lines: String::new(), host: &host.name, told: BTreeSet::new(), options };
    let color = options.color;
    let verdict = paint(&text::verdict(finding), style(finding.verdict.group()).bold(), color);
    tree.push(&format!("{} on {}: {verdict}", paint(&safe(finding.article.as_str()), STRONG, color), safe(&host.name)));
    tree.wrapped("", "", &safe(&finding.title));
    tree.wrapped("", "", &safe(&finding.because));
    tree.push("");
    tree.answers(finding);
    for (kind, clauses) in
        [("symptom", &finding.symptoms), ("cause", &finding.causes), ("workaround", &finding.workarounds)]
    {
        for clause in clauses {
            tree.push("");
            tree.truth("", clause.state, &format!("{kind} {}: {}", safe(&clause.id), safe(&clause.says)));
            tree.proof(&clause.proof, "", true);
            tree.told.insert((format!("{kind} {}", clause.id), clause.state));
        }
    }
    for other in &finding.look_alikes {
        tree.push("");
        let heading = format!("looks like {}: {}", safe(&other.name), safe(&other.because));
        match other.state {
            Some(state) => tree.truth("", state, &heading),
            None => tree.wrapped("· ", "  ", &heading),
        }
        tree.evidence("  ", &other.evidence);
    }
    if !finding.history.is_empty() {
        tree.push("");
        tree.push("before the fix:");
        tree.evidence("  ", &finding.history);
    }
    if !finding.missing.is_empty() {
        tree.push("");
        tree.push("the least that would decide it:");
        for gap in &finding.missing {
            let need = format!("{}, {}", text::need_of(gap, &host.name), text::why(&gap.reason));
            tree.wrapped("  - ", "    ", &need);
            if !gap.how.is_empty() {
                tree.wrapped("      ", "      ", &safe(&gap.how));
            }
        }
    }
    tree.push("");
    tree.push(&paint("✓ true   ✗ false   ? unknown", DIM, color));
    tree.lines
}

struct Tree<'a> {
    lines: String,
    host: &'a str,
    /// The clauses that were shown, with their answers.
    told: BTreeSet<(String, Truth)>,
    options: &'a Options,
}

impl Tree<'_> {
    fn push(&mut self, line: &str) {
        self.lines.push_str(line.trim_end());
        self.lines.push('\n');
    }

    /// The text behind `first`, and on more lines behind `rest`. The text is plain, so that it can be measured.
    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        let room = self.options.width.saturating_sub(text::width(rest).max(text::width(first)));
        for (nth, line) in text::wrap(text, room).iter().enumerate() {
            self.push(&format!("{}{line}", if nth == 0 { first } else { rest }));
        }
    }

    fn answers(&mut self, finding: &Finding) {
        let answers = &finding.answers;
        let affects = finding.version.affects.iter().map(|level| safe(level)).collect::<Vec<_>>().join(", ");
        let fixed_in = finding.fix.fixed_in.iter().map(|level| safe(level)).collect::<Vec<_>>().join(", ");
        let installed = finding.fix.installed.as_deref().map_or_else(|| "unknown".to_owned(), safe);
        let mut fix = match fixed_in.as_str() {
            "" => "no fix is known".to_owned(),
            fixed_in => format!("fixed in {fixed_in}; installed: {installed}"),
        };
        if !finding.fix.perhaps_in.is_empty() {
            let perhaps = finding.fix.perhaps_in.iter().map(|level| safe(level)).collect::<Vec<_>>().join(", ");
            fix.push_str(&format!("; perhaps fixed in {perhaps}"));
        }
        if let Some(carrier) = &finding.fix.carrier {
            fix.push_str(&format!("; carried by {}", safe(carrier)));
        }
        if let Some(setting) = &finding.fix.setting {
            fix.push_str(&format!("; needs the setting {}", safe(setting)));
        }
        let affects =
            if affects.is_empty() { "the article states no level".to_owned() } else { format!("states {affects}") };
        for (name, answer, more) in [
            ("range", Some(answers.range), affects.as_str()),
            ("fixed", Some(answers.fixed), fix.as_str()),
            ("symptom", answers.symptom, ""),
            ("cause", answers.cause, ""),
            ("workaround", answers.workaround, ""),
            ("recurs", Some(answers.recurs).filter(|_| answers.fixed == Truth::True), ""),
        ] {
            let word = answer.map_or("-", Truth::word);
            self.wrapped(&format!("{name:<11} {word:<8} "), &" ".repeat(21), more);
        }
    }

    /// A line with its answer in front.
    fn truth(&mut self, before: &str, truth: Truth, text: &str) {
        let (mark, group) = match truth {
            Truth::True => ("✓", Group::Ok),
            Truth::False => ("✗", Group::Act),
            Truth::Unknown => ("?", Group::Collect),
        };
        let room = self.options.width.saturating_sub(text::width(before) + 2);
        for (nth, line) in text::wrap(text, room).iter().enumerate() {
            if nth == 0 {
                self.push(&format!("{before}{} {line}", paint(mark, style(group), self.options.color)));
            } else {
                self.push(&format!("{}{line}", continued(before, "  ")));
            }
        }
    }

    fn proof(&mut self, proof: &Proof, before: &str, last: bool) {
        let branch = format!("{before}{}", if last { "└─ " } else { "├─ " });
        if !self.options.verbose && self.told.contains(&(proof.condition.clone(), proof.truth)) {
            return self.truth(&branch, proof.truth, &format!("{}, as above", safe(&proof.condition)));
        }
        self.truth(&branch, proof.truth, &safe(&proof.condition));
        let below = format!("{before}{}", if last { "   " } else { "│  " });
        let stem = format!("{below}{}", if proof.parts.is_empty() { "  " } else { "│ " });
        // What a part shows is not said again by the whole.
        let seen: Vec<&Evidence> =
            proof.seen.iter().filter(|seen| !tells(&proof.parts, &|part| part.seen.contains(seen))).collect();
        self.evidence(&stem, seen);
        for gap in proof.missing.iter().filter(|gap| !tells(&proof.parts, &|part| part.missing.contains(gap))) {
            let need =
                if self.options.verbose { text::need_of(gap, self.host) } else { text::short_need(gap, self.host) };
            let text = format!("{need}, {}", text::why(&gap.reason));
            self.wrapped(&format!("{stem}missing: "), &format!("{stem}         "), &text);
            if self.options.verbose && !gap.how.is_empty() {
                self.wrapped(&format!("{stem}         "), &format!("{stem}         "), &safe(&gap.how));
            }
        }
        for (nth, part) in proof.parts.iter().enumerate() {
            self.proof(part, &below, nth + 1 == proof.parts.len());
        }
    }

    fn evidence<'e>(&mut self, before: &str, all: impl IntoIterator<Item = &'e Evidence>) {
        for evidence in all {
            self.wrapped(before, &format!("{before}  "), &text::evidence(evidence));
            for (name, value) in &evidence.captures {
                if self.options.verbose {
                    self.wrapped(
                        &format!("{before}  "),
                        &format!("{before}    "),
                        &format!("{} = {}", safe(name), safe(value)),
                    );
                }
            }
        }
    }
}

/// Whether one of the parts, or of their parts, says so.
fn tells(parts: &[Proof], says: &dyn Fn(&Proof) -> bool) -> bool {
    parts.iter().any(|part| says(part) || tells(&part.parts, says))
}

/// What stands in front of the second line of a branch: its stems go on, its corner does not.
fn continued(before: &str, more: &str) -> String {
    let stems: String = before
        .chars()
        .map(|c| match c {
            '├' => '│',
            '└' | '─' => ' ',
            other => other,
        })
        .collect();
    format!("{stems}{more}")
}

#[cfg(test)]
mod tests {
    use crate::report::{Options, sample, text};
    use crate::verdict::Proof;

    use super::trace;

    #[test]
    fn shows_every_part_and_keeps_to_the_width() {
        let rich = sample::rich();
        for width in [60, 80, 160] {
            let options = Options { width, color: false, all: false, verbose: true };
            for host in &rich.hosts {
                for finding in &host.findings {
                    for line in trace(host, finding, &options).lines() {
                        assert!(text::width(line) <= width, "{width}: {line}");
                        assert!(!line.contains(super::super::safe::is_unsafe), "{line:?}");
                    }
                }
            }
        }
        let options = Options { width: 100, color: false, all: false, verbose: false };
        let tree = trace(&rich.hosts[0], &rich.hosts[0].findings[1], &options);
        for line in [
            "Q168463 on WKS017: affected (confirmed)",
            "fixed       false    fixed in 1.2 SP3; installed: 1.2 SP2",
            "✓ symptom update-postponed: Smsrun32 put the update off",
            "└─ ✓ all of",
            "   ├─ ✓ log smsrun32 text has \"Client executable active\"",
            "   └─ ✓ not",
            "      └─ ✗ role is site-server",
            "? cause other: another program holds the files",
            "   │    missing: log `pacman` (client), not complete: tracing was off",
        ] {
            assert!(tree.lines().any(|other| other == line), "{line}\n{tree}");
        }
        let mut whole = rich.hosts[0].findings[1].clone();
        let proof = &mut whole.symptoms[0].proof;
        proof.seen = proof.parts[0].seen.clone();
        assert_eq!(trace(&rich.hosts[0], &whole, &options), tree, "what a part shows is not said again by the whole");
        // A cause that begins with a symptom does not show that symptom again.
        let symptom = whole.symptoms[0].proof.clone();
        whole.causes[0].proof = Proof { condition: "symptom update-postponed".to_owned(), ..symptom };
        let tree = trace(&rich.hosts[0], &whole, &options);
        assert!(tree.contains("└─ ✓ symptom update-postponed, as above\n\n"), "{tree}");
    }
}
