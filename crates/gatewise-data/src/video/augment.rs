//! Changes of a video that leave its label as it is, so that training sees more than was recorded.

use serde::{Deserialize, Serialize};

use super::options::VideoOptions;

/// Changes of the frames, drawn anew for each clip and alike for all its frames.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// Whether half of the clips are shown as in a mirror.
    pub flip: bool,
    /// Most pixels that the picture is moved in either direction; its edge fills the rest.
    pub shift: usize,
}

impl Augment {
    /// Changes `values` (T, C · height · width) in place. `draw` is the caller's generator: uniform in [0, 1).
    ///
    /// # Panics
    /// If `values` is no whole number of frames.
    pub fn apply(&self, values: &mut [f32], options: &VideoOptions, draw: &mut impl FnMut() -> f64) {
        let (width, height) = (options.width, options.height);
        assert!(values.len().is_multiple_of(options.numbers()), "values are (T, {})", options.numbers());
        let flip = self.flip && draw() < 0.5;
        let mut either_side = |bound: usize| ((2.0 * draw() - 1.0) * (bound as f64 + 0.5)).round() as isize;
        let (across, down) = (either_side(self.shift), either_side(self.shift));
        let source = |at: usize, shift: isize, size: usize| at.saturating_add_signed(shift).min(size - 1);
        let mut old = vec![0.0; width * height];
        for plane in values.chunks_exact_mut(width * height) {
            old.copy_from_slice(plane);
            for (y, row) in plane.chunks_exact_mut(width).enumerate() {
                let from = &old[source(y, down, height) * width..][..width];
                for (x, value) in row.iter_mut().enumerate() {
                    let x = source(x, across, width);
                    *value = from[if flip { width - 1 - x } else { x }];
                }
            }
        }
    }
}
