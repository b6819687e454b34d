//! `servpack matrix`

use servpack::report::matrix::Matrix;

use crate::args::{By, Global, MatrixArgs};
use crate::audit::{assess, exit_code, write};
use crate::failure::Failure;
use crate::settings::{self, Settings};

pub(crate) fn run(args: MatrixArgs, global: &Global) -> Result<u8, Failure> {
    if args.target.is_some() && args.by == Some(By::Article) {
        return Err(Failure::usage("`--target` is about levels, so it does not go with `--by article`"));
    }
    let settings = Settings::new(args.common, global)?;
    let products = &settings.pack.products;
    let target = args.target.map(|text| settings::level(&text, products)).transpose()?;
    let assessment = assess(&settings, global)?;
    let matrix = match (&target, args.by) {
        (Some(target), _) => Matrix::levels(&assessment, products, Some((&target.product, target.level))),
        (None, Some(By::Level)) => Matrix::levels(&assessment, products, None),
        (None, Some(By::Article) | None) => Matrix::articles(&assessment),
    };
    write(&settings, &assessment, global, |out| settings.report.matrix(&matrix, &settings.options, out))?;
    Ok(exit_code(&settings, &assessment))
}
