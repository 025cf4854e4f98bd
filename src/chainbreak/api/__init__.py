"""The JSON interface, with its OpenAPI description (接口).

It offers what the pages offer; a refusal answers 409 with its code.
Begin with `urls.py`.
"""
