//! Sound: decoders, resampling, features against librosa, streams against clips, and files that are no sound.

use std::fs;
use std::path::{Path, PathBuf};

use gatewise_data::audio::{AudioError, Clip, FeatureConfig, Kind, Stream, decode, from_pcm16};

/// Largest difference from librosa, whose values are rounded to seven digits and reach 150 dB.
const TOLERANCE: f32 = 1e-3;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn goldens() -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(golden("audio.json")).unwrap()).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

fn sine(rate: u32, hz: f64, seconds: f64) -> Clip {
    let count = (f64::from(rate) * seconds).round() as usize;
    let samples = (0..count).map(|n| (0.5 * (std::f64::consts::TAU * hz * n as f64 / f64::from(rate)).sin()) as f32).collect();
    Clip { rate, samples }
}

#[test]
fn features_are_those_of_librosa() {
    let clip = decode(&golden("sweep.wav")).unwrap();
    for (name, case) in goldens()["cases"].as_object().unwrap() {
        let config: FeatureConfig = serde_json::from_value(case["config"].clone()).unwrap();
        let (frames, expected) = (config.extract(&clip).unwrap(), numbers(&case["values"]));
        assert_eq!((Some(frames.steps as u64), Some(frames.width as u64)), (case["steps"].as_u64(), case["width"].as_u64()), "{name}");
        assert_eq!((frames.steps, frames.width), (config.steps(clip.samples.len()), config.width()), "{name}");
        for (k, (&got, &expected)) in frames.values.iter().zip(&expected).enumerate() {
            let (t, i) = (k / frames.width, k % frames.width);
            assert!((got - expected).abs() <= TOLERANCE, "{name}, frame {t}, number {i}: {got}, librosa has {expected}");
        }
    }
}

#[test]
fn a_stream_gives_the_frames_of_the_clip_however_it_is_cut() {
    let clip = decode(&golden("sweep.wav")).unwrap();
    for deltas in 0..=2 {
        for length in [0, 1, 79, 81, 400, 700, 1500, clip.samples.len()] {
            let config = FeatureConfig { rate: 8000, deltas, ..FeatureConfig::default() };
            let samples = &clip.samples[..length];
            let whole = config.extract(&Clip { rate: 8000, samples: samples.to_vec() }).unwrap();
            let mut stream = Stream::new(&config).unwrap();
            // The second time round the stream has been used before.
            for piece in [1, 77, 1000] {
                let mut rows: Vec<f32> = samples.chunks(piece).flat_map(|piece| stream.push(piece)).collect();
                rows.extend(stream.finish());
                assert_eq!(rows, whole.values, "{deltas} deltas, {length} samples by {piece}");
            }
        }
    }
}

#[test]
fn a_frame_comes_when_its_samples_are_there() {
    let clip = sine(8000, 300.0, 1.0);
    for (deltas, behind) in [(0, 0), (1, 4)] {
        let config = FeatureConfig { rate: 8000, deltas, ..FeatureConfig::default() };
        let mut stream = Stream::new(&config).unwrap();
        let given = stream.push(&clip.samples).len() / config.width();
        // A frame of 256 samples around every 80th: the last that fits lies 128 samples before the end.
        assert_eq!(given, (8000 - 128) / 80 + 1 - behind);
    }
}

#[test]
fn every_coding_gives_the_same_sound() {
    let wav = decode(&golden("sweep.wav")).unwrap();
    assert_eq!((wav.rate, wav.samples.len(), wav.samples[1000]), (8000, 2800, 31129.0 / 32768.0));
    let flac = decode(&golden("sweep.flac")).unwrap();
    assert_eq!(flac, wav);
    let power = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
    // mp3 at this rate and Vorbis are lossy: correlation with the original, in the steady first half.
    for (name, least) in [("sweep.ogg", 0.9), ("sweep.mp3", 0.9)] {
        let lossy = decode(&golden(name)).unwrap();
        assert_eq!(lossy.rate, 8000);
        assert!(lossy.samples.len().abs_diff(2800) < 1200, "{name}: {} samples", lossy.samples.len());
        let (a, b) = (&wav.samples[100..900], &lossy.samples[100..900]);
        let cosine = a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>() / (power(a) * power(b)).sqrt();
        assert!(cosine > least, "{name}: correlation {cosine}");
    }
}

