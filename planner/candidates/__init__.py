"""Replica configurations that meet every per-replica rule, and the reasons of those that do not."""
