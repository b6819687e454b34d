//! Drafts of rules: what the record of an article lets a rule say, for a person to go on from.
//!
//! A draft is a valid rule, tagged `draft`. It states the levels that the product's data knows, and looks for the messages
//! that the article quotes, without their variable parts. It knows no causes: the record has none. Drafts that are made
//! together know of each other: they ask for what few articles quote, and name those that quote the same.

use std::collections::HashMap;

use crate::article::{Article, FixedIn, Quote};
use crate::kb::{Product, Products};

/// The product whose levels an article states, by its name in the product's data.
#[must_use]
pub fn product_of<'a>(article: &Article, products: &'a Products) -> Option<&'a Product> {
    let named = |name: &String| products.iter().find(|product| product.name.eq_ignore_ascii_case(name));
    article.products.iter().find_map(named)
}

/// What a draft says, but for its choice among the messages.
#[derive(Debug)]
pub struct Draft {
    /// The article.
    id: String,
    /// The rule up to its symptoms.
    head: String,
    /// What may be asked for: each of them is a symptom of its own.
    places: Vec<Vec<Test>>,
    /// All messages, as words of small letters, one a line.
    said: String,
}

impl Draft {
    /// `None` if the record has neither a level that the product knows nor a message to look for.
    #[must_use]
    pub fn of(article: &Article, product: &Product) -> Option<Self> {
        let (affects, fixed) = (affects(article, product), fixed(article, product));
        let places = places(article, product);
        if affects.is_empty() && fixed.is_empty() && places.is_empty() {
            return None;
        }
        let head = head(article, product, &affects, &fixed);
        let said: Vec<String> = article.messages.iter().map(|message| words(message)).collect();
        Some(Self { id: article.id.clone(), head, places, said: said.join("\n") })
    }

    /// The text of the rule, for whom these articles quote the same messages.
    #[must_use]
    pub fn rule(&self, quoted: &Quoted) -> String {
        let mut symptoms: Vec<Vec<&Test>> = Vec::new();
        for place in &self.places {
            let chosen = quoted.rarest(place);
            if !chosen.is_empty() && !symptoms.iter().any(|known| same(known, &chosen)) {
                symptoms.push(chosen);
            }
        }
        // Where something is quoted by this article alone, the rest tells nothing more.
        let shared = |tests: &Vec<&Test>| quoted.sharing(tests).len();
        let fewest = symptoms.iter().map(shared).min().unwrap_or_default();
        symptoms.retain(|tests| shared(tests) == fewest);
        symptoms.truncate(MOST_SYMPTOMS);
        let mut rule = self.head.clone();
        for (number, tests) in symptoms.iter().enumerate() {
            let number = if number == 0 { String::new() } else { format!("-{}", number + 1) };
            rule.push_str(&format!("\n  symptom quoted{number} \"What the article quotes stands in a log\" {{\n"));
            tests.iter().for_each(|test| rule.push_str(&format!("    {}\n", test.condition)));
            rule.push_str("  }\n");
        }
        let look_alikes = quoted.look_alikes(&self.id, &symptoms);
        rule.push_str(if look_alikes.is_empty() { "" } else { "\n" });
        for other in look_alikes {
            rule.push_str(&format!("  not {other} because \"Its article quotes the same message\"\n"));
        }
        rule.push_str("}\n");
        rule
    }
}

fn same(one: &[&Test], other: &[&Test]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.condition == other.condition)
}

/// Which articles quote a message, over all drafts that are made together.
#[derive(Debug, Default)]
pub struct Quoted {
    /// The articles, and what each of them quotes.
    articles: Vec<(String, String)>,
    /// The places in that list of the articles that quote a word.
    by_word: HashMap<String, Vec<usize>>,
}

impl Quoted {
    /// The messages of one more draft.
    pub fn add(&mut self, draft: &Draft) {
        let article = self.articles.len();
        for word in draft.said.split(['\n', ' ']) {
            if !self.by_word.contains_key(word) {
                self.by_word.insert(word.to_owned(), Vec::new());
            }
            if let Some(articles) = self.by_word.get_mut(word).filter(|articles| articles.last() != Some(&article)) {
                articles.push(article);
            }
        }
        self.articles.push((draft.id.clone(), draft.said.clone()));
    }

