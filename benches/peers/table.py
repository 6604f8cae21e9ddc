"""The comparison as text: a line a case on the terminal, a Markdown page for the record."""

import machine

HEAD = [
    *("case", "cell", "mode", "threads", "fastest peer", "its ms"),
    *("gatewise ms", "GF/s", "of peak", "ratio", "lowest – highest round"),
]


def line(row):
    return (
        f"{row['case']:34s}{row['cell']:5s}{row['mode']:6s}{row['threads']:2d} thread(s)  "
        f"{row['peer']:20s}{row['peer_ms']:10.4g} ms  gatewise {row['gatewise_ms']:10.4g} ms "
        f"{row['gatewise_gflops']:7.1f} GF/s {row['ratio']:7.2f}x"
    )


def closing(summary):
    return (
        f"geometric mean {summary['geometric_mean']:.2f}x "
        f"(ratios capped at {summary['cap']:g}: {summary['geometric_mean_capped']:.2f}x), "
        f"worst {summary['worst']:.2f}x ({summary['worst_case']})"
    )


def page(facts, rows, summary, rounds):
    """One Markdown page: where and how, the table, the summary."""
    lines = [
        "# Gatewise beside its peers",
        "",
        machine.markdown(facts),
        "",
        f"Ratio: fastest peer's time over gatewise's, median of {rounds} alternating rounds;",
        "above 1 gatewise is faster.",
        "GF/s counts nominal work (training: three forward passes).",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|---|---|---|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        peak = f"{row['fraction_of_peak']:.2f}" if "fraction_of_peak" in row else "–"
        cells = [
            row["case"],
            row["cell"],
            row["mode"],
            row["threads"],
            row["peer"],
            f"{row['peer_ms']:.4g}",
            f"{row['gatewise_ms']:.4g}",
            f"{row['gatewise_gflops']:.1f}",
            peak,
            f"**{row['ratio']:.2f}**",
            f"{min(row['ratios']):.2f} – {max(row['ratios']):.2f}",
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, "", closing(summary)[0].upper() + closing(summary)[1:] + ".", ""])
