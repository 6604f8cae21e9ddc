//! Sound and video with bytes changed, lost or repeated: they are read or refused with their name, and crash nothing.

use std::fs;
use std::path::Path;

use gatewise_data::{audio, video};

/// Changed files of each golden one.
const ROUNDS: u64 = 40;

/// Words for the tests alone (Steele 2014, SplitMix).
struct Words(u64);

impl Words {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 33) as usize % n
    }
}

fn mangle(bytes: &[u8], seed: u64) -> Vec<u8> {
    let (mut words, mut bytes) = (Words(seed), bytes.to_vec());
    for _ in 0..=words.below(8) {
        let at = words.below(bytes.len());
        match words.below(4) {
            0 => bytes[at] = words.below(256) as u8,
            1 => bytes[at..].iter_mut().take(4).for_each(|b| *b = 0xff),
            2 => bytes.truncate(at.max(16)),
            _ => {
                let piece = bytes[at..(at + 64).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

/// Runs `read` over changed copies of a golden file; returns how many were refused.
fn refused(name: &str, read: impl Fn(&Path) -> Result<usize, String>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let (bytes, path) = (fs::read(golden).unwrap(), folder.path().join(name));
    let mut refused = 0;
    for seed in 0..ROUNDS {
        fs::write(&path, mangle(&bytes, seed)).unwrap();
        match read(&path) {
            Ok(length) => assert!(length > 0, "{name}, seed {seed}: read, but empty"),
            Err(text) => {
                assert!(text.contains(name), "{name}, seed {seed}: {text}");
                refused += 1;
            }
        }
    }
    refused
}

#[test]
fn sounds() {
    for name in ["sweep.wav", "sweep.flac", "sweep.mp3", "sweep.ogg"] {
        let refused = refused(name, |path| audio::decode(path).map(|clip| clip.samples.len()).map_err(|e| e.to_string()));
        assert!(refused > 0, "{name}: no damage is noticed");
    }
}

#[test]
fn videos() {
    let options = video::VideoOptions { width: 8, height: 8, ..Default::default() };
    for name in ["clip.mp4", "index-last.mp4", "clip.gif", "clip.y4m"] {
        let refused = refused(name, |path| video::decode(path, &options).map(|frames| frames.steps).map_err(|e| e.to_string()));
        assert!(refused > 0, "{name}: no damage is noticed");
    }
}
