//! The state of a stream as bytes: what a model has read so far, to go on from in another process.

use serde::Serialize;

use crate::error::Error;

/// What the bytes begin with; the last one counts versions.
const MAGIC: &[u8; 8] = b"GWSTATE1";

/// Names a model by its configuration and its weights: 64 bits of FNV-1a.
pub(crate) fn fingerprint<'a>(config: &impl Serialize, weights: impl Iterator<Item = &'a [f32]>) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(PRIME);
    let config = serde_json::to_vec(config).unwrap_or_default();
    let hash = config.iter().fold(BASIS, |hash, &byte| mix(hash, u64::from(byte)));
    weights.flatten().fold(hash, |hash, weight| mix(hash, u64::from(weight.to_bits())))
}

/// Writes numbers behind each other, little-endian.
#[derive(Debug)]
pub(crate) struct StateWriter(Vec<u8>);

impl StateWriter {
    /// Of the model with this fingerprint.
    pub fn new(fingerprint: u64) -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(fingerprint.to_le_bytes());
        Self(bytes)
    }

    /// A whole number.
    pub fn count(mut self, count: usize) -> Self {
        self.0.extend((count as u64).to_le_bytes());
        self
    }

    /// Some numbers, their count first.
    pub fn f32s(self, values: &[f32]) -> Self {
        let mut this = self.count(values.len());
        values.iter().for_each(|value| this.0.extend(value.to_le_bytes()));
        this
    }

    /// Some numbers, their count first.
    pub fn f64s(self, values: &[f64]) -> Self {
        let mut this = self.count(values.len());
        values.iter().for_each(|value| this.0.extend(value.to_le_bytes()));
        this
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what a [`StateWriter`] wrote.
#[derive(Debug)]
pub(crate) struct StateReader<'a>(&'a [u8]);

impl<'a> StateReader<'a> {
    /// Of the model with this fingerprint.
    pub fn new(bytes: &'a [u8], fingerprint: u64) -> Result<Self, Error> {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(Error::data("these bytes are no state of a stream").help("give what `save` of a stream of this version wrote"));
        };
        let mut this = Self(rest);
        if this.word()? != fingerprint {
            return Err(Error::data("the state is that of another model").help("give the state with the model that it was saved with"));
        }
        Ok(this)
    }

    fn word(&mut self) -> Result<u64, Error> {
        let Some((word, rest)) = self.0.split_first_chunk() else { return Err(cut_off()) };
        self.0 = rest;
        Ok(u64::from_le_bytes(*word))
    }

    /// A whole number.
    pub fn count(&mut self) -> Result<usize, Error> {
        usize::try_from(self.word()?).map_err(|_| cut_off())
    }

    fn values<const N: usize, T>(&mut self, of: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Error> {
        let count = self.count()?;
        let Some((own, rest)) = count.checked_mul(N).and_then(|bytes| self.0.split_at_checked(bytes)) else { return Err(cut_off()) };
        self.0 = rest;
        Ok(own.as_chunks().0.iter().map(|bytes| of(*bytes)).collect())
    }

    /// Some numbers, all finite.
    pub fn f32s(&mut self) -> Result<Vec<f32>, Error> {
        let values = self.values(f32::from_le_bytes)?;
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { Err(cut_off()) }
    }

    /// Exactly as many numbers as `out` holds.
    pub fn f32s_into(&mut self, out: &mut [f32]) -> Result<(), Error> {
        let values = self.f32s()?;
        if values.len() != out.len() {
            return Err(cut_off());
        }
        out.copy_from_slice(&values);
        Ok(())
    }

    /// Some numbers, all finite.
    pub fn f64s(&mut self) -> Result<Vec<f64>, Error> {
        let values = self.values(f64::from_le_bytes)?;
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { Err(cut_off()) }
    }

    /// Checks that nothing is left.
    pub fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(cut_off()) }
    }
}

/// What is wrong with bytes that begin as a state and do not go on as one.
pub(crate) fn cut_off() -> Error {
    Error::data("the state of the stream is damaged or cut off").help("save it again, or begin a new stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let bytes = StateWriter::new(7).count(3).f32s(&[1.5, -2.0]).f64s(&[0.1]).finish();
        let read = |bytes: &[u8], fingerprint| -> Result<(usize, Vec<f32>, Vec<f64>), Error> {
            let mut reader = StateReader::new(bytes, fingerprint)?;
            let found = (reader.count()?, reader.f32s()?, reader.f64s()?);
            reader.finish()?;
            Ok(found)
        };
        assert_eq!(read(&bytes, 7).unwrap(), (3, vec![1.5, -2.0], vec![0.1]));
        assert!(read(&bytes, 8).unwrap_err().to_string().contains("another model"));
        (0..bytes.len()).for_each(|end| assert!(read(&bytes[..end], 7).is_err(), "{end}"));
        assert!(read(&[&bytes[..], &[0]].concat(), 7).is_err(), "one byte more");
        let mut huge = bytes.clone();
        huge[24..32].fill(255);
        assert!(read(&huge, 7).is_err(), "a count without bound");
    }
}
