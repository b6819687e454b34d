//! The message strings that an article quotes: lines of logs, texts of errors, ids of events, registry paths, INI entries.
//!
//! They are what a rule looks for. The article's own sentences are no messages: a block counts as quoted only if the
//! text before it says so, or if a mark in it shows that it is of a log.

use super::excerpts::{logged, stamp_goes_on, writer};
use super::paragraphs::Paragraph;
use super::record::Quote;
use super::words::{after, bare, find_ignoring_case, id_at, is_flush, squeeze};

/// The messages of an article in order of mention, each once.
#[derive(Debug, Default)]
pub(super) struct Messages {
    list: Vec<String>,
    /// The same, with where each stands.
    quotes: Vec<Quote>,
    /// The number of the place that is being read.
    place: usize,
    /// One of the messages of this place appears, and not all of them.
    either: bool,
    /// There were more than are kept.
    pub(super) more: bool,
    /// The blocks that paragraphs have announced, each deeper than the one before.
    announced: Vec<Announced>,
}

/// So many messages of an article are kept.
const MOST: usize = 64;

/// So many characters of a message are kept.
const LONGEST: usize = 512;

/// What stands below an announcement: "the following message appears:".
#[derive(Debug, Clone)]
struct Announced {
    /// How far the announcement is indented. The block is indented further.
    indent: usize,
    /// It is a bullet or a step, whose own text goes on in further paragraphs.
    is_item: bool,
    /// It quotes messages.
    quotes: bool,
    /// The section of an INI file that the announcement names.
    section: Option<String>,
}

impl Messages {
    /// All messages of the paragraphs.
    pub(super) fn of<'b, 'a: 'b>(paragraphs: impl Iterator<Item = Paragraph<'b, 'a>>) -> Self {
        let mut messages = Self::default();
        for paragraph in paragraphs {
            messages.paragraph(paragraph);
        }
        messages
    }

    pub(super) fn into_lists(self) -> (Vec<String>, Vec<Quote>) {
        (self.list, self.quotes)
    }

    /// What follows stands somewhere else.
    fn next_place(&mut self, either: bool) {
        self.place += 1;
        self.either = either;
    }

    /// The messages of this place are choices.
    fn choices(&mut self) {
        self.either = true;
        let place = self.place;
        self.quotes.iter_mut().rev().take_while(|quote| quote.place == place).for_each(|quote| quote.either = true);
    }

    fn paragraph(&mut self, paragraph: Paragraph<'_, '_>) {
        let first = paragraph.lines.first().copied().unwrap_or_default();
        let indent = first.len() - first.trim_start().len();
        let mut before = None;
        while self.announced.last().is_some_and(|announced| indent <= announced.indent) {
            before = self.announced.pop();
        }
        if let Some(announced) = self.announced.last_mut()
            && announced.is_own_text(indent)
            && speaks(&paragraph.joined())
        {
            // The message is over. What follows is the text of the bullet again.
            announced.quotes = false;
        }
        if !self.announced.is_empty() || paragraph.is_indented() {
            self.block(paragraph);
        } else {
            self.prose(paragraph);
        }
        if is_between(paragraph.lines.concat().trim()) {
            self.choices();
        }
        if let Some(before) = before.take_if(|_| is_between(paragraph.lines.concat().trim())) {
            self.announced.push(before);
        } else if announces(paragraph) {
            let text = paragraph.joined();
            self.next_place(is_choice(last_sentence(&text)));
            let inherits = self.announced.last().or(before.as_ref().filter(|_| is_label(&text)));
            let quotes = inherits.is_some_and(|outer| outer.quotes);
            let announced = announcement(&text, indent);
            self.announced.push(Announced { quotes: quotes || announced.quotes, ..announced });
        }
    }

    /// Text of the article: it names events and paths, and quotes errors in quotation marks.
    fn prose(&mut self, paragraph: Paragraph<'_, '_>) {
        if !is_between(paragraph.lines.concat().trim()) {
            self.next_place(false);
        }
        if paragraph.lines.iter().any(|line| line.contains(['$', '\t', '>', '['])) {
            for line in log_lines(paragraph) {
                logged(&line).unwrap_or_default().iter().for_each(|text| self.add_written(text, writer(&line)));
            }
        }
        let text = paragraph.joined();
        self.event_ids(&text);
        self.paths(&text);
        if says(&text, &["error", "message", "warning"]) {
            quoted(&text).for_each(|quoted| self.add(quoted));
        }
    }

    /// A block that is set off.
    fn block(&mut self, paragraph: Paragraph<'_, '_>) {
        let announced = self.announced.last().cloned();
        let quotes = announced.as_ref().is_some_and(|announced| announced.quotes);
        let mut section = announced.and_then(|announced| announced.section);
        for line in path_lines(log_lines(paragraph)) {
            self.event_ids(&line);
            if let Some(texts) = logged(&line) {
                texts.iter().for_each(|text| self.add_written(text, writer(&line)));
            } else if let Some(name) = section_of(&line) {
                section = Some(name.to_owned());
            } else if let Some(path) = whole_path(&line) {
                self.add(&path);
            } else if let (Some(section), true) = (&section, is_entry(&line)) {
                self.add(&format!("[{section}] {}", squeeze(&line)));
            } else if let Some(text) = after(&line, "Description:") {
                self.add(&squeeze(text));
            } else if quotes && is_message(&line) {
                self.add(&squeeze(&line));
            } else {
                self.paths(&line);
            }
        }
    }

    /// `Event ID: 374` in any spelling.
    fn event_ids(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = find_ignoring_case(rest, "event") {
            rest = &rest[at + "event".len()..];
            let name = rest.trim_start();
            let Some(number) = after(name, "id") else { continue };
            let number = number.trim_start_matches([':', ' ', '=', '#', '"']);
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            if (1..=5).contains(&digits) && rest.len() - number.len() < 10 {
                self.add(&format!("Event ID: {}", &number[..digits]));
            }
        }
    }

    /// Registry paths inside of a text, to the next blank.
    fn paths(&mut self, text: &str) {
        let mut words = text.split(' ').peekable();
        while let Some(word) = words.next() {
            let mut path = word.trim_start_matches(['"', '\'', '(', '[']).to_owned();
            if !path.contains('\\') || !is_path(&path) {
                continue;
            }
            // A name in the path may have a blank in it.
            while let Some(next) = words.next_if(|next| is_rest_of_path(&path, next)) {
                path.push(' ');
                path.push_str(next);
            }
            self.add(path.trim_end_matches(|c: char| "\"')],;:.".contains(c)));
        }
    }

    fn add(&mut self, text: &str) {
        self.add_written(text, None);
    }

    /// A message, and the component or program that wrote it.
    fn add_written(&mut self, text: &str, writer: Option<&str>) {
        let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
        let text = text[..end].trim_matches(['~', ' ']);
        if text.len() < 4 || !text.contains(char::is_alphabetic) || self.list.iter().any(|known| known == text) {
            return;
        }
        if self.list.len() >= MOST {
            self.more = true;
            return;
        }
        self.list.push(text.to_owned());
        let writer = writer.map(str::to_owned);
        self.quotes.push(Quote { text: text.to_owned(), writer, place: self.place, either: self.either });
    }
}

