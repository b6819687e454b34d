//! What comes out of the cache is what the texts say, whatever lies there.

use std::fs;
use std::path::{Path, PathBuf};

use super::cache::Part;
use super::{Cache, Pack, stored};
use crate::kb::ProductId;
use crate::rule::{FixBy, Rule};

/// A folder of a test with rules and a cache in it, which goes with the test.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Place {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let place = std::env::temp_dir().join(format!("servpack-pack-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(place.join("rules")).expect("a folder");
        for (name, text) in files {
            fs::write(place.join("rules").join(name), text).expect("a file");
        }
        Self(place)
    }

    fn cache(&self) -> Cache {
        Cache::new(self.0.join("cache"))
    }

    fn load(&self, builtin: bool, cache: Option<&Cache>) -> Pack {
        let rules = self.0.join("rules");
        let own = fs::read_dir(&rules).is_ok_and(|mut files| files.next().is_some());
        Pack::load(builtin, if own { std::slice::from_ref(&rules) } else { &[] }, cache).expect("a pack")
    }

    fn kept(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.join("cache")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }
}

/// What is in the cache for this pack, decoded.
fn found(pack: &Pack) -> Option<stored::Stored> {
    stored::decode(&pack.entry.as_ref()?.load(Part::Rules)?)
}

fn assert_same(one: &Pack, other: &Pack) {
    assert_eq!(one.rules, other.rules);
    let bytes = |pack: &Pack| postcard::to_stdvec(&pack.products).expect("bytes");
    assert_eq!(bytes(one), bytes(other));
    assert_eq!(one.diagnostics, other.diagnostics);
    assert_eq!(one.digest, other.digest);
    assert_eq!(one.cases().expect("cases"), other.cases().expect("cases"));
    let places = |pack: &Pack| pack.rules.iter().map(|rule| pack.sources.text(rule.place.0).to_owned()).collect();
    let (one, other): (Vec<String>, Vec<String>) = (places(one), places(other));
    assert_eq!(one, other);
}

const RULE: &str = r#"article MY-1 "First" {
  product sms
  affects 1.2
  fixed in 1.2 SP3
  symptom seen "It stands in a log" { text ~ /job (?<job>\d+) failed/ }
}
"#;

/// All that the page on rules shows: every form of condition.
fn samples() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = fs::read_to_string(page).expect("the page");
    let mut blocks = Vec::new();
    for (fence, name) in [("```rule\n", "rule"), ("```yaml\n", "yaml"), ("```product\n", "product")] {
        for (number, block) in page.split(fence).skip(1).enumerate() {
            let text = block.split("\n```").next().unwrap_or("").to_owned();
            blocks.push((name.to_owned(), number, text));
        }
    }
    let name = |kind: &str, number: usize| match kind {
        "product" => format!("{number}/product.yaml"),
        kind => format!("{number:03}.{kind}"),
    };
    blocks.into_iter().map(|(kind, number, text)| (name(&kind, number), text)).collect()
}

