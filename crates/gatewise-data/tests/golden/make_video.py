#!/usr/bin/env python3
"""Writes the golden clips: a test picture in motion, coded by x264 with B-frames, and ffmpeg's decoding of it.

    python make_video.py            # needs ffmpeg with libx264 on the search path

`clip.mp4` is 12 frames of 54 × 38, which no macroblock divides, with the index in front; `index-last.mp4` is the same with the index
behind; `clip.y4m` holds the frames that ffmpeg decodes from it; `clip.gif` its first six frames; `mpeg4.avi` needs ffmpeg to be read;
`sound.mp4` has no video track.
"""

import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = ["-f", "lavfi", "-i", "testsrc2=size=54x38:rate=25,noise=alls=6:all_seed=7:allf=t"]
X264 = ["-frames:v", "12", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3", "-b_strategy", "0", "-g", "8", "-crf", "24", "-threads", "1"]
PLAIN = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"]


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, words)], check=True, cwd=HERE)


def main():
    ffmpeg(*SOURCE, *X264, *PLAIN, "-movflags", "+faststart", "clip.mp4")
    ffmpeg("-i", "clip.mp4", "-c", "copy", *PLAIN, "index-last.mp4")
    ffmpeg("-i", "clip.mp4", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", *PLAIN, "clip.y4m")
    ffmpeg("-i", "clip.mp4", "-frames:v", "6", *PLAIN, "clip.gif")
    ffmpeg("-i", "clip.mp4", "-c:v", "mpeg4", "-q:v", "2", *PLAIN, "mpeg4.avi")
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=440:duration=0.1", "-c:a", "aac", *PLAIN, "sound.mp4")


if __name__ == "__main__":
    main()
