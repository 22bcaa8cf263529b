"""Calls spread over processes, of this machine or of a Dask cluster."""

from __future__ import annotations

import os
import shutil
import threading
import time
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from placement.arguments import kept, resolved

if TYPE_CHECKING:
    from distributed import Client

Tick = Callable[[int, int], None]
"""Called with how many tasks are done, of how many."""

# Where psutil is installed, loky takes a worker that loads torch for one that leaks memory, and
# replaces it. Nothing is lost.
warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)

_ALIVE_S = 2.0  # how often a process looks whether somebody still waits for it

PATIENCE_S = 20.0
"""How long a Dask scheduler may take to answer."""


@dataclass(frozen=True)
class Workers:
    """Who computes.

    Args:
        jobs: processes of this machine.
        scheduler: address of a Dask scheduler, whose workers compute instead; they need this
            package in the same release.
    """

    jobs: int = 1
    scheduler: str | None = None


def run_all(
    function: Callable[..., Any], calls: Mapping[str, tuple[Any, ...]], workers: Workers
) -> Generator[tuple[str, Any], None, None]:
    """Call `function` with each of the argument tuples, and yield key and result as they come.

    Raises:
        OSError: the Dask scheduler cannot be reached, or a process was killed.
        ValueError: Dask is not installed.
    """
    if not calls:
        return
    compute = _on_dask if workers.scheduler else _on_this_machine
    with closing(compute(function, calls, workers)) as results:
        yield from results


def check_reached(workers: Workers) -> None:
    """Ask whether the workers are there, before anything is computed for them.

    Raises:
        OSError: the Dask scheduler cannot be reached.
        ValueError: Dask is not installed.
    """
    if workers.scheduler:
        _client(workers.scheduler).close()


def _client(scheduler: str | None) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError("a Dask cluster needs pip install 'insole-placement[dask]'") from error
    try:
        return Client(scheduler, timeout=PATIENCE_S)
    except (OSError, ValueError) as error:
        raise OSError(f"no Dask scheduler answers at {scheduler}: {error}") from error


def _on_this_machine(
    function: Callable[..., Any], calls: Mapping[str, tuple[Any, ...]], workers: Workers
) -> Generator[tuple[str, Any], None, None]:
    processes = min(workers.jobs, len(calls))
    if processes == 1:
        for key, call in calls.items():
            yield key, function(*call)
        return
    parallel = Parallel(processes, return_as="generator_unordered", max_nbytes=None)
    try:
        with kept(calls) as (light, folder), parallel_config("loky", inner_max_num_threads=1):
            yield from parallel(
                delayed(_named)(os.getpid(), folder, function, key, call)
                for key, call in light.items()
            )
    except BaseException as error:
        # An interrupted search must not leave processes that train on for nobody.
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
        if isinstance(error, TerminatedWorkerError):
            raise OSError(
                "a worker process was ended by the system, perhaps for want of memory; "
                "go on with fewer --jobs"
            ) from error
        raise


def _named(
    parent: int, folder: str, function: Callable[..., Any], key: str, call: tuple[Any, ...]
) -> tuple[str, Any]:
    _end_with(parent, folder)
    return key, function(*map(resolved, call))


_parents_folder = ""


def _end_with(parent: int, folder: str) -> None:
    """End this process once its parent is gone, even if that was killed without a word."""
    global _parents_folder
    _parents_folder = folder

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_ALIVE_S)
        shutil.rmtree(_parents_folder, ignore_errors=True)
        os._exit(1)

    name = "ends with its parent"
    if all(thread.name != name for thread in threading.enumerate()):
        threading.Thread(target=watch, name=name, daemon=True).start()


def _on_dask(
    function: Callable[..., Any], calls: Mapping[str, tuple[Any, ...]], workers: Workers
) -> Generator[tuple[str, Any], None, None]:
    with _client(workers.scheduler) as client:
        from distributed import as_completed

        # What several calls share, such as a fold's people, is sent once.
        shared = {id(x): x for call in calls.values() for x in call}
        sent = {name: client.scatter(x, hash=False) for name, x in shared.items()}
        keys = {
            client.submit(function, *(sent[id(x)] for x in call), pure=False): key
            for key, call in calls.items()
        }
        for future in as_completed(keys):
            yield keys[future], future.result()
