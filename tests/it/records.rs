//! The records and the lists of fixes in the repository agree with each other, with the product's data and with the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use servpack::article::Article;
use servpack::kb::Product;
use servpack::pack::Pack;
use servpack::record::{Fixes, Records, Source, Strength};
use servpack::rule::{FixBy, Rule};
use servpack::version::Range;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kb/sms")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn records() -> Records {
    Records::load(&folder()).expect("the records of the repository")
}

fn number(id: &str) -> u32 {
    id.strip_prefix('Q').and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("`{id}` is no id"))
}

fn product(pack: &Pack) -> &Product {
    pack.products.named("sms").expect("the product")
}

#[test]
fn every_record_is_what_import_writes() {
    let text = text("articles.jsonl");
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let mut last = 0;
    for line in text.lines() {
        let article: Article = serde_json::from_str(line).expect("a record");
        assert_eq!(serde_json::to_string(&article).expect("JSON"), line, "run `kb/regenerate.sh CORPUS`");
        assert!(number(&article.id) > last, "{} stands out of order", article.id);
        last = number(&article.id);
    }
    assert_eq!(text.lines().count(), 2820);
}

/// Rows of each list and level, as they were counted in the lists themselves.
const LISTS: &[(&str, &str, usize)] = &[
    ("Q131338", "1.1 SP1", 18),
    ("Q137150", "1.1", 31),
    ("Q153825", "1.2", 108),
    ("Q157677", "1.2 SP3", 59),
    ("Q157677", "1.2 SP2", 77),
    ("Q157677", "1.2 SP1", 21),
    ("Q191441", "1.2 SP4", 76),
    ("Q235991", "2.0 SP1", 112),
    ("Q258682", "2.0 SP2", 136),
    ("Q280756", "2.0 SP3", 55),
    ("Q308269", "2.0 SP4", 84),
    ("Q323206", "2.0 SP4 HRP", 49),
];

#[test]
fn the_lists_have_all_their_rows() {
    let text = text("fixes.csv");
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let records = records();
    let mut counts: Vec<(&str, &str, usize)> = Vec::new();
    for row in &records.listed {
        match counts.last_mut().filter(|(list, level, _)| *list == row.list && *level == row.level) {
            Some((.., count)) => *count += 1,
            None => counts.push((&row.list, &row.level, 1)),
        }
    }
    assert_eq!(counts, LISTS);
    let rows: BTreeSet<_> = records.listed.iter().map(|row| (&row.list, &row.level, &row.article)).collect();
    assert_eq!((rows.len(), records.listed.len()), (826, 826));
    let articles: BTreeSet<_> = records.listed.iter().map(|row| &row.article).collect();
    assert_eq!(articles.len(), 806);
}

#[test]
fn every_row_names_a_level_and_an_article_that_are_known() {
    let (pack, records) = (Pack::builtin(), records());
    let mut without = Vec::new();
    let mut misprinted = Vec::new();
    for row in &records.listed {
        let level = product(&pack).lattice.parse(&row.level).unwrap_or_else(|| panic!("{row:?}"));
        assert_eq!(product(&pack).lattice.name(level), row.level);
        assert!(records.article(&row.list).is_some(), "the list {} has no record", row.list);
        if records.article(&row.article).is_none() {
            assert!(row.note.is_some(), "{row:?} names no record, and does not say why");
            without.push(row.article.as_str());
        }
        if let Some(printed) = &row.printed {
            assert!(row.note.is_some() && records.article(printed).is_none() && *printed != row.article, "{row:?}");
            misprinted.push((printed.as_str(), row.article.as_str()));
        }
    }
    assert_eq!(without, ["Q233395"]);
    assert_eq!(misprinted, [("Q196244", "Q196224"), ("Q181402", "Q181042")]);
}

