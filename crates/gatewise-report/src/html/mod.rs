//! Pages.

pub mod figures;
pub mod made;
pub mod metrics;
pub mod page;
pub mod training;
