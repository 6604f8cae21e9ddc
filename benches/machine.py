"""What a record must say about where and when it was made."""

import datetime
import os
import pathlib
import platform
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def processor():
    """Model name and the widest vector extension, from `lscpu` where there is one."""
    try:
        text = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    flags = fields.get("Flags", "").split()
    widest = next((name for name in ("amx_bf16", "avx512_bf16", "avx512f", "avx2", "asimd") if name in flags), "")
    ids = [f"{key.lower()} {fields[key].strip()}" for key in ("CPU family", "Model") if key in fields]
    name = fields.get("Model name", platform.machine()).strip()
    return ", ".join([name, *ids, *([widest] if widest else [])])


def describe():
    """Date, processor, cores this process may use, load before the run, system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": cores,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": platform.platform(terse=True),
        "command": command(),
    }


def command():
    """The command line as typed; what lies outside the checkout keeps its last name alone."""
    return "python " + shlex.join(shown(word) for word in [pathlib.Path(sys.argv[0]).name, *sys.argv[1:]])


def shown(word):
    if "/" not in word:
        return word
    path = pathlib.Path(word).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def version(binary):
    """First line of `binary --version`, or "unknown"."""
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else "unknown"


def commit():
    """Short hash of the checkout, with "+" where files are changed; "unknown" outside one."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    if head.returncode:
        return "unknown"
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True)
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def markdown(facts):
    """The facts as a list, for the head of a record."""
    return "\n".join(f"- {name}: {f'`{value}`' if name == 'command' else value}" for name, value in facts.items())


def facts(binary):
    """What a record of runs of `binary` says of them; to be asked before the runs, for the load on the machine is among it."""
    return {**describe(), "version": version(binary), "commit": commit()}


def record(name, title, facts, body):
    """Writes benches/record/NAME.md and says where it is."""
    target = ROOT / "benches" / "record" / f"{name}.md"
    target.write_text(f"# {title}\n\n{markdown(facts)}\n\n{body}\n")
    print(f"\nwritten to {target.relative_to(ROOT)}", file=sys.stderr)
