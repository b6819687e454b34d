//! The whole way from bundles to an assessment: one call, no global state.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::eval::{Inputs, StatedLevel, assess, resolve};
use crate::fact::{Clock, HostEvidence, MemberId, ReadAll, Sieves};
use crate::kb::{ProductId, Products};
use crate::pack::{Pack, hex};
use crate::plan::{self, Plan};
use crate::rule::{Pattern, PatternError, PatternKind};
use crate::scan::{HostSeed, MemberScan, Part, merge};
use crate::source::{Bundle, BundleError, Early, Intake, Limits, Member, Opened, ReadReport, is_manifest, zone};
use crate::verdict::{Assessment, BundleInfo, HostAssessment, Skipped, SourceInfo};
use crate::version::Level;

/// How to audit.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Threads; 0 means one.
    pub jobs: usize,
    /// What if this were installed: `sms 1.2 SP4`.
    pub assume: Option<String>,
    /// Levels that the user states: they outrank every witness.
    pub levels: Vec<(Option<String>, String)>,
    /// Only hosts with such a name, with `*` and `?`; the others still count as evidence.
    pub host_glob: Option<String>,
    /// Read every line of long logs, also those that no rule asks for: slower, and every odd line is told.
    pub every_line: bool,
}

/// What is wrong with the options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The pattern of host names cannot be used.
    #[error(transparent)]
    Host(#[from] PatternError),
    /// A level does not begin with a product.
    #[error("`{text}` does not begin with a product; known products: {known}")]
    Product {
        /// What was given.
        text: String,
        /// The products.
        known: String,
    },
    /// A product does not have this level.
    #[error("`{text}` is no level of {product}; its levels: {known}")]
    Level {
        /// What was given.
        text: String,
        /// The product.
        product: String,
        /// Its levels.
        known: String,
    },
}

