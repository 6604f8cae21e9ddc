//! H.264 in mp4.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use re_mp4::{Mp4, Sample, StsdBoxContent, TrackKind};
use rust_h264::decoder::{Frame, OrderedDecoder};
use rust_h264::error::DecodeError;
use rust_h264::nal::{NalUnitType, parse_avcc, parse_avcc_config, parse_sps_info};

use super::bounded::Bounded;
use super::error::VideoError;
use super::scale::{Levels, Picture};
use super::sink::Sink;
use super::turn::Turn;

/// What became of a file.
pub(super) enum Outcome {
    /// Every frame went to the sink.
    Read,
    /// Another coding, by name; the sink is untouched.
    OtherCoding(String),
}

/// Bytes of a pixel of a frame that is kept, with what the decoder knows of it.
const BYTES: usize = 6;

/// Bits of the samples that are looked at.
const BITS: u8 = 8;

pub(super) fn read(path: &Path, mut file: impl Read + Seek, size: u64, sink: &mut Sink) -> Result<Outcome, VideoError> {
    let name = || path.display().to_string();
    let mp4 = Mp4::read(Bounded::new(&mut file, size), size).map_err(|e| VideoError::Format { path: name(), reason: describe(&e) })?;
    let Some(track) = mp4.tracks().values().find(|track| track.kind == Some(TrackKind::Video)) else {
        return Err(VideoError::NoFrames { path: name() });
    };
    let StsdBoxContent::Avc1(_) = &track.trak(&mp4).mdia.minf.stbl.stsd.contents else {
        let coding = track.codec_string(&mp4).unwrap_or_else(|| "video of an unknown coding".to_owned());
        return Ok(Outcome::OtherCoding(format!("{coding} in mp4")));
    };
    let raw = track.raw_codec_config(&mp4).unwrap_or_default();
    let config = parse_avcc_config(&raw).map_err(|e| VideoError::Format { path: name(), reason: e.to_owned() })?;
    let mut levels = Levels::Limited;
    let mut decoder = OrderedDecoder::<f64>::new();
    for nal in config.sps_nals.iter().chain(&config.pps_nals) {
        if nal.nal_unit_type == NalUnitType::Sps
            && let Ok(sps) = parse_sps_info(nal)
        {
            // Every frame that others refer to is kept.
            let bytes = BYTES * (1 + sps.reference_frames as usize);
            VideoError::hold(path, (sps.coded_width as usize, sps.coded_height as usize), bytes)?;
            if sps.full_range {
                levels = Levels::Full;
            }
        }
        decoder.decode_nal_with_meta(nal, 0.0).map_err(|e| VideoError::damaged(path, sink, e))?;
    }
    let matrix = &track.trak(&mp4).tkhd.matrix;
    let turn = if sink.upright() { Turn::of([matrix.a, matrix.b, matrix.c, matrix.d]) } else { Turn::NONE };
    let mut bytes = Vec::new();
    for sample in &track.samples {
        let seconds = sample.composition_timestamp as f64 / track.timescale.max(1) as f64;
        load(&mut file, sample, size, &mut bytes).map_err(|reason| VideoError::damaged(path, sink, reason))?;
        for nal in parse_avcc(&bytes, config.length_size) {
            match decoder.decode_nal_with_meta(&nal, seconds) {
                Ok(frames) => frames.into_iter().for_each(|(frame, seconds)| put(&frame, seconds, levels, turn, sink)),
                Err(DecodeError::Unsupported(what)) if sink.seen() == 0 => return Ok(Outcome::OtherCoding(format!("H.264 with {what}"))),
                Err(e) => return Err(VideoError::damaged(path, sink, e)),
            }
        }
    }
    decoder.flush_with_meta().into_iter().for_each(|(frame, seconds)| put(&frame, seconds, levels, turn, sink));
    Ok(Outcome::Read)
}

/// Reads the bytes of one sample.
fn load(file: &mut (impl Read + Seek), sample: &Sample, size: u64, bytes: &mut Vec<u8>) -> Result<(), String> {
    // A damaged index may ask for any size: nothing larger than the file is made room for.
    if sample.offset.checked_add(sample.size).is_none_or(|end| end > size) {
        return Err("the file is cut off".to_owned());
    }
    bytes.resize(sample.size as usize, 0);
    file.seek(SeekFrom::Start(sample.offset)).and_then(|_| file.read_exact(bytes)).map_err(|e| e.to_string())
}

fn put(frame: &Frame, seconds: f64, levels: Levels, turn: Turn, sink: &mut Sink) {
    if !sink.wants(Some(seconds)) {
        return;
    }
    let (width, height) = (frame.width as usize, frame.height as usize);
    let narrow: Vec<u8>;
    let luma = if frame.bit_depth == BITS {
        &frame.y[..]
    } else {
        narrow = (0..width * height).map(|k| (frame.sample(&frame.y, k) >> (frame.bit_depth - BITS)) as u8).collect();
        &narrow[..]
    };
    let turned: Vec<u8>;
    let (width, height, luma) = if turn == Turn::NONE {
        (width, height, luma)
    } else {
        let (size, pixels) = turn.apply((width, height), luma);
        turned = pixels;
        (size.0, size.1, &turned[..])
    };
    sink.put(Picture { width, height, luma, levels });
}

fn describe(error: &re_mp4::Error) -> String {
    match error {
        re_mp4::Error::BoxNotFound(name) => format!("its part `{name}` is missing; the file may be cut off"),
        re_mp4::Error::InvalidData(what) => format!("{what}; it may be cut off"),
        re_mp4::Error::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => "the file is cut off".to_owned(),
        other => other.to_string(),
    }
}