/// The lines of a paragraph as they were before they were wrapped, also those that were wrapped within a stamp.
fn log_lines(paragraph: Paragraph<'_, '_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in paragraph.unwrapped() {
        match lines.last_mut() {
            Some(last) if stamp_goes_on(last, &line) => {
                last.push(' ');
                last.push_str(&line);
            }
            _ => lines.push(line),
        }
    }
    lines
}

/// The paths of a line that is a list of them, or the line.
fn each_path(line: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let first = line.split(' ').next().unwrap_or_default();
    if !is_path(first) {
        return vec![line.to_owned()];
    }
    let begins = |word: &str| is_path(word) && word.as_bytes().first() == first.as_bytes().first();
    for word in line.split(' ') {
        match paths.last_mut() {
            Some(last) if !begins(word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => paths.push(word.to_owned()),
        }
    }
    paths
}

/// The lines, with paths that are wrapped in one line.
fn path_lines(lines: Vec<String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for line in lines.iter().flat_map(|line| each_path(line)) {
        match whole.last_mut() {
            Some(last)
                if whole_path(last).is_some()
                    && (last.ends_with('\\') != line.starts_with('\\'))
                    && !is_path(&line) =>
            {
                last.push_str(&line);
            }
            _ => whole.push(line),
        }
    }
    whole
}

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| find_ignoring_case(text, word).is_some())
}

/// Words of an announcement of messages.
const ANNOUNCES: &[&str] = &["message", "error", "warning", "log", "logged"];