/// Reads `sms 1.2 SP4`.
///
/// # Errors
/// An unknown product or level, with those that are known.
pub fn parse_level(text: &str, products: &Products) -> Result<(ProductId, Level), AuditError> {
    let (name, level) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let Some(product) = products.named(&name.to_lowercase()) else {
        let known = products.iter().map(|product| product.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(AuditError::Product { text: text.to_owned(), known });
    };
    let lattice = &product.lattice;
    match lattice.parse(level) {
        Some(level) => Ok((product.id.clone(), level)),
        None => Err(AuditError::Level {
            text: level.trim().to_owned(),
            product: product.name.clone(),
            known: lattice.levels().map(|level| lattice.name(level)).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// Audits bundles with a pack. The same input gives the same assessment, whatever the number of threads.
///
/// # Errors
/// Levels in the options that no product has.
pub fn audit(pack: &Pack, bundles: &[Bundle], options: &Options) -> Result<Assessment, AuditError> {
    let auditor = Auditor::new(pack, options)?;
    Ok(auditor.assess(bundles.iter().map(|bundle| (bundle, Early::default()))))
}

/// A pack that is ready to be asked.
#[derive(Debug)]
pub struct Auditor<'a> {
    pack: &'a Pack,
    options: &'a Options,
    plan: Plan,
    host: Option<Pattern>,
    stated: Vec<StatedLevel>,
    assumed: Option<(ProductId, Level)>,
}

/// Before a bundle is listed, no name of a file in it is known.
static NO_NAMES: BTreeSet<String> = BTreeSet::new();

impl<'a> Auditor<'a> {
    /// Makes a pack ready.
    ///
    /// # Errors
    /// Levels in the options that no product has.
    pub fn new(pack: &'a Pack, options: &'a Options) -> Result<Self, AuditError> {
        let assumed = options.assume.as_deref().map(|text| parse_level(text, &pack.products)).transpose()?;
        let mut stated = Vec::new();
        for (host, text) in &options.levels {
            let (product, level) = parse_level(text, &pack.products)?;
            let lattice = &pack.products.get(&product).map(|product| &product.lattice);
            let level = lattice.map(|lattice| lattice.name(level).to_owned()).unwrap_or_default();
            stated.push(StatedLevel { host: host.clone(), product: product.as_str().to_owned(), level });
        }
        let host = options.host_glob.as_deref().map(|glob| Pattern::new(PatternKind::Glob, glob)).transpose()?;
        Ok(Self { pack, options, plan: plan::build(pack), host, stated, assumed })
    }

    /// Opens a bundle. What is packed in it is read on the way, so that it is unpacked once.
    ///
    /// # Errors
    /// If there is nothing that can be read.
    pub fn open(&self, path: &Path, limits: &Limits) -> Result<Opened<MemberScan<'_>>, BundleError> {
        self.intake(|intake| intake.open(path, limits))
    }

    /// The same for an archive that is open already.
    ///
    /// # Errors
    /// If its beginning cannot be read.
    pub fn open_file(&self, name: &str, file: File, limits: &Limits) -> io::Result<Opened<MemberScan<'_>>> {
        self.intake(|intake| intake.open_file(name, file, limits))
    }

    fn intake<'p, R>(&'p self, open: impl FnOnce(Intake<'_, MemberScan<'p>>) -> R) -> R {
        let sieves = self.plan.sieves(Vec::new());
        let sieves: &dyn Sieves = if self.options.every_line { &ReadAll } else { &sieves };
        let new_sink = |member: &Member| MemberScan::new(&self.plan, &member.path, &NO_NAMES);
        open(Intake { jobs: self.options.jobs, sieves, new_sink: &new_sink })
    }

    /// Audits bundles that were opened for it.
    #[must_use]
    pub fn audit(&self, bundles: Vec<Opened<MemberScan<'_>>>) -> Assessment {
        let (bundles, early): (Vec<_>, Vec<_>) =
            bundles.into_iter().map(|opened| (opened.bundle, opened.early)).unzip();
        self.assess(bundles.iter().zip(early))
    }

    fn assess<'b, 'p>(&'p self, bundles: impl Iterator<Item = (&'b Bundle, Early<MemberScan<'p>>)>) -> Assessment {
        let mut assessment = Assessment {
            rules: self.pack.rules.len(),
            rules_digest: self.pack.digest.clone(),
            bundles: Vec::new(),
            hosts: Vec::new(),
            assumed: self.options.assume.clone(),
            sources: Vec::new(),
            skipped: Vec::new(),
            problems: Vec::new(),
        };
        for (number, (bundle, early)) in bundles.enumerate() {
            let run = Run {
                pack: self.pack,
                plan: &self.plan,
                options: self.options,
                host: self.host.as_ref(),
                stated: &self.stated,
                assumed: self.assumed.as_ref(),
                number,
            };
            run.bundle(bundle, early, &mut assessment);
        }
        assessment.hosts.sort_by(|one, other| (one.bundle, &one.name).cmp(&(other.bundle, &other.name)));
        assessment.sources.sort();
        assessment.skipped.sort();
        assessment.problems.sort();
        assessment.problems.dedup();
        assessment
    }
}

struct Run<'a> {
    pack: &'a Pack,
    plan: &'a Plan,
    options: &'a Options,
    host: Option<&'a Pattern>,
    stated: &'a [StatedLevel],
    assumed: Option<&'a (ProductId, Level)>,
    number: usize,
}

