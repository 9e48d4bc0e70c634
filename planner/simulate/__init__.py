"""A plan under real arrivals, request by request: routers, replicas with continuous batching, faults, and what came of it."""
