//! From the AST to the rule IR: every name is resolved here, for both spellings, and every fault reported at its place.

mod call;
mod check;
mod clauses;
mod condition;
mod levels;

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Level as Weight, Span};
use crate::kb::{ArticleId, Product, Products};
use crate::predicate::FieldType;
use crate::rule::{self, ClauseId, ClauseKind, Fix, FixBy, LookAlike, Place, Severity};

use super::ast::{Block, EntryKind, Rule, Text};
use super::diags;
use clauses::Clauses;

/// Resolves a rule. Without an error there is a rule; with or without one there may be warnings.
#[must_use]
pub fn lower(rule: &Rule, products: &Products) -> (Option<rule::Rule>, Vec<Diagnostic>) {
    let mut lowering = Lowering {
        rule,
        products,
        product: None,
        clauses: Clauses::of(rule),
        bound: BTreeMap::new(),
        diagnostics: Vec::new(),
        calls: 0,
    };
    let lowered = lowering.rule();
    let mut diagnostics = lowering.diagnostics;
    // A fix in several levels is lowered once for each, so its faults come more than once.
    let mut unique: Vec<Diagnostic> = Vec::new();
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().start);
    for diagnostic in diagnostics {
        let here = unique.iter().rev().take_while(|other| other.span().start == diagnostic.span().start);
        if !here.into_iter().any(|other| *other == diagnostic) {
            unique.push(diagnostic);
        }
    }
    let broken = unique.iter().any(|diagnostic| diagnostic.level == Weight::Error);
    (lowered.filter(|_| !broken), unique)
}

/// The names that are bound, with what they hold.
type Bound = BTreeMap<String, FieldType>;

struct Lowering<'a> {
    rule: &'a Rule,
    products: &'a Products,
    product: Option<&'a Product>,
    clauses: Clauses<'a>,
    /// What the clauses bind that others have referred to.
    bound: BTreeMap<(ClauseKind, String), Bound>,
    diagnostics: Vec<Diagnostic>,
    calls: u32,
}

impl<'a> Lowering<'a> {
    fn rule(&mut self) -> Option<rule::Rule> {
        let rule = self.rule;
        let article = self.article(&rule.id);
        self.find_product();
        let faults = self.clauses.faults();
        self.diagnostics.extend(faults);
        let affects = self.affects();
        let mut severity = Severity::default();
        let (mut tags, mut components, mut references, mut roles) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for entry in &rule.entries {
            match &entry.kind {
                EntryKind::Severity(word) => severity = self.severity(word).unwrap_or_default(),
                EntryKind::Tags(words) => tags = self.words(words),
                EntryKind::Components(words) => components = self.words(words),
                EntryKind::References(words) => {
                    self.words(words);
                    references = words.iter().filter_map(|word| self.article(word)).collect();
                }
                EntryKind::On(words) => {
                    roles = self.words(words);
                    for word in words {
                        self.check_role(word);
                    }
                }
                _ => {}
            }
        }
        // Calls are numbered in the order of the IR, so that the order of entries in a file does not matter.
        let fixes = self.fixes(&affects);
        let symptoms = self.clause_list(|kind| if let EntryKind::Symptom(clause) = kind { Some(clause) } else { None });
        let causes = self.clause_list(|kind| if let EntryKind::Cause(clause) = kind { Some(clause) } else { None });
        let workarounds =
            self.clause_list(|kind| if let EntryKind::Workaround(clause) = kind { Some(clause) } else { None });
        let look_alikes = self.look_alikes();
        let says_something = rule.entries.iter().any(|entry| {
            let kind = &entry.kind;
            matches!(kind, EntryKind::Affects(_) | EntryKind::Symptom(_) | EntryKind::Cause(_))
                || matches!(kind, EntryKind::Fixed(_) | EntryKind::Hotfix(_))
        });
        if !says_something {
            let what = "`affects`, `fixed`, `hotfix`, `symptom` or `cause`";
            self.diagnostics.push(diags::missing_entry(rule.id.span, &rule.id.text, what));
        }
        Some(rule::Rule {
            article: article?,
            title: rule.title.text.clone(),
            product: self.product?.id.clone(),
            severity,
            tags,
            components,
            references,
            roles,
            affects,
            fixes,
            symptoms,
            causes,
            workarounds,
            look_alikes,
            calls: self.calls,
            place: Place(rule.span),
        })
    }

    fn article(&mut self, id: &Text) -> Option<ArticleId> {
        let article = ArticleId::new(&id.text);
        if article.is_none() {
            self.diagnostics.push(diags::bad_article_id(id));
        }
        article
    }

    fn find_product(&mut self) {
        let named = self.rule.entries.iter().find_map(|entry| match &entry.kind {
            EntryKind::Product(name) => Some(name),
            _ => None,
        });
        match named {
            Some(name) => self.product = self.product_named(name),
            None => self.diagnostics.push(diags::missing_entry(self.rule.id.span, &self.rule.id.text, "`product`")),
        }
    }

