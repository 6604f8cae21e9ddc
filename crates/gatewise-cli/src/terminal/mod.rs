//! What people see on a terminal: colours, texts cut to its width, aligned tables.

mod bar;
pub mod colour;
mod layout;
pub mod table;
mod width;

use std::io::IsTerminal;

pub use bar::line as bar_line;
pub use width::{of as width_of, padded};

/// Columns of a terminal that does not say how many it has.
const USUAL_WIDTH: usize = 80;

/// Columns of the terminal on standard output; none where that is no terminal.
pub fn out_width() -> Option<usize> {
    let out = std::io::stdout();
    out.is_terminal().then(|| terminal_size::terminal_size_of(&out).map_or(USUAL_WIDTH, |(width, _)| width.0.into()))
}

/// Columns of the terminal on standard error, where a line can be drawn over again.
pub fn line_width() -> Option<usize> {
    let err = std::io::stderr();
    let drawn = err.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    drawn.then(|| terminal_size::terminal_size_of(&err).map_or(USUAL_WIDTH, |(width, _)| width.0.into()))
}
