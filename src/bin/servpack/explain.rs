//! `servpack explain`: one article for a person, from its rule.

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;

use anstyle::{AnsiColor, Style};

use servpack::kb::{Product, Products};
use servpack::report::{lines, safe};
use servpack::rule::{Call, Clause, Condition, Fix, FixBy, Rule, Scope, Step, Until, Window};

use crate::args::{ExplainArgs, Global};
use crate::engine::Pack;
use crate::failure::Failure;
use crate::output::Target;
use crate::settings;

pub(crate) fn run(args: &ExplainArgs, global: &Global) -> Result<u8, Failure> {
    // As in `Settings`.
    let pack = ManuallyDrop::new(settings::knowledge(&args.rules, global)?);
    let rule = settings::find_article(&args.id, &pack)?;
    let target = Target::Stdout;
    let (width, color) = (settings::width().min(120), target.color(global.color));
    let mut page = Page { text: String::new(), width, color };
    page.rule(rule, &pack);
    target.text(&page.text)?;
    Ok(0)
}

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

struct Page {
    text: String,
    width: usize,
    color: bool,
}

impl Page {
    fn rule(&mut self, rule: &Rule, pack: &Pack) {
        let product = pack.products.get(&rule.product);
        self.put("", &format!("{}  {}", rule.article, rule.title), STRONG);
        let name = product.map_or(rule.product.as_str(), |product| product.name.as_str());
        let mut about = vec![name.to_owned(), rule.severity.word().to_owned()];
        if !rule.components.is_empty() {
            about.push(rule.components.join(", "));
        }
        self.put("", &about.join("; "), Style::new());
        self.field("on", &if rule.roles.is_empty() { "any machine".to_owned() } else { rule.roles.join(", ") });
        let affects: Vec<String> = product
            .map_or_else(Vec::new, |product| rule.affects.iter().map(|range| range.text(&product.lattice)).collect());
        self.field(
            "affects",
            &if affects.is_empty() { "the article states no level".to_owned() } else { affects.join(", ") },
        );
        if !rule.tags.is_empty() {
            self.field("tags", &rule.tags.join(", "));
        }
        if !rule.references.is_empty() {
            let references: Vec<&str> = rule.references.iter().map(|id| id.as_str()).collect();
            self.field("see", &references.join(", "));
        }
        self.clauses("Symptoms", &rule.symptoms);
        self.clauses("Causes (one is enough)", &rule.causes);
        self.heading("Fixes");
        if rule.fixes.is_empty() {
            self.put("  ", "No fix is known.", Style::new());
        }
        for fix in &rule.fixes {
            self.fix(fix, product);
        }
        self.clauses("Workarounds (one is enough)", &rule.workarounds);
        if !rule.look_alikes.is_empty() {
            self.heading("Looks the same, and is not");
            for other in &rule.look_alikes {
                self.put("  ", &format!("{}: {}", other.name, other.because), Style::new());
                if let Some(when) = &other.when {
                    self.condition(when, "    ");
                }
            }
        }
        self.needs(rule, &pack.products);
    }

    fn clauses(&mut self, heading: &str, clauses: &[Clause]) {
        if clauses.is_empty() {
            return;
        }
        self.heading(heading);
        for clause in clauses {
            self.put("  ", &format!("{}: {}", clause.id, clause.says), Style::new());
            self.condition(&clause.when, "    ");
        }
    }

    fn fix(&mut self, fix: &Fix, product: Option<&Product>) {
        let what = match &fix.by {
            FixBy::Level(level) => {
                product.map_or_else(String::new, |product| format!("{} {}", product.id, product.lattice.name(*level)))
            }
            FixBy::Hotfix { name, .. } => format!("hotfix {name}"),
        };
        let covers =
            if fix.covers.is_empty() { String::new() } else { format!(", for the cause {}", fix.covers.join(", ")) };
        self.put("  ", &format!("{what}{covers}"), STRONG);
        let usual = match (&fix.by, product) {
            (FixBy::Level(level), Some(product)) => {
                Some(product.install.replace("{level}", product.lattice.name(*level)))
            }
            _ => None,
        };
        if let Some(action) = fix.action.clone().or(usual) {
            self.put("    → ", &action, Style::new());
        }
        if let Some(doubt) = &fix.doubt {
            self.put("    ", &format!("in doubt: {doubt}"), Style::new());
        }
        if let FixBy::Hotfix { when: Some(when), .. } = &fix.by {
            self.put("    ", "recognised by:", Style::new());
            self.condition(when, "      ");
        }
        for (says, condition) in
            [("the fix is in place only with:", &fix.carrier), ("the fix needs the setting:", &fix.setting)]
        {
            if let Some(condition) = condition.as_deref() {
                self.put("    ", says, Style::new());
                self.condition(condition, "      ");
            }
        }
    }

