"""Problems small enough to follow by hand."""

def service(name="chat", **fields):
    stated = {
        "name": name,
        "model": "Llama-3.1-8B",
        "workload": {"rate_per_s": 10.0, "classes": [{"input_tokens": 500, "output_tokens": 100, "share": 1.0}]},
    }
    for key, value in fields.items():
        stated[key] = {**stated[key], **value} if key == "workload" else value
    return {key: value for key, value in stated.items() if value is not None}


def document(*services, **fields):
    return {"schema_version": 1, "services": list(services) or [service()], **fields}
