//! How a JSON report is laid out: two blanks a level, each finding on a line of its own, and nothing in a string that a
//! terminal would obey.

use std::io::{self, Write};

use serde_json::ser::Formatter;

use crate::report::safe::is_unsafe;

/// A line end with the indentation behind it, as deep as lines are indented.
const LINE: &[u8; 2 + 2 * DEEPEST] = b",\n        ";

/// What lies deeper stands on one line: the parts of a finding, of what a machine has or lacks. So a finding can be
/// searched for and compared line by line, and a report of many machines is half as long.
const DEEPEST: usize = 4;

/// Writes what `serde_json` gives for a person to read. Its own layout writes the blanks of each level one by one, and
/// the text of a report would have to be gone through again for what is unsafe.
#[derive(Debug, Default)]
pub(super) struct Layout {
    depth: usize,
    /// Whether the list or object that is open holds something yet.
    holds: bool,
}

impl Layout {
    fn open(&mut self) {
        self.depth += 1;
        self.holds = false;
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, end: &[u8]) -> io::Result<()> {
        let is_flat = self.depth > DEEPEST;
        self.depth -= 1;
        if self.holds && !is_flat {
            out.write_all(&LINE[1..2 + 2 * self.depth])?;
        }
        self.holds = true;
        out.write_all(end)
    }

    /// What comes next, behind a comma unless it is the first one.
    fn next<W: ?Sized + Write>(&self, out: &mut W, first: bool) -> io::Result<()> {
        match (self.depth > DEEPEST, first) {
            (true, true) => Ok(()),
            (true, false) => out.write_all(b", "),
            (false, _) => out.write_all(&LINE[usize::from(first)..2 + 2 * self.depth]),
        }
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open();
        out.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.holds = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open();
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.holds = true;
        Ok(())
    }

    /// A report must hold what the log holds, and yet a terminal must not obey it when somebody looks at the file: what
    /// JSON allows in a string and a terminal obeys is written as an escape.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all fragments are plain, and this is a loop without branches.
        if fragment.bytes().fold(true, |plain, byte| plain & (byte < 0x7f)) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, bad)) = rest.char_indices().find(|&(_, c)| is_unsafe(c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            // All of them lie in the basic plane, so one escape is enough.
            write!(out, "\\u{:04x}", u32::from(bad))?;
            rest = &rest[at + bad.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::{Serializer, Value, json};

    use super::Layout;

    fn write(value: &Value) -> String {
        let mut out = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut out, Layout::default())).expect("a vector takes all");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn it_looks_as_serde_json_has_it() {
        let value = json!({"a": [], "b": {}, "c": [1, "two\n\"", null, {"d": [[], {}]}], "e": {"f": true, "g": 1.5}});
        assert_eq!(write(&value), format!("{value:#}"));
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
