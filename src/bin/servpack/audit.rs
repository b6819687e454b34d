//! `servpack audit`, and what it shares with `matrix`.

use servpack::report;
use servpack::verdict::{Assessment, Finding, HostAssessment};

use crate::args::{AuditArgs, Global};
use crate::engine;
use crate::failure::Failure;
use crate::output;
use crate::settings::{self, Settings, Trace};

pub(crate) fn run(args: AuditArgs, global: &Global) -> Result<u8, Failure> {
    let settings = Settings::new(args.common, global)?;
    let assessment = assess(&settings, global)?;
    write(&settings, &assessment, global, |out| settings.report.audit(&assessment, &settings.options, out))?;
    Ok(exit_code(&settings, &assessment))
}

/// Audits the bundles, and says what was wrong with them.
pub(crate) fn assess(settings: &Settings, global: &Global) -> Result<Assessment, Failure> {
    let assessment = engine::audit(&settings.pack, &settings.paths, &settings.limits, &settings.audit)?;
    output::sources(&assessment, global);
    output::problems(&assessment.problems, global);
    if assessment.bundles.iter().all(|bundle| bundle.sources == 0) {
        let paths: Vec<String> = settings.paths.iter().map(|path| path.display().to_string()).collect();
        let failure = Failure::nothing(format!("nothing to audit: no source was recognised in {}", paths.join(", ")));
        return Err(match assessment.skipped.len() {
            0 => failure.hint("the bundle is empty"),
            1 => failure.hint("one file was skipped, since no reader knows it"),
            many => failure.hint(format!("{many} files were skipped, since no reader knows them")),
        });
    }
    if let (true, Some(glob)) = (assessment.hosts.is_empty(), &settings.audit.host_glob) {
        return Err(Failure::usage(format!("`--host {glob}`: no machine of the bundle has such a name")));
    }
    let hosts = || assessment.hosts.iter().map(|host| host.name.as_str());
    for name in settings.audit.levels.iter().filter_map(|(host, _)| host.as_deref()) {
        // With `--host` the machine may only be hidden.
        if settings.audit.host_glob.is_none() && !hosts().any(|host| host.eq_ignore_ascii_case(name)) {
            let failure = Failure::usage(format!("`--level {name}:…`: no machine of the bundle has this name"));
            return Err(failure.nearest(name, hosts()));
        }
    }
    Ok(assessment)
}

/// Writes the report. A trace takes its place where a person looks, and goes beside it where a program reads.
pub(crate) fn write(
    settings: &Settings,
    assessment: &Assessment,
    global: &Global,
    fill: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let Some(trace) = &settings.trace else { return settings.target.write(fill) };
    let traces = traces(trace, assessment, &settings.options)?;
    if settings.report.name() == "table" {
        return settings.target.text(&traces);
    }
    settings.target.write(fill)?;
    output::message(traces.trim_end(), global);
    Ok(())
}

fn traces(trace: &Trace, assessment: &Assessment, options: &report::Options) -> Result<String, Failure> {
    let glob = trace.host.as_deref().map(settings::glob).transpose()?;
    let wanted = |host: &&HostAssessment| glob.as_ref().is_none_or(|glob| glob.regex().is_match(&host.name));
    let hosts: Vec<&HostAssessment> = assessment.hosts.iter().filter(wanted).collect();
    if let (true, Some(name)) = (hosts.is_empty(), &trace.host) {
        let names: Vec<&str> = assessment.hosts.iter().map(|host| host.name.as_str()).collect();
        let failure = Failure::usage(format!("`--trace {}@{name}`: no machine has this name", trace.article));
        return Err(match names.len() {
            0..=12 => failure.hint(format!("the machines are {}", names.join(", "))),
            _ => failure.nearest(name, names),
        });
    }
    let finding = |host: &'_ HostAssessment| -> Option<usize> {
        host.findings.iter().position(|finding: &Finding| finding.article.as_str() == trace.article)
    };
    let texts: Vec<String> = hosts
        .iter()
        .filter_map(|host| Some(report::trace(host, host.findings.get(finding(host)?)?, options)))
        .collect();
    if texts.is_empty() {
        let role = "a rule is asked only of machines that have one of its roles";
        let of = trace.host.as_deref().unwrap_or("any machine here");
        return Err(Failure::usage(format!("`{}` was not asked of {of}", trace.article)).hint(role));
    }
    Ok(texts.join("\n"))
}

/// 1 if something was found that `--fail-on` names.
pub(crate) fn exit_code(settings: &Settings, assessment: &Assessment) -> u8 {
    let mut findings = assessment.hosts.iter().flat_map(|host| &host.findings);
    u8::from(findings.any(|finding| settings.fail_on.iter().any(|wanted| wanted.holds(finding.verdict))))
}
