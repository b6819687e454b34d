//! How long the parts take: building the plan, and a whole audit of the sample site.

use divan::Bencher;
use servpack::audit::{Options, audit};
use servpack::pack::Pack;
use servpack::plan;
use servpack::source::{Bundle, Limits};

fn main() {
    divan::main();
}

#[divan::bench]
fn load_the_builtin_pack() -> Pack {
    Pack::builtin()
}

#[divan::bench]
fn build_the_plan(bencher: Bencher<'_, '_>) {
    let pack = Pack::builtin();
    bencher.bench(|| plan::build(&pack));
}

#[divan::bench]
fn audit_the_sample_site(bencher: Bencher<'_, '_>) {
    let pack = Pack::builtin();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/site-abc");
    let Ok(bundle) = Bundle::open(&path, &Limits::default()) else { return };
    let bundles = [bundle];
    bencher.bench(|| audit(&pack, &bundles, &Options { jobs: 1, ..Options::default() }));
}

/// A log of a hundred thousand records, most of which no rule asks about.
#[divan::bench(sample_count = 10)]
fn audit_a_long_log(bencher: Bencher<'_, '_>) {
    let pack = Pack::builtin();
    let mut log = String::new();
    for number in 0..100_000 {
        let (hour, minute, second) = (number / 3600 % 24, number / 60 % 60, number % 60);
        log.push_str(&format!(
            "Adding group: MICROSOFT|SOFTWARE|1.0... {number}   $$<SMS_INVENTORY_DATA_LOADER><Tue Nov 04 {hour:02}:{minute:02}:{second:02} 1997~><thread=A0>\r\n"
        ));
    }
    let bundles = [Bundle::from_files("long", vec![("datalodr.log".to_owned(), log.into_bytes())])];
    bencher.bench(|| audit(&pack, &bundles, &Options { jobs: 1, ..Options::default() }));
}
