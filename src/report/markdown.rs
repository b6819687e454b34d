//! For an issue, a wiki or a mail: a heading a machine, a table of its findings, and what to collect.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::verdict::{Assessment, Finding, Group, HostAssessment, Machines};

use super::matrix::{By, Matrix, Open};
use super::{Options, Report, safe, text};

/// `--format markdown`
#[derive(Debug)]
pub(super) struct Markdown;

impl Report for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn help(&self) -> &'static str {
        "headings and tables, for an issue or a wiki"
    }

    fn machines(
        &self,
        about: &Assessment,
        machines: &dyn Machines,
        options: &Options,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        writeln!(out, "# Audit\n")?;
        if let Some(assumed) = &about.assumed {
            writeln!(out, "What if {} were installed.\n", escape(assumed))?;
        }
        // The sums come first, so the machines are asked twice.
        let (mut verdicts, mut known) = (BTreeMap::new(), BTreeMap::new());
        let mut hosts = 0;
        machines.for_each(|host| {
            text::count_verdicts(host, &mut verdicts);
            text::count_known(host, &mut known);
            hosts += 1;
        });
        writeln!(out, "{}, {}.\n", text::count(hosts, "host"), text::count(about.rules, "rule"))?;
        if !verdicts.is_empty() {
            row(out, &["verdict".to_owned(), "findings".to_owned()])?;
            writeln!(out, "| --- | ---: |")?;
            for (verdict, count) in &verdicts {
                row(out, &[verdict.word().to_owned(), count.to_string()])?;
            }
            writeln!(out)?;
        }
        if !known.is_empty() {
            let articles = text::count(about.known, "more article");
            writeln!(out, "{articles} by the level alone: {}.\n", text::counts(&known))?;
        }
        machines.each(|host| host_section(about, host, options, out))?;
        if !about.problems.is_empty() {
            writeln!(out, "## Problems with the input\n")?;
            for problem in &about.problems {
                writeln!(
                    out,
                    "- {}: {}",
                    code(&text::at(&problem.file, problem.line.unwrap_or(0))),
                    escape(&problem.what)
                )?;
            }
        }
        Ok(())
    }

    fn matrix(&self, matrix: &Matrix, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let title = match matrix.by {
            By::Article => "Hosts and articles".to_owned(),
            By::Level => "Hosts and fix levels".to_owned(),
            By::Target => {
                format!("Target: {}", matrix.columns.first().map_or_else(String::new, |column| escape(&column.id)))
            }
        };
        writeln!(out, "# {title}\n")?;
        let mut heads = vec!["host".to_owned(), "role".to_owned(), "level".to_owned()];
        heads.extend(matrix.columns.iter().map(|column| escape(&column.id)));
        if matrix.by == By::Target {
            heads.push("open".to_owned());
        }
        row(out, &heads)?;
        row(out, &vec!["---".to_owned(); heads.len()])?;
        for line in &matrix.rows {
            let role = line.role.as_deref().unwrap_or("unknown");
            let mut cells = vec![escape(&line.name), escape(role), escape(&line.level)];
            for cell in &line.cells {
                cells.push(match cell {
                    None => String::new(),
                    Some(cell) if matrix.by == By::Level && !cell.open.is_empty() => {
                        format!("{}, {} open", cell.state.word(), cell.open.len())
                    }
                    Some(cell) => cell.state.word().to_owned(),
                });
            }
            if matrix.by == By::Target {
                let open = line.cells.iter().flatten().flat_map(|cell| &cell.open);
                let (by_level, shown): (Vec<&Open>, Vec<&Open>) = open.partition(|open| open.by_level && !options.all);
                let mut words: Vec<String> = shown
                    .iter()
                    .map(|open| format!("{} ({})", escape(open.article.as_str()), open.verdict.word()))
                    .collect();
                if !by_level.is_empty() {
                    words.push(format!("{} by the level alone", text::count(by_level.len(), "article")));
                }
                cells.push(words.join(", "));
            }
            row(out, &cells)?;
        }
        for (state, counts) in matrix.totals() {
            let mut cells = vec![format!("*{}*", state.word()), String::new(), String::new()];
            cells.extend(counts.iter().map(usize::to_string));
            cells.resize(heads.len(), String::new());
            row(out, &cells)?;
        }
        if matrix.by == By::Article && !matrix.columns.is_empty() {
            writeln!(out)?;
            for column in &matrix.columns {
                writeln!(out, "- {}: {}", escape(&column.id), escape(&column.title))?;
            }
        }
        Ok(())
    }
}

