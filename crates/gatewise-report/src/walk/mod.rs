//! A walk through memory: as a page, as events, and in a few lines.

mod data;
mod events;
mod page;
mod picture;
mod text;

use gatewise::Cell;
use gatewise::walk::Network;

pub use events::events;
pub use page::page;
pub use picture::picture;
pub use text::text;

/// What a network is called on pages.
fn title(network: &Network) -> String {
    network.cell().map_or_else(|| network.name.clone(), |cell| title_of(cell).to_owned())
}

/// What a cell is called on pages.
fn title_of(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "RNN",
        Cell::RnnRelu => "RNN (ReLU)",
        Cell::Gru => "GRU",
        Cell::GruResetBefore => "GRU (reset before)",
        Cell::Lstm => "LSTM",
        Cell::MinGru => "minGRU",
        Cell::MinLstm => "minLSTM",
    }
}
