//! The levels that the text of an article says a defect is fixed in.
//!
//! Most sentences that say so are of two kinds: "… has been corrected in PRODUCT version 1.2 Service Pack 3" in many
//! variants, and "obtain the latest service pack for PRODUCT version 1.2". Neither is sure: "the latest" never says which
//! pack it was, and the sentence may speak of another product than the article does. The other kinds are "Service Pack 3
//! has corrected this", "to resolve this problem, install Service Pack 3" and "as of Service Pack 3, it no longer stops";
//! these are believed of the article's own product only.

use super::applies::Applies;
use super::record::FixedIn;
use super::words::bare;

/// Words that say that something is fixed.
const FIXED: &[&str] = &["corrected", "fixed", "resolved", "eliminated", "addressed", "repaired"];

/// The levels, each once, in order of mention.
pub(super) fn fixes(prose: &str, applies: &Applies) -> Vec<FixedIn> {
    let mut told = Vec::new();
    for paragraph in prose.lines().filter(|paragraph| may_tell(paragraph)) {
        let words: Vec<&str> = paragraph.split(' ').collect();
        told.extend((0..words.len()).filter_map(|at| at_word(&words, at, applies)).take(MOST_SENTENCES));
        if told.len() >= MOST_SENTENCES {
            break;
        }
    }
    let mut all: Vec<FixedIn> = Vec::new();
    for fix in told.into_iter().flatten().take(MOST_LEVELS) {
        match all.iter_mut().find(|known| known.level == fix.level) {
            // "Resolved in" and "first corrected in" the same pack.
            Some(known) if fix.says == FIRST => known.says = fix.says,
            Some(_) => {}
            None => all.push(fix),
        }
    }
    // A pack that is named says more than "the latest" of the same release.
    let named: Vec<String> =
        all.iter().filter(|fix| !fix.level.ends_with(UNNAMED)).map(|fix| fix.level.clone()).collect();
    all.retain(|fix| match fix.level.strip_suffix(UNNAMED) {
        Some(release) => !named.iter().any(|level| level.starts_with(&format!("{release}SP")) || release.is_empty()),
        None => true,
    });
    all
}

/// No article has more such sentences, or names more levels.
const MOST_SENTENCES: usize = 64;
const MOST_LEVELS: usize = 128;

/// How it is said that no earlier level has the fix.
const FIRST: &str = "first";

/// How it is said that a level has it.
const IN_VERSION: &str = "in version";

/// How a pack is written that is not named.
const UNNAMED: &str = "SP?";

/// Other words of the sentences that tell a level.
const TELLING: &[&str] = &["included", "released", "obtain", "install", "apply", "upgrade", "no longer"];

/// Verbs of "Service Pack 3 corrects this problem".
const FIXES: &[&str] = &["corrects", "fixes", "resolves", "eliminates", "addresses", "repairs"];

fn may_tell(paragraph: &str) -> bool {
    FIXED.iter().chain(TELLING).chain(FIXES).any(|word| paragraph.contains(word))
}

/// The levels that a sentence tells whose verb is at this word; `None` if it is no verb that tells any.
fn at_word(words: &[&str], at: usize, applies: &Applies) -> Option<Vec<FixedIn>> {
    let word = bare(words[at]).to_ascii_lowercase();
    match word.as_str() {
        "obtain" => return latest_pack(words, at, applies).or_else(|| remedy(words, at, applies)),
        "install" | "apply" | "upgrade" => return remedy(words, at, applies),
        "longer" => return leading_level(words, at, applies),
        _ => {}
    }
    let fixes_this = FIXES.contains(&word.as_str()) || FIXED.contains(&word.as_str());
    if fixes_this && let Some(levels) = by_level(words, at, applies) {
        return Some(levels);
    }
    let of_fix = || is_of_fix(&words[..at]);
    if word == "released" && of_fix() && words.get(at + 1).is_some_and(|next| ["in", "with"].contains(next)) {
        let near = &words[at + 2..words.len().min(at + WITHIN)];
        return only_level(near.split(|word| ["and", "to"].contains(word)).next()?, applies);
    }
    let is_fixed = FIXED.contains(&word.as_str()) || (word == "included" && of_fix());
    if !is_fixed || ends_sentence(words[at]) || !is_done(&words[..at]) {
        return None;
    }
    // "… in", perhaps behind a few words.
    let mut next = at + 1..words.len().min(at + 4);
    let Some(from) = next.find(|next| ["in", "with", "by"].contains(&words[*next])) else {
        return leading_level(words, at, applies);
    };
    let told = Told::read(&words[from + 1..], applies);
    let first = words[..at].iter().rev().take(2).any(|word| *word == "first");
    Some(told.levels(applies, if first { FIRST } else { IN_VERSION }))
}

