//! The whole way from bundles to an assessment: one call, no global state.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use sha2::{Digest, Sha256};

use crate::eval::{self, AllTexts, Inputs, Neighbours, StatedLevel, resolve};
use crate::fact::{Clock, HostEvidence, MemberId, ReadAll, Sieves};
use crate::kb::{ArticleId, ProductId, Products};
use crate::pack::{Pack, hex};
use crate::plan::{self, Cost, Plan};
use crate::rule::{Pattern, PatternError, PatternKind, Rule};
use crate::scan::{HostSeed, MemberScan, Part, merge};
use crate::source::{Bundle, BundleError, Early, Intake, Limits, Member, Opened, ReadReport, is_manifest, zone};
use crate::verdict::{Assessment, BundleInfo, Finding, HostAssessment, Machines, Skipped, SourceInfo, Verdict};
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
    /// Count what each rule costs.
    pub profile: bool,
    /// Make findings of what is known by levels alone, and not only counts.
    pub list_known: bool,
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
    Ok(auditor.gather_from(bundles).assessment())
}

/// A pack with the plan that was made of it: worth keeping where it is asked many times.
#[derive(Debug)]
pub struct Planned<'a> {
    pack: &'a Pack,
    plan: Plan,
    texts: AllTexts,
    /// The words of what is known by levels alone.
    known: AllTexts,
}

impl<'a> Planned<'a> {
    /// Plans how to ask the rules of a pack.
    #[must_use]
    pub fn new(pack: &'a Pack) -> Self {
        Self {
            pack,
            plan: plan::build(pack),
            texts: AllTexts::of(pack.rules.len()),
            known: AllTexts::of(pack.known.len()),
        }
    }

    /// The pack.
    #[must_use]
    pub fn pack(&self) -> &'a Pack {
        self.pack
    }
}

/// A pack that is ready to be asked.
#[derive(Debug)]
pub struct Auditor<'a> {
    planned: Arc<Planned<'a>>,
    options: &'a Options,
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
        let mut planned = Planned::new(pack);
        if options.profile {
            planned.plan.count_costs();
        }
        Self::with(Arc::new(planned), options)
    }

    /// The same for a pack that was planned before.
    ///
    /// # Errors
    /// Levels in the options that no product has.
    pub fn with(planned: Arc<Planned<'a>>, options: &'a Options) -> Result<Self, AuditError> {
        let pack = planned.pack;
        let assumed = options.assume.as_deref().map(|text| parse_level(text, &pack.products)).transpose()?;
        let mut stated = Vec::new();
        for (host, text) in &options.levels {
            let (product, level) = parse_level(text, &pack.products)?;
            let lattice = &pack.products.get(&product).map(|product| &product.lattice);
            let level = lattice.map(|lattice| lattice.name(level).to_owned()).unwrap_or_default();
            stated.push(StatedLevel { host: host.clone(), product: product.as_str().to_owned(), level });
        }
        let host = options.host_glob.as_deref().map(|glob| Pattern::new(PatternKind::Glob, glob)).transpose()?;
        Ok(Self { planned, options, host, stated, assumed })
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
        let sieves = self.planned.plan.sieves(Vec::new());
        let sieves: &dyn Sieves = if self.options.every_line { &ReadAll } else { &sieves };
        let new_sink = |member: &Member| MemberScan::new(&self.planned.plan, &member.path, &NO_NAMES);
        open(Intake { jobs: self.options.jobs, sieves, new_sink: &new_sink })
    }

    /// Reads bundles that were opened for it, and asks no rule yet.
    #[must_use]
    pub fn gather<'p>(&'p self, bundles: Vec<Opened<MemberScan<'p>>>) -> Gathered<'p> {
        let (bundles, early): (Vec<_>, Vec<_>) =
            bundles.into_iter().map(|opened| (opened.bundle, opened.early)).unzip();
        self.read(bundles.iter().zip(early))
    }

    /// The same for bundles that were opened by themselves.
    #[must_use]
    pub fn gather_from(&self, bundles: &[Bundle]) -> Gathered<'_> {
        self.read(bundles.iter().map(|bundle| (bundle, Early::default())))
    }

    fn read<'b, 'p>(&'p self, bundles: impl Iterator<Item = (&'b Bundle, Early<MemberScan<'p>>)>) -> Gathered<'p> {
        let mut about = Assessment {
            rules: self.planned.pack.rules.len(),
            known: self.planned.pack.known.len(),
            rules_digest: self.planned.pack.digest.clone(),
            bundles: Vec::new(),
            hosts: Vec::new(),
            assumed: self.options.assume.clone(),
            sources: Vec::new(),
            skipped: Vec::new(),
            problems: Vec::new(),
        };
        let mut sites = Vec::new();
        for (number, (bundle, early)) in bundles.enumerate() {
            let run = Run {
                pack: self.planned.pack,
                plan: &self.planned.plan,
                options: self.options,
                stated: &self.stated,
                number,
            };
            sites.push(run.bundle(bundle, early, &mut about));
        }
        about.sources.sort();
        about.skipped.sort();
        about.problems.sort();
        about.problems.dedup();
        let mut order = Vec::new();
        for (site, hosts) in sites.iter().map(|site| &site.hosts).enumerate() {
            let wanted = |host: &usize| self.host.as_ref().is_none_or(|glob| glob.is_match(&hosts[*host].name));
            order.extend((0..hosts.len()).filter(wanted).map(|host| (site, host)));
        }
        order.sort_by_key(|&(site, host)| (site, &sites[site].hosts[host].name));
        Gathered { about, auditor: self, sites, order }
    }
}

