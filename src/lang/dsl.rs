//! The rule language: text to AST. Its grammar is `grammar/rule.pest`; what a production is called when it is missing
//! is said here, in [`words`], and nowhere else.

mod build;
mod literal;
mod print;

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

use crate::diag::{Diagnostic, FileId, Span};
use crate::predicate::PREDICATES;

use super::comments::{self, Comment};
use super::{Parsed, Spelling, diags};
use build::Builder;
use grammar::{Grammar, Rule as Production};
pub(super) use print::print;

mod grammar {
    #![allow(missing_docs, unreachable_pub, reason = "pest writes this module")]

    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/rule.pest"]
    pub struct Grammar;
}

/// Reads a file. A broken rule costs its own diagnostics and nothing else.
pub(super) fn parse(file: FileId, source: &str) -> Parsed {
    let base = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = &source[base..];
    let mut parsed = Parsed::default();
    let mut from = 0;
    // One rule after the other: what the parser keeps of a whole file is many times as large as the file.
    for end in ends(text) {
        let Ok(pairs) = Grammar::parse(Production::one_rule, &text[from..end]) else { break };
        declarations(pairs, &text[from..end], file, base + from, &mut parsed);
        from = end;
    }
    if from < text.len() || text.is_empty() {
        let rest = &text[from..];
        match Grammar::parse(Production::file, rest) {
            Ok(pairs) => declarations(pairs, rest, file, base + from, &mut parsed),
            Err(error) => parsed.diagnostics.push(syntax(&error, rest, file, base + from, true)),
        }
    }
    comments::attach(&mut parsed.rules, find_comments(file, source), source, Spelling::Dsl);
    parsed
}

/// Where rules probably end: before each line that begins the next one, and at the end. What follows does not change
/// what a whole rule says, so a guess is wrong only if what lies before it is not one rule.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    let begins = |at: &usize| {
        let line = text[*at..].trim_start_matches([' ', '\t']);
        line.strip_prefix("article").is_some_and(|rest| !rest.starts_with(is_word))
    };
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    // Comments may stand before the first rule.
    let nothing = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
    lines.filter(begins).skip_while(move |&at| text[..at].lines().all(nothing)).chain([text.len()])
}

/// Takes the rules out of what the parser found in `text`, which begins at `base` of its file.
fn declarations(pairs: Pairs<'_, Production>, text: &str, file: FileId, base: usize, parsed: &mut Parsed) {
    for declaration in pairs.flat_map(Pair::into_inner) {
        match declaration.as_rule() {
            Production::rule_decl => {
                let mut builder = Builder::new(file, base);
                let rule = builder.rule(declaration);
                if builder.diagnostics.is_empty() {
                    parsed.rules.push(rule);
                }
                parsed.diagnostics.append(&mut builder.diagnostics);
            }
            Production::broken_decl => {
                let place = declaration.as_span();
                let broken = place.as_str();
                if let Err(error) = Grammar::parse(Production::one_rule, broken) {
                    let last = place.end() == text.len();
                    parsed.diagnostics.push(syntax(&error, broken, file, base + place.start(), last));
                }
            }
            _ => {}
        }
    }
}

/// All comments of a file. Only strings and regular expressions may hold a `#` that begins none.
fn find_comments(file: FileId, source: &str) -> Vec<Comment> {
    let bytes = source.as_bytes();
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let end = skip(source, at);
        if byte == b'#' {
            let text = source[at + 1..end].trim_end().to_owned();
            comments.push(Comment { text, span: Span { file, start: at, end } });
        }
        at = end;
    }
    comments
}

