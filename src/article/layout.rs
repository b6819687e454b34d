//! The layouts that copies of an article come in: which one a text is in, and its parts without what the layout adds.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::header::Header;
use super::record::Unreadable;
use super::text::{unescape_bytes, unescape_html, untag};
use super::words::{after, beginning, find_ignoring_case, id_at};

/// The layout of a copy of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// The vendor's text file: `DOCUMENT:`, `TITLE   :` and four more lines, and legal text at the end.
    Txt,
    /// A page of a site that is made with Jekyll, with `{% raw %}` or without: each line of the body begins with a TAB.
    Jekyll,
    /// What a person copied from the rendered page.
    Page,
    /// The rendered page as HTML.
    Html,
    /// An article of the Programmer's Library, on a page of one of the other kinds: no list of products, no footer.
    Library,
}

/// A text whose layout is known.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) layout: Layout,
    pub(super) header: Header<'a>,
    /// What follows the header, without blanks at the ends of lines. Bullets are flush, and text below a bullet is
    /// indented by two.
    pub(super) lines: Vec<&'a str>,
}

/// A text as it is cut into lines; of some layouts it has to be decoded once more.
pub(super) struct Prepared<'a> {
    layout: Layout,
    /// Titles beside that in the header: `Q123456: …`.
    titles: Vec<String>,
    text: Cow<'a, str>,
}

/// So far down the header begins, at the most: above it are banners and front matter.
const HEADER_WITHIN: usize = 200;

impl<'a> Prepared<'a> {
    /// Recognises the layout by what only it has.
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.trim_start();
        if text.starts_with("DOCUMENT:") {
            return Self { layout: Layout::Txt, titles: Vec::new(), text: text.into() };
        }
        if is_html(text) {
            let (title, text) = from_html(text);
            let text = unescape_bytes(&text).into_owned();
            return Self { layout: Layout::Html, titles: title.into_iter().collect(), text: text.into() };
        }
        let layout =
            if text.starts_with("---\n") || text.starts_with("---\r\n") { Layout::Jekyll } else { Layout::Page };
        let text = unescape_bytes(text);
        let above = text.lines().take(HEADER_WITHIN).take_while(|line| !line.trim_start().starts_with("Article:"));
        let titles = above.filter_map(title_line);
        let titles = match layout {
            // The pages are made of HTML, so its titles are written as such.
            Layout::Jekyll => titles.map(|title| unescape_html(title).into_owned()).collect(),
            _ => titles.map(str::to_owned).collect(),
        };
        Self { layout, titles, text }
    }

    /// The parts of the text.
    pub(super) fn sheet(&self) -> Result<Sheet<'_>, Unreadable> {
        let mut lines = self.text.lines().map(str::trim_end);
        if self.layout == Layout::Txt {
            let head: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            let header = Header::of_txt(&head).ok_or(Unreadable::NoId)?;
            let lines = lines.map(outdent).collect();
            return Ok(Sheet { layout: Layout::Txt, header, lines });
        }
        let mut lines = lines.filter(|line| !is_raw_mark(line));
        let article = |line: &&str| line.trim_start().starts_with("Article:");
        let first = lines.by_ref().take(HEADER_WITHIN).find(article).ok_or(Unreadable::NoHeader)?;
        // What stands before the first line stands before all lines; a further TAB is the article's own.
        let margin = &first[..first.len() - first.trim_start().len()];
        let first = first.trim_start();
        let mut lines = lines.map(|line| line.strip_prefix(margin).unwrap_or(line));
        let mut head = vec![first];
        head.extend(lines.by_ref().take_while(|line| !line.is_empty()));
        let header = Header::of_page(&head, &self.titles).ok_or(Unreadable::NoId)?;
        let layout = if header.is_library() { Layout::Library } else { self.layout };
        Ok(Sheet { layout, header, lines: lines.collect() })
    }
}

/// The vendor's text files indent bullets and what is below them by one blank more than all other copies.
fn outdent(line: &str) -> &str {
    line.strip_prefix(' ').unwrap_or(line)
}

fn is_raw_mark(line: &str) -> bool {
    line == "{% raw %}" || line == "{% endraw %}"
}

/// `title: "Q123456: …"`, `## Q123456: …`, or only the title; without the id.
fn title_line(line: &str) -> Option<&str> {
    let line = line.trim();
    let title = match after(line, "title:") {
        Some(quoted) => quoted.trim().trim_matches('"'),
        None => line.trim_start_matches('#').trim_start(),
    };
    Some(title[id_at(title)?.len()..].strip_prefix(':')?.trim())
}

