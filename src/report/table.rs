//! For a person at a terminal: a card for every finding that asks something of them, the rest behind a count.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::{ContentArrangement, ContentLineStyle, LineStyle, TableStyle};

use crate::fact::GapReason;
use crate::truth::Truth;
use crate::verdict::{Assessment, Finding, Group, HostAssessment, Machines, Verdict};

use super::matrix::{By, Matrix, Open, State};
use super::paint::{DIM, STRONG, mark, paint, style};
use super::{Options, Report, safe, text};

/// `--format table`
#[derive(Debug)]
pub(super) struct Table;

impl Report for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn help(&self) -> &'static str {
        "for a person at a terminal; findings that ask nothing of anybody are only counted"
    }

    fn machines(
        &self,
        about: &Assessment,
        machines: &dyn Machines,
        options: &Options,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut page = Page::new(options, out);
        if let Some(assumed) = &about.assumed {
            page.wrapped("", "", &format!("What if {} were installed:", safe(assumed)), Some(STRONG))?;
            page.line("")?;
        }
        let mut overview = Vec::new();
        let (mut verdicts, mut known) = (BTreeMap::new(), BTreeMap::new());
        machines.each(|host| {
            text::count_verdicts(host, &mut verdicts);
            text::count_known(host, &mut known);
            overview.push(overview_row(about, host));
            page.host(about, host)
        })?;
        let hosts = overview.len();
        if hosts > 1 {
            page.overview(overview)?;
        }
        page.summary(about, hosts, &verdicts, known.is_empty())?;
        page.known(about, &known)
    }

    fn matrix(&self, matrix: &Matrix, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page::new(options, out);
        match matrix.by {
            By::Article => page.articles(matrix),
            By::Level => page.levels(matrix),
            By::Target => page.target(matrix),
        }
    }
}

struct Page<'a> {
    options: &'a Options,
    /// Below this width nothing can be read, so it is the least that is used.
    width: usize,
    out: &'a mut dyn Write,
}

impl<'a> Page<'a> {
    fn new(options: &'a Options, out: &'a mut dyn Write) -> Self {
        Self { options, width: options.width.max(40), out }
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{}", line.trim_end())
    }

    fn paint(&self, text: &str, style: anstyle::Style) -> String {
        paint(text, style, self.options.color)
    }

    /// The text behind `first`, and on more lines behind `rest`.
    fn wrapped(&mut self, first: &str, rest: &str, text: &str, style: Option<anstyle::Style>) -> io::Result<()> {
        let room = self.width.saturating_sub(text::width(first).max(text::width(rest)));
        for (nth, line) in text::wrap(text, room).iter().enumerate() {
            let line = style.map_or_else(|| line.clone(), |style| self.paint(line, style));
            self.line(&format!("{}{line}", if nth == 0 { first } else { rest }))?;
        }
        Ok(())
    }
}

