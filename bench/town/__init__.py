"""A town for the benchmark of tracing (测试城市): homes, work and errands of any number of people, by the day."""
