//! What the formats for people share: how wide a text is, where it breaks, and how evidence, levels and times are put.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{ANY_LOG, Coverage, Gap, GapReason, LogSpan, Span, Timestamp};
use crate::truth::Truth;
use crate::verdict::{Assessment, Evidence, Finding, Group, HostAssessment, LevelText, Verdict};

use super::safe;

/// The verdicts that are only counted, unless all are wanted.
pub(super) fn is_quiet(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Exposed | Verdict::NotAffected | Verdict::Resolved)
}

/// How many columns a terminal needs for the text.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Combining marks take none, East Asian wide characters two: enough for the languages that log files come in.
fn char_width(c: char) -> usize {
    match u32::from(c) {
        0x20..=0x2ff => 1,
        0x300..=0x36f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff01..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The text with blanks up to the width.
pub(super) fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// The text on lines of at most `to` columns: broken between words, and inside a word that is too long for any line.
/// At least one line, which may be empty.
#[must_use]
pub fn wrap(text: &str, to: usize) -> Vec<String> {
    let to = to.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let room = width(&line) + 1 + width(word);
        if line.is_empty() {
            line.push_str(word);
        } else if room <= to {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
        while width(&line) > to {
            let cut = cut(&line, to);
            let rest = line.split_off(cut);
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    lines.push(line);
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

/// The byte at which a line of `to` columns ends.
fn cut(line: &str, to: usize) -> usize {
    let mut used = 0;
    for (at, c) in line.char_indices() {
        used += char_width(c);
        if used > to && at > 0 {
            return at;
        }
    }
    line.len()
}

/// `one finding`, `2 findings`
pub(super) fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ if one.ends_with("ch") || one.ends_with('s') => format!("{number} {one}es"),
        _ => format!("{number} {one}s"),
    }
}

/// `1998-03-01 08:01:10`
pub(super) fn time(time: Timestamp) -> String {
    time.to_string().replacen('T', " ", 1)
}

/// `WKS001: smsrun32.log:412`; line 0 is the file as a whole.
pub(super) fn place(evidence: &Evidence) -> String {
    let place = at(&evidence.file, evidence.line);
    match &evidence.host {
        Some(host) => format!("{} ({})", place, safe(host)),
        None => place,
    }
}

/// `smsrun32.log:412`
pub(super) fn at(file: &str, line: u64) -> String {
    if line == 0 { safe(file) } else { format!("{}:{line}", safe(file)) }
}

/// `smsrun32.log:412  1998-03-01 08:01:10  Client executable active: pcmsvc32.exe`
pub(super) fn evidence(evidence: &Evidence) -> String {
    let mut parts = vec![place(evidence)];
    parts.extend(evidence.time.map(time));
    let text = safe(evidence.text.trim());
    if !text.is_empty() {
        parts.push(text);
    }
    parts.join("  ")
}

/// The beginning of a long text.
pub(super) fn shortened(text: &str, at_most: usize) -> String {
    match text.char_indices().nth(at_most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The places that say most, each once, and how many more there are. The first place of every clause that speaks for the
/// verdict comes before any second one.
pub(super) fn best_evidence(finding: &Finding, at_most: usize) -> (Vec<&Evidence>, usize) {
    let mut lists: Vec<&[Evidence]> = Vec::new();
    let [symptoms, causes, workarounds] = [&finding.symptoms, &finding.causes, &finding.workarounds].map(|clauses| {
        clauses.iter().filter(|clause| clause.state == Truth::True).map(|clause| clause.evidence.as_slice())
    });
    match finding.verdict {
        Verdict::Mitigated => lists.extend(workarounds.chain(symptoms).chain(causes)),
        Verdict::Resolved => lists.extend(std::iter::once(finding.history.as_slice()).chain(symptoms)),
        Verdict::NotAffected => {
            let ruled_out = finding.causes.iter().map(|cause| cause.evidence.as_slice());
            lists.extend(ruled_out.chain(finding.look_alikes.iter().map(|other| other.evidence.as_slice())));
        }
        Verdict::AtRisk => lists.extend(causes.chain(symptoms)),
        Verdict::Recurring | Verdict::Affected | Verdict::Exposed | Verdict::Unknown => {
            lists.extend(symptoms.chain(causes))
        }
    }
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    let mut seen = BTreeSet::new();
    let mut best = Vec::new();
    for nth in 0..longest {
        for evidence in lists.iter().filter_map(|list| list.get(nth)) {
            if seen.insert((&evidence.file, evidence.line)) {
                best.push(evidence);
            }
        }
    }
    let more = best.len().saturating_sub(at_most);
    best.truncate(at_most);
    // Chosen by weight, shown by place: lines of one file read best in their order.
    let mut files: Vec<&str> = Vec::new();
    for evidence in &best {
        if !files.contains(&evidence.file.as_str()) {
            files.push(&evidence.file);
        }
    }
    best.sort_by_key(|evidence| (files.iter().position(|file| *file == evidence.file), evidence.line));
    (best, more)
}

/// `affected (confirmed)`
pub(super) fn verdict(finding: &Finding) -> String {
    match finding.confidence {
        Some(confidence) => format!("{} ({})", finding.verdict.word(), confidence.word()),
        None => finding.verdict.word().to_owned(),
    }
}

/// The name of a machine, not yet safe; with its bundle if there are several, since names may come twice.
pub(super) fn host(assessment: &Assessment, host: &HostAssessment) -> String {
    match assessment.bundles.get(host.bundle) {
        Some(bundle) if assessment.bundles.len() > 1 => format!("{} [{}]", host.name, bundle.path),
        _ => host.name.clone(),
    }
}

/// Counts the verdicts of a machine with those of the others.
pub(super) fn count_verdicts(host: &HostAssessment, verdicts: &mut BTreeMap<Verdict, usize>) {
    for finding in &host.findings {
        *verdicts.entry(finding.verdict).or_default() += 1;
    }
}

/// The same of what is known by levels alone and only counted.
pub(super) fn count_known(host: &HostAssessment, verdicts: &mut BTreeMap<Verdict, usize>) {
    for (verdict, count) in &host.by_level {
        *verdicts.entry(*verdict).or_default() += count;
    }
}

/// `2 affected, 1 unknown`
pub(super) fn counts(verdicts: &BTreeMap<Verdict, usize>) -> String {
    verdicts.iter().map(|(verdict, count)| format!("{count} {}", verdict.word())).collect::<Vec<_>>().join(", ")
}

/// `sms 1.2 SP2 (marker-file, since 1998-02-01)`
pub(super) fn level(level: &LevelText) -> String {
    let mut how: Vec<String> = Vec::new();
    if !level.trust.is_empty() {
        how.push(safe(&level.trust));
    }
    how.extend(level.since.map(|since| format!("since {}", since.date())));
    let said = format!("{} {}", safe(level.product.as_str()), safe(&level.level));
    if how.is_empty() { said } else { format!("{said} ({})", how.join(", ")) }
}

/// All levels of a machine, not yet safe; `level unknown` if nothing is known.
pub(super) fn levels(host: &HostAssessment) -> String {
    if host.levels.is_empty() {
        return "level unknown".to_owned();
    }
    host.levels.iter().map(|level| format!("{} {}", level.product, level.level)).collect::<Vec<_>>().join(", ")
}

/// `5 files: 3 logs, 1 registry branch; 1998-03-02 06:00 to 18:30`
pub(super) fn sources(assessment: &Assessment, host: &HostAssessment) -> String {
    let files =
        assessment.sources.iter().filter(|source| source.bundle == host.bundle && source.host == host.name).count();
    if files == 0 {
        return "no files".to_owned();
    }
    let (files, parts) = (count(files, "file"), parts(&host.coverage));
    let mut text = match parts.as_slice() {
        [] => files,
        // `1 file: 1 log` says one thing twice.
        [one] if one.starts_with("1 ") && files == "1 file" => one.clone(),
        parts => format!("{files}: {}", parts.join(", ")),
    };
    let spans = logs(&host.coverage).filter_map(|log| log.span);
    let whole = spans.reduce(|one, other| Span { from: one.from.min(other.from), to: one.to.max(other.to) });
    if let Some(whole) = whole {
        text.push_str("; ");
        text.push_str(&span(whole));
    }
    text
}

/// The logs and tables. What every text belongs to is none of its own.
fn logs(coverage: &Coverage) -> impl Iterator<Item = &LogSpan> {
    coverage.logs.iter().filter(|(name, _)| *name != ANY_LOG).map(|(_, log)| log)
}

/// `3 logs`, `1 INI file`, `2 registry branches`
fn parts(coverage: &Coverage) -> Vec<String> {
    let tables = logs(coverage).filter(|log| log.whole_table).count();
    let mut parts = Vec::new();
    for (number, one) in [
        (logs(coverage).count() - tables, "log"),
        (tables, "table"),
        (coverage.ini.len(), "INI file"),
        (coverage.registry.len(), "registry branch"),
        (coverage.folders.len(), "folder listing"),
        (usize::from(coverage.running_services), "service list"),
    ] {
        if number > 0 {
            parts.push(count(number, one));
        }
    }
    parts
}

/// `1998-03-02 06:00 to 18:30`, or the days if it is more than one.
fn span(span: Span) -> String {
    let clock = |time: Timestamp| format!("{:02}:{:02}", time.hour(), time.minute());
    let (from, to) = (span.from, span.to);
    if from.date() != to.date() {
        format!("{} to {}", from.date(), to.date())
    } else if clock(from) != clock(to) {
        format!("{} {} to {}", from.date(), clock(from), clock(to))
    } else {
        format!("{} {}", from.date(), clock(from))
    }
}

/// ``log `pacman` (client)``
pub(super) fn need(gap: &Gap) -> String {
    if gap.from.is_empty() { safe(&gap.need) } else { format!("{} ({})", safe(&gap.need), safe(&gap.from)) }
}

/// The same among the findings of one machine, whose name need not be said again.
pub(super) fn need_of(gap: &Gap, host: &str) -> String {
    if gap.from == host { safe(&gap.need) } else { need(gap) }
}

/// `log pacman`, where `log pacman (pacman*.log or pacman): the log of …` would be too long.
pub(super) fn short_need(gap: &Gap, host: &str) -> String {
    let name = gap.need.split(": ").next().unwrap_or(&gap.need);
    let name = match name.strip_suffix(')').and_then(|name| name.rsplit_once(" (")) {
        Some((name, _)) if !name.is_empty() => name,
        _ => name,
    };
    need_of(&Gap { need: name.to_owned(), ..gap.clone() }, host)
}

/// What the findings of a machine ask for, each thing once, what decides most first.
pub(super) fn asked(host: &HostAssessment) -> Vec<(&Gap, BTreeSet<&str>)> {
    let mut asked: BTreeMap<(&str, &str, &str), (&Gap, BTreeSet<&str>)> = BTreeMap::new();
    for finding in host.findings.iter().filter(|finding| finding.verdict.group() != Group::Ok) {
        for gap in finding.missing.iter().filter(|gap| gap.reason != GapReason::NotKnown) {
            let entry = asked.entry((&gap.need, &gap.from, &gap.how)).or_insert_with(|| (gap, BTreeSet::new()));
            entry.1.insert(finding.article.as_str());
        }
    }
    let mut asked: Vec<_> = asked.into_values().collect();
    asked.sort_by_key(|(_, articles)| std::cmp::Reverse(articles.len()));
    asked
}

/// `for Q158644, Q164887`, and why it is missing if that is more than that nobody collected it.
pub(super) fn asked_for(gap: &Gap, articles: &BTreeSet<&str>) -> String {
    let mut text = match articles.len() {
        0..=3 => format!("for {}", articles.iter().map(|article| safe(article)).collect::<Vec<_>>().join(", ")),
        many => format!("for {}", count(many, "article")),
    };
    if gap.reason != GapReason::NotCollected {
        text.push_str("; ");
        text.push_str(&why(&gap.reason));
    }
    text
}

/// Why evidence is missing.
pub(super) fn why(reason: &GapReason) -> String {
    match reason {
        GapReason::NotCollected => "not collected".to_owned(),
        GapReason::Incomplete(what) if what.is_empty() => "not complete".to_owned(),
        GapReason::Incomplete(what) => format!("not complete: {}", safe(what)),
        GapReason::OutsideSpan => "does not reach the time in question".to_owned(),
        GapReason::Ambiguous => "ambiguous".to_owned(),
        GapReason::OpenTime => "the time in question is not known".to_owned(),
        GapReason::NotKnown => "nobody knows it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{ANY_LOG, Coverage, Gap, GapReason, LogSpan, Span};
    use crate::report::sample;

    use super::{count, short_need, sources, width, wrap};

    #[test]
    fn a_need_is_short_beside_its_finding() {
        for (need, from, wanted) in [
            ("log pacman (pacman*.log or pacman): the log of the service", "WKS1", "log pacman"),
            ("level of SMS (the marker file)", "WKS1", "level of SMS"),
            ("the package definition (PDF) of the package", "WKS1", "the package definition (PDF) of the package"),
            ("table jobs: the details of jobs", "site-server", "table jobs (site-server)"),
        ] {
            let gap = Gap {
                need: need.to_owned(),
                from: from.to_owned(),
                how: String::new(),
                reason: GapReason::NotCollected,
            };
            assert_eq!(short_need(&gap, "WKS1"), wanted);
        }
    }

    #[test]
    fn sources_are_counted_by_what_they_are() {
        let log = |files: &[&str], span: Option<(&str, &str)>, whole_table| LogSpan {
            files: files.iter().map(|&file| file.to_owned()).collect(),
            span: span.map(|(from, to)| Span { from: from.parse().expect("a time"), to: to.parse().expect("a time") }),
            whole_table,
            ..LogSpan::default()
        };
        let day = ("1998-03-02T06:00:12", "1998-03-02T18:30:00");
        let mut rich = sample::rich();
        rich.hosts[0].coverage = Coverage::default();
        assert_eq!(sources(&rich, &rich.hosts[0]), "1 file");
        assert_eq!(sources(&rich, &rich.hosts[1]), "no files");
        let logs = &mut rich.hosts[0].coverage.logs;
        logs.insert("pacman".to_owned(), log(&["pacman.log"], Some(day), false));
        assert_eq!(sources(&rich, &rich.hosts[0]), "1 log; 1998-03-02 06:00 to 18:30");
        let logs = &mut rich.hosts[0].coverage.logs;
        logs.insert("jobs".to_owned(), log(&["jobs.csv"], None, true));
        logs.insert(ANY_LOG.to_owned(), log(&["note.txt", "pacman.log"], Some(day), false));
        assert_eq!(sources(&rich, &rich.hosts[0]), "1 file: 1 log, 1 table; 1998-03-02 06:00 to 18:30");
        let later = ("1998-03-02T06:00:12", "1998-03-04T01:30:00");
        rich.hosts[0].coverage.logs.insert("pcmwin".to_owned(), log(&["pcmwin.log"], Some(later), false));
        assert_eq!(sources(&rich, &rich.hosts[0]), "1 file: 2 logs, 1 table; 1998-03-02 to 1998-03-04");
    }

    #[test]
    fn wraps_between_words_and_cuts_what_is_too_long() {
        for (text, wanted) in [
            ("", vec![""]),
            ("one two three", vec!["one two", "three"]),
            ("a/path/that/is/too/long", vec!["a/path/tha", "t/is/too/l", "ong"]),
            ("日本語日本語 x", vec!["日本語日本", "語 x"]),
        ] {
            assert_eq!(wrap(text, 10), wanted);
            assert!(wrap(text, 10).iter().all(|line| width(line) <= 10));
        }
    }

    #[test]
    fn counts_in_words() {
        assert_eq!(
            [count(1, "host"), count(2, "host"), count(2, "registry branch")],
            ["1 host", "2 hosts", "2 registry branches"]
        );
    }
}