impl Run<'_> {
    fn bundle(&self, bundle: &Bundle, early: Early<MemberScan<'_>>, assessment: &mut Assessment) {
        let name = |member: &Member| {
            let lower = member.path.to_lowercase();
            lower.rsplit(['/', '\\']).next().unwrap_or(&lower).to_owned()
        };
        let names: BTreeSet<String> = bundle.members.iter().map(name).collect();
        let sample = || self.plan.sieves(bundle.sample());
        let sieves: &dyn Sieves = if self.options.every_line { &ReadAll } else { &sample() };
        let new_sink = |member: &Member| MemberScan::new(self.plan, &member.path, &names);
        let read = bundle.read_rest(early, self.options.jobs.max(1), sieves, &new_sink);
        let reports: Vec<ReadReport> = read.iter().map(|(_, report)| report.clone()).collect();
        let (hosts, problems) = merge(self.plan, seeds(bundle, self.number), parts(bundle, read));
        assessment.problems.extend(bundle.problems.iter().cloned().map(|mut problem| {
            if problem.file.is_empty() {
                // It is about no file inside.
                problem.file.clone_from(&bundle.path);
            }
            problem
        }));
        assessment.problems.extend(problems);
        assessment.sources.extend(sources(bundle, self.number, &reports));
        assessment.skipped.extend(skipped(bundle, &reports));
        assessment.bundles.push(BundleInfo {
            path: bundle.path.clone(),
            digest: digest(bundle, &reports),
            sources: reports.iter().filter(|report| report.reader.is_some()).count(),
        });
        // What depends on dates that can be read two ways is asked of both readings.
        let open = hosts.iter().any(|host| !host.open_dates.is_empty());
        let other = open.then(|| hosts.iter().map(HostEvidence::with_dates_the_other_way).collect());
        let hosts = self.with_levels(bundle, hosts, assessment);
        let other = other.map(|other| self.with_levels(bundle, other, assessment));
        assessment.hosts.extend(self.assess(bundle, &hosts, other.as_deref()));
    }

    fn with_levels(
        &self,
        bundle: &Bundle,
        mut hosts: Vec<HostEvidence>,
        assessment: &mut Assessment,
    ) -> Vec<HostEvidence> {
        for (host, spec) in hosts.iter_mut().zip(&bundle.hosts) {
            let mut stated = BTreeMap::new();
            for (product, level) in &spec.levels {
                match parse_level(&format!("{product} {level}"), &self.pack.products) {
                    Ok(_) => drop(stated.insert(product.to_lowercase(), level.clone())),
                    Err(error) => assessment.problems.push(crate::fact::Problem {
                        file: "bundle.yaml".to_owned(),
                        line: None,
                        what: format!("the level of host `{}` is left out: {error}", spec.name),
                        severity: crate::fact::Severity::Error,
                    }),
                }
            }
            for level in self
                .stated
                .iter()
                .filter(|level| level.host.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&host.name)))
            {
                stated.insert(level.product.clone(), level.level.clone());
            }
            if host.role.is_none() {
                host.role = role(host, &self.pack.products);
            }
            host.levels = resolve(host, &self.pack.products, &stated);
        }
        hosts
    }

    /// Hosts are independent, so threads take them by turns; the result is in the order of the hosts all the same.
    fn assess(&self, bundle: &Bundle, hosts: &[HostEvidence], other: Option<&[HostEvidence]>) -> Vec<HostAssessment> {
        let paths = |member: MemberId| member_of(bundle, member).map_or_else(String::new, |known| known.path.clone());
        let wanted: Vec<usize> = (0..hosts.len())
            .filter(|&host| self.host.is_none_or(|glob| glob.regex().is_match(&hosts[host].name)))
            .collect();
        let one = |host: usize| {
            let inputs = Inputs {
                rules: &self.pack.rules,
                products: &self.pack.products,
                plan: self.plan,
                hosts,
                other_dates: other,
                paths: &paths,
                assumed: self.assumed.map(|(product, level)| (product, *level)),
            };
            assess(&inputs, host)
        };
        let jobs = self.options.jobs.clamp(1, wanted.len().max(1));
        if jobs == 1 {
            return wanted.into_iter().map(one).collect();
        }
        let (wanted, one) = (&wanted, &one);
        let mut done: Vec<(usize, HostAssessment)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..jobs)
                .map(|thread| {
                    let mine = wanted.iter().skip(thread).step_by(jobs);
                    scope.spawn(move || mine.map(|&host| (host, one(host))).collect::<Vec<_>>())
                })
                .collect();
            // A thread that panicked would lose its hosts: carry the panic on instead.
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        done.sort_by_key(|(host, _)| *host);
        done.into_iter().map(|(_, assessment)| assessment).collect()
    }
}

