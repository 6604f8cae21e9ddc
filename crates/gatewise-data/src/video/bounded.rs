//! What stands between the index of an mp4 and its parser, which goes round in circles in some damaged ones and makes room for whatever size a
//! part claims.

use std::io::{Error, Read, Result, Seek, SeekFrom};

/// Calls for each byte of a file, at most: an index is read once, a byte or more at a call.
const CALLS: u64 = 4;

/// Bytes of the head of a part: its size and its name.
const HEAD: usize = 8;

/// The size that says that a longer one follows the head.
const LONG: u64 = 1;

/// Parts that hold times of eight bytes, which are no heads, and no parts of their own.
const TIMES: [&[u8; 4]; 5] = [b"elst", b"mdhd", b"mehd", b"mvhd", b"tkhd"];

/// A reader that gives up after so many calls, and at the head of a part that is larger than the file.
pub(super) struct Bounded<R> {
    inner: R,
    size: u64,
    left: u64,
    /// Whether what is read belongs to one of [`TIMES`].
    in_times: bool,
    /// Whether the next eight bytes are a size.
    long: bool,
}

impl<R> Bounded<R> {
    /// Of a file of so many bytes.
    pub fn new(inner: R, size: u64) -> Self {
        Self { inner, size, left: size.saturating_mul(CALLS), in_times: false, long: false }
    }

    fn count(&mut self) -> Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| Error::other("its index leads nowhere"))?;
        Ok(())
    }

    /// Refuses what may be the head of a part that is larger than the file.
    fn check(&mut self, head: [u8; HEAD]) -> Result<()> {
        let [a, b, c, d, name @ ..] = head;
        let size = if std::mem::take(&mut self.long) { u64::from_be_bytes(head) } else { u64::from(u32::from_be_bytes([a, b, c, d])) };
        if name.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
            self.in_times = TIMES.contains(&&name);
        }
        if self.in_times {
            return Ok(());
        }
        self.long = size == LONG;
        if size > self.size { Err(Error::other("a part of it says it is larger than the file; it may be cut off")) } else { Ok(()) }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        self.count()?;
        self.inner.read(bytes)
    }

    fn read_exact(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.count()?;
        self.inner.read_exact(bytes)?;
        <[u8; HEAD]>::try_from(&*bytes).map_or(Ok(()), |head| self.check(head))
    }
}

impl<R: Seek> Seek for Bounded<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.count()?;
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(heads: &[&[u8]]) -> Result<()> {
        let bytes = heads.concat();
        let mut reader = Bounded::new(&bytes[..], 100);
        heads.iter().try_for_each(|head| reader.read_exact(&mut vec![0; head.len()]))
    }

    #[test]
    fn parts_larger_than_the_file_are_refused() {
        assert!(parts(&[b"\0\0\0\x10free", b"\0\0\0\x64mdat", b"\0\0\0\x01mdat", b"\0\0\0\0\0\0\0\x64"]).is_ok());
        // A time that is not known is no size.
        assert!(parts(&[b"\0\0\0\x10elst", &[0xff; 8], b"\0\0\0\x10trak"]).is_ok());
        for wrong in [
            &[&b"\0\0\0\x65free"[..]][..],
            &[b"\0\0\0\x01mdat", b"\0\0\0\0\0\0\0\x65"],
            &[b"\0\0\0\x10elst", b"\0\0\0\x10meta", &[0xff; 8]],
        ] {
            assert!(parts(wrong).unwrap_err().to_string().contains("larger than the file"), "{wrong:?}");
        }
    }

    #[test]
    fn an_index_that_leads_nowhere_ends() {
        let mut reader = Bounded::new(std::io::Cursor::new([0; 4]), 4);
        let calls = (0..).take_while(|_| reader.seek(SeekFrom::Start(0)).is_ok()).count();
        assert_eq!(calls, 16);
    }
}