/// The fixes of an article as text: level, strength if it is not sure, sources.
fn fixes(id: &str, records: &Records, product: &Product) -> String {
    let fixes = Fixes::of(records.article(id), records.listed(id), product);
    let source = |source: &Source| match source {
        Source::List(list) => list.clone(),
        Source::Text(says) => says.clone(),
    };
    let level = |fix: &servpack::record::FixedBy| {
        let sources: Vec<String> = fix.sources.iter().map(source).collect();
        let strength = if fix.strength == Strength::Sure { String::new() } else { format!("{:?} ", fix.strength) };
        format!("{} ({strength}{})", product.lattice.name(fix.level), sources.join(", "))
    };
    let levels = fixes.levels.iter().map(level).chain(fixes.elsewhere.iter().map(|other| format!("not `{other}`")));
    levels.collect::<Vec<_>>().join("; ")
}

#[test]
fn conflicts_are_kept_and_said() {
    let (pack, records) = (Pack::builtin(), records());
    for (id, wanted) in [
        // Only the text names it.
        ("Q152229", "1.2 (in version)"),
        // The misprints are corrected.
        ("Q181042", "1.2 SP4 (Q191441)"),
        ("Q196224", "1.2 SP3 (Q157677)"),
        // A list says which pack "the latest" was.
        ("Q168463", "1.2 SP3 (Q157677)"),
        // Fixed more than once.
        ("Q149317", "1.2 SP1 (Partly Q157677); 1.2 SP2 (Partly Q157677); 1.2 SP3 (Q157677)"),
        ("Q128143", "1.1 (Partly Q137150); 1.2 (Q153825, in version)"),
        ("Q135772", "1.1 (Disputed Q137150); 1.2 (in version)"),
        // No list says which pack it was.
        ("Q187369", "1.2 SP4 (Newest latest)"),
        ("Q227020", "2.0 SP4 (Newest latest)"),
        // The list and the text name different levels.
        ("Q307434", "2.0 SP3 (Disputed in version); 2.0 SP4 HRP (Q323206, first)"),
    ] {
        assert_eq!(fixes(id, &records, product(&pack)), wanted, "{id}");
    }
    let strange = |wanted: Strength| -> Vec<&str> {
        let has = |id: &str| {
            let fixes = Fixes::of(records.article(id), records.listed(id), product(&pack));
            fixes.levels.iter().any(|fix| fix.strength == wanted)
        };
        records.articles.iter().map(|article| article.id.as_str()).filter(|id| has(id)).collect()
    };
    assert_eq!(
        strange(Strength::Newest),
        [
            "Q154284", "Q156206", "Q157211", "Q157819", "Q159540", "Q170000", "Q182419", "Q187369", "Q188061",
            "Q192658", "Q218460", "Q226895", "Q227020", "Q231217", "Q236039", "Q253647", "Q257202", "Q259816",
            "Q260299", "Q261246", "Q261264", "Q262677", "Q268894"
        ]
    );
    assert_eq!(strange(Strength::Disputed), ["Q135772", "Q136932", "Q307434"]);
    assert_eq!(
        strange(Strength::Partly),
        [
            "Q128143", "Q133387", "Q137305", "Q137678", "Q149317", "Q156232", "Q157589", "Q157681", "Q157832",
            "Q161412", "Q164157", "Q165508", "Q235169", "Q235205", "Q249179", "Q259702", "Q266232", "Q269177",
            "Q303397"
        ]
    );
}

/// Fixes of rules that neither a list nor the text of the article names, and why they stand there.
const RULES_KNOW_BETTER: &[(&str, &str, &str)] = &[
    ("Q160855", "2.0", NO_PCM),
    ("Q164329", "2.0", NO_PCM),
    ("Q164657", "2.0", NO_PCM),
    ("Q165508", "2.0", NO_PCM),
    ("Q173073", "2.0", NO_PCM),
    ("Q173388", "2.0", NO_PCM),
    ("Q174933", "2.0", NO_PCM),
    ("Q175652", "2.0", NO_PCM),
    ("Q178662", "1.2 SP4", "the article says to wait for this pack, and not that it has the fix"),
    ("Q178662", "2.0", NO_PCM),
    ("Q185345", "2.0", NO_PCM),
    ("Q185805", "2.0", NO_PCM),
    ("Q236039", "2.0 SP1", "perhaps: concluded from the day of the article, since no list has it"),
    ("Q324204", "2.0 SP4 HRP", "the article says what the rollup holds, in words that import does not take for a fix"),
];

