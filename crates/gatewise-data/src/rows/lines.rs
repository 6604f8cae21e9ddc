//! Lines of a stream, without a copy of each.

use std::io::{self, Read};

/// Bytes asked for at a time.
const CHUNK: usize = 256 * 1024;

/// A buffer that lines are found in.
pub(super) struct Lines<R> {
    source: R,
    bytes: Vec<u8>,
    /// Where the next line begins, and how far it was searched for its end.
    start: usize,
    searched: usize,
    filled: usize,
    ended: bool,
}

impl<R: Read> Lines<R> {
    pub fn new(source: R) -> Self {
        Self { source, bytes: vec![0; CHUNK], start: 0, searched: 0, filled: 0, ended: false }
    }

    /// Where the next line lies, without its end; `None` at the end of the stream. A last line without an end is a line once the stream
    /// has ended.
    pub fn next(&mut self) -> io::Result<Option<std::ops::Range<usize>>> {
        loop {
            if let Some(at) = memchr(self.bytes.get(self.searched..self.filled).unwrap_or(&[])) {
                let end = self.searched + at;
                let line = self.start..end - usize::from(end > self.start && self.bytes[end - 1] == b'\r');
                (self.start, self.searched) = (end + 1, end + 1);
                return Ok(Some(line));
            }
            self.searched = self.filled;
            if self.ended {
                let line = self.start..self.filled;
                (self.start, self.searched) = (self.filled, self.filled);
                return Ok((!line.is_empty()).then_some(line));
            }
            self.fill()?;
        }
    }

    /// Whether a further line can be had without waiting for the source.
    pub fn ready(&self) -> bool {
        memchr(&self.bytes[self.searched..self.filled]).is_some() || self.ended
    }

    /// The bytes of a range that [`next`](Self::next) gave last.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.filled, 0);
            self.searched -= self.start;
            self.filled -= self.start;
            self.start = 0;
        }
        if self.bytes.len() < self.filled + CHUNK / 2 {
            self.bytes.resize(self.filled + CHUNK, 0);
        }
        let read = loop {
            match self.source.read(&mut self.bytes[self.filled..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += read;
        self.ended = read == 0;
        Ok(())
    }
}

/// Where the first line feed is.
fn memchr(bytes: &[u8]) -> Option<usize> {
    /// Blocks this long are looked through without a branch a byte.
    const BLOCK: usize = 16;
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let is_end = |b: &u8| *b == b'\n';
    match blocks.iter().position(|block| block.iter().fold(false, |any, b| any | is_end(b))) {
        Some(block) => blocks[block].iter().position(is_end).map(|at| block * BLOCK + at),
        None => rest.iter().position(is_end).map(|at| blocks.len() * BLOCK + at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(1);
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn lines_of_any_end_and_any_source() {
        let long = "x".repeat(3 * CHUNK);
        for (text, expected) in [
            ("a\nbc\n", vec!["a", "bc"]),
            ("a\r\n\r\nb", vec!["a", "", "b"]),
            ("", vec![]),
            ("\n", vec![""]),
            (&format!("{long}\nend\n"), vec![&long[..], "end"]),
        ] {
            let mut lines = Lines::new(text.as_bytes());
            let mut dripped = Lines::new(Drip(&text.as_bytes()[..text.len().min(100)]));
            let mut found = Vec::new();
            while let Some(range) = lines.next().unwrap() {
                found.push(String::from_utf8(lines.bytes()[range].to_vec()).unwrap());
            }
            assert_eq!(found, expected);
            let first = dripped.next().unwrap().map(|range| dripped.bytes()[range].len());
            assert_eq!(first, expected.first().map(|line| line.len().min(100)));
        }
    }
}
