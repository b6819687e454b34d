//! How a JSON report is laid out: two blanks a level, each finding on a line of its own, and nothing in a string that a
//! terminal would obey.
//!
//! This writes what the wire types hold, and no more: texts, whole numbers, lists and objects. `serde_json` with a
//! formatter gives the same, and takes a sixth longer for a whole report: it looks at strings byte by byte, the names of
//! fields among them, and hands on each quotation mark.

use std::fmt;
use std::io::{self, Write};

use serde::ser::{self, Impossible, Serialize, Serializer};

use crate::report::safe::is_unsafe;

/// A line end with the indentation behind it, as deep as lines are indented.
const LINE: &[u8; 2 + 2 * DEEPEST] = b",\n        ";

/// What lies deeper stands on one line: the parts of a finding, of what a machine has or lacks. So a finding can be
/// searched for and compared line by line, and a report of many machines is half as long.
const DEEPEST: usize = 4;

/// So much is written at once, about.
const BLOCK: usize = 64 * 1024;

/// Writes a value and a line end.
pub(super) fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut layout = Layout { out, text: Vec::with_capacity(BLOCK + BLOCK / 4), depth: 0, holds: false };
    value.serialize(&mut layout).map_err(|Failed(error)| error)?;
    layout.text.push(b'\n');
    layout.out.write_all(&layout.text)
}

struct Layout<'a> {
    out: &'a mut dyn Write,
    /// What was not handed on yet.
    text: Vec<u8>,
    depth: usize,
    /// Whether the list or object that is open holds something yet.
    holds: bool,
}

impl Layout<'_> {
    fn open(&mut self, bracket: u8) {
        self.depth += 1;
        self.holds = false;
        self.text.push(bracket);
    }

    fn close(&mut self, bracket: u8) {
        let is_flat = self.depth > DEEPEST;
        self.depth -= 1;
        if self.holds && !is_flat {
            self.text.extend_from_slice(&LINE[1..2 + 2 * self.depth]);
        }
        self.holds = true;
        self.text.push(bracket);
    }

    /// What comes next, behind a comma unless it is the first one.
    fn next(&mut self) -> Result<(), Failed> {
        if self.text.len() >= BLOCK {
            self.out.write_all(&self.text).map_err(Failed)?;
            self.text.clear();
        }
        let before: &[u8] = match (self.depth > DEEPEST, self.holds) {
            (true, false) => b"",
            (true, true) => b", ",
            (false, holds) => &LINE[usize::from(!holds)..2 + 2 * self.depth],
        };
        self.text.extend_from_slice(before);
        self.holds = true;
        Ok(())
    }

    /// A report must hold what the log holds, and yet a terminal must not obey it when somebody looks at the file: what
    /// JSON allows in a string and a terminal obeys is written as an escape.
    fn string(&mut self, text: &str) {
        self.text.push(b'"');
        let is_plain = |byte: u8| (b' '..0x7f).contains(&byte) & (byte != b'"') & (byte != b'\\');
        // Nearly all texts are plain, and this is a loop without branches.
        if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
            self.text.extend_from_slice(text.as_bytes());
        } else {
            self.escaped(text);
        }
        self.text.push(b'"');
    }

    fn escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some((at, bad)) = rest.char_indices().find(|&(_, c)| matches!(c, '"' | '\\') || is_unsafe(c)) {
            self.text.extend_from_slice(&rest.as_bytes()[..at]);
            match bad {
                '"' | '\\' => self.text.extend([b'\\', bad as u8]),
                '\n' => self.text.extend_from_slice(b"\\n"),
                '\r' => self.text.extend_from_slice(b"\\r"),
                '\t' => self.text.extend_from_slice(b"\\t"),
                '\u{8}' => self.text.extend_from_slice(b"\\b"),
                '\u{c}' => self.text.extend_from_slice(b"\\f"),
                // All of them lie in the basic plane, so one escape is enough.
                _ => self.text.extend_from_slice(format!("\\u{:04x}", u32::from(bad)).as_bytes()),
            }
            rest = &rest[at + bad.len_utf8()..];
        }
        self.text.extend_from_slice(rest.as_bytes());
    }

    fn number(&mut self, number: impl fmt::Display) -> Result<(), Failed> {
        write!(self.text, "{number}").map_err(Failed)
    }
}

/// What went wrong on the way out.
#[derive(Debug)]
struct Failed(io::Error);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(io::Error::other(message.to_string()))
    }
}

/// No wire type has a value of this kind.
fn unknown<T>(kind: &str) -> Result<T, Failed> {
    Err(ser::Error::custom(format_args!("a report holds no {kind}")))
}

