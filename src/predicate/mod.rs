//! What a condition may ask: a registry of predicates, and [`View`], how they see a bundle.
//!
//! To add one: a file here, a `mod` line and an entry in [`PREDICATES`]. The grammar, the YAML form, the schema and
//! the reference page know it from its [`Spec`].

mod answer;
mod event;
mod facts;
mod file;
mod ini;
mod level;
mod log;
mod mif;
mod neighbours;
mod record;
mod records;
mod reference;
mod registry;
mod role;
mod service;
mod spec;
mod text;
mod values;
mod view;

pub use answer::{Answer, SOLUTIONS, Seen, Solution};
pub(crate) use level::level_gap;
pub use neighbours::{Neighbours, SharedAnswer};
pub(crate) use records::asks_elsewhere;
pub use records::{
    ANY, Candidate, EventQuery, Source, Stretch, candidates, candidates_between, coverage_gap, gap_in, span_gap,
};
pub use reference::reference;
pub use spec::{Field, FieldType, Spec, SubjectKind};
pub use values::compare_bound;
pub(crate) use values::parse_time;
pub(crate) use view::is_path;
pub use view::{Effort, FactQuery, View, Want};

use crate::fact::Bindings;
use crate::kb::Products;
use crate::rule::Call;

/// One kind of question.
pub trait Predicate: Sync {
    /// Its name, subjects and fields.
    fn spec(&self) -> &'static Spec;

    /// The fields that may be tested, where they depend on the subjects.
    fn fields(&self, subjects: &[String], products: &Products) -> Vec<Field> {
        let _ = (subjects, products);
        self.spec().fields.to_vec()
    }

    /// The records that a call is about, for a predicate over records.
    fn source(&self, call: &Call) -> Option<Source> {
        let _ = call;
        None
    }

    /// What the scan must keep for this call.
    fn wants(&self, call: &Call, products: &Products) -> Want {
        match self.source(call) {
            Some(source) => Want::Events(Box::new(EventQuery::new(source, call, products))),
            None => Want::Nothing,
        }
    }

    /// The answer of the evidence, given what is bound already.
    fn ask(&self, call: &Call, view: &View<'_>, bound: &Bindings) -> Answer;
}

/// All predicates, sorted by name.
pub const PREDICATES: &[&dyn Predicate] = &[
    &event::Event,
    &file::File,
    &ini::Ini,
    &level::Level,
    &log::Log,
    &mif::Mif,
    &record::Record,
    &registry::Registry,
    &role::Role,
    &service::Service,
    &text::Text,
];

/// The predicate with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Predicate> {
    let at = PREDICATES.binary_search_by(|predicate| predicate.spec().name.cmp(name)).ok()?;
    PREDICATES.get(at).copied()
}