/// The audit.
impl Page<'_> {
    fn host(&mut self, assessment: &Assessment, host: &HostAssessment) -> io::Result<()> {
        let role = host.role.as_deref().map_or_else(|| "role unknown".to_owned(), safe);
        let level = match host.levels.as_slice() {
            [] => "level unknown".to_owned(),
            levels => levels.iter().map(text::level).collect::<Vec<_>>().join(", "),
        };
        self.wrapped("", "  ", &format!("{}  {role}  {level}", safe(&text::host(assessment, host))), Some(STRONG))?;
        self.wrapped("  ", "  ", &text::sources(assessment, host), Some(DIM))?;
        self.line(&self.paint(&"─".repeat(self.width), DIM))?;
        self.witnesses(host)?;
        let shown = |finding: &&Finding| self.options.all || !text::is_quiet(finding.verdict);
        let mut findings: Vec<&Finding> = host.findings.iter().filter(shown).collect();
        findings.sort_by_key(|finding| rank(finding));
        let articles = findings.iter().map(|finding| text::width(finding.article.as_str())).max().unwrap_or(0);
        let verdicts = findings.iter().map(|finding| text::width(&text::verdict(finding))).max().unwrap_or(0);
        let open = findings.iter().filter(|finding| finding.verdict.group() == Group::Collect).count();
        let needs = open <= OPEN;
        for (nth, finding) in findings.iter().enumerate() {
            // Cards need air; the short ones are a list.
            let is_short = |finding: &Finding| finding.verdict.group() == Group::Collect || finding.is_by_level();
            let listed = |finding: &Finding| is_short(finding) && !self.options.verbose;
            if nth > 0 && !(listed(finding) && listed(findings[nth - 1])) {
                self.line("")?;
            }
            self.card(host, finding, Columns { verdicts, articles, needs })?;
        }
        self.what_to_collect(host)?;
        let mut hidden: BTreeMap<Verdict, usize> = BTreeMap::new();
        for finding in host.findings.iter().filter(|finding| !shown(finding)) {
            *hidden.entry(finding.verdict).or_default() += 1;
        }
        if !hidden.is_empty() {
            if !findings.is_empty() {
                self.line("")?;
            }
            self.wrapped("  ", "    ", &format!("not shown: {} (--all shows them)", text::counts(&hidden)), Some(DIM))?;
        } else if host.findings.is_empty() {
            self.wrapped("  ", "  ", "no rule applies to this machine", Some(DIM))?;
        }
        if !host.by_level.is_empty() {
            let line = format!("by the level alone: {}", text::counts(&host.by_level));
            self.wrapped("  ", "    ", &line, Some(DIM))?;
        }
        self.line("")
    }

    /// Witnesses that do not count, or count less: levels that look certain and are not are worth a line.
    fn witnesses(&mut self, host: &HostAssessment) -> io::Result<()> {
        for level in &host.levels {
            for witness in &level.witnesses {
                let told = witness.why.is_some() && witness.says != level.level;
                if !(told || self.options.verbose) {
                    continue;
                }
                let mut line = match &witness.at {
                    Some((file, line)) => {
                        format!("{} says {} ({})", text::at(file, *line), safe(&witness.says), safe(&witness.trust))
                    }
                    None => format!("stated: {} {}", safe(level.product.as_str()), safe(&witness.says)),
                };
                if let Some(why) = &witness.why {
                    line.push_str(&format!(": {}", safe(why)));
                }
                self.wrapped("  ", "    ", &line, Some(DIM))?;
            }
        }
        Ok(())
    }

    fn card(&mut self, host: &HostAssessment, finding: &Finding, columns: Columns) -> io::Result<()> {
        let Columns { verdicts, articles, needs } = columns;
        let group = finding.verdict.group();
        let verdict = text::pad(&text::verdict(finding), verdicts);
        let article = text::pad(&safe(finding.article.as_str()), articles);
        let before = 2 + verdicts + 2 + articles + 2;
        let is_listed = finding.is_by_level() && !self.options.verbose;
        let mut title = safe(&finding.title);
        if is_listed && !finding.fix.fixed_in.is_empty() {
            title.push_str(&format!("; fixed in {}", safe(&finding.fix.fixed_in.join(", "))));
        }
        // A narrow terminal has no room for a title beside all that.
        let beside = self.width.saturating_sub(before) >= 24;
        let heading = format!(
            "{} {}  {}",
            self.paint(mark(finding.verdict), style(group).bold()),
            self.paint(&verdict, style(group).bold()),
            self.paint(&article, STRONG),
        );
        if beside {
            let title = text::wrap(&title, self.width - before);
            for (nth, line) in title.iter().enumerate() {
                let first = if nth == 0 { format!("{heading}  ") } else { " ".repeat(before) };
                self.line(&format!("{first}{}", self.paint(line, STRONG)))?;
            }
        } else {
            self.line(&heading)?;
            self.wrapped("    ", "    ", &title, Some(STRONG))?;
        }
        if is_listed && finding.verdict.group() != Group::Collect {
            return Ok(());
        }
        let compact = group == Group::Collect && !self.options.verbose;
        if !finding.because.is_empty() && !compact {
            self.wrapped("    ", "    ", &safe(&finding.because), None)?;
        }
        let (shown, more) = text::best_evidence(finding, if self.options.verbose { 20 } else { 3 });
        for evidence in shown {
            let line = text::evidence(evidence);
            let line = if self.options.verbose { line } else { text::shortened(&line, EVIDENCE) };
            self.wrapped("      ", "        ", &line, Some(DIM))?;
        }
        if more > 0 {
            self.line(&format!("      {}", self.paint(&format!("and {}", text::count(more, "more place")), DIM)))?;
        }
        if matches!(group, Group::Act | Group::Watch) {
            match &finding.fix.action {
                Some(action) => self.wrapped("    → ", "      ", &safe(action), None)?,
                None if finding.fix.fixed_in.is_empty() && finding.fix.perhaps_in.is_empty() => {
                    self.wrapped("    → ", "      ", "no fix is known", Some(DIM))?
                }
                None => {}
            }
        }
        if !finding.missing.is_empty() && group != Group::Ok && (needs || !compact) {
            let needs = finding.missing.iter().map(|gap| text::short_need(gap, &host.name)).collect::<Vec<_>>();
            let is_known = finding.missing.iter().any(|gap| gap.reason != GapReason::NotKnown);
            let first = if is_known { "    collect: " } else { "    not known: " };
            self.wrapped(first, &" ".repeat(first.len()), &needs.join("; "), Some(style(Group::Collect)))?;
        }
        Ok(())
    }

    /// How to collect what the findings of a machine ask for, each thing once, what decides most first.
    fn what_to_collect(&mut self, host: &HostAssessment) -> io::Result<()> {
        let asked = text::asked(host);
        if asked.is_empty() {
            return Ok(());
        }
        self.line("")?;
        self.wrapped("  ", "  ", "To decide more, collect:", Some(STRONG))?;
        for (gap, articles) in asked {
            let need = format!("{} [{}]", text::need_of(gap, &host.name), text::asked_for(gap, &articles));
            self.wrapped("  - ", "    ", &need, None)?;
            if !gap.how.is_empty() {
                self.wrapped("      ", "      ", &safe(&gap.how), Some(DIM))?;
            }
        }
        Ok(())
    }

    fn overview(&mut self, rows: Vec<Vec<String>>) -> io::Result<()> {
        let heads = ["host", "role", "level", "act", "watch", "collect", "ok"].map(str::to_owned).to_vec();
        self.grid(heads, rows, &[])?;
        self.line("")
    }

    /// The last line. What is known by levels alone is among the verdicts if it is not counted by itself.
    fn summary(
        &mut self,
        about: &Assessment,
        hosts: usize,
        verdicts: &BTreeMap<Verdict, usize>,
        with_known: bool,
    ) -> io::Result<()> {
        let found = if verdicts.is_empty() { "no findings".to_owned() } else { text::counts(verdicts) };
        let (hosts, mut rules) = (text::count(hosts, "host"), text::count(about.rules, "rule"));
        if with_known && about.known > 0 {
            rules.push_str(&format!(", {} by the level alone", text::count(about.known, "article")));
        }
        let mut line = format!("{hosts}, {rules}: {found}");
        if !about.problems.is_empty() {
            line.push_str(&format!("; {} with the input", text::count(about.problems.len(), "problem")));
        }
        self.wrapped("", "  ", &line, Some(STRONG))
    }
}

