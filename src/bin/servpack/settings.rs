//! What was typed, and what it means: globs compiled, levels looked up, rules loaded and chosen.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use servpack::kb::{ProductId, Products};
use servpack::report::{self, Report};
use servpack::rule::{Pattern, PatternKind, Rule};
use servpack::version::Level;

use crate::args::{AuditCommon, Color, Global, RuleArgs, Wanted};
use crate::engine::{self, AuditOptions, Cache, Limits, Pack};
use crate::failure::Failure;
use crate::output::{self, Target};

/// What `audit` and `matrix` work with.
pub(crate) struct Settings {
    /// Never given back: the process ends with its last command, and thousands of rules would take their time.
    pub(crate) pack: ManuallyDrop<Pack>,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) limits: Limits,
    pub(crate) audit: AuditOptions,
    pub(crate) report: &'static dyn Report,
    pub(crate) options: report::Options,
    pub(crate) target: Target,
    pub(crate) fail_on: Vec<Wanted>,
    pub(crate) trace: Option<Trace>,
}

/// Whose proof is wanted.
pub(crate) struct Trace {
    pub(crate) article: String,
    pub(crate) host: Option<String>,
}

impl Settings {
    pub(crate) fn new(args: AuditCommon, global: &Global) -> Result<Self, Failure> {
        let pack = knowledge(&args.rules, global)?;
        let target = Target::new(args.output);
        let report =
            report::find(&args.format).ok_or_else(|| Failure::usage(format!("`{}` is no format", args.format)))?;
        let options = report_options(global, &target, args.all);
        let trace = args.trace.map(|text| trace(&text, &pack)).transpose()?;
        let assume = args.assume.map(|text| level(&text, &pack.products)).transpose()?.map(|level| level.text);
        let levels = args.level.iter().map(|text| stated(text, &pack.products)).collect::<Result<_, _>>()?;
        if let Some(host) = &args.host {
            glob(host)?;
        }
        let pack = choose(pack, &args.only, &args.skip)?;
        let asked = |trace: &&Trace| about(&pack).any(|rule| rule.article.as_str() == trace.article);
        if let Some(trace) = trace.as_ref().filter(|trace| !asked(trace)) {
            return Err(Failure::usage(format!("`--trace {}` names an article that is left out", trace.article))
                .hint("let `--only` and `--skip` choose it"));
        }
        let jobs = args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        Ok(Self {
            pack: ManuallyDrop::new(pack),
            paths: args.paths,
            limits: engine::limits(&args.limits, Limits::default()),
            audit: AuditOptions {
                jobs,
                assume,
                levels,
                host_glob: args.host,
                every_line: args.every_line,
                profile: false,
                list_known: args.all || !args.only.is_empty(),
            },
            report,
            options,
            target,
            fail_on: args.fail_on,
            trace,
        })
    }
}

/// The rules of a command, usable ones only.
pub(crate) fn rules(args: &RuleArgs, cache: Option<&Cache>, global: &Global) -> Result<Pack, Failure> {
    let pack = engine::load(!args.no_builtin, &args.rules, cache)?;
    if engine::has_errors(&pack.diagnostics) {
        output::diagnostics(&pack.diagnostics, &pack.sources, global);
        return Err(Failure::usage("the rules have errors").hint("`servpack check PATH` looks at rules alone"));
    }
    Ok(pack)
}

/// The same with what is known of other articles by their levels alone.
pub(crate) fn knowledge(args: &RuleArgs, global: &Global) -> Result<Pack, Failure> {
    let mut pack = rules(args, cache(global).as_ref(), global)?;
    engine::learn(&mut pack)?;
    Ok(pack)
}

/// Every article that something is known of: those with a rule, and those whose levels alone are known.
fn about(pack: &Pack) -> impl Iterator<Item = &Rule> {
    pack.rules.iter().chain(&pack.known)
}

/// Where what rules were turned into is kept: `$SERVPACK_CACHE_DIR`, or a folder in the place that the system has for
/// such things. Without either nothing is kept.
pub(crate) fn cache(global: &Global) -> Option<Cache> {
    // A path that is not absolute would mean another folder wherever somebody stands.
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let usual = || match std::env::consts::OS {
        "windows" => folder("LOCALAPPDATA"),
        "macos" => folder("HOME").map(|home| home.join("Library").join("Caches")),
        _ => folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache"))),
    };
    let folder = folder("SERVPACK_CACHE_DIR").or_else(|| Some(usual()?.join("servpack")))?;
    (!global.no_cache).then(|| Cache::new(folder))
}

