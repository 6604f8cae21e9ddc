//! The network as a file keeps it.

use serde::{Deserialize, Serialize};

use super::Net;
use crate::model::Model;
use crate::rng::{Rng, RngState};
use crate::task::detect::scale::Scale;

/// Where the network stands, beside its blocks of numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::task::detect) struct NetState {
    origin: Vec<Option<f64>>,
    scale: Vec<Scale>,
    rows: u64,
    steps: u64,
    windows: RngState,
}

impl Net {
    /// Everything but the numbers of [`tensors`](Self::tensors).
    pub fn state(&self) -> NetState {
        NetState {
            origin: self.origin.iter().map(|o| (!o.is_nan()).then_some(*o)).collect(),
            scale: self.scale.clone(),
            rows: self.rows,
            steps: self.optimizer.steps(),
            windows: self.rng.state(),
        }
    }

    /// Blocks of numbers under their names, beside the weights.
    pub fn tensors(&self) -> Vec<(String, &[f32])> {
        let own = [
            ("state.h", &self.state.h[..]),
            ("state.c", &self.state.c),
            ("history.raw", &self.raw),
            ("history.squashed", &self.squashed),
            ("history.clock", &self.clock),
        ];
        let moments = self.optimizer.state().into_iter().map(|(name, values)| (format!("optimizer.{name}"), values));
        own.into_iter().map(|(name, values)| (name.to_owned(), values)).chain(moments).collect()
    }

    /// Goes on from a saved state; `find` gives the block of a name.
    pub fn restore<'a>(&mut self, model: Model<f32>, state: NetState, find: &dyn Fn(&str) -> Option<&'a [f32]>) -> Result<(), String> {
        let channels = self.config.channels;
        if model.config() != self.model.config() || state.origin.len() != channels || state.scale.len() != channels {
            return Err("the network is not that of the settings".to_owned());
        }
        let blocks = [
            ("state.h", &mut self.state.h),
            ("state.c", &mut self.state.c),
            ("history.raw", &mut self.raw),
            ("history.squashed", &mut self.squashed),
            ("history.clock", &mut self.clock),
        ];
        for (name, block) in blocks {
            let found = find(name).filter(|found| found.len() == block.len());
            block.copy_from_slice(found.ok_or_else(|| format!("`{name}` is missing or of another length"))?);
        }
        let moment = |name: &str| find(&format!("optimizer.{name}"));
        self.optimizer.restore(state.steps, moment).map_err(|e| e.to_string())?;
        self.origin = state.origin.into_iter().map(|o| o.unwrap_or(f64::NAN)).collect();
        (self.scale, self.rows) = (state.scale, state.rows);
        self.rng = Rng::from_state(state.windows);
        self.model = model;
        Ok(())
    }
}