/// The words of a sentence before the one at this place.
fn sentence_before<'b, 'a>(words: &'b [&'a str], at: usize) -> &'b [&'a str] {
    let from = at.saturating_sub(WITHIN);
    let begin = (from..at).rev().find(|before| ends_sentence(words[*before])).map_or(from, |end| end + 1);
    &words[begin..at]
}

/// "Service Pack 3 has corrected this problem", "…, which corrects this problem".
fn by_level(words: &[&str], at: usize, applies: &Applies) -> Option<Vec<FixedIn>> {
    words.get(at + 1).filter(|word| ["this", "these"].contains(word))?;
    let before = sentence_before(words, at);
    let level = before.iter().rposition(|word| !["has", "have", "which", "that"].contains(word))?;
    only_level(&before[..=level], applies)
}

/// "To resolve this problem, install Service Pack 3 or later."
fn remedy(words: &[&str], at: usize, applies: &Applies) -> Option<Vec<FixedIn>> {
    let purpose = sentence_before(words, at);
    let is_cure = matches!(purpose, ["To", "correct" | "resolve" | "fix" | "eliminate", "this" | "the" | "these", ..]);
    let is_asked = purpose.last().is_some_and(|last| last.ends_with(',') || *last == "please");
    let rest = &words[at + 1..];
    let end = rest.iter().take(WITHIN).position(|word| ends_sentence(word) || *word == "or");
    let level = &rest[..end.map_or(rest.len().min(WITHIN), |end| end + usize::from(rest[end] != "or"))];
    if is_cure && is_asked { only_level(level, applies) } else { None }
}

/// "As of Service Pack 3, it no longer stops.", "In version 2.0, it has been corrected."
fn leading_level(words: &[&str], at: usize, applies: &Applies) -> Option<Vec<FixedIn>> {
    let mut before = sentence_before(words, at);
    if before.first().is_some_and(|first| first.starts_with("NOTE")) {
        before = &before[1..];
    }
    let level = match before {
        ["As", "of", level @ ..] | ["Starting" | "Beginning", "with", level @ ..] | ["With", level @ ..] => level,
        // "In version 2.0, this is no longer so" may be said of anything.
        ["In", level @ ..] if bare(words[at]) != "longer" => level,
        _ => return None,
    };
    let end = level.iter().position(|word| word.ends_with(','))?;
    let words = level[..=end].split(|word| *word == "and").next()?;
    only_level(words, applies)
}

/// The levels of the article's own product that words name which say nothing else.
fn only_level(words: &[&str], applies: &Applies) -> Option<Vec<FixedIn>> {
    let is_part = |word: &&str| {
        let plain = bare(word);
        plain.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
            || plain.is_empty()
            || BETWEEN.contains(&plain.to_ascii_lowercase().as_str())
            || plain == "to"
    };
    let told = if words.iter().all(is_part) { Told::read(words, applies) } else { Told::default() };
    let levels = if told.foreign.is_none() { told.levels(applies, IN_VERSION) } else { Vec::new() };
    let named: Vec<FixedIn> = levels.into_iter().filter(|fix| !fix.level.ends_with(UNNAMED)).collect();
    (!named.is_empty()).then_some(named)
}

/// "To resolve this problem, obtain the latest service pack for …"
fn latest_pack(words: &[&str], at: usize, applies: &Applies) -> Option<Vec<FixedIn>> {
    if words.get(at + 1..at + 3) != Some(&["the", "latest"]) {
        return None;
    }
    let told = Told::read(&words[at + 1..], applies);
    let levels = told.levels(applies, "latest");
    Some(levels.into_iter().filter(|fix| fix.level.ends_with(UNNAMED)).collect())
}

/// "This fix is included in …"
fn is_of_fix(before: &[&str]) -> bool {
    let subject = before.iter().rev().find(|word| !["is", "was", "also", "has", "been"].contains(word));
    subject.is_some_and(|word| ["fix", "hotfix", "correction"].contains(&bare(word)))
}

