//! The inputs kept in `fuzz/corpus`, and a few changes of each, thrown at their targets.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use gatewise::rng::Rng;
use gatewise_fuzz::{TARGETS, Target, prepare};

/// What the process may hold at once: four threads at the limit of [`prepare`], or one that asks for far too much.
#[global_allocator]
static MEMORY: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, 1 << 30);

/// Changes of an input, by what a run of it may cost in all.
const CHANGED_BYTES: usize = 40 << 10;
const MOST_CHANGES: usize = 60;

/// Files of other tests that are inputs too.
const OTHERS: [(&str, &str); 24] = [
    ("columns", "gatewise-data/tests/forms/delta.parquet"),
    ("columns", "gatewise-data/tests/forms/gzip_plain.parquet"),
    ("columns", "gatewise-data/tests/forms/int96.parquet"),
    ("columns", "gatewise-data/tests/forms/lz4.feather"),
    ("columns", "gatewise-data/tests/forms/lz4.parquet"),
    ("columns", "gatewise-data/tests/forms/polars.arrow"),
    ("columns", "gatewise-data/tests/forms/polars.parquet"),
    ("columns", "gatewise-data/tests/forms/snappy.parquet"),
    ("columns", "gatewise-data/tests/forms/stream.arrows"),
    ("columns", "gatewise-data/tests/forms/zstd.arrow"),
    ("columns", "gatewise-data/tests/forms/zstd_v2.parquet"),
    ("gif", "gatewise-data/tests/golden/clip.gif"),
    ("model", "gatewise-cli/tests/fixtures/v0.1/classify.safetensors"),
    ("model", "gatewise-cli/tests/fixtures/v0.1/forecast.safetensors"),
    ("model", "gatewise-cli/tests/fixtures/v0.1/language.safetensors"),
    ("model", "gatewise-cli/tests/fixtures/v0.1/regress-run/last.safetensors"),
    ("model", "gatewise/tests/golden/model_v1.safetensors"),
    ("mp4", "gatewise-data/tests/golden/clip.mp4"),
    ("mp4", "gatewise-data/tests/golden/index-last.mp4"),
    ("mp4", "gatewise-data/tests/golden/sound.mp4"),
    ("sound", "gatewise-data/tests/golden/sweep.flac"),
    ("sound", "gatewise-data/tests/golden/sweep.mp3"),
    ("sound", "gatewise-data/tests/golden/sweep.ogg"),
    ("text", "gatewise-cli/tests/fixtures/v0.1/story.txt"),
];

fn crates() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a crate lies in the folder of crates")
}

fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = crates().join("../fuzz/corpus").join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.extend(OTHERS.iter().filter(|(name, _)| *name == target).map(|(_, path)| crates().join(path)));
    paths.sort();
    paths
}

/// Numbers that sizes, counts and times are made of.
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "1",
    "65536",
    "4294967295",
    "9223372036854775807",
    "18446744073709551615",
    "1e308",
    "-1e-320",
    "0.5",
    "1000000000000",
    "null",
];

fn changed(bytes: &[u8], words: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=words.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = words.below(bytes.len());
        match words.below(6) {
            0 => bytes[at] ^= 1 << words.below(8),
            1 => bytes.truncate(at),
            2 => bytes[at..].iter_mut().take(1 << words.below(4)).for_each(|b| *b = 0xff),
            3 => {
                let piece = bytes[at..(at + 32).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            // A number of a text becomes another one.
            _ => {
                let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|k| at + k) else { continue };
                let end = bytes[start..].iter().position(|b| !b.is_ascii_digit()).map_or(bytes.len(), |k| start + k);
                bytes.splice(start..end, NUMBERS[words.below(NUMBERS.len())].bytes());
            }
        }
    }
    bytes
}

/// Runs a target on an input and on changes of it: how many runs, and what went wrong.
fn throw(name: &str, target: Target, path: &Path, faults: &mut Vec<String>) -> usize {
    let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut words = Rng::new(bytes.len() as u64, 0);
    let changes = (CHANGED_BYTES / bytes.len().max(1)).min(MOST_CHANGES) * thoroughness();
    for change in 0..=changes {
        let input = if change == 0 { bytes.clone() } else { changed(&bytes, &mut words) };
        if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
            let kept = std::env::temp_dir().join(format!("gatewise-{name}-{}-{change}", faults.len()));
            fs::write(&kept, &input).unwrap();
            faults.push(format!("{name}: change {change} of {} panics; it is kept as {}", path.display(), kept.display()));
            break;
        }
    }
    changes + 1
}

/// How many times the usual changes are tried: 1, or what the environment asks for.
fn thoroughness() -> usize {
    std::env::var("GATEWISE_FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

#[test]
fn every_target_holds_whatever_its_bytes() {
    prepare();
    let mut faults = Vec::new();
    for (name, target) in TARGETS {
        let paths = inputs(name);
        assert!(!paths.is_empty(), "{name} has no input");
        let runs: usize = paths.iter().map(|path| throw(name, target, path, &mut faults)).sum();
        assert!(runs > 10, "{name}: {runs} runs");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
