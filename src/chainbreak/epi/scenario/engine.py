"""One run of a scenario, event by event (情景模拟): infections, findings, interviews, transfers, rooms, rounds of testing.

Compiled by Numba. `simulate` does many runs; everything that varies comes in `values`, one row a run, by the places
below. Time is in days from the start of the scenario; infinite means never.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from chainbreak.epi.scenario import chance
from chainbreak.epi.scenario.waiting import drop_first, push, with_room

# places of the values of one run
NUMBERS = [
    "initial_cases",
    "initial_spread",
    "r0",
    "k",
    "asymptomatic_infectiousness",
    "presymptomatic",
    "infectiousness_sd",
    "latent",
    "asymptomatic",
    "traced",
    "traced2",
    "quarantine",
    "asymptomatic_isolated",
    "trace_at_isolation",
    "waiting_transmission",
    "leak",
    "interview_days",
    "contacts_per_case",
    "contacts2_per_contact",
    "contacts_k",
    "quarantine_days",
    "result_days",
    "rooms",
    "transfers_per_day",
    "tubes_per_day",
    "interviews_per_day",
    "coverage",
    "round_first",
    "round_every",
    "rounds",
    "round_days",
    "people",
    "pool_size",
    "transfer_limit",
    "interview_limit",
    "round_limit",
]
DELAYS = ("incubation", "isolation_delay", "tracing_delay")  # three places each: kind, a, b
PLACE = {name: place for place, name in enumerate(NUMBERS)}
PLACE |= {name: len(NUMBERS) + 3 * place for place, name in enumerate(DELAYS)}
WIDTH = len(NUMBERS) + 3 * len(DELAYS)
DAILY = ("infections", "cases", "community_cases", "rooms", "tests", "tubes", "interviews", "transfers")
LIMITS = ("rooms", "transfers_per_day", "tubes_per_day", "interviews_per_day")

(INITIAL, SPREAD, R0, K, ASYM_R, PRE, SD, LATENT, ASYM, TRACED, TRACED2, QUARANTINE, ASYM_ISO, AT_ISO, WAITING, LEAK,
 INTERVIEW_DAYS, CONTACTS, CONTACTS2, CONTACTS_K, STAY, RESULT, ROOMS, TRANSFERS, TUBES, INTERVIEWS, COVERAGE, FIRST,
 EVERY, ROUNDS, ROUND_DAYS, PEOPLE, POOL, TRANSFER_LIMIT, INTERVIEW_LIMIT, ROUND_LIMIT) = range(len(NUMBERS))  # fmt: skip
INCUBATION, SELF_DELAY, TRACING = (len(NUMBERS) + 3 * place for place in range(3))
INFECTS, ISOLATES, TRACES, TESTED, ROUND = range(5)
D_INFECTED, D_FOUND, D_COMMUNITY, D_ROOMS, D_TESTS, D_TUBES, D_INTERVIEWS, D_TRANSFERS = range(8)
OF_ROUND, OF_QUARANTINE = 1_000_003, 2_000_003  # numbers of a person's separate streams, above any offspring's
ASYMPTOMATIC, LINK1, LINK2, ISOLATED, FOUND, TRACED_ON, ADMITTED = 1, 2, 4, 8, 16, 32, 64


@njit(cache=True, nogil=True)
def runs(first, last, seed, values, seen, curve_days, curve_values, test_days, cap, days, daily, outcome, breaks):  # type: ignore[no-untyped-def]
    """Do the runs from `first` up to `last`.

    Args:
        values: shape (runs, WIDTH); seen: measured delays, one after another.
        daily: shape (runs, 8, days), int64, by DAILY: filled in; rooms are those needed at 24:00.
        outcome: shape (runs, 5): cases, last day of an infection, of a community finding (-inf: none), whether extinct,
            whether the cap was reached: filled in.
        breaks: shape (runs, 4), by LIMITS: the day on which waiting first was too long (inf: never): filled in.
    """
    rows = max(cap, 16) + 1
    time, onset, iso, home, key = (np.empty(rows), np.empty(rows), np.empty(rows), np.empty(rows),
                                   np.empty(rows, np.uint64))  # fmt: skip
    late = np.empty(rows)
    child, sibling, flags = np.empty(rows, np.int32), np.empty(rows, np.int32), np.empty(rows, np.int32)
    due, things = np.empty(4096), np.empty((4096, 3), np.int32)
    stream = np.empty(1, np.uint64)
    waiting = np.empty(rows, np.int32)
    rank = np.empty(rows)
    rooms_most = 1
    for run in range(first, last):
        if math.isfinite(values[run, ROOMS]):
            rooms_most = max(rooms_most, int(values[run, ROOMS]))
    entered = np.empty(rooms_most)
    for run in range(first, last):
        v, day_of, broke = values[run], daily[run], breaks[run]
        broke[:] = np.inf
        root = chance.mixed(np.uint64(seed) * chance.GOLDEN + chance.mixed(np.uint64(run) + chance.SECOND))
        theta = math.pi * (0.5 - v[PRE])
        skew, rest = math.sin(theta), abs(math.cos(theta))
        n, n_due, last_infection, last_community = 0, 0, -np.inf, -np.inf
        last_interview, last_transfer, lab_free, admitted = -np.inf, -np.inf, -np.inf, 0
        capped = False
        if v[ROUNDS] >= 1:
            n_due = push(due, things, n_due, v[FIRST], ROUND, 0, 0)
        begin = int(v[INITIAL])
        while True:
            # the next thing: an initial case, else what is due first
            parent, born, number = -1, 0.0, 0
            if n < begin:
                number = n
            else:
                if n_due == 0 or due[0] >= days:
                    break
                now, kind, who, number = due[0], things[0, 0], things[0, 1], things[0, 2]
                n_due = drop_first(due, things, n_due)
                if kind == INFECTS:
                    parent, born = who, now
                elif kind == ISOLATES:
                    if now != iso[who] or flags[who] & ISOLATED:
                        continue
                    flags[who] |= ISOLATED
                    if flags[who] & ADMITTED:
                        if flags[who] & FOUND:
                            continue
                        # found by a test of a later day in quarantine, or by symptoms there
                        stream[0] = chance.key_of(key[who], OF_QUARANTINE)
                        when = np.inf
                        for place in range(len(test_days)):
                            at = now + test_days[place] - 1.0
                            if chance.uniform(stream) < _share(curve_days, curve_values, at - time[who]):
                                when = at
                                break
                        if not flags[who] & ASYMPTOMATIC:
                            when = min(when, max(onset[who], now))
                        due, things = with_room(due, things, n_due, 2)
                        if when + v[RESULT] < days:
                            n_due = push(due, things, n_due, when + v[RESULT], TESTED, who, 0)
                        if v[AT_ISO] > 0.0 and not flags[who] & TRACED_ON:
                            flags[who] |= TRACED_ON
                            n_due = push(due, things, n_due, now, TRACES, who, 0)
                        continue
                    kind = TESTED
                if kind == TESTED:
                    if flags[who] & FOUND:
                        continue
                    flags[who] |= FOUND
                    day_of[D_FOUND, int(now)] += 1
                    if not flags[who] & ADMITTED and home[who] > now:
                        day_of[D_COMMUNITY, int(now)] += 1
                        last_community = now
                    day_of[D_INTERVIEWS, int(now)] += 1
                    day_of[D_TRANSFERS, int(now)] += 1
                    day_of[D_TESTS, int(now)] += 1
                    day_of[D_TUBES, int(now)] += 1
                    told = now + v[INTERVIEW_DAYS]
                    if math.isfinite(v[INTERVIEWS]):
                        told = max(told, last_interview + 1.0 / v[INTERVIEWS])
                        last_interview = told
                        if told - now - v[INTERVIEW_DAYS] > v[INTERVIEW_LIMIT]:
                            broke[3] = min(broke[3], now)
                    if math.isfinite(v[TRANSFERS]):
                        last_transfer = max(now, last_transfer + 1.0 / v[TRANSFERS])
                    if not flags[who] & TRACED_ON:
                        flags[who] |= TRACED_ON
                        stream[0] = chance.key_of(key[who], OF_QUARANTINE + 1)
                        told += chance.delay(stream, v[TRACING], v[TRACING + 1], v[TRACING + 2], seen)
                        due, things = with_room(due, things, n_due, 1)
                        if told < days:
                            n_due = push(due, things, n_due, told, TRACES, who, 0)
                    continue
                if kind == TRACES:
                    # contacts of `who`, and theirs, are named; those infected are gathered in `waiting`
                    named = 0
                    one = child[who]
                    while one >= 0:
                        if flags[one] & LINK1:
                            waiting[named] = one
                            named += 1
                            if v[TRACED2] > 0.0:
                                two = child[one]
                                while two >= 0:
                                    if flags[two] & LINK2:
                                        waiting[named] = two
                                        named += 1
                                    two = sibling[two]
                        one = sibling[one]
                    due, things = with_room(due, things, n_due, named + 1)
                    if v[QUARANTINE] <= 0.0:  # watched at home, isolated at the onset
                        for place in range(named):
                            one = waiting[place]
                            if flags[one] & ASYMPTOMATIC and v[ASYM_ISO] <= 0.0:
                                continue
                            at = max(now, onset[one])
                            if flags[one] & ASYMPTOMATIC:
                                at = now
                            if at < iso[one]:
                                iso[one] = at
                                n_due = push(due, things, n_due, at, ISOLATES, one, 0)
                        continue
                    stream[0] = chance.key_of(key[who], OF_QUARANTINE + 2)
                    well = chance.negative_binomial(stream, v[CONTACTS], v[CONTACTS_K])
                    if v[TRACED2] > 0.0:
                        well += chance.negative_binomial(stream, well * v[CONTACTS2], v[CONTACTS_K])
                    moved = 0
                    for place in range(named):
                        one = waiting[place]
                        if flags[one] & (ADMITTED | ISOLATED) or (flags[one] & ASYMPTOMATIC and v[ASYM_ISO] <= 0.0):
                            continue
                        waiting[moved] = one
                        moved += 1
                    total = well + moved
                    for place in range(moved):
                        rank[place] = math.floor(chance.uniform(stream) * total)
                    order, next_infected = np.argsort(rank[:moved]), 0
                    limited = math.isfinite(v[TRANSFERS]) or math.isfinite(v[ROOMS])
                    day_of[D_TRANSFERS, int(now)] += total
                    if not limited:
                        _stays(day_of, now, now, v[STAY], test_days, days, total)
                    for person in range(total):
                        if not limited and next_infected >= moved:
                            break
                        at = now
                        if limited:
                            if math.isfinite(v[TRANSFERS]):
                                at = max(at, last_transfer + 1.0 / v[TRANSFERS])
                                last_transfer = at
                                if at - now > v[TRANSFER_LIMIT]:
                                    broke[1] = min(broke[1], now)
                            if math.isfinite(v[ROOMS]):
                                there = int(v[ROOMS])
                                if there < 1:
                                    at = np.inf
                                elif admitted >= there:
                                    free = entered[admitted % there] + v[STAY]
                                    if free - at > v[TRANSFER_LIMIT]:
                                        broke[0] = min(broke[0], now)
                                    at = max(at, free)
                                if there < 1:
                                    broke[0] = min(broke[0], now)
                                elif at < np.inf:
                                    entered[admitted % there] = at
                                    admitted += 1
                            _stays(day_of, now, at, v[STAY], test_days, days, 1)
                        while next_infected < moved and rank[order[next_infected]] <= person:
                            one = waiting[order[next_infected]]
                            next_infected += 1
                            home[one] = min(home[one], now)
                            if at < iso[one]:
                                iso[one] = at
                                flags[one] |= ADMITTED
                                n_due = push(due, things, n_due, at, ISOLATES, one, 0)
                    continue
                if kind == ROUND:
                    tubes = math.ceil(v[PEOPLE] * v[COVERAGE] / v[POOL])
                    starts = max(now, lab_free)
                    _round(day_of, now, v[ROUND_DAYS], v[PEOPLE] * v[COVERAGE], tubes, days)
                    due, things = with_room(due, things, n_due, n + 1)
                    for one in range(n):
                        if flags[one] & (ISOLATED | FOUND) or iso[one] <= now:
                            continue
                        stream[0] = chance.key_of(key[one], OF_ROUND + number)
                        comes, spot, luck = chance.uniform(stream), chance.uniform(stream), chance.uniform(stream)
                        sampled = now + spot * v[ROUND_DAYS]
                        if comes >= v[COVERAGE] or sampled >= iso[one]:
                            continue
                        if luck < _share(curve_days, curve_values, sampled - time[one]):
                            at = sampled
                            if math.isfinite(v[TUBES]):
                                at = max(at, starts + spot * tubes / v[TUBES])
                            at += v[RESULT]
                            if at < iso[one]:
                                iso[one] = at
                                flags[one] &= ~ADMITTED
                                n_due = push(due, things, n_due, at, ISOLATES, one, 0)
                    if math.isfinite(v[TUBES]):
                        lab_free = starts + tubes / v[TUBES]
                        if lab_free - now > max(v[ROUND_LIMIT], v[ROUND_DAYS]):
                            broke[2] = min(broke[2], now)
                    if number + 1 < v[ROUNDS]:
                        n_due = push(due, things, n_due, now + v[EVERY], ROUND, 0, number + 1)
                    continue

            # somebody is infected, or was at the start
            if parent >= 0:
                own = chance.key_of(key[parent], number)
                stream[0] = own
                luck = chance.uniform(stream)
                if born >= iso[parent]:
                    if luck >= v[LEAK]:
                        continue
                elif born >= home[parent] and luck >= v[WAITING]:
                    continue
            else:
                own = chance.key_of(root, number)
                stream[0] = own
                luck = chance.uniform(stream)
                born = -luck * v[SPREAD]
            if n >= cap:
                capped = True
                break
            me = n
            n += 1
            key[me], time[me], home[me], child[me], sibling[me], flags[me] = own, born, np.inf, -1, -1, 0
            last_infection = max(last_infection, born)
            day_of[D_INFECTED, max(0, math.floor(born))] += 1
            if chance.uniform(stream) < v[ASYM]:
                flags[me] |= ASYMPTOMATIC
            incubation = chance.delay(stream, v[INCUBATION], v[INCUBATION + 1], v[INCUBATION + 2], seen)
            reports = incubation + chance.delay(stream, v[SELF_DELAY], v[SELF_DELAY + 1], v[SELF_DELAY + 2], seen)
            onset[me] = born + incubation
            iso[me] = np.inf if flags[me] & ASYMPTOMATIC else max(born + reports, 0.0)
            if chance.uniform(stream) < v[TRACED] and parent >= 0:
                flags[me] |= LINK1
            if chance.uniform(stream) < v[TRACED2] and parent >= 0:
                flags[me] |= LINK2
            if parent >= 0:
                sibling[me] = child[parent]
                child[parent] = me
            mean = v[R0] * (v[ASYM_R] if flags[me] & ASYMPTOMATIC else 1.0)
            offspring = chance.negative_binomial(stream, mean, v[K])
            due, things = with_room(due, things, n_due, offspring + 1)
            if iso[me] < days:
                n_due = push(due, things, n_due, iso[me], ISOLATES, me, 0)
            late[me] = np.inf
            for number in range(offspring):
                at = born + chance.generation_time(stream, incubation, skew, rest, v[SD], v[LATENT])
                if at < 0.0 or (at >= iso[me] and v[LEAK] <= 0.0):
                    continue
                if at < days:
                    n_due = push(due, things, n_due, at, INFECTS, me, number)
                else:
                    late[me] = min(late[me], at)
        extinct = not capped
        if extinct:
            for one in range(n):
                if late[one] < iso[one]:
                    extinct = False
                    break
        outcome[run, 0], outcome[run, 1], outcome[run, 2] = n, last_infection, last_community
        outcome[run, 3], outcome[run, 4] = extinct, capped
        # onsets in the days that count for control are added up by the caller from the histogram below
        _onsets(onset, n, outcome[run])
        for day in range(1, days):
            day_of[D_ROOMS, day] += day_of[D_ROOMS, day - 1]


@njit(cache=True, nogil=True)
def _onsets(onset, n, outcome):  # type: ignore[no-untyped-def]
    """How many onsets fall in the days [outcome[5], outcome[6]), into [7], and before the latter, into [8]."""
    inside, before = 0, 0
    for one in range(n):
        if onset[one] < outcome[6]:
            before += 1
            if onset[one] >= outcome[5]:
                inside += 1
    outcome[7], outcome[8] = inside, before


@njit(cache=True, nogil=True)
def _share(days, values, at):  # type: ignore[no-untyped-def]
    """A curve of straight lines, 0 outside its days."""
    if at < days[0] or at > days[-1]:
        return 0.0
    for place in range(1, len(days)):
        if at <= days[place]:
            step = days[place] - days[place - 1]
            part = 0.0 if step <= 0.0 else (at - days[place - 1]) / step
            return values[place - 1] + part * (values[place] - values[place - 1])
    return values[-1]


@njit(cache=True, nogil=True)
def _stays(day_of, named, enters, stay, test_days, days, people):  # type: ignore[no-untyped-def]
    """Count contacts: rooms needed from the day they are named to the end of their stay, and their tests."""
    day_of[D_ROOMS, int(named)] += people
    if enters + stay < days:
        day_of[D_ROOMS, int(enters + stay)] -= people
    for place in range(len(test_days)):
        at = enters + test_days[place] - 1.0
        if at < days:
            day_of[D_TESTS, int(at)] += people
            day_of[D_TUBES, int(at)] += people


@njit(cache=True, nogil=True)
def _round(day_of, now, lasts, swabs, tubes, days):  # type: ignore[no-untyped-def]
    """Count a round's swabs and tubes, spread evenly over the days of its sampling."""
    end = now + max(lasts, 1e-9)
    day = int(now)
    while day < days and day < end:
        part = (min(end, day + 1.0) - max(now, float(day))) / (end - now)
        day_of[D_TESTS, day] += round(swabs * part)
        day_of[D_TUBES, day] += round(tubes * part)
        day += 1
