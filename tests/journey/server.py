"""A real Atelier server in a process of its own, on a free port and a fresh database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """Start, kill and start again on the same port and data; `module` is what runs the app."""

    def __init__(self, data_dir: Path, module: str = "streamlit", **env: str) -> None:
        self.data_dir, self.module = data_dir, module
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, "ATELIER_DATA_DIR": str(data_dir), "ATELIER_HOST_URL": self.url, **env}
        self.env["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        self.env.pop("DATABASE_URL", None)
        self.output = data_dir / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, ready: int = 200) -> "Server":
        """Start and wait until its readiness door answers with this status."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            self.module,
            "run",
            "app.py",
            "--server.port",
            str(self.port),
            "--server.address",
            "127.0.0.1",
        ]
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(self.url + "/api/ready", timeout=2) as answer:
                    if answer.status == ready:
                        return self
            except urllib.error.HTTPError as error:
                if error.code == ready:
                    return self
                time.sleep(0.1)
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the server did not start: {self.output.read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL: nothing is drained, nothing is said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: as an operator stops it."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise RuntimeError(f"the server does not stop: {self.output.read_text()[-2000:]}") from None

    @property
    def database(self) -> str:
        """The record, for checking it afterwards."""
        return f"sqlite:///{self.data_dir / 'atelier.db'}"
