"""Answers are kept by their bytes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from service.analysis.answer_cache import AnswerCache


class Made:
    """Counts what had to be made."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def answer(self, key: str, size: int) -> Callable[[], bytes]:
        def make() -> bytes:
            self.keys.append(key)
            return key.encode() * size

        return make


def test_the_bytes_of_all_answers_are_bounded() -> None:
    cache, made = AnswerCache(max_bytes=10), Made()
    for key in ("a", "b", "a", "c"):  # "b" has to go for "c": it was asked for before "a" was again
        assert cache.get(key, made.answer(key, 4)) == key.encode() * 4
    assert made.keys == ["a", "b", "c"]
    for key in ("a", "c"):
        cache.get(key, made.answer(key, 4))
    assert made.keys == ["a", "b", "c"]
    cache.get("b", made.answer("b", 4))
    assert made.keys == ["a", "b", "c", "b"]


def test_one_large_answer_makes_many_small_ones_go() -> None:
    cache, made = AnswerCache(max_bytes=10), Made()
    for key in ("a", "b", "c"):
        cache.get(key, made.answer(key, 1))
    cache.get("d", made.answer("d", 10))
    cache.get("a", made.answer("a", 1))
    assert made.keys == ["a", "b", "c", "d", "a"]


def test_what_is_larger_than_the_cache_is_answered_and_makes_no_other_go() -> None:
    cache, made = AnswerCache(max_bytes=10), Made()
    for key, size in (("a", 4), ("d", 11), ("d", 11), ("a", 4)):
        assert cache.get(key, made.answer(key, size)) == key.encode() * size
    assert made.keys == ["a", "d", "d"]


def test_an_answer_that_is_being_made_holds_nobody_up() -> None:
    cache = AnswerCache(max_bytes=10)
    with ThreadPoolExecutor(1) as other:
        assert cache.get("a", lambda: other.submit(cache.get, "b", lambda: b"b").result(timeout=5)) == b"b"