    /// The condition as short text, its parts indented below it.
    fn condition(&mut self, condition: &Condition, indent: &str) {
        let below = format!("{indent}  ");
        match condition {
            // A block of one is that one.
            Condition::All(parts) if parts.len() == 1 => {
                return parts.iter().for_each(|part| self.condition(part, indent));
            }
            _ => self.put_hanging(indent, &condition.to_string()),
        }
        match condition {
            Condition::All(parts)
            | Condition::Any(parts)
            | Condition::First(parts)
            | Condition::AtLeast { of: parts, .. } => {
                parts.iter().for_each(|part| self.condition(part, &below));
            }
            Condition::Not(of)
            | Condition::Known(of)
            | Condition::Needs { of, .. }
            | Condition::When { then: of, .. } => {
                self.condition(of, &below);
            }
            Condition::Sequence(sequence) => {
                sequence.steps.iter().enumerate().for_each(|(nth, step)| self.step(step, nth == 0, &below));
            }
            Condition::Clause(..)
            | Condition::Test(_)
            | Condition::Last(_)
            | Condition::Compare(_)
            | Condition::Count(_) => {}
        }
    }

    fn step(&mut self, step: &Step, first: bool, indent: &str) {
        let (word, any, within, until) = match step {
            Step::Seen { any, within } if first => ("first", any, within, None),
            Step::Seen { any, within } => ("then", any, within, None),
            Step::Absent { any, within, until } => ("and no", any, within, until.as_ref()),
        };
        let mut text = word.to_owned();
        match within {
            Some(Window::Time(ms)) if ms % 60_000 == 0 => text.push_str(&format!(", within {}m,", ms / 60_000)),
            Some(Window::Time(ms)) => text.push_str(&format!(", within {}s,", ms / 1000)),
            Some(Window::Events(count)) => text.push_str(&format!(", within {count} events,")),
            None => {}
        }
        match until {
            Some(Until::Event(call)) => text.push_str(&format!(", until {call},")),
            Some(Until::Time(name)) => text.push_str(&format!(", until ${name},")),
            None => {}
        }
        match any.as_slice() {
            [one] => self.put_hanging(indent, &format!("{text} {one}")),
            many => {
                self.put_hanging(indent, &format!("{text} any of"));
                many.iter().for_each(|call| self.put_hanging(&format!("{indent}  "), &call.to_string()));
            }
        }
    }

    /// What must be collected so that the rule can decide, each thing once.
    fn needs(&mut self, rule: &Rule, products: &Products) {
        let mut needs: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
        if !(rule.affects.is_empty() && rule.fixes.is_empty()) {
            let how = products.collect("level").map(str::to_owned);
            needs.insert(format!("the level of {}", rule.product), (None, how));
        }
        let mut visit = |call: &Call| {
            let (what, from, how) = evidence(call, products);
            let from = match &call.scope {
                Scope::Here => from,
                Scope::Role(role) => Some(role.clone()),
                Scope::Anywhere => Some("any machine".to_owned()),
            };
            needs.entry(what).or_insert((from, how));
        };
        for condition in rule.conditions() {
            condition.each_call(&mut visit);
        }
        if needs.is_empty() {
            return;
        }
        self.heading("What decides it");
        for (what, (from, how)) in needs {
            let from = from.map_or_else(String::new, |from| format!(" ({from})"));
            let how = how.map_or_else(String::new, |how| format!(": {how}"));
            self.put("  - ", &format!("{what}{from}{how}"), Style::new());
        }
    }

    fn heading(&mut self, text: &str) {
        self.text.push('\n');
        self.put("", text, AnsiColor::Cyan.on_default().bold());
    }

    fn field(&mut self, name: &str, text: &str) {
        self.put(&format!("{name:<9}"), text, Style::new());
    }

    /// The text behind `first`, wrapped under itself.
    fn put(&mut self, first: &str, text: &str, style: Style) {
        self.wrapped(first, &" ".repeat(first.chars().count()), text, style);
    }

    /// A condition, whose further lines stand deeper, so that the next condition can be told from them.
    fn put_hanging(&mut self, indent: &str, text: &str) {
        self.wrapped(indent, &format!("{indent}    "), text, DIM);
    }

    /// Rules are written by strangers too, so all that is printed is made safe here.
    fn wrapped(&mut self, first: &str, rest: &str, text: &str, style: Style) {
        for (nth, line) in lines(&safe(text), self.width.saturating_sub(rest.len())).iter().enumerate() {
            self.text.push_str(if nth == 0 { first } else { rest });
            if self.color {
                self.text.push_str(&format!("{style}{line}{style:#}"));
            } else {
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }
}

/// What a call asks for, who has it, and how to collect it.
fn evidence(call: &Call, products: &Products) -> (String, Option<String>, Option<String>) {
    let subject = call.subjects.first().map_or("", String::as_str);
    if let Some(log) = products.log(subject).filter(|_| call.predicate == "log") {
        return (format!("log `{}`, {}", log.id, log.title), log.role.clone(), Some(log.collect.clone()));
    }
    if let Some(table) = products.table(subject).filter(|_| call.predicate == "record") {
        return (format!("table `{}`, {}", table.id, table.title), table.role.clone(), Some(table.collect.clone()));
    }
    let what =
        [call.predicate].into_iter().chain(call.subjects.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    (what, None, products.collect(call.predicate).map(str::to_owned))
}