/// What pest says of a text, in the user's words.
fn syntax(error: &Error<Production>, text: &str, file: FileId, base: usize, last: bool) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let span = |start: usize, end: usize| Span { file, start: base + start, end: base + end };
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        // The only other fault is that the parser's stack is used up.
        return diags::too_deep(span(at, (at + 1).min(text.len())));
    };
    let found = Found::at(text, at);
    let place = span(found.start, found.end);
    let wants = |kinds: &[Production]| positives.iter().any(|production| kinds.contains(production));
    if found.kind != FoundKind::Open
        && let Some((start, word, meant)) =
            slip(text, at).filter(|_| wants(&[Production::kw_of]) || positives.iter().any(is_operator))
    {
        return diags::unknown_condition(span(start, start + word.len()), word, &meant);
    }
    match found.kind {
        FoundKind::Open => return diags::unterminated_string(place, "this text"),
        FoundKind::Slash if wants(&[Production::regex_lit]) => {
            return diags::unterminated_string(place, "this regular expression");
        }
        FoundKind::Word if positives.iter().any(is_entry) => {
            return diags::unknown_entry(place, found.text, ENTRIES);
        }
        FoundKind::Sign if positives.iter().any(is_operator) => return diags::unknown_operator(place, found.text),
        FoundKind::Word if positives.iter().all(is_operator) => return diags::unknown_operator(place, found.text),
        _ => {}
    }
    let expected: Vec<&str> = positives.iter().map(|production| words(*production)).filter(|w| !w.is_empty()).collect();
    let described = match found.kind {
        FoundKind::End if last => "the end of the file".to_owned(),
        FoundKind::End => "the end of the rule".to_owned(),
        FoundKind::Text => "a text".to_owned(),
        FoundKind::Open | FoundKind::Slash | FoundKind::Word | FoundKind::Sign | FoundKind::Other => {
            format!("`{}`", found.text)
        }
    };
    let mut error = diags::syntax_error(place, &expected, &described);
    if let Some(help) = diags::advice(found.text, &expected) {
        error = error.help(help);
    }
    if let Some(open) = unclosed(text).filter(|_| found.kind == FoundKind::End) {
        error = error.also(span(open, open + 1), "this brace is not closed");
    }
    error
}

/// Any word may be a predicate to the grammar, so a slip of `sequence` or `all` is only noticed at what follows it: the
/// misspelt word that begins the condition around `at`, or the one that holds it.
fn slip(text: &str, at: usize) -> Option<(usize, &str, String)> {
    let mut open = Vec::new();
    // Where the current condition begins, as far as braces and lines show.
    let (mut begin, mut next) = (0, 0);
    while next < at {
        match text.as_bytes().get(next)? {
            b'{' => {
                open.push(begin);
                begin = next + 1;
            }
            b'}' => {
                open.pop();
                begin = next + 1;
            }
            b'\n' => begin = next + 1,
            _ => {}
        }
        next = skip(text, next);
    }
    let predicates: Vec<&str> = PREDICATES.iter().map(|predicate| predicate.spec().name).collect();
    [Some(begin), open.pop()].into_iter().flatten().find_map(|begin| {
        let rest = &text[begin..at];
        let start = begin + (rest.len() - rest.trim_start().len());
        let word = text[start..at].split(|c: char| !is_word(c)).next()?;
        let meant = diags::meant_condition(word, diags::CONDITIONS, &predicates)?;
        (meant != word).then_some((start, word, meant))
    })
}

/// The last brace of a text that is never closed.
fn unclosed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' => open.push(at),
            b'}' => _ = open.pop(),
            _ => {}
        }
        at = skip(text, at);
    }
    open.pop()
}

/// What comes after the token at `at`, as far as strings, regular expressions and comments go.
fn skip(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at) {
        Some(b'#') => text[at..].find('\n').map_or(text.len(), |length| at + length),
        Some(b'"' | b'/' | b'\'') => literal::end(text, at).unwrap_or(at + 1),
        _ => at + 1,
    }
}

/// The token that nothing fits.
struct Found<'a> {
    kind: FoundKind,
    text: &'a str,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FoundKind {
    End,
    Word,
    Text,
    Open,
    Slash,
    Sign,
    Other,
}

