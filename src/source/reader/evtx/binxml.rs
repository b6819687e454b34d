//! The binary XML of a record. It hands the elements to a [`Collector`], one after the other, and builds no tree.
//!
//! Most of a record is a template, which stands once in the chunk, and a list of values to put in. A value may be such XML
//! again. Every place is checked to lie in the chunk, and a record has a bounded number of steps: a template that leads
//! back to itself ends there.

use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::super::event_record::{hex, sid_text, u16_at, u32_at, u64_at, utf16_text};
use super::super::event_xml::Collector;

/// What is wrong with a record.
type Fault = &'static str;

const CUT: Fault = "it ends too early";

/// How deep templates and XML values may be nested.
const MAX_DEPTH: usize = 12;
/// Tokens and bytes of text that one record may have. A record is no longer than a chunk.
const MAX_STEPS: usize = 1024 * 1024;

/// Reads the XML from one place of the chunk to another.
pub(super) fn read(chunk: &[u8], from: usize, to: usize, into: &mut Collector) -> Result<(), Fault> {
    let mut walk = Walk { chunk, into, steps: MAX_STEPS, depth: 0 };
    walk.fragment(from, to, None)
}

/// A moment in UTC, from what Windows counts: tenths of a microsecond since 1601.
pub(super) fn time(ticks: u64) -> Option<DateTime> {
    const UNIX: i64 = 11_644_473_600;
    let seconds = i64::try_from(ticks / 10_000_000).ok()? - UNIX;
    let nanos = i32::try_from(ticks % 10_000_000).ok()? * 100;
    Some(TimeZone::UTC.to_datetime(jiff::Timestamp::new(seconds, nanos).ok()?))
}

/// A value that is put into a template: its type and where it stands.
#[derive(Debug, Clone, Copy)]
struct Value {
    kind: u8,
    from: usize,
    to: usize,
}

mod kind {
    pub(super) const NULL: u8 = 0;
    pub(super) const STRING: u8 = 1;
    pub(super) const ANSI: u8 = 2;
    pub(super) const XML: u8 = 0x21;
    pub(super) const ARRAY: u8 = 0x80;
}

struct Walk<'a> {
    chunk: &'a [u8],
    into: &'a mut Collector,
    steps: usize,
    depth: usize,
}

/// What is known while the tokens of a fragment pass.
#[derive(Default)]
struct State {
    /// Elements that this fragment opened.
    open: usize,
    /// Elements below one that is left out, since its value is not there.
    hidden: usize,
    /// The attribute that is being read. It is left out if its value is not there.
    attribute: Option<(String, Option<String>)>,
}