    /// The articles with a message that passes a test.
    fn quoting(&self, test: &Test) -> Vec<usize> {
        let words = test.key.iter().flat_map(|part| part.split(' '));
        let rarest = words.filter_map(|word| self.by_word.get(word)).min_by_key(|articles| articles.len());
        let passes = |line: &str| test.key.iter().all(|part| line.contains(part.as_str()));
        let quotes = |at: &usize| self.articles.get(*at).is_some_and(|(_, said)| said.lines().any(passes));
        rarest.map(Vec::as_slice).unwrap_or_default().iter().copied().filter(quotes).collect()
    }

    /// The articles that quote all messages of a symptom.
    fn sharing(&self, tests: &[&Test]) -> Vec<usize> {
        let mut all: Option<Vec<usize>> = None;
        for test in tests {
            let quoting = self.quoting(test);
            all = Some(match all {
                Some(mut all) => {
                    all.retain(|article| quoting.contains(article));
                    all
                }
                None => quoting,
            });
        }
        all.unwrap_or_default()
    }

    /// The tests of a place that tell most: those that few articles quote, that speak of an error, and that are long. None
    /// if all together say too little.
    fn rarest<'t>(&self, place: &'t [Test]) -> Vec<&'t Test> {
        let mut tests: Vec<(usize, &Test)> = place.iter().enumerate().collect();
        let rank = |test: &Test| (self.quoting(test).len().max(1), !test.is_error, usize::MAX - test.letters);
        tests.sort_by_cached_key(|(at, test)| (rank(test), *at));
        tests.truncate(MOST_MESSAGES);
        let first = |most: usize| {
            let mut some: Vec<&(usize, &Test)> = tests.iter().take(most).collect();
            some.sort_by_key(|(at, _)| *at);
            some.into_iter().map(|(_, test)| *test).collect::<Vec<&Test>>()
        };
        // More of them are asked for only if others quote these too.
        let (few, all) = (first(FEW_MESSAGES), first(MOST_MESSAGES));
        let chosen = if is_telling(&few) && self.sharing(&few).len() <= self.sharing(&all).len() { few } else { all };
        if is_telling(&chosen) { chosen } else { Vec::new() }
    }

    /// The other articles that quote all messages of some symptom.
    fn look_alikes(&self, own: &str, symptoms: &[Vec<&Test>]) -> Vec<&str> {
        let sharing = symptoms.iter().flat_map(|tests| self.sharing(tests));
        let ids = sharing.filter_map(|at| self.articles.get(at)).map(|(id, _)| id.as_str());
        let mut others: Vec<&str> = ids.filter(|id| *id != own).collect();
        others.sort_by_key(|id| (id.len(), *id));
        others.dedup();
        others.truncate(MOST_LOOK_ALIKES);
        others
    }
}

/// The words of a text in small letters, without what is no letter.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// So many other articles are named.
const MOST_LOOK_ALIKES: usize = 12;

/// A rule has so many symptoms.
const MOST_SYMPTOMS: usize = 6;

/// The text of a rule that is drafted alone.
#[must_use]
pub fn draft(article: &Article, product: &Product) -> Option<String> {
    Draft::of(article, product).map(|draft| draft.rule(&Quoted::default()))
}

/// The rule up to its symptoms.
fn head(article: &Article, product: &Product, affects: &[String], fixed: &[(String, String)]) -> String {
    let mut rule = String::from("# A draft, made of the article's record. Look at every line before you rely on it.\n");
    let mut line = |text: String| {
        rule.push_str(&text);
        rule.push('\n');
    };
    line(format!("article {} {} {{", article.id, text_of_rule(&article.title)));
    line(format!("  product {}", product.id));
    if !affects.is_empty() {
        line(format!("  affects {}", affects.join(", ")));
    }
    for (level, says) in fixed {
        line(format!("  # The article says: {says}."));
        line(format!("  fixed in {level}"));
    }
    for fix in article.fixed_in.iter().filter(|fix| known(&fix.level, product).is_none()) {
        line(format!("  # It is fixed in {}, which is no level of the product's data.", comment(&fix.level)));
    }
    line("  tags draft".to_owned());
    if !article.references.is_empty() {
        line(format!("  references {}", article.references.join(", ")));
    }
    rule
}

