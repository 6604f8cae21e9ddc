#!/usr/bin/env python3
"""Fights on surveillance video: accuracy over five-fold cross-validation, repeated with other folds for each seed.

    python fights.py DATA --gatewise ../../target/release/gatewise --seeds 1 2 3 4 5 --record fights [-- training flags]

DATA holds the folders `fight` and `noFight` with 30 clips each (Aktı et al., "Vision-based fight detection from surveillance
cameras", IPTA 2019; a part of their data set). The folds of a seed hold six clips of each label; each clip is tested once in a
repetition, by a network that saw nothing of its fold. The deviation is that of the repetitions' accuracies.
"""

import random
import sys

import harness

FOLDS = 5
LABELS = ("fight", "noFight")
# With a CNN and an attentive bidirectional LSTM on 300 clips (IPTA 2019); the clips here are a fifth of those.
PUBLISHED = {"CNN + BiLSTM with attention (published, 300 clips)": 0.72}


def main():
    arguments = harness.parse(__doc__, published=False)
    clips = {label: sorted((arguments.data / label).glob("*.mp4")) for label in LABELS}
    if not all(clips.values()):
        sys.exit(f"no clips in {' and '.join(str(arguments.data / label) for label in LABELS)}")
    facts = harness.machine.describe()
    repetitions, seconds = [], 0.0
    with harness.folder(arguments) as work:
        for seed in arguments.seeds:
            right = []
            for fold, parts in enumerate(folds(clips, seed)):
                place = work / f"seed-{seed}-fold-{fold}"
                for part, members in parts.items():
                    for label, path in members:
                        harness.link(path, place / part / label / path.name)
                run, out = place / "run", place / "predictions.csv"
                seconds += harness.gatewise(
                    arguments, "train", "classify", place / "train", "--seed", seed, "-o", run, *arguments.options
                )
                seconds += harness.gatewise(arguments, "predict", run, place / "test", "-o", out)
                truth = {path.name: label for label, path in parts["test"]}
                right += [truth[item.replace("\\", "/").rsplit("/", 1)[-1]] == label for item, label in harness.labels(out)]
            assert len(right) == sum(map(len, clips.values())), "every clip is tested once"
            repetitions.append({"accuracy": sum(right) / len(right)})
            print(f"seed {seed}: {repetitions[-1]['accuracy']:.3f}", file=sys.stderr)
    facts |= {"clips": ", ".join(f"{len(paths)} {label}" for label, paths in clips.items()), "folds": FOLDS, "seconds in all": f"{seconds:.0f}"}
    rows = [("gatewise", *harness.spread(repetitions))] + [(name, {"accuracy": value}, {}) for name, value in PUBLISHED.items()]
    harness.report(arguments, facts, f"Fights, {len(repetitions)} times {FOLDS}-fold", harness.table(["accuracy"], rows))
    return 0


def folds(clips, seed):
    """For each fold its clips to test and to train on, as (label, path); every label is dealt out evenly."""
    draw = random.Random(seed)
    dealt = []
    for label, paths in clips.items():
        paths = draw.sample(paths, len(paths))
        dealt += [(k % FOLDS, label, path) for k, path in enumerate(paths)]
    for fold in range(FOLDS):
        yield {
            "test": [(label, path) for k, label, path in dealt if k == fold],
            "train": [(label, path) for k, label, path in dealt if k != fold],
        }


if __name__ == "__main__":
    sys.exit(main())
