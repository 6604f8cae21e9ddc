//! Several arrays in one file, as `numpy.load` reads them: a zip archive in which each is a file that nothing has packed.

use std::io::{Cursor, Write};

use gatewise_onnx::import::Tensor;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The archive of arrays by their names.
pub fn archive<'a>(arrays: impl Iterator<Item = (&'a str, &'a Tensor)>) -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, tensor) in arrays {
        let bytes = super::npy::write(tensor);
        let large = bytes.len() > u32::MAX as usize / 2;
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
        zip.start_file(format!("{name}.npy"), options)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
