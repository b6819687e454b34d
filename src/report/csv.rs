//! One row a finding, for a spreadsheet.

use std::io::{self, Write};

use crate::verdict::{Assessment, Finding, HostAssessment, Machines};

use super::matrix::Matrix;
use super::{Options, Report, safe, text};

/// `--format csv`
#[derive(Debug)]
pub(super) struct Csv;

impl Report for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn help(&self) -> &'static str {
        "one row a finding, for a spreadsheet"
    }

    fn machines(
        &self,
        about: &Assessment,
        machines: &dyn Machines,
        _: &Options,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        row(out, HEADER)?;
        machines.each(|host| {
            let bundle = about.bundles.get(host.bundle).map_or("", |bundle| bundle.path.as_str());
            host.findings.iter().try_for_each(|found| finding(bundle, host, found, out))
        })
    }

    fn matrix(&self, matrix: &Matrix, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        let mut header = vec!["host", "role", "level"];
        for column in &matrix.columns {
            header.push(&column.id);
        }
        let opened: Vec<String> = matrix.columns.iter().map(|column| format!("{} open", column.id)).collect();
        let with_open = matrix.by != super::matrix::By::Article;
        if with_open {
            header.extend(opened.iter().map(String::as_str));
        }
        row(out, &header)?;
        for line in &matrix.rows {
            let mut cells = vec![line.name.clone(), line.role.clone().unwrap_or_default(), line.level.clone()];
            cells.extend(line.cells.iter().map(|cell| cell.as_ref().map_or("", |cell| cell.state.word()).to_owned()));
            if with_open {
                cells.extend(line.cells.iter().map(|cell| {
                    let open = cell.iter().flat_map(|cell| &cell.open).map(|open| open.article.as_str());
                    open.collect::<Vec<_>>().join("; ")
                }));
            }
            row(out, &cells.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        for (state, counts) in matrix.totals() {
            let mut cells = vec![format!("total {}", state.word()), String::new(), String::new()];
            cells.extend(counts.iter().map(usize::to_string));
            if with_open {
                cells.extend(matrix.columns.iter().map(|_| String::new()));
            }
            row(out, &cells.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}

fn finding(bundle: &str, host: &HostAssessment, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let level = host.levels.iter().find(|level| level.product == *finding.product);
    let (shown, _) = text::best_evidence(finding, 1);
    let best = shown.first();
    let missing: Vec<String> = finding.missing.iter().map(|gap| text::need(gap)).collect();
    row(
        out,
        &[
            bundle,
            &host.name,
            host.role.as_deref().unwrap_or(""),
            finding.product.as_str(),
            level.map_or("", |level| level.level.as_str()),
            finding.article.as_str(),
            &finding.title,
            finding.severity.word(),
            finding.verdict.word(),
            finding.confidence.map_or("", |confidence| confidence.word()),
            finding.verdict.group().word(),
            &finding.because,
            &finding.fix.fixed_in.join("; "),
            finding.fix.action.as_deref().unwrap_or(""),
            best.map_or("", |evidence| evidence.file.as_str()),
            &best.map_or_else(String::new, |evidence| evidence.line.to_string()),
            &best.and_then(|evidence| evidence.time).map_or_else(String::new, |time| time.to_string()),
            best.map_or("", |evidence| evidence.text.as_str()),
            &missing.join("; "),
        ],
    )
}

/// The columns, in order. New ones come at the end.
const HEADER: &[&str] = &[
    "bundle",
    "host",
    "role",
    "product",
    "level",
    "article",
    "title",
    "severity",
    "verdict",
    "confidence",
    "group",
    "because",
    "fixed_in",
    "action",
    "evidence_file",
    "evidence_line",
    "evidence_time",
    "evidence_text",
    "missing",
];

fn row(out: &mut dyn Write, cells: &[&str]) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    writeln!(out, "{}", cells.join(","))
}

/// A cell as RFC 4180 has it. What a spreadsheet would run as a formula begins with a quote instead: log lines come from
/// strangers, and a report is opened by people who trust it.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = format!("{}{}", if formula { "'" } else { "" }, safe(text));
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use crate::report::matrix::Matrix;
    use crate::report::{Options, Report, sample};

    use super::{Csv, HEADER, cell};

    const OPTIONS: Options = Options { width: 80, color: false, all: false, verbose: false };

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        for (text, wanted) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("\tx", "'␉x"),
            ("\rx", "'␍x"),
            ("a\nb", "a␊b"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(cell(text), wanted);
        }
    }

    #[test]
    fn every_row_has_every_column() {
        let (rich, products) = (sample::rich(), sample::products());
        let mut out = Vec::new();
        Csv.audit(&rich, &OPTIONS, &mut out).expect("a vector takes everything");
        let rows = parse(&String::from_utf8(out).expect("UTF-8"));
        assert_eq!(rows.len(), 9);
        assert_eq!(rows[0], HEADER);
        assert!(rows.iter().all(|row| row.len() == HEADER.len()), "{rows:?}");
        assert_eq!(
            rows[2][5..9],
            ["Q168463", "SMS: PCM Service Keeps Client Components From Getting Updated", "major", "affected"]
        );
        assert_eq!(rows[2][14..17], ["WKS017/smsrun32.log", "412", "1998-03-01T08:01:10"]);
        for matrix in [Matrix::articles(&rich), Matrix::levels(&rich, &products, None)] {
            let mut out = Vec::new();
            Csv.matrix(&matrix, &OPTIONS, &mut out).expect("a vector takes everything");
            let rows = parse(&String::from_utf8(out).expect("UTF-8"));
            assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{rows:?}");
        }
    }

    fn parse(text: &str) -> Vec<Vec<String>> {
        let parse_row = |line: &str| {
            let (mut cells, mut quoted) = (vec![String::new()], false);
            for c in line.chars() {
                match c {
                    '"' => quoted = !quoted,
                    ',' if !quoted => cells.push(String::new()),
                    other => cells.last_mut().expect("never empty").push(other),
                }
            }
            cells
        };
        text.lines().map(parse_row).collect()
    }
}
