"""A plain "no" to the user, with its reason (拒绝)."""


class Refused(Exception):
    """What was asked is not done: `code` for programs and tests, `facts` for the words.

    Nothing is ever decided by reading a message; the words are found by the face that shows them.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return self.code
