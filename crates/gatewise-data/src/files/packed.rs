//! gzip and zstd around a table.

use std::io::{self, BufRead, BufReader, Read};

use flate2::read::MultiGzDecoder;
use gatewise_memory::Budget;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Refused, damaged, hold};
use crate::finding::Finding;
use crate::guard::caught;

/// What a file is packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// What the bytes of a file begin like.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// The bytes of a file without what they are packed with.
pub(super) fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>, Finding> {
    let Some(packing) = Packing::of(&bytes) else { return Ok(bytes) };
    let limit = Budget::current().limit();
    let mut out = Vec::new();
    let done = caught(|| reader(packing, &bytes[..]).take(limit.saturating_add(1)).read_to_end(&mut out));
    match done {
        Some(Ok(_)) => hold("what it unpacks to", out.len() as u128).map(|()| out),
        Some(Err(e)) => Err(refused(packing, &e, out.len())),
        None => Err(damaged(packing.name(), "it is damaged")),
    }
}

fn refused(packing: Packing, error: &io::Error, after: usize) -> Finding {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged(packing.name(), format!("it breaks off after {after} unpacked bytes")),
        _ => damaged(packing.name(), error),
    }
}

/// Unpacks what a source gives; bytes that are damaged are [`Refused`].
pub(crate) fn checked(packing: Packing, source: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(Checked { unpacking: reader(packing, source), packing, given: 0 })
}

/// What is unpacked, with how much of it there was.
struct Checked {
    unpacking: Box<dyn Read + Send>,
    packing: Packing,
    given: usize,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacking.read(out);
        let count = read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Refused::error(refused(self.packing, &error, self.given))
            }
            _ => error,
        })?;
        self.given += count;
        Ok(count)
    }
}

/// Unpacks what a source gives.
pub(crate) fn reader<'a>(packing: Packing, source: impl Read + Send + 'a) -> Box<dyn Read + Send + 'a> {
    match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(source)),
        Packing::Zstd => {
            let mut frame = FrameDecoder::new();
            frame.set_max_window_size(LARGEST_WINDOW.min(Budget::current().limit()));
            Box::new(Frames { source: BufReader::new(source), frame, within: false })
        }
    }
}

/// The largest window of zstd, in bytes: that of its level 22.
const LARGEST_WINDOW: u64 = 1 << 27;

/// The frames of zstd, one behind the other.
struct Frames<R> {
    source: BufReader<R>,
    frame: FrameDecoder,
    /// Whether a frame was begun and its end not yet checked.
    within: bool,
}

impl<R: Read> Frames<R> {
    /// Begins the next frame; false at the end of the source.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.source) {
                Ok(()) => {
                    self.within = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let passed = io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
                    if passed < u64::from(length) {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(e) => return Err(self.failed(e)),
            }
        }
        Ok(false)
    }

    /// Holds the frame that has ended against its checksum.
    fn end(&mut self) -> io::Result<()> {
        self.within = false;
        match (self.frame.get_checksum_from_data(), self.frame.get_calculated_checksum()) {
            (Some(written), Some(found)) if written != found => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum is another one"))
            }
            _ => Ok(()),
        }
    }

    /// An error of the decoder, or the end of the source behind it.
    fn failed(&mut self, error: FrameDecoderError) -> io::Error {
        match self.source.fill_buf() {
            Ok([]) => io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
            Err(e) => e,
        }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.frame.can_collect() > 0 {
                return self.frame.read(out);
            }
            if self.within && !self.frame.is_finished() {
                let decoded = caught(|| self.frame.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)));
                let decoded = decoded.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "zstd that is damaged"))?;
                decoded.map_err(|e| self.failed(e))?;
                continue;
            }
            if self.within {
                self.end()?;
            }
            if !self.begin()? {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn parts_behind_one_another_are_one() {
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        assert_eq!(unpacked([zstd(b"a,b\n"), skipped.to_vec(), zstd(b"1,2\n")].concat()).unwrap(), b"a,b\n1,2\n");
        assert_eq!(unpacked([gzip(b"a,b\n"), gzip(b"1,2\n")].concat()).unwrap(), b"a,b\n1,2\n");
        assert_eq!(unpacked(b"a,b\n".to_vec()).unwrap(), b"a,b\n");
    }

    #[test]
    fn what_breaks_off_or_is_changed_is_refused() {
        let text: Vec<u8> = (0..20_000_u32).flat_map(|n| format!("{},", n.wrapping_mul(2_654_435_761) % 997).into_bytes()).collect();
        for packed in [zstd(&text), gzip(&text)] {
            assert_eq!(unpacked(packed.clone()).unwrap(), text);
            for end in [5, packed.len() / 2, packed.len() - 1] {
                let refused = unpacked(packed[..end].to_vec()).unwrap_err();
                assert!(refused.message.contains("breaks off"), "{end}: {}", refused.message);
            }
            let mut changed = packed.clone();
            let at = packed.len() / 2;
            changed[at] ^= 0x55;
            assert!(unpacked(changed).is_err());
        }
    }
}
