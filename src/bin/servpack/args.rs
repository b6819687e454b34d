//! What can be typed. The doc comments are the help.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use servpack::report::REPORTS;
use servpack::verdict::{Group, Verdict};

/// Check bundles of logs and configuration against a knowledge base of known defects
///
/// For every machine and article: does this known defect apply here, what proves it, and does the installed service pack
/// resolve it. Every answer is true, false or unknown, and an unknown says what to collect.
#[derive(Debug, Parser)]
#[command(name = "servpack", bin_name = "servpack", version, max_term_width = 100, after_help = TOP_AFTER)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const TOP_AFTER: &str = "\
Examples:
  servpack audit bundle.zip                 verdicts for every machine in the bundle
  servpack audit bundle.zip --format json   the same for a program
  servpack matrix bundle/ --by level        which machine lacks which service pack
  servpack explain Q168463                  one article, and what evidence decides it

Exit codes:
  0  done, and nothing that --fail-on names
  1  found what --fail-on names; `check` or `test` found something
  2  bad usage or bad rules
  3  the bundle could not be read at all
  4  nothing to audit: no source was recognised";

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, hide_possible_values = true)]
    pub(crate) color: Color,
    /// Leave out problems with the input and warnings about rules
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: how each file was read, and how a verdict came about
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Read all rules anew, and leave alone what is kept of them in `$SERVPACK_CACHE_DIR` or the user's cache folder
    #[arg(long, global = true)]
    pub(crate) no_cache: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Audit(AuditArgs),
    Matrix(MatrixArgs),
    Explain(ExplainArgs),
    Check(CheckArgs),
    Test(TestArgs),
    Convert(ConvertArgs),
    Import(ImportArgs),
    Kb(KbArgs),
    Schema(SchemaArgs),
}

/// Give a verdict on every article for every machine in the bundles
///
/// A bundle is a folder, one file or an archive with what was collected from one or more machines. A file that cannot be
/// read whole is reported and does not stop the audit.
#[derive(Debug, Args)]
#[command(after_help = AUDIT_AFTER)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) common: AuditCommon,
    /// Tell on standard error what each stage took, and which rules are dear: lines read for them, patterns tried, time
    #[arg(long)]
    pub(crate) profile: bool,
}

const AUDIT_AFTER: &str = "\
Verdicts:
  recurring     fixed, and yet seen afterwards           act
  affected      seen here                                act
  at-risk       the cause is there, not seen yet         watch
  exposed       the level is affected, nothing is seen   watch
  unknown       the evidence is missing                  collect
  mitigated     a workaround is in place                 ok
  resolved      the fix is installed                     ok
  not-affected  ruled out                                ok

Examples:
  servpack audit bundle.zip
  servpack audit bundle/ --only 'Q168*' --only tag:pcm
  servpack audit bundle/ --level 'WKS017:sms 1.2 SP2'
  servpack audit bundle/ --assume 'sms 1.2 SP4'         what if it were installed
  servpack audit bundle/ --fail-on act                  exit 1 if something must be done
  servpack audit bundle/ --trace Q168463@WKS017         why, condition by condition
  servpack audit bundle.tar.gz --format csv -o findings.csv";

/// Show hosts against articles, or against fix levels, as one table
#[derive(Debug, Args)]
#[command(after_help = MATRIX_AFTER)]
pub(crate) struct MatrixArgs {
    #[command(flatten)]
    pub(crate) common: AuditCommon,
    /// What stands in the columns: `article` (the default) or `level`, the levels that fix something
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub(crate) by: Option<By>,
    /// The level that every machine should have: pass, fail or cannot tell for each, with the articles that are open
    #[arg(long, value_name = "LEVEL")]
    pub(crate) target: Option<String>,
}

const MATRIX_AFTER: &str = "\
Examples:
  servpack matrix bundle/                               hosts and articles
  servpack matrix bundle/ --by level                    hosts and the levels that fix something
  servpack matrix bundle/ --target 'sms 1.2 SP4'        who has reached it, and what is open
  servpack matrix bundle/ --format markdown -o status.md";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    Article,
    Level,
}

