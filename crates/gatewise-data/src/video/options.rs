//! Which frames are made of a clip, as it stands in configuration and model files.

use gatewise_memory::product;
use serde::{Deserialize, Serialize};

use super::error::VideoError;

/// How a clip becomes frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VideoOptions {
    /// Width of a frame in pixels.
    pub width: usize,
    /// Height of a frame in pixels; the picture is stretched to both.
    pub height: usize,
    /// Frames a second to keep; every frame where it is left open or the clip has fewer. A folder of pictures has no clock: all are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    /// Most frames of a clip: a longer one is thinned to every second, fourth, … frame, so that its whole course stays.
    pub max_frames: usize,
    /// Whether a frame holds its grey values.
    #[serde(skip_serializing_if = "is_true")]
    pub grey: bool,
    /// Whether a frame holds its difference from the one before, behind the grey values: the square root of its size, with its sign; zero
    /// in the first.
    pub differences: bool,
    /// Whether a film is turned the way its file says was up. Models of earlier versions read it as it lies.
    #[serde(default, skip_serializing_if = "is_false")]
    pub upright: bool,
}

impl Default for VideoOptions {
    /// Small frames, far enough apart that what moves has moved by pixels.
    fn default() -> Self {
        Self { width: 32, height: 32, fps: Some(5.0), max_frames: 256, grey: true, differences: true, upright: true }
    }
}

fn is_true(it: &bool) -> bool {
    *it
}

fn is_false(it: &bool) -> bool {
    !*it
}

/// Longest side of a frame.
const MAX_SIDE: usize = 4096;
/// Most frames a second, above every camera sold.
const MAX_FPS: f64 = 100_000.0;

impl VideoOptions {
    /// Channels C of a frame: grey, the difference, or both.
    pub fn channels(&self) -> usize {
        usize::from(self.grey) + usize::from(self.differences)
    }

    /// Numbers I = C · height · width of a frame, channel after channel, row after row.
    pub fn numbers(&self) -> usize {
        self.channels() * self.width * self.height
    }

    /// Bytes that a clip of as many frames as there may be needs: its grey values, then what becomes of them.
    pub(super) fn bytes(&self) -> u128 {
        product(&[1 + self.channels(), self.width, self.height, self.max_frames.saturating_add(1), size_of::<f32>()])
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first that is out of range.
    pub fn check(&self) -> Result<(), VideoError> {
        let fps = self.fps.unwrap_or(1.0);
        let checks = [
            ("width", self.width as f64, (1..=MAX_SIDE).contains(&self.width), "from 1 to 4096 pixels"),
            ("height", self.height as f64, (1..=MAX_SIDE).contains(&self.height), "from 1 to 4096 pixels"),
            ("fps", fps, fps > 0.0 && fps <= MAX_FPS, "above 0 and at most 100000 frames a second"),
            ("channels", self.channels() as f64, self.channels() >= 1, "grey values, differences or both"),
            ("max_frames", self.max_frames as f64, self.max_frames >= 1, "at least 1"),
        ];
        match checks.into_iter().find(|(_, _, good, _)| !good) {
            Some((name, value, _, expected)) => Err(VideoError::Setting { name, value, expected }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_models_that_knew_no_choice_hold_grey_values() {
        let old = r#"{"width":32,"height":32,"fps":5.0,"max_frames":256,"differences":true}"#;
        let options: VideoOptions = serde_json::from_str(old).unwrap();
        assert_eq!(options, VideoOptions { upright: false, ..VideoOptions::default() });
        // Frames are kept under this text.
        assert_eq!(serde_json::to_string(&options).unwrap(), old);
        let motion = VideoOptions { grey: false, ..options };
        assert_eq!(serde_json::from_str::<VideoOptions>(&serde_json::to_string(&motion).unwrap()).unwrap(), motion);
    }
}
