//! The wire types of `servpack.report/1` and `servpack.matrix/1`. The order of the fields is the order in the report.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use jiff::tz::Offset;

use crate::fact::{Bindings, Clock, Coverage, GapReason, Severity, Timestamp};
use crate::report::matrix;
use crate::verdict::{self, Machines};

#[derive(Serialize)]
pub(super) struct Report<'a> {
    schema: &'static str,
    tool: Tool,
    rules: Rules<'a>,
    bundles: Vec<Bundle<'a>>,
    assumed: Option<&'a str>,
    hosts: Hosts<'a>,
    summary: Summary,
    sources: Vec<Source<'a>>,
    skipped: Vec<Skipped<'a>>,
    problems: Vec<Problem<'a>>,
}

/// The machines, one after the other as they are written.
struct Hosts<'a> {
    machines: &'a dyn Machines,
    summary: Summary,
}

/// A list that is made as it is written: nobody holds ten thousand findings twice.
struct Each<'a, T, W>(&'a [T], fn(&'a T) -> W);

impl<T, W: Serialize> Serialize for Each<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

impl Serialize for Hosts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut hosts = serializer.serialize_seq(None)?;
        self.machines.each(|host| {
            self.summary.add(host);
            hosts.serialize_element(&Host::from(host))
        })?;
        hosts.end()
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Rules<'a> {
    count: usize,
    /// Articles without a rule that are known by their levels alone.
    by_level: usize,
    digest: &'a str,
}

#[derive(Serialize)]
struct Bundle<'a> {
    path: &'a str,
    digest: &'a str,
    sources: usize,
}

#[derive(Serialize)]
struct Host<'a> {
    name: &'a str,
    role: Option<&'a str>,
    bundle: usize,
    levels: Vec<Level<'a>>,
    coverage: Vec<Covered<'a>>,
    findings: Each<'a, verdict::Finding, Finding<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    by_level: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Level<'a> {
    product: &'a str,
    level: &'a str,
    at_least: Option<&'a str>,
    at_most: Option<&'a str>,
    trust: &'a str,
    since: Option<String>,
    witnesses: Vec<Witness<'a>>,
}

#[derive(Serialize)]
struct Witness<'a> {
    says: &'a str,
    trust: &'a str,
    at: Option<At<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct At<'a> {
    file: &'a str,
    line: u64,
}

#[derive(Serialize)]
struct Covered<'a> {
    source: String,
    files: Vec<&'a str>,
    from: Option<String>,
    to: Option<String>,
    lines: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<&'a str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    article: &'a str,
    title: &'a str,
    product: &'a str,
    severity: &'static str,
    verdict: &'static str,
    confidence: Option<&'static str>,
    because: &'a str,
    version: Version<'a>,
    fix: Fix<'a>,
    symptoms: Each<'a, verdict::ClauseFinding, Clause<'a>>,
    causes: Each<'a, verdict::ClauseFinding, Clause<'a>>,
    workarounds: Each<'a, verdict::ClauseFinding, Clause<'a>>,
    look_alikes: Each<'a, verdict::LookAlikeFinding, LookAlike<'a>>,
    history: Each<'a, verdict::Evidence, Evidence<'a>>,
    missing: Each<'a, Arc<crate::fact::Gap>, Gap<'a>>,
}

#[derive(Serialize)]
struct Version<'a> {
    state: &'static str,
    affects: &'a [String],
}

#[derive(Serialize)]
struct Fix<'a> {
    state: &'static str,
    fixed_in: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    perhaps_in: &'a [String],
    installed: Option<&'a str>,
    carrier: Option<&'a str>,
    setting: Option<&'a str>,
    action: Option<&'a str>,
}

#[derive(Serialize)]
struct Clause<'a> {
    id: &'a str,
    says: &'a str,
    state: &'static str,
    evidence: Each<'a, verdict::Evidence, Evidence<'a>>,
}

#[derive(Serialize)]
struct LookAlike<'a> {
    name: &'a str,
    because: &'a str,
    state: Option<&'static str>,
    evidence: Each<'a, verdict::Evidence, Evidence<'a>>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    file: &'a str,
    line: u64,
    time: Option<String>,
    text: &'a str,
    captures: &'a Bindings,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
}

#[derive(Serialize)]
struct Gap<'a> {
    need: &'a str,
    from: &'a str,
    how: &'a str,
    why: Cow<'static, str>,
}

/// Sums over the machines: known when all of them have been written, which is before this is.
#[derive(Clone, Default)]
struct Summary(Rc<RefCell<Sums>>);

#[derive(Default, Serialize)]
struct Sums {
    hosts: usize,
    verdicts: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    by_level: BTreeMap<&'static str, usize>,
}

impl Summary {
    fn add(&self, host: &verdict::HostAssessment) {
        let mut sums = self.0.borrow_mut();
        sums.hosts += 1;
        for finding in &host.findings {
            *sums.verdicts.entry(finding.verdict.word()).or_default() += 1;
        }
        for (verdict, count) in &host.by_level {
            *sums.by_level.entry(verdict.word()).or_default() += count;
        }
    }
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.borrow().serialize(serializer)
    }
}

