//! `servpack audit`, and what it shares with `matrix`.

use std::borrow::Cow;
use std::cell::Cell;

use servpack::report;
use servpack::verdict::{HostAssessment, Machines};

use crate::args::{AuditArgs, Global, Wanted};
use crate::engine::{self, Gathered, Proofs};
use crate::failure::Failure;
use crate::output;
use crate::profile::Profile;
use crate::settings::{self, Settings, Trace};

pub(crate) fn run(args: AuditArgs, global: &Global) -> Result<u8, Failure> {
    let mut profile = Profile::start();
    let mut settings = Settings::new(args.common, global)?;
    settings.audit.profile = args.profile;
    profile.end("rules");
    let auditor = engine::auditor(&settings.pack, &settings.audit)?;
    profile.end("plan");
    let bundles = engine::open(&auditor, &settings.paths, &settings.limits)?;
    profile.end("open");
    let gathered = gather(&settings, &auditor, bundles, global)?;
    profile.end("read");
    let hosts = gathered.hosts(Proofs::None);
    let watched = Watched::new(&hosts, &settings.fail_on);
    write(&settings, &gathered, global, |out| {
        settings.report.machines(&gathered.about, &watched, &settings.options, out)
    })?;
    profile.end("report");
    if args.profile {
        output::message(&profile.text(&gathered), global);
    }
    let code = watched.exit_code();
    // The process ends here: to free thousands of rules and what was found, part by part, would only take time.
    std::mem::forget(gathered);
    std::mem::forget(auditor);
    std::mem::forget(settings);
    Ok(code)
}

/// Reads the bundles, and says what was wrong with them.
pub(crate) fn gather<'a>(
    settings: &Settings,
    auditor: &'a engine::Auditor<'a>,
    bundles: engine::Bundles<'a>,
    global: &Global,
) -> Result<Gathered<'a>, Failure> {
    let gathered = auditor.gather(bundles);
    let about = &gathered.about;
    output::sources(about, global);
    output::problems(&about.problems, global);
    if about.bundles.iter().all(|bundle| bundle.sources == 0) {
        let paths: Vec<String> = settings.paths.iter().map(|path| path.display().to_string()).collect();
        let failure = Failure::nothing(format!("nothing to audit: no source was recognised in {}", paths.join(", ")));
        return Err(match about.skipped.len() {
            0 => failure.hint("the bundle is empty"),
            1 => failure.hint("one file was skipped, since no reader knows it"),
            many => failure.hint(format!("{many} files were skipped, since no reader knows them")),
        });
    }
    if let (None, Some(glob)) = (gathered.names().next(), &settings.audit.host_glob) {
        return Err(Failure::usage(format!("`--host {glob}`: no machine of the bundle has such a name")));
    }
    for name in settings.audit.levels.iter().filter_map(|(host, _)| host.as_deref()) {
        // With `--host` the machine may only be hidden.
        if settings.audit.host_glob.is_none() && !gathered.names().any(|host| host.eq_ignore_ascii_case(name)) {
            let failure = Failure::usage(format!("`--level {name}:…`: no machine of the bundle has this name"));
            return Err(failure.nearest(name, gathered.names()));
        }
    }
    Ok(gathered)
}

/// Writes the report. A trace takes its place where a person looks, and goes beside it where a program reads.
pub(crate) fn write(
    settings: &Settings,
    gathered: &Gathered<'_>,
    global: &Global,
    fill: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let Some(trace) = &settings.trace else { return settings.target.write(fill) };
    let traces = traces(trace, gathered, &settings.options)?;
    if settings.report.name() == "table" {
        return settings.target.text(&traces);
    }
    settings.target.write(fill)?;
    output::message(traces.trim_end(), global);
    Ok(())
}

fn traces(trace: &Trace, gathered: &Gathered<'_>, options: &report::Options) -> Result<String, Failure> {
    let glob = trace.host.as_deref().map(settings::glob).transpose()?;
    let wanted = |name: &str| glob.as_ref().is_none_or(|glob| glob.is_match(name));
    if let (false, Some(name)) = (gathered.names().any(wanted), &trace.host) {
        let names: Vec<&str> = gathered.names().collect();
        let failure = Failure::usage(format!("`--trace {}@{name}`: no machine has this name", trace.article));
        return Err(match names.len() {
            0..=12 => failure.hint(format!("the machines are {}", names.join(", "))),
            _ => failure.nearest(name, names),
        });
    }
    let mut texts: Vec<String> = Vec::new();
    let hosts = gathered.hosts(Proofs::Of(&trace.article));
    (&hosts as &dyn Machines).for_each(|host| {
        if wanted(&host.name) {
            texts.extend(host.findings.iter().map(|finding| report::trace(host, finding, options)));
        }
    });
    if texts.is_empty() {
        let role = "a rule is asked only of machines that have one of its roles";
        let of = trace.host.as_deref().unwrap_or("any machine here");
        return Err(Failure::usage(format!("`{}` was not asked of {of}", trace.article)).hint(role));
    }
    Ok(texts.join("\n"))
}

/// The machines on their way to the report, watched for what `--fail-on` names.
pub(crate) struct Watched<'a> {
    machines: &'a dyn Machines,
    fail_on: &'a [Wanted],
    /// How many of them went by.
    seen: Cell<usize>,
    failed: Cell<bool>,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(machines: &'a dyn Machines, fail_on: &'a [Wanted]) -> Self {
        Self { machines, fail_on, seen: Cell::new(0), failed: Cell::new(false) }
    }

    /// 1 if something was found that `--fail-on` names; on any machine, whether or not a report showed it.
    pub(crate) fn exit_code(&self) -> u8 {
        let undecided = || !self.fail_on.is_empty() && !self.failed.get();
        while undecided() && !self.batch(self.seen.get()).is_empty() {}
        u8::from(self.failed.get())
    }
}

impl Machines for Watched<'_> {
    fn batch(&self, from: usize) -> Cow<'_, [HostAssessment]> {
        let batch = self.machines.batch(from);
        self.seen.set(self.seen.get().max(from + batch.len()));
        let findings = batch.iter().flat_map(|host| host.findings.iter().map(|finding| finding.verdict));
        let counted = batch.iter().flat_map(|host| host.by_level.keys().copied());
        if findings.chain(counted).any(|verdict| self.fail_on.iter().any(|wanted| wanted.holds(verdict))) {
            self.failed.set(true);
        }
        batch
    }
}