/// How the report looks: the terminal and the environment are asked here and nowhere else.
fn report_options(global: &Global, target: &Target, all: bool) -> report::Options {
    report::Options { width: width(), color: target.color(global.color), all, verbose: global.verbose }
}

/// `COLUMNS`, else 80 where nobody looks and 100 where somebody does.
pub(crate) fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let usual = if std::io::stdout().is_terminal() { 100 } else { 80 };
    asked.filter(|&columns: &usize| columns > 0).unwrap_or(usual).clamp(40, 1000)
}

/// Whether a stream may be coloured.
pub(crate) fn color(choice: Color, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// A level that was looked up.
pub(crate) struct Named {
    pub(crate) product: ProductId,
    pub(crate) level: Level,
    /// `sms 1.2 SP4`
    pub(crate) text: String,
}

/// `sms 1.2 SP4`, or `1.2 SP4` if only one product has such a level.
pub(crate) fn level(text: &str, products: &Products) -> Result<Named, Failure> {
    let named = |product: &servpack::kb::Product, level| Named {
        product: product.id.clone(),
        level,
        text: format!("{} {}", product.id, product.lattice.name(level)),
    };
    let (first, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    if let Some(product) = products.named(&first.to_lowercase()) {
        return product.lattice.parse(rest).map(|level| named(product, level)).ok_or_else(|| {
            let names: Vec<&str> = product.lattice.levels().map(|level| product.lattice.name(level)).collect();
            Failure::usage(format!("`{rest}` is no level of {}", product.id))
                .nearest(rest, names.iter().copied())
                .hint(format!("its levels are {}", names.join(", ")))
        });
    }
    let mut fitting: Vec<Named> =
        products.iter().filter_map(|product| product.lattice.parse(text).map(|level| named(product, level))).collect();
    if fitting.len() > 1 {
        let names: Vec<String> = fitting.iter().map(|named| format!("`{}`", named.text)).collect();
        return Err(Failure::usage(format!("`{text}` is a level of several products"))
            .hint(format!("write one of {}", names.join(", "))));
    }
    fitting.pop().ok_or_else(|| {
        let ids: Vec<&str> = products.iter().map(|product| product.id.as_str()).collect();
        let example = products.iter().find_map(|product| {
            Some(format!("`{} {}`", product.id, product.lattice.name(product.lattice.levels().next_back()?)))
        });
        let failure = Failure::usage(format!("`{text}` is no level that is known")).nearest(first, ids.iter().copied());
        match example {
            Some(example) => failure.hint(format!("write the product and its level, such as {example}")),
            None => failure,
        }
    })
}

/// `[HOST:]LEVEL`
fn stated(text: &str, products: &Products) -> Result<(Option<String>, String), Failure> {
    let (host, of) = match text.rsplit_once(':') {
        Some((host, level)) => (Some(host.trim().to_owned()), level),
        None => (None, text),
    };
    if host.as_ref().is_some_and(String::is_empty) {
        return Err(Failure::usage(format!("`--level {text}` names no host before the `:`")));
    }
    Ok((host, level(of, products)?.text))
}

/// `ID[@HOST]`
fn trace(text: &str, pack: &Pack) -> Result<Trace, Failure> {
    let (id, host) = match text.split_once('@') {
        Some((id, host)) => (id, Some(host.to_owned())),
        None => (text, None),
    };
    let article = find_article(id, pack)?.article.as_str().to_owned();
    Ok(Trace { article, host })
}

/// The rule of an article, whatever the case of its letters.
pub(crate) fn find_article<'a>(id: &str, pack: &'a Pack) -> Result<&'a Rule, Failure> {
    about(pack).find(|rule| rule.article.as_str().eq_ignore_ascii_case(id)).ok_or_else(|| {
        Failure::usage(format!("nothing is known of a defect `{id}`"))
            .nearest(id, about(pack).map(|rule| rule.article.as_str()))
    })
}

/// Only the rules that `--only` and `--skip` leave.
fn choose(pack: Pack, only: &[String], skip: &[String]) -> Result<Pack, Failure> {
    let selectors = |option: &str, texts: &[String]| {
        texts.iter().map(|text| Selector::new(option, text, &pack)).collect::<Result<Vec<_>, _>>()
    };
    let (only, skip) = (selectors("--only", only)?, selectors("--skip", skip)?);
    let had_rules = about(&pack).next().is_some();
    let pack = engine::select(pack, |rule| {
        (only.is_empty() || only.iter().any(|selector| selector.holds(rule)))
            && !skip.iter().any(|selector| selector.holds(rule))
    });
    if had_rules && about(&pack).next().is_none() {
        return Err(Failure::usage("`--only` and `--skip` leave no rule"));
    }
    Ok(pack)
}

