//! One entry of an event log, for the readers of its binary and XML forms: the same fields, whichever form it stood in.
//!
//! These forms keep the insertion strings of a message and no text: the text is in a DLL of the machine. They keep time as
//! UTC, and every other log of such a machine has local time. Without the zone of the host the two cannot be compared.

use crate::fact::{Event, Timestamp};

use super::Output;
use super::utc::UtcClock;

/// One entry.
#[derive(Debug, Default)]
pub(super) struct EventRecord {
    pub(super) number: Option<u64>,
    pub(super) utc: Option<Timestamp>,
    /// The number that Event Viewer shows.
    pub(super) id: Option<u32>,
    pub(super) source: String,
    pub(super) computer: String,
    pub(super) user: String,
    pub(super) kind: String,
    pub(super) category: String,
    pub(super) channel: String,
    /// The insertion strings, with a name where they have one.
    pub(super) data: Vec<(String, String)>,
    /// Other bytes of the entry, in hex.
    pub(super) binary: String,
    /// The whole message, where the form has it.
    pub(super) message: Option<String>,
}

/// Names that insertion strings do not take from the fixed fields.
const FIXED: &[&str] = &[
    "id",
    "source",
    "computer",
    "user",
    "type",
    "category",
    "channel",
    "record",
    "utc",
    "text",
    "time",
    "binary",
    "component",
    "program",
    "thread",
];

/// How many insertion strings without a name are fields too.
const NUMBERED: [&str; 9] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"];

impl EventRecord {
    /// Puts the entry out.
    pub(super) fn emit(&self, line: u64, clock: &UtcClock, out: &mut Output<'_>) {
        let time = self.utc.and_then(|utc| clock.local(utc, line, out));
        let shown = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let (id, number) = (shown(self.id.map(u64::from)), shown(self.number));
        let utc = self.utc.map(|utc| utc.to_string()).unwrap_or_default();
        let mut fields = vec![
            ("id", id.as_str()),
            ("source", &self.source),
            ("computer", &self.computer),
            ("user", &self.user),
            ("type", &self.kind),
            ("category", &self.category),
            ("channel", &self.channel),
            ("record", &number),
            ("utc", &utc),
        ];
        let names: Vec<String> = self.data.iter().map(|(name, _)| field_name(name)).collect();
        let mut unnamed = NUMBERED.iter();
        for (name, (_, value)) in names.iter().zip(&self.data) {
            let name = if name.is_empty() { unnamed.next().copied() } else { Some(name.as_str()) };
            if let Some(name) = name.filter(|name| !FIXED.contains(name)) {
                fields.push((name, value));
            }
        }
        fields.push(("binary", &self.binary));
        fields.retain(|(_, value)| !value.is_empty());
        let text = self.text();
        out.event(&Event { time, table: Some("event"), fields: &fields, ..Event::plain(out.at(line), &text) });
    }

    fn text(&self) -> String {
        if let Some(message) = &self.message {
            return one_line_end(message);
        }
        if let Some(text) = self.known_text() {
            return text;
        }
        let mut text = String::new();
        for (name, value) in &self.data {
            if !text.is_empty() {
                text.push('\n');
            }
            if !name.is_empty() {
                text.push_str(name);
                text.push('=');
            }
            text.push_str(value);
        }
        one_line_end(&text)
    }

    /// The text of the few messages whose English wording is the same in all versions of Windows.
    fn known_text(&self) -> Option<String> {
        let (_, _, form) = KNOWN.iter().find(|(source, id, _)| self.source == *source && self.id == Some(*id))?;
        if self.data.len() != form.matches('%').count() {
            return None;
        }
        let mut text = (*form).to_owned();
        // From the last place on: what is filled in stands behind the places that are left.
        for (index, (_, value)) in self.data.iter().enumerate().rev() {
            let place = format!("%{}", index + 1);
            let at = text.find(&place)?;
            text.replace_range(at..at + place.len(), value);
        }
        Some(one_line_end(&text))
    }
}

/// Messages that every Windows words the same way. The places stand in the order of their numbers.
const KNOWN: &[(&str, u32, &str)] = &[
    ("Application Popup", 26, "Application popup: %1 : %2"),
    ("Service Control Manager", 7000, "The %1 service failed to start due to the following error:\n%2"),
    ("Service Control Manager", 7016, "The %1 service has reported an invalid current state %2."),
    ("Service Control Manager", 7022, "The %1 service hung on starting."),
    ("Service Control Manager", 7023, "The %1 service terminated with the following error:\n%2"),
];