/// Words that announce messages too, but as often something else.
const MAY_ANNOUNCE: &[&str] = &[
    "entry",
    "entries",
    "event",
    "output",
    "appear",
    "display",
    "show",
    "trace",
    "following information",
    "returns",
    "reports",
    "states",
    "similar to",
    "dialog box",
];

/// What is announced otherwise though such words are there: what to do, and other articles.
const OTHERWISE: &[&str] = &[
    "knowledge base",
    "web site",
    "world wide web",
    "article",
    "type the",
    "enter the",
    "following command",
    "following steps",
    "these steps",
    "do the following",
    "dialog box, click",
];

/// What is announced otherwise if it is not said that an error or a message follows.
const OF_SETTINGS: &[&str] = &[
    "command line",
    "command prompt",
    "command:",
    "commands",
    "the command",
    "this command",
    "attributes",
    "syntax",
    "registry key",
    "registry editor",
    "batch file",
    "logon script",
    "catalog",
    "add the",
    "edit the",
    "change the",
    "remove the",
    "words",
];

/// What a word that only may announce something then announces: settings, and what manuals say.
const OF_OTHERS: &[&str] = &[
    "registry entry",
    "registry entries",
    "prompted for",
    "to generate",
    "two ways",
    "insert",
    "structure",
    "query",
    "queries",
    "show up",
    "table",
    "headers",
    "guide",
    "manual",
    "documentation",
    "help file",
    "readme",
    "release notes",
    "chapter",
    "excerpt",
];

fn announcement(text: &str, indent: usize) -> Announced {
    let sentence = last_sentence(text);
    let section = sentence.find('[').and_then(|at| sentence[at + 1..].split_once("] section"));
    let section = section.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(['[', ']']));
    let named = |words: &[&str]| words.iter().any(|word| has_word(sentence, word));
    let may_quote = named(ANNOUNCES) || (named(MAY_ANNOUNCE) && !named(OF_OTHERS));
    let quotes = says_what_follows(sentence) || (may_quote && !says(sentence, OF_SETTINGS));
    Announced { indent, is_item: is_item(text), quotes: quotes && !says(sentence, OTHERWISE), section }
}

fn last_sentence(text: &str) -> &str {
    text.rsplit(". ").next().unwrap_or(text)
}

/// Whether a sentence says that errors or messages follow: "the following two errors appear", "this error message:".
fn says_what_follows(sentence: &str) -> bool {
    let names = |word: &str| ["error", "message", "warning"].iter().any(|name| has_word(word, name));
    let words: Vec<&str> = sentence.split(' ').collect();
    let follows = |at: usize| words[at + 1..].iter().take(NAMED_WITHIN).any(|word| names(word));
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("following"));
    at.is_some_and(follows) || (sentence.ends_with(':') && words.last().is_some_and(|last| names(last)))
}

/// So many words behind "the following" it is said what that is: "the following SMS event ID 12 error".
const NAMED_WITHIN: usize = 6;

/// Whether a paragraph announces what stands below it: it ends with `:`, or says that a message follows.
fn announces(paragraph: Paragraph<'_, '_>) -> bool {
    let last = paragraph.lines.last().copied().unwrap_or_default();
    last.ends_with(':') || (last.ends_with('.') && says_what_follows(last_sentence(&paragraph.joined())))
}

/// "One of the following errors appears:"
fn is_choice(sentence: &str) -> bool {
    ["one of", "any of", "either", "one or more", "some of"].iter().any(|word| has_word(sentence, word))
}

/// `-or-` between two messages.
fn is_between(text: &str) -> bool {
    matches!(text.trim_matches('-').to_ascii_lowercase().as_str(), "or" | "and")
}

/// Whether a word stands in a text in any letter case, also with an ending: "errors", "displayed".
fn has_word(text: &str, word: &str) -> bool {
    let mut rest = text;
    let mut before = ' ';
    while let Some(at) = find_ignoring_case(rest, word) {
        let begins = !rest[..at].chars().next_back().unwrap_or(before).is_alphanumeric();
        rest = &rest[at + word.len()..];
        let letters = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        if begins && ["", "s", "ed", "ing"].contains(&&rest[..letters]) {
            return true;
        }
        before = 'x';
    }
    false
}

/// Whether a text is a bullet or a step: `- …`, `1. …`, `a. …`.
fn is_item(text: &str) -> bool {
    let text = text.trim_start();
    let Some((mark, _)) = text.split_once(' ') else { return false };
    let Some(number) = mark.strip_suffix(['.', ')']) else { return matches!(mark, "-" | "*" | "o") };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    !number.is_empty() && ((digits && number.len() < 3) || (number.len() == 1 && number.is_ascii()))
}

