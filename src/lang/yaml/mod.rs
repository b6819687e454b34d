//! stub
use crate::diag::FileId;
use super::{Parsed, ast::Rule};
pub(super) fn parse(_: FileId, _: &str) -> Parsed { Parsed::default() }
pub(super) fn print(_: &[Rule]) -> String { String::new() }
