#!/usr/bin/env python3
"""Writes the golden audio features: librosa's values, computed in f64, for clips made from a seed.

    python -m venv .venv && .venv/bin/pip install librosa soundfile
    .venv/bin/python make_audio.py            # write
    .venv/bin/python make_audio.py --check    # make again and compare

`sweep.{wav,flac,mp3,ogg}` are one clip of a rising tone with a loud click, noise and a stretch of silence, 8000 Hz, 16 bits;
`stereo.wav` is two tones at 44100 Hz. `audio.json` holds for each case the configuration and the frames (T, I), and librosa's
resampling (soxr, very high quality) of the left tone of `stereo.wav` to 8000 Hz.
"""

import json
import pathlib
import platform
import sys

import librosa
import numpy as np
import scipy
import soundfile

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20240301
RATE = 8000
SECONDS = 0.35
# A remade golden may differ by the rounding of its f64 sums.
TOLERANCE = 1e-5

SPEECH = {"rate": RATE, "window_ms": 25.0, "hop_ms": 10.0, "mels": 40, "low_hz": 20.0}
CASES = {
    "log_mel": {"kind": "log-mel", **SPEECH},
    "log_mel_deltas": {"kind": "log-mel", **SPEECH, "mels": 12, "hop_ms": 12.5, "high_hz": 3600.0, "deltas": 2},
    "mfcc": {"kind": "mfcc", **SPEECH, "coefficients": 13, "deltas": 2},
    # A window that is a power of two, and seven frames: fewer than a delta's nine.
    "mfcc_short": {"kind": "mfcc", **SPEECH, "window_ms": 128.0, "hop_ms": 55.0, "mels": 30, "coefficients": 20, "deltas": 2},
}


def sweep():
    rng = np.random.default_rng(SEED)
    t = np.arange(int(RATE * SECONDS)) / RATE
    clip = 0.5 * np.sin(2 * np.pi * (200 * t + 4000 * t**2)) + 0.01 * rng.standard_normal(t.size)
    clip[1900:2300] = 0
    clip[1000] = 0.95
    return np.round(clip * 32767).astype(np.int16)


def features(clip, case):
    y = clip.astype(np.float64) / 32768
    window, hop = (round(case["rate"] * case[key] / 1000) for key in ("window_ms", "hop_ms"))
    mel = librosa.feature.melspectrogram(
        y=y,
        sr=case["rate"],
        n_fft=1 << (window - 1).bit_length(),
        win_length=window,
        hop_length=hop,
        window="hann",
        center=True,
        pad_mode="constant",
        power=2.0,
        n_mels=case["mels"],
        fmin=case["low_hz"],
        fmax=case.get("high_hz", case["rate"] / 2),
        htk=False,
        norm="slaney",
        dtype=np.float64,
    )
    base = librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None)
    if case["kind"] == "mfcc":
        base = librosa.feature.mfcc(S=base, n_mfcc=case["coefficients"], dct_type=2, norm="ortho", lifter=0)
    steps = base.shape[1]
    width = min(9, steps - (steps + 1) % 2)
    orders = range(1, case.get("deltas", 0) + 1)
    return np.concatenate([base, *(librosa.feature.delta(base, width=width, order=order, mode="interp") for order in orders)]).T


def main():
    clip = sweep()
    t = np.arange(int(44100 * 0.1)) / 44100
    left, right = 0.5 * np.sin(2 * np.pi * 440 * t), 0.25 * np.sin(2 * np.pi * 1000 * t)
    stereo = np.round(np.stack([left, right], axis=1) * 32767).astype(np.int16)
    mono = (stereo.astype(np.float64) / 32768).mean(axis=1)
    versions = {"librosa": librosa.__version__, "numpy": np.__version__, "scipy": scipy.__version__, "python": platform.python_version()}
    golden = {"seed": SEED, "versions": versions, "cases": {}}
    for name, case in CASES.items():
        frames = features(clip, case)
        golden["cases"][name] = {"config": case, "steps": frames.shape[0], "width": frames.shape[1], "values": rounded(frames)}
    golden["resampled"] = rounded(librosa.resample(mono, orig_sr=44100, target_sr=RATE, res_type="soxr_vhq"))
    path = HERE / "audio.json"
    if "--check" in sys.argv:
        old = json.loads(path.read_text())
        for name, case in golden["cases"].items():
            np.testing.assert_allclose(case["values"], old["cases"][name]["values"], atol=TOLERANCE)
        return
    for ending in ("wav", "flac", "mp3", "ogg"):
        soundfile.write(HERE / f"sweep.{ending}", clip, RATE)
    soundfile.write(HERE / "stereo.wav", stereo, 44100)
    path.write_text(json.dumps(golden) + "\n")


def rounded(array):
    """Seven significant digits, those of f32, are kept."""
    return [float(f"{x:.7g}") for x in np.asarray(array).ravel()]


if __name__ == "__main__":
    main()