impl Announced {
    /// Whether a paragraph that is indented so far stands where the text of the bullet does.
    fn is_own_text(&self, indent: usize) -> bool {
        self.is_item && indent <= self.indent + MARK
    }
}

/// The text of a bullet stands so far behind its mark, or less.
const MARK: usize = 3;

/// The texts in quotation marks that have some words. Titles of articles and names of sections are none.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let open = from + text[from..].find('"')?;
            from = open + 1;
            let end = from + text[from..].find('"')?;
            let (before, part, behind) = (&text[..open], &text[open + 1..end], &text[end + 1..]);
            // A mark may be missing, or stand for itself.
            if before.ends_with(|c: char| c.is_alphanumeric() || ".,!?\\\"".contains(c)) || part.starts_with(' ') {
                continue;
            }
            from = end + 1;
            if part.split(' ').count() >= 4 && !part.starts_with('<') && !is_title(before, behind) {
                return Some(part.trim());
            }
        }
    })
}

/// Whether what stands between these is the title of an article, or of a part of one.
fn is_title(before: &str, behind: &str) -> bool {
    let last = before.trim_end_matches([' ', ',', ':', '(']).rsplit(' ').next().unwrap_or_default();
    let of_part = ["section", "topic", "chapter", "article", "guide", "option", "check box", "field", "tab", "button"];
    id_at(bare(last)).is_some() || of_part.iter().any(|name| after(behind.trim_start(), name).is_some())
}

/// `[Section]`
fn section_of(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.strip_suffix(']')?;
    let is_name = !name.is_empty() && name.len() <= 64 && !name.contains(['[', ']', '=']);
    (is_name && name.starts_with(|c: char| c.is_alphabetic())).then_some(name)
}

/// `Key=value`
fn is_entry(line: &str) -> bool {
    let Some((key, _)) = line.split_once('=') else { return false };
    let key = key.trim();
    let is_name = |c: char| c.is_alphanumeric() || "_ .-()".contains(c);
    (1..=64).contains(&key.len()) && key.starts_with(char::is_alphabetic) && key.chars().all(is_name)
}

/// Branches that registry paths begin with.
const ROOTS: &[&str] = &["HKEY_", "HKLM\\", "HKCU\\", "HKCR\\", "HKU\\"];
const BRANCHES: &[&str] = &["SOFTWARE\\", "SYSTEM\\", "HARDWARE\\"];

/// Whether a word is a registry path, and not only the name of a root.
fn is_path(word: &str) -> bool {
    let begins = |names: &[&str], text: &str| names.iter().any(|name| after(text, name).is_some());
    let tail = word.trim_start_matches('\\');
    (begins(ROOTS, word) || begins(BRANCHES, tail)) && tail.contains('\\') && !word.ends_with("\\\\")
}

/// Whether a word goes on with a path before it.
fn is_rest_of_path(path: &str, word: &str) -> bool {
    let is_open = path.ends_with(|c: char| c.is_alphanumeric()) && path.len() < LONGEST;
    let is_part = word.find('\\').is_some_and(|at| at > 0 && !word[..at].ends_with(':'));
    is_open && is_part && !is_path(word)
}

/// A line that is a registry path, which may have blanks in it; those around its `\` come from wrapping.
fn whole_path(line: &str) -> Option<String> {
    let line = line.trim().trim_matches(['[', ']']).trim();
    let line = [" registry key", " key"].iter().find_map(|tail| line.strip_suffix(tail)).unwrap_or(line);
    let parts: Vec<&str> = line.split('\\').map(str::trim).collect();
    let is_name = parts.last().is_some_and(|last| last.split(' ').count() <= 5 && last.starts_with(char::is_uppercase));
    let path = parts.join("\\");
    let path = if is_name { path.trim_end_matches('.') } else { path.as_str() };
    (is_path(path) && !path.ends_with('.')).then(|| path.to_owned())
}

/// What stands around the description of an event.
const LABELS: &[&str] = &["Source:", "Type:", "Category:", "User:", "Computer:", "Date:", "Time:", "Event ID:"];

/// How lines of a quoted block begin that are part of a list, link or separator, or words of the article.
const NO_MESSAGE: &[&str] = &[
    "- ",
    "-or-",
    "-and-",
    "* ",
    "o ",
    "NOTE",
    "http",
    "ftp",
    "Q1",
    "Q2",
    "Q3",
    "where ",
    "For example",
    "In this example",
    "For more information",
];