/// Whether the words before the verb say that it has happened: "was", "has been", "is".
fn is_done(before: &[&str]) -> bool {
    let last: Vec<String> = before.iter().rev().take(5).map(|word| bare(word).to_ascii_lowercase()).collect();
    let adverbs = ["first", "also", "since", "now", "originally", "partially"];
    let mut rest = last.iter().map(String::as_str).skip_while(|word| adverbs.contains(word)).fuse();
    let done = match rest.next() {
        Some("been") => {
            rest.find(|word| !adverbs.contains(word)).is_some_and(|word| ["has", "have", "had"].contains(&word))
        }
        Some(word) => ["was", "were", "is", "are"].contains(&word),
        None => false,
    };
    // "the problems that are fixed in" and "which bugs are fixed in" speak of other articles.
    let is_list = rest.next() == Some("that");
    let unless = ["not", "if", "when", "until", "unless", "never", "which", "what"];
    done && !is_list && !last.iter().any(|word| unless.contains(&word.as_str()))
}

/// What the words behind "corrected in" tell.
#[derive(Debug, Default)]
struct Told {
    /// Releases and packs, as they were met.
    levels: Vec<(Option<String>, Pack)>,
    /// The name of another product than those of the article.
    foreign: Option<String>,
    latest: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pack {
    None,
    /// A pack whose number is not said.
    Unnamed,
    /// `SP3`
    Named(String),
}

/// A level is named within so many words.
const WITHIN: usize = 40;

/// With these words it is a promise, a rule of thumb, a place on a disc, or less than a pack.
const OTHERWISE: &[&str] = &["next", "future", "subsequent", "folder", "directory", "bundle"];

/// Small words that may stand between the parts of a level.
const BETWEEN: &[&str] = &[
    "and",
    "or",
    "the",
    "for",
    "of",
    "version",
    "versions",
    "service",
    "pack",
    "packs",
    "release",
    "us",
    "u.s",
    "update",
    "hotfix",
    "rollup",
    "package",
    "build",
    "latest",
    "sp",
    "in",
    "microsoft",
    "hrp",
    "english",
    "sr",
];

impl Told {
    fn read(words: &[&str], applies: &Applies) -> Self {
        let mut told = Self::default();
        let mut reader = Reader::default();
        let words = &words[..words.len().min(WITHIN)];
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let plain = bare(word);
            let lower = plain.to_ascii_lowercase();
            told.latest |= lower == "latest";
            if OTHERWISE.contains(&lower.as_str()) {
                return Self::default();
            }
            let (used, goes_on) = reader.word(&words[at..], plain, &lower);
            at += used;
            if !goes_on || words[at - used..at].iter().any(|word| ends_sentence(word)) {
                break;
            }
        }
        told.levels = reader.end();
        told.foreign = foreign(&reader.product, applies);
        told
    }

    fn levels(self, applies: &Applies, says: &str) -> Vec<FixedIn> {
        let of_article = || applies.only_release().filter(|_| self.foreign.is_none());
        let level = |(release, pack): &(Option<String>, Pack)| {
            let release = release.clone().or_else(of_article);
            let parts = [self.foreign.clone(), release, pack.text()];
            let level = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let says = if *pack == Pack::Unnamed && self.latest { "latest" } else { says };
            FixedIn { level, says: says.to_owned() }
        };
        self.levels.iter().map(level).filter(|fix| !fix.level.is_empty()).collect()
    }
}

impl Pack {
    fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Unnamed => Some(UNNAMED.to_owned()),
            Self::Named(name) => Some(name.clone()),
        }
    }
}

/// Puts releases and packs together. A pack may stand before its release or behind it.
#[derive(Debug, Default)]
struct Reader<'a> {
    levels: Vec<(Option<String>, Pack)>,
    /// The release that packs belong to.
    release: Option<String>,
    /// A pack whose release is still to come.
    waiting: Option<Pack>,
    /// Words of the product's name.
    product: Vec<&'a str>,
    before: Before,
}

/// What stood right before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Before {
    #[default]
    Other,
    /// "version"
    Version,
    /// A pack with its number.
    Pack,
    /// A word of the product's name.
    Name,
    /// "of" behind a release: its product follows.
    Of,
}