fn seeds(bundle: &Bundle, number: usize) -> Vec<HostSeed> {
    let seed = |spec: &crate::source::HostSpec| HostSeed {
        name: spec.name.clone(),
        role: spec.role.clone(),
        role_stated: spec.role_stated,
        bundle: number,
        fleet: spec.fleet.clone(),
        collected: spec.collected,
        clock: Clock { zone: spec.timezone.as_deref().and_then(zone), agrees_within: spec.clocks_agree_within },
    };
    bundle.hosts.iter().map(seed).collect()
}

fn parts<'p>(bundle: &Bundle, read: Vec<(MemberScan<'p>, ReadReport)>) -> Vec<Part<'p>> {
    let part = |(scan, report): (MemberScan<'p>, ReadReport)| {
        let member = member_of(bundle, report.member)?;
        Some(Part {
            scan,
            host: member.host,
            member: member.id,
            file: member.path.clone(),
            path: member.path_on_host.clone(),
            incomplete: (!report.complete).then(|| format!("`{}` could not be read whole", member.path)),
        })
    };
    read.into_iter().filter_map(part).collect()
}

fn sources(bundle: &Bundle, number: usize, reports: &[ReadReport]) -> Vec<SourceInfo> {
    let source = |report: &ReadReport| {
        let member = member_of(bundle, report.member)?;
        Some(SourceInfo {
            bundle: number,
            file: member.path.clone(),
            host: bundle.hosts.get(member.host).map_or_else(String::new, |host| host.name.clone()),
            reader: report.reader?,
            encoding: report.encoding,
            encoding_by: report.encoding_by,
            dates: report.dates.map(|dates| (dates.order, dates.by)),
            lines: report.lines,
            complete: report.complete,
        })
    };
    reports.iter().filter_map(source).collect()
}

fn skipped(bundle: &Bundle, reports: &[ReadReport]) -> Vec<Skipped> {
    let not_read = reports.iter().filter(|report| report.reader.is_none());
    let skip = |report: &ReadReport| {
        let member = member_of(bundle, report.member)?;
        let manifest = member.path.rsplit('/').next().is_some_and(is_manifest);
        let why = if manifest { "it describes the bundle" } else { "no reader recognises it" };
        Some(Skipped { file: member.path.clone(), why: why.to_owned() })
    };
    not_read.filter_map(skip).collect()
}

/// Over what was read: two bundles with the same files in the same places are the same, however they were packed. It
/// names a bundle, and does not seal it: the content of a file counts by a fast hash.
fn digest(bundle: &Bundle, reports: &[ReadReport]) -> String {
    let path = |report: &ReadReport| member_of(bundle, report.member).map(|member| member.path.as_str());
    let mut all: Vec<(&str, &[u8; 16])> =
        reports.iter().filter_map(|report| Some((path(report)?, &report.digest))).collect();
    all.sort_unstable();
    let mut digest = Sha256::new();
    for (path, content) in all {
        digest.update(path.as_bytes());
        digest.update([0]);
        digest.update(content);
    }
    format!("sha256:{}", hex(&digest.finalize()))
}

/// A member's id is its place in the bundle.
fn member_of(bundle: &Bundle, id: MemberId) -> Option<&Member> {
    bundle.members.get(id.0 as usize)
}

/// The first role that the evidence shows.
fn role(host: &HostEvidence, products: &Products) -> Option<String> {
    use crate::kb::RoleSign;
    let shows = |sign: &RoleSign| match sign {
        RoleSign::Log(log) => host.coverage.logs.get(log).is_some_and(|span| span.records > 0),
        RoleSign::Registry(key) => host.coverage.registry.contains(key),
        RoleSign::Ini(file) => host.coverage.ini.contains(file),
    };
    let roles = products.iter().flat_map(|product| &product.roles);
    roles.into_iter().find(|role| role.signs.iter().any(shows)).map(|role| role.id.clone())
}
