"""Texts that are learned at once."""

KOREAN = "나는 오늘 학교에 간다.\n너는 내일 집에 간다.\n우리는 모레 산에 간다.\n"
ENGLISH = "the cat sat on the mat.\nthe dog sat on the log.\na man ran to the van.\n"
# Small networks that learn at once.
QUICK = {"hidden": 16, "layers": 1, "max_steps": 150, "seed": 1, "threads": 1}
FLAGS = ["--hidden", 16, "--layers", 1, "--max-steps", 150, "--seed", 1, "--threads", 1]


def story(repeats=40):
    return (KOREAN + ENGLISH) * repeats
