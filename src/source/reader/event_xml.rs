//! Entries of an event log as XML: what Event Viewer saves, `wevtutil /f:xml` and `/f:RenderedXml` print, and PowerShell's
//! `ToXml`. Event Viewer puts a whole log on one line, so this form is not read by lines.
//!
//! [`Collector`] makes an entry of the elements. The binary form of the same XML uses it too.

use std::io::{self, Read};

use super::super::encoding::{Detected, Encoding, utf16_to_utf8};
use super::event_record::{Bytes, EventRecord, Window};
use super::utc::UtcClock;
use super::{Confidence, Context, Head, Line, Lines, Output, Reader};

/// See the module.
pub(super) struct EventXml;

/// The name space of the elements.
const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

impl Reader for EventXml {
    fn name(&self) -> &'static str {
        "event-xml"
    }

    fn help(&self) -> &'static str {
        "Event logs as XML: saved by Event Viewer, or printed by `wevtutil /f:xml`, also with the rendered texts."
    }

    fn known_by(&self) -> &'static str {
        "An `<Event` with the namespace of Windows events."
    }

    fn facts_and_events(&self) -> &'static str {
        "The same events as of `evtx`. If the XML has the rendered message, that is the text. The line is the one on which the \
         `<Event>` begins."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        // The text of the head ends with a line, and such a file may be one.
        let start = head.bytes.get(..HEAD).unwrap_or(head.bytes);
        let Detected { encoding, mark, .. } = Encoding::detect(start, None);
        let text = decoded(&start[mark..], encoding);
        let named = text.trim_start().starts_with('<') && text.contains("<Event ") && text.contains(NAMESPACE);
        if named { Confidence::CERTAIN } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let Detected { encoding, .. } = Encoding::detect(ctx.head.bytes, None);
        let mut bytes = Bytes(input);
        let mut decoded =
            Utf16 { source: &mut bytes, little: encoding == Encoding::Utf16Le, carry: Vec::new(), ready: Vec::new() };
        let source: &mut dyn Read = match encoding {
            Encoding::Utf16Le | Encoding::Utf16Be => &mut decoded,
            _ => decoded.source,
        };
        let mut reading =
            Reading { window: Window::new(source), encoding, line: 1, clock: UtcClock::new(ctx), event: None };
        while reading.token(out) {}
        reading.emit(true, out);
    }
}

/// How much of a file must show what it is.
const HEAD: usize = 8 * 1024;

fn decoded(bytes: &[u8], encoding: Encoding) -> String {
    let mut text = Vec::new();
    match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => {
            utf16_to_utf8(encoding == Encoding::Utf16Le, &mut Vec::new(), bytes, true, &mut text);
        }
        _ => text.extend(bytes),
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// UTF-16 as UTF-8.
struct Utf16<'a> {
    source: &'a mut dyn Read,
    little: bool,
    carry: Vec<u8>,
    ready: Vec<u8>,
}

impl Read for Utf16<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() {
            let mut piece = vec![0; 32 * 1024];
            let read = self.source.read(&mut piece)?;
            utf16_to_utf8(self.little, &mut self.carry, &piece[..read], read == 0, &mut self.ready);
        }
        let count = into.len().min(self.ready.len());
        into[..count].copy_from_slice(&self.ready[..count]);
        self.ready.drain(..count);
        Ok(count)
    }
}

/// A tag, or a piece of text, is no longer. A longer text comes in pieces.
const MAX_TOKEN: usize = 64 * 1024;

struct Reading<'a> {
    window: Window<'a>,
    encoding: Encoding,
    line: u64,
    clock: UtcClock,
    /// The entry that is being read, and the line on which it begins.
    event: Option<(u64, Collector)>,
}

