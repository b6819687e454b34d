//! stub
/// How a predicate sees the bundle.
pub struct View<'a>(pub &'a str);
/// What the scan must keep.
pub struct Want;
/// stub
pub struct FactQuery;