impl Page<'_> {
    /// What is known of articles without a rule.
    fn known(&mut self, about: &Assessment, known: &BTreeMap<Verdict, usize>) -> io::Result<()> {
        if known.is_empty() {
            return Ok(());
        }
        let articles = text::count(about.known, "more article");
        let line = format!("{articles} by the level alone: {} (--all lists them)", text::counts(known));
        self.wrapped("", "  ", &line, Some(DIM))
    }
}

/// How the findings of a machine are shown.
#[derive(Clone, Copy)]
struct Columns {
    /// How wide the verdicts are.
    verdicts: usize,
    /// How wide the articles are.
    articles: usize,
    /// Whether each finding that is open names what it needs. All of it stands below them once more.
    needs: bool,
}

/// With more open findings than these, only the list below them says what to collect.
const OPEN: usize = 5;

/// So many characters of a piece of evidence are shown: records of tables can be long.
const EVIDENCE: usize = 240;

/// One machine of the overview: how many findings ask what.
fn overview_row(about: &Assessment, host: &HostAssessment) -> Vec<String> {
    let role = host.role.as_deref().map_or_else(|| "unknown".to_owned(), safe);
    let asks = |group: &Group| host.findings.iter().filter(|finding| finding.verdict.group() == *group).count();
    let mut row = vec![text::host(about, host), role, text::levels(host)];
    row.extend(Group::ALL.iter().map(|group| number(asks(group))));
    row
}