impl Reading<'_> {
    /// Reads a tag, or what stands before the next one; `false` at the end.
    fn token(&mut self, out: &mut Output<'_>) -> bool {
        let ahead = self.window.ahead(MAX_TOKEN);
        let ahead = &ahead[..ahead.len().min(MAX_TOKEN)];
        let Some(first) = ahead.first() else { return false };
        if *first != b'<' {
            let length = ahead.iter().position(|byte| *byte == b'<').unwrap_or(whole_text(ahead));
            let text = unescape(&self.encoding.decode(&ahead[..length]));
            self.text(&text, out);
            self.skip(length);
            return true;
        }
        for (start, end) in [("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>")] {
            if ahead.starts_with(start.as_bytes()) {
                let found = ahead.windows(end.len()).position(|bytes| bytes == end.as_bytes());
                let length = found.map_or(ahead.len(), |at| at + end.len());
                if start.starts_with("<![") {
                    let text = self.encoding.decode(&ahead[start.len()..found.unwrap_or(length)]).into_owned();
                    self.text(&text, out);
                }
                self.skip(length);
                return true;
            }
        }
        let stop = ahead[1..].iter().position(|byte| matches!(byte, b'<' | b'>')).map(|at| at + 1);
        match stop {
            Some(at) if ahead[at] == b'>' => {
                let tag = self.encoding.decode(&ahead[1..at]).into_owned();
                self.tag(&tag, out);
                self.skip(at + 1);
            }
            // A `<` that is no tag is damage; it stays as text.
            _ => {
                let length = stop.unwrap_or(ahead.len());
                let text = self.encoding.decode(&ahead[..length]).into_owned();
                self.text(&text, out);
                self.skip(length);
            }
        }
        true
    }

    fn skip(&mut self, count: usize) {
        let ahead = self.window.ahead(count);
        self.line += ahead.iter().take(count).filter(|byte| **byte == b'\n').count() as u64;
        self.window.skip(count);
    }

    fn tag(&mut self, tag: &str, out: &mut Output<'_>) {
        if let Some(name) = tag.strip_prefix('/') {
            if local(name) == "Event" {
                self.emit(false, out);
            } else if let Some((_, event)) = &mut self.event {
                event.close();
            }
            return;
        }
        let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        if local(name) == "Event" {
            self.emit(true, out);
            self.event = Some((self.line, Collector::default()));
        }
        let Some((_, event)) = &mut self.event else { return };
        if !event.open(local(name).to_owned()) {
            return;
        }
        let mut rest = attributes;
        while let Some((name, value, after)) = attribute(rest) {
            event.attribute(name, unescape(value));
            rest = after;
        }
        if closed {
            event.close();
        }
    }

    /// Text of an element. Outside of all entries it is kept as plain lines.
    fn text(&mut self, text: &str, out: &mut Output<'_>) {
        if let Some((_, event)) = &mut self.event {
            event.text(text);
        } else {
            for (line, number) in text.lines().zip(self.line..) {
                out.plain(Line { number, text: line });
            }
        }
    }

    fn emit(&mut self, cut: bool, out: &mut Output<'_>) {
        let Some((line, event)) = self.event.take() else { return };
        if cut {
            out.lost(line, || "this entry has no end: it is kept as far as it goes".to_owned());
        }
        match event.finish() {
            Some(entry) => entry.emit(line, &self.clock, out),
            None => out.warn(line, || "this entry has no event id and is skipped".to_owned()),
        }
    }
}

/// How much of a piece of text ends with a whole character, and with no reference cut in two.
fn whole_text(bytes: &[u8]) -> usize {
    if bytes.len() < MAX_TOKEN {
        return bytes.len();
    }
    let mut end = bytes.len() - 1;
    while end > 0 && bytes[end] & 0xC0 == 0x80 {
        end -= 1;
    }
    let tail = end.saturating_sub(12);
    bytes[tail..end].iter().rposition(|byte| *byte == b'&').map_or(end, |at| tail + at).max(1)
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    let name = name.trim();
    name.rsplit(':').next().unwrap_or(name)
}

/// The first attribute of a tag, its value, and what follows.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, rest) = rest[1..].split_once(quote)?;
    Some((name.trim(), value, rest))
}