fn is_html(text: &str) -> bool {
    let head = beginning(text, 4096);
    ["<!doctype html", "<html", "<h2 id=\"q", "<pre"].iter().any(|mark| find_ignoring_case(head, mark).is_some())
}

/// The title and the text of a rendered page. The first heading of the page is the site's; that of the article has its id.
fn from_html(page: &str) -> (Option<String>, String) {
    let title = element(page, "<h2 id=\"q", "</h2>").map(untag);
    let title = title.as_deref().and_then(title_line).map(|title| unescape_html(title).into_owned());
    let body = element(page, "<pre", "</pre>").unwrap_or(page);
    let body = untag(body);
    (title, unescape_html(&body).into_owned())
}

/// What stands in the first element that begins so.
fn element<'a>(page: &'a str, begins: &str, ends: &str) -> Option<&'a str> {
    let from = &page[find_ignoring_case(page, begins)?..];
    let from = &from[from.find('>')? + 1..];
    let end = find_ignoring_case(from, ends).unwrap_or(from.len());
    Some(&from[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, layout: Layout, title: &str, lines: &[&str]) {
        let prepared = Prepared::new(text);
        let sheet = prepared.sheet().expect("an article");
        assert_eq!((sheet.layout, sheet.header.title.as_str()), (layout, title));
        assert_eq!(sheet.header.id, "Q123456");
        assert_eq!(sheet.lines, lines);
    }

    const FIELDS: &str = "Article: Q123456\nProduct(s): Some Product\nVersion(s): 1.0\nOperating System(s): \nKeyword(s): a\nLast Modified: 1-MAY-1990\n";

    #[test]
    fn each_layout_is_known_by_its_own_marks() {
        let txt = "DOCUMENT:Q123456  01-MAY-1990  [x]\r\nTITLE   :A \"B\"\r\nPRODUCT :Some Product\r\n\r\n - one\r\n   two\r\nthree";
        check(txt, Layout::Txt, "A \"B\"", &["- one", "  two", "three"]);
        let body: String = FIELDS.lines().map(|line| format!("\t{line}\n")).collect();
        let front = "---\nlayout: page\ntitle: \"Q123456: A &quot;B&quot;\"\npermalink: /kb/123/Q123456/\n---\n\n## Q123456: A &quot;B&quot;\n\n";
        let raw = format!("{front}{{% raw %}}\n\n{body}\t\n\t- one\n\t  two<A0>2\n\tthree\n\n{{% endraw %}}\n");
        check(&raw, Layout::Jekyll, "A \"B\"", &["- one", "  two 2", "three", ""]);
        check(&format!("{front}{body}\t\n\t- one\n"), Layout::Jekyll, "A \"B\"", &["- one"]);
        let page = format!("An Archive\n\nView on GitHub\n\nQ123456: A \"B\"\n\n{FIELDS}\n- one\n");
        check(&page, Layout::Page, "A \"B\"", &["- one"]);
        let html = format!(
            "<!DOCTYPE html>\n<html><h2>The archive</h2><h2 id=\"q123456-a\">Q123456: A &quot;B&quot;</h2>\n<div><pre class=\"x\"><code>{FIELDS}\n- one &lt;A0&gt; &amp; two\n</code></pre></div></html>"
        );
        check(&html, Layout::Html, "A \"B\"", &["- one   & two"]);
        let library = FIELDS.replace("Some Product", "See article");
        check(&format!("Q123456: Some Title\n\n{library}\ntext\n"), Layout::Library, "Some Title", &["text"]);
    }

    /// Some people copy pages with a margin; a TAB at the begin of a line is the article's own.
    #[test]
    fn the_margin_of_the_first_line_is_that_of_all() {
        let text = format!("{FIELDS}\n\tone\n- two <B6>\n");
        check(&format!("Q123456: A\n\n{text}"), Layout::Page, "A", &["\tone", "- two \u{b6}"]);
        let wide: String = text.lines().map(|line| format!("    {line}\n")).collect();
        check(&format!("Q123456: A\n\n{wide}"), Layout::Page, "A", &["\tone", "- two \u{b6}"]);
    }

    #[test]
    fn what_is_no_article_says_why() {
        let check = |text: &str, wanted| assert_eq!(Prepared::new(text).sheet().err(), Some(wanted), "{text}");
        check("# A readme\n\ntext", Unreadable::NoHeader);
        check("DOCUMENT:x\nTITLE   :y\n", Unreadable::NoId);
        check("Article: none\n", Unreadable::NoId);
        check("<html><body>no article</body></html>", Unreadable::NoHeader);
    }
}
