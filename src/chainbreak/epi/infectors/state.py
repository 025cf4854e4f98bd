"""What one chain of the reconstruction holds (链的状态): evidence, model, and where it stands; and its constants."""

from __future__ import annotations

from typing import NamedTuple

from chainbreak.epi.infectors.arrays import Flags, Floats, Whole

KAPPAS = 3  # transmissions between a case and its nearest ancestor in the line list, at most
CLOCK = 2.0  # shape of the time for mutations in one transmission: its coefficient of variation is 0.7
APART = 2.0  # shape of the number of transmissions between an introduction and an earlier case
TINY = 1e-290
RATE, OUTSIDE, OBSERVED, MUTATION, UNSEEN = range(5)  # places in `State.number`


class Evidence(NamedTuple):
    """What is known, in steps from the origin; edges are the possible links, sorted by infectee."""

    onset_low: Whole  # (cases,) first step of the onset; -1 unknown
    onset_high: Whole  # (cases,) last step
    sample: Whole  # (cases,) step before which infection happened
    has_onset: Flags
    has_sample: Flags
    travelled: Whole  # (cases,) 1 noted, 0 not, -1 nobody asked
    edge_from: Whole  # (edges,)
    edge_to: Whole
    first_edge: Whole  # (cases + 1,) edges of an infectee
    child_edges: Whole  # (edges,) the same edges, by infector
    first_child: Whole  # (cases + 1,)
    snps: Whole  # (cases, cases) differences, of those with a genome
    masked: Floats  # (cases, cases) probability of the letters an infector's genome does not show
    bases: float  # compared, as a rule
    genome: Whole  # (cases,) the case whose genome it is: itself; -1 it has none
    donors: Whole  # cases with a genome: one of theirs is taken for each case without, and another tried
    donor_weight: Floats  # (cases,) one over how many have the same genome
    stray: int  # differences at which a genome is like nobody's here
    stratum: Whole  # (edges,) row of the contact table; -1 no contact evidence
    named: Whole  # (edges,) 1 named as contact
    pairs: Whole  # (strata, 2) pairs of cases not named, named
    meeting_low: Whole  # (edges,) where the meetings of the two begin and end
    meeting_high: Whole
    meeting_step: Whole  # (meetings,) sorted within a pair
    meeting_kind: Whole
    meeting_cover: Floats  # share of the step
    seen: Flags  # (edges,) stays of both are known
    stays_from: int  # first step of the stays
    stays_until: int
    chance: Floats  # (kinds + 1,) share of pair-time spent in meetings of each kind; the last: in none
    first_jump: Whole  # (cases + 1,)
    jump_step: Whole  # steps at which a case met another one
    isolated: Whole  # (cases,) step from which the case was isolated; a large number: never
    span: float  # steps during which the outside could bring cases


class Model(NamedTuple):
    """Priors and the grid."""

    per_day: int
    longest: int  # steps of the longest incubation
    first: int  # steps of the earliest transmission relative to the anchor
    width: int  # steps of the table of delays
    from_onset: bool
    given: Floats  # (KAPPAS, width) generation time and its sums by step, when not from onset
    positive: Floats  # (steps,) probability that a sample is positive by steps since infection; none: a gamma delay
    latent: Floats  # (steps,) probability that an infected person infects already, by steps since infection; then 1
    centre: Floats  # (6,) incubation mean, sd; transmission mean, sd; sampling mean, sd
    spread: Floats  # (6,)
    observed: Floats  # (2,) beta
    contact: Floats  # (4,)
    unseen: Floats  # (2,)
    kinds: Floats  # (kinds,) dirichlet
    mutation: Floats  # (2,) shape, rate per base
    outside: float
    introductions: Floats  # (2,) gamma: shape, and weight of the prior against the span of the outbreak
    travel: Floats  # (4,)
    leak: float  # of transmission after isolation


class State(NamedTuple):
    """Where the chain stands: parameters, the tables that follow from them, latent dates and genomes. All changed in place."""

    theta: Floats  # (6,) delays, as `Model.centre`
    number: Floats  # (5,) R, introductions per step, observed share, mutations per base, share of unseen meetings
    incubation: Floats  # (longest,) probability by steps
    sampling: Floats  # probability, or density, of a sample by steps since infection
    delay: Floats  # (KAPPAS, width)
    table: Floats  # (KAPPAS, differences) probability of a genome given the infector's
    far: Floats  # (differences,) and given an earlier case's, when it came from outside
    ratio: Floats  # (kinds + 1,) of meetings with and without transmission
    contact: Floats  # (strata, 2)
    share: Floats  # (KAPPAS,)
    weights: Floats  # (kinds,) of the kinds of places in transmission
    travel: Floats  # (2,) how much likelier from outside, by whether travel is noted
    infected: Whole
    onset: Whole
    genome: Whole


class Sums(NamedTuple):
    """Of each case, given all dates: what its possible infectors come to. Changed in place."""

    inside: Floats  # (cases,) sum of h over its links, without R
    near: Floats  # how near its genome is to those of earlier cases
    older: Floats  # how many those are
    weight: Floats  # of the outside, without its genome
    all: Floats  # R · inside + the outside
    part: Floats  # (KAPPAS,) room for one link
    child_inside: Floats  # (edges,) the first three as a move would make them, for the links of one infector
    child_near: Floats
    child_older: Floats
    child_all: Floats
