"""A real Chroma server of its own process, for tests of an index that is shared."""

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from desks import until


class Server:
    """A Chroma server of its own process, that can be stopped and started again on the same port and folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self.folder)]
        log = (self.folder.parent / "chroma.log").open("a")
        self.process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)], stdout=log, stderr=log
        )
        until(self.answers, 60)

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.folder.parent / "chroma.log").read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
