"""What tracing costs on Spark (集群耗用): time and shuffle on a town, against DuckDB; rows compared one by one.

python tools/spark_cost.py STAYS.parquet PEOPLE [--cases 13] [--days 14] [--degrees 1] [--ui http://127.0.0.1:4040]

STAYS is the town of `bench tracing` (CHAINBREAK_BENCH keeps it). Without SPARK_COST it asks a Sail inside this process,
with SPARK_COST=sc://127.0.0.1:15002 a Spark on this machine, which reads the same files; `--ui` is where that Spark
tells of its stages. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.town import people

from chainbreak.engines import copresence, spark


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("stays")
    parser.add_argument("people", type=int)
    parser.add_argument("--cases", type=int, default=13)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--degrees", type=int, default=1)
    parser.add_argument("--ui", default="")
    args = parser.parse_args()
    stays, cases = pq.read_table(args.stays), people.cases(args.cases, args.people, args.days)
    if address := os.environ.get("SPARK_COST"):
        from pyspark.sql.connect.session import SparkSession

        spark._own.append(SparkSession.builder.remote(address).getOrCreate())
    else:
        spark.own_session()
    tiny = stays.slice(0, 1000)
    spark.trace(tiny, cases, degrees=args.degrees)  # the session is awake
    before = _stages(args.ui)
    said: dict[str, Any] = {
        "stays": stays.num_rows,
        "cases": args.cases,
        "degrees": args.degrees,
        "load": os.getloadavg()[0],
    }
    one, said["spark"] = _timed(lambda: spark.trace(stays, cases, degrees=args.degrees))
    after = _stages(args.ui)
    other, said["duckdb"] = _timed(lambda: copresence.trace(stays, cases, degrees=args.degrees))
    said |= {"rows": one.num_rows, "equal": _sorted(one).equals(_sorted(other))}
    if args.ui:
        said["spark"] |= {name: after[name] - before[name] for name in after}
    print(json.dumps(said, indent=1))
    return 0 if said["equal"] else 1


def _timed(work: Any) -> tuple[pa.Table, dict[str, float]]:
    """The answer, seconds on the clock, and processor seconds of this process and its children."""
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    found = work()
    return found, {"seconds": round(time.perf_counter() - wall, 1), "cpu_seconds": round(sum(os.times()[:4]) - cpu, 1)}


def _stages(address: str) -> dict[str, float]:
    """Bytes shuffled, rows shuffled, processor seconds of all stages so far, as Spark tells."""
    if not address:
        return {}
    api = f"{address}/api/v1/applications"
    number = json.load(urllib.request.urlopen(api))[0]["id"]
    stages = json.load(urllib.request.urlopen(f"{api}/{number}/stages"))
    return {
        "shuffle_megabytes": round(sum(one["shuffleWriteBytes"] for one in stages) / 1e6, 1),
        "shuffle_rows": sum(one["shuffleWriteRecords"] for one in stages),
        "executor_cpu_seconds": round(sum(one["executorCpuTime"] for one in stages) / 1e9, 1),
        "executor_seconds": round(sum(one["executorRunTime"] for one in stages) / 1e3, 1),
        "stages": len(stages),
    }


def _sorted(table: pa.Table) -> pa.Table:
    return table.sort_by([("degree", "ascending"), ("person_id", "ascending"), ("source_person_id", "ascending")])


if __name__ == "__main__":
    raise SystemExit(main())