impl<'a> Found<'a> {
    fn at(text: &'a str, at: usize) -> Self {
        let rest = text.get(at..).unwrap_or_default();
        let length = |of: fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
        let (kind, length) = match rest.chars().next() {
            None => {
                let end = text.trim_end().len();
                return Self { kind: FoundKind::End, text: "", start: end, end };
            }
            Some('"' | '\'') => match literal::end(text, at) {
                Some(end) => (FoundKind::Text, end - at),
                None => (FoundKind::Open, rest.find('\n').unwrap_or(rest.len())),
            },
            Some('/') => match literal::end(text, at) {
                Some(end) => (FoundKind::Other, end - at),
                None => (FoundKind::Slash, rest.find('\n').unwrap_or(rest.len())),
            },
            Some('=' | '<' | '>' | '!' | '~') => {
                (FoundKind::Sign, length(|c| matches!(c, '=' | '<' | '>' | '!' | '~')))
            }
            Some('$' | '_') => (FoundKind::Word, 1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1)),
            Some(c) if is_word(c) => (FoundKind::Word, length(is_word)),
            Some(c) => (FoundKind::Other, c.len_utf8()),
        };
        let text = rest[..length].trim_end();
        Self { kind, text, start: at, end: at + text.len() }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '%' | ':' | '+' | '-' | '.')
}

const ENTRIES: &[&str] = &[
    "affects",
    "cause",
    "components",
    "fixed",
    "hotfix",
    "not",
    "on",
    "product",
    "references",
    "severity",
    "symptom",
    "tags",
    "workaround",
];

fn is_entry(production: &Production) -> bool {
    matches!(words(*production), "an entry")
}

fn is_operator(production: &Production) -> bool {
    matches!(words(*production), "an operator")
}

/// What the user calls a production; empty for what is never missing by itself.
fn words(production: Production) -> &'static str {
    use Production as P;
    match production {
        P::WHITESPACE
        | P::COMMENT
        | P::in_plain
        | P::in_word
        | P::reserved
        | P::op_word
        | P::broken_decl
        | P::file
        | P::one_rule => "",
        P::EOI => "the end of the file",
        P::rule_decl | P::kw_article => "`article`",
        P::entry
        | P::product_entry
        | P::affects_entry
        | P::fixed_entry
        | P::hotfix_entry
        | P::severity_entry
        | P::tags_entry
        | P::components_entry
        | P::references_entry
        | P::on_entry
        | P::symptom_entry
        | P::cause_entry
        | P::workaround_entry
        | P::not_entry
        | P::kw_product
        | P::kw_affects
        | P::kw_fixed
        | P::kw_hotfix
        | P::kw_severity
        | P::kw_tags
        | P::kw_components
        | P::kw_references
        | P::kw_workaround => "an entry",
        P::fixed_item | P::carrier_item | P::setting_item | P::kw_carrier | P::kw_setting => "`carrier`, `setting`",
        P::covers_item | P::kw_covers => "`covers`",
        P::action_item | P::kw_action => "`action`",
        P::doubt_item | P::kw_doubt => "`doubt`",
        P::range | P::level => "a level",
        P::range_sign => "",
        P::condition
        | P::body
        | P::all_cond
        | P::any_cond
        | P::not_cond
        | P::known_cond
        | P::first_cond
        | P::at_least_cond
        | P::needs_cond
        | P::when_cond
        | P::symptom_cond
        | P::cause_cond
        | P::last_cond
        | P::compare_cond
        | P::count_cond
        | P::sequence_cond
        | P::kw_symptom
        | P::kw_cause
        | P::kw_not
        | P::kw_all
        | P::kw_known
        | P::kw_first
        | P::kw_needs
        | P::kw_when
        | P::kw_last
        | P::kw_count
        | P::kw_sequence => "a condition",
        P::call | P::head | P::predicate => "a predicate",
        P::kw_any | P::any_calls => "`any`",
        P::kw_no | P::absent_step => "`no`",
        P::step | P::seen_step => "a step",
        P::different | P::kw_different => "`different`",
        P::per | P::kw_per => "`per`",
        P::until | P::kw_until => "`until`",
        P::span_window | P::kw_within => "`within`",
        P::scope | P::kw_on => "`on`",
        P::test => "a test",
        P::subject => "a subject",
        P::field => "a field",
        P::check
        | P::as_check
        | P::near_check
        | P::presence_check
        | P::list_check
        | P::pattern_check
        | P::regex_check
        | P::compare_check
        | P::op_not_in
        | P::op_not_matches
        | P::op_not_regex
        | P::op_regex
        | P::compare_op
        | P::kw_as
        | P::kw_exists
        | P::kw_missing
        | P::kw_has
        | P::kw_lacks
        | P::kw_matches => "an operator",
        P::kw_in => "`in`",
        P::kw_because => "`because`",
        P::kw_at => "`at`",
        P::kw_least => "`least`",
        P::kw_of => "`of`",
        P::kw_level => "`level`",
        P::kw_is => "`is`",
        P::kw_events => "`events`",
        P::value => "a value",
        P::pattern_text | P::text | P::string_lit | P::raw_lit => diags::TEXT,
        P::regex_lit => diags::REGEX,
        P::name | P::word => "a name",
        P::bound => "a `$name`",
        P::amount => "a number",
        P::digit_words => "",
        P::block | P::call_block | P::tests | P::lbrace => "`{`",
        P::rbrace => "`}`",
        P::lparen => "`(`",
        P::rparen => "`)`",
        P::comma => "`,`",
        P::dots => "`..`",
    }
}

