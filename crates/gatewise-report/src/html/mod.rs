//! Pages.

pub mod figures;
pub mod made;
pub mod markup;
pub mod metrics;
pub mod page;
pub mod training;
