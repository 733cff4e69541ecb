"""The nightly job that keeps the page of high-value datasets.

    config.toml ─▶ Config ──────────────┬───────────────┬──────────────┐
                                        ▼               ▼              ▼
    Google Sheet ─▶ Snapshot ─▶ validate ─▶ Records ─▶ compare ─▶ Changes ─▶ render ─▶ page · data · report ─▶ write
    (or CSV)       (text only)      └─▶ Findings ───────┘ ▲            └── templates/
                                                  published data

Pure in the middle, effects at the two ends. Everything that can refuse happens before the first byte is written.
"""