#[derive(Serialize)]
struct Source<'a> {
    bundle: usize,
    host: &'a str,
    file: &'a str,
    reader: &'a str,
    encoding: &'a str,
    encoding_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<Dates>,
    lines: u64,
    complete: bool,
}

#[derive(Serialize)]
struct Dates {
    order: &'static str,
    by: &'static str,
}

#[derive(Serialize)]
struct Skipped<'a> {
    file: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct Problem<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    what: &'a str,
    severity: &'static str,
}

impl<'a> Report<'a> {
    pub(super) fn new(assessment: &'a verdict::Assessment, machines: &'a dyn Machines) -> Self {
        let summary = Summary::default();
        Self {
            schema: "servpack.report/1",
            tool: Tool { name: "servpack", version: env!("CARGO_PKG_VERSION") },
            rules: Rules { count: assessment.rules, by_level: assessment.known, digest: &assessment.rules_digest },
            bundles: assessment
                .bundles
                .iter()
                .map(|bundle| Bundle { path: &bundle.path, digest: &bundle.digest, sources: bundle.sources })
                .collect(),
            assumed: assessment.assumed.as_deref(),
            hosts: Hosts { machines, summary: summary.clone() },
            summary,
            sources: assessment.sources.iter().map(Source::from).collect(),
            skipped: assessment
                .skipped
                .iter()
                .map(|skipped| Skipped { file: &skipped.file, why: &skipped.why })
                .collect(),
            problems: assessment.problems.iter().map(Problem::from).collect(),
        }
    }
}

impl<'a> From<&'a verdict::SourceInfo> for Source<'a> {
    fn from(source: &'a verdict::SourceInfo) -> Self {
        Self {
            bundle: source.bundle,
            host: &source.host,
            file: &source.file,
            reader: source.reader,
            encoding: source.encoding,
            encoding_by: source.encoding_by,
            dates: source.dates.map(|(order, by)| Dates { order, by }),
            lines: source.lines,
            complete: source.complete,
        }
    }
}

impl<'a> From<&'a crate::fact::Problem> for Problem<'a> {
    fn from(problem: &'a crate::fact::Problem) -> Self {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        Self { file: &problem.file, line: problem.line, what: &problem.what, severity }
    }
}

impl<'a> From<&'a verdict::HostAssessment> for Host<'a> {
    fn from(host: &'a verdict::HostAssessment) -> Self {
        Self {
            name: &host.name,
            role: host.role.as_deref(),
            bundle: host.bundle,
            levels: host.levels.iter().map(|level| Level::new(level, &host.clock)).collect(),
            coverage: covered(&host.coverage, &host.clock),
            findings: Each(&host.findings, Finding::from),
            by_level: host.by_level.iter().map(|(verdict, &count)| (verdict.word(), count)).collect(),
        }
    }
}

impl<'a> Level<'a> {
    fn new(level: &'a verdict::LevelText, clock: &Clock) -> Self {
        let witness = |witness: &'a verdict::WitnessText| Witness {
            says: &witness.says,
            trust: &witness.trust,
            at: witness.at.as_ref().map(|(file, line)| At { file, line: *line }),
            why: witness.why.as_deref(),
        };
        Self {
            product: level.product.as_str(),
            level: &level.level,
            at_least: level.at_least.as_deref(),
            at_most: level.at_most.as_deref(),
            trust: &level.trust,
            since: level.since.map(|since| iso(since, clock.offset(since))),
            witnesses: level.witnesses.iter().map(witness).collect(),
        }
    }
}

/// Logs with what they span; the other sources are there or not.
fn covered<'a>(coverage: &'a Coverage, clock: &Clock) -> Vec<Covered<'a>> {
    let at = |time: Timestamp| iso(time, clock.offset(time));
    let mut covered: Vec<Covered<'a>> = coverage
        .logs
        .iter()
        .map(|(name, log)| Covered {
            source: format!("log:{name}"),
            files: log.files.iter().map(String::as_str).collect(),
            from: log.span.map(|span| at(span.from)),
            to: log.span.map(|span| at(span.to)),
            lines: Some(log.lines),
            incomplete: log.incomplete.as_deref(),
        })
        .collect();
    let whole =
        |source: String| Covered { source, files: Vec::new(), from: None, to: None, lines: None, incomplete: None };
    covered.extend(coverage.registry.iter().map(|branch| whole(format!("registry:{branch}"))));
    covered.extend(coverage.ini.iter().map(|file| whole(format!("ini:{file}"))));
    covered.extend(coverage.folders.iter().map(|folder| whole(format!("folder:{folder}"))));
    covered.extend(coverage.running_services.then(|| whole("services".to_owned())));
    covered
}