#[test]
fn a_stored_pack_is_the_fresh_one() {
    let samples = samples();
    assert!(samples.len() > 10, "the page shows only {} blocks", samples.len());
    let place = Place::new("same", &[]);
    for (name, text) in &samples {
        let path = place.0.join("rules").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    fs::write(place.0.join("rules/cases.case"), "--- fires: nothing\n").expect("a file");
    for builtin in [true, false] {
        let plain = place.load(builtin, None);
        assert!(!plain.has_errors(), "{:#?}", plain.diagnostics);
        assert!(plain.rules.len() > 5 && plain.entry.is_none());
        let cache = place.cache();
        let first = place.load(builtin, Some(&cache));
        assert!(found(&first).is_some(), "nothing was kept");
        let second = place.load(builtin, Some(&cache));
        assert!(second.clone().restore(), "it does not come from the cache");
        assert_same(&plain, &first);
        assert_same(&plain, &second);
    }
    assert_eq!(place.kept().len(), 2);
}

#[test]
fn the_builtin_pack_has_one_digest_however_it_is_loaded() {
    let place = Place::new("builtin", &[]);
    let (builtin, cache) = (Pack::builtin(), place.cache());
    place.load(true, Some(&cache));
    let stored = place.load(true, Some(&cache));
    assert!(stored.clone().restore());
    assert_same(&builtin, &stored);
    assert!(!builtin.cases().expect("cases").is_empty());
    assert_ne!(builtin.digest, place.load(false, None).digest);
}

#[test]
fn warnings_come_back_and_errors_are_never_kept() {
    let twice = RULE.replace("First", "Second");
    let place = Place::new("warnings", &[("a.rule", RULE), ("b.rule", &twice)]);
    let cache = place.cache();
    let first = place.load(false, Some(&cache));
    assert_eq!(first.diagnostics.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["duplicate-article"]);
    let second = place.load(false, Some(&cache));
    assert!(second.clone().restore() && second.rules[0].title == "Second");
    assert_same(&first, &second);
    assert_same(&place.load(false, None), &second);
    let place = Place::new("errors", &[("a.rule", RULE), ("b.rule", "article MY-2 \"x\" { product sns }")]);
    let broken = place.load(false, Some(&place.cache()));
    assert!(broken.has_errors() && place.kept().is_empty());
    broken.store_plan(b"plan");
    assert!(place.kept().is_empty());
}

#[test]
fn another_text_or_name_is_another_pack() {
    let place = Place::new("stale", &[("a.rule", RULE)]);
    let cache = place.cache();
    let title = |pack: &Pack| pack.rules[0].title.clone();
    assert_eq!(title(&place.load(false, Some(&cache))), "First");
    fs::write(place.0.join("rules/a.rule"), RULE.replace("First", "Other")).expect("a file");
    assert_eq!(title(&place.load(false, Some(&cache))), "Other");
    fs::rename(place.0.join("rules/a.rule"), place.0.join("rules/b.rule")).expect("a new name");
    assert_eq!(title(&place.load(false, Some(&cache))), "Other");
    assert!(place.load(true, Some(&cache)).rules.len() > 1);
    assert_eq!(place.kept().len(), 4);
}

#[test]
fn a_damaged_file_is_made_anew() {
    let place = Place::new("damaged", &[("a.rule", RULE)]);
    let cache = place.cache();
    let fresh = place.load(false, Some(&cache));
    let [path] = place.kept().try_into().expect("one file");
    let whole = fs::read(&path).expect("the file");
    // Every part of the head, and places all over the rest.
    let step = whole.len() / 12;
    for at in (0..100).step_by(7).chain((100..whole.len()).step_by(step)) {
        let mut torn = whole.clone();
        torn[at] = !torn[at];
        for damaged in [torn, whole[..at].to_vec(), [&whole[..at], &whole[(at + 1)..]].concat()] {
            fs::write(&path, damaged).expect("it can be written");
            assert_eq!(place.load(false, Some(&cache)).rules, fresh.rules, "byte {at}");
            assert!(fs::read(&path).expect("the file") == whole, "byte {at}: it was not made anew");
        }
    }
}

/// As if the checksum had not noticed, or another program had made the file.
#[test]
fn content_that_is_no_pack_is_not_believed() {
    let place = Place::new("forged", &[("a.rule", RULE), ("b.rule", &RULE.replace("MY-1", "MY-2"))]);
    let cache = place.cache();
    let fresh = place.load(false, Some(&cache));
    let sound = stored::encode(&fresh).expect("bytes");
    let entry = fresh.entry.as_ref().expect("a cache");
    let forge = |change: &dyn Fn(&mut Pack)| {
        let mut forged = fresh.clone();
        change(&mut forged);
        stored::encode(&forged).expect("bytes")
    };
    // An index that no product has, alone and as a list of ranges.
    let level = postcard::from_bytes(&[0xff, 0xff, 0x03]).expect("a level");
    let ranges: Vec<_> = postcard::from_bytes(&[1, 3, 0xff, 0xff, 0x03]).expect("a list of ranges");
    let forgeries = [
        Vec::new(),
        [&sound[..], &[0]].concat(),
        forge(&|pack| pack.rules.reverse()),
        forge(&|pack| pack.rules[1] = pack.rules[0].clone()),
        forge(&|pack| pack.rules[0].product = ProductId::new("stranger").expect("a name")),
        forge(&|pack| pack.rules[0].calls = 0),
        forge(&|pack| pack.rules[0].calls = u32::MAX),
        forge(&|pack| pack.rules[0].affects = ranges.clone()),
        forge(&|pack| pack.rules[0].fixes[0].by = FixBy::Level(level)),
    ];
    for (number, forged) in forgeries.iter().enumerate() {
        assert!(stored::decode(forged).is_none(), "forgery {number}");
        entry.store(Part::Rules, forged);
        assert_eq!(place.load(false, Some(&cache)).rules, fresh.rules, "forgery {number}");
        assert!(found(&fresh).is_some(), "forgery {number}: it was not made anew");
    }
    for at in (0..sound.len()).step_by(17) {
        let mut torn = sound.clone();
        torn[at] ^= 0x55;
        // Whatever it says now: it is a pack or nothing.
        if let Some(other) = stored::decode(&torn) {
            assert!(other.rules.iter().all(|rule: &Rule| other.products.get(&rule.product).is_some()));
        }
        assert!(stored::decode(&sound[..at]).is_none(), "{at} bytes");
    }
}

#[test]
fn a_plan_is_kept_for_exactly_these_rules() {
    let place = Place::new("plan", &[("a.rule", RULE), ("b.rule", &RULE.replace("MY-1", "MY-2"))]);
    let cache = place.cache();
    let pack = place.load(false, Some(&cache));
    assert_eq!(pack.stored_plan(), None);
    pack.store_plan(b"a plan");
    assert_eq!(place.load(false, Some(&cache)).stored_plan().as_deref(), Some(&b"a plan"[..]));
    assert_eq!(pack.clone().select(|_| true).stored_plan().as_deref(), Some(&b"a plan"[..]));
    let few = pack.select(|rule| rule.article.as_str() == "MY-1");
    few.store_plan(b"a small plan");
    assert_eq!((few.rules.len(), few.stored_plan()), (1, None));
    assert_eq!(place.load(false, Some(&cache)).stored_plan().as_deref(), Some(&b"a plan"[..]));
    let uncached = place.load(false, None);
    uncached.store_plan(b"nowhere");
    assert_eq!(uncached.stored_plan(), None);
}