#[derive(Debug, Args)]
pub(crate) struct AuditCommon {
    /// Folders, files or archives (zip, 7z, cab, tar, and gz, bz2, xz, zst); `-` for one on standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
    /// Ask these articles only: an id with * and ?, tag:NAME, component:NAME or product:NAME (repeatable)
    #[arg(long, value_name = "ID|GLOB")]
    pub(crate) only: Vec<String>,
    /// Leave these articles out (repeatable)
    #[arg(long, value_name = "ID|GLOB")]
    pub(crate) skip: Vec<String>,
    /// Look at these machines only: a name with * and ?
    #[arg(long, value_name = "GLOB")]
    pub(crate) host: Option<String>,
    /// State the level of all machines or of one; it outranks every witness (repeatable)
    #[arg(long, value_name = "[HOST:]LEVEL")]
    pub(crate) level: Vec<String>,
    /// What if this level were installed everywhere
    #[arg(long, value_name = "LEVEL")]
    pub(crate) assume: Option<String>,
    /// Show also what asks for nothing now (exposed, not-affected, resolved), and each article that is known by its levels
    /// alone
    #[arg(long)]
    pub(crate) all: bool,
    /// How to write the result
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    pub(crate) format: String,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit 1 if one of these verdicts is found; `act`, `watch`, `collect` and `ok` name groups
    #[arg(long, value_name = "VERDICT[,..]", value_delimiter = ',', value_parser = wanted)]
    pub(crate) fail_on: Vec<Wanted>,
    /// Show the whole proof of one article, also where it did not match; the host may have * and ?
    #[arg(long, value_name = "ID[@HOST]")]
    pub(crate) trace: Option<String>,
    /// How many threads to use [default: as many as there are processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Read every line of long logs, also those that no rule asks for: slower, and every odd line is told
    #[arg(long)]
    pub(crate) every_line: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Stop unpacking an archive at this size: 512M, 4G
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits")]
    pub(crate) max_unpacked: Option<u64>,
    /// Stop unpacking a file that grows more than so many times
    #[arg(long, value_name = "N", help_heading = "Limits", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_ratio: Option<u64>,
    /// Read no more files than this
    #[arg(long, value_name = "N", help_heading = "Limits", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_entries: Option<u64>,
    /// Open archives inside archives no deeper than this
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub(crate) max_depth: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    /// Add rules: a file or a folder (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// Leave the rules out that are built in
    #[arg(long, requires = "rules")]
    pub(crate) no_builtin: bool,
}

/// Show one article: symptoms, causes, levels, fixes, and what evidence decides it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack explain Q168463
  servpack explain MY-1 --rules my-rules/")]
pub(crate) struct ExplainArgs {
    /// The article
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
}

/// Check rules and say what is wrong with them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack check                 the rules that are built in
  servpack check my-rules/       every rule file in a folder
  servpack check Q168463.rule")]
