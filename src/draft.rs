//! Drafts of rules: what the record of an article lets a rule say, for a person to go on from.
//!
//! A draft is a valid rule, tagged `draft`. It states the levels that the product's data knows, and looks for the messages
//! that the article quotes, without their variable parts. It knows no causes: the record has none.

use crate::article::{Article, FixedIn};
use crate::kb::{Product, Products};

/// The product whose levels an article states, by its name in the product's data.
#[must_use]
pub fn product_of<'a>(article: &Article, products: &'a Products) -> Option<&'a Product> {
    let named = |name: &String| products.iter().find(|product| product.name.eq_ignore_ascii_case(name));
    article.products.iter().find_map(named)
}

/// The text of a rule; `None` if the record has neither a level that the product knows nor a message to look for.
#[must_use]
pub fn draft(article: &Article, product: &Product) -> Option<String> {
    let affects = affects(article, product);
    let fixed = fixed(article, product);
    let symptom = symptom(&article.messages);
    if affects.is_empty() && fixed.is_empty() && symptom.is_empty() {
        return None;
    }
    let mut rule = String::from("# A draft, made of the article's record. Look at every line before you rely on it.\n");
    let mut line = |text: String| {
        rule.push_str(&text);
        rule.push('\n');
    };
    line(format!("article {} {} {{", article.id, quoted(&article.title)));
    line(format!("  product {}", product.id));
    if !affects.is_empty() {
        line(format!("  affects {}", affects.join(", ")));
    }
    for (level, says) in &fixed {
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
    if !symptom.is_empty() {
        line("\n  symptom quoted \"What the article quotes stands in a log\" {".to_owned());
        symptom.into_iter().for_each(|test| line(format!("    text {test}")));
        line("  }".to_owned());
    }
    line("}".to_owned());
    Some(rule)
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
    Some(if is_plain { name.to_owned() } else { quoted(name) })
}

/// So many messages a symptom looks for: all of them have to be there, and a log may lack one.
const MOST_MESSAGES: usize = 4;

/// The tests of the messages that tell most, in their order.
fn symptom(messages: &[String]) -> Vec<String> {
    let mut tests: Vec<(usize, usize, String)> = Vec::new();
    for (at, message) in messages.iter().enumerate().filter(|(_, message)| is_text(message)) {
        if let Some((weight, test)) = test(message)
            && !tests.iter().any(|(_, _, known)| *known == test)
        {
            tests.push((weight, at, test));
        }
    }
    tests.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    tests.truncate(MOST_MESSAGES);
    if tests.iter().map(|(weight, _, _)| weight).sum::<usize>() < FEWEST_IN_ALL {
        return Vec::new();
    }
    tests.sort_by_key(|(_, at, _)| *at);
    tests.into_iter().map(|(_, _, test)| test).collect()
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

/// Letters that all tests of a symptom need together: "Runtime error!" may come from anywhere.
const FEWEST_IN_ALL: usize = 18;

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Word(&'a str),
    /// Something that is another one on every machine.
    Variable,
}

/// `has "…"`, or `~ /…/` where a part of the message varies; and how many letters it asks for.
fn test(message: &str) -> Option<(usize, String)> {
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
    if letters < FEWEST_LETTERS || words().count() < FEWEST_WORDS {
        return None;
    }
    if parts.contains(&Part::Variable) {
        return Some((letters, format!("~ /{}/", expression(&parts))));
    }
    let text = words().collect::<Vec<_>>().join(" ");
    // How many dots a program prints is nobody's concern.
    let text = if text.ends_with("..") { text.trim_end_matches('.') } else { &text };
    Some((letters, format!("has {}", quoted(text))))
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
    let varies = word.contains(|c: char| c.is_ascii_digit() || matches!(c, '\\' | '<' | '>' | '%' | '@'))
        || word.contains("xxx")
        || word.trim_matches('.').is_empty();
    if varies { Part::Variable } else { Part::Word(word) }
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
fn quoted(text: &str) -> String {
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
            "product: acme\nname: Acme Server\ninstall: Install {level}\nlevels: [{level: '1.2'}, {level: '1.2 SP1', release: '1.2', after: ['1.2']}]",
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
            assert_eq!(test(message).map(|(_, test)| test).as_deref(), wanted, "{message}")
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
        assert!(symptom(&messages.map(str::to_owned)).is_empty());
        let many: Vec<String> = ["one", "two", "three", "four", "five"]
            .iter()
            .map(|n| format!("This message has {n} words more"))
            .collect();
        assert_eq!(symptom(&many).len(), MOST_MESSAGES);
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
