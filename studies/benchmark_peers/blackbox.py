"""General optimisers on our linear score: what one would write without this toolkit."""

import numpy as np
import optuna
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.crossover import Crossover
from pymoo.core.mutation import Mutation
from pymoo.core.problem import Problem
from pymoo.core.sampling import Sampling
from pymoo.optimize import minimize
from task import Sets, Task

POPULATION, GENERATIONS = 100, 150
"""Of the genetic algorithm, for each sensor count."""

TRIALS = 10_000
"""Of Optuna, for all counts together."""


class Subset(Problem):
    """Binary variables, k of them True."""

    def __init__(self, task: Task, count: int) -> None:
        super().__init__(n_var=len(task.sites), n_obj=1)
        self.task, self.count = task, count

    def _evaluate(self, x, out, *args, **kwargs):
        out["F"] = self.task.error(np.nonzero(x)[1].reshape(len(x), self.count))


class SubsetSampling(Sampling):
    def _do(self, problem, n_samples, *args, random_state, **kwargs):
        x = np.zeros((n_samples, problem.n_var), bool)
        for row in x:
            row[random_state.permutation(problem.n_var)[: problem.count]] = True
        return x


class SubsetCrossover(Crossover):
    """What both parents have, filled up from what one of them has."""

    def __init__(self) -> None:
        super().__init__(2, 1)

    def _do(self, problem, x, *args, random_state, **kwargs):
        both = x[0] & x[1]
        child = both.copy()
        for row, a, b in zip(child, x[0], x[1], strict=True):
            either = np.flatnonzero(a ^ b)
            row[random_state.permutation(either)[: problem.count - row.sum()]] = True
        return child[None]


class SubsetMutation(Mutation):
    """One site out, another in."""

    def _do(self, problem, x, *args, random_state, **kwargs):
        for row in x:
            gone = random_state.choice(np.flatnonzero(row))
            new = random_state.choice(np.flatnonzero(~row))
            row[gone], row[new] = False, True
        return x


def pymoo_ga(task: Task, counts: tuple[int, ...]) -> Sets:
    """pymoo's way with subsets of a fixed size: one genetic algorithm for each."""
    found = {}
    for count in counts:
        algorithm = GA(
            pop_size=POPULATION,
            sampling=SubsetSampling(),
            crossover=SubsetCrossover(),
            mutation=SubsetMutation(),
            eliminate_duplicates=True,
        )
        result = minimize(
            Subset(task, count), algorithm, ("n_gen", GENERATIONS), seed=task.settings.seed
        )
        found[count] = np.flatnonzero(result.X).tolist()
    return found


def optuna_nsga2(task: Task, counts: tuple[int, ...]) -> Sets:
    """A count and as many site numbers as suggestions; count and error are minimised."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    best: dict[int, tuple[float, list[int]]] = {}
    last = len(task.sites) - 1

    def objective(trial: optuna.Trial) -> tuple[int, float]:
        k = trial.suggest_int("sensors", 1, max(counts))
        sites = sorted({trial.suggest_int(f"site {i}", 0, last) for i in range(k)})
        error = float(task.error(np.array([sites]))[0])
        if error < best.get(len(sites), (np.inf, []))[0]:
            best[len(sites)] = error, sites
        return len(sites), error

    sampler = optuna.samplers.NSGAIISampler(seed=task.settings.seed)
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    study.optimize(objective, n_trials=TRIALS)
    return {k: best[k][1] for k in counts if k in best}