impl<'a> Reader<'a> {
    /// Takes the first of these words, or a few; tells how many, and whether the level may go on.
    fn word(&mut self, words: &[&'a str], plain: &'a str, lower: &str) -> (usize, bool) {
        let before = std::mem::take(&mut self.before);
        if let Some((pack, used)) = pack(words) {
            self.pack(pack);
            self.before = Before::Pack;
            return (used, true);
        }
        if lower == "hrp" || lower == "rollup" {
            self.rollup();
            return (1, true);
        }
        if let Some((number, rest)) = number(plain) {
            let goes_on = rest.is_empty();
            if before == Before::Pack && !number.contains('.') && number.len() == 1 {
                self.pack(Pack::Named(format!("SP{number}")));
                self.before = Before::Pack;
            } else if number.contains('.') || before == Before::Version || (before == Before::Name && number.len() > 1)
            {
                self.release(number);
            } else if self.release.is_some() {
                return (1, false);
            }
            return (1, goes_on);
        }
        self.before = match lower {
            "version" | "versions" | "release" => Before::Version,
            "of" => Before::Of,
            "the" if before == Before::Of => Before::Of,
            // "Service Packs 1 and 2"
            "and" | "or" if before == Before::Pack => Before::Pack,
            _ if self.is_name(before, plain) && !BETWEEN.contains(&lower) => {
                self.product.push(plain);
                Before::Name
            }
            _ => Before::Other,
        };
        let known = self.release.is_some();
        (1, !known || BETWEEN.contains(&lower) || plain.starts_with(char::is_uppercase) || plain.is_empty())
    }

    /// Whether a word belongs to the name of the product.
    fn is_name(&self, before: Before, plain: &str) -> bool {
        let has_room = self.release.is_none() || before == Before::Of;
        has_room && plain.starts_with(char::is_uppercase)
    }

    fn pack(&mut self, pack: Pack) {
        match &self.release {
            Some(release) => {
                // The release alone was only the first half of it.
                let release = Some(release.clone());
                self.levels.retain(|level| *level != (release.clone(), Pack::None));
                self.levels.push((release, pack));
            }
            None => self.waiting = Some(pack),
        }
    }

    fn release(&mut self, release: String) {
        let pack = self.waiting.take().unwrap_or(Pack::None);
        self.levels.push((Some(release.clone()), pack));
        self.release = Some(release);
    }

    /// A rollup of hotfixes on top of a pack.
    fn rollup(&mut self) {
        if let Some((_, Pack::Named(name))) = self.levels.last_mut()
            && !name.ends_with(" HRP")
        {
            name.push_str(" HRP");
        }
    }

    fn end(&mut self) -> Vec<(Option<String>, Pack)> {
        if let Some(pack) = self.waiting.take() {
            self.levels.push((None, pack));
        }
        std::mem::take(&mut self.levels)
    }
}

/// `Service Pack 3`, `SP3`, `SP 3`, `Service Release 1`, also with "Service Pack" twice; how many words that is.
fn pack(words: &[&str]) -> Option<(Pack, usize)> {
    let word = |at: usize| words.get(at).map_or("", |word| bare(word));
    let is_service = |at: usize| word(at).eq_ignore_ascii_case("service");
    let kind = |at: usize| match word(at).to_ascii_lowercase().as_str() {
        "pack" | "packs" if is_service(at.wrapping_sub(1)) => Some("SP"),
        "release" if is_service(at.wrapping_sub(1)) => Some("SR"),
        _ => None,
    };
    let mut used = 0;
    let mut named = None;
    while let Some(found) = kind(used + 1).filter(|_| is_service(used)) {
        named = Some(found);
        used += 2;
    }
    if used == 0 {
        let short = word(0);
        let digits = short.strip_prefix("SP").or_else(|| short.strip_prefix("SR"))?;
        let digits = digits.trim_start_matches('-');
        if digits.is_empty() {
            let next = pack_number(word(1))?;
            return Some((Pack::Named(format!("SP{next}")), 2));
        }
        let (kind, number) = (&short[..2], pack_number(digits)?);
        return Some((Pack::Named(format!("{kind}{number}")), 1));
    }
    // A sentence that ends with "Service Pack." has no number behind it.
    if words.get(used - 1).is_some_and(|last| ends_sentence(last)) {
        return Some((Pack::Unnamed, used));
    }
    let kind = named.unwrap_or("SP");
    match pack_number(word(used)) {
        // Where text follows without a blank, the level is over.
        Some(number) if number.len() == word(used).len() => Some((Pack::Named(format!("{kind}{number}")), used + 1)),
        Some(number) => Some((Pack::Named(format!("{kind}{number}")), words.len().min(WITHIN).max(used + 1))),
        None => Some((Pack::Unnamed, used)),
    }
}

/// The number of a pack: one digit, which no other one and no `.` follows.
fn pack_number(word: &str) -> Option<&str> {
    let digit = word.get(..1).filter(|digit| digit.bytes().all(|byte| byte.is_ascii_digit()))?;
    let rest = &word[1..];
    let is_alone = !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_uppercase));
    is_alone.then_some(digit)
}