#[test]
fn channels_are_mixed_and_rates_brought_together() {
    let clip = decode(&golden("stereo.wav")).unwrap();
    assert_eq!((clip.rate, clip.samples.len()), (44_100, 4410));
    let resampled = clip.clone().resample(8000).unwrap();
    let expected = numbers(&goldens()["resampled"]);
    assert_eq!((resampled.rate, resampled.samples.len()), (8000, expected.len()));
    // Away from the cut edges: the two may lie a sample apart, in which these tones change by so much.
    let slope = std::f32::consts::TAU * (0.25 * 440.0 + 0.125 * 1000.0) / 8000.0;
    let middle = |x: &[f32]| x[100..700].to_vec();
    for (k, (got, expected)) in middle(&resampled.samples).iter().zip(middle(&expected)).enumerate() {
        assert!((got - expected).abs() < slope, "sample {k}: {got}, librosa has {expected}");
    }
    let power = |x: &[f32]| middle(x).iter().map(|x| x * x).sum::<f32>();
    assert!((power(&resampled.samples) / power(&expected) - 1.0).abs() < 2e-3);
    assert_eq!(clip.clone().resample(44_100).unwrap(), clip);
    for (from, to) in [(11_025, 16_000), (44_099, 8000), (8000, 44_100)] {
        let length = sine(from, 440.0, 0.5).resample(to).unwrap().samples.len();
        assert!(length.abs_diff(to as usize / 2) <= 1, "{from} to {to}: {length} samples");
    }
}

#[test]
fn pcm_is_read_as_a_wav_of_it_is() {
    let wav = fs::read(golden("sweep.wav")).unwrap();
    let samples: Vec<f32> = from_pcm16(&wav[44..]).collect();
    assert_eq!(samples, decode(&golden("sweep.wav")).unwrap().samples);
}

#[test]
fn what_is_no_sound_is_named_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let wav = fs::read(golden("sweep.wav")).unwrap();
    let header_alone = [&wav[..4], &36_u32.to_le_bytes(), &wav[8..40], &0_u32.to_le_bytes()].concat();
    let rest_broken = |name: &str| {
        let mut bytes = fs::read(golden(name)).unwrap();
        let up_to_half = bytes.len() / 2;
        bytes[up_to_half..].fill(0x5a);
        bytes
    };
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("empty.wav", vec![], "the file is empty"),
        ("text.wav", b"this is no sound, but it is long enough to be looked at with some care".repeat(9), "no sound that can be read"),
        ("header.wav", wav[..20].to_vec(), "header.wav"),
        ("no-samples.wav", header_alone, "no samples"),
        ("cut.wav", wav[..wav.len() / 2].to_vec(), "damaged at 0.17 s"),
        ("cut.flac", fs::read(golden("sweep.flac")).unwrap()[..2500].to_vec(), "damaged at"),
        ("broken.flac", rest_broken("sweep.flac"), "damaged at"),
        ("broken.ogg", rest_broken("sweep.ogg"), "broken.ogg"),
        ("zeros.mp3", vec![0; 4000], "zeros.mp3"),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = decode(&path).err().unwrap_or_else(|| panic!("{name} is read"));
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(expected), "{name}: {text}");
        assert!(error.help().is_some() && !error.is_io(), "{name}");
    }
    let missing = decode(&folder.path().join("missing.wav")).unwrap_err();
    assert!(missing.is_io() && missing.help().is_some(), "{missing}");
}

#[test]
fn a_wav_written_into_a_pipe_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.wav");
    let wav = fs::read(golden("sweep.wav")).unwrap();
    fs::write(&path, [&wav[..4], &[0xff; 4], &wav[8..40], &[0xff; 4], &wav[44..]].concat()).unwrap();
    assert_eq!(decode(&path).unwrap().samples.len(), 2800);
}

