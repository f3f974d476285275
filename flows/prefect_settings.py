"""The settings of Prefect, in one place. Importing this module puts them in force, so it comes before `import prefect`."""

from __future__ import annotations

import os
from pathlib import Path

SETTINGS = {
    "PREFECT_HOME": str(Path(".prefect").resolve()),
    # nobody is told anything
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "GX_ANALYTICS_ENABLED": "false",
    # a temporary server needs up to half a minute on its first start
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    # its log stands in `.prefect/nights.log`; the terminal is for sentences
    "PREFECT_LOGGING_SETTINGS_PATH": str(Path(__file__).with_name("logging.yml")),
    # without these a temporary server loses records of task runs
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "0.2",
}

for name, value in SETTINGS.items():
    os.environ.setdefault(name, value)
