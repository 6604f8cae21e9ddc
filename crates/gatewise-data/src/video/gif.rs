//! Animated pictures.

use std::io::Read;
use std::num::NonZeroU64;
use std::path::Path;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use gif_dispose::Screen;

use super::error::VideoError;
use super::scale::{Levels, Picture, luma};
use super::sink::Sink;
use crate::guard::share;

/// Bytes of a pixel: on the screen, in a frame, in what covered it before, and grey.
const BYTES: usize = 10;

/// Delays are counted in hundredths of a second.
const TICKS: f64 = 100.0;

pub(super) fn read(path: &Path, file: impl Read, sink: &mut Sink) -> Result<(), VideoError> {
    let format = |reason: String| VideoError::Format { path: path.display().to_string(), reason };
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(NonZeroU64::new(share()).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let mut decoder = options.read_info(file).map_err(|e| format(e.to_string()))?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    if width == 0 || height == 0 {
        return Err(format(format!("its frames are {width} × {height}")));
    }
    VideoError::hold(path, (width, height), BYTES)?;
    let mut screen = Screen::new_decoder(&decoder);
    let (mut ticks, mut grey) = (0_u64, Vec::new());
    while let Some(frame) = decoder.read_next_frame().map_err(|e| VideoError::damaged(path, sink, e))? {
        screen.blit_frame(frame).map_err(|e| VideoError::damaged(path, sink, e))?;
        if sink.wants(Some(ticks as f64 / TICKS)) {
            grey.clear();
            grey.extend(screen.pixels_rgba().pixels().map(|pixel| luma(pixel.r, pixel.g, pixel.b)));
            sink.put(Picture { width, height, luma: &grey, levels: Levels::Full });
        }
        ticks += u64::from(frame.delay);
    }
    Ok(())
}
