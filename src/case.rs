//! The cases that stand beside the rules: files, lines and the verdict that is expected of them.
//!
//! ```text
//! --- fires: automatic start from Ms\Sms\Bin
//! level sms 1.2 SP2
//! >>> smsrun32.txt
//! Client executable active: pcmsvc32.exe
//! <<< Q168463 affected likely
//! ```
//!
//! A line of a file that itself begins with a mark is written with a `\` before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::{Auditor, Options, Planned};
use crate::source::Bundle;
use crate::verdict::{Assessment, Finding};

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The file it stands in.
    pub file: String,
    /// Its first line, from 1.
    pub line: usize,
    /// What it shows: one of [`KINDS`].
    pub kind: String,
    /// Its name.
    pub name: String,
    hosts: Vec<Host>,
    assume: Option<String>,
    expected: Vec<Expected>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Host {
    name: String,
    role: Option<String>,
    levels: BTreeMap<String, String>,
    collected: Option<String>,
    date_order: Option<String>,
    codepage: Option<String>,
    files: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Expected {
    line: usize,
    article: String,
    host: Option<String>,
    verdict: String,
    confidence: Option<String>,
}

/// What a case may show.
pub const KINDS: &[&str] = &["fires", "stays quiet", "cannot tell", "workaround", "what-if"];

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The file it stands in.
    pub file: String,
    /// Its first line, from 1.
    pub line: usize,
    /// Kind and name.
    pub name: String,
    /// What came out otherwise; empty if it passed.
    pub failures: Vec<String>,
}

/// Runs all cases of a text.
#[must_use]
pub fn run(planned: &Arc<Planned<'_>>, file: &str, text: &str) -> Vec<CaseResult> {
    match parse(file, text) {
        Ok(cases) => cases.iter().map(|case| case.run(planned)).collect(),
        Err(fault) => {
            vec![CaseResult {
                file: file.to_owned(),
                line: fault.line,
                name: "unreadable".to_owned(),
                failures: vec![fault.what],
            }]
        }
    }
}

/// What is wrong with a case file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct CaseFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// Reads a case file.
///
/// # Errors
/// The first line that is not understood.
pub fn parse(file: &str, text: &str) -> Result<Vec<Case>, CaseFault> {
    let mut cases: Vec<Case> = Vec::new();
    let mut in_file = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let number = number + 1;
        let plain = line.trim_end_matches(['\n', '\r']);
        let fault = |what: String| CaseFault { line: number, what };
        if let Some(head) = plain.strip_prefix("--- ") {
            in_file = false;
            let (kind, name) = head.split_once(':').unwrap_or((head, ""));
            if !KINDS.contains(&kind.trim()) {
                return Err(fault(format!("`{}` is no kind of case: use one of {}", kind.trim(), KINDS.join(", "))));
            }
            cases.push(Case {
                file: file.to_owned(),
                line: number,
                kind: kind.trim().to_owned(),
                name: name.trim().to_owned(),
                hosts: vec![Host { name: "HOST1".to_owned(), ..Host::default() }],
                assume: None,
                expected: Vec::new(),
            });
            continue;
        }
        let Some(case) = cases.last_mut() else {
            if plain.trim().is_empty() || plain.starts_with('#') {
                continue;
            }
            return Err(fault("a case begins with `--- fires: …`".to_owned()));
        };
        if let Some(expected) = plain.strip_prefix("<<< ") {
            in_file = false;
            case.expected.push(expectation(number, expected)?);
        } else if let Some(path) = plain.strip_prefix(">>> ") {
            in_file = true;
            case.host().files.push((path.trim().to_owned(), String::new()));
        } else if in_file {
            // A line of the file that begins like a mark has a `\` before it.
            let marked = ["\\>>> ", "\\<<< ", "\\--- "].iter().any(|mark| line.starts_with(mark));
            let line = if marked { &line[1..] } else { line };
            if let Some((_, content)) = case.host().files.last_mut() {
                content.push_str(line);
            }
        } else if !plain.trim().is_empty() && !plain.starts_with('#') {
            case.directive(plain).map_err(fault)?;
        }
    }
    match cases.iter().find(|case| case.expected.is_empty()) {
        Some(case) => {
            Err(CaseFault { line: case.line, what: "a case without `<<< ARTICLE VERDICT` tests nothing".to_owned() })
        }
        None => Ok(cases),
    }
}

fn expectation(line: usize, text: &str) -> Result<Expected, CaseFault> {
    let mut words = text.split_whitespace();
    let (Some(article), Some(verdict)) = (words.next(), words.next()) else {
        return Err(CaseFault { line, what: "write `<<< ARTICLE[@HOST] VERDICT [CONFIDENCE]`".to_owned() });
    };
    let (article, host) = match article.split_once('@') {
        Some((article, host)) => (article, Some(host.to_owned())),
        None => (article, None),
    };
    let known = crate::verdict::Verdict::ALL.iter().any(|known| known.word() == verdict);
    if !known {
        let known: Vec<&str> = crate::verdict::Verdict::ALL.iter().map(|known| known.word()).collect();
        return Err(CaseFault { line, what: format!("`{verdict}` is no verdict: use one of {}", known.join(", ")) });
    }
    let confidence = words.next().map(str::to_owned);
    Ok(Expected { line, article: article.to_owned(), host, verdict: verdict.to_owned(), confidence })
}

impl Case {
    /// Every article that the case expects something of.
    pub fn articles(&self) -> impl Iterator<Item = &str> {
        self.expected.iter().map(|expected| expected.article.as_str())
    }

