//! Blocks within a file, each packed by itself.

use std::io::Read;

use super::packed::{Packing, reader};

/// What a block is packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Zstd,
    #[cfg(feature = "parquet")]
    Plain,
    #[cfg(feature = "parquet")]
    Gzip,
    #[cfg(feature = "parquet")]
    Snappy,
    /// LZ4 without a frame.
    #[cfg(feature = "parquet")]
    Lz4Block,
    #[cfg(feature = "arrow")]
    Lz4Frame,
}

/// The most bytes that a byte of LZ4 or Snappy becomes.
#[cfg(feature = "parquet")]
const MOST: usize = 256;

/// Unpacks a block of which its header says that it has `size` bytes.
pub(super) fn block(codec: Codec, bytes: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let much = || format!("a block of {} bytes is said to become {size}", bytes.len());
    #[cfg(feature = "parquet")]
    if matches!(codec, Codec::Snappy | Codec::Lz4Block) && size / MOST > bytes.len() {
        return Err(much());
    }
    let stream = |source: &mut dyn Read| {
        let mut out = Vec::new();
        source.take(size as u64 + 1).read_to_end(&mut out).map(|_| out).map_err(|e| e.to_string())
    };
    let out = match codec {
        #[cfg(feature = "parquet")]
        Codec::Plain => bytes.to_vec(),
        #[cfg(feature = "parquet")]
        Codec::Gzip => stream(&mut reader(Packing::Gzip, bytes))?,
        Codec::Zstd => stream(&mut reader(Packing::Zstd, bytes))?,
        #[cfg(feature = "arrow")]
        Codec::Lz4Frame => stream(&mut lz4_flex::frame::FrameDecoder::new(bytes))?,
        #[cfg(feature = "parquet")]
        Codec::Snappy => {
            if snap::raw::decompress_len(bytes).map_err(|e| e.to_string())? != size {
                return Err(much());
            }
            snap::raw::Decoder::new().decompress_vec(bytes).map_err(|e| e.to_string())?
        }
        #[cfg(feature = "parquet")]
        Codec::Lz4Block => {
            let mut out = vec![0; size];
            let written = lz4_flex::block::decompress_into(bytes, &mut out).map_err(|e| e.to_string())?;
            out.truncate(written);
            out
        }
    };
    if out.len() == size { Ok(out) } else { Err(much()) }
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_every_codec_come_back_and_no_other_size_is_believed() {
        let text = b"gatewise ".repeat(50);
        let packed = [
            (Codec::Plain, text.clone()),
            (Codec::Snappy, snap::raw::Encoder::new().compress_vec(&text).unwrap()),
            (Codec::Lz4Block, lz4_flex::block::compress(&text)),
            (Codec::Zstd, ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest)),
        ];
        for (codec, bytes) in packed {
            assert_eq!(block(codec, &bytes, text.len()).unwrap(), text, "{codec:?}");
            for size in [text.len() - 1, text.len() + 1, usize::MAX / 2] {
                assert!(block(codec, &bytes, size).is_err(), "{codec:?} {size}");
            }
        }
    }
}
