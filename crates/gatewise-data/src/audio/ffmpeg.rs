//! Sound that is read through an installed `ffmpeg`.

use std::ffi::OsString;
use std::io::{Cursor, ErrorKind};
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::AudioError;

/// The program, as found on the search path.
const PROGRAM: &str = "ffmpeg";

/// Endings of files that are read so, in lower case.
pub const EXTENSIONS: [&str; 9] = ["m4a", "aac", "opus", "aiff", "aif", "aifc", "wma", "amr", "caf"];

/// Whether a file is read so, by its ending.
pub(super) fn reads(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    EXTENSIONS.contains(&ending.as_str())
}

/// The sound of a file as a wav of its own rate and channels.
pub(super) fn wav(path: &Path) -> Result<Cursor<Vec<u8>>, AudioError> {
    let name = || path.display().to_string();
    // `file:` keeps a path from being taken for a flag or an address; files that name others are not followed beyond files.
    let mut input = OsString::from("file:");
    input.push(path);
    let run = Command::new(PROGRAM)
        .args(["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-i"])
        .arg(input)
        .args(["-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"])
        .stdin(Stdio::null())
        .output()
        .map_err(|source| match source.kind() {
            ErrorKind::NotFound => AudioError::NeedsFfmpeg { path: name() },
            _ => AudioError::Io { path: PROGRAM.to_owned(), source },
        })?;
    if !run.status.success() {
        let talk = String::from_utf8_lossy(&run.stderr);
        let last = talk.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("").trim();
        return Err(AudioError::Format { path: name(), reason: format!("ffmpeg: {last}") });
    }
    Ok(Cursor::new(run.stdout))
}