impl Walk<'_> {
    /// Reads tokens. `values`: what to put in, if this is a template.
    fn fragment(&mut self, from: usize, to: usize, values: Option<&[Value]>) -> Result<(), Fault> {
        if self.depth >= MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        self.depth += 1;
        let mut state = State::default();
        let done = self.tokens(from, to, values, &mut state);
        for _ in 0..state.open {
            self.into.close();
        }
        self.depth -= 1;
        done
    }

    fn tokens(&mut self, from: usize, to: usize, values: Option<&[Value]>, state: &mut State) -> Result<(), Fault> {
        let mut at = from;
        while at < to {
            self.step(1)?;
            let token = *self.chunk.get(at).ok_or(CUT)?;
            at += 1;
            match token & !MORE {
                0x00 => return Ok(()),
                0x01 => at = self.open(at, token, values, state)?,
                0x02 => self.end_attribute(state),
                0x03 | 0x04 => {
                    self.end_attribute(state);
                    self.close(state);
                }
                0x05 => {
                    let kind = *self.chunk.get(at).ok_or(CUT)?;
                    let text = self.counted_text(&mut at, 1)?;
                    if kind != kind::STRING {
                        return Err("a value in it is of an unknown type");
                    }
                    self.text(&text, state)?;
                }
                0x06 => {
                    self.end_attribute(state);
                    state.attribute = Some((self.name(&mut at)?, None));
                }
                0x07 => {
                    let text = self.counted_text(&mut at, 0)?;
                    self.text(&text, state)?;
                }
                0x08 => {
                    let unit = u16_at(self.chunk, at).ok_or(CUT)?;
                    at += 2;
                    self.text(
                        &char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
                        state,
                    )?;
                }
                0x09 => {
                    let name = self.name(&mut at)?;
                    self.text(entity(&name), state)?;
                }
                0x0A => {
                    self.name(&mut at)?;
                }
                0x0B => {
                    self.counted_text(&mut at, 0)?;
                }
                0x0C => at = self.template(at, to, state)?,
                0x0D | 0x0E => {
                    let index = u16_at(self.chunk, at).ok_or(CUT)?;
                    at += 3;
                    let value = values.and_then(|values| values.get(usize::from(index)));
                    self.substitute(*value.ok_or("a value that it needs is missing")?, state)?;
                }
                0x0F => at += 3,
                _ => return Err("a token in it is not known"),
            }
        }
        Ok(())
    }

    fn step(&mut self, cost: usize) -> Result<(), Fault> {
        self.steps = self.steps.checked_sub(cost).ok_or("it is too large")?;
        Ok(())
    }

    fn open(&mut self, mut at: usize, token: u8, values: Option<&[Value]>, state: &mut State) -> Result<usize, Fault> {
        self.end_attribute(state);
        let mut shown = state.hidden == 0;
        if let Some(values) = values {
            // Only templates say on which value an element depends.
            let needed = u16_at(self.chunk, at).ok_or(CUT)?;
            at += 2;
            let value = values.get(usize::from(needed));
            shown &= needed == 0xFFFF || value.is_none_or(|value| value.kind != kind::NULL);
        }
        at += 4;
        let name = self.name(&mut at)?;
        if token & MORE != 0 {
            at += 4;
        }
        if !shown {
            state.hidden += 1;
        } else if self.into.open(name) {
            state.open += 1;
        } else {
            return Err("its elements are nested too deeply");
        }
        Ok(at)
    }

    fn close(&mut self, state: &mut State) {
        if state.hidden > 0 {
            state.hidden -= 1;
        } else if state.open > 0 {
            state.open -= 1;
            self.into.close();
        }
    }

    fn end_attribute(&mut self, state: &mut State) {
        if let Some((name, Some(value))) = state.attribute.take()
            && state.hidden == 0
        {
            self.into.attribute(&name, value);
        }
    }

    fn text(&mut self, text: &str, state: &mut State) -> Result<(), Fault> {
        self.step(text.len())?;
        match &mut state.attribute {
            Some((_, value)) => value.get_or_insert_default().push_str(text),
            None if state.hidden == 0 => self.into.text(text),
            None => {}
        }
        Ok(())
    }

    /// A name, which stands here or elsewhere in the chunk.
    fn name(&mut self, at: &mut usize) -> Result<String, Fault> {
        let place = u32_at(self.chunk, *at).ok_or(CUT)? as usize;
        *at += 4;
        let count =
            place.checked_add(6).and_then(|place| u16_at(self.chunk, place)).ok_or("a name is not in its chunk")?;
        let length = usize::from(count) * 2;
        let text =
            self.chunk.get(place + 8..).and_then(|rest| rest.get(..length)).ok_or("a name is not in its chunk")?;
        if place == *at {
            *at += 8 + length + 2;
        }
        self.step(length)?;
        Ok(utf16_text(text))
    }

    /// A text behind its length, which stands so many bytes on.
    fn counted_text(&mut self, at: &mut usize, before: usize) -> Result<String, Fault> {
        let length = usize::from(u16_at(self.chunk, *at + before).ok_or(CUT)?) * 2;
        let from = *at + before + 2;
        let text = self.chunk.get(from..from + length).ok_or(CUT)?;
        *at = from + length;
        Ok(utf16_text(text))
    }

    /// A template with its values.
    fn template(&mut self, at: usize, to: usize, state: &mut State) -> Result<usize, Fault> {
        const HEADER: usize = 24;
        let definition = u32_at(self.chunk, at + 5).ok_or(CUT)? as usize;
        let mut at = at + 9;
        let size = definition.checked_add(20).and_then(|place| u32_at(self.chunk, place));
        let body = definition.saturating_add(HEADER);
        let end = size.and_then(|size| body.checked_add(size as usize)).filter(|end| *end <= self.chunk.len());
        let end = end.ok_or("its template is not in its chunk")?;
        if definition == at {
            at = end;
        }
        let count = u32_at(self.chunk, at).ok_or(CUT)? as usize;
        let list = at + 4;
        at = count.checked_mul(4).and_then(|length| list.checked_add(length)).filter(|end| *end <= to).ok_or(CUT)?;
        self.step(count)?;
        let mut values = Vec::with_capacity(count);
        for place in (list..at).step_by(4) {
            let length = u16_at(self.chunk, place).map(usize::from).ok_or(CUT)?;
            let kind = *self.chunk.get(place + 2).ok_or(CUT)?;
            let value = Value { kind, from: at, to: at + length };
            at = value.to;
            if at > to {
                return Err(CUT);
            }
            values.push(value);
        }
        if state.hidden == 0 {
            self.fragment(body, end, Some(&values))?;
        }
        Ok(at)
    }

    fn substitute(&mut self, value: Value, state: &mut State) -> Result<(), Fault> {
        let bytes = self.chunk.get(value.from..value.to).ok_or(CUT)?;
        if value.kind == kind::XML {
            return if state.attribute.is_none() && state.hidden == 0 {
                self.fragment(value.from, value.to, None)
            } else {
                Ok(())
            };
        }
        if value.kind & kind::ARRAY == 0 {
            return match show(value.kind, bytes) {
                Some(text) => self.text(&text, state),
                None => Ok(()),
            };
        }
        // An element is written once for each item.
        for (index, text) in items(value.kind & !kind::ARRAY, bytes).into_iter().enumerate() {
            if index > 0 && state.attribute.is_none() && state.hidden == 0 {
                self.into.repeat();
            }
            self.step(1)?;
            self.text(&text, state)?;
        }
        Ok(())
    }
}

