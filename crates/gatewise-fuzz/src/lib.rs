//! What hostile bytes are thrown at: one function for each kind of input that Gatewise reads.
//!
//! Each takes the bytes of a file and holds whatever they are: it returns, soon, without a panic, an abort, or more memory than the limit that
//! [`prepare`] sets. Whether the bytes are read or refused is not its matter. `fuzz/` throws mutations at these functions that coverage guides;
//! `tests/corpus.rs` throws the inputs kept in `fuzz/corpus`, and a few changes of each.
#![forbid(unsafe_code)]

mod config;
mod file;
mod graph;
mod media;
mod model;
mod table;
mod usage;

pub use config::config;
pub use graph::{compose, graph, onnx};
pub use media::{gif, mp4, picture, sound, y4m};
pub use model::{assemble, model, network};
pub use table::{columns, dates, items, rows, sheet, table, text};

/// A function that takes the bytes of a file.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 17] = [
    ("columns", columns),
    ("config", config),
    ("dates", dates),
    ("gif", gif),
    ("graph", graph),
    ("items", items),
    ("model", model),
    ("mp4", mp4),
    ("network", network),
    ("onnx", onnx),
    ("picture", picture),
    ("rows", rows),
    ("sheet", sheet),
    ("sound", sound),
    ("table", table),
    ("text", text),
    ("y4m", y4m),
];

/// What an input of some kilobytes may ask for.
pub const MEMORY: u64 = 256 << 20;

/// Sets the limit on memory that the libraries hold sizes against.
pub fn prepare() {
    gatewise_memory::Budget::of(MEMORY).set();
}