/// The order of the cards: what is most pressing, then what is surest, then what matters most.
fn rank(finding: &Finding) -> impl Ord + use<> {
    use std::cmp::Reverse;
    (finding.verdict, Reverse(finding.confidence), Reverse(finding.severity), finding.article.clone())
}

/// The matrix.
impl Page<'_> {
    fn articles(&mut self, matrix: &Matrix) -> io::Result<()> {
        let asks = |column: usize| {
            matrix
                .rows
                .iter()
                .filter_map(|row| row.cells[column].as_ref())
                .any(|cell| !matches!(cell.state, State::Article(verdict, _) if text::is_quiet(verdict)))
        };
        let columns: Vec<usize> =
            (0..matrix.columns.len()).filter(|&column| self.options.all || asks(column)).collect();
        let hidden = matrix.columns.len() - columns.len();
        let cell = |row: usize, column: usize| -> String {
            matrix.rows[row].cells[column].as_ref().map_or_else(|| "·".to_owned(), |cell| short(cell.state))
        };
        let head = |column: usize| matrix.columns[column].id.clone();
        let width_of = |column: usize| text::width(&head(column)).max(7) + 3;
        let fixed = self.fixed_width(matrix);
        let room = self.width.saturating_sub(fixed).max(10);
        let upright: usize = columns.iter().map(|&column| width_of(column)).sum();
        let sideways: usize = matrix.rows.iter().map(|row| text::width(&row.name).max(7) + 3).sum::<usize>() + 10;
        let totals: Vec<(State, Vec<usize>)> = matrix
            .totals()
            .into_iter()
            .filter(|(_, counts)| columns.iter().any(|&column| counts[column] > 0))
            .collect();
        if upright <= room || (sideways > self.width && !matrix.rows.is_empty()) {
            for block in blocks(&columns, room, width_of) {
                let mut heads = FIXED.map(str::to_owned).to_vec();
                heads.extend(block.iter().map(|&column| head(column)));
                let mut rows: Vec<Vec<String>> = (0..matrix.rows.len())
                    .map(|row| {
                        fixed_cells(matrix, row).into_iter().chain(block.iter().map(|&c| cell(row, c))).collect()
                    })
                    .collect();
                rows.extend(total_rows(&totals, &block));
                self.grid(heads, rows, &painted())?;
                self.line("")?;
            }
        } else {
            // More articles than fit side by side, and few machines: the articles go down the page, with their titles.
            let mut heads = vec!["article".to_owned()];
            heads.extend(matrix.rows.iter().map(|row| row.name.clone()));
            heads.push("title".to_owned());
            let level = |row: usize| matrix.rows[row].level.clone();
            let mut rows: Vec<Vec<String>> = Vec::new();
            if self.options.verbose {
                let levels = (0..matrix.rows.len()).map(level);
                rows.push(std::iter::once("level".to_owned()).chain(levels).chain([String::new()]).collect());
            }
            for &column in &columns {
                let cells = (0..matrix.rows.len()).map(|row| cell(row, column));
                let title = matrix.columns[column].title.clone();
                rows.push(std::iter::once(head(column)).chain(cells).chain([title]).collect());
            }
            for (state, _) in &totals {
                let of_host = (0..matrix.rows.len()).map(|row| {
                    let cells = columns.iter().filter_map(|&column| matrix.rows[row].cells[column].as_ref());
                    number(cells.filter(|cell| cell.state.word() == state.word()).count())
                });
                rows.push(
                    std::iter::once(format!("Σ {}", state.word())).chain(of_host).chain([String::new()]).collect(),
                );
            }
            self.grid(heads, rows, &painted())?;
            self.line("")?;
        }
        if hidden > 0 {
            let line = format!(
                "{} with nothing to do on any host left out (--all shows them)",
                text::count(hidden, "article")
            );
            self.wrapped("", "  ", &line, Some(DIM))?;
        }
        self.known_articles(matrix)?;
        let shown = || matrix.rows.iter().flat_map(|row| columns.iter().map(|&column| row.cells[column].as_ref()));
        let by_level =
            matrix.rows.iter().flat_map(|row| row.by_level.keys().map(|&verdict| State::Article(verdict, None)));
        let states: BTreeSet<State> = totals.iter().map(|(state, _)| *state).chain(by_level).collect();
        let mut legend: Vec<String> = states
            .iter()
            .filter(|state| state.short() != state.word())
            .map(|state| format!("{} {}", state.short(), state.word()))
            .collect();
        if shown().flatten().any(|cell| short(cell.state).starts_with('~')) {
            legend.push("~ not confirmed".to_owned());
        }
        if shown().any(|cell| cell.is_none()) {
            legend.push("· not asked of this host".to_owned());
        }
        if !legend.is_empty() {
            self.wrapped("", "  ", &legend.join(", "), Some(DIM))?;
        }
        Ok(())
    }

    /// The articles that are known by their levels alone, as counts beside each machine.
    fn known_articles(&mut self, matrix: &Matrix) -> io::Result<()> {
        let of = |row: usize| &matrix.rows[row].by_level;
        let any = |verdict: &&Verdict| (0..matrix.rows.len()).any(|row| of(row).contains_key(*verdict));
        let verdicts: Vec<&Verdict> = Verdict::ALL.iter().filter(any).collect();
        let most = (0..matrix.rows.len()).map(|row| of(row).values().sum::<usize>()).max().unwrap_or(0);
        if verdicts.is_empty() {
            return Ok(());
        }
        let line = format!("{} by the level alone (--all shows each):", text::count(most, "more article"));
        self.wrapped("", "  ", &line, None)?;
        let mut heads = FIXED.map(str::to_owned).to_vec();
        heads.extend(verdicts.iter().map(|&&verdict| State::Article(verdict, None).short().to_owned()));
        let counts =
            |row: usize| verdicts.iter().map(move |verdict| number(of(row).get(verdict).copied().unwrap_or(0)));
        let rows = (0..matrix.rows.len()).map(|row| fixed_cells(matrix, row).into_iter().chain(counts(row)).collect());
        self.grid(heads, rows.collect(), &[])?;
        self.line("")
    }

    fn levels(&mut self, matrix: &Matrix) -> io::Result<()> {
        if matrix.columns.is_empty() {
            return self.line("no article that was asked names a level that fixes it");
        }
        let columns: Vec<usize> = (0..matrix.columns.len()).collect();
        let cell = |row: usize, column: usize| match &matrix.rows[row].cells[column] {
            None => "·".to_owned(),
            Some(cell) if cell.open.is_empty() => cell.state.short().to_owned(),
            Some(cell) => format!("{}, {} open", cell.state.short(), cell.open.len()),
        };
        let width_of = |column: usize| text::width(&matrix.columns[column].id).max(14) + 3;
        let room = self.width.saturating_sub(self.fixed_width(matrix)).max(10);
        let totals = matrix.totals();
        for block in blocks(&columns, room, width_of) {
            let mut heads = FIXED.map(str::to_owned).to_vec();
            heads.extend(block.iter().map(|&column| matrix.columns[column].id.clone()));
            let mut rows: Vec<Vec<String>> = (0..matrix.rows.len())
                .map(|row| fixed_cells(matrix, row).into_iter().chain(block.iter().map(|&c| cell(row, c))).collect())
                .collect();
            rows.extend(total_rows(&totals, &block));
            self.grid(heads, rows, &painted())?;
            self.line("")?;
        }
        let legend = "has, lacks: whether the host holds what the level fixes; ?: cannot tell; open: articles that the level fixes \
                      and that are affected, at risk or exposed on the host";
        self.wrapped("", "  ", legend, Some(DIM))
    }

    fn target(&mut self, matrix: &Matrix) -> io::Result<()> {
        let target = matrix.columns.first().map_or_else(String::new, |column| safe(&column.id));
        self.wrapped("", "", &format!("Target: {target}"), Some(STRONG))?;
        self.line("")?;
        let heads = ["host", "role", "level", "target", "open", "unknown"].map(str::to_owned).to_vec();
        let mut rows = Vec::new();
        for (at, row) in matrix.rows.iter().enumerate() {
            let mut line = fixed_cells(matrix, at);
            match row.cells.first().and_then(Option::as_ref) {
                None => line.extend(["·", "", ""].map(str::to_owned)),
                Some(cell) => {
                    let undecided = cell.open.iter().filter(|open| open.verdict.group() == Group::Collect).count();
                    line.push(cell.state.word().to_owned());
                    line.push(number(cell.open.len() - undecided));
                    line.push(number(undecided));
                }
            }
            rows.push(line);
        }
        self.grid(heads, rows, &painted())?;
        self.line("")?;
        for row in &matrix.rows {
            let Some(cell) = row.cells.first().and_then(Option::as_ref) else { continue };
            let pressing: Vec<&Open> = cell.open.iter().filter(|open| open.verdict.group() != Group::Collect).collect();
            if pressing.is_empty() {
                continue;
            }
            let state = self.paint(cell.state.word(), style(cell.state.group()).bold());
            self.line(&format!("{} {state}", self.paint(&safe(&row.name), STRONG)))?;
            for (closes, heading) in [
                (Truth::True, format!("closed by {target}")),
                (Truth::Unknown, format!("may be closed by {target}")),
                (Truth::False, format!("stays open with {target}")),
            ] {
                let these: Vec<&&Open> = pressing.iter().filter(|open| open.closes == closes).collect();
                if !these.is_empty() {
                    self.wrapped("  ", "  ", &format!("{heading}:"), None)?;
                }
                let folded = |open: &&&Open| open.by_level && !self.options.all;
                let (by_level, these): (Vec<&Open>, Vec<&Open>) = these.into_iter().partition(folded);
                for open in these {
                    let line =
                        format!("{}  {}  {}", safe(open.article.as_str()), open.verdict.word(), safe(&open.title));
                    self.wrapped("    ", "      ", &line, Some(style(open.verdict.group())))?;
                }
                if !by_level.is_empty() {
                    let line =
                        format!("{} by the level alone (--all shows them)", text::count(by_level.len(), "article"));
                    self.wrapped("    ", "      ", &line, Some(DIM))?;
                }
            }
            self.line("")?;
        }
        let totals: Vec<String> = matrix
            .totals()
            .iter()
            .map(|(state, counts)| format!("{} {}", counts.iter().sum::<usize>(), state.word()))
            .collect();
        let line = format!("{}: {}", text::count(matrix.rows.len(), "host"), totals.join(", "));
        self.wrapped("", "  ", line.trim_end_matches(": "), Some(STRONG))
    }

    /// How wide the columns are that stand in every block.
    fn fixed_width(&self, matrix: &Matrix) -> usize {
        let widest =
            |at: usize| (0..matrix.rows.len()).map(|row| text::width(&fixed_cells(matrix, row)[at])).max().unwrap_or(0);
        let longest_total = 14;
        let role = if self.is_narrow() { 0 } else { widest(1).max(4) + 3 };
        (widest(0).max(longest_total) + role + widest(2).max(5) + 6).min(self.width * 3 / 5)
    }

    /// Whether there is no room for what can be done without.
    fn is_narrow(&self) -> bool {
        self.width < 60
    }

    /// A table without an outer frame. A cell that is exactly one of the `words` is painted in its colour.
    fn grid(&mut self, mut heads: Vec<String>, mut rows: Vec<Vec<String>>, words: &[(&str, Group)]) -> io::Result<()> {
        if self.is_narrow() && heads.get(1).is_some_and(|head| head == FIXED[1]) {
            std::iter::once(&mut heads).chain(&mut rows).for_each(|row| drop(row.remove(1)));
        }
        const STYLE: TableStyle = TableStyle::new()
            .header_lines(ContentLineStyle::none().junction('│'))
            .header_separator(LineStyle::none().fill('─').junction('┼'))
            .content_lines(ContentLineStyle::none().junction('│'));
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        // The lines between columns are how the painted cells are found again.
        let plain =
            |cells: Vec<String>| cells.into_iter().map(|cell| safe(&cell).replace('│', "|")).collect::<Vec<_>>();
        table.set_header(plain(heads));
        table.add_rows(rows.into_iter().map(plain));
        for line in table.lines() {
            let cells = line.trim_end().split('│').map(|cell| {
                let word = cell.trim();
                let group =
                    words.iter().find(|(known, _)| *known == word.trim_start_matches('~')).map(|(_, group)| *group);
                group.map_or_else(|| cell.to_owned(), |group| cell.replacen(word, &self.paint(word, style(group)), 1))
            });
            let line = cells.collect::<Vec<_>>().join("│");
            self.line(&line)?;
        }
        Ok(())
    }
}

