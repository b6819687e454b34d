//! Stands in for the engine until it is there, so that the command line can be tried. To be deleted with its `mod` line.
#![allow(missing_docs, clippy::missing_errors_doc, clippy::unwrap_used, clippy::expect_used, reason = "a stand-in")]

use std::path::{Path, PathBuf};

#[path = "report/sample.rs"]
mod sample;

use crate::verdict::Assessment;

pub mod pack {
    use super::*;
    use crate::diag::{Diagnostic, SourceMap};
    use crate::fact::FactKey;
    use crate::kb::{ArticleId, ProductId, Products};
    use crate::rule::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0} cannot be read")]
    pub struct PackError(pub String);

    #[derive(Debug, Clone)]
    pub struct Pack {
        pub rules: Vec<Rule>,
        pub products: Products,
        pub sources: SourceMap,
        pub diagnostics: Vec<Diagnostic>,
    }

    impl Pack {
        #[must_use]
        pub fn builtin() -> Self {
            let _: Option<FactKey> = None;
            let products = sample::products();
            let sms = products.iter().next().unwrap();
            let mut sources = SourceMap::default();
            let file = sources.add("rules/sms/Q168463.rule", "article Q168463 \"PCM\" {\n  severity majr\n}\n");
            let span = crate::diag::Span { file, start: 35, end: 39 };
            let diagnostics = vec![Diagnostic::warning("stub", "`majr` is no severity", span, "not known").help("did you mean `major`?")];
            let pattern = Pattern::new(PatternKind::Literal, "Client executable active: pcmsvc32.exe").unwrap();
            let test = Test { field: "text".into(), op: Op::Has, value: Operand::Pattern(pattern) };
            let call = |id| Call {
                id: CallId(id),
                predicate: "log",
                subjects: vec!["smsrun32".into()],
                scope: Scope::Here,
                tests: vec![test.clone()],
                place: Place::default(),
            };
            let sequence = Sequence {
                steps: vec![
                    Step::Seen { any: vec![call(0)], within: None },
                    Step::Absent { any: vec![call(1), call(2)], within: Some(Window::Time(120_000)), until: None },
                ],
                within: None,
            };
            let when = Condition::All(vec![
                Condition::Sequence(sequence),
                Condition::Needs { says: "the long name of the folder".into(), of: Box::new(Condition::Not(Box::new(Condition::Test(call(3))))) },
            ]);
            let clause = |id: &str, says: &str| Clause { id: id.into(), says: says.into(), when: when.clone(), place: Place::default() };
            let rule = Rule {
                article: ArticleId::new("Q168463").unwrap(),
                title: "PCM Service Keeps Client Components From Getting Updated".into(),
                product: ProductId::new("sms").unwrap(),
                severity: Severity::Major,
                tags: vec!["pcm".into()],
                components: vec!["PCM service".into()],
                references: vec![ArticleId::new("Q157677").unwrap()],
                roles: vec!["client".into()],
                affects: vec![crate::version::Range::Named(sms.lattice.parse("1.2").unwrap())],
                fixes: vec![Fix {
                    by: FixBy::Level(sms.lattice.parse("1.2 SP3").unwrap()),
                    carrier: Some(when.clone()),
                    setting: None,
                    covers: vec!["in-bin".into()],
                    action: Some("Stop the PCM service on the client, and let Smsrun32 bring SMS 1.2 Service Pack 3 or later to the client".into()),
                }],
                symptoms: vec![clause("update-postponed", "Smsrun32 found the PCM service running and put the update of the client off")],
                causes: vec![clause("in-bin", "the service starts from Ms\\Sms\\Bin")],
                workarounds: vec![clause("manual-start", "the service is set to manual")],
                look_alikes: vec![LookAlike { name: "Q214448".into(), because: "another program was running".into(), when: None }],
                calls: 4,
                place: Place::default(),
            };
            let other = Rule { article: ArticleId::new("Q152229").unwrap(), title: "Job".into(), affects: vec![], fixes: vec![], ..rule.clone() };
            Self { rules: vec![other, rule], products, sources, diagnostics }
        }

        pub fn load(builtin: bool, rule_paths: &[PathBuf]) -> Result<Self, PackError> {
            for path in rule_paths {
                std::fs::metadata(path).map_err(|_| PackError(path.display().to_string()))?;
            }
            let mut pack = Self::builtin();
            if !builtin {
                pack.rules.clear();
            }
            Ok(pack)
        }

        #[must_use]
        pub fn select(mut self, keep: impl FnMut(&Rule) -> bool) -> Self {
            self.rules.retain(keep);
            self
        }
    }
}

