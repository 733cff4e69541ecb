"""The nightly job that keeps a public page and its data in step with a shared sheet.

    config.toml ─▶ Config ───────────┬────────────────┬────────────────┐
                                     ▼                ▼                ▼
    Google Sheet ─▶ Snapshot ──▶ rules ─▶ Records ─▶ changes ─▶ Changes ─▶ output ─▶ page · data · report ─▶ files
    (or CSV)        (text only)      └──▶ Findings ──────┘ ▲
                                                      published data

commands.py reads like this flow. source/ reads the sheet, rules/ judges its rows, changes/ compares them with what is
published, output/ renders and writes, form/ makes the sheet a form and writes remarks back. model.py holds the values.

Pure in the middle, effects at the two ends. Everything that can refuse happens before the first published byte.
Imports point one way: model, text, content ◀ config ◀ source | rules ◀ changes ◀ output ◀ form ◀ commands.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  somebody else's Python says it in one sentence, too
    sys.exit(f"Il faut Python 3.11 ou plus récent ; celui-ci est {sys.version.split()[0]}.")
