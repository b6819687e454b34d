//! Products, as data: their levels, how each is recognised, their roles, logs and tables.
//!
//! Everything that the engine knows of a product it reads from `kb/<product>/product.yaml`.

mod article;
mod expression;
mod product;
mod products;

pub use article::{ArticleId, BadName, ProductId};
pub use expression::{Expression, LazyRegex, MAX_COMPILED};
pub use product::{
    Allows, ColumnType, LogDef, Product, ProductError, RoleDef, RoleSign, Says, TableDef, Tracing, WitnessDef,
    WitnessSource,
};
pub use products::Products;
