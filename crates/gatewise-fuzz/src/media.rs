//! Sound, pictures and films.

use gatewise_data::audio::{self, FeatureConfig};
use gatewise_data::video::{self, VideoOptions};

use crate::file::holding;

/// wav, flac, mp3 and ogg, down to the features.
pub fn sound(bytes: &[u8]) {
    let path = holding("sound", bytes);
    if let Ok(clip) = audio::decode(&path) {
        assert!(!clip.samples.is_empty(), "read, but empty");
        // Resampling and the features cost time a second of sound.
        if clip.seconds() < 2.0 {
            let _ = FeatureConfig { rate: 8000, mels: 8, ..FeatureConfig::default() }.extract(&clip);
        }
    }
}

/// Animated pictures.
pub fn gif(bytes: &[u8]) {
    film("clip.gif", bytes, b"GIF8");
}

/// Uncompressed video.
pub fn y4m(bytes: &[u8]) {
    film("clip.y4m", bytes, b"YUV4MPEG");
}

/// H.264 in mp4.
pub fn mp4(bytes: &[u8]) {
    if bytes.get(4..8) == Some(b"ftyp") {
        film("clip.mp4", bytes, b"");
    }
}

/// Single png and jpeg pictures.
pub fn picture(bytes: &[u8]) {
    film("picture", bytes, if bytes.first() == Some(&0xff) { &[0xff, 0xd8, 0xff] } else { b"\x89PNG" });
}

/// Decodes what begins as its kind does: anything else would be handed to an installed `ffmpeg`.
fn film(name: &str, bytes: &[u8], begin: &[u8]) {
    if !bytes.starts_with(begin) {
        return;
    }
    let path = holding(name, bytes);
    let options = VideoOptions { width: 8, height: 8, max_frames: 16, differences: true, ..VideoOptions::default() };
    if let Ok(frames) = video::decode(&path, &options) {
        assert!(frames.steps > 0 && frames.values.len() == frames.steps * frames.width, "read, but empty");
        assert!(frames.values.iter().all(|v| v.is_finite()), "a value that is no number");
    }
}
