//! Everything else, through an installed `ffmpeg`.

use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::VideoError;
use super::options::VideoOptions;
use super::scale::{Levels, Picture};
use super::sink::Sink;

/// The program, as found on the search path.
const PROGRAM: &str = "ffmpeg";

/// Reads a file through `ffmpeg`, which makes the frames small and keeps the pace. `coding` says what the file holds.
pub(super) fn read(path: &Path, coding: &str, options: &VideoOptions, sink: &mut Sink) -> Result<(), VideoError> {
    let name = || path.display().to_string();
    let VideoOptions { width, height, fps, .. } = *options;
    let pace = fps.map_or_else(String::new, |fps| format!("fps=min({fps}\\,source_fps):round=near,"));
    // `file:` keeps a path from being taken for a flag or an address; files that name others are not followed beyond files.
    let mut input = OsString::from("file:");
    input.push(path);
    let mut child = Command::new(PROGRAM)
        .args(["-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i"])
        .arg(input)
        .args(["-map", "0:v:0", "-vf", &format!("{pace}scale={width}:{height}:flags=area,format=gray"), "-f", "rawvideo", "pipe:1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| match source.kind() {
            ErrorKind::NotFound => VideoError::NeedsFfmpeg { path: name(), coding: coding.to_owned() },
            _ => VideoError::Io { path: PROGRAM.to_owned(), source },
        })?;
    let (mut out, mut err) = (child.stdout.take().expect("asked for"), child.stderr.take().expect("asked for"));
    // Both pipes are emptied at once, for a full one would hold the program up.
    let talk = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = err.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut luma = vec![0; width * height];
    while out.read_exact(&mut luma).is_ok() {
        if sink.wants(None) {
            sink.put(Picture { width, height, luma: &luma, levels: Levels::Full });
        }
    }
    let status = child.wait().map_err(|source| VideoError::Io { path: PROGRAM.to_owned(), source })?;
    let talk = talk.join().unwrap_or_default();
    let last = talk.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("").trim();
    match (status.success(), sink.seen()) {
        (true, _) => Ok(()),
        (false, 0) => Err(VideoError::Ffmpeg { path: name(), reason: last.to_owned() }),
        (false, _) => Err(VideoError::damaged(path, sink, last)),
    }
}