    fn product_named(&mut self, name: &Text) -> Option<&'a Product> {
        let product = self.products.named(&name.text);
        if product.is_none() {
            let known: Vec<&str> = self.products.iter().map(|product| product.id.as_str()).collect();
            self.diagnostics.push(diags::unknown_product(name, &known));
        }
        product
    }

    fn severity(&mut self, word: &Text) -> Option<Severity> {
        let found = Severity::ALL.iter().find(|(name, _)| *name == word.text).map(|(_, severity)| *severity);
        if found.is_none() {
            let known: Vec<&str> = Severity::ALL.iter().map(|(name, _)| *name).collect();
            self.diagnostics.push(diags::unknown_severity(word, &known));
        }
        found
    }

    fn check_role(&mut self, word: &Text) {
        if !self.products.roles().any(|role| role == word.text) {
            let known: Vec<&str> = self.products.roles().collect();
            self.diagnostics.push(diags::unknown_role(word, &known));
        }
    }

    /// A list of words, in which none should stand twice.
    fn words(&mut self, words: &[Text]) -> Vec<String> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut unique = Vec::new();
        for word in words {
            match seen.get(word.text.as_str()) {
                Some(first) => self.diagnostics.push(diags::duplicate_item(word, *first)),
                None => {
                    seen.insert(&word.text, word.span);
                    unique.push(word.text.clone());
                }
            }
        }
        unique
    }

    fn fixes(&mut self, affects: &[crate::version::Range]) -> Vec<Fix> {
        let rule = self.rule;
        let mut fixes = Vec::new();
        let mut seen: Vec<(String, Span)> = Vec::new();
        for entry in &rule.entries {
            let EntryKind::Fixed(fixed) = &entry.kind else { continue };
            let covers = self.covers(&fixed.covers);
            for name in &fixed.levels {
                let level = self.level(name);
                if let (Some(level), Some(product)) = (level, self.product) {
                    self.once(&mut seen, product.lattice.name(level), name);
                    self.check_not_too_early(affects, level, name);
                }
                let carrier = fixed.carrier.as_ref().and_then(|block| self.top_block(block, entry.span, "`carrier`"));
                let setting = fixed.setting.as_ref().and_then(|block| self.top_block(block, entry.span, "`setting`"));
                let Some(level) = level else { continue };
                let words = |text: &Option<Text>| text.as_ref().map(|text| text.text.clone());
                let (action, doubt) = (words(&fixed.action), words(&fixed.doubt));
                let (carrier, setting) = (carrier.map(Box::new), setting.map(Box::new));
                fixes.push(Fix { by: FixBy::Level(level), carrier, setting, covers: covers.clone(), action, doubt });
            }
        }
        for entry in &rule.entries {
            let EntryKind::Hotfix(hotfix) = &entry.kind else { continue };
            self.once(&mut seen, &hotfix.name.text, &hotfix.name);
            let covers = self.covers(&hotfix.covers);
            let when = self.top_block(&hotfix.when, hotfix.name.span, "a hotfix");
            let Some(when) = when else { continue };
            let by = FixBy::Hotfix { name: hotfix.name.text.clone(), when: Some(Box::new(when)) };
            let action = hotfix.action.as_ref().map(|text| text.text.clone());
            fixes.push(Fix { by, carrier: None, setting: None, covers, action, doubt: None });
        }
        fixes
    }

    fn once(&mut self, seen: &mut Vec<(String, Span)>, name: &str, text: &Text) {
        match seen.iter().find(|(other, _)| other == name) {
            Some((_, first)) => self.diagnostics.push(diags::duplicate_fix(text, *first)),
            None => seen.push((name.to_owned(), text.span)),
        }
    }

    fn covers(&mut self, names: &[Text]) -> Vec<ClauseId> {
        for name in names {
            self.find_clause(ClauseKind::Cause, name);
        }
        self.words(names)
    }

    fn clause_list(&mut self, of: impl Fn(&'a EntryKind) -> Option<&'a super::ast::Clause>) -> Vec<rule::Clause> {
        let rule = self.rule;
        let mut clauses = Vec::new();
        for entry in &rule.entries {
            let Some(clause) = of(&entry.kind) else { continue };
            if let Some(when) = self.top_block(&clause.when, clause.id.span, &format!("`{}`", clause.id.text)) {
                let (id, says) = (clause.id.text.clone(), clause.says.text.clone());
                clauses.push(rule::Clause { id, says, when, place: Place(entry.span) });
            }
        }
        clauses
    }

    fn look_alikes(&mut self) -> Vec<LookAlike> {
        let rule = self.rule;
        let mut look_alikes = Vec::new();
        for entry in &rule.entries {
            let EntryKind::Not(not) = &entry.kind else { continue };
            let when = not.when.as_ref().and_then(|when| self.top_block(when, not.name.span, "`not`"));
            look_alikes.push(LookAlike { name: not.name.text.clone(), because: not.because.text.clone(), when });
        }
        look_alikes
    }

    /// A block that sees no name but that of the machine.
    fn top_block(&mut self, block: &'a Block, span: Span, what: &str) -> Option<rule::Condition> {
        let mut bound = Bound::from([("host".to_owned(), FieldType::Text)]);
        self.block(block, &mut bound, span, what)
    }
}
