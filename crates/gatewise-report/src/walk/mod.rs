//! A walk through memory: as a page, as events, and in a few lines.

mod data;
mod events;
mod page;
mod picture;
mod text;

use gatewise::walk::Network;

pub use events::events;
pub use page::page;
pub use picture::picture;
pub use text::text;

/// What a network is called on pages.
fn title(network: &Network) -> String {
    match network.cell() {
        Some(cell) => cell.spec().name.split('-').next().unwrap_or_default().to_uppercase(),
        None => network.name.clone(),
    }
}