/// Whether a paragraph only says where the next message stands: "On the server:".
fn is_label(text: &str) -> bool {
    text.split(' ').count() <= 6 && !is_item(text)
}

/// Words in which an article speaks of the message that it has quoted.
const SPEAKS: &[&str] = &[
    "the symptom",
    "this symptom",
    "this message",
    "the message",
    "above message",
    "error message",
    "this error",
    "you can then",
];

fn speaks(text: &str) -> bool {
    says(text, SPEAKS) && !text.ends_with(':')
}

/// Whether a line of a quoted block is a message: some words, and none of the article itself.
fn is_message(line: &str) -> bool {
    let line = line.trim();
    let words = line.split(' ').filter(|word| bare(word).len() > 1).count();
    let is_label = LABELS.iter().any(|label| after(line, label).is_some());
    let announces =
        line.ends_with(':') && says(line, &["following"]) && (has_word(line, "log") || has_word(line, "logged"));
    let is_own = NO_MESSAGE.iter().any(|begin| line.starts_with(begin));
    words >= 2 && is_flush(line) && !is_item(line) && !is_label && !announces && !is_own && !has_remark(line)
}

/// Whether a line ends with a remark of somebody: `(the name of the site)`.
fn has_remark(line: &str) -> bool {
    let Some((_, remark)) = line.strip_suffix(')').and_then(|line| line.rsplit_once('(')) else { return false };
    let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    !remark.contains(['=', ')']) && remark.split(' ').filter(is_word).count() >= 4
}

#[cfg(test)]
mod tests {
    use super::super::paragraphs::paragraphs;
    use super::*;

    fn check(body: &str, wanted: &[&str]) {
        let lines: Vec<&str> = body.lines().collect();
        let messages = Messages::of(paragraphs(&lines, &vec![false; lines.len()]));
        assert_eq!(messages.into_lists().0, wanted, "{body}");
    }

    #[test]
    fn announced_blocks_are_quoted() {
        check(
            "You see the following error message:\n\n  The thing is not there.\n\ntext\n\n  The own words of somebody.",
            &["The thing is not there."],
        );
        check(
            "- One of these appears in the log:\n\n    First text\n\n    Second text\n\n- next",
            &["First text", "Second text"],
        );
        check("Type the following command:\n\n  tool /a /b message", &[]);
        check("The message of the Drum Command Manager says:\n\n  It is full.", &["It is full."]);
        check("Do this:\n\n  - You see the message:\n\n      It is full.", &["It is full."]);
        check("The log shows:\n\n  One line\n\n-or-\n\n  Another line", &["One line", "Another line"]);
        check("You get the following error in a box.\n\n  It is full now.", &["It is full now."]);
        check("These errors appear:\n\nOn the client:\n\n  It is full now.", &["It is full now."]);
        check("The drum tool's command shows the following two errors:\n\n  It is full.", &["It is full."]);
        check("See the article:\n\n  Q123456 Some Error Message", &[]);
    }

    /// What the article or a manual says is no message, wherever it stands.
    #[test]
    fn sentences_of_the_article_are_none() {
        for body in [
            "The Administrator's guide states:\n\n  You can move the drum.",
            "The readme file contains the following information:\n\n  Before you move the drum, stop.",
            "- When logging on:\n\n  The drum may stop.",
            "If the error appears again, do the following:\n\n  a. Stop the drum.\n\n  b. Start it again.",
            "The following values of errorlevel exist:\n\n  0 - The drum is fine.",
            "You are prompted for the following information, as the log shows:\n\n  Site: (the name of that site)",
            "The log shows:\n\n  Name: (the name of that site)",
            "See article Q123456, \"Error When the Drum Stops\".",
            "See the \"Error Messages of the Drum\" section.",
            "Choose the \"Show errors of the drum\" option.",
            "The \"\"drum of errors\"\" stops, \" and nobody knows this error.",
        ] {
            check(body, &[]);
        }
        check(
            "- This error appears:\n\n  The drum is lost.\n\n  If it is not, this message does not appear.",
            &["The drum is lost."],
        );
        check(
            "- This error appears:\n\n  The drum is lost.\n\n  -or-\n\n  The show is over.",
            &["The drum is lost.", "The show is over."],
        );
        check(
            "The log shows this:\n\n  It is full.\n\n  Then the following may be logged in the file too:\n\n  It is over.",
            &["It is full.", "It is over."],
        );
    }

