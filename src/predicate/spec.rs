//! What a predicate tells the language about itself.

/// Name, subjects and fields of a predicate.
#[derive(Debug)]
pub struct Spec {
    /// Its name in rules.
    pub name: &'static str,
    /// One sentence for the reference.
    pub help: &'static str,
    /// One line of a rule that uses it.
    pub example: &'static str,
    /// What stands after the name, in order.
    pub subjects: &'static [SubjectKind],
    /// The fields that may be tested; more may come with the subjects.
    pub fields: &'static [Field],
    /// The field that a test without a field means.
    pub default_field: Option<&'static str>,
    /// Whether it finds records in time, so that it may stand in `count`, `sequence` and `last`. A record also has
    /// every name that its patterns capture.
    pub records: bool,
    /// Whether `on ROLE` and `on any` may follow.
    pub scoped: bool,
}

/// What may stand as a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A log of some product.
    Log,
    /// A table of some product.
    Table,
    /// A product.
    Product,
    /// Any text; the word says what it is.
    Text(&'static str),
}

/// A field that may be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: std::borrow::Cow<'static, str>,
    /// What it holds.
    pub kind: FieldType,
    /// What it is, for the reference.
    pub help: &'static str,
}

impl Field {
    /// A field with a fixed name.
    #[must_use]
    pub const fn new(name: &'static str, kind: FieldType, help: &'static str) -> Self {
        Self { name: std::borrow::Cow::Borrowed(name), kind, help }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// A date and time.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A dotted version.
    Version,
    /// A level of the product that the subject names.
    Level,
    /// A role of any product.
    Role,
    /// A text or a number: a registry value. Compared as numbers where both are.
    Any,
}