fn host_section(
    assessment: &Assessment,
    host: &HostAssessment,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "## {}\n", escape(&text::host(assessment, host)))?;
    let role = host.role.as_deref().unwrap_or("role unknown");
    let levels: Vec<String> = host.levels.iter().map(|level| escape(&text::level(level))).collect();
    let levels = if levels.is_empty() { "level unknown".to_owned() } else { levels.join(", ") };
    writeln!(out, "{}; {levels}; {}.\n", escape(role), escape(&text::sources(assessment, host)))?;
    let mut shown: Vec<&Finding> =
        host.findings.iter().filter(|finding| options.all || !text::is_quiet(finding.verdict)).collect();
    shown.sort_by_key(|finding| (finding.verdict, std::cmp::Reverse(finding.confidence)));
    if !shown.is_empty() {
        row(out, &["verdict", "article", "what", "evidence", "action"].map(str::to_owned))?;
        writeln!(out, "| --- | --- | --- | --- | --- |")?;
        for finding in &shown {
            let (shown, more) = text::best_evidence(finding, 3);
            let mut evidence: Vec<String> = shown.into_iter().map(|line| code(&text::evidence(line))).collect();
            if more > 0 {
                evidence.push(format!("and {}", text::count(more, "more place")));
            }
            let asks = matches!(finding.verdict.group(), Group::Act | Group::Watch);
            let mut actions: Vec<String> =
                finding.fix.action.iter().filter(|_| asks).map(|action| escape(action)).collect();
            if finding.verdict.group() != Group::Ok {
                let needs: Vec<String> =
                    finding.missing.iter().map(|gap| escape(&text::short_need(gap, &host.name))).collect();
                if !needs.is_empty() {
                    actions.push(format!("collect: {}", needs.join("; ")));
                }
            }
            row(
                out,
                &[
                    text::verdict(finding),
                    escape(finding.article.as_str()),
                    format!("**{}**<br>{}", escape(&finding.title), escape(&finding.because)),
                    evidence.join("<br>"),
                    actions.join("<br>"),
                ],
            )?;
        }
        writeln!(out)?;
    }
    let asked = text::asked(host);
    if !asked.is_empty() {
        writeln!(out, "To decide more, collect:\n")?;
        for (gap, articles) in asked {
            let how = if gap.how.is_empty() { String::new() } else { format!("<br>{}", escape(&gap.how)) };
            let need = escape(&text::need_of(gap, &host.name));
            writeln!(out, "- {need} ({}){how}", escape(&text::asked_for(gap, &articles)))?;
        }
        writeln!(out)?;
    }
    let hidden = host.findings.len() - shown.len();
    if hidden > 0 {
        writeln!(out, "Not shown: {} exposed, resolved or not affected.\n", text::count(hidden, "finding"))?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

/// Text that reads as it stands, wherever in Markdown or HTML it lands.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in safe(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// Text in the type of a log line. As HTML, since a code span cannot hold a `|` inside a table.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

#[cfg(test)]
mod tests {
    use crate::report::matrix::Matrix;
    use crate::report::{Options, Report, sample};

    use super::{Markdown, escape};

    const OPTIONS: Options = Options { width: 80, color: false, all: true, verbose: false };

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escape("a|b <img> `x` [l](u) *b* \\ \n"), "a\\|b &lt;img&gt; \\`x\\` \\[l\\](u) \\*b\\* \\\\ ␊");
    }

    #[test]
    fn every_row_of_a_table_has_the_cells_of_its_header() {
        let (rich, products) = (sample::rich(), sample::products());
        let mut out = Vec::new();
        Markdown.audit(&rich, &OPTIONS, &mut out).expect("a vector takes everything");
        Markdown.matrix(&Matrix::articles(&rich), &OPTIONS, &mut out).expect("a vector takes everything");
        Markdown
            .matrix(&Matrix::levels(&rich, &products, None), &OPTIONS, &mut out)
            .expect("a vector takes everything");
        let text = String::from_utf8(out).expect("UTF-8");
        let mut cells = None;
        for line in text.lines() {
            if !line.starts_with('|') {
                cells = None;
                continue;
            }
            let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
            assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
        }
        for part in ["## WKS017", "| affected (confirmed) | Q168463 |", "Wrong Version in Sms.ini, &lt;b&gt;\\`\\|\\*"]
        {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
