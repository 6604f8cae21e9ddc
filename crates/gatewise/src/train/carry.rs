//! Training on sources whose items continue each other: truncated backpropagation through time.

use super::trainer::Trainer;

impl Trainer {
    /// The items of the epoch in the source's own order. A short epoch begins where the one before it ended, so that all of the data are
    /// read even where an epoch is a fraction of them; behind the last item the first follows.
    pub(super) fn continue_order(&mut self, items: usize, per_epoch: u64) {
        let batches = (items / self.config.batch.max(1)).max(1) as u64;
        let first = (self.progress.epoch % batches) * (per_epoch % batches) % batches;
        self.order.clear();
        let batch = self.config.batch.min(items);
        for step in 0..per_epoch {
            let start = ((first + step) % batches) as usize * batch;
            self.order.extend(start..start + batch);
        }
    }
}
