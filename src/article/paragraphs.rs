//! The body as paragraphs, and the lines of a paragraph as they were before they were wrapped.

use super::words::is_flush;

/// Lines between two blank ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paragraph<'b, 'a> {
    pub(super) lines: &'b [&'a str],
}

/// Lines are wrapped here. Bullets and what is below them count without the blank that only the text files have.
const WRAP: usize = 80;

/// Some sentences are wrapped as early as here.
const EARLY: usize = 50;

/// The paragraphs of a body, without its headings.
pub(super) fn paragraphs<'b, 'a>(
    body: &'b [&'a str],
    is_heading: &'b [bool],
) -> impl Iterator<Item = Paragraph<'b, 'a>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        loop {
            let at = body.len() - rest.len();
            let is_text = |(offset, line): (usize, &&str)| !line.is_empty() && !is_heading[at + offset];
            let begin = rest.iter().enumerate().position(is_text)?;
            let is_end = |(offset, line): (usize, &&str)| offset > begin && !is_text((offset, line));
            let end = rest.iter().enumerate().position(is_end).unwrap_or(rest.len());
            let lines = &rest[begin..end];
            rest = &rest[end..];
            if !lines.is_empty() {
                return Some(Paragraph { lines });
            }
        }
    })
}

impl Paragraph<'_, '_> {
    /// Whether it is set off from the text: an excerpt, an example, or a part of a list.
    pub(super) fn is_indented(&self) -> bool {
        self.lines.first().is_some_and(|line| !is_flush(line))
    }

    /// All of it in one line.
    pub(super) fn joined(&self) -> String {
        let mut out = String::with_capacity(self.lines.iter().map(|line| line.len() + 1).sum());
        for word in self.lines.iter().flat_map(|line| line.split_whitespace()) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        out
    }

    /// The lines as they were before they were wrapped: one goes on where the next word did not fit any more.
    pub(super) fn unwrapped(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let mut before = "";
        for line in self.lines {
            let text = line.trim_start();
            match out.last_mut() {
                Some(last) if goes_on(before, text) => {
                    last.push(' ');
                    last.push_str(text);
                }
                _ => out.push(text.to_owned()),
            }
            before = line;
        }
        out
    }
}

/// Whether a line goes on in the next one: its first word did not fit any more, or it looks like the rest of a sentence
/// that was wrapped earlier.
fn goes_on(line: &str, next: &str) -> bool {
    if begins_record(next) {
        return false;
    }
    let length = line.chars().count();
    let first = next.split_whitespace().next().map_or(0, |word| word.chars().count());
    let in_sentence =
        next.starts_with(|c: char| c.is_ascii_lowercase()) && !line.ends_with(['.', '!', '?', ':', ';', '=']);
    length + 1 + first > WRAP || (length >= EARLY && in_sentence)
}

/// Whether a line begins with what only records of logs begin with, or is in columns: it is no rest of another one.
fn begins_record(line: &str) -> bool {
    let stamp = line.strip_prefix(['[', '<']).unwrap_or_default();
    line.starts_with('~')
        || line.contains('\t')
        || line.contains("==> ")
        || stamp.contains("][")
        || stamp.bytes().take_while(u8::is_ascii_digit).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_leave_headings_out() {
        let body = ["", "CAUSE", "=====", "one", "two", "", "  three", ""];
        let is_heading = [false, true, true, false, false, false, false, false];
        let found: Vec<String> = paragraphs(&body, &is_heading).map(|paragraph| paragraph.joined()).collect();
        assert_eq!(found, ["one two", "three"]);
        let indented: Vec<bool> = paragraphs(&body, &is_heading).map(|paragraph| paragraph.is_indented()).collect();
        assert_eq!(indented, [false, true]);
    }

    #[test]
    fn only_what_did_not_fit_goes_on() {
        let long = format!("  {}", "word ".repeat(15).trim());
        let lines = [long.as_str(), "  continued", "  short", "  another"];
        let unwrapped = Paragraph { lines: &lines }.unwrapped();
        assert_eq!(unwrapped, [format!("{} continued", long.trim()), "short".to_owned(), "another".to_owned()]);
        let lines =
            ["The drum could not be found where it was when the show", "began. It is lost.", "and so is the dance"];
        assert_eq!(Paragraph { lines: &lines }.unwrapped().len(), 2);
        for record in
            ["  ~Package source", "  [05/03/99 13:54:39] Drum", "  Job done\tACME\t1/12/99", "  <11-22-1996 1"]
        {
            assert_eq!(Paragraph { lines: &[long.as_str(), record] }.unwrapped().len(), 2, "{record}");
        }
    }
}