impl<'a> From<&'a verdict::Finding> for Finding<'a> {
    fn from(finding: &'a verdict::Finding) -> Self {
        Self {
            article: finding.article.as_str(),
            title: &finding.title,
            product: finding.product.as_str(),
            severity: finding.severity.word(),
            verdict: finding.verdict.word(),
            confidence: finding.confidence.map(verdict::Confidence::word),
            because: &finding.because,
            version: Version { state: finding.version.state.word(), affects: &finding.version.affects },
            fix: Fix {
                state: finding.fix.state.word(),
                fixed_in: &finding.fix.fixed_in,
                perhaps_in: &finding.fix.perhaps_in,
                installed: finding.fix.installed.as_deref(),
                carrier: finding.fix.carrier.as_deref(),
                setting: finding.fix.setting.as_deref(),
                action: finding.fix.action.as_deref(),
            },
            symptoms: Each(&finding.symptoms, Clause::from),
            causes: Each(&finding.causes, Clause::from),
            workarounds: Each(&finding.workarounds, Clause::from),
            look_alikes: Each(&finding.look_alikes, LookAlike::from),
            history: Each(&finding.history, Evidence::from),
            missing: Each(&finding.missing, |gap| Gap::from(&**gap)),
        }
    }
}

impl<'a> From<&'a verdict::ClauseFinding> for Clause<'a> {
    fn from(clause: &'a verdict::ClauseFinding) -> Self {
        Self {
            id: &clause.id,
            says: &clause.says,
            state: clause.state.word(),
            evidence: Each(&clause.evidence, Evidence::from),
        }
    }
}

impl<'a> From<&'a verdict::LookAlikeFinding> for LookAlike<'a> {
    fn from(other: &'a verdict::LookAlikeFinding) -> Self {
        Self {
            name: &other.name,
            because: &other.because,
            state: other.state.map(crate::truth::Truth::word),
            evidence: Each(&other.evidence, Evidence::from),
        }
    }
}

impl<'a> From<&'a verdict::Evidence> for Evidence<'a> {
    fn from(evidence: &'a verdict::Evidence) -> Self {
        Self {
            file: &evidence.file,
            line: evidence.line,
            time: evidence.time.map(|time| iso(time, evidence.offset)),
            text: &evidence.text,
            captures: &evidence.captures,
            host: evidence.host.as_deref(),
        }
    }
}

impl<'a> From<&'a crate::fact::Gap> for Gap<'a> {
    fn from(gap: &'a crate::fact::Gap) -> Self {
        let why = match &gap.reason {
            GapReason::NotCollected => "not-collected".into(),
            GapReason::Incomplete(what) => format!("incomplete: {what}").into(),
            GapReason::OutsideSpan => "outside-span".into(),
            GapReason::Ambiguous => "ambiguous".into(),
            GapReason::OpenTime => "open-time".into(),
            GapReason::NotKnown => "not-known".into(),
        };
        Self { need: &gap.need, from: &gap.from, how: &gap.how, why }
    }
}

/// `1998-03-01T08:00:00`, with the offset from UTC if it is known: `1998-03-01T08:00:00-08:00`.
fn iso(time: Timestamp, offset: Option<Offset>) -> String {
    let Some(offset) = offset else { return time.to_string() };
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{time}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[derive(Serialize)]
pub(super) struct Matrix<'a> {
    schema: &'static str,
    tool: Tool,
    by: &'static str,
    columns: Vec<Column<'a>>,
    hosts: Vec<Row<'a>>,
    totals: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Column<'a> {
    id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    role: Option<&'a str>,
    level: &'a str,
    cells: Vec<Option<Cell<'a>>>,
}

#[derive(Serialize)]
struct Cell<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Vec<Open<'a>>>,
}

#[derive(Serialize)]
struct Open<'a> {
    article: &'a str,
    title: &'a str,
    verdict: &'static str,
    fixed_in: &'a [String],
    closes: &'static str,
}

impl<'a> From<&'a matrix::Matrix> for Matrix<'a> {
    fn from(matrix: &'a matrix::Matrix) -> Self {
        let by = match matrix.by {
            matrix::By::Article => "article",
            matrix::By::Level => "level",
            matrix::By::Target => "target",
        };
        let open = |open: &'a matrix::Open| Open {
            article: open.article.as_str(),
            title: &open.title,
            verdict: open.verdict.word(),
            fixed_in: &open.fixed_in,
            closes: open.closes.word(),
        };
        let cell = |cell: &'a matrix::Cell| Cell {
            state: cell.state.word(),
            confidence: match cell.state {
                matrix::State::Article(_, confidence) => confidence.map(verdict::Confidence::word),
                _ => None,
            },
            open: (matrix.by != matrix::By::Article).then(|| cell.open.iter().map(open).collect()),
        };
        let row = |row: &'a matrix::Row| Row {
            name: &row.name,
            role: row.role.as_deref(),
            level: &row.level,
            cells: row.cells.iter().map(|maybe| maybe.as_ref().map(cell)).collect(),
        };
        Self {
            schema: "servpack.matrix/1",
            tool: Tool { name: "servpack", version: env!("CARGO_PKG_VERSION") },
            by,
            columns: matrix.columns.iter().map(|column| Column { id: &column.id, title: &column.title }).collect(),
            hosts: matrix.rows.iter().map(row).collect(),
            totals: matrix.totals().into_iter().map(|(state, counts)| (state.word(), counts.iter().sum())).collect(),
        }
    }
}