/// The versions of the article that the product knows, as a rule writes them.
fn affects(article: &Article, product: &Product) -> Vec<String> {
    let own = article.versions.iter().find(|(name, _)| product.name.eq_ignore_ascii_case(name));
    // Whoever chooses the product says that the article is about it, whatever it is called there.
    let first = || article.products.first().and_then(|name| article.versions.get_key_value(name));
    let versions = own.or_else(first).map(|(_, versions)| versions.as_slice()).unwrap_or_default();
    let mut levels: Vec<String> = Vec::new();
    for level in versions.iter().filter_map(|version| known(version, product)) {
        if !levels.contains(&level) {
            levels.push(level);
        }
    }
    levels
}

/// The levels with the fix that the product knows, and how the article says it.
fn fixed(article: &Article, product: &Product) -> Vec<(String, String)> {
    let level = |fix: &FixedIn| Some((known(&fix.level, product)?, fix.says.clone()));
    article.fixed_in.iter().filter_map(level).collect()
}

/// A level of the product, as a rule writes it.
fn known(level: &str, product: &Product) -> Option<String> {
    let lattice = &product.lattice;
    let name = lattice.name(lattice.parse(level)?);
    let is_plain =
        name.split(' ').all(|word| word.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b.is_ascii_uppercase()));
    Some(if is_plain { name.to_owned() } else { text_of_rule(name) })
}

/// So many messages a symptom looks for: all of them have to be there, and a log may lack one.
const FEW_MESSAGES: usize = 2;
const MOST_MESSAGES: usize = 4;

/// So many messages of one place are looked at.
const MOST_OF_PLACE: usize = 64;

/// A message as a symptom may ask for it.
#[derive(Debug)]
struct Test {
    /// The words between what varies, in small letters.
    key: Vec<String>,
    /// How many letters it asks for, and how many words.
    letters: usize,
    words: usize,
    /// It speaks of something that went wrong.
    is_error: bool,
    /// The condition of the rule.
    condition: String,
}

impl Test {
    /// Whether it is enough that this one passes.
    fn is_telling_alone(&self) -> bool {
        self.letters >= FEWEST_ALONE && self.words >= FEWEST_WORDS_ALONE
    }
}

/// The tests of each place where the article quotes messages. One message of several that may appear is a place of its own.
fn places(article: &Article, product: &Product) -> Vec<Vec<Test>> {
    let unplaced = |text: &String| Quote { text: text.clone(), writer: None, place: 0, either: false };
    let bare: Vec<Quote> =
        if article.quotes.is_empty() { article.messages.iter().map(unplaced).collect() } else { Vec::new() };
    let quotes = if bare.is_empty() { &article.quotes } else { &bare };
    let mut places: Vec<Vec<Test>> = Vec::new();
    for quotes in quotes.chunk_by(|one, other| one.place == other.place) {
        let tests = tests(quotes, product);
        if quotes.iter().any(|quote| quote.either) {
            places.extend(tests.into_iter().filter(Test::is_telling_alone).map(|test| vec![test]));
        } else {
            places.push(tests);
        }
    }
    if places.iter().any(|place| is_telling(&place.iter().collect::<Vec<_>>())) {
        places.retain(|place| is_telling(&place.iter().collect::<Vec<_>>()));
        return places;
    }
    // What each place says is too little, but perhaps it is enough together.
    let all: Vec<Test> = places.into_iter().flatten().collect();
    if is_telling(&all.iter().collect::<Vec<_>>()) { vec![all] } else { Vec::new() }
}

fn tests(quotes: &[Quote], product: &Product) -> Vec<Test> {
    let mut tests: Vec<Test> = Vec::new();
    for quote in quotes.iter().filter(|quote| is_text(&quote.text)).take(MOST_OF_PLACE) {
        if let Some(test) = test(&quote.text, log_of(quote, product))
            && !tests.iter().any(|known| known.condition == test.condition)
        {
            tests.push(test);
        }
    }
    tests
}

