"""NSGA-II of DEAP on the problems of bench/nsga2.ts: a line of JSON for each problem and seed.

    python3 deapNsga2.py SEEDS POPULATION GENERATIONS CROSSOVER MUTATION
"""

import json
import random
import sys
import time

from deap import base, benchmarks, creator, tools

PROBLEMS = {
    "zdt1": (benchmarks.zdt1, 30, 2),
    "zdt2": (benchmarks.zdt2, 30, 2),
    "zdt3": (benchmarks.zdt3, 30, 2),
    "dtlz2": (lambda x: benchmarks.dtlz2(x, 3), 12, 3),
}


def search(evaluate, variables, kind, seed, size, generations, crossover, mutation):
    random.seed(seed)
    bounds = {"low": 0.0, "up": 1.0}
    parents = [kind([random.random() for _ in range(variables)]) for _ in range(size)]
    for one in parents:
        one.fitness.values = evaluate(one)
    parents = tools.selNSGA2(parents, size)
    for _ in range(generations):
        children = []
        for winner in tools.selTournamentDCD(parents, size):
            child = kind(winner)
            child.fitness.values = winner.fitness.values
            children.append(child)
        for a, b in zip(children[::2], children[1::2]):
            if random.random() < crossover:
                tools.cxSimulatedBinaryBounded(a, b, eta=15.0, **bounds)
            for child in (a, b):
                tools.mutPolynomialBounded(child, eta=20.0, indpb=mutation, **bounds)
                child.fitness.values = evaluate(child)
        parents = tools.selNSGA2(parents + children, size)
    return tools.sortNondominated(parents, size, first_front_only=True)[0]


def main():
    seeds, size, generations = (int(text) for text in sys.argv[1:4])
    crossover, mutation = (float(text) for text in sys.argv[4:6])
    for name, (evaluate, variables, objectives) in PROBLEMS.items():
        creator.create("Fitness" + name, base.Fitness, weights=(-1.0,) * objectives)
        creator.create("Solution" + name, list, fitness=getattr(creator, "Fitness" + name))
        kind = getattr(creator, "Solution" + name)
        for seed in range(1, seeds + 1):
            began = time.perf_counter()
            front = search(evaluate, variables, kind, seed, size, generations, crossover, mutation)
            took = (time.perf_counter() - began) * 1000
            points = [list(one.fitness.values) for one in front]
            print(json.dumps({"problem": name, "seed": seed, "ms": took, "front": points}), flush=True)


main()
