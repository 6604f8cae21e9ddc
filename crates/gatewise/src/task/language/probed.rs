//! Windows of a text for probes; each symbol's target is the next.

use std::ops::Range;

use super::ids::Ids;
use crate::batch::Batch;
use crate::error::{Error, Kind};
use crate::model::Model;
use crate::train::{probe_count, spread};

/// Symbols of a window.
const SYMBOLS: usize = 128;

/// Windows spread over a part of a text, as many as a probe of the network can afford. `place` names the text in errors.
///
/// # Errors
/// A part of fewer than two symbols, or numbers that cannot be read any more.
pub fn probe_windows(ids: &Ids, part: Range<u64>, model: &Model<f32>, place: &str) -> Result<Batch<f32>, Error> {
    let symbols = (part.end - part.start) as usize;
    let steps = SYMBOLS.min((symbols / 2).saturating_sub(1));
    if steps == 0 {
        return Err(Error::data(format!("{place}: {symbols} known symbols are too few to probe a network on")).help("give a longer text"));
    }
    windows_at(ids, spread(part.start as usize, part.end as usize - steps, probe_count(model, steps)), steps)
}

/// The windows of `steps` symbols that begin at `starts`, each of which `steps` + 1 symbols follow on.
///
/// # Errors
/// Numbers that cannot be read any more.
pub fn windows_at(ids: &Ids, starts: Vec<usize>, steps: usize) -> Result<Batch<f32>, Error> {
    let mut batch = Batch::default();
    batch.set_full(starts.len(), steps, 0);
    batch.symbols.resize(starts.len() * steps, 0);
    batch.target.resize(starts.len() * steps, 0.0);
    let mut window = vec![0; steps + 1];
    for (b, start) in starts.into_iter().enumerate() {
        ids.read(start as u64, &mut window).map_err(|e| Error::new(Kind::Io, e.to_string()))?;
        for t in 0..steps {
            let row = batch.layout.row(t, b);
            batch.symbols[row] = window[t];
            batch.target[row] = window[t + 1] as f32;
        }
    }
    Ok(batch)
}
