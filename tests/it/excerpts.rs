//! Every rule over every message that an article quotes: a symptom is seen where its own article quotes it, or one that is
//! related. The messages are those of the records; each is given in every log that the rule asks for, since a record does
//! not say which log it is of. So a rule has to tell messages apart by what they say. Articles whose messages share no words
//! with what a rule asks for are not given to it; asking every rule of all of them found the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use servpack::article::Article;
use servpack::audit::{Options, audit};
use servpack::kb::{LogDef, Product};
use servpack::pack::Pack;
use servpack::record::Records;
use servpack::source::Bundle;

/// Symptoms that are seen in excerpts of articles that are not related, and why that is right.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("Q174935", "Q311212", "a component writes \"error 5: Access is denied\" too, and never in what RSERVICE shows"),
    ("Q195823", "Q125751", "the audit says the same on OS/2, and the record cannot say of which system it is"),
    ("Q249590", "Q297870", "the same warning of the same component; this article asks for the other one besides"),
];

fn records() -> Records {
    Records::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("kb/sms")).expect("the records of the repository")
}

/// A rule as it is written: what it asks for.
struct Asked<'p> {
    logs: Vec<&'p LogDef>,
    patterns: Vec<Pieces>,
}

/// The words of a pattern, without what is not itself in a regular expression.
struct Pieces {
    words: Vec<String>,
    has_choice: bool,
}

impl<'p> Asked<'p> {
    fn of(text: &str, product: &'p Product) -> Self {
        let code = text
            .lines()
            .map(|line| line.split(" # ").next().unwrap_or(line))
            .filter(|line| !line.trim().starts_with('#'));
        let code: Vec<&str> = code.collect();
        let names = |log: &&LogDef| code.iter().any(|line| format!("{line} ").contains(&format!("log {} ", log.id)));
        let asks = [" has ", " ~ ", " matches "];
        let behind = |line: &&str| {
            asks.iter()
                .filter_map(|ask| line.split_once(ask))
                .map(|(_, text)| pieces(text))
                .max_by_key(|pieces| pieces.words.len())
        };
        Self { logs: product.logs.iter().filter(names).collect(), patterns: code.iter().filter_map(behind).collect() }
    }

    /// Whether a message may be one that the rule asks for: most are not, and need not be asked.
    fn may_ask_for(&self, message: &str) -> bool {
        let lower = message.to_lowercase();
        let fits = |pieces: &Pieces| {
            let found = pieces.words.iter().filter(|piece| lower.contains(piece.as_str())).count();
            let needed = if pieces.has_choice { 2 } else { pieces.words.len().div_ceil(2).max(2) };
            !pieces.words.is_empty() && found >= needed.min(pieces.words.len())
        };
        self.patterns.iter().any(fits)
    }
}

fn pieces(pattern: &str) -> Pieces {
    let mut text = String::new();
    let mut escaped = false;
    for c in pattern.chars() {
        text.push(if escaped && c.is_alphanumeric() { ' ' } else { c });
        escaped = c == '\\' && !escaped;
    }
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 4);
    Pieces { words: words.map(str::to_lowercase).collect(), has_choice: pattern.contains('|') }
}

/// The text of each rule, by its article.
fn texts() -> BTreeMap<String, String> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let files = servpack::pack::collect(&rules).expect("the repository's own rules");
    let rules = files.into_iter().filter(|file| file.name.ends_with(".rule"));
    let article = |name: &str| name.rsplit('/').next().unwrap_or(name).trim_end_matches(".rule").to_owned();
    rules.map(|file| (article(&file.name), file.text)).collect()
}

