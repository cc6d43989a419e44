"""The practice's forms on other sites."""
