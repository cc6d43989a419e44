"""Whether everything around the service is right, and what to do where it is not."""

from funnel.operations.doctor.examine import Outside, look_around, worst
from funnel.operations.doctor.findings import DnsRecord, Finding, Health
from funnel.operations.doctor.one_click import send_to_me

__all__ = ["DnsRecord", "Finding", "Health", "Outside", "look_around", "send_to_me", "worst"]