    /// The whole assessment of the case's bundle.
    ///
    /// # Errors
    /// A level that no product has.
    pub fn assess(&self, planned: &Arc<Planned<'_>>) -> Result<Assessment, String> {
        let options = Options { jobs: 1, assume: self.assume.clone(), ..Options::default() };
        let auditor = Auditor::with(Arc::clone(planned), &options).map_err(|error| error.to_string())?;
        Ok(auditor.gather_from(&[self.bundle()]).assessment())
    }

    /// Runs the case.
    #[must_use]
    pub fn run(&self, planned: &Arc<Planned<'_>>) -> CaseResult {
        let roles = || planned.pack().products.roles();
        let wrong =
            self.hosts.iter().filter_map(|host| host.role.as_deref()).find(|role| roles().all(|known| known != *role));
        let failures = match self.assess(planned) {
            _ if wrong.is_some() => {
                let known: Vec<&str> = roles().collect();
                vec![format!("no role is called `{}`; known are {}", wrong.unwrap_or_default(), known.join(", "))]
            }
            Err(error) => vec![error],
            Ok(assessment) => {
                let problems = assessment.problems.iter().filter(|problem| problem.file == "bundle.yaml");
                let problems = problems.map(|problem| problem.what.clone());
                problems.chain(self.expected.iter().filter_map(|expected| expected.failure(&assessment))).collect()
            }
        };
        CaseResult { file: self.file.clone(), line: self.line, name: format!("{}: {}", self.kind, self.name), failures }
    }

    fn host(&mut self) -> &mut Host {
        if self.hosts.is_empty() {
            self.hosts.push(Host::default());
        }
        let last = self.hosts.len() - 1;
        &mut self.hosts[last]
    }

    fn directive(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        let rest = rest.trim().to_owned();
        match word {
            "host" => {
                let fresh =
                    self.hosts.len() == 1 && self.hosts[0] == Host { name: "HOST1".to_owned(), ..Host::default() };
                if fresh {
                    self.hosts.clear();
                }
                self.hosts.push(Host { name: rest, ..Host::default() });
            }
            "level" => {
                let (product, level) = rest.split_once(' ').ok_or("write `level sms 1.2 SP2`")?;
                self.host().levels.insert(product.to_owned(), level.trim().to_owned());
            }
            "role" => self.host().role = Some(rest),
            "collected" => self.host().collected = Some(rest),
            "date-order" => self.host().date_order = Some(rest),
            "codepage" => self.host().codepage = Some(rest),
            "assume" => self.assume = Some(rest),
            other => {
                return Err(format!(
                    "`{other}` is no directive: use host, level, role, collected, date-order, codepage or assume"
                ));
            }
        }
        Ok(())
    }

    fn bundle(&self) -> Bundle {
        Bundle::from_files("case", self.files())
    }

    /// The files of the case's bundle by their paths, the manifest first.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut manifest = String::from("bundle: 1\nhosts:\n");
        let mut files = Vec::new();
        for host in &self.hosts {
            manifest.push_str(&format!("  - name: {}\n    path: hosts/{}\n", host.name, host.name));
            let optional = [
                ("role", &host.role),
                ("collected", &host.collected),
                ("date-order", &host.date_order),
                ("codepage", &host.codepage),
            ];
            for (key, value) in optional.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
                manifest.push_str(&format!("    {key}: {value}\n"));
            }
            if !host.levels.is_empty() {
                manifest.push_str("    levels:\n");
                for (product, level) in &host.levels {
                    manifest.push_str(&format!("      {product}: \"{level}\"\n"));
                }
            }
            if host.files.is_empty() {
                // The level alone may decide, and a machine needs something to be there.
                files.push((format!("hosts/{}/nothing.txt", host.name), b"\n".to_vec()));
            }
            for (path, content) in &host.files {
                files.push((format!("hosts/{}/{path}", host.name), content.clone().into_bytes()));
            }
        }
        files.insert(0, ("bundle.yaml".to_owned(), manifest.into_bytes()));
        files
    }
}

impl Expected {
    /// What came out instead, if something did.
    fn failure(&self, assessment: &Assessment) -> Option<String> {
        let host = match &self.host {
            Some(name) => assessment.hosts.iter().find(|host| host.name == *name),
            None => assessment.hosts.first(),
        };
        let Some(host) = host else { return Some(format!("line {}: no such host", self.line)) };
        let Some(found) = host.findings.iter().find(|finding| finding.article.as_str() == self.article) else {
            return Some(format!("line {}: {} has no finding for {}", self.line, host.name, self.article));
        };
        let confidence = found.confidence.map(|confidence| confidence.word());
        let same = found.verdict.word() == self.verdict
            && self.confidence.as_deref().is_none_or(|wanted| confidence == Some(wanted));
        (!same).then(|| {
            let wanted = [Some(self.verdict.as_str()), self.confidence.as_deref()];
            let wanted: Vec<&str> = wanted.into_iter().flatten().collect();
            format!(
                "line {}: {} on {}: expected {}, got {}",
                self.line,
                self.article,
                host.name,
                wanted.join(" "),
                got(found)
            )
        })
    }
}

fn got(found: &Finding) -> String {
    let verdict = match found.confidence {
        Some(confidence) => format!("{} {}", found.verdict.word(), confidence.word()),
        None => found.verdict.word().to_owned(),
    };
    let word = |truth: Option<crate::truth::Truth>| truth.map_or("none", crate::truth::Truth::word);
    let answers = found.answers;
    format!(
        "{verdict} (range {}, fixed {}, symptom {}, cause {}, workaround {})",
        answers.range.word(),
        answers.fixed.word(),
        word(answers.symptom),
        word(answers.cause),
        word(answers.workaround)
    )
}
