//! Where decoders put their pictures: made small, thinned to the pace asked for.

use super::options::VideoOptions;
use super::scale::{Picture, Scaler};
use crate::frames::Frames;
use crate::guard::share;

/// Takes the pictures of a clip in their order and keeps the frames that are wanted.
#[derive(Debug)]
pub(super) struct Sink {
    options: VideoOptions,
    scaler: Scaler,
    /// Pictures offered so far.
    seen: usize,
    /// The next picture is the first at or after this many places of the pace.
    place: usize,
    /// Pictures that came at their place.
    due: usize,
    /// Of those, every so many is kept.
    stride: usize,
    /// (T, height · width).
    grey: Vec<f32>,
    /// Numbers that may be kept, and whether there were more.
    most: usize,
    full: bool,
}

/// Time stamps are whole ticks of some clock: a picture that comes so many seconds too early for its place is the one meant.
const EARLY: f64 = 1e-3;

impl Sink {
    pub fn new(options: &VideoOptions) -> Self {
        let scaler = Scaler::new(options.width, options.height);
        // The grey values, then the frames made of them.
        let most = share() / (size_of::<f32>() * (1 + options.channels())) as u64;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Self { options: options.clone(), scaler, seen: 0, place: 0, due: 0, stride: 1, grey: Vec::new(), most, full: false }
    }

    /// Whether pictures are wanted the way that was up.
    pub fn upright(&self) -> bool {
        self.options.upright
    }

    /// Pictures offered so far.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Whether the next picture, shown `seconds` after the first, is to be [put](Self::put). A clip without a clock has no `seconds`.
    pub fn wants(&mut self, seconds: Option<f64>) -> bool {
        self.seen += 1;
        if let (Some(fps), Some(seconds)) = (self.options.fps, seconds) {
            let reached = ((seconds + EARLY) * fps).floor() as usize;
            if reached < self.place {
                return false;
            }
            // A clip slower than the pace leaves places empty; they are not made up for.
            self.place = reached + 1;
        }
        self.due += 1;
        (self.due - 1).is_multiple_of(self.stride)
    }

    /// Whether there were more pictures than memory may hold.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Keeps a picture; one too many thins out all that were kept.
    pub fn put(&mut self, picture: Picture<'_>) {
        let pixels = self.options.width * self.options.height;
        if self.full || self.grey.len() + pixels > self.most {
            self.full = true;
            return;
        }
        self.scaler.scale(picture, &mut self.grey);
        if self.grey.len() / pixels > self.options.max_frames {
            let kept = (self.grey.len() / pixels).div_ceil(2);
            for k in 1..kept {
                self.grey.copy_within(2 * k * pixels..(2 * k + 1) * pixels, k * pixels);
            }
            self.grey.truncate(kept * pixels);
            self.stride *= 2;
        }
    }

    /// The frames; none where there was no picture.
    pub fn finish(self) -> Option<Frames> {
        let pixels = self.options.width * self.options.height;
        let steps = self.grey.len() / pixels;
        if steps == 0 {
            return None;
        }
        if !self.options.differences {
            return Some(Frames { steps, width: pixels, values: self.grey });
        }
        let width = self.options.numbers();
        let mut values = Vec::with_capacity(steps * width);
        let mut before = &self.grey[..pixels];
        for frame in self.grey.chunks_exact(pixels) {
            if self.options.grey {
                values.extend_from_slice(frame);
            }
            values.extend(frame.iter().zip(before).map(|(now, before)| compressed(now - before)));
            before = frame;
        }
        Some(Frames { steps, width, values })
    }
}

/// The square root with the sign kept: faint motion counts beside strong, and differences spread about as far as grey values do.
fn compressed(difference: f32) -> f32 {
    difference.signum() * difference.abs().sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::scale::Levels;
    use super::*;

    /// Offers `count` pictures of one pixel, each as bright as its number, and returns the numbers kept.
    fn kept(options: &VideoOptions, count: usize, pace: Option<f64>) -> Vec<usize> {
        let mut sink = Sink::new(&VideoOptions { width: 1, height: 1, differences: false, ..options.clone() });
        for k in 0..count {
            if sink.wants(pace.map(|pace| k as f64 / pace)) {
                sink.put(Picture { width: 1, height: 1, luma: &[k as u8], levels: Levels::Full });
            }
        }
        let frames = sink.finish().unwrap();
        frames.values.iter().map(|x| (x * 255.0).round() as usize).collect()
    }

    #[test]
    fn the_pace_is_kept_whatever_the_clips_own() {
        let options = VideoOptions { fps: Some(10.0), ..VideoOptions::default() };
        assert_eq!(kept(&options, 10, Some(30.0)), [0, 3, 6, 9]);
        assert_eq!(kept(&options, 8, Some(25.0)), [0, 3, 5]);
        assert_eq!(kept(&options, 4, Some(5.0)), [0, 1, 2, 3]);
        assert_eq!(kept(&options, 4, None), [0, 1, 2, 3]);
        assert_eq!(kept(&VideoOptions { fps: None, ..options }, 4, Some(30.0)), [0, 1, 2, 3]);
    }

    #[test]
    fn a_long_clip_is_thinned_evenly() {
        let options = |max_frames| VideoOptions { fps: None, max_frames, ..VideoOptions::default() };
        assert_eq!(kept(&options(4), 4, None), [0, 1, 2, 3]);
        assert_eq!(kept(&options(4), 5, None), [0, 2, 4]);
        assert_eq!(kept(&options(4), 9, None), [0, 4, 8]);
        assert_eq!(kept(&options(3), 200, None), [0, 128]);
        assert_eq!(kept(&options(1), 100, None), [0]);
    }
}