/// The messages as records of every log, a second apart. Records say themselves of which component or program they are, so
/// they may stand in one file; the others are in a file that is named as the log is. And all are in a text.
fn written(logs: &[&LogDef], messages: &[&str]) -> Vec<(String, Vec<u8>)> {
    let shown: String = messages.iter().map(|message| format!("{message}\r\n")).collect();
    let mut files = BTreeMap::from([("shown.txt".to_owned(), shown)]);
    for log in logs {
        let own = || log.files.first().map_or_else(|| format!("{}.log", log.id), |name| name.replace(['*', '?'], ""));
        let (component, program) = (log.components.first(), log.programs.first());
        let name = match (component, program) {
            (Some(_), _) => "server.log".to_owned(),
            (None, Some(_)) => "client.log".to_owned(),
            (None, None) => own(),
        };
        let text = files.entry(name).or_default();
        for (at, message) in messages.iter().enumerate() {
            let (minute, second) = (at / 60, at % 60);
            text.push_str(&match (component, program) {
                (Some(name), _) => {
                    let name = name.to_uppercase();
                    format!("{message}~   $$<{name}><Fri Mar 05 10:{minute:02}:{second:02} 1999~><thread=6E>\r\n")
                }
                (None, Some(name)) => format!("[03/05/99 10:{minute:02}:{second:02}] {name} ==> {message}\r\n"),
                (None, None) => format!("{message}\r\n"),
            });
        }
    }
    files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

/// The messages of an article that may stand in a log: no registry paths and no entries of INI files.
fn messages(article: &Article) -> Vec<&str> {
    let is_setting =
        |text: &str| text.starts_with("HKEY_") || (text.starts_with('[') && text.contains("] ") && text.contains('='));
    article.messages.iter().map(String::as_str).filter(|text| !is_setting(text)).collect()
}

#[test]
fn every_rule_over_every_excerpt() {
    let (pack, records, texts) = (Pack::builtin(), records(), texts());
    let product = pack.products.named("sms").expect("the product");
    let related = Related::of(&pack, &records);
    let quoting: Vec<(&Article, Vec<&str>)> = records
        .articles
        .iter()
        .map(|article| (article, messages(article)))
        .filter(|(_, messages)| !messages.is_empty())
        .collect();
    assert!(quoting.len() > 800, "only {} articles quote messages", quoting.len());
    let (mut own, mut unexplained) = (BTreeSet::new(), BTreeSet::new());
    for rule in pack.rules.iter().filter(|rule| rule.product == product.id) {
        let name = rule.article.as_str();
        let asked = Asked::of(&texts[name], product);
        let mut files = Vec::new();
        for (article, messages) in &quoting {
            if messages.iter().any(|message| asked.may_ask_for(message)) {
                let written = written(&asked.logs, messages);
                files.extend(
                    written.into_iter().map(|(name, content)| (format!("hosts/{}/{name}", article.id), content)),
                );
            }
        }
        let mut alone = pack.clone();
        alone.rules = vec![rule.clone()];
        let assessment =
            audit(&alone, &[Bundle::from_files("excerpts", files)], &Options::default()).expect("no options");
        for host in &assessment.hosts {
            let findings = host.findings.iter().flat_map(|finding| &finding.symptoms);
            if !findings.into_iter().any(|symptom| symptom.state.word() == "true") {
                continue;
            }
            if host.name == name {
                own.insert(name.to_owned());
            } else if !related.are(name, &host.name) {
                unexplained.insert((name.to_owned(), host.name.clone()));
            }
        }
    }
    let explained: BTreeSet<(String, String)> =
        EXPLAINED.iter().map(|(rule, article, _)| ((*rule).to_owned(), (*article).to_owned())).collect();
    assert_eq!(
        unexplained, explained,
        "a rule sees its symptom where another article quotes it; relate them, or explain it above"
    );
    assert!(own.len() >= 80, "only {} rules see the excerpt of their own article", own.len());
}

/// Which articles are declared to have to do with each other: by a rule or by a record.
struct Related(BTreeSet<(String, String)>);

impl Related {
    fn of(pack: &Pack, records: &Records) -> Self {
        let mut pairs = BTreeSet::new();
        let mut add = |one: &str, other: &str| {
            pairs.insert((one.to_owned(), other.to_owned()));
            pairs.insert((other.to_owned(), one.to_owned()));
        };
        for rule in &pack.rules {
            rule.references.iter().for_each(|other| add(rule.article.as_str(), other.as_str()));
            rule.look_alikes.iter().for_each(|other| add(rule.article.as_str(), &other.name));
        }
        for article in &records.articles {
            article.references.iter().for_each(|other| add(&article.id, other));
        }
        Self(pairs)
    }

    fn are(&self, one: &str, other: &str) -> bool {
        self.0.contains(&(one.to_owned(), other.to_owned()))
    }
}