fn one_line_end(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

/// The name of a piece of data as the name of a field.
fn field_name(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "_")
}

/// The word that Event Viewer has for a type of the old API.
pub(super) fn type_word(kind: u16) -> Option<&'static str> {
    Some(match kind {
        1 => "Error",
        2 => "Warning",
        4 => "Information",
        8 => "Success Audit",
        16 => "Failure Audit",
        _ => return None,
    })
}

/// A security identifier as it is written: `S-1-5-18`.
pub(super) fn sid_text(bytes: &[u8]) -> Option<String> {
    let (&[revision, count, a, b, c, d, e, f], rest) = bytes.split_first_chunk::<8>()?;
    let parts = rest.get(..usize::from(count) * 4)?;
    if revision != 1 || count > 15 {
        return None;
    }
    let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let mut text = format!("S-1-{authority}");
    for part in parts.chunks_exact(4) {
        text.push_str(&format!("-{}", u32_at(part, 0)?));
    }
    Some(text)
}

/// UTF-16 up to its end or the first NUL.
pub(super) fn utf16_text(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units.take_while(|unit| *unit != 0)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Bytes in hex, without blanks.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Numbers of a file, the low byte first; `None` beyond its end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|raw| u16::from_le_bytes(*raw))
}

/// See [`u16_at`].
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|raw| u32::from_le_bytes(*raw))
}

/// See [`u16_at`].
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|raw| u64::from_le_bytes(*raw))
}

/// A piece of a stream of bytes, with as much ahead as is asked for.
pub(super) struct Window<'a> {
    source: &'a mut dyn std::io::Read,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a mut dyn std::io::Read) -> Self {
        Self { source, buffer: Vec::new(), start: 0, ended: false }
    }

    /// What is ahead: at least `wanted` bytes, or all that is left.
    pub(super) fn ahead(&mut self, wanted: usize) -> &[u8] {
        while self.buffer.len() - self.start < wanted && !self.ended {
            self.buffer.drain(..self.start);
            self.start = 0;
            let old = self.buffer.len();
            self.buffer.resize(old + wanted.max(64 * 1024), 0);
            let read = self.source.read(&mut self.buffer[old..]).unwrap_or(0);
            self.buffer.truncate(old + read);
            self.ended = read == 0;
        }
        &self.buffer[self.start..]
    }

    /// Goes on by so many of the bytes ahead.
    pub(super) fn skip(&mut self, count: usize) {
        self.start = (self.start + count).min(self.buffer.len());
    }
}

/// The bytes of a member as a stream.
pub(super) struct Bytes<'a, 'b>(pub(super) &'a mut super::Lines<'b>);

impl std::io::Read for Bytes<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        Ok(self.0.read_bytes(into))
    }
}

/// How much of a log that wraps round is held, to put its older part first.
pub(super) const HOLD: usize = 24 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sids_are_written_or_refused() {
        let sid = |bytes: &[u8]| sid_text(bytes).unwrap_or_default();
        assert_eq!(sid(&[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), "S-1-5-18");
        assert_eq!(sid(&[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]), "S-1-5-32-544");
        assert_eq!(sid(&[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0]), "");
        assert_eq!(sid(&[2, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), "");
        assert_eq!(sid(&[]), "");
    }

    #[test]
    fn known_texts_are_filled_in() {
        let record = |id, data: &[&str]| EventRecord {
            id: Some(id),
            source: "Service Control Manager".to_owned(),
            data: data.iter().map(|value| (String::new(), (*value).to_owned())).collect(),
            ..EventRecord::default()
        };
        let text = record(7016, &["%2 PCM", "0"]).text();
        assert_eq!(text, "The %2 PCM service has reported an invalid current state 0.");
        assert_eq!(record(7023, &["A", "%1 B"]).text(), "The A service terminated with the following error:\n%1 B");
        assert_eq!(record(7016, &["PCM"]).text(), "PCM");
        assert_eq!(record(7017, &["a", "b"]).text(), "a\nb");
    }
}
