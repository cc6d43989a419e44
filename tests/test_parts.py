"""`make test` and `make browser` together leave nothing out."""

from __future__ import annotations

import pytest

from tests.parts import split


def test_every_test_is_in_one_part_with_each_databases_share(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = matrix")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("database_url", ["sqlite", "postgres"])
        @pytest.mark.parametrize("n", range(20))
        def test_both(database_url, n): ...

        @pytest.mark.parametrize("database_url", ["postgres"])
        def test_one(database_url): ...

        @pytest.mark.matrix
        def test_a_whole_matrix(): ...

        def test_plain(): ...
        """
    )
    items, _ = pytester.inline_genitems()
    quick, left = split(items)
    assert len(quick) + len(left) == len(items) == 43
    names = [item.name for item in quick]
    assert {"test_plain", "test_one[postgres]"} <= set(names)
    assert "test_a_whole_matrix" not in names
    assert len(quick) == 22
    assert 5 < sum("sqlite" in name for name in names) < 15