/// A flag of a token: more of its kind follow.
const MORE: u8 = 0x40;

fn entity(name: &str) -> &str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

/// The items of an array.
fn items(kind: u8, bytes: &[u8]) -> Vec<String> {
    let size = match kind {
        kind::STRING => {
            let units: Vec<&[u8]> = bytes.chunks_exact(2).collect();
            let end = units.len() - usize::from(units.last().is_some_and(|unit| **unit == [0, 0]));
            let texts = units[..end].split(|unit| **unit == [0, 0]);
            return if units.is_empty() { Vec::new() } else { texts.map(|text| utf16_text(&text.concat())).collect() };
        }
        kind::ANSI => {
            let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
            return text.split(|byte| *byte == 0).filter_map(|text| show(kind::ANSI, text)).collect();
        }
        0x03 | 0x04 => 1,
        0x05 | 0x06 => 2,
        0x07 | 0x08 | 0x0B | 0x0D | 0x14 => 4,
        0x09 | 0x0A | 0x0C | 0x11 | 0x15 => 8,
        0x0F | 0x12 => 16,
        0x13 => {
            let mut rest = bytes;
            let mut found = Vec::new();
            while let Some(sid) = sid_text(rest) {
                found.push(sid);
                let length = 8 + usize::from(rest[1]) * 4;
                rest = &rest[length..];
            }
            return found;
        }
        _ => return vec![hex(bytes)],
    };
    bytes.chunks_exact(size).filter_map(|item| show(kind, item)).collect()
}

/// A value as it is written in XML; `None` if there is none.
fn show(kind: u8, bytes: &[u8]) -> Option<String> {
    let number = |size: usize| {
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(bytes.get(..size)?);
        Some(u64::from_le_bytes(wide))
    };
    // The sign of a shorter number is in its highest bit.
    let signed = |size: usize| Some(((number(size)? << (64 - 8 * size)) as i64) >> (64 - 8 * size));
    Some(match kind {
        kind::NULL => return None,
        kind::STRING => utf16_text(bytes),
        kind::ANSI => {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes[..end]).0.into_owned()
        }
        0x03 => signed(1)?.to_string(),
        0x04 => number(1)?.to_string(),
        0x05 => signed(2)?.to_string(),
        0x06 => number(2)?.to_string(),
        0x07 => signed(4)?.to_string(),
        0x08 => number(4)?.to_string(),
        0x09 => signed(8)?.to_string(),
        0x0A => number(8)?.to_string(),
        0x0B => f32::from_bits(u32_at(bytes, 0)?).to_string(),
        0x0C => f64::from_bits(u64_at(bytes, 0)?).to_string(),
        0x0D => (number(4)? != 0).to_string(),
        0x0F => guid(bytes)?,
        0x10 if bytes.len() == 4 => format!("0x{:x}", number(4)?),
        0x10 | 0x15 => format!("0x{:x}", number(8)?),
        0x11 => stamp(time(number(8)?)?),
        0x12 => stamp(system_time(bytes)?),
        0x13 => sid_text(bytes)?,
        0x14 => format!("0x{:x}", number(4)?),
        _ if bytes.is_empty() => return None,
        _ => hex(bytes),
    })
}

fn stamp(time: DateTime) -> String {
    format!("{}.{:07}Z", time.strftime("%Y-%m-%dT%H:%M:%S"), time.subsec_nanosecond() / 100)
}

/// Year, month, weekday, day, hour, minute, second, millisecond.
fn system_time(bytes: &[u8]) -> Option<DateTime> {
    let part = |index: usize| i16::try_from(u16_at(bytes, index * 2)?).ok();
    let short = |index: usize| i8::try_from(part(index)?).ok();
    let nanos = i32::from(part(7)?) * 1_000_000;
    DateTime::new(part(0)?, short(1)?, short(3)?, short(4)?, short(5)?, short(6)?, nanos).ok()
}

fn guid(bytes: &[u8]) -> Option<String> {
    let mut text = format!("{{{:08X}-{:04X}-{:04X}-", u32_at(bytes, 0)?, u16_at(bytes, 4)?, u16_at(bytes, 6)?);
    for (index, byte) in bytes.get(8..16)?.iter().enumerate() {
        if index == 2 {
            text.push('-');
        }
        write!(text, "{byte:02X}").ok()?;
    }
    text.push('}');
    Some(text)
}