pub mod source {
    use super::*;

    #[derive(Debug, Clone, Default)]
    pub struct Limits {
        pub max_unpacked: u64,
        pub max_ratio: u64,
        pub max_entries: u64,
        pub max_depth: u32,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{path}: cannot be opened")]
    pub struct BundleError {
        path: String,
        #[source]
        source: std::io::Error,
    }

    #[derive(Debug)]
    pub struct Bundle;

    impl Bundle {
        pub fn open(path: &Path, _: &Limits) -> Result<Self, BundleError> {
            std::fs::metadata(path).map_err(|source| BundleError { path: path.display().to_string(), source })?;
            Ok(Self)
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    pub jobs: usize,
    pub assume: Option<String>,
    pub levels: Vec<(Option<String>, String)>,
    pub host_glob: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct AuditError;

pub fn audit(_: &pack::Pack, bundles: &[source::Bundle], options: &Options) -> Result<Assessment, AuditError> {
    let mut assessment = if bundles.is_empty() { sample::empty() } else { sample::rich() };
    assessment.assumed.clone_from(&options.assume);
    Ok(assessment)
}

pub mod lang {
    use crate::diag::{Diagnostic, FileId, SourceMap};

    pub mod ast {
        #[derive(Debug, Clone)]
        pub struct Rule(pub String);
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Spelling {
        Dsl,
        Yaml,
    }

    impl Spelling {
        #[must_use]
        pub fn of_file(name: &str) -> Option<Self> {
            let (_, extension) = name.rsplit_once('.')?;
            match extension.to_ascii_lowercase().as_str() {
                "rule" => Some(Self::Dsl),
                "yaml" | "yml" => Some(Self::Yaml),
                _ => None,
            }
        }
    }

    #[derive(Debug, Clone, Default)]
    pub struct Parsed {
        pub rules: Vec<ast::Rule>,
        pub diagnostics: Vec<Diagnostic>,
    }

    #[must_use]
    pub fn parse(file: FileId, sources: &SourceMap, _: Spelling) -> Parsed {
        Parsed { rules: vec![ast::Rule(sources.file(file).text.clone())], diagnostics: Vec::new() }
    }

    #[must_use]
    pub fn print(rules: &[ast::Rule], _: Spelling) -> String {
        rules.iter().map(|rule| rule.0.as_str()).collect()
    }

    pub const RULE_SCHEMA: &str = "{}\n";
}

pub mod case {
    use super::*;

    #[derive(Debug)]
    pub struct CaseResult {
        pub file: String,
        pub line: u64,
        pub name: String,
        pub passed: bool,
        pub message: String,
    }

    #[must_use]
    pub fn run(_: &pack::Pack, paths: &[PathBuf]) -> Vec<CaseResult> {
        let case = |line, name: &str, passed, message: &str| CaseResult {
            file: "rules/sms/Q168463.case".into(),
            line,
            name: name.into(),
            passed,
            message: message.into(),
        };
        let mut cases = vec![case(1, "fires: the service is running", true, "")];
        if !paths.is_empty() {
            cases.push(case(20, "cannot tell: no registry export", false, "wanted unknown, got exposed"));
        }
        cases
    }
}
