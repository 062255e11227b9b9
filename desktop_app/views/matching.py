"""How well a text fits what somebody types in a search for it."""


def score(query: str, text: str) -> int | None:
    """How well ``text`` fits ``query``; smaller is better, None is not at all.

    Case does not count. Best is a text that begins with the query, then one with all its words
    at the beginnings of words, then anywhere, and last one that has its letters in that order
    ("3b2b" finds "res3b_branch2b").
    """
    wanted, offered = query.casefold().strip(), text.casefold()
    if offered.startswith(wanted):
        return 0
    words = wanted.split()
    if all(_begins_a_word(word, offered) for word in words):
        return 1
    if all(word in offered for word in words):
        return 2
    letters = iter(offered)
    return 3 if all(letter in letters for letter in "".join(words)) else None


def _begins_a_word(word: str, text: str) -> bool:
    at = text.find(word)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(word, at + 1)
    return at >= 0
