//! Folders of pictures, each a frame.

use std::cmp::Ordering;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::error::VideoError;
use super::scale::{Levels, Picture, luma};
use super::sink::Sink;
use crate::guard::share;

/// Endings of the pictures that are read, in lower case.
pub const EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];

pub(super) fn read(folder: &Path, sink: &mut Sink) -> Result<(), VideoError> {
    for path in list(folder).map_err(|source| VideoError::Io { path: folder.display().to_string(), source })? {
        read_one(&path, sink)?;
    }
    Ok(())
}

/// One picture, as a frame.
pub(super) fn read_one(path: &Path, sink: &mut Sink) -> Result<(), VideoError> {
    if !sink.wants(None) {
        return Ok(());
    }
    let name = || path.display().to_string();
    let bytes = fs::read(path).map_err(|source| VideoError::Io { path: name(), source })?;
    let (width, height, luma) = decode(path, &bytes)?;
    if width == 0 || height == 0 {
        return Err(VideoError::Format { path: name(), reason: format!("the picture is {width} × {height}") });
    }
    sink.put(Picture { width, height, luma: &luma, levels: Levels::Full });
    Ok(())
}

/// Width, height and luma of a png or jpeg, told apart by content; colours that shine through are taken as they stand.
fn decode(path: &Path, bytes: &[u8]) -> Result<(usize, usize, Vec<u8>), VideoError> {
    if bytes.starts_with(b"\x89PNG") { decode_png(path, bytes) } else { decode_jpeg(path, bytes) }
}

/// Bytes of a pixel: four samples, and its grey.
const PNG_BYTES: usize = 5;
/// Three samples of 16 bits while they are put together, and the grey.
const JPEG_BYTES: usize = 8;

fn decode_png(path: &Path, bytes: &[u8]) -> Result<(usize, usize, Vec<u8>), VideoError> {
    let wrong = |e: png::DecodingError| VideoError::Format { path: path.display().to_string(), reason: e.to_string() };
    let limits = png::Limits { bytes: usize::try_from(share()).unwrap_or(usize::MAX) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let head = decoder.read_header_info().map_err(wrong)?;
    VideoError::hold(path, (head.width as usize, head.height as usize), PNG_BYTES)?;
    let mut reader = decoder.read_info().map_err(wrong)?;
    let size = reader.output_buffer_size().ok_or(png::DecodingError::LimitsExceeded).map_err(wrong)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(wrong)?;
    pixels.truncate(frame.buffer_size());
    let grey = match frame.color_type.samples() {
        samples @ 1..=2 => pixels.into_iter().step_by(samples).collect(),
        samples => pixels.chunks_exact(samples).map(|pixel| luma(pixel[0], pixel[1], pixel[2])).collect(),
    };
    Ok((frame.width as usize, frame.height as usize, grey))
}

fn decode_jpeg(path: &Path, bytes: &[u8]) -> Result<(usize, usize, Vec<u8>), VideoError> {
    let wrong = |reason: String| VideoError::Format { path: path.display().to_string(), reason };
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| wrong(format!("{e:?}")))?;
    let about = decoder.info().ok_or_else(|| wrong("it has no size".to_owned()))?;
    VideoError::hold(path, (usize::from(about.width), usize::from(about.height)), JPEG_BYTES)?;
    let grey = decoder.decode().map_err(|e| wrong(format!("{e:?}")))?;
    Ok((usize::from(about.width), usize::from(about.height), grey))
}

/// The pictures of a folder in the order of their names, hidden files aside.
fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && EXTENSIONS.contains(&&extension[..]) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b)));
    Ok(paths)
}

/// Order of names with runs of digits counted as numbers: `frame2` before `frame10`.
fn natural(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() && !b.is_empty() {
        let (word_a, word_b) = (word(&mut a), word(&mut b));
        let order = match (number(word_a), number(word_b)) {
            (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
            _ => word_a.cmp(word_b),
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// Takes a run of digits, or a single other character, from the front.
fn word<'a>(text: &mut &'a str) -> &'a str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let length = if digits > 0 { digits } else { text.chars().next().map_or(0, char::len_utf8) };
    let (word, rest) = text.split_at(length);
    *text = rest;
    word
}

/// The digits that count, where a word is a number.
fn number(word: &str) -> Option<&str> {
    word.as_bytes().first().filter(|b| b.is_ascii_digit()).map(|_| word.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["b", "frame10", "frame2.png", "frame02b", "a1x10", "a1x9", "가2", "가10", "frame", "10", "9"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["9", "10", "a1x9", "a1x10", "b", "frame", "frame2.png", "frame02b", "frame10", "가2", "가10"]);
    }
}