/// The service and its application went away with 1.2, so the next release ends what they did.
const NO_PCM: &str = "2.0 has neither the PCM service nor its application";

/// Rules whose affected levels are others than the versions of the record, and why.
const RULES_SEE_OTHER_LEVELS: &[(&str, &str, &str)] = &[
    ("Q153206", r#"leaves out [], adds ["1.0", "1.2"]"#, "its status confirms all three"),
    ("Q153246", r#"leaves out ["1.2"], adds []"#, "1.2 corrects it, says its text and the list"),
    ("Q182416", r#"leaves out ["1.2"], adds ["1.2 SP3"]"#, "it began with SP3"),
    ("Q185345", r#"leaves out [], adds ["1.2 SP4"]"#, "SP4 shows the box too until an entry of SMS.INI is made"),
    ("Q185917", r#"leaves out ["1.2"], adds ["1.2 SP3"]"#, "it began with SP3"),
    ("Q192462", r#"leaves out ["1.2"], adds ["1.2 SP4"]"#, "the entry that it is about is new in SP4"),
    ("Q193224", r#"leaves out ["1.2"], adds ["1.2 SP4"]"#, "it speaks of the service of SP4 alone"),
    ("Q195937", r#"leaves out ["1.2"], adds ["1.2 SP4"]"#, "it speaks of the service of SP4 alone"),
    ("Q200769", r#"leaves out ["1.2"], adds ["1.2 SP3", "1.2 SP4"]"#, "seen since SP3"),
    ("Q215059", r#"leaves out ["1.2"], adds []"#, "1.2 has no Status Manager"),
    ("Q229809", r#"leaves out ["1.2"], adds ["1.2 SP3", "1.2 SP4"]"#, "only these packs do so, says its text"),
    ("Q230128", r#"leaves out ["1.2"], adds []"#, "1.2 has no SQL Monitor with that log"),
    ("Q238866", r#"leaves out [], adds ["2.0 SP1"]"#, "to be looked at again: the article names 2.0 alone"),
    ("Q267889", r#"leaves out ["1.2"], adds []"#, "1.2 has no Site Component Manager"),
    ("Q316258", r#"leaves out [], adds ["2.0 SP4"]"#, "mended after SP4, in the rollup"),
];

/// The levels that a rule names as its fix.
fn fixed_in<'a>(rule: &'a Rule, product: &'a Product) -> impl Iterator<Item = &'a str> {
    rule.fixes.iter().filter_map(|fix| match &fix.by {
        FixBy::Level(level) => Some(product.lattice.name(*level)),
        FixBy::Hotfix { .. } => None,
    })
}

#[test]
fn rules_name_the_fixes_of_the_records() {
    let (pack, records) = (Pack::builtin(), records());
    let product = product(&pack);
    let (mut odd, mut lacking) = (BTreeSet::new(), Vec::new());
    for rule in pack.rules.iter().filter(|rule| rule.product == product.id) {
        let id = rule.article.as_str();
        let fixes = Fixes::of(records.article(id), records.listed(id), product);
        let known: Vec<&str> = fixes.levels.iter().map(|fix| product.lattice.name(fix.level)).collect();
        let named: Vec<&str> = fixed_in(rule, product).collect();
        odd.extend(named.iter().filter(|level| !known.contains(level)).map(|&level| (id, level)));
        let sure: Vec<&str> = fixes.sure().map(|level| product.lattice.name(level)).collect();
        if !sure.is_empty() && !sure.iter().any(|level| named.contains(level)) {
            lacking.push(id);
        }
    }
    let explained: BTreeSet<(&str, &str)> = RULES_KNOW_BETTER.iter().map(|(id, level, _)| (*id, *level)).collect();
    assert_eq!(odd, explained, "a rule names a fix that nothing states; correct it, or explain it above");
    assert_eq!(lacking, [""; 0], "a rule does not name any of the fixes that are sure");
}

/// What differs between the affected levels of a rule and the versions of its record.
fn affects_otherwise(rule: &Rule, article: &Article, product: &Product) -> Option<String> {
    let lattice = &product.lattice;
    let versions = article.versions.iter().find(|(name, _)| product.name.eq_ignore_ascii_case(name))?.1;
    let stated: Vec<_> = versions.iter().filter_map(|version| lattice.parse(version)).collect();
    let left_out = stated.iter().filter(|&&level| !rule.affects.iter().any(|range| range.contains(lattice, level)));
    let left_out: Vec<&str> = left_out.map(|&level| lattice.name(level)).collect();
    let covers = |range: &Range| stated.iter().any(|&level| range.contains(lattice, level));
    let added = rule.affects.iter().filter(|range| !covers(range)).map(|range| range.text(lattice));
    let added: Vec<String> = added.collect();
    let differs = !(left_out.is_empty() && added.is_empty());
    differs.then(|| format!("leaves out {left_out:?}, adds {added:?}"))
}

#[test]
fn rules_affect_the_versions_of_the_records() {
    let (pack, records) = (Pack::builtin(), records());
    let product = product(&pack);
    let mut found = BTreeMap::new();
    for rule in pack.rules.iter().filter(|rule| rule.product == product.id) {
        let article =
            records.article(rule.article.as_str()).unwrap_or_else(|| panic!("{} has no record", rule.article));
        found.extend(affects_otherwise(rule, article, product).map(|what| (rule.article.as_str().to_owned(), what)));
    }
    let explained: BTreeMap<String, String> =
        RULES_SEE_OTHER_LEVELS.iter().map(|(id, what, _)| ((*id).to_owned(), (*what).to_owned())).collect();
    assert_eq!(found, explained);
}

fn stats(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(["kb", "stats"])
        .args(args)
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_figures_are_those_of_the_repository() {
    let (code, builtin, _) = stats(&["--format", "json"]);
    let folder = folder();
    let (_, read, _) = stats(&["--format", "json", "--kb", &folder.to_string_lossy()]);
    assert_eq!((code, &builtin), (Some(0), &read));
    let json: serde_json::Value = serde_json::from_str(&builtin).expect("JSON");
    let rules = Pack::builtin().rules.iter().filter(|rule| rule.product.as_str() == "sms").count();
    let sms = &json[0];
    assert_eq!((&sms["product"], &sms["articles"], &sms["defects"]), (&"sms".into(), &2820.into(), &1950.into()));
    assert_eq!(sms["rules"].as_u64().zip(sms["drafts"].as_u64()).map(|(r, d)| r + d), Some(rules as u64));
    let listed = sms["levels"].as_array().into_iter().flatten().filter_map(|level| level["listed"].as_u64());
    assert_eq!(listed.sum::<u64>(), 826);
    let (_, table, _) = stats(&[]);
    assert!(table.lines().any(|line| line.split_whitespace().eq(["articles", "2820"])), "{table}");
}

#[test]
fn a_folder_without_records_is_bad_usage() {
    let (code, out, err) = stats(&["--kb", "no-such-folder"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("articles.jsonl"), "{err}");
    let folder = std::env::temp_dir().join(format!("servpack-records-{}", std::process::id())).join("acme");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("articles.jsonl"), "").expect("a file");
    let (code, _, err) = stats(&["--kb", &folder.to_string_lossy()]);
    assert!(code == Some(2) && err.contains("`acme` is no product"), "{err}");
    fs::write(folder.join("articles.jsonl"), "\n{}\n").expect("a file");
    let (code, _, err) = stats(&["--kb", &folder.to_string_lossy()]);
    assert!(code == Some(2) && err.contains("line 2: it is no record"), "{err}");
    fs::remove_dir_all(folder.parent().expect("a folder")).expect("it can go");
}
