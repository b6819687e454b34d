//! `servpack kb`: what is known, with and without rules.

use std::fmt::Write as _;

use servpack::record::{Counts, Records};

use crate::args::{Global, KbArgs, KbCommand, KbFormat, KbStatsArgs};
use crate::failure::Failure;
use crate::output::Target;
use crate::settings;

/// How a draft is tagged.
const DRAFT: &str = "draft";

pub(crate) fn run(args: KbArgs, global: &Global) -> Result<u8, Failure> {
    match args.command {
        KbCommand::Stats(args) => stats(args, global),
    }
}

fn stats(mut args: KbStatsArgs, global: &Global) -> Result<u8, Failure> {
    let records = match &args.kb {
        None => Records::builtin().map_err(Failure::usage_of)?,
        Some(folder) => vec![Records::load(folder).map_err(Failure::usage_of)?],
    };
    // The product that the records are of may be none that is built in.
    args.rules.rules.extend(args.kb.map(|folder| folder.join("product.yaml")).filter(|file| file.exists()));
    let pack = settings::rules(&args.rules, settings::cache(global).as_ref(), global)?;
    let mut counts = Vec::new();
    for records in &records {
        let Some(product) = pack.products.get(&records.product) else {
            let id = records.product.as_str();
            let failure = Failure::usage(format!("`{id}` is no product that is known"));
            return Err(failure.hint("a folder of records is called after its product, or has a product.yaml"));
        };
        let rules = pack.rules.iter().filter(|rule| rule.product == product.id);
        let rules = rules.map(|rule| (rule.article.as_str(), rule.tags.iter().any(|tag| tag == DRAFT)));
        counts.push(Counts::of(records, product, rules));
    }
    let text = match args.format {
        KbFormat::Table => counts.iter().map(table).collect::<Vec<_>>().join("\n"),
        KbFormat::Json => {
            let json = serde_json::to_string_pretty(&counts);
            json.map(|json| json + "\n").map_err(Failure::usage_of)?
        }
    };
    Target::Stdout.text(&text).map(|()| 0)
}

/// The figures of one product, for a person.
fn table(counts: &Counts) -> String {
    let mut text = format!("{} ({})\n\n", counts.name, counts.product);
    for (name, count) in [
        ("articles", counts.articles),
        ("defects", counts.defects),
        ("  by the issue type", counts.by_issue_type),
        ("  confirmed", counts.by_confirmation),
        ("  in a list of fixes", counts.by_list),
        ("  by a keyword", counts.by_keyword),
        ("with a level that fixes it", counts.fixed),
        ("  some pack, unknown which", counts.pack_unknown),
        ("  in a later list once more", counts.listed_again),
        ("  list and text differ", counts.disputed),
        ("rules", counts.rules),
        ("decidable articles", counts.decidable),
        ("drafts of rules", counts.drafts),
        ("decided by level alone", counts.by_level),
    ] {
        let _ = writeln!(text, "{name:<28}{count:>6}");
    }
    let _ = writeln!(
        text,
        "\n{:<16}{:>6}{:>6}{:>6}{:>10}{:>13}",
        "fixed in", "list", "text", "both", "articles", "newest pack"
    );
    for level in &counts.levels {
        let _ = writeln!(
            text,
            "{:<16}{:>6}{:>6}{:>6}{:>10}{:>13}",
            level.level, level.listed, level.told, level.both, level.articles, level.newest
        );
    }
    text
}
