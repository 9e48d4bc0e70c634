"""Files as other tools write them: range queries of vLLM's counters, a spend log, a bill."""

import json

# 2026-11-02 00:00 UTC, a Monday.
START = 1793577600


def series(name, values, step=3600, **labels):
    """One series with a sample every ``step`` seconds."""
    metric = {"__name__": name, "model_name": "chat", "instance": "a", **labels}
    return {"metric": metric, "values": [[START + at * step, str(value)] for at, value in enumerate(values)]}


def answer(*found):
    return {"status": "success", "data": {"resultType": "matrix", "result": list(found)}}


def day_of_metrics(**labels):
    """A day: 3,600 requests an hour until noon, 7,200 after it; 1,000 tokens in and 200 out each."""
    counts = [0]
    for hour in range(24):
        counts.append(counts[-1] + (3600 if hour < 12 else 7200))
    return [
        series("vllm:request_success_total", counts, **labels),
        series("vllm:prompt_tokens_total", [1000 * one for one in counts], **labels),
        series("vllm:generation_tokens_total", [200 * one for one in counts], **labels),
    ]


def written(folder, name, content):
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(file)


def spend_rows(count=2400, model="gpt-x"):
    """A request every 36 seconds for a day, 100 tokens in and 50 out, a cent each: 24 USD a day."""
    return [
        {"request_id": str(at), "startTime": f"2026-11-02T{at * 36 // 3600:02d}:{at * 36 % 3600 // 60:02d}:{at * 36 % 60:02d}+00:00", "model": model,
         "prompt_tokens": 100, "completion_tokens": 50, "spend": 0.01}
        for at in range(count)
    ]  # fmt: skip


BILL = """BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ProviderName,RegionId,ResourceName,ResourceType,ServiceName,ChargeCategory,PricingCategory,ConsumedQuantity,ConsumedUnit,CommitmentDiscountId,CommitmentDiscountStatus
1000,900,USD,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,aws,us-east-1,p5.4xlarge,Virtual Machine,EC2,Usage,Standard,100,Hours,,
0,300,USD,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,aws,us-east-1,p5.4xlarge,Virtual Machine,EC2,Usage,Committed,0,Hours,sp-1,Unused
"""
