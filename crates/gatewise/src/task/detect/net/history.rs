//! The rows that the network remembers, as others read them.

use super::{HISTORY, Net, slot_of};

impl Net {
    /// Rows seen.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows remembered.
    pub fn kept(&self) -> u64 {
        self.rows.min(HISTORY as u64)
    }

    /// Whether a row that is remembered has every value.
    pub fn is_whole(&self, row: u64) -> bool {
        let channels = self.config.channels;
        self.raw[slot_of(row) * channels..][..channels].iter().all(|v| !v.is_nan())
    }

    /// The values of a channel that are remembered, oldest first, from its origin; NaN where missing.
    pub fn copy_channel(&self, channel: usize, values: &mut Vec<f64>) {
        let channels = self.config.channels;
        values.clear();
        values.extend((self.rows - self.kept()..self.rows).map(|row| f64::from(self.raw[slot_of(row) * channels + channel])));
    }

    /// The last `count` rows, squashed, oldest first: (N, C). Those before the first are zero.
    pub fn recent(&self, count: usize) -> Vec<f32> {
        let channels = self.config.channels;
        let have = count.min(self.rows as usize);
        let mut rows = vec![0.0; count * channels];
        self.copy_rows(self.rows - have as u64, &mut rows[(count - have) * channels..]);
        rows
    }

    /// Rows that are remembered, from `first` on, squashed: (N, C).
    pub fn copy_rows(&self, first: u64, rows: &mut [f32]) {
        let channels = self.config.channels;
        let (at, before_end) = (slot_of(first) * channels, (HISTORY - slot_of(first)) * channels);
        let (head, rest) = rows.split_at_mut(before_end.min(rows.len()));
        head.copy_from_slice(&self.squashed[at..][..head.len()]);
        rest.copy_from_slice(&self.squashed[..rest.len()]);
    }
}
