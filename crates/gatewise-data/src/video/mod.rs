//! Video to learn from: grey frames, small enough for a network, at an even pace.
//!
//! [`decode`] reads mp4 (H.264), gif, y4m and folders of pictures by itself, and hands every other file to an installed `ffmpeg`.
//!
//! ```
//! use gatewise_data::video::{VideoOptions, decode};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("clip.y4m");
//! // Two frames of 4 × 4: black, then white in the limited range of video.
//! let frames = [16, 235].map(|luma| [b"FRAME\n".to_vec(), vec![luma; 16], vec![128; 8]].concat()).concat();
//! std::fs::write(&path, [b"YUV4MPEG2 W4 H4 F25:1 C420\n".to_vec(), frames].concat())?;
//! let options = VideoOptions { width: 2, height: 1, differences: true, fps: None, ..VideoOptions::default() };
//! let frames = decode(&path, &options)?;
//! // Two grey values, then how they differ from the frame before.
//! assert_eq!((frames.steps, frames.width), (2, options.numbers()));
//! assert_eq!(frames.values, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod augment;
mod bounded;
mod error;
mod ffmpeg;
mod gif;
mod mp4;
mod options;
mod pictures;
mod scale;
mod sink;
mod turn;
mod y4m;

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::Path;

pub use augment::Augment;
pub use error::VideoError;
pub use options::VideoOptions;

use crate::frames::Frames;
use crate::guard::{caught, hold_share};
use sink::Sink;

/// Endings of files that are video, in lower case; those beyond gif, mp4, m4v, mov and y4m need `ffmpeg`.
pub const EXTENSIONS: [&str; 14] = ["mp4", "m4v", "mov", "gif", "y4m", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "ts", "3gp"];

/// Endings of pictures that make a folder a clip, in lower case.
pub use pictures::EXTENSIONS as PICTURE_EXTENSIONS;

/// Frames (T, channels · height · width) of a clip, told apart by content: values 0 to 1, differences −1 to 1.
///
/// A png or jpeg is a clip of one frame. Of a folder, every png and jpeg is a frame, in the order of the names with numbers counted as numbers.
///
/// # Errors
/// A file that cannot be read, is damaged, has no frame, asks for more memory than `memory_limit` leaves it, or needs an `ffmpeg` that is not
/// installed.
pub fn decode(path: &Path, options: &VideoOptions) -> Result<Frames, VideoError> {
    options.check()?;
    let mut sink = Sink::new(options);
    // The decoders parse hostile bytes: whatever they trip over is this file's error and no crash of the program.
    let read = caught(|| read(path, options, &mut sink));
    read.unwrap_or_else(|| Err(VideoError::damaged(path, &sink, "the decoder failed on it")))?;
    if sink.is_full() {
        let reason = format!("max_frames = {} of {} × {}", options.max_frames, options.width, options.height);
        return Err(VideoError::TooLarge {
            path: path.display().to_string(),
            reason: hold_share(&reason, options.bytes()).err().unwrap_or(reason),
        });
    }
    sink.finish().ok_or_else(|| VideoError::NoFrames { path: path.display().to_string() })
}

fn read(path: &Path, options: &VideoOptions, sink: &mut Sink) -> Result<(), VideoError> {
    let io = |source| VideoError::Io { path: path.display().to_string(), source };
    let about = fs::metadata(path).map_err(io)?;
    if about.is_dir() {
        return pictures::read(path, sink);
    }
    let mut file = File::open(path).map_err(io)?;
    let mut head = [0; 12];
    let mut filled = 0;
    while let count @ 1.. = file.read(&mut head[filled..]).map_err(io)? {
        filled += count;
    }
    file.rewind().map_err(io)?;
    let file = BufReader::new(file);
    match head {
        _ if filled == 0 => Err(VideoError::Format { path: path.display().to_string(), reason: "the file is empty".to_owned() }),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => pictures::read_one(path, sink),
        [b'G', b'I', b'F', b'8', ..] => gif::read(path, file, sink),
        [b'Y', b'U', b'V', b'4', b'M', b'P', b'E', b'G', ..] => y4m::read(path, file, sink),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => match mp4::read(path, file, about.len(), sink)? {
            mp4::Outcome::Read => Ok(()),
            mp4::Outcome::OtherCoding(coding) => ffmpeg::read(path, &coding, options, sink),
        },
        _ => ffmpeg::read(path, "a file of this kind", options, sink),
    }
}