/// A number such as `1.2` or `6.0a`, and what follows it without a blank.
fn number(word: &str) -> Option<(String, &str)> {
    let length = word.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let number = word[..length].trim_end_matches('.');
    let rest = &word[number.len()..];
    if number.is_empty() || !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let letters = rest.len();
    match rest {
        "" => Some((number.to_owned(), "")),
        // `6.0a`, `4.2x`
        _ if letters <= 2 && rest.bytes().all(|byte| byte.is_ascii_lowercase()) => Some((word.to_owned(), "")),
        // `3.5.This`
        _ if rest.starts_with('.') || rest.starts_with(char::is_uppercase) => Some((number.to_owned(), rest)),
        _ => None,
    }
}

/// Whether a sentence ends with this word; "U.S." ends none.
fn ends_sentence(word: &str) -> bool {
    let word = word.trim_end_matches(['"', ')', '\'']);
    let Some(stem) = word.strip_suffix(['.', '!', '?', ';', ':']) else { return false };
    !matches!(stem, "U.S" | "US" | "U.K" | "v" | "vs" | "Inc" | "Corp")
}

/// The name of the product, unless it is the article's first one: what only says `1.2` is a level of that.
fn foreign(named: &[&str], applies: &Applies) -> Option<String> {
    if named.is_empty() || applies.products.is_empty() {
        return None;
    }
    let fits = |product: &String| {
        let words: Vec<String> = product.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase).collect();
        let known =
            named.iter().filter(|word| words.iter().any(|own| is_alike(own, &word.to_ascii_lowercase()))).count();
        if named.iter().any(|word| is_acronym(word, product)) { named.len() } else { known }
    };
    let first = applies.products.first().map_or(0, fits);
    let best = applies.products.iter().map(fits).max().unwrap_or(0);
    let is_own = first == best && first * 3 >= named.len() * 2;
    (!is_own).then(|| named.join(" "))
}

/// "Systems" and "System", "Management" and "Manager".
fn is_alike(one: &str, other: &str) -> bool {
    const STEM: usize = 5;
    one == other || (one.len() > STEM && other.len() > STEM && one.get(..STEM) == other.get(..STEM))
}