/// Whether tests that must all pass tell enough to be a symptom.
fn is_telling(tests: &[&Test]) -> bool {
    tests.iter().map(|test| test.letters).sum::<usize>() >= FEWEST_IN_ALL
        && tests.iter().map(|test| test.words).sum::<usize>() >= FEWEST_WORDS_IN_ALL
}

/// The log of the product that the writer of a message writes.
fn log_of<'p>(quote: &Quote, product: &'p Product) -> Option<&'p str> {
    let writer = quote.writer.as_ref()?.to_lowercase();
    let log = product.logs.iter().find(|log| log.components.contains(&writer) || log.programs.contains(&writer));
    log.map(|log| log.id.as_str())
}

/// Whether a message is a line of a log or the text of an error: no event id, registry path or INI entry.
fn is_text(message: &str) -> bool {
    let is_entry = message.starts_with('[') && message.contains("] ") && message.contains('=');
    let is_path = !message.contains(": ")
        && message.starts_with(['\\', 'H', 'S'])
        && message.contains('\\')
        && !message.contains(". ");
    !message.starts_with("Event ID: ") && !is_entry && !is_path
}

/// Letters of fixed words that a test needs to tell anything, and words.
const FEWEST_LETTERS: usize = 12;
const FEWEST_WORDS: usize = 2;

/// Letters that all tests of a symptom need together, and words: "Runtime error!" may come from anywhere.
const FEWEST_IN_ALL: usize = 18;
const FEWEST_WORDS_IN_ALL: usize = 3;

/// The same of one message of several that may appear.
const FEWEST_ALONE: usize = 20;
const FEWEST_WORDS_ALONE: usize = 4;

/// Words of messages that tell that something went wrong.
const OF_ERRORS: &[&str] = &[
    "error",
    "fail",
    "cannot",
    "could not",
    "couldn't",
    "can't",
    "unable",
    "invalid",
    "not found",
    "exception",
    "denied",
    "warning",
    "timed out",
    "incorrect",
    "fault",
    "corrupt",
];

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Word(&'a str),
    /// Something that is another one on every machine.
    Variable,
}

/// `text has "…"`, or `text ~ /…/` where a part of the message varies; of a log where it is known which.
fn test(message: &str, log: Option<&str>) -> Option<Test> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut before = "";
    for word in message.split_whitespace() {
        parts.push(part(word, before));
        // "error code = 5"
        before = if matches!(word, "=" | ":") { before } else { word };
    }
    // What varies at the ends need not be asked for.
    let begin = parts.iter().position(|part| *part != Part::Variable)?;
    let end = parts.iter().rposition(|part| *part != Part::Variable)? + 1;
    parts = parts.get(begin..end)?.to_vec();
    let words = || parts.iter().filter_map(|part| if let Part::Word(word) = part { Some(*word) } else { None });
    let letters = words().flat_map(str::chars).filter(|c| c.is_alphabetic()).count();
    let count = words().filter(|word| word.contains(char::is_alphabetic)).count();
    if letters < FEWEST_LETTERS || count < FEWEST_WORDS {
        return None;
    }
    let text = words().collect::<Vec<_>>().join(" ");
    let subject = log.map_or("text".to_owned(), |log| format!("log {log}"));
    let condition = if parts.contains(&Part::Variable) {
        format!("{subject} ~ /{}/", expression(&parts))
    } else {
        // How many dots a program prints is nobody's concern.
        let text = if text.ends_with("..") { text.trim_end_matches('.') } else { &text };
        format!("{subject} has {}", text_of_rule(text))
    };
    let fixed = parts.split(|part| *part == Part::Variable).map(|parts| {
        let words: Vec<&str> =
            parts.iter().filter_map(|part| if let Part::Word(word) = part { Some(*word) } else { None }).collect();
        self::words(&words.join(" "))
    });
    let key = fixed.filter(|part| !part.is_empty()).collect();
    let lower = text.to_lowercase();
    let is_error = OF_ERRORS.iter().any(|word| lower.contains(word));
    Some(Test { key, letters, words: count, is_error, condition })
}

/// Words whose number is the same wherever the message appears.
const NUMBERED: &[&str] = &["error", "err", "code", "status", "reason", "message", "msg", "id"];

