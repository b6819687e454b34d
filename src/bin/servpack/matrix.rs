//! `servpack matrix`

use servpack::report::matrix::Matrix;

use crate::args::{By, Global, MatrixArgs};
use crate::audit::{Watched, gather, write};
use crate::engine::{self, Proofs};
use crate::failure::Failure;
use crate::settings::{self, Settings};

pub(crate) fn run(args: MatrixArgs, global: &Global) -> Result<u8, Failure> {
    if args.target.is_some() && args.by == Some(By::Article) {
        return Err(Failure::usage("`--target` is about levels, so it does not go with `--by article`"));
    }
    let mut settings = Settings::new(args.common, global)?;
    // Only a table with a column each has no room for articles that are known by their levels alone.
    let is_wide = args.target.is_none() && args.by != Some(By::Level);
    settings.audit.list_known |= !is_wide || settings.report.name() != "table";
    let products = &settings.pack.products;
    let target = args.target.map(|text| settings::level(&text, products)).transpose()?;
    let auditor = engine::auditor(&settings.pack, &settings.audit)?;
    let bundles = engine::open(&auditor, &settings.paths, &settings.limits)?;
    let gathered = gather(&settings, &auditor, bundles, global)?;
    let hosts = gathered.hosts(Proofs::None);
    let watched = Watched::new(&hosts, &settings.fail_on);
    let about = &gathered.about;
    let matrix = match (&target, args.by) {
        (Some(target), _) => Matrix::by_level(about, &watched, products, Some((&target.product, target.level))),
        (None, Some(By::Level)) => Matrix::by_level(about, &watched, products, None),
        (None, Some(By::Article) | None) => Matrix::by_article(about, &watched),
    };
    write(&settings, &gathered, global, |out| settings.report.matrix(&matrix, &settings.options, out))?;
    Ok(watched.exit_code())
}