/// How often each answer stands in the columns of a block; answers that do not are left out.
fn total_rows(totals: &[(State, Vec<usize>)], block: &[usize]) -> Vec<Vec<String>> {
    totals
        .iter()
        .filter(|(_, counts)| block.iter().any(|&column| counts[column] > 0))
        .map(|(state, counts)| {
            let name = [format!("Σ {}", state.word()), String::new(), String::new()];
            name.into_iter().chain(block.iter().map(|&column| number(counts[column]))).collect()
        })
        .collect()
}

/// The heads of the columns that stand in front of every row. A narrow terminal does without the role.
const FIXED: [&str; 3] = ["host", "role", "level"];

/// The columns that stand in front of every row.
fn fixed_cells(matrix: &Matrix, row: usize) -> Vec<String> {
    let row = &matrix.rows[row];
    vec![row.name.clone(), row.role.clone().unwrap_or_else(|| "unknown".to_owned()), row.level.clone()]
}

/// `~` in front of what is not confirmed.
fn short(state: State) -> String {
    match state {
        State::Article(_, Some(confidence)) if confidence != crate::verdict::Confidence::Confirmed => {
            format!("~{}", state.short())
        }
        _ => state.short().to_owned(),
    }
}

/// Zeros are noise in a table.
fn number(count: usize) -> String {
    if count == 0 { String::new() } else { count.to_string() }
}

