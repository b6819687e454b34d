//! `file`: a file on the machine, from directory listings and the bundle itself. The subject is the end of its path.

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

use super::{Answer, Field, FieldType, Spec, SubjectKind, Predicate, View, Want};

/// A file on the machine, from directory listings and the bundle itself. The subject is the end of its path.
pub(super) struct File;

static SPEC: Spec = Spec {
    name: "file",
    help: "A file on the machine, from directory listings and the bundle itself. The subject is the end of its path.",
    example: "file 'ms\\sms\\bin\\pcmsvc32.exe' modified >= 1998-08-01",
    subjects: &[SubjectKind::Text("path")],
    fields: &[
        Field::new("content", FieldType::Text, "the whole text of a small text file in the bundle"),
        Field::new("modified", FieldType::Time, "its date and time"),
        Field::new("presence", FieldType::Word(&[]), "for `exists` and `missing`"),
        Field::new("size", FieldType::Number, "its size in bytes"),
        Field::new("version", FieldType::Version, "its version resource"),
    ],
    default_field: Some("presence"),
    records: false,
    scoped: true,
};

impl Predicate for File {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn wants(&self, _call: &Call, _products: &Products) -> Want {
        unreachable!("to come")
    }

    fn ask(&self, _call: &Call, _view: &View<'_>, _bound: &Bindings) -> Answer {
        unreachable!("to come")
    }
}