/// All that was read, before any rule is asked.
#[derive(Debug)]
pub struct Gathered<'a> {
    /// What there is to say besides the machines.
    pub about: Assessment,
    auditor: &'a Auditor<'a>,
    /// One a bundle.
    sites: Vec<Site>,
    /// The wanted hosts, as site and host there, in the order of the report.
    order: Vec<(usize, usize)>,
}

/// The hosts of one bundle.
#[derive(Debug)]
struct Site {
    /// The path of each member.
    paths: Vec<String>,
    hosts: Vec<HostEvidence>,
    neighbours: Neighbours,
    /// The same with open dates read the other way, if there are any.
    other: Option<(Vec<HostEvidence>, Neighbours)>,
}

/// Which proofs are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proofs<'a> {
    /// None: most reports show none.
    None,
    /// Of the findings on this article, which alone are asked for.
    Of(&'a str),
    /// All.
    All,
}

impl Gathered<'_> {
    /// The names of the machines that are wanted, in the order of the report.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(|&(site, host)| self.sites[site].hosts[host].name.as_str())
    }

    /// What the patterns of each rule cost, if that was counted. A pattern that rules share counts for each of them.
    pub fn costs(&self) -> impl Iterator<Item = (&ArticleId, Cost)> {
        let (meter, plan) = (self.auditor.planned.plan.meter(), &self.auditor.planned.plan);
        self.auditor.planned.pack.rules.iter().enumerate().filter_map(move |(number, rule)| {
            let queries: BTreeSet<usize> = plan.calls(number).iter().flatten().copied().collect();
            let mut cost = Cost::default();
            queries.into_iter().for_each(|query| cost += meter.map_or_else(Cost::default, |meter| meter.cost(query)));
            meter.map(|_| (&rule.article, cost))
        })
    }

    /// All findings with their proofs, at once in memory.
    #[must_use]
    pub fn assessment(self) -> Assessment {
        let hosts = self.hosts(Proofs::All).ask(&self.order);
        Assessment { hosts, ..self.about }
    }

    /// The machines with their findings, which are worked out when they are asked for.
    #[must_use]
    pub fn hosts<'g>(&'g self, proofs: Proofs<'g>) -> Hosts<'g> {
        let wanted = |rules: &[Rule]| match proofs {
            Proofs::None | Proofs::All => 0..rules.len(),
            Proofs::Of(article) => {
                let rule = rules.iter().position(|rule| rule.article.as_str() == article);
                rule.map_or(0..0, |rule| rule..rule + 1)
            }
        };
        let pack = self.auditor.planned.pack;
        let is_listed = self.auditor.options.list_known || matches!(proofs, Proofs::Of(_));
        let known = if is_listed { Listing::Findings(wanted(&pack.known)) } else { Listing::Counts };
        Hosts { gathered: self, rules: wanted(&pack.rules), known, proofs: proofs != Proofs::None }
    }
}

/// The machines of [`Gathered`], whose rules are asked when somebody wants the findings, and not before.
#[derive(Debug)]
pub struct Hosts<'a> {
    gathered: &'a Gathered<'a>,
    rules: Range<usize>,
    known: Listing,
    proofs: bool,
}

/// How what is known by levels alone is told.
#[derive(Debug)]
enum Listing {
    Counts,
    /// Of these.
    Findings(Range<usize>),
}

/// What is known of a machine by its levels alone.
enum Known {
    Counts(BTreeMap<Verdict, usize>),
    Findings(Vec<Finding>),
}

fn with_known(mut machine: HostAssessment, known: Known) -> HostAssessment {
    match known {
        Known::Counts(counts) => machine.by_level = counts,
        Known::Findings(findings) => {
            machine.findings.extend(findings);
            machine.findings.sort_by(|one, other| one.article.cmp(&other.article));
        }
    }
    machine
}

/// How many findings are in memory at once, unless one machine alone has more.
const FINDINGS: usize = 10_000;

/// How many rules a thread takes at a time.
const RULES: usize = 512;

impl Machines for Hosts<'_> {
    fn batch(&self, from: usize) -> Cow<'_, [HostAssessment]> {
        let known = if let Listing::Findings(known) = &self.known { known.len() } else { 0 };
        let machines = (FINDINGS / (self.rules.len() + known).max(1)).max(1);
        let order = self.gathered.order.get(from..).unwrap_or_default();
        Cow::Owned(self.ask(&order[..machines.min(order.len())]))
    }
}

