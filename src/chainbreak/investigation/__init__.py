"""Cases, trajectories, contacts, chains, genomes and letters (流调溯源).

From the first report to who met whom, and who has to be told.
Begin with `models/`.
"""
