"""Delays (时间间隔): serial interval, incubation period, onset to report, report to isolation, from dates that are known
to the day, to a window, or not yet.

Begin at `observe.Observations`, then `fit.compare`. The likelihood (`observe`) and the families (`family`) hold for
both events known to intervals only, right truncation and right censoring.
"""
