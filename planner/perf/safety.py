"""The safe end of a prediction: what holds with a stated probability, from the 80 % band around it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from planner.perf.calibration import Band

#: One end of the 80 % band holds with this probability.
BAND_END = 0.9


@dataclass(frozen=True)
class Safety:
    """What to multiply the nominal figures of one replica with."""

    work: float = 1.0
    ttft: float = 1.0
    tpot: float = 1.0


NOMINAL = Safety()


def safety(band: Band, confidence: float | None) -> Safety:
    """Factors with which work and latencies hold in ``confidence`` of cases; None or 0.5: the nominal figures.

    At 0.9 they are the unfavourable ends of the band, at 0.1 the favourable ones; elsewhere its logarithms are scaled
    like quantiles of a normal distribution.
    """
    if confidence is None:
        return NOMINAL
    normal = NormalDist()
    share = normal.inv_cdf(confidence) / normal.inv_cdf(BAND_END)
    if share < 0.0:
        return Safety(band.throughput[1] ** share, band.ttft[0] ** -share, band.tpot[0] ** -share)
    return Safety(band.throughput[0] ** -share, band.ttft[1] ** share, band.tpot[1] ** share)
