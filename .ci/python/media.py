"""Classifiers of sound and video, whose features are computed here too."""

import wave

import numpy as np
from page import page
from trained import floats, gatewise, place, rows, same, train


def sounds(rng):
    """Tones of two heights, the last ones in stereo, and one too short for a derivative over nine frames."""
    samples = {}
    for k in range(14):
        length = 500 if k == 2 else int(rng.integers(2000, 4000))
        tone = 8000 * np.sin(np.arange(length)[:, None] * [0.2, 0.7][k % 2]) + rng.normal(0, 500, (length, 2 if k > 11 else 1))
        tone = tone.astype(np.int16)
        name = f"{['low', 'high'][k % 2]}_{k}.wav"
        (place / "tones").mkdir(exist_ok=True)
        with wave.open(str(place / "tones" / name), "wb") as file:
            file.setnchannels(tone.shape[1])
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(tone.tobytes())
        samples[name] = tone.mean(1) / 32768
    return samples


def films(rng):
    """Films of one pixel a pixel, whose samples run from 16 to 235."""
    frames = {}
    for k in range(12):
        where = "above" if k % 2 else "below"
        grey = rng.integers(0, 256, (3 + k % 4, 16, 16), dtype=np.uint8)
        grey[:, slice(8) if k % 2 else slice(8, 16)] //= 4
        (place / "films" / where).mkdir(parents=True, exist_ok=True)
        head = b"YUV4MPEG2 W16 H16 F5:1 Ip A1:1 Cmono\n"
        (place / "films" / where / f"{k}.y4m").write_bytes(head + b"".join(b"FRAME\n" + frame.tobytes() for frame in grey))
        frames[f"{k}.y4m"] = np.clip((np.float32(grey) - 16) / 219, 0, 1)
    return frames


def check(what, run, folder, features):
    """Holds answers for files against `gatewise predict`; `features(media, name)` makes those of a file."""
    about, tensors = page.read_model(place / run / "model.safetensors")
    media = about["task"]["data"]["media"]
    printed = rows(gatewise("predict", run, folder, "--all", "--cache", "none"))
    computed = [page.answer(about, tensors, features(media, row["item"].split("/")[-1])) for row in printed]
    same(what, computed, floats(printed, *about["task"]["classify"]["answer"]["classes"]["labels"]))
    return about


def run():
    rng = np.random.default_rng(4)
    usual = ["--epochs", 3, "--hidden", 8, "--combine", "network", "--cache", "none"]
    samples, frames = sounds(rng), films(rng)
    for kind, deltas in (("log-mel", 0), ("mfcc", 2)):
        train("classify", "tones", f"s-{kind}", *usual, "--label-regex", "^(low|high)_", "--features", kind, "--deltas", deltas)
        about = check(f"sound, {kind}, {deltas} derivatives", f"s-{kind}", "tones", lambda media, name: page.sound_features(media["audio"], samples[name]))
        assert about["task"]["data"]["media"]["audio"]["rate"] == 8000
    for channels in ("both", "motion"):
        train("classify", "films", f"v-{channels}", *usual, "--frame-size", 16, "--video-channels", channels)
        check(f"films, {channels}", f"v-{channels}", "films", lambda media, name: page.video_features(media["video"], frames[name]))
