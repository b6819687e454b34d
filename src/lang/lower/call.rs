//! Calls of predicates: subjects, scope and tests against what the predicate says of itself.

use crate::diag::Span;
use crate::lang::ast::{self, Text};
use crate::lang::diags;
use crate::predicate::{self, FieldType, PREDICATES, Predicate, Spec, SubjectKind};
use crate::rule::{Call, CallId, Op, Operand, Place, Scope, Test};

use crate::sweep;

use super::{Bound, Lowering};

impl Lowering<'_> {
    /// A call. `records` names the place that needs a predicate which finds records in time.
    pub(super) fn call(&mut self, call: &ast::Call, bound: &mut Bound, records: Option<&str>) -> Option<Call> {
        let id = CallId(self.calls);
        self.calls += 1;
        let Some(predicate) = predicate::find(&call.predicate.text) else {
            let known: Vec<&str> = PREDICATES.iter().map(|predicate| predicate.spec().name).collect();
            let word = &call.predicate;
            self.diagnostics.push(match diags::meant_condition(&word.text, diags::CONDITIONS, &known) {
                Some(meant) => diags::unknown_condition(word.span, &word.text, &meant),
                None => diags::unknown_predicate(word, &known),
            });
            return None;
        };
        let spec = predicate.spec();
        let mut sound = self.subjects(call, spec);
        if let Some(place) = records.filter(|_| !spec.records) {
            let known: Vec<&str> =
                PREDICATES.iter().map(|other| other.spec()).filter(|spec| spec.records).map(|spec| spec.name).collect();
            self.diagnostics.push(diags::no_records(&call.predicate, place, &known));
            sound = false;
        }
        if call.tests.is_empty() && !spec.records {
            if sound {
                self.diagnostics.push(diags::missing_test(&call.predicate, spec.example));
            }
            sound = false;
        }
        let scope = self.scope(call, spec);
        let subjects: Vec<String> = call.subjects.iter().map(|subject| subject.text.clone()).collect();
        // Fields may hang on the subjects, so a call with a wrong one would only give faults that follow from it.
        let tests = if sound { self.tests(call, predicate, &subjects, bound) } else { None };
        if let Some(tests) = tests.as_ref().filter(|_| spec.records && scope.is_some()) {
            self.texts_to_find(call, tests);
        }
        Some(Call { id, predicate: spec.name, subjects, scope: scope?, tests: tests?.into(), place: Place(call.span) })
    }

    /// Lines are found by the words that they must hold. A call whose patterns name none has every line read.
    fn texts_to_find(&mut self, call: &ast::Call, tests: &[Test]) {
        let asks = |(ast, test): (&ast::Test, &Test)| match (test.op, &test.value) {
            (Op::Has | Op::Regex, Operand::Pattern(pattern)) if test.field == "text" => {
                Some((ast.check.at, sweep::has_text(&sweep::Pattern::from(pattern))))
            }
            _ => None,
        };
        let asked: Vec<(Span, bool)> = call.tests.iter().zip(tests).filter_map(asks).collect();
        if let Some((at, _)) = asked.first().filter(|_| asked.iter().all(|(_, has_text)| !has_text)) {
            self.diagnostics.push(diags::no_word_to_find(*at));
        }
    }

    /// The names that the records of a call have: fields, and what its tests bind.
    pub(super) fn fields_of(&self, call: &Call) -> Vec<String> {
        let fields = predicate::find(call.predicate).map(|known| known.fields(&call.subjects, self.products));
        let mut names: Vec<String> =
            fields.unwrap_or_default().into_iter().map(|field| field.name.into_owned()).collect();
        for test in call.tests.iter() {
            match &test.value {
                Operand::Name(name) => names.push(name.clone()),
                Operand::Pattern(pattern) if test.op == Op::Regex => {
                    names.extend(pattern.captures().map(str::to_owned))
                }
                _ => {}
            }
        }
        names
    }

    fn subjects(&mut self, call: &ast::Call, spec: &Spec) -> bool {
        let takes = spec.subjects.len();
        if let Some(missing) = spec.subjects.get(call.subjects.len()) {
            self.diagnostics.push(diags::missing_subject(&call.predicate, &noun(*missing), spec.example));
            return false;
        }
        if let Some(extra) = call.subjects.get(takes) {
            // Any word may be a subject to the grammar, so an operator of another language arrives here as one.
            self.diagnostics.push(match diags::meant_operator(&extra.text) {
                Some(_) => diags::unknown_operator(extra.span, &extra.text),
                None => diags::extra_subject(&call.predicate, extra, takes, spec.example),
            });
            return false;
        }
        let mut sound = true;
        for (subject, kind) in call.subjects.iter().zip(spec.subjects) {
            sound &= self.subject(subject, *kind);
        }
        sound
    }

    fn subject(&mut self, subject: &Text, kind: SubjectKind) -> bool {
        let products = self.products;
        let fault = match kind {
            SubjectKind::Text(_) => None,
            SubjectKind::Product => return self.product_named(subject).is_some(),
            SubjectKind::Log => products.log(&subject.text).is_none().then(|| {
                let known: Vec<&str> = products.logs().map(|log| log.id.as_str()).collect();
                diags::unknown_log(subject, &known)
            }),
            SubjectKind::Table => products.table(&subject.text).is_none().then(|| {
                let known: Vec<&str> = products.tables().map(|table| table.id.as_str()).collect();
                diags::unknown_table(subject, &known)
            }),
        };
        let sound = fault.is_none();
        self.diagnostics.extend(fault);
        sound
    }

    fn scope(&mut self, call: &ast::Call, spec: &Spec) -> Option<Scope> {
        let Some(scope) = &call.scope else { return Some(Scope::Here) };
        if !spec.scoped {
            self.diagnostics.push(diags::no_scope(&call.predicate, scope));
            return None;
        }
        if scope.text == "any" {
            return Some(Scope::Anywhere);
        }
        self.check_role(scope);
        Some(Scope::Role(scope.text.clone()))
    }

    fn tests(
        &mut self,
        call: &ast::Call,
        predicate: &dyn Predicate,
        subjects: &[String],
        bound: &mut Bound,
    ) -> Option<Vec<Test>> {
        let spec = predicate.spec();
        let fields = predicate.fields(subjects, self.products);
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_ref()).collect();
        let times: Vec<&str> =
            fields.iter().filter(|field| field.kind == FieldType::Time).map(|field| field.name.as_ref()).collect();
        let product = match (spec.subjects, subjects) {
            ([SubjectKind::Product, ..], [name, ..]) => self.products.named(name),
            _ => self.product,
        };
        let mut tests = Vec::new();
        for test in &call.tests {
            let name = match (&test.field, spec.default_field) {
                (Some(field), _) => field.text.as_str(),
                (None, Some(field)) => field,
                (None, None) => {
                    self.diagnostics.push(diags::missing_field(spec.name, test.check.at, &names));
                    continue;
                }
            };
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                let place = test.field.clone().unwrap_or_else(|| Text::new(name, test.check.at));
                self.diagnostics.push(diags::unknown_field(spec.name, &place, &names));
                continue;
            };
            let others: Vec<&str> = times.iter().copied().filter(|time| *time != name).collect();
            if let Some((op, value)) = self.check(&test.check, name, field.kind, &others, product, bound) {
                tests.push(Test { field: name.to_owned(), op, value });
            }
        }
        (tests.len() == call.tests.len()).then_some(tests)
    }
}

fn noun(kind: SubjectKind) -> String {
    match kind {
        SubjectKind::Log => "the name of a log".to_owned(),
        SubjectKind::Table => "the name of a table".to_owned(),
        SubjectKind::Product => "the name of a product".to_owned(),
        SubjectKind::Text(word) => format!("a {word}"),
    }
}