#[cfg(test)]
mod tests {
    use super::{Grammar, Parsed, Production, comments, declarations, ends, find_comments, parse};
    use crate::diag::FileId;
    use crate::lang::Spelling;
    use pest::Parser as _;

    /// The whole file at once, as the grammar describes it.
    fn at_once(text: &str) -> Parsed {
        let (file, mut parsed) = (FileId(0), Parsed::default());
        let pairs = Grammar::parse(Production::file, text).expect("anything is a file");
        declarations(pairs, text, file, 0, &mut parsed);
        comments::attach(&mut parsed.rules, find_comments(file, text), text, Spelling::Dsl);
        parsed
    }

    #[test]
    fn one_rule_after_the_other_is_the_whole_file() {
        let rule = |id: &str| format!("article {id} \"t\" {{\n  product sms # beside\n  affects 1.2\n}}\n");
        let field = "article Q9 \"t\" { symptom s \"x\" { record jobs {\n  article = 3\n  article has 'y' } } }\n";
        let (one, two) = (rule("Q1"), rule("Q2"));
        let files = [
            String::new(),
            " \n".to_owned(),
            "# alone".to_owned(),
            format!("{one}{two}"),
            format!("# about all\n\n\t# more\n{one}\n# about the second\n  {two}# at the end"),
            format!("{one}articles Q7\n{two}"),
            format!("{one}article Q7 \"t\" {{ product\n{two}article-x\n{one}"),
            format!("{one}{field}{two}"),
            format!("{} {}", one.trim_end(), two),
            format!("noise\n{one}{two}}}"),
            format!("{one}{two}").replace('\n', "\r\n"),
            format!("{one}{two}").replace('\n', "\r"),
        ];
        for text in &files {
            for cut in (0..=text.len()).filter(|cut| *cut == text.len() || cut % 7 == 0) {
                let Some(text) = text.get(..cut) else { continue };
                assert_eq!(format!("{:?}", parse(FileId(0), text)), format!("{:?}", at_once(text)), "{text:?}");
            }
        }
        assert_eq!(ends(&files[4]).count(), 2, "comments before the first rule are no rule");
    }
}
