//! Reports: an [`Assessment`] in, bytes out. A report sees the assessment and its machines, and nothing else.
//!
//! To add a format: a file here, a `mod` line and an entry in [`REPORTS`]. `--format` takes its values from there.

mod csv;
pub mod json;
mod markdown;
pub mod matrix;
mod paint;
mod safe;
#[cfg(test)]
pub(crate) mod sample;
mod table;
mod text;
mod trace;

pub use safe::safe;
pub use text::wrap as lines;
pub use trace::trace;

use std::io;

use crate::verdict::{Assessment, Machines};
use matrix::Matrix;

/// What a report may be told besides its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many columns a line may have, for reports that are made to be looked at.
    pub width: usize,
    /// Whether colours may be used.
    pub color: bool,
    /// Whether findings that ask nothing of anybody are shown too.
    pub all: bool,
    /// Whether to show more of how a verdict came about.
    pub verbose: bool,
}

/// One format.
pub trait Report: Sync {
    /// Its name, as `--format` takes it.
    fn name(&self) -> &'static str;

    /// One line for `--help`.
    fn help(&self) -> &'static str;

    /// Writes the verdicts on every machine. What is said of the whole comes from `about`, and the machines from
    /// `machines`, which may be asked more than once.
    ///
    /// # Errors
    /// `out` cannot be written to.
    fn machines(
        &self,
        about: &Assessment,
        machines: &dyn Machines,
        options: &Options,
        out: &mut dyn io::Write,
    ) -> io::Result<()>;

    /// The same of a whole assessment.
    ///
    /// # Errors
    /// `out` cannot be written to.
    fn audit(&self, assessment: &Assessment, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        self.machines(assessment, assessment, options, out)
    }

    /// Writes the compliance table.
    ///
    /// # Errors
    /// `out` cannot be written to.
    fn matrix(&self, matrix: &Matrix, options: &Options, out: &mut dyn io::Write) -> io::Result<()>;
}

/// All formats, sorted by name.
pub const REPORTS: &[&dyn Report] = &[&csv::Csv, &json::Json, &markdown::Markdown, &table::Table];

/// The format with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Report> {
    REPORTS.iter().copied().find(|report| report.name() == name)
}

#[cfg(test)]
mod tests {
    use crate::verdict::{Verdict, decide};

    use super::matrix::Matrix;
    use super::{Options, REPORTS, sample};

    #[test]
    fn the_registry_is_sorted_and_documented() {
        let names: Vec<&str> = REPORTS.iter().map(|report| report.name()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        for report in REPORTS {
            assert!(report.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", report.name());
            assert!(!report.help().is_empty() && !report.help().ends_with('.'), "{}", report.name());
        }
    }

    #[test]
    fn the_sample_shows_every_verdict_and_states_what_its_answers_decide() {
        let rich = sample::rich();
        let findings = || rich.hosts.iter().flat_map(|host| &host.findings);
        for finding in findings() {
            assert_eq!(decide(&finding.answers), (finding.verdict, finding.confidence), "{}", finding.article);
        }
        for verdict in Verdict::ALL {
            assert!(findings().any(|finding| finding.verdict == *verdict), "{}", verdict.word());
        }
    }

    #[test]
    fn every_format_writes_rich_and_empty_assessments_the_same_way_twice_and_without_control_characters() {
        let products = sample::products();
        let sms = products.iter().next().expect("the sample has one");
        let target = sms.lattice.levels().next_back().map(|level| (&sms.id, level));
        for report in REPORTS {
            for assessment in [sample::rich(), sample::empty()] {
                for color in [false, true] {
                    let options = Options { width: 80, color, all: true, verbose: true };
                    let matrices = [
                        Matrix::articles(&assessment),
                        Matrix::levels(&assessment, &products, None),
                        Matrix::levels(&assessment, &products, target),
                    ];
                    let write = || {
                        let mut out = Vec::new();
                        report.audit(&assessment, &options, &mut out).expect("a vector takes everything");
                        for matrix in &matrices {
                            report.matrix(matrix, &options, &mut out).expect("a vector takes everything");
                        }
                        String::from_utf8(out).expect("reports are UTF-8")
                    };
                    let text = write();
                    assert_eq!(text, write());
                    let bad =
                        text.chars().find(|&c| c != '\n' && super::safe::is_unsafe(c) && !(color && c == '\u{1b}'));
                    assert_eq!(bad, None, "{}", report.name());
                }
            }
        }
    }
}