pub(crate) struct CheckArgs {
    /// Rule files, or folders with them; without any the rules that are built in
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// Run the tests that stand beside the rules
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack test                  the tests that are built in
  servpack test my-rules/        rules and tests of a folder")]
pub(crate) struct TestArgs {
    /// Rule files and .case files, or folders with them; without any those that are built in
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// Turn rules into YAML or back, comments included
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack convert --to yaml Q168463.rule
  servpack convert --to rule Q168463.yaml -o Q168463.rule
  servpack convert --to yaml < Q168463.rule")]
pub(crate) struct ConvertArgs {
    /// Rule files, or folders with them; without any, or for `-`, standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What to write
    #[arg(long, value_name = "SPELLING", value_enum)]
    pub(crate) to: To,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum To {
    /// YAML
    Yaml,
    /// The rule language
    Rule,
}

/// Read the texts of knowledge-base articles into records, one line of JSON an article
///
/// Articles may be the vendor's text files or pages of an archive, in any layout (text, Jekyll, copied page, HTML). A
/// record holds what the article states: products and versions, keywords, status, levels with the fix, files, quoted
/// messages, references, and what is doubtful. A file that is no article is reported and left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack import Q168463.TXT                   one record on standard output
  servpack import articles/ -o articles.jsonl   all articles of a folder, in order of id
  servpack import archive.zip more.tar.gz       archives, also inside of each other
  servpack import - < articles.tar
  servpack import --draft articles/ -o drafts/  a draft of a rule for each article
  servpack import --draft Q168463.TXT           one draft on standard output")]
pub(crate) struct ImportArgs {
    /// Folders, files or archives (zip, 7z, cab, tar, and gz, bz2, xz, zst); `-` for one on standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write to a file instead of standard output; with --draft, to a folder
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write drafts of rules instead of records: levels, fix and quoted messages, tagged `draft`
    #[arg(long)]
    pub(crate) draft: bool,
    /// The product of the drafts, such as `sms` [default: the one whose name the article has]
    #[arg(long, value_name = "PRODUCT", requires = "draft")]
    pub(crate) product: Option<String>,
    /// Add products for the drafts: a file or a folder (repeatable)
    #[arg(long, value_name = "PATH", requires = "draft")]
    pub(crate) rules: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Ask what is known of the articles of a product, with and without a rule
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack kb stats                 how much is known: articles, defects, fixes, rules")]
pub(crate) struct KbArgs {
    #[command(subcommand)]
    pub(crate) command: KbCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KbCommand {
    Stats(KbStatsArgs),
}

/// Count articles, defects, what each level fixes, and rules
///
/// Of each level: rows of the vendor's lists of fixes, articles whose own text names it, those of both, all of them, and
/// articles of which only this newest pack is safe, since nobody says which pack it was.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack kb stats                 the records that are built in
  servpack kb stats --format json   the same for a program
  servpack kb stats --kb kb/sms     a folder with articles.jsonl, and with fixes.csv and product.yaml if there are any")]
pub(crate) struct KbStatsArgs {
    /// Read the records in this folder, which is called after its product, instead of those that are built in
    #[arg(long, value_name = "DIR")]
    pub(crate) kb: Option<PathBuf>,
    /// How to write the result: table or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = KbFormat::Table, hide_possible_values = true)]
    pub(crate) format: KbFormat,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KbFormat {
    Table,
    Json,
}

/// Print a JSON Schema
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  servpack schema report > report.schema.json
  servpack schema rule > rule.schema.json")]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub(crate) of: SchemaOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// What `audit --format json` writes
    Report,
    /// What `matrix --format json` writes
    Matrix,
    /// A rule in YAML
    Rule,
}

/// A verdict, or a group of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Verdict(Verdict),
    Group(Group),
}

impl Wanted {
    pub(crate) fn holds(self, verdict: Verdict) -> bool {
        match self {
            Self::Verdict(wanted) => wanted == verdict,
            Self::Group(group) => verdict.group() == group,
        }
    }
}

fn wanted(text: &str) -> Result<Wanted, String> {
    let verdicts = Verdict::ALL.iter().map(|&verdict| (verdict.word(), Wanted::Verdict(verdict)));
    let groups = Group::ALL.iter().map(|&group| (group.word(), Wanted::Group(group)));
    let known: Vec<(&str, Wanted)> = verdicts.chain(groups).collect();
    if let Some((_, wanted)) = known.iter().find(|(word, _)| *word == text.trim()) {
        return Ok(*wanted);
    }
    let words = known.iter().map(|(word, _)| *word);
    match servpack::diag::nearest(text, words.clone()).first() {
        Some(near) => Err(format!("no verdict or group has this name; did you mean `{near}`?")),
        None => Err(format!("no verdict or group has this name; there are {}", words.collect::<Vec<_>>().join(", "))),
    }
}

fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return Err("give a number of bytes, with K, M, G or T behind it: 512M".to_owned()),
    };
    let number: u64 =
        number.parse().map_err(|_| "give a number of bytes, with K, M, G or T behind it: 512M".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "this is more than any machine can hold".to_owned())
}

fn formats() -> PossibleValuesParser {
    REPORTS.iter().map(|report| PossibleValue::new(report.name()).help(report.help())).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Cli, size, wanted};

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in Cli::command().get_subcommands() {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Examples:\n  servpack "), "{}", command.get_name());
        }
    }

    #[test]
    fn sizes_and_verdicts_are_read() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("2k"), Ok(2048));
        assert_eq!(size("1 GiB"), Ok(1 << 30));
        assert!(size("much").is_err() && size("").is_err() && size("99999999T").is_err());
        assert!(wanted("act").is_ok() && wanted("at-risk").is_ok());
        assert!(wanted("afected").is_err_and(|message| message.contains("`affected`")));
    }
}