impl Hosts<'_> {
    /// Threads take some rules of some host by turns; the findings are in order all the same.
    fn ask(&self, hosts: &[(usize, usize)]) -> Vec<HostAssessment> {
        let jobs = self.gathered.auditor.options.jobs;
        let starts = || self.rules.clone().step_by(RULES);
        let parts: Vec<(usize, Range<usize>)> = (0..hosts.len())
            .flat_map(|nth| starts().map(move |start| (nth, start..start + RULES)))
            .map(|(nth, rules)| (nth, rules.start..rules.end.min(self.rules.end)))
            .collect();
        let part = |part: usize| {
            let (nth, rules) = parts[part].clone();
            let (site, host) = hosts[nth];
            self.with(site, |inputs| eval::ask(inputs, host, rules))
        };
        let mut findings: Vec<Vec<Finding>> = hosts.iter().map(|_| Vec::with_capacity(self.rules.len())).collect();
        in_turns(parts.len(), jobs, &part, |at, found| findings[parts[at].0].extend(found));
        let mut known = Vec::with_capacity(hosts.len());
        in_turns(hosts.len(), jobs, &|nth| self.known(hosts[nth]), |_, found| known.push(found));
        let machine = |((&(site, host), findings), known)| {
            let machine = self.with(site, |inputs| eval::machine(inputs, host, findings));
            with_known(machine, known)
        };
        hosts.iter().zip(findings).zip(known).map(machine).collect()
    }

    /// What is known of a host by its levels alone.
    fn known(&self, (site, host): (usize, usize)) -> Known {
        match &self.known {
            Listing::Counts => Known::Counts(self.with(site, |inputs| eval::count_known(inputs, host))),
            Listing::Findings(known) => {
                Known::Findings(self.with(site, |inputs| eval::ask_known(inputs, host, known.clone())))
            }
        }
    }

    fn with<T>(&self, site: usize, ask: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let (auditor, site) = (self.gathered.auditor, &self.gathered.sites[site]);
        let paths = |member: MemberId| site.paths.get(member.0 as usize).cloned().unwrap_or_default();
        ask(&Inputs {
            rules: &auditor.planned.pack.rules,
            products: &auditor.planned.pack.products,
            plan: &auditor.planned.plan,
            hosts: &site.hosts,
            neighbours: &site.neighbours,
            other_dates: site.other.as_ref().map(|(hosts, neighbours)| (hosts.as_slice(), neighbours)),
            paths: &paths,
            assumed: auditor.assumed.as_ref().map(|(product, level)| (product, *level)),
            texts: &auditor.planned.texts,
            known: &auditor.planned.pack.known,
            known_texts: &auditor.planned.known,
            proofs: self.proofs,
        })
    }
}

/// Does so many pieces of work on so many threads. `take` has each result as soon as those of the pieces before it are taken:
/// few of them wait.
fn in_turns<T: Send>(pieces: usize, jobs: usize, work: &(impl Fn(usize) -> T + Sync), mut take: impl FnMut(usize, T)) {
    let jobs = jobs.clamp(1, pieces.max(1));
    if jobs == 1 {
        return (0..pieces).for_each(|piece| take(piece, work(piece)));
    }
    let next = AtomicUsize::new(0);
    let turn = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&piece| piece < pieces);
    std::thread::scope(|scope| {
        let (done, results) = mpsc::channel();
        let worker = |done: mpsc::Sender<(usize, T)>| {
            // Nobody stops listening.
            std::iter::from_fn(turn).for_each(|piece| drop(done.send((piece, work(piece)))));
        };
        let threads: Vec<_> = (0..jobs).map(|_| done.clone()).map(|done| scope.spawn(move || worker(done))).collect();
        drop(done);
        let (mut early, mut wanted) = (BTreeMap::new(), 0);
        for (piece, result) in results {
            early.insert(piece, result);
            while let Some(result) = early.remove(&wanted) {
                take(wanted, result);
                wanted += 1;
            }
        }
        // A thread that panicked would lose its pieces: carry the panic on instead.
        for thread in threads {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

struct Run<'a> {
    pack: &'a Pack,
    plan: &'a Plan,
    options: &'a Options,
    stated: &'a [StatedLevel],
    number: usize,
}

impl Run<'_> {
    fn bundle(&self, bundle: &Bundle, early: Early<MemberScan<'_>>, assessment: &mut Assessment) -> Site {
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
        let other = other.map(|other| {
            let hosts = self.with_levels(bundle, other, assessment);
            let neighbours = Neighbours::new(&hosts);
            (hosts, neighbours)
        });
        let paths = bundle.members.iter().map(|member| member.path.clone()).collect();
        Site { paths, neighbours: Neighbours::new(&hosts), hosts, other }
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