impl Serializer for &mut Layout<'_> {
    type Ok = ();
    type Error = Failed;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<(), Failed>;
    type SerializeTupleVariant = Impossible<(), Failed>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Failed>;

    fn serialize_bool(self, value: bool) -> Result<(), Failed> {
        self.text.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), Failed> {
        self.number(value)
    }

    fn serialize_f32(self, _: f32) -> Result<(), Failed> {
        unknown("fraction")
    }

    fn serialize_f64(self, _: f64) -> Result<(), Failed> {
        unknown("fraction")
    }

    fn serialize_char(self, value: char) -> Result<(), Failed> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Failed> {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Failed> {
        unknown("bytes")
    }

    fn serialize_none(self) -> Result<(), Failed> {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Failed> {
        self.text.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failed> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Failed> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Failed> {
        unknown("variant with a value")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Failed> {
        self.open(b'[');
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Failed> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), Failed>, Failed> {
        unknown("nameless fields")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Failed>, Failed> {
        unknown("variant with values")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Failed> {
        self.open(b'{');
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Failed> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Failed>, Failed> {
        unknown("variant with fields")
    }
}

impl ser::SerializeSeq for &mut Layout<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Failed> {
        self.next()?;
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Failed> {
        self.close(b']');
        Ok(())
    }
}

impl ser::SerializeTuple for &mut Layout<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Failed> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Failed> {
        ser::SerializeSeq::end(self)
    }
}

impl ser::SerializeMap for &mut Layout<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Failed> {
        self.next()?;
        key.serialize(&mut **self)?;
        if self.text.last() == Some(&b'"') { Ok(()) } else { unknown("key that is no text") }
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Failed> {
        self.text.extend_from_slice(b": ");
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Failed> {
        self.close(b'}');
        Ok(())
    }
}

impl ser::SerializeStruct for &mut Layout<'_> {
    type Ok = ();
    type Error = Failed;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Failed> {
        self.next()?;
        // The name of a field has no letter that needs an escape.
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\": ");
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Failed> {
        self.close(b'}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde::Serialize;
    use serde_json::{Value, json};

    fn write(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        super::write(value, &mut out).expect("a vector takes all");
        assert_eq!(out.pop(), Some(b'\n'));
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn it_looks_as_serde_json_has_it() {
        let value =
            json!({"a": [], "b": {}, "c": [1, "two\n\"", null, {"d": [[], {}]}], "e": {"f": true, "g": -9, "": "\\"}});
        assert_eq!(write(&value), format!("{value:#}"));
        for c in (0..0x2100).filter_map(char::from_u32) {
            let value = json!(format!("{c}a{c}{c} b{c}"));
            let written = write(&value);
            assert_eq!(serde_json::from_str::<Value>(&written).ok().as_ref(), Some(&value), "{written}");
            assert!(super::is_unsafe(c) || written == format!("{value:#}"), "{written}");
            assert!(!written.contains(super::is_unsafe), "{written}");
        }
    }

    #[test]
    fn fields_are_written_as_the_keys_of_a_map() {
        #[derive(Serialize)]
        enum Kind {
            Small,
        }
        #[derive(Serialize)]
        struct Fields<'a> {
            one: Option<u8>,
            #[serde(skip_serializing_if = "str::is_empty")]
            two: &'a str,
            three: (i64, Kind, char, ()),
        }
        let fields = |two| Fields { one: None, two, three: (i64::MIN, Kind::Small, '\\', ()) };
        let written = "{\n  \"one\": null,\n  \"three\": [\n    -9223372036854775808,\n    \"Small\",\n    \"\\\\\",\n    null\n  ]\n}";
        assert_eq!(write(&fields("")), written);
        assert!(write(&fields("2")).contains("  \"one\": null,\n  \"two\": \"2\",\n"));
    }

    #[test]
    fn what_no_report_holds_is_an_error() {
        for value in [json!(1.5), json!([{"a": 0.1}])] {
            assert!(super::write(&value, &mut Vec::new()).is_err_and(|error| error.to_string().contains("fraction")));
        }
        let numbered = std::collections::BTreeMap::from([(1, 2)]);
        assert!(super::write(&numbered, &mut Vec::new()).is_err());
    }

    #[test]
    fn what_is_long_is_handed_on_in_blocks_and_a_failure_is_told() {
        struct Blocks(Vec<usize>, usize);
        impl io::Write for Blocks {
            fn write(&mut self, block: &[u8]) -> io::Result<usize> {
                self.0.push(block.len());
                if self.0.len() > self.1 { Err(io::Error::other("full")) } else { Ok(block.len()) }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let texts = vec!["a text of a few words"; 20_000];
        let all = write(&texts).len() + 1;
        let mut blocks = Blocks(Vec::new(), usize::MAX);
        super::write(&texts, &mut blocks).expect("it takes all");
        assert_eq!(blocks.0.iter().sum::<usize>(), all);
        assert!(blocks.0.len() > 5 && blocks.0.iter().all(|&len| len < super::BLOCK + 100), "{:?}", blocks.0);
        for taken in 0..3 {
            let failed = super::write(&texts, &mut Blocks(Vec::new(), taken));
            assert!(failed.is_err_and(|error| error.to_string() == "full"));
        }
    }

    #[test]
    fn what_lies_deep_stands_on_one_line() {
        let mut deep = json!({"a": [{"b": [{"c": [], "d": [1, 2], "e": {"f": {}, "g": "h"}}, {}, {"i": [[3]]}]}]});
        let lines = [
            "{",
            "  \"a\": [",
            "    {",
            "      \"b\": [",
            "        {\"c\": [], \"d\": [1, 2], \"e\": {\"f\": {}, \"g\": \"h\"}},",
            "        {},",
            "        {\"i\": [[3]]}",
            "      ]",
            "    }",
            "  ]",
            "}",
        ];
        assert_eq!(write(&deep), lines.join("\n"));
        for _ in 0..60 {
            deep = json!({"in": [deep, {}]});
        }
        assert_eq!(serde_json::from_str::<Value>(&write(&deep)).ok(), Some(deep));
    }

    #[test]
    fn what_a_terminal_obeys_is_escaped_wherever_it_stands() {
        let text = "\u{9b}a\u{7f}\u{202e}ä\u{1b}日\u{feff}";
        assert_eq!(write(&json!(text)), "\"\\u009ba\\u007f\\u202eä\\u001b日\\ufeff\"");
        let text = "plain ä 日 and no more";
        assert_eq!(write(&json!(text)), format!("\"{text}\""));
    }
}