/// Numbers, names of machines and files, dates, paths and what an article leaves open vary.
fn part<'a>(word: &'a str, before: &str) -> Part<'a> {
    let is_short =
        word.len() <= 6 && word.trim_matches(|c: char| !c.is_alphanumeric()).bytes().all(|b| b.is_ascii_digit());
    let before = before.trim_end_matches([':', '=', '#']);
    if is_short && NUMBERED.iter().any(|name| name.eq_ignore_ascii_case(before)) {
        return Part::Word(word);
    }
    if is_identifier(word) {
        return Part::Word(word);
    }
    let varies = word.contains(|c: char| c.is_ascii_digit() || matches!(c, '\\' | '<' | '>' | '%' | '@'))
        || word.contains("xxx")
        || word.trim_matches('.').is_empty();
    if varies { Part::Variable } else { Part::Word(word) }
}

/// A name of programmers, such as `WNetAddConnection2`: no machine is called so.
fn is_identifier(word: &str) -> bool {
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let mixed = word.bytes().any(|byte| byte.is_ascii_lowercase())
        && word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    letters >= 8 && mixed && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The words with anything short between them where something varies.
fn expression(parts: &[Part<'_>]) -> String {
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| parts.get(before));
        match (part, before) {
            (Part::Variable, Some(Part::Variable)) => {}
            (Part::Variable, _) => out.push_str(".+?"),
            (Part::Word(word), Some(Part::Word(_))) => {
                out.push_str(r"\s+");
                out.push_str(&escaped(word));
            }
            (Part::Word(word), _) => out.push_str(&escaped(word)),
        }
    }
    out
}

/// A word as an expression writes it between slashes.
fn escaped(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if r"\.+*?()|[]{}^$#&-~/".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text of the rule language.
fn text_of_rule(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace(['\n', '\t'], " "))
}

