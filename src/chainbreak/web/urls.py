"""The addresses of the pages (页面网址): each page module names its own, they are put together here."""

from importlib import import_module

from django.urls import URLPattern, URLResolver

# One name a page module, in the order in which addresses are tried.
PAGES: list[str] = [
    "board",
    "figure",
    "gap",
    "bulletin",
    "round",
    "round_plan",
    "round_live",
    "doorstep",
    "laboratory",
    "site",
    "lab_run",
    "shipment",
    "retest",
    "blind",
    "positive",
    "correction",
    "facilities",
    "people_due",
    "imports",
    "letters",
    "chain",
    "sequences",
    "infectors",
    "genomes",
    "analysis",
    "tracing",
    "evidence",
    "origin",
    "trial",
    "lake",
    "steps",
    "notice",
    "contacts",
    "determination",
    "interview",
    "sampling",
    "paper",
    "field_worker",
    "follow_up",
    "extract",
    "case_report",
    "case_file",
    "line_list",
    "accounts",
    "audit",
    "retention",
    "rulepack",
    "scenario",
    "team",
    "design",
    "search",
    "appeal",
    "public_sites",
    "public",
    "public_appeal",
    "views",
]

urlpatterns: list[URLPattern | URLResolver] = [
    pattern for page in PAGES for pattern in import_module(f"chainbreak.web.{page}").urlpatterns
]