#[test]
fn settings_out_of_range_are_refused() {
    let good = FeatureConfig::default();
    good.check().unwrap();
    let bad = [
        ("rate", FeatureConfig { rate: 0, ..good.clone() }),
        ("window_ms", FeatureConfig { window_ms: 1e9, ..good.clone() }),
        ("window_ms", FeatureConfig { window_ms: f64::NAN, ..good.clone() }),
        ("hop_ms", FeatureConfig { hop_ms: 0.0, ..good.clone() }),
        ("hop_ms", FeatureConfig { hop_ms: 30.0, ..good.clone() }),
        ("mels", FeatureConfig { mels: 0, ..good.clone() }),
        ("coefficients", FeatureConfig { kind: Kind::Mfcc, coefficients: 41, ..good.clone() }),
        ("high_hz", FeatureConfig { high_hz: Some(9000.0), ..good.clone() }),
        ("low_hz", FeatureConfig { low_hz: -1.0, ..good.clone() }),
        ("deltas", FeatureConfig { deltas: 3, ..good.clone() }),
    ];
    for (expected, config) in bad {
        let error = config.check().expect_err(expected);
        assert!(matches!(error, AudioError::Setting { name, .. } if name == expected), "{error}");
    }
}

/// A chunk of a wav: its name, its size and its bytes, with one more where they are odd.
fn chunk(name: &[u8], size: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = [name, &size.to_le_bytes(), body].concat();
    bytes.resize(bytes.len() + body.len() % 2, 0);
    bytes
}

/// A hundred samples of one channel.
fn samples() -> Vec<u8> {
    (0..100_i16).flat_map(|n| (n * 200 - 9000).to_le_bytes()).collect()
}

fn format() -> Vec<u8> {
    let numbers =
        [&1_u16.to_le_bytes()[..], &1_u16.to_le_bytes(), &8000_u32.to_le_bytes(), &16_000_u32.to_le_bytes(), &2_u16.to_le_bytes()];
    chunk(b"fmt ", 16, &[numbers.concat(), 16_u16.to_le_bytes().to_vec()].concat())
}

#[test]
fn wavs_are_read_as_programs_write_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = samples();
    let size = data.len() as u32;
    let riff = |name: &[u8], size: u32, chunks: &[Vec<u8>]| [name, &size.to_le_bytes(), b"WAVE", &chunks.concat()].concat();
    let ds64 = [&1_000_u64.to_le_bytes()[..], &u64::from(size).to_le_bytes(), &100_u64.to_le_bytes(), &[0; 4]].concat();
    // The name of an artist, of an odd length and without the byte that makes it even.
    let list = [b"INFOIART", &5_u32.to_le_bytes()[..], b"anna\0"].concat();
    let cases = [
        ("plain", riff(b"RIFF", 36 + size, &[format(), chunk(b"data", size, &data)])),
        ("RF64", riff(b"RF64", u32::MAX, &[chunk(b"ds64", 28, &ds64), format(), chunk(b"data", u32::MAX, &data)])),
        ("an odd list", riff(b"RIFF", 60 + size, &[format(), chunk(b"LIST", list.len() as u32, &list), chunk(b"data", size, &data)])),
        ("no size", riff(b"RIFF", 0, &[format(), chunk(b"data", 0, &data)])),
        ("all ones", riff(b"RIFF", u32::MAX, &[format(), chunk(b"data", u32::MAX, &data)])),
        (
            "behind",
            riff(b"RIFF", 36 + size, &[format(), chunk(b"bext", 3, b"abc"), chunk(b"data", size, &data), chunk(b"LIST", 4, b"INFO")]),
        ),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join("clip.wav");
        fs::write(&path, bytes).unwrap();
        let clip = decode(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((clip.rate, clip.samples), (8000, from_pcm16(&data).collect::<Vec<f32>>()), "{name}");
    }
    // What was cut off is still told, behind a list too.
    let cut = riff(b"RIFF", 60 + size, &[format(), chunk(b"LIST", list.len() as u32, &list), chunk(b"data", size, &data[..120])]);
    fs::write(folder.path().join("cut.wav"), cut).unwrap();
    assert!(matches!(decode(&folder.path().join("cut.wav")), Err(AudioError::Damaged { .. })));
}
