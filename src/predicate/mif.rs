//! `mif`: an attribute of a group that a MIF describes: class and attribute.

use crate::fact::{Bindings, FactKey};
use crate::kb::Products;
use crate::rule::Call;

use super::facts::{self, Item, subject};
use super::{Answer, FactQuery, Field, FieldType, Predicate, Spec, SubjectKind, View, Want};

/// An attribute of a group that a MIF describes: class and attribute.
pub(super) struct Mif;

static SPEC: Spec = Spec {
    name: "mif",
    help: "An attribute of a group that a MIF describes: class and attribute. It holds if some group of the class, or some row \
           of its table, passes.",
    example: "mif 'MICROSOFT|JOBSTATUS|1.0' Status = Failed",
    subjects: &[SubjectKind::Text("class"), SubjectKind::Text("attribute")],
    fields: &[Field::new("value", FieldType::Any, "the value")],
    default_field: Some("value"),
    records: false,
    scoped: true,
};

impl Predicate for Mif {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn wants(&self, call: &Call, _products: &Products) -> Want {
        Want::Facts(vec![FactQuery::At(address(call))])
    }

    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer {
        let at = address(call);
        let class = subject(call, 0).to_lowercase();
        let need = format!("MIF {} {}", subject(call, 0), subject(call, 1));
        facts::ask(call, &SPEC, view, bound, "mif", &need, |host| {
            let found = facts::values(host, &at);
            if found.is_empty() {
                return vec![Item::single("value", found, host.coverage.mif.contains(&class))];
            }
            found.into_iter().map(|value| Item::single("value", vec![value], false)).collect()
        })
    }
}

fn address(call: &Call) -> FactKey {
    FactKey::Mif { class: subject(call, 0).to_lowercase(), attribute: subject(call, 1).to_lowercase() }
}

#[cfg(test)]
mod tests {
    use crate::audit::{Options, audit};
    use crate::pack::{Pack, PackFile, collect};
    use crate::source::Bundle;
    use crate::truth::Truth;

    const STATUS: &str = "START COMPONENT\nSTART GROUP\nNAME = \"InstallStatus\"\nID = 1\nCLASS = \"MICROSOFT|JOBSTATUS|1.0\"\n\
                          START ATTRIBUTE NAME = \"Status\" VALUE = \"Failed\" END ATTRIBUTE\nEND GROUP\nEND COMPONENT\n";

    /// The answer of one condition on a machine with these files.
    fn ask(condition: &str, files: &[&str]) -> Truth {
        let kb = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
        let rule =
            format!("article Q1 \"t\" {{\n  product sms\n  affects 1.2\n  symptom s \"s\" {{ {condition} }}\n}}\n");
        let mut pack = collect(&kb).expect("the repository's own products");
        pack.push(PackFile { name: "Q1.rule".to_owned(), text: rule });
        let pack = Pack::from_files(pack);
        assert!(!pack.has_errors(), "{:#?}", pack.diagnostics);
        let named = |(number, text): (usize, &&str)| (format!("{number}.mif"), text.as_bytes().to_vec());
        let mut members = vec![("note.txt".to_owned(), b"a note\n".to_vec())];
        members.extend(files.iter().enumerate().map(named));
        let bundle = Bundle::from_files("B", members);
        let assessment = audit(&pack, &[bundle], &Options::default()).expect("no options");
        assessment.hosts[0].findings[0].symptoms[0].state
    }

    #[test]
    fn an_attribute_is_asked_for_by_class_and_name() {
        let succeeded = STATUS.replace("Failed", "Success");
        for (condition, files, expected) in [
            ("mif 'MICROSOFT|JOBSTATUS|1.0' Status = Failed", vec![STATUS], Truth::True),
            ("mif 'microsoft|jobstatus|1.0' STATUS = failed", vec![STATUS], Truth::True),
            ("mif 'MICROSOFT|JOBSTATUS|1.0' Status = Success", vec![STATUS], Truth::False),
            ("mif 'MICROSOFT|JOBSTATUS|1.0' Status has 'ail'", vec![STATUS], Truth::True),
            // One of several is enough.
            ("mif 'MICROSOFT|JOBSTATUS|1.0' Status = Success", vec![STATUS, &succeeded], Truth::True),
            // Not there is an answer only of a class that was read whole.
            ("mif 'MICROSOFT|JOBSTATUS|1.0' Description exists", vec![STATUS], Truth::False),
            ("mif 'MICROSOFT|JOBSTATUS|1.0' Description exists", vec![&STATUS[..STATUS.len() - 20]], Truth::Unknown),
            ("mif 'MICROSOFT|DISK|1.0' Label exists", vec![STATUS], Truth::Unknown),
            ("mif 'MICROSOFT|JOBSTATUS|1.0' Status = Failed", vec![], Truth::Unknown),
        ] {
            assert_eq!(ask(condition, &files), expected, "{condition} {files:?}");
        }
    }
}
