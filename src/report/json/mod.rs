//! For programs: everything that the assessment says. The schema is `schema`'s, and changes on purpose only.

mod layout;
mod schema;
mod v1;

pub use schema::{matrix_schema, report_schema};

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;

use crate::verdict::{Assessment, Machines};

use super::matrix::Matrix;
use super::{Options, Report};
use layout::Layout;

/// `--format json`
#[derive(Debug)]
pub(super) struct Json;

impl Report for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn help(&self) -> &'static str {
        "for programs: everything, as `servpack schema report` and `schema matrix` describe it"
    }

    fn machines(
        &self,
        about: &Assessment,
        machines: &dyn Machines,
        _: &Options,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        write(&v1::Report::new(about, machines), out)
    }

    fn matrix(&self, matrix: &Matrix, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        write(&v1::Matrix::from(matrix), out)
    }
}

fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    value.serialize(&mut Serializer::with_formatter(&mut out, Layout::default()))?;
    out.write_all(b"\n")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use crate::report::matrix::Matrix;
    use crate::report::{Options, Report, sample};

    use super::Json;

    const OPTIONS: Options = Options { width: 80, color: false, all: false, verbose: false };

    #[test]
    fn what_stands_in_a_log_comes_back_whole_and_harmless() {
        let mut out = Vec::new();
        Json.audit(&sample::rich(), &OPTIONS, &mut out).expect("a vector takes everything");
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.contains("\\u009b31m") && text.contains("\\u202e") && text.contains("\\u001b[31mevil"));
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["hosts"][0]["findings"][2]["causes"][0]["evidence"][0]["text"], "Version=1.2\u{9b}31m");
        assert_eq!(value["summary"]["verdicts"]["affected"], 1);
        assert_eq!(value["summary"]["verdicts"].as_object().expect("an object").len(), 8);
    }

    #[test]
    fn fields_stand_in_the_order_that_was_promised() {
        let mut out = Vec::new();
        Json.audit(&sample::rich(), &OPTIONS, &mut out).expect("a vector takes everything");
        let text = String::from_utf8(out).expect("UTF-8");
        let mut rest = text.as_str();
        for key in [
            "schema",
            "tool",
            "rules",
            "count",
            "digest",
            "bundles",
            "path",
            "hosts",
            "name",
            "role",
            "bundle",
            "levels",
            "product",
            "level",
            "at_least",
            "at_most",
            "trust",
            "witnesses",
            "coverage",
            "source",
            "files",
            "from",
            "to",
            "lines",
            "findings",
            "article",
            "title",
            "product",
            "severity",
            "verdict",
            "confidence",
            "because",
            "version",
            "state",
            "affects",
            "fix",
            "fixed_in",
            "installed",
            "carrier",
            "setting",
            "action",
            "symptoms",
            "causes",
            "workarounds",
            "history",
            "missing",
            "need",
            "from",
            "how",
            "summary",
            "problems",
        ] {
            let at = rest.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key} does not follow"));
            rest = &rest[at..];
        }
    }

    #[test]
    fn the_matrix_says_what_its_columns_are() {
        let mut out = Vec::new();
        Json.matrix(&Matrix::articles(&sample::rich()), &OPTIONS, &mut out).expect("a vector takes everything");
        let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(value["by"], "article");
        assert_eq!(value["columns"][1]["id"], "Q168463");
        assert_eq!(value["hosts"][0]["cells"][1]["state"], "affected");
        assert_eq!(value["hosts"][1]["cells"][0], serde_json::Value::Null);
        assert_eq!(value["totals"]["affected"], 1);
    }
}