/// Columns in groups that fit the room; at least one column each.
fn blocks(columns: &[usize], room: usize, width_of: impl Fn(usize) -> usize) -> Vec<Vec<usize>> {
    let mut blocks: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = 0;
    for &column in columns {
        let width = width_of(column);
        if used + width > room && blocks.last().is_some_and(|block| !block.is_empty()) {
            blocks.push(Vec::new());
            used = 0;
        }
        used += width;
        if let Some(block) = blocks.last_mut() {
            block.push(column);
        }
    }
    blocks
}

/// The words of a matrix with their colours.
fn painted() -> Vec<(&'static str, Group)> {
    let verdicts = Verdict::ALL.iter().map(|&verdict| State::Article(verdict, None));
    let truths = [Truth::False, Truth::Unknown, Truth::True];
    let levels = truths.iter().flat_map(|&truth| [State::Level(truth), State::Target(truth)]);
    verdicts.chain(levels).flat_map(|state| [(state.short(), state.group()), (state.word(), state.group())]).collect()
}

#[cfg(test)]
mod tests {
    use crate::kb::ProductId;
    use crate::report::matrix::Matrix;
    use crate::report::{Options, Report, sample, text};
    use crate::verdict::Assessment;

    use super::Table;

    fn options(width: usize) -> Options {
        Options { width, color: false, all: false, verbose: false }
    }

