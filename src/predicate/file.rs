//! `file`: a file on the machine, from directory listings and the bundle itself. The subject is the end of its path.

use crate::fact::{Bindings, FactKey, FileAttr};
use crate::kb::Products;
use crate::rule::Call;

use super::facts::{self, Item, subject};
use super::view::{is_path, paths};
use super::{Answer, FactQuery, Field, FieldType, Predicate, Spec, SubjectKind, View, Want};

/// A file on the machine, from directory listings and the bundle itself. The subject is the end of its path.
pub(super) struct File;

static SPEC: Spec = Spec {
    name: "file",
    help: "A file on the machine, from directory listings and the bundle itself. The subject is the end of its path.",
    example: "file 'ms\\sms\\bin\\pcmsvc32.exe' modified >= 1998-08-01",
    subjects: &[SubjectKind::Text("path")],
    fields: &[
        Field::new("content", FieldType::Text, "the whole text of a small text file in the bundle"),
        Field::new("linked", FieldType::Time, "when the linker wrote the program in the bundle, in UTC"),
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

    fn wants(&self, call: &Call, _products: &Products) -> Want {
        Want::Facts(vec![FactQuery::File(path(call))])
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        let wanted = path(call);
        let need = format!("file {}: its date, size or version", subject(call, 0));
        facts::ask(call, &SPEC, view, bound, "listing", &need, |host| {
            let covered = wanted.rsplit_once('\\').is_some_and(|(folder, _)| {
                host.coverage.folders.iter().any(|listed| is_path(listed, folder) && listed.contains('\\'))
            });
            let items = paths(host, &wanted).into_iter().map(|path| {
                let attr = |attr| facts::values(host, &FactKey::File { path: path.to_owned(), attr });
                Item::of(vec![
                    ("size", attr(FileAttr::Size)),
                    ("modified", attr(FileAttr::Modified)),
                    ("version", attr(FileAttr::Version)),
                    ("content", attr(FileAttr::Content)),
                    ("linked", attr(FileAttr::Linked)),
                ])
            });
            let items: Vec<Item<'_>> = items.collect();
            if items.is_empty() { vec![Item::absent(covered)] } else { items }
        })
    }
}

/// The end of the path, as facts write it: lower case, no drive, no `\\` at the front.
fn path(call: &Call) -> String {
    let path = subject(call, 0).to_lowercase().replace('/', "\\");
    let path = path.split_once(':').map_or(path.as_str(), |(_, rest)| rest);
    path.trim_start_matches('\\').to_owned()
}
