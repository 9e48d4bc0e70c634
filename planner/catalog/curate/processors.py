"""Processors as accelerators of an edition: hosts without cards, and what serverless services without accelerators give a worker.

The reference has no row of them. Rates are cores × operations a cycle × clock, bandwidth is channels × 38.4 GB/s (DDR5-4800),
44.8 (DDR5-5600) or 25.6 (DDR4-3200), a part of a socket its share of both. Makers publish operations a cycle, channels and
cores of the parts that they list; clocks of parts made for one cloud, and shares of a host, are assumed, and so is every row.
"""

from __future__ import annotations

from planner.catalog.curate.facts import Draft

AS_OF = "2026-01"
_INTEL = "Intel documentation of 4th generation Xeon: AMX 1,024 bf16 and 2,048 int8, AVX-512 64 fp32 operations a cycle and core"
_ARM = "Arm Neoverse V2 optimisation guide, AWS Graviton4 announcement (as recalled)"
_LAMBDA = "AWS Lambda documentation: a vCPU for 1,769 MB of memory, AVX2"
PRICES = "AWS price list (karpenter-provider-aws generated table)"

# name, vendor, aliases, cores, GHz, operations a cycle and core (bf16, int8, fp32), GB/s, GiB, source, what is assumed
_ROWS = (
    ("Xeon-8488C-48c", "Intel", (), 48.0, 2.0, (1024, 2048, 64), 307.2, 192.0, _INTEL,
     "one socket; 2.0 GHz while all cores multiply, the listed base clock of its sibling 8480+"),
    ("Xeon-8488C-4c", "Intel", (), 4.0, 2.0, (1024, 2048, 64), 25.6, 16.0, _INTEL,
     "a twelfth of a socket with its share of the bandwidth"),
    ("Graviton4-96c", "AWS", (), 96.0, 2.7, (128, 256, 32), 537.6, 192.0, _ARM, "one socket; operations a cycle recalled"),
    ("Lambda-10GB", "AWS", (), 10240 / 1769 / 2, 2.5, (None, None, 32), 18.5, 10.0, _LAMBDA,
     "5.8 vCPU, half a core each; 3.2 GB/s for each vCPU of a host with 8 channels of DDR4-3200 and 64 of them"),
    ("SageMaker-6GB", "AWS", (), 6144 / 1769 / 2, 2.5, (None, None, 32), 11.1, 6.0, _LAMBDA,
     "3.5 vCPU, as many as Lambda gives for this memory; bandwidth as its"),
)  # fmt: skip

# instance type, accelerator, vCPU, GiB, USD/h in us-east-1
_OFFERS = (
    ("c7i.24xlarge", "Xeon-8488C-48c", 96, 192, 4.284),
    ("c7i.2xlarge", "Xeon-8488C-4c", 8, 16, 0.357),
    ("c8g.24xlarge", "Graviton4-96c", 96, 192, 3.82848),
)

#: Serverless services without accelerators: what a worker with the most memory has, and how many requests it takes at once.
WORKERS = {("aws", "SageMaker", "serverless"): ("SageMaker-6GB", 1), ("aws", "Lambda", "serverless"): ("Lambda-10GB", 1)}


def processors(draft: Draft) -> None:
    """Rows of accelerators that are processors."""
    for name, vendor, aliases, cores, ghz, per_cycle, bandwidth, memory, source, assumed in _ROWS:
        bf16, int8, fp32 = (None if each is None else round(cores * ghz * each / 1e3, 3) for each in per_cycle)
        draft.add(
            "accelerators", source=source, as_of=AS_OF, kind="assumed", note=f"{cores:.3g} cores at {ghz:g} GHz; {assumed}",
            name=name, vendor=vendor, aliases=aliases, memory_gib=memory, memory_type="host memory",
            memory_bandwidth_gb_per_s=bandwidth, bf16_tflops=bf16, int8_tops=int8, fp32_tflops=fp32, processor=True,
        )  # fmt: skip


def processor_offers(draft: Draft) -> None:
    """Hosts for sale whose processors are accelerators of the edition; on demand only, no other price was read."""
    for instance_type, accelerator, vcpus, memory, usd in _OFFERS:
        draft.add(
            "offers", source=PRICES, as_of="2026-01-19", kind="published", note="a host without cards",
            provider="aws", region="us-east-1", instance_type=instance_type, accelerator=accelerator,
            accelerators_per_instance=1.0, vcpus=float(vcpus), memory_gib=float(memory), on_demand_usd_per_hour=usd,
        )  # fmt: skip