/// Whether a word is made of the first letters of the last words of a name.
fn is_acronym(word: &str, name: &str) -> bool {
    let initials: String = name.split_whitespace().filter_map(|word| word.chars().next()).collect();
    word.len() > 1 && initials.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applies() -> Applies {
        let lines = [
            "The information in this article applies to:",
            "",
            "- Acme Wide Management Server version 1.2",
            "-------------------------------------------------------------------------------",
        ];
        Applies::of(&lines).expect("a block")
    }

    fn check(prose: &str, wanted: &[(&str, &str)]) {
        let found = fixes(prose, &applies());
        let found: Vec<(&str, &str)> = found.iter().map(|fix| (fix.level.as_str(), fix.says.as_str())).collect();
        assert_eq!(found, wanted, "{prose}");
    }

    #[test]
    fn releases_and_packs() {
        check("This was corrected in Wide Management Server version 1.2.", &[("1.2", "in version")]);
        check("It has been fixed in WMS 1.2 Service Pack 3.", &[("1.2 SP3", "in version")]);
        check("It was first corrected in the Wide Management Server 2.0 SP2 (English).", &[("2.0 SP2", "first")]);
        check("It was corrected in version 2.0 Service Pack Service Pack 1.", &[("2.0 SP1", "in version")]);
        check("It was corrected in version 2.0 Service Pack 1Somebody has 3.0 confirmed", &[("2.0 SP1", "in version")]);
        check(
            "It was first corrected in Wide Management Server 2.0 Service Pack 4 Hotfix Rollup Package (HRP).",
            &[("2.0 SP4 HRP", "first")],
        );
        check("It was fixed in version 1.1 and version 1.2.", &[("1.1", "in version"), ("1.2", "in version")]);
        check("It was fixed in 2.0 Service Packs 1 and 2.", &[("2.0 SP1", "in version"), ("2.0 SP2", "in version")]);
        check("It was fixed in Service Pack 2 for Wide Management Server 2.0.", &[("2.0 SP2", "in version")]);
        check("It is fixed in 1.2 SP1. It was first corrected in 1.2 Service Pack 1.", &[("1.2 SP1", "first")]);
        check("It is fixed in 6.0a. Version 7.0 is new.", &[("6.0a", "in version")]);
    }

    #[test]
    fn the_latest_pack_is_not_named() {
        check("This has been corrected in the latest U.S. service pack for WMS version 1.2.", &[("1.2 SP?", "latest")]);
        check(
            "It was corrected in the latest Wide Management Server 1.2 U.S. Service Pack. See 3.0.",
            &[("1.2 SP?", "latest")],
        );
        check("It was corrected in the latest US Service Pack for the server.", &[("1.2 SP?", "latest")]);
        check("To resolve it, obtain the latest service pack for WMS version 2.0.", &[("2.0 SP?", "latest")]);
        check(
            "To resolve it, obtain the latest service pack for WMS version 2.0.\nIt was first corrected in WMS 2.0 Service Pack 3.",
            &[("2.0 SP3", "first")],
        );
    }

    #[test]
    fn levels_of_other_products_say_so() {
        check("The leak was fixed in the 4.6 version of the Other redirector.", &[("Other 4.6", "in version")]);
        check("This fix is included in Wide Management Server 1.2 SP4.", &[("1.2 SP4", "in version")]);
        check("It was corrected in Other System version 3.51.", &[("Other System 3.51", "in version")]);
        check("It was corrected in Wide Manager Server version 1.2.", &[("1.2", "in version")]);
        check(
            "It was corrected in Some Suite, 32-bit Edition, version 4.1.",
            &[("Some Suite Edition 4.1", "in version")],
        );
    }

    #[test]
    fn levels_that_are_said_to_correct_it() {
        let sp3 = &[("1.2 SP3", "in version")];
        check("Wide Management Server 1.2 Service Pack 3 (SP3) has corrected this issue by a file.", sp3);
        check("Obtain it. Service Pack 3, which corrects this problem, is out.", sp3);
        check("To resolve this issue, install WMS 1.2 Service Pack 3 (SP3) or later.", sp3);
        check("To correct this problem, upgrade to Wide Management Server version 2.0.", &[("2.0", "in version")]);
        check("To resolve this problem, obtain the WMS version 1.2 Service Pack 3 (SP3).", sp3);
        check("With WMS 1.2 Service Pack 3 (SP3) and later, the drum no longer stops.", sp3);
        check("NOTE: As of WMS 1.2 SP3, the drum no longer stops.", sp3);
        check("In WMS version 1.2 SP3, the drum has been corrected to stop.", sp3);
        check("This fix was released with SP3 and will allow Drums 4.5 to stop.", sp3);
        for prose in [
            "Service Pack 3 has corrected other problems.",
            "The latest service pack for WMS 2.0 fixes the problems of this list.",
            "To work around this problem, upgrade to WMS 2.0.",
            "To resolve this problem, install the hotfix on WMS 1.2 Service Pack 3.",
            "To eliminate the error, install Other System 4.0 Service Pack 3.",
            "To resolve this problem, upgrade to the folder of it.",
            "In WMS 1.2, the drum no longer.",
            "In WMS 2.0, you may move the drum where it is no longer of use.",
            "To resolve this problem, please ask Others to obtain version 4.2 or later of it.",
            "The drum is no longer there in WMS 1.2.",
            "To resolve this problem, install",
        ] {
            check(prose, &[]);
        }
    }

    #[test]
    fn what_is_not_fixed() {
        for prose in [
            "It cannot be resolved in version 1.2.",
            "It will be corrected in version 1.2.",
            "It has not been fixed in version 1.2.",
            "It was corrected in the next service pack.",
            "Most of them are resolved in this step.",
            "It was corrected. Version 1.2 is out.",
            "The list has the bugs that are fixed in version 1.2.",
            "To find out which bugs are fixed by this, see Service Pack 2.",
            "This fix is included in the folder of Service Pack 2.",
            "The tool is included in version 1.2.",
            "The bugs of a pack are also fixed in subsequent service packs.",
            "The fix was included with the bundle for version 1.2 Service Pack 1.",
            "How to Obtain the Latest Management Server 2.0 Service Pack",
        ] {
            check(prose, &[]);
        }
    }
}
