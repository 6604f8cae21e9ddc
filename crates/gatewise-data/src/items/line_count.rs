//! Lines of a file by offsets in it.

/// Counts lines up to rising offsets, quoted line breaks included. Lines end in LF, CRLF or CR.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        Lines { bytes, at: 0, line: 1 }
    }

    /// Line of the first row at or after `offset`, and whether blank lines stand before it.
    pub fn start_of_row(&mut self, offset: usize) -> (u64, bool) {
        let break_at = |at: usize| matches!(self.bytes.get(at), Some(b'\n' | b'\r'));
        let mut start = offset;
        while break_at(start) {
            start += 1;
        }
        // Up to `offset` a row has ended, its CR read and perhaps its LF not.
        let ended = offset.saturating_sub(usize::from(offset > 0 && break_at(offset - 1)));
        self.advance(ended);
        let line_of_end = self.line;
        self.advance(start);
        (self.line, self.line > line_of_end + 1)
    }

    fn advance(&mut self, to: usize) {
        let to = to.min(self.bytes.len()).max(self.at);
        for at in self.at..to {
            let ends = match self.bytes[at] {
                b'\n' => true,
                b'\r' => self.bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
        }
        self.at = to;
    }
}
