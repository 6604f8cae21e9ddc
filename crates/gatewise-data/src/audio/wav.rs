//! Wav files as programs write them: the parts that matter put in order before they are decoded.
//!
//! Sizes of chunks may be unknown (0, or all ones, where a program wrote into a pipe) or stand elsewhere (RF64, of more than 4 GiB), and
//! chunks that say what the sound is about need not be whole. Of all chunks only `fmt `, `fact` and `data` are needed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// What a size that nobody knew is written as.
const UNKNOWN: u32 = u32::MAX;

/// Longest `fmt ` chunk that is taken: the longest in use has 40 bytes.
const LONGEST_FORMAT: u64 = 1 << 12;

/// A file behind a header of its own.
pub(super) struct Wav {
    head: Vec<u8>,
    file: File,
    /// Where the samples lie in the file.
    start: u64,
    length: u64,
    at: u64,
}

/// The file in order, where it is a wav that needs it; else the file at its start.
pub(super) fn in_order(mut file: File) -> io::Result<Result<Wav, File>> {
    let plan = plan(&mut file);
    file.rewind()?;
    Ok(match plan {
        Some((head, start, length)) => Ok(Wav { head, file, start, length, at: 0 }),
        None => Err(file),
    })
}

/// The header to put before the samples, with their place; none where the file can be read as it is, or is no wav.
fn plan(file: &mut File) -> Option<(Vec<u8>, u64, u64)> {
    let end = file.metadata().ok()?.len();
    let mut riff = [0; 12];
    file.read_exact(&mut riff).ok()?;
    let wide = matches!(&riff[..4], b"RF64" | b"BW64");
    if !(wide || &riff[..4] == b"RIFF") || &riff[8..] != b"WAVE" {
        return None;
    }
    let open = riff[4..8] == [0; 4];
    let (mut kept, mut wide_size, mut other) = (Vec::new(), None, false);
    loop {
        let mut head = [0; 8];
        file.read_exact(&mut head).ok()?;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let at = file.stream_position().ok()?;
        match &head[..4] {
            b"data" => {
                let there = end - at;
                let unknown = size == UNKNOWN && wide_size.is_none() || size == 0 && open;
                let told = match wide_size {
                    Some(told) if size == UNKNOWN => told,
                    _ if unknown => there,
                    _ => u64::from(size),
                };
                if !(wide || open || other) {
                    return None;
                }
                // What is longer than a header can say ends with the file; what was cut off keeps the size it should have.
                let told = if unknown { UNKNOWN } else { u32::try_from(told).unwrap_or(UNKNOWN) };
                let mut header = [b"RIFF", &UNKNOWN.to_le_bytes()[..], b"WAVE", &kept].concat();
                header.extend_from_slice(b"data");
                header.extend_from_slice(&told.to_le_bytes());
                return Some((header, at, there));
            }
            b"ds64" => {
                let mut sizes = [0; 16];
                file.read_exact(&mut sizes).ok()?;
                wide_size = Some(u64::from_le_bytes(sizes[8..].try_into().ok()?));
            }
            b"fmt " | b"fact" if u64::from(size) <= LONGEST_FORMAT => {
                let mut body = vec![0; size.next_multiple_of(2) as usize];
                file.read_exact(&mut body).ok()?;
                kept.extend_from_slice(&head);
                kept.extend_from_slice(&body);
            }
            _ => other = true,
        }
        // Chunks begin at even places.
        file.seek(SeekFrom::Start(at + u64::from(size).next_multiple_of(2))).ok()?;
    }
}

impl Read for Wav {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let count = if self.at < head {
            (&self.head[self.at as usize..]).read(out)?
        } else {
            self.file.seek(SeekFrom::Start(self.start + self.at - head))?;
            let left = (head + self.length).saturating_sub(self.at);
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
            self.file.read(&mut out[..most])?
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Wav {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.head.len() as u64 + self.length;
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => end.checked_add_signed(by),
        };
        self.at = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl MediaSource for Wav {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.head.len() as u64 + self.length)
    }
}