/// One value of `--only` or `--skip`.
struct Selector {
    field: Field,
    glob: Pattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Article,
    Tag,
    Component,
    Product,
}

impl Field {
    fn values(self, rule: &Rule) -> Vec<&str> {
        match self {
            Self::Article => vec![rule.article.as_str()],
            Self::Tag => rule.tags.iter().map(String::as_str).collect(),
            Self::Component => rule.components.iter().map(String::as_str).collect(),
            Self::Product => vec![rule.product.as_str()],
        }
    }
}

impl Selector {
    /// A selector that chooses nothing is a slip of the pen.
    fn new(option: &str, text: &str, pack: &Pack) -> Result<Self, Failure> {
        let (field, kind, name) = match text.split_once(':') {
            None => (Field::Article, "article", text),
            Some(("tag", name)) => (Field::Tag, "tag", name),
            Some(("component", name)) => (Field::Component, "component", name),
            Some(("product", name)) => (Field::Product, "product", name),
            Some((other, _)) => {
                return Err(Failure::usage(format!("`{option} {text}`: `{other}:` is not known"))
                    .nearest(other, ["tag", "component", "product"])
                    .hint("write an article's id, `tag:NAME`, `component:NAME` or `product:NAME`"));
            }
        };
        let selector = Self { field, glob: glob(name)? };
        if about(pack).any(|rule| selector.holds(rule)) {
            return Ok(selector);
        }
        let known: BTreeSet<&str> = about(pack).flat_map(|rule| field.values(rule)).collect();
        Err(Failure::usage(format!("`{option} {text}`: no rule has the {kind} `{name}`")).nearest(name, known))
    }

    fn holds(&self, rule: &Rule) -> bool {
        self.field.values(rule).into_iter().any(|value| self.glob.is_match(value))
    }
}

/// A name with `*` and `?`, in any case.
pub(crate) fn glob(text: &str) -> Result<Pattern, Failure> {
    Pattern::new(PatternKind::Glob, text).map_err(Failure::usage_of)
}

#[cfg(test)]
mod tests {
    use servpack::kb::{Product, Products};

    use super::{level, stated};

    fn products() -> Products {
        let yaml = |id: &str| {
            format!(
                "product: {id}\nname: X\ninstall: Install {{level}}\nlevels: [{{level: '1.2'}}, {{level: '1.2 SP1', release: '1.2', after: ['1.2']}}, \
                 {{level: '{id} only', release: '1.2', after: ['1.2']}}]"
            )
        };
        let mut products = Products::default();
        for id in ["sms", "winnt"] {
            products.add(Product::from_yaml(&yaml(id)).expect("the sample is right"));
        }
        products
    }

    #[test]
    fn levels_are_looked_up_in_any_spelling() {
        for (text, wanted) in [
            ("sms 1.2 SP1", Ok("sms 1.2 SP1")),
            ("SMS 1.2sp1", Ok("sms 1.2 SP1")),
            ("sms only", Err("`only` is no level of sms")),
            ("winnt winnt only", Ok("winnt winnt only")),
            ("1.2 SP1", Err("`1.2 SP1` is a level of several products")),
            ("sms 1.2 SP9", Err("`1.2 SP9` is no level of sms")),
            ("sns 1.2", Err("`sns 1.2` is no level that is known\n  hint: did you mean `sms`?")),
        ] {
            match (level(text, &products()), wanted) {
                (Ok(named), Ok(wanted)) => assert_eq!(named.text, wanted),
                (Err(failure), Err(wanted)) => {
                    assert!(failure.to_string().starts_with(wanted), "{failure}");
                    assert_eq!(failure.exit_code(), 2);
                }
                (Ok(named), Err(_)) => panic!("`{text}` was read as {}", named.text),
                (Err(failure), Ok(_)) => panic!("{failure}"),
            }
        }
    }

    #[test]
    fn a_stated_level_may_name_its_host() {
        let read = |text| stated(text, &products()).ok();
        assert_eq!(read("WKS1:sms 1.2"), Some((Some("WKS1".to_owned()), "sms 1.2".to_owned())));
        assert_eq!(read("sms 1.2"), Some((None, "sms 1.2".to_owned())));
        assert_eq!(read(":sms 1.2"), None);
    }
}
