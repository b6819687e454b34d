//! The message strings that an article quotes: lines of logs, texts of errors, ids of events, registry paths, INI entries.
//!
//! They are what a rule looks for. The article's own sentences are no messages: a block counts as quoted only if the
//! text before it says so, or if a mark in it shows that it is of a log.

use super::excerpts::{logged, stamp_goes_on};
use super::paragraphs::Paragraph;
use super::words::{after, bare, find_ignoring_case, is_flush, squeeze};

/// The messages of an article in order of mention, each once.
#[derive(Debug, Default)]
pub(super) struct Messages {
    list: Vec<String>,
    /// There were more than are kept.
    pub(super) more: bool,
    /// The block that a paragraph has announced.
    announced: Option<Announced>,
}

/// So many messages of an article are kept.
const MOST: usize = 64;

/// So many characters of a message are kept.
const LONGEST: usize = 512;

/// What stands below an announcement: "the following message appears:".
#[derive(Debug)]
struct Announced {
    /// How far the announcement is indented. The block is indented further.
    indent: usize,
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

    pub(super) fn into_list(self) -> Vec<String> {
        self.list
    }

    fn paragraph(&mut self, paragraph: Paragraph<'_, '_>) {
        let indent = paragraph.lines.first().map_or(0, |line| line.len() - line.trim_start().len());
        if self.announced.as_ref().is_some_and(|announced| indent <= announced.indent) {
            self.announced = None;
        }
        if self.announced.is_some() || paragraph.is_indented() {
            self.block(paragraph);
        } else {
            self.prose(paragraph);
        }
        let last = paragraph.lines.last().copied().unwrap_or_default();
        if last.ends_with(':') && (indent == 0 || self.announced.is_none()) {
            self.announced = Some(announcement(&paragraph.joined(), indent));
        } else if indent == 0 {
            self.announced = None;
        }
    }

    /// Text of the article: it names events and paths, and quotes errors in quotation marks.
    fn prose(&mut self, paragraph: Paragraph<'_, '_>) {
        if paragraph.lines.iter().any(|line| line.contains(['$', '\t', '>', '['])) {
            log_lines(paragraph).iter().filter_map(|line| logged(line)).flatten().for_each(|text| self.add(&text));
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
        let quotes = self.announced.as_ref().is_some_and(|announced| announced.quotes);
        let mut section = self.announced.as_ref().and_then(|announced| announced.section.clone());
        for line in path_lines(log_lines(paragraph)) {
            self.event_ids(&line);
            if let Some(texts) = logged(&line) {
                texts.iter().for_each(|text| self.add(text));
            } else if let Some(name) = section_of(&line) {
                section = Some(name.to_owned());
            } else if let Some(path) = whole_path(&line) {
                self.add(path);
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
        let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
        let text = text[..end].trim_matches(['~', ' ']);
        if text.len() < 4 || !text.contains(char::is_alphabetic) || self.list.iter().any(|known| known == text) {
            return;
        }
        if self.list.len() < MOST { self.list.push(text.to_owned()) } else { self.more = true }
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

/// The lines, with paths that are wrapped in one line.
fn path_lines(lines: Vec<String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for line in lines {
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

/// Words of an announcement of messages, and those that announce something else though they are there.
const ANNOUNCES: &[&str] = &[
    "message",
    "error",
    "warning",
    "log",
    "entry",
    "entries",
    "event",
    "output",
    "appear",
    "display",
    "shows",
    "trace",
    "following information",
    "returns",
    "reports",
    "states",
    "similar to",
];
const OTHERWISE: &[&str] = &[
    "knowledge base",
    "web site",
    "world wide web",
    "article",
    "type the",
    "enter the",
    "command",
    "attributes",
    "syntax",
    "registry key",
    "registry editor",
    "file attributes",
    "batch file",
    "logon script",
    "catalog",
    "following steps",
    "dialog box, click",
    "add the",
    "edit the",
    "change the",
    "remove the",
    "words",
];

fn announcement(text: &str, indent: usize) -> Announced {
    let sentence = text.rsplit(". ").next().unwrap_or(text);
    let section = sentence.find('[').and_then(|at| sentence[at + 1..].split_once("] section"));
    let section = section.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(['[', ']']));
    Announced { indent, quotes: says(sentence, ANNOUNCES) && !says(sentence, OTHERWISE), section }
}

/// The texts in quotation marks that have some words.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('"').enumerate().filter(|(number, _)| number % 2 == 1).map(|(_, part)| part.trim());
    parts.filter(|part| part.split(' ').count() >= 4 && !part.starts_with('<'))
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

/// A line that is a registry path, which may have blanks in it.
fn whole_path(line: &str) -> Option<&str> {
    let line = line.trim().trim_matches(['[', ']']);
    (is_path(line) && !line.ends_with('.')).then_some(line)
}

/// What stands around the description of an event.
const LABELS: &[&str] = &["Source:", "Type:", "Category:", "User:", "Computer:", "Date:", "Time:", "Event ID:"];

/// Whether a line of a quoted block is a message: some words, and no part of a list, link or separator.
fn is_message(line: &str) -> bool {
    let line = line.trim();
    let words = line.split(' ').filter(|word| bare(word).len() > 1).count();
    let no_message = ["- ", "-or-", "-and-", "* ", "o ", "NOTE", "http", "ftp", "Q1", "Q2", "Q3", "where "];
    let is_label = LABELS.iter().any(|label| after(line, label).is_some());
    let is_step = line.split_once(". ").is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    words >= 2 && is_flush(line) && !is_step && !is_label && !no_message.iter().any(|begin| line.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::super::paragraphs::paragraphs;
    use super::*;

    fn check(body: &str, wanted: &[&str]) {
        let lines: Vec<&str> = body.lines().collect();
        let messages = Messages::of(paragraphs(&lines, &vec![false; lines.len()]));
        assert_eq!(messages.into_list(), wanted, "{body}");
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
        check("Do this:\n\n  - You see the message:\n\n      It is full.", &[]);
        check("See the article:\n\n  Q123456 Some Error Message", &[]);
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
        assert!(messages.more && messages.into_list().len() == MOST);
        let long = format!("The error \"{}\" appears", "a word ".repeat(200));
        let lines = [long.as_str()];
        let list = Messages::of(paragraphs(&lines, &[false])).into_list();
        assert!(list[0].chars().count() <= LONGEST && list[0].len() > LONGEST - 10);
    }
}
