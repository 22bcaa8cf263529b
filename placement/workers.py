"""Tasks spread over processes that do not outlive an interruption."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor

Tick = Callable[[int, int], None]
"""Called with how many tasks are done, of how many."""


def spread(
    function: Callable[..., Any],
    calls: Iterable[tuple[Any, ...]],
    total: int,
    jobs: int,
    tick: Tick,
) -> list[Any]:
    """Call `function` with each of `total` argument tuples in up to `jobs` processes.

    Returns:
        The results in the order of the calls.
    """
    results = []
    try:
        with parallel_config("loky", inner_max_num_threads=1):
            work = Parallel(n_jobs=min(jobs, total), return_as="generator", max_nbytes=None)(
                delayed(function)(*call) for call in calls
            )
            for result in work:
                results.append(result)
                tick(len(results), total)
    except BaseException:
        # An interrupted search must not leave processes that train on for nobody.
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise
    return results
