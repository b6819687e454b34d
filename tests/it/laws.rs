//! Laws of the logic and of the levels, on generated input.

use proptest::prelude::*;
use servpack::pack::Pack;
use servpack::truth::Truth;
use servpack::version::{Installed, Lattice, Level, LevelSpec, Range, affects, fixed};

fn truth() -> impl Strategy<Value = Truth> {
    prop_oneof![Just(Truth::False), Just(Truth::Unknown), Just(Truth::True)]
}

proptest! {
    #[test]
    fn truth_is_a_kleene_algebra(a in truth(), b in truth(), c in truth()) {
        prop_assert_eq!(a.and(b), b.and(a));
        prop_assert_eq!(a.or(b), b.or(a));
        prop_assert_eq!(a.and(b.and(c)), a.and(b).and(c));
        prop_assert_eq!(a.or(b.or(c)), a.or(b).or(c));
        prop_assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
        prop_assert_eq!(a.or(a.and(b)), a);
        prop_assert_eq!(!(a.and(b)), (!a).or(!b));
        prop_assert_eq!(!!a, a);
        // Kleene, not Boolean: nothing is lost by a contradiction, and nothing is certain by an excluded middle.
        prop_assert!(a.and(!a) <= b.or(!b));
    }

    /// More evidence never turns a sure answer into another sure one.
    #[test]
    fn knowing_more_never_contradicts(a in truth(), b in truth()) {
        let refine = |truth: Truth| match truth {
            Truth::Unknown => vec![Truth::False, Truth::Unknown, Truth::True],
            sure => vec![sure],
        };
        for (more_a, more_b) in refine(a).into_iter().flat_map(|x| refine(b).into_iter().map(move |y| (x, y))) {
            for (before, after) in [(a.and(b), more_a.and(more_b)), (a.or(b), more_a.or(more_b)), (!a, !more_a)] {
                prop_assert!(before == Truth::Unknown || before == after);
            }
        }
    }
}

/// A product with some releases and packs, and cumulative flags at random.
fn lattice() -> impl Strategy<Value = Lattice> {
    prop::collection::vec((0usize..4, prop::collection::vec(any::<bool>(), 0..4)), 1..5).prop_map(|releases| {
        let mut specs: Vec<LevelSpec> = Vec::new();
        for (number, (branch_from, packs)) in releases.into_iter().enumerate() {
            let release = format!("{}.0", number + 1);
            let after = if specs.is_empty() { Vec::new() } else { vec![specs[branch_from % specs.len()].name.clone()] };
            let spec =
                LevelSpec { name: release.clone(), release: release.clone(), after, cumulative: true, aliases: vec![] };
            specs.push(spec);
            for (pack, cumulative) in packs.into_iter().enumerate() {
                let after = vec![specs.last().map(|spec| spec.name.clone()).unwrap_or_default()];
                let name = format!("{release} SP{}", pack + 1);
                specs.push(LevelSpec { name, release: release.clone(), after, cumulative, aliases: vec![] });
            }
        }
        Lattice::new(specs).expect("the levels are listed in order")
    })
}

fn with_levels(count: usize) -> impl Strategy<Value = (Lattice, Vec<Level>)> {
    lattice().prop_flat_map(move |lattice| {
        let all: Vec<Level> = lattice.levels().collect();
        let pick = prop::collection::vec(prop::sample::select(all), count);
        (Just(lattice), pick)
    })
}

