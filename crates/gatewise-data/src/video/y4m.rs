//! Uncompressed video, YUV4MPEG2.

use std::cell::Cell;
use std::io::Read;
use std::path::Path;

use super::error::VideoError;
use super::scale::{Levels, Picture};
use super::sink::Sink;
use crate::guard::share;

/// Bytes of a pixel with three samples of 16 bits.
const MOST_BYTES: usize = 6;

/// Bits of the samples that are looked at.
const BITS: usize = 8;

pub(super) fn read(path: &Path, file: impl Read, sink: &mut Sink) -> Result<(), VideoError> {
    let taken = Cell::new(0);
    let limits = y4m::Limits { bytes: usize::try_from(share()).unwrap_or(usize::MAX) };
    let mut decoder = y4m::Decoder::new_with_limits(Counted { inner: file, taken: &taken }, limits)
        .map_err(|e| VideoError::Format { path: path.display().to_string(), reason: describe(&e) })?;
    let (width, height, bits) = (decoder.get_width(), decoder.get_height(), decoder.get_bit_depth());
    if width == 0 || height == 0 {
        return Err(VideoError::Format { path: path.display().to_string(), reason: format!("its frames are {width} × {height}") });
    }
    // The decoder multiplies sides that a header may have of any length.
    VideoError::hold(path, (width, height), MOST_BYTES)?;
    let rate = decoder.get_framerate();
    let pace = (rate.num > 0 && rate.den > 0).then(|| rate.num as f64 / rate.den as f64);
    let full = decoder.get_raw_params().windows(FULL_RANGE.len()).any(|word| word == FULL_RANGE);
    let levels = if full { Levels::Full } else { Levels::Limited };
    let mut narrow = Vec::new();
    loop {
        let before = taken.get();
        let frame = match decoder.read_frame() {
            Ok(frame) => frame,
            Err(y4m::Error::EOF) if taken.get() == before => return Ok(()),
            Err(e) => return Err(VideoError::damaged(path, sink, describe(&e))),
        };
        let number = sink.seen() as f64;
        if !sink.wants(pace.map(|pace| number / pace)) {
            continue;
        }
        let luma = if bits > BITS {
            narrow.clear();
            narrow.extend(frame.get_y_plane().chunks_exact(2).map(|pair| (u16::from_le_bytes([pair[0], pair[1]]) >> (bits - BITS)) as u8));
            &narrow
        } else {
            frame.get_y_plane()
        };
        sink.put(Picture { width, height, luma, levels });
    }
}

/// A reader that tells how many bytes were taken: the decoder ends alike before a frame and in the midst of one.
struct Counted<'a, R> {
    inner: R,
    taken: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.taken.set(self.taken.get() + count as u64);
        Ok(count)
    }
}

/// The extension of ffmpeg for samples from 0 to 255.
const FULL_RANGE: &[u8] = b"XCOLORRANGE=FULL";

fn describe(error: &y4m::Error) -> String {
    match error {
        y4m::Error::EOF => "the file is cut off".to_owned(),
        y4m::Error::BadInput => "a frame has no header".to_owned(),
        y4m::Error::OutOfMemory => "its frames are larger than memory_limit leaves a file".to_owned(),
        y4m::Error::UnknownColorspace => "its colour space is not known".to_owned(),
        other => other.to_string(),
    }
}