    #[test]
    fn who_wrote_a_message_and_where_it_stands_is_known() {
        let body = "One of these errors appears:\n\n  The drum is lost.\n  The show is over.\n\nThe log shows:\n\n  It ends~  $$<A_DRUM><Tue\n  Nov 04 13:07:28 1997~><thread=A0>\n\n-or-\n\n  It begins";
        let lines: Vec<&str> = body.lines().collect();
        let (_, quotes) = Messages::of(paragraphs(&lines, &vec![false; lines.len()])).into_lists();
        let shown: Vec<String> = quotes
            .iter()
            .map(|quote| format!("{} {} {} {:?}", quote.text, quote.place, quote.either, quote.writer.as_deref()))
            .collect();
        let wanted = ["The drum is lost. 2 true None", "The show is over. 2 true None"];
        assert_eq!(shown[..2], wanted);
        assert_eq!(shown[2..], ["It ends 4 true Some(\"A_DRUM\")", "It begins 4 true None"]);
    }

    #[test]
    fn wrapped_messages_are_whole() {
        let first = "  A message that is long enough to reach the end of the line where it is cut off";
        check(&format!("This error appears:\n\n{first}\n  into two"), &[&format!("{} into two", first.trim())]);
        check("This error appears:\n\n  One short line\n  another line", &["One short line", "another line"]);
    }

    #[test]
    fn log_lines_need_no_announcement() {
        check("Look here.\n\n  Text one~  $$<A><Tue\n  Nov 04 13:07:28 1997~><thread=A0>", &["Text one"]);
        check("x.log\n1/2/2001 2:27:39 PM\tText two\tTool.dll\t429 (0xF)", &["Text two"]);
    }

    #[test]
    fn events_paths_and_entries() {
        check("Event Id 374 and EventID: 108, an event idea, event id none.", &["Event ID: 374", "Event ID: 108"]);
        check(
            "This event appears:\n\n  Event Id: 7\n  Source: The Tool\n  Description: It is lost.",
            &["Event ID: 7", "It is lost."],
        );
        check("Go to HKEY_LOCAL_MACHINE\\Software\\Acme, then on.", &["HKEY_LOCAL_MACHINE\\Software\\Acme"]);
        check("Go to this key:\n\n  SOFTWARE\\Acme\\Some Tool\\Tracing", &["SOFTWARE\\Acme\\Some Tool\\Tracing"]);
        check(
            "Find HKLM\\Software\\Acme\\Client Components\\Remote Control (x)",
            &["HKLM\\Software\\Acme\\Client Components\\Remote"],
        );
        check(
            "Find this key:\n\n  HKLM\\Software\\Acme\\Some Tool\n  \\Setup",
            &["HKLM\\Software\\Acme\\Some Tool\\Setup"],
        );
        check("The file has this:\n\n  [Local]\n  SetupPhase=one\n  not an entry", &["[Local] SetupPhase=one"]);
        check("Add this to the [Local] section of the file:\n\n  Wait=5", &["[Local] Wait=5"]);
        check(
            "Find these keys:\n\n  \\SOFTWARE\\Acme\\One\n  \\SOFTWARE\\Acme\\Two",
            &["\\SOFTWARE\\Acme\\One", "\\SOFTWARE\\Acme\\Two"],
        );
        check("Find this key:\n\n  [ HKLM \\ Software \\ Acme ]", &["HKLM\\Software\\Acme"]);
        check("HKEY_LOCAL_MACHINE alone and c:\\a\\b", &[]);
    }

    #[test]
    fn quotation_marks_around_errors() {
        check("The error \"It is not there any more\" and \"OK\" appear.", &["It is not there any more"]);
        check("The book \"One two three four five\" is good.", &[]);
    }

    #[test]
    fn the_list_has_its_bounds() {
        let body: String = (0..100).map(|number| format!("Event ID: {number}\n\n")).collect();
        let lines: Vec<&str> = body.lines().collect();
        let messages = Messages::of(paragraphs(&lines, &vec![false; lines.len()]));
        assert!(messages.more && messages.into_lists().0.len() == MOST);
        let long = format!("The error \"{}\" appears", "a word ".repeat(200));
        let lines = [long.as_str()];
        let list = Messages::of(paragraphs(&lines, &[false])).into_lists().0;
        assert!(list[0].chars().count() <= LONGEST && list[0].len() > LONGEST - 10);
    }
}
