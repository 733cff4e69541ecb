"""The nightly job that keeps the page of high-value datasets.

    config.toml ─▶ Config ──────────────┬───────────────┬──────────────┐
                                        ▼               ▼              ▼
    Google Sheet ─▶ Snapshot ─▶ validate ─▶ Records ─▶ compare ─▶ Changes ─▶ render ─▶ page · data · report ─▶ write
    (or CSV)       (text only)      └─▶ Findings ───────┘ ▲            └── templates/
                                                  published data

Beside it, `setup` turns the sheet into the shared form (form), and what a night found may be written back into a tab of
the sheet, which also remembers since when (feedback). Both are pure too; only `sheet` talks to Google.

Pure in the middle, effects at the two ends. Everything that can refuse happens before the first byte is written.
"""