    fn audit(assessment: &Assessment, options: &Options) -> String {
        let mut out = Vec::new();
        Table.audit(assessment, options, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("reports are UTF-8")
    }

    fn matrix(matrix: &Matrix, options: &Options) -> String {
        let mut out = Vec::new();
        Table.matrix(matrix, options, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("reports are UTF-8")
    }

    #[track_caller]
    fn check_width(text: &str, width: usize) {
        for line in text.lines() {
            assert!(text::width(line) <= width, "{} columns: {line}", text::width(line));
            assert_eq!(line.trim_end(), line);
        }
    }

    #[test]
    fn no_line_of_an_audit_is_wider_than_the_terminal() {
        for width in [40, 60, 80, 100, 160] {
            for all in [false, true] {
                for verbose in [false, true] {
                    check_width(&audit(&sample::rich(), &Options { all, verbose, ..options(width) }), width);
                }
            }
        }
    }

    #[test]
    fn an_audit_says_what_where_and_what_to_do() {
        for width in [80, 160] {
            let text = audit(&sample::rich(), &options(width));
            for part in [
                "What if sms 1.2 SP2 were installed:",
                "WKS017  client  sms 1.2 SP2 (marker-file, since 1998-02-01)",
                "WKS017/sms.ini:14 says 1.2 (unreliable): Q171038",
                "✗ affected (confirmed)  Q168463",
                "WKS017/smsrun32.log:412  1998-03-01 08:01:10",
                "→ Install SMS 1.2 Service Pack 3 or later",
                "? unknown               Q152229",
                "collect: table `job-details` (site-server); log `pacman` (client)",
                "- log `pacman` (client) [for Q152229; does not reach the time in question]",
                "      copy MS\\SMS\\LOGS\\PACMAN.LOG",
                "not shown: 1 exposed, 1 resolved (--all shows them)",
                "✓ mitigated",
                "2 hosts, 9 rules: 1 recurring, 1 affected, 1 at-risk, 1 exposed, 1 unknown",
            ] {
                assert!(text.contains(part), "{part}\n{text}");
            }
            assert!(!text.contains("Share Names Are Cut"));
        }
    }

    #[test]
    fn all_shows_what_is_counted_otherwise() {
        let text = audit(&sample::rich(), &Options { all: true, ..options(80) });
        assert!(text.contains("Share Names Are Cut") && text.contains("WKS017/old.log:9"), "{text}");
        assert!(!text.contains("--all"));
    }

    #[test]
    fn colours_change_nothing_but_the_colour() {
        let plain = audit(&sample::rich(), &options(80));
        let colored = audit(&sample::rich(), &Options { color: true, ..options(80) });
        assert_ne!(plain, colored);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }

    #[test]
    fn an_empty_audit_says_so() {
        assert_eq!(audit(&sample::empty(), &options(80)), "0 hosts, 0 rules: no findings\n");
    }

    #[test]
    fn the_matrix_of_articles_fits_upright_sideways_and_in_blocks() {
        let rich = Matrix::articles(&sample::rich());
        let mut tall = rich.clone();
        for n in 0..30 {
            tall.columns.push(tall.columns[n % 5].clone());
            for row in &mut tall.rows {
                row.cells.push(row.cells[n % 5].clone());
            }
        }
        let mut both = tall.clone();
        for n in 0..30 {
            let mut row = both.rows[n % 2].clone();
            row.name = format!("WKS{n:04}");
            both.rows.push(row);
        }
        for (matrix_of, key) in [(&rich, "AFFECTS"), (&tall, "SMS: PCM Service"), (&both, "WKS0029")] {
            for width in [80, 160] {
                let text = matrix(matrix_of, &options(width));
                check_width(&text, width);
                assert!(
                    text.contains(key) && text.contains("RECURS recurring") && text.contains("~ not confirmed"),
                    "{text}"
                );
                assert!(text.contains("Σ affected"), "{text}");
            }
        }
    }

    #[test]
    fn the_matrix_of_levels_and_the_target_read_as_answers() {
        let (rich, products) = (sample::rich(), sample::products());
        let levels = matrix(&Matrix::levels(&rich, &products, None), &options(80));
        check_width(&levels, 80);
        assert!(levels.contains("lacks, 2 open"), "{levels}");
        let sms = ProductId::new("sms").expect("a product");
        let sp4 = products.get(&sms).and_then(|product| product.lattice.parse("1.2 SP4")).expect("a level");
        let target = matrix(&Matrix::levels(&rich, &products, Some((&sms, sp4))), &options(80));
        check_width(&target, 80);
        for part in
            ["Target: sms 1.2 SP4", "WKS017 fail", "stays open with sms 1.2 SP4", "2 hosts: 1 fail, 1 cannot tell"]
        {
            assert!(target.contains(part), "{part}\n{target}");
        }
    }
}