/// Nothing in a comment may end it.
fn comment(text: &str) -> String {
    text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product() -> Product {
        Product::from_yaml(
            "product: acme\nname: Acme Server\ninstall: Install {level}\nlevels: [{level: '1.2'}, {level: '1.2 SP1', release: '1.2', after: ['1.2']}]\nlogs: [{log: drum, title: the log, collect: Copy it., components: [ACME_DRUM]}]",
        )
        .expect("the sample is right")
    }

    fn article(body: &str) -> Article {
        let text = format!(
            "DOCUMENT:Q123456  01-MAY-1998  [x]\nTITLE   :A \"title\" \\ path\nPRODUCT :Acme Server\nPROD/VER:winnt:1.2\n\n\
             The information in this article applies to:\n\n - Acme Server versions 1.2, 9.9\n{}\n\n{body}\n",
            "-".repeat(79)
        );
        crate::article::read(text.as_bytes()).expect("an article")
    }

    #[test]
    fn a_draft_says_what_the_record_says() {
        let body = "It was first corrected in Acme Server 1.2 Service Pack 1, and it was fixed in Other System 4.0. See Q222222.\n\n\
                    The following error appears:\n\n   The drum of server 12 could not be found.";
        let rule = draft(&article(body), &product()).expect("a draft");
        let wanted = "# A draft, made of the article's record. Look at every line before you rely on it.\n\
            article Q123456 \"A \\\"title\\\" \\\\ path\" {\n  product acme\n  affects 1.2\n  # The article says: first.\n  fixed in 1.2 SP1\n  \
            # It is fixed in Other System 4.0, which is no level of the product's data.\n  tags draft\n  references Q222222\n\n  \
            symptom quoted \"What the article quotes stands in a log\" {\n    text ~ /The\\s+drum\\s+of\\s+server.+?could\\s+not\\s+be\\s+found\\./\n  }\n}\n";
        assert_eq!(rule, wanted);
    }

    #[test]
    fn variable_parts_are_left_out() {
        let check = |message: &str, wanted: Option<&str>| {
            let found = test(message, None).map(|test| test.condition);
            assert_eq!(found.as_deref().map(|found| found.trim_start_matches("text ")), wanted, "{message}")
        };
        check("The drum is lost now", Some("has \"The drum is lost now\""));
        check(
            "Job ABC00012 was lost at \\\\SERVER\\share today, again",
            Some("~ /Job.+?was\\s+lost\\s+at.+?today,\\s+again/"),
        );
        check("Error 12 45", None);
        check("The command failed, error code = 5", Some("has \"The command failed, error code = 5\""));
        check("<name> %1 ...", None);
    }

    #[test]
    fn settings_and_events_are_no_symptoms() {
        let messages = [
            "Event ID: 374",
            "[Local] Wait=5 minutes or longer",
            "HKEY_LOCAL_MACHINE\\Software\\Some Longer Name Of It",
        ];
        let record = |messages: &[&str]| Article {
            messages: messages.iter().map(|&message| message.to_owned()).collect(),
            quotes: Vec::new(),
            ..article("text")
        };
        assert!(places(&record(&messages), &product()).is_empty());
        let many =
            ["This message has one word more", "This message has two words more", "This message has some words more"];
        let rule = draft(&record(&many), &product()).expect("a draft");
        assert_eq!(rule.matches("text has").count(), FEW_MESSAGES);
    }

    #[test]
    fn choices_are_symptoms_of_their_own() {
        let body = "One of these errors appears:\n\n   The drum of the show is lost.\n\n   The show is over for good.\n\nThe log shows:\n\n   \
                    All of the drums are silent~   $$<ACME_DRUM><Tue Nov 04 13:07:28 1997~><thread=A0>\n   \
                    It cannot be heard by anybody~   $$<ACME_DRUM><Tue Nov 04 13:07:29 1997~><thread=A0>\n";
        let rule = draft(&article(body), &product()).expect("a draft");
        let wanted = "  symptom quoted \"What the article quotes stands in a log\" {\n    text has \"The drum of the show is lost.\"\n  }\n\n  \
            symptom quoted-2 \"What the article quotes stands in a log\" {\n    text has \"The show is over for good.\"\n  }\n\n  \
            symptom quoted-3 \"What the article quotes stands in a log\" {\n    log drum has \"All of the drums are silent\"\n    \
            log drum has \"It cannot be heard by anybody\"\n  }\n}\n";
        assert!(rule.ends_with(wanted), "{rule}");
    }

    #[test]
    fn drafts_ask_for_what_others_do_not_quote_and_name_those_that_do() {
        let own = |id: &str, lines: [&str; 3]| {
            let body = format!("The following error appears:\n\n   {}\n", lines.join("\n   "));
            Draft::of(&Article { id: id.to_owned(), ..article(&body) }, &product()).expect("a draft")
        };
        let drafts = [
            own("Q1", ["The tool begins its work.", "The drum could not be found.", "The tool ends its work now."]),
            own("Q2", ["The tool begins its work.", "The drum could not be found!", "The stage could not be found."]),
            own("Q3", ["The tool begins its work.", "The tool ends its work now.", "It is over."]),
        ];
        let mut quoted = Quoted::default();
        drafts.iter().for_each(|draft| quoted.add(draft));
        let rules: Vec<String> = drafts.iter().map(|draft| draft.rule(&quoted)).collect();
        assert!(rules[0].contains("drum could") && !rules[0].contains(" not Q"), "{}", rules[0]);
        assert!(rules[1].contains("stage could") && rules[1].contains("drum could"), "{}", rules[1]);
        assert!(
            rules[2].contains("begins") && rules[2].contains("not Q1 because") && !rules[2].contains("not Q2"),
            "{}",
            rules[2]
        );
    }

    #[test]
    fn products_are_found_by_name() {
        let mut products = Products::default();
        products.add(product());
        assert!(product_of(&article("text"), &products).is_some_and(|product| product.id.as_str() == "acme"));
        let other = Article { products: vec!["Other".to_owned()], ..article("text") };
        assert!(product_of(&other, &products).is_none());
        // Chosen by hand, the versions of the first product count.
        let versions = [("Other".to_owned(), vec!["1.2 SP1".to_owned()])].into();
        let chosen = Article { versions, ..other.clone() };
        assert!(draft(&chosen, &product()).is_some_and(|rule| rule.contains("affects 1.2 SP1\n")));
        // Without any level or message there is nothing to draft.
        assert!(draft(&Article { versions: Default::default(), ..other }, &product()).is_none());
    }
}
