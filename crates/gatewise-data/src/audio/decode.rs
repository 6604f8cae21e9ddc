//! Sound files as samples of one channel.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use gatewise_memory::product;

use super::error::AudioError;
use super::{ffmpeg, wav};
use crate::guard::{caught, hold_share};

/// Endings of the files that [`decode`] reads, in lower case.
pub const EXTENSIONS: [&str; 6] = ["wav", "flac", "mp3", "ogg", "oga", "wave"];

/// A stream cut from a longer one begins with packets that lean on those before; more broken ones than one in so many are damage.
const TOLERATED_SHARE: u64 = 10;

/// Programs that write a wav into a pipe do not know its size and put the largest in the header: sox and arecord 2 GiB less a header,
/// ffmpeg 4 GiB. Whatever says so many bytes ends where the file does.
const OPEN_END: u64 = (1 << 31) - (1 << 16);

/// Sound of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Samples a second.
    pub rate: u32,
    /// Samples, −1 to 1.
    pub samples: Vec<f32>,
}

impl Clip {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }
}

/// Samples of signed 16-bit little-endian PCM, −1 to 1; an odd last byte is left out.
pub fn from_pcm16(bytes: &[u8]) -> impl ExactSizeIterator<Item = f32> {
    /// The full scale of a 16-bit sample.
    const SCALE: f32 = 32768.0;
    bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / SCALE)
}

/// Reads wav, flac, mp3 or ogg (Vorbis), told apart by content, at the file's own rate; several channels become their mean. Files with one
/// of the [`FFMPEG_EXTENSIONS`](super::FFMPEG_EXTENSIONS) go through an installed `ffmpeg`.
///
/// # Errors
/// A file that cannot be read, has no known format or no samples, is damaged or cut off, or needs an `ffmpeg` that is not installed.
pub fn decode(path: &Path) -> Result<Clip, AudioError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| AudioError::Io { path: name.clone(), source })?;
    let about = file.metadata().map_err(|source| AudioError::Io { path: name.clone(), source })?;
    if about.len() == 0 {
        return Err(AudioError::Format { path: name, reason: "the file is empty".to_owned() });
    }
    // The decoders parse hostile bytes: whatever they trip over is this file's error and no crash of the program.
    caught(|| read(&name, path, file))
        .unwrap_or_else(|| Err(AudioError::Format { path: name, reason: "the decoder failed on it".to_owned() }))
}

fn read(name: &str, path: &Path, file: File) -> Result<Clip, AudioError> {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let io = |source| AudioError::Io { path: name.to_owned(), source };
    let source: Box<dyn MediaSource> = if ffmpeg::reads(path) {
        hint = Hint::new();
        Box::new(ffmpeg::wav(path)?)
    } else {
        match wav::in_order(file).map_err(io)? {
            Ok(wav) => Box::new(wav),
            Err(file) => Box::new(file),
        }
    };
    let source = MediaSourceStream::new(source, Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, source, FormatOptions::default(), MetadataOptions::default())
        .map_err(|e| AudioError::Format { path: name.to_owned(), reason: reason(&e) })?;
    let no_track = || AudioError::NoTrack { path: name.to_owned() };
    let track = format.default_track(TrackType::Audio).ok_or_else(no_track)?;
    let (id, declared) = (track.id, track.num_frames);
    let params = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or_else(no_track)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|e| AudioError::Coding { path: name.to_owned(), reason: reason(&e) })?;
    let frame = params.channels.as_ref().map_or(1, |c| c.count() as u64) * u64::from(params.bits_per_sample.unwrap_or(8)) / 8;
    let open_end = declared.is_none_or(|frames| frames.saturating_mul(frame) >= OPEN_END);
    let clip = decode_packets(name, format.as_mut(), decoder.as_mut(), id, open_end)?;
    if let Some(declared) = declared.filter(|&n| n > clip.samples.len() as u64 && !open_end) {
        let reason = format!("the file ends after {} of {declared} samples", clip.samples.len());
        return Err(AudioError::Damaged { path: name.to_owned(), seconds: clip.seconds(), reason });
    }
    if clip.samples.is_empty() {
        return Err(AudioError::Empty { path: name.to_owned() });
    }
    if let Some(index) = clip.samples.iter().position(|x| !x.is_finite()) {
        return Err(AudioError::NotFinite { path: name.to_owned(), index, value: clip.samples[index] });
    }
    Ok(clip)
}

/// Every packet of one track, mixed to one channel. With an `open_end` the last one may be cut off.
fn decode_packets(
    name: &str,
    format: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    id: u32,
    open_end: bool,
) -> Result<Clip, AudioError> {
    let mut clip = Clip { rate: 0, samples: Vec::new() };
    let (mut packets, mut broken, mut interleaved) = (0_u64, 0_u64, Vec::<f32>::new());
    let damaged = |clip: &Clip, reason: String| AudioError::Damaged {
        path: name.to_owned(),
        seconds: if clip.rate == 0 { 0.0 } else { clip.seconds() },
        reason,
    };
    let mut first_broken = None;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A second stream chained behind the first has parameters of its own: the clip is the first.
            Ok(None) | Err(Error::ResetRequired) => break,
            Err(Error::IoError(e)) if open_end && e.kind() == ErrorKind::UnexpectedEof => break,
            Err(e) => return Err(damaged(&clip, reason(&e))),
        };
        if packet.track_id != id {
            continue;
        }
        packets += 1;
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
                if clip.rate != 0 && clip.rate != rate {
                    return Err(damaged(&clip, format!("the rate changes from {} to {rate} samples a second", clip.rate)));
                }
                clip.rate = rate;
                let bytes = product(&[clip.samples.len().saturating_add(buffer.frames()), 2 * size_of::<f32>()]);
                hold_share(&format!("a clip of more than {:.0} s", clip.seconds()), bytes)
                    .map_err(|reason| AudioError::TooLarge { path: name.to_owned(), reason })?;
                buffer.copy_to_vec_interleaved(&mut interleaved);
                mix(&interleaved, channels, &mut clip.samples);
            }
            Err(e @ (Error::DecodeError(_) | Error::IoError(_))) => {
                broken += 1;
                first_broken.get_or_insert_with(|| damaged(&clip, reason(&e)));
            }
            Err(e) => return Err(damaged(&clip, reason(&e))),
        }
    }
    match first_broken {
        Some(error) if broken * TOLERATED_SHARE > packets => Err(error),
        _ => Ok(clip),
    }
}

/// The mean of the channels.
fn mix(interleaved: &[f32], channels: usize, samples: &mut Vec<f32>) {
    if channels == 1 {
        samples.extend_from_slice(interleaved);
    } else {
        let share = 1.0 / channels as f32;
        samples.extend(interleaved.chunks_exact(channels.max(1)).map(|frame| frame.iter().sum::<f32>() * share));
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => "the file ends too early".to_owned(),
        other => other.to_string(),
    }
}