/// Puts characters in place of references such as `&lt;` and `&#13;`.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.get(1..).and_then(|after| after.bytes().take(10).position(|byte| byte == b';'));
        let known = reference.and_then(|end| Some((character(&rest[1..=end])?, end + 2)));
        let (character, length) = known.unwrap_or(('&', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn character(reference: &str) -> Option<char> {
    Some(match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

/// Makes an entry of the elements of its XML, which come one after the other.
#[derive(Debug, Default)]
pub(super) struct Collector {
    open: Vec<Element>,
    record: EventRecord,
    level: Option<u8>,
    keywords: u64,
    kept: usize,
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    /// Its attribute `Name`.
    label: String,
    text: String,
    has_children: bool,
}

impl Collector {
    /// Deeper elements mean damage.
    const MAX_DEPTH: usize = 64;
    /// An entry has 64 KiB in its binary form; more means damage.
    const MAX_TEXT: usize = 1024 * 1024;

    /// An element begins. `false`: it is too deep, and is left out.
    pub(super) fn open(&mut self, name: String) -> bool {
        if self.open.len() >= Self::MAX_DEPTH {
            return false;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        self.open.push(Element { name, ..Element::default() });
        true
    }

    /// An attribute of the element that has just begun.
    pub(super) fn attribute(&mut self, name: &str, value: String) {
        if !self.has_room(value.len()) {
            return;
        }
        let in_system = self.section() == "System";
        let Some(element) = self.open.last_mut() else { return };
        if !in_system {
            if name == "Name" {
                element.label = value;
            }
            return;
        }
        let value = value.trim();
        match (element.name.as_str(), name) {
            // The classic name is what the source was called before, and what Event Viewer shows.
            ("Provider", "EventSourceName") if !value.is_empty() => value.clone_into(&mut self.record.source),
            ("Provider", "Name") if self.record.source.is_empty() => value.clone_into(&mut self.record.source),
            ("TimeCreated", "SystemTime") => {
                self.record.utc = value.trim_end_matches('Z').parse().ok();
            }
            ("Security", "UserID") => value.clone_into(&mut self.record.user),
            _ => {}
        }
    }

    /// Text of the element that is open.
    pub(super) fn text(&mut self, text: &str) {
        if self.has_room(text.len())
            && let Some(element) = self.open.last_mut()
        {
            element.text.push_str(text);
        }
    }

    /// The element that is open ends, and another one like it begins.
    pub(super) fn repeat(&mut self) {
        let Some(element) = self.open.last() else { return };
        let again = Element { name: element.name.clone(), label: element.label.clone(), ..Element::default() };
        self.close();
        self.open.push(again);
    }

    /// The element that is open ends.
    pub(super) fn close(&mut self) {
        let Some(Element { name, label, text, has_children }) = self.open.pop() else { return };
        if has_children || self.open.is_empty() {
            return;
        }
        match (self.section(), name.as_str()) {
            ("System", _) => self.system(&name, text.trim()),
            ("EventData" | "UserData" | "RenderingInfo" | "ProcessingErrorData", "Binary") => self.record.binary = text,
            ("RenderingInfo", "Message") => self.record.message = Some(text).filter(|text| !text.trim().is_empty()),
            ("RenderingInfo", _) => {}
            ("", _) if text.trim().is_empty() => {}
            (_, "Data") => self.record.data.push((label, text)),
            _ => self.record.data.push((if label.is_empty() { name } else { label }, text)),
        }
    }

    /// The entry, if it has an id.
    pub(super) fn finish(mut self) -> Option<EventRecord> {
        while !self.open.is_empty() {
            self.close();
        }
        const SUCCESS: u64 = 1 << 53;
        const FAILURE: u64 = 1 << 52;
        let word = match self.level {
            _ if self.keywords & FAILURE != 0 => "Failure Audit",
            _ if self.keywords & SUCCESS != 0 => "Success Audit",
            Some(1) => "Critical",
            Some(2) => "Error",
            Some(3) => "Warning",
            // Event Viewer shows what is always logged so, too.
            Some(0 | 4) => "Information",
            Some(5) => "Verbose",
            _ => "",
        };
        word.clone_into(&mut self.record.kind);
        self.record.id?;
        Some(self.record)
    }

    /// The part of the entry that the open element is in.
    fn section(&self) -> &str {
        self.open.get(1).map_or("", |element| element.name.as_str())
    }

    fn system(&mut self, name: &str, text: &str) {
        match name {
            // Some exports keep the severity in the upper half.
            "EventID" => self.record.id = text.parse::<u32>().ok().map(|id| id & 0xFFFF),
            "EventRecordID" => self.record.number = text.parse().ok(),
            "Level" => self.level = text.parse().ok(),
            "Task" => text.clone_into(&mut self.record.category),
            "Keywords" => {
                let digits = text.trim_start_matches("0x").trim_start_matches("0X");
                self.keywords = u64::from_str_radix(digits, 16).unwrap_or(0);
            }
            "Channel" => text.clone_into(&mut self.record.channel),
            "Computer" => text.clone_into(&mut self.record.computer),
            _ => {}
        }
    }

    fn has_room(&mut self, more: usize) -> bool {
        self.kept += more;
        self.kept <= Self::MAX_TEXT
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::{check, read};

    const NO_ZONE: &str = "times in UTC";

    fn event(id: u32, data: &str) -> String {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Long' \
             EventSourceName='SMS &amp; Co'/><EventID Qualifiers='16384'>{id}</EventID><Level>3</Level><Task>2</Task>\
             <Keywords>0x80000000000000</Keywords><TimeCreated SystemTime='1999-01-01T00:00:01.123456700Z'/>\
             <EventRecordID>8</EventRecordID><Channel>System</Channel><Computer>SITE1</Computer>\
             <Security UserID='S-1-5-18'/></System>{data}</Event>"
        )
    }

    const FIELDS: &str = "source=SMS & Co computer=SITE1 user=S-1-5-18 type=Warning category=2 channel=System record=8 \
                          utc=1999-01-01T00:00:01.1234567";

    #[test]
    fn data_in_all_its_forms() {
        let data = "<EventData><Data Name='Job Name'>a &lt;b&gt;\r\n&#x41;</Data><Data>plain</Data><Data Name='id'>5</Data>\
                    <Binary>0A</Binary></EventData>";
        let user =
            "<UserData><x:Error xmlns:x='y'><Path><![CDATA[<C>]]></Path><!-- <Path>no</Path> --></x:Error></UserData>";
        let rendered = "<EventData><Data>a</Data></EventData><RenderingInfo><Message>It\nruns</Message><Level>x</Level></RenderingInfo>";
        let text = format!("{}\n{}\n{}\n", event(1, data), event(2, user), event(3, rendered));
        check(
            "a.xml",
            text.as_bytes(),
            &format!(
                "event-xml
                 warning 1: {NO_ZONE}
                 1 event{{id=1 {FIELDS} job_name=a <b>\r\\nA s1=plain binary=0A}}: Job Name=a <b>\\nA\\nplain\\nid=5
                 3 event{{id=2 {FIELDS} path=<C>}}: Path=<C>
                 4 event{{id=3 {FIELDS} s1=a}}: It\\nruns"
            ),
        );
    }

    /// Event Viewer writes no line ends, and a line may be of any length.
    #[test]
    fn a_log_on_one_line_in_any_encoding() {
        let events: String = (0..500).map(|id| event(id, "<EventData><Data>Gerät</Data></EventData>")).collect();
        let text =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n<Events>{events}</Events>");
        let (reader, lines) = read("a.xml", text.as_bytes());
        assert_eq!((reader, lines.len()), (Some("event-xml"), 501));
        assert!(lines.iter().skip(1).all(|line| line.starts_with("2 event{") && line.ends_with(": Gerät")));
        for bytes in [text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), {
            let marked = ["\u{FEFF}", &text].concat();
            marked.encode_utf16().flat_map(u16::to_be_bytes).collect()
        }] {
            assert_eq!(read("a.xml", &bytes), (Some("event-xml"), lines.clone()));
        }
    }

    #[test]
    fn damage_costs_no_more_than_it_hits() {
        let whole = event(1, "<EventData><Data>a</Data></EventData>");
        let cut = &whole[..whole.len() - 30];
        let ids = |text: &str| {
            let (_, lines) = read("a.xml", text.as_bytes());
            let found = lines.iter().filter_map(|line| Some(line.split_once("event{id=")?.1[..1].to_owned()));
            (found.collect::<String>(), lines.join("\n"))
        };
        let (found, lines) = ids(&format!("{cut}\n{whole}\nstray text\n{cut}"));
        assert_eq!(found, "111");
        assert!(lines.contains("warning 1: this entry has no end: it is kept as far as it goes"), "{lines}");
        assert!(lines.contains("3: stray text"), "{lines}");
        let (found, lines) = ids(&whole.replace("<EventID Qualifiers='16384'>1</EventID>", "").repeat(2));
        assert_eq!(found, "");
        assert!(lines.contains("warning 1: this entry has no event id and is skipped"), "{lines}");
        for junk in ["<", "<!--", "<![CDATA[", "&", "<a ", "<a b='"] {
            assert!(ids(&format!("{whole}{}", junk.repeat(100_000))).0.starts_with('1'), "{junk}");
        }
        assert_eq!(ids(&format!("{}{whole}", "<Event ".repeat(3))).0, "1");
    }
}