proptest! {
    #[test]
    fn levels_are_partially_ordered((lattice, levels) in with_levels(3)) {
        let [a, b, c] = [levels[0], levels[1], levels[2]];
        prop_assert!(lattice.at_most(a, a));
        prop_assert!(!(lattice.at_most(a, b) && lattice.at_most(b, a)) || a == b);
        prop_assert!(!(lattice.at_most(a, b) && lattice.at_most(b, c)) || lattice.at_most(a, c));
        // What a level holds came before it.
        prop_assert!(lattice.includes(b, a) != Truth::True || lattice.at_most(a, b));
        prop_assert_eq!(lattice.includes(b, a) == Truth::False, !lattice.at_most(a, b));
        prop_assert_eq!(lattice.parse(lattice.name(a)), Some(a));
        prop_assert_eq!(lattice.parse(&lattice.name(a).replace("SP", "service pack ").to_lowercase()), Some(a));
    }

    #[test]
    fn installed_levels_meet_and_join((lattice, levels) in with_levels(6)) {
        let a = Installed::one_of(levels[..3].iter().copied()).expect("three levels");
        let b = Installed::one_of(levels[3..].iter().copied()).expect("three levels");
        prop_assert_eq!(a.meet(&b), b.meet(&a));
        prop_assert_eq!(a.join(&b), b.join(&a));
        prop_assert_eq!(a.meet(&a), Some(a.clone()));
        prop_assert_eq!(a.meet(&a.join(&b)), Some(a.clone()));
        prop_assert_eq!(Installed::anything(&lattice).meet(&a), Some(a.clone()));
        if let Some(low) = a.at_least(&lattice) {
            prop_assert!(a.possible().all(|level| lattice.at_most(low, level)));
        }
    }

    /// A sure answer about an interval is the answer about each of its levels, and narrowing keeps it.
    #[test]
    fn answers_about_intervals_are_answers_about_levels((lattice, levels) in with_levels(7)) {
        let installed = Installed::one_of(levels[..3].iter().copied()).expect("three levels");
        let ranges = [Range::Named(levels[3]), Range::Below(levels[4])];
        let fixes = [levels[5], levels[6]];
        for level in installed.possible() {
            let alone = Installed::exactly(level);
            let range = affects(&lattice, &ranges, &installed);
            prop_assert!(range == Truth::Unknown || range == affects(&lattice, &ranges, &alone));
            let fix = fixed(&lattice, &ranges, &fixes, fixes[0], &installed);
            prop_assert!(fix == Truth::Unknown || fix == fixed(&lattice, &ranges, &fixes, fixes[0], &alone));
        }
    }
}

fn sms() -> (Pack, servpack::kb::ProductId) {
    (Pack::builtin(), servpack::kb::ProductId::new("sms").expect("a product name"))
}

#[test]
fn sms_levels_are_in_the_order_in_which_they_came() {
    let (pack, sms) = sms();
    let lattice = &pack.products.get(&sms).expect("the built-in product").lattice;
    let names: Vec<&str> = lattice.levels().map(|level| lattice.name(level)).collect();
    let order = [
        "1.0",
        "1.1",
        "1.1 SP1",
        "1.2",
        "1.2 SP1",
        "1.2 SP2",
        "1.2 SP3",
        "1.2 SP4",
        "2.0",
        "2.0 SP1",
        "2.0 SP2",
        "2.0 SP3",
        "2.0 SP4",
        "2.0 SP4 HRP",
    ];
    assert_eq!(names, order);
    for pair in order.windows(2) {
        let level = |name| lattice.parse(name).expect("a level");
        assert!(lattice.at_most(level(pair[0]), level(pair[1])), "{} then {}", pair[0], pair[1]);
    }
}

/// `affects` and `fixed` for one machine, as words: `in range`, `fixed`.
fn check(ranges: &[&str], fixes: &[&str], installed: &str) -> (Truth, Truth) {
    let (pack, sms) = sms();
    let lattice = &pack.products.get(&sms).expect("the built-in product").lattice;
    let level = |name: &str| lattice.parse(name).unwrap_or_else(|| panic!("{name}"));
    let ranges: Vec<Range> = ranges.iter().map(|name| Range::Named(level(name))).collect();
    let fixes: Vec<Level> = fixes.iter().map(|name| level(name)).collect();
    let installed = match installed.strip_suffix(" or any pack") {
        Some(release) => Installed::one_of(lattice.of_release(release)).expect("a release"),
        None => Installed::exactly(level(installed)),
    };
    let fix = Truth::any(fixes.iter().map(|&fix| fixed(lattice, &ranges, &fixes, fix, &installed)));
    (affects(lattice, &ranges, &installed), fix)
}

#[test]
fn fixes_count_on_their_own_branch() {
    use Truth::{False, True, Unknown};
    // A release stands for its packs.
    assert_eq!(check(&["1.2"], &["1.2 SP3"], "1.2 SP2"), (True, False));
    assert_eq!(check(&["1.2"], &["1.2 SP3"], "1.2 SP4"), (True, True));
    assert_eq!(check(&["1.2"], &["1.2 SP3"], "2.0"), (False, True));
    assert_eq!(check(&["1.0", "1.1"], &["1.2"], "1.1 SP1"), (True, False));
    assert_eq!(check(&["1.0", "1.1"], &["1.2"], "1.2"), (False, True));
    // A build tells the release and no pack.
    assert_eq!(check(&["1.2"], &["1.2 SP3"], "1.2 or any pack"), (True, Unknown));
    // The pack of an older release says nothing about a release that the article states, or that has its own fix.
    assert_eq!(check(&["1.1", "1.2"], &["1.1 SP1"], "1.2"), (True, False));
    assert_eq!(check(&["1.1"], &["1.1 SP1", "1.2 SP1"], "1.2"), (False, False));
    assert_eq!(check(&["1.1"], &["1.1 SP1", "1.2 SP1"], "1.2 SP1"), (False, True));
}
