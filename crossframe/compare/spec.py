"""Everything about a run of ``compare`` except its numbers, as the store keeps it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.compare import again
from crossframe.core.errors import UsageError
from crossframe.core.version import __version__
from crossframe.experiment.store import Store, StoreError
from crossframe.frameworks.registry import versions

if TYPE_CHECKING:
    from crossframe.compare.api import Plan


def spec_of(plan: Plan, name: str, command: str) -> dict[str, Any]:
    """Everything about a run except its numbers, as plain values."""
    e = plan.experiment
    digest = hashlib.sha256(json.dumps([name, sorted(c.key for c in plan.cells)]).encode())
    return {
        "run": {
            "id": digest.hexdigest()[:12],
            "name": name,
            "preset": e.preset,
            "command": command,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "crossframe": __version__,
            "dataset": {
                "name": e.dataset.name,
                "source": e.dataset.source,
                "rows": len(e.dataset.y),
                "features": len(e.dataset.names),
                "classes": list(e.dataset.classes),
                "fingerprint": e.dataset.fingerprint,
                "notes": list(e.dataset.notes),
            },
            "design": {"name": e.design.name, "describe": e.design.describe},
            "overlap": {str(n): e.design.overlap(e.dataset, n) for n in e.sizes},
            "sizes": list(e.sizes),
            "draws": e.draws,
            "seed": e.seed,
            "threads": {engine: e.threads_of(engine) for engine in sorted({c.engine for c in e.contestants})},
            "machine": _machine(),
            "versions": {engine: versions(engine) for engine in sorted({c.engine for c in e.contestants})},
            "missing_engines": [
                {"engine": engine, "reason": a.reason, "remedy": a.remedy}
                for engine, a in plan.missing.items()
            ],
            "not_applicable": list(plan.skipped),
            "one_class": {str(n): k for n, k in plan.one_class.items()},
            "wall_seconds": 0.0,
            "engine_seconds": 0.0,
            "peak_memory": 0,
        },
        "contestants": [again.described(c) for c in e.contestants],
        "cells": [
            {"contestant": c.contestant.name, "n": c.n, "draw": c.draw, "key": c.key} for c in plan.cells
        ],
    }


def _machine() -> dict[str, Any]:
    import psutil

    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "os": f"{platform.system()} {platform.release()}",
    }


def remembered(store: Store, spec: dict[str, Any], *, anew: bool) -> dict[str, Any]:
    """The spec, with the times and versions of an earlier part of the same run, unless ``anew``."""
    try:
        earlier = store.get_run(spec["run"]["id"])
    except (UsageError, StoreError):
        return spec
    if not anew:
        before = earlier["run"]
        spec["overheads"] = earlier.get("overheads", {})
        spec["run"]["created"] = before["created"]
        for name in ("wall_seconds", "engine_seconds"):
            spec["run"][name] += before.get(name, 0.0)
        spec["run"]["peak_memory"] = max(spec["run"]["peak_memory"], before.get("peak_memory", 0))
        spec["run"]["versions"] |= before["versions"]
    return spec
